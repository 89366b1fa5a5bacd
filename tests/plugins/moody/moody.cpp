// A plugin in several versions of one id, for reloads and upgrades: numbers that continue from the cursor, and letters that
// are written once. The versions differ in MOODY_VERSION and in what they do when they are called.
#include <cstdlib>

#include <boost/json.hpp>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class Moody : public plugin::Source, public plugin::Sender {
  public:
    static Result<std::unique_ptr<Moody>> create(plugin::Host host, std::string_view settings_json) {
        if (std::string_view{MOODY_VERSION} == "refuses") return fail(Errc::invalid_config, "this version wants nothing to do with these settings", {}, "take another version");
        const auto settings = boost::json::parse(settings_json).as_object();
        auto moody = std::unique_ptr<Moody>{new Moody{host}};
        moody->out_ = settings.at("out").as_string();
        moody->prefix_ = settings.at("prefix").as_string();
        moody->batch_ = settings.at("batch").as_int64();
        moody->check_ = settings.at("check").as_string();
        moody->pause_ms_ = settings.at("pause_ms").as_int64();
        return moody;
    }

    Status check() override {
        if (check_ == "auth") return fail(Errc::auth, "the password is wrong", {}, "renew it");
        if (check_ == "down") return fail(Errc::transient, "nobody answers");
        return {};
    }

    /// `batch` customers from the cursor on, and the cursor behind them, in one commit.
    Status read(std::string_view cursor, plugin::Reader& out) override {
        if (std::string_view{MOODY_VERSION} == "crashes") std::abort();
        auto number = cursor.empty() ? 0L : std::atol(std::string{cursor}.c_str());
        for (std::int64_t i = 0; i < batch_; ++i) {
            Customer customer;
            customer.number = prefix_ + "-" + std::to_string(++number);
            customer.name = "of version " MOODY_VERSION;
            OWED_TRY_VOID(out.record({customer, customer.number, MOODY_VERSION}));
        }
        if (pause_ms_ > 0) OWED_TRY_VOID(host_.clock().wait(std::chrono::milliseconds{pause_ms_}));
        return out.commit(std::to_string(number));
    }

    Result<SendReceipt> send(const Delivery& delivery) override {
        OWED_TRY_VOID(host_.files().write_new(out_, delivery.key + ".txt", MOODY_VERSION));
        if (pause_ms_ > 0) OWED_TRY_VOID(host_.clock().wait(std::chrono::milliseconds{pause_ms_}));
        return SendReceipt{SendState::sent, delivery.key + ".txt", "written by version " MOODY_VERSION, 0};
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        OWED_TRY(const bool there, host_.files().exists(out_, std::string{key} + ".txt"));
        if (!there) return std::optional<SendReceipt>{};
        return std::optional{SendReceipt{SendState::sent, std::string{key} + ".txt", "it is there", 0}};
    }

  private:
    explicit Moody(plugin::Host host) : host_{host} {}
    plugin::Host host_;
    std::string out_, prefix_, check_;
    std::int64_t batch_ = 1, pause_ms_ = 0;
};

}  // namespace

OWED_PLUGIN(Moody);
