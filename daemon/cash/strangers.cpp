// What the number of a payer whom nothing ties to its customer needs beside it. Everybody numbers his own papers: in a large book a
// stranger's running number is one of ours by accident, one slip away from many, and his amount within the tolerance of some.
#include <algorithm>

#include "cash/detail/mask.hpp"
#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t slip_digits_min = 6;        ///< of five digits and an amount, one stranger in some thousands has a slip
constexpr std::size_t beginning_digits_min = 8;

constexpr std::size_t sure_digits_min = 5;         ///< as written, zeros in front count

/// "323/26" is no 32326, nor "48626" nearly: a stroke divides, where blanks and hyphens only space out.
bool runs_together(const Token& token, std::string_view document) {
    return token.raw.find('/') != std::string::npos && document.find('/') == document.npos;
}

bool is_year(std::string_view digits) { return digits.size() == 4 && digits >= "1990" && digits < "2100"; }

}  // namespace

/// Nothing ties the payer to whom one of these documents belongs to, or he is somebody else.
bool Matcher::is_stranger_to(const Mentions& mentions) const {
    return std::any_of(mentions.begin(), mentions.end(), [&](const Mention& one) { return payer_.tie_to(one.item.customer) >= Tie::bare_number; });
}

/// A day, a year, a few digits: as a slip or a beginning they hit something in any large book.
bool Matcher::is_accidental(const Mention& mention) const {
    if (mention.token >= reading_.tokens.size()) return false;
    const auto& token = reading_.tokens[mention.token];
    if (reads_as_day(token.digits) || is_year(token.digits) || token.cue == Cue::order || runs_together(token, mention.item.document)) return true;
    return mention.how == How::beginning ? token.digits.size() < beginning_digits_min : mention.ppm > named_by_slip(slip_digits_min);
}

/// Few digits, a piece of a longer number, or said to be a number of another kind.
bool Matcher::is_weak(const Mention& mention) const {
    if (mention.how == How::order) return mention.ppm >= named_by_short_order;
    if ((mention.how != How::document && mention.how != How::counter) || mention.token >= reading_.tokens.size()) return false;
    const auto& token = reading_.tokens[mention.token];
    if (mention.how == How::document && token.key.find_first_not_of("0123456789") != std::string::npos) return false;   // "PO 4711" is PO-4711
    const auto holds_it = [&](const Token& whole) {
        return !whole.joined && whole.raw.size() > token.raw.size() && whole.raw.find(' ') == std::string::npos && whole.raw.find(token.raw) != std::string::npos;
    };
    const bool piece = token.joined && std::any_of(reading_.tokens.begin(), reading_.tokens.end(), holds_it);
    return digit_count(token.raw) < sure_digits_min || piece || token.cue >= Cue::order || runs_together(token, mention.item.document);
}

/// "RG 786889" is an invoice of somebody's, not our order SO-786889.
bool Matcher::is_said_a_document(const Mention& mention) const {
    if (mention.token >= reading_.tokens.size()) return false;
    const auto& digits = reading_.tokens[mention.token].digits;
    return std::any_of(reading_.tokens.begin(), reading_.tokens.end(), [&](const Token& token) { return token.digits == digits && token.cue == Cue::document; });
}

/// Two documents of one customer, each by a number that was written for itself: no accident whoever wrote them.
bool Matcher::is_a_list(const Mentions& mentions) const {
    std::vector<std::string_view> written;
    for (const auto& one : mentions) {
        if (one.item.customer != mentions.front().item.customer) return false;
        if (one.token >= reading_.tokens.size()) continue;
        const std::string_view raw = reading_.tokens[one.token].raw;
        const auto overlaps = [&](std::string_view other) { return other.find(raw) != other.npos || raw.find(other) != raw.npos; };
        if (std::none_of(written.begin(), written.end(), overlaps)) written.push_back(raw);
    }
    return written.size() > 1;
}

/// The amount is all that confirms a stranger's number, and so it must be one that confirms.
std::int64_t Matcher::strangers_ppm(const Mentions& mentions, FitKind kind) {
    if (strongest(mentions) <= How::advice || is_a_list(mentions)) return 0;
    // Cents more or less are the customer's to take: of anybody else's money they say that the amount is another.
    if (kind == FitKind::tolerance) return nearly_within_cents;
    if (std::any_of(mentions.begin(), mentions.end(), [&](auto& one) { return one.how == How::order && is_said_a_document(one); })) return only_proposed;
    if (!std::all_of(mentions.begin(), mentions.end(), [&](auto& one) { return is_weak(one); })) return 0;
    // "PO 53231" is no document of that number for an amount that others owe as well.
    Items same;
    lookup_.by_amount(receipt_.entity, receipt_.amount, same_amount_max, same);
    return same.size() == 1 ? 0 : only_proposed;
}

/// A number that is nearly read stands only with what confirms it (DESIGN section 6). Of a stranger that is the amount alone, and
/// it must be one that a single open document has; in his list each number has but a share of it. A beginning that the bank left has
/// lost the digits that tell one document from the next: of two that owe the same it names neither.
std::int64_t Matcher::unconfirmed_ppm(const Mentions& mentions, FitKind kind) {
    // His own documents, and one of somebody else's by a number that may be anything: "KST 2359".
    const auto is_his = [&](const Mention& one) { return payer_.tie_to(one.item.customer) < Tie::bare_number; };
    if (std::any_of(mentions.begin(), mentions.end(), is_his) && std::any_of(mentions.begin(), mentions.end(), [&](auto& one) { return !is_his(one) && is_weak(one); }))
        return 2 * only_proposed;
    if (is_stranger_to(mentions))
        if (const auto ppm = strangers_ppm(mentions, kind); ppm > 0) return ppm;
    for (const auto& one : mentions) {
        if (one.unsure && payer_.tie_to(one.item.customer) >= Tie::bare_number) return 3 * only_proposed;
        if (one.how != How::slip && one.how != How::beginning) continue;
        if (payer_.tie_to(one.item.customer) >= Tie::bare_number) {
            if (mentions.size() > 1 || is_accidental(one)) return 2 * only_proposed;
            Items same;
            lookup_.by_amount(receipt_.entity, receipt_.amount, same_amount_max, same);
            if (same.size() > 1 || (same.empty() && one.item.residual == receipt_.amount.units())) return 2 * only_proposed;
        }
        if (one.how != How::beginning) continue;
        for (const auto& other : open_items_of(one.item.customer))
            if (other.residual == one.item.residual && std::none_of(mentions.begin(), mentions.end(), [&](auto& named) { return named.item.item == other.item; }))
                return 2 * only_proposed;
    }
    return 0;
}

}  // namespace owed::cash::detail
