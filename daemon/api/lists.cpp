// Verbs that list: customers, items, receipts, applications, statements, the inbox.
#include "api/detail/acts.hpp"
#include "api/detail/rows_text.hpp"
#include "collect/levels.hpp"
#include "collect/promises.hpp"
#include "ledger/instalments.hpp"
#include "parties/each.hpp"

namespace owed::api::detail {
namespace {

std::string number_of(store::Db& db, const std::optional<CustomerId>& id, std::map<std::int64_t, std::string>& cache) {
    if (!id) return {};
    auto [at, fresh] = cache.try_emplace(id->value);
    if (fresh)
        if (auto row = parties::find(db, *id)) at->second = row->customer.number;
    return at->second;
}

/// The number people know: a document's own, or the receipt's, which is its item's.
std::string shown_document(const std::string& document, OpenItemId item) { return document.empty() ? "R-" + std::to_string(item.value) : document; }

struct Owed {
    Currency currency{};
    std::int64_t balance = 0, overdue = 0;
};
struct Standing {
    Owed first;
    std::vector<Owed> also;              ///< in further currencies; few customers have one
    int oldest_days = 0, level = 0;

    Owed& in(Currency currency) {
        if (first.currency == currency) return first;
        for (auto& one : also)
            if (one.currency == currency) return one;
        return also.emplace_back(Owed{currency, 0, 0});
    }
};

/// Balance and lateness of every customer, or of one, in one pass over the open items. The first currency is that of the first
/// open item; no amount is left out for being in another. `as_of` a day: as the items stood then; the level is today's.
std::map<std::int64_t, Standing> standings(store::Db& db, const App& app, std::optional<CustomerId> only = {}, std::optional<Date> as_of = {}) {
    std::map<std::int64_t, Standing> all;
    const auto levels = only ? collect::item_levels_of(db, *only) : collect::item_levels(db);
    ledger::ItemFilter filter;
    filter.customer = only;
    filter.as_of = as_of;
    filter.open_only = true;
    ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
        if (!item.customer) return;
        auto [at, fresh] = all.try_emplace(item.customer->value);
        auto& standing = at->second;
        if (fresh) standing.first.currency = item.residual.currency();
        auto& owed = standing.in(item.residual.currency());
        owed.balance += item.residual.units();
        const auto* entity = app.books.find(item.entity);
        const int days = entity == nullptr ? 0 : days_between(item.due_date, as_of.value_or(entity->today(app.clock.now())));
        if (item.residual.is_positive() && days > 0) {
            owed.overdue += item.residual.units();
            standing.oldest_days = std::max(standing.oldest_days, days);
        }
        if (const auto level = levels.find(item.id.value); level != levels.end()) standing.level = std::max(standing.level, level->second.level);
    });
    return all;
}

json::object customer_json(const parties::CustomerRow& row, const std::map<std::int64_t, Standing>& all, const App& app) {
    Standing standing;
    if (const auto at = all.find(row.id.value); at != all.end())
        standing = at->second;
    else if (const auto* entity = app.books.find(row.entity))
        standing.first.currency = entity->currency;
    auto& owed = standing.first;
    if (owed.currency.minor_digits == 0 && owed.currency.code[0] == 0) owed.currency = app.books.entities().front().currency;
    json::array also;
    for (const auto& one : standing.also)
        also.push_back(json::object{{"balance", amount(Money::minor(one.balance, one.currency))}, {"overdue", amount(Money::minor(one.overdue, one.currency))},
                                    {"currency", text(one.currency.text())}});
    const auto& who = row.customer;
    return {{"customer", text(who.number)}, {"entity", text(row.entity)}, {"name", text(who.name)}, {"language", maybe(who.language)},
            {"currency", text(owed.currency.text())}, {"balance", amount(Money::minor(owed.balance, owed.currency))},
            {"overdue", amount(Money::minor(owed.overdue, owed.currency))}, {"also", also}, {"oldest_days", standing.oldest_days},
            {"level", standing.level}, {"hold", row.hold ? json::value(text(row.hold_reason)) : json::value(nullptr)},
            {"terms", who.terms_days ? json::value(text("net " + std::to_string(*who.terms_days))) : json::value(nullptr)}};
}

Result<Answer> customers(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto entity = arguments.text("entity");
    OWED_TRY(const auto as_of, arguments.date("as_of"));
    OWED_TRY_VOID(arguments.done());
    return reading_text(app, [&](store::Db& db) -> Result<std::string> {
        const auto all = standings(db, app, {}, as_of);
        RowsText list{"customers"};
        parties::each(db, entity, [&](const parties::CustomerRow& row) { list.add(customer_json(row, all, app)); });
        return list.end({{"as_of", date(as_of.value_or(today(app)))}});
    });
}

/// What is open of a customer, by currency and kind of item: {"EUR": {"invoice": "100.00", "receipt": "-20.00"}}.
json::object open_by_kind(store::Db& db, const App& app, CustomerId id) {
    std::map<std::string, std::map<std::string, Money>> sums;
    ledger::ItemFilter filter;
    filter.customer = id;
    filter.open_only = true;
    ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
        auto& sum = sums[std::string{item.residual.currency().text()}].try_emplace(std::string{ledger::name_of(item.kind)}, Money::zero(item.residual.currency())).first->second;
        sum = Money::minor(sum.units() + item.residual.units(), sum.currency());
    });
    json::object shown;
    for (const auto& [code, kinds] : sums) {
        json::object one;
        for (const auto& [kind, sum] : kinds) one[kind] = amount(sum);
        shown[code] = one;
    }
    return shown;
}

Result<Answer> customer_show(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto name, arguments.required("customer", "which customer"));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        OWED_TRY(auto row, find_customer(db, app.books, name));
        auto shown = customer_json(row, standings(db, app, row.id), app);
        const auto& who = row.customer;
        json::array lines, accounts;
        for (const auto& line : who.address.lines) lines.push_back(text(line));
        for (const auto& account : who.accounts) accounts.push_back(text(account_for(caller.roles, account)));
        shown["open_by_kind"] = open_by_kind(db, app, row.id);
        shown["email"] = maybe(who.email);
        shown["contact"] = maybe(who.contact_name);
        shown["address"] = json::object{{"lines", lines}, {"postcode", text(who.address.postcode)}, {"city", text(who.address.city)},
                                        {"region", text(who.address.region)}, {"country", text(who.address.country)}};
        shown["segment"] = maybe(who.segment);
        shown["channel"] = maybe(who.channel);
        shown["dunning_block"] = maybe(who.dunning_block);
        shown["parent"] = maybe(who.parent);
        shown["tax_id"] = maybe(who.tax_id);
        shown["accounts"] = accounts;
        json::array people;
        for (const auto& one : parties::contacts(db, row.id))
            people.push_back(json::object{{"contact", text(one.number)}, {"name", maybe(one.name)}, {"email", maybe(one.email)}, {"phone", maybe(one.phone)},
                                          {"role", maybe(one.role)}, {"language", maybe(one.language)}, {"no_email", one.no_email}});
        shown["contacts"] = people;
        return shown;
    });
}

Result<Answer> customer_set(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto name, arguments.required("customer", "which customer"));
    OWED_TRY(auto changes, arguments.texts("set"));
    OWED_TRY_VOID(arguments.done());
    if (changes.empty()) return fail(Errc::invalid_argument, "say what to set: FIELD=VALUE", "set");
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(auto row, find_customer(tx, app.books, name));
        for (const auto& change : changes) {
            const auto equals = change.find('=');
            if (equals == std::string::npos) return fail(Errc::invalid_argument, "\"" + change + "\" is not FIELD=VALUE", "set");
            OWED_TRY_VOID(parties::set(tx, app.clock, app.rng, caller.actor, row.id, change.substr(0, equals), change.substr(equals + 1)));
        }
        return {};
    }); !done) return fail(std::move(done).error());
    return customer_show(app, {{"customer", text(name)}}, caller);
}

Result<ledger::ItemKind> kind_named(const std::string& name) {
    using ledger::ItemKind;
    std::string known;
    for (auto kind : {ItemKind::invoice, ItemKind::credit_memo, ItemKind::debit_memo, ItemKind::finance_charge, ItemKind::receipt, ItemKind::deposit,
                      ItemKind::deduction, ItemKind::chargeback, ItemKind::erp_adjustment}) {
        if (ledger::name_of(kind) == name) return kind;
        known += (known.empty() ? "" : ", ") + std::string{ledger::name_of(kind)};
    }
    return fail(Errc::invalid_argument, "there is no kind \"" + name + "\" of an item", "kind", "kinds: " + known);
}

json::value promised_by(const std::map<std::int64_t, Date>& promised, OpenItemId item) {
    const auto at = promised.find(item.value);
    return at == promised.end() ? json::value(nullptr) : json::value(date(at->second));
}

Result<Answer> items(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    ledger::ItemFilter filter;
    filter.open_only = arguments.flag("open");
    filter.entity = arguments.text("entity");
    const auto customer = arguments.text("customer");
    OWED_TRY(filter.as_of, arguments.date("as_of"));
    OWED_TRY(filter.known_at, moment(arguments, "known_at"));
    const auto wanted_kind = arguments.text("kind");
    OWED_TRY_VOID(arguments.done());
    std::optional<ledger::ItemKind> kind;
    if (wanted_kind) {
        OWED_TRY(kind, kind_named(*wanted_kind));
    }
    return reading_text(app, [&](store::Db& db) -> Result<std::string> {
        if (customer) {
            OWED_TRY(auto row, find_customer(db, app.books, *customer));
            filter.customer = row.id;
        }
        const auto promised = collect::promised_items(db, filter.as_of.value_or(today(app)), filter.customer);
        const auto levels = filter.customer ? collect::item_levels_of(db, *filter.customer) : collect::item_levels(db);
        std::map<std::int64_t, std::string> numbers;
        RowsText list{"items"};
        ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
            if (kind && item.kind != *kind) return;
            const auto* entity = app.books.find(item.entity);
            const auto as_of = filter.as_of.value_or(entity == nullptr ? today(app) : entity->today(app.clock.now()));
            const auto level = levels.find(item.id.value);
            list.add(json::object{{"item", item.id.value}, {"entity", text(item.entity)}, {"customer", maybe(number_of(db, item.customer, numbers))},
                                        {"document", text(shown_document(item.document, item.id))}, {"kind", text(ledger::name_of(item.kind))},
                                        {"document_date", date(item.document_date)}, {"due_date", date(item.due_date)},
                                        {"currency", currency(item.original)}, {"original", amount(item.original)}, {"residual", amount(item.residual)},
                                        {"days_overdue", item.residual.is_positive() ? std::max(0, days_between(item.due_date, as_of)) : 0},
                                        {"state", text(ledger::state_of(item))}, {"dunning_level", level == levels.end() ? 0 : level->second.level},
                                        {"dispute", nullptr}, {"promise", promised_by(promised, item.id)}});
        });
        return list.end({{"as_of", date(filter.as_of.value_or(today(app)))}});
    });
}

json::object receipt_json(store::Db& db, const cash::Receipt& receipt, std::map<std::int64_t, std::string>& numbers) {
    return {{"receipt", text(receipt.number)}, {"entity", text(receipt.entity)}, {"account", text(receipt.account)},
            {"value_date", date(receipt.value_date)}, {"currency", currency(receipt.amount)}, {"amount", amount(receipt.amount)},
            {"unapplied", amount(receipt.unapplied)}, {"payer", maybe(receipt.payer_name)}, {"customer", maybe(number_of(db, receipt.customer, numbers))},
            {"text", text(receipt.text)}, {"state", text(cash::name_of(receipt.state))},
            {"source", json::object{{"connector", text(receipt.connector)}, {"artifact", text(receipt.artifact)}}},
            {"bank_reference", maybe(receipt.bank_reference)}, {"question", maybe(receipt.question)}};
}

bool is_receipt_state(std::string_view name) {
    using cash::State;
    for (auto state : {State::applied, State::partly, State::queued, State::unidentified, State::on_account, State::returned, State::not_receivable})
        if (cash::name_of(state) == name) return true;
    return false;
}

Result<Answer> receipts(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto state = arguments.text("state");
    OWED_TRY_VOID(arguments.done());
    if (state && !is_receipt_state(*state)) return fail(Errc::invalid_argument, "there is no state \"" + *state + "\" of a receipt", "state");
    return reading_text(app, [&](store::Db& db) -> Result<std::string> {
        std::map<std::int64_t, std::string> numbers;
        RowsText list{"receipts"};
        for (const auto& receipt : cash::receipts(db, state)) list.add(receipt_json(db, receipt, numbers));
        return list.end({{"as_of", date(today(app))}});
    });
}

json::value balance(const std::optional<Money>& value) { return value ? json::value(amount(*value)) : json::value(nullptr); }

/// A receipt ("R-17"), or an item as find_item knows it.
Result<std::vector<OpenItemId>> receipt_or_items(store::Db& db, const App& app, const std::string& name) {
    if (name.starts_with("R-"))
        if (const auto receipt = cash::receipt(db, name)) return std::vector{receipt->id};
    // All instalments of one document.
    for (const auto& entity : app.books.entities()) {
        std::vector<OpenItemId> parts;
        for (const auto& item : ledger::find_by_number(db, entity.id, name))
            if (item.instalment > 0) parts.push_back(item.id);
        if (parts.size() > 1) return parts;
    }
    OWED_TRY(const auto item, find_item(db, app, name));
    return std::vector{item.id};
}

std::vector<ledger::Application> applications_of(store::Db& db, std::optional<Date> since, const std::vector<OpenItemId>& items) {
    std::map<std::int64_t, ledger::Application> found;
    for (const auto id : items)
        for (auto& one : ledger::applications(db, since, id)) found.emplace(one.id.value, std::move(one));
    std::vector<ledger::Application> list;
    for (auto& [id, one] : found) list.push_back(std::move(one));
    return list;
}

Result<Answer> applications(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto since, arguments.date("since"));
    const auto name = arguments.text("item");
    OWED_TRY_VOID(arguments.done());
    return reading_text(app, [&](store::Db& db) -> Result<std::string> {
        std::optional<std::vector<OpenItemId>> only;
        if (name) {
            OWED_TRY(only, receipt_or_items(db, app, *name));
        }
        std::map<std::int64_t, std::string> numbers;
        RowsText list{"applications"};
        for (const auto& one : only ? applications_of(db, since, *only) : ledger::applications(db, since, {})) {
            const auto zero = Money::zero(one.amount.currency());
            list.add(json::object{{"application", one.id.value}, {"receipt", text(shown_document(one.credit_document, one.credit))}, {"item", one.debit.value},
                                        {"document", text(one.debit_document)}, {"customer", maybe(number_of(db, one.customer, numbers))},
                                        {"currency", currency(one.amount)}, {"amount", amount(one.amount)}, {"discount", amount(one.discount.value_or(zero))},
                                        {"write_off", amount(one.write_off.value_or(zero))}, {"fx", balance(one.fx)},
                                        {"tolerance", amount(one.tolerance.value_or(zero))}, {"bank_charge", amount(one.bank_charge.value_or(zero))},
                                        {"withholding", amount(one.withholding.value_or(zero))}, {"deduction", amount(one.deduction.value_or(zero))},
                                        {"deduction_item", one.deduction_item ? json::value(one.deduction_item->value) : json::value(nullptr)},
                                        {"credit_amount", balance(one.credit_amount)},
                                        {"stage", text(one.stage)}, {"confidence", one.confidence},
                                        {"reason", text(one.reason)}, {"by", text(one.by)}, {"at", text(to_text(one.at))}, {"date", date(one.date)},
                                        {"in_flight", one.in_flight}, {"undone", date(one.undone)}});
        }
        return list.end({{"as_of", date(today(app))}});
    });
}

Result<Answer> bank_statements(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : intake::bank_statements(db))
            list.push_back(json::object{{"entity", text(one.entity)}, {"account", text(one.account)}, {"statement", text(one.id)}, {"sequence", maybe(one.sequence)},
                                        {"currency", text(one.currency)}, {"from", date(one.from)}, {"to", date(one.to)}, {"opening", balance(one.opening)},
                                        {"closing", balance(one.closing)}, {"entries", one.entries}, {"artifact", text(one.artifact)}, {"state", text(one.state)},
                                        {"warning", maybe(one.warning)}});
        return json::object{{"bank-statements", list}, {"as_of", date(today(app))}};
    });
}

json::object artifact_json(const intake::Artifact& one) {
    json::array warnings;
    for (const auto& warning : one.warnings) warnings.push_back(json::object{{"where", text(warning.where)}, {"what", text(warning.what)}});
    return {{"artifact", one.id.value}, {"connector", text(one.connector)}, {"entity", maybe(one.entity)}, {"name", text(one.name)},
            {"format", maybe(one.format)}, {"verdict", text(one.verdict)}, {"state", text(one.state)}, {"reason", maybe(one.reason)},
            {"received_at", text(to_text(one.received_at))}, {"size_bytes", one.size}, {"sha256", text(one.sha256)}, {"records", one.records},
            {"applied", one.applied}, {"duplicates", one.duplicates}, {"rejected", one.rejected}, {"deliveries", one.deliveries}, {"warnings", warnings}};
}

Result<Answer> inbox(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : intake::artifacts(db)) list.push_back(artifact_json(one));
        return json::object{{"inbox", list}, {"as_of", date(today(app))}};
    });
}

Result<ArtifactId> artifact_id(Arguments& arguments) {
    OWED_TRY(auto id, arguments.integer("artifact"));
    if (!id) return fail(Errc::invalid_argument, "say which artifact", "artifact", "see owectl inbox");
    return ArtifactId{*id};
}

Result<Answer> inbox_show(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto id, artifact_id(arguments));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto found = intake::artifact(db, id);
        if (!found) return fail(Errc::not_found, "there is no artifact " + std::to_string(id.value), {}, "see owectl inbox");
        return artifact_json(*found);
    });
}

Result<Connector*> connector_of(App& app, ArtifactId id, std::string_view verb) {
    if (app.hosts == nullptr || app.intake == nullptr) return needs_daemon(verb);
    std::string name;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        const auto found = intake::artifact(db, id);
        if (!found) return fail(Errc::not_found, "there is no artifact " + std::to_string(id.value), {}, "see owectl inbox");
        name = found->connector;
        return {};
    }));
    auto* connector = app.hosts->find(name);
    if (connector == nullptr) return fail(Errc::not_found, "connector " + name + ", which brought this artifact, is not configured any more");
    return connector;
}

Result<Answer> inbox_release(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, artifact_id(arguments));
    OWED_TRY(auto why, arguments.required("why", "why it may be posted: --why W"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(auto* connector, connector_of(app, id, "inbox release"));
    OWED_TRY_VOID(app.intake->release(*connector, id, caller.actor, why));
    return inbox_show(app, {{"artifact", id.value}}, caller);
}

Result<Answer> inbox_replay(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, artifact_id(arguments));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(auto* connector, connector_of(app, id, "inbox replay"));
    OWED_TRY_VOID(app.intake->replay(*connector, id, caller.actor));
    return inbox_show(app, {{"artifact", id.value}}, caller);
}

Result<Answer> rejects(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : intake::rejects(db))
            list.push_back(json::object{{"artifact", one.artifact.value}, {"connector", text(one.connector)}, {"name", text(one.name)},
                                        {"where", text(one.where)}, {"what", text(one.what)}, {"raw", maybe(one.raw)}});
        return json::object{{"rejects", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb list_table[] = {
    {"customers", false, true, "", customers},
    {"customer show", false, true, "", customer_show},
    {"customer set", true, false, "collector|supervisor", customer_set},
    {"items", false, true, "", items},
    {"receipts", false, true, "", receipts},
    {"applications", false, true, "", applications},
    {"bank-statements", false, true, "", bank_statements},
    {"inbox", false, true, "", inbox},
    {"inbox show", false, true, "", inbox_show},
    {"inbox release", true, false, "supervisor|cash_applier", inbox_release},
    {"inbox replay", true, false, "supervisor|cash_applier|integrator", inbox_replay},
    {"rejects", false, true, "", rejects},
};

}  // namespace

std::span<const Verb> list_verbs() { return list_table; }

}  // namespace owed::api::detail
