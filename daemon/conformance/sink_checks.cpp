// Sinks: a result for each record, upserts that may be repeated. Deciders: pure, in time, within the receipt.
#include <algorithm>
#include <chrono>
#include <set>

#include "conformance/detail/acts.hpp"
#include "transports/guard.hpp"

namespace owed::conformance {
namespace {

std::string for_sinks(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    return subject.is("sink") ? subject.cannot_run() : "it is no sink";
}
std::string for_deciders(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    return subject.is("decider") ? subject.cannot_run() : "it is no decider";
}

using Written = Result<std::vector<WriteResult>>;
std::string said(const Written& written) {
    if (!written) return to_text(written.error());
    std::string text;
    for (const auto& result : *written) text += (text.empty() ? "" : ", ") + std::string{name_of(result.state)} + (result.detail.empty() ? "" : " (" + result.detail + ")");
    return text;
}
bool missing(const Written& written) {
    if (!written) return false;
    for (const auto& result : *written)
        if (result.detail == "the plugin gave no result for this record") return true;
    return false;
}
bool unsure(const Written& written) {
    return written && std::any_of(written->begin(), written->end(), [](const WriteResult& result) { return result.state == SendState::unknown; });
}
const char* other_cassette = "the cassette has no answer for the kit's records";

Verdict write_works(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto written = bench.plugin().write(records_for_sinks(subject));
    if (bench.server.missed()) return skip(other_cassette);
    if (!written) return failed("write says: " + said(written));
    if (unsure(written)) return failed("what became of a record is unknown, and nothing was in the way: " + said(written));
    Verdict verdict = pass(said(written));
    verdict.fingerprint = fingerprint_of(said(written));
    return verdict;
}
Verdict each_has_result(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto written = bench.plugin().write(records_for_sinks(subject));
    if (bench.server.missed()) return skip(other_cassette);
    if (!written) return skip("write fails: " + said(written));
    return missing(written) ? failed("a record has no result: " + said(written)) : pass();
}
Verdict write_twice(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().write(records_for_sinks(subject));
    if (bench.server.missed()) return skip(other_cassette);
    if (!first) return skip("write fails: " + said(first));
    const auto effects = bench.server.effects();
    const auto second = bench.plugin().write(records_for_sinks(subject));
    if (bench.server.missed()) return skip("the cassette has no second write");
    if (!second) return failed("the same batch again says: " + said(second));
    if (bench.server.effects().size() != effects.size()) return failed("the same batch again adds to what is there");
    for (std::size_t i = 0; i < second->size(); ++i)
        if ((*second)[i].state != (*first)[i].state) return failed("the same batch again: " + said(second) + "; the first time: " + said(first));
    return pass();
}
Verdict write_one(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    auto records = records_for_sinks(subject);
    records.resize(1);
    const auto written = bench.plugin().write(records);
    if (bench.server.missed()) return skip(other_cassette);
    if (!written) return failed("write says: " + said(written));
    return unsure(written) ? failed("what became of the record is unknown, and nothing was in the way: " + said(written)) : pass(said(written));
}
Verdict write_many(const Subject& subject, Mode mode) {
    if (subject.has_tape) return skip(other_cassette);
    Bench bench{subject, mode};
    std::vector<Record> records;
    const auto some = records_for_sinks(subject);
    for (int i = 0; i < 300; ++i) {
        records.push_back(some[static_cast<std::size_t>(i) % some.size()]);
        records.back().external_id += "-" + std::to_string(i);
    }
    const auto written = bench.plugin().write(records);
    if (!written) return failed("300 records: " + said(written));
    return unsure(written) ? failed("what became of one of 300 records is unknown, and nothing was in the way: " + said(written).substr(0, 300)) : pass();
}
Verdict write_other_kind(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    BankStatement statement;
    statement.id = "S-1";
    const auto written = bench.plugin().write({{statement, "statement/1", ""}});
    if (bench.server.missed()) return skip(other_cassette);
    // After a death the host knows of no record what became of it: an answer in form, and no good one.
    if (bench.plugin().report().restarts != 0) return failed("a record of a kind that it may not know ended its process: " + said(written));
    if (!written) {
        const auto code = written.error().code;
        if (code == Errc::plugin_crashed || code == Errc::plugin_bug || code == Errc::timed_out) return failed("a record of a kind that it may not know: " + said(written));
    }
    return pass(said(written));
}
template <transports::Outcome outcome>
Verdict write_ends_as(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.server.instead = [](const transports::Request& request) -> std::optional<transports::Response> {
        if (transports::only_looks(request.method)) return {};
        transports::Response response;
        response.outcome = outcome;
        response.status = outcome == transports::Outcome::auth ? 401 : outcome == transports::Outcome::refused ? 400 : 503;
        response.detail = "the kit ends the exchange as " + std::string{transports::name_of(outcome)};
        return response;
    };
    const auto written = bench.plugin().write(records_for_sinks(subject));
    if (bench.server.requests().empty()) return skip("it sends nothing to a server");
    if (!written) return pass(said(written));
    if (missing(written)) return failed("a record has no result: " + said(written));
    for (const auto& result : *written) {
        if (result.state == SendState::sent) return failed("the exchange ended as " + std::string{transports::name_of(outcome)} + ", and a record counts as sent");
        if (outcome == transports::Outcome::transient && result.state == SendState::refused) return failed("a passing trouble, and a record counts as refused for good");
    }
    return pass(said(written));
}
Verdict sink_lookup(const Subject& subject, Mode mode) {
    if (subject.is("sender")) return skip("the sender answers lookups");
    Bench bench{subject, mode};
    const auto found = bench.plugin().lookup("never-written-0815");
    if (!found) return pass(to_text(found.error()));
    return *found && (*found)->state == SendState::sent ? failed("lookup of a key that was never written says: " + text_of(**found)) : pass();
}

// ---- deciders

Verdict decide_works(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto answer = bench.plugin().propose(question_of(5));
    if (!answer) return failed("propose says: " + to_text(answer.error()));
    Verdict verdict = pass(std::to_string(answer->proposals.size()) + " proposals; " + answer->reason);
    verdict.fingerprint = fingerprint_of(bytes_of_answer(*answer));
    return verdict;
}
Verdict decide_repeatably(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto first = bench.plugin().propose(question_of(5));
    if (!first) return skip("propose fails: " + to_text(first.error()));
    bench.plugin().propose(question_of(3)).map([](const MatchAnswer&) {}).map_error([](const Error&) { return 0; });
    bench.clock.micros += 86'400'000'000;
    const auto second = bench.plugin().propose(question_of(5));
    if (!second) return failed("the same question again: " + to_text(second.error()));
    return bytes_of_answer(*first) == bytes_of_answer(*second) ? pass() : failed("the same question has another answer the second time");
}
Verdict decide_purely(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    bench.plugin().propose(question_of(5)).map([](const MatchAnswer&) {}).map_error([](const Error&) { return 0; });
    for (const auto& seen : bench.seen()) {
        if (seen.call != "propose") continue;
        const bool allowed = seen.service == "emit.answer" || seen.service == "log.write" || seen.service.starts_with("metrics.") || seen.service == "progress.report";
        if (!allowed) return failed("propose called " + seen.service);
    }
    return pass();
}

/// The first thing that the books would refuse.
std::string wrong_in(const MatchQuestion& question, const MatchAnswer& answer) {
    std::map<std::string, std::int64_t> residuals;
    for (const auto& item : question.items) residuals[item.item] = item.residual.units;
    for (const auto& proposal : answer.proposals) {
        std::int64_t sum = 0;
        std::set<std::string> used;
        if (proposal.confidence_permille > 1000) return "a proposal has a confidence of " + std::to_string(proposal.confidence_permille) + " per mille";
        for (const auto& item : proposal.items) {
            const auto residual = residuals.find(item.item);
            if (residual == residuals.end()) return "a proposal names the item \"" + item.item + "\", which was not in the question";
            if (!used.insert(item.item).second) return "a proposal names the item \"" + item.item + "\" twice";
            if (item.amount.currency != question.receipt.amount.currency || item.amount.digits != question.receipt.amount.digits) return "a proposal has an amount of another currency or scale";
            const bool too_much = residual->second >= 0 ? item.amount.units > residual->second || item.amount.units < 0 : item.amount.units < residual->second || item.amount.units > 0;
            if (too_much) return "a proposal pays " + to_text(item.amount) + " on an item of which less is open";
            sum += item.amount.units;
        }
        if (sum > question.receipt.amount.units) return "a proposal applies more than the receipt has";
    }
    return {};
}
Verdict decide_within(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    Verdict verdict = pass();
    for (const std::size_t items : {1u, 2u, 5u, 20u}) {
        auto question = question_of(items);
        for (const std::int64_t amount : {10'000, 1, 2'002, 14'005}) {
            question.receipt.amount.units = amount;
            const auto answer = bench.plugin().propose(question);
            if (!answer) return failed("propose says: " + to_text(answer.error()));
            if (auto wrong = wrong_in(question, *answer); !wrong.empty()) return failed(wrong);
        }
    }
    return verdict;
}
Verdict decide_explained(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto answer = bench.plugin().propose(question_of(5));
    if (!answer) return skip("propose fails: " + to_text(answer.error()));
    for (const auto& proposal : answer->proposals)
        if (proposal.evidence.empty()) return failed("a proposal has no evidence: a clerk is to see why");
    if (answer->proposals.empty() && answer->reason.empty()) return failed("it has no proposal and does not say why");
    return pass();
}
Verdict decide_strange(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    std::vector<std::pair<const char*, MatchQuestion>> all{{"nothing at all", {}}, {"no items", question_of(0)}};
    auto odd = question_of(5);
    odd.receipt.amount.units = 0;
    all.emplace_back("a receipt of nothing", odd);
    odd = question_of(5);
    odd.receipt.amount.units = -10'000;
    all.emplace_back("a receipt below zero", odd);
    odd = question_of(5);
    for (auto& item : odd.items) item.residual.units = 900'000'000'000'000;
    odd.receipt.amount.units = 900'000'000'000'000;
    all.emplace_back("amounts as large as there are", odd);
    odd = question_of(5);
    odd.receipt.text.assign(200, std::string(500, '\\') + "(((((*+?");
    all.emplace_back("a long text of brackets", odd);
    odd = question_of(2);
    odd.items[1].item = odd.items[0].item;
    all.emplace_back("the same item twice", odd);
    for (const auto& [what, question] : all) {
        at(what);
        const auto answer = bench.plugin().propose(question);
        if (answer) continue;
        const auto code = answer.error().code;
        if (code == Errc::plugin_crashed || code == Errc::plugin_bug || code == Errc::timed_out) return failed(std::string{what} + ": " + to_text(answer.error()));
    }
    return pass(std::to_string(all.size()) + " questions");
}
Verdict decide_in_time(const Subject& subject, Mode mode) {
    Bench bench{subject, mode, [](host::InstanceConfig& config, host::HostOptions&) { config.limits.call_deadline = std::chrono::seconds{3}; }};
    bench.plugin().propose(question_of(1)).map([](const MatchAnswer&) {}).map_error([](const Error&) { return 0; });
    const auto start = std::chrono::steady_clock::now();
    const auto answer = bench.plugin().propose(question_of(2000));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    if (!answer) return failed("with 2,000 open items: " + to_text(answer.error()));
    if (took > 2000) return failed("with 2,000 open items it took " + std::to_string(took) + " ms");
    return pass(std::to_string(took) + " ms for 2,000 items");
}

}  // namespace

Group sink_checks() {
    return {Group::When::each_mode,
            &for_sinks,
            {{"write.works", "records are written, or refused in words", "see the reason", &write_works},
             {"write.result-each", "each record has a result", "return as many results as there are records, in their order", &each_has_result},
             {"write.same-batch", "the same batch again replaces and adds nothing", "write by the external id (an upsert)", &write_twice},
             {"write.one", "a batch of one record is written", "see the reason", &write_one},
             {"write.many", "a batch of 300 records is written", "split it as the receiver wants", &write_many},
             {"write.other-kind", "a record of a kind that it does not know does no harm", "give it the result refused, with a sentence", &write_other_kind},
             {"write.unknown-outcome", "an unknown outcome is not reported as sent", "give the result unknown", &write_ends_as<transports::Outcome::unknown_outcome>},
             {"write.transient", "a passing trouble is neither sent nor refused", "give the result retry, or fail with Errc::transient", &write_ends_as<transports::Outcome::transient>},
             {"write.refused", "a no is not reported as sent", "give the result refused", &write_ends_as<transports::Outcome::refused>},
             {"write.login-refused", "a refused login is not reported as sent", "fail with Errc::auth", &write_ends_as<transports::Outcome::auth>},
             {"write.lookup-unknown", "lookup of a key that was never written does not say sent", "ask the receiver for the key", &sink_lookup}}};
}

Group decider_checks() {
    return {Group::When::each_mode,
            &for_deciders,
            {{"decide.works", "a question is answered", "see the reason", &decide_works},
             {"decide.repeatable", "the same question has the same answer, whatever came before it and whenever", "keep nothing from one question for the next; use no clock and no chance", &decide_repeatably},
             {"decide.pure", "propose uses nothing of the host but emit and log", "decide by the question alone", &decide_purely},
             {"decide.within-receipt", "proposals name items of the question, and apply no more than there is", "take the smaller of what is open and what is left", &decide_within},
             {"decide.explained", "each proposal has its evidence, and no proposal its reason", "say what fitted: the document number, the amount, the payer", &decide_explained},
             {"decide.strange-questions", "strange questions do no harm", "check before dividing, indexing and adding up", &decide_strange},
             {"decide.in-time", "2,000 open items are answered within 2 s", "avoid trying every combination; stop when clock().cancelled()", &decide_in_time}}};
}

}  // namespace owed::conformance
