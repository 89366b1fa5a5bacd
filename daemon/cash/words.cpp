#include "cash/detail/words.hpp"

#include <algorithm>

#include "owed/ascii.hpp"
#include "parties/names.hpp"

namespace owed::cash::detail {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Length of the letter or digit that stands at `at`; 0: something else. Input is valid UTF-8 (checked at the door); signs of
/// Latin-1 (0xC2), general punctuation (0xE2) and blanks of East Asian text (0xE3 0x80) are no letters.
std::size_t in_word(std::string_view text, std::size_t at) {
    if (is_ascii(text[at])) return is_digit(text[at]) || is_ascii_letter(text[at]) ? 1 : 0;
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const bool sign = lead == 0xC2 || lead == 0xE2 || (lead == 0xE3 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) == 0x80);
    return sign || lead < 0xC0 ? 0 : std::min(length, text.size() - at);
}

std::vector<std::string_view> runs_of(std::string_view text) {
    std::vector<std::string_view> runs;
    std::size_t start = 0, at = 0;
    while (at < text.size()) {
        const auto length = in_word(text, at);
        if (length == 0) {
            if (at > start) runs.push_back(text.substr(start, at - start));
            while (++at < text.size() && !is_ascii(text[at]) && static_cast<unsigned char>(text[at]) < 0xC0) {}   // the rest of a sign
            start = at;
        } else {
            at += length;
        }
    }
    if (at > start) runs.push_back(text.substr(start));
    return runs;
}

/// In ASCII capitals; with marks on its letters as ICU and as typists write it.
std::vector<std::string> spellings_of(std::string_view word) {
    if (!std::all_of(word.begin(), word.end(), is_ascii)) {
        std::vector<std::string> spellings;
        for (auto& key : parties::name_keys(word)) spellings.push_back(std::move(key.base));
        return spellings;
    }
    std::string upper{word};
    for (auto& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return {std::move(upper)};
}

}  // namespace

Words::Words(const std::vector<std::string>& lines) {
    std::string_view end;   // of the line before, where it ends within a word
    for (const auto& line : lines) {
        const auto runs = runs_of(line);
        for (const auto run : runs) add(run);
        if (!end.empty() && !runs.empty() && runs.front().data() == line.data()) add(std::string{end} + std::string{runs.front()});
        end = !runs.empty() && runs.back().data() + runs.back().size() == line.data() + line.size() ? runs.back() : std::string_view{};
    }
}

void Words::add(std::string_view word) {
    for (auto& spelling : spellings_of(word)) {
        std::string letters;   // the longest run of them
        for (std::size_t at = 0; at < spelling.size();) {
            auto next = at;
            while (next < spelling.size() && !is_digit(spelling[next])) ++next;
            if (next - at > letters.size()) letters = spelling.substr(at, next - at);
            at = next + (next < spelling.size() ? 1 : 0);
        }
        const auto keep = [&](std::string one) {
            if (!one.empty() && std::find(words_.begin(), words_.end(), one) == words_.end()) words_.push_back(std::move(one));
        };
        if (letters.size() != spelling.size()) keep(std::move(letters));
        keep(std::move(spelling));
    }
}

bool Words::has_all(std::string_view rule) const {
    bool any = false;
    for (std::size_t start = 0; start < rule.size();) {
        const auto end = std::min(rule.find(' ', start), rule.size());
        const auto word = rule.substr(start, end - start);
        start = end + 1;
        if (runs_of(word).empty()) continue;
        if (!has(word)) return false;
        any = true;
    }
    return any;
}

bool Words::has(std::string_view rule_word) const {
    const bool open_front = rule_word.front() == '*', open_end = rule_word.back() == '*';
    const auto runs = runs_of(rule_word);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool front = open_front && i == 0, end = open_end && i + 1 == runs.size();
        const auto fits = [&](const std::string& word, const std::string& wanted) {
            if (front && end) return word.find(wanted) != std::string::npos;
            if (front) return word.ends_with(wanted);
            return end ? word.starts_with(wanted) : word == wanted;
        };
        const auto spellings = spellings_of(runs[i]);
        const bool found = std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
            return std::any_of(spellings.begin(), spellings.end(), [&](const std::string& wanted) { return fits(word, wanted); });
        });
        if (!found) return false;
    }
    return true;
}

}  // namespace owed::cash::detail
