// docs/examples/python-source under the real host, as the guide describes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_doors.hpp"
#include "owed/record_wire.hpp"
#include "places/places.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;

struct Feed : HostBench {
    Feed() { options.plugin_folder = owed::build_folder() + "/docs-plugins"; }
    Connector& feed() {
        InstanceConfig config;
        config.name = "customers";
        config.plugin = "customer-feed-py";
        config.settings_json = R"({"source": "folder:drop"})";
        return start(config);
    }
};

std::vector<Record> records_of(const KeptTarget& target) {
    KeptRecords kept;
    for (const auto& batch : target.batches) EXPECT_TRUE(wire::decode_batch(batch, {}, kept));
    return std::move(kept.records);
}

TEST(PythonSource, reads_what_is_new_since_its_cursor) {
    Feed bench;
    bench.data.put("drop/customers-1.txt", "C-1;Nordwind GmbH;ar@nordwind.example\nC-2;S\u00fcdwind;\n");
    bench.data.put("drop/customers-2.txt", "C-3;Ostwind;o@ost.example\n");
    auto& feed = bench.feed();
    ASSERT_TRUE(feed.check()) << to_text(feed.check().error());
    KeptTarget target;
    const auto status = feed.read({}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    EXPECT_EQ(target.cursors, (std::vector<std::string>{"customers-1.txt", "customers-2.txt"}));
    const auto records = records_of(target);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(std::get<Customer>(records[0].body).email, "ar@nordwind.example");
    EXPECT_EQ(std::get<Customer>(records[1].body).name, "S\u00fcdwind");
    EXPECT_EQ(records[2].where, "customers-2.txt:1");

    KeptTarget nothing;
    ASSERT_TRUE(feed.read({target.cursors.back(), {}}, nothing));
    EXPECT_TRUE(nothing.batches.empty());
}

TEST(PythonSource, a_wrong_line_is_told_with_its_place) {
    Feed bench;
    bench.data.put("drop/a.txt", "C-1;Nordwind;a@b.example\nC-2,Suedwind\n");
    KeptTarget target;
    const auto status = bench.feed().read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::data);
    EXPECT_EQ(status.error().where, "a.txt:2");
    EXPECT_EQ(status.error().what, "the line 'C-2,Suedwind' is not number;name;e-mail");
    EXPECT_TRUE(target.cursors.empty());
}

TEST(PythonSource, many_customers_go_in_batches) {
    Feed bench;
    std::string text;
    for (int i = 0; i < 2500; ++i) text += "C-" + std::to_string(i) + ";Name;a@b.example\n";
    bench.data.put("drop/a.txt", text);
    KeptTarget target;
    ASSERT_TRUE(bench.feed().read({}, target));
    EXPECT_EQ(target.batches.size(), 3u);
    EXPECT_EQ(records_of(target).size(), 2500u);
}

}  // namespace
}  // namespace owed::host
