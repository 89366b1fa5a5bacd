// The dunning decision: a pure function from policy, snapshot and date to one decision with its reasons.
#include <algorithm>

#include "collect/promises.hpp"

namespace owed::collect {
namespace {

/// One item on its way through the rules.
struct Considered {
    const DueItem* item = nullptr;
    int days_overdue = 0;
    int reached = 0;             ///< the level its days past due have reached
    int next = 0;                ///< the level this run gives it: at most one step (I24)
    std::optional<Stop> stop;    ///< why it is left out
    bool repeats_last = false;
};

int level_reached(const Policy& policy, int days_overdue) {
    int reached = 0;
    for (const auto& level : policy.levels)
        if (days_overdue >= level.days_past_due) reached = level.level;
    return reached;
}

std::optional<Stop> own_stop(const DueItem& item, Date as_of) {
    if (item.in_question)
        return Stop{"in_question", {}, "an incoming payment that may be for " + item.document + " waits for a decision"};
    if (item.in_flight) return Stop{"in_flight", {}, item.document + " is paid and waits for the ERP's confirmation"};
    if (item.disputed) return Stop{"disputed", {}, item.document + " is disputed"};
    if (item.promised && as_of <= follow_up_of(*item.promised))
        return Stop{"promised", follow_up_of(*item.promised), item.document + " is promised by " + to_text(*item.promised)};
    return {};
}

/// Overdue items of one currency, oldest first, with the level each would take.
std::vector<Considered> overdue_items(const Policy& policy, const CustomerSnapshot& customer, Currency currency, Date as_of) {
    std::vector<Considered> list;
    for (const auto& item : customer.items) {
        if (item.residual.currency() != currency) continue;
        const int days = days_between(item.due_date, as_of);
        if (days <= 0 || days <= policy.grace_days) continue;
        const int reached = level_reached(policy, days);
        if (reached == 0) continue;
        Considered one{.item = &item, .days_overdue = days, .reached = reached, .next = item.level, .stop = own_stop(item, as_of)};
        if (reached > item.level) {
            one.next = item.level + 1;
        } else if (item.level == policy.levels.back().level) {
            one.repeats_last = true;
        }
        list.push_back(one);
    }
    std::stable_sort(list.begin(), list.end(), [](const Considered& a, const Considered& b) {
        return std::pair{a.item->due_date, a.item->item} < std::pair{b.item->due_date, b.item->item};
    });
    return list;
}

/// Money that came in and is not applied yet pays the oldest items first: those it would cover in full are not chased.
void leave_out_what_credits_cover(std::vector<Considered>& list, const CustomerSnapshot& customer, Currency currency) {
    const auto at = customer.unapplied.find(std::string{currency.text()});
    if (at == customer.unapplied.end()) return;
    std::int64_t left = at->second.units();
    for (auto& one : list) {
        if (one.stop || one.item->residual.units() > left) continue;
        left -= one.item->residual.units();
        one.stop = Stop{"unapplied_credit", {}, "an unapplied credit of " + to_text(at->second) + " " +
                                                    std::string{currency.text()} + " would cover " + one.item->document};
    }
}

std::optional<Stop> customer_stop(const Policy& policy, const CustomerSnapshot& customer, Date as_of) {
    if (customer.hold) return Stop{"hold", {}, "on hold: " + customer.hold_reason};
    if (!customer.dunning_block.empty()) return Stop{"dunning_block", {}, "dunning is blocked: " + customer.dunning_block};
    if (customer.placed) return Stop{"placed", {}, "placed with an agency; nothing is dunned by us meanwhile"};
    if (customer.notice_under_way)
        return Stop{"notice_under_way", {}, "an earlier notice has not been settled yet; see the outbox"};
    if (policy.quiet_weekends && as_of.weekday() >= Weekday::saturday) {
        const auto monday = as_of.plus_days(8 - static_cast<int>(as_of.weekday()));
        return Stop{"quiet_day", monday, "no notices on weekends"};
    }
    return {};
}

std::string sentence(const std::string& customer, const std::vector<Considered>& included, const Level& level) {
    const auto& oldest = included.front();
    std::string text = customer + " owes " + std::to_string(included.size()) +
                       (included.size() == 1 ? " overdue item" : " overdue items") + "; the oldest, " +
                       oldest.item->document + ", is " + std::to_string(oldest.days_overdue) + " days late, so level " +
                       std::to_string(level.level) + " is due";
    return text;
}

Channel channel_for(const Level& level, const CustomerSnapshot& customer) {
    if (level.channel == Channel::agency) return level.channel;
    auto wanted = level.channel;
    if (wanted == Channel::email && customer.preferred_channel == "letter") wanted = Channel::letter;
    if (wanted == Channel::email && customer.email.empty()) wanted = Channel::letter;
    return wanted;
}

std::string fingerprint_of(const Decision& decision) {
    store::RowHash hash;
    hash.add("owed-dunning/1").add(decision.entity).add(decision.customer_number).add(decision.policy_hash);
    hash.add(static_cast<std::int64_t>(decision.verdict)).add(decision.level).add(name_of(decision.channel));
    hash.add(decision.currency.text()).add(decision.amount.units()).add(decision.fee ? decision.fee->units() : 0);
    for (const auto& item : decision.items)
        hash.add(item.item.value).add(item.residual.units()).add(item.level).add(item.due_date.days());
    return store::hex(hash.bytes());
}

/// The currency with the item that has been late longest.
std::optional<Currency> currency_to_chase(const CustomerSnapshot& customer, Date as_of) {
    const DueItem* oldest = nullptr;
    for (const auto& item : customer.items)
        if (days_between(item.due_date, as_of) > 0 && (oldest == nullptr || item.due_date < oldest->due_date)) oldest = &item;
    if (oldest == nullptr) return {};
    return oldest->residual.currency();
}

class Deciding {
  public:
    Deciding(const Policy& policy, const CustomerSnapshot& customer, Date as_of, Currency currency)
        : policy_{policy}, customer_{customer}, as_of_{as_of}, decision_{start(policy, customer, currency)} {}

    Decision run() {
        list_ = overdue_items(policy_, customer_, decision_.currency, as_of_);
        if (list_.empty()) return wait("nothing is late enough for a notice");
        if (auto stop = customer_stop(policy_, customer_, as_of_)) return stopped(*stop);
        leave_out_what_credits_cover(list_, customer_, decision_.currency);
        for (const auto& one : list_)
            if (one.stop)
                decision_.stops.push_back(*one.stop);
            else
                included_.push_back(one);
        if (included_.empty()) {
            decision_.verdict = Verdict::stop;
            return finished("nothing is left to chase: " + decision_.stops.front().why);
        }
        return choose_level();
    }

  private:
    static Decision start(const Policy& policy, const CustomerSnapshot& customer, Currency currency) {
        return Decision{.customer = customer.id, .customer_number = customer.number, .entity = customer.entity,
                        .verdict = Verdict::wait, .level = 0, .channel = Channel::email, .language = customer.language,
                        .template_name = {}, .currency = currency, .items = {}, .amount = Money::zero(currency), .fee = {},
                        .deadline_days = 0, .stops = {}, .reason = {}, .policy = policy.name,
                        .policy_hash = policy.content_hash, .fingerprint = {}};
    }

    Decision finished(std::string reason) {
        decision_.reason = std::move(reason);
        decision_.fingerprint = fingerprint_of(decision_);
        return decision_;
    }
    Decision wait(std::string reason) {
        decision_.verdict = Verdict::wait;
        return finished(std::move(reason));
    }
    Decision waiting(Stop stop) {
        decision_.verdict = Verdict::wait;
        decision_.stops.push_back(stop);
        return finished(stop.why);
    }
    Decision stopped(Stop stop) {
        decision_.verdict = Verdict::stop;
        decision_.stops.push_back(stop);
        return finished(stop.why);
    }

    Decision choose_level() {
        const bool steps = std::any_of(included_.begin(), included_.end(), [](auto& one) { return one.next > one.item->level; });
        const bool repeats = std::any_of(included_.begin(), included_.end(), [](auto& one) { return one.repeats_last; });
        if (!steps && !repeats) return wait("every late item has had the notice it has reached");
        if (customer_.last_notice) {
            const auto free_on = customer_.last_notice->plus_days(policy_.min_gap_days);
            if (as_of_ < free_on)
                return waiting({"min_gap", free_on, "the last notice went out on " + to_text(*customer_.last_notice) +
                                                        "; the next may follow " + std::to_string(policy_.min_gap_days) +
                                                        " days later, on " + to_text(free_on)});
        }
        if (!steps) return repeat_or_escalate();
        int stepped = 0, sent = 0;
        for (const auto& one : included_) {
            sent = std::max(sent, one.item->level);
            if (one.next > one.item->level) stepped = std::max(stepped, one.next);
        }
        // The tone never goes back (I24): a younger item joins at the level the customer has had. Its fee was charged then (I27).
        fee_is_due_ = stepped >= sent;
        return notice(policy_.levels[static_cast<std::size_t>(std::max(stepped, sent) - 1)]);
    }

    Decision repeat_or_escalate() {
        const auto& last = policy_.levels.back();
        int sent = 0;
        for (const auto& one : included_)
            if (one.repeats_last) sent = std::max(sent, one.item->last_level_count);
        if (last.channel != Channel::agency && sent <= policy_.repeat_last_max) return notice(last);
        decision_.verdict = Verdict::escalate;
        decision_.level = last.level;
        decision_.channel = last.channel;
        list_items(last.level);
        return finished("the last level has been sent " + std::to_string(sent) + " times; a person decides what follows");
    }

    Decision notice(const Level& level) {
        // An agency gets what has come so far; what is late for a shorter time stays with us.
        if (level.channel == Channel::agency)
            std::erase_if(included_, [&](const Considered& one) { return one.next < level.level; });
        decision_.level = level.level;
        decision_.channel = channel_for(level, customer_);
        decision_.template_name = level.template_name;
        decision_.deadline_days = level.deadline_days;
        list_items(level.level);
        const auto code = std::string{decision_.currency.text()};
        if (auto at = policy_.minimum.find(code); at != policy_.minimum.end() && decision_.amount.units() < at->second.units())
            return waiting({"below_minimum", {}, to_text(decision_.amount) + " " + code + " is below the minimum of " +
                                                     to_text(at->second) + " " + code + " for a notice"});
        if (decision_.channel == Channel::letter && !customer_.has_postal_address)
            return stopped({"no_address", {}, customer_.email.empty()
                                                  ? "there is neither an e-mail nor a postal address"
                                                  : "a letter is due and there is no postal address"});
        if (auto at = level.fee.find(code); fee_is_due_ && at != level.fee.end() && at->second.is_positive()) decision_.fee = at->second;
        decision_.verdict = Verdict::notice;
        return finished(sentence(customer_.name.empty() ? customer_.number : customer_.name, included_, level));
    }

    void list_items(int level) {
        std::int64_t sum = 0;
        for (const auto& one : included_) {
            decision_.items.push_back({.item = one.item->item, .document = one.item->document,
                                       .document_date = one.item->document_date, .due_date = one.item->due_date,
                                       .days_overdue = one.days_overdue, .original = one.item->original,
                                       .residual = one.item->residual, .level = std::min(level, one.next)});
            sum += one.item->residual.units();
        }
        decision_.amount = Money::minor(sum, decision_.currency);
    }

    const Policy& policy_;
    const CustomerSnapshot& customer_;
    Date as_of_;
    Decision decision_;
    std::vector<Considered> list_, included_;
    bool fee_is_due_ = true;
};

}  // namespace

Decision decide(const Policy& policy, const CustomerSnapshot& customer, Date as_of) {
    const auto currency = currency_to_chase(customer, as_of);
    // Without an overdue item the currency only labels an empty decision.
    const auto label = currency ? *currency
                                : (customer.items.empty() ? Currency{{'E', 'U', 'R'}, 2} : customer.items.front().residual.currency());
    return Deciding{policy, customer, as_of, label}.run();
}

}  // namespace owed::collect
