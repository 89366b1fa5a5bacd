// Money that left one of our accounts and is neither a return nor a refund: what the bank charges, and what nobody ordered here
// (DOMAIN section 12; O2C-05: every bank line posted once).
#pragma once

#include "cash/cash.hpp"

namespace owed::cash {

/// Whether the bank's own code says that a line is its charge, fee, commission or interest on a debit balance, as records carry codes:
/// ISO 20022 ("PMNT/MDOP/CHRG"), SWIFT ("NCHG", also in front of a bank's own: "NCHG+808"), BAI2 ("698"), OFX ("SRVCHG"). Nothing is
/// concluded from words. Pure.
bool is_charge_code(std::string_view code);

struct Outgoing {
    std::int64_t id = 0;
    std::string entity, account, payee_name, payee_account, reference, text, code;
    Money amount;                        ///< positive
    Date value_date, posting_date;
    EntryId entry;                       ///< suspense / bank
};

/// A line that left `out.account` and is no return: the remittance that a person has posted before the bank's line; else a charge of
/// the bank, by its code or a rule (`bank_charges`): bank_charges / bank; else what nobody ordered here: suspense / bank, listed until
/// a person has explained it; a transfer to another account of the entity explains itself. Answers the entry; nullopt: what leaves
/// this account is not posted (`posts_outgoing`). The same event again: the same answer. Errors: as ledger::post_bank_charge.
Result<std::optional<EntryId>> outgoing_booked(store::Tx& tx, const ledger::Context& context, const Settings& settings, const NewReturn& out);

/// A person has posted a payment from this account (unclaimed property handed over): the bank's line for it, within 30 days, posts
/// nothing more.
void outgoing_expected(store::Tx& tx, const std::string& entity, const std::string& bank_gl, Money amount, Date date, EntryId entry);

/// The posted line that money which comes in takes back: the bank says that it reverses something, or that it is a charge, and a line of
/// this amount left the account within a year: of its reference, or a charge, or the only payment to whom it comes from. nullopt:
/// none, it is a receipt as any other.
std::optional<std::int64_t> preview_taken_back(store::Db& db, const NewReturn& in);
/// Takes that line back, and what a person made of it. Errors: as ledger::reverse.
Status take_back_outgoing(store::Tx& tx, const ledger::Context& context, std::int64_t id, const NewReturn& in);

/// Posted, not taken back, and nobody has said what they were; oldest first.
std::vector<Outgoing> outgoing_in_question(store::Db& db);
/// One of these. Errors: not_found.
Result<Outgoing> outgoing_in_question(store::Db& db, std::int64_t id);
/// A person says what it was: a charge of the bank (bank_charges / suspense), or something that the general ledger takes over from
/// suspense, and nothing is posted. It leaves the list with `how.reason`. The caller audits, and asks the second person for a charge.
/// Errors: not_found, as ledger::charge_outgoing.
Result<std::optional<ledger::Posted>> explain_outgoing(store::Tx& tx, const ledger::Context& context, std::int64_t id, bool is_charge,
                                                       const ledger::Instruction& how);

}  // namespace owed::cash
