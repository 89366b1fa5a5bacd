#include "host/detail/plugin_object.hpp"

#include "host/detail/entry_version.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
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

/// One function that boundary 0.9 wants in a table.
struct Wanted {
    const char* name;
    bool there;
};

/// A table of the plugin, or nullptr if it has none. One that is smaller than 0.9 made it, or that lacks a function that
/// may not be NULL, is the plugin's bug: found here, since a call through it would end the process.
template <class Table, class Required>
Result<const Table*> table(const owed_instance& instance, const char* id, const std::string& file, Required required) {
    const auto* found = static_cast<const Table*>(instance.extension(instance.self, text_of(id)));
    if (found == nullptr) return found;
    const std::string advice = "report it to the plugin's author", its_table = std::string{"its table "} + id;
    if (found->size < sizeof(Table))
        return fail(Errc::plugin_bug, its_table + " has " + std::to_string(found->size) + " bytes where boundary " + our_version() + " has " + std::to_string(sizeof(Table)), file, advice);
    for (const Wanted& wanted : required(*found))
        if (!wanted.there) return fail(Errc::plugin_bug, its_table + " has no function " + wanted.name, file, advice);
    return found;
}

auto functions_of(const owed_source_1& t) { return std::array{Wanted{"check", t.check != nullptr}, Wanted{"read", t.read != nullptr}}; }
auto functions_of(const owed_codec_1& t) { return std::array{Wanted{"sniff", t.sniff != nullptr}, Wanted{"decode", t.decode != nullptr}}; }
auto functions_of(const owed_sender_1& t) {
    return std::array{Wanted{"check", t.check != nullptr}, Wanted{"send", t.send != nullptr}, Wanted{"lookup", t.lookup != nullptr}};
}
auto functions_of(const owed_sink_1& t) { return std::array{Wanted{"check", t.check != nullptr}, Wanted{"write", t.write != nullptr}}; }
auto functions_of(const owed_agency_1& t) {
    return std::array{Wanted{"check", t.check != nullptr},   Wanted{"place", t.place != nullptr},   Wanted{"update", t.update != nullptr},
                      Wanted{"recall", t.recall != nullptr}, Wanted{"lookup", t.lookup != nullptr}, Wanted{"fetch", t.fetch != nullptr}};
}
auto functions_of(const owed_decider_1& t) { return std::array{Wanted{"propose", t.propose != nullptr}}; }

/// The table that a call needs, for the message of a plugin whose manifest promises more than its instance has.
const char* table_of(CallKind kind, std::string_view action) {
    switch (kind) {
        case CallKind::read: return OWED_SOURCE_1;
        case CallKind::decode:
        case CallKind::sniff: return OWED_CODEC_1;
        case CallKind::send: return action.empty() ? OWED_SENDER_1 : OWED_AGENCY_1;
        case CallKind::lookup: return "owed.sender/1, owed.agency/1 or owed.sink/1 with a lookup";
        case CallKind::write: return OWED_SINK_1;
        case CallKind::propose: return OWED_DECIDER_1;
        case CallKind::create:
        case CallKind::check: break;
    }
    return "the kind";
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
    // One that is too small ends before these members, and is refused for that.
    const bool whole = entry->size >= sizeof(owed_entry);
    OWED_TRY_VOID(check_version(*entry, whole ? view_of(entry->sdk) : std::string_view{}, !whole || entry->create != nullptr, file));
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
    OWED_TRY_VOID(object->take_tables(file));
    return object;
}

Status PluginObject::take_tables(const std::string& file) {
    const auto required = [](const auto& found) { return functions_of(found); };
    OWED_TRY(source_, table<owed_source_1>(instance_, OWED_SOURCE_1, file, required));
    OWED_TRY(codec_, table<owed_codec_1>(instance_, OWED_CODEC_1, file, required));
    OWED_TRY(sender_, table<owed_sender_1>(instance_, OWED_SENDER_1, file, required));
    OWED_TRY(sink_, table<owed_sink_1>(instance_, OWED_SINK_1, file, required));
    OWED_TRY(agency_, table<owed_agency_1>(instance_, OWED_AGENCY_1, file, required));
    OWED_TRY(decider_, table<owed_decider_1>(instance_, OWED_DECIDER_1, file, required));
    return {};
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

/// Whoever of its kinds knows the key answers; the first failure counts.
owed_status PluginObject::lookup(owed_text key) {
    void* self = instance_.self;
    const bool sink_looks = sink_ != nullptr && sink_->lookup != nullptr;
    if (sender_ == nullptr && agency_ == nullptr && !sink_looks) return OWED_UNSUPPORTED;
    owed_status status = sender_ != nullptr ? sender_->lookup(self, key) : OWED_OK;
    if (status == OWED_OK && agency_ != nullptr && !tables_.gave_receipt()) status = agency_->lookup(self, key);
    if (status == OWED_OK && sink_looks && !tables_.gave_receipt()) status = sink_->lookup(self, key);
    return status;
}

/// An agency's acts come as deliveries too; the action says which.
owed_status PluginObject::send(const Call& call) {
    void* self = instance_.self;
    const auto delivery = bytes_of(call.bytes);
    if (agency_ != nullptr && !call.format.empty()) {
        if (call.format == "place") return agency_->place(self, delivery);
        if (call.format == "update") return agency_->update(self, delivery);
        if (call.format == "recall") return agency_->recall(self, delivery);
        return tables_.refuse(OWED_UNSUPPORTED, "an agency's acts are place, update and recall, not \"" + std::string{call.format} + "\"");
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
    const auto taken = door.sniffed(found.score, format);
    return taken ? OWED_OK : tables_.refuse(status_of(taken.error().code), taken.error().what);
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
    if (outcome.status == OWED_UNSUPPORTED && outcome.failure.message.empty()) {
        outcome.failure.message = std::string{"the instance has no "} + table_of(call.kind, call.format);
        outcome.failure.advice = "report it to the plugin's author: the manifest promises what the plugin does not do";
    }
    return outcome;
}

void PluginObject::cancel() {
    if (source_ != nullptr && source_->cancel != nullptr) source_->cancel(instance_.self);
}

}  // namespace owed::host
