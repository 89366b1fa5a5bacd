// Every kind at once, by the C++ wrapper. What it is told (a cursor, a record's external id, a receipt's id) says what it
// does.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Customer customer(std::string number) {
    Customer made;
    made.number = std::move(number);
    return made;
}

class Kinds : public plugin::Source, public plugin::Codec, public plugin::Sender, public plugin::Sink, public plugin::Agency, public plugin::Decider {
  public:
    static Result<std::unique_ptr<Kinds>> create(plugin::Host host, std::string_view) { return std::unique_ptr<Kinds>{new Kinds{host}}; }
    Status check() override { return {}; }

    Status read(std::string_view cursor, plugin::Reader& out) override {
        const auto word = cursor.substr(0, cursor.find(' '));
        const auto rest = cursor.substr(std::min(cursor.size(), word.size() + 1));
        if (word == "flood") OWED_TRY_VOID(flood(rest, out));
        if (word == "figures") figures();
        if (word == "many_figures")
            for (int i = 0; i < 70; ++i) host_.metrics().count("name_" + std::to_string(i));
        if (word == "progress") {
            host_.progress(300, 1200, "accounts, page 3");
            OWED_TRY_VOID(out.artifact("page-3", "x"));
            OWED_TRY_VOID(out.artifact("page-4", "x"));
            host_.progress(301, 0, std::string(199, 'x') + "\xc3\xbc and more");
            OWED_TRY_VOID(out.artifact("page-5", "x"));
        }
        if (word == "wait") {
            OWED_TRY_VOID(host_.clock().wait(std::chrono::milliseconds{static_cast<std::int64_t>(number_of(rest))}));
            OWED_TRY(const auto now, host_.clock().now());
            return out.commit(std::to_string(now.micros));
        }
        if (word == "secret") return out.commit(host_.secrets().has(rest) ? "yes" : "no");
        return out.commit("done");
    }

    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) override {
        if (file_name == "clock") OWED_TRY_VOID(host_.random().fill("dice", dice_));
        return plugin::Sniffed{head.starts_with("KINDS") ? 100 : 0, file_name == "long" ? std::string(32, 'f') : "kinds"};
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        OWED_TRY_VOID(sink.record({customer(std::string{request.bytes}), "1", ""}));
        return DecodeReport{"kinds", Verdict::accept, {}, {}, 1};
    }

    Result<SendReceipt> send(const Delivery& delivery) override { return SendReceipt{SendState::sent, "sent " + delivery.key, "", 0}; }

    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        std::vector<WriteResult> results;
        for (std::size_t i = 0; i < records.size(); ++i) {
            const auto& key = records[i].external_id;
            if (key == "auth") return fail(Errc::auth, "the login was refused", "server", "renew the password");
            if (key == "broken") return fail(Errc::unknown_outcome, "the line broke after the batch was sent");
            if (key == "die") std::abort();
            if (key == "in a file") {
                OWED_TRY_VOID(host_.files().write_new("folder:drop", "all.csv", "x"));
                return fail(Errc::cancelled, "there was no time for results");
            }
            WriteResult result;
            result.state = key.starts_with("ok") ? SendState::sent : key.starts_with("refused") ? SendState::refused : SendState::retry;
            result.remote_id = "R-" + key;
            result.created = key == "ok-new";
            if (result.state == SendState::refused) result.field = "Balance__c";
            results.push_back(std::move(result));
        }
        if (records.front().where == "numbered backwards") {
            for (std::size_t i = 0; i < results.size(); ++i) results[i].index = static_cast<std::uint32_t>(i);
            std::reverse(results.begin(), results.end());
        }
        if (records.front().where == "the last alone") {
            results.back().index = static_cast<std::uint32_t>(records.size() - 1);
            results.erase(results.begin(), results.end() - 1);
        }
        if (records.front().where == "one too many") results.push_back(results.front());
        return results;
    }

    Result<SendReceipt> place(const Delivery& delivery) override { return acted("placed", delivery); }
    Result<SendReceipt> update(const Delivery& delivery) override { return acted("updated", delivery); }
    Result<SendReceipt> recall(const Delivery& delivery) override { return acted("recalled", delivery); }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        if (key != "known") return std::optional<SendReceipt>{};
        return std::optional{SendReceipt{SendState::sent, "it is there", "", 0}};
    }
    Status fetch(std::string_view, plugin::Reader&) override { return fail(Errc::internal, "a source is read, not fetched from"); }

    Result<MatchAnswer> propose(const MatchQuestion& question) override {
        const auto& what = question.receipt.receipt;
        if (what == "now") OWED_TRY_VOID(host_.clock().now());
        if (what == "wait") OWED_TRY_VOID(host_.clock().wait(std::chrono::milliseconds{1}));
        if (what == "files") OWED_TRY_VOID(host_.files().list("folder:drop", "*"));
        if (what == "transfer") OWED_TRY_VOID(host_.transfer().perform({}));
        if (what == "random") OWED_TRY_VOID(host_.random().fill("dice", dice_));
        if (what == "state") OWED_TRY_VOID(host_.state().get("key"));
        if (what == "secrets") return MatchAnswer{{}, host_.secrets().has("api") ? "there is one" : "there is none"};
        if (what == "spin")
            for (;;) spun_ = spun_ + 1;
        if (what == "late")
            while (!host_.clock().cancelled()) spun_ = spun_ + 1;
        MatchAnswer answer;
        answer.reason = "asked of " + std::to_string(question.items.size());
        if (what == "none") return answer;
        host_.log().info("looked at " + question.receipt.payer.name);
        const std::uint16_t confidence = what == "too sure" ? 1001 : 950;
        answer.proposals.push_back({{{question.items.at(0).item, question.receipt.amount}}, confidence, {"the amount fits"}});
        return answer;
    }

  private:
    explicit Kinds(plugin::Host host) : host_{host} {}

    static Result<SendReceipt> acted(const char* what, const Delivery& delivery) {
        if (delivery.facts == "refuse") return fail(Errc::permanent, "the agency takes no debts below 50 EUR", "facts/total");
        return SendReceipt{SendState::sent, std::string{what} + " " + delivery.key, "", 0};
    }
    /// "RECORDS" or "RECORDS BYTES": so many in order, each with a name of so many bytes.
    Status flood(std::string_view how, plugin::Reader& out) {
        const auto space = how.find(' ');
        const auto records = number_of(how), name_bytes = space == std::string_view::npos ? 0 : number_of(how.substr(space + 1));
        for (std::uint64_t i = 0; i < records; ++i) {
            auto one = customer("C-" + std::to_string(i));
            one.name = std::string(name_bytes, 'n');
            OWED_TRY_VOID(out.record({std::move(one), std::to_string(i), ""}));
        }
        return {};
    }
    void figures() {
        host_.metrics().count("rows", 5);
        host_.metrics().count("rows");
        host_.metrics().count("rows", -3);
        host_.metrics().gauge("lag_s", 70);
        host_.metrics().gauge("lag_s", -7);
        host_.metrics().gauge("rows", 1);
        for (const char* wrong : {"Rows", "", "7up", "a b", "\xc3\xbc"}) host_.metrics().count(wrong);
        host_.metrics().count(std::string(65, 'a'));
        host_.metrics().count(std::string(64, 'a'));
    }

    plugin::Host host_;
    std::array<unsigned char, 8> dice_{};
    volatile std::uint64_t spun_ = 0;
};

}  // namespace

OWED_PLUGIN(Kinds);
