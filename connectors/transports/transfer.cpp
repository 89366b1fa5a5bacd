#include "transports/transfer.hpp"

#include <string.h>

#include <mutex>

#include "transports/detail/curl_line.hpp"
#include "transports/detail/exchange.hpp"
#include "transports/detail/ftp.hpp"
#include "transports/detail/imap.hpp"
#include "transports/detail/sftp.hpp"
#include "transports/guard.hpp"

namespace owed::transports {

using namespace detail;

struct Session::Work {
    std::mutex mutex;
    Multi multi;
};

Session::Session() : work_{std::make_unique<Work>()} {}
Session::~Session() = default;

Result<Response> Session::transfer(const Request& request) {
    if (is_sftp(request.url)) return sftp(request);
    if (is_ftp(request.url)) return ftp(request);
    if (is_imap(request.url)) return imap(request);
    OWED_TRY_VOID(check(request));
    const std::lock_guard lock{work_->mutex};
    if (!ready_once()) return fail(Errc::internal, "libcurl could not be initialised");
    if (!work_->multi) work_->multi.reset(curl_multi_init());
    const Easy easy{curl_easy_init()};
    if (!easy || !work_->multi) return fail(Errc::internal, "libcurl could not make a handle");

    Exchange exchange{.request = request, .dialect = is_smtp(request.url) ? Dialect::smtp : Dialect::http};
    exchange.safe = request.method == "GET" || request.method == "HEAD";
    exchange.loopback = may_be_loopback(request);
    std::string message = exchange.smtp() ? with_crlf(request.body) : std::string{};
    exchange.upload = message;
    set_callbacks(easy.get(), exchange);
    set_profile(easy.get(), request, exchange.dialect);
    const List list = set_request(easy.get(), exchange);
    const List addresses = set_addresses(easy.get(), request);

    CURLcode code = CURLE_FAILED_INIT;
    {
        const Attached attached{work_->multi.get(), easy.get()};
        if (!attached.ok()) return fail(Errc::internal, "libcurl did not take the exchange");
        code = run(work_->multi.get(), request.cancelled);
        const Stop stop = exchange.reply_too_large ? Stop::reply_too_large : stop_of(code);
        const std::string reason = printable(exchange.error_text[0] != 0 ? exchange.error_text : curl_easy_strerror(code));
        conclude(exchange, easy.get(), stop, reason);
        ::explicit_bzero(message.data(), message.size());
        if (!exchange.blocked.empty() && code != CURLE_OK && !exchange.sent)
            return fail(Errc::invalid_config, exchange.blocked, place_of(request.url));
        if (stop == Stop::reply_too_large && exchange.response.outcome != Outcome::unknown_outcome)
            return fail(Errc::input_too_large, "the reply is larger than " + std::to_string(request.reply_bytes_max) + " bytes",
                        place_of(request.url));
    }
    return std::move(exchange.response);
}

Result<Response> transfer(const Request& request) { return Session{}.transfer(request); }

}  // namespace owed::transports
