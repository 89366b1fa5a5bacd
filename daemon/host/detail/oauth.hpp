// Access tokens that the host fetches, keeps in memory and renews, so that a plugin only ever names them.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "host/detail/door.hpp"
#include "host/detail/secret_text.hpp"
#include "host/host.hpp"

namespace owed::host {

/// A request whose secret parts are not the configuration's: they are in `secrets`, by the names that stand in the parts.
struct TokenRequest {
    TransferRequest request;
    std::map<std::string, SecretText> secrets;
};

/// One secret of one instance that is an access token. current() and drop() on the worker thread, one at a time.
class TokenKeeper {
  public:
    struct Doors {
        Clock& clock;
        Rng& rng;
        Log& log;
    };
    /// Sends a token request. The reply's body holds the token: nobody else may keep it.
    using Exchange = std::function<Result<transports::Response>(const TokenRequest&)>;

    TokenKeeper(std::string name, const InstanceConfig& config, const OAuthClient& client, Doors doors);

    struct Token {
        SecretText value;
        std::string instance_url;  ///< what the server said that it is for; empty: nothing
    };
    /// The token that is good now: the kept one, or a new one. After a refusal the server is not asked again for five
    /// minutes, since repeated wrong logins lock accounts. Errors: auth, invalid_config, transient, rate_limited, cancelled;
    /// with what the server said and what to do, never a secret.
    Result<Token> current(const Exchange& exchange);
    /// The server does not take the token any more.
    void drop();

  private:
    Result<TokenRequest> request() const;
    Status add_jwt(TokenRequest& to, const char* field, const std::string& subject, bool with_id) const;
    Status add_refresh_token(TokenRequest& to) const;
    Status add_client(TokenRequest& to) const;
    Status fetch(const Exchange& exchange);
    Status take_token(std::string_view json);
    void take_refresh_token(std::string_view value);
    Error refusal(const transports::Response& response, const TokenRequest& sent) const;
    std::string title() const;

    const std::string name_;
    const InstanceConfig& config_;
    const OAuthClient& client_;
    Doors doors_;
    SecretText token_, rotated_refresh_token_;
    std::string instance_url_;
    std::optional<Instant> renew_at_;
    std::optional<Error> refused_;
    Instant refused_until_{};
};

}  // namespace owed::host
