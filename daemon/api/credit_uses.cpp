// Verbs of credits that are used, kept or passed on: credit memos and deposits against documents, prepayments, and receipts that
// were for another entity of ours (DOMAIN sections 7 and 12).
#include "api/detail/acts.hpp"
#include "cash/credits.hpp"

namespace owed::api::detail {
namespace {

json::object receipt_left(store::Db& db, const std::string& number) {
    const auto receipt = cash::receipt(db, number);
    OWED_CHECK(receipt.has_value(), "a receipt that was acted on is there");
    return {{"receipt", text(receipt->number)}, {"entity", text(receipt->entity)}, {"state", text(receipt->state_name)},
            {"currency", currency(receipt->amount)}, {"amount", amount(receipt->amount)}, {"unapplied", amount(receipt->unapplied)}};
}

Result<std::optional<Money>> part_of(const std::optional<std::string>& value, const cash::Receipt& receipt) {
    if (!value) return std::optional<Money>{};
    OWED_TRY(const auto parsed, amount_of(*value, receipt.amount.currency(), "amount"));
    return std::optional{parsed};
}

Result<Answer> apply(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("credit", "which credit memo or deposit"));
    OWED_TRY(const auto items, named_amounts(arguments, "items", "ITEM=AMOUNT"));
    OWED_TRY_VOID(arguments.done());
    std::vector<cash::Wanted> wanted;
    for (const auto& one : items) wanted.push_back({one.name, one.amount});
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        OWED_TRY(const auto credit, find_credit(tx, app, name));
        OWED_TRY_VOID(cash::apply_credit_by_hand(tx, acting(app, tx, caller.roles), caller.actor, credit.id, wanted));
        return credit_left(tx, credit.id);
    });
}

Result<Answer> deposit(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.required("receipt", "which receipt"));
    const auto wanted_amount = arguments.text("amount");
    const auto document = arguments.text("document").value_or(""), why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        const auto receipt = cash::receipt(tx, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        OWED_TRY(const auto part, part_of(wanted_amount, *receipt));
        OWED_TRY(const auto held, cash::hold_deposit_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, {part, document, why}));
        const auto item = ledger::item(tx, held);
        OWED_CHECK(item.has_value(), "a deposit that was posted is there");
        auto answer = receipt_left(tx, number);
        answer["deposit"] = json::object{{"item", held.value}, {"document", text(item->document)}, {"residual", amount(item->residual)}};
        return answer;
    });
}

Result<Answer> undeposit(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("credit", "which deposit"));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        OWED_TRY(const auto deposit, find_credit(tx, app, name));
        OWED_TRY(const auto receipt, cash::release_deposit_by_hand(tx, acting(app, tx, caller.roles), caller.actor, deposit.id, why));
        auto answer = receipt_left(tx, "R-" + std::to_string(receipt.value));
        answer["deposit"] = json::object{{"item", deposit.id.value}, {"document", text(deposit.document)}, {"residual", amount(ledger::item(tx, deposit.id)->residual)}};
        return answer;
    });
}

Result<Answer> forward(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(const auto customer, arguments.required("customer", "whose money it is: ENTITY/CUSTOMER"));
    const auto wanted_amount = arguments.text("amount");
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        const auto receipt = cash::receipt(tx, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        OWED_TRY(const auto row, find_customer(tx, app.books, customer));
        if (row.entity == receipt->entity)
            return fail(Errc::invalid_argument, "customer " + customer + " is " + row.entity + "'s, and so is " + number, "customer", "owectl cash identify " + number + " " + customer);
        OWED_TRY(const auto part, part_of(wanted_amount, *receipt));
        OWED_TRY(const auto there, cash::forward_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, {row.entity, row.id, part, why}));
        // What it pays there may be plain.
        OWED_TRY([[maybe_unused]] const auto matched, cash::match_waiting(tx, app.ledger, app.cash, caller.actor));
        auto answer = receipt_left(tx, number);
        answer["forwarded"] = receipt_left(tx, "R-" + std::to_string(there.value));
        return answer;
    });
}

Result<Answer> unforward(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.required("receipt", "which receipt: the one of the entity it went to"));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        OWED_TRY_VOID(cash::take_back_forward(tx, acting(app, tx, caller.roles), caller.actor, number, why));
        return receipt_left(tx, number);
    });
}

constexpr Verb credit_use_table[] = {
    {"credit apply", true, false, "cash_applier", apply},
    {"cash deposit", true, false, "cash_applier", deposit},
    {"cash undeposit", true, false, "cash_applier", undeposit},
    {"cash forward", true, false, "cash_applier", forward},
    {"cash unforward", true, false, "cash_applier", unforward},
};

}  // namespace

std::span<const Verb> credit_use_verbs() { return credit_use_table; }

}  // namespace owed::api::detail
