// What a profile says: which columns of which files are which fields of which records.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/dates.hpp"
#include "formats/csv/profile.hpp"
#include "owed/result.hpp"

namespace owed::formats::erp_csv {

enum class Kind { customer, invoice, credit_memo, debit_memo, deposit_invoice, payment, remittance_advice, fx_rate, reference_rate, receipt_answer };
std::string_view name_of(Kind kind);
std::optional<Kind> find_kind(std::string_view name);
inline bool is_document(Kind kind) { return kind >= Kind::invoice && kind <= Kind::deposit_invoice; }

enum class FieldType { text, amount, date, whole, decimal };
struct Field {
    std::string_view name;
    FieldType type = FieldType::text;
    bool required = false;  ///< in the mapping and in every row
    bool many = false;      ///< may be a list of columns
    bool per_line = false;  ///< rows of one payment may differ in it
};
/// The fields that records of a kind have.
std::span<const Field> fields_of(Kind kind);

/// A column by its name in the header, or by its place (from 1).
struct ColumnRef {
    std::string name;
    std::size_t position = 0;
};

/// Where a field's value comes from: a literal, or columns, whose value may be translated.
struct Source {
    std::vector<ColumnRef> columns;
    std::optional<std::string> literal;
    std::map<std::string, std::string> translation;  ///< empty: as it stands
    bool optional = false;                           ///< a file without the column is read without the field
    bool folds = false;                              ///< translate without regard to case, blanks and signs
    std::string path;                                ///< in the profile, for messages
};

/// Keeps rows whose cell is (or is not) one of the values.
struct Condition {
    ColumnRef column;
    std::vector<std::string> values;
    bool wanted = true;
    std::string path;
};

struct Entry {
    std::string match = "*";   ///< file name with * and ?, without regard to case
    Kind record = Kind::invoice;
    std::optional<csv::DateFormat> dates;
    csv::FileNotation notation;
    bool header = true;
    std::map<std::string, Source, std::less<>> fields;
    std::vector<Condition> when;
    std::string path;
};

/// The `files` of a connector's settings (INTERFACES.md, Configuration); other top-level keys are the connector's.
/// Errors: invalid_config; unsupported_format for the profile of a bank statement.
Result<std::vector<Entry>> read_mapping(const csv::ProfileObject& settings);

/// True when the name (its last part) matches the pattern.
bool matches(std::string_view pattern, std::string_view file_name);

/// The mapping that a header row's usual names make; nullopt when they make none. `names` as in the file.
std::optional<Entry> usual_mapping(const std::vector<std::string>& names, std::string_view file_name);

}  // namespace owed::formats::erp_csv
