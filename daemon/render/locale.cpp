#include "render/locale.hpp"

#include <unicode/currunit.h>
#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>
#include <unicode/numberformatter.h>

#include <algorithm>
#include <fmt/format.h>

#include "owed/ascii.hpp"

namespace owed::render {
namespace {

std::string utf8(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

/// Language, then optionally a script of four letters, then a region of two letters or three digits.
std::optional<std::string> canonical(std::string_view tag) {
    std::string out;
    if (tag.ends_with('-') || tag.ends_with('_')) return std::nullopt;
    for (int part = 0; !tag.empty() || part == 0; ++part) {
        const auto end = std::min(tag.find_first_of("-_"), tag.size());
        const auto piece = tag.substr(0, end);
        tag.remove_prefix(std::min(end + 1, tag.size()));
        const bool alpha = std::all_of(piece.begin(), piece.end(), is_alpha);
        const bool digits = std::all_of(piece.begin(), piece.end(), is_digit);
        if (part == 0 && alpha && (piece.size() == 2 || piece.size() == 3)) {
            std::transform(piece.begin(), piece.end(), std::back_inserter(out), lower);
        } else if (part == 1 && alpha && piece.size() == 4) {
            out += '-';
            out += upper(piece[0]);
            std::transform(piece.begin() + 1, piece.end(), std::back_inserter(out), lower);
        } else if ((part == 1 || part == 2) && ((alpha && piece.size() == 2) || (digits && piece.size() == 3))) {
            out += '-';
            std::transform(piece.begin(), piece.end(), std::back_inserter(out), upper);
        } else {
            return std::nullopt;
        }
    }
    return out;
}

/// CLDR puts U+202F and U+00A0 into numbers. Many mail readers draw a box for U+202F, so U+00A0 serves for both.
std::string common_spaces(std::string text) {
    for (std::size_t at = 0; (at = text.find("\u202f", at)) != std::string::npos;) text.replace(at, 3, "\u00a0");
    return text;
}

std::string format_units(const std::string& tag, Money amount, bool with_currency) {
    UErrorCode status = U_ZERO_ERROR;
    auto formatter = icu::number::NumberFormatter::withLocale(icu::Locale{tag.c_str()})
                         .precision(icu::number::Precision::fixedFraction(amount.currency().minor_digits))
                         .grouping(UNUM_GROUPING_ON_ALIGNED);
    if (with_currency) {
        const std::string code{amount.currency().text()};
        const icu::CurrencyUnit unit{icu::StringPiece{code.c_str()}, status};
        formatter = formatter.unit(unit).unitWidth(UNUM_UNIT_WIDTH_ISO_CODE);
    }
    const std::string exact = to_text(amount);  // a decimal text, so that no binary floating point comes near
    const auto out = formatter.formatDecimal(icu::StringPiece{exact.c_str()}, status);
    const auto text = out.toString(status);
    OWED_CHECK(U_SUCCESS(status), u_errorName(status));
    return common_spaces(utf8(text));
}

std::string short_month(const std::string& tag, int month) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::DateFormatSymbols symbols{icu::Locale{tag.c_str()}, status};
    OWED_CHECK(U_SUCCESS(status), u_errorName(status));
    std::int32_t count = 0;
    const auto* months = symbols.getMonths(count, icu::DateFormatSymbols::FORMAT, icu::DateFormatSymbols::ABBREVIATED);
    return utf8(months[month - 1]);
}

}  // namespace

Result<Locale> Locale::find(std::string_view tag) {
    if (auto found = canonical(tag)) return Locale{std::move(*found)};
    return fail(Errc::invalid_argument, fmt::format("\"{}\" is not a language tag", tag), {},
                "use a tag like de, en-US or fr-CA");
}

std::string Locale::language() const { return tag_.substr(0, tag_.find('-')); }

std::string Locale::amount(Money amount, Space space) const {
    std::string text = format_units(tag_, amount, true);
    if (space == Space::plain) {
        // Only the space next to the currency code; the one that groups digits stays.
        const auto at = text.find("\u00a0" + std::string{amount.currency().text()});
        const auto after = text.find(std::string{amount.currency().text()} + "\u00a0");
        if (at != std::string::npos) text.replace(at, 2, " ");
        else if (after != std::string::npos) text.replace(after + 3, 2, " ");
    }
    return text;
}

std::string Locale::number(Money amount) const { return format_units(tag_, amount, false); }

std::string Locale::date(Date date) const {
    const auto base = language();
    const int y = date.year(), m = date.month(), d = date.day();
    if (tag_ == "en-US") return fmt::format("{:02}/{:02}/{:04}", m, d, y);
    if (base == "en") return fmt::format("{} {} {:04}", d, short_month("en", m), y);
    if (base == "de") return fmt::format("{:02}.{:02}.{:04}", d, m, y);
    if (base == "es" || base == "fr") return fmt::format("{:02}/{:02}/{:04}", d, m, y);
    return to_text(date);
}

std::string Locale::country(std::string_view code) const {
    icu::UnicodeString name;
    const icu::Locale place{"", std::string{code}.c_str()};
    return utf8(place.getDisplayCountry(icu::Locale{tag_.c_str()}, name));
}

std::vector<std::string> language_chain(std::string_view customer_language, std::string_view default_language) {
    std::vector<std::string> chain;
    const auto add = [&](std::string tag) {
        if (std::find(chain.begin(), chain.end(), tag) == chain.end()) chain.push_back(std::move(tag));
    };
    for (const auto tag : {customer_language, default_language, std::string_view{"en"}})
        if (auto locale = Locale::find(tag)) {
            add(locale->tag());
            add(locale->language());
        }
    return chain;
}

}  // namespace owed::render
