#include "ctl/list_csv.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <utility>

#include "ctl/print.hpp"

namespace owed::ctl {
namespace {

namespace json = boost::json;

struct Cell {
    std::string text = {};
    bool null = false;
    bool figure = false;                 ///< a number, or text that is nothing but a plain decimal
};
/// Columns in order; those of one member stand together, wherever a row first has them.
struct Table {
    std::vector<std::string> members;                          ///< "source"
    std::map<std::string, std::vector<std::string>> columns;   ///< of each: "source.connector", "source.artifact"
    std::vector<std::map<std::string, Cell>> rows;
};

std::string plain(const json::string& text) { return {text.data(), text.size()}; }

bool is_decimal(std::string_view text) {
    const auto digits = [&] {
        const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
        const auto count = static_cast<std::size_t>(end - text.begin());
        text.remove_prefix(count);
        return count > 0;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    if (!digits()) return false;
    if (text.empty()) return true;
    if (text.front() != '.') return false;
    text.remove_prefix(1);
    return digits() && text.empty();
}

/// Line breaks and tabs may stand in a cell; the rest as on a terminal.
std::string clean(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\t\r\n"), text.size());
        out += tame(text.substr(0, end));
        if (end < text.size()) out += text[end];
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

Cell cell_of(const json::value& value) {
    if (value.is_null()) return {.null = true};
    if (value.is_string()) {
        auto text = clean(plain(value.as_string()));
        const bool figure = is_decimal(text);
        return {.text = std::move(text), .figure = figure};
    }
    if (!value.is_array()) return {.text = json::serialize(value), .figure = value.is_number()};
    const auto& list = value.as_array();
    const bool deep = std::any_of(list.begin(), list.end(), [](const auto& one) { return one.is_object() || one.is_array(); });
    if (deep) return {.text = clean(json::serialize(value))};
    std::string text;
    for (const auto& one : list) text += (text.empty() ? "" : "; ") + cell_of(one).text;
    return {.text = std::move(text), .null = list.empty()};
}

void put(Table& table, std::map<std::string, Cell>& row, const std::string& member, const std::string& path, const json::value& value) {
    if (value.is_object() && !value.as_object().empty()) {
        for (const auto& inner : value.as_object()) put(table, row, member, path + "." + std::string{inner.key()}, inner.value());
        return;
    }
    auto [known, fresh] = table.columns.try_emplace(member);
    if (fresh) table.members.push_back(member);
    if (std::find(known->second.begin(), known->second.end(), path) == known->second.end()) known->second.push_back(path);
    row[path] = value.is_object() ? Cell{.null = true} : cell_of(value);
}

void put_row(Table& table, const json::object& context, const json::value& value) {
    std::map<std::string, Cell> row;
    for (const auto& member : context) put(table, row, std::string{member.key()}, std::string{member.key()}, member.value());
    if (value.is_object())
        for (const auto& member : value.as_object()) put(table, row, std::string{member.key()}, std::string{member.key()}, member.value());
    else
        put(table, row, "value", "value", value);
    table.rows.push_back(std::move(row));
}

bool is_list(const json::key_value_pair& member) {
    if (!member.value().is_array() || member.key() == "edges") return false;
    const auto& list = member.value().as_array();
    return std::all_of(list.begin(), list.end(), [](const auto& one) { return one.is_object(); });
}

const json::key_value_pair* list_of(const json::object& answer, const std::string& wanted) {
    for (const auto& member : answer)
        if (is_list(member) && (wanted.empty() || member.key() == wanted)) return &member;
    return nullptr;
}

/// What a report says once for all of its rows.
json::object said_once(const json::object& report, const json::array& rows) {
    json::object context;
    const auto* entity = report.if_contains("entity");
    if (entity == nullptr || !entity->is_string() || (!rows.empty() && rows.front().as_object().contains("entity"))) return context;
    context["entity"] = *entity;
    if (const auto* day = report.if_contains("as_of"); day != nullptr) context["as_of"] = *day;
    return context;
}

/// An entry of the journal as its lines, each with what the entry says.
void put_entries(Table& table, const json::array& entries) {
    for (const auto& entry : entries) {
        auto head = entry.as_object();
        const auto lines = head.at("lines").as_array();
        head.erase("lines");
        for (const auto& line : lines) put_row(table, head, line);
    }
}

std::string quoted(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos && !text.starts_with(' ') && !text.ends_with(' ')) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string{"\"\""} : std::string{c};
    return out + "\"";
}

std::string guarded(std::string text) {
    if (!text.empty() && std::string_view{"=+-@\t\r\n"}.find(text.front()) != std::string_view::npos) text.insert(text.begin(), '\'');
    return quoted(text);
}

/// With whether all that stands in it is figures. A member that is an object or null has no column for the null.
std::vector<std::pair<std::string, bool>> columns_of(const Table& table) {
    std::vector<std::pair<std::string, bool>> all;
    for (const auto& member : table.members)
        for (const auto& path : table.columns.at(member)) {
            const auto every = [&](auto says) {
                return std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
                    const auto at = row.find(path);
                    return at == row.end() || at->second.null || says(at->second);
                });
            };
            const bool nothing = every([](const Cell&) { return false; });
            if (nothing && path == member && table.columns.at(member).size() > 1) continue;
            all.emplace_back(path, every([](const Cell& cell) { return cell.figure; }));
        }
    return all;
}

std::string written(const Table& table, const std::string& list) {
    auto columns = columns_of(table);
    if (table.rows.empty())
        for (const auto& name : list_columns(list)) columns.emplace_back(name, false);
    std::string text;
    for (const auto& [name, figures] : columns) text += (text.empty() ? "" : ",") + guarded(clean(name));
    if (!columns.empty()) text += "\r\n";
    for (const auto& row : table.rows) {
        bool first = true;
        for (const auto& [name, figures] : columns) {
            if (!std::exchange(first, false)) text += ",";
            const auto at = row.find(name);
            const auto cell = at == row.end() || at->second.null ? std::string{} : at->second.text;
            // Readers pass over a line without anything, and the row would be gone.
            text += cell.empty() && columns.size() == 1 ? "\"\"" : figures ? quoted(cell) : guarded(cell);
        }
        text += "\r\n";
    }
    return text;
}

void add_once(std::vector<std::string>& names, std::string name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

std::string names_of(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

Result<ListCsv> list_csv(std::string_view verb, const json::value& answer, const std::string& wanted) {
    std::vector<const json::object*> reports;
    if (const auto* object = answer.if_object(); object != nullptr) {
        const auto* several = object->if_contains("reports");
        if (several != nullptr && several->is_array())
            for (const auto& one : several->as_array()) reports.push_back(&one.as_object());
        else
            reports.push_back(object);
    }
    Table table;
    std::vector<std::string> names, others;
    std::string shown;
    bool found = reports.empty() && wanted.empty() && answer.is_object();
    for (const auto* report : reports) {
        const auto* list = list_of(*report, wanted);
        for (const auto& member : *report) {
            if (!is_list(member)) continue;
            add_once(names, std::string{member.key()});
            if (&member != list && !member.value().as_array().empty()) add_once(others, std::string{member.key()});
        }
        if (list == nullptr) continue;
        found = true;
        shown = std::string{list->key()};
        const auto& rows = list->value().as_array();
        if (verb == "journal") put_entries(table, rows);
        else
            for (const auto& row : rows) put_row(table, said_once(*report, rows), row);
    }
    if (!found)
        return fail(Errc::not_found, names.empty() ? "\"" + std::string{verb} + "\" answers with no list" : "the answer has no list " + wanted, {},
                    names.empty() ? "--json has all of it" : "it has: " + names_of(names));
    return ListCsv{written(table, shown), others};
}

bool has_csv(std::string_view verb, bool changes, bool names_one) {
    // How the machine and the configuration stand: things with lists in them.
    static const std::vector<std::string_view> no_list{"status", "config show", "metrics", "top"};
    return !changes && !names_one && std::find(no_list.begin(), no_list.end(), verb) == no_list.end();
}

}  // namespace owed::ctl
