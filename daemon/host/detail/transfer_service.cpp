#include "host/detail/transfer_service.hpp"

#include <string.h>
#include <strings.h>

#include <algorithm>
#include <thread>

#include "transports/guard.hpp"

namespace owed::host {
namespace {

using Ended = transports::Outcome;
using transports::Response;

constexpr std::int64_t short_wait_ms = 2'000;
constexpr std::uint64_t retry_after_max_ms = 3'600'000;
constexpr std::size_t breakers_max = 1'000;  // a plugin that walks through hosts must not fill memory

Response early(Ended outcome, std::string why, std::int64_t retry_after_ms) {
    Response response;
    response.outcome = outcome;
    response.detail = std::move(why);
    response.retry_after_ms = static_cast<std::uint64_t>(retry_after_ms);
    return response;
}

std::string seconds_text(std::int64_t ms) { return std::to_string((ms + 999) / 1000) + " s"; }

/// False as soon as `stop` says so.
bool slept(std::int64_t ms, const std::function<bool()>& stop) {
    constexpr std::int64_t look_every_ms = 50;
    for (; ms > 0; ms -= look_every_ms) {
        if (stop()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{std::min(ms, look_every_ms)});
    }
    return true;
}

/// The server fell silent or stumbled; a refusal, a wrong login and "too often" are answers.
bool is_failure(Ended outcome) {
    switch (outcome) {  // no default: a new outcome must be placed by hand
        case Ended::transient:
        case Ended::timed_out:
        case Ended::unknown_outcome: return true;
        case Ended::ok:
        case Ended::refused:
        case Ended::rate_limited:
        case Ended::auth:
        case Ended::untrusted:
        case Ended::cancelled: return false;
    }
    return false;
}

}  // namespace

TransferService::TransferService(const InstanceConfig& config, UrlRules rules, Doors doors)
    : config_{config}, rules_{std::move(rules)}, doors_{std::move(doors)}, bucket_{config.transfer.requests_per_minute} {
    for (const auto& [name, client] : config.oauth)
        tokens_.emplace(std::piecewise_construct, std::forward_as_tuple(name),
                        std::forward_as_tuple(name, config, client, TokenKeeper::Doors{doors_.clock, doors_.rng, doors_.log}));
    if (!config.transfer.record.empty()) recorder_ = std::make_unique<CassetteRecorder>(config.transfer.record);
}

std::uint32_t TransferService::Flight::left_ms(std::uint32_t wanted) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Steady::now()).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, wanted));
}

Result<TransferReply> TransferService::perform(const TransferRequest& request, std::chrono::milliseconds budget, std::function<bool()> cancelled) {
    OWED_TRY_VOID(check_allowed(request.url, rules_));
    OWED_TRY_VOID(check_destination(request));
    for (const auto& name : secrets_of(request)) OWED_TRY_VOID(may_carry(name, request.url));
    Flight flight{Steady::now() + budget, std::move(cancelled), {}, {}};
    auto response = attempt(request, flight);
    // 401 says that the request was not looked at (RFC 9110 15.5.2), and after a refused login by mail none was made, so
    // that it may be made again; once, or a server that refuses every token would be asked for ever.
    const bool unseen = response && response->outcome == Ended::auth && (response->status == 401 || is_token_login(request, config_));
    if (unseen && !flight.tokens.empty()) {
        for (const auto& name : flight.tokens) tokens_.at(name).drop();
        flight.tokens.clear();
        response = attempt(request, flight);
    }
    if (!response) {
        auto error = response.error();
        error.what = flight.secrets.without(std::move(error.what));
        return fail(std::move(error));
    }
    explain(*response, request);
    return reply_of(std::move(*response));
}

/// What in the configuration a refusal is about. A secret has a name here, and no value.
void TransferService::explain(Response& response, const TransferRequest& request) const {
    if (response.unknown_authority)
        response.detail += config_.transfer.ca_file.empty() ? "; if an authority of your own has signed its certificate, name that authority's PEM file: transfer: ca_file"
                                                            : "; transfer: ca_file names " + config_.transfer.ca_file + ", and its authorities alone are trusted";
    if (response.outcome != Ended::auth) return;
    std::string shown;
    for (const auto& name : secrets_of(request)) shown += (shown.empty() ? "secret \"" : "\" and \"") + name;
    response.detail += shown.empty() ? "; no secret was shown" : "; " + shown + "\" was shown";
}

/// What is moved goes somewhere, and there the plugin must be allowed to speak as well.
Status TransferService::check_destination(const TransferRequest& request) const {
    for (const auto& header : request.headers) {
        if (strcasecmp(header.name.c_str(), "Destination") != 0) continue;
        std::string target;
        for (const auto& part : header.value) {
            if (part.is_secret && destination_url(request.url, "/")) return fail(Errc::plugin_bug, "the header Destination holds a secret", config_.where);
            target += part.value;
        }
        if (const auto url = destination_url(request.url, target)) OWED_TRY_VOID(check_allowed(*url, rules_));
    }
    return {};
}

// ---- secrets

Status TransferService::may_carry(const std::string& secret, const std::string& url) const {
    const auto bound = config_.secret_urls.find(secret);
    if (bound == config_.secret_urls.end() || fits_any(url, bound->second)) return {};
    return fail(Errc::invalid_config, "the plugin wants to send secret \"" + secret + "\" to " + place_of_url(url) + ", and its urls do not have that", config_.where,
                "if that is right, add the address to the secret's urls");
}

Result<SecretText> TransferService::secret_of(const std::string& name, const std::string& url, Flight& flight) {
    if (const auto keeper = tokens_.find(name); keeper != tokens_.end()) {
        OWED_TRY(auto token, keeper->second.current([&](const TokenRequest& wanted) { return ask_for_token(wanted, flight); }));
        flight.secrets.add(token.value.view());
        flight.tokens.push_back(name);
        // A token that the server made for one host is not shown to another.
        const auto meant = host_of_url(token.instance_url), goes = host_of_url(url);
        if (!token.instance_url.empty() && meant != goes)
            return fail(Errc::invalid_config, "the token \"" + name + "\" is for " + transports::printable(token.instance_url, 120) + ", and the request goes to " + place_of_url(url), config_.where,
                        "write the address that the token is for into the connector's settings");
        return std::move(token.value);
    }
    if (!config_.secret)
        return fail(Errc::invalid_config, "the connector has no secret \"" + name + "\"", config_.where, "add it under secrets:");
    OWED_TRY(auto text, config_.secret(name));
    SecretText value{text};
    ::explicit_bzero(text.data(), text.size());
    flight.secrets.add(value.view());
    return value;
}

Result<Response> TransferService::ask_for_token(const TokenRequest& token, Flight& flight) {
    for (const auto& [unused, value] : token.secrets) flight.secrets.add(value.view());
    const SecretSource source = [&](const std::string& name) -> Result<SecretText> {
        const auto found = token.secrets.find(name);
        if (found == token.secrets.end()) return fail(Errc::internal, "a token request names secret \"" + name + "\", which it does not have");
        return SecretText{found->second.view()};
    };
    return exchange(token.request, source, flight);
}

// ---- the exchange

Result<Response> TransferService::attempt(const TransferRequest& request, Flight& flight) {
    const SecretSource source = [&](const std::string& name) { return secret_of(name, request.url, flight); };
    auto response = exchange(request, source, flight);
    if (response) flight.secrets.mask(*response);
    return response;
}

Result<Response> TransferService::exchange(const TransferRequest& request, const SecretSource& secret, Flight& flight) {
    const std::string place = place_of_url(request.url);
    if (auto answer = not_now(place)) return std::move(*answer);
    if (auto answer = keep_pace(flight)) return std::move(*answer);
    OWED_TRY(auto outgoing, transport_request(request, config_, secret));
    outgoing.timeout_ms = flight.left_ms(outgoing.timeout_ms);
    outgoing.cancelled = flight.cancelled;
    auto response = send(outgoing);
    wipe(outgoing);
    if (!response) return response;
    response->retry_after_ms = std::min(response->retry_after_ms, retry_after_max_ms);
    response->detail = flight.secrets.without(std::move(response->detail));
    note(place, *response);
    record(request, *response, flight);
    return response;
}

Result<Response> TransferService::send(const transports::Request& request) {
    return doors_.transfer ? doors_.transfer(request) : session_.transfer(request);
}

/// The answer as the plugin gets it: a server may repeat what it was sent. Whoever asked for a token needs it as it came, so a copy
/// is masked, and wiped, since a new token is no known secret yet.
void TransferService::record(const TransferRequest& request, const Response& response, const Flight& flight) {
    if (!recorder_) return;
    auto shown = response;
    flight.secrets.mask(shown);
    const auto added = recorder_->add(request, shown);
    ::explicit_bzero(shown.body.data(), shown.body.size());
    if (!added && !recorder_failed_) doors_.log.error("host", config_.name + ": " + to_text(added.error()));
    recorder_failed_ = !added;
}

// ---- pace and breaker

std::optional<Response> TransferService::not_now(const std::string& place) {
    const std::lock_guard lock{mutex_};
    const auto breaker = breakers_.find(place);
    if (breaker == breakers_.end()) return {};
    const auto wait = breaker->second.wait_ms(doors_.clock.now());
    if (wait == 0) return {};
    return early(Ended::transient, place + " is not asked for another " + seconds_text(wait) + ", after " + std::to_string(breaker->second.failures()) +
                                         " failures in a row; the last: " + breaker->second.why(), wait);
}

std::optional<Response> TransferService::keep_pace(Flight& flight) {
    std::int64_t wait = 0;
    {
        const std::lock_guard lock{mutex_};
        wait = bucket_.take(doors_.clock.now(), std::min<std::int64_t>(short_wait_ms, flight.left_ms(short_wait_ms)));
    }
    if (wait == 0) return {};
    if (wait > short_wait_ms || wait > flight.left_ms(short_wait_ms))
        return early(Ended::rate_limited, "the connector's limit of " + std::to_string(config_.transfer.requests_per_minute) + " requests a minute is reached; the next may go in " + seconds_text(wait), wait);
    const std::function<bool()> stop = [&] { return flight.cancelled && flight.cancelled(); };
    if (!(doors_.sleep ? doors_.sleep(static_cast<std::uint64_t>(wait), stop) : slept(wait, stop)))
        return early(Ended::cancelled, "the request was cancelled while it waited for its turn", 0);
    return {};
}

void TransferService::note(const std::string& place, const Response& response) {
    const std::lock_guard lock{mutex_};
    if (response.outcome == Ended::cancelled) return;  // says nothing about the server
    if (!is_failure(response.outcome)) {
        breakers_.erase(place);
        return;
    }
    if (breakers_.size() >= breakers_max) breakers_.clear();
    auto& breaker = breakers_[place];
    const bool was_open = breaker.open();
    breaker.failed(doors_.clock.now(), response.detail);
    if (breaker.open() && !was_open)
        doors_.log.warn("host", config_.name + ": " + place + " failed " + std::to_string(Breaker::failures_max) + " times in a row and is left alone for " +
                                    std::to_string(Breaker::first_s) + " s; the last: " + response.detail);
}

std::string TransferService::trouble() const {
    const std::lock_guard lock{mutex_};
    std::string text;
    for (const auto& [place, breaker] : breakers_)
        if (breaker.open())
            text += (text.empty() ? "" : "; ") + place + " failed " + std::to_string(breaker.failures()) + " times in a row (" + breaker.why() + "); asked again at " + to_text(breaker.until());
    return text;
}

}  // namespace owed::host
