#include "host/cassette.hpp"

#include <sodium.h>
#include <strings.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <vector>

#include "transports/guard.hpp"

namespace owed::host {
namespace {

namespace json = boost::json;
using transports::Outcome;

/// A recorded value: literals with gaps between them that anything fills.
struct Pattern {
    std::vector<std::optional<std::string>> pieces;  ///< nullopt: a secret
    bool fits(std::string_view text) const;
    std::string shown() const;
};

bool Pattern::fits(std::string_view text) const {
    bool gap = false;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (!pieces[i]) {
            gap = true;
            continue;
        }
        const std::string& piece = *pieces[i];
        const bool last = i + 1 == pieces.size();
        const std::size_t at = !gap ? (text.starts_with(piece) ? 0 : std::string_view::npos)
                               : last ? (text.ends_with(piece) ? text.size() - piece.size() : std::string_view::npos) : text.find(piece);
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + piece.size());
        gap = false;
    }
    return gap || text.empty();
}

std::string Pattern::shown() const {
    std::string out;
    for (const auto& piece : pieces) out += piece ? *piece : "<secret>";
    return out;
}

struct RecordedRequest {
    std::string method, url, mail_from;
    std::vector<std::pair<std::string, Pattern>> headers;
    std::vector<std::string> recipients;
    Pattern body, user, password;
};
struct Exchange {
    RecordedRequest request;
    transports::Response response;
    std::size_t line = 0;
};

// ---- reading: a mistake throws the sentence that parse() reports with its line

struct Mistake {
    std::string what;
};

const json::object& object_of(const json::value* value, const char* what) {
    if (value == nullptr || !value->is_object()) throw Mistake{std::string{"has no object \""} + what + "\""};
    return value->get_object();
}

std::string bytes_of(const json::value& value) {
    if (value.is_string()) return std::string{value.get_string()};
    const auto* base64 = value.is_object() ? value.get_object().if_contains("base64") : nullptr;
    if (base64 == nullptr || !base64->is_string()) throw Mistake{"has a value that is neither text nor {\"base64\": ...}"};
    const std::string_view text{base64->get_string()};
    std::string out(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
        throw Mistake{"has base64 that cannot be read"};
    out.resize(size);
    return out;
}

std::string text_at(const json::object& object, const char* key, bool required = false) {
    const auto* value = object.if_contains(key);
    if (value == nullptr && !required) return {};
    if (value == nullptr) throw Mistake{std::string{"has no \""} + key + "\""};
    return bytes_of(*value);
}

const json::array& list_at(const json::object& object, const char* key) {
    static const json::array none;
    const auto* value = object.if_contains(key);
    if (value == nullptr) return none;
    if (!value->is_array()) throw Mistake{std::string{"has \""} + key + "\", which is no list"};
    return value->get_array();
}

Pattern pattern_of(const json::array& parts) {
    Pattern pattern;
    for (const auto& part : parts) {
        const bool secret = part.is_object() && part.get_object().contains("secret");
        // Neighbouring literals are one, so that a replay may cut its parts otherwise.
        if (secret) pattern.pieces.emplace_back(std::nullopt);
        else if (!pattern.pieces.empty() && pattern.pieces.back()) *pattern.pieces.back() += bytes_of(part);
        else pattern.pieces.emplace_back(bytes_of(part));
    }
    return pattern;
}

const json::array& pair_of(const json::value& value) {
    if (!value.is_array() || value.get_array().size() != 2 || !value.get_array()[0].is_string()) throw Mistake{"has a header that is no [name, value]"};
    return value.get_array();
}

Outcome outcome_named(const std::string& name) {
    for (const auto outcome : {Outcome::ok, Outcome::refused, Outcome::transient, Outcome::rate_limited, Outcome::auth, Outcome::untrusted,
                               Outcome::timed_out, Outcome::cancelled, Outcome::unknown_outcome})
        if (transports::name_of(outcome) == name) return outcome;
    throw Mistake{"has outcome \"" + transports::printable(name, 40) + "\", which there is not"};
}

RecordedRequest request_of(const json::object& from) {
    RecordedRequest to{text_at(from, "method", true), text_at(from, "url", true), text_at(from, "mail_from"), {}, {}, {}, {}, {}};
    for (const auto& header : list_at(from, "headers")) {
        const auto& pair = pair_of(header);
        to.headers.emplace_back(std::string{pair[0].get_string()}, pattern_of(pair[1].is_array() ? pair[1].get_array() : json::array{pair[1]}));
    }
    for (const auto& recipient : list_at(from, "recipients")) to.recipients.push_back(bytes_of(recipient));
    to.body = pattern_of(list_at(from, "body"));
    to.user = pattern_of(list_at(from, "user"));
    to.password = pattern_of(list_at(from, "password"));
    return to;
}

std::int64_t number_at(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) return 0;
    if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > 1'000'000'000) throw Mistake{std::string{"has \""} + key + "\", which is no whole number"};
    return value->get_int64();
}

transports::Response response_of(const json::object& from) {
    transports::Response to;
    to.outcome = outcome_named(text_at(from, "outcome", true));
    to.status = static_cast<int>(number_at(from, "status"));
    to.retry_after_ms = static_cast<std::uint64_t>(number_at(from, "retry_after_ms"));
    for (const auto& header : list_at(from, "headers")) to.headers.push_back({std::string{pair_of(header)[0].get_string()}, bytes_of(pair_of(header)[1])});
    for (const auto& refused : list_at(from, "refused")) to.refused.push_back({std::string{pair_of(refused)[0].get_string()}, bytes_of(pair_of(refused)[1])});
    to.body = text_at(from, "body");
    to.reply = text_at(from, "reply");
    to.detail = text_at(from, "detail");
    return to;
}

// ---- comparing

/// The first place where a text leaves what was recorded, with what stands there.
std::string difference(const std::string& what, const Pattern& recorded, std::string_view now) {
    const std::string was = recorded.shown();
    const auto at = static_cast<std::size_t>(std::mismatch(was.begin(), was.end(), now.begin(), now.end()).first - was.begin());
    const std::size_t from = at > 20 ? at - 20 : 0;
    const bool secret = was.find("<secret>") != std::string::npos;
    // What fills a secret's gap is not shown.
    if (secret) return what + " differs: recorded \"" + transports::printable(was, 200) + "\", and what came does not fit around the secret";
    return what + " differs at byte " + std::to_string(at) + ": recorded \"" + transports::printable(was.substr(from), 60) + "\", now \"" +
           transports::printable(now.substr(std::min(from, now.size())), 60) + "\"";
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
    return out;
}

std::string header_difference(const RecordedRequest& was, const transports::Request& now) {
    const auto same_name = [](const std::string& a, const std::string& b) { return strcasecmp(a.c_str(), b.c_str()) == 0; };
    for (const auto& [name, value] : was.headers) {
        const auto at = std::find_if(now.headers.begin(), now.headers.end(), [&](const auto& header) { return same_name(header.name, name); });
        if (at == now.headers.end()) return "header " + name + " is missing";
        if (!value.fits(at->value)) return difference("header " + name, value, at->value);
    }
    for (const auto& header : now.headers)
        if (std::none_of(was.headers.begin(), was.headers.end(), [&](const auto& known) { return same_name(known.first, header.name); }))
            return "header " + transports::printable(header.name) + " is new";
    return {};
}

/// Empty when it is the recorded request.
std::string difference(const RecordedRequest& was, const transports::Request& now) {
    const auto plain = [](const char* what, const std::string& recorded, const std::string& came) {
        return recorded == came ? std::string{} : difference(what, Pattern{{recorded}}, came);
    };
    const auto part = [](const char* what, const Pattern& recorded, const std::string& came) { return recorded.fits(came) ? std::string{} : difference(what, recorded, came); };
    if (was.method != now.method) return "the method is " + now.method + ", recorded was " + was.method;
    for (auto& found : {plain("the url", was.url, now.url), header_difference(was, now), plain("the envelope's sender", was.mail_from, now.mail_from),
                        plain("the list of recipients", joined(was.recipients), joined(now.recipients)), part("the user", was.user, now.user),
                        part("the password", was.password, now.bearer.empty() ? now.password : now.bearer), part("the body", was.body, now.body)})
        if (!found.empty()) return found;
    return {};
}

}  // namespace

struct CassettePlayer::Tape {
    std::string name;
    std::vector<Exchange> exchanges;
    std::mutex mutex;
    std::size_t next = 0;
    std::string place(std::size_t at) const { return name + ":" + std::to_string(exchanges[at].line); }
    std::string title(std::size_t at) const {
        const auto& request = exchanges[at].request;
        return "exchange " + std::to_string(at + 1) + " of " + std::to_string(exchanges.size()) + ", " + request.method + " " + transports::printable(request.url, 120);
    }
};

Result<CassettePlayer> CassettePlayer::parse(std::string_view text, std::string name) {
    auto tape = std::make_shared<Tape>();
    tape->name = std::move(name);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const auto where = tape->name + ":" + std::to_string(number);
        json::error_code broken;
        const auto value = json::parse(line, broken);
        if (broken || !value.is_object()) return fail(Errc::malformed_input, "a line of a cassette is a JSON object, and this one is none", where);
        try {
            const auto& object = value.get_object();
            tape->exchanges.push_back({request_of(object_of(object.if_contains("request"), "request")), response_of(object_of(object.if_contains("response"), "response")), number});
        } catch (const Mistake& mistake) {
            return fail(Errc::malformed_input, "the exchange " + mistake.what, where, "host/cassette.hpp describes the form");
        }
    }
    return CassettePlayer{std::move(tape)};
}

Result<CassettePlayer> CassettePlayer::open(const std::string& path) {
    std::ifstream in{path, std::ios::binary | std::ios::ate};
    if (!in) return fail(Errc::not_found, "the cassette cannot be opened", path);
    if (in.tellg() > std::streamoff{64} << 20) return fail(Errc::input_too_large, "a cassette has at most 64 MiB", path);
    in.seekg(0);
    std::ostringstream text;
    text << in.rdbuf();
    if (in.bad()) return fail(Errc::io, "the cassette cannot be read", path);
    return parse(text.str(), path);
}

Result<transports::Response> CassettePlayer::operator()(const transports::Request& request) const {
    const std::lock_guard lock{tape_->mutex};
    const std::size_t at = tape_->next;
    if (at >= tape_->exchanges.size())
        return fail(Errc::conflicting_repeat, "the cassette has " + std::to_string(at) + " exchanges, and one more came: " + request.method + " " + transports::printable(request.url, 120), tape_->name);
    const auto found = difference(tape_->exchanges[at].request, request);
    if (!found.empty())
        return fail(Errc::conflicting_repeat, tape_->title(at) + ": " + found, tape_->place(at), "if the plugin is right, record the cassette again");
    ++tape_->next;
    return tape_->exchanges[at].response;
}

std::size_t CassettePlayer::played() const {
    const std::lock_guard lock{tape_->mutex};
    return tape_->next;
}
std::size_t CassettePlayer::size() const { return tape_->exchanges.size(); }

Status CassettePlayer::finished() const {
    const std::lock_guard lock{tape_->mutex};
    if (tape_->next == tape_->exchanges.size()) return {};
    return fail(Errc::conflicting_repeat, tape_->title(tape_->next) + ": it was not asked for", tape_->place(tape_->next));
}

}  // namespace owed::host
