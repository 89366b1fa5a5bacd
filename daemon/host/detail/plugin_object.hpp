// One instance of a loaded plugin in this process: the child's, or the daemon's with `isolation: none`.
#pragma once

#include <memory>
#include <string>

#include "host/detail/door.hpp"
#include "host/detail/tables.hpp"

namespace owed::host {

class PluginObject {
  public:
    /// Loads the shared object behind `fd` (Boost.DLL, /proc/self/fd, never unloaded), checks its entry and calls create
    /// with the name and settings of `call`. `file`: its path, for messages. `door` serves that call.
    /// Errors: unsupported (no entry, other version: both sides are named), plugin_bug (a table that is too small or lacks a
    /// function), or the plugin's own failure.
    static Result<std::unique_ptr<PluginObject>> create(int fd, const std::string& file, const Call& call, ServiceDoor& door);
    ~PluginObject();
    PluginObject(const PluginObject&) = delete;
    PluginObject& operator=(const PluginObject&) = delete;

    bool has(std::string_view kind) const;  ///< "source", "codec", "sender", "sink", "agency", "decider"
    Outcome run(const Call& call, ServiceDoor& door);
    /// Any thread, while run() is on.
    void cancel();

  private:
    explicit PluginObject(bool drafts) : tables_{drafts} {}
    Status take_tables(const std::string& file);
    owed_status dispatch(const Call& call, ServiceDoor& door);
    owed_status check();
    owed_status lookup(owed_text key);
    owed_status send(const Call& call);
    owed_status sniff(const Call& call, ServiceDoor& door);
    ServiceTables tables_;
    owed_instance instance_{};
    const owed_source_1* source_ = nullptr;
    const owed_codec_1* codec_ = nullptr;
    const owed_sender_1* sender_ = nullptr;
    const owed_sink_1* sink_ = nullptr;
    const owed_agency_1* agency_ = nullptr;
    const owed_decider_1* decider_ = nullptr;
};

/// A Failure as an Error. `what`: "plugin bank-files, instance house-bank: read" for a plugin that says nothing.
/// Texts are made UTF-8, one line, and at most 1,000 bytes.
Error error_of(const Failure& failure, std::string_view what);

}  // namespace owed::host
