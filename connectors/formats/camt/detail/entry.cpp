#include "formats/camt/detail/entry.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace owed::formats::camt {
namespace {

std::string place(const EntryContext& context, const Draft& draft) { return context.file_name + ":" + std::to_string(draft.line); }

const std::string& first_of(const std::string& a, const std::string& b) { return a.empty() ? b : a; }
const std::string& first_of(const std::string& a, const std::string& b, const std::string& c) { return first_of(first_of(a, b), c); }

Result<bool> is_credit(const std::string& indicator, const std::string& where) {
    if (indicator == "CRDT") return true;
    if (indicator == "DBIT") return false;
    return fail(Errc::malformed_input, "CdtDbtInd is \"" + indicator.substr(0, 20) + "\"; expected CRDT or DBIT", where,
                "the direction of money is never guessed: ask the bank for a corrected file");
}

bool is_true(const std::string& text) { return text == "true" || text == "1"; }

std::string without_blanks(std::string text) {
    std::erase_if(text, [](char c) { return c == ' '; });
    return text;
}

void add_lines(std::vector<std::string>& lines, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            std::string_view line{text.data() + begin, end - begin};
            while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
            if (!line.empty()) lines.emplace_back(line);
            begin = end + 1;
        }
    }
}

/// Reports what the amount lost or lacks. `element` is for the message.
void look_at(const WrittenAmount& amount, const std::string& where, Findings& findings) {
    if (amount.rounded)
        findings.warn(where, "the amount " + amount.text + " has more decimals than " + amount.amount.currency + " has; it was rounded half away from zero to " +
                                 to_text(amount.amount));
}

std::optional<Amount> signed_amount(const std::optional<WrittenAmount>& amount, bool credit, const std::string& where, Findings& findings) {
    if (!amount) return {};
    look_at(*amount, where, findings);
    return credit ? amount->amount : amount->negated().amount;
}

std::string code_of(const Draft& draft) {
    if (draft.domain.empty()) return draft.proprietary_code;
    std::string code = draft.domain;
    if (!draft.family.empty()) code += "/" + draft.family;
    if (!draft.sub_family.empty()) code += "/" + draft.sub_family;
    return code;
}

EntryStatus status_of(const Draft& entry, const EntryContext& context, const std::string& where, Findings& findings) {
    if (entry.status == "BOOK") return EntryStatus::booked;
    if (entry.status == "PDNG" || entry.status == "FUTR") return EntryStatus::pending;
    if (entry.status == "INFO") return EntryStatus::information;
    if (entry.status.empty() && !context.intraday) {
        findings.warn(where, "the entry has no status (Sts); a camt.053 reports booked entries, so it counts as booked");
        return EntryStatus::booked;
    }
    findings.grave(where, "the entry's status \"" + entry.status.substr(0, 20) + "\" is not known; it is not taken as booked");
    return EntryStatus::information;
}

/// Who is on the other side: the debtor of a credit, the creditor of a debit. In a reversal or return the parties keep
/// the roles they had in the original transaction (EPC and German rules for R-transactions), so it is the other one; and
/// a party on our own account is never the counterparty.
Party counterparty_of(const Draft& draft, bool credit, bool reversal, const std::string& own_account) {
    bool debtor = credit != (reversal || draft.returned());
    const auto account = [](const DraftParty& p) { return without_blanks(first_of(p.iban, p.other_account)); };
    const auto is_ours = [&](const DraftParty& p) { return !own_account.empty() && account(p) == own_account; };
    const DraftParty& chosen = debtor ? draft.debtor : draft.creditor;
    const DraftParty& other = debtor ? draft.creditor : draft.debtor;
    // Some banks name the customer as the creditor of what they give back to him, and nobody else.
    const auto is_empty = [&](const DraftParty& p) { return account(p).empty() && first_of(p.name, p.agent_party_name, p.ultimate_name).empty(); };
    const bool given_back = (reversal || draft.returned()) && is_empty(chosen);
    if ((is_ours(chosen) || given_back) && !is_ours(other)) debtor = !debtor;
    const DraftParty& party = debtor ? draft.debtor : draft.creditor;
    return {first_of(party.name, party.agent_party_name, party.ultimate_name), account(party), first_of(party.bic, party.member_id, party.bank_name)};
}

/// "scor" for SCOR, "qrr" for QRR: the type as the file says it, in our spelling. A reference without a type is "scor" only
/// when it looks like ISO 11649; nothing else is guessed from digits.
std::string reference_type(const DraftStructured& structured) {
    std::string type = first_of(structured.reference_code, structured.reference_name);
    if (type.empty()) return structured.reference.starts_with("RF") ? "scor" : "reference";
    for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ' ' ? '_' : c;
    return type;
}

std::optional<Amount> plain(const std::optional<WrittenAmount>& amount, const std::string& where, Findings& findings) {
    return signed_amount(amount, true, where, findings);
}

void put_amounts(RemittanceReference& reference, const DraftStructured& structured, const std::string& where, Findings& findings) {
    reference.amount = plain(structured.remitted ? structured.remitted : structured.credit_note, where, findings);
    reference.gross = plain(structured.due, where, findings);
    reference.discount = plain(structured.discount, where, findings);
    reference.adjustment = signed_amount(structured.adjustment, structured.adjustment_indicator != "DBIT", where, findings);
}

/// One Strd: its creditor reference, its documents, or both. The amounts belong to what is named alone; amounts over
/// several documents cannot be told apart and stay out.
void add_references(std::vector<RemittanceReference>& out, const DraftStructured& structured, const std::string& where, Findings& findings) {
    const std::size_t first = out.size();
    for (const DraftDocument& document : structured.documents) {
        if (document.number.empty()) continue;
        RemittanceReference reference;
        reference.type = "document";
        reference.value = document.number;
        if (document.kind == "CREN") reference.reason = document.kind;  // a credit note the payer deducts
        out.push_back(std::move(reference));
    }
    if (!structured.reference.empty()) {
        RemittanceReference reference;
        reference.type = reference_type(structured);
        reference.value = structured.reference;
        out.push_back(std::move(reference));
    }
    if (out.size() == first) return;
    const std::size_t documents = out.size() - first - (structured.reference.empty() ? 0 : 1);
    if (documents <= 1) put_amounts(out[first], structured, where, findings);
    if (!structured.reason.empty()) out[first].reason = structured.reason;
}

/// Free and structured remittance. AddtlRmtInf and the Addtl…Inf of entry and transaction are text when the payer wrote
/// none: many banks put there what others put in Ustrd, and for the rest it is the bank's own label.
void put_remittance(BankTransaction& transaction, const Draft& draft, Findings& findings) {
    add_lines(transaction.text, draft.unstructured);
    for (const DraftStructured& structured : draft.structured) {
        add_references(transaction.references, structured, transaction.where, findings);
        if (draft.unstructured.empty()) add_lines(transaction.text, structured.additional);
    }
    if (transaction.text.empty()) add_lines(transaction.text, draft.additional);
}

/// Charges are the account holder's cost unless the file says that they were given back.
void put_charges(BankTransaction& transaction, const Draft& draft, Findings& findings) {
    for (const DraftCharge& charge : draft.charges)
        transaction.charges.push_back(*signed_amount(charge.amount, charge.indicator == "CRDT", transaction.where, findings));
    if (draft.charges.empty() && draft.charges_total)
        transaction.charges.push_back(*signed_amount(draft.charges_total, false, transaction.where, findings));
}

/// What entry and detail have in common.
BankTransaction common(const Draft& draft, bool credit, const EntryContext& context, Findings& findings) {
    BankTransaction transaction;
    transaction.where = place(context, draft);
    transaction.booking_date = draft.booking_date;
    transaction.value_date = draft.value_date;
    transaction.reversal = is_true(draft.reversal);
    transaction.code = code_of(draft);
    transaction.end_to_end_id = draft.end_to_end_id;
    transaction.mandate_id = draft.mandate_id;
    transaction.return_reason = first_of(draft.return_code, draft.return_name);
    transaction.exchange_rate = draft.exchange_rate;
    transaction.original_amount = signed_amount(draft.instructed_amount, credit, transaction.where, findings);
    put_charges(transaction, draft, findings);
    return transaction;
}

/// The entry of a single transaction says what that transaction says.
void take_over(BankTransaction& entry, const BankTransaction& only) {
    const auto take = [](auto& mine, const auto& theirs) {
        if (mine.empty()) mine = theirs;
    };
    take(entry.end_to_end_id, only.end_to_end_id);
    take(entry.mandate_id, only.mandate_id);
    take(entry.bank_ref, only.bank_ref);
    take(entry.code, only.code);
    take(entry.return_reason, only.return_reason);
    take(entry.exchange_rate, only.exchange_rate);
    take(entry.references, only.references);
    take(entry.charges, only.charges);
    if (!only.text.empty()) entry.text = only.text;
    entry.counterparty = only.counterparty;
    if (!entry.original_amount) entry.original_amount = only.original_amount;
}

/// The amount that is booked: in its own currency, else in the account's.
Result<WrittenAmount> entry_amount(const Draft& entry, const EntryContext& context, const std::string& where, Findings& findings) {
    if (!entry.amount) return fail(Errc::malformed_input, "the entry has no amount (Amt)", where, "ask the bank for a corrected file");
    WrittenAmount amount = *entry.amount;
    if (amount.amount.currency.empty() && !context.account_currency.empty()) {
        findings.grave(where, "the entry's amount names no currency of ISO 4217; it is read in the account's, " + context.account_currency);
        OWED_TRY(amount, read_amount(amount.text, context.account_currency));
    } else if (amount.amount.currency.empty()) {
        findings.grave(where, "the entry's amount names no currency of ISO 4217");
    }
    if (!context.intraday && !context.account_currency.empty() && amount.amount.currency != context.account_currency)
        findings.grave(where, "the entry is in " + amount.amount.currency + ", the account in " + context.account_currency);
    look_at(amount, where, findings);
    return amount;
}

/// Amt when it is in the entry's currency; else TxAmt, for Amt may then repeat what was instructed in the payer's currency
/// (okane issue 289). A child without an amount of its own has none: it is not given the batch's (OCA
/// bank-statement-import issue 157).
const std::optional<WrittenAmount>& own_amount(const Draft& detail, const Draft& entry) {
    const bool in_entry_currency = detail.amount && entry.amount && detail.amount->amount.currency == entry.amount->amount.currency;
    return in_entry_currency || !detail.transaction_amount ? detail.amount : detail.transaction_amount;
}

}  // namespace

Result<BankTransaction> finish_detail(const Draft& detail, const Draft& entry, const EntryContext& context, Findings& findings) {
    const std::string where = place(context, detail);
    OWED_TRY(const bool credit, is_credit(first_of(detail.indicator, entry.indicator), where));
    BankTransaction transaction = common(detail, credit, context, findings);
    transaction.reversal = transaction.reversal || is_true(entry.reversal);
    transaction.status = entry.status == "BOOK" || (entry.status.empty() && !context.intraday) ? EntryStatus::booked
                         : entry.status == "PDNG" || entry.status == "FUTR"                    ? EntryStatus::pending
                                                                                               : EntryStatus::information;
    const std::optional<WrittenAmount>& own = own_amount(detail, entry);
    transaction.amount = signed_amount(own, credit, where, findings);
    if (own) transaction.amount_text = own->text;
    transaction.entry_ref = detail.instruction_id;
    transaction.bank_ref = first_of(detail.refs_bank_ref, detail.bank_ref);
    transaction.counterparty = counterparty_of(detail, credit, transaction.reversal, context.own_account);
    put_remittance(transaction, detail, findings);
    return transaction;
}

Result<FinishedEntry> finish_entry(const Draft& entry, std::vector<BankTransaction> details, const EntryContext& context, Findings& findings) {
    const std::string where = place(context, entry);
    OWED_TRY(const bool credit, is_credit(entry.indicator, where));
    OWED_TRY(WrittenAmount amount, entry_amount(entry, context, where, findings));
    if (!credit) amount = amount.negated();
    BankTransaction transaction = common(entry, credit, context, findings);
    transaction.status = status_of(entry, context, where, findings);
    transaction.amount = amount.amount;
    transaction.amount_text = amount.text;
    transaction.entry_ref = entry.entry_ref;
    transaction.bank_ref = entry.bank_ref;
    put_remittance(transaction, entry, findings);
    if (details.size() == 1) take_over(transaction, details.front());
    if (transaction.status == EntryStatus::booked && !transaction.booking_date && !transaction.value_date)
        findings.grave(where, "the booked entry has neither a booking date nor a value date");
    transaction.details = std::move(details);
    return FinishedEntry{std::move(transaction), std::move(amount)};
}

}  // namespace owed::formats::camt
