// Personal values as commitments under a key per subject: erasing the key erases the proof, not the chain.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "audit/audit.hpp"

namespace owed::audit {

std::string commit_personal(store::Tx& tx, Rng& rng, std::string_view subject, std::string_view value) {
    std::string key;
    {
        auto known = tx.query("SELECT key FROM audit_subject_key WHERE subject = ?");
        if (known.bind(subject).step())
            key = known.blob(0);
    }
    if (key.empty()) {
        key.resize(32);
        rng.fill("audit.subject_key", {reinterpret_cast<unsigned char*>(key.data()), key.size()});
        tx.query("INSERT INTO audit_subject_key(subject, key) VALUES(?, ?)").set(0, subject).set_blob(1, key).run();
    }
    std::string out(32, '\0');
    unsigned int size = 0;
    OWED_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(value.data()),
                    value.size(), reinterpret_cast<unsigned char*>(out.data()), &size) && size == out.size(),
               "HMAC-SHA-256 failed");
    return store::hex(out);
}

Status erase_subject(store::Tx& tx, Clock& clock, const Actor& by, std::string_view subject, std::string_view reason) {
    tx.query("DELETE FROM audit_subject_key WHERE subject = ?").bind(subject).run();
    if (tx.changed_rows() == 0)
        return fail(Errc::not_found, "the audit trail holds no key of " + std::string{subject});
    return append(tx, clock, {.actor = by, .action = "subject.erased", .object_kind = "subject", .object_id = std::string{subject},
                              .reason = std::string{reason}});
}

}  // namespace owed::audit
