// Verbs of the books: trial balance, journal, verification, aging, the audit trail.
#include "api/detail/acts.hpp"
#include "cash/erp_writes.hpp"
#include "ledger/follow_ups.hpp"

namespace owed::api::detail {
namespace {

std::string units(std::int64_t value, std::string_view code) {
    const auto found = find_currency(code);
    return minor_to_text(value, found ? found->minor_digits : 2);
}

Result<Answer> trial_balance(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto entity = arguments.text("entity");
    OWED_TRY(auto as_of, arguments.date("as_of"));
    OWED_TRY(const auto known_at, moment(arguments, "known_at"));
    OWED_TRY_VOID(arguments.done());
    const auto day = as_of.value_or(today(app));
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list, totals;
        std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>> sums;
        for (const auto& row : ledger::trial_balance(db, entity, day, known_at)) {
            const auto* owner = app.books.find(row.entity);
            auto& [debit, credit] = sums[{row.entity, row.currency}];
            OWED_CHECK(!__builtin_add_overflow(debit, row.debit, &debit) && !__builtin_add_overflow(credit, row.credit, &credit), "a turnover is beyond 64 bits");
            list.push_back(json::object{{"entity", text(row.entity)}, {"account", text(row.account)}, {"name", text(app.books.account_name(row.entity, row.account))},
                                        {"currency", text(row.currency)}, {"debit", text(units(row.debit, row.currency))}, {"credit", text(units(row.credit, row.currency))},
                                        {"balance", text(units(row.debit - row.credit, row.currency))},
                                        {"functional", text(units(row.functional, owner == nullptr ? row.currency : std::string{owner->currency.text()}))}});
        }
        for (const auto& [of, sum] : sums)
            totals.push_back(json::object{{"entity", text(of.first)}, {"currency", text(of.second)}, {"debit", text(units(sum.first, of.second))},
                                          {"credit", text(units(sum.second, of.second))}, {"balance", text(units(sum.first - sum.second, of.second))}});
        return json::object{{"as_of", date(day)}, {"accounts", list}, {"totals", totals}};
    });
}

json::object line_json(const ledger::Line& line) {
    const auto side = [](Money money, bool debit) { return amount(money.is_negative() == debit ? Money::zero(money.currency()) : money.absolute()); };
    return {{"account", text(line.account)}, {"currency", currency(line.amount)}, {"debit", side(line.amount, true)}, {"credit", side(line.amount, false)},
            {"functional_debit", side(line.functional, true)}, {"functional_credit", side(line.functional, false)},
            {"item", line.item ? json::value(line.item->value) : json::value(nullptr)}};
}

Result<Answer> journal(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto since, arguments.date("since"));
    OWED_TRY(auto limit, arguments.integer("limit"));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& row : ledger::journal(db, app.books, since, static_cast<std::size_t>(std::max<std::int64_t>(limit.value_or(100'000), 1)))) {
            json::array lines;
            for (const auto& line : row.entry.lines) lines.push_back(line_json(line));
            list.push_back(json::object{{"entry", row.id.value}, {"entity", text(row.entry.entity)}, {"gl_date", date(row.entry.posting_date)},
                                        {"document_date", date(row.entry.document_date)},
                                        {"cause", json::object{{"kind", text(row.entry.cause.kind)}, {"id", text(row.entry.cause.id)}}},
                                        {"reason", text(row.entry.reason)}, {"recorded_at", text(to_text(row.recorded_at))}, {"lines", lines}});
        }
        return json::object{{"entries", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> verify(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    Answer answer;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        const auto done = ledger::verify(db, app.books);
        json::array differences;
        for (const auto& difference : done.differences) differences.push_back(text(difference.what));
        for (const auto& difference : cash::erp_differences(db)) differences.push_back(text(difference));
        answer.ok = differences.empty();
        answer.json = json::object{{"ok", answer.ok}, {"entries", done.entries}, {"lines", done.lines}, {"items", done.items},
                                   {"applications", done.applications}, {"differences", differences}};
        return {};
    }));
    return answer;
}

json::object by_currency(const std::map<std::string, std::int64_t>& amounts) {
    json::object shown;
    for (const auto& [code, value] : amounts) shown[code] = text(units(value, code));
    return shown;
}

/// A row as text: a hundred thousand of them as a tree of values would be a quarter of a gigabyte.
void add_aging_row(std::string& out, const report::AgingRow& row, const std::vector<std::string>& names) {
    const auto currency = find_currency(row.currency);
    const auto digits = currency ? currency->minor_digits : std::uint8_t{2};
    const auto member = [&](std::string_view name, std::int64_t value) {
        out.append(",\"").append(name).append("\":\"").append(minor_to_text(value, digits)).push_back('"');
    };
    const auto said = [](const std::string& value) { return value.empty() ? std::string{"null"} : json::serialize(json::string_view{value}); };
    out.append("{\"customer\":").append(said(row.customer)).append(",\"name\":").append(said(row.name));
    out.append(",\"currency\":\"").append(row.currency).push_back('"');
    for (std::size_t i = 0; i < names.size(); ++i) member(names[i], row.buckets.empty() ? 0 : row.buckets[i]);
    member("credits", row.credits);
    member("disputed", row.disputed);
    member("total", row.total);
    out.push_back('}');
}

std::string aging_text(const report::Aging& aging) {
    constexpr std::size_t bytes_of_a_row = 240;   // about
    const auto names = report::bucket_names(aging.edges);
    const auto add_rows = [&](std::string& out, const std::vector<report::AgingRow>& rows) {
        for (const auto& row : rows) {
            if (&row != &rows.front()) out.push_back(',');
            add_aging_row(out, row, names);
        }
    };
    json::array edges;
    for (int edge : aging.edges) edges.push_back(edge);
    auto out = json::serialize(json::object{{"as_of", date(aging.as_of)}, {"entity", text(aging.entity)},
                                            {"currency", aging.totals.size() == 1 ? json::value(text(aging.totals.front().currency)) : json::value(nullptr)},
                                            {"edges", edges}, {"basis", "due_date"}});
    const auto tail = json::serialize(json::object{{"control_account", by_currency(aging.control_account)},
                                                   {"difference", by_currency(aging.difference)}});
    out.reserve(out.size() + tail.size() + 32 + aging.rows.size() * bytes_of_a_row);
    out.back() = ',';
    out += "\"rows\":[";
    add_rows(out, aging.rows);
    out += "],\"totals\":[";
    add_rows(out, aging.totals);
    return out.append("],").append(tail, 1);
}

/// What was posted into the days until `as_of` after they were over: why the report of then shows other figures today. With
/// `known_at`: of what was recorded until then.
json::array late_json(store::Db& db, const ledger::Entity& entity, Date as_of, std::optional<Instant> known_at) {
    const auto over = entity.zone.instant_of(as_of.plus_days(1), 0);
    json::array list;
    if (known_at && *known_at <= over) return list;
    for (const auto& late : ledger::late_sums(db, entity.id, as_of, Instant{over.micros - 1}, known_at)) {
        const auto row = late.customer ? parties::find(db, *late.customer) : std::nullopt;
        list.push_back(json::object{{"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"currency", text(late.currency)},
                                    {"amount", text(units(late.amount, late.currency))}, {"entries", late.entries}});
    }
    return list;
}

Result<Answer> aging(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("entity");
    OWED_TRY(auto as_of, arguments.date("as_of"));
    OWED_TRY(const auto known_at, moment(arguments, "known_at"));
    OWED_TRY_VOID(arguments.done());
    Answer answer;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        std::string reports;
        int count = 0;
        for (const auto& entity : app.books.entities()) {
            if (name && entity.id != *name) continue;
            const auto day = as_of.value_or(entity.today(app.clock.now()));
            const auto done = report::aging(db, app.books, {entity.id, day, known_at, {30, 60, 90}}, app.figures.get());
            for (const auto& [code, difference] : done.difference) answer.ok = answer.ok && difference == 0;
            if (count++ > 0) reports += ",";
            reports += aging_text(done);
            reports.back() = ',';
            reports.append("\"late\":").append(json::serialize(late_json(db, entity, day, known_at))).push_back('}');
        }
        if (count == 0) return fail(Errc::not_found, "there is no entity " + name.value_or(""), "entity");
        // One entity: the report itself. Several: the same keys for each, under "reports".
        answer.text = count == 1 ? std::move(reports) : "{\"as_of\":\"" + to_text(as_of.value_or(today(app))) + "\",\"reports\":[" + reports + "]}";
        return {};
    }));
    return answer;
}

Result<Answer> audit_verify(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    Answer answer;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        const auto done = audit::verify(db);
        answer.ok = done.bad_seq == 0 && done.what.empty();
        answer.json = json::object{{"ok", answer.ok}, {"records", done.records}, {"bad_seq", done.bad_seq == 0 ? json::value(nullptr) : json::value(done.bad_seq)},
                                   {"what", maybe(done.what)}, {"head", text(done.head)}};
        return {};
    }));
    return answer;
}

Result<Answer> audit_list(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto since = arguments.text("since");
    OWED_TRY_VOID(arguments.done());
    std::optional<Instant> from;
    if (since) {
        auto parsed = parse_instant(since->size() == 10 ? *since + "T00:00:00Z" : *since);
        if (!parsed) return fail(Errc::invalid_argument, parsed.error().what, "since");
        from = *parsed;
    }
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : audit::list(db, from, 10'000))
            list.push_back(json::object{{"seq", one.seq}, {"at", text(to_text(one.at))}, {"actor", text(audit::to_text(one.act.actor))}, {"entity", maybe(one.act.entity)},
                                        {"action", text(one.act.action)}, {"object", text(one.act.object_kind + " " + one.act.object_id)},
                                        {"reason", maybe(one.act.reason)}, {"on_behalf_of", maybe(one.act.on_behalf_of)}, {"approval", maybe(one.act.approval)},
                                        {"hash", text(one.hash)}});
        return json::object{{"audit", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb ledger_table[] = {
    {"ledger trial-balance", false, true, "", trial_balance},
    {"ledger verify", false, true, "", verify},
    {"journal", false, true, "", journal},
    {"report aging", false, true, "", aging},
    {"audit verify", false, true, "", audit_verify},
    {"audit list", false, true, "", audit_list},
};

}  // namespace

std::span<const Verb> ledger_verbs() { return ledger_table; }

}  // namespace owed::api::detail
