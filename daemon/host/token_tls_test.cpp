// Tokens and data over real TLS, against the Salesforce stand-in: it checks the JWT's signature with OpenSSL, counts a
// session's calls, and answers INVALID_SESSION_ID when they are over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "host/cassette.hpp"
#include "host/detail/transfer_service.hpp"
#include "host/test_doors.hpp"
#include "tests/standins/standin.hpp"

namespace owed::host {
namespace {

using standins::Certificates;
using testing::HasSubstr;
using testing::Not;

/// tests/standins/salesforce, with its log as the ground truth.
class Org {
  public:
    explicit Org(std::vector<std::string> more) : log_{folder_.path() / "log"} {
        std::vector<std::string> all{"/usr/bin/python3", standins::script("salesforce"), "--log", log_.string()};
        all.insert(all.end(), more.begin(), more.end());
        std::vector<char*> argv;
        for (auto& argument : all) argv.push_back(argument.data());
        argv.push_back(nullptr);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return;
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], 1);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        FILE* out = ::fdopen(ends[0], "r");
        char line[4096] = {};
        boost::system::error_code broken;
        if (::fgets(line, sizeof line, out) != nullptr) {
            const auto said = boost::json::parse(line, broken);
            if (!broken) port_ = std::to_string(said.at("port").as_int64());
        }
        ::fclose(out);
    }
    ~Org() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Org(const Org&) = delete;
    Org& operator=(const Org&) = delete;
    bool ready() const { return !port_.empty(); }
    std::string url() const { return "https://127.0.0.1:" + port_; }  // as the token reply names it
    std::string log() const {
        std::ostringstream text;
        text << std::ifstream{log_}.rdbuf();
        return text.str();
    }

  private:
    standins::TempFolder folder_;
    std::filesystem::path log_;
    pid_t child_ = -1;
    std::string port_;
};

/// The system's clock: the org compares the JWT's times with its own.
struct RealClock : Clock {
    Instant now() override {
        return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
    }
};

struct Crm {
    test::TempFolder folder;
    InstanceConfig config;
    RealClock clock;
    test::CountingRng rng;
    test::KeptLog log;
    std::unique_ptr<TransferService> service;

    Crm(const Org& org, OAuthClient::Grant grant) {
        config.name = "crm";
        config.transfer.plain_text_on_loopback = false;
        config.transfer.ca_file = Certificates::made().file("ca.pem");
        config.transfer.record = folder.path("crm.cassette");
        auto& client = config.oauth["login"];
        client.grant = grant;
        client.token_url = org.url() + "/services/oauth2/token";
        client.client_id = "owed-consumer-key";
        client.subject = "integration@owed.test";
        client.audience = "https://login.salesforce.com";
    }
    Result<TransferReply> get(const Org& org, const std::string& path) {
        UrlRules rules;
        rules.allow_urls = {org.url() + "/services/data/"};
        if (!service) service = std::make_unique<TransferService>(config, rules, TransferService::Doors{clock, rng, log, {}, {}});
        TransferRequest request;
        request.method = "GET";
        request.url = org.url() + path;
        request.headers = {{"Authorization", {{false, OWED_RAW, "Bearer "}, {true, OWED_RAW, "login"}}}};
        return service->perform(request, std::chrono::seconds{20}, {});
    }
};

std::string file_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

TEST(TokenOverTls, a_jwt_session_that_ends_is_renewed_unseen) {
    const auto& made = Certificates::made();
    ASSERT_TRUE(made.ready());
    test::TempFolder keys;
    const auto key = keys.path("app.key"), certificate = keys.path("app.pem");
    ASSERT_EQ(standins::run({"/usr/bin/env", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=app", "-keyout", key, "-out", certificate}), 0);
    auto arguments = made.serve("good");
    arguments.insert(arguments.end(), {"--jwt-key", certificate, "--session-calls", "2"});
    const Org org{arguments};
    ASSERT_TRUE(org.ready());
    Crm crm{org, OAuthClient::Grant::jwt_bearer};
    crm.config.oauth["login"].private_key = [&]() -> Result<std::string> { return file_text(key); };
    for (int i = 0; i < 7; ++i) {
        const auto reply = crm.get(org, "/services/data/v62.0/limits");
        ASSERT_TRUE(reply) << to_text(reply.error());
        EXPECT_EQ(reply->code, 200) << i << ": " << reply->body;
    }
    const auto tape = crm.folder.get("crm.cassette");
    EXPECT_THAT(tape, HasSubstr("INVALID_SESSION_ID"));
    EXPECT_THAT(tape, HasSubstr(R"("&assertion=",{"secret":"assertion"})"));
    EXPECT_THAT(tape, HasSubstr(R"(\"access_token\":)"));
    EXPECT_THAT(tape, Not(HasSubstr(R"(\"access_token\":\"00D)")));
    EXPECT_THAT(tape, Not(HasSubstr("Bearer 00D")));
    EXPECT_TRUE(crm.service->trouble().empty());
}

TEST(TokenOverTls, refusals_are_told_as_the_server_says_them) {
    ASSERT_TRUE(Certificates::made().ready());
    auto arguments = Certificates::made().serve("good");
    arguments.insert(arguments.end(), {"--client-secret", "right-s3cret"});
    const Org org{arguments};
    ASSERT_TRUE(org.ready());
    Crm crm{org, OAuthClient::Grant::client_credentials};
    std::string secret = "wrong-s3cret";
    crm.config.oauth["login"].client_secret = [&]() -> Result<std::string> { return secret; };
    const auto refused = crm.get(org, "/services/data/v62.0/limits");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::auth) << to_text(refused.error());
    EXPECT_THAT(refused.error().what, HasSubstr("127.0.0.1 refuses it: invalid_client"));
    EXPECT_THAT(to_text(refused.error()), Not(HasSubstr("wrong-s3cret")));
    secret = "right-s3cret";
    crm.service.reset();
    const auto reply = crm.get(org, "/services/data/v62.0/limits");
    ASSERT_TRUE(reply) << to_text(reply.error());
    EXPECT_EQ(reply->code, 200);
    EXPECT_FALSE(crm.get(org, "/services/oauth2/token"));  // not below what the connector allows, though tokens come from there
}

TEST(TokenOverTls, a_token_for_another_host_is_not_sent) {
    ASSERT_TRUE(Certificates::made().ready());
    auto arguments = Certificates::made().serve("good");
    arguments.insert(arguments.end(), {"--client-secret", "right-s3cret", "--instance-url", "https://acme.my.salesforce.test"});
    const Org org{arguments};
    ASSERT_TRUE(org.ready());
    Crm crm{org, OAuthClient::Grant::client_credentials};
    crm.config.oauth["login"].client_secret = []() -> Result<std::string> { return std::string{"right-s3cret"}; };
    const auto refused = crm.get(org, "/services/data/v62.0/limits");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("https://acme.my.salesforce.test"));
    EXPECT_THAT(refused.error().what, HasSubstr(org.url()));
    EXPECT_THAT(org.log(), Not(HasSubstr("/limits")));
}

}  // namespace
}  // namespace owed::host
