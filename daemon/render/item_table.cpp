#include "render/detail/item_table.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "render/detail/text.hpp"

namespace owed::render::detail {
namespace {

constexpr Mm between = 3;             // blank between two columns
constexpr Mm document_width_min = 26;
constexpr Mm above = 1.1, below = 1.1;

}  // namespace

Result<ItemTable> ItemTable::make(Sheet& sheet, const LetterInput& input, Mm width) {
    ItemTable table{sheet, width};
    const auto& w = input.words;
    const auto& facts = input.facts;
    const auto& locale = input.locale;
    table.head_ = {w.document, w.document_date, w.due_date, w.days_overdue, w.original, w.paid, w.open};
    for (const auto& item : facts.items)
        table.cells_.push_back({clean_value(item.document), locale.date(item.document_date), locale.date(item.due_date),
                                std::to_string(item.days_overdue), locale.number(item.original), locale.number(item.paid),
                                locale.number(item.residual)});
    const auto charges = facts.fee.units() + facts.interest.units();
    const auto amount = [&](Money money) { return locale.amount(money, Space::fixed); };
    if (charges != 0)
        table.totals_.push_back({w.subtotal, "", amount(Money::minor(facts.total.units() - charges, facts.total.currency())), false});
    if (!facts.interest.is_zero()) table.totals_.push_back({w.interest, clean_value(facts.interest_ground), amount(facts.interest), false});
    if (!facts.fee.is_zero()) table.totals_.push_back({w.fee, clean_value(facts.fee_ground), amount(facts.fee), false});
    table.totals_.push_back({w.total, "", amount(facts.total), true});
    for (double size = 9; size >= 4.9; size -= 0.5)
        if (table.measure(size)) return table;
    return fail(Errc::data, "the amounts have no room in the letter's table even in small letters", "letter");
}

/// Column widths at a size; false when the document column would be too narrow.
bool ItemTable::measure(double size_pt) {
    size_pt_ = size_pt;
    Mm rest = width_;
    for (std::size_t column = 1; column < columns; ++column) {
        // Heads may wrap at blanks, so their widest word counts; cells must not wrap.
        Mm widest = 0;
        for (std::size_t at = 0; at < head_[column].size();) {
            const auto end = std::min(head_[column].find(' ', at), head_[column].size());
            widest = std::max(widest, sheet_->set_line(head_[column].substr(at, end - at), style(0, true)).width());
            at = end + 1;
        }
        for (const auto& row : cells_) widest = std::max(widest, sheet_->set_line(row[column], style(0, false)).width());
        widths_[column] = widest + between + 0.2;
        rest -= widths_[column];
    }
    // A wide document column looks lost; what it does not need goes to the others in equal shares.
    Mm wanted = document_width_min;
    for (const auto& row : cells_) wanted = std::max(wanted, sheet_->set_line(row[0], style(0, false)).width() + between);
    if (rest < std::min(wanted, document_width_min)) return false;
    if (rest > wanted)
        for (std::size_t column = 1; column < columns; ++column) widths_[column] += (rest - wanted) / static_cast<double>(columns);
    widths_[0] = width_;
    for (std::size_t column = 1; column < columns; ++column) widths_[0] -= widths_[column];
    return true;
}

Style ItemTable::style(std::size_t column, bool bold) const {
    return {.size_pt = size_pt_, .bold = bold, .align = column >= 3 ? Style::Align::right : Style::Align::left, .line_spacing = 1.1};
}

Mm ItemTable::height_of(const Cells& cells, bool bold) const {
    Mm height = 0;
    for (std::size_t column = 0; column < columns; ++column)
        height = std::max(height, sheet_->set(cells[column], style(column, bold), widths_[column] - between).height());
    return height + above + below;
}

Mm ItemTable::head_height() const { return height_of(head_, true) + 0.6; }
Mm ItemTable::row_height(std::size_t row) const { return height_of(cells_[row], false); }

void ItemTable::draw_cells(const Cells& cells, Mm x, Mm y, bool bold, const char* tag) const {
    const Tagged row{*sheet_, "TR"};
    for (std::size_t column = 0; column < columns; ++column) {
        const Tagged cell{*sheet_, tag};
        // The first column begins with half of the blank, so that text keeps off the grey head's edge.
        sheet_->draw(sheet_->set(cells[column], style(column, bold), widths_[column] - between), x + between / 2, y + above);
        x += widths_[column];
    }
}

Mm ItemTable::draw_head(Mm x, Mm y) const {
    const Mm height = height_of(head_, true);
    sheet_->fill(x, y, width_, height, 0.91);
    draw_cells(head_, x, y, true, "TH");
    sheet_->rule(x, y + height, x + width_, y + height, 0.8, 0.25);
    return y + height + 0.6;
}

Mm ItemTable::draw_row(std::size_t row, Mm x, Mm y) const {
    draw_cells(cells_[row], x, y, false, "TD");
    const Mm end = y + row_height(row);
    sheet_->rule(x, end, x + width_, end, 0.3, 0.75);
    return end;
}

Mm ItemTable::foot_height() const {
    Mm height = 1.5;
    for (const auto& total : totals_) {
        const auto label = sheet_->set(total.ground.empty() ? total.label : total.label + "\n" + total.ground, {.size_pt = 9.5, .bold = total.bold}, width_ - 55);
        height += label.height() + 1.8;
    }
    return height + 1;
}

Mm ItemTable::draw_foot(Mm x, Mm y) const {
    y += 1.5;
    for (const auto& total : totals_) {
        const Tagged row{*sheet_, "TR"};
        const Mm amount_width = 50;
        std::vector<Span> words{{total.label, total.bold}};
        if (!total.ground.empty()) words.push_back({"\n" + total.ground, false});
        const auto label = sheet_->set(words, {.size_pt = 9.5}, width_ - 55);
        if (total.bold) {
            sheet_->rule(x, y, x + width_, y, 0.8, 0.25);
            y += 1;
        }
        {
            const Tagged cell{*sheet_, "TD"};
            sheet_->draw(label, x + between / 2, y);
        }
        {
            const Tagged cell{*sheet_, "TD"};
            sheet_->draw(sheet_->set(total.amount, {.size_pt = total.bold ? 10.5 : 9.5, .bold = total.bold, .align = Style::Align::right}, amount_width),
                         x + width_ - amount_width - between / 2, y);
        }
        y += label.height() + 1.8;
    }
    return y;
}

}  // namespace owed::render::detail
