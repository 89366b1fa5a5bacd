#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "ledger/test_company.hpp"
#include "notify/detail/delivery_json.hpp"
#include "notify/notify.hpp"

namespace owed::notify {
namespace {

using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;


NewNotice letter(const std::string& key = "dun/emea/10001/2026-03-31") {
    NewNotice notice{.key = key, .run = DunningRunId{3}, .entity = "emea", .customer = CustomerId{1}, .kind = "dunning", .channel = "letter",
                     .language = "de", .template_name = "reminder-3", .template_version = "v1", .level = 3, .total = money("124.00 EUR"),
                     .items = {{OpenItemId{7}, "RE-1", money("119.00 EUR"), 31, 3}}, .fee_item = OpenItemId{8}, .decision = R"({"reason":"late"})",
                     .delivery = {}, .message_id = "m-1", .subject = "Mahnung"};
    notice.delivery.recipients = {"a@kunde.example", "b@kunde.example"};
    notice.delivery.sender_address = "ar@nordwind.example";
    notice.delivery.message = std::string{"line one\r\n\0\xff", 12};
    notice.delivery.parts = {{"a.pdf", "application/pdf", std::string{"%PDF\0", 5}}, {"b.pdf", "application/pdf", "%PDF"}};
    notice.delivery.addressee = {"Kunde \"GmbH\"", "Am Alten Markt 7", "80331 München"};
    notice.delivery.facts = R"({"placement":"x"})";
    return notice;
}

struct OutboxTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    Clock& clock = company.test.clock;

    Result<NoticeId> try_reserve(const NewNotice& notice) {
        return company.in_tx<NoticeId>([&](store::Tx& tx) { return reserve(tx, clock, notice); });
    }
    NoticeId reserved(const NewNotice& notice = letter()) { return store::ok(try_reserve(notice)); }
    std::string outcome(NoticeId id, SendReceipt receipt) {
        return refusal(company.in_tx<State>([&](store::Tx& tx) { return record_outcome(tx, clock, id, receipt); }));
    }
    Notice read(NoticeId id) {
        return *company.in_db<std::optional<Notice>>([&](store::Db& db) { return notice(db, id); });
    }
    std::string state(NoticeId id) { return std::string{name_of(read(id).state)}; }
    std::size_t due() {
        return company.in_db<std::size_t>([&](store::Db& db) { return due_for_retry(db, clock.now()).size(); });
    }
    std::string again(NoticeId id) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return reserve_again(tx, clock, id); }));
    }
    std::string settle(NoticeId id, bool sent, std::string_view why = "the log of the mail server") {
        return refusal(company.test.store().write([&](store::Tx& tx) { return resolve(tx, clock, anna, id, sent, why); }));
    }
    std::vector<std::string> audited() {
        std::vector<std::string> actions;
        for (const auto& one : company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 100); }))
            actions.push_back(one.act.action);
        return actions;
    }
};

TEST_F(OutboxTest, what_is_reserved_reads_back_byte_by_byte) {
    const auto wanted = letter();
    const auto id = reserved(wanted);
    const auto got = read(id);
    EXPECT_EQ(got.state, State::reserved);
    EXPECT_EQ(got.attempts, 1);
    EXPECT_EQ(got.run, wanted.run);
    EXPECT_EQ(got.key, wanted.key);
    EXPECT_EQ(got.total, wanted.total);
    EXPECT_EQ(got.fee_item, wanted.fee_item);
    ASSERT_EQ(got.items.size(), 1U);
    EXPECT_EQ(got.items[0].residual, money("119.00 EUR"));
    EXPECT_EQ(got.items[0].level, 3);
    const auto delivery = *company.in_db<std::optional<Delivery>>([&](store::Db& db) { return archived(db, id); });
    EXPECT_EQ(delivery.message, wanted.delivery.message);
    EXPECT_EQ(delivery.recipients, wanted.delivery.recipients);
    EXPECT_EQ(delivery.addressee, wanted.delivery.addressee);
    EXPECT_EQ(delivery.facts, wanted.delivery.facts);
    EXPECT_EQ(delivery.channel, "letter");
    ASSERT_EQ(delivery.parts.size(), 2U);
    EXPECT_EQ(delivery.parts[0].bytes, wanted.delivery.parts[0].bytes);
    EXPECT_EQ(delivery.parts[1].name, "b.pdf");
    EXPECT_EQ(delivery.key, detail::idempotency_key("letter", wanted.key, wanted.delivery));
    const auto out = *company.in_db<std::optional<Outgoing>>([&](store::Db& db) { return outgoing(db, id); });
    EXPECT_EQ(out.channel, "letter");
    EXPECT_EQ(out.attempt, 1);
    EXPECT_EQ(out.delivery.key, delivery.key);
    EXPECT_FALSE((company.in_db<std::optional<Outgoing>>([&](store::Db& db) { return outgoing(db, NoticeId{99}); })));
}

TEST_F(OutboxTest, one_notice_a_business_key) {
    reserved();
    auto other = letter();
    other.delivery.message = "other words";
    EXPECT_EQ(refusal(try_reserve(other)), "already_exists");
    EXPECT_EQ(refusal(try_reserve(letter("dun/emea/10001/2026-04-30"))), "no error");
}

TEST_F(OutboxTest, the_key_a_receiver_sees_is_of_the_content) {
    const auto base = letter();
    const auto key = [](const NewNotice& notice, std::string_view channel = "letter") { return detail::idempotency_key(channel, notice.key, notice.delivery); };
    EXPECT_EQ(key(base), key(letter()));
    EXPECT_EQ(key(base).size(), 32U);
    EXPECT_EQ(key(base).find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
    std::set<std::string> keys{key(base), key(base, "email"), key(letter("dun/emea/10001/2026-04-30"))};
    for (int change = 0; change < 6; ++change) {
        auto other = letter();
        auto& delivery = other.delivery;
        if (change == 0) delivery.message += "x";
        if (change == 1) delivery.recipients.pop_back();
        if (change == 2) delivery.recipients = {"a@kunde.exampleb@kunde.example"};
        if (change == 3) delivery.parts[0].bytes += "x";
        if (change == 4) delivery.facts = "{}";
        if (change == 5) delivery.addressee.pop_back();
        keys.insert(key(other));
    }
    EXPECT_EQ(keys.size(), 9U);
}

TEST_F(OutboxTest, outcomes_of_the_first_attempt) {
    struct Row {
        SendState answer;
        const char* state;
        bool sent_at, due_in_a_minute;
    };
    for (const auto& row : {Row{SendState::sent, "sent", true, false}, Row{SendState::refused, "refused", false, false},
                            Row{SendState::retry, "retry", false, true}, Row{SendState::unknown, "unknown", false, false}}) {
        const auto id = reserved(letter(std::string{"key/"} + row.state));
        EXPECT_EQ(outcome(id, {row.answer, "provider", "a sentence", 0}), "no error");
        EXPECT_EQ(state(id), row.state);
        EXPECT_EQ(read(id).outcome, "a sentence");
        EXPECT_EQ(read(id).sent_at.has_value(), row.sent_at) << row.state;
        const auto now = clock.now().plus_seconds(60);
        const auto list = company.in_db<std::vector<NoticeId>>([&](store::Db& db) { return due_for_retry(db, now); });
        EXPECT_EQ(std::find(list.begin(), list.end(), id) != list.end(), row.due_in_a_minute) << row.state;
    }
    const auto id = reserved(letter("key/twice"));
    EXPECT_EQ(outcome(id, {SendState::sent, "", "", 0}), "no error");
    EXPECT_EQ(outcome(id, {SendState::sent, "", "", 0}), "refused");
    EXPECT_EQ(outcome(NoticeId{999}, {SendState::sent, "", "", 0}), "not_found");
}

TEST_F(OutboxTest, retries_back_off_and_heed_the_receiver) {
    const auto id = reserved();
    const std::int64_t waits[] = {60, 120, 240, 480, 960, 1920, 3840, 7680, 14400, 14400};
    for (const auto seconds : waits) {
        ASSERT_EQ(outcome(id, {SendState::retry, "", "busy", 0}), "no error");
        company.test.clock.pass_seconds(seconds - 1);
        EXPECT_EQ(due(), 0U) << seconds;
        company.test.clock.pass_seconds(1);
        EXPECT_EQ(due(), 1U) << seconds;
        ASSERT_EQ(again(id), "no error");
        EXPECT_EQ(due(), 0U);
    }
    EXPECT_EQ(read(id).attempts, 11);
    EXPECT_EQ(again(id), "refused");  // it is reserved
    ASSERT_EQ(outcome(id, {SendState::retry, "", "busy", 48ULL * 3600 * 1000}), "no error");
    company.test.clock.pass_seconds(48 * 3600 - 1);
    EXPECT_EQ(due(), 0U);
    company.test.clock.pass_seconds(1);
    EXPECT_EQ(due(), 1U);
}

TEST_F(OutboxTest, after_a_restart_what_was_reserved_is_unknown) {
    const auto a = reserved(letter("a")), b = reserved(letter("b")), c = reserved(letter("c"));
    ASSERT_EQ(outcome(b, {SendState::retry, "", "busy", 0}), "no error");
    EXPECT_EQ(store::ok(company.in_tx<int>([&](store::Tx& tx) { return after_restart(tx, clock); })), 2);
    EXPECT_EQ(store::ok(company.in_tx<int>([&](store::Tx& tx) { return after_restart(tx, clock); })), 0);
    EXPECT_EQ(state(a) + " " + state(b) + " " + state(c), "unknown retry unknown");
    EXPECT_THAT((company.in_db<std::vector<NoticeId>>([](store::Db& db) { return notify::reserved(db); })), IsEmpty());
    const auto status = company.in_db<OutboxStatus>([&](store::Db& db) { return outbox_status(db, clock.now().plus_seconds(90)); });
    EXPECT_EQ(status.unknown, 2);
    EXPECT_EQ(status.waiting, 1);
    EXPECT_EQ(status.oldest_seconds, 90);
}

TEST_F(OutboxTest, only_an_unknown_outcome_is_resolved_and_by_name) {
    const auto a = reserved(letter("a")), b = reserved(letter("b"));
    EXPECT_EQ(settle(a, true), "refused");
    for (auto id : {a, b}) ASSERT_EQ(outcome(id, {SendState::unknown, "", "connection lost", 0}), "no error");
    EXPECT_EQ(again(a), "refused");  // never by itself
    EXPECT_EQ(settle(a, true), "no error");
    EXPECT_EQ(settle(b, false, ""), "no error");
    EXPECT_EQ(state(a), "sent");
    EXPECT_TRUE(read(a).sent_at);
    EXPECT_EQ(read(a).outcome, "person anna found that it was sent: the log of the mail server");
    EXPECT_EQ(state(b), "retry");
    EXPECT_EQ(due(), 1U);
    EXPECT_EQ(settle(a, false), "refused");
    EXPECT_THAT(audited(), ElementsAre("notice.reserve", "notice.reserve", "notice.unknown", "notice.unknown", "notice.resolve.sent", "notice.resolve.not_sent"));
}

TEST_F(OutboxTest, what_waits_can_be_withdrawn_and_what_went_out_cannot) {
    const auto withdrawn = [&](NoticeId id) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return withdraw(tx, clock, anna, id, "paid since"); }));
    };
    const auto id = reserved();
    EXPECT_EQ(withdrawn(id), "refused");  // bytes may be leaving right now
    ASSERT_EQ(outcome(id, {SendState::retry, "", "busy", 0}), "no error");
    EXPECT_EQ(withdrawn(id), "no error");
    EXPECT_EQ(state(id), "withdrawn");
    EXPECT_EQ(read(id).outcome, "paid since");
    EXPECT_EQ(again(id), "refused");
    const auto sent = reserved(letter("sent"));
    ASSERT_EQ(outcome(sent, {SendState::sent, "", "", 0}), "no error");
    EXPECT_EQ(withdrawn(sent), "refused");
    EXPECT_EQ(withdrawn(NoticeId{99}), "not_found");
}

TEST_F(OutboxTest, lists_by_state) {
    const auto a = reserved(letter("a"));
    reserved(letter("b"));
    ASSERT_EQ(outcome(a, {SendState::sent, "", "", 0}), "no error");
    const auto count = [&](std::optional<State> wanted) {
        return company.in_db<std::size_t>([&](store::Db& db) { return notices(db, wanted).size(); });
    };
    EXPECT_EQ(count({}), 2U);
    EXPECT_EQ(count(State::sent), 1U);
    EXPECT_EQ(count(State::reserved), 1U);
    EXPECT_EQ(count(State::refused), 0U);
}

}  // namespace
}  // namespace owed::notify
