// What the sections of owed-bench-books share: a company's book that grows by invoices and receipts, and seconds.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "api/migrations.hpp"
#include "audit/audit.hpp"
#include "cash/cash.hpp"
#include "ledger/ledger.hpp"
#include "parties/parties.hpp"
#include "store/test_store.hpp"

namespace owed::bench {

using Seconds = std::chrono::duration<double>;

inline double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return Seconds{std::chrono::steady_clock::now() - start}.count();
}

/// Ends the process with the error's text.
inline void must(const Status& done) {
    if (done) return;
    std::fprintf(stderr, "owed-bench-books: %s\n", to_text(done.error()).c_str());
    std::exit(1);
}

inline const Date day = parse_date("2026-03-31").value();
inline constexpr const char* our_iban = "DE12500105170648489890";

/// One entity with one bank account.
ledger::Books books();
/// Invoice n (0, 1, ...) is item n + 1 of customer n % customers; full-size books have a customer for ten invoices.
inline int customers_of(int invoices) { return invoices / 10 > 0 ? invoices / 10 : 1; }
std::string number_of(int invoice);
std::int64_t amount_of(int invoice);
std::string customer_number(int customer);
std::string customer_name(int customer);
/// Known of every second customer.
std::string account_of(int customer);

struct Book {
    store::TestStore test{{api::all_migrations()}};
    ledger::Books own = books();
    ledger::Context context{own, test.clock, {}};
    Currency euro = own.entities().front().currency;
    std::vector<CustomerId> customers;
    int invoices = 0, receipts = 0;

    void add_customers(int count);        ///< bare numbers, as documents mention them
    void add_named_customers(int count);  ///< with name and, every second, an account
    void post_invoices(int count);        ///< in one transaction, with its audit record
    /// A receipt of this amount, on the item's customer, and its application to the item.
    Status pay(store::Tx& tx, OpenItemId invoice, std::int64_t units, bool apply);
    std::string database() const { return test.folder / "data/owed.db"; }

  private:
    Status post_invoice(store::Tx& tx);
};

/// `ledger verify` of all that stands in the book; ends the process when it finds a difference. Answers its journal lines.
std::int64_t verified(store::Store& store, const ledger::Books& books);

}  // namespace owed::bench
