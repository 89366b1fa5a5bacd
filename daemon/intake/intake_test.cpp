#include "intake/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/erp_writes.hpp"
#include "intake/fake_connector.hpp"
#include "ledger/retainage.hpp"
#include "owed/card.hpp"

namespace owed::intake {
namespace {

using ledger::day;
using ledger::money;
using store::ok;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const audit::Actor anna{.kind = audit::Actor::Kind::person, .id = "anna", .name = "Anna Probe"};

struct IntakeTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), migrations()}};
    FakeConnector bank{"house-bank"}, erp{"erp"};
    Settings settings;

    Intake intake() { return {company.test.store(), company.context, settings, company.test.rng, company.test.log}; }
    SyncSummary sync(FakeConnector& connector) { return store::ok(intake().sync(connector)); }
    void known_customer() {
        erp.arrives("customers.csv", {customer_record("C1", "Beispiel AG", {"DE02100100100006820101"})});
        sync(erp);
    }
    void known_invoice(const std::string& number = "INV-2026/0042", std::string_view gross = "119.00 EUR") {
        erp.arrives("invoice " + number, {invoice_record(number, "C1", gross)});
        sync(erp);
    }
    std::vector<Artifact> all() {
        return company.in_db<std::vector<Artifact>>([](store::Db& db) { return artifacts(db); });
    }
    Artifact last() { return all().back(); }
    std::vector<Reject> all_rejects() {
        return company.in_db<std::vector<Reject>>([](store::Db& db) { return rejects(db); });
    }
    /// "100.00 applied, 20.00 unidentified"
    std::string receipts() {
        std::string text;
        for (const auto& one : company.in_db<std::vector<cash::Receipt>>([](store::Db& db) { return cash::receipts(db, {}); }))
            text += (text.empty() ? "" : ", ") + to_text(one.amount) + " " + one.state_name;
        return text;
    }
    /// "INV-1 119.00/0.00": documents with original and residual, receipts left out.
    std::string documents() {
        std::string text;
        for (const auto& item : company.items({}))
            if (item.kind != ledger::ItemKind::receipt)
                text += (text.empty() ? "" : ", ") + item.document + " " + to_text(item.original) + "/" + to_text(item.residual);
        return text;
    }
    /// "3 = 1 applied 1 duplicates 1 rejected 0 ignored"
    std::string counts_of(const Artifact& artifact) {
        const auto ignored = company.in_db<std::int64_t>([&](store::Db& db) {
            auto query = db.query("SELECT ignored FROM artifact WHERE id = ?");
            query.bind(artifact.id.value);
            query.step();
            return query.integer(0);
        });
        EXPECT_EQ(artifact.records, artifact.applied + artifact.duplicates + artifact.rejected + ignored);
        return std::to_string(artifact.records) + " = " + std::to_string(artifact.applied) + " applied " + std::to_string(artifact.duplicates) +
               " duplicates " + std::to_string(artifact.rejected) + " rejected " + std::to_string(ignored) + " ignored";
    }
    std::int64_t entries() {
        return company.in_db<std::int64_t>([](store::Db& db) {
            auto query = db.query("SELECT count(*) FROM journal_entry");
            query.step();
            return query.integer(0);
        });
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
    }
};

TEST_F(IntakeTest, customers_and_documents_become_open_items) {
    auto taken_over = invoice_record("INV-2", "C1", "200.00 EUR");
    auto& document = std::get<ArDocument>(taken_over.body);
    document.open = amount("50.00 EUR");
    document.dunning_level = 2;
    document.last_notice_date = day("2026-03-20");
    erp.arrives("export.csv", {customer_record("C1", "Beispiel AG"), invoice_record("INV-1", "C1", "119.00 EUR"), taken_over,
                               document_record(ArDocument::Kind::credit_memo, "CM-1", "C1", "19.00 EUR", "2026-03-01", "2026-03-01")});
    const auto done = sync(erp);
    EXPECT_EQ(done.records, 4);
    EXPECT_EQ(documents(), "CM-1 -19.00/-19.00, INV-1 119.00/119.00, INV-2 200.00/50.00");
    EXPECT_EQ(counts_of(last()), "4 = 4 applied 0 duplicates 0 rejected 0 ignored");
    EXPECT_EQ(last().verdict, "accept");
    const auto levels = company.in_db<std::map<std::int64_t, collect::ItemDunning>>([](store::Db& db) { return collect::item_levels(db); });
    ASSERT_EQ(levels.size(), 1U);
    EXPECT_EQ(levels.begin()->second.level, 2);
    EXPECT_EQ(levels.begin()->second.last_notice, day("2026-03-20"));
}

/// 40 % after 30 days, 60 % after 60.
auto split_terms() {
    auto terms = ok(parse_terms("net 30"));
    for (const auto& [percent, days] : {std::pair{"40", 30}, std::pair{"60", 60}}) {
        Instalment part;
        part.percent = ok(parse_decimal(percent));
        part.due.days = days;
        terms.instalments.push_back(part);
    }
    return terms;
}

TEST_F(IntakeTest, payment_terms_say_when_it_is_due_and_what_may_be_taken_off) {
    settings.terms.by_name["SPLIT"] = split_terms();
    const auto invoice = [](const std::string& number, const std::string& terms, bool with_due_date) {
        auto record = invoice_record(number, "C1", "640.00 EUR");
        auto& document = std::get<ArDocument>(record.body);
        document.terms = terms;
        document.document_date = ledger::day("2026-03-01");
        if (!with_due_date) document.due_date.reset();
        return record;
    };
    auto dated = invoice("I-3", "", true);
    std::get<ArDocument>(dated.body).discounts = {{ledger::day("2026-03-10"), "2", {}}};
    erp.arrives("terms.csv", {customer_record("C1", "Beispiel AG"), invoice("I-1", "3/14 net 60", false), invoice("I-2", "SPLIT", false), dated,
                              invoice("I-4", "Z099", true), invoice("I-5", "Z099", false)});
    auto inbox = intake();
    ok(inbox.sync(erp));
    std::map<std::string, std::vector<std::string>> seen;
    for (const auto& item : company.items({.entity = "emea"})) {
        auto text = to_text(item.due_date) + " " + to_text(item.original);
        company.test.read([&](store::Db& db) {
            if (const auto terms = ledger::terms_of(db, item.id))
                for (const auto& tier : terms->discounts) text += ", " + to_text(tier.amount) + " until " + to_text(tier.until);
        });
        seen[item.document].push_back(text);
    }
    EXPECT_THAT(seen["I-1"], ElementsAre("2026-04-30 640.00, 19.20 until 2026-03-15"));
    EXPECT_THAT(seen["I-2"], ElementsAre("2026-03-31 256.00", "2026-04-30 384.00"));
    EXPECT_EQ(seen["I-3"].at(0).substr(10), " 640.00, 12.80 until 2026-03-10");
    EXPECT_EQ(seen["I-4"].size(), 1U) << "the due date is said: unknown terms are a note";
    EXPECT_FALSE(seen.contains("I-5")) << "nothing says when it is due";
    company.test.read([&](store::Db& db) {
        ASSERT_EQ(rejects(db).size(), 1U);
        EXPECT_THAT(rejects(db)[0].what, HasSubstr("Z099"));
        EXPECT_THAT(rejects(db)[0].where, HasSubstr("column terms"));
    });
}

TEST_F(IntakeTest, an_invoice_in_instalments_comes_again_every_day) {
    settings.terms.by_name["SPLIT"] = split_terms();
    const auto invoice = [](const std::string& gross) {
        auto record = invoice_record("I-2", "C1", gross);
        auto& document = std::get<ArDocument>(record.body);
        document.terms = "SPLIT";
        document.due_date.reset();
        document.disputed = amount("100.00 EUR");
        return record;
    };
    auto inbox = intake();
    erp.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice("640.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_EQ(documents(), "I-2 256.00/256.00, I-2 384.00/384.00");
    std::vector<std::string> disputed;
    company.test.read([&](store::Db& db) {
        for (const auto& item : company.items({.entity = "emea"}))
            if (const auto terms = ledger::terms_of(db, item.id); terms && terms->disputed) disputed.push_back(to_text(*terms->disputed));
    });
    EXPECT_THAT(disputed, ElementsAre("40.00", "60.00")) << "what is disputed of the invoice is disputed of its parts";
    erp.arrives("tuesday", {customer_record("C1", "Beispiel AG"), invoice("640.00 EUR"), invoice_record("I-3", "C1", "1.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_EQ(counts_of(last()), "3 = 1 applied 2 duplicates 0 rejected 0 ignored");
    erp.arrives("wednesday", {invoice("641.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_THAT(all_rejects().at(0).what, HasSubstr("was taken with 640.00 EUR and comes again with 641.00 EUR"));
    // An agency's money goes to the first part that can bear it, and once.
    AgencyUpdate paid;
    paid.placement = "C1-20260331";
    paid.agency = "nord";
    paid.document = "I-2";
    paid.state = "paid";
    paid.gross = amount("300.00 EUR");
    paid.remittance = "REM-1";
    for (const char* name : {"remittance", "again"}) {
        erp.arrives(name, {{paid, {}, name}});
        ok(inbox.sync(erp));
        EXPECT_THAT(documents(), HasSubstr("I-2 256.00/256.00, I-3 1.00/1.00, I-2 384.00/84.00")) << name;
    }
}

TEST_F(IntakeTest, a_retained_share_is_an_item_of_its_own) {
    const auto invoice = [](const char* number, const char* gross, const char* share, const char* open = nullptr) {
        auto record = invoice_record(number, "C1", gross);
        auto& document = std::get<ArDocument>(record.body);
        document.retained = amount(share);
        document.release_date = ledger::day("2027-03-01");
        if (open != nullptr) document.open = amount(open);
        return record;
    };
    auto inbox = intake();
    erp.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice("I-2", "1000.00 EUR", "100.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_EQ(documents(), "I-2 900.00/900.00, I-2/R 100.00/100.00");
    for (const auto& item : company.items({.entity = "emea"})) EXPECT_EQ(item.retained, item.document == "I-2/R");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::retainage_receivable), 10'000);
    // The whole comes again every day; another figure is another document.
    erp.arrives("tuesday", {invoice("I-2", "1000.00 EUR", "100.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 1 duplicates 0 rejected 0 ignored");
    erp.arrives("wednesday", {invoice("I-2", "900.00 EUR", "100.00 EUR"), invoice("I-3", "100.00 EUR", "100.00 EUR"), invoice("I-4", "100.00 EUR", "10.00 EUR", "40.00 EUR")});
    ok(inbox.sync(erp));
    EXPECT_EQ(counts_of(last()), "3 = 0 applied 0 duplicates 3 rejected 0 ignored");
    EXPECT_THAT(all_rejects().at(0).what, HasSubstr("was taken with 1000.00 EUR and comes again with 900.00 EUR"));
    EXPECT_THAT(all_rejects().at(1).what, HasSubstr("is not a share of"));
    EXPECT_THAT(all_rejects().at(2).what, HasSubstr("partly paid"));
    EXPECT_EQ(documents(), "I-2 900.00/900.00, I-2/R 100.00/100.00");
}

TEST_F(IntakeTest, an_invoice_in_advance_is_a_liability) {
    auto record = invoice_record("D-1", "C1", "119.00 EUR");
    std::get<ArDocument>(record.body).tax = amount("19.00 EUR");
    std::get<ArDocument>(record.body).deposit = true;
    auto inbox = intake();
    erp.arrives("monday", {customer_record("C1", "Beispiel AG"), record});
    ok(inbox.sync(erp));
    EXPECT_EQ(documents(), "D-1 119.00/119.00");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::contract_liability), -10'000);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::revenue), 0);
}

TEST_F(IntakeTest, terms_that_decide_nothing_reject_nothing) {
    auto memo = document_record(ArDocument::Kind::credit_memo, "CM-1", "C1", "19.00 EUR", "2026-03-01", "2026-03-01");
    std::get<ArDocument>(memo.body).terms = "Z099";
    std::get<ArDocument>(memo.body).due_date.reset();
    auto goods = invoice_record("I-1", "C1", "640.00 EUR");
    std::get<ArDocument>(goods.body).terms = "2/10 net 30 rog";
    auto cents = invoice_record("I-2", "C1", "0.10 EUR");
    std::get<ArDocument>(cents.body).terms = "3/14 net 60";
    erp.arrives("export", {customer_record("C1", "Beispiel AG"), memo, goods, cents});
    sync(erp);
    EXPECT_EQ(counts_of(last()), "4 = 4 applied 0 duplicates 0 rejected 0 ignored") << "a discount that rounds to nothing is none";
    EXPECT_THAT(last().warnings.at(0).what, HasSubstr("it says itself when it is due, and no discount is offered"));
}

TEST_F(IntakeTest, under_authority_erp_its_open_amounts_are_followed) {
    FakeConnector sap{"sap", "sap"};
    const auto invoice = [](const char* open) {
        auto record = invoice_record("I-1", "C1", "100.00 EUR");
        if (open != nullptr) std::get<ArDocument>(record.body).open = amount(open);
        return record;
    };
    const auto says = [&](const char* name, const char* open) {
        sap.arrives(name, {invoice(open)});
        sync(sap);
        return std::pair{last().warnings.empty() ? "" : last().warnings.front().what, company.items({.entity = "sap"}).front().residual};
    };
    sap.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice(nullptr)});
    sync(sap);
    // What an agency collected is in flight until the ERP has it, not owed again.
    AgencyUpdate collected;
    collected.placement = "C1-1";
    collected.agency = "nord";
    collected.document = "I-0";
    collected.state = "paid";
    collected.gross = amount("100.00 EUR");
    collected.remittance = "REM-1";
    auto other = invoice_record("I-0", "C1", "100.00 EUR");
    std::get<ArDocument>(other.body).due_date = std::get<ArDocument>(other.body).due_date->plus_days(90);
    sap.arrives("agency", {other, {collected, {}, "rem.csv:2"}});
    sync(sap);
    std::get<ArDocument>(other.body).open = amount("100.00 EUR");
    sap.arrives("the next morning", {other});
    sync(sap);
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 1 duplicates 0 rejected 0 ignored");
    const auto [warning, residual] = says("tuesday", "60.00 EUR");
    EXPECT_EQ(warning, "document I-1 is open with 60.00 EUR at the source and with 100.00 EUR here; an adjustment of -40.00 EUR stands until the document "
                       "or receipt that one side lacks has come");
    EXPECT_EQ(residual, ledger::money("60.00 EUR"));
    const auto before = entries();
    EXPECT_EQ(says("wednesday", "60.00 EUR").first, "") << "said once";
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(says("thursday", "100.00 EUR").second, ledger::money("100.00 EUR"));
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST_F(IntakeTest, under_authority_erp_an_open_amount_is_of_the_whole_with_its_retained_share) {
    FakeConnector sap{"sap", "sap"};
    const auto says = [&](const char* name, const char* open) {
        auto record = invoice_record("I-2", "C1", "1000.00 EUR");
        auto& document = std::get<ArDocument>(record.body);
        document.retained = amount("100.00 EUR");
        if (open != nullptr) document.open = amount(open);
        sap.arrives(name, {customer_record("C1", "Beispiel AG"), record});
        sync(sap);
        EXPECT_THAT(last().warnings, IsEmpty()) << name;
    };
    says("monday", nullptr);
    const auto items = company.items({.entity = "sap"});
    const auto retained = std::find_if(items.begin(), items.end(), [](const auto& one) { return one.retained; });
    ASSERT_NE(retained, items.end());
    store::ok(company.act(ledger::release_retainage, {.retained = retained->id, .amount = money("60.00 EUR"), .document = "REL-1", .due_date = day("2026-04-30"),
                                                      .instruction = company.asked("2026-03-25")}));
    const auto before = entries();
    says("tuesday", "1000.00 EUR");     // it does not know of the release yet
    EXPECT_EQ(counts_of(last()), "2 = 0 applied 2 duplicates 0 rejected 0 ignored");
    says("wednesday", "940.00 EUR");
    EXPECT_EQ(entries(), before);
    EXPECT_THAT(documents(), ::testing::AllOf(HasSubstr("I-2 900.00/900.00"), HasSubstr("I-2/R 100.00/40.00"), HasSubstr("REL-1 60.00/60.00")));
}

/// A receipt applied in an entity under authority erp, queued for the ERP; then the ERP's figure for its invoice of 100.
struct IntakeErpTest : IntakeTest {
    cash::ErpListener listener{company.books, company.test.clock};
    FakeConnector sap{"sap", "sap"};

    void paid() {
        company.test.clock.set("2026-03-30T10:00:00Z");
        company.context.listeners.push_back(&listener);
        sap.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice_record("I-1", "C1", "100.00 EUR")});
        sync(sap);
        cash::NewReceipt receipt{.entity = "sap", .account = "DE02120300000000202051", .bank_gl = "1000", .amount = money("100.00 EUR"), .value_date = day("2026-03-28"),
                                 .posting_date = day("2026-03-28"), .transaction = {}, .connector = "house-bank", .artifact = "1", .event_key = "bank/1"};
        receipt.transaction.counterparty = {"Beispiel AG", {}, {}};
        receipt.transaction.text = {"I-1"};
        ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return cash::receive(tx, company.context, receipt); }));
        ok(company.in_tx<cash::MatchSummary>(
            [&](store::Tx& tx) { return cash::match_waiting(tx, company.context, {}, {.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"}); }));
        ASSERT_EQ(queue(), "waiting, in flight");
    }
    void says(const char* name, const char* open) {
        auto record = invoice_record("I-1", "C1", "100.00 EUR");
        std::get<ArDocument>(record.body).open = amount(open);
        sap.arrives(name, {record});
        sync(sap);
    }
    std::string queue() {
        return company.in_db<std::string>([](store::Db& db) {
            const auto writes = cash::erp_writes(db);
            if (writes.size() != 1) return std::to_string(writes.size()) + " rows";
            return std::string{cash::name_of(writes[0].state)} + (ledger::application(db, writes[0].application)->in_flight ? ", in flight" : ", known");
        });
    }
};

TEST_F(IntakeErpTest, what_the_erp_was_never_told_is_not_confirmed_by_a_figure_that_does_not_fit) {
    paid();
    settings.cash.erp_sink = [](const std::string& entity) { return entity == "sap" ? "erp-receipts" : std::string{}; };
    says("tuesday", "30.00 EUR");   // a clerk there has 70 that nobody here knows
    EXPECT_EQ(queue(), "waiting, in flight") << "it is still to be told";
    EXPECT_THAT(last().warnings.at(0).what, HasSubstr("an adjustment of -70.00 EUR stands"));
    says("wednesday", "0.00 EUR");  // this one fits
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeErpTest, where_nobody_tells_the_erp_the_nearest_figure_confirms) {
    paid();
    settings.cash.erp_sink = [](const std::string&) { return std::string{}; };
    says("tuesday", "3.00 EUR");    // it took the payment without the three that are missing
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeErpTest, its_own_record_of_the_payment_confirms_what_waits_to_be_told) {
    paid();
    ErpPayment payment;
    payment.number = "P-1";
    payment.customer = "C1";
    payment.date = day("2026-03-29");
    payment.amount = amount("100.00 EUR");
    sap.arrives("tuesday", {{payment, {}, "payments.csv:2"}});
    sync(sap);
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeTest, the_same_artifact_again_adds_nothing) {
    known_customer();
    bank.arrives("feb.mt940", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))});
    sync(bank);
    const auto before = entries();
    bank.inbox.push_back({"feb-copy.mt940", "feb.mt940"});  // the same bytes under another name
    EXPECT_EQ(sync(bank).duplicates, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::duplicate));
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(last().deliveries, 2);
    EXPECT_EQ(last().name, "feb.mt940");
    EXPECT_EQ(bank.cursor_seen, "+");  // the cursor of the first read came back
}

TEST_F(IntakeTest, a_full_export_that_comes_every_day_adds_only_what_is_new) {
    const auto memo = document_record(ArDocument::Kind::credit_memo, "CM-1", "C1", "19.00 EUR", "2026-03-01", "2026-03-01");
    erp.arrives("monday.csv", {customer_record("C1", "Beispiel AG"), invoice_record("INV-1", "C1", "119.00 EUR"), memo});
    sync(erp);
    auto paid_a_little = memo;
    std::get<ArDocument>(paid_a_little.body).open = amount("9.00 EUR");
    erp.arrives("tuesday.csv", {customer_record("C1", "Beispiel AG"), invoice_record("INV-1", "C1", "119.00 EUR"), paid_a_little,
                                invoice_record("INV-2", "C1", "20.00 EUR")});
    sync(erp);
    EXPECT_EQ(documents(), "CM-1 -19.00/-19.00, INV-1 119.00/119.00, INV-2 20.00/20.00");
    EXPECT_EQ(counts_of(last()), "4 = 1 applied 3 duplicates 0 rejected 0 ignored");
    EXPECT_THAT(all_rejects(), IsEmpty());
}

TEST_F(IntakeTest, overlapping_statements_post_each_line_once) {
    const auto a = bank_line("2026-03-27", "10.00 EUR", "first"), b = bank_line("2026-03-28", "20.00 EUR", "second"),
               c = bank_line("2026-03-29", "30.00 EUR", "third", {}, "REF-3"), d = bank_line("2026-03-30", "40.00 EUR", "fourth");
    bank.arrives("day 0", {statement_record(statement_of("0", "2026-03-26", "2026-03-26", "0.00 EUR", {bank_line("2026-03-26", "5.00 EUR", "zeroth")}))});
    bank.arrives("days 1 to 3", {statement_record(statement_of("1", "2026-03-27", "2026-03-29", "5.00 EUR", {a, b, c}))});
    bank.arrives("days 2 to 4", {statement_record(statement_of("2", "2026-03-28", "2026-03-30", "15.00 EUR", {b, c, d}))});
    EXPECT_EQ(sync(bank).quarantined, 0) << last().reason;
    EXPECT_EQ(receipts(), "5.00 unidentified, 10.00 unidentified, 20.00 unidentified, 30.00 unidentified, 40.00 unidentified");
    EXPECT_EQ(counts_of(last()), "3 = 1 applied 2 duplicates 0 rejected 0 ignored");
    // And both overlapping ones in one file.
    bank.arrives("both", {statement_record(statement_of("1", "2026-03-27", "2026-03-29", "5.00 EUR", {a, b, c})),
                          statement_record(statement_of("2", "2026-03-28", "2026-03-30", "15.00 EUR", {b, c, d}))});
    sync(bank);
    EXPECT_EQ(last().state, "taken") << last().reason;
    EXPECT_EQ(counts_of(last()), "6 = 0 applied 6 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, genuine_twins_in_one_statement_post_twice) {  // I18
    const auto twin = bank_line("2026-03-30", "25.00 EUR", "monthly rate"), other = bank_line("2026-03-30", "25.00 EUR", "other");
    bank.arrives("twins", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {twin, twin, other}))});
    sync(bank);
    EXPECT_EQ(receipts(), "25.00 unidentified, 25.00 unidentified, 25.00 unidentified");
    // The same day delivered again inside a longer statement: three known lines, one new.
    bank.arrives("longer", {statement_record(statement_of("2", "2026-03-30", "2026-03-31", "0.00 EUR", {twin, twin, other, bank_line("2026-03-31", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(counts_of(last()), "4 = 1 applied 3 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, a_large_statement_in_parts_is_one_statement) {
    auto whole = statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR",
                              {bank_line("2026-03-30", "1.00 EUR", "same"), bank_line("2026-03-30", "1.00 EUR", "same"), bank_line("2026-03-30", "2.00 EUR")});
    auto first = whole, second = whole;
    first.entries = {whole.entries[0]};
    first.last = false;
    first.closing.reset();
    second.part = 1;
    second.entries = {whole.entries[1], whole.entries[2]};
    bank.arrives("parts", {statement_record(first), statement_record(second)});
    sync(bank);
    EXPECT_EQ(receipts(), "1.00 unidentified, 1.00 unidentified, 2.00 unidentified");  // twins across parts are twins
    const auto statements = company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); });
    ASSERT_EQ(statements.size(), 1U);
    EXPECT_EQ(statements[0].entries, 3);
    EXPECT_EQ(statements[0].closing, money("4.00 EUR"));
}

TEST_F(IntakeTest, what_contradicts_the_books_waits_for_a_person) {
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    sync(bank);
    const auto before = entries();

    auto unknown = statement_of("2", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    unknown.account.iban = "DE75512108001245126199";
    auto dollars = statement_of("3", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    dollars.account.currency = "USD";
    auto elsewhere = statement_of("4", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    elsewhere.account.iban = "DE02120300000000202051";
    const auto gap = statement_of("5", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")});
    auto again = statement_of("CAMT-1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR", "other words for it")});
    DecodeReport grave;
    grave.verdict = Verdict::quarantine;
    grave.warnings = {{"feb.mt940:9", "the balance does not add up", true}};
    struct Row {
        const char* proves;
        BankStatement statement;
        DecodeReport report;
        const char* says;
    };
    const Row rows[] = {
        {"unknown_account", unknown, {}, "DE75512108001245126199 is not one of ours"},
        {"wrong_currency", dollars, {}, "in USD, account DE89370400440532013000 is kept in EUR"},
        {"another_entitys_account", elsewhere, {}, "belongs to entity sap, the connector to emea"},
        {"opening_is_not_the_last_closing", gap, {}, "opens with 15.00 but the last statement of DE89370400440532013000 (to 2026-03-27) closed with 10.00"},
        {"same_statement_in_another_form", again, {}, "perhaps this is the same one in another form"},
        {"grave_decode_warning", statement_of("6", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")}), grave, "does not add up"},
    };
    for (const auto& row : rows) {
        bank.arrives(row.proves, {statement_record(row.statement)}, row.report);
        EXPECT_EQ(sync(bank).quarantined, 1) << row.proves;
        EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::taken)) << row.proves;  // kept here: the file need not stay
        EXPECT_EQ(last().state, "quarantined") << row.proves;
        EXPECT_EQ(last().verdict, "quarantine") << row.proves;
        EXPECT_THAT(last().reason, HasSubstr(row.says)) << row.proves;
        EXPECT_EQ(entries(), before) << row.proves;
    }
}

TEST_F(IntakeTest, openings_that_do_continue_are_taken) {
    const auto taken = [&](const std::string& name, std::vector<BankStatement> statements) {
        std::vector<Record> records;
        for (auto& one : statements) records.push_back(statement_record(std::move(one)));
        bank.arrives(name, std::move(records));
        sync(bank);
        EXPECT_EQ(last().state, "taken") << name << ": " << last().reason;
    };
    taken("first ever, whatever it opens with", {statement_of("1", "2026-03-23", "2026-03-23", "7.00 EUR", {bank_line("2026-03-23", "3.00 EUR")})});
    taken("the next day", {statement_of("2", "2026-03-24", "2026-03-24", "10.00 EUR", {bank_line("2026-03-24", "5.00 EUR")})});
    taken("two days in one file", {statement_of("3", "2026-03-25", "2026-03-25", "15.00 EUR", {bank_line("2026-03-25", "1.00 EUR")}),
                                   statement_of("4", "2026-03-26", "2026-03-26", "16.00 EUR", {bank_line("2026-03-26", "1.00 EUR")})});
    taken("twice a day", {statement_of("5", "2026-03-27", "2026-03-27", "17.00 EUR", {bank_line("2026-03-27", "1.00 EUR", "a")}),
                          statement_of("6", "2026-03-27", "2026-03-27", "18.00 EUR", {bank_line("2026-03-27", "1.00 EUR", "b")})});
    // MT940 names no days: its opening is dated by the day before, and the first entry tells the first day.
    auto mt940 = statement_of("7", "2026-03-27", "2026-03-28", "19.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    mt940.from.reset();
    taken("an opening dated by the day before", {mt940});
    auto quiet = statement_of("8", "2026-03-28", "2026-03-29", "20.00 EUR", {});
    quiet.from.reset();
    taken("a day without entries", {quiet});
    auto lost = statement_of("10", "2026-03-29", "2026-03-30", "21.00 EUR", {});
    lost.from.reset();
    bank.arrives("a day without entries after a lost one", {statement_record(lost)});
    sync(bank);
    EXPECT_EQ(last().state, "quarantined");
    // A gap inside one file is a gap too.
    bank.arrives("gap", {statement_record(statement_of("11", "2026-03-30", "2026-03-30", "20.00 EUR", {bank_line("2026-03-30", "1.00 EUR")})),
                         statement_record(statement_of("12", "2026-03-31", "2026-03-31", "22.00 EUR", {bank_line("2026-03-31", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(last().state, "quarantined");
    EXPECT_THAT(last().reason, HasSubstr("opens with 22.00 but the last statement of DE89370400440532013000 (to 2026-03-30) closed with 21.00"));
}

TEST_F(IntakeTest, release_posts_what_was_quarantined) {
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    bank.arrives("day 3", {statement_record(statement_of("3", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")}))});
    sync(bank);
    const auto id = last().id;
    EXPECT_EQ(ledger::refusal(intake().release(bank, id, anna, "")), "invalid_argument");
    EXPECT_EQ(ledger::refusal(intake().replay(bank, id, anna)), "refused");
    store::ok(intake().release(bank, id, anna, "the bank confirmed the balance by telephone"));
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
    EXPECT_EQ(last().state, "released");
    EXPECT_EQ(last().reason, "released: the bank confirmed the balance by telephone");
    EXPECT_EQ(counts_of(last()), "1 = 1 applied 0 duplicates 0 rejected 0 ignored");
    EXPECT_EQ(ledger::refusal(intake().release(bank, id, anna, "again")), "refused");
    EXPECT_EQ(ledger::refusal(intake().release(bank, ArtifactId{999}, anna, "none")), "not_found");
    // Read again, it stays what it is and adds nothing, not even to the list of statements.
    store::ok(intake().replay(bank, id, anna));
    EXPECT_EQ(last().state, "released");
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
    EXPECT_EQ(company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); }).size(), 2U);
}

TEST_F(IntakeTest, an_account_that_is_not_ours_cannot_be_released) {
    auto unknown = statement_of("2", "2026-03-28", "2026-03-28", "10.00 EUR", {bank_line("2026-03-28", "1.00 EUR")});
    unknown.account.iban = "DE75512108001245126199";
    bank.arrives("unknown", {statement_record(unknown)});
    sync(bank);
    EXPECT_EQ(ledger::refusal(intake().release(bank, last().id, anna, "let it in")), "refused");
    EXPECT_EQ(last().state, "quarantined");
    EXPECT_EQ(entries(), 0);
}

TEST_F(IntakeTest, a_file_that_cannot_be_read_is_rejected_and_read_again_after_a_fix) {
    bank.inbox.push_back({"feb.mt940", "garbage"});
    EXPECT_EQ(sync(bank).rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::rejected));
    EXPECT_EQ(last().state, "rejected");
    EXPECT_THAT(last().reason, HasSubstr("feb.mt940:1:1: no statement begins here"));
    ASSERT_EQ(all_rejects().size(), 1U);
    bank.files["garbage"] = {{statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))}, {}};
    store::ok(intake().replay(bank, last().id, anna));
    EXPECT_EQ(last().state, "taken");
    EXPECT_EQ(receipts(), "50.00 unidentified");
    EXPECT_THAT(all_rejects(), IsEmpty());
}

TEST_F(IntakeTest, trouble_around_the_file_leaves_it_for_the_next_time) {
    bank.arrives("feb", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")}))});
    bank.around = fail(Errc::plugin_crashed, "the child is gone");
    const auto waiting = bank.inbox;
    EXPECT_EQ(ledger::refusal(intake().sync(bank)), "plugin_crashed");
    EXPECT_THAT(all(), IsEmpty());
    EXPECT_THAT(company.in_db<ConnectorCounts>([](store::Db& db) { return counts(db, "house-bank"); }).last_error, HasSubstr("the child is gone"));
    bank.around = {};
    bank.inbox = waiting;
    sync(bank);
    EXPECT_EQ(bank.cursor_seen, "");  // no cursor was written with the failed read (I17)
    EXPECT_EQ(receipts(), "50.00 unidentified");
    EXPECT_EQ(company.in_db<ConnectorCounts>([](store::Db& db) { return counts(db, "house-bank"); }).last_error, "");
}

TEST_F(IntakeTest, a_bad_row_is_rejected_with_its_place_and_the_rest_is_applied) {
    auto no_date = invoice_record("INV-2", "C1", "20.00 EUR");
    std::get<ArDocument>(no_date.body).document_date.reset();
    auto early = invoice_record("INV-3", "C1", "30.00 EUR", "2026-03-01", "2026-02-01");
    auto negative_level = invoice_record("INV-4", "C2", "40.00 EUR");
    std::get<ArDocument>(negative_level.body).dunning_level = -1;
    auto foreign = invoice_record("INV-5", "C1", "50.00 EUR");
    std::get<ArDocument>(foreign.body).amount->currency = "EUX";
    no_date.where = "invoices.csv:3";
    early.where = "invoices.csv:4";
    negative_level.where = "invoices.csv:5";
    foreign.where = "invoices.csv:6";
    DecodeReport report;
    report.rejected = {{"invoices.csv:7 column amount", "\"12,x\" is no amount", "INV-6;12,x"}};
    erp.arrives("invoices.csv", {customer_record("C1", "Beispiel AG"), invoice_record("INV-1", "C1", "10.00 EUR"), no_date, early, negative_level, foreign}, report);
    EXPECT_EQ(sync(erp).rejected_rows, 5);
    EXPECT_EQ(documents(), "INV-1 10.00/10.00");  // nothing of INV-4, although its fault shows only after it was posted
    EXPECT_EQ(company.in_db<std::size_t>([](store::Db& db) { return parties::list(db, {}).size(); }), 1U);
    EXPECT_EQ(counts_of(last()), "7 = 2 applied 0 duplicates 5 rejected 0 ignored");
    EXPECT_EQ(last().verdict, "warn");
    std::vector<std::string> texts;
    for (const auto& reject : all_rejects()) texts.push_back(reject.where + ": " + reject.what);
    EXPECT_THAT(texts, ElementsAre(HasSubstr("invoices.csv:3: document INV-2 has no date"),
                                   HasSubstr("invoices.csv:4 column due_date: document INV-3 is due before its own date"),
                                   HasSubstr("invoices.csv:5: a dunning level is not negative"), HasSubstr("invoices.csv:6"),
                                   HasSubstr("invoices.csv:7 column amount: \"12,x\" is no amount")));
    EXPECT_EQ(all_rejects().back().raw, "INV-6;12,x");
}

TEST_F(IntakeTest, a_document_again_with_another_amount_is_rejected_with_both) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    erp.arrives("again", {invoice_record("INV-1", "C1", "120.00 EUR")});
    sync(erp);
    ASSERT_EQ(all_rejects().size(), 1U);
    EXPECT_THAT(all_rejects()[0].what, HasSubstr("119.00 EUR"));
    EXPECT_THAT(all_rejects()[0].what, HasSubstr("120.00 EUR"));
    EXPECT_EQ(documents(), "INV-1 119.00/119.00");
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 0 duplicates 1 rejected 0 ignored");
}

TEST_F(IntakeTest, a_file_that_fails_in_its_second_statement_posts_nothing_at_all) {
    auto second = statement_of("2", "2026-03-31", "2026-03-31", "50.00 EUR", {bank_line("2026-03-31", "1.00 EUR")});
    second.entries[0].amount->currency = "USD";
    second.entries[0].where = "feb.mt940:12";
    bank.arrives("feb.mt940", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")})),
                               statement_record(second)});
    EXPECT_EQ(sync(bank).rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::rejected));
    EXPECT_EQ(entries(), 0);
    EXPECT_EQ(receipts(), "");
    EXPECT_THAT(company.in_db<std::vector<Statement>>([](store::Db& db) { return bank_statements(db); }), IsEmpty());
    EXPECT_EQ(last().state, "rejected");
    EXPECT_THAT(last().reason, HasSubstr("feb.mt940:12: a line in USD on an account kept in EUR"));
    EXPECT_EQ(counts_of(last()), "0 = 0 applied 0 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, one_bad_file_stops_no_other) {  // I19
    bank.arrives("a", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "1.00 EUR")}))});
    bank.inbox.push_back({"b", "garbage"});
    bank.arrives("c", {statement_record(statement_of("2", "2026-03-31", "2026-03-31", "1.00 EUR", {bank_line("2026-03-31", "2.00 EUR")}))});
    const auto done = sync(bank);
    EXPECT_EQ(done.artifacts, 3);
    EXPECT_EQ(done.rejected, 1);
    EXPECT_THAT(bank.fates, ElementsAre(ArtifactFate::taken, ArtifactFate::rejected, ArtifactFate::taken));
    EXPECT_EQ(receipts(), "1.00 unidentified, 2.00 unidentified");
}

TEST_F(IntakeTest, pending_lines_intraday_reports_and_money_out_post_no_receipt) {
    auto pending = bank_line("2026-03-30", "10.00 EUR", "announced");
    pending.status = EntryStatus::pending;
    auto statement = statement_of("1", "2026-03-30", "2026-03-30", "100.00 EUR", {bank_line("2026-03-30", "-30.00 EUR", "rent")});
    statement.entries.push_back(pending);
    auto returned = bank_line("2026-03-30", "-5.00 EUR", "return");
    returned.return_reason = "AC04";
    statement.entries.push_back(returned);
    bank.arrives("statement", {statement_record(statement)});
    sync(bank);
    EXPECT_EQ(receipts(), "");
    EXPECT_EQ(counts_of(last()), "3 = 2 applied 0 duplicates 0 rejected 1 ignored");
    ASSERT_EQ(last().warnings.size(), 1U);
    EXPECT_THAT(last().warnings[0].what, HasSubstr("5.00 EUR went back and no receipt fits"));

    auto intraday = statement_of("I-1", "2026-03-31", "2026-03-31", "0.00 EUR", {bank_line("2026-03-31", "9.00 EUR")});
    intraday.intraday = true;
    bank.arrives("intraday", {statement_record(intraday)});
    sync(bank);
    EXPECT_EQ(receipts(), "");
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 0 duplicates 0 rejected 1 ignored");
}

TEST_F(IntakeTest, receipts_find_their_invoice_and_wait_for_one_that_comes_later) {
    known_customer();
    known_invoice("INV-2026/0042", "119.00 EUR");
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR",
        {bank_line("2026-03-30", "119.00 EUR", "invoice INV 2026 42"), bank_line("2026-03-30", "20.00 EUR", "INV-2026/0043", "DE02100100100006820101")}))});
    sync(bank);
    EXPECT_EQ(receipts(), "119.00 applied, 20.00 queued");
    known_invoice("INV-2026/0043", "20.00 EUR");
    EXPECT_EQ(receipts(), "119.00 applied, 20.00 applied");
    EXPECT_EQ(documents(), "INV-2026/0042 119.00/0.00, INV-2026/0043 20.00/0.00");
}

TEST_F(IntakeTest, card_numbers_are_truncated_in_what_is_kept_and_our_references_are_not) {
    auto referenced = invoice_record("INV-1", "C1", "119.00 EUR");
    std::get<ArDocument>(referenced.body).payment_reference = "4012888888881881";  // looks like a card number, and is our own reference
    erp.arrives("invoices", {customer_record("C1", "Beispiel AG"), referenced});
    sync(erp);
    const std::string bytes = "paid by card 4111 1111 1111 1111, reference 4012888888881881";
    const std::string kept = "paid by card 4111 11** **** 1111, reference 4012888888881881";
    bank.files[kept] = {{statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "5.00 EUR")}))}, {}};
    bank.inbox.push_back({"feb", bytes});
    sync(bank);
    EXPECT_THAT(bank.decoded, ElementsAre(kept));
    EXPECT_EQ(last().state, "taken") << last().reason;
    EXPECT_EQ(company.in_db<std::string>([](store::Db& db) {
        auto query = db.query("SELECT bytes FROM artifact ORDER BY id DESC LIMIT 1");
        query.step();
        return query.blob(0);
    }), kept);
    EXPECT_TRUE(company.test.log.has("1 card numbers were truncated"));
    EXPECT_FALSE(company.test.log.has("4111"));
    bank.inbox.push_back({"feb", bytes});
    EXPECT_EQ(sync(bank).duplicates, 1);
}

TEST_F(IntakeTest, large_artifacts_are_files_and_large_ones_are_decoded_twice) {
    settings.inline_artifact_max = 10;
    settings.keep_records_max = 10;
    bank.arrives("a statement of more than ten bytes", {statement_record(statement_of("1", "2026-03-27", "2026-03-27", "0.00 EUR", {bank_line("2026-03-27", "10.00 EUR")}))});
    bank.arrives("another one, to be released", {statement_record(statement_of("2", "2026-03-29", "2026-03-29", "15.00 EUR", {bank_line("2026-03-29", "1.00 EUR")}))});
    sync(bank);
    EXPECT_EQ(bank.decoded.size(), 3U);  // the quarantined one once
    EXPECT_EQ(receipts(), "10.00 unidentified");
    store::ok(intake().release(bank, last().id, anna, "checked"));
    EXPECT_EQ(receipts(), "10.00 unidentified, 1.00 unidentified");
}

TEST_F(IntakeTest, the_erps_own_payment_confirms_and_posts_nothing) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "119.00 EUR", "INV-1")}))});
    sync(bank);
    const auto before = entries();
    ErpPayment payment;
    payment.number = "P-1";
    payment.customer = "C1";
    payment.date = day("2026-03-31");
    payment.amount = amount("119.00 EUR");
    auto lonely = payment;
    lonely.number = "P-2";
    lonely.amount = amount("7.00 EUR");
    auto nobody = payment;
    nobody.customer = "C9";
    erp.arrives("payments", {{payment, {}, "payments.csv:2"}, {lonely, {}, "payments.csv:3"}, {nobody, {}, "payments.csv:4"}});
    sync(erp);
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(counts_of(last()), "3 = 0 applied 1 duplicates 1 rejected 1 ignored");
    EXPECT_THAT(last().warnings.at(0).what, HasSubstr("no bank statement here shows it"));
}

TEST_F(IntakeTest, an_agencys_remittance_settles_items_once) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    AgencyUpdate paid;
    paid.placement = "C1-20260331";
    paid.agency = "nord";
    paid.document = "INV-1";
    paid.state = "paid";
    paid.date = day("2026-03-31");
    paid.gross = amount("119.00 EUR");
    paid.fee = amount("10.00 EUR");
    paid.tax = amount("1.90 EUR");
    paid.remittance = "REM-1";
    auto unknown = paid;
    unknown.document = "INV-9";
    auto note = paid;
    note.gross.reset();
    note.state = "closed";
    erp.arrives("remittance", {{paid, {}, "rem.csv:2"}, {unknown, {}, "rem.csv:3"}, {note, {}, "rem.csv:4"}});
    sync(erp);
    EXPECT_EQ(counts_of(last()), "3 = 1 applied 0 duplicates 1 rejected 1 ignored");
    EXPECT_EQ(documents(), "INV-1 119.00/0.00");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::agency_fees), 1'000);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::input_tax), 190) << "the fee's tax is the state's, not ours to bear";
    erp.arrives("remittance again", {{paid, {}, "rem.csv:2"}});
    sync(erp);
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 1 duplicates 0 rejected 0 ignored");
}

TEST_F(IntakeTest, rows_name_their_entity_when_the_connector_has_none) {
    FakeConnector shared{"shared", ""};
    auto here = customer_record("C1", "Beispiel AG"), nowhere = customer_record("C2", "Muster GmbH"), unknown = customer_record("C3", "Acme");
    std::get<Customer>(here.body).entity = "boston";
    std::get<Customer>(unknown.body).entity = "atlantis";
    shared.arrives("customers", {here, nowhere, unknown});
    sync(shared);
    EXPECT_EQ(counts_of(last()), "3 = 1 applied 0 duplicates 2 rejected 0 ignored");
    EXPECT_THAT(all_rejects()[0].what, HasSubstr("names no entity"));
    EXPECT_THAT(all_rejects()[1].what, HasSubstr("atlantis"));
}

}  // namespace
}  // namespace owed::intake
