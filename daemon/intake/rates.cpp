// Rates of exchange and of reference, as a central bank or a treasury publishes them.
#include "intake/detail/routing.hpp"
#include "ledger/rates.hpp"

namespace owed::intake::detail {
namespace {

Result<Decimal> decimal(const std::string& text, const char* field) {
    auto value = parse_decimal(text);
    if (!value) return fail(Errc::invalid_argument, std::string{field} + " \"" + text + "\" is not a decimal number", std::string{"column "} + field);
    return *value;
}

}  // namespace

Result<Fate> Router::rate(const FxRate& rate) {
    OWED_TRY(const auto from, find_currency(rate.from));
    OWED_TRY(const auto to, find_currency(rate.to));
    if (!rate.date) return fail(Errc::invalid_argument, "the rate of " + rate.from + " in " + rate.to + " has no date", "column date");
    const auto type = ledger::rate_type_named(rate.type.empty() ? "spot" : rate.type);
    if (!type) return fail(Errc::invalid_argument, "a rate is spot, closing or custom, not \"" + rate.type + "\"", "column type");
    OWED_TRY(const auto value, decimal(rate.rate, "rate"));
    const ledger::FxRate wanted{.from = from, .to = to, .type = *type, .date = *rate.date, .rate = value,
                                .source = rate.source.empty() ? source_.connector : rate.source};
    OWED_TRY(const auto fresh, ledger::set_rate(tx_, ledger_.clock, wanted));
    return fresh ? Fate::applied : Fate::duplicate;
}

Result<Fate> Router::rate(const ReferenceRate& rate) {
    if (!rate.from) return fail(Errc::invalid_argument, "reference rate " + rate.name + " says no day from which it holds", "column from");
    OWED_TRY(const auto percent, decimal(rate.percent, "percent"));
    const ledger::ReferenceRate wanted{.name = rate.name, .from = *rate.from, .percent = percent,
                                       .source = rate.source.empty() ? source_.connector : rate.source};
    OWED_TRY(const auto fresh, ledger::set_reference_rate(tx_, ledger_.clock, wanted));
    return fresh ? Fate::applied : Fate::duplicate;
}

}  // namespace owed::intake::detail
