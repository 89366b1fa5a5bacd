// Signatures of plugins in minisign's format (https://jedisct1.github.io/minisign/, "Signature format"): NAME.so.minisig
// beside the file, keys as *.pub in one folder. Checked with libsodium; made with the minisign program.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::host {

struct TrustedKey {
    std::array<unsigned char, 8> id{};
    std::array<unsigned char, 32> key{};
    std::string file;                      ///< where it stands
};

/// "RW..." of a key file. Errors: malformed_input, at `where`.
Result<TrustedKey> parse_key(std::string_view text, const std::string& where);

/// All keys of a folder, by file name; none when there is no folder. Errors: refused (others can write there),
/// malformed_input (one that cannot be read must not silently turn checking off), io.
Result<std::vector<TrustedKey>> trusted_keys(const std::string& folder);

struct Signature {
    std::array<unsigned char, 8> key_id{};
    bool prehashed = true;                 ///< "ED": over BLAKE2b-512 of the file; false: "Ed", over the file itself
    std::array<unsigned char, 64> of_file{}, of_comment{};
    std::string trusted_comment;
};

/// Four lines. Errors: malformed_input with the line, at `where`.
Result<Signature> parse_signature(std::string_view text, const std::string& where);

/// The key that made the signature, or nullptr when none of `keys` did by its id. Errors: refused: that key did not sign
/// these bytes, or not this trusted comment. `prehash`: BLAKE2b-512 of the bytes from who has it already; empty: computed.
using Prehash = std::function<std::array<unsigned char, 64>()>;
Result<const TrustedKey*> verify(const Signature& signature, std::span<const TrustedKey> keys, std::span<const unsigned char> bytes,
                                 const std::string& where, const Prehash& prehash = {});

/// Does a trusted comment speak of this plugin? "bank-feed 1.2.0" or "id=bank-feed version=1.2.0", then whatever else; what
/// minisign writes by itself ("timestamp:...") says nothing about it and passes. Errors: refused, naming both.
Status check_comment(std::string_view comment, const std::string& id, const std::string& version, const std::string& where);

/// "A1B2C3D4E5F60718", as minisign prints it.
std::string key_id_text(const std::array<unsigned char, 8>& id);

}  // namespace owed::host
