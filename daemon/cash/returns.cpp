// Payments that come back, and advices that tell what a payment is for.
#include <algorithm>

#include "cash/detail/return_fee.hpp"
#include "cash/detail/rows.hpp"
#include "cash/refund_void.hpp"
#include "ledger/charges.hpp"

namespace owed::cash {
namespace {

constexpr std::int32_t return_days_max = 60;   ///< how far back amount and payer alone may find the receipt

struct Candidate {
    OpenItemId item;
    std::string payer_name, payer_account;
};

std::vector<Candidate> candidates(store::Query& rows) {
    std::vector<Candidate> found;
    while (rows.step()) found.push_back({OpenItemId{rows.integer(0)}, rows.text(1), rows.text(2)});
    return found;
}

/// Receipts not returned yet that carry one of the references, of this amount. `<> ''` names the indexes of references, and `+`
/// takes the amount's away: the same amount is paid by many, a reference by one.
std::vector<Candidate> by_reference(store::Db& db, const NewReturn& returned) {
    std::vector<Candidate> found;
    for (const auto* reference : {&returned.original_reference, &returned.transaction.end_to_end_id, &returned.transaction.bank_ref, &returned.transaction.entry_ref}) {
        if (reference->empty() || *reference == "NONREF" || *reference == "NOTPROVIDED") continue;
        const auto look = [&](store::Query rows) {
            found = candidates(rows.bind(*reference, returned.entity, returned.amount.units(), returned.amount.currency().text()));
            return !found.empty();
        };
        if (look(db.query("SELECT item, payer_name, payer_account FROM receipt WHERE bank_reference = ? AND bank_reference <> '' AND entity = ? AND +amount = ? AND currency = ? AND state <> 'returned'")) ||
            look(db.query("SELECT item, payer_name, payer_account FROM receipt WHERE end_to_end_id = ? AND end_to_end_id <> '' AND entity = ? AND +amount = ? AND currency = ? AND state <> 'returned'")))
            return found;
    }
    return found;
}

std::vector<Candidate> by_amount_and_payer(store::Db& db, const NewReturn& returned) {
    auto rows = db.query("SELECT item, payer_name, payer_account FROM receipt WHERE amount = ? AND value_date BETWEEN ? AND ? AND entity = ? "
                         "AND currency = ? AND state <> 'returned' ORDER BY item");
    auto found = candidates(rows.bind(returned.amount.units(), returned.value_date.days() - return_days_max, returned.value_date.days(),
                                      returned.entity, returned.amount.currency().text()));
    const auto& payer = returned.transaction.counterparty;
    const auto account = parties::account_key(payer.account);
    const auto name = parties::name_key(payer.name);
    std::erase_if(found, [&](const Candidate& one) {
        const bool same_account = !account.empty() && parties::account_key(one.payer_account) == account;
        const bool same_name = !name.empty() && parties::name_key(one.payer_name) == name;
        return !same_account && !same_name;
    });
    return found;
}

/// Receipts not returned yet that have paid a document whose number stands in the text.
struct NamedReceipt {
    OpenItemId item;
    std::string document;
    Money amount;
};
std::vector<NamedReceipt> by_text(store::Db& db, const NewReturn& returned) {
    std::vector<NamedReceipt> found;
    for (const auto& key : document_keys_in(returned.transaction.text)) {
        auto rows = db.query("SELECT r.item, i.document, r.amount, r.currency FROM open_item i JOIN application a ON a.debit = i.id AND a.undone_on IS NULL "
                             "JOIN receipt r ON r.item = a.credit WHERE i.entity = ? AND i.document_key = ? AND i.document_key <> '' AND r.currency = ? AND r.state <> 'returned' ORDER BY r.item");
        rows.bind(returned.entity, key, returned.amount.currency().text());
        while (rows.step()) {
            const OpenItemId item{rows.integer(0)};
            if (std::none_of(found.begin(), found.end(), [&](auto& one) { return one.item == item; })) found.push_back({item, rows.text(1), store::money_at(rows, 2, 3)});
        }
    }
    return found;
}

struct Found {
    std::vector<OpenItemId> fitting;     ///< one: that is it
    const char* how = "";
    std::string hint = {};               ///< for a question: what the text names, with its receipt
};

/// By its reference; else by amount and payer, or by amount and a document in the text. Where both find something they must agree: of
/// several receipts of the payer the text tells which, and where it names another payment altogether a person decides.
Found found_for(store::Db& db, const NewReturn& returned) {
    Found found;
    const auto take = [&](const std::vector<Candidate>& candidates) {
        for (const auto& one : candidates) found.fitting.push_back(one.item);
    };
    take(by_reference(db, returned));
    found.how = "by its reference";
    if (!found.fitting.empty()) return found;
    take(by_amount_and_payer(db, returned));
    found.how = "by amount and payer";
    auto named = by_text(db, returned);
    std::string hint;
    for (const auto& one : named)
        if (one.amount != returned.amount) hint += "; its text names " + one.document + ", which " + detail::number_of(one.item) + " over " + shown(one.amount) + " has paid";
    std::erase_if(named, [&](const NamedReceipt& one) { return one.amount != returned.amount; });
    std::vector<OpenItemId> both;
    for (const auto& one : named)
        if (std::find(found.fitting.begin(), found.fitting.end(), one.item) != found.fitting.end()) both.push_back(one.item);
    if (!both.empty()) {
        found.fitting = std::move(both);
    } else if (!named.empty()) {
        if (found.fitting.empty()) found.how = "by amount and the document in its text";
        for (const auto& one : named) found.fitting.push_back(one.item);
    }
    if (found.fitting.empty()) found.hint = std::move(hint);
    return found;
}

/// Refunds of the receipt, or of a deposit that was held from it, which the bank has not booked.
std::vector<OrderedRefund> unpaid_refunds(store::Db& db, OpenItemId receipt) {
    auto list = refunds_on_their_way(db);
    std::erase_if(list, [&](const OrderedRefund& one) {
        if (one.receipt == receipt) return false;
        auto held = db.query("SELECT 1 FROM open_item i JOIN posting_line l ON l.entry = i.entry WHERE i.id = ? AND i.kind = 6 AND l.item = ?");
        held.bind(one.receipt.value, receipt.value);
        return !held.step();
    });
    return list;
}

/// What the bank took back is not there to be refunded: what treasury has not paid yet must not be paid.
Result<std::string> without_unpaid_refunds(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const detail::ReceiptRow& row,
                                           const ledger::Instruction& how) {
    std::string said;
    for (const auto& refund : unpaid_refunds(tx, row.receipt.id)) {
        const auto why = "the refund of " + shown(refund.amount) + " is not paid: " + row.receipt.number + " was returned";
        OWED_TRY([[maybe_unused]] const auto posted,
                 void_refund(tx, context, refund.entry, how.date, how.cause, why, how.event_key + "/refund/" + std::to_string(refund.entry.value)));
        OWED_TRY_VOID(detail::audit_by_hand(tx, context, by, row, "cash.refund_void", why));
        said += "; its refund of " + shown(refund.amount) + ", which the bank has not booked, is not to be paid";
    }
    return said;
}

/// Posts the return with all that goes with it. Answers what a person should know besides.
Result<std::string> undo(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const detail::ReceiptRow& row,
                         const ledger::ReturnedPayment& returned) {
    OWED_TRY(auto said, without_unpaid_refunds(tx, context, by, row, returned.instruction));
    OWED_TRY(const auto posted, ledger::post_returned_payment(tx, context, returned));
    if (posted.chargeback) {
        const auto owed = ledger::item(tx, *posted.chargeback);
        OWED_CHECK(owed.has_value(), "what is owed again is an item");
        said += "; " + shown(owed->original) + " of it had left before and is owed again as " + owed->document;
    }
    if (posted.rebilled) said += "; a fee of " + shown(returned.rebilled->amount) + " is billed for it as " + returned.rebilled->document;
    const auto now = detail::row(tx, returned.receipt);
    OWED_CHECK(now.has_value(), "a returned receipt is there");
    detail::update(tx, *now, {}, {}, State::returned);
    OWED_TRY_VOID(detail::audit_by_hand(tx, context, by, row, "cash.return", returned.instruction.reason + said));
    return said;
}

Result<std::string> undo(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, OpenItemId receipt, const NewReturn& returned,
                         const std::string& why, const std::vector<ReturnFee>& fees) {
    const auto row = detail::row(tx, receipt);
    OWED_CHECK(row.has_value(), "a returned receipt is there");
    return undo(tx, context, by, *row,
                {.receipt = receipt, .bank_gl = returned.bank_gl,
                 .rebilled = detail::return_fee(tx, context, fees, row->receipt, returned.transaction.return_reason, returned.posting_date),
                 .instruction = {.date = returned.posting_date, .cause = {"cash", row->receipt.number}, .reason = why, .event_key = returned.event_key}});
}

Status no_question(std::int64_t id) {
    return fail(Errc::not_found, "there is no returned payment " + std::to_string(id) + " in question", {}, "see owectl cash returns");
}

}  // namespace

std::optional<OpenItemId> preview_return(store::Db& db, const NewReturn& returned) {
    const auto found = found_for(db, returned).fitting;
    if (found.size() != 1) return {};
    return found.front();
}

Result<Returned> receive_return(store::Tx& tx, const ledger::Context& context, const NewReturn& returned, const audit::Actor& by,
                                const std::vector<ReturnFee>& fees) {
    if (!returned.amount.is_positive()) return fail(Errc::invalid_argument, "a returned amount is positive, not " + to_text(returned.amount));
    {
        auto known = tx.query("SELECT receipt, why FROM cash_return WHERE event_key = ?");
        known.bind(returned.event_key);
        if (known.step()) {
            Returned answer{{}, known.text(1)};
            if (const auto id = known.maybe_integer(0)) answer.receipt = OpenItemId{*id};
            return answer;
        }
    }
    Returned answer;
    const auto [found, how, hint] = found_for(tx, returned);
    const auto amount = shown(returned.amount);
    const auto& bank_reason = returned.transaction.return_reason;
    if (found.size() == 1) {
        const auto item = found.front();
        answer.reason = detail::number_of(item) + " over " + amount + " was returned" + (bank_reason.empty() ? "" : " (" + bank_reason + ")") + ", found " + how;
        // A receipt that cannot be taken back any more (its money has left in another entity's books) is a question; its file is sound.
        std::string besides;
        if (auto done = tx.attempt([&]() -> Status {
                OWED_TRY(besides, undo(tx, context, by, item, returned, answer.reason, fees));
                return {};
            }); done) {
            answer.receipt = item;
            answer.reason += besides;
        } else if (done.error().code == Errc::item_not_open || done.error().code == Errc::invalid_argument)
            answer.reason = amount + " went back for " + detail::number_of(item) + ", which cannot be undone: " + done.error().what;
        else
            return fail(std::move(done).error());
    } else {
        answer.reason = amount + " went back and " + (found.empty() ? std::string{"no receipt fits"} : std::to_string(found.size()) + " receipts fit") + hint +
                        "; say which one it undoes";
    }
    const auto& line = returned.transaction;
    tx.query("INSERT INTO cash_return (entity, bank_gl, payer_name, payer_account, reference, amount, currency, value_date, posting_date, "
             "event_key, receipt, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(returned.entity, returned.bank_gl, line.counterparty.name, line.counterparty.account,
              returned.original_reference.empty() ? line.end_to_end_id : returned.original_reference, returned.amount.units(),
              returned.amount.currency().text(), returned.value_date.days(), returned.posting_date.days(), returned.event_key,
              answer.receipt ? std::optional<std::int64_t>{answer.receipt->value} : std::nullopt, answer.reason)
        .run();
    return answer;
}

std::vector<ReturnQuestion> returns_in_question(store::Db& db) {
    std::vector<ReturnQuestion> list;
    auto rows = db.query("SELECT id, entity, payer_name, reference, why, amount, currency, value_date FROM cash_return WHERE receipt IS NULL AND closed_why IS NULL ORDER BY id");
    while (rows.step())
        list.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), store::money_at(rows, 5, 6),
                        Date::from_days(static_cast<std::int32_t>(rows.integer(7)))});
    return list;
}

namespace {

Result<Money> fee_within(Money fee, const Limits& bank_fee_max) {
    const auto limit = bank_fee_max.find(fee.currency().text());
    const auto most = Money::minor(limit == bank_fee_max.end() ? 0 : limit->second, fee.currency());
    if (fee.units() <= most.units()) return fee;
    return fail(Errc::invalid_argument, shown(fee) + " more than the receipt went back, and at most " + shown(most) + " is taken for a bank's fee", "fee",
                "see cash: bank_fee_max; a larger difference is another payment, or two");
}

}  // namespace

Status return_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, std::string_view receipt, bool rest_is_fee,
                      const Limits& bank_fee_max, const std::vector<ReturnFee>& fees) {
    std::string bank_gl, event_key, entity;
    Date date;
    std::optional<Money> returned_amount;
    {
        auto rows = tx.query("SELECT bank_gl, event_key, posting_date, amount, currency, entity FROM cash_return WHERE id = ? AND receipt IS NULL AND closed_why IS NULL");
        if (!rows.bind(id).step()) return no_question(id);
        bank_gl = rows.text(0);
        event_key = rows.text(1);
        date = Date::from_days(static_cast<std::int32_t>(rows.integer(2)));
        returned_amount = store::money_at(rows, 3, 4);
        entity = rows.text(5);
    }
    const auto went_back = *returned_amount;
    const auto item = detail::id_of(receipt);
    const auto row = item ? detail::row(tx, *item) : std::nullopt;
    if (!row) return fail(Errc::not_found, "there is no receipt " + std::string{receipt}, {}, "see owectl receipts");
    if (row->receipt.entity != entity)
        return fail(Errc::invalid_argument, row->receipt.number + " belongs to entity \"" + row->receipt.entity + "\", the money went back from \"" + entity + "\"", "receipt");
    const auto& paid = row->receipt.amount;
    const bool more = went_back.currency() == paid.currency() && went_back.units() > paid.units();
    if (went_back != paid && !(more && rest_is_fee))
        return fail(Errc::invalid_argument, shown(went_back) + " went back, and " + row->receipt.number + " is over " + shown(paid), "receipt",
                    more ? "if the rest is what the banks took for the return, say so: --fee" : "only a whole receipt is undone by a return");
    std::string why = "returned, as " + audit::to_text(by) + " says";
    ledger::ReturnedPayment returned{.receipt = *item, .bank_gl = bank_gl,
                                     .instruction = {.date = date, .cause = {"cash", row->receipt.number}, .reason = why, .event_key = event_key, .by = by.id}};
    if (more) {
        OWED_TRY(const auto fee, fee_within(Money::minor(went_back.units() - paid.units(), paid.currency()), bank_fee_max));
        returned.bank_fee = fee;
        returned.instruction.reason = why += "; " + shown(fee) + " of it is what the banks took";
    }
    returned.rebilled = detail::return_fee(tx, context, fees, row->receipt, {}, date);
    OWED_TRY([[maybe_unused]] const auto said, undo(tx, context, by, *row, returned));
    tx.query("UPDATE cash_return SET receipt = ? WHERE id = ?").bind(item->value, id).run();
    return {};
}

Status close_return(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, const std::string& why) {
    if (why.empty()) return fail(Errc::invalid_argument, "say why the returned payment undoes no receipt", "why");
    std::string entity, what;
    {
        auto rows = tx.query("SELECT entity, amount, currency FROM cash_return WHERE id = ? AND receipt IS NULL AND closed_why IS NULL");
        if (!rows.bind(id).step()) return no_question(id);
        entity = rows.text(0);
        what = shown(store::money_at(rows, 1, 2));
    }
    tx.query("UPDATE cash_return SET closed_why = ? WHERE id = ?").bind(why, id).run();
    audit::Act act;
    act.actor = by;
    act.entity = entity;
    act.action = "cash.return_closed";
    act.object_kind = "return";
    act.object_id = std::to_string(id);
    act.reason = what + " that went back is no receipt of ours: " + why;
    return audit::append(tx, context.clock, act);
}

void note_numbers(store::Tx& tx, OpenItemId item, const std::vector<std::string>& numbers) {
    for (const auto& number : numbers)
        if (!number.empty()) tx.query("INSERT OR IGNORE INTO cash_number (item, value) VALUES (?, ?)").bind(item.value, number).run();
}

bool knows_advice(store::Db& db, const std::string& event_key) {
    auto known = db.query("SELECT 1 FROM cash_advice WHERE event_key = ?");
    known.bind(event_key);
    return known.step();
}

Result<std::int64_t> add_advice(store::Tx& tx, const ledger::Context& context, const Advice& advice, const std::string& event_key) {
    OWED_TRY([[maybe_unused]] const auto* entity, context.books.entity(advice.entity));
    {
        auto known = tx.query("SELECT id FROM cash_advice WHERE event_key = ?");
        known.bind(event_key);
        if (known.step()) return known.integer(0);
    }
    std::int64_t sum = 0;
    for (const auto& line : advice.lines) sum += line.net;
    if (advice.lines.empty() || sum != advice.amount.units())
        return fail(Errc::invalid_argument, "the lines of the advice over " + to_text(advice.amount) + " add up to " +
                                                to_text(Money::minor(sum, advice.amount.currency())));
    tx.query("INSERT INTO cash_advice (entity, payment_number, number_key, payer_name, customer_number, day, amount, currency, lines, event_key) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(advice.entity, advice.payment_number, ledger::document_key(advice.payment_number), advice.payer_name, advice.customer_number,
              advice.date.days(), advice.amount.units(), advice.amount.currency().text(), detail::advice_lines_to_json(advice.lines), event_key)
        .run();
    return tx.last_id();
}

}  // namespace owed::cash
