// Templates that an AR clerk edits: logic-less Mustache with our own check first (SECURITY T06, T25).
//
// A template folder holds a folder per language and `shared`:
//   de/labels.txt                      words for table heads and boxes, "key: text" a line
//   de/reminder-1.subject.mustache     one line
//   de/reminder-1.text.mustache        plain text part of the mail
//   de/reminder-1.html.mustache        HTML part
//   de/reminder-1.letter.mustache      "# heading", paragraphs, [items], [pay-to], **bold**
//   shared/_items.html.mustache        a partial: {{> items}} in HTML templates; a language's own goes before the shared
//
// Tags: {{name}}, {{#section}}..{{/section}}, {{^section}}..{{/section}}, {{> partial}}, {{! comment}}. Refused: unknown
// names, {{{raw}}} and {{&raw}}, {{=delimiters=}}, partials that are not in the folder, account numbers, and in HTML
// whatever loads or runs (script, images, links to the web, event handlers). Values are escaped by the kind of output and
// never read as a template again.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"
#include "render/facts.hpp"
#include "render/locale.hpp"

namespace owed::render {

enum class Part { subject, text, html, letter };
std::string_view name_of(Part part) noexcept;

/// `path` is relative to the template folder, with '/': "de/reminder-1.text.mustache".
struct TemplateFile {
    std::string path, text;
};

/// Something wrong in a template. `where`: "de/reminder-1.text.mustache:7:12".
struct Finding {
    std::string where, what, advice;
};
/// Checks a whole folder; every finding, by path and line. Files called README.md are passed over. Any thread.
std::vector<Finding> check_templates(std::span<const TemplateFile> files);

/// A variable that templates may name; `docs` of the clerks' README are held to this list by a test.
struct TemplateVariable {
    std::string_view name;
    enum class Kind { text, maybe, flag, list } kind;   ///< maybe: empty is false in a section
    std::string_view list;        ///< the list it belongs to, inside {{#list}}; empty: everywhere
    bool in_subject;              ///< subjects name no amounts and no threats (DOMAIN section 18)
    std::string_view meaning;
};
std::span<const TemplateVariable> template_variables();

/// A checked set of templates; immutable. Any thread.
class Templates {
  public:
    /// Errors: invalid_config with the first finding and how many there are.
    static Result<Templates> load(std::vector<TemplateFile> files);

    /// The first language of `chain` whose folder has all four parts of `name`; empty when none has.
    std::string language_for(std::string_view name, std::span<const std::string> chain) const;
    std::vector<std::string> names() const;       ///< "reminder-1" ..., sorted
    std::vector<std::string> languages() const;   ///< folders, sorted
    /// Hex SHA-256 over the parts, the labels and every partial the language can see: what an archived notice was made with.
    std::string version(std::string_view language, std::string_view name) const;

    /// The text of one part for these facts. `language`: a folder; `locale`: forms of amounts and dates.
    /// Errors: not_found (no such template), invalid_argument (a control character in a subject's value), input_too_large
    /// (over 1 MiB). Any thread.
    Result<std::string> render(std::string_view language, std::string_view name, Part part, const NoticeFacts& facts,
                               const Locale& locale) const;
    /// A word of labels.txt. Throws BrokenInvariant for a key that the check requires and is not there.
    const std::string& label(std::string_view language, std::string_view key) const;

  private:
    const std::string* partial(std::string_view language, std::string_view name, Part part) const;

    std::map<std::string, std::string, std::less<>> files_;
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> labels_;
};

}  // namespace owed::render
