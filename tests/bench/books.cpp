// owed-bench-books: what the ledger costs, each rate with its baseline in the same run, printed as ratios.
//   intake:  invoices with double entry, open item, hashes and audit in one durable transaction, against the very rows it
//            wrote, inserted bare into the same tables in memory
//   apply:   receipts posted and applied in one durable transaction, against the rows that this added, written bare into a
//            copy of the same file
//   match:   receipts decided over the books in memory, nothing posted
//   full:    a bank's file as the daemon takes it, matching included, in a process of its own: seconds, memory, and the ratio to
//            the very rows that it added, written bare into a copy of the same file
//   single:  one receipt, durable on its own, against a bare write and fdatasync
//   aging:   today, cold and warm, and a past day
//   verify:  `ledger verify` of the whole book, per journal line
// `--short` is what ./test runs, a hundredth of the size; `--scale X` is X times it; names of sections choose some of them.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>

#include "bare.hpp"
#include "book.hpp"
#include "full.hpp"
#include "report/report.hpp"

namespace owed::bench {
namespace {

namespace fs = std::filesystem;

/// Both sides in turn, the best of three each: other work on the machine then weighs on neither alone.
void intake(int count) {
    double ours = 0, bare = 0, narrow = 0;
    for (int round = 0; round < 3; ++round) {
        narrow = std::max(narrow, narrow_rate(count));
        Book book;
        book.add_customers(std::max(count / 10, 1));
        ours = std::max(ours, count / seconds([&] { book.post_invoices(count); }));
        Raw file{book.database()}, memory{":memory:"};
        same_tables(file, memory);
        bare = std::max(bare, count / write_bare(file, memory, ledger_tables(file, 0), 1, count));
    }
    std::printf("intake, %d invoices with double entry, hashes and audit in one durable transaction\n"
                "  the same rows bare into memory %9.0f /s\n  posted by the ledger           %9.0f /s   ratio %.2f (goal 0.6)\n"
                "  narrow rows bare into a file   %9.0f /s                ratio %.2f\n",
                count, bare, ours, ours / bare, narrow, ours / narrow);
}

void apply(int items, int count) {
    Book book;
    book.add_customers(customers_of(items));
    book.post_invoices(items);
    book.test.store().checkpoint_at_idle();
    store::TempFolder folder;
    const auto copy = folder.path() + "/copy.db";
    fs::copy_file(book.database(), copy);
    const double ours = count / seconds([&] {
        must(book.test.store().write([&](store::Tx& tx) -> Status {
            for (int i = 0; i < count; ++i) {
                const auto n = static_cast<int>((static_cast<std::int64_t>(i) * 7919) % items);   // spread over the book
                OWED_TRY_VOID(book.pay(tx, OpenItemId{n + 1}, amount_of(n), true));
            }
            return {};
        }));
    });
    Raw file{book.database()}, target{copy};
    target.like_the_store();
    const auto before = target.integer("SELECT MAX(id) FROM journal_entry"), last = file.integer("SELECT MAX(id) FROM journal_entry");
    const double bare = count / write_bare(file, target, ledger_tables(file, items), before + 1, last);
    std::printf("apply, %d receipts posted and applied onto %d open items in one durable transaction, their items known\n"
                "  the same rows bare into the file %9.0f /s\n  by the ledger                    %9.0f /s   ratio %.2f (goal 0.5)\n",
                count, items, bare, ours, ours / bare);
}

void single(int items, int count) {
    Book book;
    book.add_customers(100);
    book.post_invoices(items);
    std::vector<double> ours, bare;
    store::TempFolder folder;
    const auto path = book.test.store().folder() + "/bare";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string page(4120, 'x');   // one WAL frame
    for (int i = 0; i < count; ++i) {
        bare.push_back(seconds([&] {
            if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) std::exit(1);
        }));
        ours.push_back(seconds([&] {
            must(book.test.store().write([&](store::Tx& tx) { return book.pay(tx, OpenItemId{i + 1}, amount_of(i), false); }));
        }));
    }
    ::close(fd);
    std::sort(ours.begin(), ours.end());
    std::sort(bare.begin(), bare.end());
    const auto middle = static_cast<std::size_t>(count / 2);
    std::printf("single, one receipt posted and durable on its own, median of %d\n  bare write and fdatasync %7.0f us\n  posted by the ledger     %7.0f us   ratio %.2f (goal 1.5)\n",
                count, bare[middle] * 1e6, ours[middle] * 1e6, ours[middle] / bare[middle]);
}

void verify(int items) {
    Book book;
    book.add_customers(std::max(items / 10, 1));
    book.post_invoices(items);
    std::int64_t lines = 0;
    const double took = seconds([&] { lines = verified(book.test.store(), book.own); });
    std::printf("verify, %lld journal lines: %.2f s, no differences; %.2f s per million (goal 5)\n", static_cast<long long>(lines), took,
                took * 1e6 / static_cast<double>(lines));
}

/// A book of which half is paid, aged on its last day, on a day in its middle, and again.
void aging(int customers, int items) {
    Book book;
    book.add_customers(customers);
    book.post_invoices(items);
    must(book.test.store().write([&](store::Tx& tx) -> Status {
        for (int i = 0; i < items / 2; ++i) OWED_TRY_VOID(book.pay(tx, OpenItemId{2 * i + 1}, amount_of(2 * i), true));
        return {};
    }));
    book.test.store().checkpoint_at_idle();
    report::Memory memory;
    const auto aged = [&](Date as_of) {
        std::size_t rows = 0;
        const double took = seconds([&] {
            book.test.read([&](store::Db& db) {
                const auto report = report::aging(db, book.own, {.entity = "emea", .as_of = as_of, .known_at = {}}, &memory);
                rows = report.rows.size();
                for (const auto& [code, difference] : report.difference)
                    if (difference != 0) std::exit(1);
            });
        });
        return std::pair{took, rows};
    };
    const auto cold = aged(day), warm = aged(day), past = aged(day.plus_days(-60));
    std::printf("aging, %d customers and %d items, half of them paid: cold %.3f s (goal 0.25 at full size), warm %.3f s (0.05), a past date %.3f s (1.5); %zu rows\n",
                customers, items, cold.first, warm.first, past.first, cold.second);
}

}  // namespace
}  // namespace owed::bench

int main(int argc, char** argv) {
    ::setenv("TMPDIR", std::filesystem::temp_directory_path().c_str(), 1);   // on the disk: commits are to cost what they cost
    std::set<std::string> sections;
    double scale = 1;
    if (argc == 5 && std::string_view{argv[1]} == "--take-bank-file") return owed::bench::take_bank_file(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
    if (argc == 4 && std::string_view{argv[1]} == "--make-book") return owed::bench::make_book(argv[2], std::atoi(argv[3]));
    for (int i = 1; i < argc; ++i)
        if (std::string_view{argv[i]} == "--short") scale = 0.01;
        else if (std::string_view{argv[i]} == "--scale" && i + 1 < argc) scale = std::atof(argv[++i]);
        else sections.insert(argv[i]);
    const auto wanted = [&](const char* name) { return sections.empty() || sections.contains(name); };
    const auto sized = [&](int full) { return std::max(100, static_cast<int>(full * scale)); };
    if (wanted("intake")) owed::bench::intake(sized(200'000));
    if (wanted("apply")) owed::bench::apply(sized(1'000'000), sized(500'000));
    if (wanted("match")) owed::bench::match(sized(1'000'000), sized(200'000));
    if (wanted("full") && owed::bench::full(sized(1'000'000), sized(500'000)) != 0) return 1;
    if (wanted("single")) owed::bench::single(sized(10'000), sized(2'000));
    if (wanted("verify")) owed::bench::verify(sized(350'000));
    if (wanted("aging")) owed::bench::aging(sized(100'000), sized(1'000'000));
    return 0;
}
