// Verbs that release what an invoice billed without it being due or earned: a share retained by contract, and a deposit invoice that
// was paid (DOMAIN sections 5 and 12).
#include "api/detail/acts.hpp"
#include "ledger/credits.hpp"
#include "ledger/retainage.hpp"

namespace owed::api::detail {
namespace {

struct Wish {
    std::string item, document, why;
    std::optional<std::string> amount;
};

Result<Wish> wish_of(Arguments& arguments, std::string_view which) {
    Wish wish;
    OWED_TRY(wish.item, arguments.required("item", which));
    OWED_TRY(wish.document, arguments.required("document", "under which number: --document D"));
    wish.why = arguments.text("why").value_or("");
    wish.amount = arguments.text("amount");
    return wish;
}

/// Posts what `release` makes of the item, records the act, and answers the new item with what is left of the old one.
Result<Answer> released(App& app, const Caller& caller, const Wish& wish, std::string_view action,
                        const std::function<Result<ledger::PostedItem>(store::Tx&, const ledger::Item&, std::optional<Money>, ledger::Instruction)>& release) {
    json::object answer;
    auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto item, find_item(tx, app, wish.item));
        std::optional<Money> part;
        if (wish.amount) {
            OWED_TRY(part, amount_of(*wish.amount, item.original.currency(), "amount"));
        }
        const auto by = alone(app, caller);
        const auto reason = "released as " + wish.document + (wish.why.empty() ? "" : ": " + wish.why);
        OWED_TRY(const auto posted, release(tx, item, part, instruction(app, item, by, reason)));
        const auto made = ledger::item(tx, posted.item), left = ledger::item(tx, item.id);
        OWED_CHECK(made && left, "items that were posted to are there");
        OWED_TRY_VOID(audit_item(app, tx, by, item, action, shown(made->original.absolute()) + ", " + reason));
        answer = posted_json(tx, posted.item, made->original.absolute(), posted.posted, by);
        answer["due_date"] = date(made->due_date);
        answer["of"] = json::object{{"item", item.id.value}, {"document", text(item.document)}, {"residual", amount(left->residual)}};
        return {};
    });
    if (!done) return fail(std::move(done).error());
    return Answer{answer, true};
}

Result<Answer> release_retainage(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wish, wish_of(arguments, "which retained share, as INV-1/R"));
    OWED_TRY(const auto due, arguments.date("due"));
    OWED_TRY_VOID(arguments.done());
    return released(app, caller, wish, "retainage.release", [&](store::Tx& tx, const ledger::Item& item, std::optional<Money> part, ledger::Instruction how) {
        const auto today = how.date;
        return ledger::release_retainage(tx, acting(app, tx, caller.roles), {.retained = item.id, .amount = part, .document = wish.document,
                                                                        .due_date = due.value_or(today), .instruction = std::move(how)});
    });
}

Result<Answer> release_deposit(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wish, wish_of(arguments, "which deposit invoice"));
    OWED_TRY_VOID(arguments.done());
    return released(app, caller, wish, "deposit.release", [&](store::Tx& tx, const ledger::Item& item, std::optional<Money> part, ledger::Instruction how) {
        return ledger::release_deposit(tx, acting(app, tx, caller.roles), {.deposit_invoice = item.id, .amount = part, .document = wish.document, .instruction = std::move(how)});
    });
}

constexpr Verb release_table[] = {
    {"retainage release", true, false, "cash_applier|supervisor", release_retainage},
    {"deposit release", true, false, "cash_applier|supervisor", release_deposit},
};

}  // namespace

std::span<const Verb> release_verbs() { return release_table; }

}  // namespace owed::api::detail
