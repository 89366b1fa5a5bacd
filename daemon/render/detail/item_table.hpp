// The letter's table of open items, its totals under it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "render/detail/sheet.hpp"

namespace owed::render::detail {

/// Measured once: amounts keep to one line and to the right, the document number takes what is left and wraps. When the
/// amounts leave it too little, all letters shrink.
class ItemTable {
  public:
    /// Errors: data when the amounts have no room even in small letters.
    static Result<ItemTable> make(Sheet& sheet, const LetterInput& input, Mm width);

    std::size_t rows() const { return cells_.size(); }
    Mm head_height() const;
    Mm row_height(std::size_t row) const;
    Mm foot_height() const;
    /// Each returns where the next thing begins.
    Mm draw_head(Mm x, Mm y) const;
    Mm draw_row(std::size_t row, Mm x, Mm y) const;
    Mm draw_foot(Mm x, Mm y) const;

  private:
    static constexpr std::size_t columns = 7;
    using Cells = std::array<std::string, columns>;
    struct Total {
        std::string label, ground, amount;
        bool bold = false;
    };

    ItemTable(Sheet& sheet, Mm width) : sheet_{&sheet}, width_{width} {}
    bool measure(double size_pt);
    Style style(std::size_t column, bool bold) const;
    Mm height_of(const Cells& cells, bool bold) const;
    void draw_cells(const Cells& cells, Mm x, Mm y, bool bold, const char* tag) const;

    Sheet* sheet_;
    Mm width_;
    double size_pt_ = 9;
    Cells head_;
    std::vector<Cells> cells_;
    std::vector<Total> totals_;
    std::array<Mm, columns> widths_{};
};

}  // namespace owed::render::detail
