// The daemon's side of the host services, for one call of one instance.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "host/detail/door.hpp"
#include "host/detail/folders.hpp"
#include "host/host.hpp"

namespace owed::host {

/// What an instance tells of itself, for operators. Its functions: any thread.
class Figures {
  public:
    static constexpr std::size_t names_max = 64;
    /// False: the name is not one, or there are too many; it is dropped.
    bool metric(std::string_view name, std::int64_t value, bool is_gauge);
    /// A call begins; its number, for the others. A read and the decode of what it handed over run at the same time.
    std::uint64_t begin(std::string_view call);
    void progress(std::uint64_t call, std::string text);
    void end(std::uint64_t call, Instant now, bool good);
    /// Of several calls that run, the one that began first.
    void fill(InstanceReport& report) const;

  private:
    struct Running {
        std::string call, progress;
    };
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t> counters_, gauges_;
    std::map<std::uint64_t, Running> running_;
    std::uint64_t calls_ = 0;
    std::optional<Instant> last_call_, last_good_;
};

class TransferService;

/// What all calls of an instance share.
struct ServiceContext {
    const InstanceConfig& config;
    Clock& clock;
    Rng& rng;
    Log& log;
    Folders& folders;
    bool may_files = false, may_transfer = false;
    TransferService& transfers;
    /// Why the instance's codec last refused a file: the reason that stands beside a rejected one.
    std::function<std::string()> last_refusal;
    Figures& figures;
    /// Waits on the host's clock; answers false as soon as `stop` does. Empty: real time.
    std::function<bool(std::uint64_t millis, const std::function<bool()>& stop)> sleep;
    ServiceWatch watch;  ///< as HostOptions::watch
};

/// How long a call may take: a budget of the plugin's own time, since time that the host takes (a commit, a transfer) is
/// not the plugin's fault. Real time: it guards a process, not a business rule.
class Deadline {
  public:
    using Steady = std::chrono::steady_clock;
    explicit Deadline(std::chrono::milliseconds budget) : end_{Steady::now() + budget} {}
    std::chrono::milliseconds remaining() const {
        return std::max(std::chrono::milliseconds{0}, std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Steady::now()));
    }
    bool over() const { return Steady::now() >= end_; }
    void give_back(Steady::duration time) { end_ += time; }

  private:
    Steady::time_point end_;
};

/// `now` and what somebody asked for, at most a day: a plugin may say any number.
constexpr Instant later(Instant now, std::uint64_t asked_ms) {
    constexpr std::uint64_t most_ms = 86'400'000;
    return {now.micros + static_cast<std::int64_t>(asked_ms < most_ms ? asked_ms : most_ms) * 1000};
}

/// One call's services. What may be used depends on the call; the rest answers `unsupported`.
class CallServices : public ServiceDoor {
  public:
    CallServices(ServiceContext& context, CallKind kind, Deadline& deadline, const std::atomic<bool>& cancelled);

    // Of read.
    ReadTarget* target = nullptr;
    std::map<std::string, std::string> state;          ///< as the store has it, and what this call changed
    std::map<std::string, std::string> state_changes;  ///< since the last commit; an empty value removes
    // Of decode.
    RecordSink* sink = nullptr;
    std::optional<DecodeReport> decoded;
    // Of sniff, write and propose.
    std::optional<Sniffed> sniff;
    std::optional<std::vector<WriteResult>> written;
    std::optional<MatchAnswer> answered;
    // Of send and lookup.
    std::optional<SendReceipt> sent;
    /// The first batch of records that was refused. Nothing of the call is taken after it, whatever the plugin says.
    std::optional<Error> records_fault;
    std::uint64_t figures_call = 0;  ///< the call's number in the instance's figures
    /// The other side may have it: a transfer went through or ended unknown, or a file was written.
    bool effect_possible = false;
    /// A transfer succeeded or ended unknown: "nothing left" would be a lie.
    bool effect_transfer = false;
    /// The last transfer was put off, by the server or by requests_per_minute, until then.
    std::optional<Instant> put_off_until;
    /// An error of our own side (store full), which the plugin can neither cause nor cure: it outranks what it says.
    std::optional<Error> surroundings;

    void log(std::int32_t level, std::string_view text) override;
    /// What a failure says to engineers (owed_failure.detail), line by line into the log, which is the only place for it.
    void log_detail(const Failure& failure);
    Result<Instant> now() override;
    std::uint64_t remaining_ms() override;
    bool cancelled() override;
    Result<std::string> random(std::string_view purpose, std::uint64_t length) override;
    Result<std::string> state_get(std::string_view key) override;
    Status state_put(std::string_view key, std::string_view value) override;
    Status state_remove(std::string_view key) override;
    Result<std::vector<FolderFile>> files_list(std::string_view folder, std::string_view glob) override;
    Result<std::string> files_read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                   std::uint64_t length) override;
    Status files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) override;
    Status files_exists(std::string_view folder, std::string_view name) override;
    Result<ArtifactFate> artifact(const ArtifactOffer& offer) override;
    Status records(std::string_view batch) override;
    Status commit(std::string_view cursor) override;
    Status report(std::string_view report) override;
    Status receipt(std::string_view receipt) override;
    Status results(std::string_view results) override;
    Status answer(std::string_view answer) override;
    Status sniffed(std::int32_t score, std::string_view format) override;
    Status wait(std::uint64_t millis) override;
    Status secret_has(std::string_view name) override;
    void metric(std::string_view name, std::int64_t value, bool is_gauge) override;
    void progress(std::uint64_t done, std::uint64_t total, std::string_view words) override;
    void trace(std::string_view name) override;
    Result<TransferReply> transfer(const TransferRequest& request) override;

  private:
    Status take_records(std::string_view batch);
    Status may(std::string_view service, bool allowed);
    Status files_allowed();
    Status state_allowed(std::string_view key);
    Status note_surroundings(Status status);
    Result<ArtifactFate> from_folder(const ArtifactOffer& offer);
    Result<ArtifactFate> offer_to_target(const ArrivedArtifact& artifact);

    /// Gives the time that the host took back to the plugin's budget.
    class HostTime {
      public:
        explicit HostTime(Deadline& deadline) : deadline_{deadline} {}
        ~HostTime() { deadline_.give_back(Deadline::Steady::now() - start_); }
        HostTime(const HostTime&) = delete;
        HostTime& operator=(const HostTime&) = delete;

      private:
        Deadline& deadline_;
        Deadline::Steady::time_point start_ = Deadline::Steady::now();
    };

    ServiceContext& context_;
    CallKind kind_;
    Deadline& deadline_;
    const std::atomic<bool>& cancelled_;
    std::uint64_t log_lines_ = 0;
    bool figure_dropped_ = false;   ///< and told so once
};

}  // namespace owed::host
