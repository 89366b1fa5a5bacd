#include "formats/rates/ecb_xml.hpp"
#include "formats/rates/rates.hpp"
#include "formats/rates/table.hpp"

namespace owed::formats::rates {
namespace {

/// Whatever its encoding: the first thing after a byte order mark and blanks is "<", or there is a NUL beside it (UTF-16).
bool is_xml(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size() && i < 64; ++i) {
        const char c = bytes[i];
        if (c == '<') return true;
        const bool mark = static_cast<unsigned char>(c) >= 0x80;
        if (!mark && c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\0') return false;
    }
    return false;
}

}  // namespace

int sniff(std::string_view head, std::string_view file_name) {
    if (is_xml(head)) return head.find("eurofxref") != std::string_view::npos && head.find("Envelope") != std::string_view::npos ? 95 : 0;
    return is_table(head, file_name) ? 90 : 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) {
    OWED_TRY(const Settings settings, read_settings(options.profile));
    Findings findings;
    Posting posting{settings, options.file_name, sink, findings};
    const bool xml = is_xml(bytes);
    if (xml) OWED_TRY_VOID(read_ecb_xml(bytes, options.file_name, settings, posting));
    else OWED_TRY_VOID(read_table(bytes, options.file_name, settings, posting, findings));
    return std::move(findings).report(xml ? "rates.ecb" : "rates", posting.records());
}

}  // namespace owed::formats::rates
