// A list verb's answer as CSV, for spreadsheets: RFC 4180, UTF-8, made from the JSON answer, so that every list has it.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::ctl {

struct ListCsv {
    std::string text;                    ///< a header row and a row each, ended by CR LF
    std::vector<std::string> others;     ///< further lists of the answer that are not empty and not in `text`
};

/// The answer's list `wanted`, or without a name its first one. A member of a row is a column, in the order of the JSON; what lies in an
/// object is `source.connector`; of a list, texts are joined by "; " and objects stay JSON. Entries of the journal are a row a line. Where a
/// report says its entity once, each row begins with it and the day; several reports follow each other in one table.
///
/// Values are as in the JSON: dates YYYY-MM-DD, amounts plain decimals with their currency in a column of its own; null is an empty cell.
/// Text that a spreadsheet would take for a formula (it begins with = + - @, a tab, CR or LF) gets an apostrophe before it, in the header
/// too. A column in which all is decimal figures is no text: -12.50 stays a number. Control characters and those that turn the direction
/// of writing are '?', as in tables (SECURITY T09).
///
/// Of a list without rows the header has the columns of the table that people see. Errors: not_found (no list of that name; the answer
/// is no list), with those that there are. Any thread.
Result<ListCsv> list_csv(std::string_view verb, const boost::json::value& answer, const std::string& wanted);

/// True for verbs whose answer is a list and who change nothing: those that --csv is for.
bool has_csv(std::string_view verb, bool changes, bool names_one);

}  // namespace owed::ctl
