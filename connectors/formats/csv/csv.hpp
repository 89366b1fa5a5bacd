// Rows of a CSV file with their places: separators, quotes, multi-line cells, and how to find out which ones a file uses.
// Nothing here knows what the columns mean. Source of the rules: RFC 4180 where files follow it, FORMATS section 2.8 where
// they do not. All functions: any thread, no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats::csv {

/// Limits of one row. A file that passes them is refused with the place (input_too_large).
inline constexpr std::size_t row_bytes_max = 1 << 20;
inline constexpr std::size_t columns_max = 2'000;

/// How a file writes its cells. `quote` 0: quotes are letters like any other.
struct Dialect {
    char delimiter = ',';
    char quote = '"';
};
/// "," or "tab", for messages.
std::string name_of_delimiter(char delimiter);

/// A cell without its quotes and without blanks around it. `offset` is that of its first byte (the quote, if any) in the
/// text; `text` lives as long as the row is not read into again.
struct Cell {
    std::string_view text;
    std::size_t offset = 0;
    bool quoted = false;
};

/// One record of the file. Reused from row to row, so that reading costs no allocations.
struct Row {
    std::vector<Cell> cells;
    std::uint32_t line = 0;        ///< of its first byte, from 1
    std::string_view raw;          ///< as it stands, without the line break
    std::deque<std::string> held;  ///< cells with doubled quotes, which differ from the file's bytes

    Row() = default;
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;
    Row(Row&&) = default;
    Row& operator=(Row&&) = default;

    /// True when no cell has a letter in it.
    bool is_blank() const;
    /// Cells up to the last one that is not empty: PayPal's Spanish export ends each row with empty ones.
    std::size_t width() const;
};

/// "feb.csv:3:14": line and column (in characters, from 1) of a byte of the text. Scans the text; for messages only.
std::string place_of(std::string_view text, std::size_t offset, std::string_view file_name);

/// Reads rows one after the other. Rows end with LF, CR LF or CR; a quoted cell may hold line breaks; two quotes inside
/// quotes are one; a quote inside an unquoted cell is a letter (`12" pipe`).
/// Errors: malformed_input (a quote that never closes, text after a closing quote), input_too_large.
class RowReader {
  public:
    /// `text` must outlive the reader and its rows. `offset` and `line` say where to begin.
    RowReader(std::string_view text, Dialect dialect, std::string_view file_name, std::size_t offset = 0, std::uint32_t line = 1)
        : text_{text}, dialect_{dialect}, file_name_{file_name}, pos_{offset}, line_{line} {}

    /// False at the end of the text.
    Result<bool> next(Row& row);
    /// Of the row that comes next.
    std::size_t offset() const { return pos_; }
    std::uint32_t line() const { return line_; }
    /// After an Error: true when it was a quote that never closed, so a text cut short may be the cause.
    bool ended_in_quotes() const { return ended_in_quotes_; }

  private:
    enum class End { cell, row };
    Result<End> read_cell(Row& row, std::size_t row_begin);
    Result<End> read_quoted(Row& row, std::size_t row_begin, std::size_t open);
    End end_of_cell();
    bool at_row_end() const { return pos_ == text_.size() || text_[pos_] == '\n' || text_[pos_] == '\r'; }
    std::string place(std::size_t offset) const { return place_of(text_, offset, file_name_); }

    std::string_view text_;
    Dialect dialect_;
    std::string_view file_name_;
    std::size_t pos_;
    std::size_t row_end_ = 0;
    std::uint32_t line_;
    bool ended_in_quotes_ = false;
};

/// A file's text with its dialect, and where its first row begins (after `sep=;`, which Excel writes, or skipped lines).
struct Opened {
    std::string text;  ///< UTF-8 without byte order mark
    Dialect dialect;
    std::size_t offset = 0;
    std::uint32_t line = 1;
    std::vector<Warning> warnings;  ///< of the charset
};

/// What a profile may say of the dialect; empty members are detected.
struct DialectHints {
    std::string encoding;   ///< as text/charset.hpp names them; empty: detect
    char delimiter = 0;     ///< 0: detect
    char quote = '"';       ///< 0: none
    std::uint32_t skip_lines = 0;
    bool cut = false;       ///< the bytes are only the head of a file, as sniffing sees it
};

/// Which separator cuts the text into the most regular table. `cut`: the text is only the head of a file.
/// Errors: malformed_input when none does, when two do equally well (naming both), and what the winner's rows hold.
Result<char> detect_delimiter(std::string_view text, char quote, std::string_view file_name, bool cut);

/// Bytes to text and dialect. Errors: malformed_input (no text, no separator), invalid_config (encoding), input_too_large.
Result<Opened> open(std::string_view bytes, const DialectHints& hints, std::string_view file_name);

/// Blanks and tabs off both ends.
std::string_view trimmed(std::string_view text);
/// A value for a message: in quotes, control characters and what is beyond 60 characters left out.
std::string shown(std::string_view text);
/// "a, b, c" of names for a message; at most 40 of them.
std::string list_of(const std::vector<std::string>& names);

}  // namespace owed::formats::csv
