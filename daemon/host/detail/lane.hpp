// One running plugin instance behind its isolation. A connector has two lanes: one for what reaches out (source, sender,
// sink, agency), one for what is pure (codec, decider), since a read hands over an artifact, and intake decodes it and asks
// about the money in it before the read goes on, and an instance is never called while another call of it runs. Who holds
// the store's writer may wait for the pure lane, and never for the other: a call there may be waiting for the writer.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "host/detail/child_process.hpp"
#include "host/detail/plugin_object.hpp"
#include "host/detail/services.hpp"
#include "host/detail/supervision.hpp"
#include "host/detail/watcher.hpp"

namespace owed::host {

/// Starts children from one thread that lives as long as the host: the parent-death signal follows the thread that made
/// the child, and worker threads come and go.
class Spawner {
  public:
    Spawner();
    ~Spawner();
    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;
    /// Any thread; blocks until it is started.
    Result<std::unique_ptr<ChildProcess>> start(const ChildOptions& options);
    Watcher& watcher() { return watcher_; }

  private:
    Watcher watcher_;
    struct Work;
    std::unique_ptr<Work> work_;
};

/// What a lane needs to know of its instance.
struct LaneContext {
    const InstanceConfig& config;
    const Manifest& manifest;
    const std::string& settings;    ///< JSON, defaults filled in
    const PluginFile& file;
    ChildOptions child;
    ServiceContext& services;
    Spawner& spawner;
    Supervision& supervision;       ///< of the instance: both lanes die on its account
    std::mutex& supervision_mutex;
};

/// Calls come one at a time; a second caller waits.
class Lane {
  public:
    explicit Lane(LaneContext context) : context_{std::move(context)} {}
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Runs a call, starting the plugin first if it is not there. The outcome of `prepare`d services is the caller's to
    /// look at. `fault` of the result: the plugin died or could not start.
    struct Ended {
        Status status;        ///< the plugin's own failure, or why it died
        bool died = false;    ///< in the middle of the call: what it did until then is all that is known
        bool started = false; ///< the call itself began; false: create failed, so nothing happened
        std::uint64_t retry_after_ms = 0;  ///< the plugin's own word beside its failure; 0: none
    };
    Ended run(const Call& call, CallServices& services, Deadline& deadline);
    /// Starts the plugin in a child before its first call, to see whether it can be: the child then serves the calls. With
    /// isolation none it is ended again, and has shown that the file does not take the daemon with it when it is loaded.
    Status trial();
    /// Ends a running call (it fails as cancelled) and the plugin. Any thread.
    void stop();

    std::atomic<bool>& cancelled() { return cancelled_; }
    std::uint64_t rss_bytes() const;
    std::int64_t pid() const;   ///< of its process; 0: none runs
    std::string stderr_text() const;

  private:
    Status begin(const Call& call);
    Call create_call() const;
    Status start_child();
    Status load_here();
    Ended run_child(const Call& call, CallServices& services, Deadline& deadline);
    Ended run_here(const Call& call, CallServices& services, Deadline& deadline);
    Status create_in(ChildProcess& child);
    std::string who(std::string_view call) const;
    std::string who(CallKind kind) const { return who(name_of(kind)); }
    Error named(Error error, std::string_view call) const;
    Error named(Error error, CallKind kind) const { return named(std::move(error), name_of(kind)); }
    Error blamed(Error error, CallKind kind) const;
    void note_death(const Error& error);
    void child_ended();
    void forget_child();

    LaneContext context_;
    std::mutex call_mutex_;                 ///< held for the length of a call
    mutable std::mutex process_mutex_;      ///< around process_ and object_, which stop() and reports look at
    std::shared_ptr<ChildProcess> process_; ///< shared with whoever is just asking it to stop or for its size
    std::shared_ptr<PluginObject> object_;
    Watcher::Token watched_ = 0;            ///< process_ at the watcher
    std::string last_words_;                ///< stderr of children that are gone
    std::atomic<bool> cancelled_{false};
};

}  // namespace owed::host
