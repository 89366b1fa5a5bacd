#include "cash/detail/matching.hpp"

#include <algorithm>
#include <unordered_map>

namespace owed::cash::detail {
namespace {

Date latest_today(const ledger::Context& context) {
    Date today = Date::from_days(0);
    for (const auto& entity : context.books.entities()) today = std::max(today, entity.today(context.clock.now()));
    return today;
}

}  // namespace

// ---------------------------------------------------------------- the books

RunBooks::RunBooks(store::Tx& tx, const ledger::Context& context, const Settings& settings)
    : tx_{tx}, context_{context}, settings_{settings}, asks_{settings.decider && (!settings.has_decider || settings.has_decider())},
      today_{latest_today(context)}, stored_{tx, context.books, today_} {}

void RunBooks::expect(std::size_t receipts) {
    if (snapshot_) return;
    if (receipts >= settings_.snapshot_from)
        snapshot_ = read_snapshot(tx_, context_.books, today_);
    else
        learn_series(tx_);
}

Decision RunBooks::decide(const ReceiptFacts& facts) {
    stored_.forget();
    auto decision = cash::decide(facts, lookup(), settings_);
    after_earlier_money(decision);
    if (decision.outcome == Outcome::question && asks_) ask_decider(facts, lookup(), settings_, decision, deciders_);
    if (decision.outcome == Outcome::question) asked(decision);
    return decision;
}

void RunBooks::tell_deciders() const {
    if (!deciders_.empty() && settings_.decider_ran) settings_.decider_ran(deciders_);
}

void RunBooks::asked(const Decision& decision) {
    if (decision.customer) in_question_.insert(*decision.customer);
    for (const auto& proposal : decision.proposals)
        if (proposal.customer) in_question_.insert(*proposal.customer);
}

void RunBooks::follow(const Decision& decision, const ReceiptRow& row) {
    if (!snapshot_ || decision.outcome != Outcome::apply) return;
    for (const auto& share : decision.applications) {
        const auto before = snapshot_->find(share.item);
        if (!before) continue;
        const auto closed = share.amount.units() + share.discount + share.bank_charge + share.withholding + share.deduction +
                            std::max<std::int64_t>(share.tolerance, 0);
        snapshot_->set_residual(share.item, before->residual - closed);
        snapshot_->set_settlement(share.item, {row.receipt.number + " of " + to_text(today_), decision.stage, decision.confidence, today_});
    }
    if (decision.advice) snapshot_->join_advice(*decision.advice);
}

bool RunBooks::reopened(OpenItemId item) {
    if (!snapshot_) return true;
    const auto now = ledger::item(tx_, item);
    if (!now || !snapshot_->find(item)) return false;
    snapshot_->set_residual(item, now->residual.units());
    return true;
}

void RunBooks::after_earlier_money(Decision& decision) const {
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

// ---------------------------------------------------------------- the run

namespace {
/// Decisions run ahead by some batches, so that neither thread waits for the other where the machine is busy.
constexpr std::size_t batch_rows = 64, batches_ahead = 6;
}  // namespace

Matching::Matching(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by)
    : acting_{tx, context, settings, by, [this](OpenItemId item) { books_.reopened(item); }}, books_{tx, context, settings} {}

void Matching::add(ReceiptRow incoming) {
    const auto id = incoming.receipt.id;
    queue_.push_back({id, std::move(incoming)});
}

Status Matching::work(bool to_the_end) {
    if (queue_.empty() && handed_over_.empty()) return {};
    books_.expect(queue_.size());
    return books_.in_memory() && acting_.settings.beside ? decided_ahead(to_the_end) : one_by_one();
}

void Matching::changed_elsewhere(OpenItemId item) {
    if (!books_.reopened(item)) books_.forget();
}

Status Matching::one_by_one() {
    while (!queue_.empty()) {
        const auto one = decide(next_row());
        OWED_TRY_VOID(settle(one));
        books_.follow(one.decision, one.row);
    }
    return {};
}

Status Matching::decided_ahead(bool to_the_end) {
    if (!ahead_)
        ahead_.emplace(acting_.settings.beside, [this](ReceiptRow row) {
            auto one = decide(std::move(row));
            one.stops = !one.decision.reopen.empty();
            if (!one.stops) books_.follow(one.decision, one.row);
            return one;
        });
    while (true) {
        while (queue_.size() >= (to_the_end ? 1 : batch_rows) && handed_over_.size() < batch_rows * batches_ahead) hand_over();
        const bool far_enough = to_the_end ? handed_over_.empty() : handed_over_.size() < batch_rows * batches_ahead;
        if (far_enough) return {};
        OWED_TRY_VOID(settle_batch());
    }
}

void Matching::hand_over() {
    std::vector<ReceiptRow> rows;
    rows.reserve(batch_rows);
    while (!queue_.empty() && rows.size() < batch_rows) {
        handed_over_.push_back(queue_.front().id);
        rows.push_back(next_row());
    }
    ahead_->hand_over(std::move(rows));
}

/// A decision that takes back earlier applications stops those after it: the books in memory follow it first, and receipts after it
/// may read otherwise then.
Status Matching::settle_batch() {
    for (const auto& one : ahead_->next()) {
        handed_over_.pop_front();
        OWED_TRY_VOID(settle(one));
        if (!one.stops) continue;
        books_.follow(one.decision, one.row);
        std::unordered_map<std::int64_t, ReceiptRow> back;
        for (auto& row : ahead_->go_on())
            if (row.unposted) back.emplace(row.receipt.id.value, std::move(row));
        while (!handed_over_.empty()) {
            const auto id = handed_over_.back();
            const auto incoming = back.find(id.value);
            queue_.push_front(incoming == back.end() ? Next{id, {}} : Next{id, std::move(incoming->second)});
            handed_over_.pop_back();
        }
    }
    return {};
}

ReceiptRow Matching::next_row() {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    if (next.incoming) return std::move(*next.incoming);
    auto waiting = row(acting_.tx, next.id);
    OWED_CHECK(waiting.has_value(), "a waiting receipt is there");
    return std::move(*waiting);
}

Decided Matching::decide(ReceiptRow row) {
    auto decision = books_.decide(facts_of(row));
    auto evidence = evidence_json(decision);
    return {std::move(row), std::move(decision), std::move(evidence)};
}

Status Matching::settle(const Decided& one) {
    OWED_TRY(const auto done, carry_out(acting_, one));
    for (const auto id : done.again)
        if (moved_.insert(id).second) add(id);   // each once: two receipts cannot chase each other
    summary_.moved += done.moved;
    changed_ = changed_ || done.changed;
    count(one.decision.outcome);
    return {};
}

void Matching::count(Outcome outcome) {
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

Result<MatchSummary> Matching::end() {
    books_.tell_deciders();
    if (changed_) OWED_TRY_VOID(audit_run());
    return summary_;
}

Status Matching::audit_run() {
    audit::Act act;
    act.actor = acting_.by;
    act.action = "cash.match";
    act.object_kind = "receipts";
    act.object_id = std::to_string(summary_.looked_at);
    act.reason = std::to_string(summary_.applied) + " applied, " + std::to_string(summary_.questions) + " questions, " +
                 std::to_string(summary_.not_receivable) + " not receivable";
    return audit::append(acting_.tx, acting_.context.clock, act);
}

}  // namespace owed::cash::detail
