#include "formats/bank_csv/bank_csv.hpp"

#include <gtest/gtest.h>

#include <random>

#include "formats/testing/corpus.hpp"

namespace owed::formats::bank_csv {
namespace {

struct Read {
    testing::Collected sink;
    std::vector<BankStatement> statements;
    Result<DecodeReport> report = fail(Errc::internal, "");

    const BankTransaction& entry(std::size_t i) const { return statements.at(0).entries.at(i); }
    std::string amounts() const {
        if (!report) return "refused";
        std::string out;
        for (const BankStatement& s : statements)
            for (const BankTransaction& e : s.entries) out += (out.empty() ? "" : " ") + to_text(*e.amount);
        return out;
    }
    std::string where() const { return report ? "read" : report.error().where; }
    std::string what() const { return report ? "read" : report.error().what; }
};

Read read(std::string_view text, std::string profile = "") {
    Read out;
    out.report = decode(text, {"b.csv", std::move(profile)}, out.sink);
    if (out.report) out.statements = out.sink.statements();
    return out;
}

TEST(BankCsv, notations_of_sign) {
    struct Case {
        std::string name, text, amounts;
    };
    const std::vector<Case> cases{
        {"signed", "Date,Description,Amount\n2026-01-02,a,10.50\n2026-01-03,b,-3.25\n", "10.50 -3.25"},
        {"debit_and_credit", "Date,Description,Debit,Credit\n2026-01-02,a,,10.50\n2026-01-03,b,3.25,\n", "10.50 -3.25"},
        {"debit_written_negative", "Date,Description,Debit,Credit\n2026-01-02,a,,10.50\n2026-01-03,b,-3.25,\n", "10.50 -3.25"},
        {"the_other_column_is_zero", "Date,Description,Debit,Credit\n2026-01-02,a,0.00,10.50\n2026-01-03,b,3.25,0.00\n", "10.50 -3.25"},
        {"both_zero_is_zero", "Date,Description,Debit,Credit\n2026-01-02,a,0.00,0.00\n2026-01-03,b,3.25,0.00\n", "0.00 -3.25"},
        {"debit_and_credit_in_one_row", "Date,Description,Debit,Credit\n2026-01-02,a,1.25,10.50\n", "refused"},
        {"neither_debit_nor_credit", "Date,Description,Debit,Credit\n2026-01-02,a,,\n", "refused"},
        {"debits_with_both_signs", "Date,Description,Debit,Credit\n2026-01-02,a,-1.25,\n2026-01-02,a,1.25,\n", "refused"},
        {"credit_with_minus", "Date,Description,Debit,Credit\n2026-01-02,a,,-1.25\n", "refused"},
        {"column_of_marks", "Date;Text;Amount;D/C\n2026-01-02;a;10,50;C\n2026-01-03;b;3,25;D\n", "10.50 -3.25"},
        {"german_marks", "Buchungstag;Text;Betrag;Soll/Haben\n02.01.2026;a;10,50;H\n03.01.2026;b;3,25;S\n", "10.50 -3.25"},
        {"dutch_marks", "Datum;Omschrijving;Bedrag;Af Bij\n20260102;a;10,50;Bij\n20260103;b;3,25;Af\n", "10.50 -3.25"},
        {"marks_and_minus_agree", "Date;Text;Amount;D/C\n2026-01-02;a;10,50;C\n2026-01-03;b;-3,25;D\n", "10.50 -3.25"},
        {"marks_and_minus_contradict", "Date;Text;Amount;D/C\n2026-01-02;a;-10,50;C\n2026-01-03;b;3,25;D\n", "refused"},
        {"mark_unknown", "Date;Text;Amount;D/C\n2026-01-02;a;10,50;X\n", "refused"},
        {"trailing_minus", "Date;Text;Amount\n2026-01-02;a;10,50\n2026-01-03;b;3,25-\n", "10.50 -3.25"},
        {"net_beside_gross", "Date;Name;Gross;Fee;Net\n2026-01-02;a;10,00;-0,35;9,65\n", "9.65"},
        {"gross_alone", "Date;Name;Gross\n2026-01-02;a;10,25\n", "10.25"},
        {"amount_beside_debit", "Date;Name;Amount;Debit\n2026-01-02;a;10,25;\n", "refused"},
        {"two_amounts", "Date;Name;Amount;Betrag\n2026-01-02;a;10,25;1,25\n", "refused"},
    };
    for (const Case& c : cases) {
        Read r = read(c.text);
        EXPECT_EQ(r.amounts(), c.amounts) << c.name << ' ' << r.what();
        if (!r.report) { EXPECT_TRUE(r.where().starts_with("b.csv:")) << c.name << ' ' << r.where(); }
    }
}

TEST(BankCsv, headings_of_many_languages) {
    struct Case {
        std::string text;
        std::string date, value_date, name, account, currency, line, ref;
    };
    const std::vector<Case> cases{
        {"\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Beguenstigter/Zahlungspflichtiger\";\"Kontonummer\";\"BLZ\";\"Betrag\";\"Waehrung\";\"Info\"\n"
         "\"123\";\"31.03.26\";\"01.04.26\";\"GUTSCHRIFT\";\"RE 4711\";\"Muster GmbH\";\"DE89370400440532013000\";\"COBADEFF\";\"1.234,50\";\"EUR\";\"Umsatz gebucht\"\n",
         "2026-03-31", "2026-04-01", "Muster GmbH", "DE89370400440532013000", "EUR", "RE 4711", ""},
        {"\"Buchungsdatum\";\"Wertstellung\";\"Status\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Umsatztyp\";\"IBAN\";\"Betrag (€)\";\"Kundenreferenz\"\n"
         "\"31.03.26\";\"31.03.26\";\"Gebucht\";\"Muster GmbH\";\"Wir\";\"RE 4711\";\"Eingang\";\"DE89370400440532013000\";\"1.234,50\";\"\"\n",
         "2026-03-31", "2026-03-31", "Muster GmbH", "DE89370400440532013000", "EUR", "RE 4711", ""},
        {"Date opération;Date valeur;Libellé;Débit;Crédit;Devise;Référence\n31/03/2026;01/04/2026;FACTURE 4711;;1 234,50;EUR;R9\n", "2026-03-31", "2026-04-01", "", "", "EUR", "FACTURE 4711", "R9"},
        {"Fecha operación;Fecha valor;Concepto;Importe;Divisa;Saldo\n31/03/2026;31/03/2026;Factura 4711;1.234,50;EUR;2.000,00\n", "2026-03-31", "2026-03-31", "", "", "EUR", "Factura 4711", ""},
        {"\"Datum\",\"Naam / Omschrijving\",\"Rekening\",\"Tegenrekening\",\"Code\",\"Af Bij\",\"Bedrag (EUR)\",\"Mutatiesoort\",\"Mededelingen\"\n"
         "\"20260331\",\"Muster BV\",\"NL91ABNA0417164300\",\"NL02RABO0123456789\",\"OV\",\"Bij\",\"1234,50\",\"Overschrijving\",\"Factuur 4711\"\n",
         "2026-03-31", "", "Muster BV", "NL02RABO0123456789", "EUR", "Factuur 4711", ""},
        {"\"IBAN/BBAN\",\"Munt\",\"BIC\",\"Volgnr\",\"Datum\",\"Rentedatum\",\"Bedrag\",\"Saldo na trn\",\"Tegenrekening IBAN/BBAN\",\"Naam tegenpartij\",\"Omschrijving-1\"\n"
         "\"NL91ABNA0417164300\",\"EUR\",\"RABONL2U\",\"000017\",\"2026-03-31\",\"2026-04-01\",\"+1234,50\",\"+2000,00\",\"NL02RABO0123456789\",\"Muster BV\",\"Factuur 4711\"\n",
         "2026-03-31", "2026-04-01", "Muster BV", "NL02RABO0123456789", "EUR", "Factuur 4711", "000017"},
        {"Data operazione;Data valuta;Descrizione;Importo;Divisa\n31/03/2026;01/04/2026;Fattura 4711;1.234,50;EUR\n", "2026-03-31", "2026-04-01", "", "", "EUR", "Fattura 4711", ""},
        {"Bokföringsdag;Belopp;Beskrivning;Valuta;Text\n2026-03-31;1 234,50;;SEK;Faktura 4711\n", "2026-03-31", "", "", "", "SEK", "Faktura 4711", ""},
        {"Buchung;Valuta;Verwendungszweck;Betrag\n31.03.2026;01.04.2026;RE 4711;1.234,50\n", "2026-03-31", "2026-04-01", "", "", "", "RE 4711", ""},
        {"Type,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\nTOPUP,2026-03-30 10:00:00,2026-03-31 10:00:01,Invoice 4711,1234.50,0.00,GBP,COMPLETED,2000.00\n", "2026-03-31", "",
         "", "", "GBP", "Invoice 4711", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text.substr(0, 60));
        EXPECT_EQ(sniff(c.text, "x"), 80);
        Read r = read(c.text);
        ASSERT_TRUE(r.report) << to_text(r.report.error());
        const BankTransaction& e = r.entry(0);
        EXPECT_EQ(to_text(*e.booking_date), c.date);
        EXPECT_EQ(e.value_date ? to_text(*e.value_date) : "", c.value_date);
        EXPECT_EQ(to_text(*e.amount), "1234.50");
        EXPECT_EQ(e.amount->currency, c.currency);
        EXPECT_EQ(e.counterparty.name, c.name);
        EXPECT_EQ(e.counterparty.account, c.account);
        ASSERT_FALSE(e.text.empty());
        EXPECT_EQ(e.text.front(), c.line);
        EXPECT_EQ(e.bank_ref, c.ref);
    }
}

TEST(BankCsv, running_balances) {
    struct Case {
        std::string name, rows;
        Check check;
        std::string opening, closing;
    };
    const std::vector<Case> cases{
        {"old_to_new", "2026-01-02;10,00;110,00\n2026-01-03;-5,00;105,00\n2026-01-04;1,00;106,00\n", Check::ok, "100.00", "106.00"},
        {"new_to_old", "2026-01-04;1,00;106,00\n2026-01-03;-5,00;105,00\n2026-01-02;10,00;110,00\n", Check::ok, "100.00", "106.00"},
        {"one_row_proves_nothing", "2026-01-02;10,00;110,00\n", Check::absent, "", ""},
        {"broken", "2026-01-02;10,00;110,00\n2026-01-03;-5,00;106,00\n2026-01-04;1,00;107,00\n", Check::broken, "", ""},
        {"balances_now_and_then", "2026-01-02;10,00;110,00\n2026-01-03;-5,00;\n2026-01-04;1,00;106,00\n", Check::ok, "100.00", "106.00"},
        {"none", "2026-01-02;10,00;\n2026-01-03;-5,00;\n", Check::absent, "", ""},
        {"a_row_is_missing", "2026-01-02;10,00;110,00\n2026-01-04;1,00;106,00\n", Check::broken, "", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Read r = read("Date;Amount;Balance\n" + c.rows);
        ASSERT_TRUE(r.report) << to_text(r.report.error());
        const BankStatement& s = r.statements.at(0);
        EXPECT_EQ(s.balance_check, c.check);
        EXPECT_EQ(s.opening ? to_text(s.opening->amount) : "", c.opening);
        EXPECT_EQ(s.closing ? to_text(s.closing->amount) : "", c.closing);
        EXPECT_EQ(r.report->verdict, c.check == Check::broken ? Verdict::quarantine : Verdict::accept);
    }
    Read r = read("Date;Amount;Balance\n2026-01-02;10,00;110,00\n2026-01-03;-5,00;106,00\n");
    EXPECT_EQ(r.report->warnings.at(0).where, "b.csv:3");
    EXPECT_EQ(r.report->warnings.at(0).what, "the balance after this line is 106.00, by the lines before it 105.00");
}

TEST(BankCsv, preamble_trailer_and_blank_rows) {
    Read r = read("Kontoumsätze;\nIBAN:;DE89 3704 0044 0532 0130 00;\nZeitraum;01.03.2026 - 31.03.2026;\n;;\nBuchungstag;Verwendungszweck;Betrag;\n"
                  "31.03.2026;\"eins\nzwei\";1.000,50;\n\n30.03.2026;drei;-0,50;\n;;\nAnfangssaldo;;100,00;\nEndsaldo;;1.100,00;\nSumme;;1.000,00;\n");
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    ASSERT_EQ(r.statements.size(), 1u);
    EXPECT_EQ(r.statements[0].account.iban, "DE89370400440532013000");
    EXPECT_EQ(r.amounts(), "1000.50 -0.50");
    EXPECT_EQ(r.entry(0).text, (std::vector<std::string>{"eins", "zwei"}));
    EXPECT_EQ(r.entry(1).where, "b.csv:9");
    EXPECT_EQ(r.statements[0].balance_check, Check::ok);
    EXPECT_EQ(to_text(r.statements[0].closing->amount), "1100.00");
    r = read("Date,Description,Amount\n2026-01-02,a,10.50\nOpening balance,,100.00\nClosing balance,,111.50\n");
    ASSERT_TRUE(r.report);
    EXPECT_EQ(r.report->verdict, Verdict::quarantine);
    r = read("Date,Details,Amount,Balance\n2026-01-01,BALANCE BROUGHT FORWARD,,100.00\n2026-01-02,a,10.50,110.50\n");
    ASSERT_TRUE(r.report) << r.what();
    EXPECT_EQ(r.amounts(), "10.50");
    EXPECT_EQ(to_text(r.statements[0].opening->amount), "100.00");
}

TEST(BankCsv, nothing_is_skipped) {
    struct Case {
        std::string name, row, where;
    };
    const std::vector<Case> cases{
        {"garbled_amount", "2026-04-03,x,12..34,EUR", "b.csv:3:14"},
        {"empty_amount", "2026-04-03,x,,EUR", "b.csv:3:14"},
        {"amount_is_text", "2026-04-03,x,many,EUR", "b.csv:3:14"},
        {"amount_with_exponent", "2026-04-03,x,1e3,EUR", "b.csv:3:14"},
        {"half_cents", "2026-04-03,x,0.005,EUR", "b.csv:3:14"},
        {"no_date", ",x,5.00,EUR", "b.csv:3:1"},
        {"no_such_day", "2026-02-30,x,5.00,EUR", "b.csv:3:1"},
        {"date_of_another_notation", "03.04.2026,x,5.00,EUR", "b.csv:3:1"},
        {"payer_called_total", "Total Energies,x,5.00,EUR", "b.csv:3:1"},
        {"unknown_currency", "2026-04-03,x,5.00,EURO", "b.csv:3:19"},
        {"cut_off", "2026-04-03,x", "b.csv:3:1"},
        {"a_separator_in_the_text", "2026-04-03,x, y,5.00,EUR", "b.csv:3:1"},
        {"open_quote", "2026-04-03,\"x,5.00,EUR", "b.csv:3:12"},
        {"text_after_quote", "2026-04-03,\"x\"y,5.00,EUR", "b.csv:3:15"},
        {"minus_sign_of_unicode", "2026-04-03,x,\u22125.00,EUR", "b.csv:3:14"},
    };
    for (const Case& c : cases) {
        Read r = read("Date,Description,Amount,Currency\n2026-04-02,Valid row,100.00,EUR\n" + c.row + "\n");
        EXPECT_FALSE(r.report) << c.name;
        EXPECT_EQ(r.where(), c.where) << c.name << ": " << r.what();
    }
}

TEST(BankCsv, several_accounts_and_currencies) {
    Read r = read("Auftragskonto;Buchungstag;Verwendungszweck;Betrag;Währung\nA1;31.03.2026;x;1,00;EUR\nA2;31.03.2026;x;2,00;EUR\nA1;31.03.2026;x;3,00;USD\nA1;31.03.2026;x;4,25;EUR\n");
    ASSERT_TRUE(r.report) << r.what();
    ASSERT_EQ(r.statements.size(), 3u);
    EXPECT_EQ(r.statements[0].account.id, "A1");
    EXPECT_EQ(r.statements[0].entries.size(), 2u);
    EXPECT_EQ(r.statements[2].account.currency, "USD");
    // A generic "IBAN" that differs from row to row is not ours.
    r = read("Datum;IBAN;Betrag\n31.03.2026;DE89370400440532013000;1,00\n31.03.2026;GB29NWBK60161331926819;2,00\n");
    ASSERT_EQ(r.statements.size(), 1u);
    EXPECT_EQ(r.statements[0].account.iban, "");
    EXPECT_EQ(r.entry(1).counterparty.account, "GB29NWBK60161331926819");
}

TEST(BankCsv, status_of_entries) {
    Read r = read("Date;Text;Amount;Status\n2026-01-02;a;1,00;Booked\n;b;2,00;Pending\n2026-01-02;c;3,25;DECLINED\n");
    ASSERT_TRUE(r.report) << r.what();
    EXPECT_EQ(r.entry(0).status, EntryStatus::booked);
    EXPECT_EQ(r.entry(1).status, EntryStatus::pending);
    EXPECT_EQ(r.entry(2).status, EntryStatus::information);
    r = read("Date;Text;Amount;Status\n2026-01-02;a;1,50;whatever\n");
    EXPECT_EQ(r.where(), "b.csv:2:19");
}

TEST(BankCsv, profile) {
    std::string profile = R"({"columns": {"booking_date": "Tag", "amount": "Wert", "text": ["Zweck", "Zusatz"], "counterparty": "Wer", "bank_ref": "Nr"},
        "date_format": "%m/%d/%Y", "decimal": ",", "delimiter": "|", "encoding": "windows-1252", "skip_lines": 2, "skip_trailer_lines": 1,
        "account": {"iban": "DE89370400440532013000"}, "currency": "EUR", "inverse_sign": true})";
    Read r = read("junk\njunk \"\nTag|Wert|Zweck|Zusatz|Wer|Nr\n02/03/2026|1.234|a|b|M\xFCller|7\n02/04/2026|-5|c||x|8\nEnd of file\n", profile);
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.amounts(), "-1234.00 5.00");
    EXPECT_EQ(to_text(*r.entry(0).booking_date), "2026-02-03");
    EXPECT_EQ(r.entry(0).counterparty.name, "Müller");
    EXPECT_EQ(r.entry(0).text, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(r.statements[0].account.iban, "DE89370400440532013000");
    EXPECT_EQ(r.statements[0].account.currency, "EUR");
    r = read("2026-01-02,1.50,a\n2026-01-03,2.50,b\n", R"({"header": false, "columns": {"booking_date": 1, "amount": 2, "text": "3"}})");
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.amounts(), "1.50 2.50");
    struct Case {
        std::string profile, where;
    };
    for (const Case& c : std::vector<Case>{{"{]", "profile:1:2"},
                                           {R"({"column": {}})", "column"},
                                           {R"({"columns": {"booking_date": "a", "amnt": "b"}})", "columns.amnt"},
                                           {R"({"columns": {"booking_date": "a"}})", "columns.amount"},
                                           {R"({"columns": {"amount": "a"}})", "columns.booking_date"},
                                           {R"({"columns": {"booking_date": "a", "amount": ["b", "c"]}})", "columns.amount"},
                                           {R"({"date_format": "dd.mm"})", "date_format"},
                                           {R"({"currency": "EURO"})", "currency"},
                                           {R"({"inverse_sign": "yes"})", "inverse_sign"},
                                           {R"({"account": {"ibam": "x"}})", "account.ibam"},
                                           {R"({"header": false})", "columns"}}) {
        Read bad = read("Date,Amount\n2026-01-02,1.50\n", c.profile);
        EXPECT_EQ(bad.where(), c.where) << c.profile;
        EXPECT_EQ(bad.report.error().code, Errc::invalid_config);
    }
    r = read("Date,Amount\n2026-01-02,1.50\n", R"({"columns": {"booking_date": "Date", "amount": "Betrag"}})");
    EXPECT_EQ(r.where(), "b.csv:1");
    EXPECT_NE(r.what().find("the file has: Date, Amount"), std::string::npos);
}

TEST(BankCsv, without_header) {
    Read r = read("2026-03-01,Rent,-1000.00,EUR,500.00\n2026-03-02,Invoice 1,200.00,EUR,700.00\n2026-03-05,Invoice 2,50.25,EUR,750.25\n");
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.report->verdict, Verdict::warn);
    EXPECT_EQ(r.amounts(), "-1000.00 200.00 50.25");
    EXPECT_EQ(r.statements[0].balance_check, Check::ok);
    EXPECT_EQ(r.entry(1).amount->currency, "EUR");
    EXPECT_EQ(r.entry(1).text.front(), "Invoice 1");
    // Two columns of amounts of which neither runs along the other: which one is it?
    r = read("2026-03-01,Rent,-1000.00,500.00\n2026-03-02,Invoice 1,200.00,7.50\n2026-03-05,Invoice 2,50.25,1.50\n");
    EXPECT_EQ(r.report.error().code, Errc::unsupported_format);
    r = read("colour;size\nred;5\nblue;6\n");
    EXPECT_EQ(r.report.error().code, Errc::unsupported_format);
    EXPECT_NE(r.what().find("\"colour\", \"size\""), std::string::npos);
    EXPECT_FALSE(read("").report);
    EXPECT_FALSE(read("PK\x03\x04 no text").report);
}

TEST(BankCsv, ambiguity_refuses_the_file) {
    Read r = read("Date;Text;Amount\n2026-01-02;a;1.234\n2026-01-03;b;5\n");
    EXPECT_EQ(r.where(), "b.csv:2:14");
    r = read("Date;Text;Amount\n01/02/2026;a;1,50\n");
    EXPECT_EQ(r.where(), "b.csv:2:1");
    r = read("Date;Text;Amount\n2026-01-02;a;1,50\n2026-01-02;a;1.50\n");
    EXPECT_EQ(r.where(), "b.csv:3:14");
}

TEST(BankCsv, large_statements_come_in_parts) {
    std::string text = "Date;Amount;Balance\n";
    std::int64_t balance = 0;
    for (int i = 0; i < 9000; ++i) {
        balance += 150;
        text += "2026-01-02;1,50;" + std::to_string(balance / 100) + ',' + std::to_string(100 + balance % 100).substr(1) + '\n';
    }
    Read r = read(text);
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.report->records, 3u);
    EXPECT_EQ(r.statements.size(), 1u);
    EXPECT_EQ(r.statements[0].entries.size(), 9000u);
    EXPECT_EQ(r.statements[0].balance_check, Check::ok);
    EXPECT_FALSE(std::get<BankStatement>(r.sink.records[0].body).last);
    EXPECT_EQ(to_text(r.statements[0].closing->amount), "13500.00");
}

/// Cut anywhere, a file is refused or read as a beginning of itself; the amounts it gives are those of the whole one.
TEST(BankCsv, truncated_anywhere) {
    for (std::string text : {"Date;Text;Amount;CCY\n2026-01-02;\"a\nb\";1.234,50;EUR\n2026-01-13;c;-99,90;EUR\n", "Date;Text;Amount\n2026-01-02;a;1.234,50\n2026-01-13;c;-99,90\n"}) {
        std::string whole = read(text).amounts();
        ASSERT_EQ(whole, "1234.50 -99.90");
        for (std::size_t n = 0; n < text.size(); ++n) {
            Read r = read(text.substr(0, n));
            if (!r.report || r.report->verdict == Verdict::warn) continue;  // its only amount ends the file: said so
            for (const BankStatement& s : r.statements)
                for (const BankTransaction& e : s.entries) EXPECT_NE(whole.find(to_text(*e.amount)), std::string::npos) << n << ' ' << to_text(*e.amount);
        }
    }
}

TEST(BankCsv, survives_anything) {
    std::mt19937 random{13};
    SCOPED_TRACE("seed 13");
    const std::string text = "Kontostand;1,50\n\nDate;Text;Debit;Credit;CCY;Balance\n2026-01-02;\"a\nb\";;1.234,50;EUR;1.234,50\n2026-01-13;c;99,90;;EUR;1.134,60\nTotal;;;\n";
    ASSERT_TRUE(read(text).report) << read(text).what();
    for (int round = 0; round < 1500; ++round) {
        std::string broken = text;
        for (auto n = random() % 6 + 1; n > 0; --n) broken[random() % broken.size()] = static_cast<char>(random());
        Read r = read(broken);
        if (!r.report) { EXPECT_FALSE(r.report.error().what.empty()); }
        (void)sniff(broken, "x.csv");
    }
}

}  // namespace
}  // namespace owed::formats::bank_csv
