#include "formats/mt940/mt940.hpp"

#include "formats/mt940/fields.hpp"
#include "formats/mt940/values.hpp"
#include "formats/text/reader_testing.hpp"

namespace owed::formats {
namespace {

using namespace testing;

/// A statement of EUR 100.00 with these entries; `closing` says what they leave.
std::string statement(const std::string& entries, const std::string& closing, const std::string& opening = "C260330EUR100,00", const std::string& account = "20041133/0532013000") {
    return ":20:STARTUMS\n:25:" + account + "\n:28C:7/1\n:60F:" + opening + "\n" + entries + ":62F:" + closing + "\n-\n";
}
std::string credit_of_50(const std::string& info) { return statement(":61:2603310331C50,00NTRFNONREF//B1\n:86:" + info + "\n", "C260331EUR150,00"); }

std::string shown_line(const BankTransaction& t) {
    return amount_text(t.amount) + " " + date_text(t.value_date) + " " + date_text(t.booking_date) + " " + t.code + " " + t.entry_ref + ";" + t.bank_ref + (t.reversal ? " reversal" : "");
}

TEST(Mt940, statement_lines_of_many_banks) {
    struct Row {
        const char *name, *line, *closing, *wanted;
    };
    const Row rows[] = {
        {"plain", "2603310331C50,00NTRFREF1//BANK1", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF REF1;BANK1"},
        {"debit", "2603310331D50,00NTRFREF1//BANK1", "50,00", "-50.00 EUR 2026-03-31 2026-03-31 NTRF REF1;BANK1"},
        {"reversal_of_credit", "2603310331RC1,00NTRFNONREF", "99,00", "-1.00 EUR 2026-03-31 2026-03-31 NTRF NONREF; reversal"},
        {"reversal_of_debit", "2603310331RD1,00NTRFNONREF", "101,00", "1.00 EUR 2026-03-31 2026-03-31 NTRF NONREF; reversal"},
        {"credit_with_funds_code_r", "2603310331CR1,00NTRFNONREF", "101,00", "1.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"reversal_with_funds_code", "2603310331RCR1,00NTRFNONREF", "99,00", "-1.00 EUR 2026-03-31 2026-03-31 NTRF NONREF; reversal"},
        {"no_entry_date", "260331C50,00NTRFNONREF", "150,00", "50.00 EUR 2026-03-31 - NTRF NONREF;"},
        {"blanks_for_entry_date", "260331    C50,00NTRFNONREF", "150,00", "50.00 EUR 2026-03-31 - NTRF NONREF;"},
        {"blank_before_type", "2603310331C50,00 NTRFNONREF", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"comma_alone", "2603310331C50,NTRFNONREF", "150,", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"no_comma", "2603310331C50NTRFNONREF", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"zero", "2603310331C0,NTRFNONREF", "100,00", "0.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"one_decimal", "2603310331C50,5NTRFNONREF", "150,5", "50.50 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
        {"padded", "2603310331C000000000050,00N102EREF", "150,00", "50.00 EUR 2026-03-31 2026-03-31 N102 EREF;"},
        {"entry_date_next_year", "2512310102C50,00NTRFNONREF", "150,00", "50.00 EUR 2025-12-31 2026-01-02 NTRF NONREF;"},
        {"entry_date_last_year", "2601011231C50,00NTRFNONREF", "150,00", "50.00 EUR 2026-01-01 2025-12-31 NTRF NONREF;"},
        {"leap_day", "2402290229C50,00NTRFNONREF", "150,00", "50.00 EUR 2024-02-29 2024-02-29 NTRF NONREF;"},
        {"long_reference", "2603310331C50,00NTRFTRANSFER-123456789012345678901234567", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF TRANSFER-123456789012345678901234567;"},
        {"second_double_slash", "2603310331C50,00NMSC3412/1XX//O/3412//7", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NMSC 3412/1XX;O/3412//7"},
        {"no_reference", "2603310331C50,00NMSC", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NMSC ;"},
        {"gvc_type", "2603310331C50,00N051NONREF", "150,00", "50.00 EUR 2026-03-31 2026-03-31 N051 NONREF;"},
        {"short_type", "2603310331C50,00S   X", "150,00", "50.00 EUR 2026-03-31 2026-03-31 S X;"},
        {"broken_in_the_amount", "2603310331C50\n,00NTRFNONREF//B1", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;B1"},
        {"broken_in_the_date", "26033\n10331C50,00NTRFNONREF//B1", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;B1"},
        {"broken_in_the_reference", "2603310331C50,00NTRFNON\nREF", "150,00", "50.00 EUR 2026-03-31 2026-03-31 NTRF NONREF;"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(mt940::decode, statement(":61:" + std::string{row.line} + "\n", "C260331EUR" + std::string{row.closing}));
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, Verdict::accept) << row.name << ": " << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements[0].entries.size(), 1U) << row.name;
        EXPECT_EQ(shown_line(outcome.statements[0].entries[0]), row.wanted) << row.name;
        EXPECT_EQ(outcome.statements[0].balance_check, Check::ok) << row.name;
    }
}

struct Details {
    const char *name, *info, *text, *party, *ids;
};
void check_details(const Details& row) {
    const Outcome outcome = run(mt940::decode, credit_of_50(row.info));
    ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
    EXPECT_EQ(outcome.report->verdict, Verdict::accept) << row.name << ": " << warnings_of(*outcome.report);
    ASSERT_EQ(outcome.statements.size(), 1U) << row.name;
    ASSERT_EQ(outcome.statements[0].entries.size(), 1U) << row.name;
    const BankTransaction& t = outcome.statements[0].entries[0];
    EXPECT_EQ(joined(t.text), row.text) << row.name;
    EXPECT_EQ(t.counterparty.name + ";" + t.counterparty.account + ";" + t.counterparty.bank, row.party) << row.name;
    std::string ids = t.end_to_end_id + ";" + t.mandate_id + ";" + t.return_reason;
    for (const RemittanceReference& r : t.references) ids += ";" + r.type + "=" + r.value;
    EXPECT_EQ(ids, row.ids) << row.name;
}

TEST(Mt940, german_subfields) {
    const Details rows[] = {
        {"classic", "051?00UEBERWEISUNG?100599?20Rechnung 4711?21vom 1. Maerz?3020041133?310532013000?32MUELLER?34339", "Rechnung 4711|vom 1. Maerz", "MUELLER;0532013000;20041133", ";;"},
        {"sepa", "166?00GUTSCHRIFT?20EREF+E2E-1?21MREF+M-1?22SVWZ+RE 4711?30COBADEFFXXX?31DE89370400440532013000?32ACME GMBH", "RE 4711", "ACME GMBH;DE89370400440532013000;COBADEFFXXX", "E2E-1;M-1;"},
        {"full_subfield_goes_on", "166?20SVWZ+Rechnungsnummer RE-2026?21-004711 und RE-2026-004712", "Rechnungsnummer RE-2026|-004711 und RE-2026-004712", ";;", ";;"},
        {"exactly_27_goes_on", "166?20SVWZ+Rechnung RE-2026-00471?211 danke", "Rechnung RE-2026-004711 danke", ";;", ";;"},
        {"keyword_across_subfields", "166?20EREF+E1 S?21VWZ+RE 4711", "RE 4711", ";;", "E1;;"},
        {"keyword_inside_a_subfield", "109?20EREF+A1.200080779.400143254?21.4961336 KREF+SEPA-1 MREF+M2?22SVWZ+RUECKGABE?34914", "KREF+SEPA-1|RUECKGABE", ";;", "A1.200080779.400143254.4961336;M2;914"},
        {"wrapped_in_the_code", "166?00GUT?20EREF+E1?2\n1SVWZ+RE 4711?3\n2ACME", "RE 4711", "ACME;;", "E1;;"},
        {"wrapped_in_the_keyword", "166?20EREF+E1 SV\nWZ+RE 4711", "RE 4711", ";;", "E1;;"},
        {"newline_at_each_subfield", "166\n?20SVWZ+RE 1\n?21RE 2\n?32ACME\n?33 SUED", "RE 1|RE 2", "ACME SUED;;", ";;"},
        {"second_purpose_range", "166?20SVWZ+RE 1?29RE 2?60RE 3?63RE 4", "RE 1|RE 2|RE 3|RE 4", ";;", ";;"},
        {"name_cut_at_27", "166?20X?32Finanzamt Muenchen Abteilung?33 Erhebung", "X", "Finanzamt Muenchen Abteilung Erhebung;;", ";;"},
        {"iban_in_38", "020?20X?310000777777777777?38PL61109010140000071219812874", "X", ";PL61109010140000071219812874;", ";;"},
        {"other_delimiter", "020~00WPLYW~20FAKTURA 4711~32ACME", "FAKTURA 4711", "ACME;;", ";;"},
        {"no_gvc", ">20FAKTURA 4711>32ACME", "FAKTURA 4711", "ACME;;", ";;"},
        {"not_provided", "166?20EREF+NOTPROVIDED?21SVWZ+RE 1", "RE 1", ";;", ";;"},
        {"unstructured_999", "999PN5477SCHECK-NR. 0000016703074", "999PN5477SCHECK-NR. 0000016703074", ";;", ";;"},
        {"declared_rf", "166?20SVWZ+/RFS/RF2070412A9", "/RFS/RF2070412A9", ";;", ";;;scor=RF2070412A9"},
        {"undeclared_rf_is_text", "166?20SVWZ+RF2070412A9", "RF2070412A9", ";;", ";;"},
        {"wrong_rf_is_text", "166?20SVWZ+/RFS/RF2170412A9", "/RFS/RF2170412A9", ";;", ";;"},
    };
    for (const Details& row : rows) check_details(row);
}

TEST(Mt940, slash_codes) {
    const Details rows[] = {
        {"abn", "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/ACME BV/REMI/Factuur 4711/EREF/E-1", "Factuur 4711", "ACME BV;NL91ABNA0417164300;ABNANL2A", "E-1;;"},
        {"ing", "/EREF/E-1//MARF/M-1//CSID/NL32ZZZ999999991234//CNTP/NL91ABNA0417164300/ABNANL2A/ACME BV///REMI/USTD//Factuur 4711/", "Factuur 4711", "ACME BV;NL91ABNA0417164300;ABNANL2A", "E-1;M-1;"},
        {"ing_structured", "/CNTP/NL91ABNA0417164300/ABNANL2A/ACME BV///REMI/STRD/CUR/9001123412341234/", "", "ACME BV;NL91ABNA0417164300;ABNANL2A", ";;;cur=9001123412341234"},
        {"iso_reference", "/REMI/STRD/ISO/RF2070412A9/", "", ";;", ";;;scor=RF2070412A9"},
        {"rabobank", "/BENM//NAME/JOHN DOE/REMI/Reference 201301234/ISDT/2013-01-02", "Reference 201301234", "JOHN DOE;;", ";;"},
        {"empty_remi", "/EREF/01-01-2013 12:00 0030000987654321/BENM//NAME/CONTRA ACCOUN\nT HOLDER/REMI//ISDT/2013-07-11", "", "CONTRA ACCOUNT HOLDER;;", "01-01-2013 12:00 0030000987654321;;"},
        {"wrapped_in_a_code", "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2AXXX/NA\nME/ACME BV/REMI/F1", "F1", "ACME BV;NL91ABNA0417164300;ABNANL2AXXX", ";;"},
        {"slash_in_the_text", "/REMI/Factuur 4711/2026 en 4712/NAME/ACME", "Factuur 4711/2026 en 4712", "ACME;;", ";;"},
        {"return", "/RTRN/MS03/REMI/Terug", "Terug", ";;", ";;MS03"},
        {"lines_with_codes", "/BAI/399/MISCELLANEOUS CREDIT\n/ORDP/test rate\n/ACNO/12-3011-0334122-37", "", "test rate;12-3011-0334122-37;", ";;"},
    };
    for (const Details& row : rows) {
        if (std::string_view{row.name} == "empty_remi" || std::string_view{row.name} == "wrapped_in_a_code") {
            EXPECT_GE(std::string_view{row.info}.find('\n'), 64U) << row.name << ": a cut line is full";
        }
        check_details(row);
    }
}

TEST(Mt940, other_dialects) {
    const Details rows[] = {
        {"plain_lines", "FACTUUR 201403110, 201403113\nREK: NL91ABNA0417164300/NAAM: PICQER", "FACTUUR 201403110, 201403113|REK: NL91ABNA0417164300/NAAM: PICQER", "PICQER;NL91ABNA0417164300;", ";;"},
        {"iban_and_name_first", "NL91ABNA0417164300 hr paulissen\n\nBetaling sieraden", "NL91ABNA0417164300 hr paulissen|Betaling sieraden", "hr paulissen;NL91ABNA0417164300;", ";;"},
        {"abn_blocks", "52.89.39.882                    MYCOM DEN HAAG\nFACTUUR 4711", "52.89.39.882|MYCOM DEN HAAG|FACTUUR 4711", "MYCOM DEN HAAG;528939882;", ";;"},
        {"abn_giro", "GIRO   428428 KPN - DIGITENNE    BETALINGSKENM.  000000042188659\n5314606715                       BETREFT FACTUUR D.D. 20-05-2011",
         "GIRO 428428 KPN - DIGITENNE|BETALINGSKENM. 0000000421886595314606715|BETREFT FACTUUR D.D. 20-05-2011", "KPN - DIGITENNE;428428;", ";;"},
        {"dash_inside", "FACTUUR 1\n-\nFACTUUR 2", "FACTUUR 1|-|FACTUUR 2", ";;", ";;"},
        {"braces_inside", "FACTUUR\n{4711}\nFACTUUR 2", "FACTUUR|{4711}|FACTUUR 2", ";;", ";;"},
        {"time_like_a_tag", "Betaald om 12\n:26:37 Volgnr. 007", "Betaald om 12|:26:37 Volgnr. 007", ";;", ";;"},
        {"time_like_20", "Betaald om 12\n:20:15 Volgnr. 007", "Betaald om 12|:20:15 Volgnr. 007", ";;", ";;"},
        {"time_like_25", "Betaald om 12\n:25:15 Volgnr. 007", "Betaald om 12|:25:15 Volgnr. 007", ";;", ";;"},
        {"time_like_13", "Betaald om 12\n:13:15 Volgnr. 007", "Betaald om 12|:13:15 Volgnr. 007", ";;", ";;"},
        {"several_86", "/EREF/E-1\n:86:second field", "second field", ";;", "E-1;;"},
        {"kid", "KID: 704122 takk", "KID: 704122 takk", ";;", ";;;kid=704122"},
        {"ns_lines", "\n:NS:01INVOICE 4711\n02SECOND\n15ACME\n16LTD\n3310918001\n340000004279070017", "INVOICE 4711|SECOND", "ACME LTD;0000004279070017;10918001", ";;"},
        {"empty", "", "", ";;", ";;"},
    };
    for (const Details& row : rows) check_details(row);
}

TEST(Mt940, second_line_of_an_entry) {
    auto entry = [](const std::string& second, const std::string& info) {
        return run(mt940::decode, statement(":61:2603310331C50,00NTRFNONREF//B1\n" + second + "\n:86:" + info + "\n", "C260331EUR150,00")).statements.at(0).entries.at(0);
    };
    const BankTransaction charged = entry("/OCMT/USD55,00//CHGS/EUR0,50//EXCH/1,1", "X");
    EXPECT_EQ(amount_text(charged.original_amount), "55.00 USD");
    ASSERT_EQ(charged.charges.size(), 1U);
    EXPECT_EQ(to_text(charged.charges[0]), "0.50");
    EXPECT_EQ(charged.exchange_rate, "1,1");
    EXPECT_EQ(entry("NL70ABNA0987654321", "X").counterparty.account, "NL70ABNA0987654321");
    EXPECT_EQ(entry("P001234567", "X").counterparty.account, "P001234567");
    EXPECT_EQ(joined(entry("Card transaction", "X").text), "Card transaction|X");
    EXPECT_EQ(joined(entry("hr paulissen", "hr paulissen betaalt").text), "hr paulissen betaalt");
}

TEST(Mt940, heads_of_statements) {
    struct Row {
        const char *name, *file, *account, *sequence;
        Verdict verdict;
    };
    const Row rows[] = {
        {"plain", ":20:A\n:25:20041133/0532013000\n:28C:7/1\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n-\n", "20041133/0532013000 20041133 EUR", "7/1", Verdict::accept},
        {"iban", ":20:A\n:25:NL91ABNA0417164300\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n", "NL91ABNA0417164300  EUR", "7", Verdict::accept},
        {"iban_and_currency", ":20:A\n:25:NL91ABNA0417164300EUR\n:28C:7\n:60F:C2603301,\n:62F:C2603311,\n", "NL91ABNA0417164300  EUR", "7", Verdict::accept},
        {"currency_behind_a_slash", ":20:A\n:25:UBRTHUHB/1234ABC/HUF\n:28C:7\n:60F:C260330HUF1,\n:62F:C260331HUF1,\n", "UBRTHUHB/1234ABC/HUF UBRTHUHB HUF", "7", Verdict::accept},
        {"split_28c", ":20:A\n:25:1\n:28C:0\n07/1\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n", "1  EUR", "007/1", Verdict::accept},
        {"unknown_field", ":20:A\n:25:1\n:28C:7/1\n:99X:private\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n", "1  EUR", "7/1", Verdict::accept},
        {"tag_28_and_21", ":20:A\n:21:REL\n:25:1\n:28:1810118101\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n", "1  EUR", "1810118101", Verdict::accept},
        {"envelope", "{1:F01ASNBNL21XXXX0000000000}{2:O940ASNBNL21XXXXN}{3:}{4:\n:20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n-}{5:}\n", "1 ASNBNL21 EUR", "7", Verdict::accept},
        {"envelope_on_one_line", "{1:F01ASNBNL21XXXX0000000000}{2:I940ASNBNL21XXXXN}{4::20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n-}", "1 ASNBNL21 EUR", "7", Verdict::accept},
        {"envelope_with_controls", "\x01{1:F01ASNBNL21XXXX0000000000}{2:O940ASNBNL21XXXXN}{4:\n:20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n-}\x03", "1 ASNBNL21 EUR", "7", Verdict::warn},
        {"header_lines", "ABNANL2A\n940\nABNANL2A\n:20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n-\n", "1 ABNANL2A EUR", "7", Verdict::accept},
        {"tag_940", ":940:\n:20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62F:C260331EUR1,\n", "1  EUR", "7", Verdict::accept},
        {"colon_missing", ":20:A\n:25:1\n:28C:7\n:60F:C260330EUR1,\n:62FC260331EUR1,\n", "1  EUR", "7", Verdict::warn},
        {"euro", ":20:A\n:25:1\n:28C:7\n:60F:C260330EURO1,00\n:62F:C260331EUR1,\n", "1  EUR", "7", Verdict::warn},
        {"withdrawn_currency", ":20:A\n:25:1\n:28C:7\n:60F:C010330DEM1,00\n:62F:C010331DEM1,\n", "1  DEM", "7", Verdict::warn},
        {"date_not_stated", ":20:A\n:25:1\n:28C:7\n:60F:C000000EUR1,00\n:62F:C010331EUR1,\n", "1  EUR", "7", Verdict::accept},
        {"broken_tags", ":20:A\n:25:1\n:28C:7\n:\n60F:C260330EUR1,\n:6\n2F:C260331EUR1,\n", "1  EUR", "7", Verdict::accept},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(mt940::decode, row.file);
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, row.verdict) << row.name << ": " << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements.size(), 1U) << row.name;
        const BankStatement& s = outcome.statements[0];
        EXPECT_EQ(s.account.id + s.account.iban + " " + s.account.bank + " " + s.account.currency, row.account) << row.name;
        EXPECT_EQ(s.sequence, row.sequence) << row.name;
        EXPECT_EQ(s.balance_check, Check::ok) << row.name;
        EXPECT_EQ(s.id, "A") << row.name;
        EXPECT_EQ(outcome.report->format, "mt940") << row.name;
    }
}

TEST(Mt940, dashes_and_broken_tags_lose_no_entry) {
    const Outcome sparkasse = run(mt940::decode, statement("-\n:61:2603310331C50,00NTRFNONREF\n:\n86:FIRST\n:61:2603310331C1,00NTRFNONREF\n-\n:86:SECOND\n-\n", "C260331EUR151,00"));
    ASSERT_TRUE(sparkasse.report);
    EXPECT_EQ(sparkasse.report->verdict, Verdict::accept) << warnings_of(*sparkasse.report);
    ASSERT_EQ(sparkasse.statements[0].entries.size(), 2U);
    EXPECT_EQ(joined(sparkasse.statements[0].entries[0].text), "FIRST");
    EXPECT_EQ(joined(sparkasse.statements[0].entries[1].text), "SECOND");
    // Several messages, and an 86 behind the closing balance that belongs to the statement.
    const std::string one = credit_of_50("X") + "", two = statement(":61:260331D1,NCHKNONREF\n", "C260331EUR99,\n:86:ABOUT THE STATEMENT");
    const Outcome both = run(mt940::decode, one + two + one);
    ASSERT_TRUE(both.report);
    EXPECT_EQ(both.report->verdict, Verdict::accept) << warnings_of(*both.report);
    ASSERT_EQ(both.statements.size(), 3U);
    EXPECT_TRUE(both.statements[1].entries.at(0).text.empty());
}

TEST(Mt940, pages_hold_together) {
    auto page = [](const std::string& number, const std::string& opening, const std::string& closing) {
        return ":20:A\n:25:1\n:28C:" + number + "\n:" + opening + "\n:61:260331C1,00NTRFNONREF\n:" + closing + "\n-\n";
    };
    const Outcome good = run(mt940::decode, page("7/1", "60F:C260330EUR1,", "62M:C260330EUR2,") + page("7/2", "60M:C260330EUR2,", "62F:C260330EUR3,"));
    EXPECT_EQ(good.report->verdict, Verdict::accept) << warnings_of(*good.report);
    EXPECT_EQ(good.statements.size(), 2U);
    const Outcome torn = run(mt940::decode, page("7/1", "60F:C260330EUR1,", "62M:C260330EUR2,") + page("7/3", "60M:C260330EUR5,", "62F:C260330EUR6,"));
    EXPECT_EQ(torn.report->verdict, Verdict::quarantine);
    EXPECT_NE(warnings_of(*torn.report).find("the page begins with 5.00, the page before it ended with 2.00"), std::string::npos) << warnings_of(*torn.report);
}

TEST(Mt940, currencies_keep_their_decimals) {
    struct Row {
        const char *currency, *amount, *shown;
        Verdict verdict;
    };
    const Row rows[] = {
        {"JPY", "27,", "27 JPY", Verdict::accept},      {"JPY", "27,00", "27 JPY", Verdict::accept},      {"JPY", "27,50", "27.5 JPY", Verdict::quarantine},
        {"KWD", "1,234", "1.234 KWD", Verdict::accept}, {"KWD", "1,2", "1.200 KWD", Verdict::accept},     {"EUR", "1,234", "1.234 EUR", Verdict::quarantine},
        {"EUR", "1,230", "1.23 EUR", Verdict::accept},  {"XQX", "1,00", "1.00 XQX", Verdict::quarantine}, {"EUR", "1.23", "1.23 EUR", Verdict::accept},
    };
    for (const Row& row : rows) {
        const std::string amount = row.amount, currency = row.currency;
        const Outcome outcome = run(mt940::decode, statement(":61:260331C" + amount + "NTRFNONREF\n", "C260331" + currency + amount, "C260331" + currency + "0,"));
        ASSERT_TRUE(outcome.report) << row.shown << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, row.verdict) << row.shown << "\n" << warnings_of(*outcome.report);
        EXPECT_EQ(amount_text(outcome.statements[0].entries[0].amount), row.shown);
        EXPECT_EQ(outcome.statements[0].balance_check, Check::ok) << row.shown;
    }
}

TEST(Mt940, interim_reports) {
    const std::string head = ":20:A\n:25:123011050612305\n:28C:17/1\n:34F:NZDD0,\n:34F:NZDC0,\n:13D:2005211017+1200\n:61:2005210521D5000,NTRFNONREF\n:86:OUT\n:61:2005210521C20,NTRFNONREF\n:86:IN\n";
    const Outcome outcome = run(mt940::decode, head + ":90D:1NZD5000,\n:90C:1NZD20,\n:86:ABOUT ALL\n-\n");
    ASSERT_TRUE(outcome.report);
    EXPECT_EQ(outcome.report->verdict, Verdict::accept) << warnings_of(*outcome.report);
    EXPECT_EQ(outcome.report->format, "mt942");
    const BankStatement& s = outcome.statements[0];
    EXPECT_TRUE(s.intraday);
    EXPECT_FALSE(s.opening || s.closing);
    EXPECT_EQ(s.account.currency, "NZD");
    EXPECT_EQ(s.balance_check, Check::absent);
    EXPECT_EQ(s.control_totals_check, Check::ok);
    EXPECT_EQ(amount_text(s.entries[0].amount), "-5000.00 NZD");
    EXPECT_EQ(joined(s.entries[1].text), "IN");
    // Sums that also count what lies under the floor limit prove nothing.
    const Outcome other = run(mt940::decode, head + ":90D:3NZD5002,\n:90C:1NZD20,\n");
    EXPECT_EQ(other.report->verdict, Verdict::accept) << warnings_of(*other.report);
    EXPECT_EQ(other.statements[0].control_totals_check, Check::absent);
    EXPECT_FALSE(run(mt940::decode, credit_of_50("X")).statements[0].intraday);
    EXPECT_EQ(run(mt940::decode, head + ":61:2005210521EC7,NTRFNONREF\n").statements[0].entries.back().status, EntryStatus::pending);
}

TEST(Mt940, what_is_wrong_is_quarantined) {
    struct Row {
        const char *name, *from, *to, *says;
    };
    const Row rows[] = {
        {"balance", "EUR150,00", "EUR150,01", "test:7:6 GRAVE the balance does not add up: opening 100.00 and entries of 50.00 make 150.00, the closing balance says 150.01"},
        {"amount", "C50,00", "C51,00", "GRAVE the balance does not add up"},
        {"sign", "0331C50", "0331D50", "GRAVE the balance does not add up"},
        {"value_date", ":61:260331", ":61:260230", "test:5:5 GRAVE there is no value date 260230"},
        {"entry_date", "0331C50", "0230C50", "GRAVE there is no entry date 0230"},
        {"balance_date", "C260331EUR", "C260431EUR", "GRAVE there is no date 260431"},
        {"no_closing", ":62F:C260331EUR150,00\n", "", "GRAVE the message has no field :62F:"},
        {"no_opening", ":60F:C260330EUR100,00\n", "", "GRAVE the message has no field :60F:"},
        {"no_account", ":25:20041133/0532013000\n", "", "GRAVE the message has no field :25:"},
        {"closing_unreadable", ":62F:C260331EUR150,00", ":62F:what", "GRAVE field :62F: balance \"what\" is not"},
        {"other_currency", ":62F:C260331EUR", ":62F:C260331USD", "GRAVE the balance is in USD, the statement in EUR"},
        {"two_openings", ":61:", ":60F:C260330EUR100,00\n:61:", "GRAVE a second field :60F: in one message"},
    };
    const std::string good = credit_of_50("RE 4711");
    ASSERT_EQ(run(mt940::decode, good).report->verdict, Verdict::accept);
    for (const Row& row : rows) {
        std::string bad = good;
        const std::size_t at = bad.find(row.from);
        ASSERT_NE(at, std::string::npos) << row.name;
        bad.replace(at, std::string_view{row.from}.size(), row.to);
        const Outcome outcome = run(mt940::decode, bad);
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, Verdict::quarantine) << row.name;
        EXPECT_NE(warnings_of(*outcome.report).find(row.says), std::string::npos) << row.name << ":\n" << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements.at(0).entries.size(), 1U) << row.name;
    }
}

TEST(Mt940, what_cannot_be_read_is_refused_with_its_place) {
    struct Row {
        const char *name, *bytes, *where, *what;
    };
    const Row rows[] = {
        {"empty", "", "test:1:1", "there is no field :20:"},
        {"foreign", "Date;Amount\n1;2\n", "test:1:1", "there is no field :20:"},
        {"fragment", ":61:260331C50,00NTRFNONREF\n", "test:1:1", "field :61: stands outside of a message"},
        {"two_commas", ":20:A\n:25:1\n:28C:1\n:60F:C260331EUR0,\n:61:260331C12,345,67NTRFNONREF\n", "test:5:5", "amount \"12,345,67\" has two decimal commas"},
        {"no_mark", ":20:A\n:25:1\n:28C:1\n:60F:C260331EUR0,\n:61:260331X50,00NTRF\n", "test:5:11", "is not value date, entry date, C or D"},
        {"no_type", ":20:A\n:25:1\n:28C:1\n:60F:C260331EUR0,\n:61:260331C50,00\n", "test:5:17", "no transaction type"},
        {"too_large", ":20:A\n:25:1\n:28C:1\n:60F:C260331EUR0,\n:61:260331C99999999999999999999,00NTRF\n", "test:5:5", "beyond what can be booked"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(mt940::decode, row.bytes);
        ASSERT_FALSE(outcome.report) << row.name;
        EXPECT_EQ(outcome.report.error().where, row.where) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_NE(outcome.report.error().what.find(row.what), std::string::npos) << row.name << ": " << outcome.report.error().what;
    }
}

TEST(Mt940, charsets) {
    EXPECT_EQ(joined(run(mt940::decode, credit_of_50("M\xFCller Stra\xDF" "e")).statements[0].entries[0].text), "Müller Straße");
    const Outcome utf8 = run(mt940::decode, credit_of_50("Müller"));
    EXPECT_EQ(utf8.report->verdict, Verdict::warn);
    EXPECT_NE(warnings_of(*utf8.report).find("SWIFT allows ASCII only"), std::string::npos);
    EXPECT_EQ(joined(run(mt940::decode, credit_of_50("Csoportos \xA0tutal\xA0s j\xA2v\xA0\xA1r\xA0sa")).statements[0].entries[0].text), "Csoportos átutalás jóváírása");
}

TEST(Mt940, large_statements_come_in_parts) {
    std::string entries;
    for (int i = 0; i < 9000; ++i) entries += ":61:260331C1,00NTRFR" + std::to_string(i) + "\n:86:X\n";
    Kept kept;
    const auto report = mt940::decode(statement(entries, "C260331EUR9100,00"), {.file_name = "big", .profile = ""}, kept);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::accept) << warnings_of(*report);
    ASSERT_EQ(kept.statements.size(), 3U);
    EXPECT_EQ(kept.statements[0].entries.size(), 4096U);
    EXPECT_FALSE(kept.statements[0].last || kept.statements[0].closing);
    EXPECT_TRUE(kept.statements[2].last);
    EXPECT_EQ(kept.statements[2].balance_check, Check::ok);
    EXPECT_EQ(kept.whole()[0].entries.size(), 9000U);
    EXPECT_EQ(kept.whole()[0].entries[4096].entry_ref, "R4096");
}

TEST(Mt940, is_told_by_its_head) {
    EXPECT_EQ(mt940::sniff("{1:F01X}{2:O940ASNBNL21XXXXN}{4:\n:20:A", "x"), 95);
    EXPECT_EQ(mt940::sniff("\r\n:20:A\r\n:25:1\r\n", "x"), 90);
    EXPECT_EQ(mt940::sniff("ABNANL2A\n940\n:20:A\n:28:1\n", "x"), 90);
    EXPECT_EQ(mt940::sniff(":61:260331", "x"), 40);
    EXPECT_EQ(mt940::sniff("01,A,B\n02,", "x"), 0);
    EXPECT_EQ(mt940::sniff("", "x"), 0);
}

TEST(Mt940, a_cut_file_is_never_accepted) {
    const std::string file = credit_of_50("166?20EREF+E1?21SVWZ+RE 4711?32ACME");
    const std::size_t whole = file.find("EUR150,") + 6;  // from here on the closing balance is complete
    for (std::size_t size = 0; size < whole; ++size) {
        const Outcome outcome = run(mt940::decode, std::string_view{file}.substr(0, size));
        if (outcome.report) {
            EXPECT_EQ(outcome.report->verdict, Verdict::quarantine) << size;
        }
    }
}

TEST(Mt940, survives_damage) {
    survive_damage(mt940::decode, "{1:F01ASNBNL21XXXX0000000000}{2:O940ASNBNL21XXXXN}{4:\n" + credit_of_50("166?20EREF+E1?21SVWZ+RE 4711?32ACME") + "-}\n" +
                                      statement(":61:2603310331RD1,00NTRFREF//B\n/OCMT/EUR1,\n:86:/EREF/E1/CNTP/A/B/C//REMI/STRD/ISO/RF2070412A9/\n:NS:01X\n15Y\n", "C260331EUR101,"),
                   260331);
    for (const std::string& start : {std::string{}, std::string{":20:A\n:25:1\n:28C:1\n:60F:C260331EUR0,\n:61:260331C1,NTRFNONREF\n:86:"}}) {
        for (const std::string_view unit : {"0", "?20A", "?2", "/EREF/", "/", "\n-\n", "\n:20:", "EREF+", "\n:\n", "\n:86:", "{1:", "\n-}", "\n:61:260331C1,NTRFX"}) {
            std::string file = start;
            while (file.size() < 500'000) file += unit;
            be_quick(mt940::decode, file);
        }
    }
    be_quick(mt940::decode, std::string(10'000'000, ':'));
}

}  // namespace
}  // namespace owed::formats
