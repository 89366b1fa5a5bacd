#include "formats/bai2/lines.hpp"

#include <algorithm>
#include <array>

#include "owed/ascii.hpp"

namespace owed::formats::bai2 {
namespace {


std::string_view trim_left(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    return s;
}
std::string_view trim_right(std::string_view s) {
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
    return s;
}

/// The record code that `s` begins with, or 0. One bank writes "88:" for "88,".
int code_at(std::string_view s) {
    static constexpr std::array codes{1, 2, 3, 16, 49, 88, 98, 99};
    if (s.size() < 3 || !is_digit(s[0]) || !is_digit(s[1])) return 0;
    const int code = (s[0] - '0') * 10 + (s[1] - '0');
    if (s[2] != ',' && !(code == 88 && s[2] == ':')) return 0;
    return std::find(codes.begin(), codes.end(), code) != codes.end() ? code : 0;
}
bool carries_text(int code) { return code == 16 || code == 88; }

/// Skips [+-]?digits and then `after`; false when it is not there.
bool skip_number(std::string_view& s, char after) {
    if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
    std::size_t n = 0;
    while (n < s.size() && is_digit(s[n])) ++n;
    if (n == 0 || n >= s.size() || s[n] != after) return false;
    s.remove_prefix(n + 1);
    return true;
}
/// True when `s` reads like a whole record, so that the '/' before it inside a text ended one. "TERMS 2/16,20 NET" is none.
bool whole_record_at(std::string_view s) {
    const int code = code_at(s);
    if (code == 0) return false;
    std::string_view body = s.substr(3);
    auto commas = [&] { return std::count(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min(body.find('/'), body.size())), ','); };
    switch (code) {
        case 1: return commas() >= 6;
        case 2: return commas() >= 4;
        case 3: return commas() >= 2;
        case 16: return body.size() > 3 && is_digit(body[0]) && is_digit(body[1]) && is_digit(body[2]) && body[3] == ',';
        case 49: return skip_number(body, ',');
        case 98:
        case 99: return skip_number(body, ',') && skip_number(body, ',');
        default: return true;  // 88
    }
}

/// Where the next record begins on the same physical line, or npos. `s` begins with a record of type `code`.
std::size_t next_record_in(std::string_view s, int code) {
    for (std::size_t slash = s.find('/'); slash != std::string_view::npos; slash = s.find('/', slash + 1)) {
        std::size_t at = slash + 1;
        while (at < s.size() && s[at] == ' ') ++at;
        const std::string_view rest = s.substr(at);
        if (carries_text(code) ? whole_record_at(rest) : code_at(rest) != 0) return at;
        if (!carries_text(code)) return std::string_view::npos;
    }
    return std::string_view::npos;
}

class Splitter {
  public:
    Splitter(std::string_view file, std::vector<Warning>& warnings) : file_{file}, warnings_{warnings} {}

    Status line(std::string_view physical) {
        ++line_;
        const std::string_view content = trim_right(trim_left(physical));
        if (content.empty()) return {};
        const std::size_t indent = static_cast<std::size_t>(content.data() - physical.data());
        if (code_at(content) == 0) return wrapped(content, indent + 1);
        std::string_view rest = content;
        std::size_t column = indent + 1;
        while (!rest.empty()) {
            const int code = code_at(rest);
            const std::size_t next = next_record_in(rest, code);
            add(code, rest.substr(3, next == std::string_view::npos ? next : next - 3), column);
            if (next == std::string_view::npos) break;
            column += next;
            rest.remove_prefix(next);
        }
        return {};
    }
    std::vector<RawRecord> take() { return std::move(records_); }

  private:
    std::string place(std::size_t column) const { return file_ + ":" + std::to_string(line_) + ":" + std::to_string(column); }

    void add(int code, std::string_view body, std::size_t column) {
        records_.push_back({code, {}, line_, column, false});
        extend(records_.back(), body, column);
    }
    void extend(RawRecord& record, std::string_view body, std::size_t column) {
        body = trim_right(body);
        if (carries_text(record.code)) {
            record.terminated = body.ends_with('/');
            if (record.terminated) body.remove_suffix(1);
        } else if (const auto slash = body.find('/'); slash != std::string_view::npos) {
            record.terminated = true;
            if (!trim_right(body.substr(slash + 1)).empty())
                warnings_.push_back({place(column), "text behind the end of a " + std::to_string(record.code) + " record is ignored"});
            body = body.substr(0, slash);
        }
        record.body += body;
    }
    /// A line that is no record continues the one before: fixed-length files wrap anywhere, without 88.
    Status wrapped(std::string_view content, std::size_t column) {
        if (records_.empty())
            return fail(Errc::malformed_input, "the file begins with \"" + std::string{content.substr(0, 20)} + "\"; BAI2 begins with a 01 record", place(column),
                        "check that this is a BAI2 file");
        RawRecord& last = records_.back();
        if (last.terminated && !carries_text(last.code))
            return fail(Errc::malformed_input, "\"" + std::string{content.substr(0, 20)} + "\" is no BAI2 record (01, 02, 03, 16, 49, 88, 98, 99)", place(column),
                        "ask the bank what this line is");
        if (last.terminated) last.body += '/';  // it was inside the text after all
        last.terminated = false;
        extend(last, content, column);
        return {};
    }

    std::string file_;
    std::vector<Warning>& warnings_;
    std::vector<RawRecord> records_;
    std::size_t line_ = 0;
};

}  // namespace

Result<std::vector<RawRecord>> split_records(std::string_view text, std::string_view file_name, std::vector<Warning>& warnings) {
    Splitter splitter{file_name, warnings};
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        OWED_TRY_VOID(splitter.line(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    auto records = splitter.take();
    if (records.empty()) return fail(Errc::malformed_input, "the file is empty", std::string{file_name}, "ask the bank to send it again");
    return records;
}

}  // namespace owed::formats::bai2
