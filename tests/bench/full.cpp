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

/// Entries that the receipts made by coming in, and those by being matched; both with what they wrote beside the ledger.
std::vector<BareTable> receipt_tables(Raw& from) {
    return {inserted(from, "journal_entry", "journal_entry WHERE act = 'receipt' AND id BETWEEN ?1 AND ?2 ORDER BY id"),
            inserted(from, "open_item", "open_item WHERE entry BETWEEN ?1 AND ?2 AND kind = 5 ORDER BY id",
                     {{"residual", "original"}, {"functional_residual", "functional_original"}, {"customer", "NULL"}, {"version", "1"},
                      {"identified_on", "NULL"}, {"identified_at", "NULL"}, {"account", "'1220'"}}),
            inserted(from, "posting_line", "posting_line JOIN journal_entry e ON e.id = entry WHERE e.act = 'receipt' AND entry BETWEEN ?1 AND ?2 ORDER BY entry, line"),
            inserted(from, "receipt", "receipt JOIN open_item ON open_item.id = receipt.item WHERE open_item.entry BETWEEN ?1 AND ?2 ORDER BY item",
                     {{"state", "'unidentified'"}, {"question", "''"}, {"proposals", "'[]'"}}),
            inserted(from, "bank_line", "bank_line JOIN receipt r ON r.event_key = bank_line.key JOIN open_item ON open_item.id = r.item "
                                        "WHERE open_item.entry BETWEEN ?1 AND ?2 ORDER BY r.item")};
}

std::vector<BareTable> matching_tables(Raw& from) {
    return {inserted(from, "journal_entry", "journal_entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
            inserted(from, "posting_line", "posting_line WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry, line"),
            inserted(from, "application", "application WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry"),
            {"SELECT i.residual, i.functional_residual, i.last_date, i.version, i.hash, i.id FROM application a JOIN open_item i ON i.id = a.debit "
             "WHERE a.entry BETWEEN ?1 AND ?2 ORDER BY a.entry",
             "UPDATE open_item SET residual = ?, functional_residual = ?, last_date = ?, version = ?, hash = ? WHERE id = ?"},
            {"SELECT i.customer, i.residual, i.functional_residual, i.account, i.last_date, i.identified_on, i.identified_at, i.version, i.hash, i.id "
             "FROM posting_line l JOIN journal_entry e ON e.id = l.entry JOIN open_item i ON i.id = l.item "
             "WHERE l.entry BETWEEN ?1 AND ?2 AND e.act = 'identify' AND l.line = 1 ORDER BY l.entry",
             "UPDATE open_item SET customer = ?, residual = ?, functional_residual = ?, account = ?, last_date = ?, identified_on = ?, identified_at = ?, "
             "version = ?, hash = ? WHERE id = ?"},
            {"SELECT r.state, r.question, r.proposals, r.item FROM posting_line l JOIN journal_entry e ON e.id = l.entry JOIN receipt r ON r.item = l.item "
             "WHERE l.entry BETWEEN ?1 AND ?2 AND e.act = 'identify' AND l.line = 1 ORDER BY l.entry",
             "UPDATE receipt SET state = ?, question = ?, proposals = ? WHERE item = ?"},
            inserted(from, "cash_evidence", "posting_line l JOIN journal_entry e ON e.id = l.entry JOIN cash_evidence ON cash_evidence.item = l.item "
                                            "WHERE l.entry BETWEEN ?1 AND ?2 AND e.act = 'identify' AND l.line = 1 ORDER BY l.entry")};
}

struct Bare {
    double received = 0, matched = 0;   // seconds
};

/// The very rows of the run, bare into the copy that was made before it.
Bare bare_side(const std::string& database, const std::string& copy, std::int64_t entries_before) {
    Raw from{database}, to{copy};
    to.like_the_store();
    // Rows beside the ledger's come without the file they belong to.
    to.run("PRAGMA foreign_keys=OFF");
    const auto received = from.integer("SELECT MAX(id) FROM journal_entry WHERE act = 'receipt'");
    const auto last = from.integer("SELECT MAX(id) FROM journal_entry");
    Bare bare;
    bare.received = write_bare(from, to, receipt_tables(from), entries_before + 1, received);
    bare.matched = write_bare(from, to, matching_tables(from), received + 1, last);
    return bare;
}

Figures figures_of(const std::string& text) {
    Figures figures;
    std::istringstream lines{text};
    std::string name;
    for (double value = 0; lines >> name >> value;) figures[name] = value;
    return figures;
}

void print(int items, int receipts, Figures& run, const Bare& bare, double verified) {
    const auto whole = run["received"] + run["matched"];
    std::printf("full, a bank's file of %d receipts onto %d open items: %.1f s (goal 30 at full size), %.0f MiB at most (goal 1024); processor %.1f s\n"
                "  %.0f applied, %.0f questions, %.0f other; verified in %.1f s\n"
                "  received and posted      %8.2f s %9.0f /s   the same rows bare %8.2f s   ratio %.2f\n"
                "  matched and applied      %8.2f s %9.0f /s   the same rows bare %8.2f s   ratio %.2f (goal 0.5)\n"
                "  both                     %8.2f s %9.0f /s   the same rows bare %8.2f s   ratio %.2f\n",
                receipts, items, run["whole"], run["memory"] / 1024, run["processor"], run["applied"], run["questions"],
                receipts - run["applied"] - run["questions"], verified, run["received"], receipts / run["received"], bare.received,
                bare.received / run["received"], run["matched"], receipts / run["matched"], bare.matched, bare.matched / run["matched"], whole,
                receipts / whole, bare.received + bare.matched, (bare.received + bare.matched) / whole);
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
    std::printf("received %.3f\nmatched %.3f\nwhole %.3f\nprocessor %.3f\nmemory %ld\napplied %lld\nquestions %lld\n", Seconds{file.read_to_the_end - file.last_pass}.count(),
                Seconds{end - file.read_to_the_end}.count(), Seconds{end - start}.count(), processor_seconds(), memory_kib("self", "VmHWM"),
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
