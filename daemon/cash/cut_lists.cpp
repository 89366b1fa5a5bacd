// A list that the bank has cut: what is named, and what else must be meant by the rest of the money.
#include <algorithm>

#include "cash/detail/mask.hpp"
#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {
namespace {

/// Letters and digits alone, in capitals.
std::string bare(std::string_view number) {
    std::string out;
    for (const char c : number)
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) out += c >= 'a' ? static_cast<char>(c - 32) : c;
    return out;
}

constexpr std::string_view dividers = "+,;/&";

std::string_view without_last_blanks(std::string_view text) {
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// The last one, two and three words of a text.
std::vector<std::string_view> last_words(std::string_view text) {
    std::vector<std::string_view> found;
    text = without_last_blanks(text);
    auto end = text.size();
    while (found.size() < 3 && end > 0) {
        const auto blank = text.find_last_of(' ', end - 1);
        found.push_back(blank == text.npos ? text : text.substr(blank + 1));
        if (blank == text.npos) break;
        end = without_last_blanks(text.substr(0, blank)).size();
    }
    return found;
}

}  // namespace

/// The customer's open documents begin so.
bool Matcher::begins_a_number_of(CustomerId customer, std::string_view written) {
    const auto beginning = bare(written);
    if (beginning.empty()) return false;
    const auto begins = [](const std::string& whole, std::string_view part) { return whole.size() > part.size() && whole.starts_with(part); };
    // "NR90001272": the word before it has grown together with the number.
    const auto digits = std::string_view{beginning}.substr(std::min(beginning.find_first_of("0123456789"), beginning.size()));
    const auto& open = open_items_of(customer);
    return std::any_of(open.begin(), open.end(), [&](const auto& item) {
        const auto whole = bare(item.document);
        return begins(whole, beginning) || (digits.size() >= 4 && begins(whole, digits));
    });
}

/// How the text ends, when that is the beginning of another number of the customer's: the bank had no room for more. Empty when it is
/// not. Letters alone are one after a number or in a list only ("INV-2026-0042 IN"): else they are a word.
std::string Matcher::cut_end(CustomerId customer) {
    if (receipt_.text.empty()) return {};
    std::vector<std::string> ends{receipt_.text.back()};
    if (receipt_.text.size() > 1) ends.push_back(receipt_.text[receipt_.text.size() - 2] + receipt_.text.back());   // broken by the columns too
    for (const auto& text : ends) {
        const auto words = last_words(text);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool digits = digit_count(words[i]) > 0;
            if (!digits && (i > 0 || words.size() < 2 || digit_count(words[1]) == 0)) continue;
            const bool whole = std::any_of(found_in_full_.begin(), found_in_full_.end(), [&](auto at) { return bare(reading_.tokens[at].raw) == bare(words[i]); });
            if (!whole && begins_a_number_of(customer, words[i])) return std::string{words[i]};
        }
    }
    return {};
}

/// The text ends where another number should stand: in the middle of one, or after what divides them.
bool Matcher::is_cut_list(CustomerId customer) {
    if (receipt_.text.empty()) return false;
    const auto end = without_last_blanks(receipt_.text.back());
    return (!end.empty() && dividers.find(end.back()) != dividers.npos) || ends_in_a_rest() || !cut_end(customer).empty();
}

/// "174417,166": the last of a list, and too short to be anything.
bool Matcher::ends_in_a_rest() const {
    const auto masked = without_other_numbers(receipt_.text.back());
    const auto end = without_last_blanks(masked);
    const auto rest = end.find_last_not_of("0123456789");
    if (rest == end.npos || rest + 1 == end.size() || dividers.find(end[rest]) == dividers.npos) return false;
    const auto before = without_last_blanks(end.substr(0, rest));
    if (before.empty() || before.back() < '0' || before.back() > '9') return false;
    return end[rest] != '/' && end.size() - rest <= 4;
}

/// It looks just like the numbers of the payer's open documents, is none of ours and no slip of one of his: of a document to come.
bool Matcher::is_one_to_come(const Token& token) {
    const auto known = payer_.known();
    const auto number = bare(token.raw);
    if (!known || number.size() < 5) return false;
    bool alike = false;
    for (const auto& item : open_items_of(*known)) {
        const auto own = bare(item.document);
        if (one_slip_apart(own, number)) return false;
        alike = alike || (own.size() == number.size() && own.compare(0, own.size() / 2, number, 0, own.size() / 2) == 0);
    }
    number_to_come_ = number_to_come_ || alike;
    return alike;
}

/// The number, or its word, is where the bank cut the text off.
bool Matcher::is_cut(std::string_view written) {
    const auto known = payer_.known();
    if (!known) return false;
    return begins_a_number_of(*known, written) || bare(cut_end(*known)).find(bare(written)) != std::string::npos;
}

/// What is named, and unnamed items of the same customers that make up the rest: the bank cut the text, or credit memos were
/// deducted silently.
void Matcher::try_completion(const Mentions& mentions) {
    if (mentions.size() > 60) return;
    std::int64_t named = 0;
    for (const auto& one : mentions) named += one.item.residual;
    const auto rest = receipt_.amount.units() - named;
    Items others;
    std::vector<CustomerId> seen;
    for (const auto& one : mentions) {
        if (std::find(seen.begin(), seen.end(), one.item.customer) != seen.end()) continue;
        seen.push_back(one.item.customer);
        for (const auto& item : open_items_of(one.item.customer))
            if (std::none_of(mentions.begin(), mentions.end(), [&](auto& m) { return m.item.item == item.item; })) others.push_back(item);
    }
    std::erase_if(others, [&](const ItemView& item) { return rest > 0 ? item.residual <= 0 || item.residual > rest : item.residual >= 0; });
    if (others.empty()) return;
    // One item that makes up the rest is hardly an accident; of several, others might do as well within a discount or a cent.
    // He names a settled document too: the rest of the money may be for that, a second time.
    const bool settled_too = rest > 0 && std::any_of(settled_.begin(), settled_.end(), [&](const Mention& one) {
        return one.ppm <= named_strongly && std::find(seen.begin(), seen.end(), one.item.customer) != seen.end();
    });
    // What nobody wrote down is guessed from what he did write: not on top of a number that is itself a guess, nor for a stranger of
    // whose documents not one is named in full, or but one and nothing shows that the bank has cut another.
    const bool guessed = std::any_of(mentions.begin(), mentions.end(), [](const Mention& one) { return one.unsure || one.how == How::slip || one.how == How::beginning; }) ||
                         (strongest(mentions) > How::document && payer_.tie_to(mentions.front().item.customer) >= Tie::unknown) ||
                         (mentions.size() == 1 && is_stranger_to(mentions) && strongest(mentions) > How::advice && !is_cut_list(mentions.front().item.customer));
    const auto complete = [&](const Items& added, std::int64_t accident, const char* what, std::int64_t at_least_ppm) {
        if (settled_too || guessed) at_least_ppm = std::max(at_least_ppm, 2 * only_proposed);
        auto items = items_of(mentions);
        items.insert(items.end(), added.begin(), added.end());
        auto fit = closing_fit(payment_for(items), items, settings_);
        if (!fit || fit->kind > FitKind::discount) return;
        const auto how = strongest(mentions);
        auto why = std::string{where_of(how)} + " names " + names_of(items_of(mentions)) + ", and " + what + " " + names_of(added) + " the amount is complete";
        auto ppm = named_ppm(mentions);
        ppm = std::min<std::int64_t>(std::max<std::int64_t>(ppm, 1'000) + accident * 2, million);
        // "near_number" would promise too little, "document_number" too much.
        consider({.stage = how == How::reference ? "structured_reference" : "document_number", .items = std::move(items), .fit = std::move(*fit),
                  .doubt = {}, .how = how, .why = std::move(why), .at_least_ppm = at_least_ppm}, ppm);
    };
    std::int64_t sum = 0;
    for (const auto& item : others) sum += item.residual;
    const auto alone = surplus_ppm(mentions);
    if (sum == rest) complete(others, 20'000, "with all that is open besides,", alone);
    // One item of just this amount before any sum of several.
    const auto is_rest = [&](const ItemView& item) { return item.residual == rest; };
    if (std::count_if(others.begin(), others.end(), is_rest) == 1) {
        const auto& one = *std::find_if(others.begin(), others.end(), is_rest);
        complete({one}, accident_ppm(others.size(), 1, rest < 0 ? -rest : rest) + 10'000, "with", alone);
        return;
    }
    if (others.size() > static_cast<std::size_t>(settings_.subset_items_max)) return;
    std::vector<std::int64_t> values;
    for (const auto& item : others) values.push_back(item.residual);
    bool several = false;
    const auto chosen = unique_subset(values, rest, several);
    if (chosen.empty()) return;
    Items added;
    for (const auto i : chosen) added.push_back(others[i]);
    // A sum that nobody wrote down: the payer must be known, and nothing else make the rest. Even then a person looks at it.
    auto at_least = alone;
    if (added.size() > 1) {
        const bool surely_his = payer_.tie_to(mentions.front().item.customer) < Tie::shared_account;
        at_least = rest > 0 && several_make(mentions, seen, rest) ? 4 * only_proposed : surely_his ? completed_by_sum : only_proposed;
    }
    complete(added, accident_ppm(others.size(), added.size(), rest < 0 ? -rest : rest) + 10'000, "with", at_least);
}

/// The rest of a list has more than one explanation: another sum, with a credit memo deducted, or one document less its discount.
bool Matcher::several_make(const Mentions& mentions, const std::vector<CustomerId>& customers, std::int64_t rest) {
    std::vector<std::int64_t> values;
    bool credits = false;
    for (const auto customer : customers)
        for (const auto& item : open_items_of(customer)) {
            if (std::any_of(mentions.begin(), mentions.end(), [&](auto& m) { return m.item.item == item.item; })) continue;
            values.push_back(item.residual);
            credits = credits || item.residual < 0;
            for (const int grace : {0, settings_.discount_grace_days})
                if (const auto discount = discount_on(item, receipt_.value_date, grace, settings_); discount > 0 && item.residual - discount == rest) return true;
        }
    if (!credits) return false;   // sums of debits alone are counted where they are looked for
    if (values.size() > static_cast<std::size_t>(settings_.subset_items_max)) return true;
    bool several = false;
    return unique_subset(values, rest, several).empty() ? several : false;
}

/// Too much by a round sum, and just one document named: as likely an over-payment as a second document nobody wrote down.
std::int64_t Matcher::surplus_ppm(const Mentions& mentions) {
    if (mentions.size() != 1) return 0;
    const auto surplus = receipt_.amount.units() - mentions.front().item.residual;
    std::int64_t fifty = 50;
    for (int i = 0; i < currency_.minor_digits; ++i) fifty *= 10;
    return surplus > 0 && surplus % fifty == 0 && cut_end(mentions.front().item.customer).empty() ? 2 * only_proposed : 0;
}

}  // namespace owed::cash::detail
