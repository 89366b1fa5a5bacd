#include "jobs/plugin_versions.hpp"

namespace owed::jobs {

std::map<std::string, std::string> plugin_versions(store::Db& db) {
    std::map<std::string, std::string> all;
    auto query = db.query("SELECT plugin, version FROM plugin_version");
    while (query.step()) all.emplace(query.text(0), query.text(1));
    return all;
}

Status note_plugin_version(store::Tx& tx, Clock& clock, const std::string& plugin, const std::string& version) {
    tx.query("INSERT INTO plugin_version (plugin, version, at) VALUES (?, ?, ?) "
             "ON CONFLICT (plugin) DO UPDATE SET version = excluded.version, at = excluded.at")
        .bind(plugin, version, clock.now().micros)
        .run();
    return {};
}

}  // namespace owed::jobs
