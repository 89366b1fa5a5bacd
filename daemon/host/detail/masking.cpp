#include "host/detail/masking.hpp"

#include <string.h>

#include <algorithm>
#include <array>

#include "host/detail/request_parts.hpp"
#include "owed/abi.h"

namespace owed::host {
namespace {

constexpr std::size_t shortest = 6;

/// Names without their '_' and '-', in lower case.
constexpr std::array<std::string_view, 17> token_names{
    "accesstoken", "refreshtoken", "idtoken", "token", "sessionid", "sessiontoken", "sessionkey", "password", "clientsecret", "secret",
    "apikey", "assertion", "clientassertion", "signature", "privatekey", "jwt", "authorization"};

std::string plain_name(std::string_view name) {
    std::string out;
    if (const auto colon = name.rfind(':'); colon != std::string_view::npos) name = name.substr(colon + 1);  // XML prefix
    for (const char c : name)
        if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

bool is_token_name(std::string_view name) {
    const auto plain = plain_name(name);
    return std::find(token_names.begin(), token_names.end(), plain) != token_names.end();
}

std::string replaced(std::string text, std::string_view what) {
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
        out.append(text, from, at - from).append(masked);
        from = at + what.size();
    }
    if (from == 0) return text;
    out.append(text, from);
    ::explicit_bzero(text.data(), text.size());
    return out;
}

struct Span {
    std::size_t begin = 0, end = 0;  ///< of a value
};

/// The text between quotes at `quote`; end is the closing quote.
Span quoted(std::string_view text, std::size_t quote) {
    std::size_t end = quote + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    return {quote + 1, std::min(end, text.size())};
}

/// JSON: a string that a colon and a string follow, where the first has a token's name. Not a parser: a scan for what must
/// be hidden, which leaves the rest alone and works on torn text too.
std::vector<Span> json_tokens(std::string_view text) {
    std::vector<Span> found;
    for (std::size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at)) {
        const Span key = quoted(text, at);
        at = std::min(key.end + 1, text.size());
        const std::size_t colon = text.find_first_not_of(" \t\r\n", at);
        if (colon == std::string_view::npos || text[colon] != ':') continue;
        const std::size_t quote = text.find_first_not_of(" \t\r\n", colon + 1);
        if (quote == std::string_view::npos || text[quote] != '"') continue;
        const Span value = quoted(text, quote);
        if (is_token_name(text.substr(key.begin, key.end - key.begin))) found.push_back(value);
        at = std::min(value.end + 1, text.size());
    }
    return found;
}

std::vector<Span> xml_tokens(std::string_view text) {
    std::vector<Span> found;
    for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
        const std::size_t close = text.find('>', at);
        if (close == std::string_view::npos) break;
        const auto name = text.substr(at + 1, std::min(close, text.find_first_of(" \t\r\n/", at + 1)) - at - 1);
        const std::size_t end = text.find('<', close);
        if (end != std::string_view::npos && text[close - 1] != '/' && is_token_name(name)) found.push_back({close + 1, end});
    }
    return found;
}

std::vector<Span> form_tokens(std::string_view text) {
    std::vector<Span> found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('&', at), text.size());
        const std::size_t equals = text.find('=', at);
        if (equals < end && is_token_name(text.substr(at, equals - at))) found.push_back({equals + 1, end});
        at = end + 1;
    }
    return found;
}

std::vector<Span> tokens_of(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (first == std::string_view::npos) return {};
    if (body[first] == '{' || body[first] == '[') return json_tokens(body);
    if (body[first] == '<') return xml_tokens(body);
    return body.find_first_of(" \r\n") == std::string_view::npos ? form_tokens(body) : std::vector<Span>{};
}

}  // namespace

void SecretValues::add_form(std::string_view form) {
    const auto known = [&](const SecretText& other) { return other.view() == form; };
    if (form.size() < shortest || std::any_of(forms_.begin(), forms_.end(), known)) return;
    forms_.emplace_back(form);
    std::stable_sort(forms_.begin(), forms_.end(), [](const auto& a, const auto& b) { return a.view().size() > b.view().size(); });
}

void SecretValues::add(std::string_view value) {
    for (const std::uint32_t encoding : {OWED_RAW, OWED_XML, OWED_JSON, OWED_FORM, OWED_BASE64}) {
        auto form = encoded(value, encoding);
        add_form(form);
        const auto written = form.size();
        if (encoding == OWED_FORM) {   // the other way to write a blank there
            for (auto at = form.find("%20"); at != std::string::npos; at = form.find("%20", at)) form.replace(at, 3, 1, '+');
            add_form(form);
        }
        form.resize(written);          // what moved forward left its last letters behind
        ::explicit_bzero(form.data(), form.size());
    }
    add_within_base64(value);
}

/// As it stands somewhere within a longer text in base64, as in a SASL message: at each of the three ways to lie in groups
/// of three bytes, without the letters that its neighbours have a share in.
void SecretValues::add_within_base64(std::string_view value) {
    for (std::size_t before = 0; before < 3; ++before) {
        std::string padded(before, '\0');
        padded.reserve(before + value.size());
        padded += value;
        auto form = encoded(padded, OWED_BASE64);
        const std::size_t first = before == 0 ? 0 : before + 1, whole = (before + value.size()) * 8 / 6;
        add_form(std::string_view{form}.substr(std::min(first, whole), whole - std::min(first, whole)));
        ::explicit_bzero(form.data(), form.size());
        ::explicit_bzero(padded.data(), padded.size());
    }
}

std::string SecretValues::without(std::string text) const {
    for (const auto& form : forms_) text = replaced(std::move(text), form.view());
    return text;
}

void SecretValues::mask(transports::Response& response) const {
    if (forms_.empty()) return;
    response.body = without(std::move(response.body));
    response.reply = without(std::move(response.reply));
    response.detail = without(std::move(response.detail));
    for (auto& header : response.headers) header.value = without(std::move(header.value));
    for (auto& refused : response.refused) refused.reply = without(std::move(refused.reply));
}

std::string without_tokens(std::string_view body, std::vector<std::string>& found) {
    std::string out;
    std::size_t from = 0;
    for (const Span& value : tokens_of(body)) {
        if (value.begin < from || value.begin >= value.end) continue;
        out.append(body, from, value.begin - from).append(masked);
        found.emplace_back(body.substr(value.begin, value.end - value.begin));
        from = value.end;
    }
    return out.append(body, from);
}

bool is_token_header(std::string_view name) {
    const auto plain = plain_name(name);
    return plain == "cookie" || plain == "setcookie" || plain == "proxyauthorization" || plain.ends_with("token") || is_token_name(name) ||
           plain.ends_with("apikey");
}

}  // namespace owed::host
