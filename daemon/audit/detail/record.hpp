// The canonical bytes of a record (SECURITY 7.6; docs/reference/audit-format.md has an example byte by byte).
#pragma once

#include <string>
#include <string_view>

#include "audit/audit.hpp"

namespace owed::audit {

inline constexpr std::string_view format_id{"owed-audit/1\0", 13};

struct Record {
    std::int64_t seq = 0;
    Instant at;
    Act act;
    std::string build;
};

std::string canonical_bytes(const Record& record);
/// Errors: store_corrupt when the bytes are not a record, to the last byte.
Result<Record> parse_record(std::string_view bytes);

/// SHA-256(prev || u32 length || bytes), raw.
std::string chain_hash(std::string_view prev, std::string_view bytes);
/// SHA-256 of the installation id and the time of creation, both length-prefixed, raw.
std::string genesis_hash(const store::Epoch& first);

std::string_view name_of(Actor::Kind kind) noexcept;

}  // namespace owed::audit
