#include "email/smtp.hpp"

#include <gtest/gtest.h>

namespace owed::plugins::email {
namespace {

Delivery delivery() {
    Delivery d;
    d.key = "k1";
    d.channel = "email";
    d.sender_address = "billing@example.test";
    d.recipients = {"ap@customer.test", "boss@customer.test"};
    d.message = "Subject: x\r\n\r\nbody\r\n";
    return d;
}

Server server(Security security = Security::starttls) {
    return {.host = "mail.example.test", .port = 587, .security = security, .user = {}, .password_secret = {}, .from = {}};
}

TEST(EmailRequest, says_what_the_settings_say) {
    Server with_login = server();
    with_login.user = "owed";
    with_login.password_secret = "smtp";
    const auto request = request_for(with_login, delivery());
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "MAIL");
    EXPECT_EQ(request->url, "smtp://mail.example.test:587");
    EXPECT_FALSE(request->plain_text);
    EXPECT_EQ(request->mail_from, "billing@example.test");
    EXPECT_EQ(request->recipients.size(), 2u);
    ASSERT_EQ(request->body.size(), 1u);
    EXPECT_FALSE(request->body[0].is_secret);
    EXPECT_EQ(request->body[0].value, delivery().message);
    ASSERT_EQ(request->password.size(), 1u);
    EXPECT_TRUE(request->password[0].is_secret);
    EXPECT_EQ(request->password[0].value, "smtp");
    EXPECT_EQ(request->idempotency_key, "k1");
    EXPECT_EQ(request_for(server(Security::tls), delivery())->url, "smtps://mail.example.test:587");
    EXPECT_TRUE(request_for(server(Security::none), delivery())->plain_text);
    Server own_sender = server();
    own_sender.from = "bounce@example.test";
    EXPECT_EQ(request_for(own_sender, delivery())->mail_from, "bounce@example.test");
}

TEST(EmailRequest, an_incomplete_delivery_is_refused) {
    Delivery d = delivery();
    d.message.clear();
    EXPECT_FALSE(request_for(server(), d));
    d = delivery();
    d.recipients.clear();
    EXPECT_FALSE(request_for(server(), d));
    d = delivery();
    d.sender_address.clear();
    EXPECT_FALSE(request_for(server(), d));
}

TEST(EmailReceipt, table) {
    struct Case {
        const char* name;
        std::optional<Errc> failure;
        int code;
        bool bytes_left;
        std::optional<SendState> state;  ///< empty: an Error
    };
    for (const Case& c : std::vector<Case>{
             {"accepted", {}, 250, true, SendState::sent},
             {"refused", {}, 550, false, SendState::refused},
             {"refused after the message", {}, 554, true, SendState::refused},
             {"busy", {}, 451, false, SendState::retry},
             {"login", {}, 535, false, {}},
             {"login wanted", {}, 530, false, {}},
             {"no code at all", {}, 0, true, SendState::unknown},
             {"a code that is none", {}, 354, true, SendState::unknown},
             {"permanent", Errc::permanent, 550, false, SendState::refused},
             {"wrong address", Errc::data, 0, false, SendState::refused},
             {"transient", Errc::transient, 554, false, SendState::retry},
             {"rate", Errc::rate_limited, 450, true, SendState::retry},
             {"slow", Errc::timed_out, 0, false, SendState::retry},
             {"unknown", Errc::unknown_outcome, 354, true, SendState::unknown},
             {"auth", Errc::auth, 535, false, {}},
             {"config", Errc::invalid_config, 0, false, {}},
             {"anything else, nothing left", Errc::internal, 0, false, {}},
             {"anything else, bytes left", Errc::internal, 0, true, SendState::unknown},
             {"cancelled, bytes left", Errc::cancelled, 0, true, SendState::unknown},
         }) {
        const plugin::Response response{.failure = c.failure, .code = c.code, .bytes_left = c.bytes_left, .retry_after = {},
                                        .headers = {}, .body = {}, .message = "said so"};
        const auto receipt = receipt_of(response);
        ASSERT_EQ(receipt.has_value(), c.state.has_value()) << c.name;
        if (receipt) {
            EXPECT_EQ(receipt->state, *c.state) << c.name;
            EXPECT_EQ(receipt->detail, "said so") << c.name;
        }
    }
}

}  // namespace
}  // namespace owed::plugins::email
