// Fields of BAI2 records: lists that 88 records continue, amounts, dates, funds types. Private to bai2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bai2/lines.hpp"

namespace owed::formats::bai2 {

struct Place {
    std::string_view file;
    const RawRecord* record = nullptr;
    std::string text() const;
};

/// Walks the fields of a record and of the 88 records behind it as one list: a line's end is a field's end.
class FieldList {
  public:
    FieldList(std::string_view file, const RawRecord* first, const RawRecord* last);

    bool done() const { return open_ == false && at_ + 1 >= last_; }
    /// The next field begins a continuation record.
    bool at_break() const { return !open_ && at_ + 1 < last_; }
    /// The next field; empty when there is none left.
    std::string_view next();
    /// The field `ahead` places on (0: the next one), without taking it; nullopt behind the end.
    std::optional<std::string_view> peek(std::size_t ahead = 0) const;
    /// What is left of the line the next field is in, whole: the text field and its commas.
    std::string_view rest_of_line();
    /// What the next continuation record holds, untouched.
    std::string_view next_line() const { return at_break() ? std::string_view{(at_ + 1)->body} : std::string_view{}; }
    /// Leaves the fields and returns the continuation records not looked at yet.
    std::vector<const RawRecord*> remaining_lines() const;
    Place place() const { return {file_, at_}; }

  private:
    std::string_view file_;
    const RawRecord* at_;
    const RawRecord* last_;
    std::string_view rest_;
    bool open_ = true;  // rest_ still holds a field, maybe an empty one
};

/// [+-]?digits in minor units; empty is nullopt. Errors: malformed_input, amount_overflow.
Result<std::optional<std::int64_t>> parse_amount(std::string_view text, const Place& place);

enum class DateFault : std::uint8_t { none, absent, impossible };
struct ReadDate {
    std::optional<Date> date;
    DateFault fault = DateFault::none;
};
/// YYMMDD, or YYYYMMDD as BTRS writes it.
ReadDate read_date(std::string_view text);
/// HHMM from 0000 to 2400, or 9999 (end of day), or empty.
bool is_time(std::string_view text);

struct Funds {
    char type = ' ';                 ///< ' ' unstated, Z, 0, 1, 2, V, S, D
    std::string value_date;          ///< V: as written
};
bool is_funds_type(std::string_view text);
/// Takes the funds type and what belongs to it: S 3 amounts, V date and time, D a count and so many pairs.
/// Errors: malformed_input.
Result<Funds> take_funds(FieldList& fields);

struct Summary {
    std::string type;                ///< "010"
    std::optional<std::int64_t> amount;
    std::string item_count;
    const RawRecord* where = nullptr;
};
/// The groups of an 03 record behind account and currency. A group may end early at a line's end, and split anywhere.
Result<std::vector<Summary>> take_summaries(FieldList& fields);

}  // namespace owed::formats::bai2
