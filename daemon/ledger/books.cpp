#include "ledger/books.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

struct RoleRow {
    Role role;
    std::string_view name, code, title;   // code and title: the chart where configuration names none
};

constexpr std::array role_table{
    RoleRow{Role::receivable, "receivable", "1200", "Trade receivables"},
    RoleRow{Role::unapplied_cash, "unapplied_cash", "1210", "Customer credits (unapplied cash)"},
    RoleRow{Role::unidentified_receipts, "unidentified_receipts", "1220", "Unidentified receipts"},
    RoleRow{Role::revenue, "revenue", "4000", "Revenue"},
    RoleRow{Role::tax_payable, "tax_payable", "2200", "Tax payable"},
    RoleRow{Role::erp_clearing, "erp_clearing", "1290", "ERP clearing"},
    RoleRow{Role::opening_balance, "opening_balance", "3900", "Opening balances"},
    RoleRow{Role::sales_discount, "sales_discount", "4100", "Sales discounts"},
    RoleRow{Role::bank_charges, "bank_charges", "6800", "Bank charges"},
    RoleRow{Role::fee_income, "fee_income", "4200", "Fee income"},
    RoleRow{Role::interest_income, "interest_income", "4300", "Interest income"},
    RoleRow{Role::tolerance, "tolerance", "6810", "Payment tolerance"},
    RoleRow{Role::write_off, "write_off", "6900", "Receivables written off"},
    RoleRow{Role::agency_fees, "agency_fees", "6820", "Collection agency fees"},
    RoleRow{Role::agency_clearing, "agency_clearing", "1230", "Due from collection agencies"},
    RoleRow{Role::suspense, "suspense", "1900", "Suspense"},
    RoleRow{Role::fx_gain, "fx_gain", "4400", "Exchange gains"},
    RoleRow{Role::fx_loss, "fx_loss", "6830", "Exchange losses"},
    RoleRow{Role::deductions, "deductions", "1240", "Deductions under review"},
    RoleRow{Role::retainage_receivable, "retainage_receivable", "1250", "Retainage receivable"},
    RoleRow{Role::customer_deposits, "customer_deposits", "2300", "Customer deposits"},
    RoleRow{Role::contract_liability, "contract_liability", "2310", "Billed in advance (contract liability)"},
    RoleRow{Role::tolerance_gain, "tolerance_gain", "4110", "Payment tolerance gains"},
    RoleRow{Role::sales_allowance, "sales_allowance", "4120", "Sales allowances"},
    RoleRow{Role::withholding_tax, "withholding_tax", "1330", "Tax withheld by customers"},
    RoleRow{Role::allowance, "allowance", "1295", "Allowance for credit losses"},
    RoleRow{Role::credit_loss, "credit_loss", "6910", "Credit loss expense"},
    RoleRow{Role::recovery_income, "recovery_income", "4500", "Recoveries of receivables written off"},
    RoleRow{Role::fx_unrealised, "fx_unrealised", "4410", "Unrealised exchange differences"},
    RoleRow{Role::ar_revaluation, "ar_revaluation", "1298", "Revaluation of receivables"},
    RoleRow{Role::currency_exchange, "currency_exchange", "1990", "Currency exchange position"},
    RoleRow{Role::due_from_entities, "due_from_entities", "1600", "Due from group companies"},
    RoleRow{Role::due_to_entities, "due_to_entities", "2600", "Due to group companies"},
    RoleRow{Role::unclaimed_property, "unclaimed_property", "2700", "Unclaimed property payable"},
    RoleRow{Role::refunds_clearing, "refunds_clearing", "1910", "Refunds on their way"},
    RoleRow{Role::credit_reclass, "credit_reclass", "1219", "Customer credits shown as liability"},
    RoleRow{Role::credit_presentation, "credit_presentation", "2390", "Credit balances of customers"},
    RoleRow{Role::agency_payable, "agency_payable", "2400", "Payable to collection agencies"},
    RoleRow{Role::input_tax, "input_tax", "1340", "Input tax"},
    RoleRow{Role::freight_income, "freight_income", "4050", "Freight billed"},
};

constexpr std::array control_roles{Role::receivable,           Role::unapplied_cash,    Role::unidentified_receipts, Role::deductions,
                                   Role::retainage_receivable, Role::customer_deposits};

std::string without_blanks(std::string_view text) {
    std::string kept;
    for (const char c : text)
        if (c != ' ' && c != '\t') kept += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return kept;
}

/// "deductions, receivable": the control roles that have this code.
std::string controls_with(const Entity& entity, std::string_view code) {
    std::string names;
    for (const auto role : control_roles)
        if (entity.chart.at(role).code == code) names += (names.empty() ? "" : ", ") + std::string{name_of(role)};
    return names;
}

Status check_chart(const Entity& entity) {
    for (const auto& row : role_table) {
        const auto at = entity.chart.find(row.role);
        if (at == entity.chart.end() || at->second.code.empty())
            return fail(Errc::invalid_argument,
                        "entity \"" + entity.id + "\" has no account for " + std::string{row.name},
                        "entity " + entity.id, "give chart." + std::string{row.name} + " an account code");
    }
    // Customers' credits may well share the receivables account; but what is not an open item on a control account would
    // make the subledger and the GL differ for good.
    for (const auto& [role, account] : entity.chart)
        if (!is_control(role) && detail::is_control_account(entity, account.code))
            return fail(Errc::invalid_argument,
                        "entity \"" + entity.id + "\": " + std::string{name_of(role)} + " has account " + account.code +
                            ", which is a control account for open items (" + controls_with(entity, account.code) + ")",
                        "entity " + entity.id,
                        "give it an account of its own; a role that the chart does not name keeps its default code");
    return {};
}

}  // namespace

bool detail::is_control_account(const Entity& entity, std::string_view code) {
    return std::any_of(control_roles.begin(), control_roles.end(), [&](Role role) { return code_of(entity, role) == code; });
}

bool is_control(Role role) noexcept {
    return std::find(control_roles.begin(), control_roles.end(), role) != control_roles.end();
}

std::string_view name_of(Role role) noexcept {
    for (const auto& row : role_table)
        if (row.role == role) return row.name;
    return "unknown";
}

std::optional<Role> role_named(std::string_view name) noexcept {
    for (const auto& row : role_table)
        if (row.name == name) return row.role;
    return std::nullopt;
}

std::vector<Role> all_roles() {
    std::vector<Role> roles;
    for (const auto& row : role_table) roles.push_back(row.role);
    return roles;
}

std::map<Role, Account> Books::default_chart() {
    std::map<Role, Account> chart;
    for (const auto& row : role_table) chart[row.role] = {std::string{row.code}, std::string{row.title}};
    return chart;
}

Result<Books> Books::make(std::vector<Entity> entities, std::vector<BankAccount> accounts) {
    Books books;
    std::set<std::string_view> ids;
    for (const auto& entity : entities) {
        if (entity.id.empty()) return fail(Errc::invalid_argument, "an entity has no id");
        if (!ids.insert(entity.id).second)
            return fail(Errc::invalid_argument, "entity \"" + entity.id + "\" is there twice", "entity " + entity.id);
        if (!find_currency(entity.currency.text()))
            return fail(Errc::invalid_argument, "entity \"" + entity.id + "\" has no currency", "entity " + entity.id);
        OWED_TRY_VOID(check_chart(entity));
    }
    books.entities_ = std::move(entities);
    std::set<std::string> numbers;
    for (const auto& account : accounts) {
        const auto where = "bank account " + account.id();
        const auto* owner = books.find(account.entity);
        if (account.id().empty()) return fail(Errc::invalid_argument, "a bank account has neither IBAN nor number");
        if (owner == nullptr)
            return fail(Errc::invalid_argument, where + " belongs to unknown entity \"" + account.entity + "\"", where);
        if (!numbers.insert(without_blanks(account.id())).second)
            return fail(Errc::invalid_argument, where + " is there twice", where);
        if (account.gl.empty()) return fail(Errc::invalid_argument, where + " has no GL account", where);
        if (detail::is_control_account(*owner, account.gl))
            return fail(Errc::invalid_argument, where + " has GL account " + account.gl +
                        ", which is a control account for open items (" + controls_with(*owner, account.gl) + ")",
                        where, "give it an account of its own; a role that the chart does not name keeps its default code");
    }
    books.accounts_ = std::move(accounts);
    return books;
}

const Entity* Books::find(std::string_view entity) const {
    const auto at = std::find_if(entities_.begin(), entities_.end(), [&](const Entity& e) { return e.id == entity; });
    return at == entities_.end() ? nullptr : &*at;
}

Result<const Entity*> Books::entity(std::string_view id) const {
    if (const auto* found = find(id)) return found;
    std::string known;
    for (const auto& entity : entities_) known += (known.empty() ? "" : ", ") + entity.id;
    return fail(Errc::not_found, "there is no entity \"" + std::string{id} + "\"", {}, "known entities: " + known);
}

const BankAccount* Books::bank_account(std::string_view id) const {
    const auto wanted = without_blanks(id);
    if (wanted.empty()) return nullptr;
    for (const auto& account : accounts_)
        if (without_blanks(account.iban) == wanted || without_blanks(account.number) == wanted) return &account;
    return nullptr;
}

std::string Books::account_name(std::string_view entity, std::string_view code) const {
    if (const auto* owner = find(entity))
        for (const auto& [role, account] : owner->chart)
            if (account.code == code) return account.name.empty() ? std::string{name_of(role)} : account.name;
    for (const auto& account : accounts_)
        if (account.entity == entity && account.gl == code)
            return account.bank_name.empty() ? account.id() : account.bank_name + " " + account.id();
    return {};
}

bool Books::has_account(std::string_view entity, std::string_view code) const {
    const auto* owner = find(entity);
    if (owner == nullptr) return false;
    const auto same = [&](const auto& row) { return row.second.code == code; };
    if (std::any_of(owner->chart.begin(), owner->chart.end(), same)) return true;
    return std::any_of(accounts_.begin(), accounts_.end(),
                       [&](const BankAccount& account) { return account.entity == entity && account.gl == code; });
}

}  // namespace owed::ledger
