// Which fields of an org mean what to AR, and whether the org has them.
#pragma once

#include <string>
#include <vector>

#include "apis/salesforce/describe.hpp"
#include "owed/result.hpp"

namespace owed::apis::salesforce {

/// Names of fields. An empty one is switched off.
struct Mapping {
    bool customers = true;                              ///< accounts come in as customers
    bool contacts = true;
    std::string number_field = "AccountNumber";         ///< the customer number
    std::string key_field = "owed_Customer__c";         ///< external id of Account: the customer number as owed writes it
    std::string entity_field;                           ///< the entity that an account belongs to; empty: the connector's
    std::string currency;                               ///< of an org without CurrencyIsoCode
    struct Status {
        std::string balance = "owed_Balance__c", overdue = "owed_Overdue__c", oldest_days = "owed_Oldest_Days__c";
        std::string dunning_level = "owed_Dunning_Level__c", credit_hold = "owed_Credit_Hold__c";
        std::string hold_reason = "owed_Hold_Reason__c", as_of = "owed_As_Of__c";
    } status;
    struct Orders {
        std::vector<std::string> awaiting{"Draft"};     ///< values of Status that wait for our word; none: orders are left alone
        std::string hold_field = "owed_Hold__c", hold_reason_field = "owed_Hold_Reason__c";
        std::string key_field = "Id";                   ///< Id, or an external id of Order
        bool on() const { return !awaiting.empty(); }
    } orders;
};

/// Names that are no names: they cannot be quoted in SOQL. Errors: invalid_config with the setting.
Status check_names(const Mapping& mapping);

/// What reading and writing need of an object. Errors: invalid_config, naming every field that is missing or of another
/// type, the setting that names it, and what to do.
Status check_account_for_reading(const ObjectShape& account, const Mapping& mapping);
Status check_account_for_writing(const ObjectShape& account, const Mapping& mapping);
Status check_order_for_reading(const ObjectShape& order, const Mapping& mapping);
Status check_order_for_writing(const ObjectShape& order, const Mapping& mapping);
/// An org with one currency does not say which. `object`: one that has amounts.
Status check_currency(const ObjectShape& object, const Mapping& mapping);

}  // namespace owed::apis::salesforce
