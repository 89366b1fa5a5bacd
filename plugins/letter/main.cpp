// letter: hands finished letters to whoever prints and posts them, as files in a spool folder.
#include <boost/json.hpp>

#include "letter/pages.hpp"
#include "owed/plugin.hpp"
#include "shared/drop_out.hpp"
#include "shared/receipts.hpp"
#include "shared/settings.hpp"

namespace owed::plugins::letter {

class Letter : public plugin::Sender {
  public:
    static Result<std::unique_ptr<Letter>> create(plugin::Host host, std::string_view settings_json) {
        OWED_TRY(const Settings settings, Settings::read(settings_json));
        return std::make_unique<Letter>(DropOut{host, settings.text("spool"), settings.flag("collected")});
    }
    explicit Letter(DropOut out) : out_{std::move(out)} {}

    Status check() override { return out_.check(); }

    Result<SendReceipt> send(const Delivery& delivery) override { return refused_if_data(put(delivery)); }

    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        return out_.find(file_name_for(key) + ".json");
    }

  private:
    Result<SendReceipt> put(const Delivery& delivery) const {
        if (delivery.addressee.empty())
            return fail(Errc::data, "the letter has no addressee", delivery.key, "complete the customer's postal address");
        OWED_TRY(const std::string& pdf, document_of(delivery));
        OWED_TRY(const int pages, pages_of(pdf));
        const std::string name = file_name_for(delivery.key);
        // The manifest last: where it is, the letter is complete.
        return out_.put({{name + ".pdf", pdf}, {name + ".json", manifest(delivery, name + ".pdf", pdf, pages)}});
    }

    static Result<std::string> document_of(const Delivery& delivery) {
        const std::string* found = nullptr;
        for (const DeliveryPart& part : delivery.parts) {
            if (part.media_type != "application/pdf") continue;
            if (found != nullptr) return fail(Errc::data, "a letter is one PDF, and this delivery has several", delivery.key);
            found = &part.bytes;
        }
        if (found == nullptr) return fail(Errc::data, "a letter is one PDF, and this delivery has none", delivery.key);
        return *found;
    }

    /// Keys in a fixed order and no time in it: the same delivery gives the same bytes.
    static std::string manifest(const Delivery& delivery, const std::string& file, const std::string& pdf, int pages) {
        boost::json::object object;
        object["key"] = delivery.key;
        object["file"] = file;
        object["sha256"] = sha256_hex(pdf);
        object["bytes"] = pdf.size();
        object["pages"] = pages;
        boost::json::array lines;
        for (const std::string& line : delivery.addressee) lines.emplace_back(line);
        object["addressee"] = std::move(lines);
        return boost::json::serialize(object) + "\n";
    }

    DropOut out_;
};

}  // namespace owed::plugins::letter

OWED_PLUGIN(owed::plugins::letter::Letter);
