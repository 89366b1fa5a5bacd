// As of a date, and as known at an instant (DOMAIN section 3, DESIGN section 5).
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

std::string residual_on(Company& company, OpenItemId id, std::optional<Date> as_of, std::optional<Instant> known_at = {}) {
    for (const auto& item : company.items({.entity = {}, .customer = {}, .as_of = as_of, .known_at = known_at}))
        if (item.id == id) return to_text(item.residual);
    return "not there";
}

struct Row {
    const char *date, *invoice, *receipt;
};

void expect_table(Company& company, OpenItemId invoice, OpenItemId receipt, std::initializer_list<Row> rows) {
    for (const auto& row : rows) {
        EXPECT_EQ(residual_on(company, invoice, day(row.date)), row.invoice) << row.date;
        EXPECT_EQ(residual_on(company, receipt, day(row.date)), row.receipt) << row.date;
    }
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(AsOf, an_application_undone_on_r_counts_while_a_is_before_r) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10"))).item;
    const auto receipt = ok(company.post(company.receipt("70.00 EUR", "2026-03-12"))).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice, "70.00 EUR", "2026-03-14"))).application;
    ok(company.unapply(applied, "2026-03-20"));
    ok(company.apply(company.application(receipt, invoice, "30.00 EUR", "2026-03-25")));
    expect_table(company, invoice, receipt,
                 {{"2026-03-09", "not there", "not there"},
                  {"2026-03-10", "100.00", "not there"},
                  {"2026-03-12", "100.00", "-70.00"},
                  {"2026-03-13", "100.00", "-70.00"},
                  {"2026-03-14", "30.00", "0.00"},
                  {"2026-03-19", "30.00", "0.00"},
                  {"2026-03-20", "100.00", "-70.00"},
                  {"2026-03-24", "100.00", "-70.00"},
                  {"2026-03-25", "70.00", "-40.00"},
                  {"2027-01-01", "70.00", "-40.00"}});
    EXPECT_EQ(residual_on(company, invoice, {}), "70.00");
}

TEST(AsOf, nothing_is_applied_before_both_sides_were_open) {
    Company company;
    // DOMAIN section 19: a receipt dated before its invoice.
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-01"))).item;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10"))).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-02")));
    EXPECT_TRUE(applied.posted.moved);
    EXPECT_EQ(applied.posted.posting_date, day("2026-03-10"));
    expect_table(company, invoice, receipt,
                 {{"2026-03-02", "not there", "-100.00"}, {"2026-03-09", "not there", "-100.00"}, {"2026-03-10", "0.00", "0.00"}});
    // Undone on the 20th, it was still applied from the 10th to the 19th: what comes now cannot use it twice.
    ok(company.unapply(applied.application, "2026-03-20"));
    const auto other = ok(company.post(company.invoice("I-2", "40.00 EUR", "2026-03-01"))).item;
    const auto second = ok(company.apply(company.application(receipt, other, "40.00 EUR", "2026-03-12")));
    EXPECT_EQ(second.posted.posting_date, day("2026-03-20"));
    expect_table(company, other, receipt, {{"2026-03-12", "40.00", "0.00"}, {"2026-03-20", "0.00", "-60.00"}});
}

TEST(AsOf, reversal_before_the_application_happens_on_its_day) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01"))).item;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-02"))).item;
    ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-10")));
    const auto returned = ok(company.return_payment(receipt, "2026-03-05"));   // the bank's date; the clerk applied it later
    EXPECT_EQ(returned.posting_date, day("2026-03-05"));
    expect_table(company, invoice, receipt,
                 {{"2026-03-04", "100.00", "-100.00"}, {"2026-03-05", "100.00", "0.00"}, {"2026-03-10", "100.00", "0.00"}});
}

TEST(AsOf, a_receipt_identified_later_was_nobodys_before) {
    Company company;
    const auto receipt = ok(company.post(company.receipt("50.00 EUR", "2026-03-01", {}))).item;
    company.test.clock.set("2026-04-02T08:00:00Z");
    ok(company.identify(receipt, CustomerId{1}, "2026-03-10"));
    const auto found = [&](std::optional<Date> as_of, std::optional<Instant> known_at) {
        return company.items({.entity = "emea", .customer = CustomerId{1}, .as_of = as_of, .known_at = known_at}).size();
    };
    EXPECT_EQ(found(day("2026-03-09"), {}), 0U);
    EXPECT_EQ(found(day("2026-03-10"), {}), 1U);
    EXPECT_EQ(found(day("2026-03-10"), *parse_instant("2026-04-01T00:00:00Z")), 0U);
    EXPECT_EQ(found({}, {}), 1U);
    const auto before = company.items({.entity = {}, .customer = {}, .as_of = day("2026-03-09")});
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(before[0].customer, std::nullopt);
    EXPECT_EQ(to_text(before[0].residual), "-50.00");
}

TEST(KnownAt, leaves_out_what_was_recorded_later) {
    Company company;
    company.test.clock.set("2026-03-10T09:00:00Z");
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10"))).item;
    const auto receipt = ok(company.post(company.receipt("70.00 EUR", "2026-03-10"))).item;
    company.test.clock.set("2026-03-20T09:00:00Z");
    const auto applied = ok(company.apply(company.application(receipt, invoice, "70.00 EUR", "2026-03-11"))).application;
    company.test.clock.set("2026-03-30T09:00:00Z");
    ok(company.unapply(applied, "2026-03-12"));

    const struct {
        const char *as_of, *known_at, *residual;
    } cases[] = {
        {"2026-03-31", "2026-03-10T08:59:59Z", "not there"},   // not recorded yet
        {"2026-03-31", "2026-03-10T09:00:00Z", "100.00"},
        {"2026-03-31", "2026-03-20T09:00:00Z", "30.00"},
        {"2026-03-31", "2026-03-30T08:59:59Z", "30.00"},       // the return was not known
        {"2026-03-31", "2026-03-30T09:00:00Z", "100.00"},
        {"2026-03-11", "2026-03-30T09:00:00Z", "30.00"},       // known, but dated the 12th
        {"2026-03-10", "2026-03-30T09:00:00Z", "100.00"},
        {"2026-03-09", "2026-03-30T09:00:00Z", "not there"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(residual_on(company, invoice, day(c.as_of), *parse_instant(c.known_at)), c.residual) << c.as_of << " " << c.known_at;
    EXPECT_EQ(residual_on(company, invoice, {}, *parse_instant("2026-03-25T00:00:00Z")), "30.00");
}

TEST(Items, filters_and_order) {
    Company company;
    auto of_two = company.invoice("I-1", "10.00 EUR", "2026-03-10");
    of_two.customer = CustomerId{2};
    ok(company.post(of_two));
    auto late = company.invoice("I-2", "20.00 EUR", "2026-03-12");
    ok(company.post(late));
    ok(company.post(company.invoice("I-3", "30.00 EUR", "2026-03-11")));
    ok(company.post(company.invoice("I-4", "40 JPY", "2026-03-11", "tokyo")));
    const auto receipt = ok(company.post(company.receipt("10.00 EUR", "2026-03-12", {}))).item;
    const auto settled = ok(company.post(company.receipt("20.00 EUR", "2026-03-12"))).item;
    ok(company.apply(company.application(settled, OpenItemId{2}, "20.00 EUR", "2026-03-12")));
    const auto documents = [&](const ItemFilter& filter) {
        std::string text;
        for (const auto& item : company.items(filter)) text += (text.empty() ? "" : " ") + item.document;
        return text;
    };
    EXPECT_EQ(documents({}), "R-5 R-6 I-3 I-4 I-2 I-1");
    EXPECT_EQ(documents({.entity = "emea"}), "R-5 R-6 I-3 I-2 I-1");
    EXPECT_EQ(documents({.entity = {}, .customer = CustomerId{1}}), "R-6 I-3 I-4 I-2");
    EXPECT_EQ(documents({.entity = "emea", .customer = {}, .as_of = {}, .known_at = {}, .open_only = true}), "R-5 I-3 I-1");
    EXPECT_EQ(documents({.entity = "emea", .customer = {}, .as_of = day("2026-03-11"), .known_at = {}, .open_only = true}), "I-3 I-1");
    EXPECT_EQ(documents({.entity = "emea", .customer = {}, .as_of = day("2026-03-12"), .known_at = {}, .open_only = true,
                         .debits_only = true}), "I-3 I-1");
    ok(company.identify(receipt, CustomerId{2}, "2026-03-13"));
    EXPECT_EQ(documents({.entity = "emea"}), "R-6 I-3 I-2 R-5 I-1");
    EXPECT_EQ(documents({.entity = "emea", .customer = {}, .as_of = day("2026-03-12")}), "R-5 R-6 I-3 I-2 I-1");
}

TEST(Items, found_by_document_key_and_reference) {
    Company company;
    auto first = company.invoice("INV-2026/0042", "10.00 EUR", "2026-03-10");
    first.payment_reference = "RF18 5390 0754 7034";
    ok(company.post(first));
    auto twin = company.invoice("inv 2026 42", "20.00 EUR", "2026-03-10");
    twin.customer = CustomerId{2};
    ok(company.post(twin));
    auto memo = company.invoice("INV-2026/42", "5.00 EUR", "2026-03-10");
    memo.kind = ItemKind::credit_memo;
    ok(company.post(memo));
    ok(company.post(company.invoice("INV-2026/421", "5.00 EUR", "2026-03-10")));
    company.test.read([&](store::Db& db) {
        EXPECT_EQ(find_by_document(db, "emea", document_key("INV 2026-042")).size(), 2U);
        EXPECT_EQ(find_by_document(db, "sap", document_key("INV 2026-042")).size(), 0U);
        EXPECT_EQ(find_by_payment_reference(db, "emea", "RF18539007547034").size(), 1U);
        EXPECT_EQ(find_by_payment_reference(db, "emea", "").size(), 0U);
        EXPECT_EQ(find_by_payment_reference(db, "emea", "RF18").size(), 0U);
    });
}

TEST(Lists, applications_journal_and_balances) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01"))).item;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-05"))).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice, "60.00 EUR", "2026-03-05"))).application;
    ok(company.unapply(applied, "2026-03-20"));
    ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-06")));   // moves to the 20th
    company.test.read([&](store::Db& db) {
        EXPECT_EQ(applications(db, {}, {}).size(), 2U);
        EXPECT_EQ(applications(db, day("2026-03-20"), {}).size(), 2U);   // one undone that day, one of that day
        EXPECT_EQ(applications(db, day("2026-03-21"), {}).size(), 0U);
        EXPECT_EQ(applications(db, {}, invoice).size(), 2U);
        EXPECT_EQ(applications(db, {}, OpenItemId{99}).size(), 0U);
        const auto all = journal(db, company.books, {}, 3);
        ASSERT_EQ(all.size(), 3U);
        EXPECT_EQ(all.front().id, EntryId{3});
        EXPECT_EQ(all[1].entry.reverses, EntryId{3});
        EXPECT_EQ(all.back().id, EntryId{5});
        EXPECT_EQ(journal(db, company.books, day("2026-03-06"), 10).size(), 2U);
        EXPECT_EQ(journal(db, company.books, {}, 0).size(), 0U);
    });
    const auto rows = company.balance("emea", day("2026-03-05"));
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].account, "1000");
    EXPECT_EQ(rows[0].debit, 10000);
    EXPECT_EQ(rows[1].account, "1200");
    EXPECT_EQ(rows[1].debit, 10000);
    EXPECT_EQ(rows[1].credit, 6000);
    EXPECT_EQ(rows[1].functional, 4000);
    EXPECT_TRUE(company.balance("emea", day("2026-02-28")).empty());
    EXPECT_TRUE(company.balance("tokyo", day("2026-12-31")).empty());
}

/// The control accounts as they were known agree with the items as they were known: a report of then is compared with the books of then.
TEST(AsOf, balances_too_are_as_they_were_known) {
    Company company;
    company.test.clock.set("2026-03-31T08:00:00Z");
    ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10")));
    company.test.clock.set("2026-04-02T08:00:00Z");
    const auto late = company.context.clock.now();
    ok(company.post(company.invoice("I-2", "40.00 EUR", "2026-03-20")));
    const auto receivable = [&](std::optional<Instant> known_at) {
        for (const auto& row : company.in_db<std::vector<BalanceRow>>([&](store::Db& db) { return trial_balance(db, "emea", day("2026-03-31"), known_at); }))
            if (row.account == (*company.books.entity("emea"))->chart.at(Role::receivable).code) return row.debit - row.credit;
        return std::int64_t{0};
    };
    EXPECT_EQ(receivable({}), 14'000);
    EXPECT_EQ(receivable(Instant{late.micros - 1}), 10'000);
    EXPECT_EQ(receivable(late), 14'000);
}

}  // namespace
}  // namespace owed::ledger
