// Sends and receives frames on one end of the socketpair.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/detail/messages.hpp"
#include "host/detail/payload_ring.hpp"

namespace owed::host {

/// Closes at the end of scope.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : fd_{other.release()} {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = other.release();
        }
        return *this;
    }
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset();

  private:
    int fd_ = -1;
};

/// One end. Errors: plugin_bug (garbage: a frame that breaks the rules), plugin_crashed (the other end is gone),
/// io, timed_out (the waiter gave up).
class FrameSocket {
  public:
    /// `payload_max`: of what comes in. `wait(events)` blocks until the socket is readable or writable (poll's POLLIN and
    /// POLLOUT) and answers an Error to give up.
    using Wait = std::function<Status(short events)>;
    FrameSocket(Fd fd, std::uint32_t payload_max, Wait wait);

    int fd() const { return fd_.get(); }
    Status send(const Frame& frame) { return send(frame.op, frame.flags, frame.call, frame.payload); }
    Status send(Op op, std::uint16_t flags, std::uint32_t call, std::string_view payload);
    /// The next frame; waits for it. A memfd's bytes are already in `payload`, unless `keep_memfd`.
    Result<Frame> receive();
    void keep_memfd() { keep_memfd_ = true; }
    /// To or in a program: no memfds, every payload lies in the stream, those that come in up to payload_max.
    void inline_only() { inline_only_ = true; }
    /// Large payloads go through this one memfd, one behind the other, instead of a sealed one each: a child may make none,
    /// since their memory is in no limit. Each keeps its place until the caller says that the other side has read it, which
    /// is when it has answered.
    void send_through(Fd memfd) { outgoing_ = std::move(memfd); }
    /// Whether a payload of this length can go now. If not, an answer must come first: send would fail with `internal`.
    bool has_room(std::size_t length) const { return !goes_through_memfd(length) || unread_.room_for(length).has_value(); }
    /// An answer came to a payload of this length, the oldest that had none.
    void was_read(std::size_t length);
    /// So does everything that was sent.
    void all_was_read();

  private:
    Result<std::optional<Frame>> next_buffered();
    Status fill();
    Status send_all(const char* bytes, std::size_t length, int fd);
    Status send_memfd(FrameHead head, int memfd, MemfdPlace place);
    bool goes_through_memfd(std::size_t length) const { return outgoing_.valid() && length > inline_payload_max; }
    void give_memory_back();

    Fd fd_;
    std::uint32_t payload_max_;
    Wait wait_;
    bool keep_memfd_ = false, inline_only_ = false;
    Fd outgoing_;
    PayloadRing unread_{record_bytes_ahead};   ///< what lies in outgoing_
    std::string buffer_;
    std::vector<Fd> fds_;
};

/// Bytes of a memfd or file. Errors: plugin_bug when they are not there.
Result<std::string> bytes_of_memfd(int fd, MemfdPlace place);

}  // namespace owed::host
