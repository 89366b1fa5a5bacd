// erp-csv: customers, invoices, credit memos and payments that an ERP exports into a folder.
#include "formats/erp_csv/mapping.hpp"
#include "owed/plugin.hpp"
#include "shared/drop_folder.hpp"
#include "shared/file_codec.hpp"
#include "shared/settings.hpp"

namespace owed::plugins {

class ErpCsv : public plugin::Source, public plugin::Codec {
  public:
    static Result<std::unique_ptr<ErpCsv>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        if (settings.find("files") != nullptr && settings.find("profile") != nullptr)
            return fail(Errc::invalid_config, "files: and profile: exclude each other", "profile", "keep one of them");
        const std::string mapping = mapping_of(settings);
        if (!mapping.empty()) OWED_TRY_VOID(check_mapping(mapping));
        DropFolder folder{host, settings.text("source"), patterns_of(settings, mapping), after_of(settings.text("after"))};
        return std::make_unique<ErpCsv>(std::move(folder), FileCodec{{"erp-csv"}, "erp-csv", mapping});
    }
    ErpCsv(DropFolder folder, FileCodec codec) : folder_{std::move(folder)}, codec_{std::move(codec)} {}

    Status check() override { return folder_.check(); }
    Status read(std::string_view, plugin::Reader& out) override { return folder_.read(out); }
    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) override {
        return codec_.sniff(file_name, head);
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        return codec_.decode(request, sink);
    }

  private:
    /// What the format wants to know: {"files": [...]}, from the settings themselves or a ready profile.
    static std::string mapping_of(const Settings& settings) {
        const std::string files = settings.json("files");
        return files.empty() ? settings.json("profile") : "{\"files\":" + files + "}";
    }

    /// Now, and not at the first file: a field that there is not, a column list that is empty. The place is a path below
    /// the settings ("files[1].columns.id").
    static Status check_mapping(const std::string& mapping) {
        OWED_TRY(const boost::json::value value, formats::csv::parse_profile(mapping));
        OWED_TRY_VOID(formats::erp_csv::read_mapping({value.as_object(), ""}));
        return {};
    }

    /// The order of files: is the order of reading, so that customers come before their invoices.
    static std::vector<std::string> patterns_of(const Settings& settings, const std::string& mapping) {
        std::vector<std::string> patterns;
        if (const Result<Settings> read = Settings::read(mapping); read)
            if (const boost::json::value* files = read->find("files"); files != nullptr && files->is_array())
                for (const boost::json::value& file : files->get_array())
                    if (file.is_object() && file.get_object().contains("match") && file.get_object().at("match").is_string())
                        patterns.emplace_back(file.get_object().at("match").get_string().c_str());
        if (patterns.empty()) patterns.push_back(settings.text("pattern", "*.csv"));
        return patterns;
    }

    DropFolder folder_;
    FileCodec codec_;
};

}  // namespace owed::plugins

OWED_PLUGIN(owed::plugins::ErpCsv);
