// The service tables of one plugin instance, asked for once at create. Private to the C++ wrapper.
#pragma once

#include <string>

#include "owed/abi.h"
#include "owed/boundary.hpp"
#include "owed/plugin.hpp"

namespace owed::plugin::detail {

struct HostCore {
    const owed_host* host = nullptr;
    std::string name;
    const owed_log_1* log = nullptr;
    const owed_clock_1* clock = nullptr;
    const owed_random_1* random = nullptr;
    const owed_state_1* state = nullptr;
    const owed_files_1* files = nullptr;
    const owed_emit_1* emit = nullptr;
    const owed_transfer_1* transfer = nullptr;
    const owed_secrets_1* secrets = nullptr;
    const owed_metrics_1* metrics = nullptr;
    const owed_progress_1* progress = nullptr;
    const owed_fail_1* fail = nullptr;
    FailureDetail pending;  ///< for the next failure of this call

    /// The Error behind a host function's answer: the host's own words, or the class where it has none.
    Error error(owed_status status, std::string_view function) const;
    /// For a service, or a function of one, that this host does not have: names both sides.
    Error missing(const char* id) const;
    /// OWED_OK as success, else error().
    Status status(owed_status answer, std::string_view function) const;
    /// Tells the host why this call fails, and answers the class.
    owed_status raise(const Error& error) noexcept;
    owed_status raise_bug(const char* what) noexcept;
};

/// How much of a struct both sides know: the smaller of the two sizes reaches `member`.
#define OWED_HAS(table, member) \
    ((table) != nullptr && (table)->size >= offsetof(std::remove_cvref_t<decltype(*(table))>, member) + sizeof((table)->member))

}  // namespace owed::plugin::detail
