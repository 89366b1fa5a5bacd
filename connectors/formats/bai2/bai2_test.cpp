#include "formats/bai2/bai2.hpp"

#include "formats/text/reader_testing.hpp"

namespace owed::formats {
namespace {

using namespace testing;

/// A file around account lines, with true totals and counts: `accounts` holds 03, 16 and 88 lines.
struct Made {
    std::string group = "02,RECV,ORIG,1,260331,2359,,2/";
    std::string version = "2";
    std::string end = "/";
};
std::string file_of(std::string_view account_lines, std::int64_t total, const Made& made = {}) {
    const auto lines = std::count(account_lines.begin(), account_lines.end(), '\n');
    const std::string t = std::to_string(total);
    return "01,SENDER,RECV,260401,0200,7,80,1," + made.version + made.end + "\n" + made.group + "\n" + std::string{account_lines} + "49," + t + "," +
           std::to_string(lines + 1) + made.end + "\n98," + t + ",1," + std::to_string(lines + 3) + made.end + "\n99," + t + ",1," +
           std::to_string(lines + 5) + made.end + "\n";
}
std::string shown(const BankTransaction& t) {
    return t.code + " " + amount_text(t.amount) + " v" + date_text(t.value_date) + " " + t.bank_ref + ";" + t.entry_ref + ";" + joined(t.text);
}

TEST(Bai2, dialects_of_transactions) {
    struct Row {
        const char *name, *lines;
        std::int64_t total;
        const char* wanted;
    };
    const Row rows[] = {
        {"plain", "03,123,USD/\n16,195,5000,0,BANK1,CUST1,WIRE IN/\n", 5000, "195 50.00 USD v2026-03-31 BANK1;CUST1;WIRE IN"},
        {"debit", "03,123,USD/\n16,475,5000,,BANK1,CUST1,CHECK/\n", 5000, "475 -50.00 USD v- BANK1;CUST1;CHECK"},
        {"text_keeps_commas", "03,123,USD/\n16,195,5000,,,,A, B, C/\n", 5000, "195 50.00 USD v- ;;A, B, C"},
        {"text_with_slashes", "03,123,USD/\n16,195,5000,,,,2/AV MAIN 2/AVENUE\n88,/MEXICO\n", 5000, "195 50.00 USD v- ;;2/AV MAIN 2/AVENUE|/MEXICO"},
        {"slash_in_reference", "03,123,USD/\n16,195,5000,,AB/GS/1,C/2,T/\n", 5000, "195 50.00 USD v- AB/GS/1;C/2;T"},
        {"slash_and_terms_like_a_record", "03,123,USD/\n16,195,5000,,,,TERMS 2/16,20 NET/\n", 5000, "195 50.00 USD v- ;;TERMS 2/16,20 NET"},
        {"funds_v", "03,123,USD/\n16,195,5000,V,260402,,B,C,T/\n", 5000, "195 50.00 USD v2026-04-02 B;C;T"},
        {"funds_v_with_time", "03,123,USD/\n16,195,5000,V,260402,1430,B,C,T/\n", 5000, "195 50.00 USD v2026-04-02 B;C;T"},
        {"funds_s", "03,123,USD/\n16,115,5000,S,1000,2000,2000,B,C,LOCKBOX/\n", 5000, "115 50.00 USD v- B;C;LOCKBOX"},
        {"funds_d", "03,123,USD/\n16,115,5000,D,2,0,1000,1,4000,B,C,T/\n", 5000, "115 50.00 USD v- B;C;T"},
        {"funds_z", "03,123,USD/\n16,174,5000,Z,,50848,/\n88,MORE TEXT,/\n", 5000, "174 50.00 USD v- ;50848;MORE TEXT,"},
        {"funds_split", "03,123,USD/\n16,115,5000,S,1000/\n88,2000,2000,B,C,T/\n", 5000, "115 50.00 USD v- B;C;T"},
        {"text_only_in_88", "03,123,USD/\n16,218,5000,V,260402,,SP4738,YRC065321/\n88,PROCEEDS OF LETTER OF CREDIT/\n", 5000,
         "218 50.00 USD v2026-04-02 SP4738;YRC065321;PROCEEDS OF LETTER OF CREDIT"},
        {"references_left_out", "03,123,USD/\n16,195,5000/\n88,JUST TEXT/\n", 5000, "195 50.00 USD v- ;;JUST TEXT"},
        {"customer_reference_left_out", "03,123,USD/\n16,195,5000,,BREF/\n88,NAME: A, B/\n", 5000, "195 50.00 USD v- BREF;;NAME: A, B"},
        {"no_slashes", "03,123,USD\n16,195,5000,,B,C,T\n88,EREF: 4711\n", 5000, "195 50.00 USD v- B;C;T|EREF: 4711"},
        {"colon_for_comma", "03,123,USD\n16,195,5000,,B,C,T\n88:EREF: 4711\n", 5000, "195 50.00 USD v- B;C;T|EREF: 4711"},
        {"leading_blanks", "  03,123,USD/\n   16,195,5000,,B,C,T/   \n", 5000, "195 50.00 USD v- B;C;T"},
        {"yen_has_no_decimals", "03,123,JPY/\n16,195,5000,,B,C,T/\n", 5000, "195 5000 JPY v- B;C;T"},
        {"dinar_has_three", "03,123,KWD/\n16,195,5000,,B,C,T/\n", 5000, "195 5.000 KWD v- B;C;T"},
        {"currency_defaults_to_dollar", "03,123,/\n16,195,5000,,B,C,T/\n", 5000, "195 50.00 USD v- B;C;T"},
        {"amount_left_out", "03,123,USD/\n16,195,,,B,C,T/\n", 0, "195 0.00 USD v- B;C;T"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(bai2::decode, file_of(row.lines, row.total));
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, Verdict::accept) << row.name << ": " << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements.size(), 1U) << row.name;
        ASSERT_EQ(outcome.statements[0].entries.size(), 1U) << row.name;
        EXPECT_EQ(shown(outcome.statements[0].entries[0]), row.wanted) << row.name;
        EXPECT_EQ(outcome.statements[0].control_totals_check, Check::ok) << row.name;
    }
}

TEST(Bai2, dialects_of_summaries) {
    struct Row {
        const char *name, *lines;
        std::int64_t total;
    };
    const Row rows[] = {  // each has ledger 10.00 at the start and 25.00 at the end
        {"plain", "03,123,USD,010,1000,,,015,2500,,,100,1500,1,0/\n", 5000},
        {"in_88", "03,123,USD,010,1000,,/\n88,015,2500,,,100,1500,1,0/\n", 5000},
        {"split_behind_the_type", "03,123,USD,010,1000,,,015/\n88,2500,,,100,1500,1,0/\n", 5000},
        {"split_behind_the_amount", "03,123,USD,010,1000,,,015,2500/\n88,4,,100,1500,1,0/\n", 5000},
        {"ends_early", "03,123,USD,010,1000/\n88,015,2500/\n88,100,1500,1,0/\n", 5000},
        {"one_comma_short", "03,123,USD,010,1000,/\n88,015,2500,/\n88,100,1500,1/\n", 5000},
        {"funds_inside", "03,123,USD,010,1000,,,100,1500,2,V,260401,,015,2500,2,S,1,2,3/\n", 5000},
        {"funds_d_over_a_break", "03,123,USD,010,1000,,,100,1500,2,D,2,0/\n88,500,1,1000,015,2500,,/\n", 5000},
        {"v_time_at_the_end", "03,123,USD,010,1000,,,015,2500,,,100,1500,2,V,260401,/\n", 5000},
        {"empty_group", "03,123,USD,,,,,010,1000,,,015,2500,,,100,1500,,/\n", 5000},
        {"signs", "03,123,USD,010,+1000,,,015,+2500,,,040,-700,,,100,+000002200,,/\n", 5000},
        {"available_is_not_ledger", "03,123,USD,040,77,,,010,1000,,,045,23,,,015,2500,,/\n", 3600},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(bai2::decode, file_of(row.lines, row.total));
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, Verdict::accept) << row.name << ": " << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements.size(), 1U) << row.name;
        ASSERT_TRUE(outcome.statements[0].opening && outcome.statements[0].closing) << row.name;
        EXPECT_EQ(amount_text(outcome.statements[0].opening->amount), "10.00 USD") << row.name;
        EXPECT_EQ(amount_text(outcome.statements[0].closing->amount), "25.00 USD") << row.name;
    }
}

TEST(Bai2, physical_lines_do_not_matter) {
    const std::string lines = "03,123,USD,010,1000,,/\n16,195,5000,,B,C,WIRE FROM ACME/\n88,SECOND LINE/\n16,475,200,,B2,C2,CHECK/\n";
    const Outcome usual = run(bai2::decode, file_of(lines, 6200));
    ASSERT_TRUE(usual.report);
    EXPECT_EQ(usual.report->verdict, Verdict::accept) << warnings_of(*usual.report);
    std::string one_line = file_of(lines, 6200);
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    const std::string file = file_of(lines, 6200);
    std::string crlf;
    for (const char c : file) (c == '\n' ? crlf += "\r\n" : crlf += c);
    for (const std::string& other : {one_line, crlf}) {
        const Outcome outcome = run(bai2::decode, other);
        ASSERT_TRUE(outcome.report) << to_text(outcome.report.error()) << "\n" << other;
        EXPECT_EQ(outcome.report->verdict, Verdict::accept) << warnings_of(*outcome.report) << other;
        ASSERT_EQ(outcome.statements.size(), 1U);
        ASSERT_EQ(outcome.statements[0].entries.size(), 2U) << other;
        for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(shown(outcome.statements[0].entries[i]), shown(usual.statements[0].entries[i]));
    }
    // Wrapped in mid-field, without 88.
    const Outcome torn = run(bai2::decode, file_of("03,123,USD,010,10\n00,,/\n16,195,50\n00,,B,C,WIRE FR\nOM ACME/\n", 6000));
    ASSERT_TRUE(torn.report) << to_text(torn.report.error());
    EXPECT_EQ(shown(torn.statements[0].entries[0]), "195 50.00 USD v- B;C;WIRE FROM ACME");
}

TEST(Bai2, head_of_a_statement) {
    const Outcome outcome = run(bai2::decode, file_of("03,DE89370400440532013000,/\n", 0, {.group = "02,R,COBADEFF,1,260331,2400,EUR,3/", .version = "3"}));
    ASSERT_TRUE(outcome.report);
    EXPECT_EQ(outcome.report->verdict, Verdict::accept) << warnings_of(*outcome.report);
    const BankStatement& s = outcome.statements[0];
    EXPECT_EQ(s.account.iban, "DE89370400440532013000");
    EXPECT_EQ(s.account.bank, "COBADEFF");
    EXPECT_EQ(s.account.currency, "EUR");
    EXPECT_EQ(s.id, "7/260331/2400");
    EXPECT_TRUE(s.intraday);
    EXPECT_EQ(outcome.report->format, "bai2");
    for (const auto& [modifier, intraday] : {std::pair{"1", true}, {"2", false}, {"3", true}, {"4", false}, {"", false}})
        EXPECT_EQ(run(bai2::decode, file_of("03,1,USD/\n", 0, {.group = "02,R,O,1,260331,9999,," + std::string{modifier} + "/"})).statements[0].intraday, intraday);
}

TEST(Bai2, one_account_may_come_twice) {
    const std::string file =
        "01,S,R,260401,0200,7,,,2/\n02,R,O,1,260331,,USD,2/\n03,123,/\n16,195,100,,,,A/\n49,100,3/\n03,123,/\n16,195,100,,,,A/\n49,100,3/\n98,200,2,8/\n99,200,1,10/\n";
    const Outcome outcome = run(bai2::decode, file);
    ASSERT_TRUE(outcome.report);
    EXPECT_EQ(outcome.report->verdict, Verdict::accept) << warnings_of(*outcome.report);
    EXPECT_EQ(outcome.statements.size(), 2U);
}

TEST(Bai2, who_paid_and_what_came_back) {
    const Outcome outcome = run(bai2::decode, file_of("03,123,USD\n16,195,500,,B,C,Incoming Wire,-\n88,EREF: E1\n88,DBNM: ACME INC\n88,DACT: 42\n88,CRNM: OURSELVES\n"
                                                      "16,557,500,,B,C,ACH Return, Reason: \"R02\", x\n88,CRNM: PAYER\n",
                                                      1000));
    ASSERT_TRUE(outcome.report);
    const auto& entries = outcome.statements[0].entries;
    EXPECT_EQ(entries[0].counterparty.name, "ACME INC");
    EXPECT_EQ(entries[0].counterparty.account, "42");
    EXPECT_EQ(entries[0].end_to_end_id, "E1");
    EXPECT_FALSE(entries[0].reversal);
    EXPECT_TRUE(entries[1].reversal);
    EXPECT_EQ(entries[1].return_reason, "R02");
    EXPECT_EQ(entries[1].counterparty.name, "PAYER");
}

TEST(Bai2, what_is_wrong_is_quarantined) {
    struct Row {
        const char *name, *from, *to, *says;
    };
    const std::string good = file_of("03,123,USD/\n16,195,5000,V,260402,,B,C,T/\n", 5000);
    const Row rows[] = {
        {"account_total", "49,5000,3", "49,5001,3", "test:5:1 GRAVE account 123: control total says 5001, there is 5000"},
        {"account_records", "49,5000,3", "49,5000,4", "test:5:1 GRAVE account 123: record count says 4, there is 3"},
        {"account_total_missing", "49,5000,3", "49,,3", "test:5:1 GRAVE account 123: control total is missing, there is 5000"},
        {"group_total", "98,5000,1,5", "98,5001,1,5", "test:6:1 GRAVE group: control total says 5001, there is 5000"},
        {"group_accounts", "98,5000,1,5", "98,5000,2,5", "test:6:1 GRAVE group: account count says 2, there is 1"},
        {"group_records", "98,5000,1,5", "98,5000,1,6", "test:6:1 GRAVE group: record count says 6, there is 5"},
        {"file_total", "99,5000,1,7", "99,-5000,1,7", "test:7:1 GRAVE file: control total says -5000, there is 5000"},
        {"file_groups", "99,5000,1,7", "99,5000,3,7", "test:7:1 GRAVE file: group count says 3, there is 1"},
        {"file_records", "99,5000,1,7", "99,5000,1,9", "test:7:1 GRAVE file: record count says 9, there is 7"},
        {"no_49", "49,5000,3/\n", "", "GRAVE the group ends before the 49 trailer of its last account"},
        {"no_98", "98,5000,1,5/\n", "", "GRAVE the file ends before the 98 trailer of its last group"},
        {"no_99", "99,5000,1,7/\n", "", "GRAVE the file ends without its 99 trailer: it was cut off"},
        {"value_date", "260402", "260230", "GRAVE there is no value date 260230"},
        {"as_of_date", "260331", "260431", "GRAVE there is no as-of date 260431"},
        {"deletion", "ORIG,1", "ORIG,2", "GRAVE the group is a deletion"},
        {"test_group", "ORIG,1", "ORIG,4", "GRAVE the group is marked as a test"},
        {"currency", "123,USD", "123,XQX", "GRAVE \"XQX\" is no currency of ISO 4217"},
        {"version", "80,1,2/", "80,1,9/", "GRAVE file version \"9\" is not known"},
        {"side_unknown", "16,195", "16,890", "GRAVE type code 890 does not say whether money came or went"},
    };
    ASSERT_EQ(run(bai2::decode, good).report->verdict, Verdict::accept);
    for (const Row& row : rows) {
        std::string bad = good;
        const std::size_t at = bad.find(row.from);
        ASSERT_NE(at, std::string::npos) << row.name;
        bad.replace(at, std::string_view{row.from}.size(), row.to);
        const Outcome outcome = run(bai2::decode, bad);
        ASSERT_TRUE(outcome.report) << row.name << ": " << to_text(outcome.report.error());
        EXPECT_EQ(outcome.report->verdict, Verdict::quarantine) << row.name;
        EXPECT_NE(warnings_of(*outcome.report).find(row.says), std::string::npos) << row.name << ":\n" << warnings_of(*outcome.report);
        ASSERT_EQ(outcome.statements.size(), 1U) << row.name;
        EXPECT_EQ(outcome.statements[0].entries.size(), 1U) << row.name;
        if (std::string_view{row.says}.find("control") != std::string_view::npos || std::string_view{row.says}.find("count") != std::string_view::npos) {
            EXPECT_EQ(outcome.statements[0].control_totals_check, Check::broken) << row.name;
        }
    }
}

TEST(Bai2, what_cannot_be_read_is_refused_with_its_place) {
    struct Row {
        const char *name, *bytes, *where;
    };
    const Row rows[] = {
        {"empty", "", "test"},
        {"foreign", "Date;Amount\n1;2\n", "test:1:1"},
        {"headless", "02,R,O,1,260331,,USD,2/\n", "test:1:1"},
        {"account_before_group", "01,S,R,260401,,1,,,2/\n03,1,USD/\n", "test:2:1"},
        {"detail_before_account", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n16,195,1,,,,/\n", "test:3:1"},
        {"decimal_point", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n 16,195,1.00,,,,/\n", "test:4:2"},
        {"type_code", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n16,19,100,,,,/\n", "test:4:1"},
        {"amount_too_large", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n16,195,99999999999999999999,,,,/\n", "test:4:1"},
        {"unknown_record", "01,S,R,260401,,1,,,2/\n17,what\n", "test:2:1"},
        {"funds_d_short", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n16,115,5,D,9,1,2/\n", "test:4:1"},
        {"funds_type", "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n16,115,5,Q,,,/\n", "test:4:1"},
    };
    for (const Row& row : rows) {
        const Outcome outcome = run(bai2::decode, row.bytes);
        ASSERT_FALSE(outcome.report) << row.name;
        EXPECT_EQ(outcome.report.error().where, row.where) << row.name << ": " << to_text(outcome.report.error());
    }
}

TEST(Bai2, is_told_by_its_head) {
    EXPECT_EQ(bai2::sniff("01,A,B,260401,0200,1,80,1,2/\n02,B,A,1,260331,,,2/\n", "x"), 95);
    EXPECT_EQ(bai2::sniff(" 01,A,B,260401,0200,1,80,1,2/ 02,B", "x"), 95);
    EXPECT_EQ(bai2::sniff("01,A", "x"), 60);
    EXPECT_EQ(bai2::sniff(":20:STARTUMS", "x"), 0);
    EXPECT_EQ(bai2::sniff("", "x"), 0);
}

TEST(Bai2, large_accounts_come_in_parts) {
    std::string lines = "03,123,USD/\n";
    for (int i = 0; i < 9000; ++i) lines += "16,195,1,,B" + std::to_string(i) + ",,T/\n";
    Kept kept;
    const auto report = bai2::decode(file_of(lines, 9000), {.file_name = "big", .profile = ""}, kept);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::accept);
    ASSERT_EQ(kept.statements.size(), 3U);
    EXPECT_EQ(kept.statements[0].entries.size(), 4096U);
    EXPECT_FALSE(kept.statements[0].last);
    EXPECT_EQ(kept.statements[2].part, 2U);
    EXPECT_TRUE(kept.statements[2].last);
    EXPECT_EQ(kept.statements[2].control_totals_check, Check::ok);
    EXPECT_EQ(kept.whole()[0].entries.size(), 9000U);
}

TEST(Bai2, survives_damage) {
    survive_damage(bai2::decode, file_of("03,123,USD,010,1000,,,015,2500,2,D,1,0,7,100,1500,2,V,260401,/\n16,195,5000,V,260402,,B,C,T/\n88,DBNM: A/B\n16,475,5,S,1,2,3,,,X\n", 9000), 260401);
    be_quick(bai2::decode, std::string(10'000'000, '0'));
    be_quick(bai2::decode, "01," + std::string(2'000'000, ','));
    std::string slashes = "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD/\n16,195,1,,,,";
    while (slashes.size() < 2'000'000) slashes += "/99,1,";
    be_quick(bai2::decode, slashes);
    std::string groups = "01,S,R,260401,,1,,,2/\n02,R,O,1,260331/\n03,1,USD";
    while (groups.size() < 2'000'000) groups += "\n88,100,1,1";
    be_quick(bai2::decode, groups);
}

}  // namespace
}  // namespace owed::formats
