#include "conformance/detail/subject.hpp"

#include <gelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/cassette.hpp"
#include "host/loader.hpp"

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t input_max = 64u << 20;

Result<std::vector<InputFile>> files_below(const fs::path& folder, const std::string& name) {
    std::vector<InputFile> files;
    std::error_code error;
    if (!fs::is_directory(folder, error)) return files;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        if (!entry.is_regular_file()) continue;
        OWED_TRY(auto bytes, read_file(entry.path().string(), input_max));
        files.push_back({name, entry.path().filename().string(), std::move(bytes)});
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return files;
}

Result<Delivery> read_delivery(const std::string& path) {
    OWED_TRY(const auto text, read_file(path, input_max));
    json::error_code error;
    const auto value = json::parse(text, error);
    const auto wrong = [&](const char* what) { return fail(Errc::malformed_input, what, path, "see daemon/conformance/conformance.hpp for its keys"); };
    if (error || !value.is_object()) return wrong("it is no JSON object");
    Delivery delivery;
    for (const auto& [key, member] : value.get_object()) {
        const auto list = [&](std::vector<std::string>& into) {
            if (!member.is_array()) return false;
            for (const auto& entry : member.get_array()) {
                if (!entry.is_string()) return false;
                into.emplace_back(entry.get_string());
            }
            return true;
        };
        if (key == "recipients" && list(delivery.recipients)) continue;
        if (key == "addressee" && list(delivery.addressee)) continue;
        if (key == "message" && member.is_string()) delivery.message = member.get_string();
        else if (key == "channel" && member.is_string()) delivery.channel = member.get_string();
        else if (key == "facts") delivery.facts = json::serialize(member);
        else if (key == "parts" && member.is_array()) {
            for (const auto& part : member.get_array()) {
                const auto* object = part.if_object();
                if (object == nullptr || !object->contains("name") || !object->contains("media_type") || !object->contains("text"))
                    return wrong("a part has name, media_type and text");
                delivery.parts.push_back({std::string{object->at("name").as_string()}, std::string{object->at("media_type").as_string()},
                                          std::string{object->at("text").as_string()}});
            }
        } else {
            return wrong("it has an unknown key, or one of the wrong type");
        }
    }
    return delivery;
}

/// The section as it stands, for messages about its text; empty where it cannot be read.
std::string manifest_bytes(const std::string& path) {
    std::string text;
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) return text;
    elf_version(EV_CURRENT);
    if (Elf* elf = elf_begin(::fileno(file), ELF_C_READ, nullptr); elf != nullptr) {
        std::size_t names = 0;
        Elf_Scn* section = nullptr;
        if (elf_getshdrstrndx(elf, &names) == 0)
            while ((section = elf_nextscn(elf, section)) != nullptr) {
                GElf_Shdr header;
                if (gelf_getshdr(section, &header) == nullptr) break;
                const char* name = elf_strptr(elf, names, header.sh_name);
                const Elf_Data* data = name != nullptr && std::string_view{name} == ".owed_manifest" ? elf_rawdata(section, nullptr) : nullptr;
                if (data != nullptr && data->d_buf != nullptr && data->d_size < (1u << 20)) text.assign(static_cast<const char*>(data->d_buf), data->d_size);
            }
        elf_end(elf);
    }
    std::fclose(file);
    return text;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t size_max) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) return fail(Errc::not_found, "the file cannot be read: " + error.message(), path);
    if (size > size_max) return fail(Errc::input_too_large, "it has " + std::to_string(size) + " bytes; at most " + std::to_string(size_max) + " are read", path);
    std::ifstream in{path, std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    if (!in.good() && !in.eof()) return fail(Errc::io, "the file cannot be read", path);
    return bytes;
}

std::string pdf_of_one_page() {
    const std::vector<std::string> objects{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
                                           "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>"};
    std::string file = "%PDF-1.4\n", table = "0000000000 65535 f \n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const std::string offset = std::to_string(file.size());
        table += std::string(10 - offset.size(), '0') + offset + " 00000 n \n";
        file += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    return file + "xref\n0 4\n" + table + "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n" + std::to_string(file.size()) + "\n%%EOF\n";
}

Result<Subject> Subject::read(const Options& options) {
    Subject subject;
    std::error_code error;
    subject.path = fs::absolute(options.file, error).string();
    subject.file_name = fs::path{options.file}.filename().string();
    subject.seed = options.seed;
    subject.child_program = options.child_program;
    if (!fs::exists(subject.path, error)) return fail(Errc::not_found, "there is no such file", options.file);

    subject.is_program = fs::exists(subject.path + ".manifest.json", error);
    if (subject.is_program) {
        OWED_TRY(subject.manifest_text, read_file(subject.path + ".manifest.json", 256 * 1024));
        auto manifest = host::parse_manifest(subject.manifest_text, subject.file_name + ".manifest.json");
        if (manifest) subject.manifest = std::move(*manifest);
        else subject.manifest_error = manifest.error();
    } else if (std::FILE* file = std::fopen(subject.path.c_str(), "rbe"); file != nullptr) {
        auto manifest = host::read_manifest(::fileno(file), subject.file_name);
        if (manifest) subject.manifest = std::move(*manifest);
        else subject.manifest_error = manifest.error();
        std::fclose(file);
    } else {
        subject.manifest_error = {Errc::io, "the file cannot be opened", subject.path, {}};
    }
    if (!subject.is_program) subject.manifest_text = manifest_bytes(subject.path);

    subject.settings_text = "{}";
    fs::path beside;
    if (!options.settings_file.empty()) {
        OWED_TRY(subject.settings_text, read_file(options.settings_file, 1u << 20));
        beside = fs::absolute(options.settings_file, error).parent_path();
    }
    json::error_code broken;
    subject.settings = json::parse(subject.settings_text, broken);
    if (broken) return fail(Errc::malformed_input, "the settings are no JSON: " + broken.message(), options.settings_file);
    if (subject.manifest) {
        auto checked = host::check_settings(subject.manifest->settings, subject.settings);
        subject.settings = std::move(checked.settings);
        subject.settings_problems = std::move(checked.problems);
    }
    if (!beside.empty()) {
        for (const auto& folder : subject.folders()) {
            OWED_TRY(auto files, files_below(beside / folder, folder));
            subject.inputs.insert(subject.inputs.end(), files.begin(), files.end());
        }
        OWED_TRY(auto more, files_below(beside / "samples", "samples"));
        subject.samples = subject.inputs;
        subject.samples.insert(subject.samples.end(), more.begin(), more.end());
        if (fs::exists(beside / "delivery.json", error)) {
            OWED_TRY(subject.own_delivery, read_delivery((beside / "delivery.json").string()));
        }
    }
    if (!options.cassette_file.empty()) {
        OWED_TRY(const auto text, read_file(options.cassette_file, input_max));
        OWED_TRY_VOID(host::CassettePlayer::parse(text, options.cassette_file));
        subject.has_tape = true;
        for (std::size_t start = 0; start < text.size();) {
            const auto end = std::min(text.find('\n', start), text.size());
            if (text.find_first_not_of(" \t\r", start) < end) subject.tape.push_back(text.substr(start, end - start));
            start = end + 1;
        }
    }
    return subject;
}

std::string Subject::plugin_name() const {
    return !is_program && file_name.ends_with(".so") ? file_name.substr(0, file_name.size() - 3) : file_name;
}

std::string not_for_programs(const Subject& subject) { return subject.is_program ? "it is a program, and no shared object" : std::string{}; }

std::string Subject::cannot_run() const {
    if (!manifest) return "the plugin has no sound manifest";
    if (!settings_problems.empty())
        return "the settings do not fit the manifest: " + (settings_problems.front().pointer.empty() ? "settings" : settings_problems.front().pointer) + " " +
               settings_problems.front().what + "; give --settings FILE.json";
    return {};
}

std::vector<std::string> Subject::folders() const {
    std::vector<std::string> names;
    if (!manifest) return names;
    for (const auto& folder : host::folder_settings(manifest->settings, settings))
        if (folder.value.starts_with("folder:")) names.push_back(folder.value.substr(7));
    return names;
}

Delivery Subject::delivery(const std::string& key, const std::string& action) const {
    Delivery delivery = own_delivery.value_or(Delivery{});
    delivery.key = key;
    delivery.action = action;
    const std::string channel = !manifest || manifest->channels.empty() ? "email" : manifest->channels.front();
    if (delivery.channel.empty()) delivery.channel = action.empty() ? channel : "agency";
    delivery.sender_address = "billing@example.com";
    if (own_delivery) return delivery;
    delivery.addressee = {"Muster Holz KG", "Hof 3", "12345 Musterstadt"};
    delivery.recipients = {"ap@muster.example"};
    delivery.message = "From: billing@example.com\r\nTo: ap@muster.example\r\nSubject: Your account\r\nMessage-ID: <" + key +
                       "@owed.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease pay INV-1.\r\n";
    delivery.facts = R"({"placement": ")" + key + R"(", "creditor": "Example GmbH", "date": "2026-03-31", "currency": "EUR", "total": "100.00",)"
                     R"( "debtor": {"number": "10004", "name": "Muster Holz KG", "contact_name": "", "email": "ap@muster.example", "language": "de", "tax_id": "",)"
                     R"( "address": {"lines": ["Hof 3"], "postcode": "12345", "city": "Musterstadt", "region": "", "country": "DE"}},)"
                     R"( "items": [{"document": "INV-1", "document_date": "2025-12-01", "due_date": "2025-12-31", "original": "100.00", "residual": "100.00", "days_overdue": 90}]})";
    if (delivery.channel == "letter") delivery.parts = {{"letter.pdf", "application/pdf", pdf_of_one_page()}};
    return delivery;
}

}  // namespace owed::conformance
