// Recorded exchanges, played back: a plugin is tested against what a server really said, without the server.
//
// A cassette is a file of JSON lines, one exchange each, made by `transfer: {record: FILE}` of a connector or by hand:
//
//   {"request": {"method": "GET", "url": "https://api.example.com/v1/accounts?page=2",
//                "headers": [["Authorization", ["Bearer ", {"secret": "login"}]]], "body": []},
//    "response": {"outcome": "ok", "status": 200, "headers": [["Content-Type", "application/json"]], "body": "[]"}}
//
// A value of a request is a list of parts: a text, {"base64": ...} for other bytes, {"secret": NAME} for what the host fills
// in. Of smtp: "mail_from" and "recipients", and the message as body. "outcome" is a name of transports::Outcome. Secrets are
// never in it; tokens that a server handed out are "***", there and in the requests that carried them on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "owed/result.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// Answers requests from a cassette, in its order. Copies share their place in it. Any thread.
class CassettePlayer {
  public:
    /// `name` stands in errors. Errors: malformed_input with the line.
    static Result<CassettePlayer> parse(std::string_view text, std::string name);
    /// Reads the file. Errors: not_found, io, input_too_large (64 MiB), malformed_input.
    static Result<CassettePlayer> open(const std::string& path);

    /// The answer to the next exchange. A request that is another one than recorded (method, url, headers, body, envelope; a
    /// secret part may have any value), or comes after the last, is refused, and the cassette stays where it is. Errors:
    /// conflicting_repeat, with what was recorded and what came.
    Result<transports::Response> operator()(const transports::Request& request) const;
    /// For HostOptions::transfer.
    std::function<Result<transports::Response>(const transports::Request&)> hook() const { return *this; }

    std::size_t played() const;
    std::size_t size() const;
    /// Errors: conflicting_repeat when exchanges are left over, naming the first.
    Status finished() const;

  private:
    struct Tape;
    explicit CassettePlayer(std::shared_ptr<Tape> tape) : tape_{std::move(tape)} {}
    std::shared_ptr<Tape> tape_;  ///< shared by copies: std::function copies what it calls
};

}  // namespace owed::host
