// Settings: those that fit, those that miss the schema by one thing, and garbage.
#include <chrono>

#include "conformance/detail/bench.hpp"
#include "conformance/detail/damage.hpp"
#include "conformance/detail/raw_host.hpp"

namespace owed::conformance {
namespace {

namespace json = boost::json;

std::string for_settings(const Subject& subject) { return subject.manifest ? std::string{} : "the plugin has no sound manifest"; }

Verdict fit(const Subject& subject, Mode) {
    if (subject.settings_problems.empty()) return pass();
    const auto& first = subject.settings_problems.front();
    return failed((first.pointer.empty() ? "settings" : first.pointer) + " " + first.what);
}

/// A schema that cannot be missed says nothing about typos.
Verdict mutations_refused(const Subject& subject, Mode) {
    if (const auto why = subject.cannot_run(); !why.empty()) return skip(why);
    const auto all = wrong_settings(subject.manifest->settings, subject.settings);
    if (all.empty()) return failed("the schema refuses nothing");
    for (const auto& mutation : all) {
        const auto checked = host::check_settings(subject.manifest->settings, mutation.settings);
        if (checked.problems.empty()) return failed("settings with " + mutation.what + " at \"" + mutation.pointer + "\" are taken");
        bool named = false;
        for (const auto& problem : checked.problems) named = named || problem.pointer.starts_with(mutation.pointer);
        if (!named) return failed("settings with " + mutation.what + " at \"" + mutation.pointer + "\" are refused at \"" + checked.problems.front().pointer + "\"");
    }
    return pass(std::to_string(all.size()) + " single mutations");
}

template <class Each>
Verdict create_each(const Subject& subject, const std::vector<Mutation>& all, Each each) {
    const auto plugin = open_raw(subject.plugins + "/" + subject.manifest->id + ".so");
    if (!plugin) return skip(subject.is_program ? not_for_programs(subject) : "it does not load");
    for (const auto& mutation : all) {
        at(mutation.what + " at \"" + mutation.pointer + "\"");
        const RawHost host;
        const RawInstance instance{*plugin, host, "checked", json::serialize(mutation.settings)};
        if (auto wrong = each(mutation, instance, host); !wrong.empty()) return failed(wrong);
    }
    return pass(std::to_string(all.size()) + " settings");
}

/// The host never passes these on; a plugin that gets them anyway must still not fall over.
Verdict mutations_survived(const Subject& subject, Mode) {
    if (const auto why = subject.cannot_run(); !why.empty()) return skip(why);
    return create_each(subject, wrong_settings(subject.manifest->settings, subject.settings),
                       [](const Mutation& mutation, const RawInstance& instance, const RawHost&) -> std::string {
                           if (instance.status() == OWED_OK && !instance.usable()) return "create answered OK and left its instance empty, with " + mutation.what + " at " + mutation.pointer;
                           return {};
                       });
}

Verdict others_accepted(const Subject& subject, Mode) {
    if (const auto why = subject.cannot_run(); !why.empty()) return skip(why);
    auto all = other_settings(subject.manifest->settings, subject.settings);
    for (auto& mutation : all) mutation.settings = host::check_settings(subject.manifest->settings, mutation.settings).settings;   // with defaults, as the host gives them
    if (all.empty()) return skip("there are no other settings that fit the schema");
    std::size_t refused = 0;
    auto verdict = create_each(subject, all, [&](const Mutation& mutation, const RawInstance& instance, const RawHost& host) -> std::string {
        if (instance.status() == OWED_OK) return {};
        ++refused;
        const auto what = mutation.what + " at " + mutation.pointer;
        // What a schema cannot say (two keys that exclude each other) is OWED_CONFIG, in words.
        if (instance.status() != OWED_CONFIG) return "settings that fit the schema (" + what + ") make create answer " + std::to_string(instance.status()) + " and not OWED_CONFIG: " + host.message();
        if (host.message().empty()) return "create refuses settings that fit the schema (" + what + ") and does not say why";
        return {};
    });
    if (verdict.outcome == Outcome::passed) verdict.reason += ", " + std::to_string(refused) + " refused in words";
    return verdict;
}

Verdict garbage_survived(const Subject& subject, Mode) {
    const auto plugin = open_raw(subject.plugins + "/" + subject.manifest->id + ".so");
    if (!plugin) return skip(subject.is_program ? not_for_programs(subject) : "it does not load");
    const auto good = json::serialize(subject.settings);
    std::vector<std::string> texts{"", " ", "null", "[]", "1", "\"text\"", "{", "{}", "{\"a\":", std::string{"\0\0\0", 3}, "\xFF\xFE", std::string(100'000, '[')};
    for (std::size_t i = 1; i < good.size(); i += std::max<std::size_t>(1, good.size() / 24)) texts.push_back(good.substr(0, i));
    for (const auto& text : texts) {
        at("settings: " + shown(text, 60));
        const RawHost host;
        const RawInstance instance{*plugin, host, "checked", text};
        const bool broken_json = text.empty() || (text.front() == '{' && text.size() < good.size() && text != "{}");
        if (broken_json && instance.status() == OWED_OK && good.size() > 2) return failed("settings that are no JSON (" + shown(text, 60) + ") make an instance");
    }
    return pass(std::to_string(texts.size()) + " texts");
}

Verdict explains(const Subject& subject, Mode) {
    if (const auto why = subject.cannot_run(); !why.empty()) return skip(why);
    const auto plugin = open_raw(subject.plugins + "/" + subject.manifest->id + ".so");
    if (!plugin) return skip(subject.is_program ? not_for_programs(subject) : "it does not load");
    std::size_t refused = 0;
    for (const auto& mutation : wrong_settings(subject.manifest->settings, subject.settings)) {
        at(mutation.what + " at \"" + mutation.pointer + "\"");
        const RawHost host;
        const RawInstance instance{*plugin, host, "checked", json::serialize(mutation.settings)};
        if (instance.status() == OWED_OK) continue;
        ++refused;
        if (host.message().empty()) return failed("create refused " + mutation.what + " at " + mutation.pointer + " and did not say why");
    }
    return refused == 0 ? skip("create refused nothing") : pass(std::to_string(refused) + " refusals in words");
}

}  // namespace

Group settings_checks() {
    return {Group::When::once,
            &for_settings,
            {{"settings.fit", "the settings given fit the manifest's schema", "correct the file of --settings", &fit},
             {"settings.mutations-refused", "settings that are wrong in one thing are refused, with the place", "say in the schema what a setting may be: type, enum, minimum, pattern, required", &mutations_refused},
             {"settings.mutations-survived", "create survives settings that the host would have refused", "read settings with checks of their type (if_contains, is_string)", &mutations_survived},
             {"settings.others-accepted", "other settings that fit the schema make an instance, or a sentence why not", "return fail(Errc::invalid_config, what, where, advice)", &others_accepted},
             {"settings.garbage-survived", "create survives texts that are no settings", "parse with an error code, not with an exception that nobody catches", &garbage_survived},
             {"settings.refusals-explained", "whatever create refuses, it says why", "raise a failure with a message before answering (the C++ wrapper does)", &explains}}};
}

}  // namespace owed::conformance
