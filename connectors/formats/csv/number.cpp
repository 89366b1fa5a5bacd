#include "formats/csv/number.hpp"

#include "formats/csv/csv.hpp"
#include "owed/ascii.hpp"

namespace owed::formats::csv {
namespace {

constexpr std::size_t digits_max = 18;
constexpr std::size_t decimals_max = 12;

struct MarkText {
    Mark mark;
    std::string_view text, name;
};
constexpr std::array marks{
    MarkText{Mark::dot, ".", "\".\""},
    MarkText{Mark::comma, ",", "\",\""},
    MarkText{Mark::apostrophe, "'", "\"'\""},
    MarkText{Mark::right_quote, "\xE2\x80\x99", "\"\xE2\x80\x99\""},
    MarkText{Mark::blank, " ", "a blank"},
    MarkText{Mark::no_break_blank, "\xC2\xA0", "a no-break blank"},
    MarkText{Mark::narrow_blank, "\xE2\x80\xAF", "a narrow no-break blank"},
};


tl::unexpected<Error> no_number(std::string_view cell, std::string_view why) {
    return fail(Errc::malformed_input, shown(cell) + " is not a clear amount: " + std::string{why});
}

/// A cell taken apart: its digits, and the signs between its groups of digits.
struct Parts {
    Negative style = Negative::unseen;  ///< unseen: not negative
    std::string_view body;
    std::array<std::uint8_t, digits_max + 2> group{};  ///< lengths; groups = marks + 1
    std::array<Mark, digits_max + 1> mark{};
    std::size_t marks = 0;
    std::size_t digits = 0;

    bool is_negative() const { return style != Negative::unseen; }
    std::size_t last_group() const { return group[marks]; }
};

/// Names the characters that look right and are not; each has been seen in exports or in attacks.
std::string_view why_not(std::string_view rest) {
    struct Known {
        std::string_view bytes, why;
    };
    static constexpr std::array known{
        Known{"\xE2\x88\x92", "it has a typographic minus (U+2212) in place of -"},
        Known{"\xE2\x80\x90", "it has a typographic hyphen (U+2010) in place of -"},
        Known{"\xE2\x80\x91", "it has a no-break hyphen (U+2011) in place of -"},
        Known{"\xE2\x80\x93", "it has a dash (U+2013) in place of -"},
        Known{"\xE2\x80\x94", "it has a dash (U+2014) in place of -"},
        Known{"\xEF\xBC", "it has full-width characters"},
        Known{"\xC2\xAD", "it has an invisible hyphen (U+00AD)"},
        Known{"\xE2\x80\x8B", "it has an invisible blank (U+200B)"},
        Known{"\xE2\x80\x89", "it has a thin blank (U+2009) between its digits"},
        Known{"\xEF\xBB\xBF", "it has an invisible mark (U+FEFF)"},
        Known{"\xE2\x82\xAC", "it has a currency sign"},
        Known{"\xC2\xA3", "it has a currency sign"},
        Known{"$", "it has a currency sign"},
        Known{"e", "exponents are not read"},
        Known{"E", "exponents are not read"},
        Known{"=", "it is a formula"},
        Known{"#", "it is a spreadsheet error"},
        Known{"%", "it is a percentage"},
    };
    for (const Known& k : known)
        if (rest.starts_with(k.bytes)) return k.why;
    return "it has characters other than digits, sign and separators";
}

/// Takes sign or parentheses off.
Result<Parts> strip_sign(std::string_view cell) {
    Parts parts;
    std::string_view body = cell;
    bool plus = body.starts_with('+');
    bool minus = body.starts_with('-');
    if (plus || minus) body.remove_prefix(1);
    if (body.starts_with('(') && body.ends_with(')') && body.size() > 2) {
        if (plus || minus) return no_number(cell, "it has both a sign and parentheses");
        body = body.substr(1, body.size() - 2);
        parts.style = Negative::parentheses;
    } else if (body.ends_with('-')) {
        if (plus || minus) return no_number(cell, "it has a sign on both sides");
        body.remove_suffix(1);
        parts.style = Negative::trailing;
    } else if (minus) {
        parts.style = Negative::leading;
    }
    parts.body = body;
    return parts;
}

const MarkText* mark_at(std::string_view rest) {
    for (const MarkText& m : marks)
        if (rest.starts_with(m.text)) return &m;
    return nullptr;
}

Result<Parts> take_apart(std::string_view cell) {
    if (cell.empty()) return no_number(cell, "it is empty");
    if (cell.size() > 64) return no_number(cell, "it is too long");
    OWED_TRY(Parts parts, strip_sign(cell));
    std::string_view rest = parts.body;
    while (!rest.empty()) {
        if (is_digit(rest.front())) {
            if (++parts.digits > digits_max) return fail(Errc::amount_overflow, shown(cell) + " has more than 18 digits");
            ++parts.group[parts.marks];
            rest.remove_prefix(1);
            continue;
        }
        const MarkText* mark = mark_at(rest);
        if (!mark) return no_number(cell, why_not(rest));
        if (parts.marks == parts.mark.size()) return no_number(cell, "it has too many separators");
        bool doubled = parts.marks > 0 && parts.last_group() == 0;
        if (doubled) return no_number(cell, "it has two separators side by side");
        parts.mark[parts.marks++] = mark->mark;
        rest.remove_prefix(mark->text.size());
    }
    if (parts.digits == 0) return no_number(cell, "it has no digits");
    if (parts.last_group() == 0) return no_number(cell, "it ends with a separator");
    return parts;
}

bool can_be_decimal(Mark mark) { return mark == Mark::dot || mark == Mark::comma; }

/// Marks [0, n) all `mark`, first group 1 to 3 digits and the ones after it 3.
bool groups_by_threes(const Parts& parts, std::size_t n, Mark mark) {
    if (parts.group[0] < 1 || parts.group[0] > 3) return false;
    for (std::size_t i = 0; i < n; ++i)
        if (parts.mark[i] != mark || (i + 1 <= n && parts.group[i + 1] != 3)) return false;
    return true;
}

/// What a cell shows about its file: which mark is decimal, which groups thousands, or which could be either.
struct Reading {
    Mark decimal = Mark::none, thousands = Mark::none, either = Mark::none;
};

Result<Reading> reading_of(const Parts& parts, std::string_view cell) {
    Reading reading;
    if (parts.marks == 0) return reading;
    const Mark last = parts.mark[parts.marks - 1];
    if (parts.marks == 1) {
        bool threes = groups_by_threes(parts, 1, last);
        bool leading_zero = parts.body.starts_with('0');  // 0.123 is not zero thousand
        if (!can_be_decimal(last)) {
            if (!threes) return no_number(cell, "its thousands are not groups of three digits");
            reading.thousands = last;
        } else if (threes && !leading_zero) {
            reading.either = last;
        } else {
            reading.decimal = last;
        }
        return reading;
    }
    const Mark first = parts.mark[0];
    std::size_t thousands = first == last ? parts.marks : parts.marks - 1;
    if (first != last && !can_be_decimal(last)) return no_number(cell, "its separators are of several kinds");
    if (!groups_by_threes(parts, thousands, first)) return no_number(cell, "its thousands are not groups of three digits");
    reading.thousands = first;
    if (first != last) reading.decimal = last;
    return reading;
}

}  // namespace

std::string_view name_of(Mark mark) {
    for (const MarkText& m : marks)
        if (m.mark == mark) return m.name;
    return "nothing";
}

Result<Mark> mark_of(std::string_view text) {
    if (text.empty()) return Mark::none;
    for (const MarkText& m : marks)
        if (m.text == text) return m.mark;
    return fail(Errc::invalid_config, shown(text) + " is not a sign between digits", {}, "one of . , ' or a blank");
}

Result<Number> parse_number(std::string_view cell, const NumberFormat& format) {
    OWED_TRY(Parts parts, take_apart(cell));
    if (parts.is_negative() && format.negative != parts.style)
        return no_number(cell, "its minus is written in another way than the file's others");
    std::size_t whole = parts.marks;
    bool has_decimals = parts.marks > 0 && parts.mark[parts.marks - 1] == format.decimal;
    if (has_decimals) --whole;
    if (whole > 0 && (format.thousands == Mark::none || !groups_by_threes(parts, whole, format.thousands)))
        return no_number(cell, "expected " + (format.decimal == Mark::none ? std::string{"whole numbers"} : "decimal sign " + std::string{name_of(format.decimal)}) +
                                   (format.thousands == Mark::none ? "" : " and thousands by " + std::string{name_of(format.thousands)}));
    Number number;
    if (has_decimals) {
        if (parts.last_group() > decimals_max) return no_number(cell, "it has more than 12 decimals");
        number.scale = static_cast<std::uint8_t>(parts.last_group());
    }
    for (char c : parts.body)
        if (is_digit(c)) number.mantissa = number.mantissa * 10 + (c - '0');  // at most 18 digits: fits
    if (parts.is_negative()) number.mantissa = -number.mantissa;
    return number;
}

std::size_t decimals_of(std::string_view cell) {
    std::size_t mark = cell.find_last_of(".,");
    if (mark == std::string_view::npos) return 0;
    std::size_t n = 0;
    while (mark + 1 + n < cell.size() && is_digit(cell[mark + 1 + n])) ++n;
    return n;
}

Result<Amount> to_amount(Number number, std::string_view currency) {
    Amount amount{number.mantissa, number.scale, std::string{currency}};
    if (!currency.empty()) {
        OWED_TRY(Money money, amount.money());
        return Amount::of(money);
    }
    if (number.mantissa > money_units_max || number.mantissa < -money_units_max)
        return fail(Errc::amount_overflow, "the amount is beyond what can be booked (4.5e18 minor units)");
    return amount;
}

Status NumberProof::see(std::string_view cell, std::size_t offset) {
    OWED_TRY(Parts parts, take_apart(cell));
    OWED_TRY(Reading reading, reading_of(parts, cell));
    if (parts.is_negative()) note_negative(parts.style, cell, offset);
    if (reading.decimal != Mark::none) note(decimal_, reading.decimal, cell, offset);
    if (reading.thousands != Mark::none) note(thousands_, reading.thousands, cell, offset);
    if (reading.either == Mark::none) return {};
    Evidence& either = either_[reading.either == Mark::dot ? 0 : 1];
    if (!either.seen()) either = {reading.either, std::string{cell}, offset};
    return {};
}

void NumberProof::note(Evidence& evidence, Mark mark, std::string_view cell, std::size_t offset) {
    if (!evidence.seen()) {
        evidence = {mark, std::string{cell}, offset};
    } else if (evidence.mark != mark && !conflict_) {
        conflict_ = Fault{shown(cell) + " and " + shown(evidence.cell) + " are written in two ways: " +
                              (&evidence == &decimal_ ? "decimal sign " : "thousands by ") + std::string{name_of(mark)} + " and " +
                              std::string{name_of(evidence.mark)},
                          offset};
    }
}

void NumberProof::note_negative(Negative style, std::string_view cell, std::size_t offset) {
    if (negative_ == Negative::unseen) {
        negative_ = style;
        negative_cell_ = cell;
    } else if (negative_ != style && !conflict_) {
        conflict_ = Fault{shown(cell) + " and " + shown(negative_cell_) + " write their minus in two ways", offset};
    }
}

tl::expected<NumberFormat, NumberProof::Fault> NumberProof::result() const {
    if (conflict_) return tl::unexpected{*conflict_};
    NumberFormat format{decimal_.mark, thousands_.mark, negative_};
    auto against = [](const std::optional<Mark>& given, const Evidence& seen, std::string_view which) -> std::optional<Fault> {
        if (!given || !seen.seen() || seen.mark == *given) return {};
        return Fault{shown(seen.cell) + " has " + std::string{name_of(seen.mark)} + " as " + std::string{which} + " sign, the profile says " +
                         std::string{name_of(*given)},
                     seen.offset};
    };
    if (auto fault = against(given_decimal_, decimal_, "decimal")) return tl::unexpected{*fault};
    if (auto fault = against(given_thousands_, thousands_, "thousands")) return tl::unexpected{*fault};
    if (given_decimal_) format.decimal = *given_decimal_;
    if (given_thousands_) format.thousands = *given_thousands_;
    for (const Evidence& e : either_) {
        if (!e.seen() || e.mark == format.decimal || e.mark == format.thousands) continue;
        // One sign cannot be both: once the other one is known, this is what is left.
        if (format.decimal != Mark::none && format.thousands == Mark::none && !given_thousands_) format.thousands = e.mark;
        else if (format.decimal == Mark::none && format.thousands != Mark::none && !given_decimal_) format.decimal = e.mark;
        else if (format.decimal == Mark::none && format.thousands == Mark::none && !given_decimal_ && !given_thousands_)
            return tl::unexpected{Fault{shown(e.cell) + " may be a thousand or a fraction, and no other amount of the file decides it", e.offset}};
        else return tl::unexpected{Fault{shown(e.cell) + " fits neither the file's decimal sign nor its thousands sign", e.offset}};
    }
    if (format.decimal != Mark::none && format.decimal == format.thousands) {
        const Evidence& e = thousands_.seen() ? thousands_ : decimal_;
        return tl::unexpected{Fault{shown(e.cell) + ": " + std::string{name_of(format.decimal)} + " is the file's decimal sign and its thousands sign", e.offset}};
    }
    return format;
}

}  // namespace owed::formats::csv
