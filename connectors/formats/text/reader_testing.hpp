// What the tests of the text readers share: a sink that keeps all, one line of text for a statement, the corpus.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "formats/format.hpp"
#include "places/places.hpp"

namespace owed::formats::testing {

/// Empty for what is no string.
inline std::string text_of(const boost::json::value& value) { return value.is_string() ? std::string{value.as_string()} : std::string{}; }

struct Kept : RecordSink {
    std::vector<BankStatement> statements;
    Status record(Record record) override {
        statements.push_back(std::get<BankStatement>(std::move(record.body)));
        return {};
    }
    /// Parts of one statement put together again, as the daemon does it.
    std::vector<BankStatement> whole() const {
        std::vector<BankStatement> out;
        for (const BankStatement& part : statements) {
            if (part.part == 0) {
                out.push_back(part);
                continue;
            }
            BankStatement& head = out.back();
            head.entries.insert(head.entries.end(), part.entries.begin(), part.entries.end());
            head.closing = part.closing;
            head.balance_check = part.balance_check;
            head.control_totals_check = part.control_totals_check;
        }
        return out;
    }
};

using Decode = Result<DecodeReport> (*)(std::string_view, const Options&, RecordSink&);

struct Outcome {
    Result<DecodeReport> report;
    std::vector<BankStatement> statements;
};
inline Outcome run(Decode decode, std::string_view bytes) {
    Kept kept;
    Options options;
    options.file_name = "test";
    auto report = decode(bytes, options, kept);
    return {std::move(report), kept.whole()};
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "|") + line;
    return out;
}
inline std::string warnings_of(const DecodeReport& report) {
    std::string out;
    for (const Warning& w : report.warnings) out += w.where + (w.grave ? " GRAVE " : " ") + w.what + "\n";
    return out;
}
inline std::string date_text(const std::optional<Date>& date) { return date ? to_text(*date) : "-"; }
inline std::string amount_text(const std::optional<Amount>& amount) { return amount ? to_text(*amount) + " " + amount->currency : "-"; }

inline std::filesystem::path corpus_folder() {
    if (const char* set = std::getenv("OWED_CORPUS")) return set;
    return std::filesystem::path{owed::source_folder()} / ".." / "shared" / "corpus";
}
inline std::string slurp(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A damaged file is refused or read, never crashed on; and whatever is posted without a person was in the file.
inline void survive_damage(Decode decode, const std::string& file, unsigned seed) {
    for (std::size_t size = 0; size <= file.size(); ++size) {
        const Outcome outcome = run(decode, std::string_view{file}.substr(0, size));
        if (!outcome.report) {
            EXPECT_FALSE(outcome.report.error().what.empty() || outcome.report.error().where.empty()) << size;
        }
    }
    std::mt19937 random{seed};
    for (int round = 0; round < 2000; ++round) {
        std::string broken = file;
        for (unsigned flips = 1 + random() % 4; flips > 0; --flips) broken[random() % broken.size()] = static_cast<char>(random());
        const Outcome outcome = run(decode, broken);
        if (!outcome.report) {
            EXPECT_FALSE(outcome.report.error().what.empty()) << "seed " << seed << " round " << round;
        }
    }
}

inline void be_quick(Decode decode, const std::string& bytes) {
    const auto start = std::chrono::steady_clock::now();
    (void)run(decode, bytes);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    EXPECT_LT(took, 20'000) << bytes.size() << " bytes beginning " << bytes.substr(0, 30);
}

}  // namespace owed::formats::testing
