// The one choke point for what goes into a protocol line: no control bytes, no second command, no secret in a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "owed/result.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {

/// An envelope address: local@domain, at most 320 bytes (RFC 5321 4.5.3.1), no control bytes, blanks, angle brackets or
/// quotes. UTF-8 is left to the server's SMTPUTF8. Errors: data; the text shows the address with control bytes
/// as \xNN. Any thread.
Status check_address(std::string_view address);

/// A header: the name a token of RFC 9110, the value without control bytes but TAB. Errors: data; plugin_bug for headers
/// that say how the message is framed or whom it is for (Host, Content-Length, Transfer-Encoding, Connection, ...): those
/// are the transport's own, since a second opinion about them smuggles a request or speaks to another host.
Status check_header(const Header& header);

/// A URL as curl will read it, so that no second parser judges what another one connects to (SECURITY T15): lower-case
/// scheme and host; IPv4 in any spelling as four decimals; brackets around IPv6; dot segments of the path resolved.
struct UrlParts {
    std::string scheme, host, port, path;  ///< port: as written, empty if none; path: "/" at least, without query
};
/// Nothing for what is no URL, has user info, or a host that ends with a dot.
std::optional<UrlParts> url_parts(std::string_view url);

/// localhost, 127.0.0.0/8 or ::1, as written in a URL's host: this machine, without asking DNS.
bool names_this_machine(std::string_view host);

/// A URL in printable ASCII with one of the schemes http(s), smtp(s), ftp(s), imap(s), a host and no user info.
/// Errors: invalid_config.
Status check_url(std::string_view url, Encryption encryption);

/// All of a request, in the order url, method, headers, login, greeting, addresses, sizes, timeouts. What a customer record
/// or a message brings in is data; what the settings bring in (server, login, our own sender address) is invalid_config,
/// since it would go wrong for every message alike.
Status check(const Request& request);

/// Of these what all protocols of libcurl share: login, proxy, client certificate, sizes, timeouts.
Status check_common(const Request& request);

/// GET, HEAD, LIST, SEARCH: a method that changes nothing over there, and may be repeated.
bool only_looks(std::string_view method);

bool is_smtp(std::string_view url);

/// An address as the socket will use it ("127.0.0.1", "::ffff:10.0.0.1"): link-local, multicast and unspecified ones are
/// refused always (cloud metadata lives there), all but loopback when the line is plain. Errors: invalid_config.
/// `loopback` false: nor is this machine itself spoken to, since the URL named another.
Status check_peer(std::string_view ip, Encryption encryption, bool loopback = true);

/// Control bytes as \xNN, cut after `max` bytes: for messages and replies.
std::string printable(std::string_view text, std::size_t max = 300);

/// Every line end as CRLF, whatever it was, and one at the end.
std::string with_crlf(std::string_view message);

}  // namespace owed::transports
