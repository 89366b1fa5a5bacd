#include <gtest/gtest.h>

#include "formats/camt/camt.hpp"
#include "formats/testing/corpus.hpp"
#include "formats/written_amount.hpp"

namespace owed::formats::camt {
namespace {

namespace json = boost::json;
using testing::Collected;

/// A key of a JSON object as text; "" for null or absent.
std::string text(const json::value& object, std::string_view key) {
    const json::value* value = object.as_object().if_contains(key);
    return value && value->is_string() ? std::string{value->as_string()} : std::string{};
}

/// "-8.850" and EUR as our Amount prints it.
std::string canonical(const std::string& amount, const std::string& currency) { return to_text(read_amount(amount, currency)->amount); }

std::string day(const std::string& date_or_time) { return date_or_time.substr(0, 10); }
std::string day(const std::optional<Date>& date) { return date ? to_text(*date) : std::string{}; }

void expect_balance(const json::value& statement, const char* key, const std::optional<Balance>& found) {
    const std::string wanted = text(statement, key);
    EXPECT_EQ(found.has_value(), !wanted.empty()) << key;
    if (found && !wanted.empty()) {
        EXPECT_EQ(to_text(found->amount), canonical(wanted, found->amount.currency)) << key;
    }
}

void expect_transaction(const json::value& wanted, const BankTransaction& detail) {
    EXPECT_EQ(detail.end_to_end_id, text(wanted, "end_to_end"));
    EXPECT_EQ(detail.entry_ref, text(wanted, "instr"));
    if (const json::value* lines = wanted.as_object().if_contains("ustrd")) {
        ASSERT_EQ(detail.text.size(), lines->as_array().size());
        for (std::size_t i = 0; i < detail.text.size(); ++i) EXPECT_EQ(detail.text[i], lines->at(i).as_string());
    }
    if (const json::value* references = wanted.as_object().if_contains("creditor_ref")) {
        ASSERT_EQ(detail.references.size(), references->as_array().size());
        for (std::size_t i = 0; i < detail.references.size(); ++i) EXPECT_EQ(detail.references[i].value, references->at(i).as_string());
    }
    const std::string amount = text(wanted, "amount"), currency = text(wanted, "ccy");
    EXPECT_EQ(detail.amount.has_value(), !amount.empty());
    if (detail.amount && !amount.empty()) {
        EXPECT_EQ(detail.amount->currency, currency);
        EXPECT_EQ(detail.amount->units < 0 ? to_text(*detail.amount).substr(1) : to_text(*detail.amount), canonical(amount, currency));
    }
    if (!detail.counterparty.name.empty()) {
        EXPECT_TRUE(detail.counterparty.name == text(wanted, "Dbtr") || detail.counterparty.name == text(wanted, "Cdtr")) << detail.counterparty.name;
    }
}

void expect_entry(const json::value& wanted, const BankTransaction& entry) {
    const std::string sign = text(wanted, "ind") == "DBIT" ? "-" : "";
    ASSERT_TRUE(entry.amount);
    EXPECT_EQ(entry.amount->currency, text(wanted, "currency"));
    EXPECT_EQ(to_text(*entry.amount), sign + canonical(text(wanted, "amount"), text(wanted, "currency")));
    EXPECT_EQ(entry.amount_text, text(wanted, "amount"));
    EXPECT_EQ(entry.status == EntryStatus::booked, text(wanted, "status") == "BOOK");
    EXPECT_EQ(day(entry.booking_date), day(text(wanted, "booking")));
    EXPECT_EQ(day(entry.value_date), day(text(wanted, "value")));
    EXPECT_EQ(entry.entry_ref, text(wanted, "ntry_ref"));
    EXPECT_EQ(entry.bank_ref, text(wanted, "acct_svcr_ref"));
    const std::string code = text(wanted, "bktxcd").empty() ? text(wanted, "prtry_code") : text(wanted, "bktxcd");
    EXPECT_EQ(entry.code, code);
    EXPECT_EQ(entry.details.size(), static_cast<std::size_t>(wanted.at("n_tx").as_int64()));
    const json::value* transactions = wanted.as_object().if_contains("tx");
    for (std::size_t i = 0; transactions && i < std::min(entry.details.size(), transactions->as_array().size()); ++i)
        expect_transaction(transactions->at(i), entry.details[i]);
}

void expect_statement(const json::value& wanted, const BankStatement& found) {
    EXPECT_EQ(found.id, text(wanted, "id"));
    EXPECT_EQ(found.account.iban.empty() ? found.account.id : found.account.iban, text(wanted, "account"));
    EXPECT_EQ(found.account.currency, text(wanted, "account_currency"));
    EXPECT_EQ(found.sequence, text(wanted, "seq"));
    EXPECT_EQ(day(found.from), day(text(wanted, "from_")));
    EXPECT_EQ(day(found.to), day(text(wanted, "to")));
    EXPECT_EQ(found.intraday, text(wanted, "kind") != "Stmt");
    expect_balance(wanted, "opening", found.opening);
    expect_balance(wanted, "closing", found.closing);
    if (const std::string check = text(wanted, "balance_check"); !check.empty()) {
        EXPECT_EQ(found.balance_check, check == "ok" ? Check::ok : Check::broken);
    }
    const json::array& entries = wanted.at("entries").as_array();
    ASSERT_EQ(found.entries.size(), entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) expect_entry(entries[i], found.entries[i]);
}

TEST(CamtCorpus, every_file_gets_its_verdict_and_facts) {
    const auto folder = testing::corpus();
    if (!folder) GTEST_SKIP() << "no corpus beside the source tree; OWED_CORPUS names another place";
    const json::array files = testing::expected_files(*folder, "camt");
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
        if (!text(file, "message").empty()) {
            EXPECT_EQ(report->format, text(file, "message"));
        }
        const auto statements = sink.statements();
        const json::array& wanted = file.at("statements").as_array();
        ASSERT_EQ(statements.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) expect_statement(wanted[i], statements[i]);
    }
}

}  // namespace
}  // namespace owed::formats::camt
