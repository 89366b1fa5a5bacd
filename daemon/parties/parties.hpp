// Customers, their contacts and payer accounts, aliases learned from people, and approved pay-to details.
// Numbers are unique within an entity. Personal values never go into the audit chain in clear.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "owed/id.hpp"
#include "owed/record.hpp"
#include "store/store.hpp"

namespace owed::parties {

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
/// Errors: not_found, invalid_argument (names the fields there are).
Status set(store::Tx& tx, Clock& clock, Rng& rng, const audit::Actor& by, CustomerId id, std::string_view field, std::string_view value);

/// Customers that a payer's account (IBAN or number, blanks ignored) belongs to. More than one is ambiguous.
std::vector<CustomerId> customers_of_account(store::Db& db, std::string_view entity, std::string_view account);
/// Customers by exact normalised name (upper case, letters and digits, legal forms kept apart from the rest), and learned aliases.
std::vector<CustomerId> customers_of_name(store::Db& db, std::string_view entity, std::string_view payer_name);
std::string name_key(std::string_view name);

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
struct PayToState {
    PayTo approved;
    std::optional<PayTo> pending;
};
Result<PayToState> register_pay_to(store::Tx& tx, Clock& clock, const PayTo& configured);
std::optional<PayToState> pay_to(store::Db& db, std::string_view entity, std::string_view currency);

}  // namespace owed::parties
