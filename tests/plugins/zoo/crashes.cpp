// Ends of all kinds.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "harm.hpp"

namespace zoo {
namespace {

volatile int result_kept;
volatile int zero;

[[gnu::noinline]] int overflow(int depth) {
    volatile char big[4096];
    big[0] = static_cast<char>(depth);
    return result_kept == -1 ? 0 : overflow(depth + 1) + big[0];  // result_kept never is
}

[[gnu::noinline]] void smash_the_heap() {
    // Hidden from the compiler, which would warn of it and leave it out.
    volatile char* volatile block = static_cast<char*>(std::malloc(32));
    volatile char* volatile next = static_cast<char*>(std::malloc(32));
    for (int i = 0; i < 4096; ++i) block[i] = static_cast<char>(0x5a);
    for (int i = -16; i < 0; ++i) next[i] = static_cast<char>(0x5a);   // wherever it lies: free() looks there
    std::free(const_cast<char*>(next));
    std::free(const_cast<char*>(block));
    for (int i = 0; i < 1000; ++i) result_kept = static_cast<int>(reinterpret_cast<std::uintptr_t>(std::malloc(static_cast<std::size_t>(i) * 97)));
}

void throw_something() { throw std::runtime_error{"thrown out of noexcept"}; }
void throw_where_none_may() noexcept { throw_something(); }

constexpr std::string_view deaths[] = {"segv", "null", "divide", "illegal", "abort", "kill_self", "exit", "quick_exit", "stack",
                                       "heap", "noexcept", "thread_throws"};

}  // namespace

std::optional<Status> crash(const std::string& what, const std::string&) {
    if (what == "throw") throw std::runtime_error{"boom at the boundary"};
    if (what == "throw_int") throw 42;
    if (what == "dies_between_calls" || what == "exits_between_calls") {
        std::thread{[what] {
            std::this_thread::sleep_for(std::chrono::milliseconds{100});  // until the call is over
            note_the_time();
            what == "dies_between_calls" ? std::abort() : ::_exit(7);
        }}.detach();
        return Status{};
    }
    if (what == "silently") ::kill(::getpid(), SIGKILL);
    if (std::find(std::begin(deaths), std::end(deaths), what) == std::end(deaths)) return std::nullopt;
    note_the_time();
    if (what == "segv") ::raise(SIGSEGV);
    if (what == "null") *reinterpret_cast<volatile int*>(static_cast<std::uintptr_t>(zero)) = 1;
    if (what == "divide") result_kept = (result_kept + 7) / zero;
    if (what == "illegal") __builtin_trap();
    if (what == "abort") {
        [[maybe_unused]] const auto n = ::write(2, "last words\n", 11);
        std::abort();
    }
    if (what == "kill_self") ::kill(::getpid(), SIGKILL);
    if (what == "exit") std::exit(0);
    if (what == "quick_exit") std::quick_exit(9);
    if (what == "stack") result_kept = overflow(0);
    if (what == "heap") smash_the_heap();
    if (what == "noexcept") throw_where_none_may();
    if (what == "thread_throws") {
        std::thread{[] { throw std::runtime_error{"thrown in a thread"}; }}.join();
    }
    return Status{};
}

}  // namespace zoo
