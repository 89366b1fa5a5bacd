#include "owed/boundary.hpp"

#include <array>

namespace owed {

owed_status status_of(Errc code) noexcept {
    switch (code) {  // no default: a new code must be placed by hand
        case Errc::malformed_input:
        case Errc::unsupported_format:
        case Errc::input_too_large:
        case Errc::unknown_currency:
        case Errc::currency_mismatch:
        case Errc::amount_overflow:
        case Errc::amount_precision:
        case Errc::entry_not_balanced:
        case Errc::period_closed:
        case Errc::unknown_account:
        case Errc::application_exceeds_residual:
        case Errc::item_not_open:
        case Errc::application_already_undone:
        case Errc::wrong_customer:
        case Errc::conflicting_repeat:
        case Errc::data: return OWED_DATA;
        case Errc::invalid_argument:
        case Errc::plugin_bug:
        case Errc::internal: return OWED_BUG;
        case Errc::not_found: return OWED_NOT_FOUND;
        case Errc::already_exists: return OWED_EXISTS;
        case Errc::invalid_config: return OWED_CONFIG;
        case Errc::auth: return OWED_AUTH;
        case Errc::transient:
        case Errc::timed_out:
        case Errc::plugin_crashed:
        case Errc::store_full:
        case Errc::store_io:
        case Errc::store_locked:
        case Errc::io: return OWED_TRANSIENT;
        case Errc::rate_limited: return OWED_RATE_LIMITED;
        case Errc::refused:
        case Errc::approval_required:
        case Errc::store_corrupt:
        case Errc::constraint_violated:
        case Errc::permanent: return OWED_PERMANENT;
        case Errc::unknown_outcome: return OWED_UNKNOWN_OUTCOME;
        case Errc::cancelled: return OWED_CANCELLED;
        case Errc::unsupported: return OWED_UNSUPPORTED;
    }
    return OWED_BUG;
}

namespace {

/// The codes that refine a class, the class's own first. Those of ledger and store are ours to say, not a plugin's.
constexpr std::array refinements{
    Errc::data,           Errc::malformed_input,   Errc::unsupported_format, Errc::input_too_large,
    Errc::unknown_currency, Errc::currency_mismatch, Errc::amount_overflow,  Errc::amount_precision,
    Errc::plugin_bug,     Errc::invalid_argument,  Errc::not_found,          Errc::already_exists,
    Errc::invalid_config, Errc::auth,              Errc::transient,          Errc::timed_out,
    Errc::store_full,     Errc::store_io,          Errc::store_locked,       Errc::io,
    Errc::rate_limited,   Errc::permanent,         Errc::refused,            Errc::unknown_outcome,
    Errc::cancelled,      Errc::unsupported};

}  // namespace

Errc errc_of(owed_status status, std::string_view code_name) noexcept {
    const Errc* first = nullptr;
    for (const Errc& code : refinements) {
        if (status_of(code) != status) continue;
        if (first == nullptr) first = &code;
        if (name_of(code) == code_name) return code;
    }
    return first != nullptr ? *first : Errc::plugin_bug;
}

std::string_view name_of_status(owed_status status) noexcept {
    switch (status) {
        case OWED_OK: return "ok";
        case OWED_CONFIG: return "config";
        case OWED_AUTH: return "auth";
        case OWED_TRANSIENT: return "transient";
        case OWED_RATE_LIMITED: return "rate_limited";
        case OWED_DATA: return "data";
        case OWED_PERMANENT: return "permanent";
        case OWED_UNKNOWN_OUTCOME: return "unknown_outcome";
        case OWED_CANCELLED: return "cancelled";
        case OWED_BUG: return "bug";
        case OWED_UNSUPPORTED: return "unsupported";
        case OWED_NOT_FOUND: return "not_found";
        case OWED_EXISTS: return "exists";
        default: return "out of range";
    }
}

}  // namespace owed
