#include "erp-receipts/receipts_csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace owed::plugins::erp_receipts {
namespace {

Record application() {
    ReceiptApplication told;
    told.entity = "sap";
    told.customer = "C1";
    told.receipt = "R-17";
    told.credit_kind = "receipt";
    told.reference = "REF,1";
    told.value_date = *parse_date("2026-03-28");
    told.posting_date = *parse_date("2026-03-30");
    told.amount = Amount{30000, 2, "EUR"};
    told.bank_account = "DE02120300000000202051";
    told.bank_gl = "1000";
    told.documents = {{"invoice", "INV-1", 2, Amount{18000, 2, "EUR"}, Amount{18000, 2, "EUR"}, Amount{400, 2, "EUR"},
                       {{"tolerance", Amount{-1, 2, "EUR"}}, {"write_off", Amount{500, 2, "EUR"}}, {"deduction: pricing", Amount{1000, 2, "EUR"}}}}};
    told.reason = "names \"INV-1\"";
    return {std::move(told), "A12-00ff", {}};
}
std::string row(const Record& record, bool refuse_formulas = true) {
    const auto made = row_of(record, refuse_formulas);
    return made ? *made : "refused: " + made.error().what;
}

TEST(ReceiptsCsv, a_row_has_each_column_of_the_header) {
    EXPECT_EQ(row(application()),
              "A12-00ff,apply,,sap,C1,R-17,receipt,\"REF,1\",2026-03-28,2026-03-30,300.00,EUR,DE02120300000000202051,1000,"
              "invoice,INV-1,2,180.00,EUR,180.00,4.00,-0.01,,,5.00,10.00,pricing,\"names \"\"INV-1\"\"\"\n");
    const auto columns = header();
    auto plain = application();
    std::get<ReceiptApplication>(plain.body).reference = "REF";
    EXPECT_EQ(std::count(columns.begin(), columns.end(), ','), [&] { const auto one = row(plain); return std::count(one.begin(), one.end(), ','); }());
}

TEST(ReceiptsCsv, a_taking_back_names_what_it_takes_back) {
    auto record = application();
    std::get<ReceiptApplication>(record.body).reverses = "A12-00ff";
    record.external_id = "A12-00ff-U";
    EXPECT_EQ(row(record).substr(0, 30), "A12-00ff-U,reverse,A12-00ff,sa");
}

TEST(ReceiptsCsv, what_has_no_row_is_refused_by_name) {
    auto none = application();
    std::get<ReceiptApplication>(none.body).documents.clear();
    EXPECT_EQ(row(none), "refused: an application is of one document, and this names 0");
    auto unknown = application();
    std::get<ReceiptApplication>(unknown.body).documents[0].parts.push_back({"barter", Amount{1, 2, "EUR"}});
    EXPECT_EQ(row(unknown), "refused: a part of the application has no column in this file");
    EXPECT_EQ(row({AccountStatus{}, "C1", {}}), "refused: this file is for receipt_application, and this is account_status");
    auto nameless = application();
    nameless.external_id.clear();
    EXPECT_EQ(row(nameless), "refused: the record has no key");
}

TEST(ReceiptsCsv, what_a_spreadsheet_takes_for_a_formula_is_refused_or_written_as_it_is) {
    for (const char* document : {"=1+1", "+49", "-5", "@x", "\t=1"}) {
        auto record = application();
        std::get<ReceiptApplication>(record.body).documents[0].document = document;
        EXPECT_EQ(row(record), "refused: document \"" + std::string{document} + "\" begins like a spreadsheet's formula and is not written");
        EXPECT_NE(row(record, false).find("invoice," + std::string{document} + ","), std::string::npos);
    }
}

TEST(ReceiptsCsv, keys_are_found_again) {
    auto second = application();
    second.external_id = "A13-0001";
    std::get<ReceiptApplication>(second.body).reason = "two\nlines, and \"quotes\"";
    EXPECT_EQ(keys_in(header() + row(application()) + row(second) + row(application())), (std::vector<std::string>{"A12-00ff", "A13-0001", "A12-00ff"}));
    EXPECT_TRUE(keys_in(header()).empty());
    EXPECT_TRUE(keys_in("").empty());
}

}  // namespace
}  // namespace owed::plugins::erp_receipts
