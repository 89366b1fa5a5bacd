// Authority erp: the ERP's open amounts confirm, wait or become adjustments (DESIGN section 5).
#include "ledger/erp_open.hpp"

#include <random>
#include <set>

#include "ledger/deductions.hpp"
#include "ledger/instalments.hpp"
#include "ledger/retainage.hpp"
#include "ledger/standing.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {
namespace {

using State = ErpAgreement::State;

struct ErpOpenTest : ::testing::Test {
    Company company;
    std::set<ApplicationId> untold;
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    OpenItemId invoice(const std::string& number, std::string_view amount) {
        return ok(company.post(company.invoice(number, amount, "2026-03-02", "sap"))).item;
    }
    /// A receipt, applied and in flight as cash leaves it; answers the application.
    ApplicationId paid(OpenItemId debit, std::string_view amount, std::optional<Money> discount = {}) {
        const auto receipt = ok(company.post(company.receipt(amount, "2026-03-20", CustomerId{1}, "sap"))).item;
        const auto application = ok(company.apply(company.application(receipt, debit, amount, "2026-03-20", discount))).application;
        company.test.write([&](store::Tx& tx) { return flag_in_flight(tx, application, true); });
        return application;
    }
    ErpAgreement says(const std::string& number, std::string_view open, ItemKind kind = ItemKind::invoice) {
        return ok(company.act(agree_with_erp, {.entity = "sap", .kind = kind, .document = number, .open = money(open), .date = day("2026-03-31"),
                                               .cause = {"record", "erp/" + number}, .never_told = [this](ApplicationId id) { return untold.contains(id); }}));
    }
    bool in_flight(ApplicationId id) {
        return company.in_db<bool>([&](store::Db& db) { return application(db, id)->in_flight; });
    }
    /// Residuals of the standing erp_adjustment items.
    std::vector<std::string> adjustments() {
        std::vector<std::string> all;
        for (const auto& one : company.items({.entity = "sap"}))
            if (one.kind == ItemKind::erp_adjustment && !one.residual.is_zero()) all.push_back(to_text(one.residual));
        return all;
    }
    std::size_t entries() {
        return company.in_db<std::size_t>([&](store::Db& db) { return journal(db, company.books, {}, 1000).size(); });
    }
};

TEST_F(ErpOpenTest, the_same_amount_changes_nothing) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto before = entries();
    const auto done = says("I-1", "100.00 EUR");
    EXPECT_EQ(done.state, State::agrees);
    EXPECT_FALSE(done.changed);
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(company.residual(item), "100.00");
}

TEST_F(ErpOpenTest, less_there_lowers_the_document_and_is_taken_back_when_it_explains_itself) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto lower = says("I-1", "60.00 EUR");
    EXPECT_EQ(lower.state, State::adjusted);
    EXPECT_EQ(lower.adjustment, money("-40.00 EUR"));
    EXPECT_EQ(company.residual(item), "60.00") << "nobody is dunned for what the book of record says is paid";
    const auto before = entries();
    EXPECT_FALSE(says("I-1", "60.00 EUR").changed);
    EXPECT_EQ(entries(), before);
    // Another figure replaces it.
    EXPECT_EQ(says("I-1", "0.00 EUR").adjustment, money("-100.00 EUR"));
    EXPECT_EQ(company.residual(item), "0.00");
    const auto back = says("I-1", "100.00 EUR");
    EXPECT_EQ(back.state, State::agrees);
    EXPECT_TRUE(back.changed);
    EXPECT_EQ(company.residual(item), "100.00");
    EXPECT_TRUE(adjustments().empty());
    EXPECT_EQ(company.functional_of("sap", Role::erp_clearing), -10'000);
}

TEST_F(ErpOpenTest, more_there_is_an_item_of_its_own) {
    invoice("I-1", "100.00 EUR");
    EXPECT_EQ(says("I-1", "150.00 EUR").adjustment, money("50.00 EUR"));
    EXPECT_EQ(adjustments(), std::vector<std::string>{"50.00"});
    EXPECT_FALSE(says("I-1", "150.00 EUR").changed);
    says("I-1", "130.00 EUR");
    EXPECT_EQ(adjustments(), std::vector<std::string>{"30.00"});
    says("I-1", "100.00 EUR");
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, an_adjustment_somebody_paid_stays) {
    const auto item = invoice("I-1", "100.00 EUR");
    says("I-1", "150.00 EUR");
    const auto adjustment = company.items({.entity = "sap", .open_only = true}).back();
    ASSERT_EQ(adjustment.kind, ItemKind::erp_adjustment);
    const auto application = paid(adjustment.id, "50.00 EUR");
    EXPECT_EQ(says("I-1", "150.00 EUR").state, State::waits);
    EXPECT_TRUE(in_flight(application));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::agrees);
    EXPECT_FALSE(in_flight(application));
    EXPECT_EQ(company.residual(item), "100.00");
    EXPECT_EQ(company.residual(adjustment.id), "0.00");
}

TEST_F(ErpOpenTest, what_is_in_flight_waits_and_is_confirmed_with_its_discount) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto application = paid(item, "97.00 EUR", money("3.00 EUR"));
    const auto waits = says("I-1", "100.00 EUR");
    EXPECT_EQ(waits.state, State::waits);
    EXPECT_EQ(waits.in_flight, money("100.00 EUR"));
    EXPECT_TRUE(in_flight(application));
    EXPECT_EQ(says("I-1", "0.00 EUR").state, State::agrees);
    EXPECT_FALSE(in_flight(application));
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, a_figure_that_does_not_fit_confirms_nothing_that_the_erp_was_never_told) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto application = paid(item, "100.00 EUR");
    untold = {application};
    const auto done = says("I-1", "30.00 EUR");   // a clerk there has 70 that nobody here knows
    EXPECT_TRUE(in_flight(application));
    EXPECT_EQ(done.state, State::adjusted);
    EXPECT_EQ(done.adjustment, money("-70.00 EUR"));
    EXPECT_TRUE(done.confirmed.empty());
    EXPECT_FALSE(says("I-1", "30.00 EUR").changed);
    // By now it was told, and the same figure is nearest to knowing it.
    untold = {};
    const auto told = says("I-1", "30.00 EUR");
    EXPECT_EQ(told.state, State::adjusted) << "the figure fits what was taken to be so";
    // What fits is known, told or not.
    untold = {application};
    const auto fits = says("I-1", "0.00 EUR");
    EXPECT_EQ(fits.state, State::agrees);
    EXPECT_EQ(fits.confirmed, std::vector<ApplicationId>{application});
    EXPECT_FALSE(in_flight(application));
}

TEST_F(ErpOpenTest, a_discount_the_erp_refuses_is_owed_and_nothing_floats) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto application = paid(item, "97.00 EUR", money("3.00 EUR"));
    const auto done = says("I-1", "3.00 EUR");
    EXPECT_EQ(done.adjustment, money("3.00 EUR"));
    EXPECT_FALSE(in_flight(application)) << "the payment is known there";
    EXPECT_EQ(adjustments(), std::vector<std::string>{"3.00"});
    EXPECT_FALSE(says("I-1", "3.00 EUR").changed);
}

TEST_F(ErpOpenTest, what_was_given_up_here_is_not_owed_again_by_the_next_figure) {
    const auto item = invoice("I-1", "100.00 EUR");
    ok(company.act(write_off, {.item = item, .amount = money("100.00 EUR"), .instruction = company.asked("2026-03-25")}));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::waits);
    EXPECT_TRUE(adjustments().empty());
    EXPECT_EQ(says("I-1", "0.00 EUR").state, State::agrees);
    EXPECT_EQ(company.residual(item), "0.00");
}

TEST_F(ErpOpenTest, an_adjustment_somebody_gave_up_stays) {
    invoice("I-1", "100.00 EUR");
    says("I-1", "150.00 EUR");
    const auto adjustment = company.items({.entity = "sap", .open_only = true}).back();
    ok(company.act(write_off, {.item = adjustment.id, .amount = money("50.00 EUR"), .instruction = company.asked("2026-03-31")}));
    const auto again = says("I-1", "150.00 EUR");
    EXPECT_EQ(again.state, State::waits) << "given up here, and not there yet";
    EXPECT_FALSE(says("I-1", "150.00 EUR").changed);
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::agrees);
}

TEST_F(ErpOpenTest, what_was_recovered_is_owed_still) {
    const auto item = invoice("I-1", "100.00 EUR");
    ok(company.act(write_off, {.item = item, .amount = money("100.00 EUR"), .instruction = company.asked("2026-03-25")}));
    ok(company.act(recover, {.item = item, .amount = money("40.00 EUR"), .instruction = company.asked("2026-03-26")}));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::waits);
    EXPECT_TRUE(adjustments().empty());
    EXPECT_EQ(company.residual(item), "40.00");
    EXPECT_EQ(says("I-1", "40.00 EUR").state, State::agrees);
    EXPECT_EQ(company.residual(item), "40.00");
}

TEST_F(ErpOpenTest, what_was_deducted_is_owed_once) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto receipt = ok(company.post(company.receipt("80.00 EUR", "2026-03-20", CustomerId{1}, "sap"))).item;
    auto short_paid = company.application(receipt, item, "80.00 EUR", "2026-03-20");
    short_paid.deduction = DeductionPart{money("20.00 EUR"), "damage"};
    const auto applied = ok(company.apply(short_paid));
    company.test.write([&](store::Tx& tx) { return flag_in_flight(tx, applied.application, true); });
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::waits);
    EXPECT_TRUE(in_flight(applied.application));
    EXPECT_EQ(says("I-1", "20.00 EUR").state, State::waits) << "the payment is there, the deduction here alone";
    EXPECT_FALSE(in_flight(applied.application));
    EXPECT_TRUE(adjustments().empty());
    EXPECT_EQ(company.residual(*applied.deduction), "20.00");
    EXPECT_EQ(says("I-1", "0.00 EUR").state, State::agrees);

    const auto other = invoice("I-2", "50.00 EUR");
    ok(company.act(split_deduction, {.debit = other, .amount = money("10.00 EUR"), .reason_code = "damage", .instruction = company.asked("2026-03-25")}));
    EXPECT_EQ(says("I-2", "50.00 EUR").state, State::waits);
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, a_settlement_of_two_persons_is_not_undone_by_a_figure) {
    const auto item = invoice("I-1", "100.00 EUR");
    says("I-1", "60.00 EUR");
    paid(item, "30.00 EUR");
    ok(company.act(settle, {.item = item, .agreed = money("30.00 EUR"), .agreed_on = day("2026-03-02"), .instruction = company.asked("2026-03-25")}));
    ASSERT_EQ(company.residual(item), "0.00");
    says("I-1", "0.00 EUR");
    says("I-1", "40.00 EUR");
    const auto given_up = company.in_db<std::vector<FollowUp>>([&](store::Db& db) { return changes_of(db, item); });
    EXPECT_TRUE(std::any_of(given_up.begin(), given_up.end(), [](auto& one) { return one.act == "settlement"; }));
    EXPECT_FALSE(says("I-1", "40.00 EUR").changed);
}

TEST_F(ErpOpenTest, of_two_that_come_equally_near_none_is_confirmed) {
    const auto item = invoice("I-1", "200.00 EUR");
    const auto first = paid(item, "50.00 EUR"), second = paid(item, "50.00 EUR");
    EXPECT_EQ(says("I-1", "145.00 EUR").adjustment, money("-55.00 EUR"));
    EXPECT_TRUE(in_flight(first) && in_flight(second));
}

TEST_F(ErpOpenTest, of_two_in_flight_the_one_that_adds_up_is_confirmed) {
    const auto item = invoice("I-1", "200.00 EUR");
    const auto first = paid(item, "40.00 EUR"), second = paid(item, "60.00 EUR");
    EXPECT_EQ(says("I-1", "160.00 EUR").state, State::waits);
    EXPECT_FALSE(in_flight(first));
    EXPECT_TRUE(in_flight(second));
    says("I-1", "100.00 EUR");
    EXPECT_FALSE(in_flight(second));
}

TEST_F(ErpOpenTest, two_alike_in_flight_are_not_told_apart) {
    const auto item = invoice("I-1", "200.00 EUR");
    const auto first = paid(item, "50.00 EUR"), second = paid(item, "50.00 EUR");
    // 150 there: one of the two is known, and nobody can say which; the difference is shown and goes with the next figure.
    EXPECT_EQ(says("I-1", "150.00 EUR").adjustment, money("-50.00 EUR"));
    EXPECT_TRUE(in_flight(first) && in_flight(second));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::agrees);
    EXPECT_FALSE(in_flight(first) || in_flight(second));
    EXPECT_EQ(company.residual(item), "100.00");
}

TEST_F(ErpOpenTest, the_receipt_that_comes_later_explains_the_difference) {
    const auto item = invoice("I-1", "100.00 EUR");
    says("I-1", "60.00 EUR");
    const auto application = paid(item, "40.00 EUR");
    EXPECT_EQ(company.residual(item), "20.00");
    EXPECT_EQ(says("I-1", "60.00 EUR").state, State::agrees);
    EXPECT_FALSE(in_flight(application));
    EXPECT_EQ(company.residual(item), "60.00");
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, a_credit_memo_used_there_is_used_here) {
    auto document = company.invoice("C-1", "50.00 EUR", "2026-03-02", "sap");
    document.kind = ItemKind::credit_memo;
    const auto credit = ok(company.post(document)).item;
    EXPECT_EQ(says("C-1", "30.00 EUR", ItemKind::credit_memo).adjustment, money("-20.00 EUR"));
    EXPECT_EQ(company.residual(credit), "-30.00");
    EXPECT_EQ(says("C-1", "50.00 EUR", ItemKind::credit_memo).state, State::agrees);
    EXPECT_EQ(company.residual(credit), "-50.00");
    // An invoice of the same number is another document.
    const auto item = invoice("C-1", "70.00 EUR");
    says("C-1", "10.00 EUR");
    says("C-1", "40.00 EUR", ItemKind::credit_memo);
    EXPECT_EQ(company.residual(item), "10.00");
    EXPECT_EQ(company.residual(credit), "-40.00");
}

TEST_F(ErpOpenTest, instalments_are_one_document) {
    const auto parts = ok(company.in_tx<std::vector<PostedItem>>([&](store::Tx& tx) {
        return post_in_instalments(tx, company.context, company.invoice("I-1", "100.00 EUR", "2026-03-02", "sap"),
                                   {{day("2026-04-01"), money("40.00 EUR")}, {day("2026-05-01"), money("60.00 EUR")}});
    }));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::agrees);
    EXPECT_EQ(says("I-1", "30.00 EUR").state, State::adjusted);
    EXPECT_EQ(company.residual(parts[0].item), "0.00");
    EXPECT_EQ(company.residual(parts[1].item), "30.00");
}

TEST_F(ErpOpenTest, an_adjustment_that_had_no_room_lowers_the_document_once_it_has) {
    const auto item = invoice("I-1", "100.00 EUR");
    const auto application = paid(item, "100.00 EUR");
    const auto undo = [&](ApplicationId id) {
        ok(company.in_tx<Posted>([&](store::Tx& tx) { return unapply(tx, company.context, id, day("2026-03-31"), {"test", "undo"}, "it was another's", "anna"); }));
    };
    untold = {application};
    ASSERT_EQ(says("I-1", "30.00 EUR").adjustment, money("-70.00 EUR"));
    ASSERT_EQ(adjustments(), std::vector<std::string>{"-70.00"});
    undo(application);
    EXPECT_EQ(company.residual(item), "100.00");
    const auto done = says("I-1", "30.00 EUR");
    EXPECT_EQ(done.adjustment, money("-70.00 EUR"));
    EXPECT_TRUE(done.changed);
    EXPECT_EQ(company.residual(item), "30.00") << "nobody is dunned for what the book of record says is paid";
    EXPECT_TRUE(adjustments().empty());
    const auto before = entries();
    EXPECT_FALSE(says("I-1", "30.00 EUR").changed);
    EXPECT_EQ(entries(), before);
    // Again, and at once.
    const auto rest = paid(item, "30.00 EUR");
    const auto ours = company.in_db<std::vector<Application>>([&](store::Db& db) { return applications(db, {}, item); });
    const auto erps = std::find_if(ours.begin(), ours.end(), [](const auto& one) { return one.stage == "erp_open" && !one.undone; });
    ASSERT_NE(erps, ours.end());
    undo(erps->id);
    undo(rest);
    ASSERT_EQ(company.residual(item), "100.00");
    const auto reapply = [&](OpenItemId id) {
        return company.test.store().write([&](store::Tx& tx) { return reapply_adjustments(tx, company.context, id, day("2026-03-31"), {"test", "undo"}, "it was another's", "anna"); });
    };
    EXPECT_TRUE(reapply(item));
    EXPECT_EQ(company.residual(item), "30.00");
    EXPECT_TRUE(reapply(item));
    EXPECT_EQ(company.residual(item), "30.00");
    EXPECT_TRUE(reapply(ok(company.post(company.receipt("9.00 EUR", "2026-03-20", CustomerId{1}, "sap"))).item)) << "no document";
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::agrees);
    EXPECT_EQ(company.residual(item), "100.00");
}

TEST_F(ErpOpenTest, a_due_date_that_means_none_makes_no_retained_share) {
    for (const auto* number : {"I-77", "7"}) {
        auto document = company.invoice(number, "100.00 EUR", "2026-03-02", "sap");
        document.due_date = retained_until();
        const auto item = ok(company.post(document)).item;
        EXPECT_TRUE(company.test.store().write([&](store::Tx& tx) { return reapply_adjustments(tx, company.context, item, day("2026-03-31"), {"test", "undo"}, "it was another's", "anna"); })) << number;
        EXPECT_EQ(company.residual(item), "100.00");
    }
}

TEST_F(ErpOpenTest, an_adjustment_finds_room_in_a_retained_share_too) {
    const auto both = ok(company.act(post_retainage_invoice, {.document = company.invoice("I-1", "1000.00 EUR", "2026-03-02", "sap"), .retained = money("100.00 EUR")}));
    const auto application = paid(both.retained.item, "100.00 EUR");
    untold = {application};
    ASSERT_EQ(says("I-1", "70.00 EUR").adjustment, money("-930.00 EUR"));
    ASSERT_EQ(adjustments(), std::vector<std::string>{"-30.00"});
    ok(company.in_tx<Posted>([&](store::Tx& tx) { return unapply(tx, company.context, application, day("2026-03-31"), {"test", "undo"}, "it was another's", "anna"); }));
    EXPECT_EQ(company.residual(both.retained.item), "100.00");
    EXPECT_TRUE(company.test.store().write(
        [&](store::Tx& tx) { return reapply_adjustments(tx, company.context, both.retained.item, day("2026-03-31"), {"test", "undo"}, "it was another's", "anna"); }));
    EXPECT_EQ(company.residual(both.billed.item), "0.00");
    EXPECT_EQ(company.residual(both.retained.item), "70.00");
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, a_retained_share_is_part_of_its_document) {
    const auto both = ok(company.act(post_retainage_invoice, {.document = company.invoice("I-1", "1000.00 EUR", "2026-03-02", "sap"), .retained = money("100.00 EUR")}));
    EXPECT_EQ(says("I-1", "1000.00 EUR").state, State::agrees);
    EXPECT_EQ(says("I-1", "50.00 EUR").adjustment, money("-950.00 EUR"));
    EXPECT_EQ(company.residual(both.billed.item), "0.00");
    EXPECT_EQ(company.residual(both.retained.item), "50.00");
    EXPECT_EQ(says("I-1", "1000.00 EUR").state, State::agrees);
    EXPECT_EQ(company.residual(both.retained.item), "100.00");
    // Of the same number, and nothing that was retained.
    const auto other = invoice("I-2/R", "70.00 EUR");
    invoice("I-2", "30.00 EUR");
    EXPECT_EQ(says("I-2", "30.00 EUR").state, State::agrees);
    EXPECT_EQ(company.residual(other), "70.00");
}

TEST_F(ErpOpenTest, a_release_here_is_not_owed_again_by_the_next_figure) {
    const auto both = ok(company.act(post_retainage_invoice, {.document = company.invoice("I-1", "1000.00 EUR", "2026-03-02", "sap"), .retained = money("100.00 EUR")}));
    ok(company.act(release_retainage, {.retained = both.retained.item, .amount = money("60.00 EUR"), .document = "REL-1", .due_date = day("2026-04-30"),
                                       .instruction = company.asked("2026-03-25")}));
    EXPECT_EQ(says("I-1", "1000.00 EUR").state, State::waits) << "the ERP does not know of it yet";
    EXPECT_TRUE(adjustments().empty());
    EXPECT_EQ(says("I-1", "940.00 EUR").state, State::agrees);
    EXPECT_FALSE(says("I-1", "940.00 EUR").changed);
    EXPECT_EQ(company.residual(both.billed.item), "900.00");
    EXPECT_EQ(company.residual(both.retained.item), "40.00");
}

TEST_F(ErpOpenTest, what_was_paid_of_a_retained_share_is_confirmed_by_its_documents_figure) {
    const auto both = ok(company.act(post_retainage_invoice, {.document = company.invoice("I-1", "1000.00 EUR", "2026-03-02", "sap"), .retained = money("100.00 EUR")}));
    const auto receipt = ok(company.post(company.receipt("1000.00 EUR", "2026-03-20", CustomerId{1}, "sap"))).item;
    const auto pays = [&](OpenItemId debit, std::string_view amount) {
        const auto application = ok(company.apply(company.application(receipt, debit, amount, "2026-03-20"))).application;
        company.test.write([&](store::Tx& tx) { return flag_in_flight(tx, application, true); });
        return application;
    };
    const auto billed = pays(both.billed.item, "900.00 EUR"), retained = pays(both.retained.item, "100.00 EUR");
    const auto waits = says("I-1", "1000.00 EUR");
    EXPECT_EQ(waits.state, State::waits);
    EXPECT_EQ(waits.in_flight, money("1000.00 EUR"));
    EXPECT_TRUE(in_flight(billed) && in_flight(retained));
    EXPECT_EQ(says("I-1", "100.00 EUR").state, State::waits);
    EXPECT_FALSE(in_flight(billed));
    EXPECT_TRUE(in_flight(retained));
    EXPECT_EQ(says("I-1", "0.00 EUR").confirmed, std::vector<ApplicationId>{retained});
    EXPECT_FALSE(in_flight(retained));
    EXPECT_TRUE(adjustments().empty());
}

TEST_F(ErpOpenTest, in_another_currency_an_adjustment_makes_no_exchange_difference) {
    company.rate("USD", "EUR", "2026-03-02", "0.9");
    company.rate("USD", "EUR", "2026-03-31", "0.8");
    const auto item = invoice("I-1", "100.00 USD");
    says("I-1", "60.00 USD");
    EXPECT_EQ(company.residual(item), "60.00");
    EXPECT_EQ(company.functional_of("sap", Role::fx_gain) + company.functional_of("sap", Role::fx_loss), 0);
    EXPECT_EQ(company.functional_of("sap", Role::receivable), 5'400);
    says("I-1", "100.00 USD");
    EXPECT_EQ(company.functional_of("sap", Role::receivable), 9'000);
}

TEST_F(ErpOpenTest, refusals_name_what_is_wrong) {
    invoice("I-1", "100.00 EUR");
    const auto refused = [&](ErpOpen said) { return refusal(company.act(agree_with_erp, said)); };
    const ErpOpen good{.entity = "sap", .document = "I-1", .open = money("1.00 EUR"), .date = day("2026-03-31"), .cause = {"record", "x"}};
    auto other = good;
    other.document = "I-2";
    EXPECT_EQ(refused(other), "not_found");
    other = good;
    other.entity = "emea";
    EXPECT_EQ(refused(other), "invalid_argument");
    other = good;
    other.open = money("-1.00 EUR");
    EXPECT_EQ(refused(other), "invalid_argument");
    other.open = money("1.00 USD");
    EXPECT_EQ(refused(other), "currency_mismatch");
}

/// Any sequence of payments and figures: afterwards what is open here is the ERP's figure, but for what is in flight.
TEST_F(ErpOpenTest, after_any_history_the_books_follow_the_erp) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random{seed};
        const auto number = "H-" + std::to_string(seed);
        const auto item = invoice(number, "1000.00 EUR");
        std::int64_t theirs = 100'000;
        for (int step = 0; step < 12; ++step) {
            const auto residual = company.item(item).residual.units();
            if (random() % 3 == 0 && residual > 100) {
                const auto part = 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(residual));
                const auto application = paid(item, to_text(Money::minor(part, currency("EUR"))) + " EUR");
                if (random() % 2 == 0) untold.insert(application);
                else if (random() % 2 == 0) theirs = std::max<std::int64_t>(0, theirs - part);
            } else if (random() % 4 == 0) {
                for (const auto& one : company.in_db<std::vector<Application>>([&](store::Db& db) { return applications(db, {}, item); }))
                    if (!one.undone && one.stage != "erp_open" && random() % 2 == 0)
                        ok(company.in_tx<Posted>([&](store::Tx& tx) { return unapply(tx, company.context, one.id, day("2026-03-30"), {"test", "undo"}, "it was another's", "anna"); }));
            } else if (random() % 3 == 0) {
                theirs = static_cast<std::int64_t>(random() % 150'000);
            }
            const auto figure = to_text(Money::minor(theirs, currency("EUR"))) + " EUR";
            const auto done = says(number, figure);
            std::int64_t open = 0, flying = 0, loose = 0;
            for (const auto& one : company.items({.entity = "sap"})) {
                if (one.document != number) continue;
                open += one.residual.units();
                if (one.kind == ItemKind::erp_adjustment) loose += std::min<std::int64_t>(one.residual.units(), 0);
            }
            for (const auto& one : company.in_db<std::vector<Application>>([&](store::Db& db) { return applications(db, {}, item); }))
                if (one.in_flight && !one.undone) flying += one.amount.units();
            ASSERT_EQ(open + flying, theirs);
            ASSERT_TRUE(loose == 0 || company.residual(item) == "0.00") << "what lowers the document is applied to it";
            ASSERT_FALSE(says(number, figure).changed) << "the same figure again";
            ASSERT_EQ(done.state == State::adjusted, !done.adjustment.is_zero());
        }
    }
}

}  // namespace
}  // namespace owed::ledger
