// The sections of owed-bench-books that take a bank's file through the whole of cash application.
#pragma once

#include <string>

namespace owed::bench {

/// A bank's file of `receipts` onto a book of `items` invoices, as the daemon takes it: a process of its own, one transaction.
/// Answers 0, or 1 when the process failed.
int full(int items, int receipts);

/// That process: takes the file into the store in `folder` and prints its figures, one "name value" a line.
int take_bank_file(const std::string& folder, int items, int receipts);

/// A store with such a book in `folder`, which must not exist yet, for a daemon to serve (serving.py).
int make_book(const std::string& folder, int items);

/// Decisions a second over the books in memory, nothing posted, beside bare lookups of the numbers that stand in the text.
void match(int items, int receipts);

}  // namespace owed::bench
