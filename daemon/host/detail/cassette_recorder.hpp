// Writes the exchanges of an instance to a cassette (cassette.hpp has its form).
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "host/detail/door.hpp"
#include "owed/result.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// Sees a request as the plugin made it, before secrets are filled in, and the answer after secrets were masked in it.
/// Tokens that a server handed out are masked in the answer and in every later request. Any thread.
class CassetteRecorder {
  public:
    explicit CassetteRecorder(std::string path) : path_{std::move(path)} {}
    /// Appends a line. Errors: io.
    Status add(const TransferRequest& request, const transports::Response& response);

  private:
    std::string line_of(const TransferRequest& request, const transports::Response& response);
    std::string hidden(std::string text) const;

    const std::string path_;
    std::mutex mutex_;
    std::vector<std::string> tokens_;  ///< that answers held so far
};

}  // namespace owed::host
