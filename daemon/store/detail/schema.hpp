// Numbered steps of the schema: which are applied, applying the rest, comparing what is there with what should be.
#pragma once

#include <string>
#include <vector>

#include "owed/doors.hpp"
#include "store/detail/connection.hpp"

namespace owed::store {

inline constexpr std::int64_t application_id = 0x6F776564;  // "owed", in the file's header

/// This room's own steps (numbers 1 to 9) before the caller's. Errors: internal for a number that occurs twice.
Result<std::vector<Migration>> all_steps(const std::vector<Migration>& migrations);

struct SchemaState {
    bool fresh = false;              ///< no table at all
    std::vector<int> applied;        ///< in the order of their application
    std::vector<Migration> pending;
};
/// Errors: store_corrupt: another program's database; newer than this binary; a step whose SQL is not what it was.
Result<SchemaState> schema_state(Connection& connection, const std::vector<Migration>& steps);

/// All pending steps in one transaction, with the record of each. Errors: what the SQL gives; internal when a table is not
/// STRICT or a reference is broken afterwards: then nothing has changed.
Status apply(Connection& writer, const SchemaState& state, Clock& clock, const std::string& installation_id);

/// The whole schema as one text, for comparing.
std::string schema_text(Connection& connection);
/// What `steps` up to `applied` give in an empty database. Throws Failure.
std::string expected_schema_text(const std::vector<Migration>& steps, const std::vector<int>& applied);

/// integrity_check and foreign_key_check. Errors: store_corrupt with what SQLite found first.
Status check_integrity(Connection& connection, const std::string& where);

}  // namespace owed::store
