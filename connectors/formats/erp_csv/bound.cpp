#include "formats/erp_csv/bound.hpp"

#include <algorithm>

namespace owed::formats::erp_csv {

using csv::shown;

namespace {

Result<std::size_t> column_of(const ColumnRef& ref, const std::string& path, const csv::Header& header, std::string_view file_name) {
    std::string where = std::string{file_name} + ':' + std::to_string(header.line);
    if (ref.position > 0) {
        if (ref.position <= header.names.size()) return ref.position - 1;
        return fail(Errc::malformed_input, "there is no column " + std::to_string(ref.position) + ", which " + path + " names; the file has " +
                                               std::to_string(header.names.size()) + " columns", where);
    }
    auto column = header.column(ref.name);
    if (column) return *column;
    return fail(Errc::malformed_input, column.error().what, where, "correct " + path + " in the mapping, or the export");
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

const BoundField* BoundEntry::find(std::string_view name) const {
    for (const BoundField& field : fields)
        if (field.field->name == name) return &field;
    return nullptr;
}

BoundField* BoundEntry::find(std::string_view name) { return const_cast<BoundField*>(std::as_const(*this).find(name)); }

Result<BoundEntry> bind_columns(const Entry& entry, const csv::Header& header, std::string_view file_name) {
    BoundEntry bound;
    bound.entry = &entry;
    for (const Field& field : fields_of(entry.record)) {
        auto source = entry.fields.find(field.name);
        if (source == entry.fields.end()) continue;
        BoundField b;
        b.field = &field;
        b.source = &source->second;
        for (const ColumnRef& ref : source->second.columns) {
            auto column = column_of(ref, source->second.path, header, file_name);
            if (!column && source->second.optional) continue;
            if (!column) return fail(std::move(column).error());
            b.columns.push_back(*column);
        }
        if (b.columns.empty() && source->second.optional) continue;
        if (field.type == FieldType::date) b.proof = csv::DateProof{entry.dates};
        bound.fields.push_back(std::move(b));
    }
    for (const Condition& condition : entry.when) {
        OWED_TRY(std::size_t column, column_of(condition.column, condition.path, header, file_name));
        bound.when.push_back({&condition, column});
    }
    return bound;
}

bool keeps(const BoundEntry& bound, const csv::Row& row) {
    return std::all_of(bound.when.begin(), bound.when.end(), [&](const BoundCondition& c) {
        std::string_view cell = c.column < row.cells.size() ? row.cells[c.column].text : std::string_view{};
        const auto& values = c.condition->values;
        return (std::find(values.begin(), values.end(), cell) != values.end()) == c.condition->wanted;
    });
}

tl::unexpected<Misfit> RowView::misfit(std::string_view field, std::string what) const {
    const BoundField* bound = bound_.find(field);
    std::string column = bound && !bound->columns.empty() ? header_.names[bound->columns.front()] : std::string{field};
    return tl::unexpected{Misfit{std::move(column), std::move(what)}};
}

Fit<std::string> RowView::checked(std::string_view field, std::string_view value, std::size_t bytes_max) const {
    if (value.size() > bytes_max)
        return misfit(field, std::string{field} + " has " + std::to_string(value.size()) + " bytes; at most " + std::to_string(bytes_max) + " are taken");
    if (has_control(value)) return misfit(field, std::string{field} + ' ' + shown(value) + " has a line break or control character in it");
    return std::string{value};
}

Fit<std::string> RowView::text(std::string_view field, std::size_t bytes_max) const {
    const BoundField* bound = bound_.find(field);
    if (!bound) return std::string{};
    if (bound->source->literal) return *bound->source->literal;
    std::string_view value = cell(bound->columns.front());
    const auto& translation = bound->source->translation;
    if (translation.empty() || value.empty()) return checked(field, value, bytes_max);
    auto to = translation.find(bound->source->folds ? csv::folded(value) : std::string{value});
    if (to != translation.end()) return to->second;
    std::vector<std::string> known;
    for (const auto& entry : translation) known.push_back(entry.first);
    return misfit(field, shown(value) + " is not in the map of " + std::string{field} + ": " + csv::list_of(known));
}

Fit<std::string> RowView::required(std::string_view field, std::size_t bytes_max) const {
    auto value = text(field, bytes_max);
    if (value && value->empty()) return misfit(field, std::string{field} + " is empty");
    return value;
}

Fit<std::vector<std::string>> RowView::lines(std::string_view field, std::size_t bytes_max) const {
    std::vector<std::string> out;
    const BoundField* bound = bound_.find(field);
    if (!bound) return out;
    if (bound->source->literal) return std::vector<std::string>{*bound->source->literal};
    for (std::size_t column : bound->columns) {
        std::string_view rest = cell(column);
        while (!rest.empty()) {
            std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
            auto line = checked(field, csv::trimmed(rest.substr(0, end)), bytes_max);
            if (!line) return tl::unexpected{line.error()};
            if (!line->empty()) out.push_back(std::move(*line));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return out;
}

Fit<std::optional<Amount>> RowView::amount(std::string_view field, std::string_view currency) const {
    auto value = text(field, 64);
    if (!value) return tl::unexpected{value.error()};
    if (value->empty()) return std::optional<Amount>{};
    auto number = csv::parse_number(*value, numbers_);
    if (!number) return misfit(field, number.error().what);
    auto amount = csv::to_amount(*number, currency);
    if (!amount) return misfit(field, amount.error().what);
    return std::optional<Amount>{*amount};
}

std::string_view without_percent(std::string_view cell) {
    return cell.ends_with('%') ? csv::trimmed(cell.substr(0, cell.size() - 1)) : cell;
}

Fit<std::optional<Decimal>> RowView::decimal(std::string_view field) const {
    auto value = text(field, 64);
    if (!value) return tl::unexpected{value.error()};
    if (value->empty()) return std::optional<Decimal>{};
    auto number = csv::parse_number(without_percent(*value), numbers_);
    if (!number) return misfit(field, number.error().what);
    return std::optional{Decimal::of(number->mantissa, number->scale)};
}

Fit<std::optional<Date>> RowView::date(std::string_view field) const {
    auto value = text(field, 64);
    if (!value) return tl::unexpected{value.error()};
    if (value->empty()) return std::optional<Date>{};
    auto date = bound_.find(field)->dates->parse(*value);
    if (!date) return misfit(field, date.error().what);
    return std::optional<Date>{*date};
}

Fit<std::optional<std::int32_t>> RowView::whole(std::string_view field, std::int32_t most) const {
    auto value = text(field, 64);
    if (!value) return tl::unexpected{value.error()};
    if (value->empty()) return std::optional<std::int32_t>{};
    std::int32_t number = 0;
    for (char c : *value) {
        if (c < '0' || c > '9' || value->size() > 6)
            return misfit(field, shown(*value) + " is not a whole number from 0 to " + std::to_string(most));
        number = number * 10 + (c - '0');
    }
    if (number > most) return misfit(field, shown(*value) + " is not a whole number from 0 to " + std::to_string(most));
    return std::optional<std::int32_t>{number};
}

Fit<std::string> RowView::currency() const {
    auto value = text("currency", 16);
    if (!value || value->empty() || find_currency(*value)) return value;
    return misfit("currency", shown(*value) + " is not a currency of ISO 4217, like EUR");
}

}  // namespace owed::formats::erp_csv
