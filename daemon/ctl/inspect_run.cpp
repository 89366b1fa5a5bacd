// `owectl inspect`: the shipped codecs on one file, in their sandboxed children, without daemon or data.
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "config/settings.hpp"
#include "ctl/inspect.hpp"
#include "ctl/local.hpp"
#include "host/host.hpp"
#include "main/doors.hpp"
#include "main/wiring.hpp"

namespace owed::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_max = std::uintmax_t{1} << 30;

class QuietLog : public Log {
  public:
    void write(LogLevel, std::string_view, std::string_view) override {}
};

class Keeping : public RecordSink {
  public:
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    std::vector<Record> records;
};

/// A folder of our own for the plugins' folder settings; inspect never reads from it.
struct Scratch {
    fs::path path;
    Scratch() {
        std::string name = (fs::temp_directory_path() / "owed-inspect-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) path = name;
    }
    ~Scratch() {
        std::error_code ignored;
        if (!path.empty()) fs::remove_all(path, ignored);
    }
};

Result<std::string> read_file(const std::string& name) {
    std::error_code error;
    if (!fs::is_regular_file(name, error)) return fail(Errc::not_found, "there is no file " + name);
    if (fs::file_size(name, error) > file_max) return fail(Errc::input_too_large, "the file is larger than 1 GiB", name);
    std::ifstream in{name, std::ios::binary};
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (!in) return fail(Errc::io, "cannot read " + name);
    return bytes.str();
}

/// Shipped profiles lie beside the configuration: build tree first, then the package's.
std::string profiles_folder(const Global& global) {
    const auto beside_config = fs::path{global.config}.parent_path() / "profiles";
    if (fs::exists(beside_config)) return beside_config.string();
    const auto in_tree = fs::path{daemon::default_plugin_folder()} / ".." / ".." / "config" / "profiles";
    if (fs::exists(in_tree)) return fs::weakly_canonical(in_tree).string();
    return "/etc/owed/profiles";
}

host::InstanceConfig instance(const std::string& plugin, const boost::json::object& settings) {
    host::InstanceConfig config;
    config.name = plugin;
    config.plugin = plugin;
    config.settings_json = boost::json::serialize(settings);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    config.limits.memory_mib = 0;
#else
    config.limits.memory_mib = 4096;
#endif
    config.limits.call_deadline = std::chrono::minutes{10};
    return config;
}

std::vector<host::InstanceConfig> instances() {
    return {instance("agency", {{"source", "folder:in"}, {"target", "folder:out"}}), instance("erp-csv", {{"source", "folder:in"}}),
            instance("rates", {{"source", "folder:in"}}), instance("bank-files", {{"source", "folder:in"}})};
}

/// The order in which they are asked: those that recognise their own first, bank CSV, which claims most, last. A mapping is for the
/// ERP's reader; without one, rates are surest of their own tables.
std::vector<const char*> order(bool has_profile) {
    if (has_profile) return {"agency", "erp-csv", "rates", "bank-files"};
    return {"agency", "rates", "erp-csv", "bank-files"};
}

Result<DecodeReport> decode(host::PluginHost& host, const std::string& name, const std::string& bytes, const std::string& format,
                            const std::string& profile, Keeping& kept) {
    std::optional<Error> last;
    for (const auto* plugin : order(!profile.empty())) {
        auto* connector = host.find(plugin);
        if (connector == nullptr) continue;
        kept.records.clear();
        auto report = connector->decode(name, bytes, format, profile, kept);
        if (report) return report;
        // "Not mine" passes the file on; a fault in a file that a codec knows is the answer.
        if (report.error().code != Errc::unsupported_format) return fail(report.error());
        last = report.error();
    }
    return fail(*last);
}

int print_error(const Error& error, const Global& global) {
    if (global.json)
        std::cout << boost::json::serialize(error_json(error)) << "\n";
    else
        std::cerr << "refused: " << to_text(error) << "\n";
    return error.code == Errc::invalid_argument ? 2 : 1;
}

}  // namespace

int run_inspect(const Command& command, const Global& global) {
    const auto argument = [&](const char* key) {
        const auto* value = command.arguments.if_contains(key);
        return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
    };
    const auto file = argument("file");
    auto bytes = read_file(file);
    if (!bytes) return print_error(bytes.error(), global);
    std::string profile;
    if (const auto name = argument("profile"); !name.empty()) {
        auto json = config::profile_json(name, profiles_folder(global), config::real_files());
        if (!json) return print_error(json.error(), global);
        profile = *json;
    }
    Scratch scratch;
    daemon::SystemClock clock;
    daemon::SystemRng rng;
    QuietLog log;
    host::HostOptions options;
    options.plugin_folder = daemon::default_plugin_folder();
    options.child_program = daemon::child_program();
    options.folder_base = scratch.path.string();
    host::PluginHost host{options, instances(), clock, rng, log};
    host.start();
    Keeping kept;
    const auto report = decode(host, fs::path{file}.filename().string(), *bytes, argument("format"), profile, kept);
    host.stop();
    if (!report) return print_error(report.error(), global);
    if (global.json)
        std::cout << boost::json::serialize(inspect_json(kept.records, *report)) << "\n";
    else
        std::cout << inspect_text(kept.records, *report);
    return 0;
}

}  // namespace owed::ctl
