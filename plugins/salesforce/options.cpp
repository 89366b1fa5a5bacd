#include "salesforce/options.hpp"

namespace owed::plugins::salesforce {
namespace {

/// Texts of one object within the settings; a missing one keeps the default.
class Group {
  public:
    Group(const Settings& settings, std::string_view key) : object_{settings.find(key)} {}
    void text(std::string_view key, std::string& to) const {
        const auto* value = at(key);
        if (value != nullptr && value->is_string()) to = std::string{value->get_string()};
    }
    void texts(std::string_view key, std::vector<std::string>& to) const {
        const auto* value = at(key);
        if (value == nullptr || !value->is_array()) return;
        to.clear();
        for (const auto& one : value->get_array()) to.emplace_back(one.get_string());
    }

  private:
    const boost::json::value* at(std::string_view key) const {
        return object_ == nullptr || !object_->is_object() ? nullptr : object_->get_object().if_contains(key);
    }
    const boost::json::value* object_;
};

}  // namespace

Result<Options> read_options(const Settings& settings) {
    Options o;
    o.instance_url = settings.text("instance_url");
    while (o.instance_url.ends_with('/')) o.instance_url.pop_back();
    o.version = settings.text("api_version", "v62.0").substr(1);
    o.create_missing_accounts = settings.flag("create_missing_accounts", false);
    o.read_overlap_seconds = settings.number("read_overlap_seconds", 300);
    o.page_size = settings.number("page_size", 2000);
    o.daily_limit_share_percent = settings.number("daily_limit_share_percent", 80);

    auto& m = o.mapping;
    m.customers = settings.flag("customers", true);
    m.contacts = settings.flag("contacts", true);
    m.currency = settings.text("currency");
    const Group account{settings, "account"}, status{settings, "status"}, orders{settings, "orders"};
    account.text("number_field", m.number_field);
    account.text("external_id_field", m.key_field);
    account.text("entity_field", m.entity_field);
    status.text("balance", m.status.balance);
    status.text("overdue", m.status.overdue);
    status.text("oldest_days", m.status.oldest_days);
    status.text("dunning_level", m.status.dunning_level);
    status.text("credit_hold", m.status.credit_hold);
    status.text("hold_reason", m.status.hold_reason);
    status.text("as_of", m.status.as_of);
    orders.texts("awaiting", m.orders.awaiting);
    orders.text("hold_field", m.orders.hold_field);
    orders.text("hold_reason_field", m.orders.hold_reason_field);
    orders.text("external_id_field", m.orders.key_field);
    OWED_TRY_VOID(org::check_names(m));
    return o;
}

std::string Options::reading_fingerprint() const {
    std::uint64_t hash = 14695981039346656037u;  // FNV-1a: it tells settings apart and guards nothing
    const auto add = [&](std::string_view text) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
        hash = (hash ^ 0xff) * 1099511628211u;
    };
    for (const auto* text : {&instance_url, &mapping.number_field, &mapping.key_field, &mapping.entity_field, &mapping.currency, &mapping.orders.hold_field, &mapping.orders.key_field}) add(*text);
    for (const auto& status : mapping.orders.awaiting) add(status);
    return std::to_string(hash);
}

}  // namespace owed::plugins::salesforce
