// Loading the file, its entry, and making instances of it: in a worker, against a host that has next to nothing.
#include <dirent.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "conformance/detail/bench.hpp"
#include "conformance/detail/raw_host.hpp"

extern char** environ;

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string so_of(const Subject& subject) { return subject.plugins + "/" + subject.manifest->id + ".so"; }
std::string settings_of(const Subject& subject) { return json::serialize(subject.settings); }

std::string for_manifest(const Subject& subject) { return subject.manifest ? not_for_programs(subject) : "the plugin has no sound manifest"; }
std::string for_runnable(const Subject& subject) {
    const auto why = not_for_programs(subject);
    return why.empty() ? subject.cannot_run() : why;
}

std::size_t entries_of(const char* folder) {
    std::size_t count = 0;
    std::error_code error;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator{folder, error}) ++count;
    return count;
}

/// What of this process a plugin could have changed.
struct Process {
    std::size_t threads = entries_of("/proc/self/task"), descriptors = entries_of("/proc/self/fd");
    std::string locale = ::setlocale(LC_ALL, nullptr), folder = fs::current_path().string(), environment;
    mode_t mask = 0;
    std::vector<void (*)(int)> handlers;

    Process() {
        mask = ::umask(077);
        ::umask(mask);
        for (char** at = environ; at != nullptr && *at != nullptr; ++at) environment += std::string{*at} + "\n";
        for (int number = 1; number < 32; ++number) {
            struct sigaction action {};
            ::sigaction(number, nullptr, &action);
            handlers.push_back(action.sa_handler);
        }
    }
    /// Empty: as before.
    std::string changed_since(const Process& before) const {
        if (locale != before.locale) return "the locale is " + locale + " now";
        if (folder != before.folder) return "the working folder is " + folder + " now";
        if (mask != before.mask) return "the umask has changed";
        if (environment != before.environment) return "the environment has changed";
        for (std::size_t i = 0; i < handlers.size(); ++i)
            if (handlers[i] != before.handlers[i]) return std::string{"the handler of signal SIG"} + ::sigabbrev_np(static_cast<int>(i) + 1) + " has changed";
        return {};
    }
};

/// As this worker was before it loaded the plugin for the first time: a later check finds what an earlier one's create left.
const Process& untouched() {
    static const Process process;
    return process;
}

auto opened(const Subject& subject) {
    untouched();
    return open_raw(so_of(subject));
}

Verdict scans_fast(const Subject& subject, Mode) {
    const auto start = std::chrono::steady_clock::now();
    std::FILE* file = std::fopen(subject.path.c_str(), "rbe");
    if (file == nullptr) return failed("it cannot be opened");
    const auto manifest = host::read_manifest(::fileno(file), subject.file_name);
    std::fclose(file);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();
    if (!manifest) return skip("the manifest cannot be read");
    if (took > 20'000) return failed("reading the manifest took " + std::to_string(took / 1000) + " ms");
    return pass(std::to_string(took) + " us");
}
Verdict loads(const Subject& subject, Mode) {
    const auto plugin = opened(subject);
    return plugin ? pass() : failed(plugin.error().what);
}
Verdict entry_version(const Subject& subject, Mode) {
    const auto plugin = opened(subject);
    if (!plugin) return skip("it does not load");
    const owed_entry& entry = *plugin->entry;
    if (entry.size < sizeof(owed_entry)) return failed("its owed_entry has " + std::to_string(entry.size) + " bytes; this host reads " + std::to_string(sizeof(owed_entry)));
    const auto theirs = std::to_string(entry.abi_major) + "." + std::to_string(entry.abi_minor);
    const auto ours = std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(OWED_ABI_MINOR);
    if (entry.abi_major != OWED_ABI_MAJOR) return failed("it speaks boundary " + theirs + ", this host " + ours);
    if (entry.min_host_minor > OWED_ABI_MINOR) return failed("it wants a host of boundary " + std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(entry.min_host_minor) + ", and this is " + ours);
    if (entry.min_host_minor > entry.abi_minor) return failed("it wants a host newer than the header that it was built with");
    if (entry.create == nullptr) return failed("it has no create");
    return pass(theirs);
}
Verdict entry_names_sdk(const Subject& subject, Mode) {
    const auto plugin = opened(subject);
    if (!plugin) return skip("it does not load");
    const owed_text sdk = plugin->entry->sdk;
    if (sdk.ptr == nullptr || sdk.len == 0 || sdk.len > 200) return failed("owed_entry.sdk does not say what built it");
    return pass(shown({sdk.ptr, static_cast<std::size_t>(sdk.len)}));
}
Verdict loads_twice(const Subject& subject, Mode) {
    const auto first = opened(subject);
    if (!first) return skip("it does not load");
    const TempFolder folder;
    const auto copy = folder.path() + "/copy.so";
    fs::copy_file(so_of(subject), copy);
    const auto second = open_raw(copy);
    if (!second) return failed("a second copy does not load beside the first: " + second.error().what);
    if (first->entry == second->entry) return failed("a second copy is the first one again; it pins itself or shares its symbols");
    return pass();
}
Verdict load_is_silent(const Subject& subject, Mode) {
    const TempFolder folder;   // a copy, since another check may have loaded the file in this worker
    fs::copy_file(so_of(subject), folder.path() + "/fresh.so");
    const auto before = caught_output().size();
    const auto plugin = open_raw(folder.path() + "/fresh.so");
    if (!plugin) return skip("it does not load");
    const auto printed = caught_output();
    return printed.size() == before ? pass() : failed("it printed while it was loaded: " + shown(printed.substr(before)));
}
Verdict load_starts_nothing(const Subject& subject, Mode) {
    // Another check may have loaded the file in this worker; a copy is loaded anew.
    untouched();
    const TempFolder folder;
    fs::copy_file(so_of(subject), folder.path() + "/fresh.so");
    const Process before;
    const auto plugin = open_raw(folder.path() + "/fresh.so");
    if (!plugin) return skip("it does not load");
    const Process after;
    if (after.threads != before.threads) return failed("loading it started " + std::to_string(after.threads - before.threads) + " threads");
    if (after.descriptors != before.descriptors) return failed("loading it left " + std::to_string(after.descriptors - before.descriptors) + " descriptors open");
    const auto changed = after.changed_since(untouched());
    return changed.empty() ? pass() : failed("loading it changed the process: " + changed);
}

// ---- create

/// Runs `body` with a loaded plugin.
template <class Body>
Verdict with_plugin(const Subject& subject, Body&& body) {
    const auto plugin = opened(subject);
    return plugin ? body(*plugin) : skip("it does not load");
}

Verdict create_works(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        if (instance.status() != OWED_OK) return failed("create answered " + std::to_string(instance.status()) + ": " + host.message());
        return instance.usable() ? pass() : failed("create answered OWED_OK and left its instance empty");
    });
}
Verdict create_no_effect(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        const auto used = host.used();
        return used.empty() ? pass() : failed("create called " + used.front());
    });
}
Verdict create_silent(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const auto before = caught_output().size();
        {
            const RawHost host;
            const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        }
        const auto printed = caught_output();
        return printed.size() == before ? pass() : failed("create or destroy printed: " + shown(printed.substr(before)));
    });
}
Verdict create_hundred(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const auto settings = settings_of(subject);
        const auto once = [&] { return RawInstance{plugin, host, "checked", settings}.status(); };
        for (int i = 0; i < 20; ++i)
            if (once() != OWED_OK) return failed("create failed the " + std::to_string(i + 1) + "th time");
        const auto rss = [] {
            std::ifstream statm{"/proc/self/statm"};
            long pages = 0, resident = 0;
            statm >> pages >> resident;
            return resident * ::sysconf(_SC_PAGESIZE);
        };
        const Process before;
        const auto memory = rss();
        for (int i = 0; i < 100; ++i) once();
        const Process after;
        if (after.descriptors > before.descriptors) return failed("100 times create and destroy left " + std::to_string(after.descriptors - before.descriptors) + " descriptors open");
        if (after.threads > before.threads) return failed("100 times create and destroy left " + std::to_string(after.threads - before.threads) + " threads");
        const auto grown = rss() - memory;
        if (grown > (4 << 20)) return failed("100 times create and destroy left " + std::to_string(grown >> 10) + " KiB");
        const auto changed = after.changed_since(untouched());
        return changed.empty() ? pass(std::to_string(std::max(0L, grown) >> 10) + " KiB more") : failed("create changed the process: " + changed);
    });
}
Verdict create_two(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost one, other;
        const RawInstance first{plugin, one, "first", settings_of(subject)};
        {
            const RawInstance second{plugin, other, "second", settings_of(subject)};
            if (!first.usable() || !second.usable()) return failed("two instances at once cannot be made");
        }
        for (const auto* id : {OWED_SOURCE_1, OWED_CODEC_1, OWED_SENDER_1, OWED_SINK_1, OWED_AGENCY_1, OWED_DECIDER_1}) first.extension(id);
        return pass();
    });
}
Verdict create_names(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        for (const std::string& name : {std::string{"x"}, std::string(255, 'n'), std::string{"Hausbank M\xC3\xBCnchen %s%n"}}) {
            const RawHost host;
            const RawInstance instance{plugin, host, name, settings_of(subject)};
            if (!instance.usable()) return failed("an instance called \"" + shown(name, 40) + "\" cannot be made: " + host.message());
        }
        return pass();
    });
}
/// An older host has fewer services; the plugin must say so and not fall over.
Verdict create_poor_host(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const std::vector<std::string> all{OWED_LOG_1,  OWED_CLOCK_1,    OWED_RANDOM_1,  OWED_STATE_1,   OWED_FILES_1,   OWED_EMIT_1,
                                           OWED_FAIL_1, OWED_TRANSFER_1, OWED_SECRETS_1, OWED_METRICS_1, OWED_PROGRESS_1};
        for (const auto& missing : all) {
            at("a host without " + missing);
            const RawHost host{{missing}};
            const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        }
        at("a host without anything");
        const RawHost host{all};
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        return pass(instance.status() == OWED_OK ? "it makes do without any" : "it refuses a host without any");
    });
}

// ---- extensions

Verdict unknown_extension(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        if (!instance.usable()) return skip("create failed");
        const std::string long_id(70'000, 'x');
        for (const std::string& id : {std::string{}, std::string{"owed.source/2"}, std::string{"owed.source"}, std::string{"owed.source/1 "}, std::string{"OWED.SOURCE/1"},
                                      std::string{"x.owed.trace/1"}, std::string{"owed.no-such/1"}, std::string{"owed.source/1\0x", 15}, long_id})
            if (instance.extension(id) != nullptr) return failed("it has a table for the unknown id \"" + shown(id, 40) + "\"");
        return pass();
    });
}
Verdict stable_extension(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        if (!instance.usable()) return skip("create failed");
        for (const auto* id : {OWED_SOURCE_1, OWED_CODEC_1, OWED_SENDER_1, OWED_SINK_1, OWED_AGENCY_1, OWED_DECIDER_1}) {
            const auto* first = instance.extension(id);
            for (int i = 0; i < 3; ++i)
                if (instance.extension(id) != first) return failed(std::string{"it gives another table for "} + id + " the next time");
        }
        return pass();
    });
}

template <class Table>
std::string table_fault(const RawInstance& instance, const char* id, std::initializer_list<std::pair<const char*, bool (*)(const Table&)>> functions) {
    const auto* table = static_cast<const Table*>(instance.extension(id));
    if (table == nullptr) return {};
    if (table->size < sizeof(Table)) return std::string{id} + " has " + std::to_string(table->size) + " bytes; boundary 0.9 has " + std::to_string(sizeof(Table));
    for (const auto& [name, there] : functions)
        if (!there(*table)) return std::string{id} + " has no function " + name;
    return {};
}
Verdict whole_tables(const Subject& subject, Mode) {
    return with_plugin(subject, [&](const RawPlugin& plugin) {
        const RawHost host;
        const RawInstance instance{plugin, host, "checked", settings_of(subject)};
        if (!instance.usable()) return skip("create failed");
        std::string wrong = table_fault<owed_source_1>(instance, OWED_SOURCE_1, {{"check", [](const owed_source_1& t) { return t.check != nullptr; }},
                                                                                 {"read", [](const owed_source_1& t) { return t.read != nullptr; }}});
        if (wrong.empty())
            wrong = table_fault<owed_codec_1>(instance, OWED_CODEC_1, {{"sniff", [](const owed_codec_1& t) { return t.sniff != nullptr; }},
                                                                       {"decode", [](const owed_codec_1& t) { return t.decode != nullptr; }}});
        if (wrong.empty())
            wrong = table_fault<owed_sender_1>(instance, OWED_SENDER_1, {{"check", [](const owed_sender_1& t) { return t.check != nullptr; }},
                                                                         {"send", [](const owed_sender_1& t) { return t.send != nullptr; }},
                                                                         {"lookup", [](const owed_sender_1& t) { return t.lookup != nullptr; }}});
        if (wrong.empty())
            wrong = table_fault<owed_sink_1>(instance, OWED_SINK_1, {{"check", [](const owed_sink_1& t) { return t.check != nullptr; }},
                                                                     {"write", [](const owed_sink_1& t) { return t.write != nullptr; }}});
        if (wrong.empty())
            wrong = table_fault<owed_agency_1>(instance, OWED_AGENCY_1, {{"check", [](const owed_agency_1& t) { return t.check != nullptr; }},
                                                                         {"place", [](const owed_agency_1& t) { return t.place != nullptr; }},
                                                                         {"update", [](const owed_agency_1& t) { return t.update != nullptr; }},
                                                                         {"recall", [](const owed_agency_1& t) { return t.recall != nullptr; }},
                                                                         {"lookup", [](const owed_agency_1& t) { return t.lookup != nullptr; }},
                                                                         {"fetch", [](const owed_agency_1& t) { return t.fetch != nullptr; }}});
        if (wrong.empty()) wrong = table_fault<owed_decider_1>(instance, OWED_DECIDER_1, {{"propose", [](const owed_decider_1& t) { return t.propose != nullptr; }}});
        return wrong.empty() ? pass() : failed(wrong);
    });
}

}  // namespace

Group load_checks() {
    return {Group::When::once,
            &for_manifest,
            {{"load.scan-fast", "the manifest is read without loading in under 20 ms", "make the file smaller; strip it", &scans_fast},
             {"load.loads", "the file loads with all of its symbols resolved", "link what is missing, with -Wl,-z,defs to see it in the build", &loads},
             {"load.entry-version", "its entry fits this host", "rebuild it with this owed's SDK", &entry_version},
             {"load.entry-names-sdk", "its entry says what built it", "use OWED_PLUGIN(Class), or fill in owed_entry.sdk", &entry_names_sdk},
             {"load.twice", "two copies of the file can be loaded side by side, as at an upgrade", "do not link with -z nodelete or -z unique; compile with -fno-gnu-unique", &loads_twice},
             {"load.silent", "loading prints nothing", "take the printing out of static constructors", &load_is_silent},
             {"load.starts-nothing", "loading starts no thread, opens nothing and leaves the process as it was", "do it in create, or better in a call", &load_starts_nothing}}};
}

Group create_checks() {
    return {Group::When::once,
            &for_runnable,
            {{"create.works", "an instance can be made with the settings given", "see the reason; --settings FILE.json gives others", &create_works},
             {"create.no-effect", "create uses log, clock and fail alone", "do in check() or the first call what needs the world", &create_no_effect},
             {"create.silent", "create and destroy print nothing", "use the host's log", &create_silent},
             {"create.repeatable", "create and destroy, 100 times, leave nothing behind", "free in destroy what create took", &create_hundred},
             {"create.two-at-once", "two instances live side by side", "keep state in the instance, not in globals", &create_two},
             {"create.names", "any name of an instance will do", "use the name in messages only", &create_names},
             {"create.poor-host", "a host that lacks services gets an error, not a crash", "check each service() answer for NULL, as the C++ wrapper does", &create_poor_host},
             {"extension.unknown-is-null", "ids that it does not know get NULL", "compare the whole id", &unknown_extension},
             {"extension.stable", "the same id gets the same table every time", "return the address of a static const table", &stable_extension},
             {"extension.whole-tables", "its tables have the size and the functions of this boundary", "set size to sizeof the table, and fill in every function", &whole_tables}}};
}

}  // namespace owed::conformance
