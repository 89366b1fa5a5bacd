// Receipts as rows, shared by the files of this room.
#pragma once

#include "cash/cash.hpp"

namespace owed::cash::detail {

/// What is stored of a receipt besides the ledger's item.
struct ReceiptRow {
    Receipt receipt;
    std::string bank_gl, code;
    std::vector<std::string> text;
    std::vector<RemittanceReference> references;
};

std::string text_to_json(const std::vector<std::string>& text);
std::vector<std::string> text_from_json(std::string_view json);
std::string references_to_json(const std::vector<RemittanceReference>& references);
std::vector<RemittanceReference> references_from_json(std::string_view json);
std::string proposals_to_json(const std::vector<Proposal>& proposals);
std::vector<Proposal> proposals_from_json(std::string_view json, Currency currency);

std::optional<ReceiptRow> row(store::Db& db, OpenItemId id);
/// "R-17" or "17".
std::optional<OpenItemId> id_of(std::string_view number);
std::string number_of(OpenItemId id);

/// Writes state, question and proposals after the ledger has changed; the unapplied amount is the ledger's. Answers
/// whether anything differed.
bool update(store::Tx& tx, const ReceiptRow& before, const std::string& question, const std::vector<Proposal>& proposals,
            std::optional<State> forced = {});

}  // namespace owed::cash::detail
