// Remittance advices: the rows of one payment put together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/erp_csv/bound.hpp"

namespace owed::formats::erp_csv {

/// Of one file. One thread.
class Advices {
  public:
    struct Advice {
        RemittanceAdvice advice;
        std::uint32_t line = 0;      ///< of its first row
        std::uint32_t broken_line = 0;  ///< of a row that does not fit; 0: none. Half an advice would settle the wrong items
        std::string raw;             ///< of its first row
    };

    /// A row of the payment `key`, in the file's order.
    void add(const std::string& key, RemittanceAdvice row, std::uint32_t line, std::string_view raw);
    /// A row of the payment that was rejected.
    void spoil(const std::string& key, std::uint32_t line, std::string_view raw);

    /// In the order of their first rows.
    std::vector<Advice>& all() { return advices_; }

  private:
    Advice& at(const std::string& key, std::uint32_t line, std::string_view raw);
    std::map<std::string, std::size_t> places_;  ///< ordered: the keys come from outside (SECURITY T34)
    std::vector<Advice> advices_;
};

/// Why its lines do not make the payment's amount; empty when they do, or when a figure is missing.
std::string disagreement(const RemittanceAdvice& advice);

}  // namespace owed::formats::erp_csv
