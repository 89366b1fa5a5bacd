// Numbers in remittance text: whole tokens, normalised as the ledger normalises a document's own number.
#include "cash/detail/reading.hpp"

#include <algorithm>
#include <array>

#include "cash/detail/mask.hpp"
#include "ledger/ledger.hpp"
#include "owed/ascii.hpp"
#include "owed/reference.hpp"

namespace owed::cash {
namespace detail {
namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80U); }
bool has_digit(std::string_view text) { return std::any_of(text.begin(), text.end(), is_digit); }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

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

template <std::size_t n>
bool among(const std::array<std::string_view, n>& sorted, std::string_view word) {
    return std::binary_search(sorted.begin(), sorted.end(), word);
}

std::string capital(std::string_view word) {
    std::string out{word};
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

/// Capitals of a short word, without what is not a letter: "Rg.-Nr" is "RGNR".
std::string capitals(std::string_view word) {
    std::string out;
    for (char c : word)
        if (is_letter(c)) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return out;
}

/// A number so short that it is also a quantity, a day or a year counts only right after a word such as "invoice".
Cue cue_of(std::string_view word) {
    static constexpr auto documents = std::to_array<std::string_view>(
        {"BELEG", "BELEGNR", "BILL", "DOC", "DOCUMENT", "FACT", "FACTURA", "FACTURAS", "FACTURE", "FACTURES", "FATTURA", "FATTURE", "INV",
         "INVOICE", "INVOICENO", "INVOICES", "INVS", "NO", "NR", "NUM", "NUMBER", "RE", "RECHN", "RECHNUNG", "RECHNUNGEN", "RECHNUNGNR",
         "RECHNUNGSNR", "RECHNUNGSNUMMER", "RENR", "REF", "REFERENCE", "RG", "RGNR", "RNR"});
    static constexpr auto orders = std::to_array<std::string_view>(
        {"AB", "AUFTRAG", "AUFTRAGSNR", "BESTELLNR", "BESTELLUNG", "COMMANDE", "CONTRACT", "DELIVERY", "LIEFERSCHEIN", "LS", "LSNR",
         "ORDER", "ORDINE", "PEDIDO", "PO", "PROJEKT", "VERTRAG", "VERTRAGSNR"});
    static constexpr auto customers = std::to_array<std::string_view>(
        {"ACCOUNT", "ACCT", "CLIENT", "CLIENTE", "CUST", "CUSTNO", "CUSTOMER", "CUSTOMERNO", "DEBITOR", "DEBITORENNR", "DEBITORNR", "KD", "KDNR", "KDNUMMER", "KLANT",
         "KLANTNR", "KUNDE", "KUNDEN", "KUNDENNR", "KUNDENNUMMER"});
    static constexpr auto others = std::to_array<std::string_view>(   // cost centres, payment runs, the payer's own vouchers
        {"BATCH", "BELEGID", "BUCHUNG", "COSTCENTER", "COSTCENTRE", "KOSTENSTELLE", "KST", "LAUF", "RUN", "ZAHLLAUF", "ZAHLUNGSLAUF"});
    if (word.size() > 20) return Cue::none;
    const auto letters = capitals(word);
    if (letters.empty()) return Cue::none;
    static const auto sorted = [](auto list) {
        std::sort(list.begin(), list.end());
        return list;
    };
    static const auto d = sorted(documents);
    static const auto o = sorted(orders);
    static const auto c = sorted(customers);
    static const auto x = sorted(others);
    if (among(d, letters)) return Cue::document;
    if (among(o, letters)) return Cue::order;
    if (among(c, letters)) return Cue::customer;
    if (among(x, letters)) return Cue::other;
    return Cue::none;
}

constexpr std::size_t short_key = 4;

std::string digits_of(std::string_view text) {
    std::string digits;
    for (char c : text)
        if (is_digit(c) && !(c == '0' && digits.empty())) digits += c;
    return digits;
}

/// Letters that people and programs set right before an invoice's number, besides the words of cue_of.
bool stands_for_documents(std::string_view letters) {
    static constexpr auto sorted = std::to_array<std::string_view>({"AR", "ER", "F", "FA", "FAC", "FACTUUR", "FAKT", "FAKTURA", "FATT", "FRA", "FT", "FV", "N", "RECH", "RGN"});
    return letters.empty() || among(sorted, letters) || cue_of(letters) == Cue::document;
}

/// The parts of a word name documents only as a list: "4711/4712", "INV-2026-0042/43", "4711-4719". A number that stands inside a longer
/// one ("PROJ-5512-77", the year in "RE-2026-0231") is none; where a document's own number has such parts, the whole word is it.
bool is_list(const std::vector<std::string_view>& parts, char between) {
    constexpr std::size_t tail_max = 3;
    if (parts.size() < 2 || !std::all_of(parts.begin(), parts.end(), has_digit)) return false;
    if (between == '/') return true;
    return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return all_digits(part) && (part.size() == parts[0].size() || (part.size() < parts[0].size() && part.size() >= 2 && part.size() <= tail_max));
    });
}

/// Letters stand in front only, and are few: "INV-4711", "RG4711", but not "AB12CD34".
bool is_counter(std::string_view text) {
    std::size_t letters = 0;
    bool digit_seen = false;
    for (char c : text) {
        if (is_digit(c)) digit_seen = true;
        else if (is_letter(c)) {
            if (digit_seen) return false;
            ++letters;
        }
    }
    return letters <= 8;
}

}  // namespace

std::size_t digit_count(std::string_view text) { return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit)); }

namespace {

/// One of the words stands in the text, letters alone: "down payment", and a word broken by the bank's columns.
template <std::size_t n>
bool has_any(const std::vector<std::string>& lines, const std::array<std::string_view, n>& words) {
    std::string text;
    for (const auto& line : lines) text += capitals(line);
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool says_what_is_kept(const std::vector<std::string>& lines) {
    static constexpr auto words = std::to_array<std::string_view>(
        {"ABZGL", "ABZUEGLICH", "BESCHAEDIGT", "DAMAGE", "DEDUCT", "FRACHT", "FREIGHT", "KUERZUNG", "MINDERUNG", "OHNEUST", "PREISDIFFERENZ", "PRICEDIFF", "PROMOTION",
         "SHORTSHIP", "WERBEKOSTEN", "WKZ"});
    return has_any(lines, words);
}

}  // namespace

bool says_in_advance(const std::vector<std::string>& lines) {
    static constexpr auto words = std::to_array<std::string_view>(
        {"ACCONTO", "ACOMPTE", "ANTICIPO", "ANZAHLUNG", "AANBETALING", "DEPOSIT", "DOWNPAYMENT", "PREPAYMENT", "VORAUSKASSE", "VORAUSZAHLUNG", "VORKASSE"});
    return has_any(lines, words);
}

namespace {

class Reader {
  public:
    explicit Reader(Reading& out) : out_{out} {}

    void line(std::string_view text, bool declared) {
        const auto masked = without_other_numbers(text);
        const auto words = words_of(masked);
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string_view before = i > 0 ? words[i - 1] : std::string_view{last_word_};
            auto cue = before.empty() ? Cue::none : cue_of(before);
            // "invoices 4711, 4712": the word holds for the list.
            if (cue == Cue::none && list_cue_ != Cue::none && i > 0 && has_digit(words[i - 1])) cue = list_cue_;
            // "Kunden Nr. 10004", "order no 77": the word before the word tells.
            if (cue == Cue::document && i > 1)
                if (const auto far = cue_of(words[i - 2]); far == Cue::order || far == Cue::customer) cue = far;
            list_cue_ = has_digit(words[i]) && cue != Cue::other ? cue : Cue::none;
            if (has_digit(words[i])) word(words[i], cue, declared);
            neighbours(words, i, cue);
        }
        if (!words.empty()) last_word_ = words.back();
    }
    /// Banks break lines at fixed columns, in the middle of a number too: what stands around a break, read without it.
    void across(std::string_view before, std::string_view after) {
        constexpr std::size_t reach = 24;
        const auto left = before.substr(before.size() > reach ? before.size() - reach : 0), right = after.substr(0, std::min(after.size(), reach));
        for (const auto* between : {"", " "}) {
            last_word_.clear();
            list_cue_ = Cue::none;
            const auto text = std::string{left} + between + std::string{right};
            const auto masked = without_other_numbers(text);
            const auto words = words_of(masked);
            for (std::size_t i = 0; i < words.size(); ++i) {
                // Words wholly on one side are read already.
                const auto start = static_cast<std::size_t>(words[i].data() - masked.data());
                const bool crosses = start < left.size() && start + words[i].size() > left.size();
                auto cue = i > 0 ? cue_of(words[i - 1]) : Cue::none;
                if (cue == Cue::document && i > 1)
                    if (const auto far = cue_of(words[i - 2]); far == Cue::order || far == Cue::customer) cue = far;
                if (crosses && has_digit(words[i])) add(words[i], cue, true, false);
                // "KUNDENNUM" and "MER 10004"; where the reach ends, the word is not whole.
                const bool whole = start + words[i].size() < masked.size() || right.size() == after.size();
                if (cue == Cue::customer && whole && has_digit(words[i])) out_.customers.push_back(capital(words[i]));
                if (start < left.size()) neighbours(words, i, cue);
            }
        }
    }
    void end_of_text() {
        if (last_key_ != npos && !last_word_.empty() && out_.tokens[last_key_].raw == last_word_) out_.tokens[last_key_].at_end = true;
    }

  private:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    void word(std::string_view word, Cue cue, bool declared) {
        out_.words.push_back(capital(word));
        if (cue == Cue::customer) out_.customers.push_back(capital(word));
        // Of a word too long for a number the parts may still be a list; they belong together all the same.
        const auto added = add(word, cue, false, declared);
        const auto whole = added == npos ? Token::none - ++long_words_ : static_cast<std::uint32_t>(added);
        parts(word, '/', whole, cue, declared);
        parts(word, '-', whole, cue, declared);
    }

    /// "INV 2024 0042": the number was printed with other separators, or typed with blanks.
    void neighbours(const std::vector<std::string_view>& words, std::size_t i, Cue cue) {
        if (words[i].size() > 12) return;
        const auto pair = [&](std::size_t n) {
            std::string text{words[i]};
            for (std::size_t k = 1; k <= n; ++k) text.append(" ").append(words[i + k]);
            const bool prefix = !has_digit(words[i]);
            // "Rechnung 4711" is a word and a number; "RE 4711" may be the number. Both are looked for.
            const auto own = prefix ? cue_of(words[i]) : Cue::none;
            if (has_digit(text) && has_digit(words[i + n]))
                add(text, own >= Cue::order ? own : cue, !(prefix && n == 1), false);
        };
        if (i + 1 < words.size()) pair(1);
        if (i + 2 < words.size() && (is_letter(words[i].front()) || has_digit(words[i]))) pair(2);
    }

    /// "4711/4712" names two documents; "4711/12" is 4711 and 4712; "4711-4719" all between.
    void parts(std::string_view word, char between, std::uint32_t whole, Cue cue, bool declared) {
        if (word.find(between) == std::string_view::npos) return;
        std::vector<std::string_view> list;
        for (std::size_t start = 0; start <= word.size();) {
            const auto end = std::min(word.find(between, start), word.size());
            list.push_back(word.substr(start, end - start));
            start = end + 1;
        }
        if (!is_list(list, between)) return;
        std::string first;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto part = list[i];
            const auto member = [&](std::string_view text, bool shorthand = false) {
                const auto before = out_.tokens.size();
                const auto at = add(text, cue, true, declared);
                if (at == npos || at < before) return;   // stands elsewhere, too, in its own right
                auto& token = out_.tokens[at];
                token.part_of = whole;
                token.shorthand = shorthand;
                token.member = static_cast<std::uint8_t>(std::min<std::size_t>(i, 255));
                token.members = static_cast<std::uint8_t>(std::min<std::size_t>(list.size(), 255));
            };
            if (part.size() >= short_key) member(part);
            if (!all_digits(part)) {
                first = part;
                continue;
            }
            if (first.size() >= short_key && part.size() < first.size() && part.size() >= 2)
                member(first.substr(0, first.size() - part.size()) + std::string{part}, true);
            else if (between == '-' && first.size() >= short_key && part.size() == first.size() && all_digits(first) && first < part && list.size() == 2)
                out_.ranges.push_back({first, std::string{part}});
            if (part.size() >= short_key) first = part;
        }
    }

    /// Place of the token; npos: it is none.
    std::size_t add(std::string_view text, Cue cue, bool joined, bool declared) {
        if (!has_digit(text) || text.size() > 48) return npos;
        auto key = ledger::document_key(text);
        if (key.empty() || (key.size() < short_key && (cue == Cue::none || cue == Cue::other) && !declared)) return npos;
        for (std::size_t i = 0; i < out_.tokens.size(); ++i) {
            auto& known = out_.tokens[i];
            if (known.key != key) continue;
            if (known.cue == Cue::none) known.cue = cue;
            known.joined = known.joined && joined;
            if (!joined) known.shorthand = false;
            known.declared = known.declared || declared;
            if (!joined) known.part_of = Token::none;
            return i;
        }
        Token token{.key = std::move(key), .digits = digits_of(text), .raw = std::string{text}, .cue = cue, .declared = declared,
                    .joined = joined, .date_like = false, .counter = is_counter(text), .at_end = false};
        // "Abschlag 20260331" as well: the words are looked at alone and together.
        const auto blank = text.find(' ');
        const auto number = blank == std::string_view::npos || has_digit(text.substr(0, blank)) ? text : text.substr(blank + 1);
        token.date_like = all_digits(number) && reads_as_day(number);
        // "PROJ 5512" is two words, of which the number may stand for itself.
        token.foreign_letters = text.find(' ') == std::string_view::npos && !stands_for_documents(token.letters());
        if (!joined) last_key_ = out_.tokens.size();
        out_.tokens.push_back(std::move(token));
        return out_.tokens.size() - 1;
    }

    Reading& out_;
    std::string last_word_;
    std::size_t last_key_ = npos;
    Cue list_cue_ = Cue::none;
    std::uint32_t long_words_ = 0;
};

void references_in(std::string_view text, std::vector<std::string>& found) {
    for (auto& reference : recognise(text))
        if (reference.scheme != Scheme::iban) found.push_back(std::move(reference.normalised));
}

/// RF and Belgian references stand in free text too; other digits are looked for as tokens.
void references_in_text(std::string_view line, std::vector<std::string>& found) {
    for (auto at = line.find("RF"); at != std::string_view::npos; at = line.find("RF", at + 2)) {
        if (at > 0 && (is_letter(line[at - 1]) || is_digit(line[at - 1]))) continue;
        // Printed in fours, or in one piece: the longest beginning that is valid.
        for (auto end = std::min(line.size(), at + 32); end > at + 4; --end) {
            if (end < line.size() && line[end] != ' ' && (is_letter(line[end]) || is_digit(line[end]))) continue;
            if (auto reference = parse_reference(Scheme::iso11649, line.substr(at, end - at))) {
                found.push_back(reference->normalised);
                break;
            }
        }
    }
    for (const auto* mark : {"+++", "***"})
        if (const auto at = line.find(mark); at != std::string_view::npos)
            if (const auto end = line.find(mark, at + 3); end != std::string_view::npos)
                if (auto reference = parse_reference(Scheme::ogm, line.substr(at, end + 3 - at))) found.push_back(reference->normalised);
}

}  // namespace

Reading read(const ReceiptFacts& receipt) {
    Reading out;
    Reader reader{out};
    for (const auto& reference : receipt.references) {
        if (reference.type == "document") continue;
        const auto before = out.references.size();
        references_in(reference.value, out.references);
        if (out.references.size() == before && !reference.value.empty()) out.broken.push_back(ledger::document_key(reference.value));
    }
    std::string whole;
    for (const auto& line : receipt.text) {
        if (line.find("RF") != std::string::npos || line.find("++") != std::string::npos || line.find("**") != std::string::npos)
            references_in_text(line, out.references);
        if (receipt.text.size() > 1) whole += line;
    }
    // A reference may be broken by the bank's columns.
    if (whole.find("RF") != std::string::npos) references_in_text(whole, out.references);
    std::sort(out.references.begin(), out.references.end());
    out.references.erase(std::unique(out.references.begin(), out.references.end()), out.references.end());
    for (const auto& reference : receipt.references)
        if (reference.type == "document") reader.line(reference.value, true);
    for (const auto& line : receipt.text) {
        reader.line(line, false);
        out.wrote_something = out.wrote_something || !line.empty();
    }
    reader.end_of_text();
    for (std::size_t i = 1; i < receipt.text.size() && i < 40; ++i) reader.across(receipt.text[i - 1], receipt.text[i]);
    // Payers' software puts the invoice number there, when it has one field only.
    if (!receipt.end_to_end_id.empty()) reader.line(receipt.end_to_end_id, false);
    out.wrote_something = out.wrote_something || !receipt.references.empty();
    out.says_what_is_kept = says_what_is_kept(receipt.text);
    return out;
}

bool has_foreign_letters(const Token& token, std::string_view document_key) {
    if (!token.foreign_letters) return false;
    const auto own = document_key.substr(0, document_key.find_first_of("0123456789"));
    const auto written = token.letters();
    return own.empty() || !(own.ends_with(written) || written.ends_with(own) || one_slip_apart(own, written));
}

bool one_slip_apart(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() > 1 || a == b) return false;
    std::size_t at = 0;
    while (at < a.size() && a[at] == b[at]) ++at;
    if (a.size() < b.size()) return a.substr(at) == b.substr(at + 1);
    if (a.substr(at + 1) == b.substr(at + 1)) return true;
    return at + 1 < a.size() && a[at] == b[at + 1] && a[at + 1] == b[at] && a.substr(at + 2) == b.substr(at + 2);
}

}  // namespace detail

std::vector<std::string> document_keys_in(const std::vector<std::string>& text) {
    ReceiptFacts facts{.item = {}, .entity = {}, .amount = Money::zero({}), .value_date = {}, .customer = {}, .payer_name = {},
                       .payer_account = {}, .code = {}, .text = text, .references = {}};
    std::vector<std::string> keys;
    for (auto& token : detail::read(facts).tokens) keys.push_back(std::move(token.key));
    return keys;
}

}  // namespace owed::cash
