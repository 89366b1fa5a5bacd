#include "formats/camt/detail/fields.hpp"

#include <algorithm>
#include <type_traits>
#include <unordered_map>
#include <variant>

namespace owed::formats::camt {
namespace {

// No real transaction has more of anything; beyond it is an attack on the memory.
constexpr std::size_t repeats_max = 10'000;

/// The calendar day of an ISO 8601 date or date-time, as written: the zone moves no booking to another day. Fractions of
/// any length, Z and offsets occur in both.
Result<Date> read_day(std::string_view text) {
    OWED_TRY(const Date day, parse_date(text.substr(0, 10)));
    const std::string_view rest = text.size() > 10 ? text.substr(10) : std::string_view{};
    const bool known = rest.empty() || std::string_view{"TZ+-"}.find(rest.front()) != std::string_view::npos;
    if (!known || rest.find_first_not_of("T0123456789:.Z+-") != std::string_view::npos || rest.size() > 32)
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 60)} + "\" is not a date (YYYY-MM-DD) or date and time");
    return day;
}

/// An amount without its own sign: the indicator beside it has that.
Result<WrittenAmount> read_unsigned(const Leaf& leaf) {
    OWED_TRY(WrittenAmount amount, read_amount(leaf.text, leaf.currency));
    if (amount.exact < 0)
        return fail(Errc::malformed_input, "the amount \"" + std::string{leaf.text.substr(0, 40)} +
                                               "\" has a sign; in camt the sign stands in CdtDbtInd alone");
    return amount;
}

/// An XXX or a currency withdrawn before our table is no reason to lose the file: the amount stays without a currency,
/// and the caller, who sees that, makes it grave.
Result<WrittenAmount> read_of_any_currency(const Leaf& leaf) {
    auto amount = read_unsigned(leaf);
    if (amount || amount.error().code != Errc::unknown_currency) return amount;
    return read_unsigned({leaf.path, leaf.text, {}});
}

Status put(std::string& field, const Leaf& leaf) {
    if (field.empty()) field = leaf.text;  // of several the first: the others are further ids of the same thing
    return {};
}
Status put(std::optional<Date>& field, const Leaf& leaf) {
    if (leaf.text.empty()) return {};
    OWED_TRY(field, read_day(leaf.text));
    return {};
}
Status put(std::optional<WrittenAmount>& field, const Leaf& leaf) {
    if (field) return {};
    OWED_TRY(field, read_of_any_currency(leaf));
    return {};
}
Status put(std::vector<std::string>& field, const Leaf& leaf) {
    if (leaf.text.empty()) return {};
    if (field.size() >= repeats_max) return fail(Errc::input_too_large, "one transaction has too many lines of remittance");
    field.emplace_back(leaf.text);
    return {};
}

template <class Owner>
using Member = std::variant<std::string Owner::*, std::optional<Date> Owner::*, std::optional<WrittenAmount> Owner::*, std::vector<std::string> Owner::*>;

template <class Owner>
Status put(Owner& owner, const Member<Owner>& member, const Leaf& leaf) {
    return std::visit([&](auto field) { return put(owner.*field, leaf); }, member);
}

template <class Owner>
using Table = std::unordered_map<std::string_view, Member<Owner>>;

template <class Owner>
Result<bool> put_by(const Table<Owner>& table, Owner& owner, std::string_view path, const Leaf& leaf) {
    const auto found = table.find(path);
    if (found == table.end()) return false;
    OWED_TRY_VOID(put(owner, found->second, leaf));
    return true;
}

/// What follows `prefix`, or empty.
std::string_view below(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view{};
}

const Table<DraftStatement>& statement_table() {
    using S = DraftStatement;
    static const Table<S> table{
        {"Id", &S::id},
        {"ElctrncSeqNb", &S::sequence},
        {"LglSeqNb", &S::legal_sequence},
        {"CpyDplctInd", &S::copy_or_duplicate},
        {"FrToDt/FrDtTm", &S::from},
        {"FrToDt/ToDtTm", &S::to},
        {"StmtPgntn/PgNb", &S::page},
        {"StmtPgntn/LastPgInd", &S::last_page},
        {"Acct/Id/IBAN", &S::iban},
        {"Acct/Id/Othr/Id", &S::other_account},
        {"Acct/Id/PrtryAcct/Id", &S::other_account},  // version 1
        {"Acct/Id/BBAN", &S::other_account},          // version 1
        {"Acct/Id/UPIC", &S::other_account},          // version 1
        {"Acct/Ccy", &S::currency},
        {"Acct/Nm", &S::name},
        {"Acct/Ownr/Nm", &S::owner_name},
        {"Acct/Svcr/FinInstnId/BIC", &S::bic},
        {"Acct/Svcr/FinInstnId/BICFI", &S::bic},
        {"Acct/Svcr/FinInstnId/CmbndId/BIC", &S::bic},
        {"Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId", &S::member_id},
        {"Acct/Svcr/FinInstnId/Nm", &S::bank_name},
        {"Acct/Svcr/FinInstnId/NmAndAdr/Nm", &S::bank_name},
    };
    return table;
}

const Table<DraftBalance>& balance_table() {
    using B = DraftBalance;
    static const Table<B> table{
        {"Tp/CdOrPrtry/Cd", &B::type}, {"Tp/Cd", &B::type}, {"Tp/SubTp/Cd", &B::sub_type}, {"Amt", &B::amount},
        {"CdtDbtInd", &B::indicator},  {"Dt/Dt", &B::date}, {"Dt/DtTm", &B::date},
    };
    return table;
}

const Table<DraftTotals>& totals_table() {
    using T = DraftTotals;
    static const Table<T> table{
        {"TtlNtries/NbOfNtries", &T::count},
        {"TtlNtries/Sum", &T::sum},
        {"TtlNtries/TtlNetNtryAmt", &T::net},
        {"TtlNtries/TtlNetNtry/Amt", &T::net},
        {"TtlNtries/CdtDbtInd", &T::net_indicator},
        {"TtlNtries/TtlNetNtry/CdtDbtInd", &T::net_indicator},
        {"TtlCdtNtries/NbOfNtries", &T::credit_count},
        {"TtlCdtNtries/Sum", &T::credit_sum},
        {"TtlDbtNtries/NbOfNtries", &T::debit_count},
        {"TtlDbtNtries/Sum", &T::debit_sum},
    };
    return table;
}

const Table<Draft>& draft_table() {
    using D = Draft;
    static const Table<D> table{
        {"NtryRef", &D::entry_ref},
        {"Amt", &D::amount},
        {"CdtDbtInd", &D::indicator},
        {"RvslInd", &D::reversal},
        {"Sts", &D::status},
        {"Sts/Cd", &D::status},  // from version 8
        {"BookgDt/Dt", &D::booking_date},
        {"BookgDt/DtTm", &D::booking_date},
        {"ValDt/Dt", &D::value_date},
        {"ValDt/DtTm", &D::value_date},
        {"AcctSvcrRef", &D::bank_ref},
        {"BkTxCd/Domn/Cd", &D::domain},
        {"BkTxCd/Domn/Fmly/Cd", &D::family},
        {"BkTxCd/Domn/Fmly/SubFmlyCd", &D::sub_family},
        {"BkTxCd/Prtry/Cd", &D::proprietary_code},
        {"AmtDtls/TxAmt/Amt", &D::transaction_amount},
        {"AmtDtls/InstdAmt/Amt", &D::instructed_amount},
        {"AmtDtls/InstdAmt/CcyXchg/XchgRate", &D::exchange_rate},
        {"AmtDtls/TxAmt/CcyXchg/XchgRate", &D::exchange_rate},
        {"AmtDtls/CntrValAmt/CcyXchg/XchgRate", &D::exchange_rate},
        {"Chrgs/TtlChrgsAndTaxAmt", &D::charges_total},
        {"AddtlNtryInf", &D::additional},
        {"AddtlTxInf", &D::additional},
        {"Refs/AcctSvcrRef", &D::refs_bank_ref},
        {"Refs/InstrId", &D::instruction_id},
        {"Refs/EndToEndId", &D::end_to_end_id},
        {"Refs/MndtId", &D::mandate_id},
        {"RmtInf/Ustrd", &D::unstructured},
        {"RtrInf/Rsn/Cd", &D::return_code},
        {"RtrInf/RtrRsn/Cd", &D::return_code},  // version 1
        {"RtrInf/Rsn/Prtry", &D::return_name},
        {"RtrInf/RtrRsn/Prtry", &D::return_name},
    };
    return table;
}

const Table<DraftStructured>& structured_table() {
    using S = DraftStructured;
    static const Table<S> table{
        {"CdtrRefInf/Ref", &S::reference},
        {"CdtrRefInf/CdtrRef", &S::reference},  // version 1
        {"CdtrRefInf/Tp/CdOrPrtry/Cd", &S::reference_code},
        {"CdtrRefInf/Tp/CdOrPrtry/Prtry", &S::reference_name},
        {"CdtrRefInf/CdtrRefTp/Cd", &S::reference_code},
        {"CdtrRefInf/CdtrRefTp/Prtry", &S::reference_name},
        {"RfrdDocAmt/RmtdAmt", &S::remitted},
        {"RfrdDocAmt/DuePyblAmt", &S::due},
        {"RfrdDocAmt/DscntApldAmt", &S::discount},
        {"RfrdDocAmt/DscntApldAmt/Amt", &S::discount},
        {"RfrdDocAmt/CdtNoteAmt", &S::credit_note},
        {"RfrdDocAmt/AdjstmntAmtAndRsn/Amt", &S::adjustment},
        {"RfrdDocAmt/AdjstmntAmtAndRsn/CdtDbtInd", &S::adjustment_indicator},
        {"RfrdDocAmt/AdjstmntAmtAndRsn/Rsn", &S::reason},
        {"AddtlRmtInf", &S::additional},
    };
    return table;
}

const Table<DraftDocument>& document_table() {
    using D = DraftDocument;
    static const Table<D> table{
        {"Nb", &D::number}, {"RfrdDocNb", &D::number}, {"Tp/CdOrPrtry/Cd", &D::kind}, {"Tp/CdOrPrtry/Prtry", &D::kind}, {"RfrdDocTp/Cd", &D::kind},
    };
    return table;
}

/// RltdPties and RltdAgts of one side; `role` is "Dbtr" or "Cdtr".
Result<bool> fill_party(DraftParty& party, std::string_view role, const Leaf& leaf) {
    using P = DraftParty;
    static const Table<P> people{
        {"/Nm", &P::name},
        {"/Agt/FinInstnId/Nm", &P::agent_party_name},
        {"Acct/Id/IBAN", &P::iban},
        {"Acct/Id/Othr/Id", &P::other_account},
        {"Acct/Id/PrtryAcct/Id", &P::other_account},
        {"Acct/Id/BBAN", &P::other_account},
    };
    static const Table<P> agents{
        {"Agt/FinInstnId/BIC", &P::bic},         {"Agt/FinInstnId/BICFI", &P::bic},           {"Agt/FinInstnId/CmbndId/BIC", &P::bic},
        {"Agt/FinInstnId/Nm", &P::bank_name},    {"Agt/FinInstnId/NmAndAdr/Nm", &P::bank_name}, {"Agt/FinInstnId/ClrSysMmbId/MmbId", &P::member_id},
    };
    if (std::string_view rest = below(leaf.path, "RltdPties/"); !rest.empty()) {
        if (rest.starts_with("Ultmt") && rest.substr(5, 4) == role && rest.substr(9) == "/Nm") {
            OWED_TRY_VOID(put(party.ultimate_name, leaf));
            return true;
        }
        return rest.starts_with(role) ? put_by(people, party, rest.substr(role.size()), leaf) : false;
    }
    const std::string_view rest = below(leaf.path, "RltdAgts/");
    return rest.starts_with(role) ? put_by(agents, party, rest.substr(role.size()), leaf) : false;
}

/// Chrgs/Amt until version 3, Chrgs/Rcrd/Amt from version 4; the indicator follows its amount.
Result<bool> fill_charge(Draft& draft, std::string_view rest, const Leaf& leaf) {
    if (rest.starts_with("Rcrd/")) rest.remove_prefix(5);
    if (rest == "Amt") {
        if (draft.charges.size() >= repeats_max) return fail(Errc::input_too_large, "one transaction has too many charges");
        OWED_TRY(WrittenAmount amount, read_of_any_currency(leaf));
        draft.charges.push_back({std::move(amount), {}});
        return true;
    }
    if (rest != "CdtDbtInd" || draft.charges.empty()) return false;
    OWED_TRY_VOID(put(draft.charges.back().indicator, leaf));
    return true;
}

Result<bool> fill_structured(DraftStructured& structured, std::string_view rest, const Leaf& leaf) {
    if (const std::string_view document = below(rest, "RfrdDocInf/"); !document.empty()) {
        if (structured.documents.empty()) structured.documents.emplace_back();
        return put_by(document_table(), structured.documents.back(), document, leaf);
    }
    return put_by(structured_table(), structured, rest, leaf);
}

template <class Vector>
void grow(Vector& list) {
    if (list.size() < repeats_max) list.emplace_back();
}

}  // namespace

Result<bool> fill(DraftStatement& statement, const Leaf& leaf) {
    if (const std::string_view rest = below(leaf.path, "Bal/"); !rest.empty())
        return statement.balances.empty() ? Result<bool>{false} : put_by(balance_table(), statement.balances.back(), rest, leaf);
    if (const std::string_view rest = below(leaf.path, "TxsSummry/"); !rest.empty()) {
        // Net amounts have an indicator beside them; a sum is a plain decimal number and may bear its own sign in error.
        return put_by(totals_table(), statement.totals, rest, leaf);
    }
    return put_by(statement_table(), statement, leaf.path, leaf);
}

Result<bool> fill(Draft& draft, const Leaf& leaf) {
    if (leaf.path.starts_with("Rltd")) {
        OWED_TRY(const bool taken, fill_party(draft.debtor, "Dbtr", leaf));
        return taken ? Result<bool>{true} : fill_party(draft.creditor, "Cdtr", leaf);
    }
    if (const std::string_view rest = below(leaf.path, "RmtInf/Strd/"); !rest.empty())
        return draft.structured.empty() ? Result<bool>{false} : fill_structured(draft.structured.back(), rest, leaf);
    if (const std::string_view rest = below(leaf.path, "Chrgs/"); !rest.empty()) {
        OWED_TRY(const bool taken, fill_charge(draft, rest, leaf));
        if (taken) return true;
    }
    return put_by(draft_table(), draft, leaf.path, leaf);
}

void begin(DraftStatement& statement, std::string_view path) {
    if (path == "Bal") grow(statement.balances);
}

void begin(Draft& draft, std::string_view path) {
    if (path == "RmtInf/Strd") grow(draft.structured);
    if (path == "RmtInf/Strd/RfrdDocInf" && !draft.structured.empty()) grow(draft.structured.back().documents);
}

}  // namespace owed::formats::camt
