// The plugin as it ships, under the real host, in both isolation modes.
#include "erp-receipts/receipts_csv.hpp"
#include "testing/rig.hpp"

namespace owed::plugins::testing {
namespace {

class ErpReceipts : public ::testing::TestWithParam<Rig::Isolation> {};

INSTANTIATE_TEST_SUITE_P(Isolation, ErpReceipts, ::testing::Values(Rig::Isolation::process, Rig::Isolation::none),
                         [](const auto& mode) { return mode.param == Rig::Isolation::process ? "process" : "none"; });

constexpr const char* settings = R"({"target": "folder:spool"})";

Record application(const std::string& key, const std::string& document = "INV-1") {
    ReceiptApplication told;
    told.entity = "emea";
    told.receipt = "R-1";
    told.amount = Amount{20000, 2, "EUR"};
    told.documents = {{"invoice", document, {}, Amount{20000, 2, "EUR"}, Amount{20000, 2, "EUR"}, {}, {}}};
    return {std::move(told), key, {}};
}
std::string said(const Result<std::vector<WriteResult>>& results) {
    if (!results) return to_text(results.error());
    std::string text;
    for (const auto& one : *results) text += (text.empty() ? "" : ", ") + std::string{name_of(one.state)};
    return text;
}
std::string said(const Result<std::optional<SendReceipt>>& found) {
    if (!found) return to_text(found.error());
    return *found ? std::string{name_of((*found)->state)} : "cannot tell";
}
std::vector<std::string> keys(const Rig& rig) {
    std::vector<std::string> all;
    for (const auto& name : rig.names("spool"))
        for (auto& key : erp_receipts::keys_in(read_file(rig.folder() / "spool" / name))) all.push_back(std::move(key));
    return all;
}

TEST_P(ErpReceipts, takes_receipt_applications_and_nothing_else) {
    Rig rig{"erp-receipts", settings, GetParam()};
    EXPECT_TRUE(rig.connector().takes("receipt_application"));
    EXPECT_FALSE(rig.connector().takes("account_status"));
    EXPECT_EQ(said(rig.connector().write({{AccountStatus{}, "C1", {}}})), "refused");
    EXPECT_TRUE(rig.names("spool").empty());
}

TEST_P(ErpReceipts, a_batch_is_one_file_and_a_key_is_written_once) {
    Rig rig{"erp-receipts", settings, GetParam()};
    ASSERT_TRUE(rig.connector().check()) << rig.log();
    EXPECT_EQ(said(rig.connector().write({application("A1-aa"), application("A2-bb", "=1"), application("A3-cc")})), "sent, refused, sent") << rig.log();
    ASSERT_EQ(rig.names("spool").size(), 1u);
    EXPECT_EQ(rig.names("spool")[0].substr(0, 24), "receipts-20260331080000-");
    EXPECT_EQ(said(rig.connector().write({application("A3-cc"), application("A4-dd")})), "sent, sent");
    EXPECT_EQ(rig.names("spool").size(), 2u);
    auto all = keys(rig);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, (std::vector<std::string>{"A1-aa", "A3-cc", "A4-dd"}));
}

TEST_P(ErpReceipts, what_was_collected_it_cannot_tell) {
    Rig rig{"erp-receipts", settings, GetParam()};
    ASSERT_EQ(said(rig.connector().write({application("A1-aa")})), "sent") << rig.log();
    EXPECT_EQ(said(rig.connector().lookup("A1-aa")), "sent");
    std::filesystem::remove(rig.folder() / "spool" / rig.names("spool")[0]);
    EXPECT_EQ(said(rig.connector().lookup("A1-aa")), "cannot tell");
}

TEST_P(ErpReceipts, where_files_stay_a_missing_key_was_never_written) {
    Rig rig{"erp-receipts", R"({"target": "folder:spool", "collected": false})", GetParam()};
    ASSERT_EQ(said(rig.connector().write({application("A1-aa")})), "sent") << rig.log();
    EXPECT_EQ(said(rig.connector().lookup("A1-aa")), "sent");
    EXPECT_EQ(said(rig.connector().lookup("A2-bb")), "retry");
}

}  // namespace
}  // namespace owed::plugins::testing
