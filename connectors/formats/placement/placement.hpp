// The file that places a debtor's items with a collection agency: CSV with a control row.
// No open standard for placements exists (FORMATS section 2.9); agencies ask for columns of their own, so the columns and
// their headings are a template per agency. Record fields: DOMAIN section 15.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/record.hpp"

namespace owed::formats::placement {

struct Item {
    std::string document;
    Date document_date, due_date;
    Money original, residual;      ///< of the placement's currency
    int days_overdue = 0;
};

struct Debtor {
    std::string number, name, contact_name, email, language, tax_id;
    PostalAddress address;
};

struct Placement {
    std::string id;                ///< our placement id: the agency repeats it in its remittances
    std::string creditor;
    Date date;
    Debtor debtor;
    Currency currency;
    std::vector<Item> items;
    Money total;                   ///< sum of residuals
};

/// A placement out of the facts of a delivery:
///   {"placement": "...", "creditor": "...", "date": "2026-03-31", "currency": "EUR", "total": "100.00",
///    "debtor": {"number", "name", "contact_name", "email", "language", "tax_id",
///               "address": {"lines": [], "postcode", "city", "region", "country"}},
///    "items": [{"document", "document_date", "due_date", "original", "residual", "days_overdue"}]}
/// Amounts are decimal text in the currency's own digits. Other keys are passed over. Errors: malformed_input with the
/// field's path in `where`; also when the items do not add up to `total`. Any thread.
Result<Placement> read_facts(std::string_view json);

/// A column of the file: `field` is one of fields(), `heading` what stands in the first row.
struct Column {
    std::string field, heading;
};
/// Every field there is, in the order of the file that nobody asked to change. Any thread.
const std::vector<std::string>& fields();
/// Errors: invalid_config for a field that there is not, with those that there are.
Status check_columns(const std::vector<Column>& columns);

/// The file: heading row, a row an item, and the control row
///   CONTROL,<rows>,<sum of residuals>,<currency>,<SHA-256 in hex of all bytes before this row>
/// UTF-8, CRLF, every text quoted, dates YYYY-MM-DD, amounts with a decimal point. The same placement gives the same
/// bytes. A text that a spreadsheet would take for a formula (it begins with = + - @ or a control byte) is refused, not
/// altered (SECURITY T07): the agency must be able to send it back. Errors: data, with field and item. `sha256_hex`
/// computes the digest (formats link no crypto library). Any thread.
Result<std::string> write(const Placement& placement, const std::vector<Column>& columns, char delimiter,
                          std::string (*sha256_hex)(std::string_view));

}  // namespace owed::formats::placement
