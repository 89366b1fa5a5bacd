// The daemon itself in figures: from exec to its first answer on its socket, and what it and its children hold when idle.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "bench.hpp"
#include "places/places.hpp"
#include "process.hpp"
#include "store/test_store.hpp"

namespace owed::bench {
namespace {

namespace fs = std::filesystem;

bool answers(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const bool there = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return there;
}

/// A daemon until the end of its life.
class Running {
  public:
    Running(const std::string& program, const std::string& config, const std::string& data, const std::string& log) {
        const auto began = std::chrono::steady_clock::now();
        const auto since = [&] { return Seconds{std::chrono::steady_clock::now() - began}.count(); };
        pid_ = start({program, "--config", config, "--data", data}, log, true);
        if (pid_ < 0) return;
        while (!(up_ = answers(data + "/owed.sock")) && since() < 30) {
            if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
                pid_ = -1;
                break;
            }
            ::usleep(500);
        }
        took_ms_ = since() * 1000;
        if (!up_) std::printf("  the daemon did not come up; see %s\n", log.c_str());
    }
    ~Running() {
        if (pid_ < 0) return;
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    bool up() const { return up_; }
    double took_ms() const { return took_ms_; }
    pid_t pid() const { return pid_; }
    /// Processor time so far: what the machine's other work does not change.
    double cpu_ms() const {
        std::ifstream stat{"/proc/" + std::to_string(pid_) + "/schedstat"};
        double nanoseconds = 0;
        stat >> nanoseconds;
        return nanoseconds / 1e6;
    }

  private:
    pid_t pid_ = -1;
    bool up_ = false;
    double took_ms_ = 0;
};

std::vector<std::int64_t> children_of(pid_t pid) {
    std::vector<std::int64_t> all;
    for (const auto& task : fs::directory_iterator{"/proc/" + std::to_string(pid) + "/task"}) {
        std::ifstream in{task.path() / "children"};
        for (std::int64_t child = 0; in >> child;) all.push_back(child);
    }
    return all;
}

/// The demo company with so many connectors in all.
class Company {
  public:
    explicit Company(int connectors) {
        fs::create_directories(folder_.path() + "/config");
        fs::copy(owed::source_folder() + "/config", folder_.path() + "/config", fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        if (connectors <= demo_connectors) return;
        fs::create_directories(folder_.path() + "/config/demo/conf.d");
        std::ofstream more{folder_.path() + "/config/demo/conf.d/more.yaml"};
        more << "connectors:\n";
        for (int i = demo_connectors; i < connectors; ++i)
            more << "  - {name: bank-" << i << ", plugin: bank-files, entity: emea, schedule: \"0 6 * * *\", settings: {source: \"folder:drop/bank-" << i << "\"}}\n";
    }
    static constexpr int demo_connectors = 8;
    std::string config() const { return folder_.path() + "/config/demo/owed.yaml"; }
    std::string data() const { return folder_.path() + "/d"; }
    std::string log() const { return folder_.path() + "/log"; }

  private:
    store::TempFolder folder_;
};

int start_up(const std::string& bin, int connectors) {
    const Company company{connectors};
    for (const char* what : {"first (makes the store)", "again"}) {
        const Running daemon{bin + "/owed", company.config(), company.data(), company.log()};
        if (!daemon.up()) return 1;
        std::printf("start-up, %2d instances, %-24s %6.0f ms (%.0f ms of a processor)   idle memory %.1f MiB\n", connectors, what, daemon.took_ms(), daemon.cpu_ms(), memory_mib(daemon.pid()).first);
    }
    return 0;
}

/// Every instance has its process, and nothing to do.
int idle_memory(const std::string& bin, int connectors) {
    const Company company{connectors};
    const Running daemon{bin + "/owed", company.config(), company.data(), company.log()};
    if (!daemon.up()) return 1;
    int status = 1;
    if (const auto pid = start({bin + "/owectl", "--data", company.data(), "connectors", "check"}, company.log(), true); pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
        std::printf("  FAILED: owectl connectors check\n");
        return 1;
    }
    const auto own = memory_mib(daemon.pid()).second;
    double all = own;
    const auto children = children_of(daemon.pid());
    for (const auto child : children) all += memory_mib(child).second;
    std::printf("idle daemon with %zu processes of plugins: %.0f MiB in proportion, %.0f of them its own\n", children.size(), all, own);
    return children.size() >= static_cast<std::size_t>(connectors) ? 0 : 1;
}

}  // namespace

std::pair<double, double> memory_mib(std::int64_t pid) {
    std::ifstream rollup{"/proc/" + std::to_string(pid) + "/smaps_rollup"};
    double rss = 0, pss = 0;
    for (std::string line; std::getline(rollup, line);) {
        if (line.rfind("Rss:", 0) == 0) rss = std::atof(line.c_str() + 4) / 1024;
        if (line.rfind("Pss:", 0) == 0) pss = std::atof(line.c_str() + 4) / 1024;
    }
    return {rss, pss};
}

int daemon_rates(const std::string& bin, bool brief) {
    int failed = start_up(bin, Company::demo_connectors);
    failed += start_up(bin, 20);
    return failed + idle_memory(bin, brief ? 20 : 200);
}

}  // namespace owed::bench
