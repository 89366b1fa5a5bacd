#include "cash/detail/erp_rows.hpp"

#include "owed/one_record.hpp"

namespace owed::cash {
namespace {

constexpr std::string_view columns =
    "SELECT id, key, entity, connector, application, reversal, state, attempts, queued_at, changed_at, written_at, next_at, remote_id, detail FROM erp_write ";

std::optional<Instant> instant_at(const store::Query& query, int column) {
    if (query.is_null(column)) return {};
    return Instant{query.integer(column)};
}

ErpWrite write_at(const store::Query& query) {
    return {.id = query.integer(0), .key = query.text(1), .entity = query.text(2), .connector = query.text(3), .application = ApplicationId{query.integer(4)},
            .reversal = query.integer(5) != 0, .state = detail::erp_state_named(query.text_view(6)), .attempts = static_cast<int>(query.integer(7)),
            .queued_at = Instant{query.integer(8)}, .changed_at = Instant{query.integer(9)}, .written_at = instant_at(query, 10),
            .next_at = instant_at(query, 11), .remote_id = query.text(12), .detail = query.text(13)};
}

std::vector<ErpWrite> read_all(store::Query query) {
    std::vector<ErpWrite> all;
    while (query.step()) all.push_back(write_at(query));
    return all;
}

}  // namespace

std::string_view name_of(ErpState state) noexcept {
    switch (state) {
        case ErpState::waiting: return "waiting";
        case ErpState::reserved: return "reserved";
        case ErpState::sent: return "sent";
        case ErpState::unknown: return "unknown";
        case ErpState::refused: return "refused";
        case ErpState::confirmed: return "confirmed";
        case ErpState::withdrawn: return "withdrawn";
    }
    return "unknown";
}

std::vector<ErpWrite> erp_writes(store::Db& db, const std::optional<std::string>& connector, const std::optional<std::string>& state) {
    auto query = db.query(std::string{columns} + "WHERE (?1 IS NULL OR connector = ?1) AND (?2 IS NULL OR state = ?2) ORDER BY id");
    query.bind(connector, state);
    return read_all(std::move(query));
}

std::vector<ErpWrite> erp_writes_to_ask(store::Db& db, const std::string& connector, const std::string& entity, Instant now, std::size_t limit_max) {
    auto query = db.query(std::string{columns} + "WHERE state = 'unknown' AND next_at <= ? AND (connector = ? OR (connector = '' AND (? = '' OR entity = ?))) "
                                                 "ORDER BY next_at, id LIMIT ?");
    query.bind(now.micros, connector, entity, entity, limit_max);
    return read_all(std::move(query));
}

bool erp_never_told(store::Db& db, ApplicationId application) {
    const auto write = detail::find_erp_write(db, application, false);
    return write && write->state == ErpState::waiting;
}

namespace detail {

ErpState erp_state_named(std::string_view name) noexcept {
    for (const auto state : {ErpState::waiting, ErpState::reserved, ErpState::sent, ErpState::refused, ErpState::confirmed, ErpState::withdrawn})
        if (name_of(state) == name) return state;
    return ErpState::unknown;
}

std::optional<ErpWrite> find_erp_write(store::Db& db, std::int64_t id) {
    auto query = db.query(std::string{columns} + "WHERE id = ?");
    return query.bind(id).step() ? std::optional{write_at(query)} : std::nullopt;
}
std::optional<ErpWrite> find_erp_write(store::Db& db, const std::string& key) {
    auto query = db.query(std::string{columns} + "WHERE key = ?");
    return query.bind(key).step() ? std::optional{write_at(query)} : std::nullopt;
}
std::optional<ErpWrite> find_erp_write(store::Db& db, ApplicationId application, bool reversal) {
    auto query = db.query(std::string{columns} + "WHERE application = ? AND reversal = ?");
    return query.bind(application.value, reversal).step() ? std::optional{write_at(query)} : std::nullopt;
}

std::vector<ErpWrite> erp_waiting_after(store::Db& db, std::int64_t id, const std::string& entity, const std::string& connector, Instant now) {
    constexpr int page = 500;
    auto query = db.query(std::string{columns} + "WHERE state = 'waiting' AND id > ? AND next_at <= ? AND (connector = '' OR connector = ?) "
                                                 "AND (? = '' OR entity = ?) ORDER BY id LIMIT ?");
    query.bind(id, now.micros, connector, entity, entity, page);
    return read_all(std::move(query));
}

std::vector<ErpWrite> erp_reversals_refused(store::Db& db, const std::optional<std::string>& connector) {
    auto query = db.query(std::string{columns} + "WHERE state = 'refused' AND reversal = 1 AND (?1 IS NULL OR connector = ?1) ORDER BY id");
    query.bind(connector);
    return read_all(std::move(query));
}

std::string erp_write_hash(const std::string& key, const std::string& entity, std::int64_t application, bool reversal, const std::string& record) {
    return store::RowHash{}.add("owed-erp-write/1").add(key).add(entity).add(application).add(std::int64_t{reversal ? 1 : 0}).add(record).bytes();
}

Result<Record> stored_record(store::Db& db, std::int64_t id) {
    auto query = db.query("SELECT key, entity, application, reversal, record, hash FROM erp_write WHERE id = ?");
    query.bind(id);
    if (!query.step()) return fail(Errc::not_found, "there is no record " + std::to_string(id) + " for the ERP");
    const auto bytes = query.blob(4);
    if (query.blob(5) != erp_write_hash(query.text(0), query.text(1), query.integer(2), query.integer(3) != 0, bytes))
        return fail(Errc::store_corrupt, "record " + query.text(0) + " for the ERP is not the one that was queued", {}, "restore the last backup; nothing more is sent");
    return wire::decode_one(bytes);
}

}  // namespace detail
}  // namespace owed::cash
