#include "host/detail/plugin_object.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>
#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>

#include "owed/boundary.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

namespace dll = boost::dll;

/// What was loaded in this process, by file. A plugin is never dlclosed: threads it left behind and its own atexit would
/// run into nothing. Its descriptor is kept too: the loader knows a library by its path, and the next plugin behind a
/// reused /proc/self/fd/N would be taken for this one.
struct Loaded {
    dll::shared_library library;
    int fd = -1;
};
std::mutex& loaded_mutex() {
    static std::mutex mutex;
    return mutex;
}
std::map<std::pair<dev_t, ino_t>, Loaded>& loaded_files() {
    static auto* files = new std::map<std::pair<dev_t, ino_t>, Loaded>;  // leaked on purpose, so that exit unloads nothing
    return *files;
}

Result<dll::shared_library> load(int fd, const std::string& file) {
    dll::shared_library library;
    boost::dll::fs::error_code error;
    // RTLD_NOW: what is missing shows here and not in the middle of a call. RTLD_LOCAL: nothing of it reaches others.
    library.load("/proc/self/fd/" + std::to_string(fd), error, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    if (error || !library.is_loaded()) {
        const char* why = ::dlerror();  // Boost.DLL's code is "bad file descriptor" whatever happened
        return fail(Errc::unsupported, "the plugin does not load: " + (why != nullptr ? std::string{why} : error.message()), file,
                    "rebuild or reinstall it for this system; `ldd` shows missing libraries");
    }
    return library;
}

Result<dll::shared_library> load_once(int fd, const std::string& file) {
    struct stat seen {};
    if (::fstat(fd, &seen) != 0) return fail(Errc::io, "the plugin's file cannot be looked at", file);
    const std::lock_guard lock{loaded_mutex()};
    auto& files = loaded_files();
    const std::pair key{seen.st_dev, seen.st_ino};
    if (const auto known = files.find(key); known != files.end()) return known->second.library;
    const int kept = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (kept < 0) return fail(Errc::io, "no descriptor is left to load the plugin by", file);
    auto library = load(kept, file);
    if (!library) {
        ::close(kept);
        return library;
    }
    files.emplace(key, Loaded{*library, kept});
    return library;
}

Result<const owed_entry*> entry_of(int fd, const std::string& file) {
    OWED_TRY(dll::shared_library library, load_once(fd, file));
    if (!library.has("owed_plugin_entry"))
        return fail(Errc::unsupported, "the shared object exports no owed_plugin_entry, so it is no owed plugin", file,
                    "build it with owed_add_plugin()");
    return &library.get<const owed_entry>("owed_plugin_entry");
}

Status check_version(const owed_entry& entry, const std::string& file) {
    const auto version = [](std::uint32_t major, std::uint32_t minor) {
        return std::to_string(major) + "." + std::to_string(minor);
    };
    if (entry.size < sizeof(owed_entry) || entry.create == nullptr)
        return fail(Errc::unsupported, "its owed_plugin_entry is smaller than any that this host knows", file,
                    "rebuild the plugin with this owed's SDK");
    const std::string sdk{view_of(entry.sdk)};
    const std::string host = "this host speaks " + version(OWED_ABI_MAJOR, OWED_ABI_MINOR);
    if (entry.abi_major != OWED_ABI_MAJOR)
        return fail(Errc::unsupported, "the plugin speaks boundary " + version(entry.abi_major, entry.abi_minor) + " (" + sdk +
                                           "), " + host, file, "rebuild the plugin with this owed's SDK");
    if (entry.min_host_minor > OWED_ABI_MINOR)
        return fail(Errc::unsupported, "the plugin wants a host of boundary " + version(OWED_ABI_MAJOR, entry.min_host_minor) +
                                           " or later (" + sdk + "), " + host, file, "upgrade owed, or take an older plugin");
    return {};
}

/// A table of the plugin, if it is there and whole: this host knows no smaller form of it.
template <class Table>
const Table* table(const owed_instance& instance, const char* id) {
    const auto* found = static_cast<const Table*>(instance.extension(instance.self, text_of(id)));
    return found != nullptr && found->size >= sizeof(Table) ? found : nullptr;
}

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

}  // namespace

Error error_of(const Failure& failure, std::string_view what) {
    Error error{errc_of(failure.status, failure.code), one_line(failure.message), one_line(failure.where),
                one_line(failure.advice)};
    if (error.what.empty())
        error.what = std::string{what} + " failed (" + std::string{name_of_status(failure.status)} + ") and gave no reason";
    if (!failure.record.empty()) error.what += ", record " + one_line(failure.record);
    return error;
}

Result<std::unique_ptr<PluginObject>> PluginObject::create(int fd, const std::string& file, const Call& call,
                                                           ServiceDoor& door) {
    OWED_TRY(const owed_entry* entry, entry_of(fd, file));
    OWED_TRY_VOID(check_version(*entry, file));
    std::unique_ptr<PluginObject> object{new PluginObject{call.format == "drafts"}};
    auto& instance = object->instance_;
    instance.size = sizeof instance;
    object->tables_.begin(door);
    const owed_status status = entry->create(&object->tables_.host(), text_of(call.name), text_of(call.bytes), &instance);
    Failure failure = object->tables_.end();
    if (status != OWED_OK) {
        instance = {};
        failure.status = status;
        return fail(error_of(failure, "create of " + file));
    }
    if (instance.extension == nullptr || instance.destroy == nullptr) {
        instance = {};
        return fail(Errc::plugin_bug, "create answered OK and left its instance empty", file);
    }
    object->source_ = table<owed_source_1>(instance, OWED_SOURCE_1);
    object->codec_ = table<owed_codec_1>(instance, OWED_CODEC_1);
    object->sender_ = table<owed_sender_1>(instance, OWED_SENDER_1);
    object->sink_ = table<owed_sink_1>(instance, OWED_SINK_1);
    object->agency_ = table<owed_agency_1>(instance, OWED_AGENCY_1);
    object->decider_ = table<owed_decider_1>(instance, OWED_DECIDER_1);
    return object;
}

PluginObject::~PluginObject() {
    if (instance_.destroy != nullptr) instance_.destroy(instance_.self);
}

bool PluginObject::has(std::string_view kind) const {
    return (kind == "source" && source_ != nullptr) || (kind == "codec" && codec_ != nullptr) ||
           (kind == "sender" && sender_ != nullptr) || (kind == "sink" && sink_ != nullptr) ||
           (kind == "agency" && agency_ != nullptr) || (kind == "decider" && decider_ != nullptr);
}

/// Every kind that can be checked, the first failure counts.
owed_status PluginObject::check() {
    void* self = instance_.self;
    owed_status status = source_ != nullptr ? source_->check(self) : OWED_OK;
    if (status == OWED_OK && sender_ != nullptr) status = sender_->check(self);
    if (status == OWED_OK && sink_ != nullptr) status = sink_->check(self);
    if (status == OWED_OK && agency_ != nullptr) status = agency_->check(self);
    return status;
}

owed_status PluginObject::lookup(owed_text key) {
    void* self = instance_.self;
    if (sender_ != nullptr) return sender_->lookup(self, key);
    if (agency_ != nullptr) return agency_->lookup(self, key);
    return sink_ != nullptr && sink_->lookup != nullptr ? sink_->lookup(self, key) : OWED_UNSUPPORTED;
}

/// An agency's acts come as deliveries too; the action says which.
owed_status PluginObject::send(const Call& call) {
    void* self = instance_.self;
    const auto delivery = bytes_of(call.bytes);
    if (agency_ != nullptr && !call.format.empty()) {
        if (call.format == "place") return agency_->place(self, delivery);
        if (call.format == "update") return agency_->update(self, delivery);
        if (call.format == "recall") return agency_->recall(self, delivery);
        return OWED_UNSUPPORTED;
    }
    return sender_ != nullptr ? sender_->send(self, delivery) : OWED_UNSUPPORTED;
}

owed_status PluginObject::sniff(const Call& call, ServiceDoor& door) {
    if (codec_ == nullptr) return OWED_UNSUPPORTED;
    owed_sniffed found{};
    found.size = sizeof found;
    const owed_status status = codec_->sniff(instance_.self, text_of(call.name), bytes_of(call.bytes), &found);
    if (status != OWED_OK) return status;
    const std::string_view format{found.format, ::strnlen(found.format, sizeof found.format)};
    return door.sniffed(found.score, format) ? OWED_OK : OWED_BUG;
}

owed_status PluginObject::dispatch(const Call& call, ServiceDoor& door) {
    void* self = instance_.self;
    const auto bytes = bytes_of(call.bytes);
    switch (call.kind) {
        case CallKind::create: return OWED_BUG;
        case CallKind::check: return check();
        case CallKind::read:
            if (source_ != nullptr) return source_->read(self, bytes);
            return agency_ != nullptr ? agency_->fetch(self, bytes) : OWED_UNSUPPORTED;
        case CallKind::decode:
            return codec_ != nullptr ? codec_->decode(self, text_of(call.name), bytes, text_of(call.format), text_of(call.profile))
                                     : OWED_UNSUPPORTED;
        case CallKind::send: return send(call);
        case CallKind::lookup: return lookup(text_of(call.name));
        case CallKind::write: return sink_ != nullptr ? sink_->write(self, bytes) : OWED_UNSUPPORTED;
        case CallKind::propose: return decider_ != nullptr ? decider_->propose(self, bytes) : OWED_UNSUPPORTED;
        case CallKind::sniff: return sniff(call, door);
    }
    return OWED_BUG;
}

Outcome PluginObject::run(const Call& call, ServiceDoor& door) {
    tables_.begin(door);
    Outcome outcome;
    outcome.status = dispatch(call, door);
    outcome.failure = tables_.end();
    outcome.failure.status = outcome.status;
    return outcome;
}

void PluginObject::cancel() {
    if (source_ != nullptr && source_->cancel != nullptr) source_->cancel(instance_.self);
}

}  // namespace owed::host
