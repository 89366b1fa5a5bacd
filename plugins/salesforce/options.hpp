// The plugin's settings, typed. What the manifest's schema can say was checked by the host.
#pragma once

#include <cstdint>
#include <string>

#include "apis/salesforce/mapping.hpp"
#include "owed/result.hpp"
#include "shared/settings.hpp"

namespace owed::plugins::salesforce {

namespace org = apis::salesforce;

struct Options {
    std::string instance_url;                ///< without a slash at its end
    std::string version = "62.0";
    org::Mapping mapping;
    bool create_missing_accounts = false;
    std::int64_t read_overlap_seconds = 300, page_size = 2000, daily_limit_share_percent = 80;
    /// Settings that decide which rows are read and as what, in a few characters: rows read under other ones are read again.
    std::string reading_fingerprint() const;
};
/// Errors: invalid_config with the setting.
Result<Options> read_options(const Settings& settings);

}  // namespace owed::plugins::salesforce
