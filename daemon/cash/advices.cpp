// Readings by the remittance advice: what the payer says he pays, sent apart from the money.
#include <algorithm>

#include "cash/detail/matcher.hpp"
#include "ledger/ledger.hpp"
#include "parties/parties.hpp"

namespace owed::cash::detail {
namespace {

constexpr int advice_days_max = 10;          ///< between the day an advice announces and the money
constexpr int advice_days_usual = 5;

/// The advice's payment number stands on the receipt.
bool numbered(const Advice& advice, const ReceiptFacts& receipt, const Reading& reading) {
    if (advice.payment_number.empty()) return false;
    const auto key = ledger::document_key(advice.payment_number);
    for (const auto& token : reading.tokens)
        if (token.key == key) return true;
    for (const auto* number : {&receipt.end_to_end_id, &receipt.bank_reference})
        if (!number->empty() && ledger::document_key(*number) == key) return true;
    return std::any_of(receipt.references.begin(), receipt.references.end(), [&](auto& one) { return ledger::document_key(one.value) == key; });
}

/// The advice and the receipt are of one payment: by its number, or by the payer.
bool belongs(const Advice& advice, const ReceiptFacts& receipt, const Reading& reading, const Lookup& lookup, const Payer& payer) {
    if (numbered(advice, receipt, reading)) return true;
    if (!advice.customer_number.empty())
        if (const auto customer = lookup.by_number(receipt.entity, advice.customer_number); customer && payer.tie_to(*customer) < Tie::alike) return true;
    if (advice.payer_name.empty()) return false;
    if (!receipt.payer_name.empty() && parties::name_key(advice.payer_name) == parties::name_key(receipt.payer_name)) return true;
    const auto named = lookup.by_name(receipt.entity, advice.payer_name);
    return named.size() == 1 && payer.tie_to(named.front().customer) < Tie::alike;
}

}  // namespace

/// The item that a line of an advice means. A number may be several documents': of them the payer's own, then the one whose amount
/// the line has, then the one that has it in full. Who wrote a document of his in full means no other by its last digits alone.
/// Empty: none, or two that are equally good.
std::optional<ItemView> Matcher::advised_item(const AdviceLine& line) const {
    Items hits, counters;
    lookup_.by_document(receipt_.entity, ledger::document_key(line.document), hits);
    const auto in_full = hits.size();
    std::string digits;
    for (const char c : line.document)
        if (c >= '0' && c <= '9' && !(c == '0' && digits.empty())) digits += c;
    const auto is_his = [&](const ItemView& item) { return payer_.tie_to(item.customer) < Tie::unknown; };
    if (digits.size() >= 3 && std::none_of(hits.begin(), hits.end(), is_his)) lookup_.by_counter(receipt_.entity, digits, counters);
    for (const auto& one : counters)
        if (std::none_of(hits.begin(), hits.end(), [&](auto& known) { return known.item == one.item; })) hits.push_back(one);
    std::optional<ItemView> best;
    int least = 0;
    bool twice = false, settled_meant = false;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const auto& item = hits[i];
        if (item.currency != currency_) continue;
        if (item.residual == 0) {
            settled_meant = settled_meant || (i < in_full && item.original == line.gross);
            continue;
        }
        const bool fits = item.residual == line.gross || item.residual == line.net;
        const int against = (is_his(item) ? 0 : 4) + (fits ? 0 : 3) + (i < in_full ? 0 : 2);
        if (against > 8) continue;   // its last digits, and neither payer nor amount
        if (best && against == least) twice = true;
        if (best && against >= least) continue;
        best = item;
        least = against;
        twice = false;
    }
    // The whole number and the amount of a settled one: paid twice perhaps, but no other document is meant.
    return twice || (settled_meant && least > 0) ? std::nullopt : best;
}

/// The customer owes the same amount twice, as subscribers do: a second payment of it may have no advice, and come first.
bool Matcher::has_equals(const ItemView& item) {
    const auto& open = open_items_of(item.customer);
    return std::any_of(open.begin(), open.end(), [&](const auto& other) { return other.item != item.item && other.residual == item.residual; });
}

void Matcher::try_advices() {
    std::vector<std::string> numbers;
    for (const auto& token : reading_.tokens)
        if (!token.joined && numbers.size() < 24) numbers.push_back(token.key);
    for (const auto* number : {&receipt_.end_to_end_id, &receipt_.bank_reference})
        if (!number->empty()) numbers.push_back(ledger::document_key(*number));
    const auto advices = lookup_.advices(receipt_.entity, numbers, receipt_.amount, receipt_.value_date, advice_days_max);
    std::size_t joined = 0;
    for (const auto& advice : advices) joined += advice.amount == receipt_.amount && belongs(advice, receipt_, reading_, lookup_, payer_) ? 1 : 0;
    for (const auto& advice : advices) {
        const bool belongs_here = belongs(advice, receipt_, reading_, lookup_, payer_);
        if (advice.amount != receipt_.amount || (!belongs_here && advices.size() > 1)) continue;
        Items items;
        Fit fit{FitKind::exact, {}, 0, 0};
        std::int64_t sum = 0;
        bool all_found = true;
        for (const auto& line : advice.lines) {
            const auto hit = advised_item(line);
            if (!hit) {
                all_found = false;
                break;
            }
            const auto& item = *hit;
            Share share{.cash = line.net};
            // More than the document: it takes what is open, the rest is the customer's credit.
            if (item.residual > 0 && line.net > item.residual) share.cash = item.residual;
            // Of a credit memo the ledger takes none back: what the payer left of it by its invoice's discount stays open.
            const auto offered = discount_on(item, receipt_.value_date, grace_of(settings_), settings_);
            share.discount = std::clamp<std::int64_t>(line.discount, 0, offered);
            share.deduction = std::max<std::int64_t>(std::min(line.deduction, item.residual - share.cash - share.discount), 0);
            share.reason = line.reason;
            if (item.residual < 0 && line.net < item.residual) all_found = false;
            if (share.discount > 0 || share.deduction > 0) fit.kind = FitKind::deduction;
            sum += line.net;
            items.push_back(item);
            fit.shares.push_back(std::move(share));
        }
        if (!all_found || items.empty() || sum != receipt_.amount.units()) continue;
        // Without its number an advice fits every equal payment of this payer; money never comes before it was sent.
        const bool by_number = numbered(advice, receipt_, reading_);
        auto ppm = by_number ? named_by_advice : named_by_advice * 40;
        std::int64_t floor = 0;
        const auto apart = days_between(advice.date, receipt_.value_date);
        const bool among_equals = !by_number && items.size() == 1 && has_equals(items.front());
        if (!by_number && (among_equals || apart < 0 || apart > advice_days_usual || joined > 1 || !open_.empty())) floor = only_proposed;
        if (!belongs_here) floor = only_proposed;
        // Neither its number nor a name: then the account must be the customer's who owes, or one that pays for him.
        if (!by_number && receipt_.payer_name.empty() && payer_.tie_to(items.front().customer) >= Tie::shared_account) floor = only_proposed;
        auto why = "the remittance advice " + (advice.payment_number.empty() ? "of " + to_text(advice.date) : advice.payment_number) + " names " + names_of(items);
        consider({.stage = "remittance_advice", .items = std::move(items), .fit = std::move(fit), .doubt = {}, .how = How::advice, .why = std::move(why),
                  .advice = advice.id, .at_least_ppm = floor}, ppm);
    }
}

}  // namespace owed::cash::detail
