// A whole mail message as it will be sent and archived (RFC 5322, 2045-2049, 3834).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"

namespace owed::render {

struct Mailbox {
    std::string name;      ///< for people; may be empty. A name with '@' or "=?" is left out: it would pose as another
    std::string address;   ///< local@domain; a domain with other than ASCII letters goes out and is shown as punycode
};

struct Attachment {
    std::string file_name, media_type, bytes;   ///< media_type "application/pdf"
};

struct Mail {
    Mailbox from, to;                    ///< one recipient: a message is for one customer, without copies
    std::optional<Mailbox> reply_to;     ///< carries the case token
    std::string subject;
    std::string text, html;              ///< the same facts twice; html may be empty
    std::vector<Attachment> attachments;
    Instant date;
    Zone zone = Zone::utc();             ///< of the Date header
    std::string message_id;              ///< without angle brackets: "n-17.emea@mail.example.com"
    std::string in_reply_to;             ///< of the notice before; may be empty
    std::vector<std::string> references; ///< of all notices before, oldest first
};

/// The message with CRLF line ends, text as quoted-printable UTF-8, attachments as base64, and
/// `Auto-Submitted: auto-generated`. Equal mails give equal bytes: the boundaries come from the message id.
/// Everything that goes into a header passes one check: invalid_argument for a byte below 0x20 or 0x7f, for bytes that are
/// not UTF-8, for an address that is none, for a local part outside ASCII, for a message id that is none. Any thread.
Result<std::string> compose_mail(const Mail& mail);

/// "info@münchen.example" -> "info@xn--mnchen-3ya.example", the form in headers, envelopes and on screens.
/// Errors: invalid_argument.
Result<std::string> wire_address(std::string_view address);

}  // namespace owed::render
