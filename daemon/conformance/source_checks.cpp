// check(), and sources: the same cursor gives the same bytes, from every cursor on, and nothing is lost between commits.
#include <algorithm>
#include <filesystem>
#include <set>

#include "conformance/detail/acts.hpp"
#include "transports/guard.hpp"

namespace owed::conformance {
namespace {

std::string for_checked(const Subject& subject) {
    if (auto why = subject.cannot_run(); !why.empty()) return why;
    return subject.reads() || subject.is("sender") || subject.is("sink") ? std::string{} : "a plugin of these kinds has no check()";
}
std::string for_sources(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    if (!subject.reads()) return "it is no source";
    return subject.cannot_run();
}

std::string why(const Status& status) { return status ? std::string{} : to_text(status.error()); }

// ---- check()

Verdict check_works(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto status = bench.plugin().check();
    if (bench.server.missed()) return skip("the cassette has no answer to check()'s request");
    return status ? pass() : failed("check() says: " + why(status));
}
Verdict check_no_effect(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto before = bench.files();
    const auto status = bench.plugin().check();
    for (const auto& seen : bench.seen()) {
        if (seen.call != "check") continue;
        for (const std::string_view effect : {"files.write_new", "emit.artifact", "emit.records", "emit.commit", "emit.receipt", "emit.results", "state.put", "state.remove"})
            if (seen.service == effect) return failed("check() called " + seen.service + (seen.subject.empty() ? "" : " of " + shown(seen.subject, 60)));
    }
    for (const auto& request : bench.server.requests()) {
        const bool token = request.body.find("grant_type=") != std::string::npos;   // the host's own, for a login
        if (!transports::only_looks(request.method) && !token) return failed("check() sent " + request.method + " " + shown(request.url));
        if (request.url.starts_with("smtp")) return failed("check() sent a mail");
    }
    return bench.files() == before ? pass() : failed("check() changed the files of a folder");
}
Verdict check_twice(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().check();
    for (int i = 0; i < 3; ++i) {
        const auto again = bench.plugin().check();
        if (why(first) != why(again)) return failed("the first check() says " + (first ? "OK" : why(first)) + ", a later one " + (again ? "OK" : why(again)));
    }
    return pass();
}
Verdict check_missing_folder(const Subject& subject, Mode mode) {
    if (subject.folders().empty()) return skip("no setting names a folder");
    Bench bench{subject, mode};
    std::error_code error;
    for (const auto& folder : subject.folders()) std::filesystem::remove_all(bench.folder(folder), error);
    const auto status = bench.plugin().check();
    if (status) return failed("check() says OK, and its folders are not there");
    if (status.error().code == Errc::plugin_bug || status.error().code == Errc::plugin_crashed) return failed("without its folders: " + why(status));
    return pass(shown(why(status)));
}
Verdict check_refused_login(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = [](const transports::Request&) -> std::optional<transports::Response> {
        transports::Response response;
        response.outcome = transports::Outcome::auth;
        response.status = 401;
        response.detail = "the login is not accepted";
        return response;
    };
    const auto status = bench.plugin().check();
    if (bench.server.requests().empty()) return skip("check() asks no server");
    if (status) return failed("check() says OK, and the server refused the login");
    if (status.error().code != Errc::auth) return failed("the server refused the login, and check() says " + std::string{name_of(status.error().code)} + ", not auth: " + why(status));
    return pass();
}

// ---- read

/// The read that others are compared with.
struct Golden {
    KeptRead read;
    std::string skip;   ///< why there is none
};
Golden golden(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    Golden golden;
    const auto status = read_from(bench, {}, golden.read);
    if (!status) golden.skip = "the first read fails: " + why(status);
    return golden;
}

Verdict read_works(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    KeptRead target;
    const auto status = read_from(bench, {}, target);
    if (bench.server.missed()) return failed("the cassette has no answer to a request of the read: " + why(status));
    if (!status && bench.server.requests().size() == 1 && !subject.has_tape) return skip("it reads from a server; give --cassette FILE: " + why(status));
    if (!status) return failed("read says: " + why(status));
    if (target.artifacts.empty() && target.commits.empty())
        return skip(subject.inputs.empty() && !subject.folders().empty() ? "it found nothing; put files into the folder " + subject.folders().front() + "/ beside the settings"
                                                                         : "it found nothing");
    Verdict verdict = pass(std::to_string(target.artifacts.size()) + " artifacts, " + std::to_string(target.commits.size()) + " commits");
    verdict.fingerprint = fingerprint_of(target.transcript());
    return verdict;
}
Verdict read_repeatable(const Subject& subject, Mode mode) {
    const auto first = golden(subject, mode), second = golden(subject, mode);
    if (!first.skip.empty()) return skip(first.skip);
    if (!second.skip.empty()) return failed("the second " + second.skip);
    return first.read.transcript() == second.read.transcript() ? pass() : failed("two reads from the same cursor in the same world hand over different bytes");
}
Verdict read_replay(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    const auto& commits = whole.read.commits;
    if (commits.size() < 2) return skip("there are fewer than two commits; a longer sample would show more");
    const std::size_t step = std::max<std::size_t>(1, commits.size() / 12);
    std::map<std::string, std::string> state;
    for (std::size_t i = 0; i + 1 < commits.size(); ++i) {
        for (const auto& [key, value] : commits[i].changes) {
            if (value.empty()) state.erase(key);
            else state[key] = value;
        }
        if (i % step != 0) continue;
        at("cursor " + commits[i].cursor);
        Bench bench{subject, mode};
        KeptRead target;
        target.state = state;
        const auto status = read_from(bench, commits[i].cursor, target);
        if (!status) return failed("a read from cursor \"" + shown(commits[i].cursor, 60) + "\" says: " + why(status));
        std::set<std::string> wanted, got;
        for (std::size_t k = i + 1; k < commits.size(); ++k) wanted.insert(commits[k].records.begin(), commits[k].records.end());
        for (const auto& one : target.commits) got.insert(one.records.begin(), one.records.end());
        for (const auto& record : wanted)
            if (!got.contains(record)) return failed("a read from cursor \"" + shown(commits[i].cursor, 60) + "\" leaves out a record that came after it the first time");
        if (target.cursor() != whole.read.cursor()) return failed("a read from cursor \"" + shown(commits[i].cursor, 60) + "\" ends at another cursor than the first");
    }
    return pass(std::to_string(commits.size()) + " cursors");
}
Verdict cursor_moves(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    if (whole.read.commits.empty()) return skip("it commits no cursor");
    std::set<std::string> seen;
    for (const auto& one : whole.read.commits) {
        if (one.cursor.empty()) return failed("it commits an empty cursor, from which the next read begins anew");
        if (!one.records.empty() && !seen.insert(one.cursor).second) return failed("the cursor \"" + shown(one.cursor, 60) + "\" is committed twice, with records in between");
    }
    return pass();
}
Verdict nothing_pending(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    if (!whole.read.pending.empty()) return failed(std::to_string(whole.read.pending.size()) + " records follow the last commit, and are lost");
    return pass();
}
Verdict from_last_cursor(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    KeptRead first;
    if (const auto status = read_from(bench, {}, first); !status) return skip("the first read fails: " + why(status));
    KeptRead second;
    second.state = first.state;
    const auto status = read_from(bench, first.cursor(), second);
    if (bench.server.missed()) return skip("the cassette ends with the first read");
    if (!status) return failed("a second read, from where the first ended, says: " + why(status));
    const auto before = first.content();
    for (const auto& [item, unused] : second.content())
        if (!before.contains(item)) return failed("a second read, in an unchanged world, hands over something that the first did not");
    return pass();
}
Verdict strange_cursor(const Subject& subject, Mode mode) {
    const std::string noise{"\xFF\xFE\0\x01", 4};
    for (const std::string& cursor : {std::string{"no such cursor"}, noise, std::string(65'536, 'c'), std::string{"-1"}, std::string{"{\"a\":"}, std::string{"9999-99-99"}}) {
        at("cursor " + shown(cursor, 40));
        Bench bench{subject, mode};
        KeptRead target;
        const auto status = read_from(bench, cursor, target);
        if (status || bench.server.missed()) continue;
        const auto code = status.error().code;
        if (code == Errc::plugin_crashed || code == Errc::timed_out) return failed("with the cursor \"" + shown(cursor, 40) + "\": " + why(status));
    }
    return pass();
}
Verdict fates(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    if (whole.read.artifacts.empty()) return skip("it hands over no artifacts");
    for (const auto fate : {ArtifactFate::rejected, ArtifactFate::duplicate, ArtifactFate::leave}) {
        Bench bench{subject, mode};
        KeptRead target;
        std::size_t offered = 0;
        target.on_artifact = [&](const ArrivedArtifact&) -> Result<ArtifactFate> { return ++offered, fate; };
        const auto status = read_from(bench, {}, target);
        if (!status) return failed("an artifact that owed refuses, knows or leaves ends the whole read: " + why(status));
        if (offered != whole.read.artifacts.size()) return failed("after the first artifact that is refused, known or left, others are not handed over");
    }
    return pass();
}
Verdict store_full(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    Bench bench{subject, mode};
    KeptRead target;
    std::size_t asked = 0;
    target.on_artifact = [&](const ArrivedArtifact&) -> Result<ArtifactFate> { return ++asked, fail(Errc::store_full, "the disk is full"); };
    target.refuse_commit = Error{Errc::store_full, "the disk is full", {}, {}};
    const auto status = read_from(bench, {}, target);
    if (whole.read.artifacts.empty() && whole.read.commits.empty()) return skip("it hands over nothing");
    if (status) return failed("the store was full, and read says OK");
    if (asked + target.refused_commits > 1) return failed("it goes on after the store said that it is full");
    return pass();
}
Verdict distinct_ids(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    if (whole.read.external_ids.empty()) return skip("it hands over no records");
    std::size_t without = 0;
    for (const auto& id : whole.read.external_ids) without += id.empty() ? 1 : 0;
    if (without != 0) return failed(std::to_string(without) + " records have no external_id, so that a repeat of them is not recognised");
    return pass(std::to_string(whole.read.external_ids.size()) + " records");
}
/// The host stops in the middle of a read: it ends soon, says so, and commits nothing more.
Verdict cancel(const Subject& subject, Mode mode) {
    const auto whole = golden(subject, mode);
    if (!whole.skip.empty()) return skip(whole.skip);
    Bench bench{subject, mode, [](host::InstanceConfig& config, host::HostOptions&) { config.limits.call_deadline = std::chrono::milliseconds{150}; }};
    bool slept = false;
    std::size_t commits_before = 0;
    KeptRead target;
    bench.on_request = [&](const host::ServiceRequest& request) -> std::optional<Error> {
        if (request.call != "read" || !request.can_fail || slept) return {};
        slept = true;
        commits_before = target.commits.size();
        const timespec pause{0, 250'000'000};   // real time: it is the deadline of a process that is watched here
        ::nanosleep(&pause, nullptr);
        return {};
    };
    const auto start = std::chrono::steady_clock::now();
    const auto status = read_from(bench, {}, target);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    if (!slept) return skip("it asks nothing of the host");
    if (status) return failed("the call was past its deadline, and read says OK");
    if (status.error().what.find("was killed") != std::string::npos) return failed("it did not end after its deadline of 150 ms, and its process was killed");
    if (took > 3000) return failed("it ended " + std::to_string(took) + " ms after it began; its deadline was 150 ms");
    if (target.commits.size() > commits_before) return failed("it committed after its deadline");
    if (status.error().code == Errc::plugin_crashed) return failed(why(status));
    return pass(std::to_string(took) + " ms");
}

}  // namespace

Group probe_checks() {
    return {Group::When::each_mode,
            &for_checked,
            {{"check.works", "check() says that all is well", "see the reason", &check_works},
             {"check.no-effect", "check() changes nothing anywhere: no files, no state, no request but GET, HEAD, LIST and SEARCH", "look, and do not try", &check_no_effect},
             {"check.repeatable", "check() says the same every time", "keep nothing from one check() for the next", &check_twice},
             {"check.missing-folder", "check() tells of a folder that is not there", "list the folder in check(), and pass the error on", &check_missing_folder},
             {"check.refused-login", "check() tells of a refused login as class auth", "return fail(Errc::auth, ...), or pass the transfer's failure on", &check_refused_login}}};
}

Group source_checks() {
    return {Group::When::each_mode,
            &for_sources,
            {{"read.works", "a read from the beginning ends well", "see the reason", &read_works},
             {"read.repeatable", "the same cursor and the same world give the same bytes", "let nothing depend on time, chance, addresses or the order of a hash table", &read_repeatable},
             {"read.replay", "from each committed cursor a read gives the same tail", "put everything that decides what comes next into the cursor or the state", &read_replay},
             {"read.cursor-moves", "cursors are not empty, and change with what they commit", "commit the id or time of the last record", &cursor_moves},
             {"read.nothing-pending", "no record follows the last commit", "end read() with a commit", &nothing_pending},
             {"read.from-last-cursor", "a read from the last cursor hands over nothing new", "compare with the cursor, or let the host archive what was taken", &from_last_cursor},
             {"read.strange-cursor", "a cursor that it never wrote does no harm", "check the cursor's form; return fail(Errc::data, ...)", &strange_cursor},
             {"read.fates", "an artifact that is refused, known or left does not end the read", "go on with the next one; only an Error ends the read", &fates},
             {"read.store-full", "a full store ends the read, and is passed on", "return the Error of file(), artifact() or commit()", &store_full},
             {"read.external-ids", "each record has an external_id", "give the id that the source itself uses", &distinct_ids},
             {"read.deadline", "past its deadline a read ends soon, says so, and commits nothing more", "return what host functions answer; do not loop without asking the host", &cancel}}};
}

}  // namespace owed::conformance
