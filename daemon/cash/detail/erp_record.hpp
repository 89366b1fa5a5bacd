// An application as the ERP is told of it.
#pragma once

#include "cash/cash.hpp"
#include "ledger/ledger.hpp"
#include "owed/record.hpp"

namespace owed::cash::detail {

/// With its key as external_id: the application's number and a hash, so that no key is used twice, not even after a restore.
Record erp_record_of(store::Db& db, const ledger::Application& application);
/// The taking back of what `written` says.
Record erp_reversal_of(const Record& written, Date date, std::string reason);

}  // namespace owed::cash::detail
