#include <gtest/gtest.h>

#include <random>

#include "collect/collect.hpp"
#include "ledger/test_company.hpp"

namespace owed::collect {
namespace {

const Currency eur = find_currency("EUR").value();
const Currency jpy = find_currency("JPY").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
using ledger::day;
const Date tuesday = day("2026-03-31");

Policy standard() {
    Policy policy;
    policy.name = "standard";
    policy.segments = {"*"};
    policy.minimum = {{"EUR", euros(2500)}};
    policy.min_gap_days = 7;
    policy.repeat_last_max = 1;
    policy.content_hash = "abc";
    policy.levels = {{1, 3, Channel::email, "reminder-1", {}, 10},
                     {2, 14, Channel::email, "reminder-2", {}, 10},
                     {3, 30, Channel::letter, "reminder-3", {{"EUR", euros(500)}}, 7},
                     {4, 45, Channel::agency, "", {}, 0}};
    return policy;
}

DueItem item(std::int64_t id, int days_late, std::int64_t cents, int level = 0) {
    DueItem due{.item = OpenItemId{id}, .kind = ledger::ItemKind::invoice, .document = "INV-" + std::to_string(id),
                .document_date = tuesday.plus_days(-days_late - 30), .due_date = tuesday.plus_days(-days_late),
                .original = euros(cents), .residual = euros(cents), .level = level, .last_level_count = level > 0 ? 1 : 0,
                .last_notice = {}, .in_flight = false, .in_question = false, .disputed = false};
    return due;
}

CustomerSnapshot customer(std::vector<DueItem> items) {
    CustomerSnapshot who;
    who.id = CustomerId{7};
    who.entity = "emea";
    who.number = "10007";
    who.name = "Beispiel AG";
    who.language = "de";
    who.email = "buchhaltung@beispiel.example";
    who.has_postal_address = true;
    who.items = std::move(items);
    return who;
}

struct DunningCase {
    const char* proves;
    CustomerSnapshot who;
    Verdict verdict;
    int level;
    std::int64_t cents;
    const char* stop = "";
};

TEST(Decide, table) {
    auto with = [](CustomerSnapshot who, auto change) {
        change(who);
        return who;
    };
    const DunningCase cases[] = {
        {"due_today_is_never_dunned", customer({item(1, 0, 10000)}), Verdict::wait, 0, 0},
        {"not_due_yet", customer({item(1, -5, 10000)}), Verdict::wait, 0, 0},
        {"below_first_threshold", customer({item(1, 2, 10000)}), Verdict::wait, 0, 0},
        {"first_level_on_its_day", customer({item(1, 3, 10000)}), Verdict::notice, 1, 10000},
        {"never_two_levels_at_once", customer({item(1, 40, 10000)}), Verdict::notice, 1, 10000},
        {"second_level", customer({item(1, 14, 10000, 1)}), Verdict::notice, 2, 10000},
        {"level_one_sent_and_second_not_reached", customer({item(1, 13, 10000, 1)}), Verdict::wait, 0, 0},
        {"one_notice_lists_all_overdue_items", customer({item(1, 14, 10000, 1), item(2, 5, 5000)}), Verdict::notice, 2, 15000},
        {"new_item_goes_out_although_the_old_one_waits", customer({item(1, 10, 10000, 1), item(2, 5, 5000)}), Verdict::notice, 1, 15000},
        {"below_minimum_waits", customer({item(1, 20, 2499)}), Verdict::wait, 1, 2499, "below_minimum"},
        {"at_minimum_goes", customer({item(1, 20, 2500)}), Verdict::notice, 1, 2500},
        {"gap_between_notices", with(customer({item(1, 14, 10000, 1)}), [](auto& w) { w.last_notice = tuesday.plus_days(-6); }), Verdict::wait, 0, 0, "min_gap"},
        {"gap_over", with(customer({item(1, 14, 10000, 1)}), [](auto& w) { w.last_notice = tuesday.plus_days(-7); }), Verdict::notice, 2, 10000},
        {"hold_stops", with(customer({item(1, 14, 10000)}), [](auto& w) { w.hold = true; w.hold_reason = "court"; }), Verdict::stop, 0, 0, "hold"},
        {"dunning_block_stops", with(customer({item(1, 14, 10000)}), [](auto& w) { w.dunning_block = "key account"; }), Verdict::stop, 0, 0, "dunning_block"},
        {"open_question_covers", with(customer({item(1, 14, 10000)}), [](auto& w) { w.items[0].in_question = true; }), Verdict::stop, 0, 0, "in_question"},
        {"question_on_one_leaves_the_other", with(customer({item(1, 14, 10000), item(2, 9, 7000)}), [](auto& w) { w.items[0].in_question = true; }), Verdict::notice, 1, 7000, "in_question"},
        {"in_flight_to_the_erp", with(customer({item(1, 14, 10000)}), [](auto& w) { w.items[0].in_flight = true; }), Verdict::stop, 0, 0, "in_flight"},
        {"disputed_is_never_dunned", with(customer({item(1, 14, 10000)}), [](auto& w) { w.items[0].disputed = true; }), Verdict::stop, 0, 0, "disputed"},
        {"unapplied_receipt_covers", with(customer({item(1, 14, 10000)}), [](auto& w) { w.unapplied = {{"EUR", euros(10000)}}; }), Verdict::stop, 0, 0, "unapplied_credit"},
        {"unapplied_receipt_a_cent_short_does_not", with(customer({item(1, 14, 10000)}), [](auto& w) { w.unapplied = {{"EUR", euros(9999)}}; }), Verdict::notice, 1, 10000},
        {"credit_covers_the_oldest_first", with(customer({item(1, 14, 10000), item(2, 9, 8000)}), [](auto& w) { w.unapplied = {{"EUR", euros(12000)}}; }), Verdict::notice, 1, 8000, "unapplied_credit"},
        {"credit_in_another_currency_does_not_cover", with(customer({item(1, 14, 10000)}), [](auto& w) { w.unapplied = {{"JPY", Money::minor(99999, jpy)}}; }), Verdict::notice, 1, 10000},
        {"placed_with_an_agency", with(customer({item(1, 14, 10000)}), [](auto& w) { w.placed = true; }), Verdict::stop, 0, 0, "placed"},
        {"unsettled_notice", with(customer({item(1, 14, 10000)}), [](auto& w) { w.notice_under_way = true; }), Verdict::stop, 0, 0, "notice_under_way"},
        {"letter_without_address", with(customer({item(1, 30, 10000, 2)}), [](auto& w) { w.has_postal_address = false; }), Verdict::stop, 3, 10000, "no_address"},
        {"escalates_to_the_agency", customer({item(1, 45, 10000, 3)}), Verdict::notice, 4, 10000},
        {"agency_gets_only_what_came_so_far", customer({item(1, 45, 10000, 3), item(2, 16, 5000, 1)}), Verdict::notice, 4, 10000},
    };
    for (const auto& one : cases) {
        const auto decision = decide(standard(), one.who, tuesday);
        EXPECT_EQ(decision.verdict, one.verdict) << one.proves << ": " << decision.reason;
        EXPECT_EQ(decision.level, one.level) << one.proves;
        EXPECT_EQ(decision.amount.units(), one.cents) << one.proves;
        EXPECT_FALSE(decision.reason.empty()) << one.proves;
        if (*one.stop != 0) {
            ASSERT_FALSE(decision.stops.empty()) << one.proves;
            EXPECT_EQ(decision.stops.front().stop, one.stop) << one.proves;
        } else {
            EXPECT_TRUE(decision.stops.empty()) << one.proves;
        }
    }
}

TEST(Decide, channels_fall_back) {
    auto who = customer({item(1, 3, 10000)});
    EXPECT_EQ(decide(standard(), who, tuesday).channel, Channel::email);
    who.email.clear();
    EXPECT_EQ(decide(standard(), who, tuesday).channel, Channel::letter);
    who.email = "a@b.example";
    who.preferred_channel = "letter";
    EXPECT_EQ(decide(standard(), who, tuesday).channel, Channel::letter);
    EXPECT_EQ(decide(standard(), customer({item(1, 45, 10000, 3)}), tuesday).channel, Channel::agency);
}

TEST(Decide, fee_belongs_to_its_level_and_currency) {
    EXPECT_EQ(decide(standard(), customer({item(1, 30, 10000, 2)}), tuesday).fee, euros(500));
    EXPECT_FALSE(decide(standard(), customer({item(1, 14, 10000, 1)}), tuesday).fee);
}

TEST(Decide, the_tone_never_goes_back_and_its_fee_is_charged_once) {
    const auto decision = decide(standard(), customer({item(1, 40, 10000, 3), item(2, 16, 5000, 1)}), tuesday);
    EXPECT_EQ(decision.verdict, Verdict::notice);
    EXPECT_EQ(decision.level, 3);
    EXPECT_FALSE(decision.fee);
    ASSERT_EQ(decision.items.size(), 2U);
    EXPECT_EQ(decision.items[0].level, 3);  // keeps its level
    EXPECT_EQ(decision.items[1].level, 2);  // one step
}

TEST(Decide, last_level_repeats_and_then_hands_over) {
    auto policy = standard();
    policy.levels.pop_back();
    auto once = customer({item(1, 60, 10000, 3)});
    EXPECT_EQ(decide(policy, once, tuesday).verdict, Verdict::notice);
    once.items[0].last_level_count = 2;
    const auto decision = decide(policy, once, tuesday);
    EXPECT_EQ(decision.verdict, Verdict::escalate);
    EXPECT_EQ(decision.items.size(), 1U);
}

TEST(Decide, weekends_are_quiet) {
    const auto saturday = day("2026-04-04");
    const auto decision = decide(standard(), customer({item(1, 3, 10000)}), saturday);
    EXPECT_EQ(decision.verdict, Verdict::stop);
    EXPECT_EQ(decision.stops.front().until, day("2026-04-06"));
}

TEST(Decide, grace_days_count_from_the_due_date) {
    auto policy = standard();
    policy.grace_days = 5;
    EXPECT_EQ(decide(policy, customer({item(1, 5, 10000)}), tuesday).verdict, Verdict::wait);
    EXPECT_EQ(decide(policy, customer({item(1, 6, 10000)}), tuesday).verdict, Verdict::notice);
}

TEST(Decide, fingerprint_changes_with_what_matters) {
    const auto base = decide(standard(), customer({item(1, 14, 10000, 1)}), tuesday).fingerprint;
    EXPECT_EQ(decide(standard(), customer({item(1, 14, 10000, 1)}), tuesday).fingerprint, base);
    EXPECT_NE(decide(standard(), customer({item(1, 14, 9999, 1)}), tuesday).fingerprint, base);
    auto policy = standard();
    policy.content_hash = "changed";
    EXPECT_NE(decide(policy, customer({item(1, 14, 10000, 1)}), tuesday).fingerprint, base);
}

TEST(Decide, properties_hold_for_any_customer) {
    const unsigned seed = 20260331;
    std::mt19937 random{seed};
    for (int round = 0; round < 5000; ++round) {
        std::vector<DueItem> items;
        for (int i = 0, n = static_cast<int>(1 + random() % 6); i < n; ++i) {
            items.push_back(item(i + 1, static_cast<int>(random() % 90) - 20, 1 + random() % 50000, static_cast<int>(random() % 4)));
            items.back().in_question = random() % 5 == 0;
            items.back().disputed = random() % 5 == 0;
        }
        auto who = customer(items);
        if (random() % 3 == 0) who.unapplied = {{"EUR", euros(1 + random() % 30000)}};
        if (random() % 4 == 0) who.last_notice = tuesday.plus_days(-static_cast<int>(random() % 20));
        const auto decision = decide(standard(), who, tuesday);
        std::int64_t sum = 0;
        for (const auto& decided : decision.items) {
            const auto& source = items[static_cast<std::size_t>(decided.item.value - 1)];
            ASSERT_GT(decided.days_overdue, 0) << "seed " << seed << " round " << round;
            ASSERT_FALSE(source.in_question || source.disputed) << "seed " << seed << " round " << round;
            ASSERT_LE(decided.level, source.level + 1) << "seed " << seed << " round " << round;
            sum += decided.residual.units();
        }
        ASSERT_EQ(sum, decision.amount.units());
        if (decision.verdict == Verdict::notice) {
            ASSERT_FALSE(decision.items.empty());
            if (who.last_notice) {
                ASSERT_GE(days_between(*who.last_notice, tuesday), 7);
            }
        }
    }
}

TEST(Policy, mistakes_are_named) {
    auto policy = standard();
    policy.levels[1].days_past_due = 3;
    EXPECT_EQ(check(policy).error().where, "levels[1].days");
    policy = standard();
    policy.levels[0].days_past_due = 0;
    EXPECT_EQ(check(policy).error().where, "levels[0].days");
    policy = standard();
    policy.levels[2].level = 5;
    EXPECT_EQ(check(policy).error().where, "levels[2].level");
    policy = standard();
    policy.levels.clear();
    EXPECT_EQ(check(policy).error().where, "levels");
    policy = standard();
    policy.levels[0].template_name.clear();
    EXPECT_EQ(check(policy).error().where, "levels[0].template");
    EXPECT_TRUE(check(standard()));
}

TEST(Policy, segment_decides_and_star_is_everybody_else) {
    auto special = standard();
    special.name = "public";
    special.segments = {"public"};
    const std::vector<Policy> policies{standard(), special};
    EXPECT_EQ(policy_for(policies, "public")->name, "public");
    EXPECT_EQ(policy_for(policies, "retail")->name, "standard");
    EXPECT_EQ(policy_for(policies, "")->name, "standard");
    EXPECT_EQ(policy_for({special}, "retail"), nullptr);
}

}  // namespace
}  // namespace owed::collect
