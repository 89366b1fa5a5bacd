#include "conformance/conformance.hpp"

#include <climits>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "conformance/detail/bench.hpp"
#include "conformance/detail/worker.hpp"

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds check_limit{90};

/// owed-plugin-host beside the program that is running.
std::string beside_us() {
    char path[PATH_MAX];
    const auto n = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string self{path, n > 0 ? static_cast<std::size_t>(n) : 0};
    return self.substr(0, self.rfind('/') + 1) + "owed-plugin-host";
}

bool wanted(const Check& check, const Options& options) { return std::string_view{check.name}.starts_with(options.only); }

void add_skipped(const std::vector<const Check*>& checks, Mode mode, const std::string& why, std::vector<Finished>& out) {
    for (const auto* check : checks) out.push_back({{check->name, check->what, std::string{name_of(mode)}, Outcome::skipped, why, "", 0}, {}});
}

std::vector<Finished> run_group(const Group& group, const Subject& subject, const Options& options) {
    std::vector<const Check*> checks;
    for (const auto& check : group.checks)
        if (wanted(check, options)) checks.push_back(&check);
    std::vector<Finished> done;
    if (checks.empty()) return done;
    std::vector<Mode> modes;
    if (group.when == Group::When::once) modes = {Mode::file};
    else {
        if (options.isolation != Options::Isolation::none) modes.push_back(Mode::process);
        if (options.isolation != Options::Isolation::process) modes.push_back(Mode::none);
    }
    const auto why_not = group.not_for(subject);
    for (const auto mode : modes) {
        const bool never_here = mode == Mode::none && subject.is_program;
        if (!why_not.empty() || never_here) {
            add_skipped(checks, mode, why_not.empty() ? "a program always runs in a process of its own" : why_not, done);
            continue;
        }
        auto some = run_in_worker(subject, mode, checks, check_limit);
        done.insert(done.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    return done;
}

/// What a check found in one mode it must find in the other.
void compare_modes(const std::vector<Finished>& done, std::vector<Finding>& out) {
    std::map<std::string, std::string> prints;
    std::size_t compared = 0;
    std::string differs;
    for (const auto& [finding, fingerprint] : done) {
        if (fingerprint.empty()) continue;
        const auto [at, fresh] = prints.emplace(finding.name, fingerprint);
        if (fresh) continue;
        ++compared;
        if (at->second != fingerprint) differs += (differs.empty() ? "" : ", ") + finding.name;
    }
    Finding finding{"modes.same-answers", "what the plugin hands over is the same with isolation process and none", "", Outcome::passed, {}, {}, 0};
    if (compared == 0) {
        finding.outcome = Outcome::skipped;
        finding.reason = "nothing ran in both modes";
    } else if (!differs.empty()) {
        finding.outcome = Outcome::failed;
        finding.reason = "differs between the modes: " + differs;
        finding.advice = "keep nothing in globals, and let nothing depend on the process: its id, addresses, environment, locale, real time";
    }
    out.push_back(std::move(finding));
}

/// The plugin alone in a folder of its own, as its manifest names it: neither a lock file beside it nor its neighbours count.
Status stage(Subject& subject, const TempFolder& folder) {
    subject.plugins = folder.path();
    const std::string name = subject.manifest ? subject.manifest->id : subject.plugin_name();
    if (name.empty() || name.find('/') != std::string::npos || name.front() == '.') return {};
    const auto read_only = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
    const auto run_only = read_only | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    const auto copy = [&](const std::string& from, const std::string& to, fs::perms rights) -> Status {
        std::error_code error;
        fs::copy_file(from, folder.path() + "/" + to, error);
        if (!error) fs::permissions(folder.path() + "/" + to, rights, error);
        if (error) return fail(Errc::io, "the plugin cannot be copied: " + error.message(), from);
        return {};
    };
    if (!subject.is_program) return copy(subject.path, name + ".so", read_only);
    OWED_TRY_VOID(copy(subject.path + ".manifest.json", name + ".manifest.json", read_only));
    return copy(subject.path, name, run_only);
}

}  // namespace

const std::vector<Group>& catalogue() {
    static const std::vector<Group> all{file_checks(),   elf_checks(),  manifest_checks(), load_checks(),    create_checks(),  settings_checks(),
                                        probe_checks(),  source_checks(), codec_checks(),  sender_checks(),  sink_checks(),    agency_checks(),
                                        decider_checks(), fault_checks(), clock_checks(),  conduct_checks(), secret_checks(),  speed_checks()};
    return all;
}

std::vector<std::string> check_names() {
    std::vector<std::string> names;
    for (const auto& group : catalogue())
        for (const auto& check : group.checks) names.emplace_back(check.name);
    names.emplace_back("modes.same-answers");
    return names;
}

std::size_t Report::count(Outcome outcome) const {
    std::size_t n = 0;
    for (const auto& finding : findings) n += finding.outcome == outcome ? 1 : 0;
    return n;
}

Result<Report> check_plugin(const Options& options) {
    OWED_TRY(Subject subject, Subject::read(options));
    if (subject.child_program.empty()) subject.child_program = beside_us();
    const TempFolder folder;
    OWED_TRY_VOID(stage(subject, folder));
    Report report;
    report.file = options.file;
    report.seed = options.seed;
    report.plugin = subject.manifest ? subject.manifest->id : subject.plugin_name();
    if (subject.manifest) report.version = subject.manifest->version;
    std::vector<Finished> done;
    for (const auto& group : catalogue()) {
        auto some = run_group(group, subject, options);
        for (const auto& finished : some) report.findings.push_back(finished.finding);
        done.insert(done.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    if (std::string_view{"modes.same-answers"}.starts_with(options.only)) compare_modes(done, report.findings);
    return report;
}

}  // namespace owed::conformance
