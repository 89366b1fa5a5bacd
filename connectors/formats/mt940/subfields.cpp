// The subfield dialect: DK (Die Deutsche Kreditwirtschaft) "Spezifikation der Datenformate", MT940 field 86, and the Polish
// banks that took it over with another delimiter.
#include <algorithm>
#include <array>
#include <map>

#include "formats/mt940/details.hpp"
#include "owed/ascii.hpp"

namespace owed::formats::mt940 {
namespace {


struct Subfields {
    std::string gvc;                                        // business transaction code, three digits
    std::vector<std::pair<int, std::string>> all;           // in the order of the file
};

bool can_delimit(char c) { return std::string_view{"?><~^|@"}.find(c) != std::string_view::npos; }
bool is_code(int code, char delimiter) {
    if (code == 0 || code == 10 || code == 11 || (code >= 20 && code <= 39) || (code >= 60 && code <= 79)) return true;
    return delimiter == '~' && code >= 40 && code <= 59;  // Polish banks count their address lines on
}

std::optional<Subfields> subfields_of(std::string_view joined) {
    std::string_view s = joined;
    while (s.starts_with(' ')) s.remove_prefix(1);
    Subfields out;
    if (s.size() > 5 && is_digit(s[0]) && is_digit(s[1]) && is_digit(s[2]) && can_delimit(s[3])) {
        out.gvc = s.substr(0, 3);
        s.remove_prefix(3);
    }
    if (s.size() < 3 || !can_delimit(s[0]) || !is_digit(s[1]) || !is_digit(s[2])) return std::nullopt;
    const char delimiter = s[0];
    auto code_at = [&](std::size_t i) {
        if (i + 2 >= s.size() || s[i] != delimiter || !is_digit(s[i + 1]) || !is_digit(s[i + 2])) return -1;
        const int code = (s[i + 1] - '0') * 10 + (s[i + 2] - '0');
        return is_code(code, delimiter) ? code : -1;
    };
    if (code_at(0) < 0) return std::nullopt;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (const int code = code_at(i); code >= 0) {
            out.all.emplace_back(code, std::string{});
            i += 2;
        } else {
            out.all.back().second += s[i];
        }
    }
    return out;
}

/// The purpose: subfields 20-29 and 60-63 behind each other. `breaks` are the places between two of them; a soft one is
/// behind a full subfield of 27 characters, where the bank just ran out of room.
struct Purpose {
    std::string text;
    std::map<std::size_t, bool> breaks;  // place -> soft
};
Purpose purpose_of(const Subfields& subfields) {
    Purpose purpose;
    std::size_t last_size = 0;
    for (const auto& [code, value] : subfields.all) {
        if (!((code >= 20 && code <= 29) || (code >= 60 && code <= 63))) continue;
        if (!purpose.text.empty()) purpose.breaks[purpose.text.size()] = last_size == 27;
        purpose.text += value;
        last_size = characters(value);
    }
    return purpose;
}

constexpr std::array<std::string_view, 17> keywords{"EREF", "KREF", "MREF", "BREF", "RREF", "TREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "PURP", "IBAN", "BIC", "BOOK"};

struct Piece {
    std::string_view keyword;  // empty: text in front of the first one
    std::size_t from, to;      // of the value
};
/// Finds "EREF+" and its like at the beginning, behind a blank and behind a break. They may lie across a break.
std::vector<Piece> cut(const Purpose& purpose) {
    std::vector<Piece> pieces{{{}, 0, purpose.text.size()}};
    for (std::size_t i = 0; i < purpose.text.size(); ++i) {
        if (i > 0 && purpose.text[i - 1] != ' ' && !purpose.breaks.contains(i)) continue;
        for (const std::string_view keyword : keywords) {
            if (purpose.text.compare(i, keyword.size(), keyword) != 0 || i + keyword.size() >= purpose.text.size() || purpose.text[i + keyword.size()] != '+') continue;
            pieces.back().to = i;
            pieces.push_back({keyword, i + keyword.size() + 1, purpose.text.size()});
            break;
        }
    }
    return pieces;
}

/// The lines of a stretch of the purpose: parted at breaks that are not soft.
std::vector<std::string> lines_between(const Purpose& purpose, std::size_t from, std::size_t to) {
    std::vector<std::string> lines;
    std::size_t begin = from;
    for (auto at = purpose.breaks.upper_bound(from); at != purpose.breaks.end() && at->first < to; ++at) {
        if (at->second) continue;
        lines.push_back(purpose.text.substr(begin, at->first - begin));
        begin = at->first;
    }
    lines.push_back(purpose.text.substr(begin, to - begin));
    return lines;
}

void tell_purpose(BankTransaction& t, const Purpose& purpose) {
    for (const Piece& piece : cut(purpose)) {
        const std::string value = one_line(purpose.text.substr(piece.from, piece.to - piece.from));
        if (piece.keyword.empty() || piece.keyword == "SVWZ") {
            for (const std::string& line : lines_between(purpose, piece.from, piece.to)) add_text(t, line);
        } else if (piece.keyword == "EREF") {
            if (value != "NOTPROVIDED" && value != "NICHT ANGEGEBEN") set_if_empty(t.end_to_end_id, value);
        } else if (piece.keyword == "MREF") {
            set_if_empty(t.mandate_id, value);
        } else if (piece.keyword == "IBAN") {
            set_if_empty(t.counterparty.account, value);
        } else if (piece.keyword == "BIC") {
            set_if_empty(t.counterparty.bank, value);
        } else if (!value.empty()) {
            add_text(t, std::string{piece.keyword} + "+" + value);
        }
    }
}

/// ?32 and ?33: a full ?32 was cut, a shorter one ended.
std::string name_of_party(const std::string& first, const std::string& second) {
    if (second.empty()) return one_line(first);
    return one_line(first + (characters(first) == 27 ? "" : " ") + second);
}

/// Returns: 108, 109 and 159 give back a direct debit or a transfer, the other x8x and x9x of the DK list as well.
bool is_return(std::string_view gvc) {
    static constexpr std::array<std::string_view, 9> returns{"108", "109", "159", "181", "182", "183", "184", "185", "195"};
    return std::find(returns.begin(), returns.end(), gvc) != returns.end();
}

}  // namespace

bool tell_subfields(BankTransaction& t, std::string_view info) {
    // Line breaks are nothing here: field 86 is cut every 65 characters, even inside "?20".
    std::string joined;
    for (const char c : info)
        if (c != '\n') joined += c;
    const auto subfields = subfields_of(joined);
    if (!subfields) return false;
    auto first_of = [&](int code) {
        for (const auto& [have, value] : subfields->all)
            if (have == code) return value;
        return std::string{};
    };
    tell_purpose(t, purpose_of(*subfields));
    const std::string iban{trimmed(first_of(38))}, account{trimmed(first_of(31))};
    set_if_empty(t.counterparty.account, !iban.empty() && !looks_like_iban(account) ? iban : account);
    set_if_empty(t.counterparty.bank, trimmed(first_of(30)));
    set_if_empty(t.counterparty.name, name_of_party(first_of(32), first_of(33)));
    if (is_return(subfields->gvc)) set_if_empty(t.return_reason, trimmed(first_of(34)));
    return true;
}

}  // namespace owed::formats::mt940
