// Bank statements: each line once, in order, or a person is asked.
#include "intake/test_intake.hpp"
#include "ledger/credits.hpp"

namespace owed::intake {
namespace {

TEST_F(IntakeTest, overlapping_statements_post_each_line_once) {
    const auto a = bank_line("2026-03-27", "10.00 EUR", "first"), b = bank_line("2026-03-28", "20.00 EUR", "second"),
               c = bank_line("2026-03-29", "30.00 EUR", "third", {}, "REF-3"), d = bank_line("2026-03-30", "40.00 EUR", "fourth");
    bank.arrives("day 0", {statement_record(statement_of("0", "2026-03-26", "2026-03-26", "0.00 EUR", {bank_line("2026-03-26", "5.00 EUR", "zeroth")}))});
    bank.arrives("days 1 to 3", {statement_record(statement_of("1", "2026-03-27", "2026-03-29", "5.00 EUR", {a, b, c}))});
    bank.arrives("days 2 to 4", {statement_record(statement_of("2", "2026-03-28", "2026-03-30", "15.00 EUR", {b, c, d}))});
    EXPECT_EQ(sync(bank).quarantined, 0) << last().reason;
    EXPECT_EQ(receipts(), "5.00 unidentified, 10.00 unidentified, 20.00 unidentified, 30.00 unidentified, 40.00 unidentified");
    EXPECT_EQ(counts_of(last()), "3 = 1 applied 2 duplicates 0 rejected 0 ignored");
    // And both overlapping ones in one file.
    bank.arrives("both", {statement_record(statement_of("1", "2026-03-27", "2026-03-29", "5.00 EUR", {a, b, c})),
                          statement_record(statement_of("2", "2026-03-28", "2026-03-30", "15.00 EUR", {b, c, d}))});
    sync(bank);
    EXPECT_EQ(last().state, "taken") << last().reason;
    EXPECT_EQ(counts_of(last()), "6 = 0 applied 6 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, genuine_twins_in_one_statement_post_twice) {  // I18
    const auto twin = bank_line("2026-03-30", "25.00 EUR", "monthly rate"), other = bank_line("2026-03-30", "25.00 EUR", "other");
    bank.arrives("twins", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {twin, twin, other}))});
    sync(bank);
    EXPECT_EQ(receipts(), "25.00 unidentified, 25.00 unidentified, 25.00 unidentified");
    // The same day delivered again inside a longer statement: three known lines, one new.
    bank.arrives("longer", {statement_record(statement_of("2", "2026-03-30", "2026-03-31", "0.00 EUR", {twin, twin, other, bank_line("2026-03-31", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(counts_of(last()), "4 = 1 applied 3 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, a_large_statement_in_parts_is_one_statement) {
    auto whole = statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR",
                              {bank_line("2026-03-30", "1.00 EUR", "same"), bank_line("2026-03-30", "1.00 EUR", "same"), bank_line("2026-03-30", "2.00 EUR")});
    auto first = whole, second = whole;
    first.entries = {whole.entries[0]};
    first.last = false;
    first.closing.reset();
    second.part = 1;
    second.entries = {whole.entries[1], whole.entries[2]};
    bank.arrives("parts", {statement_record(first), statement_record(second)});
    sync(bank);
    EXPECT_EQ(receipts(), "1.00 unidentified, 1.00 unidentified, 2.00 unidentified");  // twins across parts are twins
    const auto statements = company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); });
    ASSERT_EQ(statements.size(), 1U);
    EXPECT_EQ(statements[0].entries, 3);
    EXPECT_EQ(statements[0].closing, money("4.00 EUR"));
}

TEST_F(IntakeTest, what_contradicts_the_books_waits_for_a_person) {
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    sync(bank);
    const auto before = entries();

    auto unknown = statement_of("2", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    unknown.account.iban = "DE75512108001245126199";
    auto dollars = statement_of("3", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    dollars.account.currency = "USD";
    auto elsewhere = statement_of("4", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    elsewhere.account.iban = "DE02120300000000202051";
    const auto gap = statement_of("5", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")});
    auto again = statement_of("CAMT-1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR", "other words for it")});
    DecodeReport grave;
    grave.verdict = Verdict::quarantine;
    grave.warnings = {{"feb.mt940:9", "the balance does not add up", true}};
    struct Row {
        const char* proves;
        BankStatement statement;
        DecodeReport report;
        const char* says;
    };
    const Row rows[] = {
        {"unknown_account", unknown, {}, "DE75512108001245126199 is not one of ours"},
        {"wrong_currency", dollars, {}, "in USD, account DE89370400440532013000 is kept in EUR"},
        {"another_entitys_account", elsewhere, {}, "belongs to entity sap, the connector to emea"},
        {"opening_is_not_the_last_closing", gap, {}, "opens with 15.00 but the last statement of DE89370400440532013000 (to 2026-03-27) closed with 10.00"},
        {"same_statement_in_another_form", again, {}, "perhaps this is the same one in another form"},
        {"grave_decode_warning", statement_of("6", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")}), grave, "does not add up"},
    };
    for (const auto& row : rows) {
        bank.arrives(row.proves, {statement_record(row.statement)}, row.report);
        EXPECT_EQ(sync(bank).quarantined, 1) << row.proves;
        EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::taken)) << row.proves;  // kept here: the file need not stay
        EXPECT_EQ(last().state, "quarantined") << row.proves;
        EXPECT_EQ(last().verdict, "quarantine") << row.proves;
        EXPECT_THAT(last().reason, HasSubstr(row.says)) << row.proves;
        EXPECT_EQ(entries(), before) << row.proves;
    }
}

TEST_F(IntakeTest, openings_that_do_continue_are_taken) {
    const auto taken = [&](const std::string& name, std::vector<BankStatement> statements) {
        std::vector<Record> records;
        for (auto& one : statements) records.push_back(statement_record(std::move(one)));
        bank.arrives(name, std::move(records));
        sync(bank);
        EXPECT_EQ(last().state, "taken") << name << ": " << last().reason;
    };
    taken("first ever, whatever it opens with", {statement_of("1", "2026-03-23", "2026-03-23", "7.00 EUR", {bank_line("2026-03-23", "3.00 EUR")})});
    taken("the next day", {statement_of("2", "2026-03-24", "2026-03-24", "10.00 EUR", {bank_line("2026-03-24", "5.00 EUR")})});
    taken("two days in one file", {statement_of("3", "2026-03-25", "2026-03-25", "15.00 EUR", {bank_line("2026-03-25", "1.00 EUR")}),
                                   statement_of("4", "2026-03-26", "2026-03-26", "16.00 EUR", {bank_line("2026-03-26", "1.00 EUR")})});
    taken("twice a day", {statement_of("5", "2026-03-27", "2026-03-27", "17.00 EUR", {bank_line("2026-03-27", "1.00 EUR", "a")}),
                          statement_of("6", "2026-03-27", "2026-03-27", "18.00 EUR", {bank_line("2026-03-27", "1.00 EUR", "b")})});
    // MT940 names no days: its opening is dated by the day before, and the first entry tells the first day.
    auto mt940 = statement_of("7", "2026-03-27", "2026-03-28", "19.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    mt940.from.reset();
    taken("an opening dated by the day before", {mt940});
    auto quiet = statement_of("8", "2026-03-28", "2026-03-29", "20.00 EUR", {});
    quiet.from.reset();
    taken("a day without entries", {quiet});
    auto lost = statement_of("10", "2026-03-29", "2026-03-30", "21.00 EUR", {});
    lost.from.reset();
    bank.arrives("a day without entries after a lost one", {statement_record(lost)});
    sync(bank);
    EXPECT_EQ(last().state, "quarantined");
    // A gap inside one file is a gap too.
    bank.arrives("gap", {statement_record(statement_of("11", "2026-03-30", "2026-03-30", "20.00 EUR", {bank_line("2026-03-30", "1.00 EUR")})),
                         statement_record(statement_of("12", "2026-03-31", "2026-03-31", "22.00 EUR", {bank_line("2026-03-31", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(last().state, "quarantined");
    EXPECT_THAT(last().reason, HasSubstr("opens with 22.00 but the last statement of DE89370400440532013000 (to 2026-03-30) closed with 21.00"));
}

TEST_F(IntakeTest, an_account_that_is_not_ours_cannot_be_released) {
    auto unknown = statement_of("2", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    unknown.account.iban = "DE75512108001245126199";
    bank.arrives("unknown", {statement_record(unknown)});
    sync(bank);
    EXPECT_EQ(ledger::refusal(intake().release(bank, last().id, anna, "let it in")), "refused");
    EXPECT_EQ(last().state, "quarantined");
    EXPECT_EQ(entries(), 0);
}

TEST_F(IntakeTest, a_file_that_fails_in_its_second_statement_posts_nothing_at_all) {
    auto second = statement_of("2", "2026-03-31", "2026-03-31", "50.00 EUR", {bank_line("2026-03-31", "1.00 EUR")});
    second.entries[0].amount->currency = "USD";
    second.entries[0].where = "feb.mt940:12";
    bank.arrives("feb.mt940", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")})),
                               statement_record(second)});
    EXPECT_EQ(sync(bank).rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::rejected));
    EXPECT_EQ(entries(), 0);
    EXPECT_EQ(receipts(), "");
    EXPECT_THAT(company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); }), IsEmpty());
    EXPECT_EQ(last().state, "rejected");
    EXPECT_THAT(last().reason, HasSubstr("feb.mt940:12: a line in USD on an account kept in EUR"));
    EXPECT_EQ(counts_of(last()), "0 = 0 applied 0 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, pending_lines_intraday_reports_and_money_out_post_no_receipt) {
    auto pending = bank_line("2026-03-30", "10.00 EUR", "announced");
    pending.status = EntryStatus::pending;
    auto statement = statement_of("1", "2026-03-30", "2026-03-30", "100.00 EUR", {bank_line("2026-03-30", "-30.00 EUR", "rent")});
    statement.entries.push_back(pending);
    auto returned = bank_line("2026-03-30", "-5.00 EUR", "return");
    returned.return_reason = "AC04";
    statement.entries.push_back(returned);
    bank.arrives("statement", {statement_record(statement)});
    sync(bank);
    EXPECT_EQ(receipts(), "");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::suspense), 3'000) << "the rent; what went back waits for its receipt";
    EXPECT_EQ(counts_of(last()), "3 = 2 applied 0 duplicates 0 rejected 1 ignored");
    ASSERT_EQ(last().warnings.size(), 1U);
    EXPECT_THAT(last().warnings[0].what, HasSubstr("5.00 EUR went back and no receipt fits"));

    auto intraday = statement_of("I-1", "2026-03-31", "2026-03-31", "0.00 EUR", {bank_line("2026-03-31", "9.00 EUR")});
    intraday.intraday = true;
    bank.arrives("intraday", {statement_record(intraday)});
    sync(bank);
    EXPECT_EQ(receipts(), "");
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 0 duplicates 0 rejected 1 ignored");
}

/// The whole way of it: the bank's line, whatever had become of the money.
TEST_F(IntakeTest, a_return_of_refunded_money_is_owed_again_and_paid_when_the_bank_presents_it_anew) {
    known_customer();
    known_invoice("INV-2026/0042", "119.00 EUR");
    auto paid = bank_line("2026-03-27", "150.00 EUR", "INV-2026/0042", "DE02100100100006820101", "REF-1");
    paid.end_to_end_id = "E2E-1";
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {paid}))});
    sync(bank);
    const auto receipt = company.in_db<std::vector<cash::Receipt>>([](store::Db& db) { return cash::receipts(db, {}); }).at(0);
    store::ok(company.act(ledger::refund, {.credit = receipt.id, .amount = money("31.00 EUR"), .bank_gl = "1000", .instruction = company.asked("2026-03-28")}));
    auto back = bank_line("2026-04-02", "-150.00 EUR", "no funds");
    back.end_to_end_id = "E2E-1";
    back.return_reason = "AM04";
    const auto day_2 = statement_of("2", "2026-04-02", "2026-04-02", "150.00 EUR", {back});
    settings.cash.return_fees = {{.customer = {}, .segment = {}, .entity = "emea", .amount = {{"EUR", 750}}, .reasons = {"AM04"}}};
    bank.arrives("day 2", {statement_record(day_2)});
    sync(bank);
    EXPECT_EQ(receipts(), "150.00 returned");
    EXPECT_EQ(documents(), "INV-2026/0042 119.00/119.00, R-2/C3 31.00/31.00, F-R-2 7.50/7.50");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::receivable), 15'750);
    const auto posted = entries();
    bank.arrives("day 2 in another file", {statement_record(day_2)});
    sync(bank);
    EXPECT_EQ(entries(), posted);
    auto anew = bank_line("2026-04-08", "150.00 EUR", "INV-2026/0042 and R-2/C3", "DE02100100100006820101", "REF-2");
    bank.arrives("day 3", {statement_record(statement_of("3", "2026-04-08", "2026-04-08", "0.00 EUR", {anew}))});
    sync(bank);
    EXPECT_EQ(receipts(), "150.00 returned, 150.00 applied");
    EXPECT_EQ(documents(), "INV-2026/0042 119.00/0.00, R-2/C3 31.00/0.00, F-R-2 7.50/7.50");
}

TEST_F(IntakeTest, what_the_bank_charges_and_what_nobody_ordered_is_posted_once) {
    auto fee = bank_line("2026-03-27", "-7.50 EUR", "account fee March"), rent = bank_line("2026-03-27", "-30.00 EUR", "rent"),
         twin = fee;
    fee.code = twin.code = "PMNT/MDOP/CHRG";
    const auto day_1 = statement_of("1", "2026-03-27", "2026-03-27", "100.00 EUR", {fee, twin, rent});
    bank.arrives("day 1", {statement_record(day_1)});
    sync(bank);
    const auto charges = [&] { return company.functional_of("emea", ledger::Role::bank_charges); };
    const auto suspense = [&] { return company.functional_of("emea", ledger::Role::suspense); };
    EXPECT_EQ(charges(), 1'500) << "two alike in one statement are two";
    EXPECT_EQ(suspense(), 3'000);
    EXPECT_EQ(receipts(), "");
    const auto posted = entries();
    EXPECT_EQ(posted, 3);
    bank.arrives("day 1 again", {statement_record(day_1)});
    sync(bank);
    EXPECT_EQ(entries(), posted);
    EXPECT_EQ(counts_of(last()), "3 = 0 applied 3 duplicates 0 rejected 0 ignored");
    auto back = bank_line("2026-03-30", "7.50 EUR", "charged in error");
    back.code = "PMNT/MCOP/CHRG";
    auto rent_back = bank_line("2026-03-30", "30.00 EUR", "rent");
    rent_back.reversal = true;
    const auto day_2 = statement_of("2", "2026-03-30", "2026-03-30", "55.00 EUR", {back, rent_back});
    bank.arrives("day 2", {statement_record(day_2)});
    sync(bank);
    bank.arrives("day 2 again", {statement_record(day_2)});
    sync(bank);
    EXPECT_EQ(receipts(), "") << "no customer has paid";
    EXPECT_EQ(charges(), 750);
    EXPECT_EQ(suspense(), 0);
}

TEST_F(IntakeTest, half_a_file_posts_no_charge_and_a_closed_month_moves_it) {
    auto fee = bank_line("2026-02-27", "-7.50 EUR", "account fee");
    fee.code = "NCHG";
    auto dollars = bank_line("2026-02-27", "-1.00 EUR", "fee");
    dollars.amount->currency = "USD";
    bank.arrives("half", {statement_record(statement_of("1", "2026-02-27", "2026-02-27", "0.00 EUR", {fee, dollars}))});
    sync(bank);
    EXPECT_EQ(last().state, "rejected");
    EXPECT_EQ(entries(), 0);
    company.close("2026-02-01");
    bank.arrives("whole", {statement_record(statement_of("1", "2026-02-27", "2026-02-27", "0.00 EUR", {fee}))});
    sync(bank);
    const auto rows = company.in_db<std::vector<ledger::JournalRow>>([&](store::Db& db) { return ledger::journal(db, company.books, {}, 10); });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].entry.posting_date, day("2026-03-01"));
    EXPECT_EQ(company.lines(rows[0].id), "bank_charges 7.50 EUR, 1000 -7.50 EUR");
    EXPECT_THAT(rows[0].entry.reason, HasSubstr("charged by the bank (NCHG): account fee (asked for 2026-02-27, posted on 2026-03-01"));
}

TEST_F(IntakeTest, what_leaves_an_account_whose_payments_are_booked_elsewhere_is_not_posted) {
    settings.cash.posts_outgoing["DE89370400440532013000"] = false;
    auto fee = bank_line("2026-03-27", "-7.50 EUR", "account fee");
    fee.code = "NCHG";
    auto back = bank_line("2026-03-28", "7.50 EUR", "account fee");
    back.code = "NCHG";
    back.reversal = true;
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-28", "0.00 EUR", {fee, bank_line("2026-03-27", "-30.00 EUR", "rent"), back}))});
    sync(bank);
    EXPECT_EQ(entries(), 1);
    EXPECT_EQ(receipts(), "7.50 unidentified") << "it takes nothing back that stands here";
}

TEST_F(IntakeTest, receipts_find_their_invoice_and_wait_for_one_that_comes_later) {
    known_customer();
    known_invoice("INV-2026/0042", "119.00 EUR");
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR",
        {bank_line("2026-03-30", "119.00 EUR", "invoice INV 2026 42"), bank_line("2026-03-30", "20.00 EUR", "INV-2026/0043", "DE02100100100006820101")}))});
    sync(bank);
    EXPECT_EQ(receipts(), "119.00 applied, 20.00 queued");
    known_invoice("INV-2026/0043", "20.00 EUR");
    EXPECT_EQ(receipts(), "119.00 applied, 20.00 applied");
    EXPECT_EQ(documents(), "INV-2026/0042 119.00/0.00, INV-2026/0043 20.00/0.00");
}

}  // namespace
}  // namespace owed::intake
