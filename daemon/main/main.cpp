#include <CLI/CLI.hpp>

#include "main/daemon.hpp"

int main(int argc, char** argv) {
    CLI::App app{"owed, the accounts-receivable hub: the daemon. Talk to it with owectl."};
    owed::daemon::Options options;
    options.config_file = "/etc/owed/owed.yaml";
    app.add_option("--config", options.config_file, "main configuration file")->capture_default_str();
    app.add_option("--data", options.data_folder, "data folder (overrides data: in the configuration)");
    app.add_option("--plugins", options.plugin_folder, "folder of the plugins and their plugins.lock");
    app.add_flag("--check", options.check_only, "check the configuration and end");
    app.set_version_flag("--version", "owed " OWED_VERSION);
    CLI11_PARSE(app, argc, argv);
    return owed::daemon::run(options);
}
