// calc reference, calc epc_qr: what payers write, and what their banking apps are told.
#include <boost/json.hpp>

#include "ctl/calc_topics.hpp"
#include "owed/reference.hpp"
#include "render/epc_qr.hpp"

namespace owed::ctl {
namespace json = boost::json;

namespace {

json::object told(const Reference& reference, std::string_view value) {
    json::object answer{{"valid", true}, {"scheme", json_text(name_of(reference.scheme))}, {"normalised", json_text(reference.normalised)}, {"printed", json_text(reference.printed)}, {"value", json_text(value)}};
    if (!reference.creditor.empty()) answer["creditor"] = json_text(reference.creditor);
    return answer;
}

/// Not valid is an answer, not an error: `why` says which character, length or check digit it is.
json::object not_valid(const json::value& scheme, std::string_view value, std::string_view why) {
    return {{"valid", false}, {"scheme", scheme}, {"normalised", nullptr}, {"printed", nullptr}, {"value", json_text(value)}, {"why", json_text(why)}};
}

json::object recognised(const std::string& value) {
    const auto found = recognise(value);
    if (found.empty()) return not_valid(nullptr, value, "no scheme's check digits fit");
    auto answer = told(found.front(), value);
    json::array schemes;
    for (const auto& one : found) schemes.push_back(json_text(name_of(one.scheme)));
    answer["schemes"] = std::move(schemes);
    return answer;
}

Result<json::object> made(Scheme scheme, const std::string& body, bool with_length) {
    if (with_length && scheme != Scheme::ocr) return fail(Errc::invalid_argument, "a length digit is part of Swedish OCR references alone", "with_length");
    auto reference = with_length ? make_ocr_with_length(body) : make_reference(scheme, body);
    if (!reference) {
        reference.error().where = "make_from";
        return fail(std::move(reference).error());
    }
    return told(*reference, reference->normalised);
}

}  // namespace

Result<json::object> calc_reference(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto name, question.text_required("scheme"));
    OWED_TRY(auto value, question.text("value"));
    OWED_TRY(auto body, question.text("make_from"));
    OWED_TRY(auto with_length, question.flag("with_length", false));
    OWED_TRY(auto account, question.text("iban"));
    OWED_TRY_VOID(question.done());
    if (value.has_value() == body.has_value()) return fail(Errc::invalid_argument, "give either \"value\" to check or \"make_from\" to make one", "value");
    const auto scheme = find_scheme(name);
    if (!scheme && name != "auto")
        return fail(Errc::invalid_argument, "there is no scheme \"" + name.substr(0, 40) + "\"", "scheme", "iso11649, qrr, viite, viitenumber, kid10, kid11, ocr, ogm, fik71, fik75, iban or auto");
    if (!scheme && body) return fail(Errc::invalid_argument, "a reference is made in one scheme; \"auto\" only checks", "scheme");
    if (body) return made(*scheme, *body, with_length);
    if (!scheme) return recognised(*value);
    if (scheme == Scheme::qrr && account && !is_qr_iban(*account))
        return not_valid(json_text(name), *value, "a QR reference goes with a QR-IBAN only (institution number 30000 to 31999)");
    const auto reference = parse_reference(*scheme, *value);
    return reference ? told(*reference, *value) : not_valid(json_text(name), *value, reference.error().what);
}

Result<json::object> calc_epc_qr(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto euro, find_currency("EUR"));
    OWED_TRY(auto amount, question.money_required("amount", euro));
    render::EpcPayment payment{.name = {}, .iban = {}, .bic = {}, .amount = amount, .reference = {}, .text = {}};
    OWED_TRY(payment.name, question.text_required("name"));
    OWED_TRY(auto iban, question.text_required("iban"));
    OWED_TRY(auto bic, question.text("bic"));
    OWED_TRY(auto reference, question.text("reference"));
    OWED_TRY(auto text, question.text("text"));
    OWED_TRY(auto currency, question.text("currency"));
    OWED_TRY_VOID(question.done());
    if (currency && *currency != "EUR") return fail(Errc::invalid_argument, "the code knows EUR only", "currency");
    const auto account = parse_reference(Scheme::iban, iban);
    payment.iban = account ? account->normalised : iban;
    payment.bic = bic.value_or("");
    payment.text = text.value_or("");
    if (reference && !reference->empty()) {
        const auto normal = parse_reference(Scheme::iso11649, *reference);
        payment.reference = normal ? normal->normalised : *reference;
    }
    OWED_TRY(auto payload, render::epc_qr_payload(payment));
    return json::object{{"payload", json_text(payload)}};
}

}  // namespace owed::ctl
