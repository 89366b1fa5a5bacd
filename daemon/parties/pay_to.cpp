// Where customers are told to pay: only what was approved (SECURITY finding 10, T25).
#include "parties/parties.hpp"

namespace owed::parties {

namespace {

constexpr std::int64_t new_installation_seconds = 24 * 3600;

PayTo cleaned(PayTo details) {
    details.iban = account_key(details.iban);  // blanks are a matter of print
    return details;
}

std::string subject_of(const PayTo& details) { return details.entity + "/" + details.currency; }

std::string raw_hash(const PayTo& d) {
    return store::RowHash{}.add("pay-to/1").add(d.entity).add(d.iban).add(d.number).add(d.bank).add(d.bank_name).add(d.holder)
        .add(d.currency).bytes();
}

std::optional<PayTo> load(store::Db& db, std::string_view entity, std::string_view currency, std::string_view state) {
    auto row = db.query("SELECT iban, number, bank, bank_name, holder, content_hash FROM pay_to WHERE entity = ? AND currency = ? AND state = ?");
    if (!row.bind(entity, currency, state).step())
        return {};
    PayTo details{.entity = std::string{entity}, .iban = row.text(0), .number = row.text(1), .bank = row.text(2),
                  .bank_name = row.text(3), .holder = row.text(4), .currency = std::string{currency}};
    if (pay_to_hash(details) != row.text(5))
        throw store::Failure{Errc::store_corrupt, "the pay-to details of " + subject_of(details) + " were changed by other means than owed"};
    return details;
}

void drop_pending(store::Tx& tx, const PayTo& d) {
    tx.query("DELETE FROM pay_to WHERE entity = ? AND currency = ? AND state = 'pending'").bind(d.entity, d.currency).run();
}

void save(store::Tx& tx, const PayTo& d, std::string_view state, Instant now) {
    tx.query("INSERT INTO pay_to(entity, currency, state, iban, number, bank, bank_name, holder, content_hash, at) "
             "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(entity, currency, state) DO UPDATE SET iban = excluded.iban, "
             "number = excluded.number, bank = excluded.bank, bank_name = excluded.bank_name, holder = excluded.holder, "
             "content_hash = excluded.content_hash, at = excluded.at")
        .bind(d.entity, d.currency, state, d.iban, d.number, d.bank, d.bank_name, d.holder, pay_to_hash(d), now.micros).run();
    if (state == "approved")
        tx.query("INSERT INTO pay_to_version(entity, currency, iban, number, bank, bank_name, holder, content_hash, at) "
                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(d.entity, d.currency, d.iban, d.number, d.bank, d.bank_name, d.holder, pay_to_hash(d), now.micros).run();
}

/// What holds for the first details of a pair; parties.hpp says why it ends.
bool is_new_installation(store::Db& db, Instant now) {
    if (!db.query("SELECT 1 FROM pay_to LIMIT 1").step())
        return true;
    const auto epochs = store::epochs(db);
    return epochs.size() == 1 && now < epochs.front().created.plus_seconds(new_installation_seconds);
}

Status record(store::Tx& tx, Clock& clock, const PayTo& now, const std::optional<PayTo>& before, std::string action) {
    return audit::append(tx, clock, {.actor = {.id = "configuration"}, .entity = now.entity, .action = std::move(action),
                                     .object_kind = "pay_to", .object_id = subject_of(now),
                                     .before_hash = before ? raw_hash(*before) : "", .after_hash = raw_hash(now)});
}

}  // namespace

std::string pay_to_hash(const PayTo& details) { return store::hex(raw_hash(cleaned(details))); }

Result<PayToState> register_pay_to(store::Tx& tx, Clock& clock, const PayTo& configured) {
    const PayTo wanted = cleaned(configured);
    if (wanted.entity.empty() || wanted.currency.empty() || (wanted.iban.empty() && wanted.number.empty()))
        return fail(Errc::invalid_argument, "pay-to details need an entity, a currency and an IBAN or account number", subject_of(wanted));
    const auto approved = load(tx, wanted.entity, wanted.currency, "approved");
    const std::string hash = pay_to_hash(wanted);
    if (approved && pay_to_hash(*approved) == hash) {
        drop_pending(tx, wanted);
        return PayToState{*approved, {}};
    }
    const Instant now = clock.now();
    if (audit::is_approved(tx, "pay_to", subject_of(wanted), hash) || (!approved && is_new_installation(tx, now))) {
        save(tx, wanted, "approved", now);
        drop_pending(tx, wanted);
        OWED_TRY_VOID(record(tx, clock, wanted, approved, approved ? "pay_to.change" : "pay_to.first"));
        return PayToState{wanted, {}};
    }
    const auto pending = load(tx, wanted.entity, wanted.currency, "pending");
    if (!pending || pay_to_hash(*pending) != hash) {
        save(tx, wanted, "pending", now);
        OWED_TRY_VOID(record(tx, clock, wanted, approved, "pay_to.pending"));
    }
    return PayToState{approved.value_or(PayTo{}), wanted};
}

std::optional<PayToState> pay_to(store::Db& db, std::string_view entity, std::string_view currency) {
    const auto approved = load(db, entity, currency, "approved");
    const auto pending = load(db, entity, currency, "pending");
    if (!approved && !pending)
        return {};
    return PayToState{approved.value_or(PayTo{}), pending};
}

}  // namespace owed::parties
