// HTTP/JSON on a Unix socket: POST /v1/<verb with spaces as '/'> with the arguments as a JSON object.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "api/verbs.hpp"

namespace owed::api {

class Server {
  public:
    /// Binds the socket (0660), removing a stale one that nobody answers on. Verbs run on `workers`; connections on
    /// `executor`. Errors: io, already_exists (somebody answers there).
    static Result<std::unique_ptr<Server>> start(boost::asio::any_io_executor executor, boost::asio::any_io_executor workers,
                                                 App& app, const std::string& socket_path);
    ~Server();
    void stop();   ///< refuses new requests, lets running ones end

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace owed::api
