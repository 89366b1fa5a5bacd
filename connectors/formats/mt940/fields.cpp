#include "formats/mt940/fields.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "owed/ascii.hpp"

namespace owed::formats::mt940 {
namespace {


/// Without control pictures at its ends: ETX, SOH and the like frame messages on old lines.
std::string_view trim_controls(std::string_view s) {
    auto picture = [](std::string_view three) { return three.size() == 3 && three[0] == '\xE2' && three[1] == '\x90'; };
    s = trimmed(s);
    while (picture(s.substr(0, 3))) s = trimmed(s.substr(3));
    while (s.size() >= 3 && picture(s.substr(s.size() - 3))) s = trimmed(s.substr(0, s.size() - 3));
    return s;
}

constexpr std::array known_tags{"13",  "13D", "20",  "21",  "25",  "25P", "28",  "28C", "34F", "60F", "60M", "61",
                                "62F", "62M", "64",  "65",  "86",  "90C", "90D", "NS",  "940", "942"};

struct TagAt {
    std::string_view tag;
    std::size_t value_at = 0;
    bool colon_missing = false;
};
/// The tag that a line begins with. ":62FC140508EUR..." lacks its second colon; only balances are read so.
std::optional<TagAt> tag_at(std::string_view line) {
    if (line.size() < 3 || line[0] != ':') return std::nullopt;
    for (const std::size_t size : {std::size_t{2}, std::size_t{3}}) {
        if (line.size() < size + 2 || line[size + 1] != ':') continue;
        const std::string_view tag = line.substr(1, size);
        if (std::find(known_tags.begin(), known_tags.end(), tag) != known_tags.end()) return TagAt{tag, size + 2, false};
    }
    const std::string_view tag = line.substr(1, 3);
    const bool balance = tag == "60F" || tag == "60M" || tag == "62F" || tag == "62M";
    if (balance && line.size() > 6 && (line[4] == 'C' || line[4] == 'D') && is_digit(line[5])) return TagAt{tag, 4, true};
    return std::nullopt;
}

struct Line {
    std::string_view text;
    std::size_t number = 0, column = 1;
    std::optional<TagAt> tag;
    bool envelope = false;  // "{1:F01...}{2:...": text is its inside
};

/// What the last tag before `at` may be followed by if ":20:" at `at` really begins a message.
bool may_follow_20(std::string_view tag) {
    static constexpr std::array after{"21", "25", "25P", "28", "28C", "60F", "60M", "13", "13D", "34F", "NS"};
    return std::find(after.begin(), after.end(), tag) != after.end();
}

bool is_bic(std::string_view s) {
    if (s.size() != 8 && s.size() != 11) return false;
    for (std::size_t i = 0; i < s.size(); ++i)
        if (!is_capital(s[i]) && !(i >= 6 && is_digit(s[i]))) return false;
    return true;
}
/// "F01ASNBNL21XXXX0000000000": logical terminal ASNBNL21 X XXX; the branch XXX is the head office and left out.
std::string sender_of(std::string_view block1) {
    if (block1.size() < 15) return {};
    const std::string_view head = block1.substr(3, 8), branch = block1.substr(12, 3);
    if (!is_bic(head)) return {};
    return std::string{head} + (branch == "XXX" || !is_bic(std::string{head} + std::string{branch}) ? "" : std::string{branch});
}

/// "{1:" to "{5:" and "{S:": a block of the envelope. Any other brace is text.
bool is_block(std::string_view s) {
    return s.size() > 2 && s[0] == '{' && s[2] == ':' && std::string_view{"12345S"}.find(s[1]) != std::string_view::npos;
}

class Lines {
  public:
    explicit Lines(std::string_view text) {
        std::size_t number = 0;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            std::string_view line = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (line.ends_with('\r')) line.remove_suffix(1);
            physical(line, ++number);
        }
        join_broken_tags();
        for (Line& line : lines_)
            if (!line.envelope) line.tag = tag_at(line.text);
    }
    const std::vector<Line>& all() const { return lines_; }

  private:
    /// Takes "{1:...}{2:...}{4:" and "-}{5:...}" apart; what stands behind "{4:" is a line of its own.
    void physical(std::string_view line, std::size_t number) {
        const std::string_view whole = line;
        auto column = [&](std::string_view part) { return static_cast<std::size_t>(part.data() - whole.data()) + 1; };
        std::string_view rest = trim_controls(line);
        if (rest.starts_with("-}")) {
            lines_.push_back({rest.substr(0, 2), number, column(rest), std::nullopt, false});
            rest = trim_controls(rest.substr(2));
            if (rest.empty()) return;
            line = rest;
        }
        if (!is_block(rest)) {
            lines_.push_back({line, number, column(line), std::nullopt, false});
            return;
        }
        const std::size_t text_block = rest.find("{4:");
        const std::string_view head = rest.substr(0, text_block);
        if (!head.empty()) lines_.push_back({head, number, column(rest), std::nullopt, true});
        if (text_block == std::string_view::npos) return;
        rest = rest.substr(text_block + 3);
        if (!trimmed(rest).empty()) lines_.push_back({rest, number, column(rest), std::nullopt, false});
    }
    /// Sparkassen break lines between ':' and "86:" (and anywhere else); a tag that only appears when two lines are put
    /// together was one.
    void join_broken_tags() {
        for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
            Line& line = lines_[i];
            if (line.envelope || line.text.empty() || line.text.size() > 4 || line.text[0] != ':' || tag_at(line.text)) continue;
            std::string both = std::string{line.text} + std::string{lines_[i + 1].text};
            if (!tag_at(both) || tag_at(both)->colon_missing) continue;
            line.text = owned_.emplace_back(std::move(both));
            lines_[i + 1].text = {};
        }
    }

    std::vector<Line> lines_;
    std::deque<std::string> owned_;
};

class Splitter {
  public:
    Splitter(const std::vector<Line>& lines, std::string_view file, std::vector<Warning>& warnings)
        : lines_{lines}, file_{file}, warnings_{warnings}, next_tag_(lines.size() + 1, lines.size()) {
        for (std::size_t i = lines.size(); i-- > 0;) next_tag_[i] = lines[i].tag ? i : next_tag_[i + 1];
    }

    Result<std::vector<Message>> run() {
        for (at_ = 0; at_ < lines_.size(); ++at_) {
            const Line& line = lines_[at_];
            if (line.envelope) envelope(line.text);
            else if (line.tag) OWED_TRY_VOID(tag(line));
            else plain(line);
        }
        if (messages_.empty())
            return fail(Errc::malformed_input, "there is no field :20:, which every MT940 and MT942 begins with", std::string{file_} + ":1:1",
                        "check that this is an MT940 file, and that it is whole");
        return std::move(messages_);
    }

  private:
    std::string_view next_tag_after(std::size_t i) const {
        const std::size_t next = next_tag_[i + 1];
        return next < lines_.size() ? lines_[next].tag->tag : std::string_view{};
    }
    bool open() const { return !messages_.empty() && !between_; }
    bool seen(std::string_view tag) const {
        const auto& fields = messages_.back().fields;
        return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.tag.starts_with(tag); });
    }

    void envelope(std::string_view text) {
        between_ = true;  // an envelope ends the message before it
        if (const auto at = text.find("{1:"); at != std::string_view::npos) sender_ = sender_of(text.substr(at + 3));
        if (const auto at = text.find("{2:"); at != std::string_view::npos) type_ = text.substr(std::min(at + 4, text.size()), 3);
    }

    Status tag(const Line& line) {
        const std::string_view tag = line.tag->tag;
        if (tag == "940" || tag == "942") {
            type_ = tag;
            between_ = true;
            return {};
        }
        if (tag == "20" && begins_message()) {
            messages_.push_back({{}, std::exchange(sender_, {}), std::exchange(type_, {}), line.number});
            between_ = entry_seen_ = closed_ = false;
            push(line);
            return {};
        }
        if (messages_.empty() && tag != "20")
            return fail(Errc::malformed_input, "field :" + std::string{tag} + ": stands outside of a message; :20: comes first",
                        std::string{file_} + ":" + std::to_string(line.number) + ":" + std::to_string(line.column),
                        "the file lacks its beginning: ask the bank for the whole one");
        if (between_ && !belongs_to_last(tag)) return {};
        between_ = false;
        if (!fits(tag)) {
            plain(line);
            return {};
        }
        if (line.tag->colon_missing)
            warnings_.push_back({place(line), "field :" + std::string{tag} + ": lacks its second colon"});
        push(line);
        return {};
    }
    /// Behind an envelope's end nothing of the last message follows; an entry behind a mere '-' does (Sparkasse).
    bool belongs_to_last(std::string_view tag) const { return tag != "20" && !messages_.empty(); }

    bool begins_message() const {
        const std::string_view next = next_tag_after(at_);
        if (may_follow_20(next)) return true;
        // ":20:15 Uhr" wrapped in a text; but a file cut off right behind ":20:" still announces a message.
        const bool in_text = open() && !messages_.back().fields.empty() && messages_.back().fields.back().tag == "86" && !closed_;
        return !in_text;
    }
    /// Fields of the head that could be times of day in a text (":25:30") count only where a head can be.
    bool fits(std::string_view tag) const {
        const bool head_only = tag == "21" || tag == "25" || tag == "25P" || tag == "28" || tag == "28C" || tag == "13" || tag == "13D" || tag == "34F";
        if (tag == "20") return false;
        if (!head_only) return true;
        if (entry_seen_) return false;
        return !((tag == "25" || tag == "28" || tag == "21") && seen(tag));
    }

    void push(const Line& line) {
        const std::string_view tag = line.tag->tag;
        entry_seen_ |= tag == "61";
        closed_ |= tag == "62F" || tag == "62M";
        std::string_view value = line.text.substr(line.tag->value_at);
        messages_.back().fields.push_back({std::string{tag}, std::string{value}, line.number, line.column + line.tag->value_at});
    }

    void plain(const Line& line) {
        const std::string_view content = trim_controls(line.text);
        if (content.empty()) return;
        if (is_end_mark(content)) {
            const std::string_view next = next_tag_after(at_);
            if (next.empty() || next == "20" || next == "940" || next == "942") {
                between_ = true;
                return;
            }
            if (next_line_is_tag()) return;  // a '-' before :61: or :62F: says nothing
        }
        if (between_ || messages_.empty()) {
            if (is_bic(content)) sender_ = content;  // "ABNANL2A" above "940"
            if (content == "942" || content == "940") type_ = content;
            return;
        }
        Field& field = messages_.back().fields.back();
        field.value += '\n';
        field.value += line.text;
    }
    static bool is_end_mark(std::string_view content) { return content == "-" || content == "-}" || content == "-XXX"; }
    bool next_line_is_tag() const {
        for (std::size_t i = at_ + 1; i < lines_.size(); ++i) {
            if (lines_[i].tag || lines_[i].envelope) return true;
            if (!trimmed(lines_[i].text).empty()) return false;
        }
        return true;
    }
    std::string place(const Line& line) const { return std::string{file_} + ":" + std::to_string(line.number) + ":" + std::to_string(line.column); }

    const std::vector<Line>& lines_;
    std::string_view file_;
    std::vector<Warning>& warnings_;
    std::vector<std::size_t> next_tag_;  // for each line the next one with a tag, itself included
    std::vector<Message> messages_;
    std::string sender_, type_;
    std::size_t at_ = 0;
    bool between_ = true, entry_seen_ = false, closed_ = false;
};

}  // namespace

std::string Field::where(std::string_view file) const {
    return std::string{file} + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Result<std::vector<Message>> split_messages(std::string_view text, std::string_view file_name, std::vector<Warning>& warnings) {
    const Lines lines{text};
    return Splitter{lines.all(), file_name, warnings}.run();
}

}  // namespace owed::formats::mt940
