#include "parties/names.hpp"

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

/// Words that say "company" and name nobody, as payers and banks set them in front.
bool is_filler(std::string_view word) { return word == "FA" || word == "FIRMA" || word == "MESSRS"; }

NameKey key_of(std::vector<std::string> words) {
    if (words.size() > 1 && is_filler(words.front())) words.erase(words.begin());
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

namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string in_capitals(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// The addressee without the house where he gets his mail: "Muster GmbH c/o Buero Nord" is Muster GmbH.
std::string_view without_care_of(std::string_view name) {
    for (const auto* mark : {" c/o ", " C/O ", " c/O ", " C/o "})
        if (const auto at = name.find(mark); at != std::string_view::npos && at > 0) return name.substr(0, at);
    return name;
}

/// What banks print is ASCII mostly; ICU is asked for the rest only.
std::string transliterated(std::string_view name) {
    if (is_ascii(name)) return in_capitals(name);
    return ascii(icu::UnicodeString::fromUTF8(icu::StringPiece{name.data(), static_cast<std::int32_t>(name.size())}));
}

void add_once(std::vector<NamedCustomer>& found, CustomerId customer, NameFit fit) {
    if (std::none_of(found.begin(), found.end(), [&](auto& one) { return one.customer == customer; })) found.push_back({customer, fit});
}

std::vector<NamedCustomer> in_order(std::vector<NamedCustomer> found) {
    std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.customer < b.customer; });
    return found;
}

/// Words up to and with the first legal form that other words follow: "MUELLER BAU GMBH BERLIN" is "MUELLER BAU GMBH".
std::vector<std::string> up_to_form(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i + 1 < words.size(); ++i)
        if (!form_of(words[i]).empty() && words[i] != "CO") {
            auto end = i + 1;
            while (end < words.size() && !form_of(words[end]).empty()) ++end;
            if (end < words.size()) return {words.begin(), words.begin() + static_cast<std::ptrdiff_t>(end)};
        }
    return {};
}

constexpr std::size_t stem_letters_min = 10;

/// The stem that a cut name is known by; and the words before a last one that is the beginning of a legal form ("GMB").
struct Cut {
    std::string stem;
    NameKey before_form;
};
Cut cut_of(std::vector<std::string> words) {
    Cut cut;
    if (words.size() > 1 && is_filler(words.front())) words.erase(words.begin());
    for (const auto& word : words) cut.stem += word;
    if (words.size() > 1) {
        const auto& last = words.back();
        if (form_of(last).empty() && std::any_of(forms.begin(), forms.end(), [&](const Form& f) { return f.token.substr(0, last.size()) == last; })) {
            words.pop_back();
            cut.before_form = key_of(words);
        }
    }
    return cut;
}

void fit_base(const NameKey& key, bool loosely, const NameSource& source, std::vector<NamedCustomer>& exact, std::vector<NamedCustomer>& loose) {
    std::vector<NameSource::Spelling> spellings;
    source.with_base(key.base, spellings);
    for (const auto& one : spellings) {
        if (one.form == key.form && !loosely)
            add_once(exact, one.customer, NameFit::exact);
        else if (one.form.empty() || key.form.empty() || one.form == key.form)
            add_once(loose, one.customer, NameFit::loose);
    }
}

}  // namespace

std::vector<NamedCustomer> resolve_name(std::string_view printed, const NameSource& source) {
    printed = without_care_of(printed);
    const auto keys = name_keys(printed);
    if (keys.empty()) return {};
    std::vector<NamedCustomer> exact, loose;
    std::vector<CustomerId> ids;
    source.with_alias(keys[0].form.empty() ? keys[0].base : keys[0].base + "|" + keys[0].form, ids);
    for (const auto id : ids) add_once(exact, id, NameFit::alias);
    if (!exact.empty()) return in_order(std::move(exact));
    for (const auto& key : keys) fit_base(key, false, source, exact, loose);
    if (!exact.empty()) return in_order(std::move(exact));
    if (!loose.empty()) return in_order(std::move(loose));
    const auto words = words_of(transliterated(printed));
    if (const auto shorter = up_to_form(words); !shorter.empty()) fit_base(key_of(shorter), true, source, exact, loose);
    if (!loose.empty()) return in_order(std::move(loose));
    const auto cut = cut_of(words);
    ids.clear();
    if (cut.stem.size() >= stem_letters_min) source.with_prefix(cut.stem, 10, ids);
    for (const auto id : ids) add_once(loose, id, NameFit::cut);
    if (loose.empty() && !cut.before_form.base.empty()) {
        // The form is there but unreadable: any customer of these words may be meant.
        std::vector<NameSource::Spelling> spellings;
        source.with_base(cut.before_form.base, spellings);
        for (const auto& one : spellings) add_once(loose, one.customer, NameFit::cut);
    }
    return in_order(std::move(loose));
}

std::vector<std::string> name_words(std::string_view name) {
    auto words = words_of(transliterated(name));
    std::erase_if(words, [](const std::string& word) { return is_filler(word) || !form_of(word).empty(); });
    return words;
}

std::vector<NameKey> name_keys(std::string_view name) {
    if (is_ascii(name)) {
        std::vector<NameKey> keys{key_of(words_of(in_capitals(name)))};
        if (keys[0].base.empty()) keys.clear();
        return keys;
    }
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
