#include "shared/receipts.hpp"

#include "owed/boundary.hpp"

namespace owed::plugins {

Result<SendReceipt> refused_if_data(Result<SendReceipt> result) {
    if (result || status_of(result.error().code) != OWED_DATA) return result;
    const Error& error = result.error();
    const std::string detail = error.what + (error.advice.empty() ? "" : "; " + error.advice);
    return SendReceipt{.state = SendState::refused, .provider_id = {}, .detail = detail, .retry_after_ms = 0};
}

}  // namespace owed::plugins
