// A sender to a server that is right, but for one thing that its setting `do` names.
#include <boost/json.hpp>
#include <cctype>
#include <cstdlib>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongSender : public plugin::Sender {
  public:
    static Result<std::unique_ptr<WrongSender>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        return std::unique_ptr<WrongSender>{new WrongSender{host, std::string{settings.at("do").as_string()}}};
    }
    Status check() override {
        if (is("check_posts")) (void)perform("POST", "check", "x").has_value();
        return {};
    }
    Result<SendReceipt> send(const Delivery& delivery) override {
        if (is("sends_nothing")) return SendReceipt{SendState::sent, "1", "", 0};
        if (is("dies_of_strange_deliveries") && delivery.recipients.empty()) std::abort();
        auto response = perform("PUT", is("numbers_anew") ? std::to_string(++number_) : encoded(delivery.key), delivery.message);
        if (response && response->failure == Errc::unknown_outcome && is("tries_again")) response = perform("PUT", encoded(delivery.key), delivery.message);
        if (!response) return fail(response.error());
        if (!response->failure) return SendReceipt{SendState::sent, "1", "", 0};
        if (is("always_says_sent")) return SendReceipt{SendState::sent, "1", "", 0};
        switch (*response->failure) {
            case Errc::unknown_outcome: return receipt(SendState::unknown, *response);
            case Errc::permanent: return receipt(is("never_gives_up") ? SendState::retry : SendState::refused, *response);
            case Errc::transient:
            case Errc::rate_limited: return receipt(is("gives_up_at_once") ? SendState::refused : SendState::retry, *response);
            case Errc::auth:
                if (is("blames_the_delivery")) return receipt(SendState::refused, *response);
                [[fallthrough]];
            default: return fail(*response->failure, "the server said no", "");
        }
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        if (is("knows_every_key")) return SendReceipt{SendState::sent, "1", "", 0};
        if (is("looks_up_by_writing")) (void)perform("POST", "lookup", "x").has_value();
        OWED_TRY(const auto response, perform("GET", encoded(key), ""));
        if (response.code == 404) return std::optional<SendReceipt>{};
        if (response.failure) return fail(*response.failure, "the server said no");
        return SendReceipt{is("denies_what_it_sent") ? SendState::retry : SendState::sent, "1", "", 0};
    }

  private:
    WrongSender(plugin::Host host, std::string what) : host_{host}, what_{std::move(what)} {}
    bool is(std::string_view what) const { return what_ == what; }
    SendReceipt receipt(SendState state, const plugin::Response& response) {
        return {state, "", is("tells_the_secret") ? "the server said no to " + stolen() : "the server said no", static_cast<std::uint64_t>(response.retry_after.count())};
    }
    /// The kit's value of the secret "api", as if the plugin had come by it: by a way around the host, or as a setting. Put
    /// together on call, so that other behaviours of this library have it nowhere in their memory.
    const std::string& stolen() {
        volatile char turn = 1;
        std::string value = "b@o@sx.`qh*#='?$<";   // each letter one off: the canary of "api" with the start of its fingerprint
        for (char& c : value) c = static_cast<char>(c ^ turn);
        return kept_ = value + "14c2529eb4498c5d";
    }
    static std::string encoded(std::string_view key) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string out;
        for (const char c : key) out += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]};
        for (std::size_t at = 0; (at = out.find("%2D", at)) != std::string::npos;) out.replace(at, 3, "-");
        std::string plain;   // letters and digits as they are, so that a key can be read
        for (std::size_t i = 0; i < out.size();) {
            const int byte = out[i] == '%' ? std::stoi(out.substr(i + 1, 2), nullptr, 16) : 0;
            if (byte != 0 && byte < 128 && std::isalnum(byte) != 0) plain += static_cast<char>(byte);
            else plain += out[i] == '%' ? out.substr(i, 3) : out.substr(i, 1);
            i += out[i] == '%' ? 3 : 1;
        }
        return plain;
    }
    Result<plugin::Response> perform(std::string method, const std::string& key, std::string body) {
        plugin::Request request;
        request.method = std::move(method);
        request.url = "https://mail.example.com/v1/" + key;
        request.headers = {{"Authorization", {plugin::literal("Bearer "), plugin::secret("api")}}};
        if (!body.empty()) request.body = {plugin::literal(std::move(body))};
        if (is("keeps_the_secret")) stolen();
        if (is("logs_the_secret")) host_.log().info("the token is " + stolen());
        if (is("puts_the_secret_into_urls")) request.url += "?token=" + encoded(stolen());
        auto response = host_.transfer().perform(request);
        if (!response && is("dies_without_its_secret") && response.error().what.find("there is no secret") != std::string::npos) std::abort();
        return response;
    }

    plugin::Host host_;
    std::string what_;
    std::string kept_;
    int number_ = 0;
};

}  // namespace

OWED_PLUGIN(WrongSender);
