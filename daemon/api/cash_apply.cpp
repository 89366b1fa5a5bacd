// `cash apply`: a receipt for documents, with what the payment settles besides. Who applies cash gives up what the settings grant;
// for more a second person decides (SECURITY section 7).
#include "api/detail/cash_apply.hpp"

#include "cash/by_hand.hpp"

namespace owed::api::detail {
namespace {

using cash::Wanted;

constexpr std::pair<const char*, const char*> part_options[] = {
    {"discount", "discount"}, {"tolerance", "tolerance"}, {"bank_charge", "bank-charge"},
    {"withholding", "withholding"}, {"deduction", "deduction"}, {"takes", "takes"},
};

Result<std::vector<Wanted>> wanted_of(Arguments& arguments) {
    OWED_TRY(const auto texts, arguments.texts("items"));
    std::vector<Wanted> wanted;
    for (const auto& one : texts) {
        OWED_TRY(auto named, cash::wanted_named(one));
        wanted.push_back(std::move(named));
    }
    for (const auto& [key, part] : part_options) {
        const auto value = arguments.text(key);
        if (!value) continue;
        if (wanted.size() != 1)
            return fail(Errc::invalid_argument, "--" + std::string{part} + " is for one document, " + std::to_string(wanted.size()) + " are named", key,
                        "write it behind its document: INV-1=100.00," + std::string{part} + "=" + *value);
        OWED_TRY_VOID(cash::add_part(wanted.front(), part, *value));
    }
    return wanted;
}

json::object wanted_json(const std::string& receipt, const std::vector<Wanted>& wanted, const std::string& why) {
    json::array items;
    for (const auto& one : wanted)
        items.push_back(json::object{{"item", text(one.document_or_item)}, {"amount", text(one.amount)}, {"discount", text(one.parts.discount)},
                                     {"tolerance", text(one.parts.tolerance)}, {"bank_charge", text(one.parts.bank_charge)}, {"withholding", text(one.parts.withholding)},
                                     {"deduction", text(one.parts.deduction)}, {"reason", text(one.parts.reason)}, {"takes", text(one.parts.takes)}});
    return {{"receipt", text(receipt)}, {"items", items}, {"why", text(why)}};
}

std::vector<Wanted> wanted_back(const json::object& kept) {
    std::vector<Wanted> wanted;
    for (const auto& item : kept.at("items").as_array()) {
        const auto member = [&](const char* key) { return std::string{item.as_object().at(key).as_string()}; };
        wanted.push_back({member("item"), member("amount"),
                          {member("discount"), member("tolerance"), member("bank_charge"), member("withholding"), member("deduction"), member("reason"), member("takes")}});
    }
    return wanted;
}

Result<json::object> post_wanted(App& app, store::Tx& tx, const json::object& kept, const By& by) {
    const std::string receipt{kept.at("receipt").as_string()};
    const bool two = !by.approved.empty();
    const auto asker = two ? audit::Actor{.kind = audit::Actor::Kind::person, .id = by.asked} : by.actor;
    OWED_TRY_VOID(cash::apply_by_hand(tx, acting(app, tx, by.roles), asker, receipt, wanted_back(kept), &app.cash, two ? cash::Approval{by.approved, by.cause.id} : cash::Approval{},
                                      kept.at("why").as_string()));
    const auto now = cash::receipt(tx, receipt);
    OWED_CHECK(now.has_value(), "a receipt that was applied is there");
    return json::object{{"receipt", text(now->number)}, {"state", text(now->state_name)}, {"unapplied", amount(now->unapplied)}, {"currency", currency(now->unapplied)}};
}

}  // namespace

Result<std::optional<Answer>> apply_receipt(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(const auto wanted, wanted_of(arguments));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    std::optional<Giving> giving;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(const auto beyond, cash::beyond_policy(db, app.ledger, app.cash, number, wanted));
        if (beyond.why.empty()) return {};
        const auto receipt = cash::receipt(db, number);
        OWED_CHECK(receipt.has_value(), "a receipt that is open is there");
        std::string what;
        for (const auto& one : beyond.why) what += (what.empty() ? "" : "; ") + one;
        giving = Giving{.kind = "apply", .act = {}, .entity = receipt->entity, .subject = receipt->number,
                        .summary = "apply " + receipt->number + " with " + what + (why.empty() ? "" : ": " + why),
                        .customer = receipt->customer, .amount = receipt->unapplied, .wanted = wanted_json(receipt->number, beyond.meant, why)};
        return {};
    }));
    if (giving) {
        OWED_TRY(auto asked, give(app, caller, *giving, post_wanted));
        return std::optional{std::move(asked)};
    }
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto beyond, cash::beyond_policy(tx, app.ledger, app.cash, number, wanted));   // another clerk may have been quicker
        if (!beyond.why.empty()) return fail(Errc::refused, beyond.why.front(), "items", "something was let go meanwhile; ask again, and a second person decides");
        return cash::apply_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, wanted, &app.cash, {}, why);
    }));
    return std::optional<Answer>{};
}

std::span<const SecondPersonAct> cash_acts() {
    static constexpr SecondPersonAct list[] = {{"apply", approved<post_wanted>}};
    return list;
}

}  // namespace owed::api::detail
