// The formats that this build reads: which one a file is in, and its reader by name.
#pragma once

#include <span>
#include <string_view>

#include "formats/format.hpp"

namespace owed::formats {

/// One reader. `name` is what `--format` and the `format:` setting say; a report may name the exact edition
/// ("camt.053.001.08" of "camt").
struct Format {
    std::string_view name;
    int (*sniff)(std::string_view head, std::string_view file_name);
    Result<DecodeReport> (*decode)(std::string_view bytes, const Options& options, RecordSink& sink);
};

/// Every reader, in the order in which equal scores are decided. Any thread.
std::span<const Format> all();

/// The reader by its name, without regard to case; an edition of it also finds it ("camt.053.001.08", "ofx1").
/// Errors: unsupported_format, with the names there are. Any thread.
Result<const Format*> find(std::string_view name);

/// The reader that is surest of the file's first 4 KiB (more may be given, the rest is not looked at).
/// Errors: unsupported_format when none claims it, and for archives, PDF and the like, with what to do. Any thread.
Result<const Format*> detect(std::string_view head, std::string_view file_name);

/// Reads a whole file. `format` empty: detect. Errors: those of find, detect and the reader itself; `where` starts with
/// the file's name. What the sink got before an Error is to be thrown away. Any thread.
Result<DecodeReport> decode(std::string_view format, std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats
