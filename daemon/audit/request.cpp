#include "audit/request.hpp"

namespace owed::audit {
namespace {

constexpr std::string_view columns =
    "id, kind, entity, subject, summary, payload, state, made_by, made_by_name, made_at, decided_by, decided_at, why";

std::string row_hash(const Request& r) {
    return store::RowHash{}.add("approval_request/1").add(r.id).add(r.kind).add(r.entity).add(r.subject).add(r.summary).add(r.payload)
        .add(r.state).add(r.made_by).add(r.made_by_name).add(r.made_at.micros).add(r.decided_by)
        .add(r.decided_at ? r.decided_at->micros : std::int64_t{0}).add(r.why).bytes();
}

Request at(const store::Query& row) {
    Request r;
    r.id = row.integer(0);
    r.kind = row.text(1);
    r.entity = row.text(2);
    r.subject = row.text(3);
    r.summary = row.text(4);
    r.payload = row.text(5);
    r.state = row.text(6);
    r.made_by = row.text(7);
    r.made_by_name = row.text(8);
    r.made_at = Instant{row.integer(9)};
    r.decided_by = row.text(10);
    if (!row.is_null(11)) r.decided_at = Instant{row.integer(11)};
    r.why = row.text(12);
    return r;
}

std::optional<Request> find(store::Db& db, std::int64_t id) {
    auto row = db.query("SELECT " + std::string{columns} + " FROM approval_request WHERE id = ?");
    if (!row.bind(id).step()) return std::nullopt;
    return at(row);
}

Status record(store::Tx& tx, Clock& clock, const Actor& by, const Request& request, const char* verb) {
    Act act;
    act.actor = by;
    act.entity = request.entity;
    act.action = request.kind + "." + verb;
    act.object_kind = "approval";
    act.object_id = std::to_string(request.id);
    act.after_hash = store::sha256(request.payload);
    act.reason = request.why.empty() ? request.summary : request.why;
    act.approval = std::to_string(request.id);
    return append(tx, clock, act);
}

}  // namespace

store::Migration request_migration() {
    return {12, "audit: requests for a second person",
            "CREATE TABLE approval_request("
            " id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK(kind <> ''), entity TEXT NOT NULL, subject TEXT NOT NULL CHECK(subject <> ''),"
            " summary TEXT NOT NULL CHECK(summary <> ''), payload TEXT NOT NULL,"
            " state TEXT NOT NULL CHECK(state IN ('open', 'approved', 'rejected')),"
            " made_by TEXT NOT NULL CHECK(made_by <> ''), made_by_name TEXT NOT NULL, made_at INTEGER NOT NULL,"
            " decided_by TEXT NOT NULL, decided_at INTEGER, why TEXT NOT NULL,"
            " row_hash BLOB NOT NULL CHECK(length(row_hash) = 32),"
            " CHECK((state = 'open') = (decided_at IS NULL)), CHECK(decided_by <> made_by)"
            ") STRICT;"
            "CREATE UNIQUE INDEX approval_request_open ON approval_request(kind, entity, subject, payload) WHERE state = 'open';"};
}

Result<std::int64_t> ask(store::Tx& tx, Clock& clock, const Actor& by, const Request& wanted) {
    if (by.kind != Actor::Kind::person || by.id.empty())
        return fail(Errc::refused, "only a person asks for approval; this is " + to_text(by), wanted.subject);
    {
        auto open = tx.query("SELECT id FROM approval_request WHERE kind = ? AND entity = ? AND subject = ? AND payload = ? AND state = 'open'");
        if (open.bind(wanted.kind, wanted.entity, wanted.subject, wanted.payload).step()) return open.integer(0);
    }
    auto request = wanted;
    {
        auto last = tx.query("SELECT MAX((SELECT COALESCE(MAX(id), 0) FROM approval), (SELECT COALESCE(MAX(id), 0) FROM approval_request))");
        last.step();
        request.id = last.integer(0) + 1;
    }
    request.state = "open";
    request.made_by = by.id;
    request.made_by_name = by.name;
    request.made_at = clock.now();
    tx.query("INSERT INTO approval_request(id, kind, entity, subject, summary, payload, state, made_by, made_by_name, made_at, decided_by, decided_at, why, "
             "row_hash) VALUES(?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, '', NULL, ?, ?)")
        .write(request.id, request.kind, request.entity, request.subject, request.summary, request.payload, request.made_by, request.made_by_name,
               request.made_at.micros, request.why, store::Blob{row_hash(request)});
    OWED_TRY_VOID(record(tx, clock, by, request, "ask"));
    return request.id;
}

Result<Request> decide(store::Tx& tx, Clock& clock, const Actor& by, std::int64_t id, bool approving, const std::string& why) {
    auto request = find(tx, id);
    if (!request) return fail(Errc::not_found, "nothing waits for approval under the number " + std::to_string(id), {}, "see owectl approvals");
    const auto what = request->kind + " of " + request->subject;
    if (by.kind != Actor::Kind::person || by.id.empty()) return fail(Errc::refused, "only a person decides; this is " + to_text(by), what);
    if (request->state != "open")
        return fail(Errc::refused, "number " + std::to_string(id) + " was " + request->state + " by " + request->decided_by + " already", what);
    if (by.id == request->made_by)
        return fail(Errc::refused, by.id + " asked for this and cannot decide it", what, "let a second person decide");
    if (!approving && why.empty()) return fail(Errc::invalid_argument, "say why it is rejected: --why W", what);
    request->state = approving ? "approved" : "rejected";
    request->decided_by = by.id;
    request->decided_at = clock.now();
    if (!why.empty()) request->why = why;
    tx.query("UPDATE approval_request SET state = ?, decided_by = ?, decided_at = ?, why = ?, row_hash = ? WHERE id = ?")
        .write(request->state, request->decided_by, request->decided_at->micros, request->why, store::Blob{row_hash(*request)}, id);
    OWED_TRY_VOID(record(tx, clock, by, *request, approving ? "approve" : "reject"));
    return *request;
}

std::vector<Request> requests(store::Db& db) {
    std::vector<Request> all;
    auto rows = db.query("SELECT " + std::string{columns} + " FROM approval_request ORDER BY id");
    while (rows.step()) all.push_back(at(rows));
    return all;
}

std::string fault_of_requests(store::Db& db) {
    auto rows = db.query("SELECT " + std::string{columns} + ", row_hash FROM approval_request ORDER BY id");
    while (rows.step())
        if (rows.blob(13) != row_hash(at(rows))) return "request " + std::to_string(rows.integer(0)) + " was changed: its row hash does not fit";
    return {};
}

}  // namespace owed::audit
