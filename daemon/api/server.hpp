// HTTP/JSON on a Unix socket: POST /v1/<verb with spaces as '/'> with the arguments as a JSON object;
// GET /metrics for Prometheus.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "api/verbs.hpp"

namespace owed::api {

/// The rooms as configured now. Whoever holds it keeps them until he is done.
using CurrentApp = std::function<std::shared_ptr<App>()>;

class Server {
  public:
    /// Binds the socket (0660), removing a stale one that nobody answers on. Verbs run on `workers`; connections on
    /// `executor`. Errors: io, already_exists (somebody answers there).
    static Result<std::unique_ptr<Server>> start(boost::asio::any_io_executor executor, boost::asio::any_io_executor workers,
                                                 CurrentApp current, const std::string& socket_path);
    ~Server();
    void stop();   ///< refuses new requests, lets running ones end

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace owed::api
