// DOMAIN sections 5 and 7 to the cent: the AutoCash rules one by one, discounts of parts, the tolerance rule, and what a person is told.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

struct Decided {
    const char* proves;
    std::vector<Doc> documents;
    std::int64_t paid;
    const char* text;
    Outcome outcome;
    const char* shares;                      ///< of the application, or of the first proposal
    std::vector<const char*> says = {};      ///< each stands in the reason
    std::vector<Rule> rules = {};            ///< empty: the usual ones
    const char* country = "DE";
};

Decision decision_on(const Decided& one, Settings settings) {
    const auto snapshot = books(one.documents);
    if (!one.rules.empty()) settings.rules = {{.rules = one.rules, .equal_items_by_due_date = true}};
    return decide(receipt_of({"", {}, one.paid, "ACC1", "Beispiel GmbH", {one.text}}), snapshot, settings);
}

Settings without_charges() {
    auto settings = usual();
    settings.bank_fee_max.clear();
    settings.withholding_percent.clear();
    return settings;
}

void check_all(const std::vector<Decided>& cases, const Settings& settings = without_charges()) {
    for (const auto& one : cases) {
        const auto decision = decision_on(one, settings);
        EXPECT_EQ(static_cast<int>(decision.outcome), static_cast<int>(one.outcome)) << one.proves << ": " << decision.reason;
        const auto given = decision.outcome == Outcome::question ? decision.proposals.empty() ? "" : shown(decision.proposals.front().items) : shown(decision.applications);
        EXPECT_EQ(given, one.shares) << one.proves << ": " << decision.reason;
        for (const auto* words : one.says) EXPECT_NE(decision.reason.find(words), std::string::npos) << one.proves << ": " << decision.reason;
    }
}

const std::vector<DiscountOffer> two_percent{{on("2026-04-04"), 2'000}};

// DOMAIN section 7, combo: a subset sums exactly; refused when more than one does, whichever way its sum is made.
TEST(Rules, of_two_sums_neither_is_taken) {
    const Doc a{1, "A-1", 13'740, 13'740}, b{1, "A-2", 24'930, 24'930}, c{1, "A-3", 18'670, 18'670}, other{1, "A-5", 900'000, 900'000};
    const Doc d{1, "A-4", 20'408, 20'408, "", "", {{on("2026-04-04"), 408}}}, large{1, "A-6", 48'670, 48'670}, credit{1, "CM-1", -10'000, -10'000};
    check_all({
        {"gross_or_net", {a, b, c, d, other}, 38'670, "", Outcome::question, "A-1 13740, A-2 24930", {"A-1 and A-2", "A-3 and A-4", "5 open items"}},
        {"gross_or_less_a_credit", {a, b, large, credit}, 38'670, "", Outcome::question, "A-1 13740, A-2 24930", {"A-1 and A-2", "A-6 and CM-1"}},
        {"the_one_gross", {a, b, c, other}, 38'670, "", Outcome::apply, "A-1 13740, A-2 24930", {"4 open items only A-1 and A-2"}},
        {"the_one_net", {a, c, d, other}, 38'670, "", Outcome::apply, "A-3 18670, A-4 20000 discount 408", {"only A-3 and A-4"}},
        {"the_one_less_a_credit", {a, large, credit, other}, 38'670, "", Outcome::apply, "A-6 48670, CM-1 -10000", {"only A-6 and CM-1"}},
        {"both_gross", {{1, "A-1", 10'000, 10'000}, {1, "A-2", 7'000, 7'000}, {1, "A-3", 4'000, 4'000}, {1, "A-4", 1'000, 1'000}}, 11'000, "", Outcome::question,
         "A-1 10000, A-4 1000", {"A-1 and A-4", "A-2 and A-3"}},
        {"a_credit_and_its_invoice_besides_change_nothing", {a, b, {1, "A-7", 10'000, 10'000}, credit, other}, 38'670, "", Outcome::apply, "A-1 13740, A-2 24930"},
    });
}

TEST(Rules, each_sum_is_proposed) {
    const auto decision = decision_on({"", {{1, "A-1", 13'740, 13'740}, {1, "A-2", 24'930, 24'930}, {1, "A-3", 18'670, 18'670}, {1, "A-4", 20'000, 20'000}, {1, "A-5", 900'000, 900'000}}, 38'670, ""},
                                      without_charges());
    ASSERT_EQ(decision.proposals.size(), 2U) << decision.reason;
    EXPECT_EQ(shown(decision.proposals[1].items), "A-3 18670, A-4 20000");
    EXPECT_LE(decision.proposals[0].confidence, 50) << "one of two";
}

TEST(Rules, what_is_not_searched_is_said) {
    std::vector<Doc> many;
    std::vector<std::string> numbers;
    for (int i = 0; i < 25; ++i) numbers.push_back("A-" + std::to_string(100 + i));
    for (int i = 0; i < 25; ++i) many.push_back({1, numbers[static_cast<std::size_t>(i)].c_str(), 10'007 + i * i * 97, 10'007 + i * i * 97});
    check_all({{"twenty_at_most", many, 12'345, "", Outcome::question, "", {"25 open items", "20"}}});
}

// DOMAIN section 7: 1000.00 with 20.00 in time or within the grace, tolerance 2.00.
TEST(Rules, paid_between_net_and_gross_the_discount_stands_and_the_rest_stays_on_account) {
    const Doc in_time{1, "INV-2026-0042", 100'000, 100'000, "", "", two_percent}, late{1, "INV-2026-0042", 100'000, 100'000, "", "", {{on("2026-03-28"), 2'000}}},
        gone{1, "INV-2026-0042", 100'000, 100'000, "", "", {{on("2026-03-20"), 2'000}}};
    check_all({
        {"in_time", {in_time}, 98'500, "INV-2026-0042", Outcome::apply, "INV-2026-0042 98000 discount 2000", {"5.00 EUR", "on account"}},
        {"within_the_grace", {late}, 98'500, "INV-2026-0042", Outcome::apply, "INV-2026-0042 98000 discount 2000", {"5.00 EUR"}},
        {"long_gone", {gone}, 98'500, "INV-2026-0042", Outcome::apply, "INV-2026-0042 98500", {"the rest stays open"}},
        {"the_gross_is_the_gross", {in_time}, 100'000, "INV-2026-0042", Outcome::apply, "INV-2026-0042 100000"},
        {"the_gross_but_for_some_cents", {in_time}, 99'990, "INV-2026-0042", Outcome::apply, "INV-2026-0042 99990 tolerance 10"},
        {"more_than_the_gross_takes_none", {in_time}, 103'000, "INV-2026-0042", Outcome::apply, "INV-2026-0042 100000"},
        {"within_the_tolerance", {in_time}, 98'150, "INV-2026-0042", Outcome::apply, "INV-2026-0042 98000 discount 2000 tolerance -150"},
        {"he_says_what_he_keeps", {in_time}, 98'500, "INV-2026-0042 less freight", Outcome::apply, "INV-2026-0042 98500"},
    });
    check_all({{"and_no_bank_kept_it", {in_time}, 98'500, "INV-2026-0042", Outcome::apply, "INV-2026-0042 98000 discount 2000"}}, usual());
}

// DOMAIN section 5: 640.00, 3 %, 291.00 in time gives 9.00, open 340.00.
TEST(Rules, a_part_in_time_takes_its_share_of_the_discount) {
    const std::vector<DiscountOffer> three_percent{{on("2026-04-04"), 1'920}}, gone{{on("2026-03-01"), 1'920}};
    check_all({
        {"the_part", {{1, "INV-2026-0042", 64'000, 64'000, "", "", three_percent}}, 29'100, "INV-2026-0042", Outcome::apply, "INV-2026-0042 29100 discount 900", {"9.00 EUR", "stays open"}},
        {"the_rest", {{1, "INV-2026-0042", 64'000, 34'000, "", "", three_percent}}, 34'000, "INV-2026-0042", Outcome::apply, "INV-2026-0042 34000"},
        {"the_rest_in_time", {{1, "INV-2026-0042", 64'000, 34'000, "", "", three_percent}}, 32'980, "INV-2026-0042", Outcome::apply, "INV-2026-0042 32980 discount 1020"},
        {"too_late", {{1, "INV-2026-0042", 64'000, 64'000, "", "", gone}}, 29'100, "INV-2026-0042", Outcome::apply, "INV-2026-0042 29100"},
        {"he_says_what_he_keeps", {{1, "INV-2026-0042", 64'000, 64'000, "", "", three_percent}}, 29'100, "INV-2026-0042 abzgl. Fracht", Outcome::apply, "INV-2026-0042 29100"},
    });
}

// DOMAIN section 7: each rule decides where it stands alone.
TEST(Rules, each_alone) {
    const Doc one{1, "A-1", 12'345, 12'345, "", "", {}, "2026-03-20"}, due{1, "A-2", 10'010, 10'010, "", "", {}, "2026-03-01"}, due_too{1, "A-3", 20'020, 20'020, "", "", {}, "2026-03-05"},
        later{1, "A-4", 7'000, 7'000, "", "", {}, "2026-05-01"};
    check_all({
        {"clear_account_of_one", {one}, 12'345, "", Outcome::apply, "A-1 12345", {}, {Rule::clear_account}},
        {"clear_past_due_of_one", {one, later}, 12'345, "", Outcome::apply, "A-1 12345", {}, {Rule::clear_past_due}},
        {"clear_past_due_of_all", {due, due_too}, 30'030, "", Outcome::apply, "A-2 10010, A-3 20020", {}, {Rule::clear_past_due}},
        {"clear_past_due_by_term_of_one", {one, due, later}, 12'345, "", Outcome::apply, "A-1 12345", {}, {Rule::clear_past_due_by_term}},
        {"combo_of_one", {one, due, later}, 12'345, "", Outcome::apply, "A-1 12345", {}, {Rule::combo}},
        {"match_invoice_of_one", {one, due, later}, 12'345, "", Outcome::apply, "A-1 12345", {"the one open item"}, {Rule::match_invoice}},
        {"no_rule_for_it", {later}, 7'000, "", Outcome::question, "", {"no rule for this customer"}, {Rule::clear_past_due}},
    });
}

TEST(Rules, oldest_first_pays_what_is_due_net) {
    const Doc offered{1, "A-1", 100'000, 100'000, "", "", two_percent, "2026-03-25"}, next{1, "A-2", 50'000, 50'000, "", "", {}, "2026-04-20"};
    const std::vector<Rule> oldest{Rule::oldest_first};
    check_all({
        {"the_net", {offered}, 98'000, "", Outcome::apply, "A-1 98000 discount 2000", {"A-1 in full"}, oldest},
        {"the_gross", {offered, next}, 100'000, "", Outcome::apply, "A-1 100000", {"A-1 in full"}, oldest},
        {"the_net_and_a_part", {offered, next}, 110'000, "", Outcome::apply, "A-1 98000 discount 2000, A-2 12000", {"A-1 in full", "A-2 with 120.00 EUR of 500.00 EUR"}, oldest},
        {"a_part", {offered}, 49'000, "", Outcome::apply, "A-1 49000 discount 1000", {"A-1 with 490.00 EUR and 10.00 EUR discount of 1000.00 EUR"}, oldest},
        {"more_than_all", {next}, 60'000, "", Outcome::apply, "A-2 50000", {"100.00 EUR is left and stays on account"}, oldest},
    });
    for (const auto paid : {49'000, 110'000})
        EXPECT_EQ(decision_on({"", {offered, next}, paid, "", Outcome::apply, "", {}, oldest}, without_charges()).reason.find("exactly"), std::string::npos);
}

TEST(Rules, equal_items_are_counted_as_they_are) {
    const Doc first{1, "A-1", 9'900, 9'900, "", "", {}, "2026-03-01"}, second{1, "A-2", 9'900, 9'900, "", "", {}, "2026-03-05"}, third{1, "A-3", 9'900, 9'900, "", "", {}, "2026-03-09"};
    check_all({{"three", {second, first, third}, 9'900, "", Outcome::apply, "A-1 9900", {"of 3 open items", "A-1 is due first"}, {Rule::match_invoice}}});
}

// DOMAIN section 7: beyond the tolerance the rest stays open on the invoice.
TEST(Rules, several_named_and_a_little_short) {
    const Doc one{1, "INV-2026-0042", 10'000, 10'000}, two{1, "INV-2026-0043", 20'000, 20'000};
    check_all({
        {"within", {one, two}, 29'850, "INV-2026-0042, INV-2026-0043", Outcome::apply, "INV-2026-0042 9950 tolerance 50, INV-2026-0043 19900 tolerance 100"},
        {"a_cent_more", {one, two}, 29'849, "INV-2026-0042, INV-2026-0043", Outcome::apply, "INV-2026-0042 10000, INV-2026-0043 19849", {"298.49 EUR of 300.00 EUR", "stays open"}},
        {"much_less", {one, two}, 21'000, "INV-2026-0042, INV-2026-0043", Outcome::question, "INV-2026-0042 10000, INV-2026-0043 11000"},
    });
}

TEST(Rules, tax_withheld_and_a_charge) {
    const Doc one{1, "INV-2026-0042", 200'000, 200'000};
    auto settings = usual();
    settings.bank_fee_max["EUR"] = 1'500;
    check_all({
        {"both", {one}, 178'800, "INV-2026-0042", Outcome::apply, "INV-2026-0042 178800 charge 1200 withheld 20000", {"withheld", "charge"}},
        {"tax_alone", {one}, 180'000, "INV-2026-0042", Outcome::apply, "INV-2026-0042 180000 withheld 20000"},
        {"too_much_for_a_charge", {one}, 178'400, "INV-2026-0042", Outcome::apply, "INV-2026-0042 178400"},
    }, settings);
}

}  // namespace
}  // namespace owed::cash
