// Rooms that listen hear of every change to an item, not of applications twice.
#include "ledger/deductions.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct Ear : Listener {
    std::vector<std::string> heard;
    Status item_opened(store::Tx&, const ItemEvent& event) override {
        heard.push_back("opened " + std::to_string(event.item.value));
        return {};
    }
    Status applied(store::Tx&, const ApplicationEvent& event) override {
        heard.push_back("applied " + std::to_string(event.debit.value));
        return {};
    }
    Status unapplied(store::Tx&, const ApplicationEvent& event) override {
        heard.push_back("unapplied " + std::to_string(event.debit.value));
        return {};
    }
    Status item_changed(store::Tx&, const ItemChange& change) override {
        heard.push_back(change.act + " " + std::to_string(change.item.item.value) + " " + to_text(change.residual));
        return {};
    }
};

struct Listening : ::testing::Test {
    Company company;
    Ear ear;
    OpenItemId invoice{0}, receipt{0};
    void SetUp() override {
        invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01"))).item;
        receipt = ok(company.post(company.receipt("60.00 EUR", "2026-03-10"))).item;
        company.context.listeners.push_back(&ear);
    }
    void expect_heard(std::vector<std::string> expected) {
        EXPECT_EQ(ear.heard, expected);
        ear.heard.clear();
    }
};

TEST_F(Listening, a_returned_payment) {
    ok(company.return_payment(receipt, "2026-03-12"));
    expect_heard({"return 2 0.00"});
}

TEST_F(Listening, money_that_is_no_receivable) {
    ok(company.not_receivable(receipt, "2026-03-12"));
    expect_heard({"not_receivable 2 0.00"});
}

TEST_F(Listening, an_agency_and_its_transfer) {
    ok(company.in_tx<Applied>([&](store::Tx& tx) {
        return post_agency_collected(tx, company.context, {.debit = invoice, .gross = money("50.00 EUR"), .fee_and_tax = money("10.00 EUR"),
            .date = day("2026-03-20"), .document = "REM/1", .cause = {"test", "x"}, .reason = "collected", .event_key = "agency/1"});
    }));
    expect_heard({"opened 3", "applied 1"});
    ok(company.in_tx<Posted>([&](store::Tx& tx) {
        return settle_agency_transfer(tx, company.context, receipt, day("2026-03-21"), {"test", "x"}, "the agency's transfer");
    }));
    expect_heard({"agency_transfer 2 0.00"});
}

TEST_F(Listening, a_deduction_that_is_withdrawn) {
    auto asked = company.application(receipt, invoice, "60.00 EUR", "2026-03-10");
    asked.deduction = DeductionPart{money("40.00 EUR"), "damage"};
    const auto applied = ok(company.apply(asked));
    expect_heard({"opened 3", "applied 1"});
    ok(company.act(accept_deduction, {.deduction = *applied.deduction, .instruction = company.asked("2026-03-15")}));
    expect_heard({"deduction_accepted 3 0.00"});
    ok(company.unapply(applied.application, "2026-03-20"));
    expect_heard({"reversal 3 40.00", "unapplied 1", "unapply 3 0.00"});
}

}  // namespace
}  // namespace owed::ledger
