// Amounts as people and programs of all countries write them. Which sign is the decimal one is given by a profile or
// proven for the whole file, never per cell (SECURITY T35): "1.234" alone may be 1234 or 1.234, so a file that has nothing
// clearer is refused. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats::csv {

/// A sign between digits. The blanks are what French, Swiss and Nordic exports put between thousands.
enum class Mark : std::uint8_t { none, dot, comma, apostrophe, right_quote, blank, no_break_blank, narrow_blank };
/// The sign's name for a message: `"."`, "a no-break blank".
std::string_view name_of(Mark mark);
/// "." -> dot; "" -> none. Errors: invalid_config.
Result<Mark> mark_of(std::string_view text);

/// How a negative amount is written: -5, 5- (SAP), (5) (accountants). A file uses one of them.
enum class Negative : std::uint8_t { unseen, leading, trailing, parentheses };

struct NumberFormat {
    Mark decimal = Mark::none;    ///< none: the file has whole numbers only
    Mark thousands = Mark::none;  ///< none: no grouping seen, so none is read
    Negative negative = Negative::unseen;
    bool operator==(const NumberFormat&) const = default;
};

/// mantissa / 10^scale, exactly as written: "12.50" is {1250, 2}.
struct Number {
    std::int64_t mantissa = 0;
    std::uint8_t scale = 0;
    bool operator==(const Number&) const = default;
};

/// Grammar: sign? digits grouped by threes or not at all, decimal sign and digits. No exponent, currency sign, blanks inside
/// (but as thousands sign), unicode minus or foreign digits. At most 18 digits, 12 of them decimals.
/// Errors: malformed_input, amount_overflow; `what` names the cell and the reason, `where` is left to the caller.
Result<Number> parse_number(std::string_view cell, const NumberFormat& format);

/// As the record wants it: at the currency's own decimals when there is a currency (more are refused unless zero), as
/// written when there is none. Errors: unknown_currency, amount_precision, amount_overflow; `where` left to the caller.
Result<Amount> to_amount(Number number, std::string_view currency);

/// Digits after the last "." or "," of a cell; 0 without one. For telling a cell that was cut off.
std::size_t decimals_of(std::string_view cell);

/// Looks at every amount of a file and says how they are written.
class NumberProof {
  public:
    /// A given decimal or thousands sign is not looked for; one that is seen against it is an error of result().
    explicit NumberProof(std::optional<Mark> decimal = {}, std::optional<Mark> thousands = {})
        : given_decimal_{decimal}, given_thousands_{thousands} {}

    /// Errors: malformed_input when the cell is no number in any notation; it then proves nothing. `where` left empty.
    Status see(std::string_view cell, std::size_t offset);

    struct Fault {
        std::string what;
        std::size_t offset = 0;  ///< of the cell
    };
    /// The format that fits all cells, or why there is none: two notations in one file, or a cell that could be read two
    /// ways and nothing that decides.
    tl::expected<NumberFormat, Fault> result() const;

  private:
    struct Evidence {
        Mark mark = Mark::none;
        std::string cell;
        std::size_t offset = 0;
        bool seen() const { return !cell.empty(); }
    };
    void note(Evidence& evidence, Mark mark, std::string_view cell, std::size_t offset);
    void note_negative(Negative style, std::string_view cell, std::size_t offset);
    std::optional<Mark> given_decimal_, given_thousands_;
    Evidence decimal_, thousands_;
    std::array<Evidence, 2> either_;  ///< the first "1.234" and the first "1,234"
    Negative negative_ = Negative::unseen;
    std::string negative_cell_;
    std::optional<Fault> conflict_;
};

}  // namespace owed::formats::csv
