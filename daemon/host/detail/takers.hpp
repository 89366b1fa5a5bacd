// Kinds of records that one connector alone may be told for an entity.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/manifest.hpp"

namespace owed::host {

/// An ERP books money by a key that its connector knows: with two of them for one entity nobody could say which one is to take
/// back what, or to be asked about it (decision 0012). Account status and order holds may go to several. Looks at one set of instances.
class Takers {
  public:
    /// Adds an invalid_config for one that shares its entity with an earlier one.
    void see(const InstanceConfig& config, const Manifest& manifest, std::vector<Error>& errors) {
        constexpr const char* kind = "receipt_application";
        if (!manifest.takes_kind(kind)) return;
        for (const auto& other : seen_)
            if (other.entity.empty() || config.entity.empty() || other.entity == config.entity) {
                errors.push_back({Errc::invalid_config, "connector " + config.name + " takes " + kind + ", and so does connector " + other.name +
                                                            (other.entity.empty() || config.entity.empty() ? std::string{", one of them for every entity"} : " for entity " + config.entity),
                                  config.where, "leave one for each entity: an ERP is told of a receipt once"});
                break;
            }
        seen_.push_back({config.name, config.entity});
    }

  private:
    struct Seen {
        std::string name, entity;
    };
    std::vector<Seen> seen_;
};

}  // namespace owed::host
