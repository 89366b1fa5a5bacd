// erp-csv: customers, invoices, credit memos and payments that an ERP exports into a folder.
#include "owed/plugin.hpp"
#include "shared/drop_folder.hpp"
#include "shared/file_codec.hpp"
#include "shared/settings.hpp"

namespace owed::plugins {

class ErpCsv : public plugin::Source, public plugin::Codec {
  public:
    static Result<std::unique_ptr<ErpCsv>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        DropFolder folder{host, settings.text("source"), patterns_of(settings), after_of(settings.text("after"))};
        FileCodec codec{{"erp-csv"}, "erp-csv", profile_of(settings)};
        return std::make_unique<ErpCsv>(std::move(folder), std::move(codec));
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
    /// The order of files: is the order of reading, so that customers come before their invoices.
    static std::vector<std::string> patterns_of(const Settings& settings) {
        std::vector<std::string> patterns;
        if (const boost::json::value* files = settings.find("files"); files != nullptr && files->is_array())
            for (const boost::json::value& file : files->get_array())
                if (const boost::json::value* match = file.as_object().if_contains("match"))
                    patterns.emplace_back(match->as_string().c_str());
        if (patterns.empty()) patterns.push_back(settings.text("pattern", "*.csv"));
        return patterns;
    }

    /// What the format wants to know: the mapping, without what only concerns the folder.
    static std::string profile_of(const Settings& settings) {
        if (settings.find("files") == nullptr) return settings.json("profile");
        boost::json::object profile;
        for (const char* key : {"profile", "files"})
            if (const boost::json::value* value = settings.find(key)) profile[key] = *value;
        return boost::json::serialize(profile);
    }

    DropFolder folder_;
    FileCodec codec_;
};

}  // namespace owed::plugins

OWED_PLUGIN(owed::plugins::ErpCsv);
