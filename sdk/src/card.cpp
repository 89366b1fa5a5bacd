#include "owed/card.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "owed/ascii.hpp"
#include "owed/reference.hpp"
#include "reference_check.hpp"

namespace owed {
namespace {

constexpr std::size_t card_min = 13, card_max = 19, group_gap_max = 3;

/// Issuer numbers from..to, compared over as many digits as `from` has. Source: the brands' published ranges.
struct Brand {
    std::string_view from, to;
    std::uint32_t lengths;  // bit n: a number of n digits exists
};
constexpr std::uint32_t lengths(std::size_t from, std::size_t to) {
    std::uint32_t bits = 0;
    for (std::size_t n = from; n <= to; ++n) bits |= 1U << n;
    return bits;
}
constexpr std::array brands{
    Brand{"4", "4", lengths(13, 13) | lengths(16, 16) | lengths(18, 19)},  // Visa
    Brand{"51", "55", lengths(16, 16)},                                    // Mastercard
    Brand{"2221", "2720", lengths(16, 16)},                                // Mastercard
    Brand{"34", "34", lengths(15, 15)},                                    // American Express
    Brand{"37", "37", lengths(15, 15)},
    Brand{"300", "305", lengths(14, 14) | lengths(16, 19)},                // Diners Club
    Brand{"3095", "3095", lengths(14, 14) | lengths(16, 19)},
    Brand{"36", "36", lengths(14, 19)},
    Brand{"38", "39", lengths(14, 14) | lengths(16, 19)},
    Brand{"6011", "6011", lengths(16, 19)},                                // Discover
    Brand{"644", "649", lengths(16, 19)},
    Brand{"65", "65", lengths(16, 19)},
    Brand{"62", "62", lengths(16, 19)},                                    // UnionPay
    Brand{"8100", "8171", lengths(16, 19)},
    Brand{"3528", "3589", lengths(16, 19)},                                // JCB
    Brand{"2200", "2204", lengths(16, 19)},                                // Mir
    Brand{"5018", "5018", lengths(13, 19)},                                // Maestro
    Brand{"5019", "5019", lengths(16, 16)},                                // Dankort
    Brand{"5020", "5020", lengths(13, 19)},
    Brand{"5038", "5038", lengths(13, 19)},
    Brand{"5612", "5612", lengths(13, 19)},
    Brand{"5893", "5893", lengths(13, 19)},
    Brand{"6304", "6304", lengths(13, 19)},
    Brand{"6759", "6759", lengths(13, 19)},
    Brand{"6761", "6763", lengths(13, 19)},
    Brand{"637", "639", lengths(16, 16)},                                  // InstaPayment
    Brand{"506", "509", lengths(16, 19)},                                  // Elo, Verve, RuPay
    Brand{"60", "60", lengths(16, 16)},                                    // RuPay, Hipercard
    Brand{"9792", "9792", lengths(16, 16)},                                // Troy
};

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// A run of digits as it lies in the text: `at` are the places of its digits.
struct Group {
    std::size_t first, last;  // indices into Chain::at, last is one behind
};
/// Groups that belong together, with small gaps between them.
struct Chain {
    std::vector<std::size_t> at;  // where each digit stands in the text
    std::string digits;
    std::vector<Group> groups;
};

/// How many bytes a separator at `i` takes, 0: none. A NUL is the other half of a UTF-16 digit and counts as nothing.
std::size_t separator_size(std::string_view text, std::size_t i) {
    const char c = text[i];
    if (c == ' ' || c == '-' || c == '.' || c == '\xA0') return 1;
    if (text.substr(i, 2) == "\xC2\xA0") return 2;  // no-break space
    const std::string_view three = text.substr(i, 3);
    // Thin and narrow spaces, no-break hyphen, en dash, minus: what word processors put there.
    for (const std::string_view known : {"\xE2\x80\x89", "\xE2\x80\xAF", "\xE2\x80\x91", "\xE2\x80\x93", "\xE2\x88\x92"})
        if (three == known) return 3;
    return 0;
}

/// Reads the chain that begins at digit `i`; returns where it ends.
std::size_t read_chain(std::string_view text, std::size_t i, Chain& chain) {
    chain.at.clear();
    chain.digits.clear();
    chain.groups.clear();
    std::size_t end = i;
    // In MT940 a subfield code touches what it heads: "?214111..." is ?21 and a number.
    bool code_pending = i > 0 && (text[i - 1] == '?' || text[i - 1] == '~') && i + 2 < text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2]);
    std::size_t group_first = 0;
    auto close_group = [&] {
        if (chain.at.size() > group_first) chain.groups.push_back({group_first, chain.at.size()});
        group_first = chain.at.size();
    };
    while (i < text.size()) {
        if (is_digit(text[i])) {
            chain.at.push_back(i);
            chain.digits += text[i];
            end = ++i;
            if (code_pending && chain.at.size() == 2) {
                close_group();
                code_pending = false;
            }
            continue;
        }
        if (text[i] == '\0') {
            ++i;
            continue;
        }
        std::size_t gap = i, count = 0;
        while (gap < text.size() && count <= group_gap_max) {
            if (text[gap] == '\0') {
                ++gap;
                continue;
            }
            const std::size_t size = separator_size(text, gap);
            if (size == 0) break;
            gap += size;
            ++count;
        }
        if (count == 0 || count > group_gap_max || gap >= text.size() || !is_digit(text[gap])) break;
        close_group();
        i = gap;
    }
    close_group();
    return end;
}

bool luhn_valid(std::string_view digits) {
    return detail::luhn_digit(digits.substr(0, digits.size() - 1)) == digits.back();
}

/// The groupings that cards carry in print; other splits count only when one kind of separator is used throughout.
bool usual_grouping(const Chain& chain, std::size_t from, std::size_t to) {
    std::string sizes;
    for (std::size_t g = from; g < to; ++g) sizes += static_cast<char>('0' + std::min<std::size_t>(chain.groups[g].last - chain.groups[g].first, 9));
    for (const std::string_view known : {"4444", "44443", "4443", "465", "464", "4441", "444", "446", "88", "46", "655", "4645", "68"})
        if (sizes == known) return true;
    return to - from == 1;
}
bool same_separator(std::string_view text, const Chain& chain, std::size_t from, std::size_t to) {
    std::string_view first;
    for (std::size_t g = from + 1; g < to; ++g) {
        const std::size_t begin = chain.at[chain.groups[g - 1].last - 1] + 1, end = chain.at[chain.groups[g].first];
        const std::string_view gap = text.substr(begin, end - begin);
        if (g == from + 1) first = gap;
        else if (gap != first) return false;
    }
    return true;
}

/// Spares the full check where the number alone says no.
bool checks_97(const std::string& plain) {
    return plain.size() >= 5 && detail::modulo_97(plain.substr(4) + plain.substr(0, 4)) == 1;
}

/// Places that valid IBANs and RF references cover; found once, in order.
std::vector<std::pair<std::size_t, std::size_t>> references_in(std::string_view text) {
    std::vector<std::pair<std::size_t, std::size_t>> spans;
    for (std::size_t i = 0; i + 5 < text.size(); ++i) {
        auto capital = [&](std::size_t k) { return text[k] >= 'A' && text[k] <= 'Z'; };
        if (!capital(i) || !capital(i + 1) || !is_digit(text[i + 2]) || !is_digit(text[i + 3])) continue;
        if (i > 0 && is_letter(text[i - 1])) continue;
        const bool rf = text.substr(i, 2) == "RF";
        const auto wanted = rf ? std::optional<std::size_t>{25} : iban_length(text.substr(i, 2));
        if (!wanted) continue;
        std::string plain;
        std::size_t k = i, best = 0;
        while (k < text.size() && plain.size() < *wanted) {
            const char c = text[k];
            if (c == ' ' && k + 1 < text.size() && (is_digit(text[k + 1]) || is_letter(text[k + 1]))) {
                ++k;
                continue;
            }
            if (!is_digit(c) && !is_letter(c)) break;
            plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            ++k;
            const bool at_edge = k == text.size() || (!is_digit(text[k]) && !is_letter(text[k]));
            if (rf && at_edge && checks_97(plain) && parse_reference(Scheme::iso11649, plain)) best = k;
        }
        if (!rf && plain.size() == *wanted && checks_97(plain) && parse_reference(Scheme::iban, plain)) best = k;
        if (best > i) {
            spans.emplace_back(i, best);
            i = best - 1;
        }
    }
    return spans;
}

using Ours = std::function<bool(std::string_view)>;

class Truncator {
  public:
    Truncator(std::string& text, const Ours& is_ours) : text_{text}, is_ours_{is_ours}, spans_{references_in(text)} {}

    int run() {
        Chain chain;
        for (std::size_t i = 0; i < text_.size();) {
            if (!is_digit(text_[i])) {
                ++i;
                continue;
            }
            const std::size_t start = i;
            i = read_chain(text_, i, chain);
            // "+49 171 ..." is a telephone number; its first group cannot begin a card. "SVWZ+4111..." is none.
            const bool telephone = start > 0 && text_[start - 1] == '+' && (start == 1 || !is_letter(text_[start - 2]));
            if (chain.digits.size() >= card_min && !spared(chain)) search(chain, telephone ? 1 : 0);
        }
        return found_;
    }

  private:
    bool spared(const Chain& chain) const {
        if (chain.digits.size() == 27 && parse_reference(Scheme::qrr, chain.digits)) return true;
        // No issued reference is longer than 27 digits, so longer chains are not asked about.
        return is_ours_ && chain.digits.size() <= 40 && is_ours_(chain.digits);
    }

    void search(const Chain& chain, std::size_t first_group) {
        for (std::size_t from = first_group; from < chain.groups.size(); ++from) {
            // The longest candidate wins: 19 digits before the 16 in front of them.
            std::size_t to = from, best = from;
            while (to < chain.groups.size() && size_of(chain, from, to + 1) <= card_max) {
                ++to;
                if (is_card(chain, from, to)) best = to;
            }
            if (best == from) continue;
            truncate(chain, from, best);
            from = best - 1;
        }
    }
    static std::size_t size_of(const Chain& chain, std::size_t from, std::size_t to) {
        return chain.groups[to - 1].last - chain.groups[from].first;
    }

    bool is_card(const Chain& chain, std::size_t from, std::size_t to) {
        const std::size_t size = size_of(chain, from, to);
        if (size < card_min) return false;
        const std::string_view digits = std::string_view{chain.digits}.substr(chain.groups[from].first, size);
        if (!looks_like_card_number(digits)) return false;
        if (!usual_grouping(chain, from, to) && !same_separator(text_, chain, from, to)) return false;
        if (inside_reference(chain.at[chain.groups[from].first])) return false;
        return !is_ours_ || !is_ours_(digits);
    }
    bool inside_reference(std::size_t place) {
        while (span_ < spans_.size() && spans_[span_].second <= place) ++span_;
        return span_ < spans_.size() && spans_[span_].first <= place;
    }

    void truncate(const Chain& chain, std::size_t from, std::size_t to) {
        const std::size_t first = chain.groups[from].first, last = chain.groups[to - 1].last;
        for (std::size_t d = first + 6; d + 4 < last; ++d) text_[chain.at[d]] = '*';
        ++found_;
    }

    std::string& text_;
    const Ours& is_ours_;
    std::vector<std::pair<std::size_t, std::size_t>> spans_;
    std::size_t span_ = 0;
    int found_ = 0;
};

}  // namespace

bool looks_like_card_number(std::string_view digits) {
    if (digits.size() < card_min || digits.size() > card_max || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
    const bool issued = std::any_of(brands.begin(), brands.end(), [&](const Brand& brand) {
        const std::string_view head = digits.substr(0, brand.from.size());
        return head >= brand.from && head <= brand.to && (brand.lengths >> digits.size() & 1U) != 0;
    });
    return issued && luhn_valid(digits);
}

std::string truncate_card_numbers(std::string text, const std::function<bool(std::string_view digits)>& is_ours, int* count) {
    const int found = Truncator{text, is_ours}.run();
    if (count) *count += found;
    return text;
}

}  // namespace owed
