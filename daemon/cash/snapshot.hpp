// The books in memory, as deciding needs them: for runs over many receipts, and for questions asked from outside
// (`owectl calc match`). 1,000,000 items and 100,000 customers take under 300 MiB. One thread at a time.
#pragma once

#include <memory>

#include "cash/lookup.hpp"

namespace owed::cash {

class Snapshot final : public Lookup {
  public:
    Snapshot();
    ~Snapshot() override;
    Snapshot(Snapshot&&) noexcept;
    Snapshot& operator=(Snapshot&&) noexcept;

    /// Text is copied. Customers come before their items, items in order of id; an item of an unknown customer is left out.
    void add_customer(const CustomerView& customer, std::string_view parent_number);
    void add_account(std::string_view entity, std::string_view account, CustomerId customer);
    void add_name(CustomerId customer, std::string_view base, std::string_view form);
    /// All spellings of a name.
    void add_name(CustomerId customer, std::string_view name);
    /// `answers`: of people, that made it; 0: not counted.
    void add_alias(std::string_view entity, std::string_view kind, std::string_view key, CustomerId customer, int answers = 0);
    /// Money of this payer is no receivable: kind and key as of an alias.
    void add_rule(std::string_view entity, std::string_view kind, std::string_view key, std::string_view why);
    struct Payer {
        std::string entity;
        std::optional<CustomerId> payer;
        std::string account_key, name_key;
        CustomerId pays_for;
        std::optional<Date> from, until;
    };
    void add_relation(Payer relation);
    void add_own_account(std::string_view account);
    void add_advice(Advice advice);
    void add_item(std::string_view entity, const ItemView& item);
    void reserve(std::size_t items, std::size_t customers);

    /// What a run does: an item is partly paid, settled, or open again; what settled it; an advice that found its receipt.
    void set_residual(OpenItemId item, std::int64_t residual);
    std::optional<ItemView> find(OpenItemId item) const;
    void set_settlement(OpenItemId item, Settlement settlement);
    void join_advice(std::int64_t id);

    std::size_t items() const;
    std::size_t bytes() const;

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
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace owed::cash
