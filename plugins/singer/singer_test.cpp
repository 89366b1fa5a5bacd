// The singer plugin under the real host with a tap that follows the specification to the letter, and with its misdeeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "host/test_doors.hpp"
#include "owed/record_wire.hpp"
#include "places/places.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

const std::string tap_folder = owed::source_folder() + "/tests/standins/singer";

struct Options {
    std::string mode, catalog = "catalog", token = "s3cret", more = "";
    std::string invoice_fields = R"("number": "no", "customer": "customer", "amount": "total", "document_date": "issued", "currency": "=EUR")";
    std::chrono::milliseconds deadline = std::chrono::milliseconds{mode == "hangs" ? 4'000 : 120'000};
};

struct Bench : HostBench {
    Bench() {
        options.plugin_folder = owed::build_folder() + "/plugins";
        options.polite_end = std::chrono::milliseconds{3'000};   // a busy machine may take its time to kill the tap
        options.allow_unlisted = true;   // its own list is what packaging checks
    }
    Connector& start_tap(const Options& o) {
        InstanceConfig config;
        config.name = "erp";
        config.plugin = "singer";
        config.own_network = true;
        config.programs = {tap_folder};
        config.limits.call_deadline = o.deadline;
        config.limits.cpu = std::max(config.limits.cpu, std::chrono::duration_cast<std::chrono::seconds>(o.deadline));
        config.settings_json = R"({"tap": ")" + tap_folder + R"(/tap_strict.py", "catalog": ")" + o.catalog + R"(", "config": {"mode": ")" + o.mode +
                               R"(", "token": ")" + o.token + R"(")" + o.more + R"(}, "streams": {"customers": {"record": "customer", "fields":
            {"number": "id", "name": "attributes.name", "segment": "attributes.tags.0", "language": "=de"}},
            "invoices": {"record": "invoice", "fields": {)" + o.invoice_fields + "}}}}";
        return start(config);
    }
};

std::vector<Record> records_of(const KeptTarget& target) {
    KeptRecords kept;
    for (const auto& batch : target.batches) EXPECT_TRUE(wire::decode_batch(batch, {}, kept));
    return std::move(kept.records);
}
const ArDocument& invoice(const Record& record) { return std::get<ArDocument>(record.body); }

TEST(Singer, a_tap_by_the_letter_is_read_and_goes_on_from_its_state) {
    for (const char* catalog : {"catalog", "properties", "none"}) {
        Bench bench;
        auto& erp = bench.start_tap({"", catalog});
        ASSERT_TRUE(erp.check()) << to_text(erp.check().error());
        KeptTarget target;
        const auto status = erp.read({}, target);
        ASSERT_TRUE(status) << catalog << to_text(status.error()) << bench.host->stderr_of("erp");
        const auto records = records_of(target);
        ASSERT_EQ(records.size(), 6u);   // two customers, four invoices
        const auto& customer = std::get<Customer>(records[1].body);
        EXPECT_EQ(customer.number, "C-2");
        EXPECT_EQ(customer.name, "K\u00e4ufer 2");
        EXPECT_EQ(customer.segment, "a");
        EXPECT_EQ(customer.language, "de");
        EXPECT_EQ(to_text(*invoice(records[3]).amount), "0.10");
        EXPECT_EQ(to_text(*invoice(records[4]).amount), "99999999999.99");
        EXPECT_EQ(to_text(*invoice(records[5]).amount), "-3.00");
        EXPECT_EQ(owed::to_text(*invoice(records[2]).document_date), "2026-03-01");
        EXPECT_EQ(records[2].external_id, "INV-1");
        EXPECT_EQ(records[2].where, "invoices INV-1");
        // What does not fit is named by stream, key and field.
        EXPECT_TRUE(bench.log.has("stream invoices, record INV-4: field amount: '12.345' has 3 decimals, and EUR has 2; it is left out"));
        EXPECT_EQ(target.cursors.size(), 2u);
        EXPECT_THAT(target.cursors.back(), HasSubstr(R"("opaque": [1, null, 0.5])"));
        const auto counters = erp.report().counters;
        EXPECT_EQ(counters.at("tap_record_count"), 5);
        EXPECT_EQ(counters.at("singer_rejected"), 1);
        EXPECT_EQ(erp.report().gauges.at("tap_http_request_duration_ms"), 250);
        EXPECT_TRUE(bench.log.has("tap: INFO starting sync of"));

        KeptTarget again;
        ASSERT_TRUE(erp.read({target.cursors.front(), {}}, again));
        EXPECT_EQ(records_of(again).size(), 4u);   // the customers, and the invoices after the second
    }
}

TEST(Singer, an_invoice_says_its_tax_and_its_freight) {
    Bench bench;
    KeptTarget target;
    Options options{""};
    options.invoice_fields += R"(, "tax": "=1.90", "freight": "=2.50")";
    const auto status = bench.start_tap(options).read({"", {}}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    const auto records = records_of(target);
    ASSERT_EQ(records.size(), 6u);
    EXPECT_EQ(to_text(*invoice(records[2]).tax), "1.90");
    EXPECT_EQ(to_text(*invoice(records[2]).freight), "2.50");
}

TEST(Singer, what_a_tap_may_do_is_borne) {
    const struct {
        const char* mode;
        std::size_t records;
        const char* log;
    } cases[] = {{"lower", 6, ""}, {"schemaless", 6, "records before its schema"}, {"stateless", 6, ""}, {"unselected", 6, "stream orders is not mapped"}};
    for (const auto& c : cases) {
        Bench bench;
        KeptTarget target;
        const auto status = bench.start_tap({c.mode}).read({"", {}}, target);
        ASSERT_TRUE(status) << c.mode << to_text(status.error());
        EXPECT_EQ(records_of(target).size(), c.records) << c.mode;
        EXPECT_TRUE(bench.log.has(c.log)) << c.mode;
        EXPECT_FALSE(target.cursors.empty()) << c.mode;   // a tap without STATE is committed too
    }
}

TEST(Singer, digits_that_no_float_holds_are_kept_or_refused) {
    Bench bench;
    auto& erp = bench.start_tap({"digits"});
    KeptTarget target;
    const auto status = erp.read({}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    EXPECT_EQ(records_of(target).size(), 6u);
    EXPECT_TRUE(bench.log.has("stream invoices, record INV-6: field amount: '12.340000000000000000000000000001' has 30 decimals, and EUR has 2; it is left out"));
    const std::string state = R"({"bookmarks": {"invoices": {"after": 5}}, "at": 1750000000.12345678901234567890, "zeros":1.50, "tiny": 1e-9999999, "text": "\u00e4 \"value\": 1"})";
    EXPECT_EQ(target.cursors.back(), "{\"state\": " + state + "}");
    KeptTarget again;
    ASSERT_TRUE(erp.read({target.cursors.back(), {}}, again));
    EXPECT_TRUE(bench.log.has("tap: INFO the state is " + state));
}

TEST(Singer, what_a_tap_may_not_do_ends_the_run_with_its_reason) {
    const struct {
        const char* mode;
        Errc code;
        const char* says;
        std::size_t commits;
    } cases[] = {{"exits", Errc::transient, "ended with exit code 1; its last words: CRITICAL the API said 503", 0},
                 {"exits_late", Errc::transient, "its last words: CRITICAL the connection broke", 1},
                 {"garbage", Errc::data, "no Singer message: 'Fetching page 2 ...'", 0},
                 {"half_line", Errc::transient, "ends in the middle", 1},
                 {"hangs", Errc::timed_out, "did not end by its deadline", 0}};
    for (const auto& c : cases) {
        Bench bench;
        auto& erp = bench.start_tap({c.mode});
        KeptTarget target;
        const auto status = erp.read({}, target);
        ASSERT_FALSE(status) << c.mode;
        EXPECT_EQ(status.error().code, c.code) << c.mode << " " << to_text(status.error());
        EXPECT_THAT(status.error().what, HasSubstr(c.says));
        EXPECT_EQ(target.cursors.size(), c.commits) << c.mode;
        EXPECT_EQ(erp.report().restarts, 0u) << c.mode;   // the plugin itself lives on
    }
}

TEST(Singer, a_rewritten_config_is_kept_and_used) {
    Bench bench;
    auto& erp = bench.start_tap({"rewrites"});
    KeptTarget target;
    ASSERT_TRUE(erp.read({}, target));
    ASSERT_TRUE(target.state_changes.back().contains("config"));
    const auto kept = target.state_changes.back().at("config");
    EXPECT_EQ(kept, R"({"token": "renewed"})");
    KeptTarget again;
    ASSERT_TRUE(erp.read({target.cursors.back(), {{"config", kept}}}, again));
    EXPECT_FALSE(again.state_changes.empty() ? false : again.state_changes.back().contains("config"));
}

TEST(Singer, wrong_settings_are_told_by_their_place) {
    const struct {
        Options options;
        const char* says;
        Errc code;
    } cases[] = {{{"", "catalog", "wrong"}, "the token 'wrong' is not accepted", Errc::transient},
                 {{"", "catalog", "s3cret", "", R"("number": "no", "customer": "c", "amount": "t", "colour": "c")"}, "has no field colour", Errc::invalid_config},
                 {{"", "catalog", "s3cret", "", R"("number": "no", "customer": "c")"}, "needs the field amount", Errc::invalid_config}};
    for (const auto& c : cases) {
        Bench bench;
        const auto status = bench.start_tap(c.options).check();
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, c.code);
        EXPECT_THAT(status.error().what, HasSubstr(c.says));
    }
}

TEST(Singer, nothing_of_the_config_is_left_in_its_folder) {
    Bench bench;
    TempFolder work;
    bench.options.work_folder = work.path();
    auto& erp = bench.start_tap({});
    KeptTarget target;
    ASSERT_TRUE(erp.read({}, target));
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{work.path()}) files += entry.is_regular_file();
    EXPECT_EQ(files, 0);
}

TEST(Singer, many_records_take_little_memory) {
    // OWED_SINGER_RECORDS=1000000 for the whole measure.
    const char* wanted = std::getenv("OWED_SINGER_RECORDS");
    const std::size_t records = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 20'000;
    Bench bench;
    bench.options.supervise_every = std::chrono::milliseconds{100};
    struct Counting : KeptTarget {
        Status records(std::string_view) override {
            ++batches;
            const auto rss = erp->report().rss_bytes;
            if (batches == whole / 10) early = rss;
            most = std::max(most, rss);
            return {};
        }
        Connector* erp = nullptr;
        std::size_t batches = 0, whole = 0;
        std::uint64_t early = 0, most = 0;
    } target;
    target.whole = (records + 999) / 1000;
    Options options{"many", "catalog", "s3cret", R"(, "records": )" + std::to_string(records)};
    if (wanted != nullptr) options.deadline = std::chrono::hours{1};
    auto& erp = bench.start_tap(options);
    target.erp = &erp;
    const auto began = std::chrono::steady_clock::now();
    const auto status = erp.read({}, target);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count() + 1;
    ASSERT_TRUE(status) << to_text(status.error());
    EXPECT_EQ(target.batches, target.whole);
    EXPECT_LT(target.most, 64u << 20);
    EXPECT_EQ(erp.report().counters.at("singer_records"), static_cast<std::int64_t>(records));
    std::printf("singer: %zu records in %lld ms, %lld /s; %lld KiB after a tenth of them, %lld KiB at most\n", records, static_cast<long long>(took),
                static_cast<long long>(records) * 1000 / took, static_cast<long long>(target.early >> 10), static_cast<long long>(target.most >> 10));
    if (wanted != nullptr) {
        EXPECT_LT(target.most, target.early + (4u << 20)) << "it grows with the number of records";
    }
}

}  // namespace
}  // namespace owed::host
