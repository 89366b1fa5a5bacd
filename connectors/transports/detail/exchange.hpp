// One exchange as curl's callbacks and the judgement at its end share it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transports/detail/classify.hpp"
#include "transports/transfer.hpp"

namespace owed::transports::detail {

struct EasyCloser {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
/// Header lines may hold secrets: they are overwritten before they are freed.
struct ListCloser {
    void operator()(curl_slist* list) const;
};
using Easy = std::unique_ptr<CURL, EasyCloser>;
using List = std::unique_ptr<curl_slist, ListCloser>;
void append(List& list, const std::string& line);

enum class Dialect { http, smtp, ftp, imap };

/// What was seen of one step of an exchange by FTP, or of the greeting of one by IMAP.
struct LineTrace {
    std::string verb;             ///< of the last command by FTP: "RNTO"; empty before the first. IMAP's hold logins
    bool replied = false;         ///< a whole reply came since
    int code = 0;                 ///< of the last whole reply by FTP to that command; 0: none came
    int open = 0;                 ///< code of a reply of several lines by FTP whose end has not come; 0: none is open
    std::string reply;            ///< the last line of the last whole reply, control bytes replaced
    bool keep_answers = false;
    std::vector<std::pair<std::string, std::string>> answers = {};  ///< every verb with its first whole reply; with keep_answers
};
void note_line_out(LineTrace& trace, std::string_view line);
/// By FTP a reply ends with "code " of the code that it began with (RFC 959 4.2); by IMAP each line is whole.
void note_line_in(LineTrace& trace, Dialect dialect, std::string_view line);

/// Lives on the stack of Session::transfer.
struct Exchange {
    const Request& request;
    Dialect dialect = Dialect::http;
    bool safe = false;                ///< GET or HEAD: may be repeated whatever happened
    bool loopback = false;            ///< this machine itself may be spoken to
    std::string_view upload = {};     ///< what is still to be sent
    SmtpTrace trace = {};
    LineTrace lines = {};             ///< ftp and imap
    unsigned begun = 0;               ///< how often curl began to send the request: twice after a dead reused connection
    bool sent = false;                ///< http: the head of the request left
    std::size_t reply_bytes_max = request.reply_bytes_max;   ///< of this exchange; a step of one by FTP may have less
    bool reply_too_large = false;
    std::string blocked = {};         ///< why an address was refused at the socket
    Response response = {};
    char error_text[CURL_ERROR_SIZE] = {};
    bool smtp() const { return dialect == Dialect::smtp; }
};

/// Callbacks, limits, TLS, proxy: the profile of SECURITY 7.10.
void set_callbacks(CURL* easy, Exchange& exchange);
void set_profile(CURL* easy, const Request& request, Dialect dialect);
/// For a step of an exchange, which has what its steps before left: the request itself is not copied, it holds secrets.
void set_limits(CURL* easy, std::uint32_t timeout_ms, std::size_t reply_bytes_max);
/// What is to be sent. The list must outlive the exchange.
List set_request(CURL* easy, Exchange& exchange);

Stop stop_of(CURLcode code);
/// Whether TLS failed since nobody whom we trust has signed the server's certificate.
bool is_unknown_authority(CURL* easy, Stop stop);
/// Fills response: outcome, status, detail.
void conclude(Exchange& exchange, CURL* easy, Stop stop, const std::string& reason);
/// "smtp://mail.example:587" of a URL, for messages: no path, no query.
std::string place_of(std::string_view url);

}  // namespace owed::transports::detail
