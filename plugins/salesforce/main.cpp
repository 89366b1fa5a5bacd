// salesforce: accounts, contacts and orders in; account status and order holds out.
#include "salesforce/reading.hpp"
#include "salesforce/writing.hpp"

namespace owed::plugins::salesforce {

class Salesforce : public plugin::Source, public plugin::Sink {
  public:
    static Result<std::unique_ptr<Salesforce>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        OWED_TRY(Options options, read_options(settings));
        return std::make_unique<Salesforce>(host, std::move(options));
    }
    Salesforce(plugin::Host host, Options options) : host_{host}, options_{std::move(options)}, org_{host, options_} {}

    Status check() override {
        OWED_TRY_VOID(begin());
        OWED_TRY_VOID(org_.check_version());
        OWED_TRY(const auto shapes, shapes_for_reading(org_, options_.mapping));
        OWED_TRY_VOID(check_for_writing(shapes.account, options_.mapping));
        return options_.mapping.orders.on() ? org::check_order_for_writing(shapes.order, options_.mapping) : Status{};
    }

    Status read(std::string_view cursor, plugin::Reader& out) override {
        OWED_TRY_VOID(begin());
        return Reading{host_, org_, options_, out}.run(cursor);
    }

    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        OWED_TRY_VOID(begin());
        return Writing{host_, org_, options_}.run(records);
    }

    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        OWED_TRY_VOID(begin());
        return Writing{host_, org_, options_}.lookup(key);
    }

  private:
    Status begin() {
        org_.begin_call();
        if (host_.secrets().has("login")) return {};
        return fail(Errc::invalid_config, "the connector has no secret \"login\"", "secrets",
                    "add secrets: login: oauth2: with grant jwt_bearer or client_credentials");
    }

    plugin::Host host_;
    const Options options_;
    Org org_;
};

}  // namespace owed::plugins::salesforce

OWED_PLUGIN(owed::plugins::salesforce::Salesforce);
