// Speaks to the daemon over the frame socket (descriptor 3) past the SDK: lengths, calls, ops and descriptors that are lies.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>

#include "harm.hpp"

namespace zoo {
namespace {

/// What the daemon's socket gets is no frame; it never gets another one.
[[noreturn]] void write_junk(const void* bytes, std::size_t length) {
    [[maybe_unused]] const auto n = ::send(3, bytes, length, MSG_NOSIGNAL);
    for (;;) ::pause();
}
[[noreturn]] void write_words(std::initializer_list<std::uint32_t> words) { write_junk(words.begin(), words.size() * sizeof(std::uint32_t)); }

constexpr std::uint32_t of_read = 2;  ///< read is the second call of a child, after create

/// A frame that announces 16 MiB in a memfd, with a descriptor that is no memfd.
[[noreturn]] void send_false_memfd() {
    struct {
        std::uint32_t length = 16, op_and_flags = 17 | 4u << 16, call = of_read;
        std::uint32_t announced[4] = {0x1000000, 0, 0, 0};  // 16 MiB, from the beginning
    } frame;
    const int fd = 0;
    iovec part{&frame, sizeof frame};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
    [[maybe_unused]] const auto n = ::sendmsg(3, &message, MSG_NOSIGNAL);
    for (;;) ::pause();
}

}  // namespace

std::optional<Status> speak_garbage(const std::string& what, const std::string& target) {
    if (what == "junk") write_junk("GET / HTTP/1.1\r\n\r\n", 18);
    if (what == "huge_frame") write_words({0x7fffffff, 20, 1});
    if (what == "other_call") write_words({0, 17, 4711});
    if (what == "unknown_op") write_words({0, 999, of_read});
    if (what == "bad_outcome") write_words({0, 3, of_read});
    if (what == "reply_unasked") write_words({0, 17 | 1u << 16, of_read});
    if (what == "half_a_frame") write_words({100, 17});
    if (what == "memfd_without") write_words({16, 17 | 4u << 16, of_read, 0x1000000, 0, 0, 0});
    if (what == "false_memfd") send_false_memfd();
    if (what == "random_frames") {
        std::mt19937 dice{static_cast<unsigned>(std::stoul(target))};
        std::string bytes(4096, '\0');
        for (char& byte : bytes) byte = static_cast<char>(dice());
        write_junk(bytes.data(), bytes.size());
    }
    if (what == "close_socket") {
        ::close(3);
        for (;;) ::pause();
    }
    if (what == "close_everything") {
        for (int fd = 0; fd < 1024; ++fd) ::close(fd);
        for (;;) ::pause();
    }
    return std::nullopt;
}

}  // namespace zoo
