#include "ledger/rates.hpp"

#include <algorithm>
#include <array>

#include "ledger/detail/rows.hpp"
#include "ledger/detail/tables.hpp"
#include "ledger/fx_rules.hpp"

namespace owed::ledger {
namespace {

constexpr std::array<std::string_view, 3> type_names{"spot", "closing", "custom"};
constexpr std::string_view rate_columns = "from_currency, to_currency, type, valid_on, rate, source, recorded_at";

std::string pair_text(Currency from, Currency to) { return std::string{from.text()} + " to " + std::string{to.text()}; }

Decimal decimal_at(const store::Query& query, int column) {
    auto value = parse_decimal(query.text_view(column));
    if (!value) throw store::Failure{Errc::store_corrupt, "a rate of the ledger is \"" + query.text(column) + "\""};
    return *value;
}

FxRate rate_at(const store::Query& query) {
    return {.from = detail::currency_of(query.text_view(0)),
            .to = detail::currency_of(query.text_view(1)),
            .type = static_cast<RateType>(query.integer(2)),
            .date = Date::from_days(static_cast<std::int32_t>(query.integer(3))),
            .rate = decimal_at(query, 4),
            .source = query.text(5),
            .recorded_at = Instant{query.integer(6)}};
}

/// The directed rate of the day or the last earlier one.
std::optional<FxRate> find_directed(store::Db& db, Currency from, Currency to, RateType type, Date date, std::optional<Instant> known_at) {
    static const std::string sql = "SELECT " + std::string{rate_columns} +
                                   " FROM fx_rate WHERE from_currency = ? AND to_currency = ? AND type = ? AND valid_on <= ? "
                                   "AND recorded_at <= ? ORDER BY valid_on DESC, id DESC LIMIT 1";
    auto query = db.query(sql);
    query.bind(from.text(), to.text(), type, date.days(), known_at ? known_at->micros : INT64_MAX);
    if (!query.step()) return std::nullopt;
    return rate_at(query);
}

/// Between two currencies either way: whichever is of the later day, the directed one when they are of the same.
std::optional<FxRate> find_either(store::Db& db, Currency from, Currency to, RateType type, Date date, std::optional<Instant> known_at) {
    auto directed = find_directed(db, from, to, type, date, known_at);
    if (directed && directed->date == date) return directed;
    auto inverse = find_directed(db, to, from, type, date, known_at);
    if (!inverse || (directed && directed->date >= inverse->date)) return directed;
    return inverse;
}

std::string text_of(const FxRate& rate, Date asked) {
    auto text = "1 " + std::string{rate.from.text()} + " = " + to_text(rate.rate) + " " + std::string{rate.to.text()} + " of " +
                to_text(rate.date) + " (" + std::string{name_of(rate.type)} + ", " + rate.source + ")";
    if (rate.date != asked) text += ", the last one before " + to_text(asked);
    return text;
}

/// One rate of the type, or two through the euro. Empty: none.
std::vector<FxRate> way_of_type(store::Db& db, Currency from, Currency to, RateType type, Date date, std::optional<Instant> known_at) {
    if (auto rate = find_either(db, from, to, type, date, known_at)) return {*std::move(rate)};
    const auto euro = *find_currency("EUR");
    if (from == euro || to == euro) return {};
    auto first = find_either(db, from, euro, type, date, known_at);
    auto second = find_either(db, euro, to, type, date, known_at);
    if (!first || !second) return {};
    return {*std::move(first), *std::move(second)};
}

Date oldest_of(const std::vector<FxRate>& way) {
    return std::min_element(way.begin(), way.end(), [](const FxRate& a, const FxRate& b) { return a.date < b.date; })->date;
}

/// As convert() says: a closing rate, unless spot rates are of a later day.
std::vector<FxRate> way(store::Db& db, Currency from, Currency to, RateType type, Date date, std::optional<Instant> known_at) {
    auto found = way_of_type(db, from, to, type, date, known_at);
    if (type != RateType::closing || (!found.empty() && oldest_of(found) == date)) return found;
    auto spot = way_of_type(db, from, to, RateType::spot, date, known_at);
    return found.empty() || (!spot.empty() && oldest_of(spot) > oldest_of(found)) ? spot : found;
}

std::string reference_hash(std::int64_t id, const ReferenceRate& rate) {
    store::RowHash hash;
    hash.add("reference_rate").add(id).add(rate.name).add(std::int64_t{rate.from.days()}).add(to_text(rate.percent)).add(rate.source);
    return hash.add(rate.recorded_at.micros).bytes();
}

std::string rate_hash(std::int64_t id, const FxRate& rate) {
    store::RowHash hash;
    hash.add("fx_rate").add(id).add(rate.from.text()).add(rate.to.text()).add(static_cast<std::int64_t>(rate.type));
    hash.add(std::int64_t{rate.date.days()}).add(to_text(rate.rate)).add(rate.source).add(rate.recorded_at.micros);
    return hash.bytes();
}

ReferenceRate reference_at(const store::Query& query) {
    return {query.text(0), Date::from_days(static_cast<std::int32_t>(query.integer(1))), decimal_at(query, 2), query.text(3),
            Instant{query.integer(4)}};
}

}  // namespace

std::string_view name_of(RateType type) noexcept { return type_names[static_cast<std::size_t>(type)]; }

std::optional<RateType> rate_type_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < type_names.size(); ++i)
        if (type_names[i] == name) return static_cast<RateType>(i);
    return std::nullopt;
}

Result<bool> set_rate(store::Tx& tx, Clock& clock, const FxRate& given) {
    if (given.rate.mantissa() <= 0)
        return fail(Errc::invalid_argument, "rate " + pair_text(given.from, given.to) + " of " + to_text(given.date) + " is " +
                                                to_text(given.rate) + ", which is not positive");
    if (given.from == given.to) return fail(Errc::invalid_argument, "a rate is between two currencies; this one is " + pair_text(given.from, given.to));
    const auto known = find_directed(tx, given.from, given.to, given.type, given.date, {});
    if (known && known->date == given.date && known->source == given.source && to_text(known->rate) == to_text(given.rate)) return false;
    auto rate = given;
    rate.recorded_at = clock.now();
    const auto id = detail::next_row(tx.query("SELECT COALESCE(MAX(id), 0) FROM fx_rate"));
    auto query = tx.query("INSERT INTO fx_rate (id, from_currency, to_currency, type, valid_on, rate, source, recorded_at, hash) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(id, rate.from.text(), rate.to.text(), rate.type, rate.date.days(), to_text(rate.rate), rate.source, rate.recorded_at.micros);
    query.set_blob(8, rate_hash(id, rate));
    query.run();
    return true;
}

std::vector<FxRate> rates(store::Db& db, std::optional<Date> since) {
    static const std::string sql = "SELECT " + std::string{rate_columns} +
                                   " FROM fx_rate WHERE valid_on >= ? ORDER BY from_currency, to_currency, type, valid_on, id";
    auto query = db.query(sql);
    query.bind(since ? since->days() : INT32_MIN);
    std::vector<FxRate> found;
    while (query.step()) found.push_back(rate_at(query));
    return found;
}

Result<Converted> convert(store::Db& db, Money amount, Currency to, RateType type, Date date, std::optional<Instant> known_at) {
    if (amount.currency() == to) return Converted{amount, {}, false};
    const auto through = way(db, amount.currency(), to, type, date, known_at);
    if (through.empty())
        return fail(Errc::not_found,
                    "there is no " + std::string{name_of(type)} + " rate " + pair_text(amount.currency(), to) + " on or before " + to_text(date),
                    {}, "load the rates of that day, or give the amount in " + std::string{to.text()});
    std::vector<RateStep> steps;
    Converted converted{amount, {}, false};
    for (const auto& rate : through) {
        const bool directed = rate.from == (steps.empty() ? amount.currency() : steps.back().to);
        steps.push_back({{rate.rate, !directed}, directed ? rate.to : rate.from});
        converted.rate += (converted.rate.empty() ? "" : ", ") + text_of(rate, date);
        converted.earlier = converted.earlier || rate.date != date;
    }
    OWED_TRY(converted.amount, convert_through(amount, steps));
    return converted;
}

Result<bool> set_reference_rate(store::Tx& tx, Clock& clock, const ReferenceRate& given) {
    if (given.name.empty()) return fail(Errc::invalid_argument, "a reference rate has no name");
    const auto known = reference_rate(tx, given.name, given.from);
    if (known && known->from == given.from && known->source == given.source && to_text(known->percent) == to_text(given.percent)) return false;
    auto rate = given;
    rate.recorded_at = clock.now();
    const auto id = detail::next_row(tx.query("SELECT COALESCE(MAX(id), 0) FROM reference_rate"));
    auto query = tx.query("INSERT INTO reference_rate (id, name, valid_from, percent, source, recorded_at, hash) VALUES (?, ?, ?, ?, ?, ?, ?)");
    query.bind(id, rate.name, rate.from.days(), to_text(rate.percent), rate.source, rate.recorded_at.micros);
    query.set_blob(6, reference_hash(id, rate));
    query.run();
    return true;
}

std::optional<ReferenceRate> reference_rate(store::Db& db, std::string_view name, Date date) {
    auto query = db.query("SELECT name, valid_from, percent, source, recorded_at FROM reference_rate WHERE name = ? AND valid_from <= ? "
                          "ORDER BY valid_from DESC, id DESC LIMIT 1");
    query.bind(name, date.days());
    if (!query.step()) return std::nullopt;
    return reference_at(query);
}

std::vector<ReferenceRate> reference_rates(store::Db& db, const std::optional<std::string>& name) {
    auto query = db.query("SELECT name, valid_from, percent, source, recorded_at FROM reference_rate r WHERE (? = '' OR name = ?) "
                          "AND NOT EXISTS (SELECT 1 FROM reference_rate n WHERE n.name = r.name AND n.valid_from = r.valid_from AND n.id > r.id) "
                          "ORDER BY name, valid_from");
    const auto wanted = name.value_or("");
    query.bind(wanted, wanted);
    std::vector<ReferenceRate> found;
    while (query.step()) found.push_back(reference_at(query));
    return found;
}

namespace detail {

void check_rates(store::Db& db, const Differ& differ) {
    static const std::string sql = "SELECT " + std::string{rate_columns} + ", id, hash FROM fx_rate ORDER BY id";
    auto rates = db.query(sql);
    while (rates.step())
        if (rate_hash(rates.integer(7), rate_at(rates)) != rates.blob(8))
            differ("exchange rate " + std::to_string(rates.integer(7)) + ": row hash does not fit its fields");
    auto references = db.query("SELECT name, valid_from, percent, source, recorded_at, id, hash FROM reference_rate ORDER BY id");
    while (references.step())
        if (reference_hash(references.integer(5), reference_at(references)) != references.blob(6))
            differ("reference rate " + std::to_string(references.integer(5)) + ": row hash does not fit its fields");
}

}  // namespace detail
}  // namespace owed::ledger
