// The chain in the store: appending, walking, listing, exporting.
#include <boost/json.hpp>

#include <algorithm>

#include "audit/request.hpp"
#include "audit/detail/record.hpp"

namespace owed::audit {

std::vector<store::Migration> migrations() {
    return {{10, "audit: chain, subject keys, approvals",
        // bytes are the record; at and hash repeat what follows from them, for listing and for the next record.
        "CREATE TABLE audit_record("
        " seq INTEGER PRIMARY KEY CHECK(seq > 0),"
        " at INTEGER NOT NULL,"
        " bytes BLOB NOT NULL,"
        " prev BLOB NOT NULL CHECK(length(prev) = 32),"
        " hash BLOB NOT NULL CHECK(length(hash) = 32)"
        ") STRICT;"
        "CREATE INDEX audit_record_at ON audit_record(at);"
        "CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record"
        " BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;"
        "CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record"
        " BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;"
        // The last record, so that a cut-off end shows.
        "CREATE TABLE audit_head("
        " id INTEGER PRIMARY KEY CHECK(id = 1),"
        " seq INTEGER NOT NULL,"
        " hash BLOB NOT NULL CHECK(length(hash) = 32)"
        ") STRICT;"
        "CREATE TABLE audit_subject_key("
        " subject TEXT PRIMARY KEY,"
        " key BLOB NOT NULL CHECK(length(key) = 32)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE TABLE audit_epoch("
        " epoch INTEGER PRIMARY KEY"
        ") STRICT;"
        "CREATE TABLE approval("
        " id INTEGER PRIMARY KEY,"
        " kind TEXT NOT NULL,"
        " subject TEXT NOT NULL,"
        " content_hash TEXT NOT NULL CHECK(length(content_hash) = 64),"
        " state TEXT NOT NULL CHECK(state IN ('open', 'approved', 'rejected')),"
        " decided_by TEXT NOT NULL,"
        " maker TEXT NOT NULL,"
        " at INTEGER NOT NULL,"
        " row_hash BLOB NOT NULL CHECK(length(row_hash) = 32)"
        ") STRICT;"
        "CREATE INDEX approval_of ON approval(kind, subject, content_hash);"},
        request_migration()};
}

namespace {

struct Head {
    std::int64_t seq = 0;
    std::string hash;
};

std::string genesis(store::Db& db) { return genesis_hash(store::epochs(db).front()); }

Head head(store::Db& db) {
    auto last = db.query("SELECT seq, hash FROM audit_record ORDER BY seq DESC LIMIT 1");
    if (last.step())
        return {last.integer(0), last.blob(1)};
    return {0, genesis(db)};
}

/// What is wrong with one stored row, or empty.
std::string fault_of(const store::Query& row, std::int64_t expected_seq, std::string_view prev) {
    const auto seq = row.integer(0);
    if (seq != expected_seq)
        return "record " + std::to_string(expected_seq) + " is missing; " + std::to_string(seq) + " follows";
    const std::string bytes = row.blob(2);
    const auto record = parse_record(bytes);
    if (!record)
        return record.error().what;
    if (record->seq != seq)
        return "the bytes are those of record " + std::to_string(record->seq);
    if (record->at.micros != row.integer(1))
        return "the time beside the bytes is not the one in them";
    if (row.blob(3) != prev)
        return "the previous hash is not that of the record before";
    if (row.blob(4) != chain_hash(prev, bytes))
        return "the hash is not that of the stored bytes";
    return {};
}

std::string fault_of_end(store::Db& db, const Head& end) {
    auto kept = db.query("SELECT seq, hash FROM audit_head");
    if (!kept.step())
        return end.seq == 0 ? "" : "the note of the last record is missing";
    if (kept.integer(0) != end.seq)
        return "the last record should be " + std::to_string(kept.integer(0)) + ", but is " + std::to_string(end.seq);
    return kept.blob(1) == end.hash ? "" : "the last record's hash is not the one that was noted";
}

std::string base64(std::string_view bytes) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= count ? letters[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

boost::json::object decoded_view(const Record& record) {
    const Act& act = record.act;
    return {{"at", to_text(record.at)}, {"entity", act.entity},
            {"actor", {{"kind", name_of(act.actor.kind)}, {"id", act.actor.id}, {"session", act.actor.session}, {"address", act.actor.address}}},
            {"on_behalf_of", act.on_behalf_of}, {"action", act.action}, {"object_kind", act.object_kind}, {"object_id", act.object_id},
            {"version_before", act.version_before}, {"version_after", act.version_after},
            {"before", store::hex(act.before_hash)}, {"after", store::hex(act.after_hash)}, {"reason", act.reason},
            {"approval", act.approval}, {"request", act.request}, {"build", record.build}, {"policy_version", act.policy_version}};
}

}  // namespace

Status append(store::Tx& tx, Clock& clock, const Act& act) {
    for (const auto* hash : {&act.before_hash, &act.after_hash})
        if (!hash->empty() && hash->size() != 32)
            return fail(Errc::invalid_argument, "a state's hash in an audit record is 32 raw bytes or empty; this one has " +
                        std::to_string(hash->size()), act.action);
    if (act.action.empty())
        return fail(Errc::invalid_argument, "an audit record needs an action");
    const Head last = head(tx);
    const Record record{last.seq + 1, clock.now(), act, OWED_VERSION};
    const std::string bytes = canonical_bytes(record), hash = chain_hash(last.hash, bytes);
    tx.query("INSERT INTO audit_record(seq, at, bytes, prev, hash) VALUES(?, ?, ?, ?, ?)")
        .set(0, record.seq).set(1, record.at.micros).set_blob(2, bytes).set_blob(3, last.hash).set_blob(4, hash).run();
    tx.query("INSERT INTO audit_head(id, seq, hash) VALUES(1, ?, ?) ON CONFLICT(id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash")
        .set(0, record.seq).set_blob(1, hash).run();
    return {};
}

Status note_restores(store::Tx& tx, Clock& clock) {
    for (const auto& epoch : store::epochs(tx)) {
        if (!epoch.restored_from)
            continue;
        auto noted = tx.query("SELECT 1 FROM audit_epoch WHERE epoch = ?").bind(epoch.number).step();
        if (noted)
            continue;
        const Head old = head(tx);
        OWED_TRY_VOID(append(tx, clock, {.actor = {.id = "store"}, .action = "store.restored", .object_kind = "epoch",
                                         .object_id = std::to_string(epoch.number), .version_before = epoch.number - 1,
                                         .version_after = epoch.number, .before_hash = old.hash,
                                         .reason = "restored from " + *epoch.restored_from + " at " + to_text(epoch.created) +
                                                   ", whose last record is " + std::to_string(old.seq)}));
        tx.query("INSERT INTO audit_epoch(epoch) VALUES(?)").bind(epoch.number).run();
    }
    return {};
}

std::vector<Listed> list(store::Db& db, std::optional<Instant> since, std::size_t limit_max) {
    auto rows = db.query("SELECT seq, bytes, hash FROM audit_record WHERE at >= ? ORDER BY seq DESC LIMIT ?");
    rows.bind(since ? since->micros : INT64_MIN, static_cast<std::int64_t>(std::min<std::size_t>(limit_max, INT64_MAX)));
    std::vector<Listed> all;
    while (rows.step()) {
        const auto record = parse_record(rows.blob(1));
        if (!record)
            throw store::Failure{Errc::store_corrupt, "audit record " + std::to_string(rows.integer(0)) + ": " + record.error().what};
        all.push_back({rows.integer(0), record->at, record->act, store::hex(rows.blob(2))});
    }
    std::reverse(all.begin(), all.end());
    return all;
}

std::string fault_of_approvals(store::Db& db);  // approval.cpp
std::string fault_of_requests(store::Db& db);   // request.cpp

Verified verify(store::Db& db) {
    Verified result;
    Head at{0, genesis(db)};
    auto rows = db.query("SELECT seq, at, bytes, prev, hash FROM audit_record ORDER BY seq");
    while (rows.step()) {
        if (auto fault = fault_of(rows, at.seq + 1, at.hash); !fault.empty()) {
            result.bad_seq = at.seq + 1;
            result.what = std::move(fault);
            break;
        }
        at = {rows.integer(0), rows.blob(4)};
        ++result.records;
    }
    result.head = store::hex(at.hash);
    if (result.bad_seq == 0) {
        result.what = fault_of_end(db, at);
        result.bad_seq = result.what.empty() ? 0 : at.seq + 1;
    }
    if (result.what.empty())
        result.what = fault_of_approvals(db);
    if (result.what.empty())
        result.what = fault_of_requests(db);
    return result;
}

Status export_jsonl(store::Db& db, const std::function<Status(std::string_view line)>& visit) {
    const auto first = store::epochs(db).front();
    OWED_TRY_VOID(visit(boost::json::serialize(boost::json::object{
        {"format", "owed-audit/1"}, {"installation_id", first.installation_id}, {"created_at", first.created.micros},
        {"genesis", store::hex(genesis_hash(first))}})));
    auto rows = db.query("SELECT seq, bytes, prev, hash FROM audit_record ORDER BY seq");
    while (rows.step()) {
        const auto bytes = rows.blob(1);
        boost::json::object line{{"seq", rows.integer(0)}, {"bytes", base64(bytes)}, {"prev", store::hex(rows.blob(2))},
                                 {"hash", store::hex(rows.blob(3))}};
        if (const auto record = parse_record(bytes))  // a broken record is exported as it stands, without a view
            line["decoded"] = decoded_view(*record);
        OWED_TRY_VOID(visit(boost::json::serialize(line)));
    }
    return {};
}

}  // namespace owed::audit
