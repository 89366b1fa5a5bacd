#include "transports/detail/exchange.hpp"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "transports/guard.hpp"

namespace owed::transports::detail {

namespace {

std::size_t on_read(char* out, std::size_t size, std::size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::size_t bytes = std::min(size * count, exchange.upload.size());
    // Set before curl has the bytes: an exchange may be called unknown too early, never too late.
    if (exchange.smtp() && bytes > 0) exchange.trace.body_started = true;
    std::memcpy(out, exchange.upload.data(), bytes);
    exchange.upload.remove_prefix(bytes);
    return bytes;
}

std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const std::size_t length = size * count;
    if (exchange.smtp()) return length;
    if (exchange.response.body.size() + length > exchange.reply_bytes_max) {
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
        exchange.sent = exchange.sent || exchange.begun > 0;  // before that it is a proxy's CONNECT
        if (exchange.smtp()) note_command(exchange.trace, line);
        else if (exchange.dialect == Dialect::ftp) note_line_out(exchange.lines, line);
    } else if (type == CURLINFO_HEADER_IN) {
        if (exchange.smtp()) note_reply_line(exchange.trace, line);
        else if (exchange.dialect != Dialect::http) note_line_in(exchange.lines, exchange.dialect, line);
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
    if (auto allowed = check_peer(text, exchange.request.encryption, exchange.loopback); !allowed) {
        exchange.blocked = allowed.error().what;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// And again once connected, as curl asks for the request itself. curl sends a request again by itself when a reused
/// connection turns out to be dead: fine for a GET, and never for what has an effect.
int on_before_request(void* user, char* peer_ip, char*, int, int) {
    auto& exchange = *static_cast<Exchange*>(user);
    if (exchange.begun++ > 0 && exchange.sent && !exchange.safe) return CURL_PREREQFUNC_ABORT;
    auto allowed = check_peer(peer_ip, exchange.request.encryption, exchange.loopback);
    if (allowed) return CURL_PREREQFUNC_OK;
    exchange.blocked = allowed.error().what;
    return CURL_PREREQFUNC_ABORT;
}

/// The three digits that a line by FTP begins with; 0: it does not.
int code_of_reply(std::string_view line) {
    int code = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        if (i >= line.size() || line[i] < '0' || line[i] > '9') return 0;
        code = code * 10 + (line[i] - '0');
    }
    return code;
}

}  // namespace

void note_line_out(LineTrace& trace, std::string_view line) {
    // Only the first word: the rest of PASS is a secret.
    trace.verb = printable(line.substr(0, line.find_first_of(" \r\n")), 20);
    trace.replied = false;
    trace.code = trace.open = 0;
}

void note_line_in(LineTrace& trace, Dialect dialect, std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (dialect == Dialect::ftp) {
        const int code = code_of_reply(line);
        if (code != 0 && line.size() > 3 && line[3] == '-') {
            if (trace.open == 0) trace.open = code;
            return;
        }
        const bool ends = code != 0 && (line.size() == 3 || line[3] == ' ') && (trace.open == 0 || trace.open == code);
        if (!ends) return;
        trace.open = 0;
        trace.code = code;
    }
    trace.reply = printable(line, 300);
    // One for each command: a server that answers for ever fills no memory.
    if (trace.keep_answers && !trace.replied) trace.answers.emplace_back(trace.verb, trace.reply);
    trace.replied = true;
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

void ListCloser::operator()(curl_slist* list) const {
    for (curl_slist* line = list; line != nullptr; line = line->next) ::explicit_bzero(line->data, std::strlen(line->data));
    curl_slist_free_all(list);
}

void append(List& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(list.release());
    list.reset(longer);
}

}  // namespace owed::transports::detail
