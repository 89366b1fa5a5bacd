#include "host/loader.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <system_error>
#include <utility>

#include "host/detail/safe_file.hpp"
#include "host/signature.hpp"

namespace owed::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lock_bytes_max = 1u << 20, signature_bytes_max = 4096;
constexpr std::uint64_t plugin_bytes_max = 512u << 20;
constexpr const char* lock_name = "plugins.lock";

std::string names_text(const std::string& folder) {
    const auto names = list_plugins(folder);
    if (!names || names->empty()) return "there are none";
    std::string text = "there are ";
    for (const auto& name : *names) text += (&name == &names->front() ? "" : ", ") + name;
    return text;
}

/// Empty when there is no lock file.
Result<std::string> lock_text(const std::string& folder) {
    OWED_TRY(auto text, read_own_text(folder + "/" + lock_name, lock_bytes_max));
    return std::move(text).value_or("");
}

/// A regular file of one name that nobody else can write to.
Result<Fd> open_checked(const std::string& path, const std::string& folder, const std::string& name) {
    auto fd = open_without_links(path);
    if (!fd && fd.error().code == Errc::not_found)
        return fail(Errc::not_found, "there is no plugin \"" + name + "\"; " + names_text(folder), path, "correct the name, or install the plugin");
    if (!fd) return fail(fd.error());
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    if (!S_ISREG(status.st_mode)) return fail(Errc::refused, "it is no regular file", path);
    if (status.st_nlink != 1)
        return fail(Errc::refused, "the file has " + std::to_string(status.st_nlink) + " names (hard links); a plugin has one", path,
                    "copy the file into the folder instead of linking it");
    OWED_TRY_VOID(check_owner(status, path));
    return fd;
}

/// A memfd that may be mapped as code but never executed by path, on kernels that tell the two apart (6.3).
Result<Fd> memory_file(const std::string& name) {
    constexpr unsigned no_exec_seal = 8;  // MFD_NOEXEC_SEAL; Debian 12's headers do not have it
    Fd fd{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | no_exec_seal)};
    if (!fd.valid() && errno == EINVAL) fd = Fd{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd.valid()) return fail(Errc::io, std::string{"no memory for the plugin's bytes: "} + std::strerror(errno));
    return fd;
}

/// Copies the whole file; what is written to it meanwhile ends up in the copy or not, but is checked either way.
Status copy(int from, int to, const std::string& path) {
    std::vector<char> piece(1u << 18);
    for (std::uint64_t at = 0;;) {
        const auto n = ::pread(from, piece.data(), piece.size(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, std::strerror(errno), path);
        if (n == 0) return {};
        for (ssize_t done = 0; done < n;) {
            const auto written = ::write(to, piece.data() + done, static_cast<std::size_t>(n - done));
            if (written <= 0) return fail(Errc::io, std::string{"no memory for the plugin's bytes: "} + std::strerror(errno), path);
            done += written;
        }
        at += static_cast<std::uint64_t>(n);
        if (at > plugin_bytes_max) return fail(Errc::input_too_large, "a plugin has at most " + std::to_string(plugin_bytes_max >> 20) + " MiB", path);
    }
}

/// The sealed bytes of a file, mapped.
class Bytes {
  public:
    static Result<Bytes> of(int fd, const std::string& path) {
        struct stat status {};
        if (::fstat(fd, &status) != 0) return fail(Errc::io, std::strerror(errno), path);
        Bytes bytes;
        bytes.length_ = static_cast<std::size_t>(status.st_size);
        if (bytes.length_ == 0) return bytes;
        bytes.at_ = ::mmap(nullptr, bytes.length_, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes.at_ == MAP_FAILED) {
            bytes.at_ = nullptr;
            return fail(Errc::io, std::strerror(errno), path);
        }
        return bytes;
    }
    ~Bytes() {
        if (at_ != nullptr) ::munmap(at_, length_);
    }
    Bytes(Bytes&& other) noexcept : at_{std::exchange(other.at_, nullptr)}, length_{other.length_} {}
    Bytes& operator=(Bytes&&) = delete;
    std::span<const unsigned char> span() const { return {static_cast<const unsigned char*>(at_), at_ == nullptr ? 0 : length_}; }

  private:
    Bytes() = default;
    void* at_ = nullptr;
    std::size_t length_ = 0;
};

/// OpenSSL and not libsodium: with the processor's own instructions it is six times as fast, and every start hashes every
/// plugin. Empty: it failed.
std::string sha256_of(std::span<const unsigned char> bytes) {
    unsigned char digest[32];
    if (::EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, ::EVP_sha256(), nullptr) != 1) return {};
    char text[2 * sizeof digest + 1];
    return sodium_bin2hex(text, sizeof text, digest, sizeof digest);
}

/// Calls `each(line number, hash, name)` for each entry.
template <class Each>
Status for_each_entry(std::string_view text, Each each) {
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        const bool hash_first = line.size() > 66 && line.substr(64, 2) == "  " &&
                                line.find_first_not_of("0123456789abcdef") == 64;
        if (!hash_first)
            return fail(Errc::invalid_config, "this line is no \"<sha256>  NAME.so\"", std::string{lock_name} + ":" + std::to_string(number),
                        "let the build or `owectl plugin trust` write the file");
        each(line.substr(0, 64), line.substr(66));
    }
    return {};
}

Status write_lock(const std::string& folder, const std::string& text) {
    const std::string path = folder + "/" + lock_name, fresh = path + ".new";
    const Fd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd.valid()) return fail(Errc::io, std::strerror(errno), fresh);
    const bool written = ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd.get()) == 0;
    if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return fail(Errc::io, std::strerror(errno), path);
    return {};
}

}  // namespace

struct PluginFile::Sealed {
    Fd fd;
    std::string sha256;
};
int PluginFile::fd() const { return sealed_->fd.get(); }
const std::string& PluginFile::sha256() const { return sealed_->sha256; }

namespace {

/// One copy per content in this process: twenty instances of a plugin share its bytes, and with isolation none the same
/// plugin is loaded once, since a library is known by its inode.
std::shared_ptr<const PluginFile::Sealed> shared_copy(Fd fd, std::string sha256) {
    static std::mutex mutex;
    static auto* copies = new std::map<std::string, std::weak_ptr<const PluginFile::Sealed>>;
    const std::lock_guard lock{mutex};
    std::erase_if(*copies, [](const auto& entry) { return entry.second.expired(); });
    if (const auto known = copies->find(sha256); known != copies->end())
        if (auto copy = known->second.lock()) return copy;
    auto made = std::make_shared<const PluginFile::Sealed>(PluginFile::Sealed{std::move(fd), sha256});
    copies->emplace(std::move(sha256), made);
    return made;
}

/// The file's bytes, sealed and hashed; nothing is decided yet.
Result<PluginFile> sealed_copy(const std::string& folder, const std::string& name) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
        return fail(Errc::invalid_config, "\"" + name + "\" is no name of a plugin; " + names_text(folder), folder);
    OWED_TRY(const auto real, checked_folder(folder));
    const std::string path = real + "/" + name + ".so";
    OWED_TRY(const Fd file, open_checked(path, folder, name));
    OWED_TRY(Fd memory, memory_file(name + ".so"));
    OWED_TRY_VOID(copy(file.get(), memory.get(), path));
    if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail(Errc::io, std::string{"the plugin's bytes cannot be sealed: "} + std::strerror(errno), path);
    OWED_TRY(const auto bytes, Bytes::of(memory.get(), path));
    auto sha256 = sha256_of(bytes.span());
    if (sha256.empty()) return fail(Errc::internal, "its SHA-256 cannot be computed", path);
    return PluginFile{shared_copy(std::move(memory), std::move(sha256)), path};
}

Status check_listed(const LoadRules& rules, const std::string& name, const PluginFile& file) {
    OWED_TRY(const auto lock, lock_text(rules.folder));
    OWED_TRY(const auto expected, locked_hash(lock, name + ".so"));
    if (expected.empty() && !rules.allow_unlisted)
        return fail(Errc::refused, "plugins.lock does not list this plugin", file.path(),
                    "if you know where it comes from: owectl plugin trust " + file.path());
    if (!expected.empty() && expected != file.sha256())
        return fail(Errc::refused, "its SHA-256 is " + file.sha256().substr(0, 16) + "..., and plugins.lock says " + expected.substr(0, 16) + "...",
                    file.path(), "the file was changed since it was listed; reinstall it, or owectl plugin trust " + file.path());
    return {};
}

/// What the policy asks of this file. Never by_default.
Signatures asked_of(const LoadRules& rules, bool any_key, const std::string& path) {
    if (rules.signatures != Signatures::by_default) return rules.signatures;
    if (!any_key) return Signatures::off;
    std::error_code error;
    const auto package = fs::canonical(rules.package_folder.empty() ? rules.folder : rules.package_folder, error);
    const bool packaged = !error && fs::path{path}.parent_path() == package;
    return rules.in_daemon || !packaged ? Signatures::require : Signatures::warn;
}

/// How a file stands to the trusted keys: signed by one (then its trusted comment), or why not.
struct Standing {
    bool is_signed = false;
    std::string text;
};
Result<Standing> standing_of(const PluginFile& file, std::span<const TrustedKey> keys, const std::string& keys_folder) {
    const auto path = file.path() + ".minisig";
    OWED_TRY(const auto text, read_own_text(path, signature_bytes_max));
    if (!text) return Standing{false, "it has no signature (" + fs::path{path}.filename().string() + " beside it)"};
    if (keys.empty()) return Standing{false, "no key is configured that could vouch for it (*.pub in " + keys_folder + ")"};
    OWED_TRY(const auto signature, parse_signature(*text, path));
    OWED_TRY(const auto bytes, Bytes::of(file.fd(), file.path()));
    OWED_TRY(const TrustedKey* key, verify(signature, keys, bytes.span(), file.path()));
    if (key == nullptr) return Standing{false, "it is signed by key " + key_id_text(signature.key_id) + ", which is not in " + keys_folder};
    return Standing{true, signature.trusted_comment};
}

}  // namespace

Result<std::string> locked_hash(std::string_view text, const std::string& file_name) {
    std::string found;
    OWED_TRY_VOID(for_each_entry(text, [&](std::string_view hash, std::string_view name) {
        if (name == file_name) found = hash;
    }));
    return found;
}

Result<PluginFile> open_plugin(const LoadRules& rules, const std::string& name) {
    OWED_TRY(auto file, sealed_copy(rules.folder, name));
    OWED_TRY_VOID(check_listed(rules, name, file));
    if (rules.signatures == Signatures::off) return file;
    OWED_TRY(const auto keys, trusted_keys(rules.trusted_keys));
    const auto asked = asked_of(rules, !keys.empty(), file.path());
    if (asked == Signatures::off) return file;
    OWED_TRY(auto standing, standing_of(file, keys, rules.trusted_keys));
    if (standing.is_signed) {
        file.signed_comment_ = std::move(standing.text);
        return file;
    }
    if (asked == Signatures::require)
        return fail(Errc::refused, standing.text + "; a trusted signature is required" + (rules.in_daemon ? " for isolation: none" : ""), file.path(),
                    "take the plugin from where it is signed and put that key's .pub into " + rules.trusted_keys);
    file.warnings_.push_back("plugin " + name + ": " + standing.text + "; it is loaded all the same");
    return file;
}

Result<PluginFile> open_plugin(const std::string& folder, const std::string& name, bool allow_unlisted) {
    LoadRules rules;
    rules.folder = folder;
    rules.allow_unlisted = allow_unlisted;
    rules.signatures = Signatures::off;
    return open_plugin(rules, name);
}

Result<std::vector<std::string>> list_plugins(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".so") names.push_back(at->path().stem().string());
    if (error) return fail(Errc::io, error.message(), folder);
    std::sort(names.begin(), names.end());
    return names;
}

Status trust_plugin(const std::string& folder, const std::string& name) {
    OWED_TRY(const auto file, sealed_copy(folder, name));
    OWED_TRY(const auto before, lock_text(folder));
    std::string after;
    const std::string file_name = name + ".so";
    OWED_TRY_VOID(for_each_entry(before, [&](std::string_view hash, std::string_view listed) {
        if (listed != file_name) after += std::string{hash} + "  " + std::string{listed} + "\n";
    }));
    after += file.sha256() + "  " + file_name + "\n";
    return write_lock(folder, after);
}

}  // namespace owed::host
