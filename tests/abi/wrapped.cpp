// What plain.c does, by the C++ wrapper.
#include "owed/plugin.hpp"

namespace {

using namespace owed;

Record customer(const std::string& before, std::string_view number) {
    Customer made;
    made.number = before + std::string{number};
    made.name = "Frozen";
    return {made, "ext-" + std::string{number}, ""};
}

class Wrapped : public plugin::Source, public plugin::Codec, public plugin::Sender, public plugin::Sink, public plugin::Agency, public plugin::Decider {
  public:
    static Result<std::unique_ptr<Wrapped>> create(plugin::Host host, std::string_view) { return std::unique_ptr<Wrapped>{new Wrapped{host}}; }
    Status check() override {
        host_.metrics().count("checks");
        return {};
    }
    Status read(std::string_view cursor, plugin::Reader& out) override {
        host_.log().info("reading");
        OWED_TRY_VOID(host_.state().put("seen", "yes"));
        OWED_TRY_VOID(out.record(customer("C-", cursor)));
        return out.commit(std::string{cursor} + "+");
    }
    Result<plugin::Sniffed> sniff(std::string_view, std::string_view head) override {
        return plugin::Sniffed{head.starts_with("FROZEN") ? 90 : 0, "frozen"};
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        if (request.bytes.empty()) return fail(Errc::malformed_input, "the file is empty", std::string{request.file_name});
        DecodeReport report{"frozen", Verdict::accept, {}, {}, 0};
        for (auto rest = request.bytes; !rest.empty(); rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1))) {
            OWED_TRY_VOID(sink.record(customer("", rest.substr(0, rest.find('\n')))));
            ++report.records;
        }
        return report;
    }
    Result<SendReceipt> send(const Delivery& delivery) override { return done("sent:", delivery.key); }
    Result<SendReceipt> place(const Delivery& delivery) override { return done("placed:", delivery.key); }
    Result<SendReceipt> update(const Delivery& delivery) override { return done("updated:", delivery.key); }
    Result<SendReceipt> recall(const Delivery& delivery) override { return done("recalled:", delivery.key); }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        return key == "known" ? std::optional{done("found:", key)} : std::nullopt;
    }
    Status fetch(std::string_view cursor, plugin::Reader& out) override { return read(cursor, out); }

    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        std::vector<WriteResult> results;
        for (const auto& record : records) {
            WriteResult result;
            result.state = record.external_id.starts_with('x') ? SendState::refused : SendState::sent;
            result.remote_id = "R-" + record.external_id;
            results.push_back(std::move(result));
        }
        return results;
    }
    Result<MatchAnswer> propose(const MatchQuestion& question) override {
        if (question.items.empty()) return MatchAnswer{{}, "nothing is open"};
        const auto& item = question.items.front();
        return MatchAnswer{{{{{item.item, item.residual}}, 900, {}}}, "the first item"};
    }

  private:
    explicit Wrapped(plugin::Host host) : host_{host} {}
    static SendReceipt done(const char* what, std::string_view key) { return {SendState::sent, what + std::string{key}, "", 0}; }
    plugin::Host host_;
};

}  // namespace

OWED_PLUGIN(Wrapped);
