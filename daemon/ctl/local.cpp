#include "ctl/local.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>

#include "api/migrations.hpp"
#include "api/verbs.hpp"
#include "config/settings.hpp"
#include "ctl/plugin_tools.hpp"
#include "host/loader.hpp"
#include "main/doctor.hpp"
#include "main/doors.hpp"
#include "main/needs.hpp"
#include "main/wiring.hpp"

namespace owed::ctl {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& arguments, const char* key) {
    const auto* value = arguments.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

class QuietLog : public Log {
  public:
    void write(LogLevel, std::string_view, std::string_view) override {}
};

Result<Reply> config_check(const Global& global) {
    auto loaded = config::load(global.config, config::real_files());
    json::array problems;
    for (const auto& problem : loaded.problems) problems.push_back(json::string{config::to_text(problem)});
    if (!loaded.effective.empty()) {
        daemon::SystemClock clock;
        daemon::SystemRng rng;
        QuietLog log;
        const auto host = daemon::make_host(loaded, {}, global.data.empty() ? loaded.settings.data : global.data, clock, rng, log);
        for (const auto& problem : daemon::deeper_problems(loaded.settings, *host, daemon::Faults::all)) problems.push_back(json::string{problem});
        for (const auto& problem : daemon::needs_problems(loaded, daemon::plugin_folder(loaded.settings, {}), nullptr)) problems.push_back(json::string{problem});
    }
    const bool good = problems.empty();
    return Reply{json::object{{"ok", good}, {"problems", problems}}, good ? 0 : 78};
}

Result<Reply> template_check(const Global& global) {
    auto loaded = config::load(global.config, config::real_files());
    if (!loaded.problems.empty()) return fail(Errc::invalid_config, config::to_text(loaded.problems.front()));
    OWED_TRY(auto files, daemon::read_templates(loaded.settings.templates_folder));
    json::array findings;
    for (const auto& finding : render::check_templates(files))
        findings.push_back(json::object{{"where", json::string{finding.where}}, {"what", json::string{finding.what}}, {"do", json::string{finding.advice}}});
    const bool good = findings.empty();
    return Reply{json::object{{"ok", good}, {"files", files.size()}, {"findings", findings}}, good ? 0 : 1};
}

Result<Reply> plugin_trust(const Command& command) {
    const std::filesystem::path file = std::filesystem::absolute(text_of(command.arguments, "file"));
    OWED_TRY_VOID(host::trust_plugin(file.parent_path().string(), file.stem().string()));
    return Reply{json::object{{"trusted", json::string{file.string()}}}, 0};
}

Result<Reply> restore(const Command& command, const Global& global) {
    if (global.data.empty()) return fail(Errc::invalid_argument, "say where to: --data DIR");
    daemon::SystemClock clock;
    const auto file = std::filesystem::absolute(text_of(command.arguments, "file")).string();
    OWED_TRY_VOID(store::restore(file, global.data, api::all_migrations(), clock));
    return Reply{json::object{{"restored", json::string{file}}, {"data", json::string{global.data}},
                              {"note", "every send that was reserved has an unknown outcome now; see owectl outbox"}}, 0};
}

}  // namespace

bool is_local(const std::string& verb) { return verb == "config check" || verb == "template check" || verb == "plugin trust" || verb == "plugin new" || verb == "restore"; }

Result<Reply> run_local(const Command& command, const Global& global) {
    if (command.verb == "config check") return config_check(global);
    if (command.verb == "template check") return template_check(global);
    if (command.verb == "plugin trust") return plugin_trust(command);
    if (command.verb == "plugin new") return plugin_new(command);
    return restore(command, global);
}

Result<Reply> doctor_here(const Global& global) {
    auto loaded = config::load(global.config, config::real_files());
    daemon::SystemClock clock;
    const auto data = global.data.empty() ? loaded.settings.data : global.data;
    auto findings = daemon::diagnose({loaded.settings, loaded.effective, data, daemon::plugin_folder(loaded.settings, {}), nullptr, clock.now()});
    for (const auto& problem : loaded.problems)
        findings.push_back({"configuration", api::Finding::State::fail, config::to_text(problem), "owectl config check shows all of it"});
    const auto answer = api::doctor_answer(findings);
    return Reply{answer.json, answer.ok ? 0 : 1};
}

Result<Reply> run_offline(const Command& command, const Global& global) {
    const auto* verb = api::find_verb(command.verb);
    if (verb == nullptr || !verb->offline)
        return fail(Errc::unsupported, "\"" + command.verb + "\" needs the running daemon", {}, "start owed");
    auto loaded = config::load(global.config, config::real_files());
    if (!loaded.problems.empty()) return fail(Errc::invalid_config, config::to_text(loaded.problems.front()));
    OWED_TRY(auto books, ledger::Books::make(loaded.settings.entities, loaded.settings.accounts));
    daemon::SystemClock clock;
    daemon::SystemRng rng;
    QuietLog log;
    if (loaded.settings.demo_start) OWED_TRY_VOID(clock.use_demo_offset(global.data, clock.now()));
    store::OpenOptions options;
    options.folder = global.data;
    options.create = false;
    options.read_only = true;
    options.migrations = api::all_migrations();
    OWED_TRY(auto store, store::Store::open(std::move(options), clock, log));
    const ledger::Context ledger{books, clock, {}};
    api::App app{.store = *store, .books = books, .ledger = ledger, .clock = clock, .rng = rng, .log = log, .cash = loaded.settings.cash,
                 .people = {}, .demo = false, .hosts = nullptr, .intake = nullptr, .dunning = nullptr, .jobs = nullptr, .run_job = {}, .sync = {},
                 .reload = {}, .advance_clock = {}, .effective_configuration = {}, .alarms = {}, .ready = true, .limits = {}, .provision = loaded.settings.provision};
    api::Caller caller;
    caller.actor = {audit::Actor::Kind::person, "uid-" + std::to_string(::getuid()), "owectl", {}, {}};
    auto done = api::call(app, command.verb, command.arguments, caller);
    if (!done) return Reply{api::error_json(done.error()), api::exit_code(done.error().code)};
    return Reply{done->value(), done->ok ? 0 : 1};
}

}  // namespace owed::ctl
