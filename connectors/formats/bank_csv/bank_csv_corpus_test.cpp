// The corpus files with the verdicts and facts that readers of other people found in them.
#include <gtest/gtest.h>

#include "formats/bank_csv/bank_csv.hpp"
#include "formats/registry.hpp"
#include "formats/testing/corpus.hpp"

namespace owed::formats::bank_csv {
namespace {

std::string text_of(const boost::json::value& v, std::string_view key) {
    const auto* found = v.as_object().if_contains(key);
    return found ? std::string{found->as_string().c_str()} : std::string{};
}

void expect_facts(const boost::json::value& expected, const BankTransaction& entry, const StatementAccount& account) {
    EXPECT_EQ(to_text(*entry.booking_date), text_of(expected, "date"));
    EXPECT_EQ(to_text(*entry.amount), text_of(expected, "amount"));
    EXPECT_EQ(entry.amount->currency, text_of(expected, "currency"));
    ASSERT_FALSE(entry.text.empty());
    EXPECT_EQ(entry.text.front(), text_of(expected, "label"));
    EXPECT_EQ(entry.bank_ref, text_of(expected, "ref"));
    EXPECT_EQ(account.iban.empty() ? account.id : account.iban, text_of(expected, "account"));
}

TEST(BankCsvCorpus, verdicts_and_facts) {
    auto folder = testing::corpus();
    if (!folder) GTEST_SKIP() << "no corpus beside the source tree (OWED_CORPUS)";
    boost::json::array files = testing::expected_files(*folder, "csv");
    ASSERT_FALSE(files.empty());
    for (const auto& file : files) {
        std::string name = text_of(file, "file"), verdict = text_of(file, "verdict");
        SCOPED_TRACE(name);
        testing::Collected sink;
        auto report = formats::decode("", testing::read_all(*folder / name), {name, ""}, sink);
        if (verdict == "reject") {
            ASSERT_FALSE(report);
            EXPECT_EQ(report.error().where, name + ":3:24");
            continue;
        }
        ASSERT_TRUE(report) << to_text(report.error());
        EXPECT_EQ(report->format, "csv");
        EXPECT_EQ(name_of(report->verdict), verdict);
        auto statements = sink.statements();
        ASSERT_EQ(statements.size(), 1u);
        const auto& transactions = file.at("transactions").as_array();
        ASSERT_EQ(statements[0].entries.size(), transactions.size());
        for (std::size_t i = 0; i < transactions.size(); ++i) expect_facts(transactions[i], statements[0].entries[i], statements[0].account);
        bool has_balance = transactions[0].as_object().contains("balance");
        EXPECT_EQ(statements[0].balance_check, has_balance ? Check::ok : Check::absent);
    }
}

}  // namespace
}  // namespace owed::formats::bank_csv
