#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "cash/detail/learned.hpp"
#include "cash/detail/outgoing.hpp"
#include "cash/detail/rows.hpp"

namespace owed::cash {
namespace {

namespace json = boost::json;

constexpr std::string_view tables = R"sql(
CREATE TABLE receipt (
  item           INTEGER PRIMARY KEY,
  entity         TEXT NOT NULL,
  account        TEXT NOT NULL,
  bank_gl        TEXT NOT NULL,
  value_date     INTEGER NOT NULL,
  amount         INTEGER NOT NULL CHECK (amount > 0),
  currency       TEXT NOT NULL,
  payer_name     TEXT NOT NULL,
  payer_account  TEXT NOT NULL,
  code           TEXT NOT NULL,
  text           TEXT NOT NULL,
  refs           TEXT NOT NULL,
  bank_reference TEXT NOT NULL,
  connector      TEXT NOT NULL,
  artifact       TEXT NOT NULL,
  event_key      TEXT NOT NULL UNIQUE,
  state          TEXT NOT NULL CHECK (state IN ('applied', 'partly', 'queued', 'unidentified', 'on_account', 'returned', 'not_receivable')),
  question       TEXT NOT NULL DEFAULT '',
  proposals      TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX receipt_waiting ON receipt (state, item);
)sql";

constexpr std::string_view said_tables = R"sql(
CREATE TABLE cash_instructed (
  item     INTEGER PRIMARY KEY,
  amount   INTEGER NOT NULL,
  currency TEXT NOT NULL
) STRICT;
CREATE TABLE cash_person_said (
  item INTEGER PRIMARY KEY
) STRICT;
)sql";

constexpr std::string_view more_tables = R"sql(
ALTER TABLE receipt ADD COLUMN end_to_end_id TEXT NOT NULL DEFAULT '';
ALTER TABLE receipt ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
CREATE INDEX receipt_bank_reference ON receipt (bank_reference) WHERE bank_reference <> '';
CREATE INDEX receipt_end_to_end ON receipt (end_to_end_id) WHERE end_to_end_id <> '';
CREATE INDEX receipt_amount ON receipt (amount, value_date);
CREATE TABLE cash_advice (
  id              INTEGER PRIMARY KEY,
  entity          TEXT NOT NULL,
  payment_number  TEXT NOT NULL,
  number_key      TEXT NOT NULL,
  payer_name      TEXT NOT NULL,
  customer_number TEXT NOT NULL,
  day             INTEGER NOT NULL,
  amount          INTEGER NOT NULL CHECK (amount > 0),
  currency        TEXT NOT NULL,
  lines           TEXT NOT NULL,
  event_key       TEXT NOT NULL UNIQUE,
  receipt         INTEGER
) STRICT;
CREATE INDEX cash_advice_number ON cash_advice (entity, number_key) WHERE receipt IS NULL;
CREATE INDEX cash_advice_amount ON cash_advice (entity, amount) WHERE receipt IS NULL;
CREATE TABLE cash_number (
  item  INTEGER NOT NULL,
  value TEXT NOT NULL CHECK (value <> ''),
  PRIMARY KEY (item, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE cash_series (
  entity        TEXT NOT NULL,
  before        TEXT NOT NULL,
  after         TEXT NOT NULL,
  width         INTEGER NOT NULL,
  digits_before TEXT NOT NULL,
  runs_before   TEXT NOT NULL,
  digits_after  TEXT NOT NULL,
  PRIMARY KEY (entity, before, after, width)
) STRICT, WITHOUT ROWID;
CREATE TABLE cash_series_seen (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), seen INTEGER NOT NULL) STRICT;
CREATE TABLE cash_answer (
  entity TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('account', 'name')), value_key TEXT NOT NULL,
  customer INTEGER NOT NULL, times INTEGER NOT NULL CHECK (times > 0),
  PRIMARY KEY (entity, kind, value_key, customer)
) STRICT, WITHOUT ROWID;
CREATE TABLE cash_return (
  id              INTEGER PRIMARY KEY,
  entity          TEXT NOT NULL,
  bank_gl         TEXT NOT NULL,
  payer_name      TEXT NOT NULL,
  payer_account   TEXT NOT NULL,
  reference       TEXT NOT NULL,
  amount          INTEGER NOT NULL CHECK (amount > 0),
  currency        TEXT NOT NULL,
  value_date      INTEGER NOT NULL,
  posting_date    INTEGER NOT NULL,
  event_key       TEXT NOT NULL UNIQUE,
  receipt         INTEGER,
  why             TEXT NOT NULL
) STRICT;
CREATE INDEX cash_return_open ON cash_return (id) WHERE receipt IS NULL;
)sql";

constexpr std::string_view refund_tables = R"sql(
CREATE TABLE cash_refund (
  entry           INTEGER PRIMARY KEY,     -- the journal's, that ordered it
  receipt         INTEGER NOT NULL,
  entity          TEXT NOT NULL,
  account         TEXT NOT NULL,           -- where it goes
  amount          INTEGER NOT NULL CHECK (amount > 0),
  currency        TEXT NOT NULL,
  ordered_on      INTEGER NOT NULL,
  paid_on         INTEGER,
  paid_event      TEXT UNIQUE
) STRICT;
ALTER TABLE cash_return ADD COLUMN closed_why TEXT;   -- a person says that it undoes no receipt
CREATE INDEX cash_refund_open ON cash_refund (ordered_on, entry) WHERE paid_on IS NULL;
)sql";

constexpr std::string_view forward_table = R"sql(
CREATE TABLE cash_forward (
  item_there      INTEGER PRIMARY KEY,     -- the receipt of the entity that the money is for
  item_here       INTEGER NOT NULL,        -- of the entity whose bank got it
  entry_here      INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX cash_forward_here ON cash_forward (item_here);
)sql";

constexpr std::string_view erp_tables = R"sql(
CREATE TABLE erp_write (
  id          INTEGER PRIMARY KEY,
  key         TEXT NOT NULL UNIQUE,
  entity      TEXT NOT NULL,
  application INTEGER NOT NULL,
  credit      INTEGER NOT NULL,
  debit       INTEGER NOT NULL,
  reversal    INTEGER NOT NULL CHECK (reversal IN (0, 1)),
  record      BLOB NOT NULL,              -- a RecordBatch of one
  state       TEXT NOT NULL CHECK (state IN ('waiting', 'reserved', 'sent', 'unknown', 'refused', 'confirmed', 'withdrawn')),
  connector   TEXT NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  queued_at   INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL,
  written_at  INTEGER,
  next_at     INTEGER,                    -- waiting: when it is due; unknown: when to ask
  remote_id   TEXT NOT NULL DEFAULT '',
  detail      TEXT NOT NULL DEFAULT '',
  hash        BLOB NOT NULL,              -- of what was queued
  UNIQUE (application, reversal)
) STRICT;
CREATE INDEX erp_write_open ON erp_write (state, id)
  WHERE state = 'waiting' OR state = 'reserved' OR state = 'unknown' OR state = 'sent' OR state = 'refused';
)sql";

// What alarms count, without a look at the records themselves.
constexpr std::string_view erp_index =
    "CREATE INDEX erp_write_age ON erp_write (state, reversal, entity, connector, queued_at) "
    "WHERE state = 'waiting' OR state = 'unknown' OR state = 'sent' OR state = 'refused'";

// The receipts built anew (see ledger/schema_anew.cpp for why), and their evidence beside them: a row that grows when it is decided
// makes its page split.
constexpr std::string_view tables_anew = R"sql(
CREATE TABLE cash_evidence (item INTEGER PRIMARY KEY, evidence TEXT NOT NULL) STRICT;
INSERT INTO cash_evidence (item, evidence) SELECT item, evidence FROM receipt WHERE evidence <> '' ORDER BY item;
CREATE TABLE receipt_anew (
  item           INTEGER PRIMARY KEY,
  entity         TEXT NOT NULL,
  account        TEXT NOT NULL,
  bank_gl        TEXT NOT NULL,
  value_date     INTEGER NOT NULL,
  amount         INTEGER NOT NULL CHECK (amount > 0),
  currency       TEXT NOT NULL,
  payer_name     TEXT NOT NULL,
  payer_account  TEXT NOT NULL,
  code           TEXT NOT NULL,
  text           TEXT NOT NULL,
  refs           TEXT NOT NULL,
  bank_reference TEXT NOT NULL,
  connector      TEXT NOT NULL,
  artifact       TEXT NOT NULL,
  event_key      TEXT NOT NULL UNIQUE,
  state          TEXT NOT NULL CHECK (state = 'applied' OR state = 'unidentified' OR state = 'queued' OR state = 'partly' OR state = 'on_account'
                                      OR state = 'returned' OR state = 'not_receivable'),
  question       TEXT NOT NULL DEFAULT '',
  proposals      TEXT NOT NULL DEFAULT '[]',
  end_to_end_id  TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO receipt_anew (item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, text, refs, bank_reference,
  connector, artifact, event_key, state, question, proposals, end_to_end_id)
SELECT item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, text, refs, bank_reference,
  connector, artifact, event_key, state, question, proposals, end_to_end_id FROM receipt ORDER BY item;
DROP TABLE receipt;
ALTER TABLE receipt_anew RENAME TO receipt;
CREATE INDEX receipt_waiting ON receipt (item) WHERE state = 'queued' OR state = 'unidentified' OR state = 'partly';
CREATE INDEX receipt_bank_reference ON receipt (bank_reference) WHERE bank_reference <> '';
CREATE INDEX receipt_end_to_end ON receipt (end_to_end_id) WHERE end_to_end_id <> '';
CREATE INDEX receipt_amount ON receipt (amount, value_date);
)sql";

// Who quotes an order may be nobody we know: its items are looked for in the whole book (lookup.hpp, by_order).
constexpr std::string_view order_indexes = R"sql(
CREATE INDEX open_item_order ON open_item (upper(order_number)) WHERE residual <> 0 AND order_number <> '';
CREATE INDEX cash_number_value ON cash_number (upper(value));
)sql";

/// Of half a million receipts some hundred wait for an answer, and a clerk looks at them all day.
constexpr std::string_view question_index = R"sql(
CREATE INDEX receipt_question ON receipt (item) WHERE question <> '';
)sql";

constexpr std::string_view columns =
    "SELECT item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, text, refs, "
    "bank_reference, connector, artifact, state, question, proposals, end_to_end_id, "
    "coalesce((SELECT e.evidence FROM cash_evidence e WHERE e.item = receipt.item), '') FROM receipt ";

std::string string_at(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

std::int64_t integer_at(const json::object& object, const char* key, std::int64_t missing = 0) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? missing : value->to_number<std::int64_t>();
}

State state_named(std::string_view name) {
    for (auto state : {State::applied, State::partly, State::queued, State::unidentified, State::on_account, State::returned,
                       State::not_receivable})
        if (name_of(state) == name) return state;
    return State::queued;
}

detail::ReceiptRow from_row(const store::Query& query) {
    detail::ReceiptRow row{.receipt = Receipt{.id = OpenItemId{query.integer(0)}, .number = detail::number_of(OpenItemId{query.integer(0)}),
                                              .entity = query.text(1), .account = query.text(2), .payer_name = query.text(7),
                                              .payer_account = query.text(8), .text = {}, .state_name = query.text(15),
                                              .state = state_named(query.text_view(15)),
                                              .value_date = Date::from_days(static_cast<std::int32_t>(query.integer(4))),
                                              .amount = store::money_at(query, 5, 6), .unapplied = store::money_at(query, 5, 6),
                                              .customer = {}, .connector = query.text(13), .artifact = query.text(14),
                                              .bank_reference = query.text(12), .question = query.text(16), .proposals = {}},
                           .bank_gl = query.text(3), .code = query.text(9), .text = detail::text_from_json(query.text_view(10)),
                           .references = detail::references_from_json(query.text_view(11)), .end_to_end_id = query.text(18)};
    row.receipt.evidence = query.text(19);
    row.receipt.proposals = detail::proposals_from_json(query.text_view(17), row.receipt.amount.currency());
    for (const auto& line : row.text) row.receipt.text += (row.receipt.text.empty() ? "" : " ") + line;
    return row;
}

void add_ledger_side(store::Db& db, Receipt& receipt) {
    const auto item = ledger::item(db, receipt.id);
    OWED_CHECK(item.has_value(), "every receipt is an open item");
    receipt.unapplied = item->residual.absolute();
    receipt.customer = item->customer;
}

/// A proposal stands as it was when the question was asked; what has been paid since is none any more.
void forget_what_is_paid(store::Db& db, Receipt& receipt) {
    const auto is_open = [&](const ProposedItem& share) {
        const auto item = ledger::item(db, share.item);
        return item && item->residual.is_negative() == share.amount.is_negative() && item->residual.absolute().units() >= share.amount.absolute().units();
    };
    const auto before = receipt.proposals.size();
    std::erase_if(receipt.proposals, [&](const Proposal& one) { return !std::all_of(one.items.begin(), one.items.end(), is_open); });
    if (receipt.proposals.size() != before && !receipt.question.empty())
        receipt.question += receipt.proposals.empty() ? "; what was proposed has been paid since" : "; a proposal has been paid since";
}

}  // namespace

std::vector<store::Migration> migrations() {
    return {{40, "cash: receipts and their questions", tables}, {41, "cash: advices, returns, answers, series of numbers", more_tables},
            {42, "cash: receipts are written faster", tables_anew},
            {43, "cash: refunds until the bank books them, returns that are none", refund_tables},
            {44, "cash: open items are found by their orders", order_indexes},
            {45, "cash: receipts forwarded to another entity", forward_table},
            {46, "cash: the refunds of a receipt", "CREATE INDEX cash_refund_receipt ON cash_refund (receipt)"},
            {47, "cash: what the ERP is told of applications", erp_tables},
            {48, "cash: what is in question is found by itself", question_index},
            {49, "cash: how long the ERP has not been told is counted from an index", erp_index},
            {90, "cash: what people's answers have taught", detail::learned_tables},
            {92, "cash: what payers ordered in another currency, whose money persons said it is", said_tables},
            {93, "cash: money that left and was no refund", detail::outgoing_tables}};
}

std::string_view name_of(State state) noexcept {
    switch (state) {
        case State::applied: return "applied";
        case State::partly: return "partly";
        case State::queued: return "queued";
        case State::unidentified: return "unidentified";
        case State::on_account: return "on_account";
        case State::returned: return "returned";
        case State::not_receivable: return "not_receivable";
    }
    return "queued";
}

namespace {

std::vector<Receipt> listed(store::Db& db, store::Query& query) {
    std::vector<Receipt> all;
    while (query.step()) all.push_back(from_row(query).receipt);
    for (auto& receipt : all) add_ledger_side(db, receipt);
    return all;
}

}  // namespace

std::vector<Receipt> receipts(store::Db& db, std::optional<std::string> state) {
    auto query = db.query(std::string{columns} + "WHERE (?1 = '' OR state = ?1) ORDER BY item");
    query.bind(state.value_or(""));
    return listed(db, query);
}

std::vector<Receipt> pending(store::Db& db) {
    auto query = db.query(std::string{columns} + "WHERE question <> '' ORDER BY item");
    auto all = listed(db, query);
    for (auto& receipt : all) forget_what_is_paid(db, receipt);
    return all;
}

std::optional<Receipt> receipt(store::Db& db, std::string_view number) {
    const auto id = detail::id_of(number);
    if (!id) return {};
    auto found = detail::row(db, *id);
    if (!found) return {};
    forget_what_is_paid(db, found->receipt);
    return std::move(found->receipt);
}

std::vector<OpenItemId> items_in_question(store::Db& db) {
    std::vector<OpenItemId> items;
    auto query = db.query(std::string{columns} + "WHERE question <> '' ORDER BY item");
    while (query.step())
        for (const auto& proposal : from_row(query).receipt.proposals)
            for (const auto& item : proposal.items) items.push_back(item.item);
    return items;
}

namespace detail {

std::string text_to_json(const std::vector<std::string>& text) {
    json::array lines;
    for (const auto& line : text) lines.emplace_back(line);
    return json::serialize(lines);
}

std::vector<std::string> text_from_json(std::string_view text) {
    std::vector<std::string> lines;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& line : parsed.as_array()) lines.emplace_back(line.as_string());
    return lines;
}

std::string references_to_json(const std::vector<RemittanceReference>& references) {
    if (references.empty()) return "[]";
    json::array list;
    for (const auto& reference : references) list.push_back({{"type", reference.type}, {"value", reference.value}});
    return json::serialize(list);
}

std::vector<RemittanceReference> references_from_json(std::string_view text) {
    std::vector<RemittanceReference> references;
    if (text == "[]") return references;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& entry : parsed.as_array()) {
        RemittanceReference reference;
        reference.type = string_at(entry.as_object(), "type");
        reference.value = string_at(entry.as_object(), "value");
        references.push_back(std::move(reference));
    }
    return references;
}

std::string proposals_to_json(const std::vector<Proposal>& proposals) {
    if (proposals.empty()) return "[]";
    json::array list;
    for (const auto& proposal : proposals) {
        json::array items, evidence, against;
        for (const auto& item : proposal.items)
        {
            json::object one{{"item", item.item.value}, {"document", item.document}, {"units", item.amount.units()}};
            for (const auto& [name, value] : {std::pair{"discount", item.discount}, {"tolerance", item.tolerance}, {"bank_charge", item.bank_charge},
                                              {"withholding", item.withholding}, {"deduction", item.deduction}})
                if (value != 0) one[name] = value;
            if (!item.reason.empty()) one["reason"] = item.reason;
            if (item.takes) {
                one["currency"] = item.amount.currency().text();
                one["takes"] = item.takes->units();
            }
            items.push_back(std::move(one));
        }
        for (const auto& sentence : proposal.evidence) evidence.emplace_back(sentence);
        for (const auto& sentence : proposal.against) against.emplace_back(sentence);
        json::object object{{"number", proposal.customer_number}, {"items", items}, {"confidence", proposal.confidence},
                            {"evidence", evidence}, {"against", against}};
        if (proposal.customer) object["customer"] = proposal.customer->value;
        object["stage"] = proposal.stage;
        object["doubt_ppm"] = proposal.doubt_ppm;
        list.push_back(std::move(object));
    }
    return json::serialize(list);
}

std::vector<Proposal> proposals_from_json(std::string_view text, Currency currency) {
    std::vector<Proposal> proposals;
    if (text == "[]") return proposals;   // of most receipts
    const auto parsed = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& entry : parsed.as_array()) {
        const auto& object = entry.as_object();
        Proposal proposal;
        proposal.number = static_cast<int>(proposals.size()) + 1;
        if (const auto* customer = object.if_contains("customer")) proposal.customer = CustomerId{customer->to_number<std::int64_t>()};
        proposal.customer_number = string_at(object, "number");
        proposal.confidence = object.at("confidence").to_number<int>();
        proposal.stage = string_at(object, "stage");
        proposal.doubt_ppm = integer_at(object, "doubt_ppm", 1'000'000);
        for (const auto& entry_of_item : object.at("items").as_array()) {
            const auto& item = entry_of_item.as_object();
            proposal.items.push_back({OpenItemId{item.at("item").to_number<std::int64_t>()}, string_at(item, "document"),
                                      Money::minor(item.at("units").to_number<std::int64_t>(), currency), integer_at(item, "discount"),
                                      integer_at(item, "tolerance"), integer_at(item, "bank_charge"), integer_at(item, "withholding"),
                                      integer_at(item, "deduction"), string_at(item, "reason")});
            if (const auto* takes = item.if_contains("takes")) {
                auto& share = proposal.items.back();
                share.takes = Money::minor(takes->to_number<std::int64_t>(), currency);
                if (const auto own = find_currency(string_at(item, "currency"))) share.amount = Money::minor(share.amount.units(), *own);
            }
        }
        for (const auto& sentence : object.at("evidence").as_array()) proposal.evidence.emplace_back(sentence.as_string());
        for (const auto& sentence : object.at("against").as_array()) proposal.against.emplace_back(sentence.as_string());
        proposals.push_back(std::move(proposal));
    }
    return proposals;
}

std::string advice_lines_to_json(const std::vector<AdviceLine>& lines) {
    json::array list;
    for (const auto& line : lines)
        list.push_back({{"document", line.document}, {"gross", line.gross}, {"discount", line.discount}, {"deduction", line.deduction},
                        {"net", line.net}, {"reason", line.reason}});
    return json::serialize(list);
}

std::vector<AdviceLine> advice_lines_from_json(std::string_view text) {
    std::vector<AdviceLine> lines;
    const auto parsed = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& entry : parsed.as_array()) {
        const auto& line = entry.as_object();
        lines.push_back({string_at(line, "document"), integer_at(line, "gross"), integer_at(line, "discount"), integer_at(line, "deduction"),
                         integer_at(line, "net"), string_at(line, "reason")});
    }
    return lines;
}

std::string number_of(OpenItemId id) { return "R-" + std::to_string(id.value); }

std::optional<OpenItemId> id_of(std::string_view number) {
    if (number.substr(0, 2) == "R-" || number.substr(0, 2) == "r-") number.remove_prefix(2);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || end != number.data() + number.size() || value <= 0) return {};
    return OpenItemId{value};
}

std::optional<ReceiptRow> row(store::Db& db, OpenItemId id) {
    std::optional<ReceiptRow> found;
    {
        auto query = db.query(std::string{columns} + "WHERE item = ?");
        query.bind(id.value);
        if (!query.step()) return {};
        found = from_row(query);
    }
    add_ledger_side(db, found->receipt);
    if (found->receipt.customer) {
        auto said = db.query("SELECT 1 FROM cash_person_said WHERE item = ?");
        found->person_said = said.bind(id.value).step();
    }
    return found;
}

ReceiptRow row_of(NewReceipt from, OpenItemId id) {
    auto& line = from.transaction;
    ReceiptRow row{.receipt = Receipt{.id = id, .number = number_of(id), .entity = std::move(from.entity), .account = std::move(from.account),
                                      .payer_name = std::move(line.counterparty.name), .payer_account = std::move(line.counterparty.account),
                                      .text = {}, .state_name = {}, .state = State::unidentified, .value_date = from.value_date,
                                      .amount = from.amount, .unapplied = from.amount, .customer = {}, .connector = std::move(from.connector),
                                      .artifact = std::move(from.artifact), .bank_reference = std::move(line.bank_ref), .question = {},
                                      .proposals = {}},
                   .bank_gl = std::move(from.bank_gl), .code = std::move(line.code), .text = std::move(line.text),
                   .references = std::move(line.references), .end_to_end_id = std::move(line.end_to_end_id),
                   .unposted = Unposted{from.posting_date, std::move(from.event_key), from.functional}};
    if (line.original_amount)
        if (const auto ordered = line.original_amount->money(); ordered && ordered->is_positive() && ordered->currency() != from.amount.currency()) row.instructed = *ordered;
    return row;
}

void insert(store::Tx& tx, const ReceiptRow& row, std::string_view event_key) {
    const auto& receipt = row.receipt;
    tx.query("INSERT INTO receipt (item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, "
             "text, refs, bank_reference, end_to_end_id, connector, artifact, event_key, state, question, proposals) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .write(receipt.id.value, receipt.entity, receipt.account, row.bank_gl, receipt.value_date.days(), receipt.amount.units(),
               receipt.amount.currency().text(), receipt.payer_name, receipt.payer_account, row.code, text_to_json(row.text),
               references_to_json(row.references), receipt.bank_reference, row.end_to_end_id, receipt.connector, receipt.artifact, event_key,
               name_of(receipt.state), receipt.question, proposals_to_json(receipt.proposals));
    if (row.instructed)
        tx.query("INSERT INTO cash_instructed (item, amount, currency) VALUES (?, ?, ?)")
            .write(receipt.id.value, row.instructed->units(), row.instructed->currency().text());
}

void insert_evidence(store::Tx& tx, OpenItemId receipt, const std::string& evidence) {
    tx.query("INSERT INTO cash_evidence (item, evidence) VALUES (?1, ?2) ON CONFLICT (item) DO UPDATE SET evidence = ?2").write(receipt.value, evidence);
}

std::optional<Money> instructed(store::Db& db, const ReceiptRow& row) {
    if (row.unposted) return row.instructed;
    auto kept = db.query("SELECT amount, currency FROM cash_instructed WHERE item = ?");
    if (!kept.bind(row.receipt.id.value).step()) return {};
    return store::money_at(kept, 0, 1);
}

void note_person_said(store::Tx& tx, OpenItemId receipt) { tx.query("INSERT OR IGNORE INTO cash_person_said (item) VALUES (?)").write(receipt.value); }

bool update(store::Tx& tx, const ReceiptRow& before, const std::string& question, const std::vector<Proposal>& proposals,
            std::optional<State> forced, const std::string& evidence) {
    auto now = before.receipt;
    add_ledger_side(tx, now);
    auto state = State::queued;
    if (forced)
        state = *forced;
    else if (now.unapplied.is_zero())
        state = State::applied;
    else if (now.unapplied != now.amount)
        state = State::partly;
    else if (!now.customer)
        state = State::unidentified;
    const auto stored = proposals_to_json(proposals);
    if (state == before.receipt.state && question == before.receipt.question && (evidence.empty() || evidence == before.receipt.evidence) &&
        stored == proposals_to_json(before.receipt.proposals))
        return false;
    tx.query("UPDATE receipt SET state = ?, question = ?, proposals = ? WHERE item = ?").write(name_of(state), question, stored, now.id.value);
    if (!evidence.empty() && evidence != before.receipt.evidence) insert_evidence(tx, now.id, evidence);
    return true;
}

}  // namespace detail
}  // namespace owed::cash
