#include "conformance/detail/elf_file.hpp"

#include <gelf.h>
#include <libelf.h>

#include <cstdio>
#include <memory>
#include <string_view>

namespace owed::conformance {
namespace {

#if defined(__x86_64__)
constexpr int our_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int our_machine = EM_AARCH64;
#else
constexpr int our_machine = EM_NONE;
#endif

void read_segments(Elf* elf, ElfFacts& facts) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr segment;
        if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) continue;
        if (segment.p_type == PT_GNU_RELRO) facts.relro = true;
        if (segment.p_type == PT_GNU_STACK) {
            facts.stack_says = true;
            facts.executable_stack = (segment.p_flags & PF_X) != 0;
        }
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0 && (segment.p_flags & PF_X) != 0) facts.writable_code = true;
    }
}

void read_dynamic(Elf* elf, const Elf_Data* data, const GElf_Shdr& header, ElfFacts& facts) {
    const std::size_t count = header.sh_entsize == 0 ? 0 : header.sh_size / header.sh_entsize;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Dyn entry;
        if (gelf_getdyn(const_cast<Elf_Data*>(data), static_cast<int>(i), &entry) == nullptr) break;
        const auto text = [&] {
            const char* found = elf_strptr(elf, header.sh_link, entry.d_un.d_val);
            return std::string{found != nullptr ? found : ""};
        };
        switch (entry.d_tag) {
            case DT_NEEDED: facts.needed.push_back(text()); break;
            case DT_RPATH:
            case DT_RUNPATH: facts.run_paths.push_back(text()); break;
            case DT_TEXTREL: facts.text_relocations = true; break;
            case DT_BIND_NOW: facts.bind_now = true; break;
            case DT_FLAGS:
                if ((entry.d_un.d_val & DF_BIND_NOW) != 0) facts.bind_now = true;
                if ((entry.d_un.d_val & DF_TEXTREL) != 0) facts.text_relocations = true;
                break;
            case DT_FLAGS_1:
                if ((entry.d_un.d_val & DF_1_NOW) != 0) facts.bind_now = true;
                break;
            default: break;
        }
    }
}

void read_symbols(Elf* elf, const Elf_Data* data, const GElf_Shdr& header, ElfFacts& facts) {
    const std::size_t count = header.sh_entsize == 0 ? 0 : header.sh_size / header.sh_entsize;
    for (std::size_t i = 1; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(const_cast<Elf_Data*>(data), static_cast<int>(i), &symbol) == nullptr) break;
        const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name == nullptr || *name == 0) continue;
        const bool absolute = symbol.st_shndx == SHN_ABS;   // the name of a version node
        if (absolute) continue;
        facts.symbols.push_back({name, symbol.st_shndx != SHN_UNDEF, GELF_ST_TYPE(symbol.st_info) == STT_OBJECT,
                                 GELF_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE, symbol.st_size});
    }
}

void read_versions(Elf* elf, const Elf_Data* data, const GElf_Shdr& header, ElfFacts& facts) {
    int offset = 0;
    for (;;) {
        GElf_Verdef definition;
        GElf_Verdaux name;
        if (gelf_getverdef(const_cast<Elf_Data*>(data), offset, &definition) == nullptr) return;
        if (gelf_getverdaux(const_cast<Elf_Data*>(data), offset + static_cast<int>(definition.vd_aux), &name) != nullptr)
            if (const char* text = elf_strptr(elf, header.sh_link, name.vda_name); text != nullptr && (definition.vd_flags & VER_FLG_BASE) == 0) facts.version_nodes.emplace_back(text);
        if (definition.vd_next == 0) return;
        offset += static_cast<int>(definition.vd_next);
    }
}

void read_sections(Elf* elf, ElfFacts& facts) {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0) {
        facts.wrong = "its table of sections is missing or damaged";
        return;
    }
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(elf, section)) != nullptr) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) continue;
        const char* name_text = elf_strptr(elf, names, header.sh_name);
        const std::string_view name{name_text != nullptr ? name_text : ""};
        if (name == ".owed_manifest") {
            facts.manifest_there = true;
            facts.manifest_loaded = (header.sh_flags & SHF_ALLOC) != 0;
        }
        if (name.starts_with(".debug_")) facts.debug_there = true;
        const Elf_Data* data = header.sh_type == SHT_NOBITS ? nullptr : elf_getdata(section, nullptr);
        if (data == nullptr) continue;
        if (header.sh_type == SHT_DYNAMIC) read_dynamic(elf, data, header, facts);
        if (header.sh_type == SHT_DYNSYM) read_symbols(elf, data, header, facts);
        if (header.sh_type == SHT_GNU_verdef) read_versions(elf, data, header, facts);
    }
}

}  // namespace

ElfFacts read_elf(const std::string& path) {
    ElfFacts facts;
    elf_version(EV_CURRENT);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rbe"), &std::fclose};
    if (!file) {
        facts.wrong = "it cannot be opened";
        return facts;
    }
    const std::unique_ptr<Elf, int (*)(Elf*)> elf{elf_begin(::fileno(file.get()), ELF_C_READ, nullptr), &elf_end};
    GElf_Ehdr head;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &head) == nullptr) {
        facts.wrong = "it is no ELF file";
        return facts;
    }
    facts.is_shared_object = head.e_type == ET_DYN;
    facts.is_ours = head.e_machine == our_machine && head.e_ident[EI_CLASS] == ELFCLASS64;
    read_segments(elf.get(), facts);
    read_sections(elf.get(), facts);
    return facts;
}

}  // namespace owed::conformance
