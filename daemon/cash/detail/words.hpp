// Words of a remittance text and of rules over it: whole ones, however the bank or a typist wrote them. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace owed::cash::detail {

/// The words of some lines. A word is a run of letters and digits; its letters count alone too where digits have grown to them
/// ("ZINSEN2025"). Capitals do not matter, nor do marks on letters: "Gebühr" is "GEBUHR" and "GEBUEHR". What the bank's columns
/// broke is read in one piece as well.
class Words {
  public:
    explicit Words(const std::vector<std::string>& lines);

    /// Each of the blank-separated words is among them. A '*' in front or at the end of one stands for any further letters:
    /// "*zins*" is found in "Habenzinsen", "zinsen" is not. A rule without a word has nothing to find: false.
    bool has_all(std::string_view rule) const;

  private:
    void add(std::string_view word);
    bool has(std::string_view rule_word) const;
    std::vector<std::string> words_;     // each spelling once
};

}  // namespace owed::cash::detail
