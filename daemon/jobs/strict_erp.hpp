// An ERP that is strict about what it books and moody about how it answers. For tests only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "owed/hosts.hpp"

namespace owed::jobs {

/// Books each key once, never more on a document than it has open, and takes back only what stands there.
class StrictErp : public Connector {
  public:
    std::map<std::string, std::int64_t> open;            ///< by document
    std::map<std::string, std::int64_t> booked;          ///< what stands there: key -> amount
    std::set<std::string> seen;                          ///< keys that changed its books
    std::set<std::string> blocked;                       ///< documents it takes nothing for
    std::vector<std::string> faults;
    std::set<std::string> no_answer_for;                 ///< keys that it cannot be asked about
    std::string name_ = "erp", entity_ = "sap";
    int asked = 0;
    bool can_tell = true;
    bool loaded = true;                                  ///< its plugin
    std::function<SendState(const std::string& key)> mood = [](const std::string&) { return SendState::sent; };
    std::optional<Errc> down;

    const std::string& name() const override { return name_; }
    const std::string& entity() const override { return entity_; }
    bool has(std::string_view kind) const override { return loaded && kind == "sink"; }
    bool takes(std::string_view kind) const override { return loaded && kind == "receipt_application"; }
    Status check() override { return {}; }
    Status read(const ReadRequest&, ReadTarget&) override { return fail(Errc::unsupported, "no source"); }
    Result<DecodeReport> decode(std::string_view, std::string_view, std::string_view, std::string_view, RecordSink&) override {
        return fail(Errc::unsupported, "no codec");
    }
    Result<SendReceipt> send(const Delivery&) override { return fail(Errc::unsupported, "no sender"); }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        ++asked;
        if (no_answer_for.contains(std::string{key})) return fail(Errc::transient, "the line broke");
        if (!can_tell) return std::optional<SendReceipt>{};
        if (seen.contains(std::string{key})) return SendReceipt{SendState::sent, "GL", "it stands there", 0};
        return SendReceipt{SendState::retry, {}, "there is no such key", 0};
    }
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        if (down) return fail(*down, "the ERP is down");
        std::vector<WriteResult> results;
        for (const auto& record : records) {
            WriteResult result{static_cast<std::uint32_t>(results.size()), mood(record.external_id), "GL", {}, {}, true};
            if (result.state == SendState::retry) result.detail = "locked";
            else if (result.state != SendState::unknown || lands_) take(record, result);
            if (result.state == SendState::unknown) lands_ = !lands_;   // every other one has arrived
            results.push_back(std::move(result));
        }
        return results;
    }
    InstanceReport report() const override { return {}; }

  private:
    void take(const Record& record, WriteResult& result) {
        const auto& told = std::get<ReceiptApplication>(record.body);
        const auto& settled = told.documents.at(0);
        if (seen.contains(record.external_id)) {
            faults.push_back(record.external_id + " came twice");
            return;
        }
        const auto refuse = [&](std::string why) {
            if (result.state == SendState::sent) result = {result.index, SendState::refused, {}, std::move(why), {}, false};
        };
        if (blocked.contains(settled.document)) return refuse(settled.document + " is blocked");
        if (!told.reverses.empty()) {
            const auto standing = booked.find(told.reverses);
            if (standing == booked.end()) {
                faults.push_back(told.reverses + " is to be taken back and does not stand there");
                return refuse("it does not stand here");
            }
            open[settled.document] += standing->second;
            booked.erase(standing);
            seen.insert(record.external_id);
            return;
        }
        auto closes = settled.amount->units + (settled.discount ? settled.discount->units : 0);
        if (closes > open[settled.document]) return refuse(settled.document + " has less open");
        open[settled.document] -= closes;
        booked[record.external_id] = closes;
        seen.insert(record.external_id);
    }
    bool lands_ = true;
};

}  // namespace owed::jobs
