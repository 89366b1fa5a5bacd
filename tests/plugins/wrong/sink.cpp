// A sink of a server that is right, but for one thing that its setting `do` names.
#include <boost/json.hpp>
#include <cctype>
#include <cstdlib>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongSink : public plugin::Sink {
  public:
    static Result<std::unique_ptr<WrongSink>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        return std::unique_ptr<WrongSink>{new WrongSink{host, std::string{settings.at("do").as_string()}}};
    }
    Status check() override { return {}; }

    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        if (is("dies_of_one") && records.size() == 1) std::abort();
        if (is("dies_of_many") && records.size() > 100) std::abort();
        std::vector<WriteResult> results;
        for (const auto& record : records) {
            OWED_TRY(auto result, write_one(record));
            results.push_back(std::move(result));
        }
        for (std::size_t i = 0; i < results.size(); ++i) results[i].index = static_cast<std::uint32_t>(i);
        if (is("forgets_the_last")) results.pop_back();
        return results;
    }

    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        if (is("knows_every_key")) return SendReceipt{SendState::sent, "1", "", 0};
        OWED_TRY(const auto response, perform("GET", std::string{key}, ""));
        if (response.code == 404) return std::optional<SendReceipt>{};
        if (response.failure) return fail(*response.failure, "the server said no");
        return SendReceipt{SendState::sent, std::string{key}, "", 0};
    }

  private:
    WrongSink(plugin::Host host, std::string what) : host_{host}, what_{std::move(what)} {}
    bool is(std::string_view what) const { return what_ == what; }

    Result<WriteResult> write_one(const Record& record) {
        const auto* status = std::get_if<AccountStatus>(&record.body);
        const auto* hold = std::get_if<OrderHold>(&record.body);
        if (is("dies_of_others") && status == nullptr && hold == nullptr) std::abort();
        if (status == nullptr && hold == nullptr) return result_of(SendState::refused, "this system keeps no such record");
        if (is("is_never_sure")) return result_of(SendState::unknown, "perhaps");
        auto response = perform("PUT", is("adds_anew") ? std::to_string(++number_) : record.external_id, status != nullptr ? status->customer : hold->order);
        if (!response) return fail(response.error());
        if (!response->failure || is("always_says_sent")) return result_of(SendState::sent, "");
        switch (*response->failure) {
            case Errc::auth:
                if (is("takes_a_refused_login_for_success")) return result_of(SendState::sent, "");
                return fail(Errc::auth, "the server said no");
            case Errc::rate_limited:
            case Errc::invalid_config: return fail(*response->failure, "the server said no");
            case Errc::unknown_outcome: return result_of(SendState::unknown, "no answer came");
            case Errc::transient: return result_of(is("gives_up_at_once") ? SendState::refused : SendState::retry, "not now");
            default: return result_of(SendState::refused, "the server said no");
        }
    }
    static WriteResult result_of(SendState state, std::string detail) {
        WriteResult result;
        result.state = state;
        result.detail = std::move(detail);
        return result;
    }
    Result<plugin::Response> perform(std::string method, std::string key, std::string body) const {
        for (char& c : key)
            if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
        plugin::Request request;
        request.method = std::move(method);
        request.url = "https://crm.example.com/v1/" + key;
        request.headers = {{"Authorization", {plugin::literal("Bearer "), plugin::secret("api")}}};
        if (!body.empty()) request.body = {plugin::literal(std::move(body))};
        return host_.transfer().perform(request);
    }

    plugin::Host host_;
    std::string what_;
    int number_ = 0;
};

}  // namespace

OWED_PLUGIN(WrongSink);
