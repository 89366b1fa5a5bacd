// Where a connector's next read goes on, set by a person.
#pragma once

#include "intake/intake.hpp"

namespace owed::intake {

/// Sets a connector's cursor to `to`. nullopt: to the beginning, as if it had never been read; the state that its plugin keeps
/// (an ETag, say) goes with it, or the plugin would still know what it had. What is applied already is applied no second time.
/// A sync that began before commits nothing more: its next commit fails as transient. Answers the former cursor, which the audit
/// record has too. Errors: invalid_argument without `why`; not_found when the connector
/// has never been read. Writer strand.
Result<std::string> reset_cursor(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector, const std::optional<std::string>& to,
                                 const std::string& why);

}  // namespace owed::intake
