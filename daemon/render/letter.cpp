// Where everything stands on the letter's pages. Positions in millimetres from the upper left corner.
#include "render/letter.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

#include "render/detail/account.hpp"
#include "render/detail/item_table.hpp"
#include "render/detail/sheet.hpp"
#include "render/detail/text.hpp"
#include "render/detail/view.hpp"

namespace owed::render {
namespace {

using detail::Mm;
using detail::Sheet;
using detail::Style;
using detail::Tagged;
using Align = Style::Align;

struct Field {
    Mm x, y, width, height;
};

/// The measures of DOMAIN section 17.
struct Measures {
    Mm page_width, page_height, left, width;
    Field return_line, address, reference;
    Mm body_top, next_top, foot_top;   ///< text ends above foot_top
    std::vector<Mm> folds;
    Mm punch;                          ///< 0: none
};

/// DIN 5008:2020 form B. The field of 85 x 45 mm begins at 20/45 mm; text keeps 5 mm from its left edge, so that it lines
/// up with the body. 17.7 mm for return address and remarks, then 27.3 mm for the address.
const Measures din5008b{210, 297, 25, 165, {25, 57.0, 75, 5.2}, {25, 62.7, 75, 27.3}, {125, 50, 75, 46}, 98.46, 30, 267, {105, 210}, 148.5};
/// US Letter: the block of 3.5 x 0.875 in at 0.5/2.04 in stays in the window of a #10 envelope however the letter slides;
/// its text begins at 0.75 in, the margin of the body.
const Measures us10{215.9, 279.4, 19.05, 177.8, {}, {19.05, 51.816, 82.55, 22.225}, {127, 51.816, 69.85, 40}, 96, 30, 249, {}, 0};

const Measures& measures_of(Layout layout) { return layout == Layout::us10 ? us10 : din5008b; }

/// The largest of some sizes at which `text` fits into the field.
Result<detail::SetText> fit(Sheet& sheet, const std::string& text, const Field& field, Style style, double size_min, std::string_view what) {
    for (; style.size_pt >= size_min - 0.01; style.size_pt -= 0.5)
        if (auto set = sheet.set(text, style, field.width); set.height() <= field.height + 0.01) return set;
    return fail(Errc::data, fmt::format("{} has no room in its field of the letter even in letters of {} points", what, size_min), "letter",
                "shorten the name or the address lines of the customer");
}

std::string joined(const std::vector<std::string>& lines, std::string_view sign) { return fmt::format("{}", fmt::join(lines, sign)); }

/// A label with its places filled. Clerks write labels, so a brace too many is text and not an error.
std::string filled(std::string_view label, const std::vector<std::pair<std::string_view, std::string>>& places) {
    std::string out;
    while (!label.empty()) {
        const auto place = std::find_if(places.begin(), places.end(), [&](const auto& p) { return label.starts_with(p.first); });
        out += place == places.end() ? std::string{label.substr(0, 1)} : place->second;
        label.remove_prefix(place == places.end() ? 1 : place->first.size());
    }
    return out;
}

/// Draws one letter; `pages_total` is known from a first drawing, since a page cannot be gone back to.
class Letter {
  public:
    Letter(Sheet& sheet, const LetterInput& input, int pages_total)
        : sheet_{sheet}, input_{input}, facts_{input.facts}, m_{measures_of(input.layout)}, pages_total_{pages_total}, y_{m_.body_top} {}

    Result<int> draw() {
        const Tagged document{sheet_, "Document"};
        draw_letterhead();
        OWED_TRY_VOID(draw_address());
        OWED_TRY_VOID(draw_reference());
        draw_heading();
        for (const auto& block : input_.text.blocks) {
            switch (block.kind) {
            case Block::Kind::paragraph: draw_paragraph(block.spans); break;
            case Block::Kind::items: OWED_TRY_VOID(draw_items()); break;
            case Block::Kind::pay_to: OWED_TRY_VOID(draw_pay_to()); break;
            }
        }
        close_page();
        return page_;
    }

  private:
    Mm right() const { return m_.left + m_.width; }
    Mm room() const { return m_.foot_top - y_; }

    void need(Mm height) {
        if (height <= room() + 0.01 || y_ <= m_.next_top + 0.01) return;
        close_page();
        sheet_.next_page();
        ++page_;
        open_next_page();
    }

    // ------------------------------------------------------------ what every page has

    void draw_letterhead() {
        const auto name = sheet_.set(detail::clean_value(facts_.creditor.name), {.size_pt = 15, .bold = true, .line_spacing = 1.0}, m_.width);
        const Mm top = input_.layout == Layout::us10 ? 12.7 : 14;
        const auto tag = tagged("P");
        sheet_.draw(name, m_.left, top);
        auto lines = detail::address_lines(facts_.creditor.address, facts_.creditor.address.country, input_.locale);
        const auto below = sheet_.set(detail::clean_value(joined(lines, " · ")), {.size_pt = 8.5, .grey = 0.3}, m_.width);
        sheet_.draw(below, m_.left, top + name.height() + 0.8);
        sheet_.rule(m_.left, top + name.height() + below.height() + 2.6, right(), top + name.height() + below.height() + 2.6, 0.8, 0.25);
    }

    void open_next_page() {
        const auto text = filled(input_.words.page_header, {{"{creditor}", detail::clean_value(facts_.creditor.name)},
            {"{reference}", detail::clean_value(facts_.notice_number)}, {"{date}", input_.locale.date(facts_.date)}});
        const auto set = sheet_.set(text, {.size_pt = 8.5, .grey = 0.3}, m_.width);
        sheet_.draw(set, m_.left, 16);
        sheet_.rule(m_.left, m_.next_top - 6, right(), m_.next_top - 6, 0.4, 0.6);
        y_ = m_.next_top;
    }

    void close_page() {
        if (page_ == 1) {
            for (const auto fold : m_.folds) sheet_.rule(4, fold, 8, fold, 0.5, 0.45);
            if (m_.punch > 0) sheet_.rule(4, m_.punch, 10, m_.punch, 0.5, 0.45);
        }
        const auto number = filled(input_.words.page_of, {{"{page}", std::to_string(page_)}, {"{pages}", std::to_string(pages_total_)}});
        const Mm top = m_.foot_top + 7.5;
        sheet_.draw(sheet_.set(number, {.size_pt = 8, .grey = 0.3, .align = Align::right}, m_.width), m_.left, top - 5);
        sheet_.rule(m_.left, top, right(), top, 0.4, 0.6);
        draw_foot(top + 1.4);
    }

    /// Three columns: who, whom to ask, registers. Shrinks to stay on the page.
    void draw_foot(Mm top) {
        const auto& c = facts_.creditor;
        auto who = detail::address_lines(c.address, c.address.country, input_.locale);
        who.insert(who.begin(), detail::clean_value(c.name));
        std::vector<std::string> ask, legal;
        for (const auto* line : {&c.contact_name, &c.phone, &c.email})
            if (auto text = detail::clean_value(*line); !text.empty()) ask.push_back(std::move(text));
        for (const auto& line : c.legal_lines) legal.push_back(detail::clean_value(line));
        const Mm gap = 5, width = (m_.width - 2 * gap) / 3, height = m_.page_height - 5 - top;
        for (Style style{.size_pt = 7, .grey = 0.3, .line_spacing = 1.1}; style.size_pt >= 3.9; style.size_pt -= 0.5) {
            const std::array columns{sheet_.set(joined(who, "\n"), style, width), sheet_.set(joined(ask, "\n"), style, width),
                                     sheet_.set(joined(legal, "\n"), style, width)};
            const bool fits = std::all_of(columns.begin(), columns.end(), [&](const auto& column) { return column.height() <= height; });
            if (!fits && style.size_pt >= 4.4) continue;
            for (std::size_t i = 0; i < columns.size(); ++i) sheet_.draw(columns[i], m_.left + static_cast<double>(i) * (width + gap), top);
            return;
        }
    }

    // ------------------------------------------------------------ head of the first page

    Status draw_address() {
        const auto tag = tagged("P");
        if (m_.return_line.width > 0) {
            auto lines = detail::address_lines(facts_.creditor.address, facts_.creditor.address.country, input_.locale);
            lines.insert(lines.begin(), detail::clean_value(facts_.creditor.name));
            OWED_TRY(const auto set, fit(sheet_, joined(lines, " · "), m_.return_line, {.size_pt = 6.5, .grey = 0.25, .line_spacing = 1.0}, 4, "our return address"));
            const Mm y = m_.return_line.y + m_.return_line.height - set.height() - 0.5;
            sheet_.draw(set, m_.return_line.x, y);
            sheet_.rule(m_.return_line.x, y + set.height() + 0.2, m_.return_line.x + m_.return_line.width, y + set.height() + 0.2, 0.3, 0.5);
        }
        std::vector<std::string> lines{detail::clean_value(facts_.debtor.name)};
        if (auto contact = detail::clean_value(facts_.debtor.contact_name); !contact.empty() && contact != lines.front()) lines.push_back(std::move(contact));
        for (auto& line : detail::address_lines(facts_.debtor.address, facts_.creditor.address.country, input_.locale)) lines.push_back(std::move(line));
        OWED_TRY(const auto set, fit(sheet_, joined(lines, "\n"), m_.address, {.size_pt = 10.5, .line_spacing = 1.08}, 5,
                                     fmt::format("the address of customer {}", facts_.debtor.number)));
        sheet_.draw(set, m_.address.x, m_.address.y);
        return {};
    }

    Status draw_reference() {
        const auto& w = input_.words;
        const auto& f = facts_;
        const std::string date = f.place.empty() ? input_.locale.date(f.date) : fmt::format("{}, {}", f.place, input_.locale.date(f.date));
        const std::array<std::pair<const std::string*, const std::string*>, 7> rows{{{&w.date, &date}, {&w.our_reference, &f.notice_number},
            {&w.customer_number, &f.debtor.number}, {&w.contact, &f.creditor.contact_name}, {&w.phone, &f.creditor.phone},
            {&w.email, &f.creditor.email}, {&w.hours, &f.creditor.hours}}};
        // Rather a little smaller than with a wrapped e-mail address; when that is not enough, wrapped.
        for (const bool wrap : {false, true})
            for (double size = 9; size >= (wrap ? 4.9 : 6.9); size -= 0.5)
                if (draw_reference_rows(rows, size, wrap)) return {};
        return fail(Errc::data, "our contact details have no room in the letter's reference block", "letter", "shorten the entity's contact, e-mail or hours");
    }

    bool draw_reference_rows(std::span<const std::pair<const std::string*, const std::string*>> rows, double size, bool wrap) {
        Mm label_width = 0;
        for (const auto& [label, value] : rows) label_width = std::max(label_width, sheet_.set_line(*label, {.size_pt = size}).width());
        label_width = std::min(label_width + 3, m_.reference.width / 2);
        std::vector<std::pair<detail::SetText, detail::SetText>> sets;
        Mm height = 0;
        for (const auto& [label, value] : rows) {
            const auto text = detail::clean_value(*value);
            if (text.empty()) continue;
            sets.emplace_back(sheet_.set(*label, {.size_pt = size, .grey = 0.35}, label_width - 2),
                              sheet_.set(text, {.size_pt = size}, m_.reference.width - label_width));
            if (!wrap && sets.back().second.lines() > 1) return false;
            height += std::max(sets.back().first.height(), sets.back().second.height()) + 0.7;
        }
        if (height > m_.reference.height) return false;
        const auto tag = tagged("P");
        Mm y = m_.reference.y;
        for (const auto& [label, value] : sets) {
            sheet_.draw(label, m_.reference.x, y);
            sheet_.draw(value, m_.reference.x + label_width, y);
            y += std::max(label.height(), value.height()) + 0.7;
        }
        return true;
    }

    void draw_heading() {
        const auto set = sheet_.set(input_.text.heading, {.size_pt = 12, .bold = true}, m_.width);
        const auto tag = tagged("H1");
        sheet_.draw(set, m_.left, y_);
        y_ += set.height() + 4;
    }

    // ------------------------------------------------------------ body

    void draw_paragraph(const std::vector<Span>& spans) {
        const auto set = sheet_.set(spans, {.size_pt = 10, .line_spacing = 1.15}, m_.width);
        // Four lines and fewer stay together; longer ones break between lines.
        if (set.lines() <= 4) need(set.height());
        const auto tag = tagged("P");
        for (int line = 0; line < set.lines(); ++line) {
            need(set.line_height(line));
            sheet_.draw_line_of(set, line, m_.left, y_);
            y_ += set.line_height(line);
        }
        y_ += 2.8;
    }

    Status draw_items() {
        OWED_TRY(const auto table, detail::ItemTable::make(sheet_, input_, m_.width));
        y_ += 1;
        const auto tag = tagged("Table");
        need(table.head_height() + table.row_height(0) + (table.rows() == 1 ? table.foot_height() : 0));
        y_ = table.draw_head(m_.left, y_);
        for (std::size_t row = 0; row < table.rows(); ++row) {
            // The last row does not part from the totals.
            const Mm height = table.row_height(row) + (row + 1 == table.rows() ? table.foot_height() : 0);
            const int before = page_;
            need(height);
            if (page_ != before) y_ = table.draw_head(m_.left, y_);
            y_ = table.draw_row(row, m_.left, y_);
        }
        y_ = table.draw_foot(m_.left, y_) + 3.5;
        return {};
    }

    Status draw_pay_to() {
        const auto& w = input_.words;
        const auto& p = facts_.pay_to;
        const std::string iban = detail::in_fours(p.iban), total = input_.locale.amount(facts_.total, Space::fixed), by = input_.locale.date(facts_.deadline);
        const std::string purpose = facts_.payment_reference.empty() ? detail::purpose_text(facts_, 140) : facts_.payment_reference;
        const std::array<std::pair<const std::string*, const std::string*>, 8> rows{{{&w.total, &total}, {&w.pay_by, &by}, {&w.holder, &p.holder},
            {&w.iban, &iban}, {&w.number, p.iban.empty() ? &p.number : &iban}, {p.iban.empty() ? &w.routing : &w.bank, &p.bank}, {&w.bank_name, &p.bank_name}, {&w.reference, &purpose}}};
        const Mm padding = 3.2, label_width = 36, code = input_.qr_payload.empty() ? 0 : 29;
        const Mm text_width = m_.width - 2 * padding - label_width - (code > 0 ? code + 6 : 0);
        std::vector<std::pair<detail::SetText, detail::SetText>> sets;
        const auto title = sheet_.set(w.pay_to, {.size_pt = 10.5, .bold = true}, m_.width - 2 * padding);
        Mm height = title.height() + 1.5;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i == 4 && !p.iban.empty()) continue;  // the IBAN says it already
            auto text = detail::clean_value(*rows[i].second);
            if (text.empty()) continue;
            sets.emplace_back(sheet_.set(*rows[i].first, {.size_pt = 9.5, .grey = 0.3}, label_width - 2),
                              sheet_.set(text, {.size_pt = 10, .bold = i < 2 || i == 3 || i == 4}, text_width));
            height += std::max(sets.back().first.height(), sets.back().second.height()) + 0.8;
        }
        Mm caption_height = 0;
        std::optional<QrSymbol> symbol;
        std::optional<detail::SetText> caption;
        if (code > 0) {
            OWED_TRY(symbol, qr_symbol(input_.qr_payload));
            caption.emplace(sheet_.set(w.scan_to_pay, {.size_pt = 7.5, .grey = 0.3, .align = Align::center}, code + 4));
            caption_height = caption->height() + 1.5;
            height = std::max(height, code + caption_height + 1);
        }
        need(height + 2 * padding);
        sheet_.frame(m_.left, y_, m_.width, height + 2 * padding, 0.8, 0.25);
        {
            const auto tag = tagged("P");
            sheet_.draw(title, m_.left + padding, y_ + padding);
            Mm y = y_ + padding + title.height() + 1.5;
            for (const auto& [label, value] : sets) {
                sheet_.draw(label, m_.left + padding, y);
                sheet_.draw(value, m_.left + padding + label_width, y);
                y += std::max(label.height(), value.height()) + 0.8;
            }
        }
        if (symbol) {
            const Mm x = right() - padding - code - 1;
            {
                const auto tag = tagged("Figure");
                sheet_.qr(*symbol, x, y_ + padding + 0.5, code);
            }
            const auto tag = tagged("P");
            sheet_.draw(*caption, x - 2, y_ + padding + code + 1.8);
        }
        y_ += height + 2 * padding + 4;
        return {};
    }

    Tagged tagged(const char* name) { return {sheet_, name}; }

    Sheet& sheet_;
    const LetterInput& input_;
    const NoticeFacts& facts_;
    const Measures& m_;
    int pages_total_, page_ = 1;
    Mm y_;
};

struct Drawn {
    std::string pdf;
    int pages = 0;
};
Result<Drawn> draw_letter(const LetterInput& input, int pages_total) {
    const auto& m = measures_of(input.layout);
    const auto title = detail::clean_value(fmt::format("{}: {}", input.facts.creditor.name, input.text.heading));
    OWED_TRY(auto sheet, Sheet::open({m.page_width, m.page_height, title, detail::clean_value(input.facts.creditor.name), input.locale.tag(),
                                      to_text(input.facts.date) + "T00:00:00Z"}));
    OWED_TRY(const auto pages, Letter(*sheet, input, pages_total).draw());
    OWED_TRY(auto pdf, sheet->finish());
    return Drawn{std::move(pdf), pages};
}

}  // namespace

std::string_view name_of(Layout layout) noexcept { return layout == Layout::us10 ? "us10" : "din5008b"; }

Result<Layout> layout_named(std::string_view name) {
    for (const auto layout : {Layout::din5008b, Layout::us10})
        if (name_of(layout) == name) return layout;
    return fail(Errc::invalid_config, fmt::format("there is no letter layout \"{}\"", detail::clean_value(name)), {}, "din5008b or us10");
}

Result<std::string> render_letter(const LetterInput& input) {
    OWED_TRY(auto drawn, draw_letter(input, 1));
    if (drawn.pages > 1) {
        OWED_TRY(drawn, draw_letter(input, drawn.pages));
    }
    return detail::complete_pdf(drawn.pdf, input.locale.tag(), input.words.qr_alternative);
}

}  // namespace owed::render
