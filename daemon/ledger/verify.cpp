// ledger verify: the journal is walked once, with its lines and applications beside it; then the items; nothing is asked per
// row. Each difference names the thing and both figures.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "ledger/detail/day_sums.hpp"
#include "ledger/detail/parts.hpp"
#include "ledger/detail/rows.hpp"
#include "ledger/detail/tables.hpp"
#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

using detail::ApplicationRow;
using detail::EntryRow;
using detail::ItemRow;
using detail::LineRow;

constexpr std::size_t differences_max = 1'000;

std::string number(__int128 value) {
    if (value > INT64_MAX || value < INT64_MIN) return "a sum beyond 64 bits";
    return std::to_string(static_cast<std::int64_t>(value));
}

/// "12.50 EUR" where the code is a currency, bare units otherwise: a damaged row is shown as it is.
std::string amount_text(__int128 units, std::string_view code) {
    const auto currency = find_currency(code);
    if (!currency || units > INT64_MAX || units < INT64_MIN)
        return number(units) + " units of \"" + std::string{code} + "\"";
    return minor_to_text(static_cast<std::int64_t>(units), currency->minor_digits) + " " + std::string{code};
}

std::string short_hex(const std::string& hash) { return store::hex(hash.substr(0, 6)) + "..."; }

struct Sums {
    __int128 amount = 0, functional = 0;
};

class Verifier {
  public:
    Verifier(store::Db& db, const Books& books) : db_{db}, books_{books} {}

    Verification run() {
        prepare_items();
        read_parts();
        walk_journal();
        check_reversals();
        walk_items();
        compare_controls();
        for (auto& difference : detail::day_sum_differences(db_)) differ(std::move(difference));
        check_tables();
        if (unnamed_ > 0) out_.differences.push_back({"and " + std::to_string(unnamed_) + " more differences"});
        return std::move(out_);
    }

  private:
    struct OfItem {
        Sums lines;
        std::int64_t last_date = INT64_MIN;
        std::int64_t in_flight = 0;
    };
    struct OfApplication {
        ApplicationId id;
        std::int64_t undone_entry = 0, undone_on = 0;
        bool reversal_seen = false;
    };
    struct Control {
        Sums ledger, items;
        bool is_control = false;
        std::string entity, account, currency;
    };

    void differ(std::string what) {
        if (out_.differences.size() < differences_max) out_.differences.push_back({std::move(what)});
        else ++unnamed_;
    }

    void expect_next(std::int64_t& last, std::int64_t id, const char* what) {
        if (id != last + 1)
            differ(std::string{what} + " ids have a gap: " + std::to_string(id) + " follows " + std::to_string(last));
        last = id;
    }

    void prepare_items() {
        auto query = db_.query("SELECT COALESCE(MAX(id), 0) FROM open_item");
        query.step();
        of_items_.resize(static_cast<std::size_t>(std::max<std::int64_t>(query.integer(0), 0)) + 1);
    }

    /// Sums of one account in one currency.
    Control& control(const std::string& entity, std::string_view account, std::string_view currency) {
        key_.assign(entity).append(1, '\0').append(account).append(1, '\0').append(currency);
        const auto at = controls_.find(key_);
        if (at != controls_.end()) return at->second;
        const auto* owner = books_.find(entity);
        return controls_
            .emplace(key_, Control{{}, {}, owner != nullptr && detail::is_control_account(*owner, account), entity,
                                   std::string{account}, std::string{currency}})
            .first->second;
    }

    void walk_journal() {
        static const std::string entries_sql = std::string{"SELECT "} + detail::entry_columns + " FROM journal_entry e ORDER BY e.id";
        static const std::string lines_sql =
            std::string{"SELECT "} + detail::line_columns + " FROM posting_line l ORDER BY l.entry, l.line";
        static const std::string applications_sql =
            std::string{"SELECT "} + detail::application_columns + " FROM application a ORDER BY a.entry";
        auto entries = db_.query(entries_sql);
        auto lines = db_.query(lines_sql);
        auto applications = db_.query(applications_sql);
        LineRow line;
        bool has_line = next_line(lines, line);
        auto application = next_application(applications);
        std::int64_t last = 0;
        while (entries.step()) {
            const auto entry = detail::entry_at(entries);
            expect_next(last, entry.id.value, "journal entry");
            ++out_.entries;
            for (; has_line && line.entry < entry.id; has_line = next_line(lines, line)) orphan(line);
            for (; application && application->entry < entry.id; application = next_application(applications))
                differ("application " + std::to_string(application->id.value) + " names entry " +
                       std::to_string(application->entry.value) + ", which is missing");
            const bool applies = application && application->entry == entry.id;
            has_line = check_entry(entry, lines, line, has_line, applies ? &*application : nullptr);
            if (applies) application = next_application(applications);
        }
        for (; has_line; has_line = next_line(lines, line)) orphan(line);
        for (const auto& [entry, of] : of_applications_)
            if (of.undone_entry != 0 && !of.reversal_seen)
                differ("application " + std::to_string(of.id.value) + " is undone by entry " + std::to_string(of.undone_entry) +
                       ", which does not reverse entry " + std::to_string(entry));
        check_application_ids();
    }

    static bool next_line(store::Query& query, LineRow& line) {
        if (!query.step()) return false;
        detail::line_at(query, line);
        return true;
    }

    void orphan(const LineRow& line) {
        ++out_.lines;
        differ("posting line " + std::to_string(line.line) + " belongs to entry " + std::to_string(line.entry.value) +
               ", which is missing");
    }

    std::optional<ApplicationRow> next_application(store::Query& query) {
        while (query.step()) {
            ++out_.applications;
            try {
                auto row = detail::application_at(query);
                note(row);
                return row;
            } catch (const store::Failure& failure) {
                differ("application " + std::to_string(query.integer(0)) + ": " + failure.what());
            }
        }
        return std::nullopt;
    }

    void note(const ApplicationRow& row) {
        const auto computed = detail::application_hash(row);
        if (computed != row.hash)
            differ("application " + std::to_string(row.id.value) + ": row hash is " + short_hex(row.hash) + ", its fields give " +
                   short_hex(computed));
        application_id_max_ = std::max(application_id_max_, row.id.value);
        of_applications_[row.entry.value] = {row.id, row.undone_entry ? row.undone_entry->value : 0,
                                             row.undone_on ? row.undone_on->days() : 0, false};
        if (!row.in_flight) return;
        for (const auto item : {row.credit, row.debit})
            if (auto* of = of_item(item)) ++of->in_flight;
    }

    OfItem* of_item(OpenItemId id) {
        if (id.value < 1 || static_cast<std::size_t>(id.value) >= of_items_.size()) return nullptr;
        return &of_items_[static_cast<std::size_t>(id.value)];
    }

    /// Reads the entry's lines off the cursor. Returns whether another line follows.
    bool check_entry(const EntryRow& entry, store::Query& lines, LineRow& line, bool has_line, const ApplicationRow* application) {
        store::RowHash hash;
        detail::begin_entry_hash(hash, entry);
        currency_sums_.clear();
        __int128 functional = 0;
        Sums credit, debit, deduction;
        std::int64_t count = 0;
        for (; has_line && line.entry == entry.id; has_line = next_line(lines, line)) {
            ++count;
            detail::add_line(hash, line);
            add_to_currency(line);
            functional += line.functional;
            check_line(entry, line, count);
            if (application == nullptr || !line.item) continue;
            auto& side = *line.item == application->credit ? credit : *line.item == application->debit ? debit : deduction;
            side.amount += line.amount;
            side.functional += line.functional;
        }
        out_.lines += count;
        const auto what = "journal entry " + std::to_string(entry.id.value);
        const auto computed = hash.bytes();
        if (computed != entry.hash)
            differ(what + ": row hash is " + short_hex(entry.hash) + ", the entry and its lines give " + short_hex(computed));
        if (count < 2) differ(what + " has " + std::to_string(count) + " lines, expected at least 2");
        for (const auto& [currency, sum] : currency_sums_)
            if (sum != 0) differ(what + ": lines add up to " + amount_text(sum, currency) + ", expected 0");
        if (functional != 0)
            differ(what + ": lines add up to " + amount_text(functional, entry.currency) + " in functional currency, expected 0");
        if (application != nullptr) compare(*application, entry, credit, debit, deduction);
        else if (entry.act == "application") differ(what + " posts an application whose row is missing");
        if (entry.reverses) check_undone(entry);
        return has_line;
    }

    void add_to_currency(const LineRow& line) {
        for (auto& [currency, sum] : currency_sums_)
            if (currency == line.currency) {
                sum += line.amount;
                return;
            }
        currency_sums_.emplace_back(line.currency, line.amount);
    }

    void check_line(const EntryRow& entry, const LineRow& line, std::int64_t count) {
        const auto where = [&] {
            return "posting line " + std::to_string(line.line) + " of journal entry " + std::to_string(entry.id.value);
        };
        if (line.line != count) differ(where() + " stands at place " + std::to_string(count));
        if (line.entity != entry.entity)
            differ(where() + " is of entity \"" + line.entity + "\", its entry of \"" + entry.entity + "\"");
        if (line.posting_date != entry.posting_date)
            differ(where() + " is dated " + to_text(line.posting_date) + ", its entry " + to_text(entry.posting_date));
        auto& account = control(line.entity, line.account, line.currency);
        account.ledger.amount += line.amount;
        account.ledger.functional += line.functional;
        if (!line.item) return;
        auto* of = of_item(*line.item);
        if (of == nullptr) return differ(where() + " names item " + std::to_string(line.item->value) + ", which is missing");
        of->lines.amount += line.amount;
        of->lines.functional += line.functional;
        of->last_date = std::max<std::int64_t>(of->last_date, line.posting_date.days());
    }

    void compare(const ApplicationRow& row, const EntryRow& entry, const Sums& credit, const Sums& debit,
                 const Sums& deduction) {
        const auto what = "application " + std::to_string(row.id.value);
        const auto code = row.currency.text();
        const auto figure = [&](const char* side, __int128 stored, __int128 posted, std::string_view currency) {
            if (stored != posted)
                differ(what + ": " + side + " is " + amount_text(stored, currency) + ", entry " +
                       std::to_string(row.entry.value) + " posts " + amount_text(posted, currency));
        };
        const auto at = parts_.find(row.id.value);
        const auto* parts = at == parts_.end() ? nullptr : &at->second;
        figure("amount taken from the credit", parts != nullptr ? parts->credit_amount : row.amount, credit.amount,
               parts != nullptr ? parts->credit_currency.text() : code);
        figure("amount taken from the debit", static_cast<__int128>(row.amount) + row.discount + (parts != nullptr ? parts->closed() : 0),
               -debit.amount, code);
        figure("deduction", parts != nullptr ? parts->deduction : 0, deduction.amount, code);
        figure("carrying amount of the credit", row.credit_functional, credit.functional, entry.currency);
        figure("carrying amount of the debit", row.debit_functional, -debit.functional, entry.currency);
        if (row.posting_date != entry.posting_date)
            differ(what + " is dated " + to_text(row.posting_date) + ", its entry " + to_text(entry.posting_date));
    }

    void check_undone(const EntryRow& entry) {
        const auto at = of_applications_.find(entry.reverses->value);
        if (at == of_applications_.end()) return;
        auto& of = at->second;
        const auto what = "application " + std::to_string(of.id.value);
        if (of.undone_entry != entry.id.value)
            return differ(what + " is undone by entry " + std::to_string(of.undone_entry) + ", the journal reverses it with entry " +
                          std::to_string(entry.id.value));
        of.reversal_seen = true;
        if (of.undone_on != entry.posting_date.days())
            differ(what + " was undone on " + to_text(Date::from_days(static_cast<std::int32_t>(of.undone_on))) +
                   ", the journal says " + to_text(entry.posting_date));
    }

    void check_application_ids() {
        if (out_.applications != application_id_max_)
            differ("application ids have a gap: " + std::to_string(out_.applications) + " rows, the highest id is " +
                   std::to_string(application_id_max_));
    }

    void read_parts() {
        static const std::string sql = std::string{"SELECT "} + detail::part_columns + " FROM application_part p ORDER BY p.application";
        auto query = db_.query(sql);
        while (query.step()) {
            auto row = detail::part_at(query);
            if (detail::part_hash(row) != row.hash)
                differ("parts of application " + std::to_string(row.application.value) + ": row hash does not fit its fields");
            parts_.emplace(row.application.value, std::move(row));
        }
    }

    void check_tables() {
        const detail::Differ differ_so = [this](std::string what) { differ(std::move(what)); };
        const auto checked = [&](const char* table, auto check) {
            try {
                check(db_, differ_so);
            } catch (const store::Failure& failure) {
                differ(std::string{table} + ": " + failure.what());
            }
        };
        checked("terms of items", detail::check_terms);
        checked("rates", detail::check_rates);
        checked("period changes", detail::check_period_changes);
        checked("revaluations", detail::check_revaluations);
    }

    /// An entry and its reversal are zero in every account and for every item.
    void check_reversals() {
        auto query = db_.query(
            "SELECT r.id, r.reverses, l.account, l.currency, SUM(l.amount), SUM(l.functional) FROM journal_entry r "
            "JOIN posting_line l ON l.entry IN (r.id, r.reverses) WHERE r.reverses IS NOT NULL "
            "GROUP BY r.id, r.reverses, l.account, l.currency, l.item HAVING SUM(l.amount) <> 0 OR SUM(l.functional) <> 0");
        while (query.step())
            differ("journal entry " + std::to_string(query.integer(0)) + " reverses entry " + std::to_string(query.integer(1)) +
                   ", but account " + query.text(2) + " keeps " + amount_text(query.integer(4), query.text_view(3)) +
                   " (functional " + number(query.integer(5)) + "), expected 0");
    }

    void walk_items() {
        static const std::string sql = std::string{"SELECT "} + detail::item_columns + " FROM open_item i ORDER BY i.id";
        auto query = db_.query(sql);
        std::int64_t last = 0;
        while (query.step()) {
            expect_next(last, query.integer(0), "open item");
            ++out_.items;
            try {
                check_item(detail::item_at(query));
            } catch (const store::Failure& failure) {
                differ("item " + std::to_string(query.integer(0)) + ": " + failure.what());
            }
        }
    }

    void check_item(const ItemRow& row) {
        const auto what = "item " + std::to_string(row.id.value) + " (" + std::string{name_of(row.kind)} + " " + row.document + ")";
        const auto computed = detail::item_hash(row);
        if (computed != row.hash)
            differ(what + ": row hash is " + short_hex(row.hash) + ", its fields give " + short_hex(computed));
        const auto* of = of_item(row.id);
        if (of == nullptr) return differ(what + " has an id that cannot be");
        const auto code = row.currency.text();
        if (of->lines.amount != row.residual)
            differ(what + ": residual is " + amount_text(row.residual, code) + ", its posting lines add up to " +
                   amount_text(of->lines.amount, code));
        if (of->lines.functional != row.functional_residual)
            differ(what + ": carrying amount is " + number(row.functional_residual) + ", its posting lines add up to " +
                   number(of->lines.functional) + " minor units of the functional currency");
        if (of->last_date != row.last_date.days())
            differ(what + ": last posting date is " + to_text(row.last_date) + ", its posting lines disagree");
        if (of->in_flight != row.in_flight)
            differ(what + ": " + std::to_string(row.in_flight) + " applications in flight, the applications say " +
                   std::to_string(of->in_flight));
        auto& account = control(row.entity, row.account, code);
        account.is_control = true;
        account.items.amount += row.residual;
        account.items.functional += row.functional_residual;
    }

    void compare_controls() {
        std::map<std::string, const Control*> in_order;
        for (const auto& [key, control] : controls_)
            if (control.is_control) in_order.emplace(key, &control);
        for (const auto& [key, control] : in_order) {
            const auto what = "control account " + control->account + " of entity \"" + control->entity + "\": ";
            if (control->items.amount != control->ledger.amount)
                differ(what + "open items add up to " + amount_text(control->items.amount, control->currency) +
                       ", the journal to " + amount_text(control->ledger.amount, control->currency));
            else if (control->items.functional != control->ledger.functional)
                differ(what + "open items in " + control->currency + " are carried at " + number(control->items.functional) +
                       ", the journal says " + number(control->ledger.functional) + " minor units of the functional currency");
        }
    }

    store::Db& db_;
    const Books& books_;
    Verification out_;
    std::size_t unnamed_ = 0;
    std::vector<OfItem> of_items_;                                   // by item id
    std::unordered_map<std::int64_t, OfApplication> of_applications_;   // by entry
    std::int64_t application_id_max_ = 0;
    std::unordered_map<std::int64_t, detail::PartRow> parts_;           // by application
    std::unordered_map<std::string, Control> controls_;
    std::string key_;                                                // reused: no allocation per line
    std::vector<std::pair<std::string, __int128>> currency_sums_;
};

}  // namespace

Verification verify(store::Db& db, const Books& books) { return Verifier{db, books}.run(); }

}  // namespace owed::ledger
