// What the ledger needs to know of a company: entities, charts of accounts, bank accounts. Built from configuration.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::ledger {

/// hub: this is the AR subledger. erp: the ERP's subledger is the book of record (DESIGN section 5).
enum class Authority { hub, erp };

/// What an account is for. The codes are the company's own and stand in configuration.
enum class Role {
    receivable,            ///< AR trade (control account)
    unapplied_cash,        ///< customer credits: unapplied and on account (control account)
    unidentified_receipts, ///< receipts without customer (control account)
    revenue,
    tax_payable,
    erp_clearing,          ///< counterpart of ERP documents under authority erp
    opening_balance,       ///< counterpart of items taken over at cut-over
    sales_discount,
    bank_charges,
    fee_income,
    interest_income,
    tolerance,
    write_off,
    agency_fees,
    agency_clearing,       ///< money an agency has collected and still owes us
    suspense,              ///< money that is not a receivable, until the GL takes it over
    fx_gain,               ///< realised
    fx_loss,               ///< realised
    deductions,            ///< what customers have deducted, until it is resolved (control account)
    retainage_receivable,  ///< withheld by contract, not due before its release (control account)
    customer_deposits,     ///< advances that customers have paid (control account)
    contract_liability,    ///< billed in advance: counterpart of deposit invoices
    tolerance_gain,        ///< paid a little too much; `tolerance` is the loss
    sales_allowance,       ///< deductions that were accepted
    withholding_tax,       ///< withheld by customers and paid to their state for us: a tax receivable
    allowance,             ///< allowance for expected credit losses (contra asset); `write_off` is bad debt expense
    credit_loss,           ///< expense of the allowance's movements
    recovery_income,       ///< money for what was written off against expense
    fx_unrealised,         ///< gain (credit) and loss (debit) of revaluations
    ar_revaluation,        ///< revaluation of receivables at closing rates, beside their control account
    currency_exchange,     ///< position between two currencies when money of one pays debts of the other
    due_from_entities,     ///< intercompany
    due_to_entities,
    unclaimed_property,    ///< old credits that belong to a state (escheat)
    refunds_clearing,      ///< refunds ordered that the bank has not booked yet
    credit_reclass,        ///< customers' credit balances shown elsewhere at period end: contra to customer credits
    credit_presentation,   ///< where they are shown: a liability
    agency_payable,        ///< fees that agencies bill
    input_tax,             ///< in agencies' and banks' fees
    freight_income,        ///< freight billed with an invoice
};
std::string_view name_of(Role role) noexcept;                       ///< "receivable", as in configuration
std::optional<Role> role_named(std::string_view name) noexcept;
std::vector<Role> all_roles();
/// A control account: each of its lines names an open item, and open items add up to its balance (DOMAIN section 13).
bool is_control(Role role) noexcept;

struct Account {
    std::string code, name;
};

struct BankAccount {
    std::string iban;            ///< without blanks; empty when `number` is used
    std::string number, bank;    ///< local account number and routing number or BIC
    std::string bank_name, holder;
    std::string entity, gl;      ///< GL account code
    Currency currency;
    bool pay_to = false;         ///< may be printed on notices
    const std::string& id() const { return iban.empty() ? number : iban; }
};

struct Entity {
    std::string id, name;
    Currency currency;
    Zone zone = Zone::utc();
    std::string calendar;
    Authority authority = Authority::hub;
    std::map<Role, Account> chart;   ///< every Role has one
    std::vector<std::string> soft_close_roles = {"approver"};   ///< may post into soft-closed periods (DOMAIN section 13)
    Date today(Instant now) const { return zone.date_at(now); }
};

class Books {
  public:
    /// Errors: invalid_argument (duplicate entity, missing role, bank account of an unknown entity or there twice; a control
    /// account that also serves another purpose: control roles may share a code among themselves only).
    static Result<Books> make(std::vector<Entity> entities, std::vector<BankAccount> accounts);
    const Entity* find(std::string_view entity) const;              ///< nullptr: none
    Result<const Entity*> entity(std::string_view id) const;        ///< not_found
    const std::vector<Entity>& entities() const { return entities_; }
    const std::vector<BankAccount>& bank_accounts() const { return accounts_; }
    /// By IBAN or number as files write it (blanks ignored). nullptr: not ours.
    const BankAccount* bank_account(std::string_view id) const;
    /// The account code's name for lists: chart or bank account.
    std::string account_name(std::string_view entity, std::string_view code) const;
    /// True when entries of the entity may use the code: it stands in its chart or is a bank account's GL account.
    bool has_account(std::string_view entity, std::string_view code) const;
    /// Chart used where configuration names no codes: a small usual one (1200 receivables, ...). A configured chart starts from
    /// it, so that roles which a company does not name keep a code of their own.
    static std::map<Role, Account> default_chart();

  private:
    std::vector<Entity> entities_;
    std::vector<BankAccount> accounts_;
};

}  // namespace owed::ledger
