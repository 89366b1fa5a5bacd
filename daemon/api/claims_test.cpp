// The verbs that give claims up and take them up again: who may, what is refused, what the books say after it.
#include "api/test_money_verbs.hpp"

namespace owed::api {
namespace {

// ---------------------------------------------------------------- write-off and its way back

TEST_F(MoneyVerbs, a_write_off_waits_for_a_second_person) {
    const auto asked = get("writeoff", {{"item", "INV-2026/0002"}, {"why", "insolvent"}});
    EXPECT_EQ(asked.at("kind"), "write_off");
    EXPECT_EQ(asked.at("state"), "open");
    EXPECT_THAT(std::string{asked.at("summary").as_string()}, HasSubstr("write off 50.00 EUR of INV-2026/0002 of C2: insolvent"));
    EXPECT_EQ(residual("INV-2026/0002"), "50.00") << "asking alone posts nothing";
    const Caller anna_as_approver{anna.actor, {"approver"}};
    EXPECT_EQ(ledger::refusal(ask("approve", {{"approval", asked.at("approval")}}, anna_as_approver)), "refused");
    const auto done = get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    expect_keys(done, "item, entity, document, customer, currency, amount, residual, state, entry, posting_date, by, approved_by", "writeoff");
    EXPECT_EQ(done.at("by"), "anna");
    EXPECT_EQ(done.at("approved_by"), "boris");
    EXPECT_EQ(item("INV-2026/0002").at("state"), "written_off");
    EXPECT_THAT(actions(), ::testing::Contains("item.write_off"));
    EXPECT_EQ(get("report aging", {{"entity", "emea"}}).at("difference"), (json::object{{"EUR", "0.00"}}));
    // And back.
    const auto back = get("reinstate", {{"item", "INV-2026/0002"}, {"why", "a buyer was found"}});
    EXPECT_EQ(back.at("amount"), "50.00");
    EXPECT_EQ(residual("INV-2026/0002"), "50.00");
    EXPECT_EQ(ledger::refusal(ask("reinstate", {{"item", "INV-2026/0002"}})), "invalid_argument");
}

TEST_F(MoneyVerbs, below_the_limit_one_person_is_enough_and_splitting_does_not_help) {
    limit("write_off", "60.00");
    const json::object part{{"item", "INV-2026/0003"}, {"amount", "30.00"}, {"why", "freight"}};
    const auto done = get("writeoff", part);
    EXPECT_EQ(done.at("residual"), "1204.50");
    EXPECT_EQ(done.at("approved_by"), nullptr);
    EXPECT_EQ(get("writeoff", part).at("residual"), "1174.50");
    const auto third = get("writeoff", {{"item", "INV-2026/0002"}, {"amount", "0.01"}, {"why", "freight"}});
    EXPECT_EQ(third.at("state"), "open") << "of the same customer within 30 days";
    EXPECT_EQ(residual("INV-2026/0002"), "50.00");
    // What was taken back does not count; nor does what lies longer back.
    get("reinstate", {{"item", "INV-2026/0003"}});
    EXPECT_EQ(get("writeoff", part).at("residual"), "1204.50");
    company.test.clock.set("2026-05-02T08:00:00Z");
    EXPECT_EQ(get("writeoff", {{"item", "INV-2026/0003"}, {"amount", "60.00"}, {"why", "freight"}}).at("residual"), "1144.50");
    EXPECT_EQ(open_requests(), 1U);
}

TEST_F(MoneyVerbs, into_a_soft_closed_month_post_those_whose_role_the_entity_names) {
    limit("write_off", "60.00");
    const auto today = std::string{get("items").at("as_of").as_string()};
    const auto month = today.substr(0, 7);
    get("period close", {{"entity", "emea"}, {"month", month}, {"soft", true}}, boris);
    const json::object part{{"item", "INV-2026/0003"}, {"amount", "10.00"}, {"why", "freight"}};
    const auto refused = ask("writeoff", part);
    EXPECT_EQ(ledger::refusal(refused), "period_closed") << "a person's act is not found in another month";
    EXPECT_EQ(refused.error().what, "period " + month + " of entity \"emea\" is soft_closed");
    EXPECT_EQ(refused.error().advice, "let one of its roles post, or reopen it; the first open day is 2026-04-01");
    EXPECT_EQ(ledger::refusal(ask("cash apply", {{"receipt", question()}, {"items", "INV-2026/0003=1.00"}})), "period_closed");
    EXPECT_EQ(residual("INV-2026/0003"), "1234.50");
    auto supervisor_and_approver = anna;
    supervisor_and_approver.roles.push_back("approver");
    EXPECT_EQ(get("writeoff", part, supervisor_and_approver).at("posting_date"), json::string{today});
    // Of two, the one who approves is the one who posts.
    app.people = {{"boris", "Boris Probe", {"approver"}, {}}};
    const json::object more{{"item", "INV-2026/0003"}, {"amount", "100.00"}, {"why", "insolvent"}};
    const auto asked = get("writeoff", more);
    EXPECT_EQ(get("approve", {{"approval", asked.at("approval")}}, boris).at("done").at("posting_date"), json::string{today});
}

TEST_F(MoneyVerbs, what_cannot_be_done_is_refused_before_anybody_is_asked) {
    struct Row {
        const char* verb;
        json::object arguments;
        const char *code, *where;
    };
    const Row rows[] = {
        {"writeoff", {{"item", "INV-2026/0002"}, {"amount", "50.01"}, {"why", "w"}}, "application_exceeds_residual", ""},
        {"writeoff", {{"item", "INV-2026/0001"}, {"why", "w"}}, "item_not_open", "amount"},
        {"writeoff", {{"item", "INV-9"}, {"why", "w"}}, "not_found", "item"},
        {"writeoff", {{"item", "INV-2026/0002"}, {"amount", "ten"}, {"why", "w"}}, "invalid_argument", "amount"},
        {"writeoff", {{"item", "INV-2026/0002"}, {"amount", "-1.00"}, {"why", "w"}}, "invalid_argument", "amount"},
        {"writeoff", {{"item", "INV-2026/0002"}, {"method", "other"}, {"why", "w"}}, "invalid_argument", "method"},
        {"writeoff", {{"item", "INV-2026/0002"}}, "invalid_argument", "why"},
        {"waive", {{"item", "INV-2026/0002"}, {"why", "w"}}, "invalid_argument", ""},
        {"settle", {{"item", "INV-2026/0002"}, {"agreed", "40.00"}, {"on", "2026-03-01"}, {"why", "w"}}, "refused", ""},
        {"settle", {{"item", "INV-2026/0002"}, {"agreed", "40.00"}, {"on", "yesterday"}, {"why", "w"}}, "invalid_argument", "on"},
        {"recover", {{"item", "INV-2026/0002"}, {"amount", "1.00"}}, "application_exceeds_residual", ""},
        {"reinstate", {{"item", "INV-2026/0002"}}, "invalid_argument", "item"},
        {"deduction resolve", {{"item", "INV-2026/0002"}, {"resolution", "valid"}}, "invalid_argument", "item"},
        {"deduction resolve", {{"item", "1"}, {"resolution", "perhaps"}}, "invalid_argument", "resolution"},
        {"deduction resolve", {{"item", "1"}, {"resolution", "valid"}, {"chargeback", "CB-1"}}, "invalid_argument", "chargeback"},
        {"deduction resolve", {{"item", "1"}, {"resolution", "invalid"}, {"due", "2026-04-30"}}, "invalid_argument", "due"},
        {"cash refund", {{"receipt", "R-99"}}, "not_found", ""},
        {"items", {{"kind", "bill"}}, "invalid_argument", "kind"},
        {"report dso", {{"days", "0"}}, "invalid_argument", "days"},
        {"report dso", {{"entity", "atlantis"}}, "not_found", "entity"},
        {"report provision", {}, "not_found", "entity"},
    };
    for (const auto& row : rows) {
        const auto refused = ask(row.verb, row.arguments);
        ASSERT_FALSE(refused) << row.verb << json::serialize(row.arguments);
        EXPECT_EQ(name_of(refused.error().code), row.code) << row.verb << json::serialize(row.arguments) << ": " << to_text(refused.error());
        EXPECT_EQ(refused.error().where, row.where) << row.verb << json::serialize(row.arguments) << ": " << to_text(refused.error());
    }
    EXPECT_EQ(open_requests(), 0U);
}

TEST_F(MoneyVerbs, an_item_that_two_names_fit_is_asked_for) {
    const auto clash = std::to_string(find("INV-2026/0002").id.value);
    auto document = company.invoice(clash, "7.00 EUR", "2026-03-01");
    ledger::ok(company.post(document));
    const auto refused = ask("writeoff", {{"item", clash}, {"why", "w"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().what, HasSubstr("#" + clash + " is INV-2026/0002 of C2"));
    EXPECT_THAT(std::string{get("writeoff", {{"item", "#" + clash}, {"why", "w"}}).at("summary").as_string()}, HasSubstr("INV-2026/0002"));
    EXPECT_THAT(std::string{get("writeoff", {{"item", "emea/" + clash}, {"why", "w"}}).at("summary").as_string()}, HasSubstr("7.00 EUR"));
}

TEST_F(MoneyVerbs, an_act_that_is_no_longer_possible_leaves_its_request_open) {
    const auto asked = get("writeoff", {{"item", "INV-2026/0002"}, {"why", "w"}});
    pay("INV-2026/0002", "40.00");
    EXPECT_EQ(ledger::refusal(ask("approve", {{"approval", asked.at("approval")}}, boris)), "application_exceeds_residual");
    EXPECT_EQ(open_requests(), 1U);
    EXPECT_EQ(residual("INV-2026/0002"), "10.00");
}

TEST_F(MoneyVerbs, recovered_is_owed_again) {
    by_two("writeoff", {{"item", "INV-2026/0002"}, {"method", "allowance"}, {"why", "insolvent"}});
    const auto back = get("recover", {{"item", "INV-2026/0002"}, {"amount", "20.00"}, {"method", "allowance"}, {"why", "quota"}});
    EXPECT_EQ(back.at("residual"), "20.00");
    EXPECT_THAT(actions(), ::testing::Contains("item.recover"));
}

TEST_F(MoneyVerbs, a_fee_is_waived_within_the_limit_or_by_two) {
    auto fee = company.invoice("F-1", "5.00 EUR", "2026-03-20");
    fee.kind = ledger::ItemKind::finance_charge;
    fee.customer = find("INV-2026/0002").customer;
    ledger::ok(company.post(fee));
    limit("waive", "2.00");
    EXPECT_EQ(get("waive", {{"item", "F-1"}, {"amount", "2.00"}, {"why", "goodwill"}}).at("residual"), "3.00");
    EXPECT_EQ(by_two("waive", {{"item", "F-1"}, {"why", "goodwill"}}).at("residual"), "0.00");
}

// ---------------------------------------------------------------- what a payment settles besides

TEST_F(MoneyVerbs, who_applies_cash_lets_go_what_the_settings_grant_and_no_more) {
    app.cash.bank_fee_max = {{"EUR", 300}};
    const auto receipt = question();   // 40.00 EUR
    const json::object within{{"receipt", receipt}, {"items", "INV-2026/0002=5.00"}, {"bank_charge", "3.00"}};
    EXPECT_EQ(get("cash apply", within).at("unapplied"), "35.00");
    EXPECT_EQ(residual("INV-2026/0002"), "42.00");
    // More than that is tried, asked for, and done as it was asked for.
    const json::object more{{"receipt", receipt}, {"items", "INV-2026/0002=35.00"}, {"discount", "7.00"}, {"why", "agreed by phone"}};
    const auto asked = get("cash apply", more);
    EXPECT_EQ(asked.at("kind"), "apply");
    EXPECT_EQ(asked.at("summary"), json::string{"apply " + receipt + " with a discount of 7.00 EUR for INV-2026/0002, where none is granted: agreed by phone"});
    EXPECT_EQ(residual("INV-2026/0002"), "42.00") << "asking alone posts nothing";
    const auto done = get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    EXPECT_EQ(done.at("state"), "applied");
    EXPECT_EQ(residual("INV-2026/0002"), "0.00");
    const auto list = get("audit list");
    const auto& records = list.at("audit").as_array();
    const auto last = std::find_if(records.rbegin(), records.rend(), [](const auto& one) { return one.at("action") == "cash.apply"; });
    ASSERT_NE(last, records.rend());
    EXPECT_THAT(json::serialize(*last), AllOf(HasSubstr("boris"), HasSubstr("anna"), HasSubstr("discount 7.00")));
    // What cannot be is refused before anybody is asked; an option is for one document.
    EXPECT_EQ(open_requests(), 0U);
    const auto refused = ask("cash apply", {{"receipt", receipt}, {"items", json::array{"INV-2026/0003=1.00", "INV-2026/0002=1.00"}}, {"discount", "1.00"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what + refused.error().advice, AllOf(HasSubstr("--discount is for one document, 2 are named"), HasSubstr("INV-1=100.00,discount=1.00")));
}

// ---------------------------------------------------------------- settlement, and what unapply takes back

TEST_F(MoneyVerbs, what_is_approved_is_what_is_settled) {
    const auto application = pay("INV-2026/0002", "40.00");
    const auto asked = get("settle", {{"item", "INV-2026/0002"}, {"agreed", "40.00"}, {"on", "2026-03-01"}, {"why", "quality"}});
    EXPECT_THAT(std::string{asked.at("summary").as_string()}, HasSubstr("write off the remaining 10.00 EUR"));
    get("cash unapply", {{"application", application}, {"why", "another invoice was meant"}});
    EXPECT_EQ(ledger::refusal(ask("approve", {{"approval", asked.at("approval")}}, boris)), "conflicting_repeat");
    EXPECT_EQ(residual("INV-2026/0002"), "50.00");
}

TEST_F(MoneyVerbs, a_settlement_rests_on_its_payment) {
    const auto application = pay("INV-2026/0002", "40.00");
    const auto done = by_two("settle", {{"item", "INV-2026/0002"}, {"agreed", "40.00"}, {"on", "2026-03-01"}, {"why", "quality"}});
    EXPECT_EQ(done.at("amount"), "10.00");
    EXPECT_EQ(done.at("agreed"), "40.00");
    EXPECT_EQ(residual("INV-2026/0002"), "0.00");
    const auto preview = get("cash unapply", {{"application", application}, {"preview", true}});
    ASSERT_EQ(preview.at("follows").as_array().size(), 1U);
    EXPECT_EQ(preview.at("follows").at(0).at("act"), "settlement");
    EXPECT_EQ(preview.at("follows").at(0).at("amount"), "10.00");
    EXPECT_EQ(residual("INV-2026/0002"), "0.00") << "a preview changes nothing";
    const auto undone = get("cash unapply", {{"application", application}, {"why", "wrong invoice"}});
    EXPECT_EQ(undone.at("taken_back"), preview.at("follows"));
    EXPECT_EQ(residual("INV-2026/0002"), "50.00");
    EXPECT_EQ(ledger::refusal(ask("cash unapply", {{"application", application}, {"preview", true}})), "application_already_undone");
}

}  // namespace
}  // namespace owed::api
