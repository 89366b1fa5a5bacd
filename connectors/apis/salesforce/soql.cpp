#include "apis/salesforce/soql.hpp"

#include <algorithm>

namespace owed::apis::salesforce {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }
constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string all;
    for (const auto& part : parts) all += (all.empty() ? std::string{} : std::string{between}) + part;
    return all;
}

}  // namespace

std::string soql_text(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'' || c == '\\' || c == '"') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            out += hex_digits[byte >> 4];
            out += hex_digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + "'";
}

bool is_field_path(std::string_view text) {
    if (text.empty() || text.size() > 120) return false;
    for (;;) {
        const auto part = text.substr(0, text.find('.'));
        if (part.empty() || !is_letter(part.front()) || !std::all_of(part.begin(), part.end(), is_word)) return false;
        if (part.size() == text.size()) return true;
        text.remove_prefix(part.size() + 1);
    }
}

std::string Query::text() const {
    std::string query = "SELECT " + joined(fields, ",") + " FROM " + object;
    if (!where.empty()) query += " WHERE " + where;
    if (!order.empty()) query += " ORDER BY " + order;
    return query;
}

std::string is_one_of(std::string_view field, const std::vector<std::string>& values) {
    std::vector<std::string> literals;
    for (const auto& value : values) literals.push_back(soql_text(value));
    return std::string{field} + " IN (" + joined(literals, ",") + ")";
}

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_word(c) || c == '-' || c == '.' || c == '~') {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex_digits[byte >> 4];
        out += hex_digits[byte & 15];
    }
    return out;
}

std::vector<std::vector<std::string>> in_runs(const std::vector<std::string>& values, std::size_t bytes_max) {
    std::vector<std::vector<std::string>> runs;
    std::size_t bytes = 0;
    for (const auto& value : values) {
        const auto more = url_encoded(soql_text(value)).size() + 3;
        if (runs.empty() || bytes + more > bytes_max) {
            runs.emplace_back();
            bytes = 0;
        }
        runs.back().push_back(value);
        bytes += more;
    }
    return runs;
}

}  // namespace owed::apis::salesforce
