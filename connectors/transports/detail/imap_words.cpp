#include "transports/detail/imap_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>

#include "transports/detail/mailbox_name.hpp"
#include "transports/detail/paths.hpp"
#include "transports/detail/same_word.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

Result<std::uint32_t> number_in(const Header& header) {
    const auto value = number_of(header.value);
    if (!value || *value == 0) return fail(Errc::data, "header " + header.name + " is \"" + printable(header.value, 40) + "\"; expected a whole number above 0");
    return *value;
}

/// For a quoted string: nothing that could end it or the line.
Result<std::string> quoted(std::string_view text, const std::string& what) {
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    if (clean && !text.empty() && text.size() <= 1000) return "\"" + std::string{text} + "\"";
    return fail(Errc::data, what + " \"" + printable(text, 80) + "\" cannot be sent; expected 1 to 1000 bytes of ASCII without control bytes, quotes and backslashes");
}

Result<std::string> mailbox_word(const std::string& name, const std::string& what) {
    const bool clean = std::none_of(name.begin(), name.end(), [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; });
    const auto wire = mailbox_to_wire(name);
    if (!clean || !wire) return fail(Errc::data, what + " \"" + printable(name, 80) + "\" is no name of a mailbox; expected UTF-8 without control bytes");
    if (name.find_first_of("*%") != std::string::npos) return fail(Errc::data, what + " \"" + printable(name, 80) + "\" holds a wildcard");
    return quoted(*wire, what);
}

/// "2026-02-28" as "28-Feb-2026".
Result<std::string> date_word(const Header& header) {
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string_view text = header.value;
    const bool form = text.size() == 10 && text[4] == '-' && text[7] == '-';
    const auto year = form ? number_of(text.substr(0, 4)) : std::nullopt, month = form ? number_of(text.substr(5, 2)) : std::nullopt,
               day = form ? number_of(text.substr(8, 2)) : std::nullopt;
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31)
        return fail(Errc::data, "header " + header.name + " is \"" + printable(text, 40) + "\"; expected a date as 2026-02-28");
    return std::to_string(*day) + "-" + months[*month - 1] + "-" + std::string{text.substr(0, 4)};
}

constexpr std::array<std::string_view, 5> system_flags{"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};

/// The flags of a header: the system's, and keywords of letters, digits and $_.-
Result<std::vector<std::string>> flags_in(const Header& header) {
    std::vector<std::string> flags;
    for (std::string_view rest = header.value; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word.empty()) continue;
        const bool system = std::any_of(system_flags.begin(), system_flags.end(), [&](auto one) { return same_word(one, word); });
        const bool keyword = word.size() <= 64 && std::all_of(word.begin(), word.end(), [](char c) {
                                 return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '$' || c == '_' || c == '.' || c == '-';
                             });
        if (!system && !keyword)
            return fail(Errc::data, "header " + header.name + " has the flag \"" + printable(word, 40) + "\"; expected \\Seen, \\Answered, \\Flagged, \\Deleted, \\Draft, or a keyword of letters, digits and $_.-");
        flags.emplace_back(word);
    }
    if (flags.empty()) return fail(Errc::data, "header " + header.name + " has no flag");
    return flags;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

/// The search key of one header.
Result<std::string> criterion(const Header& header) {
    const std::string& name = header.name;
    if (same_word(name, "Since") || same_word(name, "Before")) {
        OWED_TRY(const auto date, date_word(header));
        return (same_word(name, "Since") ? "SINCE " : "BEFORE ") + date;
    }
    if (same_word(name, "With-Flags") || same_word(name, "Without-Flags")) {
        OWED_TRY(const auto flags, flags_in(header));
        std::vector<std::string> keys;
        for (const auto& flag : flags) {
            const std::string without = same_word(name, "Without-Flags") ? "UN" : "";
            std::string key = flag.front() == '\\' ? without + flag.substr(1) : without + "KEYWORD " + flag;
            if (flag.front() == '\\') std::transform(key.begin(), key.end(), key.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
            keys.push_back(std::move(key));
        }
        return joined(keys);
    }
    OWED_TRY(const auto text, quoted(header.value, "header " + name));
    if (same_word(name, "Message-Id")) return "HEADER Message-Id " + text;
    return (same_word(name, "From") ? "FROM " : same_word(name, "To") ? "TO " : "SUBJECT ") + text;
}

struct MethodRule {
    std::string_view method;
    std::vector<std::string_view> may, must;
};
const MethodRule* rule_of(std::string_view method) {
    static const std::vector<MethodRule> rules{
        {"LIST", {}, {}},
        {"SEARCH", {"Uid-Validity", "Uid-After", "Since", "Before", "From", "To", "Subject", "Message-Id", "With-Flags", "Without-Flags"}, {}},
        {"GET", {"Uid-Validity", "Uid"}, {"Uid"}},
        {"STORE", {"Uid-Validity", "Uid", "Add-Flags", "Remove-Flags"}, {"Uid"}},
        {"COPY", {"Uid-Validity", "Uid", "Destination"}, {"Uid", "Destination"}},
        {"MOVE", {"Uid-Validity", "Uid", "Destination"}, {"Uid", "Destination"}}};
    for (const auto& rule : rules)
        if (rule.method == method) return &rule;
    return nullptr;
}

Status check_headers(const Request& request) {
    const auto* rule = rule_of(request.method);
    if (rule == nullptr) return fail(Errc::invalid_argument, "IMAP has no method " + printable(request.method, 40) + "; there are LIST, SEARCH, GET, STORE, COPY and MOVE");
    std::vector<std::string_view> seen;
    for (const auto& header : request.headers) {
        const auto named = [&](std::string_view name) { return same_word(name, header.name); };
        if (std::none_of(rule->may.begin(), rule->may.end(), named))
            return fail(Errc::invalid_argument, request.method + " by IMAP has no header " + printable(header.name, 40));
        if (std::any_of(seen.begin(), seen.end(), named)) return fail(Errc::invalid_argument, "header " + printable(header.name, 40) + " stands twice");
        seen.push_back(header.name);
    }
    for (const auto& name : rule->must)
        if (header_of(request, name).empty()) return fail(Errc::invalid_argument, request.method + " by IMAP wants the header " + std::string{name});
    if (!request.body.empty()) return fail(Errc::invalid_argument, request.method + " by IMAP has no body");
    return {};
}

Status take(const Header& header, ImapWords& words, std::vector<std::string>& criteria) {
    if (same_word(header.name, "Uid")) {
        OWED_TRY(words.uid, number_in(header));
    } else if (same_word(header.name, "Uid-Validity")) {
        OWED_TRY(words.uid_validity, number_in(header));
    } else if (same_word(header.name, "Uid-After")) {
        OWED_TRY(words.uid_after, number_in(header));
        if (words.uid_after == UINT32_MAX) return fail(Errc::data, "header Uid-After leaves no number above it");
        criteria.push_back("UID " + std::to_string(words.uid_after + 1) + ":*");
    } else if (same_word(header.name, "Destination")) {
        OWED_TRY(words.destination, mailbox_word(header.value, "Destination"));
        words.destination_shown = header.value;
    } else if (same_word(header.name, "Add-Flags") || same_word(header.name, "Remove-Flags")) {
        OWED_TRY(const auto flags, flags_in(header));
        (same_word(header.name, "Add-Flags") ? words.add_flags : words.remove_flags) = joined(flags);
    } else {
        OWED_TRY(auto key, criterion(header));
        criteria.push_back(std::move(key));
    }
    return {};
}

bool is_untagged(const std::vector<Token>& tokens, std::size_t at, std::string_view word) {
    return tokens.size() > at && tokens[0].value == "*" && same_word(tokens[at].value, word);
}

/// Past the value that begins at `at`, a list or a word.
std::size_t past(const std::vector<Token>& tokens, std::size_t at) {
    int depth = 0;
    do {
        if (at >= tokens.size()) return at;
        depth += tokens[at].is == Token::Is::open ? 1 : tokens[at].is == Token::Is::close ? -1 : 0;
        ++at;
    } while (depth > 0);
    return at;
}

}  // namespace

Result<ImapWords> words_of(const Request& request, const std::string& mailbox) {
    OWED_TRY_VOID(check_headers(request));
    ImapWords words;
    if (request.method == "LIST" && !mailbox.empty()) return fail(Errc::invalid_argument, "LIST by IMAP is of the whole server: its path is /");
    if (request.method != "LIST") {
        OWED_TRY(words.mailbox, mailbox_word(mailbox, "mailbox"));
    }
    std::vector<std::string> criteria;
    for (const auto& header : request.headers) OWED_TRY_VOID(take(header, words, criteria));
    if (request.method == "STORE" && words.add_flags.empty() && words.remove_flags.empty())
        return fail(Errc::invalid_argument, "STORE by IMAP wants the header Add-Flags or Remove-Flags");
    words.search = criteria.empty() ? "ALL" : joined(criteria);
    return words;
}

std::optional<std::uint64_t> literal_at_end(std::string_view line) {
    if (!line.ends_with('}')) return {};
    const auto open = line.rfind('{');
    if (open == std::string_view::npos) return {};
    auto digits = line.substr(open + 1, line.size() - open - 2);
    if (digits.ends_with('+')) digits.remove_suffix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.front() < '0' || digits.front() > '9' || end != digits.data() + digits.size()) return {};
    return error == std::errc{} ? value : UINT64_MAX;   // more than a number can hold is too much in any case
}

Result<std::vector<Token>> tokens_of(std::string_view line, const std::vector<std::string>& literals) {
    std::vector<Token> tokens;
    std::size_t literal = 0;
    for (std::size_t at = 0; at < line.size();) {
        const char c = line[at];
        if (c == ' ') {
            ++at;
        } else if (c == '(' || c == ')') {
            tokens.push_back({c == '(' ? Token::Is::open : Token::Is::close, std::string(1, c)});
            ++at;
        } else if (c == '"') {
            std::string text;
            for (++at; at < line.size() && line[at] != '"'; ++at) {
                if (line[at] == '\\' && at + 1 < line.size()) ++at;
                text += line[at];
            }
            if (at++ >= line.size()) return fail(Errc::malformed_input, "an answer has a quote that does not end");
            tokens.push_back({Token::Is::text, std::move(text)});
        } else if (c == '{' && line.find('}', at) != std::string_view::npos && literal < literals.size()) {
            tokens.push_back({Token::Is::text, literals[literal++]});
            at = line.find('}', at) + 1;
        } else {
            const auto from = at;
            bool section = false;   // BODY[HEADER.FIELDS (FROM)] is one word
            for (; at < line.size() && (section || (line[at] != ' ' && line[at] != '(' && line[at] != ')' && line[at] != '"')); ++at) section = line[at] == '[' || (section && line[at] != ']');
            tokens.push_back({Token::Is::atom, std::string{line.substr(from, at - from)}});
        }
    }
    return tokens;
}

std::string code_of(std::string_view line) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos) return {};
    const auto second = line.find(' ', first + 1);
    if (second == std::string_view::npos || second + 1 >= line.size() || line[second + 1] != '[') return {};
    const auto end = line.find(']', second);
    return end == std::string_view::npos ? std::string{} : std::string{line.substr(second + 2, end - second - 2)};
}

std::optional<Fetched> fetched(std::vector<Token> tokens) {
    if (!is_untagged(tokens, 2, "FETCH") || tokens.size() < 4 || tokens[3].is != Token::Is::open) return {};
    Fetched out;
    for (std::size_t at = 4; at + 1 < tokens.size() && tokens[at].is != Token::Is::close;) {
        const auto& key = tokens[at].value;
        const std::size_t value = at + 1, end = past(tokens, value);
        if (same_word(key, "UID")) out.uid = number_of(tokens[value].value).value_or(0);
        if (same_word(key, "BODY[]") && (tokens[value].is == Token::Is::text)) {
            out.has_body = true;
            out.body = std::move(tokens[value].value);
        }
        if (same_word(key, "FLAGS") && tokens[value].is == Token::Is::open) {
            out.has_flags = true;
            for (std::size_t flag = value + 1; flag + 1 < end; ++flag) out.flags += (out.flags.empty() ? "" : " ") + printable(tokens[flag].value, 100);
        }
        at = end;
    }
    return out;
}

std::optional<std::vector<std::uint32_t>> found(const std::vector<Token>& tokens) {
    if (!is_untagged(tokens, 1, "SEARCH")) return {};
    std::vector<std::uint32_t> numbers;
    for (std::size_t at = 2; at < tokens.size(); ++at)
        if (const auto value = number_of(tokens[at].value)) numbers.push_back(*value);
    return numbers;
}

std::optional<std::string> listed_mailbox(const std::vector<Token>& tokens) {
    if (!is_untagged(tokens, 1, "LIST") || tokens.size() < 5 || tokens[2].is != Token::Is::open) return {};
    const auto after_flags = past(tokens, 2);
    for (std::size_t at = 3; at < after_flags; ++at)
        if (same_word(tokens[at].value, "\\Noselect") || same_word(tokens[at].value, "\\NonExistent")) return {};
    if (after_flags + 2 != tokens.size()) return {};
    auto name = mailbox_from_wire(tokens[after_flags + 1].value);
    if (!name || !mailbox_word(*name, "mailbox")) return {};
    return name;
}

Outcome outcome_of_no(std::string_view line) {
    const auto code = code_of(line);
    for (const char* one : {"UNAVAILABLE", "INUSE", "SERVERBUG"})
        if (same_word(code, one)) return Outcome::transient;
    for (const char* one : {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED"})
        if (same_word(code, one)) return Outcome::auth;
    if (same_word(code, "LIMIT")) return Outcome::rate_limited;
    return Outcome::refused;
}

}  // namespace owed::transports::detail
