// An agency with a server that is right, but for one thing that its setting `do` names. It has no events.
#include <boost/json.hpp>
#include <cctype>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongAgency : public plugin::Agency {
  public:
    static Result<std::unique_ptr<WrongAgency>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        return std::unique_ptr<WrongAgency>{new WrongAgency{host, std::string{settings.at("do").as_string()}}};
    }
    Status check() override { return {}; }
    Result<SendReceipt> place(const Delivery& delivery) override { return act("place", delivery); }
    Result<SendReceipt> update(const Delivery& delivery) override { return act("update", delivery); }
    Result<SendReceipt> recall(const Delivery& delivery) override { return act("recall", delivery); }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        if (is("knows_every_key")) return SendReceipt{SendState::sent, "1", "", 0};
        for (const std::string what : {"place", "update", "recall"}) {
            OWED_TRY(const auto response, perform("GET", what + "/" + plain(key), ""));
            if (!response.failure) return SendReceipt{SendState::sent, "1", "", 0};
            if (response.code != 404) return fail(*response.failure, "the agency said no");
        }
        return std::optional<SendReceipt>{};
    }
    Status fetch(std::string_view, plugin::Reader&) override { return {}; }

  private:
    WrongAgency(plugin::Host host, std::string what) : host_{host}, what_{std::move(what)} {}
    bool is(std::string_view what) const { return what_ == what; }

    Result<SendReceipt> act(const std::string& what, const Delivery& delivery) {
        if (is("cannot_" + what)) return fail(Errc::unsupported, "this agency cannot " + what);
        const auto key = is("numbers_anew") ? std::to_string(++number_) : plain(delivery.key);
        OWED_TRY(const auto response, perform("PUT", what + "/" + key, delivery.facts));
        if (!response.failure) return SendReceipt{SendState::sent, "1", "", 0};
        switch (*response.failure) {
            case Errc::unknown_outcome: return SendReceipt{SendState::unknown, "", "no answer came", 0};
            case Errc::permanent: return SendReceipt{SendState::refused, "", "the agency said no", 0};
            default: return fail(*response.failure, "the agency said no");
        }
    }
    static std::string plain(std::string_view key) {
        std::string out;
        for (const char c : key) out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
        return out;
    }
    Result<plugin::Response> perform(std::string method, const std::string& path, std::string body) const {
        plugin::Request request;
        request.method = std::move(method);
        request.url = "https://agency.example.com/v1/" + path;
        request.headers = {{"Authorization", {plugin::literal("Bearer "), plugin::secret("api")}}};
        if (!body.empty()) request.body = {plugin::literal(std::move(body))};
        return host_.transfer().perform(request);
    }

    plugin::Host host_;
    std::string what_;
    int number_ = 0;
};

}  // namespace

OWED_PLUGIN(WrongAgency);
