// The spellings of a name that are compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "owed/id.hpp"
#include "store/store.hpp"

namespace owed::parties {

struct NameKey {
    std::string base, form;  ///< "MULLERSOHNE", "GMBH"
    bool operator==(const NameKey&) const = default;
};
/// One or two: as ICU writes the letters in ASCII (ü: U), and as German, Danish and Norwegian typists do (ü: UE, å: AA).
std::vector<NameKey> name_keys(std::string_view name);

/// The stored spellings of a customer follow the name in force: a person's, or else the ERP's.
void renew_names(store::Tx& tx, CustomerId id);

}  // namespace owed::parties
