#include "parties/parties.hpp"

namespace owed::parties {

std::vector<store::Migration> migrations() {
    return {{20, "parties: customers, aliases, pay-to details",
        // The ERP's values. known = 0: only a document named the number so far.
        "CREATE TABLE customer("
        " id INTEGER PRIMARY KEY,"
        " entity TEXT NOT NULL CHECK(entity <> ''),"
        " number TEXT NOT NULL CHECK(number <> ''),"
        " known INTEGER NOT NULL CHECK(known IN (0, 1)),"
        " name TEXT NOT NULL, email TEXT NOT NULL, language TEXT NOT NULL, currency TEXT NOT NULL, contact_name TEXT NOT NULL,"
        " address_lines TEXT NOT NULL, postcode TEXT NOT NULL, city TEXT NOT NULL, region TEXT NOT NULL, country TEXT NOT NULL,"
        " tax_id TEXT NOT NULL, terms_days INTEGER, segment TEXT NOT NULL, parent TEXT NOT NULL,"
        " dunning_block TEXT NOT NULL, channel TEXT NOT NULL,"
        " version INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
        " UNIQUE(entity, number)"
        ") STRICT;"
        "CREATE TABLE customer_account("
        " customer INTEGER NOT NULL REFERENCES customer, position INTEGER NOT NULL,"
        " account TEXT NOT NULL, account_key TEXT NOT NULL CHECK(account_key <> ''),"
        " PRIMARY KEY(customer, position)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE INDEX customer_account_key ON customer_account(account_key);"
        // Spellings of the name in force, for finding a payer.
        "CREATE TABLE customer_name("
        " customer INTEGER NOT NULL REFERENCES customer, base TEXT NOT NULL, form TEXT NOT NULL,"
        " PRIMARY KEY(base, customer, form)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE INDEX customer_name_customer ON customer_name(customer);"
        "CREATE TABLE customer_override("
        " customer INTEGER NOT NULL REFERENCES customer, field TEXT NOT NULL, value TEXT NOT NULL,"
        " set_by TEXT NOT NULL, at INTEGER NOT NULL,"
        " PRIMARY KEY(customer, field)"
        ") STRICT, WITHOUT ROWID;"
        "CREATE TABLE alias("
        " id INTEGER PRIMARY KEY, entity TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('account', 'name')),"
        " value TEXT NOT NULL, value_key TEXT NOT NULL CHECK(value_key <> ''),"
        " customer INTEGER NOT NULL REFERENCES customer, learned_by TEXT NOT NULL, at INTEGER NOT NULL,"
        " revoked_by TEXT, revoked_at INTEGER,"
        " CHECK((revoked_by IS NULL) = (revoked_at IS NULL))"
        ") STRICT;"
        "CREATE INDEX alias_key ON alias(kind, value_key);"
        // In force, one an entity and currency; and what was configured but not approved.
        "CREATE TABLE pay_to("
        " entity TEXT NOT NULL, currency TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('approved', 'pending')),"
        " iban TEXT NOT NULL, number TEXT NOT NULL, bank TEXT NOT NULL, bank_name TEXT NOT NULL, holder TEXT NOT NULL,"
        " content_hash TEXT NOT NULL CHECK(length(content_hash) = 64), at INTEGER NOT NULL,"
        " PRIMARY KEY(entity, currency, state)"
        ") STRICT, WITHOUT ROWID;"
        // Every version that was ever in force.
        "CREATE TABLE pay_to_version("
        " id INTEGER PRIMARY KEY, entity TEXT NOT NULL, currency TEXT NOT NULL,"
        " iban TEXT NOT NULL, number TEXT NOT NULL, bank TEXT NOT NULL, bank_name TEXT NOT NULL, holder TEXT NOT NULL,"
        " content_hash TEXT NOT NULL, at INTEGER NOT NULL"
        ") STRICT;"},
        {21, "parties: contacts",
        "CREATE TABLE contact("
        " id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer,"
        " source TEXT NOT NULL, number TEXT NOT NULL CHECK(number <> ''),"
        " name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL,"
        " no_email INTEGER NOT NULL CHECK(no_email IN (0, 1)), changed_at INTEGER NOT NULL,"
        " UNIQUE(source, number)"
        ") STRICT;"
        "CREATE INDEX contact_customer ON contact(customer);"},
        {22, "parties: payer relations, merged customers",
        // The payer is a customer, or an account or name that is none of ours (factors, paying agents).
        "CREATE TABLE payer_relation("
        " id INTEGER PRIMARY KEY, entity TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('parent', 'factor', 'agent')),"
        " payer INTEGER REFERENCES customer, payer_account TEXT NOT NULL, account_key TEXT NOT NULL,"
        " payer_name TEXT NOT NULL, name_key TEXT NOT NULL,"
        " pays_for INTEGER NOT NULL REFERENCES customer, first_day INTEGER, last_day INTEGER,"
        " added_by TEXT NOT NULL, added_at INTEGER NOT NULL,"
        " CHECK(payer IS NOT NULL OR account_key <> '' OR name_key <> '')"
        ") STRICT;"
        "CREATE INDEX payer_relation_payer ON payer_relation(payer) WHERE payer IS NOT NULL;"
        "CREATE INDEX payer_relation_account ON payer_relation(entity, account_key) WHERE account_key <> '';"
        "CREATE INDEX payer_relation_name ON payer_relation(entity, name_key) WHERE name_key <> '';"
        "CREATE INDEX customer_parent ON customer(entity, parent) WHERE parent <> '';"
        "CREATE TABLE customer_merge("
        " id INTEGER PRIMARY KEY, from_customer INTEGER NOT NULL REFERENCES customer, into_customer INTEGER NOT NULL REFERENCES customer,"
        " merged_by TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL, split_at INTEGER, split_by TEXT,"
        " CHECK(from_customer <> into_customer)"
        ") STRICT;"
        "CREATE UNIQUE INDEX customer_merge_from ON customer_merge(from_customer) WHERE split_at IS NULL;"
        "CREATE INDEX customer_merge_into ON customer_merge(into_customer);"},
        {23, "parties: credit limits",
        "CREATE TABLE credit_limit("
        " id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer,"
        " amount INTEGER CHECK(amount >= 0), currency TEXT NOT NULL, valid_from INTEGER NOT NULL,"
        " set_by TEXT NOT NULL, approved_by TEXT NOT NULL CHECK(approved_by <> '' AND approved_by <> set_by), why TEXT NOT NULL, at INTEGER NOT NULL,"
        " CHECK((amount IS NULL) = (currency = ''))"
        ") STRICT;"
        "CREATE INDEX credit_limit_customer ON credit_limit(customer, valid_from, id);"},
        {29, "parties: a mark of the last change",
        // So that what was read of all customers is known to be old.
        "CREATE TABLE customer_mark(changes INTEGER NOT NULL) STRICT;"
        "INSERT INTO customer_mark VALUES(0);"
        "CREATE TRIGGER customer_new AFTER INSERT ON customer BEGIN UPDATE customer_mark SET changes = changes + 1; END;"
        "CREATE TRIGGER customer_changed AFTER UPDATE ON customer BEGIN UPDATE customer_mark SET changes = changes + 1; END;"
        "CREATE TRIGGER override_new AFTER INSERT ON customer_override BEGIN UPDATE customer_mark SET changes = changes + 1; END;"
        "CREATE TRIGGER override_changed AFTER UPDATE ON customer_override BEGIN UPDATE customer_mark SET changes = changes + 1; END;"
        "CREATE TRIGGER override_gone AFTER DELETE ON customer_override BEGIN UPDATE customer_mark SET changes = changes + 1; END;"}};
}

}  // namespace owed::parties
