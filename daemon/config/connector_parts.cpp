#include "config/detail/connector_parts.hpp"

#include <algorithm>
#include <array>

namespace owed::config {
namespace {

using Problems = std::vector<Problem>;

bool is_reference(std::string_view text) {
    for (const std::string_view kind : {"file:", "credential:", "env:"})
        if (text.starts_with(kind) && text.size() > kind.size()) return true;
    return false;
}

/// The value at `key`, which must name a secret and not be one.
std::string reference_at(Fields& fields, std::string_view key) {
    auto text = fields.text_or(key, "");
    // The value is not repeated: it may be the secret itself.
    if (!text.empty() && !is_reference(text)) fields.problem(key, "a secret is named by reference: file:/path, credential:NAME or env:NAME");
    return text;
}

/// Which of the optional keys a grant needs, takes, or has no use for.
struct Needs {
    std::string_view grant;
    std::vector<std::string_view> required, taken;
};
const std::array<Needs, 3>& grants() {
    static const std::array<Needs, 3> all{{
        {"jwt_bearer", {"private_key", "subject"}, {"audience", "client_secret", "key_id", "client_auth"}},
        {"client_credentials", {}, {"client_secret", "private_key", "audience", "key_id", "client_auth"}},
        {"refresh_token", {"refresh_token"}, {"client_secret", "private_key", "audience", "key_id", "client_auth"}},
    }};
    return all;
}

void check_grant(const Node& node, const std::string& grant, Problems& problems) {
    const auto known = std::find_if(grants().begin(), grants().end(), [&](const auto& one) { return one.grant == grant; });
    if (known == grants().end()) {
        const Node* value = node.find("grant");
        if (value != nullptr) report(problems, value->place, "there is no grant \"" + grant + "\"; there are jwt_bearer, client_credentials and refresh_token");
        return;
    }
    for (const auto key : known->required)
        if (node.find(key) == nullptr) report(problems, node.place, "grant " + grant + " needs \"" + std::string{key} + "\"");
    for (const auto* key : {"private_key", "subject", "audience", "client_secret", "key_id", "client_auth", "refresh_token"}) {
        const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), key) != list.end(); };
        if (const Node* value = node.find(key); value != nullptr && !in(known->required) && !in(known->taken))
            report(problems, value->place, "grant " + grant + " has no use for \"" + key + "\"");
    }
    if (grant == "client_credentials" && node.find("client_secret") == nullptr && node.find("private_key") == nullptr)
        report(problems, node.place, "grant client_credentials needs \"client_secret\" or \"private_key\"");
}

/// https, or http to this machine; what else the address may be is the transport's to judge.
void check_token_url(Fields& fields, const std::string& url) {
    const bool local = url.starts_with("http://127.") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
    if (!url.empty() && !url.starts_with("https://") && !local)
        fields.problem("token_url", "\"" + url + "\" does not begin with https://; tokens are not fetched in plain text");
    if (url.find('@') != std::string::npos) fields.problem("token_url", "a URL must not hold a user or password");
}

OAuth2 read_oauth2(const Node& node, Problems& problems) {
    Fields fields{node, "oauth2", problems};
    OAuth2 to;
    to.place = node.place;
    to.grant = fields.text("grant");
    to.token_url = fields.text("token_url");
    check_token_url(fields, to.token_url);
    to.client_id = fields.text("client_id");
    to.client_secret = reference_at(fields, "client_secret");
    to.private_key = reference_at(fields, "private_key");
    to.refresh_token = reference_at(fields, "refresh_token");
    to.audience = fields.text_or("audience", "");
    to.subject = fields.text_or("subject", "");
    to.scope = fields.text_or("scope", "");
    to.key_id = fields.text_or("key_id", "");
    to.client_auth = fields.text_or("client_auth", "body");
    if (to.client_auth != "body" && to.client_auth != "basic")
        fields.problem("client_auth", "\"" + to.client_auth + "\" is neither body nor basic");
    fields.done();
    if (!to.grant.empty()) check_grant(node, to.grant, problems);
    return to;
}

}  // namespace

void read_secrets(const Node& node, Connector& connector, Problems& problems) {
    for (const auto& member : node.members) {
        Secret secret;
        secret.place = member.value.place;
        if (member.value.kind != Node::Kind::map) {
            secret.reference = member.value.text;
            if (!is_reference(secret.reference))
                report(problems, member.value.place, "a secret is named by reference: file:/path, credential:NAME or env:NAME");
        } else {
            Fields fields{member.value, "a secret", problems};
            secret.reference = reference_at(fields, "from");
            if (const auto* oauth2 = fields.map("oauth2")) secret.oauth2 = read_oauth2(*oauth2, problems);
            secret.urls = fields.texts("urls");
            if (fields.has("from") == fields.has("oauth2"))
                report(problems, member.value.place, "secret \"" + member.key + "\" has either \"from\" or \"oauth2\"");
            fields.done();
        }
        connector.secrets[member.key] = std::move(secret);
    }
}

void read_transfer(const Node& node, const std::string& base, Connector& connector, Problems& problems) {
    Fields fields{node, "transfer", problems};
    const auto path_at = [&](std::string_view key) {
        auto path = fields.text_or(key, "");
        return path.empty() || path.front() == '/' ? path : base + "/" + path;
    };
    Transfer& to = connector.transfer;
    if (fields.has("plain_text_on_loopback")) to.plain_text_on_loopback = fields.boolean_or("plain_text_on_loopback", false);
    to.ca_file = path_at("ca_file");
    to.client_certificate = path_at("client_certificate");
    to.client_key = reference_at(fields, "client_key");
    if (to.client_key.empty() != to.client_certificate.empty())
        report(problems, node.place, "\"client_certificate\" and \"client_key\" go together");
    to.proxy = fields.text_or("proxy", "");
    if (!to.proxy.empty() && !to.proxy.starts_with("http://") && !to.proxy.starts_with("https://"))
        fields.problem("proxy", "a proxy is written http://host:port or https://host:port");
    if (to.proxy.find('@') != std::string::npos) fields.problem("proxy", "a proxy with a login is not spoken to; let it know this machine by its address");
    to.helo = fields.text_or("helo", "");
    to.host_key = fields.text_or("host_key", "");
    if (!to.host_key.empty() && (!to.host_key.starts_with("SHA256:") || to.host_key.size() != 50))
        fields.problem("host_key", "a host key is written as ssh-keygen -l shows it: SHA256: and 43 characters");
    to.ssh_key = reference_at(fields, "ssh_key");
    to.requests_per_minute = fields.integer_or("requests_per_minute", 0, 1, 60'000);
    to.timeout_seconds = fields.integer_or("timeout_seconds", 0, 1, 600);
    to.response_mib = fields.integer_or("response_mib", 8, 1, 256);
    to.record = path_at("record");
    fields.done();
}

}  // namespace owed::config
