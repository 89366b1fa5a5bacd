// The slash dialect: "/CODE/value" of Dutch banks (ABN AMRO, ING, Rabobank) and of SWIFT's own fields 61 and 86, and the
// older ABN AMRO blocks.
#include <algorithm>
#include <array>
#include <cctype>

#include "formats/mt940/details.hpp"
#include "owed/ascii.hpp"
#include "owed/reference.hpp"

namespace owed::formats::mt940 {
namespace {


constexpr std::array<std::string_view, 30> codes{"TRTP", "IBAN", "BIC",  "NAME", "REMI", "EREF", "MARF", "CSID", "CNTP", "PREF",
                                                 "SVCL", "ISDT", "RTRN", "ORDP", "BENM", "ADDR", "ACNO", "BAI",  "OCMT", "CHGS",
                                                 "EXCH", "PURP", "ULTD", "ULTB", "ULCR", "ULDR", "TRCD", "IACC", "NRTX", "ID"};

struct Coded {
    std::string_view code;
    std::string_view value;
};

/// "/CODE/" at `at`, or empty.
std::string_view code_at(std::string_view s, std::size_t at) {
    if (at >= s.size() || s[at] != '/') return {};
    const std::size_t end = s.find('/', at + 1);
    if (end == std::string_view::npos || end - at > 5) return {};
    const std::string_view word = s.substr(at + 1, end - at - 1);
    const auto found = std::find(codes.begin(), codes.end(), word);
    return found != codes.end() ? *found : std::string_view{};
}

std::vector<Coded> split(std::string_view s) {
    std::vector<Coded> parts{{{}, {}}};
    std::size_t value_at = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] != '/') continue;
        const std::string_view code = code_at(s, i);
        if (code.empty()) continue;
        parts.back().value = s.substr(value_at, i - value_at);
        parts.push_back({code, {}});
        i += code.size();  // at the closing slash next: it may open the next code ("/REMI//ISDT/")
        value_at = i + 2;
    }
    parts.back().value = s.substr(std::min(value_at, s.size()));
    return parts;
}

std::string_view without_slashes(std::string_view s) {
    s = trimmed(s);
    while (s.ends_with('/')) s.remove_suffix(1);
    while (s.starts_with('/')) s.remove_prefix(1);
    return trimmed(s);
}

/// "account/BIC/name/city" of ING's /CNTP/.
void tell_counterparty(BankTransaction& t, std::string_view value) {
    std::string Party::*const order[] = {&Party::account, &Party::bank, &Party::name};
    for (std::string Party::*field : order) {
        const std::size_t slash = value.find('/');
        set_if_empty(t.counterparty.*field, one_line(value.substr(0, slash)));
        if (slash == std::string_view::npos) return;
        value.remove_prefix(slash + 1);
    }
}

/// "USTD//text/", "STRD/issuer/reference/" or text. The issuer is ISO or SCOR for RF references, CUR for Dutch ones.
void tell_remittance(BankTransaction& t, std::string_view value) {
    value = trimmed(value);
    if (value.starts_with("STRD/")) {
        value.remove_prefix(5);
        const std::size_t slash = value.find('/');
        if (slash == std::string_view::npos) return add_text(t, value);
        std::string issuer;
        for (const char c : value.substr(0, slash)) issuer += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        std::string reference;
        for (const char c : without_slashes(value.substr(slash + 1)))
            if (c != '\n') reference += c;
        if (reference.empty()) return;
        if (const auto rf = parse_reference(Scheme::iso11649, reference)) t.references.push_back({"scor", rf->normalised, {}, {}, {}, {}, {}});
        else t.references.push_back({issuer.empty() || issuer == "iso" ? "scor" : issuer, reference, {}, {}, {}, {}, {}});
        return;
    }
    if (value.starts_with("USTD/")) value.remove_prefix(5);
    for (const std::string_view line : lines_of(without_slashes(value))) add_text(t, line);
}

void tell_one(BankTransaction& t, const Coded& part) {
    const std::string value = one_line(without_slashes(part.value));
    const bool money_in = !t.amount || t.amount->units >= 0;
    if (part.code.empty()) {
        for (const std::string_view line : lines_of(part.value)) add_text(t, line);
    } else if (part.code == "REMI") {
        tell_remittance(t, part.value);
    } else if (part.code == "CNTP") {
        tell_counterparty(t, trimmed(part.value));
    } else if (value.empty()) {
        return;
    } else if (part.code == "EREF") {
        if (value != "NOTPROVIDED") set_if_empty(t.end_to_end_id, value);
    } else if (part.code == "MARF") {
        set_if_empty(t.mandate_id, value);
    } else if (part.code == "NAME") {
        set_if_empty(t.counterparty.name, value);
    } else if (part.code == "IBAN" || part.code == "ACNO") {
        set_if_empty(t.counterparty.account, value);
    } else if (part.code == "BIC") {
        set_if_empty(t.counterparty.bank, value);
    } else if (part.code == "ORDP" || part.code == "BENM") {
        if ((part.code == "ORDP") == money_in) set_if_empty(t.counterparty.name, value);
        else add_text(t, value);
    } else if (part.code == "RTRN") {
        set_if_empty(t.return_reason, value);
    } else if (part.code == "OCMT") {
        if (!t.original_amount) t.original_amount = amount_with_currency(value);
    } else if (part.code == "CHGS") {
        if (const auto charge = amount_with_currency(value)) t.charges.push_back(*charge);
    } else if (part.code == "EXCH") {
        set_if_empty(t.exchange_rate, value);
    }
    // The rest (transaction type, creditor id, service level, dates ...) says nothing about who paid what.
}

}  // namespace

bool tell_slash_codes(BankTransaction& t, std::string_view info) {
    // A full line was cut, even inside a code; a shorter one ended where its bank ended it.
    std::string joined;
    const auto lines = lines_of(info);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        joined += lines[i];
        if (i + 1 < lines.size() && characters(lines[i]) < 64 && !lines[i + 1].starts_with('/')) joined += '\n';
    }
    std::string_view s = joined;
    while (s.starts_with(' ')) s.remove_prefix(1);
    if (code_at(s, 0).empty()) return false;
    for (const Coded& part : split(s)) tell_one(t, part);
    return true;
}

bool tell_abn_blocks(BankTransaction& t, std::string_view info, std::string_view bank) {
    const bool abn = bank.starts_with("ABNANL2A");
    const bool account_first = info.size() > 12 && is_digit(info[0]) && is_digit(info[1]) && info[2] == '.' && info[5] == '.' && info[8] == '.';
    const bool giro = info.starts_with("GIRO ") && info.size() > 32;
    if (!abn && !account_first && !giro) return false;
    // Each line holds two blocks of 32; a block that is full to its edge goes on in the next.
    std::vector<std::string> blocks;
    for (const std::string_view line : lines_of(info)) {
        if (characters(line) != line.size() || line.size() > 65) return false;  // columns are bytes only in ASCII
        for (std::size_t at = 0; at < std::min<std::size_t>(line.size(), 64); at += 32) blocks.emplace_back(line.substr(at, at == 32 ? std::string_view::npos : 32));
    }
    std::string text;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        text += blocks[i];
        const bool goes_on = i + 1 < blocks.size() && blocks[i].size() >= 32 && blocks[i].back() != ' ' && !blocks[i + 1].starts_with(' ');
        if (goes_on) continue;
        add_text(t, one_line(text));
        text.clear();
    }
    if (account_first && !blocks.empty()) {
        std::string account;
        for (const char c : blocks[0].substr(0, 12))
            if (is_digit(c)) account += c;
        set_if_empty(t.counterparty.account, account);
        if (blocks.size() > 1) set_if_empty(t.counterparty.name, one_line(blocks[1]));
    } else if (giro) {
        const std::string first = one_line(blocks[0]);  // "GIRO 428428 KPN - DIGITENNE"
        const std::size_t name = first.find(' ', 5);
        set_if_empty(t.counterparty.account, first.substr(5, name == std::string::npos ? name : name - 5));
        if (name != std::string::npos) set_if_empty(t.counterparty.name, first.substr(name + 1));
    }
    return true;
}

}  // namespace owed::formats::mt940
