// Which plugin files run: for people who want to know what it is that they run, and who vouches for it.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"

namespace owed::host {

struct PluginInUse {
    /// The strongest word for a file: a signature of a trusted key, checked when it was loaded; its SHA-256 in plugins.lock, as that
    /// stands now; nobody's (allow_unlisted).
    enum class Verified { by_signature, by_lock, by_nobody };

    std::string id;
    std::string problem;                       ///< why it cannot be used; then there is no more than instances
    std::string version, path;
    std::string sdk;                           ///< the boundary that a shared object was built for ("0.9"); of a program what its manifest says, if it does
    std::string sha256;                        ///< lower-case hex, of the bytes that are loaded
    std::string language;                      ///< "native": a shared object; of a program its interpreter ("python3"), or "program"
    std::vector<std::string> kinds;
    Verified verified = Verified::by_nobody;
    std::vector<std::string> instances;        ///< all of them ...
    std::vector<std::string> in_process;       ///< ... and those that run inside the daemon (isolation none)
};
/// "signed", "locked", "unlisted".
std::string_view name_of(PluginInUse::Verified verified) noexcept;

/// What the instances of `host` run, by plugin and file; after them those whose plugin cannot be used. Any thread.
std::vector<PluginInUse> plugins_in_use(PluginHost& host);

}  // namespace owed::host
