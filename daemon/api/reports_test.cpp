// Rates, measures, provisions, credit limits, and the jobs of a month's end, as verbs.
#include "api/test_money_verbs.hpp"
#include "ledger/credits.hpp"

namespace owed::api {
namespace {

// ---------------------------------------------------------------- rates

TEST_F(MoneyVerbs, rates_are_set_once_and_listed) {
    const json::object wanted{{"from", "EUR"}, {"to", "USD"}, {"rate", "1.0912"}, {"date", "2026-03-31"}, {"type", "closing"}};
    const auto set = get("rate set", wanted);
    EXPECT_EQ(set.at("new"), true);
    expect_keys(set.at("rate").as_object(), "from, to, type, date, rate, source, recorded_at", "rate set");
    EXPECT_EQ(get("rate set", wanted).at("new"), false);
    const auto listed = get("rates").at("rates").as_array();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].at("rate"), "1.0912");
    EXPECT_EQ(listed[0].at("source"), "anna");
    EXPECT_TRUE(get("rates", {{"since", "2026-04-01"}}).at("rates").as_array().empty());
    EXPECT_EQ(std::ranges::count(actions(), "rate.set"), 1);
    struct Row {
        const char *key, *value;
    };
    for (const Row& row : {Row{"from", "EURO"}, {"to", "EUR"}, {"rate", "much"}, {"rate", "0"}, {"date", "2026-04-01"}, {"date", "today"}, {"type", "mean"}}) {
        auto wrong = wanted;
        wrong[row.key] = row.value;
        EXPECT_EQ(ledger::refusal(ask("rate set", wrong)), "invalid_argument") << row.key << " " << row.value;
    }
    company.test.write([&](store::Tx& tx) -> Status {
        return ledger::set_reference_rate(tx, app.clock, {"ecb_main_refinancing", ledger::day("2026-01-01"), *parse_decimal("2.15"), "ecb"}).map([](bool) {});
    });
    expect_keys(first("reference-rates", "reference-rates", {{"name", "ecb_main_refinancing"}}), "name, from, percent, source, recorded_at", "reference-rates");
}

// ---------------------------------------------------------------- reports

TEST_F(MoneyVerbs, measures_say_their_figures_and_conventions) {
    // Sales 119.00 + 50.00 + 1234.50 on 2026-02-01, of which 1284.50 are open and overdue.
    const auto dso = get("report dso", {{"entity", "emea"}});
    expect_keys(dso, "report, as_of, entity, unit, period, measures, formula, convention, notes", "report dso");
    EXPECT_EQ(dso.at("period"), (json::object{{"from", "2026-01-01"}, {"to", "2026-03-31"}, {"days", 90}}));
    const auto row = dso.at("measures").as_array().at(0).as_object();
    expect_keys(row, "currency, value, closing_ar, not_due_ar, opening_ar, sales, average, countback, uncovered, best_possible", "report dso");
    EXPECT_EQ(row.at("sales"), "1403.50");
    EXPECT_EQ(row.at("closing_ar"), "1284.50");
    EXPECT_EQ(row.at("opening_ar"), "0.00");
    EXPECT_EQ(row.at("value"), "82.37");          // 1284.50 / 1403.50 x 90
    EXPECT_EQ(row.at("average"), "41.18");
    EXPECT_EQ(row.at("best_possible"), "0.00");
    EXPECT_EQ(row.at("countback"), "56.63");      // March 31 days without sales, February 1284.50 / 1403.50 x 28
    EXPECT_EQ(row.at("uncovered"), "0.00");
    EXPECT_EQ(get("report add", {{"entity", "emea"}}).at("measures").as_array().at(0).at("value"), "82.37");
    EXPECT_EQ(get("report cei", {{"entity", "emea"}}).at("measures").as_array().at(0).at("value"), "8.48");   // 119.00 / 1403.50
    // No sales in the period: no figure, and why.
    const auto without = get("report dso", {{"entity", "emea"}, {"days", 10}});
    EXPECT_EQ(without.at("measures").as_array().at(0).at("value"), nullptr);
    EXPECT_FALSE(without.at("notes").as_array().empty());
    // A document that was taken back was never sold.
    const auto wrong = find("INV-2026/0003").id;
    const auto entries = company.in_db<std::vector<ledger::JournalRow>>([&](store::Db& db) { return ledger::journal(db, company.books, {}, 100); });
    const auto opened = std::find_if(entries.begin(), entries.end(), [&](const ledger::JournalRow& one) {
        return std::any_of(one.entry.lines.begin(), one.entry.lines.end(), [&](const ledger::Line& line) { return line.item == wrong; });
    });
    ASSERT_NE(opened, entries.end());
    ledger::ok(company.reverse(opened->id, "2026-03-31"));
    EXPECT_EQ(get("report dso", {{"entity", "emea"}}).at("measures").as_array().at(0).at("sales"), "169.00");
    EXPECT_TRUE(get("report dso").contains("reports")) << "several entities";
}

TEST_F(MoneyVerbs, provision_exposure_and_deposits) {
    const auto rate = [](const char* text) { return *parse_decimal(text); };
    app.provision.emplace("emea", *jobs::ProvisionMatrix::make({{"current", rate("1")}, {"1-30", rate("10")}, {"over-30", rate("50")}}));
    const auto provision = get("report provision");
    expect_keys(provision, "report, as_of, entity, currency, by_bucket, total, existing, adjustment, rates, formula, convention", "report provision");
    EXPECT_EQ(provision.at("total"), "128.45");
    EXPECT_EQ(provision.at("adjustment"), "128.45");
    EXPECT_EQ(provision.at("by_bucket").as_array().at(1), (json::object{{"bucket", "1-30"}, {"balance", "1284.50"}, {"rate_percent", "10"}, {"provision", "128.45"}}));

    company.test.write([&](store::Tx& tx) -> Status {
        for (const char* number : {"S-1", "S-2"}) {
            SalesOrder order;
            order.number = number;
            order.customer = "C2";
            order.amount = intake::amount("100.00 EUR");
            OWED_TRY_VOID(collect::take_order(tx, app.clock, "crm", "emea", order, number).map([](auto) {}));
        }
        return {};
    });
    auto billed = company.invoice("INV-4", "100.00 EUR", "2026-03-31");
    billed.customer = find("INV-2026/0002").customer;
    billed.order = "S-1";
    ledger::ok(company.post(billed));
    const auto exposure = get("report exposure", {{"entity", "emea"}}).at("exposures").as_array();
    ASSERT_EQ(exposure.size(), 1U);
    expect_keys(exposure[0].as_object(), "customer, name, currency, open, overdue, credits, orders, exposure, limit, available, hold", "report exposure");
    EXPECT_EQ(exposure[0].at("open"), "1384.50");
    EXPECT_EQ(exposure[0].at("overdue"), "1284.50");
    EXPECT_EQ(exposure[0].at("orders"), "100.00") << "one of the two is billed";
    EXPECT_EQ(exposure[0].at("exposure"), "1484.50");

    const auto receipt = ledger::ok(company.post(company.receipt("300.00 EUR", "2026-03-15", find("INV-2026/0002").customer)));
    ledger::ok(company.act(ledger::hold_deposit, {.receipt = receipt.item, .amount = money("250.00 EUR"), .document = "DEP-1", .instruction = company.asked("2026-03-20")}));
    const auto deposits = get("report deposits", {{"entity", "emea"}});
    expect_keys(deposits, "report, as_of, entity, deposits, totals_by_currency, control_account, difference, convention", "report deposits");
    EXPECT_EQ(deposits.at("deposits").as_array().at(0).at("residual"), "-250.00");
    EXPECT_EQ(deposits.at("totals_by_currency"), (json::object{{"EUR", "-250.00"}}));
    EXPECT_EQ(deposits.at("difference"), (json::object{{"EUR", "0.00"}}));
    for (const char* verb : {"report dso", "report exposure", "report deposits", "report provision", "deductions", "applications"}) expect_text_amounts(get(verb), verb);
}

TEST_F(MoneyVerbs, a_credit_limit_takes_two_and_holds_orders) {
    const auto asked = get("customer limit", {{"customer", "C2"}, {"amount", "40.00"}, {"why", "late twice"}});
    EXPECT_EQ(asked.at("kind"), "credit_limit");
    EXPECT_THAT(std::string{asked.at("summary").as_string()}, HasSubstr("give customer C2 a limit of 40.00 EUR from "));
    EXPECT_TRUE(get("customer limits").at("limits").as_array().empty()) << "asking alone sets nothing";
    EXPECT_EQ(ledger::refusal(ask("approve", {{"approval", asked.at("approval")}}, {anna.actor, {"approver"}})), "refused");
    EXPECT_EQ(get("approve", {{"approval", asked.at("approval")}}, boris).at("done").at("limit"), "40.00");
    const auto limits = get("customer limits", {{"customer", "C2"}}).at("limits").as_array();
    ASSERT_EQ(limits.size(), 1U);
    expect_keys(limits[0].as_object(), "customer, entity, limit, currency, from, by, approved_by, why, at", "customer limits");
    const auto row = [&] {
        const auto report = get("report exposure", {{"entity", "emea"}});
        for (const auto& one : report.at("exposures").as_array())
            if (one.at("customer") == "C2") return one.as_object();
        return json::object{};
    };
    EXPECT_EQ(row().at("limit"), "40.00");
    EXPECT_EQ(row().at("exposure"), "1284.50");
    EXPECT_EQ(row().at("available"), "-1244.50");
    const auto statuses = company.in_db<std::vector<jobs::ComposedStatus>>([&](store::Db& db) {
        return jobs::account_statuses(db, company.context, {}, **company.books.entity("emea"));
    });
    const auto held = std::find_if(statuses.begin(), statuses.end(), [](const auto& one) { return one.status.customer == "C2"; });
    ASSERT_NE(held, statuses.end());
    EXPECT_TRUE(held->status.hold);
    EXPECT_EQ(held->status.hold_reason, "open items and orders of 1284.50 EUR are above the credit limit of 40.00 EUR");
    // None lifts it; from a day to come it waits for that day.
    by_two("customer limit", {{"customer", "C2"}, {"amount", "none"}, {"why", "paid"}});
    EXPECT_EQ(row().at("limit"), nullptr);
    by_two("customer limit", {{"customer", "C2"}, {"amount", "0.00"}, {"why", "insolvent"}, {"from", "2027-01-01"}});
    EXPECT_EQ(row().at("limit"), nullptr);
    EXPECT_EQ(ledger::refusal(ask("customer limit", {{"customer", "C2"}, {"amount", "-1.00"}, {"why", "w"}})), "invalid_argument");
    EXPECT_EQ(ledger::refusal(ask("customer limit", {{"customer", "C2"}, {"amount", "1.00"}, {"currency", "XXQ"}, {"why", "w"}})), "unknown_currency");
    EXPECT_EQ(ledger::refusal(ask("customer limit", {{"customer", "C9"}, {"amount", "1.00"}, {"why", "w"}})), "not_found");
}

TEST_F(MoneyVerbs, roles_keep_cash_and_write_offs_apart) {
    const Caller clara{{.kind = audit::Actor::Kind::person, .id = "clara", .name = "Clara Probe"}, {"cash_applier"}};
    for (const char* verb : {"writeoff", "settle", "recover", "waive", "reinstate", "deduction resolve", "rate set"})
        EXPECT_EQ(ledger::refusal(ask(verb, {{"item", "INV-2026/0002"}, {"why", "w"}}, clara)), "refused") << verb;
    EXPECT_EQ(ledger::refusal(ask("cash refund", {{"receipt", "R-99"}}, clara)), "not_found") << "a cash applier may ask for a refund";
}

TEST_F(MoneyVerbs, month_end_jobs_run_for_today_or_the_month_it_closes) {
    schedule.push_back({"reclass emea", "reclass", "emea", *jobs::Cron::parse("0 6 1 * *"), Zone::utc(), "owed.yaml:2"});
    std::optional<Date> ran;
    app.run_job = [&](const std::string&, std::optional<Date> as_of, const audit::Actor&) -> Result<std::string> {
        ran = as_of;
        return std::string{"done"};
    };
    const Caller admin{anna.actor, {"admin"}};
    company.test.clock.set("2026-04-07T08:00:00Z");
    EXPECT_EQ(ledger::refusal(ask("job run", {{"job", "reclass emea"}, {"as_of", "2026-04-02"}}, admin)), "refused");
    EXPECT_EQ(ledger::refusal(ask("job run", {{"job", "reclass emea"}, {"as_of", "2026-02-28"}}, admin)), "refused");
    for (const char* good : {"2026-04-07", "2026-04-01", "2026-03-31", "2026-03-01"}) {
        EXPECT_EQ(ledger::refusal(ask("job run", {{"job", "reclass emea"}, {"as_of", good}}, admin)), "no error") << good;
        EXPECT_EQ(ran, ledger::day(good));
    }
}

}  // namespace
}  // namespace owed::api
