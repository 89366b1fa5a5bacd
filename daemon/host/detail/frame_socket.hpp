// Sends and receives frames on one end of the socketpair.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/detail/messages.hpp"

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
    /// Large payloads go through this one memfd, again and again, instead of a sealed one each: a child may make none, since
    /// their memory is in no limit. The other side has read it when it answers, which it does before the next one goes.
    void send_through(Fd memfd) { outgoing_ = std::move(memfd); }

  private:
    Result<std::optional<Frame>> next_buffered();
    Status fill();
    Status send_all(const char* bytes, std::size_t length, int fd);

    Fd fd_;
    std::uint32_t payload_max_;
    Wait wait_;
    bool keep_memfd_ = false, inline_only_ = false;
    Fd outgoing_;
    std::string buffer_;
    std::vector<Fd> fds_;
};

/// Bytes of a memfd or file from its beginning. Errors: plugin_bug when there are fewer than `length`.
Result<std::string> bytes_of_memfd(int fd, std::uint64_t length);

}  // namespace owed::host
