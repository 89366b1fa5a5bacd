#include <algorithm>
#include <array>

#include "owed/reference.hpp"
#include "reference_check.hpp"

namespace owed {
namespace {

/// What stands behind country code and check digits: runs of digits (n), capitals (a) or both (c), "4a14n".
struct Country {
    std::string_view code, bban;
};
// Source: SWIFT IBAN Registry, release 98 (structures as (length)(class)); sorted by code.
constexpr std::array countries{
    Country{"AD", "8n12c"},    Country{"AE", "19n"},      Country{"AL", "8n16c"},   Country{"AT", "16n"},
    Country{"AZ", "4a20c"},    Country{"BA", "16n"},      Country{"BE", "12n"},     Country{"BG", "4a6n8c"},
    Country{"BH", "4a14c"},    Country{"BI", "23n"},      Country{"BR", "23n1a1c"}, Country{"BY", "4c4n16c"},
    Country{"CH", "5n12c"},    Country{"CR", "18n"},      Country{"CY", "8n16c"},   Country{"CZ", "20n"},
    Country{"DE", "18n"},      Country{"DJ", "23n"},      Country{"DK", "14n"},     Country{"DO", "4c20n"},
    Country{"EE", "16n"},      Country{"EG", "25n"},      Country{"ES", "20n"},     Country{"FI", "14n"},
    Country{"FK", "2a12n"},    Country{"FO", "14n"},      Country{"FR", "10n11c2n"}, Country{"GB", "4a14n"},
    Country{"GE", "2a16n"},    Country{"GI", "4a15c"},    Country{"GL", "14n"},     Country{"GR", "7n16c"},
    Country{"GT", "24c"},      Country{"HN", "4a20n"},    Country{"HR", "17n"},     Country{"HU", "24n"},
    Country{"IE", "4a14n"},    Country{"IL", "19n"},      Country{"IQ", "4a15n"},   Country{"IS", "22n"},
    Country{"IT", "1a10n12c"}, Country{"JO", "4a4n18c"},  Country{"KW", "4a22c"},   Country{"KZ", "3n13c"},
    Country{"LB", "4n20c"},    Country{"LC", "4a24c"},    Country{"LI", "5n12c"},   Country{"LT", "16n"},
    Country{"LU", "3n13c"},    Country{"LV", "4a13c"},    Country{"LY", "21n"},     Country{"MC", "10n11c2n"},
    Country{"MD", "20c"},      Country{"ME", "18n"},      Country{"MK", "3n10c2n"}, Country{"MN", "16n"},
    Country{"MR", "23n"},      Country{"MT", "4a5n18c"},  Country{"MU", "4a19n3a"}, Country{"NI", "4a20n"},
    Country{"NL", "4a10n"},    Country{"NO", "11n"},      Country{"OM", "3n16c"},   Country{"PK", "4a16c"},
    Country{"PL", "24n"},      Country{"PS", "4a21c"},    Country{"PT", "21n"},     Country{"QA", "4a21c"},
    Country{"RO", "4a16c"},    Country{"RS", "18n"},      Country{"RU", "14n15c"},  Country{"SA", "2n18c"},
    Country{"SC", "4a20n3a"},  Country{"SD", "14n"},      Country{"SE", "20n"},     Country{"SI", "15n"},
    Country{"SK", "20n"},      Country{"SM", "1a10n12c"}, Country{"SO", "19n"},     Country{"ST", "21n"},
    Country{"SV", "4a20n"},    Country{"TL", "19n"},      Country{"TN", "20n"},     Country{"TR", "6n16c"},
    Country{"UA", "6n19c"},    Country{"VA", "18n"},      Country{"VG", "4a16n"},   Country{"XK", "16n"},
    Country{"YE", "4a4n18c"},
};

const Country* find_country(std::string_view code) noexcept {
    const auto at = std::lower_bound(countries.begin(), countries.end(), code, [](const Country& c, std::string_view k) { return c.code < k; });
    return at != countries.end() && at->code == code ? &*at : nullptr;
}

/// Calls `piece(length, class)` for each run of a structure; false ends it.
template <class Piece>
bool each_piece(std::string_view structure, Piece piece) {
    std::size_t length = 0;
    for (const char c : structure) {
        if (c >= '0' && c <= '9') {
            length = length * 10 + static_cast<std::size_t>(c - '0');
        } else {
            if (!piece(length, c)) return false;
            length = 0;
        }
    }
    return true;
}
std::size_t bban_length(std::string_view structure) {
    std::size_t total = 0;
    each_piece(structure, [&](std::size_t length, char) { return total += length, true; });
    return total;
}
bool fits(char c, char kind) {
    const bool digit = c >= '0' && c <= '9', letter = c >= 'A' && c <= 'Z';
    return kind == 'n' ? digit : kind == 'a' ? letter : digit || letter;
}

}  // namespace

std::optional<std::size_t> iban_length(std::string_view country) noexcept {
    const Country* found = find_country(country);
    if (!found) return std::nullopt;
    return 4 + bban_length(found->bban);
}

namespace detail {

Status check_bban(std::string_view country, std::string_view bban) {
    const Country* found = find_country(country);
    if (!found) return fail(Errc::malformed_input, "no country with IBANs has the code \"" + std::string{country} + "\"");
    const std::size_t wanted = bban_length(found->bban);
    if (bban.size() != wanted)
        return fail(Errc::malformed_input, "an IBAN of " + std::string{country} + " has " + std::to_string(wanted + 4) +
                                               " characters, this one has " + std::to_string(bban.size() + 4));
    std::size_t at = 0;
    const bool good = each_piece(found->bban, [&](std::size_t length, char kind) {
        for (std::size_t end = at + length; at < end; ++at)
            if (!fits(bban[at], kind)) return false;
        return true;
    });
    if (!good)
        return fail(Errc::malformed_input, "character " + std::to_string(at + 5) + " of an IBAN of " + std::string{country} +
                                               " cannot be '" + std::string{bban.substr(at, 1)} + "'");
    return {};
}

}  // namespace detail

bool is_valid_iban(std::string_view text) { return parse_reference(Scheme::iban, text).has_value(); }

bool is_qr_iban(std::string_view text) {
    const auto iban = parse_reference(Scheme::iban, text);
    if (!iban || !(iban->normalised.starts_with("CH") || iban->normalised.starts_with("LI"))) return false;
    const std::string_view institution = std::string_view{iban->normalised}.substr(4, 5);
    return institution >= "30000" && institution <= "31999";
}

}  // namespace owed
