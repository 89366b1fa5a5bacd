#include "host/detail/request_parts.hpp"

#include <sodium.h>
#include <string.h>

#include <algorithm>

#include "transports/guard.hpp"

namespace owed::host {
namespace {

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
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

Result<std::string> joined(const std::vector<RequestPart>& parts, const SecretSource& secret) {
    std::string out;
    for (const auto& part : parts) {
        if (!part.is_secret) {
            out += part.value;
            continue;
        }
        if (part.encoding > OWED_BASE64) return fail(Errc::plugin_bug, "a secret's encoding is of no known kind");
        OWED_TRY(const auto value, secret(part.value));
        auto text = encoded(value.view(), part.encoding);
        // Room first, so that growing leaves no copy behind.
        std::string grown;
        grown.reserve(out.size() + text.size() + 256);
        grown.append(out).append(text);
        ::explicit_bzero(out.data(), out.size());
        ::explicit_bzero(text.data(), text.size());
        out = std::move(grown);
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

std::string encoded(std::string_view secret, std::uint32_t encoding) {
    switch (encoding) {
        case OWED_XML: return xml_text(secret);
        case OWED_JSON: return json_text(secret);
        case OWED_FORM: return form_text(secret);
        case OWED_BASE64: return base64_text(secret);
        default: return std::string{secret};
    }
}

std::vector<std::string> secrets_of(const TransferRequest& request) {
    std::vector<std::string> names;
    const auto note = [&](const std::vector<RequestPart>& parts) {
        for (const auto& part : parts)
            if (part.is_secret && std::find(names.begin(), names.end(), part.value) == names.end()) names.push_back(part.value);
    };
    for (const auto& header : request.headers) note(header.value);
    note(request.body);
    note(request.user);
    note(request.password);
    return names;
}

bool is_token_login(const TransferRequest& request, const InstanceConfig& config) {
    const bool mail = transports::is_smtp(request.url) || request.url.starts_with("imap://") || request.url.starts_with("imaps://");
    return mail && request.password.size() == 1 && request.password.front().is_secret && config.oauth.contains(request.password.front().value);
}

Result<transports::Request> transport_request(const TransferRequest& from, const InstanceConfig& config,
                                              const SecretSource& secret) {
    transports::Request to;
    to.method = from.method;
    to.url = from.url;
    for (const auto& header : from.headers) {
        OWED_TRY(auto value, joined(header.value, secret));
        to.headers.push_back({header.name, std::move(value)});
    }
    OWED_TRY(to.body, joined(from.body, secret));
    OWED_TRY(to.user, joined(from.user, secret));
    OWED_TRY(auto password, joined(from.password, secret));
    (is_token_login(from, config) ? to.bearer : to.password) = std::move(password);
    to.mail_from = from.mail_from;
    to.recipients = from.recipients;
    to.ca_file = config.transfer.ca_file;
    to.client_certificate = config.transfer.client_certificate;
    if (config.transfer.client_key) {
        OWED_TRY(to.client_key, config.transfer.client_key());
    }
    to.host_key = config.transfer.host_key;
    if (config.transfer.ssh_key && from.url.starts_with("sftp://")) {
        OWED_TRY(to.ssh_key, config.transfer.ssh_key());
    }
    to.names_may_be_loopback = config.transfer.plain_text_on_loopback;
    to.reply_bytes_max = config.transfer.response_bytes_max;
    const std::uint32_t timeout_max = config.transfer.timeout_ms == 0 ? 600'000 : config.transfer.timeout_ms;
    to.timeout_ms = config.transfer.timeout_ms == 0 ? 60'000 : timeout_max;
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
    if (from.timeout_ms != 0) to.timeout_ms = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(from.timeout_ms, 1, timeout_max));
    if (from.response_max != 0) to.reply_bytes_max = std::min<std::size_t>(from.response_max, to.reply_bytes_max);
    // Where the protocol has a place for the key and the plugin did not fill it (draft-ietf-httpapi-idempotency-key-header).
    const bool http = from.url.starts_with("http");
    const bool has_key = std::any_of(to.headers.begin(), to.headers.end(), [](const auto& h) { return lower(h.name) == "idempotency-key"; });
    if (http && !from.idempotency_key.empty() && !has_key) to.headers.push_back({"Idempotency-Key", from.idempotency_key});
    return to;
}

TransferReply reply_of(transports::Response from) {
    TransferReply to;
    to.outcome = status_of_outcome(from.outcome);
    to.code = from.status;
    // Definite answers came after everything was sent; the early ends say for themselves that nothing was.
    to.bytes_left = from.outcome == transports::Outcome::unknown_outcome || from.outcome == transports::Outcome::ok;
    to.retry_after_ms = from.retry_after_ms;
    for (const auto& header : from.headers) to.headers.emplace_back(lower(header.name), header.value);
    to.body = std::move(from.body);
    to.message = from.outcome == transports::Outcome::ok && !from.reply.empty() ? from.reply : from.detail;
    return to;
}

void wipe(transports::Request& request) {
    for (auto* text : {&request.password, &request.bearer, &request.user, &request.body, &request.client_key, &request.ssh_key}) ::explicit_bzero(text->data(), text->size());
    for (auto& header : request.headers) ::explicit_bzero(header.value.data(), header.value.size());
}

}  // namespace owed::host
