#include "host/detail/secret_text.hpp"

#include <sodium.h>

#include <cstring>
#include <new>
#include <utility>

namespace owed::host {

SecretText::SecretText(std::string_view text) {
    static const bool ready = sodium_init() >= 0;
    if (text.empty()) return;
    bytes_ = ready ? static_cast<char*>(sodium_malloc(text.size())) : nullptr;
    if (bytes_ == nullptr) throw std::bad_alloc{};
    std::memcpy(bytes_, text.data(), text.size());
    size_ = text.size();
}

SecretText::~SecretText() { clear(); }

SecretText::SecretText(SecretText&& other) noexcept
    : bytes_{std::exchange(other.bytes_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
    if (this == &other) return *this;
    clear();
    bytes_ = std::exchange(other.bytes_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

void SecretText::clear() {
    sodium_free(bytes_);
    bytes_ = nullptr;
    size_ = 0;
}

}  // namespace owed::host
