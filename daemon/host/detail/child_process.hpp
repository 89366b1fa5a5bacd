// One child: started, spoken to, watched by pidfd, and ended. Calls come from one thread at a time.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "host/detail/frame_socket.hpp"
#include "host/detail/services.hpp"

namespace owed::host {

struct ChildOptions {
    std::string program;                      ///< owed-plugin-host
    int plugin_fd = -1;                       ///< the checked file
    std::uint64_t memory_mib = 512, files_max = 64;
    std::chrono::milliseconds polite_end{500}, kill_after{2000};
};

/// How a call ended badly.
struct ChildFault {
    bool died = false;      ///< the child is gone (crash, deadline, garbage): counts for back-off and quarantine
    Error error;            ///< plugin_crashed, timed_out, plugin_bug, cancelled; `what` goes on after "plugin P, instance I, CALL: "
};

class ChildProcess {
  public:
    /// Starts a child; it has not loaded anything yet. On the thread that outlives it: the parent-death signal follows it.
    static Result<std::unique_ptr<ChildProcess>> start(const ChildOptions& options);
    /// Kills it if it still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Runs one call to its end, serving its requests at `services`. `file`: of the plugin, for create.
    tl::expected<Outcome, ChildFault> call(const Call& call, const std::string& file, ServiceDoor& services, Deadline& deadline,
                                           const std::atomic<bool>& cancelled);
    /// Wakes a running call, so that it sees its `cancelled`. Any thread.
    void wake();
    /// Closes the connection and waits for the end; kills after kill_after.
    void end();

    std::uint64_t rss_bytes() const;
    pid_t pid() const { return pid_; }
    /// The last 64 KiB of its stderr so far. Any thread.
    std::string stderr_text() const;

  private:
    ChildProcess(const ChildOptions& options) : options_{options} {}
    enum class Phase { running, asked, terminated };  // asked: past its deadline or cancelled; terminated: SIGTERM sent
    struct CallState;
    Status wait(short events);
    void watch_deadline();
    tl::expected<Outcome, ChildFault> fault(const Error& error, const CallState& state);
    std::string how_it_ended();
    void signal(int number);
    bool reaped(std::chrono::milliseconds patience);
    void drain_stderr();

    ChildOptions options_;
    pid_t pid_ = -1;
    Fd pidfd_, stderr_, wake_;
    std::unique_ptr<FrameSocket> socket_;
    CallState* state_ = nullptr;
    std::uint32_t calls_ = 0;
    bool over_ = false;
    int exit_code_ = 0, exit_status_ = 0;
    mutable std::mutex stderr_mutex_;
    std::string stderr_text_;
};

}  // namespace owed::host
