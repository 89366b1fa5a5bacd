// Wanted records as rows: desired state, not a queue.
#include "notify/writeback.hpp"

#include <algorithm>

#include "owed/back_off.hpp"
#include "owed/one_record.hpp"

namespace owed::notify {
namespace {

WriteState state_at(const store::Query& query, int column) {
    const auto name = query.text_view(column);
    for (const auto state : {WriteState::waiting, WriteState::sent, WriteState::refused, WriteState::unknown})
        if (name_of(state) == name) return state;
    return WriteState::unknown;
}

std::optional<Instant> instant_at(const store::Query& query, int column) {
    if (query.is_null(column)) return {};
    return Instant{query.integer(column)};
}

constexpr BackOff again_after{60, 4 * 3600};

}  // namespace

std::string_view name_of(WriteState state) noexcept {
    switch (state) {
        case WriteState::waiting: return "waiting";
        case WriteState::sent: return "sent";
        case WriteState::refused: return "refused";
        case WriteState::unknown: return "unknown";
    }
    return "unknown";
}

Result<bool> want(store::Tx& tx, Clock& clock, const Wanted& wanted) {
    if (wanted.record.external_id.empty())
        return fail(Errc::invalid_argument, "a record for " + wanted.connector + " has no key");
    OWED_TRY(const auto bytes, wire::encode_one(wanted.record));
    // Not when it is the one that waits, or stands there; a refused one waits for a change or a person.
    auto query = tx.query(
        "INSERT INTO writeback (connector, kind, key, entity, record, content_hash, state, attempts, changed_at, next_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', 0, ?7, ?7) ON CONFLICT (connector, kind, key) DO UPDATE SET entity = excluded.entity, "
        "record = excluded.record, content_hash = excluded.content_hash, state = 'waiting', attempts = 0, changed_at = excluded.changed_at, "
        "next_at = excluded.next_at, detail = '' WHERE content_hash <> excluded.content_hash");
    query.set(0, wanted.connector).set(1, kind_of(wanted.record)).set(2, wanted.record.external_id).set(3, wanted.entity);
    query.set_blob(4, bytes).set(5, wanted.content_hash).set(6, clock.now().micros).run();
    return tx.changed_rows() == 1;
}

Result<std::vector<DueWrite>> due_writes(store::Db& db, const std::string& connector, Instant now, std::size_t limit) {
    std::vector<DueWrite> all;
    auto query = db.query("SELECT id, content_hash, record FROM writeback WHERE connector = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?");
    query.bind(connector, now.micros, limit);
    while (query.step()) {
        OWED_TRY(auto record, wire::decode_one(query.blob(2)));
        all.push_back({query.integer(0), query.text(1), std::move(record)});
    }
    return all;
}

Status note_written(store::Tx& tx, Clock& clock, const DueWrite& write, const WriteResult& result) {
    const auto now = clock.now().micros;
    const bool again = result.state == SendState::retry || result.state == SendState::unknown;
    const auto state = result.state == SendState::sent ? WriteState::sent : result.state == SendState::refused ? WriteState::refused
                       : result.state == SendState::retry ? WriteState::waiting : WriteState::unknown;
    std::int64_t attempts = 0;
    {
        auto row = tx.query("SELECT attempts FROM writeback WHERE id = ?");
        row.bind(write.id);
        if (!row.step()) return fail(Errc::not_found, "there is no writeback " + std::to_string(write.id));
        attempts = row.integer(0);
    }
    const std::optional<std::int64_t> next = again ? std::optional{now + back_off_us(again_after, attempts + 1)} : std::nullopt;
    const std::optional<std::int64_t> written = result.state == SendState::sent ? std::optional{now} : std::nullopt;
    // Another record may have become wanted while this one was on its way: that one still waits.
    tx.query("UPDATE writeback SET state = ?, attempts = attempts + 1, next_at = ?, written_at = coalesce(?, written_at), detail = ?, "
             "remote_id = CASE WHEN ? = '' THEN remote_id ELSE ? END WHERE id = ? AND content_hash = ?")
        .bind(name_of(state), next, written, result.detail + (result.field.empty() ? "" : " (field " + result.field + ")"), result.remote_id,
              result.remote_id, write.id, write.content_hash)
        .run();
    return {};
}

std::vector<WritebackRow> writebacks(store::Db& db, std::optional<std::string> connector) {
    std::vector<WritebackRow> all;
    auto query = db.query("SELECT id, connector, kind, key, entity, detail, remote_id, state, attempts, changed_at, written_at, next_at "
                          "FROM writeback WHERE ?1 IS NULL OR connector = ?1 ORDER BY connector, kind, key");
    query.bind(connector);
    while (query.step())
        all.push_back({query.integer(0), query.text(1), query.text(2), query.text(3), query.text(4), query.text(5), query.text(6),
                       state_at(query, 7), static_cast<int>(query.integer(8)), Instant{query.integer(9)}, instant_at(query, 10), instant_at(query, 11)});
    return all;
}

Result<int> retry_refused(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector) {
    tx.query("UPDATE writeback SET state = 'waiting', attempts = 0, next_at = ? WHERE connector = ? AND state = 'refused'")
        .bind(clock.now().micros, connector)
        .run();
    const auto count = static_cast<int>(tx.changed_rows());
    if (count > 0)
        OWED_TRY_VOID(audit::append(tx, clock, {.actor = by, .action = "writeback.retry", .object_kind = "connector", .object_id = connector,
                                                .reason = std::to_string(count) + " refused records wait again"}));
    return count;
}

}  // namespace owed::notify
