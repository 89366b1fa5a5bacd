#include <boost/json.hpp>

#include "config/detail/company_terms.hpp"
#include "config/terms.hpp"

namespace owed::config {
namespace {

/// The node that a path such as "discounts[0].percent" leads to, as far as it goes.
const Node& at_path(const Node& node, std::string_view path) {
    const Node* at = &node;
    while (!path.empty()) {
        if (path.front() == '.') path.remove_prefix(1);
        if (path.front() == '[') {
            const auto end = path.find(']');
            if (end == path.npos) break;
            std::size_t index = 0;
            for (const char c : path.substr(1, end - 1)) index = index * 10 + static_cast<std::size_t>(c - '0');
            if (index >= at->items.size()) break;
            at = &at->items[index];
            path.remove_prefix(end + 1);
            continue;
        }
        const auto end = std::min(path.find_first_of(".["), path.size());
        const auto* member = at->find(path.substr(0, end));
        if (member == nullptr) break;
        at = member;
        path.remove_prefix(end);
    }
    return *at;
}

template <class T, class Read>
void read_named(const Node& node, const char* what, std::map<std::string, T>& into, std::vector<Problem>& problems, Read read) {
    for (const auto& member : node.members) {
        auto found = read(boost::json::parse(to_json(member.value)), std::string{});
        if (found) {
            into.insert_or_assign(member.key, *std::move(found));
            continue;
        }
        const auto& place = at_path(member.value, found.error().where).place;
        problems.push_back({place.file, place.line, place.column, std::string{what} + " \"" + member.key + "\": " + found.error().what +
                            (found.error().advice.empty() ? "" : "; " + found.error().advice)});
    }
}

}  // namespace

void read_company_terms(const Node& node, Settings& settings, std::vector<Problem>& problems) {
    // One grace for all: who grants late discounts decides it for the company, not terms by terms.
    read_named(node, "payment terms", settings.terms, problems, [](const boost::json::value& json, const std::string& where) -> Result<Terms> {
        OWED_TRY(auto terms, terms_of(json, where));
        if (terms.discount_grace_days != 0)
            return fail(Errc::invalid_config, "named terms have no grace of their own", "discount_grace_days", "it is discount_grace_days under cash:");
        return terms;
    });
}

void read_calendars(const Node& node, Settings& settings, std::vector<Problem>& problems) {
    read_named(node, "calendar", settings.calendars, problems, calendar_of);
}

std::optional<Calendar> calendar_named(const Settings& settings, const std::string& name) {
    if (name.empty()) return Calendar::weekends();
    if (const auto own = settings.calendars.find(name); own != settings.calendars.end()) return own->second;
    // Countries have more holidays than banks; where none is configured for one, its weekends alone are known.
    const bool is_country = name.size() == 2 && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == name.npos;
    if (auto built_in = find_calendar(name == "US" ? "US-FED" : name)) return *std::move(built_in);
    if (is_country) return Calendar::weekends();
    return std::nullopt;
}

}  // namespace owed::config
