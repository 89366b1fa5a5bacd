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
#include "host/detail/work_folder.hpp"

namespace owed::host {

struct ChildOptions {
    std::string program;                      ///< owed-plugin-host
    int plugin_fd = -1;                       ///< the checked file
    std::string run;                          ///< its path, of a plugin that is a program; empty: a shared object
    bool own_network = false;                 ///< as in InstanceConfig, and so is programs
    std::vector<std::string> programs;
    std::string name;                         ///< of the instance
    InstanceLimits limits;
    std::string work_folder;                  ///< below which it gets its own; empty: the folder for temporary files
    std::chrono::milliseconds polite_end{300}, kill_after{500}, supervise_every{1000};
};
ChildOptions child_options(const InstanceConfig& config, const HostOptions& options, const PluginFile& file);

/// What a child uses now; zeros once it is gone.
struct ChildUsage {
    std::uint64_t rss_bytes = 0, threads = 0;
    std::chrono::milliseconds cpu{0};         ///< since its start, all threads
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

    /// Compares what it uses with its limits, and kills it if that is too much; the death then has this reason. Any thread.
    void oversee();
    /// Whether it has died. With the thread of the calls, or while none runs: it takes the process's exit from the kernel.
    bool ended() { return reaped(std::chrono::milliseconds{0}); }
    /// Why it ended, once it has; as ChildFault::error.
    Error cause();

    ChildUsage usage() const;                                    ///< any thread
    std::uint64_t rss_bytes() const { return usage().rss_bytes; }
    pid_t pid() const { return pid_; }
    int pidfd() const { return pidfd_.get(); }
    std::chrono::milliseconds supervise_every() const { return options_.supervise_every; }
    const std::string& work_folder() const { return work_folder_.path(); }
    /// The last 64 KiB of its stderr so far. Any thread.
    std::string stderr_text() const;

  private:
    ChildProcess(const ChildOptions& options) : options_{options} {}
    enum class Phase { running, asked, terminated };  // asked: past its deadline or cancelled; terminated: SIGTERM sent
    struct CallState;
    Status wait(short events);
    void watch_deadline();
    Status greet();
    tl::expected<Outcome, ChildFault> fault(const Error& error, const CallState& state);
    std::string how_it_ended();
    void signal(int number);
    bool reaped(std::chrono::milliseconds patience);
    void drain_stderr();
    Status spawn(Fd socket, Fd error_end);
    void condemn(std::string reason);
    std::string condemned() const;
    void new_budget() { budget_from_ms_ = usage().cpu.count(); }

    ChildOptions options_;
    pid_t pid_ = -1;
    Fd pidfd_, stderr_, wake_;
    /// /proc/PID/statm and stat, opened while the child still let us (see child/main.cpp).
    Fd statm_, stat_;
    WorkFolder work_folder_;
    std::unique_ptr<FrameSocket> socket_;
    CallState* state_ = nullptr;
    std::uint32_t calls_ = 0;
    bool greeted_ = false;  ///< a program has said its version
    std::atomic<bool> over_ = false;
    int exit_code_ = 0, exit_status_ = 0;
    std::atomic<std::int64_t> budget_from_ms_ = 0;  ///< processor time at the begin of this call, or at the end of the last
    mutable std::mutex condemned_mutex_;
    std::string condemned_;                         ///< why we killed it
    mutable std::mutex stderr_mutex_;
    std::string stderr_text_;
};

}  // namespace owed::host
