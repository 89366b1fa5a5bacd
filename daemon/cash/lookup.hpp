// What deciding asks of the books: one seam, answered from the store for a few receipts (cash.hpp: books_lookup) and from a
// snapshot in memory for large runs (snapshot.hpp). Both answer alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/id.hpp"
#include "owed/money.hpp"
#include "parties/names.hpp"

namespace owed::cash {

/// A discount on offer: taken when the money counts on `until` or before.
struct DiscountOffer {
    Date until;
    std::int64_t units = 0;              ///< of the whole document, minor units
};

/// An item as deciding sees it. Text and offers belong to the lookup and live until it is next asked to forget or change.
struct ItemView {
    OpenItemId item{};
    CustomerId customer{};
    std::string_view document, payment_reference;
    std::string_view order;                    ///< order, purchase order, delivery, contract: further numbers, each on a line
    Date document_date, due_date;
    std::int64_t original = 0, residual = 0;   ///< minor units; credit memos negative; residual 0: settled
    std::int64_t tax = 0;                      ///< share of |original|
    Currency currency{};
    std::span<const DiscountOffer> discounts = {};
    std::int32_t term = 0;                     ///< of its payment term: the same for items of the same term, and without further meaning
    bool disputed = false;
    std::int32_t instalment = 0;               ///< 1, 2, ...: parts of one document are items of one number
    bool written_off = false;                  ///< settled by giving it up: the claim stays, and money for it is recovered first
};
/// As sentences name it: "INV-7", an instalment "INV-7/2".
std::string name_of(const ItemView& item);

struct CustomerView {
    CustomerId customer{};
    std::string_view number, name, country, segment, entity;
};

using parties::NamedCustomer;
using parties::NameFit;

/// A line of a remittance advice, as the payer wrote it; minor units.
struct AdviceLine {
    std::string document;
    std::int64_t gross = 0, discount = 0, deduction = 0, net = 0;
    std::string reason;                        ///< of the deduction
    bool operator==(const AdviceLine&) const = default;
};
/// What a customer says he pays, sent apart from the money: e-mail, lockbox stub, EDI 820.
struct Advice {
    std::int64_t id = 0;
    std::string entity;
    std::string payment_number;                ///< check, wire or trace number that the receipt carries too; may be empty
    std::string payer_name, customer_number;   ///< either may be empty
    Date date;                                 ///< of the payment, as announced
    Money amount;
    std::vector<AdviceLine> lines;
};

class Lookup {
  public:
    virtual ~Lookup() = default;
    using Items = std::vector<ItemView>;

    /// Documents whose ledger::document_key is `key`, settled ones too, debits and credit memos. Appends.
    virtual void by_document(std::string_view entity, std::string_view key, Items& found) const = 0;
    /// Documents one of whose counters_of() is these digits: the number without its letters, year or separators. Appends.
    virtual void by_counter(std::string_view entity, std::string_view digits, Items& found) const = 0;
    /// Documents that carry this structured reference (normalised), settled ones too. Appends.
    virtual void by_reference(std::string_view entity, std::string_view normalised, Items& found) const = 0;
    /// Open documents with this order, purchase order, delivery or contract number, as it is written but for capitals; by id. None when
    /// there are more than `limit_max`: such a number says nothing. Appends.
    virtual void by_order(std::string_view entity, std::string_view number, std::size_t limit_max, Items& found) const = 0;
    /// Open documents of exactly this residual, oldest due first. None when there are more than `limit_max`: an amount that
    /// common says nothing. Appends.
    virtual void by_amount(std::string_view entity, Money residual, std::size_t limit_max, Items& found) const = 0;
    /// Open documents of a customer by due date, then id: debits and credit memos, no receipts. Appends.
    virtual void open_of(CustomerId customer, Items& found) const = 0;
    /// Settled debit documents of a customer, the latest `limit_max` by document date. Appends.
    virtual void settled_of(CustomerId customer, std::size_t limit_max, Items& found) const = 0;

    /// Customers who own the account, by account or learned alias. In order of id.
    virtual std::vector<CustomerId> by_account(std::string_view entity, std::string_view account) const = 0;
    /// By how many answers of people the account is known as the customer's, where nothing else says so; 0: it is on file.
    virtual int answers_for_account(std::string_view entity, std::string_view account, CustomerId customer) const = 0;
    /// Customers of that name, the strongest fit only, in order of id.
    virtual std::vector<NamedCustomer> by_name(std::string_view entity, std::string_view payer_name) const = 0;
    virtual std::optional<CustomerId> by_number(std::string_view entity, std::string_view number) const = 0;
    virtual std::optional<CustomerView> customer(CustomerId customer) const = 0;
    /// Customers that `payer` pays for on `day`: children in the master data and relations in force. In order of id.
    virtual std::vector<CustomerId> pays_for(CustomerId payer, Date day) const = 0;
    /// The same for a payer who is no customer: a factor's or agent's account or name.
    virtual std::vector<CustomerId> pays_for(std::string_view entity, std::string_view account, std::string_view name, Date day) const = 0;

    /// Advices not yet joined to a receipt: by payment number, or of this amount with a date within `days_max`. By id.
    virtual std::vector<Advice> advices(std::string_view entity, const std::vector<std::string>& payment_numbers, Money amount,
                                        Date day, int days_max) const = 0;
    /// Why money of this payer is no receivable, by a rule that people's answers have made and that is in force; empty: there is none.
    virtual std::string learned_not_receivable(std::string_view, std::string_view, std::string_view) const { return {}; }
    /// One of our own bank accounts: money from there is a transfer between our own pockets.
    virtual bool is_own_account(std::string_view account) const = 0;
    /// What settled an item: "receipt R-17 of 2026-03-31", and whether an automatic application may still be moved.
    struct Settlement {
        std::string by;
        std::string stage;                     ///< of the last application; empty when a person or the ERP decided
        int confidence = 0;
        std::optional<Date> decided = {};      ///< the day of that application
    };
    virtual Settlement settlement(OpenItemId item) const = 0;
};

/// Digits by which people quote a document besides its full number: the counter alone ("4711" of "INV-2026-004711"), all
/// digits ("2026004711"), all digits without leading zeros of each run ("20264711"). Each once, without leading zeros; none
/// shorter than 2 digits unless the whole number is.
std::vector<std::string> counters_of(std::string_view document);

}  // namespace owed::cash
