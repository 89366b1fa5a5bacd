// Debian's Dovecot with three messages, for tests of mailboxes. Tests only.
#pragma once

#include "transports/test_servers.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {

class Dovecot {
  public:
    /// `mechanisms`: what a login may be by. The password is "s3cret", the token what token() says.
    explicit Dovecot(const std::string& certificate = "good", const std::string& mechanisms = "plain") {
        const auto at = [&](const char* name) { return (folder.path() / name).string(); };
        const std::string me = ::getpwuid(::geteuid())->pw_name, owner = ::geteuid() == 0 ? "nobody" : me;
        const auto* account = ::getpwnam(owner.c_str());
        port = free_port();
        tls_port = free_port();
        for (const char* box : {"", ".Erledigt", ".Eing&AOQ-nge"})
            for (const char* part : {"cur", "new", "tmp"}) std::filesystem::create_directories(folder.path() / "mail" / box / part);
        std::filesystem::permissions(folder.path(), std::filesystem::perms::others_exec | std::filesystem::perms::group_exec, std::filesystem::perm_options::add);
        const auto write = [&](const char* name, const std::string& text) { std::ofstream{folder.path() / "mail" / name, std::ios::binary} << text; };
        write("new/1700000001.1.host", "From: bank@example.com\r\nSubject: Avis 2026-01\r\nMessage-Id: <one@bank.example>\r\n\r\nFirst\r\n");
        write("new/1700000002.2.host", "From: other@example.com\r\nSubject: Avis 2026-02\r\n\r\nSecond {3}\r\nA3 OK done\r\n");
        write("new/1700000003.3.host", "From: bank@example.com\r\nSubject: Rechnung\r\n\r\n" + std::string(200'000, 'z') + "\r\n");
        standins::run({"/bin/chown", "-R", owner, (folder.path() / "mail").string()});
        const auto& certificates = standins::Certificates::made();
        standins::run({"/usr/bin/python3", standins::script("dovecot_tokens.py"), folder.path().string(), "desk"});
        std::ofstream{at("oauth2")} << "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=" << at("keys/") << "\nusername_attribute = sub\n";
        std::ofstream{at("conf")} << "protocols = imap\nlisten = 127.0.0.1\nbase_dir = " << at("run") << "\nstate_dir = " << at("state") << "\nlog_path = " << at("log")
                                  << "\nssl = required\nssl_cert = <" << certificates.file(certificate + ".pem") << "\nssl_key = <" << certificates.file(certificate + ".key")
                                  << "\ndisable_plaintext_auth = yes\nfirst_valid_uid = 1\nmail_location = maildir:" << at("mail") << "\ndefault_internal_user = " << me
                                  << "\ndefault_login_user = " << owner << "\ndefault_internal_group = " << (::geteuid() == 0 ? "root" : me) << "\nauth_verbose = yes\nauth_failure_delay = 0\nauth_mechanisms = " << mechanisms << "\nmail_debug = no\n"
                                  << (mechanisms.find("oauth") == std::string::npos ? std::string{} : "passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = " + at("oauth2") + "\n}\n")
                                  << "passdb {\n driver = static\n args = user=desk password=s3cret\n}\nuserdb {\n driver = static\n args = uid=" << account->pw_uid << " gid=" << account->pw_gid << " home="
                                  << at("mail") << "\n}\nservice anvil {\n chroot =\n}\nservice imap-login {\n chroot =\n inet_listener imap {\n port = " << port << "\n }\n inet_listener imaps {\n port = " << tls_port
                                  << "\n ssl = yes\n }\n}\nservice stats {\n chroot =\n}\nnamespace inbox {\n inbox = yes\n separator = /\n}\n";
        server.start({"/usr/sbin/dovecot", "-F", "-c", at("conf")}, tls_port, at("out"));
    }
    Request ask(std::string method, const std::string& path, std::vector<Header> headers = {}, bool implicit = true) const {
        Request made;
        made.method = std::move(method);
        made.url = (implicit ? "imaps" : "imap") + std::string{"://localhost:"} + std::to_string(implicit ? tls_port : port) + path;
        made.headers = std::move(headers);
        made.user = "desk";
        made.password = "s3cret";
        made.ca_file = standins::Certificates::made().file("ca.pem");
        made.timeout_ms = 20'000;
        return made;
    }
    std::string token() const { return file_text(folder.path() / "token"); }
    std::string log() const { return file_text(folder.path() / "out") + file_text(folder.path() / "log"); }
    standins::TempFolder folder;
    int port = 0, tls_port = 0;
    Server server;
};

}  // namespace owed::transports
