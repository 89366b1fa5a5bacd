// The store and the snapshot answer alike, and so do the decisions made of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "audit/test_people.hpp"
#include "cash/cash.hpp"
#include "cash/detail/books_lookup.hpp"
#include "cash/detail/fit.hpp"
#include "cash/detail/mask.hpp"
#include "cash/detail/reading.hpp"
#include "ledger/test_company.hpp"
#include "parties/relations.hpp"

namespace owed::cash {
namespace {

using ::testing::ElementsAre;
using ledger::ok;
using ::testing::IsEmpty;


TEST(Counters, how_people_quote_a_number) {
    EXPECT_THAT(counters_of("INV-2026-004711"), ElementsAre("4711", "2026004711", "20264711"));
    EXPECT_THAT(counters_of("RE 4711/26"), ElementsAre("4711", "471126"));
    EXPECT_THAT(counters_of("20260004711"), ElementsAre("4711", "20260004711"));
    EXPECT_THAT(counters_of("9000123456"), ElementsAre("123456", "9000123456"));
    EXPECT_THAT(counters_of("0002411873"), ElementsAre("411873", "2411873"));
    EXPECT_THAT(counters_of("R-12"), ElementsAre("12"));
    EXPECT_THAT(counters_of("no digits"), IsEmpty());
}

TEST(Snapshot, an_item_that_was_settled_and_is_open_again_is_found_by_its_order) {
    Snapshot books;
    CustomerView customer;
    customer.customer = CustomerId{1};
    customer.number = "C1";
    customer.entity = "emea";
    books.add_customer(customer, "");
    ItemView item;
    item.item = OpenItemId{7};
    item.customer = CustomerId{1};
    item.document = "INV-7";
    item.order = "po-1\nLS-9";
    item.document_date = item.due_date = Date::from_days(20'000);
    item.original = 100;
    item.currency = *find_currency("EUR");
    books.add_item("emea", item);
    const auto found = [&](const char* number) {
        Lookup::Items all;
        books.by_order("emea", number, 8, all);
        return all.size();
    };
    EXPECT_EQ(found("PO-1"), 0U) << "settled";
    books.set_residual(OpenItemId{7}, 100);
    EXPECT_EQ(found("PO-1"), 1U);
    EXPECT_EQ(found("LS-9"), 1U);
    books.set_residual(OpenItemId{7}, 0);
    books.set_residual(OpenItemId{7}, 60);
    EXPECT_EQ(found("PO-1"), 1U) << "once, however often it was opened";
}

TEST(Slips, one_and_no_more) {
    for (const auto& [a, b, near] : std::vector<std::tuple<const char*, const char*, bool>>{
             {"471100", "471100", false}, {"471100", "471010", true}, {"471100", "471109", true}, {"471100", "47110", true}, {"471100", "4711000", true},
             {"471100", "471", false}, {"471100", "174100", false}, {"12", "21", true}, {"1234", "2143", false}, {"", "1", true}, {"", "", false}}) {
        EXPECT_EQ(detail::one_slip_apart(a, b), near) << a << " " << b;
        EXPECT_EQ(detail::one_slip_apart(b, a), near) << b << " " << a;
    }
}

TEST(Mask, what_is_no_document) {
    const auto left = [](std::string_view line) {
        auto masked = detail::without_other_numbers(line);
        std::erase(masked, '\x01');
        return masked;
    };
    EXPECT_EQ(left("vom 31.03.2026 RE 4711"), "vom  RE 4711");
    EXPECT_EQ(left("EUR 1.234,56 RE 4711"), "EUR  RE 4711");
    EXPECT_EQ(left("DE89 3704 0044 0532 0130 00 RE 4711"), " RE 4711");
    EXPECT_EQ(left("Tel. 030/4711223 RE 4711"), "Tel.  RE 4711");
    EXPECT_EQ(left("USt-IdNr DE123456789 RE 4711"), "USt-IdNr  RE 4711");
    EXPECT_EQ(left("2024.0042 4711/26 RE-2026-03-4711"), "2024.0042 4711/26 RE-2026-03-4711");
    EXPECT_TRUE(detail::reads_as_day("20260331"));
    EXPECT_TRUE(detail::reads_as_day("310326"));
    EXPECT_FALSE(detail::reads_as_day("20261331"));
    EXPECT_FALSE(detail::reads_as_day("900012"));
}

TEST(Subset, only_the_one) {
    bool several = false;
    EXPECT_THAT(detail::unique_subset({100, 250, 999}, 1099, several), ElementsAre(0, 2));
    EXPECT_THAT(detail::unique_subset({100, 250, 350}, 350, several), IsEmpty());
    EXPECT_TRUE(several);
    EXPECT_THAT(detail::unique_subset({100, 250}, 77, several), IsEmpty());
    EXPECT_FALSE(several);
    EXPECT_THAT(detail::unique_subset({500, -120, 300}, 380, several), ElementsAre(0, 1));
    // Against every subset, one by one.
    const unsigned seed = 7;
    std::mt19937 random{seed};
    for (int round = 0; round < 300; ++round) {
        std::vector<std::int64_t> values(1 + random() % 11);
        for (auto& value : values) value = static_cast<std::int64_t>(1 + random() % 40);
        const auto target = static_cast<std::int64_t>(1 + random() % 90);
        int ways = 0;
        for (unsigned mask = 1; mask < (1U << values.size()); ++mask) {
            std::int64_t sum = 0;
            for (std::size_t i = 0; i < values.size(); ++i) sum += (mask >> i) & 1U ? values[i] : 0;
            ways += sum == target ? 1 : 0;
        }
        const auto chosen = detail::unique_subset(values, target, several);
        EXPECT_EQ(!chosen.empty(), ways == 1) << "seed " << seed;
        EXPECT_EQ(several, ways > 1) << "seed " << seed;
    }
}

struct Books : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    std::mt19937 random{20261122};

    std::size_t pick(std::size_t n) { return random() % n; }
    std::string number(int i) {
        switch (i % 4) {
            case 0: return "INV-2026-" + std::to_string(1'000'000 + i).substr(1);
            case 1: return "RE " + std::to_string(4'000 + i) + "/26";
            case 2: return "9000" + std::to_string(100'000 + i);
            default: return "2026" + std::to_string(10'000'000 + i).substr(1);
        }
    }

    std::vector<std::string> documents;
    void fill() {
        std::vector<CustomerId> customers;
        for (int i = 0; i < 12; ++i)
            customers.push_back(ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
                Customer who;
                who.number = "C" + std::to_string(100 + i);
                who.name = std::string{"Beispiel"} + (i % 3 == 0 ? " Müller" : " Muster") + (i % 2 == 0 ? " GmbH" : " AG") + (i > 6 ? " Nord" : "");
                who.accounts = {"ACC" + std::to_string(i % 9)};
                who.parent = i == 3 || i == 4 ? "C105" : "";
                OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
                return done.first;
            })));
        ok(company.in_tx<std::int64_t>([&](store::Tx& tx) {
            return parties::add_relation(tx, company.test.clock, anna, {.entity = "emea", .kind = "factor", .payer = {}, .payer_account = "FACTOR1", .payer_name = "Faktor Beispiel BV", .pays_for = customers[2]});
        }));
        // Accounts that answers have told: one of them once, one often.
        for (const auto& [account, who, times] : {std::tuple{"ACC9", customers[1], 1}, std::tuple{"ACC10", customers[2], 5}})
            company.test.write([&](store::Tx& tx) -> Status {
                tx.query("INSERT INTO cash_answer (entity, kind, value_key, customer, times) VALUES ('emea', 'account', ?, ?, ?)").bind(account, who.value, times).run();
                return parties::learn_alias(tx, company.test.clock, anna, "emea", "account", account, who);
            });
        // And one whose alias was taken back by a release that left its answers.
        company.test.write([&](store::Tx& tx) -> Status {
            tx.query("INSERT INTO cash_answer (entity, kind, value_key, customer, times) VALUES ('emea', 'account', 'ACC11', ?, 4)").bind(customers[3].value).run();
            OWED_TRY_VOID(parties::learn_alias(tx, company.test.clock, anna, "emea", "account", "ACC11", customers[3]));
            return parties::revoke_alias(tx, company.test.clock, anna, parties::aliases(tx).back().id);
        });
        for (int i = 0; i < 150; ++i) {
            auto document = company.invoice(number(i), std::to_string(10 + pick(60)) + ".00 EUR", "2026-02-0" + std::to_string(1 + pick(8)));
            document.customer = customers[pick(customers.size())];
            document.order = "PO-" + std::to_string(70'000 + i);
            if (i % 5 == 0) document.payment_reference = make_reference_for(i);
            documents.push_back(document.document);
            const auto posted = ok(company.post(document));
            if (i % 7 == 0) {
                const auto paid = ok(company.post(company.receipt(to_text(document.amount) + " EUR", "2026-02-20", document.customer)));
                ok(company.apply(company.application(paid.item, posted.item, to_text(document.amount) + " EUR", "2026-02-20")));
            }
        }
    }
    static std::string make_reference_for(int i) { return "RF" + std::to_string(10 + i) + "X" + std::to_string(i); }

    ReceiptFacts any_receipt(int i) {
        ReceiptFacts facts{.item = OpenItemId{100'000 + i}, .entity = "emea", .amount = ledger::money(std::to_string(10 + pick(80)) + ".00 EUR"),
                           .value_date = ledger::day("2026-03-30"), .customer = {}, .payer_name = {}, .payer_account = {}, .code = {}, .text = {}, .references = {}};
        if (pick(2) == 0) facts.payer_account = pick(8) == 0 ? "FACTOR1" : "ACC" + std::to_string(pick(11));
        if (pick(2) == 0) facts.payer_name = std::vector<const char*>{"BEISPIEL MUELLER GMBH", "Beispiel Muster AG", "BEISPIEL MUSTER", "Beispiel Muller Gm", "Faktor Beispiel BV", "Irgendwer"}[pick(6)];
        std::string text;
        for (auto left = pick(4); left > 0; --left) {
            auto one = documents[pick(documents.size())];
            if (pick(3) == 0) one = one.substr(one.size() / 3);                    // its beginning is lost
            if (pick(4) == 0 && one.size() > 4) std::swap(one[one.size() - 2], one[one.size() - 3]);
            text += (pick(2) == 0 ? "RE " : "") + one + " ";
        }
        if (pick(6) == 0) text += "PO-" + std::to_string(70'000 + pick(150));
        if (pick(9) == 0) text += "C" + std::to_string(100 + pick(14));
        facts.text = {text.substr(0, 27), text.size() > 27 ? text.substr(27) : ""};
        return facts;
    }
};

std::string told(const Decision& decision) {
    auto text = std::to_string(static_cast<int>(decision.outcome)) + " " + decision.stage + " " + std::to_string(decision.doubt_ppb) + " " + decision.reason;
    for (const auto& one : decision.applications) text += "; " + one.document + " " + to_text(one.amount);
    for (const auto& proposal : decision.proposals) {
        text += " | " + std::to_string(proposal.doubt_ppm);
        for (const auto& one : proposal.items) text += " " + one.document + " " + to_text(one.amount);
    }
    return text;
}

TEST_F(Books, items_group_by_the_term_their_documents_state) {
    const auto customer = ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
        Customer who;
        who.number = "C1";
        who.name = "Beispiel GmbH";
        who.accounts = {"ACC1"};
        OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
        return done.first;
    }));
    const auto post = [&](const char* number, const char* amount, const char* due, const char* terms) {
        auto document = company.invoice(number, amount, "2026-02-01");
        document.customer = customer;
        document.due_date = ledger::day(due);
        if (*terms != 0) document.terms = ledger::ItemTerms{.terms = terms};
        ok(company.post(document));
    };
    post("A-1", "100.10 EUR", "2026-02-05", "net 30");
    post("A-2", "200.20 EUR", "2026-02-08", "NET 30");
    post("A-3", "50.05 EUR", "2026-03-03", "");            // 30 days, by its dates
    post("A-4", "350.35 EUR", "2026-02-28", "eom");
    post("A-5", "350.35 EUR", "2026-02-27", "ZE14");       // a name that only its source knows; the same sum, and older
    company.test.write([&](store::Tx& tx) -> Status {
        detail::learn_series(tx);
        detail::BooksLookup stored{tx, company.books, ledger::day("2026-03-31")};
        const auto snapshot = detail::read_snapshot(tx, company.books, ledger::day("2026-03-31"));
        Settings settings;
        settings.rules = {{.rules = {Rule::clear_past_due_by_term}}};
        ReceiptFacts facts{.item = OpenItemId{100'000}, .entity = "emea", .amount = ledger::money("350.35 EUR"), .value_date = ledger::day("2026-03-30"),
                           .customer = {}, .payer_name = "Beispiel GmbH", .payer_account = "ACC1", .code = {}, .text = {}, .references = {}};
        for (const Lookup* lookup : {static_cast<const Lookup*>(&stored), static_cast<const Lookup*>(&snapshot)}) {
            const auto decision = decide(facts, *lookup, settings);
            EXPECT_EQ(decision.stage, "clear_past_due_by_term") << decision.reason;
            EXPECT_EQ(decision.applications.size(), 3U) << "of three groups of this sum the one with the oldest due date: " << decision.reason;
        }
        return {};
    });
}

TEST_F(Books, store_and_snapshot_decide_alike) {
    fill();
    int applied = 0;
    company.test.write([&](store::Tx& tx) -> Status {
        detail::learn_series(tx);
        detail::BooksLookup stored{tx, company.books, ledger::day("2026-03-31")};
        const auto snapshot = detail::read_snapshot(tx, company.books, ledger::day("2026-03-31"));
        for (int i = 0; i < 600; ++i) {
            const auto facts = any_receipt(i);
            const auto from_store = decide(facts, stored, {}), from_memory = decide(facts, snapshot, {});
            EXPECT_EQ(told(from_store), told(from_memory)) << "receipt " << i << ": " << facts.text[0] << facts.text[1] << " by " << facts.payer_name << " " << facts.payer_account;
            applied += from_memory.outcome == Outcome::apply ? 1 : 0;
            stored.forget();
        }
        for (int account = 0; account <= 11; ++account)
            for (const auto& customer : parties::list(tx, "emea")) {
                const auto id = "ACC" + std::to_string(account);
                EXPECT_EQ(stored.answers_for_account("emea", id, customer.id), snapshot.answers_for_account("emea", id, customer.id)) << id << " of " << customer.customer.number;
            }
        return {};
    });
    EXPECT_GT(applied, 50);
}

}  // namespace
}  // namespace owed::cash
