// Receipts of another entity's customers.
#include "cash/credits.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/intercompany.hpp"

namespace owed::cash {
namespace {

using detail::ReceiptRow;

/// The receipt there as a row, so that it is matched, shown and asked about: what the bank told, of the new item.
void keep_receipt_there(store::Tx& tx, const ReceiptRow& here, const ledger::Entity& there, const ledger::Item& item, const std::string& event_key) {
    auto row = here;
    row.receipt.id = item.id;
    row.receipt.entity = there.id;
    row.receipt.amount = item.original.absolute();
    row.receipt.state = State::queued;
    row.receipt.bank_reference.clear();   // a return of the bank is of the receipt here
    row.end_to_end_id.clear();
    row.receipt.question.clear();
    row.receipt.proposals.clear();
    row.bank_gl = there.chart.at(ledger::Role::due_from_entities).code;
    detail::insert(tx, row, event_key);
}

std::string next_key(store::Db& db, OpenItemId here) {
    auto earlier = db.query("SELECT COUNT(*) FROM cash_forward WHERE item_here = ?");
    earlier.bind(here.value).step();
    return "forward/" + std::to_string(here.value) + "/" + std::to_string(earlier.integer(0) + 1);
}

}  // namespace

Result<OpenItemId> forward_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const Forward& wanted) {
    OWED_TRY(const auto row, detail::open_receipt(tx, receipt));
    OWED_TRY(const auto* there, context.books.entity(wanted.entity));
    OWED_TRY(const auto date, detail::today_of(context, row.receipt.entity));
    const auto key = next_key(tx, row.receipt.id);
    const auto reason = row.receipt.number + " is " + there->id + "'s, as " + audit::to_text(by) + " says" + (wanted.why.empty() ? "" : ": " + wanted.why);
    OWED_TRY(const auto done, ledger::forward_receipt(tx, context, {.receipt = row.receipt.id, .amount = wanted.amount, .entity = there->id, .customer = wanted.customer,
                                                                    .document = row.receipt.number,
                                                                    .instruction = {.date = date, .cause = {"cash", row.receipt.number}, .reason = reason,
                                                                                    .event_key = key, .by = by.id}}));
    const auto item = ledger::item(tx, done.there.item);
    OWED_CHECK(item.has_value(), "what was forwarded is an item there");
    keep_receipt_there(tx, row, *there, *item, key);
    detail::note_person_said(tx, item->id);
    tx.query("INSERT INTO cash_forward (item_there, item_here, entry_here) VALUES (?, ?, ?)")
        .bind(item->id.value, row.receipt.id.value, done.here.entry.value)
        .run();
    detail::update(tx, row, {}, {});
    OWED_TRY_VOID(detail::audit_by_hand(tx, context, by, row, "cash.forward", reason));
    return item->id;
}

Status take_back_forward(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const std::string& why) {
    const auto id = detail::id_of(receipt);
    const auto there = id ? detail::row(tx, *id) : std::nullopt;
    if (!there) return fail(Errc::not_found, "there is no receipt " + std::string{receipt}, {}, "see owectl receipts");
    std::optional<ReceiptRow> here;
    EntryId entry;
    {
        auto forwarded = tx.query("SELECT item_here, entry_here FROM cash_forward WHERE item_there = ?");
        if (!forwarded.bind(id->value).step())
            return fail(Errc::not_found, there->receipt.number + " came from its entity's own bank; nobody forwarded it", {}, "name the receipt of the entity it went to");
        here = detail::row(tx, OpenItemId{forwarded.integer(0)});
        entry = EntryId{forwarded.integer(1)};
    }
    OWED_CHECK(here.has_value(), "what was forwarded came from a receipt");
    OWED_TRY(const auto date, detail::today_of(context, here->receipt.entity));
    const auto reason = there->receipt.number + " goes back to " + here->receipt.number + ", as " + audit::to_text(by) + " says" + (why.empty() ? "" : ": " + why);
    OWED_TRY([[maybe_unused]] const auto undone, ledger::take_back_forwarded(tx, context, entry, date, {"cash", here->receipt.number}, reason));
    detail::update(tx, *there, {}, {}, State::returned);
    // For a person, or the next run would decide it as if nobody had looked at it.
    detail::update(tx, *here, reason, {});
    return detail::audit_by_hand(tx, context, by, *here, "cash.unforward", reason);
}

}  // namespace owed::cash
