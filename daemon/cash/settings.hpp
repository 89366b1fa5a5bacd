// How a company wants its receipts applied: the `cash:` part of the configuration. Values are dated policy, never law.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cash/decider_run.hpp"
#include "owed/decimal.hpp"
#include "owed/decision.hpp"
#include "owed/result.hpp"
#include "store/beside.hpp"

namespace owed::cash {

/// Money that is no receivable, recognised before any customer is looked for. Every given part must match. A rule of words alone
/// yields to what speaks for a customer: his account or name, an open document that is named.
struct NotReceivableRule {
    std::string name;            ///< why, for people: "interest credited by the bank"
    std::string code;            ///< bank transaction code, exact or with a trailing '*'
    std::string payer_account;
    std::string text;            ///< whole words that all occur in the remittance text or payer's name: detail/words.hpp
    std::string payer = {};      ///< the same, in the payer's name
};

/// An agency's own transfers to us: settle agency_clearing (DOMAIN section 12).
struct AgencyPayer {
    std::string agency, account, name;
};

/// The AutoCash rules of DOMAIN section 7. They decide where the payer is known but says nothing about what he pays.
enum class Rule { match_invoice, clear_account, clear_past_due, clear_past_due_by_term, combo, oldest_first };
std::string_view name_of(Rule rule) noexcept;
std::optional<Rule> rule_named(std::string_view name) noexcept;

/// An ordered list of rules and whom it is for; empty parts fit everyone. The narrowest list wins: customer, then segment,
/// then entity, then the one for all; of two equally narrow ones the first.
struct RuleList {
    std::string customer = {}, segment = {}, entity = {};
    std::vector<Rule> rules = {};
    /// The list is the company's word: match_invoice takes the earliest due of several equal items, oldest_first applies.
    /// Without it equal items are a question.
    bool equal_items_by_due_date = false;
    bool oldest_first_partial = true;     ///< oldest_first may leave the last item partly paid
    std::string place = {};               ///< where it stands in the configuration: "owed.yaml:169:7"; for messages
};

/// One limit per currency; a currency that is not there has none (0).
using Limits = std::map<std::string, std::int64_t, std::less<>>;   ///< minor units by ISO code
/// A fee that customers have agreed to pay for a returned payment, and for whom; empty parts fit everyone. The narrowest wins:
/// customer, then segment, then entity, then the one for all.
struct ReturnFee {
    std::string customer = {}, segment = {}, entity = {};
    Limits amount = {};                          ///< gross, by the currency of the payment; none in others
    std::vector<std::string> reasons = {};       ///< the bank's codes it is for, as "AM04"; empty: whatever the reason
    std::string place = {};                      ///< where it stands in the configuration; for messages
};
/// Who tells an ERP what is applied here.
struct ErpTakers {
    /// The connector that does so for the entity: its name; empty: nobody. Not set: nobody for any.
    std::function<std::string(const std::string& entity)> one = {};
    /// Whether this connector does, or may, as one whose plugin is down and cannot say. Not set: `one` alone does.
    std::function<bool(const std::string& entity, const std::string& connector)> may_take = {};
};

struct Settings {
    /// Money out that is a charge of the bank though no code of its own says so, as in a CSV: recognised as not_receivable is.
    std::vector<NotReceivableRule> bank_charges = {};
    /// Billed when the bank returns a payment, under authority hub; empty: never.
    std::vector<ReturnFee> return_fees = {};
    /// By bank account (BankAccount::id): whether what leaves it is posted. Not there: where its entity's authority is hub.
    std::map<std::string, bool, std::less<>> posts_outgoing = {};
    store::StartBeside beside = {};       ///< where long runs decide while they post; empty: on one thread, with the same outcome
    std::vector<NotReceivableRule> not_receivable = {};
    std::vector<AgencyPayer> agencies = {};
    int proposals_max = 3;

    std::vector<RuleList> rules = {};     ///< none: match_invoice, clear_account, combo
    Decimal tolerance_percent = {};       ///< of each invoice, 1 is 1 %; the smaller of it and tolerance_max wins; 0: tolerance_max alone
    Limits tolerance_max = {};            ///< of each invoice; empty: tolerance_percent alone, in every currency
    int discount_grace_days = 0;          ///< discounts taken so many days late are still granted (DOMAIN section 7)
    bool accept_late_discount = true;     ///< within the grace
    bool discount_on_part = true;         ///< a part paid in time takes its share of the discount (DOMAIN section 5)
    std::vector<std::string> bank_fee_countries = {};   ///< customers there pay through banks that keep a fee; empty: all
    Limits bank_fee_max = {};             ///< shortfalls up to it are taken for a bank's charge; 0: never
    std::map<std::string, Decimal, std::less<>> withholding_percent = {};   ///< by the customer's country (ISO 3166)
    Limits refund_min = {}, refund_review = {};   ///< overpayments below are kept, above are proposed as a refund

    /// Applied without a person when at most so many of a million such decisions would be wrong (the table is in detail/doubt.hpp).
    std::int64_t doubt_max_ppm = 1000;
    /// A rival reading that is not at least so many times more doubtful makes it a question.
    std::int64_t rival_factor_min = 20;
    int subset_items_max = 20;            ///< combo: more open items than this are not searched (DOMAIN section 7)
    int learn_account_after = 1;          ///< answers of people until the payer's account is known as the customer's
    int learn_name_after = 2;             ///< the same for the payer's name
    int learn_not_receivable_after = 3;   ///< answers that a payer's money is no receivable until it is a rule; 0: never
    int account_alone_after = 3;          ///< answers until such an account proves its customer without a name that is his alone
    std::size_t snapshot_from = 1'000;     ///< waiting receipts from which the books are read into memory once

    int erp_alarm_hours = 72;              ///< authority erp: what has waited so long for the ERP, or for its confirmation, is an alarm; 0: never

    ErpTakers erp_takers = {};             ///< authority erp

    /// A decider plugin's word, asked where the stages end in a question; its proposals pass the same gates. May be empty.
    std::function<DeciderWord(const MatchQuestion&)> decider = {};
    std::function<bool()> has_decider = {};   ///< whether one is there to be asked now; empty: as `decider` is set. Without one long runs decide on memory alone
    std::function<void(const DeciderRuns&)> decider_ran = {};   ///< told once, at the end of a run that asked; also of one that failed. May be empty
};

}  // namespace owed::cash
