#include "host/detail/entry_version.hpp"

#include <cstddef>

#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

std::string version_text(std::uint32_t major, std::uint32_t minor) { return std::to_string(major) + "." + std::to_string(minor); }

}  // namespace

std::string our_version() { return version_text(OWED_ABI_MAJOR, OWED_ABI_MINOR); }

std::string one_line(std::string_view text) {
    std::string line{text.substr(0, 1000)};
    while (!line.empty() && !wire::is_text(line)) {
        // A cut inside a character, or foreign bytes: keep what is ASCII.
        for (char& c : line)
            if (static_cast<unsigned char>(c) >= 0x80 || c == 0) c = '?';
    }
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return line;
}

Status check_version(const owed_entry& entry, std::string_view built_by, bool creates, const std::string& file) {
    const std::string rebuild = "rebuild the plugin with this owed's SDK", host = "this host speaks " + our_version();
    if (entry.size < offsetof(owed_entry, min_host_minor))
        return fail(Errc::unsupported, "its owed_plugin_entry has " + std::to_string(entry.size) + " bytes and tells no version; " + host, file, rebuild);
    if (entry.size < sizeof(owed_entry) && entry.abi_major == OWED_ABI_MAJOR)
        return fail(Errc::unsupported, "its owed_plugin_entry has " + std::to_string(entry.size) + " bytes where boundary " + our_version() + " has " +
                                           std::to_string(sizeof(owed_entry)) + "; it says that it speaks " + version_text(entry.abi_major, entry.abi_minor), file, rebuild);
    const std::string sdk = built_by.empty() ? std::string{} : " (" + one_line(built_by) + ")";
    if (entry.abi_major != OWED_ABI_MAJOR)
        return fail(Errc::unsupported, "the plugin speaks boundary " + version_text(entry.abi_major, entry.abi_minor) + sdk + ", " + host, file,
                    entry.abi_major > OWED_ABI_MAJOR ? "upgrade owed, or rebuild the plugin with this owed's SDK" : rebuild);
    if (entry.min_host_minor > OWED_ABI_MINOR)
        return fail(Errc::unsupported, "the plugin wants a host of boundary " + version_text(OWED_ABI_MAJOR, entry.min_host_minor) +
                                           " or later" + sdk + ", " + host, file, "upgrade owed, or take an older plugin");
    if (!creates)
        return fail(Errc::plugin_bug, "its owed_plugin_entry has no function create" + sdk + "; " + host, file, rebuild);
    return {};
}

}  // namespace owed::host
