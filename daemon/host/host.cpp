#include "host/host.hpp"

#include <climits>
#include <unistd.h>

#include "host/detail/instance.hpp"

namespace owed::host {
namespace {

/// owed-plugin-host beside the program that is running.
std::string beside_us() {
    char path[PATH_MAX];
    const auto n = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string self{path, n > 0 ? static_cast<std::size_t>(n) : 0};
    return self.substr(0, self.rfind('/') + 1) + "owed-plugin-host";
}

HostOptions completed(HostOptions options) {
    if (options.child_program.empty()) options.child_program = beside_us();
    return options;
}

}  // namespace

struct PluginHost::Work {
    Work(HostOptions options_, std::vector<InstanceConfig> configs_, Clock& clock, Rng& rng, Log& log)
        : options{completed(std::move(options_))}, configs{std::move(configs_)}, doors{options, clock, rng, log, spawner} {
        for (const auto& config : configs) instances.push_back(std::make_unique<Instance>(config, doors));
    }
    Instance* find(std::string_view name) const {
        for (const auto& instance : instances)
            if (instance->name() == name) return instance.get();
        return nullptr;
    }
    const HostOptions options;
    const std::vector<InstanceConfig> configs;
    Spawner spawner;
    const HostDoors doors;
    std::vector<std::unique_ptr<Instance>> instances;
};

PluginHost::PluginHost(HostOptions options, std::vector<InstanceConfig> configs, Clock& clock, Rng& rng, Log& log)
    : work_{std::make_unique<Work>(std::move(options), std::move(configs), clock, rng, log)} {}

PluginHost::~PluginHost() { stop(); }

std::vector<Error> PluginHost::check() const {
    std::vector<Error> errors;
    for (const auto& config : work_->configs) {
        auto preparation = prepare(config, work_->options, MissingFolders::leave);
        for (auto& error : preparation.errors) errors.push_back(std::move(error));
    }
    return errors;
}

void PluginHost::start() {
    WorkFolder::sweep(work_->options.work_folder);
    for (const auto& instance : work_->instances) instance->start();
}
void PluginHost::stop() {
    for (const auto& instance : work_->instances) instance->stop();
}

std::vector<Connector*> PluginHost::connectors() {
    std::vector<Connector*> all;
    for (const auto& instance : work_->instances) all.push_back(instance.get());
    return all;
}
Connector* PluginHost::find(std::string_view name) { return work_->find(name); }
Connector* PluginHost::sender_for(std::string_view channel) {
    for (const auto& instance : work_->instances)
        if (instance->sends(channel)) return instance.get();
    return nullptr;
}

Connector* PluginHost::sender_for(std::string_view channel, std::string_view entity) {
    for (const auto& wanted : {entity, std::string_view{}})
        for (const auto& instance : work_->instances)
            if (instance->sends(channel) && instance->entity() == wanted) return instance.get();
    return nullptr;
}

Status PluginHost::release(std::string_view name) {
    Instance* instance = work_->find(name);
    if (instance == nullptr) return fail(Errc::not_found, "no connector is called \"" + std::string{name} + "\"");
    instance->release();
    return {};
}
std::string PluginHost::stderr_of(std::string_view name) const {
    const Instance* instance = work_->find(name);
    return instance == nullptr ? std::string{} : instance->stderr_text();
}

}  // namespace owed::host
