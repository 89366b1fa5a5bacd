// Money that no customer owed us, and money of customers that only sounds like it.
#include "cash/decide_books.hpp"
#include "cash/detail/words.hpp"

namespace owed::cash {
namespace {

TEST(OtherMoney, words_are_whole_words) {
    struct Row {
        const char* proves;
        std::vector<std::string> lines;
        const char* rule;
        bool found;
    };
    const Row rows[] = {
        {"as_written", {"Zinsen 1. Quartal"}, "zinsen", true},
        {"never_inside_a_word", {"ohne Verzugszinsen"}, "Zinsen", false},
        {"never_the_beginning_of_one", {"MUSTER STEUERBERATUNG KG"}, "Steuer", false},
        {"unless_the_rule_says_so", {"HABENZINSEN"}, "*zinsen", true},
        {"or_at_the_end", {"STEUERERSTATTUNG"}, "steuer*", true},
        {"or_on_both_sides", {"Habenzinsgutschrift"}, "*zins*", true},
        {"a_star_alone_is_no_word", {"anything"}, "*", false},
        {"marks_on_letters_do_not_matter", {"GEBUEHREN"}, "Gebühren", true},
        {"nor_the_other_way_round", {"Rückerstattung"}, "RUECKERSTATTUNG", true},
        {"nor_when_they_are_left_out", {"RUCKERSTATTUNG"}, "Rückerstattung", true},
        {"punctuation_parts_words", {"Zinsen/Entgelte"}, "zinsen", true},
        {"so_do_dashes", {"Zinsen–Q1"}, "zinsen", true},
        {"digits_grow_to_words", {"ZINSEN2025"}, "zinsen", true},
        {"but_a_number_in_a_number_is_none", {"REF 14711"}, "4711", false},
        {"all_of_them", {"FINANZAMT NORD", "ERSTATTUNG"}, "erstattung finanzamt", true},
        {"one_is_missing", {"FINANZAMT NORD"}, "erstattung finanzamt", false},
        {"broken_by_the_banks_columns", {"FINANZAMT NORD ERSTATT", "UNG 2025"}, "erstattung", true},
        {"lines_that_end_in_a_blank_are_not_joined", {"ERSTATT ", "UNG 2025"}, "erstattung", false},
        {"a_rule_without_words_finds_nothing", {"anything"}, " - ", false},
    };
    for (const auto& row : rows) EXPECT_EQ(detail::Words{row.lines}.has_all(row.rule), row.found) << row.proves;
}

Decision decided(const std::vector<NotReceivableRule>& rules, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text) {
    auto settings = usual();
    settings.not_receivable = rules;
    auto snapshot = books({{1, "RE-2026-4701", 54013, 54013}, {1, "RE-2026-4702", 100, 100}, {1, "4711", 70700, 70700}});
    snapshot.add_customer({CustomerId{5}, "C5", "Muster Steuerberatung KG", "DE", "standard", "emea"}, "");
    snapshot.add_name(CustomerId{5}, "Muster Steuerberatung KG");
    snapshot.add_item("emea", {.item = OpenItemId{200}, .customer = CustomerId{5}, .document = "RE-2026-4801", .document_date = on("2026-02-18"),
                               .due_date = on("2026-03-20"), .original = 54100, .residual = 54100, .currency = eur});
    return decide(receipt_of({"", {}, paid, account, name, std::move(text)}), snapshot, settings);
}

const std::vector<NotReceivableRule> words{{.name = "interest credited by the bank", .text = "Zinsen"}, {.name = "tax refund", .text = "Steuer"}};

TEST(OtherMoney, a_word_within_a_word_is_not_the_rules) {
    EXPECT_EQ(decided(words, 54013, "", "Beispiel GmbH", {"RE-2026-4701 ohne Verzugszinsen"}).outcome, Outcome::apply);
    EXPECT_EQ(decided(words, 54100, "", "Muster Steuerberatung KG", {"RE-2026-4801"}).outcome, Outcome::apply);
    EXPECT_EQ(decided(words, 1237, "", "Musterbank", {"Zinsen 1. Quartal"}).outcome, Outcome::not_receivable);
}

TEST(OtherMoney, words_yield_to_a_named_open_document) {
    const auto exact = decided(words, 54013, "", "Anna Fremd", {"RE-2026-4701 Zinsen erlassen"});
    EXPECT_EQ(exact.outcome, Outcome::apply) << exact.reason;
    const auto part = decided(words, 30000, "", "Anna Fremd", {"RE-2026-4701 und Zinsen"});
    EXPECT_EQ(part.outcome, Outcome::question) << part.reason;
    EXPECT_EQ(part.reason.find("by its words it may be no receivable (interest credited by the bank), but the remittance text names RE-2026-4701; "), 0U) << part.reason;
    ASSERT_FALSE(part.proposals.empty());
    EXPECT_EQ(shown(part.proposals.front().items), "RE-2026-4701 30000");
    // A bare short number may be anything; with the amount of the document it is the document's.
    EXPECT_EQ(decided(words, 1237, "", "Musterbank", {"Zinsen Konto 4711"}).outcome, Outcome::not_receivable);
    EXPECT_EQ(decided(words, 70700, "", "Anna Fremd", {"Zinsen 4711"}).outcome, Outcome::apply);
}

TEST(OtherMoney, words_yield_to_a_customer_who_is_known) {
    EXPECT_EQ(decided(words, 54013, "ACC1", "", {"Zinsen"}).outcome, Outcome::apply) << "his account and the one open item of this amount";
    EXPECT_EQ(decided(words, 99999, "ACC1", "", {"Zinsen"}).outcome, Outcome::question);
    EXPECT_EQ(decided(words, 99999, "ACC1", "", {"Anzahlung Steuer"}).outcome, Outcome::question) << "nothing waits that may be no customer's";
    const auto by_name = decided(words, 54013, "", "Beispiel GmbH", {"Zinsen"});
    EXPECT_EQ(by_name.outcome, Outcome::question) << "a name and an amount, against the company's word";
    EXPECT_NE(by_name.reason.find("no receivable (interest credited by the bank), but the payer is known by the full name"), std::string::npos) << by_name.reason;
    EXPECT_EQ(decided({{.name = "supplier refund", .payer = "Beispiel"}}, 54013, "", "Beispiel GmbH", {}).outcome, Outcome::not_receivable) << "the rule names the payer";
    EXPECT_EQ(decided({{.name = "interest", .code = "PMNT/RCDT/*", .text = "Zinsen"}}, 54013, "ACC1", "", {"Zinsen"}).outcome, Outcome::not_receivable) << "the bank's code besides";
}

}  // namespace
}  // namespace owed::cash
