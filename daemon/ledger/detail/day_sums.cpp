#include "ledger/detail/day_sums.hpp"

#include <array>
#include <map>
#include <memory>
#include <tuple>

namespace owed::ledger::detail {
namespace {

constexpr std::string_view memo_key = "ledger.day_sums";

struct Moved {
    std::int64_t debit = 0, credit = 0, functional = 0;
    bool operator==(const Moved&) const = default;
    void add(std::int64_t amount, std::int64_t in_functional) {
        add_checked(amount > 0 ? debit : credit, amount > 0 ? amount : -amount);
        add_checked(functional, in_functional);
    }
    static void add_checked(std::int64_t& sum, std::int64_t value) {
        OWED_CHECK(!__builtin_add_overflow(sum, value, &sum), "an account's turnover is beyond 64 bits");
    }
};

/// Sums by day and account. There are few of them in one file, and the next line mostly hits one of the last few.
class Sums : public store::Memo {
  public:
    explicit Sums(bool in_part = false) : in_part_{in_part} {}
    struct Key {
        std::string entity, account, currency;
        std::int32_t day;
        auto operator<=>(const Key&) const = default;
    };
    Moved& of(std::string_view entity, std::string_view account, std::string_view currency, std::int32_t day) {
        for (auto* near : near_)
            if (near != nullptr && near->first.day == day && near->first.account == account && near->first.currency == currency &&
                near->first.entity == entity)
                return near->second;
        auto& found = *sums_.try_emplace(Key{std::string{entity}, std::string{account}, std::string{currency}, day}).first;
        near_[next_++ % near_.size()] = &found;
        return found.second;
    }
    const std::map<Key, Moved>& all() const { return sums_; }

    void count(const LineRow& line) {
        auto& moved = of(line.entity, line.account, line.currency, line.posting_date.days());
        if (in_part_) undo_.emplace_back(&moved, moved);
        moved.add(line.amount, line.functional);
    }
    void begin_part() override {
        undo_.clear();
        in_part_ = true;
    }
    void undo_part() override {
        for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) *at->first = at->second;
        undo_.clear();
    }
    void end_part() override { in_part_ = false; }

  private:
    std::map<Key, Moved> sums_;
    std::array<std::pair<const Key, Moved>*, 8> near_{};
    std::size_t next_ = 0;
    bool in_part_;
    std::vector<std::pair<Moved*, Moved>> undo_;
};

Status write_sums(store::Tx& tx, const Sums& sums) {
    auto query = tx.query("INSERT INTO account_day (entity, account, currency, day, debit, credit, functional) VALUES (?, ?, ?, ?, ?, ?, ?) "
                          "ON CONFLICT (entity, account, currency, day) DO UPDATE SET debit = debit + excluded.debit, "
                          "credit = credit + excluded.credit, functional = functional + excluded.functional");
    for (const auto& [key, moved] : sums.all())
        if (moved != Moved{}) query.write(key.entity, key.account, key.currency, key.day, moved.debit, moved.credit, moved.functional);
    tx.memo(memo_key).reset();   // what is posted by a later action before the commit begins anew
    return {};
}

std::shared_ptr<Sums> pending(store::Db& db) {
    return std::static_pointer_cast<Sums>(db.memo(memo_key));
}

}  // namespace

void add_to_day(store::Tx& tx, const LineRow& line) {
    auto sums = pending(tx);
    if (!sums) {
        sums = std::make_shared<Sums>(tx.attempting());
        tx.memo(memo_key) = sums;
        tx.before_commit([sums](store::Tx& last) { return write_sums(last, *sums); });
    }
    sums->count(line);
}

namespace {

using Balances = std::map<std::tuple<std::string, std::string, std::string>, Moved>;

std::vector<BalanceRow> rows_of(const Balances& found) {
    std::vector<BalanceRow> rows;
    for (const auto& [key, moved] : found)
        rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), moved.debit, moved.credit, moved.functional});
    return rows;
}

}  // namespace

std::vector<BalanceRow> balances_known_at(store::Db& db, const std::optional<std::string>& entity, Date as_of, Instant known_at) {
    Balances found;
    auto lines = db.query("SELECT l.entity, l.account, l.currency, l.amount, l.functional FROM journal_entry e JOIN posting_line l ON l.entry = e.id "
                          "WHERE e.posting_date <= ? AND e.recorded_at <= ? AND (? = '' OR e.entity = ?)");
    const auto wanted = entity.value_or("");
    lines.bind(as_of.days(), known_at.micros, wanted, wanted);
    while (lines.step()) found[{lines.text(0), lines.text(1), lines.text(2)}].add(lines.integer(3), lines.integer(4));
    return rows_of(found);
}

std::vector<BalanceRow> balances(store::Db& db, const std::optional<std::string>& entity, Date as_of) {
    Balances found;
    const auto add = [&](const std::string& owner, const std::string& account, const std::string& currency, const Moved& moved) {
        auto& sum = found[{owner, account, currency}];
        Moved::add_checked(sum.debit, moved.debit);
        Moved::add_checked(sum.credit, moved.credit);
        Moved::add_checked(sum.functional, moved.functional);
    };
    auto query = entity ? db.query("SELECT entity, account, currency, debit, credit, functional FROM account_day WHERE day <= ? AND entity = ?")
                        : db.query("SELECT entity, account, currency, debit, credit, functional FROM account_day WHERE day <= ?");
    query.set(0, as_of.days());
    if (entity) query.set(1, *entity);
    while (query.step()) add(query.text(0), query.text(1), query.text(2), {query.integer(3), query.integer(4), query.integer(5)});
    if (const auto sums = pending(db))
        for (const auto& [key, moved] : sums->all())
            if (key.day <= as_of.days() && (!entity || key.entity == *entity)) add(key.entity, key.account, key.currency, moved);
    return rows_of(found);
}

std::vector<std::string> day_sum_differences(store::Db& db) {
    Sums from_lines, kept;
    auto lines = db.query("SELECT entity, account, currency, posting_date, amount, functional FROM posting_line");
    while (lines.step())
        from_lines.of(lines.text_view(0), lines.text_view(1), lines.text_view(2), static_cast<std::int32_t>(lines.integer(3)))
            .add(lines.integer(4), lines.integer(5));
    auto days = db.query("SELECT entity, account, currency, day, debit, credit, functional FROM account_day");
    while (days.step())
        kept.of(days.text_view(0), days.text_view(1), days.text_view(2), static_cast<std::int32_t>(days.integer(3))) =
            {days.integer(4), days.integer(5), days.integer(6)};
    std::vector<std::string> found;
    const auto differ = [&](const Sums::Key& key, const Moved& in_lines, const Moved& in_sums) {
        const auto shown = [](const Moved& m) {
            return std::to_string(m.debit) + " debit, " + std::to_string(m.credit) + " credit, " + std::to_string(m.functional) + " functional";
        };
        found.push_back("account " + key.account + " of entity \"" + key.entity + "\" in " + key.currency + " on " +
                        to_text(Date::from_days(key.day)) + ": the posting lines give " + shown(in_lines) + ", the kept sum is " +
                        shown(in_sums) + " (minor units)");
    };
    // A day on which an account moved by nothing has no row, and needs none: exchange differences may well cancel out.
    for (const auto& [key, moved] : from_lines.all()) {
        const auto at = kept.all().find(key);
        const auto in_sums = at == kept.all().end() ? Moved{} : at->second;
        if (in_sums != moved) differ(key, moved, in_sums);
    }
    for (const auto& [key, moved] : kept.all())
        if (moved != Moved{} && !from_lines.all().contains(key)) differ(key, Moved{}, moved);
    return found;
}

}  // namespace owed::ledger::detail
