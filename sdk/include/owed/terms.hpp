// Payment terms: from the dates and the amount of a document to due dates, instalments and discounts (DOMAIN section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/calendar.hpp"
#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed {

/// When a part falls due, counted from a base date. Days and months: 0 to 3,650 and 0 to 120.
struct DueRule {
    enum class Kind : std::uint8_t {
        net,      ///< base + days
        receipt,  ///< base
        eom,      ///< last day of the base's month + days
        prox,     ///< `day` of the month `months` later; beyond the month's length: its last day
        day,      ///< the next `day` of a month after the base; beyond the month's length: its last day
    };
    Kind kind = Kind::net;
    int days = 0, months = 0, day = 0;
    bool operator==(const DueRule&) const = default;
};
/// "net 30", "receipt", "eom", "eom 15", "prox 1 15", "day 10". Errors: malformed_input. Any thread.
Result<DueRule> parse_due_rule(std::string_view text);
std::string to_text(const DueRule& rule);

/// `percent` off when paid within `days` of the base: {14, 3} is 3 % within 14 days. 0 < percent < 100.
struct DiscountTier {
    int days = 0;
    Decimal percent;
};

struct Instalment {
    std::optional<Decimal> percent = {};  ///< of the whole; all parts have one (sum 100), or none has (equal parts)
    DueRule due;
    bool from_previous = false;           ///< counts from the previous instalment's due date, not from the base
};

/// Documents dated from day `from` to day `to` of a month count from day `to` (31: the month's last).
struct DayRange {
    int from = 1, to = 31;
};

enum class BaseDate : std::uint8_t { document, gl, delivery, goods };  ///< goods: receipt of goods (ROG)
std::string_view name_of(BaseDate base) noexcept;                     ///< "document", "gl", "delivery", "goods"

struct Terms {
    DueRule due;
    BaseDate base = BaseDate::document;
    std::vector<DayRange> ranges;         ///< at most one of ranges and cutoff
    int cutoff = 0;                       ///< 1 to 31: base day <= cutoff counts from that day, else from it in the next month
    bool eom_dating = false;              ///< discount and net days count from the end of the base's month: its first day after is day 1
    int late_month_rule = 0;              ///< with eom_dating: documents of this day of the month or later move a month on; 0 off, usual 26
    bool eom_net_from_discount_end = false;  ///< with eom_dating: net days count from the last discount day
    int extra_days = 0;                   ///< "x N": added to discount days and net days
    std::vector<DiscountTier> tiers;      ///< any order
    int discount_grace_days = 0;          ///< extends each tier when a payment is judged; not printed
    std::vector<Instalment> instalments;  ///< empty: one part by `due`
    BusinessDay business_days = BusinessDay::unadjusted;
};

/// The short form people and ERP exports write: "net 30", "2/10 net 30", "3/14 2/30 net 60", "2/10 net 30 eom" (EOM dating),
/// "eom 15", "2/10 prox 1 15", "2/10 net 30 rog", "2/10 net 30 x 60", "receipt". Lower or upper case; "n/30" is "net 30".
/// Errors: malformed_input, naming the word. Any thread.
Result<Terms> parse_terms(std::string_view text);

struct TermDates {
    Date document;
    std::optional<Date> gl = {}, delivery = {}, goods = {};
};
struct DuePart {
    Date due_date;                        ///< the legal one: interest counts from it
    Date expected_payment_date;           ///< moved by the business-day convention
    Money amount;
};
struct DiscountOffer {
    Date until;                           ///< last day, without grace
    Date until_with_grace;
    Decimal percent;
    Money amount;                         ///< round(whole amount x percent), half away from zero
};
struct DueDates {
    Date base;                            ///< the day the counting starts from
    Date due_date, expected_payment_date; ///< of the last part: then everything is due
    std::vector<DuePart> parts;           ///< at least one; amounts add up to the whole, the last one takes the rest
    std::vector<DiscountOffer> discounts; ///< earliest first
};

/// Errors: invalid_argument (a setting outside its range, percentages that do not add up to 100, a base date that the
/// document does not have, a date after 2999), amount_overflow. `where` names the setting. Any thread.
Result<DueDates> due_dates(const Terms& terms, const TermDates& dates, Money amount, const Calendar& calendar);

}  // namespace owed
