#include "shared/drop_out.hpp"

#include <sodium.h>

#include <array>

namespace owed::plugins {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

SendReceipt refused(std::string detail) {
    return SendReceipt{.state = SendState::refused, .provider_id = {}, .detail = std::move(detail), .retry_after_ms = 0};
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    std::string hex;
    for (const unsigned char byte : digest) hex += {hex_digits[byte >> 4], hex_digits[byte & 15]};
    return hex;
}

std::string file_name_for(std::string_view key) {
    std::string name;
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        const bool keep = is_plain(c) && !(c == '.' && name.empty());
        if (keep) name += c;
        else name += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    }
    if (name.empty()) return "%";
    return name.size() <= 120 ? name : name.substr(0, 80) + "-" + sha256_hex(key).substr(0, 32);
}

DropOut::DropOut(plugin::Host host, std::string folder, bool collected)
    : host_{host}, folder_{std::move(folder)}, collected_{collected} {}

Status DropOut::check() const {
    OWED_TRY_VOID(host_.files().exists(folder_, "owed-check"));
    return {};
}

Result<SendReceipt> DropOut::put(const std::vector<NewFile>& files) const {
    for (const NewFile& file : files) {
        const Status written = host_.files().write_new(folder_, file.name, file.bytes);
        if (written) continue;
        if (written.error().code == Errc::already_exists)
            return refused("a file " + file.name + " with other content is there already; it was left as it is");
        return fail(written.error());
    }
    return SendReceipt{.state = SendState::sent, .provider_id = files.back().name,
                       .detail = "written to " + folder_ + " as " + files.front().name, .retry_after_ms = 0};
}

Result<std::optional<SendReceipt>> DropOut::find(const std::string& last_name) const {
    OWED_TRY(const bool there, host_.files().exists(folder_, last_name));
    if (there)
        return SendReceipt{.state = SendState::sent, .provider_id = last_name, .detail = last_name + " is in " + folder_,
                           .retry_after_ms = 0};
    if (collected_) return std::optional<SendReceipt>{};
    return SendReceipt{.state = SendState::retry, .provider_id = {}, .detail = last_name + " is not in " + folder_ + ", so it was never written",
                       .retry_after_ms = 0};
}

}  // namespace owed::plugins
