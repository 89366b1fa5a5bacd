// ledger verify, of what the ERP is told: each queued record is the one that was queued, and applications and queue say the same.
#include "cash/detail/erp_rows.hpp"

namespace owed::cash {
namespace {

constexpr std::size_t differences_max = 1'000;

/// What is wrong with a row and its application; empty: nothing. A row may be open and its application known there: the ERP's own
/// record came while it was on its way.
std::string wrong_with(bool reversal, ErpState state, bool there, bool undone, bool in_flight, bool has_reversal) {
    const auto is = std::string{name_of(state)};
    if (!there) return "its application is missing";
    const bool told = state == ErpState::reserved || state == ErpState::unknown || state == ErpState::sent || state == ErpState::confirmed;
    if (reversal) return undone ? std::string{} : "it takes back an application that stands here";
    if (undone && state == ErpState::waiting) return "it waits to be told, and is undone here";
    if (undone && told && !has_reversal) return "it is " + is + " and undone here, and no taking back is queued";
    if (!undone && (state == ErpState::refused || state == ErpState::withdrawn)) return "it is " + is + ", and stands here";
    if (in_flight && state == ErpState::confirmed) return "it is confirmed, and its application waits for the ERP";
    return {};
}

}  // namespace

std::vector<std::string> erp_differences(store::Db& db) {
    std::vector<std::string> all;
    auto rows = db.query("SELECT w.key, w.entity, w.application, w.reversal, w.record, w.hash, w.state, a.id IS NOT NULL, a.undone_on IS NOT NULL, coalesce(a.in_flight, 0), "
                         "r.id IS NOT NULL FROM erp_write w LEFT JOIN application a ON a.id = w.application "
                         "LEFT JOIN erp_write r ON r.application = w.application AND r.reversal = 1 ORDER BY w.id");
    while (rows.step() && all.size() < differences_max) {
        const bool reversal = rows.integer(3) != 0;
        const auto name = "record " + rows.text(0) + " for the ERP of " + rows.text(1) + ": ";
        if (rows.blob(5) != detail::erp_write_hash(rows.text(0), rows.text(1), rows.integer(2), reversal, rows.blob(4))) all.push_back(name + "row hash does not fit its fields");
        if (auto wrong = wrong_with(reversal, detail::erp_state_named(rows.text_view(6)), rows.integer(7) != 0, rows.integer(8) != 0, rows.integer(9) != 0, rows.integer(10) != 0);
            !wrong.empty())
            all.push_back(name + wrong);
    }
    // Those of before there was a queue wait for the ERP's own record alone.
    auto unqueued = db.query("SELECT a.id FROM application a WHERE a.in_flight = 1 AND a.recorded_at >= (SELECT applied_at FROM store_migration WHERE number = 47) "
                             "AND NOT EXISTS (SELECT 1 FROM erp_write w WHERE w.application = a.id AND w.reversal = 0) ORDER BY a.id");
    while (unqueued.step() && all.size() < differences_max)
        all.push_back("application " + std::to_string(unqueued.integer(0)) + " waits for the ERP, and nothing is queued to tell it");
    return all;
}

}  // namespace owed::cash
