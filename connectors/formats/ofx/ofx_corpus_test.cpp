#include <gtest/gtest.h>

#include "formats/ofx/ofx.hpp"
#include "formats/testing/corpus.hpp"
#include "formats/written_amount.hpp"

namespace owed::formats::ofx {
namespace {

namespace json = boost::json;
using testing::Collected;

std::string text(const json::value& object, std::string_view key) {
    const json::value* value = object.as_object().if_contains(key);
    return value && value->is_string() ? std::string{value->as_string()} : std::string{};
}

std::string digits(const std::optional<Date>& date) {
    std::string out = date ? to_text(*date) : "";
    std::erase(out, '-');
    return out;
}

void expect_transaction(const json::value& wanted, const BankTransaction& found) {
    EXPECT_EQ(found.bank_ref, text(wanted, "fitid"));
    EXPECT_EQ(found.code, text(wanted, "type"));
    EXPECT_EQ(digits(found.booking_date), text(wanted, "date").substr(0, 8));
    ASSERT_TRUE(found.amount);
    EXPECT_EQ(to_text(*found.amount), to_text(read_amount(text(wanted, "amount"), found.amount->currency)->amount));
    EXPECT_EQ(found.counterparty.name, text(wanted, "name"));
    EXPECT_EQ(found.text.empty() ? "" : found.text[0], text(wanted, "memo"));
    if (!text(wanted, "checknum").empty()) {
        EXPECT_EQ(found.entry_ref, text(wanted, "checknum"));
    }
}

void expect_statement(const json::value& wanted, const BankStatement& found) {
    EXPECT_EQ(found.account.id, text(wanted, "account"));
    if (!text(wanted, "bank").empty()) {
        EXPECT_EQ(found.account.bank, text(wanted, "bank"));
    }
    EXPECT_EQ(found.account.currency, text(wanted, "currency"));
    EXPECT_EQ(digits(found.from), text(wanted, "start").substr(0, 8));
    EXPECT_EQ(digits(found.to), text(wanted, "end").substr(0, 8));
    const json::value* ledger = wanted.as_object().if_contains("ledger");
    const std::string balance = ledger && ledger->is_object() ? text(*ledger, "amount") : "";
    EXPECT_EQ(found.closing.has_value(), !balance.empty());
    if (found.closing && !balance.empty()) {
        EXPECT_EQ(to_text(found.closing->amount), to_text(read_amount(balance, found.closing->amount.currency)->amount));
        EXPECT_EQ(digits(found.closing->date), text(*ledger, "asof").substr(0, 8));
    }
    const json::array& transactions = wanted.at("transactions").as_array();
    ASSERT_EQ(found.entries.size(), transactions.size());
    for (std::size_t i = 0; i < transactions.size(); ++i) expect_transaction(transactions[i], found.entries[i]);
}

TEST(OfxCorpus, every_file_gets_its_verdict_and_facts) {
    const auto folder = testing::corpus();
    if (!folder) GTEST_SKIP() << "no corpus beside the source tree; OWED_CORPUS names another place";
    const json::array files = testing::expected_files(*folder, "ofx");
    ASSERT_FALSE(files.empty());
    for (const json::value& file : files) {
        const std::string name = text(file, "file"), verdict = text(file, "verdict");
        SCOPED_TRACE(name);
        Collected sink;
        const auto report = decode(testing::read_all(*folder / name), {name, ""}, sink);
        if (verdict == "reject" || (verdict == "either" && !report)) {
            ASSERT_FALSE(report);
            EXPECT_NE(report.error().where.find(':'), std::string::npos) << to_text(report.error());
            continue;
        }
        ASSERT_TRUE(report) << to_text(report.error());
        if (verdict != "either") {
            EXPECT_EQ(name_of(report->verdict), verdict) << (report->warnings.empty() ? "" : report->warnings[0].what);
        }
        EXPECT_EQ(report->format, text(file, "syntax") == "xml" ? "ofx2" : "ofx1");
        const auto statements = sink.statements();
        const json::array& wanted = file.at("statements").as_array();
        ASSERT_EQ(statements.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) expect_statement(wanted[i], statements[i]);
    }
}

}  // namespace
}  // namespace owed::formats::ofx
