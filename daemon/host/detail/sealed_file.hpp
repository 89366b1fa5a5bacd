// A plugin file's bytes in sealed memory, copied and hashed once as long as somebody holds them: twenty instances of a
// plugin share one copy, and opening it a twentieth time reads none of it.
#pragma once

#include <sys/stat.h>
#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "host/detail/frame_socket.hpp"
#include "host/loader.hpp"

namespace owed::host {

/// The sealed bytes of a file, mapped.
class MappedBytes {
  public:
    /// Errors: io, at `path`.
    static Result<MappedBytes> of(int fd, const std::string& path);
    ~MappedBytes();
    MappedBytes(MappedBytes&& other) noexcept;
    MappedBytes& operator=(MappedBytes&&) = delete;
    std::span<const unsigned char> span() const { return {static_cast<const unsigned char*>(at_), at_ == nullptr ? 0 : length_}; }

  private:
    MappedBytes() = default;
    void* at_ = nullptr;
    std::size_t length_ = 0;
};

struct PluginFile::Sealed {
    Fd fd;
    std::string sha256;   ///< lower-case hex
    /// BLAKE2b-512 of the bytes, which a signature is over; computed at the first call. `bytes` are ours, mapped. Any thread.
    const std::array<unsigned char, 64>& prehash(std::span<const unsigned char> bytes) const;

    Sealed(Fd fd_, std::string sha256_) : fd{std::move(fd_)}, sha256{std::move(sha256_)} {}

  private:
    mutable std::once_flag hashed_;
    mutable std::array<unsigned char, 64> prehash_{};
};

/// Copies an open file into memory that nobody can change any more (a program's may be executed), and hashes it. One content
/// has one copy in this process: with isolation none a library is known by its inode. A file that has not changed since it
/// was copied is not read again. Errors: io, input_too_large (512 MiB). Any thread.
Result<std::shared_ptr<const PluginFile::Sealed>> sealed_file(int from, const std::string& path, bool is_program);

/// How often sealed_file has read a file since the process began. For tests.
std::uint64_t files_sealed();

/// Which state of which file: two equal ones are the same bytes, if the first was settled when it was taken.
struct FileStamp {
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    static FileStamp of(const struct stat& status);
    /// Whether a change from now on gets another time than the last one: the kernel's clock for files moves in steps.
    bool settled(const timespec& now) const;
    auto operator<=>(const FileStamp&) const = default;
};

}  // namespace owed::host
