// Against vsftpd (TLS both ways, no MLSD; insists that data lines go on with the control line's TLS session), pyftpdlib (MLSD, a
// login), and servers that mean harm.
#include "transports/detail/ftp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "transports/detail/exchange.hpp"
#include "transports/test_servers.hpp"

namespace owed::transports {
namespace {

namespace fs = std::filesystem;
using detail::listed_file;
using detail::names_of;
using detail::time_val;
using standins::Certificates;
using standins::StandIn;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FtpAnswers, a_line_of_mlsd_is_read) {
    const auto file = listed_file("type=file;size=1024;modify=20260228120000.123; feb 1.mt940\r");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->name, "feb 1.mt940");
    EXPECT_EQ(file->bytes, 1024u);
    EXPECT_EQ(file->modified, 1772280000);
    EXPECT_TRUE(listed_file("Modify=20260228120000;UNIX.mode=0644;Type=FILE;Size=0; x"));
    for (const char* other : {"type=dir;modify=20260228120000; in", "type=cdir;size=1; .", "type=OS.unix=slink:/etc;size=1; x", "size=1; x", "type=file; x", "type=file;size=; x",
                              "type=file;size=-1; x", "type=file;size=1;", "type=file;size=1; ", "type=file;size=1; ..", "type=file;size=1; a/b", "type=file;size=1; a\tb", "", " ",
                              "type=file;size=99999999999999999999999; x"})
        EXPECT_FALSE(listed_file(other)) << other;
}

TEST(FtpAnswers, times_are_utc_and_whole) {
    EXPECT_EQ(time_val("19700101000000"), 0);
    EXPECT_EQ(time_val("20240229235959"), 1709251199);
    for (const char* other : {"", "2026", "20261301000000", "20260100000000", "20260101240000", "2026-01-01 00:00", "202601010000001", "x0260101000000"}) EXPECT_FALSE(time_val(other)) << other;
}

TEST(FtpAnswers, names_of_a_list_lose_their_folder) {
    EXPECT_THAT(names_of("/in/b\r\n/in/a\r\n.\r\n..\r\na\r\n\r\nx\x01y\r\nlast"), ElementsAre("a", "b", "last"));
    EXPECT_EQ(detail::url_path("/in/feb;type=a %2e?#\xc3\xa4"), "//in/feb%3Btype%3Da%20%252e%3F%23%C3%A4");
}

TEST(FtpAnswers, codes_have_their_class) {
    for (const auto& [code, outcome] : {std::pair{226, Outcome::ok}, {250, Outcome::ok}, {421, Outcome::transient}, {426, Outcome::transient}, {450, Outcome::transient},
                                        {452, Outcome::transient}, {430, Outcome::auth}, {530, Outcome::auth}, {550, Outcome::refused}, {553, Outcome::refused}})
        EXPECT_EQ(detail::outcome_of_ftp(code), outcome) << code;
}

void hear(detail::LineTrace& trace, std::initializer_list<const char*> lines) {
    for (const char* line : lines) detail::note_line_in(trace, detail::Dialect::ftp, line);
}

TEST(FtpAnswers, a_reply_of_several_lines_is_one) {
    // RFC 959 4.2: from "code-" to "code " of the same code; what stands between needs no code, or may look like one.
    detail::LineTrace trace;
    detail::note_line_out(trace, "DELE /in/a\r\n");
    hear(trace, {"550-Cannot delete:\r\n", " in use\r\n", "226 of it is taken\r\n", "550-still\r\n", "550x\r\n", "\r\n"});
    EXPECT_FALSE(trace.replied);
    EXPECT_EQ(trace.code, 0);
    hear(trace, {"550 no\r\n"});
    EXPECT_TRUE(trace.replied);
    EXPECT_EQ(trace.code, 550);
    EXPECT_EQ(trace.reply, "550 no");
    hear(trace, {"250-one\r\n"});
    detail::note_line_out(trace, "NOOP\r\n");
    EXPECT_EQ(trace.code, 0) << "of the command before";
    hear(trace, {"200 fine\r\n"});
    EXPECT_EQ(trace.code, 200) << "what was open ended with its command";
}

TEST(FtpAnswers, lines_without_end_are_not_kept) {
    detail::LineTrace trace;
    trace.keep_answers = true;
    detail::note_line_out(trace, "SIZE /in/a\r\n");
    for (int i = 0; i < 1000; ++i) hear(trace, {"\n", "213 1\r\n", "x\r\n"});
    ASSERT_EQ(trace.answers.size(), 1u);
    EXPECT_EQ(trace.answers[0].second, "213 1");
}

Request request_to(const std::string& scheme, const std::string& port, std::string method, const std::string& path) {
    Request made;
    made.method = std::move(method);
    made.url = scheme + "://localhost:" + port + path;
    made.user = "desk";
    made.password = "s3cret";
    made.ca_file = Certificates::made().file("ca.pem");
    made.timeout_ms = 20'000;
    return made;
}

/// In plain text, to this machine.
Request plain(const StandIn& server, std::string method, const std::string& path = "/in", std::uint32_t timeout_ms = 1'500) {
    auto made = request_to("ftp", server.port(), std::move(method), path);
    made.encryption = Encryption::never_on_loopback;
    made.ca_file.clear();
    made.timeout_ms = timeout_ms;
    return made;
}

Response done(const Request& request) {
    auto response = transfer(request);
    EXPECT_TRUE(response) << (response ? "" : to_text(response.error()));
    return response ? std::move(*response) : Response{};
}

/// What every server must do, in a folder "in" that is empty.
void files_go_there_and_back(const std::function<Request(std::string, std::string)>& ask, const fs::path& in) {
    auto put = ask("PUT", "/in/feb%201.mt940");
    put.body.assign(300'000, 'x');
    put.body += std::string{"\0\r\n\xff", 4};
    auto response = done(put);
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(file_text(in / "feb 1.mt940"), put.body);
    EXPECT_FALSE(fs::exists(in / ".feb 1.mt940.part"));
    EXPECT_EQ(done(put).outcome, Outcome::ok) << "the same bytes again";
    put.body += "y";
    response = done(put);
    EXPECT_EQ(response.outcome, Outcome::refused);
    EXPECT_THAT(response.detail, HasSubstr("is there already"));
    put.body = "short";
    EXPECT_EQ(done(put).outcome, Outcome::refused);

    fs::create_directory(in / "folder");
    std::ofstream{in / "a"} << "1";
    response = done(ask("LIST", "/in"));
    ASSERT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_THAT(response.body, ::testing::ContainsRegex("^a\t1\t[0-9]{10}\nfeb 1.mt940\t300004\t[0-9]{10}\n$"));

    response = done(ask("GET", "/in/feb%201.mt940"));
    EXPECT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(response.body, file_text(in / "feb 1.mt940"));
    auto small = ask("GET", "/in/feb%201.mt940");
    small.reply_bytes_max = 1000;
    const auto large = transfer(small);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, Errc::input_too_large);

    auto rename = ask("RENAME", "/in/feb%201.mt940");
    rename.headers = {{"Destination", "/in/a"}};
    EXPECT_EQ(done(rename).outcome, Outcome::refused) << "something is there";
    EXPECT_EQ(file_text(in / "a"), "1");
    rename.headers = {{"Destination", "/in/done 1"}};
    response = done(rename);
    EXPECT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_TRUE(fs::exists(in / "done 1"));
    EXPECT_EQ(done(ask("DELETE", "/in/done%201")).outcome, Outcome::ok);
    EXPECT_FALSE(fs::exists(in / "done 1"));

    for (const char* method : {"GET", "DELETE", "LIST"}) {
        response = done(ask(method, "/in/none/x"));
        EXPECT_EQ(response.outcome, Outcome::refused) << method << ": " << response.detail;
        EXPECT_THAT(response.status, ::testing::AnyOf(550, 501)) << method;  // pyftpdlib, of a folder that is not there
    }
    fs::remove(in / "a");
    fs::remove(in / "folder");
    response = done(ask("LIST", "/in/"));
    EXPECT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(response.body, "");
}

// ---- pyftpdlib

struct Pyftpd {
    explicit Pyftpd(const std::string& certificate, std::vector<std::string> more = {}) : server{"ftp_real.py", arguments(certificate, std::move(more))} {}
    std::vector<std::string> arguments(const std::string& certificate, std::vector<std::string> more) {
        fs::create_directories(folder.path() / "in");
        std::vector<std::string> all{folder.path().string()};
        for (auto& one : Certificates::made().serve(certificate)) all.push_back(std::move(one));
        for (auto& one : more) all.push_back(std::move(one));
        return all;
    }
    standins::TempFolder folder;
    StandIn server;
};

/// Its data lines in plain text: with TLS Debian's resets them, for the curl of the command line too. vsftpd below has TLS.
TEST(Ftp, a_server_with_mlsd_gives_and_takes_files) {
    ASSERT_TRUE(Certificates::made().ready());
    const Pyftpd stand{"good", {"--plain"}};
    ASSERT_TRUE(stand.server.ready());
    files_go_there_and_back([&](std::string method, std::string path) { return plain(stand.server, std::move(method), path, 20'000); }, stand.folder.path() / "in");
    std::string all;
    for (const auto& event : stand.server.events("command")) all += std::string{event.at("line").as_string()} + "\n";
    EXPECT_THAT(all, HasSubstr("MLSD /in\n"));
    EXPECT_THAT(all, Not(HasSubstr("NLST")));
    EXPECT_THAT(all, Not(HasSubstr("PORT")));
}

TEST(Ftps, a_wrong_certificate_gets_no_login) {
    for (const char* certificate : {"wrong-name", "expired", "other"}) {
        for (const auto& [scheme, more] : {std::pair{"ftp", std::vector<std::string>{}}, {"ftps", {"--tls"}}}) {
            const Pyftpd stand{certificate, more};
            const auto response = done(request_to(scheme, stand.server.port(), "GET", "/in/x"));
            EXPECT_EQ(response.outcome, Outcome::untrusted) << certificate << " " << scheme << ": " << response.detail;
            for (const auto& event : stand.server.events("command")) EXPECT_THAT(std::string{event.at("line").as_string()}, Not(HasSubstr("USER"))) << certificate;
        }
    }
}

TEST(Ftps, a_server_without_tls_gets_no_login) {
    const Pyftpd stand{"good", {"--plain"}};
    const auto response = done(request_to("ftp", stand.server.port(), "LIST", "/in"));
    EXPECT_EQ(response.outcome, Outcome::untrusted) << response.detail;
    for (const auto& event : stand.server.events("command")) EXPECT_THAT(std::string{event.at("line").as_string()}, Not(HasSubstr("USER")));
}

TEST(Ftps, a_wrong_login_is_auth) {
    const Pyftpd stand{"good"};
    auto request = request_to("ftp", stand.server.port(), "LIST", "/in");
    request.password = "wrong";
    const auto response = done(request);
    EXPECT_EQ(response.outcome, Outcome::auth) << response.detail;
    EXPECT_EQ(response.status, 530);
    EXPECT_THAT(response.detail, Not(HasSubstr("wrong")));
}

// ---- vsftpd

/// Debian's vsftpd, which lets "anonymous" write: its own users are the machine's.
class Vsftpd {
  public:
    explicit Vsftpd(bool implicit) {
        const auto& certificates = Certificates::made();
        in = folder.path() / "root" / "in";
        fs::create_directories(in);
        fs::create_directories(folder.path() / "empty");
        fs::permissions(folder.path(), fs::perms::others_exec, fs::perm_options::add);
        const auto* ftp = ::getpwnam("ftp");
        if (ftp == nullptr || ::chown(in.c_str(), ftp->pw_uid, ftp->pw_gid) != 0) return;
        fs::permissions(folder.path() / "root", fs::perms::owner_write, fs::perm_options::remove);
        port = free_port();
        const auto conf = (folder.path() / "conf").string();
        std::ofstream{conf} << "listen=YES\nlisten_address=127.0.0.1\nlisten_port=" << port << "\nbackground=NO\nlocal_enable=NO\nanonymous_enable=YES\nno_anon_password=NO\nftp_username=ftp\n"
                            << "anon_root=" << (folder.path() / "root").string() << "\nwrite_enable=YES\nanon_upload_enable=YES\nanon_other_write_enable=YES\nanon_world_readable_only=NO\nanon_umask=022\n"
                            << "secure_chroot_dir=" << (folder.path() / "empty").string() << "\nallow_anon_ssl=YES\nssl_enable=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\n"
                            << "require_ssl_reuse=YES\nssl_ciphers=HIGH\nimplicit_ssl=" << (implicit ? "YES" : "NO") << "\nrsa_cert_file=" << certificates.file("good.pem")
                            << "\nrsa_private_key_file=" << certificates.file("good.key") << "\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\npasv_address=192.0.2.1\n";
        server.start({"/usr/sbin/vsftpd", conf}, port, (folder.path() / "log").string());
    }
    Request ask(const std::string& scheme, std::string method, const std::string& path) const {
        auto made = request_to(scheme, std::to_string(port), std::move(method), path);
        made.user = "anonymous";
        return made;
    }
    std::string log() const { return file_text(folder.path() / "log"); }
    standins::TempFolder folder;
    fs::path in;
    int port = 0;
    Server server;
};

TEST(Vsftpd, explicit_and_implicit_tls_with_one_session_for_both_lines) {
    if (::geteuid() != 0) GTEST_SKIP() << "vsftpd starts as root alone";
    if (!fs::exists("/usr/sbin/vsftpd")) GTEST_SKIP() << "vsftpd is not installed";
    for (const bool implicit : {false, true}) {
        const Vsftpd stand{implicit};
        ASSERT_TRUE(stand.server.ready()) << stand.log();
        SCOPED_TRACE(implicit ? "ftps" : "ftp");
        files_go_there_and_back([&](std::string method, std::string path) { return stand.ask(implicit ? "ftps" : "ftp", std::move(method), path); }, stand.in);
    }
}

// ---- servers that mean harm

TEST(HostileFtp, a_list_without_end_is_cut_off) {
    const StandIn server{"line_hostile.py", {"ftp-endless-list"}};
    auto request = plain(server, "LIST");
    request.timeout_ms = 20'000;
    request.reply_bytes_max = 1 << 20;
    const auto response = transfer(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::input_too_large);
}

TEST(HostileFtp, silence_ends_in_time_whenever_it_begins) {
    for (const char* what : {"ftp-silent", "ftp-stall-list", "ftp-endless-reply"}) {
        const StandIn server{"line_hostile.py", {what}};
        const auto start = std::chrono::steady_clock::now();
        const auto response = done(plain(server, "LIST"));
        EXPECT_THAT(response.outcome, ::testing::AnyOf(Outcome::timed_out, Outcome::transient)) << what << ": " << response.detail;
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10}) << what;
    }
}

TEST(HostileFtp, quit_is_not_waited_for) {
    const StandIn server{"line_hostile.py", {"ftp-stall-quit"}};
    auto request = plain(server, "LIST");
    request.timeout_ms = 30'000;
    const auto start = std::chrono::steady_clock::now();
    const auto response = done(request);
    EXPECT_EQ(response.outcome, Outcome::ok) << response.detail;
    EXPECT_EQ(response.body, "a\t1\t1767225600\n");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
}

TEST(HostileFtp, a_data_line_goes_to_the_server_itself) {
    const StandIn server{"line_hostile.py", {"ftp-elsewhere"}};
    const auto response = done(plain(server, "LIST"));
    EXPECT_EQ(response.outcome, Outcome::ok) << "169.254.169.254 was named, and this machine answered: " << response.detail;
    EXPECT_EQ(response.body, "a\t1\t1767225600\n");
}

TEST(HostileFtp, a_rename_without_an_answer_is_unknown) {
    const StandIn server{"line_hostile.py", {"ftp-no-answer-rename"}};
    auto request = plain(server, "RENAME", "/in/a");
    request.headers = {{"destination", "/in/b"}};
    const auto response = done(request);
    EXPECT_EQ(response.outcome, Outcome::unknown_outcome) << response.detail;
}

TEST(HostileFtp, a_torn_reply_is_no_answer) {
    for (const char* method : {"DELETE", "RENAME", "PUT"}) {
        const StandIn server{"line_hostile.py", {"ftp-torn-reply"}};
        auto request = plain(server, method, "/in/a");
        if (std::string_view{method} == "RENAME") request.headers = {{"destination", "/in/b"}};
        if (std::string_view{method} == "PUT") request.body = "x";
        const auto response = done(request);
        EXPECT_EQ(response.outcome, Outcome::unknown_outcome) << method << ": " << response.detail;
    }
}

TEST(HostileFtp, a_reply_of_several_lines_is_read_to_its_end) {
    const StandIn server{"line_hostile.py", {"ftp-folded-reply"}};
    const auto response = done(plain(server, "DELETE", "/in/a"));
    EXPECT_EQ(response.outcome, Outcome::refused) << response.detail;
    EXPECT_EQ(response.status, 550);
}

/// How often `one` followed by `other` stands in this process' memory. They are told apart so that the question is no hit.
std::size_t times_in_memory(const std::string& one, const std::string& other) {
    static std::array<char, 1 << 16> window;   // never looked at itself
    const auto own = reinterpret_cast<std::uintptr_t>(window.data());
    const std::size_t whole = one.size() + other.size();
    std::ifstream maps{"/proc/self/maps"};
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::size_t times = 0;
    for (std::string line; std::getline(maps, line);) {
        unsigned long long from = 0, to = 0;
        char rights[5] = {};
        if (std::sscanf(line.c_str(), "%llx-%llx %4s", &from, &to, rights) != 3 || rights[1] != 'w' || to - from > (256ull << 20)) continue;
        for (auto at = from; at < to; at += window.size() - whole + 1) {
            if (at < own + window.size() && own < at + window.size()) continue;
            const auto n = ::pread(memory, window.data(), std::min<std::size_t>(window.size(), to - at), static_cast<off_t>(at));
            const std::string_view seen{window.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
            for (auto hit = seen.find(one); hit != std::string_view::npos; hit = seen.find(one, hit + 1)) times += seen.substr(hit + one.size()).starts_with(other) ? 1 : 0;
        }
    }
    ::close(memory);
    window.fill(0);
    return times;
}

TEST(FtpSecrets, an_exchange_leaves_no_copy_of_them) {
    const StandIn server{"line_hostile.py", {"ftp-folded-reply"}};
    auto request = plain(server, "DELETE", "/in/a");
    const std::string one = "KEY-" + server.port(), other = "-OF-THE-DESK";
    request.ssh_key.reserve(200 * (one.size() + other.size()));
    for (int i = 0; i < 200; ++i) request.ssh_key.append(one).append(other);
    const auto before = times_in_memory(one, other);
    EXPECT_GE(before, 200u);
    EXPECT_EQ(done(request).outcome, Outcome::refused);
    EXPECT_LE(times_in_memory(one, other), before);
}

TEST(HostileFtp, a_busy_server_is_asked_again) {
    const StandIn server{"line_hostile.py", {"ftp-busy"}};
    const auto response = done(plain(server, "GET", "/in/a"));
    EXPECT_EQ(response.outcome, Outcome::transient) << response.detail;
    EXPECT_EQ(response.status, 421);
    EXPECT_EQ(server.events("command").size(), 0u);
}

TEST(HostileFtp, a_cancel_is_noticed) {
    const StandIn server{"line_hostile.py", {"ftp-stall-list"}};
    auto request = plain(server, "LIST");
    request.timeout_ms = 60'000;
    const auto start = std::chrono::steady_clock::now();
    request.cancelled = [&] { return std::chrono::steady_clock::now() - start > std::chrono::milliseconds{300}; };
    EXPECT_EQ(done(request).outcome, Outcome::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
}

// ---- what is refused before anything is sent

TEST(FtpRequests, nothing_smuggles_a_command) {
    const auto code = [](const char* method, const std::string& url, std::vector<Header> headers = {}) {
        Request request;
        request.method = method;
        request.url = url;
        request.user = "desk";
        request.headers = std::move(headers);
        const auto response = transfer(request);
        return response ? Errc::internal : response.error().code;
    };
    EXPECT_EQ(code("GET", "ftps://127.0.0.1:1/in/a%0D%0ADELE%20b"), Errc::data);
    EXPECT_EQ(code("GET", "ftps://127.0.0.1:1/in/%00"), Errc::data);
    EXPECT_EQ(code("GET", "ftps://127.0.0.1:1/in/%2e%2e/b"), Errc::data);
    EXPECT_EQ(code("GET", "ftps://127.0.0.1:1/in/a?b"), Errc::data);
    EXPECT_EQ(code("RENAME", "ftps://127.0.0.1:1/in/a", {{"Destination", "/in/b\r\nDELE /in/c"}}), Errc::data);
    EXPECT_EQ(code("RENAME", "ftps://127.0.0.1:1/in/a", {{"Destination", "b"}}), Errc::data);
    EXPECT_EQ(code("RENAME", "ftps://127.0.0.1:1/in/a"), Errc::data);
    EXPECT_EQ(code("SITE", "ftps://127.0.0.1:1/in/a"), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "ftps://127.0.0.1:1/in/a", {{"Range", "1"}}), Errc::invalid_argument);
    EXPECT_EQ(code("GET", "ftps://desk@127.0.0.1:1/in/a"), Errc::invalid_config);
    Request request = plain(StandIn{"line_hostile.py", {"ftp-busy"}}, "GET", "/in/a");
    request.user = "desk\r\nDELE /in/a";
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config);
    request.user.clear();
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config);
    request = plain(StandIn{"line_hostile.py", {"ftp-busy"}}, "GET", "/in/a");
    request.url = "ftps://localhost:1/in/a";
    EXPECT_EQ(transfer(request).error().code, Errc::invalid_config) << "ftps is encrypted, and encryption is set to never";
}

}  // namespace
}  // namespace owed::transports
