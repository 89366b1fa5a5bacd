#include "cash/outgoing.hpp"

#include "cash/detail/other_money.hpp"
#include "cash/detail/outgoing.hpp"
#include "ledger/charges.hpp"

namespace owed::cash {

const std::string_view detail::outgoing_tables = R"sql(
CREATE TABLE cash_outgoing (
  id            INTEGER PRIMARY KEY,
  entity        TEXT NOT NULL,
  account       TEXT NOT NULL,
  bank_gl       TEXT NOT NULL,
  payee_name    TEXT NOT NULL,
  payee_account TEXT NOT NULL,
  bank_reference TEXT NOT NULL,
  end_to_end_id TEXT NOT NULL,
  text          TEXT NOT NULL,
  code          TEXT NOT NULL,
  amount        INTEGER NOT NULL CHECK (amount > 0),
  currency      TEXT NOT NULL,
  value_date    INTEGER NOT NULL,
  posting_date  INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind = 'charge' OR kind = 'payment' OR kind = 'expected'),
  event_key     TEXT UNIQUE,              -- of the bank's line; none: a person has posted it, and the bank has not booked it
  entry         INTEGER NOT NULL,
  charge_entry  INTEGER,                  -- a payment that a person called a charge
  explained     TEXT,
  undone_event  TEXT UNIQUE
) STRICT;
CREATE INDEX cash_outgoing_open ON cash_outgoing (id) WHERE kind = 'payment' AND explained IS NULL AND undone_event IS NULL;
CREATE INDEX cash_outgoing_expected ON cash_outgoing (amount, posting_date) WHERE event_key IS NULL;
CREATE INDEX cash_outgoing_amount ON cash_outgoing (amount, posting_date) WHERE undone_event IS NULL;
)sql";

namespace {

constexpr std::int32_t expected_days_max = 30, taken_back_days_max = 366;

Date day_at(const store::Query& row, int column) { return Date::from_days(static_cast<std::int32_t>(row.integer(column))); }

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : " ") + line;
    return text;
}

bool says_something(const std::string& reference) { return !reference.empty() && reference != "NONREF" && reference != "NOTPROVIDED"; }

/// Coming in it is what the bank pays, unless it says that it takes something back.
bool is_interest(std::string_view code) { return code.ends_with("/INTR") || (code.size() >= 4 && code.substr(1, 3) == "INT") || code == "654"; }

bool is_posted_here(const ledger::Context& context, const Settings& settings, const NewReturn& out) {
    if (const auto set = settings.posts_outgoing.find(out.account); set != settings.posts_outgoing.end()) return set->second;
    const auto* entity = context.books.find(out.entity);
    return entity != nullptr && entity->authority == ledger::Authority::hub;
}

/// Why it is a charge of the bank; empty: it is none.
std::string charged_as(const Settings& settings, const NewReturn& out) {
    const auto& line = out.transaction;
    if (is_charge_code(line.code)) return line.code;
    ReceiptFacts facts{.entity = out.entity, .amount = out.amount, .value_date = out.value_date, .customer = {}, .payer_name = line.counterparty.name,
                       .payer_account = line.counterparty.account, .code = line.code, .text = line.text, .references = {}};
    for (const auto& rule : settings.bank_charges)
        if (detail::fits(rule, facts)) return rule.name;
    return {};
}

struct Posting {
    std::string_view kind;
    EntryId entry;
    std::optional<std::string> event_key = {};
    std::optional<std::string> explained = {};
};
void remember(store::Tx& tx, const NewReturn& out, const Posting& posting) {
    const auto& line = out.transaction;
    tx.query("INSERT INTO cash_outgoing (entity, account, bank_gl, payee_name, payee_account, bank_reference, end_to_end_id, text, code, amount, "
             "currency, value_date, posting_date, kind, event_key, entry, explained) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(out.entity, out.account, out.bank_gl, line.counterparty.name, parties::account_key(line.counterparty.account), line.bank_ref,
              line.end_to_end_id, joined(line.text), line.code, out.amount.units(), out.amount.currency().text(), out.value_date.days(),
              out.posting_date.days(), posting.kind, posting.event_key, posting.entry.value, posting.explained)
        .run();
}

/// What arrives on the other account is no receivable: both sides meet on suspense.
bool stays_ours(const ledger::Context& context, const NewReturn& out) {
    const auto& payee = out.transaction.counterparty.account;
    const auto* account = payee.empty() ? nullptr : context.books.bank_account(payee);
    return account != nullptr && account->entity == out.entity && account->id() != out.account;
}

/// The oldest payment of this amount that a person has posted from the account and the bank had not booked.
std::optional<std::pair<std::int64_t, EntryId>> expected(store::Db& db, const NewReturn& out) {
    auto rows = db.query("SELECT id, entry FROM cash_outgoing WHERE event_key IS NULL AND amount = ? AND posting_date BETWEEN ? AND ? AND entity = ? "
                         "AND bank_gl = ? AND currency = ? AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = cash_outgoing.entry) "
                         "ORDER BY posting_date, id");
    rows.bind(out.amount.units(), out.posting_date.days() - expected_days_max, out.posting_date.days() + expected_days_max, out.entity, out.bank_gl,
              out.amount.currency().text());
    if (!rows.step()) return {};
    return std::pair{rows.integer(0), EntryId{rows.integer(1)}};
}

Outgoing outgoing_at(const store::Query& row) {
    return {.id = row.integer(0), .entity = row.text(1), .account = row.text(2), .payee_name = row.text(3), .payee_account = row.text(4),
            .reference = row.text(5), .text = row.text(6), .code = row.text(7), .amount = store::money_at(row, 8, 9), .value_date = day_at(row, 10),
            .posting_date = day_at(row, 11), .entry = EntryId{row.integer(12)}};
}
constexpr std::string_view outgoing_columns =
    "SELECT id, entity, account, payee_name, payee_account, CASE WHEN end_to_end_id <> '' THEN end_to_end_id ELSE bank_reference END, "
    "text, code, amount, currency, value_date, posting_date, entry FROM cash_outgoing WHERE kind = 'payment' AND explained IS NULL AND undone_event IS NULL ";

}  // namespace

Result<std::optional<EntryId>> outgoing_booked(store::Tx& tx, const ledger::Context& context, const Settings& settings, const NewReturn& out) {
    {
        auto known = tx.query("SELECT entry FROM cash_outgoing WHERE event_key = ?");
        known.bind(out.event_key);
        if (known.step()) return std::optional{EntryId{known.integer(0)}};
    }
    if (const auto posted = expected(tx, out)) {
        tx.query("UPDATE cash_outgoing SET event_key = ? WHERE id = ?").bind(out.event_key, posted->first).run();
        return std::optional{posted->second};
    }
    if (!is_posted_here(context, settings, out)) return std::optional<EntryId>{};
    const auto charge = charged_as(settings, out);
    const auto text = joined(out.transaction.text);
    const auto& payee = out.transaction.counterparty.name;
    const bool ours = charge.empty() && stays_ours(context, out);
    ledger::Instruction how{.date = out.posting_date, .cause = {"bank", out.account}, .reason = {}, .event_key = out.event_key, .by = "cash"};
    how.reason = !charge.empty() ? "charged by the bank (" + charge + ")"
                 : ours          ? std::string{"a transfer between our own accounts"}
                                 : "left the bank" + (payee.empty() ? "" : " to " + payee) + ", and nobody ordered it here";
    if (!text.empty()) how.reason += ": " + text;
    Result<ledger::Posted> posted =
        charge.empty() ? ledger::post_outgoing(tx, context, {.entity = out.entity, .amount = out.amount, .bank_gl = out.bank_gl, .instruction = how})
                       : ledger::post_bank_charge(tx, context, {.entity = out.entity, .amount = out.amount, .bank_gl = out.bank_gl, .instruction = how});
    if (!posted) return fail(std::move(posted).error());
    remember(tx, out, {charge.empty() ? "payment" : "charge", posted->entry, out.event_key, ours ? std::optional{how.reason} : std::nullopt});
    return std::optional{posted->entry};
}

void outgoing_expected(store::Tx& tx, const std::string& entity, const std::string& bank_gl, Money amount, Date date, EntryId entry) {
    const NewReturn out{.entity = entity, .account = {}, .bank_gl = bank_gl, .amount = amount, .value_date = date, .posting_date = date, .transaction = {},
                        .event_key = {}};
    remember(tx, out, {"expected", entry});
}

std::optional<std::int64_t> preview_taken_back(store::Db& db, const NewReturn& in) {
    const auto& line = in.transaction;
    const bool is_charge = is_charge_code(line.code) && (line.reversal || !is_interest(line.code));
    if (!line.reversal && !is_charge) return {};
    auto rows = db.query("SELECT id, kind, bank_reference, end_to_end_id, payee_account, payee_name FROM cash_outgoing "
                         "WHERE undone_event IS NULL AND amount = ? AND posting_date BETWEEN ? AND ? AND entity = ? AND bank_gl = ? AND currency = ? AND kind <> 'expected' AND event_key IS NOT NULL "
                         "AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = cash_outgoing.entry) ORDER BY posting_date DESC, id DESC");
    rows.bind(in.amount.units(), in.posting_date.days() - taken_back_days_max, in.posting_date.days(), in.entity, in.bank_gl, in.amount.currency().text());
    const auto account = parties::account_key(line.counterparty.account), name = parties::name_key(line.counterparty.name);
    std::optional<std::int64_t> charge;
    std::vector<std::int64_t> payments;
    while (rows.step()) {
        const auto id = rows.integer(0);
        const bool referred = (says_something(line.bank_ref) && rows.text(2) == line.bank_ref) ||
                              (says_something(line.end_to_end_id) && rows.text(3) == line.end_to_end_id);
        if (referred && line.reversal) return id;
        if (rows.text_view(1) == "charge") {
            if (is_charge && !charge) charge = id;   // of one amount they are interchangeable
        } else if ((!account.empty() && rows.text_view(4) == account) || (account.empty() && !name.empty() && parties::name_key(rows.text(5)) == name)) {
            payments.push_back(id);
        }
    }
    if (is_charge) return charge;
    return payments.size() == 1 ? std::optional{payments.front()} : std::nullopt;
}

Status take_back_outgoing(store::Tx& tx, const ledger::Context& context, std::int64_t id, const NewReturn& in) {
    auto rows = tx.query("SELECT entry, charge_entry FROM cash_outgoing WHERE id = ?");
    rows.bind(id);
    OWED_CHECK(rows.step(), "what is taken back was posted");
    const EntryId entry{rows.integer(0)};
    const auto charge = rows.maybe_integer(1);
    rows.reset();
    const std::string why = "the bank has taken it back";
    const ledger::Cause cause{"bank", in.account};
    if (charge) {
        OWED_TRY([[maybe_unused]] const auto undone, ledger::reverse(tx, context, EntryId{*charge}, in.posting_date, cause, why, in.event_key + "/charge"));
    }
    OWED_TRY([[maybe_unused]] const auto posted, ledger::reverse(tx, context, entry, in.posting_date, cause, why, in.event_key));
    tx.query("UPDATE cash_outgoing SET undone_event = ? WHERE id = ?").bind(in.event_key, id).run();
    return {};
}

std::vector<Outgoing> outgoing_in_question(store::Db& db) {
    std::vector<Outgoing> list;
    auto rows = db.query(std::string{outgoing_columns} + "ORDER BY id");
    while (rows.step()) list.push_back(outgoing_at(rows));
    return list;
}

Result<Outgoing> outgoing_in_question(store::Db& db, std::int64_t id) {
    auto rows = db.query(std::string{outgoing_columns} + "AND id = ?");
    rows.bind(id);
    if (rows.step()) return outgoing_at(rows);
    return fail(Errc::not_found, "there is no payment " + std::to_string(id) + " to be explained", "outgoing", "see owectl cash outgoing");
}

Result<std::optional<ledger::Posted>> explain_outgoing(store::Tx& tx, const ledger::Context& context, std::int64_t id, bool is_charge,
                                                       const ledger::Instruction& how) {
    OWED_TRY(const auto one, outgoing_in_question(tx, id));
    std::optional<ledger::Posted> posted;
    if (is_charge) {
        OWED_TRY(posted, ledger::charge_outgoing(tx, context, {one.entry, how}));
    }
    tx.query("UPDATE cash_outgoing SET explained = ?, charge_entry = ? WHERE id = ?")
        .bind(how.reason, posted ? std::optional{posted->entry.value} : std::nullopt, id)
        .run();
    return posted;
}

}  // namespace owed::cash
