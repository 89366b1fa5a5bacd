// What the sections of owed-bench share. Each prints rates with their baseline in the same run.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace owed::bench {

using Seconds = std::chrono::duration<double>;

/// The best of several runs: what the machine can do when nobody else wants it.
double best_of(int rounds, const std::function<void()>& work);
/// An MT940 statement of n booked credits, balances right.
std::string mt940(int n);
/// The daemon from exec to its first answer, and its idle memory; printed under `title`. Answers 0, or 1 when it did not come up.
int start_up(const std::string& program, const std::string& config, const std::string& title);

/// The plugin boundary: cost a record, durable intake isolated against in-process, children's start and memory.
/// `bin` holds owed-plugin-host, `plugins` the shipped ones, `emitter` the bench's own. Answers how many figures could not be had.
int boundary_rates(const std::string& bin, const std::string& plugins, const std::string& emitter, bool brief);

}  // namespace owed::bench
