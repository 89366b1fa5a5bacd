// Artifacts: taken once, rejected, quarantined, released, kept.
#include "intake/test_intake.hpp"

namespace owed::intake {
namespace {

TEST_F(IntakeTest, the_same_artifact_again_adds_nothing) {
    known_customer();
    bank.arrives("feb.mt940", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))});
    sync(bank);
    const auto before = entries();
    bank.inbox.push_back({"feb-copy.mt940", "feb.mt940"});  // the same bytes under another name
    EXPECT_EQ(sync(bank).duplicates, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::duplicate));
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(last().deliveries, 2);
    EXPECT_EQ(last().name, "feb.mt940");
    EXPECT_EQ(bank.cursor_seen, "+");  // the cursor of the first read came back
}

TEST_F(IntakeTest, release_posts_what_was_quarantined) {
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    bank.arrives("day 3", {statement_record(statement_of("3", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")}))});
    sync(bank);
    const auto id = last().id;
    EXPECT_EQ(ledger::refusal(intake().release(bank, id, anna, "")), "invalid_argument");
    EXPECT_EQ(ledger::refusal(intake().replay(bank, id, anna)), "refused");
    store::ok(intake().release(bank, id, anna, "the bank confirmed the balance by telephone"));
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
    EXPECT_EQ(last().state, "released");
    EXPECT_EQ(last().reason, "released: the bank confirmed the balance by telephone");
    EXPECT_EQ(counts_of(last()), "1 = 1 applied 0 duplicates 0 rejected 0 ignored");
    EXPECT_EQ(ledger::refusal(intake().release(bank, id, anna, "again")), "refused");
    EXPECT_EQ(ledger::refusal(intake().release(bank, ArtifactId{999}, anna, "none")), "not_found");
    // Read again, it stays what it is and adds nothing, not even to the list of statements.
    store::ok(intake().replay(bank, id, anna));
    EXPECT_EQ(last().state, "released");
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
    EXPECT_EQ(company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); }).size(), 2U);
}

TEST_F(IntakeTest, a_file_that_cannot_be_read_is_rejected_and_read_again_after_a_fix) {
    bank.inbox.push_back({"feb.mt940", "garbage"});
    EXPECT_EQ(sync(bank).rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::rejected));
    EXPECT_EQ(last().state, "rejected");
    EXPECT_THAT(last().reason, HasSubstr("feb.mt940:1:1: no statement begins here"));
    ASSERT_EQ(all_rejects().size(), 1U);
    bank.files["garbage"] = {{statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))}, {}};
    store::ok(intake().replay(bank, last().id, anna));
    EXPECT_EQ(last().state, "taken");
    EXPECT_EQ(receipts(), "50.00 unidentified");
    EXPECT_THAT(all_rejects(), IsEmpty());
}

TEST_F(IntakeTest, trouble_around_the_file_leaves_it_for_the_next_time) {
    bank.arrives("feb", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))});
    bank.around = fail(Errc::plugin_crashed, "the child is gone");
    const auto waiting = bank.inbox;
    EXPECT_EQ(ledger::refusal(intake().sync(bank)), "plugin_crashed");
    EXPECT_THAT(all(), IsEmpty());
    EXPECT_THAT(company.in_db<ConnectorCounts>([](store::Db& db) { return counts(db, "house-bank"); }).last_error, HasSubstr("the child is gone"));
    bank.around = {};
    bank.inbox = waiting;
    sync(bank);
    EXPECT_EQ(bank.cursor_seen, "");  // no cursor was written with the failed read (I17)
    EXPECT_EQ(receipts(), "50.00 unidentified");
    EXPECT_EQ(company.in_db<ConnectorCounts>([](store::Db& db) { return counts(db, "house-bank"); }).last_error, "");
}

TEST_F(IntakeTest, one_bad_file_stops_no_other) {  // I19
    bank.arrives("a", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "1.00 EUR")}))});
    bank.inbox.push_back({"b", "garbage"});
    bank.arrives("c", {statement_record(statement_of("2", "2026-03-31", "2026-03-31", "1.00 EUR", {bank_line("2026-03-31", "2.00 EUR")}))});
    const auto done = sync(bank);
    EXPECT_EQ(done.artifacts, 3);
    EXPECT_EQ(done.rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::taken, ArtifactFate::rejected, ArtifactFate::taken));
    EXPECT_EQ(receipts(), "1.00 unidentified, 2.00 unidentified");
}

TEST_F(IntakeTest, card_numbers_are_truncated_in_what_is_kept_and_our_references_are_not) {
    auto referenced = invoice_record("INV-1", "C1", "119.00 EUR");
    std::get<ArDocument>(referenced.body).payment_reference = "4012888888881881";  // looks like a card number, and is our own reference
    erp.arrives("invoices", {customer_record("C1", "Beispiel AG"), referenced});
    sync(erp);
    const std::string bytes = "paid by card 4111 1111 1111 1111, reference 4012888888881881";
    const std::string kept = "paid by card 4111 11** **** 1111, reference 4012888888881881";
    bank.files[kept] = {{statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "5.00 EUR")}))}, {}};
    bank.inbox.push_back({"feb", bytes});
    sync(bank);
    EXPECT_THAT(bank.decoded, ElementsAre(kept));
    EXPECT_EQ(last().state, "taken") << last().reason;
    EXPECT_EQ(company.in_db<std::string>([](store::Db& db) {
        auto query = db.query("SELECT bytes FROM artifact ORDER BY id DESC LIMIT 1");
        query.step();
        return query.blob(0);
    }), kept);
    EXPECT_TRUE(company.test.log.has("1 card numbers were truncated"));
    EXPECT_FALSE(company.test.log.has("4111"));
    bank.inbox.push_back({"feb", bytes});
    EXPECT_EQ(sync(bank).duplicates, 1);
}

TEST_F(IntakeTest, large_artifacts_are_files_and_large_ones_are_decoded_twice) {
    settings.inline_artifact_max = 10;
    settings.keep_records_max = 10;
    bank.arrives("a statement of more than ten bytes", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    bank.arrives("another one, to be released", {statement_record(statement_of("2", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(bank.decoded.size(), 3U);  // the quarantined one once
    EXPECT_EQ(receipts(), "10.00 unidentified");
    store::ok(intake().release(bank, last().id, anna, "checked"));
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
}

}  // namespace
}  // namespace owed::intake
