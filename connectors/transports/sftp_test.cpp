// Against a real sshd of this machine, started by the test on a loopback port with a configuration of its own.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>

#include <thread>

#include "transports/test_servers.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// sshd with one host key of a kind, and this user's key.
class Sshd {
  public:
    explicit Sshd(const std::string& kind, const std::string& more = "") {
        keygen("host", kind);
        keygen("login", "ed25519");
        fs::create_directories(folder.path() / "in");
        if (::geteuid() == 0) fs::create_directories("/run/sshd");  // sshd wants it for the part that has no rights
        port = free_port();
        const auto at = [&](const char* name) { return (folder.path() / name).string(); };
        std::ofstream{at("config")} << "ListenAddress 127.0.0.1\nPort " << port << "\nHostKey " << at("host") << "\nAuthorizedKeysFile " << at("login.pub")
                                    << "\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication yes\nPidFile none\n"
                                    << "Subsystem sftp internal-sftp\nLogLevel DEBUG1\n" << more;
        child_ = ::fork();
        if (child_ == 0) {
            const int log = ::open(at("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(log, 2);
            ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-f", at("config").c_str(), nullptr);
            ::_exit(127);
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!(ready = listens(port)) && std::chrono::steady_clock::now() < end && ::waitpid(child_, nullptr, WNOHANG) == 0) std::this_thread::yield();
    }
    ~Sshd() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    Sshd(const Sshd&) = delete;
    Sshd& operator=(const Sshd&) = delete;

    Request request(std::string method, const std::string& path) const {
        Request made;
        made.method = std::move(method);
        made.url = "sftp://127.0.0.1:" + std::to_string(port) + path;
        made.user = ::getpwuid(::geteuid())->pw_name;
        made.ssh_key = file_text(folder.path() / "login");
        made.host_key = fingerprint();
        made.timeout_ms = 15'000;
        return made;
    }
    std::string in(const std::string& name) const { return (folder.path() / "in" / name).string(); }
    std::string fingerprint() const {
        const auto text = (folder.path() / "print").string();
        if (standins::run({"/bin/sh", "-c", "ssh-keygen -lf " + (folder.path() / "host.pub").string() + " > " + text}) != 0) return {};
        const auto line = file_text(text);
        const auto from = line.find("SHA256:");
        return line.substr(from, line.find(' ', from) - from);
    }
    std::string log() const { return file_text(folder.path() / "log"); }

    standins::TempFolder folder;
    int port = 0;
    bool ready = false;

  private:
    void keygen(const std::string& name, const std::string& kind) const {
        standins::run({"/usr/bin/ssh-keygen", "-q", "-t", kind, "-N", "", "-f", (folder.path() / name).string()});
    }
    pid_t child_ = -1;
};

Response done(const Request& request) {
    auto response = transfer(request);
    EXPECT_TRUE(response) << (response ? "" : to_text(response.error()));
    return response ? std::move(*response) : Response{};
}

class Sftp : public ::testing::TestWithParam<const char*> {};

TEST_P(Sftp, files_go_there_and_back_under_every_kind_of_host_key) {
    const Sshd server{GetParam()};
    ASSERT_TRUE(server.ready) << server.log();
    auto put = server.request("PUT", server.in("feb.mt940"));
    put.body.assign(300'000, 'x');
    put.body += "the end";
    ASSERT_EQ(done(put).outcome, Outcome::ok) << done(put).detail << server.log();
    EXPECT_EQ(file_text(server.in("feb.mt940")), put.body);
    EXPECT_EQ(done(server.request("GET", server.in("feb.mt940"))).body, put.body);
    EXPECT_THAT(done(server.request("LIST", server.in(""))).body, HasSubstr("feb.mt940\t300007\t"));
    // A repeat after an unknown outcome is no second file, and no other one.
    EXPECT_EQ(done(put).outcome, Outcome::ok);
    put.body = "other bytes";
    EXPECT_EQ(done(put).outcome, Outcome::refused);
    EXPECT_EQ(file_text(server.in("feb.mt940")).size(), 300'007u);
    EXPECT_FALSE(fs::exists(server.in(".feb.mt940.part")));

    auto rename = server.request("RENAME", server.in("feb.mt940"));
    rename.headers = {{"Destination", server.in("done.mt940")}};
    EXPECT_EQ(done(rename).outcome, Outcome::ok);
    EXPECT_EQ(done(server.request("DELETE", server.in("done.mt940"))).outcome, Outcome::ok);
    EXPECT_EQ(done(server.request("LIST", server.in(""))).body, "");
}

INSTANTIATE_TEST_SUITE_P(HostKeys, Sftp, ::testing::Values("ed25519", "rsa", "ecdsa"));

TEST(SftpTrust, another_host_key_is_refused_before_any_login) {
    const Sshd server{"ed25519"};
    ASSERT_TRUE(server.ready) << server.log();
    auto request = server.request("LIST", server.in(""));
    request.host_key = "SHA256:" + std::string(43, 'A');
    const auto response = done(request);
    EXPECT_EQ(response.outcome, Outcome::untrusted);
    EXPECT_THAT(response.detail, HasSubstr(server.fingerprint()));
    EXPECT_THAT(response.detail, HasSubstr(request.host_key));
    EXPECT_EQ(server.log().find("userauth-request"), std::string::npos);
    request.host_key.clear();
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config);
}

TEST(SftpTrust, logins_that_are_refused) {
    const Sshd server{"ed25519"};
    ASSERT_TRUE(server.ready) << server.log();
    auto by_password = server.request("LIST", server.in(""));
    by_password.ssh_key.clear();
    by_password.password = "a wrong password";
    const auto refused = done(by_password);
    EXPECT_EQ(refused.outcome, Outcome::auth);
    EXPECT_EQ(refused.detail.find("a wrong password"), std::string::npos);
    auto other_key = server.request("LIST", server.in(""));
    other_key.ssh_key = file_text(server.folder.path() / "host");  // a key that nobody authorised
    EXPECT_EQ(done(other_key).outcome, Outcome::auth);
    other_key.ssh_key = "no key at all";
    EXPECT_EQ(done(other_key).outcome, Outcome::auth);
}

TEST(SftpFiles, what_is_not_there_or_too_large) {
    const Sshd server{"ed25519"};
    ASSERT_TRUE(server.ready) << server.log();
    const auto missing = done(server.request("GET", server.in("none")));
    EXPECT_EQ(missing.outcome, Outcome::refused);
    EXPECT_EQ(missing.status, 2);
    EXPECT_EQ(done(server.request("LIST", server.in("none"))).outcome, Outcome::refused);
    EXPECT_EQ(done(server.request("DELETE", server.in("none"))).outcome, Outcome::refused);
    std::ofstream{server.in("big")} << std::string(100'000, 'x');
    auto big = server.request("GET", server.in("big"));
    big.reply_bytes_max = 50'000;
    EXPECT_EQ(transfer(big).error().code, Errc::input_too_large);
    // A name with a line break would forge a line of the list; links and folders are no files of a drop folder.
    std::ofstream{server.in("two\nlines")} << "x";
    fs::create_symlink("/etc/passwd", server.in("link"));
    fs::create_directory(server.in("folder"));
    EXPECT_THAT(done(server.request("LIST", server.in(""))).body, ::testing::StartsWith("big\t100000\t"));
    EXPECT_EQ(done(server.request("LIST", server.in(""))).body.find('\n') + 1, done(server.request("LIST", server.in(""))).body.size());
}

TEST(SftpFiles, a_rename_never_replaces) {
    const Sshd server{"ed25519"};
    ASSERT_TRUE(server.ready) << server.log();
    std::ofstream{server.in("a")} << "a";
    std::ofstream{server.in("b")} << "b";
    auto rename = server.request("RENAME", server.in("a"));
    rename.headers = {{"Destination", server.in("b")}};
    EXPECT_EQ(done(rename).outcome, Outcome::refused);
    EXPECT_EQ(file_text(server.in("b")), "b");
}

TEST(SftpLine, nobody_listens_and_a_server_that_says_nothing) {
    Request request;
    request.method = "LIST";
    request.user = "owed";
    request.host_key = "SHA256:" + std::string(43, 'A');
    request.password = "x";
    request.url = "sftp://127.0.0.1:" + std::to_string(free_port()) + "/in";
    EXPECT_EQ(done(request).outcome, Outcome::transient);

    const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(silent, 4), 0);
    ::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &length);
    request.url = "sftp://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/in";
    request.timeout_ms = 1'000;
    EXPECT_EQ(done(request).outcome, Outcome::timed_out);
    request.timeout_ms = 60'000;
    request.cancelled = [] { return true; };
    EXPECT_EQ(done(request).outcome, Outcome::cancelled);
    ::close(silent);
}

TEST(SftpRequest, what_is_refused_before_anything_leaves) {
    const auto code = [](const char* method, const char* url, std::vector<Header> headers = {}) {
        Request request;
        request.method = method;
        request.url = url;
        request.user = "owed";
        request.host_key = "SHA256:" + std::string(43, 'A');
        request.headers = std::move(headers);
        const auto response = transfer(request);
        return response ? Errc::internal : response.error().code;
    };
    EXPECT_EQ(code("GET", "sftp://user@127.0.0.1:1/x"), Errc::invalid_config);
    EXPECT_EQ(code("GET", "sftp:///x"), Errc::invalid_config);
    EXPECT_EQ(code("POST", "sftp://127.0.0.1:1/x"), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "sftp://127.0.0.1:1/in/%2e%2e/etc/passwd"), Errc::data);
    EXPECT_EQ(code("GET", "sftp://127.0.0.1:1/in/a%0ab"), Errc::data);
    EXPECT_EQ(code("RENAME", "sftp://127.0.0.1:1/in/a"), Errc::data);
    EXPECT_EQ(code("RENAME", "sftp://127.0.0.1:1/in/a", {{"Destination", "/in/../b"}}), Errc::data);
    EXPECT_EQ(code("GET", "sftp://127.0.0.1:1/in/a", {{"X", "y"}}), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "sftp://169.254.169.254:22/in/a"), Errc::invalid_config);
}

}  // namespace
}  // namespace owed::transports
