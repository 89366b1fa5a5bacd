// A codec of lines "KEY=NUMBER" that is right, but for one thing that its setting `do` names.
#include <array>
#include <boost/json.hpp>
#include <cstdlib>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongCodec : public plugin::Codec {
  public:
    static Result<std::unique_ptr<WrongCodec>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        return std::unique_ptr<WrongCodec>{new WrongCodec{host, std::string{settings.at("do").as_string()}}};
    }
    Result<plugin::Sniffed> sniff(std::string_view, std::string_view head) override {
        if (is("claims_everything")) return plugin::Sniffed{100, "pairs"};
        if (is("recognises_nothing")) return plugin::Sniffed{};
        if (is("sniffs_by_turns") && ++calls_ % 2 == 0) return plugin::Sniffed{40, "pairs"};
        return plugin::Sniffed{head.starts_with("PAIRS\n") ? 100 : 0, "pairs"};
    }
    Result<DecodeReport> decode(const plugin::DecodeRequest& request, RecordSink& sink) override {
        if (is("dies_of_nothing") && request.bytes.empty()) std::abort();
        if (is("uses_chance")) (void)host_.random().fill("dice", dice_).has_value();
        if (is("dies_of_profiles") && !request.profile.empty()) std::abort();
        if (is("dies_of_names") && request.file_name.size() > 200) std::abort();
        if (!request.format.empty() && request.format != "pairs" && !is("reads_any_format")) return fail(Errc::unsupported_format, "there is no such format here");
        const std::string where = is("hides_the_place") ? "" : std::string{request.file_name} + ":1";
        if (!request.bytes.starts_with("PAIRS\n")) return fail(is("blames_the_weather") ? Errc::transient : Errc::malformed_input, "the first line is not PAIRS", where);
        if (request.bytes.back() != '\n') {
            if (is("dies_of_cut_files")) std::abort();
            return fail(Errc::malformed_input, "the last line has no end", where);
        }
        DecodeReport report;
        report.format = "pairs";
        for (auto rest = request.bytes.substr(6); !rest.empty();) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(line.size() + 1);
            if (line.find('=') == line.npos) {
                if (is("dies_of_turned_bits")) std::abort();
                return fail(Errc::malformed_input, "a line has no =", where);
            }
            Customer customer;
            customer.number = line.substr(0, line.find('='));
            if (is("remembers")) customer.name = std::to_string(++calls_);
            if (auto taken = sink.record({customer, customer.number, ""}); !taken) return fail(Errc::malformed_input, taken.error().what, where);
            ++report.records;
        }
        return report;
    }

  private:
    WrongCodec(plugin::Host host, std::string what) : host_{host}, what_{std::move(what)} {}
    bool is(std::string_view what) const { return what_ == what; }
    plugin::Host host_;
    std::string what_;
    int calls_ = 0;
    std::array<unsigned char, 4> dice_{};
};

}  // namespace

OWED_PLUGIN(WrongCodec);
