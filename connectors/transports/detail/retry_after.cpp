#include "transports/detail/retry_after.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>

namespace owed::transports::detail {

namespace {

constexpr std::uint64_t wait_max_ms = 3'600'000;

const std::string* value_of(const std::vector<Header>& headers, const char* name) {
    for (const Header& header : headers)
        if (strcasecmp(header.name.c_str(), name) == 0) return &header.value;
    return nullptr;
}

/// Seconds since 1970 of the three forms of RFC 9110 5.6.7. curl_getdate reads no clock.
std::optional<std::int64_t> http_date(const std::string& text) {
    const time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds < 0) return {};
    return std::int64_t{seconds};
}

}  // namespace

std::uint64_t retry_after_ms(const std::vector<Header>& headers) {
    const std::string* wait = value_of(headers, "Retry-After");
    if (wait == nullptr || wait->empty()) return 0;
    if (std::all_of(wait->begin(), wait->end(), [](char c) { return c >= '0' && c <= '9'; })) {
        const std::size_t digits = wait->size() - std::min(wait->find_first_not_of('0'), wait->size());
        return digits > 6 ? wait_max_ms : std::min<std::uint64_t>(std::stoull(*wait) * 1000, wait_max_ms);
    }
    const std::string* date = value_of(headers, "Date");
    // A sign or a bare word is no date; curl would read some of them all the same.
    if (date == nullptr || wait->find(':') == std::string::npos || wait->front() == '-') return 0;
    const auto from = http_date(*date), until = http_date(*wait);
    if (!from || !until || *until <= *from) return 0;
    return std::min<std::uint64_t>(static_cast<std::uint64_t>(*until - *from) * 1000, wait_max_ms);
}

}  // namespace owed::transports::detail
