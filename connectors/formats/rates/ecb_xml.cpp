#include "formats/rates/ecb_xml.hpp"

#include "formats/csv/csv.hpp"
#include "formats/xml/xml.hpp"

namespace owed::formats::rates {
namespace {

using csv::shown;

class Cubes : public xml::Handler {
  public:
    Cubes(const xml::Reader& reader, Posting& posting) : reader_{reader}, posting_{posting} {}

    Status start(std::string_view, std::string_view name, const xml::Attributes& attributes) override {
        if (++depth_ == 1 && name != "Envelope")
            return fail(Errc::unsupported_format, "the XML begins with <" + std::string{name.substr(0, 60)} + ">; the ECB's rates begin with <gesmes:Envelope>", reader_.where());
        if (name != "Cube") return {};
        const auto time = attributes.find("time"), currency = attributes.find("currency"), rate = attributes.find("rate");
        if (!time.empty()) return begin_day(time);
        if (!currency.empty() || !rate.empty()) return take(currency, rate);
        return {};
    }
    Status end(std::string_view) override {
        if (depth_-- == day_depth_) day_.reset();
        return {};
    }
    Status text(std::string_view) override { return {}; }

    std::uint64_t days() const { return days_; }

  private:
    Status begin_day(std::string_view time) {
        if (day_) return refuse("the day " + shown(time) + " stands inside the day " + to_text(*day_));
        auto day = parse_date(time);
        if (!day) return refuse("the day " + shown(time) + " does not exist; expected YYYY-MM-DD");
        day_ = *day;
        day_depth_ = depth_;
        ++days_;
        return {};
    }

    Status take(std::string_view currency, std::string_view rate) {
        if (!day_) return refuse("a rate of " + shown(currency) + " stands under no day (Cube time)");
        if (currency.empty() || rate.empty()) return refuse(std::string{"the attribute "} + (rate.empty() ? "rate" : "currency") + " is missing");
        auto value = parse_decimal(rate);
        if (!value) return refuse("the rate of " + shown(currency) + ": " + value.error().what);
        return posting_.quote({.from = "EUR", .to = currency, .type = {}, .date = *day_, .rate = *value, .source = "ecb"},
                              {reader_.line(), [this] { return reader_.where(); }});
    }

    tl::unexpected<Error> refuse(std::string what) const { return fail(Errc::malformed_input, std::move(what), reader_.where()); }

    const xml::Reader& reader_;
    Posting& posting_;
    std::size_t depth_ = 0, day_depth_ = 0;
    std::optional<Date> day_;
    std::uint64_t days_ = 0;
};

}  // namespace

Status read_ecb_xml(std::string_view bytes, const std::string& file_name, const Settings& settings, Posting& posting) {
    if (settings.base && settings.base->text() != "EUR")
        return fail(Errc::invalid_config, "the ECB's rates are those of the euro, and base says " + std::string{settings.base->text()}, "base", "leave base out for this source");
    xml::Reader reader{bytes, file_name, {.depth = 8, .attribute = 256, .token = std::size_t{64} << 10, .text = std::size_t{64} << 10, .elements = 2'000'000, .documents = 16}};
    Cubes cubes{reader, posting};
    OWED_TRY_VOID(reader.run(cubes));
    if (cubes.days() == 0) return fail(Errc::malformed_input, "the file has no day with rates (Cube time)", file_name, "fetch it again from the ECB");
    return {};
}

}  // namespace owed::formats::rates
