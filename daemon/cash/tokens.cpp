// Document numbers in remittance text: whole tokens, normalised as the ledger normalises a document's own number.
#include <algorithm>
#include <set>

#include "cash/cash.hpp"

namespace owed::cash {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80U); }

/// Blanks and punctuation that never stands inside a document number. '-', '/', '_' and '.' may.
bool separates(std::string_view line, std::size_t at) {
    const char c = line[at];
    if (static_cast<unsigned char>(c) <= ' ') return true;
    switch (c) {
        case ',': case ';': case ':': case '(': case ')': case '[': case ']': case '"': case '\'': case '=': case '+':
        case '#': case '&': case '*': case '!': case '?': case '|': return true;
        case '.':  // "Nr.4711" and the end of a sentence separate; "2024.0042" does not
            return at + 1 >= line.size() || at == 0 || !(is_digit(line[at - 1]) && is_digit(line[at + 1]));
        default: return false;
    }
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= line.size(); ++at) {
        if (at < line.size() && !separates(line, at)) continue;
        if (at > start) words.push_back(line.substr(start, at - start));
        start = at + 1;
    }
    return words;
}

bool has_digit(std::string_view text) { return std::any_of(text.begin(), text.end(), is_digit); }

/// A number so short that it is also a quantity, a day or a year counts only right after a word such as "invoice".
bool is_cue(std::string_view word) {
    static const std::set<std::string, std::less<>> cues = {
        "INVOICE", "INVOICES", "INV",  "RECHNUNG", "RECHNUNGEN", "RECHNUNGSNR", "RE",  "RG",    "RNR", "RGNR", "BELEG",
        "FACTURE", "FACTURES", "FACT", "FACTURA",  "FACTURAS",   "FATTURA",     "BILL", "NR",   "NO",  "NUM",  "NUMBER",
        "REFERENCE", "REF"};
    return cues.contains(ledger::document_key(word));
}

constexpr std::size_t short_key = 4;

void add(std::vector<std::string>& keys, std::string_view text, bool cued) {
    if (!has_digit(text)) return;
    auto key = ledger::document_key(text);
    if (key.empty() || (key.size() < short_key && !cued)) return;
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
}

/// "4711/4712" names two documents, when each part could stand alone.
void add_parts(std::vector<std::string>& keys, std::string_view word, bool cued) {
    if (word.find('/') == std::string_view::npos) return;
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= word.size();) {
        const auto end = std::min(word.find('/', start), word.size());
        parts.push_back(word.substr(start, end - start));
        start = end + 1;
    }
    for (auto part : parts)
        if (part.size() >= short_key) add(keys, part, cued);
}

}  // namespace

std::vector<std::string> document_keys_in(const std::vector<std::string>& text) {
    std::vector<std::string> keys;
    std::string_view last_word;
    for (const auto& line : text) {
        const auto words = words_of(line);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto before = i > 0 ? words[i - 1] : last_word;
            const bool cued = !before.empty() && is_cue(before);
            add(keys, words[i], cued);
            add_parts(keys, words[i], cued);
            // "INV 2024 0042": the number was printed with other separators, or typed with blanks.
            if (i + 1 < words.size()) add(keys, std::string{words[i]} + " " + std::string{words[i + 1]}, false);
            if (i + 2 < words.size() && (is_letter(words[i].front()) || has_digit(words[i])))
                add(keys, std::string{words[i]} + " " + std::string{words[i + 1]} + " " + std::string{words[i + 2]}, false);
        }
        // Banks break lines at fixed columns, in the middle of a number too.
        if (!last_word.empty() && !words.empty()) {
            add(keys, std::string{last_word} + std::string{words.front()}, false);
            add(keys, std::string{last_word} + " " + std::string{words.front()}, false);
        }
        if (!words.empty()) last_word = words.back();
    }
    return keys;
}

}  // namespace owed::cash
