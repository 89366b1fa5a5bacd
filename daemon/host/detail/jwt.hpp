// A signed assertion for a token endpoint (RFC 7519, RFC 7515 compact form, RS256).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/detail/secret_text.hpp"
#include "owed/result.hpp"

namespace owed::host {

struct JwtClaims {
    std::string issuer, subject, audience, key_id;  ///< key_id may be empty
    std::string id;                                 ///< jti; empty: none
    std::int64_t issued_at = 0, expires_at = 0;     ///< seconds since 1970
};

/// header.claims.signature. `private_key`: PEM, RSA of 2048 bits or more, not encrypted. Errors: invalid_config, with what is
/// wrong with the key and never the key. Any thread.
Result<SecretText> signed_jwt(const JwtClaims& claims, std::string_view private_key);

}  // namespace owed::host
