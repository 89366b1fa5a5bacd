#include "formats/registry.hpp"

#include <array>
#include <string>
#include <vector>

#include "formats/agency/remittance.hpp"
#include "formats/bai2/bai2.hpp"
#include "formats/bank_csv/bank_csv.hpp"
#include "formats/camt/camt.hpp"
#include "formats/erp_csv/erp_csv.hpp"
#include "formats/mt940/mt940.hpp"
#include "formats/ofx/ofx.hpp"
#include "formats/rates/rates.hpp"

namespace owed::formats {
namespace {

constexpr std::size_t head_size = 4096;

// One line per format, sorted by name.
const std::vector<Format>& table() {
    static const std::vector<Format> formats{
        {"agency-csv", agency::sniff, agency::decode},
        {"bai2", bai2::sniff, bai2::decode},
        {"camt", camt::sniff, camt::decode},
        {"csv", bank_csv::sniff, bank_csv::decode},
        {"erp-csv", erp_csv::sniff, erp_csv::decode},
        {"mt940", mt940::sniff, mt940::decode},
        {"mt942", mt940::sniff, mt940::decode},
        {"ofx", ofx::sniff, ofx::decode},
        {"rates", rates::sniff, rates::decode},
    };
    return formats;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// "camt.053.001.08" and "ofx1" are editions of "camt" and "ofx"; "camtx" is nothing.
bool is_edition_of(std::string_view wanted, std::string_view name) {
    if (wanted.size() <= name.size() || !same_letters(wanted.substr(0, name.size()), name)) return false;
    char next = wanted[name.size()];
    return next == '.' || (next >= '0' && next <= '9');
}

std::string names() {
    std::string out;
    for (const Format& format : table()) {
        if (!out.empty()) out += ", ";
        out += format.name;
    }
    return out;
}

struct Foreign {
    std::string_view magic, what, advice;
};
// What people drop into a bank folder by mistake: said by name, so that they need not guess.
constexpr std::array foreign{
    Foreign{"PK\x03\x04", "this is a ZIP archive (or an Excel or Word file)", "unpack it, or export it as CSV, and hand over the file itself"},
    Foreign{"\x1f\x8b", "this is a gzip archive", "unpack it and hand over the file itself"},
    Foreign{"%PDF", "this is a PDF", "ask the bank for the statement as camt.053, MT940, BAI2, OFX or CSV"},
    Foreign{"{\\rtf", "this is a rich text document", "save it as plain text"},
    Foreign{"\xd0\xcf\x11\xe0", "this is an old Excel or Word file", "export it as CSV"},
};

}  // namespace

std::span<const Format> all() { return table(); }

Result<const Format*> find(std::string_view name) {
    for (const Format& format : table()) {
        if (same_letters(name, format.name)) return &format;
    }
    for (const Format& format : table()) {
        if (is_edition_of(name, format.name)) return &format;
    }
    return fail(Errc::unsupported_format, "no format is called \"" + std::string{name} + "\"", {}, "formats: " + names());
}

Result<const Format*> detect(std::string_view head, std::string_view file_name) {
    std::string where{file_name};
    if (head.empty()) return fail(Errc::unsupported_format, "the file is empty", where);
    head = head.substr(0, head_size);
    for (const Foreign& f : foreign) {
        if (head.starts_with(f.magic)) return fail(Errc::unsupported_format, std::string{f.what}, where, std::string{f.advice});
    }
    const Format* best = nullptr;
    int best_score = 0;
    for (const Format& format : table()) {
        int score = format.sniff(head, file_name);
        if (score > best_score) {
            best = &format;
            best_score = score;
        }
    }
    if (best) return best;
    return fail(Errc::unsupported_format, "the file looks like no format that is read here", where,
                "name the format if you know it; formats: " + names());
}

Result<DecodeReport> decode(std::string_view format, std::string_view bytes, const Options& options, RecordSink& sink) {
    OWED_TRY(const Format* reader, format.empty() ? detect(bytes, options.file_name) : find(format));
    return reader->decode(bytes, options, sink);
}

}  // namespace owed::formats
