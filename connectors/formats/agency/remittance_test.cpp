#include "formats/agency/remittance.hpp"

#include <gtest/gtest.h>

#include <random>

#include "formats/registry.hpp"
#include "formats/testing/corpus.hpp"
#include "places/places.hpp"

namespace owed::formats::agency {
namespace {

/// The example of README.md.
const std::string example =
    "HEADER,northern-collections,R-2026-031,2026-03-31\n"
    "placement,customer,document,payment_date,currency,gross,fee_rate,fee,tax,net,state,text\n"
    "PL-2026-0007,0042,INV-1,2026-03-20,EUR,600.00,15.00,90.00,17.10,492.90,partial,first instalment\n"
    "PL-2026-0007,0042,INV-1,2026-03-27,EUR,400.00,15.00,60.00,11.40,328.60,paid,\n"
    "PL-2026-0009,0077,,,EUR,,,,,,recalled,on request\n"
    "CONTROL,3,1000.00,150.00,28.50,821.50,EUR\n";

struct Read {
    testing::Collected sink;
    Result<DecodeReport> report = fail(Errc::internal, "");
    const AgencyUpdate& update(std::size_t i) const { return std::get<AgencyUpdate>(sink.records.at(i).body); }
    std::string verdict() const { return report ? std::string{name_of(report->verdict)} : "reject " + report.error().where; }
    std::string said() const { return !report ? report.error().what : report->warnings.empty() ? "" : report->warnings[0].where + ": " + report->warnings[0].what; }
};

Read read(std::string_view text, std::string profile = "") {
    Read out;
    out.report = decode(text, {"r.csv", std::move(profile)}, out.sink);
    return out;
}

std::string with(std::string_view from, std::string_view to) {
    std::string text = example;
    std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Remittance, the_example_of_the_readme) {
    EXPECT_EQ(sniff(example, "x"), 95);
    EXPECT_NE(testing::read_all(owed::source_folder() + "/connectors/formats/agency/README.md").find("    " + example.substr(0, 50)), std::string::npos);
    Read r;
    r.report = formats::decode("", example, {"r.csv", ""}, r.sink);
    ASSERT_TRUE(r.report) << to_text(r.report.error());
    EXPECT_EQ(r.verdict(), "accept") << r.said();
    EXPECT_EQ(r.report->format, "agency-csv");
    ASSERT_EQ(r.sink.records.size(), 3u);
    const AgencyUpdate& u = r.update(0);
    EXPECT_EQ(u.agency, "northern-collections");
    EXPECT_EQ(u.remittance, "R-2026-031");
    EXPECT_EQ(u.placement, "PL-2026-0007");
    EXPECT_EQ(u.customer, "0042");
    EXPECT_EQ(u.document, "INV-1");
    EXPECT_EQ(to_text(*u.date), "2026-03-20");
    EXPECT_EQ(to_text(*u.gross), "600.00");
    EXPECT_EQ(to_text(*u.fee), "90.00");
    EXPECT_EQ(to_text(*u.tax), "17.10");
    EXPECT_EQ(to_text(*u.net), "492.90");
    EXPECT_EQ(u.state, "partial");
    EXPECT_EQ(u.text, "first instalment");
    EXPECT_EQ(r.update(2).state, "recalled");
    EXPECT_FALSE(r.update(2).gross);
    EXPECT_EQ(r.sink.records[0].external_id, "R-2026-031:1");
    EXPECT_EQ(r.sink.records[0].where, "r.csv:3");
}

TEST(Remittance, verdicts) {
    struct Case {
        std::string name, text, verdict, said;
    };
    const std::vector<Case> cases{
        {"fee_not_its_rate", with("15.00,60.00,11.40", "14.00,60.00,11.40"), "warn", "r.csv:4:53: fee 60.00 is not 14.00 % of the gross, 56.00"},
        {"net_wrong", with("492.90", "492.91"), "quarantine", "r.csv:3:65: net 492.91 is not gross 600.00 less fee 90.00 and tax 17.10"},
        {"total_wrong", with("821.50", "821.60"), "quarantine", "r.csv:6: the control row says net 821.60 EUR, the lines make 821.50"},
        {"count_wrong", with("CONTROL,3", "CONTROL,4"), "quarantine", "r.csv:6: the control row counts 4 lines in EUR, the file has 3"},
        {"state_unknown", with("recalled", "vanished"), "quarantine", "r.csv:5:30: the state \"vanished\" is not known"},
        {"state_spelt_otherwise", with(",paid,", ",Paid in full,"), "accept", ""},
        {"no_header", example.substr(example.find('\n') + 1), "reject r.csv:1:1", "HEADER"},
        {"header_cut_short", with(",2026-03-31", ""), "reject r.csv:1", "HEADER"},
        {"no_control", example.substr(0, example.find("CONTROL")), "reject r.csv:6:1", "cut off"},
        {"control_cut_off", example.substr(0, example.size() - 6), "reject r.csv:6", "CONTROL,<rows>"},
        {"line_after_control", example + "PL-1,,,,EUR,,,,,,closed,\n", "reject r.csv:7", "after the control"},
        {"two_controls", example + "CONTROL,0,0,0,0,0,EUR\n", "reject r.csv:7", "second control row"},
        {"other_currency_without_control", with("0077,,,EUR", "0077,,,USD"), "reject r.csv:7:1", "control row for USD"},
        {"amount_garbled", with("600.00", "6OO.00"), "reject r.csv:3:40", "not a clear amount"},
        {"amount_with_thousands", with("600.00", "\"1,600.00\""), "reject r.csv:3:40", "decimal sign"},
        {"half_cents", with("600.00", "600.005"), "reject r.csv:3:40", "decimals"},
        {"figure_missing", with("600.00", ""), "reject r.csv:3:40", "stand together"},
        {"placement_missing", with("PL-2026-0009", ""), "reject r.csv:5:1", "placement is empty"},
        {"date_missing", with("2026-03-20", ""), "reject r.csv:3:25", "payment date"},
        {"no_such_day", with("2026-03-20", "2026-02-30"), "reject r.csv:3:25", "no such day"},
        {"currency_unknown", with("EUR,600", "EUX,600"), "reject r.csv:3:36", "EUX"},
        {"column_missing", with(",net,", ",nett,"), "reject r.csv:2", "no column \"net\"; the file has: placement"},
        {"line_cut_off", with(",first instalment", ""), "reject r.csv:3", "11 cells"},
        {"remittance_number_missing", with("R-2026-031", ""), "reject r.csv:1:29", "remittance number"},
    };
    for (const Case& c : cases) {
        Read r = read(c.text);
        EXPECT_EQ(r.verdict(), c.verdict) << c.name << ": " << r.said();
        EXPECT_NE(r.said().find(c.said), std::string::npos) << c.name << ": " << r.said();
        if (r.report) { EXPECT_EQ(r.sink.records.size(), 3u) << c.name; }
    }
}

/// DOMAIN section 15: gross, the agency pays all of it and bills its fee. Who says so: the header, else the profile.
TEST(Remittance, gross_or_net) {
    const std::string all_paid =
        "HEADER,north,R-1,2026-03-31\n"
        "placement,document,payment_date,currency,gross,fee,tax,net,state\n"
        "PL-1,INV-1,2026-03-20,EUR,600.00,90.00,17.10,600.00,paid\n"
        "CONTROL,1,600.00,90.00,17.10,600.00,EUR\n";
    const auto put = [](std::string text, std::string_view from, std::string_view to) {
        for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
        return text;
    };
    const std::string as_net = put(all_paid, "17.10,600.00", "17.10,492.90");
    const std::string gross_header = put(all_paid, "2026-03-31\n", "2026-03-31,gross\n"), net_header = put(as_net, "2026-03-31\n", "2026-03-31,net\n");
    const std::string gross_profile = R"({"remits": "gross"})";
    struct Case {
        std::string name, text, profile, verdict, said;
        bool gross;
    };
    for (const Case& c : {Case{"nothing_said_is_net", as_net, "", "accept", "", false}, Case{"net_said", as_net, R"({"remits": "net"})", "accept", "", false},
                          Case{"profile", all_paid, gross_profile, "accept", "", true}, Case{"header", gross_header, "", "accept", "", true},
                          Case{"header_over_profile", net_header, gross_profile, "accept", "", false},
                          Case{"spelt_otherwise", put(gross_header, ",gross\n", ",Gross\n"), "", "accept", "", true},
                          Case{"net_shown_besides", put(gross_header, "17.10,600.00", "17.10,492.90"), "", "accept", "", true},
                          Case{"net_of_neither", put(gross_header, "17.10,600.00", "17.10,500.00"), "", "quarantine",
                               "net 500.00 is neither the gross 600.00, which this agency remits, nor that less fee 90.00 and tax 17.10", true},
                          Case{"gross_unsaid", all_paid, "", "quarantine", "net 600.00 is not gross 600.00 less fee 90.00 and tax 17.10; an agency that pays all of it says gross in the header", false},
                          Case{"no_such_word", put(gross_header, ",gross\n", ",brutto\n"), "", "reject r.csv:1:29", "\"brutto\" is neither net nor gross", false}}) {
        const Read r = read(c.text, c.profile);
        EXPECT_EQ(r.verdict(), c.verdict) << c.name << ": " << r.said();
        EXPECT_NE(r.said().find(c.said), std::string::npos) << c.name << ": " << r.said();
        if (r.report) { EXPECT_EQ(r.update(0).gross_remittance, c.gross) << c.name; }
    }
    EXPECT_EQ(read(all_paid, R"({"remits": "brutto"})").report.error().where, "remits");
}

TEST(Remittance, of_an_agency_with_columns_of_its_own) {
    std::string text = "HEADER;Inkasso Nord;77;31.03.2026\nAkte;Rechnung;Zahlung;Whg;Brutto;Honorar;USt;Netto;Stand\nPL-1;R1;20.03.2026;EUR;-1.600,00;-90,00;-17,10;-1.492,90;partial\n"
                       "CONTROL;1;-1.600,00;-90,00;-17,10;-1.492,90;EUR\n";
    std::string profile = R"({"columns": {"placement": "Akte", "document": "Rechnung", "payment_date": "Zahlung", "currency": "Whg", "gross": "Brutto", "fee": "Honorar",
        "tax": "USt", "net": "Netto", "state": "Stand"}, "date_format": "%d.%m.%Y", "decimal": ",", "thousands": "."})";
    Read r = read(text, profile);
    EXPECT_EQ(r.verdict(), "accept") << r.said();
    EXPECT_EQ(to_text(*r.update(0).gross), "-1600.00");
    EXPECT_EQ(read(text, R"({"columns": {"grss": "x"}})").report.error().where, "columns.grss");
    EXPECT_EQ(read(text, R"({"date_format": "x"})").report.error().where, "date_format");
}

/// Cut anywhere, it is refused: the control rows are the end. (All but the last line break.)
TEST(Remittance, truncated_anywhere_is_refused) {
    for (std::size_t n = 0; n + 1 < example.size(); ++n) EXPECT_FALSE(read(example.substr(0, n)).report) << n;
}

TEST(Remittance, survives_anything) {
    std::mt19937 random{17};
    SCOPED_TRACE("seed 17");
    for (int round = 0; round < 1000; ++round) {
        std::string broken = example;
        for (auto n = random() % 6 + 1; n > 0; --n) broken[random() % broken.size()] = static_cast<char>(random());
        Read r = read(broken);
        if (!r.report) { EXPECT_FALSE(r.report.error().what.empty()); }
    }
}

/// A digit changed in any figure never passes: line rule or control total catches it.
TEST(Remittance, a_changed_figure_is_always_caught) {
    std::size_t begin = example.find("EUR,600.00"), tried = 0;
    for (std::size_t i = begin; i < example.size(); ++i) {
        bool in_figures = example[i] >= '0' && example[i] <= '9' && example.substr(0, i).rfind("PL-", i) + 45 < i;
        std::string line = example.substr(example.rfind('\n', i) + 1);
        if (!in_figures || line.starts_with("PL-2026-0009")) continue;
        std::string broken = example;
        broken[i] = broken[i] == '9' ? '8' : static_cast<char>(broken[i] + 1);
        Read r = read(broken);
        EXPECT_NE(r.verdict(), "accept") << i << ' ' << broken.substr(i - 5, 10);
        ++tried;
    }
    EXPECT_GT(tried, 40u);
}

}  // namespace
}  // namespace owed::formats::agency
