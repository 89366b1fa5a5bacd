// Money of somebody whom neither account nor name ties to a customer: what his number needs beside it. A supplier's refund, a tax
// office or an insurer writes running numbers of his own, and in a large book one of them is a number of ours.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

/// The usual four, and customer 5 "Sechsstellig KG" with the number 103564.
Snapshot with_number(const std::vector<Doc>& documents) {
    auto snapshot = books({});
    snapshot.add_customer({CustomerId{5}, "103564", "Sechsstellig KG", "DE", "standard", "emea"}, "");
    snapshot.add_name(CustomerId{5}, "Sechsstellig KG");
    std::int64_t id = 100;
    for (const auto& one : documents)
        snapshot.add_item("emea", {.item = OpenItemId{++id}, .customer = CustomerId{one.customer}, .document = one.number, .payment_reference = one.reference,
                                   .order = one.order, .document_date = on("2026-02-18"), .due_date = on(one.due), .original = one.original,
                                   .residual = one.residual, .tax = 0, .currency = eur, .discounts = one.discounts});
    return snapshot;
}

Settings oldest_first() {
    auto settings = usual();
    settings.rules = {{.rules = {Rule::oldest_first}}};
    return settings;
}

Decision decided_with_number(const std::vector<Doc>& documents, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text,
                 const Settings& settings = usual()) {
    return decide(receipt_of({"", {}, paid, account, name, std::move(text)}), with_number(documents), settings);
}
Outcome of_stranger(const std::vector<Doc>& documents, std::int64_t paid, std::vector<std::string> text, const Settings& settings = usual()) {
    return decided_with_number(documents, paid, "DE99STRANGER", "Valtronaia", std::move(text), settings).outcome;
}

TEST(Strangers, a_number_that_is_also_a_customers_says_nothing_about_any_amount) {
    const std::vector<Doc> owed{{5, "INV-2026-000007", 50000, 50000}};
    for (const auto* text : {"RG 103564", "103564", "LIEFERUNG 103564", "REF 103564", "ORDER 103564", "SCHADEN-NR 103564"})
        EXPECT_EQ(of_stranger(owed, 4070, {text}, oldest_first()), Outcome::question) << text;
    EXPECT_EQ(of_stranger({}, 4070, {"RG 103564"}, oldest_first()), Outcome::question) << "nothing is open: no credit for him either";
    for (const auto* text : {"KDNR 103564", "Kundennummer 103564", "Kunden Nr. 103564", "customer no 103564", "Ihre Kd-Nr. 103564", "Kd.-Nr.: 103564"})
        EXPECT_EQ(of_stranger(owed, 4070, {text}, oldest_first()), Outcome::apply) << text;
    EXPECT_EQ(of_stranger(owed, 4070, {"RECHNUNGEN MAERZ KUNDENNUM", "MER 103564"}, oldest_first()), Outcome::apply) << "broken by the bank's columns";
    EXPECT_EQ(of_stranger(owed, 4070, {"RECHNUNGEN MAERZ KDNR 1035", "64"}, oldest_first()), Outcome::apply) << "broken by the bank's columns";
    EXPECT_EQ(of_stranger(owed, 4070, {"KST 91427 CUSTOMER NO 1035", "64"}, oldest_first()), Outcome::apply) << "broken by the bank's columns";
}

TEST(Strangers, a_bare_customer_number_counts_with_an_amount_that_fits) {
    EXPECT_EQ(of_stranger({{5, "INV-2026-000007", 40711, 40711}, {5, "INV-2026-000008", 1200, 1200}}, 40711, {"103564"}), Outcome::apply);
    EXPECT_EQ(of_stranger({{5, "INV-2026-000007", 40000, 40000}}, 40000, {"103564"}), Outcome::question) << "a round sum";
}

TEST(Strangers, a_known_payers_own_number_makes_nobody_else_of_him) {
    const std::vector<Doc> owed{{5, "INV-2026-000007", 50000, 50000}, {1, "INV-2026-000008", 4070, 4070}};
    const auto own = decided_with_number(owed, 4070, "ACC1", "Beispiel GmbH", {"RG 103564"}, oldest_first());
    EXPECT_EQ(shown(own.applications), "INV-2026-000008 4070") << own.reason;
    EXPECT_EQ(shown(decided_with_number({owed[0]}, 50000, "ACC1", "Beispiel GmbH", {"103564"}).applications), "");
}

TEST(Strangers, an_amount_within_the_tolerance_confirms_no_strangers_number) {
    for (const auto* number : {"41234", "INV-2026-041234", "9000166306", "0002440285"}) {
        const std::vector<Doc> one{{1, number, 40000, 40000}};
        const std::vector<std::string> text{std::string{"RECHNUNG "} + number};
        EXPECT_EQ(of_stranger(one, 39960, text), Outcome::question) << number;
        EXPECT_EQ(of_stranger(one, 40040, text), Outcome::question) << number;
        EXPECT_EQ(of_stranger(one, 40000, text), Outcome::apply) << number << " to the cent";
        EXPECT_EQ(decided_with_number(one, 39960, "ACC1", "Beispiel GmbH", text).outcome, Outcome::apply) << number << " by its customer";
        EXPECT_EQ(decided_with_number(one, 39960, "DE99NEW", "Beispiel Vertriebsgesellschaft", text).outcome, Outcome::apply) << number << " with words of his name";
        EXPECT_EQ(decided_with_number(one, 39960, "ACC2", "Muster AG", text).outcome, Outcome::question) << number << " by another customer";
    }
    const std::vector<Doc> two{{1, "9000166306", 40000, 40000}, {1, "9000166311", 71234, 71234}};
    EXPECT_EQ(of_stranger(two, 111200, {"9000166306, 9000166311"}), Outcome::apply) << "two numbers of one customer and their sum are no accident";
    EXPECT_EQ(of_stranger({{1, "INV-2026-041234", 40000, 40000, "RF18539007547034"}}, 39960, {"RF18539007547034"}), Outcome::apply) << "check digits of ours";
    EXPECT_EQ(of_stranger({{1, "INV-2026-000042", 40000, 40000, "", "4500178"}}, 39960, {"PO 4500178"}), Outcome::question) << "an order is no better";
}

TEST(Strangers, nothing_is_added_to_the_one_number_a_stranger_writes) {
    const Doc named{1, "INV-2026-052917", 12345, 12345}, rest{1, "INV-2026-052990", 17655, 17655}, memo{1, "CM-2026-02335", -5000, -5000};
    EXPECT_EQ(of_stranger({named, rest}, 30000, {"INV-2026-052917"}), Outcome::question);
    EXPECT_EQ(of_stranger({named, memo}, 7345, {"INV-2026-052917"}), Outcome::question);
    EXPECT_EQ(of_stranger({named, rest}, 30000, {"INV-2026-052917 INV-2026-0"}), Outcome::apply) << "the bank has cut the second";
    EXPECT_EQ(of_stranger({named, memo}, 7345, {"INV-2026-052917 +"}), Outcome::apply) << "the bank has cut the second";
    EXPECT_EQ(decided_with_number({named, rest}, 30000, "ACC1", "Beispiel GmbH", {"INV-2026-052917"}).outcome, Outcome::apply);
}

TEST(Strangers, a_number_said_to_be_an_order_is_no_document_by_a_common_amount) {
    const Doc hit{1, "INV-2026-053231", 40000, 40000}, same{2, "INV-2026-053999", 40000, 40000};
    EXPECT_EQ(of_stranger({hit, same}, 40000, {"PO 53231"}), Outcome::question);
    EXPECT_EQ(decided_with_number({hit, same}, 40000, "ACC1", "Beispiel GmbH", {"PO 53231"}).outcome, Outcome::apply);
    EXPECT_EQ(of_stranger({hit, same}, 40000, {"RE 53231"}), Outcome::apply);
}

TEST(Strangers, a_weak_number_needs_an_amount_that_one_document_has) {
    const Doc other{2, "41999", 10000, 10000};
    for (const auto& [number, text] : {std::pair{"INV-2026-006745", "RG 6745"}, std::pair{"INV-2026-032326", "RE 323/26"}}) {
        EXPECT_EQ(of_stranger({{1, number, 10000, 10000}, other}, 10000, {text}), Outcome::question) << text;
        EXPECT_EQ(of_stranger({{1, number, 10012, 10012}, other}, 10012, {text}), Outcome::apply) << text;
        EXPECT_EQ(decided_with_number({{1, number, 10000, 10000}, other}, 10000, "ACC1", "Beispiel GmbH", {text}).outcome, Outcome::apply) << text;
    }
    EXPECT_EQ(of_stranger({{1, "53467", 10012, 10012}, other}, 10012, {"INV-2026-053467"}), Outcome::question) << "a piece of another number is none";
    // As people write whole numbers: zeros in front, spaced out, broken by the bank's columns.
    for (const auto& [number, text] : {std::pair{"INV-2026-008657", std::vector<std::string>{"Rechnung 008657"}}, std::pair{"22890", std::vector<std::string>{"BILL 2289 0"}},
                                       std::pair{"24951", std::vector<std::string>{"INVOICE 24-951"}}, std::pair{"9000128117", std::vector<std::string>{"RG-NR 90001281", "17 UST-ID DE881787679"}}})
        EXPECT_EQ(of_stranger({{1, number, 10000, 10000}, other}, 10000, text), Outcome::apply) << text[0];
    const Doc a{1, "INV-2026-005497", 10000, 10000}, b{1, "INV-2026-004601", 4900, 4900}, c{1, "9000126649", 2300, 2300}, d{1, "9000126807", 4900, 4900};
    EXPECT_EQ(of_stranger({a, b, other}, 14900, {"FACT.NR 005497,0046", "01"}), Outcome::apply) << "a list that adds up";
    EXPECT_EQ(of_stranger({c, d, other}, 7200, {"9000126649/807"}), Outcome::apply);
    const Doc piece{1, "9000159326", 200000, 200000}, first{2, "CM-2026-01593", 40000, 40000};
    EXPECT_EQ(of_stranger({piece, first}, 239990, {"RE 1593/26"}), Outcome::question) << "what one number hits is no list";
}

TEST(Strangers, a_number_said_to_be_an_invoice_is_no_order) {
    const Doc one{1, "INV-2026-014725", 9884, 9884, "", "SO-786889"};
    EXPECT_EQ(of_stranger({one}, 9884, {"RG 786889"}), Outcome::question);
    EXPECT_EQ(of_stranger({one}, 9884, {"AUFTRAG 786889"}), Outcome::apply);
    EXPECT_EQ(of_stranger({one}, 9884, {"SO-786889"}), Outcome::apply);
}

TEST(Strangers, a_year_or_a_few_digits_are_no_beginning_and_no_slip) {
    EXPECT_EQ(of_stranger({{1, "2026-00123", 8123, 8123}}, 8123, {"BEITRAG 2026"}), Outcome::question);
    EXPECT_EQ(of_stranger({{1, "90001412", 8123, 8123}}, 8123, {"RG 90001"}), Outcome::question);
    EXPECT_EQ(of_stranger({{1, "20260321", 8123, 8123}}, 8123, {"VOM 20260331"}), Outcome::question) << "a day";
    EXPECT_EQ(of_stranger({{1, "40020", 8123, 8123}}, 8123, {"NO 40030"}), Outcome::question) << "one in a thousand has five digits like that";
    EXPECT_EQ(of_stranger({{1, "46826", 8123, 8123}}, 8123, {"RE 486/26"}), Outcome::question) << "put together";
    EXPECT_EQ(of_stranger({{1, "9000141230", 8123, 8123}}, 8123, {"NO 9000141330"}), Outcome::apply);
}

TEST(Strangers, a_few_digits_in_the_text_are_no_reference_for_any_amount) {
    const Doc one{1, "INV-2026-000042", 40000, 40000, "12345672"};
    EXPECT_EQ(of_stranger({one}, 1500, {"SCHADEN 12345672"}), Outcome::question);
    EXPECT_EQ(of_stranger({one}, 40000, {"12345672"}), Outcome::apply);
    EXPECT_EQ(decided_with_number({one}, 1500, "ACC1", "Beispiel GmbH", {"12345672"}).outcome, Outcome::apply);
}

}  // namespace
}  // namespace owed::cash
