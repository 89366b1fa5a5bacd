#include "main/doctor.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <set>

#include "host/loader.hpp"
#include "host/sandbox.hpp"
#include "main/needs.hpp"
#include "main/wiring.hpp"

namespace owed::daemon {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using State = api::Finding::State;

constexpr std::uint64_t mib = 1u << 20;
constexpr std::uint64_t disk_low = 1024 * mib, disk_very_low = 100 * mib;
constexpr std::uint64_t wal_large = 256 * mib;      // the checkpoint at idle keeps it far below
constexpr std::int64_t certificate_soon_days = 30;

class Findings {
  public:
    void ok(std::string check, std::string what) { list.push_back({std::move(check), State::ok, std::move(what), {}}); }
    void warn(std::string check, std::string what, std::string fix) { list.push_back({std::move(check), State::warn, std::move(what), std::move(fix)}); }
    void fail(std::string check, std::string what, std::string fix) { list.push_back({std::move(check), State::fail, std::move(what), std::move(fix)}); }
    std::vector<api::Finding> list;
};

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

bool is_ours(const struct stat& seen) { return seen.st_uid == 0 || seen.st_uid == ::geteuid(); }

void look_at_data_folder(const std::string& data, Findings& to) {
    const std::string check = "data folder";
    struct stat seen {};
    if (data.empty()) return to.fail(check, "the configuration names none", "set data: or say --data DIR");
    if (::stat(data.c_str(), &seen) != 0) return to.warn(check, data + " is not there yet", "start owed once, or make it: install -d -m 0700 -o owed " + data);
    if (!S_ISDIR(seen.st_mode)) return to.fail(check, data + " is no folder", "set data: to a folder");
    if (!is_ours(seen) && ::geteuid() != 0) to.fail(check, data + " belongs to user " + std::to_string(seen.st_uid), "chown -R owed " + data);
    else if ((seen.st_mode & 0007) != 0) to.fail(check, data + " is open to every user (mode " + octal(seen.st_mode) + "); customers' data is in it", "chmod o-rwx " + data);
    else to.ok(check, data + ", mode " + octal(seen.st_mode));
}

void look_at_disk(const std::string& data, Findings& to) {
    struct statvfs space {};
    if (::statvfs(data.c_str(), &space) != 0) return;
    const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    const auto text = std::to_string(free / mib) + " MiB are free on the disk of " + data;
    const auto fix = "make room: backups and archived files are the first to look at (du -sh " + data + "/*)";
    if (free < disk_very_low) to.fail("disk", text, fix);
    else if (free < disk_low) to.warn("disk", text, fix);
    else to.ok("disk", text);
    if (space.f_files > 0 && space.f_favail < 1000) to.warn("inodes", std::to_string(space.f_favail) + " files more can be made", "remove small files on that disk");
}

void look_at_store(const std::string& data, Findings& to) {
    std::error_code absent;
    const auto size = fs::file_size(data + "/owed.db", absent);
    if (absent) return;
    const auto wal = fs::file_size(data + "/owed.db-wal", absent);
    const auto text = std::to_string(size / mib) + " MiB, write-ahead log " + std::to_string(absent ? 0 : wal / mib) + " MiB";
    if (!absent && wal > wal_large) to.warn("store", text + "; a reader has been holding on for long, or owed was killed", "restart owed, which folds the log into the database");
    else to.ok("store", text);
}

void look_at_configuration(const std::string& file, Findings& to) {
    struct stat seen {};
    if (::stat(file.c_str(), &seen) != 0) return;
    if ((seen.st_mode & 0022) != 0 && (seen.st_mode & S_ISVTX) == 0)
        to.fail("configuration", file + " can be written by others (mode " + octal(seen.st_mode) + "): whoever can write it decides who may do what", "chmod go-w " + file);
    else to.ok("configuration", file + ", mode " + octal(seen.st_mode));
}

/// Every text in the configuration that is a reference of a secret, wherever it stands.
void collect_references(const json::value& value, std::set<std::string>& references) {
    if (value.is_string()) {
        const std::string text{value.get_string()};
        for (const char* scheme : {"file:/", "credential:", "env:"})
            if (text.starts_with(scheme)) references.insert(text);
    } else if (value.is_object()) {
        for (const auto& member : value.get_object()) collect_references(member.value(), references);
    } else if (value.is_array()) {
        for (const auto& item : value.get_array()) collect_references(item, references);
    }
}

void look_at_secrets(const std::string& effective, Findings& to) {
    json::error_code broken;
    const auto all = json::parse(effective, broken);
    if (broken) return;
    std::set<std::string> references;
    collect_references(all, references);
    std::size_t good = 0;
    for (const auto& reference : references) {
        if (const auto value = config::resolve_secret(reference); value) ++good;
        else to.fail("secret " + reference, to_text(value.error()),
                     reference.starts_with("file:") ? "make it a plain file of owed's user with mode 0600" : "see LoadCredential= or Environment= of the unit");
    }
    if (good > 0) to.ok("secrets", std::to_string(good) + " can be read");
}

/// Days until the first of a PEM file's certificates ends; nullopt: it holds none.
std::optional<std::int64_t> days_left(const std::string& file) {
    std::FILE* in = std::fopen(file.c_str(), "re");
    if (in == nullptr) return {};
    std::optional<std::int64_t> least;
    while (X509* certificate = PEM_read_X509(in, nullptr, nullptr, nullptr)) {
        int days = 0, seconds = 0;
        if (::ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1) least = std::min<std::int64_t>(least.value_or(days), days);
        X509_free(certificate);
    }
    std::fclose(in);
    return least;
}

void look_at_certificates(const config::Settings& settings, Findings& to) {
    std::set<std::pair<std::string, std::string>> files;
    for (const auto& connector : settings.connectors)
        for (const auto& file : {connector.transfer.ca_file, connector.transfer.client_certificate})
            if (!file.empty()) files.emplace(file, connector.name);
    for (const auto& [file, connector] : files) {
        const auto check = "certificate of " + connector;
        const auto days = days_left(file);
        if (!days) to.fail(check, file + " holds no certificate that can be read", "put a PEM file there, readable for owed's user");
        else if (*days < 0) to.fail(check, file + " ended " + std::to_string(-*days) + " days ago", "renew it");
        else if (*days < certificate_soon_days) to.warn(check, file + " ends in " + std::to_string(*days) + " days", "renew it");
        else to.ok(check, file + ", " + std::to_string(*days) + " days left");
    }
}

void look_at_clock(const config::Settings& settings, Findings& to) {
    if (settings.demo_start) return to.ok("clock", "a demo folder's own");
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
        to.warn("clock", "the kernel's clock is not synchronised; due dates, tokens and TLS depend on it", "timedatectl set-ntp true");
    else to.ok("clock", "synchronised");
}

void look_at_sandbox(Findings& to) {
    const auto sandbox = host::sandbox_support();
    if (sandbox.landlock_level >= 1) to.ok("Landlock", sandbox.landlock_text);
    else to.warn("Landlock", sandbox.landlock_text.substr(0, sandbox.landlock_text.find(';')), "boot with lsm=landlock,..., on Linux 5.13 or later");
    if (sandbox.seccomp) to.ok("seccomp", sandbox.seccomp_text);
    else to.fail("seccomp", sandbox.seccomp_text.substr(0, sandbox.seccomp_text.find(';')), "use a kernel with CONFIG_SECCOMP_FILTER");
}

/// Each plugin in use, under the loader's rules: owner, mode, plugins.lock, signature.
void look_at_plugins(const Patient& patient, Findings& to) {
    std::map<std::string, bool> in_daemon;
    for (const auto& connector : patient.settings.connectors) in_daemon[connector.plugin] = in_daemon[connector.plugin] || connector.isolation == "none";
    for (const auto& [plugin, trusted] : in_daemon) {
        const auto file = host::open_plugin(load_rules_of(patient.settings, patient.plugin_folder, trusted), plugin);
        if (!file) to.fail("plugin " + plugin, to_text(file.error()), file.error().advice.empty() ? "install it again" : file.error().advice);
        else if (!file->warnings().empty()) to.warn("plugin " + plugin, file->warnings().front(), "install a signed one, or trust its author's key");
        else to.ok("plugin " + plugin, file->path());
    }
    if (patient.settings.allow_unlisted_plugins) to.warn("plugins", "plugins that plugins.lock does not list are loaded too", "set plugins: {allow_unlisted: false} and run owectl plugin trust FILE for each");
}

void ask_connectors(Hosts* hosts, Findings& to) {
    if (hosts == nullptr) return to.warn("connectors", "owed does not run here, so no connector was asked", "start owed and run owectl doctor again");
    for (auto* connector : hosts->connectors()) {
        const auto check = "connector " + connector->name();
        const auto done = connector->check();
        const auto report = connector->report();
        if (!done) to.fail(check, to_text(done.error()), done.error().advice.empty() ? "see owectl connectors" : done.error().advice);
        else if (!report.rolled_back.empty()) to.warn(check, report.rolled_back, "install a mended plugin and reload");
        else to.ok(check, "folders and credentials are usable");
    }
}

}  // namespace

std::vector<api::Finding> diagnose(const Patient& patient) {
    Findings to;
    look_at_configuration(patient.settings.place.file, to);
    look_at_secrets(patient.effective, to);
    look_at_data_folder(patient.data, to);
    if (!patient.data.empty()) {
        look_at_disk(patient.data, to);
        look_at_store(patient.data, to);
    }
    look_at_clock(patient.settings, to);
    look_at_sandbox(to);
    look_at_plugins(patient, to);
    look_at_certificates(patient.settings, to);
    ask_connectors(patient.hosts, to);
    return std::move(to.list);
}

api::Sandbox sandbox_of_kernel() {
    const auto support = host::sandbox_support();
    return {support.complete(), support.landlock_level, support.seccomp, support.landlock_text, support.seccomp_text};
}

}  // namespace owed::daemon
