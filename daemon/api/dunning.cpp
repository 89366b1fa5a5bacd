// Verbs of collection: preview, run, approve; notices and the outbox.
#include "api/detail/json.hpp"

namespace owed::api::detail {
namespace {

json::object decision_json(const collect::Decision& decision) {
    json::array items, stops;
    for (const auto& item : decision.items)
        items.push_back(json::object{{"item", item.item.value}, {"document", text(item.document)}, {"days_overdue", item.days_overdue},
                                     {"residual", amount(item.residual)}, {"level", item.level}});
    for (const auto& stop : decision.stops)
        stops.push_back(json::object{{"stop", text(stop.stop)}, {"until", date(stop.until)}, {"why", text(stop.why)}});
    const auto zero = Money::zero(decision.currency);
    return {{"customer", text(decision.customer_number)}, {"entity", text(decision.entity)}, {"decision", text(collect::name_of(decision.verdict))},
            {"level", decision.level}, {"channel", text(collect::name_of(decision.channel))}, {"language", maybe(decision.language)},
            {"currency", text(decision.currency.text())}, {"items", items}, {"amount", amount(decision.amount)}, {"fee", amount(decision.fee.value_or(zero))},
            {"interest", amount(zero)}, {"stops", stops}, {"reason", text(decision.reason)}, {"policy", text(decision.policy)}};
}

json::object run_json(const collect::Run& run) {
    return {{"run", run.id.value}, {"entity", text(run.entity)}, {"as_of", date(run.as_of)}, {"state", text(run.state)}, {"by", text(run.by)},
            {"approved_by", maybe(run.approved_by)}, {"notices", run.notices}, {"waits", run.waits}, {"stops", run.stops},
            {"escalations", run.escalations}, {"policy_hash", text(run.policy_hash)}, {"reason", maybe(run.reason)}};
}

std::vector<const ledger::Entity*> entities_of(const App& app, const std::optional<std::string>& name) {
    std::vector<const ledger::Entity*> wanted;
    for (const auto& entity : app.books.entities())
        if (!name || entity.id == *name) wanted.push_back(&entity);
    return wanted;
}

Result<Answer> preview(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto entity = arguments.text("entity");
    OWED_TRY(auto as_of, arguments.date("as_of"));
    OWED_TRY_VOID(arguments.done());
    if (app.dunning == nullptr) return needs_daemon("dunning preview");
    json::array list;
    for (const auto* one : entities_of(app, entity)) {
        OWED_TRY(auto decisions, jobs::preview_dunning(app.store, *app.dunning, one->id, as_of.value_or(one->today(app.clock.now()))));
        for (const auto& decision : decisions) list.push_back(decision_json(decision));
    }
    return Answer{json::object{{"decisions", list}, {"as_of", date(as_of.value_or(today(app)))}}, true};
}

json::object outcome_json(const jobs::DunningOutcome& done) {
    auto shown = run_json(done.run);
    shown["repeated"] = done.repeated;
    shown["sent"] = done.sent;
    shown["refused"] = done.refused;
    shown["unknown"] = done.unknown;
    shown["retry"] = done.retry;
    shown["changed"] = done.changed;
    json::array problems;
    for (const auto& problem : done.problems) problems.push_back(text(problem));
    shown["problems"] = problems;
    return shown;
}

Result<Answer> run_dunning(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    const auto entity = arguments.text("entity");
    OWED_TRY(auto as_of, arguments.date("as_of"));
    OWED_TRY_VOID(arguments.done());
    if (app.dunning == nullptr) return needs_daemon("dunning run");
    json::array list;
    bool ok = true;
    for (const auto* one : entities_of(app, entity)) {
        const auto day = as_of.value_or(one->today(app.clock.now()));
        OWED_TRY_VOID(may_act_as_of(app, *one, day));
        OWED_TRY(auto done, jobs::run_dunning(app.store, *app.dunning, one->id, day, caller.actor));
        ok = ok && done.problems.empty();
        list.push_back(outcome_json(done));
    }
    return Answer{json::object{{"runs", list}, {"as_of", date(as_of.value_or(today(app)))}}, ok};
}

Result<Answer> approve(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("run"));
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which run", "run", "see owectl dunning runs");
    if (app.dunning == nullptr) return needs_daemon("dunning approve");
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return collect::approve_run(tx, app.clock, caller.actor, DunningRunId{*id}); }));
    OWED_TRY(auto done, jobs::continue_dunning(app.store, *app.dunning, DunningRunId{*id}, caller.actor));
    return Answer{outcome_json(done), done.problems.empty()};
}

Result<Answer> runs(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : collect::runs(db)) list.push_back(run_json(one));
        return json::object{{"runs", list}, {"as_of", date(today(app))}};
    });
}

json::object notice_json(store::Db& db, const notify::Notice& notice) {
    json::array items;
    for (const auto& item : notice.items)
        items.push_back(json::object{{"item", item.item.value}, {"document", text(item.document)}, {"residual", amount(item.residual)},
                                     {"days_overdue", item.days_overdue}, {"level", item.level}});
    const auto row = parties::find(db, notice.customer);
    return {{"notice", notice.id.value}, {"run", notice.run ? json::value(notice.run->value) : json::value(nullptr)}, {"entity", text(notice.entity)},
            {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"kind", text(notice.kind)}, {"channel", text(notice.channel)},
            {"level", notice.level}, {"language", maybe(notice.language)}, {"subject", text(notice.subject)}, {"items", items},
            {"total", amount(notice.total)}, {"currency", currency(notice.total)}, {"state", text(notify::name_of(notice.state))},
            {"attempts", notice.attempts}, {"message_id", maybe(notice.message_id)}, {"sent_at", instant(notice.sent_at)}, {"outcome", maybe(notice.outcome)}};
}

Result<std::optional<notify::State>> state_argument(Arguments& arguments) {
    const auto name = arguments.text("state");
    if (!name) return std::optional<notify::State>{};
    for (int i = 0; i <= static_cast<int>(notify::State::withdrawn); ++i)
        if (notify::name_of(static_cast<notify::State>(i)) == *name) return std::optional{static_cast<notify::State>(i)};
    return fail(Errc::invalid_argument, "there is no state \"" + *name + "\"", "state");
}

Result<Answer> notices(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto state, state_argument(arguments));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& notice : notify::notices(db, state)) list.push_back(notice_json(db, notice));
        return json::object{{"notices", list}, {"as_of", date(today(app))}};
    });
}

Result<NoticeId> notice_id(Arguments& arguments) {
    OWED_TRY(auto id, arguments.integer("notice"));
    if (!id) return fail(Errc::invalid_argument, "say which notice", "notice", "see owectl notices");
    return NoticeId{*id};
}

Result<Answer> notice_show(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto id, notice_id(arguments));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto notice = notify::notice(db, id);
        const auto delivery = notify::archived(db, id);
        if (!notice || !delivery) return fail(Errc::not_found, "there is no notice " + std::to_string(id.value), {}, "see owectl notices");
        auto shown = notice_json(db, *notice);
        json::array recipients, addressee, parts;
        for (const auto& one : delivery->recipients) recipients.push_back(text(one));
        for (const auto& line : delivery->addressee) addressee.push_back(text(line));
        for (const auto& part : delivery->parts)
            parts.push_back(json::object{{"name", text(part.name)}, {"media_type", text(part.media_type)}, {"size_bytes", part.bytes.size()},
                                         {"sha256", text(store::hex(store::sha256(part.bytes)))}});
        shown["key"] = text(notice->key);
        shown["send_key"] = text(delivery->key);
        shown["recipients"] = recipients;
        shown["addressee"] = addressee;
        shown["parts"] = parts;
        shown["message"] = maybe(delivery->message);
        shown["why"] = json::parse(notice->decision);
        return shown;
    });
}

Result<Answer> outbox(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (auto state : {notify::State::planned, notify::State::approved, notify::State::reserved, notify::State::retry, notify::State::unknown})
            for (const auto& notice : notify::notices(db, state)) list.push_back(notice_json(db, notice));
        return json::object{{"outbox", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> outbox_resolve(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, notice_id(arguments));
    OWED_TRY(auto outcome, arguments.required("outcome", "whether it was sent or not-sent"));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    if (outcome != "sent" && outcome != "not-sent") return fail(Errc::invalid_argument, "\"" + outcome + "\" is neither sent nor not-sent", "outcome");
    if (app.dunning == nullptr) return needs_daemon("outbox resolve");
    OWED_TRY_VOID(jobs::resolve_notice(app.store, *app.dunning, caller.actor, id, outcome == "sent", why));
    return notice_show(app, {{"notice", id.value}}, caller);
}

Result<Answer> placements(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : collect::placements(db)) {
            const auto row = parties::find(db, one.customer);
            list.push_back(json::object{{"placement", text(one.placement)}, {"entity", text(one.entity)},
                                        {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"item", one.item.value},
                                        {"document", text(one.document)}, {"placed_on", date(one.on)}, {"currency", currency(one.amount)},
                                        {"amount", amount(one.amount)}, {"state", text(one.state)}});
        }
        return json::object{{"placements", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb dunning_table[] = {
    {"dunning preview", false, false, "", preview},
    {"dunning run", true, false, "supervisor", run_dunning},
    {"dunning approve", true, false, "supervisor|approver", approve},
    {"dunning runs", false, true, "", runs},
    {"notices", false, true, "", notices},
    {"notices show", false, true, "", notice_show},
    {"outbox", false, true, "", outbox},
    {"outbox resolve", true, false, "supervisor|integrator", outbox_resolve},
    {"placements", false, true, "", placements},
};

}  // namespace

std::span<const Verb> dunning_verbs() { return dunning_table; }

}  // namespace owed::api::detail
