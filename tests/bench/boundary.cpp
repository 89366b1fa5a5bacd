// The plugin boundary in figures: isolated against in-process, in one run.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "api/migrations.hpp"
#include "bench.hpp"
#include "host/host.hpp"
#include "intake/intake.hpp"
#include "store/test_store.hpp"

namespace owed::bench {
namespace {

namespace fs = std::filesystem;
using Isolation = host::InstanceConfig::Isolation;

host::InstanceConfig instance(std::string name, std::string plugin, std::string settings, Isolation isolation) {
    host::InstanceConfig config;
    config.name = std::move(name);
    config.plugin = std::move(plugin);
    config.entity = "emea";
    config.isolation = isolation;
    config.settings_json = std::move(settings);
    config.limits.call_deadline = std::chrono::minutes{5};
    return config;
}

/// A host and its doors.
struct Rig {
    Rig(const std::string& bin, const std::string& plugins, std::vector<host::InstanceConfig> configs) {
        host::HostOptions options;
        options.plugin_folder = plugins;
        options.child_program = bin + "/owed-plugin-host";
        options.folder_base = folder.path();
        options.allow_unlisted = true;
        host = std::make_unique<host::PluginHost>(options, std::move(configs), clock, rng, log);
        host->start();
    }
    ~Rig() { host->stop(); }
    store::TempFolder folder;
    store::FixedClock clock;
    store::SeededRng rng;
    store::CollectingLog log;
    std::unique_ptr<host::PluginHost> host;
};

struct Nowhere : ReadTarget {
    Result<ArtifactFate> artifact(const ArrivedArtifact&) override { return ArtifactFate::leave; }
    Status records(std::string_view) override { return {}; }
    Status commit(std::string_view, const std::map<std::string, std::string>&) override { return {}; }
};

/// Seconds for one read of `count` records by a plugin that is already there.
double read_seconds(const std::string& bin, const std::string& emitter, int count, Isolation isolation) {
    Rig rig{bin, emitter, {instance("x", "emitter", "{\"records\": " + std::to_string(count) + "}", isolation)}};
    auto* connector = rig.host->find("x");
    if (!connector->check()) return 0;
    Nowhere nowhere;
    return best_of(5, [&] {
        if (const auto done = connector->read({}, nowhere); !done) std::printf("  FAILED: %s\n", to_text(done.error()).c_str());
    });
}

int boundary_cost(const std::string& bin, const std::string& emitter, int count) {
    const double here = read_seconds(bin, emitter, count, Isolation::none), there = read_seconds(bin, emitter, count, Isolation::process);
    if (here == 0 || there == 0) return 1;
    std::printf("boundary, %d invoices in batches of 512, checked on arrival\n  in-process %.2f us a record, isolated %.2f, so the process boundary costs %.2f us\n", count,
                here / count * 1e6, there / count * 1e6, (there - here) / count * 1e6);
    return 0;
}

ledger::Books books() {
    ledger::Entity entity;
    entity.id = "emea";
    entity.name = "emea";
    entity.currency = *find_currency("EUR");
    entity.chart = ledger::Books::default_chart();
    ledger::BankAccount account;
    account.iban = "DE89370400440532013000";
    account.entity = "emea";
    account.gl = "1000";
    account.currency = entity.currency;
    return *ledger::Books::make({entity}, {account});
}

/// One durable intake: seconds from file to durable receipts, and what the daemon's own process spent of that on a processor.
struct Intake {
    double seconds = 0, processor = 0;
};

double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// nullopt: it failed, and said so.
std::optional<Intake> take_in(const std::string& bin, const std::string& plugins, const std::string& statement, int lines, Isolation isolation) {
    Rig rig{bin, plugins, {instance("bank", "bank-files", R"({"source": "folder:drop"})", isolation)}};
    fs::create_directories(rig.folder.path() + "/drop");
    const auto file = rig.folder.path() + "/drop/feb.mt940";
    std::ofstream{file, std::ios::binary} << statement;
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes{1});
    auto* bank = rig.host->find("bank");
    const auto failed = [](const Error& error) {
        std::printf("  FAILED: %s\n", to_text(error).c_str());
        return std::nullopt;
    };
    if (const auto checked = bank->check(); !checked) return failed(checked.error());
    store::OpenOptions options;
    options.folder = rig.folder.path() + "/data";
    options.migrations = api::all_migrations();
    auto store = store::Store::open(options, rig.clock, rig.log);
    if (!store) return failed(store.error());
    const auto chart = books();
    const ledger::Context context{chart, rig.clock, {}};
    intake::Intake intake{**store, context, {}, rig.rng, rig.log};
    ::sync();  // what the run before left for the disk is not this one's to wait for
    const auto processor = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto done = intake.sync(*bank);
    const Intake took{Seconds{std::chrono::steady_clock::now() - start}.count(), processor_seconds() - processor};
    if (!done) return failed(done.error());
    if (done->records != lines) return failed({Errc::internal, "not every line was read", {}, {}});
    return took;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Pairs of runs, one right after the other and the first of them in turns, so that a slow minute of the machine meets both;
/// the figure is the median of the pairs' own ratios.
int durable_intake(const std::string& bin, const std::string& plugins, int lines, int pairs) {
    const auto statement = mt940(lines);
    std::vector<double> rate[2], processor[2], ratios;
    for (int i = 0; i < pairs; ++i) {
        double seconds[2] = {};
        for (const bool isolated : {i % 2 == 1, i % 2 == 0}) {
            const auto took = take_in(bin, plugins, statement, lines, isolated ? Isolation::process : Isolation::none);
            if (!took) return 1;
            seconds[isolated] = took->seconds;
            rate[isolated].push_back(lines / took->seconds);
            processor[isolated].push_back(took->processor / lines * 1e6);
        }
        ratios.push_back(seconds[0] / seconds[1]);
    }
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("durable intake, %d bank lines of one MT940 file, median of %d pairs\n  in-process %.0f /s, isolated %.0f /s   ratio %.3f (of single pairs %.3f to %.3f)\n"
                "  processor time of the daemon itself: %.2f us a line in-process, %.2f isolated\n",
                lines, pairs, median(rate[0]), median(rate[1]), median(ratios), *least, *most, median(processor[0]), median(processor[1]));
    return 0;
}

int children(const std::string& bin, const std::string& emitter, int idle) {
    std::vector<host::InstanceConfig> configs;
    for (int i = 0; i < idle; ++i) configs.push_back(instance("x" + std::to_string(i), "emitter", "{}", Isolation::process));
    Rig rig{bin, emitter, std::move(configs)};
    std::vector<double> starts;
    int failed = 0;
    for (auto* connector : rig.host->connectors()) {
        const auto start = std::chrono::steady_clock::now();
        failed += connector->check() ? 0 : 1;
        const auto middle = std::chrono::steady_clock::now();
        failed += connector->check() ? 0 : 1;
        starts.push_back(Seconds{(middle - start) - (std::chrono::steady_clock::now() - middle)}.count() * 1000);
    }
    std::sort(starts.begin(), starts.end());
    double rss = 0, pss = 0, largest = 0;
    int counted = 0;
    for (auto* connector : rig.host->connectors())
        for (const auto pid : connector->report().pids) {
            const auto [one, share] = memory_mib(pid);
            rss += one;
            pss += share;
            largest = std::max(largest, one);
            ++counted;
        }
    std::printf("children, %d idle instances\n  ready in %.2f ms at the median, %.2f at the 99th percentile\n  largest %.1f MiB resident; all %.0f MiB resident, %.0f MiB in proportion\n", counted,
                starts[starts.size() / 2], starts[starts.size() * 99 / 100], largest, rss, pss);
    return failed == 0 && counted == idle ? 0 : 1;
}

}  // namespace

int boundary_rates(const std::string& bin, const std::string& plugins, const std::string& emitter, bool brief) {
    return boundary_cost(bin, emitter, brief ? 20'000 : 1'000'000) + intake_rates(bin, plugins, brief) + children(bin, emitter, brief ? 20 : 200);
}

int intake_rates(const std::string& bin, const std::string& plugins, bool brief) {
    if (brief) return durable_intake(bin, plugins, 2'000, 1);
    // The second file is over keep_records_max: it is decoded twice, and so crosses the boundary twice.
    return durable_intake(bin, plugins, 50'000, 11) + durable_intake(bin, plugins, 100'000, 5);
}

}  // namespace owed::bench
