// Takes more than its share: of time, memory, descriptors, threads, disk.
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "harm.hpp"

namespace zoo {
namespace {

volatile unsigned sink;

void block_all_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

[[noreturn]] void leak(std::size_t bytes_max) {
    for (std::size_t taken = 0;; taken += 1 << 20) {
        if (taken >= bytes_max) ::pause();
        char* const piece = static_cast<char*>(std::malloc(1 << 20));
        if (piece == nullptr) throw std::bad_alloc{};
        std::memset(piece, 1, 1 << 20);
        sink = piece[taken % 4096];
    }
}

Status open_until_none_is_left() {
    int opened = 0;
    while (::open("/usr/share/zoneinfo", O_RDONLY | O_DIRECTORY) >= 0) ++opened;
    return fail(Errc::data, "fds: " + std::to_string(opened) + " opened, then " + std::strerror(errno));
}

Status start_threads_until_none_is_left() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 20'000; ++i) {
        pthread_attr_t small;
        ::pthread_attr_init(&small);
        ::pthread_attr_setstacksize(&small, 16 * 1024);
        pthread_t thread;
        const int code = ::pthread_create(&thread, &small, [](void*) -> void* { for (;;) ::pause(); }, nullptr);
        if (code != 0) return fail(Errc::data, "threads: " + std::to_string(i) + " started, then " + std::strerror(code));
        if (i > 100) ::usleep(1000);
    }
    return {};
}

void write_file(const std::string& name, std::size_t bytes) {
    const int fd = ::open(name.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const std::string piece(1 << 20, 'x');
    for (std::size_t done = 0; done < bytes; done += piece.size())
        if (::write(fd, piece.data(), std::min(piece.size(), bytes - done)) < 0) break;
    ::close(fd);
}

[[noreturn]] void wait_for_the_end() {
    for (;;) ::pause();
}

}  // namespace

std::optional<Status> hog(const std::string& what, const std::string&) {
    if (what == "spin")
        for (;;) sink = sink + 1;
    if (what == "sleep") wait_for_the_end();
    if (what == "stop_self") {
        ::raise(SIGSTOP);
        wait_for_the_end();
    }
    if (what == "ignore_term") {
        ::signal(SIGTERM, SIG_IGN);
        wait_for_the_end();
    }
    if (what == "block_signals") {
        block_all_signals();
        for (;;) sink = sink + 1;
    }
    if (what == "signal_games") {  // and then works on as if nothing were
        for (int number = 1; number < 32; ++number) ::signal(number, SIG_IGN);
        block_all_signals();
        ::setlocale(LC_ALL, "C.UTF-8");
        ::umask(0);
        return Status{};
    }
    if (what == "memory") {
        sink = static_cast<int>(std::string(4ull << 30, 'x').size());
        return Status{};
    }
    if (what == "leak") leak(10ull << 30);
    if (what == "fds") return open_until_none_is_left();
    if (what == "threads") return start_threads_until_none_is_left();
    if (what == "flood_of_output")
        for (const std::string line(4000, 'x');;) {
            [[maybe_unused]] const auto n = ::write(1, line.data(), line.size());
            [[maybe_unused]] const auto m = ::write(2, line.data(), line.size());
        }
    if (what == "big_file") {
        write_file("big", 1ull << 40);
        return Status{};
    }
    if (what == "sparse_file") {
        const int fd = ::open("sparse", O_CREAT | O_WRONLY, 0600);
        return attempt("sparse_file", ::pwrite(fd, "x", 1, 1ll << 40));
    }
    if (what == "many_files") {
        for (int i = 0; i < 5000; ++i) write_file("f" + std::to_string(i), 1);
        wait_for_the_end();
    }
    if (what == "much_in_files") {
        for (int i = 0; i < 6; ++i) write_file("part" + std::to_string(i), 16u << 20);
        wait_for_the_end();
    }
    if (what == "burns_between_calls") {
        std::thread{[] {
            for (;;) sink = sink + 1;
        }}.detach();
        return Status{};
    }
    return std::nullopt;
}

}  // namespace zoo
