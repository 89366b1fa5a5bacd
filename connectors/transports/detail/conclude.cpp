// What came of an exchange, as an outcome and a sentence.
#include <strings.h>

#include "transports/detail/exchange.hpp"
#include "transports/detail/retry_after.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {

namespace {

std::string smtp_sentence(const Exchange& exchange, const std::string& reason) {
    const SmtpTrace& trace = exchange.trace;
    const std::string server = place_of(exchange.request.url);
    switch (exchange.response.outcome) {
    case Outcome::ok: return server + " took the message: " + trace.reply;
    case Outcome::unknown_outcome:
        return server + " gave no final reply after the message had begun to leave (" + reason + "); it may or may not have it";
    case Outcome::untrusted: return server + " was not trusted, nothing was sent: " + reason;
    case Outcome::timed_out: return server + " did not answer in time, nothing was sent";
    case Outcome::cancelled: return "the exchange with " + server + " was cancelled before the message began to leave";
    default: break;
    }
    if (!exchange.response.refused.empty())
        return server + " refused recipient " + printable(exchange.response.refused.front().address) + ": " + trace.reply;
    if (trace.replied && trace.code >= 400)
        return server + " answered " + trace.reply + (trace.verb.empty() ? " on connecting" : " to " + trace.verb);
    return "no message was sent to " + server + ": " + reason;
}

/// An answer that began and did not end: how much of it came. `promised`: its Content-Length, or less than 0.
std::string cut_off(const Exchange& exchange, int status, curl_off_t got, curl_off_t promised, const std::string& reason) {
    const std::string much = promised >= 0 ? std::to_string(got) + " of " + std::to_string(promised) + " bytes came"
                                           : std::to_string(got) + " bytes came, and no end";
    return exchange.request.method + " " + place_of(exchange.request.url) + " answered " + std::to_string(status) + ", but the answer was cut off: " + much +
           " (" + reason + ")" + (exchange.response.outcome == Outcome::unknown_outcome ? "; it may or may not have been done" : "");
}

std::string http_sentence(const Exchange& exchange, const std::string& reason) {
    const Response& response = exchange.response;
    const std::string server = exchange.request.method + " " + place_of(exchange.request.url);
    const std::string status = response.status == 0 ? std::string{} : " answered " + std::to_string(response.status);
    if (response.outcome == Outcome::ok) return server + status;
    if (response.status >= 300 && response.status < 400) return server + status + "; redirects are not followed";
    if (response.outcome == Outcome::unknown_outcome)
        return server + (status.empty() ? " got no whole answer (" + reason + ")" : status) + "; it may or may not have been done";
    return server + (status.empty() ? ": " + reason : status);
}

/// A body that curl has unpacked is described by its packed form no longer.
void drop_decoded(std::vector<Header>& headers) {
    const auto named = [](const Header& header, const char* name) { return strcasecmp(header.name.c_str(), name) == 0; };
    const bool packed = std::any_of(headers.begin(), headers.end(), [&](const Header& h) { return named(h, "Content-Encoding"); });
    if (packed) std::erase_if(headers, [&](const Header& h) { return named(h, "Content-Encoding") || named(h, "Content-Length"); });
}

void conclude_smtp(Exchange& exchange, Stop stop, const std::string& reason) {
    Response& response = exchange.response;
    const SmtpTrace& trace = exchange.trace;
    response.outcome = classify_smtp(trace, stop);
    response.status = trace.code;
    response.reply = trace.reply;
    if (trace.verb == "RCPT" && trace.replied && trace.code >= 400 && !trace.body_started)
        response.refused.push_back({trace.recipient, trace.reply});
    response.detail = smtp_sentence(exchange, reason);
}

void conclude_http(Exchange& exchange, CURL* easy, Stop stop, const std::string& reason) {
    Response& response = exchange.response;
    long status = 0, version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    response.http_version = version == CURL_HTTP_VERSION_1_0 ? 10 : version == CURL_HTTP_VERSION_1_1 ? 11 : version == CURL_HTTP_VERSION_2_0 ? 20 : 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    response.outcome = classify_http(response.status, stop, exchange.sent, exchange.safe);
    response.retry_after_ms = retry_after_ms(response.headers);
    drop_decoded(response.headers);
    response.detail = http_sentence(exchange, reason);
    if (stop == Stop::done || status == 0 || stop == Stop::reply_too_large) return;
    // Half an answer is none: whoever looked at the status alone would read half a file as a whole one.
    curl_off_t got = 0, promised = -1;
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &promised);
    response.detail = cut_off(exchange, response.status, got, promised, reason);
    response.body.clear();
}

}  // namespace

Stop stop_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return Stop::done;
    case CURLE_OPERATION_TIMEDOUT: return Stop::timed_out;
    case CURLE_ABORTED_BY_CALLBACK: return Stop::cancelled;
    case CURLE_LOGIN_DENIED: return Stop::login_denied;
    case CURLE_FILESIZE_EXCEEDED: return Stop::reply_too_large;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED: return Stop::untrusted;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE: return Stop::no_connection;
    default: return Stop::failed;
    }
}

/// "smtp://mail.example:587" of a URL, for messages: no path, no query.
std::string place_of(std::string_view url) {
    const std::size_t host = url.find("://") + 3;
    return printable(url.substr(0, url.find_first_of("/?#", host)));
}

bool is_unknown_authority(CURL* easy, Stop stop) {
    long verified = 0;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    // openssl verify(1): 18 and 19 self-signed, 20 and 21 without an issuer that we have.
    return stop == Stop::untrusted && verified >= 18 && verified <= 21;
}

void conclude(Exchange& exchange, CURL* easy, Stop stop, const std::string& reason) {
    exchange.response.unknown_authority = is_unknown_authority(easy, stop);
    long connects = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    exchange.response.reused = connects == 0 && exchange.begun > 0;
    if (exchange.smtp()) conclude_smtp(exchange, stop, reason);
    else conclude_http(exchange, easy, stop, reason);
}

}  // namespace owed::transports::detail
