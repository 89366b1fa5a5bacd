#include "host/detail/same_config.hpp"

#include <boost/json.hpp>
#include <tuple>

namespace owed::host {
namespace {

namespace json = boost::json;

/// Objects of Boost.JSON are equal whatever the order of their members.
bool same_json(const std::string& a, const std::string& b) {
    if (a == b) return true;
    json::error_code broken_a, broken_b;
    const auto x = json::parse(a, broken_a), y = json::parse(b, broken_b);
    return !broken_a && !broken_b && x == y;
}

auto told(const TransferGrants& t) {
    return std::tie(t.allow_urls, t.plain_text_on_loopback, t.ca_file, t.proxy, t.helo, t.client_certificate, t.requests_per_minute,
                    t.timeout_ms, t.response_bytes_max, t.record);
}
auto told(const InstanceLimits& l) {
    return std::tie(l.call_deadline, l.memory_mib, l.rss_mib, l.files_max, l.threads_max, l.tasks_max, l.cpu, l.file_bytes, l.work_files_max,
                    l.artifact_bytes_max);
}
auto told(const OAuthClient& c) {
    return std::tie(c.grant, c.client_auth, c.token_url, c.client_id, c.audience, c.subject, c.scope, c.key_id);
}

bool same_clients(const InstanceConfig& a, const InstanceConfig& b) {
    if (a.oauth.size() != b.oauth.size()) return false;
    for (const auto& [name, client] : a.oauth) {
        const auto other = b.oauth.find(name);
        if (other == b.oauth.end() || told(client) != told(other->second)) return false;
    }
    return true;
}

}  // namespace

bool same_meaning(const InstanceConfig& a, const InstanceConfig& b) {
    return std::tie(a.name, a.plugin, a.entity, a.isolation, a.own_network, a.programs, a.allow_drafts, a.secret_urls, a.fingerprint) ==
               std::tie(b.name, b.plugin, b.entity, b.isolation, b.own_network, b.programs, b.allow_drafts, b.secret_urls, b.fingerprint) &&
           told(a.transfer) == told(b.transfer) && told(a.limits) == told(b.limits) && same_clients(a, b) && same_json(a.settings_json, b.settings_json);
}

}  // namespace owed::host
