#include "render/detail/account.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>

#include "owed/ascii.hpp"
#include "owed/reference.hpp"
#include "render/detail/text.hpp"

namespace owed::render::detail {
namespace {

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool is_capital_alnum(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_letter(c); });
}

/// What a person takes for the same letters, in one form: NFKC, invisible letters gone, capitals. Line breaks stay.
std::u32string as_read(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* nfkc = icu::Normalizer2::getNFKCInstance(status);
    OWED_CHECK(U_SUCCESS(status), u_errorName(status));
    const auto source = icu::UnicodeString::fromUTF8(icu::StringPiece{text.data(), static_cast<std::int32_t>(text.size())});
    std::string normal;
    nfkc->normalize(source, status).toUTF8String(normal);
    OWED_CHECK(U_SUCCESS(status), u_errorName(status));
    std::u32string out;
    for (std::size_t at = 0; at < normal.size();) {
        auto c = next_code_point(normal, at);
        if (c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF) continue;
        if (c >= 'a' && c <= 'z') c -= 32;
        out += static_cast<char32_t>(c);
    }
    return out;
}

bool is_ascii_alnum(char32_t c) { return c < 0x80 && (is_digit(static_cast<char>(c)) || is_letter(static_cast<char>(c))); }
bool is_group_sign(char32_t c) { return c == U' ' || c == U'-' || c == U'.' || c == 0x2010 || c == 0x2011 || c == 0x2013; }

/// `count` letters or digits from `at`, stepping over one group sign at a time; nullopt when the text breaks before.
std::optional<std::string> take(const std::u32string& text, std::size_t at, std::size_t count) {
    std::string out;
    for (; out.size() < count; ++at) {
        if (at < text.size() && !out.empty() && is_group_sign(text[at])) ++at;
        if (at >= text.size() || !is_ascii_alnum(text[at])) return std::nullopt;
        out += static_cast<char>(text[at]);
    }
    return out;
}

bool starts_word(const std::u32string& text, std::size_t at) { return at == 0 || !is_ascii_alnum(text[at - 1]); }

}  // namespace

bool is_bare_iban(std::string_view iban) { return is_capital_alnum(iban) && is_valid_iban(iban); }

bool is_creditor_reference(std::string_view reference) {
    return reference.size() > 2 && is_capital_alnum(reference) && parse_reference(Scheme::iso11649, reference).has_value();
}

bool is_in_eea(std::string_view country) {
    constexpr std::array eea{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
                             "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"};
    return std::find(eea.begin(), eea.end(), country) != eea.end();
}

std::vector<std::string> accounts_in(std::string_view text) {
    std::vector<std::string> found;
    const auto read = as_read(text);
    for (std::size_t at = 0; at + 15 <= read.size(); ++at) {
        if (!is_ascii_alnum(read[at]) || !starts_word(read, at)) continue;
        const auto head = take(read, at, 2);
        const auto length = head ? iban_length(*head) : std::nullopt;
        const auto whole = length ? take(read, at, *length) : std::nullopt;
        if (whole && is_bare_iban(*whole) && std::find(found.begin(), found.end(), *whole) == found.end())
            found.push_back(*whole);
    }
    return found;
}

bool shows_account(std::string_view text, std::string_view account) {
    const auto read = as_read(text), wanted_letters = as_read(account);
    std::string wanted;
    for (const auto c : wanted_letters)
        if (is_ascii_alnum(c)) wanted += static_cast<char>(c);
    if (wanted.empty()) return false;
    for (std::size_t at = 0; at < read.size(); ++at)
        if (is_ascii_alnum(read[at]) && starts_word(read, at) && take(read, at, wanted.size()) == wanted) return true;
    return false;
}

std::string digits_like_an_account(std::string_view text) {
    const auto read = as_read(text);
    for (std::size_t at = 0; at < read.size(); ++at) {
        if (!(read[at] < 0x80 && is_digit(static_cast<char>(read[at])))) continue;
        std::string run;
        std::size_t together = 0, longest = 0, i = at;
        for (; i < read.size(); ++i) {
            const bool digit = read[i] < 0x80 && is_digit(static_cast<char>(read[i]));
            const bool group = (is_group_sign(read[i]) || read[i] == U'/') && i + 1 < read.size() && read[i + 1] < 0x80 &&
                               is_digit(static_cast<char>(read[i + 1]));
            if (!digit && !group) break;
            together = digit ? together + 1 : 0;
            longest = std::max(longest, together);
            if (digit) run += static_cast<char>(read[i]);
        }
        if (longest >= 7 || run.size() >= 9) return run;
        at = i;
    }
    return {};
}

std::string in_fours(std::string_view account) {
    std::string out;
    for (std::size_t i = 0; i < account.size(); ++i) {
        if (i != 0 && i % 4 == 0) out += ' ';
        out += account[i];
    }
    return out;
}

}  // namespace owed::render::detail
