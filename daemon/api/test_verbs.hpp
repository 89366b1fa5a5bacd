// A small company in which every list has something to show, and the verbs asked about it. For tests only.
#pragma once

#include "api/verbs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/detail/json.hpp"
#include "api/migrations.hpp"
#include "intake/fake_connector.hpp"
#include "render/sample_test.hpp"

namespace owed::api {

namespace json = boost::json;
using ::testing::HasSubstr;

inline const Caller anna{{.kind = audit::Actor::Kind::person, .id = "anna", .name = "Anna Probe"}, {"cash_applier", "supervisor", "collector"}};
inline const Caller boris{{.kind = audit::Actor::Kind::person, .id = "boris", .name = "Boris Probe"}, {"approver"}};
inline const Caller vera{{.kind = audit::Actor::Kind::person, .id = "vera", .name = "Vera Probe"}, {"approver"}};
inline const Caller guest{{.kind = audit::Actor::Kind::person, .id = "guest", .name = "Guest Probe"}, {}};

class TestHosts : public owed::Hosts {
  public:
    intake::FakeConnector bank{"house-bank"}, erp{"erp"};
    std::vector<Connector*> connectors() override { return {&bank, &erp}; }
    Connector* find(std::string_view name) override {
        for (auto* one : connectors())
            if (one->name() == name) return one;
        return nullptr;
    }
    Connector* sender_for(std::string_view) override { return nullptr; }  // every notice waits
};

inline App without_a_daemon(ledger::Company& company) {
    return {.store = company.test.store(), .books = company.books, .ledger = company.context, .clock = company.test.clock, .rng = company.test.rng,
            .log = company.test.log, .cash = {}, .people = {}, .demo = false, .hosts = nullptr, .intake = nullptr, .dunning = nullptr, .jobs = nullptr,
            .run_job = {}, .sync = {}, .reload = {}, .advance_clock = {}, .effective_configuration = {}, .alarms = {}, .ready = true};
}

/// A small company in which every list has something to show.
struct VerbsTest : ::testing::Test {
    ledger::Company company{{all_migrations()}};
    TestHosts hosts;
    intake::Intake inbox{company.test.store(), company.context, {}, company.test.rng, company.test.log};
    std::vector<collect::Policy> policies;
    std::map<std::string, jobs::Letterhead> letterheads;
    jobs::DunningSetup dunning{company.context, hosts, company.test.log, policies, render::shipped(), letterheads,
                               [](store::Db& db, std::string_view entity) { return intake::last_bank_day(db, entity); }};
    std::vector<jobs::Job> schedule{{"dunning emea", "dunning", "emea", *jobs::Cron::parse("0 8 * * MON-FRI"), Zone::utc(), "owed.yaml:1"}};
    App app = without_a_daemon(company);

    VerbsTest() {
        app.hosts = &hosts;
        app.intake = &inbox;
        app.dunning = &dunning;
        app.jobs = &schedule;
        collect::Policy policy;
        policy.name = "standard";
        policy.segments = {"*"};
        policy.levels = {{1, 3, collect::Channel::email, "reminder-1", {}, 10}};
        policy.content_hash = std::string(64, 'a');
        policies = {policy};
        auto accounts = company.books.bank_accounts();
        accounts[0].pay_to = true;
        accounts[0].holder = "Nordwind Maschinenbau GmbH";
        company.books = *ledger::Books::make(company.books.entities(), accounts);
        letterheads["emea"].creditor = render::sample_facts().creditor;
        letterheads["emea"].from = "ar@nordwind.example";
        company.test.write([&](store::Tx& tx) -> Status {
            OWED_TRY([[maybe_unused]] auto state, parties::register_pay_to(tx, app.clock, {"emea", accounts[0].iban, {}, {}, "Test Bank", accounts[0].holder, "EUR"}));
            return {};
        });
        hosts.erp.arrives("export", {intake::customer_record("C1", "Beispiel AG"), intake::customer_record("C2", "Muster GmbH"),
                                     intake::invoice_record("INV-2026/0001", "C1", "119.00 EUR"), intake::invoice_record("INV-2026/0002", "C2", "50.00 EUR"),
                                     intake::invoice_record("INV-2026/0003", "C2", "1234.50 EUR"), intake::invoice_record("", "C2", "1.00 EUR")});
        store::ok(inbox.sync(hosts.erp));
        hosts.bank.arrives("feb", {intake::statement_record(intake::statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR",
            {intake::bank_line("2026-03-30", "119.00 EUR", "INV-2026/0001"), intake::bank_line("2026-03-30", "40.00 EUR", "INV-2026/0002")}))});
        store::ok(inbox.sync(hosts.bank));
    }

    Result<Answer> ask(std::string_view verb, const json::object& arguments = {}, const Caller& caller = anna) { return call(app, verb, arguments, caller); }
    json::object get(std::string_view verb, const json::object& arguments = {}, const Caller& caller = anna) {
        return store::ok(ask(verb, arguments, caller)).value().as_object();
    }
    json::object first(std::string_view verb, std::string_view list, const json::object& arguments = {}) {
        const auto answer = get(verb, arguments);
        const auto& array = answer.at(json::string_view{list.data(), list.size()}).as_array();
        if (array.empty()) throw std::runtime_error{std::string{verb} + " lists nothing"};
        return array.front().as_object();
    }
};

/// Every key of INTERFACES.md, comma-separated, is there.
inline void expect_keys(const json::object& object, std::string_view keys, std::string_view verb) {
    while (!keys.empty()) {
        const auto comma = std::min(keys.find(", "), keys.size());
        const auto key = keys.substr(0, comma);
        EXPECT_TRUE(object.contains(json::string_view{key.data(), key.size()})) << verb << " lacks " << key << " in " << json::serialize(object);
        keys.remove_prefix(std::min(comma + 2, keys.size()));
    }
}

/// Amounts are decimal strings everywhere, never numbers.
inline void expect_text_amounts(const json::value& value, std::string_view verb) {
    static const std::set<std::string_view> amounts = {"amount", "unapplied", "original", "residual", "balance", "overdue", "discount", "write_off", "fee", "interest",
                                                       "total", "debit", "credit", "functional", "functional_debit", "functional_credit", "current", "1-30",
                                                       "31-60", "61-90", "over-90", "credits", "disputed", "opening", "closing"};
    if (value.is_array())
        for (const auto& item : value.as_array()) expect_text_amounts(item, verb);
    if (!value.is_object()) return;
    for (const auto& member : value.as_object()) {
        if (amounts.contains(std::string_view{member.key().data(), member.key().size()})) {
            EXPECT_TRUE(member.value().is_string() || member.value().is_null()) << verb << ": " << std::string_view{member.key()} << " is " << json::serialize(member.value());
        }
        expect_text_amounts(member.value(), verb);
    }
}

}  // namespace owed::api
