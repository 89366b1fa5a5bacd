// Names of mailboxes: modified UTF-7 on the line (RFC 3501 5.1.3), UTF-8 here. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace owed::transports::detail {

/// "Eingänge" as "Eing&AOQ-nge". Nothing for what is no UTF-8.
std::optional<std::string> mailbox_to_wire(std::string_view utf8);

/// And back. Nothing for what is no modified UTF-7: broken base64, half a surrogate pair, bytes above 0x7e.
std::optional<std::string> mailbox_from_wire(std::string_view wire);

}  // namespace owed::transports::detail
