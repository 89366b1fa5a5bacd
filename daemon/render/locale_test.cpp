#include "render/locale.hpp"

#include "render/sample_test.hpp"

namespace owed::render {
namespace {

TEST(Locale, amounts_in_the_readers_form) {
    struct Row {
        const char *tag, *currency;
        std::int64_t units;
        const char* text;
    };
    const Row rows[] = {
        {"de", "EUR", 123450, "1.234,50 EUR"},
        {"en", "EUR", 123450, "EUR 1,234.50"},
        {"en-US", "USD", 123456789, "USD 1,234,567.89"},
        {"es", "EUR", 123450, "1.234,50 EUR"},
        {"fr", "EUR", 123450, "1\u00a0234,50 EUR"},
        {"de", "JPY", 1234567, "1.234.567 JPY"},
        {"de", "KWD", 1234567, "1.234,567 KWD"},
        {"de", "CLF", 12345, "1,2345 CLF"},
        {"de", "EUR", 5, "0,05 EUR"},
        {"de", "EUR", -123450, "-1.234,50 EUR"},
        {"en", "EUR", 0, "EUR 0.00"},
        {"de", "EUR", money_units_max, "45.000.000.000.000.000,00 EUR"},
        {"en", "EUR", 4499999999999999999, "EUR 44,999,999,999,999,999.99"},  // a double would round this one
    };
    for (const auto& row : rows)
        EXPECT_EQ(locale(row.tag).amount(Money::minor(row.units, currency(row.currency)), Space::plain), row.text) << row.tag;
    EXPECT_EQ(locale("de").amount(eur(123450), Space::fixed), "1.234,50\u00a0EUR");
    EXPECT_EQ(locale("en").amount(eur(123450), Space::fixed), "EUR\u00a01,234.50");
    EXPECT_EQ(locale("fr").number(eur(123450)), "1\u00a0234,50");
}

TEST(Locale, dates_in_the_readers_form) {
    const std::pair<const char*, const char*> rows[] = {{"de", "01.03.2026"}, {"en", "1 Mar 2026"}, {"en-US", "03/01/2026"},
        {"en-GB", "1 Mar 2026"}, {"es", "01/03/2026"}, {"fr-CA", "01/03/2026"}, {"sv", "2026-03-01"}};
    for (const auto& [tag, text] : rows) EXPECT_EQ(locale(tag).date(day("2026-03-01")), text) << tag;
}

TEST(Locale, tags_are_made_canonical_or_refused) {
    EXPECT_EQ(locale("EN_us").tag(), "en-US");
    EXPECT_EQ(locale("zh-hant-TW").tag(), "zh-Hant-TW");
    EXPECT_EQ(locale("de-AT").language(), "de");
    for (const char* tag : {"", "d", "german", "de-", "de-X", "de/../en", "de DE", "-de", "de-DE-x-y"})
        EXPECT_EQ(Locale::find(tag).error().code, Errc::invalid_argument) << tag;
}

TEST(Locale, languages_to_try) {
    using V = std::vector<std::string>;
    EXPECT_EQ(language_chain("de-AT", "fr"), (V{"de-AT", "de", "fr", "en"}));
    EXPECT_EQ(language_chain("", "en-US"), (V{"en-US", "en"}));
    EXPECT_EQ(language_chain("klingon", ""), (V{"en"}));
}

TEST(Locale, countries_by_name) {
    EXPECT_EQ(locale("de").country("FR"), "Frankreich");
    EXPECT_EQ(locale("en").country("DE"), "Germany");
    EXPECT_EQ(locale("en").country("ZZX"), "ZZX");
}

}  // namespace
}  // namespace owed::render
