#include "render/template.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <kainjow/mustache.hpp>
#include <set>

#include "render/detail/text.hpp"
#include "render/detail/view.hpp"

namespace owed::render {
namespace {

namespace mustache = kainjow::mustache;
using detail::Value;

constexpr std::size_t output_bytes_max = 1 << 20;

mustache::data to_mustache(const Value& value) {
    switch (value.kind) {
    case Value::Kind::no: return mustache::data{false};
    case Value::Kind::yes: return mustache::data{true};
    case Value::Kind::text: return mustache::data{value.text};
    case Value::Kind::list: {
        mustache::data list{mustache::data::type::list};
        for (const auto& element : value.list) list.push_back(to_mustache(element));
        return list;
    }
    case Value::Kind::object: break;
    }
    mustache::data object;
    for (const auto& [name, field] : value.fields) object.set(name, to_mustache(field));
    return object;
}

/// Marks of the letter's own markup inside a value, kept apart from those of the template until it has been read.
std::string guard_letter_marks(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '[') detail::append_utf8(out, detail::reserved_first + 1);
        else if (c == '#') detail::append_utf8(out, detail::reserved_first + 2);
        else if (c == '*') detail::append_utf8(out, detail::reserved_first + 3);
        else out += c;
    }
    return out;
}

std::function<std::string(const std::string&)> escape_for(Part part) {
    switch (part) {
    case Part::html: return [](const std::string& text) { return detail::escape_html(text); };
    case Part::letter: return guard_letter_marks;
    case Part::subject:
    case Part::text: break;
    }
    return [](const std::string& text) { return text; };
}

/// A subject goes into a mail header: a value with a control character is refused, not mended (SECURITY T08).
Status check_subject_values(const NoticeFacts& facts) {
    const std::array<std::pair<const char*, const std::string*>, 4> values{{{"creditor.name", &facts.creditor.name},
        {"debtor.number", &facts.debtor.number}, {"notice_number", &facts.notice_number}, {"case", &facts.case_token}}};
    for (const auto& [name, value] : values)
        if (detail::has_control_or_bad_utf8(*value))
            return fail(Errc::invalid_argument, fmt::format("{} has a control character or is not UTF-8 and cannot stand in a subject", name));
    if (!facts.items.empty() && detail::has_control_or_bad_utf8(facts.items.front().document))
        return fail(Errc::invalid_argument, "first_document has a control character or is not UTF-8 and cannot stand in a subject");
    return {};
}

/// Mustache drops a line that holds nothing but a section tag or a comment. The library forgets to when the section is
/// skipped or the tag a comment; a section before it that is always entered and empty reminds it.
std::string with_reminders(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        text.remove_prefix(line.size());
        const auto start = line.find_first_not_of(" \t");
        const auto opens = start == std::string_view::npos ? std::string_view{} : line.substr(start, 3);
        const auto close = line.find("}}", start == std::string_view::npos ? 0 : start);
        const bool alone = close != std::string_view::npos && line.find_first_not_of(" \t\n", close + 2) == std::string_view::npos;
        if (alone && (opens == "{{#" || opens == "{{^" || opens == "{{!")) out += "{{#level}}{{/level}}";
        out += line;
    }
    return out;
}

std::string without_last_line_break(std::string text) {
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

Result<Templates> Templates::load(std::vector<TemplateFile> files) {
    const auto findings = check_templates(files);
    if (!findings.empty()) {
        const auto& first = findings.front();
        const auto more = findings.size() == 1 ? "" : fmt::format(" ({} findings in all; owectl template check lists them)", findings.size());
        return fail(Errc::invalid_config, first.what + more, first.where, first.advice);
    }
    Templates out;
    for (auto& file : files) {
        const auto slash = file.path.find('/');
        if (slash != std::string::npos && file.path.substr(slash + 1) == "labels.txt") {
            OWED_TRY(auto labels, detail::parse_labels(file.path, file.text));
            out.labels_.emplace(file.path.substr(0, slash), std::move(labels));
        } else if (detail::parse_path(file.path)) {
            out.files_.emplace(std::move(file.path), std::move(file.text));
        }
    }
    return out;
}

std::string Templates::language_for(std::string_view name, std::span<const std::string> chain) const {
    for (const auto& language : chain) {
        const auto has = [&](Part part) { return files_.contains(detail::path_of(language, name, part, false)); };
        if (has(Part::subject) && has(Part::text) && has(Part::html) && has(Part::letter)) return language;
    }
    return {};
}

std::vector<std::string> Templates::names() const {
    std::set<std::string> names;
    for (const auto& [path, text] : files_)
        if (const auto parsed = detail::parse_path(path); parsed && !parsed->partial) names.insert(parsed->name);
    return {names.begin(), names.end()};
}

std::vector<std::string> Templates::languages() const {
    std::vector<std::string> out;
    for (const auto& [language, labels] : labels_) out.push_back(language);
    return out;
}

std::string Templates::version(std::string_view language, std::string_view name) const {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    const auto add = [&](std::string_view text) {
        const auto head = fmt::format("{}:", text.size());  // length-prefixed, so that no two sets of texts hash alike
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(head.data()), head.size());
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    };
    for (const auto& [path, text] : files_) {
        const auto parsed = detail::parse_path(path);
        if (parsed->partial ? parsed->folder != language && parsed->folder != "shared" : parsed->folder != language || parsed->name != name)
            continue;
        add(path);
        add(text);
    }
    if (const auto labels = labels_.find(language); labels != labels_.end())
        for (const auto& [key, word] : labels->second) {
            add(key);
            add(word);
        }
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256_final(&state, hash.data());
    return fmt::format("{:02x}", fmt::join(hash, ""));
}

const std::string* Templates::partial(std::string_view language, std::string_view name, Part part) const {
    for (const auto folder : {language, std::string_view{"shared"}})
        if (const auto found = files_.find(detail::path_of(folder, name, part, true)); found != files_.end()) return &found->second;
    return nullptr;
}

const std::string& Templates::label(std::string_view language, std::string_view key) const {
    const auto labels = labels_.find(language);
    OWED_CHECK(labels != labels_.end(), "no labels of this language");
    const auto word = labels->second.find(key);
    OWED_CHECK(word != labels->second.end(), "no such label");
    return word->second;
}

Result<std::string> Templates::render(std::string_view language, std::string_view name, Part part, const NoticeFacts& facts,
                                      const Locale& locale) const {
    const auto file = files_.find(detail::path_of(language, name, part, false));
    if (file == files_.end())
        return fail(Errc::not_found, fmt::format("there is no template {}", detail::path_of(language, name, part, false)), {},
                    fmt::format("templates there are: {}", fmt::join(names(), ", ")));
    if (part == Part::subject) OWED_TRY_VOID(check_subject_values(facts));
    static const detail::Labels none;
    const auto labels = labels_.find(language);
    auto data = to_mustache(detail::view_of(facts, labels == labels_.end() ? none : labels->second, locale, part));
    // Partials share the lookup with variables; the check keeps their names apart, and partials come last here.
    for (const auto& [path, text] : files_)
        if (const auto parsed = detail::parse_path(path); parsed->partial && parsed->part == part)
            if (const auto* found = partial(language, parsed->name, part))
                data.set(parsed->name, mustache::partial{[found] { return without_last_line_break(with_reminders(*found)); }});
    mustache::mustache engine{with_reminders(file->second)};
    OWED_CHECK(engine.is_valid(), engine.error_message());  // the check has read the same text
    engine.set_custom_escape(escape_for(part));
    auto out = engine.render(data);
    OWED_CHECK(engine.is_valid(), engine.error_message());
    if (out.size() > output_bytes_max)
        return fail(Errc::input_too_large, fmt::format("the text has {} bytes; {} are allowed", out.size(), output_bytes_max), file->first);
    if (part == Part::subject) out = without_last_line_break(std::move(out));
    return out;
}

}  // namespace owed::render
