// Files on an SFTP server, by libssh: Debian's libcurl offers RSA host keys by SHA-1 alone, which today's servers refuse.
#pragma once

#include "transports/transfer.hpp"

namespace owed::transports::detail {

bool is_sftp(std::string_view url);

/// Method, path and login as an SFTP request may have them. Errors: invalid_config, invalid_argument, data.
Status check_sftp(const Request& request);

/// One exchange on a connection of its own (transfer.hpp says what the methods do). Algorithms: host keys and logins by Ed25519,
/// ECDSA and RSA with SHA-2 (RFC 8332), never SHA-1. The server proves itself by the pinned key, before any login.
Result<Response> sftp(const Request& request);

}  // namespace owed::transports::detail
