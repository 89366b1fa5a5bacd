// Answers for people: lists as aligned tables, single objects as lines.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace owed::ctl {

/// Control and direction-changing characters as '?'.
std::string tame(std::string_view text);

/// The columns that a person sees of a list; none: all of its own.
std::vector<std::string> list_columns(const std::string& list);

/// Control and direction-changing characters are shown as '?', so that data cannot steer the terminal (SECURITY T09).
std::string print(std::string_view verb, const boost::json::value& answer);

}  // namespace owed::ctl
