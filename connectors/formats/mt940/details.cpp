#include "formats/mt940/details.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "formats/mt940/values.hpp"
#include "owed/ascii.hpp"
#include "owed/reference.hpp"

namespace owed::formats::mt940 {
namespace {


/// The second line of 61: amounts by code, the payer's account (Rabobank), or words.
void tell_supplementary(BankTransaction& t, std::string_view text) {
    const std::string line = one_line(text);
    if (line.empty()) return;
    if (line.starts_with("/") && tell_slash_codes(t, line)) return;
    if (line.starts_with("/TRCD/")) return;  // ING: its own transaction code
    const bool giro = line.size() == 10 && line[0] == 'P' && std::all_of(line.begin() + 1, line.end(), is_digit);
    if (looks_like_iban(line) || giro) {
        set_if_empty(t.counterparty.account, line);
        return;
    }
    add_text(t, line);
}

/// ASN writes the payer's IBAN as customer reference and again, with the name, in front of the text.
void tell_leading_iban(BankTransaction& t) {
    if (t.text.empty()) return;
    const std::string& first = t.text.front();
    const std::string_view token = std::string_view{first}.substr(0, first.find(' '));
    if (!looks_like_iban(token) || (t.entry_ref != token && !is_valid_iban(token))) return;
    set_if_empty(t.counterparty.account, token);
    set_if_empty(t.counterparty.name, trimmed(std::string_view{first}.substr(token.size())));
}

/// Knab: a last line "REK: NL65INGB0123456789/NAAM: PICQER".
void tell_rek_naam(BankTransaction& t) {
    for (const std::string& line : t.text) {
        if (!line.starts_with("REK: ")) continue;
        const std::size_t name = line.find("/NAAM: ");
        set_if_empty(t.counterparty.account, trimmed(std::string_view{line}.substr(5, name == std::string::npos ? name : name - 5)));
        if (name != std::string::npos) set_if_empty(t.counterparty.name, trimmed(std::string_view{line}.substr(name + 7)));
    }
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (true) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + 1);
    }
}
std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t' || s.front() == '\n')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\n')) s.remove_suffix(1);
    return s;
}
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : trimmed(text)) {
        const char shown = c == '\n' || c == '\t' ? ' ' : c;
        if (shown != ' ' || (!out.empty() && out.back() != ' ')) out += shown;
    }
    return out;
}
void add_text(BankTransaction& t, std::string_view text) {
    text = trimmed(text);
    if (!text.empty()) t.text.emplace_back(text);
}
void set_if_empty(std::string& field, std::string_view value) {
    if (field.empty()) field = value;
}
bool looks_like_iban(std::string_view text) {
    if (text.size() < 15 || !is_capital(text[0]) || !is_capital(text[1]) || !is_digit(text[2]) || !is_digit(text[3])) return false;
    const auto length = iban_length(text.substr(0, 2));
    return length && *length == text.size() && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_capital(c); });
}
std::optional<Amount> amount_with_currency(std::string_view text) {
    text = trimmed(text);
    if (text.size() < 4 || !std::all_of(text.begin(), text.begin() + 3, is_capital)) return std::nullopt;
    auto read = read_amount(text.substr(3), std::string{text.substr(0, 3)});
    if (!read) return std::nullopt;
    return read->amount;
}
std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void tell_lines(BankTransaction& t, std::string_view info) {
    // A line of 65 characters was cut there by field 86's width; a shorter one ends where the bank ended it.
    std::string line;
    for (const std::string_view part : lines_of(info)) {
        line += part;
        if (characters(part) == 65) continue;
        add_text(t, line);
        line.clear();
    }
    add_text(t, line);
}

void tell_ns(BankTransaction& t, std::string_view ns) {
    std::string name;
    for (const std::string_view line : lines_of(ns)) {
        if (line.size() < 2 || !is_digit(line[0]) || !is_digit(line[1])) continue;
        const int code = (line[0] - '0') * 10 + (line[1] - '0');
        const std::string_view value = trimmed(line.substr(2));
        if (code >= 1 && code <= 14) add_text(t, value);
        else if (code == 15 || code == 16) name += (name.empty() || value.empty() ? "" : " ") + std::string{value};
        else if (code == 33) set_if_empty(t.counterparty.bank, value);
        else if (code == 34) set_if_empty(t.counterparty.account, value);
    }
    set_if_empty(t.counterparty.name, name);
}
std::string account_name_of_ns(std::string_view ns) {
    for (const std::string_view line : lines_of(ns))
        if (line.starts_with("22")) return std::string{trimmed(line.substr(2))};
    return {};
}

void collect_declared_references(BankTransaction& t) {
    struct Mark {
        std::string_view code, type;
        Scheme scheme;
    };
    static constexpr std::array marks{
        Mark{"/RFS/", "scor", Scheme::iso11649}, Mark{"/SCOR/", "scor", Scheme::iso11649}, Mark{"SCOR:", "scor", Scheme::iso11649},
        Mark{"/QRR/", "qrr", Scheme::qrr},       Mark{"QRR:", "qrr", Scheme::qrr},         Mark{"/KID/", "kid", Scheme::kid10},
        Mark{"KID:", "kid", Scheme::kid10},      Mark{"/KID/", "kid", Scheme::kid11},      Mark{"KID:", "kid", Scheme::kid11},
        Mark{"/OCR/", "ocr", Scheme::ocr},       Mark{"OCR:", "ocr", Scheme::ocr},
    };
    for (const std::string& line : t.text)
        for (const Mark& mark : marks) {
            const std::size_t at = line.find(mark.code);
            if (at == std::string::npos) continue;
            std::string_view value = trimmed(std::string_view{line}.substr(at + mark.code.size()));
            value = value.substr(0, value.find_first_of(mark.type == "scor" || mark.type == "qrr" ? "/;," : "/;, "));
            const auto reference = parse_reference(mark.scheme, value);
            if (!reference) continue;
            const bool known = std::any_of(t.references.begin(), t.references.end(), [&](const auto& r) { return r.value == reference->normalised; });
            if (!known) t.references.push_back({std::string{mark.type}, reference->normalised, {}, {}, {}, {}, {}});
        }
}

void tell(BankTransaction& t, const Told& told) {
    for (const std::string& info : told.infos) {
        if (tell_subfields(t, info) || tell_slash_codes(t, info) || tell_abn_blocks(t, info, told.bank)) continue;
        tell_lines(t, info);
    }
    if (!told.ns.empty()) tell_ns(t, told.ns);
    tell_leading_iban(t);
    tell_rek_naam(t);
    // What the second line of 61 says is often the beginning of 86; then once is enough.
    std::vector<std::string> said = std::exchange(t.text, {});
    tell_supplementary(t, told.supplementary);
    const bool repeats = t.text.size() == 1 && std::any_of(said.begin(), said.end(), [&](const std::string& s) { return s.find(t.text[0]) != std::string::npos; });
    if (repeats) t.text.clear();
    t.text.insert(t.text.end(), std::make_move_iterator(said.begin()), std::make_move_iterator(said.end()));
    collect_declared_references(t);
}

}  // namespace owed::formats::mt940
