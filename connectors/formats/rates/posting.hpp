// Rates on their way out of a reader: checked alone and against each other, and handed over as the types that are wanted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "formats/findings.hpp"
#include "formats/rates/settings.hpp"
#include "owed/calendar.hpp"
#include "owed/decimal.hpp"
#include "owed/record.hpp"

namespace owed::formats::rates {

/// Where something stands. The exact place is looked for only when a message needs it: that may scan the file.
struct Place {
    std::uint64_t line = 0;
    std::function<std::string()> exact;   ///< "ecb.xml:17:3"
};

struct Quote {
    std::string_view from, to;            ///< codes as the file has them
    std::optional<As> type;               ///< spot, closing or custom; empty: as the settings say
    Date date;
    Decimal rate;
    std::string_view source;
};

/// One file. One thread.
class Posting {
  public:
    /// All of them outlive it.
    Posting(const Settings& settings, std::string file, RecordSink& sink, Findings& findings);

    /// A currency that ISO 4217 does not have is left out with one warning. The same rate again adds nothing.
    /// Errors: malformed_input (not positive, another value than before for the same pair, day and type, a currency in
    /// itself that is not 1), input_too_large (more than a million rates), the sink's own.
    Status quote(const Quote& quote, const Place& place);
    /// A rate in percent from a day on; may be negative. Errors: malformed_input (no name, another value), as above.
    Status reference(std::string_view name, Date from, Decimal percent, std::string_view source, const Place& place);

    std::uint64_t records() const { return records_; }

  private:
    struct Seen {
        Decimal value;
        std::uint64_t line = 0;
    };
    using Pair = std::array<char, 6>;
    bool is_month_end(Date date) const { return target_.previous_working(date.end_of_month()) == date; }
    bool is_known(std::string_view code, const Place& place);
    Status post(const Quote& quote, As type, const Place& place);
    Status contradiction(const std::string& what, const Seen& before, Decimal now, const Place& place) const;
    Status hand_over(RecordBody body, std::string id, const Place& place);

    const Settings& settings_;
    std::string file_;
    RecordSink& sink_;
    Findings& findings_;
    Calendar target_;
    // Ordered, since the keys come from outside (SECURITY T34).
    std::map<std::tuple<std::int32_t, Pair, As>, Seen> quotes_;
    std::map<std::pair<std::string, std::int32_t>, Seen> references_;
    std::set<std::string, std::less<>> unknown_;
    std::uint64_t records_ = 0;
};

}  // namespace owed::formats::rates
