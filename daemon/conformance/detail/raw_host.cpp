#include "conformance/detail/raw_host.hpp"

#include <dlfcn.h>

#include <algorithm>

#include "owed/boundary.hpp"

namespace owed::conformance {

struct RawHost::Work {
    owed_host host{};
    std::vector<std::string> without, used, asked_for;
    std::string message;
};

namespace {

using Work = RawHost::Work;
Work& work_of(void* host) { return *static_cast<Work*>(host); }

/// Any function of a table that create may not use.
template <const char* const* name, class... Arguments>
owed_status no(void* host, Arguments...) {
    work_of(host).used.emplace_back(*name);
    return OWED_UNSUPPORTED;
}
template <const char* const* name, class... Arguments>
void nothing(void* host, Arguments...) {
    work_of(host).used.emplace_back(*name);
}
constexpr const char* random_name = "random";
constexpr const char* state_name = "state";
constexpr const char* files_name = "files";
constexpr const char* emit_name = "emit";
constexpr const char* transfer_name = "transfer";
constexpr const char* secrets_name = "secrets";
constexpr const char* metrics_name = "metrics";
constexpr const char* progress_name = "progress";
constexpr const char* wait_name = "clock.wait";

void log_write(void*, std::int32_t, owed_text) {}
owed_status clock_now(void*, std::int64_t* micros) {
    *micros = 1'774'944'000'000'000;
    return OWED_OK;
}
owed_status clock_remaining(void*, std::uint64_t* millis) {
    *millis = 60'000;
    return OWED_OK;
}
std::int32_t clock_cancelled(void*) { return 0; }
void fail_raise(void* host, const owed_failure* failure) {
    if (failure != nullptr) work_of(host).message = std::string{view_of(failure->message).substr(0, 1000)};
}
const owed_failure* fail_last(void*) { return nullptr; }

const owed_log_1 log_table{sizeof(owed_log_1), 0, &log_write};
const owed_clock_1 clock_table{sizeof(owed_clock_1), 0, &clock_now, &clock_remaining, &clock_cancelled, &no<&wait_name>};
const owed_random_1 random_table{sizeof(owed_random_1), 0, &no<&random_name>};
const owed_state_1 state_table{sizeof(owed_state_1), 0, &no<&state_name>, &no<&state_name>, &no<&state_name>};
const owed_files_1 files_table{sizeof(owed_files_1), 0, &no<&files_name>, &no<&files_name>, &no<&files_name>, &no<&files_name>};
const owed_emit_1 emit_table{sizeof(owed_emit_1), 0, &no<&emit_name>, &no<&emit_name>, &no<&emit_name>, &no<&emit_name>, &no<&emit_name>, &no<&emit_name>, &no<&emit_name>};
const owed_transfer_1 transfer_table{sizeof(owed_transfer_1), 0, &no<&transfer_name>};
const owed_secrets_1 secrets_table{sizeof(owed_secrets_1), 0, &no<&secrets_name>};
const owed_metrics_1 metrics_table{sizeof(owed_metrics_1), 0, &nothing<&metrics_name>, &nothing<&metrics_name>};
const owed_progress_1 progress_table{sizeof(owed_progress_1), 0, &nothing<&progress_name>};
const owed_fail_1 fail_table{sizeof(owed_fail_1), 0, &fail_raise, &fail_last};

const void* service(void* host, owed_text id_text) {
    const std::string id{view_of(id_text)};
    Work& work = work_of(host);
    work.asked_for.push_back(id);
    if (std::find(work.without.begin(), work.without.end(), id) != work.without.end()) return nullptr;
    static const std::vector<std::pair<std::string, const void*>> tables{
        {OWED_LOG_1, &log_table},     {OWED_CLOCK_1, &clock_table},       {OWED_RANDOM_1, &random_table},   {OWED_STATE_1, &state_table},
        {OWED_FILES_1, &files_table}, {OWED_EMIT_1, &emit_table},         {OWED_TRANSFER_1, &transfer_table}, {OWED_SECRETS_1, &secrets_table},
        {OWED_METRICS_1, &metrics_table}, {OWED_PROGRESS_1, &progress_table}, {OWED_FAIL_1, &fail_table}};
    for (const auto& [name, table] : tables)
        if (name == id) return table;
    return nullptr;
}

}  // namespace

RawHost::RawHost(std::vector<std::string> without, std::uint32_t abi_minor) : work_{std::make_unique<Work>()} {
    work_->without = std::move(without);
    work_->host = {sizeof(owed_host), abi_minor, work_.get(), &service};
}
RawHost::~RawHost() = default;
const owed_host& RawHost::host() const { return work_->host; }
std::vector<std::string> RawHost::used() const { return work_->used; }
std::vector<std::string> RawHost::asked_for() const { return work_->asked_for; }
std::string RawHost::message() const { return work_->message; }
void RawHost::forget() {
    work_->used.clear();
    work_->message.clear();
}

Result<RawPlugin> open_raw(const std::string& path) {
    // Never closed: what the plugin left running would run into nothing.
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* why = ::dlerror();
        return fail(Errc::unsupported, why != nullptr ? why : "it does not load", path);
    }
    const auto* entry = static_cast<const owed_entry*>(::dlsym(library, "owed_plugin_entry"));
    if (entry == nullptr) return fail(Errc::unsupported, "it exports no owed_plugin_entry", path);
    return RawPlugin{entry};
}

RawInstance::RawInstance(const RawPlugin& plugin, const RawHost& host, std::string_view name, std::string_view settings) {
    instance_.size = sizeof instance_;
    status_ = plugin.entry->create(&host.host(), text_of(name), text_of(settings), &instance_);
}
RawInstance::~RawInstance() {
    if (status_ == OWED_OK && instance_.destroy != nullptr) instance_.destroy(instance_.self);
}
const void* RawInstance::extension(std::string_view id) const { return instance_.extension(instance_.self, text_of(id)); }

}  // namespace owed::conformance
