// SHA-256 of rows and bytes.
#include <openssl/evp.h>

#include <array>

#include "store/store.hpp"

namespace owed::store {

struct RowHash::Impl {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Impl() { EVP_MD_CTX_free(context); }
    void update(const void* bytes, std::size_t size) {
        OWED_CHECK(EVP_DigestUpdate(context, bytes, size) == 1, "SHA-256 failed");
    }
    void length(std::size_t size) {
        std::array<unsigned char, 4> prefix{};
        for (int i = 0; i < 4; ++i)
            prefix[static_cast<std::size_t>(i)] = static_cast<unsigned char>(size >> (8 * i));
        update(prefix.data(), prefix.size());
    }
};

RowHash::RowHash() : impl_{std::make_unique<Impl>()} {
    OWED_CHECK(impl_->context && EVP_DigestInit_ex(impl_->context, EVP_sha256(), nullptr) == 1, "SHA-256 is not available");
}
RowHash::~RowHash() = default;

RowHash& RowHash::add(std::string_view text) {
    OWED_CHECK(text.size() <= UINT32_MAX, "a hashed field is longer than its length prefix can say");
    impl_->length(text.size());
    impl_->update(text.data(), text.size());
    return *this;
}

RowHash& RowHash::add(std::int64_t number) {
    std::array<unsigned char, 8> bytes{};
    const auto value = static_cast<std::uint64_t>(number);
    for (int i = 0; i < 8; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(value >> (8 * i));
    impl_->length(bytes.size());
    impl_->update(bytes.data(), bytes.size());
    return *this;
}

std::string RowHash::bytes() {
    std::string out(32, '\0');
    OWED_CHECK(EVP_DigestFinal_ex(impl_->context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1, "SHA-256 failed");
    return out;
}

std::string sha256(std::string_view bytes) {
    std::string out(32, '\0');
    OWED_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha256(), nullptr) == 1,
               "SHA-256 is not available");
    return out;
}

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
