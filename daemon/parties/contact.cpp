// People at customers, as systems like a CRM know them.
#include "parties/parties.hpp"

namespace owed::parties {

Result<Upserted> upsert_contact(store::Tx& tx, Clock& clock, const std::string& source, const std::string& entity, const Contact& contact) {
    if (contact.number.empty()) return fail(Errc::invalid_argument, "the contact has no number");
    if (contact.customer.empty()) return fail(Errc::invalid_argument, "contact " + contact.number + " names no customer");
    OWED_TRY(const auto customer, find_or_mention(tx, clock, entity, contact.customer));
    tx.query("INSERT INTO contact(customer, source, number, name, email, phone, role, language, no_email, changed_at) "
             "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(source, number) DO NOTHING")
        .bind(customer.value, source, contact.number, contact.name, contact.email, contact.phone, contact.role, contact.language,
              contact.no_email, clock.now().micros)
        .run();
    if (tx.changed_rows() == 1) return Upserted::created;
    tx.query("UPDATE contact SET customer = ?3, name = ?4, email = ?5, phone = ?6, role = ?7, language = ?8, no_email = ?9, changed_at = ?10 "
             "WHERE source = ?1 AND number = ?2 "
             "AND (customer, name, email, phone, role, language, no_email) IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(source, contact.number, customer.value, contact.name, contact.email, contact.phone, contact.role, contact.language,
              contact.no_email, clock.now().micros)
        .run();
    return tx.changed_rows() == 1 ? Upserted::changed : Upserted::unchanged;
}

std::vector<Contact> contacts(store::Db& db, CustomerId customer) {
    std::vector<Contact> all;
    auto query = db.query("SELECT number, name, email, phone, role, language, no_email FROM contact WHERE customer = ? ORDER BY name, number");
    query.bind(customer.value);
    while (query.step()) {
        Contact contact;
        contact.number = query.text(0);
        contact.name = query.text(1);
        contact.email = query.text(2);
        contact.phone = query.text(3);
        contact.role = query.text(4);
        contact.language = query.text(5);
        contact.no_email = query.integer(6) != 0;
        all.push_back(std::move(contact));
    }
    return all;
}

}  // namespace owed::parties
