#include "rates/web_source.hpp"

namespace owed::plugins::rates {
namespace {

constexpr const char* etag = "etag";
constexpr const char* last_modified = "last-modified";
constexpr const char* of_url = "url";
constexpr int not_modified = 304;
/// Longer ones are no use as a condition, and the server would have to send them back whole.
constexpr std::size_t condition_bytes_max = 1'000;

std::string_view header_of(const plugin::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

std::string advice_for(const plugin::Response& response) {
    if (response.code >= 300 && response.code < 400) return "set settings.url to where the file is now; redirects are not followed";
    if (response.code == 404 || response.code == 410) return "look up where the publisher keeps the file, and set settings.url";
    if (*response.failure == Errc::auth) return "the publisher wants a login, which this plugin does not have; put the files into a folder instead";
    return {};
}

}  // namespace

std::string file_name_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("?#"));
    const auto slash = url.rfind('/');
    const std::string_view name = slash == url.npos ? std::string_view{} : url.substr(slash + 1);
    return name.empty() ? "rates" : std::string{name};
}

Result<plugin::Response> WebSource::ask(const char* method, bool conditional) const {
    plugin::Request request;
    request.method = method;
    request.url = url_;
    request.plain_text = url_.starts_with("http://");
    request.headers = {{"Accept", {plugin::literal("application/xml, text/xml, text/csv, */*;q=0.5")}}};
    if (conditional) {
        // What was kept is of another file when the URL is another one now.
        OWED_TRY(const auto kept_url, host_.state().get(of_url));
        OWED_TRY(const auto tag, host_.state().get(etag));
        OWED_TRY(const auto date, host_.state().get(last_modified));
        const bool same = kept_url == url_;
        if (same && tag && !tag->empty()) request.headers.push_back({"If-None-Match", {plugin::literal(*tag)}});
        if (same && date && !date->empty()) request.headers.push_back({"If-Modified-Since", {plugin::literal(*date)}});
    }
    return host_.transfer().perform(request);
}

tl::unexpected<Error> WebSource::refused(const char* method, const plugin::Response& response) const {
    if (response.retry_after.count() > 0) host_.add_to_failure({{}, {}, response.retry_after});
    // A file may be asked for again at any time, whatever became of this answer.
    const Errc code = *response.failure == Errc::unknown_outcome ? Errc::transient : *response.failure;
    return fail(code, response.message, std::string{method} + " " + file_name_of(url_), advice_for(response));
}

Status WebSource::check() const {
    OWED_TRY(const plugin::Response response, ask("HEAD", false));
    const bool knows_no_head = response.code == 405 || response.code == 501;  // it has answered, at least
    if (response.failure && !knows_no_head) return refused("HEAD", response);
    return {};
}

Status WebSource::keep(const char* key, std::string_view value) const {
    if (value.empty() || value.size() > condition_bytes_max) return host_.state().remove(key);
    return host_.state().put(key, value);
}

Status WebSource::read(plugin::Reader& out) const {
    OWED_TRY(const plugin::Response response, ask("GET", true));
    if (response.code == not_modified) return {};
    if (response.failure) return refused("GET", response);
    OWED_TRY(const ArtifactFate fate, out.artifact(file_name_of(url_), response.body));
    if (fate == ArtifactFate::leave) return {};  // not decided: the next read fetches it again
    OWED_TRY_VOID(keep(of_url, url_));
    OWED_TRY_VOID(keep(etag, header_of(response, "etag")));
    OWED_TRY_VOID(keep(last_modified, header_of(response, "last-modified")));
    const std::string_view told = header_of(response, "last-modified");
    return out.commit(told.empty() ? "fetched" : told.substr(0, 100));
}

}  // namespace owed::plugins::rates
