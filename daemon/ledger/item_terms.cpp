#include "ledger/item_terms.hpp"

#include "ledger/detail/rows.hpp"
#include "ledger/detail/terms.hpp"

namespace owed::ledger {
namespace {

std::optional<std::int64_t> units_of(const std::optional<Money>& amount) {
    if (!amount) return std::nullopt;
    return amount->units();
}

std::optional<Money> money_at(const store::Query& query, int column, Currency currency) {
    if (query.is_null(column)) return std::nullopt;
    return Money::minor(query.integer(column), currency);
}

constexpr std::string_view select_terms =
    "SELECT t.item, i.currency, t.terms, t.tolerance, t.disputed, t.expected_payment, t.reason_code, t.source, d.until, d.percent, "
    "d.amount FROM item_terms t JOIN open_item i ON i.id = t.item LEFT JOIN item_discount d ON d.item = t.item ";

Decimal percent_at(const store::Query& query, int column) {
    auto percent = parse_decimal(query.text_view(column));
    if (!percent) throw store::Failure{Errc::store_corrupt, "a discount tier has percent \"" + query.text(column) + "\""};
    return *percent;
}

ItemTerms terms_at(const store::Query& query, Currency currency) {
    ItemTerms terms;
    terms.terms = query.text(2);
    terms.tolerance = money_at(query, 3, currency);
    terms.disputed = money_at(query, 4, currency);
    if (!query.is_null(5)) terms.expected_payment = Date::from_days(static_cast<std::int32_t>(query.integer(5)));
    terms.reason_code = query.text(6);
    if (!query.is_null(7)) terms.source = OpenItemId{query.integer(7)};
    return terms;
}

/// One item's rows follow each other, a row a tier.
void each_in(store::Query& query, const std::function<void(OpenItemId, const ItemTerms&)>& visit) {
    OpenItemId item{0};
    ItemTerms terms;
    while (query.step()) {
        const auto currency = detail::currency_of(query.text_view(1));
        if (query.integer(0) != item.value) {
            if (item.value != 0) visit(item, terms);
            item = OpenItemId{query.integer(0)};
            terms = terms_at(query, currency);
        }
        if (!query.is_null(8))
            terms.discounts.push_back({Date::from_days(static_cast<std::int32_t>(query.integer(8))), percent_at(query, 9),
                                       Money::minor(query.integer(10), currency)});
    }
    if (item.value != 0) visit(item, terms);
}

}  // namespace

Date retained_until() {
    static const Date last = Date::of(2999, 12, 31).value_or(Date{});
    return last;
}

std::optional<ItemTerms> terms_of(store::Db& db, OpenItemId item) {
    static const std::string sql = std::string{select_terms} + "WHERE t.item = ? ORDER BY d.until";
    auto query = db.query(sql);
    query.bind(item.value);
    std::optional<ItemTerms> found;
    each_in(query, [&](OpenItemId, const ItemTerms& terms) { found = terms; });
    return found;
}

void each_terms(store::Db& db, const std::function<void(OpenItemId, const ItemTerms&)>& visit) {
    static const std::string sql = std::string{select_terms} + "WHERE i.residual <> 0 ORDER BY t.item, d.until";
    auto query = db.query(sql);
    each_in(query, visit);
}

namespace detail {

std::string terms_hash(OpenItemId item, const ItemTerms& terms) {
    store::RowHash hash;
    const auto add_maybe = [&](const std::optional<std::int64_t>& value) {
        hash.add(std::int64_t{value ? 1 : 0}).add(value.value_or(0));
    };
    hash.add("item_terms").add(item.value).add(terms.terms);
    add_maybe(units_of(terms.tolerance));
    add_maybe(units_of(terms.disputed));
    add_maybe(terms.expected_payment ? std::optional{std::int64_t{terms.expected_payment->days()}} : std::nullopt);
    hash.add(terms.reason_code);
    add_maybe(terms.source ? std::optional{terms.source->value} : std::nullopt);
    for (const auto& tier : terms.discounts)
        hash.add(std::int64_t{tier.until.days()}).add(to_text(tier.percent)).add(tier.amount.units());
    return hash.bytes();
}

void insert_terms(store::Tx& tx, OpenItemId item, const ItemTerms& terms) {
    auto query = tx.query("INSERT INTO item_terms (item, terms, tolerance, disputed, expected_payment, reason_code, source, hash) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(item.value, terms.terms, units_of(terms.tolerance), units_of(terms.disputed),
               terms.expected_payment ? std::optional{std::int64_t{terms.expected_payment->days()}} : std::nullopt,
               terms.reason_code, terms.source ? std::optional{terms.source->value} : std::nullopt);
    query.set_blob(7, terms_hash(item, terms));
    query.run();
    auto tiers = tx.query("INSERT INTO item_discount (item, until, percent, amount) VALUES (?, ?, ?, ?)");
    for (const auto& tier : terms.discounts) {
        tiers.bind(item.value, tier.until.days(), to_text(tier.percent), tier.amount.units());
        tiers.run();
    }
}

}  // namespace detail
}  // namespace owed::ledger
