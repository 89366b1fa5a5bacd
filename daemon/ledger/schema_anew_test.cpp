// Migration 39: a book written before it is taken over whole, and the table refuses what it refused.
#include <gmock/gmock.h>

#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

using ::testing::IsEmpty;

std::vector<store::Migration> steps_until(int last) {
    auto steps = migrations();
    std::erase_if(steps, [&](const store::Migration& step) { return step.number > last; });
    return steps;
}

TEST(SchemaAnew, a_book_is_taken_over_whole) {
    Company company({steps_until(38)});
    const auto invoice = store::ok(company.post(company.invoice("INV-1", "119.00 EUR", "2026-02-01"))).item;
    store::ok(company.post(company.invoice("INV-2", "50.00 EUR", "2026-02-02")));
    const auto paid = store::ok(company.post(company.receipt("100.00 EUR", "2026-03-01", {}))).item;
    store::ok(company.in_tx<Posted>([&](store::Tx& tx) {
        return identify_receipt(tx, company.context, paid, CustomerId{1}, day("2026-03-02"), {"test", "who"}, "known by name");
    }));
    store::ok(company.apply(company.application(paid, invoice, "100.00 EUR", "2026-03-02")));
    const auto shown = [&] {
        std::vector<std::string> all;
        for (const auto& item : company.items({.entity = {}, .customer = {}, .as_of = {}, .known_at = {}}))
            all.push_back(item.document + " " + to_text(item.residual) + " of " + to_text(item.original));
        return all;
    };
    const auto before = shown();
    company.test.close();
    company.test.migrations = migrations();
    company.test.open();
    EXPECT_EQ(shown(), before);
    EXPECT_THAT(company.differences(), IsEmpty());
    store::ok(company.post(company.receipt("19.00 EUR", "2026-03-03")));
    EXPECT_THAT(company.differences(), IsEmpty()) << "and it goes on";
}

/// Which kinds are debits and which credits is said by comparisons now, and before by a list.
TEST(SchemaAnew, the_sign_of_a_kind_is_held_to_as_before) {
    for (const int last : {38, 39}) {
        Company company({steps_until(last)});
        const auto debit = store::ok(company.post(company.invoice("INV-1", "10.00 EUR", "2026-02-01"))).item;
        auto memo = company.invoice("CM-1", "10.00 EUR", "2026-02-01");
        memo.kind = ItemKind::credit_memo;
        const auto credit = store::ok(company.post(memo)).item;
        std::string debits, credits;
        for (int kind = 0; kind <= 10; ++kind)
            for (const auto& [item, accepted] : {std::pair{debit, &debits}, {credit, &credits}}) {
                const auto done = company.test.store().write([&](store::Tx& tx) -> Status {
                    tx.query("UPDATE open_item SET kind = ? WHERE id = ?").bind(kind, item.value).run();
                    return {};
                });
                if (done) *accepted += std::to_string(kind);
            }
        EXPECT_EQ(debits, "134789") << "schema step " << last;
        EXPECT_EQ(credits, "2569") << "schema step " << last;
    }
}

}  // namespace
}  // namespace owed::ledger
