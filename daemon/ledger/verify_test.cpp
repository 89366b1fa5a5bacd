// ledger verify must see what somebody or something changed behind the ledger's back.
#include <gmock/gmock.h>

#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

/// Books with every kind of row: item 1 invoice, 2 receipt, 3 foreign invoice, 4 foreign receipt, 5 identified receipt;
/// application 1 stands, 2 is undone, 3 is in flight.
struct Tampered : ::testing::Test {
    Company company;

    Tampered() {
        auto invoice = company.invoice("I-1", "119.00 EUR", "2026-03-01");
        invoice.tax = money("19.00 EUR");
        const auto first = ok(company.post(invoice)).item;
        const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-05"))).item;
        ok(company.apply(company.application(receipt, first, "50.00 EUR", "2026-03-06", money("2.00 EUR"))));
        const auto undone = ok(company.apply(company.application(receipt, first, "20.00 EUR", "2026-03-07"))).application;
        ok(company.unapply(undone, "2026-03-08"));
        auto foreign = company.invoice("I-2", "1000 JPY", "2026-03-01");
        foreign.functional = money("6.10 EUR");
        const auto yen = ok(company.post(foreign)).item;
        auto paid = company.receipt("1000 JPY", "2026-03-02");
        paid.functional = money("6.20 EUR");
        const auto yen_receipt = ok(company.post(paid)).item;
        const auto applied = ok(company.apply(company.application(yen_receipt, yen, "400 JPY", "2026-03-02"))).application;
        company.test.write([&](store::Tx& tx) { return flag_in_flight(tx, applied, true); });
        const auto unknown = ok(company.post(company.receipt("30.00 EUR", "2026-03-09", {}))).item;
        ok(company.identify(unknown, CustomerId{7}, "2026-03-10"));
    }

    /// What verify says after the statements, which are rolled back; empty optional: the store refused them.
    std::optional<std::vector<std::string>> after(std::initializer_list<std::string_view> statements) {
        std::optional<std::vector<std::string>> found;
        const auto status = company.test.store().write([&](store::Tx& tx) -> Status {
            for (const auto statement : statements) tx.query(statement).run();
            found.emplace();
            for (const auto& difference : verify(tx, company.books).differences) found->push_back(difference.what);
            return fail(Errc::cancelled, "rolled back");
        });
        EXPECT_FALSE(status.has_value());
        return found;
    }
};

TEST_F(Tampered, untouched_books_are_clean) {
    const auto found = company.in_db<Verification>([&](store::Db& db) { return verify(db, company.books); });
    EXPECT_EQ(found.entries, 10);
    EXPECT_EQ(found.items, 5);
    EXPECT_EQ(found.applications, 3);
    EXPECT_EQ(found.lines, 24);
    EXPECT_TRUE(found.differences.empty());
}

TEST_F(Tampered, a_changed_line_is_named_with_everything_it_breaks) {
    EXPECT_THAT(*after({"UPDATE posting_line SET amount = amount + 1, functional = functional + 1 WHERE entry = 1 AND line = 1"}),
                ::testing::ElementsAre(
                    ::testing::HasSubstr("journal entry 1: row hash is "), "journal entry 1: lines add up to 0.01 EUR, expected 0",
                    "journal entry 1: lines add up to 0.01 EUR in functional currency, expected 0",
                    "item 1 (invoice I-1): residual is 67.00 EUR, its posting lines add up to 67.01 EUR",
                    "item 1 (invoice I-1): carrying amount is 6700, its posting lines add up to 6701 minor units of the "
                    "functional currency",
                    "control account 1200 of entity \"emea\": open items add up to 67.00 EUR, the journal to 67.01 EUR",
                    ::testing::AllOf(::testing::HasSubstr("account 1200 of entity \"emea\" in EUR on "), ::testing::HasSubstr("the kept sum is "))));
}

TEST_F(Tampered, a_changed_day_sum_is_named_with_both_figures) {
    EXPECT_THAT(*after({"UPDATE account_day SET credit = credit + 1 WHERE account = '1200' AND currency = 'EUR' AND day = (SELECT MIN(day) FROM account_day)"}),
                ::testing::ElementsAre(::testing::AllOf(::testing::HasSubstr("account 1200 of entity \"emea\" in EUR on "),
                                                        ::testing::HasSubstr("the posting lines give "))));
}

TEST_F(Tampered, a_changed_residual_is_named_with_both_figures) {
    EXPECT_THAT(*after({"UPDATE open_item SET residual = residual - 1 WHERE id = 1"}),
                ::testing::ElementsAre(
                    ::testing::HasSubstr("item 1 (invoice I-1): row hash is "),
                    "item 1 (invoice I-1): residual is 66.99 EUR, its posting lines add up to 67.00 EUR",
                    "control account 1200 of entity \"emea\": open items add up to 66.99 EUR, the journal to 67.00 EUR"));
}

TEST_F(Tampered, cases_are_named) {
    const struct {
        const char* statement;
        const char* named;
    } cases[] = {
        {"UPDATE application SET amount = amount + 1 WHERE id = 1",
         "application 1: amount taken from the credit is 50.01 EUR, entry 3 posts 50.00 EUR"},
        {"UPDATE application SET discount = discount - 1 WHERE id = 1",
         "application 1: amount taken from the debit is 51.99 EUR, entry 3 posts 52.00 EUR"},
        {"UPDATE application SET undone_on = undone_on + 1 WHERE id = 2",
         "application 2 was undone on 2026-03-09, the journal says 2026-03-08"},
        {"UPDATE application SET undone_on = NULL, undone_at = NULL, undone_entry = NULL WHERE id = 2",
         "application 2 is undone by entry 0, the journal reverses it with entry 5"},
        {"UPDATE application SET in_flight = 0 WHERE id = 3",
         "item 3 (invoice I-2): 1 applications in flight, the applications say 0"},
        {"DELETE FROM application WHERE id = 1", "journal entry 3 posts an application whose row is missing"},
        {"DELETE FROM application WHERE id = 1", "application ids have a gap: 2 rows, the highest id is 3"},
        {"DELETE FROM posting_line WHERE entry = 2 AND line = 1", "journal entry 2 has 1 lines, expected at least 2"},
        {"UPDATE posting_line SET posting_date = posting_date + 1 WHERE entry = 2 AND line = 1",
         "posting line 1 of journal entry 2 is dated 2026-03-06, its entry 2026-03-05"},
        {"UPDATE posting_line SET entity = 'tokyo' WHERE entry = 2 AND line = 1",
         "posting line 1 of journal entry 2 is of entity \"tokyo\", its entry of \"emea\""},
        {"UPDATE posting_line SET item = 2 WHERE entry = 1 AND line = 1",
         "item 1 (invoice I-1): residual is 67.00 EUR, its posting lines add up to -52.00 EUR"},
        {"UPDATE posting_line SET amount = amount * 2, functional = functional * 2 WHERE entry = 5",
         "journal entry 5 reverses entry 4, but account 1200 keeps 20.00 EUR (functional 2000), expected 0"},
        {"UPDATE journal_entry SET reason = 'another' WHERE id = 1", "journal entry 1: row hash is "},
        {"UPDATE open_item SET currency = 'XXX' WHERE id = 1", "item 1: a row of the ledger has currency \"XXX\""},
        {"UPDATE open_item SET account = '1210' WHERE id = 1",
         "control account 1200 of entity \"emea\": open items add up to 0.00 EUR, the journal to 67.00 EUR"},
    };
    for (const auto& c : cases) {
        const auto found = after({c.statement});
        ASSERT_TRUE(found.has_value()) << c.statement;
        EXPECT_THAT(*found, ::testing::Contains(::testing::HasSubstr(c.named))) << c.statement;
    }
}

/// Every column of every row: whatever the constraints let through, verify sees.
TEST_F(Tampered, no_column_can_change_unseen) {
    const struct {
        const char* table;
        std::vector<const char*> numbers, texts, blobs;
        const char* rows;   // a row's key
    } tables[] = {
        {"journal_entry", {"posting_date", "asked_date", "document_date", "recorded_at", "reverses"},
         {"entity", "currency", "act", "cause_kind", "cause_id", "reason", "event_key"}, {"content", "hash"}, "id"},
        {"posting_line", {"entry", "line", "posting_date", "amount", "functional", "item"}, {"entity", "account", "currency"}, {},
         "entry * 100 + line"},
        {"open_item", {"customer", "kind", "instalment", "document_date", "due_date", "posting_date", "original", "residual",
                       "functional_original", "functional_residual", "tax", "last_date", "in_flight", "written_off",
                       "identified_on", "identified_at", "entry", "recorded_at", "version"},
         {"entity", "document", "document_key", "payment_reference", "payment_reference_key", "order_number", "currency", "account"},
         {"hash"}, "id"},
        {"application", {"entry", "customer", "credit", "debit", "amount", "discount", "credit_functional", "debit_functional",
                         "discount_functional", "posting_date", "confidence", "recorded_at", "undone_on", "undone_at",
                         "undone_entry", "in_flight"},
         {"entity", "currency", "stage", "reason", "decided_by", "undone_by"}, {"hash"}, "id"},
    };
    int tried = 0, refused = 0;
    const auto expect_seen = [&](const std::string& statement) {
        const auto found = after({statement});
        ++tried;
        if (!found) ++refused;
        else EXPECT_FALSE(found->empty()) << statement;
    };
    for (const auto& table : tables) {
        std::vector<std::int64_t> keys;
        company.test.read([&](store::Db& db) {
            auto query = db.query(std::string{"SELECT "} + table.rows + " FROM " + table.table);
            while (query.step()) keys.push_back(query.integer(0));
        });
        for (const auto key : keys) {
            const auto set = [&](const char* column, const std::string& value) {
                expect_seen(std::string{"UPDATE "} + table.table + " SET " + column + " = " + value + " WHERE " + table.rows + " = " +
                            std::to_string(key));
            };
            for (const auto* column : table.numbers)
                for (const auto* change : {" + 1", " - 1"}) set(column, std::string{"COALESCE("} + column + ", 1)" + change);
            for (const auto* column : table.texts) set(column, std::string{column} + " || 'x'");
            for (const auto* column : table.blobs) set(column, "x'00'");
        }
    }
    EXPECT_GT(tried, 900);
    EXPECT_GT(tried - refused, 600) << "the constraints refused too many to prove anything";
}

}  // namespace
}  // namespace owed::ledger
