#include "host/detail/oauth.hpp"

#include <sodium.h>
#include <string.h>

#include <algorithm>
#include <boost/json.hpp>

#include "host/detail/jwt.hpp"
#include "host/detail/masking.hpp"
#include "host/detail/request_parts.hpp"
#include "host/detail/url_rules.hpp"
#include "transports/guard.hpp"

namespace owed::host {
namespace {

namespace json = boost::json;

constexpr std::int64_t jwt_seconds = 170;     // Salesforce takes three minutes at most; the rest is for a clock that is ahead
constexpr std::int64_t renew_early_s = 60;
constexpr std::int64_t ask_again_s = 300;
constexpr std::size_t reply_max = 64u << 10;

void literal(TokenRequest& to, const std::string& text) { to.request.body.push_back({false, OWED_RAW, text}); }
void field(TokenRequest& to, const char* name, const std::string& value) {
    if (!value.empty()) literal(to, (to.request.body.empty() ? "" : "&") + std::string{name} + "=" + encoded(value, OWED_FORM));
}
void secret_field(TokenRequest& to, const char* name, SecretText value) {
    literal(to, (to.request.body.empty() ? "" : "&") + std::string{name} + "=");
    to.request.body.push_back({true, OWED_FORM, name});
    to.secrets[name] = std::move(value);
}

Result<SecretText> kept(const std::function<Result<std::string>()>& source) {
    OWED_TRY(auto text, source());
    SecretText secret{text};
    ::explicit_bzero(text.data(), text.size());
    return secret;
}

/// A member of a JSON object as text; numbers too, as some servers write "expires_in": "3600" and some 3600.
std::string_view text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}
std::optional<std::int64_t> seconds_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) return {};
    if (value->is_int64()) return value->get_int64();
    const auto text = text_at(object, key);
    if (text.empty() || text.size() > 9 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return {};
    return std::stoll(std::string{text});
}

bool is_about_configuration(std::string_view error) {
    return error == "invalid_scope" || error == "unsupported_grant_type" || error == "invalid_request" || error == "invalid_target";
}

std::string advice_for(std::string_view error, OAuthClient::Grant grant) {
    const bool refresh = grant == OAuthClient::Grant::refresh_token;
    if (error == "invalid_grant" && refresh) return "the refresh token is spent or withdrawn: let the user approve the application again, and put the new one into its file";
    if (error == "invalid_grant" && grant == OAuthClient::Grant::jwt_bearer)
        return "check subject and audience, that the user has approved the application there, that the private key belongs to its certificate, and this machine's clock";
    if (error == "invalid_client" || error == "invalid_client_id") return "check client_id and its client_secret or private_key";
    if (error == "unauthorized_client") return "let the application use this grant in the server's settings";
    if (error == "invalid_scope") return "check scope";
    if (error == "unsupported_grant_type") return "this server does not know the grant; choose another under oauth2";
    return "check the connector's oauth2 block";
}

}  // namespace

TokenKeeper::TokenKeeper(std::string name, const InstanceConfig& config, const OAuthClient& client, Doors doors)
    : name_{std::move(name)}, config_{config}, client_{client}, doors_{doors} {}

std::string TokenKeeper::title() const { return "the token \"" + name_ + "\" of connector " + config_.name; }

void TokenKeeper::drop() {
    token_.clear();
    renew_at_.reset();
}

Result<TokenKeeper::Token> TokenKeeper::current(const Exchange& exchange) {
    const Instant now = doors_.clock.now();
    if (!token_.empty() && renew_at_ && now >= *renew_at_) drop();
    if (token_.empty()) {
        // The second bound: a clock that was set back does not prolong it.
        if (refused_ && now < refused_until_ && refused_until_.micros - now.micros <= ask_again_s * 1'000'000) return fail(*refused_);
        OWED_TRY_VOID(fetch(exchange));
    }
    return Token{SecretText{token_.view()}, instance_url_};
}

// ---- the request

Status TokenKeeper::add_jwt(TokenRequest& to, const char* name, const std::string& subject, bool with_id) const {
    OWED_TRY(const auto key, kept(client_.private_key));
    const std::int64_t now = doors_.clock.now().micros / 1'000'000;
    JwtClaims claims{client_.client_id, subject, client_.audience.empty() ? client_.token_url : client_.audience, client_.key_id, {}, now, now + jwt_seconds};
    if (with_id) {
        unsigned char id[16];
        doors_.rng.fill("oauth/" + config_.name, id);
        claims.id.resize(2 * sizeof id + 1);
        sodium_bin2hex(claims.id.data(), claims.id.size(), id, sizeof id);
        claims.id.pop_back();  // the terminating zero
    }
    OWED_TRY(auto jwt, signed_jwt(claims, key.view()));
    secret_field(to, name, std::move(jwt));
    return {};
}

Status TokenKeeper::add_refresh_token(TokenRequest& to) const {
    if (!rotated_refresh_token_.empty()) {
        secret_field(to, "refresh_token", SecretText{rotated_refresh_token_.view()});
        return {};
    }
    OWED_TRY(auto value, kept(client_.refresh_token));
    secret_field(to, "refresh_token", std::move(value));
    return {};
}

/// Who asks: by client_secret in the body or as Basic login, by a signed assertion (RFC 7523 2.2), or by the id alone.
Status TokenKeeper::add_client(TokenRequest& to) const {
    if (client_.client_secret && client_.client_auth == OAuthClient::ClientAuth::basic) {
        OWED_TRY(auto value, kept(client_.client_secret));
        // RFC 6749 2.3.1: both are form-urlencoded before they become a login.
        to.request.user.push_back({false, OWED_RAW, encoded(client_.client_id, OWED_FORM)});
        to.request.password.push_back({true, OWED_FORM, "client_secret"});
        to.secrets["client_secret"] = std::move(value);
        return {};
    }
    field(to, "client_id", client_.client_id);
    if (client_.client_secret) {
        OWED_TRY(auto value, kept(client_.client_secret));
        secret_field(to, "client_secret", std::move(value));
    } else if (client_.private_key) {
        field(to, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        OWED_TRY_VOID(add_jwt(to, "client_assertion", client_.client_id, true));
    }
    return {};
}

Result<TokenRequest> TokenKeeper::request() const {
    TokenRequest to;
    to.request.method = "POST";
    to.request.url = client_.token_url;
    to.request.tls = client_.token_url.starts_with("http://") ? OWED_TLS_NONE : OWED_TLS_REQUIRED;
    to.request.response_max = reply_max;
    to.request.headers = {{"Content-Type", {{false, OWED_RAW, "application/x-www-form-urlencoded"}}}, {"Accept", {{false, OWED_RAW, "application/json"}}}};
    switch (client_.grant) {
        case OAuthClient::Grant::jwt_bearer:
            field(to, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
            OWED_TRY_VOID(add_jwt(to, "assertion", client_.subject, false));
            if (client_.client_secret) OWED_TRY_VOID(add_client(to));
            break;
        case OAuthClient::Grant::client_credentials:
            field(to, "grant_type", "client_credentials");
            OWED_TRY_VOID(add_client(to));
            break;
        case OAuthClient::Grant::refresh_token:
            field(to, "grant_type", "refresh_token");
            OWED_TRY_VOID(add_refresh_token(to));
            OWED_TRY_VOID(add_client(to));
            break;
    }
    field(to, "scope", client_.scope);
    return to;
}

// ---- the reply

Error TokenKeeper::refusal(const transports::Response& response, const TokenRequest& sent) const {
    SecretValues hidden;
    for (const auto& [unused, value] : sent.secrets) hidden.add(value.view());
    const std::string server = host_of_url(client_.token_url);
    json::error_code broken;
    const auto body = json::parse(response.body, broken);
    std::string error, why;
    if (!broken && body.is_object()) {
        error = transports::printable(hidden.without(std::string{text_at(body.get_object(), "error")}), 60);
        why = transports::printable(hidden.without(std::string{text_at(body.get_object(), "error_description")}));
    }
    if (error.empty())
        return {Errc::auth, title() + ": " + server + " answered " + std::to_string(response.status) + " and did not say why", client_.where,
                "check token_url; a token endpoint answers errors as JSON"};
    return {is_about_configuration(error) ? Errc::invalid_config : Errc::auth, title() + ": " + server + " refuses it: " + error + (why.empty() ? "" : " (" + why + ")"),
            client_.where, advice_for(error, client_.grant)};
}

void TokenKeeper::take_refresh_token(std::string_view value) {
    if (value.empty() || client_.grant != OAuthClient::Grant::refresh_token) return;
    rotated_refresh_token_ = SecretText{value};
    if (!config_.store_secret) return;
    const auto stored = config_.store_secret(name_, value);
    if (!stored)
        doors_.log.error("host", title() + ": the server gave a new refresh token, and it could not be kept, so that the login ends with this process: " + to_text(stored.error()));
}

Status TokenKeeper::take_token(std::string_view text) {
    // The parsed reply lies in memory of our own, which is overwritten: it holds the token.
    std::vector<unsigned char> memory(4 * reply_max);
    struct Wiped {
        std::vector<unsigned char>& bytes;
        ~Wiped() { ::explicit_bzero(bytes.data(), bytes.size()); }
    } const wiped{memory};
    json::monotonic_resource arena{memory.data(), memory.size()};
    json::error_code broken;
    const auto reply = json::parse(text, broken, &arena);
    const auto wrong = [&](const std::string& what) { return fail(Errc::auth, title() + ": the answer of " + host_of_url(client_.token_url) + " " + what, client_.where, "check token_url"); };
    if (broken || !reply.is_object()) return wrong("is no JSON object");
    const auto& object = reply.get_object();
    const auto token = text_at(object, "access_token");
    if (token.empty()) return wrong("has no access_token");
    if (std::any_of(token.begin(), token.end(), [](char c) { return c <= 0x20 || c >= 0x7f; })) return wrong("has an access_token with bytes that no header takes");
    token_ = SecretText{token};
    instance_url_ = text_at(object, "instance_url");
    renew_at_.reset();
    if (const auto seconds = seconds_at(object, "expires_in"); seconds && *seconds > 0) {
        const std::int64_t life = std::min<std::int64_t>(*seconds, 366 * 86400);
        renew_at_ = doors_.clock.now().plus_seconds(life - std::min(renew_early_s, life / 5));
    }
    take_refresh_token(text_at(object, "refresh_token"));
    return {};
}

Status TokenKeeper::fetch(const Exchange& exchange) {
    OWED_TRY(const auto sent, request());
    auto response = exchange(sent);
    if (!response) return fail(response.error());
    Status taken;
    switch (response->outcome) {
        case transports::Outcome::ok: taken = take_token(response->body); break;
        case transports::Outcome::refused:
        case transports::Outcome::auth: taken = fail(refusal(*response, sent)); break;
        case transports::Outcome::untrusted: taken = fail(Errc::invalid_config, title() + ": " + response->detail, client_.where, "check token_url, and ca_file under transfer"); break;
        case transports::Outcome::cancelled: return fail(Errc::cancelled, title() + ": " + response->detail);
        case transports::Outcome::rate_limited: return fail(Errc::rate_limited, title() + ": " + response->detail);
        case transports::Outcome::transient:
        case transports::Outcome::timed_out:
        // A token that was made and lost has no effect; the next one serves as well.
        case transports::Outcome::unknown_outcome: return fail(Errc::transient, title() + " could not be fetched: " + response->detail);
    }
    ::explicit_bzero(response->body.data(), response->body.size());
    refused_.reset();
    if (!taken) {
        // The kept refresh token is dead; a person may have put another into its place.
        if (response->outcome != transports::Outcome::ok) rotated_refresh_token_.clear();
        refused_ = taken.error();
        refused_until_ = doors_.clock.now().plus_seconds(ask_again_s);
        doors_.log.error("host", to_text(*refused_) + "; " + refused_->advice);
    }
    return taken;
}

}  // namespace owed::host
