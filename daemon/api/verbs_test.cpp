#include "api/test_verbs.hpp"
#include "places/places.hpp"
#include <fstream>

namespace owed::api {
namespace {

TEST_F(VerbsTest, lists_have_the_keys_of_interfaces_md) {
    EXPECT_EQ(get("dunning run", {{"entity", "emea"}}).at("runs").as_array().size(), 1U);
    EXPECT_EQ(get("dunning approve", {{"run", 1}}, boris).at("retry"), 1);
    struct Row {
        const char *verb, *list, *keys;
        json::object arguments = {};
    };
    const Row rows[] = {
        {"connectors", "connectors", "name, plugin, entity, isolation, state, reason, last_run, next_run, lag_seconds, records, rejected, retries, restarts, rss_bytes"},
        {"customers", "customers", "customer, entity, name, language, currency, balance, overdue, also, oldest_days, level, hold, terms"},
        {"items", "items", "item, entity, customer, document, kind, document_date, due_date, currency, original, residual, days_overdue, state, dunning_level, dispute, promise"},
        {"receipts", "receipts", "receipt, entity, account, value_date, currency, amount, unapplied, payer, customer, text, state, source, bank_reference, question"},
        {"applications", "applications", "application, receipt, item, document, customer, amount, discount, write_off, fx, stage, confidence, reason, by, at, undone"},
        {"cash pending", "pending", "receipt, amount, payer, text, why, proposals"},
        {"dunning preview", "decisions", "customer, entity, decision, level, channel, language, currency, items, amount, fee, interest, stops, reason"},
        {"dunning runs", "runs", "run, entity, as_of, state"},
        {"notices", "notices", "notice, run, customer, channel, level, language, items, total, state, attempts, message_id, sent_at, outcome"},
        {"outbox", "outbox", "notice, state, attempts, outcome"},
        {"ledger trial-balance", "accounts", "entity, account, name, currency, debit, credit, balance, functional"},
        {"journal", "entries", "entry, entity, gl_date, document_date, cause, reason, lines"},
        {"report aging", "rows", "customer, currency, current, 1-30, 31-60, 61-90, over-90, credits, disputed, total", {{"entity", "emea"}}},
        {"bank-statements", "bank-statements", "account, statement, from, to, opening, closing, entries"},
        {"inbox", "inbox", "artifact, connector, name, state, verdict, records"},
        {"rejects", "rejects", "artifact, connector, where, what"},
        {"jobs", "jobs", "job, schedule, last_run, next_run"},
        {"audit list", "audit", "seq, at, actor, action"},
    };
    for (const auto& row : rows) {
        expect_keys(first(row.verb, row.list, row.arguments), row.keys, row.verb);
        const auto whole = get(row.verb, row.arguments);
        EXPECT_TRUE(whole.contains("as_of")) << row.verb;
        expect_text_amounts(whole, row.verb);
    }
    const auto question = first("cash pending", "pending");
    expect_keys(question.at("proposals").as_array().at(0).as_object(), "items, confidence, evidence, against", "cash pending");
    expect_keys(question.at("proposals").as_array()[0].at("items").as_array().at(0).as_object(), "item, document, amount", "cash pending");
    expect_keys(first("receipts", "receipts").at("source").as_object(), "connector, artifact", "receipts");
    expect_keys(first("journal", "entries").at("lines").as_array().at(0).as_object(), "account, currency, debit, credit, functional_debit, functional_credit, item", "journal");
    expect_keys(get("report aging", {{"entity", "emea"}}), "as_of, entity, currency, edges, rows, totals, control_account, difference", "report aging");
    const auto status = get("status");
    expect_keys(status, "version, ready, clock, store, connectors, outbox, questions, alarms", "status");
    expect_keys(status.at("store").as_object(), "kind, version, size_bytes, wal_bytes", "status");
    expect_keys(status.at("outbox").as_object(), "unknown, oldest_seconds", "status");
    const auto preview = get("dunning preview", {{"as_of", "2026-03-31"}});
    for (const auto& decision : preview.at("decisions").as_array())
        for (const auto& stop : decision.at("stops").as_array()) expect_keys(stop.as_object(), "stop, until, why", "dunning preview");
}

TEST_F(VerbsTest, a_large_answer_is_text_that_says_what_values_would) {
    get("customer set", {{"customer", "C2"}, {"set", json::array{"name=Muster \"Nord\" \\ Söhne"}}});
    for (const char* verb : {"report aging", "customers", "items", "receipts", "applications"}) {
        const auto answer = store::ok(ask(verb, verb == std::string_view{"report aging"} ? json::object{{"entity", "emea"}} : json::object{}));
        EXPECT_TRUE(answer.json.is_null()) << verb;
        EXPECT_EQ(json::serialize(answer.value()), answer.text) << verb;
    }
    EXPECT_EQ(first("report aging", "rows", {{"entity", "emea"}}).at("customer"), nullptr) << "money that is nobody's";
    const auto rows = get("report aging", {{"entity", "emea"}}).at("rows").as_array();
    EXPECT_EQ(rows.back().at("name"), "Muster \"Nord\" \\ Söhne");
    EXPECT_EQ(rows.back().at("1-30"), "1284.50");
    const auto all = get("report aging");
    EXPECT_EQ(all.at("reports").as_array().size(), app.books.entities().size());
    EXPECT_EQ(all.at("reports").as_array().front(), json::value(get("report aging", {{"entity", "emea"}})));
    EXPECT_TRUE(get("receipts", {{"state", "returned"}}).at("receipts").as_array().empty());
}

TEST_F(VerbsTest, what_a_customer_owes_in_another_currency_is_said_too) {
    hosts.erp.arrives("abroad", {intake::invoice_record("INV-US", "C2", "50000.00 USD"), intake::invoice_record("INV-US2", "C2", "1.00 USD", "2026-03-30", "2027-01-01")});
    for (const char* day : {"2026-02-01", "2026-03-30"}) company.rate("EUR", "USD", day, "1.10");
    store::ok(inbox.sync(hosts.erp));
    const auto customers = get("customers", {{"entity", "emea"}}).at("customers").as_array();
    EXPECT_EQ(customers[1].at("balance"), "1284.50");
    EXPECT_EQ(customers[1].at("also"), (json::array{json::object{{"balance", "50001.00"}, {"overdue", "50000.00"}, {"currency", "USD"}}}));
    EXPECT_TRUE(customers[0].at("also").as_array().empty());
}

TEST_F(VerbsTest, values_say_what_the_books_say) {
    const auto customers = get("customers", {{"entity", "emea"}}).at("customers").as_array();
    ASSERT_EQ(customers.size(), 2U);
    EXPECT_EQ(customers[1].at("customer"), "C2");
    EXPECT_EQ(customers[1].at("balance"), "1284.50");
    EXPECT_EQ(customers[1].at("overdue"), "1284.50");
    EXPECT_EQ(customers[1].at("oldest_days"), 28);
    EXPECT_EQ(customers[0].at("balance"), "0.00");
    EXPECT_EQ(get("items", {{"open", true}, {"customer", "C2"}}).at("items").as_array().size(), 2U);
    const auto receipts = get("receipts").at("receipts").as_array();
    EXPECT_EQ(receipts.at(0).at("state"), "applied");
    EXPECT_EQ(receipts.at(1).at("state"), "unidentified");
    EXPECT_EQ(receipts.at(1).at("source").at("connector"), "house-bank");
    EXPECT_EQ(get("receipts", {{"state", "applied"}}).at("receipts").as_array().size(), 1U);
    const auto application = first("applications", "applications");
    EXPECT_EQ(application.at("receipt"), receipts[0].at("receipt"));
    EXPECT_EQ(application.at("document"), "INV-2026/0001");
    const auto of = [&](const json::value& item) { return get("applications", {{"item", item}}).at("applications").as_array(); };
    ASSERT_EQ(of("INV-2026/0001").size(), 1U);
    EXPECT_EQ(of("INV-2026/0001")[0].at("application"), application.at("application"));
    EXPECT_EQ(of(application.at("receipt")), of("INV-2026/0001"));
    EXPECT_TRUE(of("INV-2026/0002").empty());
    EXPECT_EQ(ledger::refusal(ask("applications", {{"item", "INV-9"}})), "not_found");
    // A receipt has a number in every list.
    const auto items = get("items");
    for (const auto& item : items.at("items").as_array()) EXPECT_NE(item.at("document"), "");
    EXPECT_EQ(get("report aging", {{"entity", "emea"}}).at("difference"), (json::object{{"EUR", "0.00"}}));
    EXPECT_EQ(get("ledger verify").at("ok"), true);
    EXPECT_EQ(get("audit verify").at("ok"), true);
    EXPECT_EQ(get("status").at("questions"), 1);
}

TEST_F(VerbsTest, an_unknown_argument_is_refused_by_every_verb) {
    for (const auto& verb : verbs()) {
        const Caller all{anna.actor, {"viewer", "collector", "cash_applier", "supervisor", "approver", "integrator", "admin", "auditor"}};
        json::object arguments{{"no_such_argument", 1}};
        for (const char* key : {"agency", "key", "order", "connector", "customer", "receipt", "why", "set", "file", "to", "job", "outcome", "month", "entity", "item",
                                "agreed", "on", "why", "amount", "resolution", "from", "to", "rate", "date", "into", "credit", "document", "account"}) {
            // Only those that the verb needs to come as far as the check; each verb names its own.
            auto tried = call(app, verb.name, arguments, all);
            ASSERT_FALSE(tried) << verb.name;
            ASSERT_EQ(tried.error().code, Errc::invalid_argument) << verb.name << ": " << to_text(tried.error());
            if (tried.error().where == key) arguments[key] = key == std::string_view{"file"} ? "/x" : key == std::string_view{"entity"} ? "emea" : "x";
        }
        for (const char* key : {"artifact", "notice", "run", "alias", "rule", "application", "approval", "relation"}) {
            auto tried = call(app, verb.name, arguments, all);
            ASSERT_FALSE(tried) << verb.name;
            if (tried.error().where == key) arguments[key] = 1;
        }
        for (const char* key : {"customer", "receipt", "why", "set", "outcome"}) {
            auto tried = call(app, verb.name, arguments, all);
            ASSERT_FALSE(tried) << verb.name;
            if (tried.error().where == key) arguments[key] = "x";
        }
        const auto refused = call(app, verb.name, arguments, all);
        ASSERT_FALSE(refused) << verb.name;
        EXPECT_EQ(refused.error().where, "no_such_argument") << verb.name << ": " << to_text(refused.error());
        EXPECT_EQ(exit_code(refused.error().code), 2) << verb.name;
    }
}

TEST_F(VerbsTest, a_locked_period_opens_again_with_a_second_person_only) {
    EXPECT_EQ(ledger::refusal(call(app, "period close", {{"month", "2026-02"}, {"entity", "emea"}}, anna)), "refused") << "SECURITY 7.5";
    EXPECT_EQ(ledger::refusal(call(app, "period close", {{"month", "2026-03"}, {"entity", "emea"}}, vera)), "invalid_argument") << "it is not over";
    EXPECT_EQ(ledger::refusal(call(app, "period close", {{"month", "2026-04"}, {"entity", "emea"}, {"soft", true}}, vera)), "invalid_argument") << "it has not begun";
    const auto closed = get("period close", {{"month", "2026-02"}, {"entity", "emea"}}, vera);
    ASSERT_EQ(closed.at("periods").as_array().size(), 1U);
    EXPECT_EQ(closed.at("periods").at(0).at("state"), "locked");
    const auto asked = get("period reopen", {{"month", "2026-02"}, {"entity", "emea"}, {"why", "a credit memo came late"}}, vera);
    EXPECT_EQ(asked.at("state"), "open");
    EXPECT_EQ(asked.at("kind"), "period_reopen");
    const auto id = asked.at("approval").as_int64();
    EXPECT_EQ(get("period list", {}, guest).at("periods").at(0).at("state"), "locked") << "asking alone opens nothing";
    const auto alone = call(app, "approve", {{"approval", id}}, vera);
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().code, Errc::refused);
    const auto done = get("approve", {{"approval", id}}, boris);
    EXPECT_EQ(done.at("done").at("state"), "open");
    EXPECT_TRUE(get("period list", {}, guest).at("periods").as_array().empty());
    const auto changes = get("period list", {}, guest).at("changes").as_array();
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[1].at("by"), "vera");
    EXPECT_EQ(changes[1].at("approved_by"), "boris");
    EXPECT_EQ(get("approvals", {{"state", "approved"}}, guest).at("approvals").at(0).at("approval"), id);
    EXPECT_EQ(ledger::refusal(ask("approvals", {{"state", "nix"}}, guest)), "invalid_argument") << "none of a state that there is not would read as none";
    // Closing twice is one act.
    const auto acts = [&] { return get("audit list", {}, guest).at("audit").as_array().size(); };
    get("period close", {{"month", "2026-01"}, {"entity", "emea"}}, boris);
    const auto once = acts();
    get("period close", {{"month", "2026-01"}, {"entity", "emea"}}, boris);
    EXPECT_EQ(acts(), once);
    // Softly closed is opened by one.
    get("period close", {{"month", "2026-02"}, {"entity", "emea"}, {"soft", true}}, boris);
    EXPECT_TRUE(get("period reopen", {{"month", "2026-02"}, {"entity", "emea"}, {"why", "w"}}, boris).at("periods").as_array().size() == 1U);
    // One before a locked one stays as it is: nobody is asked to approve what cannot be.
    get("period close", {{"month", "2026-02"}, {"entity", "emea"}}, boris);
    const auto earlier = call(app, "period reopen", {{"month", "2026-01"}, {"entity", "emea"}, {"why", "w"}}, boris);
    ASSERT_FALSE(earlier);
    EXPECT_EQ(earlier.error().code, Errc::period_closed);
    EXPECT_EQ(earlier.error().advice, "its closing balances would change: reopen 2026-02 first");
}

TEST_F(VerbsTest, lists_of_a_past_day_and_of_what_was_known_then) {
    const auto balance = [&](const json::object& asked) {
        const auto answer = get("customers", asked);
        for (const auto& one : answer.at("customers").as_array())
            if (one.at("customer") == "C1") return std::string{one.at("balance").as_string()};
        return std::string{"none"};
    };
    const auto dated = first("items", "items", {{"customer", "C1"}});
    const Date posted = *parse_date(std::string{dated.at("document_date").as_string()});
    EXPECT_EQ(balance({{"as_of", to_text(posted.plus_days(-1))}}), "0.00");
    EXPECT_EQ(balance({{"as_of", to_text(posted)}}), "119.00") << "paid later";
    EXPECT_EQ(get("customers", {{"as_of", "2026-03-01"}}).at("as_of"), "2026-03-01");
    const auto before = to_text(Instant{company.test.clock.now().micros - 1});
    EXPECT_TRUE(get("items", {{"known_at", before}}).at("items").as_array().empty()) << "all of it was recorded since";
    EXPECT_TRUE(get("ledger trial-balance", {{"known_at", before}}).at("accounts").as_array().empty());
    EXPECT_EQ(get("items", {{"known_at", to_text(company.test.clock.now())}}).at("items"), get("items").at("items"));
    EXPECT_EQ(ledger::refusal(ask("items", {{"known_at", "yesterday"}})), "invalid_argument");
}

TEST_F(VerbsTest, aging_shows_apart_what_was_recorded_late) {
    const auto today = *parse_date(std::string{get("items").at("as_of").as_string()});
    const json::object of_today{{"entity", "emea"}, {"as_of", to_text(today)}};
    EXPECT_TRUE(get("report aging", of_today).at("late").as_array().empty()) << "today is not over";
    company.test.clock.pass_seconds(2 * 86'400);
    hosts.erp.arrives("late", {intake::invoice_record("INV-LATE", "C2", "10.00 EUR"), intake::invoice_record("INV-LATE-2", "C2", "5.00 EUR")});
    store::ok(inbox.sync(hosts.erp));
    const auto report = get("report aging", of_today);
    const auto late = report.at("late").as_array();
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0], (json::value{{"customer", "C2"}, {"currency", "EUR"}, {"amount", "15.00"}, {"entries", 2}}));
    auto known_then = of_today;
    known_then["known_at"] = to_text(Instant{company.test.clock.now().micros - 1});
    EXPECT_TRUE(get("report aging", known_then).at("late").as_array().empty());
}

TEST_F(VerbsTest, the_guide_for_it_says_what_each_role_may) {
    std::ifstream file{owed::source_folder() + "/docs/it.md"};
    const std::string guide{std::istreambuf_iterator<char>{file}, {}};
    for (const char* role : {"cash_applier", "collector", "supervisor", "approver", "integrator", "admin"}) {
        std::string row = "| `" + std::string{role} + "` | ";
        const auto length = row.size();
        for (const auto& verb : verbs()) {
            if (!verb.changes || ("|" + std::string{verb.role} + "|").find("|" + std::string{role} + "|") == std::string::npos) continue;
            if (verb.name == "clock advance") continue;      // demo folders only
            row += (row.size() > length ? ", `" : "`") + std::string{verb.name} + "`";
        }
        EXPECT_NE(guide.find(row + " |\n"), std::string::npos) << row;
    }
}

TEST_F(VerbsTest, who_pays_for_whom_is_said_ended_and_listed) {
    const auto added = get("relation add", {{"customer", "emea/C2"}, {"payer", "C1"}, {"kind", "parent"}, {"from", "2026-01-01"}}, anna);
    ASSERT_EQ(added.at("relations").as_array().size(), 1U);
    const auto& one = added.at("relations").at(0);
    EXPECT_EQ(one.at("payer"), "C1");
    EXPECT_EQ(one.at("pays_for"), "C2");
    const auto ended = get("relation end", {{"relation", one.at("relation")}, {"on", "2026-03-31"}}, anna);
    EXPECT_EQ(ended.at("relations").at(0).at("until"), "2026-03-31");
    EXPECT_FALSE(ask("relation add", {{"customer", "emea/C2"}}, anna)) << "nobody is named as payer";
    const auto merged = get("customer merge", {{"customer", "emea/C2"}, {"into", "C1"}, {"why", "one company, two numbers"}}, anna);
    EXPECT_EQ(merged.at("merges").at(0).at("into"), "C1");
    EXPECT_TRUE(merged.at("merges").at(0).at("split_at").is_null());
    EXPECT_FALSE(get("customer split", {{"customer", "emea/C2"}, {"why", "two after all"}}, anna).at("merges").at(0).at("split_at").is_null());
}

TEST_F(VerbsTest, a_rejected_request_does_nothing_and_says_why) {
    get("period close", {{"month", "2026-02"}, {"entity", "emea"}}, boris);
    const auto id = get("period reopen", {{"month", "2026-02"}, {"entity", "emea"}, {"why", "w"}}, vera).at("approval").as_int64();
    EXPECT_FALSE(call(app, "reject", {{"approval", id}}, boris)) << "without a reason";
    EXPECT_EQ(get("reject", {{"approval", id}, {"why", "book it in March"}}, boris).at("why"), "book it in March");
    EXPECT_EQ(get("period list", {}, guest).at("periods").at(0).at("state"), "locked");
    EXPECT_FALSE(call(app, "approve", {{"approval", id}}, boris));
}

TEST_F(VerbsTest, verbs_that_change_take_a_role) {
    for (const auto& verb : verbs()) {
        if (!verb.changes) {
            EXPECT_TRUE(verb.role.empty()) << verb.name;
            continue;
        }
        EXPECT_FALSE(verb.role.empty()) << verb.name;
        EXPECT_FALSE(verb.offline) << verb.name;
        const auto refused = call(app, verb.name, {}, guest);
        ASSERT_FALSE(refused) << verb.name;
        EXPECT_EQ(refused.error().code, Errc::refused) << verb.name;
        EXPECT_EQ(exit_code(refused.error().code), 4);
        EXPECT_THAT(refused.error().what, HasSubstr("Guest Probe may not"));
    }
    // A role is a whole word: "cash" is not "cash_applier".
    const Caller almost{guest.actor, {"cash", "super", "supervisor|"}};
    EXPECT_EQ(ledger::refusal(ask("cash run", {}, almost)), "refused");
    EXPECT_EQ(ledger::refusal(ask("receipts", {}, guest)), "no error");
    EXPECT_EQ(ledger::refusal(ask("no such verb")), "not_found");
}

TEST_F(VerbsTest, wrong_values_are_named) {
    struct Row {
        const char* verb;
        json::object arguments;
        const char *code, *where;
    };
    const Row rows[] = {
        {"items", {{"as_of", "31.03.2026"}}, "invalid_argument", "as_of"},
        {"items", {{"customer", "C9"}}, "not_found", ""},
        {"receipts", {{"state", "lost"}}, "invalid_argument", "state"},
        {"notices", {{"state", "lost"}}, "invalid_argument", "state"},
        {"journal", {{"limit", "many"}}, "invalid_argument", "limit"},
        {"report aging", {{"entity", "atlantis"}}, "not_found", "entity"},
        {"cash show", {}, "invalid_argument", "receipt"},
        {"cash show", {{"receipt", "R-99"}}, "not_found", ""},
        {"cash apply", {{"receipt", "R-4"}, {"items", json::array{"INV-1"}}}, "invalid_argument", "items"},
        {"cash apply", {{"receipt", "R-4"}, {"items", json::array{1}}}, "invalid_argument", "items"},
        {"notices show", {{"notice", 99}}, "not_found", ""},
        {"inbox show", {{"artifact", 99}}, "not_found", ""},
        {"inbox release", {{"artifact", 1}}, "invalid_argument", "why"},
        {"inbox release", {{"artifact", 1}, {"why", "x"}}, "refused", ""},
        {"dunning run", {{"as_of", "2026-03-28"}}, "refused", "as_of"},      // a Saturday: never scheduled
        {"dunning run", {{"as_of", "2026-04-01"}}, "refused", "as_of"},      // not yet
        {"customer set", {{"customer", "C1"}, {"set", "shoe_size=42"}}, "invalid_argument", ""},
        {"outbox resolve", {{"notice", 1}, {"outcome", "perhaps"}}, "invalid_argument", "outcome"},
        {"writeback resolve", {{"key", "A1-00"}, {"outcome", "perhaps"}, {"why", "x"}}, "invalid_argument", "outcome"},
        {"writeback resolve", {{"key", "A1-00"}, {"outcome", "sent"}}, "invalid_argument", "why"},
        {"writeback resolve", {{"key", "A1-00"}, {"outcome", "sent"}, {"why", "x"}}, "not_found", "key"},
    };
    for (const auto& row : rows) {
        const auto refused = ask(row.verb, row.arguments);
        ASSERT_FALSE(refused) << row.verb << json::serialize(row.arguments);
        EXPECT_EQ(name_of(refused.error().code), row.code) << row.verb << ": " << to_text(refused.error());
        if (*row.where != '\0') {
            EXPECT_EQ(refused.error().where, row.where) << row.verb;
        }
        const auto shown = error_json(refused.error()).as_object().at("error").as_object();
        expect_keys(shown, "code, what, where, do", row.verb);
    }
}

TEST_F(VerbsTest, a_person_answers_a_question) {
    const auto number = std::string{first("cash pending", "pending").at("receipt").as_string()};
    const auto done = get("cash apply", {{"receipt", number}, {"items", "INV-2026/0002=40.00"}});
    EXPECT_EQ(done.at("state"), "applied");
    EXPECT_EQ(done.at("unapplied"), "0.00");
    EXPECT_EQ(done.at("applications").as_array().at(0).at("by"), "person anna");
    const auto application = done.at("applications").as_array()[0].at("application").as_int64();
    const auto undone = get("cash unapply", {{"application", application}, {"why", "another invoice"}});
    EXPECT_EQ(undone.at("state"), "on_account");
    EXPECT_THAT(std::string{undone.at("why").as_string()}, HasSubstr("another invoice"));
    EXPECT_EQ(get("ledger verify").at("ok"), true);
}

TEST_F(VerbsTest, without_a_daemon_the_marked_verbs_look_and_the_others_say_so) {
    App offline = without_a_daemon(company);
    for (const char* verb : {"customers", "items", "receipts", "ledger verify", "journal", "report aging", "audit verify"})
        EXPECT_EQ(ledger::refusal(call(offline, verb, {}, guest)), "no error") << verb;
    const Caller admin{anna.actor, {"admin", "supervisor"}};
    for (const char* verb : {"connectors", "sync", "jobs", "dunning run", "dunning preview", "reload", "config show"}) {
        const auto refused = call(offline, verb, {}, admin);
        ASSERT_FALSE(refused) << verb;
        EXPECT_THAT(refused.error().what, HasSubstr("needs the running daemon")) << verb;
    }
    EXPECT_EQ(ledger::refusal(call(offline, "clock advance", {{"to", "2026-04-07T08:00"}}, admin)), "refused");
}

TEST(ExitCodes, as_interfaces_md_has_them) {
    EXPECT_EQ(exit_code(Errc::invalid_argument), 2);
    EXPECT_EQ(exit_code(Errc::refused), 4);
    EXPECT_EQ(exit_code(Errc::approval_required), 4);
    EXPECT_EQ(exit_code(Errc::invalid_config), 78);
    EXPECT_EQ(exit_code(Errc::not_found), 1);
    EXPECT_EQ(exit_code(Errc::malformed_input), 1);
}

/// Books in use were made by these very texts: a step that is written otherwise is refused when they are opened. What is to change is
/// a step of its own, with a line here.
TEST(Migrations, that_were_written_once_stay_as_they_are) {
    const std::map<int, std::string_view> written = {
        {10, "d699ce9cd88b8e6b"}, {12, "24641a5409bf2d5a"}, {20, "214dbbe6ea4d3f01"}, {21, "0076f262fa4fb53d"}, {22, "d71bd05153fb2c24"},
        {23, "6ec8a0ae282242f7"}, {29, "661f4b2335e5efad"}, {30, "00f7aaf3bf22e5e7"}, {31, "b7676ac6d0d46b10"}, {32, "9caeffd6cbfed768"},
        {33, "167d0ed063e4c204"}, {34, "3d3a9f3c7810cc1f"}, {35, "c51c8c2ebd930dcc"}, {38, "00563d8d9c7e0f06"}, {39, "b5e368eb9c17c9db"},
        {40, "f7a8408d8f0d26d6"}, {41, "845991c6de9b2bae"}, {42, "1fc8980d36c69497"}, {43, "d7f9b0698288d08a"}, {44, "0bb2ec1addd31f3a"}, {45, "a0ed17b7c332887e"}, {46, "bfd6b36119237663"}, {47, "257ac03dd4f1ead8"}, {48, "56f6a270484c0c94"}, {49, "d965c56e30764529"}, {50, "4139f6d7683704de"},
        {51, "24e905b7c388864d"}, {52, "2be6029c5575b0d3"}, {60, "57f80007592434f3"}, {61, "a7b39c03b336cdcf"}, {70, "6cee06bd52be858f"}, {71, "04b6e0b860f53082"}, {72, "308b338f340f9a9a"},
        {80, "26149a1ca74f5d60"}, {81, "04f192620df0a47e"}, {90, "ca890bcb668cc58c"}, {92, "d792ace7f143bc10"}, {93, "2786d68f6248c390"},
    };
    EXPECT_EQ(all_migrations().size(), written.size()) << "a step was taken away";
    for (const auto& step : all_migrations()) {
        const auto hash = store::hex(store::sha256(step.sql)).substr(0, 16);
        const auto known = written.find(step.number);
        EXPECT_TRUE(known != written.end() && known->second == hash) << "step " << step.number << " (" << step.name << ") reads {" << step.number << ", \"" << hash << "\"}";
    }
}

TEST(Migrations, are_one_sequence_without_repetition) {
    int before = 0;
    for (const auto& step : all_migrations()) {
        EXPECT_GT(step.number, before) << step.name;
        before = step.number;
    }
}

}  // namespace
}  // namespace owed::api
