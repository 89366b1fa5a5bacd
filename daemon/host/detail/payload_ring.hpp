// Where the large payloads of a child lie in its one memfd: one behind the other, and from the beginning again once there is
// room. A place is taken again only after the other side has read what lies in it; until then the sender waits.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace owed::host {

/// One thread.
class PayloadRing {
  public:
    explicit PayloadRing(std::uint64_t size) : size_{size} {}
    /// Where `length` bytes (at least one) may go now; nullopt: unread ones are in the way. What is longer than the ring
    /// goes when nothing else is unread.
    std::optional<std::uint64_t> room_for(std::uint64_t length) const {
        if (unread_.empty()) return 0;
        const auto& oldest = unread_.front();
        const auto& newest = unread_.back();
        const bool has_wrapped = newest.begin < oldest.begin;
        if (newest.end + length <= (has_wrapped ? oldest.begin : size_)) return newest.end;
        if (!has_wrapped && length <= oldest.begin) return 0;
        return std::nullopt;
    }
    void take(std::uint64_t begin, std::uint64_t length) { unread_.push_back({begin, begin + length}); }
    void oldest_was_read() { unread_.pop_front(); }
    void clear() { unread_.clear(); }
    bool empty() const { return unread_.empty(); }

  private:
    struct Place {
        std::uint64_t begin, end;
    };
    std::uint64_t size_;
    std::deque<Place> unread_;   ///< in the order in which they were sent
};

}  // namespace owed::host
