#include "host/detail/jwt.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <memory>
#include <vector>

namespace owed::host {
namespace {

struct Closer {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T> using Owned = std::unique_ptr<T, Closer>;

std::string base64url(const unsigned char* bytes, std::size_t size) {
    std::string out(sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(out.data(), out.size(), bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out.pop_back();  // the terminating zero
    return out;
}
std::string base64url(const std::string& text) { return base64url(reinterpret_cast<const unsigned char*>(text.data()), text.size()); }

/// A key with a passphrase is refused, not asked about on a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<Owned<EVP_PKEY>> read_key(std::string_view pem) {
    const Owned<BIO> bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    Owned<EVP_PKEY> key{bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr};
    if (!key)
        return fail(Errc::invalid_config, "the private key is no PEM private key, or it has a passphrase", {},
                    "PKCS #8 in PEM; openssl pkey -in OLD -out NEW takes a passphrase off");
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return fail(Errc::invalid_config, "the private key is no RSA key, and RS256 needs one");
    if (EVP_PKEY_get_bits(key.get()) < 2048)
        return fail(Errc::invalid_config, "the private key has " + std::to_string(EVP_PKEY_get_bits(key.get())) + " bits; RS256 takes 2048 and more (RFC 7518 3.3)");
    return key;
}

std::string claims_json(const JwtClaims& claims) {
    boost::json::object json{{"iss", claims.issuer}, {"sub", claims.subject}, {"aud", claims.audience}, {"iat", claims.issued_at}, {"exp", claims.expires_at}};
    if (!claims.id.empty()) json["jti"] = claims.id;
    return boost::json::serialize(json);
}

}  // namespace

Result<SecretText> signed_jwt(const JwtClaims& claims, std::string_view private_key) {
    OWED_TRY(const auto key, read_key(private_key));
    boost::json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
    if (!claims.key_id.empty()) header["kid"] = claims.key_id;
    const std::string text = base64url(boost::json::serialize(header)) + "." + base64url(claims_json(claims));
    const Owned<EVP_MD_CTX> context{EVP_MD_CTX_new()};
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    std::vector<unsigned char> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
    size = signature.size();
    const bool good = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                      EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
    if (!good) return fail(Errc::invalid_config, "the private key does not sign: OpenSSL refuses it");
    return SecretText{text + "." + base64url(signature.data(), size)};
}

}  // namespace owed::host
