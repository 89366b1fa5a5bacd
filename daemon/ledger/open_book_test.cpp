#include <gtest/gtest.h>

#include <random>

#include "ledger/open_book.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

using Seen = std::map<std::int64_t, std::tuple<std::int64_t, std::int64_t, std::int32_t>>;   // item: customer, units, due date

Seen by_book(Company& company, OpenBook& book, Date as_of) {
    Seen seen;
    company.test.read([&](store::Db& db) {
        book.each(db, "emea", as_of, [&](const Residual& r) {
            EXPECT_FALSE(seen.contains(r.item.value)) << "item " << r.item.value << " twice";
            seen[r.item.value] = {r.customer, r.units, r.due_date.days()};
        });
    });
    return seen;
}

/// The slow way, whose as-of rules have tests of their own.
Seen by_items(Company& company, Date as_of) {
    Seen seen;
    for (const auto& item : company.items({.entity = "emea", .as_of = as_of, .open_only = true}))
        seen[item.id.value] = {item.customer ? item.customer->value : 0, item.residual.units(), item.due_date.days()};
    return seen;
}

TEST(OpenBook, shows_what_the_items_show_on_any_day_of_any_history) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto pick = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random); };
    const auto some_day = [&] { return day("2026-01-01").plus_days(static_cast<int>(pick(120))); };
    Company company;
    OpenBook kept;   // the same over the whole history: it has to catch up
    std::vector<OpenItemId> invoices, receipts;
    std::vector<ApplicationId> applied;
    int posted = 0;
    for (int step = 0; step < 150; ++step) {
        const auto date = to_text(some_day());
        switch (pick(5)) {
        case 0:
        case 1: invoices.push_back(ok(company.post(company.invoice("I-" + std::to_string(step), "100.00 EUR", date))).item); break;
        case 2: {
            const auto known = pick(2) == 0;
            receipts.push_back(ok(company.post(company.receipt("70.00 EUR", date, known ? std::optional{CustomerId{1}} : std::nullopt))).item);
            if (!known && pick(2) == 0) (void)company.identify(receipts.back(), CustomerId{2}, to_text(some_day())).has_value();
            break;
        }
        case 3:
            if (!invoices.empty() && !receipts.empty())
                if (auto done = company.apply(company.application(receipts[pick(receipts.size())], invoices[pick(invoices.size())], "35.00 EUR", date)))
                    applied.push_back(done->application);
            break;
        default:
            if (!applied.empty()) (void)company.unapply(applied[pick(applied.size())], date).has_value();
        }
        ++posted;
        if (step % 10 != 0) continue;
        for (const auto as_of : {some_day(), some_day(), day("2025-12-31"), day("2026-12-31")}) {
            SCOPED_TRACE("step " + std::to_string(step) + " as of " + to_text(as_of));
            const auto expected = by_items(company, as_of);
            EXPECT_EQ(by_book(company, kept, as_of), expected);
            OpenBook fresh;
            EXPECT_EQ(by_book(company, fresh, as_of), expected);
        }
    }
    EXPECT_EQ(posted, 150);
    EXPECT_FALSE(applied.empty());
}

TEST(OpenBook, another_entity_is_left_out) {
    Company company;
    ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-01-01")));
    ok(company.post(company.invoice("I-2", "5.000 KWD", "2026-01-01", "kuwait")));
    OpenBook book;
    EXPECT_EQ(by_book(company, book, day("2026-02-01")).size(), 1U);
}

}  // namespace
}  // namespace owed::ledger
