#include "host/version_floor.hpp"

#include <algorithm>

namespace owed::host {
namespace {

std::string_view next_part(std::string_view& text) {
    const auto part = text.substr(0, text.find('.'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}
bool is_number(std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == part.npos; }

/// Digits of any length, by value.
int compare_numbers(std::string_view left, std::string_view right) {
    for (auto* text : {&left, &right}) text->remove_prefix(std::min(text->find_first_not_of('0'), text->size()));
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    return left.compare(right);
}

/// Numbers are below words; `missing` stands for a part that one side does not have.
int compare_parts(std::string_view left, std::string_view right) {
    if (is_number(left) && is_number(right)) return compare_numbers(left, right);
    if (is_number(left) != is_number(right)) return is_number(left) ? -1 : 1;
    return left.compare(right);
}

int compare_cores(std::string_view left, std::string_view right) {
    while (!left.empty() || !right.empty()) {
        const auto a = next_part(left), b = next_part(right);
        if (const int order = compare_parts(a.empty() ? "0" : a, b.empty() ? "0" : b); order != 0) return order;
    }
    return 0;
}

/// None at all is above any; otherwise the longer one wins when all else is equal.
int compare_previews(std::string_view left, std::string_view right) {
    if (left.empty() || right.empty()) return left.empty() == right.empty() ? 0 : left.empty() ? 1 : -1;
    while (!left.empty() && !right.empty())
        if (const int order = compare_parts(next_part(left), next_part(right)); order != 0) return order;
    return left.empty() == right.empty() ? 0 : left.empty() ? -1 : 1;
}

struct Version {
    std::string_view core, preview;
    explicit Version(std::string_view text) {
        text = text.substr(0, text.find('+'));
        core = text.substr(0, text.find('-'));
        if (core.size() < text.size()) preview = text.substr(core.size() + 1);
    }
};

}  // namespace

int compare_versions(std::string_view left, std::string_view right) {
    const Version a{left}, b{right};
    const int order = compare_cores(a.core, b.core);
    return order != 0 ? order : compare_previews(a.preview, b.preview);
}

Status check_version_floor(const std::string& id, const std::string& version, const std::string& floor, const std::string& file) {
    if (compare_versions(version, floor) >= 0) return {};
    return fail(Errc::refused, "plugin " + id + " is version " + version + ", and version " + floor + " has run here before", file,
                "install version " + floor + " or later");
}

}  // namespace owed::host
