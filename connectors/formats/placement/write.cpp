#include <algorithm>
#include <functional>
#include <utility>

#include "formats/placement/placement.hpp"

namespace owed::formats::placement {

namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : ", ") + line;
    return text;
}

enum class Kind { words, figure };

struct Field {
    std::string name;
    Kind kind;
    std::function<std::string(const Placement&, const Item&)> value;
};

const std::vector<Field>& table() {
    static const std::vector<Field> all{
        {"placement", Kind::words, [](const Placement& p, const Item&) { return p.id; }},
        {"date", Kind::figure, [](const Placement& p, const Item&) { return to_text(p.date); }},
        {"creditor", Kind::words, [](const Placement& p, const Item&) { return p.creditor; }},
        {"debtor_number", Kind::words, [](const Placement& p, const Item&) { return p.debtor.number; }},
        {"debtor_name", Kind::words, [](const Placement& p, const Item&) { return p.debtor.name; }},
        {"contact_name", Kind::words, [](const Placement& p, const Item&) { return p.debtor.contact_name; }},
        {"email", Kind::words, [](const Placement& p, const Item&) { return p.debtor.email; }},
        {"language", Kind::words, [](const Placement& p, const Item&) { return p.debtor.language; }},
        {"tax_id", Kind::words, [](const Placement& p, const Item&) { return p.debtor.tax_id; }},
        {"street", Kind::words, [](const Placement& p, const Item&) { return joined(p.debtor.address.lines); }},
        {"postcode", Kind::words, [](const Placement& p, const Item&) { return p.debtor.address.postcode; }},
        {"city", Kind::words, [](const Placement& p, const Item&) { return p.debtor.address.city; }},
        {"region", Kind::words, [](const Placement& p, const Item&) { return p.debtor.address.region; }},
        {"country", Kind::words, [](const Placement& p, const Item&) { return p.debtor.address.country; }},
        {"document", Kind::words, [](const Placement&, const Item& i) { return i.document; }},
        {"document_date", Kind::figure, [](const Placement&, const Item& i) { return to_text(i.document_date); }},
        {"due_date", Kind::figure, [](const Placement&, const Item& i) { return to_text(i.due_date); }},
        {"days_overdue", Kind::figure, [](const Placement&, const Item& i) { return std::to_string(i.days_overdue); }},
        {"currency", Kind::words, [](const Placement& p, const Item&) { return std::string{p.currency.text()}; }},
        {"original", Kind::figure, [](const Placement&, const Item& i) { return to_text(i.original); }},
        {"residual", Kind::figure, [](const Placement&, const Item& i) { return to_text(i.residual); }},
    };
    return all;
}

const Field* field_of(std::string_view name) {
    const auto found = std::find_if(table().begin(), table().end(), [&](const Field& field) { return field.name == name; });
    return found == table().end() ? nullptr : &*found;
}

bool looks_like_a_formula(std::string_view text) {
    if (text.empty()) return false;
    const std::string_view fullwidth = text.substr(0, 3);  // U+FF1D, U+FF0B, U+FF0D, U+FF20: = + - @ to a spreadsheet
    return text.find_first_of("=+-@") == 0 || fullwidth == "\xEF\xBC\x9D" || fullwidth == "\xEF\xBC\x8B" ||
           fullwidth == "\xEF\xBC\x8D" || fullwidth == "\xEF\xBC\xA0";
}

bool has_control_byte(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string quoted(std::string_view text) {
    std::string cell = "\"";
    for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
    return cell + "\"";
}

Result<std::string> row_of(const Placement& placement, const Item& item, const std::vector<Column>& columns, char delimiter) {
    std::string row;
    for (const Column& column : columns) {
        const Field& field = *field_of(column.field);
        const std::string value = field.value(placement, item);
        if (field.kind == Kind::words && (looks_like_a_formula(value) || has_control_byte(value)))
            return fail(Errc::data, "the text begins like a formula or holds a control byte, which the agency's spreadsheet would obey",
                        "document " + item.document + " field " + column.field, "correct it in the customer record");
        if (!row.empty()) row += delimiter;
        row += field.kind == Kind::words ? quoted(value) : value;
    }
    return row + "\r\n";
}

}  // namespace

const std::vector<std::string>& fields() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Field& field : table()) all.push_back(field.name);
        return all;
    }();
    return names;
}

Status check_columns(const std::vector<Column>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string where = "columns[" + std::to_string(i) + "].field";
        if (field_of(columns[i].field) == nullptr)
            return fail(Errc::invalid_config, "a placement has no field \"" + columns[i].field + "\"", where, "fields: " + joined(fields()));
        if (looks_like_a_formula(columns[i].heading) || has_control_byte(columns[i].heading))
            return fail(Errc::invalid_config, "a heading must not begin like a formula", where);
    }
    return {};
}

Result<std::string> write(const Placement& placement, const std::vector<Column>& columns, char delimiter,
                          std::string (*sha256_hex)(std::string_view)) {
    std::vector<Column> used = columns;
    if (used.empty())
        for (const std::string& name : fields()) used.push_back({name, name});
    OWED_TRY_VOID(check_columns(used));
    std::string file;
    for (const Column& column : used) file += (file.empty() ? "" : std::string(1, delimiter)) + quoted(column.heading);
    file += "\r\n";
    for (const Item& item : placement.items) {
        OWED_TRY(const std::string row, row_of(placement, item, used, delimiter));
        file += row;
    }
    const std::string digest = sha256_hex(file);
    const std::string d(1, delimiter);
    file += "CONTROL" + d + std::to_string(placement.items.size()) + d + to_text(placement.total) + d +
            std::string{placement.currency.text()} + d + digest + "\r\n";
    return file;
}

}  // namespace owed::formats::placement
