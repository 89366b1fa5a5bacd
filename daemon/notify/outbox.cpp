// The outbox: reserve in a commit before any byte leaves, then record what became of it.
#include <boost/json.hpp>

#include "notify/detail/delivery_json.hpp"
#include "notify/notify.hpp"
#include "owed/back_off.hpp"

namespace owed::notify {
namespace {

namespace json = boost::json;

constexpr std::string_view tables = R"sql(
CREATE TABLE notice (
  id           INTEGER PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,
  run          INTEGER,
  entity       TEXT NOT NULL,
  customer     INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  channel      TEXT NOT NULL,
  language     TEXT NOT NULL,
  template     TEXT NOT NULL,
  version      TEXT NOT NULL,
  level        INTEGER NOT NULL,
  total        INTEGER NOT NULL,
  currency     TEXT NOT NULL,
  fee_item     INTEGER,
  decision     TEXT NOT NULL,
  subject      TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  send_key     TEXT NOT NULL UNIQUE,
  head         TEXT NOT NULL,
  message      BLOB NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('planned', 'approved', 'reserved', 'sent', 'confirmed', 'refused', 'retry',
                                              'unknown', 'undelivered', 'withdrawn')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  retry_at     INTEGER,
  sent_at      INTEGER,
  outcome      TEXT NOT NULL DEFAULT '',
  reserved_at  INTEGER NOT NULL,
  hash         BLOB NOT NULL
) STRICT;
CREATE INDEX notice_state ON notice (state, id);
CREATE TABLE notice_part (
  notice     INTEGER NOT NULL REFERENCES notice (id),
  ordinal    INTEGER NOT NULL,
  name       TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes      BLOB NOT NULL,
  PRIMARY KEY (notice, ordinal)
) STRICT;
CREATE TABLE notice_item (
  notice       INTEGER NOT NULL REFERENCES notice (id),
  item         INTEGER NOT NULL,
  document     TEXT NOT NULL,
  residual     INTEGER NOT NULL,
  days_overdue INTEGER NOT NULL,
  level        INTEGER NOT NULL,
  PRIMARY KEY (notice, item)
) STRICT;
CREATE TABLE attempt (
  notice   INTEGER NOT NULL REFERENCES notice (id),
  nth      INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  finished INTEGER,
  state    TEXT NOT NULL,
  provider TEXT NOT NULL DEFAULT '',
  detail   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (notice, nth)
) STRICT;
)sql";

/// Retry after 1 minute, doubling to 4 hours; a receiver's own wish wins when it is later.
std::int64_t back_off_seconds(int attempts, std::uint64_t wished_ms) {
    return std::max<std::int64_t>(back_off_us({60, 4 * 3600}, attempts) / 1'000'000, static_cast<std::int64_t>(wished_ms / 1000));
}

std::string content_hash(const NewNotice& notice, std::string_view send_key) {
    store::RowHash hash;
    hash.add("owed-notice/1").add(notice.key).add(notice.entity).add(notice.customer.value).add(notice.channel);
    hash.add(notice.level).add(notice.total.units()).add(notice.total.currency().text()).add(send_key);
    hash.add(notice.delivery.message).add(static_cast<std::int64_t>(notice.items.size()));
    for (const auto& item : notice.items) hash.add(item.item.value).add(item.residual.units());
    for (const auto& part : notice.delivery.parts) hash.add(part.name).add(part.bytes);
    return hash.bytes();
}

Status audit_notice(store::Tx& tx, Clock& clock, const audit::Actor& by, std::string_view entity, NoticeId id,
                    std::string action, std::string reason) {
    audit::Act act;
    act.actor = by;
    act.entity = std::string{entity};
    act.action = std::move(action);
    act.object_kind = "notice";
    act.object_id = std::to_string(id.value);
    act.reason = std::move(reason);
    return audit::append(tx, clock, act);
}

const audit::Actor outbox_actor{audit::Actor::Kind::system, "outbox", "outbox", {}, {}};

struct Current {
    State state;
    std::string entity;
    int attempts;
};

Result<Current> current(store::Db& db, NoticeId id) {
    auto query = db.query("SELECT state, entity, attempts FROM notice WHERE id = ?");
    query.bind(id.value);
    if (!query.step()) return fail(Errc::not_found, "there is no notice " + std::to_string(id.value), {}, "see owectl notices");
    for (int i = 0; i <= static_cast<int>(State::withdrawn); ++i)
        if (name_of(static_cast<State>(i)) == query.text_view(0))
            return Current{static_cast<State>(i), query.text(1), static_cast<int>(query.integer(2))};
    return fail(Errc::store_corrupt, "notice " + std::to_string(id.value) + " has no known state");
}

Status change(store::Tx& tx, NoticeId id, State from, State to, std::string_view outcome) {
    if (!may_become(from, to))
        return fail(Errc::refused, "notice " + std::to_string(id.value) + " is " + std::string{name_of(from)} + " and cannot become " +
                                       std::string{name_of(to)});
    tx.query("UPDATE notice SET state = ?, outcome = ? WHERE id = ?").bind(name_of(to), outcome, id.value).run();
    return {};
}

void open_attempt(store::Tx& tx, Clock& clock, NoticeId id, int nth) {
    tx.query("INSERT INTO attempt (notice, nth, reserved, state) VALUES (?, ?, ?, 'reserved')")
        .bind(id.value, nth, clock.now().micros)
        .run();
    tx.query("UPDATE notice SET attempts = ?, retry_at = NULL WHERE id = ?").bind(nth, id.value).run();
}

void close_attempt(store::Tx& tx, Clock& clock, NoticeId id, int nth, State state, const SendReceipt& receipt) {
    tx.query("UPDATE attempt SET finished = ?, state = ?, provider = ?, detail = ? WHERE notice = ? AND nth = ?")
        .bind(clock.now().micros, name_of(state), receipt.provider_id, receipt.detail, id.value, nth)
        .run();
}

State state_after(SendState sent) {
    switch (sent) {
        case SendState::sent: return State::sent;
        case SendState::refused: return State::refused;
        case SendState::retry: return State::retry;
        case SendState::unknown: return State::unknown;
    }
    return State::unknown;
}

}  // namespace

constexpr std::string_view writeback_tables = R"sql(
CREATE TABLE writeback (
  id           INTEGER PRIMARY KEY,
  connector    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  key          TEXT NOT NULL CHECK (key <> ''),
  entity       TEXT NOT NULL,
  record       BLOB NOT NULL,
  content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'unknown')),
  attempts     INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,
  written_at   INTEGER,
  next_at      INTEGER,
  detail       TEXT NOT NULL DEFAULT '',
  remote_id    TEXT NOT NULL DEFAULT '',
  CHECK ((next_at IS NULL) = (state IN ('sent', 'refused'))),
  UNIQUE (connector, kind, key)
) STRICT;
CREATE INDEX writeback_due ON writeback (connector, next_at) WHERE next_at IS NOT NULL;
)sql";

std::vector<store::Migration> migrations() {
    return {{60, "notify: notices and attempts", tables}, {61, "notify: what other systems shall know", writeback_tables}};
}

Result<NoticeId> reserve(store::Tx& tx, Clock& clock, const NewNotice& notice) {
    {
        auto known = tx.query("SELECT id FROM notice WHERE key = ?");
        known.bind(notice.key);
        if (known.step()) return fail(Errc::already_exists, "notice " + notice.key + " exists already");
    }
    const auto send_key = detail::idempotency_key(notice.channel, notice.key, notice.delivery);
    auto delivery = notice.delivery;
    delivery.key = send_key;
    delivery.channel = notice.channel;
    std::optional<std::int64_t> run, fee;
    if (notice.run) run = notice.run->value;
    if (notice.fee_item) fee = notice.fee_item->value;
    auto insert = tx.query(
        "INSERT INTO notice (key, run, entity, customer, kind, channel, language, template, version, level, total, currency, "
        "fee_item, decision, subject, message_id, send_key, head, message, state, reserved_at, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?)");
    insert.bind(notice.key, run, notice.entity, notice.customer.value, notice.kind, notice.channel, notice.language,
                notice.template_name, notice.template_version, notice.level, notice.total.units(),
                notice.total.currency().text(), fee, notice.decision, notice.subject, notice.message_id, send_key,
                detail::head_to_json(delivery));
    insert.set_blob(18, delivery.message).set(19, clock.now().micros).set_blob(20, content_hash(notice, send_key));
    insert.run();
    const NoticeId id{tx.last_id()};

    auto part = tx.query("INSERT INTO notice_part (notice, ordinal, name, media_type, bytes) VALUES (?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < delivery.parts.size(); ++i) {
        part.bind(id.value, i, delivery.parts[i].name, delivery.parts[i].media_type);
        part.set_blob(4, delivery.parts[i].bytes);
        part.run();
    }
    auto item = tx.query("INSERT INTO notice_item (notice, item, document, residual, days_overdue, level) VALUES (?, ?, ?, ?, ?, ?)");
    for (const auto& one : notice.items)
        item.bind(id.value, one.item.value, one.document, one.residual.units(), one.days_overdue, one.level).run();
    open_attempt(tx, clock, id, 1);
    OWED_TRY_VOID(audit_notice(tx, clock, outbox_actor, notice.entity, id, "notice.reserve", notice.key));
    return id;
}

Status reserve_again(store::Tx& tx, Clock& clock, NoticeId id) {
    OWED_TRY(auto now, current(tx, id));
    OWED_TRY_VOID(change(tx, id, now.state, State::reserved, "sent again after an earlier attempt failed"));
    open_attempt(tx, clock, id, now.attempts + 1);
    return audit_notice(tx, clock, outbox_actor, now.entity, id, "notice.reserve", "attempt " + std::to_string(now.attempts + 1));
}

Result<State> record_outcome(store::Tx& tx, Clock& clock, NoticeId id, const SendReceipt& receipt) {
    OWED_TRY(auto now, current(tx, id));
    const auto state = state_after(receipt.state);
    OWED_TRY_VOID(change(tx, id, now.state, state, receipt.detail));
    close_attempt(tx, clock, id, now.attempts, state, receipt);
    if (state == State::sent) tx.query("UPDATE notice SET sent_at = ? WHERE id = ?").bind(clock.now().micros, id.value).run();
    if (state == State::retry)
        tx.query("UPDATE notice SET retry_at = ? WHERE id = ?")
            .bind(clock.now().plus_seconds(back_off_seconds(now.attempts, receipt.retry_after_ms)).micros, id.value)
            .run();
    OWED_TRY_VOID(audit_notice(tx, clock, outbox_actor, now.entity, id, "notice." + std::string{name_of(state)}, receipt.detail));
    return state;
}

Result<int> after_restart(store::Tx& tx, Clock& clock) {
    const auto left = reserved(tx);
    for (auto id : left) {
        const SendReceipt lost{SendState::unknown, {}, "owed was stopped while this was being sent; whether it arrived is not known", 0};
        OWED_TRY([[maybe_unused]] auto state, record_outcome(tx, clock, id, lost));
    }
    return static_cast<int>(left.size());
}

Status resolve(store::Tx& tx, Clock& clock, const audit::Actor& by, NoticeId id, bool was_sent, std::string_view why) {
    OWED_TRY(auto now, current(tx, id));
    if (now.state != State::unknown)
        return fail(Errc::refused, "notice " + std::to_string(id.value) + " is " + std::string{name_of(now.state)} +
                                       "; only an unknown outcome can be resolved");
    const auto outcome = audit::to_text(by) + " found that it was " + (was_sent ? "sent" : "not sent") +
                         (why.empty() ? std::string{} : ": " + std::string{why});
    OWED_TRY_VOID(change(tx, id, now.state, was_sent ? State::sent : State::retry, outcome));
    if (was_sent)
        tx.query("UPDATE notice SET sent_at = ? WHERE id = ?").bind(clock.now().micros, id.value).run();
    else
        tx.query("UPDATE notice SET retry_at = ? WHERE id = ?").bind(clock.now().micros, id.value).run();
    return audit_notice(tx, clock, by, now.entity, id, was_sent ? "notice.resolve.sent" : "notice.resolve.not_sent", outcome);
}

Status withdraw(store::Tx& tx, Clock& clock, const audit::Actor& by, NoticeId id, std::string_view why) {
    OWED_TRY(auto now, current(tx, id));
    OWED_TRY_VOID(change(tx, id, now.state, State::withdrawn, why));
    return audit_notice(tx, clock, by, now.entity, id, "notice.withdraw", std::string{why});
}

}  // namespace owed::notify
