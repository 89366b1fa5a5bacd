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
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "host/detail/safe_file.hpp"
#include "host/detail/start_line.hpp"
#include "host/signature.hpp"

namespace owed::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lock_bytes_max = 1u << 20, signature_bytes_max = 4096, manifest_bytes_max = 256u << 10;
constexpr std::uint64_t plugin_bytes_max = 512u << 20;
constexpr const char* lock_name = "plugins.lock";
constexpr std::string_view manifest_ending = ".manifest.json";

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

/// A memfd that may be mapped as code and, unless it is a program, never executed by path, on kernels that tell the two
/// apart (6.3).
Result<Fd> memory_file(const std::string& name, bool is_program) {
    constexpr unsigned no_exec_seal = 8, exec = 16;  // MFD_NOEXEC_SEAL, MFD_EXEC; Debian 12's headers do not have them
    Fd fd{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | (is_program ? exec : no_exec_seal))};
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
            return fail(Errc::invalid_config, "this line is no \"<sha256>  FILE\"", std::string{lock_name} + ":" + std::to_string(number),
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
std::shared_ptr<const PluginFile::Sealed> shared_copy(Fd fd, std::string sha256, bool is_program) {
    static std::mutex mutex;
    static auto* copies = new std::map<std::string, std::weak_ptr<const PluginFile::Sealed>>;
    const std::lock_guard lock{mutex};
    std::erase_if(*copies, [](const auto& entry) { return entry.second.expired(); });
    auto key = (is_program ? "program " : "") + sha256;   // only a program's copy may be executed
    if (const auto known = copies->find(key); known != copies->end())
        if (auto copy = known->second.lock()) return copy;
    auto made = std::make_shared<const PluginFile::Sealed>(PluginFile::Sealed{std::move(fd), std::move(sha256)});
    copies->emplace(std::move(key), made);
    return made;
}

bool there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

/// Which of the two it is. What is not there at all is reported as a missing shared object.
Result<bool> is_program_there(const std::string& base) {
    const bool program = there(base) && there(base + std::string{manifest_ending});
    if (program && there(base + ".so"))
        return fail(Errc::refused, "there are two plugins of this name, " + base + ".so and the program " + base, base, "remove one of them");
    return program;
}

/// The sealed bytes of one file. `plugin`: for messages.
Result<Fd> sealed_bytes(const std::string& path, const std::string& folder, const std::string& plugin, bool is_program) {
    OWED_TRY(const Fd file, open_checked(path, folder, plugin));
    if (struct stat status {}; is_program && (::fstat(file.get(), &status) != 0 || (status.st_mode & S_IXUSR) == 0))
        return fail(Errc::refused, "it has a manifest beside it, so it is a program, but it is not executable", path, "chmod 755 " + path);
    OWED_TRY(Fd memory, memory_file(fs::path{path}.filename().string(), is_program));
    OWED_TRY_VOID(copy(file.get(), memory.get(), path));
    if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail(Errc::io, std::string{"the plugin's bytes cannot be sealed: "} + std::strerror(errno), path);
    return memory;
}

/// One file of a plugin as the rules look at it.
struct Part {
    std::string path, sha256;
    std::span<const unsigned char> bytes;
};

Status check_listed(const LoadRules& rules, const std::string& plugin_path, const Part& part) {
    OWED_TRY(const auto lock, lock_text(rules.folder));
    OWED_TRY(const auto expected, locked_hash(lock, fs::path{part.path}.filename().string()));
    if (expected.empty() && !rules.allow_unlisted)
        return fail(Errc::refused, "plugins.lock does not list this plugin", part.path,
                    "if you know where it comes from: owectl plugin trust " + plugin_path);
    if (!expected.empty() && expected != part.sha256)
        return fail(Errc::refused, "its SHA-256 is " + part.sha256.substr(0, 16) + "..., and plugins.lock says " + expected.substr(0, 16) + "...",
                    part.path, "the file was changed since it was listed; reinstall it, or owectl plugin trust " + plugin_path);
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
Result<Standing> standing_of(const Part& part, std::span<const TrustedKey> keys, const std::string& keys_folder) {
    const auto path = part.path + ".minisig";
    OWED_TRY(const auto text, read_own_text(path, signature_bytes_max));
    if (!text) return Standing{false, "it has no signature (" + fs::path{path}.filename().string() + " beside it)"};
    if (keys.empty()) return Standing{false, "no key is configured that could vouch for it (*.pub in " + keys_folder + ")"};
    OWED_TRY(const auto signature, parse_signature(*text, path));
    OWED_TRY(const TrustedKey* key, verify(signature, keys, part.bytes, part.path));
    if (key == nullptr) return Standing{false, "it is signed by key " + key_id_text(signature.key_id) + ", which is not in " + keys_folder};
    return Standing{true, signature.trusted_comment};
}

}  // namespace

/// A plugin's bytes and what the rules look at; nothing is decided yet.
struct Opening {
    PluginFile file;
    Bytes bytes;
    std::vector<Part> parts;        ///< the plugin itself first
    std::optional<Bytes> manifest;  ///< of a program

    static Result<Opening> of(const std::string& folder, const std::string& name) {
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
            return fail(Errc::invalid_config, "\"" + name + "\" is no name of a plugin; " + names_text(folder), folder);
        OWED_TRY(const auto real, checked_folder(folder));
        const std::string base = real + "/" + name;
        OWED_TRY(const bool is_program, is_program_there(base));
        const std::string path = is_program ? base : base + ".so";
        OWED_TRY(Fd memory, sealed_bytes(path, folder, name, is_program));
        OWED_TRY(auto bytes, Bytes::of(memory.get(), path));
        auto sha256 = sha256_of(bytes.span());
        if (sha256.empty()) return fail(Errc::internal, "its SHA-256 cannot be computed", path);
        std::vector<Part> parts{{path, sha256, bytes.span()}};
        Opening opening{PluginFile{shared_copy(std::move(memory), std::move(sha256), is_program), path}, std::move(bytes), std::move(parts), {}};
        if (is_program) OWED_TRY_VOID(opening.add_manifest(base + std::string{manifest_ending}, folder, name));
        return opening;
    }

  private:
    Status add_manifest(const std::string& path, const std::string& folder, const std::string& name) {
        OWED_TRY(const auto start, start_of_program(file.fd()));
        if (!start.problem.empty()) return fail(Errc::unsupported, start.problem, file.path(), start.advice);
        OWED_TRY(const Fd memory, sealed_bytes(path, folder, name, false));
        OWED_TRY(auto mapped, Bytes::of(memory.get(), path));
        manifest.emplace(std::move(mapped));
        const auto text = manifest->span();
        if (text.empty() || text.size() > manifest_bytes_max)
            return fail(Errc::unsupported, "its manifest is empty, or has more than 256 KiB", path);
        file.manifest_text_.assign(reinterpret_cast<const char*>(text.data()), text.size());
        parts.push_back({path, sha256_of(text), text});
        return {};
    }
};

Result<std::string> locked_hash(std::string_view text, const std::string& file_name) {
    std::string found;
    OWED_TRY_VOID(for_each_entry(text, [&](std::string_view hash, std::string_view name) {
        if (name == file_name) found = hash;
    }));
    return found;
}

Result<PluginFile> open_plugin(const LoadRules& rules, const std::string& name) {
    OWED_TRY(auto opening, Opening::of(rules.folder, name));
    auto& file = opening.file;
    for (const auto& part : opening.parts) OWED_TRY_VOID(check_listed(rules, file.path(), part));
    if (rules.signatures == Signatures::off) return std::move(file);
    OWED_TRY(const auto keys, trusted_keys(rules.trusted_keys));
    const auto asked = asked_of(rules, !keys.empty(), file.path());
    if (asked == Signatures::off) return std::move(file);
    for (const auto& part : opening.parts) {   // a program's manifest says what it may do: it needs a signature as well
        OWED_TRY(auto standing, standing_of(part, keys, rules.trusted_keys));
        if (standing.is_signed) {
            if (file.signed_comment_.empty()) file.signed_comment_ = std::move(standing.text);
            continue;
        }
        if (asked == Signatures::require)
            return fail(Errc::refused, standing.text + "; a trusted signature is required" + (rules.in_daemon ? " for isolation: none" : ""), part.path,
                        "take the plugin from where it is signed and put that key's .pub into " + rules.trusted_keys);
        file.signed_comment_.clear();
        file.warnings_.push_back("plugin " + name + ": " + standing.text + "; it is loaded all the same");
        break;
    }
    return std::move(file);
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
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        auto name = at->path().filename().string();
        if (at->path().extension() == ".so") names.push_back(at->path().stem().string());
        else if (there(at->path().string() + std::string{manifest_ending})) names.push_back(std::move(name));
    }
    if (error) return fail(Errc::io, error.message(), folder);
    std::sort(names.begin(), names.end());
    return names;
}

Status trust_plugin(const std::string& folder, const std::string& name) {
    OWED_TRY(const auto opening, Opening::of(folder, name));
    OWED_TRY(const auto before, lock_text(folder));
    std::string after, added;
    std::vector<std::string> files;
    for (const auto& part : opening.parts) {
        files.push_back(fs::path{part.path}.filename().string());
        added += part.sha256 + "  " + files.back() + "\n";
    }
    OWED_TRY_VOID(for_each_entry(before, [&](std::string_view hash, std::string_view listed) {
        if (std::find(files.begin(), files.end(), listed) == files.end()) after += std::string{hash} + "  " + std::string{listed} + "\n";
    }));
    return write_lock(folder, after + added);
}

}  // namespace owed::host
