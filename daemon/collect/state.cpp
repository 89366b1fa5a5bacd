// What collection remembers: levels of items, the last notice to a customer, placements; and the snapshot it decides on.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "collect/levels.hpp"
#include "collect/promises.hpp"

namespace owed::collect {
namespace {

constexpr std::string_view tables = R"sql(
CREATE TABLE dunning_item (
  item             INTEGER PRIMARY KEY,
  level            INTEGER NOT NULL CHECK (level >= 0),
  last_level_count INTEGER NOT NULL DEFAULT 0 CHECK (last_level_count >= 0),
  last_notice      INTEGER
) STRICT;
CREATE TABLE dunning_customer (
  customer    INTEGER PRIMARY KEY,
  last_notice INTEGER,
  under_way   INTEGER NOT NULL DEFAULT 0 CHECK (under_way IN (0, 1))
) STRICT;
CREATE TABLE placement (
  placement TEXT NOT NULL,
  item      INTEGER NOT NULL,
  entity    TEXT NOT NULL,
  customer  INTEGER NOT NULL,
  document  TEXT NOT NULL,
  state     TEXT NOT NULL,
  placed_on INTEGER NOT NULL,
  amount    INTEGER NOT NULL CHECK (amount > 0),
  currency  TEXT NOT NULL,
  PRIMARY KEY (placement, item)
) STRICT;
CREATE UNIQUE INDEX placement_of_item ON placement (item);
CREATE TABLE dunning_run (
  id          INTEGER PRIMARY KEY,
  entity      TEXT NOT NULL,
  as_of       INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('awaiting_approval', 'approved', 'done', 'held')),
  started_by  TEXT NOT NULL,
  approved_by TEXT NOT NULL DEFAULT '',
  notices     INTEGER NOT NULL,
  waits       INTEGER NOT NULL,
  stops       INTEGER NOT NULL,
  escalations INTEGER NOT NULL,
  policy_hash TEXT NOT NULL,
  reason      TEXT NOT NULL,
  UNIQUE (entity, as_of)
) STRICT;
)sql";

struct Remembered {
    int level = 0, count = 0;
    std::optional<Date> last;
};

std::optional<Date> maybe_date(const store::Query& query, int column) {
    if (query.is_null(column)) return {};
    return Date::from_days(static_cast<std::int32_t>(query.integer(column)));
}

/// What is remembered of all, or of one customer alone: a notice that goes out asks for one, ten thousand times a run.
std::unordered_map<std::int64_t, Remembered> remembered_items(store::Db& db, std::optional<CustomerId> only) {
    std::unordered_map<std::int64_t, Remembered> all;
    auto query = only ? db.query("SELECT d.item, d.level, d.last_level_count, d.last_notice FROM open_item i CROSS JOIN dunning_item d "
                                 "WHERE d.item = i.id AND i.customer = ?")
                      : db.query("SELECT item, level, last_level_count, last_notice FROM dunning_item");
    if (only) query.bind(only->value);
    while (query.step())
        all.emplace(query.integer(0), Remembered{static_cast<int>(query.integer(1)), static_cast<int>(query.integer(2)),
                                                 maybe_date(query, 3)});
    return all;
}

struct CustomerMemory {
    std::optional<Date> last;
    bool under_way = false;
};
std::unordered_map<std::int64_t, CustomerMemory> remembered_customers(store::Db& db, std::optional<CustomerId> only) {
    std::unordered_map<std::int64_t, CustomerMemory> all;
    auto query = only ? db.query("SELECT customer, last_notice, under_way FROM dunning_customer WHERE customer = ?")
                      : db.query("SELECT customer, last_notice, under_way FROM dunning_customer");
    if (only) query.bind(only->value);
    while (query.step()) all.emplace(query.integer(0), CustomerMemory{maybe_date(query, 1), query.integer(2) != 0});
    return all;
}

std::unordered_set<std::int64_t> placed_items(store::Db& db, std::optional<CustomerId> only) {
    std::unordered_set<std::int64_t> all;
    auto query = only ? db.query("SELECT p.item FROM open_item i CROSS JOIN placement p WHERE p.item = i.id AND p.state = 'placed' AND i.customer = ?")
                      : db.query("SELECT item FROM placement WHERE state = 'placed'");
    if (only) query.bind(only->value);
    while (query.step()) all.insert(query.integer(0));
    return all;
}

CustomerSnapshot blank(const parties::CustomerRow& row) {
    const auto& who = row.customer;
    CustomerSnapshot snapshot;
    snapshot.id = row.id;
    snapshot.entity = row.entity;
    snapshot.number = who.number;
    snapshot.name = who.name;
    snapshot.language = who.language;
    snapshot.email = who.email;
    snapshot.segment = who.segment;
    snapshot.has_postal_address = !who.address.city.empty() && !who.address.lines.empty();
    snapshot.preferred_channel = who.channel;
    snapshot.dunning_block = who.dunning_block;
    snapshot.hold = row.hold;
    snapshot.hold_reason = row.hold_reason;
    return snapshot;
}

void add_credit(CustomerSnapshot& snapshot, Money residual) {
    const auto credit = residual.absolute();
    auto [at, fresh] = snapshot.unapplied.try_emplace(std::string{credit.currency().text()}, credit);
    if (!fresh) at->second = Money::minor(at->second.units() + credit.units(), credit.currency());
}

}  // namespace

constexpr std::string_view order_tables = R"sql(
CREATE TABLE sales_order (
  id          INTEGER PRIMARY KEY,
  connector   TEXT NOT NULL,
  entity      TEXT NOT NULL,
  number      TEXT NOT NULL CHECK (number <> ''),
  external_id TEXT NOT NULL CHECK (external_id <> ''),
  customer    INTEGER NOT NULL REFERENCES customer (id),
  order_date  INTEGER,
  amount      INTEGER,
  currency    TEXT NOT NULL,
  status      TEXT NOT NULL,
  awaiting    INTEGER NOT NULL CHECK (awaiting IN (0, 1)),
  on_hold     INTEGER NOT NULL CHECK (on_hold IN (0, 1)),
  decision    TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'hold', 'release')),
  decided_by  TEXT NOT NULL DEFAULT '',
  why         TEXT NOT NULL DEFAULT '',
  until       INTEGER,
  changed_at  INTEGER NOT NULL,
  CHECK ((decision = '') = (decided_by = '')),
  UNIQUE (connector, number)
) STRICT;
CREATE INDEX sales_order_customer ON sales_order (customer);
)sql";

constexpr std::string_view promise_tables = R"sql(
CREATE TABLE promise (
  id        INTEGER PRIMARY KEY,
  entity    TEXT NOT NULL,
  customer  INTEGER NOT NULL REFERENCES customer (id),
  amount    INTEGER NOT NULL CHECK (amount > 0),
  currency  TEXT NOT NULL,
  made_on   INTEGER NOT NULL,
  by_day    INTEGER NOT NULL CHECK (by_day >= made_on),
  any_item  INTEGER NOT NULL CHECK (any_item IN (0, 1)),
  state     TEXT NOT NULL CHECK (state IN ('open', 'kept', 'lapsed', 'cancelled')),
  made_by   TEXT NOT NULL,
  why       TEXT NOT NULL CHECK (why <> ''),
  ended_on  INTEGER,
  ended_by  TEXT NOT NULL DEFAULT '',
  ended_why TEXT NOT NULL DEFAULT '',
  CHECK ((state = 'open') = (ended_on IS NULL))
) STRICT;
CREATE INDEX promise_customer ON promise (customer, state);
CREATE INDEX promise_open ON promise (by_day) WHERE state = 'open';
CREATE TABLE promise_item (
  promise INTEGER NOT NULL REFERENCES promise (id),
  item    INTEGER NOT NULL,
  PRIMARY KEY (promise, item)
) STRICT;
CREATE INDEX promise_item_item ON promise_item (item);
CREATE TABLE promise_payment (
  promise     INTEGER NOT NULL REFERENCES promise (id),
  application INTEGER NOT NULL,
  amount      INTEGER NOT NULL CHECK (amount > 0),
  PRIMARY KEY (promise, application)
) STRICT;
CREATE INDEX promise_payment_application ON promise_payment (application);
)sql";

std::vector<store::Migration> migrations() {
    return {{50, "collect: dunning levels, placements, runs", tables}, {51, "collect: orders", order_tables}, {52, "collect: promises to pay", promise_tables}};
}

std::vector<CustomerSnapshot> snapshot(store::Db& db, const ledger::Books& books, const std::string& entity, Date as_of,
                                       const std::vector<OpenItemId>& in_question, std::optional<CustomerId> only_customer) {
    const auto items_memory = remembered_items(db, only_customer);
    const auto customers_memory = remembered_customers(db, only_customer);
    const auto placed = placed_items(db, only_customer);
    const auto promised = promised_items(db, as_of, only_customer);
    std::unordered_set<std::int64_t> questioned;
    for (auto item : in_question) questioned.insert(item.value);

    std::unordered_map<std::int64_t, CustomerSnapshot> by_customer;
    std::vector<std::int64_t> order;
    ledger::ItemFilter filter;
    filter.entity = entity;
    filter.customer = only_customer;
    filter.open_only = true;
    // Which items are late is a matter of the asked day; what is left of them is today's: a missed run that is caught up does
    // not chase for what was paid since (SIMULATION I20).
    ledger::each_item(db, books, filter, [&](const ledger::Item& item) {
        if (!item.customer || (item.residual.is_positive() && item.posting_date > as_of)) return;
        auto at = by_customer.find(item.customer->value);
        if (at == by_customer.end()) {
            auto row = parties::find(db, *item.customer);
            OWED_CHECK(row.has_value(), "an open item names a customer that is not there");
            auto fresh = blank(*row);
            if (auto memory = customers_memory.find(item.customer->value); memory != customers_memory.end()) {
                fresh.last_notice = memory->second.last;
                fresh.notice_under_way = memory->second.under_way;
            }
            at = by_customer.emplace(item.customer->value, std::move(fresh)).first;
            order.push_back(item.customer->value);
        }
        auto& customer = at->second;
        if (item.residual.is_negative()) return add_credit(customer, item.residual);
        if (placed.contains(item.id.value)) {
            customer.placed = true;
            return;
        }
        DueItem due{.item = item.id, .kind = item.kind, .document = item.document, .document_date = item.document_date,
                    .due_date = item.due_date, .original = item.original, .residual = item.residual, .level = 0,
                    .last_level_count = 0, .last_notice = {}, .in_flight = item.in_flight,
                    .in_question = questioned.contains(item.id.value), .disputed = false};
        if (auto memory = items_memory.find(item.id.value); memory != items_memory.end()) {
            due.level = memory->second.level;
            due.last_level_count = memory->second.count;
            due.last_notice = memory->second.last;
            // At cut-over only items know their last notice; the customer's is the latest of them.
            if (memory->second.last && (!customer.last_notice || *customer.last_notice < *memory->second.last))
                customer.last_notice = memory->second.last;
        }
        if (const auto until = promised.find(item.id.value); until != promised.end()) due.promised = until->second;
        customer.items.push_back(std::move(due));
    });

    std::vector<CustomerSnapshot> result;
    for (auto id : order)
        if (auto& customer = by_customer.at(id); !customer.items.empty()) result.push_back(std::move(customer));
    std::sort(result.begin(), result.end(), [](auto& a, auto& b) { return a.number < b.number; });
    return result;
}

Status set_cutover_level(store::Tx& tx, OpenItemId item, int level, std::optional<Date> last_notice) {
    if (level < 0) return fail(Errc::invalid_argument, "a dunning level is not negative");
    std::optional<std::int64_t> day;
    if (last_notice) day = last_notice->days();
    tx.query("INSERT INTO dunning_item (item, level, last_level_count, last_notice) VALUES (?, ?, ?, ?) "
             "ON CONFLICT (item) DO NOTHING")
        .bind(item.value, level, level > 0 ? 1 : 0, day)
        .run();
    return {};
}

Status record_sent(store::Tx& tx, const Decision& decision, Date sent_on) {
    auto query = tx.query(
        "INSERT INTO dunning_item (item, level, last_level_count, last_notice) VALUES (?, ?, 1, ?) "
        "ON CONFLICT (item) DO UPDATE SET last_level_count = CASE WHEN excluded.level > level THEN 1 ELSE last_level_count + 1 END, "
        "level = CASE WHEN excluded.level > level THEN excluded.level ELSE level END, last_notice = excluded.last_notice");
    for (const auto& item : decision.items) query.bind(item.item.value, item.level, sent_on.days()).run();
    tx.query("INSERT INTO dunning_customer (customer, last_notice, under_way) VALUES (?, ?, 0) "
             "ON CONFLICT (customer) DO UPDATE SET last_notice = excluded.last_notice, under_way = 0")
        .bind(decision.customer.value, sent_on.days())
        .run();
    return {};
}

Status set_notice_under_way(store::Tx& tx, CustomerId customer, bool under_way) {
    tx.query("INSERT INTO dunning_customer (customer, last_notice, under_way) VALUES (?, NULL, ?) "
             "ON CONFLICT (customer) DO UPDATE SET under_way = excluded.under_way")
        .bind(customer.value, under_way)
        .run();
    return {};
}

namespace {

std::map<std::int64_t, ItemDunning> levels(store::Db& db, std::optional<CustomerId> only) {
    std::map<std::int64_t, ItemDunning> all;
    for (const auto& [item, memory] : remembered_items(db, only)) all[item] = {memory.level, memory.last};
    return all;
}

}  // namespace

std::map<std::int64_t, ItemDunning> item_levels(store::Db& db) { return levels(db, {}); }
std::map<std::int64_t, ItemDunning> item_levels_of(store::Db& db, CustomerId customer) { return levels(db, customer); }


Status record_placed(store::Tx& tx, Clock&, const Decision& decision, const std::string& placement, Date on) {
    auto insert = tx.query("INSERT INTO placement (placement, item, entity, customer, document, state, placed_on, amount, currency) "
                           "VALUES (?, ?, ?, ?, ?, 'placed', ?, ?, ?)");
    for (const auto& item : decision.items)
        insert.bind(placement, item.item.value, decision.entity, decision.customer.value, item.document, on.days(),
                    item.residual.units(), item.residual.currency().text())
            .run();
    return {};
}

std::vector<Placement> placements(store::Db& db) {
    std::vector<Placement> all;
    auto query = db.query("SELECT placement, entity, document, state, customer, item, placed_on, amount, currency "
                          "FROM placement ORDER BY placed_on, placement, item");
    while (query.step())
        all.push_back({query.text(0), query.text(1), query.text(2), query.text(3), CustomerId{query.integer(4)},
                       OpenItemId{query.integer(5)}, Date::from_days(static_cast<std::int32_t>(query.integer(6))),
                       store::money_at(query, 7, 8)});
    return all;
}

}  // namespace owed::collect
