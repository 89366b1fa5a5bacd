// The shipped profiles against sample exports (made up here after the documented field names).
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "formats/erp_csv/erp_csv.hpp"
#include "places/places.hpp"

namespace owed::formats::erp_csv {
namespace {

boost::json::value json_of(const YAML::Node& node) {
    if (node.IsMap()) {
        boost::json::object out;
        for (const auto& member : node) out.emplace(member.first.as<std::string>(), json_of(member.second));
        return out;
    }
    if (node.IsSequence()) {
        boost::json::array out;
        for (const auto& item : node) out.push_back(json_of(item));
        return out;
    }
    const auto text = node.as<std::string>();
    if (node.Tag() == "?" && (text == "true" || text == "false")) return text == "true";
    return boost::json::string{text};
}

std::string file_text(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    EXPECT_TRUE(in) << path;
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

struct Kept : RecordSink {
    std::vector<Record> records;
    Status record(Record r) override {
        records.push_back(std::move(r));
        return {};
    }
};

struct Read {
    Kept kept;
    Result<DecodeReport> report = fail(Errc::internal, "");
};

Read read_sample(const std::string& profile, const std::string& sample) {
    const std::string root = owed::source_folder();
    Read out;
    std::string json = profile.empty() ? "" : boost::json::serialize(json_of(YAML::LoadFile(root + "/config/profiles/" + profile + ".yaml")));
    out.report = decode(file_text(root + "/connectors/formats/erp_csv/testdata/" + sample), {sample, json}, out.kept);
    EXPECT_TRUE(out.report) << sample << ": " << to_text(out.report.error());
    return out;
}

template <class T>
const T& body(const Read& read, std::size_t i) {
    return std::get<T>(read.kept.records.at(i).body);
}

TEST(OracleProfile, transactions_of_all_classes) {
    Read read = read_sample("oracle-ar", "oracle_transactions.csv");
    ASSERT_TRUE(read.report);
    EXPECT_TRUE(read.report->rejected.empty()) << read.report->rejected.front().what;
    ASSERT_EQ(read.kept.records.size(), 5u);  // the guarantee is none of ours
    const auto& invoice = body<ArDocument>(read, 0);
    EXPECT_EQ(invoice.number, "100234");
    EXPECT_EQ(invoice.customer, "001042");
    EXPECT_EQ(to_text(*invoice.amount), "12500.00");
    EXPECT_EQ(to_text(*invoice.due_date), "2026-02-14");
    EXPECT_EQ(invoice.order, "PO-77120");
    EXPECT_EQ(invoice.terms, "30 Net");
    EXPECT_EQ(body<ArDocument>(read, 3).terms, "2/10 Net 30");
    EXPECT_EQ(to_text(*body<ArDocument>(read, 1).open), "480.50");
    const auto& memo = body<ArDocument>(read, 2);
    EXPECT_EQ(memo.kind, ArDocument::Kind::credit_memo);
    EXPECT_EQ(to_text(*memo.amount), "250.00");
    EXPECT_EQ(to_text(*memo.open), "250.00");
    EXPECT_EQ(body<ArDocument>(read, 3).kind, ArDocument::Kind::debit_memo);
    EXPECT_EQ(to_text(*body<ArDocument>(read, 4).amount), "1250000");
}

TEST(OracleProfile, customers_and_receipts) {
    Read customers = read_sample("oracle-ar", "oracle_customers.csv");
    ASSERT_EQ(customers.kept.records.size(), 3u);
    const auto& c = body<Customer>(customers, 1);
    EXPECT_EQ(c.number, "001043");
    EXPECT_EQ(c.name, "Muster & Beispiel, LLC");
    EXPECT_EQ(c.terms_days, 30);
    EXPECT_EQ(c.address.country, "US");
    Read receipts = read_sample("oracle-ar", "oracle_receipts.csv");
    ASSERT_EQ(receipts.kept.records.size(), 2u);
    const auto& p = body<ErpPayment>(receipts, 0);
    ASSERT_EQ(p.applied.size(), 2u);
    EXPECT_EQ(p.applied[1].document, "100231");
    EXPECT_EQ(to_text(*p.applied[1].amount), "5000.00");
    EXPECT_EQ(to_text(*p.amount), "12000.00");
}

TEST(IntacctProfile, invoices_adjustments_customers_payments) {
    Read invoices = read_sample("intacct-arinvoice", "intacct_arinvoice.csv");
    ASSERT_EQ(invoices.kept.records.size(), 3u);  // the draft is left out
    EXPECT_EQ(to_text(*body<ArDocument>(invoices, 0).amount), "1250.00");
    EXPECT_EQ(to_text(*body<ArDocument>(invoices, 0).document_date), "2026-02-03");
    EXPECT_EQ(to_text(*body<ArDocument>(invoices, 1).open), "500.00");
    EXPECT_EQ(body<ArDocument>(invoices, 1).terms, "Net 30");
    EXPECT_EQ(to_text(*body<ArDocument>(invoices, 2).open), "0.00");
    Read adjustments = read_sample("intacct-arinvoice", "intacct_aradjustment.csv");
    ASSERT_EQ(adjustments.kept.records.size(), 2u);
    EXPECT_EQ(body<ArDocument>(adjustments, 0).kind, ArDocument::Kind::credit_memo);
    EXPECT_EQ(body<ArDocument>(adjustments, 0).original_document, "INV-0041");
    Read customers = read_sample("intacct-arinvoice", "intacct_customer.csv");
    ASSERT_EQ(customers.kept.records.size(), 2u);
    EXPECT_EQ(body<Customer>(customers, 1).parent, "C-00017");
    Read payments = read_sample("intacct-arinvoice", "intacct_arpymt.csv");
    ASSERT_EQ(payments.kept.records.size(), 1u);
    EXPECT_EQ(body<ErpPayment>(payments, 0).number, "8801");
}

/// An extract's columns are the customer's choice: one without terms is read without them.
TEST(Profiles, a_file_without_the_terms_is_read) {
    const std::string root = owed::source_folder();
    for (const auto& [profile, sample, column] : {std::tuple{"oracle-ar", "oracle_transactions.csv", "PaymentTerms"}, std::tuple{"intacct-arinvoice", "intacct_arinvoice.csv", "TERMNAME"}}) {
        std::string text = file_text(root + "/connectors/formats/erp_csv/testdata/" + sample);
        text.replace(text.find(column), std::string{column}.size(), "Elsewhere");
        Kept kept;
        const auto report = decode(text, {sample, boost::json::serialize(json_of(YAML::LoadFile(root + "/config/profiles/" + profile + ".yaml")))}, kept);
        ASSERT_TRUE(report) << to_text(report.error());
        EXPECT_EQ(std::get<ArDocument>(kept.records.at(0).body).terms, "");
    }
}

/// `inspect FILE` without a profile knows the shipped profiles' headings too.
TEST(UsualNames, know_the_samples) {
    for (const char* sample : {"oracle_transactions.csv", "oracle_receipts.csv", "oracle_customers.csv", "intacct_arinvoice.csv", "intacct_customer.csv"}) {
        std::string text = file_text(owed::source_folder() + "/connectors/formats/erp_csv/testdata/" + sample);
        EXPECT_EQ(sniff(text, sample), 85) << sample;
    }
    Read read = read_sample("", "oracle_transactions.csv");
    ASSERT_TRUE(read.report);
    EXPECT_EQ(read.kept.records.size(), 5u);
    ASSERT_EQ(read.report->rejected.size(), 1u);  // the guarantee, which no mapping leaves out
    EXPECT_EQ(read.report->rejected[0].where, "oracle_transactions.csv:6 column TransactionType");
}

}  // namespace
}  // namespace owed::formats::erp_csv
