// erp-receipts: tells an ERP by files what was applied here.
#include <map>

#include "erp-receipts/receipts_csv.hpp"
#include "owed/plugin.hpp"
#include "shared/drop_out.hpp"
#include "shared/settings.hpp"

namespace owed::plugins::erp_receipts {

/// One file a batch, whole or not at all. A key that lies in the folder is not written a second time.
class ErpReceipts : public plugin::Sink {
  public:
    static Result<std::unique_ptr<ErpReceipts>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        return std::unique_ptr<ErpReceipts>{new ErpReceipts{host, settings.text("target"), settings.flag("collected", true), settings.text("formula_like", "refuse") != "write"}};
    }

    Status check() override {
        OWED_TRY_VOID(host_.files().list(target_, glob));
        return {};
    }

    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        OWED_TRY(const auto there, files_by_key());
        std::vector<WriteResult> results;
        std::vector<std::size_t> written;
        std::string rows;
        for (const auto& record : records) {
            WriteResult result;
            result.index = static_cast<std::uint32_t>(results.size());
            if (const auto known = there.find(record.external_id); known != there.end()) {
                result.state = SendState::sent;
                result.remote_id = known->second;
                result.detail = "it lies there already";
            } else if (auto row = row_of(record, refuse_formulas_); row) {
                rows += *row;
                written.push_back(results.size());
            } else {
                result.state = SendState::refused;
                result.detail = row.error().what + (row.error().advice.empty() ? "" : "; " + row.error().advice);
                result.field = row.error().where;
            }
            results.push_back(std::move(result));
        }
        if (written.empty()) return results;
        OWED_TRY(const auto outcome, put(header() + rows));
        for (const auto i : written) {
            results[i].state = outcome.state;
            results[i].remote_id = outcome.provider_id;
            results[i].detail = outcome.detail;
            results[i].created = outcome.state == SendState::sent;
        }
        return results;
    }

    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        OWED_TRY(const auto there, files_by_key());
        if (const auto known = there.find(key); known != there.end())
            return SendReceipt{.state = SendState::sent, .provider_id = known->second, .detail = "it is in " + known->second, .retry_after_ms = 0};
        if (collected_) return std::optional<SendReceipt>{};
        return SendReceipt{.state = SendState::retry, .provider_id = {}, .detail = "it is in no file of " + target_ + ", so it was never written", .retry_after_ms = 0};
    }

  private:
    static constexpr const char* glob = "receipts-*.csv";
    static constexpr std::uint64_t file_bytes_max = 16 << 20;

    ErpReceipts(plugin::Host host, std::string target, bool collected, bool refuse_formulas)
        : host_{host}, target_{std::move(target)}, collected_{collected}, refuse_formulas_{refuse_formulas} {}

    /// What a file says, and of which bytes: each is read once, however many keys are looked up.
    struct Read {
        std::uint64_t length = 0;
        Instant modified;
        std::vector<std::string> keys;
        bool is_of(const plugin::File& file) const { return file.length == length && file.modified == modified; }
    };

    Result<std::map<std::string, std::string, std::less<>>> files_by_key() {
        std::map<std::string, std::string, std::less<>> all;
        OWED_TRY(const auto files, host_.files().list(target_, glob));
        std::map<std::string, Read, std::less<>> still_there;
        for (const auto& file : files) {
            auto known = read_.extract(file.name);
            if (!known.empty() && known.mapped().is_of(file)) {
                still_there.insert(std::move(known));
                continue;
            }
            auto bytes = host_.files().read_all(target_, file.name, file_bytes_max);
            if (!bytes && bytes.error().code == Errc::not_found) continue;   // collected in between
            if (!bytes) return fail(std::move(bytes).error());
            still_there.emplace(file.name, Read{file.length, file.modified, keys_in(*bytes)});
        }
        read_ = std::move(still_there);
        for (const auto& [name, read] : read_)
            for (const auto& key : read.keys) all.try_emplace(key, name);
        return all;
    }

    /// In the order of names an ERP reads them in the order in which they were written.
    Result<SendReceipt> put(const std::string& csv) const {
        OWED_TRY(const auto now, host_.clock().now());
        std::string stamp;
        for (const char c : to_text(now))
            if (c >= '0' && c <= '9') stamp += c;
        const auto name = "receipts-" + stamp + "-" + sha256_hex(csv).substr(0, 12) + ".csv";
        auto done = host_.files().write_new(target_, name, csv);
        if (!done) {
            // Whole or an Error; whether an Error came after the name was there, the folder says.
            const auto there = host_.files().exists(target_, name);
            if (!there) return SendReceipt{.state = SendState::unknown, .provider_id = name, .detail = to_text(done.error()), .retry_after_ms = 0};
            if (!*there) return fail(std::move(done).error());
        }
        return SendReceipt{.state = SendState::sent, .provider_id = name, .detail = {}, .retry_after_ms = 0};
    }

    plugin::Host host_;
    std::string target_;
    bool collected_, refuse_formulas_;
    std::map<std::string, Read, std::less<>> read_;
};

}  // namespace owed::plugins::erp_receipts

OWED_PLUGIN(owed::plugins::erp_receipts::ErpReceipts);
