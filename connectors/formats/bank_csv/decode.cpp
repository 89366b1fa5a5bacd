// The file as a whole: header and columns, a first pass that proves how it writes amounts, dates and signs, a second one
// that makes the statements.
#include <algorithm>
#include <map>

#include "formats/bank_csv/account.hpp"
#include "formats/bank_csv/bank_csv.hpp"
#include "formats/bank_csv/bare.hpp"
#include "formats/bank_csv/entry.hpp"

namespace owed::formats::bank_csv {

using csv::Header;
using csv::Opened;
using csv::Row;
using csv::RowReader;
using csv::shown;

namespace {

const char* const profile_advice = "describe the file in a profile: columns, date_format, decimal (an ERP export: files)";

/// Which signs a column of amounts has, with the first cell of each.
struct Signs {
    std::optional<std::size_t> positive, negative;
    void see(const csv::Cell& cell) {
        if (cell.text.find_first_of("123456789") == std::string_view::npos) return;
        bool minus = cell.text.front() == '-' || cell.text.back() == '-' || cell.text.front() == '(';
        std::optional<std::size_t>& first = minus ? negative : positive;
        if (!first) first = cell.offset;
    }
};

class Decoder {
  public:
    Decoder(const Options& options, RecordSink& sink) : file_{options.file_name}, sink_{sink} {}
    Result<DecodeReport> run(std::string_view bytes, const std::string& profile);

  private:
    Status find_columns();
    Status find_named_columns();
    Status no_header() const;
    void read_preamble();
    Status survey();
    Status survey_row(const Row& row);
    Status check_end(const Row& row);
    Status check_width(const Row& row) const;
    Status prove();
    Status prove_signs();
    Status emit();
    Status emit_entry(const Row& row);
    Status take_balance(const Row& row, RowKind kind);
    AccountStatement& statement_for(const std::string& account, const std::string& currency);
    RowReader rows() const { return {text_, opened_.dialect, file_, header_.rows_offset, header_.rows_line}; }
    std::string at(std::size_t offset) const { return csv::place_of(text_, offset, file_); }
    tl::unexpected<Error> refuse(const CellFault& fault) const { return fail(fault.error.code, fault.error.what, at(fault.offset), fault.error.advice); }

    std::string file_;
    RecordSink& sink_;
    Profile profile_;
    Opened opened_;
    std::string_view text_;         ///< of opened_, without the trailer lines a profile cuts off
    Header header_;
    Columns columns_;
    Notation notation_;
    csv::NumberProof numbers_;
    csv::DateProof booking_dates_, value_dates_;
    Signs debits_, credits_, marked_debits_, marked_credits_;
    std::map<std::size_t, std::size_t> decimals_;  ///< of the amounts in a row's last cell, by column
    std::string seen_account_;
    bool accounts_differ_ = false;
    std::string preamble_iban_;
    StatedBalances stated_;
    Findings findings_;
    std::vector<AccountStatement> statements_;  ///< in the order in which the file brings them
    std::map<std::pair<std::string, std::string>, std::size_t> by_account_;
};

Result<DecodeReport> Decoder::run(std::string_view bytes, const std::string& profile) {
    OWED_TRY(profile_, read_profile(profile));
    OWED_TRY(opened_, csv::open(bytes, profile_.notation.dialect, file_));
    for (Warning& warning : opened_.warnings) findings_.warn(std::move(warning.where), std::move(warning.what));
    text_ = opened_.text;
    for (std::uint32_t n = profile_.skip_trailer_lines; n > 0 && !text_.empty(); --n) {
        while (!text_.empty() && (text_.back() == '\n' || text_.back() == '\r')) text_.remove_suffix(1);
        text_ = text_.substr(0, text_.find_last_of("\r\n") + 1);
    }
    numbers_ = csv::NumberProof{profile_.notation.decimal, profile_.notation.thousands};
    booking_dates_ = value_dates_ = csv::DateProof{profile_.dates};
    OWED_TRY_VOID(find_columns());
    read_preamble();
    OWED_TRY_VOID(survey());
    OWED_TRY_VOID(prove());
    OWED_TRY_VOID(emit());
    std::uint64_t records = 0;
    if (statements_.empty()) (void)statement_for("", notation_.currency);
    if (statements_.size() > 1 && (stated_.opening || stated_.closing)) {
        findings_.warn(file_, "the file states an opening or closing balance, but has several accounts or currencies: not checked");
        stated_ = {};
    }
    for (AccountStatement& statement : statements_) {
        OWED_TRY_VOID(statement.close(stated_, findings_, sink_));
        records += statement.records();
    }
    return std::move(findings_).report("csv", records);
}

Status Decoder::find_columns() {
    if (!profile_.header) {
        RowReader reader{text_, opened_.dialect, file_, opened_.offset, opened_.line};
        Row first;
        OWED_TRY(bool more, reader.next(first));
        header_ = csv::numbered_header(opened_, more ? first.cells.size() : 0);
    } else if (!profile_.columns.empty()) {
        auto score = [&](const Row& row) {
            return static_cast<int>(std::count_if(profile_.columns.begin(), profile_.columns.end(), [&](const auto& column) {
                return std::any_of(row.cells.begin(), row.cells.end(), [&](const csv::Cell& c) { return csv::folded(c.text) == csv::folded(column.second) && !c.text.empty(); });
            }));
        };
        OWED_TRY(auto header, csv::find_header(opened_, file_, score));
        if (!header) return no_header();
        header_ = std::move(*header);
    } else {
        OWED_TRY_VOID(find_named_columns());
    }
    if (!profile_.columns.empty()) {
        OWED_TRY(columns_, columns_by_profile(profile_, header_, file_));
    }
    notation_.currency = profile_.currency.empty() ? columns_.currency : profile_.currency;
    notation_.inverse_sign = profile_.inverse_sign;
    return {};
}

/// By the headings; without a header row, by what the columns hold.
Status Decoder::find_named_columns() {
    OWED_TRY(auto header, csv::find_header(opened_, file_, score_header));
    if (header) {
        header_ = std::move(*header);
        RowReader reader = rows();
        Row first;
        OWED_TRY(bool more, reader.next(first));
        (void)more;
        auto columns = columns_by_name(header_, first);
        if (!columns) return fail(columns.error().code, columns.error().what, file_ + ':' + std::to_string(header_.line), columns.error().advice);
        columns_ = std::move(*columns);
        return {};
    }
    OWED_TRY(auto bare, columns_by_content(opened_, file_));
    if (!bare) return no_header();
    header_ = std::move(bare->header);
    columns_ = std::move(bare->columns);
    findings_.warn(file_ + ":1", "the file has no header row; its columns were told by their contents: " + bare->what);
    return {};
}

Status Decoder::no_header() const {
    RowReader reader{text_, opened_.dialect, file_, opened_.offset, opened_.line};
    Row first;
    std::vector<std::string> names;
    while (names.empty()) {
        OWED_TRY(bool more, reader.next(first));
        if (!more) break;
        for (const csv::Cell& cell : first.cells)
            if (!cell.text.empty()) names.push_back(shown(cell.text));
    }
    return fail(Errc::unsupported_format, "no row names the columns of a bank statement (a date, and an amount or debit and credit); the first one has: " + csv::list_of(names),
                file_ + ':' + std::to_string(first.line), profile_advice);
}

/// The account often stands above the table: "IBAN;DE89 3704 ...".
void Decoder::read_preamble() {
    RowReader reader{text_.substr(0, header_.offset), opened_.dialect, file_, opened_.offset, opened_.line};
    Row row;
    for (;;) {
        auto more = reader.next(row);
        if (!more || !*more) return;
        for (const csv::Cell& cell : row.cells) {
            std::string text = without_blanks(cell.text);
            if (auto colon = text.rfind(':'); colon != std::string::npos) text = text.substr(colon + 1);
            if (preamble_iban_.empty() && is_iban(text)) preamble_iban_ = text;
        }
    }
}

Status Decoder::check_width(const Row& row) const {
    if (row.width() <= header_.names.size() && row.cells.size() >= header_.width) return {};
    return fail(Errc::malformed_input, "the row has " + std::to_string(row.cells.size()) + " cells, the header has " + std::to_string(header_.names.size()) +
                                           ": the file is cut off, or a separator stands in a text without quotes",
                file_ + ':' + std::to_string(row.line) + ":1");
}

Status Decoder::survey() {
    RowReader reader = rows();
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
        if (kind_of(row, columns_) != RowKind::entry) continue;
        OWED_TRY_VOID(check_width(row));
        OWED_TRY_VOID(survey_row(row));
        OWED_TRY_VOID(check_end(row));
    }
}

/// A file cut off in its last cell is a whole file to look at: -4,5 for -4,50. Where the row ends with an amount, has no
/// line break and fewer decimals than the rows above, it is refused.
Status Decoder::check_end(const Row& row) {
    std::size_t last = row.cells.size() - 1;
    bool is_amount = columns_[Role::amount] == last || columns_[Role::debit] == last || columns_[Role::credit] == last || columns_[Role::balance] == last;
    if (!is_amount || row.cells[last].text.empty()) return {};
    std::size_t decimals = csv::decimals_of(row.cells[last].text);
    auto [above, is_first] = decimals_.try_emplace(last, decimals);
    const bool unterminated = row.raw.data() + row.raw.size() == text_.data() + text_.size();
    if (unterminated && is_first)
        findings_.warn(at(row.cells[last].offset), "the file ends right after its only amount, without a line break: if it was cut off, so was the amount");
    if (unterminated && !is_first && decimals < above->second)
        return fail(Errc::malformed_input, "the file ends in the middle of an amount: " + shown(row.cells[last].text), at(row.cells[last].offset), "fetch it again");
    return {};
}

Status Decoder::survey_row(const Row& row) {
    auto refuse_cell = [&](const csv::Cell& cell, std::size_t column, Error error) {
        return fail(error.code, error.what + " (column " + header_.names[column] + ")", at(cell.offset), profile_advice);
    };
    for (Role role : {Role::amount, Role::debit, Role::credit, Role::balance, Role::charge}) {
        auto column = columns_[role];
        if (cell_text(row, column).empty()) continue;
        const csv::Cell& cell = row.cells[*column];
        if (auto seen = numbers_.see(cell.text, cell.offset); !seen) return refuse_cell(cell, *column, seen.error());
        if (role == Role::debit) debits_.see(cell);
        if (role == Role::credit) credits_.see(cell);
        if (role == Role::amount && columns_[Role::sign]) {
            auto direction = direction_of(cell_text(row, columns_[Role::sign]));
            if (direction) (*direction == Direction::debit ? marked_debits_ : marked_credits_).see(cell);
        }
    }
    for (auto [role, proof] : {std::pair{Role::booking_date, &booking_dates_}, std::pair{Role::value_date, &value_dates_}}) {
        auto column = columns_[role];
        if (cell_text(row, column).empty()) continue;
        const csv::Cell& cell = row.cells[*column];
        if (auto seen = proof->see(cell.text, cell.offset); !seen) return refuse_cell(cell, *column, seen.error());
    }
    std::string account = without_blanks(cell_text(row, columns_[Role::account]));
    if (seen_account_.empty()) seen_account_ = account;
    accounts_differ_ = accounts_differ_ || account != seen_account_;
    return {};
}

Status Decoder::prove() {
    auto numbers = numbers_.result();
    if (!numbers) return fail(Errc::malformed_input, numbers.error().what, at(numbers.error().offset), "say decimal: and thousands: in a profile");
    notation_.numbers = *numbers;
    auto dates = csv::prove_columns({&booking_dates_, &value_dates_});
    if (!dates) return fail(Errc::malformed_input, dates.error().what, at(dates.error().offset), "say date_format: in a profile, like %d/%m/%Y");
    notation_.booking_dates = dates->front();
    notation_.value_dates = dates->back();
    notation_.own_account_column = !columns_.account_is_generic || !accounts_differ_;
    return prove_signs();
}

/// A column that has both signs where one is expected may hold reversals, or another convention: a person must say.
Status Decoder::prove_signs() {
    if (debits_.positive && debits_.negative)
        return fail(Errc::malformed_input, "the column of debits has amounts with and without minus: which are reversals is not clear", at(std::max(*debits_.positive, *debits_.negative)),
                    "ask the bank for camt.053 or MT940");
    if (credits_.negative)
        return fail(Errc::malformed_input, "the column of credits has an amount with minus: whether it is a reversal is not clear", at(*credits_.negative),
                    "ask the bank for camt.053 or MT940");
    notation_.debits_negative = debits_.negative.has_value();
    notation_.signs_in_amount = marked_debits_.negative.has_value();
    if (marked_credits_.negative) return fail(Errc::malformed_input, "a row is marked as a credit and its amount has a minus", at(*marked_credits_.negative), profile_advice);
    if (marked_debits_.negative && marked_debits_.positive)
        return fail(Errc::malformed_input, "rows marked as debits have amounts with and without minus", at(std::max(*marked_debits_.positive, *marked_debits_.negative)), profile_advice);
    return {};
}

Status Decoder::emit() {
    RowReader reader = rows();
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
        RowKind kind = kind_of(row, columns_);
        if (kind == RowKind::entry) {
            OWED_TRY_VOID(emit_entry(row));
        } else if (kind == RowKind::opening || kind == RowKind::closing) {
            OWED_TRY_VOID(take_balance(row, kind));
        }
    }
}

Status Decoder::emit_entry(const Row& row) {
    auto read = read_row(row, columns_, notation_);
    if (!read) return refuse(read.error());
    read->entry.where = file_ + ':' + std::to_string(row.line);
    return statement_for(read->account, read->currency).add(std::move(read->entry), read->balance, sink_);
}

/// "Endsaldo;;1.234,56;EUR": the one cell after the label that is an amount.
Status Decoder::take_balance(const Row& row, RowKind kind) {
    std::optional<Amount> found;
    std::size_t amounts = 0;
    for (const csv::Cell& cell : row.cells) {
        auto number = csv::parse_number(cell.text, notation_.numbers);
        if (!number || cell.text.find_first_of("0123456789") == std::string_view::npos) continue;
        auto amount = csv::to_amount(*number, notation_.currency);
        if (!amount) continue;
        ++amounts;
        found = *amount;
    }
    std::string where = file_ + ':' + std::to_string(row.line);
    std::optional<Amount>& stated = kind == RowKind::opening ? stated_.opening : stated_.closing;
    if (amounts != 1) findings_.warn(where, "this line of balances has no single amount that can be read; it was not checked");
    else if (stated && *stated != *found) findings_.grave(where, "the file states two " + std::string{kind == RowKind::opening ? "opening" : "closing"} + " balances");
    else stated = found;
    return {};
}

AccountStatement& Decoder::statement_for(const std::string& account, const std::string& currency) {
    auto [known, is_new] = by_account_.try_emplace({account, currency}, statements_.size());
    if (is_new) {
        StatementAccount head;
        const std::string& number = account.empty() ? preamble_iban_ : account;
        (is_iban(number) ? head.iban : head.id) = number;
        if (number.empty()) {
            head.iban = profile_.iban;
            head.id = profile_.account_id;
        }
        head.bank = profile_.account_bank;
        head.name = profile_.account_name;
        head.currency = currency;
        statements_.emplace_back(std::move(head), file_ + ':' + std::to_string(header_.line));
    }
    return statements_[known->second];
}

}  // namespace

int sniff(std::string_view head, std::string_view file_name) {
    csv::DialectHints hints;
    hints.cut = true;
    auto opened = csv::open(head, hints, file_name);
    if (!opened) return 0;
    auto header = csv::find_header(*opened, file_name, score_header);
    if (header && *header) return 80;
    auto bare = columns_by_content(*opened, file_name);
    if (bare && *bare) return 30;
    bool named = file_name.ends_with(".csv") || file_name.ends_with(".CSV");
    return named ? 10 : 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) { return Decoder{options, sink}.run(bytes, options.profile); }

}  // namespace owed::formats::bank_csv
