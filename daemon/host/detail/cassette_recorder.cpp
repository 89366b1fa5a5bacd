#include "host/detail/cassette_recorder.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "host/detail/masking.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

namespace json = boost::json;

/// Text as text; other bytes as {"base64": ...}.
json::value bytes_json(const std::string& bytes) {
    if (wire::is_text(bytes)) return json::value(bytes);
    std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    out.pop_back();  // the terminating zero
    return json::object{{"base64", out}};
}

}  // namespace

std::string CassetteRecorder::hidden(std::string text) const {
    for (const auto& token : tokens_)
        for (std::size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + masked.size())) text.replace(at, token.size(), masked);
    return text;
}

std::string CassetteRecorder::line_of(const TransferRequest& request, const transports::Response& response) {
    // A token that the plugin has from elsewhere than an answer is unknown here: it is recorded as a gap.
    const auto literal = [&](const std::string& text, bool token) -> json::value {
        const auto shown = hidden(text);
        if (token && shown == text) return json::object{{"secret", "unknown"}};
        return bytes_json(shown);
    };
    const auto parts = [&](const std::vector<RequestPart>& all, bool token) {
        json::array list;
        for (const auto& part : all) {
            if (part.is_secret) list.push_back(json::object{{"secret", part.value}});
            else list.push_back(literal(part.value, token && all.size() == 1));
        }
        return list;
    };
    json::array sent_headers, got_headers, recipients, refused;
    for (const auto& header : request.headers) sent_headers.push_back(json::array{header.name, parts(header.value, is_token_header(header.name))});
    if (!request.idempotency_key.empty() && request.url.starts_with("http"))
        sent_headers.push_back(json::array{"Idempotency-Key", json::array{request.idempotency_key}});
    for (const auto& header : response.headers)
        got_headers.push_back(json::array{header.name, is_token_header(header.name) ? json::value(masked) : bytes_json(hidden(header.value))});
    for (const auto& recipient : request.recipients) recipients.push_back(json::value(recipient));
    for (const auto& one : response.refused) refused.push_back(json::array{one.address, one.reply});

    std::vector<std::string> found;
    const std::string body = without_tokens(response.body, found);
    for (auto& token : found)
        if (token.size() >= 6) tokens_.push_back(std::move(token));
    json::object sent{{"method", request.method}, {"url", hidden(request.url)}, {"headers", sent_headers}, {"body", parts(request.body, false)}};
    if (!request.user.empty()) sent["user"] = parts(request.user, false);
    if (!request.password.empty()) sent["password"] = parts(request.password, true);
    if (!request.mail_from.empty()) sent["mail_from"] = request.mail_from;
    if (!recipients.empty()) sent["recipients"] = recipients;
    json::object got{{"outcome", transports::name_of(response.outcome)}, {"status", response.status}, {"headers", got_headers}, {"body", bytes_json(hidden(body))}};
    if (!response.reply.empty()) got["reply"] = response.reply;
    if (!response.detail.empty()) got["detail"] = response.detail;
    if (response.retry_after_ms != 0) got["retry_after_ms"] = response.retry_after_ms;
    if (!refused.empty()) got["refused"] = refused;
    return json::serialize(json::object{{"request", sent}, {"response", got}}) + "\n";
}

Status CassetteRecorder::add(const TransferRequest& request, const transports::Response& response) {
    const std::lock_guard lock{mutex_};
    const std::string line = line_of(request, response);
    const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return fail(Errc::io, "the cassette cannot be opened: " + std::string{std::strerror(errno)}, path_);
    const auto written = ::write(fd, line.data(), line.size());
    const int error = errno;
    ::close(fd);
    if (written == static_cast<ssize_t>(line.size())) return {};
    return fail(Errc::io, "the cassette cannot be written: " + std::string{written < 0 ? std::strerror(error) : "the disk is full"}, path_);
}

}  // namespace owed::host
