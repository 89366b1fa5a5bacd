// Answers for people: lists as aligned tables, single objects as lines.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace owed::ctl {

/// Control and direction-changing characters are shown as '?', so that data cannot steer the terminal (SECURITY T09).
std::string print(std::string_view verb, const boost::json::value& answer);

}  // namespace owed::ctl
