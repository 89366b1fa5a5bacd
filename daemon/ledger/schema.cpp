// Tables of the ledger (migrations 30 to 39), in the SQL that SQLite and PostgreSQL both speak. Integers are 64 bit: money
// counts minor units, dates are days and instants microseconds since 1970, months count from year 0. Rows of journal_entry,
// posting_line and application are never deleted; ids are given out without gaps, so that a missing row is seen.
#include "ledger/detail/day_sums.hpp"
#include "ledger/detail/schema.hpp"
#include "ledger/ledger.hpp"

namespace owed::ledger {
namespace {

constexpr std::string_view journal_sql = R"sql(
CREATE TABLE period (
    entity TEXT NOT NULL,
    month INTEGER NOT NULL,                 -- year * 12 + month - 1
    state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
    PRIMARY KEY (entity, month)
) STRICT;

CREATE TABLE journal_entry (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    currency TEXT NOT NULL,                 -- functional currency of the entity
    posting_date INTEGER NOT NULL,
    asked_date INTEGER NOT NULL,            -- differs from posting_date when the period was closed
    document_date INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    act TEXT NOT NULL,                      -- document, receipt, application, unapply, ...
    cause_kind TEXT NOT NULL,
    cause_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    event_key TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL,                  -- what was asked for: the same event key must ask for the same
    reverses INTEGER REFERENCES journal_entry (id),
    hash BLOB NOT NULL,                     -- over this row and its lines
    CHECK (posting_date >= asked_date),
    CHECK (reverses < id)
) STRICT;
CREATE INDEX journal_entry_by_date ON journal_entry (posting_date);
CREATE UNIQUE INDEX journal_entry_reverses ON journal_entry (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE open_item (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    customer INTEGER,                       -- NULL: unidentified
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 9),
    document TEXT NOT NULL,
    document_key TEXT NOT NULL,
    instalment INTEGER NOT NULL CHECK (instalment >= 0),
    payment_reference TEXT NOT NULL,
    payment_reference_key TEXT NOT NULL,
    order_number TEXT NOT NULL,
    document_date INTEGER NOT NULL,
    due_date INTEGER NOT NULL,
    posting_date INTEGER NOT NULL,
    currency TEXT NOT NULL,
    original INTEGER NOT NULL CHECK (original <> 0),
    residual INTEGER NOT NULL,              -- today's: the sum of its posting lines
    functional_original INTEGER NOT NULL,
    functional_residual INTEGER NOT NULL,   -- carrying amount of the residual
    tax INTEGER NOT NULL CHECK (tax >= 0),  -- share of the original that a discount corrects in proportion
    account TEXT NOT NULL,                  -- control account it stands on
    last_date INTEGER NOT NULL,             -- latest posting date of its lines
    in_flight INTEGER NOT NULL CHECK (in_flight >= 0),   -- applications waiting for the ERP
    written_off INTEGER NOT NULL CHECK (written_off IN (0, 1)),
    identified_on INTEGER,                  -- posting date of the identification; NULL: customer known from the start
    identified_at INTEGER,
    entry INTEGER NOT NULL UNIQUE REFERENCES journal_entry (id),   -- that opened it
    recorded_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    hash BLOB NOT NULL,
    CHECK ((original > 0 AND residual BETWEEN 0 AND original) OR (original < 0 AND residual BETWEEN original AND 0)),
    CHECK ((original > 0 AND functional_residual BETWEEN 0 AND functional_original)
        OR (original < 0 AND functional_residual BETWEEN functional_original AND 0)),
    CHECK (residual <> 0 OR functional_residual = 0),
    CHECK ((kind IN (1, 3, 4, 7, 8) AND original > 0) OR (kind IN (2, 5, 6) AND original < 0) OR kind = 9),
    CHECK (kind = 5 OR document <> ''),
    CHECK ((identified_on IS NULL) = (identified_at IS NULL)),
    CHECK (last_date >= posting_date)
) STRICT;
CREATE UNIQUE INDEX open_item_document ON open_item (entity, kind, document, instalment) WHERE kind <> 5;
CREATE INDEX open_item_key ON open_item (entity, document_key) WHERE original > 0;
CREATE INDEX open_item_reference ON open_item (entity, payment_reference_key) WHERE payment_reference_key <> '';
CREATE INDEX open_item_customer ON open_item (customer, due_date);
CREATE INDEX open_item_open ON open_item (entity, customer, due_date, posting_date, identified_on, currency, kind, residual)
    WHERE residual <> 0;                    -- all that an aging asks
CREATE INDEX open_item_amount ON open_item (entity, residual) WHERE residual > 0;

CREATE TABLE posting_line (
    entry INTEGER NOT NULL REFERENCES journal_entry (id),
    line INTEGER NOT NULL CHECK (line >= 1),
    entity TEXT NOT NULL,                   -- the entry's, so that balances read this table alone
    posting_date INTEGER NOT NULL,          -- the entry's
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,                -- debit positive, credit negative
    functional INTEGER NOT NULL,
    item INTEGER REFERENCES open_item (id), -- on control accounts always, elsewhere never
    PRIMARY KEY (entry, line),
    CHECK (amount <> 0 OR functional <> 0)
) STRICT, WITHOUT ROWID;                    -- with a rowid each line would be written twice
CREATE INDEX posting_line_item ON posting_line (item, posting_date, amount) WHERE item IS NOT NULL;
)sql";

constexpr std::string_view application_sql = R"sql(
CREATE TABLE application (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL UNIQUE REFERENCES journal_entry (id),
    entity TEXT NOT NULL,
    customer INTEGER NOT NULL,
    credit INTEGER NOT NULL REFERENCES open_item (id),
    debit INTEGER NOT NULL REFERENCES open_item (id),
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    discount INTEGER NOT NULL CHECK (discount >= 0),
    credit_functional INTEGER NOT NULL CHECK (credit_functional >= 0),     -- carrying amounts released
    debit_functional INTEGER NOT NULL CHECK (debit_functional >= 0),
    discount_functional INTEGER NOT NULL CHECK (discount_functional >= 0),
    posting_date INTEGER NOT NULL,
    stage TEXT NOT NULL,
    confidence INTEGER NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    undone_on INTEGER,                      -- posting date of the reversal
    undone_at INTEGER,                      -- recorded
    undone_entry INTEGER REFERENCES journal_entry (id),
    undone_by TEXT NOT NULL,
    in_flight INTEGER NOT NULL CHECK (in_flight IN (0, 1)),
    hash BLOB NOT NULL,
    CHECK (credit <> debit),
    CHECK (undone_on IS NULL OR undone_on >= posting_date),
    CHECK ((undone_on IS NULL) = (undone_entry IS NULL) AND (undone_on IS NULL) = (undone_at IS NULL)),
    CHECK (undone_on IS NULL OR in_flight = 0)
) STRICT;
CREATE INDEX application_credit ON application (credit);
CREATE INDEX application_debit ON application (debit);
CREATE INDEX application_date ON application (posting_date);
CREATE UNIQUE INDEX application_undone ON application (undone_entry) WHERE undone_entry IS NOT NULL;
)sql";

}  // namespace

std::vector<store::Migration> migrations() {
    std::vector<store::Migration> all{{30, "ledger: journal, posting lines, open items, periods", journal_sql},
                                      {31, "ledger: applications", application_sql}};
    for (const auto& later : detail::later_migrations()) all.push_back(later);
    all.push_back({38, "ledger: what each account moved a day", detail::day_sums_sql});
    all.push_back(detail::open_item_anew());
    return all;
}

}  // namespace owed::ledger
