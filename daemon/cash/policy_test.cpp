// What a company's settings mean for the decision.
#include "cash/decide_books.hpp"

namespace owed::cash {
namespace {

TEST(Policy, a_percentage_without_a_maximum_decides_alone) {
    const Doc open{1, "A-1001", 64000, 64000};
    const auto applied = [&](std::int64_t paid, Limits most) {
        Settings settings;
        settings.tolerance_percent = Decimal::of(5, 1);
        settings.tolerance_max = std::move(most);
        return shown(decide(receipt_of({"", {}, paid, "ACC1", "", {"A-1001"}}), books({open}), settings).applications);
    };
    EXPECT_EQ(applied(63680, {}), "A-1001 63680 tolerance 320") << "half a percent, as calc tolerance has it";
    EXPECT_EQ(applied(63679, {}), "A-1001 63679");
    EXPECT_EQ(applied(64320, {}), "A-1001 64000 tolerance -320");
    EXPECT_EQ(applied(63680, {{"EUR", 200}}), "A-1001 63680") << "the smaller wins";
    EXPECT_EQ(applied(63800, {{"EUR", 200}}), "A-1001 63800 tolerance 200");
    EXPECT_EQ(applied(63680, {{"USD", 200}}), "A-1001 63680") << "among maxima, a currency that has none allows none";
    EXPECT_EQ(applied(63680, {{"EUR", 0}}), "A-1001 63680");
}

}  // namespace
}  // namespace owed::cash
