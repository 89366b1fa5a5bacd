// Plugins as they were built for each released boundary, and the same sources as of today, run in today's host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_kinds.hpp"
#include "owed/record_wire.hpp"
#include "places/places.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
namespace fs = std::filesystem;

struct Frozen {
    std::string folder;   ///< that holds the file
    std::string plugin;
    Isolation isolation;
};

void PrintTo(const Frozen& frozen, std::ostream* out) { *out << frozen.folder << "/" << frozen.plugin; }

/// frozen/VERSION/COMPILER/NAME.so, and what this build made.
std::vector<Frozen> all_frozen() {
    std::vector<std::string> files;
    for (const auto& folder : {fs::path{owed::source_folder()} / "tests/abi/frozen", fs::path{owed::build_folder()} / "abi-plugins"})
        for (const auto& file : fs::recursive_directory_iterator{folder})
            if (file.path().extension() == ".so") files.push_back(file.path().string());
    std::sort(files.begin(), files.end());
    std::vector<Frozen> all;
    for (const auto& file : files)
        for (const auto isolation : {Isolation::process, Isolation::none})
            all.push_back({fs::path{file}.parent_path().string(), fs::path{file}.stem().string(), isolation});
    return all;
}
std::string name_of_test(const testing::TestParamInfo<Frozen>& info) {
    auto name = fs::path{info.param.folder}.parent_path().filename().string() + "_" + fs::path{info.param.folder}.filename().string() + "_" +
                info.param.plugin + (info.param.isolation == Isolation::none ? "_none" : "_process");
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
}

class FrozenPlugin : public testing::TestWithParam<Frozen>, public HostBench {
  protected:
    /// From a copy: who owns the checkout and its folders is not this test's subject.
    Connector& subject() {
        const auto& name = GetParam().plugin;
        fs::copy_file(GetParam().folder + "/" + name + ".so", plugins.path(name + ".so"));
        EXPECT_TRUE(trust_plugin(plugins.path(), name));
        options.plugin_folder = plugins.path();
        InstanceConfig config;
        config.name = "veteran";
        config.plugin = name;
        config.isolation = GetParam().isolation;
        return start(config);
    }
    TempFolder plugins;
};
INSTANTIATE_TEST_SUITE_P(Abi, FrozenPlugin, testing::ValuesIn(all_frozen()), name_of_test);

std::vector<std::string> numbers(const KeptRecords& kept) {
    std::vector<std::string> all;
    for (const auto& record : kept.records) all.push_back(std::get<Customer>(record.body).number + " " + std::get<Customer>(record.body).name + " " + record.external_id);
    return all;
}

TEST_P(FrozenPlugin, reads_from_its_cursor_and_keeps_state) {
    auto& plugin = subject();
    const auto checked = plugin.check();
    ASSERT_TRUE(checked) << to_text(checked.error());
    for (const char* kind : {"source", "codec", "sender", "sink", "agency", "decider"}) EXPECT_TRUE(plugin.has(kind)) << kind;
    for (const std::string cursor : {"", "17"}) {
        KeptTarget target;
        const auto read = plugin.read({cursor, {}}, target);
        ASSERT_TRUE(read) << to_text(read.error());
        EXPECT_THAT(target.cursors, ElementsAre(cursor + "+"));
        EXPECT_THAT(target.state_changes.at(0), ElementsAre(Pair("seen", "yes")));
        ASSERT_EQ(target.batches.size(), 1u);
        KeptRecords kept;
        ASSERT_TRUE(wire::decode_batch(target.batches[0], {}, kept));
        EXPECT_THAT(numbers(kept), ElementsAre("C-" + cursor + " Frozen ext-" + cursor));
    }
    EXPECT_TRUE(log.has("veteran: reading"));
    EXPECT_THAT(plugin.report().counters, ElementsAre(Pair("checks", 4)));  // as source, sender, sink and agency
}

TEST_P(FrozenPlugin, sniffs_and_decodes) {
    auto& plugin = subject();
    const auto sniffed = plugin.sniff("a", "FROZEN 1");
    ASSERT_TRUE(sniffed) << to_text(sniffed.error());
    EXPECT_EQ(sniffed->score, 90);
    EXPECT_EQ(sniffed->format, "frozen");
    EXPECT_EQ(plugin.sniff("a", "other")->score, 0);
    KeptRecords kept;
    const auto report = plugin.decode("a.txt", "one\n\nM\xc3\xbcller\n", "", "", kept);
    ASSERT_TRUE(report) << to_text(report.error());
    EXPECT_EQ(report->format, "frozen");
    EXPECT_EQ(report->records, 3u);
    EXPECT_THAT(numbers(kept), ElementsAre("one Frozen ext-one", " Frozen ext-", "M\xc3\xbcller Frozen ext-M\xc3\xbcller"));
    const auto refused = plugin.decode("b.txt", "", "", "", kept);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::malformed_input);
    EXPECT_EQ(refused.error().where, "b.txt");
    EXPECT_EQ(refused.error().what, "the file is empty");
    const auto not_text = plugin.decode("c.txt", "\xff\n", "", "", kept);  // the host refuses its record, in its own words
    ASSERT_FALSE(not_text);
    EXPECT_THAT(not_text.error().what, HasSubstr("UTF-8"));
}

TEST_P(FrozenPlugin, sends_places_and_looks_up) {
    auto& plugin = subject();
    Delivery delivery{"key-1", "email", "ar@example.com", {"a@example.com"}, "Subject: x\r\n\r\n", {{"x.pdf", "application/pdf", "%PDF"}}, {"Anna"}, "{}"};
    for (const auto& [action, says] : {std::pair{"", "sent:key-1"}, std::pair{"place", "placed:key-1"}, std::pair{"update", "updated:key-1"},
                                       std::pair{"recall", "recalled:key-1"}}) {
        delivery.action = action;
        const auto receipt = plugin.send(delivery);
        ASSERT_TRUE(receipt) << to_text(receipt.error());
        EXPECT_EQ(receipt->state, SendState::sent);
        EXPECT_EQ(receipt->provider_id, says);
    }
    const auto found = plugin.lookup("known");
    ASSERT_TRUE(found) << to_text(found.error());
    EXPECT_EQ((*found)->provider_id, "found:known");
    EXPECT_EQ(*plugin.lookup("other"), std::nullopt);
}

TEST_P(FrozenPlugin, writes_with_a_result_for_each_record) {
    auto& plugin = subject();
    const auto results = plugin.write(statuses({"a", "x", "b"}));
    ASSERT_TRUE(results) << to_text(results.error());
    ASSERT_EQ(results->size(), 3u);
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(results->at(i).index, i);
        EXPECT_EQ(results->at(i).state, i == 1 ? SendState::refused : SendState::sent);
    }
    EXPECT_EQ(results->at(1).remote_id, "R-x");
}

TEST_P(FrozenPlugin, proposes) {
    auto& plugin = subject();
    const auto answer = plugin.propose(question("R-1"));
    ASSERT_TRUE(answer) << to_text(answer.error());
    ASSERT_EQ(answer->proposals.size(), 1u);
    EXPECT_EQ(answer->proposals[0].confidence_permille, 900);
    EXPECT_EQ(answer->proposals[0].items.at(0).item, "I-1");
    EXPECT_EQ(answer->proposals[0].items[0].amount, (Amount{10'000, 2, "EUR"}));
    auto empty = question("R-2");
    empty.items.clear();
    const auto none = plugin.propose(empty);
    ASSERT_TRUE(none) << to_text(none.error());
    EXPECT_TRUE(none->proposals.empty());
    EXPECT_EQ(none->reason, "nothing is open");
}

/// What is committed is what was frozen.
TEST(FrozenFiles, are_the_ones_of_their_sums) {
    std::size_t files = 0;
    for (const auto& version : fs::directory_iterator{fs::path{owed::source_folder()} / "tests/abi/frozen"}) {
        std::ifstream sums{version.path() / "SHA256SUMS"};
        for (std::string hash, name; sums >> hash >> name; ++files) {
            TempFolder copy;
            const auto file = fs::path{name}.filename();
            fs::copy_file(version.path() / name, copy.path(file.string()));   // a name that is not its manifest's is not trusted
            ASSERT_TRUE(trust_plugin(copy.path(), file.stem().string()));
            EXPECT_THAT(copy.get("plugins.lock"), HasSubstr(hash + "  " + file.string())) << name;
            EXPECT_LT(fs::file_size(version.path() / name), 204'800u) << name;
        }
    }
    EXPECT_GE(files, 4u);
}

}  // namespace
}  // namespace owed::host
