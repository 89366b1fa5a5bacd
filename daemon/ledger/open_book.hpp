// The open items as narrow columns in memory, for figures over the whole book: aging, exposure, DSO. A million items are
// 48 MiB and are summed in milliseconds; reading them from the store takes a quarter of a second.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

/// One item with the residual it has now, or had on the asked date.
struct Residual {
    OpenItemId item;
    std::int64_t customer = 0;           ///< 0: unidentified, then as well as now
    std::int64_t units = 0;              ///< signed, minor units of currency
    Date due_date, posting_date;
    Currency currency;
    ItemKind kind = ItemKind::invoice;
};

class OpenBook {
  public:
    /// Visits each item of the entity that was open as of `as_of`, with today's knowledge (DESIGN section 5), in no order:
    /// today's residual less what was posted to it later. What the last call read is used again as far as no entry has been
    /// posted since. Throws store::Failure as reading does. Any thread; calls with the same object wait for each other.
    void each(store::Db& db, const std::string& entity, Date as_of, const std::function<void(const Residual&)>& visit);

    /// Lets the memory go; the next call reads anew.
    void forget();

  private:
    struct Row {
        std::int64_t item, units;
        std::int32_t customer, due, posting, identified;   ///< dates as days; identified: 0 when known from the start
        std::uint16_t currency;
        std::uint8_t kind;
    };
    struct Columns {
        std::int64_t entry = -1;         ///< the journal's last entry when they were read
        std::vector<Row> rows;
    };
    std::uint16_t number_of(std::string_view currency);
    Row row_at(const store::Query& query);
    Residual residual_of(const Row& row, std::int64_t units, Date as_of) const;
    const Columns& columns(store::Db& db, const std::string& entity);
    void read_all(store::Db& db, const std::string& entity, Columns& columns);
    void catch_up(store::Db& db, const std::string& entity, Columns& columns, std::int64_t newest);

    std::mutex mutex_;
    std::unordered_map<std::string, Columns> by_entity_;
    std::vector<Currency> currencies_;
};

}  // namespace owed::ledger
