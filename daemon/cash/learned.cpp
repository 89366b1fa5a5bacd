#include "cash/detail/learned.hpp"

#include <algorithm>

#include "parties/relations.hpp"

namespace owed::cash {
namespace detail {

const std::string_view learned_tables = R"sql(
CREATE TABLE cash_taught (      -- receipts whose answer was counted in cash_answer
  receipt INTEGER NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('account', 'name')),
  PRIMARY KEY (receipt, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE cash_rule_answer ( -- answers that a payer's money is no receivable
  receipt   INTEGER NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('account', 'name')),
  entity    TEXT NOT NULL,
  value_key TEXT NOT NULL,
  PRIMARY KEY (receipt, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX cash_rule_answer_value ON cash_rule_answer (entity, kind, value_key);
CREATE TABLE cash_rule (
  id         INTEGER PRIMARY KEY,
  entity     TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('account', 'name')),
  value      TEXT NOT NULL,
  value_key  TEXT NOT NULL CHECK (value_key <> ''),
  why        TEXT NOT NULL,
  learned_by TEXT NOT NULL,
  at         INTEGER NOT NULL,
  revoked_by TEXT,
  revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX cash_rule_value ON cash_rule (entity, kind, value_key) WHERE revoked_at IS NULL;
)sql";

std::string key_of(std::string_view kind, std::string_view value) { return kind == "account" ? parties::account_key(value) : parties::name_key(value); }

namespace {

constexpr std::string_view rule_columns = "SELECT id, entity, kind, value, why, learned_by, at FROM cash_rule WHERE revoked_at IS NULL ";

LearnedRule rule_at(const store::Query& row) {
    return {row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), Instant{row.integer(6)}};
}

std::optional<LearnedRule> rule_of(store::Db& db, std::string_view entity, std::string_view kind, std::string_view value) {
    const auto key = key_of(kind, value);
    if (key.empty()) return {};
    static const std::string sql = std::string{rule_columns} + "AND entity = ? AND kind = ? AND value_key = ?";
    auto row = db.query(sql);
    if (!row.bind(entity, kind, key).step()) return {};
    return rule_at(row);
}

std::int64_t count(store::Query& row) { return row.step() ? row.integer(0) : 0; }

/// Counts it once a receipt; answers whether it is new.
bool is_first_word(store::Tx& tx, OpenItemId receipt, std::string_view kind) {
    {
        auto known = tx.query("SELECT 1 FROM cash_taught WHERE receipt = ? AND kind = ?");
        if (known.bind(receipt.value, kind).step()) return false;
    }
    tx.query("INSERT INTO cash_taught (receipt, kind) VALUES (?, ?)").bind(receipt.value, kind).run();
    return true;
}

constexpr int concluded_min = 2;   ///< answers that only applied money: an agent pays for one customer today, for another tomorrow

/// One more answer; from the configured number on an alias. What is only concluded from applied money is learned from a second answer on,
/// and not where answers speak for several: but for an alias that is in force already, beside which this one makes the payer a question.
Status learn_alias(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, std::string_view kind,
                   const std::string& value, CustomerId customer, int after, Word word) {
    const auto key = key_of(kind, value);
    if (key.empty() || after <= 0 || !is_first_word(tx, row.receipt.id, kind)) return {};
    tx.query("INSERT INTO cash_answer (entity, kind, value_key, customer, times) VALUES (?, ?, ?, ?, 1) "
             "ON CONFLICT (entity, kind, value_key, customer) DO UPDATE SET times = times + 1")
        .bind(row.receipt.entity, kind, key, customer.value)
        .run();
    std::int64_t times = 0, of_others = 0, known_others = 0;
    {
        auto mine = tx.query("SELECT times FROM cash_answer WHERE entity = ? AND kind = ? AND value_key = ? AND customer = ?");
        times = count(mine.bind(row.receipt.entity, kind, key, customer.value));
        auto others = tx.query("SELECT count(*) FROM cash_answer WHERE entity = ? AND kind = ? AND value_key = ? AND customer <> ?");
        of_others = count(others.bind(row.receipt.entity, kind, key, customer.value));
        auto in_force = tx.query("SELECT count(*) FROM alias WHERE entity = ? AND kind = ? AND value_key = ? AND customer <> ? AND revoked_at IS NULL");
        known_others = count(in_force.bind(row.receipt.entity, kind, key, customer.value));
    }
    const bool concluded = word == Word::applied;
    if (times < (concluded ? std::max(after, concluded_min) : after) || (concluded && of_others > 0 && known_others == 0)) return {};
    return parties::learn_alias(tx, context.clock, by, row.receipt.entity, kind, value, customer);
}

bool is_on_file(store::Db& db, const std::string& entity, const std::string& account) {
    auto row = db.query("SELECT 1 FROM customer_account a JOIN customer c ON c.id = a.customer WHERE a.account_key = ? AND c.entity = ?");
    return row.bind(parties::account_key(account), entity).step();
}

/// Whether what the bank printed leaves it open that the account is this customer's: on nobody's file, and no other customer's name.
bool may_be_his_account(store::Db& db, const ReceiptRow& row, CustomerId customer, const std::vector<parties::NamedCustomer>& fitting) {
    const auto& receipt = row.receipt;
    if (is_on_file(db, receipt.entity, receipt.payer_account)) return false;
    return fitting.empty() || std::any_of(fitting.begin(), fitting.end(), [&](const auto& one) { return one.customer == customer; });
}

/// A customer, or one who pays for some: his money is not set aside by a rule about him.
bool may_be_a_customer(store::Db& db, const ReceiptRow& row, Date day) {
    const auto& receipt = row.receipt;
    return receipt.customer || !parties::customers_of_account(db, receipt.entity, receipt.payer_account).empty() ||
           !parties::payers_named(db, receipt.entity, receipt.payer_name).empty() ||
           !parties::pays_for(db, receipt.entity, receipt.payer_account, receipt.payer_name, day).empty();
}

Status learn_rule(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, std::string_view kind,
                  const std::string& value, const std::string& why, int after) {
    const auto key = key_of(kind, value);
    if (key.empty()) return {};
    tx.query("INSERT OR IGNORE INTO cash_rule_answer (receipt, kind, entity, value_key) VALUES (?, ?, ?, ?)").bind(row.receipt.id.value, kind, row.receipt.entity, key).run();
    {
        auto said = tx.query("SELECT count(*) FROM cash_rule_answer WHERE entity = ? AND kind = ? AND value_key = ?");
        if (count(said.bind(row.receipt.entity, kind, key)) < after) return {};
    }
    if (rule_for(tx, row.receipt.entity, row.receipt.payer_account, row.receipt.payer_name)) return {};
    tx.query("INSERT INTO cash_rule (entity, kind, value, value_key, why, learned_by, at) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(row.receipt.entity, kind, value, key, why, by.id, context.clock.now().micros)
        .run();
    // The payer's name or account is personal; the rule's number stands for it.
    return audit::append(tx, context.clock, {.actor = by, .entity = row.receipt.entity, .action = "rule.learn", .object_kind = "rule",
                                             .object_id = std::to_string(tx.last_id()), .version_after = 1,
                                             .reason = std::string{kind} + " of a payer whose money is no receivable: " + why});
}

}  // namespace

std::optional<LearnedRule> rule_for(store::Db& db, std::string_view entity, std::string_view account, std::string_view name) {
    if (auto rule = rule_of(db, entity, "account", account)) return rule;
    return rule_of(db, entity, "name", name);
}

Status teach_customer(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, CustomerId customer,
                      const Settings& settings, Word word) {
    const auto fitting = parties::payers_named(tx, row.receipt.entity, row.receipt.payer_name);
    if (word == Word::identified || may_be_his_account(tx, row, customer, fitting))
        OWED_TRY_VOID(learn_alias(tx, context, by, row, "account", row.receipt.payer_account, customer, settings.learn_account_after, word));
    // A name is learned only where it does not fit the customer already, and never one that another customer has as well.
    const bool anothers = std::any_of(fitting.begin(), fitting.end(), [&](const auto& one) { return one.customer != customer; });
    if (anothers || (!fitting.empty() && fitting.front().fit <= parties::NameFit::exact)) return {};
    return learn_alias(tx, context, by, row, "name", row.receipt.payer_name, customer, settings.learn_name_after, word);
}

Status teach_items(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, const std::vector<OpenItemId>& items,
                   const Settings& settings) {
    std::optional<CustomerId> whose;
    for (const auto id : items) {
        const auto item = ledger::item(tx, id);
        if (!item || !item->customer || (whose && *whose != *item->customer)) return {};
        whose = item->customer;
    }
    // Money that was one customer's already and pays another's documents says nothing about the payer's account.
    if (!whose || (row.receipt.customer && *row.receipt.customer != *whose)) return {};
    return teach_customer(tx, context, by, row, *whose, settings, Word::applied);
}

Status teach_not_receivable(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, const std::string& why,
                            const Settings& settings) {
    const auto& receipt = row.receipt;
    const auto after = settings.learn_not_receivable_after;
    if (after <= 0 || receipt.unapplied != receipt.amount || may_be_a_customer(tx, row, receipt.value_date)) return {};
    OWED_TRY_VOID(learn_rule(tx, context, by, row, "account", receipt.payer_account, why, after));
    return learn_rule(tx, context, by, row, "name", receipt.payer_name, why, after);
}

Status unteach_not_receivable(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row) {
    const auto& receipt = row.receipt;
    tx.query("DELETE FROM cash_rule_answer WHERE receipt = ?").bind(receipt.id.value).run();
    while (const auto rule = rule_for(tx, receipt.entity, receipt.payer_account, receipt.payer_name)) OWED_TRY_VOID(revoke_rule(tx, context.clock, by, rule->id));
    return {};
}

}  // namespace detail

std::vector<LearnedRule> learned_rules(store::Db& db) {
    std::vector<LearnedRule> all;
    static const std::string sql = std::string{detail::rule_columns} + "ORDER BY id";
    auto rows = db.query(sql);
    while (rows.step()) all.push_back(detail::rule_at(rows));
    return all;
}

Status revoke_rule(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t rule) {
    const auto all = learned_rules(tx);
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == rule; });
    if (at == all.end()) return fail(Errc::not_found, "there is no rule " + std::to_string(rule) + " in force", {}, "see owectl cash aliases");
    tx.query("DELETE FROM cash_rule_answer WHERE entity = ? AND kind = ? AND value_key = ?").bind(at->entity, at->kind, detail::key_of(at->kind, at->value)).run();
    tx.query("UPDATE cash_rule SET revoked_by = ?, revoked_at = ? WHERE id = ?").bind(by.id, clock.now().micros, rule).run();
    return audit::append(tx, clock, {.actor = by, .entity = at->entity, .action = "rule.revoke", .object_kind = "rule", .object_id = std::to_string(rule),
                                     .version_before = 1, .version_after = 2});
}

}  // namespace owed::cash
