#include "conformance/detail/worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "conformance/detail/bench.hpp"

namespace owed::conformance {
namespace {

namespace json = boost::json;
using Steady = std::chrono::steady_clock;

int report_fd = -1;   // of a worker: to whoever started it

void tell(const json::object& line) {
    const auto text = json::serialize(line) + "\n";
    for (std::size_t sent = 0; sent < text.size();) {
        const auto n = ::write(report_fd, text.data() + sent, text.size() - sent);
        if (n <= 0) ::_exit(9);   // nobody listens
        sent += static_cast<std::size_t>(n);
    }
}

/// UTF-8 or not, JSON carries it.
json::string printable(std::string_view text) { return json::string{shown(text, 4000)}; }

[[noreturn]] void work(const Subject& subject, Mode mode, const std::vector<const Check*>& checks, std::size_t first) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    catch_output();
    for (std::size_t i = first; i < checks.size(); ++i) {
        tell({{"start", i}});
        Verdict verdict;
        try {
            verdict = checks[i]->run(subject, mode);
        } catch (const std::exception& e) {
            verdict = failed(std::string{"the check could not be carried out: "} + e.what());
        }
        tell({{"end", i}, {"outcome", static_cast<int>(verdict.outcome)}, {"reason", printable(verdict.reason)}, {"fingerprint", printable(verdict.fingerprint)}});
    }
    ::_exit(0);
}

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        return "the process died of signal " + std::to_string(WTERMSIG(status)) + (name != nullptr ? std::string{" (SIG"} + name + ")" : "");
    }
    return "the plugin ended the process with exit code " + std::to_string(WEXITSTATUS(status));
}

class Run {
  public:
    Run(const Subject& subject, Mode mode, const std::vector<const Check*>& checks, std::chrono::seconds limit)
        : subject_{subject}, mode_{mode}, checks_{checks}, limit_{limit}, done_(checks.size()) {}

    std::vector<Finished> all() {
        while (next_ < checks_.size()) one_process();
        return std::move(done_);
    }

  private:
    void one_process() {
        int ends[2];
        OWED_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "no pipe for a worker");
        const pid_t pid = ::fork();
        OWED_CHECK(pid >= 0, "no process for a worker");
        if (pid == 0) {
            ::close(ends[0]);
            report_fd = ends[1];
            ::setpgid(0, 0);
            work(subject_, mode_, checks_, next_);
        }
        ::close(ends[1]);
        running_.reset();
        began_ = Steady::now();
        const bool in_time = listen(ends[0]);
        ::close(ends[0]);
        if (!in_time) ::kill(pid, SIGKILL);
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        if (next_ >= checks_.size()) return;
        // It ended before its work was done: the running check is to blame, and the rest begins anew.
        std::string reason = in_time ? how_it_ended(status) : "it did not end within " + std::to_string(limit_.count()) + " s";
        if (!at_.empty()) reason += "; at: " + at_;
        finish(running_.value_or(next_), {Outcome::failed, reason});
    }

    /// Until the worker closes its end, or takes too long.
    bool listen(int fd) {
        std::string text;
        for (;;) {
            const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(began_ + limit_ - Steady::now());
            if (patience.count() <= 0) return false;
            pollfd poll{fd, POLLIN, 0};
            if (::poll(&poll, 1, static_cast<int>(patience.count())) < 0 && errno != EINTR) return false;
            if (poll.revents == 0) continue;
            char piece[65536];
            const auto n = ::read(fd, piece, sizeof piece);
            if (n <= 0) return true;
            text.append(piece, static_cast<std::size_t>(n));
            for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) hear(text.substr(0, end));
        }
    }

    void hear(const std::string& line) {
        json::error_code error;
        const auto value = json::parse(line, error);
        if (error || !value.is_object()) return;
        const auto& object = value.get_object();
        const auto index = [&](const char* key) { return static_cast<std::size_t>(object.at(key).to_number<std::int64_t>()); };
        if (object.contains("start")) {
            running_ = index("start");
            began_ = Steady::now();
            at_.clear();
        } else if (object.contains("at")) {
            at_ = object.at("at").as_string().c_str();
        } else if (object.contains("end")) {
            finish(index("end"), {static_cast<Outcome>(object.at("outcome").to_number<int>()), object.at("reason").as_string().c_str(),
                                  object.at("fingerprint").as_string().c_str()});
        }
    }

    void finish(std::size_t index, Verdict verdict) {
        const Check& check = *checks_[index];
        const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began_).count();
        done_[index] = {{check.name, check.what, std::string{name_of(mode_)}, verdict.outcome, std::move(verdict.reason),
                         verdict.outcome == Outcome::failed ? check.advice : "", millis},
                        std::move(verdict.fingerprint)};
        next_ = index + 1;
    }

    const Subject& subject_;
    Mode mode_;
    const std::vector<const Check*>& checks_;
    std::chrono::seconds limit_;
    std::vector<Finished> done_;
    std::size_t next_ = 0;
    std::optional<std::size_t> running_;
    std::string at_;
    Steady::time_point began_;
};

}  // namespace

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::file: return "";
        case Mode::process: return "process";
        case Mode::none: return "none";
    }
    return "";
}

void at(std::string_view what) {
    if (report_fd >= 0) tell({{"at", printable(what)}});
}

std::vector<Finished> run_in_worker(const Subject& subject, Mode mode, const std::vector<const Check*>& checks, std::chrono::seconds limit) {
    return Run{subject, mode, checks, limit}.all();
}

}  // namespace owed::conformance
