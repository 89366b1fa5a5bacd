// A Report as text, JSON and JUnit XML.
#include <algorithm>
#include <boost/json.hpp>

#include "conformance/conformance.hpp"

namespace owed::conformance {
namespace {

namespace json = boost::json;

std::string_view word(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed: return "passed";
        case Outcome::failed: return "failed";
        case Outcome::skipped: return "skipped";
    }
    return "";
}

std::string full_name(const Finding& finding) { return finding.name + (finding.isolation.empty() ? "" : " (isolation: " + finding.isolation + ")"); }

/// For attributes and text; what XML 1.0 cannot hold becomes '?'.
std::string xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else if (c == '"') out += "&quot;";
        else out += (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f ? '?' : c;
    }
    return out;
}

std::string seconds(std::int64_t millis) {
    auto rest = std::to_string(millis % 1000);
    return std::to_string(millis / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

}  // namespace

std::string to_text(const Report& report) {
    std::string text;
    for (const auto& finding : report.findings) {
        if (finding.outcome != Outcome::failed) continue;
        text += "FAILED   " + full_name(finding) + "\n         " + finding.what + "\n         found: " + finding.reason + "\n";
        if (!finding.advice.empty()) text += "         do: " + finding.advice + "\n";
    }
    // Skips of one reason together: whole groups do not concern a plugin of other kinds.
    std::vector<std::pair<std::string, std::vector<std::string>>> skips;
    for (const auto& finding : report.findings) {
        if (finding.outcome != Outcome::skipped) continue;
        auto at = std::find_if(skips.begin(), skips.end(), [&](const auto& skip) { return skip.first == finding.reason; });
        if (at == skips.end()) at = skips.insert(skips.end(), {finding.reason, {}});
        if (at->second.empty() || at->second.back() != finding.name) at->second.push_back(finding.name);
    }
    for (auto& [reason, names] : skips) {
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        const bool whole_group = names.size() > 4 && names.front().substr(0, names.front().find('.')) == names.back().substr(0, names.back().find('.'));
        text += "skipped  " + reason + ": ";
        if (whole_group) text += names.front().substr(0, names.front().find('.')) + ".* (" + std::to_string(names.size()) + ")";
        else
            for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
        text += "\n";
    }
    text += report.plugin + (report.version.empty() ? "" : " " + report.version) + ": " + std::to_string(report.count(Outcome::passed)) + " passed, " +
            std::to_string(report.count(Outcome::failed)) + " failed, " + std::to_string(report.count(Outcome::skipped)) + " skipped (seed " +
            std::to_string(report.seed) + ")\n";
    return text;
}

std::string to_json(const Report& report) {
    json::array checks;
    for (const auto& finding : report.findings)
        checks.push_back(json::object{{"name", finding.name},
                                      {"what", finding.what},
                                      {"isolation", finding.isolation.empty() ? json::value(nullptr) : json::value(json::string{finding.isolation})},
                                      {"outcome", word(finding.outcome)},
                                      {"reason", finding.reason},
                                      {"do", finding.advice},
                                      {"millis", finding.millis}});
    const json::object all{{"plugin", report.plugin},
                           {"version", report.version},
                           {"file", report.file},
                           {"seed", report.seed},
                           {"passed", report.count(Outcome::passed)},
                           {"failed", report.count(Outcome::failed)},
                           {"skipped", report.count(Outcome::skipped)},
                           {"checks", std::move(checks)}};
    return json::serialize(all);
}

std::string to_junit(const Report& report) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"owectl plugin check\" tests=\"" + std::to_string(report.findings.size()) +
                       "\" failures=\"" + std::to_string(report.count(Outcome::failed)) + "\">\n";
    for (const std::string isolation : {"", "process", "none"}) {
        std::string cases;
        std::size_t tests = 0, failures = 0, skipped = 0;
        for (const auto& finding : report.findings) {
            if (finding.isolation != isolation) continue;
            ++tests;
            const auto dot = finding.name.find('.');
            cases += "    <testcase classname=\"" + xml(report.plugin + "." + finding.name.substr(0, dot)) + "\" name=\"" + xml(finding.name) + "\" time=\"" +
                     seconds(finding.millis) + "\"";
            if (finding.outcome == Outcome::passed) {
                cases += "/>\n";
                continue;
            }
            const bool fault = finding.outcome == Outcome::failed;
            (fault ? failures : skipped) += 1;
            cases += fault ? ">\n      <failure message=\"" + xml(finding.reason) + "\">" + xml(finding.what + "\ndo: " + finding.advice) + "</failure>\n    </testcase>\n"
                           : ">\n      <skipped message=\"" + xml(finding.reason) + "\"/>\n    </testcase>\n";
        }
        if (tests == 0) continue;
        text += "  <testsuite name=\"" + xml(report.plugin + (isolation.empty() ? "" : " isolation " + isolation)) + "\" tests=\"" + std::to_string(tests) +
                "\" failures=\"" + std::to_string(failures) + "\" errors=\"0\" skipped=\"" + std::to_string(skipped) + "\">\n" + cases + "  </testsuite>\n";
    }
    return text + "</testsuites>\n";
}

}  // namespace owed::conformance
