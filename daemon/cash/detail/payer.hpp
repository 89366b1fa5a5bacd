// Who a receipt's payer is, and how that bears on a customer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cash/decision.hpp"
#include "cash/detail/reading.hpp"

namespace owed::cash::detail {

/// The strongest fact that ties the payer to a customer. `number`: his customer number, said to be one or with letters of its own;
/// `bare_number`: digits that are his customer number too.
enum class Tie : std::uint8_t {
    person, account, alias, name, loose_name, cut_name, number, relation, booked, shared_account, told_account, shared_name, alike, bare_number, unknown, another
};

class Payer {
  public:
    Payer(const ReceiptFacts& receipt, const Reading& reading, const Lookup& lookup, const Settings& settings);

    Tie tie_to(CustomerId customer) const;
    /// Doubt that the tie leaves; a customer number in the text besides counts too.
    std::int64_t ppm(Tie tie, CustomerId customer) const;
    /// The one customer the payer surely is: a person's word, an account of his alone, a learned or full name of his alone.
    std::optional<CustomerId> known() const { return known_; }
    /// Customers whose open items are worth looking at without being named: those of the ties above, at most `several_max`
    /// when they share a name or an account, and whom they pay for. Strongest first.
    struct Likely {
        CustomerId customer;
        Tie tie;
    };
    const std::vector<Likely>& likely() const { return likely_; }
    /// "known by the account on file": how a sentence goes on after "the payer".
    static std::string say(Tie tie);
    bool several_share_account() const { return accounts_.size() > 1; }
    bool several_share_name() const { return names_.size() > 1; }
    bool pays_for_others() const { return !paid_for_.empty(); }

  private:
    std::optional<CustomerId> named_holder() const;
    Tie tie_of_booked(CustomerId customer) const;
    bool is_told_only(const Settings& settings) const;
    void find_numbers();
    void add_likely(CustomerId customer, Tie tie);
    bool is_alike(CustomerId customer) const;

    const ReceiptFacts& receipt_;
    const Reading& reading_;
    const Lookup& lookup_;
    std::vector<CustomerId> accounts_, numbers_, bare_numbers_, paid_for_;
    std::vector<NamedCustomer> names_;
    std::optional<CustomerId> known_;
    bool told_only_ = false;                      // see is_told_only
    std::vector<Likely> likely_;
    mutable std::vector<std::string> words_;      // of the payer's name and the text, made when first asked
    mutable bool words_made_ = false;
};

}  // namespace owed::cash::detail
