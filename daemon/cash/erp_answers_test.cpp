// What the ERP answers, or shows by its own record, and what becomes of the application here.
#include "cash/test_erp_queue.hpp"
#include "ledger/erp_open.hpp"

namespace owed::cash {
namespace {

TEST_F(ErpWrites, reserved_is_not_given_out_twice_and_sent_stays_in_flight) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    const auto due = reserve();
    EXPECT_THAT(reserve(), IsEmpty());
    became(due[0].id, SendState::sent);
    EXPECT_THAT(states(), ElementsAre("+sent"));
    EXPECT_TRUE(item(debit).in_flight);
    EXPECT_THAT(reserve(), IsEmpty());
    EXPECT_EQ(answer(all()[0].key, true), "news");
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
    EXPECT_EQ(all()[0].remote_id, "GL-7");
    EXPECT_FALSE(item(debit).in_flight);
    EXPECT_EQ(answer(all()[0].key, true), "known");
    EXPECT_THAT(answer(all()[0].key, false, "no"), HasSubstr("confirmed already"));
}

TEST_F(ErpWrites, a_refusal_takes_it_back_in_the_open_and_asks_a_person) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    const auto receipt = arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::refused, "period 03/2026 is closed");
    EXPECT_THAT(states(), ElementsAre("+refused"));   // nothing stands there that would have to be taken back
    EXPECT_EQ(to_text(item(debit).residual), "200.00");
    EXPECT_FALSE(item(debit).in_flight);
    EXPECT_EQ(look(receipt).question, "refused by ERP: INV-1 (200.00 EUR): period 03/2026 is closed");
    EXPECT_EQ(look(receipt).state_name, "on_account");
    ASSERT_TRUE(applications()[0].undone);
    std::string entry_reason;
    company.test.read([&](store::Db& db) {
        for (const auto& row : ledger::journal(db, company.books, {}, 10)) entry_reason = row.entry.reason;
    });
    EXPECT_EQ(entry_reason, "refused by ERP: period 03/2026 is closed");
    store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, {}, cash_job); }));
    EXPECT_EQ(applications().size(), 1u);   // not applied the same way again by the next run
    EXPECT_THAT(reserve(), IsEmpty());
}

struct ErpFigure : ErpWrites {
    ledger::ErpAgreement says(std::string_view open) {
        return store::ok(company.in_tx<ledger::ErpAgreement>([&](store::Tx& tx) {
            return ledger::agree_with_erp(tx, company.context, {.entity = "sap", .document = "INV-1", .open = money(open), .date = day("2026-03-30"), .cause = {"record", "erp/INV-1"},
                                                                .never_told = [&](ApplicationId id) { return erp_never_told(tx, id); }});
        }));
    }
};

TEST_F(ErpFigure, comes_in_where_a_person_takes_back) {
    const auto debit = invoice("INV-1", "100.00 EUR");
    arrives("100.00 EUR", "INV-1");
    ASSERT_EQ(says("30.00 EUR").adjustment, money("-70.00 EUR"));
    undo(applications()[0].id);
    EXPECT_EQ(to_text(item(debit).residual), "30.00") << "nobody is dunned for what the book of record says is paid";
    EXPECT_EQ(applications().back().by, audit::to_text(anna)) << "on whose word it was posted";
    EXPECT_FALSE(says("30.00 EUR").changed);
}

TEST_F(ErpFigure, comes_in_where_the_erp_refuses) {
    const auto debit = invoice("INV-1", "100.00 EUR");
    arrives("100.00 EUR", "INV-1");
    ASSERT_EQ(says("30.00 EUR").adjustment, money("-70.00 EUR"));   // a clerk there has 70 that nobody here knows
    became(reserve()[0].id, SendState::refused, "30.00 is open");
    EXPECT_EQ(to_text(item(debit).residual), "30.00") << "at once, not with the next figure";
    EXPECT_FALSE(says("30.00 EUR").changed);
}

TEST_F(ErpWrites, two_refusals_of_one_receipt_are_both_in_the_question) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "100.00 EUR");
    const auto receipt = arrives("300.00 EUR", "INV-1 INV-2");
    const auto due = reserve();
    ASSERT_EQ(due.size(), 2u);
    became(due[0].id, SendState::refused, "blocked");
    became(due[1].id, SendState::refused, "");
    EXPECT_EQ(look(receipt).question, "refused by ERP: INV-1 (200.00 EUR): blocked; INV-2 (100.00 EUR): it gave no reason");
}

TEST_F(ErpWrites, a_later_refusal_takes_back_what_was_sent) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::sent);
    EXPECT_EQ(answer(all()[0].key, false, "customer is blocked"), "news");
    EXPECT_EQ(to_text(item(debit).residual), "200.00");
    EXPECT_THAT(states(), ElementsAre("+refused"));
    EXPECT_EQ(answer(all()[0].key, false, "customer is blocked"), "known");
}

TEST_F(ErpWrites, an_answer_for_another_entity_or_an_unknown_key_is_none) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    EXPECT_THAT(answer("A9-0000", true), HasSubstr("never written"));
    EXPECT_THAT(answer(all()[0].key, false, "no", "emea"), HasSubstr("never written"));
    EXPECT_THAT(states(), ElementsAre("+waiting"));
}

TEST_F(ErpWrites, an_acceptance_after_it_was_withdrawn_is_taken_back) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::retry, "the line broke");
    undo(applications()[0].id);
    EXPECT_THAT(states(), ElementsAre("+withdrawn"));
    EXPECT_EQ(answer(all()[0].key, true), "news");   // it had arrived all the same
    EXPECT_THAT(states(), ElementsAre("+confirmed", "-waiting"));
    EXPECT_EQ(reserve().size(), 1u);
}

TEST_F(ErpWrites, an_acceptance_after_both_were_withdrawn_is_taken_back) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    const auto first = reserve();
    undo(applications()[0].id);
    became(first[0].id, SendState::unknown);
    became(first[0].id, SendState::retry, "it was never written");
    EXPECT_THAT(reserve(), IsEmpty());
    ASSERT_THAT(states(), ElementsAre("+withdrawn", "-withdrawn"));
    EXPECT_EQ(answer(all()[0].key, true), "news");   // the answer file knows better
    EXPECT_THAT(states(), ElementsAre("+confirmed", "-waiting"));
    const auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(std::get<ReceiptApplication>(due[0].record.body).reverses, all()[0].key);
}

TEST_F(ErpWrites, a_refusal_of_what_stands_there_already_is_of_a_second_one) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    const auto due = reserve();
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    became(due[0].id, SendState::refused, "INV-1 is cleared");
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
    EXPECT_EQ(to_text(item(debit).residual), "0.00");
    undo(applications()[0].id);   // so that the ERP hears of an undoing
    EXPECT_THAT(states(), ElementsAre("+confirmed", "-waiting"));
    EXPECT_EQ(reserve().size(), 1u);
}

TEST_F(ErpWrites, a_refusal_of_a_second_one_is_news_once) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::sent);
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    const auto key = all()[0].key;
    EXPECT_EQ(answer(key, false, "INV-1 is cleared"), "news");
    EXPECT_EQ(answer(key, false, "INV-1 is cleared"), "known");
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
    EXPECT_EQ(all()[0].detail, "the ERP's own record came; a second one was refused: INV-1 is cleared");
    EXPECT_EQ(to_text(item(applications()[0].debit).residual), "0.00");
    undo(applications()[0].id);   // what is to be taken back must stand there
    EXPECT_EQ(answer(key, false, "INV-1 is cleared"), "known");
    EXPECT_THAT(answer(key, false, "another reason"), HasSubstr("confirmed already"));
}

TEST_F(ErpWrites, a_refusal_is_of_a_second_one_also_when_its_record_was_seen_first) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "70.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("70.00 EUR", "INV-2");
    for (const auto& one : reserve()) became(one.id, SendState::sent);
    for (const auto& one : applications()) ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, one.id, false); })), "");
    store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return confirm_erp_writes(tx, company.test.clock); }));
    ASSERT_THAT(states(), ElementsAre("+confirmed", "+confirmed"));
    EXPECT_EQ(answer(all()[0].key, false, "it is cleared"), "news");
    EXPECT_EQ(answer(all()[0].key, false, "it is cleared"), "known");
    EXPECT_EQ(answer(all()[0].key, true), "known");
    EXPECT_EQ(answer(all()[1].key, true), "known");
    EXPECT_EQ(all()[1].remote_id, "GL-7");
    EXPECT_THAT(answer(all()[1].key, false, "no"), HasSubstr("confirmed already")) << "it has accepted it meanwhile";
    EXPECT_THAT(states(), ElementsAre("+confirmed", "+confirmed"));
}

TEST_F(ErpWrites, what_the_erp_knows_already_is_not_written) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    EXPECT_THAT(reserve(), IsEmpty());
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
}

TEST_F(ErpWrites, sent_is_confirmed_by_the_erps_own_record) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::sent);
    const auto confirm = [&] {
        return store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return confirm_erp_writes(tx, company.test.clock); }));
    };
    EXPECT_EQ(confirm(), 0);
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    EXPECT_EQ(confirm(), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
}

}  // namespace
}  // namespace owed::cash
