// Cutting text into rows and cells.
#include <algorithm>

#include "formats/csv/csv.hpp"

namespace owed::formats::csv {

std::string name_of_delimiter(char delimiter) { return delimiter == '\t' ? "tab" : std::string{'"', delimiter, '"'}; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string shown(std::string_view text) {
    std::string out = "\"";
    std::size_t characters = 0;
    for (char c : text) {
        bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (begins && ++characters > 60) return out + "...\"";
        if (c == '\n' || c == '\r' || c == '\t') out += ' ';
        else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
    }
    return out + '"';
}

std::string list_of(const std::vector<std::string>& names) {
    std::string out;
    std::size_t count = 0;
    for (const std::string& name : names) {
        if (name.empty()) continue;
        if (++count > 40) return out + ", ...";
        if (!out.empty()) out += ", ";
        out += name;
    }
    return out;
}

std::string place_of(std::string_view text, std::size_t offset, std::string_view file_name) {
    offset = std::min(offset, text.size());
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < offset; ++i) {
        bool lone_cr = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
        if (text[i] == '\n' || lone_cr) {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
            ++column;
        }
    }
    return std::string{file_name} + ':' + std::to_string(line) + ':' + std::to_string(column);
}

bool Row::is_blank() const {
    return std::all_of(cells.begin(), cells.end(), [](const Cell& c) { return c.text.empty(); });
}

std::size_t Row::width() const {
    std::size_t n = cells.size();
    while (n > 0 && cells[n - 1].text.empty()) --n;
    return n;
}

Result<bool> RowReader::next(Row& row) {
    row.cells.clear();
    row.held.clear();
    if (pos_ >= text_.size()) return false;
    std::size_t begin = pos_;
    row.line = line_;
    for (;;) {
        OWED_TRY(End end, read_cell(row, begin));
        if (end == End::row) break;
        if (row.cells.size() >= columns_max)
            return fail(Errc::input_too_large, "a row has more than " + std::to_string(columns_max) + " cells", place(pos_));
    }
    row.raw = text_.substr(begin, row_end_ - begin);
    return true;
}

Result<RowReader::End> RowReader::read_cell(Row& row, std::size_t row_begin) {
    std::size_t begin = pos_;
    std::size_t first = begin;
    while (first < text_.size() && text_[first] == ' ') ++first;
    if (dialect_.quote && first < text_.size() && text_[first] == dialect_.quote) return read_quoted(row, row_begin, first);
    while (!at_row_end() && text_[pos_] != dialect_.delimiter) ++pos_;
    if (pos_ - row_begin > row_bytes_max)
        return fail(Errc::input_too_large, "a row is longer than 1 MiB", place(row_begin));
    row.cells.push_back({trimmed(text_.substr(begin, pos_ - begin)), begin, false});
    return end_of_cell();
}

Result<RowReader::End> RowReader::read_quoted(Row& row, std::size_t row_begin, std::size_t open) {
    bool doubled = false;
    std::uint32_t breaks = 0;
    pos_ = open + 1;
    for (;; ++pos_) {
        if (pos_ - row_begin > row_bytes_max)
            return fail(Errc::input_too_large, "a row is longer than 1 MiB; the quote that opens here may never close", place(open));
        if (pos_ >= text_.size()) {
            ended_in_quotes_ = true;
            return fail(Errc::malformed_input, "the quote that opens here never closes: the file is cut off, or the quote is a letter",
                        place(open));
        }
        char c = text_[pos_];
        if (c == '\n' || (c == '\r' && (pos_ + 1 == text_.size() || text_[pos_ + 1] != '\n'))) ++breaks;
        if (c != dialect_.quote) continue;
        if (pos_ + 1 >= text_.size() || text_[pos_ + 1] != dialect_.quote) break;
        doubled = true;
        ++pos_;
    }
    std::string_view inside = text_.substr(open + 1, pos_ - open - 1);
    if (doubled) {
        std::string& held = row.held.emplace_back();
        for (std::size_t i = 0; i < inside.size(); ++i) {
            held += inside[i];
            if (inside[i] == dialect_.quote) ++i;
        }
        inside = held;
    }
    ++pos_;
    while (pos_ < text_.size() && text_[pos_] == ' ') ++pos_;
    if (!at_row_end() && text_[pos_] != dialect_.delimiter)
        return fail(Errc::malformed_input, "text after a closing quote; a quote inside quotes is written twice", place(pos_));
    line_ += breaks;
    row.cells.push_back({trimmed(inside), open, true});
    return end_of_cell();
}

RowReader::End RowReader::end_of_cell() {
    if (pos_ < text_.size() && text_[pos_] == dialect_.delimiter) {
        ++pos_;
        return End::cell;
    }
    row_end_ = pos_;
    if (pos_ < text_.size()) {
        bool pair = text_[pos_] == '\r' && pos_ + 1 < text_.size() && text_[pos_ + 1] == '\n';
        pos_ += pair ? 2 : 1;
        ++line_;
    }
    return End::row;
}

}  // namespace owed::formats::csv
