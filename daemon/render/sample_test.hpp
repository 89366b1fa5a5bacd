// What the tests of this room share: the shipped templates, a fictitious notice, files for outside tools.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "places/places.hpp"
#include "render/notice.hpp"

namespace owed::render {

inline Currency currency(std::string_view code) { return find_currency(code).value(); }
inline Money eur(std::int64_t cents) { return Money::minor(cents, currency("EUR")); }
inline Date day(std::string_view text) { return parse_date(text).value(); }
inline Locale locale(std::string_view tag) { return Locale::find(tag).value(); }

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline std::vector<TemplateFile> shipped_files() {
    const std::filesystem::path root = owed::source_folder() + "/config/templates";
    std::vector<TemplateFile> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root})
        if (entry.is_regular_file()) files.push_back({std::filesystem::relative(entry.path(), root).generic_string(), read_file(entry.path())});
    std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.path < b.path; });
    return files;
}
inline const Templates& shipped() {
    static const Templates templates = [] {
        auto loaded = Templates::load(shipped_files());
        if (!loaded) ADD_FAILURE() << to_text(loaded.error());
        return loaded.value();
    }();
    return templates;
}

/// IBAN of the German registry example.
inline PayTo sample_pay_to() {
    return {.holder = "Nordwind Maschinenbau GmbH", .iban = "DE89370400440532013000", .number = "", .bank = "COBADEFFXXX",
            .bank_name = "Musterbank Hamburg", .currency = "EUR"};
}

inline NoticeFacts sample_facts(std::string language = "de", int items = 2) {
    auto facts = empty_facts(currency("EUR"));
    facts.creditor = {.name = "Nordwind Maschinenbau GmbH",
                      .address = {.lines = {"Werftstraße 12"}, .postcode = "20457", .city = "Hamburg", .region = "", .country = "DE"},
                      .legal_lines = {"Amtsgericht Hamburg HRB 987654", "USt-IdNr. DE999999999", "Geschäftsführung: Anna Muster"},
                      .contact_name = "Anna Muster", .phone = "+49 40 5550 1234", .email = "debitoren@nordwind.example", .hours = "Mo-Fr 9-16 Uhr"};
    facts.pay_to = sample_pay_to();
    facts.debtor = {.number = "10004", .name = "Bäckerei Krümel & Söhne OHG", .contact_name = "Petra Krümel", .email = "buchhaltung@kruemel.example",
                    .language = std::move(language),
                    .address = {.lines = {"Am Alten Markt 7"}, .postcode = "80331", .city = "München", .region = "", .country = "DE"}};
    facts.notice_number = "M-2026-0017";
    facts.case_token = "K7Q2";
    facts.date = day("2026-03-31");
    facts.place = "Hamburg";
    std::int64_t sum = 0;
    for (int i = 0; i < items; ++i) {
        const std::int64_t original = 119000 + 4711 * i, paid = i % 3 == 1 ? 20000 : 0;
        facts.items.push_back({"RE-" + std::to_string(1001 + i), day("2026-02-10").plus_days(-i), day("2026-03-12").plus_days(-i), eur(original), eur(paid), eur(original - paid), 19 + i});
        sum += original - paid;
    }
    facts.total = eur(sum);
    facts.deadline = day("2026-04-10");
    facts.received_until = day("2026-03-30");
    return facts;
}

inline NoticeRequest sample_request(std::string template_name = "reminder-1", Layout layout = Layout::din5008b) {
    return {.channel = Channel::email, .template_name = std::move(template_name), .default_language = "de", .layout = layout,
            .approved = {sample_pay_to(), "v1"}};
}

/// Kept in the build folder, so that people can look at what the tests made.
inline std::string keep_sample(const std::string& name, const std::string& bytes) {
    const std::filesystem::path folder = owed::build_folder() + "/render-samples";
    std::filesystem::create_directories(folder);
    const auto path = (folder / name).string();
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
}

struct CommandResult {
    int status;
    std::string output;
};
inline CommandResult run_command(const std::string& command) {
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer{};
    for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
    return {::pclose(pipe), output};
}
inline bool has_command(const std::string& name) { return run_command("command -v " + name).status == 0; }

}  // namespace owed::render
