#include "api/detail/acts.hpp"

#include <algorithm>
#include <charconv>

#include "ledger/instalments.hpp"

namespace owed::api::detail {
namespace {

constexpr int limit_days = 30;

/// May this person do it without a second one?
bool within_limit(store::Db& db, const App& app, const Caller& caller, const Giving& giving) {
    if (giving.act.empty() || !giving.customer) return false;
    const auto kind = app.limits.find(std::string{giving.kind});
    if (kind == app.limits.end()) return false;
    const auto limit = kind->second.find(std::string{giving.amount.currency().text()});
    if (limit == kind->second.end()) return false;
    const auto* entity = app.books.find(giving.entity);
    const auto since = entity->today(app.clock.now()).plus_days(-limit_days);
    const auto before = ledger::done_alone(db, giving.act, caller.actor.id, *giving.customer, giving.amount.currency(), since);
    const auto sum = add(before, giving.amount);
    return sum && sum->units() <= limit->second.units();
}

std::optional<std::int64_t> id_in(std::string_view name) {
    if (!name.empty() && name.front() == '#') name.remove_prefix(1);
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc{} || end != name.data() + name.size() || id <= 0) return {};
    return id;
}

std::string random_key(App& app) { return std::to_string(app.rng.next("act")) + "-" + std::to_string(app.rng.next("act")); }

}  // namespace

By alone(App& app, const Caller& caller) {
    return {.actor = caller.actor, .asked = caller.actor.id, .approved = {}, .cause = {"person", caller.actor.id}, .event_key = "act/" + random_key(app), .roles = caller.roles};
}

By of_two(const App& app, const audit::Request& request) {
    const auto number = std::to_string(request.id);
    const auto* approver = person_named(app, request.decided_by);
    return {.actor = {.kind = audit::Actor::Kind::person, .id = request.decided_by}, .asked = request.made_by, .approved = request.decided_by,
            .cause = {"approval", number}, .event_key = "approval/" + number, .roles = approver == nullptr ? std::vector<std::string>{} : approver->roles};
}

Acting::Acting(const App& app, store::Tx& tx, const std::vector<std::string>& roles) : context_{late(app, roles)}, on_its_day_{tx} {}

ledger::Context late(const App& app, const std::vector<std::string>& roles) {
    auto context = app.ledger;
    context.roles = roles;
    return context;
}

Result<Answer> give(App& app, const Caller& caller, const Giving& giving, Posting posting) {
    json::object posted;
    bool two = false;
    auto done = app.store.write([&](store::Tx& tx) -> Status {
        two = !within_limit(tx, app, caller, giving);
        auto by = alone(app, caller);
        // Who approves is who posts: a soft-closed month may be open to them.
        const auto* entity = app.books.find(giving.entity);
        if (two && entity != nullptr) by.roles.insert(by.roles.end(), entity->soft_close_roles.begin(), entity->soft_close_roles.end());
        OWED_TRY(posted, posting(app, tx, giving.wanted, by));
        // Tried to its end; the error takes all of it back.
        if (two) return fail(Errc::approval_required, "a second person decides");
        return {};
    });
    if (done) return Answer{posted, true};
    if (!two || done.error().code != Errc::approval_required) return fail(std::move(done).error());
    audit::Request request;
    request.kind = giving.kind;
    request.entity = giving.entity;
    request.subject = giving.subject;
    request.summary = giving.summary;
    return ask_second_person(app, caller, std::move(request), giving.wanted);
}

namespace {

/// Items called `name`: by number as `by_number` finds them in an entity, and by id, if `counts` has it as one of them.
Result<ledger::Item> find_one(store::Db& db, const App& app, const std::string& name, std::string_view key, std::string_view what,
                              const std::function<std::vector<ledger::Item>(const std::string& entity, const std::string& number)>& by_number,
                              const std::function<bool(const ledger::Item&)>& counts) {
    std::vector<ledger::Item> found;
    auto number = name;
    const ledger::Entity* only = nullptr;
    if (const auto slash = name.find('/'); slash != std::string::npos)
        if (const auto* entity = app.books.find(name.substr(0, slash))) {
            only = entity;
            number = name.substr(slash + 1);
        }
    for (const auto& entity : app.books.entities())
        if (only == nullptr || only == &entity)
            for (auto& item : by_number(entity.id, number)) found.push_back(std::move(item));
    if (const auto id = only == nullptr ? id_in(name) : std::nullopt) {
        if (name.front() == '#') found.clear();
        const auto same = [&](const ledger::Item& item) { return item.id.value == *id; };
        if (auto item = ledger::item(db, OpenItemId{*id}); item && counts(*item) && std::none_of(found.begin(), found.end(), same)) found.push_back(std::move(*item));
    }
    if (found.empty()) return fail(Errc::not_found, "there is no " + std::string{what} + " " + name, std::string{key}, "see owectl items");
    if (found.size() == 1) return std::move(found.front());
    std::string which;
    for (const auto& item : found) which += (which.empty() ? "" : ", ") + std::string{"#"} + std::to_string(item.id.value) + " is " + named(db, item) + " in " + item.entity;
    return fail(Errc::invalid_argument, name + " names several: " + which, std::string{key}, "name one by #ITEM");
}

}  // namespace

Result<ledger::Item> find_item(store::Db& db, const App& app, const std::string& name) {
    return find_one(db, app, name, "item", "item",
                    [&](const std::string& entity, const std::string& number) { return ledger::find_by_number(db, entity, number); },
                    [](const ledger::Item&) { return true; });
}

Result<ledger::Item> find_credit(store::Db& db, const App& app, const std::string& name) {
    if (cash::receipt(db, name) && name.starts_with("R-"))
        return fail(Errc::invalid_argument, name + " is a receipt", "credit", "owectl cash apply " + name + " applies a receipt");
    return find_one(db, app, name, "credit", "credit memo or deposit",
                    [&](const std::string& entity, const std::string& number) {
                        auto found = ledger::items_of_document(db, entity, ledger::ItemKind::credit_memo, number);
                        for (auto& item : ledger::items_of_document(db, entity, ledger::ItemKind::deposit, number)) found.push_back(std::move(item));
                        return found;
                    },
                    [](const ledger::Item& item) { return item.kind == ledger::ItemKind::credit_memo || item.kind == ledger::ItemKind::deposit; });
}

Result<ledger::Item> find_any_credit(store::Db& db, const App& app, const std::string& name) {
    if (const auto receipt = cash::receipt(db, name)) {
        auto item = ledger::item(db, receipt->id);
        OWED_CHECK(item.has_value(), "a receipt is an item");
        return std::move(*item);
    }
    auto found = find_credit(db, app, name);
    if (!found && found.error().code == Errc::not_found)
        return fail(Errc::not_found, "there is no receipt, credit memo or deposit " + name, {}, "see owectl receipts and owectl items");
    return found;
}

json::object credit_left(store::Db& db, OpenItemId id) {
    const auto credit = ledger::item(db, id);
    OWED_CHECK(credit.has_value(), "a credit that was used is there");
    json::array applied;
    for (const auto& one : ledger::applications(db, {}, id))
        if (one.credit == id && !one.undone)
            applied.push_back(json::object{{"application", one.id.value}, {"document", text(one.debit_document)}, {"amount", amount(one.amount)},
                                           {"in_flight", one.in_flight}, {"by", text(one.by)}});
    return {{"item", id.value}, {"entity", text(credit->entity)}, {"document", text(credit->document)}, {"kind", text(ledger::name_of(credit->kind))},
            {"currency", currency(credit->residual)}, {"residual", amount(credit->residual)}, {"state", text(ledger::state_of(*credit))}, {"applications", applied}};
}

std::string named(store::Db& db, const ledger::Item& item) {
    const auto document = item.document.empty() ? "R-" + std::to_string(item.id.value) : ledger::number_of(item);
    const auto row = item.customer ? parties::find(db, *item.customer) : std::nullopt;
    return document + (row ? " of " + row->customer.number : "");
}

Result<std::optional<Instant>> moment(Arguments& arguments, std::string_view key) {
    const auto value = arguments.text(key);
    if (!value) return std::optional<Instant>{};
    auto parsed = parse_instant(*value);
    if (!parsed) return fail(Errc::invalid_argument, parsed.error().what, std::string{key});
    return std::optional<Instant>{*parsed};
}

Result<std::vector<NamedAmount>> named_amounts(Arguments& arguments, std::string_view key, std::string_view form) {
    OWED_TRY(const auto texts, arguments.texts(key));
    std::vector<NamedAmount> all;
    for (const auto& one : texts) {
        const auto equals = one.rfind('=');
        if (equals == std::string::npos) return fail(Errc::invalid_argument, "\"" + one + "\" is not " + std::string{form}, std::string{key});
        all.push_back({one.substr(0, equals), one.substr(equals + 1)});
    }
    return all;
}

Result<Money> amount_of(const std::string& value, Currency currency, std::string_view key) {
    auto parsed = parse_money(value, currency);
    if (!parsed) return fail(Errc::invalid_argument, parsed.error().what, std::string{key});
    if (!parsed->is_positive()) return fail(Errc::invalid_argument, "an amount is positive, not " + value, std::string{key});
    return *parsed;
}

Result<Money> amount_or_open(const std::optional<std::string>& value, const ledger::Item& item, std::string_view key) {
    if (value) return amount_of(*value, item.residual.currency(), key);
    if (item.residual.is_zero()) return fail(Errc::item_not_open, (item.document.empty() ? "R-" + std::to_string(item.id.value) : item.document) + " is " + std::string{ledger::state_of(item)} + "; nothing of it is open",
                                         std::string{key}, item.kind == ledger::ItemKind::receipt ? "owectl cash show R-" + std::to_string(item.id.value) + " says what became of it" : "");
    return item.residual.absolute();
}

ledger::Instruction instruction(const App& app, const ledger::Item& item, const By& by, std::string reason) {
    const auto today = app.books.find(item.entity)->today(app.clock.now());
    return {.date = today, .cause = by.cause, .reason = std::move(reason), .event_key = by.event_key, .by = by.asked, .approved_by = by.approved};
}

Result<Answer> written(App& app, const std::function<Result<json::object>(store::Tx&)>& body) {
    json::object answer;
    auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(answer, body(tx));
        return {};
    });
    if (!done) return fail(std::move(done).error());
    return Answer{answer, true};
}

Status audit_item(App& app, store::Tx& tx, const By& by, const ledger::Item& item, std::string_view action, std::string_view reason) {
    audit::Act act;
    act.actor = by.actor;
    if (!by.approved.empty()) {
        act.on_behalf_of = by.asked;
        act.approval = by.cause.id;
    }
    act.entity = item.entity;
    act.action = action;
    act.object_kind = "item";
    act.object_id = std::to_string(item.id.value);
    act.reason = reason;
    return audit::append(tx, app.clock, act);
}

json::object posted_json(store::Tx& tx, OpenItemId id, Money moved, const ledger::Posted& posted, const By& by) {
    const auto item = ledger::item(tx, id);
    OWED_CHECK(item.has_value(), "an item that was posted to is there");
    const auto row = item->customer ? parties::find(tx, *item->customer) : std::nullopt;
    return {{"item", id.value}, {"entity", text(item->entity)}, {"document", text(item->document.empty() ? "R-" + std::to_string(id.value) : item->document)},
            {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"currency", currency(moved)}, {"amount", amount(moved)},
            {"residual", amount(item->residual)}, {"state", text(ledger::state_of(*item))}, {"entry", posted.entry.value},
            {"posting_date", date(posted.posting_date)}, {"by", text(by.asked)}, {"approved_by", maybe(by.approved)}};
}

json::object wanted_json(const ledger::Item& item, Money wanted, const std::string& why) {
    return {{"item", item.id.value}, {"amount", amount(wanted)}, {"currency", currency(wanted)}, {"why", text(why)}};
}

Result<WantedItem> wanted_item(store::Db& db, const json::object& wanted) {
    const OpenItemId id{wanted.at("item").as_int64()};
    auto item = ledger::item(db, id);
    if (!item) return fail(Errc::not_found, "there is no item " + std::to_string(id.value), "item", "see owectl items");
    OWED_TRY(const auto currency, find_currency(std::string{wanted.at("currency").as_string()}));
    OWED_TRY(const auto amount, amount_of(std::string{wanted.at("amount").as_string()}, currency, "amount"));
    return WantedItem{std::move(*item), amount, std::string{wanted.at("why").as_string()}};
}

}  // namespace owed::api::detail
