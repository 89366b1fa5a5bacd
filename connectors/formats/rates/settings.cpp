#include "formats/rates/settings.hpp"

#include <algorithm>
#include <array>

namespace owed::formats::rates {
namespace {

constexpr std::array type_names{std::pair{std::string_view{"spot"}, As::spot}, std::pair{std::string_view{"closing"}, As::closing},
                           std::pair{std::string_view{"custom"}, As::custom}, std::pair{std::string_view{"month_end_closing"}, As::month_end_closing}};

Result<std::vector<As>> read_types(const csv::ProfileObject& object) {
    OWED_TRY(const std::vector<std::string> texts, object.texts("types"));
    std::vector<As> types;
    for (const std::string& text : texts) {
        const auto known = find_as(text);
        if (!known)
            return fail(Errc::invalid_config, csv::shown(text) + " is no type of rate", object.path("types"), "one or several of spot, closing, custom, month_end_closing");
        if (std::find(types.begin(), types.end(), *known) == types.end()) types.push_back(*known);
    }
    if (types.empty()) return fail(Errc::invalid_config, "the list of types is empty", object.path("types"), "[spot] is what is meant without it");
    return types;
}

}  // namespace

std::string_view name_of(As as) {
    for (const auto& [name, known] : type_names)
        if (known == as) return name;
    return "";
}

std::optional<As> find_as(std::string_view name) {
    for (const auto& [known, as] : type_names)
        if (known == name) return as;
    return {};
}

Result<Settings> read_settings(std::string_view profile) {
    Settings settings;
    if (profile.empty()) return settings;
    OWED_TRY(const auto json, csv::parse_profile(profile));
    const csv::ProfileObject object{json.get_object(), ""};
    OWED_TRY_VOID(object.allow({"name", "description", "base", "types", "dates", "delimiter", "quote", "encoding", "skip_lines", "decimal"}));
    OWED_TRY(const std::string base, object.text("base"));
    if (!base.empty()) {
        const auto currency = find_currency(base);
        if (!currency) return fail(Errc::invalid_config, csv::shown(base) + " is not a currency of ISO 4217, like EUR", object.path("base"));
        settings.base = *currency;
    }
    if (object.has("types")) {
        OWED_TRY(settings.as, read_types(object));
    }
    OWED_TRY(const std::string dates, object.text("dates"));
    if (!dates.empty()) {
        auto format = csv::DateFormat::of(dates);
        if (!format) return fail(Errc::invalid_config, format.error().what, object.path("dates"), format.error().advice);
        settings.dates = *format;
    }
    OWED_TRY(settings.notation, csv::notation_of(object));
    return settings;
}

}  // namespace owed::formats::rates
