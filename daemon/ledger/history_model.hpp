// A small model that knows nothing of postings keeps the residuals beside the ledger, and compares.
// For tests only.
#pragma once

#include <map>
#include <random>
#include <set>

#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {

struct Effect {
    Date date;
    Instant recorded_at;
    std::int64_t delta;
};
struct ModelItem {
    std::string entity;
    Currency money_currency = currency("EUR");
    ItemKind kind = ItemKind::invoice;
    std::string account;                 ///< role's default code; of receipts it depends on the customer
    bool identified = true, forwarded = false;
    std::int64_t original = 0;
    Date opened;
    Instant recorded_at;
    std::vector<Effect> effects;

    bool is_receipt() const { return kind == ItemKind::receipt; }
    bool is_credit() const { return original < 0; }
    std::int64_t residual(std::optional<Date> as_of = {}, std::optional<Instant> known_at = {}) const {
        std::int64_t sum = 0;
        for (const auto& effect : effects)
            if ((!as_of || effect.date <= *as_of) && (!known_at || effect.recorded_at <= *known_at)) sum += effect.delta;
        return sum;
    }
};

class Model {
  public:
    explicit Model(Company& company) : company_{company} {}

    std::map<std::int64_t, ModelItem> items;
    std::map<std::int64_t, EntryId> applications;             ///< by application; standing ones are those whose entry stands
    using Month = std::pair<std::string, int>;                    ///< entity, and year * 12 + month
    std::map<Month, PeriodState> periods;
    PeriodState state_of(const Month& month) const {
        const auto at = periods.find(month);
        return at == periods.end() ? PeriodState::open : at->second;
    }
    /// Whether this month or a later one is locked.
    bool locked_from(const Month& month) const {
        for (const auto& [one, state] : periods)
            if (state == PeriodState::locked && one.first == month.first && one.second >= month.second) return true;
        return false;
    }

    void open(OpenItemId id, const std::string& entity, Currency money_currency, ItemKind kind, const char* account, std::int64_t original) {
        ModelItem item;
        item.entity = entity;
        item.money_currency = money_currency;
        item.kind = kind;
        item.account = account;
        item.original = original;
        item.opened = company_.item(id).posting_date;
        item.recorded_at = company_.test.clock.now();
        items[id.value] = item;
    }
    /// What an entry did, as the caller says who asked for it.
    void record(EntryId entry, const std::vector<std::pair<OpenItemId, std::int64_t>>& changes) {
        ASSERT_TRUE(entries_.emplace(entry.value, changes).second) << "entry " << entry.value << " is recorded twice";
    }
    bool stands(EntryId entry) const { return !reversed_.contains(entry.value); }
    std::vector<std::int64_t> standing_entries() const {
        std::vector<std::int64_t> found;
        for (const auto& [id, changes] : entries_)
            if (!reversed_.contains(id)) found.push_back(id);
        return found;
    }

    /// Takes in what the step has posted: what was recorded for it, and reversals, which undo what was recorded then.
    void absorb() {
        const auto rows = company_.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company_.books, {}, 200); });
        for (const auto& row : rows) {
            if (row.id.value <= last_entry_) continue;
            ASSERT_EQ(row.id.value, last_entry_ + 1) << "ids have a gap, or a step posted more than 200 entries";
            last_entry_ = row.id.value;
            expect_open(row);
            if (row.entry.reverses) {
                ASSERT_TRUE(entries_.contains(row.entry.reverses->value)) << "entry " << row.id.value << " reverses an unknown one";
                ASSERT_TRUE(reversed_.insert(row.entry.reverses->value).second);
                take(row, entries_.at(row.entry.reverses->value), -1);
                continue;
            }
            ASSERT_TRUE(entries_.contains(row.id.value)) << "entry " << row.id.value << " was not foreseen: " << row.entry.reason;
            take(row, entries_.at(row.id.value), 1);
        }
        for (const auto& [id, changes] : entries_) ASSERT_LE(id, last_entry_) << "entry " << id << " was recorded, but is not there";
    }

    void check(std::mt19937_64& random, Date first_day) {
        ASSERT_EQ(company_.differences(), std::vector<std::string>{});
        check_items({}, {});
        const auto below = [&](std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>{0, limit - 1}(random); };
        const auto as_of = first_day.plus_days(static_cast<std::int32_t>(below(240)));
        SCOPED_TRACE("as of " + to_text(as_of));
        check_items(as_of, {});
        check_items(as_of, company_.test.clock.now().plus_seconds(-3600 * below(60)));
        check_balances(as_of);
        check_saved(below, as_of);
    }

  private:
    void take(const JournalRow& row, const std::vector<std::pair<OpenItemId, std::int64_t>>& changes, std::int64_t sign) {
        for (const auto& [item, delta] : changes)
            if (delta != 0) items.at(item.value).effects.push_back({row.entry.posting_date, row.recorded_at, sign * delta});
    }

    /// A day of a closed month moves to the first day of the next open one: the rule again, by another hand.
    void expect_open(const JournalRow& row) {
        const Month month{row.entry.entity, row.entry.posting_date.year() * 12 + row.entry.posting_date.month()};
        EXPECT_FALSE(locked_from(month)) << to_text(row.entry.posting_date) << " lies in or before a locked period";
        if (state_of(month) == PeriodState::open) return;
        EXPECT_FALSE(company_.context.roles.empty())
            << to_text(row.entry.posting_date) << " lies in a closed period";
    }

    void check_items(std::optional<Date> as_of, std::optional<Instant> known_at) {
        std::size_t expected = 0;
        for (const auto& [id, item] : items)
            if ((!as_of || item.opened <= *as_of) && (!known_at || item.recorded_at <= *known_at)) ++expected;
        const auto found = company_.items({.as_of = as_of, .known_at = known_at});
        ASSERT_EQ(found.size(), expected);
        for (const auto& item : found) {
            const auto& model = items.at(item.id.value);
            ASSERT_EQ(item.residual.units(), model.residual(as_of, known_at)) << name_of(item.kind) << " " << item.id.value;
            if (!as_of && !known_at) expect_recovered_within_written_off(item);
            if (known_at) continue;   // knowledge cuts through reversals that were dated earlier: zero may be crossed
            const auto sign = model.original < 0 ? -1 : 1;
            ASSERT_GE(item.residual.units() * sign, 0) << "item " << item.id.value << " has crossed zero";
            ASSERT_LE(item.residual.units() * sign, model.original * sign) << "item " << item.id.value;
        }
    }

    void expect_recovered_within_written_off(const Item& item) {
        const auto lost = company_.in_db<Money>([&](store::Db& db) { return written_off_of(db, item); });
        ASSERT_FALSE(lost.is_negative()) << "of item " << item.id.value << " more is recovered than was written off";
    }

    /// The trial balance is zero; open items equal each control account.
    void check_balances(Date as_of) {
        std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> control;   // entity, account, currency
        for (const auto& item : company_.items({.as_of = as_of})) {
            const auto& model = items.at(item.id.value);
            const auto account = model.is_receipt() ? std::string{item.customer ? "1210" : "1220"} : model.account;
            control[{item.entity, account, std::string{item.original.currency().text()}}] += item.residual.units();
        }
        std::map<std::string, std::int64_t> sums;
        for (const auto& row : company_.balance({}, as_of)) {
            sums[row.entity + " " + row.currency] += row.debit - row.credit;
            sums[row.entity + " functional"] += row.functional;
            const auto codes = control_accounts(*company_.books.find(row.entity));
            if (std::find(codes.begin(), codes.end(), row.account) != codes.end())
                control[{row.entity, row.account, row.currency}] -= row.debit - row.credit;
        }
        for (const auto& [name, sum] : sums) ASSERT_EQ(sum, 0) << "trial balance of " << name;
        for (const auto& [key, difference] : control)
            ASSERT_EQ(difference, 0) << "open items and control account " << std::get<0>(key) << " " << std::get<1>(key) << " "
                                     << std::get<2>(key);
    }

    /// A report of then, asked again with the knowledge of then, gives the same figures.
    struct Saved {
        Date as_of;
        Instant known_at;
        std::map<std::int64_t, std::pair<std::int64_t, bool>> figures;   // residual, identified
    };
    std::map<std::int64_t, std::pair<std::int64_t, bool>> figures_of(Date as_of, Instant known_at) {
        std::map<std::int64_t, std::pair<std::int64_t, bool>> figures;
        for (const auto& item : company_.items({.as_of = as_of, .known_at = known_at}))
            figures[item.id.value] = {item.residual.units(), item.customer.has_value()};
        return figures;
    }
    template <class Below>
    void check_saved(const Below& below, Date as_of) {
        if (below(8) == 0) saved_.push_back({as_of, company_.test.clock.now(), figures_of(as_of, company_.test.clock.now())});
        if (saved_.empty()) return;
        const auto& then = saved_[static_cast<std::size_t>(below(static_cast<std::int64_t>(saved_.size())))];
        ASSERT_EQ(figures_of(then.as_of, then.known_at), then.figures) << "a past report has changed";
    }

    Company& company_;
    std::map<std::int64_t, std::vector<std::pair<OpenItemId, std::int64_t>>> entries_;
    std::set<std::int64_t> reversed_;
    std::int64_t last_entry_ = 0;
    std::vector<Saved> saved_;
};

}  // namespace owed::ledger
