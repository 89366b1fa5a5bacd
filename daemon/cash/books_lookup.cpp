// Reads the tables of ledger and parties; nothing here writes them. Columns: ledger/schema.cpp, parties/schema.cpp.
#include "cash/detail/books_lookup.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "cash/detail/learned.hpp"
#include "cash/detail/rows.hpp"
#include "cash/detail/series.hpp"
#include "ledger/item_terms.hpp"
#include "ledger/write_offs.hpp"
#include "parties/relations.hpp"

namespace owed::cash::detail {
namespace {

// Receipts (5) and deposits (6) are money, not documents that money pays.
#define ITEM_COLUMNS                                                                                                              \
    "SELECT i.id, coalesce(m.into_customer, i.customer), i.document, i.payment_reference, i.order_number, i.document_date, "      \
    "i.due_date, i.original, i.residual, i.tax, i.currency, i.entity, i.instalment, i.written_off FROM open_item i "              \
    "LEFT JOIN customer_merge m ON m.from_customer = i.customer AND m.split_at IS NULL "
#define IS_DOCUMENT " i.kind NOT IN (5, 6) AND i.customer IS NOT NULL "
// Settled ones are looked for as long as payers may mean them; what was written off is old, and still a claim.
#define OPEN_OR_MEANT "AND (i.residual <> 0 OR i.written_off <> 0 OR i.document_date >= ?) "

Date day_at(const store::Query& rows, int column) { return Date::from_days(static_cast<std::int32_t>(rows.integer(column))); }

Currency currency_at(std::string_view code) {
    auto found = find_currency(code);
    OWED_CHECK(found.has_value(), "the store holds codes of currencies only");
    return *found;
}

/// A view whose texts are the caller's to keep.
ItemView view_at(const store::Query& rows) {
    return {.item = OpenItemId{rows.integer(0)}, .customer = CustomerId{rows.integer(1)}, .document = rows.text_view(2),
            .payment_reference = rows.text_view(3), .order = rows.text_view(4), .document_date = day_at(rows, 5),
            .due_date = day_at(rows, 6), .original = rows.integer(7), .residual = rows.integer(8), .tax = rows.integer(9),
            .currency = currency_at(rows.text_view(10)), .discounts = {}, .term = days_between(day_at(rows, 5), day_at(rows, 6)),
            .disputed = false, .instalment = static_cast<std::int32_t>(rows.integer(12)), .written_off = rows.integer(13) != 0 && rows.integer(8) == 0};
}

Advice advice_at(const store::Query& rows) {
    const auto currency = currency_at(rows.text_view(7));
    return {.id = rows.integer(0), .entity = rows.text(1), .payment_number = rows.text(2), .payer_name = rows.text(3),
            .customer_number = rows.text(4), .date = day_at(rows, 5), .amount = Money::minor(rows.integer(6), currency),
            .lines = advice_lines_from_json(rows.text_view(8))};
}

constexpr std::string_view advice_columns =
    "SELECT id, entity, payment_number, payer_name, customer_number, day, amount, currency, lines FROM cash_advice ";

}  // namespace

void BooksLookup::forget() {
    texts_.clear();
    offers_.clear();
}

std::string_view BooksLookup::keep(std::string text) const {
    if (text.empty()) return {};
    return texts_.emplace_back(std::move(text));
}

namespace {

/// Given up and not recovered since: one that was recovered and paid is settled like any other.
bool is_lost(store::Db& db, const ItemView& item) {
    const auto whole = ledger::item(db, item.item);
    return whole && !ledger::written_off_of(db, *whole).is_zero();
}

std::vector<DiscountOffer> offers_of(const ledger::ItemTerms& terms) {
    std::vector<DiscountOffer> offers;
    for (const auto& tier : terms.discounts) offers.push_back({tier.until, tier.amount.units()});
    return offers;
}

}  // namespace

void BooksLookup::take(store::Query& rows, Items& found) const {
    const auto first = found.size();
    while (rows.step()) {
        auto item = view_at(rows);
        item.document = keep(std::string{item.document});
        item.payment_reference = keep(std::string{item.payment_reference});
        item.order = keep(std::string{item.order});
        found.push_back(item);
    }
    for (auto i = first; i < found.size(); ++i)
        if (found[i].written_off) found[i].written_off = is_lost(db_, found[i]);
    for (auto i = first; i < found.size(); ++i) {
        const auto terms = ledger::terms_of(db_, found[i].item);
        if (!terms) continue;
        found[i].disputed = terms->disputed.has_value();
        found[i].term = terms_.of(terms->terms, found[i].term);
        if (!terms->discounts.empty()) found[i].discounts = offers_.emplace_back(offers_of(*terms));
    }
    for (auto i = first; i < found.size(); ++i) {
        auto numbers = db_.query("SELECT value FROM cash_number WHERE item = ?");
        numbers.bind(found[i].item.value);
        std::string all{found[i].order};
        while (numbers.step()) all += (all.empty() ? "" : "\n") + numbers.text(0);
        if (all.size() != found[i].order.size()) found[i].order = keep(std::move(all));
    }
}

void BooksLookup::by_document(std::string_view entity, std::string_view key, Items& found) const {
    auto rows = db_.query(ITEM_COLUMNS "WHERE i.entity = ? AND i.document_key = ? AND i.document_key <> '' AND" IS_DOCUMENT
                                       OPEN_OR_MEANT "ORDER BY i.id");
    rows.bind(entity, key, today_.days() - settled_days_max);
    take(rows, found);
}

void BooksLookup::by_counter(std::string_view entity, std::string_view digits, Items& found) const {
    // Each series says how a full number would read with these digits: as its counter, or with its own digits around it.
    std::vector<std::string> keys;
    const auto add = [&](const std::string& document) {
        auto key = ledger::document_key(document);
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
    };
    {
        auto series = db_.query("SELECT before, after, width, digits_before, runs_before, digits_after FROM cash_series WHERE entity = ?");
        series.bind(entity);
        while (series.step()) {
            const auto before = series.text(0), after = series.text(1), back = series.text(5);
            // Zeros between two digits count, so a counter that follows digits is filled up to its width.
            const auto counter = [&](std::string_view middle) {
                const auto width = static_cast<std::size_t>(series.integer(2));
                return std::string(width > middle.size() ? width - middle.size() : 0, '0') + std::string{middle};
            };
            add(before + counter(digits) + after);
            for (const int column : {3, 4}) {
                const auto front = series.text(column);
                if ((front.empty() && back.empty()) || digits.size() <= front.size() + back.size()) continue;
                if (digits.substr(0, front.size()) != front || digits.substr(digits.size() - back.size()) != back) continue;
                add(before + counter(digits.substr(front.size(), digits.size() - front.size() - back.size())) + after);
            }
        }
    }
    const auto first = found.size();
    Items all;
    for (const auto& key : keys) by_document(entity, key, all);
    for (const auto& item : all) {
        const auto known = counters_of(item.document);
        if (std::find(known.begin(), known.end(), digits) != known.end()) found.push_back(item);
    }
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item < b.item; });
    found.erase(std::unique(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item == b.item; }), found.end());
}

void BooksLookup::by_reference(std::string_view entity, std::string_view normalised, Items& found) const {
    auto rows = db_.query(ITEM_COLUMNS "WHERE i.entity = ? AND i.payment_reference_key = ? AND i.payment_reference_key <> '' AND" IS_DOCUMENT
                                       OPEN_OR_MEANT "ORDER BY i.id");
    rows.bind(entity, parties::account_key(normalised), today_.days() - settled_days_max);
    take(rows, found);
}

void BooksLookup::by_order(std::string_view entity, std::string_view number, std::size_t limit_max, Items& found) const {
    if (number.empty()) return;
    const auto first = found.size();
    {
        auto rows = db_.query(ITEM_COLUMNS "WHERE upper(i.order_number) = upper(?) AND i.order_number <> '' AND i.entity = ? AND i.residual <> 0 AND" IS_DOCUMENT "LIMIT ?");
        rows.bind(number, entity, limit_max + 1);
        take(rows, found);
    }
    {
        // Further numbers stand beside the document (note_numbers). With the plus SQLite does not walk the entity's open items instead.
        auto rows = db_.query(ITEM_COLUMNS "WHERE i.id IN (SELECT item FROM cash_number WHERE upper(value) = upper(?)) AND +i.entity = ? AND i.residual <> 0 AND" IS_DOCUMENT
                                           "LIMIT ?");
        rows.bind(number, entity, limit_max + 1);
        take(rows, found);
    }
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item < b.item; });
    found.erase(std::unique(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(), [](auto& a, auto& b) { return a.item == b.item; }), found.end());
    if (found.size() - first > limit_max) found.resize(first);
}

void BooksLookup::by_amount(std::string_view entity, Money residual, std::size_t limit_max, Items& found) const {
    if (!residual.is_positive()) return;
    const auto first = found.size();
    // likely(): without it SQLite takes the open end for the narrower bound, and walks the entity's open items.
    auto rows = db_.query(ITEM_COLUMNS "WHERE i.entity = ? AND i.residual = ? AND likely(i.residual > 0) AND i.currency = ? AND" IS_DOCUMENT
                                       "ORDER BY i.due_date, i.id LIMIT ?");
    rows.bind(entity, residual.units(), residual.currency().text(), limit_max + 1);
    take(rows, found);
    if (found.size() - first > limit_max) found.resize(first);
}

void BooksLookup::open_of(CustomerId customer, Items& found) const {
    const auto first = found.size();
    for (const auto id : parties::merged_family(db_, customer)) {
        auto rows = db_.query(ITEM_COLUMNS "WHERE i.customer = ? AND i.residual <> 0 AND" IS_DOCUMENT "ORDER BY i.due_date, i.id");
        rows.bind(id.value);
        take(rows, found);
    }
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
              [](auto& a, auto& b) { return std::tie(a.due_date, a.item) < std::tie(b.due_date, b.item); });
}

void BooksLookup::settled_of(CustomerId customer, std::size_t limit_max, Items& found) const {
    auto rows = db_.query(ITEM_COLUMNS "WHERE i.customer = ? AND i.residual = 0 AND i.original > 0 AND (i.document_date >= ? OR i.written_off <> 0) AND" IS_DOCUMENT
                                       "ORDER BY i.document_date DESC, i.id DESC LIMIT ?");
    rows.bind(customer.value, today_.days() - settled_days_max, limit_max);
    take(rows, found);
}

std::vector<CustomerId> BooksLookup::by_account(std::string_view entity, std::string_view account) const {
    auto ids = parties::customers_of_account(db_, entity, account);
    for (auto& id : ids) id = parties::survivor(db_, id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

int BooksLookup::answers_for_account(std::string_view entity, std::string_view account, CustomerId customer) const {
    const auto key = parties::account_key(account);
    auto on_file = db_.query("SELECT a.customer FROM customer_account a JOIN customer c ON c.id = a.customer WHERE a.account_key = ? AND c.entity = ?");
    on_file.bind(key, entity);
    while (on_file.step())
        if (parties::survivor(db_, CustomerId{on_file.integer(0)}) == customer) return 0;
    int answers = 0;
    // Of aliases in force only, as read_snapshot has them.
    auto told = db_.query("SELECT a.customer, t.times FROM alias a JOIN cash_answer t ON t.entity = a.entity AND t.kind = a.kind AND t.value_key = a.value_key "
                          "AND t.customer = a.customer WHERE a.entity = ? AND a.kind = 'account' AND a.value_key = ? AND a.revoked_at IS NULL");
    told.bind(entity, key);
    while (told.step())
        if (parties::survivor(db_, CustomerId{told.integer(0)}) == customer) answers += static_cast<int>(told.integer(1));
    return answers;
}

std::string BooksLookup::learned_not_receivable(std::string_view entity, std::string_view account, std::string_view name) const {
    const auto rule = rule_for(db_, entity, account, name);
    return rule ? rule->why : std::string{};
}

std::vector<NamedCustomer> BooksLookup::by_name(std::string_view entity, std::string_view payer_name) const {
    auto found = parties::payers_named(db_, entity, payer_name);
    for (auto& one : found) one.customer = parties::survivor(db_, one.customer);
    std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.customer < b.customer; });
    found.erase(std::unique(found.begin(), found.end(), [](auto& a, auto& b) { return a.customer == b.customer; }), found.end());
    return found;
}

std::optional<CustomerId> BooksLookup::by_number(std::string_view entity, std::string_view number) const {
    auto row = db_.query("SELECT id FROM customer WHERE entity = ? AND number = ?");
    if (!row.bind(entity, number).step()) return {};
    return parties::survivor(db_, CustomerId{row.integer(0)});
}

std::optional<CustomerView> BooksLookup::customer(CustomerId customer) const {
    auto row = db_.query("SELECT number, name, country, segment, entity FROM customer WHERE id = ?");
    if (!row.bind(customer.value).step()) return {};
    return CustomerView{customer, keep(row.text(0)), keep(row.text(1)), keep(row.text(2)), keep(row.text(3)), keep(row.text(4))};
}

std::vector<CustomerId> BooksLookup::pays_for(CustomerId payer, Date day) const { return parties::pays_for(db_, payer, day); }

std::vector<CustomerId> BooksLookup::pays_for(std::string_view entity, std::string_view account, std::string_view name, Date day) const {
    return parties::pays_for(db_, entity, account, name, day);
}

std::vector<Advice> BooksLookup::advices(std::string_view entity, const std::vector<std::string>& payment_numbers, Money amount, Date day,
                                         int days_max) const {
    std::map<std::int64_t, Advice> found;
    const auto take_all = [&](store::Query& rows) {
        while (rows.step()) {
            auto advice = advice_at(rows);
            found.emplace(advice.id, std::move(advice));
        }
    };
    static const std::string by_number = std::string{advice_columns} + "WHERE entity = ? AND number_key = ? AND receipt IS NULL AND currency = ?";
    for (const auto& number : payment_numbers) {
        auto rows = db_.query(by_number);
        take_all(rows.bind(entity, number, amount.currency().text()));
    }
    static const std::string by_amount =
        std::string{advice_columns} + "WHERE entity = ? AND amount = ? AND receipt IS NULL AND currency = ? AND day BETWEEN ? AND ?";
    auto rows = db_.query(by_amount);
    take_all(rows.bind(entity, amount.units(), amount.currency().text(), day.days() - days_max, day.days() + days_max));
    std::vector<Advice> list;
    for (auto& [id, advice] : found) list.push_back(std::move(advice));
    return list;
}

bool BooksLookup::is_own_account(std::string_view account) const { return !account.empty() && books_.bank_account(account) != nullptr; }

Lookup::Settlement BooksLookup::settlement(OpenItemId item) const {
    auto row = db_.query("SELECT a.credit, c.document, a.posting_date, a.stage, a.confidence, a.decided_by FROM application a "
                         "JOIN open_item c ON c.id = a.credit WHERE a.debit = ? AND a.undone_on IS NULL ORDER BY a.id DESC LIMIT 1");
    if (!row.bind(item.value).step()) return {};
    // A receipt's number is its item's; the ledger knows documents only.
    const auto number = row.text(1).empty() ? number_of(OpenItemId{row.integer(0)}) : row.text(1);
    const bool automatic = row.text_view(5) == "cash";
    return {number + " of " + to_text(day_at(row, 2)), automatic ? row.text(3) : std::string{}, static_cast<int>(row.integer(4)), day_at(row, 2)};
}

namespace {

void read_customers(store::Db& db, Snapshot& snapshot) {
    {
        auto rows = db.query("SELECT id, number, name, country, segment, entity, parent FROM customer ORDER BY id");
        while (rows.step())
            snapshot.add_customer({CustomerId{rows.integer(0)}, rows.text_view(1), rows.text_view(2), rows.text_view(3), rows.text_view(4), rows.text_view(5)},
                                  rows.text_view(6));
    }
    const auto owner = [&](std::int64_t id) { return parties::survivor(db, CustomerId{id}); };
    {
        auto rows = db.query("SELECT customer, base, form FROM customer_name ORDER BY customer, base, form");
        while (rows.step()) snapshot.add_name(owner(rows.integer(0)), rows.text_view(1), rows.text_view(2));
    }
    {
        auto rows = db.query("SELECT a.customer, a.account, c.entity FROM customer_account a JOIN customer c ON c.id = a.customer ORDER BY 1, a.position");
        while (rows.step()) snapshot.add_account(rows.text_view(2), rows.text_view(1), owner(rows.integer(0)));
    }
    {
        auto rows = db.query("SELECT a.entity, a.kind, a.value_key, a.customer, coalesce(t.times, 0) FROM alias a LEFT JOIN cash_answer t ON t.entity = a.entity "
                             "AND t.kind = a.kind AND t.value_key = a.value_key AND t.customer = a.customer WHERE a.revoked_at IS NULL ORDER BY a.id");
        while (rows.step())
            snapshot.add_alias(rows.text_view(0), rows.text_view(1), rows.text_view(2), owner(rows.integer(3)), static_cast<int>(rows.integer(4)));
    }
    for (const auto& rule : learned_rules(db)) snapshot.add_rule(rule.entity, rule.kind, key_of(rule.kind, rule.value), rule.why);
    for (const auto& relation : parties::relations(db))
        snapshot.add_relation({relation.entity, relation.payer, parties::account_key(relation.payer_account),
                               parties::name_key(relation.payer_name), relation.pays_for, relation.from, relation.until});
}

}  // namespace

Snapshot read_snapshot(store::Db& db, const ledger::Books& books, Date today) {
    Snapshot snapshot;
    {
        auto count = db.query("SELECT (SELECT count(*) FROM open_item WHERE kind NOT IN (5, 6) AND residual <> 0), (SELECT count(*) FROM customer)");
        if (count.step()) snapshot.reserve(static_cast<std::size_t>(count.integer(0)), static_cast<std::size_t>(count.integer(1)));
    }
    read_customers(db, snapshot);
    for (const auto& account : books.bank_accounts()) snapshot.add_own_account(account.id());
    std::unordered_map<std::int64_t, ledger::ItemTerms> terms;
    ledger::each_terms(db, [&](OpenItemId item, const ledger::ItemTerms& one) {
        if (!one.discounts.empty() || one.disputed) terms.emplace(item.value, one);
    });
    {
        auto rows = db.query(ITEM_COLUMNS "WHERE" IS_DOCUMENT OPEN_OR_MEANT "ORDER BY i.id");
        rows.bind(today.days() - settled_days_max);
        // All in order of the item: read side by side.
        auto numbers = db.query("SELECT item, value FROM cash_number ORDER BY item, value");
        bool more = numbers.step();
        auto stated = db.query("SELECT item, terms FROM item_terms WHERE terms <> '' ORDER BY item");
        bool more_stated = stated.step();
        TermNumbers term;
        std::string order;
        while (rows.step()) {
            auto item = view_at(rows);
            order = item.order;
            while (more && numbers.integer(0) < item.item.value) more = numbers.step();
            for (; more && numbers.integer(0) == item.item.value; more = numbers.step()) order += (order.empty() ? "" : "\n") + numbers.text(1);
            item.order = order;
            while (more_stated && stated.integer(0) < item.item.value) more_stated = stated.step();
            if (more_stated && stated.integer(0) == item.item.value) item.term = term.of(stated.text_view(1), item.term);
            if (item.written_off) item.written_off = is_lost(db, item);
            std::vector<DiscountOffer> offers;
            if (const auto at = terms.find(item.item.value); at != terms.end()) {
                offers = offers_of(at->second);
                item.discounts = offers;
                item.disputed = at->second.disputed.has_value();
            }
            snapshot.add_item(rows.text_view(11), item);
        }
    }
    {
        auto rows = db.query("SELECT a.debit, a.credit, c.document, a.posting_date, a.stage, a.confidence, a.decided_by FROM application a "
                             "JOIN open_item c ON c.id = a.credit JOIN open_item d ON d.id = a.debit "
                             "WHERE a.undone_on IS NULL AND d.residual = 0 AND d.document_date >= ? ORDER BY a.id");
        rows.bind(today.days() - settled_days_max);
        while (rows.step()) {
            const auto number = rows.text(2).empty() ? number_of(OpenItemId{rows.integer(1)}) : rows.text(2);
            snapshot.set_settlement(OpenItemId{rows.integer(0)}, {number + " of " + to_text(day_at(rows, 3)),
                                                                  rows.text_view(6) == "cash" ? rows.text(4) : std::string{},
                                                                  static_cast<int>(rows.integer(5)), day_at(rows, 3)});
        }
    }
    static const std::string waiting = std::string{advice_columns} + "WHERE receipt IS NULL ORDER BY id";
    auto rows = db.query(waiting);
    while (rows.step()) snapshot.add_advice(advice_at(rows));
    return snapshot;
}

namespace {

constexpr std::size_t series_max = 500;

struct Series {
    std::string entity, before, after;
    std::int64_t width = 0;      // 0: the counter follows no digit
    auto operator<=>(const Series&) const = default;
};

std::string digits_in(std::string_view text) {
    std::string digits;
    for (char c : text)
        if (c >= '0' && c <= '9') digits += c;
    return digits;
}

std::string stripped(std::string digits) {
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
}

/// Digits of each run without leading zeros, as ledger::document_key has them.
std::string digits_of_runs(std::string_view text) { return digits_in(ledger::document_key(text)); }

}  // namespace

void learn_series(store::Tx& tx) {
    std::int64_t seen = 0;
    {
        auto row = tx.query("SELECT seen FROM cash_series_seen");
        if (row.step()) seen = row.integer(0);
    }
    std::set<Series> fresh;
    auto last = seen;
    {
        auto rows = tx.query("SELECT id, entity, document FROM open_item WHERE id > ? AND kind NOT IN (5, 6) ORDER BY id");
        rows.bind(seen);
        while (rows.step()) {
            last = rows.integer(0);
            const auto document = rows.text_view(2);
            const auto split = split_of(document);
            if (split.counter.empty()) continue;
            const bool after_digit = !split.before.empty() && split.before.back() >= '0' && split.before.back() <= '9';
            fresh.insert(Series{rows.text(1), std::string{split.before}, std::string{split.after},
                                after_digit ? static_cast<std::int64_t>(split.counter.size()) : 0});
            if (fresh.size() > series_max) break;   // numbers without a system: a series each would be no help
        }
    }
    if (last == seen) return;
    for (const auto& series : fresh)
        tx.query("INSERT OR IGNORE INTO cash_series (entity, before, after, width, digits_before, runs_before, digits_after) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(series.entity, series.before, series.after, series.width, stripped(digits_in(series.before)), digits_of_runs(series.before),
                  digits_in(series.after))
            .run();
    tx.query("INSERT INTO cash_series_seen (only_row, seen) VALUES (1, ?1) ON CONFLICT (only_row) DO UPDATE SET seen = ?1").bind(last).run();
}

}  // namespace owed::cash::detail
