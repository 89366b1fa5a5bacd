#include "host/detail/transfer_service.hpp"

#include <sodium.h>
#include <strings.h>

#include <algorithm>

namespace owed::host {
namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

struct Url {
    std::string scheme, host, port, path;
};
/// Splits "scheme://host[:port][/path]". An empty scheme: it is none. User info is not told from the host here; the
/// transport refuses it.
Url split(std::string_view text) {
    Url url;
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return url;
    auto rest = text.substr(colon + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    url.path = rest.substr(authority.size());
    const auto bracket = authority.rfind(']');
    const auto port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.scheme = lower(text.substr(0, colon));
    url.host = lower(authority.substr(0, port));
    if (port != std::string_view::npos) url.port = authority.substr(port + 1);
    return url;
}

bool host_fits(const std::string& host, const std::string& pattern) {
    if (!pattern.starts_with("*.")) return host == pattern;
    return host.size() > pattern.size() - 1 && host.ends_with(pattern.substr(1));
}

bool fits(const Url& url, std::string_view pattern_text) {
    const Url pattern = split(pattern_text);
    return !pattern.scheme.empty() && url.scheme == pattern.scheme && host_fits(url.host, pattern.host) &&
           (pattern.port.empty() || url.port == pattern.port) && url.path.starts_with(pattern.path == "/" ? "" : pattern.path);
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&apos;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string json_text(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string form_text(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

std::string base64_text(std::string_view text) {
    std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), sodium_base64_VARIANT_ORIGINAL);
    out.pop_back();  // the terminating zero
    return out;
}

Result<std::string> joined(const std::vector<RequestPart>& parts, const InstanceConfig& config) {
    std::string out;
    for (const auto& part : parts) {
        if (!part.is_secret) {
            out += part.value;
            continue;
        }
        if (part.encoding > OWED_BASE64) return fail(Errc::plugin_bug, "a secret's encoding is of no known kind");
        if (!config.secret)
            return fail(Errc::invalid_config, "the connector has no secret \"" + part.value + "\"", config.where, "add it under secrets:");
        OWED_TRY(auto value, config.secret(part.value));
        out += encoded(value, part.encoding);
        ::explicit_bzero(value.data(), value.size());
    }
    return out;
}

owed_status status_of_outcome(transports::Outcome outcome) {
    switch (outcome) {  // no default: a new outcome must be placed by hand
        case transports::Outcome::ok: return OWED_OK;
        case transports::Outcome::refused: return OWED_PERMANENT;
        case transports::Outcome::transient:
        case transports::Outcome::timed_out: return OWED_TRANSIENT;
        case transports::Outcome::rate_limited: return OWED_RATE_LIMITED;
        case transports::Outcome::auth: return OWED_AUTH;
        case transports::Outcome::untrusted: return OWED_CONFIG;
        case transports::Outcome::cancelled: return OWED_CANCELLED;
        case transports::Outcome::unknown_outcome: return OWED_UNKNOWN_OUTCOME;
    }
    return OWED_UNKNOWN_OUTCOME;
}

}  // namespace

std::string host_of_url(std::string_view url) { return split(url).host; }

std::string encoded(std::string_view secret, std::uint32_t encoding) {
    switch (encoding) {
        case OWED_XML: return xml_text(secret);
        case OWED_JSON: return json_text(secret);
        case OWED_FORM: return form_text(secret);
        case OWED_BASE64: return base64_text(secret);
        default: return std::string{secret};
    }
}

Status check_allowed(std::string_view text, const TransferGrants& grants, const std::set<std::string>& settings_hosts) {
    const Url url = split(text);
    const std::string shown = url.scheme + "://" + url.host + (url.port.empty() ? "" : ":" + url.port);
    if (url.host.empty()) return fail(Errc::plugin_bug, "a request without a host in its URL");
    if (grants.allow_urls.empty()) {
        if (settings_hosts.contains(url.host)) return {};
        return fail(Errc::invalid_config, "the plugin wants to speak to " + shown + ", which does not stand in its settings", {},
                    "if that is right, add \"" + shown + "\" to the connector's allow_urls");
    }
    const auto& allowed = grants.allow_urls;
    if (std::any_of(allowed.begin(), allowed.end(), [&](const auto& pattern) { return fits(url, pattern); })) return {};
    return fail(Errc::invalid_config, "the plugin wants to speak to " + shown + ", which the connector's allow_urls does not have", {},
                "if that is right, add \"" + shown + "\" to the connector's allow_urls");
}

Result<transports::Request> transport_request(const TransferRequest& from, const InstanceConfig& config) {
    transports::Request to;
    to.method = from.method;
    to.url = from.url;
    for (const auto& header : from.headers) {
        OWED_TRY(auto value, joined(header.value, config));
        to.headers.push_back({header.name, std::move(value)});
    }
    OWED_TRY(to.body, joined(from.body, config));
    OWED_TRY(to.user, joined(from.user, config));
    OWED_TRY(to.password, joined(from.password, config));
    to.mail_from = from.mail_from;
    to.recipients = from.recipients;
    to.ca_file = config.transfer.ca_file;
    to.proxy = config.transfer.proxy;
    to.helo = config.transfer.helo;
    if (from.tls == OWED_TLS_NONE) {
        if (!config.transfer.plain_text_on_loopback)
            return fail(Errc::invalid_config, "the plugin wants to send without encryption, which the configuration does not allow",
                        config.where, "use TLS; only a server on this machine may be spoken to in plain text");
        to.encryption = transports::Encryption::never_on_loopback;
    } else if (from.tls != OWED_TLS_REQUIRED) {
        return fail(Errc::plugin_bug, "the request's tls is of no known kind");
    }
    if (from.timeout_ms != 0) to.timeout_ms = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(from.timeout_ms, 1, 600'000));
    if (from.response_max != 0) to.reply_bytes_max = std::min<std::size_t>(from.response_max, to.reply_bytes_max);
    // Where the protocol has a place for the key and the plugin did not fill it (draft-ietf-httpapi-idempotency-key-header).
    const bool http = from.url.starts_with("http");
    const bool has_key = std::any_of(to.headers.begin(), to.headers.end(), [](const auto& h) { return lower(h.name) == "idempotency-key"; });
    if (http && !from.idempotency_key.empty() && !has_key) to.headers.push_back({"Idempotency-Key", from.idempotency_key});
    return to;
}

TransferReply reply_of(const transports::Response& from) {
    TransferReply to;
    to.outcome = status_of_outcome(from.outcome);
    to.code = from.status;
    // Definite answers came after everything was sent; the early ends say for themselves that nothing was.
    to.bytes_left = from.outcome == transports::Outcome::unknown_outcome || from.outcome == transports::Outcome::ok;
    to.retry_after_ms = from.retry_after_ms;
    for (const auto& header : from.headers) to.headers.emplace_back(lower(header.name), header.value);
    to.body = from.body;
    to.message = from.outcome == transports::Outcome::ok && !from.reply.empty() ? from.reply : from.detail;
    return to;
}

void wipe(transports::Request& request) {
    ::explicit_bzero(request.password.data(), request.password.size());
    for (auto& header : request.headers) ::explicit_bzero(header.value.data(), header.value.size());
    ::explicit_bzero(request.body.data(), request.body.size());
}

}  // namespace owed::host
