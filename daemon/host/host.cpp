#include "host/host.hpp"

#include <climits>
#include <unistd.h>

#include "host/detail/lineup.hpp"
#include "host/detail/takers.hpp"

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

PluginHost::Work::Work(HostOptions options_, std::vector<InstanceConfig> configs_, Clock& clock, Rng& rng, Log& log)
    : options{completed(std::move(options_))}, configs{std::move(configs_)}, doors{options, clock, rng, log, spawner} {
    for (const auto& config : configs) {
        // Two of one name (the configuration's check finds them) have a slot each.
        auto& known = ever_[config.name];
        auto slot = std::make_shared<Slot>(config.name, doors, roster);
        slot->put(std::make_shared<Instance>(config, doors));
        if (!known) known = slot;
        seated_.push_back(std::move(slot));
    }
}

PluginHost::PluginHost(HostOptions options, std::vector<InstanceConfig> configs, Clock& clock, Rng& rng, Log& log)
    : work_{std::make_unique<Work>(std::move(options), std::move(configs), clock, rng, log)} {}

PluginHost::~PluginHost() { stop(); }

std::vector<Error> PluginHost::check() const {
    std::vector<Error> errors;
    Takers takers;
    for (const auto& config : work_->configs) {
        auto preparation = prepare(config, work_->options, MissingFolders::leave);
        for (auto& error : preparation.errors) errors.push_back(std::move(error));
        if (preparation.prepared) takers.see(config, preparation.prepared->manifest, errors);
        if (preparation.prepared) work_->keep(std::move(preparation.prepared->file));
    }
    return errors;
}

void PluginHost::start() {
    WorkFolder::sweep(work_->options.work_folder);
    for (const auto& slot : work_->seated()) slot->instance()->start();
    work_->forget_checked();
}
void PluginHost::stop() {
    for (const auto& slot : work_->seated())
        if (const auto instance = slot->instance()) instance->stop();
    work_->roster.settle(true);
}
void PluginHost::tend() {
    for (const auto& slot : work_->seated()) slot->tend();
}
void PluginHost::wait_drained() { work_->roster.settle(false); }

std::vector<Connector*> PluginHost::connectors() {
    std::vector<Connector*> all;
    for (const auto& slot : work_->seated()) all.push_back(slot.get());
    return all;
}
Connector* PluginHost::find(std::string_view name) { return work_->find(name); }
Connector* PluginHost::sender_for(std::string_view channel) {
    for (const auto& slot : work_->seated())
        if (slot->sends(channel)) return slot.get();
    return nullptr;
}

Connector* PluginHost::sender_for(std::string_view channel, std::string_view entity) {
    for (const auto& wanted : {entity, std::string_view{}})
        for (const auto& slot : work_->seated())
            if (slot->sends(channel) && slot->entity() == wanted) return slot.get();
    return nullptr;
}

Status PluginHost::release(std::string_view name) {
    Slot* slot = work_->find(name);
    if (slot == nullptr) return fail(Errc::not_found, "no connector is called \"" + std::string{name} + "\"", {}, "see owectl connectors");
    slot->release();
    return {};
}
std::string PluginHost::stderr_of(std::string_view name) const {
    const Slot* slot = work_->find(name);
    const auto instance = slot == nullptr ? nullptr : slot->instance();
    return instance == nullptr ? std::string{} : instance->stderr_text();
}

}  // namespace owed::host
