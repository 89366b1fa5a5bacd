// Threads, leaks, log lines, output, permissions; secrets; and how fast it is.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "conformance/detail/acts.hpp"
#include "owed/record_wire.hpp"

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;

std::string for_running(const Subject& subject) { return subject.cannot_run(); }

/// Everything that the plugin can do, once.
void do_all(Bench& bench) {
    for (const auto& act : acts_of(bench.subject)) act.run(bench);
}

/// A world in which every act finds the same again: what was archived is put back.
void put_back(Bench& bench) {
    for (const auto& input : bench.subject.inputs) std::ofstream{bench.folder(input.folder) + "/" + input.name, std::ios::binary} << input.bytes;
}

/// Of the plugin's process, or of this one.
std::string process_of(Bench& bench) {
    if (bench.mode == Mode::none) return "/proc/self";
    const auto pids = bench.plugin().report().pids;
    return pids.empty() ? std::string{} : "/proc/" + std::to_string(pids.front());
}
std::int64_t status_number(const std::string& process, const std::string& key) {
    std::ifstream status{process + "/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":")) return std::atoll(line.substr(key.size() + 1).c_str());
    return -1;
}
std::int64_t descriptors_of(const std::string& process) {
    std::error_code error;
    std::int64_t count = 0;
    for (fs::directory_iterator at{process + "/fd", error}, end; !error && at != end; at.increment(error)) ++count;
    return error ? -1 : count;
}

// ---- threads and leaks

Verdict call_thread(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    do_all(bench);
    const timespec moment{0, 50'000'000};   // for a thread that it may have left behind to show itself
    ::nanosleep(&moment, nullptr);
    bench.plugin().check().map_error([](const Error&) { return 0; });
    const auto printed = bench.printed();
    if (printed.find("from a thread that is not the call's") != std::string::npos) return failed("a host function was called from a thread of the plugin's own");
    if (printed.find("while no call runs") != std::string::npos) return failed("a host function was called while no call ran");
    return pass();
}
Verdict no_threads(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    do_all(bench);
    const auto process = process_of(bench);
    if (process.empty()) return skip("its process is gone");
    const auto before = status_number(process, "Threads");
    for (int i = 0; i < 10; ++i) {
        put_back(bench);
        do_all(bench);
    }
    const auto after = status_number(process_of(bench), "Threads");
    if (after > before) return failed("ten more runs left " + std::to_string(after - before) + " threads");
    if (mode == Mode::process && after > 1) return failed("its process has " + std::to_string(after) + " threads between calls; work outside of calls is not seen by the host");
    return pass();
}
Verdict no_descriptors(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    for (int i = 0; i < 3; ++i) do_all(bench);
    const auto before = descriptors_of(process_of(bench));
    if (before < 0) return skip("the descriptors of its process can be counted by root alone");
    for (int i = 0; i < 30; ++i) {
        put_back(bench);
        do_all(bench);
    }
    const auto after = descriptors_of(process_of(bench));
    return after > before ? failed("30 runs left " + std::to_string(after - before) + " descriptors open") : pass();
}
Verdict no_memory(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto rss = [&] { return status_number(process_of(bench), "VmRSS"); };
    for (int i = 0; i < 30; ++i) {
        put_back(bench);
        do_all(bench);
        bench.forget_seen();
    }
    const auto before = rss();
    if (before < 0) return skip("its process is gone");
    for (int i = 0; i < 60; ++i) {
        put_back(bench);
        do_all(bench);
        bench.forget_seen();
    }
    const auto grown = rss() - before;
    // 60 runs that keep 64 KiB each are what is looked for; allocators and the kit's own log stay below.
    if (grown > 4096) return failed("60 runs left " + std::to_string(grown) + " KiB");
    return pass(std::to_string(std::max<std::int64_t>(0, grown)) + " KiB more after 60 runs");
}
Verdict alive(const Subject& subject, Mode mode) {
    if (mode != Mode::process) return skip("it runs in the daemon's own process");
    Bench bench{subject, mode};
    do_all(bench);
    const auto report = bench.plugin().report();
    if (report.restarts != 0) return failed("its process died " + std::to_string(report.restarts) + " times: " + report.reason);
    return pass();
}

// ---- log, output, figures

Verdict log_clean(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    do_all(bench);
    for (const auto& seen : bench.seen()) {
        if (seen.service != "log.write") continue;
        const bool control = std::any_of(seen.subject.begin(), seen.subject.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
        if (control) return failed("a line of its log has control bytes: " + shown(seen.subject));
        if (!wire::is_text(seen.subject)) return failed("a line of its log is not UTF-8: " + shown(seen.subject));
    }
    return pass(std::to_string(bench.seen_count("log.write")) + " lines");
}
Verdict log_bounded(const Subject& subject, Mode mode) {
    for (const auto& act : acts_of(subject)) {
        Bench bench{subject, mode};
        act.run(bench);
        const auto lines = bench.seen_count("log.write");
        if (lines > 200 + bench.seen().size() - lines) return failed(act.name + " wrote " + std::to_string(lines) + " lines into the log");
    }
    return pass();
}
Verdict silent(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    do_all(bench);
    auto printed = bench.printed();
    if (printed.find("owed: a host function") != std::string::npos) return skip("threads.on-call-thread says more");
    return printed.empty() ? pass() : failed("it wrote to stdout or stderr: " + shown(printed));
}
Verdict metrics_named(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    do_all(bench);
    for (const auto& line : bench.log.lines())
        if (line.find("the metric \"") != std::string::npos) return failed(line);
    const auto report = bench.plugin().report();
    return pass(std::to_string(report.counters.size() + report.gauges.size()) + " metrics");
}
Verdict failures_said(const Subject& subject, Mode mode) {
    for (const auto& act : acts_of(subject)) {
        Bench bench{subject, mode};
        const auto told = act.run(bench);
        if (told.ok) continue;
        if (told.text.find("gave no reason") != std::string::npos) return failed(act.name + " fails and gives no reason");
        if (told.text.find('\n') != std::string::npos) return failed("the reason of " + act.name + " has a line break");
    }
    return pass();
}

// ---- permissions

Verdict permissions_enough(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    std::string refusal;
    for (const auto& act : acts_of(subject)) {
        const auto told = act.run(bench);
        if (told.text.find("does not ask for the permission") != std::string::npos) refusal = act.name + ": " + told.text;
    }
    for (const auto& seen : bench.seen()) {
        if (seen.service.starts_with("files.") && !subject.manifest->may("files")) return failed(seen.call + " calls " + seen.service + ", and the manifest does not ask for \"files\"");
        if (seen.service == "transfer.perform" && !subject.manifest->may("transfer")) return failed(seen.call + " calls transfer.perform, and the manifest does not ask for \"transfer\"");
    }
    return refusal.empty() ? pass() : failed(refusal);
}
Verdict urls_enough(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip("it does not speak to servers");
    Bench bench{subject, mode};
    for (const auto& act : acts_of(subject)) {
        const auto told = act.run(bench);
        if (told.code == Errc::invalid_config && told.text.find("allow_urls") != std::string::npos) return failed(act.name + " speaks to a server that its manifest and settings do not name: " + told.text);
    }
    return pass();
}
Verdict services_fit(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    std::vector<std::string> refused;
    do_all(bench);
    static const std::vector<std::pair<std::string, std::vector<std::string>>> not_in{
        {"check", {"state.", "files.write_new", "emit."}}, {"send", {"state.", "emit.artifact", "emit.records", "emit.commit"}}, {"lookup", {"state.", "files.write_new"}},
        {"write", {"state."}},          {"read", {"files.write_new", "emit.receipt", "emit.results", "emit.report"}}};
    for (const auto& seen : bench.seen())
        for (const auto& [call, services] : not_in)
            if (seen.call == call)
                for (const auto& service : services)
                    if (seen.service.starts_with(service)) return failed(call + " calls " + seen.service + ", which answers \"unsupported\" there");
    return pass();
}
Verdict state_small(const Subject& subject, Mode mode) {
    if (!subject.reads()) return skip("it is no source");
    Bench bench{subject, mode};
    KeptRead target;
    if (const auto status = read_from(bench, {}, target); !status) return skip("the first read fails: " + to_text(status.error()));
    std::size_t bytes = 0;
    for (const auto& [key, value] : target.state) bytes += key.size() + value.size();
    if (target.state.size() > 1000) return failed("after one read its state has " + std::to_string(target.state.size()) + " keys; 10,000 are the end");
    if (bytes > (4u << 20)) return failed("after one read its state has " + std::to_string(bytes >> 10) + " KiB");
    return pass(std::to_string(target.state.size()) + " keys, " + std::to_string(bytes) + " bytes");
}

// ---- secrets

/// Which form of which secret stands in `text`; empty: none.
std::string leak_in(std::string_view text, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        const auto forms = forms_of(canary(name));
        for (std::size_t i = 0; i < forms.size(); ++i)
            if (text.find(forms[i]) != std::string::npos) return "secret \"" + name + "\" (in form " + std::to_string(i + 1) + " of " + std::to_string(forms.size()) + ")";
    }
    return {};
}
/// Names that the plugin may have asked for: those that settings give, and usual ones.
std::vector<std::string> secret_names(const Subject& subject, const Bench& bench) {
    std::vector<std::string> names{"api", "login", "password", "token", "smtp"};
    if (subject.settings.is_object())
        for (const auto& [key, value] : subject.settings.get_object())
            if (value.is_string() && std::string_view{key}.find("secret") != std::string_view::npos) names.emplace_back(value.get_string());
    for (const auto& seen : bench.seen())
        if (seen.service == "secrets.has") names.push_back(seen.subject);
    return names;
}
/// The server gives back all that it was sent, which is how a secret comes near a plugin.
void talkative(Bench& bench) {
    bench.server.instead = [](const transports::Request& request) -> std::optional<transports::Response> {
        transports::Response response;
        response.outcome = transports::Outcome::refused;
        response.status = 400;
        for (const auto& header : request.headers) {
            response.body += header.name + ": " + header.value + "\n";
            response.headers.push_back({"X-Echo", header.value});
        }
        response.body += request.user + ":" + request.password + request.bearer + "\n" + request.body;
        response.detail = response.reply = "400 you said " + request.user + ":" + request.password;
        return response;
    };
}
const char* no_transfer = "it sends no secrets: it has not the permission \"transfer\"";

Verdict secret_memory(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    if (mode != Mode::process) return skip("in the daemon's own process the daemon's secrets are there");
    for (const bool echo : {false, true}) {
        Bench bench{subject, mode};
        if (echo) talkative(bench);
        do_all(bench);
        const auto names = secret_names(subject, bench);
        const auto process = process_of(bench);
        if (process.empty()) return skip("its process is gone");
        std::ifstream maps{process + "/maps"};
        const int memory = ::open((process + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
        if (memory < 0 || !maps) {
            if (memory >= 0) ::close(memory);
            return skip("the memory of its process can be read by root alone");
        }
        std::string found;
        std::size_t searched = 0;
        for (std::string line; std::getline(maps, line) && found.empty();) {
            unsigned long long from = 0, to = 0;
            char rights[5] = {};
            if (std::sscanf(line.c_str(), "%llx-%llx %4s", &from, &to, rights) != 3 || rights[0] != 'r' || to - from > (512ull << 20)) continue;
            std::string piece(static_cast<std::size_t>(to - from), '\0');
            const auto n = ::pread(memory, piece.data(), piece.size(), static_cast<off_t>(from));
            if (n <= 0) continue;
            searched += static_cast<std::size_t>(n);
            found = leak_in(std::string_view{piece}.substr(0, static_cast<std::size_t>(n)), names);
        }
        ::close(memory);
        if (!found.empty()) return failed(found + " stands in the memory of its process" + (echo ? ", after a server gave it back" : ""));
        if (searched == 0) return skip("the memory of its process can be read by root alone");
    }
    return pass();
}
Verdict secret_log(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    Bench bench{subject, mode};
    talkative(bench);
    do_all(bench);
    const auto names = secret_names(subject, bench);
    for (const auto& line : bench.log.lines())
        if (const auto found = leak_in(line, names); !found.empty()) return failed(found + " stands in the log");
    if (const auto found = leak_in(bench.printed(), names); !found.empty()) return failed(found + " was printed");
    return pass(std::to_string(bench.log.lines().size()) + " lines");
}
Verdict secret_failures(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    Bench bench{subject, mode};
    talkative(bench);
    for (const auto& act : acts_of(subject)) {
        const auto told = act.run(bench);
        if (const auto found = leak_in(told.text + told.transcript, secret_names(subject, bench)); !found.empty()) return failed(found + " stands in the answer of " + act.name);
    }
    return pass();
}
Verdict secret_cassette(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    std::size_t exchanges = 0;
    for (const bool echo : {false, true}) {
        const TempFolder folder;
        const auto file = folder.path() + "/recorded";
        Bench bench{subject, mode, [&](host::InstanceConfig& config, host::HostOptions&) { config.transfer.record = file; }};
        if (echo) talkative(bench);
        do_all(bench);
        if (bench.server.requests().empty()) return skip("it sent no request");
        const auto text = read_file(file, 64u << 20);
        if (!text) return failed("its exchanges could not be recorded: " + to_text(text.error()));
        if (const auto found = leak_in(*text, secret_names(subject, bench)); !found.empty())
            return failed(found + " stands in a recorded cassette" + (echo ? ", after a server gave it back" : ""));
        exchanges += bench.server.requests().size();
    }
    return pass(std::to_string(exchanges) + " exchanges");
}
Verdict secret_urls(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    Bench bench{subject, mode};
    do_all(bench);
    const auto names = secret_names(subject, bench);
    for (const auto& request : bench.server.requests())
        if (const auto found = leak_in(request.url, names); !found.empty()) return failed(found + " stands in a URL: " + shown(request.url.substr(0, request.url.find('?'))));
    return pass();
}
Verdict secret_missing(const Subject& subject, Mode mode) {
    if (!subject.manifest->may("transfer")) return skip(no_transfer);
    Bench bench{subject, mode, [](host::InstanceConfig& config, host::HostOptions&) {
                    config.secret = [](std::string_view name) -> Result<std::string> { return fail(Errc::invalid_config, "there is no secret \"" + std::string{name} + "\""); };
                    config.has_secret = [](std::string_view) { return false; };
                }};
    for (const auto& act : acts_of(subject)) {
        const auto told = act.run(bench);
        if (!told.ok && (told.code == Errc::plugin_crashed || told.code == Errc::plugin_bug)) return failed("without its secrets, " + act.name + ": " + told.text);
    }
    return pass();
}

// ---- speed

using Steady = std::chrono::steady_clock;
std::int64_t micros_since(Steady::time_point start) { return std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - start).count(); }

Verdict speed_ready(const Subject& subject, Mode mode) {
    std::vector<std::int64_t> times;
    for (int i = 0; i < 5; ++i) {
        Bench bench{subject, mode};
        const auto start = Steady::now();
        bench.plugin().check().map_error([](const Error&) { return 0; });
        times.push_back(micros_since(start));
    }
    std::sort(times.begin(), times.end());
    return pass("ready and checked in " + std::to_string(times[2] / 1000) + "." + std::to_string(times[2] % 1000 / 100) + " ms (median of 5)");
}
Verdict speed_acts(const Subject& subject, Mode mode) {
    std::string text;
    for (const auto& act : acts_of(subject)) {
        Bench bench{subject, mode};
        act.run(bench);
        put_back(bench);
        const auto start = Steady::now();
        act.run(bench);
        text += (text.empty() ? "" : ", ") + act.name + " " + std::to_string(micros_since(start) / 1000) + " ms";
    }
    return text.empty() ? skip("there is nothing that it could be asked to do") : pass(text);
}
Verdict speed_memory(const Subject& subject, Mode mode) {
    if (mode != Mode::process) return skip("it runs in the daemon's own process");
    Bench bench{subject, mode};
    do_all(bench);
    return pass(std::to_string(bench.plugin().report().rss_bytes >> 10) + " KiB");
}

}  // namespace

Group conduct_checks() {
    return {Group::When::each_mode,
            &nothing_to_ask,
            {{"threads.on-call-thread", "host functions are called on the thread of the running call", "hand results of other threads to the call's own thread", &call_thread},
             {"threads.none-left", "no thread outlives its call", "join threads before a call returns", &no_threads},
             {"leaks.descriptors", "30 runs leave no descriptor open", "close what is opened; owned by an object, not by a line of code", &no_descriptors},
             {"leaks.memory", "60 runs leave no memory behind", "free what a call took; bound what is kept", &no_memory},
             {"process.alive", "its process survives all that it is asked", "see the reason", &alive},
             {"process.silent", "it prints nothing", "use the host's log", &silent},
             {"log.clean", "log lines are UTF-8 without control bytes", "take line breaks and foreign bytes out of what you quote", &log_clean},
             {"log.bounded", "the log has a line for an event, not for a byte", "sum up at the end of a call", &log_bounded},
             {"metrics.names", "metrics have names that can be shown, and at most 64", "1 to 64 of a-z, 0-9 and _, a letter first", &metrics_named},
             {"failures.said", "a failure says why, on one line", "raise a failure before answering (the C++ wrapper does)", &failures_said},
             {"permissions.enough", "it uses no permission that its manifest does not ask for", "add the permission to the manifest", &permissions_enough},
             {"permissions.urls", "it speaks to servers that its manifest and settings name", "add the server to the manifest's urls, or take it from a setting", &urls_enough},
             {"services.where-they-work", "it calls no service where that is refused", "see abi.h: state in read, files.write_new in send and write", &services_fit},
             {"state.small", "its state stays well within the limits", "keep what decides what comes next, not what was read", &state_small}}};
}

Group secret_checks() {
    return {Group::When::each_mode,
            &for_running,
            {{"secrets.not-in-memory", "no secret is in the memory of its process, in any of 13 forms", "name secrets in parts of a request: plugin::secret(NAME)", &secret_memory},
             {"secrets.not-in-log", "no secret is in the log, even when a server gives it back", "quote no answers of servers in the log", &secret_log},
             {"secrets.not-in-failures", "no secret is in an answer, even when a server gives it back", "quote no answers of servers in errors", &secret_failures},
             {"secrets.not-in-cassette", "no secret is in a recorded cassette", "name secrets in parts of a request: plugin::secret(NAME)", &secret_cassette},
             {"secrets.not-in-urls", "no secret is in a URL, which proxies and servers log", "send it in a header or the body", &secret_urls},
             {"secrets.missing", "a secret that is not configured gives an error, not a crash", "pass the transfer's failure on", &secret_missing}}};
}

Group speed_checks() {
    return {Group::When::each_mode,
            &for_running,
            {{"speed.ready", "how soon an instance is ready (information)", "", &speed_ready},
             {"speed.acts", "how long its acts take (information)", "", &speed_acts},
             {"speed.memory", "how much memory its process holds (information)", "", &speed_memory}}};
}

}  // namespace owed::conformance
