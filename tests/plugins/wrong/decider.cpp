// A decider that is right, but for one thing that its setting `do` names.
#include <time.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongDecider : public plugin::Decider {
  public:
    static Result<std::unique_ptr<WrongDecider>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        return std::unique_ptr<WrongDecider>{new WrongDecider{host, std::string{settings.at("do").as_string()}}};
    }
    Result<MatchAnswer> propose(const MatchQuestion& question) override {
        MatchAnswer answer;
        if (is("dies_of_no_items") && question.items.empty()) std::abort();
        if (is("looks_at_the_clock")) (void)host_.clock().now().has_value();
        if (is("is_slow") && question.items.size() > 1000) wait_3_s();
        answer.reason = is("says_nothing") ? "" : "by the first open item";
        if (is("counts")) answer.reason += std::to_string(++calls_);
        const auto fits = [&](const OpenItem& item) { return item.residual.units > 0 && item.residual.currency == question.receipt.amount.currency; };
        const auto item = std::find_if(question.items.begin(), question.items.end(), fits);
        if (is("never_knows") || is("says_nothing") || item == question.items.end() || question.receipt.amount.units <= 0) return answer;
        MatchProposal proposal;
        auto paid = std::min(item->residual.units, question.receipt.amount.units);
        if (is("pays_too_much")) paid = question.receipt.amount.units + 1;
        proposal.items.push_back({is("invents_items") ? "item-0" : item->item, {paid, item->residual.digits, is("mixes_money") ? "USD" : item->residual.currency}});
        if (is("pays_twice")) proposal.items.push_back(proposal.items.front());
        proposal.confidence_permille = 500;
        if (!is("explains_nothing")) proposal.evidence = {"it is the first one"};
        answer.proposals.push_back(std::move(proposal));
        return answer;
    }

  private:
    WrongDecider(plugin::Host host, std::string what) : host_{host}, what_{std::move(what)} {}
    bool is(std::string_view what) const { return what_ == what; }
    static void wait_3_s() {
        const timespec pause{2, 500'000'000};
        ::nanosleep(&pause, nullptr);
    }
    plugin::Host host_;
    std::string what_;
    int calls_ = 0;
};

}  // namespace

OWED_PLUGIN(WrongDecider);
