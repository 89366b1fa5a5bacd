// A secret that stays in memory: locked, kept out of core dumps, overwritten at its end.
#pragma once

#include <cstddef>
#include <string_view>

namespace owed::host {

/// sodium_malloc with guard pages around it (SECURITY 7.10). Not copied; moved.
class SecretText {
  public:
    SecretText() = default;
    explicit SecretText(std::string_view text);
    ~SecretText();
    SecretText(SecretText&& other) noexcept;
    SecretText& operator=(SecretText&& other) noexcept;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;

    bool empty() const { return size_ == 0; }
    /// Lives as long as this.
    std::string_view view() const { return {bytes_, size_}; }
    void clear();

  private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace owed::host
