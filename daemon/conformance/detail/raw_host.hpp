// A plugin's entry and tables without the real host: what create and extension answer, and what they ask for. Runs plugin
// code in this process, so only in a worker. Private to this room.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "owed/abi.h"
#include "owed/result.hpp"

namespace owed::conformance {

/// Serves create: log, clock and fail work, everything else answers OWED_UNSUPPORTED and is noted.
class RawHost {
  public:
    explicit RawHost(std::vector<std::string> without = {}, std::uint32_t abi_minor = OWED_ABI_MINOR);
    ~RawHost();
    RawHost(const RawHost&) = delete;
    RawHost& operator=(const RawHost&) = delete;
    const owed_host& host() const;
    std::vector<std::string> used() const;       ///< services called that create may not use
    std::vector<std::string> asked_for() const;  ///< ids
    std::string message() const;                 ///< of the last failure raised
    void forget();

    struct Work;

  private:
    std::unique_ptr<Work> work_;
};

struct RawPlugin {
    const owed_entry* entry = nullptr;
};
/// dlopen with RTLD_NOW and RTLD_LOCAL. Errors: unsupported, with the loader's own words.
Result<RawPlugin> open_raw(const std::string& path);

/// An instance for as long as it lives; destroys it.
class RawInstance {
  public:
    RawInstance(const RawPlugin& plugin, const RawHost& host, std::string_view name, std::string_view settings);
    ~RawInstance();
    RawInstance(const RawInstance&) = delete;
    RawInstance& operator=(const RawInstance&) = delete;
    owed_status status() const { return status_; }
    bool usable() const { return status_ == OWED_OK && instance_.extension != nullptr && instance_.destroy != nullptr; }
    const void* extension(std::string_view id) const;

  private:
    owed_instance instance_{};
    owed_status status_;
};

}  // namespace owed::conformance
