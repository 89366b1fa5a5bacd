// Tables of the ledger, migrations 32 to 35: what stands beside items, applications and periods; rates; revaluations. Same
// conventions as schema.cpp: rows are added, never changed or deleted, and each carries the hash of its fields.
#include "ledger/detail/schema.hpp"

namespace owed::ledger::detail {
namespace {

constexpr std::string_view terms_sql = R"sql(
CREATE TABLE item_terms (
    item INTEGER PRIMARY KEY REFERENCES open_item (id),
    terms TEXT NOT NULL,                    -- name or text of the payment terms
    tolerance INTEGER CHECK (tolerance >= 0),
    disputed INTEGER CHECK (disputed >= 0),
    expected_payment INTEGER,               -- due date moved to a banking day
    reason_code TEXT NOT NULL,              -- of a deduction or chargeback
    source INTEGER REFERENCES open_item (id),   -- what it was split off or billed for
    hash BLOB NOT NULL,                     -- over this row and its tiers
    CHECK (source <> item)
) STRICT;
CREATE INDEX item_terms_source ON item_terms (source) WHERE source IS NOT NULL;

CREATE TABLE item_discount (
    item INTEGER NOT NULL REFERENCES item_terms (item),
    until INTEGER NOT NULL,                 -- last day, grace not included
    percent TEXT NOT NULL,                  -- exact decimal
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (item, until)
) STRICT;

CREATE TABLE application_part (
    application INTEGER PRIMARY KEY REFERENCES application (id),
    tolerance INTEGER NOT NULL,             -- loss positive, gain negative
    bank_charge INTEGER NOT NULL CHECK (bank_charge >= 0),
    withholding INTEGER NOT NULL CHECK (withholding >= 0),
    write_off INTEGER NOT NULL CHECK (write_off >= 0),
    deduction INTEGER NOT NULL CHECK (deduction >= 0),
    deduction_item INTEGER UNIQUE REFERENCES open_item (id),
    credit_currency TEXT NOT NULL,
    credit_amount INTEGER NOT NULL CHECK (credit_amount > 0),   -- what left the credit
    realised INTEGER NOT NULL,              -- in the entity's currency, gain positive
    cross_difference INTEGER NOT NULL,
    write_off_functional INTEGER NOT NULL CHECK (write_off_functional >= 0),
    hash BLOB NOT NULL,
    CHECK ((deduction = 0) = (deduction_item IS NULL))
) STRICT;
)sql";

constexpr std::string_view rates_sql = R"sql(
CREATE TABLE fx_rate (
    id INTEGER PRIMARY KEY,                 -- of two rows for a day the later one counts
    from_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    type INTEGER NOT NULL CHECK (type BETWEEN 0 AND 2),         -- spot, closing, custom
    valid_on INTEGER NOT NULL,
    rate TEXT NOT NULL,                     -- exact decimal: 1 from = rate to
    source TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    CHECK (from_currency <> to_currency)
) STRICT;
CREATE INDEX fx_rate_pair ON fx_rate (from_currency, to_currency, type, valid_on, id);

CREATE TABLE reference_rate (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    valid_from INTEGER NOT NULL,
    percent TEXT NOT NULL,                  -- exact decimal
    source TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX reference_rate_name ON reference_rate (name, valid_from, id);
)sql";

constexpr std::string_view period_sql = R"sql(
CREATE TABLE period_change (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    month INTEGER NOT NULL,                 -- as in period
    before INTEGER NOT NULL CHECK (before BETWEEN 0 AND 2),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    changed_by TEXT NOT NULL CHECK (changed_by <> ''),
    approved_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    CHECK (before <> state),
    CHECK (before <> 2 OR (approved_by <> '' AND approved_by <> changed_by))   -- a second person reopens
) STRICT;
)sql";

constexpr std::string_view revaluation_sql = R"sql(
CREATE TABLE revaluation (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    closing_date INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES open_item (id),
    currency TEXT NOT NULL,
    open_amount INTEGER NOT NULL,           -- signed, at the closing date
    carrying INTEGER NOT NULL,              -- its carrying amount then
    at_closing INTEGER NOT NULL,            -- the open amount at the closing rate
    unrealised INTEGER NOT NULL,            -- what this run posted for the item: gain positive
    entry INTEGER NOT NULL REFERENCES journal_entry (id),
    reversal INTEGER NOT NULL REFERENCES journal_entry (id),
    hash BLOB NOT NULL,
    CHECK (unrealised <> 0)
) STRICT;
CREATE INDEX revaluation_item ON revaluation (entity, closing_date, currency, item);
)sql";

}  // namespace

std::vector<store::Migration> later_migrations() {
    return {{32, "ledger: terms of items, parts of applications", terms_sql},
            {33, "ledger: exchange and reference rates", rates_sql},
            {34, "ledger: who changed periods", period_sql},
            {35, "ledger: revaluations", revaluation_sql}};
}

}  // namespace owed::ledger::detail
