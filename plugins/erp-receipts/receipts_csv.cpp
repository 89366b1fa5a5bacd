#include "erp-receipts/receipts_csv.hpp"

namespace owed::plugins::erp_receipts {
namespace {

constexpr std::string_view columns =
    "key,action,reverses,entity,customer,receipt,credit_kind,reference,value_date,posting_date,receipt_amount,receipt_currency,bank_account,bank_gl,"
    "document_kind,document,instalment,amount,currency,taken,discount,tolerance,bank_charge,withholding,write_off,deduction,deduction_reason,reason\n";
constexpr std::string_view deduction = "deduction: ";

bool looks_like_formula(std::string_view text) { return !text.empty() && std::string_view{"=+-@\t\r\n"}.find(text.front()) != std::string_view::npos; }

class Row {
  public:
    explicit Row(bool refuse_formulas) : refuse_formulas_{refuse_formulas} {}

    void words(std::string_view text) {
        if (!text_.empty() || started_) text_ += ',';
        started_ = true;
        if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
            text_ += text;
            return;
        }
        text_ += '"';
        for (const char c : text) text_ += c == '"' ? std::string{"\"\""} : std::string{c};
        text_ += '"';
    }
    /// A number, code or reference that somebody outside has chosen.
    void name(std::string_view column, std::string_view text) {
        if (refuse_formulas_ && looks_like_formula(text) && formula_.empty()) formula_ = std::string{column} + " \"" + std::string{text} + "\"";
        words(text);
    }
    void amount(const std::optional<Amount>& amount) { words(amount ? to_text(*amount) : std::string{}); }
    void date(const std::optional<Date>& date) { words(date ? to_text(*date) : std::string{}); }

    Result<std::string> take() {
        if (!formula_.empty())
            return fail(Errc::data, formula_ + " begins like a spreadsheet's formula and is not written", formula_.substr(0, formula_.find(' ')),
                        "correct it at its source, or set formula_like: write");
        return std::move(text_) + "\n";
    }

  private:
    bool refuse_formulas_, started_ = false;
    std::string text_, formula_;
};

const ReceiptApplication::Part* part_named(const ReceiptApplication::Settled& settled, std::string_view reason) {
    for (const auto& part : settled.parts)
        if (part.reason == reason || (reason == deduction && part.reason.starts_with(deduction))) return &part;
    return nullptr;
}

/// A part that has no column would be lost without a word.
bool has_columns(const ReceiptApplication::Settled& settled) {
    for (const auto& part : settled.parts)
        if (part.reason != "tolerance" && part.reason != "bank_charge" && part.reason != "withholding" && part.reason != "write_off" && !part.reason.starts_with(deduction)) return false;
    return true;
}

}  // namespace

std::string header() { return std::string{columns}; }

Result<std::string> row_of(const Record& record, bool refuse_formulas) {
    const auto* told = std::get_if<ReceiptApplication>(&record.body);
    if (told == nullptr) return fail(Errc::data, "this file is for receipt_application, and this is " + std::string{kind_of(record)});
    if (record.external_id.empty()) return fail(Errc::data, "the record has no key");
    if (told->documents.size() != 1) return fail(Errc::data, "an application is of one document, and this names " + std::to_string(told->documents.size()));
    const auto& settled = told->documents.front();
    if (!settled.amount || !told->amount) return fail(Errc::data, "the application has no amount");
    if (!has_columns(settled)) return fail(Errc::data, "a part of the application has no column in this file");
    Row row{refuse_formulas};
    row.name("key", record.external_id);
    row.words(told->reverses.empty() ? "apply" : "reverse");
    row.name("reverses", told->reverses);
    row.name("entity", told->entity);
    row.name("customer", told->customer);
    row.name("receipt", told->receipt);
    row.words(told->credit_kind);
    row.name("reference", told->reference);
    row.date(told->value_date);
    row.date(told->posting_date);
    row.amount(told->amount);
    row.words(told->amount->currency);
    row.name("bank_account", told->bank_account);
    row.name("bank_gl", told->bank_gl);
    row.words(settled.kind);
    row.name("document", settled.document);
    row.words(settled.instalment ? std::to_string(*settled.instalment) : std::string{});
    row.amount(settled.amount);
    row.words(settled.amount->currency);
    row.amount(settled.taken);
    row.amount(settled.discount);
    for (const auto* reason : {"tolerance", "bank_charge", "withholding", "write_off"}) {
        const auto* part = part_named(settled, reason);
        row.amount(part != nullptr ? part->amount : std::nullopt);
    }
    const auto* kept = part_named(settled, deduction);
    row.amount(kept != nullptr ? kept->amount : std::nullopt);
    row.name("deduction_reason", kept != nullptr ? std::string_view{kept->reason}.substr(deduction.size()) : std::string_view{});
    row.words(told->reason);
    return row.take();
}

std::vector<std::string> keys_in(std::string_view csv) {
    std::vector<std::string> keys;
    bool quoted = false, first_cell = true, first_row = true;
    std::string cell;
    for (const char c : csv) {
        if (c == '"') quoted = !quoted;
        else if (quoted) continue;   // keys are never quoted: letters, digits and '-'
        else if (c == '\n') {
            if (!first_row && !first_cell && !cell.empty()) keys.push_back(cell);
            first_row = false, first_cell = true;
            cell.clear();
        } else if (c == ',') first_cell = false;
        else if (first_cell) cell += c;
    }
    return keys;
}

}  // namespace owed::plugins::erp_receipts
