#include "apis/salesforce/mapping.hpp"

#include <algorithm>
#include <initializer_list>

#include "apis/salesforce/soql.hpp"
#include "owed/currency.hpp"

namespace owed::apis::salesforce {
namespace {

/// A field that a setting names and that must be there.
struct Need {
    const std::string& field;
    const char* setting;                       ///< "settings.status.balance"; empty: the field is the org's own
    std::initializer_list<const char*> types;  ///< none: any
    const char* make;                          ///< "Currency (16, 2)": how to create it
    bool written = false;
    bool key = false;
};

/// What is wrong with one of them; empty: nothing.
std::string fault(const ObjectShape& object, const Need& need) {
    const auto named = object.name + "." + need.field + (*need.setting == 0 ? "" : " (" + std::string{need.setting} + ")");
    const auto* field = object.find(need.field);
    if (field == nullptr) return named + " is not there, or the integration user may not see it" + (*need.make == 0 ? "" : "; it would be a " + std::string{need.make});
    if (need.types.size() > 0 && std::none_of(need.types.begin(), need.types.end(), [&](const char* type) { return field->type == type; }))
        return named + " is of type " + field->type + (*need.make == 0 ? "" : " and should be a " + std::string{need.make});
    if (need.key && !field->is_key) return named + " is no external id; tick External ID and Unique in its definition";
    if (need.written && !field->updateable) return named + " cannot be edited by the integration user";
    return {};
}

Status check(const ObjectShape& object, const std::vector<Need>& needs) {
    std::string all, first;
    for (const auto& need : needs) {
        if (need.field.empty()) continue;
        const auto what = fault(object, need);
        if (what.empty()) continue;
        if (first.empty()) first = need.setting;
        all += (all.empty() ? "" : "; ") + what;
    }
    if (all.empty()) return {};
    return fail(Errc::invalid_config, all, first,
                "create the field or give the user access to it by a permission set, or change the setting (\"\" switches a field of status or orders off)");
}

constexpr std::initializer_list<const char*> texts{"string", "picklist", "textarea"};
constexpr std::initializer_list<const char*> amounts{"currency", "double"};
constexpr std::initializer_list<const char*> counts{"double", "int"};
const std::string account_id = "AccountId", id = "Id";

}  // namespace

Status check_names(const Mapping& m) {
    const std::pair<const std::string&, const char*> names[] = {
        {m.number_field, "account.number_field"},    {m.key_field, "account.external_id_field"}, {m.entity_field, "account.entity_field"},
        {m.status.balance, "status.balance"},        {m.status.overdue, "status.overdue"},       {m.status.oldest_days, "status.oldest_days"},
        {m.status.dunning_level, "status.dunning_level"}, {m.status.credit_hold, "status.credit_hold"}, {m.status.hold_reason, "status.hold_reason"},
        {m.status.as_of, "status.as_of"},            {m.orders.hold_field, "orders.hold_field"}, {m.orders.hold_reason_field, "orders.hold_reason_field"},
        {m.orders.key_field, "orders.external_id_field"}};
    for (const auto& [name, setting] : names)
        if (!name.empty() && (!is_field_path(name) || name.find('.') != name.npos))
            return fail(Errc::invalid_config, "\"" + name + "\" is no name of a field", std::string{"settings."} + setting, "write its API name, as owed_Balance__c");
    if (m.number_field.empty() || m.key_field.empty())
        return fail(Errc::invalid_config, "customers are found by number_field and external_id_field; neither can be empty", "settings.account");
    if (m.orders.on() && m.orders.key_field.empty()) return fail(Errc::invalid_config, "orders are written by a key", "settings.orders.external_id_field", "use Id or an external id");
    if (!m.currency.empty() && !find_currency(m.currency)) return fail(Errc::invalid_config, "\"" + m.currency + "\" is no currency of ISO 4217", "settings.currency");
    return {};
}

Status check_account_for_reading(const ObjectShape& account, const Mapping& m) {
    return check(account, {{m.number_field, "settings.account.number_field", texts, "Text"},
                           {m.key_field, "settings.account.external_id_field", {"string"}, "Text (64), External ID, Unique", false, true},
                           {m.entity_field, "settings.account.entity_field", texts, "Text"}});
}

Status check_account_for_writing(const ObjectShape& account, const Mapping& m) {
    const auto& s = m.status;
    return check(account, {{m.key_field, "settings.account.external_id_field", {"string"}, "Text (64), External ID, Unique", false, true},
                           {s.balance, "settings.status.balance", amounts, "Currency (16, 2)", true},
                           {s.overdue, "settings.status.overdue", amounts, "Currency (16, 2)", true},
                           {s.oldest_days, "settings.status.oldest_days", counts, "Number (6, 0)", true},
                           {s.dunning_level, "settings.status.dunning_level", counts, "Number (3, 0)", true},
                           {s.credit_hold, "settings.status.credit_hold", {"boolean"}, "Checkbox", true},
                           {s.hold_reason, "settings.status.hold_reason", {"string", "textarea"}, "Text (255)", true},
                           {s.as_of, "settings.status.as_of", {"date", "datetime"}, "Date or Date/Time", true}});
}

Status check_order_for_reading(const ObjectShape& order, const Mapping& m) {
    if (!m.orders.on()) return {};
    return check(order, {{account_id, "", {}, ""},
                         {m.orders.hold_field, "settings.orders.hold_field", {"boolean"}, "Checkbox"},
                         {m.orders.key_field == id ? id : m.orders.key_field, "settings.orders.external_id_field", {}, "Text (64), External ID, Unique", false, true}});
}

Status check_order_for_writing(const ObjectShape& order, const Mapping& m) {
    if (!m.orders.on()) return {};
    OWED_TRY_VOID(check_order_for_reading(order, m));
    return check(order, {{m.orders.hold_field, "settings.orders.hold_field", {"boolean"}, "Checkbox", true},
                         {m.orders.hold_reason_field, "settings.orders.hold_reason_field", {"string", "textarea"}, "Text (255)", true}});
}

Status check_currency(const ObjectShape& object, const Mapping& m) {
    if (!m.currency.empty() || object.has("CurrencyIsoCode")) return {};
    return fail(Errc::invalid_config, "this org has one currency and does not say which", "settings.currency",
                "set settings.currency to its ISO code, as Company Information in its setup shows it");
}

}  // namespace owed::apis::salesforce
