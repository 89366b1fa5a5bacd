#include "host/detail/start_line.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace owed::host {
namespace {

constexpr std::size_t line_bytes_max = 255;  ///< what the kernel reads of a first line

ProgramStart wrong(std::string problem) {
    return {{}, std::move(problem), "begin the script with its interpreter's own path, as in #!/usr/bin/python3"};
}

}  // namespace

Result<ProgramStart> start_of_program(int fd) {
    char head[line_bytes_max + 1];
    const auto n = ::pread(fd, head, sizeof head, 0);
    if (n < 0) return fail(Errc::io, std::strerror(errno));
    std::string_view text{head, static_cast<std::size_t>(n)};
    if (text.starts_with("\177ELF")) return ProgramStart{};
    if (!text.starts_with("#!")) return wrong("it is neither an ELF program nor a script whose first line names its interpreter");
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return wrong("its first line has no end within 255 bytes");
    text = text.substr(2, end - 2);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
    const std::string path{text.substr(0, text.find_first_of(" \t\r"))};
    if (text.ends_with('\r')) return wrong("its first line ends in a carriage return, which the kernel takes for a part of the name");
    if (!path.starts_with("/usr/") && !path.starts_with("/bin/")) return wrong("its interpreter is \"" + path + "\", which lies neither below /usr nor below /bin");
    if (path.find("/..") != std::string::npos) return wrong("its interpreter \"" + path + "\" is no plain path");
    if (path.ends_with("/env")) return wrong("its interpreter is " + path + ", which would start another program");
    return ProgramStart{path, {}, {}};
}

}  // namespace owed::host
