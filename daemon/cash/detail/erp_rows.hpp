// Rows of erp_write: what the queue for the ERP keeps, read.
#pragma once

#include "cash/erp_writes.hpp"

namespace owed::cash::detail {

/// unknown where it is none.
ErpState erp_state_named(std::string_view name) noexcept;

std::optional<ErpWrite> find_erp_write(store::Db& db, std::int64_t id);
std::optional<ErpWrite> find_erp_write(store::Db& db, const std::string& key);
std::optional<ErpWrite> find_erp_write(store::Db& db, ApplicationId application, bool reversal);

/// Some that are due, of a higher id and by id: for `connector` or for whoever comes, of one entity or of every one.
std::vector<ErpWrite> erp_waiting_after(store::Db& db, std::int64_t id, const std::string& entity, const std::string& connector, Instant now);
/// Takings back that the ERP refused: of one connector or of every one.
std::vector<ErpWrite> erp_reversals_refused(store::Db& db, const std::optional<std::string>& connector = {});

/// Of what was queued; states and outcomes are not in it.
std::string erp_write_hash(const std::string& key, const std::string& entity, std::int64_t application, bool reversal, const std::string& record);
/// As it was queued. Errors: not_found; store_corrupt (it is another one by now).
Result<Record> stored_record(store::Db& db, std::int64_t id);

}  // namespace owed::cash::detail
