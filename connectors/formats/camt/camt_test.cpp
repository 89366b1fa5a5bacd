#include "formats/camt/camt.hpp"

#include <gtest/gtest.h>

#include "formats/testing/corpus.hpp"

namespace owed::formats::camt {
namespace {

using testing::Collected;

struct Read {
    Result<DecodeReport> report;
    std::vector<BankStatement> statements;
};
Read read(const std::string& bytes) {
    Collected sink;
    auto report = decode(bytes, {"t.xml", ""}, sink);
    return {std::move(report), sink.statements()};
}

std::string document(const std::string& inside, const std::string& kind = "053", const std::string& version = "08") {
    const std::string message = kind == "052" ? "BkToCstmrAcctRpt" : kind == "053" ? "BkToCstmrStmt" : "BkToCstmrDbtCdtNtfctn";
    return "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt." + kind + ".001." + version + "\"><" + message + "><GrpHdr><MsgId>M</MsgId></GrpHdr>" + inside + "</" +
           message + "></Document>";
}
std::string balance(const std::string& type, const std::string& amount, const std::string& date, const std::string& currency = "EUR") {
    return "<Bal><Tp><CdOrPrtry><Cd>" + type + "</Cd></CdOrPrtry></Tp><Amt Ccy=\"" + currency + "\">" + amount + "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>" + date +
           "</Dt></Dt></Bal>";
}
std::string entry(const std::string& amount, const std::string& indicator, const std::string& more = "", const std::string& currency = "EUR") {
    return "<Ntry><Amt Ccy=\"" + currency + "\">" + amount + "</Amt><CdtDbtInd>" + indicator + "</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt>" + more +
           "</Ntry>";
}
const std::string account = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>";
std::string statement(const std::string& body, const std::string& head = account) { return "<Stmt><Id>S1</Id>" + head + body + "</Stmt>"; }
std::string details(const std::string& inside) { return "<NtryDtls><TxDtls>" + inside + "</TxDtls></NtryDtls>"; }

TEST(Camt, batch_books_the_parent_and_keeps_the_children) {
    const std::string children = "<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch><TxDtls><Amt Ccy=\"EUR\">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
                                 "<TxDtls><AmtDtls><TxAmt><Amt Ccy=\"USD\">7.50</Amt></TxAmt></AmtDtls></TxDtls><TxDtls><Refs><EndToEndId>E3</EndToEndId></Refs></TxDtls></NtryDtls>";
    const Read r = read(document(statement(balance("OPBD", "0.00", "2026-03-31") + balance("CLBD", "30.00", "2026-03-31") + entry("30.00", "CRDT", children))));
    ASSERT_TRUE(r.report);
    EXPECT_EQ(r.report->verdict, Verdict::accept);
    const BankTransaction& e = r.statements.at(0).entries.at(0);
    EXPECT_EQ(to_text(*e.amount), "30.00");
    ASSERT_EQ(e.details.size(), 3u);
    EXPECT_EQ(to_text(*e.details[0].amount), "10.00");
    EXPECT_EQ(e.details[1].amount->currency, "USD");
    EXPECT_FALSE(e.details[2].amount) << "a child without an amount is not given the batch's";
    EXPECT_EQ(e.end_to_end_id, "") << "what one of several children says is not the entry's";
}

TEST(Camt, an_entry_of_one_transaction_says_what_it_says) {
    const std::string tx = details("<Refs><EndToEndId>E1</EndToEndId><MndtId>M1</MndtId></Refs><RltdPties><Dbtr><Pty><Nm>Beispiel GmbH</Nm></Pty></Dbtr>"
                                   "<DbtrAcct><Id><IBAN>DE02 1203 0000 0000 2020 51</IBAN></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId>"
                                   "</DbtrAgt></RltdAgts><RmtInf><Ustrd>line one\nline two</Ustrd><Strd><RfrdDocInf><Nb>RE-7</Nb></RfrdDocInf><RfrdDocAmt><DuePyblAmt Ccy=\"EUR\">10.20"
                                   "</DuePyblAmt><DscntApldAmt><Amt Ccy=\"EUR\">0.20</Amt></DscntApldAmt><RmtdAmt Ccy=\"EUR\">10.00</RmtdAmt></RfrdDocAmt></Strd>"
                                   "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>");
    const Read r = read(document(statement(entry("10.00", "CRDT", "<AcctSvcrRef>B7</AcctSvcrRef>" + tx))));
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    const BankTransaction& e = r.statements.at(0).entries.at(0);
    EXPECT_EQ(e.end_to_end_id, "E1");
    EXPECT_EQ(e.mandate_id, "M1");
    EXPECT_EQ(e.bank_ref, "B7");
    EXPECT_EQ(e.counterparty.name, "Beispiel GmbH");
    EXPECT_EQ(e.counterparty.account, "DE02120300000000202051");
    EXPECT_EQ(e.counterparty.bank, "BYLADEM1001");
    EXPECT_EQ(e.text, (std::vector<std::string>{"line one", "line two"}));
    ASSERT_EQ(e.references.size(), 2u);
    EXPECT_EQ(e.references[0].type, "document");
    EXPECT_EQ(e.references[0].value, "RE-7");
    EXPECT_EQ(to_text(*e.references[0].amount), "10.00");
    EXPECT_EQ(to_text(*e.references[0].gross), "10.20");
    EXPECT_EQ(to_text(*e.references[0].discount), "0.20");
    EXPECT_EQ(e.references[1].type, "scor");
    EXPECT_EQ(e.references[1].value, "RF18539007547034");
    EXPECT_EQ(e.details.size(), 1u);
}

TEST(Camt, amounts_at_the_currency_s_own_digits) {
    struct Case {
        const char *currency, *written, *read;
        Verdict verdict;
    };
    for (const Case& c : {Case{"EUR", "8.85000", "8.85", Verdict::accept}, Case{"EUR", "000000000000149.87", "149.87", Verdict::accept}, Case{"JPY", "2700", "2700", Verdict::accept},
                          Case{"JPY", "27.00", "27", Verdict::accept}, Case{"KWD", "1.234", "1.234", Verdict::accept}, Case{"EUR", "1.005", "1.01", Verdict::warn},
                          Case{"EUR", "1.00499", "1.00", Verdict::warn}, Case{"EUR", ".5", "0.50", Verdict::accept}, Case{"EUR", "0", "0.00", Verdict::accept}}) {
        SCOPED_TRACE(c.written);
        const Read r = read(document(statement(entry(c.written, "CRDT", "", c.currency), "<Acct><Id><Othr><Id>1</Id></Othr></Id></Acct>")));
        ASSERT_TRUE(r.report);
        EXPECT_EQ(r.report->verdict, c.verdict);
        EXPECT_EQ(to_text(*r.statements.at(0).entries.at(0).amount), c.read);
        EXPECT_EQ(r.statements.at(0).entries.at(0).amount_text, c.written);
    }
}

TEST(Camt, what_is_no_amount_date_or_direction_is_refused_with_its_place) {
    const std::string good = entry("1.00", "CRDT");
    struct Case {
        std::string entry;
        const char* said;
    };
    for (const Case& c :
         {Case{entry("12..34", "CRDT"), "12..34"}, Case{entry("", "CRDT"), "not an amount"}, Case{entry("-5.00", "DBIT"), "has a sign"}, Case{entry("1,00", "CRDT"), "1,00"},
          Case{entry("1e3", "CRDT"), "1e3"}, Case{entry("99999999999999999999", "CRDT"), "beyond"}, Case{entry("1.00", "CREDIT"), "CdtDbtInd"},
          Case{entry("1.00", ""), "CdtDbtInd"}, Case{entry("1.00", "CRDT", "<ValDt><Dt>2026-02-30</Dt></ValDt>"), "2026-02-30"},
          Case{entry("1.00", "CRDT", "<ValDt><Dt>31.03.2026</Dt></ValDt>"), "31.03.2026"}, Case{"<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "no amount"}}) {
        const Read r = read(document(statement("\n" + c.entry)));
        ASSERT_FALSE(r.report) << c.entry;
        EXPECT_NE(r.report.error().what.find(c.said), std::string::npos) << r.report.error().what;
        EXPECT_TRUE(r.report.error().where.starts_with("t.xml:2")) << r.report.error().where;
    }
}

TEST(Camt, days_are_the_bank_s_own_whatever_the_zone) {
    for (const char* date : {"<Dt>2026-03-31</Dt>", "<Dt>2026-03-31+02:00</Dt>", "<DtTm>2026-03-31T23:59:59.123456789-11:00</DtTm>", "<DtTm>2026-03-31T00:10:00Z</DtTm>"}) {
        const Read r = read(document(statement(entry("1.00", "CRDT", std::string{"<ValDt>"} + date + "</ValDt>"))));
        ASSERT_TRUE(r.report) << date;
        EXPECT_EQ(to_text(*r.statements.at(0).entries.at(0).value_date), "2026-03-31");
    }
}

TEST(Camt, only_booked_entries_count_in_the_balance) {
    const auto with_status = [](const std::string& status) {
        return "<Ntry><Amt Ccy=\"EUR\">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>" + status + "</Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt></Ntry>";
    };
    struct Case {
        std::string status;
        EntryStatus read;
    };
    for (const Case& c : {Case{"PDNG", EntryStatus::pending}, Case{"INFO", EntryStatus::information}, Case{"<Cd>PDNG</Cd>", EntryStatus::pending}, Case{"<Cd>FUTR</Cd>", EntryStatus::pending}}) {
        const Read r = read(document(statement(balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "2.00", "2026-03-31") + entry("1.00", "CRDT") + with_status(c.status))));
        ASSERT_TRUE(r.report);
        EXPECT_EQ(r.report->verdict, Verdict::accept) << c.status;
        EXPECT_EQ(r.statements.at(0).entries.at(1).status, c.read);
        EXPECT_EQ(r.statements.at(0).balance_check, Check::ok);
    }
    const Read unknown = read(document(statement(with_status("<Cd>HOLD</Cd>"))));
    ASSERT_TRUE(unknown.report);
    EXPECT_EQ(unknown.report->verdict, Verdict::quarantine);
    EXPECT_EQ(unknown.statements.at(0).entries.at(0).status, EntryStatus::information);
}

TEST(Camt, balances_are_proven) {
    struct Case {
        const char* name;
        std::string body;
        Check check;
    };
    const std::string one = entry("1.00", "CRDT");
    for (const Case& c : {
             Case{"previous_close_opens", balance("PRCD", "1.00", "2026-03-30") + balance("CLBD", "2.00", "2026-03-31") + one, Check::ok},
             Case{"off_by_a_cent", balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "2.01", "2026-03-31") + one, Check::broken},
             Case{"without_entries", balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "1.00", "2026-03-31"), Check::ok},
             Case{"closing_alone", balance("CLBD", "1.00", "2026-03-31") + one, Check::absent},
             Case{"available_is_not_booked", balance("OPAV", "1.00", "2026-03-30") + balance("CLAV", "9.00", "2026-03-31") + one, Check::absent},
             Case{"several_days",
                  balance("OPBD", "1.00", "2026-03-29") + balance("CLBD", "1.50", "2026-03-30") + balance("OPBD", "1.50", "2026-03-31") + balance("CLBD", "2.00", "2026-03-31") + one,
                  Check::ok},
             Case{"other_currency_beside", balance("OPBD", "7.00", "2026-03-30", "USD") + balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "2.00", "2026-03-31") + one, Check::ok},
             Case{"closing_in_another_currency", balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "2.00", "2026-03-31", "SEK") + one, Check::broken},
         }) {
        SCOPED_TRACE(c.name);
        const Read r = read(document(statement(c.body)));
        ASSERT_TRUE(r.report);
        EXPECT_EQ(r.statements.at(0).balance_check, c.check);
        EXPECT_EQ(r.report->verdict, c.check == Check::broken ? Verdict::quarantine : Verdict::accept);
    }
}

TEST(Camt, a_reversal_keeps_its_indicator_and_the_difference_is_told) {
    const std::string reversal = entry("4.00", "CRDT", "<RvslInd>true</RvslInd>");
    const Read right = read(document(statement(balance("OPBD", "1.00", "2026-03-30") + balance("CLBD", "5.00", "2026-03-31") + reversal)));
    ASSERT_TRUE(right.report);
    EXPECT_EQ(right.report->verdict, Verdict::accept);
    EXPECT_TRUE(right.statements.at(0).entries.at(0).reversal);
    EXPECT_EQ(to_text(*right.statements.at(0).entries.at(0).amount), "4.00");
    const Read other_way = read(document(statement(balance("OPBD", "5.00", "2026-03-30") + balance("CLBD", "1.00", "2026-03-31") + reversal)));
    ASSERT_TRUE(other_way.report);
    EXPECT_EQ(other_way.report->verdict, Verdict::quarantine);
    EXPECT_NE(other_way.report->warnings.at(0).what.find("reversals had the other sign"), std::string::npos);
}

TEST(Camt, pages_open_and_close_with_interim_balances) {
    const auto page = [](const std::string& number, const std::string& last, const std::string& body) {
        return "<Stmt><Id>P" + number + "</Id><StmtPgntn><PgNb>" + number + "</PgNb><LastPgInd>" + last + "</LastPgInd></StmtPgntn>" + account + body + "</Stmt>";
    };
    const Read r = read(document(page("1", "false", balance("OPBD", "1.00", "2026-03-30") + balance("ITBD", "2.00", "2026-03-31") + entry("1.00", "CRDT")) +
                                 page("2", "true", balance("ITBD", "2.00", "2026-03-31") + balance("CLBD", "5.00", "2026-03-31") + entry("3.00", "CRDT"))));
    ASSERT_TRUE(r.report);
    EXPECT_EQ(r.report->verdict, Verdict::accept);
    EXPECT_EQ(r.statements.at(0).balance_check, Check::ok);
    EXPECT_EQ(r.statements.at(1).balance_check, Check::ok);
}

TEST(Camt, totals_are_proven) {
    const auto totals = [](const std::string& inside) { return "<TxsSummry>" + inside + "</TxsSummry>"; };
    struct Case {
        const char* name;
        std::string totals;
        Check check;
    };
    for (const Case& c : {
             Case{"all_right",
                  totals("<TtlNtries><NbOfNtries>3</NbOfNtries><Sum>6</Sum><TtlNetNtry><Amt>2.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>"
                         "<TtlCdtNtries><NbOfNtries>2</NbOfNtries><Sum>4.00</Sum></TtlCdtNtries><TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>2.00</Sum></TtlDbtNtries>"),
                  Check::ok},
             Case{"old_net", totals("<TtlNtries><NbOfNtries>3</NbOfNtries><TtlNetNtryAmt>2.00</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd></TtlNtries>"), Check::broken},
             Case{"booked_alone", totals("<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>"), Check::ok},
             Case{"wrong_count", totals("<TtlNtries><NbOfNtries>4</NbOfNtries></TtlNtries>"), Check::broken},
             Case{"no_number", totals("<TtlNtries><NbOfNtries>two</NbOfNtries></TtlNtries>"), Check::broken},
             Case{"wrong_sum", totals("<TtlCdtNtries><Sum>4.01</Sum></TtlCdtNtries>"), Check::broken},
             Case{"none", "", Check::absent},
         }) {
        SCOPED_TRACE(c.name);
        const std::string pending = "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>";
        const Read r = read(document(statement(c.totals + entry("3.00", "CRDT") + entry("2.00", "DBIT") + pending)));
        ASSERT_TRUE(r.report);
        EXPECT_EQ(r.statements.at(0).control_totals_check, c.check);
        EXPECT_EQ(r.report->verdict, c.check == Check::broken ? Verdict::quarantine : Verdict::accept);
    }
}

TEST(Camt, intraday_messages_are_marked_and_not_balanced) {
    for (const auto& [kind, element] : {std::pair{"052", "Rpt"}, std::pair{"054", "Ntfctn"}}) {
        const std::string body = "<" + std::string{element} + "><Id>1</Id>" + account + balance("OPBD", "1.00", "2026-03-31") + balance("CLBD", "9.00", "2026-03-31") + entry("1.00", "CRDT") + "</" +
                                 element + ">";
        for (const char* version : {"01", "02", "06", "08", "13"}) {
            const Read r = read(document(body, kind, version));
            ASSERT_TRUE(r.report);
            EXPECT_EQ(r.report->format, std::string{"camt."} + kind + ".001." + version);
            EXPECT_TRUE(r.statements.at(0).intraday);
            EXPECT_EQ(r.statements.at(0).balance_check, Check::absent);
            EXPECT_EQ(r.report->verdict, Verdict::accept);
        }
    }
}

TEST(Camt, version_1_shapes) {
    const Read r = read(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.01\"><BkToCstmrStmtV01><Stmt><Id>S</Id><Acct><Id><PrtryAcct><Id>123</Id></PrtryAcct></Id></Acct>"
        "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs>"
        "<RmtInf><Strd><RfrdDocInf><RfrdDocNb>RE-1</RfrdDocNb></RfrdDocInf><CdtrRefInf><CdtrRef>RF1</CdtrRef></CdtrRefInf></Strd></RmtInf></TxDtls></Ntry></Stmt></BkToCstmrStmtV01></Document>");
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.report->verdict, Verdict::accept);
    EXPECT_EQ(r.statements.at(0).account.id, "123");
    const BankTransaction& e = r.statements.at(0).entries.at(0);
    EXPECT_EQ(e.end_to_end_id, "E");
    ASSERT_EQ(e.references.size(), 2u);
    EXPECT_EQ(e.references[0].value, "RE-1");
    EXPECT_EQ(e.references[1].value, "RF1");
}

TEST(Camt, the_counterparty_is_the_other_side) {
    const auto parties = [](const std::string& debtor_iban, const std::string& creditor_iban) {
        return "<RltdPties><Dbtr><Nm>D</Nm></Dbtr><DbtrAcct><Id><IBAN>" + debtor_iban + "</IBAN></Id></DbtrAcct><Cdtr><Nm>C</Nm></Cdtr><CdtrAcct><Id><IBAN>" + creditor_iban +
               "</IBAN></Id></CdtrAcct></RltdPties>";
    };
    const std::string ours = "DE89370400440532013000", theirs = "DE02120300000000202051", none;
    struct Case {
        const char *name, *indicator;
        std::string more, expected;
    };
    for (const Case& c : {
             Case{"credit_from_debtor", "CRDT", details(parties(theirs, ours)), "D"},
             Case{"debit_to_creditor", "DBIT", details(parties(ours, theirs)), "C"},
             Case{"returned_direct_debit_keeps_the_original_roles", "DBIT", details(parties(theirs, ours) + "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>"), "D"},
             Case{"returned_to_the_customer_as_creditor", "DBIT",
                  details("<RltdPties><Cdtr><Nm>C</Nm></Cdtr><CdtrAcct><Id><IBAN>" + theirs + "</IBAN></Id></CdtrAcct></RltdPties><RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>"), "C"},
             Case{"reversal", "DBIT", "<RvslInd>true</RvslInd>" + details(parties(none, none)), "D"},
             Case{"never_ourselves", "CRDT", details(parties(ours, theirs)), "C"},
         }) {
        const Read r = read(document(statement(entry("1.00", c.indicator, c.more))));
        ASSERT_TRUE(r.report);
        EXPECT_EQ(r.statements.at(0).entries.at(0).counterparty.name, c.expected) << c.name;
    }
}

TEST(Camt, charges_rate_and_original_amount) {
    const Read r = read(document(statement(
        entry("84.00", "CRDT",
              details("<Amt Ccy=\"EUR\">84.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><AmtDtls><InstdAmt><Amt Ccy=\"USD\">100.00</Amt></InstdAmt><CntrValAmt><Amt Ccy=\"EUR\">92.00</Amt><CcyXchg>"
                      "<XchgRate>0.9200</XchgRate></CcyXchg></CntrValAmt></AmtDtls><Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">8.00</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">5.00</Amt><CdtDbtInd>DBIT"
                      "</CdtDbtInd></Rcrd><Rcrd><Amt Ccy=\"EUR\">3.00</Amt></Rcrd></Chrgs>")))));
    ASSERT_TRUE(r.report);
    const BankTransaction& e = r.statements.at(0).entries.at(0);
    EXPECT_EQ(to_text(*e.original_amount), "100.00");
    EXPECT_EQ(e.original_amount->currency, "USD");
    EXPECT_EQ(e.exchange_rate, "0.9200");
    ASSERT_EQ(e.charges.size(), 2u);
    EXPECT_EQ(to_text(e.charges[0]), "-5.00");
    EXPECT_EQ(to_text(e.charges[1]), "-3.00");
}

TEST(Camt, several_statements_and_documents_in_a_file) {
    const std::string one = document(statement(entry("1.00", "CRDT")) + statement(entry("2.00", "CRDT")));
    const Read r = read("\n<?xml version=\"1.0\"?>" + one + "\n<?xml version=\"1.0\"?>\n" + one + one);
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.statements.size(), 6u);
    const Read wrapped = read("<Envelope><AppHdr/>" + one + one + "</Envelope>");
    ASSERT_TRUE(wrapped.report);
    EXPECT_EQ(wrapped.statements.size(), 4u);
}

TEST(Camt, places_count_through_documents) {
    const std::string one = document(statement(entry("1.00", "CRDT")));
    const Read r = read(one + "\n\n" + document("\n" + statement("\n" + entry("x", "CRDT"))));
    ASSERT_FALSE(r.report);
    EXPECT_TRUE(r.report.error().where.starts_with("t.xml:5:")) << r.report.error().where;
}

TEST(Camt, large_statements_come_in_parts) {
    std::string body = balance("OPBD", "0.00", "2026-03-30") + balance("CLBD", "9000.00", "2026-03-31");
    for (int i = 0; i < 9000; ++i) body += entry("1.00", "CRDT");
    Collected sink;
    const auto report = decode(document(statement(body)), {"t.xml", ""}, sink);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::accept);
    ASSERT_EQ(sink.records.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& part = std::get<BankStatement>(sink.records[i].body);
        EXPECT_EQ(part.part, i);
        EXPECT_EQ(part.last, i == 2);
        EXPECT_EQ(part.closing.has_value(), i == 2);
        EXPECT_TRUE(part.opening);
        EXPECT_EQ(part.entries.size(), i == 2 ? 9000u - 2 * 4096u : 4096u);
    }
}

TEST(Camt, exactly_a_full_part_is_the_last) {
    std::string body;
    for (int i = 0; i < 4096; ++i) body += entry("1.00", "CRDT");
    Collected sink;
    ASSERT_TRUE(decode(document(statement(body)), {"t.xml", ""}, sink));
    ASSERT_EQ(sink.records.size(), 1u);
    EXPECT_TRUE(std::get<BankStatement>(sink.records[0].body).last);
}

TEST(Camt, what_the_head_lacks_is_told) {
    struct Case {
        const char* name;
        std::string bytes;
        Verdict verdict;
    };
    std::string plain = document(statement(entry("1.00", "CRDT")));
    std::string bare = plain, foreign = plain, newer = document(statement(entry("1.00", "CRDT")), "053", "14");
    bare.replace(0, bare.find('>') + 1, "<Document>");
    foreign.replace(0, foreign.find('>') + 1, "<Document xmlns=\"urn:some:bank\">");
    for (const Case& c : {Case{"no_namespace", bare, Verdict::warn}, Case{"other_namespace", foreign, Verdict::warn}, Case{"newer_version", newer, Verdict::warn},
                          Case{"no_account", document(statement(entry("1.00", "CRDT"), "")), Verdict::quarantine},
                          Case{"entry_in_another_currency", document(statement(entry("1.00", "CRDT", "", "SEK"))), Verdict::quarantine},
                          Case{"no_currency_but_the_account_s", document(statement("<Ntry><Amt>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-31</Dt></BookgDt></Ntry>")),
                               Verdict::quarantine},
                          Case{"prefixed_names", "<n:Document xmlns:n=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><n:BkToCstmrStmt><n:Stmt><n:Acct><n:Id><n:IBAN>X</n:IBAN></n:Id></n:Acct>"
                                                 "</n:Stmt></n:BkToCstmrStmt></n:Document>",
                               Verdict::accept}}) {
        const Read r = read(c.bytes);
        ASSERT_TRUE(r.report) << c.name;
        EXPECT_EQ(r.report->verdict, c.verdict) << c.name;
    }
}

std::string utf16(const std::string& ascii, bool little) {
    std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
    for (char c : ascii) out += little ? std::string{c, '\0'} : std::string{'\0', c};
    return out;
}

TEST(Camt, encodings) {
    const auto with = [](const std::string& declared, const std::string& name) {
        return "<?xml version=\"1.0\" encoding=\"" + declared + "\"?>" + document(statement(entry("1.00", "CRDT", details("<RltdPties><Dbtr><Nm>" + name + "</Nm></Dbtr></RltdPties>"))));
    };
    struct Case {
        std::string bytes, name;
    };
    for (const Case& c : {Case{with("UTF-8", "M\xC3\xBCller"), "M\xC3\xBCller"}, Case{with("ISO-8859-1", "M\xFCller"), "M\xC3\xBCller"}, Case{with("windows-1252", "\x80 M\xFCller"), "\xE2\x82\xAC M\xC3\xBCller"},
                          Case{"\xEF\xBB\xBF" + with("UTF-8", "A"), "A"}, Case{utf16(with("UTF-16", "B"), true), "B"}, Case{utf16(with("UTF-16", "B"), false), "B"}}) {
        const Read r = read(c.bytes);
        ASSERT_TRUE(r.report) << to_text(r.report.error());
        EXPECT_EQ(r.statements.at(0).entries.at(0).counterparty.name, c.name);
        EXPECT_GE(sniff(c.bytes.substr(0, 4096), "x"), 95);
    }
    for (const std::string& bad : {with("UTF-8", "M\xFCller"), with("UTF-7", "A"), with("no-such", "A")}) {
        const Read r = read(bad);
        ASSERT_FALSE(r.report);
        EXPECT_FALSE(r.report.error().advice.empty());
    }
}

// SECURITY T01, T02.
TEST(CamtHostile, every_document_type_is_refused_with_its_place) {
    const std::string body = document(statement(entry("1.00", "CRDT")));
    const std::string comment = "<!--" + std::string(std::size_t{1} << 20, ' ') + "-->";
    for (const std::string& head : {std::string{"<!DOCTYPE x SYSTEM \"file:///etc/passwd\">"}, std::string{"<!DOCTYPE x [<!ENTITY a \"b\">]>"}, std::string{"<!DOCTYPE x>"},
                                    std::string{"<!DOCTYPE x PUBLIC \"p\" \"http://127.0.0.1:9/x\">"},
                                    std::string{"<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>"},
                                    std::string{"<!DOCTYPE l [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;&l;&l;&l;\"><!ENTITY n \"&m;&m;&m;&m;&m;\">]>"}}) {
        for (const std::string& bytes : {"\n" + head + body, utf16("\n" + head + body, true), comment + "\n" + head + body, body + "\n" + head + body}) {
            const Read r = read(bytes);
            ASSERT_FALSE(r.report);
            EXPECT_NE(r.report.error().what.find("DOCTYPE"), std::string::npos) << to_text(r.report.error());
            EXPECT_TRUE(r.report.error().where.starts_with("t.xml:2:")) << r.report.error().where;
        }
    }
}

TEST(CamtHostile, bombs_end_at_a_limit) {
    std::string deep;
    for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
    struct Case {
        const char* name;
        std::string bytes;
    };
    for (const Case& c : {Case{"nesting", document(statement(deep))}, Case{"attribute", "<a b=\"" + std::string(std::size_t{8} << 20, 'x') + "\"/>"},
                          Case{"attribute_below_the_token", "<a b=\"" + std::string(std::size_t{1} << 20, 'x') + "\"/>"},
                          Case{"comment", "<!--" + std::string(std::size_t{8} << 20, 'x') + "-->" + document(statement(""))},
                          Case{"text", document(statement("<Id>" + std::string(std::size_t{1} << 20, 'x') + "</Id>"))}}) {
        const Read r = read(c.bytes);
        ASSERT_FALSE(r.report) << c.name;
        EXPECT_EQ(r.report.error().code, Errc::input_too_large) << c.name << ": " << to_text(r.report.error());
        EXPECT_TRUE(r.report.error().where.starts_with("t.xml:1:"));
    }
}

TEST(CamtHostile, a_file_cut_anywhere_is_refused) {
    const std::string whole = "<?xml version=\"1.0\"?>\n" + document(statement(balance("OPBD", "0.00", "2026-03-30") + balance("CLBD", "1.00", "2026-03-31") +
                                                                           entry("1.00", "CRDT", details("<RmtInf><Ustrd>a &amp; b</Ustrd></RmtInf>"))));
    ASSERT_TRUE(read(whole).report);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Read r = read(whole.substr(0, size));
        ASSERT_FALSE(r.report) << size;
        ASSERT_FALSE(r.report.error().where.empty()) << size;
    }
}

TEST(CamtHostile, changed_bytes_never_crash) {
    const std::string whole = document(statement(balance("OPBD", "0.00", "2026-03-30") + balance("CLBD", "1.00", "2026-03-31") + entry("1.00", "CRDT", details("<Amt Ccy=\"EUR\">1</Amt>"))));
    std::uint64_t refused = 0, read_anyway = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char c : {'<', '>', '&', '\0', '\xFF', '9', '/', '"'}) {
            std::string changed = whole;
            changed[at] = c;
            ++(read(changed).report ? read_anyway : refused);
        }
    }
    EXPECT_GT(refused, 0u);
    EXPECT_GT(read_anyway, 0u);
}

TEST(CamtHostile, other_xml_is_not_a_statement) {
    for (const char* bytes : {"<a/>", "<html><body>Session expired</body></html>", "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn/></Document>", "", "  \n"}) {
        const Read r = read(bytes);
        ASSERT_FALSE(r.report) << bytes;
        EXPECT_TRUE(r.report.error().where.starts_with("t.xml:"));
    }
}

TEST(Camt, a_sink_that_fails_ends_the_reading) {
    struct Full final : RecordSink {
        Status record(Record) override { return fail(Errc::store_full, "full"); }
    } sink;
    const auto report = decode(document(statement("") + statement("")), {"t.xml", ""}, sink);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::store_full);
}

}  // namespace
}  // namespace owed::formats::camt
