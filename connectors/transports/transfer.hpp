// Exchanges with an outside server by libcurl (http, https, smtp, smtps, ftp, ftps, imap, imaps) and libssh (sftp). The
// host's transfer service is the only user; no plugin and no domain room opens a socket.
//
// The profile is SECURITY 7.10: TLS 1.2 or later with peer and host name verified and no switch to turn that off,
// redirects off, no .netrc, no proxy from the environment, no cookies, link-local and metadata addresses refused at the
// socket. Whatever could carry a second command (control bytes in a URL, header or address) is refused before curl sees
// it: libcurl 7.88 sends an embedded CRLF verbatim (SECURITY finding 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::transports {

struct Header {
    std::string name, value;
};

/// Whether the line is encrypted. There is no "if the server likes": a stripped STARTTLS is an error, not a plain line.
enum class Encryption {
    required,           ///< https, smtps, ftps, imaps, sftp, or smtp and imap with STARTTLS, ftp with AUTH TLS
    never_on_loopback,  ///< plain http, smtp, ftp or imap, and only to 127.0.0.0/8 or ::1 as the socket sees it
};

/// One request. The scheme of `url` says how it goes; docs/reference/transfer.md has each method's answer.
///   http, https    method, url, headers, body
///   smtp, smtps    url ("smtp://host:587"), mail_from, recipients, and the whole RFC 5322 message as body
///   sftp, ftp(s)   url ("sftp://host/in/feb.mt940"), user, and of sftp host_key; method
///                    GET     the file's bytes
///                    LIST    of a folder: "name TAB bytes TAB seconds since 1970 LF" for each plain file, by name
///                    PUT     the body as a new file, which appears whole: written under another name, then renamed. The
///                            same bytes there already are success, others refused
///                    DELETE, and RENAME to the whole path in the header Destination, where nothing may be yet
///                  Response.status is SFTP's own code (2: no such file) or FTP's reply (550)
///   imap, imaps    url ("imaps://host/INBOX"), user; method
///                    LIST    of "/": the mailboxes, a line each
///                    SEARCH  by the headers Uid-After, Since, Before, From, To, Subject, Message-Id, With-Flags, Without-Flags
///                    GET     of the header Uid: the whole message, which does not count as read by that
///                    STORE   Add-Flags, Remove-Flags of Uid; COPY, MOVE of Uid to the mailbox in the header Destination
///                  Uid-Validity with any of them: refused when the mailbox has another. Response.status is 0
/// Plain text (Encryption) goes by http, smtp, ftp and imap alone.
struct Request {
    std::string method = "GET";               ///< of http: GET, HEAD, POST, PUT, PATCH, DELETE; ignored for smtp
    std::string url = {};                     ///< without user info; secrets never travel in a URL
    std::vector<Header> headers = {};         ///< http; of files Destination; of imap a method's arguments
    std::string body = {};
    std::string mail_from = {};               ///< envelope sender, "billing@example.com"
    std::vector<std::string> recipients = {}; ///< envelope recipients; all accepted, or nothing is sent to any
    std::string helo = {};                    ///< the name we greet with; empty: the machine's host name
    std::string user = {}, password = {};     ///< SMTP AUTH or HTTP Basic, empty user: none; of sftp, ftp and imap always
    /// imap and smtp: an OAuth 2.0 access token in place of `password`, by SASL OAUTHBEARER (RFC 7628) or XOAUTH2, whichever
    /// the server has; one that has neither gets no login at all.
    std::string bearer = {};
    Encryption encryption = Encryption::required;
    std::string ca_file = {};                 ///< PEM; empty: the system's authorities. It replaces them, it does not add.
    std::string client_certificate = {};      ///< PEM file that we show to a server that asks; empty: none
    std::string client_key = {};              ///< its key, the PEM text itself: a secret, never a file that curl opens
    std::string host_key = {};                ///< sftp: "SHA256:..." as ssh-keygen -l shows it; the server must have it
    std::string ssh_key = {};                 ///< sftp: the private key's text, with `password` as its passphrase; empty: password
    std::string proxy = {};                   ///< "http://proxy.example.com:3128"; empty: none, whatever the environment says
    /// A name other than localhost may resolve to this machine. Otherwise it is refused at the socket: a name that an
    /// outsider controls must not reach what listens here for us alone (DNS rebinding, SECURITY T15).
    bool names_may_be_loopback = false;
    /// "api.example.com:443:192.0.2.7": an address instead of what DNS says. For tests of what DNS could say.
    std::vector<std::string> addresses = {};
    std::uint32_t connect_timeout_ms = 15'000;
    std::uint32_t timeout_ms = 60'000;        ///< the whole exchange, 1 to 600,000
    std::size_t body_bytes_max = 32u << 20;   ///< of what is sent
    std::size_t reply_bytes_max = 8u << 20;   ///< of what comes back
    std::function<bool()> cancelled = {};     ///< asked ten times a second on the calling thread; may be empty
};

/// How it ended. The class decides what may happen next, so it is never a guess.
enum class Outcome {
    ok,               ///< http 2xx; smtp: the server answered 2xx to the whole message
    refused,          ///< the server says no for good: smtp 5xx, http 3xx and 4xx
    transient,        ///< not now, and surely nothing happened: smtp 4xx, no connection, http 408, 425, 503
    rate_limited,     ///< http 429, smtp x.7.28: later, see retry_after_ms
    auth,             ///< the user or password is not accepted: smtp 530, 534, 535, 538; http 401, 407
    untrusted,        ///< the server did not prove who it is or would not encrypt; nothing was sent
    timed_out,        ///< too slow, before the first byte of the message left: surely nothing happened
    cancelled,        ///< by the caller, before the first byte of the message left
    unknown_outcome,  ///< bytes of the message left and no final answer came: it may or may not have happened
};
std::string_view name_of(Outcome outcome) noexcept;

struct RefusedRecipient {
    std::string address;
    std::string reply;  ///< "550 5.1.1 no such user"
};

struct Response {
    Outcome outcome = Outcome::transient;
    int status = 0;                            ///< http status, or the last SMTP reply code; 0: none came
    std::string reply;                         ///< SMTP: the last reply with its code, control bytes replaced
    std::vector<Header> headers;               ///< http
    std::string body;                          ///< http; empty when the answer was cut off
    std::vector<RefusedRecipient> refused;     ///< SMTP: who was refused (the first refusal ends the attempt)
    std::uint64_t retry_after_ms = 0;          ///< http Retry-After, at most an hour; 0: not said
    bool unknown_authority = false;            ///< untrusted, since nobody whom we trust has signed the server's certificate
    bool reused = false;                       ///< the connection was open already
    int http_version = 0;                      ///< 10, 11, 20; 0: not http, or no answer
    std::string detail;                        ///< one sentence: what happened, with whom; no secrets, no control bytes
};

/// Exchanges of one connector. Keeps its https connections open between them (60 s at most), and what it knows of DNS;
/// shares nothing with other connectors, and keeps no cookies. One call at a time; a second one waits. Any thread.
class Session {
  public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Does the exchange on the calling thread and returns when it is over. One call is one attempt: it is never repeated,
    /// but for a GET or HEAD whose reused connection turns out to be dead before a byte of answer. An Error means that
    /// nothing left this process (but input_too_large for the reply to a GET):
    ///   data              a bad recipient or header value: control bytes, no address; no message
    ///   invalid_config    a bad URL, login or sender address; a scheme that is not spoken; plain text to another machine
    ///   plugin_bug        a header that is the transport's own (Host, Content-Length, ...)
    ///   input_too_large   our body, or the reply to a GET
    ///   invalid_argument  a method or timeout that there is not
    ///
    /// A cancel is noticed within 200 ms, in the middle of a name's resolution too.
    ///
    /// SMTP: a 5xx before MAIL FROM is about the server (a greeting of 554, say) and counts as transient, as in Postfix
    /// (smtp_skip_5xx_greeting): it says nothing about this message. From the first byte after DATA's 354 until the final
    /// reply, any loss is unknown_outcome. Lone CR or LF in the message become CRLF (RFC 5321 2.3.8; a lone LF around a dot
    /// smuggles a second message past some servers); lines that begin with a dot are stuffed. Each message has a connection
    /// of its own.
    Result<Response> transfer(const Request& request);

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

/// One exchange in a session of its own.
Result<Response> transfer(const Request& request);

}  // namespace owed::transports
