// The check of templates before any of them is used: our own reader of Mustache tags, since the library renders unknown
// names as nothing and accepts what notices must not do (SECURITY T06, T25, T38).
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"
#include "render/detail/view.hpp"
#include "render/template.hpp"

namespace owed::render {
namespace {

constexpr std::size_t template_bytes_max = 64 * 1024;

std::string place(std::string_view path, std::string_view text, std::size_t at) {
    const auto before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return fmt::format("{}:{}:{}", path, line, detail::length(before.substr(start)) + 1);
}

struct Tag {
    char kind = 0;  ///< 0 variable, '#', '^', '/', '>', '!', '&' (raw, also triple braces), '='
    std::string name;
    std::size_t at = 0, end = 0;
};

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) text.remove_suffix(1);
    return text;
}

/// The tag at `at`; nullopt when it is not closed.
std::optional<Tag> read_tag(std::string_view text, std::size_t at) {
    const bool triple = text.substr(at, 3) == "{{{";
    const auto closing = std::string_view{triple ? "}}}" : "}}"};
    const auto end = text.find(closing, at + 2);
    if (end == std::string_view::npos) return std::nullopt;
    auto inside = text.substr(at + (triple ? 3 : 2), end - at - (triple ? 3 : 2));
    Tag tag{triple ? '&' : '\0', {}, at, end + closing.size()};
    if (!triple && !inside.empty() && std::string_view{"#^/>!&="}.find(inside[0]) != std::string_view::npos) {
        tag.kind = inside[0];
        inside.remove_prefix(1);
    }
    tag.name = trim(inside);
    return tag;
}

/// Template text without tags: what stands there literally.
std::string literal_text(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find("{{", at);
        out += text.substr(at, open == std::string_view::npos ? open : open - at);
        const auto tag = open == std::string_view::npos ? std::nullopt : read_tag(text, open);
        at = tag ? tag->end : text.size();
    }
    return out;
}

class FolderCheck {
  public:
    explicit FolderCheck(std::span<const TemplateFile> files) {
        for (const auto& file : files) add_file(file);
    }

    std::vector<Finding> run() {
        for (const auto& [path, text] : files_) check_text(path, text);
        for (const auto& [path, text] : files_) {
            const auto parsed = *detail::parse_path(path);
            if (parsed.partial && visited_.contains(path)) continue;
            check_tags(path, parsed, parsed.folder, {});
        }
        for (const auto& [path, text] : files_) {
            const auto folder = detail::parse_path(path)->folder;
            if (folder != "shared") labels_.try_emplace(folder);  // a language without its labels.txt misses all of them
        }
        for (const auto& [folder, labels] : labels_) check_labels(folder, labels);
        // A partial that no template names is checked by itself; one that two templates name gives a finding once.
        std::vector<Finding> out;
        for (auto& [key, finding] : findings_) out.push_back(std::move(finding));
        return out;
    }

  private:
    void add_file(const TemplateFile& file) {
        const auto slash = file.path.find('/');
        const auto base = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
        if (base == "README.md") return;
        if (base == "labels.txt" && slash != std::string::npos) {
            auto labels = detail::parse_labels(file.path, file.text);
            if (!labels) found(labels.error().where, labels.error().what, "write \"key: text\"; lines with # are comments");
            labels_[file.path.substr(0, slash)] = labels.value_or(detail::Labels{});
            return check_account_literal(file.path, file.text, file.text);
        }
        if (!detail::parse_path(file.path))
            return found(file.path, "this is not the name of a template",
                         "LANGUAGE/NAME.PART.mustache with PART subject, text, html or letter; partials start with _; labels.txt; README.md");
        if (file.text.size() > template_bytes_max)
            return found(file.path, fmt::format("the template has {} bytes; {} are allowed", file.text.size(), template_bytes_max), {});
        files_[file.path] = file.text;
    }

    void found(std::string where, std::string what, std::string advice) {
        // Sorted by path, then line and column as numbers.
        auto key = where;
        for (std::size_t colon = key.find(':'); colon != std::string::npos; colon = key.find(':', colon + 8)) {
            const auto end = std::min(key.find(':', colon + 1), key.size());
            key.insert(colon + 1, std::string(end - colon - 1 < 7 ? 7 - (end - colon - 1) : 0, '0'));
        }
        findings_.emplace(std::pair{std::move(key), what}, Finding{std::move(where), what, std::move(advice)});
    }

    // ------------------------------------------------------------ tags

    struct Scope {
        std::vector<std::string> sections;  ///< open ones, outermost first
        std::vector<std::string> partials;  ///< files being read, to see recursion
    };

    void check_tags(const std::string& path, const detail::TemplatePath& file, const std::string& language, Scope scope) {
        visited_.insert(path);
        scope.partials.push_back(path);
        const std::string& text = files_.at(path);
        const auto outer = scope.sections.size();
        for (std::size_t at = 0; (at = text.find("{{", at)) != std::string::npos;) {
            const auto tag = read_tag(text, at);
            if (!tag) return found(place(path, text, at), "a tag is opened with {{ and never closed", "close it with }}");
            check_tag(path, text, *tag, file, language, scope, outer);
            at = tag->end;
        }
        if (scope.sections.size() > outer)
            found(place(path, text, text.size()), fmt::format("the section {{{{#{}}}}} is not closed", scope.sections.back()),
                  fmt::format("close it with {{{{/{}}}}}", scope.sections.back()));
    }

    void check_tag(const std::string& path, const std::string& text, const Tag& tag, const detail::TemplatePath& file,
                   const std::string& language, Scope& scope, std::size_t outer) {
        const auto where = place(path, text, tag.at);
        switch (tag.kind) {
        case '!': return;
        case '=': return found(where, "the delimiters of tags cannot be changed", "leave this tag out");
        case '&': return found(where, fmt::format("\"{}\" would be printed without escaping", tag.name), fmt::format("write {{{{{}}}}}", tag.name));
        case '>': return check_partial(where, tag.name, file, language, scope);
        case '/':
            if (scope.sections.size() <= outer || scope.sections.back() != tag.name)
                return found(where, fmt::format("{{{{/{}}}}} closes a section that is not the last one opened", tag.name),
                             scope.sections.size() > outer ? fmt::format("the open one is {{{{#{}}}}}", scope.sections.back()) : "none is open here");
            return scope.sections.pop_back();
        default: break;
        }
        check_name(where, tag, file, language, scope);
        if (tag.kind != 0) scope.sections.push_back(tag.name);
        else if (file.part == Part::html) check_html_position(where, text, tag);
    }

    void check_partial(const std::string& where, const std::string& name, const detail::TemplatePath& file,
                       const std::string& language, const Scope& scope) {
        for (const auto& folder : {language, std::string{"shared"}}) {
            const auto path = detail::path_of(folder, name, file.part, true);
            if (!files_.contains(path)) continue;
            if (std::find(scope.partials.begin(), scope.partials.end(), path) != scope.partials.end())
                return found(where, fmt::format("the partial \"{}\" would include itself", name), "leave one of the tags out");
            return check_tags(path, *detail::parse_path(path), language, scope);
        }
        found(where, fmt::format("there is no partial \"{}\" for {} templates", detail::clean_value(name), name_of(file.part)),
              fmt::format("partials there are: {}", partials_for(file.part, language)));
    }

    std::string partials_for(Part part, const std::string& language) const {
        std::set<std::string> names;
        for (const auto& [path, text] : files_)
            if (const auto p = detail::parse_path(path); p->partial && p->part == part && (p->folder == language || p->folder == "shared"))
                names.insert(p->name);
        return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
    }

    void check_name(const std::string& where, const Tag& tag, const detail::TemplatePath& file, const std::string& language,
                    const Scope& scope) {
        if (tag.name == ".") {
            const bool in_lines = !scope.sections.empty() && is_list_of_lines(scope.sections.back());
            if (tag.kind != 0 || !in_lines) found(where, "{{.}} stands for a line of a list and makes sense only inside one",
                                                  "put it into {{#creditor.address}}..{{/creditor.address}} or another list of lines");
            return;
        }
        if (tag.name.starts_with("label.")) return check_label(where, tag.name.substr(6), language);
        const auto in_scope = [&](const TemplateVariable& v) {
            return (v.list.empty() || std::find(scope.sections.begin(), scope.sections.end(), v.list) != scope.sections.end()) &&
                   (file.part != Part::subject || v.in_subject);
        };
        const TemplateVariable* known = nullptr;
        std::vector<std::string_view> allowed;
        for (const auto& v : template_variables()) {
            if (v.name == tag.name) known = &v;
            if (in_scope(v)) allowed.push_back(v.name);
        }
        const auto shown = detail::clean_value(tag.name);
        const auto advice = fmt::format("known here: {}, and label.* of labels.txt", fmt::join(allowed, ", "));
        if (known == nullptr) return found(where, fmt::format("there is no variable \"{}\"", shown), advice);
        if (!in_scope(*known))
            return found(where, file.part == Part::subject && !known->in_subject
                                    ? fmt::format("\"{}\" must not stand in a subject: subjects name no amounts and no threats", shown)
                                    : fmt::format("\"{}\" is known only inside {{{{#{}}}}}", shown, known->list), advice);
        if (tag.kind == 0 && (known->kind == TemplateVariable::Kind::list || known->kind == TemplateVariable::Kind::flag))
            found(where, fmt::format("\"{}\" is not a text", shown), fmt::format("use it as a section: {{{{#{0}}}}}..{{{{/{0}}}}}", shown));
    }

    static bool is_list_of_lines(std::string_view name) {
        return name == "creditor.address" || name == "creditor.legal" || name == "debtor.address";
    }

    void check_label(const std::string& where, const std::string& key, const std::string& language) {
        if (language == "shared") return;  // a shared partial that no language uses: there are no labels to look into
        const auto labels = labels_.find(language);
        if (labels == labels_.end() || !labels->second.contains(key))
            found(where, fmt::format("{}/labels.txt has no key \"{}\"", language, detail::clean_value(key)), "add it there");
    }

    // ------------------------------------------------------------ what stands there literally

    void check_text(const std::string& path, const std::string& text) {
        const auto parsed = *detail::parse_path(path);
        for (std::size_t at = 0; at < text.size();) {
            const auto before = at;
            const auto c = detail::next_code_point(text, at);
            if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || (c == 0xFFFD && at - before != 3)) {
                found(place(path, text, before), c == '\r' ? "a carriage return" : "a control character, or bytes that are not UTF-8",
                      c == '\r' ? "save the file with Unix line ends" : "take it out and save the file as UTF-8");
                break;
            }
            if (c >= detail::reserved_first && c <= detail::reserved_last)
                found(place(path, text, before), "a private use character", "take it out");
        }
        const auto literal = literal_text(text);
        check_account_literal(path, text, parsed.part == Part::html ? detail::html_to_text(literal) + "\n" + literal : literal);
        if (parsed.part == Part::html) check_html(path, text);
        if (parsed.partial) {
            for (const auto& v : template_variables())
                if (v.name.substr(0, v.name.find('.')) == parsed.name || parsed.name == "label")
                    return found(path, fmt::format("\"{}\" is the name of a variable", parsed.name), "give the partial another name");
        } else if (parsed.part == Part::letter) {
            check_letter(path, text);
        } else if (parsed.part == Part::subject && std::count(text.begin(), text.end(), '\n') > (text.ends_with('\n') ? 1 : 0)) {
            found(place(path, text, text.find('\n') + 1), "a subject has one line", "put all of it into the first line");
        }
    }

    void check_account_literal(const std::string& path, std::string_view text, std::string_view literal) {
        const auto accounts = detail::accounts_in(literal);
        const auto digits = accounts.empty() ? detail::digits_like_an_account(literal) : accounts.front();
        if (digits.empty()) return;
        auto at = text.find(digits.substr(0, 4));  // printed in groups it starts the same; obfuscated, the file must do
        found(at == std::string_view::npos ? std::string{path} : place(path, text, at),
              accounts.empty() ? fmt::format("a template must not hold a number as long as an account number ({} digits)", digits.size())
                               : "a template must not hold an account number",
              "use {{pay_to.iban}}, {{pay_to.number}}, {{creditor.phone}}: these come from approved settings");
    }

    void check_letter(const std::string& path, const std::string& text) {
        if (!text.starts_with("# ")) found(path + ":1:1", "a letter starts with its heading", "begin with a line \"# Reminder\"");
        for (const auto mark : {"[items]", "[pay-to]"}) {
            std::size_t count = 0, start = 0;
            while (start <= text.size()) {
                const auto end = std::min(text.find('\n', start), text.size());
                count += std::string_view{text}.substr(start, end - start) == mark ? 1 : 0;
                start = end + 1;
            }
            if (count != 1)
                found(path + ":1:1", fmt::format("the line {} stands {} times in the letter; it must stand there once", mark, count),
                      "put it on a line of its own where the table or the box belongs");
        }
    }

    /// Whatever loads, runs or leads elsewhere.
    void check_html(const std::string& path, const std::string& text) {
        std::string lower;
        for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        constexpr std::array banned{"<script", "<iframe", "<object", "<embed", "<form", "<input", "<img", "<svg", "<link", "<base",
                                    "<style", "<video", "<audio", "<a ", "<a\n", "http-equiv", "href", "src=", "url(", "@import", "javascript:",
                                    "http:", "https:", "expression(", "&#", "\\"};
        for (const auto* word : banned)
            if (const auto at = lower.find(word); at != std::string::npos)
                found(place(path, text, at), fmt::format("\"{}\" must not stand in an HTML template: nothing is loaded, run or linked", word),
                      "write plain text, tables and inline styles");
        for (std::size_t at = 0; (at = lower.find("on", at)) != std::string::npos; at += 2) {
            auto end = at + 2;
            while (end < lower.size() && lower[end] >= 'a' && lower[end] <= 'z') ++end;
            const bool starts = at > 0 && std::string_view{" \t\n\"'/"}.find(lower[at - 1]) != std::string_view::npos;
            while (end < lower.size() && (lower[end] == ' ' || lower[end] == '\n')) ++end;
            if (starts && end < lower.size() && lower[end] == '=')
                found(place(path, text, at), "an event handler must not stand in an HTML template", "leave it out");
        }
    }

    /// Values stand between tags of HTML, never inside of them; lang="{{language}}" is the one exception.
    void check_html_position(const std::string& where, const std::string& text, const Tag& tag) {
        const auto open = text.rfind('<', tag.at), close = text.rfind('>', tag.at);
        const bool inside = open != std::string::npos && (close == std::string::npos || close < open);
        const bool lang = tag.name == "language" && tag.at >= 6 && text.compare(tag.at - 6, 6, "lang=\"") == 0 && text.compare(tag.end, 1, "\"") == 0;
        if (inside && !lang)
            found(where, fmt::format("\"{}\" stands inside of an HTML tag", detail::clean_value(tag.name)), "put values between tags only");
    }

    void check_labels(const std::string& folder, const detail::Labels& labels) {
        std::vector<std::string_view> missing;
        for (const auto key : detail::required_labels())
            if (!labels.contains(key)) missing.push_back(key);
        if (!missing.empty())
            found(folder + "/labels.txt", fmt::format("these keys are missing: {}", fmt::join(missing, ", ")), "add a line \"key: text\" for each");
        if (!Locale::find(folder))
            found(folder + "/labels.txt", fmt::format("\"{}\" is not a language tag", folder), "name the folder de, en-US, ...");
    }

    std::map<std::string, std::string> files_;
    std::map<std::string, detail::Labels> labels_;
    std::map<std::pair<std::string, std::string>, Finding> findings_;
    std::set<std::string> visited_;
};

}  // namespace

std::vector<Finding> check_templates(std::span<const TemplateFile> files) { return FolderCheck{files}.run(); }

}  // namespace owed::render
