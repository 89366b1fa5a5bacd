#include <gtest/gtest.h>

#include "cash/cash.hpp"

// A case names the candidates it is about; the lists it leaves out are empty.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

const Currency eur = find_currency("EUR").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }

ReceiptFacts receipt(std::int64_t cents) {
    return {.item = OpenItemId{900}, .entity = "emea", .amount = euros(cents), .value_date = {}, .customer = {}, .payer_name = "Beispiel AG",
            .payer_account = "DE02120300000000202051", .code = "PMNT/RCDT/ESCT", .text = {"thanks"}, .references = {}};
}

Candidate item(std::int64_t id, std::int64_t customer, std::int64_t cents) {
    return {.item = OpenItemId{id}, .customer = CustomerId{customer}, .customer_number = "C" + std::to_string(customer),
            .customer_name = {}, .document = "INV-" + std::to_string(id), .payment_reference = {}, .order = {}, .due_date = {},
            .residual = euros(cents), .settled_by = cents == 0 ? "R-3 of 2026-03-02" : ""};
}

struct Case {
    const char* proves;
    std::int64_t paid;
    Candidates found;
    Outcome outcome;
    const char* stage;
    std::vector<std::int64_t> applied;   // amounts
    std::int64_t customer;               // 0: none
};

TEST(Decide, table) {
    const CustomerId one{1}, two{2};
    const Case cases[] = {
        {"reference_exact", 10000, {.by_reference = {item(1, 1, 10000)}}, Outcome::apply, "structured_reference", {10000}, 1},
        {"reference_short_applies_in_part", 9000, {.by_reference = {item(1, 1, 10000)}}, Outcome::apply, "structured_reference", {9000}, 1},
        {"reference_over_is_asked", 11000, {.by_reference = {item(1, 1, 10000)}}, Outcome::question, "", {}, 1},
        {"reference_beats_the_payers_account", 10000, {.by_reference = {item(1, 1, 10000)}, .by_account = {two}}, Outcome::apply, "structured_reference", {10000}, 1},
        {"number_exact", 10000, {.by_document = {item(1, 1, 10000)}}, Outcome::apply, "document_number", {10000}, 1},
        {"several_numbers_that_add_up", 15000, {.by_document = {item(1, 1, 10000), item(2, 1, 5000)}}, Outcome::apply, "document_number", {10000, 5000}, 1},
        {"several_numbers_that_do_not", 14000, {.by_document = {item(1, 1, 10000), item(2, 1, 5000)}}, Outcome::question, "", {}, 0},
        {"short_with_known_payer_applies_in_part", 9000, {.by_document = {item(1, 1, 10000)}, .by_account = {one}}, Outcome::apply, "document_number", {9000}, 1},
        {"short_with_unknown_payer_is_asked", 9000, {.by_document = {item(1, 1, 10000)}}, Outcome::question, "", {}, 0},
        {"number_of_another_customer_is_asked", 10000, {.by_document = {item(1, 1, 10000)}, .by_account = {two}}, Outcome::question, "", {}, 0},
        {"same_number_at_two_customers_is_asked", 10000, {.by_document = {item(1, 1, 10000), item(1, 2, 10000)}}, Outcome::question, "", {}, 0},
        {"paid_twice_is_asked", 10000, {.by_document = {item(1, 1, 0)}}, Outcome::question, "", {}, 0},
        {"paid_twice_by_a_known_payer_is_asked", 10000, {.by_document = {item(1, 1, 0)}, .by_account = {one}}, Outcome::question, "", {}, 1},
        {"short_of_two_by_a_known_payer_is_asked", 14000, {.by_document = {item(1, 1, 10000), item(2, 1, 5000)}, .by_account = {one}}, Outcome::question, "", {}, 1},
        {"settled_and_open_pays_the_open_one", 5000, {.by_document = {item(1, 1, 0), item(2, 1, 5000)}}, Outcome::apply, "document_number", {5000}, 1},
        {"account_and_one_exact_item", 10000, {.by_account = {one}, .of_payer = {item(1, 1, 10000), item(2, 1, 7000)}}, Outcome::apply, "exact_amount", {10000}, 1},
        {"name_and_one_exact_item", 10000, {.by_name = {one}, .of_payer = {item(1, 1, 10000)}}, Outcome::apply, "exact_amount", {10000}, 1},
        {"two_exact_items_are_asked", 10000, {.by_account = {one}, .of_payer = {item(1, 1, 10000), item(2, 1, 10000)}}, Outcome::question, "", {}, 1},
        {"two_owners_of_the_account_are_asked", 10000, {.by_account = {one, two}, .same_amount = {item(1, 1, 10000)}}, Outcome::question, "", {}, 0},
        {"account_beats_name", 10000, {.by_account = {one, two}, .by_name = {one}}, Outcome::question, "", {}, 0},
        {"known_payer_without_exact_item", 9999, {.by_account = {one}, .of_payer = {item(1, 1, 10000)}}, Outcome::question, "", {}, 1},
        {"unknown_payer_with_equal_amount_is_never_applied", 10000, {.same_amount = {item(1, 1, 10000)}}, Outcome::question, "", {}, 0},
        {"nothing_known", 10000, {}, Outcome::question, "", {}, 0},
    };
    for (const auto& one_case : cases) {
        const auto decision = decide(receipt(one_case.paid), one_case.found, {});
        EXPECT_EQ(decision.outcome, one_case.outcome) << one_case.proves << ": " << decision.reason;
        EXPECT_EQ(decision.stage, one_case.stage) << one_case.proves;
        EXPECT_EQ(decision.customer ? decision.customer->value : 0, one_case.customer) << one_case.proves << ": " << decision.reason;
        ASSERT_EQ(decision.applications.size(), one_case.applied.size()) << one_case.proves;
        for (std::size_t i = 0; i < one_case.applied.size(); ++i)
            EXPECT_EQ(decision.applications[i].amount.units(), one_case.applied[i]) << one_case.proves;
        EXPECT_FALSE(decision.reason.empty()) << one_case.proves;
    }
}

TEST(Decide, a_persons_word_beats_the_account) {
    auto facts = receipt(10000);
    facts.customer = CustomerId{2};
    const auto decision = decide(facts, {.by_reference = {item(1, 1, 10000)}, .by_account = {CustomerId{1}}}, {});
    EXPECT_EQ(decision.outcome, Outcome::question);
}

TEST(Decide, clearing_the_whole_account_is_proposed_not_done) {
    const auto decision = decide(receipt(17000), {.by_account = {CustomerId{1}}, .of_payer = {item(1, 1, 10000), item(2, 1, 7000)}}, {});
    EXPECT_EQ(decision.outcome, Outcome::question);
    ASSERT_EQ(decision.proposals.size(), 1U);
    EXPECT_EQ(decision.proposals[0].items.size(), 2U);
    EXPECT_EQ(decision.proposals[0].confidence, 70);
}

TEST(Decide, overpayment_proposes_the_item_and_says_what_stays) {
    const auto decision = decide(receipt(12000), {.by_document = {item(1, 1, 10000)}}, {});
    ASSERT_EQ(decision.proposals.size(), 1U);
    EXPECT_EQ(decision.proposals[0].items[0].amount.units(), 10000);
    ASSERT_EQ(decision.proposals[0].against.size(), 1U);
    EXPECT_EQ(decision.proposals[0].against[0], "20.00 EUR would stay on account");
}

TEST(Decide, money_that_is_no_receivable_is_seen_first) {
    Settings settings;
    settings.not_receivable = {{"interest credited by the bank", "PMNT/MCRD*", "", ""}, {"own transfer", "", "DE02120300000000202051", ""},
                               {"tax refund", "", "", "finanzamt"}, {"a rule without condition never matches", "", "", ""}};
    settings.agencies = {{"Inkasso Nord", "DE88100900001234567892", ""}};
    auto facts = receipt(100);
    EXPECT_EQ(decide(facts, {.by_reference = {item(1, 1, 100)}}, settings).reason, "not a receivable: own transfer");
    facts.payer_account = "other";
    EXPECT_EQ(decide(facts, {.by_reference = {item(1, 1, 100)}}, settings).outcome, Outcome::apply);
    facts.text = {"ERSTATTUNG FINANZAMT NORD"};
    EXPECT_EQ(decide(facts, {}, settings).reason, "not a receivable: tax refund");
    facts.code = "PMNT/MCRD/INTR";
    EXPECT_EQ(decide(facts, {}, settings).reason, "not a receivable: interest credited by the bank");
    facts = receipt(100);
    facts.payer_account = "DE88 1009 0000 1234 5678 92";
    EXPECT_EQ(decide(facts, {}, settings).outcome, Outcome::agency_transfer);
}

}  // namespace
}  // namespace owed::cash
