#include "host/detail/sealed_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace owed::host {
namespace {

constexpr std::uint64_t plugin_bytes_max = 512u << 20;
std::atomic<std::uint64_t> sealed_count{0};

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

Result<Fd> sealed_bytes(int from, const std::string& path, bool is_program) {
    OWED_TRY(Fd memory, memory_file(std::filesystem::path{path}.filename().string(), is_program));
    OWED_TRY_VOID(copy(from, memory.get(), path));
    if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return fail(Errc::io, std::string{"the plugin's bytes cannot be sealed: "} + std::strerror(errno), path);
    return memory;
}

/// OpenSSL and not libsodium: with the processor's own instructions it is six times as fast. Empty: it failed.
std::string sha256_of(std::span<const unsigned char> bytes) {
    unsigned char digest[32];
    if (::EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, ::EVP_sha256(), nullptr) != 1) return {};
    char text[2 * sizeof digest + 1];
    return sodium_bin2hex(text, sizeof text, digest, sizeof digest);
}

using Shared = std::shared_ptr<const PluginFile::Sealed>;

/// Every copy that somebody holds, by its content and by the file that it was made of.
class Copies {
  public:
    Shared of_file(const FileStamp& stamp, bool is_program) {
        const std::lock_guard lock{mutex_};
        const auto known = by_file_.find({stamp, is_program});
        return known == by_file_.end() ? nullptr : known->second.lock();
    }
    /// `stamp`: none when the file may still change without showing it.
    Shared put(Fd fd, std::string sha256, bool is_program, const std::optional<FileStamp>& stamp) {
        const std::lock_guard lock{mutex_};
        const auto gone = [](const auto& entry) { return entry.second.expired(); };
        std::erase_if(by_content_, gone);
        std::erase_if(by_file_, gone);
        // Only a program's copy may be executed.
        auto& known = by_content_[{sha256, is_program}];
        auto copy = known.lock();
        if (!copy) known = copy = std::make_shared<const PluginFile::Sealed>(std::move(fd), std::move(sha256));
        if (stamp) by_file_[{*stamp, is_program}] = copy;
        return copy;
    }

  private:
    std::mutex mutex_;
    std::map<std::pair<std::string, bool>, std::weak_ptr<const PluginFile::Sealed>> by_content_;
    std::map<std::pair<FileStamp, bool>, std::weak_ptr<const PluginFile::Sealed>> by_file_;
};

Copies& copies() {
    static auto* all = new Copies;   // never torn down: plugins may outlive the end of main
    return *all;
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Result<MappedBytes> MappedBytes::of(int fd, const std::string& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    MappedBytes bytes;
    bytes.length_ = static_cast<std::size_t>(status.st_size);
    if (bytes.length_ == 0) return bytes;
    bytes.at_ = ::mmap(nullptr, bytes.length_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes.at_ == MAP_FAILED) {
        bytes.at_ = nullptr;
        return fail(Errc::io, std::strerror(errno), path);
    }
    return bytes;
}
MappedBytes::~MappedBytes() {
    if (at_ != nullptr) ::munmap(at_, length_);
}
MappedBytes::MappedBytes(MappedBytes&& other) noexcept : at_{std::exchange(other.at_, nullptr)}, length_{other.length_} {}

const std::array<unsigned char, 64>& PluginFile::Sealed::prehash(std::span<const unsigned char> bytes) const {
    std::call_once(hashed_, [&] { crypto_generichash(prehash_.data(), prehash_.size(), bytes.data(), bytes.size(), nullptr, 0); });
    return prehash_;
}

FileStamp FileStamp::of(const struct stat& status) {
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

bool FileStamp::settled(const timespec& now) const {
    constexpr std::int64_t slack_ns = 3'000'000'000;   // the coarsest file system counts in steps of two seconds
    return changed_ns < nanoseconds(now) - slack_ns;
}

Result<Shared> sealed_file(int from, const std::string& path, bool is_program) {
    struct stat status {};
    if (::fstat(from, &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    const auto stamp = FileStamp::of(status);
    if (auto known = copies().of_file(stamp, is_program)) return known;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const bool settled = stamp.settled(now);   // before the copy: what changes it from here on changes its stamp
    ++sealed_count;
    OWED_TRY(Fd memory, sealed_bytes(from, path, is_program));
    OWED_TRY(const auto bytes, MappedBytes::of(memory.get(), path));
    auto sha256 = sha256_of(bytes.span());
    if (sha256.empty()) return fail(Errc::internal, "its SHA-256 cannot be computed", path);
    return copies().put(std::move(memory), std::move(sha256), is_program, settled ? std::optional{stamp} : std::nullopt);
}

std::uint64_t files_sealed() { return sealed_count; }

}  // namespace owed::host
