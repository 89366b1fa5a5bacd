// A connector's place in the host, which outlives the instances that take it one after the other. Whoever holds a
// Connector* holds a slot, so that a reload or an upgrade never pulls an instance from under a call.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/detail/instance.hpp"

namespace owed::host {

/// An instance in its place, and the calls that are on. Shared by its slot, those calls and the Roster.
struct Seat {
    std::shared_ptr<Instance> instance;
    int calls = 0;                                        ///< under Roster::mutex
    std::chrono::steady_clock::time_point until{};        ///< of a retired one: how long its calls may go on
};

/// What all slots share, and the thread that ends instances which have left their slot.
class Roster {
  public:
    Roster();
    /// Ends whoever is left.
    ~Roster();
    Roster(const Roster&) = delete;
    Roster& operator=(const Roster&) = delete;

    std::mutex mutex;
    std::condition_variable changed;                      ///< a call is over, or somebody has retired

    /// Under `mutex`: ends the instance when its last call is over, at the latest after `patience`, which stops the call.
    void retire(std::shared_ptr<Seat> seat, std::chrono::milliseconds patience);
    /// Waits until every retired instance has ended, stopping their calls now if `hurry`.
    void settle(bool hurry);

  private:
    void run();
    std::list<std::shared_ptr<Seat>> leaving_;
    std::size_t ending_now_ = 0;
    bool hurry_ = false, over_ = false;
    std::thread thread_;
};

/// Calls wait until the former instance's calls are over, so that there is one at a time across a switch too; a codec's and
/// a decider's do not, and those within a read go to the instance that reads. Any thread.
class Slot : public Connector {
  public:
    Slot(std::string name, const HostDoors& doors, Roster& roster) : name_{std::move(name)}, doors_{doors}, roster_{roster} {}

    /// Takes the place of the instance that is there, which finishes its call and ends. With another plugin file the former
    /// one is kept for the time of HostOptions::probation.
    void put(std::shared_ptr<Instance> next);
    /// Nobody is here any more; calls that are on go on, later ones fail as not_found.
    void clear();
    std::shared_ptr<Instance> instance() const;
    /// Ends a probation whose time is over, and goes back to the former file after a crash loop.
    void tend();
    void release();
    /// PluginFile::identity of what crashed here and was given up; empty: none.
    std::string given_up() const;

    bool sends(std::string_view channel) const;
    const std::string& name() const override { return name_; }
    const std::string& entity() const override;
    bool has(std::string_view kind) const override;
    bool takes(std::string_view kind) const override;
    Status check() override;
    Status read(const ReadRequest& request, ReadTarget& target) override;
    Result<DecodeReport> decode(std::string_view file_name, std::string_view bytes, std::string_view format,
                                std::string_view profile, RecordSink& sink) override;
    Result<SendReceipt> send(const Delivery& delivery) override;
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override;
    Result<Sniffed> sniff(std::string_view file_name, std::string_view head) override;
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override;
    Result<MatchAnswer> propose(const MatchQuestion& question) override;
    InstanceReport report() const override;

  private:
    class Turn;
    enum class Wait { for_the_former, not_at_all };
    /// What an upgrade goes back to.
    struct Former {
        InstanceConfig config;
        PluginFile file;
        std::string version;
        Instant until;             ///< the end of the probation
    };
    struct GivenUp {
        std::string identity, sentence;
    };
    void seat(std::shared_ptr<Instance> next);
    void retire_seated();
    void tend_locked();
    bool former_is_busy();
    tl::unexpected<Error> gone() const;

    const std::string name_;
    const HostDoors& doors_;
    Roster& roster_;
    // Under roster_.mutex from here.
    std::shared_ptr<Seat> seat_;
    std::vector<std::shared_ptr<Seat>> leaving_;           ///< former ones that may still be in a call
    std::optional<Former> former_;
    std::optional<GivenUp> given_up_;
    std::uint32_t past_retries_ = 0, past_restarts_ = 0;   ///< of the former ones
    std::map<std::string, std::uint32_t> past_deaths_;
    std::set<std::string> entities_;                       ///< every one it has had: entity() hands out references
    const std::string* entity_ = nullptr;
};

}  // namespace owed::host
