#include "formats/placement/placement.hpp"

#include <gtest/gtest.h>

namespace owed::formats::placement {
namespace {

std::string fake_digest(std::string_view bytes) { return "sha256-of-" + std::to_string(bytes.size()) + "-bytes"; }

constexpr std::string_view facts = R"({
  "placement": "PL-2026-0007", "creditor": "Example Industries GmbH", "date": "2026-03-31", "currency": "EUR", "total": "1234.50",
  "debtor": {"number": "10004", "name": "Muster \"Holz\" KG", "email": "buchhaltung@muster.test", "language": "de",
             "address": {"lines": ["Hof 3", "Weg 1"], "postcode": "12345", "city": "Musterstadt", "country": "DE"}},
  "items": [
    {"document": "INV-1", "document_date": "2025-12-01", "due_date": "2025-12-31", "original": "1000.00", "residual": "1000.00", "days_overdue": 90},
    {"document": "INV-2", "document_date": "2026-01-01", "due_date": "2026-01-31", "original": "500.00", "residual": "234.50", "days_overdue": 59}]})";

TEST(Placement, the_file_as_an_agency_gets_it) {
    const auto placement = read_facts(facts);
    ASSERT_TRUE(placement) << to_text(placement.error());
    const std::vector<Column> columns{{"placement", "Reference"}, {"debtor_name", "Debtor"}, {"street", "Street"},
                                      {"document", "Invoice"}, {"due_date", "Due"}, {"residual", "Open"}};
    const auto file = write(*placement, columns, ';', fake_digest);
    ASSERT_TRUE(file) << to_text(file.error());
    EXPECT_EQ(*file,
              "\"Reference\";\"Debtor\";\"Street\";\"Invoice\";\"Due\";\"Open\"\r\n"
              "\"PL-2026-0007\";\"Muster \"\"Holz\"\" KG\";\"Hof 3, Weg 1\";\"INV-1\";2025-12-31;1000.00\r\n"
              "\"PL-2026-0007\";\"Muster \"\"Holz\"\" KG\";\"Hof 3, Weg 1\";\"INV-2\";2026-01-31;234.50\r\n"
              "CONTROL;2;1234.50;EUR;sha256-of-211-bytes\r\n");
    EXPECT_EQ(*file, *write(*placement, columns, ';', fake_digest));
}

TEST(Placement, without_a_template_every_field_is_there) {
    const auto file = write(*read_facts(facts), {}, ',', fake_digest);
    ASSERT_TRUE(file);
    for (const std::string& field : fields()) EXPECT_NE(file->find("\"" + field + "\""), std::string::npos) << field;
}

TEST(Placement, facts_that_are_wrong_name_their_field) {
    struct Case {
        const char *from, *to, *where;
    };
    for (const Case& c : std::vector<Case>{{"1234.50", "1234.51", "total"},
                                           {"\"EUR\"", "\"XYZ\"", "currency"},
                                           {"2025-12-31", "2025-12-32", "items[0].due_date"},
                                           {"234.50\", \"days", "234.505\", \"days", "items[1].residual"},
                                           {"PL-2026-0007", "", "placement"},
                                           {"10004", "", "debtor"},
                                           {"INV-2", "", "items[1].document"}}) {
        std::string text{facts};
        text.replace(text.find(c.from), std::string_view{c.from}.size(), c.to);
        const auto placement = read_facts(text);
        ASSERT_FALSE(placement) << c.where;
        EXPECT_EQ(placement.error().where, c.where);
    }
    EXPECT_FALSE(read_facts("[]"));
    EXPECT_FALSE(read_facts("{"));
}

TEST(Placement, no_formula_reaches_the_spreadsheet) {
    for (const char* name : {"=HYPERLINK(1)", "+1", "-x", "@SUM", "\xEF\xBC\x9D" "1", "a\\tb", "\\r=1"}) {
        std::string text{facts};
        const std::string old = R"(Muster \"Holz\" KG)";
        text.replace(text.find(old), old.size(), name);
        const auto placement = read_facts(text);
        ASSERT_TRUE(placement) << name;
        const auto file = write(*placement, {}, ',', fake_digest);
        ASSERT_FALSE(file) << name;
        EXPECT_EQ(file.error().code, Errc::data);
        EXPECT_EQ(file.error().where, "document INV-1 field debtor_name");
    }
}

TEST(Placement, a_template_with_an_unknown_field_is_refused) {
    const Status status = check_columns({{"document", "Invoice"}, {"amount", "Amount"}});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().where, "columns[1].field");
    EXPECT_NE(status.error().advice.find("residual"), std::string::npos);
}

}  // namespace
}  // namespace owed::formats::placement
