#include "formats/bai2/transaction.hpp"

#include <algorithm>
#include <array>

#include "owed/ascii.hpp"

namespace owed::formats::bai2 {
namespace {


enum class Side { credit, debit, none };
/// BAI2 type codes: 100-399 and 920-959 credits, 400-699 and 960-999 debits; loans split their range; the rest are no
/// money of the account (890 is information).
Side side_of(int code) {
    if ((code >= 100 && code <= 399) || (code >= 920 && code <= 959)) return Side::credit;
    if ((code >= 400 && code <= 699) || code >= 960) return Side::debit;
    return Side::none;
}
/// Returned items and reversals (FORMATS section 1).
bool is_reversal(int code) {
    static constexpr std::array codes{252, 255, 257, 266, 552, 555, 557};
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The references, where a record says nothing more before an 88 that holds text already. A 16 record may stop short of
/// its references; then an 88 line with too few commas, or with blanks where a reference would stand, is text.
bool next_line_is_text(const FieldList& fields, std::ptrdiff_t commas_needed) {
    if (!fields.at_break()) return false;
    const std::string_view line = fields.next_line();
    if (std::count(line.begin(), line.end(), ',') < commas_needed) return true;
    const std::string_view first = trimmed(line.substr(0, line.find(',')));
    return first.find_first_of(" :=") != std::string_view::npos;
}

void add_text(std::vector<std::string>& text, std::string_view line) {
    line = trimmed(line);
    if (!line.empty()) text.emplace_back(line);
}

}  // namespace

Result<Detail> read_detail(FieldList fields, const std::string& currency, std::uint8_t digits, std::optional<Date> as_of, std::vector<Warning>& warnings) {
    const Place start = fields.place();
    Detail detail;
    BankTransaction& t = detail.transaction;
    t.where = start.text();
    t.booking_date = as_of;
    t.code = fields.next();
    if (t.code.size() != 3 || !std::all_of(t.code.begin(), t.code.end(), is_digit))
        return fail(Errc::malformed_input, "\"" + t.code.substr(0, 20) + "\" is no type code of three digits", start.text(), "ask the bank to send the file again");
    const std::string_view amount_text = fields.next();
    t.amount_text = amount_text;
    OWED_TRY(const auto units, parse_amount(amount_text, fields.place()));
    detail.control_amount = units.value_or(0);

    bool text_begins = false;
    if (fields.at_break() && !is_funds_type(fields.peek().value_or(""))) {
        text_begins = true;
    } else {
        if (const auto type = fields.peek(); type && !is_funds_type(*type))
            return fail(Errc::malformed_input, "\"" + std::string{type->substr(0, 20)} + "\" is no funds type (Z, 0, 1, 2, V, S, D)", fields.place().text(),
                        "ask the bank to send the file again");
        OWED_TRY(const Funds funds, take_funds(fields));
        if (funds.type == 'V') {
            const ReadDate value = read_date(funds.value_date);
            t.value_date = value.date;
            if (value.fault == DateFault::impossible) warnings.push_back({start.text(), "there is no value date " + funds.value_date, true});
        } else if (funds.type == '0') {
            t.value_date = as_of;  // immediate availability
        }
    }
    if (!text_begins && !(text_begins = next_line_is_text(fields, 2))) t.bank_ref = fields.next();
    if (!text_begins && !(text_begins = next_line_is_text(fields, 1))) t.entry_ref = fields.next();
    add_text(t.text, fields.rest_of_line());
    for (const RawRecord* line : fields.remaining_lines()) add_text(t.text, line->body);

    const int code = std::stoi(t.code);
    const Side side = side_of(code);
    std::int64_t signed_units = detail.control_amount;
    if (side == Side::debit) signed_units = -signed_units;
    t.amount = Amount{signed_units, digits, currency};
    t.reversal = is_reversal(code);
    if (detail.control_amount < 0) warnings.push_back({start.text(), "the amount of a transaction carries a sign; it turns the side that type " + t.code + " has"});
    if (side == Side::none) {
        t.status = EntryStatus::information;
        if (detail.control_amount != 0) warnings.push_back({start.text(), "type code " + t.code + " does not say whether money came or went", true});
    }
    read_text_keys(t);
    return detail;
}

void read_text_keys(BankTransaction& t) {
    const bool money_in = !t.amount || t.amount->units >= 0;
    struct Key {
        std::string_view name;
        std::string Party::*field;
        int side;  // 1: the payer of money in, -1: the payee of money out
    };
    static constexpr std::array<Key, 14> keys{{
        {"DBNM", &Party::name, 1},     {"DACT", &Party::account, 1}, {"DABA", &Party::bank, 1},        {"DBIC", &Party::bank, 1},
        {"ORG", &Party::name, 1},      {"ORG ID", &Party::account, 1}, {"SENDER BNK", &Party::bank, 1}, {"CRNM", &Party::name, -1},
        {"CACT", &Party::account, -1}, {"CABA", &Party::bank, -1},   {"CBIC", &Party::bank, -1},       {"BNF NAME", &Party::name, -1},
        {"BNF ID", &Party::account, -1}, {"BNF BNK", &Party::bank, -1},
    }};
    for (const std::string& line : t.text) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::string_view name = trimmed(std::string_view{line}.substr(0, colon));
        std::string_view value = std::string_view{line}.substr(colon + 1);
        if (value.starts_with('=')) value.remove_prefix(1);
        value = trimmed(value);
        if (value.empty()) continue;
        if (name == "EREF") t.end_to_end_id = value;
        for (const Key& key : keys)
            if (key.name == name && (key.side > 0) == money_in && (t.counterparty.*key.field).empty()) t.counterparty.*key.field = value;
    }
    if (!t.reversal) return;
    // "Reason: "R02"" in the text of a returned ACH item.
    for (const std::string& line : t.text) {
        const std::size_t at = line.find("Reason: \"");
        if (at == std::string::npos) continue;
        const std::size_t from = at + 9;
        t.return_reason = line.substr(from, line.find('"', from) == std::string::npos ? std::string::npos : line.find('"', from) - from);
        break;
    }
}

}  // namespace owed::formats::bai2
