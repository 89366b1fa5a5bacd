// Processes that the benches start, and what they take.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace owed::bench {

/// Starts a program, its standard output (and what it complains of) at the end of a file. Answers its pid, or -1.
pid_t start(const std::vector<std::string>& words, const std::string& output, bool errors_too = false);
/// This very program with other arguments, to its end. Answers its exit code.
int run_self(std::vector<std::string> arguments, const std::string& output);

/// "VmRSS" or "VmHWM" of a process (a pid or "self") in KiB; 0 when there is none.
long memory_kib(const std::string& process, const std::string& figure);
/// User and system time of this process so far.
double processor_seconds();

}  // namespace owed::bench
