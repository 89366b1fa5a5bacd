// What an ELF file says of itself, read without loading it. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace owed::conformance {

struct ElfSymbol {
    std::string name;
    bool defined = false, is_data = false, is_unique = false;
    std::uint64_t size = 0;
};

struct ElfFacts {
    std::string wrong;                 ///< why it could not be read; empty: it could
    bool is_shared_object = false, is_ours = false;   ///< ours: 64 bit, and of this machine
    bool relro = false, bind_now = false, text_relocations = false;
    bool stack_says = false, executable_stack = false, writable_code = false;
    bool manifest_there = false, manifest_loaded = false, debug_there = false;
    std::vector<std::string> needed, run_paths, version_nodes;
    std::vector<ElfSymbol> symbols;    ///< dynamic ones
};

ElfFacts read_elf(const std::string& path);

}  // namespace owed::conformance
