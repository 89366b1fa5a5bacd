#include "audit/audit.hpp"

namespace owed::audit {

namespace {

std::string row_hash(std::string_view kind, std::string_view subject, std::string_view content_hash, std::string_view state,
                     std::string_view by, std::string_view maker, Instant at) {
    return store::RowHash{}.add("approval/1").add(kind).add(subject).add(content_hash).add(state).add(by).add(maker).add(at.micros).bytes();
}

/// Raw bytes of 64 lower-case hex digits; empty when they are not.
std::string raw_hash(std::string_view text) {
    if (text.size() != 64)
        return {};
    std::string raw;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        int byte = 0;
        for (const char c : text.substr(i, 2)) {
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
                return {};
            byte = byte * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
        }
        raw += static_cast<char>(byte);
    }
    return raw;
}

}  // namespace

Result<std::int64_t> approve(store::Tx& tx, Clock& clock, const Actor& by, const std::string& maker_id, std::string_view kind,
                             std::string_view subject, std::string_view content_hash) {
    const std::string raw = raw_hash(content_hash);
    if (raw.empty())
        return fail(Errc::invalid_argument, "an approval binds a SHA-256 of 64 lower-case hex digits", std::string{subject});
    if (by.kind != Actor::Kind::person || by.id.empty())
        return fail(Errc::refused, "only a person approves; this is " + to_text(by), std::string{subject});
    if (by.id == maker_id)
        return fail(Errc::refused, by.id + " made this and cannot approve it", std::string{subject}, "let a second person approve it");
    {
        auto known = tx.query("SELECT id FROM approval WHERE kind = ? AND subject = ? AND content_hash = ? AND decided_by = ? "
                              "AND state = 'approved'");
        if (known.bind(kind, subject, content_hash, by.id).step())
            return known.integer(0);
    }
    const Instant now = clock.now();
    // Requests for a second person are counted along: a number names one thing only.
    tx.query("INSERT INTO approval(id, kind, subject, content_hash, state, decided_by, maker, at, row_hash) "
             "VALUES(1 + MAX((SELECT COALESCE(MAX(id), 0) FROM approval), (SELECT COALESCE(MAX(id), 0) FROM approval_request)), ?, ?, ?, 'approved', ?, ?, ?, ?)")
        .set(0, kind).set(1, subject).set(2, content_hash).set(3, by.id).set(4, maker_id).set(5, now.micros)
        .set_blob(6, row_hash(kind, subject, content_hash, "approved", by.id, maker_id, now)).run();
    const std::int64_t id = tx.last_id();
    OWED_TRY_VOID(append(tx, clock, {.actor = by, .action = std::string{kind} + ".approve", .object_kind = std::string{kind},
                                     .object_id = std::string{subject}, .after_hash = raw,
                                     .reason = maker_id.empty() ? "" : "made by " + maker_id, .approval = std::to_string(id)}));
    return id;
}

bool is_approved(store::Db& db, std::string_view kind, std::string_view subject, std::string_view content_hash) {
    auto row = db.query("SELECT state FROM approval WHERE kind = ? AND subject = ? AND content_hash = ? ORDER BY id DESC LIMIT 1");
    return row.bind(kind, subject, content_hash).step() && row.text_view(0) == "approved";
}

std::vector<Approval> approvals(store::Db& db) {
    std::vector<Approval> all;
    auto rows = db.query("SELECT id, kind, subject, content_hash, state, decided_by, at FROM approval ORDER BY id");
    while (rows.step())
        all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), Instant{rows.integer(6)}});
    return all;
}

std::string fault_of_approvals(store::Db& db) {
    auto rows = db.query("SELECT id, kind, subject, content_hash, state, decided_by, maker, at, row_hash FROM approval ORDER BY id");
    while (rows.step())
        if (rows.blob(8) != row_hash(rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6), Instant{rows.integer(7)}))
            return "approval " + std::to_string(rows.integer(0)) + " was changed: its row hash does not fit";
    return {};
}

}  // namespace owed::audit
