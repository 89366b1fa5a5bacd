// Verbs about money that went back: returned payments whose receipt nobody found, and refunds that the bank has not booked.
#include "api/detail/acts.hpp"
#include "cash/refunds.hpp"

namespace owed::api::detail {
namespace {

Result<json::value> listed(App& app, store::Db& db) {
    json::array list;
    for (const auto& one : cash::returns_in_question(db))
        list.push_back(json::object{{"return", one.id}, {"entity", text(one.entity)}, {"value_date", date(one.value_date)}, {"amount", amount(one.amount)},
                                    {"currency", currency(one.amount)}, {"payer", maybe(one.payer_name)}, {"reference", maybe(one.reference)}, {"why", text(one.why)}});
    return json::object{{"returns", list}, {"as_of", date(today(app))}};
}

Result<Answer> returns(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) { return listed(app, db); });
}

Result<Answer> say_which(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto id, arguments.integer("return"));
    OWED_TRY(const auto receipt, arguments.required("receipt", "which receipt it undoes, or \"none\""));
    const auto why = arguments.text("why").value_or("");
    const bool fee = arguments.flag("fee");
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which returned payment", "return", "see owectl cash returns");
    if (receipt == "none" && fee) return fail(Errc::invalid_argument, "a fee belongs to a receipt", "fee");
    const auto context = late(app, caller.roles);
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) {
        return receipt == "none" ? cash::close_return(tx, context, caller.actor, *id, why) : cash::return_by_hand(tx, context, caller.actor, *id, receipt, fee, app.cash.bank_fee_max,
                                                                                                                           app.cash.return_fees);
    }));
    return reading(app, [&](store::Db& db) { return listed(app, db); });
}

Result<Answer> refunds(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : cash::refunds_on_their_way(db)) {
            const auto receipt = cash::receipt(db, std::to_string(one.receipt.value));
            const auto item = ledger::item(db, one.receipt);
            list.push_back(json::object{{"entry", one.entry.value}, {"entity", text(one.entity)}, {"receipt", receipt ? json::value(text(receipt->number)) : json::value(nullptr)},
                                        {"document", item && !receipt ? json::value(text(item->document)) : json::value(nullptr)}, {"amount", amount(one.amount)}, {"currency", currency(one.amount)}, {"account", text(account_for(caller.roles, one.account))}, {"ordered", date(one.ordered)}});
        }
        return json::object{{"refunds", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb cash_return_table[] = {
    {"cash returns", false, true, "", returns},
    {"cash return", true, false, "cash_applier", say_which},
    {"cash refunds", false, true, "", refunds},
};

}  // namespace

std::span<const Verb> cash_return_verbs() { return cash_return_table; }

}  // namespace owed::api::detail
