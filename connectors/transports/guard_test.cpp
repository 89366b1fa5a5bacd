#include "transports/guard.hpp"

#include <gtest/gtest.h>

namespace owed::transports {
namespace {

struct AddressCase {
    const char* name;
    std::string address;
    bool taken;
};

TEST(Guard, addresses) {
    const std::vector<AddressCase> cases{
        {"plain", "ap@customer.test", true},
        {"plus and dots", "a.b+owed@mail.customer.test", true},
        {"utf8 is the server's business", "jürgen@müller.test", true},
        {"apostrophe", "o'neil@customer.test", true},
        {"second command", "v@x.test>\r\nRCPT TO:<evil@x.test", false},
        {"lone cr", "v@x.test\rDATA", false},
        {"lone lf", "v@x.test\nDATA", false},
        {"nul", std::string("v@x.test\0y", 10), false},
        {"del", "v\x7f@x.test", false},
        {"parameter after bracket", "v@x.test> NOTIFY=NEVER", false},
        {"blank", "v @x.test", false},
        {"tab", "v\t@x.test", false},
        {"two addresses", "a@x.test,b@x.test", false},
        {"source route", "@relay.test:v@x.test", false},
        {"two ats", "a@b@x.test", false},
        {"no at", "customer", false},
        {"no local part", "@x.test", false},
        {"no domain", "v@", false},
        {"empty", "", false},
        {"display name", "Anna <anna@x.test>", false},
        {"empty label", "v@x..test", false},
        {"option-like domain", "v@-oProxy.test", false},
        {"long local part", std::string(65, 'a') + "@x.test", false},
        {"literal domain", "v@[127.0.0.1]", false},
    };
    for (const AddressCase& c : cases) {
        const Status status = check_address(c.address);
        EXPECT_EQ(status.has_value(), c.taken) << c.name;
        if (!status) {
            EXPECT_EQ(status.error().code, Errc::data) << c.name;
            EXPECT_EQ(status.error().what.find_first_of("\r\n"), std::string::npos) << c.name;
        }
    }
}

/// Every byte below 0x20 and 0x7f, at every place of an address, a header and a URL.
TEST(Guard, no_control_byte_anywhere) {
    for (int byte = 0; byte <= 0x7f; byte = byte == 0x1f ? 0x7f : byte + 1) {
        for (std::size_t at = 0; at <= 8; ++at) {
            std::string address = "ap@x.tst", value = "8 bytes.", url = "https://a.test/x";
            address.insert(at, 1, static_cast<char>(byte));
            value.insert(at, 1, static_cast<char>(byte));
            url.insert(at + 8, 1, static_cast<char>(byte));
            EXPECT_FALSE(check_address(address)) << byte << " at " << at;
            EXPECT_EQ(check_header({"X-Note", value}).has_value(), byte == '\t') << byte << " at " << at;
            EXPECT_FALSE(check_url(url, Encryption::required)) << byte << " at " << at;
        }
    }
}

TEST(Guard, header_names_are_tokens) {
    EXPECT_TRUE(check_header({"X-Customer_1", "acme"}));
    EXPECT_TRUE(check_header({"X-Empty", ""}));
    for (const char* name : {"", "X Y", "X:", "X\r\nY", "Xé"}) EXPECT_FALSE(check_header({name, "v"})) << name;
    const Status secret = check_header({"Authorization", "Bearer hunter2\r\nX-Admin: 1"});
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().what.find("hunter2"), std::string::npos);
}

struct UrlCase {
    const char* url;
    Encryption encryption;
    bool taken;
};

TEST(Guard, urls) {
    constexpr auto must = Encryption::required;
    constexpr auto never = Encryption::never_on_loopback;
    const std::vector<UrlCase> cases{
        {"https://api.test/v1?x=1", must, true},
        {"smtp://mail.test:587", must, true},
        {"smtps://mail.test:465", must, true},
        {"http://127.0.0.1:8080/", never, true},
        {"smtp://localhost:2525", never, true},
        {"http://api.test/", must, false},
        {"https://api.test/", never, false},
        {"smtps://localhost", never, false},
        {"https://user:pw@api.test/", must, false},
        {"smtp://user@mail.test", must, false},
        {"file:///etc/passwd", must, false},
        {"gopher://127.0.0.1:25/x", never, false},
        {"dict://127.0.0.1/", never, false},
        {"https:///nohost", must, false},
        {"https://exa mple.test/", must, false},
        {"https://ex\xc3\xa4mple.test/", must, false},
        {"", must, false},
        {"mail.test", must, false},
    };
    for (const UrlCase& c : cases) EXPECT_EQ(check_url(c.url, c.encryption).has_value(), c.taken) << c.url;
    const Status secret = check_url("https://u:hunter2@api.test/", must);
    ASSERT_FALSE(secret);
    EXPECT_EQ(secret.error().what.find("hunter2"), std::string::npos);
}

TEST(Guard, peers) {
    struct Case {
        const char* ip;
        bool encrypted, plain;
    };
    for (const Case& c : std::vector<Case>{
             {"127.0.0.1", true, true},
             {"127.8.9.1", true, true},
             {"::1", true, true},
             {"::ffff:127.0.0.1", true, true},
             {"192.0.2.7", true, false},
             {"10.0.0.5", true, false},
             {"::ffff:10.0.0.5", true, false},
             {"2001:db8::1", true, false},
             {"169.254.169.254", false, false},
             {"::ffff:169.254.169.254", false, false},
             {"fe80::1", false, false},
             {"fe80::1%eth0", false, false},
             {"0.0.0.0", false, false},
             {"::", false, false},
             {"224.0.0.1", false, false},
             {"255.255.255.255", false, false},
             {"ff02::1", false, false},
             {"nonsense", false, false},
         }) {
        EXPECT_EQ(check_peer(c.ip, Encryption::required).has_value(), c.encrypted) << c.ip;
        EXPECT_EQ(check_peer(c.ip, Encryption::never_on_loopback).has_value(), c.plain) << c.ip;
    }
}

TEST(Guard, line_ends_become_crlf) {
    EXPECT_EQ(with_crlf("a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd\r\n");
    EXPECT_EQ(with_crlf("a\r\n"), "a\r\n");
    EXPECT_EQ(with_crlf("a\n.\nb\r\n"), "a\r\n.\r\nb\r\n");
    EXPECT_EQ(with_crlf("a\r\r\n"), "a\r\n\r\n");
}

TEST(Guard, requests) {
    Request mail{.url = "smtp://localhost:2525", .body = "Subject: x\r\n\r\ny\r\n", .mail_from = "a@x.test",
                 .recipients = {"b@x.test"}, .encryption = Encryption::never_on_loopback};
    EXPECT_TRUE(check(mail));
    Request wrong = mail;
    wrong.recipients.clear();
    EXPECT_FALSE(check(wrong));
    wrong = mail;
    wrong.recipients.push_back("c@x.test\r\nDATA");
    EXPECT_FALSE(check(wrong));
    wrong = mail;
    wrong.mail_from = "";
    ASSERT_FALSE(check(wrong));
    EXPECT_EQ(check(wrong).error().code, Errc::invalid_config);
    wrong = mail;
    wrong.helo = "x\r\nMAIL FROM:<a@b>";
    EXPECT_FALSE(check(wrong));
    wrong = mail;
    wrong.user = "u\r\n";
    EXPECT_FALSE(check(wrong));
    wrong = mail;
    wrong.timeout_ms = 0;
    EXPECT_FALSE(check(wrong));
    wrong = mail;
    wrong.body_bytes_max = 3;
    ASSERT_FALSE(check(wrong));
    EXPECT_EQ(check(wrong).error().code, Errc::input_too_large);
    wrong = {.method = "CONNECT", .url = "https://api.test/"};
    EXPECT_FALSE(check(wrong));
}

}  // namespace
}  // namespace owed::transports
