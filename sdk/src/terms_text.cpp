// The short form of payment terms: "2/10 net 30".
#include <charconv>

#include "owed/terms.hpp"

namespace owed {
namespace {

struct Words {
    std::vector<std::string> all;
    std::size_t at = 0;
    bool more() const { return at < all.size(); }
    const std::string& next() { return all[at++]; }
    /// The number that stands next, if one does.
    std::optional<int> number() {
        if (!more()) return std::nullopt;
        int value = 0;
        const auto& word = all[at];
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc{} || end != word.data() + word.size() || value < 0) return std::nullopt;
        ++at;
        return value;
    }
};

Words split_words(std::string_view text) {
    Words words;
    std::string word;
    for (char c : std::string{text} + " ") {
        if (c == ' ' || c == ',') {
            if (!word.empty()) words.all.push_back(std::move(word));
            word.clear();
        } else {
            word += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    return words;
}

tl::unexpected<Error> not_terms(std::string_view text, const std::string& why) {
    return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 60)} + "\" are no payment terms: " + why, {},
                "write \"net 30\", \"2/10 net 30\", \"eom 15\", \"prox 1 15\", \"day 10\" or \"receipt\"");
}

std::optional<DueRule> due_rule(const std::string& word, Words& words) {
    using Kind = DueRule::Kind;
    const auto start = words.at;
    DueRule rule;
    if (word == "receipt") return DueRule{.kind = Kind::receipt};
    if (word.rfind("n/", 0) == 0) {
        Words days{{word.substr(2)}, 0};
        const auto value = days.number();
        return value ? std::optional{DueRule{.kind = Kind::net, .days = *value}} : std::nullopt;
    }
    if (word == "net" || word == "day") {
        const auto value = words.number();
        if (!value) return std::nullopt;
        return word == "net" ? DueRule{.kind = Kind::net, .days = *value} : DueRule{.kind = Kind::day, .day = *value};
    }
    if (word == "eom") return DueRule{.kind = Kind::eom, .days = words.number().value_or(0)};
    if (word != "prox") return std::nullopt;
    const auto months = words.number(), day = words.number();
    if (months && day) return DueRule{.kind = Kind::prox, .months = *months, .day = *day};
    words.at = start;
    return std::nullopt;
}

std::optional<DiscountTier> tier_of(const std::string& word) {
    const auto slash = word.find('/');
    if (slash == std::string::npos || slash == 0) return std::nullopt;
    Words days{{word.substr(slash + 1)}, 0};
    const auto percent = parse_decimal(word.substr(0, slash));
    const auto value = days.number();
    if (!percent || !value) return std::nullopt;
    return DiscountTier{*value, *percent};
}

}  // namespace

Result<DueRule> parse_due_rule(std::string_view text) {
    auto words = split_words(text);
    if (!words.more()) return not_terms(text, "nothing is said");
    auto rule = due_rule(words.next(), words);
    if (!rule || words.more()) return not_terms(text, "it is not one due rule");
    return *rule;
}

std::string to_text(const DueRule& rule) {
    switch (rule.kind) {
    case DueRule::Kind::net: return "net " + std::to_string(rule.days);
    case DueRule::Kind::receipt: return "receipt";
    case DueRule::Kind::eom: return "eom " + std::to_string(rule.days);
    case DueRule::Kind::prox: return "prox " + std::to_string(rule.months) + " " + std::to_string(rule.day);
    case DueRule::Kind::day: return "day " + std::to_string(rule.day);
    }
    return "";
}

Result<Terms> parse_terms(std::string_view text) {
    auto words = split_words(text);
    Terms terms;
    bool due_known = false;
    while (words.more()) {
        const auto word = words.next();
        if (const auto tier = tier_of(word); tier && word[0] != 'n') {
            terms.tiers.push_back(*tier);
        } else if (word == "rog") {
            terms.base = BaseDate::goods;
        } else if (word == "x") {
            const auto days = words.number();
            if (!days) return not_terms(text, "\"x\" needs a number of days");
            terms.extra_days = *days;
        } else if (word == "eom" && due_known) {
            terms.eom_dating = true;
        } else if (const auto rule = due_rule(word, words); rule && !due_known) {
            terms.due = *rule;
            due_known = true;
        } else {
            return not_terms(text, "\"" + word.substr(0, 20) + "\" is not understood here");
        }
    }
    if (!due_known) return not_terms(text, "they do not say when it is due");
    return terms;
}

}  // namespace owed
