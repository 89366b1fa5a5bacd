// The table behind every automatic application: how much doubt each piece of evidence leaves, in parts per million.
//
// A reading's doubt is the product of three kinds of factors: how its items were named, who the payer is, how the amount
// fits. Below 1,000,000 a fact speaks for the reading, above it against. The figures are rates at which such evidence alone
// misleads, as AR teams meet them: a full document number that is another's is one in a thousand, a four-digit counter in
// a text one in twenty. They are upper estimates: what decides is that the product of independent facts is small.
#pragma once

#include <algorithm>
#include <cstdint>

namespace owed::cash::detail {

inline constexpr std::int64_t million = 1'000'000;
/// Products in parts per quadrillion, so that readings of many good facts still differ from one another.
class Doubt {
  public:
    void times(std::int64_t ppm) { fine_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(static_cast<__int128>(fine_) * ppm / million), 1, one * 1'000); }
    void at_least(std::int64_t ppm) { fine_ = std::max(fine_, ppm * (one / million)); }
    std::int64_t fine() const { return fine_; }
    std::int64_t ppb() const { return fine_ / million; }
    std::int64_t ppm() const { return std::min((fine_ + one / million / 2) / (one / million), million); }
    auto operator<=>(const Doubt&) const = default;

  private:
    static constexpr std::int64_t one = 1'000'000'000'000'000;
    std::int64_t fine_ = one;
};

// How the items are named.
inline constexpr std::int64_t named_by_reference = 50;         // check digits hold and the reference is on the document
inline constexpr std::int64_t named_by_advice = 300;
inline constexpr std::int64_t named_by_order = 5'000;          // six digits or more, confirmed by payer or amount
inline constexpr std::int64_t named_by_short_order = 40'000;
inline constexpr std::int64_t named_by_notice = 2'000;
/// A document's full number, or its counter alone, by how many digits were written.
constexpr std::int64_t named_by_number(std::size_t digits, bool full) {
    switch (digits) {
        case 0: case 1: case 2: return full ? 150'000 : 500'000;
        case 3: return full ? 100'000 : 250'000;
        case 4: return full ? 30'000 : 60'000;
        case 5: return full ? 8'000 : 15'000;
        case 6: return full ? 3'000 : 6'000;
        case 7: return full ? 1'500 : 3'000;
        default: return full ? 1'000 : 1'500;
    }
}
/// A number with one slip, or cut off by the bank.
constexpr std::int64_t named_by_slip(std::size_t digits) { return digits <= 4 ? 300'000 : digits == 5 ? 150'000 : 50'000; }
inline constexpr std::int64_t named_by_beginning = 150'000;
inline constexpr std::int64_t named_strongly = 60'000;         // up to here a mention counts when it is left out
inline constexpr std::int64_t one_more_named = 500'000;        // each further document named in the same text
inline constexpr std::int64_t put_together = 4'000'000;        // from neighbouring words, or reads as a day as well
inline constexpr std::int64_t other_kind_of_number = 4'000'000;// the word before says order or customer
inline constexpr std::int64_t said_so = 500'000;               // the word before says invoice

// Who pays.
inline constexpr std::int64_t payer_booked = 3'000;            // a person, or an earlier run, has identified him
inline constexpr std::int64_t payer_by_account = 3'000;
inline constexpr std::int64_t payer_by_alias = 3'000;
inline constexpr std::int64_t payer_by_name = 10'000;
inline constexpr std::int64_t payer_by_loose_name = 25'000;
inline constexpr std::int64_t payer_by_cut_name = 25'000;
inline constexpr std::int64_t payer_by_number = 20'000;        // our customer number stands in the text
inline constexpr std::int64_t payer_by_bare_number = 60'000;   // the digits of it, and no word that says so
inline constexpr std::int64_t payer_by_relation = 20'000;      // parent, factor, agent in force
inline constexpr std::int64_t payer_of_several = 80'000;       // an account or name that several customers share
inline constexpr std::int64_t payer_by_few_answers = 100'000;  // an account that an answer or two have tied to him, and no name of his alone
inline constexpr std::int64_t payer_by_old_number = 100'000;   // besides: he wrote the number of a settled document of his
inline constexpr std::int64_t payer_alike = 150'000;           // words of the customer's name in the payer's or the text
inline constexpr std::int64_t payer_unknown = million;
inline constexpr std::int64_t payer_another = 25 * million;    // the payer is known as somebody else
inline constexpr std::int64_t payer_name_differs = 3 * million;// the account says one, the name another

// How the amount fits.
inline constexpr std::int64_t fits_exactly = 4'000;
inline constexpr std::int64_t fits_roundly = 25'000;           // exactly, but a round hundred
inline constexpr std::int64_t fits_several = 2'000;            // the sum of several
inline constexpr std::int64_t fits_discount = 6'000;
inline constexpr std::int64_t fits_late_discount = 12'000;
inline constexpr std::int64_t fits_unearned_discount = 25'000;
inline constexpr std::int64_t fits_tolerance = 60'000;
inline constexpr std::int64_t fits_bank_fee = 80'000;
inline constexpr std::int64_t fits_withholding = 25'000;
inline constexpr std::int64_t fits_deduction = 20'000;         // the advice names what was kept and why
inline constexpr std::int64_t pays_in_part = million;
inline constexpr std::int64_t pays_too_much = 2 * million;

// Readings that are only ever proposed, however good the rest is: at least so much doubt. Above doubt_max_ppm by default, and apart
// by how often such a proposal is refused, so that a queue in order of confidence begins with the ones that need but a nod. The
// order is measured, over 26 worlds of the accuracy bench (seeds 1 to 6 and 101 to 120, 238,000 customers' receipts), never over the
// seeds that judge: refused were none of 270 orders with another amount, 5 of 200 cut lists made up by the one sum, 2 in 100 of
// the amounts that are off by cents, 1 in 10 sums of several, 9 in 10 where two readings are equally good.
inline constexpr std::int64_t asked_again = 1'500;             // nothing against it but that it was a question before
inline constexpr std::int64_t order_with_another_amount = 3'000;   // of a known payer, and one item alone has that order
inline constexpr std::int64_t completed_by_sum = 3'000;        // the rest of a list that the bank cut, by the one sum that makes it
inline constexpr std::int64_t nearly_within_cents = 5'000;     // nothing named, or by a stranger, and the one item is off by the tolerance
inline constexpr std::int64_t nearly_within_a_fee = 10'000;
inline constexpr std::int64_t only_proposed = 50'000;

// Nothing that is open fits, and nothing need fit: the money waits on the customer's account.
inline constexpr std::int64_t said_in_advance = 20'000;        // "deposit", "Anzahlung"
inline constexpr std::int64_t names_what_is_to_come = 100'000; // a number like ours that is none of ours, or one that was mistyped
inline constexpr std::int64_t only_waits = 5'000;

// The company's own rule for this customer leaves only the question whether the payer is he.
inline constexpr std::int64_t ruled = 20'000;

// What speaks against.
inline constexpr std::int64_t not_named = 4 * million;         // nothing but payer and amount
inline constexpr std::int64_t named_but_left_out = 30 * million;   // an open document stands in the text and is not paid
inline constexpr std::int64_t settled_named = 8 * million;     // a settled document stands in the text
inline constexpr std::int64_t unknown_number = 12 * million;   // a number like ours that is none of ours

}  // namespace owed::cash::detail
