// What a PluginHost holds: its doors, and the slots that are seated now, in the configuration's order.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "host/detail/slot.hpp"

namespace owed::host {

struct PluginHost::Work {
    Work(HostOptions options_, std::vector<InstanceConfig> configs_, Clock& clock, Rng& rng, Log& log);

    Slot* find(std::string_view name) const {
        for (const auto& slot : seated())
            if (slot->name() == name) return slot.get();
        return nullptr;
    }
    std::vector<std::shared_ptr<Slot>> seated() const {
        const std::lock_guard lock{mutex_};
        return seated_;
    }
    /// The slot of that name, made if there never was one. Slots stay until the host ends, so that a Connector* never
    /// dangles; there are as many as names that configurations have used meanwhile.
    std::shared_ptr<Slot> slot(const std::string& name) {
        const std::lock_guard lock{mutex_};
        auto& slot = ever_[name];
        if (!slot) slot = std::make_shared<Slot>(name, doors, roster);
        return slot;
    }
    /// Answers those that were seated before.
    std::vector<std::shared_ptr<Slot>> seat(std::vector<std::shared_ptr<Slot>> next) {
        const std::lock_guard lock{mutex_};
        return std::exchange(seated_, std::move(next));
    }
    /// What check() has opened, so that start() does not read it again: its bytes are known as long as somebody holds them.
    void keep(PluginFile file) {
        const std::lock_guard lock{mutex_};
        checked_.push_back(std::move(file));
    }
    void forget_checked() {
        const std::lock_guard lock{mutex_};
        checked_.clear();
    }

    const HostOptions options;
    const std::vector<InstanceConfig> configs;   ///< of the start, for check()
    Spawner spawner;
    const HostDoors doors;
    Roster roster;                               ///< ends before the spawner

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Slot>, std::less<>> ever_;
    std::vector<std::shared_ptr<Slot>> seated_;
    std::vector<PluginFile> checked_;
};

}  // namespace owed::host
