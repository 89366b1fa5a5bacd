// What a clerk is told besides what decided, and how sure proposals are that exclude each other.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

Decision decided(const Snapshot& snapshot, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text, std::vector<RemittanceReference> references = {}) {
    return decide(receipt_of({"", {}, paid, account, name, std::move(text), Outcome::question, "", {}, std::move(references)}), snapshot, usual());
}
bool says(const Decision& decision, std::string_view what) { return decision.reason.find(what) != std::string::npos; }

TEST(Remarks, wrong_check_digits_are_said) {
    const auto snapshot = books({{1, "RE-2026-5002", 70013, 70013, "RF2070412A9"}});
    const RemittanceReference wrong{.type = "scor", .value = "RF21 7041 2A9"};
    const auto exact = decided(snapshot, 70013, "", "Anna Fremd", {}, {wrong});
    EXPECT_TRUE(says(exact, "the payment reference RF2170412A9 has wrong check digits")) << exact.reason;
    EXPECT_TRUE(says(exact, "the payment reference is nearly that of RE-2026-5002")) << exact.reason;
    EXPECT_TRUE(says(decided(snapshot, 12345, "", "Anna Fremd", {}, {wrong}), "has wrong check digits"));
    EXPECT_TRUE(says(decided(snapshot, 12345, "", "Anna Fremd", {"Zahlung RF2170412A9"}), "has wrong check digits")) << "in the text as well";
    EXPECT_FALSE(says(decided(snapshot, 12345, "", "Anna Fremd", {"Zahlung RF2070412A9"}), "check digits"));
    EXPECT_FALSE(says(decided(snapshot, 12345, "", "Anna Fremd", {"RF 217041", "RFID 21704129"}), "check digits"));
}

TEST(Remarks, a_settled_document_that_is_named_is_mentioned) {
    const auto snapshot = books({{1, "INV-2026-005401", 7710, 0}, {1, "INV-2026-005402", 8817, 8817}});
    const auto applied = decided(snapshot, 8817, "ACC1", "Beispiel GmbH", {"INV-2026-005402 INV-2026-005401"});
    EXPECT_EQ(shown(applied.applications), "INV-2026-005402 8817");
    EXPECT_TRUE(says(applied, "the remittance text names INV-2026-005401 too, which is settled already")) << applied.reason;
    const auto by_amount = decided(snapshot, 8817, "ACC1", "Beispiel GmbH", {"INV-2026-005401"});
    EXPECT_TRUE(says(by_amount, "names INV-2026-005401 too, which is settled already")) << by_amount.reason;
    EXPECT_FALSE(says(decided(snapshot, 8817, "ACC1", "Beispiel GmbH", {"INV-2026-005402"}), "settled"));
    const auto twice = decided(snapshot, 7710, "ACC1", "Beispiel GmbH", {"INV-2026-005401"});
    EXPECT_EQ(twice.reason.find("settled already"), twice.reason.rfind("settled already")) << twice.reason;
}

TEST(Remarks, the_same_amount_again_is_said_to_be_perhaps_a_second_payment) {
    auto snapshot = books({{1, "RE-1", 61000, 0}, {1, "RE-2", 20000, 0}, {1, "RE-3", 30007, 0}, {1, "RE-4", 5, 5}});
    snapshot.set_settlement(OpenItemId{101}, {"R-301 of 2026-03-30", "document_number", 99, on("2026-03-30")});
    for (const auto item : {102, 103}) snapshot.set_settlement(OpenItemId{item}, {"R-302 of 2026-03-28", "document_number", 99, on("2026-03-28")});
    EXPECT_TRUE(says(decided(snapshot, 61000, "ACC1", "", {}), "R-301 of 2026-03-30 has paid RE-1 with the same amount; perhaps paid twice"));
    const auto several = decided(snapshot, 50007, "ACC1", "", {});
    EXPECT_EQ(several.outcome, Outcome::question);
    EXPECT_TRUE(says(several, "R-302 of 2026-03-28 has paid RE-3, RE-2 with the same amount")) << several.reason;
    EXPECT_FALSE(says(decided(snapshot, 20000, "ACC1", "", {}), "twice")) << "R-302 was over more";
    EXPECT_FALSE(says(decided(snapshot, 61000, "ACC2", "", {}), "twice")) << "another payer";
    snapshot.set_settlement(OpenItemId{101}, {"R-201 of 2026-02-27", "document_number", 99, on("2026-02-27")});
    EXPECT_FALSE(says(decided(snapshot, 61000, "ACC1", "", {}), "twice")) << "last month's";
}

TEST(Remarks, proposals_that_exclude_each_other_share_their_confidence) {
    auto snapshot = books({{1, "RE-8003", 71925, 71925}, {3, "RE-8004", 71925, 71925}});
    snapshot.add_name(CustomerId{1}, "Schmidt Technik GmbH");
    snapshot.add_name(CustomerId{3}, "Schmidt Technik AG");
    const auto decision = decided(snapshot, 71925, "", "Schmidt Technik", {});
    EXPECT_EQ(decision.outcome, Outcome::question);
    ASSERT_EQ(decision.proposals.size(), 2U);
    EXPECT_LE(decision.proposals[0].confidence, 60);
    EXPECT_LE(decision.proposals[0].confidence + decision.proposals[1].confidence, 100);
    EXPECT_TRUE(says(decision, "has a name that several customers have")) << decision.reason;
    for (const auto& documents : {std::vector<Doc>{{1, "A-1", 9900, 9900}, {1, "A-2", 9900, 9900}, {1, "A-3", 9900, 9900}}, std::vector<Doc>{{1, "A-1", 9900, 9900}, {2, "A-2", 9900, 9900}, {3, "A-3", 9900, 9900}}})
        for (const char* account : {"ACC1", ""}) {
            const auto equal = decided(books(documents), 9900, account, "", {});
            if (equal.outcome != Outcome::question) continue;
            int sum = 0;
            for (const auto& one : equal.proposals) sum += one.confidence;
            EXPECT_LE(sum, 100) << account << ": " << equal.reason;
        }
    const auto alone = decided(books({{1, "INV-2026-0042", 102783, 102783, "", "PO-450017"}}), 60000, "ACC1", "", {"PO 450017"});
    ASSERT_FALSE(alone.proposals.empty());
    EXPECT_GE(alone.proposals[0].confidence, 99) << "nothing excludes it";
}

TEST(Remarks, sentences_are_true) {
    auto snapshot = books({{1, "INV-2026-0042", 10033, 10033}});
    snapshot.add_alias("emea", "account", "NEW1", CustomerId{1}, 3);
    EXPECT_TRUE(says(decided(snapshot, 10033, "NEW1", "", {}), "known by an account that answers have taught"));
    EXPECT_TRUE(says(decided(snapshot, 10033, "ACC1", "", {}), "known by the account on file"));
    EXPECT_TRUE(says(decided(snapshot, 555, "", "Anna Fremd", {"RE-77-2026"}), "the text names no document of entity emea")) << "it may be a sister's";
    EXPECT_TRUE(says(decided(snapshot, 10033, "", "Anna Fremd", {"INV-2025-0042"}), "nearly names INV-2026-0042"));
}

}  // namespace
}  // namespace owed::cash
