// The verbs of customers' credits: accounts as each role sees them, prepayments, deposits, refunds, deductions.
#include "api/test_money_verbs.hpp"
#include "jobs/writeback.hpp"
#include "ledger/credits.hpp"
#include "owed/record_wire.hpp"

namespace owed::api {
namespace {

// ---------------------------------------------------------------- refund

TEST_F(MoneyVerbs, a_customers_account_is_shown_in_full_to_those_who_pay_and_approve) {
    hosts.bank.arrives("april", {intake::statement_record(intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR",
        {intake::bank_line("2026-03-31", "70.00 EUR", "thanks", "FR1420041010050500013M02606")}))});
    store::ok(inbox.sync(hosts.bank));
    std::string paid;
    const auto receipts = get("receipts");
    for (const auto& receipt : receipts.at("receipts").as_array())
        if (receipt.at("amount") == "70.00") paid = receipt.at("receipt").as_string();
    const auto seen_by = [&](std::vector<std::string> roles) {
        auto reader = boris;
        reader.roles = std::move(roles);
        return std::string{get("cash show", {{"receipt", paid}}, reader).at("payer_account").as_string()};
    };
    EXPECT_EQ(seen_by({"cash_applier"}), "FR1420041010050500013M02606");
    EXPECT_EQ(seen_by({"approver"}), "FR1420041010050500013M02606");
    EXPECT_EQ(seen_by({"auditor"}), "FR1420041010050500013M02606");
    for (const char* role : {"viewer", "collector", "supervisor", "integrator", "admin"}) EXPECT_EQ(seen_by({role}), "...2606") << role;
    EXPECT_EQ(seen_by({}), "...2606");
}

// ---------------------------------------------------------------- credits

TEST_F(MoneyVerbs, learned_and_related_accounts_are_shown_as_a_receipts_is) {
    get("relation add", {{"customer", "emea/C2"}, {"account", "FR1420041010050500013M02606"}, {"name", "Holding"}, {"kind", "agent"}});
    company.test.write([&](store::Tx& tx) {
        return parties::learn_alias(tx, app.clock, anna.actor, "emea", "account", "DE20370501980000004722", *find("INV-2026/0001").customer);
    });
    const auto seen = [&](const char* verb, const char* list, const char* key, const Caller& by) {
        return std::string{get(verb, {}, by).at(list).as_array().at(0).at(key).as_string()};
    };
    for (const auto& [verb, list, key, account] : {std::tuple{"relations", "relations", "payer_account", "FR1420041010050500013M02606"},
                                                   std::tuple{"cash aliases", "aliases", "value", "DE20370501980000004722"}}) {
        EXPECT_EQ(seen(verb, list, key, anna), account);
        EXPECT_EQ(seen(verb, list, key, guest), "..." + std::string{account}.substr(std::string_view{account}.size() - 4)) << verb;
    }
}

struct CreditVerbs : MoneyVerbs {
    /// Money that nobody's document is named for.
    std::string arrives(const char* amount, const char* number) {
        hosts.bank.arrives(number, {intake::statement_record(intake::statement_of(number, "2026-03-31", "2026-03-31", "159.00 EUR",
            {intake::bank_line("2026-03-31", amount, std::string{"thanks "} + number, "FR1420041010050500013M02606")}))});
        store::ok(inbox.sync(hosts.bank));
        const auto receipts = get("receipts");
        for (const auto& one : receipts.at("receipts").as_array())
            if (std::string{amount} == std::string{one.at("amount").as_string()} + " EUR") return std::string{one.at("receipt").as_string()};
        throw std::runtime_error{"no such receipt"};
    }
    std::string refused(std::string_view verb, const json::object& arguments) {
        const auto answer = ask(verb, arguments);
        return answer ? "no error" : to_text(answer.error());
    }
};

TEST_F(CreditVerbs, a_prepayment_is_kept_used_and_taken_back) {
    const auto receipt = arrives("70.00 EUR", "2");
    get("cash identify", {{"receipt", receipt}, {"customer", "C2"}});
    EXPECT_THAT(refused("cash deposit", {{"receipt", receipt}, {"amount", "-1.00"}}), HasSubstr("an amount is positive"));
    EXPECT_THAT(refused("cash deposit", {{"receipt", receipt}, {"amount", "ten"}}), HasSubstr("invalid_argument"));
    EXPECT_THAT(refused("cash deposit", {{"receipt", "R-999"}}), HasSubstr("there is no receipt R-999"));
    const auto held = get("cash deposit", {{"receipt", receipt}, {"amount", "40.00"}, {"document", "D-7"}, {"why", "order 7"}});
    EXPECT_EQ(held.at("unapplied"), "30.00");
    const auto deposit = held.at("deposit").at("item").as_int64();

    EXPECT_THAT(refused("credit apply", {{"credit", "D-7"}, {"items", "INV-2026/0003"}}), HasSubstr("\"INV-2026/0003\" is not ITEM=AMOUNT"));
    EXPECT_THAT(refused("credit apply", {{"credit", receipt}, {"items", "INV-2026/0003=1.00"}}), HasSubstr("owectl cash apply " + receipt));
    EXPECT_THAT(refused("credit apply", {{"credit", "INV-2026/0003"}, {"items", "INV-2026/0003=1.00"}}), HasSubstr("there is no credit memo or deposit"));
    const auto used = get("credit apply", {{"credit", "D-7"}, {"items", "INV-2026/0003=10.00"}});
    EXPECT_EQ(used.at("residual"), "-30.00");
    EXPECT_EQ(residual("INV-2026/0003"), "1224.50");
    const auto application = used.at("applications").as_array().at(0).at("application").as_int64();

    const auto undone = get("cash unapply", {{"application", application}, {"why", "the next one"}});
    EXPECT_EQ(undone.at("item"), deposit);
    EXPECT_EQ(undone.at("residual"), "-40.00");
    EXPECT_TRUE(undone.at("applications").as_array().empty());
    EXPECT_TRUE(undone.contains("taken_back"));
    EXPECT_EQ(residual("INV-2026/0003"), "1234.50");

    // A number that is also another credit's id is asked about.
    get("cash deposit", {{"receipt", receipt}, {"amount", "5.00"}, {"document", std::to_string(deposit)}});
    EXPECT_THAT(refused("credit apply", {{"credit", std::to_string(deposit)}, {"items", "INV-2026/0003=1.00"}}), HasSubstr("names several"));
    EXPECT_EQ(get("credit apply", {{"credit", "#" + std::to_string(deposit)}, {"items", "INV-2026/0003=1.00"}}).at("document"), "D-7");
}

TEST_F(CreditVerbs, a_retained_share_falls_due_when_it_is_released) {
    auto record = intake::invoice_record("B-1", "C2", "1000.00 EUR");
    std::get<ArDocument>(record.body).retained = Amount{10'000, 2, "EUR"};
    hosts.erp.arrives("building", {record});
    store::ok(inbox.sync(hosts.erp));
    EXPECT_THAT(refused("retainage release", {{"item", "B-1/R"}}), HasSubstr("under which number"));
    EXPECT_THAT(refused("retainage release", {{"item", "B-1"}, {"document", "B-2"}}), HasSubstr("is not retained"));
    EXPECT_THAT(refused("retainage release", {{"item", "B-1/R"}, {"document", "B-2"}, {"amount", "100.01"}}), HasSubstr("application_exceeds_residual"));
    const auto done = get("retainage release", {{"item", "B-1/R"}, {"document", "B-2"}, {"amount", "60.00"}, {"due", "2026-04-30"}, {"why", "the year is over"}});
    EXPECT_EQ(done.at("amount"), "60.00");
    EXPECT_EQ(done.at("due_date"), "2026-04-30");
    EXPECT_EQ(done.at("of"), (json::object{{"item", done.at("of").at("item")}, {"document", "B-1/R"}, {"residual", "40.00"}}));
    EXPECT_EQ(residual("B-2"), "60.00");
    EXPECT_EQ(get("retainage release", {{"item", "B-1/R"}, {"document", "B-3"}}).at("amount"), "40.00");
    EXPECT_THAT(actions(), ::testing::Contains("retainage.release"));
}

TEST_F(CreditVerbs, a_paid_deposit_invoice_becomes_a_credit) {
    auto record = intake::invoice_record("A-1", "C2", "70.00 EUR");
    std::get<ArDocument>(record.body).deposit = true;
    hosts.erp.arrives("advance", {record});
    store::ok(inbox.sync(hosts.erp));
    EXPECT_THAT(refused("deposit release", {{"item", "A-1"}, {"document", "A-1-C"}}), HasSubstr("application_exceeds_residual")) << "nothing is paid of it";
    EXPECT_THAT(refused("deposit release", {{"item", "INV-2026/0003"}, {"document", "A-1-C"}}), HasSubstr("invalid_argument"));
    const auto receipt = arrives("70.00 EUR", "2");
    get("cash identify", {{"receipt", receipt}, {"customer", "C2"}});
    if (residual("A-1") != "0.00") get("cash apply", {{"receipt", receipt}, {"items", "A-1=70.00"}});
    const auto done = get("deposit release", {{"item", "A-1"}, {"document", "A-1-C"}});
    EXPECT_EQ(done.at("amount"), "70.00");
    EXPECT_EQ(get("credit apply", {{"credit", "A-1-C"}, {"items", "INV-2026/0003=70.00"}}).at("residual"), "0.00");
    EXPECT_EQ(residual("INV-2026/0003"), "1164.50");
}

TEST_F(CreditVerbs, money_for_another_entity_is_passed_on_and_back) {
    company.test.write([&](store::Tx& tx) -> Status {
        OWED_TRY([[maybe_unused]] const auto theirs, parties::find_or_mention(tx, app.clock, "sap", "S1"));
        return {};
    });
    const auto receipt = arrives("70.00 EUR", "2");
    get("cash identify", {{"receipt", receipt}, {"customer", "C1"}});
    EXPECT_THAT(refused("cash forward", {{"receipt", receipt}, {"customer", "emea/C2"}}), HasSubstr("owectl cash identify"));
    const auto passed = get("cash forward", {{"receipt", receipt}, {"customer", "sap/S1"}, {"amount", "20.00"}, {"why", "theirs"}});
    EXPECT_EQ(passed.at("unapplied"), "50.00");
    const auto there = passed.at("forwarded").as_object();
    EXPECT_EQ(there.at("entity"), "sap");
    EXPECT_EQ(there.at("amount"), "20.00");
    EXPECT_THAT(refused("cash unforward", {{"receipt", receipt}}), HasSubstr("not_found"));
    const auto back = get("cash unforward", {{"receipt", there.at("receipt")}, {"why", "ours"}});
    EXPECT_EQ(back.at("unapplied"), "0.00");
    EXPECT_EQ(get("cash show", {{"receipt", receipt}}).at("unapplied"), "70.00");
}

TEST_F(MoneyVerbs, a_refund_is_not_paid_after_all) {
    hosts.bank.arrives("april", {intake::statement_record(intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR",
        {intake::bank_line("2026-03-31", "70.00 EUR", "thanks", "FR14 2004 1010 0505 0001 3M02 606")}))});
    store::ok(inbox.sync(hosts.bank));
    std::string paid;
    const auto receipts = get("receipts");
    for (const auto& receipt : receipts.at("receipts").as_array())
        if (receipt.at("amount") == "70.00") paid = receipt.at("receipt").as_string();
    get("cash identify", {{"receipt", paid}, {"customer", "C1"}});
    const auto order = [&](const char* units) { get("approve", {{"approval", get("cash refund", {{"receipt", paid}, {"amount", units}}).at("approval")}}, boris); };
    const auto on_its_way = [&] { return get("cash refunds").at("refunds").as_array(); };
    order("30.00");
    ASSERT_EQ(on_its_way().size(), 1U);
    const auto entry = on_its_way()[0].at("entry").as_int64();
    EXPECT_EQ(ledger::refusal(ask("cash refund-void", {{"entry", 999999}, {"why", "x"}})), "not_found");
    EXPECT_EQ(ledger::refusal(ask("cash refund-void", {{"entry", entry}})), "invalid_argument") << "no reason";
    const auto asked = get("cash refund-void", {{"entry", entry}, {"why", "paid by cheque"}});
    EXPECT_EQ(asked.at("kind"), "refund_void");
    EXPECT_EQ(on_its_way().size(), 1U) << "one person alone changes nothing";
    const auto done = get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    EXPECT_EQ(done.at("residual"), "-70.00");
    EXPECT_TRUE(on_its_way().empty());
    EXPECT_THAT(actions(), ::testing::Contains("cash.refund_void"));
    EXPECT_EQ(ledger::refusal(ask("cash refund-void", {{"entry", entry}, {"why", "again"}})), "already_exists");
    EXPECT_THAT(std::string{get("cash show", {{"receipt", paid}}).at("why").as_string()}, HasSubstr("paid by cheque"));
    // What leaves the bank now is another matter: it finds no refund.
    hosts.bank.arrives("may", {intake::statement_record(intake::statement_of("3", "2026-04-01", "2026-04-01", "229.00 EUR",
        {intake::bank_line("2026-04-01", "-30.00 EUR", "refund", "FR1420041010050500013M02606")}))});
    store::ok(inbox.sync(hosts.bank));
    EXPECT_TRUE(on_its_way().empty());
}

/// Hands over one record that does not fit, without a file.
struct Crm : intake::FakeConnector {
    Crm() : FakeConnector{"crm"} {}
    Status read(const ReadRequest&, ReadTarget& target) override {
        wire::BatchBuilder batch;
        OWED_TRY_VOID(batch.add(intake::invoice_record("", "C2", "1.00 EUR")));
        OWED_TRY_VOID(target.records(batch.finish()));
        return target.commit("1", {});
    }
};

TEST_F(MoneyVerbs, an_alarm_calls_a_file_only_what_was_one) {
    Crm crm;
    store::ok(inbox.sync(crm));
    const auto alarms = json::serialize(get("status").at("alarms"));
    EXPECT_THAT(alarms, HasSubstr("\"1 row of records of 2026-"));
    EXPECT_THAT(alarms, HasSubstr(" of crm did not fit"));
    EXPECT_THAT(alarms, HasSubstr("\"1 row of file export of erp did not fit"));
}

TEST_F(MoneyVerbs, a_refund_goes_to_the_account_it_came_from) {
    EXPECT_EQ(ledger::refusal(ask("cash refund", {{"receipt", question()}})), "wrong_customer") << "not identified";
    hosts.bank.arrives("april", {intake::statement_record(intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR",
        {intake::bank_line("2026-03-31", "70.00 EUR", "thanks", "FR14 2004 1010 0505 0001 3M02 606"), intake::bank_line("2026-03-31", "71.00 EUR", "thanks again")}))});
    store::ok(inbox.sync(hosts.bank));
    std::string paid, unknown;
    const auto receipts = get("receipts");
    for (const auto& receipt : receipts.at("receipts").as_array()) {
        if (receipt.at("amount") == "70.00") paid = receipt.at("receipt").as_string();
        if (receipt.at("amount") == "71.00") unknown = receipt.at("receipt").as_string();
    }
    get("cash identify", {{"receipt", paid}, {"customer", "C1"}});
    get("cash identify", {{"receipt", unknown}, {"customer", "C1"}});
    const auto elsewhere = ask("cash refund", {{"receipt", paid}, {"account", "DE02 1203 0000 0000 2020 51"}});
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().code, Errc::refused);
    EXPECT_THAT(elsewhere.error().what, HasSubstr("FR1420041010050500013M02606"));
    EXPECT_THAT(elsewhere.error().what, HasSubstr("DE02120300000000202051"));
    EXPECT_EQ(ledger::refusal(ask("cash refund", {{"receipt", unknown}})), "refused") << "nobody knows from where it came";
    EXPECT_EQ(ledger::refusal(ask("cash refund", {{"receipt", paid}, {"amount", "70.01"}})), "application_exceeds_residual");
    const auto asked = get("cash refund", {{"receipt", paid}, {"amount", "30.00"}, {"account", "fr14 20041010050500013M02606"}});
    EXPECT_EQ(asked.at("kind"), "refund");
    EXPECT_THAT(std::string{asked.at("summary").as_string()}, HasSubstr("ends in 2606"));
    EXPECT_THAT(std::string{asked.at("summary").as_string()}, ::testing::Not(HasSubstr("FR14")));
    app.people = {{"boris", "Boris Probe", {"approver"}, {}}};   // who approves sees the account in full
    const auto done = get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    EXPECT_EQ(done.at("receipt"), json::value(paid));
    EXPECT_EQ(done.at("residual"), "-40.00");
    EXPECT_EQ(done.at("account"), "FR1420041010050500013M02606");
    EXPECT_THAT(actions(), ::testing::Contains("cash.refund"));
    // Treasury pays it, and the bank's line takes it off the list.
    const auto on_its_way = get("cash refunds").at("refunds").as_array();
    ASSERT_EQ(on_its_way.size(), 1U);
    expect_keys(on_its_way[0].as_object(), "entry, entity, receipt, amount, currency, account, ordered", "cash refunds");
    EXPECT_EQ(on_its_way[0].at("receipt"), json::value(paid));
    auto line = intake::bank_line("2026-04-01", "-30.00 EUR", "refund", "FR1420041010050500013M02606");
    auto returned = intake::bank_line("2026-04-01", "-9.00 EUR", "account closed");
    returned.return_reason = "AC04";
    auto nothing = intake::bank_line("2026-04-01", "0.00 EUR", "correction");
    nothing.reversal = true;
    hosts.bank.arrives("may", {intake::statement_record(intake::statement_of("3", "2026-04-01", "2026-04-01", "300.00 EUR", {line, returned, nothing}))});
    store::ok(inbox.sync(hosts.bank));
    EXPECT_TRUE(get("cash refunds").at("refunds").as_array().empty());
    // Nobody knows what the 9.00 undo: status says so until somebody does.
    const auto unclear = get("cash returns").at("returns").as_array();
    ASSERT_EQ(unclear.size(), 1U);
    expect_keys(unclear[0].as_object(), "return, entity, value_date, amount, currency, payer, reference, why", "cash returns");
    const auto alarms = [&] { return json::serialize(get("status").at("alarms")); };
    EXPECT_THAT(alarms(), HasSubstr("a payment of 9.00 EUR by Somebody was returned on 2026-04-01, and nobody knows which: owectl cash return"));
    EXPECT_EQ(ledger::refusal(ask("cash return", {{"return", unclear[0].at("return")}, {"receipt", "R-999"}})), "not_found");
    EXPECT_EQ(ledger::refusal(ask("cash return", {{"return", 999}, {"receipt", unknown}})), "not_found");
    EXPECT_EQ(ledger::refusal(ask("cash return", {{"return", unclear[0].at("return")}, {"receipt", unknown}})), "invalid_argument") << "9.00 is not 71.00";
    EXPECT_EQ(ledger::refusal(ask("cash return", {{"return", unclear[0].at("return")}, {"receipt", "none"}})), "invalid_argument") << "without a reason";
    get("cash return", {{"return", unclear[0].at("return")}, {"receipt", "none"}, {"why", "a supplier's"}});
    EXPECT_TRUE(get("cash returns").at("returns").as_array().empty());
    EXPECT_THAT(alarms(), ::testing::Not(HasSubstr("was returned")));
    EXPECT_THAT(actions(), ::testing::Contains("cash.return_closed"));
}

TEST_F(MoneyVerbs, one_transfer_is_split_over_customers) {
    auto other = company.invoice("INV-5", "15.00 EUR", "2026-03-01");
    other.customer = find("INV-2026/0001").customer;
    ledger::ok(company.post(other));
    const auto receipt = question();    // 40.00
    const auto asked = [&](json::array parts) { return ask("cash split", {{"receipt", receipt}, {"parts", std::move(parts)}}); };
    EXPECT_EQ(ledger::refusal(asked({"C1=15.00", "C9=1.00"})), "not_found");
    EXPECT_EQ(ledger::refusal(asked({"C1=15.01"})), "application_exceeds_residual");
    EXPECT_EQ(ledger::refusal(asked({"C1"})), "invalid_argument");
    EXPECT_EQ(ledger::refusal(asked({"C1=-1.00"})), "invalid_argument");
    EXPECT_EQ(residual("INV-5"), "15.00") << "all or nothing";
    const auto done = store::ok(asked({"C1=15.00", "C2=25.00"})).json.as_object();
    EXPECT_EQ(done.at("unapplied"), "0.00");
    EXPECT_EQ(residual("INV-5"), "0.00");
    EXPECT_EQ(residual("INV-2026/0002"), "25.00") << "the oldest of C2";
}

// ---------------------------------------------------------------- deductions

TEST_F(MoneyVerbs, deductions_are_listed_and_resolved) {
    const auto id = deducted("20.00 EUR");
    const auto listed = first("deductions", "deductions");
    expect_keys(listed, "item, entity, customer, document, of, reason_code, document_date, days, currency, original, residual, state", "deductions");
    EXPECT_EQ(listed.at("of"), "INV-2026/0002");
    EXPECT_EQ(listed.at("reason_code"), "pricing");
    EXPECT_EQ(get("items", {{"kind", "deduction"}}).at("items").as_array().size(), 1U);
    EXPECT_EQ(get("customer show", {{"customer", "C2"}}).at("open_by_kind").at("EUR").at("deduction"), "20.00");
    // Not ours: the invoice is owed again; or it is billed anew.
    const auto rejected = get("deduction resolve", {{"item", id}, {"resolution", "invalid"}, {"amount", "5.00"}});
    EXPECT_EQ(rejected.at("residual"), "15.00");
    EXPECT_EQ(residual("INV-2026/0002"), "35.00");
    const auto billed = get("deduction resolve", {{"item", id}, {"resolution", "invalid"}, {"amount", "5.00"}, {"chargeback", "CB-1"}, {"due", "2026-04-30"}});
    EXPECT_EQ(item("CB-1").at("due_date"), "2026-04-30");
    EXPECT_EQ(billed.at("chargeback"), item("CB-1").at("item"));
    // Ours: two persons.
    const auto accepted = by_two("deduction resolve", {{"item", id}, {"resolution", "valid"}, {"why", "price list"}, {"against_revenue", true}});
    EXPECT_EQ(accepted.at("residual"), "0.00");
    EXPECT_TRUE(get("deductions").at("deductions").as_array().empty());
    EXPECT_EQ(get("deductions", {{"all", true}}).at("deductions").as_array().size(), 1U);
}

}  // namespace
}  // namespace owed::api
