// Remittance advices, rates, and what invoices say of terms, discounts and disputes.
#include <gtest/gtest.h>

#include "formats/erp_csv/erp_csv.hpp"
#include "owed/money.hpp"

namespace owed::formats::erp_csv {
namespace {

struct Kept : RecordSink {
    std::vector<Record> records;
    Status record(Record r) override {
        records.push_back(std::move(r));
        return {};
    }
};

struct Read {
    Kept kept;
    Result<DecodeReport> report = fail(Errc::internal, "");
    template <class T>
    const T& as(std::size_t i) const {
        return std::get<T>(kept.records.at(i).body);
    }
    std::string refused() const { return report ? "read" : report.error().where + ": " + report.error().what; }
    std::string rejected() const {
        std::string out;
        if (report)
            for (const RejectedRow& row : report->rejected) out += row.where + ": " + row.what + "\n";
        return out;
    }
};
Read read(std::string_view text, std::string profile = {}, std::string name = "f.csv") {
    Read out;
    out.report = decode(text, {std::move(name), std::move(profile)}, out.kept);
    return out;
}

std::string figure(const std::optional<Amount>& amount) { return amount ? to_text(*amount) : "-"; }
/// "INV-1 gross 100.00 discount 2.00 adjustment -5.00 net 93.00 short"
std::string line_of(const RemittanceReference& line) {
    return line.type + " " + line.value + " gross " + figure(line.gross) + " discount " + figure(line.discount) + " adjustment " + figure(line.adjustment) + " net " + figure(line.amount) +
           (line.reason.empty() ? "" : " " + line.reason);
}
std::string lines_of(const RemittanceAdvice& advice) {
    std::string out;
    for (const auto& line : advice.lines) out += (out.empty() ? "" : "\n") + line_of(line);
    return out;
}

const std::string advices = R"({"files": [{"record": "remittance_advice", "dates": "%Y-%m-%d", "columns":
  {"payment": "payment", "payer": "payer", "payer_account": "account", "customer": "customer", "date": "date", "amount": "amount", "currency": "ccy", "document": "document",
   "gross": "gross", "discount": "discount", "deduction": "deduction", "reason": "reason", "net": "net"}}]})";
const std::string advice_head = "payment,payer,account,customer,date,amount,ccy,document,gross,discount,deduction,reason,net\n";

// ---- remittance advices

TEST(Advices, rows_of_one_payment_are_one_advice) {
    const Read r = read(advice_head +
                            "4711,Muster KG,DE89 3704 0044 0532 0130 00,0042,2026-03-30,243.00,EUR,INV-1,100.00,2.00,5.00,damaged,93.00\n"
                            "4712,Other,,,2026-03-30,10.00,EUR,INV-9,,,,,10.00\n"
                            "4711,Muster KG,DE89 3704 0044 0532 0130 00,0042,2026-03-30,243.00,EUR,INV-2,150.00,,,,150.00\n",
                        advices);
    ASSERT_TRUE(r.report) << r.refused();
    EXPECT_EQ(r.report->verdict, Verdict::accept) << r.rejected();
    ASSERT_EQ(r.kept.records.size(), 2u);
    const auto& advice = r.as<RemittanceAdvice>(0);
    EXPECT_EQ(r.kept.records[0].external_id, "4711");
    EXPECT_EQ(r.kept.records[0].where, "f.csv:2");
    EXPECT_EQ(advice.payer.name, "Muster KG");
    EXPECT_EQ(advice.payer.account, "DE89370400440532013000");
    EXPECT_EQ(advice.customer, "0042");
    EXPECT_EQ(to_text(*advice.date), "2026-03-30");
    EXPECT_EQ(figure(advice.amount), "243.00");
    EXPECT_EQ(advice.amount->currency, "EUR");
    EXPECT_EQ(lines_of(advice), "document INV-1 gross 100.00 discount 2.00 adjustment -5.00 net 93.00 damaged\ndocument INV-2 gross 150.00 discount - adjustment - net 150.00");
    EXPECT_EQ(lines_of(r.as<RemittanceAdvice>(1)), "document INV-9 gross - discount - adjustment - net 10.00");
}

TEST(Advices, figures_prove_their_signs_and_what_is_missing) {
    struct Case {
        std::string row, line;
    };
    const std::string start = "1,,,,2026-03-30,,EUR,I,";
    for (const Case& c : {Case{"100.00,2.00,-5.00,,93.00", "gross 100.00 discount 2.00 adjustment -5.00 net 93.00"},
                          Case{"100.00,-2.00,5.00,,93.00", "gross 100.00 discount 2.00 adjustment -5.00 net 93.00"},
                          Case{"100.00,,-5.00,,105.00", "gross 100.00 discount - adjustment 5.00 net 105.00"},
                          Case{"100.00,2.00,5.00,,", "gross 100.00 discount 2.00 adjustment -5.00 net 93.00"},
                          Case{"-30.00,,,,-30.00", "gross -30.00 discount - adjustment - net -30.00"},
                          Case{"-100.00,-2.00,,,-98.00", "gross -100.00 discount -2.00 adjustment - net -98.00"},
                          Case{"-100.00,2.00,,,-98.00", "gross -100.00 discount -2.00 adjustment - net -98.00"},
                          Case{"-100.00,-2.00,,,", "gross -100.00 discount -2.00 adjustment - net -98.00"},
                          Case{",2.00,,,-98.00", "gross - discount -2.00 adjustment - net -98.00"},
                          Case{",2.00,7.00,,-5.00", "gross - discount 2.00 adjustment -7.00 net -5.00"},
                          Case{",,,,93.00", "gross - discount - adjustment - net 93.00"}, Case{",,,,", "gross - discount - adjustment - net -"}}) {
        const Read r = read(advice_head + start + c.row + "\n2,,,,2026-03-30,,EUR,I,0.50,,,,0.50\n", advices);
        ASSERT_TRUE(r.report) << r.refused();
        ASSERT_EQ(r.kept.records.size(), 2u) << c.row << r.rejected();
        EXPECT_EQ(lines_of(r.as<RemittanceAdvice>(0)), "document I " + c.line) << c.row;
    }
}

TEST(ReceiptAnswers, accepted_and_refused_and_nothing_else) {
    const Read r = read("schluessel,status,beleg,grund\nA1-aa,OK,GL-7,\nA2-bb,ERR,,\"Periode 03/2026, gesperrt\"\nA3-cc,MAYBE,,\n,OK,,\n",
                        R"({"files": [{"match": "*", "record": "receipt_answer", "columns": {"key": "schluessel",
                            "state": {"column": "status", "map": {"OK": "accepted", "ERR": "refused", "MAYBE": "perhaps"}}, "reference": "beleg", "reason": "grund"}}]})");
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 2u) << r.rejected();
    EXPECT_EQ(r.kept.records[0].external_id, "A1-aa");
    EXPECT_TRUE(r.as<ReceiptAnswer>(0).accepted);
    EXPECT_EQ(r.as<ReceiptAnswer>(0).reference, "GL-7");
    EXPECT_FALSE(r.as<ReceiptAnswer>(1).accepted);
    EXPECT_EQ(r.as<ReceiptAnswer>(1).reason, "Periode 03/2026, gesperrt");
    ASSERT_EQ(r.report->rejected.size(), 2u);
    EXPECT_NE(r.report->rejected[0].what.find("neither accepted nor refused"), std::string::npos) << r.report->rejected[0].what;
}

TEST(Advices, a_bad_row_spoils_its_payment_and_no_other) {
    struct Case {
        std::string name, row, where, what;
    };
    for (const Case& c : {Case{"figures_disagree", "A,,,,2026-03-30,20.00,EUR,I2,12.00,1.00,,,10.00", "column net", "not gross 12.00"},
                          Case{"no_document", "A,,,,2026-03-30,20.00,EUR,,10.00,,,,10.00", "column document", "no document"},
                          Case{"side_unknown", "A,,,,2026-03-30,20.00,EUR,I2,,,-1.00,,10.00", "column deduction", "which side"},
                          Case{"amount", "A,,,,2026-03-30,20.00,EUR,I2,x,,,,10.00", "column gross", ""}, Case{"currency", "A,,,,2026-03-30,20.00,EURO,I2,,,,,10.00", "", ""}}) {
        SCOPED_TRACE(c.name);
        const Read r = read(advice_head + "A,,,,2026-03-30,20.00,EUR,I1,10.00,,,,10.00\n" + c.row + "\nB,,,,2026-03-30,5.00,EUR,I3,5.00,,,,5.00\n", advices);
        ASSERT_TRUE(r.report) << r.refused();
        ASSERT_EQ(r.kept.records.size(), 1u) << r.rejected();
        EXPECT_EQ(r.as<RemittanceAdvice>(0).number, "B");
        ASSERT_EQ(r.report->rejected.size(), 2u) << r.rejected();
        EXPECT_NE(r.rejected().find(c.where), std::string::npos) << r.rejected();
        EXPECT_NE(r.rejected().find(c.what), std::string::npos) << r.rejected();
        EXPECT_EQ(r.report->verdict, Verdict::warn);
    }
    const Read alone = read(advice_head + ",,,,2026-03-30,5.00,EUR,I3,5.00,,,,5.00\nC,,,,2026-03-30,5.00,EUR,,5.00,,,,5.00\n", advices);
    ASSERT_TRUE(alone.report);
    EXPECT_EQ(alone.rejected(), "f.csv:2 column payment: id is empty\nf.csv:3 column document: there are figures, but no document that they are for\n");
}

TEST(Advices, a_row_with_other_cells_spoils_its_payment_too) {
    struct Case {
        std::string name, row, what;
    };
    for (const Case& c : {Case{"too_few_cells", "A,,,,2026-03-30,20.00,EUR,I2\n", "the row has 8 cells"}, Case{"too_many_cells", "A,,,,2026-03-30,20.00,EUR,I2,10.00,,,,10.00,1\n", "the row has 14 cells"},
                          Case{"cut_off", "A,,,,2026-03-30,20.00,EUR,I2,10.00,,,,10.0", "middle of an amount"}}) {
        SCOPED_TRACE(c.name);
        const Read r = read(advice_head + "A,,,,2026-03-30,20.00,EUR,I1,10.00,,,,10.00\nB,,,,2026-03-30,5.00,EUR,I3,5.00,,,,5.00\n" + c.row, advices);
        ASSERT_TRUE(r.report) << r.refused();
        ASSERT_EQ(r.kept.records.size(), 1u) << r.rejected();
        EXPECT_EQ(r.as<RemittanceAdvice>(0).number, "B");
        ASSERT_EQ(r.report->rejected.size(), 2u) << r.rejected();
        EXPECT_NE(r.rejected().find(c.what), std::string::npos) << r.rejected();
        EXPECT_NE(r.rejected().find("nothing of this payment is taken"), std::string::npos) << r.rejected();
    }
}

TEST(Advices, one_payment_with_two_amounts_is_none) {
    const Read r = read(advice_head + "A,,,,2026-03-30,20.00,EUR,I1,10.00,,,,10.00\nA,,,,2026-03-30,21.00,EUR,I2,10.00,,,,10.00\n", advices);
    ASSERT_TRUE(r.report);
    EXPECT_TRUE(r.kept.records.empty());
    EXPECT_EQ(r.report->rejected.size(), 2u) << r.rejected();
}

TEST(Advices, lines_that_do_not_make_the_amount_are_said) {
    const Read r = read(advice_head + "A,,,,2026-03-30,20.00,EUR,I1,10.00,,,,10.00\n", advices);
    ASSERT_TRUE(r.report);
    EXPECT_EQ(r.kept.records.size(), 1u);
    ASSERT_EQ(r.report->warnings.size(), 1u);
    EXPECT_EQ(r.report->warnings[0].where, "f.csv:2");
    EXPECT_EQ(r.report->warnings[0].what, "the lines of payment A do not add up to its amount 20.00");
}

TEST(Advices, usual_names) {
    const Read r = read("Check number;Payer;Payment date;Payment amount;Currency;Invoice number;Gross amount;Discount taken;Adjustment;Reason;Net amount\n"
                        "10442;Muster KG;30.03.2026;93,00;EUR;INV-1;100,00;2,00;-5,00;damaged;93,00\n");
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 1u) << r.rejected();
    EXPECT_EQ(r.as<RemittanceAdvice>(0).number, "10442");
    EXPECT_EQ(lines_of(r.as<RemittanceAdvice>(0)), "document INV-1 gross 100.00 discount 2.00 adjustment -5.00 net 93.00 damaged");
    // An ERP's own payments, and invoices, stay what they are.
    const Read payment = read("payment_number,customer_number,payment_date,amount,invoice_number,discount,net,applied_amount\nP1,C,2026-03-30,10.00,I1,0.25,9.75,10.00\n");
    ASSERT_TRUE(payment.report) << payment.refused();
    EXPECT_EQ(kind_of(payment.kept.records.at(0)), "payment");
    const Read invoice = read("invoice_number,customer_number,invoice_date,due_date,net,gross,tax,payment\nI1,C,2026-03-01,2026-03-31,100.00,119.00,19.00,Bank\n");
    ASSERT_TRUE(invoice.report) << invoice.refused();
    EXPECT_EQ(kind_of(invoice.kept.records.at(0)), "invoice");
}

// ---- what invoices say

const std::string invoices = R"({"files": [{"record": "invoice", "dates": "%Y-%m-%d", "columns": {"id": "no", "customer": "c", "document_date": "d", "amount": "a", "open": "o", "terms": "terms",
  "discount_until": "until", "discount_percent": "pct", "discount_amount": "disc", "delivery": "dn", "contract": "ct", "disputed": "disputed"}}]})";
const std::string invoice_head = "no,c,d,a,o,terms,until,pct,disc,dn,ct,disputed\n";

TEST(InvoiceColumns, terms_discounts_numbers_and_disputes) {
    const Read r = read(invoice_head +
                            "1,C,2026-03-01,100.00,,2/10 net 30,2026-03-11,2.5 %,,LS-7,V-9,40.00\n"
                            "2,C,2026-03-01,100.00,,30,2026-03-11,,3.00,,,\n"
                            "3,C,2026-03-01,100.00,50.00,,2026-03-11,0,0.00,,,0.00\n",
                        invoices);
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 3u) << r.rejected();
    const auto& first = r.as<ArDocument>(0);
    EXPECT_EQ(first.terms, "2/10 net 30");
    EXPECT_FALSE(first.terms_days);
    ASSERT_EQ(first.discounts.size(), 1u);
    EXPECT_EQ(to_text(*first.discounts[0].until), "2026-03-11");
    EXPECT_EQ(first.discounts[0].percent, "2.5");
    EXPECT_FALSE(first.discounts[0].amount);
    EXPECT_EQ(first.delivery, "LS-7");
    EXPECT_EQ(first.contract, "V-9");
    EXPECT_EQ(figure(first.disputed), "40.00");
    const auto& second = r.as<ArDocument>(1);
    EXPECT_EQ(second.terms, "");
    EXPECT_EQ(second.terms_days, 30);
    EXPECT_EQ(figure(second.discounts.at(0).amount), "3.00");
    EXPECT_EQ(second.discounts.at(0).percent, "");
    EXPECT_TRUE(r.as<ArDocument>(2).discounts.empty());
    EXPECT_FALSE(r.as<ArDocument>(2).disputed);
}

TEST(InvoiceColumns, a_retained_share_and_an_invoice_in_advance) {
    const std::string columns = R"("dates": "%Y-%m-%d", "columns": {"id": "no", "customer": "c", "document_date": "d", "amount": "a", "kind": "t", "retained": "r", "release_date": "until"})";
    const Read r = read("no,c,d,a,t,r,until\n1,C,2026-03-01,100.00,invoice,10.00,2027-03-01\n2,C,2026-03-01,100.00,invoice,0.00,\n3,C,2026-03-01,100.00,deposit_invoice,,\n"
                        "4,C,2026-03-01,100.00,invoice,100.00,\n5,C,2026-03-01,100.00,invoice,-1.00,\n6,C,2026-03-01,100.00,credit_memo,5.00,\n",
                        R"({"files": [{"record": "invoice", )" + columns + "}]}");
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 3u) << r.rejected();
    EXPECT_EQ(figure(r.as<ArDocument>(0).retained), "10.00");
    EXPECT_EQ(to_text(*r.as<ArDocument>(0).release_date), "2027-03-01");
    EXPECT_FALSE(r.as<ArDocument>(0).deposit || r.as<ArDocument>(1).retained || r.as<ArDocument>(1).deposit);
    EXPECT_TRUE(r.as<ArDocument>(2).deposit);
    EXPECT_EQ(r.as<ArDocument>(2).kind, ArDocument::Kind::invoice);
    EXPECT_NE(r.rejected().find("the retained share 100.00 of 100.00"), std::string::npos) << r.rejected();
    EXPECT_NE(r.rejected().find("of invoices alone"), std::string::npos) << r.rejected();
}

TEST(InvoiceColumns, freight_is_a_share_of_the_gross_beside_the_tax) {
    const std::string mapping = R"({"files": [{"record": "invoice", "dates": "%Y-%m-%d", "columns": {"id": "no", "customer": "c", "document_date": "d", "amount": "a",
        "net": "n", "tax": "v", "freight": "f", "kind": "t"}}]})";
    struct Case {
        std::string name, row, freight, where, what;
    };
    for (const Case& c : {Case{"within_the_net", "130.90,110.00,20.90,10.00,invoice", "10.00", "", ""},
                          Case{"beside_the_net", "130.90,100.00,20.90,10.00,invoice", "10.00", "", ""},
                          Case{"of_nothing_is_none", "130.90,110.00,20.90,0.00,invoice", "", "", ""},
                          Case{"empty_is_none", "130.90,110.00,20.90,,invoice", "", "", ""},
                          Case{"without_tax", "130.90,,,130.90,invoice", "130.90", "", ""},
                          Case{"all_but_the_tax", "130.90,,20.90,110.00,invoice", "110.00", "", ""},
                          Case{"of_a_credit_memo_turns_with_it", "-130.90,-110.00,-20.90,-10.00,credit_memo", "10.00", "", ""},
                          Case{"positive_in_a_credit_memo_that_is_so", "130.90,110.00,20.90,10.00,credit_memo", "10.00", "", ""},
                          Case{"more_than_the_net", "130.90,,20.90,110.01,invoice", "", "f.csv:2 column f", "freight 110.01 and tax 20.90 are more than the amount 130.90"},
                          Case{"more_than_the_gross", "130.90,,,130.91,invoice", "", "f.csv:2 column f", "freight 130.91 is more than the amount 130.90"},
                          Case{"of_the_other_side", "130.90,,20.90,-10.00,invoice", "", "f.csv:2 column f", "freight has another sign than the amount"},
                          Case{"gross_is_neither", "130.00,100.00,20.90,10.00,invoice", "", "f.csv:2 column a", "amount 130.00 is not net 100.00 plus tax 20.90, with freight 10.00 or without"},
                          Case{"gross_unknown", ",110.00,20.90,10.00,invoice", "", "f.csv:2 column a", "whether freight 10.00 is in net 110.00"},
                          Case{"of_a_deposit", "130.90,110.00,20.90,10.00,deposit_invoice", "", "f.csv:2 column f", "a deposit invoice bills no freight"}}) {
        const Read r = read("no,c,d,a,n,v,f,t\n1,C,2026-03-01," + c.row + "\n", mapping);
        ASSERT_TRUE(r.report) << c.name << ": " << r.refused();
        if (c.what.empty()) {
            ASSERT_EQ(r.kept.records.size(), 1u) << c.name << ": " << r.rejected();
            const auto& document = r.as<ArDocument>(0);
            EXPECT_EQ(document.freight ? figure(document.freight) : "", c.freight) << c.name;
            EXPECT_EQ(figure(document.amount), "130.90") << c.name;
            continue;
        }
        EXPECT_TRUE(r.kept.records.empty()) << c.name;
        EXPECT_NE(r.rejected().find(c.what), std::string::npos) << c.name << ": " << r.rejected();
        EXPECT_NE(r.rejected().find(c.where), std::string::npos) << c.name << ": " << r.rejected();
    }
}

TEST(InvoiceColumns, a_bad_one_rejects_its_row) {
    struct Case {
        std::string row, where, what;
    };
    for (const Case& c : {Case{"1,C,2026-03-01,100.00,,,,2,,,,", "column until", "no day"}, Case{"1,C,2026-03-01,100.00,,,2026-03-11,100,,,,", "column pct", "less than 100"},
                          Case{"1,C,2026-03-01,100.00,,,2026-03-11,-2,,,,", "column pct", "more than 0"}, Case{"1,C,2026-03-01,100.00,,,2026-03-11,,100.00,,,", "column disc", "of an amount of 100.00"},
                          Case{"1,C,2026-03-01,100.00,,,2026-03-11,two,,,,", "column pct", ""}, Case{"1,C,2026-03-01,100.00,50.00,,,,,,,60.00", "column disputed", "50.00 that is open"},
                          Case{"1,C,2026-03-01,100.00,,,,,,,,-1.00", "column disputed", ""}, Case{"1,C,2026-03-01,100.00,,9999,,,,,,", "column terms", "3650"}}) {
        const Read r = read(invoice_head + c.row + "\n", invoices);
        ASSERT_TRUE(r.report) << c.row << r.refused();
        EXPECT_TRUE(r.kept.records.empty()) << c.row;
        EXPECT_NE(r.rejected().find(c.where), std::string::npos) << c.row << ": " << r.rejected();
        EXPECT_NE(r.rejected().find(c.what), std::string::npos) << c.row << ": " << r.rejected();
    }
}

TEST(InvoiceColumns, usual_names) {
    const Read r = read("Rechnungsnummer;Kundennummer;Rechnungsdatum;Betrag;Zahlungsbedingung;Skonto bis;Skonto Prozent;Lieferschein;Vertrag\n"
                        "R1;7;01.03.2026;100,00;2/10 net 30;11.03.2026;2,5;LS-7;V-9\n");
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 1u) << r.rejected();
    const auto& d = r.as<ArDocument>(0);
    EXPECT_EQ(d.terms, "2/10 net 30");
    EXPECT_EQ(d.discounts.at(0).percent, "2.5");
    EXPECT_EQ(d.delivery, "LS-7");
    EXPECT_EQ(d.contract, "V-9");
}

// ---- rates

const std::string fx = R"({"files": [{"record": "fx_rate", "columns": {"from": "F", "to": "T", "date": "D", "rate": "R", "type": {"column": "K", "map": {"M": "closing", "C": "custom"}}}}]})";

TEST(Rates, of_exchange) {
    const Read r = read("F;T;D;R;K\nUSD;CHF;31.03.2026;0,8812;M\nUSD;CHF;30.03.2026;0,8790;\n", fx);
    ASSERT_TRUE(r.report) << r.refused();
    ASSERT_EQ(r.kept.records.size(), 2u) << r.rejected();
    EXPECT_EQ(r.as<FxRate>(0).rate, "0.8812");
    EXPECT_EQ(r.as<FxRate>(0).type, "closing");
    EXPECT_EQ(to_text(*r.as<FxRate>(0).date), "2026-03-31");
    EXPECT_EQ(r.kept.records[0].external_id, "USD/CHF/closing/2026-03-31");
    EXPECT_EQ(r.as<FxRate>(1).rate, "0.8790");
    EXPECT_EQ(r.kept.records[1].external_id, "USD/CHF/spot/2026-03-30");
}

TEST(Rates, a_bad_one_rejects_its_row) {
    struct Case {
        std::string row, where, what;
    };
    for (const Case& c : {Case{"USD;CHF;31.03.2026;0,0000;M", "column R", "positive"}, Case{"USD;CHF;31.03.2026;-0,8812;M", "column R", ""}, Case{"USD;CHF;31.03.2026;;M", "column R", "empty"},
                          Case{"USD;XXQ;31.03.2026;0,8812;M", "column T", "ISO 4217"}, Case{"USD;USD;31.03.2026;1,0000;M", "column T", "in itself"}, Case{"USD;CHF;;0,8812;M", "column D", "empty"},
                          Case{"USD;CHF;31.03.2026;0,8812;Z", "column K", "not in the map"}, Case{";CHF;31.03.2026;0,8812;M", "column F", "empty"}}) {
        const Read r = read("F;T;D;R;K\n" + c.row + "\nUSD;CHF;30.03.2026;0,8790;\n", fx);
        ASSERT_TRUE(r.report) << c.row << r.refused();
        EXPECT_EQ(r.kept.records.size(), 1u) << c.row;
        EXPECT_NE(r.rejected().find(c.where), std::string::npos) << c.row << ": " << r.rejected();
        EXPECT_NE(r.rejected().find(c.what), std::string::npos) << c.row << ": " << r.rejected();
    }
    const Read twice = read("F;T;D;R;K\nUSD;CHF;31.03.2026;0,8812;M\nUSD;CHF;31.03.2026;0,8813;M\nUSD;CHF;30.03.2026;0,8790;M\nUSD;CHF;30.03.2026;0,8790;M\n", fx);
    ASSERT_TRUE(twice.report);
    EXPECT_EQ(twice.kept.records.size(), 1u);
    EXPECT_EQ(twice.report->rejected.size(), 2u) << twice.rejected();
}

TEST(Rates, an_empty_type_is_spot) {
    const std::string mapping = R"({"files": [{"record": "fx_rate", "columns": {"from": "F", "to": "T", "date": "D", "rate": "R", "type": "K"}}]})";
    const Read two = read("F;T;D;R;K\nUSD;CHF;31.03.2026;0,8812;\nUSD;CHF;31.03.2026;0,8813;spot\nUSD;CHF;31.03.2026;0,8815;closing\n", mapping);
    ASSERT_TRUE(two.report) << two.refused();
    ASSERT_EQ(two.kept.records.size(), 1u);
    EXPECT_EQ(two.as<FxRate>(0).type, "closing");
    EXPECT_EQ(two.report->rejected.size(), 2u) << two.rejected();
    const Read one = read("F;T;D;R;K\nUSD;CHF;31.03.2026;0,8812;\nUSD;CHF;31.03.2026;0,8812;spot\n", mapping);
    ASSERT_TRUE(one.report) << one.refused();
    EXPECT_EQ(one.kept.records.size(), 1u) << one.rejected();
    EXPECT_EQ(one.rejected(), "");
}

TEST(Rates, a_file_is_cut_off_where_rates_of_the_same_pair_are_longer) {
    const std::string mapping = R"({"files": [{"record": "fx_rate", "columns": {"from": "F", "to": "T", "date": "D", "rate": "R"}}]})";
    const std::string head = "F;T;D;R\nEUR;USD;30.03.2026;1,0840\nEUR;JPY;30.03.2026;162,50\n";
    const Read whole = read(head + "EUR;JPY;31.03.2026;162,75", mapping);
    ASSERT_TRUE(whole.report) << whole.refused();
    EXPECT_EQ(whole.kept.records.size(), 3u) << whole.rejected();
    EXPECT_EQ(whole.report->warnings.size(), 0u);
    const Read cut = read(head + "EUR;USD;31.03.2026;1,08", mapping);
    ASSERT_TRUE(cut.report) << cut.refused();
    EXPECT_EQ(cut.rejected(), "f.csv:4 column R: the file ends in the middle of a rate: \"1,08\"\n");
    const Read alone = read(head + "EUR;CHF;31.03.2026;0,95", mapping);
    ASSERT_TRUE(alone.report) << alone.refused();
    EXPECT_EQ(alone.kept.records.size(), 3u) << alone.rejected();
    ASSERT_EQ(alone.report->warnings.size(), 1u);
    EXPECT_EQ(alone.report->warnings[0].where, "f.csv:4");
}

TEST(Rates, of_reference_and_by_usual_names) {
    const Read mapped = read("name;ab;satz\nde_base_rate;01.01.2021;-0,88 %\n", R"({"files": [{"record": "reference_rate", "columns": {"name": "name", "from": "ab", "percent": "satz"}}]})");
    ASSERT_TRUE(mapped.report) << mapped.refused();
    EXPECT_EQ(mapped.as<ReferenceRate>(0).percent, "-0.88");
    EXPECT_EQ(mapped.kept.records[0].external_id, "de_base_rate/2021-01-01");
    const Read usual = read("from,to,date,rate,type\nUSD,CHF,2026-03-31,0.8812,Closing\n");
    ASSERT_TRUE(usual.report) << usual.refused();
    EXPECT_EQ(usual.as<FxRate>(0).type, "closing");
    const Read reference = read("name,from,percent\necb_main_refinancing,2025-07-01,2.15\n");
    ASSERT_TRUE(reference.report) << reference.refused();
    EXPECT_EQ(reference.as<ReferenceRate>(0).percent, "2.15");
}

// ---- mappings

TEST(MoreMappings, wrong_ones_say_where) {
    struct Case {
        std::string profile, where, what;
    };
    for (const Case& c : std::vector<Case>{
             {R"({"files": [{"record": "remittance_advice", "columns": {"document": "d"}}]})", "files[0].columns.id", "missing"},
             {R"({"files": [{"record": "remittance_advice", "columns": {"payment": "p", "id": "q"}}]})", "files[0].columns.id", "given twice"},
             {R"({"files": [{"record": "remittance_advice", "columns": {"payment": "p", "deduction": "a", "adjustment": "b"}}]})", "files[0].columns.adjustment", "two signs"},
             {R"({"files": [{"record": "fx_rate", "columns": {"from": "a", "to": "b", "date": "c"}}]})", "files[0].columns.rate", "missing"},
             {R"({"files": [{"record": "reference_rate", "columns": {"name": "a", "from": "b", "percent": {"column": "c", "optional": true}}}]})", "files[0].columns.percent", "cannot be optional"},
             {R"({"files": [{"record": "reference_rate", "columns": {"name": {"value": "x", "optional": true}, "from": "b", "percent": "c"}}]})", "files[0].columns.name.optional", "always there"}}) {
        const Read r = read("a,b\n1,2\n", c.profile);
        ASSERT_FALSE(r.report) << c.profile;
        EXPECT_EQ(r.report.error().code, Errc::invalid_config) << c.profile;
        EXPECT_EQ(r.report.error().where, c.where) << r.refused();
        EXPECT_NE(r.report.error().what.find(c.what), std::string::npos) << r.refused();
    }
}

TEST(MoreMappings, an_optional_column_may_be_missing) {
    const std::string profile = R"({"files": [{"record": "invoice", "columns": {"id": "no", "customer": "c", "amount": "a", "terms": {"column": "terms", "optional": true}}}]})";
    EXPECT_EQ(read("no,c,a,terms\n1,C,5.00,net 30\n", profile).as<ArDocument>(0).terms, "net 30");
    EXPECT_EQ(read("no,c,a\n1,C,5.00\n", profile).as<ArDocument>(0).terms, "");
}

}  // namespace
}  // namespace owed::formats::erp_csv
