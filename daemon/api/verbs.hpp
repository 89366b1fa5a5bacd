// Every verb of owectl as a function from JSON to JSON (shapes: INTERFACES.md). The server and owectl's offline mode call
// the same table, so that both doors know the same rules.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>

#include "api/app.hpp"

namespace owed::api {

/// Who calls: the person behind the peer's uid (Unix socket), and what they may.
struct Caller {
    audit::Actor actor;
    std::vector<std::string> roles;      ///< empty for a user that configuration does not name: may only look
    bool has(std::string_view role) const;
};

struct Answer {
    boost::json::value json;
    bool ok = true;                      ///< false: the answer is "not OK" (differences, a failed check): exit 1
    int exit = 0;                        ///< another exit code for "not OK"; 0: 1
    std::string text = {};               ///< a large answer as JSON text, made without a tree of values; `json` is null then
    /// Whichever of the two there is, as a value.
    boost::json::value value() const;
};

struct Verb {
    std::string_view name;               ///< "cash apply"
    bool changes = false;                ///< needs a daemon, and a role
    bool offline = false;                ///< marked * in INTERFACES: works on the store without a daemon
    std::string_view role;               ///< one of the roles that may, separated by '|'; empty: everybody who may connect
    Result<Answer> (*run)(App&, const boost::json::object& arguments, const Caller&);
};
std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);

/// Checks role and arguments (unknown ones are invalid_argument), then runs. Any thread: reads on snapshots, writes through
/// Store::write.
Result<Answer> call(App& app, std::string_view verb, const boost::json::object& arguments, const Caller& caller);

/// {"error": {"code", "what", "where", "do"}}
boost::json::value error_json(const Error& error);
/// {"ok", "doctor": [{"check", "state": ok|warn|fail, "what", "do"}]}; not OK when one failed.
Answer doctor_answer(const std::vector<Finding>& findings);
/// Exit code of owectl for an error: 1, 2 (invalid_argument), 4 (refused, approval_required), 78 (invalid_config).
int exit_code(Errc code);

}  // namespace owed::api
