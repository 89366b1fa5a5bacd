// The transfer service of one instance, over an exchange that the test answers itself.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/detail/request_parts.hpp"
#include "host/detail/transfer_service.hpp"
#include "host/test_doors.hpp"

namespace owed::host::test {

using transports::Request;
using transports::Response;
using Ended = transports::Outcome;

inline Response answer(Ended outcome, int status, std::string body = {}) {
    Response response;
    response.outcome = outcome;
    response.status = status;
    response.body = std::move(body);
    response.detail = "as the test says";
    return response;
}
inline std::string token_json(const std::string& token, const std::string& more = {}) {
    return R"({"access_token":")" + token + R"(","token_type":"Bearer")" + more + "}";
}
inline std::function<Result<std::string>()> fixed(std::string value) {
    return [value]() -> Result<std::string> { return value; };
}

inline RequestPart text(std::string value) { return {false, OWED_RAW, std::move(value)}; }
inline RequestPart secret(std::string name, std::uint32_t encoding = OWED_RAW) { return {true, encoding, std::move(name)}; }

/// One instance's service; `answers` are what the network says.
struct TransferBench {
    InstanceConfig config;
    UrlRules rules;
    SetClock clock;
    CountingRng rng;
    KeptLog log;
    std::vector<Request> seen;
    std::deque<Result<Response>> answers;  ///< in order; none left: 200
    std::vector<std::uint64_t> slept;
    std::unique_ptr<TransferService> service;

    TransferBench() {
        config.name = "crm";
        config.where = "owed.yaml:7:3";
        rules.allow_urls = {"https://api.example.test/"};
        config.secret = [](std::string_view name) -> Result<std::string> {
            if (name == "login") return std::string{"hunter2-hunter2"};
            return fail(Errc::invalid_config, "no secret " + std::string{name});
        };
    }
    TransferService& it() {
        if (!service)
            service = std::make_unique<TransferService>(config, rules, TransferService::Doors{clock, rng, log,
                [this](const Request& request) -> Result<Response> {
                    seen.push_back(request);
                    if (answers.empty()) return answer(Ended::ok, 200, "{}");
                    auto next = std::move(answers.front());
                    answers.pop_front();
                    return next;
                },
                [this](std::uint64_t ms, const std::function<bool()>& stop) {
                    slept.push_back(ms);
                    return !stop();
                }});
        return *service;
    }
    Result<TransferReply> ask(TransferRequest request) { return it().perform(request, std::chrono::seconds{30}, [this] { return cancelled; }); }
    TransferRequest with_token(const std::string& method = "GET", const std::string& url = "https://api.example.test/v1") {
        TransferRequest request;
        request.method = method;
        request.url = url;
        request.headers = {{"Authorization", {text("Bearer "), secret("token")}}};
        return request;
    }
    OAuthClient& client(OAuthClient::Grant grant = OAuthClient::Grant::client_credentials) {
        auto& client = config.oauth["token"];
        client.grant = grant;
        client.token_url = "https://login.example.test/oauth2/token";
        client.client_id = "owed & co";
        client.client_secret = fixed("cl1ent-s3cret");
        client.where = "owed.yaml:9:5";
        return client;
    }
    bool cancelled = false;
};

}  // namespace owed::host::test
