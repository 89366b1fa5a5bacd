// A dunning run, end to end: decide, record, and per customer decide again, render, reserve, send, record. Each step
// commits by itself, so a run that is cut short anywhere goes on where it stood, and sends nothing twice.
#include <algorithm>
#include <functional>

#include "jobs/detail/compose.hpp"

namespace owed::jobs {
namespace {

using collect::Decision;
using collect::Verdict;

Result<std::vector<Decision>> decide_all(store::Db& db, const DunningSetup& setup, const std::string& entity, Date as_of,
                                         std::optional<CustomerId> only = {}) {
    std::vector<Decision> decisions;
    for (const auto& customer : collect::snapshot(db, setup.ledger.books, entity, as_of, cash::items_in_question(db), only)) {
        const auto* policy = collect::policy_for(setup.policies, customer.segment);
        if (policy == nullptr) continue;
        decisions.push_back(collect::decide(*policy, customer, as_of));
    }
    return decisions;
}

/// Hashes of all policies that decided something: what the run was made under, and what must be approved.
std::string policy_hashes(const DunningSetup& setup) {
    std::string joined;
    for (const auto& policy : setup.policies) joined += (joined.empty() ? "" : ",") + policy.content_hash;
    return joined;
}

bool policies_approved(store::Db& db, const DunningSetup& setup) {
    return std::all_of(setup.policies.begin(), setup.policies.end(), [&](auto& policy) {
        return audit::is_approved(db, "policy", policy.name, policy.content_hash);
    });
}

/// Why the run must be held: the bank's data is older than a policy allows (SIMULATION I28). Empty: go on.
std::string held_because(store::Db& db, const DunningSetup& setup, const std::string& entity, Date as_of) {
    int limit = 0;
    for (const auto& policy : setup.policies)
        if (policy.hold_without_bank_days > 0 && (limit == 0 || policy.hold_without_bank_days < limit)) limit = policy.hold_without_bank_days;
    if (limit == 0) return {};
    const auto last = setup.last_bank_day(db, entity);
    if (last && days_between(*last, as_of) <= limit) return {};
    return (last ? "the last bank statement of " + entity + " is of " + to_text(*last) : "there is no bank statement of " + entity) +
           ", and nobody is chased on bank data older than " + std::to_string(limit) + " days";
}

class Running {
  public:
    Running(store::Store& store, const DunningSetup& setup, const audit::Actor& by, DunningOutcome& outcome)
        : store_{store}, setup_{setup}, by_{by}, outcome_{outcome} {}

    Status all() {
        for (const auto& decision : outcome_.decisions)
            if (decision.verdict == Verdict::notice) OWED_TRY_VOID(one(decision));
        return store_.write([&](store::Tx& tx) {
            return collect::finish_run(tx, outcome_.run.id, outcome_.problems.empty() ? "done" : "approved", summary());
        });
    }

    /// Sends what is reserved and records the outcome with its consequences.
    Status deliver(NoticeId id, const Decision& decision, Date on) {
        std::optional<notify::Outgoing> out;
        OWED_TRY_VOID(store_.read([&](store::Db& db) -> Status {
            out = notify::outgoing(db, id);
            return {};
        }));
        OWED_CHECK(out.has_value(), "a reserved notice is there");
        const auto receipt = send(*out, decision.entity);
        return store_.write([&](store::Tx& tx) -> Status {
            OWED_TRY(auto state, notify::record_outcome(tx, setup_.ledger.clock, id, receipt));
            count(state);
            return consequences(tx, id, state, decision, on);
        });
    }

    /// What an outcome changes besides the notice itself.
    Status consequences(store::Tx& tx, NoticeId id, notify::State state, const Decision& decision, Date on) {
        if (state == notify::State::sent) {
            // A notice sent late counts from the day it went out: the gap to the next one is the recipient's (I24).
            OWED_TRY(const auto* entity, setup_.ledger.books.entity(decision.entity));
            OWED_TRY_VOID(collect::record_sent(tx, decision, std::max(on, entity->today(setup_.ledger.clock.now()))));
            if (decision.channel == collect::Channel::agency)
                OWED_TRY_VOID(collect::record_placed(tx, setup_.ledger.clock, decision, detail::notice_number(decision, on), on));
        } else if (state == notify::State::refused || state == notify::State::withdrawn) {
            OWED_TRY_VOID(collect::set_notice_under_way(tx, decision.customer, false));
            OWED_TRY_VOID(reverse_fee(tx, id, decision));
        }
        return {};
    }

  private:
    Status one(const Decision& planned) {
        const auto as_of = outcome_.run.as_of;
        std::optional<notify::NewNotice> notice;
        std::optional<Error> problem;
        OWED_TRY_VOID(store_.read([&](store::Db& db) -> Status {
            auto made = detail::compose(db, setup_, planned, as_of);
            if (made)
                notice = std::move(*made);
            else
                problem = made.error();
            return {};
        }));
        if (problem) {
            outcome_.problems.push_back(planned.customer_number + ": " + to_text(*problem));
            setup_.log.error("jobs", "no notice for customer " + planned.customer_number + " of " + planned.entity + ": " + to_text(*problem));
            return {};
        }
        OWED_TRY(auto reserved, reserve(planned, std::move(*notice), as_of));
        if (!reserved) return {};
        return deliver(*reserved, planned, as_of);
    }

    /// The commit that makes a send possible. It decides again on what is true now: a payment, a hold or another notice that
    /// came in between takes the customer out (SIMULATION I20, I21).
    Result<std::optional<NoticeId>> reserve(const Decision& planned, notify::NewNotice notice, Date as_of) {
        std::optional<NoticeId> id;
        bool written_before = false;
        notice.run = outcome_.run.id;
        auto done = store_.write([&](store::Tx& tx) -> Status {
            OWED_TRY(auto now, decide_all(tx, setup_, planned.entity, as_of, planned.customer));
            if (now.empty() || now.front().fingerprint != planned.fingerprint || !still_reaches(tx, planned, notice)) {
                ++outcome_.changed;
                return {};
            }
            if (planned.fee) {
                OWED_TRY(notice.fee_item, post_fee(tx, planned, as_of));
            }
            auto reserved = notify::reserve(tx, setup_.ledger.clock, notice);
            written_before = !reserved && reserved.error().code == Errc::already_exists;
            if (!reserved) return fail(std::move(reserved).error());
            id = *reserved;
            return collect::set_notice_under_way(tx, planned.customer, true);
        });
        // A notice of this date that was refused or withdrawn is not written a second time.
        if (written_before) return std::optional<NoticeId>{};
        if (!done) return fail(std::move(done).error());
        return id;
    }

    /// The address is the one that holds now, not the one the message was made for a moment ago (I25).
    static bool still_reaches(store::Db& db, const Decision& planned, const notify::NewNotice& notice) {
        if (notice.delivery.recipients.empty()) return true;
        const auto customer = parties::find(db, planned.customer);
        return customer && notice.delivery.recipients == std::vector{customer->customer.email};
    }

    Result<OpenItemId> post_fee(store::Tx& tx, const Decision& decision, Date as_of) {
        const auto number = "F-" + detail::notice_number(decision, as_of);
        ledger::PostDocument fee{.entity = decision.entity, .customer = decision.customer, .kind = ledger::ItemKind::finance_charge,
                                 .document = number, .document_date = as_of, .due_date = as_of.plus_days(decision.deadline_days),
                                 .posting_date = as_of, .amount = *decision.fee, .tax = {}, .open = {}, .functional = {}, .opening = false,
                                 .payment_reference = {}, .order = {}, .cause = {"dunning", detail::notice_key(decision, as_of)},
                                 .reason = "fee of dunning level " + std::to_string(decision.level), .event_key = "fee/" + detail::notice_key(decision, as_of)};
        OWED_TRY(auto posted, ledger::post_document(tx, setup_.ledger, fee));
        return posted.item;
    }

    /// A notice that was refused for good never reached anybody: its fee goes back.
    Status reverse_fee(store::Tx& tx, NoticeId id, const Decision& decision) {
        const auto notice = notify::notice(tx, id);
        if (!notice || !notice->fee_item) return {};
        const auto item = ledger::item(tx, *notice->fee_item);
        if (!item || item->residual.is_zero()) return {};
        OWED_TRY(const auto* entity, setup_.ledger.books.entity(decision.entity));
        const auto today = entity->today(setup_.ledger.clock.now());
        const auto amount = item->residual;
        ledger::Entry entry{.entity = decision.entity, .posting_date = today, .document_date = today, .cause = {"notice", std::to_string(id.value)},
                            .reason = "fee " + item->document + " goes back: its notice never went out", .event_key = "fee-back/" + std::to_string(id.value),
                            .lines = {{entity->chart.at(ledger::Role::fee_income).code, amount, amount, {}},
                                      {entity->chart.at(ledger::Role::receivable).code, amount.negated(), amount.negated(), item->id}},
                            .reverses = {}};
        OWED_TRY([[maybe_unused]] auto posted, ledger::post(tx, setup_.ledger, entry));
        return {};
    }

    SendReceipt send(const notify::Outgoing& out, const std::string& entity) {
        auto* connector = setup_.hosts.sender_for(out.channel, entity);
        if (connector == nullptr)
            return {SendState::retry, {}, "no connector sends by " + out.channel + " for " + entity + "; configure one", 3'600'000};
        auto receipt = connector->send(out.delivery);
        if (receipt) return *receipt;
        // An Error is about the time before any byte left, unless it says that nobody knows.
        const auto unsure = receipt.error().code == Errc::unknown_outcome || receipt.error().code == Errc::plugin_crashed ||
                            receipt.error().code == Errc::timed_out || receipt.error().code == Errc::plugin_bug;
        const auto never = receipt.error().code == Errc::data || receipt.error().code == Errc::permanent || receipt.error().code == Errc::invalid_argument;
        return {unsure ? SendState::unknown : never ? SendState::refused : SendState::retry, {}, to_text(receipt.error()), 0};
    }

    void count(notify::State state) {
        if (state == notify::State::sent) ++outcome_.sent;
        if (state == notify::State::refused) ++outcome_.refused;
        if (state == notify::State::unknown) ++outcome_.unknown;
        if (state == notify::State::retry) ++outcome_.retry;
    }

    std::string summary() const {
        auto text = std::to_string(outcome_.sent) + " sent, " + std::to_string(outcome_.refused) + " refused, " +
                    std::to_string(outcome_.unknown) + " unknown, " + std::to_string(outcome_.retry) + " to retry, " +
                    std::to_string(outcome_.changed) + " no longer due";
        if (!outcome_.problems.empty())
            text += ", " + std::to_string(outcome_.problems.size()) + " could not be written (" + outcome_.problems.front() + ")";
        return text;
    }

    store::Store& store_;
    const DunningSetup& setup_;
    const audit::Actor& by_;
    DunningOutcome& outcome_;
};

/// The decision behind a stored notice, as far as its consequences need it.
Decision decision_of(const notify::Notice& notice, const std::string& customer_number) {
    Decision decision{.customer = notice.customer, .customer_number = customer_number, .entity = notice.entity, .verdict = Verdict::notice,
                      .level = notice.level, .channel = collect::channel_named(notice.channel).value_or(collect::Channel::email),
                      .language = notice.language, .template_name = {}, .currency = notice.total.currency(), .items = {},
                      .amount = notice.total, .fee = {}, .deadline_days = 0, .stops = {}, .reason = {}, .policy = {}, .policy_hash = {}, .fingerprint = {}};
    for (const auto& item : notice.items)
        decision.items.push_back({.item = item.item, .document = item.document, .document_date = {}, .due_date = {},
                                  .days_overdue = item.days_overdue, .original = item.residual, .residual = item.residual, .level = item.level});
    return decision;
}

std::string customer_number(store::Db& db, CustomerId id) {
    const auto row = parties::find(db, id);
    return row ? row->customer.number : std::string{};
}

/// The date in "dun/emea/10004/2026-03-31": what the run stood for, also when the send comes a day later.
Date date_of(const notify::Notice& notice) {
    const auto slash = notice.key.rfind('/');
    auto date = parse_date(slash == std::string::npos ? notice.key : notice.key.substr(slash + 1));
    return date ? *date : Date{};
}

}  // namespace

Result<std::vector<Decision>> preview_dunning(store::Store& store, const DunningSetup& setup, const std::string& entity, Date as_of) {
    OWED_TRY([[maybe_unused]] const auto* known, setup.ledger.books.entity(entity));
    std::vector<Decision> decisions;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        OWED_TRY(decisions, decide_all(db, setup, entity, as_of));
        return {};
    }));
    return decisions;
}

Result<DunningOutcome> run_dunning(store::Store& store, const DunningSetup& setup, const std::string& entity, Date as_of,
                                   const audit::Actor& by) {
    OWED_TRY([[maybe_unused]] const auto* known, setup.ledger.books.entity(entity));
    DunningOutcome outcome;
    OWED_TRY_VOID(store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(outcome.decisions, decide_all(tx, setup, entity, as_of));
        auto reason = held_because(tx, setup, entity, as_of);
        auto state = std::string{"approved"};
        if (!reason.empty()) {
            state = "held";
        } else if (!policies_approved(tx, setup)) {
            state = "awaiting_approval";
            reason = "a policy is new or was changed; a second person looks at owectl dunning preview and approves the run";
        }
        OWED_TRY(auto started, collect::start_run(tx, setup.ledger.clock, by, entity, as_of, outcome.decisions, state, policy_hashes(setup), reason));
        outcome.run = started.run;
        outcome.repeated = started.repeated;
        return {};
    }));
    if (outcome.run.state != "approved") return outcome;
    return continue_dunning(store, setup, outcome.run.id, by);
}

Result<DunningOutcome> continue_dunning(store::Store& store, const DunningSetup& setup, DunningRunId id, const audit::Actor& by) {
    DunningOutcome outcome;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        const auto run = collect::run(db, id);
        if (!run) return fail(Errc::not_found, "there is no dunning run " + std::to_string(id.value), {}, "see owectl dunning runs");
        outcome.run = *run;
        // An approval is of the policies as they were then (I34).
        if (run->state == "approved" && run->policy_hash != policy_hashes(setup) && !policies_approved(db, setup))
            return fail(Errc::approval_required, "the policies were changed since run " + std::to_string(id.value) + " was decided", {},
                        "approve the policies, or start a run for another date");
        OWED_TRY(outcome.decisions, decide_all(db, setup, run->entity, run->as_of));
        return {};
    }));
    if (outcome.run.state != "approved")
        return fail(Errc::approval_required, "run " + std::to_string(id.value) + " is " + outcome.run.state + ", not approved");
    Running running{store, setup, by, outcome};
    OWED_TRY_VOID(running.all());
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        outcome.run = *collect::run(db, id);
        return {};
    }));
    return outcome;
}

Status resolve_notice(store::Store& store, const DunningSetup& setup, const audit::Actor& by, NoticeId id, bool was_sent,
                      std::string_view why) {
    DunningOutcome outcome;
    Running running{store, setup, by, outcome};
    return store.write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(notify::resolve(tx, setup.ledger.clock, by, id, was_sent, why));
        const auto notice = notify::notice(tx, id);
        OWED_CHECK(notice.has_value(), "the notice just resolved is there");
        if (!was_sent) return {};
        return running.consequences(tx, id, notify::State::sent, decision_of(*notice, customer_number(tx, notice->customer)), date_of(*notice));
    });
}

namespace {

/// Asks the receiver about an unknown outcome. Where it can tell, its answer settles it; otherwise a person decides.
Status ask(store::Store& store, const DunningSetup& setup, Running& running, const notify::Notice& notice) {
    auto* connector = setup.hosts.sender_for(notice.channel, notice.entity);
    if (connector == nullptr) return {};
    std::optional<Delivery> delivery;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        delivery = notify::archived(db, notice.id);
        return {};
    }));
    OWED_CHECK(delivery.has_value(), "a notice has what was sent");
    OWED_TRY(const auto found, connector->lookup(delivery->key));
    if (!found || found->state == SendState::unknown) return {};
    return store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(auto state, notify::record_outcome(tx, setup.ledger.clock, notice.id, *found));
        return running.consequences(tx, notice.id, state, decision_of(notice, customer_number(tx, notice.customer)), date_of(notice));
    });
}

/// What stops a notice that waits for another attempt: for now (with a day), or for good. What it says must still be true,
/// and nothing may have come up since that stops a notice (SIMULATION I20, I21).
std::optional<collect::Stop> stop_of(store::Db& db, const DunningSetup& setup, const notify::Notice& notice) {
    const auto changed = [](const std::string& document) { return collect::Stop{"changed", {}, document + " was paid or changed since"}; };
    for (const auto& item : notice.items)
        if (const auto now = ledger::item(db, item.item); !now || now->residual != item.residual) return changed(item.document);
    const auto today = setup.ledger.books.find(notice.entity)->today(setup.ledger.clock.now());
    for (auto customer : collect::snapshot(db, setup.ledger.books, notice.entity, today, cash::items_in_question(db), notice.customer)) {
        const auto* policy = collect::policy_for(setup.policies, customer.segment);
        if (policy == nullptr) return collect::Stop{"no_policy", {}, "no policy is for this customer any more"};
        customer.notice_under_way = false;  // that is this one
        const auto decision = collect::decide(*policy, customer, today);
        if (decision.verdict == Verdict::stop && !decision.stops.empty()) return decision.stops.front();
        if (decision.verdict != Verdict::notice) continue;
        for (const auto& item : notice.items)
            if (std::none_of(decision.items.begin(), decision.items.end(), [&](auto& one) { return one.item == item.item; }))
                return decision.stops.empty() ? changed(item.document) : decision.stops.front();
    }
    return {};
}

/// Another attempt of a notice in retry, or its withdrawal.
Status again(store::Store& store, const DunningSetup& setup, const audit::Actor& by, Running& running, NoticeId id) {
    std::optional<notify::Notice> notice;
    std::optional<collect::Stop> stop;
    std::string number;
    auto done = store.write([&](store::Tx& tx) -> Status {
        notice = notify::notice(tx, id);
        OWED_CHECK(notice.has_value(), "a notice in retry is there");
        number = customer_number(tx, notice->customer);
        stop = stop_of(tx, setup, *notice);
        if (!stop) return notify::reserve_again(tx, setup.ledger.clock, id);
        if (stop->until) return {};  // a quiet day ends by itself
        OWED_TRY_VOID(notify::withdraw(tx, setup.ledger.clock, by, id, stop->why));
        return running.consequences(tx, id, notify::State::withdrawn, decision_of(*notice, number), date_of(*notice));
    });
    if (!done || stop) return done;
    return running.deliver(id, decision_of(*notice, number), date_of(*notice));
}

}  // namespace

Status run_outbox(store::Store& store, const DunningSetup& setup) {
    const audit::Actor by{audit::Actor::Kind::job, "outbox", "outbox", {}, {}};
    DunningOutcome outcome;
    Running running{store, setup, by, outcome};
    const auto tell = [&](NoticeId id, const Status& done) {
        if (!done) setup.log.error("jobs", "notice " + std::to_string(id.value) + ": " + to_text(done.error()));
    };
    std::vector<notify::Notice> unknown;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        unknown = notify::notices(db, notify::State::unknown);
        return {};
    }));
    for (const auto& notice : unknown) tell(notice.id, ask(store, setup, running, notice));
    std::vector<NoticeId> retries;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        retries = notify::due_for_retry(db, setup.ledger.clock.now());
        return {};
    }));
    for (auto id : retries) tell(id, again(store, setup, by, running, id));
    return {};
}

}  // namespace owed::jobs
