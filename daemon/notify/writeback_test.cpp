#include "notify/writeback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "notify/notify.hpp"
#include "store/test_store.hpp"

namespace owed::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;


struct Writeback : ::testing::Test {
    store::TestStore test{{audit::migrations(), migrations()}};

    static Wanted wanted(const std::string& key, std::int64_t units) {
        AccountStatus status;
        status.customer = key;
        status.balance = Amount{units, 2, "EUR"};
        return {"crm", "emea", {std::move(status), key, {}}, store::hex(store::sha256(key + std::to_string(units)))};
    }
    bool want(const Wanted& one) {
        bool differs = false;
        const auto done = test.store().write([&](store::Tx& tx) -> Status {
            OWED_TRY(differs, notify::want(tx, test.clock, one));
            return {};
        });
        EXPECT_TRUE(done);
        return differs;
    }
    std::vector<DueWrite> due(std::size_t limit = 100) {
        std::vector<DueWrite> all;
        test.read([&](store::Db& db) { all = *due_writes(db, "crm", test.clock.now(), limit); });
        return all;
    }
    void became(const DueWrite& write, SendState state, const std::string& detail = "") {
        const auto done = test.store().write([&](store::Tx& tx) { return note_written(tx, test.clock, write, {0, state, "001x", detail, "", false}); });
        ASSERT_TRUE(done);
    }
    std::vector<WritebackRow> rows() {
        std::vector<WritebackRow> all;
        test.read([&](store::Db& db) { all = writebacks(db, {}); });
        return all;
    }
};

TEST_F(Writeback, what_stands_there_is_not_written_again) {
    EXPECT_TRUE(want(wanted("4711", 100)));
    EXPECT_FALSE(want(wanted("4711", 100)));  // it waits already
    ASSERT_EQ(due().size(), 1u);
    EXPECT_EQ(std::get<AccountStatus>(due()[0].record.body).balance->units, 100);
    EXPECT_EQ(due()[0].record.external_id, "4711");
    became(due()[0], SendState::sent);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_FALSE(want(wanted("4711", 100)));
    EXPECT_TRUE(want(wanted("4711", 250)));
    ASSERT_EQ(due().size(), 1u);
    EXPECT_EQ(rows()[0].remote_id, "001x");
}

TEST_F(Writeback, only_the_latest_is_wanted_and_a_late_answer_does_not_settle_it) {
    want(wanted("4711", 100));
    const auto on_its_way = due()[0];
    want(wanted("4711", 250));
    became(on_its_way, SendState::sent);  // the answer to the older record
    ASSERT_EQ(due().size(), 1u);
    EXPECT_EQ(std::get<AccountStatus>(due()[0].record.body).balance->units, 250);
    EXPECT_EQ(rows()[0].state, WriteState::waiting);
}

TEST_F(Writeback, unknown_and_retry_wait_longer_each_time) {
    want(wanted("4711", 100));
    std::int64_t waited = 0;
    for (const std::int64_t minutes : {1, 2, 4, 8, 16, 32, 64, 128, 240, 240}) {
        ASSERT_EQ(due().size(), 1u) << minutes;
        became(due()[0], waited % 2 == 0 ? SendState::unknown : SendState::retry, "the line broke");
        EXPECT_THAT(due(), IsEmpty());
        test.clock.pass_seconds(minutes * 60 - 1);
        EXPECT_THAT(due(), IsEmpty()) << minutes;
        test.clock.pass_seconds(1);
        ++waited;
    }
    EXPECT_EQ(rows()[0].attempts, 10);
}

TEST_F(Writeback, refused_waits_for_a_change_or_a_person) {
    want(wanted("4711", 100));
    became(due()[0], SendState::refused, "no such account");
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_FALSE(want(wanted("4711", 100)));
    EXPECT_EQ(rows()[0].detail, "no such account");
    const auto done = test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY(const int count, retry_refused(tx, test.clock, anna, "crm"));
        EXPECT_EQ(count, 1);
        return {};
    });
    ASSERT_TRUE(done);
    ASSERT_EQ(due().size(), 1u);
    became(due()[0], SendState::refused, "no such account");
    EXPECT_TRUE(want(wanted("4711", 300)));
    EXPECT_EQ(rows()[0].state, WriteState::waiting);
    EXPECT_EQ(rows()[0].detail, "");
}

TEST_F(Writeback, a_record_without_key_is_refused_by_name) {
    auto nameless = wanted("", 1);
    const auto done = test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY([[maybe_unused]] auto differs, notify::want(tx, test.clock, nameless));
        return {};
    });
    EXPECT_EQ(done.error().code, Errc::invalid_argument);
    EXPECT_THAT(done.error().what, HasSubstr("crm"));
    EXPECT_THAT(rows(), IsEmpty());
}

}  // namespace
}  // namespace owed::notify
