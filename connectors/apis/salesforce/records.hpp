// Rows of Account, Contact and Order as records, and back: what a row must have, what is taken over, what is left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apis/json/json.hpp"
#include "apis/salesforce/cursor.hpp"
#include "apis/salesforce/mapping.hpp"
#include "owed/record.hpp"

namespace owed::apis::salesforce {

/// What every row has. Errors: malformed_input (no Id, no SystemModstamp).
struct RowHead {
    Place place;
    bool deleted = false;
};
Result<RowHead> head_of(const Json& row);

/// The fields to ask for: those that are mapped and that the org has.
std::vector<std::string> account_fields(const ObjectShape& account, const Mapping& mapping);
std::vector<std::string> contact_fields(const ObjectShape& contact, const ObjectShape& account, const Mapping& mapping);
std::vector<std::string> order_fields(const ObjectShape& order, const ObjectShape& account, const Mapping& mapping);

/// A row read. Without a record it is none of ours, and `why` says so in a few words that are a metric's name too
/// ("accounts_without_number"). `notes`: fields that could not be taken over, each with object, id and field.
struct Mapped {
    std::optional<Record> record;
    std::string why;
    std::vector<std::string> notes;
};
/// An account is a customer if it has a number, or else the external id that owed gave it. A deleted one is left as it is.
Mapped customer_of(const Json& row, const RowHead& head, const Mapping& mapping);
/// A contact of an account that is no customer is none of ours. A deleted one is told as one that wants no mail.
Mapped contact_of(const Json& row, const RowHead& head, const Mapping& mapping);
/// An order whose account has no number is told without a customer, so that intake refuses it by name and a person sees it.
/// external_id: the order's key field, or its Id when that is empty. A deleted one no longer waits.
Mapped order_of(const Json& row, const RowHead& head, const Mapping& mapping);

/// Members of the JSON object that writes a status, without its key: only what is switched on. `account` says types and
/// lengths. `currency`: what the account counts in; amounts in another one are left blank rather than wrong.
struct Fields {
    std::string members;   ///< "\"owed_Balance__c\":1234.50,..."
    std::string note;      ///< what was left blank, and why; empty: nothing
};
Fields fields_of(const AccountStatus& status, const ObjectShape& account, const Mapping& mapping, std::string_view currency);
Fields fields_of(const OrderHold& hold, const ObjectShape& order, const Mapping& mapping);

}  // namespace owed::apis::salesforce
