#include "ctl/top.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "api/verbs.hpp"
#include "ctl/client.hpp"
#include "ctl/print.hpp"

namespace owed::ctl {
namespace {

namespace json = boost::json;
using Steady = std::chrono::steady_clock;

constexpr int exit_unreachable = 3;

/// What a connector had counted at the last look.
struct Before {
    std::int64_t records;
    Steady::time_point at;
};

std::int64_t number(const json::object& row, const char* key) {
    const auto* value = row.if_contains(key);
    if (value == nullptr || !value->is_number()) return 0;
    return value->is_uint64() ? static_cast<std::int64_t>(value->get_uint64()) : value->to_number<std::int64_t>();
}
std::string words(const json::object& row, const char* key) {
    const auto* value = row.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

/// Records a minute since the last look, or nothing to compare with.
json::value rate(const json::object& row, std::map<std::string, Before>& before, Steady::time_point now) {
    const auto records = number(row, "records");
    const auto name = words(row, "name");
    json::value rate = nullptr;
    if (const auto known = before.find(name); known != before.end()) {
        const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - known->second.at).count();
        if (millis > 0) rate = (records - known->second.records) * 60'000 / millis;
    }
    before.insert_or_assign(name, Before{records, now});
    return rate;
}

std::string age(const json::object& row, const char* key) {
    const auto* value = row.if_contains(key);
    if (value == nullptr || value->is_null()) return "-";
    const auto seconds = number(row, key);
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    return seconds < 172'800 ? std::to_string(seconds / 3600) + " h" : std::to_string(seconds / 86'400) + " d";
}

/// What a person should look at first: the breaker, the way back, why it is not well, or else what it is doing.
std::string doing(const json::object& row) {
    for (const char* key : {"trouble", "rolled_back", "reason"})
        if (auto text = words(row, key); !text.empty()) return text;
    auto text = words(row, "running");
    if (const auto progress = words(row, "progress"); !progress.empty()) text += (text.empty() ? "" : ": ") + progress;
    return text;
}

json::array rows_of(const json::value& connectors, std::map<std::string, Before>& before) {
    json::array rows;
    const auto now = Steady::now();
    for (const auto& one : connectors.at("connectors").as_array()) {
        auto row = one.as_object();
        row["records_per_minute"] = rate(row, before, now);
        rows.push_back(std::move(row));
    }
    return rows;
}

class Screen {
  public:
    Screen() : terminal_{::isatty(STDOUT_FILENO) == 1}, colour_{terminal_ && std::getenv("NO_COLOR") == nullptr} {
        winsize size{};
        if (terminal_ && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40) width_ = size.ws_col;
    }
    void draw(const json::value& status, const json::array& rows, bool again) const {
        if (terminal_ && again) std::cout << "\x1b[H\x1b[2J";
        std::cout << head(status);
        static const std::vector<std::string> heads = {"CONNECTOR", "STATE", "VERSION", "RECORDS", "/MIN", "LAG", "RETRIES", "RESTARTS", "MEMORY", "DOING"};
        std::vector<std::vector<std::string>> lines{heads};
        for (const auto& one : rows) lines.push_back(cells(one.as_object()));
        std::vector<std::size_t> widths(heads.size());
        for (const auto& line : lines)
            for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
        for (const auto& line : lines) std::cout << row(line, widths) << "\n";
        std::cout << std::flush;
    }

  private:
    static std::string head(const json::value& status) {
        const auto& object = status.as_object();
        const auto& outbox = object.at("outbox").as_object();
        std::string text = "owed " + words(object, "version") + "  " + words(object, "clock") + "  outbox " + std::to_string(number(outbox, "waiting")) + " waiting, " +
                           std::to_string(number(outbox, "unknown")) + " unknown  questions " + std::to_string(number(object, "questions")) + "  alarms " +
                           std::to_string(object.at("alarms").as_array().size());
        return text + "\n\n";
    }
    static std::vector<std::string> cells(const json::object& row) {
        const auto* per_minute = row.if_contains("records_per_minute");
        return {words(row, "name"), words(row, "state"), words(row, "version"), std::to_string(number(row, "records")),
                per_minute == nullptr || per_minute->is_null() ? "-" : std::to_string(number(row, "records_per_minute")), age(row, "lag_seconds"),
                std::to_string(number(row, "retries")), std::to_string(number(row, "restarts")), std::to_string(number(row, "rss_bytes") >> 20) + " MiB", tamed(doing(row))};
    }
    /// A plugin's words reach a terminal: nothing in them is obeyed.
    static std::string tamed(std::string text) {
        for (char& c : text)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
        return text;
    }
    std::string row(const std::vector<std::string>& line, const std::vector<std::size_t>& widths) const {
        std::string text;
        std::size_t used = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool last = i + 1 == line.size();
            auto cell = line[i];
            if (last && used < width_ && cell.size() > width_ - used && terminal_) cell.resize(width_ - used);
            const auto fill = last ? std::string{} : std::string(widths[i] - cell.size() + 2, ' ');
            used += cell.size() + fill.size();
            text += i == 1 ? painted(cell) + fill : cell + fill;
        }
        return text;
    }
    std::string painted(const std::string& state) const {
        if (!colour_) return state;
        const char* colour = state == "ok" ? "\x1b[32m" : state == "degraded" || state == "starting" ? "\x1b[33m" : state == "STATE" ? "\x1b[1m" : "\x1b[31m";
        return colour + state + "\x1b[0m";
    }
    bool terminal_, colour_;
    std::size_t width_ = 200;
};

int told(const Error& error, const Global& global) {
    if (global.json) std::cout << json::serialize(api::error_json(error)) << "\n";
    else std::cerr << "owectl: " << error.what << (error.advice.empty() ? "" : "\n  " + error.advice) << "\n";
    return error.code == Errc::not_found ? exit_unreachable : 1;
}

/// Seconds between two looks.
Result<int> interval_of(const json::object& arguments) {
    const auto* given = arguments.if_contains("interval");
    if (given == nullptr) return 2;
    const std::string_view text{given->as_string().data(), given->as_string().size()};
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 1 || seconds > 3600)
        return fail(Errc::invalid_argument, "--interval is a number of seconds from 1 to 3600, not \"" + std::string{text} + "\"");
    return seconds;
}

}  // namespace

int run_top(const Command& command, const Global& global, const std::string& socket) {
    const auto interval = interval_of(command.arguments);
    if (!interval) return told(interval.error(), global), 2;
    const bool once = global.json || command.arguments.contains("once");
    const Screen screen;
    std::map<std::string, Before> before;
    for (;;) {
        const auto connectors = ask(socket, {"connectors", {}}, global.as);
        if (!connectors) return told(connectors.error(), global);
        const auto status = ask(socket, {"status", {}}, global.as);
        if (!status) return told(status.error(), global);
        if (connectors->exit != 0) return std::cerr << json::serialize(connectors->json) << "\n", connectors->exit;
        const auto rows = rows_of(connectors->json, before);
        if (global.json) std::cout << json::serialize(json::object{{"top", rows}, {"as_of", connectors->json.at("as_of")}}) << "\n";
        else screen.draw(status->json, rows, !once);
        if (once) return 0;
        std::this_thread::sleep_for(std::chrono::seconds{*interval});
    }
}

}  // namespace owed::ctl
