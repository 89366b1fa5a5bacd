#include "render/detail/sheet.hpp"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <fmt/format.h>

#include "render/detail/text.hpp"

namespace owed::render::detail {
namespace {

constexpr const char* font_family = "Liberation Sans";
constexpr double points_per_mm = 72.0 / 25.4;
double to_points(Mm mm) { return mm * points_per_mm; }
Mm from_units(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE / points_per_mm; }

struct Release {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
    void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

Owned<PangoFontDescription> font(const Style& style) {
    Owned<PangoFontDescription> description{pango_font_description_new()};
    pango_font_description_set_family_static(description.get(), font_family);
    pango_font_description_set_absolute_size(description.get(), style.size_pt * PANGO_SCALE);
    pango_font_description_set_weight(description.get(), style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    return description;
}

PangoAlignment alignment(Style::Align align) {
    switch (align) {
    case Style::Align::left: return PANGO_ALIGN_LEFT;
    case Style::Align::right: return PANGO_ALIGN_RIGHT;
    case Style::Align::center: return PANGO_ALIGN_CENTER;
    }
    return PANGO_ALIGN_LEFT;
}

/// Glyph positions without the screen's hints: the same on every machine with these fonts.
void set_font_options(PangoContext* context) {
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
}

bool font_is_installed(PangoContext* context) {
    const auto wanted = font(Style{});
    const Owned<PangoFont> loaded{pango_context_load_font(context, wanted.get())};
    if (!loaded) return false;
    const Owned<PangoFontDescription> got{pango_font_describe(loaded.get())};
    return std::string_view{pango_font_description_get_family(got.get())} == font_family;
}

}  // namespace

struct SetText::Impl {
    Owned<PangoLayout> layout;
    double grey = 0;
};
SetText::SetText(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
SetText::SetText(SetText&&) noexcept = default;
SetText& SetText::operator=(SetText&&) noexcept = default;
SetText::~SetText() = default;

Mm SetText::height() const {
    PangoRectangle logical;
    pango_layout_get_extents(impl_->layout.get(), nullptr, &logical);
    return from_units(logical.height);
}
Mm SetText::width() const {
    PangoRectangle logical;
    pango_layout_get_extents(impl_->layout.get(), nullptr, &logical);
    return from_units(logical.width);
}
int SetText::lines() const { return pango_layout_get_line_count(impl_->layout.get()); }
Mm SetText::line_height(int line) const {
    PangoRectangle logical;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(impl_->layout.get(), line), nullptr, &logical);
    return from_units(logical.height);
}

struct Sheet::Impl {
    std::string bytes;
    Owned<cairo_surface_t> surface;
    Owned<cairo_t> cairo;
    Owned<PangoContext> context;
    std::string not_shown;  ///< a text with letters that no font has

    Owned<PangoLayout> layout(std::string_view text, const Style& style) {
        Owned<PangoLayout> out{pango_layout_new(context.get())};
        const auto description = font(style);
        pango_layout_set_font_description(out.get(), description.get());
        pango_layout_set_text(out.get(), text.data(), static_cast<int>(text.size()));
        pango_layout_set_alignment(out.get(), alignment(style.align));
        pango_layout_set_wrap(out.get(), PANGO_WRAP_WORD_CHAR);
        pango_layout_set_line_spacing(out.get(), static_cast<float>(style.line_spacing));
        // A hyphen where a number or an address wraps would be read as part of it.
        PangoAttrList* attributes = pango_attr_list_new();
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
        pango_layout_set_attributes(out.get(), attributes);
        pango_attr_list_unref(attributes);
        if (not_shown.empty() && pango_layout_get_unknown_glyphs_count(out.get()) > 0) not_shown = text;
        return out;
    }
    void set_grey(double grey) { cairo_set_source_rgb(cairo.get(), grey, grey, grey); }
};

Sheet::Sheet(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Sheet::~Sheet() = default;

Result<std::unique_ptr<Sheet>> Sheet::open(const SheetInfo& info) {
    auto impl = std::make_unique<Impl>();
    impl->surface.reset(cairo_pdf_surface_create_for_stream(&append, &impl->bytes, to_points(info.width), to_points(info.height)));
    cairo_pdf_surface_restrict_to_version(impl->surface.get(), CAIRO_PDF_VERSION_1_5);
    const auto metadata = [&](cairo_pdf_metadata_t key, const std::string& value) {
        cairo_pdf_surface_set_metadata(impl->surface.get(), key, value.c_str());
    };
    metadata(CAIRO_PDF_METADATA_TITLE, info.title);
    metadata(CAIRO_PDF_METADATA_AUTHOR, info.author);
    metadata(CAIRO_PDF_METADATA_CREATOR, "owed");
    metadata(CAIRO_PDF_METADATA_CREATE_DATE, info.created);
    impl->cairo.reset(cairo_create(impl->surface.get()));
    impl->context.reset(pango_cairo_create_context(impl->cairo.get()));
    set_font_options(impl->context.get());
    pango_context_set_language(impl->context.get(), pango_language_from_string(info.language.c_str()));
    if (!font_is_installed(impl->context.get()))
        return fail(Errc::not_found, fmt::format("the font \"{}\" is not installed", font_family), "letter",
                    "install the package fonts-liberation2");
    return std::unique_ptr<Sheet>{new Sheet{std::move(impl)}};
}

SetText Sheet::set(std::string_view text, const Style& style, Mm width) {
    auto out = std::make_unique<SetText::Impl>();
    out->layout = impl_->layout(text, style);
    out->grey = style.grey;
    pango_layout_set_width(out->layout.get(), static_cast<int>(to_points(width) * PANGO_SCALE));
    return SetText{std::move(out)};
}

SetText Sheet::set(const std::vector<Span>& spans, const Style& style, Mm width) {
    std::string text;
    PangoAttrList* attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    for (const auto& span : spans) {
        if (span.bold) {
            PangoAttribute* bold = pango_attr_weight_new(PANGO_WEIGHT_BOLD);
            bold->start_index = static_cast<guint>(text.size());
            bold->end_index = static_cast<guint>(text.size() + span.text.size());
            pango_attr_list_insert(attributes, bold);
        }
        text += span.text;
    }
    auto out = set(text, style, width);
    pango_layout_set_attributes(out.impl_->layout.get(), attributes);
    pango_attr_list_unref(attributes);
    return out;
}

SetText Sheet::set_line(std::string_view text, const Style& style) {
    auto out = std::make_unique<SetText::Impl>();
    out->layout = impl_->layout(text, style);
    out->grey = style.grey;
    return SetText{std::move(out)};
}

void Sheet::draw(const SetText& text, Mm x, Mm y) {
    impl_->set_grey(text.impl_->grey);
    cairo_move_to(impl_->cairo.get(), to_points(x), to_points(y));
    pango_cairo_show_layout(impl_->cairo.get(), text.impl_->layout.get());
}

void Sheet::draw_line_of(const SetText& text, int line, Mm x, Mm y) {
    auto* set = pango_layout_get_line_readonly(text.impl_->layout.get(), line);
    PangoRectangle logical;
    pango_layout_line_get_extents(set, nullptr, &logical);
    impl_->set_grey(text.impl_->grey);
    cairo_move_to(impl_->cairo.get(), to_points(x), to_points(y + from_units(PANGO_ASCENT(logical))));
    pango_cairo_show_layout_line(impl_->cairo.get(), set);
}

void Sheet::rule(Mm x1, Mm y1, Mm x2, Mm y2, double width_pt, double grey) {
    impl_->set_grey(grey);
    cairo_set_line_width(impl_->cairo.get(), width_pt);
    cairo_move_to(impl_->cairo.get(), to_points(x1), to_points(y1));
    cairo_line_to(impl_->cairo.get(), to_points(x2), to_points(y2));
    cairo_stroke(impl_->cairo.get());
}

void Sheet::fill(Mm x, Mm y, Mm width, Mm height, double grey) {
    impl_->set_grey(grey);
    cairo_rectangle(impl_->cairo.get(), to_points(x), to_points(y), to_points(width), to_points(height));
    cairo_fill(impl_->cairo.get());
}

void Sheet::frame(Mm x, Mm y, Mm width, Mm height, double width_pt, double grey) {
    impl_->set_grey(grey);
    cairo_set_line_width(impl_->cairo.get(), width_pt);
    cairo_rectangle(impl_->cairo.get(), to_points(x), to_points(y), to_points(width), to_points(height));
    cairo_stroke(impl_->cairo.get());
}

void Sheet::qr(const QrSymbol& symbol, Mm x, Mm y, Mm size) {
    auto* cairo = impl_->cairo.get();
    const double module = to_points(size) / symbol.size;
    impl_->set_grey(0);
    for (int row = 0; row < symbol.size; ++row)
        for (int column = 0; column < symbol.size; ++column) {
            if (!symbol.at(row, column)) continue;
            int run = 1;  // neighbours in one rectangle: no hairlines between modules, and a smaller file
            while (column + run < symbol.size && symbol.at(row, column + run)) ++run;
            cairo_rectangle(cairo, to_points(x) + column * module, to_points(y) + row * module, run * module, module);
            column += run - 1;
        }
    cairo_fill(cairo);
}

void Sheet::begin(const char* tag) { cairo_tag_begin(impl_->cairo.get(), tag, nullptr); }
void Sheet::end(const char* tag) { cairo_tag_end(impl_->cairo.get(), tag); }
void Sheet::next_page() { cairo_show_page(impl_->cairo.get()); }

Result<std::string> Sheet::finish() {
    cairo_show_page(impl_->cairo.get());
    const auto drawn = cairo_status(impl_->cairo.get());
    cairo_surface_finish(impl_->surface.get());
    const auto written = cairo_surface_status(impl_->surface.get());
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
        return fail(Errc::internal, fmt::format("cairo: {}", cairo_status_to_string(drawn != CAIRO_STATUS_SUCCESS ? drawn : written)), "letter");
    if (!impl_->not_shown.empty())
        return fail(Errc::data, fmt::format("no installed font has all letters of \"{}\"", clean_value(impl_->not_shown)), "letter",
                    "install a font for that script (for example fonts-noto-cjk), or write the name in Latin letters");
    return std::move(impl_->bytes);
}

}  // namespace owed::render::detail
