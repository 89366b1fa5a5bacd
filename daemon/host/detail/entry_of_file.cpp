#include "host/detail/entry_of_file.hpp"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "host/detail/entry_version.hpp"

namespace owed::host {
namespace {

using ElfFile = std::unique_ptr<Elf, int (*)(Elf*)>;

/// The dynamic symbol of that name, if it is data of this file.
std::optional<GElf_Sym> symbol_named(Elf* elf, std::string_view wanted) {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM || header.sh_entsize == 0) continue;
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr) continue;
        for (std::size_t i = 0; i < header.sh_size / header.sh_entsize; ++i) {
            GElf_Sym symbol;
            if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
            const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (name != nullptr && name == wanted && symbol.st_shndx != SHN_UNDEF && GELF_ST_TYPE(symbol.st_info) == STT_OBJECT) return symbol;
        }
    }
    return {};
}

/// As much of the entry as the file holds. What loading fills in (the pointers) is not there.
std::optional<owed_entry> entry_bytes(Elf* elf, const GElf_Sym& symbol) {
    Elf_Scn* section = elf_getscn(elf, symbol.st_shndx);
    GElf_Shdr header;
    if (section == nullptr || gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS || symbol.st_value < header.sh_addr) return {};
    const Elf_Data* data = elf_rawdata(section, nullptr);
    const auto from = symbol.st_value - header.sh_addr;
    constexpr std::size_t version_bytes = offsetof(owed_entry, min_host_minor);
    if (data == nullptr || data->d_buf == nullptr || from > data->d_size || data->d_size - from < version_bytes) return {};
    owed_entry entry{};
    const std::size_t there = data->d_size - static_cast<std::size_t>(from);
    std::memcpy(&entry, static_cast<const char*>(data->d_buf) + from, std::min(sizeof entry, there));
    if (entry.size > there) return {};
    return entry;
}

Result<owed_entry> entry_of_file(int fd, const std::string& file) {
    elf_version(EV_CURRENT);
    const ElfFile elf{elf_begin(fd, ELF_C_READ, nullptr), &elf_end};
    const auto symbol = elf ? symbol_named(elf.get(), "owed_plugin_entry") : std::nullopt;
    if (!symbol)
        return fail(Errc::unsupported, "the shared object exports no owed_plugin_entry, so it is no owed plugin", file, "build it with owed_add_plugin()");
    const auto entry = entry_bytes(elf.get(), *symbol);
    if (!entry) return fail(Errc::unsupported, "the file is damaged: its owed_plugin_entry cannot be read", file, "reinstall the plugin; the file may be truncated");
    return *entry;
}

}  // namespace

Status check_entry_of_file(int fd, const std::string& file) {
    OWED_TRY(const auto entry, entry_of_file(fd, file));
    return check_version(entry, {}, true, file);
}

Result<std::string> boundary_of_file(int fd, const std::string& file) {
    OWED_TRY(const auto entry, entry_of_file(fd, file));
    return std::to_string(entry.abi_major) + "." + std::to_string(entry.abi_minor);
}

}  // namespace owed::host
