#include "render/letter.hpp"

#define POINTERHOLDER_TRANSITION 4
#include <fmt/format.h>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>

#include "render/sample_test.hpp"

namespace owed::render {
namespace {

std::string letter_of(const NoticeFacts& facts, Layout layout, const std::string& name) {
    auto request = sample_request("reminder-2", layout);
    request.approved.details = facts.pay_to;
    const auto notice = render_notice(shipped(), facts, request);
    if (!notice) {
        ADD_FAILURE() << name << ": " << to_text(notice.error());
        return {};
    }
    return keep_sample(name + ".pdf", notice->letter_pdf);
}

struct Word {
    double left, top, right, bottom;   // millimetres
    std::string text;
    int page;
};
/// The words of a PDF where pdftotext sees them.
std::vector<Word> words_of(const std::string& pdf) {
    std::vector<Word> words;
    std::istringstream lines{run_command("pdftotext -bbox " + pdf + " -").output};
    int page = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("<page ") != std::string::npos) ++page;
        Word word{0, 0, 0, 0, {}, page};
        if (std::sscanf(line.c_str(), " <word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\"", &word.left, &word.top, &word.right, &word.bottom) != 4) continue;
        for (auto* value : {&word.left, &word.top, &word.right, &word.bottom}) *value *= 25.4 / 72;
        word.text = line.substr(line.find('>') + 1, line.rfind('<') - line.find('>') - 1);
        words.push_back(std::move(word));
    }
    return words;
}

int pages_of(const std::string& pdf) {
    const auto info = run_command("pdfinfo " + pdf).output;
    return std::stoi(info.substr(info.find("Pages:") + 6));
}

class Letter : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_command("pdftotext")) GTEST_SKIP() << "poppler-utils is not installed";
    }
};

/// Every word with `part` in it lies in the field, in millimetres from the upper left corner.
void expect_inside(const std::vector<Word>& words, const std::vector<std::string>& parts, double left, double top, double right, double bottom) {
    for (const auto& part : parts) {
        bool found = false;
        for (const auto& word : words) {
            if (word.page != 1 || word.text.find(part) == std::string::npos) continue;
            found = found || (word.left >= left && word.right <= right && word.top >= top && word.bottom <= bottom);
        }
        EXPECT_TRUE(found) << part << " is not in its field";
    }
}

void expect_on_paper(const std::vector<Word>& words, double left, double right, double bottom) {
    for (const auto& word : words) {
        EXPECT_GE(word.left, left) << word.text;
        EXPECT_LE(word.right, right) << word.text;
        EXPECT_LE(word.bottom, bottom) << word.text;
    }
}

TEST_F(Letter, din_address_stands_in_the_window) {
    const auto words = words_of(letter_of(sample_facts(), Layout::din5008b, "din-1"));
    expect_inside(words, {"ckerei", "OHG", "Petra", "Markt", "80331"}, 20, 45 + 17.7, 20 + 85, 45 + 45);
    expect_inside(words, {"Werftstra"}, 20, 45, 20 + 85, 45 + 17.7);          // return address
    expect_inside(words, {"M-2026-0017", "10004", "31.03.2026"}, 125, 49, 205, 98);  // reference block
    expect_on_paper(words, 20, 200.1, 293);
}

TEST_F(Letter, us_address_stands_in_the_window) {
    auto facts = sample_facts("en-US");
    facts.creditor.address = {.lines = {"100 Harbor Street"}, .postcode = "02110", .city = "Boston", .region = "MA", .country = "US"};
    facts.debtor.address = {.lines = {"2200 Orchard Road", "Suite 400"}, .postcode = "97205", .city = "Portland", .region = "OR", .country = "US"};
    const auto words = words_of(letter_of(facts, Layout::us10, "us-1"));
    const double in = 25.4;
    expect_inside(words, {"OHG", "Petra", "Orchard", "400", "Portland,", "97205"}, 0.5 * in, 2.04 * in, 4.0 * in, 2.915 * in);
    expect_on_paper(words, 12.7, 215.9 - 12.7, 275);
}

TEST_F(Letter, long_names_and_addresses_stay_in_their_fields) {
    auto facts = sample_facts();
    facts.debtor.name = "Vereinigte Norddeutsche Handels- und Dienstleistungsgesellschaft für Landmaschinen, Ersatzteile und Zubehör mbH & Co. KG";
    facts.debtor.contact_name = "Dr.-Ing. Maximiliane-Charlotte von der Hohenstein-Oberlangenfeld";
    facts.debtor.address.lines = {"Industriepark Nordost, Gebäude 17, Aufgang C, 4. Obergeschoss", "Carl-Friedrich-Gauß-Straße 1234-1240 (Hinterhaus)", "Postfach 12 34"};
    facts.debtor.address.city = "Hellschen-Heringsand-Unterschaar bei Wesselburen";
    facts.creditor.email = "forderungsmanagement.international@nordwind-maschinenbau.example";
    for (auto& item : facts.items) item.document = "RECHNUNG/2026/INTERNATIONAL/0000000000000000" + item.document;
    for (const auto layout : {Layout::din5008b, Layout::us10}) {
        const auto words = words_of(letter_of(facts, layout, fmt::format("long-{}", name_of(layout))));
        if (layout == Layout::din5008b) expect_inside(words, {"Vereinigte", "Hohenstein", "Unterschaar", "80331"}, 20, 62.7, 105, 90);
        else expect_inside(words, {"Vereinigte", "Hohenstein", "Unterschaar", "80331"}, 12.7, 51.8, 101.6, 74.05);
        expect_on_paper(words, 12.7, layout == Layout::din5008b ? 200.1 : 203, layout == Layout::din5008b ? 293 : 275);
    }
    facts.debtor.address.lines.assign(40, "another line of an address that nobody can deliver to, whoever carries it");
    const auto error = render_notice(shipped(), facts, sample_request()).error();
    EXPECT_EQ(error.code, Errc::data);
    EXPECT_NE(error.what.find("the address of customer 10004 has no room"), std::string::npos) << error.what;
}

TEST_F(Letter, sixty_items_run_over_pages_with_the_head_repeated) {
    for (const auto layout : {Layout::din5008b, Layout::us10}) {
        const auto pdf = letter_of(sample_facts("de", 60), layout, fmt::format("sixty-{}", name_of(layout)));
        const int pages = pages_of(pdf);
        EXPECT_EQ(pages, 3);
        const auto words = words_of(pdf);
        int heads = 0, items = 0, foots = 0;
        for (const auto& word : words) {
            heads += word.text == "Verzug" ? 1 : 0;
            items += word.text.starts_with("RE-10") ? 1 : 0;
            foots += word.text == "987654" ? 1 : 0;
        }
        EXPECT_GE(heads, 2);
        EXPECT_EQ(items, 60);
        EXPECT_EQ(foots, pages);  // our legal details on each page
        const auto text = run_command("pdftotext -layout " + pdf + " -").output;
        for (int page = 1; page <= pages; ++page) EXPECT_NE(text.find(fmt::format("Seite {} von {}", page, pages)), std::string::npos);
        expect_on_paper(words, 12.7, layout == Layout::din5008b ? 200.1 : 203, layout == Layout::din5008b ? 293 : 275);
    }
}

TEST_F(Letter, any_number_of_items_loses_none) {
    for (int items = 1; items <= 45; items += 4) {
        const auto text = run_command("pdftotext -layout " + letter_of(sample_facts("en", items), Layout::din5008b, "count") + " -").output;
        for (int i = 0; i < items; ++i) EXPECT_NE(text.find(fmt::format("RE-{} ", 1001 + i)), std::string::npos) << items;
        EXPECT_NE(text.find("DE89 3704 0044 0532 0130 00"), std::string::npos) << items;
        EXPECT_NE(text.find("Kind regards"), std::string::npos) << items;
    }
}

TEST_F(Letter, large_amounts_and_other_currencies_fit) {
    auto facts = sample_facts("de", 3);
    for (auto& item : facts.items) item.original = item.residual = eur(123'456'789'012'345'67), item.paid = eur(0);
    facts.total = eur(3 * 123'456'789'012'345'67);
    const auto pdf = letter_of(facts, Layout::din5008b, "large");
    const auto text = run_command("pdftotext -layout " + pdf + " -").output;
    EXPECT_NE(text.find("123.456.789.012.345,67"), std::string::npos);
    EXPECT_NE(text.find("370.370.367.037.037,01"), std::string::npos);
    expect_on_paper(words_of(pdf), 20, 200.1, 293);
}

TEST_F(Letter, fonts_are_embedded) {
    const auto fonts = run_command("pdffonts " + letter_of(sample_facts(), Layout::din5008b, "fonts")).output;
    std::istringstream lines{fonts};
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("+Liberation") == std::string::npos) continue;
        ++count;
        EXPECT_NE(line.find(" yes yes yes"), std::string::npos) << line;  // embedded, subset, with Unicode map
    }
    EXPECT_GE(count, 2) << fonts;  // regular and bold; what is outside Latin-1 comes as a subset of its own
    EXPECT_EQ(std::count(fonts.begin(), fonts.end(), '\n'), count + 2) << fonts;  // two head lines and nothing else
}

TEST_F(Letter, says_its_language_title_and_date) {
    const auto info = run_command("TZ=UTC pdfinfo " + letter_of(sample_facts(), Layout::din5008b, "info")).output;
    for (const char* line : {"Title:           Nordwind Maschinenbau GmbH: Zweite Mahnung", "Tagged:          yes", "JavaScript:      no", "Page size:       595.276 x 841.89 pts (A4)", "Tue Mar 31 00:00:00 2026"})
        EXPECT_NE(info.find(line), std::string::npos) << line << "\n" << info;
    EXPECT_NE(run_command("pdfinfo " + letter_of(sample_facts(), Layout::us10, "info-us")).output.find("612 x 792 pts (letter)"), std::string::npos);
}

TEST_F(Letter, tags_follow_the_reading_order) {
    const auto tree = run_command("pdfinfo -struct-text " + letter_of(sample_facts("de", 30), Layout::din5008b, "tags")).output;
    for (const char* part : {"Document", "H1", "Table", "TR", "TH", "TD", "Figure"}) EXPECT_NE(tree.find(part), std::string::npos) << part << tree.substr(0, 2000);
    EXPECT_LT(tree.find("H1"), tree.find("Table"));
    EXPECT_LT(tree.find("Table"), tree.find("Figure"));
}

/// Names of all dictionary keys that occur in a PDF.
void collect_keys(QPDF& pdf, std::set<std::string>& keys) {
    for (auto object : pdf.getAllObjects()) {
        auto dictionary = object.isStream() ? object.getDict() : object;
        if (dictionary.isDictionary())
            for (const auto& key : dictionary.getKeys()) keys.insert(key);
    }
}

TEST(LetterSafety, hostile_values_make_no_scripts_links_or_launches) {
    for (const char* payload : {"(</S/JavaScript/JS(app.alert(1))>>", ") Tj ET Q endstream endobj 1 0 obj<</OpenAction 2 0 R>>", "<</Launch(calc.exe)>>", "https://evil.example/", "/URI (x)", "\\) \\( \\n", "%PDF-1.7", "<script>"}) {
        auto facts = sample_facts("en", 1);
        facts.debtor.name = facts.debtor.contact_name = facts.creditor.hours = facts.items[0].document = facts.creditor.name = payload;
        const auto notice = render_notice(shipped(), facts, sample_request());
        ASSERT_TRUE(notice) << to_text(notice.error());
        QPDF pdf;
        pdf.processMemoryFile("letter", notice->letter_pdf.data(), notice->letter_pdf.size());
        std::set<std::string> keys;
        collect_keys(pdf, keys);
        for (const char* key : {"/JS", "/JavaScript", "/OpenAction", "/Launch", "/AA", "/URI", "/Annots", "/EmbeddedFiles"}) EXPECT_FALSE(keys.contains(key)) << key << payload;
        EXPECT_TRUE(pdf.getRoot().getKey("/ViewerPreferences").getKey("/DisplayDocTitle").getBoolValue());
        EXPECT_EQ(pdf.getRoot().getKey("/Lang").getStringValue(), "en");
        EXPECT_FALSE(pdf.anyWarnings());
    }
}

TEST(LetterSafety, letters_that_no_font_has_are_refused) {
    auto facts = sample_facts();
    facts.debtor.name = "\U00012000\U00012001";  // cuneiform: no package in .ci/install-dependencies has it
    const auto notice = render_notice(shipped(), facts, sample_request());
    ASSERT_FALSE(notice);
    EXPECT_EQ(notice.error().code, Errc::data);
    facts.debtor.name = "Пекарня Ελληνικά Łódź Ağaçlı";
    EXPECT_TRUE(render_notice(shipped(), facts, sample_request()));
}

TEST(LetterText, markup) {
    const auto text = parse_letter_text("# Head **x**\n\nOne **two** three\nfour\n\n\n[items]\nafter\n[pay-to]\n").value();
    EXPECT_EQ(text.heading, "Head x");
    ASSERT_EQ(text.blocks.size(), 4U);
    ASSERT_EQ(text.blocks[0].spans.size(), 3U);
    EXPECT_EQ(text.blocks[0].spans[1].text, "two");
    EXPECT_TRUE(text.blocks[0].spans[1].bold);
    EXPECT_EQ(text.blocks[0].spans[2].text, " three\nfour");
    EXPECT_EQ(text.blocks[1].kind, Block::Kind::items);
    EXPECT_EQ(text.blocks[3].kind, Block::Kind::pay_to);
    EXPECT_EQ(parse_letter_text("Hello").error().code, Errc::malformed_input);
}

TEST(LetterText, layouts_by_name) {
    EXPECT_EQ(layout_named("us10").value(), Layout::us10);
    EXPECT_EQ(layout_named("din5008b").value(), Layout::din5008b);
    EXPECT_EQ(layout_named("din").error().code, Errc::invalid_config);
}

}  // namespace
}  // namespace owed::render
