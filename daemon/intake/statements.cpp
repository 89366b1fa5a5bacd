// Bank statements: proved against what is known of the account, then posted line by line, each line once.
#include "intake/detail/routing.hpp"

namespace owed::intake::detail {
namespace {

std::string account_id(const StatementAccount& account) { return account.iban.empty() ? account.id : account.iban; }

/// References that banks write when they have none.
bool says_nothing(const std::string& reference) {
    return reference.empty() || reference == "NONREF" || reference == "NOTPROVIDED" || reference.find_first_not_of('0') == std::string::npos;
}

std::string squeezed(const std::string& text) {
    std::string out;
    for (char c : text)
        if (static_cast<unsigned char>(c) > ' ') out += c;
    return out;
}

struct Known {
    std::int64_t id;
    std::optional<Date> to;
    std::optional<std::int64_t> closing;
};

std::optional<Known> last_before(store::Db& db, const std::string& account, Date first_day) {
    auto query = db.query("SELECT id, to_date, closing FROM bank_statement WHERE account = ? AND to_date < ? AND closing IS NOT NULL "
                          "ORDER BY to_date DESC, id DESC LIMIT 1");
    query.bind(account, first_day.days());
    if (!query.step()) return {};
    return Known{query.integer(0), Date::from_days(static_cast<std::int32_t>(query.integer(1))), query.maybe_integer(2)};
}

std::optional<Date> first_day(const BankStatement& statement) {
    if (statement.from) return statement.from;
    if (statement.opening && statement.opening->date) return statement.opening->date;
    for (const auto& line : statement.entries)
        if (line.booking_date) return line.booking_date;
    return statement.to;
}

std::optional<Date> last_day(const BankStatement& statement) {
    if (statement.to) return statement.to;
    if (statement.closing && statement.closing->date) return statement.closing->date;
    std::optional<Date> last;
    for (const auto& line : statement.entries)
        if (line.booking_date && (!last || *last < *line.booking_date)) last = line.booking_date;
    return last;
}

std::optional<std::int64_t> units_of(const std::optional<Balance>& balance) {
    if (!balance) return {};
    auto amount = balance->amount.money();
    if (!amount) return {};
    return amount->units();
}

}  // namespace

std::string line_key(const std::string& account, const BankTransaction& line) {
    store::RowHash hash;
    hash.add("owed-bank-line/1").add(account);
    hash.add(line.booking_date ? line.booking_date->days() : 0).add(line.amount ? line.amount->units : 0);
    if (!says_nothing(line.bank_ref)) {
        hash.add("ref").add(line.bank_ref);
    } else {
        hash.add("content").add(line.value_date ? line.value_date->days() : 0).add(line.end_to_end_id);
        hash.add(squeezed(line.counterparty.name)).add(line.counterparty.account);
        for (const auto& text : line.text) hash.add(squeezed(text));
        for (const auto& reference : line.references) hash.add(reference.value);
    }
    return store::hex(hash.bytes()).substr(0, 32);
}

std::vector<Warning> objections(store::Db& db, const ledger::Books& books, const Source& source, const BankStatement& statement) {
    std::vector<Warning> found;
    const auto id = account_id(statement.account);
    const auto* account = books.bank_account(id);
    const auto object = [&](std::string what) { found.push_back({"statement " + statement.id, std::move(what), true}); };
    if (account == nullptr) {
        object("account " + (id.empty() ? std::string{"(none named)"} : id) + " is not one of ours; add it under accounts: or remove the file");
        return found;
    }
    if (!source.entity.empty() && account->entity != source.entity)
        object("account " + id + " belongs to entity " + account->entity + ", the connector to " + source.entity);
    if (!statement.account.currency.empty() && statement.account.currency != account->currency.text())
        object("the statement is in " + statement.account.currency + ", account " + id + " is kept in " + std::string{account->currency.text()});
    const auto first = first_day(statement);
    const auto opening = units_of(statement.opening);
    if (!first || !opening || !found.empty()) return found;

    {
        auto same = db.query("SELECT artifact FROM bank_statement WHERE account = ? AND to_date = ? AND opening = ? AND closing = ? "
                             "AND statement <> ? AND artifact <> ?");
        const auto last = last_day(statement);
        const auto closing = units_of(statement.closing);
        if (last && closing && !statement.entries.empty()) {
            same.bind(account->id(), last->days(), *opening, *closing, statement.id, source.artifact.value);
            if (same.step())
                object("a statement of the same day with the same balances was taken from artifact " + std::to_string(same.integer(0)) +
                       "; perhaps this is the same one in another form");
        }
    }
    if (const auto known = last_before(db, account->id(), *first); known && known->closing && *known->closing != *opening)
        object("opens with " + minor_to_text(*opening, account->currency.minor_digits) + " but the last statement of " + id + " (to " +
               to_text(*known->to) + ") closed with " + minor_to_text(*known->closing, account->currency.minor_digits) +
               "; a statement in between may be missing");
    return found;
}

Result<Fate> Router::statement(const BankStatement& statement) {
    const auto id = account_id(statement.account);
    const auto* account = ledger_.books.bank_account(id);
    if (account == nullptr) return fail(Errc::not_found, "account " + id + " is not one of ours", "statement " + statement.id);
    if (statement.intraday) {
        note("statement " + statement.id, "an intraday report repeats what the statement will book; nothing of it is posted");
        counts.records += static_cast<std::int64_t>(statement.entries.size());
        counts.ignored += static_cast<std::int64_t>(statement.entries.size());
        return Fate::ignored;
    }
    if (statement.part == 0) statement_.reset();
    if (!statement_) {
        std::optional<std::int64_t> from, to;
        if (auto day = first_day(statement)) from = day->days();
        if (auto day = last_day(statement)) to = day->days();
        tx_.query("INSERT INTO bank_statement (entity, account, statement, sequence, currency, from_date, to_date, opening, closing, "
                  "entries, artifact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)")
            .bind(account->entity, account->id(), statement.id, statement.sequence, account->currency.text(), from, to,
                  units_of(statement.opening), units_of(statement.closing), source_.artifact.value)
            .run();
        statement_ = tx_.last_id();
    }
    for (const auto& entry : statement.entries) OWED_TRY_VOID(line(*account, entry));
    std::optional<std::int64_t> to;
    if (auto day = last_day(statement)) to = day->days();
    tx_.query("UPDATE bank_statement SET entries = entries + ?, closing = coalesce(?, closing), to_date = coalesce(?, to_date) WHERE id = ?")
        .bind(statement.entries.size(), units_of(statement.closing), to, *statement_)
        .run();
    return Fate::applied;
}

Status Router::line(const ledger::BankAccount& account, const BankTransaction& entry) {
    if (entry.status != EntryStatus::booked) {
        counts.count(Fate::ignored);
        return {};
    }
    if (!entry.amount) return fail(Errc::malformed_input, "a booked line has no amount", entry.where);
    auto whole = *entry.amount;
    if (whole.currency.empty()) whole.currency = std::string{account.currency.text()};
    auto amount = whole.money();
    if (!amount) return fail(amount.error().code, amount.error().what, entry.where);
    if (amount->currency() != account.currency)
        return fail(Errc::currency_mismatch, "a line in " + whole.currency + " on an account kept in " + std::string{account.currency.text()}, entry.where);
    const auto booked = entry.booking_date ? entry.booking_date : entry.value_date;
    if (!booked) return fail(Errc::malformed_input, "a booked line has no date", entry.where);

    const auto key = line_key(account.id(), entry);
    const auto event = "bank/" + key + "/" + std::to_string(twins_[key]++);
    {
        auto known = tx_.query("SELECT 1 FROM bank_line WHERE key = ?");
        known.bind(event);
        if (known.step()) {
            counts.count(Fate::duplicate);
            return {};
        }
    }
    std::string outcome = "receipt";
    if (amount->is_positive()) {
        cash::NewReceipt receipt{.entity = account.entity, .account = account.id(), .bank_gl = account.gl, .amount = *amount,
                                 .value_date = entry.value_date.value_or(*booked), .posting_date = *booked, .transaction = entry,
                                 .connector = source_.connector, .artifact = std::to_string(source_.artifact.value), .event_key = event};
        OWED_TRY([[maybe_unused]] auto received, cash::receive(tx_, ledger_, receipt));
        money_moved = true;
    } else {
        const bool returned = !entry.return_reason.empty() || entry.reversal;
        outcome = returned ? "return" : "outgoing";
        if (returned)
            note(entry.where, "a payment of " + to_text(amount->absolute()) + " " + whole.currency + " was returned or reversed on " + to_text(*booked) +
                                  "; find its receipt and undo what it paid");
    }
    tx_.query("INSERT INTO bank_line (key, statement, outcome, amount) VALUES (?, ?, ?, ?)")
        .bind(event, *statement_, outcome, amount->units())
        .run();
    counts.count(Fate::applied);
    return {};
}

}  // namespace owed::intake::detail
