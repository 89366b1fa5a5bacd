#include "email/smtp.hpp"

#include <algorithm>

namespace owed::plugins::email {

namespace {

SendReceipt receipt(SendState state, const plugin::Response& response) {
    return SendReceipt{.state = state,
                       .provider_id = state == SendState::sent ? response.message.substr(0, 200) : std::string{},
                       .detail = response.message,
                       .retry_after_ms = static_cast<std::uint64_t>(response.retry_after.count())};
}

}  // namespace

Result<plugin::Request> request_for(const Server& server, const Delivery& delivery) {
    if (delivery.message.empty()) return fail(Errc::data, "the delivery has no message", delivery.key);
    if (delivery.recipients.empty())
        return fail(Errc::data, "the delivery has no recipient", delivery.key, "add the customer's e-mail address");
    plugin::Request request;
    request.method = "MAIL";
    request.url = (server.security == Security::tls ? "smtps://" : "smtp://") + server.host + ":" + std::to_string(server.port);
    request.plain_text = server.security == Security::none;
    request.mail_from = server.from.empty() ? delivery.sender_address : server.from;
    if (request.mail_from.empty()) return fail(Errc::data, "the delivery has no sender address", delivery.key, "set from:");
    request.recipients = delivery.recipients;
    request.body = {plugin::literal(delivery.message)};
    request.idempotency_key = delivery.key;
    if (!server.user.empty()) {
        request.user = {plugin::literal(server.user)};
        request.password = {plugin::secret(server.password_secret)};
    }
    return request;
}

Result<SendReceipt> receipt_of(const plugin::Response& response) {
    if (response.failure) {
        switch (*response.failure) {
        case Errc::unknown_outcome: return receipt(SendState::unknown, response);
        case Errc::permanent:
        case Errc::data: return receipt(SendState::refused, response);
        case Errc::transient:
        case Errc::rate_limited:
        case Errc::timed_out: return receipt(SendState::retry, response);
        default: break;
        }
        // However the host calls it: once bytes of the message left, nobody knows.
        if (response.bytes_left) return receipt(SendState::unknown, response);
        return fail(*response.failure, response.message);
    }
    if (response.code >= 200 && response.code < 300) return receipt(SendState::sent, response);
    if (response.code == 530 || response.code == 534 || response.code == 535 || response.code == 538)
        return fail(Errc::auth, response.message, {}, "check user and password of the mail server");
    if (response.code >= 500 && response.code < 600) return receipt(SendState::refused, response);
    if (response.code >= 400 && response.code < 500) return receipt(SendState::retry, response);
    // A finished exchange without a reply code that SMTP knows: not ours to guess.
    return receipt(SendState::unknown, response);
}

Status check_recipient(std::string_view address) {
    const bool control = std::any_of(address.begin(), address.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control) return fail(Errc::data, "a recipient's address contains a control byte");
    if (address.find('@') == std::string_view::npos) return fail(Errc::data, "a recipient's address has no @");
    return {};
}

}  // namespace owed::plugins::email
