// Where two readings look like one: what a single answer has taught, numbers that are nearly read, and what was left unsaid.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

Outcome outcome(const std::vector<Doc>& documents, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text) {
    return decided(documents, paid, account, name, std::move(text)).outcome;
}

TEST(Doubts, an_account_that_an_answer_has_told_needs_a_name_until_more_have) {
    const auto with = [](int answers, std::int64_t paid, const char* name, std::vector<std::string> text, Settings settings = usual()) {
        auto snapshot = books({{1, "INV-2026-0042", 10033, 10033}, {2, "B-1", 500, 500}});
        snapshot.add_name(CustomerId{2}, "Beispiel AG");   // "BEISPIEL" fits two
        snapshot.add_alias("emea", "account", "NEW1", CustomerId{1}, answers);
        return decide(receipt_of({"", {}, paid, "NEW1", name, std::move(text)}), snapshot, settings);
    };
    EXPECT_EQ(with(1, 10033, "", {}).outcome, Outcome::question) << "no name was printed";
    EXPECT_NE(with(1, 10033, "", {}).reason.find("too few answers"), std::string::npos) << with(1, 10033, "", {}).reason;
    EXPECT_EQ(with(1, 10033, "BEISPIEL", {}).outcome, Outcome::question) << "the name of two customers";
    EXPECT_EQ(with(1, 10033, "Muster AG", {}).outcome, Outcome::question) << "the name of another customer";
    EXPECT_EQ(with(1, 10033, "Beispiel GmbH", {}).outcome, Outcome::apply) << "his name, and his alone";
    EXPECT_EQ(with(1, 10033, "Anna Fremd", {}).outcome, Outcome::apply) << "nobody else's name: the payer that the answer was about";
    EXPECT_EQ(with(3, 10033, "", {}).outcome, Outcome::apply) << "told three times: his account";
    EXPECT_EQ(with(0, 10033, "", {}).outcome, Outcome::apply) << "nobody has counted: entered as known";
    EXPECT_EQ(with(1, 10033, "", {"INV-2026-0042"}).outcome, Outcome::apply) << "number and amount confirm each other";
    EXPECT_EQ(with(1, 7000, "", {"INV-2026-0042"}).outcome, Outcome::question) << "a part confirms nothing";
    EXPECT_EQ(with(1, 50000, "", {"deposit"}).outcome, Outcome::question) << "in advance, by whom?";
    EXPECT_EQ(with(3, 50000, "", {"deposit"}).outcome, Outcome::waits);
    auto oldest = usual();
    oldest.rules = {{.rules = {Rule::oldest_first}}};
    EXPECT_EQ(with(1, 5000, "", {}, oldest).outcome, Outcome::question) << "any amount fits the rule";
    EXPECT_EQ(with(3, 5000, "", {}, oldest).outcome, Outcome::apply);
    auto sure = usual();
    sure.account_alone_after = 1;
    EXPECT_EQ(with(1, 10033, "", {}, sure).outcome, Outcome::apply) << "the company's word";
}

TEST(Doubts, an_advice_without_number_or_name_is_the_account_holders_own) {
    const auto with = [](std::int64_t customer, const char* name) {
        auto snapshot = books({{customer, "A-1001", 12345, 12345}, {customer, "A-1002", 2345, 2345}});
        snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "AVIS209", .payer_name = "Beispiel Handel KG", .customer_number = "", .date = on("2026-03-29"),
                             .amount = euros(14690), .lines = {{"A-1001", 12345, 0, 0, 12345, ""}, {"A-1002", 2345, 0, 0, 2345, ""}}});
        return decide(receipt_of({"", {}, 14690, "ACC3", name, {}}), snapshot, usual()).outcome;
    };
    EXPECT_EQ(with(3, ""), Outcome::apply);
    EXPECT_EQ(with(2, ""), Outcome::question) << "for somebody he is not known to pay for";
    EXPECT_EQ(with(2, "Beispiel Handel KG"), Outcome::apply);
}

TEST(Doubts, a_number_mistyped_in_front_is_a_slip) {
    const Doc one{1, "INV-2025-003219", 9900, 9900}, two{1, "INV-2025-003220", 9900, 9900}, equal{1, "INV-2025-003250", 9900, 9900};
    const std::vector<std::string> text{"INV-2025-003219; INV-1025-003220"};
    EXPECT_EQ(outcome({one, two, equal}, 19800, "ACC1", "Beispiel GmbH", text), Outcome::apply);
    EXPECT_EQ(outcome({one, two, equal}, 19800, "", "Anna Fremd", text), Outcome::question) << "neither payer nor amount confirms it: half of a sum is no amount";
    EXPECT_EQ(outcome({one, two, equal, {1, "INV-2025-003244", 4321, 4321}}, 24121, "ACC1", "Beispiel GmbH", {text[0] + "; INV-2025-00"}), Outcome::question)
        << "a slip, and what was cut off besides";
}

TEST(Doubts, of_two_slips_that_are_equally_near_neither_is_taken) {
    const Doc named{1, "9000125104", 21500, 21500}, swapped{1, "9000125105", 21500, 21500}, mistyped{1, "9000125115", 21500, 21500};
    const std::vector<std::string> text{"BILL 9000125104 + 900012501", "5"};
    EXPECT_EQ(shown(decided({named, swapped}, 43000, "ACC1", "Beispiel GmbH", text).applications), "9000125104 21500, 9000125105 21500");
    EXPECT_EQ(outcome({named, swapped, mistyped}, 43000, "ACC1", "Beispiel GmbH", text), Outcome::question) << "9000125104 was read, so its neighbour is no slip of it";
}

TEST(Doubts, a_strangers_slip_needs_an_amount_that_one_document_has) {
    const Doc meant{1, "9000126150", 249000, 249000}, same{2, "41234", 249000, 249000};
    EXPECT_EQ(outcome({meant}, 249000, "", "Anna Fremd", {"Factuur 9002126150"}), Outcome::apply);
    EXPECT_EQ(outcome({meant, same}, 249000, "", "Anna Fremd", {"Factuur 9002126150"}), Outcome::question) << "a price that others owe as well";
    EXPECT_EQ(outcome({meant, same}, 249000, "ACC1", "Beispiel GmbH", {"Factuur 9002126150"}), Outcome::apply) << "the payer confirms it";
}

TEST(Doubts, a_settled_number_has_not_slipped_whoever_pays) {
    const Doc settled{1, "INV-2026-003231", 19900, 0}, next{1, "INV-2026-003232", 19900, 19900};
    EXPECT_EQ(outcome({settled, next}, 19900, "", "", {"INV-2026-003231"}), Outcome::question);
    EXPECT_EQ(outcome({next}, 19900, "", "", {"INV-2026-003231"}), Outcome::apply);
}

TEST(Doubts, a_beginning_does_not_choose_among_equal_amounts) {
    const Doc whole{1, "0002412484", 12848, 12848}, cut{1, "0002412202", 4900, 4900}, equal{1, "0002412999", 4900, 4900};
    EXPECT_EQ(outcome({whole, cut}, 17748, "ACC1", "Beispiel GmbH", {"0002412484 00024122"}), Outcome::apply);
    EXPECT_EQ(outcome({whole, cut, equal}, 17748, "ACC1", "Beispiel GmbH", {"0002412484 00024122"}), Outcome::question);
}

TEST(Doubts, a_strangers_list_is_completed_only_from_numbers_in_full) {
    const Doc one{1, "9000125932", 232132, 232132}, two{1, "9000125883", 548658, 548658}, rest{1, "9000125718", 71000, 71000};
    const auto paid = 232132 + 548658 + 71000;
    EXPECT_EQ(outcome({one, two, rest}, paid, "", "Anna Fremd", {"125932 + 125883 +"}), Outcome::question);
    EXPECT_EQ(outcome({one, two, rest}, paid, "", "Anna Fremd", {"9000125932 + 9000125883 +"}), Outcome::apply);
    EXPECT_EQ(outcome({one, two, rest}, paid, "ACC1", "Beispiel GmbH", {"125932 + 125883 +"}), Outcome::apply);
}

TEST(Doubts, what_is_not_named_of_a_sum_has_no_equal_elsewhere) {
    const Doc named{1, "9000126623", 35755, 35755}, due{1, "9000126624", 35755, 35755}, later{1, "9000126711", 35755, 35755, "", "", {}, "2026-05-01"},
        other{1, "9000126712", 1200, 1200, "", "", {}, "2026-05-01"};
    EXPECT_EQ(decided({named, due, other}, 71510, "ACC1", "Beispiel GmbH", {"INV NO 9000126623"}).outcome, Outcome::apply);
    EXPECT_EQ(outcome({named, due, later}, 71510, "ACC1", "Beispiel GmbH", {"INV NO 9000126623"}), Outcome::question);
    EXPECT_EQ(outcome({named, due, later}, 71510, "ACC1", "Beispiel GmbH", {}), Outcome::apply) << "nothing named: all that is past due";
}

TEST(Doubts, too_much_for_the_number_and_just_another_items_net_amount_is_asked) {
    const Doc named{1, "INV-2026-004253", 131392, 131392}, net{1, "INV-2026-004254", 404730, 404730, "", "", {{on("2026-04-02"), 12142}}};
    EXPECT_EQ(outcome({named, net}, 392588, "ACC1", "Beispiel GmbH", {"INV-2026-004253"}), Outcome::question);
    EXPECT_EQ(outcome({named, net}, 392500, "ACC1", "Beispiel GmbH", {"INV-2026-004253"}), Outcome::apply) << "too much, and no other reading";
}

TEST(Doubts, a_part_is_not_booked_where_the_bank_cut_the_list) {
    const Doc one{1, "9000174417", 328039, 328039}, memo{1, "CM-2026-02769", -141056, -141056}, other{1, "9000166434", 106561, 106561}, third{1, "9000170602", 26732, 26732},
        more{1, "9000170777", 771234, 771234};
    for (const auto* text : {"INVOICE 174417,166", "INV. 9000174417 /", "INV. 9000174417,", "INV. 9000174417 +"})
        EXPECT_EQ(outcome({one, memo, other, third, more}, 320276, "ACC1", "Beispiel GmbH", {text}), Outcome::question) << text;
    for (const auto* text : {"INVOICE 174417", "INV. 9000174417", "INV. 9000174417 EUR 3.202,76"})
        EXPECT_EQ(outcome({one, other, third, more}, 320276, "ACC1", "Beispiel GmbH", {text}), Outcome::apply) << text;
}

TEST(Doubts, a_beginning_with_an_amount_that_a_bank_may_have_cut_too_is_asked) {
    const Doc one{1, "INV-2026-047636", 34372, 34372};
    EXPECT_EQ(outcome({one}, 32998, "ACC1", "Beispiel GmbH", {"INV. INV-2026-0476"}), Outcome::question);
    EXPECT_EQ(outcome({one}, 34372, "ACC1", "Beispiel GmbH", {"INV. INV-2026-0476"}), Outcome::apply);
    EXPECT_EQ(outcome({one}, 32998, "ACC1", "Beispiel GmbH", {"INV. INV-2026-047636"}), Outcome::apply);
    EXPECT_EQ(outcome({one}, 32998, "ACC1", "Beispiel GmbH", {"INV. INV-2026-047663"}), Outcome::question) << "a slip";
}

TEST(Doubts, what_stands_before_the_last_digits_is_part_of_the_number) {
    const Doc other{1, "INV-2026-003324", 49900, 49900}, more{1, "INV-2026-009911", 1200, 1200};
    EXPECT_NE(decided({other, more}, 49900, "ACC1", "Beispiel GmbH", {"INV-2025-003224"}).stage, "near_number") << "another year and another digit";
    EXPECT_EQ(decided({other, more}, 49900, "ACC1", "Beispiel GmbH", {"INV-2026-003224"}).stage, "near_number");
    EXPECT_NE(decided({{1, "INV-2026-003325", 49900, 49900}, more}, 49900, "ACC1", "Beispiel GmbH", {"Rg RE 3837/25"}).stage, "near_number") << "nobody wrote 3825";
}

TEST(Doubts, a_weak_number_of_another_customers_is_not_paid_beside_ones_own) {
    const Doc own{1, "INV-2026-035481", 35100, 35100}, others{2, "DN-2026-02359", 10000, 10000};
    EXPECT_EQ(outcome({own, others}, 45100, "ACC1", "Beispiel GmbH", {"RG INV-2026-035481 KST 2359", "7"}), Outcome::question);
    EXPECT_EQ(shown(decided({own, others}, 35100, "ACC1", "Beispiel GmbH", {"RG INV-2026-035481 KST 2359"}).applications), "INV-2026-035481 35100");
}

TEST(Doubts, a_discount_and_a_banks_charge_together_are_two_guesses) {
    const Doc one{1, "0002444871", 31893, 31893, "", "", {{on("2026-04-02"), 957}}};
    EXPECT_EQ(outcome({one}, 29278, "ACC1", "Beispiel GmbH", {"NR0002444871"}), Outcome::question);
    EXPECT_EQ(outcome({one}, 30936, "ACC1", "Beispiel GmbH", {"NR0002444871"}), Outcome::apply) << "the discount";
    EXPECT_EQ(outcome({one}, 30235, "ACC1", "Beispiel GmbH", {"NR0002444871"}), Outcome::apply) << "the charge";
}

TEST(Doubts, a_document_of_last_year_is_none_to_come) {
    EXPECT_EQ(outcome({}, 40000, "ACC1", "Beispiel GmbH", {"RNr. INV-2026-200885"}), Outcome::waits);
    EXPECT_EQ(outcome({}, 40000, "ACC1", "Beispiel GmbH", {"RNr. INV-2025-200885"}), Outcome::question);
}

TEST(Doubts, goodwill_and_cents_off_another_document_are_two_readings) {
    const Doc late{1, "50789", 37221, 37221, "", "", {{on("2026-03-28"), 1117}}}, near{1, "44925", 36266, 36266};
    EXPECT_EQ(outcome({late, near}, 36104, "ACC1", "Beispiel GmbH", {}), Outcome::question);
    EXPECT_EQ(outcome({late}, 36104, "ACC1", "Beispiel GmbH", {}), Outcome::apply);
}

TEST(Doubts, an_advice_with_the_number_of_a_settled_document_means_no_other) {
    const auto with = [](std::int64_t gross) {
        auto snapshot = books({{2, "51954", 83090, 0}, {1, "INV-2026-051954", 80922, 80922}});
        snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "ZV1930078397", .payer_name = "", .customer_number = "", .date = on("2026-03-29"),
                             .amount = euros(gross), .lines = {{"51954", gross, 0, 0, gross, ""}}});
        auto receipt = receipt_of({"", {}, gross, "", "Agentur Eins", {}});
        receipt.end_to_end_id = "ZV1930078397";
        return decide(receipt, snapshot, usual()).outcome;
    };
    EXPECT_EQ(with(83090), Outcome::question);
    EXPECT_EQ(with(80922), Outcome::apply) << "the number's end and the amount";
}

TEST(Doubts, goodwill_is_the_customers_own) {
    const Doc late{3, "INV-2026-004014", 34319, 34319, "", "", {{on("2026-03-28"), 1030}}};
    EXPECT_EQ(outcome({late}, 33289, "ACC3", "Beispiel Handel KG", {"INV-2026-004014"}), Outcome::apply);
    EXPECT_EQ(outcome({late}, 33289, "ACC2", "Muster AG", {"INV-2026-004014"}), Outcome::question);
}

}  // namespace
}  // namespace owed::cash
