#include "intake/cursor.hpp"

namespace owed::intake {
namespace {

/// A cursor is the plugin's own text and may be long; what does not stand in the audit record is in its hash.
std::string shown(const std::string& cursor) {
    constexpr std::size_t length_max = 500;
    if (cursor.empty()) return "the beginning";
    if (cursor.size() <= length_max) return "\"" + cursor + "\"";
    return std::to_string(cursor.size()) + " bytes";
}

}  // namespace

Result<std::string> reset_cursor(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector, const std::optional<std::string>& to,
                                 const std::string& why) {
    if (why.empty()) return fail(Errc::invalid_argument, "say why it is to read again: --why W", "why");
    std::string was;
    {
        auto query = tx.query("SELECT cursor FROM connector_cursor WHERE connector = ?");
        query.bind(connector);
        if (!query.step()) return fail(Errc::not_found, "connector " + connector + " has no cursor: nothing was read from it yet", "connector");
        was = query.text(0);
    }
    const auto now = to.value_or("");
    tx.query("UPDATE connector_cursor SET cursor = ?, resets = resets + 1 WHERE connector = ?").bind(now, connector).run();
    if (!to) tx.query("DELETE FROM connector_state WHERE connector = ?").bind(connector).run();
    audit::Act act;
    act.actor = by;
    act.action = "connector.reset";
    act.object_kind = "connector";
    act.object_id = connector;
    act.before_hash = store::sha256(was);
    act.after_hash = store::sha256(now);
    act.reason = why + " (from " + shown(was) + " to " + shown(now) + (to ? ")" : ", without what its plugin had kept)");
    OWED_TRY_VOID(audit::append(tx, clock, act));
    return was;
}

}  // namespace owed::intake
