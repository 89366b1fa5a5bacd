// The one way out of an instance: allow-list, pace, breaker, secrets and tokens, the exchange itself, its recording.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "host/detail/cassette_recorder.hpp"
#include "host/detail/door.hpp"
#include "host/detail/masking.hpp"
#include "host/detail/oauth.hpp"
#include "host/detail/pacing.hpp"
#include "host/detail/request_parts.hpp"
#include "host/detail/url_rules.hpp"
#include "host/host.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// Of one instance. perform() on one worker thread at a time, trouble() on any.
class TransferService {
  public:
    struct Doors {
        Clock& clock;
        Rng& rng;
        Log& log;
        std::function<Result<transports::Response>(const transports::Request&)> transfer;  ///< empty: the network
        std::function<bool(std::uint64_t millis, const std::function<bool()>& stop)> sleep;  ///< as HostOptions::sleep
    };
    TransferService(const InstanceConfig& config, UrlRules rules, Doors doors);

    /// One request of the plugin, in at most `budget`. A token is fetched if the request needs one; a 401 to a request that
    /// carried one (which says that nothing was done) costs it, and the request is made once more with a new one. Whatever the
    /// answer holds of the request's secrets is masked. Errors, none of which had an effect: invalid_config, auth, plugin_bug,
    /// data, rate_limited, transient, cancelled, input_too_large.
    Result<TransferReply> perform(const TransferRequest& request, std::chrono::milliseconds budget, std::function<bool()> cancelled);

    /// Servers that are not asked at the moment, and why; empty: none. For the instance's report.
    std::string trouble() const;

  private:
    using Steady = std::chrono::steady_clock;
    /// What one perform() has.
    struct Flight {
        Steady::time_point end;
        std::function<bool()> cancelled;
        SecretValues secrets;               ///< that it has sent
        std::vector<std::string> tokens;    ///< names of the access tokens among them
        std::uint32_t left_ms(std::uint32_t wanted) const;
    };

    Status check_destination(const TransferRequest& request) const;
    void explain(transports::Response& response, const TransferRequest& request) const;
    Status may_carry(const std::string& secret, const std::string& url) const;
    Result<SecretText> secret_of(const std::string& name, const std::string& url, Flight& flight);
    Result<transports::Response> attempt(const TransferRequest& request, Flight& flight);
    Result<transports::Response> ask_for_token(const TokenRequest& token, Flight& flight);
    Result<transports::Response> exchange(const TransferRequest& request, const SecretSource& secret, Flight& flight);
    Result<transports::Response> send(const transports::Request& request);
    /// An answer in place of the server's when it is not to be asked now.
    std::optional<transports::Response> not_now(const std::string& place);
    std::optional<transports::Response> keep_pace(Flight& flight);
    void note(const std::string& place, const transports::Response& response);
    void record(const TransferRequest& request, const transports::Response& response, const Flight& flight);

    const InstanceConfig& config_;
    const UrlRules rules_;
    const Doors doors_;
    transports::Session session_;
    std::map<std::string, TokenKeeper, std::less<>> tokens_;
    std::unique_ptr<CassetteRecorder> recorder_;
    bool recorder_failed_ = false;
    mutable std::mutex mutex_;               ///< of what follows
    TokenBucket bucket_;
    std::map<std::string, Breaker> breakers_;  ///< by "https://api.example.com"
};

}  // namespace owed::host
