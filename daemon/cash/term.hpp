// Which items have the same payment term: what their documents said, as a small number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace owed::cash {

/// Numbers of payment terms, given out as they come: equal numbers are the same term, for one reader of the books. One thread at a time.
class TermNumbers {
  public:
    /// `stated`: name or text of the terms as the document had them, in capitals or not; "net 30", "n/30" and 30 days by the dates are
    /// one. Empty: nobody said, and the days from document to due date stand for it.
    std::int32_t of(std::string_view stated, std::int32_t days);

  private:
    std::unordered_map<std::string, std::int32_t> numbers_;   // by the text in small letters
};

}  // namespace owed::cash
