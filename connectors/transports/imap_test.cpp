// Against Dovecot, and servers that mean harm.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transports/detail/imap_words.hpp"
#include "transports/detail/mailbox_name.hpp"
#include "transports/test_dovecot.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {
namespace {

namespace fs = std::filesystem;
using namespace detail;
using standins::Certificates;
using standins::StandIn;
using ::testing::HasSubstr;
using ::testing::Not;

// ---- words

TEST(MailboxNames, are_modified_utf7_on_the_line) {
    // RFC 3501 5.1.3 has the third one.
    for (const auto& [utf8, wire] : {std::pair{"INBOX", "INBOX"}, {"Eing\xc3\xa4nge", "Eing&AOQ-nge"}, {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
                                     {"Muster & Co", "Muster &- Co"}, {"\xf0\x9f\x92\xb6", "&2D3ctg-"}, {"a\xc3\xa4", "a&AOQ-"}}) {
        EXPECT_EQ(mailbox_to_wire(utf8), wire);
        EXPECT_EQ(mailbox_from_wire(wire), utf8);
    }
    for (const char* broken : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) EXPECT_FALSE(mailbox_to_wire(broken)) << broken;
    for (const char* broken : {"&", "&AOQ", "&AO!-", "&2D0-", "&3LY-", "\xc3\xa4"}) EXPECT_FALSE(mailbox_from_wire(broken)) << broken;
}

Result<ImapWords> words(const char* method, const std::string& mailbox, std::vector<Header> headers) {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    return words_of(request, mailbox);
}

TEST(ImapWords, headers_become_search_keys) {
    const auto all = words("SEARCH", "INBOX", {{"Uid-After", "16"}, {"Since", "2026-02-01"}, {"before", "2026-12-31"}, {"From", "bank@example.com"}, {"Subject", "Avis (2) {3} %*"},
                                               {"Message-Id", "<a.1@b.example>"}, {"With-Flags", "\\Flagged $Work"}, {"Without-Flags", "\\seen $Taken"}});
    ASSERT_TRUE(all) << to_text(all.error());
    EXPECT_EQ(all->search, "UID 17:* SINCE 1-Feb-2026 BEFORE 31-Dec-2026 FROM \"bank@example.com\" SUBJECT \"Avis (2) {3} %*\" HEADER Message-Id \"<a.1@b.example>\" "
                           "FLAGGED KEYWORD $Work UNSEEN UNKEYWORD $Taken");
    EXPECT_EQ(all->mailbox, "\"INBOX\"");
    EXPECT_EQ(words("SEARCH", "INBOX", {})->search, "ALL");
    EXPECT_EQ(words("COPY", "Eing\xc3\xa4nge", {{"Uid", "3"}, {"Destination", "Erledigt"}})->mailbox, "\"Eing&AOQ-nge\"");
}

TEST(ImapWords, nothing_smuggles_a_command) {
    const auto code = [](const char* method, const std::string& mailbox, std::vector<Header> headers) {
        const auto made = words(method, mailbox, std::move(headers));
        return made ? Errc::internal : made.error().code;
    };
    for (const std::string& bad : {std::string{"a\r\nA9 DELETE INBOX"}, std::string{"a\" OR ALL"}, std::string{"a\\"}, std::string{"a\0b", 3}, std::string{"\xc3\xa4"}, std::string{"a\x7f"}, std::string{}}) {
        for (const char* name : {"From", "To", "Subject", "Message-Id"}) EXPECT_EQ(code("SEARCH", "INBOX", {{name, bad}}), Errc::data) << name;
        for (const char* name : {"Since", "Before", "Uid-After", "With-Flags", "Without-Flags", "Uid-Validity"}) EXPECT_EQ(code("SEARCH", "INBOX", {{name, bad}}), Errc::data) << name;
        for (const char* name : {"Add-Flags", "Remove-Flags"}) EXPECT_EQ(code("STORE", "INBOX", {{"Uid", "1"}, {name, bad}}), Errc::data) << name;
    }
    for (const std::string& bad : {std::string{"a\r\nA9 LOGOUT"}, std::string{"a\"b"}, std::string{"a\\b"}, std::string{"a*"}, std::string{"%"}, std::string{"\xff"}, std::string(1001, 'x')}) {
        EXPECT_EQ(code("SEARCH", bad, {}), Errc::data) << bad;
        EXPECT_EQ(code("MOVE", "INBOX", {{"Uid", "1"}, {"Destination", bad}}), Errc::data) << bad;
    }
    for (const char* bad : {"0", "-1", "1:*", "1,2", "99999999999", "x", " 1", "1 "}) EXPECT_EQ(code("GET", "INBOX", {{"Uid", bad}}), Errc::data) << bad;
    for (const char* bad : {"2026-13-01", "2026-1-01", "1-Feb-2026", "2026-02-32", "2026-02-0x"}) EXPECT_EQ(code("SEARCH", "INBOX", {{"Since", bad}}), Errc::data) << bad;
    for (const char* bad : {"\\Recent", "\\Seen)", "(\\Seen", "a b)", "\\"}) EXPECT_EQ(code("STORE", "INBOX", {{"Uid", "1"}, {"Add-Flags", bad}}), Errc::data) << bad;
    EXPECT_EQ(code("GET", "INBOX", {}), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "INBOX", {{"Uid", "1"}, {"Subject", "x"}}), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "INBOX", {{"Uid", "1"}, {"uid", "2"}}), Errc::invalid_argument);
    EXPECT_EQ(code("STORE", "INBOX", {{"Uid", "1"}}), Errc::invalid_argument);
    EXPECT_EQ(code("MOVE", "INBOX", {{"Uid", "1"}}), Errc::invalid_argument);
    EXPECT_EQ(code("EXPUNGE", "INBOX", {}), Errc::invalid_argument);
    EXPECT_EQ(code("LIST", "INBOX", {}), Errc::invalid_argument);
    EXPECT_EQ(code("SEARCH", "", {}), Errc::data);
}

TEST(ImapWords, answers_are_read) {
    const auto tokens = [](std::string_view line, const std::vector<std::string>& literals = {}) {
        auto all = tokens_of(line, literals);
        return all ? *all : std::vector<Token>{};
    };
    const auto message = fetched(tokens("* 12 FETCH (FLAGS (\\Seen $Taken) X (a (b)) UID 17 BODY[] {5})", {"a)\r\n("}));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->uid, 17u);
    EXPECT_EQ(message->flags, "\\Seen $Taken");
    EXPECT_EQ(message->body, "a)\r\n(");
    EXPECT_EQ(fetched(tokens("* 1 FETCH (UID 2 BODY[] \"sh\\\"ort\")"))->body, "sh\"ort");
    EXPECT_FALSE(fetched(tokens("* 1 FETCH (UID 2 BODY[] NIL)"))->has_body);
    EXPECT_FALSE(fetched(tokens("* 1 EXISTS")));
    EXPECT_FALSE(fetched(tokens("")));
    EXPECT_EQ(*found(tokens("* SEARCH 3 1 2 x")), (std::vector<std::uint32_t>{3, 1, 2}));
    EXPECT_EQ(listed_mailbox(tokens(R"(* LIST (\HasNoChildren) "/" "Eing&AOQ-nge")")), "Eing\xc3\xa4nge");
    EXPECT_EQ(listed_mailbox(tokens(R"(* LIST () NIL INBOX)")), "INBOX");
    EXPECT_EQ(listed_mailbox(tokens(R"(* LIST () "." {3})", {"a b"})), "a b");
    for (const char* other : {R"(* LIST (\Noselect) "/" x)", R"(* LIST () "/" "a\"b")", R"(* LIST () "/" &broken)", R"(* LIST () "/")", R"(* LIST (\x "/" y)", "* LSUB () \"/\" x"})
        EXPECT_FALSE(listed_mailbox(tokens(other))) << other;
    EXPECT_EQ(literal_at_end("* 1 FETCH (BODY[] {120}"), 120u);
    EXPECT_EQ(literal_at_end("{7+}"), 7u);
    EXPECT_EQ(literal_at_end("{99999999999999999999999}"), UINT64_MAX);
    for (const char* none : {"", "}", "{}", "{x}", "{-1}", "{1} "}) EXPECT_FALSE(literal_at_end(none)) << none;
    EXPECT_EQ(code_of("A1 NO [TRYCREATE] no"), "TRYCREATE");
    EXPECT_EQ(code_of("A1 NO no [X]"), "");
    EXPECT_EQ(outcome_of_no("A1 NO [UNAVAILABLE] x"), Outcome::transient);
    EXPECT_EQ(outcome_of_no("A1 NO [AUTHENTICATIONFAILED] x"), Outcome::auth);
    EXPECT_EQ(outcome_of_no("A1 BAD x"), Outcome::refused);
}

TEST(ImapWords, noise_is_no_answer_and_does_no_harm) {
    std::uint32_t seed = 20261122;
    const auto next = [&] { return seed = seed * 1664525 + 1013904223, seed >> 16; };
    constexpr std::string_view letters = "* FETCH()[]{}\"\\ \r\n0123UIDBODY&-\xff";
    for (int i = 0; i < 20'000; ++i) {
        std::string line = i % 2 == 0 ? "* 1 FETCH (" : "* LIST (";
        for (auto length = next() % 60; length > 0; --length) line += letters[next() % letters.size()];
        if (auto tokens = tokens_of(line, {"literal"})) {
            (void)found(*tokens);
            (void)listed_mailbox(*tokens);
            if (const auto message = fetched(std::move(*tokens))) {
                EXPECT_LE(message->body.size(), line.size() + 7);
            }
        }
        (void)literal_at_end(line);
        (void)code_of(line);
    }
}

// ---- Dovecot

#define NEEDS_DOVECOT() \
    if (!fs::exists("/usr/sbin/dovecot")) GTEST_SKIP() << "dovecot-imapd is not installed"

Response done(const Request& request) {
    auto response = transfer(request);
    EXPECT_TRUE(response) << (response ? "" : to_text(response.error()));
    return response ? std::move(*response) : Response{};
}
std::string header(const Response& response, const std::string& name) {
    for (const auto& one : response.headers)
        if (one.name == name) return one.value;
    return {};
}

TEST(Imap, messages_are_found_fetched_marked_and_moved) {
    NEEDS_DOVECOT();
    const Dovecot stand;
    ASSERT_TRUE(stand.server.ready()) << stand.log();
    auto response = done(stand.ask("LIST", "/"));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail << stand.log();
    EXPECT_EQ(response.body, "Eing\xc3\xa4nge\nErledigt\nINBOX\n");

    response = done(stand.ask("SEARCH", "/INBOX"));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(response.body, "1\n2\n3\n");
    const auto validity = header(response, "uid-validity");
    EXPECT_FALSE(validity.empty());
    EXPECT_EQ(header(response, "uid-next"), "4");
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Uid-After", "2"}, {"Uid-Validity", validity}})).body, "3\n");
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Uid-After", "3"}})).body, "") << "3:* of IMAP is the last message";
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"From", "bank@"}, {"Subject", "avis"}})).body, "1\n");
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Message-Id", "one@bank.example"}})).body, "1\n");
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Since", "2099-01-01"}})).body, "");

    response = done(stand.ask("GET", "/INBOX", {{"Uid", "2"}}));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(response.body, "From: other@example.com\r\nSubject: Avis 2026-02\r\n\r\nSecond {3}\r\nA3 OK done\r\n");
    EXPECT_EQ(done(stand.ask("GET", "/INBOX", {{"Uid", "3"}})).body.size(), 200'047u);
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Without-Flags", "\\Seen"}})).body, "1\n2\n3\n") << "what was fetched does not count as read";

    response = done(stand.ask("STORE", "/INBOX", {{"Uid", "2"}, {"Add-Flags", "\\Seen $Taken"}}));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_THAT(header(response, "flags"), HasSubstr("\\Seen"));
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"With-Flags", "$Taken"}})).body, "2\n");
    EXPECT_EQ(done(stand.ask("STORE", "/INBOX", {{"Uid", "2"}, {"Remove-Flags", "$Taken"}})).outcome, Outcome::ok);
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Without-Flags", "$Taken"}})).body, "1\n2\n3\n");

    response = done(stand.ask("COPY", "/INBOX", {{"Uid", "1"}, {"Destination", "Eing\xc3\xa4nge"}}));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_THAT(header(response, "copy-uid"), ::testing::EndsWith(" 1 1"));
    response = done(stand.ask("MOVE", "/INBOX", {{"Uid", "1"}, {"Destination", "Erledigt"}}));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX")).body, "2\n3\n");
    EXPECT_THAT(done(stand.ask("GET", "/Erledigt", {{"Uid", "1"}})).body, HasSubstr("First"));
    EXPECT_THAT(done(stand.ask("GET", "/Eing%C3%A4nge", {{"Uid", "1"}})).body, HasSubstr("First"));
}

TEST(Imap, starttls_and_what_the_server_refuses) {
    NEEDS_DOVECOT();
    const Dovecot stand;
    ASSERT_TRUE(stand.server.ready()) << stand.log();
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {}, false)).body, "1\n2\n3\n") << "STARTTLS";
    for (const char* method : {"GET", "STORE", "MOVE"}) {
        std::vector<Header> headers{{"Uid", "77"}};
        if (std::string_view{method} == "STORE") headers.push_back({"Add-Flags", "\\Seen"});
        if (std::string_view{method} == "MOVE") headers.push_back({"Destination", "Erledigt"});
        const auto response = done(stand.ask(method, "/INBOX", headers));
        EXPECT_EQ(response.outcome, Outcome::refused) << method;
        EXPECT_THAT(response.detail, HasSubstr("there is no message 77")) << method;
    }
    EXPECT_EQ(done(stand.ask("SEARCH", "/None")).outcome, Outcome::refused);
    EXPECT_EQ(done(stand.ask("SEARCH", "/INBOX", {{"Uid-Validity", "5"}})).outcome, Outcome::refused);
    const auto response = done(stand.ask("COPY", "/INBOX", {{"Uid", "1"}, {"Destination", "None"}}));
    EXPECT_EQ(response.outcome, Outcome::refused);
    EXPECT_THAT(response.detail, HasSubstr("not there"));
    auto large = stand.ask("GET", "/INBOX", {{"Uid", "3"}});
    large.reply_bytes_max = 1000;
    const auto refused = transfer(large);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::input_too_large);
    auto wrong = stand.ask("LIST", "/");
    wrong.password = "wrong \"pass\\word";
    const auto denied = done(wrong);
    EXPECT_EQ(denied.outcome, Outcome::auth) << denied.detail;
    EXPECT_THAT(denied.detail + denied.reply, Not(HasSubstr("wrong")));
}

TEST(Imap, a_wrong_certificate_gets_no_login) {
    NEEDS_DOVECOT();
    for (const char* certificate : {"wrong-name", "expired", "other"}) {
        const Dovecot stand{certificate};
        ASSERT_TRUE(stand.server.ready()) << stand.log();
        for (const bool implicit : {true, false}) EXPECT_EQ(done(stand.ask("LIST", "/", {}, implicit)).outcome, Outcome::untrusted) << certificate;
        EXPECT_THAT(stand.log(), Not(HasSubstr("Login: user")));
    }
}

TEST(ImapTokens, log_in_in_place_of_a_password) {
    NEEDS_DOVECOT();
    for (const char* mechanism : {"oauthbearer", "xoauth2", "oauthbearer xoauth2"}) {
        // CRAM-MD5 and PLAIN are there as well: curl would take the one with no password, and the other where TLS is.
        const Dovecot stand{"good", std::string{"plain cram-md5 "} + mechanism};
        ASSERT_TRUE(stand.server.ready()) << stand.log();
        for (const bool implicit : {true, false}) {
            auto request = stand.ask("SEARCH", "/INBOX", {}, implicit);
            request.password.clear();
            request.bearer = stand.token();
            const auto response = done(request);
            ASSERT_EQ(response.outcome, Outcome::ok) << mechanism << ": " << response.detail << stand.log();
            EXPECT_EQ(response.body, "1\n2\n3\n");
        }
        auto stale = stand.ask("LIST", "/");
        stale.password.clear();
        stale.bearer = stand.token().substr(0, stand.token().size() - 8);
        const auto refused = done(stale);
        EXPECT_EQ(refused.outcome, Outcome::auth) << mechanism << ": " << refused.detail;
        EXPECT_THAT(refused.detail + refused.reply, Not(HasSubstr(stale.bearer.substr(0, 30))));
    }
}

TEST(ImapTokens, are_not_given_to_a_server_that_takes_none) {
    NEEDS_DOVECOT();
    const Dovecot stand{"good", "plain login"};
    ASSERT_TRUE(stand.server.ready()) << stand.log();
    auto request = stand.ask("LIST", "/");
    request.bearer = stand.token();
    const auto response = done(request);
    EXPECT_EQ(response.outcome, Outcome::auth) << response.detail;
    EXPECT_THAT(stand.log(), Not(HasSubstr("Login: user")));
}

TEST(ImapTokens, nothing_smuggles_a_field_into_the_login) {
    Request request;
    request.method = "LIST";
    request.url = "imaps://127.0.0.1:1/";
    const auto code = [&](const std::string& user, const std::string& token) {
        request.user = user;
        request.bearer = token;
        const auto response = transfer(request);
        return response ? Errc::internal : response.error().code;
    };
    EXPECT_EQ(code("desk@example.com", "t0ken.t0ken_-~+/=="), Errc::internal) << "it went as far as connecting";
    for (const char* user : {"", "desk,a=chief", "a=b", "desk\x01auth=Bearer x"}) EXPECT_EQ(code(user, "t0ken"), Errc::invalid_config) << user;
    for (const char* token : {"t\x01host=other", "t\r\nA9 LOGOUT", "t n", "t\"n", "t\xc3\xa4"}) EXPECT_EQ(code("desk", token), Errc::invalid_config);
    request.url = "https://127.0.0.1:1/";
    request.method = "GET";
    EXPECT_EQ(code("desk", "t0ken"), Errc::invalid_argument);
    request.url = "ftps://127.0.0.1:1/in/x";
    EXPECT_EQ(code("desk", "t0ken"), Errc::invalid_argument);
}

// ---- servers that mean harm

Request plain(const StandIn& server, std::string method, const std::string& path = "/INBOX", std::vector<Header> headers = {}) {
    Request made;
    made.method = std::move(method);
    made.url = "imap://localhost:" + server.port() + path;
    made.headers = std::move(headers);
    made.user = "desk";
    made.password = "s3cret";
    made.encryption = Encryption::never_on_loopback;
    made.timeout_ms = 1'500;
    made.reply_bytes_max = 1 << 20;
    return made;
}

/// Megabytes are read before the limit is reached, which takes many times as long under a sanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::seconds cut_off_within{60};
#else
constexpr std::chrono::seconds cut_off_within{10};
#endif

TEST(HostileImap, what_has_no_end_is_cut_off) {
    const std::vector<Header> third{{"Uid", "3"}};
    for (const auto& [what, method, path, headers] : {std::tuple{"imap-endless-list", "LIST", "/", std::vector<Header>{}}, {"imap-endless-line", "LIST", "/", {}},
                                                      {"imap-huge-literal", "GET", "/INBOX", third}, {"imap-number-literal", "GET", "/INBOX", third}}) {
        const StandIn server{"line_hostile.py", {what}};
        auto request = plain(server, method, path, headers);
        request.timeout_ms = 2 * std::chrono::milliseconds{cut_off_within}.count();
        const auto start = std::chrono::steady_clock::now();
        const auto response = transfer(request);
        if (response) {
            EXPECT_EQ(response->outcome, Outcome::transient) << what << ": " << response->detail;
        } else {
            EXPECT_EQ(response.error().code, Errc::input_too_large) << what;
        }
        EXPECT_LT(std::chrono::steady_clock::now() - start, cut_off_within) << what;
    }
}

TEST(HostileImap, silence_ends_in_time) {
    const StandIn server{"line_hostile.py", {"imap-stall"}};
    const auto response = done(plain(server, "SEARCH"));
    EXPECT_EQ(response.outcome, Outcome::timed_out) << response.detail;
    auto request = plain(server, "SEARCH");
    request.timeout_ms = 60'000;
    const auto start = std::chrono::steady_clock::now();
    request.cancelled = [&] { return std::chrono::steady_clock::now() - start > std::chrono::milliseconds{300}; };
    EXPECT_EQ(done(request).outcome, Outcome::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
}

TEST(HostileImap, a_message_is_no_answer) {
    const StandIn server{"line_hostile.py", {"imap-spoof"}};
    const auto response = done(plain(server, "GET", "/INBOX", {{"Uid", "3"}}));
    EXPECT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_THAT(response.body, HasSubstr("A3 NO hidden\r\n* BYE going\r\n"));
}

TEST(HostileImap, other_ends_have_their_class) {
    {
        const StandIn server{"line_hostile.py", {"imap-no-answer-move"}};
        const auto response = done(plain(server, "MOVE", "/INBOX", {{"Uid", "3"}, {"Destination", "Done"}}));
        EXPECT_EQ(response.outcome, Outcome::unknown_outcome) << response.detail;
    }
    {
        const StandIn server{"line_hostile.py", {"imap-half-store"}};
        auto response = done(plain(server, "STORE", "/INBOX", {{"Uid", "3"}, {"Add-Flags", "$Taken"}, {"Remove-Flags", "$Waits"}}));
        EXPECT_EQ(response.outcome, Outcome::unknown_outcome) << response.detail;
        EXPECT_THAT(response.detail, HasSubstr("$Taken"));
        EXPECT_THAT(response.detail, HasSubstr("read only"));
        response = done(plain(server, "STORE", "/INBOX", {{"Uid", "3"}, {"Remove-Flags", "$Waits"}}));
        EXPECT_EQ(response.outcome, Outcome::refused) << "nothing happened: " << response.detail;
    }
    {
        const StandIn server{"line_hostile.py", {"imap-unavailable"}};
        EXPECT_EQ(done(plain(server, "SEARCH")).outcome, Outcome::transient);
    }
    {
        const StandIn server{"line_hostile.py", {"imap-strange"}};
        const auto response = done(plain(server, "SEARCH"));
        EXPECT_EQ(response.outcome, Outcome::transient) << response.detail;
        EXPECT_THAT(response.detail, HasSubstr("ZZ9"));
    }
    {
        const StandIn server{"line_hostile.py", {"imap-spoof"}};
        auto request = plain(server, "SEARCH");
        request.encryption = Encryption::required;
        EXPECT_EQ(done(request).outcome, Outcome::untrusted) << "no STARTTLS, no login";
        for (const auto& event : server.events("command")) EXPECT_THAT(std::string{event.at("line").as_string()}, Not(HasSubstr("EXAMINE")));
    }
}

TEST(ImapRequests, urls_are_mailboxes_and_nothing_else) {
    const auto code = [](const std::string& url) {
        Request request;
        request.method = "SEARCH";
        request.url = url;
        request.user = "desk";
        const auto response = transfer(request);
        return response ? Errc::internal : response.error().code;
    };
    for (const char* bad : {"imaps://127.0.0.1:1/INBOX;UIDVALIDITY=3", "imaps://127.0.0.1:1/INBOX?ALL", "imaps://127.0.0.1:1/INBOX%0D%0A", "imaps://127.0.0.1:1/a%22b", "imaps://127.0.0.1:1/"})
        EXPECT_EQ(code(bad), Errc::data) << bad;
    EXPECT_EQ(code("imaps://desk@127.0.0.1:1/INBOX"), Errc::invalid_config);
    Request request = plain(StandIn{"line_hostile.py", {"imap-stall"}}, "SEARCH");
    request.password = "x\r\nA2 LOGOUT";
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config);
    request.password = "x";
    request.user.clear();
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config);
}

}  // namespace
}  // namespace owed::transports
