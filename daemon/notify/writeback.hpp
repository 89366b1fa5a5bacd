// What other systems shall know of us: for each connector, kind and key the record that ought to stand there, and whether it
// does. Only the latest counts, and writing it again replaces (owed.sink/1), so nothing is queued twice and an unknown
// outcome is simply written again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "owed/hosts.hpp"
#include "store/store.hpp"

namespace owed::notify {

enum class WriteState { waiting, sent, refused, unknown };
std::string_view name_of(WriteState state) noexcept;

/// A record that ought to stand in the system behind `connector`, under its external_id.
struct Wanted {
    std::string connector, entity;
    Record record;
    /// What makes it another one: hex SHA-256. Apart from the record's bytes, which may tell the day too.
    std::string content_hash;
};
/// Keeps it if it differs from what is wanted there already. True: it does, and waits now. Errors: invalid_argument (no key),
/// and what the wire form cannot say.
Result<bool> want(store::Tx& tx, Clock& clock, const Wanted& wanted);

/// What is due to be written now, oldest first.
struct DueWrite {
    std::int64_t id = 0;
    std::string content_hash;
    Record record;
};
Result<std::vector<DueWrite>> due_writes(store::Db& db, const std::string& connector, Instant now, std::size_t limit);

/// What became of one. `retry` and `unknown` are tried again after 1, 2, 4 ... minutes, at most 4 hours, or when the other side
/// says; `refused` when the wanted record changes or a person asks.
Status note_written(store::Tx& tx, Clock& clock, const DueWrite& write, const WriteResult& result);

struct WritebackRow {
    std::int64_t id = 0;
    std::string connector, kind, key, entity, detail, remote_id;
    WriteState state = WriteState::waiting;
    int attempts = 0;
    Instant changed_at;
    std::optional<Instant> written_at, next_at;
};
std::vector<WritebackRow> writebacks(store::Db& db, std::optional<std::string> connector);
/// A person has mended what refused it: all refused ones of a connector wait again. Audited. How many they were.
Result<int> retry_refused(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector);

}  // namespace owed::notify
