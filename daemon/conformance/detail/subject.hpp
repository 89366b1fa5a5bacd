// The plugin under test and what it is run on: read once, before anything of it runs. Private to this room.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "conformance/conformance.hpp"
#include "host/manifest.hpp"
#include "owed/hosts.hpp"

namespace owed::conformance {

struct InputFile {
    std::string folder, name, bytes;   ///< "drop/customers", "a.csv"
};

class Subject {
  public:
    /// Errors: not_found, io, malformed_input.
    static Result<Subject> read(const Options& options);

    std::string path, file_name;       ///< as given; "bank-files.so"
    bool is_program = false;           ///< an executable, with NAME.manifest.json beside it (docs/reference/frames.md)
    std::string plugin_name() const;   ///< the file's name without .so
    std::uint64_t seed = 1;
    std::string child_program;
    std::optional<host::Manifest> manifest;
    Error manifest_error;              ///< where there is no manifest
    std::string manifest_text;
    std::string settings_text;         ///< as given
    boost::json::value settings;       ///< with the schema's defaults, where they fit it
    std::vector<host::SettingsProblem> settings_problems;
    std::vector<InputFile> inputs;
    std::vector<InputFile> samples;    ///< of a codec: inputs, and samples/
    std::vector<std::string> tape;     ///< lines of the cassette
    bool has_tape = false;
    std::optional<Delivery> own_delivery;
    std::string plugins;               ///< a private folder with the one file NAME.so, NAME being the manifest's id

    bool is(std::string_view kind) const { return manifest && manifest->has_kind(kind); }
    bool reads() const { return is("source") || is("agency"); }
    /// Empty where the plugin can be run: it has a manifest, and its settings fit.
    std::string cannot_run() const;
    /// Folders that settings name, without "folder:".
    std::vector<std::string> folders() const;
    /// A delivery with this key for a channel of the plugin, or for an act of an agency.
    Delivery delivery(const std::string& key, const std::string& action = {}) const;
};

/// For groups that look into a shared object; empty: it is one.
std::string not_for_programs(const Subject& subject);

/// A key that survives file names, URLs and headers as it is.
inline constexpr const char* plain_key = "check-4711-0001";

std::string pdf_of_one_page();
Result<std::string> read_file(const std::string& path, std::size_t size_max);

}  // namespace owed::conformance
