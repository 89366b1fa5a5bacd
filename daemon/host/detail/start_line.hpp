// How a program that is a plugin starts: an ELF file by itself, a script by the interpreter that its first line names. Small,
// since both the loader and the child ask.
#pragma once

#include <string>

#include "owed/result.hpp"

namespace owed::host {

struct ProgramStart {
    std::string interpreter;  ///< of a script: "/usr/bin/python3"; empty: an ELF program
    std::string problem;      ///< why it cannot be started, as a sentence; empty: nothing is wrong
    std::string advice;
};

/// From the first bytes of the file. The interpreter must be named itself and lie below /usr or /bin: /usr/bin/env would
/// look it up in a path, and start it as a second program, which a plugin may not do. Errors: io.
Result<ProgramStart> start_of_program(int fd);

}  // namespace owed::host
