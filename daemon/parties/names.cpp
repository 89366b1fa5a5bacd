#include "parties/detail/names.hpp"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "parties/parties.hpp"

namespace owed::parties {

namespace {

struct Form {
    std::string_view token, form;
};
// Legal forms as tokens after the dots are gone ("S.A." is "SA"), with their long names. Sorted by token.
constexpr std::array forms = std::to_array<Form>({
    {"AB", "AB"}, {"AG", "AG"}, {"AKTIENGESELLSCHAFT", "AG"}, {"AKTIEBOLAG", "AB"}, {"AKTIESELSKAB", "AS"}, {"APS", "APS"},
    {"AS", "AS"}, {"ASA", "ASA"}, {"BV", "BV"}, {"BVBA", "BVBA"}, {"CO", "CO"}, {"COMPANY", "CO"}, {"CORP", "CORP"},
    {"CORPORATION", "CORP"}, {"DOO", "DOO"}, {"EG", "EG"}, {"EK", "EK"}, {"EURL", "EURL"}, {"EV", "EV"}, {"GBR", "GBR"},
    {"GMBH", "GMBH"}, {"GESMBH", "GMBH"}, {"INC", "INC"}, {"INCORPORATED", "INC"}, {"KFT", "KFT"}, {"KG", "KG"}, {"KGAA", "KGAA"},
    {"KK", "KK"}, {"LIMITED", "LTD"}, {"LLC", "LLC"}, {"LLP", "LLP"}, {"LP", "LP"}, {"LTD", "LTD"}, {"LTDA", "LTDA"},
    {"MBH", "GMBH"}, {"NV", "NV"}, {"OHG", "OHG"}, {"OY", "OY"}, {"OYJ", "OYJ"}, {"PLC", "PLC"}, {"PTE", "PTE"}, {"PTY", "PTY"},
    {"SA", "SA"}, {"SARL", "SARL"}, {"SAS", "SAS"}, {"SASU", "SASU"}, {"SE", "SE"}, {"SL", "SL"}, {"SLU", "SLU"}, {"SNC", "SNC"},
    {"SPA", "SPA"}, {"SPZOO", "SPZOO"}, {"SRL", "SRL"}, {"SRO", "SRO"}, {"UG", "UG"}, {"ULC", "ULC"},
});

std::string_view form_of(std::string_view token) {
    const auto found = std::find_if(forms.begin(), forms.end(), [&](const Form& f) { return f.token == token; });
    return found == forms.end() ? std::string_view{} : found->form;
}

/// Letters of any script as upper-case ASCII letters.
std::string ascii(icu::UnicodeString text) {
    static const std::unique_ptr<icu::Transliterator> to_ascii = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made{
            icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Any-Upper", UTRANS_FORWARD, status)};
        OWED_CHECK(U_SUCCESS(status) && made, "ICU has no transliteration to ASCII");
        return made;
    }();
    to_ascii->transliterate(text);
    std::string out;
    text.toUTF8String(out);
    return out;
}

/// How a typist without these keys writes them; the banks' character set lacks them too (SEPA Latin set).
icu::UnicodeString spelled_out(icu::UnicodeString text) {
    struct Pair {
        const char16_t *letter, *spelled;
    };
    for (const auto& [letter, spelled] : {Pair{u"ä", u"ae"}, Pair{u"ö", u"oe"}, Pair{u"ü", u"ue"}, Pair{u"Ä", u"AE"}, Pair{u"Ö", u"OE"},
                                          Pair{u"Ü", u"UE"}, Pair{u"ø", u"oe"}, Pair{u"Ø", u"OE"}, Pair{u"å", u"aa"}, Pair{u"Å", u"AA"}})
        text.findAndReplace(letter, spelled);
    return text;
}

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Words of letters and digits. Dots and apostrophes do not part ("S.A.", "O'Neill"); letters that stand alone one after
/// the other are one word ("S. A.", "Sp. z o. o.").
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool last_was_single = false;
    const auto close = [&] {
        if (word.empty())
            return;
        const bool single = word.size() == 1 && word[0] >= 'A';
        if (single && last_was_single)
            words.back() += word;
        else
            words.push_back(word);
        last_was_single = single;
        word.clear();
    };
    for (const char c : text) {
        if (is_alphanumeric(c))
            word += c;
        else if (c != '.' && c != '\'' && c != '`')
            close();
    }
    close();
    return words;
}

/// Legal forms that are written in several words become one: "Sp. z o.o.", "S.à r.l.".
void join_forms(std::vector<std::string>& words) {
    struct Spelling {
        std::vector<std::string_view> tail;
        const char* form;
    };
    static const std::array spellings{Spelling{{"SP", "Z", "OO"}, "SPZOO"}, Spelling{{"SP", "ZOO"}, "SPZOO"}, Spelling{{"SA", "RL"}, "SARL"}};
    for (const auto& [tail, form] : spellings)
        if (words.size() > tail.size() && std::equal(tail.rbegin(), tail.rend(), words.rbegin())) {
            words.resize(words.size() - tail.size());
            words.emplace_back(form);
            return;
        }
}

NameKey key_of(std::vector<std::string> words) {
    join_forms(words);
    std::size_t base_end = words.size();
    while (base_end > 1 && !form_of(words[base_end - 1]).empty())
        --base_end;
    NameKey key;
    for (std::size_t i = 0; i < words.size(); ++i)
        (i < base_end ? key.base : key.form) += i < base_end ? std::string_view{words[i]} : form_of(words[i]);
    return key;
}

}  // namespace

std::vector<NameKey> name_keys(std::string_view name) {
    const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece{name.data(), static_cast<std::int32_t>(name.size())});
    std::vector<NameKey> keys{key_of(words_of(ascii(text)))};
    // A decomposed "u" + U+0308 is not in the list of letters; ICU composes nothing by itself here, and banks send none.
    if (auto other = key_of(words_of(ascii(spelled_out(text)))); !(other == keys[0]))
        keys.push_back(std::move(other));
    std::erase_if(keys, [](const NameKey& key) { return key.base.empty(); });
    return keys;
}

std::string name_key(std::string_view name) {
    const auto keys = name_keys(name);
    if (keys.empty())
        return {};
    return keys[0].form.empty() ? keys[0].base : keys[0].base + "|" + keys[0].form;
}

std::string account_key(std::string_view account) {
    std::string key;
    for (const char c : account)
        if (const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; is_alphanumeric(upper))
            key += upper;
    return key;
}

}  // namespace owed::parties
