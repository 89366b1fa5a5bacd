#include "host/signature.hpp"

#include <sodium.h>

#include <algorithm>
#include <filesystem>

#include "host/detail/safe_file.hpp"

namespace owed::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_file_bytes_max = 4096;
constexpr std::string_view trusted_prefix = "trusted comment: ";

/// Takes the next line off `text`, without its end.
std::string_view next_line(std::string_view& text) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

/// Base64 of exactly as many bytes as `out` has.
template <std::size_t Size>
bool decode(std::string_view text, std::array<unsigned char, Size>& out) {
    std::size_t length = 0;
    return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           length == out.size();
}

tl::unexpected<Error> not_minisign(const std::string& where, int line, std::string what) {
    return fail(Errc::malformed_input, std::move(what), where + ":" + std::to_string(line), "make it with minisign");
}

}  // namespace

std::string key_id_text(const std::array<unsigned char, 8>& id) {
    // minisign shows the eight bytes as one little-endian number.
    std::string text;
    for (auto byte = id.rbegin(); byte != id.rend(); ++byte) {
        constexpr char digits[] = "0123456789ABCDEF";
        text += digits[*byte >> 4];
        text += digits[*byte & 15];
    }
    return text;
}

Result<TrustedKey> parse_key(std::string_view text, const std::string& where) {
    int line = 1;
    auto content = next_line(text);
    if (content.starts_with("untrusted comment:")) {
        content = next_line(text);
        ++line;
    }
    std::array<unsigned char, 42> bytes{};
    if (!decode(content, bytes) || bytes[0] != 'E' || bytes[1] != 'd')
        return not_minisign(where, line, "this is no minisign public key (base64 of 42 bytes, algorithm Ed)");
    TrustedKey key;
    std::copy_n(bytes.begin() + 2, key.id.size(), key.id.begin());
    std::copy_n(bytes.begin() + 10, key.key.size(), key.key.begin());
    key.file = where;
    return key;
}

Result<std::vector<TrustedKey>> trusted_keys(const std::string& folder) {
    std::vector<TrustedKey> keys;
    std::error_code error;
    if (folder.empty() || !fs::exists(folder, error)) {
        if (error && error != std::errc::no_such_file_or_directory) return fail(Errc::io, error.message(), folder);
        return keys;
    }
    std::vector<std::string> files;
    fs::directory_iterator at{folder, error};
    for (const fs::directory_iterator end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".pub") files.push_back(at->path().filename().string());
    if (error) return fail(Errc::io, error.message(), folder, "let the user that owed runs as read the folder");
    if (files.empty()) return keys;
    OWED_TRY(const auto real, checked_folder(folder));
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        const auto path = real + "/" + file;
        OWED_TRY(const auto text, read_own_text(path, key_file_bytes_max));
        OWED_TRY(auto key, parse_key(text.value_or(""), path));
        keys.push_back(std::move(key));
    }
    return keys;
}

Result<Signature> parse_signature(std::string_view text, const std::string& where) {
    if (!next_line(text).starts_with("untrusted comment:")) return not_minisign(where, 1, "it does not begin with \"untrusted comment:\"");
    std::array<unsigned char, 74> bytes{};
    if (!decode(next_line(text), bytes)) return not_minisign(where, 2, "this is no base64 of 74 bytes");
    Signature signature;
    if (bytes[0] != 'E' || (bytes[1] != 'd' && bytes[1] != 'D')) return not_minisign(where, 2, "its algorithm is neither Ed nor ED");
    signature.prehashed = bytes[1] == 'D';
    std::copy_n(bytes.begin() + 2, signature.key_id.size(), signature.key_id.begin());
    std::copy_n(bytes.begin() + 10, signature.of_file.size(), signature.of_file.begin());
    const auto comment = next_line(text);
    if (!comment.starts_with(trusted_prefix)) return not_minisign(where, 3, "it does not begin with \"trusted comment: \"");
    signature.trusted_comment = comment.substr(trusted_prefix.size());
    if (!decode(next_line(text), signature.of_comment)) return not_minisign(where, 4, "this is no base64 of 64 bytes");
    return signature;
}

Result<const TrustedKey*> verify(const Signature& signature, std::span<const TrustedKey> keys, std::span<const unsigned char> bytes,
                                 const std::string& where, const Prehash& prehash) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const TrustedKey& one) { return one.id == signature.key_id; });
    if (key == keys.end()) return nullptr;
    std::array<unsigned char, 64> hash{};
    if (signature.prehashed) {
        if (prehash) hash = prehash();
        else crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(), nullptr, 0);
        bytes = hash;
    }
    const std::string advice = "the file or its signature was changed after it was signed; reinstall both";
    if (crypto_sign_verify_detached(signature.of_file.data(), bytes.data(), bytes.size(), key->key.data()) != 0)
        return fail(Errc::refused, "its signature does not fit the file (key " + key_id_text(key->id) + ")", where, advice);
    // The second signature binds the comment to the first.
    std::string bound{signature.of_file.begin(), signature.of_file.end()};
    bound += signature.trusted_comment;
    if (crypto_sign_verify_detached(signature.of_comment.data(), reinterpret_cast<const unsigned char*>(bound.data()), bound.size(), key->key.data()) != 0)
        return fail(Errc::refused, "the trusted comment of its signature was changed (key " + key_id_text(key->id) + ")", where, advice);
    return &*key;
}

Status check_comment(std::string_view comment, const std::string& id, const std::string& version, const std::string& where) {
    if (comment.empty() || comment.starts_with("timestamp:")) return {};
    std::string words[2];
    std::string_view rest = comment;
    for (auto& word : words) {
        rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t")));
        word = rest.substr(0, rest.find_first_of(" \t"));
        rest.remove_prefix(word.size());
    }
    if (words[0].starts_with("id=")) words[0].erase(0, 3);
    if (words[1].starts_with("version=")) words[1].erase(0, 8);
    if (words[0] == id && words[1] == version) return {};
    std::string shown;   // signed, and all the same for a terminal to show
    for (const char c : comment.substr(0, 100)) shown += c >= 0x20 && c < 0x7f ? c : '?';
    return fail(Errc::refused, "its signature's trusted comment says \"" + shown + "\", and its manifest says \"" + id + " " + version + "\"", where,
                "the signature is of another release; reinstall both, or sign with -t '" + id + " " + version + "'");
}

}  // namespace owed::host
