// Which separator a file uses, and from where its rows are to be read.
#include <array>
#include <map>
#include <optional>

#include "formats/csv/csv.hpp"
#include "formats/text/charset.hpp"

namespace owed::formats::csv {
namespace {

constexpr std::array delimiters{';', ',', '\t', '|'};
constexpr std::size_t sample_bytes = 256 * 1024;
constexpr std::size_t sample_rows = 400;

/// How regular the table is that a separator makes of the sample. More is better; see `score`.
struct Trial {
    char delimiter = 0;
    std::size_t width = 0;  ///< of most rows
    std::size_t rows = 0;   ///< that have it
    std::size_t typed = 0;  ///< their cells that are a number, date or time and nothing else

    /// A row of the common width counts once, a typed cell twice: in `2026-03-20;1250,50` the comma cuts as regularly as
    /// the semicolon, but leaves no cell that means anything.
    std::size_t score() const { return rows + 2 * typed; }
};

bool is_typed(std::string_view cell) {
    bool digit = false;
    for (char c : cell) {
        if (c >= '0' && c <= '9') digit = true;
        else if (std::string_view{".,-+/:' "}.find(c) == std::string_view::npos) return false;
    }
    return digit;
}

struct Shape {
    std::size_t rows = 0, typed = 0;
};

/// nullopt: the separator makes no table, or the rows cannot be read with it.
std::optional<Trial> try_delimiter(std::string_view sample, Dialect dialect, bool cut) {
    std::map<std::size_t, Shape> shapes;
    RowReader reader{sample, dialect, ""};
    Row row;
    for (std::size_t n = 0; n < sample_rows; ++n) {
        auto more = reader.next(row);
        if (!more && !(cut && reader.ended_in_quotes())) return std::nullopt;
        if (!more || !*more) break;
        if (row.cells.size() < 2) continue;
        Shape& shape = shapes[row.cells.size()];
        ++shape.rows;
        for (const Cell& cell : row.cells) shape.typed += is_typed(cell.text);
    }
    std::optional<Trial> best;
    for (const auto& [width, shape] : shapes) {
        Trial trial{dialect.delimiter, width, shape.rows, shape.typed};
        if (!best || trial.score() >= best->score()) best = trial;
    }
    return best;
}

/// The first error that reading on with this separator meets, for a file that no separator suits.
Status first_fault(std::string_view text, Dialect dialect, std::string_view file_name) {
    RowReader reader{text, dialect, file_name};
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
    }
}

}  // namespace

Result<char> detect_delimiter(std::string_view text, char quote, std::string_view file_name, bool cut) {
    std::string_view sample = text;
    if (sample.size() > sample_bytes) {
        sample = sample.substr(0, sample_bytes);
        cut = true;
    }
    // The last line of a head may be half a row.
    if (cut && sample.rfind('\n') != std::string_view::npos) sample = sample.substr(0, sample.rfind('\n') + 1);
    std::optional<Trial> best, second;
    for (char delimiter : delimiters) {
        auto trial = try_delimiter(sample, {delimiter, quote}, cut);
        if (!trial) continue;
        if (!best || trial->score() > best->score() || (trial->score() == best->score() && trial->width > best->width)) {
            second = best;
            best = trial;
        } else if (!second || trial->score() > second->score()) {
            second = trial;
        }
    }
    const std::string advice = "name the separator in a profile (delimiter)";
    if (!best) {
        for (char delimiter : delimiters) OWED_TRY_VOID(first_fault(sample, {delimiter, quote}, file_name));
        return fail(Errc::malformed_input, "no separator found: neither ; nor , nor tab nor | makes columns of it", place_of(text, 0, file_name), advice);
    }
    if (second && second->score() == best->score() && second->width == best->width)
        return fail(Errc::malformed_input,
                    "both " + name_of_delimiter(best->delimiter) + " and " + name_of_delimiter(second->delimiter) + " would separate " +
                        std::to_string(best->width) + " columns",
                    place_of(text, 0, file_name), advice);
    return best->delimiter;
}

namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 30;

/// Moves the start past `n` physical lines.
void skip_lines(Opened& opened, std::uint32_t n) {
    for (; n > 0 && opened.offset < opened.text.size(); --n, ++opened.line) {
        std::size_t end = opened.text.find_first_of("\r\n", opened.offset);
        if (end == std::string::npos) end = opened.text.size();
        else end += opened.text.compare(end, 2, "\r\n") == 0 ? 2 : 1;
        opened.offset = end;
    }
}

/// Excel's own mark in the first line: sep=;
char delimiter_of_excel(std::string_view text) {
    if (text.size() < 6 || (text.substr(0, 4) != "sep=" && text.substr(0, 4) != "SEP=")) return 0;
    return text[5] == '\r' || text[5] == '\n' ? text[4] : '\0';
}

}  // namespace

Result<Opened> open(std::string_view bytes, const DialectHints& hints, std::string_view file_name) {
    if (bytes.size() > file_bytes_max) return fail(Errc::input_too_large, "the file is larger than 1 GiB", std::string{file_name});
    DecodedText decoded;
    if (hints.encoding.empty()) {
        decoded = decode_text(bytes);
    } else {
        auto charset = find_charset(hints.encoding);
        if (!charset) return fail(Errc::invalid_config, charset.error().what, "encoding", charset.error().advice);
        decoded = decode_text_as(bytes, *charset);
    }
    Opened opened;
    opened.warnings = charset_warnings(decoded, file_name);
    opened.text = std::move(decoded.text);
    // The last line of a head may be half a row.
    if (hints.cut && bytes.size() >= 4096) opened.text.resize(opened.text.find_last_of("\r\n") + 1);
    if (opened.text.find_first_not_of(" \t\r\n") == std::string::npos)
        return fail(Errc::malformed_input, "the file is empty", std::string{file_name} + ":1:1");
    opened.dialect.quote = hints.quote;
    char excel = delimiter_of_excel(opened.text);
    if (excel) skip_lines(opened, 1);
    skip_lines(opened, hints.skip_lines);
    if (hints.delimiter || excel) {
        opened.dialect.delimiter = hints.delimiter ? hints.delimiter : excel;
        return opened;
    }
    OWED_TRY(opened.dialect.delimiter, detect_delimiter(std::string_view{opened.text}.substr(opened.offset), hints.quote, file_name, hints.cut));
    return opened;
}

}  // namespace owed::formats::csv
