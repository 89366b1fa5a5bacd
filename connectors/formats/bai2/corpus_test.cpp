// Every BAI2 file of the corpus: verdict and facts as its expected.json has them.
#include "formats/bai2/bai2.hpp"
#include "formats/text/reader_testing.hpp"

namespace owed::formats {
namespace {

using namespace testing;
namespace json = boost::json;

/// The collection's reader cuts a final '/' off the 16 record alone and joins lines with '|'; blanks do not matter.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '|') out += c;
    while (!out.empty() && (out.back() == '/' || out.back() == ',')) out.pop_back();
    return out;
}

void compare_entry(const json::object& want, const BankTransaction& got, const std::string& name) {
    EXPECT_EQ(got.code, testing::text_of(want.at("type"))) << name;
    ASSERT_TRUE(got.amount) << name;
    const std::int64_t amount = want.at("amount").as_int64();
    EXPECT_EQ(got.amount->units, got.code[0] < '4' ? amount : -amount) << name;
    EXPECT_EQ(got.amount_text, testing::text_of(want.at("amount_raw"))) << name;
    EXPECT_EQ(got.bank_ref, testing::text_of(want.at("bank_ref"))) << name;
    EXPECT_EQ(got.entry_ref, testing::text_of(want.at("cust_ref"))) << name;
    const std::string text = plain(joined(got.text));
    if (const auto* prefix = want.if_contains("text_prefix")) {
        EXPECT_TRUE(text.starts_with(plain(testing::text_of(*prefix)))) << name << ": " << text;
    } else {
        EXPECT_EQ(text, plain(testing::text_of(want.at("text")))) << name;
    }
    if (testing::text_of(want.at("funds")) == "V") {
        const std::string date = testing::text_of(want.at("funds_extra").as_array().at(0));
        EXPECT_EQ(date_text(got.value_date), "20" + date.substr(0, 2) + "-" + date.substr(2, 2) + "-" + date.substr(4)) << name;
    }
}

void compare_account(const json::object& group, const json::object& want, const BankStatement& got, const std::string& name) {
    EXPECT_EQ(got.account.id, testing::text_of(want.at("account"))) << name;
    EXPECT_EQ(got.account.bank, testing::text_of(group.at("originator"))) << name;
    const std::string own = testing::text_of(want.at("currency")), of_group = testing::text_of(group.at("currency"));
    EXPECT_EQ(got.account.currency, !own.empty() ? own : !of_group.empty() ? of_group : "USD") << name;
    const auto& summary = want.at("summary").as_object();
    EXPECT_EQ(got.opening.has_value(), summary.contains("010")) << name;
    EXPECT_EQ(got.closing.has_value(), summary.contains("015")) << name;
    if (got.opening) {
        EXPECT_EQ(got.opening->amount.units, summary.at("010").as_int64()) << name;
    }
    if (got.closing) {
        EXPECT_EQ(got.closing->amount.units, summary.at("015").as_int64()) << name;
    }
    EXPECT_EQ(got.entries.size(), static_cast<std::size_t>(want.at("n_transactions").as_int64())) << name;
    std::int64_t credits = 0, debits = 0;
    for (const BankTransaction& entry : got.entries) (entry.amount->units > 0 ? credits : debits) += std::abs(entry.amount->units);
    EXPECT_EQ(credits, want.at("credits").as_int64()) << name;
    EXPECT_EQ(debits, want.at("debits").as_int64()) << name;
    const auto& transactions = want.at("tx").as_array();
    for (std::size_t i = 0; i < transactions.size() && i < got.entries.size(); ++i)
        compare_entry(transactions[i].as_object(), got.entries[i], name + " transaction " + std::to_string(i + 1));
}

TEST(Bai2Corpus, verdicts_and_facts) {
    const auto expected = corpus_folder() / "bai2" / "expected.json";
    if (!std::filesystem::exists(expected)) GTEST_SKIP() << "no corpus at " << expected;
    const json::value root = json::parse(slurp(expected));
    for (const json::value& file : root.at("files").as_array()) {
        const std::string name = testing::text_of(file.at("file"));
        const std::string bytes = slurp(corpus_folder() / name);
        EXPECT_EQ(bai2::sniff(std::string_view{bytes}.substr(0, 4096), name), 95) << name;
        const Outcome outcome = run(bai2::decode, bytes);
        ASSERT_TRUE(outcome.report) << name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(name_of(outcome.report->verdict), testing::text_of(file.at("verdict"))) << name << "\n" << warnings_of(*outcome.report);
        std::size_t at = 0;
        for (const json::value& group : file.at("groups").as_array())
            for (const json::value& account : group.at("accounts").as_array()) {
                ASSERT_LT(at, outcome.statements.size()) << name;
                compare_account(group.as_object(), account.as_object(), outcome.statements[at], name + " statement " + std::to_string(at + 1));
                ++at;
            }
        EXPECT_EQ(at, outcome.statements.size()) << name;
        // Each problem of a control figure is named with what is stated and what is there.
        const std::string said = warnings_of(*outcome.report);
        for (const json::value& problem : file.at("problems").as_array()) {
            const std::string text = testing::text_of(problem);
            const auto stated = text.find("stated ");
            if (stated == std::string::npos) continue;
            const std::string value = text.substr(stated + 7, text.find(' ', stated + 7) - stated - 7);
            EXPECT_NE(said.find("says " + value + ", there is " + text.substr(text.rfind(' ') + 1)), std::string::npos) << name << ": " << text << "\n" << said;
        }
    }
}

}  // namespace
}  // namespace owed::formats
