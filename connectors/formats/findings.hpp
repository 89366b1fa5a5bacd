// What a reader noticed on its way, gathered into the DecodeReport.
#pragma once

#include <cstdint>
#include <string>

#include "owed/record.hpp"

namespace owed::formats {

/// One reading of one file. Keeps the first 1,000 warnings and counts the rest, so that a hostile file cannot fill the
/// memory with them; a grave one counts for the verdict even when it is no longer kept. One thread.
class Findings {
  public:
    /// `where`: "file:line:column". Makes the verdict warn.
    void warn(std::string where, std::string what) { add({std::move(where), std::move(what), false}); }
    /// A balance, total, check digit or code is wrong: makes the verdict quarantine (FORMATS, top).
    void grave(std::string where, std::string what) { add({std::move(where), std::move(what), true}); }

    DecodeReport report(std::string format, std::uint64_t records) &&;

  private:
    void add(Warning warning);
    std::vector<Warning> kept_;
    std::uint64_t left_off_ = 0;
    bool grave_ = false;
};

}  // namespace owed::formats
