// Senders and agencies: one effect for one key, an honest answer about it, and none that is guessed.
#include <signal.h>

#include <algorithm>

#include "conformance/detail/acts.hpp"
#include "transports/guard.hpp"

namespace owed::conformance {
namespace {

std::string for_senders(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    return subject.is("sender") ? subject.cannot_run() : "it is no sender";
}
std::string for_agencies(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    return subject.is("agency") ? subject.cannot_run() : "it is no agency";
}

using Sent = Result<SendReceipt>;
std::string said(const Sent& sent) { return sent ? text_of(*sent) : to_text(sent.error()); }
bool is_sent(const Sent& sent) { return sent && sent->state == SendState::sent; }

/// What a repeat must not add to: files, and bodies that stand under a URL. A mail cannot be recognised by who takes it.
std::size_t lasting_effects(const Bench& bench) {
    std::size_t count = bench.files().size();
    for (const auto& [name, body] : bench.server.effects()) count += name.starts_with("mail ") ? 0 : 1;
    return count;
}
bool any_effect(const Bench& bench, std::size_t files_before) { return bench.files().size() > files_before || !bench.server.effects().empty(); }

/// How the exchange ends in place of the server's answer; all requests, or those with an effect.
auto ends_as(transports::Outcome outcome, int status, std::uint64_t retry_after_ms = 0) {
    return [=](const transports::Request& request) -> std::optional<transports::Response> {
        if (transports::only_looks(request.method)) return {};
        transports::Response response;
        response.outcome = outcome;
        response.status = status;
        response.retry_after_ms = retry_after_ms;
        response.detail = "the kit ends the exchange as " + std::string{transports::name_of(outcome)};
        response.reply = std::to_string(status) + " " + response.detail;
        return response;
    };
}

Verdict send_works(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.missed()) return failed("the cassette has no answer to a request of the send: " + said(sent));
    if (!is_sent(sent)) return failed("send says: " + said(sent));
    Verdict verdict = pass(said(sent));
    verdict.fingerprint = fingerprint_of(said(sent));
    return verdict;
}
Verdict send_has_effect(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto before = bench.files().size();
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (!is_sent(sent)) return skip("send fails: " + said(sent));
    if (subject.has_tape) return bench.server.requests().empty() ? failed("it says sent, and nothing left") : pass();
    return any_effect(bench, before) ? pass() : failed("it says sent, and nothing left: no file, no request");
}
Verdict key_arrives(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (!is_sent(sent)) return skip("send fails: " + said(sent));
    const std::string_view key = plain_key;
    for (const auto& [name, bytes] : bench.files())
        if (name.find(key) != std::string::npos || bytes.find(key) != std::string::npos) return pass("in a file's name or content");
    for (const auto& request : bench.server.requests()) {
        if (request.url.find(key) != std::string::npos || request.body.find(key) != std::string::npos) return pass("in a request");
        for (const auto& header : request.headers)
            if (header.value.find(key) != std::string::npos) return pass("in the header " + header.name);
    }
    return failed("the delivery's key is in nothing that left, so nobody can ask for it");
}
Verdict send_twice(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().send(subject.delivery(plain_key));
    if (!is_sent(first)) return skip("send fails: " + said(first));
    const auto effects = lasting_effects(bench);
    const auto second = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.missed()) return skip("the cassette has no second send");
    if (lasting_effects(bench) != effects) return failed("sending the same key again has a second effect");
    if (second && second->state == SendState::retry) return failed("the same key again is answered with retry, and it is there already");
    return pass(said(second));
}
Verdict other_content(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().send(subject.delivery(plain_key));
    if (!is_sent(first)) return skip("send fails: " + said(first));
    const auto files = bench.files();
    if (files.size() <= subject.inputs.size()) return skip("it writes no files");
    auto other = subject.delivery(plain_key);
    other.message += "One more line.\r\n";
    for (auto& part : other.parts) part.bytes += " ";
    if (const auto at = other.facts.find("\"Example GmbH\""); at != std::string::npos) other.facts.replace(at, 14, "\"Another GmbH\"");
    const auto second = bench.plugin().send(other);
    for (const auto& [name, bytes] : files)
        if (const auto now = bench.files(); now.contains(name) && now.at(name) != bytes) return failed(name + " was overwritten with another delivery of the same key");
    return pass(said(second));
}
Verdict lookup_after(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (!is_sent(sent)) return skip("send fails: " + said(sent));
    const auto found = bench.plugin().lookup(plain_key);
    if (bench.server.missed()) return skip("the cassette has no lookup");
    if (!found) return failed("lookup of a key that was sent says: " + to_text(found.error()));
    if (!*found) return pass("the receiver cannot tell");
    if ((*found)->state != SendState::sent) return failed("lookup of a key that was sent says: " + text_of(**found));
    return pass(text_of(**found));
}
Verdict lookup_unknown(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto found = bench.plugin().lookup("never-sent-0815");
    if (!found) return bench.server.missed() ? skip("the cassette has no lookup") : pass(to_text(found.error()));
    if (*found && (*found)->state == SendState::sent) return failed("lookup of a key that was never sent says: " + text_of(**found));
    return pass(*found ? text_of(**found) : "the receiver cannot tell");
}
Verdict lookup_no_effect(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto before = bench.files();
    const auto found = bench.plugin().lookup(plain_key);
    for (const auto& request : bench.server.requests())
        if (!transports::only_looks(request.method) && request.body.find("grant_type=") == std::string::npos && !subject.has_tape)
            return failed("lookup sent " + request.method + " " + shown(request.url));
    return bench.files() == before && bench.seen_count("files.write_new") == 0 ? pass() : failed("lookup wrote a file");
}
/// The process dies between the effect and its word about it.
Verdict crash_after(const Subject& subject, Mode mode) {
    if (mode != Mode::process) return skip("in the daemon's own process a crash is the daemon's");
    Bench bench{subject, mode};
    bench.on_request = [&](const host::ServiceRequest& request) -> std::optional<Error> {
        if (request.service != "emit.receipt") return {};
        for (const auto pid : bench.plugin().report().pids) ::kill(static_cast<pid_t>(pid), SIGKILL);
        return Error{Errc::cancelled, "the process is being killed", {}, {}};
    };
    const auto before = bench.files().size();
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (!any_effect(bench, before) && bench.server.requests().empty()) return skip("the send had no effect");
    if (is_sent(sent)) return failed("the process died before its receipt, and the send counts as sent");
    bench.on_request = {};
    bench.let_time_pass();
    const auto found = bench.plugin().lookup(plain_key);
    const auto effects = lasting_effects(bench);
    if (found && *found && (*found)->state != SendState::sent && (*found)->state != SendState::unknown && any_effect(bench, before))
        return failed("it left, the process died, and lookup says: " + text_of(**found));
    bench.plugin().send(subject.delivery(plain_key)).map([](const SendReceipt&) {}).map_error([](const Error&) { return 0; });
    if (any_effect(bench, before) && lasting_effects(bench) > effects && found && *found) return failed("after a crash the same key has a second effect");
    return pass();
}
Verdict unknown_outcome(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = ends_as(transports::Outcome::unknown_outcome, 0);
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (is_sent(sent)) return failed("nobody knows whether it left, and the receipt says sent");
    // The host itself saw that bytes left, and turns a "retry" into unknown. What the plugin said shows in what it asked for.
    if (sent && sent->state != SendState::unknown) return failed("nobody knows whether it left, and the receipt says " + said(sent));
    if (!sent && sent.error().code != Errc::unknown_outcome) return failed("nobody knows whether it left, and send says " + said(sent));
    std::size_t tries = 0;
    for (const auto& request : bench.server.requests()) tries += transports::only_looks(request.method) ? 0 : 1;
    return tries > 1 ? failed("it tried again, " + std::to_string(tries) + " times, when nobody knew whether the first had left") : pass(said(sent));
}
Verdict refused(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = ends_as(transports::Outcome::refused, 550);
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (is_sent(sent)) return failed("the server said no for good, and the receipt says sent");
    if ((sent && sent->state == SendState::retry) || (!sent && retryable(sent.error().code))) return failed("the server said no for good, and send wants to try again: " + said(sent));
    return pass(said(sent));
}
Verdict transient(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = ends_as(transports::Outcome::transient, 451);
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (is_sent(sent)) return failed("the server could not take it now, and the receipt says sent");
    if (sent && sent->state == SendState::refused) return failed("the server could not take it now, and the receipt says refused for good");
    return pass(said(sent));
}
Verdict rate_limited(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = ends_as(transports::Outcome::rate_limited, 429, 30'000);
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (is_sent(sent)) return failed("the server asked for a pause, and the receipt says sent");
    if (sent && sent->state == SendState::refused) return failed("the server asked for a pause, and the receipt says refused for good");
    if (bench.server.requests().size() > 3) return failed("the server asked for a pause of 30 s, and it asked " + std::to_string(bench.server.requests().size()) + " times");
    return pass(said(sent));
}
Verdict login_refused(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = ends_as(transports::Outcome::auth, 535);
    const auto sent = bench.plugin().send(subject.delivery(plain_key));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (sent) return failed("the login was refused, which is no matter of this delivery, and the receipt says: " + said(sent));
    return sent.error().code == Errc::auth ? pass() : failed("the login was refused, and send says " + said(sent) + ", not auth");
}
Verdict hostile_deliveries(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    std::vector<std::pair<const char*, Delivery>> all;
    const auto add = [&](const char* what, auto change) {
        auto delivery = subject.delivery("hostile-" + std::to_string(all.size()));
        change(delivery);
        all.emplace_back(what, std::move(delivery));
    };
    add("an empty delivery", [](Delivery& d) { d = Delivery{d.key, d.channel, "", {}, "", {}, {}, "", d.action}; });
    add("no recipient", [](Delivery& d) { d.recipients.clear(); });
    add("a line break in the recipient", [](Delivery& d) { d.recipients = {"a@muster.example\r\nBcc: b@muster.example"}; });
    add("a key with slashes and dots", [](Delivery& d) { d.key = "../../etc/passwd"; });
    add("a key of 4 KiB", [](Delivery& d) { d.key = std::string(4096, 'k'); });
    add("a key that is no ASCII", [](Delivery& d) { d.key = "M\xC3\xBCller/\xE2\x82\xAC 5"; });
    add("a message of 2 MiB", [](Delivery& d) { d.message += std::string(2u << 20, 'x'); });
    add("facts that are no JSON", [](Delivery& d) { d.facts = "{\"placement\":"; d.parts.clear(); });
    add("a part without bytes", [](Delivery& d) { d.parts = {{"empty.pdf", "application/pdf", ""}}; });
    add("a part that is not what it says", [](Delivery& d) { d.parts = {{"x.pdf", "application/pdf", "this is no PDF"}}; });
    add("twenty parts", [](Delivery& d) { d.parts.assign(20, {"x.txt", "text/plain", "x"}); });
    for (const auto& [what, delivery] : all) {
        at(what);
        const auto sent = bench.plugin().send(delivery);
        if (sent) continue;
        const auto code = sent.error().code;
        if (code == Errc::plugin_crashed || code == Errc::timed_out || code == Errc::plugin_bug) return failed(std::string{what} + ": " + said(sent));
    }
    for (const auto& [name, bytes] : bench.files())
        if (name.find("passwd") != std::string::npos && name.find('/') != name.rfind('/')) return failed("a key made a path: " + name);
    return pass(std::to_string(all.size()) + " deliveries");
}

// ---- agencies

template <int which>
Verdict agency_act(const Subject& subject, Mode mode) {
    constexpr const char* actions[] = {"place", "update", "recall"};
    Bench bench{subject, mode};
    const auto sent = bench.plugin().send(subject.delivery(std::string{actions[which]} + "-4711", actions[which]));
    if (bench.server.missed()) return failed("the cassette has no answer to a request of " + std::string{actions[which]});
    if (!sent || sent->state == SendState::unknown) return failed(std::string{actions[which]} + " says: " + said(sent));
    Verdict verdict = pass(said(sent));
    verdict.fingerprint = fingerprint_of(said(sent));
    return verdict;
}
Verdict agency_twice(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().send(subject.delivery("place-4711", "place"));
    if (!is_sent(first)) return skip("place fails: " + said(first));
    const auto effects = lasting_effects(bench);
    const auto second = bench.plugin().send(subject.delivery("place-4711", "place"));
    if (bench.server.missed()) return skip("the cassette has no second placement");
    return lasting_effects(bench) == effects ? pass(said(second)) : failed("placing under the same key again has a second effect");
}
Verdict agency_lookup(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto found = bench.plugin().lookup("never-placed-0815");
    if (!found) return bench.server.missed() ? skip("the cassette has no lookup") : pass(to_text(found.error()));
    return *found && (*found)->state == SendState::sent ? failed("lookup of a key that was never placed says: " + text_of(**found)) : pass();
}

}  // namespace

Group sender_checks() {
    return {Group::When::each_mode,
            &for_senders,
            {{"send.works", "a delivery is sent", "see the reason; delivery.json beside the settings gives another delivery", &send_works},
             {"send.has-effect", "what is answered with sent has left", "answer sent only after the file is written or the server has said yes", &send_has_effect},
             {"send.key-arrives", "the delivery's key reaches the receiver", "name the file after it, or send it as idempotency key, header or field", &key_arrives},
             {"send.same-key", "the same key again has no second effect", "let names and ids follow from the key", &send_twice},
             {"send.other-content", "another content under the same key does not replace the first", "answer refused when write_new says already_exists", &other_content},
             {"send.lookup-after", "lookup of a key that was sent says sent, or that it cannot tell", "ask the receiver for the key", &lookup_after},
             {"send.lookup-unknown", "lookup of a key that was never sent does not say sent", "ask the receiver for the key", &lookup_unknown},
             {"send.lookup-no-effect", "lookup sends and writes nothing", "ask with GET, or look for the file", &lookup_no_effect},
             {"send.crash-after-effect", "a crash after the effect does no harm: lookup or a repeat finds it", "let names and ids follow from the key; look it up before sending again", &crash_after},
             {"send.unknown-outcome", "an unknown outcome is passed on as unknown, and not tried again", "answer SendState::unknown or Errc::unknown_outcome", &unknown_outcome},
             {"send.refused", "a final no is not tried again", "answer SendState::refused", &refused},
             {"send.transient", "a passing trouble is no final no", "answer SendState::retry or Errc::transient", &transient},
             {"send.rate-limited", "a wish for a pause is heard", "answer retry with the response's retry_after", &rate_limited},
             {"send.login-refused", "a refused login is of class auth, and no matter of the delivery", "pass the transfer's failure on", &login_refused},
             {"send.hostile-deliveries", "strange deliveries do no harm", "check the delivery, and answer refused with a sentence", &hostile_deliveries}}};
}

Group agency_checks() {
    return {Group::When::each_mode,
            &for_agencies,
            {{"agency.place", "a placement is answered", "see the reason", &agency_act<0>},
             {"agency.update", "an update is answered", "see the reason", &agency_act<1>},
             {"agency.recall", "a recall is answered", "see the reason", &agency_act<2>},
             {"agency.same-key", "the same key again has no second effect", "let names and ids follow from the key", &agency_twice},
             {"agency.lookup-unknown", "lookup of a key that was never placed does not say sent", "ask the agency for the key", &agency_lookup}}};
}

}  // namespace owed::conformance
