// bank-files: statements that a bank or a person drops into a folder.
#include "owed/plugin.hpp"
#include "shared/drop_folder.hpp"
#include "shared/file_codec.hpp"
#include "shared/settings.hpp"

namespace owed::plugins {

class BankFiles : public plugin::Source, public plugin::Codec {
  public:
    static Result<std::unique_ptr<BankFiles>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        DropFolder folder{host, settings.text("source"), {settings.text("pattern", "*")}, after_of(settings.text("after"))};
        FileCodec codec{{"camt", "mt940", "mt942", "bai2", "ofx", "csv"}, settings.text("format", "auto"), settings.json("profile")};
        return std::make_unique<BankFiles>(std::move(folder), std::move(codec));
    }
    BankFiles(DropFolder folder, FileCodec codec) : folder_{std::move(folder)}, codec_{std::move(codec)} {}

    Status check() override { return folder_.check(); }
    Status read(std::string_view, plugin::Reader& out) override { return folder_.read(out); }
    Result<plugin::Sniffed> sniff(std::string_view file_name, std::string_view head) override {
        return codec_.sniff(file_name, head);
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        return codec_.decode(request, sink);
    }

  private:
    DropFolder folder_;
    FileCodec codec_;
};

}  // namespace owed::plugins

OWED_PLUGIN(owed::plugins::BankFiles);
