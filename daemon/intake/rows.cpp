// Artifacts, rejects and statements as rows.
#include <boost/json.hpp>

#include "intake/detail/rows.hpp"

namespace owed::intake {
namespace {

namespace json = boost::json;

constexpr std::string_view tables = R"sql(
CREATE TABLE artifact (
  id          INTEGER PRIMARY KEY,
  connector   TEXT NOT NULL,
  entity      TEXT NOT NULL,
  name        TEXT NOT NULL,
  sha256      TEXT NOT NULL,
  size        INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  bytes       BLOB,
  file        TEXT,
  format      TEXT NOT NULL,
  verdict     TEXT NOT NULL CHECK (verdict IN ('accept', 'warn', 'quarantine', 'reject')),
  state       TEXT NOT NULL CHECK (state IN ('taken', 'quarantined', 'rejected', 'released')),
  reason      TEXT NOT NULL,
  warnings    TEXT NOT NULL,
  records     INTEGER NOT NULL DEFAULT 0,
  applied     INTEGER NOT NULL DEFAULT 0,
  duplicates  INTEGER NOT NULL DEFAULT 0,
  rejected    INTEGER NOT NULL DEFAULT 0,
  ignored     INTEGER NOT NULL DEFAULT 0,
  deliveries  INTEGER NOT NULL DEFAULT 1,
  CHECK (bytes IS NOT NULL OR file IS NOT NULL),
  CHECK (records = applied + duplicates + rejected + ignored),
  UNIQUE (connector, sha256)
) STRICT;
CREATE TABLE reject (
  artifact INTEGER NOT NULL REFERENCES artifact (id),
  place    TEXT NOT NULL,
  what     TEXT NOT NULL,
  raw      TEXT NOT NULL
) STRICT;
CREATE INDEX reject_artifact ON reject (artifact);
CREATE TABLE bank_statement (
  id        INTEGER PRIMARY KEY,
  entity    TEXT NOT NULL,
  account   TEXT NOT NULL,
  statement TEXT NOT NULL,
  sequence  TEXT NOT NULL,
  currency  TEXT NOT NULL,
  from_date INTEGER,
  to_date   INTEGER,
  opening   INTEGER,
  closing   INTEGER,
  entries   INTEGER NOT NULL,
  artifact  INTEGER NOT NULL REFERENCES artifact (id)
) STRICT;
CREATE INDEX bank_statement_account ON bank_statement (account, to_date);
CREATE TABLE bank_line (
  key       TEXT PRIMARY KEY,
  statement INTEGER NOT NULL REFERENCES bank_statement (id),
  outcome   TEXT NOT NULL CHECK (outcome IN ('receipt', 'return', 'outgoing')),
  amount    INTEGER NOT NULL
) STRICT;
CREATE TABLE connector_cursor (
  connector TEXT PRIMARY KEY,
  cursor    TEXT NOT NULL
) STRICT;
CREATE TABLE connector_state (
  connector TEXT NOT NULL,
  key       TEXT NOT NULL,
  value     TEXT NOT NULL,
  PRIMARY KEY (connector, key)
) STRICT;
CREATE TABLE connector_run (
  connector TEXT PRIMARY KEY,
  last_run  INTEGER NOT NULL,
  error     TEXT NOT NULL
) STRICT;
)sql";

// Lines built anew (see ledger/schema_anew.cpp for why): by their key alone, which is kept once.
constexpr std::string_view lines_anew = R"sql(
CREATE TABLE bank_line_anew (
  key       TEXT PRIMARY KEY,
  statement INTEGER NOT NULL REFERENCES bank_statement (id),
  outcome   TEXT NOT NULL CHECK (outcome = 'receipt' OR outcome = 'return' OR outcome = 'outgoing'),
  amount    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO bank_line_anew (key, statement, outcome, amount) SELECT key, statement, outcome, amount FROM bank_line ORDER BY key;
DROP TABLE bank_line;
ALTER TABLE bank_line_anew RENAME TO bank_line;
)sql";

// So that a sync knows whether a person has set the cursor since it began, also where that left the same text.
constexpr std::string_view cursor_resets = "ALTER TABLE connector_cursor ADD COLUMN resets INTEGER NOT NULL DEFAULT 0;";

constexpr std::string_view artifact_columns =
    "SELECT id, connector, entity, name, sha256, state, format, reason, verdict, received_at, size, records, applied, duplicates, "
    "rejected, deliveries, warnings FROM artifact ";

Artifact artifact_from(const store::Query& query) {
    Artifact artifact;
    artifact.id = ArtifactId{query.integer(0)};
    artifact.connector = query.text(1);
    artifact.entity = query.text(2);
    artifact.name = query.text(3);
    artifact.sha256 = query.text(4);
    artifact.state = query.text(5);
    artifact.format = query.text(6);
    artifact.reason = query.text(7);
    artifact.verdict = query.text(8);
    artifact.received_at = Instant{query.integer(9)};
    artifact.size = static_cast<std::uint64_t>(query.integer(10));
    artifact.records = query.integer(11);
    artifact.applied = query.integer(12);
    artifact.duplicates = query.integer(13);
    artifact.rejected = query.integer(14);
    artifact.deliveries = static_cast<int>(query.integer(15));
    artifact.warnings = detail::warnings_from_json(query.text_view(16));
    return artifact;
}

std::optional<Date> maybe_date(const store::Query& query, int column) {
    if (query.is_null(column)) return {};
    return Date::from_days(static_cast<std::int32_t>(query.integer(column)));
}

}  // namespace

std::vector<store::Migration> migrations() { return {{70, "intake: artifacts, rejects, statements, cursors", tables}, {71, "intake: bank lines are written faster", lines_anew},
                                                  {72, "intake: a person's cursor is known as one", cursor_resets}}; }

std::vector<Artifact> artifacts(store::Db& db) {
    std::vector<Artifact> all;
    auto query = db.query(std::string{artifact_columns} + "ORDER BY id");
    while (query.step()) all.push_back(artifact_from(query));
    return all;
}

std::optional<Artifact> artifact(store::Db& db, ArtifactId id) {
    auto query = db.query(std::string{artifact_columns} + "WHERE id = ?");
    query.bind(id.value);
    if (!query.step()) return {};
    return artifact_from(query);
}

std::vector<Reject> rejects(store::Db& db) {
    std::vector<Reject> all;
    auto query = db.query("SELECT r.artifact, a.connector, a.name, r.place, r.what, r.raw FROM reject r JOIN artifact a ON a.id = r.artifact "
                          "ORDER BY r.artifact, r.rowid");
    while (query.step())
        all.push_back({ArtifactId{query.integer(0)}, query.text(1), query.text(2), query.text(3), query.text(4), query.text(5)});
    auto files = db.query("SELECT id, connector, name, reason FROM artifact WHERE state = 'rejected' ORDER BY id");
    while (files.step()) all.push_back({ArtifactId{files.integer(0)}, files.text(1), files.text(2), files.text(2), files.text(3), {}});
    return all;
}

std::vector<Statement> bank_statements(store::Db& db) {
    std::vector<Statement> all;
    auto query = db.query("SELECT s.entity, s.account, s.statement, s.sequence, s.currency, s.artifact, a.state, s.from_date, s.to_date, "
                          "s.opening, s.closing, s.entries, a.reason FROM bank_statement s JOIN artifact a ON a.id = s.artifact ORDER BY s.id");
    while (query.step()) {
        Statement statement;
        statement.entity = query.text(0);
        statement.account = query.text(1);
        statement.id = query.text(2);
        statement.sequence = query.text(3);
        statement.currency = query.text(4);
        statement.artifact = query.text(5);
        statement.state = query.text(6);
        statement.from = maybe_date(query, 7);
        statement.to = maybe_date(query, 8);
        if (!query.is_null(9)) statement.opening = store::money_at(query, 9, 4);
        if (!query.is_null(10)) statement.closing = store::money_at(query, 10, 4);
        statement.entries = query.integer(11);
        statement.warning = query.text(12);
        all.push_back(std::move(statement));
    }
    return all;
}

std::optional<Date> last_bank_day(store::Db& db, std::string_view entity) {
    auto query = db.query("SELECT max(to_date) FROM bank_statement WHERE entity = ?");
    query.bind(entity);
    if (!query.step()) return {};
    return maybe_date(query, 0);
}

ConnectorCounts counts(store::Db& db, std::string_view connector) {
    ConnectorCounts counts;
    auto sums = db.query("SELECT coalesce(sum(records), 0), coalesce(sum(rejected), 0) FROM artifact WHERE connector = ?");
    sums.bind(connector);
    if (sums.step()) {
        counts.records = sums.integer(0);
        counts.rejected = sums.integer(1);
    }
    auto run = db.query("SELECT last_run, error FROM connector_run WHERE connector = ?");
    run.bind(connector);
    if (run.step()) {
        counts.last_run = Instant{run.integer(0)};
        counts.last_error = run.text(1);
    }
    return counts;
}

Status note_sync(store::Tx& tx, Clock& clock, std::string_view connector, const std::string& error) {
    tx.query("INSERT INTO connector_run (connector, last_run, error) VALUES (?, ?, ?) "
             "ON CONFLICT (connector) DO UPDATE SET last_run = excluded.last_run, error = excluded.error")
        .bind(connector, clock.now().micros, error)
        .run();
    return {};
}

namespace detail {

std::string warnings_to_json(const std::vector<Warning>& warnings) {
    json::array list;
    for (const auto& warning : warnings) {
        if (list.size() == 200) {
            list.push_back({{"where", ""}, {"what", "and " + std::to_string(warnings.size() - 200) + " more"}, {"grave", false}});
            break;
        }
        list.push_back({{"where", warning.where}, {"what", warning.what}, {"grave", warning.grave}});
    }
    return json::serialize(list);
}

std::vector<Warning> warnings_from_json(std::string_view text) {
    std::vector<Warning> warnings;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& entry : parsed.as_array())
        warnings.push_back({std::string{entry.at("where").as_string()}, std::string{entry.at("what").as_string()}, entry.at("grave").as_bool()});
    return warnings;
}

}  // namespace detail
}  // namespace owed::intake
