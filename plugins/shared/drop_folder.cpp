#include "shared/drop_folder.hpp"

#include <set>

namespace owed::plugins {

namespace {

/// A fault of this one file, so that the next one can still be read.
bool is_about_the_file(Errc code) {
    switch (code) {
    case Errc::data:
    case Errc::malformed_input:
    case Errc::unsupported_format:
    case Errc::input_too_large:
    case Errc::not_found: return true;
    default: return false;
    }
}

}  // namespace

DropFolder::DropFolder(plugin::Host host, std::string folder, std::vector<std::string> patterns, plugin::After after)
    : host_{host}, folder_{std::move(folder)}, patterns_{std::move(patterns)}, after_{after} {}

plugin::After after_of(std::string_view text) { return text == "leave" ? plugin::After::leave : plugin::After::archive; }

Status DropFolder::check() const {
    for (const std::string& pattern : patterns_) OWED_TRY_VOID(host_.files().list(folder_, pattern));
    return {};
}

Result<std::vector<std::string>> DropFolder::complete_files() const {
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const std::string& pattern : patterns_) {
        OWED_TRY(const std::vector<plugin::File> files, host_.files().list(folder_, pattern));
        for (const plugin::File& file : files) {
            const bool marker = file.name.ends_with(".done");  // says that the file beside it is complete
            if (!marker && file.ready && seen.insert(file.name).second) names.push_back(file.name);
        }
    }
    return names;
}

Status DropFolder::read(plugin::Reader& out) const {
    OWED_TRY(const std::vector<std::string> names, complete_files());
    for (const std::string& name : names) {
        if (out.cancelled()) return fail(Errc::cancelled, "the read was cancelled", folder_);
        const Result<ArtifactFate> fate = out.file(folder_, name, after_);
        if (fate) continue;
        if (!is_about_the_file(fate.error().code)) return fail(fate.error());
        host_.log().warn(name + " was not taken: " + to_text(fate.error()));
    }
    return {};
}

}  // namespace owed::plugins
