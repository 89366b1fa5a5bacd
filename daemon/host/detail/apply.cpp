// A new set of instances: all of it is proven first, then it is switched at once.
#include "host/detail/lineup.hpp"
#include "host/detail/same_config.hpp"
#include "host/detail/takers.hpp"

namespace owed::host {

struct PluginHost::Change::Work {
    struct Seated {
        std::string name;
        std::shared_ptr<Instance> next;   ///< null: the one that is there stays
    };
    std::vector<Seated> order;
    Applied outcome;
    bool taken_up = false;
    ~Work() {
        if (taken_up) return;
        for (const auto& seated : order)
            if (seated.next) seated.next->stop();
    }
};

PluginHost::Change::Change(std::unique_ptr<Work> work) : work_{std::move(work)} {}
PluginHost::Change::~Change() = default;
const Applied& PluginHost::Change::outcome() const { return work_->outcome; }

namespace {

/// What becomes of one configured instance.
enum class Fate { kept, switched, added };

struct Wanted {
    InstanceConfig config;
    Fate fate;
};

std::string version_of(const std::shared_ptr<Instance>& instance) { return instance ? instance->report().version : std::string{}; }

/// Reads the plugin's file and settings as they are now, without effect, and compares with what runs.
Fate judge(const InstanceConfig& config, const Slot* slot, const HostOptions& options, const StageRules& rules, Takers& takers, Applied& outcome,
           std::vector<Error>& errors) {
    const auto running = slot == nullptr ? nullptr : slot->instance();
    auto preparation = prepare(config, options, MissingFolders::leave, {{}, rules.allow_downgrade});
    const bool same = running != nullptr && same_meaning(running->config(), config);
    const auto file = running == nullptr ? std::nullopt : running->file();
    if (!preparation.prepared) {
        // It did not run before either, and the others are not to wait for it.
        if (same && !file) {
            outcome.notes.push_back("connector " + config.name + " still cannot be used: " + to_text(preparation.errors.front()));
            return Fate::kept;
        }
        for (auto& error : preparation.errors) errors.push_back(std::move(error));
        return Fate::kept;
    }
    takers.see(config, preparation.prepared->manifest, errors);
    if (running == nullptr) return Fate::added;
    const auto& prepared = *preparation.prepared;
    if (same && file && file->identity() == prepared.file.identity()) return Fate::kept;
    if (same && slot->given_up() == prepared.file.identity()) {
        outcome.notes.push_back("connector " + config.name + " keeps its plugin file: version " + prepared.manifest.version + " crashed here and was rolled back");
        return Fate::kept;
    }
    return Fate::switched;
}

}  // namespace

tl::expected<std::unique_ptr<PluginHost::Change>, std::vector<Error>> PluginHost::stage(std::vector<InstanceConfig> configs, const StageRules& rules) {
    auto change = std::make_unique<Change::Work>();
    Applied& outcome = change->outcome;
    std::vector<Error> errors;
    std::vector<Wanted> wanted;
    Takers takers;
    for (auto& config : configs) {
        const auto* slot = work_->find(config.name);
        const auto fate = judge(config, slot, work_->options, rules, takers, outcome, errors);
        wanted.push_back({std::move(config), fate});
    }
    if (!errors.empty()) return tl::unexpected{std::move(errors)};

    for (auto& [config, fate] : wanted) {
        const std::string name = config.name;
        (fate == Fate::kept ? outcome.kept : fate == Fate::added ? outcome.added : outcome.switched).push_back(name);
        if (fate == Fate::kept) {
            change->order.push_back({name, nullptr});
            continue;
        }
        auto next = std::make_shared<Instance>(std::move(config), work_->doors, PrepareAs{{}, rules.allow_downgrade});
        change->order.push_back({name, next});
        next->start();
        std::optional<Error> doubt;
        if (auto fit = next->trial(doubt); !fit) errors.push_back(std::move(fit).error());
        if (doubt) outcome.notes.push_back("connector " + name + " is switched although its check failed for now: " + to_text(*doubt));
        if (fate == Fate::added) continue;
        const auto running = work_->find(name)->instance();
        if (const auto from = version_of(running), to = version_of(next); from != to || (running->file() && next->file() && running->file()->identity() != next->file()->identity()))
            outcome.upgraded.push_back({name, next->config().plugin, from, to});
    }
    if (!errors.empty()) return tl::unexpected{std::move(errors)};
    for (const auto& slot : work_->seated()) {
        const auto stays = [&](const auto& seated) { return seated.name == slot->name(); };
        if (std::none_of(change->order.begin(), change->order.end(), stays)) outcome.removed.push_back(slot->name());
    }
    return std::unique_ptr<Change>{new Change{std::move(change)}};
}

Applied PluginHost::apply(std::unique_ptr<Change> change) {
    auto& work = *change->work_;
    work.taken_up = true;
    std::vector<std::shared_ptr<Slot>> next;
    for (auto& [name, instance] : work.order) {
        auto slot = work_->slot(name);
        if (instance) slot->put(std::move(instance));
        next.push_back(std::move(slot));
    }
    auto former = work_->seat(std::move(next));
    for (const auto& slot : former)
        if (std::find(work.outcome.removed.begin(), work.outcome.removed.end(), slot->name()) != work.outcome.removed.end()) slot->clear();
    return std::move(work.outcome);
}

}  // namespace owed::host
