// Bank statements: proved against what is known of the account, then posted line by line, each line once.
#include <algorithm>

#include "cash/outgoing.hpp"
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

std::optional<Date> first_booking(const BankStatement& statement) {
    std::optional<Date> first;
    for (const auto& line : statement.entries)
        if (line.booking_date && (!first || *line.booking_date < *first)) first = line.booking_date;
    return first;
}

std::optional<Date> first_day(const BankStatement& statement) {
    if (statement.from) return statement.from;
    if (auto day = first_booking(statement)) return day;
    if (statement.opening && statement.opening->date) return statement.opening->date;
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

void Objections::object(std::string what) { found.push_back({where_, std::move(what), true}); }

void Objections::see(const BankStatement& part) {
    if (part.intraday) return;  // nothing of it is posted
    if (part.part == 0) begin(part);
    if (!current_) return;
    current_->has_entries = current_->has_entries || !part.entries.empty();
    if (auto day = last_day(part); day && (!current_->last || *current_->last < *day)) current_->last = day;
    if (auto closing = units_of(part.closing)) current_->closing = closing;
    if (!part.last) return;
    taken_in_another_form(*current_);
    not_the_closing_before(*current_);
    in_file_.push_back(std::move(*current_));
    current_.reset();
}

void Objections::begin(const BankStatement& statement) {
    current_.reset();
    where_ = "statement " + statement.id;
    const auto id = account_id(statement.account);
    const auto* account = books_.bank_account(id);
    if (account == nullptr)
        return object("account " + (id.empty() ? std::string{"(none named)"} : id) + " is not one of ours; add it under accounts: or remove the file");
    const auto before = found.size();
    if (!source_.entity.empty() && account->entity != source_.entity)
        object("account " + id + " belongs to entity " + account->entity + ", the connector to " + source_.entity);
    if (!statement.account.currency.empty() && statement.account.currency != account->currency.text())
        object("the statement is in " + statement.account.currency + ", account " + id + " is kept in " + std::string{account->currency.text()});
    if (found.size() > before) return;
    current_ = Extent{account->id(), statement.id, first_day(statement), {}, !statement.from && !first_booking(statement),
                      units_of(statement.opening), {}, false};
}

void Objections::taken_in_another_form(const Extent& extent) {
    if (!extent.last || !extent.opening || !extent.closing || !extent.has_entries) return;
    auto same = db_.query("SELECT artifact FROM bank_statement WHERE account = ? AND to_date = ? AND opening = ? AND closing = ? "
                          "AND statement <> ? AND artifact <> ?");
    same.bind(extent.account, extent.last->days(), *extent.opening, *extent.closing, extent.statement, source_.artifact.value);
    if (same.step())
        object("a statement of the same day with the same balances was taken from artifact " + std::to_string(same.integer(0)) +
               "; perhaps this is the same one in another form");
}

/// Statements of the account with a closing balance, the latest first; those of this file before those in the books.
std::vector<Extent> Objections::known(const std::string& account) const {
    std::vector<Extent> all;
    for (auto at = in_file_.rbegin(); at != in_file_.rend(); ++at)
        if (at->account == account && at->last && at->closing) all.push_back(*at);
    auto query = db_.query("SELECT from_date, to_date, closing FROM bank_statement WHERE account = ? AND to_date IS NOT NULL "
                           "AND closing IS NOT NULL ORDER BY to_date DESC, id DESC LIMIT 400");
    query.bind(account);
    while (query.step()) {
        Extent extent{account, {}, {}, Date::from_days(static_cast<std::int32_t>(query.integer(1))), false, {}, query.integer(2), true};
        if (!query.is_null(0)) extent.first = Date::from_days(static_cast<std::int32_t>(query.integer(0)));
        all.push_back(std::move(extent));
    }
    std::stable_sort(all.begin(), all.end(), [](const Extent& a, const Extent& b) { return *b.last < *a.last; });
    return all;
}

/// A gap in the account's history: a statement that neither continues nor overlaps what is known.
void Objections::not_the_closing_before(const Extent& extent) {
    if (!extent.first || !extent.opening) return;
    const auto first = *extent.first;
    const auto all = known(extent.account);
    for (const auto& other : all) {
        // Several statements a day, and openings dated by the day before: the edge may be shared.
        if (*other.last == first && *other.closing == *extent.opening) return;
        const bool reaches_in = *other.last > first || (*other.last == first && !extent.first_is_the_openings);
        if (reaches_in && other.first && *other.first < first) return;
    }
    const Extent* before = nullptr;
    for (const auto& other : all)
        if (*other.last < first || (*other.last == first && extent.first_is_the_openings)) {
            before = &other;
            break;
        }
    if (before == nullptr || *before->closing == *extent.opening) return;
    const auto digits = books_.bank_account(extent.account)->currency.minor_digits;
    object("opens with " + minor_to_text(*extent.opening, digits) + " but the last statement of " + extent.account + " (to " +
           to_text(*before->last) + ") closed with " + minor_to_text(*before->closing, digits) + "; a statement in between may be missing");
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
    if (statement.part == 0 || !statement_) {
        // Twins count within a statement: the same line in another one is the same money, overlapping days or delivered again.
        twins_.clear();
        statement_ = statement_row(*account, statement);
    }
    for (const auto& entry : statement.entries) OWED_TRY_VOID(line(*account, entry));
    std::optional<std::int64_t> to;
    if (auto day = last_day(statement)) to = day->days();
    tx_.query("UPDATE bank_statement SET entries = entries + ?, closing = coalesce(?, closing), to_date = coalesce(?, to_date) WHERE id = ?")
        .bind(statement.entries.size(), units_of(statement.closing), to, *statement_)
        .run();
    return Fate::applied;
}

/// The statement's row, new or, when its artifact is read again, the one it has.
std::int64_t Router::statement_row(const ledger::BankAccount& account, const BankStatement& statement) {
    std::optional<std::int64_t> from, to;
    if (auto day = first_day(statement)) from = day->days();
    if (auto day = last_day(statement)) to = day->days();
    auto same = tx_.query("SELECT id FROM bank_statement WHERE artifact = ? AND account = ? AND statement = ? AND from_date IS ? AND opening IS ? ORDER BY id");
    same.bind(source_.artifact.value, account.id(), statement.id, from, units_of(statement.opening));
    while (same.step())
        if (const auto id = same.integer(0); std::find(statements_.begin(), statements_.end(), id) == statements_.end()) {
            statements_.push_back(id);
            same.reset();
            tx_.query("UPDATE bank_statement SET entries = 0 WHERE id = ?").bind(id).run();
            return id;
        }
    tx_.query("INSERT INTO bank_statement (entity, account, statement, sequence, currency, from_date, to_date, opening, closing, "
              "entries, artifact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)")
        .bind(account.entity, account.id(), statement.id, statement.sequence, account.currency.text(), from, to,
              units_of(statement.opening), units_of(statement.closing), source_.artifact.value)
        .run();
    statements_.push_back(tx_.last_id());
    return statements_.back();
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
    const auto moved = [&] {
        return cash::NewReturn{.entity = account.entity, .account = account.id(), .bank_gl = account.gl, .amount = amount->absolute(),
                               .value_date = entry.value_date.value_or(*booked), .posting_date = *booked, .transaction = entry, .event_key = event};
    };
    const bool may_take_back = amount->is_positive() && (entry.reversal || cash::is_charge_code(entry.code));
    const auto taken_back = may_take_back ? cash::preview_taken_back(tx_, moved()) : std::nullopt;
    const bool receipt = amount->is_positive() && !taken_back, returns = amount->is_negative() && (!entry.return_reason.empty() || entry.reversal);
    tx_.query("INSERT INTO bank_line (key, statement, outcome, amount) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING")
        .write(event, *statement_, receipt ? "receipt" : returns ? "return" : "outgoing", amount->units());
    if (tx_.changed_rows() == 0) {
        counts.count(Fate::duplicate);
        return {};
    }
    if (taken_back) {
        OWED_TRY_VOID(cash::take_back_outgoing(tx_, ledger_, *taken_back, moved()));
    } else if (receipt) {
        OWED_TRY([[maybe_unused]] auto received,
                 arrivals_.receive({.entity = account.entity, .account = account.id(), .bank_gl = account.gl, .amount = *amount,
                                    .value_date = entry.value_date.value_or(*booked), .posting_date = *booked, .transaction = entry,
                                    .connector = source_.connector, .artifact = std::to_string(source_.artifact.value), .event_key = event}));
        receipts_came_ = true;
    } else if (returns) {
        OWED_TRY_VOID(returned(moved(), entry.where));
    } else if (amount->is_negative()) {
        OWED_TRY_VOID(left(moved()));
    }
    counts.count(Fate::applied);
    return {};
}

/// A refund has no charge's code; everything else that left may have been ordered here.
Status Router::left(const cash::NewReturn& payment) {
    if (!cash::is_charge_code(payment.transaction.code)) {
        OWED_TRY(const auto refund, cash::refund_paid(tx_, ledger_, payment));
        if (refund) return {};
    }
    OWED_TRY([[maybe_unused]] const auto posted, cash::outgoing_booked(tx_, ledger_, cash_, payment));
    return {};
}

/// What it undoes may stand a few lines above.
Status Router::returned(const cash::NewReturn& payment, const std::string& where) {
    OWED_TRY_VOID(arrivals_.drain());
    const audit::Actor by{.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"};
    OWED_TRY(const auto undone, cash::receive_return(tx_, ledger_, payment, by, cash_.return_fees));
    note(where, undone.reason);
    if (!undone.receipt) return {};
    arrivals_.returned(*undone.receipt);
    money_moved = true;
    return {};
}

}  // namespace owed::intake::detail
