// agency: placement files out to a collection agency, its remittance files back in.
#include "formats/placement/placement.hpp"
#include "owed/plugin.hpp"
#include "shared/drop_folder.hpp"
#include "shared/drop_out.hpp"
#include "shared/file_codec.hpp"
#include "shared/receipts.hpp"
#include "shared/settings.hpp"

namespace owed::plugins {

class Agency : public plugin::Source, public plugin::Codec, public plugin::Sender {
  public:
    static Result<std::unique_ptr<Agency>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        OWED_TRY(std::vector<formats::placement::Column> columns, columns_of(settings));
        const std::string delimiter = settings.text("delimiter", ",");
        return std::unique_ptr<Agency>{new Agency{host, settings, std::move(columns), delimiter.empty() ? ',' : delimiter.front()}};
    }

    Status check() override {
        OWED_TRY_VOID(in_.check());
        return out_.check();
    }
    Status read(std::string_view, plugin::Reader& out) override { return in_.read(out); }
    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) override {
        return codec_.sniff(file_name, head);
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        return codec_.decode(request, sink);
    }

    Result<SendReceipt> send(const Delivery& delivery) override { return refused_if_data(put(delivery)); }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override { return out_.find(file_name_for(key) + ".csv"); }

  private:
    Result<SendReceipt> put(const Delivery& delivery) const {
        const std::string name = file_name_for(delivery.key) + ".csv";
        // The daemon may have made the file itself; then it goes out as it is.
        if (delivery.parts.size() > 1) return fail(Errc::data, "a placement is one file, and this delivery has several", delivery.key);
        if (!delivery.parts.empty()) return out_.put({{name, delivery.parts.front().bytes}});
        OWED_TRY(const formats::placement::Placement placement, formats::placement::read_facts(delivery.facts));
        OWED_TRY(std::string file, formats::placement::write(placement, columns_, delimiter_, &sha256_hex));
        return out_.put({{name, std::move(file)}});
    }

    Agency(plugin::Host host, const Settings& settings, std::vector<formats::placement::Column> columns, char delimiter)
        : in_{host, settings.text("source"), {settings.text("pattern", "*")}, after_of(settings.text("after"))},
          codec_{{"agency-csv"}, "agency-csv", settings.json("profile")},
          out_{host, settings.text("target"), settings.flag("collected", true)},
          columns_{std::move(columns)},
          delimiter_{delimiter} {}

    static Result<std::vector<formats::placement::Column>> columns_of(const Settings& settings) {
        std::vector<formats::placement::Column> columns;
        const boost::json::value* list = settings.find("columns");
        if (list == nullptr) return columns;
        for (const boost::json::value& entry : list->as_array()) {
            const auto& object = entry.as_object();
            const std::string field = object.at("field").as_string().c_str();
            const boost::json::value* heading = object.if_contains("heading");
            columns.push_back({field, heading == nullptr ? field : std::string{heading->as_string().c_str()}});
        }
        OWED_TRY_VOID(formats::placement::check_columns(columns));
        return columns;
    }

    DropFolder in_;
    FileCodec codec_;
    DropOut out_;
    std::vector<formats::placement::Column> columns_;
    char delimiter_;
};

}  // namespace owed::plugins

OWED_PLUGIN(owed::plugins::Agency);
