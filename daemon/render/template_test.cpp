#include "places/places.hpp"
#include "render/template.hpp"

#include <fmt/format.h>

#include "render/detail/text.hpp"
#include "render/sample_test.hpp"

namespace owed::render {
namespace {

std::string listed(const std::vector<Finding>& findings) {
    std::string out;
    for (const auto& f : findings) out += fmt::format("{}: {} [{}]\n", f.where, f.what, f.advice);
    return out;
}

/// The shipped folder with one file more or another text in it.
std::vector<Finding> check_with(const std::string& path, const std::string& text) {
    auto files = shipped_files();
    std::erase_if(files, [&](auto& file) { return file.path == path; });
    files.push_back({path, text});
    return check_templates(files);
}

TEST(Templates, the_shipped_ones_have_no_findings) {
    EXPECT_EQ(listed(check_templates(shipped_files())), "");
    EXPECT_EQ(shipped().names(), (std::vector<std::string>{"reminder-1", "reminder-2", "reminder-3", "reminder-4"}));
    EXPECT_EQ(shipped().languages(), (std::vector<std::string>{"de", "en", "es", "fr"}));
}

TEST(Templates, the_clerks_readme_lists_every_variable) {
    std::string table = "| name | inside | may be empty | in subjects | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const auto& v : template_variables())
        table += fmt::format("| `{}` | {} | {} | {} | {} |\n", v.name, v.list.empty() ? std::string{} : fmt::format("`{{{{#{}}}}}`", v.list),
                             v.kind == TemplateVariable::Kind::maybe ? "yes" : "", v.in_subject ? "yes" : "", v.meaning);
    const std::string path = owed::source_folder() + "/config/templates/README.md";
    auto readme = read_file(path);
    if (std::getenv("OWED_UPDATE_GOLDEN") != nullptr) {
        const auto start = readme.find("\n\n", readme.find("ones marked so are allowed.")) + 2;
        readme = readme.substr(0, start) + table + "\n" + readme.substr(readme.find("`{{label.total}}`", start));
        std::ofstream{path, std::ios::binary} << readme;
    }
    EXPECT_NE(readme.find(table), std::string::npos) << "OWED_UPDATE_GOLDEN=1 writes the table";
}

TEST(Templates, findings_name_place_and_way_out) {
    struct Row {
        const char *name, *path, *text, *where, *what;
    };
    const Row rows[] = {
        {"unknown_variable", "de/x.text.mustache", "ab\n  {{totl}}", "de/x.text.mustache:2:3", "no variable \"totl\""},
        {"unknown_variable_after_umlauts", "de/x.text.mustache", "üöä {{totl}}", "de/x.text.mustache:1:5", "no variable \"totl\""},
        {"expression", "de/x.text.mustache", "{{7*7}}", "de/x.text.mustache:1:1", "no variable \"7*7\""},
        {"raw_triple", "de/x.html.mustache", "{{{total}}}", "de/x.html.mustache:1:1", "without escaping"},
        {"raw_ampersand", "de/x.text.mustache", "{{& total}}", "de/x.text.mustache:1:1", "without escaping"},
        {"delimiters", "de/x.text.mustache", "{{=<% %>=}}", "de/x.text.mustache:1:1", "delimiters"},
        {"foreign_partial", "de/x.text.mustache", "{{> ../../etc/passwd}}", "de/x.text.mustache:1:1", "no partial"},
        {"partial_of_other_output", "de/x.text.mustache", "{{> frame-top}}", "de/x.text.mustache:1:1", "no partial"},
        {"partial_in_itself", "de/_loop.text.mustache", "{{> loop}}", "de/_loop.text.mustache:1:1", "include itself"},
        {"partial_named_as_variable", "de/_items.text.mustache", "x", "de/_items.text.mustache", "name of a variable"},
        {"lambda", "de/x.text.mustache", "{{#lambda}}x{{/lambda}}", "de/x.text.mustache:1:1", "no variable \"lambda\""},
        {"unclosed_tag", "de/x.text.mustache", "a {{total", "de/x.text.mustache:1:3", "never closed"},
        {"unclosed_section", "de/x.text.mustache", "{{#fee}}\nx", "de/x.text.mustache:2:2", "{{#fee}} is not closed"},
        {"crossed_sections", "de/x.text.mustache", "{{#fee}}{{#interest}}{{/fee}}{{/interest}}", "de/x.text.mustache:1:22", "not the last one opened"},
        {"item_variable_outside", "de/x.text.mustache", "{{residual}}", "de/x.text.mustache:1:1", "only inside {{#items}}"},
        {"list_as_text", "de/x.text.mustache", "{{items}}", "de/x.text.mustache:1:1", "not a text"},
        {"dot_outside", "de/x.text.mustache", "{{.}}", "de/x.text.mustache:1:1", "line of a list"},
        {"amount_in_subject", "de/x.subject.mustache", "{{total}}", "de/x.subject.mustache:1:1", "must not stand in a subject"},
        {"two_line_subject", "de/x.subject.mustache", "a\nb\n", "de/x.subject.mustache:2:1", "one line"},
        {"unknown_label", "de/x.text.mustache", "{{label.nope}}", "de/x.text.mustache:1:1", "no key \"nope\""},
        {"iban", "de/x.text.mustache", "Konto\nDE89 3704 0044 0532 0130 00", "de/x.text.mustache:2:1", "account number"},
        {"iban_split_by_a_comment", "de/x.text.mustache", "DE89{{! x }}3704 0044 0532 0130 00", "de/x.text.mustache:1:1", "account number"},
        {"iban_split_by_markup", "de/x.html.mustache", "<b>DE89</b>370400440532013000", "de/x.html.mustache:1:4", "account number"},
        {"iban_in_label", "de/labels.txt", "iban: DE89370400440532013000", "de/labels.txt:1:7", "account number"},
        {"account_number", "en/x.text.mustache", "Account 123-456-789", "en/x.text.mustache", "as long as an account number"},
        {"script", "de/x.html.mustache", "<SCRIPT>x</SCRIPT>", "de/x.html.mustache:1:1", "<script"},
        {"image", "de/x.html.mustache", "a <img src=x>", "de/x.html.mustache:1:3", "<img"},
        {"link", "de/x.html.mustache", "<a href='https://x.example'>", "de/x.html.mustache:1:1", "<a "},
        {"handler", "de/x.html.mustache", "<p OnClick = 'x'>", "de/x.html.mustache:1:4", "event handler"},
        {"style_url", "de/x.html.mustache", "<p style=\"background:url(x)\">", "de/x.html.mustache:1:22", "url("},
        {"value_in_attribute", "de/x.html.mustache", "<p title=\"{{total}}\">", "de/x.html.mustache:1:11", "inside of an HTML tag"},
        {"carriage_return", "de/x.text.mustache", "a\r\nb", "de/x.text.mustache:1:2", "carriage return"},
        {"bad_utf8", "de/x.text.mustache", "a\xff", "de/x.text.mustache:1:2", "not UTF-8"},
        {"letter_without_heading", "de/x.letter.mustache", "Hallo\n[items]\n[pay-to]\n", "de/x.letter.mustache:1:1", "starts with its heading"},
        {"letter_without_box", "de/x.letter.mustache", "# H\n[items]\n", "de/x.letter.mustache:1:1", "[pay-to] stands 0 times"},
        {"letter_with_two_tables", "de/x.letter.mustache", "# H\n[items]\n[items]\n[pay-to]\n", "de/x.letter.mustache:1:1", "[items] stands 2 times"},
        {"strange_file", "de/virus.exe", "x", "de/virus.exe", "not the name of a template"},
        {"strange_folder", "a/b/x.text.mustache", "x", "a/b/x.text.mustache", "not the name of a template"},
        {"label_without_colon", "de/labels.txt", "total Summe", "de/labels.txt:1", "not \"key: text\""},
        {"labels_missing", "de/labels.txt", "total: Summe\n", "de/labels.txt", "keys are missing"},
        {"language_without_labels", "it/x.text.mustache", "ciao", "it/labels.txt", "keys are missing"},
    };
    for (const auto& row : rows) {
        const auto findings = check_with(row.path, row.text);
        const bool found = std::any_of(findings.begin(), findings.end(), [&](auto& f) {
            return f.where == row.where && f.what.find(row.what) != std::string::npos;
        });
        EXPECT_TRUE(found) << row.name << " expects " << row.where << ": " << row.what << "\n" << listed(findings);
    }
}

TEST(Templates, all_findings_come_at_once_and_in_order) {
    const auto findings = check_with("de/x.text.mustache", "{{a}}\n{{b}}\n\n\n\n\n\n\n\n{{c}} {{d}}");
    ASSERT_EQ(findings.size(), 4U);
    EXPECT_EQ(findings[0].where, "de/x.text.mustache:1:1");
    EXPECT_EQ(findings[1].where, "de/x.text.mustache:2:1");
    EXPECT_EQ(findings[2].where, "de/x.text.mustache:10:1");
    EXPECT_EQ(findings[3].where, "de/x.text.mustache:10:7");
    EXPECT_NE(findings[0].advice.find("known here: creditor.name"), std::string::npos);
    auto files = shipped_files();
    files.push_back({"de/x.text.mustache", "{{a}}{{b}}"});
    const auto error = Templates::load(files).error();
    EXPECT_EQ(error.code, Errc::invalid_config);
    EXPECT_EQ(error.where, "de/x.text.mustache:1:1");
    EXPECT_NE(error.what.find("2 findings"), std::string::npos);
}

TEST(Templates, optional_values_and_lists) {
    auto files = shipped_files();
    files.push_back({"en/x.text.mustache", "{{#fee}}fee {{fee}}{{/fee}}{{^fee}}no fee{{/fee}}\n{{#items}}\n{{document}} {{#paid}}paid {{paid}}{{/paid}}{{^paid}}-{{/paid}}\n{{/items}}\n"
                                          "{{#creditor.address}}<{{.}}>{{/creditor.address}}\n{{^creditor.phone}}none{{/creditor.phone}}{{! gone }}\n"});
    const auto templates = Templates::load(files).value();
    auto facts = sample_facts("en");
    facts.creditor.phone.clear();
    EXPECT_EQ(templates.render("en", "x", Part::text, facts, locale("en")).value(),
              "no fee\nRE-1001 -\nRE-1002 paid EUR 200.00\n<Werftstraße 12><20457 Hamburg>\nnone\n");
    facts.fee = eur(500);
    EXPECT_NE(templates.render("en", "x", Part::text, facts, locale("en")).value().find("fee EUR 5.00"), std::string::npos);
    EXPECT_EQ(templates.render("en", "y", Part::text, facts, locale("en")).error().code, Errc::not_found);
}

TEST(Templates, tags_on_lines_of_their_own_leave_no_line) {
    auto files = shipped_files();
    files.push_back({"en/x.text.mustache", "a\n{{#fee}}\nfee\n{{/fee}}\nb\n\n  {{^interest}}\nno interest\n  {{/interest}}\n\n{{! note }}\nc\n{{^charges}}\n{{#fee}}\nx\n{{/fee}}\n{{/charges}}\nd\n"});
    const auto templates = Templates::load(files).value();
    EXPECT_EQ(templates.render("en", "x", Part::text, sample_facts("en"), locale("en")).value(), "a\nb\n\nno interest\n\nc\nd\n");
    auto facts = sample_facts("en");
    facts.fee = facts.interest = eur(1);
    EXPECT_EQ(templates.render("en", "x", Part::text, facts, locale("en")).value(), "a\nfee\nb\n\n\nc\nd\n");
}

TEST(Templates, the_version_follows_what_the_notice_is_made_of) {
    const auto before = shipped().version("de", "reminder-1");
    EXPECT_EQ(before.size(), 64U);
    EXPECT_NE(before, shipped().version("en", "reminder-1"));
    for (const char* path : {"de/reminder-1.text.mustache", "shared/_pay-box.html.mustache", "de/_closing.letter.mustache"}) {
        auto files = shipped_files();
        for (auto& file : files)
            if (file.path == path) file.text += " ";
        EXPECT_NE(Templates::load(files).value().version("de", "reminder-1"), before) << path;
    }
    auto files = shipped_files();
    for (auto& file : files)
        if (file.path == "fr/reminder-1.text.mustache") file.text += " ";
    EXPECT_EQ(Templates::load(files).value().version("de", "reminder-1"), before);
}

/// What people with bad intent put into names, numbers and texts.
const std::vector<std::string>& payloads() {
    static const std::vector<std::string> all{
        "<script>alert(1)</script>", "</td></tr></table><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>",
        "' onmouseover='alert(1)", "\" style=\"display:none", "<iframe src=//evil.example>", "<a href=javascript:alert(1)>x</a>", "<!--", "-->", "]]>",
        "<style>*{display:none}</style>", "<meta http-equiv=refresh content=0>", "<base href=//evil.example>", "&lt;script&gt;", "&#60;script&#62;", "<b>bold</b>",
        "<plaintext>", "<textarea>", "</body></html>",
        "{{7*7}}", "{{total}}", "{{{total}}}", "{{&total}}", "{{> ../../etc/passwd}}", "{{> pay-box}}", "{{#lambda}}x{{/lambda}}", "{{=<% %>=}}", "{{#items}}", "{{/items}}", "{{!", "}}",
        "${7*7}", "<%= 7*7 %>", "#{7*7}", "{% raw %}", "\r\nBcc: thief@evil.example", "\nX-Header: 1", "a\r\n\r\n<html>", "# Heading", "[items]", "[pay-to]", "**bold**",
        "\u202eevil", "\ue001items]", std::string{"nul\0byte", 8}, "\xff\xfe", "%s%n", "{creditor}"};
    return all;
}

TEST(Injection, values_stay_text_in_every_output) {
    for (const auto& payload : payloads()) {
        auto facts = sample_facts("en", 1);
        facts.debtor.name = facts.debtor.contact_name = payload;
        facts.creditor.hours = facts.fee_ground = payload;
        facts.debtor.address.lines = {payload};
        facts.items[0].document = "X " + payload;
        facts.fee = eur(100);
        const auto clean = detail::clean_value(payload);
        const auto text = shipped().render("en", "reminder-1", Part::text, facts, locale("en")).value();
        EXPECT_NE(text.find("Document X " + clean), std::string::npos) << payload;
        const auto html = shipped().render("en", "reminder-1", Part::html, facts, locale("en")).value();
        EXPECT_NE(html.find("X " + detail::escape_html(clean)), std::string::npos) << payload;
        // No element and no attribute more than without the payload.
        auto plain = facts;
        plain.debtor.name = plain.debtor.contact_name = plain.creditor.hours = plain.fee_ground = "x";
        plain.debtor.address.lines = {"x"};
        plain.items[0].document = "X x";
        const auto reference = shipped().render("en", "reminder-1", Part::html, plain, locale("en")).value();
        for (const char sign : {'<', '>', '"'}) EXPECT_EQ(std::count(html.begin(), html.end(), sign), std::count(reference.begin(), reference.end(), sign)) << payload;
        const auto letter = parse_letter_text(shipped().render("en", "reminder-1", Part::letter, facts, locale("en")).value()).value();
        const auto reference_letter = parse_letter_text(shipped().render("en", "reminder-1", Part::letter, plain, locale("en")).value()).value();
        ASSERT_EQ(letter.blocks.size(), reference_letter.blocks.size()) << payload;
        for (std::size_t i = 0; i < letter.blocks.size(); ++i) {
            EXPECT_EQ(letter.blocks[i].kind, reference_letter.blocks[i].kind) << payload;
            EXPECT_EQ(letter.blocks[i].spans.size(), reference_letter.blocks[i].spans.size()) << payload;
        }
    }
}

TEST(Injection, a_subject_takes_no_control_character) {
    auto facts = sample_facts();
    for (const char* bad : {"RE-1\r\nBcc: a@b.example", "RE\x01", "RE\xff"}) {
        facts.items[0].document = bad;
        EXPECT_EQ(shipped().render("de", "reminder-1", Part::subject, facts, locale("de")).error().code, Errc::invalid_argument) << bad;
    }
}

}  // namespace
}  // namespace owed::render
