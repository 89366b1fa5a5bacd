// Verbs of credit limits: set by two persons, listed with every change.
#include "parties/credit_limits.hpp"

#include "api/detail/acts.hpp"

namespace owed::api::detail {
namespace {

json::value listed(App& app, store::Db& db, std::optional<CustomerId> customer) {
    json::array list;
    for (const auto& one : parties::credit_limits(db, customer)) {
        const auto row = parties::find(db, one.customer);
        list.push_back(json::object{{"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)},
                                    {"entity", row ? json::value(text(row->entity)) : json::value(nullptr)},
                                    {"limit", one.amount ? json::value(amount(*one.amount)) : json::value(nullptr)},
                                    {"currency", one.amount ? json::value(currency(*one.amount)) : json::value(nullptr)}, {"from", date(one.from)},
                                    {"by", text(one.set_by)}, {"approved_by", text(one.approved_by)}, {"why", text(one.why)}, {"at", text(to_text(one.at))}});
    }
    return json::object{{"limits", list}, {"as_of", date(today(app))}};
}

/// Zero is a limit too: nothing on credit.
Result<Money> limit_of(const std::string& text, Currency in) {
    auto units = parse_money(text, in);
    if (!units) return fail(Errc::invalid_argument, units.error().what, "amount");
    if (units->is_negative()) return fail(Errc::invalid_argument, "a credit limit is not negative", "amount");
    return *units;
}

Result<Answer> limits(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("customer");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        std::optional<CustomerId> customer;
        if (name) {
            OWED_TRY(const auto row, find_customer(db, app.books, *name));
            customer = row.id;
        }
        return listed(app, db, customer);
    });
}

Result<Answer> set_limit(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("customer", "whose limit"));
    OWED_TRY(const auto wanted, arguments.required("amount", "how much, or none"));
    OWED_TRY(const auto why, arguments.required("why", "why it changes: --why W"));
    const auto named = arguments.text("currency");
    OWED_TRY(const auto from, arguments.date("from"));
    OWED_TRY_VOID(arguments.done());
    std::optional<parties::CustomerRow> customer;
    std::string instead;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(customer, find_customer(db, app.books, name));
        const auto* entity = app.books.find(customer->entity);
        const auto day = from.value_or(entity == nullptr ? today(app) : entity->today(app.clock.now()));
        if (const auto before = parties::credit_limit(db, customer->id, day); before && before->amount) instead = " instead of " + shown(*before->amount);
        return {};
    }));
    OWED_TRY(const auto* entity, app.books.entity(customer->entity));
    auto in = entity->currency;
    if (named) {
        const auto known = find_currency(*named);
        if (!known) return fail(Errc::unknown_currency, "there is no currency \"" + *named + "\"", "currency");
        in = *known;
    }
    json::object payload{{"entity", text(customer->entity)}, {"customer", text(customer->customer.number)}, {"limit", nullptr}, {"currency", text(in.text())},
                         {"from", date(from.value_or(entity->today(app.clock.now())))}, {"why", text(why)}};
    std::string shown_limit = "no limit";
    if (wanted != "none") {
        OWED_TRY(const auto units, limit_of(wanted, in));
        payload["limit"] = amount(units);
        shown_limit = "a limit of " + shown(units);
    }
    audit::Request request;
    request.kind = "credit_limit";
    request.entity = customer->entity;
    request.subject = customer->customer.number;
    request.summary = "give customer " + customer->customer.number + " " + shown_limit + instead + " from " + std::string{payload.at("from").as_string()} + ": " + why;
    return ask_second_person(app, caller, request, payload);
}

Result<json::object> do_set(App& app, store::Tx& tx, const json::object& wanted, const audit::Request& request) {
    const auto member = [&](const char* key) { return std::string{wanted.at(key).as_string()}; };
    const auto row = parties::find(tx, member("entity"), member("customer"));
    if (!row) return fail(Errc::not_found, "there is no customer " + member("customer"));
    const auto in = find_currency(member("currency"));
    if (!in) return fail(Errc::unknown_currency, "there is no currency \"" + member("currency") + "\"");
    parties::CreditLimit limit{row->id, {}, {}, request.made_by, request.decided_by, member("why")};
    OWED_TRY(limit.from, parse_date(member("from")));
    if (wanted.at("limit").is_string()) {
        OWED_TRY(limit.amount, limit_of(member("limit"), *in));
    }
    OWED_TRY_VOID(parties::set_credit_limit(tx, app.clock, {.kind = audit::Actor::Kind::person, .id = request.decided_by}, limit, std::to_string(request.id)));
    return json::object{{"customer", text(row->customer.number)}, {"entity", text(row->entity)}, {"limit", wanted.at("limit")},
                        {"currency", text(in->text())}, {"from", date(limit.from)}};
}

constexpr Verb credit_limit_table[] = {
    {"customer limits", false, true, "", limits},
    {"customer limit", true, false, "supervisor", set_limit},
};
constexpr SecondPersonAct credit_limit_second_person[] = {{"credit_limit", do_set}};

}  // namespace

std::span<const Verb> credit_limit_verbs() { return credit_limit_table; }
std::span<const SecondPersonAct> credit_limit_acts() { return credit_limit_second_person; }

}  // namespace owed::api::detail
