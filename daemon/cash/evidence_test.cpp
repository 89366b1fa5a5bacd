// What evidence is worth beside other evidence: cases that a payer's bank statement has shown to mislead.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

const Doc may{1, "INV-2026-0042", 10000, 10000};

TEST(Evidence, money_paid_in_advance_waits_for_its_document) {
    const auto deposit = decided({may}, 250000, "ACC1", "Beispiel GmbH", {"Anzahlung SO-9450441"});
    EXPECT_EQ(deposit.outcome, Outcome::waits) << deposit.reason;
    EXPECT_EQ(deposit.customer, CustomerId{1});
    EXPECT_NE(deposit.reason.find("paid in advance"), std::string::npos) << deposit.reason;
    EXPECT_EQ(decided({may}, 250000, "ACC1", "", {"down payment"}).outcome, Outcome::waits) << "no number is needed";
    EXPECT_EQ(decided({may}, 10000, "ACC1", "", {"deposit SO-9450441"}).outcome, Outcome::question) << "an open item has just that amount";
    EXPECT_EQ(decided({may}, 250000, "ACC4", "Holding SE", {"Anzahlung SO-9450441"}).outcome, Outcome::question) << "for himself or for one he pays for";
    EXPECT_EQ(decided({may}, 250000, "", "Anna Fremd", {"Anzahlung SO-9450441"}).outcome, Outcome::question) << "nobody we know";
    // The surer the payer, the surer the decision; and a word says more than a number that may be mistyped.
    const auto by_name = decided({may}, 250000, "", "Beispiel GmbH", {"Anzahlung SO-9450441"});
    const auto by_number = decided({may}, 250000, "ACC1", "Beispiel GmbH", {"INV NO INV-2027-000017"});
    EXPECT_EQ(by_number.outcome, Outcome::waits) << by_number.reason;
    EXPECT_LT(deposit.doubt_ppb, by_name.doubt_ppb);
    EXPECT_LT(by_name.doubt_ppb, by_number.doubt_ppb);
}

TEST(Evidence, an_order_is_looked_for_in_the_whole_book) {
    const Doc childs{3, "INV-2026-0088", 33000, 33000, "", "SO-703509"};
    EXPECT_EQ(decided({may}, 33000, "ACC2", "Muster AG", {"AUFTRAG SO-703509"}).outcome, Outcome::waits) << "not billed yet";
    const auto less_discount = [&](const char* account, const char* name) { return decided({may, childs}, 32010, account, name, {"Auftrag so-703509"}); };
    const auto by_another = less_discount("ACC2", "Muster AG");
    EXPECT_EQ(by_another.outcome, Outcome::question) << by_another.reason;
    ASSERT_FALSE(by_another.proposals.empty());
    EXPECT_EQ(shown(by_another.proposals.front().items), "INV-2026-0088 32010 charge 990") << "another's order, and no money of his own account";
    EXPECT_EQ(shown(less_discount("", "Anna Fremd").proposals.front().items), "INV-2026-0088 32010 charge 990");
}

TEST(Evidence, a_number_just_like_the_payers_own_is_of_a_document_to_come) {
    const std::vector<Doc> documents = {{1, "9000125171", 41500, 41500}, {1, "9000125999", 8800, 8800}};
    EXPECT_EQ(decided(documents, 41500, "ACC1", "Beispiel GmbH", {"9000126674"}).outcome, Outcome::question) << "another open item has the amount";
    EXPECT_EQ(decided(documents, 77700, "ACC1", "Beispiel GmbH", {"9000126674"}).outcome, Outcome::waits);
    EXPECT_EQ(decided(documents, 41500, "ACC1", "Beispiel GmbH", {"9000125117"}).stage, "near_number") << "a slip of his own";
}

TEST(Evidence, the_rest_of_a_cut_list_is_asked_with_the_one_sum_that_makes_it) {
    const Doc one{1, "INV-2026-0042", 102783, 102783}, two{1, "INV-2026-0043", 50011, 50011}, x{1, "INV-2026-0051", 33107, 33107}, y{1, "INV-2026-0052", 20519, 20519},
        z{1, "INV-2026-0053", 12007, 12007};
    const auto paid = 102783 + 50011 + 33107 + 20519;
    const auto asked = [&](std::vector<Doc> more, const char* account) {
        std::vector<Doc> documents{one, two, x, y, z};
        documents.insert(documents.end(), more.begin(), more.end());
        const auto decision = decided(documents, paid, account, "", {"INV-2026-0042, INV-2026-0043, INV-2026-0051, INV-20"});
        const auto sum = decided(documents, paid, account, "", {"INV-2026-0042, INV-2026-0043, INV-20"});
        EXPECT_EQ(shown(decision.applications), "INV-2026-0042 102783, INV-2026-0043 50011, INV-2026-0051 33107, INV-2026-0052 20519") << decision.reason;
        EXPECT_EQ(sum.outcome, Outcome::question) << sum.reason;
        EXPECT_EQ(shown(sum.proposals.front().items), "INV-2026-0042 102783, INV-2026-0043 50011, INV-2026-0051 33107, INV-2026-0052 20519") << sum.reason;
        return sum.doubt_ppm;
    };
    const auto alone = asked({}, "ACC1");
    EXPECT_LT(alone, 5'000) << "only the named part of it and money without a use speak against: that is no other reading";
    EXPECT_GT(asked({{1, "INV-2026-0055", 70003, 70003}, {1, "CM-2026-0007", -16377, -16377}}, "ACC1"), 10 * alone) << "INV-2026-0055 less the credit memo does as well";
    EXPECT_GT(asked({{1, "INV-2026-0054", 55284, 55284, "", "", {{on("2026-03-31"), 1658}}}}, "ACC1"), 10 * alone) << "or INV-2026-0054 less its discount";
}

TEST(Evidence, a_cut_number_hides_more_than_a_part_payment) {
    const Doc long_one{2, "9000129126", 2370359, 2370359}, other{2, "9000128692", 662438, 662438};
    EXPECT_EQ(decided({long_one, other}, 2060950, "", "MUSTER A", {"9000129126"}).outcome, Outcome::apply);
    EXPECT_EQ(decided({long_one, other}, 2060950, "", "MUSTER A", {"9000129126; 900012"}).outcome, Outcome::question);
    const Doc inv{1, "INV-2025-005961", 2624774, 2624774}, more{1, "INV-2025-005718", 199676, 199676};
    EXPECT_EQ(decided({inv, more}, 2331855, "ACC1", "", {"INV-2025-005961 IN"}).outcome, Outcome::question) << "letters after a number";
    EXPECT_EQ(decided({long_one, other}, 2331855, "ACC2", "", {"INVOICE NR90001"}).outcome, Outcome::question) << "grown together with its word";
    EXPECT_EQ(decided({inv, more}, 2331855, "ACC1", "", {"INV NO INV 2025 00"}).outcome, Outcome::question) << "in blanks: nothing waits for a number that was cut";
}

TEST(Evidence, an_advice_without_its_number_does_not_choose_among_equal_items) {
    const auto outcome = [](const std::vector<Doc>& documents, const char* number, std::vector<std::string> text) {
        auto snapshot = books(documents);
        snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = number, .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-03-29"),
                             .amount = euros(29900), .lines = {{"A-1001", 29900, 0, 0, 29900, ""}}});
        return decide(receipt_of({"", {}, 29900, "ACC1", "Beispiel GmbH", std::move(text)}), snapshot, usual()).outcome;
    };
    const Doc this_month{1, "A-1001", 29900, 29900}, next_month{1, "A-1002", 29900, 29900}, ordered{1, "A-1003", 29900, 29900, "", "PO-450017"};
    EXPECT_EQ(outcome({this_month}, "", {}), Outcome::apply);
    EXPECT_EQ(outcome({this_month, next_month}, "", {}), Outcome::question) << "this may be the payment that has no advice";
    EXPECT_EQ(outcome({this_month, next_month}, "ZV-55", {"ZV-55"}), Outcome::apply);
}

TEST(Evidence, a_sum_gives_way_to_an_order_and_to_a_list) {
    const Doc ordered{1, "24992", 90000, 90000, "", "PO98/90670"}, one{1, "24068", 25000, 25000}, two{1, "24069", 5000, 5000};
    EXPECT_EQ(decided({ordered, one, two}, 30000, "ACC1", "Beispiel GmbH", {}).stage, "subset");
    const auto part = decided({ordered, one, two}, 30000, "ACC1", "Beispiel GmbH", {"unsere Bestellung PO98/90670"});
    EXPECT_EQ(part.outcome, Outcome::question) << part.reason;
    EXPECT_EQ(shown(part.proposals.front().items), "24992 30000");
    // Six are listed, one of them is settled already: what is past due happens to make the amount with another one.
    const std::vector<Doc> equal = {{1, "41690", 31590, 31590, "", "", {}, "2026-03-01"}, {1, "41692", 31317, 31317, "", "", {}, "2026-03-01"},
                                    {1, "41693", 31590, 31590, "", "", {}, "2026-03-01"}, {1, "41694", 31590, 0}, {1, "41699", 1200, 1200, "", "", {}, "2026-05-01"}};
    EXPECT_EQ(decided(equal, 94497, "ACC1", "Beispiel GmbH", {"41692, 41693, 41694"}).outcome, Outcome::question);
}

TEST(Evidence, equal_items_less_a_discount_are_asked_when_one_is_late_but_granted) {
    const auto with = [](const char* number, const char* until) { return Doc{1, number, 49000, 49000, "", "", {{on(until), 980}}}; };
    const auto in_time = with("A-1001", "2026-04-04"), late = with("A-1002", "2026-03-28"), gone = with("A-1003", "2026-03-10");
    EXPECT_EQ(shown(decided({in_time, gone}, 48020, "ACC1", "", {}).applications), "A-1001 48020 discount 980");
    EXPECT_EQ(decided({in_time, late}, 48020, "ACC1", "", {}).outcome, Outcome::question);
}

TEST(Evidence, what_the_payer_keeps_himself_is_no_banks_charge) {
    const Doc invoice{1, "INV-2026-0042", 167211, 167211};
    EXPECT_EQ(shown(decided({invoice}, 165211, "ACC1", "", {"INV-2026-0042"}).applications), "INV-2026-0042 165211 charge 2000");
    EXPECT_EQ(shown(decided({invoice}, 165211, "ACC1", "", {"INV-2026-0042 PREISDIFFERENZ"}).applications), "INV-2026-0042 165211") << "the rest stays open";
}

TEST(Evidence, a_payers_own_counter_before_a_strangers_whole_number) {
    const std::vector<Doc> documents = {{2, "39041", 500, 500}, {1, "INV-2026-039040", 69090, 69090}, {1, "INV-2026-039041", 69090, 69090}};
    EXPECT_EQ(shown(decided(documents, 69090, "ACC1", "Beispiel GmbH", {"039041"}).applications), "INV-2026-039041 69090");
}

TEST(Evidence, parts_of_a_number_are_no_slips) {
    // Broken by the bank's line: 9000126631 is settled, and its first nine digits are one short of 9000128663.
    const std::vector<Doc> broken = {{1, "9000126631", 4900, 0}, {1, "9000128663", 4900, 4900}};
    EXPECT_EQ(decided(broken, 4900, "ACC1", "", {"BILL 900012663", "1 VAT 724718017"}).outcome, Outcome::question);
    // A blank in it, among separators: "2302" is no slip of 23052.
    const std::vector<Doc> spaced = {{1, "23024", 118134, 118134}, {1, "23052", 53500, 53500}, {1, "22515", 53500, 53500}};
    EXPECT_EQ(shown(decided(spaced, 118134 + 53500, "ACC1", "", {"/ 2302 4 / NR22515"}).applications), "22515 53500, 23024 118134");
    // A settled number in a list has not slipped either.
    const std::vector<Doc> listed = {{1, "40719", 93271, 93271}, {1, "35809", 49900, 0}, {1, "35808", 49900, 49900}, {1, "40725", 700, 700}};
    EXPECT_EQ(decided(listed, 93271 + 49900, "ACC1", "", {"40719 35809"}).outcome, Outcome::question);
    // A cost centre is no document.
    EXPECT_EQ(decided({{1, "22526", 44599, 44599}, {1, "21858", 44599, 44599}}, 44599, "ACC1", "", {"bonifico KST 92526"}).outcome, Outcome::question);
    EXPECT_EQ(decided({{1, "22526", 44599, 44599}, {1, "21858", 44599, 44599}}, 44599, "ACC1", "", {"KST 4711 Rg 22526"}).outcome, Outcome::apply);
}

TEST(Evidence, oldest_first_keeps_money_that_only_a_credit_memo_meets) {
    auto settings = usual();
    settings.rules = {{.segment = "standard", .rules = {Rule::match_invoice, Rule::oldest_first}}};
    const auto decision = decide(receipt_of({"", {}, 9000, "ACC1", "Beispiel GmbH", {}}), books({{1, "CM-1", -500, -500}}), settings);
    EXPECT_EQ(decision.outcome, Outcome::on_account) << decision.reason;
    EXPECT_EQ(decision.stage, "oldest_first");
    const auto shared = decide(receipt_of({"", {}, 9000, "SHARED", "", {}}), books({{1, "A-1", 20000, 20000}}), settings);
    EXPECT_EQ(shared.outcome, Outcome::question) << shared.reason;
    EXPECT_GE(shared.doubt_ppm, 100'000) << "any amount fits the rule: nothing says which of the two it is";
}

TEST(Evidence, money_moves_only_where_it_has_another_home) {
    const RemittanceReference reference{.type = "scor", .value = "RF20 7041 2A9"};
    const auto second = [&](const char* document_date, const char* stage) {
        auto snapshot = books({{1, "A-1001", 10000, 0, "RF2070412A9"}});
        snapshot.set_settlement(OpenItemId{101}, {"R-17 of 2026-03-20", stage, 99, on("2026-03-20")});
        snapshot.add_item("emea", {.item = OpenItemId{200}, .customer = CustomerId{1}, .document = "A-1002", .document_date = on(document_date),
                                   .due_date = on("2026-04-20"), .original = 10000, .residual = 10000, .currency = eur});
        return decide(receipt_of({"", {}, 10000, "ACC1", "", {}, Outcome::apply, "", {}, {reference}}), snapshot, usual());
    };
    EXPECT_EQ(second("2026-03-01", "exact_amount").reopen, std::vector<OpenItemId>{OpenItemId{101}}) << "R-17 may have meant A-1002";
    EXPECT_EQ(second("2026-03-25", "exact_amount").outcome, Outcome::question) << "there was no A-1002 when R-17 came: A-1001 is paid twice";
    EXPECT_EQ(second("2026-03-01", "near_number").outcome, Outcome::question) << "R-17 named A-1001 itself, with a slip";
}

}  // namespace
}  // namespace owed::cash
