// What the zoo plugin can do wrong, by subject. Each function does `what` if that is its subject, and answers nullopt if it
// is not. A deed that ends the process never returns; one that was refused answers an Error of class data that begins with
// the name of the deed; one that went through, against all expectation, answers success.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "owed/plugin.hpp"

namespace zoo {

using owed::Errc;
using owed::Status;
using owed::fail;

/// `target`: a path, a port or a process, as the deed needs.
std::optional<Status> crash(const std::string& what, const std::string& target);
std::optional<Status> hog(const std::string& what, const std::string& target);
std::optional<Status> speak_garbage(const std::string& what, const std::string& target);
std::optional<Status> reach_out(const std::string& what, const std::string& target);

/// Writes "t=NANOSECONDS" of the monotonic clock to stderr: the moment just before the end, from which the test measures
/// how long the host took to notice.
inline void note_the_time() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    ::dprintf(2, "t=%lld\n", static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
}

/// A system call's answer: below zero is a refusal.
inline Status attempt(const std::string& deed, long answer) {
    if (answer >= 0) return {};
    return fail(Errc::data, deed + ": " + std::strerror(errno));
}

}  // namespace zoo
