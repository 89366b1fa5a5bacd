#include "report/measures.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "ledger/exact.hpp"

namespace owed::report {
namespace {

using ledger::Exact;
using ledger::exact;
using ledger::Integer;
using ledger::power_of_ten;
using Name = std::string_view;

tl::unexpected<Error> wrong(std::string what, std::string where) { return fail(Errc::invalid_argument, std::move(what), std::move(where)); }

Result<Decimal> rounded(const Exact& value, int decimals) {
    const Integer whole = ledger::half_away(value * power_of_ten(decimals));
    if (boost::multiprecision::abs(whole) >= power_of_ten(18)) return fail(Errc::amount_overflow, "the figure has more than 18 digits");
    return Decimal::of(static_cast<std::int64_t>(whole), static_cast<std::uint8_t>(decimals));
}

/// The figures by their first name, and what the measure says besides its value.
struct Desk {
    std::map<std::string, Exact, std::less<>> figures;
    std::vector<std::map<std::string, Exact, std::less<>>> rows;
    std::vector<std::pair<std::string, Exact>> more;
    std::vector<std::string> notes;

    Exact at(Name name) const { return figures.find(name)->second; }
    bool has(Name name) const { return figures.find(name) != figures.end(); }
    Exact or_zero(Name name) const { return has(name) ? at(name) : Exact{0}; }
};

Result<Exact> quotient(const Exact& dividend, const Exact& divisor, const char* divisor_name) {
    if (divisor == 0) return wrong("it is zero, and nothing can be divided by it", divisor_name);
    return Exact{dividend / divisor};
}

Result<Exact> dso(Desk& desk) { return quotient(desk.at("closing_ar") * desk.at("days"), desk.at("credit_sales"), "credit_sales"); }
Result<Exact> dso_average(Desk& desk) { return quotient((desk.at("opening_ar") + desk.at("closing_ar")) / 2 * desk.at("days"), desk.at("credit_sales"), "credit_sales"); }
Result<Exact> bpdso(Desk& desk) { return quotient(desk.at("not_due_ar") * desk.at("days"), desk.at("credit_sales"), "credit_sales"); }

Result<Exact> dso_countback(Desk& desk) {
    Exact left = desk.at("closing_ar"), days = 0;
    for (std::size_t i = 0; i < desk.rows.size() && left > 0; ++i) {
        const auto& row = desk.rows[i];
        const auto sales = row.at("credit_sales"), of_month = row.at("days");
        if (sales < 0 || of_month <= 0) return wrong("a month has sales of zero or more, and days", "months[" + std::to_string(i) + "]");
        days += left >= sales ? of_month : Exact{left / sales * of_month};
        left -= left >= sales ? sales : left;
    }
    if (left > 0) desk.notes.push_back("the sales history ends first: part of the receivables is older than it");
    desk.more.emplace_back("uncovered", left > 0 ? left : Exact{0});
    return days;
}

Result<Exact> average_days_delinquent(Desk& desk) {
    Exact days = 0;
    if (desk.has("dso") && desk.has("bpdso")) {
        days = desk.at("dso") - desk.at("bpdso");
    } else {
        for (const char* name : {"closing_ar", "not_due_ar", "credit_sales", "days"})
            if (!desk.has(name)) return wrong("give dso and bpdso, or closing_ar, not_due_ar, credit_sales and days", name);
        OWED_TRY(days, quotient((desk.at("closing_ar") - desk.at("not_due_ar")) * desk.at("days"), desk.at("credit_sales"), "credit_sales"));
    }
    if (days < 0) return wrong("the average days delinquent would be negative: what is not due cannot be more than all receivables", "not_due_ar");
    return days;
}

Result<Exact> cei(Desk& desk) {
    const Exact billed = desk.at("opening") + desk.at("sales");
    return quotient((billed - desk.at("closing_total")) * 100, billed - desk.at("closing_not_due"), "closing_not_due");
}

Result<Exact> turnover(Desk& desk) {
    if (!desk.has("average_ar") && !(desk.has("opening_ar") && desk.has("closing_ar"))) return wrong("give average_ar, or opening_ar and closing_ar", "average_ar");
    const Exact average = desk.has("average_ar") ? desk.at("average_ar") : Exact{(desk.at("opening_ar") + desk.at("closing_ar")) / 2};
    OWED_TRY(auto times, quotient(desk.at("net_credit_sales"), average, "average_ar"));
    if (times != 0) desk.more.emplace_back("days", Exact{365} / times);
    return times;
}

Result<Exact> weighted(Desk& desk, const std::function<Exact(const Exact&)>& of_days) {
    Exact amount = 0, product = 0, days = 0;
    if (desk.rows.empty()) return wrong("there are no items to take the mean of", "items");
    for (const auto& row : desk.rows) {
        amount += row.at("amount");
        product += row.at("amount") * of_days(row.at("days"));
        days += of_days(row.at("days"));
    }
    desk.more.emplace_back("simple_mean", days / static_cast<std::int64_t>(desk.rows.size()));
    return quotient(product, amount, "items");
}
Result<Exact> weighted_days(Desk& desk) {
    return weighted(desk, [](const Exact& days) { return days; });
}
Result<Exact> days_beyond_terms(Desk& desk) {
    return weighted(desk, [](const Exact& days) { return days < 0 ? Exact{0} : days; });
}

Result<Exact> bad_debt(Desk& desk) {
    if (desk.has("recoveries")) desk.notes.push_back("net of recoveries");
    return quotient((desk.at("write_offs") - desk.or_zero("recoveries")) * 100, desk.at("credit_sales"), "credit_sales");
}
Result<Exact> roll_rate(Desk& desk) { return quotient(desk.at("moved") * 100, desk.at("at_start"), "at_start"); }

/// Shares of counts and of amounts, both; the value is that of the amounts where they are given.
Result<Exact> share(Desk& desk) {
    const bool counts = desk.has("count") && desk.has("of_count"), amounts = desk.has("amount") && desk.has("of_amount");
    if (!counts && !amounts) return wrong("give count and of_count, or amount and of_amount, or all four", "count");
    Exact value = 0;
    if (counts) {
        OWED_TRY(value, quotient(desk.at("count") * 100, desk.at("of_count"), "of_count"));
        desk.more.emplace_back("by_count", value);
    }
    if (amounts) {
        OWED_TRY(value, quotient(desk.at("amount") * 100, desk.at("of_amount"), "of_amount"));
        desk.more.emplace_back("by_amount", value);
    }
    return value;
}

Result<Exact> loss_rate(Desk& desk) { return quotient(desk.at("never_paid") * 100, desk.at("ever_reached"), "ever_reached"); }

Result<Exact> liquidation(Desk& desk) {
    if (desk.has("recalls")) desk.notes.push_back("placed less recalls");
    if (desk.has("reversals")) desk.notes.push_back("collected less reversals");
    return quotient((desk.at("collected") - desk.or_zero("reversals")) * 100, desk.at("placed") - desk.or_zero("recalls"), "placed");
}
Result<Exact> net_back(Desk& desk) {
    return quotient((desk.at("collected") - desk.or_zero("reversals") - desk.at("fees")) * 100, desk.at("placed") - desk.or_zero("recalls"), "placed");
}

Exact magnitude(const Exact& value) { return value < 0 ? Exact{-value} : value; }
Exact sum_of(const Desk& desk, Name name) {
    Exact sum = 0;
    for (const auto& row : desk.rows) sum += row.find(name)->second;
    return sum;
}
Result<Exact> wape(Desk& desk) {
    Exact error = 0;
    for (const auto& row : desk.rows) error += magnitude(row.at("forecast") - row.at("actual"));
    return quotient(error, sum_of(desk, "actual"), "actual");
}
Result<Exact> bias(Desk& desk) { return quotient(sum_of(desk, "forecast") - sum_of(desk, "actual"), sum_of(desk, "actual"), "actual"); }
Result<Exact> mae(Desk& desk) {
    Exact error = 0;
    for (const auto& row : desk.rows) error += magnitude(row.at("forecast") - row.at("actual"));
    return quotient(error, static_cast<std::int64_t>(desk.rows.size()), "actual");
}
Result<Exact> mape(Desk& desk) {
    Exact error = 0;
    for (std::size_t i = 0; i < desk.rows.size(); ++i) {
        const auto& row = desk.rows[i];
        if (row.at("actual") == 0) return wrong("MAPE is said only where no actual is zero; take wape", "actual[" + std::to_string(i) + "]");
        error += magnitude((row.at("forecast") - row.at("actual")) / row.at("actual"));
    }
    return quotient(error, static_cast<std::int64_t>(desk.rows.size()), "actual");
}

using Compute = Result<Exact> (*)(Desk&);
struct Row {
    MeasureShape shape;
    Compute compute;
};

constexpr std::array<Name, 3> of_dso{"closing_ar|ar|closing", "credit_sales|sales|net_credit_sales", "days|period_days"};
constexpr std::array<Name, 4> of_dso_average{"opening_ar|opening", "closing_ar|ar|closing", "credit_sales|sales|net_credit_sales", "days|period_days"};
constexpr std::array<Name, 1> of_countback{"closing_ar|ar|closing"};
constexpr std::array<Name, 2> month_rows{"credit_sales|sales|amount", "days"};
constexpr std::array<Name, 3> of_bpdso{"not_due_ar|not_due|not_yet_due_ar|current_ar|closing_not_due", "credit_sales|sales|net_credit_sales", "days|period_days"};
constexpr std::array<Name, 6> of_add{"dso?", "bpdso?", "closing_ar|ar|closing?", "not_due_ar|not_due|not_yet_due_ar|current_ar|closing_not_due?", "credit_sales|sales|net_credit_sales?", "days|period_days?"};
constexpr std::array<Name, 4> of_cei{"opening|opening_ar", "sales|credit_sales", "closing_total|closing|closing_ar", "closing_not_due|not_due|not_due_ar"};
constexpr std::array<Name, 4> of_turnover{"net_credit_sales|credit_sales|sales", "average_ar?", "opening_ar|opening?", "closing_ar|closing?"};
constexpr std::array<Name, 2> item_rows{"amount", "days"};
constexpr std::array<Name, 3> of_bad_debt{"write_offs|writeoffs|written_off", "recoveries|recovered?", "credit_sales|sales|net_credit_sales"};
constexpr std::array<Name, 2> of_roll{"moved|rolled|moving", "at_start|start|amount_at_start"};
constexpr std::array<Name, 4> of_share{"count?", "of_count?", "amount?", "of_amount?"};
constexpr std::array<Name, 2> of_loss{"never_paid", "ever_reached"};
constexpr std::array<Name, 4> of_liquidation{"collected", "reversals?", "placed", "recalls|recalled?"};
constexpr std::array<Name, 5> of_net_back{"collected", "reversals?", "fees", "placed", "recalls|recalled?"};
constexpr std::array<Name, 2> week_rows{"forecast", "actual"};

constexpr std::array rows{
    Row{{"dso", "days", "closing AR / credit sales of period x days of period", 2, of_dso, {}}, dso},
    Row{{"dso_average", "days", "(opening AR + closing AR) / 2 / credit sales of period x days of period", 2, of_dso_average, {}}, dso_average},
    Row{{"dso_countback", "days", "whole months of sales taken off, latest first, adding their calendar days; last month pro rata", 2, of_countback, month_rows}, dso_countback},
    Row{{"bpdso", "days", "not-yet-due AR / credit sales of period x days of period", 2, of_bpdso, {}}, bpdso},
    Row{{"add", "days", "DSO - BPDSO, same method for both", 2, of_add, {}}, average_days_delinquent},
    Row{{"cei", "percent", "(opening + sales - closing total) / (opening + sales - closing not due) x 100; sales of the whole period", 2, of_cei, {}}, cei},
    Row{{"turnover", "times", "net credit sales / average AR; days = 365 / turnover", 2, of_turnover, {}}, turnover},
    Row{{"weighted_days", "days", "sum(amount x days) / sum(amount) over items closed in the period", 2, {}, item_rows}, weighted_days},
    Row{{"days_beyond_terms", "days", "sum(amount x max(0, paid - due)) / sum(amount); open items: as-of date instead of paid", 2, {}, item_rows}, days_beyond_terms},
    Row{{"bad_debt", "percent", "write-offs (net of recoveries) / credit sales x 100", 2, of_bad_debt, {}}, bad_debt},
    Row{{"roll_rate", "percent", "amount moving from bucket i to i+1 in a month / amount in i at start x 100", 2, of_roll, {}}, roll_rate},
    Row{{"dispute_rate", "percent", "disputed / all x 100, counts and amounts", 2, of_share, {}}, share},
    Row{{"ptp_kept", "percent", "promises kept / promises due x 100, counts and amounts", 2, of_share, {}}, share},
    Row{{"auto_match", "percent", "receipts applied without a person / receipts x 100, counts and amounts", 2, of_share, {}}, share},
    Row{{"loss_rate", "percent", "amount never paid / amount that ever reached the bucket x 100", 6, of_loss, {}}, loss_rate},
    Row{{"liquidation", "percent", "(collected - reversals) / (placed - recalls) x 100", 2, of_liquidation, {}}, liquidation},
    Row{{"net_back", "percent", "(collected - reversals - fees) / (placed - recalls) x 100", 2, of_net_back, {}}, net_back},
    Row{{"wape", "fraction", "sum |forecast - actual| / sum actual", 6, {}, week_rows}, wape},
    Row{{"bias", "fraction", "sum (forecast - actual) / sum actual", 6, {}, week_rows}, bias},
    Row{{"mae", "days", "sum |forecast - actual| / count, over items", 2, {}, week_rows}, mae},
    Row{{"mape", "fraction", "sum (|forecast - actual| / |actual|) / count; only where no actual is zero", 6, {}, week_rows}, mape},
};

/// "closing_ar|ar|closing?" takes each of the names; Errors: given twice, missing.
Result<std::optional<Exact>> take(const Figures& figures, Name input, std::vector<Name>& used, const std::string& where) {
    const bool optional = input.back() == '?';
    if (optional) input.remove_suffix(1);
    std::optional<Exact> found;
    const auto first = input.substr(0, input.find('|'));
    for (std::size_t at = 0; at <= input.size();) {
        const auto end = std::min(input.find('|', at), input.size());
        if (const auto figure = figures.find(input.substr(at, end - at)); figure != figures.end()) {
            if (found) return wrong(std::string{figure->first} + " says again what another name of it has said", where + std::string{first});
            found = exact(figure->second);
            used.push_back(figure->first);
        }
        at = end + 1;
    }
    if (!found && !optional) return wrong("the figure " + std::string{first} + " is missing", where + std::string{first});
    return found;
}

Result<std::map<std::string, Exact, std::less<>>> take_all(const Figures& figures, std::span<const Name> inputs, const std::string& where) {
    std::map<std::string, Exact, std::less<>> taken;
    std::vector<Name> used;
    for (auto input : inputs) {
        OWED_TRY(auto found, take(figures, input, used, where));
        if (found) taken.emplace(std::string{input.substr(0, input.find_first_of("|?"))}, *found);
    }
    for (const auto& [name, value] : figures)
        if (std::find(used.begin(), used.end(), name) == used.end()) return wrong("this measure has no figure \"" + name.substr(0, 40) + "\"", where + name.substr(0, 40));
    return taken;
}

}  // namespace

std::span<const MeasureShape> measures() {
    static const auto all = [] {
        std::vector<MeasureShape> shapes;
        for (const auto& row : rows) shapes.push_back(row.shape);
        return shapes;
    }();
    return all;
}

const MeasureShape* find_measure(std::string_view name) noexcept {
    for (const auto& row : rows)
        if (row.shape.name == name) return &row.shape;
    return nullptr;
}

Result<MeasureAnswer> measure(std::string_view name, const MeasureQuestion& question) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.shape.name == name; });
    if (row == rows.end()) {
        std::string known;
        for (const auto& one : rows) known += (known.empty() ? "" : ", ") + std::string{one.shape.name};
        return fail(Errc::not_found, "there is no measure \"" + std::string{name.substr(0, 40)} + "\"; there are " + known, "name");
    }
    if (question.decimals > 12) return wrong("at most 12 decimals", "decimals");
    if (question.rows.size() > 100'000) return wrong("at most 100,000 rows", "rows");
    const auto& shape = row->shape;
    Desk desk;
    OWED_TRY(desk.figures, take_all(question.figures, shape.inputs, ""));
    if (shape.row_inputs.empty() && !question.rows.empty()) return wrong("this measure takes no rows", "rows");
    if (!shape.row_inputs.empty() && question.rows.empty()) return wrong("this measure needs rows of " + std::string{shape.row_inputs[0]} + " and " + std::string{shape.row_inputs[1]}, "rows");
    for (std::size_t i = 0; i < question.rows.size(); ++i) {
        OWED_TRY(auto taken, take_all(question.rows[i], shape.row_inputs, "rows[" + std::to_string(i) + "]."));
        desk.rows.push_back(std::move(taken));
    }
    OWED_TRY(auto value, row->compute(desk));
    const int decimals = question.decimals < 0 ? shape.decimals : question.decimals;
    MeasureAnswer answer{.value = {}, .unit = shape.unit, .formula = shape.formula, .more = {}, .notes = std::move(desk.notes)};
    OWED_TRY(answer.value, rounded(value, decimals));
    for (const auto& [what, more] : desk.more) {
        OWED_TRY(auto figure, rounded(more, decimals));
        answer.more.emplace_back(what, figure);
    }
    return answer;
}

}  // namespace owed::report
