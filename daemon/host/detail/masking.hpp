// What must not be shown is replaced by "***": secrets by their value, tokens by the name of what holds them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/detail/secret_text.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

inline constexpr std::string_view masked = "***";

/// The secrets of one exchange in all forms that they are sent in (raw, XML, JSON, form, base64, and within the base64 of
/// something longer). Values under six bytes
/// are kept out: they would be found everywhere, and replacing them would say what they are.
class SecretValues {
  public:
    void add(std::string_view value);
    bool empty() const { return forms_.empty(); }
    /// Every occurrence replaced.
    std::string without(std::string text) const;
    /// Of a whole response: sentences, headers, body. A server that echoes what it got must not hand it to the plugin.
    void mask(transports::Response& response) const;

  private:
    void add_form(std::string_view form);
    void add_within_base64(std::string_view value);
    std::vector<SecretText> forms_;  ///< longest first
};

/// A body without its tokens: the values of JSON members, XML elements and form fields that are called access_token,
/// refresh_token, id_token, sessionid, password, client_secret, assertion and the like. Everything else stays as it is, byte
/// for byte. What was replaced is appended to `found`.
std::string without_tokens(std::string_view body, std::vector<std::string>& found);

/// Is this header's value a token: Authorization, Cookie, Set-Cookie, X-...-Token, X-Api-Key.
bool is_token_header(std::string_view name);

}  // namespace owed::host
