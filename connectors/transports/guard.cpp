#include "transports/guard.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace owed::transports {

namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_token_char(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
}

struct UrlCloser {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart what) {
    char* text = nullptr;
    if (curl_url_get(url, what, &text, 0) != CURLUE_OK || text == nullptr) return {};
    std::string part = text;
    curl_free(text);
    return part;
}

Status check_method(std::string_view method) {
    constexpr std::array<std::string_view, 6> spoken{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    if (std::find(spoken.begin(), spoken.end(), method) != spoken.end()) return {};
    return fail(Errc::invalid_argument, "method \"" + printable(method) + "\" is not one of GET, HEAD, POST, PUT, PATCH, DELETE");
}

Status check_text(std::string_view what, std::string_view text) {
    if (std::none_of(text.begin(), text.end(), is_control)) return {};
    return fail(Errc::invalid_config, std::string{what} + " contains a control byte");
}

Status check_envelope(const Request& request) {
    if (auto sender = check_address(request.mail_from); !sender) {
        Error error = sender.error();
        error.code = Errc::invalid_config;  // ours to set right, once for all messages
        error.where = "envelope sender";
        return fail(std::move(error));
    }
    if (request.recipients.empty()) return fail(Errc::data, "a message has no recipient");
    if (request.recipients.size() > 100)
        return fail(Errc::data, "a message has more than 100 recipients", {}, "send it in several messages");
    for (const std::string& recipient : request.recipients) OWED_TRY_VOID(check_address(recipient));
    if (request.body.empty()) return fail(Errc::data, "a message has no bytes");
    return {};
}

Status check_limits(const Request& request) {
    if (request.body.size() > request.body_bytes_max)
        return fail(Errc::input_too_large, "the body has " + std::to_string(request.body.size()) + " bytes; at most " +
                                               std::to_string(request.body_bytes_max) + " are sent");
    if (request.timeout_ms == 0 || request.timeout_ms > 600'000 || request.connect_timeout_ms == 0)
        return fail(Errc::invalid_argument, "a timeout is 1 to 600000 ms, found " + std::to_string(request.timeout_ms) +
                                                " and " + std::to_string(request.connect_timeout_ms) + " to connect");
    return {};
}

/// The four bytes that a v6 address carries for a v4 one, as a host-order number: v4-mapped, v4-compatible (RFC 4291
/// 2.5.5), NAT64 (RFC 6052 2.1, 64:ff9b::/96), 6to4 (RFC 3056, 2002::/16).
std::optional<std::uint32_t> as_v4(const in6_addr& address) {
    constexpr unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    std::size_t at = 12;
    if (address.s6_addr[0] == 0x20 && address.s6_addr[1] == 0x02) at = 2;
    else if (!IN6_IS_ADDR_V4MAPPED(&address) && !IN6_IS_ADDR_V4COMPAT(&address) && std::memcmp(address.s6_addr, nat64, 12) != 0) return std::nullopt;
    std::uint32_t v4 = 0;
    std::memcpy(&v4, address.s6_addr + at, 4);
    return ntohl(v4);
}

enum class Reach { loopback, forbidden, elsewhere };

Reach reach_of_v4(std::uint32_t v4) {
    if ((v4 >> 24) == 127) return Reach::loopback;
    const bool link_local = (v4 >> 16) == 0xA9FE;  // 169.254.0.0/16, cloud metadata among them
    const bool this_network = (v4 >> 24) == 0;
    const bool multicast_or_reserved = (v4 >> 28) >= 0xE;
    return link_local || this_network || multicast_or_reserved ? Reach::forbidden : Reach::elsewhere;
}

Reach reach_of_v6(const in6_addr& address) {
    if (const auto v4 = as_v4(address)) return reach_of_v4(*v4);
    if (IN6_IS_ADDR_LOOPBACK(&address)) return Reach::loopback;
    if (IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MULTICAST(&address) || IN6_IS_ADDR_UNSPECIFIED(&address))
        return Reach::forbidden;
    return Reach::elsewhere;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string shown;
    for (const char c : text.substr(0, max)) {
        if (!is_control(c)) {
            shown += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        shown += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    }
    if (text.size() > max) shown += "...";
    return shown;
}

Status check_address(std::string_view address) {
    const auto refuse = [&](std::string_view why) {
        return fail(Errc::data, "address \"" + printable(address) + "\" " + std::string{why}, {},
                    "correct the address where it is kept (customer or entity)");
    };
    if (address.empty()) return refuse("is empty");
    if (std::any_of(address.begin(), address.end(), is_control)) return refuse("contains a control byte");
    if (address.find_first_of(" <>\"(),:;\\[]") != std::string_view::npos)
        return refuse("contains a blank, bracket, quote or separator; expected local@domain");
    const std::size_t at = address.find('@');
    if (at == std::string_view::npos || at != address.rfind('@')) return refuse("must have exactly one @");
    if (at == 0 || at + 1 == address.size()) return refuse("lacks its local part or its domain");
    if (at > 64 || address.size() > 320) return refuse("is too long: 64 bytes before the @, 320 in all");
    const std::string_view domain = address.substr(at + 1);
    if (domain.front() == '.' || domain.front() == '-' || domain.back() == '.' || domain.find("..") != std::string_view::npos)
        return refuse("has a domain with an empty label");
    return {};
}

Status check_header(const Header& header) {
    const bool token = !header.name.empty() && std::all_of(header.name.begin(), header.name.end(), is_token_char);
    if (!token) return fail(Errc::data, "header name \"" + printable(header.name) + "\" is not a token");
    const bool clean = std::all_of(header.value.begin(), header.value.end(), [](char c) { return c == '\t' || !is_control(c); });
    constexpr std::array<std::string_view, 11> own{"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade",
                                                   "te", "trailer", "keep-alive", "proxy-authorization", "proxy-connection"};
    std::string name = header.name;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (std::find(own.begin(), own.end(), name) != own.end())
        return fail(Errc::plugin_bug, "header " + header.name + " is set by the host alone", {}, "leave it out; the URL and the body say it");
    // The value may be a secret: it is not repeated in the message.
    if (!clean) return fail(Errc::data, "the value of header " + header.name + " contains a control byte");
    return {};
}

std::optional<UrlParts> url_parts(std::string_view url) {
    const bool ascii = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    const std::unique_ptr<CURLU, UrlCloser> parsed{curl_url()};
    const std::string copy{url};
    if (!ascii || url.size() > 8192 || url.find('\\') != std::string_view::npos) return {};
    if (curl_url_set(parsed.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return {};
    if (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty()) return {};
    const std::size_t authority = url.find("://") + 3;  // curl forgives "https:///host" and "https:/host"; we do not
    if (url.find("://") == std::string_view::npos || authority >= url.size() || url[authority] == '/') return {};
    // "@" alone is an empty user, and some readers take what is before it for the host.
    if (url.substr(authority, url.find_first_of("/?#", authority) - authority).find('@') != std::string_view::npos) return {};
    UrlParts parts{part_of(parsed.get(), CURLUPART_SCHEME), part_of(parsed.get(), CURLUPART_HOST), part_of(parsed.get(), CURLUPART_PORT),
                   part_of(parsed.get(), CURLUPART_PATH)};
    for (auto* text : {&parts.scheme, &parts.host})
        std::transform(text->begin(), text->end(), text->begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (parts.host.empty() || parts.host.ends_with('.')) return {};
    return parts;
}

bool names_this_machine(std::string_view host) {
    if (host == "localhost") return true;
    std::string text{host};
    if (text.size() > 2 && text.front() == '[') text = text.substr(1, text.size() - 2);
    in_addr v4{};
    in6_addr v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return reach_of_v4(ntohl(v4.s_addr)) == Reach::loopback;
    return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && reach_of_v6(v6) == Reach::loopback;
}

bool only_looks(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "LIST" || method == "SEARCH";
}

bool is_smtp(std::string_view url) { return url.starts_with("smtp://") || url.starts_with("smtps://"); }

Status check_url(std::string_view url, Encryption encryption) {
    const auto refuse = [&](std::string_view why) {
        // Up to the first '?' only: a query may hold what is nobody's business.
        return fail(Errc::invalid_config, "URL \"" + printable(url.substr(0, url.find('?'))) + "\" " + std::string{why});
    };
    const bool ascii = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!ascii) return refuse("may hold printable ASCII only");
    if (url.size() > 8192) return refuse("is longer than 8192 bytes");
    const std::unique_ptr<CURLU, UrlCloser> parsed{curl_url()};
    const std::string copy{url};
    if (curl_url_set(parsed.get(), CURLUPART_URL, copy.c_str(), 0) != CURLUE_OK) return refuse("is not a URL");
    if (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty())
        return fail(Errc::invalid_config, "a URL must not hold a user or password", {}, "give them as settings");
    // curl forgives "https:///host"; an allow-list that reads URLs otherwise must not be fooled by that.
    const bool third_slash = url.find("://") + 3 < url.size() && url[url.find("://") + 3] == '/';
    if (third_slash || part_of(parsed.get(), CURLUPART_HOST).empty()) return refuse("has no host");
    const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    const bool either = scheme == "smtp" || scheme == "ftp" || scheme == "imap";  // encrypted by STARTTLS or AUTH TLS
    const bool encrypted = either || scheme == "https" || scheme == "smtps" || scheme == "ftps" || scheme == "imaps";
    const bool plain = either || scheme == "http";
    if (!encrypted && !plain) return refuse("must begin with https://, http://, smtp(s)://, ftp(s)://, imap(s):// or sftp://");
    if (encryption == Encryption::required && !encrypted) return refuse("is not encrypted; expected https://");
    if (encryption == Encryption::never_on_loopback && !plain) return refuse("is encrypted, but encryption is set to never");
    return {};
}

namespace {

/// curl writes user and token into a SASL message as they are (RFC 7628 3.1), where "," and "=" end a field.
Status check_bearer(const Request& request) {
    if (request.bearer.empty()) return {};
    const std::string_view url = request.url;
    if (!is_smtp(url) && !url.starts_with("imap")) return fail(Errc::invalid_argument, "a login by bearer token is for smtp and imap; elsewhere it is a header");
    constexpr std::string_view others = "-._~+/=";   // RFC 6750 2.1
    const auto of_a_token = [&](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos; };
    if (!std::all_of(request.bearer.begin(), request.bearer.end(), of_a_token)) return fail(Errc::invalid_config, "the access token holds a byte that access tokens do not have");
    if (request.user.empty()) return fail(Errc::invalid_config, "a login by access token wants a user", {}, "add user to the connector's settings");
    if (request.user.find_first_of(",=") != std::string::npos) return fail(Errc::invalid_config, "the user of a login by access token may hold no comma and no =");
    return {};
}

Status check_login(const Request& request) {
    OWED_TRY_VOID(check_text("the user name", request.user));
    OWED_TRY_VOID(check_text("the password", request.password));
    OWED_TRY_VOID(check_bearer(request));
    OWED_TRY_VOID(check_text("the proxy", request.proxy));
    if (!request.client_key.empty() && request.client_certificate.empty())
        return fail(Errc::invalid_config, "there is a client key without a client certificate", {}, "add client_certificate");
    return {};
}

}  // namespace

Status check_common(const Request& request) {
    OWED_TRY_VOID(check_login(request));
    return check_limits(request);
}

Status check(const Request& request) {
    OWED_TRY_VOID(check_url(request.url, request.encryption));
    if (!is_smtp(request.url)) OWED_TRY_VOID(check_method(request.method));
    for (const Header& header : request.headers) OWED_TRY_VOID(check_header(header));
    OWED_TRY_VOID(check_login(request));
    const bool helo_clean = std::all_of(request.helo.begin(), request.helo.end(),
                                        [](char c) { return is_token_char(c) || c == '[' || c == ']' || c == ':'; });
    if (!helo_clean) return fail(Errc::invalid_config, "greeting name \"" + printable(request.helo) + "\" is not a host name");
    if (is_smtp(request.url)) OWED_TRY_VOID(check_envelope(request));
    return check_limits(request);
}

Status check_peer(std::string_view ip, Encryption encryption, bool loopback) {
    const std::string text{ip.substr(0, ip.find('%'))};
    in_addr v4{};
    in6_addr v6{};
    Reach reach = Reach::forbidden;
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) reach = reach_of_v4(ntohl(v4.s_addr));
    else if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) reach = reach_of_v6(v6);
    if (reach == Reach::forbidden)
        return fail(Errc::invalid_config, "address " + text + " is link-local, multicast or reserved and never spoken to");
    if (reach == Reach::loopback && !loopback)
        return fail(Errc::invalid_config, "the name resolves to " + text + ", this machine itself, which the URL does not say", {},
                    "if that is right, write localhost in the URL, or allow plain_text_on_loopback under transfer");
    if (encryption == Encryption::never_on_loopback && reach != Reach::loopback)
        return fail(Errc::invalid_config, "without encryption only this machine is spoken to, and " + text + " is another", {},
                    "use starttls or tls");
    return {};
}

std::string with_crlf(std::string_view message) {
    std::string out;
    out.reserve(message.size() + message.size() / 32 + 2);
    for (std::size_t i = 0; i < message.size(); ++i) {
        const char c = message[i];
        if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
        if (c == '\r' || c == '\n') out += "\r\n";
        else out += c;
    }
    if (!out.ends_with("\r\n")) out += "\r\n";
    return out;
}

}  // namespace owed::transports
