// Verbs of maker and checker: what waits for a second person, and the decision. An approved act is done in the transaction
// of its approval: an act that is no longer possible leaves the request open.
#include "api/detail/second_person.hpp"

namespace owed::api::detail {
namespace {

json::object request_json(const audit::Request& r) {
    return {{"approval", r.id}, {"kind", text(r.kind)}, {"entity", maybe(r.entity)}, {"subject", text(r.subject)}, {"summary", text(r.summary)},
            {"content_hash", text(store::hex(store::sha256(r.payload)))}, {"state", text(r.state)}, {"made_by", text(r.made_by)}, {"made_at", text(to_text(r.made_at))},
            {"by", maybe(r.decided_by)}, {"at", instant(r.decided_at)}, {"why", maybe(r.why)}};
}

json::object approval_json(const audit::Approval& one) {
    return {{"approval", one.id}, {"kind", text(one.kind)}, {"entity", nullptr}, {"subject", text(one.subject)}, {"summary", nullptr},
            {"content_hash", text(one.content_hash)}, {"state", text(one.state)}, {"made_by", nullptr}, {"made_at", nullptr},
            {"by", text(one.by)}, {"at", text(to_text(one.at))}, {"why", nullptr}};
}

Result<Answer> approvals(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto state = arguments.text("state");
    OWED_TRY_VOID(arguments.done());
    if (state && *state != "open" && *state != "approved" && *state != "rejected")
        return fail(Errc::invalid_argument, "there is no state \"" + *state + "\" of an approval", "state", "states: open, approved, rejected");
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        std::map<std::int64_t, json::object> by_id;
        for (const auto& one : audit::approvals(db))
            if (!state || one.state == *state) by_id.emplace(one.id, approval_json(one));
        for (const auto& one : audit::requests(db))
            if (!state || one.state == *state) by_id.emplace(one.id, request_json(one));
        json::array list;
        for (auto& [id, shown] : by_id) list.push_back(std::move(shown));
        return json::object{{"approvals", list}, {"as_of", date(today(app))}};
    });
}

const SecondPersonAct* act_of(std::string_view kind) {
    for (const auto acts : {period_acts(), claim_acts(), credit_acts(), cash_acts(), credit_limit_acts(), charge_acts(), cash_outgoing_acts()})
        for (const auto& known : acts)
            if (known.kind == kind) return &known;
    return nullptr;
}

Result<std::int64_t> wanted_id(Arguments& arguments) {
    OWED_TRY(auto id, arguments.integer("approval"));
    if (!id) return fail(Errc::invalid_argument, "say which approval", "approval", "see owectl approvals");
    return *id;
}

Result<Answer> approve(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto id, wanted_id(arguments));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    json::object shown;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto request, audit::decide(tx, app.clock, caller.actor, id, true, why));
        const auto* act = act_of(request.kind);
        if (act == nullptr) return fail(Errc::unsupported, "this release does not know how to do a " + request.kind, {}, "reject it, or install the release that asked for it");
        const auto payload = json::parse(request.payload);
        OWED_TRY(auto outcome, act->act(app, tx, payload.as_object(), request));
        shown = request_json(request);
        shown["done"] = std::move(outcome);
        return {};
    }); !done) return fail(std::move(done).error());
    return Answer{shown, true};
}

Result<Answer> reject(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto id, wanted_id(arguments));
    OWED_TRY(const auto why, arguments.required("why", "why it is rejected: --why W"));
    OWED_TRY_VOID(arguments.done());
    json::object shown;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto request, audit::decide(tx, app.clock, caller.actor, id, false, why));
        shown = request_json(request);
        return {};
    }); !done) return fail(std::move(done).error());
    return Answer{shown, true};
}

constexpr Verb approval_table[] = {
    {"approvals", false, true, "", approvals},
    {"approve", true, false, "approver", approve},
    {"reject", true, false, "approver", reject},
};

}  // namespace

std::span<const Verb> approval_verbs() { return approval_table; }

Result<Answer> ask_second_person(App& app, const Caller& caller, audit::Request request, const json::object& arguments) {
    request.payload = json::serialize(arguments);
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(request.id, audit::ask(tx, app.clock, caller.actor, request));
        return {};
    }); !done) return fail(std::move(done).error());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        for (const auto& one : audit::requests(db))
            if (one.id == request.id) return request_json(one);
        return fail(Errc::internal, "the request is gone");
    });
}

}  // namespace owed::api::detail
