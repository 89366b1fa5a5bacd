// Which numbers in a text name a document, and what a number names that two things have.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

Outcome outcome(const std::vector<Doc>& documents, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text) {
    return decided(documents, paid, account, name, std::move(text)).outcome;
}

TEST(Named, a_number_inside_a_longer_word_is_none) {
    const Doc bare{1, "5512", 143117, 143117}, inv{1, "INV-2025-09321", 143117, 143117};
    EXPECT_EQ(outcome({bare}, 143117, "", "Anna Fremd", {"5512"}), Outcome::apply) << "the number itself";
    for (const char* text : {"PROJ-5512-77", "PROJ-5512", "PROJ/5512/77", "KD5512", "10004-5512", "5512/77"}) {
        const auto decision = decided({bare}, 143117, "", "Anna Fremd", {text});
        EXPECT_EQ(decision.outcome, Outcome::question) << text << ": " << decision.reason;
    }
    for (const char* text : {"RE-5512", "Rechnung/5512", "INV5512"}) EXPECT_EQ(outcome({bare}, 143117, "", "Anna Fremd", {text}), Outcome::apply) << text;
    EXPECT_EQ(outcome({inv}, 143117, "", "Anna Fremd", {"A-2026-09321"}), Outcome::question) << "other letters and another year";
    EXPECT_EQ(outcome({inv}, 143117, "", "Anna Fremd", {"RG-2025-09321"}), Outcome::apply) << "its own digits after a word for an invoice";
    for (const std::int64_t open : {std::int64_t{0}, std::int64_t{31000}}) {
        const auto unknown = decided({{1, "2026", 31000, open}, inv}, 77, "ACC1", "", {"RE-2026-0231"});
        EXPECT_EQ(unknown.outcome, Outcome::question) << unknown.reason;
        EXPECT_TRUE(unknown.proposals.empty()) << unknown.reason;
        EXPECT_EQ(unknown.reason.find("settled"), std::string::npos) << unknown.reason;
    }
}

TEST(Named, a_list_in_one_word_names_all_of_it) {
    const Doc one{1, "4711", 10017, 10017}, two{1, "4712", 5023, 5023};
    EXPECT_EQ(outcome({one, two}, 15040, "", "Anna Fremd", {"4711/4712"}), Outcome::apply);
    EXPECT_EQ(outcome({one, two}, 15040, "", "Anna Fremd", {"4711/12"}), Outcome::apply);
    EXPECT_EQ(outcome({one, two}, 15040, "", "Anna Fremd", {"4711-4712"}), Outcome::apply);
    EXPECT_EQ(outcome({one}, 10017, "", "Anna Fremd", {"4711/4712"}), Outcome::question) << "a stranger, and 4712 is not ours";
    EXPECT_EQ(outcome({one}, 10017, "ACC1", "", {"4711/4712"}), Outcome::apply) << "the payer's own";
    const std::vector<Doc> many = {{1, "INV-2026-004253", 10017, 10017}, {1, "INV-2026-004254", 5023, 5023}, {1, "INV-2026-004255", 7001, 7001}, {1, "INV-2026-004256", 1009, 1009}};
    EXPECT_EQ(outcome(many, 23050, "", "Anna Fremd", {"INV-2026-004253/INV-2026-004254/INV-2026-004255/INV-2026-004256"}), Outcome::apply) << "longer than any number";
    EXPECT_EQ(outcome(many, 15040, "", "Anna Fremd", {"INV-2026-004253/254"}), Outcome::apply);
}

TEST(Named, a_year_or_a_day_is_no_number_of_a_strangers) {
    const Doc year{1, "2026", 31007, 31007}, day{1, "20260331", 41007, 41007};
    EXPECT_EQ(outcome({year}, 31007, "", "Anna Fremd", {"Abschlag Maerz 2026"}), Outcome::question);
    EXPECT_EQ(outcome({day}, 41007, "", "Anna Fremd", {"Abschlag 20260331"}), Outcome::question);
    EXPECT_EQ(outcome({year}, 31007, "", "Anna Fremd", {"Rechnung 2026"}), Outcome::apply) << "he says that it is one";
    EXPECT_EQ(outcome({day}, 41007, "", "Anna Fremd", {"Rechnung 20260331"}), Outcome::apply);
    EXPECT_EQ(outcome({year}, 31007, "ACC1", "", {"Abschlag Maerz 2026"}), Outcome::apply) << "his own, and its amount";
    const auto part = decided({year, {1, "A-1", 20003, 20003}}, 20003, "ACC1", "", {"Abschlag Maerz 2026"});
    EXPECT_EQ(shown(part.applications), "A-1 20003") << part.reason;
}

TEST(Named, an_order_and_a_document_of_one_number) {
    const Doc ordered{1, "RE-2026-5901", 15003, 15003, "", "887766"}, document{2, "887766", 15003, 15003};
    for (const char* text : {"Bestellung 887766", "887766"}) {
        const auto decision = decided({ordered, document}, 15003, "", "Anna Fremd", {text});
        EXPECT_EQ(decision.outcome, Outcome::question) << text << ": " << decision.reason;
        EXPECT_GE(decision.proposals.size(), 2U) << text;
    }
    EXPECT_EQ(decided({ordered, document}, 15003, "", "Anna Fremd", {"Bestellung 887766"}).proposals.at(0).items.at(0).document, "RE-2026-5901") << "he says that it is an order";
    EXPECT_EQ(shown(decided({ordered, document}, 15003, "ACC1", "", {"Bestellung 887766"}).applications), "RE-2026-5901 15003");
    EXPECT_EQ(shown(decided({ordered, document}, 15003, "ACC2", "", {"Bestellung 887766"}).applications), "887766 15003");
    EXPECT_EQ(shown(decided({document}, 15003, "", "Anna Fremd", {"Bestellung 887766"}).applications), "887766 15003") << "no such order";
    EXPECT_EQ(shown(decided({ordered, document}, 15003, "", "Anna Fremd", {"Rechnung 887766"}).applications), "887766 15003");
}

TEST(Named, a_number_that_is_anothers_in_full_is_no_certain_slip) {
    const Doc own{1, "RE-2026-6010", 21003, 21003}, anothers{2, "RE-2026-6020", 21003, 21003};
    for (const char* text : {"RE-2026-6020", "Rechnung RE-2026-6020"}) {
        const auto decision = decided({own, anothers}, 21003, "ACC1", "Beispiel GmbH", {text});
        EXPECT_EQ(decision.outcome, Outcome::question) << text << ": " << decision.reason;
        EXPECT_NE(decision.reason.find("RE-2026-6020 itself is open with this amount, of customer C2"), std::string::npos) << decision.reason;
        ASSERT_GE(decision.proposals.size(), 2U);
        EXPECT_EQ(shown(decision.proposals[0].items), "RE-2026-6010 21003") << "his account, his amount";
        EXPECT_EQ(shown(decision.proposals[1].items), "RE-2026-6020 21003");
    }
    EXPECT_EQ(shown(decided({own, {2, "RE-2026-6020", 777, 777}}, 21003, "ACC1", "Beispiel GmbH", {"RE-2026-6020"}).applications), "RE-2026-6010 21003") << "another amount: a slip";
    EXPECT_EQ(shown(decided({anothers}, 21003, "ACC1", "Beispiel GmbH", {"Rechnung RE-2026-6020"}).applications), "RE-2026-6020 21003") << "he pays for another, and owes nothing like it";
}

}  // namespace
}  // namespace owed::cash
