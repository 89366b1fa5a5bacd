// From owed to the org: how accounts stand, and which orders wait.
#pragma once

#include <string>
#include <vector>

#include "apis/salesforce/records.hpp"
#include "owed/plugin.hpp"
#include "salesforce/org.hpp"

namespace owed::plugins::salesforce {

/// What writing needs of the org. Errors: invalid_config, naming fields and settings.
Status check_for_writing(const org::ObjectShape& account, const org::Mapping& mapping);

/// One batch. Everything goes by key and replaces, so that a repeat adds nothing.
class Writing {
  public:
    Writing(plugin::Host host, Org& the_org, const Options& options) : host_{host}, org_{the_org}, options_{options} {}
    /// A result for each record. An Error: nothing of it was sent.
    Result<std::vector<WriteResult>> run(const std::vector<Record>& records);
    /// What stands under a key: an account's, or an order's id.
    Result<std::optional<SendReceipt>> lookup(std::string_view key);

  private:
    struct Found {
        std::string id, currency;
    };
    using ByKey = std::map<std::string, std::vector<Found>>;   ///< key in lower case: the org does not tell case apart
    Status accounts(const std::vector<Record>& records, const std::vector<std::size_t>& which);
    Status orders(const std::vector<Record>& records, const std::vector<std::size_t>& which);
    Result<ByKey> find_accounts(const std::vector<std::string>& keys, bool with_currency);
    std::optional<org::OutRow> account_row(const Record& record, std::size_t index, const ByKey& known, const org::ObjectShape& shape);
    Status send(const std::string& object, const std::string& key_field, std::vector<org::OutRow> rows);
    /// Rows that were locked, to be tried again.
    Result<std::vector<org::OutRow>> send_once(const std::string& object, const std::string& key_field, std::vector<org::OutRow> rows, bool last_try);
    void settle(const org::OutRow& row, WriteResult result);
    void refuse(std::size_t index, std::string why, std::string field = {});

    plugin::Host host_;
    Org& org_;
    const Options& options_;
    std::vector<WriteResult> results_;
    std::vector<std::string> notes_;   ///< to be told with a row that was written
    bool sent_ = false;                ///< something of this batch left
    std::optional<Error> stopped_;     ///< why what follows is not tried
};

}  // namespace owed::plugins::salesforce
