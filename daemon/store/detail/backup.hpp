#pragma once

#include <string>

#include "owed/result.hpp"

namespace owed::store {

/// A checked copy of the database alone. Errors: already_exists, store_full, store_io, store_corrupt.
Status copy_database(const std::string& source, const std::string& target);
/// The database, and the artifact files into `<target>.files/`. Errors: as copy_database.
Status copy_store(const std::string& folder, const std::string& target);

}  // namespace owed::store
