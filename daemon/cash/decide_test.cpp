#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

TEST(Decide, references) {
    const Doc open{1, "INV-2026-0042", 10000, 10000, "RF2070412A9"};
    check({
        {"exact", {open}, 10000, "", "", {}, Outcome::apply, "structured_reference", {{"INV-2026-0042", 10000}}, {rf}},
        {"in_free_text", {open}, 10000, "", "", {"Zahlung RF20 7041 2A9 danke"}, Outcome::apply, "structured_reference", {{"INV-2026-0042", 10000}}},
        {"broken_by_the_banks_columns", {open}, 10000, "", "", {"Zahlung RF20704", "12A9"}, Outcome::apply, "structured_reference", {{"INV-2026-0042", 10000}}},
        {"short_stays_open", {open}, 7000, "", "", {}, Outcome::apply, "structured_reference", {{"INV-2026-0042", 7000}}, {rf}},
        {"another_payer_may_use_it", {open}, 10000, "ACC3", "Beispiel Handel KG", {}, Outcome::apply, "structured_reference", {{"INV-2026-0042", 10000}}, {rf}},
    });
}

TEST(Decide, numbers) {
    const Doc open{1, "INV-2026-0042", 10000, 10000}, other{1, "INV-2026-0043", 5000, 5000}, third{1, "INV-2026-0044", 4711, 4711};
    const Doc foreign{2, "INV-2026-0062", 7777, 7777};
    const Doc long_one{1, "RE-9000123456", 12345, 12345};
    check({
        {"as_printed", {open}, 10000, "", "", {"INV-2026-0042"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}}},
        {"other_separators", {open}, 10000, "", "", {"inv 2026/42"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}}},
        {"separators_lost", {open}, 10000, "ACC1", "", {"INV20260042"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}}},
        {"prefix_lost_and_payer_known", {long_one}, 12345, "ACC1", "", {"123456 9000123456"}, Outcome::apply, "document_number", {{"RE-9000123456", 12345}}},
        {"several_that_add_up", {open, other}, 15000, "", "", {"INV-2026-0042, INV-2026-0043"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}, {"INV-2026-0043", 5000}}},
        {"several_that_do_not_are_asked", {open, other}, 11000, "ACC1", "", {"INV-2026-0042, INV-2026-0043"}, Outcome::question, "", {{"INV-2026-0042", 10000}, {"INV-2026-0043", 1000}}},
        {"cut_list_completed_by_the_one_subset", {open, other, third}, 19711, "ACC1", "", {"INV-2026-0042, INV-2026-0043, INV-"}, Outcome::apply, "document_number",
         {{"INV-2026-0042", 10000}, {"INV-2026-0043", 5000}, {"INV-2026-0044", 4711}}},
        {"part_by_a_known_payer", {open}, 6000, "ACC1", "", {"INV-2026-0042"}, Outcome::apply, "document_number", {{"INV-2026-0042", 6000}}},
        {"part_by_an_unknown_payer_is_asked", {open}, 6000, "", "", {"INV-2026-0042"}, Outcome::question, "", {{"INV-2026-0042", 6000}}},
        {"too_much_by_a_known_payer_stays_on_account", {open}, 16000, "ACC1", "", {"INV-2026-0042"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}}},
        {"too_much_by_exactly_another_item_pays_both", {open, {1, "INV-2026-0088", 6000, 6000}}, 16000, "ACC1", "", {"INV-2026-0042"}, Outcome::apply, "document_number",
         {{"INV-2026-0042", 10000}, {"INV-2026-0088", 6000}}},
        {"of_another_customer_is_asked", {foreign}, 5000, "ACC1", "", {"INV-2026-0062"}, Outcome::question, "", {{"INV-2026-0062", 5000}}},
        {"slip_that_hits_anothers_document", {foreign, {1, "INV-2026-0052", 4242, 4242}}, 4242, "ACC1", "", {"INV-2026-0062"}, Outcome::apply, "near_number", {{"INV-2026-0052", 4242}}},
        {"transposed", {long_one}, 12345, "ACC1", "", {"RE-9000124356"}, Outcome::apply, "near_number", {{"RE-9000123456", 12345}}},
        {"digit_missing_and_amount_confirms", {long_one}, 12345, "", "", {"RE-900012345"}, Outcome::apply, "near_number", {{"RE-9000123456", 12345}}},
        {"transposed_with_another_amount_is_asked", {long_one}, 5000, "ACC1", "", {"RE-9000124356"}, Outcome::question, "", {{"RE-9000123456", 5000}}},
        {"order_number", {{1, "INV-2026-0042", 10000, 10000, "", "PO-450017"}}, 10000, "ACC1", "", {"your order PO 450017"}, Outcome::apply, "order_number", {{"INV-2026-0042", 10000}}},
        {"credit_memo_deducted", {open, {1, "CM-2026-0007", -2500, -2500}}, 7500, "ACC1", "", {"INV-2026-0042 less CM-2026-0007"}, Outcome::apply, "document_number", {{"INV-2026-0042", 10000}, {"CM-2026-0007", -2500}}},
        {"date_is_no_document", {{1, "20260330", 10000, 10000}}, 10000, "", "", {"vom 30.03.2026"}, Outcome::question, "", {{"20260330", 10000}}},
        {"telephone_is_no_document", {{2, "4711223", 10000, 10000}}, 10000, "", "", {"Tel. 030 4711223"}, Outcome::question, "", {{"4711223", 10000}}},
    });
}

TEST(Decide, payer_and_amount) {
    const Doc one{1, "A-1001", 10000, 10000}, two{1, "A-1002", 7000, 7000}, three{1, "A-1003", 3456, 3456};
    check({
        {"account_and_the_one_item", {one, two}, 10000, "ACC1", "", {"thanks"}, Outcome::apply, "exact_amount", {{"A-1001", 10000}}},
        {"full_name_and_the_one_item", {one, two}, 7000, "", "BEISPIEL GMBH", {}, Outcome::apply, "exact_amount", {{"A-1002", 7000}}},
        {"two_equal_items_are_asked", {one, {1, "A-1009", 10000, 10000}}, 10000, "ACC1", "", {}, Outcome::question, "", {{"A-1001", 10000}}},
        {"parent_for_child", {one, two}, 7000, "ACC4", "Holding SE", {}, Outcome::apply, "exact_amount", {{"A-1002", 7000}}},
        {"shared_account_is_asked", {one, {3, "B-1", 10000, 10000}}, 10000, "SHARED", "", {}, Outcome::question, "", {{"A-1001", 10000}}},
        {"all_that_is_open", {one, two}, 17000, "ACC1", "", {}, Outcome::apply, "clear_account", {{"A-1001", 10000}, {"A-1002", 7000}}},
        {"the_one_subset", {one, two, three}, 13456, "ACC1", "", {}, Outcome::apply, "subset", {{"A-1001", 10000}, {"A-1003", 3456}}},
        {"two_subsets_are_asked", {one, two, {1, "A-1003", 4000, 4000}, {1, "A-1004", 1000, 1000}}, 11000, "ACC1", "", {}, Outcome::question, "",
         {{"A-1001", 10000}, {"A-1004", 1000}}},
        {"unknown_payer_is_never_applied", {one}, 10000, "", "", {}, Outcome::question, "", {{"A-1001", 10000}}},
        {"unknown_number_in_the_text_is_asked", {one}, 10000, "", "BEISPIEL GMBH", {"invoice A-2222"}, Outcome::question, "", {{"A-1001", 10000}}},
        {"nothing_known", {}, 10000, "", "", {}, Outcome::question, "", {}},
    });
}

TEST(Decide, arithmetic) {
    const Doc offered{1, "A-1001", 64000, 64000, "", "", {{on("2026-03-30"), 1920}}};
    const Doc late{1, "A-1001", 64000, 64000, "", "", {{on("2026-03-28"), 1920}}};
    const Doc gone{1, "A-1001", 64000, 64000, "", "", {{on("2026-03-10"), 1920}}};
    const auto applied = [](const Doc& document, std::int64_t paid) {
        const auto snapshot = books({document});
        return shown(decide(receipt_of({"", {}, paid, "ACC1", "", {"A-1001"}}), snapshot, usual()).applications);
    };
    EXPECT_EQ(applied(offered, 62080), "A-1001 62080 discount 1920");
    EXPECT_EQ(applied(offered, 62079), "A-1001 62079 discount 1921");
    EXPECT_EQ(applied(late, 62080), "A-1001 62080 discount 1920");
    EXPECT_EQ(applied(gone, 62080), "A-1001 62080");
    EXPECT_EQ(applied({1, "A-1001", 64000, 64000}, 63850), "A-1001 63850 tolerance 150");
    EXPECT_EQ(applied({1, "A-1001", 64000, 64000}, 64150), "A-1001 64000 tolerance -150");
    EXPECT_EQ(applied({1, "A-1001", 64000, 64000}, 62500), "A-1001 62500 charge 1500");
    EXPECT_EQ(applied({1, "A-1001", 64000, 64000}, 57600), "A-1001 57600 withheld 6400");
    EXPECT_EQ(applied({1, "A-1001", 64000, 64000}, 30000), "A-1001 30000");
}

TEST(Decide, paid_twice_stays_on_account) {
    const auto snapshot = books({{1, "A-1001", 10000, 0}});
    const auto decision = decide(receipt_of({"", {}, 10000, "ACC1", "", {"A-1001"}}), snapshot, usual());
    EXPECT_EQ(decision.outcome, Outcome::on_account);
    EXPECT_EQ(decision.customer, CustomerId{1});
    EXPECT_NE(decision.reason.find("perhaps paid twice"), std::string::npos) << decision.reason;
    const auto either = books({{1, "A-1001", 10000, 0}, {1, "A-1002", 10000, 10000}});
    EXPECT_EQ(decide(receipt_of({"", {}, 10000, "ACC1", "", {"A-1001"}}), either, usual()).outcome, Outcome::question);
}

TEST(Decide, asked_once_the_amount_alone_decides_no_more) {
    const auto snapshot = books({{1, "A-1001", 10000, 10000}});
    auto facts = receipt_of({"", {}, 10000, "ACC1", "", {}});
    EXPECT_EQ(decide(facts, snapshot, usual()).outcome, Outcome::apply);
    facts.asked_before = true;
    EXPECT_EQ(decide(facts, snapshot, usual()).outcome, Outcome::question);
    facts.text = {"A-1001"};
    EXPECT_EQ(decide(facts, snapshot, usual()).outcome, Outcome::apply);
}

TEST(Decide, the_companys_rules_in_order) {
    const auto snapshot = books({{1, "A-1", 10000, 10000, "", "", {}, "2026-03-05"}, {1, "A-2", 10000, 10000, "", "", {}, "2026-03-01"}, {1, "A-3", 4000, 4000, "", "", {}, "2026-05-01"}});
    auto settings = usual();
    settings.rules = {{.segment = "standard", .rules = {Rule::match_invoice, Rule::oldest_first}, .equal_items_by_due_date = true},
                      {.customer = "C2", .rules = {Rule::clear_account}}};
    const auto decided = [&](std::int64_t paid) {
        const auto decision = decide(receipt_of({"", {}, paid, "ACC1", "", {}}), snapshot, settings);
        return decision.stage + ": " + shown(decision.applications);
    };
    EXPECT_EQ(decided(10000), "exact_amount: A-2 10000");
    EXPECT_EQ(decided(15000), "oldest_first: A-2 10000, A-1 5000");
    EXPECT_EQ(decided(30000), "oldest_first: A-2 10000, A-1 10000, A-3 4000");
    settings.rules[0].rules = {Rule::clear_past_due};
    EXPECT_EQ(decided(20000), "clear_past_due: A-2 10000, A-1 10000");
}

TEST(Decide, an_advice_says_what_a_payment_is_for) {
    auto snapshot = books({{1, "A-1001", 10000, 10000}, {1, "A-1002", 7000, 7000}});
    snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "ZV-2026-55", .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-03-29"),
                         .amount = euros(16500), .lines = {{"A-1001", 10000, 0, 500, 9500, "damage"}, {"1002", 7000, 0, 0, 7000, ""}}});
    const auto decision = decide(receipt_of({"", {}, 16500, "ACC1", "", {"AVIS ZV-2026-55"}}), snapshot, usual());
    EXPECT_EQ(decision.stage, "remittance_advice") << decision.reason;
    ASSERT_EQ(decision.applications.size(), 2U);
    EXPECT_EQ(decision.applications[0].deduction, 500);
    EXPECT_EQ(decision.applications[0].reason, "damage");
    EXPECT_EQ(decision.advice, 7);
    // Without the number, and before the advice says the money was sent: a proposal.
    snapshot.add_advice({.id = 8, .entity = "emea", .payment_number = "ZV-2026-56", .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-04-02"),
                         .amount = euros(7000), .lines = {{"A-1002", 7000, 0, 0, 7000, ""}}});
    EXPECT_NE(decide(receipt_of({"", {}, 7000, "ACC1", "", {}}), snapshot, usual()).stage, "remittance_advice");
}

TEST(Decide, an_advice_takes_no_discount_on_a_credit_memo) {
    // A credit memo carries the discount of its invoice (DOMAIN section 5). The ledger has no such part: what the payer left of
    // the memo by it stays open, where a clerk sees it.
    auto snapshot = books({{1, "A-1001", 20000, 20000}, {1, "C-9001", -10000, -10000}});
    snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "ZV-2026-55", .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-03-29"),
                         .amount = euros(10200), .lines = {{"A-1001", 20000, 0, 0, 20000, ""}, {"C-9001", -10000, -200, 0, -9800, ""}}});
    const auto decision = decide(receipt_of({"", {}, 10200, "ACC1", "", {"AVIS ZV-2026-55"}}), snapshot, usual());
    EXPECT_EQ(decision.stage, "remittance_advice") << decision.reason;
    EXPECT_EQ(shown(decision.applications), "A-1001 20000, C-9001 -9800");
}

TEST(Decide, a_reference_moves_what_the_amount_had_settled) {
    auto snapshot = books({{1, "A-1001", 10000, 0, "RF2070412A9"}});
    snapshot.set_settlement(OpenItemId{101}, {"R-17 of 2026-03-20", "exact_amount", 99});
    const auto decision = decide(receipt_of({"", {}, 10000, "", "", {}, Outcome::apply, "", {}, {rf}}), snapshot, usual());
    EXPECT_EQ(decision.outcome, Outcome::apply) << decision.reason;
    EXPECT_EQ(decision.reopen, std::vector<OpenItemId>{OpenItemId{101}});
}

TEST(Decide, a_settled_number_of_the_payers_own_has_not_slipped) {
    const auto snapshot = books({{1, "INV-2026-004135", 713648, 0}, {1, "INV-2026-004137", 79900, 79900}});
    const auto decision = decide(receipt_of({"", {}, 79900, "ACC1", "", {"RNr. INV-2026-004135 EUR 7.136,48"}}), snapshot, usual());
    EXPECT_NE(decision.stage, "near_number") << decision.reason;
}

TEST(Decide, a_part_is_asked_about_when_something_else_may_be_meant) {
    const auto outcome = [](std::vector<Doc> documents, std::int64_t paid, const char* text) {
        return decide(receipt_of({"", {}, paid, "ACC1", "", {text}}), books(documents), usual()).outcome;
    };
    const Doc named{1, "INV-2026-005301", 201817, 201817};
    EXPECT_EQ(outcome({named}, 145716, "INV-2026-005301"), Outcome::apply) << "nothing else is about: a part";
    EXPECT_EQ(outcome({named, {1, "INV-2026-005031", 145716, 145716}}, 145716, "INV-2026-005301"), Outcome::question) << "another item is exactly that";
    EXPECT_EQ(outcome({named, {1, "INV-2026-004971", 57141, 57141}}, 145716, "BILL INV-2026-005301 / INV-202"), Outcome::question) << "the list was cut";
}

TEST(Decide, the_amount_alone_gives_way_to_what_the_payer_wrote) {
    const Doc exact{1, "INV-2026-006080", 100000, 100000, "", "SO-700123"};
    const auto outcome = [&](std::vector<Doc> documents, std::int64_t paid, const char* text) {
        documents.push_back(exact);
        return decide(receipt_of({"", {}, paid, "ACC1", "Beispiel GmbH", {text}}), books(documents), usual()).outcome;
    };
    EXPECT_EQ(outcome({}, 100000, "thanks"), Outcome::apply);
    EXPECT_EQ(outcome({{1, "INV-2026-005579", 250000, 250000}}, 100000, "Rechnung 005579"), Outcome::question) << "a part of the one he names";
    EXPECT_EQ(outcome({{1, "INV-2025-004772", 100000, 0}}, 100000, "INV-2025-004772"), Outcome::question) << "paid twice, or an old number";
    EXPECT_EQ(outcome({{1, "INV-2025-004772", 87500, 0}}, 100000, "INV-2025-004772"), Outcome::apply) << "an old number, and it had another amount";
    EXPECT_EQ(outcome({}, 100000, "unsere Bestellung PO42/62203"), Outcome::question) << "for an order that is not billed yet";
    EXPECT_EQ(outcome({}, 100000, "SO-961338"), Outcome::question) << "the same, written as our orders are";
    EXPECT_EQ(outcome({}, 100000, "SO-700123"), Outcome::apply);
    EXPECT_EQ(outcome({}, 100000, "down payment"), Outcome::question);
    EXPECT_EQ(outcome({}, 100000, "Anzahlung laut Vertrag"), Outcome::question);
}

TEST(Decide, a_number_that_the_bank_cut_is_not_one_that_is_to_come) {
    const std::vector<Doc> documents = {{1, "INV-2025-004255", 37731, 37731}, {1, "INV-2025-004416", 23022, 23022}, {1, "INV-2025-004110", 28235, 28235}};
    const auto outcome = [&](const char* text) { return decide(receipt_of({"", {}, 55000, "ACC1", "", {text}}), books(documents), usual()).outcome; };
    EXPECT_EQ(outcome("INV NO INV-2025-00"), Outcome::question);
    EXPECT_EQ(outcome("INV NO INV-2027-000017"), Outcome::waits);
}

TEST(Decide, who_pays_for_others_is_asked_about_sums_without_numbers) {
    const Doc one{1, "A-1001", 10000, 10000}, two{1, "A-1002", 7000, 7000}, of_another{2, "B-1", 4711, 4711};
    check({
        {"his_own_account", {one, two, of_another}, 17000, "ACC1", "", {}, Outcome::apply, "clear_account", {{"A-1001", 10000}, {"A-1002", 7000}}},
        {"a_childs_account_by_the_parent", {one, two, of_another}, 17000, "ACC4", "", {}, Outcome::question, "", {{"A-1001", 10000}, {"A-1002", 7000}}},
        {"one_item_by_the_parent", {one, two, of_another}, 7000, "ACC4", "", {}, Outcome::apply, "exact_amount", {{"A-1002", 7000}}},
    });
}

TEST(Decide, amounts_that_confirm_nothing) {
    const Doc named{1, "INV-2026-0042", 102783, 102783}, round{1, "INV-2026-0088", 10000, 10000}, odd{1, "INV-2026-0089", 6017, 6017};
    const Doc offered{1, "INV-2026-0042", 64000, 64000, "", "PO-450017", {{on("2026-03-01"), 1920}}};
    check({
        {"a_round_surplus_may_be_one", {named, round, odd}, 112783, "ACC1", "", {"INV-2026-0042"}, Outcome::question, "", {{"INV-2026-0042", 102783}, {"INV-2026-0088", 10000}}},
        {"an_odd_one_is_the_other_item", {named, odd}, 108800, "ACC1", "", {"INV-2026-0042"}, Outcome::apply, "document_number", {{"INV-2026-0042", 102783}, {"INV-2026-0089", 6017}}},
        {"an_order_less_a_discount_long_gone", {offered}, 62080, "ACC1", "", {"PO 450017"}, Outcome::question, "", {{"INV-2026-0042", 62080}}},
    });
    const auto short_of_a_fee = [&](const char* account) { return decide(receipt_of({"", {}, 100783, account, "", {"INV-2026-0042"}}), books({named}), usual()).outcome; };
    EXPECT_EQ(short_of_a_fee("ACC1"), Outcome::apply);
    EXPECT_EQ(short_of_a_fee("UNKNOWN"), Outcome::question) << "a stranger may have kept something back himself";
}

TEST(Decide, the_queue_begins_with_what_needs_but_a_nod) {
    const Doc one{1, "INV-2026-0042", 102783, 102783, "", "PO-450017"}, two{1, "INV-2026-0043", 50011, 50011};
    const auto doubt = [](std::vector<Doc> documents, std::int64_t paid, const char* account, const char* text) {
        const auto decision = decide(receipt_of({"", {}, paid, account, "", {text}}), books(documents), usual());
        EXPECT_EQ(decision.outcome, Outcome::question) << text << ": " << decision.reason;
        return decision.proposals.empty() ? std::int64_t{1'000'000} : decision.proposals.front().doubt_ppm;
    };
    const auto order_in_part = doubt({one, two}, 60000, "ACC1", "PO 450017");
    const auto some_cents = doubt({one, two}, 50000, "ACC1", "");
    const auto stranger_in_part = doubt({one, two}, 60000, "UNKNOWN", "INV-2026-0042");
    const auto list_was_cut = doubt({one, two, {1, "INV-2026-0044", 70000, 70000}, {1, "INV-2026-0045", 30000, 30000}}, 102783 + 50011 + 80000, "ACC1", "INV-2026-0042, INV-2026-0043, INV-20");
    EXPECT_LT(order_in_part, some_cents);
    EXPECT_LT(some_cents, stranger_in_part);
    EXPECT_LT(stranger_in_part, list_was_cut);
}

TEST(Decide, a_shared_account_and_the_full_name_of_one_of_its_holders) {
    auto snapshot = books({{1, "A-1001", 10000, 10000}, {3, "B-1", 7000, 7000}});
    const auto tried = [&](const char* name) { return decide(receipt_of({"", {}, 7000, "SHARED", name, {}}), snapshot, usual()).outcome; };
    EXPECT_EQ(tried("Beispiel Handel KG"), Outcome::apply);
    EXPECT_EQ(tried(""), Outcome::question);
}

TEST(Decide, an_old_number_says_who_pays) {
    const std::vector<Doc> documents = {{2, "INV-2025-004772", 87500, 0}, {2, "INV-2026-006080", 100017, 100017}, {1, "INV-2025-004711", 12000, 0}};
    const auto outcome = [&](const char* text) { return decide(receipt_of({"", {}, 100017, "", "MUSTER", {text}}), books(documents), usual()).outcome; };
    EXPECT_EQ(outcome("INV-2025-004772"), Outcome::apply) << "copied from his last transfer";
    EXPECT_EQ(outcome("INV-2025-004711"), Outcome::question) << "another customer's";
}

TEST(Decide, one_item_makes_up_the_rest_of_a_cut_list_before_any_sum) {
    const std::vector<Doc> documents = {{1, "22401", 588942, 588942}, {1, "22617", 159102, 159102}, {1, "22618", 170080, 170080}, {1, "22619", 100080, 100080}, {1, "22620", 70000, 70000}};
    const auto decision = decide(receipt_of({"", {}, 918124, "ACC1", "", {"INV. 22401; 22617;"}}), books(documents), usual());
    EXPECT_EQ(shown(decision.applications), "22401 588942, 22617 159102, 22618 170080") << decision.reason;
}

TEST(Decide, words_of_a_number_written_with_blanks_are_no_numbers) {
    const auto snapshot = books({{1, "23024", 118134, 118134}, {1, "23052", 118134, 118134}, {1, "22515", 53500, 53500}, {1, "22512", 53500, 53500}});
    const auto decision = decide(receipt_of({"", {}, 118134 + 53500, "ACC1", "", {"2302 4 / NR22515"}}), snapshot, usual());
    EXPECT_EQ(shown(decision.applications), "22515 53500, 23024 118134") << decision.reason;
}

TEST(Decide, a_number_of_several_documents_is_the_payers_whose_amount_fits) {
    // "0002 414 009" is 24149 when each word loses its zeros.
    auto snapshot = books({{1, "0002414009", 40890, 40890}, {2, "24149", 14058, 14058}});
    snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "ZV-2026-55", .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-03-29"),
                         .amount = euros(40890), .lines = {{"0002 414 009", 40890, 0, 0, 40890, ""}}});
    EXPECT_EQ(shown(decide(receipt_of({"", {}, 40890, "ACC1", "", {"ZV-2026-55"}}), snapshot, usual()).applications), "0002414009 40890");
    EXPECT_EQ(shown(decide(receipt_of({"", {}, 40890, "ACC1", "", {"Rg 0002 414 009"}}), snapshot, usual()).applications), "0002414009 40890");
}

void advised(Snapshot& snapshot, std::vector<AdviceLine> lines, std::int64_t amount) {
    snapshot.add_advice({.id = 7, .entity = "emea", .payment_number = "ZV-2026-55", .payer_name = "Beispiel GmbH", .customer_number = "", .date = on("2026-03-29"),
                         .amount = euros(amount), .lines = std::move(lines)});
}

TEST(Decide, an_advice_that_names_the_payers_document_means_no_strangers_of_the_same_digits) {
    auto snapshot = books({{1, "A-1001", 20000, 15000}, {2, "B-1001", 20000, 20000}});
    advised(snapshot, {{"A-1001", 20000, 0, 0, 20000, ""}}, 20000);
    const auto decision = decide(receipt_of({"", {}, 20000, "ACC1", "", {"ZV-2026-55"}}), snapshot, usual());
    EXPECT_EQ(shown(decision.applications), "A-1001 15000") << decision.reason;
}

TEST(Decide, an_advice_that_names_a_document_twice_takes_no_more_than_is_open) {
    auto snapshot = books({{1, "A-1001", 10000, 10000}});
    advised(snapshot, {{"A-1001", 10000, 0, 0, 10000, ""}, {"A-1001", 10000, 0, 0, 10000, ""}}, 20000);
    const auto twice = decide(receipt_of({"", {}, 20000, "ACC1", "", {"ZV-2026-55"}}), snapshot, usual());
    std::int64_t closed = 0;
    for (const auto& share : twice.applications) closed += share.amount.units();
    EXPECT_LE(closed, 10000) << "the ledger would refuse, and with it the whole run";

    auto parts = books({{1, "A-1001", 10000, 10000}});
    advised(parts, {{"A-1001", 6000, 0, 0, 6000, ""}, {"A-1001", 4000, 0, 0, 4000, ""}}, 10000);
    EXPECT_EQ(decide(receipt_of({"", {}, 10000, "ACC1", "", {"ZV-2026-55"}}), parts, usual()).outcome, Outcome::apply) << "two lines of one document";
}

TEST(Decide, a_strangers_number_moves_nothing_that_has_no_other_home) {
    auto snapshot = books({{1, "9000126355", 79994, 0}});
    snapshot.set_settlement(OpenItemId{101}, {"R-17 of 2026-03-20", "exact_amount", 99});
    const auto decision = decide(receipt_of({"", {}, 79994, "", "Anna Fremd", {"9000126355"}}), snapshot, usual());
    EXPECT_EQ(decision.outcome, Outcome::question) << decision.reason;
    EXPECT_TRUE(decision.reopen.empty());
    EXPECT_NE(decision.reason.find("perhaps paid twice"), std::string::npos) << decision.reason;
}

TEST(Decide, money_that_is_no_receivable_is_seen_first) {
    Settings settings;
    settings.not_receivable = {{"interest credited by the bank", "PMNT/MCRD*", "", ""}, {"a supplier", "", "DE02120300000000202051", ""},
                               {"tax refund", "", "", "erstattung finanzamt"}, {"a rule without condition never matches", "", "", ""}};
    settings.agencies = {{"Inkasso Nord", "DE88100900001234567892", ""}};
    const auto snapshot = books({{1, "A-1001", 100, 100, "RF2070412A9"}});
    auto facts = receipt_of({"", {}, 100, "DE02120300000000202051", "", {}, Outcome::apply, "", {}, {rf}});
    EXPECT_EQ(decide(facts, snapshot, settings).reason, "not a receivable: a supplier");
    facts.payer_account = "other";
    EXPECT_EQ(decide(facts, snapshot, settings).outcome, Outcome::apply);
    facts.payer_account = "DE89 3704 0044 0532 0130 00";
    EXPECT_EQ(decide(facts, snapshot, settings).reason, "not a receivable: a transfer between our own accounts");
    facts.payer_account = "";
    facts.text = {"FINANZAMT NORD ERSTATT", "UNG 2025"};
    EXPECT_EQ(decide(facts, snapshot, settings).outcome, Outcome::apply) << "words yield to a reference";
    facts.references.clear();
    EXPECT_EQ(decide(facts, snapshot, settings).reason, "not a receivable: tax refund");
    facts.payer_account = "ACC1";   // words alone do not make a customer's money something else
    EXPECT_EQ(decide(facts, snapshot, settings).outcome, Outcome::apply);
    facts.code = "PMNT/MCRD/INTR";
    EXPECT_EQ(decide(facts, snapshot, settings).reason, "not a receivable: interest credited by the bank");
    facts = receipt_of({"", {}, 100, "DE88 1009 0000 1234 5678 92", "", {}});
    EXPECT_EQ(decide(facts, snapshot, settings).outcome, Outcome::agency_transfer);
}

}  // namespace
}  // namespace owed::cash
