#include "owed/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace owed {

std::string_view name_of(Errc code) noexcept {
    switch (code) {  // no default: a new code must be named here
        case Errc::malformed_input: return "malformed_input";
        case Errc::unsupported_format: return "unsupported_format";
        case Errc::input_too_large: return "input_too_large";
        case Errc::invalid_argument: return "invalid_argument";
        case Errc::not_found: return "not_found";
        case Errc::already_exists: return "already_exists";
        case Errc::unknown_currency: return "unknown_currency";
        case Errc::currency_mismatch: return "currency_mismatch";
        case Errc::amount_overflow: return "amount_overflow";
        case Errc::amount_precision: return "amount_precision";
        case Errc::entry_not_balanced: return "entry_not_balanced";
        case Errc::period_closed: return "period_closed";
        case Errc::unknown_account: return "unknown_account";
        case Errc::application_exceeds_residual: return "application_exceeds_residual";
        case Errc::item_not_open: return "item_not_open";
        case Errc::application_already_undone: return "application_already_undone";
        case Errc::wrong_customer: return "wrong_customer";
        case Errc::conflicting_repeat: return "conflicting_repeat";
        case Errc::refused: return "refused";
        case Errc::approval_required: return "approval_required";
        case Errc::invalid_config: return "invalid_config";
        case Errc::auth: return "auth";
        case Errc::transient: return "transient";
        case Errc::rate_limited: return "rate_limited";
        case Errc::data: return "data";
        case Errc::permanent: return "permanent";
        case Errc::unknown_outcome: return "unknown_outcome";
        case Errc::cancelled: return "cancelled";
        case Errc::plugin_bug: return "plugin_bug";
        case Errc::unsupported: return "unsupported";
        case Errc::timed_out: return "timed_out";
        case Errc::plugin_crashed: return "plugin_crashed";
        case Errc::store_full: return "store_full";
        case Errc::store_io: return "store_io";
        case Errc::store_corrupt: return "store_corrupt";
        case Errc::store_locked: return "store_locked";
        case Errc::constraint_violated: return "constraint_violated";
        case Errc::io: return "io";
        case Errc::internal: return "internal";
    }
    return "unknown";
}

bool retryable(Errc code) noexcept {
    switch (code) {  // no default: a new code must be placed by hand
        case Errc::transient:
        case Errc::rate_limited:
        case Errc::timed_out:
        case Errc::plugin_crashed:
        case Errc::store_full:
        case Errc::store_locked: return true;
        case Errc::malformed_input:
        case Errc::unsupported_format:
        case Errc::input_too_large:
        case Errc::invalid_argument:
        case Errc::not_found:
        case Errc::already_exists:
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
        case Errc::refused:
        case Errc::approval_required:
        case Errc::invalid_config:
        case Errc::auth:
        case Errc::data:
        case Errc::permanent:
        case Errc::unknown_outcome:
        case Errc::cancelled:
        case Errc::plugin_bug:
        case Errc::unsupported:
        case Errc::store_io:
        case Errc::store_corrupt:
        case Errc::constraint_violated:
        case Errc::io:
        case Errc::internal: return false;
    }
    return false;
}

std::string to_text(const Error& error) {
    std::string text;
    if (!error.where.empty()) text += error.where + ": ";
    text += error.what;
    text += " (";
    text += name_of(error.code);
    text += ')';
    if (!error.advice.empty()) text += "; " + error.advice;
    return text;
}

void check_failed(const char* condition, const char* file, int line, std::string_view text) {
    throw BrokenInvariant{std::string{file} + ":" + std::to_string(line) + ": " + std::string{text} + " [" + condition +
                          "]"};
}

void assert_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "owed: invariant broken, stopping before the books go wrong: %s at %s:%d\n", condition, file,
                 line);
    std::abort();
}

}  // namespace owed
