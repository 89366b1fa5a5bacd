#include "apis/salesforce/cursor.hpp"

#include <algorithm>

#include "apis/json/json.hpp"
#include "apis/salesforce/soql.hpp"
#include "apis/salesforce/values.hpp"

namespace owed::apis::salesforce {
namespace {

std::string member(std::string_view name, std::string_view value) { return json_text(name) + ":" + json_text(value); }

std::string text_of(const Progress& progress) {
    std::string text = "{" + member("since", progress.since);
    if (!progress.until.empty()) text += "," + member("until", progress.until);
    if (progress.at) text += "," + member("stamp", progress.at->stamp) + "," + member("id", progress.at->id);
    if (progress.again) text += ",\"again\":true";
    return text + "}";
}

/// A time as this file writes them, so that it can stand in a query and be compared as text.
Result<std::string> stamp_in(const Json& json) {
    if (json.text().empty()) return std::string{};
    OWED_TRY(const auto instant, parse_stamp(json.text()));
    return stamp_text(instant);
}

Result<Progress> progress_of(const Json& json) {
    Progress progress;
    OWED_TRY(progress.since, stamp_in(json.at("since")));
    OWED_TRY(progress.until, stamp_in(json.at("until")));
    progress.again = json.at("again").is_true();
    if (json.at("stamp").is_null()) return progress;
    Place place;
    OWED_TRY(place.stamp, stamp_in(json.at("stamp")));
    place.id = id18(json.at("id").text());
    if (place.id.empty() || place.stamp.empty() || progress.until.empty()) return fail(Errc::malformed_input, "a place within a pass needs until, stamp and id");
    progress.at = std::move(place);
    return progress;
}

std::string earlier(const std::string& stamp, std::int64_t seconds) {
    const auto instant = parse_stamp(stamp);
    return instant ? stamp_text(instant->plus_seconds(-seconds)) : stamp;
}

}  // namespace

std::string Cursor::text() const {
    std::string text = "{\"v\":1," + member("mapping", mapping);
    for (const auto& [name, progress] : objects) text += "," + json_text(name) + ":" + text_of(progress);
    return text + "}";
}

Result<Cursor> parse_cursor(std::string_view text) {
    Cursor cursor;
    if (text.empty()) return cursor;
    const auto wrong = [](const std::string& why) { return fail(Errc::malformed_input, "the cursor is not one of this plugin: " + why, "cursor"); };
    const auto json = parse_json(text);
    if (!json) return wrong(json.error().what);
    if (json->at("v").text() != "1") return wrong("its version is " + json->at("v").text());
    cursor.mapping = json->at("mapping").text();
    for (const auto& [name, value] : json->members()) {
        if (name == "v" || name == "mapping") continue;
        auto progress = progress_of(value);
        if (!progress) return wrong(name + ": " + progress.error().what);
        cursor.objects[name] = std::move(*progress);
    }
    return cursor;
}

PassStart begin_pass(Progress& progress, Instant now, std::int64_t overlap_seconds) {
    PassStart start;
    const auto today = stamp_text(now);
    const auto forget = [&] {
        begin_again(progress);
        start.clock_went_back = true;
    };
    if (!progress.since.empty() && today < earlier(progress.since, overlap_seconds)) forget();
    if (progress.at && today < earlier(progress.at->stamp, overlap_seconds)) forget();
    start.first = progress.since.empty() && !progress.again;
    if (progress.at) {
        const auto& [stamp, id] = *progress.at;
        start.where = "(SystemModstamp > " + stamp + " OR (SystemModstamp = " + stamp + " AND Id > " + soql_text(id) + "))";
        progress.until = std::min(progress.until, today);
        return start;
    }
    progress.until = today;
    if (!progress.since.empty()) start.where = "SystemModstamp >= " + earlier(std::min(progress.since, today), overlap_seconds);
    return start;
}

void begin_again(Progress& progress) {
    progress = {};
    progress.again = true;
}

void note_page(Progress& progress, const std::vector<Place>& rows, Instant asked) {
    const auto sure = stamp_text(asked);
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
        if (row->stamp < sure) {
            progress.at = *row;
            return;
        }
}

void end_pass(Progress& progress) {
    progress.since = progress.until;
    progress.until.clear();
    progress.at.reset();
    progress.again = false;
}

}  // namespace owed::apis::salesforce
