#include "apis/salesforce/records.hpp"

#include <algorithm>

#include "apis/salesforce/values.hpp"

namespace owed::apis::salesforce {
namespace {

constexpr const char* currency_field = "CurrencyIsoCode";

/// Control characters have no place in names and addresses; line breaks stay, for those who split at them.
std::string clean(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n') out += c;
        else if (c != '\r') out += ' ';
    const auto first = out.find_first_not_of(" \n"), last = out.find_last_not_of(" \n");
    return first == out.npos ? std::string{} : out.substr(first, last - first + 1);
}
std::string text_at(const Json& row, std::string_view path) { return clean(row.at(path).text()); }

void add_if_there(std::vector<std::string>& fields, const ObjectShape& object, std::initializer_list<const char*> names, const std::string& before = {}) {
    for (const char* name : names)
        if (object.has(name)) fields.push_back(before + name);
}

/// The fields by which an account is known as a customer, each once.
void add_customer_fields(std::vector<std::string>& fields, const Mapping& m, const std::string& before) {
    for (const auto* name : {&m.number_field, &m.key_field, &m.entity_field})
        if (!name->empty() && std::find(fields.begin(), fields.end(), before + *name) == fields.end()) fields.push_back(before + *name);
}

struct CustomerKey {
    std::string number, entity;
};
/// `before`: "Account." in rows of other objects.
CustomerKey customer_key(const Json& row, const Mapping& m, const std::string& before) {
    CustomerKey key;
    if (!m.entity_field.empty()) key.entity = text_at(row, before + m.entity_field);
    key.number = text_at(row, before + m.number_field);
    if (!key.number.empty()) return key;
    // Accounts that owed has written to carry the number there, behind the entity where the connector serves several.
    key.number = text_at(row, before + m.key_field);
    if (!key.entity.empty() && key.number.starts_with(key.entity + "/")) key.number.erase(0, key.entity.size() + 1);
    return key;
}

std::vector<std::string> lines_of(const std::string& street) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at <= street.size();) {
        const auto end = std::min(street.find('\n', at), street.size());
        if (auto line = clean(std::string_view{street}.substr(at, end - at)); !line.empty()) lines.push_back(std::move(line));
        at = end + 1;
    }
    return lines;
}

/// BillingCountryCode where the org keeps one (state and country picklists); else BillingCountry if it is a code already:
/// a country's name in some language is not guessed at.
std::string country_of(const Json& row) {
    for (const char* field : {"BillingCountryCode", "BillingCountry"}) {
        const auto code = text_at(row, field);
        if (code.size() == 2 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return code;
    }
    return {};
}

PostalAddress address_of(const Json& row) {
    return {lines_of(text_at(row, "BillingStreet")), text_at(row, "BillingPostalCode"), text_at(row, "BillingCity"), text_at(row, "BillingState"), country_of(row)};
}

std::string currency_of(const Json& row, const Mapping& m) {
    const auto own = text_at(row, currency_field);
    return own.empty() ? m.currency : own;
}

std::string where_of(const char* object, const RowHead& head) { return std::string{object} + " " + head.place.id; }

void take_amount(SalesOrder& order, const Json& row, const Mapping& m, const std::string& where, std::vector<std::string>& notes) {
    const Json& total = row.at("TotalAmount");
    if (total.is_null()) return;
    auto amount = parse_amount(total.text(), currency_of(row, m));
    if (amount) order.amount = std::move(*amount);
    else notes.push_back(where + ", TotalAmount: \"" + one_line(total.text()) + "\" is left out: " + amount.error().what);
}

void take_date(SalesOrder& order, const Json& row, const std::string& where, std::vector<std::string>& notes) {
    const Json& effective = row.at("EffectiveDate");
    if (effective.is_null()) return;
    auto date = parse_date(effective.text());
    if (date) order.date = *date;
    else notes.push_back(where + ", EffectiveDate is left out: " + date.error().what);
}

/// Members of one JSON object.
class Members {
  public:
    void text(const std::string& field, const std::string& value, const ObjectShape& object) {
        if (field.empty()) return;
        const auto* known = object.find(field);
        const auto length = known == nullptr || known->length == 0 ? std::size_t{255} : known->length;
        raw(field, value.empty() ? "null" : json_text(cut(value, length)));
    }
    void flag(const std::string& field, bool value) { raw(field, value ? "true" : "false"); }
    void number(const std::string& field, const std::optional<std::int32_t>& value) { raw(field, value ? std::to_string(*value) : "null"); }
    /// Of a Date/Time field it is noon in UTC, which is that day in nearly every zone a reader may sit in.
    void date(const std::string& field, const std::optional<Date>& value, const ObjectShape& object) {
        const auto* known = object.find(field);
        const bool has_time = known != nullptr && known->type == "datetime";
        raw(field, value ? json_text(to_text(*value) + (has_time ? "T12:00:00.000Z" : "")) : "null");
    }
    void raw(const std::string& field, const std::string& json) {
        if (!field.empty()) all += (all.empty() ? "" : ",") + json_text(field) + ":" + json;
    }
    std::string all;
};

/// An amount in the account's currency; else blank, and said so once.
void money(Members& members, const std::string& field, const std::optional<Amount>& amount, std::string_view currency, std::string& note) {
    if (field.empty()) return;
    const bool fits = amount && (currency.empty() || amount->currency == currency);
    if (amount && !fits && note.empty())
        note = "amounts are left blank: the account counts in " + std::string{currency} + ", and the customer owes in " + amount->currency;
    members.raw(field, fits ? to_text(*amount) : "null");
}

}  // namespace

Result<RowHead> head_of(const Json& row) {
    RowHead head;
    head.place.id = id18(row.at("Id").text());
    if (head.place.id.empty()) return fail(Errc::malformed_input, "a row has no Id: \"" + one_line(row.at("Id").text()) + "\"");
    auto stamp = parse_stamp(row.at("SystemModstamp").text());
    if (!stamp) return fail(Errc::malformed_input, "row " + head.place.id + ", SystemModstamp: " + stamp.error().what);
    head.place.stamp = stamp_text(*stamp);
    head.deleted = row.at("IsDeleted").is_true();
    return head;
}

std::vector<std::string> account_fields(const ObjectShape& account, const Mapping& m) {
    std::vector<std::string> fields{"Id", "IsDeleted", "SystemModstamp", "Name"};
    add_customer_fields(fields, m, {});
    add_if_there(fields, account, {"BillingStreet", "BillingPostalCode", "BillingCity", "BillingState", "BillingCountry", "BillingCountryCode", currency_field});
    return fields;
}

std::vector<std::string> contact_fields(const ObjectShape& contact, const ObjectShape&, const Mapping& m) {
    std::vector<std::string> fields{"Id", "IsDeleted", "SystemModstamp", "Name"};
    add_customer_fields(fields, m, "Account.");
    add_if_there(fields, contact, {"Email", "Phone", "Title", "HasOptedOutOfEmail"});
    return fields;
}

std::vector<std::string> order_fields(const ObjectShape& order, const ObjectShape&, const Mapping& m) {
    std::vector<std::string> fields{"Id", "IsDeleted", "SystemModstamp", "OrderNumber", "Status", "EffectiveDate"};
    add_customer_fields(fields, m, "Account.");
    add_if_there(fields, order, {"TotalAmount", "PoNumber", currency_field});
    for (const auto* name : {&m.orders.hold_field, &m.orders.key_field})
        if (!name->empty() && std::find(fields.begin(), fields.end(), *name) == fields.end()) fields.push_back(*name);
    return fields;
}

Mapped customer_of(const Json& row, const RowHead& head, const Mapping& m) {
    auto key = customer_key(row, m, {});
    if (key.number.empty()) return {{}, "accounts_without_number", {}};
    const auto where = where_of("Account", head);
    if (head.deleted) return {{}, "accounts_deleted", {where + ", customer " + key.number + ", was deleted in Salesforce; owed keeps the customer"}};
    Customer customer;
    customer.number = std::move(key.number);
    customer.entity = std::move(key.entity);
    customer.name = one_line(text_at(row, "Name"));
    customer.currency = text_at(row, currency_field);
    customer.address = address_of(row);
    return {Record{std::move(customer), head.place.id, where}, {}, {}};
}

Mapped contact_of(const Json& row, const RowHead& head, const Mapping& m) {
    auto key = customer_key(row, m, "Account.");
    if (key.number.empty()) return {{}, "contacts_without_customer", {}};
    Contact contact;
    contact.number = head.place.id;
    contact.customer = std::move(key.number);
    contact.entity = std::move(key.entity);
    contact.name = one_line(text_at(row, "Name"));
    contact.email = text_at(row, "Email");
    contact.phone = text_at(row, "Phone");
    contact.role = one_line(text_at(row, "Title"));
    contact.no_email = head.deleted || row.at("HasOptedOutOfEmail").is_true();
    return {Record{std::move(contact), head.place.id, where_of("Contact", head)}, {}, {}};
}

Mapped order_of(const Json& row, const RowHead& head, const Mapping& m) {
    Mapped mapped;
    const auto where = where_of("Order", head);
    auto key = customer_key(row, m, "Account.");
    SalesOrder order;
    order.number = text_at(row, "OrderNumber");
    order.customer = std::move(key.number);
    order.entity = std::move(key.entity);
    order.status = head.deleted ? "deleted" : one_line(text_at(row, "Status"));
    order.awaiting_authorisation = !head.deleted && std::find(m.orders.awaiting.begin(), m.orders.awaiting.end(), order.status) != m.orders.awaiting.end();
    order.on_hold = !head.deleted && !m.orders.hold_field.empty() && row.at(m.orders.hold_field).is_true();
    if (const auto po = text_at(row, "PoNumber"); !po.empty()) order.text = "PO " + one_line(po);
    take_amount(order, row, m, where, mapped.notes);
    take_date(order, row, where, mapped.notes);
    auto external_id = m.orders.key_field == "Id" ? head.place.id : text_at(row, m.orders.key_field);
    if (external_id.empty()) external_id = head.place.id;
    mapped.record = Record{std::move(order), std::move(external_id), where};
    return mapped;
}

Fields fields_of(const AccountStatus& status, const ObjectShape& account, const Mapping& m, std::string_view currency) {
    Members members;
    Fields fields;
    money(members, m.status.balance, status.balance, currency, fields.note);
    money(members, m.status.overdue, status.overdue, currency, fields.note);
    members.number(m.status.oldest_days, status.oldest_days);
    members.number(m.status.dunning_level, status.dunning_level);
    members.flag(m.status.credit_hold, status.hold);
    members.text(m.status.hold_reason, status.hold_reason, account);
    members.date(m.status.as_of, status.as_of, account);
    fields.members = std::move(members.all);
    return fields;
}

Fields fields_of(const OrderHold& hold, const ObjectShape& order, const Mapping& m) {
    Members members;
    members.flag(m.orders.hold_field, hold.hold);
    members.text(m.orders.hold_reason_field, hold.hold ? hold.reason : std::string{}, order);
    return {std::move(members.all), {}};
}

}  // namespace owed::apis::salesforce
