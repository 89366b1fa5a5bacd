// owectl: speaks to the daemon; what works without one links the room it needs.
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>

#include "api/verbs.hpp"
#include "config/settings.hpp"
#include "ctl/commands.hpp"
#include "ctl/list_csv.hpp"
#include "ctl/local.hpp"
#include "ctl/plugin_tools.hpp"
#include "ctl/print.hpp"
#include "ctl/top.hpp"

namespace owed::ctl {
namespace {

constexpr int exit_unreachable = 3;

void tell(const Error& error) {
    std::cerr << "owectl: " << error.what << "\n";
    if (!error.advice.empty()) std::cerr << "  " << error.advice << "\n";
}

int finish_csv(const Reply& reply, const Command& command, const Global& global) {
    const auto made = list_csv(command.verb, reply.json, global.csv_list);
    if (!made) return tell(made.error()), 2;
    std::cout << made->text;
    for (const auto& other : made->others) std::cerr << "owectl: the answer has " << other << " too: --csv=" << other << "\n";
    return reply.exit;
}

/// Before anything is asked: an act is not done first and then found to be no list.
bool refuses_csv(const Command& command) {
    const auto* verb = api::find_verb(command.verb);
    return verb == nullptr || !has_csv(command.verb, verb->changes, command.names_one);
}

int finish(const Reply& reply, const Command& command, const Global& global) {
    if (const auto* object = reply.json.if_object(); object != nullptr && object->contains("error") && (!global.json || global.csv)) {
        const auto& error = object->at("error").as_object();
        std::cerr << "owectl: " << std::string{error.at("what").as_string()};
        if (const auto& where = error.at("where").as_string(); !where.empty()) std::cerr << " (" << std::string{where} << ")";
        std::cerr << "\n";
        if (const auto* problems = object->if_contains("problems"); problems != nullptr && problems->is_array())
            for (const auto& problem : problems->as_array())   // the first one is the error
                if (problem.is_string() && problem != error.at("what")) std::cerr << std::string{problem.as_string()} << "\n";
        if (const auto& advice = error.at("do").as_string(); !advice.empty()) std::cerr << "  " << std::string{advice} << "\n";
        return reply.exit;
    }
    if (global.csv) return finish_csv(reply, command, global);
    if (global.json)
        std::cout << (reply.text.empty() ? boost::json::serialize(reply.json) : reply.text) << "\n";
    else
        std::cout << print(command.verb, reply.json);
    return reply.exit;
}

int refuse(const Error& error, const Command& command, const Global& global, int exit) {
    return finish({api::error_json(error), exit}, command, global);
}

/// The socket: as said; in --data DIR; where the configuration says; the package's.
std::string socket_of(const Global& global) {
    if (!global.socket.empty()) return global.socket;
    if (!global.data.empty()) return global.data + "/owed.sock";
    if (std::filesystem::exists(global.config)) {
        const auto loaded = config::load(global.config, config::real_files());
        if (!loaded.settings.socket.empty()) return loaded.settings.socket;
        if (!loaded.settings.data.empty()) return loaded.settings.data + "/owed.sock";
    }
    return "/run/owed/owed.sock";
}

int run(const std::vector<std::string>& words) {
    Global global;
    auto command = parse(words, global);
    if (!command) return refuse(command.error(), {}, global, 2);
    if (global.version) return std::cout << "owectl " OWED_VERSION "\n", 0;
    if (global.help) return std::cout << help(command->verb), 0;
    if (global.csv && refuses_csv(*command))
        return tell({Errc::invalid_argument, "--csv is for lists, and \"" + command->verb + "\" answers with none", {}, "--json has all of its answer"}), 2;
    if (command->verb == "inspect") return run_inspect(*command, global);
    if (command->verb == "calc") return run_calc(*command, global);
    if (command->verb == "plugin check") return run_plugin_check(*command, global);
    if (is_local(command->verb)) {
        auto done = run_local(*command, global);
        return done ? finish(*done, *command, global) : refuse(done.error(), *command, global, api::exit_code(done.error().code));
    }
    if (command->verb == "top") return run_top(*command, global, socket_of(global));
    auto reply = ask(socket_of(global), *command, global.as, global.json ? Wanted::text : Wanted::value);
    if (!reply && reply.error().code == Errc::not_found && command->verb == "doctor") reply = doctor_here(global);
    if (reply) return finish(*reply, *command, global);
    const auto* verb = api::find_verb(command->verb);
    if (reply.error().code == Errc::not_found && !global.data.empty() && verb != nullptr && verb->offline) {
        auto done = run_offline(*command, global);
        return done ? finish(*done, *command, global) : refuse(done.error(), *command, global, api::exit_code(done.error().code));
    }
    return refuse(reply.error(), *command, global, reply.error().code == Errc::not_found ? exit_unreachable : 1);
}

}  // namespace
}  // namespace owed::ctl

int main(int argc, char** argv) { return owed::ctl::run({argv + 1, argv + argc}); }
