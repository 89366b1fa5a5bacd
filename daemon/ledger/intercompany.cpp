#include "ledger/intercompany.hpp"

#include "ledger/detail/acts.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

Result<Money> worth_there(store::Db& db, const Entity& there, const ForwardReceipt& asked, Money amount, Date value_date) {
    if (asked.functional && asked.functional->currency() != there.currency)
        return fail(Errc::currency_mismatch, "the amount for entity \"" + there.id + "\" is in " +
                                                 std::string{asked.functional->currency().text()} + ", its currency is " +
                                                 std::string{there.currency.text()});
    if (asked.functional && amount.currency() != there.currency) return *asked.functional;
    OWED_TRY(auto converted, convert(db, amount, there.currency, RateType::spot, value_date));
    return converted.amount;
}

Result<Forwarded> forwarded_before(store::Db& db, const Posted& here, const std::string& event_key) {
    const auto other = detail::find_entry_by_event(db, event_key + "/other");
    if (!other) return fail(Errc::store_corrupt, "event \"" + event_key + "\" has lost its intercompany side", {}, "run owectl ledger verify");
    OWED_TRY(auto there, detail::item_opened_by(db, Posted{.entry = other->id,
                                                           .posting_date = other->posting_date,
                                                           .moved = other->posting_date != other->asked_date,
                                                           .repeated = true}));
    return Forwarded{here, there};
}

}  // namespace

Result<Forwarded> forward_receipt(store::Tx& tx, const Context& context, const ForwardReceipt& asked) {
    store::RowHash hash;
    hash.add("intercompany").add(asked.receipt.value).add(asked.amount ? asked.amount->units() : std::int64_t{0}).add(asked.entity);
    hash.add(asked.customer.value).add(asked.document).add(std::int64_t{asked.instruction.date.days()});
    const detail::Act act{"intercompany", asked.instruction, hash.bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return forwarded_before(tx, *before, asked.instruction.event_key);
    OWED_TRY(auto receipt, detail::load_item(tx, asked.receipt));
    OWED_TRY(const auto* here, context.books.entity(receipt.entity));
    OWED_TRY(const auto* there, context.books.entity(asked.entity));
    if (receipt.kind != ItemKind::receipt) return fail(Errc::invalid_argument, detail::shown(receipt) + " is not a receipt");
    if (here == there) return fail(Errc::invalid_argument, detail::shown(receipt) + " is of entity \"" + there->id + "\" already");
    if (asked.document.empty()) return fail(Errc::invalid_argument, "the receipt for entity \"" + there->id + "\" has no number");
    OWED_TRY_VOID(detail::check_open_part(receipt, asked.amount, "what is forwarded"));
    const auto units = asked.amount ? asked.amount->units() : -receipt.residual;
    if (!receipt.customer && units != -receipt.residual)   // what stays would move to another account when it is identified
        return fail(Errc::invalid_argument, detail::shown(receipt) + " is not identified and is forwarded as a whole", {},
                    "say first which customer paid, or leave the amount out");
    OWED_TRY(const auto worth, worth_there(tx, *there, asked, Money::minor(units, receipt.currency), receipt.document_date));
    const auto currency = receipt.currency;
    const auto value_date = receipt.document_date;
    auto first = detail::settling(tx, *here, act, std::move(receipt), units, {{detail::code_of(*here, Role::due_to_entities), units}});
    OWED_TRY(auto posted_here, detail::carry_out(tx, context, first));

    auto item = detail::new_item(tx, *there, ItemKind::receipt, currency, -units, -worth.units());
    item.customer = asked.customer;
    item.document = asked.document;
    item.document_key = document_key(asked.document);
    item.document_date = item.due_date = value_date;
    item.account = detail::code_of(*there, Role::unapplied_cash);
    auto other = asked.instruction;
    other.date = posted_here.posting_date;
    other.event_key += "/other";
    const detail::Act act_there{"intercompany_receipt", other, store::sha256(other.event_key)};
    auto second = detail::opening(*there, act_there, std::move(item),
                                  {{detail::code_of(*there, Role::due_from_entities), units}});
    OWED_TRY(auto posted_there, detail::carry_out(tx, context, second));
    return Forwarded{posted_here, {second.opens->id, posted_there}};
}

Result<Posted> take_back_forwarded(store::Tx& tx, const Context& context, EntryId here, Date date, const Cause& cause,
                                   const std::string& reason) {
    OWED_TRY(auto entry, detail::load_entry(tx, here));
    if (entry.act != "intercompany")
        return fail(Errc::invalid_argument, "journal entry " + std::to_string(here.value) + " (" + entry.act + ") forwards no receipt");
    OWED_TRY_VOID(detail::check_not_reversed(tx, here));
    return detail::undo(tx, context, entry, date, cause, reason);
}

}  // namespace owed::ledger
