// Acts that need a second person: the verb asks, `approve` does what was asked for.
#pragma once

#include "api/detail/json.hpp"
#include "audit/request.hpp"

namespace owed::api::detail {

/// Does an approved act. `arguments`: the payload as it was asked for; `request`: who asked, who approved. Answers what
/// became of it, for the JSON of `approve`.
using Act = Result<json::object> (*)(App&, store::Tx&, const json::object& arguments, const audit::Request& request);

struct SecondPersonAct {
    std::string_view kind;   ///< "write_off"
    Act act;
};
std::span<const SecondPersonAct> period_acts();
std::span<const SecondPersonAct> claim_acts();
std::span<const SecondPersonAct> credit_acts();
std::span<const SecondPersonAct> cash_acts();
std::span<const SecondPersonAct> credit_limit_acts();
std::span<const SecondPersonAct> charge_acts();
std::span<const SecondPersonAct> cash_outgoing_acts();
std::span<const Verb> charge_verbs();
std::span<const Verb> cash_outgoing_verbs();

/// Asks in a transaction of its own and answers {"approval", "kind", "state": "open", "summary", ...}.
Result<Answer> ask_second_person(App& app, const Caller& caller, audit::Request request, const json::object& arguments);

}  // namespace owed::api::detail
