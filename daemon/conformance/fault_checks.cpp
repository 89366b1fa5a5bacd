// A fault at every request that a plugin makes of its host, one at a time and of each class: the plugin passes it on, commits
// nothing more, and the next run makes good what is missing. And clocks that jump.
#include <signal.h>

#include <algorithm>

#include "conformance/detail/acts.hpp"

namespace owed::conformance {
namespace {

constexpr std::size_t faults_max = 60;   // of one act and class; beyond, every n-th request

struct FaultClass {
    Errc code;
    const char* text;
};

/// How often the act asks the host, when nothing is in its way; and what it answers then.
struct Plain {
    Told told;
    std::vector<std::string> services;
};
Plain run_plain(const Subject& subject, Mode mode, const Act& act) {
    Bench bench{subject, mode};
    Plain plain;
    plain.told = act.run(bench);
    for (const auto& seen : bench.seen())
        if (seen.call != "create" && !seen.service.starts_with("log.") && !seen.service.starts_with("metrics.") && !seen.service.starts_with("progress."))
            plain.services.push_back(seen.service);
    return plain;
}

/// Reads on from what was committed, with the fault gone; empty: everything is there in the end.
std::string recover(Bench& bench, const KeptRead& broken, const Told& plain) {
    KeptRead rest;
    rest.state = broken.state;
    const auto status = read_from(bench, broken.cursor(), rest);
    if (bench.server.missed()) return {};
    if (!status) return "the next run, without a fault, says: " + to_text(status.error());
    auto content = broken.content();
    for (const auto& [item, unused] : rest.content()) content[item] = 1;
    for (const auto& [item, unused] : plain.read.content())
        if (!content.contains(item)) return "the next run does not bring what the fault left out";
    return {};
}

/// Empty: the plugin stood this fault.
std::string one_fault(const Subject& subject, Mode mode, const Act& act, const Plain& plain, std::size_t nth, const FaultClass& fault) {
    Bench bench{subject, mode};
    std::size_t commits_at_fault = 0;
    bool struck = false;
    std::uint64_t asked = 0;
    std::size_t committed = 0;
    bench.on_request = [&](const host::ServiceRequest& request) -> std::optional<Error> {
        if (request.call == "create" || !request.can_fail) return {};
        ++asked;
        if (asked == nth && !struck) {
            struck = true;
            commits_at_fault = committed;
            return Error{fault.code, fault.text, "", ""};
        }
        if (request.service == "emit.commit") ++committed;
        return {};
    };
    const auto told = act.run(bench);
    const auto commits_after = committed - commits_at_fault;
    bench.on_request = {};
    if (!struck) return {};
    // The host tells a cancel that it did not wish for as a missed deadline.
    if (!told.ok && (told.code == Errc::plugin_crashed || (told.code == Errc::timed_out && fault.code != Errc::cancelled))) return told.text;
    // To try again what may have had an effect is wrong even where it comes out well.
    const bool must_stop = fault.code == Errc::unknown_outcome && act.has_effect && plain.services[nth - 1] == "transfer.perform";
    const bool complete = told.ok && told.transcript == plain.told.transcript && !must_stop;
    // Bad input may be passed over, with the rest read; and what is complete in spite of a fault lost nothing.
    const bool may_go_on = fault.code == Errc::data || complete;
    if (told.ok && !may_go_on) return "it says OK";
    if (!told.ok && told.code == Errc::plugin_bug && fault.code != Errc::plugin_bug) return "it makes a bug of it: " + told.text;
    if (!told.ok && told.text.empty()) return "it fails and does not say why";
    if (told.text.find("gave no reason") != std::string::npos) return "it fails and gives no reason";
    if (!may_go_on && commits_after != 0) return "it commits after the fault";
    if (act.name == "read" && fault.code != Errc::data) {
        bench.let_time_pass();
        return recover(bench, told.read, plain.told);
    }
    return {};
}

template <int which>
Verdict sweep(const Subject& subject, Mode mode) {
    static constexpr FaultClass classes[] = {{Errc::transient, "the kit's transient fault"},
                                             {Errc::auth, "the kit's refused login"},
                                             {Errc::rate_limited, "the kit's wish for a pause"},
                                             {Errc::cancelled, "the kit's cancel"},
                                             {Errc::plugin_bug, "the kit's broken rule"},
                                             {Errc::unknown_outcome, "the kit's unknown outcome"},
                                             {Errc::data, "the kit's wrong input"},
                                             {Errc::permanent, "the kit's final no"},
                                             {Errc::invalid_config, "the kit's wrong configuration"}};
    const auto& fault = classes[which];
    std::size_t faults = 0;
    bool thinned = false;
    for (const auto& act : acts_of(subject)) {
        const auto plain = run_plain(subject, mode, act);
        if (!plain.told.ok) continue;   // another check says so
        const std::size_t step = std::max<std::size_t>(1, plain.services.size() / faults_max);
        thinned = thinned || step > 1;
        for (std::size_t nth = 1; nth <= plain.services.size(); nth += step) {
            const auto place = act.name + ", " + plain.services[nth - 1] + " (request " + std::to_string(nth) + ")";
            at(place + ": " + fault.text);
            if (auto wrong = one_fault(subject, mode, act, plain, nth, fault); !wrong.empty()) return failed(place + " answers " + std::string{name_of(fault.code)} + ", and " + wrong);
            ++faults;
        }
    }
    if (faults == 0) return skip("nothing that it does asks the host");
    return pass(std::to_string(faults) + " faults" + (thinned ? ", not at each request: there are too many" : ""));
}

/// The process dies at every request; the next one makes good what is missing.
Verdict deaths(const Subject& subject, Mode mode) {
    if (mode != Mode::process) return skip("in the daemon's own process a crash is the daemon's");
    std::size_t died = 0;
    for (const auto& act : acts_of(subject)) {
        if (act.name != "read") continue;
        const auto plain = run_plain(subject, mode, act);
        if (!plain.told.ok) continue;
        const std::size_t step = std::max<std::size_t>(1, plain.services.size() / 20);
        for (std::size_t nth = 1; nth <= plain.services.size(); nth += step) {
            at("killed at " + plain.services[nth - 1]);
            Bench bench{subject, mode};
            std::uint64_t asked = 0;
            bench.on_request = [&](const host::ServiceRequest& request) -> std::optional<Error> {
                if (request.call != "read" || !request.can_fail || ++asked != nth) return {};
                for (const auto pid : bench.plugin().report().pids) ::kill(static_cast<pid_t>(pid), SIGKILL);
                return Error{Errc::cancelled, "the process is being killed", {}, {}};
            };
            const auto told = act.run(bench);
            bench.on_request = {};
            bench.let_time_pass();
            if (told.ok) return failed("killed at request " + std::to_string(nth) + ", and the read says OK");
            if (auto wrong = recover(bench, told.read, plain.told); !wrong.empty()) return failed("killed at " + plain.services[nth - 1] + ": " + wrong);
            ++died;
        }
    }
    return died == 0 ? skip("it reads nothing") : pass(std::to_string(died) + " deaths");
}

// ---- clocks

/// With the clock at a place, and moving in a way, everything still works.
std::string under_clock(const Subject& subject, Mode mode, std::int64_t start, std::int64_t step) {
    for (const auto& act : acts_of(subject)) {
        at(act.name);
        const auto plain = run_plain(subject, mode, act);
        if (!plain.told.ok) continue;
        Bench bench{subject, mode};
        bench.clock.micros = start;
        bench.clock.step = step;
        const auto told = act.run(bench);
        if (!told.ok && !bench.server.missed()) return act.name + ": " + told.text;
    }
    return {};
}
constexpr std::int64_t second = 1'000'000, hour = 3600 * second, day = 24 * hour;
template <std::int64_t start, std::int64_t step>
Verdict clock_at(const Subject& subject, Mode mode) {
    const auto wrong = under_clock(subject, mode, start, step);
    return wrong.empty() ? pass() : failed(wrong);
}
Verdict clock_between(const Subject& subject, Mode mode) {
    for (const auto& act : acts_of(subject)) {
        Bench bench{subject, mode};
        if (!act.run(bench).ok) continue;
        bench.clock.micros -= hour;
        const auto told = act.run(bench);
        if (!told.ok && !bench.server.missed() && (told.code == Errc::plugin_bug || told.code == Errc::plugin_crashed || told.code == Errc::internal))
            return failed(act.name + ", an hour earlier than the run before: " + told.text);
    }
    return pass();
}

}  // namespace

Group fault_checks() {
    const char* advice = "pass the Error of each host function on (OWED_TRY), and commit nothing after one";
    return {Group::When::each_mode,
            &nothing_to_ask,
            {{"faults.transient", "a passing trouble at any request is passed on, and made good by the next run", advice, &sweep<0>},
             {"faults.auth", "a refused login at any request is passed on", advice, &sweep<1>},
             {"faults.rate-limited", "a wish for a pause at any request is passed on", advice, &sweep<2>},
             {"faults.cancelled", "a cancel at any request is passed on at once", advice, &sweep<3>},
             {"faults.bug", "a broken rule at any request is passed on", advice, &sweep<4>},
             {"faults.unknown-outcome", "an unknown outcome at any request is passed on", advice, &sweep<5>},
             {"faults.data", "wrong input at any request is passed on, or passed over in the log", advice, &sweep<6>},
             {"faults.permanent", "a final no at any request is passed on", advice, &sweep<7>},
             {"faults.config", "a wrong configuration at any request is passed on", advice, &sweep<8>},
             {"faults.death", "after a death at any request, the next process reads what is missing", "let everything that decides what comes next be in the cursor or the state", &deaths}}};
}

Group clock_checks() {
    const char* advice = "use the clock for what is told to people, and not to decide what comes next";
    constexpr std::int64_t start = HeldClock::start;
    return {Group::When::each_mode,
            &nothing_to_ask,
            {{"clock.back-one-hour", "an hour earlier than the run before, everything still works", advice, &clock_between},
             {"clock.runs-backwards", "a clock that runs backwards during a call does no harm", advice, &clock_at<start, -hour>},
             {"clock.ten-years-on", "ten years on, everything still works", advice, &clock_at<start + 3653 * day, 0>},
             {"clock.leap-day", "on a 29th of February everything still works", advice, &clock_at<1'835'438'400 * second, 0>},
             {"clock.summer-time", "in the hour that summer time leaves out everything still works", advice, &clock_at<1'774'747'800 * second, 60 * second>},
             {"clock.epoch", "at the beginning of 1970 everything still works", advice, &clock_at<0, 0>},
             {"clock.stands-still-or-races", "a clock that moves a day at each look does no harm", advice, &clock_at<start, day>}}};
}

}  // namespace owed::conformance
