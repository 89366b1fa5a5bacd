#include "cash/detail/remarks.hpp"

#include <algorithm>

#include "owed/reference.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t settled_max = 60;    ///< documents looked through for an earlier payment
constexpr int twice_days_max = 10;         ///< between two payments of which one may be the other once more

std::string without_blanks(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ') out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

/// RF, two digits and at least five letters or digits: nothing else is written so. Digits alone may be any number.
bool is_creditor_reference(std::string_view text) {
    constexpr std::size_t least = 9, most = 25;
    if (text.size() < least || text.size() > most || !text.starts_with("RF")) return false;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return is_digit(text[2]) && is_digit(text[3]) && std::all_of(text.begin(), text.end(), [&](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

bool is_wrong(std::string_view text) { return is_creditor_reference(text) && !parse_reference(Scheme::iso11649, text); }

}  // namespace

std::string wrong_reference(const ReceiptFacts& receipt) {
    const auto say = [](const std::string& reference) { return "the payment reference " + reference + " has wrong check digits"; };
    for (const auto& reference : receipt.references)
        if (auto text = without_blanks(reference.value); reference.type != "document" && is_wrong(text)) return say(text);
    for (const auto& line : receipt.text)
        for (std::size_t start = 0; start < line.size();) {
            const auto end = std::min(line.find(' ', start), line.size());
            if (auto word = without_blanks(line.substr(start, end - start)); is_wrong(word)) return say(word);
            start = end + 1;
        }
    return {};
}

std::string settled_too(const Matcher& matcher, const Hypothesis* used) {
    for (const auto& one : matcher.settled_mentions()) {
        if (one.ppm > named_strongly || one.unsure || one.item.written_off) continue;   // given up is not paid
        if (used != nullptr && (used->stage == "paid_twice" || std::any_of(used->items.begin(), used->items.end(), [&](auto& item) { return item.item == one.item.item; }))) continue;
        return std::string{where_of(one.how)} + " names " + std::string{one.item.document} + " too, which is settled already";
    }
    return {};
}

std::string paid_before(const ReceiptFacts& receipt, const Lookup& lookup, CustomerId customer) {
    Lookup::Items settled;
    lookup.settled_of(customer, settled_max, settled);
    std::erase_if(settled, [&](const ItemView& item) { return item.currency != receipt.amount.currency(); });
    struct Earlier {
        std::string by, documents;
        std::int64_t sum = 0;
        bool closes = false;
    };
    std::vector<Earlier> payments;
    for (const auto& item : settled) {
        const auto settlement = lookup.settlement(item.item);
        if (settlement.by.empty() || !settlement.decided || std::abs(days_between(*settlement.decided, receipt.value_date)) > twice_days_max) continue;
        auto at = std::find_if(payments.begin(), payments.end(), [&](auto& one) { return one.by == settlement.by; });
        if (at == payments.end()) at = payments.insert(payments.end(), Earlier{.by = settlement.by, .documents = {}});
        at->documents += (at->documents.empty() ? "" : ", ") + std::string{item.document};
        at->closes = at->sum == 0 && closes_by(item, receipt.amount.units());   // a document by itself: less a discount too
        at->sum += item.original;
    }
    for (const auto& one : payments)
        if (one.closes || one.sum == receipt.amount.units()) return one.by + " has paid " + one.documents + " with the same amount; perhaps paid twice";
    return {};
}

std::string who_pays(const ReceiptFacts& receipt, const Lookup& lookup, const Payer& payer, Tie tie, CustomerId customer) {
    if (tie == Tie::account && lookup.answers_for_account(receipt.entity, receipt.payer_account, customer) > 0) return "is known by an account that answers have taught";
    if (tie == Tie::shared_name && payer.several_share_name()) return "has a name that several customers have, this one among them";
    return Payer::say(tie);
}

}  // namespace owed::cash::detail
