// Reading the outbox back, and the stored form of a delivery.
#include <boost/json.hpp>

#include "notify/detail/delivery_json.hpp"
#include "notify/notify.hpp"

namespace owed::notify {
namespace {

namespace json = boost::json;

constexpr std::string_view columns =
    "SELECT id, run, entity, kind, channel, language, subject, message_id, outcome, key, decision, customer, level, attempts, "
    "total, currency, state, sent_at, fee_item FROM notice ";

State state_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(State::withdrawn); ++i)
        if (name_of(static_cast<State>(i)) == name) return static_cast<State>(i);
    return State::unknown;
}

Notice from_row(const store::Query& query) {
    Notice notice{.id = NoticeId{query.integer(0)}, .run = {}, .entity = query.text(2), .kind = query.text(3),
                  .channel = query.text(4), .language = query.text(5), .subject = query.text(6), .message_id = query.text(7),
                  .outcome = query.text(8), .key = query.text(9), .decision = query.text(10),
                  .customer = CustomerId{query.integer(11)}, .level = static_cast<int>(query.integer(12)),
                  .attempts = static_cast<int>(query.integer(13)), .items = {}, .total = store::money_at(query, 14, 15),
                  .state = state_named(query.text_view(16)), .sent_at = {}, .fee_item = {}};
    if (!query.is_null(1)) notice.run = DunningRunId{query.integer(1)};
    if (!query.is_null(17)) notice.sent_at = Instant{query.integer(17)};
    if (!query.is_null(18)) notice.fee_item = OpenItemId{query.integer(18)};
    return notice;
}

void add_items(store::Db& db, Notice& notice) {
    auto query = db.query("SELECT item, document, residual, days_overdue, level FROM notice_item WHERE notice = ? ORDER BY item");
    query.bind(notice.id.value);
    while (query.step())
        notice.items.push_back({OpenItemId{query.integer(0)}, query.text(1), Money::minor(query.integer(2), notice.total.currency()),
                                static_cast<int>(query.integer(3)), static_cast<int>(query.integer(4))});
}

std::vector<NoticeId> ids(store::Query query) {
    std::vector<NoticeId> all;
    while (query.step()) all.push_back(NoticeId{query.integer(0)});
    return all;
}

}  // namespace

std::vector<Notice> notices(store::Db& db, std::optional<State> state) {
    std::vector<Notice> all;
    {
        auto query = db.query(std::string{columns} + "WHERE (?1 = '' OR state = ?1) ORDER BY id");
        query.bind(state ? name_of(*state) : std::string_view{});
        while (query.step()) all.push_back(from_row(query));
    }
    for (auto& notice : all) add_items(db, notice);
    return all;
}

std::optional<Notice> notice(store::Db& db, NoticeId id) {
    std::optional<Notice> found;
    {
        auto query = db.query(std::string{columns} + "WHERE id = ?");
        query.bind(id.value);
        if (!query.step()) return {};
        found = from_row(query);
    }
    add_items(db, *found);
    return found;
}

std::optional<Delivery> archived(store::Db& db, NoticeId id) {
    std::optional<Delivery> delivery;
    {
        auto query = db.query("SELECT head, message FROM notice WHERE id = ?");
        query.bind(id.value);
        if (!query.step()) return {};
        delivery = detail::head_from_json(query.text_view(0));
        delivery->message = query.blob(1);
    }
    auto parts = db.query("SELECT name, media_type, bytes FROM notice_part WHERE notice = ? ORDER BY ordinal");
    parts.bind(id.value);
    while (parts.step()) delivery->parts.push_back({parts.text(0), parts.text(1), parts.blob(2)});
    return delivery;
}

std::optional<Outgoing> outgoing(store::Db& db, NoticeId id) {
    auto found = notice(db, id);
    auto delivery = archived(db, id);
    if (!found || !delivery) return {};
    return Outgoing{id, found->attempts, found->channel, std::move(*delivery)};
}

std::vector<NoticeId> reserved(store::Db& db) { return ids(db.query("SELECT id FROM notice WHERE state = 'reserved' ORDER BY id")); }

std::vector<NoticeId> due_for_retry(store::Db& db, Instant now) {
    auto query = db.query("SELECT id FROM notice WHERE state = 'retry' AND retry_at <= ? ORDER BY id");
    query.bind(now.micros);
    return ids(std::move(query));
}

OutboxStatus outbox_status(store::Db& db, Instant now) {
    OutboxStatus status;
    auto query = db.query("SELECT state, count(*), min(reserved_at) FROM notice WHERE state IN ('reserved', 'retry', 'unknown') GROUP BY state");
    while (query.step()) {
        const auto count = static_cast<int>(query.integer(1));
        (query.text_view(0) == "unknown" ? status.unknown : status.waiting) += count;
        status.oldest_seconds = std::max(status.oldest_seconds, (now.micros - query.integer(2)) / 1'000'000);
    }
    return status;
}

namespace detail {

std::string head_to_json(const Delivery& delivery) {
    json::array recipients, addressee;
    for (const auto& recipient : delivery.recipients) recipients.emplace_back(recipient);
    for (const auto& line : delivery.addressee) addressee.emplace_back(line);
    return json::serialize(json::object{{"key", delivery.key}, {"channel", delivery.channel}, {"from", delivery.sender_address},
                                        {"recipients", recipients}, {"addressee", addressee}, {"facts", delivery.facts}});
}

Delivery head_from_json(std::string_view text) {
    const auto head = json::parse(json::string_view{text.data(), text.size()}).as_object();
    Delivery delivery;
    delivery.key = std::string{head.at("key").as_string()};
    delivery.channel = std::string{head.at("channel").as_string()};
    delivery.sender_address = std::string{head.at("from").as_string()};
    delivery.facts = std::string{head.at("facts").as_string()};
    for (const auto& recipient : head.at("recipients").as_array()) delivery.recipients.emplace_back(recipient.as_string());
    for (const auto& line : head.at("addressee").as_array()) delivery.addressee.emplace_back(line.as_string());
    return delivery;
}

std::string idempotency_key(std::string_view channel, std::string_view business_key, const Delivery& delivery) {
    store::RowHash hash;
    hash.add("owed-send/1").add(channel).add(business_key).add(delivery.message).add(delivery.facts);
    hash.add(static_cast<std::int64_t>(delivery.recipients.size()));
    for (const auto& recipient : delivery.recipients) hash.add(recipient);
    for (const auto& line : delivery.addressee) hash.add(line);
    for (const auto& part : delivery.parts) hash.add(part.name).add(part.bytes);
    const auto digest = hash.bytes();
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 section 6, lower case
    std::string key;
    unsigned bits = 0;
    int have = 0;
    for (unsigned char byte : digest) {
        bits = bits << 8U | byte;
        for (have += 8; have >= 5; have -= 5) key += alphabet[bits >> (have - 5) & 31U];
        if (key.size() >= 32) break;
    }
    return key.substr(0, 32);
}

}  // namespace detail
}  // namespace owed::notify
