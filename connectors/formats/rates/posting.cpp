#include "formats/rates/posting.hpp"

#include <algorithm>

#include "formats/csv/csv.hpp"

namespace owed::formats::rates {
namespace {

/// Every day and currency since 1999 is about 250,000; what is kept of each is some 100 bytes.
constexpr std::size_t rates_max = 1'000'000;
constexpr std::size_t unknown_max = 1'000;

std::string pair_text(const Quote& quote) { return std::string{quote.from} + " in " + std::string{quote.to} + " of " + to_text(quote.date); }

}  // namespace

Posting::Posting(const Settings& settings, std::string file, RecordSink& sink, Findings& findings)
    : settings_{settings}, file_{std::move(file)}, sink_{sink}, findings_{findings}, target_{find_calendar("TARGET").value_or(Calendar::weekends())} {}

bool Posting::is_known(std::string_view code, const Place& place) {
    if (find_currency(code)) return true;
    if (!unknown_.contains(code) && unknown_.size() < unknown_max) {
        unknown_.emplace(code);
        findings_.warn(place.exact(), csv::shown(code) + " is not a currency of ISO 4217 today; its rates are left out");
    }
    return false;
}

Status Posting::quote(const Quote& quote, const Place& place) {
    if (quote.rate.mantissa() <= 0)
        return fail(Errc::malformed_input, "the rate of " + pair_text(quote) + " is " + to_text(quote.rate) + "; expected a positive number", place.exact(),
                    "ask the publisher for the file again");
    if (!is_known(quote.from, place) || !is_known(quote.to, place)) return {};
    if (quote.from == quote.to) {
        if (equal(quote.rate, Decimal::of(1, 0))) return {};
        return fail(Errc::malformed_input, "the rate of " + pair_text(quote) + " is " + to_text(quote.rate) + "; a currency in itself is 1", place.exact());
    }
    if (quote.type) return post(quote, *quote.type, place);
    const auto wanted = [&](As as) { return std::find(settings_.as.begin(), settings_.as.end(), as) != settings_.as.end(); };
    if (wanted(As::spot)) OWED_TRY_VOID(post(quote, As::spot, place));
    if (wanted(As::closing) || (wanted(As::month_end_closing) && is_month_end(quote.date))) OWED_TRY_VOID(post(quote, As::closing, place));
    if (wanted(As::custom)) OWED_TRY_VOID(post(quote, As::custom, place));
    return {};
}

Status Posting::post(const Quote& quote, As as, const Place& place) {
    const std::string type{name_of(as)};
    Pair pair{};
    std::copy_n(quote.from.begin(), 3, pair.begin());
    std::copy_n(quote.to.begin(), 3, pair.begin() + 3);
    const auto [at, is_new] = quotes_.try_emplace({quote.date.days(), pair, as}, Seen{quote.rate, place.line});
    if (!is_new) return contradiction("the rate of " + pair_text(quote) + " (" + type + ")", at->second, quote.rate, place);
    FxRate rate;
    rate.from = quote.from;
    rate.to = quote.to;
    rate.type = type;
    rate.date = quote.date;
    rate.rate = to_text(quote.rate);
    rate.source = quote.source;
    return hand_over(std::move(rate), std::string{quote.from} + "/" + std::string{quote.to} + "/" + type + "/" + to_text(quote.date), place);
}

Status Posting::reference(std::string_view name, Date from, Decimal percent, std::string_view source, const Place& place) {
    if (name.empty()) return fail(Errc::malformed_input, "the reference rate has no name", place.exact());
    const auto [at, is_new] = references_.try_emplace({std::string{name}, from.days()}, Seen{percent, place.line});
    if (!is_new) return contradiction("reference rate " + csv::shown(name) + " from " + to_text(from), at->second, percent, place);
    ReferenceRate rate;
    rate.name = name;
    rate.from = from;
    rate.percent = to_text(percent);
    rate.source = source;
    return hand_over(std::move(rate), std::string{name} + "/" + to_text(from), place);
}

Status Posting::contradiction(const std::string& what, const Seen& before, Decimal now, const Place& place) const {
    if (equal(before.value, now)) return {};
    return fail(Errc::malformed_input, what + " is " + to_text(now) + " here and " + to_text(before.value) + " in line " + std::to_string(before.line), place.exact(),
                "ask the publisher which one holds; nothing of the file is taken");
}

Status Posting::hand_over(RecordBody body, std::string id, const Place& place) {
    if (++records_ > rates_max) return fail(Errc::input_too_large, "the file has more than " + std::to_string(rates_max) + " rates", place.exact(), "cut it into several files");
    Record record;
    record.external_id = std::move(id);
    record.where = file_ + ':' + std::to_string(place.line);
    record.body = std::move(body);
    return sink_.record(std::move(record));
}

}  // namespace owed::formats::rates
