// A clerk's verbs of cash application: what a proposal would post, accepting it, undoing it, and what was learned.
#include "api/test_verbs.hpp"

// A list of rules names whom it is for; the rest has its usual value.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::api {
namespace {

struct CashVerbs : VerbsTest {
    CashVerbs() {
        app.cash.bank_fee_max["EUR"] = 1'500;
        get("cash run");
    }
    void TearDown() override {
        EXPECT_EQ(get("ledger verify").at("ok"), true) << json::serialize(get("ledger verify"));
        EXPECT_EQ(get("audit verify").at("ok"), true);
    }
    json::object question() { return first("cash pending", "pending"); }
};

TEST_F(CashVerbs, a_proposal_shows_every_share_and_is_accepted_as_it_stands) {
    const auto asked = question();
    const auto number = asked.at("receipt");
    const auto& proposal = asked.at("proposals").as_array().at(0).as_object();
    expect_keys(proposal, "proposal, customer, items, confidence, evidence, against", "cash pending");
    EXPECT_EQ(proposal.at("proposal"), 1);
    const auto& share = proposal.at("items").as_array().at(0).as_object();
    expect_keys(share, "item, document, amount, discount, tolerance, bank_charge, withholding, deduction, reason", "cash pending");
    EXPECT_EQ(share.at("amount"), "40.00");
    EXPECT_EQ(share.at("bank_charge"), "10.00");
    EXPECT_EQ(share.at("discount"), "0.00");
    EXPECT_TRUE(share.at("reason").is_null());
    EXPECT_EQ(ledger::refusal(ask("cash accept", {{"receipt", number}, {"proposal", 7}})), "invalid_argument");
    EXPECT_EQ(ledger::refusal(ask("cash accept", {{"receipt", "R-99"}})), "not_found");
    app.cash.bank_fee_max["EUR"] = 999;
    EXPECT_EQ(ledger::refusal(ask("cash accept", {{"receipt", number}})), "refused") << "a charge above the limit is no cash applier's to book";
    app.cash.bank_fee_max["EUR"] = 1'000;
    const auto done = get("cash accept", {{"receipt", number}});
    EXPECT_EQ(done.at("state"), "applied");
    const auto applied = get("applications", {{"item", number}}).at("applications").as_array().at(0).as_object();
    EXPECT_EQ(applied.at("bank_charge"), "10.00");
    EXPECT_EQ(applied.at("by"), "person anna");
    EXPECT_THAT(json::serialize(get("audit list")), HasSubstr("cash.accept"));
    // And its way back, said before.
    const auto preview = get("cash unapply", {{"application", applied.at("application")}, {"preview", true}});
    expect_keys(preview, "application, receipt, document, currency, amount, goes_back, goes_back_currency, residual_after, discount_withdrawn, tolerance, bank_charge, withholding, write_off, "
                         "deduction, overdue_again, follows, sentences", "cash unapply --preview");
    EXPECT_EQ(preview.at("bank_charge"), "10.00");
    EXPECT_EQ(preview.at("goes_back"), "40.00");
    EXPECT_EQ(preview.at("residual_after"), "50.00");
    EXPECT_TRUE(preview.at("deduction").is_null());
}

TEST_F(CashVerbs, the_evidence_of_a_decision_stands_beside_the_receipt) {
    const auto shown = get("cash show", {{"receipt", question().at("receipt")}});
    const auto& evidence = shown.at("evidence").as_object();
    expect_keys(evidence, "stage, doubt_ppm, reason, read, lost", "cash show");
    EXPECT_THAT(json::serialize(evidence.at("read")), HasSubstr("INV-2026/0002"));
    EXPECT_EQ(evidence.at("reason"), shown.at("why"));
    EXPECT_TRUE(evidence.at("lost").is_array());
    // Of what was applied without a person too.
    const auto applied = get("receipts", {{"state", "applied"}}).at("receipts").as_array().at(0).at("receipt");
    EXPECT_EQ(get("cash show", {{"receipt", applied}}).at("evidence").at("stage"), "document_number");
}

TEST_F(CashVerbs, the_doctor_names_rules_that_are_nobodys) {
    app.doctor = [] { return std::vector<Finding>{}; };
    EXPECT_TRUE(get("doctor").at("doctor").as_array().empty());
    app.cash.rules = {{.customer = "C1", .rules = {cash::Rule::combo}, .place = "owed.yaml:5:7"}, {.rules = {cash::Rule::combo}, .place = "owed.yaml:8:7"}};
    EXPECT_EQ(get("doctor").at("doctor").at(0).at("state"), "ok");
    app.cash.rules.push_back({.segment = "nosuch", .entity = "emea", .rules = {cash::Rule::combo}, .place = "owed.yaml:6:7"});
    app.cash.rules.push_back({.customer = "C77", .rules = {cash::Rule::combo}, .place = "owed.yaml:7:7"});
    const auto found = get("doctor").at("doctor").as_array();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].at("state"), "warn");
    EXPECT_THAT(std::string{found[0].at("what").as_string()}, HasSubstr("owed.yaml:6:7: no customer has segment \"nosuch\" and entity \"emea\""));
    EXPECT_THAT(std::string{found[1].at("what").as_string()}, HasSubstr("number \"C77\""));
}

TEST_F(CashVerbs, what_was_learned_is_listed_in_one_place_and_revoked_there) {
    app.cash.learn_not_receivable_after = 2;
    const auto lines = [] { return std::vector{intake::bank_line("2026-03-31", "3.00 EUR", "refund", "DE20370501980000004722"),
                                               intake::bank_line("2026-03-31", "4.00 EUR", "refund", "DE20370501980000004722")}; };
    const auto statement = [&] {
        auto record = intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR", lines());
        for (auto& line : record.entries) line.counterparty.name = "Finanzamt Probe";
        return record;
    };
    hosts.bank.arrives("april", {intake::statement_record(statement())});
    store::ok(inbox.sync(hosts.bank));
    std::vector<json::value> asked;
    const auto pending = get("cash pending");
    for (const auto& one : pending.at("pending").as_array())
        if (one.at("payer") == "Finanzamt Probe") asked.push_back(one.at("receipt"));
    ASSERT_EQ(asked.size(), 2U);
    for (const auto& receipt : asked) {
        EXPECT_TRUE(get("cash aliases").at("rules").as_array().empty());
        get("cash not-receivable", {{"receipt", receipt}, {"why", "tax refund"}});
    }
    const auto rule = first("cash aliases", "rules");
    expect_keys(rule, "rule, entity, kind, value, why, by, at", "cash aliases");
    EXPECT_EQ(rule.at("kind"), "account");
    EXPECT_EQ(rule.at("value"), "DE20370501980000004722");
    EXPECT_EQ(rule.at("why"), "tax refund");
    const Caller reader{anna.actor, {"viewer"}};
    EXPECT_EQ(get("cash aliases", {}, reader).at("rules").at(0).at("value"), "...4722");
    EXPECT_EQ(ledger::refusal(ask("cash rule revoke", {{"rule", 99}})), "not_found");
    EXPECT_EQ(ledger::refusal(ask("cash rule revoke", {{"rule", rule.at("rule")}}, guest)), "refused");
    EXPECT_TRUE(get("cash rule revoke", {{"rule", rule.at("rule")}}).at("rules").as_array().empty());
}

TEST_F(CashVerbs, why_is_kept_and_blanks_are_none) {
    const auto question = std::string{first("cash pending", "pending").at("receipt").as_string()};
    const json::object wanted{{"receipt", question}, {"items", "INV-2026/0002=1.00"}, {"why", "he said so on the telephone"}};
    const auto applied = get("cash apply", wanted).at("applications").as_array();
    EXPECT_EQ(applied.at(0).at("reason"), "person anna applied it by hand: he said so on the telephone");
    const auto list = get("audit list");
    const auto acts = list.at("audit").as_array();
    EXPECT_TRUE(std::any_of(acts.begin(), acts.end(), [](const auto& one) {
        return one.at("reason") == "applied by hand: INV-2026/0002=1.00: he said so on the telephone";
    }));
    EXPECT_EQ(ledger::refusal(ask("cash unapply", {{"application", applied.at(0).at("application")}, {"why", "  "}, {"confirm", true}})), "invalid_argument");
    EXPECT_EQ(ledger::refusal(ask("cash not-receivable", {{"receipt", question}, {"why", " \t"}})), "invalid_argument");
}

}  // namespace
}  // namespace owed::api
