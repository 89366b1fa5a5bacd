// Authority erp: what the ERP says is open of a document, held against what is open here (DESIGN section 5).
#pragma once

#include <functional>

#include "ledger/ledger.hpp"

namespace owed::ledger {

/// What an application closes of its debit: its amount and every part (discount, charges, ...). A tolerance gain closes nothing.
Money closed_of_debit(const Application& application);

struct ErpOpen {
    std::string entity;
    ItemKind kind = ItemKind::invoice;   ///< invoice, debit_memo, credit_memo
    std::string document;                ///< its number as it was posted here
    Money open;                          ///< of the whole document, with what is retained of it; zero or positive
    Date date;                           ///< asked posting date of an adjustment
    Cause cause;
    /// Whether the ERP cannot know an application from us, since it waits to be written. Empty: it may know each.
    std::function<bool(ApplicationId)> never_told = {};
};
struct ErpAgreement {
    enum class State {
        agrees,                          ///< the ERP knows everything that happened here
        waits,                           ///< it will, once it has the applications in flight
        adjusted,                        ///< an adjustment stands for what neither side's documents explain
    } state = State::agrees;
    Money here, in_flight;               ///< open here without adjustments, and what applications in flight closed of it; positive
    Money adjustment;                    ///< that stands now, signed as it changes what the ERP has open
    std::vector<ApplicationId> confirmed = {};   ///< in flight before, and known there
    bool changed = false;                ///< something was confirmed, posted or taken back
};

/// Makes what is open here what the ERP, whose books are the books of record, has open: applications in flight that it
/// knows by now are confirmed; a difference that they do not explain becomes one erp_adjustment item of the document's number
/// (receivable / erp_clearing), applied to the document at once where it is less. As soon as documents, receipts or the
/// ERP's later figure explain the difference the adjustment is taken back. The same figure again changes nothing.
/// Which of several waiting applications the ERP knows: all, none, else the only choice that adds up; when none does, the only one
/// that leaves the smallest difference, among what the ERP can know: a figure that does not fit is no word on what it was never
/// told, while one that fits says that a clerk there was faster. Two equal choices: none is confirmed, and the difference is the adjustment. Write-offs,
/// settlements, waivers, deductions, recoveries and releases of a retained share here wait likewise, until the ERP's figure shows them.
/// Errors: not_found (no such document here), invalid_argument (authority hub; negative), currency_mismatch, then as
/// post_document, apply and reverse.
Result<ErpAgreement> agree_with_erp(store::Tx& tx, const Context& context, const ErpOpen& said);

/// After an application of `item` was undone: what a standing adjustment of its document had no room for until then lowers the
/// document at once, as the next figure of the ERP would do. Nothing where the item is none of such a document. Who undoes for
/// another application that is to take the room does not call it, nor does a reversed receipt, whose return the ERP will tell.
/// `by` is who undid it. Errors: not_found, then as apply.
Status reapply_adjustments(store::Tx& tx, const Context& context, OpenItemId item, Date date, const Cause& cause, const std::string& reason,
                           const std::string& by);

}  // namespace owed::ledger
