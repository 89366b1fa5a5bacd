// `owectl calc TOPIC`: the rules of receivables, asked directly. No daemon, no data: a question in JSON, an answer in JSON,
// by the very functions that the daemon uses (INTERFACES, "calc"; docs/reference/calc.md has every key).
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed::ctl {

/// A topic answers one object. Errors of the question come back as they are: code, what, where (the key's path), advice.
using CalcTopicRun = Result<boost::json::object> (*)(const boost::json::object& question);
struct CalcTopic {
    std::string_view name;
    CalcTopicRun run;
    std::string_view help;               ///< half a sentence
};
std::span<const CalcTopic> calc_topics();
const CalcTopic* find_calc_topic(std::string_view name) noexcept;

struct CalcAnswer {
    boost::json::value json;             ///< an object, or an array for an array; an impossible question is {"error": ...}
    bool ok = true;                      ///< false: the question, or one of the array's, was impossible
};
/// Answers the text of stdin: one object or an array of at most 100,000. Not JSON: malformed_input with line and column.
CalcAnswer calc(const CalcTopic& topic, std::string_view question);

}  // namespace owed::ctl
