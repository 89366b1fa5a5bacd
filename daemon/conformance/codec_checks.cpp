// Codecs: pure, the same everywhere, and not to be shaken by any file.
#include "conformance/detail/acts.hpp"
#include "conformance/detail/damage.hpp"

namespace owed::conformance {
namespace {

std::string for_codecs(const Subject& subject) {
    if (!subject.manifest) return subject.cannot_run();
    return subject.is("codec") ? subject.cannot_run() : "it is no codec";
}
const char* no_samples = "there is no sample file; put some into samples/ beside the settings";

struct Decoded {
    std::string transcript, error;
    Errc code = Errc::internal;
    std::string where;
};
Decoded decode(Bench& bench, const std::string& name, std::string_view bytes, std::string_view format = {}, std::string_view profile = {}) {
    KeptRecords records;
    const auto report = bench.plugin().decode(name, bytes, format, profile, records);
    Decoded done;
    for (const auto& record : records.all) done.transcript += fingerprint_of(record);
    if (report) {
        done.transcript += report->format + std::to_string(report->records) + std::to_string(report->warnings.size());
        return done;
    }
    done.error = to_text(report.error());
    done.code = report.error().code;
    done.where = report.error().where;
    return done;
}
bool broke(const Decoded& done) {
    return !done.error.empty() && (done.code == Errc::plugin_crashed || done.code == Errc::timed_out || done.code == Errc::plugin_bug);
}

Verdict sniffs_samples(const Subject& subject, Mode mode) {
    if (subject.samples.empty()) return skip(no_samples);
    Bench bench{subject, mode};
    std::string scores;
    bool any = false;
    for (const auto& sample : subject.samples) {
        const auto found = bench.plugin().sniff(sample.name, std::string_view{sample.bytes}.substr(0, 4096));
        if (!found) return failed("sniff of " + sample.name + ": " + to_text(found.error()));
        const auto again = bench.plugin().sniff(sample.name, std::string_view{sample.bytes}.substr(0, 4096));
        if (!again || again->score != found->score || again->format != found->format) return failed("sniff of " + sample.name + " says something else the second time");
        any = any || found->score > 0;
        scores += found->format + " " + std::to_string(found->score) + "; ";
    }
    if (!any) return failed("no sample is recognised");
    Verdict verdict = pass(scores);
    verdict.fingerprint = fingerprint_of(scores);
    return verdict;
}
Verdict sniffs_modestly(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    Dice dice{subject.seed};
    for (const auto& file : foreign_files(dice)) {
        at("sniff of " + file.how);
        const auto found = bench.plugin().sniff("unknown", std::string_view{file.bytes}.substr(0, 4096));
        if (!found) {
            if (found.error().code == Errc::plugin_crashed || found.error().code == Errc::timed_out) return failed("sniff of " + file.how + ": " + to_text(found.error()));
            continue;
        }
        if (found->score >= 90) return failed("it is " + std::to_string(found->score) + " % sure that " + file.how + " is its format " + found->format);
    }
    const auto empty = bench.plugin().sniff("", "");
    if (empty && empty->score >= 90) return failed("it is sure that an empty file is its own");
    return pass();
}
Verdict decodes(const Subject& subject, Mode mode) {
    if (subject.samples.empty()) return skip(no_samples);
    Bench bench{subject, mode};
    std::string all;
    std::size_t read = 0;
    std::string first_error;
    for (const auto& sample : subject.samples) {
        const auto done = decode(bench, sample.name, sample.bytes);
        if (broke(done)) return failed("decode of " + sample.name + ": " + done.error);
        if (done.error.empty()) ++read;
        else if (first_error.empty()) first_error = done.error;
        all += done.transcript + done.error;
    }
    if (read == 0) return failed("no sample is read: " + first_error);
    Verdict verdict = pass(std::to_string(read) + " of " + std::to_string(subject.samples.size()) + " samples read");
    verdict.fingerprint = fingerprint_of(all);
    return verdict;
}
Verdict decodes_repeatably(const Subject& subject, Mode mode) {
    if (subject.samples.empty()) return skip(no_samples);
    Bench bench{subject, mode};
    for (const auto& sample : subject.samples) {
        const auto first = decode(bench, sample.name, sample.bytes), second = decode(bench, sample.name, sample.bytes);
        if (first.transcript != second.transcript || first.error != second.error) return failed("decode of " + sample.name + " gives something else the second time");
        // Another file in between must not show.
        decode(bench, "other", "something else altogether");
        if (decode(bench, sample.name, sample.bytes).transcript != first.transcript) return failed("decode of " + sample.name + " depends on the file before it");
    }
    return pass();
}
Verdict decodes_purely(const Subject& subject, Mode mode) {
    if (subject.samples.empty()) return skip(no_samples);
    Bench bench{subject, mode};
    for (const auto& sample : subject.samples) decode(bench, sample.name, sample.bytes);
    for (const auto& seen : bench.seen()) {
        if (seen.call != "decode" && seen.call != "sniff") continue;
        const bool allowed = seen.service.starts_with("emit.") || seen.service == "log.write" || seen.service.starts_with("metrics.") || seen.service == "progress.report";
        if (!allowed) return failed(seen.call + " called " + seen.service);
    }
    return pass();
}

/// Damaged files are read or refused, and the plugin goes on.
Verdict survives(const Subject& subject, Mode mode, const std::string& name, const std::vector<Damaged>& files) {
    Bench bench{subject, mode};
    std::size_t refused = 0;
    for (const auto& file : files) {
        at(name + ", " + file.how);
        const auto done = decode(bench, name, file.bytes);
        if (broke(done)) return failed(name + ", " + file.how + ": " + done.error);
        refused += done.error.empty() ? 0 : 1;
    }
    return pass(std::to_string(files.size()) + " files, " + std::to_string(refused) + " refused");
}
Verdict over_samples(const Subject& subject, Mode mode, std::vector<Damaged> (*damage)(std::string_view, std::size_t, Dice&)) {
    if (subject.samples.empty()) return skip(no_samples);
    Dice dice{subject.seed};
    std::size_t files = 0;
    const std::size_t each = std::max<std::size_t>(10, 200 / subject.samples.size());
    for (const auto& sample : subject.samples) {
        const auto damaged = damage(sample.bytes, each, dice);
        auto verdict = survives(subject, mode, sample.name, damaged);
        if (verdict.outcome == Outcome::failed) return verdict;
        files += damaged.size();
    }
    return pass(std::to_string(files) + " files");
}
Verdict survives_truncation(const Subject& subject, Mode mode) { return over_samples(subject, mode, &truncations); }
Verdict survives_bit_flips(const Subject& subject, Mode mode) { return over_samples(subject, mode, &bit_flips); }
Verdict survives_foreign(const Subject& subject, Mode mode) {
    Dice dice{subject.seed};
    return survives(subject, mode, "foreign", foreign_files(dice));
}
Verdict survives_empty(const Subject& subject, Mode mode) { return survives(subject, mode, "empty", {{"nothing in it", ""}, {"one byte", "x"}, {"one line break", "\n"}}); }
Verdict survives_names(const Subject& subject, Mode mode) {
    if (subject.samples.empty()) return skip(no_samples);
    Bench bench{subject, mode};
    for (const std::string& name : {std::string{}, std::string(300, 'n'), std::string{"../../etc/passwd"}, std::string{"%s%n"}, std::string{"\xC3\xA4.txt"}}) {
        at("a file called " + shown(name, 40));
        const auto done = decode(bench, name, subject.samples.front().bytes);
        if (broke(done)) return failed("a file called \"" + shown(name, 40) + "\": " + done.error);
    }
    return pass();
}
Verdict refuses_with_place(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    Dice dice{subject.seed};
    std::size_t refused = 0;
    for (const auto& file : foreign_files(dice)) {
        const auto done = decode(bench, "foreign.txt", file.bytes);
        if (done.error.empty()) continue;
        ++refused;
        if (done.code != Errc::malformed_input && done.code != Errc::unsupported_format && done.code != Errc::input_too_large && done.code != Errc::data && !broke(done))
            return failed(file.how + " is refused as " + std::string{name_of(done.code)} + "; a bad file is malformed_input, unsupported_format or data: " + done.error);
        if (done.code == Errc::malformed_input && done.where.empty()) return failed(file.how + " is refused without a place: " + done.error);
    }
    return refused == 0 ? skip("it reads everything") : pass(std::to_string(refused) + " refusals");
}
Verdict refuses_format(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto& sample = subject.samples.empty() ? std::string{"x"} : subject.samples.front().bytes;
    const auto done = decode(bench, "sample", sample, "no-such-format");
    if (broke(done)) return failed("with a format that it does not know: " + done.error);
    return done.error.empty() ? failed("it reads a file as format \"no-such-format\"") : pass();
}
Verdict survives_profile(const Subject& subject, Mode mode) {
    Bench bench{subject, mode};
    const auto& sample = subject.samples.empty() ? std::string{"x"} : subject.samples.front().bytes;
    for (const char* profile : {"{", "[]", "null", "1", "{\"no\":\"such\"}", "\"no-such-profile\""}) {
        at(std::string{"profile "} + profile);
        const auto done = decode(bench, "sample", sample, {}, profile);
        if (broke(done)) return failed(std::string{"with the profile "} + profile + ": " + done.error);
    }
    return pass();
}

}  // namespace

Group codec_checks() {
    const char* survive = "a file is a stranger's: check each length, and return fail(Errc::malformed_input, what, where)";
    return {Group::When::each_mode,
            &for_codecs,
            {{"codec.sniffs-samples", "a sample is recognised, the same way each time", "score what is certain 100, what is likely 50 and more", &sniffs_samples},
             {"codec.sniffs-modestly", "what is no format of its own is not claimed for sure", "score by what only this format has", &sniffs_modestly},
             {"codec.decodes", "samples are read", "see the reason", &decodes},
             {"codec.repeatable", "the same file gives the same records, whatever came before it", "keep nothing from one decode for the next", &decodes_repeatably},
             {"codec.pure", "decode and sniff use nothing of the host but emit and log", "take what decode needs from the settings", &decodes_purely},
             {"codec.truncations", "a file that was cut short does no harm", survive, &survives_truncation},
             {"codec.bit-flips", "a file with a turned bit does no harm", survive, &survives_bit_flips},
             {"codec.foreign", "files of other formats, huge lines, noise and bombs do no harm", survive, &survives_foreign},
             {"codec.empty", "an empty file does no harm", survive, &survives_empty},
             {"codec.names", "any file name does no harm", "use the name in messages only", &survives_names},
             {"codec.refusals", "a refusal is about the file, and a malformed one has its place", "return fail(Errc::malformed_input, what, \"NAME:LINE:COLUMN\")", &refuses_with_place},
             {"codec.unknown-format", "a format that it does not have is refused", "return fail(Errc::unsupported_format, ...)", &refuses_format},
             {"codec.broken-profile", "a profile that is none does no harm", "check the profile as you check a file", &survives_profile}}};
}

}  // namespace owed::conformance
