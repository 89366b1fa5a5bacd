// The conformance kit: what `owectl plugin check FILE.so` holds a plugin to, under the real host, in both isolation modes.
//
// What it runs on lies beside the settings file:
//   settings.json            the connector's `settings:`, as JSON
//   NAME/...                 for each setting "folder:NAME": the files that are in that folder when a call begins; they are
//                            also the samples of a codec
//   samples/...              more samples of a codec
//   delivery.json            what a sender is given, instead of the kit's own:
//                            {"recipients": [], "message": "", "addressee": [], "facts": {}, "parts": [{"name", "media_type", "text"}]}
// and in a cassette (host/cassette.hpp): what a server said. Requests are looked up in it, in order first, so that a read may
// be repeated from any cursor. For what is not on it the kit is the server: of SMTP one that takes everything, of HTTP one
// that keeps what is put under a URL (PUT, POST, PATCH) and gives it back (GET; what is not there is 404, or with a cassette
// a request that nobody foresaw). Every secret has a value, a canary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "owed/result.hpp"

namespace owed::conformance {

struct Options {
    std::string file;                ///< NAME.so, or a program NAME with NAME.manifest.json beside it
    std::string settings_file;       ///< empty: {}
    std::string cassette_file;       ///< empty: none
    std::string child_program;       ///< owed-plugin-host; empty: beside this program
    enum class Isolation { both, process, none } isolation = Isolation::both;
    std::uint64_t seed = 1;          ///< of what is fuzzed; the same seed, the same run
    std::string only;                ///< run checks whose name begins so; empty: all
};

enum class Outcome { passed, failed, skipped };

struct Finding {
    std::string name;                ///< "manifest.id-matches-file"
    std::string what;                ///< what is checked, a sentence
    std::string isolation;           ///< "process", "none", or empty for what is looked at once
    Outcome outcome = Outcome::passed;
    std::string reason;              ///< of a failure or skip; of a pass: a figure, or empty
    std::string advice;              ///< what to do about a failure
    std::int64_t millis = 0;
};

struct Report {
    std::string file, plugin, version;
    std::uint64_t seed = 1;
    std::vector<Finding> findings;   ///< in the order of the catalogue
    std::size_t count(Outcome outcome) const;
    bool passed() const { return count(Outcome::failed) == 0; }
};

/// Runs every check that fits the plugin. Each group runs in a process of its own, so that a plugin that ends its process
/// fails the check that ran and no other. Errors: not_found, io, malformed_input (settings, delivery or cassette). A file
/// that is no plugin is a Report with failures. One thread in this process, since it forks.
Result<Report> check_plugin(const Options& options);

/// Names of all checks, in order, whatever plugin they are for.
std::vector<std::string> check_names();

/// For people: failures with what to do, skips with their reason, and the sum.
std::string to_text(const Report& report);
/// {"plugin", "version", "file", "seed", "passed", "failed", "skipped", "checks": [{"name", "what", "isolation", "outcome",
/// "reason", "do", "millis"}]}
std::string to_json(const Report& report);
/// JUnit XML: a testsuite for each isolation, a testcase for each check.
std::string to_junit(const Report& report);

}  // namespace owed::conformance
