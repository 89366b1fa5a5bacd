// A ServiceDoor that shows each request of a plugin to somebody first, who may let it fail: HostOptions::watch. What
// `owectl plugin check` sees a plugin by, and how it puts a fault at every host call.
#pragma once

#include "host/detail/door.hpp"
#include "host/host.hpp"

namespace owed::host {

/// Of one call; on its thread. With an empty hook it only passes on.
class WatchedDoor : public ServiceDoor {
  public:
    WatchedDoor(ServiceDoor& door, const ServiceWatch& watch, std::string_view instance, CallKind kind)
        : door_{door}, watch_{watch}, instance_{instance}, call_{name_of(kind)} {}

    void log(std::int32_t level, std::string_view text) override;
    Result<Instant> now() override;
    std::uint64_t remaining_ms() override { return door_.remaining_ms(); }
    bool cancelled() override { return door_.cancelled(); }
    Result<std::string> random(std::string_view purpose, std::uint64_t length) override;
    Result<std::string> state_get(std::string_view key) override;
    Status state_put(std::string_view key, std::string_view value) override;
    Status state_remove(std::string_view key) override;
    Result<std::vector<FolderFile>> files_list(std::string_view folder, std::string_view glob) override;
    Result<std::string> files_read(std::string_view folder, std::string_view name, std::uint64_t offset, std::uint64_t length) override;
    Status files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) override;
    Status files_exists(std::string_view folder, std::string_view name) override;
    Result<ArtifactFate> artifact(const ArtifactOffer& offer) override;
    Status records(std::string_view batch) override;
    Status commit(std::string_view cursor) override;
    Status report(std::string_view report) override;
    Status receipt(std::string_view receipt) override;
    Status results(std::string_view results) override;
    Status answer(std::string_view answer) override;
    Status sniffed(std::int32_t score, std::string_view format) override { return door_.sniffed(score, format); }
    Status wait(std::uint64_t millis) override;
    Status secret_has(std::string_view name) override;
    void metric(std::string_view name, std::int64_t value, bool is_gauge) override;
    void progress(std::uint64_t done, std::uint64_t total, std::string_view words) override;
    void trace(std::string_view name) override { door_.trace(name); }
    Result<TransferReply> transfer(const TransferRequest& request) override;

  private:
    Status ask(std::string_view service, std::string_view subject);
    void tell(std::string_view service, std::string_view subject);

    ServiceDoor& door_;
    const ServiceWatch& watch_;
    std::string_view instance_, call_;
    std::uint64_t requests_ = 0;
};

}  // namespace owed::host
