#include "cash/detail/other_money.hpp"

#include <algorithm>

#include "cash/detail/words.hpp"

namespace owed::cash::detail {
namespace {

/// As accounts compare: without blanks, in capitals.
std::string account_of(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

bool code_matches(std::string_view pattern, std::string_view code) {
    if (!pattern.empty() && pattern.back() == '*') return code.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
    return pattern == code;
}

/// The words that a receipt's rules look at, read once and only when a rule asks.
class Said {
  public:
    explicit Said(const ReceiptFacts& receipt) : receipt_{receipt} {}
    bool text_has(std::string_view rule) {
        if (!text_) {
            auto lines = receipt_.text;
            lines.emplace_back();        // no word goes on from the last line into the payer's name
            lines.push_back(receipt_.payer_name);
            text_.emplace(lines);
        }
        return text_->has_all(rule);
    }
    bool payer_has(std::string_view rule) {
        if (!payer_) payer_.emplace(std::vector<std::string>{receipt_.payer_name});
        return payer_->has_all(rule);
    }

  private:
    const ReceiptFacts& receipt_;
    std::optional<Words> text_, payer_;
};

bool applies(const NotReceivableRule& rule, const ReceiptFacts& receipt, Said& said) {
    if (rule.code.empty() && rule.payer_account.empty() && rule.text.empty() && rule.payer.empty()) return false;
    return (rule.code.empty() || code_matches(rule.code, receipt.code)) &&
           (rule.payer_account.empty() || account_of(rule.payer_account) == account_of(receipt.payer_account)) &&
           (rule.text.empty() || said.text_has(rule.text)) && (rule.payer.empty() || said.payer_has(rule.payer));
}

/// In full, and not a bare short number that anybody may have written for something else; or with the amount that is open.
bool is_named_well(const Mention& one, const ReceiptFacts& receipt, const Reading& reading) {
    constexpr std::size_t digits_alone_min = 8;
    if (one.how > How::counter || one.unsure) return false;
    if (one.how == How::reference || closes_by(one.item, receipt.amount.units()) || one.item.residual == receipt.amount.units()) return true;
    const auto& token = reading.tokens[one.token];
    return one.how == How::document && (token.cue == Cue::document || token.declared || token.digits.size() >= digits_alone_min || digit_count(token.key) < token.key.size());
}

}  // namespace

bool fits(const NotReceivableRule& rule, const ReceiptFacts& receipt) {
    Said said{receipt};
    return applies(rule, receipt, said);
}

Decision set_aside(const std::string& name) {
    return {.outcome = Outcome::not_receivable, .customer = {}, .stage = "not_receivable", .confidence = 100, .applications = {},
            .reason = "not a receivable: " + name, .proposals = {}, .doubt_ppm = 0};
}

OtherMoney other_money(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings) {
    OtherMoney found;
    if (!receipt.customer) {
        if (lookup.is_own_account(receipt.payer_account)) return {.decision = set_aside("a transfer between our own accounts")};
        Said said{receipt};
        for (const auto& rule : settings.not_receivable) {
            const bool words_alone = rule.code.empty() && rule.payer_account.empty();
            if ((words_alone && found.by_words != nullptr) || !applies(rule, receipt, said)) continue;
            if (!words_alone) return {.decision = set_aside(rule.name)};
            found.by_words = &rule;
        }
    }
    for (const auto& payer : settings.agencies)
        if (!payer.account.empty() && account_of(payer.account) == account_of(receipt.payer_account))
            found.decision = Decision{.outcome = Outcome::agency_transfer, .customer = {}, .stage = "agency_transfer", .confidence = 100, .applications = {},
                                      .reason = "the transfer of the agency " + payer.agency + "; what it paid for stands in its remittance file",
                                      .proposals = {}, .doubt_ppm = 0};
    return found;
}

std::string speaks_for_a_customer(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const NotReceivableRule& rule) {
    if (!receipt.payer_account.empty() && !lookup.by_account(receipt.entity, receipt.payer_account).empty()) return "the money comes from a customer's account";
    // A customer number is a number like any other; a name or a relation is the payer's own.
    if (rule.payer.empty())
        for (const auto& likely : matcher.payer().likely())
            if (likely.tie < Tie::alike && likely.tie != Tie::number) return "the payer " + Payer::say(likely.tie);
    for (const auto& one : matcher.open_mentions())
        if (is_named_well(one, receipt, matcher.reading())) return std::string{where_of(one.how)} + " names " + std::string{one.item.document};
    return {};
}

}  // namespace owed::cash::detail
