// A whole given out in parts by weight.
#pragma once

#include <algorithm>
#include <optional>

#include "ledger/detail/write.hpp"

namespace owed::ledger::detail {

/// Each part is rounded, the last takes what is left (DOMAIN section 1): they add up. No part takes more than is left, or of a few
/// cents the last would be negative. Of nothing there is nothing.
class Shares {
  public:
    Shares(const std::optional<Money>& whole, std::int64_t weights) : whole_{whole}, weights_{weights}, left_{whole ? whole->units() : 0} {}
    std::optional<Money> next(std::int64_t weight, bool last) {
        if (!whole_) return std::nullopt;
        const auto rounded = pro_rata(whole_->units(), weight, weights_);
        const auto share = last ? left_ : whole_->is_negative() ? std::max(rounded, left_) : std::min(rounded, left_);
        left_ -= share;
        return Money::minor(share, whole_->currency());
    }

  private:
    std::optional<Money> whole_;
    std::int64_t weights_, left_;
};

}  // namespace owed::ledger::detail
