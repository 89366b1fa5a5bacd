#include "cash/term.hpp"

#include "owed/terms.hpp"

namespace owed::cash {
namespace {

constexpr std::int32_t first_number = 1'000'000;   ///< above any days

std::string in_small_letters(std::string_view text) {
    std::string out{text};
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

/// Nothing but days from the document's date.
bool is_net(const Terms& terms) {
    return terms.due.kind == DueRule::Kind::net && terms.base == BaseDate::document && terms.ranges.empty() && terms.cutoff == 0 && !terms.eom_dating &&
           terms.tiers.empty() && terms.instalments.empty();
}

}  // namespace

std::int32_t TermNumbers::of(std::string_view stated, std::int32_t days) {
    if (stated.empty()) return days;
    const auto [at, fresh] = numbers_.try_emplace(in_small_letters(stated), first_number + static_cast<std::int32_t>(numbers_.size()));
    if (!fresh) return at->second;
    if (const auto read = parse_terms(stated); read && is_net(*read)) at->second = read->due.days + read->extra_days;
    return at->second;
}

}  // namespace owed::cash
