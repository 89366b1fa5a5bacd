// Acting on decisions: receipts come in, matches post through the ledger.
#include <algorithm>
#include <deque>
#include <set>

#include "cash/detail/ahead.hpp"
#include "cash/detail/books_lookup.hpp"
#include "cash/detail/decider.hpp"
#include "cash/detail/rows.hpp"

namespace owed::cash {

using detail::ReceiptRow;
using detail::today_of;

Result<OpenItemId> receive(store::Tx& tx, const ledger::Context& context, const NewReceipt& receipt) {
    {
        auto known = tx.query("SELECT item FROM receipt WHERE event_key = ?");
        known.bind(receipt.event_key);
        if (known.step()) return OpenItemId{known.integer(0)};
    }
    const auto& line = receipt.transaction;
    const auto payer = line.counterparty.name.empty() ? std::string{"an unnamed payer"} : line.counterparty.name;
    ledger::PostReceipt posting{.entity = receipt.entity, .bank_gl = receipt.bank_gl, .customer = {}, .document = {},
                                .value_date = receipt.value_date, .posting_date = receipt.posting_date, .amount = receipt.amount,
                                .cause = {"record", receipt.connector + "/" + receipt.event_key},
                                .reason = "received from " + payer + " on account " + receipt.account, .event_key = receipt.event_key,
                                .functional = receipt.functional};
    OWED_TRY(auto posted, ledger::post_receipt(tx, context, posting));
    tx.query("INSERT INTO receipt (item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, "
             "text, refs, bank_reference, end_to_end_id, connector, artifact, event_key, state) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unidentified')")
        .bind(posted.item.value, receipt.entity, receipt.account, receipt.bank_gl, receipt.value_date.days(),
              receipt.amount.units(), receipt.amount.currency().text(), line.counterparty.name, line.counterparty.account,
              line.code, detail::text_to_json(line.text), detail::references_to_json(line.references), line.bank_ref,
              line.end_to_end_id, receipt.connector, receipt.artifact, receipt.event_key)
        .run();
    return posted.item;
}

namespace {

/// The books of one run: the store, or a snapshot that follows what the run does.
class Run {
  public:
    Run(store::Tx& tx, const ledger::Context& context, const Settings& settings, Date today, std::size_t waiting)
        : tx_{tx}, context_{context}, settings_{settings}, asks_{settings.decider && (!settings.has_decider || settings.has_decider())},
          today_{today}, stored_{tx, context.books, today} {
        if (waiting >= settings.snapshot_from)
            snapshot_ = detail::read_snapshot(tx, context.books, today);
        else
            detail::learn_series(tx);
    }
    Decision decide(const ReceiptFacts& facts) {
        stored_.forget();
        auto decision = cash::decide(facts, lookup(), settings_);
        after_earlier_money(decision);
        if (decision.outcome == Outcome::question && asks_) detail::ask_decider(facts, lookup(), settings_, decision, deciders_);
        return decision;
    }
    void tell_deciders() const {
        if (!deciders_.empty() && settings_.decider_ran) settings_.decider_ran(deciders_);
    }
    /// Customers whose earlier money waits for a person's answer: what would be oldest after it, nobody knows.
    void asked(const Decision& decision) {
        if (decision.customer) in_question_.insert(*decision.customer);
        for (const auto& proposal : decision.proposals)
            if (proposal.customer) in_question_.insert(*proposal.customer);
    }
    /// Deciding needs nothing but memory, so that a second thread may do it.
    bool in_memory() const { return snapshot_.has_value() && !asks_; }
    const Lookup& lookup() const { return snapshot_ ? static_cast<const Lookup&>(*snapshot_) : stored_; }

    /// What the ledger has done, for the rest of the run.
    void follow(const Decision& decision, const ReceiptRow& row) {
        if (!snapshot_ || decision.outcome != Outcome::apply) return;
        for (const auto& share : decision.applications) {
            const auto before = snapshot_->find(share.item);
            if (!before) continue;
            const auto closed = share.amount.units() + share.discount + share.bank_charge + share.withholding + share.deduction +
                                std::max<std::int64_t>(share.tolerance, 0);
            snapshot_->set_residual(share.item, before->residual - closed);
            snapshot_->set_settlement(share.item, {row.receipt.number + " of " + to_text(row.receipt.value_date), decision.stage, decision.confidence, today_});
        }
        if (decision.advice) snapshot_->join_advice(*decision.advice);
    }
    void reopened(OpenItemId item) {
        if (!snapshot_) return;
        if (const auto now = ledger::item(tx_, item)) snapshot_->set_residual(item, now->residual.units());
    }

  private:
    void after_earlier_money(Decision& decision) const {
        if (decision.outcome != Outcome::apply || decision.stage != name_of(Rule::oldest_first) || !decision.customer || !in_question_.contains(*decision.customer)) return;
        decision.outcome = Outcome::question;
        decision.proposals = {{.customer = decision.customer, .customer_number = {}, .items = std::move(decision.applications), .confidence = 90,
                               .evidence = {decision.reason}, .against = {"an earlier receipt of this customer waits for an answer"},
                               .stage = decision.stage, .doubt_ppm = 100'000}};
        if (const auto view = lookup().customer(*decision.customer)) decision.proposals.front().customer_number = view->number;
        decision.applications.clear();
        decision.stage.clear();
        decision.doubt_ppm = 100'000;
        decision.doubt_ppb = 100'000'000;
        decision.reason = "the oldest items are paid first, but an earlier receipt of this customer waits for an answer";
    }
    std::set<CustomerId> in_question_;
    DeciderRuns deciders_;
    store::Tx& tx_;
    const ledger::Context& context_;
    const Settings& settings_;
    const bool asks_;                    ///< a decider plugin; said once, since plugins may be loaded meanwhile
    const Date today_;
    detail::BooksLookup stored_;
    std::optional<Snapshot> snapshot_;
};

/// Undoes, in the open, what weaker facts had applied to the items that a stronger one names. Their receipts wait again.
Status move_earlier(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const Decision& decision, Date date, Run& run,
                    std::deque<OpenItemId>& again, const audit::Actor& by, MatchSummary& summary) {
    for (const auto item : decision.reopen) {
        for (const auto& application : ledger::applications(tx, {}, item)) {
            if (application.undone || application.debit != item || application.by != "cash") continue;
            const auto earlier = detail::row(tx, application.credit);
            const auto reason = row.receipt.number + " names " + application.debit_document + " itself; " +
                                (earlier ? earlier->receipt.number : application.credit_document) + " had been applied to it by " + application.stage;
            OWED_TRY([[maybe_unused]] auto undone, ledger::unapply(tx, context, application.id, date, {"cash", row.receipt.number}, reason, "cash"));
            if (earlier) {
                detail::update(tx, *earlier, reason, {});
                again.push_back(earlier->receipt.id);
                audit::Act act;
                act.actor = by;
                act.entity = row.receipt.entity;
                act.action = "cash.move";
                act.object_kind = "application";
                act.object_id = std::to_string(application.id.value);
                act.reason = reason;
                OWED_TRY_VOID(audit::append(tx, context.clock, act));
            }
            ++summary.moved;
        }
        run.reopened(item);
    }
    return {};
}

/// More than is open was paid: what is left is the customer's credit on purpose, or the next run would look for a use.
bool leaves_credit(const ReceiptRow& row, const Decision& decision) {
    auto left = row.receipt.unapplied.units();
    for (const auto& share : decision.applications) left -= share.amount.units() + std::max<std::int64_t>(-share.tolerance, 0);
    return left > 0;
}

std::string refund_text(const ReceiptRow& row, const Decision& decision, const Settings& settings) {
    auto left = row.receipt.unapplied.units();
    for (const auto& share : decision.applications) left -= share.amount.units() + std::max<std::int64_t>(-share.tolerance, 0);
    const auto review = settings.refund_review.find(row.receipt.amount.currency().text());
    if (review == settings.refund_review.end() || left <= review->second) return {};
    return "paid too much: " + to_text(Money::minor(left, row.receipt.amount.currency())) + " " +
           std::string{row.receipt.amount.currency().text()} + " is left on account; propose a refund?";
}

/// Carries a decision out. Answers whether anything changed.
Result<bool> carry_out(store::Tx& tx, const ledger::Context& context, const Settings& settings, const ReceiptRow& row, const Decision& decision,
                       const std::string& evidence, Run& run, std::deque<OpenItemId>& again, const audit::Actor& by, MatchSummary& summary) {
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    switch (decision.outcome) {
        case Outcome::not_receivable: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::mark_not_receivable(tx, context, row.receipt.id, date,
                                                                              {"cash", row.receipt.number}, decision.reason));
            return detail::update(tx, row, {}, {}, State::not_receivable, evidence);
        }
        case Outcome::agency_transfer: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::settle_agency_transfer(tx, context, row.receipt.id, date,
                                                                                 {"cash", row.receipt.number}, decision.reason));
            return detail::update(tx, row, {}, {}, State::applied, evidence);
        }
        case Outcome::apply: {
            OWED_TRY_VOID(move_earlier(tx, context, row, decision, date, run, again, by, summary));
            OWED_TRY_VOID(detail::identify(tx, context, row, *decision.customer, date, decision.reason));
            OWED_TRY_VOID(detail::post_shares(tx, context, row, decision.applications,
                                              {decision.stage, decision.reason, "cash", "cash", decision.confidence}, date));
            if (decision.advice) tx.query("UPDATE cash_advice SET receipt = ? WHERE id = ?").bind(row.receipt.id.value, *decision.advice).run();
            if (leaves_credit(row, decision))
                return detail::update(tx, row, refund_text(row, decision, settings), {}, State::on_account, evidence);
            return detail::update(tx, row, {}, {}, {}, evidence);
        }
        case Outcome::on_account:
            OWED_TRY_VOID(detail::identify(tx, context, row, *decision.customer, date, decision.reason));
            return detail::update(tx, row, decision.reason, decision.proposals, State::on_account, evidence);
        case Outcome::waits:
            OWED_TRY_VOID(detail::identify(tx, context, row, *decision.customer, date, decision.reason));
            return detail::update(tx, row, {}, {}, {}, evidence);
        case Outcome::question:
            if (decision.customer) OWED_TRY_VOID(detail::identify(tx, context, row, *decision.customer, date, decision.reason));
            return detail::update(tx, row, decision.reason, decision.proposals, {}, evidence);
    }
    return fail(Errc::internal, "a decision without outcome");
}

std::deque<OpenItemId> waiting(store::Db& db) {
    std::deque<OpenItemId> ids;
    auto query = db.query("SELECT item FROM receipt WHERE state = 'queued' OR state = 'unidentified' OR state = 'partly' ORDER BY item");
    while (query.step()) ids.emplace_back(OpenItemId{query.integer(0)});
    return ids;
}

Date latest_today(const ledger::Context& context) {
    Date today = Date::from_days(0);
    for (const auto& entity : context.books.entities()) today = std::max(today, entity.today(context.clock.now()));
    return today;
}

/// A run of match_waiting.
class Matching {
  public:
    Matching(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by, std::deque<OpenItemId> ids)
        : tx_{tx}, context_{context}, settings_{settings}, by_{by}, ids_{std::move(ids)}, run_{tx, context, settings, latest_today(context), ids_.size()} {}

    Result<MatchSummary> all() {
        const auto done = run_.in_memory() && settings_.beside ? decided_ahead() : one_by_one();
        run_.tell_deciders();
        OWED_TRY_VOID(done);
        if (changed_) OWED_TRY_VOID(audit_run());
        return summary_;
    }

  private:
    Status one_by_one() {
        while (!ids_.empty()) {
            const auto one = decide(next_row());
            OWED_TRY_VOID(settle(one));
            run_.follow(one.decision, one.row);
        }
        return {};
    }

    /// Decisions run ahead by some batches, so that neither thread waits for the other where the machine is busy. One that takes back
    /// earlier applications stops them: the books in memory follow it first, and receipts after it may read otherwise then.
    Status decided_ahead() {
        constexpr std::size_t batch_rows = 64, batches_ahead = 6;
        std::deque<OpenItemId> handed_over;
        detail::Ahead ahead{settings_.beside, [this](ReceiptRow row) {
            auto one = decide(std::move(row));
            one.stops = !one.decision.reopen.empty();
            if (!one.stops) run_.follow(one.decision, one.row);
            return one;
        }};
        while (!ids_.empty() || !handed_over.empty()) {
            while (!ids_.empty() && handed_over.size() < batch_rows * batches_ahead) {
                std::vector<ReceiptRow> rows;
                while (!ids_.empty() && rows.size() < batch_rows) {
                    handed_over.push_back(ids_.front());
                    rows.push_back(next_row());
                }
                ahead.hand_over(std::move(rows));
            }
            for (const auto& one : ahead.next()) {
                handed_over.pop_front();
                OWED_TRY_VOID(settle(one));
                if (!one.stops) continue;
                run_.follow(one.decision, one.row);
                ids_.insert(ids_.begin(), handed_over.begin(), handed_over.end());
                handed_over.clear();
                ahead.go_on();
            }
        }
        return {};
    }

    ReceiptRow next_row() {
        auto row = detail::row(tx_, ids_.front());
        ids_.pop_front();
        OWED_CHECK(row.has_value(), "a waiting receipt is there");
        return std::move(*row);
    }

    detail::Decided decide(ReceiptRow row) {
        auto decision = run_.decide(detail::facts_of(row));
        if (decision.outcome == Outcome::question) run_.asked(decision);
        auto evidence = evidence_json(decision);
        return {std::move(row), std::move(decision), std::move(evidence)};
    }

    Status settle(const detail::Decided& one) {
        std::deque<OpenItemId> again;
        OWED_TRY(auto differs, carry_out(tx_, context_, settings_, one.row, one.decision, one.evidence, run_, again, by_, summary_));
        for (const auto id : again)
            if (moved_.insert(id).second) ids_.push_back(id);   // each once: two receipts cannot chase each other
        changed_ = changed_ || differs;
        count(one.decision.outcome);
        return {};
    }

    void count(Outcome outcome) {
        ++summary_.looked_at;
        switch (outcome) {
            case Outcome::apply:
            case Outcome::agency_transfer: ++summary_.applied; break;
            case Outcome::on_account: ++summary_.on_account; break;
            case Outcome::waits: ++summary_.waiting; break;
            case Outcome::question: ++summary_.questions; break;
            case Outcome::not_receivable: ++summary_.not_receivable; break;
        }
    }

    Status audit_run() {
        audit::Act act;
        act.actor = by_;
        act.action = "cash.match";
        act.object_kind = "receipts";
        act.object_id = std::to_string(summary_.looked_at);
        act.reason = std::to_string(summary_.applied) + " applied, " + std::to_string(summary_.questions) + " questions, " +
                     std::to_string(summary_.not_receivable) + " not receivable";
        return audit::append(tx_, context_.clock, act);
    }

    store::Tx& tx_;
    const ledger::Context& context_;
    const Settings& settings_;
    const audit::Actor& by_;
    std::deque<OpenItemId> ids_;
    Run run_;
    std::set<OpenItemId> moved_;
    MatchSummary summary_;
    bool changed_ = false;
};

}  // namespace

Result<MatchSummary> match_waiting(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by) {
    auto ids = waiting(tx);
    if (ids.empty()) return MatchSummary{};
    return Matching{tx, context, settings, by, std::move(ids)}.all();
}

Decision preview(store::Tx& tx, const ledger::Context& context, const Settings& settings, OpenItemId receipt) {
    const auto row = detail::row(tx, receipt);
    OWED_CHECK(row.has_value(), "the receipt is there");
    return Run{tx, context, settings, latest_today(context), 1}.decide(detail::facts_of(*row));
}

}  // namespace owed::cash
