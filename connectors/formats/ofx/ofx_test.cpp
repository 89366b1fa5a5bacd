#include "formats/ofx/ofx.hpp"

#include <gtest/gtest.h>

#include "formats/testing/corpus.hpp"

namespace owed::formats::ofx {
namespace {

using testing::Collected;

struct Read {
    Result<DecodeReport> report;
    std::vector<BankStatement> statements;
};
Read read(const std::string& bytes) {
    Collected sink;
    auto report = decode(bytes, {"t.ofx", ""}, sink);
    return {std::move(report), sink.statements()};
}

const std::string header_lines = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n";
const std::string ledger = "<LEDGERBAL>\n<BALAMT>10.00\n<DTASOF>20260331\n</LEDGERBAL>\n";

std::string transaction(const std::string& amount, const std::string& date = "20260331", const std::string& id = "F1", const std::string& more = "<NAME>Beispiel GmbH\n") {
    return "<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>" + date + "\n<TRNAMT>" + amount + "\n" + (id.empty() ? "" : "<FITID>" + id + "\n") + more + "</STMTTRN>\n";
}
std::string statement(const std::string& lines, const std::string& currency = "EUR", const std::string& balance = ledger) {
    return "<STMTTRNRS>\n<TRNUID>1\n<STATUS>\n<CODE>0\n<SEVERITY>INFO\n</STATUS>\n<STMTRS>\n" + (currency.empty() ? "" : "<CURDEF>" + currency + "\n") +
           "<BANKACCTFROM>\n<BANKID>B\n<ACCTID>A 1\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n<BANKTRANLIST>\n<DTSTART>20260301\n<DTEND>20260331\n" + lines + "</BANKTRANLIST>\n" + balance +
           "</STMTRS>\n</STMTTRNRS>\n";
}
std::string sgml(const std::string& statements) { return header_lines + "<OFX>\n<BANKMSGSRSV1>\n" + statements + "</BANKMSGSRSV1>\n</OFX>\n"; }

TEST(Ofx, sgml_without_end_tags) {
    const Read r = read(sgml(statement(transaction("10.00", "20260331", "F1", "<CHECKNUM>77\n<NAME>AT&T & Co &amp; S&#246;hne\n<MEMO>A < B\n"))));
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.report->verdict, Verdict::accept);
    EXPECT_EQ(r.report->format, "ofx1");
    const BankStatement& s = r.statements.at(0);
    EXPECT_EQ(s.account.id, "A 1");
    EXPECT_EQ(s.account.bank, "B");
    EXPECT_EQ(s.account.currency, "EUR");
    EXPECT_EQ(s.id, "1");
    EXPECT_EQ(to_text(*s.from), "2026-03-01");
    EXPECT_EQ(to_text(s.closing->amount), "10.00");
    EXPECT_EQ(s.balance_check, Check::absent);
    const BankTransaction& t = s.entries.at(0);
    EXPECT_EQ(t.bank_ref, "F1");
    EXPECT_EQ(t.entry_ref, "77");
    EXPECT_EQ(t.code, "CREDIT");
    EXPECT_EQ(t.counterparty.name, "AT&T & Co & S\xC3\xB6hne");
    EXPECT_EQ(t.text, std::vector<std::string>{"A < B"});
    EXPECT_EQ(t.where, "t.ofx:29");
}

TEST(Ofx, xml_and_its_dialects) {
    const Read r = read("<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"211\"?><OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>9</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
                        "<CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>1234</ACCTID></CCACCTFROM><BANKTRANLIST><DTSTART>20260301</DTSTART><DTEND/><!-- a > b --><STMTTRN><TRNTYPE>CREDIT</TRNTYPE>"
                        "<DTPOSTED>20260331</DTPOSTED><TRNAMT>5.00</TRNAMT><FITID>1</FITID><PAYEE><NAME>Payee Inc</NAME></PAYEE><MEMO><![CDATA[one & <two>\nthree]]></MEMO><INTU.BID>300</INTU.BID>"
                        "<X.EXTRA><NAME>not ours</NAME></X.EXTRA></STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>-5</BALAMT><DTASOF>20260331</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>");
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.report->verdict, Verdict::accept) << r.report->warnings.at(0).what;
    EXPECT_EQ(r.report->format, "ofx2");
    const BankTransaction& t = r.statements.at(0).entries.at(0);
    EXPECT_EQ(t.counterparty.name, "Payee Inc");
    EXPECT_EQ(t.text, (std::vector<std::string>{"one & <two>", "three"}));
    EXPECT_EQ(to_text(r.statements.at(0).closing->amount), "-5.00");
    EXPECT_FALSE(r.statements.at(0).to);
}

TEST(Ofx, headers_on_one_line_without_blank_line_or_none) {
    const std::string body = "<OFX><BANKMSGSRSV1>" + statement(transaction("10.00")) + "</BANKMSGSRSV1></OFX>";
    struct Case {
        std::string head;
        Verdict verdict;
    };
    for (const Case& c : {Case{"OFXHEADER:100 DATA:OFXSGML VERSION:102 CHARSET:1252", Verdict::accept}, Case{"OFXHEADER:100DATA:OFXSGMLVERSION:102CHARSET:1252COMPRESSION:NONE", Verdict::accept},
                          Case{"OFXHEADER:100\r\nDATA:OFXSGML\r\n", Verdict::accept}, Case{"\n\n\n" + header_lines, Verdict::accept}, Case{"", Verdict::warn}}) {
        const Read r = read(c.head + body);
        ASSERT_TRUE(r.report) << c.head;
        EXPECT_EQ(r.report->verdict, c.verdict) << c.head;
        EXPECT_EQ(r.statements.at(0).entries.size(), 1u);
        EXPECT_GE(sniff(c.head + body, "x"), 90);
    }
}

TEST(Ofx, amounts) {
    struct Case {
        const char *currency, *written, *read;
        Verdict verdict;
    };
    for (const Case& c : {Case{"EUR", "-12.34", "-12.34", Verdict::accept}, Case{"EUR", "+12.34", "12.34", Verdict::accept}, Case{"EUR", "12,34", "12.34", Verdict::accept},
                          Case{"EUR", "-.5", "-0.50", Verdict::accept}, Case{"JPY", "1200", "1200", Verdict::accept}, Case{"KWD", "1,234", "1.234", Verdict::accept},
                          Case{"EUR", "1.0000000000000", "1.00", Verdict::accept}, Case{"EUR", "-2.6749999999999", "-2.67", Verdict::warn}, Case{"EUR", "-2.675", "-2.68", Verdict::warn},
                          Case{"", "12.5", "12.5", Verdict::quarantine}}) {
        SCOPED_TRACE(c.written);
        const Read r = read(sgml(statement(transaction(c.written), c.currency)));
        ASSERT_TRUE(r.report) << to_text(r.report.error());
        EXPECT_EQ(r.report->verdict, c.verdict);
        EXPECT_EQ(to_text(*r.statements.at(0).entries.at(0).amount), c.read);
        EXPECT_EQ(r.statements.at(0).entries.at(0).amount_text, c.written);
    }
}

TEST(Ofx, what_is_no_amount_or_date_is_refused_with_its_place) {
    struct Case {
        std::string line;
        const char *said, *where;
    };
    for (const Case& c : {Case{transaction("$120"), "$120", "t.ofx:32:1"}, Case{transaction("1,234.56"), "1,234.56", "t.ofx:32:1"}, Case{transaction("1,234"), "thousands", "t.ofx:32:1"},
                          Case{transaction("12..34"), "12..34", "t.ofx:32:1"}, Case{transaction("NaN"), "NaN", "t.ofx:32:1"}, Case{transaction("1E3"), "1E3", "t.ofx:32:1"},
                          Case{transaction(""), "no amount", "t.ofx:29:1"}, Case{transaction("1.00", ""), "no date", "t.ofx:29:1"}, Case{transaction("1.00", "20260230"), "20260230", "t.ofx:31:1"},
                          Case{transaction("1.00", "201120000000"), "201120000000", "t.ofx:31:1"}, Case{transaction("1.00", "2026"), "2026", "t.ofx:31:1"},
                          Case{transaction("1.00", "20260331256199"), "20260331256199", "t.ofx:31:1"}, Case{transaction("1.00", "31/03/2026"), "31/03/2026", "t.ofx:31:1"}}) {
        const Read r = read(sgml(statement(c.line)));
        ASSERT_FALSE(r.report) << c.said;
        EXPECT_NE(r.report.error().what.find(c.said), std::string::npos) << r.report.error().what;
        EXPECT_EQ(r.report.error().where, c.where) << r.report.error().what;
    }
    EXPECT_FALSE(read(sgml(statement("", "EUR", "<LEDGERBAL><BALAMT>$1</BALAMT></LEDGERBAL>"))).report);
}

TEST(Ofx, days_are_the_bank_s_own_whatever_the_zone) {
    for (const char* date : {"20260331", "20260331235959", "202603312359", "20260331225731.258", "20260331200000.000[-7:PDT]", "20260331003000[+10]", "20260331200000.000[-:EST]", "20260331093914:014"}) {
        const Read r = read(sgml(statement(transaction("1.00", date))));
        ASSERT_TRUE(r.report) << date;
        EXPECT_EQ(to_text(*r.statements.at(0).entries.at(0).booking_date), "2026-03-31") << date;
    }
}

TEST(Ofx, what_makes_a_person_look) {
    struct Case {
        const char* name;
        std::string statements;
        Verdict verdict;
        const char* said;
    };
    for (const Case& c : {
             Case{"empty_ledger_balance_is_unknown", statement(transaction("1.00"), "EUR", "<LEDGERBAL><BALAMT><DTASOF></LEDGERBAL>"), Verdict::quarantine, "LEDGERBAL"},
             Case{"missing_fitid", statement(transaction("1.00", "20260331", "")), Verdict::quarantine, "FITID"},
             Case{"unknown_currency", statement(transaction("1.00"), "EURO"), Verdict::quarantine, "EURO"},
             Case{"correction", statement(transaction("1.00", "20260331", "F2", "<CORRECTFITID>F1\n<CORRECTACTION>REPLACE\n")), Verdict::quarantine, "F1"},
             Case{"zero_fitids", statement(transaction("1.00", "20260331", "0") + transaction("2.00", "20260331", "0")), Verdict::warn, "more than one"},
             Case{"lost_end_tag", statement("<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260331<TRNAMT>1.00<FITID>7\n"), Verdict::warn, "no end tag"},
             Case{"error_beside_a_statement",
                  statement(transaction("1.00")) + "<STMTTRNRS><TRNUID>2<STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>General error</STATUS></STMTTRNRS>", Verdict::warn, "2000 General error"},
         }) {
        const Read r = read(sgml(c.statements));
        ASSERT_TRUE(r.report) << c.name << to_text(r.report.error());
        EXPECT_EQ(r.report->verdict, c.verdict) << c.name;
        EXPECT_EQ(r.statements.size(), 1u);
        EXPECT_NE(r.report->warnings.at(0).what.find(c.said), std::string::npos) << r.report->warnings.at(0).what;
    }
    EXPECT_FALSE(read(sgml(statement(transaction("1.00"), "EUR", "<LEDGERBAL><BALAMT></BALAMT></LEDGERBAL>"))).statements.at(0).closing);
}

TEST(Ofx, an_answer_that_is_only_an_error_is_refused) {
    const Read r = read(sgml("<STMTTRNRS><TRNUID>2<STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon invalid</STATUS></STMTTRNRS>"));
    ASSERT_FALSE(r.report);
    EXPECT_NE(r.report.error().what.find("15500 Signon invalid"), std::string::npos);
    EXPECT_EQ(r.report.error().where, "t.ofx:13:21");
}

TEST(Ofx, pending_lines_several_lists_and_statements) {
    const std::string pending = "<BANKTRANLISTP><DTASOF>20260331<STMTTRNP><TRNTYPE>CREDIT<DTTRAN>20260331<TRNAMT>3.00<NAME>Later</STMTTRNP></BANKTRANLISTP>";
    const std::string two_lists = statement(transaction("1.00") + "</BANKTRANLIST><BANKTRANLIST>" + transaction("2.00", "20260331", "F2"), "EUR", ledger + pending);
    const Read r = read(sgml(two_lists + statement(transaction("9.00"))));
    ASSERT_TRUE(r.report);
    EXPECT_EQ(r.report->verdict, Verdict::accept);
    ASSERT_EQ(r.statements.size(), 2u);
    ASSERT_EQ(r.statements[0].entries.size(), 3u);
    EXPECT_EQ(r.statements[0].entries[1].bank_ref, "F2");
    EXPECT_EQ(r.statements[0].entries[2].status, EntryStatus::pending);
    EXPECT_FALSE(r.statements[0].entries[2].booking_date);
}

TEST(Ofx, currencies_of_a_line) {
    const Read r = read(sgml(statement(transaction("5.00", "20260331", "F1", "<CURRENCY><CURRATE>1.06<CURSYM>USD</CURRENCY>") +
                                       transaction("7.00", "20260331", "F2", "<ORIGCURRENCY><CURRATE>0.9<CURSYM>USD</ORIGCURRENCY>"))));
    ASSERT_TRUE(r.report);
    const auto& entries = r.statements.at(0).entries;
    EXPECT_EQ(entries.at(0).amount->currency, "USD");
    EXPECT_EQ(entries.at(0).exchange_rate, "1.06");
    EXPECT_EQ(entries.at(1).amount->currency, "EUR");
    EXPECT_EQ(entries.at(1).exchange_rate, "0.9");
}

TEST(Ofx, charsets_whatever_the_header_says) {
    std::string utf16 = "\xFF\xFE";
    for (char c : sgml(statement(transaction("1.00", "20260331", "F1", "<NAME>A\n")))) utf16 += {c, '\0'};
    struct Case {
        std::string bytes, name;
        Verdict verdict;
    };
    const auto named = [](const std::string& name) { return sgml(statement(transaction("1.00", "20260331", "F1", "<NAME>" + name + "\n"))); };
    for (const Case& c : {Case{named("M\xFCller \x80"), "M\xC3\xBCller \xE2\x82\xAC", Verdict::accept}, Case{named("M\xC3\xBCller"), "M\xC3\xBCller", Verdict::accept}, Case{utf16, "A", Verdict::accept}}) {
        const Read r = read(c.bytes);
        ASSERT_TRUE(r.report) << to_text(r.report.error());
        EXPECT_EQ(r.report->verdict, c.verdict);
        EXPECT_EQ(r.statements.at(0).entries.at(0).counterparty.name, c.name);
    }
    std::string lies = named("B");
    lies.replace(lies.find("USASCII"), 7, "UTF-16 ");
    EXPECT_TRUE(read(lies).report);
}

TEST(Ofx, large_statements_come_in_parts) {
    std::string lines;
    for (int i = 0; i < 5000; ++i) lines += transaction("1.00", "20260331", "F" + std::to_string(i));
    Collected sink;
    const auto report = decode(sgml(statement(lines)), {"t.ofx", ""}, sink);
    ASSERT_TRUE(report);
    ASSERT_EQ(sink.records.size(), 2u);
    const auto& first = std::get<BankStatement>(sink.records[0].body);
    const auto& last = std::get<BankStatement>(sink.records[1].body);
    EXPECT_EQ(first.entries.size(), 4096u);
    EXPECT_FALSE(first.last);
    EXPECT_FALSE(first.closing);
    EXPECT_TRUE(last.last);
    EXPECT_TRUE(last.closing);
}

TEST(OfxHostile, declarations_are_refused) {
    for (const char* head : {"<!DOCTYPE OFX SYSTEM \"file:///etc/passwd\">", "<!DOCTYPE OFX [<!ENTITY a \"b\">]>", "<!ENTITY a \"b\">"}) {
        const Read r = read("<?xml version=\"1.0\"?>\n" + std::string{head} + "<OFX></OFX>");
        ASSERT_FALSE(r.report);
        EXPECT_EQ(r.report.error().where, "t.ofx:2:1");
    }
}

TEST(OfxHostile, bombs_end_at_a_limit) {
    std::string deep = "<OFX>";
    for (int i = 0; i < 1'000'000; ++i) deep += "<BAL>";
    const Read nested = read(deep);
    ASSERT_FALSE(nested.report);
    EXPECT_EQ(nested.report.error().code, Errc::input_too_large);
    // Many vendors' tags, each of which might be an aggregate that ends somewhere.
    std::string tags = "<OFX>";
    for (int i = 0; i < 200'000; ++i) tags += i % 2 == 0 ? "<A.B>" : "</C.D>";
    EXPECT_EQ(read("OFXHEADER:100\n" + tags + "</OFX>").report->verdict, Verdict::warn);
    const Read long_value = read(sgml(statement(transaction("1.00", "20260331", "F1", "<MEMO>" + std::string(std::size_t{1} << 20, 'x')))));
    ASSERT_FALSE(long_value.report);
    EXPECT_EQ(long_value.report.error().code, Errc::input_too_large);
}

TEST(OfxHostile, a_file_cut_anywhere_is_refused_or_put_aside) {
    const std::string whole = sgml(statement(transaction("10.00") + transaction("20.00", "20260331", "F2")));
    ASSERT_EQ(read(whole).report->verdict, Verdict::accept);
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
        const Read r = read(whole.substr(0, size));
        if (r.report) {
            const bool nothing_lost = whole.find("</OFX>") + 6 <= size;
            EXPECT_TRUE(nothing_lost || r.report->verdict == Verdict::quarantine) << size;
        } else {
            EXPECT_FALSE(r.report.error().where.empty()) << size;
        }
    }
}

TEST(OfxHostile, changed_bytes_never_crash) {
    const std::string whole = sgml(statement(transaction("10.00")));
    std::uint64_t refused = 0, read_anyway = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char c : {'<', '>', '&', '\0', '\xFF', '9', '/', '!'}) {
            std::string changed = whole;
            changed[at] = c;
            ++(read(changed).report ? read_anyway : refused);
        }
    }
    EXPECT_GT(refused, 0u);
    EXPECT_GT(read_anyway, 0u);
}

TEST(OfxHostile, other_files_are_not_ofx) {
    for (const char* bytes : {"", "date,amount\n", "<html></html>", "OFXHEADER:100\n"}) {
        const Read r = read(bytes);
        ASSERT_FALSE(r.report);
        EXPECT_EQ(r.report.error().code, Errc::unsupported_format);
    }
}

}  // namespace
}  // namespace owed::formats::ofx
