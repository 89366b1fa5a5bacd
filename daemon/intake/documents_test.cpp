// Documents, customers and what agencies report: from a row to open items, and the same rows again.
#include "intake/test_intake.hpp"

namespace owed::intake {
namespace {

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

TEST_F(IntakeTest, days_of_payment_that_the_dates_do_not_show_are_kept) {
    const auto invoice = [](const std::string& number, const char* due) {
        auto record = invoice_record(number, "C1", "640.00 EUR");
        auto& document = std::get<ArDocument>(record.body);
        document.document_date = ledger::day("2026-03-01");
        document.due_date = ledger::day(due);
        document.terms.clear();
        document.terms_days = 30;
        return record;
    };
    erp.arrives("terms.csv", {customer_record("C1", "Beispiel AG"), invoice("I-1", "2026-03-31"), invoice("I-2", "2026-04-02")});
    auto inbox = intake();
    ok(inbox.sync(erp));
    std::map<std::string, std::string> kept;
    for (const auto& item : company.items({.entity = "emea"}))
        company.test.read([&](store::Db& db) {
            const auto terms = ledger::terms_of(db, item.id);
            kept[item.document] = terms ? terms->terms : "nothing";
        });
    EXPECT_EQ(kept["I-1"], "nothing") << "as its dates say";
    EXPECT_EQ(kept["I-2"], "net 30") << "moved to a banking day";
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

TEST_F(IntakeTest, freight_has_an_income_of_its_own) {
    const auto billed = [](ArDocument::Kind kind, const char* number, const char* freight) {
        auto record = document_record(kind, number, "C1", "130.90 EUR", "2026-02-01", "2026-03-03");
        auto& document = std::get<ArDocument>(record.body);
        document.tax = amount("20.90 EUR");
        document.freight = amount(freight);
        return record;
    };
    using enum ArDocument::Kind;
    auto in_parts = billed(invoice, "I-2", "10.01 EUR"), retained = billed(invoice, "I-3", "10.00 EUR"), advance = billed(invoice, "I-4", "10.00 EUR");
    settings.terms.by_name["SPLIT"] = split_terms();
    std::get<ArDocument>(in_parts.body).terms = "SPLIT";
    std::get<ArDocument>(in_parts.body).due_date.reset();
    std::get<ArDocument>(retained.body).retained = amount("30.90 EUR");
    std::get<ArDocument>(advance.body).deposit = true;
    erp.arrives("monday", {customer_record("C1", "Beispiel AG"), billed(invoice, "I-1", "10.00 EUR"), in_parts, retained});
    auto inbox = intake();
    ok(inbox.sync(erp));
    EXPECT_EQ(counts_of(last()), "4 = 4 applied 0 duplicates 0 rejected 0 ignored");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::freight_income), -3'001);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::revenue), -29'999);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::tax_payable), -6'270);
    erp.arrives("tuesday", {billed(credit_memo, "CM-1", "10.00 EUR"), billed(invoice, "I-5", "110.01 EUR"), billed(invoice, "I-6", "-1.00 EUR"),
                            billed(invoice, "I-7", "1.00 USD"), advance});
    ok(inbox.sync(erp));
    EXPECT_EQ(counts_of(last()), "5 = 1 applied 0 duplicates 4 rejected 0 ignored");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::freight_income), -2'001);
    const auto rejects = all_rejects();
    ASSERT_EQ(rejects.size(), 4U);
    EXPECT_THAT(rejects.at(0).what, HasSubstr("are more than 130.90 EUR"));
    EXPECT_THAT(rejects.at(1).what, HasSubstr("is not a part of 130.90 EUR"));
    EXPECT_THAT(rejects.at(2).what, HasSubstr("in the document's currency"));
    EXPECT_THAT(rejects.at(3).what, HasSubstr("bills a deposit, and no freight"));
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

/// 119.00 EUR of INV-1, and the agency's fee with its tax.
AgencyUpdate paid_to_agency() {
    AgencyUpdate paid;
    paid.placement = "C1-20260331";
    paid.agency = "nord";
    paid.document = "INV-1";
    paid.state = "paid";
    paid.date = day("2026-03-31");
    paid.gross = amount("119.00 EUR");
    paid.fee = amount("10.00 EUR");
    paid.tax = amount("1.90 EUR");
    return paid;
}

TEST_F(IntakeTest, an_agencys_remittance_settles_items_once) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    auto paid = paid_to_agency();
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

TEST_F(IntakeTest, an_agency_that_pays_all_of_it_is_owed_its_fee) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    known_invoice("INV-2", "119.00 EUR");
    known_invoice("INV-3", "119.00 EUR");
    auto paid = paid_to_agency();
    paid.net = amount("119.00 EUR");
    paid.remittance = "REM-1";
    auto unsaid = paid, wrong = paid, shown_apart = paid;
    unsaid.document = "INV-2";
    wrong.document = "INV-2";
    wrong.net = amount("100.00 EUR");
    shown_apart.document = "INV-3";
    shown_apart.net = amount("107.10 EUR");
    paid.gross_remittance = wrong.gross_remittance = shown_apart.gross_remittance = true;
    erp.arrives("remittance", {{paid, {}, "rem.csv:2"}, {unsaid, {}, "rem.csv:3"}, {wrong, {}, "rem.csv:4"}, {shown_apart, {}, "rem.csv:5"}});
    sync(erp);
    EXPECT_EQ(counts_of(last()), "4 = 2 applied 0 duplicates 2 rejected 0 ignored");
    EXPECT_EQ(documents(), "INV-1 119.00/0.00, INV-2 119.00/119.00, INV-3 119.00/0.00");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::agency_clearing), 23'800) << "its transfer is of the whole";
    EXPECT_EQ(company.functional_of("emea", ledger::Role::agency_fees), 2'000);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::input_tax), 380);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::agency_payable), -2'380);
    const auto rejects = all_rejects();
    ASSERT_EQ(rejects.size(), 2U);
    EXPECT_THAT(rejects.at(0).what, HasSubstr("net 119.00 EUR is not 119.00 EUR less fee and tax of 11.90 EUR"));
    EXPECT_THAT(rejects.at(1).what, HasSubstr("net 100.00 EUR is neither the gross of 119.00 EUR nor 107.10 EUR"));
    // The same again, and the same of the other kind, which contradicts what is booked.
    auto other_kind = shown_apart;
    other_kind.gross_remittance = false;
    erp.arrives("again", {{paid, {}, "rem.csv:2"}, {other_kind, {}, "rem.csv:5"}});
    sync(erp);
    EXPECT_EQ(counts_of(last()), "2 = 0 applied 1 duplicates 1 rejected 0 ignored");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::agency_payable), -2'380);
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
