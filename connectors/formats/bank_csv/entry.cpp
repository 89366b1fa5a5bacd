#include "formats/bank_csv/entry.hpp"

#include <algorithm>

#include "owed/currency.hpp"

namespace owed::formats::bank_csv {

using csv::shown;

namespace {

const csv::Cell& cell_at(const csv::Row& row, std::size_t column) { return row.cells[std::min(column, row.cells.size() - 1)]; }

tl::unexpected<CellFault> fault(const csv::Cell& cell, Error error) { return tl::unexpected{CellFault{cell.offset, std::move(error)}}; }
tl::unexpected<CellFault> fault(const csv::Cell& cell, std::string what) { return fault(cell, Error{Errc::malformed_input, std::move(what), {}, {}}); }

#define CELL_TRY(declaration, ...)                                                         \
    auto OWED_CAT(cell_, __LINE__) = (__VA_ARGS__);                                         \
    if (!OWED_CAT(cell_, __LINE__)) return tl::unexpected{OWED_CAT(cell_, __LINE__).error()}; \
    declaration = std::move(*OWED_CAT(cell_, __LINE__))

/// nullopt: no such column, or the cell is empty.
CellResult<std::optional<Amount>> read_amount(const csv::Row& row, std::optional<std::size_t> column, const csv::NumberFormat& format, std::string_view currency) {
    std::string_view text = cell_text(row, column);
    if (text.empty()) return std::optional<Amount>{};
    auto number = csv::parse_number(text, format);
    if (!number) return fault(cell_at(row, *column), number.error());
    auto amount = csv::to_amount(*number, currency);
    if (!amount) return fault(cell_at(row, *column), Error{amount.error().code, shown(text) + ": " + amount.error().what, {}, {}});
    return std::optional<Amount>{*amount};
}

CellResult<std::optional<Date>> read_date(const csv::Row& row, std::optional<std::size_t> column, const std::optional<csv::DateFormat>& format) {
    std::string_view text = cell_text(row, column);
    if (text.empty() || !format) return std::optional<Date>{};
    auto date = format->parse(text);
    if (!date) return fault(cell_at(row, *column), date.error());
    return std::optional<Date>{*date};
}

struct Signed {
    Amount amount;
    std::string text;
};

/// Debit and credit columns: one of them is filled, the other empty or zero.
CellResult<Signed> read_debit_credit(const csv::Row& row, const Columns& columns, const Notation& notation, std::string_view currency) {
    auto debit_column = columns[Role::debit], credit_column = columns[Role::credit];
    CELL_TRY(auto debit, read_amount(row, debit_column, notation.numbers, currency));
    CELL_TRY(auto credit, read_amount(row, credit_column, notation.numbers, currency));
    bool has_debit = debit && debit->units != 0, has_credit = credit && credit->units != 0;
    if (has_debit && has_credit) return fault(cell_at(row, *credit_column), "the row has a debit and a credit");
    if (!debit && !credit) return fault(cell_at(row, debit_column.value_or(credit_column.value_or(0))), "the row has neither a debit nor a credit");
    if (has_credit || !debit || (credit && !has_debit)) return Signed{*credit, std::string{cell_text(row, credit_column)}};
    Signed out{*debit, std::string{cell_text(row, debit_column)}};
    if (!notation.debits_negative) out.amount.units = -out.amount.units;
    return out;
}

CellResult<Signed> read_signed(const csv::Row& row, const Columns& columns, const Notation& notation, std::string_view currency) {
    auto column = columns[Role::amount];
    if (!column) return read_debit_credit(row, columns, notation, currency);
    CELL_TRY(auto amount, read_amount(row, column, notation.numbers, currency));
    if (!amount) return fault(cell_at(row, *column), "the amount is empty");
    Signed out{*amount, std::string{cell_text(row, column)}};
    auto sign_column = columns[Role::sign];
    if (!sign_column) return out;
    std::string_view mark = cell_text(row, sign_column);
    auto direction = direction_of(mark);
    if (!direction) return fault(cell_at(row, *sign_column), shown(mark) + " says neither debit nor credit");
    if (*direction == Direction::debit && !notation.signs_in_amount) out.amount.units = -out.amount.units;
    return out;
}

void add_text(BankTransaction& entry, std::string_view text) {
    while (!text.empty()) {
        std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        std::string_view line = csv::trimmed(text.substr(0, end));
        if (!line.empty()) entry.text.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool is_one_of(std::string_view folded, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), folded) != words.end(); }

CellResult<EntryStatus> read_status(const csv::Row& row, std::optional<std::size_t> column) {
    std::string_view text = cell_text(row, column);
    if (text.empty()) return EntryStatus::booked;
    if (auto status = find_status(text)) return *status;
    return fault(cell_at(row, *column), "the status " + shown(text) + " is not known: whether the money moved is not clear");
}

constexpr std::string_view opening_words[]{"openingbalance", "balancebroughtforward", "balanceatstart", "startingbalance", "previousbalance", "anfangssaldo", "anfangsbestand",
                                           "saldovortrag", "altersaldo", "soldeinitial", "anciensolde", "saldoinicial", "saldoanterior", "saldoiniziale", "beginsaldo", "ingaendesaldo"};
constexpr std::string_view closing_words[]{"closingbalance", "balancecarriedforward", "balanceatend", "endingbalance", "endsaldo", "schlusssaldo", "neuersaldo", "soldefinal",
                                           "nouveausolde", "saldofinal", "saldofinale", "eindsaldo", "utgaendesaldo"};
constexpr std::string_view summary_beginnings[]{"kontostand", "saldoam", "saldovom", "numberoftransactions", "anzahlbuchungen", "anzahlumsatze", "nombredoperations", "erstelltam",
                                                "generatedon", "exportedon", "endofreport", "endofstatement", "totaldebit", "totalcredit", "summesoll", "summehaben"};
constexpr std::string_view summary_cells[]{"total", "totals", "sum", "summe", "gesamt", "gesamtsumme", "totaux", "totale", "totaal", "subtotal", "zwischensumme"};

template <std::size_t N>
bool begins_with(std::string_view folded, const std::string_view (&words)[N]) {
    return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) { return folded.starts_with(w); });
}

RowKind kind_of_words(std::string_view text) {
    std::string folded = csv::folded(text);
    if (begins_with(folded, opening_words)) return RowKind::opening;
    if (begins_with(folded, closing_words)) return RowKind::closing;
    return RowKind::entry;
}

bool begins_like_a_date(std::string_view text) { return !text.empty() && text.front() >= '0' && text.front() <= '9'; }

}  // namespace

std::string_view cell_text(const csv::Row& row, std::optional<std::size_t> column) {
    return column && *column < row.cells.size() ? row.cells[*column].text : std::string_view{};
}

std::string without_blanks(std::string_view text) {
    std::string out;
    for (char c : text)
        if (c != ' ') out += c;
    return out;
}

bool is_iban(std::string_view text) {
    if (text.size() < 15 || text.size() > 34) return false;
    std::string turned = std::string{text.substr(4)} + std::string{text.substr(0, 4)};
    int rest = 0;
    for (char c : turned) {
        if (c >= '0' && c <= '9') rest = (rest * 10 + (c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z') rest = (rest * 100 + (c - 'A' + 10)) % 97;
        else return false;
    }
    bool country = text[0] >= 'A' && text[1] >= 'A';
    return country && rest == 1;
}

std::optional<EntryStatus> find_status(std::string_view text) {
    std::string word = csv::folded(text);
    if (is_one_of(word, {"booked", "posted", "completed", "complete", "settled", "executed", "cleared", "success", "successful", "gebucht", "umsatzgebucht", "ausgefuhrt",
                         "abgeschlossen", "comptabilise", "execute", "effectue", "completado", "contabilizado", "ejecutado", "contabilizzato", "eseguito", "geboekt",
                         "verwerkt", "zaksiegowane", "bokford", "geaccepteerd", "accepted"}))
        return EntryStatus::booked;
    if (is_one_of(word, {"pending", "vorgemerkt", "umsatzvorgemerkt", "vormerkung", "authorised", "authorized", "inprogress", "processing", "enattente", "encours", "pendiente",
                         "inattesa", "incorso", "inbehandeling", "reserved", "reserverad"}))
        return EntryStatus::pending;
    if (is_one_of(word, {"declined", "failed", "reverted", "cancelled", "canceled", "denied", "rejected", "abgelehnt", "storniert", "refuse", "annule", "rechazado", "cancelado",
                         "rifiutato", "geweigerd", "geannuleerd", "expired"}))
        return EntryStatus::information;
    return {};
}

std::optional<Direction> direction_of(std::string_view mark) {
    if (mark == "+") return Direction::credit;
    if (mark == "-") return Direction::debit;
    std::string word = csv::folded(mark);
    if (is_one_of(word, {"c", "cr", "crdt", "credit", "h", "haben", "gutschrift", "bij", "haber", "credito", "abono", "avere", "a", "kredit"})) return Direction::credit;
    if (is_one_of(word, {"d", "dr", "dbit", "dbt", "debit", "s", "soll", "lastschrift", "af", "debe", "debito", "cargo", "dare", "debet"})) return Direction::debit;
    return {};
}

RowKind kind_of(const csv::Row& row, const Columns& columns) {
    auto first = std::find_if(row.cells.begin(), row.cells.end(), [](const csv::Cell& c) { return !c.text.empty(); });
    if (first == row.cells.end()) return RowKind::blank;
    std::string_view date = cell_text(row, columns[columns[Role::booking_date] ? Role::booking_date : Role::value_date]);
    if (!begins_like_a_date(date)) {
        RowKind kind = kind_of_words(first->text);
        if (kind != RowKind::entry) return kind;
        std::string folded = csv::folded(first->text);
        bool whole = std::find(std::begin(summary_cells), std::end(summary_cells), folded) != std::end(summary_cells);
        return whole || begins_with(folded, summary_beginnings) ? RowKind::summary : RowKind::entry;
    }
    bool has_amount = !cell_text(row, columns[Role::amount]).empty() || !cell_text(row, columns[Role::debit]).empty() || !cell_text(row, columns[Role::credit]).empty();
    if (has_amount || cell_text(row, columns[Role::balance]).empty()) return RowKind::entry;
    for (std::size_t column : columns.text)
        if (RowKind kind = kind_of_words(cell_text(row, column)); kind != RowKind::entry) return kind;
    return RowKind::entry;
}

CellResult<ReadRow> read_row(const csv::Row& row, const Columns& columns, const Notation& notation) {
    ReadRow out;
    BankTransaction& entry = out.entry;
    auto text = [&](Role role) { return std::string{cell_text(row, columns[role])}; };
    out.currency = text(Role::currency);
    if (out.currency.empty()) out.currency = notation.currency;
    else if (!find_currency(out.currency))
        return fault(cell_at(row, *columns[Role::currency]), Error{Errc::unknown_currency, shown(out.currency) + " is not a currency of ISO 4217, like EUR", {}, {}});
    CELL_TRY(entry.status, read_status(row, columns[Role::status]));
    CELL_TRY(entry.booking_date, read_date(row, columns[Role::booking_date], notation.booking_dates));
    CELL_TRY(entry.value_date, read_date(row, columns[Role::value_date], notation.value_dates));
    if (!entry.booking_date && !entry.value_date && entry.status == EntryStatus::booked)
        return fault(cell_at(row, columns[Role::booking_date].value_or(columns[Role::value_date].value_or(0))), "the date is empty");
    CELL_TRY(Signed amount, read_signed(row, columns, notation, out.currency));
    if (notation.inverse_sign) amount.amount.units = -amount.amount.units;
    entry.amount = amount.amount;
    entry.amount_text = std::move(amount.text);
    CELL_TRY(out.balance, read_amount(row, columns[Role::balance], notation.numbers, out.currency));
    CELL_TRY(auto charge, read_amount(row, columns[Role::charge], notation.numbers, out.currency));
    if (charge && charge->units != 0) entry.charges.push_back(*charge);
    entry.code = text(Role::code);
    entry.entry_ref = text(Role::entry_ref);
    entry.bank_ref = text(Role::bank_ref);
    entry.end_to_end_id = text(Role::end_to_end_id);
    entry.mandate_id = text(Role::mandate_id);
    entry.counterparty.name = text(Role::counterparty);
    if (columns[Role::payer] && columns[Role::payee]) entry.counterparty.name = text(entry.amount->units > 0 ? Role::payer : Role::payee);
    entry.counterparty.account = without_blanks(cell_text(row, columns[Role::counterparty_account]));
    entry.counterparty.bank = text(Role::counterparty_bank);
    std::string account = without_blanks(cell_text(row, columns[Role::account]));
    if (notation.own_account_column) out.account = std::move(account);
    else if (entry.counterparty.account.empty()) entry.counterparty.account = std::move(account);
    for (std::size_t column : columns.text) add_text(entry, cell_text(row, column));
    return out;
}

}  // namespace owed::formats::bank_csv
