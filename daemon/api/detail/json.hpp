// Small words of the verbs: reading arguments, writing amounts and dates.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "api/verbs.hpp"

namespace owed::api::detail {

namespace json = boost::json;

inline json::string text(std::string_view value) { return json::string{value.data(), value.size()}; }
inline json::value maybe(const std::string& value) { return value.empty() ? json::value(nullptr) : json::value(text(value)); }
inline json::value date(const std::optional<Date>& value) { return value ? json::value(text(to_text(*value))) : json::value(nullptr); }
inline json::string date(Date value) { return text(to_text(value)); }
inline json::value instant(const std::optional<Instant>& value) { return value ? json::value(text(to_text(*value))) : json::value(nullptr); }
inline json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const auto& value : values) array.push_back(text(value));
    return array;
}
inline json::string amount(Money value) { return text(to_text(value)); }
inline json::string currency(Money value) { return text(value.currency().text()); }

/// Arguments of a verb: every key must be asked for, or the call is refused (SECURITY 7.4).
class Arguments {
  public:
    explicit Arguments(const json::object& object) : object_{object} {}
    std::optional<std::string> text(std::string_view key);
    Result<std::string> required(std::string_view key, std::string_view what);
    Result<std::optional<Date>> date(std::string_view key);
    Result<std::optional<std::int64_t>> integer(std::string_view key);
    bool flag(std::string_view key);
    /// A list of strings; a single string is a list of one.
    Result<std::vector<std::string>> texts(std::string_view key);
    Status done() const;

  private:
    const json::value* find(std::string_view key);
    const json::object& object_;
    std::set<std::string, std::less<>> asked_;
};

/// "entity/number", "number" when only one entity has it. Errors: not_found, invalid_argument (ambiguous).
Result<parties::CustomerRow> find_customer(store::Db& db, const ledger::Books& books, const std::string& name);
/// The entity named, or the only one. Errors: invalid_argument.
Result<const ledger::Entity*> entity_of(const App& app, const std::optional<std::string>& name);
/// Today in the first entity's zone: the date of a list that covers several entities.
Date today(const App& app);
/// today, or a missed scheduled date of a job of the kind, for verbs with effect; for month-end jobs also the last day of the month
/// that a run of today closes. Errors: refused.
Status may_act_as_of(const App& app, const ledger::Entity& entity, Date as_of, std::string_view kind = "dunning");
tl::unexpected<Error> needs_daemon(std::string_view verb);

/// A customer's bank account as these roles may read it: in full who pays and approves, everybody else "...2606" (SECURITY 7.5).
std::string account_for(const std::vector<std::string>& roles, const std::string& account);

/// Reads on a snapshot and answers the JSON that `body` makes.
Result<Answer> reading(App& app, const std::function<Result<json::value>(store::Db&)>& body);

using Run = Result<Answer> (*)(App&, const json::object&, const Caller&);
std::span<const Verb> list_verbs();
std::span<const Verb> cash_verbs();
std::span<const Verb> cash_return_verbs();
std::span<const Verb> credit_limit_verbs();
std::span<const Verb> dunning_verbs();
std::span<const Verb> ledger_verbs();
std::span<const Verb> operation_verbs();
std::span<const Verb> system_verbs();
std::span<const Verb> supervision_verbs();
std::span<const Verb> approval_verbs();
std::span<const Verb> relation_verbs();
std::span<const Verb> period_verbs();
std::span<const Verb> claim_verbs();
std::span<const Verb> credit_verbs();
std::span<const Verb> credit_use_verbs();
std::span<const Verb> release_verbs();
std::span<const Verb> promise_verbs();
std::span<const Verb> rate_verbs();
std::span<const Verb> report_verbs();

}  // namespace owed::api::detail
