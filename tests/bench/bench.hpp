// What the sections of owed-bench share. Each prints rates with their baseline in the same run.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace owed::bench {

using Seconds = std::chrono::duration<double>;

/// The best of several runs: what the machine can do when nobody else wants it.
double best_of(int rounds, const std::function<void()>& work);
/// An MT940 statement of n booked credits, balances right.
std::string mt940(int n);
/// Resident memory of a process, and its share of what it has in common with others.
std::pair<double, double> memory_mib(std::int64_t pid);

/// The daemon from exec to its first answer, with the demo's instances and with 20 in all; and the memory of an idle one with
/// 200. Answers how many figures could not be had.
int daemon_rates(const std::string& bin, bool brief);

/// The plugin boundary: cost a record, durable intake isolated against in-process, children's start and memory.
/// `bin` holds owed-plugin-host, `plugins` the shipped ones, `emitter` the bench's own. Answers how many figures could not be had.
int boundary_rates(const std::string& bin, const std::string& plugins, const std::string& emitter, bool brief);
/// Of these, durable intake alone.
int intake_rates(const std::string& bin, const std::string& plugins, bool brief);

}  // namespace owed::bench
