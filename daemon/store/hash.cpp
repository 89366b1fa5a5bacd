// SHA-256 of rows and bytes.
#include <openssl/evp.h>

#include <cstdint>

#include "store/store.hpp"

namespace owed::store {

namespace {

/// Looked up once: fetching an algorithm costs more than hashing a row.
std::string digest(std::string_view bytes) {
    struct Context {
        EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        ~Context() {
            EVP_MD_CTX_free(context);
            EVP_MD_free(algorithm);
        }
    };
    thread_local Context own;
    std::string out(32, '\0');
    OWED_CHECK(own.context && own.algorithm && EVP_DigestInit_ex2(own.context, own.algorithm, nullptr) == 1 &&
                   EVP_DigestUpdate(own.context, bytes.data(), bytes.size()) == 1 &&
                   EVP_DigestFinal_ex(own.context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1,
               "SHA-256 is not available");
    return out;
}

template <int bytes>
void put_little_endian(char* at, std::uint64_t value) {
    for (int i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

// Length and field go in together: a row has some thirty fields, and a receipt a dozen rows.
RowHash& RowHash::add(std::string_view text) {
    OWED_CHECK(text.size() <= UINT32_MAX, "a hashed field is longer than its length prefix can say");
    char length[4];
    put_little_endian<4>(length, text.size());
    fields_.append(length, sizeof length).append(text);
    return *this;
}

RowHash& RowHash::add(std::int64_t number) {
    char field[12];
    put_little_endian<4>(field, 8);
    put_little_endian<8>(field + 4, static_cast<std::uint64_t>(number));
    fields_.append(field, sizeof field);
    return *this;
}

std::string RowHash::bytes() {
    auto out = digest(fields_);
    fields_.clear();
    return out;
}

std::string sha256(std::string_view bytes) { return digest(bytes); }

std::string hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        out += digits[static_cast<unsigned char>(byte) >> 4];
        out += digits[static_cast<unsigned char>(byte) & 15];
    }
    return out;
}

}  // namespace owed::store
