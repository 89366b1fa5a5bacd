#include "formats/csv/header.hpp"

namespace owed::formats::csv {
namespace {

/// U+00C0 to U+017F without their accents; a blank where there is no letter.
constexpr std::string_view latin =
    "aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

void fold_one(unsigned code, std::string& out) {
    if (code == 0xDF) {
        out += "ss";
    } else if (code >= 0xC0 && code < 0xC0 + latin.size()) {
        if (latin[code - 0xC0] != ' ') out += latin[code - 0xC0];
    }
}

}  // namespace

std::string folded(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        unsigned char c = static_cast<unsigned char>(name[i]);
        if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += static_cast<char>(c);
        else if ((c & 0xE0) == 0xC0 && i + 1 < name.size()) fold_one((c & 0x1Fu) << 6 | (static_cast<unsigned char>(name[++i]) & 0x3Fu), out);
    }
    return out;
}

Result<std::size_t> Header::column(std::string_view name) const {
    auto pick = [&](const std::vector<std::string>& all, std::string_view wanted) -> Result<std::size_t> {
        std::optional<std::size_t> found;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i] != wanted) continue;
            if (found)
                return fail(Errc::malformed_input, "two columns are called " + shown(name) + ": the " + std::to_string(*found + 1) + ". and the " +
                                                       std::to_string(i + 1) + '.');
            found = i;
        }
        if (!found) return fail(Errc::not_found, "there is no column " + shown(name) + "; the file has: " + list_of(names));
        return *found;
    };
    auto exact = pick(names, name);
    if (exact || exact.error().code == Errc::malformed_input) return exact;
    std::string wanted = folded(name);
    if (wanted.empty()) return exact;
    return pick(folded_names, wanted);
}

Header header_of(const Row& row, const RowReader& after) {
    Header header;
    header.line = row.line;
    header.width = row.width();
    for (const Cell& cell : row.cells) {
        header.names.emplace_back(cell.text);
        header.folded_names.push_back(folded(cell.text));
    }
    header.offset = row.cells.empty() ? 0 : row.cells.front().offset;
    header.rows_offset = after.offset();
    header.rows_line = after.line();
    return header;
}

Header numbered_header(const Opened& file, std::size_t width) {
    Header header;
    for (std::size_t i = 1; i <= width; ++i) header.names.push_back(std::to_string(i));
    header.folded_names = header.names;
    header.width = width;
    header.offset = header.rows_offset = file.offset;
    header.line = header.rows_line = file.line;
    return header;
}

Result<std::optional<Header>> find_header(const Opened& file, std::string_view file_name, const std::function<int(const Row&)>& score) {
    constexpr int rows_looked_at = 100;
    RowReader reader{file.text, file.dialect, file_name, file.offset, file.line};
    Row row;
    std::optional<Header> best;
    int best_score = 0;
    for (int n = 0; n < rows_looked_at; ++n) {
        auto more = reader.next(row);
        if (!more && !best) return fail(more.error());
        if (!more || !*more) break;
        int points = score(row);
        if (points <= best_score) continue;
        best_score = points;
        best = header_of(row, reader);
    }
    return best;
}

}  // namespace owed::formats::csv
