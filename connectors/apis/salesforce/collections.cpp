#include "apis/salesforce/collections.hpp"

#include "apis/salesforce/values.hpp"

namespace owed::apis::salesforce {

std::string collection_body(std::string_view object, std::string_view key_field, const std::vector<OutRow>& rows) {
    std::string body = "{\"allOrNone\":false,\"records\":[";
    for (const auto& row : rows) {
        if (&row != &rows.front()) body += ',';
        body += "{\"attributes\":{\"type\":" + json_text(object) + "}," + json_text(key_field) + ":" + json_text(row.key);
        if (!row.members.empty()) body += "," + row.members;
        body += '}';
    }
    return body + "]}";
}

Result<std::vector<RowAnswer>> parse_answers(const Json& body, std::size_t rows) {
    if (!body.is_array() || body.values().size() != rows)
        return fail(Errc::malformed_input, "the org answered " + std::to_string(rows) + " rows with " + (body.is_array() ? std::to_string(body.values().size()) + " results" : "no list"));
    std::vector<RowAnswer> answers;
    for (const auto& one : body.values()) {
        RowAnswer answer;
        answer.success = one.at("success").is_true();
        answer.created = one.at("created").is_true();
        answer.id = id18(one.at("id").text());
        answer.errors = errors_in(one.at("errors"));
        answers.push_back(std::move(answer));
    }
    return answers;
}

WriteResult result_of(const RowAnswer& answer, const std::string& what) {
    WriteResult result;
    result.remote_id = answer.id;
    result.created = answer.created;
    if (answer.success) {
        result.state = SendState::sent;
        return result;
    }
    if (answer.errors.empty()) {
        result.state = SendState::refused;
        result.detail = what + ": refused without a reason";
        return result;
    }
    // One that passes by itself does not help a row that another one refuses for good.
    const RemoteError* worst = &answer.errors.front();
    for (const auto& error : answer.errors)
        if (state_of_row(worst->code) == SendState::retry && state_of_row(error.code) == SendState::refused) worst = &error;
    result.state = state_of_row(worst->code);
    result.detail = what + ": " + to_text(*worst);
    if (!worst->fields.empty()) result.field = worst->fields.front();
    return result;
}

}  // namespace owed::apis::salesforce
