#include "transports/detail/classify.hpp"

#include <algorithm>

#include "owed/ascii.hpp"
#include "transports/guard.hpp"

namespace owed::transports {

std::string_view name_of(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::refused: return "refused";
    case Outcome::transient: return "transient";
    case Outcome::rate_limited: return "rate_limited";
    case Outcome::auth: return "auth";
    case Outcome::untrusted: return "untrusted";
    case Outcome::timed_out: return "timed_out";
    case Outcome::cancelled: return "cancelled";
    case Outcome::unknown_outcome: return "unknown_outcome";
    }
    return "unknown_outcome";
}

namespace detail {

namespace {

/// A reply code about this message or this login.
Outcome of_reply(int code, std::string_view reply) {
    if (code >= 200 && code < 300) return Outcome::ok;
    if (code == 530 || code == 534 || code == 535 || code == 538) return Outcome::auth;  // RFC 4954 section 6
    // x.7.28 "mail flood detected" (IANA, SMTP enhanced status codes).
    if (reply.substr(0, 12).find(".7.28") != std::string_view::npos) return Outcome::rate_limited;
    if (code >= 500 && code < 600) return Outcome::refused;
    return Outcome::transient;
}


}  // namespace

Outcome classify_smtp(const SmtpTrace& trace, Stop stop) {
    if (trace.final_code != 0) return of_reply(trace.final_code, trace.reply);
    if (trace.body_started) return Outcome::unknown_outcome;
    const bool negative = trace.replied && trace.code >= 400;
    switch (stop) {
    case Stop::untrusted: return Outcome::untrusted;
    case Stop::timed_out: return Outcome::timed_out;
    case Stop::cancelled: return Outcome::cancelled;
    case Stop::login_denied: return negative && trace.code < 500 ? Outcome::transient : Outcome::auth;
    case Stop::no_connection:
    case Stop::failed:
    case Stop::reply_too_large:
    case Stop::done: break;
    }
    if (!negative) return Outcome::transient;
    const Outcome said = of_reply(trace.code, trace.reply);
    // Before MAIL FROM a 5xx is about the server, not about this message.
    if (said == Outcome::refused && !trace.mail_begun) return Outcome::transient;
    return said;
}

Outcome classify_http(int status, Stop stop, bool sent, bool safe) {
    const bool may_have_happened = sent && !safe;
    if (stop != Stop::done) {
        if (may_have_happened && stop != Stop::untrusted) return Outcome::unknown_outcome;
        switch (stop) {
        case Stop::untrusted: return Outcome::untrusted;
        case Stop::timed_out: return Outcome::timed_out;
        case Stop::cancelled: return Outcome::cancelled;
        case Stop::login_denied: return Outcome::auth;
        default: return Outcome::transient;
        }
    }
    if (status >= 200 && status < 300) return Outcome::ok;
    if (status == 401 || status == 407) return Outcome::auth;
    if (status == 429) return Outcome::rate_limited;
    if (status == 408 || status == 425 || status == 503) return Outcome::transient;
    // 500, 502, 504: the server or what stands behind it stopped half way.
    if (status >= 500) return safe ? Outcome::transient : Outcome::unknown_outcome;
    return Outcome::refused;
}

void note_reply_line(SmtpTrace& trace, std::string_view line) {
    if (trace.closing) return;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const bool coded = line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]);
    if (!coded) return;
    if (trace.replied) trace.reply.clear();  // the first line of a further reply
    trace.replied = false;
    trace.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    const bool more = line.size() > 3 && line[3] == '-';
    if (trace.reply.empty()) trace.reply = printable(line, 400);
    else if (trace.reply.size() < 400 && line.size() > 4) trace.reply += " " + printable(line.substr(4), 200);
    if (trace.reply.size() > 3 && trace.reply[3] == '-') trace.reply[3] = ' ';
    if (more) return;
    trace.replied = true;
    if (trace.body_started) trace.final_code = trace.code;
}

void note_command(SmtpTrace& trace, std::string_view line) {
    const std::string_view word = line.substr(0, line.find_first_of(" \r\n"));
    trace.closing = trace.closing || word == "QUIT";
    if (trace.closing) return;
    const bool verb = word.size() >= 4 && word.size() <= 8 &&
                      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    // The lines of an AUTH dialogue are base64 and no verbs; curl writes its verbs in capitals.
    if (trace.verb != "AUTH" || word == "MAIL") trace.verb = verb ? std::string{word} : trace.verb;
    if (trace.verb == "MAIL") trace.mail_begun = true;
    if (trace.verb == "RCPT") {
        const std::size_t open = line.find('<'), close = line.rfind('>');
        if (open != std::string_view::npos && close != std::string_view::npos && open < close)
            trace.recipient = std::string{line.substr(open + 1, close - open - 1)};
    }
    trace.replied = false;
    trace.reply.clear();
}

}  // namespace detail
}  // namespace owed::transports
