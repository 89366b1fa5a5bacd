// The queue of what the ERP is to be told.
#include "cash/erp_writes.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "cash/detail/erp_record.hpp"
#include "cash/detail/erp_rows.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/erp_open.hpp"
#include "owed/back_off.hpp"
#include "owed/one_record.hpp"

namespace owed::cash {
namespace {

/// 1, 2, 4 ... minutes, at most 4 hours; the other side's own wish wins when it is later.
std::int64_t back_off_us(int attempts, std::uint64_t wished_ms) {
    return std::max<std::int64_t>(owed::back_off_us({60, 4 * 3600}, attempts), static_cast<std::int64_t>(std::min<std::uint64_t>(wished_ms, 86'400'000)) * 1000);
}

Status queue(store::Tx& tx, Clock& clock, const ledger::Application& application, const Record& record, bool reversal, const std::string& connector) {
    OWED_TRY(const auto bytes, wire::encode_one(record));
    const auto hash = detail::erp_write_hash(record.external_id, application.entity, application.id.value, reversal, bytes);
    tx.query("INSERT INTO erp_write (key, entity, application, credit, debit, reversal, record, state, connector, queued_at, changed_at, next_at, hash) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?)")
        .write(record.external_id, application.entity, application.id.value, application.credit.value, application.debit.value, reversal, store::Blob{bytes},
               connector, clock.now().micros, clock.now().micros, clock.now().micros, store::Blob{hash});
    return {};
}

void settle(store::Tx& tx, Clock& clock, std::int64_t id, ErpState state, const std::string& detail) {
    tx.query("UPDATE erp_write SET state = ?1, next_at = NULL, changed_at = ?2, detail = CASE WHEN ?3 = '' THEN detail ELSE ?3 END WHERE id = ?4")
        .bind(name_of(state), clock.now().micros, detail, id)
        .run();
}

Status queue_reversal(store::Tx& tx, Clock& clock, const ErpWrite& write, const ledger::Application& application) {
    OWED_TRY(const auto written, detail::stored_record(tx, write.id));
    const auto reason = "application " + std::to_string(application.id.value) + " was taken back on " + to_text(*application.undone);
    return queue(tx, clock, application, detail::erp_reversal_of(written, *application.undone, reason), true, write.connector);
}

/// An application that is undone here stands there, as it turns out.
Status take_back_after_all(store::Tx& tx, Clock& clock, const ErpWrite& write, const ledger::Application& application) {
    const auto reversal = detail::find_erp_write(tx, write.application, true);
    if (!reversal) return queue_reversal(tx, clock, write, application);
    if (reversal->state != ErpState::withdrawn) return {};
    tx.query("UPDATE erp_write SET state = 'waiting', next_at = ?1, changed_at = ?1, detail = 'it stands there after all' WHERE id = ?2").bind(clock.now().micros, reversal->id).run();
    return {};
}

Status audit_act(store::Tx& tx, Clock& clock, const audit::Actor& by, const ErpWrite& write, std::string action, std::string reason) {
    audit::Act act;
    act.actor = by;
    act.entity = write.entity;
    act.action = std::move(action);
    act.object_kind = "application";
    act.object_id = std::to_string(write.application.value);
    act.reason = std::move(reason);
    act.request = write.key;
    return audit::append(tx, clock, act);
}

/// What the ERP says of itself may be long.
std::string words_of(const std::string& said) {
    constexpr std::size_t words_max = 500;
    if (said.empty()) return "it gave no reason";
    if (said.size() <= words_max) return said;
    auto end = words_max;
    while (end > 0 && (static_cast<unsigned char>(said[end]) & 0xC0U) == 0x80U) --end;   // not within a letter
    return said.substr(0, end) + "...";
}

/// How the detail of one begins that is confirmed by the ERP's own record, not by its answer; and when it refused another since.
constexpr std::string_view own_record_came = "the ERP's own record came";
constexpr std::string_view second_one = "the ERP's own record came; a second one was refused: ";
static_assert(second_one.starts_with(own_record_came));

/// The ERP's own record says that it stands there as it does here.
bool stands_on_both_sides(const ledger::Application& application) { return !application.undone && !application.in_flight; }

/// It is not to be taken back there.
bool stands_here(store::Db& db, const ErpWrite& write) {
    const auto application = ledger::application(db, write.application);
    return application && stands_on_both_sides(*application);
}

/// The application did not come about: it is taken back here, and a person decides anew.
Status take_back(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ErpWrite& write, const std::string& said) {
    const auto application = ledger::application(tx, write.application);
    OWED_CHECK(application.has_value(), "what was queued is an application");
    const auto why = "refused by ERP: " + words_of(said);
    // The refusal is of a second one then, and an undoing is to be told.
    const bool stands_there = stands_on_both_sides(*application);
    settle(tx, context.clock, write.id, stands_there ? ErpState::confirmed : ErpState::refused, (stands_there ? std::string{second_one} : std::string{}) + words_of(said));
    OWED_TRY_VOID(audit_act(tx, context.clock, by, write, "cash.erp_refused", why));
    if (application->undone || stands_there) return {};
    const auto receipt = detail::row(tx, application->credit);
    OWED_TRY(const auto date, detail::today_of(context, application->entity));
    OWED_TRY_VOID(detail::unapply_for_good(tx, context, *application, {.date = date, .cause = {"erp", write.key}, .reason = why, .by = audit::to_text(by)}));
    if (!receipt) return {};
    const auto one = application->debit_document + " (" + to_text(application->amount) + " " + std::string{application->amount.currency().text()} + "): " + words_of(said);
    constexpr std::string_view opening = "refused by ERP: ";
    const auto& before = receipt->receipt.question;
    // A person decides: left to the next run it would be applied the same way again.
    detail::update(tx, *receipt, before.starts_with(opening) ? before + "; " + one : std::string{opening} + one, {}, State::on_account);
    return {};
}

/// The ERP has not answered that it accepts this one. Once it has, a refusal is the opposite.
bool known_by_its_record(const ErpWrite& write) {
    return !write.reversal && write.state == ErpState::confirmed && write.detail.starts_with(own_record_came);
}

void note_accepted(store::Tx& tx, Clock& clock, const ErpWrite& write, const ReceiptAnswer& answer) {
    tx.query("UPDATE erp_write SET state = 'confirmed', written_at = coalesce(written_at, ?1), changed_at = ?1, next_at = NULL, detail = ?2, "
             "remote_id = CASE WHEN ?3 = '' THEN remote_id ELSE ?3 END WHERE id = ?4")
        .bind(clock.now().micros, answer.reason, answer.reference, write.id)
        .run();
}

bool is_open(ErpState state) { return state == ErpState::waiting || state == ErpState::reserved || state == ErpState::unknown; }

/// Takings back on their way, by the items that they touch: what comes after them there waits.
struct TakingsBack {
    std::map<std::int64_t, std::int64_t> first;   ///< item -> id of the first one
    explicit TakingsBack(store::Db& db) {
        auto query = db.query("SELECT id, credit, debit FROM erp_write WHERE reversal = 1 AND (state = 'waiting' OR state = 'reserved' OR state = 'unknown') ORDER BY id");
        while (query.step())
            for (const int column : {1, 2}) first.try_emplace(query.integer(column), query.integer(0));
    }
    bool before(std::int64_t id, const ledger::Application& application) const {
        for (const auto item : {application.credit, application.debit})
            if (const auto at = first.find(item.value); at != first.end() && at->second < id) return true;
        return false;
    }
};

enum class Due { now, later, never };

/// `settled`: what it is instead, when it is never to be written.
Due due_of(store::Db& db, const ErpWrite& write, const TakingsBack& takings_back, ErpState& settled, std::string& why) {
    if (write.reversal) {
        const auto written = detail::find_erp_write(db, write.application, false);
        if (!written || is_open(written->state)) return Due::later;
        if (written->state == ErpState::sent || written->state == ErpState::confirmed) return Due::now;
        settled = ErpState::withdrawn, why = "the application never came to stand there";
        return Due::never;
    }
    const auto application = ledger::application(db, write.application);
    OWED_CHECK(application.has_value(), "what was queued is an application");
    if (application->undone) {
        settled = ErpState::withdrawn, why = "taken back before it was written";
        return Due::never;
    }
    if (!application->in_flight) {
        settled = ErpState::confirmed, why = std::string{own_record_came} + " first";
        return Due::never;
    }
    return takings_back.before(write.id, *application) ? Due::later : Due::now;
}

}  // namespace

Status ErpListener::applied(store::Tx& tx, const ledger::ApplicationEvent& event) {
    const auto* entity = books_.find(event.entity);
    if (entity == nullptr || entity->authority != ledger::Authority::erp) return {};
    const auto application = ledger::application(tx, event.application);
    OWED_CHECK(application.has_value(), "an application is there when it is told of");
    if (application->stage == "erp_open") return {};
    return queue(tx, clock_, *application, detail::erp_record_of(tx, *application), false, {});
}

Status ErpListener::unapplied(store::Tx& tx, const ledger::ApplicationEvent& event) {
    const auto write = detail::find_erp_write(tx, event.application, false);
    if (!write || write->state == ErpState::refused || write->state == ErpState::withdrawn) return {};
    if (write->state == ErpState::waiting) {
        settle(tx, clock_, write->id, ErpState::withdrawn, "taken back before it was written");
        return {};
    }
    const auto application = ledger::application(tx, event.application);
    OWED_CHECK(application && application->undone, "an application that is taken back says when");
    return queue_reversal(tx, clock_, *write, *application);
}

Result<std::vector<ReservedWrite>> reserve_erp_writes(store::Tx& tx, Clock& clock, const std::string& entity, const std::string& connector,
                                                      std::size_t limit_max) {
    const TakingsBack takings_back{tx};
    std::vector<ReservedWrite> reserved;
    std::int64_t looked_at = 0;
    while (reserved.size() < limit_max) {
        const auto waiting = detail::erp_waiting_after(tx, looked_at, entity, connector, clock.now());
        if (waiting.empty()) break;
        for (const auto& write : waiting) {
            if (reserved.size() == limit_max) break;
            looked_at = write.id;
            auto settled = ErpState::withdrawn;
            std::string why;
            const auto due = due_of(tx, write, takings_back, settled, why);
            if (due == Due::never) settle(tx, clock, write.id, settled, why);
            if (due != Due::now) continue;
            OWED_TRY(auto record, detail::stored_record(tx, write.id));
            tx.query("UPDATE erp_write SET state = 'reserved', connector = ?, attempts = attempts + 1, next_at = NULL, changed_at = ? WHERE id = ?")
                .bind(connector, clock.now().micros, write.id)
                .run();
            reserved.push_back({write.id, std::move(record)});
        }
    }
    return reserved;
}

Status note_erp_outcome(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, const SendReceipt& outcome) {
    const auto write = detail::find_erp_write(tx, id);
    if (!write) return fail(Errc::not_found, "there is no record " + std::to_string(id) + " for the ERP");
    if (write->state != ErpState::reserved && write->state != ErpState::unknown) return {};
    // After a restore nobody knew who had been told: now one knows the key, and a taking back, also one that is queued, is for that one.
    if ((outcome.state == SendState::sent || outcome.state == SendState::refused) && by.kind == audit::Actor::Kind::connector)
        tx.query("UPDATE erp_write SET connector = ? WHERE application = ? AND connector = ''").bind(by.id, write->application.value).run();
    const auto now = context.clock.now().micros;
    switch (outcome.state) {
        case SendState::sent:
            tx.query("UPDATE erp_write SET state = 'sent', written_at = ?1, changed_at = ?1, next_at = NULL, remote_id = ?2, detail = ?3 WHERE id = ?4")
                .bind(now, outcome.provider_id, outcome.detail, id)
                .run();
            return {};
        case SendState::refused:
            if (!write->reversal) return take_back(tx, context, by, *write, outcome.detail);
            settle(tx, context.clock, id, ErpState::refused, words_of(outcome.detail));
            return audit_act(tx, context.clock, by, *write, "cash.erp_reversal_refused", words_of(outcome.detail));
        case SendState::retry:
        case SendState::unknown: {
            const auto state = outcome.state == SendState::retry ? ErpState::waiting : ErpState::unknown;
            // Asking counts as an attempt too, so that it is not asked every minute for ever.
            const auto attempts = write->attempts + (write->state == ErpState::unknown ? 1 : 0);
            // Known by now never to have been written: that is no failure, and it may go at once.
            const bool found_missing = write->state == ErpState::unknown && state == ErpState::waiting;
            const auto next = found_missing ? now : now + back_off_us(attempts, outcome.retry_after_ms);
            tx.query("UPDATE erp_write SET state = ?, attempts = ?, next_at = ?, changed_at = ?, detail = ? WHERE id = ?")
                .bind(name_of(state), attempts, next, now, outcome.detail, id)
                .run();
            return {};
        }
    }
    return {};
}

Result<bool> erp_answered(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptAnswer& answer,
                          std::string_view entity) {
    const auto write = detail::find_erp_write(tx, answer.key);
    if (!write || (!entity.empty() && write->entity != entity)) return fail(Errc::not_found, "the ERP answers to key " + answer.key + ", which was never written to it");
    if (write->state == (answer.accepted ? ErpState::confirmed : ErpState::refused)) {
        if (known_by_its_record(*write) && !write->detail.starts_with(second_one)) note_accepted(tx, context.clock, *write, answer);
        return false;
    }
    if (!answer.accepted && known_by_its_record(*write)) {
        if (write->detail == std::string{second_one} + words_of(answer.reason)) return false;
        if (stands_here(tx, *write)) {
            OWED_TRY_VOID(take_back(tx, context, by, *write, answer.reason));
            return true;
        }
    }
    if (write->state == ErpState::confirmed || write->state == ErpState::refused)
        return fail(Errc::conflicting_repeat, "the ERP " + std::string{answer.accepted ? "accepts" : "refuses"} + " " + answer.key + ", which is " +
                                                  std::string{name_of(write->state)} + " already");
    if (!answer.accepted) {
        if (!write->reversal) {
            OWED_TRY_VOID(take_back(tx, context, by, *write, answer.reason));
            return true;
        }
        settle(tx, context.clock, write->id, ErpState::refused, words_of(answer.reason));
        OWED_TRY_VOID(audit_act(tx, context.clock, by, *write, "cash.erp_reversal_refused", words_of(answer.reason)));
        return true;
    }
    note_accepted(tx, context.clock, *write, answer);
    if (write->reversal) return true;
    const auto application = ledger::application(tx, write->application);
    OWED_CHECK(application.has_value(), "what was queued is an application");
    if (application->in_flight) OWED_TRY_VOID(ledger::flag_in_flight(tx, application->id, false));
    // It was taken for not written, and had been withdrawn here: now the ERP is to take it back too.
    if (application->undone) OWED_TRY_VOID(take_back_after_all(tx, context.clock, *write, *application));
    return true;
}

int confirm_erp_writes(store::Tx& tx, Clock& clock) {
    tx.query("UPDATE erp_write SET state = 'confirmed', next_at = NULL, changed_at = ?1, detail = ?2 "
             "WHERE (state = 'waiting' OR state = 'unknown' OR state = 'sent') AND reversal = 0 "
             "AND EXISTS (SELECT 1 FROM application a WHERE a.id = erp_write.application AND a.in_flight = 0 AND a.undone_on IS NULL)")
        .bind(clock.now().micros, own_record_came)
        .run();
    return static_cast<int>(tx.changed_rows());
}

bool confirm_erp_write(store::Tx& tx, Clock& clock, ApplicationId application) {
    const auto write = detail::find_erp_write(tx, application, false);
    if (!write || (write->state != ErpState::waiting && write->state != ErpState::unknown && write->state != ErpState::sent)) return false;
    settle(tx, clock, write->id, ErpState::confirmed, std::string{own_record_came});
    return true;
}

int erp_writes_after_restart(store::Tx& tx, Clock& clock) {
    std::int64_t restored = std::numeric_limits<std::int64_t>::min();
    for (const auto& epoch : store::epochs(tx))
        if (epoch.restored_from) restored = epoch.created.micros;
    if (restored != std::numeric_limits<std::int64_t>::min()) confirm_erp_writes(tx, clock);
    tx.query("UPDATE erp_write SET state = 'unknown', changed_at = ?1, next_at = ?1, detail = 'owed was stopped or restored while this was being written' "
             "WHERE state = 'reserved' OR (state = 'waiting' AND changed_at < ?2)")
        .bind(clock.now().micros, restored)
        .run();
    return static_cast<int>(tx.changed_rows());
}

Status resolve_erp_write(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const std::string& key, bool was_written,
                         const std::string& why) {
    const auto write = detail::find_erp_write(tx, key);
    if (!write) return fail(Errc::not_found, "nothing with key " + key + " was queued for an ERP", "key", "see owectl writeback");
    if (why.empty()) return fail(Errc::invalid_argument, "say how you know: --why W", "why");
    const bool refused_reversal = write->state == ErpState::refused && write->reversal && was_written;
    const bool left_behind = write->state == ErpState::waiting && !write->connector.empty();
    if (write->state != ErpState::unknown && !refused_reversal && !left_behind)
        return fail(Errc::refused, key + " is " + std::string{name_of(write->state)} + "; only an unknown outcome can be resolved");
    const auto outcome = audit::to_text(by) + " found that it was " + (was_written ? "written" : "not written") + ": " + why;
    const auto now = context.clock.now().micros;
    // What no connector has written may go to another; the taking back of what one has, only when it waits for one in vain.
    if (!was_written && (!write->reversal || left_behind)) tx.query("UPDATE erp_write SET connector = '' WHERE id = ?").bind(write->id).run();
    tx.query("UPDATE erp_write SET state = ?1, next_at = ?2, changed_at = ?3, written_at = coalesce(written_at, ?4), detail = ?5 WHERE id = ?6")
        .bind(name_of(was_written ? ErpState::sent : ErpState::waiting), was_written ? std::nullopt : std::optional{now}, now,
              was_written ? std::optional{now} : std::nullopt, outcome, write->id)
        .run();
    return audit_act(tx, context.clock, by, *write, was_written ? "cash.erp_resolve.written" : "cash.erp_resolve.not_written", outcome);
}

Result<int> retry_refused_erp_writes(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector) {
    const auto refused = detail::erp_reversals_refused(tx, connector);
    for (const auto& write : refused) {
        tx.query("UPDATE erp_write SET state = 'waiting', next_at = ?1, changed_at = ?1 WHERE id = ?2").bind(clock.now().micros, write.id).run();
        OWED_TRY_VOID(audit_act(tx, clock, by, write, "cash.erp_retry", "the taking back is written again"));
    }
    return static_cast<int>(refused.size());
}

}  // namespace owed::cash
