// rates: exchange and reference rates out of a folder, or from a publisher's server.
#include <boost/json.hpp>
#include <optional>

#include "owed/plugin.hpp"
#include "rates/web_source.hpp"
#include "shared/drop_folder.hpp"
#include "shared/file_codec.hpp"
#include "shared/settings.hpp"

namespace owed::plugins::rates {

class Rates : public plugin::Source, public plugin::Codec {
  public:
    static Result<std::unique_ptr<Rates>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        const std::string folder = settings.text("source"), url = settings.text("url");
        if (folder.empty() == url.empty())
            return fail(Errc::invalid_config, folder.empty() ? "rates needs source: or url:" : "source: and url: exclude each other", "source",
                        "source: \"folder:drop/rates\" for a folder, url: \"https://...\" for a server");
        FileCodec codec{{"rates"}, "auto", profile_of(settings)};
        if (!url.empty()) return std::unique_ptr<Rates>{new Rates{{}, WebSource{host, url}, std::move(codec)}};
        DropFolder drop{host, folder, {settings.text("pattern", "*")}, after_of(settings.text("after"))};
        return std::unique_ptr<Rates>{new Rates{std::move(drop), {}, std::move(codec)}};
    }

    Status check() override { return folder_ ? folder_->check() : web_->check(); }
    Status read(std::string_view, plugin::Reader& out) override { return folder_ ? folder_->read(out) : web_->read(out); }
    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) override { return codec_.sniff(file_name, head); }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override { return codec_.decode(request, sink); }

  private:
    Rates(std::optional<DropFolder> folder, std::optional<WebSource> web, FileCodec codec)
        : folder_{std::move(folder)}, web_{std::move(web)}, codec_{std::move(codec)} {}

    /// What the format wants to know of the settings.
    static std::string profile_of(const Settings& settings) {
        boost::json::object profile;
        for (const char* key : {"base", "types", "dates", "decimal"})
            if (const boost::json::value* value = settings.find(key)) profile[key] = *value;
        return boost::json::serialize(profile);
    }

    std::optional<DropFolder> folder_;
    std::optional<WebSource> web_;
    FileCodec codec_;
};

}  // namespace owed::plugins::rates

OWED_PLUGIN(owed::plugins::rates::Rates);
