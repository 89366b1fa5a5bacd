// What an ERP is told, in which order, and once.
#include "cash/test_erp_queue.hpp"

namespace owed::cash {
namespace {

TEST_F(ErpWrites, an_application_is_queued_with_what_an_erp_needs_to_book_it) {
    invoice("INV-1", "200.00 EUR");
    const auto receipt = arrives("200.00 EUR", "INV-1");
    const auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    const auto& told = std::get<ReceiptApplication>(due[0].record.body);
    EXPECT_EQ(told.entity, "sap");
    EXPECT_EQ(told.customer, "C1");
    EXPECT_EQ(told.receipt, receipt);
    EXPECT_EQ(told.credit_kind, "receipt");
    EXPECT_EQ(told.reference, "REF-1");
    EXPECT_EQ(told.payer, "Kunde C1 GmbH");
    EXPECT_EQ(told.value_date, day("2026-03-28"));
    EXPECT_EQ(told.posting_date, day("2026-03-30"));
    EXPECT_EQ(to_text(*told.amount), "200.00");
    EXPECT_EQ(told.bank_account, "DE02120300000000202051");
    EXPECT_EQ(told.bank_gl, "1000");
    EXPECT_EQ(told.reverses, "");
    ASSERT_EQ(told.documents.size(), 1u);
    EXPECT_EQ(told.documents[0].document, "INV-1");
    EXPECT_EQ(told.documents[0].kind, "invoice");
    EXPECT_EQ(to_text(*told.documents[0].amount), "200.00");
    EXPECT_EQ(due[0].record.external_id, all()[0].key);
    EXPECT_THAT(all()[0].key, ::testing::MatchesRegex("A[0-9]+-[a-p]+")) << "no run of digits, which could pass for a card's number and come back masked";
}

TEST_F(ErpWrites, parts_of_an_application_are_told_with_their_reasons) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    const auto receipt = arrives("180.00 EUR", "nothing that says what it pays");
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(identify_by_hand(tx, company.context, anna, receipt, who));
        return ledger::apply(tx, company.context, {.credit = look(receipt).id, .debit = debit, .amount = money("180.00 EUR"), .discount = money("4.00 EUR"), .date = day("2026-03-30"),
                                                   .stage = "manual", .reason = "as agreed", .by = "anna", .cause = {"cash", receipt}, .event_key = "apply/test",
                                                   .bank_charge = money("1.00 EUR"), .write_off = money("5.00 EUR"), .deduction = ledger::DeductionPart{money("10.00 EUR"), "pricing"}})
                   ? Status{} : Status{fail(Errc::refused, "not applied")};
    })), "");
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications().back().id, true); })), "");
    const auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    const auto& settled = std::get<ReceiptApplication>(due[0].record.body).documents.at(0);
    EXPECT_EQ(to_text(*settled.amount), "180.00");
    EXPECT_EQ(to_text(*settled.discount), "4.00");
    std::vector<std::string> parts;
    for (const auto& part : settled.parts) parts.push_back(part.reason + " " + to_text(*part.amount));
    EXPECT_THAT(parts, ElementsAre("bank_charge 1.00", "write_off 5.00", "deduction: pricing 10.00"));
}

TEST_F(ErpWrites, authority_hub_tells_nobody) {
    who = customer("C1", "emea");
    invoice("INV-1", "200.00 EUR", "emea");
    arrives("200.00 EUR", "INV-1", "emea");
    EXPECT_EQ(applications().size(), 1u);
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(ErpWrites, undone_before_it_was_written_nothing_goes_out) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    undo(applications()[0].id);
    EXPECT_THAT(states(), ElementsAre("+withdrawn"));
    EXPECT_THAT(reserve(), IsEmpty());
}

TEST_F(ErpWrites, undone_after_it_was_written_is_taken_back_there_too) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::sent);
    undo(applications()[0].id);
    EXPECT_THAT(states(), ElementsAre("+sent", "-waiting"));
    const auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(std::get<ReceiptApplication>(due[0].record.body).reverses, all()[0].key);
    EXPECT_EQ(due[0].record.external_id, all()[0].key + "-U");
    became(due[0].id, SendState::refused, "already cleared");
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("refuses to take back application 1: already cleared")));
    store::ok(company.in_tx<int>([&](store::Tx& tx) { return retry_refused_erp_writes(tx, company.test.clock, anna, "erp"); }));
    became(reserve().at(0).id, SendState::sent);
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(ErpWrites, undone_while_on_its_way_waits_for_the_outcome) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    const auto first = reserve();
    undo(applications()[0].id);
    EXPECT_THAT(reserve(), IsEmpty());
    became(first[0].id, SendState::unknown);
    EXPECT_THAT(reserve(), IsEmpty());
    became(first[0].id, SendState::retry, "it was never written");   // as the ERP answers when it is asked
    EXPECT_THAT(reserve(), IsEmpty());
    EXPECT_THAT(states(), ElementsAre("+withdrawn", "-withdrawn"));
}

TEST_F(ErpWrites, a_taking_back_that_was_queued_after_a_restore_is_for_the_one_that_knows_the_key) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    restored();
    undo(applications()[0].id);
    ASSERT_THAT(states(), ElementsAre("+unknown", "-waiting"));
    const auto connectors = [&] {
        std::vector<std::string> names;
        for (const auto& one : all()) names.push_back(one.connector);
        return names;
    };
    became(all()[0].id, SendState::unknown);   // it could not tell: another may
    EXPECT_THAT(connectors(), ElementsAre("", ""));
    became(all()[0].id, SendState::sent);
    EXPECT_THAT(connectors(), ElementsAre("erp", "erp"));
    const auto by_new = company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "sap", "erp-new", 10); });
    EXPECT_THAT(store::ok(by_new), IsEmpty());
    EXPECT_EQ(reserve().size(), 1u);
}

TEST_F(ErpWrites, what_was_never_there_after_a_restore_may_go_to_another) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    restored();
    became(all()[0].id, SendState::retry, "there is no such key");
    EXPECT_EQ(all()[0].connector, "");
    const auto by_new = company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "sap", "erp-new", 10); });
    EXPECT_EQ(store::ok(by_new).size(), 1u);
}

TEST_F(ErpWrites, an_application_waits_for_the_taking_back_of_an_earlier_one) {
    const auto debit = invoice("INV-1", "200.00 EUR");
    const auto receipt = arrives("200.00 EUR", "INV-1");
    became(reserve()[0].id, SendState::sent);
    undo(applications()[0].id);
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, receipt, {{"INV-1", "150.00"}}); })), "");
    auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_NE(std::get<ReceiptApplication>(due[0].record.body).reverses, "");
    became(due[0].id, SendState::sent);
    due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(to_text(*std::get<ReceiptApplication>(due[0].record.body).documents[0].amount), "150.00");
    EXPECT_EQ(to_text(item(debit).residual), "50.00");
}

TEST_F(ErpWrites, retries_wait_longer_each_time) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    for (const int minutes : {1, 2, 4, 8, 16, 32, 64, 128, 240, 240}) {
        const auto due = reserve();
        ASSERT_EQ(due.size(), 1u) << minutes;
        became(due[0].id, SendState::retry, "down");
        company.test.clock.pass_seconds(minutes * 60 - 1);
        EXPECT_THAT(reserve(), IsEmpty()) << minutes;
        company.test.clock.pass_seconds(1);
    }
}

TEST_F(ErpWrites, a_stop_in_between_is_unknown_and_a_person_may_say) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    reserve();
    EXPECT_EQ(store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return erp_writes_after_restart(tx, company.test.clock); })), 1);
    EXPECT_THAT(states(), ElementsAre("+unknown"));
    EXPECT_THAT(reserve(), IsEmpty());
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("may or may not stand in the ERP of sap")));
    const auto key = all()[0].key;
    const auto resolve = [&](bool written, const std::string& why) {
        return error_text(company.test.store().write([&](store::Tx& tx) { return resolve_erp_write(tx, company.context, anna, key, written, why); }));
    };
    EXPECT_THAT(resolve(true, ""), HasSubstr("say how you know"));
    EXPECT_EQ(resolve(false, "not in its journal"), "");
    EXPECT_EQ(reserve().size(), 1u);
    EXPECT_THAT(resolve(true, "again"), HasSubstr("only an unknown outcome"));
}

TEST_F(ErpWrites, more_than_a_page_of_what_may_not_go_yet_hides_nothing) {
    for (int i = 0; i < 3; ++i) {
        const auto number = "INV-" + std::to_string(i);
        invoice(number, "200.00 EUR");
        arrives("200.00 EUR", number);
    }
    EXPECT_EQ(reserve(2).size(), 2u);
    EXPECT_EQ(reserve(2).size(), 1u);
    EXPECT_THAT(reserve(2), IsEmpty());
}

TEST_F(ErpWrites, a_change_says_when) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    EXPECT_EQ(all()[0].changed_at, all()[0].queued_at);
    std::set<std::int64_t> seen;
    const auto changed = [&] { return seen.insert(all()[0].changed_at.micros).second; };
    changed();
    later(1);
    const auto due = reserve();
    EXPECT_TRUE(changed()) << "reserved";
    later(1);
    became(due[0].id, SendState::sent);
    EXPECT_TRUE(changed()) << "sent";
    later(1);
    answer(all()[0].key, true);
    EXPECT_TRUE(changed()) << "confirmed";
}

}  // namespace
}  // namespace owed::cash
