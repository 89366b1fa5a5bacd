// From the org to owed: accounts, contacts, and orders that wait for our word.
#pragma once

#include <string>

#include "apis/salesforce/cursor.hpp"
#include "apis/salesforce/records.hpp"
#include "owed/plugin.hpp"
#include "salesforce/org.hpp"

namespace owed::plugins::salesforce {

/// What reading needs of the org. Errors: invalid_config, naming fields and settings.
struct Shapes {
    org::ObjectShape account, contact, order;   ///< the last two only when they are read
};
Result<Shapes> shapes_for_reading(Org& the_org, const org::Mapping& mapping);

/// One read. Object by object, page by page; each page is committed with the cursor behind it, so that a crash at any point
/// costs at most the page under way.
class Reading {
  public:
    Reading(plugin::Host host, Org& the_org, const Options& options, plugin::Reader& out) : host_{host}, org_{the_org}, options_{options}, out_{out} {}
    Status run(std::string_view cursor);

  private:
    struct Stream {
        std::string object;
        std::vector<std::string> fields;
        std::string only_at_first;   ///< condition of the very first pass
        org::Mapped (*map)(const apis::Json& row, const org::RowHead& head, const org::Mapping& mapping);
        bool is_order = false;
    };
    Status read(const Stream& stream);
    Result<bool> pass(const Stream& stream);   ///< false: the locator was lost, begin again
    Status take(const Stream& stream, const Org::Page& page, org::Progress& progress, Instant asked);
    Status take_row(const Stream& stream, const apis::Json& row, const org::RowHead& head);
    Result<bool> concerns_us(const SalesOrder& order, const std::string& id);
    Status commit();

    plugin::Host host_;
    Org& org_;
    const Options& options_;
    plugin::Reader& out_;
    org::Cursor cursor_;
    std::string committed_;
    bool handed_over_ = false;       ///< since the last commit: records, or what we remember
};

}  // namespace owed::plugins::salesforce
