#include "ctl/calc.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "ctl/calc_topics.hpp"

namespace owed::ctl {
namespace json = boost::json;

namespace {

constexpr std::array topics{
    CalcTopic{"terms", calc_terms, "due dates, instalments and discounts of a document"},
    CalcTopic{"discount", calc_discount, "what a payment earns by coming early"},
    CalcTopic{"interest", calc_interest, "late interest and fixed sums"},
    CalcTopic{"reference", calc_reference, "check or make a payment reference"},
    CalcTopic{"aging", calc_aging, "open items by age, as of a day"},
    CalcTopic{"measure", calc_measure, "DSO, CEI and their kin, by name"},
    CalcTopic{"provision", calc_provision, "the allowance by a matrix of loss rates"},
    CalcTopic{"tolerance", calc_tolerance, "does a payment close its invoices"},
    CalcTopic{"fx", calc_fx, "exchange differences, and legacy euro currencies"},
    CalcTopic{"match", calc_match, "which items a receipt pays, and why"},
    CalcTopic{"dun", calc_dun, "would a customer get a notice, and why"},
    CalcTopic{"epc_qr", calc_epc_qr, "the payload of a payment QR code"},
};

json::object error_of(const Error& error) {
    return {{"error", json::object{{"code", json_text(name_of(error.code))}, {"what", json_text(error.what)}, {"where", json_text(error.where)}, {"do", json_text(error.advice)}}}};
}

CalcAnswer answer_one(const CalcTopic& topic, const json::value& question) {
    if (!question.is_object()) return {error_of({Errc::malformed_input, "a question is a JSON object", "", "or an array of objects"}), false};
    auto answer = topic.run(question.get_object());
    if (!answer) return {error_of(answer.error()), false};
    return {std::move(*answer), true};
}

Error not_json(std::string_view text, std::size_t at, const std::string& why) {
    const auto before = text.substr(0, std::min(at, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto start = before.rfind('\n');
    const auto column = 1 + before.size() - (start == std::string_view::npos ? 0 : start + 1);
    return {Errc::malformed_input, "the question is not JSON: " + why, "stdin:" + std::to_string(line) + ":" + std::to_string(column), "give one object, or an array of objects"};
}

}  // namespace

std::span<const CalcTopic> calc_topics() { return topics; }

const CalcTopic* find_calc_topic(std::string_view name) noexcept {
    for (const auto& topic : topics)
        if (topic.name == name) return &topic;
    return nullptr;
}

CalcAnswer calc(const CalcTopic& topic, std::string_view question) {
    json::error_code error;
    json::stream_parser parser;
    std::size_t read = 0;
    read = parser.write(question.data(), question.size(), error);
    if (!error) parser.finish(error);
    if (error) return {error_of(not_json(question, read, error.message())), false};
    const auto asked = parser.release();
    if (!asked.is_array()) return answer_one(topic, asked);
    const auto& list = asked.get_array();
    if (list.size() > 100'000) return {error_of({Errc::input_too_large, "the array has more than 100,000 questions", "", "ask in parts"}), false};
    CalcAnswer all{json::array{}, true};
    for (const auto& one : list) {
        auto answer = answer_one(topic, one);
        all.ok = all.ok && answer.ok;
        all.json.get_array().push_back(std::move(answer.json));
    }
    return all;
}

}  // namespace owed::ctl
