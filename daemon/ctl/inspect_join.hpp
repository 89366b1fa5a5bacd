// Joins the parts of statements. Private to this folder.
#pragma once

#include <span>
#include <vector>

#include "owed/record.hpp"

namespace owed::ctl {

/// A statement as the file has it: the head and end of its last part, the entries of all.
struct WholeStatement {
    const BankStatement* last = nullptr;
    std::vector<const BankTransaction*> entries;
};
std::vector<WholeStatement> whole_statements(std::span<const Record> records);

/// "ok", "broken", "absent"; "booked", "pending", "information".
std::string_view text_of(Check check);
std::string_view text_of(EntryStatus status);

}  // namespace owed::ctl
