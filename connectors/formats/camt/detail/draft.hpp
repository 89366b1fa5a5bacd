// What a statement, an entry and a transaction hold while their elements arrive, before they become records.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/written_amount.hpp"
#include "owed/date.hpp"

namespace owed::formats::camt {

struct DraftParty {
    std::string name, agent_party_name, ultimate_name;  ///< Dbtr/Nm, Dbtr/Agt/FinInstnId/Nm, UltmtDbtr/Nm
    std::string iban, other_account;
    std::string bic, member_id, bank_name;
    bool empty() const { return name.empty() && agent_party_name.empty() && ultimate_name.empty() && iban.empty() && other_account.empty(); }
};

struct DraftCharge {
    WrittenAmount amount;
    std::string indicator;
};

/// RfrdDocInf.
struct DraftDocument {
    std::string number, kind;
};

/// RmtInf/Strd: one structured remittance, with the amounts that hold for it.
struct DraftStructured {
    std::string reference, reference_code, reference_name;  ///< CdtrRefInf: Ref, Tp/Cd, Tp/Prtry
    std::vector<DraftDocument> documents;
    std::optional<WrittenAmount> remitted, due, discount, credit_note, adjustment;
    std::string adjustment_indicator, reason;
    std::vector<std::string> additional;
};

/// Ntry or TxDtls: the same elements under the same names, so one draft serves both.
struct Draft {
    std::uint64_t line = 0;
    std::optional<WrittenAmount> amount, transaction_amount, instructed_amount;
    std::string indicator, status, reversal;
    std::optional<Date> booking_date, value_date;
    std::string entry_ref, bank_ref, refs_bank_ref, instruction_id, end_to_end_id, mandate_id;
    std::string domain, family, sub_family, proprietary_code;
    std::string exchange_rate;
    std::string return_code, return_name;
    std::optional<WrittenAmount> charges_total;
    std::vector<DraftCharge> charges;
    std::vector<std::string> unstructured, additional;
    std::vector<DraftStructured> structured;
    DraftParty debtor, creditor;
    bool returned() const { return !return_code.empty() || !return_name.empty(); }
};

struct DraftBalance {
    std::string type, sub_type, indicator;
    std::optional<WrittenAmount> amount;
    std::optional<Date> date;
};

/// TxsSummry. Empty texts: not given.
struct DraftTotals {
    std::string count, credit_count, debit_count;
    std::optional<WrittenAmount> sum, net, credit_sum, debit_sum;
    std::string net_indicator;
};

/// Stmt, Rpt or Ntfctn without its entries.
struct DraftStatement {
    std::uint64_t line = 0;
    std::string where;
    std::string id, sequence, legal_sequence, copy_or_duplicate, page, last_page;
    std::optional<Date> from, to;
    std::string iban, other_account, currency, name, owner_name, bic, member_id, bank_name;
    std::vector<DraftBalance> balances;
    DraftTotals totals;
};

}  // namespace owed::formats::camt
