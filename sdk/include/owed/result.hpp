// Errors as values: what every fallible function of owed returns.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace owed {

/// What went wrong, as a name of the domain. The text beside it is for people; programs look at this.
/// Append only: the numbers cross the plugin boundary and stand in the store.
enum class Errc : int {
    // input
    malformed_input = 1,      ///< bytes or text that do not follow their format; `where` has the place
    unsupported_format = 2,   ///< nobody here reads this kind of file
    input_too_large = 3,      ///< a stated limit on size, depth or count was passed
    invalid_argument = 4,     ///< a value outside of what the function takes
    not_found = 5,
    already_exists = 6,
    // money
    unknown_currency = 20,
    currency_mismatch = 21,
    amount_overflow = 22,
    amount_precision = 23,    ///< more decimals than the currency has
    // ledger
    entry_not_balanced = 40,
    period_closed = 41,
    unknown_account = 42,
    application_exceeds_residual = 43,
    item_not_open = 44,
    application_already_undone = 45,
    wrong_customer = 46,
    conflicting_repeat = 47,  ///< the same event or external id again, with other content
    // rights
    refused = 60,             ///< right or approval missing
    approval_required = 61,
    // configuration
    invalid_config = 80,
    // plugins and transfers (the classes of DESIGN section 4)
    auth = 100,
    transient = 101,
    rate_limited = 102,
    data = 103,
    permanent = 104,
    unknown_outcome = 105,    ///< the effect may or may not have happened: never simply repeat
    cancelled = 106,
    plugin_bug = 107,
    unsupported = 108,
    timed_out = 109,
    plugin_crashed = 110,
    // surroundings
    store_full = 120,
    store_io = 121,
    store_corrupt = 122,
    store_locked = 123,
    constraint_violated = 124,
    io = 125,
    internal = 126,
};

/// "malformed_input" for Errc::malformed_input: the `code` of an error object in JSON. Never throws.
std::string_view name_of(Errc code) noexcept;

/// True when the same call may simply be made again later. `unknown_outcome` is not retryable.
bool retryable(Errc code) noexcept;

struct Error {
    Errc code = Errc::internal;
    std::string what;   ///< one sentence for a person: found, expected; no secrets, no line breaks
    std::string where;  ///< the place: "feb.mt940:17:3", "owed.yaml:12:5", "customers.csv:4 column email"
    std::string advice; ///< what to do about it ("do" in JSON); may be empty
};

/// "feb.mt940:17: amount has two decimal commas (malformed_input)": for logs and terminals.
std::string to_text(const Error& error);

/// A value or an Error, and not to be dropped on the floor.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using Base = tl::expected<T, Error>;
    using Base::Base;
    Result(Base base) : Base{std::move(base)} {}  // so that map() and and_then() chain back
};

using Status = Result<void>;

/// `return fail(Errc::not_found, "no customer 4711", "items --customer");`
inline tl::unexpected<Error> fail(Errc code, std::string what, std::string where = {}, std::string advice = {}) {
    return tl::unexpected<Error>{Error{code, std::move(what), std::move(where), std::move(advice)}};
}
/// Passes another function's error on.
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>{std::move(error)}; }

/// Our own bug, and this work can stop: throws BrokenInvariant with the text and place.
class BrokenInvariant;
[[noreturn]] void check_failed(const char* condition, const char* file, int line, std::string_view text);
/// Our own bug, and the books would be wrong: prints and ends the process, in release too.
[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace owed

#include <stdexcept>
namespace owed {
class BrokenInvariant : public std::logic_error {
    using std::logic_error::logic_error;
};
}  // namespace owed

#define OWED_CHECK(condition, text) \
    ((condition) ? void() : ::owed::check_failed(#condition, __FILE__, __LINE__, (text)))
#define OWED_ASSERT(condition) ((condition) ? void() : ::owed::assert_failed(#condition, __FILE__, __LINE__))

#define OWED_CAT2(a, b) a##b
#define OWED_CAT(a, b) OWED_CAT2(a, b)
/// `OWED_TRY(auto amount, parse_money(text, eur));` unwraps, or returns the error from the calling function.
#define OWED_TRY(declaration, ...)                                                   \
    auto OWED_CAT(owed_try_, __LINE__) = (__VA_ARGS__);                              \
    if (!OWED_CAT(owed_try_, __LINE__))                                              \
        return ::owed::fail(std::move(OWED_CAT(owed_try_, __LINE__)).error());       \
    declaration = std::move(*OWED_CAT(owed_try_, __LINE__))
/// `OWED_TRY_VOID(post(...));` the same for Status.
#define OWED_TRY_VOID(...)                                                           \
    do {                                                                             \
        if (auto owed_try_status = (__VA_ARGS__); !owed_try_status)                  \
            return ::owed::fail(std::move(owed_try_status).error());                 \
    } while (false)
