// Readings of one receipt: which items it may pay, by which evidence, with how much doubt. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cash/decision.hpp"
#include "cash/detail/doubt.hpp"
#include "cash/detail/fit.hpp"
#include "cash/detail/payer.hpp"
#include "cash/detail/reading.hpp"

namespace owed::cash::detail {

/// Of items of one amount, in a whole entity, no more are looked at: so many are no answer.
inline constexpr std::size_t same_amount_max = 50;

inline constexpr std::string_view written_off_stage = "written_off";

enum class How : std::uint8_t { reference, advice, document, counter, range, order, slip, beginning, notice, nothing };

/// An item that something in the receipt points to.
struct Mention {
    ItemView item;
    How how = How::document;
    std::int64_t ppm = million;
    std::uint32_t token = 0;        ///< place in Reading::tokens; of a reference in Reading::references
    bool unsure = false;            ///< the number may be no document's at all: a year, part of a list that names others, with foreign letters in front
};

struct Hypothesis {
    std::string_view stage;
    std::vector<ItemView> items;    ///< none: the money stays on the customer's account
    Fit fit;
    Doubt doubt;
    How how = How::nothing;
    CustomerId customer{};          ///< of the first item
    Tie tie = Tie::unknown;
    std::string why = {};           ///< how the items were found: "the remittance text names INV-4711"
    std::vector<std::string> against = {};
    std::optional<std::int64_t> advice = {};
    std::vector<OpenItemId> reopen = {};
    std::string but = {};           ///< what makes it a question, if it is one, after "but"
    std::vector<std::uint32_t> tokens = {};   ///< numbers that it reads as an order's: what else they name is not left out
    std::int64_t at_least_ppm = 0;  ///< doubt that no other fact takes away
    bool by_rule = false;           ///< the company's rule decides, not the amount; `why` says all
};

class Matcher {
  public:
    Matcher(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings);

    /// All readings worth a thought, the least doubtful first.
    std::vector<Hypothesis> run();

    const Reading& reading() const { return reading_; }
    const Payer& payer() const { return payer_; }
    const std::vector<Mention>& open_mentions() const { return open_; }
    const std::vector<Mention>& settled_mentions() const { return settled_; }
    /// Open items of another currency than the receipt's that it names in full.
    const std::vector<Mention>& foreign_mentions() const { return foreign_; }
    /// A document that it names in full was written off; nullptr: none.
    const Mention* written_off_mention() const;
    bool wrote_unknown_number() const { return unknown_number_; }
    bool names_past_year() const { return names_past_year_; }
    /// Of a known payer: why his open items and the amount alone lead to no reading.
    std::string why_not_unnamed() const;

  private:
    using Items = std::vector<ItemView>;
    using Mentions = std::vector<Mention>;

    // named.cpp
    void find_mentions();
    void mention(Mention one);
    void mention_token(std::uint32_t at);
    void note_words_of_found();
    void doubt_lists();
    void drop_overlaps();
    void try_named(Mentions mentions);
    void try_part_of_named(const Mentions& mentions);
    void try_groups();
    void try_filling(const Mentions& mentions);
    bool has_other_home(const Mention& settled, const Lookup::Settlement& settlement);
    void try_paid_twice();
    void try_written_off();
    void try_moves();
    std::int64_t named_ppm(const Mentions& mentions) const;

    // cut_lists.cpp
    bool begins_a_number_of(CustomerId customer, std::string_view written);
    std::string cut_end(CustomerId customer);
    bool is_cut(std::string_view written);
    bool is_cut_list(CustomerId customer);
    bool ends_in_a_rest() const;
    bool is_one_to_come(const Token& token);
    void try_completion(const Mentions& mentions);
    bool several_make(const Mentions& mentions, const std::vector<CustomerId>& customers, std::int64_t rest);
    std::int64_t surplus_ppm(const Mentions& mentions);

    // advices.cpp
    std::optional<ItemView> advised_item(const AdviceLine& line) const;
    bool has_equals(const ItemView& item);
    void try_advices();

    // slips.cpp
    void try_slips();
    void try_orders(const Items& pool);
    bool names_no_order_of(const Items& pool, const Mentions& found) const;
    std::vector<Mention> slips_in(const Items& pool) const;
    const Mention* contested(const Mention& slip) const;
    void doubt_named(const Mention& named, const Mention& slip);
    Mentions the_one_combination(const Mentions& sure, const std::vector<Mentions>& choices) const;

    // strangers.cpp
    bool is_stranger_to(const Mentions& mentions) const;
    bool is_accidental(const Mention& mention) const;
    bool is_weak(const Mention& mention) const;
    bool is_said_a_document(const Mention& mention) const;
    bool is_a_list(const Mentions& mentions) const;
    std::int64_t strangers_ppm(const Mentions& mentions, FitKind kind);
    std::int64_t unconfirmed_ppm(const Mentions& mentions, FitKind kind);

    // unnamed.cpp
    void try_unnamed();
    void try_notice();
    void try_family(const std::vector<CustomerId>& family, Tie tie);
    void try_one_item(const Items& pool, const RuleList& rules, std::string_view stage);
    void try_together(Items items, std::string_view stage, std::string why, std::int64_t ppm, std::int64_t at_least_ppm = 0);
    void try_rule(Rule rule, const Items& pool, const RuleList& rules);
    void try_past_due_by_term(const Items& pool);
    bool rule_hit(std::size_t since) const;
    void try_runs(const Items& pool);
    std::vector<Items> sums_of(const Items& pool, bool net, bool credits) const;
    void try_subset(const Items& pool);
    std::int64_t net_due(const ItemView& item, int grace_days) const;
    std::string oldest_first_text(const Items& paid, const Fit& fit) const;
    void try_oldest_first(const Items& pool, const RuleList& rules);
    void keep_for_later(CustomerId customer);
    void try_same_amount();
    const RuleList& rules_for(CustomerId customer) const;

    // weighing (matcher.cpp)
    void consider(Hypothesis hypothesis, std::int64_t ppm);
    void weigh_unnamed(Hypothesis& hypothesis);
    bool has_nearly_equal(const Hypothesis& hypothesis);
    std::int64_t fit_ppm(const Fit& fit, std::size_t items) const;
    Tie tie_of(const Items& items, std::int64_t& ppm) const;
    std::string names_of(const Items& items) const;
    std::string of_customer(const ItemView& item) const;   ///< ", of customer 10004"
    Payment payment_for(const Items& items) const;
    bool good_enough() const;
    bool may_be_an_order(const Hypothesis& one) const;
    bool is_due(const ItemView& item) const;
    const Items& open_items_of(CustomerId customer);

    const ReceiptFacts& receipt_;
    const Lookup& lookup_;
    const Settings& settings_;
    Reading reading_;
    Payer payer_;
    Currency currency_;
    Mentions open_, settled_, foreign_;
    Mentions ordered_;                          // open items by a further number of theirs
    std::vector<Hypothesis> found_;
    std::vector<std::pair<CustomerId, Items>> open_items_;
    std::vector<bool> token_hit_, inside_;      // of each token: a document has it; it is part of one that has
    std::vector<std::uint32_t> found_in_full_;  // tokens that are a document's full number
    bool unknown_number_ = false;
    bool names_past_year_ = false;              // the unknown number has a year that is over: nothing to come
    bool number_to_come_ = false;               // the unknown number is as the payer's own documents have them
    std::string unsearched_;                    // sums that were not looked for, as a clause
    bool unknown_order_ = false;                // an order, delivery or contract that no open item has
};

std::vector<ItemView> items_of(const std::vector<Mention>& mentions);
How strongest(const std::vector<Mention>& mentions);
std::string_view stage_of(How how);
/// "the payment reference" or "the remittance text": what names an item.
std::string_view where_of(How how);

/// The amount is the item's in full, gross or less a discount that was on offer.
bool closes_by(const ItemView& item, std::int64_t units);

}  // namespace owed::cash::detail
