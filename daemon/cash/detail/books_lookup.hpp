// The books as deciding asks them, answered by the store: for a few receipts. And the same, read once into a snapshot.
#pragma once

#include <deque>

#include "cash/decision.hpp"
#include "cash/term.hpp"
#include "cash/snapshot.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"

namespace owed::cash::detail {

/// Items settled longer ago than this (by document date) are not looked for: nobody pays them twice now.
inline constexpr std::int32_t settled_days_max = 550;

class BooksLookup final : public Lookup {
  public:
    BooksLookup(store::Db& db, const ledger::Books& books, Date today) : db_{db}, books_{books}, today_{today} {}
    /// Texts of the views given out so far may go.
    void forget();

    void by_document(std::string_view entity, std::string_view key, Items& found) const override;
    void by_counter(std::string_view entity, std::string_view digits, Items& found) const override;
    void by_reference(std::string_view entity, std::string_view normalised, Items& found) const override;
    void by_order(std::string_view entity, std::string_view number, std::size_t limit_max, Items& found) const override;
    void by_amount(std::string_view entity, Money residual, std::size_t limit_max, Items& found) const override;
    void open_of(CustomerId customer, Items& found) const override;
    void settled_of(CustomerId customer, std::size_t limit_max, Items& found) const override;
    std::vector<CustomerId> by_account(std::string_view entity, std::string_view account) const override;
    int answers_for_account(std::string_view entity, std::string_view account, CustomerId customer) const override;
    std::vector<NamedCustomer> by_name(std::string_view entity, std::string_view payer_name) const override;
    std::optional<CustomerId> by_number(std::string_view entity, std::string_view number) const override;
    std::optional<CustomerView> customer(CustomerId customer) const override;
    std::vector<CustomerId> pays_for(CustomerId payer, Date day) const override;
    std::vector<CustomerId> pays_for(std::string_view entity, std::string_view account, std::string_view name, Date day) const override;
    std::vector<Advice> advices(std::string_view entity, const std::vector<std::string>& payment_numbers, Money amount, Date day,
                                int days_max) const override;
    std::string learned_not_receivable(std::string_view entity, std::string_view account, std::string_view name) const override;
    bool is_own_account(std::string_view account) const override;
    Settlement settlement(OpenItemId item) const override;

  private:
    std::string_view keep(std::string text) const;
    void take(store::Query& rows, Items& found) const;
    store::Db& db_;
    const ledger::Books& books_;
    Date today_;
    mutable std::deque<std::string> texts_;
    mutable std::deque<std::vector<DiscountOffer>> offers_;
    mutable TermNumbers terms_;
};

/// Everything that deciding may ask, in memory.
Snapshot read_snapshot(store::Db& db, const ledger::Books& books, Date today);

/// Learns the series of document numbers (detail/series.hpp) that came since it was last called; in the caller's transaction.
void learn_series(store::Tx& tx);

}  // namespace owed::cash::detail
