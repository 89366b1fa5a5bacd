#include "transports/detail/classify.hpp"

#include <gtest/gtest.h>

namespace owed::transports::detail {
namespace {

struct Wire {
    std::vector<std::string> lines;  ///< "C: ..." leaves, "S: ..." arrives, "B" the message begins to leave
    Stop stop;
    Outcome outcome;
};

SmtpTrace replay(const std::vector<std::string>& lines) {
    SmtpTrace trace;
    for (const std::string& line : lines) {
        if (line == "B") trace.body_started = true;
        else if (line.starts_with("C: ")) note_command(trace, line.substr(3) + "\r\n");
        else note_reply_line(trace, line.substr(3) + "\r\n");
    }
    return trace;
}

TEST(ClassifySmtp, table) {
    const std::vector<std::string> hello{"S: 220 hi", "C: EHLO me", "S: 250-x", "S: 250 SIZE"};
    const auto after_hello = [&](std::vector<std::string> more) {
        std::vector<std::string> all = hello;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const std::vector<std::string> to_body{"C: MAIL FROM:<a@x>", "S: 250 ok", "C: RCPT TO:<b@x>", "S: 250 ok", "C: DATA", "S: 354 go", "B"};
    const auto after_body = [&](std::vector<std::string> more) {
        std::vector<std::string> all = after_hello(to_body);
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const std::vector<Wire> table{
        {{}, Stop::no_connection, Outcome::transient},
        {{}, Stop::timed_out, Outcome::timed_out},
        {{}, Stop::cancelled, Outcome::cancelled},
        {{}, Stop::untrusted, Outcome::untrusted},
        {{"S: 554 no"}, Stop::failed, Outcome::transient},
        {{"S: 421 busy"}, Stop::failed, Outcome::transient},
        {after_hello({}), Stop::no_connection, Outcome::transient},
        {after_hello({"C: AUTH PLAIN", "S: 334 ", "C: AGEAYg==", "S: 535 no"}), Stop::login_denied, Outcome::auth},
        {after_hello({"C: AUTH PLAIN", "S: 454 later"}), Stop::login_denied, Outcome::transient},
        {after_hello({"C: MAIL FROM:<a@x>", "S: 530 5.7.0 login first"}), Stop::no_connection, Outcome::auth},
        {after_hello({"C: MAIL FROM:<a@x>", "S: 550 no"}), Stop::no_connection, Outcome::refused},
        {after_hello({"C: MAIL FROM:<a@x>", "S: 452 4.3.1 full"}), Stop::no_connection, Outcome::transient},
        {after_hello({"C: MAIL FROM:<a@x>", "S: 450 4.7.28 slow down"}), Stop::no_connection, Outcome::rate_limited},
        // Half a reply is no reply.
        {after_hello({"C: MAIL FROM:<a@x>", "S: 550-no"}), Stop::no_connection, Outcome::transient},
        {after_body({}), Stop::no_connection, Outcome::unknown_outcome},
        {after_body({}), Stop::timed_out, Outcome::unknown_outcome},
        {after_body({}), Stop::cancelled, Outcome::unknown_outcome},
        {after_body({"S: 250-queued"}), Stop::no_connection, Outcome::unknown_outcome},
        {after_body({"S: 250 queued"}), Stop::done, Outcome::ok},
        // Once the final reply came, nothing that follows changes it.
        {after_body({"S: 250 queued"}), Stop::no_connection, Outcome::ok},
        {after_body({"S: 250 queued", "C: QUIT", "S: 554 bye"}), Stop::failed, Outcome::ok},
        {after_body({"S: 554 no", "C: QUIT", "S: 221 bye"}), Stop::failed, Outcome::refused},
        {after_body({"S: 451 later"}), Stop::failed, Outcome::transient},
        {after_body({"S: 421 closing"}), Stop::failed, Outcome::transient},
    };
    for (std::size_t i = 0; i < table.size(); ++i)
        EXPECT_EQ(name_of(classify_smtp(replay(table[i].lines), table[i].stop)), name_of(table[i].outcome)) << "row " << i;
}

TEST(ClassifySmtp, a_reply_of_several_lines_is_one_text) {
    const SmtpTrace trace = replay({"C: RCPT TO:<b@x>", "S: 550-5.1.1 no such user", "S: 550 5.1.1 ask\x1b[2J"});
    EXPECT_EQ(trace.reply, "550 5.1.1 no such user 5.1.1 ask\\x1b[2J");
    EXPECT_EQ(trace.recipient, "b@x");
    EXPECT_TRUE(trace.replied);
}

TEST(ClassifyHttp, table) {
    struct Row {
        int status;
        Stop stop;
        bool sent, safe;
        Outcome outcome;
    };
    const std::vector<Row> table{
        {200, Stop::done, true, false, Outcome::ok},
        {201, Stop::done, true, false, Outcome::ok},
        {302, Stop::done, true, true, Outcome::refused},
        {400, Stop::done, true, false, Outcome::refused},
        {401, Stop::done, true, false, Outcome::auth},
        {404, Stop::done, true, true, Outcome::refused},
        {408, Stop::done, true, false, Outcome::transient},
        {429, Stop::done, true, false, Outcome::rate_limited},
        {500, Stop::done, true, true, Outcome::transient},
        {500, Stop::done, true, false, Outcome::unknown_outcome},
        {502, Stop::done, true, false, Outcome::unknown_outcome},
        {503, Stop::done, true, false, Outcome::transient},
        {0, Stop::no_connection, false, false, Outcome::transient},
        {0, Stop::no_connection, true, false, Outcome::unknown_outcome},
        {0, Stop::no_connection, true, true, Outcome::transient},
        {0, Stop::timed_out, false, false, Outcome::timed_out},
        {0, Stop::timed_out, true, true, Outcome::timed_out},
        {0, Stop::timed_out, true, false, Outcome::unknown_outcome},
        {200, Stop::no_connection, true, false, Outcome::unknown_outcome},
        {0, Stop::cancelled, true, false, Outcome::unknown_outcome},
        {0, Stop::untrusted, false, false, Outcome::untrusted},
    };
    for (std::size_t i = 0; i < table.size(); ++i) {
        const Row& row = table[i];
        EXPECT_EQ(name_of(classify_http(row.status, row.stop, row.sent, row.safe)), name_of(row.outcome)) << "row " << i;
    }
}

}  // namespace
}  // namespace owed::transports::detail
