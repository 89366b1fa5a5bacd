#include "formats/rates/rates.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "formats/registry.hpp"
#include "owed/decimal.hpp"

namespace owed::formats::rates {
namespace {

struct Kept : RecordSink {
    std::vector<Record> records;
    Status record(Record r) override {
        records.push_back(std::move(r));
        return {};
    }
};

/// "EUR/USD spot 2026-11-20 1.0545 ecb" a rate; "name 2026-01-01 2.15" a reference rate.
std::string line_of(const Record& record) {
    if (const auto* rate = std::get_if<FxRate>(&record.body))
        return rate->from + "/" + rate->to + " " + rate->type + " " + to_text(*rate->date) + " " + rate->rate + (rate->source.empty() ? "" : " " + rate->source);
    const auto& reference = std::get<ReferenceRate>(record.body);
    return reference.name + " " + to_text(*reference.from) + " " + reference.percent + (reference.source.empty() ? "" : " " + reference.source);
}

struct Read {
    Result<DecodeReport> report = fail(Errc::internal, "");
    std::vector<Record> records;
    std::string lines() const {
        std::string out;
        for (const Record& r : records) out += (out.empty() ? "" : "\n") + line_of(r);
        return out;
    }
    std::string refused() const { return report ? "read" : report.error().where + ": " + report.error().what; }
    std::string warnings() const {
        std::string out;
        if (report)
            for (const Warning& w : report->warnings) out += w.where + " " + w.what + "\n";
        return out;
    }
};
Read read(std::string_view text, std::string profile = {}, const std::string& name = "rates") {
    Kept kept;
    Read out;
    out.report = decode(text, {name, std::move(profile)}, kept);
    out.records = std::move(kept.records);
    return out;
}

std::string cube(const std::string& inner) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n"
           "\t<gesmes:subject>Reference rates</gesmes:subject>\n\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n"
           "\t<Cube>\n" + inner + "\t</Cube>\n</gesmes:Envelope>";
}
std::string day(const std::string& date, const std::string& rates) { return "\t\t<Cube time='" + date + "'>\n" + rates + "\t\t</Cube>\n"; }
std::string of(const std::string& currency, const std::string& rate) { return "\t\t\t<Cube currency='" + currency + "' rate='" + rate + "'/>\n"; }

// ---- the ECB's XML

TEST(EcbXml, a_day_and_ninety) {
    const Read one = read(cube(day("2026-11-20", of("USD", "1.0545") + of("JPY", "162.50") + of("KRW", "1477.13"))), {}, "eurofxref-daily.xml");
    ASSERT_TRUE(one.report) << one.refused();
    EXPECT_EQ(one.report->format, "rates.ecb");
    EXPECT_EQ(one.report->verdict, Verdict::accept);
    EXPECT_EQ(one.report->records, 3u);
    EXPECT_EQ(one.lines(), "EUR/USD spot 2026-11-20 1.0545 ecb\nEUR/JPY spot 2026-11-20 162.50 ecb\nEUR/KRW spot 2026-11-20 1477.13 ecb");
    EXPECT_EQ(one.records[1].external_id, "EUR/JPY/spot/2026-11-20");
    EXPECT_EQ(one.records[1].where, "eurofxref-daily.xml:10");

    std::string days;
    for (int i = 0; i < 90; ++i) days += day(to_text(Date::from_days(20'777 - i)), of("USD", "1.05" + std::to_string(10 + i % 90)));
    const Read many = read(cube(days));
    ASSERT_TRUE(many.report) << many.refused();
    EXPECT_EQ(many.records.size(), 90u);
}

TEST(EcbXml, hostile_files_are_refused_with_their_place) {
    struct Case {
        std::string name, text, where, what;
    };
    const std::vector<Case> cases{
        {"document_type", "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>" + cube("").substr(39), "rates:1:", "document type"},
        {"undeclared_entity", cube(day("2026-11-20", of("USD", "&one;"))), "rates:9:", "entity"},
        {"too_deep", cube("<Cube><Cube><Cube><Cube><Cube><Cube><Cube><Cube/></Cube></Cube></Cube></Cube></Cube></Cube></Cube>"), "rates:8:", "deeper than 8"},
        {"long_attribute", cube(day("2026-11-20", of("USD", std::string(300, '1')))), "rates:9:", "attribute"},
        {"nineteen_digits", cube(day("2026-11-20", of("USD", "1234567890123456789"))), "rates:9:", "18 digits"},
        {"exponent", cube(day("2026-11-20", of("USD", "1e9"))), "rates:9:", "not a decimal number"},
        {"negative", cube(day("2026-11-20", of("USD", "-1.05"))), "rates:9:", "positive"},
        {"zero", cube(day("2026-11-20", of("USD", "0.0000"))), "rates:9:", "positive"},
        {"comma", cube(day("2026-11-20", of("USD", "1,05"))), "rates:9:", "not a decimal number"},
        {"no_rate", cube(day("2026-11-20", "<Cube currency='USD'/>")), "rates:9:", "rate is missing"},
        {"no_currency", cube(day("2026-11-20", "<Cube rate='1'/>")), "rates:9:", "currency is missing"},
        {"no_day", cube(of("USD", "1.05")), "rates:8:", "under no day"},
        {"after_its_day", cube(day("2026-11-20", of("USD", "1.05")) + of("JPY", "160")), "rates:11:", "under no day"},
        {"no_such_day", cube(day("2026-02-30", of("USD", "1.05"))), "rates:8:", "does not exist"},
        {"day_in_a_day", cube("<Cube time='2026-11-20'><Cube time='2026-11-19'/></Cube>"), "rates:8:", "inside the day 2026-11-20"},
        {"two_values", cube(day("2026-11-20", of("USD", "1.05")) + day("2026-11-20", of("USD", "1.06"))), "rates:12:", "1.05 in line 9"},
        {"euro_in_euro", cube(day("2026-11-20", of("EUR", "1.01"))), "rates:9:", "in itself is 1"},
        {"no_days", cube(""), "rates", "no day with rates"},
        {"another_root", "<Document><Cube/></Document>", "rates:1:1", "begins with <Document>"},
        {"not_well_formed", cube("<Cube>"), "rates:", "not well-formed"},
        {"nothing", "<", "rates:1:", "complete"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Read r = read(c.text);
        ASSERT_FALSE(r.report);
        EXPECT_EQ(r.report.error().where.substr(0, c.where.size()), c.where) << r.refused();
        EXPECT_NE(r.report.error().what.find(c.what), std::string::npos) << r.refused();
    }
}

TEST(EcbXml, currencies_that_are_gone_are_left_out_and_said_once) {
    const Read r = read(cube(day("2004-01-02", of("USD", "1.2592") + of("CYP", "0.5863")) + day("2004-01-05", of("USD", "1.2656") + of("CYP", "0.5864"))));
    ASSERT_TRUE(r.report) << r.refused();
    EXPECT_EQ(r.records.size(), 2u);
    EXPECT_EQ(r.report->verdict, Verdict::warn);
    ASSERT_EQ(r.report->warnings.size(), 1u);
    EXPECT_EQ(r.report->warnings[0].where.substr(0, 9), "rates:10:");
    EXPECT_NE(r.report->warnings[0].what.find("\"CYP\""), std::string::npos);
}

TEST(EcbXml, the_same_value_twice_counts_once) {
    const Read r = read(cube(day("2026-11-20", of("USD", "1.05")) + day("2026-11-20", of("USD", "1.050"))));
    ASSERT_TRUE(r.report) << r.refused();
    EXPECT_EQ(r.lines(), "EUR/USD spot 2026-11-20 1.05 ecb");
}

TEST(EcbXml, types) {
    const std::string text = cube(day("2026-01-30", of("USD", "1.19")) + day("2026-01-29", of("USD", "1.18")) + day("2024-03-28", of("USD", "1.0811")) + day("2025-12-31", of("USD", "1.17")));
    EXPECT_EQ(read(text, R"({"types": ["spot", "month_end_closing"]})").lines(),
              "EUR/USD spot 2026-01-30 1.19 ecb\nEUR/USD closing 2026-01-30 1.19 ecb\nEUR/USD spot 2026-01-29 1.18 ecb\n"
              "EUR/USD spot 2024-03-28 1.0811 ecb\nEUR/USD closing 2024-03-28 1.0811 ecb\n"  // Good Friday was the 29th
              "EUR/USD spot 2025-12-31 1.17 ecb\nEUR/USD closing 2025-12-31 1.17 ecb");
    EXPECT_EQ(read(cube(day("2026-01-29", of("USD", "1.18"))), R"({"types": ["closing", "custom", "month_end_closing"]})").lines(),
              "EUR/USD closing 2026-01-29 1.18 ecb\nEUR/USD custom 2026-01-29 1.18 ecb");
    EXPECT_EQ(read(text, R"({"base": "USD"})").refused(), "base: the ECB's rates are those of the euro, and base says USD");
}

// ---- the ECB's CSV

TEST(EcbCsv, a_day_and_all_days) {
    const Read one = read("Date, USD, JPY, BGN, \n20 November 2026, 1.0545, 162.50, 1.9558, \n");
    ASSERT_TRUE(one.report) << one.refused();
    EXPECT_EQ(one.report->format, "rates");
    EXPECT_EQ(one.lines(), "EUR/USD spot 2026-11-20 1.0545 ecb\nEUR/JPY spot 2026-11-20 162.50 ecb\nEUR/BGN spot 2026-11-20 1.9558 ecb");
    const Read all = read("Date,USD,JPY,CYP,ISK,\n2026-11-20,1.0545,162.50,N/A,145.10,\n2004-01-02,1.2592,134.8,0.5863,N/A,\n");
    ASSERT_TRUE(all.report) << all.refused();
    EXPECT_EQ(all.lines(), "EUR/USD spot 2026-11-20 1.0545 ecb\nEUR/JPY spot 2026-11-20 162.50 ecb\nEUR/ISK spot 2026-11-20 145.10 ecb\n"
                           "EUR/USD spot 2004-01-02 1.2592 ecb\nEUR/JPY spot 2004-01-02 134.8 ecb");
    EXPECT_NE(all.warnings().find("rates:3:25 \"CYP\""), std::string::npos) << all.warnings();
}

TEST(EcbCsv, another_base_must_be_said) {
    const std::string text = "Date,EUR,USD\n2026-11-20,0.95,1.1\n";
    EXPECT_EQ(read(text).refused(), "rates:1:1: nothing says which currency these are the rates of");
    EXPECT_EQ(read(text, R"({"base": "CHF"})").lines(), "CHF/EUR spot 2026-11-20 0.95\nCHF/USD spot 2026-11-20 1.1");
    EXPECT_EQ(read("Date,USD\n2026-11-20,1.1\n", R"({"base": "EUR"})").lines(), "EUR/USD spot 2026-11-20 1.1 ecb");
}

// ---- tables

TEST(RateTables, pairs) {
    const Read r = read("from,to,date,rate,type,source\nUSD,CHF,2026-03-31,0.8812,closing,treasury\nUSD,CHF,2026-03-30,0.8790,,\n");
    ASSERT_TRUE(r.report) << r.refused();
    EXPECT_EQ(r.lines(), "USD/CHF closing 2026-03-31 0.8812 treasury\nUSD/CHF spot 2026-03-30 0.8790");
    EXPECT_EQ(read("FROM_CURRENCY;TO_CURRENCY;CONVERSION_DATE;CONVERSION_TYPE;CONVERSION_RATE\nUSD;CHF;31.03.2026;Spot;0,8812\n", R"({"decimal": ","})").lines(),
              "USD/CHF spot 2026-03-31 0.8812");
    EXPECT_EQ(read("currency,date,rate\nUSD,2026-03-31,1.08\n", R"({"base": "EUR", "types": ["closing"]})").lines(), "EUR/USD closing 2026-03-31 1.08");
    EXPECT_EQ(read("# rates of the group\nfrom,to,date,rate\nUSD,USD,2026-03-31,1\nUSD,XXQ,2026-03-31,7\nUSD,CHF,2026-03-31,0.88\n").lines(), "USD/CHF spot 2026-03-31 0.88");
}

TEST(RateTables, reference_rates) {
    const Read r = read("name,from,percent\necb_main_refinancing,2025-07-01,2.15\nde_base_rate,2021-01-01,-0.88\nde_base_rate,2025-07-01,1.27 %\n");
    ASSERT_TRUE(r.report) << r.refused();
    EXPECT_EQ(r.lines(), "ecb_main_refinancing 2025-07-01 2.15\nde_base_rate 2021-01-01 -0.88\nde_base_rate 2025-07-01 1.27");
    EXPECT_EQ(read("name,from,percent\na,2025-07-01,2.15\na,2025-07-01,2.25\n").refused(), "rates:3:14: reference rate \"a\" from 2025-07-01 is 2.25 here and 2.15 in line 2");
    EXPECT_EQ(read("name,from,percent\n,2025-07-01,2.15\n").refused(), "rates:2:13: the reference rate has no name");
}

TEST(RateTables, hostile_rows_refuse_the_file) {
    struct Case {
        std::string name, text, where, what, profile = {};
    };
    const std::string head = "from,to,date,rate\n";
    const std::vector<Case> cases{
        {"zero", head + "USD,CHF,2026-03-31,0\n", "rates:2:20", "positive"},
        {"negative", head + "USD,CHF,2026-03-31,-0.88\n", "rates:2:20", "positive"},
        {"text", head + "USD,CHF,2026-03-31,abc\n", "rates:2:20", "\"abc\""},
        {"empty", head + "USD,CHF,2026-03-31,\n", "rates:2", ""},
        {"huge", head + "USD,CHF,2026-03-31,12345678901234567890123\n", "rates:2:20", ""},
        {"exponent", head + "USD,CHF,2026-03-31,1e-3\n", "rates:2:20", "1e-3"},
        {"comma", "from;to;date;rate\nUSD;CHF;2026-03-31;0,88\n", "rates:2:20", ""},
        {"in_itself", head + "USD,USD,2026-03-31,1.1\n", "rates:2:20", "in itself is 1"},
        {"two_values", head + "USD,CHF,2026-03-31,0.88\nUSD,CHF,2026-03-31,0.89\n", "rates:3:20", "0.88 in line 2"},
        {"no_such_day", head + "USD,CHF,2026-02-30,0.88\n", "rates:2:9", ""},
        {"no_date", head + "USD,CHF,,0.88\n", "rates:2:9", "the date is empty"},
        {"doubtful_dates", head + "USD,CHF,03/04/2026,0.88\n", "rates:2:9", ""},
        {"no_currency", head + ",CHF,2026-03-31,0.88\n", "rates:2:1", "from is empty"},
        {"cut_off_row", head + "USD,CHF,2026-03-31,0.88\nUSD,CHF,2026-03", "rates:3:9", ""},
        {"cut_off_cell", head + "USD,CHF,2026-03-30,0.8812\nUSD,CHF,2026-03-31,0.88", "rates:3:20", "middle of a rate"},
        {"cut_off_pair", head + "EUR,USD,2026-03-30,1.0840\nEUR,JPY,2026-03-30,162.50\nEUR,USD,2026-03-31,1.08", "rates:4:20", "middle of a rate"},
        {"cut_off_reference", "name,from,percent\na,2026-01-01,2.15\nb,2026-01-01,1\na,2026-07-01,2.4", "rates:4:14", "middle of a rate"},
        {"cut_off_after_holiday", "Date,USD,JPY\n2026-11-20,1.0545,162.50\n2026-11-21,N/A,N/A\n2026-11-22,1.0545,162", "rates:4", "middle of a rate"},
        {"cut_off_days", "Date,USD,JPY,\n2026-11-20,1.0545,162.50,\n2026-11-19,1.0", "rates:3", "cells"},
        {"nameless_column", "Date,USD,,\n2026-11-20,1.0545,162.50,\n", "rates:2:19", "no currency"},
        {"unknown_type", "from,to,date,rate,type\nUSD,CHF,2026-03-31,0.88,Corporate\n", "rates:2:25", "\"Corporate\""},
        {"month_end_is_no_type", "from,to,date,rate,type\nUSD,CHF,2026-03-31,0.88,month_end_closing\n", "rates:2:25", "no type"},
        {"no_base", "currency,date,rate\nUSD,2026-03-31,1.08\n", "rates:1:1", "nothing says"},
        {"no_rows", head, "rates", ""},
        {"no_header", "a,b,c\n1,2,3\n", "rates:1:1", "no row is the header"},
        {"profile_key", head, "bse", "\"bse\"", R"({"bse": "EUR"})"},
        {"profile_base", head, "base", "\"EURO\"", R"({"base": "EURO"})"},
        {"profile_type", head, "types", "\"daily\"", R"({"types": ["daily"]})"},
        {"profile_no_type", head, "types", "empty", R"({"types": []})"},
        {"quote_that_never_closes", head + "\"USD,CHF,2026-03-31,0.88\n", "rates:2:1", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Read r = read(c.text, c.profile);
        ASSERT_FALSE(r.report) << r.lines();
        EXPECT_EQ(r.report.error().where.substr(0, c.where.size()), c.where) << r.refused();
        EXPECT_NE(r.report.error().what.find(c.what), std::string::npos) << r.refused();
    }
}

TEST(RateTables, an_end_without_line_break_is_judged_by_its_own_pair) {
    const std::string head = "from,to,date,rate\n";
    const Read whole = read(head + "EUR,JPY,2026-03-30,162.50\nEUR,USD,2026-03-30,1.0840\nEUR,JPY,2026-03-31,162.75");
    ASSERT_TRUE(whole.report) << whole.refused();
    EXPECT_EQ(whole.warnings(), "");
    const Read alone = read(head + "EUR,USD,2026-03-30,1.0840\nEUR,JPY,2026-03-31,162.75");
    ASSERT_TRUE(alone.report) << alone.refused();
    EXPECT_EQ(alone.records.size(), 2u);
    EXPECT_EQ(alone.warnings(), "rates:3:20 the file ends with this rate and without a line break, and no row above is of its pair: nothing shows whether it is whole\n");
}

// ---- telling files apart

TEST(Rates, are_told_from_other_files) {
    struct Case {
        std::string text, format;
    };
    for (const Case& c : {Case{cube(day("2026-11-20", of("USD", "1.05"))), "rates"}, Case{"Date, USD, JPY, \n20 November 2026, 1.05, 162.5, \n", "rates"},
                          Case{"from,to,date,rate\nUSD,CHF,2026-03-31,0.88\n", "rates"}, Case{"name,from,percent\na,2026-01-01,2.15\n", "rates"},
                          Case{"Date,Description,Amount,Currency,Exchange rate,Balance\n2026-03-31,x,5.00,EUR,1.08,5.00\n", "csv"}}) {
        const auto found = detect(c.text, "file");
        ASSERT_TRUE(found) << c.text;
        EXPECT_EQ((*found)->name, c.format) << c.text;
    }
    for (const char* text : {"Date,SKU,QTY\n2026-03-31,1,2\n", "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>", "", "\xEF\xBB\xBF", "from,to,date,rate,amount,note\n"})
        EXPECT_EQ(sniff(text, "file"), 0) << text;
    EXPECT_TRUE(find("rates.ecb"));
}

TEST(Rates, damage_is_refused_or_read_and_never_crashed_on) {
    const unsigned seed = std::random_device{}();
    std::mt19937 random{seed};
    for (const std::string& file : {cube(day("2026-11-20", of("USD", "1.0545") + of("JPY", "162.50"))), std::string{"Date, USD, JPY, \n20 November 2026, 1.0545, 162.50, \n"},
                                    std::string{"from,to,date,rate,type\nUSD,CHF,2026-03-31,0.8812,closing\nUSD,CHF,2026-03-30,0.8790,\n"}}) {
        for (std::size_t size = 0; size < file.size(); ++size) {
            const Read r = read(std::string_view{file}.substr(0, size));
            if (!r.report) {
                EXPECT_FALSE(r.report.error().what.empty() || r.report.error().where.empty()) << size;
            }
        }
        for (int round = 0; round < 1500; ++round) {
            std::string broken = file;
            for (unsigned flips = 1 + random() % 4; flips > 0; --flips) broken[random() % broken.size()] = static_cast<char>(random());
            const Read r = read(broken);
            if (!r.report) continue;
            for (const Record& record : r.records)
                if (const auto* rate = std::get_if<FxRate>(&record.body)) {
                    const auto value = parse_decimal(rate->rate);
                    ASSERT_TRUE(value) << "seed " << seed << " round " << round;
                    EXPECT_GT(value->mantissa(), 0) << "seed " << seed << " round " << round;
                }
        }
    }
}

/// 2.6 MB of XML: a quadratic step would take minutes.
TEST(Rates, years_are_read_quickly) {
    struct Count : RecordSink {
        std::size_t records = 0;
        Status record(Record) override {
            ++records;
            return {};
        }
    };
    const std::vector<std::string> codes{"USD", "JPY", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "ISK", "NOK", "TRY", "AUD", "BRL",
                                         "CAD", "CNY", "HKD", "IDR", "ILS", "INR", "KRW", "MXN", "MYR", "NZD", "PHP", "SGD", "THB", "ZAR"};
    std::string days, table = "Date";
    for (const auto& code : codes) table += "," + code;
    table += ",\n";
    for (int i = 0; i < 2'000; ++i) {
        std::string rates;
        table += to_text(Date::from_days(20'777 - i));
        for (std::size_t k = 0; k < codes.size(); ++k) {
            const std::string rate = "1." + std::to_string(1000 + (i * 7 + static_cast<int>(k)) % 9000);
            rates += of(codes[k], rate);
            table += "," + rate;
        }
        table += ",\n";
        days += day(to_text(Date::from_days(20'777 - i)), rates);
    }
    for (const std::string& text : {cube(days), table}) {
        Count count;
        const auto start = std::chrono::steady_clock::now();
        const auto report = decode(text, {"rates", {}}, count);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
        ASSERT_TRUE(report) << to_text(report.error());
        EXPECT_EQ(count.records, 2'000u * codes.size());
        EXPECT_LT(took, 60'000);
    }
}

}  // namespace
}  // namespace owed::formats::rates
