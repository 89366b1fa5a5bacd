#include "full.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <unordered_map>

#include "bank_file.hpp"
#include "bare.hpp"
#include "cash/detail/books_lookup.hpp"
#include "cash/detail/rows.hpp"
#include "intake/intake.hpp"
#include "process.hpp"

namespace owed::bench {
namespace {

namespace fs = std::filesystem;
using Figures = std::map<std::string, double>;

intake::Settings settings() {
    intake::Settings settings;
    settings.cash.beside = store::beside();
    settings.keep_records_max = 0;   // a file of that size is read twice, its records are not kept
    return settings;
}

/// What a run of receipts wrote, entry by entry, in the order in which it had to be: a receipt's item as it was opened, then paid down.
std::vector<BareTable> written_tables(Raw& from) {
    const std::string own_entries = " WHERE open_item.entry BETWEEN ?1 AND ?2";
    return {inserted(from, "journal_entry", "journal_entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
            inserted(from, "open_item", "open_item WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry",
                     {{"residual", "original"}, {"functional_residual", "functional_original"}, {"version", "1"}}),
            inserted(from, "posting_line", "posting_line WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry, line"),
            inserted(from, "receipt", "receipt JOIN open_item ON open_item.id = receipt.item" + own_entries + " ORDER BY open_item.entry"),
            inserted(from, "cash_evidence", "cash_evidence JOIN open_item ON open_item.id = cash_evidence.item" + own_entries + " ORDER BY open_item.entry"),
            inserted(from, "bank_line", "bank_line JOIN receipt r ON r.event_key = bank_line.key JOIN open_item ON open_item.id = r.item" + own_entries + " ORDER BY open_item.entry"),
            inserted(from, "application", "application WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry"),
            {"SELECT i.residual, i.functional_residual, i.last_date, i.version, i.hash, i.id FROM application a JOIN open_item i ON i.id IN (a.credit, a.debit) "
             "WHERE a.entry BETWEEN ?1 AND ?2 ORDER BY a.entry",
             "UPDATE open_item SET residual = ?, functional_residual = ?, last_date = ?, version = ?, hash = ? WHERE id = ?"}};
}

/// The very rows of the run, bare into the copy that was made before it. In seconds.
double bare_side(const std::string& database, const std::string& copy, std::int64_t entries_before) {
    Raw from{database}, to{copy};
    to.like_the_store();
    // Rows beside the ledger's come without the file they belong to.
    to.run("PRAGMA foreign_keys=OFF");
    return write_bare(from, to, written_tables(from), entries_before + 1, from.integer("SELECT MAX(id) FROM journal_entry"));
}

Figures figures_of(const std::string& text) {
    Figures figures;
    std::istringstream lines{text};
    std::string name;
    for (double value = 0; lines >> name >> value;) figures[name] = value;
    return figures;
}

void print(int items, int receipts, Figures& run, double bare, double verified) {
    std::printf("full, a bank's file of %d receipts matched, posted and applied onto %d open items: %.1f s (goal 30 at full size), %.0f MiB at most (goal 1024); processor %.1f s\n"
                "  %.0f applied, %.0f questions, %.0f other; verified in %.1f s\n"
                "  by owed %8.2f s %9.0f /s   the same rows bare %8.2f s %9.0f /s   ratio %.2f (goal 0.5)\n",
                receipts, items, run["whole"], run["memory"] / 1024, run["processor"], run["applied"], run["questions"],
                receipts - run["applied"] - run["questions"], verified, run["posted"], receipts / run["posted"], bare, receipts / bare,
                bare / run["posted"]);
}

}  // namespace

int take_bank_file(const std::string& folder, int items, int receipts) {
    store::FixedClock clock;
    store::CollectingLog log;
    store::SeededRng rng;
    auto opened = store::Store::open({.folder = folder, .migrations = api::all_migrations(), .installation_id = {}}, clock, log);
    if (!opened) must(fail(opened.error()));
    auto& store = **opened;
    const auto own = books();
    const ledger::Context context{own, clock, {}};
    intake::Intake intake{store, context, settings(), rng, log};
    BankFile file{receipts, items};
    const auto start = std::chrono::steady_clock::now();
    const auto taken = intake.sync(file);
    const auto end = std::chrono::steady_clock::now();
    if (!taken) must(fail(taken.error()));
    const auto count = [&](const char* state) {
        std::int64_t found = 0;
        must(store.read([&](store::Db& db) -> Status {
            auto query = db.query(state);
            query.step();
            found = query.integer(0);
            return {};
        }));
        return found;
    };
    // The file is read twice: proved whole, then posted.
    std::printf("posted %.3f\nwhole %.3f\nprocessor %.3f\nmemory %ld\napplied %lld\nquestions %lld\n", Seconds{end - file.last_pass}.count(),
                Seconds{end - start}.count(), processor_seconds(), memory_kib("self", "VmHWM"),
                static_cast<long long>(count("SELECT count(*) FROM receipt WHERE state = 'applied'")),
                static_cast<long long>(count("SELECT count(*) FROM receipt WHERE question <> ''")));
    return 0;
}

int full(int items, int receipts) {
    items = customers_of(items) * 10;
    receipts = std::min(receipts, items / 2);
    Book book;
    book.add_named_customers(customers_of(items));
    book.post_invoices(items);
    book.test.close();
    const auto copy = book.test.folder / "copy.db", out = book.test.folder / "out";
    fs::copy_file(book.database(), copy);
    const auto entries = Raw{copy}.integer("SELECT MAX(id) FROM journal_entry");
    if (run_self({"--take-bank-file", book.test.folder / "data", std::to_string(items), std::to_string(receipts)}, out) != 0) return 1;
    std::stringstream text;
    text << std::ifstream{out}.rdbuf();
    auto run = figures_of(text.str());
    if (run["applied"] < receipts * 0.75) {   // 18 of 20 lines name their items
        std::fprintf(stderr, "full: only %.0f of %d receipts were applied\n", run["applied"], receipts);
        return 1;
    }
    book.test.open();
    const auto verifying = seconds([&] { verified(book.test.store(), book.own); });
    print(items, receipts, run, bare_side(book.database(), copy, entries), verifying);
    return 0;
}

int make_book(const std::string& folder, int items) {
    Book book;
    book.add_named_customers(customers_of(items));
    book.post_invoices(items);
    book.test.close();
    fs::copy(book.test.folder / "data", folder, fs::copy_options::recursive);
    return 0;
}

void match(int items, int receipts) {
    items = customers_of(items) * 10;
    receipts = std::min(receipts, items / 2);
    Book book;
    book.add_named_customers(customers_of(items));
    book.post_invoices(items);
    std::vector<cash::ReceiptFacts> facts;
    std::unordered_map<std::string, int> numbers;
    for (int i = 0; i < items; ++i) numbers.emplace(number_of(i), i);
    for (int i = 0; i < receipts; ++i) {
        auto line = bank_line(i, items);
        facts.push_back({.item = OpenItemId{items + i + 1}, .entity = "emea", .amount = line.amount->money().value(), .value_date = day, .customer = {},
                         .payer_name = line.counterparty.name, .payer_account = line.counterparty.account, .code = line.code, .text = line.text,
                         .references = {}, .bank_reference = line.bank_ref});
    }
    must(book.test.store().read([&](store::Db& db) -> Status {
        std::optional<cash::Snapshot> snapshot;
        const double reading = seconds([&] { snapshot = cash::detail::read_snapshot(db, book.own, day); });
        int applied = 0, hits = 0;
        const double deciding = seconds([&] {
            for (const auto& one : facts) applied += cash::decide(one, *snapshot, {}).outcome == cash::Outcome::apply ? 1 : 0;
        });
        const double bare = seconds([&] {
            for (const auto& one : facts)
                for (const auto& text : one.text) {
                    std::istringstream words{text};
                    for (std::string word; words >> word;) hits += numbers.contains(word) ? 1 : 0;
                }
        });
        std::printf("match, %d receipts decided over %d open items in memory: %.0f /s (aim 100000), %d to be applied; words bare in a hash table %.0f /s, %d hits\n"
                    "  read into memory in %.1f s, %zu MiB\n",
                    receipts, items, receipts / deciding, applied, receipts / bare, hits, reading, snapshot->bytes() >> 20);
        return {};
    }));
}

}  // namespace owed::bench
