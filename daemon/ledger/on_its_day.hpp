// A person's act stands on the day it is meant for, or is refused; only what connectors and jobs bring late moves to the first open
// day (DOMAIN section 13): who decides something can decide when, a bank's line cannot.
#pragma once

#include "store/store.hpp"

namespace owed::ledger {

/// As long as it lives, an entry of this transaction whose day is closed to the acting role is refused, period_closed with the
/// first open day in its advice, instead of being moved. One at a time. Writer strand.
class OnItsDay {
  public:
    explicit OnItsDay(store::Tx& tx);
    ~OnItsDay();
    OnItsDay(const OnItsDay&) = delete;
    OnItsDay& operator=(const OnItsDay&) = delete;

  private:
    store::Tx& tx_;
};

namespace detail {
/// Whether a person acts here, whose entries do not move.
bool stands_on_its_day(store::Db& db);
}  // namespace detail

}  // namespace owed::ledger
