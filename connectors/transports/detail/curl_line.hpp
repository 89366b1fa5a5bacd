// libcurl's handles, and the loop that drives them.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <memory>

#include "transports/detail/exchange.hpp"

namespace owed::transports::detail {

/// libcurl's own state, once a process and never torn down. False: it has none to give.
bool ready_once();

struct MultiCloser {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, MultiCloser>;

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

/// Runs until the exchange is over or its caller does not want it any more; asks that every 100 ms.
CURLcode run(CURLM* multi, const std::function<bool()>& cancelled);

/// May this machine itself be spoken to?
bool may_be_loopback(const Request& request);

/// Request::addresses. The list must outlive the exchange.
List set_addresses(CURL* easy, const Request& request);

}  // namespace owed::transports::detail
