#include "formats/rates/table.hpp"

#include <algorithm>
#include <map>

#include "formats/csv/header.hpp"
#include "formats/rates/columns.hpp"

namespace owed::formats::rates {
namespace {

using csv::Cell;
using csv::Row;
using csv::shown;

std::vector<std::string> names_of(const Row& row) {
    std::vector<std::string> names;
    for (const Cell& cell : row.cells) names.emplace_back(cell.text);
    return names;
}

int score(const Row& row) { return shape_of(names_of(row)) == Shape::none ? 0 : 1; }

/// One table. Rows are read twice: first the dates are looked at together, because 03/04/2026 alone is two days.
class Table {
  public:
    Table(const std::string& file, const Settings& settings, Posting& posting) : file_{file}, settings_{settings}, posting_{posting} {}
    Status run(std::string_view bytes, Findings& findings);

  private:
    Status find_columns();
    Status find_base(std::optional<Currency> unless_said);
    Status prove_dates();
    template <class Take>
    Status each_row(Take take);
    Status check(const Row& row);
    Status check_end(const Row& row, const Cell& last);
    std::string subject_of(const Row& row) const;
    Status take(const Row& row);
    Status take_day(const Row& row);
    Status take_pair(const Row& row);
    Status take_reference(const Row& row);
    Result<Date> date_of(const Row& row) const;
    Result<Decimal> number(const Cell& cell) const;
    Result<std::optional<As>> type_of(const Row& row) const;
    const Cell& cell(const Row& row, Column column) const {
        const auto& at = columns_.at(column);
        return at && *at < row.cells.size() ? row.cells[*at] : none_;
    }
    std::string at(std::size_t offset) const { return csv::place_of(opened_.text, offset, file_); }
    Place place(const Row& row, const Cell& cell) const {
        return {row.line, [this, offset = cell.offset] { return at(offset); }};
    }
    tl::unexpected<Error> refuse(const Cell& cell, std::string what, std::string advice = {}) const {
        return fail(Errc::malformed_input, std::move(what), at(cell.offset), std::move(advice));
    }

    const std::string& file_;
    const Settings& settings_;
    Posting& posting_;
    csv::Opened opened_;
    csv::Header header_;
    Shape shape_ = Shape::none;
    Columns columns_;
    std::optional<Currency> base_;
    std::string source_;
    std::optional<csv::DateFormat> dates_;
    std::uint64_t rows_ = 0;
    std::map<std::string, std::size_t> decimals_above_;  ///< of the last cell of the row above, by subject_of(); ordered: from outside
    Findings* findings_ = nullptr;
    Cell none_;
};

Status Table::run(std::string_view bytes, Findings& findings) {
    findings_ = &findings;
    OWED_TRY(opened_, csv::open(bytes, settings_.notation.dialect, file_));
    for (Warning& warning : opened_.warnings) findings.warn(std::move(warning.where), std::move(warning.what));
    OWED_TRY(auto header, csv::find_header(opened_, file_, score));
    if (!header)
        return fail(Errc::unsupported_format, "no row is the header of a table of rates", file_ + ":1:1",
                    "expected Date and currencies; or from,to,date,rate[,type]; or name,from,percent. Other tables: the plugin erp-csv with record: fx_rate and a mapping");
    header_ = std::move(*header);
    OWED_TRY_VOID(find_columns());
    OWED_TRY_VOID(prove_dates());
    OWED_TRY_VOID(each_row([this](const Row& row) { return take(row); }));
    if (rows_ == 0) return fail(Errc::malformed_input, "the table has no rows", at(header_.offset), "fetch the file again");
    return {};
}

Status Table::find_columns() {
    shape_ = shape_of(header_.names);
    if (shape_ == Shape::days) {
        columns_.at(Column::date) = 0;
        const auto euro = find_currency("EUR");
        if (!settings_.base || settings_.base->text() == "EUR") source_ = "ecb";
        return find_base(euro ? std::optional{*euro} : std::nullopt);
    }
    columns_ = shape_ == Shape::pairs ? *pair_columns(header_.names) : *reference_columns(header_.names);
    if (shape_ == Shape::pairs && !columns_.has(Column::from)) return find_base({});
    return {};
}

/// The currency of which one unit is quoted. The ECB's table does not say it is the euro, but has no column EUR.
Status Table::find_base(std::optional<Currency> unless_said) {
    base_ = settings_.base;
    if (base_) return {};
    base_ = unless_said;
    const bool stands_there = base_ && std::find(header_.names.begin(), header_.names.end(), base_->text()) != header_.names.end();
    if (base_ && !stands_there) return {};
    return fail(Errc::malformed_input, "nothing says which currency these are the rates of", at(header_.offset), "set base, like base: EUR, or add a column from");
}

template <class Take>
Status Table::each_row(Take take) {
    csv::RowReader reader{opened_.text, opened_.dialect, file_, header_.rows_offset, header_.rows_line};
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
        if (!row.is_blank()) OWED_TRY_VOID(take(row));
    }
}

Status Table::prove_dates() {
    csv::DateProof proof{settings_.dates};
    OWED_TRY_VOID(each_row([&](const Row& row) -> Status {
        const Cell& date = cell(row, Column::date);
        if (auto seen = proof.see(date.text, date.offset); !seen) return refuse(date, date.text.empty() ? "the date is empty" : seen.error().what);
        return {};
    }));
    auto format = proof.result();
    if (!format) return fail(Errc::malformed_input, format.error().what, at(format.error().offset), "say dates, like dates: \"%d/%m/%Y\"");
    dates_ = *format;
    return {};
}

/// A file that ends in the middle of a row, or of a rate: 1.08 for 1.0840.
Status Table::check(const Row& row) {
    const Cell& last = row.cells.back();
    const bool fits = shape_ == Shape::days ? row.cells.size() == header_.names.size() : row.width() <= header_.names.size() && row.cells.size() >= header_.width;
    if (!fits)
        return fail(Errc::malformed_input, "the row has " + std::to_string(row.cells.size()) + " cells, the header has " + std::to_string(header_.names.size()),
                    file_ + ':' + std::to_string(row.line), "fetch the file again: it may be cut off");
    return check_end(row, last);
}

/// Decimals are compared with those of the same pair: 162.50 yen after 1.0840 dollars is whole.
Status Table::check_end(const Row& row, const Cell& last) {
    const bool is_rate = shape_ == Shape::days || columns_.at(Column::rate) == row.cells.size() - 1;
    if (!is_rate || last.text.empty() || last.text == "N/A") return {};
    const std::size_t decimals = csv::decimals_of(last.text);
    const auto [above, is_first] = decimals_above_.try_emplace(subject_of(row), decimals);
    const bool ends_the_file = row.raw.data() + row.raw.size() == opened_.text.data() + opened_.text.size();
    if (ends_the_file && decimals < above->second)
        return refuse(last, "the file ends in the middle of a rate: " + shown(last.text), "fetch it again: it was cut off");
    if (ends_the_file && is_first)
        findings_->warn(at(last.offset), "the file ends with this rate and without a line break, and no row above is of its pair: nothing shows whether it is whole");
    above->second = decimals;
    return {};
}

std::string Table::subject_of(const Row& row) const {
    if (shape_ == Shape::references) return std::string{cell(row, Column::name).text};
    if (shape_ != Shape::pairs) return {};
    return std::string{base_ ? std::string_view{base_->text()} : cell(row, Column::from).text} + '/' + std::string{cell(row, Column::to).text};
}

Status Table::take(const Row& row) {
    ++rows_;
    OWED_TRY_VOID(check(row));
    switch (shape_) {
        case Shape::days: return take_day(row);
        case Shape::pairs: return take_pair(row);
        case Shape::references: return take_reference(row);
        case Shape::none: break;
    }
    return {};
}

Result<Date> Table::date_of(const Row& row) const {
    auto date = dates_->parse(cell(row, Column::date).text);
    if (!date) return refuse(cell(row, Column::date), date.error().what);
    return *date;
}

Result<Decimal> Table::number(const Cell& cell) const {
    const csv::NumberFormat format{settings_.notation.decimal.value_or(csv::Mark::dot), csv::Mark::none, csv::Negative::leading};
    auto number = csv::parse_number(cell.text, format);
    if (number) return Decimal::of(number->mantissa, number->scale);
    const bool comma = !settings_.notation.decimal && cell.text.find(',') != std::string_view::npos;
    return refuse(cell, number.error().what, comma ? "where rates are written 1,0840, say decimal: \",\"" : "");
}

Status Table::take_day(const Row& row) {
    OWED_TRY(const Date date, date_of(row));
    for (std::size_t i = 1; i < row.cells.size(); ++i) {
        const Cell& cell = row.cells[i];
        const std::string& to = header_.names[i];
        if (cell.text.empty() || cell.text == "N/A") continue;  // a holiday there, or a currency that has gone
        if (to.empty()) return refuse(cell, "the column has a rate and no currency");
        OWED_TRY(const Decimal rate, number(cell));
        OWED_TRY_VOID(posting_.quote({.from = base_->text(), .to = to, .type = {}, .date = date, .rate = rate, .source = source_}, place(row, cell)));
    }
    return {};
}

Result<std::optional<As>> Table::type_of(const Row& row) const {
    const Cell& found = cell(row, Column::type);
    if (found.text.empty()) return std::optional<As>{};
    const auto type = find_as(csv::folded(found.text));  // the month's end is a setting and no type of a row
    if (type) return type;
    return refuse(found, shown(found.text) + " is no type of rate; one of spot, closing, custom", "or read the file with erp-csv, which can translate: type: {column: C, map: {...}}");
}

Status Table::take_pair(const Row& row) {
    OWED_TRY(const Date date, date_of(row));
    OWED_TRY(const Decimal rate, number(cell(row, Column::rate)));
    OWED_TRY(const auto type, type_of(row));
    const std::string_view from = base_ ? base_->text() : cell(row, Column::from).text;
    const std::string_view to = cell(row, Column::to).text;
    if (from.empty()) return refuse(cell(row, Column::from), "the currency from is empty");
    if (to.empty()) return refuse(cell(row, Column::to), "the currency to is empty");
    return posting_.quote({.from = from, .to = to, .type = type, .date = date, .rate = rate, .source = cell(row, Column::source).text}, place(row, cell(row, Column::rate)));
}

Status Table::take_reference(const Row& row) {
    OWED_TRY(const Date from, date_of(row));
    Cell percent = cell(row, Column::rate);
    if (percent.text.ends_with('%')) percent.text = csv::trimmed(percent.text.substr(0, percent.text.size() - 1));
    OWED_TRY(const Decimal value, number(percent));
    return posting_.reference(cell(row, Column::name).text, from, value, cell(row, Column::source).text, place(row, percent));
}

}  // namespace

bool is_table(std::string_view head, std::string_view file_name) {
    csv::DialectHints hints;
    hints.cut = true;
    const auto opened = csv::open(head, hints, file_name);
    if (!opened) return false;
    const auto header = csv::find_header(*opened, file_name, score);
    return header && header->has_value();
}

Status read_table(std::string_view bytes, const std::string& file_name, const Settings& settings, Posting& posting, Findings& findings) {
    return Table{file_name, settings, posting}.run(bytes, findings);
}

}  // namespace owed::formats::rates
