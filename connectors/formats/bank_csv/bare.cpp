#include "formats/bank_csv/bare.hpp"

#include <algorithm>

#include "formats/csv/dates.hpp"
#include "formats/csv/number.hpp"
#include "owed/currency.hpp"

namespace owed::formats::bank_csv {
namespace {

constexpr std::size_t columns_looked_at = 50;
constexpr std::size_t rows_looked_at = 1000;

/// What a column could still be after the rows so far.
struct Guess {
    csv::DateProof dates;
    bool is_date = true, is_amount = true, is_currency = true, has_decimals = false;
    std::vector<std::string> cells;

    void see(const csv::Cell& cell) {
        if (is_date) is_date = dates.see(cell.text, cell.offset).has_value();
        csv::NumberProof alone;
        is_amount = is_amount && !cell.text.empty() && alone.see(cell.text, cell.offset).has_value();
        has_decimals = has_decimals || (is_amount && cell.text.find_first_of(".,") != std::string_view::npos);
        is_currency = is_currency && find_currency(cell.text).has_value();
        if (is_amount) cells.emplace_back(cell.text);
    }
};

/// True when `balances` is the running balance of `amounts`, from old to new or from new to old.
bool runs(const std::vector<csv::Number>& amounts, const std::vector<csv::Number>& balances) {
    auto follows = [&](std::size_t before, std::size_t after) {
        __extension__ typedef __int128 Wide;
        auto at = [](csv::Number n) {
            Wide w = n.mantissa;
            for (int d = n.scale; d < 12; ++d) w *= 10;
            return w;
        };
        return at(balances[before]) + at(amounts[after]) == at(balances[after]);
    };
    bool up = true, down = true;
    for (std::size_t i = 1; i < amounts.size(); ++i) {
        up = up && follows(i - 1, i);
        down = down && follows(i, i - 1);
    }
    return amounts.size() >= 3 && (up || down);
}

/// The pair's numbers under one notation; empty when there is none.
std::vector<csv::Number> numbers_of(const Guess& guess, const csv::NumberFormat& format) {
    std::vector<csv::Number> out;
    for (const std::string& cell : guess.cells) {
        auto number = csv::parse_number(cell, format);
        if (!number) return {};
        out.push_back(*number);
    }
    return out;
}

bool is_running_balance(const Guess& amounts, const Guess& balances) {
    csv::NumberProof proof;
    for (const Guess* guess : {&amounts, &balances})
        for (const std::string& cell : guess->cells) (void)proof.see(cell, 0);
    auto format = proof.result();
    if (!format) return false;
    auto a = numbers_of(amounts, *format), b = numbers_of(balances, *format);
    return a.size() == b.size() && runs(a, b);
}

std::optional<Columns> decide(const std::vector<Guess>& guesses) {
    std::vector<std::size_t> dates, amounts, currencies, rest;
    for (std::size_t i = 0; i < guesses.size(); ++i) {
        if (guesses[i].is_date) dates.push_back(i);
        else if (guesses[i].is_amount && guesses[i].has_decimals) amounts.push_back(i);
        else if (guesses[i].is_currency) currencies.push_back(i);
        else rest.push_back(i);
    }
    if (dates.size() != 1 || amounts.empty() || amounts.size() > 2 || currencies.size() > 1) return {};
    Columns columns;
    columns.set(Role::booking_date, dates[0]);
    std::size_t amount = 0;
    if (amounts.size() == 2) {
        bool second = is_running_balance(guesses[amounts[0]], guesses[amounts[1]]), first = is_running_balance(guesses[amounts[1]], guesses[amounts[0]]);
        if (first == second) return {};
        amount = second ? 0 : 1;
        columns.set(Role::balance, amounts[1 - amount]);
    }
    columns.set(Role::amount, amounts[amount]);
    if (!currencies.empty()) columns.set(Role::currency, currencies[0]);
    columns.text = rest;
    return columns;
}

std::string in_words(const Columns& columns) {
    std::string out;
    for (std::size_t i = 0; i < role_count; ++i)
        if (columns.at[i]) out += (out.empty() ? "" : ", ") + std::string{name_of(static_cast<Role>(i))} + ' ' + std::to_string(*columns.at[i] + 1);
    return out;
}

}  // namespace

Result<std::optional<BareFile>> columns_by_content(const csv::Opened& file, std::string_view file_name) {
    csv::RowReader reader{file.text, file.dialect, file_name, file.offset, file.line};
    csv::Row row;
    std::vector<Guess> guesses;
    std::size_t width = 0, rows = 0;
    while (rows < rows_looked_at) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) break;
        if (row.is_blank()) continue;
        if (rows++ == 0) {
            width = row.cells.size();
            if (width < 2 || width > columns_looked_at) return std::optional<BareFile>{};
            guesses.resize(width);
        }
        if (row.cells.size() != width) return std::optional<BareFile>{};
        for (std::size_t i = 0; i < width; ++i) guesses[i].see(row.cells[i]);
    }
    auto columns = rows == 0 ? std::nullopt : decide(guesses);
    if (!columns) return std::optional<BareFile>{};
    BareFile bare{csv::numbered_header(file, width), *columns, in_words(*columns)};
    return std::optional<BareFile>{std::move(bare)};
}

}  // namespace owed::formats::bank_csv
