#include "transports/transfer.hpp"

#include <malloc.h>
#include <string.h>

#include <mutex>

#include "transports/detail/exchange.hpp"
#include "transports/detail/sftp.hpp"
#include "transports/guard.hpp"

namespace owed::transports {

namespace {

using namespace detail;

// libcurl's own memory, overwritten when it is given back: its copies of headers, logins and messages hold secrets.

void wiped_free(void* memory) {
    if (memory != nullptr) ::explicit_bzero(memory, ::malloc_usable_size(memory));
    ::free(memory);
}
void* wiped_realloc(void* memory, std::size_t size) {
    if (memory == nullptr) return ::malloc(size);
    const std::size_t have = ::malloc_usable_size(memory);
    if (size <= have && size > have / 2) return memory;
    void* moved = ::malloc(size == 0 ? 1 : size);
    if (moved == nullptr) return nullptr;
    ::memcpy(moved, memory, std::min(have, size));
    wiped_free(memory);
    return moved;
}
char* own_strdup(const char* text) { return ::strdup(text); }

/// libcurl's own state, once a process and never torn down.
bool ready_once() {
    static const bool ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, ::malloc, wiped_free, wiped_realloc, own_strdup, ::calloc) == CURLE_OK;
    return ready;
}

struct MultiCloser {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

/// An easy handle that is in a multi handle as long as this lives.
class Attached {
  public:
    Attached(CURLM* multi, CURL* easy) : multi_{multi}, easy_{easy} { ok_ = curl_multi_add_handle(multi, easy) == CURLM_OK; }
    ~Attached() {
        if (ok_) curl_multi_remove_handle(multi_, easy_);
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;
    bool ok() const { return ok_; }

  private:
    CURLM* multi_;
    CURL* easy_;
    bool ok_ = false;
};

/// Runs until the exchange is over or its caller does not want it any more.
CURLcode run(CURLM* multi, const Request& request) {
    constexpr int look_every_ms = 100;
    for (;;) {
        if (request.cancelled && request.cancelled()) return CURLE_ABORTED_BY_CALLBACK;
        int running = 0, left = 0;
        if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE) return message->data.result;
        if (running == 0) return CURLE_FAILED_INIT;
        if (curl_multi_poll(multi, nullptr, 0, look_every_ms, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
    }
}

bool may_be_loopback(const Request& request) {
    const auto url = url_parts(request.url);
    return request.names_may_be_loopback || request.encryption == Encryption::never_on_loopback || !request.proxy.empty() ||
           (url && names_this_machine(url->host));
}

}  // namespace

struct Session::Work {
    std::mutex mutex;
    std::unique_ptr<CURLM, MultiCloser> multi;
};

Session::Session() : work_{std::make_unique<Work>()} {}
Session::~Session() = default;

Result<Response> Session::transfer(const Request& request) {
    if (is_sftp(request.url)) return sftp(request);
    OWED_TRY_VOID(check(request));
    const std::lock_guard lock{work_->mutex};
    if (!ready_once()) return fail(Errc::internal, "libcurl could not be initialised");
    if (!work_->multi) work_->multi.reset(curl_multi_init());
    const Easy easy{curl_easy_init()};
    if (!easy || !work_->multi) return fail(Errc::internal, "libcurl could not make a handle");

    Exchange exchange{.request = request, .smtp = is_smtp(request.url)};
    exchange.safe = request.method == "GET" || request.method == "HEAD";
    exchange.loopback = may_be_loopback(request);
    std::string message = exchange.smtp ? with_crlf(request.body) : std::string{};
    exchange.upload = message;
    set_callbacks(easy.get(), exchange);
    set_profile(easy.get(), request, exchange.smtp);
    const List list = set_request(easy.get(), exchange);
    List addresses;
    for (const std::string& address : request.addresses) append(addresses, address);
    if (addresses) curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, addresses.get());

    CURLcode code = CURLE_FAILED_INIT;
    {
        const Attached attached{work_->multi.get(), easy.get()};
        if (!attached.ok()) return fail(Errc::internal, "libcurl did not take the exchange");
        code = run(work_->multi.get(), request);
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
