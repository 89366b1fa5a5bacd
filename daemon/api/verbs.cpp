#include "api/verbs.hpp"

#include <algorithm>
#include <charconv>

#include "api/detail/second_person.hpp"

namespace owed::api {

const Person* person_named(const App& app, std::string_view user) {
    for (const auto& person : app.people)
        if (person.user == user) return &person;
    return nullptr;
}

bool Caller::has(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

std::span<const Verb> verbs() {
    static const std::vector<Verb> all = [] {
        std::vector<Verb> list;
        for (auto group : {detail::list_verbs(), detail::cash_verbs(), detail::cash_return_verbs(), detail::cash_outgoing_verbs(), detail::credit_limit_verbs(), detail::dunning_verbs(), detail::ledger_verbs(), detail::operation_verbs(), detail::system_verbs(), detail::supervision_verbs(), detail::approval_verbs(), detail::relation_verbs(), detail::period_verbs(),
                           detail::claim_verbs(), detail::credit_verbs(), detail::credit_use_verbs(), detail::release_verbs(), detail::charge_verbs(), detail::promise_verbs(), detail::rate_verbs(), detail::report_verbs()})
            list.insert(list.end(), group.begin(), group.end());
        return list;
    }();
    return all;
}

const Verb* find_verb(std::string_view name) {
    for (const auto& verb : verbs())
        if (verb.name == name) return &verb;
    return nullptr;
}

boost::json::value Answer::value() const { return text.empty() ? json : boost::json::parse(text); }

namespace {

bool may(const Verb& verb, const Caller& caller) {
    if (verb.role.empty() || caller.actor.kind == audit::Actor::Kind::system) return true;
    std::string_view rest = verb.role;
    while (!rest.empty()) {
        const auto bar = std::min(rest.find('|'), rest.size());
        if (caller.has(rest.substr(0, bar))) return true;
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return false;
}

}  // namespace

Result<Answer> call(App& app, std::string_view name, const boost::json::object& arguments, const Caller& caller) {
    const auto* verb = find_verb(name);
    if (verb == nullptr) return fail(Errc::not_found, "there is no verb \"" + std::string{name} + "\"", {}, "see owectl --help");
    if (!may(*verb, caller))
        return fail(Errc::refused, caller.actor.name + " may not \"" + std::string{name} + "\"; it takes the role " + std::string{verb->role}, {},
                    "an administrator gives roles under people:");
    try {
        return verb->run(app, arguments, caller);
    } catch (const BrokenInvariant& broken) {
        app.log.error("api", std::string{name} + ": " + broken.what());
        return fail(Errc::internal, "owed found an error of its own and stopped this act; nothing was changed", {}, "see the log, and report it");
    }
}

boost::json::value error_json(const Error& error) {
    using detail::text;
    return boost::json::object{{"error", boost::json::object{{"code", text(name_of(error.code))}, {"what", text(error.what)},
                                                             {"where", text(error.where)}, {"do", text(error.advice)}}}};
}

int exit_code(Errc code) {
    switch (code) {
        case Errc::invalid_argument: return 2;
        case Errc::refused:
        case Errc::approval_required: return 4;
        case Errc::invalid_config: return 78;
        default: return 1;
    }
}

namespace detail {

std::string account_for(const std::vector<std::string>& roles, const std::string& account) {
    constexpr std::size_t shown = 4;
    const bool in_full = std::any_of(roles.begin(), roles.end(), [](const auto& role) { return role == "cash_applier" || role == "approver" || role == "auditor"; });
    return in_full || account.size() <= shown ? account : "..." + account.substr(account.size() - shown);
}

const json::value* Arguments::find(std::string_view key) {
    asked_.emplace(key);
    const auto* value = object_.if_contains(json::string_view{key.data(), key.size()});
    return value != nullptr && !value->is_null() ? value : nullptr;
}

std::optional<std::string> Arguments::text(std::string_view key) {
    const auto* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string()) return json::serialize(*value);
    std::string given{value->as_string()};
    return given.find_first_not_of(" \t\r\n") == std::string::npos ? std::string{} : given;   // blanks say nothing
}

Result<std::string> Arguments::required(std::string_view key, std::string_view what) {
    auto value = text(key);
    if (!value || value->empty()) return fail(Errc::invalid_argument, "say " + std::string{what}, std::string{key});
    return *value;
}

Result<std::optional<Date>> Arguments::date(std::string_view key) {
    auto value = text(key);
    if (!value) return std::optional<Date>{};
    auto parsed = parse_date(*value);
    if (!parsed) return fail(Errc::invalid_argument, parsed.error().what, std::string{key});
    return std::optional<Date>{*parsed};
}

Result<std::optional<std::int64_t>> Arguments::integer(std::string_view key) {
    auto value = text(key);
    if (!value) return std::optional<std::int64_t>{};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc{} || end != value->data() + value->size())
        return fail(Errc::invalid_argument, "\"" + *value + "\" is not a whole number", std::string{key});
    return std::optional<std::int64_t>{number};
}

bool Arguments::flag(std::string_view key) {
    const auto* value = find(key);
    return value != nullptr && value->is_bool() && value->as_bool();
}

Result<std::vector<std::string>> Arguments::texts(std::string_view key) {
    const auto* value = find(key);
    std::vector<std::string> list;
    if (value == nullptr) return list;
    if (value->is_string()) return std::vector<std::string>{std::string{value->as_string()}};
    if (!value->is_array()) return fail(Errc::invalid_argument, std::string{key} + " is a list of texts", std::string{key});
    for (const auto& item : value->as_array()) {
        if (!item.is_string()) return fail(Errc::invalid_argument, std::string{key} + " is a list of texts", std::string{key});
        list.emplace_back(item.as_string());
    }
    return list;
}

Status Arguments::done() const {
    for (const auto& member : object_)
        if (!asked_.contains(std::string_view{member.key().data(), member.key().size()}))
            return fail(Errc::invalid_argument, "this verb has no argument \"" + std::string{member.key()} + "\"", std::string{member.key()});
    return {};
}

Result<parties::CustomerRow> find_customer(store::Db& db, const ledger::Books& books, const std::string& name) {
    const auto slash = name.find('/');
    if (slash != std::string::npos && books.find(name.substr(0, slash)) != nullptr) {
        auto row = parties::find(db, name.substr(0, slash), name.substr(slash + 1));
        if (row) return *row;
        return fail(Errc::not_found, "there is no customer " + name, {}, "see owectl customers");
    }
    std::vector<parties::CustomerRow> found;
    for (const auto& entity : books.entities())
        if (auto row = parties::find(db, entity.id, name)) found.push_back(*row);
    if (found.empty()) return fail(Errc::not_found, "there is no customer " + name, {}, "see owectl customers");
    if (found.size() > 1)
        return fail(Errc::invalid_argument, std::to_string(found.size()) + " entities have a customer " + name, {}, "name it with its entity: " + found.front().entity + "/" + name);
    return found.front();
}

Result<const ledger::Entity*> entity_of(const App& app, const std::optional<std::string>& name) {
    if (name) {
        const auto* found = app.books.find(*name);
        if (found == nullptr) return fail(Errc::not_found, "there is no entity " + *name, "entity");
        return found;
    }
    if (app.books.entities().size() == 1) return &app.books.entities().front();
    std::string names;
    for (const auto& entity : app.books.entities()) names += (names.empty() ? "" : ", ") + entity.id;
    return fail(Errc::invalid_argument, "say which entity: " + names, "entity");
}

Date today(const App& app) { return app.books.entities().front().today(app.clock.now()); }

Status may_act_as_of(const App& app, const ledger::Entity& entity, Date as_of, std::string_view kind) {
    const auto now = entity.today(app.clock.now());
    if (as_of == now) return {};
    // The month that a run of today closes may be named by its last day.
    if (jobs::is_month_end(kind) && as_of == jobs::closing_of(now)) return {};
    if (as_of < now && app.jobs != nullptr)
        for (const auto& job : *app.jobs) {
            if (job.kind != kind || job.subject != entity.id) continue;
            const auto at = job.schedule.next(job.zone.instant_of(as_of, 0).plus_seconds(-1), job.zone);
            if (at && job.zone.date_at(*at) == as_of) return {};
        }
    return fail(Errc::refused, "a run with effect is for today (" + to_text(now) + ") or a missed scheduled date, not for " + to_text(as_of), "as_of",
                kind == "dunning" ? "use owectl dunning preview --as-of to look at other dates" : "");
}

tl::unexpected<Error> needs_daemon(std::string_view verb) {
    return fail(Errc::unsupported, "\"" + std::string{verb} + "\" needs the running daemon", {}, "start owed");
}

Result<Answer> reading(App& app, const std::function<Result<json::value>(store::Db&)>& body) {
    Answer answer;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(answer.json, body(db));
        return {};
    }));
    return answer;
}

}  // namespace detail
}  // namespace owed::api
