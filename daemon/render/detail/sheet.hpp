// A PDF being drawn: text, lines and tags in millimetres from the upper left corner. Hides Cairo and Pango.
// Lengths are binary floating point: they are positions on paper, and no amount ever becomes one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "render/letter.hpp"

namespace owed::render::detail {

using Mm = double;

struct Style {
    double size_pt = 10;
    bool bold = false;
    double grey = 0;             ///< 0 black ... 1 white
    enum class Align { left, right, center } align = Align::left;
    double line_spacing = 1.15;
};

class Sheet;

/// A text set to a width. Belongs to its sheet and must not outlive it.
class SetText {
  public:
    SetText(SetText&&) noexcept;
    SetText& operator=(SetText&&) noexcept;
    ~SetText();
    Mm height() const;
    Mm width() const;            ///< of the widest line
    int lines() const;
    Mm line_height(int line) const;

  private:
    friend class Sheet;
    struct Impl;
    explicit SetText(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct SheetInfo {
    Mm width = 210, height = 297;
    std::string title, author, language, created;   ///< created: ISO 8601 date
};

class Sheet {
  public:
    /// Errors: not_found when the font is not installed.
    static Result<std::unique_ptr<Sheet>> open(const SheetInfo& info);
    ~Sheet();

    SetText set(std::string_view text, const Style& style, Mm width);
    SetText set(const std::vector<Span>& spans, const Style& style, Mm width);
    /// One line as wide as it is.
    SetText set_line(std::string_view text, const Style& style);

    void draw(const SetText& text, Mm x, Mm y);
    void draw_line_of(const SetText& text, int line, Mm x, Mm y);
    void rule(Mm x1, Mm y1, Mm x2, Mm y2, double width_pt, double grey);
    void fill(Mm x, Mm y, Mm width, Mm height, double grey);
    void frame(Mm x, Mm y, Mm width, Mm height, double width_pt, double grey);
    void qr(const QrSymbol& symbol, Mm x, Mm y, Mm size);

    /// Structure of tagged PDF: "Document", "H1", "P", "Table", "TR", "TH", "TD", "Figure".
    void begin(const char* tag);
    void end(const char* tag);
    void next_page();
    /// Ends the document. Errors: data when a letter could not be shown, internal when Cairo failed.
    Result<std::string> finish();

  private:
    struct Impl;
    explicit Sheet(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Begins and ends a tag with a scope.
class Tagged {
  public:
    Tagged(Sheet& sheet, const char* tag) : sheet_{sheet}, tag_{tag} { sheet_.begin(tag_); }
    ~Tagged() { sheet_.end(tag_); }
    Tagged(const Tagged&) = delete;
    Tagged& operator=(const Tagged&) = delete;

  private:
    Sheet& sheet_;
    const char* tag_;
};

/// What Cairo 1.16 leaves out: language, title shown, header cells' scope, the alternative text of figures, an id that
/// depends on the content alone. Errors: internal.
Result<std::string> complete_pdf(const std::string& pdf, std::string_view language, std::string_view figure_alternative);

}  // namespace owed::render::detail
