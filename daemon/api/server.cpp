#include "api/server.hpp"

#include "api/metrics.hpp"
#include "store/memory.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <atomic>
#include <cstring>

namespace owed::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

// SECURITY 7.4.
constexpr std::size_t body_max = 1 << 20;
constexpr std::size_t header_max = 16 << 10;
constexpr std::size_t depth_max = 32;
constexpr auto header_deadline = std::chrono::seconds{10};
constexpr auto write_deadline = std::chrono::seconds{60};
constexpr int connections_max = 256;
// An answer of that size leaves what it was made of in the heap of the worker that made it, and each worker has its own: eight
// agings of a large book would keep eight times their memory for the next one. It goes back to the machine.
constexpr std::size_t large_answer = 1 << 20;

struct Peer {
    uid_t uid = static_cast<uid_t>(-1);
    std::string user;
};

Peer peer_of(Socket& socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    Peer peer;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return peer;
    peer.uid = credentials.uid;
    char buffer[4096];
    passwd entry{}, *found = nullptr;
    if (::getpwuid_r(credentials.uid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) peer.user = found->pw_name;
    return peer;
}

/// The person behind the socket. Root and the daemon's own user administer; everybody else is whom configuration names.
Result<Caller> caller_of(const App& app, const Peer& peer, std::string_view as) {
    Caller caller;
    caller.actor.kind = audit::Actor::Kind::person;
    caller.actor.session = "uid:" + std::to_string(peer.uid);
    auto user = peer.user;
    if (!as.empty()) {
        if (!app.demo) return fail(Errc::refused, "--as is for demo folders; elsewhere you are whom the system says");
        if (person_named(app, as) == nullptr) return fail(Errc::not_found, "configuration names no person \"" + std::string{as} + "\"", {}, "see people:");
        user = std::string{as};
    }
    caller.actor.id = user.empty() ? "uid-" + std::to_string(peer.uid) : user;
    caller.actor.name = caller.actor.id;
    if (const auto* person = person_named(app, user)) {
        caller.actor.name = person->name;
        caller.roles = person->roles;
    } else if (peer.uid == 0 || peer.uid == ::geteuid()) {
        caller.roles = {"admin"};
    }
    return caller;
}

http::status status_of(Errc code) {
    switch (code) {
        case Errc::not_found: return http::status::not_found;
        case Errc::refused:
        case Errc::approval_required: return http::status::forbidden;
        case Errc::invalid_argument:
        case Errc::malformed_input: return http::status::bad_request;
        case Errc::internal:
        case Errc::store_io:
        case Errc::store_full:
        case Errc::store_corrupt: return http::status::internal_server_error;
        default: return http::status::conflict;
    }
}

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response respond(const Request& request, http::status status, std::string body, bool ok, int exit) {
    Response response{status, request.version()};
    response.set(http::field::content_type, "application/json");
    response.set(http::field::cache_control, "no-store");
    response.set("Owed-Ok", ok ? "true" : "false");
    response.set("Owed-Exit", std::to_string(exit));
    response.keep_alive(request.keep_alive());
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

Response refuse(const Request& request, const Error& error) {
    return respond(request, status_of(error.code), json::serialize(error_json(error)), false, exit_code(error.code));
}

/// GET /metrics, as Prometheus asks.
Response metrics(App& app, const Request& request) {
    auto text = metrics_text(app);
    if (!text) return refuse(request, text.error());
    Response response{http::status::ok, request.version()};
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(request.keep_alive());
    response.body() = std::move(*text);
    response.prepare_payload();
    return response;
}

Response answer(App& app, const Request& request, const Peer& peer) {
    const std::string target{request.target()};
    if (request.method() == http::verb::get && target == "/metrics") return metrics(app, request);
    if (request.method() != http::verb::post || target.rfind("/v1/", 0) != 0)
        return refuse(request, {Errc::not_found, "POST /v1/VERB and GET /metrics are all there is here", target, {}});
    auto name = target.substr(4);
    for (auto& c : name)
        if (c == '/') c = ' ';
    json::object arguments;
    if (!request.body().empty()) {
        boost::system::error_code error;
        json::parse_options options;
        options.max_depth = depth_max;
        auto parsed = json::parse(request.body(), error, {}, options);
        if (error || !parsed.is_object()) return refuse(request, {Errc::malformed_input, "the arguments are not a JSON object: " + error.message(), target, {}});
        arguments = std::move(parsed.as_object());
    }
    const auto as = request["Owed-As"];
    auto caller = caller_of(app, peer, {as.data(), as.size()});
    if (!caller) return refuse(request, caller.error());
    auto done = call(app, name, arguments, *caller);
    if (!done) return refuse(request, done.error());
    auto body = done->text.empty() ? json::serialize(done->json) : std::move(done->text);
    return respond(request, http::status::ok, std::move(body), done->ok, done->ok ? 0 : done->exit != 0 ? done->exit : 1);
}

}  // namespace

struct Server::Impl {
    Impl(asio::any_io_executor executor, asio::any_io_executor workers, CurrentApp current_, std::string path)
        : acceptor{executor}, pool{std::move(workers)}, current{std::move(current_)}, socket_path{std::move(path)} {}

    asio::local::stream_protocol::acceptor acceptor;
    asio::any_io_executor pool;
    CurrentApp current;
    std::string socket_path;
    std::atomic<int> connections = 0;
    std::atomic<bool> stopping = false;

    asio::awaitable<void> accept_all() {
        while (!stopping) {
            boost::system::error_code error;
            Socket socket{acceptor.get_executor()};
            co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            if (connections >= connections_max) continue;  // closes it
            asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }

    asio::awaitable<void> serve(Socket socket) {
        ++connections;
        const auto peer = peer_of(socket);
        beast::basic_stream<asio::local::stream_protocol, asio::any_io_executor> stream{std::move(socket)};
        beast::flat_buffer buffer;
        boost::system::error_code error;
        while (!stopping) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(body_max);
            parser.header_limit(header_max);
            stream.expires_after(header_deadline);
            co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            stream.expires_never();
            const auto request = parser.release();
            // The verb runs on a worker: it may wait for the writer, a plugin or a mail server.
            auto response = co_await asio::co_spawn(pool, work(request, peer), asio::use_awaitable);
            stream.expires_after(write_deadline);
            co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
            const bool go_on = !error && response.keep_alive();
            if (response.body().size() > large_answer) {
                response = {};
                asio::post(pool, store::give_free_memory_back);
            }
            if (!go_on) break;
        }
        --connections;
    }

    /// A request sees one configuration from its begin to its end.
    asio::awaitable<Response> work(const Request& request, const Peer& peer) {
        const auto app = current();
        co_return answer(*app, request, peer);
    }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

Result<std::unique_ptr<Server>> Server::start(asio::any_io_executor executor, asio::any_io_executor workers, CurrentApp current, const std::string& path) {
    boost::system::error_code error;
    asio::local::stream_protocol::endpoint endpoint;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return fail(Errc::invalid_config, "the socket's path is longer than a socket's path may be (107 bytes): " + path, {}, "set socket: to a shorter one");
    endpoint.path(path);
    {
        Socket probe{executor};
        probe.connect(endpoint, error);
        if (!error) return fail(Errc::already_exists, "somebody answers on " + path + " already");
        ::unlink(path.c_str());
    }
    auto impl = std::make_unique<Impl>(executor, std::move(workers), std::move(current), path);
    impl->acceptor.open(endpoint.protocol(), error);
    if (!error) impl->acceptor.bind(endpoint, error);
    if (!error && ::chmod(path.c_str(), 0660) != 0) error.assign(errno, boost::system::system_category());
    if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Errc::io, "cannot listen on " + path + ": " + error.message());
    auto server = std::unique_ptr<Server>{new Server{std::move(impl)}};
    asio::co_spawn(executor, server->impl_->accept_all(), asio::detached);
    return server;
}

Server::~Server() { ::unlink(impl_->socket_path.c_str()); }

void Server::stop() {
    impl_->stopping = true;
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
}

}  // namespace owed::api
