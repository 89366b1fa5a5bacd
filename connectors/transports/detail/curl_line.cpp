#include "transports/detail/curl_line.hpp"

#include <malloc.h>
#include <string.h>

#include <algorithm>

#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

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

}  // namespace

bool ready_once() {
    static const bool ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, ::malloc, wiped_free, wiped_realloc, own_strdup, ::calloc) == CURLE_OK;
    return ready;
}

CURLcode run(CURLM* multi, const std::function<bool()>& cancelled) {
    constexpr int look_every_ms = 100;
    for (;;) {
        if (cancelled && cancelled()) return CURLE_ABORTED_BY_CALLBACK;
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

List set_addresses(CURL* easy, const Request& request) {
    List addresses;
    for (const std::string& address : request.addresses) append(addresses, address);
    if (addresses) curl_easy_setopt(easy, CURLOPT_RESOLVE, addresses.get());
    return addresses;
}

}  // namespace owed::transports::detail
