// The decision: pure, stage by stage, first certain answer wins, everything else is a question (DESIGN section 6).
#include <algorithm>
#include <set>

#include "cash/cash.hpp"

namespace owed::cash {
namespace {

std::string upper(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

std::string without_blanks(std::string_view text) {
    std::string out;
    for (char c : text)
        if (c != ' ') out += c;
    return upper(out);
}

std::string amount_text(Money money) { return to_text(money) + " " + std::string{money.currency().text()}; }

bool code_matches(std::string_view pattern, std::string_view code) {
    if (!pattern.empty() && pattern.back() == '*') return code.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
    return pattern == code;
}

bool text_contains(const std::vector<std::string>& text, std::string_view wanted) {
    const auto needle = upper(wanted);
    return std::any_of(text.begin(), text.end(), [&](auto& line) { return upper(line).find(needle) != std::string::npos; });
}

bool applies(const NotReceivableRule& rule, const ReceiptFacts& receipt) {
    if (rule.code.empty() && rule.payer_account.empty() && rule.text.empty()) return false;
    return (rule.code.empty() || code_matches(rule.code, receipt.code)) &&
           (rule.payer_account.empty() || without_blanks(rule.payer_account) == without_blanks(receipt.payer_account)) &&
           (rule.text.empty() || text_contains(receipt.text, rule.text));
}

std::string names(const std::vector<Candidate>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i == 5) return text + " and " + std::to_string(items.size() - i) + " more";
        if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
        text += items[i].document;
    }
    return text;
}

std::set<std::int64_t> customers_of(const std::vector<Candidate>& items) {
    std::set<std::int64_t> all;
    for (const auto& item : items) all.insert(item.customer.value);
    return all;
}

std::vector<Candidate> open_ones(const std::vector<Candidate>& items) {
    std::vector<Candidate> open;
    std::copy_if(items.begin(), items.end(), std::back_inserter(open), [](auto& item) { return item.residual.is_positive(); });
    return open;
}

Proposal proposal_for(const Candidate& item, Money amount, int confidence, std::string evidence) {
    const auto part = std::min(amount.units(), item.residual.units());
    return {.customer = item.customer, .customer_number = item.customer_number,
            .items = {{item.item, item.document, Money::minor(part, amount.currency())}}, .confidence = confidence,
            .evidence = {std::move(evidence)}, .against = {}};
}

class Deciding {
  public:
    Deciding(const ReceiptFacts& receipt, const Candidates& candidates, const Settings& settings)
        : receipt_{receipt}, candidates_{candidates}, settings_{settings} {}

    Decision run() {
        if (auto decision = not_receivable()) return *decision;
        if (auto decision = agency()) return *decision;
        payer_ = identified_payer();
        if (auto decision = named(candidates_.by_reference, "structured_reference", "the payment reference")) return *decision;
        if (auto decision = named(candidates_.by_document, "document_number", "the remittance text")) return *decision;
        if (auto decision = exact_amount()) return *decision;
        return unknown();
    }

  private:
    std::optional<Decision> not_receivable() const {
        for (const auto& rule : settings_.not_receivable)
            if (applies(rule, receipt_))
                return Decision{.outcome = Outcome::not_receivable, .customer = {}, .stage = "not_receivable", .confidence = 100,
                                .applications = {}, .reason = "not a receivable: " + rule.name, .proposals = {}};
        return {};
    }

    std::optional<Decision> agency() const {
        for (const auto& payer : settings_.agencies)
            if (!payer.account.empty() && without_blanks(payer.account) == without_blanks(receipt_.payer_account))
                return Decision{.outcome = Outcome::agency_transfer, .customer = {}, .stage = "agency_transfer", .confidence = 100,
                                .applications = {}, .reason = "the transfer of the agency " + payer.agency +
                                                              "; what it paid for stands in its remittance file",
                                .proposals = {}};
        return {};
    }

    /// The one customer the payer surely is. A person's word, then the account, then the exact name or alias.
    std::optional<CustomerId> identified_payer() const {
        if (receipt_.customer) return receipt_.customer;
        if (candidates_.by_account.size() == 1) return candidates_.by_account.front();
        if (candidates_.by_account.empty() && candidates_.by_name.size() == 1) return candidates_.by_name.front();
        return {};
    }

    /// Items that the payer names himself, by reference or by number.
    std::optional<Decision> named(const std::vector<Candidate>& items, std::string stage, const std::string& where) {
        if (items.empty()) return {};
        const auto open = open_ones(items);
        const auto whose = customers_of(open.empty() ? items : open);
        if (whose.size() > 1)
            return question({}, where + " names documents of " + std::to_string(whose.size()) + " customers: " + names(items),
                            propose(open, 40, where + " names it"));
        const CustomerId customer{*whose.begin()};
        if (payer_ && *payer_ != customer && !(stage == "structured_reference" && !receipt_.customer))
            return question({}, where + " names " + names(items) + " of customer " + items.front().customer_number +
                                    ", but the payer is known as another customer",
                            propose(open, 50, where + " names it"));
        // A number alone, in a text, with another amount, does not say who paid: an identification is booked and stays.
        const bool sure = payer_ || stage == "structured_reference";
        if (open.empty()) return already_paid(items, sure ? std::optional{customer} : std::nullopt, where);
        auto decision = named_open(open, customer, std::move(stage), where);
        if (decision.outcome == Outcome::question && !sure) decision.customer.reset();
        return decision;
    }

    Decision named_open(const std::vector<Candidate>& open, CustomerId customer, std::string stage, const std::string& where) {
        std::int64_t sum = 0;
        for (const auto& item : open) sum += item.residual.units();
        const auto total = Money::minor(sum, receipt_.amount.currency());
        const auto paid = receipt_.amount.units();
        if (paid == sum) {
            auto reason = where + " names " + names(open) + ", and the amount is exactly what is open";
            return apply(open, customer, std::move(stage), 100, std::move(reason));
        }
        if (paid < sum && open.size() == 1 && (stage == "structured_reference" || payer_ == customer))
            return apply(open, customer, std::move(stage), 97,
                         where + " names " + names(open) + "; " + amount_text(receipt_.amount) + " of " + amount_text(total) +
                             " was paid, the rest stays open");
        auto proposals = propose(open, 80, where + " names it");
        if (paid > sum) proposals = {together(open, customer, 85, where + " names " + names(open))};
        return question(customer,
                        where + " names " + names(open) + ", of which " + amount_text(total) + " is open, but " +
                            amount_text(receipt_.amount) + " was paid",
                        std::move(proposals));
    }

    static Decision already_paid(const std::vector<Candidate>& items, std::optional<CustomerId> customer, const std::string& where) {
        std::string text = where + " names " + names(items) + ", which is settled already";
        if (!items.front().settled_by.empty()) text += " by " + items.front().settled_by;
        text += "; perhaps paid twice";
        return question(customer, std::move(text), {});
    }

    std::optional<Decision> exact_amount() {
        if (!payer_) return {};
        std::vector<Candidate> same;
        for (const auto& item : candidates_.of_payer)
            if (item.residual.units() == receipt_.amount.units()) same.push_back(item);
        if (same.size() == 1) {
            auto reason = std::string{"the payer is known as customer "} + same.front().customer_number + " and " +
                          same.front().document + " is the one open item of exactly " + amount_text(receipt_.amount);
            return apply(same, *payer_, "exact_amount", 95, std::move(reason));
        }
        if (same.size() > 1)
            return question(*payer_, std::to_string(same.size()) + " open items of the payer are exactly " +
                                         amount_text(receipt_.amount) + ": " + names(same),
                            propose(same, 45, "the amount is exactly what is open"));
        return {};
    }

    Decision unknown() {
        if (payer_) {
            std::string text = "the payer is known, but no open item is exactly " + amount_text(receipt_.amount) +
                               " and the text names none";
            if (candidates_.of_payer.empty()) text = "the payer is known and has no open item; perhaps paid twice or too early";
            return question(*payer_, std::move(text), clear_account());
        }
        std::string text = "the payer is not known";
        if (candidates_.by_account.size() > 1) text = "the payer's account belongs to several customers";
        else if (candidates_.by_name.size() > 1) text = "several customers have the payer's name";
        if (receipt_.text.empty() && receipt_.references.empty()) text += " and the transfer says nothing";
        else text += " and the text names no document of ours";
        return question({}, std::move(text), propose(candidates_.same_amount, 30, "the amount is exactly what is open"));
    }

    /// All open items of the payer together, when that is the amount.
    std::vector<Proposal> clear_account() const {
        std::int64_t sum = 0;
        for (const auto& item : candidates_.of_payer) sum += item.residual.units();
        if (candidates_.of_payer.empty() || sum != receipt_.amount.units()) {
            std::vector<Proposal> oldest;
            if (!candidates_.of_payer.empty())
                oldest.push_back(proposal_for(candidates_.of_payer.front(), receipt_.amount, 25, "it is the payer's oldest open item"));
            return oldest;
        }
        return {together(candidates_.of_payer, *payer_, 70, "all open items of the payer add up to the amount")};
    }

    Proposal together(const std::vector<Candidate>& items, CustomerId customer, int confidence, std::string evidence) const {
        Proposal proposal{.customer = customer, .customer_number = items.front().customer_number, .items = {},
                          .confidence = confidence, .evidence = {std::move(evidence)}, .against = {}};
        auto left = receipt_.amount.units();
        for (const auto& item : items) {
            const auto part = std::min(left, item.residual.units());
            if (part <= 0) break;
            proposal.items.push_back({item.item, item.document, Money::minor(part, receipt_.amount.currency())});
            left -= part;
        }
        if (left > 0)
            proposal.against.push_back(amount_text(Money::minor(left, receipt_.amount.currency())) + " would stay on account");
        return proposal;
    }

    std::vector<Proposal> propose(const std::vector<Candidate>& items, int confidence, const std::string& evidence) const {
        std::vector<Proposal> proposals;
        for (const auto& item : items) {
            if (static_cast<int>(proposals.size()) == settings_.proposals_max) break;
            auto proposal = proposal_for(item, receipt_.amount, confidence, evidence);
            if (item.residual.units() != receipt_.amount.units())
                proposal.against.push_back(amount_text(item.residual) + " is open, " + amount_text(receipt_.amount) + " was paid");
            if (payer_ && item.customer != *payer_) proposal.against.emplace_back("the payer is known as another customer");
            proposals.push_back(std::move(proposal));
        }
        return proposals;
    }

    Decision apply(const std::vector<Candidate>& items, CustomerId customer, std::string stage, int confidence, std::string reason) {
        Decision decision{.outcome = Outcome::apply, .customer = customer, .stage = std::move(stage), .confidence = confidence,
                          .applications = {}, .reason = std::move(reason), .proposals = {}};
        decision.applications = together(items, customer, confidence, {}).items;
        return decision;
    }

    static Decision question(std::optional<CustomerId> customer, std::string reason, std::vector<Proposal> proposals) {
        return {.outcome = Outcome::question, .customer = customer, .stage = {}, .confidence = 0, .applications = {},
                .reason = std::move(reason), .proposals = std::move(proposals)};
    }

    const ReceiptFacts& receipt_;
    const Candidates& candidates_;
    const Settings& settings_;
    std::optional<CustomerId> payer_;
};

}  // namespace

Decision decide(const ReceiptFacts& receipt, const Candidates& candidates, const Settings& settings) {
    return Deciding{receipt, candidates, settings}.run();
}

}  // namespace owed::cash
