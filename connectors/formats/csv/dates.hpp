// Dates as files of all countries write them. The order of day and month is given by a profile or proven for a whole
// column: 03/04/2026 alone is two days, so a column in which nothing is beyond 12 is refused. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/result.hpp"

namespace owed::formats::csv {

/// A date's notation, in the letters of strftime: %Y (four digits), %y (two; 69 to 99 are 19xx, as POSIX has it), %m, %d,
/// %b (a month's name, English, German, French, Spanish, Italian or Dutch, short or long) and the signs between them.
/// %d and %m take one or two digits where a sign follows, two where digits follow.
class DateFormat {
  public:
    /// Errors: invalid_config for other letters and for a notation without year, month or day.
    static Result<DateFormat> of(std::string_view notation);
    const std::string& notation() const { return notation_; }
    /// A time of day after the date is read over, the day stays as written: "2026-03-20 14:05", "2026-03-20T23:30:00Z".
    /// Errors: malformed_input; `where` is left to the caller.
    Result<Date> parse(std::string_view cell) const;
    /// The same without a reason.
    std::optional<Date> try_parse(std::string_view cell) const;

  private:
    explicit DateFormat(std::string notation) : notation_{std::move(notation)} {}
    std::string notation_;
};

/// Looks at every date of a column and says how they are written.
class DateProof {
  public:
    explicit DateProof(std::optional<DateFormat> given = {});

    /// Errors: malformed_input when the cell is no date in any notation; it then proves nothing. `where` left empty.
    Status see(std::string_view cell, std::size_t offset);

    struct Fault {
        std::string what;
        std::size_t offset = 0;
    };
    /// The notation that fits all cells. Two that read every cell alike are the same to us; two that differ on a cell are
    /// a fault, unless `beside`, the notation that another date column of the file has proven, is one of them: 01/04/2026 is
    /// in April beside 31/03/2026. A column without dates: the ISO one.
    tl::expected<DateFormat, Fault> result(const std::optional<DateFormat>& beside = {}) const;
    /// True when the cells leave one notation; only then do they prove anything for other columns.
    bool is_decided() const { return !last_good_.empty() && left_.size() == 1; }

  private:
    /// The first cell that the notations a and b read as different days.
    struct Doubt {
        std::size_t a = 0, b = 0;
        std::string cell;
        std::size_t offset = 0;
    };
    Status see_misfit(std::string_view cell, std::size_t offset);
    void note_doubt(std::size_t a, std::size_t b, std::string_view cell, std::size_t offset);

    std::vector<DateFormat> formats_;
    std::vector<std::size_t> left_;  ///< of formats_: those that fit every cell so far
    std::vector<Doubt> doubts_;
    std::string last_good_;
    std::optional<Fault> conflict_;
};

/// The notations of a file's date columns, in the order given. Errors: the fault of the first column that has one.
tl::expected<std::vector<DateFormat>, DateProof::Fault> prove_columns(const std::vector<const DateProof*>& columns);

}  // namespace owed::formats::csv
