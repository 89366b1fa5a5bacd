#include "transports/transfer.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include "transports/detail/classify.hpp"
#include "transports/guard.hpp"

namespace owed::transports {

namespace {

using detail::SmtpTrace;
using detail::Stop;

struct EasyCloser {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCloser {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;
using List = std::unique_ptr<curl_slist, ListCloser>;

/// One exchange: what the callbacks share. Lives on the stack of transfer().
struct Exchange {
    const Request& request;
    bool smtp = false;
    std::string_view upload = {};   ///< what is still to be sent
    SmtpTrace trace = {};
    bool sent = false;            ///< http: the head of the request left
    bool reply_too_large = false;
    std::string blocked = {};     ///< why an address was refused at the socket
    Response response = {};
    char error_text[CURL_ERROR_SIZE] = {};
};

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::size_t bytes = std::min(size * count, exchange.upload.size());
    // Set before curl has the bytes: an exchange may be called unknown too early, never too late.
    if (exchange.smtp && bytes > 0) exchange.trace.body_started = true;
    std::memcpy(out, exchange.upload.data(), bytes);
    exchange.upload.remove_prefix(bytes);
    return bytes;
}

std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::size_t length = size * count;
    if (exchange.smtp) return length;
    if (exchange.response.body.size() + length > exchange.request.reply_bytes_max) {
        exchange.reply_too_large = true;
        return 0;
    }
    exchange.response.body.append(bytes, length);
    return length;
}

void keep_header(Exchange& exchange, std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // after a 100 Continue comes the real head
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || exchange.response.headers.size() >= 200) return;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    exchange.response.headers.push_back({std::string{line.substr(0, colon)}, std::string{value}});
}

int on_debug(CURL*, curl_infotype type, char* bytes, std::size_t size, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::string_view line{bytes, size};
    if (type == CURLINFO_HEADER_OUT) {
        exchange.sent = true;
        if (exchange.smtp) detail::note_command(exchange.trace, line);
    } else if (type == CURLINFO_HEADER_IN) {
        if (exchange.smtp) detail::note_reply_line(exchange.trace, line);
        else keep_header(exchange, line);
    }
    return 0;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& exchange = *static_cast<Exchange*>(user);
    return exchange.request.cancelled && exchange.request.cancelled() ? 1 : 0;
}

/// The address as the kernel will use it, whatever the URL's spelling: this is where forbidden ones stop.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(user);
    char text[INET6_ADDRSTRLEN] = {};
    const void* bytes = nullptr;
    if (address->family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_addr;
    if (address->family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr;
    if (bytes == nullptr || inet_ntop(address->family, bytes, text, sizeof text) == nullptr) return CURL_SOCKET_BAD;
    if (auto allowed = check_peer(text, exchange.request.encryption); !allowed) {
        exchange.blocked = allowed.error().what;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// And again once connected, as curl asks for the request itself.
int on_before_request(void* user, char* peer_ip, char*, int, int) {
    auto& exchange = *static_cast<Exchange*>(user);
    auto allowed = check_peer(peer_ip, exchange.request.encryption);
    if (allowed) return CURL_PREREQFUNC_OK;
    exchange.blocked = allowed.error().what;
    return CURL_PREREQFUNC_ABORT;
}

/// libcurl's own state, once a process and never torn down.
bool ready_once() {
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return ready;
}

void set_callbacks(CURL* easy, Exchange& exchange) {
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.error_text);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange);
}

/// The profile of SECURITY 7.10: the same for every exchange.
void set_profile(CURL* easy, const Request& request) {
    const bool plain = request.encryption == Encryption::never_on_loopback;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);  // curl repeats a request by itself on a reused connection only
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_smtp(request.url) ? "smtp,smtps" : plain ? "http" : "https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!request.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_ms));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(request.timeout_ms / 1000 + 1));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.reply_bytes_max));
    if (!request.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
    }
}

List set_smtp(CURL* easy, const Request& request, const Exchange& exchange) {
    // curl takes the name for EHLO from the URL's path.
    const std::string url = request.helo.empty() ? request.url : request.url + "/" + request.helo;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, request.mail_from.c_str());
    List recipients;
    for (const std::string& recipient : request.recipients) {
        curl_slist* longer = curl_slist_append(recipients.get(), recipient.c_str());
        if (longer == nullptr) throw std::bad_alloc{};
        static_cast<void>(recipients.release());
        recipients.reset(longer);
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.upload.size()));
    return recipients;
}

List set_http(CURL* easy, const Request& request) {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    const bool carries_body = request.method != "GET" && request.method != "HEAD";
    if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (carries_body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());  // not copied; the request outlives the exchange
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    List headers;
    const auto add = [&headers](const std::string& line) {
        curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
        if (longer == nullptr) throw std::bad_alloc{};
        static_cast<void>(headers.release());
        headers.reset(longer);
    };
    add("Expect:");  // no 100-continue round trip: a server that ignores it costs a second each time
    for (const Header& header : request.headers)
        add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    return headers;
}

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

std::uint64_t retry_after_ms(const std::vector<Header>& headers) {
    for (const Header& header : headers) {
        if (header.name.size() != 11 || strncasecmp(header.name.c_str(), "retry-after", 11) != 0) continue;
        if (header.value.empty() || header.value.size() > 7) return 0;
        if (!std::all_of(header.value.begin(), header.value.end(), [](char c) { return c >= '0' && c <= '9'; })) return 0;
        return std::stoull(header.value) * 1000;
    }
    return 0;
}

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

void conclude_smtp(Exchange& exchange, Stop stop, const std::string& reason) {
    Response& response = exchange.response;
    const SmtpTrace& trace = exchange.trace;
    response.outcome = detail::classify_smtp(trace, stop);
    response.status = trace.code;
    response.reply = trace.reply;
    if (trace.verb == "RCPT" && trace.replied && trace.code >= 400 && !trace.body_started)
        response.refused.push_back({trace.recipient, trace.reply});
    response.detail = smtp_sentence(exchange, reason);
}

void conclude_http(Exchange& exchange, CURL* easy, Stop stop, const std::string& reason) {
    Response& response = exchange.response;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const bool safe = exchange.request.method == "GET" || exchange.request.method == "HEAD";
    response.status = static_cast<int>(status);
    response.outcome = detail::classify_http(response.status, stop, exchange.sent, safe);
    response.retry_after_ms = retry_after_ms(response.headers);
    response.detail = http_sentence(exchange, reason);
}

}  // namespace

Result<Response> transfer(const Request& request) {
    OWED_TRY_VOID(check(request));
    if (!ready_once()) return fail(Errc::internal, "libcurl could not be initialised");
    const Easy easy{curl_easy_init()};
    if (!easy) return fail(Errc::internal, "libcurl could not make a handle");

    Exchange exchange{.request = request, .smtp = is_smtp(request.url)};
    const std::string message = exchange.smtp ? with_crlf(request.body) : std::string{};
    exchange.upload = message;
    set_callbacks(easy.get(), exchange);
    set_profile(easy.get(), request);
    const List list = exchange.smtp ? set_smtp(easy.get(), request, exchange) : set_http(easy.get(), request);

    const CURLcode code = curl_easy_perform(easy.get());
    if (!exchange.blocked.empty() && code != CURLE_OK && !exchange.sent)
        return fail(Errc::invalid_config, exchange.blocked, place_of(request.url));
    const Stop stop = exchange.reply_too_large ? Stop::reply_too_large : stop_of(code);
    const std::string reason = printable(exchange.error_text[0] != 0 ? exchange.error_text : curl_easy_strerror(code));
    if (exchange.smtp) conclude_smtp(exchange, stop, reason);
    else conclude_http(exchange, easy.get(), stop, reason);
    if (stop == Stop::reply_too_large && exchange.response.outcome != Outcome::unknown_outcome)
        return fail(Errc::input_too_large, "the reply is larger than " + std::to_string(request.reply_bytes_max) + " bytes",
                    place_of(request.url));
    return std::move(exchange.response);
}

}  // namespace owed::transports
