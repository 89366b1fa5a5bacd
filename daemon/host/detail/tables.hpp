// The C face of a ServiceDoor: what a plugin gets as owed_host.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "host/detail/door.hpp"

namespace owed::host {

/// The tables of one plugin instance. They outlive it; the door behind them is set for each call.
class ServiceTables {
  public:
    /// `drafts`: services whose id begins with "x." are there.
    explicit ServiceTables(bool drafts = false);
    ~ServiceTables();
    ServiceTables(const ServiceTables&) = delete;
    ServiceTables& operator=(const ServiceTables&) = delete;

    const owed_host& host() const;
    /// A call begins on this thread: its services go to `door` until end(). Outside of that, and from other threads, host
    /// functions answer OWED_BUG.
    void begin(ServiceDoor& door);
    /// The call is over; what the plugin raised during it.
    Failure end();
    /// Whether the running call has given a receipt.
    bool gave_receipt() const;
    /// Fails the running call in the plugin's place; answers `status`.
    owed_status refuse(owed_status status, std::string message);

    struct Work;

  private:
    std::unique_ptr<Work> work_;
};

/// Whether this host has a service of that id.
bool offers_service(std::string_view id, bool drafts);

}  // namespace owed::host
