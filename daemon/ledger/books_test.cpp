#include "ledger/books.hpp"

#include <fstream>
#include <iterator>

#include "ledger/test_company.hpp"
#include "places/places.hpp"

namespace owed::ledger {
namespace {

TEST(DocumentKey, table) {
    const struct {
        const char *text, *key;
    } cases[] = {
        {"INV-2024/0042", "INV202442"},
        {"inv 2024 42", "INV202442"},
        {"INV 2024.0042", "INV202442"},
        {"12", "12"},
        {"1234", "1234"},
        {"0012", "12"},
        {"120", "120"},
        {"000", "0"},
        {"A-000-B", "A0B"},
        {"A0", "A0"},
        {"A00B07", "A0B7"},
        {"", ""},
        {" -/", ""},
        {"INV\xE2\x80\x93" "7", "INV7"},                          // en dash
        {"INV\xC2\xA0" "7", "INV7"},                              // no-break space
        {"f\xC3\xA4ktur 7", "F\xC3\x84KTUR7"},                    // latin letters fold
        {"\xD1\x81\xD1\x87-05", "\xD0\xA1\xD0\xA7" "5"},          // cyrillic
        {"\xEF\xBC\xA9\xEF\xBC\x90\xEF\xBC\x97", "I7"},           // full width
        {"A\xFF\xC3", "A"},                                       // bytes that are not text
        {"N\xC2\xBA 7", "N\xC2\xBA" "7"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(document_key(c.text), c.key) << c.text;
        EXPECT_EQ(document_key(c.key), c.key) << "a key is its own key";
    }
}

TEST(Books, every_role_has_a_name_and_an_account) {
    const auto chart = Books::default_chart();
    std::set<std::string> codes;
    for (const auto role : all_roles()) {
        EXPECT_EQ(role_named(name_of(role)), role);
        ASSERT_TRUE(chart.contains(role)) << name_of(role);
        EXPECT_TRUE(codes.insert(chart.at(role).code).second) << "twice: " << chart.at(role).code;
    }
    EXPECT_EQ(all_roles().size(), 40U);
    EXPECT_EQ(role_named("cash"), std::nullopt);
}

/// The page for those who fill in a chart has every role with its default code.
TEST(Books, postings_page_names_every_role) {
    std::ifstream file{owed::source_folder() + "/docs/reference/postings.md"};
    ASSERT_TRUE(file.good()) << "docs/reference/postings.md is missing";
    const std::string page{std::istreambuf_iterator<char>{file}, {}};
    for (const auto& [role, account] : Books::default_chart()) {
        const auto at = page.find("`" + std::string{name_of(role)} + "`");
        ASSERT_NE(at, std::string::npos) << name_of(role);
        const auto row = page.substr(at, page.find('\n', at) - at);
        EXPECT_NE(row.find(account.code), std::string::npos) << name_of(role) << " stands without " << account.code << ": " << row;
    }
}

TEST(Books, finds_entities_accounts_and_names) {
    const auto books = test_books();
    EXPECT_EQ(books.find("nowhere"), nullptr);
    EXPECT_EQ(books.entity("nowhere").error().code, Errc::not_found);
    ASSERT_NE(books.bank_account("de89 3704 0044 0532 0130 00"), nullptr);
    EXPECT_EQ(books.bank_account("DE89370400440532013000")->entity, "emea");
    EXPECT_EQ(books.bank_account("DE00"), nullptr);
    EXPECT_EQ(books.bank_account(" "), nullptr);
    EXPECT_EQ(books.account_name("emea", "1200"), "Trade receivables");
    EXPECT_EQ(books.account_name("emea", "1000"), "Test Bank DE89370400440532013000");
    EXPECT_EQ(books.account_name("emea", "9999"), "");
    EXPECT_TRUE(books.has_account("emea", "1000"));
    EXPECT_FALSE(books.has_account("emea", "9999"));
    EXPECT_FALSE(books.has_account("nowhere", "1000"));
    EXPECT_EQ(control_accounts(*books.find("emea")), (std::vector<std::string>{"1200", "1210", "1220", "1240", "1250", "2300"}));
}

Entity entity(std::string id) {
    Entity made;
    made.id = std::move(id);
    made.currency = currency("EUR");
    made.chart = Books::default_chart();
    return made;
}
BankAccount bank(std::string number, std::string owner, std::string gl) {
    BankAccount made;
    made.number = std::move(number);
    made.entity = std::move(owner);
    made.gl = std::move(gl);
    return made;
}

TEST(Books, refuses_what_could_not_be_booked) {
    const auto why = [](std::vector<Entity> entities, std::vector<BankAccount> accounts) {
        const auto made = Books::make(std::move(entities), std::move(accounts));
        return made ? std::string{"no error"} : made.error().what;
    };
    EXPECT_EQ(why({entity("a")}, {bank("1", "a", "1000")}), "no error");
    EXPECT_EQ(why({entity("a"), entity("a")}, {}), "entity \"a\" is there twice");
    EXPECT_EQ(why({entity("")}, {}), "an entity has no id");
    auto broken = entity("a");
    broken.currency = {};
    EXPECT_EQ(why({broken}, {}), "entity \"a\" has no currency");
    broken = entity("a");
    broken.chart.erase(Role::fx_loss);
    EXPECT_EQ(why({broken}, {}), "entity \"a\" has no account for fx_loss");
    broken = entity("a");
    broken.chart[Role::suspense].code = "1200";
    EXPECT_EQ(why({broken}, {}), "entity \"a\": suspense has account 1200, which is a control account for open items (receivable)");
    broken = entity("a");
    broken.chart[Role::unapplied_cash].code = "1200";   // customer credits inside receivables: usual
    EXPECT_EQ(why({broken}, {}), "no error");
    EXPECT_EQ(control_accounts(broken), (std::vector<std::string>{"1200", "1220", "1240", "1250", "2300"}));
    EXPECT_EQ(why({entity("a")}, {bank("1", "b", "1000")}), "bank account 1 belongs to unknown entity \"b\"");
    EXPECT_EQ(why({entity("a")}, {bank("1", "a", "1000"), bank(" 1", "a", "1001")}), "bank account  1 is there twice");
    EXPECT_EQ(why({entity("a")}, {bank("", "a", "1000")}), "a bank account has neither IBAN nor number");
    EXPECT_EQ(why({entity("a")}, {bank("1", "a", "")}), "bank account 1 has no GL account");
    EXPECT_EQ(why({entity("a")}, {bank("1", "a", "1210")}),
              "bank account 1 has GL account 1210, which is a control account for open items (unapplied_cash)");
}

}  // namespace
}  // namespace owed::ledger
