// Amounts, dates and country names in the reader's form. The language is always said; nothing comes from the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"

namespace owed::render {

/// What stands between an amount and its currency. `fixed` is a no-break space: for layouts that wrap lines.
enum class Space { plain, fixed };

/// A language with its forms. Numbers follow CLDR (ICU's data). Dates: en "31 Mar 2026", en-US "03/31/2026",
/// de "31.03.2026", es and fr "31/03/2026"; a language without a form of its own gets "2026-03-31". Any thread.
class Locale {
  public:
    /// `tag`: BCP 47 of the shape ll, lll, ll-RR or ll-Ssss-RR, any case. Errors: invalid_argument.
    static Result<Locale> find(std::string_view tag);

    const std::string& tag() const { return tag_; }      ///< canonical: "de", "en-US"
    std::string language() const;                        ///< the part before the first hyphen
    /// "1.234,50 EUR" in German, "EUR 1,234.50" in English: all digits of the currency, grouped.
    std::string amount(Money amount, Space space) const;
    /// The same without the currency, for columns that name it in their head.
    std::string number(Money amount) const;
    std::string date(Date date) const;
    /// "Germany" for "DE"; the code itself when nobody knows it.
    std::string country(std::string_view iso_3166_alpha_2) const;

  private:
    explicit Locale(std::string tag) : tag_{std::move(tag)} {}
    std::string tag_;
};

/// Languages to try, in order and without repeats: the customer's, its base language, the entity's default, its base, en.
/// Tags that are no language tags are left out.
std::vector<std::string> language_chain(std::string_view customer_language, std::string_view default_language);

}  // namespace owed::render
