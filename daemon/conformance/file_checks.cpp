// The file itself, and what ELF says of it, before anything of it is loaded.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "conformance/detail/check.hpp"
#include "conformance/detail/elf_file.hpp"
#include "conformance/detail/subject.hpp"
#include "owed/abi.h"

namespace owed::conformance {
namespace {

std::string for_each_file(const Subject&) { return {}; }

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// Of the file as it lies there; a link is not followed.
struct stat look(const Subject& subject) {
    struct stat status {};
    ::lstat(subject.path.c_str(), &status);
    return status;
}

Verdict is_regular(const Subject& subject, Mode) {
    const auto status = look(subject);
    if (S_ISLNK(status.st_mode)) return failed("it is a symbolic link");
    if (!S_ISREG(status.st_mode)) return failed("it is no regular file");
    if (status.st_nlink != 1) return failed("it has " + std::to_string(status.st_nlink) + " names (hard links)");
    return pass();
}
Verdict has_owner(const Subject& subject, Mode) {
    const auto status = look(subject);
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) return failed("it belongs to user " + std::to_string(status.st_uid));
    return pass();
}
Verdict has_mode(const Subject& subject, Mode) {
    const auto status = look(subject);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return failed("its group or everybody can write to it");
    if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return failed("it has the set-user or set-group bit");
    return pass();
}
Verdict has_name(const Subject& subject, Mode) {
    const auto& name = subject.file_name;
    if (!subject.is_program && (!name.ends_with(".so") || name.size() < 4)) return failed("it is called " + name);
    for (const char c : subject.plugin_name())
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return failed("its name has \"" + std::string{c} + "\" in it: " + name);
    return pass();
}
Verdict has_size(const Subject& subject, Mode) {
    const auto size = look(subject).st_size;
    if (size > (64 << 20)) return failed("it has " + std::to_string(size >> 20) + " MiB; at most 64 are taken");
    return pass(std::to_string(size / 1024) + " KiB");
}

// ---- ELF

std::string for_elf(const Subject& subject) {
    if (auto why = not_for_programs(subject); !why.empty()) return why;
    const auto facts = read_elf(subject.path);
    return facts.wrong.empty() || facts.symbols.empty() == false ? std::string{} : "it cannot be read as ELF: " + facts.wrong;
}

Verdict is_shared_object(const Subject& subject, Mode) {
    const auto facts = read_elf(subject.path);
    if (!facts.wrong.empty()) return failed(facts.wrong);
    if (!facts.is_shared_object) return failed("it is an ELF file, but no shared object");
    if (!facts.is_ours) return failed("it is for another machine than this one");
    return pass();
}
Verdict has_manifest_section(const Subject& subject, Mode) {
    const auto facts = read_elf(subject.path);
    if (!facts.manifest_there) return failed("it has no section .owed_manifest");
    if (facts.manifest_loaded) return failed("the section .owed_manifest is loaded into memory, where nobody reads it");
    return pass();
}
Verdict one_export(const Subject& subject, Mode) {
    std::vector<std::string> names;
    for (const auto& symbol : read_elf(subject.path).symbols)
        if (symbol.defined) names.push_back(symbol.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (names == std::vector<std::string>{"owed_plugin_entry"}) return pass();
    const auto count = names.size();
    if (names.size() > 5) names.resize(5);
    return failed(count == 0 ? "it exports nothing" : "it exports " + std::to_string(count) + " symbols: " + join(names) + (count > 5 ? ", ..." : ""));
}
Verdict entry_is_data(const Subject& subject, Mode) {
    for (const auto& symbol : read_elf(subject.path).symbols) {
        if (!symbol.defined || symbol.name != "owed_plugin_entry") continue;
        if (!symbol.is_data) return failed("owed_plugin_entry is no data object");
        if (symbol.size < sizeof(owed_entry)) return failed("owed_plugin_entry has " + std::to_string(symbol.size) + " bytes; an owed_entry has " + std::to_string(sizeof(owed_entry)));
        return pass();
    }
    return failed("there is no symbol owed_plugin_entry");
}
Verdict version_node(const Subject& subject, Mode) {
    const auto nodes = read_elf(subject.path).version_nodes;
    if (nodes.empty()) return failed("its symbol has no version");
    if (nodes.size() != 1 || !nodes.front().starts_with("OWED_")) return failed("its versions are " + join(nodes));
    return pass(nodes.front());
}
Verdict libraries(const Subject& subject, Mode) {
    static const std::vector<std::string> effects{"libcurl", "libssl.", "libssh", "libgnutls", "libpq.", "libmysqlclient", "libmariadb", "libneon", "libsoup", "libzmq",
                                                  "libsystemd", "libdbus", "libodbc", "libldap", "libnghttp2"};
    for (const auto& library : read_elf(subject.path).needed) {
        if (library.find('/') != std::string::npos) return failed("it needs " + library + ", a path of one machine");
        for (const auto& one : effects)
            if (library.starts_with(one)) return failed("it needs " + library + ", which has effects of its own: a plugin has them through the host");
    }
    return pass(join(read_elf(subject.path).needed));
}
Verdict run_path(const Subject& subject, Mode) {
    const auto paths = read_elf(subject.path).run_paths;
    return paths.empty() ? pass() : failed("it looks for libraries in " + join(paths));
}
Verdict relro(const Subject& subject, Mode) { return read_elf(subject.path).relro ? pass() : failed("it has no segment PT_GNU_RELRO"); }
Verdict bind_now(const Subject& subject, Mode) { return read_elf(subject.path).bind_now ? pass() : failed("its symbols are bound lazily"); }
Verdict text_relocations(const Subject& subject, Mode) {
    return read_elf(subject.path).text_relocations ? failed("it has relocations in its code (DT_TEXTREL)") : pass();
}
Verdict stack(const Subject& subject, Mode) {
    const auto facts = read_elf(subject.path);
    if (!facts.stack_says) return failed("it does not say that its stack is not executable (no PT_GNU_STACK)");
    return facts.executable_stack ? failed("it asks for an executable stack") : pass();
}
Verdict writable_code(const Subject& subject, Mode) { return read_elf(subject.path).writable_code ? failed("a segment is writable and executable") : pass(); }
Verdict unique_symbols(const Subject& subject, Mode) {
    for (const auto& symbol : read_elf(subject.path).symbols)
        if (symbol.is_unique && symbol.defined) return failed(symbol.name + " is STB_GNU_UNIQUE");
    return pass();
}
Verdict imports(const Subject& subject, Mode) {
    static const std::vector<std::string> forbidden{"socket", "connect",  "bind",   "listen",  "accept", "accept4", "fork",   "vfork",  "execve", "execvp",      "execv",
                                                    "execl",  "execlp",   "system", "popen",   "ptrace", "posix_spawn", "posix_spawnp", "dlopen", "getaddrinfo", "kill",
                                                    "signal", "sigaction", "setuid", "chroot", "mount",  "unlink",  "rename", "chdir",  "setenv", "putenv"};
    std::vector<std::string> found;
    for (const auto& symbol : read_elf(subject.path).symbols)
        if (!symbol.defined && std::find(forbidden.begin(), forbidden.end(), symbol.name) != forbidden.end()) found.push_back(symbol.name);
    if (found.empty()) return pass();
    return failed("it calls " + join(found) + ", which its process may not");
}

}  // namespace

Group file_checks() {
    return {Group::When::once,
            &for_each_file,
            {{"file.regular", "the plugin is one regular file, with one name", "copy the file instead of linking it", &is_regular},
             {"file.owner", "root or the user that runs owed owns the file", "chown root FILE", &has_owner},
             {"file.mode", "nobody but its owner can write to the file", "chmod go-w FILE", &has_mode},
             {"file.name", "the file is called NAME.so (a program: NAME), of a-z, 0-9 and -", "give owed_add_plugin() such a NAME", &has_name},
             {"file.size", "the file has at most 64 MiB", "strip it, and link less", &has_size}}};
}

Group elf_checks() {
    const char* build = "build it with owed_add_plugin()";
    return {Group::When::once,
            &for_elf,
            {{"elf.shared-object", "it is a shared object for this machine", build, &is_shared_object},
             {"elf.manifest-section", "the manifest lies in the section .owed_manifest, which is not loaded", build, &has_manifest_section},
             {"elf.one-export", "it exports owed_plugin_entry and nothing else", "build it with owed_add_plugin(): its linker script hides everything else", &one_export},
             {"elf.entry-is-data", "owed_plugin_entry is data, so that a host can read the version before code runs", "use OWED_PLUGIN(Class), or a const owed_entry", &entry_is_data},
             {"elf.version-node", "the symbol has the version of the boundary", build, &version_node},
             {"elf.libraries", "it needs no library that has effects of its own, and none by path", "use the host's transfer, files and state instead", &libraries},
             {"elf.no-run-path", "it has no search path of its own for libraries", "set CMAKE_BUILD_RPATH and CMAKE_INSTALL_RPATH to nothing; link libraries of the system, or statically", &run_path},
             {"elf.relro", "what the loader fills in is read-only afterwards", build, &relro},
             {"elf.bind-now", "every symbol is bound when it is loaded, so that a missing one shows then", build, &bind_now},
             {"elf.no-text-relocations", "its code is position independent", "compile everything that is linked into it with -fPIC", &text_relocations},
             {"elf.no-executable-stack", "its stack is not executable", "an assembly file lacks .note.GNU-stack; link with -Wl,-z,noexecstack", &stack},
             {"elf.no-writable-code", "no segment is writable and executable", "remove linker scripts and options that join code and data", &writable_code},
             {"elf.no-unique-symbols", "no symbol is shared with other plugins by the loader", "compile with -fno-gnu-unique", &unique_symbols},
             {"elf.imports", "it calls nothing of the system that the sandbox refuses", "use the host's services: transfer, files, log, clock.wait", &imports}}};
}

}  // namespace owed::conformance
