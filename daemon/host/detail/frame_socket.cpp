#include "host/detail/frame_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace owed::host {

void Fd::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

namespace {

tl::unexpected<Error> os_error(const char* what) {
    return fail(Errc::io, std::string{what} + ": " + std::strerror(errno));
}
tl::unexpected<Error> garbage(std::string what) { return fail(Errc::plugin_bug, "sent a frame that breaks the rules: " + std::move(what)); }

Status fill_memfd(int fd, std::uint64_t begin, std::string_view bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const auto n = ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(begin + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return os_error("write to memfd");
        done += static_cast<std::size_t>(n);
    }
    return {};
}

Result<Fd> memfd_with(std::string_view bytes) {
    Fd fd{::memfd_create("owed-payload", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd.valid()) return os_error("memfd_create");
    OWED_TRY_VOID(fill_memfd(fd.get(), 0, bytes));
    ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return fd;
}

}  // namespace

Result<std::string> bytes_of_memfd(int fd, MemfdPlace place) {
    // Read and not mapped: the sender may cut the file at any moment, and a short read is no SIGBUS.
    std::string bytes(static_cast<std::size_t>(place.length), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const auto n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(place.begin + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return garbage("its memfd is shorter than announced");
        done += static_cast<std::size_t>(n);
    }
    return bytes;
}

FrameSocket::FrameSocket(Fd fd, std::uint32_t payload_max, Wait wait)
    : fd_{std::move(fd)}, payload_max_{payload_max}, wait_{std::move(wait)} {}

Status FrameSocket::send(Op op, std::uint16_t flags, std::uint32_t call, std::string_view payload) {
    FrameHead head{static_cast<std::uint32_t>(payload.size()), static_cast<std::uint16_t>(op), flags, call};
    if (inline_only_ && payload.size() > inline_payload_max) {   // not copied behind its head: it may be a whole file
        OWED_TRY_VOID(send_all(reinterpret_cast<const char*>(&head), sizeof head, -1));
        return send_all(payload.data(), payload.size(), -1);
    }
    if (payload.size() <= inline_payload_max) {
        std::string bytes{reinterpret_cast<const char*>(&head), sizeof head};
        bytes += payload;
        return send_all(bytes.data(), bytes.size(), -1);
    }
    if (!goes_through_memfd(payload.size())) {
        OWED_TRY(const Fd sealed, memfd_with(payload));
        return send_memfd(head, sealed.get(), {payload.size(), 0});
    }
    const auto begin = unread_.room_for(payload.size());
    if (!begin) return fail(Errc::internal, "a payload would be written over one that is not yet read");
    OWED_TRY_VOID(fill_memfd(outgoing_.get(), *begin, payload));
    unread_.take(*begin, payload.size());
    return send_memfd(head, outgoing_.get(), {payload.size(), *begin});
}

Status FrameSocket::send_memfd(FrameHead head, int memfd, MemfdPlace place) {
    head.length = sizeof place;
    head.flags |= frame_memfd;
    std::string bytes{reinterpret_cast<const char*>(&head), sizeof head};
    bytes.append(reinterpret_cast<const char*>(&place), sizeof place);
    return send_all(bytes.data(), bytes.size(), memfd);
}

void FrameSocket::was_read(std::size_t length) {
    if (!goes_through_memfd(length)) return;
    unread_.oldest_was_read();
    if (unread_.empty()) give_memory_back();
}

void FrameSocket::all_was_read() {
    if (unread_.empty()) return;
    unread_.clear();
    give_memory_back();
}

/// Pages that nobody will read are the machine's again. A memfd that cannot be cut keeps them, and that is all.
void FrameSocket::give_memory_back() {
    [[maybe_unused]] const int cut = ::ftruncate(outgoing_.get(), 0);
}

Status FrameSocket::send_all(const char* bytes, std::size_t length, int fd) {
    for (std::size_t done = 0; done < length;) {
        iovec part{const_cast<char*>(bytes) + done, length - done};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        if (fd >= 0 && done == 0) {
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            cmsghdr* c = CMSG_FIRSTHDR(&message);
            c->cmsg_level = SOL_SOCKET;
            c->cmsg_type = SCM_RIGHTS;
            c->cmsg_len = CMSG_LEN(sizeof(int));
            std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
        }
        const auto n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
        if (n >= 0) {
            done += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            OWED_TRY_VOID(wait_(POLLOUT));
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return fail(Errc::plugin_crashed, "closed its end of the connection");
        } else if (errno != EINTR) {
            return os_error("sendmsg");
        }
    }
    return {};
}

Result<Frame> FrameSocket::receive() {
    for (;;) {
        OWED_TRY(auto frame, next_buffered());
        if (frame) return std::move(*frame);
        OWED_TRY_VOID(fill());
    }
}

Result<std::optional<Frame>> FrameSocket::next_buffered() {
    if (buffer_.size() < sizeof(FrameHead)) return std::optional<Frame>{};
    FrameHead head;
    std::memcpy(&head, buffer_.data(), sizeof head);
    if (inline_only_ && head.length > payload_max_)
        return garbage("its length is " + std::to_string(head.length) + " bytes; does the program print to stdout? that carries frames alone, and stderr is for text");
    if (!inline_only_ && head.length > inline_payload_max) return garbage("its length is " + std::to_string(head.length) + " bytes");
    if (buffer_.size() < sizeof head + head.length) return std::optional<Frame>{};
    Frame frame{static_cast<Op>(head.op), head.flags, head.call, buffer_.substr(sizeof head, head.length), -1};
    buffer_.erase(0, sizeof head + head.length);
    if ((head.flags & frame_memfd) == 0) return std::optional{std::move(frame)};
    if (inline_only_) return garbage("a program has no memfds to send");

    MemfdPlace place;
    if (frame.payload.size() != sizeof place) return garbage("a memfd frame without a length");
    std::memcpy(&place, frame.payload.data(), sizeof place);
    if (place.length > payload_max_)
        return garbage("its payload has " + std::to_string(place.length) + " bytes; at most " + std::to_string(payload_max_) + " are allowed");
    if (fds_.empty()) return garbage("a memfd frame without a memfd");
    Fd memfd = std::move(fds_.front());
    fds_.erase(fds_.begin());
    if (keep_memfd_ && frame.op == Op::call) {
        frame.fd = memfd.release();
        return std::optional{std::move(frame)};
    }
    OWED_TRY(frame.payload, bytes_of_memfd(memfd.get(), place));
    return std::optional{std::move(frame)};
}

Status FrameSocket::fill() {
    char bytes[64 * 1024];
    iovec part{bytes, sizeof bytes};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto n = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
    if (n < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_(POLLIN);
        if (errno == EINTR) return {};
        if (errno == ECONNRESET) return fail(Errc::plugin_crashed, "closed its end of the connection");
        return os_error("recvmsg");
    }
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            fds_.emplace_back(fd);
        }
    }
    if (fds_.size() > 8) return garbage("more descriptors than payloads");
    if (n == 0) return fail(Errc::plugin_crashed, "closed its end of the connection");
    buffer_.append(bytes, static_cast<std::size_t>(n));
    return {};
}

}  // namespace owed::host
