// A mapping entry bound to the columns of one file, and a row seen through it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/header.hpp"
#include "formats/csv/number.hpp"
#include "formats/erp_csv/mapping.hpp"
#include "owed/decimal.hpp"
#include "owed/record.hpp"

namespace owed::formats::erp_csv {

struct BoundField {
    const Field* field = nullptr;
    const Source* source = nullptr;
    std::vector<std::size_t> columns;
    std::optional<csv::DateProof> proof;        ///< of a date field
    std::optional<csv::DateFormat> dates;       ///< once proven
};
struct BoundCondition {
    const Condition* condition = nullptr;
    std::size_t column = 0;
};
struct BoundEntry {
    const Entry* entry = nullptr;
    std::vector<BoundField> fields;
    std::vector<BoundCondition> when;

    BoundField* find(std::string_view name);
    const BoundField* find(std::string_view name) const;
};

/// Errors: malformed_input when a column is not in the file, with those that are; `where` has header line and mapping path.
Result<BoundEntry> bind_columns(const Entry& entry, const csv::Header& header, std::string_view file_name);

/// True when all conditions hold.
bool keeps(const BoundEntry& bound, const csv::Row& row);

/// A number's cell without its percent sign.
std::string_view without_percent(std::string_view cell);

/// Why a row does not fit, as the caller makes it a RejectedRow.
struct Misfit {
    std::string column;  ///< its name in the header; empty: the whole row
    std::string what;
};
template <class T>
using Fit = tl::expected<T, Misfit>;

/// A row as fields: what is mapped, trimmed, translated and checked. `numbers` is the file's.
class RowView {
  public:
    RowView(const BoundEntry& bound, const csv::Header& header, const csv::NumberFormat& numbers, const csv::Row& row)
        : bound_{bound}, header_{header}, numbers_{numbers}, row_{row} {}

    std::uint32_t line() const { return row_.line; }
    /// Empty when not mapped or empty in the file. Refused: control characters, more than `bytes_max`.
    Fit<std::string> text(std::string_view field, std::size_t bytes_max) const;
    /// As text(), but must not be empty.
    Fit<std::string> required(std::string_view field, std::size_t bytes_max) const;
    /// Several columns, line breaks cutting them further; empty ones left out.
    Fit<std::vector<std::string>> lines(std::string_view field, std::size_t bytes_max) const;
    Fit<std::optional<Amount>> amount(std::string_view field, std::string_view currency) const;
    Fit<std::optional<Date>> date(std::string_view field) const;
    Fit<std::optional<std::int32_t>> whole(std::string_view field, std::int32_t most) const;
    /// As written, with the file's notation ("1.0840", "2" of "2 %"); empty when the cell is.
    Fit<std::optional<Decimal>> decimal(std::string_view field) const;
    /// ISO 4217 or empty.
    Fit<std::string> currency() const;
    /// A misfit of this field's column.
    tl::unexpected<Misfit> misfit(std::string_view field, std::string what) const;

  private:
    std::string_view cell(std::size_t column) const { return column < row_.cells.size() ? row_.cells[column].text : std::string_view{}; }
    Fit<std::string> checked(std::string_view field, std::string_view value, std::size_t bytes_max) const;

    const BoundEntry& bound_;
    const csv::Header& header_;
    const csv::NumberFormat& numbers_;
    const csv::Row& row_;
};

/// Gives the value of a Fit to a new variable, or returns its misfit.
#define OWED_FIT(declaration, ...)                                                      \
    auto OWED_CAT(fit_, __LINE__) = (__VA_ARGS__);                                      \
    if (!OWED_CAT(fit_, __LINE__)) return tl::unexpected{OWED_CAT(fit_, __LINE__).error()}; \
    declaration = std::move(*OWED_CAT(fit_, __LINE__))

/// Lengths in bytes that are taken.
inline constexpr std::size_t id_max = 128, name_max = 512, text_max = 4096;

/// Records out of rows; every rule that a row must meet. README.md lists them.
Fit<Customer> customer_of(const RowView& row);
/// `kind` comes from the mapping or from the row's field `kind`.
Fit<ArDocument> document_of(const RowView& row, Kind kind);
/// With one element in `applied` when the row names a document.
Fit<ErpPayment> payment_of(const RowView& row);
/// With one line when the row names a document or has a figure of one. adjustment: added to the gross, so negative for what
/// was kept back.
Fit<RemittanceAdvice> advice_of(const RowView& row);
Fit<FxRate> fx_rate_of(const RowView& row);
Fit<ReferenceRate> reference_rate_of(const RowView& row);
/// What an ERP made of an application that was written to it: state `accepted` or `refused`.
Fit<ReceiptAnswer> receipt_answer_of(const RowView& row);
/// The kind of document that a row is.
Fit<Kind> kind_of_row(const RowView& row, const Entry& entry);

}  // namespace owed::formats::erp_csv
