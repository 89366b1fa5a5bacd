// The verb: stdin in, stdout out.
#include <unistd.h>

#include <boost/json.hpp>
#include <iostream>

#include "ctl/calc.hpp"
#include "ctl/local.hpp"
#include "ctl/print.hpp"

namespace owed::ctl {
namespace {

constexpr std::size_t question_bytes_max = 64U << 20;

Result<std::string> read_question() {
    std::string text;
    char buffer[65536];
    while (std::cin.read(buffer, sizeof buffer), std::cin.gcount() > 0) {
        text.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
        if (text.size() > question_bytes_max) return fail(Errc::input_too_large, "the question is larger than 64 MiB", "stdin", "ask in parts");
    }
    return text;
}

tl::unexpected<Error> no_topic(const std::string& name) {
    std::string known;
    for (const auto& topic : calc_topics()) known += (known.empty() ? "" : ", ") + std::string{topic.name};
    return fail(Errc::invalid_argument, "there is no topic \"" + name + "\"", "calc", "topics: " + known);
}

Result<CalcAnswer> answer(const std::string& name) {
    const auto* topic = find_calc_topic(name);
    if (topic == nullptr) return no_topic(name);
    OWED_TRY(auto question, read_question());
    return calc(*topic, question);
}

/// A person at a terminal reads aligned lines; a program, and whoever asks for --json, reads JSON.
void tell(const boost::json::value& json, const Global& global) {
    if (!global.json && isatty(STDOUT_FILENO) == 1 && json.is_object() && !json.get_object().contains("error"))
        std::cout << print("calc", json);
    else
        std::cout << boost::json::serialize(json) << "\n";
}

}  // namespace

int run_calc(const Command& command, const Global& global) {
    const auto& topic = command.arguments.at("topic").as_string();
    auto answered = answer(std::string{topic.data(), topic.size()});
    if (!answered) {
        const auto& error = answered.error();
        tell(boost::json::object{{"error", boost::json::object{{"code", name_of(error.code)}, {"what", error.what}, {"where", error.where}, {"do", error.advice}}}}, global);
        return error.code == Errc::invalid_argument ? 2 : 1;
    }
    tell(answered->json, global);
    return answered->ok ? 0 : 1;
}

}  // namespace owed::ctl
