#include "host/detail/lane.hpp"

#include "host/detail/limit_words.hpp"
#include "host/detail/watched_door.hpp"

#include <condition_variable>
#include <thread>

namespace owed::host {

// ---- Spawner

struct Spawner::Work {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::packaged_task<Result<std::unique_ptr<ChildProcess>>()>> wanted;
    bool ending = false;
    std::thread thread;

    void run() {
        std::unique_lock lock{mutex};
        for (;;) {
            changed.wait(lock, [this] { return ending || !wanted.empty(); });
            if (wanted.empty()) return;
            auto task = std::move(wanted.front());
            wanted.erase(wanted.begin());
            lock.unlock();
            task();
            lock.lock();
        }
    }
};

Spawner::Spawner() : work_{std::make_unique<Work>()} {
    work_->thread = std::thread{[w = work_.get()] { w->run(); }};
}
Spawner::~Spawner() {
    {
        const std::lock_guard lock{work_->mutex};
        work_->ending = true;
    }
    work_->changed.notify_one();
    work_->thread.join();
}
Result<std::unique_ptr<ChildProcess>> Spawner::start(const ChildOptions& options) {
    std::packaged_task<Result<std::unique_ptr<ChildProcess>>()> task{[&] { return ChildProcess::start(options); }};
    auto child = task.get_future();
    {
        const std::lock_guard lock{work_->mutex};
        work_->wanted.push_back(std::move(task));
    }
    work_->changed.notify_one();
    return child.get();
}

// ---- Lane

namespace {

/// The end of what it wrote to stderr, as part of one sentence: what the author of the plugin wants to see first.
Error with_last_words(Error error, const ChildProcess& child) {
    constexpr std::size_t shown_max = 200;
    std::string text = child.stderr_text();
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    text.erase(0, text.rfind('\n') + 1);
    if (text.size() > shown_max) text.erase(0, text.size() - shown_max);
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '"') c = '?';
    if (!text.empty()) error.what += "; its last words: \"" + text + "\"";
    return error;
}

/// A call that failed for want of memory names the limit: in a child it is that limit which stood in the way.
Error with_memory_limit(Error error, const Failure& failure, const InstanceLimits& limits) {
    auto memory = out_of_memory(failure.message, limits);
    if (memory.empty()) memory = out_of_memory(failure.detail, limits);
    if (memory.empty() || error.code != Errc::plugin_bug) return error;
    error.what += "; it " + memory;
    error.advice = "raise limits: memory_mib if its work rightly takes that much, else report it to the plugin's author";
    return error;
}

}  // namespace

/// "plugin bank-files, instance house-bank, read".
std::string Lane::who(std::string_view call) const {
    return "plugin " + context_.config.plugin + ", instance " + context_.config.name + ", " + std::string{call};
}

Error Lane::named(Error error, std::string_view call) const {
    error.what = who(call) + ": " + error.what;
    return error;
}

/// A plugin's bug names the plugin, whoever reads of it; other failures are about the world, and stay as they were said.
Error Lane::blamed(Error error, CallKind kind) const {
    return error.code != Errc::plugin_bug || error.what.starts_with(who(kind)) ? std::move(error) : named(std::move(error), kind);
}

void Lane::note_death(const Error& error) {
    const std::lock_guard lock{context_.supervision_mutex};
    const char* kind = error.code == Errc::timed_out ? "deadline" : error.code == Errc::plugin_bug ? "garbage" : "crash";
    context_.supervision.died(context_.services.clock.now(), error.what, context_.services.rng.next("plugin back-off"), kind);
    context_.services.log.error("host", to_text(error) + (context_.supervision.quarantined() ? "; five deaths in ten minutes: the instance is quarantined" : ""));
}

/// May it start, and if it does not run, does it?
Status Lane::begin(const Call& call) {
    if (cancelled_) return fail(Errc::cancelled, "owed is stopping");
    {
        const std::lock_guard lock{context_.supervision_mutex};
        const auto& supervision = context_.supervision;
        if (supervision.quarantined())
            return fail(Errc::plugin_crashed, who(call.kind) + ": quarantined after five deaths in ten minutes; the last: " + supervision.reason(), {},
                        "owectl plugin release " + context_.config.name);
        const auto wait = supervision.wait_s(context_.services.clock.now());
        if (wait > 0)
            return fail(Errc::plugin_crashed, who(call.kind) + ": waits " + std::to_string(wait) +
                                                  " s more before the next start; the last: " + supervision.reason());
    }
    const bool here = context_.config.isolation == InstanceConfig::Isolation::none;
    {
        const std::lock_guard lock{process_mutex_};
        if (here ? object_ != nullptr : process_ != nullptr) return {};
    }
    return here ? load_here() : start_child();
}

Call Lane::create_call() const {
    return {CallKind::create, context_.config.name, context_.settings, context_.config.allow_drafts ? "drafts" : "", {}};
}

/// The plugin's create, in a child. An Error has its whole text; a death is noted.
Status Lane::create_in(ChildProcess& child) {
    Deadline deadline{context_.config.limits.call_deadline};
    CallServices services{context_.services, CallKind::create, deadline, cancelled_};
    const Call create = create_call();
    WatchedDoor door{services, context_.services.watch, context_.config.name, CallKind::create};
    auto outcome = child.call(create, context_.file.path(), door, deadline, cancelled_);
    if (!outcome) {
        const bool died = outcome.error().died;
        auto error = named(died ? with_last_words(std::move(outcome.error().error), child) : std::move(outcome.error().error), CallKind::create);
        if (died) note_death(error);
        return fail(std::move(error));
    }
    if (outcome->status == OWED_OK) return {};
    services.log_detail(outcome->failure);
    return fail(blamed(error_of(outcome->failure, who(CallKind::create)), CallKind::create));
}

Status Lane::start_child() {
    OWED_TRY(std::unique_ptr<ChildProcess> child, context_.spawner.start(context_.child));
    std::shared_ptr<ChildProcess> shared = std::move(child);
    {
        const std::lock_guard lock{process_mutex_};
        process_ = shared;
    }
    watched_ = context_.spawner.watcher().add(shared, [this] { child_ended(); });
    auto created = create_in(*shared);
    if (!created) forget_child();
    return created;
}

Status Lane::trial() {
    const std::lock_guard one_at_a_time{call_mutex_};
    OWED_TRY_VOID(start_child());
    if (context_.config.isolation == InstanceConfig::Isolation::process) return {};
    process_->end();
    forget_child();
    return {};
}

/// It is gone, or not wanted: what it said stays.
void Lane::forget_child() {
    context_.spawner.watcher().remove_here(std::exchange(watched_, 0));
    std::shared_ptr<ChildProcess> gone;
    const std::lock_guard lock{process_mutex_};
    gone = std::exchange(process_, nullptr);
    if (gone) last_words_ = gone->stderr_text();
}

/// On the watcher's thread. While a call runs, that call sees the death itself and knows more of it.
void Lane::child_ended() {
    const std::unique_lock no_call_runs{call_mutex_, std::try_to_lock};
    if (!no_call_runs.owns_lock() || !process_ || !process_->ended()) return;
    note_death(named(with_last_words(process_->cause(), *process_), "between two calls"));
    forget_child();
}

Lane::~Lane() { context_.spawner.watcher().remove(watched_); }

/// `isolation: none`: the same file must have loaded once in a child, so that a damaged one ends there.
Status Lane::load_here() {
    {
        OWED_TRY(const std::unique_ptr<ChildProcess> trial, context_.spawner.start(context_.child));
        OWED_TRY_VOID(create_in(*trial));
        trial->end();
    }
    Deadline deadline{context_.config.limits.call_deadline};
    CallServices services{context_.services, CallKind::create, deadline, cancelled_};
    WatchedDoor door{services, context_.services.watch, context_.config.name, CallKind::create};
    const Call create = create_call();
    OWED_TRY(std::unique_ptr<PluginObject> object, PluginObject::create(context_.file.fd(), context_.file.path(), create, door));
    const std::lock_guard lock{process_mutex_};
    object_ = std::move(object);
    return {};
}

Lane::Ended Lane::run(const Call& call, CallServices& services, Deadline& deadline) {
    const std::lock_guard one_at_a_time{call_mutex_};
    if (auto begun = begin(call); !begun) return {std::move(begun), false, false, 0};
    deadline = Deadline{context_.config.limits.call_deadline};  // neither the wait for another call nor the start counts
    auto ended = context_.config.isolation == InstanceConfig::Isolation::none ? run_here(call, services, deadline)
                                                                              : run_child(call, services, deadline);
    if (ended.died) return ended;
    {
        const std::lock_guard lock{context_.supervision_mutex};
        context_.supervision.worked();
    }
    // A plugin that heard of its deadline and ended in time; unless we stopped it ourselves.
    if (!ended.status && ended.status.error().code == Errc::cancelled && !cancelled_)
        ended.status = fail(named({Errc::timed_out, "did not end by its deadline", {}, deadline_advice(context_.config.limits)}, call.kind));
    return ended;
}

Lane::Ended Lane::run_child(const Call& call, CallServices& services, Deadline& deadline) {
    WatchedDoor door{services, context_.services.watch, context_.config.name, call.kind};
    auto outcome = process_->call(call, context_.file.path(), door, deadline, cancelled_);
    if (outcome) {
        if (outcome->status == OWED_OK) return {{}, false, true, 0};
        services.log_detail(outcome->failure);
        return {fail(blamed(with_memory_limit(error_of(outcome->failure, who(call.kind)), outcome->failure, context_.config.limits), call.kind)), false, true, outcome->failure.retry_after_ms};
    }
    const bool died = outcome.error().died;
    auto error = named(died ? with_last_words(std::move(outcome.error().error), *process_) : std::move(outcome.error().error), call.kind);
    if (died) note_death(error);
    forget_child();
    return {fail(std::move(error)), true, true, 0};
}

Lane::Ended Lane::run_here(const Call& call, CallServices& services, Deadline&) {
    WatchedDoor door{services, context_.services.watch, context_.config.name, call.kind};
    const auto outcome = object_->run(call, door);
    if (outcome.status == OWED_OK) return {{}, false, true, 0};
    services.log_detail(outcome.failure);
    return {fail(blamed(error_of(outcome.failure, who(call.kind)), call.kind)), false, true, outcome.failure.retry_after_ms};
}

void Lane::stop() {
    cancelled_ = true;
    {
        const std::lock_guard lock{process_mutex_};
        if (process_) process_->wake();
        if (object_) object_->cancel();
    }
    const std::lock_guard no_call_runs{call_mutex_};
    if (process_) process_->end();
    forget_child();
    const std::lock_guard lock{process_mutex_};
    object_.reset();
}

std::uint64_t Lane::rss_bytes() const {
    const std::lock_guard lock{process_mutex_};
    return process_ ? process_->rss_bytes() : 0;
}
std::int64_t Lane::pid() const {
    const std::lock_guard lock{process_mutex_};
    return process_ ? process_->pid() : 0;
}
std::string Lane::stderr_text() const {
    const std::lock_guard lock{process_mutex_};
    return process_ ? process_->stderr_text() : last_words_;
}

}  // namespace owed::host
