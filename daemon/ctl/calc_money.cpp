// calc tolerance, calc fx: what becomes of a payment.
#include <boost/json.hpp>

#include "cash/tolerance.hpp"
#include "ctl/calc_topics.hpp"
#include "ledger/fx_rules.hpp"

namespace owed::ctl {
namespace json = boost::json;

namespace {

/// `event` says which entry a line belongs to, where an answer has several.
void add_posts(json::array& list, const std::vector<ledger::RolePosting>& posts, const char* event = nullptr) {
    for (const auto& post : posts) {
        json::object line{{"account", json_text(post.account)}, {"debit", json_text(post.debit)}, {"credit", json_text(post.credit)}};
        if (event != nullptr) line["event"] = event;
        list.push_back(std::move(line));
    }
}

Result<std::vector<cash::ToleranceInvoice>> read_invoices(CalcFields& question, Currency currency) {
    std::vector<cash::ToleranceInvoice> invoices;
    OWED_TRY(auto rows, question.objects("invoices"));
    for (auto& row : rows) {
        OWED_TRY(auto amount, row.money_required("amount", currency));
        cash::ToleranceInvoice invoice{.amount = amount};
        OWED_TRY(invoice.discount, row.money("discount", currency));
        OWED_TRY(invoice.discount_date, row.date("discount_date"));
        OWED_TRY(invoice.tolerance_percent, row.decimal("tolerance_percent"));
        OWED_TRY(invoice.tolerance_max, row.money("tolerance_max", currency));
        OWED_TRY_VOID(row.done());
        invoices.push_back(std::move(invoice));
    }
    return invoices;
}

json::object told(const cash::ToleranceAnswer& answer) {
    json::array applied, open, discounts, late, tolerances, posts;
    for (const auto& share : answer.shares) {
        applied.push_back(json_text(share.applied));
        open.push_back(json_text(share.open));
        discounts.push_back(json_text(share.discount));
        late.push_back(json::value(share.discount_late));
        tolerances.push_back(json_text(share.tolerance));
    }
    add_posts(posts, answer.posts);
    return {{"closes", answer.closes}, {"applied", std::move(applied)}, {"difference", json_text(answer.difference)}, {"posts", std::move(posts)}, {"open", std::move(open)},
            {"on_account", json_text(answer.on_account)}, {"need", json_text(answer.need)}, {"tolerance", json_text(answer.allowed)},
            {"discounts", std::move(discounts)}, {"discounts_late", std::move(late)}, {"tolerances", std::move(tolerances)}};
}

/// A rate as a string, `1 FROM = rate TO`; `inverse_rates` turns them all around.
Result<std::optional<ledger::DirectedRate>> read_rate(CalcFields& fields, std::string_view key, bool inverse) {
    OWED_TRY(auto value, fields.decimal(key));
    if (!value) return std::optional<ledger::DirectedRate>{};
    return std::optional{ledger::DirectedRate{*value, inverse}};
}

Result<ledger::FxReceipt> read_receipt(CalcFields& fields, Currency item, Currency functional, bool inverse) {
    auto currency = item;
    if (fields.has("currency")) {
        OWED_TRY(currency, fields.currency_required("currency"));
    }
    OWED_TRY(auto amount, fields.money_required("amount", currency));
    OWED_TRY(auto rate, read_rate(fields, "rate", inverse));
    if (!rate && currency == functional) rate = ledger::DirectedRate{Decimal::of(1, 0)};
    if (!rate) return fail(Errc::invalid_argument, "\"rate\" is missing", fields.path("rate"), "give rate: 1 unit of the receipt's currency in the functional one");
    OWED_TRY(auto cross, read_rate(fields, "cross", inverse));
    OWED_TRY(auto item_rate, read_rate(fields, "item_rate", inverse));
    OWED_TRY_VOID(fields.done());
    return ledger::FxReceipt{amount, *rate, cross, item_rate};
}

json::object told(const ledger::FxAnswer& answer) {
    json::array posts;
    add_posts(posts, answer.revaluation, "revaluation");
    add_posts(posts, answer.reversal, "revaluation_reversal");
    add_posts(posts, answer.application, "application");
    return {{"carrying", json_text(answer.carrying)}, {"unrealised", json_or_null(answer.unrealised)}, {"realised", json_or_null(answer.realised)},
            {"realised_cross", json_or_null(answer.realised_cross)}, {"posts", std::move(posts)}, {"applied", json_or_null(answer.applied)},
            {"carrying_applied", json_or_null(answer.carrying_applied)}, {"carrying_left", json_or_null(answer.carrying_left)}, {"on_account", json_or_null(answer.on_account)}};
}

Result<Currency> legacy_or_not(CalcFields& question, std::string_view key) {
    OWED_TRY(auto code, question.text_required(key));
    if (const auto legacy = ledger::legacy_euro_currency(code)) return *legacy;
    return question.currency_required(key);
}

/// {"amount", "currency", "to"}: a legacy currency of the euro.
Result<json::object> convert_legacy(CalcFields& question) {
    OWED_TRY(auto from, legacy_or_not(question, "currency"));
    OWED_TRY(auto amount, question.money_required("amount", from));
    OWED_TRY(auto to, question.text_required("to"));
    OWED_TRY(auto decimals, question.integer("decimals"));
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto converted, ledger::convert_legacy(amount, to, decimals.value_or(3)));
    return json::object{{"amount", json_text(converted.amount)}, {"currency", json_text(to)}, {"euro", json_text(converted.euro)}};
}

}  // namespace

Result<json::object> calc_tolerance(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, question.currency_required("currency"));
    OWED_TRY(auto payment, question.money_required("payment", currency));
    OWED_TRY(auto date, question.date_required("date"));
    OWED_TRY(auto invoices, read_invoices(question, currency));
    OWED_TRY(auto grace, question.integer("grace_days"));
    OWED_TRY(auto accept, question.flag("accept_late_discount", false));
    OWED_TRY(auto allowed, question.flag("tolerance_allowed", true));
    OWED_TRY(auto shortage, question.choice("short_discount", {"whole", "in_proportion", "none"}));
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto answer, cash::settle({.payment = payment, .date = date, .invoices = std::move(invoices), .grace_days = grace.value_or(0), .accept_late_discount = accept,
                                        .tolerance_allowed = allowed, .short_discount = static_cast<cash::ShortDiscount>(shortage.value_or(0))}));
    return told(answer);
}

Result<json::object> calc_fx(const json::object& object) {
    CalcFields question{object, ""};
    if (question.has("to")) return convert_legacy(question);
    OWED_TRY(auto currency, question.currency_required("currency"));
    OWED_TRY(auto functional, question.currency_required("functional"));
    OWED_TRY(auto amount, question.money_required("amount", currency));
    OWED_TRY(auto inverse, question.flag("inverse_rates", false));
    OWED_TRY(auto booked, question.decimal_required("booked_rate"));
    ledger::FxQuestion asked{.amount = amount, .functional = functional, .booked_rate = {booked, inverse}};
    OWED_TRY(asked.carrying, question.money("carrying", functional));
    OWED_TRY(asked.closing_rate, read_rate(question, "closing_rate", inverse));
    OWED_TRY(asked.monetary, question.flag("monetary", true));
    OWED_TRY(auto receipt, question.object("receipt"));
    if (receipt) {
        OWED_TRY(asked.receipt, read_receipt(*receipt, currency, functional, inverse));
    }
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto answer, ledger::exchange_differences(asked));
    return told(answer);
}

}  // namespace owed::ctl
