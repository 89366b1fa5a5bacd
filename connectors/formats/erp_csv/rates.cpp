// Rows of rates: of exchange and of reference.
#include "formats/erp_csv/bound.hpp"

namespace owed::formats::erp_csv {

using csv::shown;

namespace {

Fit<std::string> currency_of(const RowView& row, std::string_view field) {
    OWED_FIT(auto code, row.required(field, 16));
    if (find_currency(code)) return code;
    return row.misfit(field, shown(code) + " is not a currency of ISO 4217, like EUR");
}

}  // namespace

Fit<FxRate> fx_rate_of(const RowView& row) {
    FxRate rate;
    OWED_FIT(rate.from, currency_of(row, "from"));
    OWED_FIT(rate.to, currency_of(row, "to"));
    if (rate.from == rate.to) return row.misfit("to", "the rate is of " + rate.from + " in itself");
    OWED_FIT(rate.date, row.date("date"));
    if (!rate.date) return row.misfit("date", "date is empty");
    OWED_FIT(auto value, row.decimal("rate"));
    if (!value) return row.misfit("rate", "rate is empty");
    if (value->mantissa() <= 0) return row.misfit("rate", "the rate is " + to_text(*value) + "; expected a positive number");
    rate.rate = to_text(*value);
    OWED_FIT(rate.type, row.text("type", 32));
    if (!rate.type.empty() && rate.type != "spot" && rate.type != "closing" && rate.type != "custom")
        return row.misfit("type", shown(rate.type) + " is no type of rate (spot, closing, custom); translate it with {column, map}");
    OWED_FIT(rate.source, row.text("source", id_max));
    return rate;
}

Fit<ReferenceRate> reference_rate_of(const RowView& row) {
    ReferenceRate rate;
    OWED_FIT(rate.name, row.required("name", id_max));
    OWED_FIT(rate.from, row.date("from"));
    if (!rate.from) return row.misfit("from", "from is empty");
    OWED_FIT(auto percent, row.decimal("percent"));
    if (!percent) return row.misfit("percent", "percent is empty");
    rate.percent = to_text(*percent);
    OWED_FIT(rate.source, row.text("source", id_max));
    return rate;
}

}  // namespace owed::formats::erp_csv
