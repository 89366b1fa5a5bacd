// From what was seen on the wire to an Outcome: pure, so that the rules stand in a table test.
#pragma once

#include <string>
#include <string_view>

#include "transports/transfer.hpp"

namespace owed::transports::detail {

/// How the exchange stopped, in curl's eyes but without curl's types.
enum class Stop {
    done,
    no_connection,   ///< resolve, connect, or a drop at any point
    untrusted,       ///< TLS failed, or STARTTLS was not to be had
    login_denied,
    timed_out,
    cancelled,
    reply_too_large,
    failed,          ///< the server answered what the protocol has no place for
};

/// What the debug and read callbacks of one SMTP exchange noted down.
struct SmtpTrace {
    std::string verb;            ///< of the last command that left: "EHLO", "MAIL", "RCPT", "DATA"; empty before the first
    std::string recipient;       ///< of the last RCPT
    int code = 0;                ///< of the last whole reply
    std::string reply;           ///< its text with the code, control bytes replaced
    bool replied = false;        ///< a whole reply came since the last command
    bool body_started = false;   ///< the first byte of the message was handed over
    int final_code = 0;          ///< of a whole reply after that
    bool mail_begun = false;     ///< MAIL FROM left: from here on replies are about this message
    bool closing = false;        ///< QUIT left: what comes after is courtesy and changes nothing
};

Outcome classify_smtp(const SmtpTrace& trace, Stop stop);

/// `sent`: the request's head left. `safe`: GET or HEAD, which may be repeated whatever happened.
Outcome classify_http(int status, Stop stop, bool sent, bool safe);

/// Reads one reply line ("250-SIZE 1000", "550 5.1.1 no") into the trace. A line that is none is kept as text.
void note_reply_line(SmtpTrace& trace, std::string_view line);
/// Notes one command line that leaves. Of AUTH exchanges only the verb is kept.
void note_command(SmtpTrace& trace, std::string_view line);

}  // namespace owed::transports::detail
