#include "ctl/client.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <charconv>

namespace owed::ctl {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

Result<Reply> ask(const std::string& socket, const Command& command, const std::string& as, Wanted wanted) {
    asio::io_context io;
    asio::local::stream_protocol::socket stream{io};
    boost::system::error_code error;
    if (socket.size() > 107) return fail(Errc::invalid_argument, "the socket's path is longer than a socket's path may be: " + socket);
    stream.connect(asio::local::stream_protocol::endpoint{socket}, error);
    if (error) return fail(Errc::not_found, "owed does not answer on " + socket + ": " + error.message(), {}, "is it running? systemctl status owed");

    std::string target = "/v1/" + command.verb;
    for (auto& c : target)
        if (c == ' ') c = '/';
    http::request<http::string_body> request{http::verb::post, target, 11};
    request.set(http::field::host, "owed");
    request.set(http::field::content_type, "application/json");
    if (!as.empty()) request.set("Owed-As", as);
    request.keep_alive(false);
    request.body() = boost::json::serialize(command.arguments);
    request.prepare_payload();
    http::write(stream, request, error);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 32);
    if (!error) http::read(stream, buffer, parser, error);
    if (error) return fail(Errc::io, "the connection to owed broke: " + error.message(), {}, "ask again; nothing is half done");

    auto response = parser.release();
    Reply reply;
    if (response[http::field::content_type] != "application/json") return fail(Errc::io, "owed answered something that is not JSON");
    if (wanted == Wanted::text)
        reply.text = std::move(response.body());
    else
        reply.json = boost::json::parse(response.body(), error);
    if (error) return fail(Errc::io, "owed answered something that is not JSON");
    const auto exit = response["Owed-Exit"];
    std::from_chars(exit.data(), exit.data() + exit.size(), reply.exit);
    return reply;
}

}  // namespace owed::ctl
