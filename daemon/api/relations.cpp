// Verbs of who pays for whom, and of two customer numbers that are one company.
#include "parties/relations.hpp"

#include "api/detail/json.hpp"

namespace owed::api::detail {
namespace {

std::string number_of(store::Db& db, CustomerId id) {
    const auto row = parties::find(db, id);
    return row ? row->customer.number : std::string{};
}

json::object relation_json(store::Db& db, const parties::Relation& one, const Caller& caller) {
    return {{"relation", one.id}, {"entity", text(one.entity)}, {"kind", text(one.kind)}, {"payer", one.payer ? maybe(number_of(db, *one.payer)) : json::value(nullptr)},
            {"payer_account", maybe(account_for(caller.roles, one.payer_account))}, {"payer_name", maybe(one.payer_name)}, {"pays_for", text(number_of(db, one.pays_for))},
            {"from", date(one.from)}, {"until", date(one.until)}, {"by", maybe(one.by)}};
}

json::object listed(App& app, store::Db& db, const Caller& caller) {
    json::array relations, merges;
    for (const auto& one : parties::relations(db)) relations.push_back(relation_json(db, one, caller));
    for (const auto& one : parties::merges(db))
        merges.push_back(json::object{{"from", text(number_of(db, one.from))}, {"into", text(number_of(db, one.into))}, {"by", text(one.by)}, {"why", text(one.why)},
                                      {"at", text(to_text(one.at))}, {"split_at", instant(one.split_at)}});
    return {{"relations", relations}, {"merges", merges}, {"as_of", date(today(app))}};
}

Result<Answer> relations(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> { return listed(app, db, caller); });
}

/// Does it in one transaction and answers the list.
Result<Answer> changing(App& app, const Caller& caller, const std::function<Status(store::Tx&)>& body) {
    OWED_TRY_VOID(app.store.write(body));
    return reading(app, [&](store::Db& db) -> Result<json::value> { return listed(app, db, caller); });
}

Result<Answer> add(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto child, arguments.required("customer", "for which customer it pays"));
    const auto payer = arguments.text("payer"), account = arguments.text("account"), name = arguments.text("name");
    const auto kind = arguments.text("kind").value_or("parent");
    OWED_TRY(const auto from, arguments.date("from"));
    OWED_TRY(const auto until, arguments.date("until"));
    OWED_TRY_VOID(arguments.done());
    return changing(app, caller, [&](store::Tx& tx) -> Status {
        OWED_TRY(const auto pays_for, find_customer(tx, app.books, child));
        parties::Relation wanted{.entity = pays_for.entity, .kind = kind, .payer_account = account.value_or(""), .payer_name = name.value_or(""),
                                 .pays_for = pays_for.id, .from = from, .until = until};
        if (payer) {
            OWED_TRY(const auto known, find_customer(tx, app.books, payer->find('/') == std::string::npos ? pays_for.entity + "/" + *payer : *payer));
            wanted.payer = known.id;
        }
        OWED_TRY([[maybe_unused]] const auto id, parties::add_relation(tx, app.clock, caller.actor, wanted));
        return {};
    });
}

Result<Answer> end(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto id, arguments.integer("relation"));
    OWED_TRY(const auto last_day, arguments.date("on"));
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which relation", "relation", "see owectl relations");
    return changing(app, caller, [&](store::Tx& tx) { return parties::end_relation(tx, app.clock, caller.actor, *id, last_day.value_or(today(app))); });
}

Result<Answer> merge(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto from, arguments.required("customer", "which customer is merged"));
    OWED_TRY(const auto into, arguments.required("into", "into which customer"));
    OWED_TRY(const auto why, arguments.required("why", "why they are one: --why W"));
    OWED_TRY_VOID(arguments.done());
    return changing(app, caller, [&](store::Tx& tx) -> Status {
        OWED_TRY(const auto one, find_customer(tx, app.books, from));
        OWED_TRY(const auto other, find_customer(tx, app.books, into.find('/') == std::string::npos ? one.entity + "/" + into : into));
        return parties::merge(tx, app.clock, caller.actor, one.id, other.id, why);
    });
}

Result<Answer> split(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto from, arguments.required("customer", "which customer is split off again"));
    OWED_TRY(const auto why, arguments.required("why", "why they are two after all: --why W"));
    OWED_TRY_VOID(arguments.done());
    return changing(app, caller, [&](store::Tx& tx) -> Status {
        OWED_TRY(const auto one, find_customer(tx, app.books, from));
        return parties::split(tx, app.clock, caller.actor, one.id, why);
    });
}

constexpr Verb relation_table[] = {
    {"relations", false, true, "", relations},
    {"relation add", true, false, "cash_applier|supervisor", add},
    {"relation end", true, false, "cash_applier|supervisor", end},
    {"customer merge", true, false, "supervisor|admin", merge},
    {"customer split", true, false, "supervisor|admin", split},
};

}  // namespace

std::span<const Verb> relation_verbs() { return relation_table; }

}  // namespace owed::api::detail
