// An agency and nothing else: it remembers what was placed and tells of it when it is read.
#include <map>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class Collectors : public plugin::Agency {
  public:
    static Result<std::unique_ptr<Collectors>> create(plugin::Host host, std::string_view) {
        return std::unique_ptr<Collectors>{new Collectors{host}};
    }
    Status check() override { return placed_.contains("closed") ? fail(Errc::auth, "the agency has closed the account") : Status{}; }
    Result<SendReceipt> place(const Delivery& delivery) override { return note(delivery, "placed"); }
    Result<SendReceipt> update(const Delivery& delivery) override { return note(delivery, "updated"); }
    Result<SendReceipt> recall(const Delivery& delivery) override {
        if (!placed_.contains(delivery.facts)) return fail(Errc::permanent, "no placement " + delivery.facts + " is known");
        return note(delivery, "recalled");
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        const auto found = placed_.find(key);
        if (found == placed_.end()) return std::optional<SendReceipt>{};
        return std::optional{SendReceipt{SendState::sent, found->second + " " + found->first, "", 0}};
    }
    Status fetch(std::string_view cursor, plugin::Reader& out) override {
        OWED_TRY(const auto seen, host_.state().get("seen"));
        OWED_TRY_VOID(host_.state().put("seen", seen.value_or("") + "x"));
        for (const auto& [key, state] : placed_) {
            AgencyUpdate update;
            update.placement = key;
            update.state = state;
            OWED_TRY_VOID(out.record({update, key, ""}));
        }
        return out.commit(std::string{cursor} + "+" + std::to_string(placed_.size()));
    }

  private:
    explicit Collectors(plugin::Host host) : host_{host} {}
    Result<SendReceipt> note(const Delivery& delivery, const char* state) {
        placed_[delivery.key] = state;
        return SendReceipt{SendState::sent, std::string{state} + " " + delivery.key, "", 0};
    }
    plugin::Host host_;
    std::map<std::string, std::string, std::less<>> placed_;
};

}  // namespace

OWED_PLUGIN(Collectors);
