// One check: a name, a sentence, and a function over the plugin. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conformance/conformance.hpp"

namespace owed::conformance {

class Subject;

/// How the plugin runs during a check. `file`: it does not, or only its entry, without a host.
enum class Mode { file, process, none };
std::string_view name_of(Mode mode);

struct Verdict {
    Outcome outcome = Outcome::passed;
    std::string reason;
    /// Of what the plugin answered: the same in both modes, or the plugin depends on something that it should not.
    std::string fingerprint = {};
};
inline Verdict pass(std::string note = {}) { return {Outcome::passed, std::move(note)}; }
inline Verdict failed(std::string reason) { return {Outcome::failed, std::move(reason)}; }
inline Verdict skip(std::string reason) { return {Outcome::skipped, std::move(reason)}; }

struct Check {
    const char* name;
    const char* what;
    const char* advice;
    Verdict (*run)(const Subject& subject, Mode mode);
};

/// A group shares what must be true of a plugin for its checks to mean anything.
struct Group {
    enum class When { once, each_mode } when;
    /// Why the group says nothing about this plugin; empty: it does.
    std::string (*not_for)(const Subject& subject);
    std::vector<Check> checks;
};

Group file_checks();
Group elf_checks();
Group manifest_checks();
Group load_checks();
Group create_checks();
Group settings_checks();
Group probe_checks();      // check()
Group source_checks();
Group codec_checks();
Group sender_checks();
Group sink_checks();
Group agency_checks();
Group decider_checks();
Group fault_checks();
Group clock_checks();
Group conduct_checks();    // threads, leaks, log lines, permissions
Group secret_checks();
Group speed_checks();
const std::vector<Group>& catalogue();

/// Says what the running check is at, for the report of one that ends its process.
void at(std::string_view what);

}  // namespace owed::conformance
