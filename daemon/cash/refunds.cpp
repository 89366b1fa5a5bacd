#include "cash/refunds.hpp"

#include <algorithm>

#include "cash/refund_void.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/standing.hpp"

namespace owed::cash {
namespace {

OrderedRefund refund_at(const store::Query& row) {
    OrderedRefund refund{EntryId{row.integer(0)}, OpenItemId{row.integer(1)}, row.text(2), row.text(3), store::money_at(row, 4, 5),
                         Date::from_days(static_cast<std::int32_t>(row.integer(6)))};
    if (const auto paid = row.maybe_integer(7)) refund.paid = Date::from_days(static_cast<std::int32_t>(*paid));
    return refund;
}

/// A refund whose entry was reversed, with its receipt or by a person, is nothing that treasury has to pay.
bool stands(store::Db& db, const OrderedRefund& refund) {
    const auto changes = ledger::changes_of(db, refund.receipt);
    return std::any_of(changes.begin(), changes.end(), [&](const ledger::FollowUp& change) { return change.entry == refund.entry; });
}

std::vector<OrderedRefund> all_standing(store::Db& db, store::Query& rows) {
    std::vector<OrderedRefund> list;
    while (rows.step()) list.push_back(refund_at(rows));
    std::erase_if(list, [&](const OrderedRefund& refund) { return !stands(db, refund); });
    return list;
}

/// As people call what was refunded.
std::string named(store::Db& db, OpenItemId credit) {
    const auto item = ledger::item(db, credit);
    return item && item->kind != ledger::ItemKind::receipt && !item->document.empty() ? item->document : detail::number_of(credit);
}

}  // namespace

Status refund_ordered(store::Tx& tx, const OrderedRefund& refund) {
    tx.query("INSERT INTO cash_refund (entry, receipt, entity, account, amount, currency, ordered_on) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(refund.entry.value, refund.receipt.value, refund.entity, parties::account_key(refund.account), refund.amount.units(),
              refund.amount.currency().text(), refund.ordered.days())
        .run();
    return money_left(tx, refund.receipt, refund.amount, "a refund");
}

Status money_left(store::Tx& tx, OpenItemId credit, Money amount, std::string_view how) {
    const auto row = detail::row(tx, credit);
    if (!row) return {};
    if (row->receipt.unapplied.is_zero()) {
        detail::update(tx, *row, {}, {});
        return {};
    }
    // What a person or a rule left with the customer on purpose stays so: the next run must not look for a use of the rest.
    const auto kept = row->receipt.state == State::on_account ? std::optional{State::on_account} : std::nullopt;
    const auto question = row->receipt.question.empty() ? std::string{} : "after " + std::string{how} + " of " + to_text(amount) + " " + std::string{amount.currency().text()} + ", " +
                                                                             to_text(row->receipt.unapplied) + " is left";
    detail::update(tx, *row, question, row->receipt.proposals, kept);
    return {};
}

std::vector<std::string> accounts_paid_from(store::Db& db, OpenItemId credit) {
    std::vector<std::string> accounts;
    const auto take = [&](store::Query& rows) {
        bool any = false;
        while (rows.step()) {
            any = true;
            auto key = parties::account_key(rows.text(0));
            if (!key.empty() && std::find(accounts.begin(), accounts.end(), key) == accounts.end()) accounts.push_back(std::move(key));
        }
        return any;
    };
    // A receipt is a line of the entry that opened it, and of the one that held a deposit of it.
    auto own = db.query("SELECT r.payer_account FROM open_item i JOIN posting_line l ON l.entry = i.entry JOIN receipt r ON r.item = l.item WHERE i.id = ?");
    own.bind(credit.value);
    if (take(own)) return accounts;
    auto customers = db.query("SELECT DISTINCT r.payer_account FROM open_item i JOIN open_item c ON c.customer = i.customer AND c.entity = i.entity "
                              "JOIN receipt r ON r.item = c.id WHERE i.id = ? AND r.state <> 'returned' ORDER BY r.payer_account");
    customers.bind(credit.value);
    take(customers);
    return accounts;
}

std::vector<OrderedRefund> refunds_of(store::Db& db, OpenItemId receipt) {
    auto rows = db.query("SELECT entry, receipt, entity, account, amount, currency, ordered_on, paid_on FROM cash_refund WHERE receipt = ? ORDER BY entry");
    rows.bind(receipt.value);
    return all_standing(db, rows);
}

std::vector<OrderedRefund> refunds_on_their_way(store::Db& db) {
    auto rows = db.query("SELECT entry, receipt, entity, account, amount, currency, ordered_on, paid_on FROM cash_refund WHERE paid_on IS NULL "
                         "ORDER BY ordered_on, entry");
    return all_standing(db, rows);
}

std::optional<OrderedRefund> preview_refund_paid(store::Db& db, const NewReturn& outgoing) {
    const auto account = parties::account_key(outgoing.transaction.counterparty.account);
    auto rows = db.query("SELECT entry, receipt, entity, account, amount, currency, ordered_on, paid_on FROM cash_refund WHERE paid_on IS NULL "
                         "AND entity = ? AND amount = ? AND currency = ? AND ordered_on BETWEEN ? AND ? AND (? = '' OR account = ?) ORDER BY ordered_on, entry");
    constexpr std::int32_t unnamed_days_max = 30, named_days_max = 366;
    const auto booked = outgoing.posting_date.days();
    rows.bind(outgoing.entity, outgoing.amount.units(), outgoing.amount.currency().text(), booked - (account.empty() ? unnamed_days_max : named_days_max), booked, account, account);
    auto fitting = all_standing(db, rows);
    // To one account they are interchangeable.
    return fitting.size() == 1 || (!fitting.empty() && !account.empty()) ? std::optional{fitting.front()} : std::nullopt;
}

Result<std::optional<OrderedRefund>> refund_paid(store::Tx& tx, const ledger::Context& context, const NewReturn& outgoing) {
    {
        auto known = tx.query("SELECT entry, receipt, entity, account, amount, currency, ordered_on, paid_on FROM cash_refund WHERE paid_event = ?");
        known.bind(outgoing.event_key);
        if (known.step()) return std::optional{refund_at(known)};
    }
    auto refund = preview_refund_paid(tx, outgoing);
    if (!refund) return refund;
    OWED_TRY(const auto* entity, context.books.entity(outgoing.entity));
    const auto clearing = entity->chart.at(ledger::Role::refunds_clearing).code;
    const auto number = named(tx, refund->receipt);
    // What the order had put on the clearing account leaves it; in a foreign currency the bank's side is worth the same.
    OWED_TRY(const auto ordered, ledger::journal_entry(tx, refund->entry));
    auto functional = Money::zero(entity->currency);
    for (const auto& line : ordered.entry.lines)
        if (line.account == clearing) functional = line.functional;
    OWED_TRY(const auto posted, ledger::post(tx, context, {.entity = outgoing.entity, .posting_date = outgoing.posting_date, .document_date = outgoing.value_date,
                                                           .cause = {"cash", number}, .reason = "the refund of " + number + " left the bank",
                                                           .event_key = outgoing.event_key,
                                                           .lines = {{clearing, refund->amount, functional.negated(), {}},
                                                                     {outgoing.bank_gl, refund->amount.negated(), functional, {}}}}));
    tx.query("UPDATE cash_refund SET paid_on = ?, paid_event = ? WHERE entry = ?")
        .bind(posted.posting_date.days(), outgoing.event_key, refund->entry.value)
        .run();
    refund->paid = posted.posting_date;
    return refund;
}

Result<OrderedRefund> refund_on_its_way(store::Db& db, EntryId entry) {
    auto rows = db.query("SELECT entry, receipt, entity, account, amount, currency, ordered_on, paid_on FROM cash_refund WHERE entry = ?");
    rows.bind(entry.value);
    if (!rows.step()) return fail(Errc::not_found, "entry " + std::to_string(entry.value) + " ordered no refund", "entry", "see owectl cash refunds");
    auto refund = refund_at(rows);
    if (refund.paid)
        return fail(Errc::refused, "the refund of " + named(db, refund.receipt) + " left the bank on " + to_text(*refund.paid), "entry",
                    "what has left comes back by the bank alone");
    if (!stands(db, refund))
        return fail(Errc::already_exists, "the refund of " + named(db, refund.receipt) + " was taken back before", "entry");
    return refund;
}

Result<ledger::Posted> void_refund(store::Tx& tx, const ledger::Context& context, EntryId entry, Date date, const ledger::Cause& cause,
                                   const std::string& reason, const std::string& event_key) {
    OWED_TRY(const auto refund, refund_on_its_way(tx, entry));
    OWED_TRY(const auto posted, ledger::reverse(tx, context, entry, date, cause, reason, event_key));
    if (const auto row = detail::row(tx, refund.receipt)) detail::update(tx, *row, reason, {}, State::on_account);
    return posted;
}

}  // namespace owed::cash
