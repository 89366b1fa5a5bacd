// The salesforce plugin under the real host, against the stand-in. Tests only.
#pragma once

#include <map>
#include <set>

#include "owed/record_wire.hpp"
#include "testing/rig.hpp"
#include "tests/standins/salesforce_org.hpp"

namespace owed::plugins::salesforce::testing {

using plugins::testing::Rig;
using standins::SalesforceOrg;

/// Account.owed_Hold_Reason__c is ours to create; the stand-in's org has the other fields.
inline const std::string with_reason = R"({"Account": ["owed_Hold_Reason__c string 255 custom"]})";

class Crm {
  public:
    explicit Crm(const SalesforceOrg& org, Rig::Isolation isolation = Rig::Isolation::none, const std::string& more = {}, const std::function<void(host::InstanceConfig&)>& adjust = {})
        : rig{"salesforce", settings(org, more), isolation, [&](host::InstanceConfig& config) {
                  host::OAuthClient login;
                  login.token_url = org.url() + "/services/oauth2/token";
                  login.client_id = "owed-consumer-key";
                  login.client_secret = [] { return Result<std::string>{std::string{SalesforceOrg::client_secret}}; };
                  config.oauth["login"] = login;
                  config.has_secret = [](std::string_view name) { return name == "login"; };
                  if (adjust) adjust(config);
              }} {}
    static std::string settings(const SalesforceOrg& org, const std::string& more) {
        return R"({"currency": "EUR", "page_size": 200, "instance_url": ")" + org.url() + "\"" + (more.empty() ? "" : ", " + more) + "}";
    }
    Connector& connector() { return rig.connector(); }

    Rig rig;
};

/// A store: what is committed stays, with its cursor and state; what is not is forgotten.
class Store : public ReadTarget {
  public:
    Result<ArtifactFate> artifact(const ArrivedArtifact&) override { return fail(Errc::internal, "no artifact was expected"); }
    Status records(std::string_view batch) override {
        struct Keep : RecordSink {
            std::vector<Record>* to = nullptr;
            Status record(Record record) override {
                to->push_back(std::move(record));
                return {};
            }
        } keep;
        keep.to = &pending_;
        return wire::decode_batch(batch, {}, keep);
    }
    Status commit(std::string_view new_cursor, const std::map<std::string, std::string>& changes) override {
        if (dies_at != 0 && commits + 1 == dies_at) return fail(Errc::store_full, "the disk is full");
        ++commits;
        cursor = new_cursor;
        for (const auto& [key, value] : changes)
            if (value.empty()) state.erase(key);
            else state[key] = value;
        for (auto& record : pending_) {
            handed.push_back(record);
            last[std::string{kind_of(record)} + " " + record.where] = std::move(record);
        }
        pending_.clear();
        if (on_commit) on_commit();
        return {};
    }
    Status read(Connector& connector) {
        pending_.clear();
        commits = 0;
        return connector.read({cursor, state}, *this);
    }
    template <class Body>
    std::vector<Body> all() const {
        std::vector<Body> found;
        for (const auto& [key, record] : last)
            if (const auto* body = std::get_if<Body>(&record.body)) found.push_back(*body);
        return found;
    }

    std::string cursor;
    std::map<std::string, std::string> state;
    std::vector<Record> handed;            ///< everything that was committed, in order
    std::map<std::string, Record> last;    ///< the latest of each, by kind and place
    int commits = 0, dies_at = 0;          ///< of the last read
    std::function<void()> on_commit;

  private:
    std::vector<Record> pending_;
};

inline boost::json::object account(int number, const std::string& stamp = "2026-03-01T08:00:00Z") {
    const auto text = std::to_string(10'000 + number);
    return {{"ref", "a" + text}, {"Name", "Mill " + text}, {"AccountNumber", text}, {"owed_Customer__c", text}, {"CreatedDate", stamp}};
}
/// `count` accounts with a contact and an order each for every tenth.
inline boost::json::object company(int count, const std::string& stamp = "2026-03-01T08:00:00Z") {
    boost::json::array accounts, contacts, orders;
    for (int i = 0; i < count; ++i) {
        accounts.push_back(account(i, stamp));
        if (i % 10 != 0) continue;
        const auto text = std::to_string(10'000 + i);
        contacts.push_back({{"LastName", "Kern " + text}, {"AccountId", "@a" + text}, {"Email", "ap" + text + "@mill.test"}, {"CreatedDate", stamp}});
        orders.push_back({{"AccountId", "@a" + text}, {"Status", i % 20 == 0 ? "Draft" : "Activated"}, {"EffectiveDate", "2026-03-30"}, {"TotalAmount", 990}, {"owed_Order__c", "O-" + text},
                          {"CreatedDate", stamp}});
    }
    return {{"records", boost::json::object{{"Account", accounts}, {"Contact", contacts}, {"Order", orders}}}};
}

inline Record status(const std::string& key, std::int64_t cents = 12'345, const std::string& currency = "EUR") {
    AccountStatus s;
    s.customer = key;
    s.name = "Mill " + key;
    s.as_of = Date::from_days(20'543);  // 2026-03-31
    s.balance = Amount{cents, 2, currency};
    s.overdue = Amount{cents / 2, 2, currency};
    s.oldest_days = 41;
    s.dunning_level = 2;
    s.hold = true;
    s.hold_reason = "41 days late";
    return {s, key, {}};
}
inline Record order_hold(const std::string& key, bool hold) { return {OrderHold{"1", {}, "10000", hold, hold ? "41 days late" : "", {}}, key, {}}; }

}  // namespace owed::plugins::salesforce::testing
