#include <charconv>
#include <iostream>

#include "api/verbs.hpp"
#include "conformance/conformance.hpp"
#include "ctl/plugin_tools.hpp"
#include "main/wiring.hpp"

namespace owed::ctl {
namespace {

std::string argument(const Command& command, const char* key) {
    const auto* value = command.arguments.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

enum class Format { text, json, junit };

struct Wanted {
    conformance::Options options;
    Format format = Format::text;
};

Result<Wanted> wanted_of(const Command& command, const Global& global) {
    Wanted wanted;
    wanted.options.file = argument(command, "file");
    wanted.options.settings_file = argument(command, "settings");
    wanted.options.cassette_file = argument(command, "cassette");
    wanted.options.only = argument(command, "only");
    wanted.options.child_program = daemon::child_program();
    const auto format = argument(command, "format");
    if (format == "json" || (format.empty() && global.json)) wanted.format = Format::json;
    else if (format == "junit") wanted.format = Format::junit;
    else if (!format.empty() && format != "text") return fail(Errc::invalid_argument, "there is no format \"" + format + "\"", {}, "--format text, json or junit");
    using Isolation = conformance::Options::Isolation;
    const auto isolation = argument(command, "isolation");
    if (isolation == "process") wanted.options.isolation = Isolation::process;
    else if (isolation == "none") wanted.options.isolation = Isolation::none;
    else if (!isolation.empty() && isolation != "both") return fail(Errc::invalid_argument, "there is no isolation \"" + isolation + "\"", {}, "--isolation both, process or none");
    if (const auto seed = argument(command, "seed"); !seed.empty()) {
        const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), wanted.options.seed);
        if (error != std::errc{} || end != seed.data() + seed.size()) return fail(Errc::invalid_argument, "\"" + seed + "\" is no seed", {}, "--seed N, a whole number");
    }
    if (!wanted.options.only.empty()) {
        bool any = false;
        for (const auto& name : conformance::check_names()) any = any || name.starts_with(wanted.options.only);
        if (!any) return fail(Errc::invalid_argument, "no check is called \"" + wanted.options.only + "...\"", {}, "owectl plugin check FILE --format json names them all");
    }
    return wanted;
}

int refuse(const Error& error, const Global& global, int exit) {
    if (global.json) std::cout << boost::json::serialize(api::error_json(error)) << "\n";
    else std::cerr << "owectl: " << error.what << (error.where.empty() ? "" : " (" + error.where + ")") << "\n" << (error.advice.empty() ? "" : "  " + error.advice + "\n");
    return exit;
}

}  // namespace

int run_plugin_check(const Command& command, const Global& global) {
    const auto wanted = wanted_of(command, global);
    if (!wanted) return refuse(wanted.error(), global, 2);
    const auto report = conformance::check_plugin(wanted->options);
    if (!report) return refuse(report.error(), global, api::exit_code(report.error().code));
    switch (wanted->format) {
        case Format::text: std::cout << conformance::to_text(*report); break;
        case Format::json: std::cout << conformance::to_json(*report) << "\n"; break;
        case Format::junit: std::cout << conformance::to_junit(*report); break;
    }
    return report->passed() ? 0 : 1;
}

}  // namespace owed::ctl
