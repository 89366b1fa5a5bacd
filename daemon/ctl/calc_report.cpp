// calc aging, calc measure, calc provision: figures of reports.
#include <algorithm>
#include <boost/json.hpp>

#include "ctl/calc_topics.hpp"
#include "report/buckets.hpp"
#include "report/measures.hpp"
#include "report/provision.hpp"

namespace owed::ctl {
namespace json = boost::json;
using namespace report;

namespace {

/// These questions may leave the currency out: then two decimals, as most have.
Result<Currency> currency_or_plain(CalcFields& question) {
    if (question.has("currency")) return question.currency_required("currency");
    return Currency{{'-', '-', '-'}, 2};
}

Result<std::vector<int>> read_edges(CalcFields& question) {
    const auto* value = question.find("edges");
    if (value == nullptr) return std::vector<int>{30, 60, 90, 120};
    const auto wrong = [&] { return fail(Errc::invalid_argument, "expected a list of days, such as [30, 60, 90]", question.path("edges")); };
    std::vector<int> edges;
    if (!value->is_array()) return wrong();
    for (const auto& edge : value->get_array()) {
        if (!edge.is_int64() || edge.get_int64() < 1 || edge.get_int64() > 100'000) return wrong();
        edges.push_back(static_cast<int>(edge.get_int64()));
    }
    return edges;
}

constexpr std::string_view credit_kinds[] = {"credit_memo", "receipt", "deposit"};
constexpr std::string_view debit_kinds[] = {"invoice", "debit_memo", "finance_charge", "deduction", "chargeback", "erp_adjustment", "retainage"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

/// A credit's amount may be written with or without its minus: the kind says the side.
Result<Money> signed_amount(CalcFields& row, Currency currency, const std::string& kind) {
    OWED_TRY(auto amount, row.money_required("amount", currency));
    if (is_one_of(credit_kinds, kind)) return amount.absolute().negated();
    if (is_one_of(debit_kinds, kind)) return amount;
    return fail(Errc::invalid_argument, "there is no kind \"" + kind.substr(0, 40) + "\"", row.path("kind"), "invoice, debit_memo, finance_charge, deduction, chargeback, erp_adjustment, retainage, credit_memo, receipt, deposit");
}

Result<std::vector<AgedApplication>> read_applications(CalcFields& row, Currency currency) {
    std::vector<AgedApplication> all;
    OWED_TRY(auto applications, row.objects("applications"));
    for (auto& one : applications) {
        OWED_TRY(auto date, one.date_required("date"));
        OWED_TRY(auto amount, one.money_required("amount", currency));
        std::optional<Date> undone;
        // "undone": false says as much as null.
        if (const auto* value = one.find("undone"); value == nullptr || value->kind() != json::kind::bool_ || value->get_bool()) {
            OWED_TRY(undone, one.date("undone"));
        }
        OWED_TRY_VOID(one.done());
        all.push_back({date, amount, undone});
    }
    return all;
}

Result<AgedItem> read_item(CalcFields& row, Currency currency) {
    OWED_TRY(auto kind, row.text("kind"));
    OWED_TRY(auto amount, signed_amount(row, currency, kind.value_or("invoice")));
    OWED_TRY(auto document_date, row.date_required("document_date"));
    OWED_TRY(auto due_date, row.date("due_date"));
    OWED_TRY(auto gl_date, row.date("gl_date"));
    OWED_TRY(auto applications, read_applications(row, currency));
    OWED_TRY(auto disputed, row.money("disputed", currency));
    OWED_TRY_VOID(row.done());
    return AgedItem{.amount = amount, .document_date = document_date, .due_date = due_date.value_or(document_date), .gl_date = gl_date.value_or(document_date),
                    .applications = std::move(applications), .disputed = disputed, .retainage = kind == "retainage"};
}

json::object told(const AgedTotals& totals, const std::vector<int>& edges) {
    json::object buckets;
    const auto names = bucket_names(edges);
    for (std::size_t i = 0; i < names.size(); ++i) buckets[names[i]] = json_text(totals.buckets[i]);
    return {{"buckets", std::move(buckets)}, {"credits", json_text(totals.credits)}, {"total", json_text(totals.total)}, {"disputed", json_text(totals.disputed)}};
}

// ---------------------------------------------------------------- measures

/// A figure is a decimal string; whole numbers of days and counts may be JSON numbers.
Result<Decimal> figure(CalcFields& fields, std::string_view key) {
    if (const auto* value = fields.find(key); value != nullptr && value->is_int64()) {
        OWED_TRY(auto whole, fields.integer(key));
        return Decimal::of(whole.value_or(0), 0);
    }
    return fields.decimal_required(key);
}

/// "2026-06" -> its days.
Result<int> days_of_month(CalcFields& row) {
    OWED_TRY(auto month, row.text_required("month"));
    auto first = parse_date(month + "-01");
    if (!first) return fail(Errc::malformed_input, "\"" + month.substr(0, 20) + "\" is not a month; expected YYYY-MM", row.path("month"));
    return first->end_of_month().day();
}

/// The days of a row: said, or between two of its dates ("paid" less "due_date", or less "document_date").
Result<std::optional<Decimal>> days_of_dates(CalcFields& row, std::string_view measure, const std::optional<Date>& as_of) {
    OWED_TRY(auto paid, row.date("paid"));
    OWED_TRY(auto due_date, row.date("due_date"));
    OWED_TRY(auto document_date, row.date("document_date"));
    const auto from = measure == "weighted_days" ? document_date : due_date;
    const auto until = paid ? paid : as_of;
    if (!from || !until) return std::optional<Decimal>{};
    return std::optional{Decimal::of(days_between(*from, *until), 0)};
}

Result<Figures> read_row(CalcFields& row, const json::object& object, std::string_view measure, const std::optional<Date>& as_of) {
    Figures figures;
    if (row.has("month")) {
        OWED_TRY(auto days, days_of_month(row));
        figures.emplace("days", Decimal::of(days, 0));
    }
    OWED_TRY(auto days, days_of_dates(row, measure, as_of));
    if (days) figures.emplace("days", *days);
    for (const auto& member : object) {
        const std::string key{member.key()};
        if (key == "month" || key == "paid" || key == "due_date" || key == "document_date" || member.value().is_null()) continue;
        OWED_TRY(auto value, figure(row, key));
        figures.insert_or_assign(key, value);
    }
    return figures;
}

/// Rows of objects, whatever their list is called ("months", "sales", "items"); latest month first whatever their order.
Status read_rows(CalcFields& question, std::string_view key, std::string_view measure, const std::optional<Date>& as_of, MeasureQuestion& asked) {
    const auto* value = question.find(key);
    if (value == nullptr) return {};
    OWED_TRY(auto rows, question.objects(key));
    if (!value->is_array()) return fail(Errc::invalid_argument, "expected a list of objects", question.path(key));
    std::vector<std::pair<std::string, Figures>> dated;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        OWED_TRY(auto month, rows[i].text("month"));
        OWED_TRY(auto figures, read_row(rows[i], value->get_array()[i].get_object(), measure, as_of));
        dated.emplace_back(month.value_or(""), std::move(figures));
    }
    std::stable_sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [month, figures] : dated) asked.rows.push_back(std::move(figures));
    return {};
}

/// "forecast": [...] beside "actual": [...], of one length.
Status read_pairs(CalcFields& question, MeasureQuestion& asked) {
    const auto* forecast = question.find("forecast");
    const auto* actual = question.find("actual");
    if (forecast == nullptr && actual == nullptr) return {};
    if (forecast == nullptr || actual == nullptr || !forecast->is_array() || !actual->is_array() || forecast->get_array().size() != actual->get_array().size())
        return fail(Errc::invalid_argument, "\"forecast\" and \"actual\" are two lists of one length", question.path("forecast"));
    for (std::size_t i = 0; i < forecast->get_array().size(); ++i) {
        const json::object row{{"forecast", forecast->get_array()[i]}, {"actual", actual->get_array()[i]}};
        CalcFields fields{row, "[" + std::to_string(i) + "]"};
        OWED_TRY(auto f, figure(fields, "forecast"));
        OWED_TRY(auto a, figure(fields, "actual"));
        asked.rows.push_back({{"forecast", f}, {"actual", a}});
    }
    return {};
}

Result<std::vector<ProvisionRow>> read_matrix(CalcFields& question, Currency currency) {
    std::vector<ProvisionRow> matrix;
    OWED_TRY(auto rows, question.objects("rows"));
    for (auto& row : rows) {
        OWED_TRY(auto bucket, row.text_required("bucket"));
        OWED_TRY(auto balance, row.money_required("balance", currency));
        OWED_TRY(auto rate, row.decimal_required("rate_percent"));
        OWED_TRY(auto factor, row.decimal("factor"));
        OWED_TRY_VOID(row.done());
        const auto same = [&](const ProvisionRow& other) { return other.bucket == bucket; };
        if (std::any_of(matrix.begin(), matrix.end(), same)) return fail(Errc::invalid_argument, "the bucket \"" + bucket.substr(0, 40) + "\" stands twice", row.path("bucket"));
        matrix.push_back({bucket, balance, rate, factor.value_or(Decimal::of(1, 0))});
    }
    return matrix;
}

}  // namespace

Result<json::object> calc_aging(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, currency_or_plain(question));
    OWED_TRY(auto as_of, question.date_required("as_of"));
    OWED_TRY(auto basis, question.choice("basis", {"due_date", "document_date", "due", "invoice_date"}));
    OWED_TRY(auto credits, question.choice("credits", {"separate", "own_bucket", "current"}));
    OWED_TRY(auto edges, read_edges(question));
    OWED_TRY(auto rows, question.objects("items"));
    std::vector<AgedItem> items;
    for (auto& row : rows) {
        OWED_TRY(auto item, read_item(row, currency));
        items.push_back(std::move(item));
    }
    OWED_TRY_VOID(question.done());
    const auto by = basis == 1U || basis == 3U ? AgeBasis::document_date : AgeBasis::due_date;
    OWED_TRY(auto totals, age(items, currency, as_of, by, edges, static_cast<CreditColumn>(credits.value_or(0))));
    return told(totals, edges);
}

Result<json::object> calc_measure(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto name, question.text_required("name"));
    OWED_TRY(auto decimals, question.integer("decimals"));
    OWED_TRY(auto as_of, question.date("as_of"));
    if (decimals && *decimals < 0) return fail(Errc::invalid_argument, "decimals are 0 to 12", "decimals");
    MeasureQuestion asked{.figures = {}, .rows = {}, .decimals = decimals.value_or(-1)};
    for (const auto& member : object) {
        const std::string key{member.key()};
        if (key == "name" || key == "decimals" || key == "as_of" || key == "forecast" || key == "actual" || member.value().is_null()) continue;
        if (member.value().is_array()) {
            OWED_TRY_VOID(read_rows(question, key, name, as_of, asked));
        } else {
            OWED_TRY(auto value, figure(question, key));
            asked.figures.emplace(key, value);
        }
    }
    OWED_TRY_VOID(read_pairs(question, asked));
    OWED_TRY(auto answer, measure(name, asked));
    json::object told{{"value", json_text(answer.value)}, {"unit", json_text(answer.unit)}, {"formula", json_text(answer.formula)}};
    for (const auto& [what, value] : answer.more) told[what] = json_text(value);
    json::array notes;
    for (const auto& note : answer.notes) notes.push_back(json_text(note));
    told["notes"] = std::move(notes);
    return told;
}

Result<json::object> calc_provision(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, currency_or_plain(question));
    OWED_TRY(auto existing, question.money("existing", currency));
    OWED_TRY(auto rows, read_matrix(question, currency));
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto answer, provision_matrix(rows, existing.value_or(Money::zero(currency))));
    json::object by_bucket;
    for (std::size_t i = 0; i < rows.size(); ++i) by_bucket[rows[i].bucket] = json_text(answer.by_bucket[i]);
    return json::object{{"by_bucket", std::move(by_bucket)}, {"total", json_text(answer.total)}, {"adjustment", json_text(answer.adjustment)}};
}

}  // namespace owed::ctl
