// A codec over some of the formats of connectors/formats: those that one plugin answers for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/registry.hpp"
#include "owed/plugin.hpp"

namespace owed::plugins {

/// Calls as owed::plugin::Codec: pure, one at a time.
class FileCodec {
  public:
    /// `names`: the formats allowed. `format`: "auto", or the one that every file of this instance is in.
    /// `profile`: JSON text for the CSV kinds; may be empty.
    FileCodec(std::vector<std::string> names, std::string format, std::string profile);

    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) const;
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) const;

  private:
    /// Errors: unsupported_format.
    Result<const formats::Format*> choose(std::string_view wanted, std::string_view file_name, std::string_view head) const;
    bool allows(const formats::Format& format) const;
    std::string list() const;

    std::vector<std::string> names_;
    std::string format_, profile_;
};

}  // namespace owed::plugins
