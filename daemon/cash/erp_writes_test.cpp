#include "cash/erp_writes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/erp_open.hpp"
#include "ledger/standing.hpp"
#include "ledger/test_company.hpp"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const audit::Actor anna{.kind = audit::Actor::Kind::person, .id = "anna", .name = "Anna Probe"};
const audit::Actor job{.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"};
const audit::Actor erp{.kind = audit::Actor::Kind::connector, .id = "erp", .name = "erp"};

/// Empty: it went well.
std::string refusal(const Status& status) { return status ? std::string{} : status.error().what; }

struct ErpWrites : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    ErpListener listener{company.books, company.test.clock};
    int received = 0;
    CustomerId who{0};

    void SetUp() override {
        company.test.clock.set("2026-03-30T10:00:00Z");
        company.context.listeners.push_back(&listener);
        who = customer("C1", "sap");
    }
    CustomerId customer(const std::string& number, const std::string& entity) {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer made;
            made.number = number;
            made.name = "Kunde " + number + " GmbH";
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, entity, made));
            return done.first;
        }));
    }
    OpenItemId invoice(const std::string& number, std::string_view amount, const std::string& entity = "sap") {
        auto document = company.invoice(number, amount, "2026-02-01", entity);
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    std::string arrives(std::string_view amount, std::string text, const std::string& entity = "sap") {
        NewReceipt receipt{.entity = entity, .account = "DE02120300000000202051", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-28"),
                           .posting_date = day("2026-03-28"), .transaction = {}, .connector = "house-bank", .artifact = "1",
                           .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {"Kunde C1 GmbH", {}, {}};
        receipt.transaction.text = {std::move(text)};
        receipt.transaction.bank_ref = "REF-" + std::to_string(received);
        const auto id = store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); }));
        store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, {}, job); }));
        return "R-" + std::to_string(id.value);
    }
    Receipt look(const std::string& number) {
        return *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return receipt(db, number); });
    }
    std::vector<ErpWrite> all() {
        return company.in_db<std::vector<ErpWrite>>([](store::Db& db) { return erp_writes(db); });
    }
    std::vector<std::string> states() {
        std::vector<std::string> texts;
        for (const auto& one : all()) texts.push_back((one.reversal ? "-" : "+") + std::string{name_of(one.state)});
        return texts;
    }
    std::vector<ReservedWrite> reserve(std::size_t limit_max = 100, const std::string& entity = "") {
        return store::ok(company.in_tx<std::vector<ReservedWrite>>(
            [&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, entity, "erp", limit_max); }));
    }
    void became(std::int64_t id, SendState state, const std::string& detail = "") {
        ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return note_erp_outcome(tx, company.context, erp, id, {state, "GL-1", detail, 0}); })), "");
    }
    std::string answer(const std::string& key, bool accepted, const std::string& reason = "", std::string_view entity = "sap") {
        bool news = false;
        const auto said = refusal(company.test.store().write([&](store::Tx& tx) -> Status {
            OWED_TRY(news, erp_answered(tx, company.context, erp, {key, accepted, "GL-7", reason}, entity));
            return {};
        }));
        return said.empty() ? news ? "news" : "known" : said;
    }
    std::vector<ledger::Application> applications() {
        return company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
    }
    void undo(ApplicationId application) {
        ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, application, "wrong invoice"); })), "");
    }
    ledger::Item item(OpenItemId id) {
        return *company.in_db<std::optional<ledger::Item>>([&](store::Db& db) { return ledger::item(db, id); });
    }
    std::vector<std::string> alarms(int hours = 72, std::string sink = "erp") {
        return company.in_db<std::vector<std::string>>(
            [&](store::Db& db) { return erp_alarms(db, company.test.clock.now(), hours, [&](const std::string&) { return sink; }); });
    }
    std::size_t differences() {
        return company.in_db<std::size_t>([&](store::Db& db) { return ledger::verify(db, company.books).differences.size(); });
    }
    /// An hour after it was backed up, and started an hour later. How many are unknown now.
    int restored() {
        later(1);
        EXPECT_EQ(refusal(company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query("INSERT INTO store_epoch (epoch, installation_id, created_at, restored_from) SELECT max(epoch) + 1, 'another', ?, 'monday.db' FROM store_epoch")
                .bind(company.test.clock.now().micros)
                .run();
            return {};
        })), "");
        later(1);
        return store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return erp_writes_after_restart(tx, company.test.clock); }));
    }
    void later(int hours) { company.test.clock.pass_seconds(std::int64_t{hours} * 3600); }
    std::vector<std::string> erp_faults() { return company.in_db<std::vector<std::string>>([](store::Db& db) { return erp_differences(db); }); }
    bool spoilt = false;   ///< by the test
    ~ErpWrites() override {
        EXPECT_EQ(differences(), 0u);
        if (!spoilt) {
            EXPECT_THAT(erp_faults(), IsEmpty());
        }
    }
};

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
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(identify_by_hand(tx, company.context, anna, receipt, who));
        return ledger::apply(tx, company.context, {.credit = look(receipt).id, .debit = debit, .amount = money("180.00 EUR"), .discount = money("4.00 EUR"), .date = day("2026-03-30"),
                                                   .stage = "manual", .reason = "as agreed", .by = "anna", .cause = {"cash", receipt}, .event_key = "apply/test",
                                                   .bank_charge = money("1.00 EUR"), .write_off = money("5.00 EUR"), .deduction = ledger::DeductionPart{money("10.00 EUR"), "pricing"}})
                   ? Status{} : Status{fail(Errc::refused, "not applied")};
    })), "");
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications().back().id, true); })), "");
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
    store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, {}, job); }));
    EXPECT_EQ(applications().size(), 1u);   // not applied the same way again by the next run
    EXPECT_THAT(reserve(), IsEmpty());
}

TEST_F(ErpWrites, a_refusal_makes_room_for_what_the_erps_figure_said) {
    const auto debit = invoice("INV-1", "100.00 EUR");
    arrives("100.00 EUR", "INV-1");
    const auto says = [&](std::string_view open) {
        return store::ok(company.in_tx<ledger::ErpAgreement>([&](store::Tx& tx) {
            return ledger::agree_with_erp(tx, company.context, {.entity = "sap", .document = "INV-1", .open = money(open), .date = day("2026-03-30"), .cause = {"record", "erp/INV-1"},
                                                                .never_told = [&](ApplicationId id) { return erp_never_told(tx, id); }});
        }));
    };
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
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
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
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
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
    for (const auto& one : applications()) ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, one.id, false); })), "");
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
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, receipt, {{"INV-1", "150.00"}}); })), "");
    auto due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_NE(std::get<ReceiptApplication>(due[0].record.body).reverses, "");
    became(due[0].id, SendState::sent);
    due = reserve();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(to_text(*std::get<ReceiptApplication>(due[0].record.body).documents[0].amount), "150.00");
    EXPECT_EQ(to_text(item(debit).residual), "50.00");
}

TEST_F(ErpWrites, what_the_erp_knows_already_is_not_written) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
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
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    EXPECT_EQ(confirm(), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed"));
}

TEST_F(ErpWrites, what_nobody_tells_the_erp_is_confirmed_by_its_own_record_and_is_no_alarm_after_a_restore) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "70.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("70.00 EUR", "INV-2");
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    EXPECT_EQ(restored(), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed", "+unknown"));
    EXPECT_THAT(alarms(72, ""), IsEmpty());
    EXPECT_THAT(alarms(72), ElementsAre(HasSubstr("1 applications may or may not stand in the ERP of sap")));
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[1].id, false); })), "");
    EXPECT_EQ(store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return confirm_erp_writes(tx, company.test.clock); })), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed", "+confirmed"));
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
        return refusal(company.test.store().write([&](store::Tx& tx) { return resolve_erp_write(tx, company.context, anna, key, written, why); }));
    };
    EXPECT_THAT(resolve(true, ""), HasSubstr("say how you know"));
    EXPECT_EQ(resolve(false, "not in its journal"), "");
    EXPECT_EQ(reserve().size(), 1u);
    EXPECT_THAT(resolve(true, "again"), HasSubstr("only an unknown outcome"));
}

TEST_F(ErpWrites, what_waits_too_long_is_an_alarm_where_somebody_should_have_taken_it) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    later(71);
    EXPECT_THAT(alarms(), IsEmpty());
    later(2);
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("1 applications have waited more than 72 hours for the ERP of sap")));
    EXPECT_THAT(alarms(72, ""), IsEmpty());
    EXPECT_THAT(alarms(0), IsEmpty());
    became(reserve()[0].id, SendState::sent);
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("no record of its own confirms them")));
}

TEST_F(ErpWrites, what_was_reserved_and_never_noted_is_an_alarm) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    later(100);
    reserve();   // and then the store was full
    EXPECT_THAT(alarms(), IsEmpty()) << "it is on its way";
    later(73);
    const auto says = ElementsAre(::testing::AllOf(HasSubstr("1 applications were given to connector erp for the ERP of sap more than 72 hours ago"), HasSubstr(all()[0].key), HasSubstr("restart owed")));
    EXPECT_THAT(alarms(), says);
    EXPECT_THAT(alarms(72, ""), says) << "whoever takes them now";
    EXPECT_THAT(alarms(0), IsEmpty());
    became(all()[0].id, SendState::sent);
    EXPECT_THAT(alarms(72, ""), IsEmpty());
}

TEST_F(ErpWrites, what_is_for_a_connector_that_is_gone_is_an_alarm_and_a_person_hands_it_over) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "70.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("70.00 EUR", "INV-2");
    const auto due = reserve();
    became(due[0].id, SendState::sent);
    became(due[1].id, SendState::retry, "locked");
    undo(applications()[0].id);
    ASSERT_THAT(states(), ElementsAre("+sent", "+waiting", "-waiting"));
    EXPECT_THAT(alarms(), IsEmpty());
    EXPECT_THAT(alarms(72, "erp-new"), ElementsAre(HasSubstr("2 applications for the ERP of sap belong to connector erp, which does not take them now")));
    EXPECT_THAT(alarms(72, ""), ElementsAre(HasSubstr("belong to connector erp")));
    later(1);
    const auto by_new = [&] {
        return store::ok(company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "sap", "erp-new", 10); }));
    };
    EXPECT_THAT(by_new(), IsEmpty());
    const auto resolve = [&](const std::string& key, bool written) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return resolve_erp_write(tx, company.context, anna, key, written, "looked"); }));
    };
    EXPECT_EQ(resolve(all()[1].key, false), "");
    EXPECT_EQ(by_new().size(), 1u);
    EXPECT_EQ(resolve(all()[2].key, true), "");   // taken back there by hand
    EXPECT_THAT(states(), ElementsAre("+sent", "+reserved", "-sent"));
    EXPECT_THAT(alarms(72, "erp-new"), IsEmpty());
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

TEST_F(ErpWrites, verify_finds_what_queue_and_books_do_not_say_alike) {
    spoilt = true;
    for (const auto* number : {"INV-1", "INV-2"}) {
        invoice(number, "200.00 EUR");
        arrives("200.00 EUR", number);
    }
    became(reserve(1)[0].id, SendState::sent);
    undo(applications()[0].id);
    ASSERT_THAT(states(), ElementsAre("+sent", "+waiting", "-waiting"));
    ASSERT_THAT(erp_faults(), IsEmpty());
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) -> Status {   // the test's clock went back: the queue is older than all this
        tx.query("UPDATE store_migration SET applied_at = 0 WHERE number = 47").run();
        return {};
    })), "");
    struct Case {
        const char *damage, *said;
    };
    for (const auto& one : {Case{"UPDATE erp_write SET entity = 'other' WHERE id = 2", "for the ERP of other: row hash does not fit its fields"},
                            Case{"UPDATE erp_write SET record = x'00' WHERE id = 2", "row hash does not fit its fields"},
                            Case{"UPDATE erp_write SET state = 'withdrawn' WHERE id = 2", "it is withdrawn, and stands here"},
                            Case{"UPDATE erp_write SET state = 'refused' WHERE id = 2", "it is refused, and stands here"},
                            Case{"UPDATE erp_write SET state = 'confirmed' WHERE id = 2", "it is confirmed, and its application waits for the ERP"},
                            Case{"UPDATE erp_write SET state = 'waiting' WHERE id = 1", "it waits to be told, and is undone here"},
                            Case{"DELETE FROM erp_write WHERE id = 3", "it is sent and undone here, and no taking back is queued"},
                            Case{"DELETE FROM erp_write WHERE id = 2", "application 2 waits for the ERP, and nothing is queued to tell it"}}) {
        std::vector<std::string> found;
        ASSERT_FALSE(company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query(one.damage).run();
            found = erp_differences(tx);
            return fail(Errc::cancelled, "it was only tried");
        }));
        EXPECT_THAT(found, ElementsAre(HasSubstr(one.said))) << one.damage;
    }
}

TEST_F(ErpWrites, a_record_that_was_changed_in_the_store_is_not_sent) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    spoilt = true;
    ASSERT_EQ(refusal(company.test.store().write([&](store::Tx& tx) -> Status {
        tx.query("UPDATE erp_write SET key = 'A1-other'").run();
        return {};
    })), "");
    const auto refused = company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "", "erp", 10); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::store_corrupt);
}

}  // namespace
}  // namespace owed::cash
