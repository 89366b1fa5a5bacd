// Deliveries that are files in a granted folder (letters, placements, a maildir): deterministic names, whole or not at
// all, and a repeat with the same key changes nothing (SDK-NOTES 3.1: file drop).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/plugin.hpp"

namespace owed::plugins {

/// A file name out of a delivery key, the same one each time and different for different keys: letters, digits, '-', '_'
/// and '.' stay, other bytes become "%XX"; a long name keeps its first 80 bytes and ends in its SHA-256. Never empty,
/// never begins with a dot. Any thread.
std::string file_name_for(std::string_view key);

/// SHA-256 in lower-case hex. Any thread.
std::string sha256_hex(std::string_view bytes);

struct NewFile {
    std::string name, bytes;
};

/// Calls as owed::plugin::Sender: one at a time.
class DropOut {
  public:
    /// `collected`: somebody takes the files away, so a missing one may have been delivered.
    DropOut(plugin::Host host, std::string folder, bool collected);

    Status check() const;
    /// Writes the files in order; the last one says to the receiver that the delivery is complete, and is what `find`
    /// looks for. The same bytes there already are the same delivery. Other bytes under the name: refused, with the name.
    Result<SendReceipt> put(const std::vector<NewFile>& files) const;
    /// sent: the file is there. retry: it is not, and nobody takes files away, so it was never delivered.
    /// nullopt: it is not there, and may have been collected.
    Result<std::optional<SendReceipt>> find(const std::string& last_name) const;

  private:
    plugin::Host host_;
    std::string folder_;
    bool collected_;
};

}  // namespace owed::plugins
