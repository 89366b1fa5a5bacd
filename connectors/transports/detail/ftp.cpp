#include "transports/detail/ftp.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "transports/detail/curl_line.hpp"
#include "transports/detail/exchange.hpp"
#include "transports/detail/paths.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t names_max = 10'000;   // of a folder whose server wants to be asked for each file

/// The steps of one exchange: each is one perform of curl's, and they share a control line.
class FtpExchange {
  public:
    FtpExchange(const Request& request, const UrlParts& url, std::string path)
        : request_{request}, path_{std::move(path)}, server_{server_of(url)}, multi_{curl_multi_init()}, easy_{curl_easy_init()},
          deadline_{Clock::now() + std::chrono::milliseconds{request.timeout_ms}} {}
    ~FtpExchange() { hang_up(); }
    FtpExchange(const FtpExchange&) = delete;
    FtpExchange& operator=(const FtpExchange&) = delete;

    Result<Response> run() {
        if (!multi_ || !easy_) return fail(Errc::internal, "libcurl could not make a handle");
        if (request_.method == "GET") return get();
        if (request_.method == "LIST") return list();
        if (request_.method == "PUT") return put();
        if (request_.method == "DELETE") return change({"DELE " + path_}, "DELE", "deleted");
        const auto target = header_of(request_, "Destination");
        OWED_TRY(auto there, stands_there(target));
        if (there) return std::move(*there);
        return change({"RNFR " + path_, "RNTO " + target}, "RNTO", "renamed");
    }

  private:
    /// What came of one step.
    struct Step {
        CURLcode code = CURLE_FAILED_INIT;
        LineTrace lines;
        std::string body, reason, blocked;
        bool too_large = false, unknown_authority = false;
        bool good() const { return code == CURLE_OK; }
        bool refused() const { return lines.replied && lines.code >= 400; }
    };

    /// `path` behind the server's name in the URL; `set` tells curl the rest.
    Step step(const std::string& path, std::size_t bytes_max, std::string_view upload, const std::function<void(CURL*, List&)>& set, bool keep_answers = false) {
        Step done;
        CURL* easy = easy_.get();
        curl_easy_reset(easy);   // keeps its TLS sessions: many a server takes no data line with another than the control line's
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        if (left <= 0) return done.code = CURLE_OPERATION_TIMEDOUT, done;
        Exchange exchange{.request = request_, .dialect = Dialect::ftp};
        exchange.reply_bytes_max = bytes_max;
        exchange.loopback = may_be_loopback(request_);
        exchange.safe = true;   // no step is begun twice by curl: what has an effect is no body of a kept line
        exchange.upload = upload;
        exchange.lines.keep_answers = keep_answers;
        set_callbacks(easy, exchange);
        set_profile(easy, request_, Dialect::ftp);
        set_limits(easy, static_cast<std::uint32_t>(left), bytes_max);
        curl_easy_setopt(easy, CURLOPT_URL, (server_ + path).c_str());
        curl_easy_setopt(easy, CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_NOCWD));
        curl_easy_setopt(easy, CURLOPT_FTPSSLAUTH, static_cast<long>(CURLFTPAUTH_TLS));
        curl_easy_setopt(easy, CURLOPT_FTP_SKIP_PASV_IP, 1L);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh_ ? 1L : 0L);
        const List addresses = set_addresses(easy, request_);
        List commands;
        set(easy, commands);
        {
            const Attached attached{multi_.get(), easy};
            if (attached.ok()) done.code = detail::run(multi_.get(), request_.cancelled);
            curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &control_);
            // What a server still says after a refusal would be taken for the answer to the next command.
            if (!done.good()) hang_up();
        }
        fresh_ = !done.good();
        done.lines = std::move(exchange.lines);
        done.body = std::move(exchange.response.body);
        done.too_large = exchange.reply_too_large || done.code == CURLE_FILESIZE_EXCEEDED;
        done.reason = exchange.error_text[0] != 0 ? exchange.error_text : curl_easy_strerror(done.code);
        done.blocked = std::move(exchange.blocked);
        done.unknown_authority = is_unknown_authority(easy, stop_of(done.code));
        return done;
    }

    /// curl says QUIT at the end and would wait long for an answer to it: nothing more is read.
    void hang_up() {
        if (control_ != CURL_SOCKET_BAD) ::shutdown(control_, SHUT_RD);
        control_ = CURL_SOCKET_BAD;
    }

    /// Commands alone, without a data line; "*" before one: its refusal does not end the step.
    Step tell(const std::vector<std::string>& commands, bool keep_answers = false) {
        return step("//", 0, {}, [&](CURL* easy, List& list) {
            for (const auto& command : commands) append(list, command);
            curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
            curl_easy_setopt(easy, CURLOPT_QUOTE, list.get());
        }, keep_answers);
    }

    Result<Response> get() {
        auto done = step(url_path(path_), request_.reply_bytes_max, {}, [](CURL*, List&) {});
        if (done.too_large) return too_large("file");
        if (!done.good()) return ended_badly(done);
        auto response = ended(Outcome::ok, {});
        response.status = done.lines.code;
        response.body = std::move(done.body);
        return response;
    }

    // ---- LIST

    Result<Response> list() {
        const std::string folder = path_.ends_with('/') ? path_ : path_ + "/";
        const auto done = step(url_path(folder), request_.reply_bytes_max, {}, [](CURL* easy, List&) { curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "MLSD"); });
        if (done.too_large) return too_large("list");
        // 500, 502, 504: servers from before RFC 3659.
        const bool unknown = done.lines.verb == "MLSD" && (done.lines.code == 500 || done.lines.code == 502 || done.lines.code == 504);
        if (!done.good() && unknown) return list_by_name(folder);
        if (!done.good()) return ended_badly(done);
        std::vector<ListedFile> files;
        for (std::string_view rest = done.body; !rest.empty();) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            if (auto file = listed_file(line)) files.push_back(std::move(*file));
        }
        return listed(std::move(files));
    }

    /// The names, and then size and time of each, which are no matter of taste as LIST's lines are.
    Result<Response> list_by_name(const std::string& folder) {
        // Some servers list a folder that is not there as an empty one.
        if (const auto there = tell({"CWD " + path_}); !there.good()) return ended_badly(there);
        const auto done = step(url_path(folder), request_.reply_bytes_max, {}, [](CURL* easy, List&) { curl_easy_setopt(easy, CURLOPT_DIRLISTONLY, 1L); });
        if (done.too_large) return too_large("list");
        const bool empty = done.lines.verb == "NLST" && (done.lines.code == 450 || done.lines.code == 550);  // "no files found"
        if (!done.good() && !empty) return ended_badly(done);
        const auto names = names_of(done.body);
        if (names.size() > names_max) return fail(Errc::input_too_large, "the folder has more than " + std::to_string(names_max) + " names", server_ + path_);
        std::vector<std::string> questions{"TYPE I"};
        for (const auto& name : names) questions.insert(questions.end(), {"*SIZE " + folder + name, "*MDTM " + folder + name});
        const auto told = tell(questions, true);
        if (!told.good()) return ended_badly(told);
        return listed(files_of(names, told.lines.answers));
    }

    static std::vector<ListedFile> files_of(const std::vector<std::string>& names, const std::vector<std::pair<std::string, std::string>>& answers) {
        std::vector<ListedFile> files;
        std::size_t at = 0;
        const auto next = [&](std::string_view verb) -> std::string_view {
            while (at < answers.size() && answers[at].first != verb) ++at;
            return at < answers.size() ? std::string_view{answers[at++].second} : std::string_view{};
        };
        for (const auto& name : names) {
            const auto size = next("SIZE"), time = next("MDTM");
            const auto is_number = size.size() > 4 && size.find_first_not_of("0123456789", 4) == std::string_view::npos;
            if (!size.starts_with("213 ") || !is_number || size.size() > 22) continue;  // a folder has no size
            files.push_back({name, std::stoull(std::string{size.substr(4)}), time.starts_with("213 ") ? time_val(time.substr(4)).value_or(0) : 0});
        }
        return files;
    }

    static Response listed(std::vector<ListedFile> files) {
        std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
        auto response = ended(Outcome::ok, {});
        for (const auto& file : files) response.body += file.name + "\t" + std::to_string(file.bytes) + "\t" + std::to_string(file.modified) + "\n";
        return response;
    }

    // ---- PUT, RENAME, DELETE

    /// Under another name first, so that nobody over there takes half a file; the rename makes it appear.
    Result<Response> put() {
        const auto there = step(url_path(path_), request_.body.size(), {}, [](CURL*, List&) {});
        if (there.good() && there.body == request_.body) return ended(Outcome::ok, {});
        if (there.good() || there.too_large) return is_there(path_);
        if (there.lines.verb != "RETR" && there.lines.verb != "SIZE") return ended_badly(there);
        if (!there.refused() || there.lines.code != 550) return ended_badly(there);
        const auto slash = path_.rfind('/');
        const std::string part = path_.substr(0, slash + 1) + "." + path_.substr(slash + 1) + ".part";
        const auto written = step(url_path(part), 0, request_.body, [&](CURL* easy, List&) {
            curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
            // In TLS 1.3 a server hands out session tickets on the data line, which nobody reads there: closing the line then
            // resets it, and the file's end is lost (vsftpd: "426 Failure reading network stream").
            constexpr long tls_1_2 = CURL_SSLVERSION_TLSv1_2, at_most = tls_1_2 << 16;   // CURL_SSLVERSION_MAX_TLSv1_2
            curl_easy_setopt(easy, CURLOPT_SSLVERSION, tls_1_2 | at_most);
            curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        });
        if (!written.good()) return ended_badly(written);
        return change({"RNFR " + part, "RNTO " + path_}, "RNTO", "written");
    }

    /// A response when something of that name is there.
    Result<std::optional<Response>> stands_there(const std::string& path) {
        const auto asked = tell({"TYPE I", "SIZE " + path});
        if (asked.good()) return std::optional{is_there(path)};
        if (asked.lines.verb == "SIZE" && asked.lines.code == 550) return std::optional<Response>{};
        OWED_TRY(auto bad, ended_badly(asked));
        return std::optional{std::move(bad)};
    }
    Response is_there(const std::string& path) const { return ended(Outcome::refused, server_ + path + " is there already, with other bytes"); }

    /// `last`: the command that does it. Without an answer to that one nobody knows.
    Result<Response> change(const std::vector<std::string>& commands, std::string_view last, const char* what) {
        const auto done = tell(commands);
        const bool answered = done.lines.verb != last || done.lines.replied;
        if (!answered) return ended(Outcome::unknown_outcome, server_ + " broke off (" + done.reason + "); " + path_ + " may or may not be " + what);
        if (!done.good() && !(done.lines.verb == last && done.lines.code >= 200 && done.lines.code < 300)) return ended_badly(done);
        auto response = ended(Outcome::ok, {});
        response.status = done.lines.code;
        return response;
    }

    // ---- the end

    Result<Response> too_large(const char* what) const {
        return fail(Errc::input_too_large, std::string{"the "} + what + " is larger than " + std::to_string(request_.reply_bytes_max) + " bytes", server_ + path_);
    }

    /// Nothing happened over there, or the server said no.
    Result<Response> ended_badly(const Step& done) const {
        if (!done.blocked.empty()) return fail(Errc::invalid_config, done.blocked, server_);
        auto stop = stop_of(done.code);
        if (stop == Stop::timed_out && done.refused()) stop = Stop::failed;   // curl calls a 421 that
        if (stop == Stop::untrusted) {
            auto response = ended(Outcome::untrusted, server_ + " was not trusted, nothing was sent: " + done.reason);
            response.unknown_authority = done.unknown_authority;
            return response;
        }
        if (stop == Stop::timed_out) return ended(Outcome::timed_out, server_ + " did not answer within " + std::to_string(request_.timeout_ms) + " ms");
        if (stop == Stop::cancelled) return ended(Outcome::cancelled, server_ + ": cancelled");
        if (!done.refused()) return ended(Outcome::transient, server_ + ": " + done.reason);
        auto outcome = outcome_of_ftp(done.lines.code);
        if (stop == Stop::login_denied && done.lines.code >= 500) outcome = Outcome::auth;
        // Before the login a 5xx is about the server, and says nothing about this file.
        const bool greeting = done.lines.verb.empty();
        if (greeting && outcome == Outcome::refused) outcome = Outcome::transient;
        auto response = ended(outcome, server_ + path_ + ": answered " + done.lines.reply + (greeting ? " on connecting" : " to " + done.lines.verb));
        response.status = done.lines.code;
        return response;
    }

    const Request& request_;
    std::string path_, server_;
    Multi multi_;
    Easy easy_;
    Clock::time_point deadline_;
    bool fresh_ = false;   ///< the next step makes a new control line
    curl_socket_t control_ = CURL_SOCKET_BAD;
};

}  // namespace

bool is_ftp(std::string_view url) { return url.starts_with("ftp://") || url.starts_with("ftps://"); }

Status check_ftp(const Request& request) {
    OWED_TRY_VOID(check_url(request.url, request.encryption));
    const auto url = url_parts(request.url);
    if (!url || request.url.find_first_of("?#") != std::string::npos)
        return fail(Errc::data, "the URL \"" + printable(request.url) + "\" has a ? or #", {}, "write %3F and %23 where a file's name has them");
    OWED_TRY_VOID(check_file_request(request, *url, "FTP"));
    return check_common(request);
}

Result<Response> ftp(const Request& request) {
    OWED_TRY_VOID(check_ftp(request));
    if (!ready_once()) return fail(Errc::internal, "libcurl could not be initialised");
    const auto url = *url_parts(request.url);
    return FtpExchange{request, url, *path_of(url.path)}.run();
}

}  // namespace owed::transports::detail
