#include "salesforce/org.hpp"

#include <algorithm>
#include <charconv>

#include "apis/salesforce/soql.hpp"
#include "apis/salesforce/values.hpp"

namespace owed::plugins::salesforce {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr const char* login = "login";

std::string_view header_of(const plugin::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

/// Without the query: a query is long, and values of customers stand in it.
std::string place_of(const std::string& method, const std::string& path) { return method + " " + path.substr(0, path.find('?')); }

std::string answered(const plugin::Response& response, const std::vector<org::RemoteError>& errors) {
    if (!errors.empty()) return "Salesforce answered " + std::to_string(response.code) + " " + org::to_text(errors.front());
    if (response.code < 300) return response.message;  // none came, or it broke off
    const auto type = header_of(response, "content-type");
    return "Salesforce answered " + std::to_string(response.code) + " without a reason" + (type.empty() ? "" : " (" + org::one_line(type) + ")");
}

/// The daily limit frees calls hour by hour; too many long calls at once are over in a minute.
milliseconds pause_for(const plugin::Response& response, const std::vector<org::RemoteError>& errors) {
    if (response.retry_after.count() > 0) return response.retry_after;
    const bool crowd = std::any_of(errors.begin(), errors.end(), [](const auto& error) { return error.message.find("Concurrent") != std::string::npos; });
    return crowd ? milliseconds{minutes{1}} : milliseconds{hours{1}};
}

std::string advice_for(Errc code) {
    switch (code) {
        case Errc::auth: return "look at the secret \"login\" and at the connected app: is the user pre-authorised, the certificate the one of private_key?";
        case Errc::rate_limited: return "wait, or ask for more API calls; Setup, System Overview shows who uses them";
        case Errc::invalid_config: return "compare the connector's settings with the org's fields, and the user's permissions";
        default: return {};
    }
}

}  // namespace

// ---- what is asked

Status Org::check_version() {
    auto body = send("GET", "/services/data/");
    if (!body) return fail(raise(std::move(body).error()));
    auto versions = org::parse_versions(*body);
    if (!versions) return fail(Errc::transient, versions.error().what, "GET /services/data/", "is instance_url a Salesforce org?");
    if (std::find(versions->begin(), versions->end(), options_.version) != versions->end()) return {};
    std::string offered;
    for (const auto& version : *versions) offered += (offered.empty() ? "v" : ", v") + version;
    return fail(Errc::invalid_config, "this org does not offer API version v" + options_.version + "; it offers " + org::one_line(offered), "settings.api_version",
                "set api_version to one that both know (v60.0 to v63.0)");
}

Result<org::ObjectShape> Org::describe(const std::string& object) {
    auto body = send("GET", data("/sobjects/" + object + "/describe"));
    if (!body && body.error().code == "NOT_FOUND") {
        OWED_TRY_VOID(check_version());
        return fail(Errc::invalid_config, "this org has no object " + object + ", or the integration user may not see it", "settings",
                    "give the user Read on " + object + (object == "Order" ? " and turn Orders on, or set settings.orders.awaiting to []" : ""));
    }
    if (!body) return fail(raise(std::move(body).error()));
    auto shape = org::parse_describe(*body);
    if (!shape) return fail(Errc::transient, shape.error().what, "describe of " + object);
    return shapes_[object] = std::move(*shape);
}

Result<org::ObjectShape> Org::known_shape(const std::string& object) {
    if (const auto known = shapes_.find(object); known != shapes_.end()) return known->second;
    return describe(object);
}

Answer<Org::Page> Org::query(const std::string& soql, bool deleted) {
    return page_of(send("GET", data(deleted ? "/queryAll?q=" : "/query?q=") + org::url_encoded(soql)));
}

Answer<Org::Page> Org::next_page(const std::string& path) { return page_of(send("GET", path)); }

Answer<Org::Page> Org::page_of(Answer<apis::Json> body) const {
    if (!body) return tl::unexpected{std::move(body).error()};
    Page page;
    page.rows = body->at("records").values();
    const bool done = body->at("done").is_true();
    if (!done) page.next = body->at("nextRecordsUrl").text();
    const auto& total = body->at("totalSize").text();
    std::from_chars(total.data(), total.data() + total.size(), page.total);
    // A path of this org, and one that leads on: or reading would go elsewhere, or never end.
    const bool leads_on = page.next.starts_with("/services/data/") && !page.rows.empty();
    if (body->at("records").is_array() && (done || leads_on)) return page;
    return tl::unexpected{Fault{{Errc::transient, "a page of a query has no records, or no next page although it is not the last", "query", {}}, {}, {}, false}};
}

Answer<std::vector<org::RowAnswer>> Org::write(const std::string& object, const std::string& key_field, const std::vector<org::OutRow>& rows) {
    const auto path = data("/composite/sobjects") + (key_field == "id" ? "" : "/" + object + "/" + key_field);
    auto body = send("PATCH", path, org::collection_body(object, key_field, rows));
    if (!body) return tl::unexpected{std::move(body).error()};
    auto answers = org::parse_answers(*body, rows.size());
    if (answers) return std::move(*answers);
    return tl::unexpected{Fault{{Errc::unknown_outcome, answers.error().what, place_of("PATCH", path), {}}, {}, {}, true}};
}

// ---- the exchange

plugin::Request Org::request_for(const std::string& method, const std::string& path, std::string body) const {
    plugin::Request request;
    request.method = method;
    request.url = options_.instance_url + path;
    request.plain_text = options_.instance_url.starts_with("http://");
    request.headers = {{"Accept", {plugin::literal("application/json")}}};
    // The list of versions is open to all, and tells what is wrong where a login cannot.
    if (path != "/services/data/") request.headers.push_back({"Authorization", {plugin::literal("Bearer "), plugin::secret(login)}});
    if (path.find("/query") != path.npos) request.headers.push_back({"Sforce-Query-Options", {plugin::literal("batchSize=" + std::to_string(options_.page_size))}});
    if (!body.empty()) {
        request.headers.push_back({"Content-Type", {plugin::literal("application/json; charset=UTF-8")}});
        request.body = {plugin::literal(std::move(body))};
    }
    return request;
}

Answer<apis::Json> Org::send(const std::string& method, const std::string& path, std::string body) {
    if (auto fault = beyond_share()) return tl::unexpected{std::move(*fault)};
    const auto where = place_of(method, path);
    const bool writes = method != "GET";
    auto response = host_.transfer().perform(request_for(method, path, std::move(body)));
    if (!response) {
        auto error = response.error();
        if (error.code == Errc::input_too_large && !writes) error.advice = "set settings.page_size lower, or transfer.response_mib higher";
        return tl::unexpected{Fault{std::move(error), {}, {}, false}};
    }
    note(*response);
    if (response->failure) {
        auto fault = fault_of(*response, where, writes);
        if (fault.error.code == Errc::invalid_config) shapes_.clear();
        return tl::unexpected{std::move(fault)};
    }
    if (response->body.empty()) return apis::Json{};
    auto json = apis::parse_json(response->body);
    if (json) return std::move(*json);
    const auto type = org::one_line(header_of(*response, "content-type"));
    return tl::unexpected{Fault{{writes ? Errc::unknown_outcome : Errc::transient, "the answer is not whole JSON (" + type + "): " + json.error().what, where, {}}, {}, {}, writes}};
}

void Org::note(const plugin::Response& response) {
    host_.metrics().count("api_calls");
    if (const auto date = org::parse_http_date(header_of(response, "date"))) date_ = date;
    const auto usage = org::parse_usage(header_of(response, "sforce-limit-info"));
    if (!usage) return;
    usage_ = usage;
    host_.metrics().gauge("api_used_of_day", usage->used);
    host_.metrics().gauge("api_limit_of_day", usage->max);
}

Fault Org::fault_of(const plugin::Response& response, const std::string& where, bool writes) const {
    const auto errors = org::errors_of_body(response.body);
    Fault fault;
    if (!errors.empty()) fault.code = errors.front().code;
    auto code = response.code < 300 ? *response.failure : org::class_of_call(response.code, errors);
    if (*response.failure == Errc::unknown_outcome) {
        fault.maybe_done = writes;
        code = writes ? Errc::unknown_outcome : Errc::transient;  // a question may always be asked again
    }
    if (code == Errc::rate_limited) fault.retry_after = pause_for(response, errors);
    else fault.retry_after = response.retry_after;
    if (code == Errc::rate_limited) host_.metrics().count("api_limit_reached");
    fault.error = {code, answered(response, errors), where, advice_for(code)};
    return fault;
}

std::optional<Fault> Org::beyond_share() const {
    if (!usage_ || !org::beyond_share(*usage_, options_.daily_limit_share_percent)) return {};
    host_.metrics().count("api_share_used_up");
    Fault fault;
    fault.retry_after = hours{1};
    fault.error = {Errc::rate_limited, std::to_string(usage_->used) + " of the org's " + std::to_string(usage_->max) + " API calls of a day are used, and owed stops at " +
                                           std::to_string(options_.daily_limit_share_percent) + " %",
                   "settings.daily_limit_share_percent", "wait: the figure is of the last 24 hours; or let owed use a larger share"};
    return fault;
}

Result<Instant> Org::now() const {
    if (date_) return *date_;
    return host_.clock().now();
}

Error Org::raise(Fault fault) const {
    if (fault.retry_after.count() > 0) host_.add_to_failure({{}, {}, fault.retry_after});
    return std::move(fault.error);
}

}  // namespace owed::plugins::salesforce
