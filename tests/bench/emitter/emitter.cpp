// Hands over as many invoices as its settings say: what the boundary costs, and nothing else.
#include <boost/json.hpp>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class Emitter : public plugin::Source {
  public:
    static Result<std::unique_ptr<Emitter>> create(plugin::Host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json);
        return std::make_unique<Emitter>(settings.at("records").as_int64());
    }
    explicit Emitter(std::int64_t records) : records_{records} {}
    Status check() override { return {}; }
    Status read(std::string_view, plugin::Reader& out) override {
        Record record{ArDocument{}, {}, {}};
        auto& invoice = std::get<ArDocument>(record.body);
        invoice.customer = "10004";
        invoice.document_date = Date::from_days(20'500);
        invoice.due_date = Date::from_days(20'530);
        invoice.amount = Amount{119'00, 2, "EUR"};
        invoice.tax = Amount{19'00, 2, "EUR"};
        invoice.open = invoice.amount;
        invoice.order = "PO-4711";
        for (std::int64_t i = 0; i < records_; ++i) {
            invoice.number = record.external_id = "RE-" + std::to_string(1'000'000 + i);
            OWED_TRY_VOID(out.record(record));
        }
        return out.commit("end");
    }

  private:
    std::int64_t records_;
};

}  // namespace

OWED_PLUGIN(Emitter);
