// Customers, their contacts and payer accounts, aliases learned from people, and approved pay-to details.
// Numbers are unique within an entity. Personal values never go into the audit chain in clear.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "owed/id.hpp"
#include "owed/record.hpp"
#include "parties/names.hpp"
#include "store/store.hpp"

namespace owed::parties {

/// Numbers 20 to 29 (contact, customer, customer_account, customer_name, customer_override, alias, pay_to, pay_to_version).
std::vector<store::Migration> migrations();

struct CustomerRow {
    CustomerId id;
    std::string entity;
    Customer customer;          ///< as the ERP has it, with a person's overrides laid over
    bool hold = false;          ///< dunning or credit hold by a person
    std::string hold_reason;
};

enum class Upserted { created, changed, unchanged };
/// By (entity, number). Replaces the ERP's values; a person's overrides (`set`) stay. Errors: invalid_argument (no number).
Result<std::pair<CustomerId, Upserted>> upsert(store::Tx& tx, Clock& clock, const std::string& entity, const Customer& customer);

std::optional<CustomerRow> find(store::Db& db, std::string_view entity, std::string_view number);
std::optional<CustomerRow> find(store::Db& db, CustomerId id);
/// All of an entity (all entities when empty), by entity and number.
std::vector<CustomerRow> list(store::Db& db, std::optional<std::string> entity);

/// A customer named by a document before its own record came: kept as a bare number, to be completed by upsert.
Result<CustomerId> find_or_mention(store::Tx& tx, Clock& clock, const std::string& entity, const std::string& number);

/// `customer set C FIELD=VALUE` by a person: name, email, language, contact, channel, dunning_block, hold. Audited.
/// An empty value is a value: it lifts the ERP's. `hold` takes the reason; empty or "no" ends the hold.
/// Values stand in the audit chain as commitments, but for language and channel.
/// Errors: not_found, invalid_argument (names the fields there are).
Status set(store::Tx& tx, Clock& clock, Rng& rng, const audit::Actor& by, CustomerId id, std::string_view field, std::string_view value);

/// A person at a customer, by (source, number): `source` is the connector, whose ids are its own. The customer is named by
/// number and may come later. Errors: invalid_argument (no number, no customer).
Result<Upserted> upsert_contact(store::Tx& tx, Clock& clock, const std::string& source, const std::string& entity, const Contact& contact);
std::vector<Contact> contacts(store::Db& db, CustomerId customer);   ///< by name

/// Customers that a payer's account (IBAN or number, blanks ignored) belongs to. More than one is ambiguous.
std::vector<CustomerId> customers_of_account(store::Db& db, std::string_view entity, std::string_view account);
/// Who a printed name may be, and how well it fits (names.hpp).
std::vector<NamedCustomer> payers_named(store::Db& db, std::string_view entity, std::string_view printed);
/// Customers by normalised name, and learned aliases. Banks write "Mueller" and "Muller" for "Müller": each of the
/// spellings is found. A payer or customer without a legal form fits any ("ACME" pays for "Acme GmbH"); two different forms
/// never fit ("Acme AG" is not "Acme GmbH"). A name that fits exactly hides those that fit only so.
std::vector<CustomerId> customers_of_name(store::Db& db, std::string_view entity, std::string_view payer_name);
/// ASCII letters in upper case and digits, nothing between them, and the legal form apart from the rest:
/// "Müller & Söhne G.m.b.H." is "MULLERSOHNE|GMBH". Empty when nothing is left. Two different names may have one key.
std::string name_key(std::string_view name);
/// Upper-case letters and digits of an IBAN or account number.
std::string account_key(std::string_view account);

/// A person's decision, learned: this payer name or account is this customer. Visible and revocable.
struct Alias {
    std::int64_t id = 0;
    std::string entity, kind, value;   ///< kind: "account", "name"
    CustomerId customer;
    std::string by;
    Instant at;
};
Status learn_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& entity, std::string_view kind,
                   std::string_view value, CustomerId customer);
std::vector<Alias> aliases(store::Db& db);
Status revoke_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t id);

/// Pay-to details as approved. Versions are by content: the hash of account, bank, holder and entity (SECURITY T25).
struct PayTo {
    std::string entity{}, iban{}, number{}, bank{}, bank_name{}, holder{}, currency{};
};
std::string pay_to_hash(const PayTo& details);   ///< hex SHA-256 over length-prefixed fields
/// Records the configured details of an entity and currency as the version in force, if they were approved
/// (audit::approve kind "pay_to", subject entity/currency, this hash) or are the first of a new installation.
/// A change without approval is kept as `pending` and alarmed; notices go on using the approved version: refused by the
/// renderer when configuration and approval differ.
/// New installation: no pay-to details at all so far, or less than 24 hours since the data folder was made and never
/// restored. Later an entity or currency that is added needs approval too, or renaming an entity would be a way around it.
struct PayToState {
    PayTo approved;             ///< all empty while there is none: its hash fits nothing
    std::optional<PayTo> pending;
};
/// Errors: invalid_argument without account, entity or currency.
Result<PayToState> register_pay_to(store::Tx& tx, Clock& clock, const PayTo& configured);
std::optional<PayToState> pay_to(store::Db& db, std::string_view entity, std::string_view currency);

}  // namespace owed::parties
