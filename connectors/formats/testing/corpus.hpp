// The corpus of real files beside the source tree, for the tests of readers.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "owed/record.hpp"
#include "places/places.hpp"

namespace owed::formats::testing {

/// $OWED_CORPUS, or ../shared/corpus beside the tree; nothing when there is none.
inline std::optional<std::filesystem::path> corpus() {
    const char* given = std::getenv("OWED_CORPUS");
    const std::filesystem::path folder = given ? std::filesystem::path{given} : std::filesystem::path{owed::source_folder()} / "../shared/corpus";
    if (!std::filesystem::is_directory(folder)) return {};
    return folder;
}

inline std::string read_all(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The files of `<format>/expected.json`, or an empty array.
inline boost::json::array expected_files(const std::filesystem::path& corpus_folder, std::string_view format) {
    const std::string text = read_all(corpus_folder / format / "expected.json");
    if (text.empty()) return {};
    return boost::json::parse(text).at("files").as_array();
}

struct Collected final : RecordSink {
    std::vector<Record> records;
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    /// The statements, parts joined into the first.
    std::vector<BankStatement> statements() const {
        std::vector<BankStatement> all;
        for (const Record& r : records) {
            const auto& part = std::get<BankStatement>(r.body);
            if (part.part == 0) {
                all.push_back(part);
            } else {
                std::vector<BankTransaction> entries = std::move(all.back().entries);
                entries.insert(entries.end(), part.entries.begin(), part.entries.end());
                all.back() = part;
                all.back().entries = std::move(entries);
            }
        }
        return all;
    }
};

}  // namespace owed::formats::testing
