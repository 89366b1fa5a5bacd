#include "formats/findings.hpp"

#include <utility>

namespace owed::formats {
namespace {
constexpr std::size_t kept_max = 1000;
}

void Findings::add(Warning warning) {
    grave_ = grave_ || warning.grave;
    if (kept_.size() < kept_max) {
        kept_.push_back(std::move(warning));
    } else {
        ++left_off_;
    }
}

DecodeReport Findings::report(std::string format, std::uint64_t records) && {
    DecodeReport report;
    report.format = std::move(format);
    report.records = records;
    report.verdict = grave_ ? Verdict::quarantine : kept_.empty() ? Verdict::accept : Verdict::warn;
    report.warnings = std::move(kept_);
    if (left_off_ > 0) report.warnings.push_back({"", std::to_string(left_off_) + " more warnings were left off", false});
    return report;
}

}  // namespace owed::formats
