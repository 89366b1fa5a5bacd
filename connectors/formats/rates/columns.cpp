// What the columns of a table of rates are called.
#include <algorithm>
#include <array>

#include "formats/csv/header.hpp"
#include "formats/rates/columns.hpp"

namespace owed::formats::rates {
namespace {

struct Names {
    Column column;
    std::vector<std::string_view> names;  ///< folded
};

// Sources: our own layout first; Oracle's GL daily rates (FROM_CURRENCY, CONVERSION_DATE ...); usual headings.
const std::vector<Names> pair_names{
    {Column::from, {"from", "fromcurrency", "fromcurrencycode", "base", "basecurrency", "sourcecurrency"}},
    {Column::to, {"to", "tocurrency", "tocurrencycode", "quote", "quotecurrency", "targetcurrency", "currency", "currencycode", "waehrung", "wahrung"}},
    {Column::date, {"date", "ratedate", "conversiondate", "fromconversiondate", "effectivedate", "validfrom", "datum"}},
    {Column::rate, {"rate", "exchangerate", "conversionrate", "fxrate", "kurs", "wechselkurs"}},
    {Column::type, {"type", "ratetype", "conversiontype", "kurstyp"}},
    {Column::source, {"source", "quelle"}},
};
const std::vector<Names> reference_names{
    {Column::name, {"name", "ratename", "referencerate", "zinssatz"}},
    {Column::date, {"from", "validfrom", "effectivefrom", "effectivedate", "date", "gueltigab", "gultigab"}},
    {Column::rate, {"percent", "ratepercent", "rate", "prozent"}},
    {Column::source, {"source", "quelle"}},
};

/// Nothing when a column is none of these, or two are the same.
std::optional<Columns> assign(const std::vector<std::string>& names, const std::vector<Names>& table) {
    Columns columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) continue;
        const std::string folded = csv::folded(names[i]);
        const auto known = std::find_if(table.begin(), table.end(), [&](const Names& n) { return std::find(n.names.begin(), n.names.end(), folded) != n.names.end(); });
        if (known == table.end() || columns.has(known->column)) return {};
        columns.at(known->column) = i;
    }
    return columns;
}

bool is_code(std::string_view name) { return name.size() == 3 && std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }); }

bool has_codes(const std::vector<std::string>& names) {
    std::size_t codes = 0, known = 0;
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (names[i].empty()) continue;
        if (!is_code(names[i])) return false;
        ++codes;
        known += find_currency(names[i]) ? 1 : 0;
    }
    return known > 0 && known * 2 >= codes;  // "Date,SKU,QTY" is none
}

}  // namespace

std::optional<Columns> pair_columns(const std::vector<std::string>& names) {
    auto columns = assign(names, pair_names);
    if (columns && columns->has(Column::to) && columns->has(Column::date) && columns->has(Column::rate)) return columns;
    return {};
}

std::optional<Columns> reference_columns(const std::vector<std::string>& names) {
    auto columns = assign(names, reference_names);
    if (columns && columns->has(Column::name) && columns->has(Column::date) && columns->has(Column::rate)) return columns;
    return {};
}

Shape shape_of(const std::vector<std::string>& names) {
    if (names.size() < 2) return Shape::none;
    const std::string first = csv::folded(names.front());
    if ((first == "date" || first == "datum") && has_codes(names)) return Shape::days;
    if (pair_columns(names)) return Shape::pairs;
    return reference_columns(names) ? Shape::references : Shape::none;
}

}  // namespace owed::formats::rates
