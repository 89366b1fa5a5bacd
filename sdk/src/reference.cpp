#include "owed/reference.hpp"

#include <algorithm>
#include <array>

#include "owed/ascii.hpp"
#include "reference_check.hpp"

namespace owed {
namespace detail {

int modulo_97(std::string_view text) {
    int rest = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9') rest = (rest * 10 + (c - '0')) % 97;
        else rest = (rest * 100 + (c - 'A' + 10)) % 97;
    }
    return rest;
}

char luhn_digit(std::string_view body) {
    int sum = 0;
    bool twice = true;
    for (auto at = body.rbegin(); at != body.rend(); ++at, twice = !twice) {
        const int digit = (*at - '0') * (twice ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return static_cast<char>('0' + (10 - sum % 10) % 10);
}

char qrr_digit(std::string_view body) {
    static constexpr std::array table{0, 9, 4, 6, 8, 2, 7, 1, 3, 5};
    int carry = 0;
    for (const char c : body) carry = table[static_cast<std::size_t>((carry + (c - '0')) % 10)];
    return static_cast<char>('0' + (10 - carry) % 10);
}

}  // namespace detail

namespace {

/// Finland and Estonia: weights 7 3 1 from the right.
char weights_731_digit(std::string_view body) {
    static constexpr std::array weights{7, 3, 1};
    int sum = 0;
    std::size_t at = 0;
    for (auto c = body.rbegin(); c != body.rend(); ++c, ++at) sum += (*c - '0') * weights[at % 3];
    return static_cast<char>('0' + (10 - sum % 10) % 10);
}
/// Norway, modulus 11: weights 2 to 7 from the right, over and over.
char modulus_11_digit(std::string_view body) {
    int sum = 0, weight = 2;
    for (auto c = body.rbegin(); c != body.rend(); ++c, weight = weight == 7 ? 2 : weight + 1) sum += (*c - '0') * weight;
    const int check = 11 - sum % 11;
    return check == 10 ? '-' : check == 11 ? '0' : static_cast<char>('0' + check);
}
std::string two_digits(int value) { return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)}; }
std::string belgian_check(std::string_view body) {
    const int rest = detail::modulo_97(body);
    return two_digits(rest == 0 ? 97 : rest);
}
/// ISO 7064 as RF and IBAN use it; `head` is "RF" or the country code.
std::string iso_7064_check(std::string_view head, std::string_view body) {
    return two_digits(98 - detail::modulo_97(std::string{body} + std::string{head} + "00"));
}

/// Sizes are those of the whole reference, check digits included.
struct Rule {
    Scheme scheme;
    std::string_view name, title;
    std::string_view punctuation;  // besides blanks
    std::size_t size_min, size_max, check_size;
    bool fill_zeros, drop_zeros;
};
constexpr std::array rules{
    Rule{Scheme::iso11649, "iso11649", "an RF reference", "", 5, 25, 2, false, false},
    Rule{Scheme::qrr, "qrr", "a Swiss QR reference", "", 27, 27, 1, true, false},
    Rule{Scheme::viite, "viite", "a Finnish viite", "", 4, 20, 1, false, true},
    Rule{Scheme::viitenumber, "viitenumber", "an Estonian viitenumber", "", 2, 20, 1, false, true},
    Rule{Scheme::kid10, "kid10", "a KID", ".", 2, 25, 1, false, false},
    Rule{Scheme::kid11, "kid11", "a KID", ".", 2, 25, 1, false, false},
    Rule{Scheme::ocr, "ocr", "an OCR number", "-", 2, 25, 1, false, false},
    Rule{Scheme::ogm, "ogm", "a Belgian structured communication", "+*/", 12, 12, 2, true, false},
    Rule{Scheme::fik71, "fik71", "a FIK reference of type 71", "", 15, 15, 1, true, false},
    Rule{Scheme::fik75, "fik75", "a FIK reference of type 75", "", 16, 16, 1, true, false},
    Rule{Scheme::iban, "iban", "an IBAN", "", 15, 34, 2, false, false},
};
const Rule& rule_of(Scheme scheme) { return rules[static_cast<std::size_t>(scheme)]; }

bool takes_letters(Scheme scheme) { return scheme == Scheme::iso11649 || scheme == Scheme::iban; }

tl::unexpected<Error> refuse(const Rule& rule, std::string what) {
    return fail(Errc::malformed_input, std::string{rule.title} + " " + what);
}

/// Blanks and punctuation out, capitals; the next character that has no place there is refused.
Result<std::string> strip(const Rule& rule, std::string_view text, bool with_check) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0') {  // no-break space, as copied from a PDF
            ++i;
            continue;
        }
        if (c == ' ' || c == '\t' || rule.punctuation.find(c) != std::string_view::npos) continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        const bool last = text.find_first_not_of(" \t", i + 1) == std::string_view::npos;
        const bool check_dash = rule.scheme == Scheme::kid11 && with_check && c == '-' && last && !plain.empty();
        if (!is_digit(c) && !check_dash && !(takes_letters(rule.scheme) && c >= 'A' && c <= 'Z'))
            return refuse(rule, "cannot hold '" + (c >= ' ' && c < '\x7F' ? std::string(1, c) : std::string{"a special character"}) +
                                    "' (character " + std::to_string(i + 1) + ")");
        plain += c;
    }
    return plain;
}

Result<std::string> fit_length(const Rule& rule, std::string plain, std::size_t size_min, std::size_t size_max) {
    if (plain.empty()) return refuse(rule, "cannot be empty");
    if (rule.fill_zeros && plain.size() < size_max) plain.insert(0, size_max - plain.size(), '0');
    if (rule.drop_zeros) plain.erase(0, std::min(plain.find_first_not_of('0'), plain.size()));
    if (plain.size() < size_min || plain.size() > size_max) {
        const std::string wanted = size_min == size_max ? std::to_string(size_min) : std::to_string(size_min) + " to " + std::to_string(size_max);
        return refuse(rule, "has " + wanted + " characters here, this one has " + std::to_string(plain.size()) +
                                (rule.drop_zeros ? " without zeros in front" : ""));
    }
    return plain;
}

std::string grouped_from_left(std::string_view text, std::size_t first, std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i >= first && (i - first) % size == 0 && i > 0) out += ' ';
        out += text[i];
    }
    return out;
}
std::string printed_form(const Reference& reference) {
    const std::string& n = reference.normalised;
    switch (reference.scheme) {
        case Scheme::iso11649:
        case Scheme::iban: return grouped_from_left(n, 0, 4);
        case Scheme::qrr: return grouped_from_left(n, 2, 5);
        case Scheme::viite: return grouped_from_left(n, n.size() % 5, 5);
        case Scheme::viitenumber: return grouped_from_left(n, n.size() % 4, 4);
        case Scheme::kid10:
        case Scheme::kid11:
        case Scheme::ocr: return n;
        case Scheme::ogm: return "+++" + n.substr(0, 3) + "/" + n.substr(3, 4) + "/" + n.substr(7) + "+++";
        case Scheme::fik71:
        case Scheme::fik75: {
            const std::string type = reference.scheme == Scheme::fik71 ? "71" : "75";
            return "+" + type + "<" + n + (reference.creditor.empty() ? "" : "+" + reference.creditor + "<");
        }
    }
    return n;
}

/// The check digits that belong to a body.
std::string check_of(Scheme scheme, std::string_view body) {
    switch (scheme) {
        case Scheme::iso11649: return iso_7064_check("RF", body);
        case Scheme::iban: return iso_7064_check(body.substr(0, 2), body.substr(2));
        case Scheme::ogm: return belgian_check(body);
        case Scheme::qrr: return {detail::qrr_digit(body)};
        case Scheme::viite:
        case Scheme::viitenumber: return {weights_731_digit(body)};
        case Scheme::kid11: return {modulus_11_digit(body)};
        case Scheme::kid10:
        case Scheme::ocr:
        case Scheme::fik71:
        case Scheme::fik75: return {detail::luhn_digit(body)};
    }
    return {};
}

Result<Reference> assemble(const Rule& rule, std::string_view body) {
    if (body.find_first_not_of('0') == std::string_view::npos) return refuse(rule, "cannot be zeros alone");
    const std::string check = check_of(rule.scheme, body);
    Reference reference;
    reference.scheme = rule.scheme;
    if (rule.scheme == Scheme::iso11649) reference.normalised = "RF" + check + std::string{body};
    else if (rule.scheme == Scheme::iban) reference.normalised = std::string{body.substr(0, 2)} + check + std::string{body.substr(2)};
    else reference.normalised = std::string{body} + check;
    reference.printed = printed_form(reference);
    return reference;
}

/// Splits a normalised reference into body and check digits.
struct Parts {
    std::string body, check;
};
Result<Parts> take_apart(const Rule& rule, const std::string& plain) {
    if (rule.scheme == Scheme::iso11649 || rule.scheme == Scheme::iban) {
        if (rule.scheme == Scheme::iso11649 && !plain.starts_with("RF")) return refuse(rule, "begins with RF");
        if (!is_digit(plain[2]) || !is_digit(plain[3])) return refuse(rule, "has two check digits behind its first two letters");
        const std::string rest = plain.substr(4);
        if (rule.scheme == Scheme::iso11649) return Parts{rest, plain.substr(2, 2)};
        OWED_TRY_VOID(detail::check_bban(plain.substr(0, 2), rest));
        return Parts{plain.substr(0, 2) + rest, plain.substr(2, 2)};
    }
    const std::size_t body_size = plain.size() - rule.check_size;
    return Parts{plain.substr(0, body_size), plain.substr(body_size)};
}

/// "+71<000000000704122+87654321<": the type must fit, the creditor has 8 digits beginning with 8.
struct FikLine {
    std::string_view id, creditor;
};
Result<FikLine> take_fik_line(const Rule& rule, std::string_view text) {
    const auto angle = text.find('<');
    if (angle == std::string_view::npos) return FikLine{text, {}};
    std::string head;
    for (const char c : text.substr(0, angle))
        if (c != ' ' && c != '+') head += c;
    const std::string type = rule.scheme == Scheme::fik71 ? "71" : "75";
    if (head != type) return refuse(rule, "begins with +" + type + "<");
    std::string_view rest = text.substr(angle + 1);
    const auto plus = rest.find('+');
    if (plus == std::string_view::npos) return FikLine{rest, {}};
    std::string_view creditor = rest.substr(plus + 1);
    while (!creditor.empty() && (creditor.back() == '<' || creditor.back() == ' ')) creditor.remove_suffix(1);
    while (!creditor.empty() && creditor.front() == ' ') creditor.remove_prefix(1);
    if (creditor.size() != 8 || creditor[0] != '8' || !std::all_of(creditor.begin(), creditor.end(), is_digit))
        return refuse(rule, "names a creditor of 8 digits beginning with 8");
    return FikLine{rest.substr(0, plus), creditor};
}

Result<Reference> parse_checked(const Rule& rule, std::string_view text, bool exact_length) {
    std::string creditor;
    if (rule.scheme == Scheme::fik71 || rule.scheme == Scheme::fik75) {
        OWED_TRY(const FikLine line, take_fik_line(rule, text));
        text = line.id;
        creditor = line.creditor;
    }
    OWED_TRY(std::string plain, strip(rule, text, true));
    if (exact_length && rule.fill_zeros && plain.size() != rule.size_max) return refuse(rule, "has another length");
    OWED_TRY(plain, fit_length(rule, std::move(plain), rule.size_min, rule.size_max));
    OWED_TRY(const Parts parts, take_apart(rule, plain));
    OWED_TRY(Reference reference, assemble(rule, parts.body));
    if (const std::string wanted = check_of(rule.scheme, parts.body); wanted != parts.check)
        return refuse(rule, "with this body has the check digit" + std::string{rule.check_size > 1 ? "s " : " "} + wanted +
                                ", not " + parts.check);
    reference.creditor = std::move(creditor);
    reference.printed = printed_form(reference);
    return reference;
}

}  // namespace

std::string_view name_of(Scheme scheme) noexcept { return rule_of(scheme).name; }

std::optional<Scheme> find_scheme(std::string_view name) noexcept {
    for (const Rule& rule : rules)
        if (rule.name == name) return rule.scheme;
    return std::nullopt;
}

Result<Reference> parse_reference(Scheme scheme, std::string_view text) { return parse_checked(rule_of(scheme), text, false); }

Result<Reference> make_reference(Scheme scheme, std::string_view body) {
    const Rule& rule = rule_of(scheme);
    OWED_TRY(std::string plain, strip(rule, body, false));
    // Of RF the letters in front are no part of the body; of an IBAN the country code is.
    const std::size_t without = scheme == Scheme::iso11649 ? 4 : rule.check_size;
    OWED_TRY(plain, fit_length(rule, std::move(plain), rule.size_min - without, rule.size_max - without));
    if (scheme == Scheme::iban) OWED_TRY_VOID(detail::check_bban(plain.substr(0, 2), plain.substr(2)));
    return assemble(rule, plain);
}

Result<Reference> make_ocr_with_length(std::string_view body) {
    const Rule& rule = rule_of(Scheme::ocr);
    OWED_TRY(std::string plain, strip(rule, body, false));
    OWED_TRY(plain, fit_length(rule, std::move(plain), 1, rule.size_max - 2));
    plain += static_cast<char>('0' + (plain.size() + 2) % 10);
    return assemble(rule, plain);
}

std::vector<Reference> recognise(std::string_view text) {
    // The longer and stranger the form, the more it tells: RF and IBAN before bare digits.
    static constexpr std::array order{Scheme::iso11649, Scheme::iban, Scheme::qrr, Scheme::ogm, Scheme::fik71, Scheme::fik75,
                                      Scheme::viite, Scheme::viitenumber, Scheme::kid10, Scheme::ocr, Scheme::kid11};
    std::vector<Reference> found;
    for (const Scheme scheme : order)
        if (auto reference = parse_checked(rule_of(scheme), text, true)) found.push_back(std::move(*reference));
    return found;
}

}  // namespace owed
