// A plugin that behaves: customers as "number,name" lines from a folder, deliveries by transfer or into the folder.
#include <boost/json.hpp>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class Good : public plugin::Source, public plugin::Codec, public plugin::Sender {
  public:
    static Result<std::unique_ptr<Good>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        const auto text = [&](const char* key) {
            const auto* value = settings.if_contains(key);
            return value == nullptr ? std::string{} : std::string{value->as_string()};
        };
        return std::unique_ptr<Good>{new Good{host, text("source"), text("pattern"), text("after"), text("server")}};
    }

    Status check() override {
        OWED_TRY_VOID(host_.files().list(folder_, pattern_));
        return {};
    }

    Status read(std::string_view cursor, plugin::Reader& out) override {
        OWED_TRY(const auto runs, host_.state().get("runs"));
        OWED_TRY_VOID(host_.state().put("runs", (runs ? *runs : std::string{}) + "x"));
        OWED_TRY_VOID(host_.state().remove("gone"));
        OWED_TRY(const auto now, host_.clock().now());
        host_.log().info("reading at " + to_text(now));
        std::array<unsigned char, 8> dice{};
        OWED_TRY_VOID(host_.random().fill("dice", dice));
        OWED_TRY(const auto files, host_.files().list(folder_, pattern_));
        for (const auto& file : files) {
            if (!file.ready) continue;
            OWED_TRY(const auto head, host_.files().read_all(folder_, file.name, 1 << 20));
            OWED_TRY_VOID(out.file(folder_, file.name, after_ == "leave" ? plugin::After::leave : plugin::After::archive));
            host_.log().debug(file.name + " begins with " + head.substr(0, 4));
        }
        OWED_TRY_VOID(out.artifact("page-1.json", "{\"page\": 1}"));
        Customer customer;
        customer.number = "C-" + std::string{cursor};
        OWED_TRY_VOID(out.record({customer, "ext-1", "page-1.json"}));
        return out.commit(std::string{cursor} + "+1");
    }

    Result<plugin::Sniffed> sniff(std::string_view, std::string_view head) override {
        return plugin::Sniffed{head.find(',') != std::string_view::npos ? 80 : 0, "pairs"};
    }

    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        DecodeReport report{"pairs", Verdict::accept, {}, {}, 0};
        std::string_view rest = request.bytes;
        for (int line = 1; !rest.empty(); ++line) {
            const auto text = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), text.size() + 1));
            const auto where = std::string{request.file_name} + ":" + std::to_string(line);
            const auto comma = text.find(',');
            if (comma == std::string_view::npos)
                return fail(Errc::malformed_input, "the line \"" + std::string{text} + "\" has no comma", where, "separate number and name by a comma");
            Customer customer;
            customer.number = text.substr(0, comma);
            customer.name = text.substr(comma + 1);
            OWED_TRY_VOID(sink.record({customer, customer.number, where}));
            ++report.records;
        }
        return report;
    }

    Result<SendReceipt> send(const Delivery& delivery) override {
        if (delivery.channel == "letter") {
            OWED_TRY_VOID(host_.files().write_new(folder_, delivery.key + ".pdf", delivery.parts.at(0).bytes));
            if (delivery.facts == "crash") std::abort();
            return SendReceipt{SendState::sent, delivery.key + ".pdf", "written", 0};
        }
        plugin::Request request;
        request.method = "MAIL";
        request.url = server_;
        request.mail_from = delivery.sender_address;
        request.recipients = delivery.recipients;
        request.user = {plugin::literal("owed")};
        request.password = {plugin::secret("smtp")};
        request.body = {plugin::literal(delivery.message)};
        OWED_TRY(const auto response, host_.transfer().perform(request));
        if (delivery.facts == "crash") std::abort();
        if (delivery.facts == "lie") return fail(Errc::transient, "nothing left, honestly");
        if (response.failure) {
            host_.add_to_failure({"reply " + std::to_string(response.code), "", response.retry_after});
            return fail(*response.failure, response.message);
        }
        return SendReceipt{SendState::sent, "<1@x>", response.message, 0};
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        OWED_TRY(const bool there, host_.files().exists(folder_, std::string{key} + ".pdf"));
        if (!there) return std::optional<SendReceipt>{};
        return std::optional{SendReceipt{SendState::sent, std::string{key} + ".pdf", "it is there", 0}};
    }

  private:
    Good(plugin::Host host, std::string folder, std::string pattern, std::string after, std::string server)
        : host_{host}, folder_{std::move(folder)}, pattern_{std::move(pattern)}, after_{std::move(after)}, server_{std::move(server)} {}
    plugin::Host host_;
    std::string folder_, pattern_, after_, server_;
};

}  // namespace

OWED_PLUGIN(Good);
