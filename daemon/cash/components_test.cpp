#include "cash/components.hpp"

#include <gtest/gtest.h>

#include <random>

namespace owed::cash {
namespace {

const Currency eur = find_currency("EUR").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
Components parts(std::int64_t line, std::int64_t tax, std::int64_t freight, std::int64_t charges) { return {euros(line), euros(tax), euros(freight), euros(charges)}; }

TEST(Components, table) {
    const struct {
        const char* proves;
        std::int64_t paid;
        Components open;
        ComponentOrder order;
        Components got;
    } cases[] = {
        {"lines_come_first", 9000, parts(10000, 1900, 500, 100), ComponentOrder::line_first_tax_after, parts(9000, 0, 0, 0)},
        {"then_tax", 10500, parts(10000, 1900, 500, 100), ComponentOrder::line_first_tax_after, parts(10000, 500, 0, 0)},
        {"then_freight_then_charges", 12450, parts(10000, 1900, 500, 100), ComponentOrder::line_first_tax_after, parts(10000, 1900, 500, 50)},
        {"lines_and_tax_together", 5950, parts(10000, 1900, 500, 100), ComponentOrder::line_tax_prorate, parts(5000, 950, 0, 0)},
        {"leftovers_after_lines_and_tax", 12000, parts(10000, 1900, 500, 100), ComponentOrder::line_tax_prorate, parts(10000, 1900, 100, 0)},
        {"all_together", 6250, parts(10000, 1900, 500, 100), ComponentOrder::prorate_all, parts(5000, 950, 250, 50)},
        {"the_largest_takes_the_rest", 100, parts(100, 100, 101, 0), ComponentOrder::prorate_all, parts(33, 33, 34, 0)},
        {"everything", 12500, parts(10000, 1900, 500, 100), ComponentOrder::prorate_all, parts(10000, 1900, 500, 100)},
        {"nothing", 0, parts(10000, 1900, 500, 100), ComponentOrder::prorate_all, parts(0, 0, 0, 0)},
        {"mixed_signs_only_the_receipts", 5000, parts(10000, -1900, 0, 100), ComponentOrder::line_first_tax_after, parts(5000, 0, 0, 0)},
        {"a_refund_takes_the_negative_ones", -1000, parts(10000, -1900, 0, -100), ComponentOrder::prorate_all, parts(0, -950, 0, -50)},
        {"a_cent_over_four_halves", 2, parts(1, 1, 1, 1), ComponentOrder::prorate_all, parts(0, 1, 1, 0)},
    };
    for (const auto& c : cases) {
        const auto got = spread(euros(c.paid), c.open, c.order);
        ASSERT_TRUE(got) << c.proves;
        for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ((*got)[i].units(), c.got[i].units()) << c.proves << ", component " << i;
    }
    EXPECT_EQ(spread(euros(12501), parts(10000, 1900, 500, 100), ComponentOrder::prorate_all).error().code, Errc::application_exceeds_residual);
    EXPECT_EQ(spread(euros(1), {euros(1), euros(0), euros(0), Money::minor(0, find_currency("USD").value())}, ComponentOrder::prorate_all).error().code, Errc::currency_mismatch);
}

TEST(Components, property_parts_add_up_and_none_exceeds) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto upto = [&](std::int64_t n) { return std::uniform_int_distribution<std::int64_t>{0, n}(random); };
    for (int round = 0; round < 5'000; ++round) {
        const auto most = round % 2 == 0 ? 3 : 50'000;
        const auto open = parts(upto(most), upto(most), upto(most), upto(most));
        const auto paid = upto(open[0].units() + open[1].units() + open[2].units() + open[3].units());
        for (auto order : {ComponentOrder::line_first_tax_after, ComponentOrder::line_tax_prorate, ComponentOrder::prorate_all}) {
            const auto got = spread(euros(paid), open, order).value();
            std::int64_t sum = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                EXPECT_GE(got[i].units(), 0);
                EXPECT_LE(got[i].units(), open[i].units()) << name_of(order);
                sum += got[i].units();
            }
            EXPECT_EQ(sum, paid);
        }
    }
}

}  // namespace
}  // namespace owed::cash
