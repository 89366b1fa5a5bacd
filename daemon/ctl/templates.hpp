// The files that `owectl plugin new` writes, with @NAMES@ in them: sdk/templates, put in by templates.cmake.
#pragma once

#include <string_view>
#include <vector>

namespace owed::ctl {

struct Template {
    std::string_view name;   ///< "source/check/settings.json"; "common/..." is for every kind
    std::string_view text;
};
const std::vector<Template>& templates();

}  // namespace owed::ctl
