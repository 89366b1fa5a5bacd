#include "transports/detail/sftp.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "transports/detail/paths.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t piece = 32 * 1024;  // what every server takes in one packet

struct SessionEnd {
    void operator()(ssh_session session) const { ssh_free(session); }
};
struct SftpEnd {
    void operator()(sftp_session sftp) const { sftp_free(sftp); }
};
struct FileEnd {
    void operator()(sftp_file file) const { sftp_close(file); }
};
struct FolderEnd {
    void operator()(sftp_dir folder) const { sftp_closedir(folder); }
};
struct EntryEnd {
    void operator()(sftp_attributes entry) const { sftp_attributes_free(entry); }
};
struct KeyEnd {
    void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Session = std::unique_ptr<std::remove_pointer_t<ssh_session>, SessionEnd>;
using Sftp = std::unique_ptr<std::remove_pointer_t<sftp_session>, SftpEnd>;
using File = std::unique_ptr<std::remove_pointer_t<sftp_file>, FileEnd>;
using Folder = std::unique_ptr<std::remove_pointer_t<sftp_dir>, FolderEnd>;
using Entry = std::unique_ptr<std::remove_pointer_t<sftp_attributes>, EntryEnd>;
using Key = std::unique_ptr<std::remove_pointer_t<ssh_key>, KeyEnd>;

/// Ends a blocking exchange that is not wanted any more or takes too long, by closing its socket's both ways: libssh's calls
/// then fail at once.
class Watch {
  public:
    Watch(int fd, const Request& request, Clock::time_point deadline) : thread_{[this, fd, &request, deadline] { run(fd, request, deadline); }} {}
    ~Watch() {
        {
            const std::lock_guard lock{mutex_};
            over_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    bool cancelled() const { return cancelled_; }
    bool late() const { return late_; }

  private:
    void run(int fd, const Request& request, Clock::time_point deadline) {
        std::unique_lock lock{mutex_};
        while (!changed_.wait_for(lock, std::chrono::milliseconds{100}, [this] { return over_; })) {
            cancelled_ = request.cancelled && request.cancelled();
            late_ = Clock::now() >= deadline;
            if (!cancelled_ && !late_) continue;
            ::shutdown(fd, SHUT_RDWR);
            return;
        }
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
    std::atomic<bool> cancelled_{false}, late_{false};
    std::thread thread_;
};

/// One connected exchange.
class SftpExchange {
  public:
    SftpExchange(const Request& request, const UrlParts& url, std::string path)
        : request_{request}, url_{url}, path_{std::move(path)}, server_{server_of(url)},
          deadline_{Clock::now() + std::chrono::milliseconds{request.timeout_ms}} {}
    ~SftpExchange() {
        sftp_.reset();
        watch_.reset();
        if (session_ && ssh_is_connected(session_.get()) != 0) ssh_disconnect(session_.get());
        session_.reset();
        if (fd_ >= 0) ::close(fd_);
    }
    SftpExchange(const SftpExchange&) = delete;
    SftpExchange& operator=(const SftpExchange&) = delete;

    Result<Response> run() {
        OWED_TRY(auto connected, connect());
        if (connected) return std::move(*connected);
        watch_ = std::make_unique<Watch>(fd_, request_, deadline_);
        if (auto failed = greet()) return std::move(*failed);
        if (auto failed = prove()) return std::move(*failed);
        if (auto failed = login()) return std::move(*failed);
        sftp_.reset(sftp_new(session_.get()));
        if (!sftp_ || sftp_init(sftp_.get()) != SSH_OK) return broken("does not offer SFTP: ");
        if (request_.method == "GET") return get();
        if (request_.method == "LIST") return list();
        if (request_.method == "PUT") return put();
        if (request_.method == "DELETE") return changed(sftp_unlink(sftp_.get(), path_.c_str()), "deleted");
        return changed(sftp_rename(sftp_.get(), path_.c_str(), header_of(request_, "Destination").c_str()), "renamed");
    }

  private:
    /// A response when no connection could be made; nothing when there is one. Errors: an address that is never spoken to.
    Result<std::optional<Response>> connect() {
        addrinfo hints{}, *found = nullptr;
        hints.ai_socktype = SOCK_STREAM;
        const std::string host = url_.host.front() == '[' ? url_.host.substr(1, url_.host.size() - 2) : url_.host;
        if (const int code = ::getaddrinfo(host.c_str(), url_.port.empty() ? "22" : url_.port.c_str(), &hints, &found); code != 0)
            return std::optional{ended(Outcome::transient, server_ + ": the name does not resolve: " + ::gai_strerror(code))};
        const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found, &::freeaddrinfo};
        std::string why = "no address";
        for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
            char text[INET6_ADDRSTRLEN] = "";
            const void* raw = at->ai_family == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(at->ai_addr)->sin_addr)
                                                       : &reinterpret_cast<const sockaddr_in6*>(at->ai_addr)->sin6_addr;
            ::inet_ntop(at->ai_family, raw, text, sizeof text);
            OWED_TRY_VOID(check_peer(text, Encryption::required, request_.names_may_be_loopback || names_this_machine(url_.host)));
            why = connect_to(*at);
            if (why.empty()) return std::optional<Response>{};
            if (request_.cancelled && request_.cancelled()) return std::optional{ended(Outcome::cancelled, server_ + ": cancelled")};
        }
        return std::optional{ended(Outcome::transient, server_ + " cannot be reached: " + why)};
    }

    /// Empty when it worked.
    std::string connect_to(const addrinfo& address) {
        fd_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd_ < 0) return "no socket";
        int code = ::connect(fd_, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
        const auto end = std::min(deadline_, Clock::now() + std::chrono::milliseconds{request_.connect_timeout_ms});
        while (code == EINPROGRESS) {
            pollfd wait{fd_, POLLOUT, 0};
            if (::poll(&wait, 1, 100) > 0) {
                socklen_t length = sizeof code;
                ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &length);
            } else if (Clock::now() >= end || (request_.cancelled && request_.cancelled())) {
                code = ETIMEDOUT;
            }
        }
        if (code == 0) {
            ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
            return {};
        }
        ::close(std::exchange(fd_, -1));
        return std::strerror(code);
    }

    std::optional<Response> greet() {
        session_.reset(ssh_new());
        if (!session_) return ended(Outcome::transient, "out of memory");
        const long seconds = request_.timeout_ms / 1000 + 10;  // the watch ends it first, and says why
        const int no = 0;
        const auto set = [&](ssh_options_e option, const void* value) { return ssh_options_set(session_.get(), option, value) == SSH_OK; };
        const bool good = set(SSH_OPTIONS_PROCESS_CONFIG, &no) && set(SSH_OPTIONS_FD, &fd_) && set(SSH_OPTIONS_HOST, url_.host.c_str()) &&
                          set(SSH_OPTIONS_USER, request_.user.c_str()) && set(SSH_OPTIONS_TIMEOUT, &seconds) &&
                          set(SSH_OPTIONS_HOSTKEYS, "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256") &&
                          set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256");
        if (!good) return ended(Outcome::transient, "libssh took no settings: " + std::string{ssh_get_error(session_.get())});
        if (ssh_connect(session_.get()) == SSH_OK) return {};
        return broken("did not agree on a secure line: ");
    }

    std::optional<Response> prove() {
        ssh_key raw = nullptr;
        unsigned char* hash = nullptr;
        std::size_t length = 0;
        if (ssh_get_server_publickey(session_.get(), &raw) != SSH_OK) return broken("showed no key: ");
        const Key key{raw};
        if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != 0) return broken("showed no key: ");
        char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
        const std::string shown = text == nullptr ? "" : text;
        ssh_string_free_char(text);
        ssh_clean_pubkey_hash(&hash);
        if (shown == request_.host_key) return {};
        return ended(Outcome::untrusted, server_ + " shows the key " + shown + ", and the configuration pins " + request_.host_key +
                                             "; if the server's key was changed, ask its owner for the new fingerprint");
    }

    std::optional<Response> login() {
        int code = SSH_AUTH_DENIED;
        if (!request_.ssh_key.empty()) {
            ssh_key raw = nullptr;
            const char* words = request_.password.empty() ? nullptr : request_.password.c_str();
            if (ssh_pki_import_privkey_base64(request_.ssh_key.c_str(), words, nullptr, nullptr, &raw) != SSH_OK)
                return ended(Outcome::auth, "the ssh_key cannot be read; expected an OpenSSH or PEM private key, and its passphrase as password");
            const Key key{raw};
            code = ssh_userauth_publickey(session_.get(), nullptr, key.get());
        } else {
            code = ssh_userauth_password(session_.get(), nullptr, request_.password.c_str());
        }
        if (code == SSH_AUTH_SUCCESS) return {};
        if (code == SSH_AUTH_ERROR) return broken("broke off during the login: ");
        return ended(Outcome::auth, server_ + " refuses the login of " + request_.user + (request_.ssh_key.empty() ? " by password" : " by key"));
    }

    Result<Response> get() {
        const File file{sftp_open(sftp_.get(), path_.c_str(), O_RDONLY, 0)};
        if (!file) return refused();
        Response response = ended(Outcome::ok, {});
        OWED_TRY(const bool whole, read_all(file.get(), response.body));
        if (!whole) return broken("broke off: ");
        return response;
    }

    /// False: the line broke. Errors: input_too_large.
    Result<bool> read_all(sftp_file file, std::string& bytes) {
        char buffer[piece];
        for (;;) {
            const auto n = sftp_read(file, buffer, sizeof buffer);
            if (n == 0) return true;
            if (n < 0) return false;
            if (bytes.size() + static_cast<std::size_t>(n) > request_.reply_bytes_max)
                return fail(Errc::input_too_large, "the file is larger than " + std::to_string(request_.reply_bytes_max) + " bytes", server_ + path_);
            bytes.append(buffer, static_cast<std::size_t>(n));
        }
    }

    Result<Response> list() {
        const Folder folder{sftp_opendir(sftp_.get(), path_.c_str())};
        if (!folder) return refused();
        Response response = ended(Outcome::ok, {});
        std::vector<std::string> lines;
        std::size_t bytes = 0;
        while (const Entry entry{sftp_readdir(sftp_.get(), folder.get())}) {
            const std::string name = entry->name == nullptr ? "" : entry->name;
            // Links, folders and devices are no files of a drop folder; a name with a line break would forge a line.
            if (entry->type != SSH_FILEXFER_TYPE_REGULAR || name.empty() || printable(name, name.size()) != name) continue;
            const auto modified = entry->mtime64 != 0 ? entry->mtime64 : entry->mtime;
            lines.push_back(name + "\t" + std::to_string(entry->size) + "\t" + std::to_string(modified) + "\n");
            bytes += lines.back().size();
            if (bytes > request_.reply_bytes_max) return fail(Errc::input_too_large, "the list is larger than " + std::to_string(request_.reply_bytes_max) + " bytes", server_ + path_);
        }
        if (sftp_dir_eof(folder.get()) == 0) return broken("broke off: ");
        std::sort(lines.begin(), lines.end());
        for (const auto& line : lines) response.body += line;
        return response;
    }

    /// Under another name first, so that nobody over there takes half a file; the rename makes it appear.
    Result<Response> put() {
        OWED_TRY(const auto there, stands_there());
        if (there) return std::move(*there);
        const auto slash = path_.rfind('/');
        const std::string part = path_.substr(0, slash + 1) + "." + path_.substr(slash + 1) + ".part";
        {
            const File file{sftp_open(sftp_.get(), part.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0640)};
            if (!file) return refused();
            for (std::size_t done = 0; done < request_.body.size();) {
                const auto n = sftp_write(file.get(), request_.body.data() + done, std::min(piece, request_.body.size() - done));
                if (n <= 0) return ssh_is_connected(session_.get()) != 0 ? refused() : broken("broke off before the file was there: ");
                done += static_cast<std::size_t>(n);
            }
        }
        return changed(sftp_rename(sftp_.get(), part.c_str(), path_.c_str()), "written");
    }

    /// A file of that name: the same bytes are success, since a repeat may come after an unknown outcome; others are refused.
    Result<std::optional<Response>> stands_there() {
        const File file{sftp_open(sftp_.get(), path_.c_str(), O_RDONLY, 0)};
        if (!file) {
            if (sftp_get_error(sftp_.get()) == SSH_FX_NO_SUCH_FILE) return std::optional<Response>{};
            return std::optional{refused()};
        }
        std::string bytes;
        const auto whole = read_all(file.get(), bytes);
        if (whole && !*whole) return std::optional{broken("broke off: ")};
        if (whole && bytes == request_.body) return std::optional{ended(Outcome::ok, {})};
        return std::optional{ended(Outcome::refused, server_ + path_ + " is there already, with other bytes")};
    }

    /// Of a call with an effect: a line that broke after it was asked leaves the outcome unknown.
    Response changed(int code, const char* done) {
        if (code == SSH_OK) return ended(Outcome::ok, {});
        if (ssh_is_connected(session_.get()) != 0 && sftp_get_error(sftp_.get()) != SSH_FX_OK && !watch_->late() && !watch_->cancelled() &&
            sftp_get_error(sftp_.get()) != SSH_FX_CONNECTION_LOST)
            return refused();
        return ended(Outcome::unknown_outcome, server_ + " broke off; " + path_ + " may or may not be " + done);
    }

    Response refused() {
        static constexpr std::array<std::string_view, 12> words{"no error", "end of file", "no such file", "permission denied", "failure",
                                                                "bad message", "no connection", "connection lost", "not supported",
                                                                "invalid handle", "no such path", "already there"};
        const int code = sftp_get_error(sftp_.get());
        if (code == SSH_FX_NO_CONNECTION || code == SSH_FX_CONNECTION_LOST || code == SSH_FX_OK || watch_->late() || watch_->cancelled())
            return broken("broke off: ");
        auto response = ended(Outcome::refused, server_ + path_ + ": " + std::string{code > 0 && code < 12 ? words[static_cast<std::size_t>(code)] : "refused"} +
                                                    " (SFTP status " + std::to_string(code) + ")");
        response.status = code;
        return response;
    }

    /// Nothing happened over there: reading, or before anything was asked.
    Response broken(const std::string& what) {
        if (watch_ && watch_->cancelled()) return ended(Outcome::cancelled, server_ + ": cancelled");
        if (watch_ && watch_->late()) return ended(Outcome::timed_out, server_ + " did not answer within " + std::to_string(request_.timeout_ms) + " ms");
        return ended(Outcome::transient, server_ + " " + what + ssh_get_error(session_.get()));
    }

    const Request& request_;
    const UrlParts& url_;
    std::string path_, server_;
    Clock::time_point deadline_;
    int fd_ = -1;
    Session session_;
    std::unique_ptr<Watch> watch_;
    Sftp sftp_;
};

}  // namespace

bool is_sftp(std::string_view url) { return url.starts_with("sftp://"); }

Status check_sftp(const Request& request) {
    const auto url = url_parts(request.url);
    if (!url || url->scheme != "sftp") return fail(Errc::invalid_config, "\"" + printable(request.url) + "\" is no sftp:// URL with a host and without a user");
    OWED_TRY_VOID(check_file_request(request, *url, "SFTP"));
    if (!request.host_key.starts_with("SHA256:"))
        return fail(Errc::invalid_config, "the key of " + url->host + " is not pinned", {},
                    "add transfer: {host_key: \"SHA256:...\"}; the server's owner tells it, and `ssh-keyscan HOST | ssh-keygen -lf -` shows what answers");
    return {};
}

Result<Response> sftp(const Request& request) {
    OWED_TRY_VOID(check_sftp(request));
    const auto url = *url_parts(request.url);
    return SftpExchange{request, url, *path_of(url.path)}.run();
}

}  // namespace owed::transports::detail
