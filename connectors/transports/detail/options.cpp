// What curl is told before an exchange.
#include "transports/detail/exchange.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {

namespace {

/// Messages go on connections of their own. Others share one: a request with an effect only if it was used in the last
/// three seconds (servers close idle ones after five and more; a close that crosses the request is an unknown outcome).
void set_reuse(CURL* easy, const Request& request, bool smtp) {
    const bool safe = request.method == "GET" || request.method == "HEAD";
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, smtp ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, smtp ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, safe ? 60L : 3L);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, 600L);  // a changed address or certificate is seen in ten minutes
}

List set_smtp(CURL* easy, const Request& request, const Exchange& exchange) {
    // curl takes the name for EHLO from the URL's path.
    const std::string url = request.helo.empty() ? request.url : request.url + "/" + request.helo;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, request.mail_from.c_str());
    List recipients;
    for (const std::string& recipient : request.recipients) append(recipients, recipient);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.upload.size()));
    return recipients;
}

List set_http(CURL* easy, const Request& request) {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");  // on_write counts what comes out of it
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    const bool carries_body = request.method != "GET" && request.method != "HEAD";
    if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (carries_body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());  // not copied; the request outlives the exchange
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    List headers;
    append(headers, "Expect:");  // no 100-continue round trip: a server that ignores it costs a second each time
    for (const Header& header : request.headers)
        append(headers, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    return headers;
}

const char* schemes_of(Dialect dialect, bool plain) {
    switch (dialect) {
    case Dialect::http: return plain ? "http" : "https";
    case Dialect::smtp: return "smtp,smtps";
    case Dialect::ftp: return plain ? "ftp" : "ftp,ftps";
    case Dialect::imap: return plain ? "imap" : "imap,imaps";
    }
    return "https";
}

}  // namespace

void set_limits(CURL* easy, std::uint32_t timeout_ms, std::size_t reply_bytes_max) {
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(timeout_ms / 1000 + 1));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(reply_bytes_max));
}

/// The profile of SECURITY 7.10: the same for every exchange.
void set_profile(CURL* easy, const Request& request, Dialect dialect) {
    const bool plain = request.encryption == Encryption::never_on_loopback;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a cancel does not wait for a resolver that hangs
    // The steps of an exchange by FTP or IMAP share a line that no other exchange has.
    if (dialect == Dialect::http || dialect == Dialect::smtp) set_reuse(easy, request, dialect == Dialect::smtp);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes_of(dialect, plain));
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
    // Without a tunnel curl would ask a proxy for ftp:// by http, login and all in clear.
    if (dialect == Dialect::ftp || dialect == Dialect::imap) curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!request.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    if (!request.client_certificate.empty()) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, request.client_certificate.c_str());
        curl_blob key{const_cast<char*>(request.client_key.data()), request.client_key.size(), CURL_BLOB_NOCOPY};
        if (!request.client_key.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
    }
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout_ms));
    set_limits(easy, request.timeout_ms, request.reply_bytes_max);
    if (!request.user.empty()) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
        if (request.bearer.empty()) {
            curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
        } else {
            curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request.bearer.c_str());
            // Without this curl would take CRAM-MD5 or LOGIN with an empty password where a server has those as well.
            curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2");
        }
    }
}

List set_request(CURL* easy, Exchange& exchange) {
    return exchange.smtp() ? set_smtp(easy, exchange.request, exchange) : set_http(easy, exchange.request);
}

}  // namespace owed::transports::detail
