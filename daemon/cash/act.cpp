// Acting on decisions: receipts come in, matches post through the ledger.
#include <algorithm>
#include <tuple>
#include <utility>

#include "cash/detail/acting.hpp"
#include "cash/detail/foreign.hpp"
#include "cash/detail/matching.hpp"

namespace owed::cash {

using detail::ReceiptRow;
using detail::today_of;

namespace detail {
namespace {

std::string received_from(const ReceiptRow& row) {
    const auto& receipt = row.receipt;
    return "received from " + (receipt.payer_name.empty() ? std::string{"an unnamed payer"} : receipt.payer_name) + " on account " + receipt.account;
}

}  // namespace

Status post_incoming(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const std::optional<CustomerId>& customer,
                     const std::string& why) {
    const auto& receipt = row.receipt;
    const auto& event = row.unposted->event_key;
    const ledger::PostReceipt posting{.entity = receipt.entity, .bank_gl = row.bank_gl, .customer = customer, .document = {},
                                      .value_date = receipt.value_date, .posting_date = row.unposted->posting_date, .amount = receipt.amount,
                                      .cause = {"record", receipt.connector + "/" + event},
                                      .reason = received_from(row) + (why.empty() ? "" : ": " + why), .event_key = event,
                                      .functional = row.unposted->functional, .item = receipt.id};
    OWED_TRY([[maybe_unused]] auto posted, ledger::post_receipt(tx, context, posting));
    insert(tx, row, event);
    return {};
}

namespace {

/// Undoes, in the open, what weaker facts had applied to the items that a stronger one names. Their receipts wait again.
Status move_earlier(const Acting& acting, const Decided& one, Date date, CarriedOut& done) {
    auto& tx = acting.tx;
    const auto& number = one.row.receipt.number;
    for (const auto item : one.decision.reopen) {
        for (const auto& application : ledger::applications(tx, {}, item)) {
            if (application.undone || application.debit != item || application.by != "cash") continue;
            const auto earlier = detail::row(tx, application.credit);
            const auto reason = number + " names " + application.debit_document + " itself; " +
                                (earlier ? earlier->receipt.number : application.credit_document) + " had been applied to it by " + application.stage;
            OWED_TRY([[maybe_unused]] auto undone, ledger::unapply(tx, acting.context, application.id, date, {"cash", number}, reason, "cash"));
            if (earlier) {
                update(tx, *earlier, reason, {});
                done.again.push_back(earlier->receipt.id);
                audit::Act act;
                act.actor = acting.by;
                act.entity = one.row.receipt.entity;
                act.action = "cash.move";
                act.object_kind = "application";
                act.object_id = std::to_string(application.id.value);
                act.reason = reason;
                OWED_TRY_VOID(audit::append(tx, acting.context.clock, act));
            }
            ++done.moved;
        }
        if (acting.reopened) acting.reopened(item);
    }
    return {};
}

/// What stays of the receipt once its shares are applied.
std::int64_t left_after(const ReceiptRow& row, const Decision& decision) {
    auto left = row.receipt.unapplied.units();
    for (const auto& share : decision.applications) left -= share.amount.units() + std::max<std::int64_t>(-share.tolerance, 0);
    return left;
}

std::string refund_text(const ReceiptRow& row, std::int64_t left, const Settings& settings) {
    const auto review = settings.refund_review.find(row.receipt.amount.currency().text());
    if (review == settings.refund_review.end() || left <= review->second) return {};
    return "paid too much: " + to_text(Money::minor(left, row.receipt.amount.currency())) + " " +
           std::string{row.receipt.amount.currency().text()} + " is left on account; propose a refund?";
}

/// How a receipt stands once its decision is carried out.
struct Standing {
    State state;
    std::string question = {};
    std::vector<Proposal> proposals = {};
};

/// Nothing is applied; `customer`: as it will be known.
State waiting_state(const ReceiptRow& row, const std::optional<CustomerId>& customer) {
    if (row.receipt.unapplied != row.receipt.amount) return State::partly;
    return customer ? State::queued : State::unidentified;
}

Standing standing_after(const ReceiptRow& row, const Decision& decision, const Settings& settings) {
    const auto customer = decision.customer ? decision.customer : row.receipt.customer;
    switch (decision.outcome) {
        case Outcome::not_receivable: return {State::not_receivable};
        case Outcome::agency_transfer: return {State::applied};
        case Outcome::apply: {
            // More than is open was paid: what is left is the customer's credit on purpose, or the next run would look for a use.
            const auto left = left_after(row, decision);
            if (left > 0) return {State::on_account, refund_text(row, left, settings)};
            return {State::applied};
        }
        case Outcome::on_account: return {State::on_account, decision.reason, decision.proposals};
        case Outcome::waits: return {waiting_state(row, customer)};
        case Outcome::question: return {waiting_state(row, customer), decision.reason, decision.proposals};
    }
    return {State::queued};
}

/// Whether the decision says whose money it is.
bool names_customer(const Decision& decision) {
    return decision.customer && decision.outcome != Outcome::not_receivable && decision.outcome != Outcome::agency_transfer;
}

/// Into the books, as its customer's when the decision names one, and beside them as it will stand.
Status book_incoming(const Acting& acting, const Decided& one, Standing standing) {
    auto row = one.row;
    row.receipt.state = standing.state;
    row.receipt.question = std::move(standing.question);
    row.receipt.proposals = std::move(standing.proposals);
    // What is applied says why there; else the reason of whose it is stands in the posting itself.
    const bool says_whose = names_customer(one.decision) && one.decision.outcome != Outcome::apply;
    OWED_TRY_VOID(post_incoming(acting.tx, acting.context, row, names_customer(one.decision) ? one.decision.customer : std::nullopt,
                                says_whose ? one.decision.reason : std::string{}));
    if (!one.evidence.empty()) insert_evidence(acting.tx, one.row.receipt.id, one.evidence);
    return {};
}

/// What the decision moves in the ledger, of a receipt that stands there.
Status post_decision(const Acting& acting, const Decided& one, Date date) {
    const auto& [row, decision] = std::tie(one.row, one.decision);
    const ledger::Cause cause{"cash", row.receipt.number};
    switch (decision.outcome) {
        case Outcome::not_receivable: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::mark_not_receivable(acting.tx, acting.context, row.receipt.id, date, cause, decision.reason));
            return {};
        }
        case Outcome::agency_transfer: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::settle_agency_transfer(acting.tx, acting.context, row.receipt.id, date, cause, decision.reason));
            return {};
        }
        case Outcome::apply:
            OWED_TRY_VOID(post_shares(acting.tx, acting.context, row, decision.applications,
                                      {decision.stage, decision.reason, "cash", "cash", decision.confidence}, date));
            if (decision.advice) acting.tx.query("UPDATE cash_advice SET receipt = ? WHERE id = ?").bind(row.receipt.id.value, *decision.advice).run();
            return {};
        case Outcome::on_account:
        case Outcome::waits:
        case Outcome::question: return {};
    }
    return fail(Errc::internal, "a decision without outcome");
}

}  // namespace

Result<CarriedOut> carry_out(const Acting& acting, const Decided& one) {
    const auto& decision = one.decision;
    OWED_TRY(const auto date, today_of(acting.context, one.row.receipt.entity));
    CarriedOut done;
    auto standing = standing_after(one.row, decision, acting.settings);
    for (auto& proposal : standing.proposals) price_foreign(acting.tx, one.row, proposal);
    if (decision.outcome == Outcome::apply) OWED_TRY_VOID(move_earlier(acting, one, date, done));
    if (one.row.unposted) {
        OWED_TRY_VOID(book_incoming(acting, one, std::move(standing)));
        OWED_TRY_VOID(post_decision(acting, one, date));
        done.changed = true;
        return done;
    }
    if (names_customer(decision)) OWED_TRY_VOID(identify(acting.tx, acting.context, one.row, *decision.customer, date, decision.reason));
    OWED_TRY_VOID(post_decision(acting, one, date));
    done.changed = update(acting.tx, one.row, standing.question, standing.proposals, standing.state, one.evidence);
    return done;
}

}  // namespace detail

namespace {

std::optional<OpenItemId> known_receipt(store::Db& db, const std::string& event_key) {
    auto known = db.query("SELECT item FROM receipt WHERE event_key = ?");
    known.bind(event_key);
    if (!known.step()) return {};
    return OpenItemId{known.integer(0)};
}

std::vector<OpenItemId> waiting(store::Db& db) {
    std::vector<OpenItemId> ids;
    auto query = db.query("SELECT item FROM receipt WHERE state = 'queued' OR state = 'unidentified' OR state = 'partly' ORDER BY item");
    while (query.step()) ids.emplace_back(OpenItemId{query.integer(0)});
    return ids;
}

}  // namespace

// ---------------------------------------------------------------- receipts that come in

struct Arrivals::Impl {
    store::Tx& tx;
    const Settings& settings;
    detail::Matching matching;
    bool met_waiting = false;            ///< those that waited before were decided, or stand first in the queue
    bool others_posted = false;          ///< since they were decided: what waits may find its item now

    void begin() {
        if (std::exchange(met_waiting, true)) return;
        for (const auto id : waiting(tx)) matching.add(id);
    }
};

Arrivals::Arrivals(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by)
    : impl_{new Impl{tx, settings, {tx, context, settings, by}}} {}
Arrivals::~Arrivals() = default;

Result<OpenItemId> Arrivals::receive(NewReceipt receipt) {
    if (const auto known = known_receipt(impl_->tx, receipt.event_key)) return *known;
    if (!receipt.amount.is_positive())
        return fail(Errc::invalid_argument, "a received amount is positive, not " + to_text(receipt.amount));
    impl_->begin();
    const auto id = ledger::take_receipt_id(impl_->tx);
    impl_->matching.add(detail::row_of(std::move(receipt), id));
    // Few are decided in the store. Many are decided from memory while more come in.
    if (impl_->matching.has_snapshot() || impl_->matching.queued() >= impl_->settings.snapshot_from) OWED_TRY_VOID(impl_->matching.work(false));
    return id;
}

Status Arrivals::drain() { return impl_->matching.work(true); }

void Arrivals::returned(OpenItemId receipt) {
    impl_->others_posted = impl_->met_waiting;
    for (const auto& application : ledger::applications(impl_->tx, {}, receipt)) impl_->matching.changed_elsewhere(application.debit);
}

void Arrivals::others_posted() {
    impl_->others_posted = impl_->met_waiting;
    impl_->matching.changed_elsewhere();
}

Result<MatchSummary> Arrivals::finish() {
    impl_->begin();
    OWED_TRY_VOID(drain());
    if (impl_->others_posted) {
        for (const auto id : waiting(impl_->tx)) impl_->matching.add(id);
        OWED_TRY_VOID(drain());
    }
    return impl_->matching.end();
}

Result<MatchSummary> match_waiting(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by) {
    return Arrivals{tx, context, settings, by}.finish();
}

Decision preview(store::Tx& tx, const ledger::Context& context, const Settings& settings, OpenItemId receipt) {
    const auto row = detail::row(tx, receipt);
    OWED_CHECK(row.has_value(), "the receipt is there");
    detail::RunBooks books{tx, context, settings};
    books.expect(1);
    return books.decide(detail::facts_of(*row));
}

}  // namespace owed::cash
