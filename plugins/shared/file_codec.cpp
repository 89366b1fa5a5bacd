#include "shared/file_codec.hpp"

#include <algorithm>

namespace owed::plugins {

namespace {
constexpr std::size_t head_bytes = 4096;  // what a format's sniff wants to see
}

FileCodec::FileCodec(std::vector<std::string> names, std::string format, std::string profile)
    : names_{std::move(names)}, format_{format == "auto" ? std::string{} : std::move(format)}, profile_{std::move(profile)} {}

bool FileCodec::allows(const formats::Format& format) const {
    return std::find(names_.begin(), names_.end(), format.name) != names_.end();
}

std::string FileCodec::list() const {
    std::string all;
    for (const std::string& name : names_) all += (all.empty() ? "" : ", ") + name;
    return all;
}

Result<const formats::Format*> FileCodec::choose(std::string_view wanted, std::string_view file_name,
                                                 std::string_view head) const {
    const std::string name{wanted.empty() ? std::string_view{format_} : wanted};
    if (!name.empty()) {
        OWED_TRY(const formats::Format* format, formats::find(name));
        if (allows(*format)) return format;
        return fail(Errc::unsupported_format, "this connector does not read " + name, std::string{file_name},
                    "it reads " + list());
    }
    const formats::Format* best = nullptr;
    int best_score = 0;
    for (const formats::Format& format : formats::all()) {
        const int score = allows(format) ? format.sniff(head, file_name) : 0;
        if (score <= best_score) continue;
        best = &format;
        best_score = score;
    }
    if (best != nullptr) return best;
    // The registry knows what people drop by mistake (archives, PDF) and says so; another plugin's format is named too.
    OWED_TRY(const formats::Format* other, formats::detect(head, file_name));
    return fail(Errc::unsupported_format, "the file looks like " + std::string{other->name} + ", which this connector does not read",
                std::string{file_name}, "it reads " + list());
}

Result<plugin::Sniffed> FileCodec::sniff(std::string_view file_name, std::string_view head) const {
    const Result<const formats::Format*> format = choose({}, file_name, head);
    if (!format) return plugin::Sniffed{};
    const int score = (*format)->sniff(head, file_name);
    // Settings that insist on a format make a file of it likely, whatever its head looks like; certain it is by its head alone.
    constexpr int by_settings = 50;
    return plugin::Sniffed{format_.empty() ? score : std::max(score, by_settings), std::string{(*format)->name}};
}

Result<DecodeReport> FileCodec::decode(const plugin::DecodeRequest& request, RecordSink& sink) const {
    OWED_TRY(const formats::Format* format, choose(request.format, request.file_name, request.bytes.substr(0, head_bytes)));
    const formats::Options options{.file_name = std::string{request.file_name},
                                   .profile = request.profile.empty() ? profile_ : std::string{request.profile}};
    return format->decode(request.bytes, options, sink);
}

}  // namespace owed::plugins
