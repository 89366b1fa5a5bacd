#include "render/epc_qr.hpp"

#include <qrencode.h>

#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"

namespace owed::render {
namespace {

constexpr std::size_t payload_bytes_max = 331;           // version 13 with error correction M
constexpr std::int64_t amount_cents_max = 99'999'999'999;  // EUR 999,999,999.99

Status bad(std::string what) { return fail(Errc::invalid_argument, std::move(what), "EPC QR code"); }

bool is_bic(std::string_view bic) {
    if (bic.size() != 8 && bic.size() != 11) return false;
    for (std::size_t i = 0; i < bic.size(); ++i) {
        const bool letter = bic[i] >= 'A' && bic[i] <= 'Z';
        if (!letter && (i < 6 || bic[i] < '0' || bic[i] > '9')) return false;
    }
    return true;
}

Status check_text(std::string_view what, std::string_view value, std::size_t characters_max) {
    if (detail::has_control_or_bad_utf8(value))
        return bad(fmt::format("the {} has a control character or is not UTF-8", what));
    if (detail::length(value) > characters_max)
        return bad(fmt::format("the {} has {} characters; {} are allowed", what, detail::length(value), characters_max));
    return {};
}

Status check_account(const EpcPayment& payment) {
    if (!detail::is_bare_iban(payment.iban)) return bad(fmt::format("\"{}\" is not a valid IBAN", payment.iban));
    const auto country = std::string_view{payment.iban}.substr(0, 2);
    if (payment.bic.empty() && !detail::is_in_eea(country))
        return bad(fmt::format("an account in {} needs a BIC", country));
    if (!payment.bic.empty() && !is_bic(payment.bic)) return bad(fmt::format("\"{}\" is not a BIC", payment.bic));
    return {};
}

Status check_amount(Money amount) {
    if (amount.currency().text() != "EUR")
        return bad(fmt::format("the currency is {}; the code knows EUR only", amount.currency().text()));
    if (amount.units() < 1 || amount.units() > amount_cents_max)
        return bad(fmt::format("the amount {} is not between 0.01 and 999999999.99", to_text(amount)));
    return {};
}

Status check_purpose(const EpcPayment& payment) {
    if (!payment.reference.empty() && !payment.text.empty())
        return bad("there is a reference and a text; the code has room for one of them");
    if (!payment.reference.empty() && !detail::is_creditor_reference(payment.reference))
        return bad(fmt::format("\"{}\" is not a creditor reference (RF and check digits, ISO 11649)", payment.reference));
    return check_text("text", payment.text, 140);
}

}  // namespace

Result<std::string> epc_qr_payload(const EpcPayment& payment) {
    if (payment.name.empty()) return fail(bad("the payee's name is empty").error());
    OWED_TRY_VOID(check_text("payee's name", payment.name, 70));
    OWED_TRY_VOID(check_account(payment));
    OWED_TRY_VOID(check_amount(payment.amount));
    OWED_TRY_VOID(check_purpose(payment));
    // Lines: service tag, version, charset (1 = UTF-8), identification, BIC, name, IBAN, amount, purpose, reference, text.
    std::string payload = fmt::format("BCD\n002\n1\nSCT\n{}\n{}\n{}\nEUR{}\n\n{}\n{}", payment.bic, payment.name,
                                      payment.iban, to_text(payment.amount), payment.reference, payment.text);
    while (payload.back() == '\n') payload.pop_back();  // trailing empty elements are left out
    if (payload.size() > payload_bytes_max)
        return fail(bad(fmt::format("the code has {} bytes; {} are allowed", payload.size(), payload_bytes_max)).error());
    return payload;
}

Result<QrSymbol> qr_symbol(std::string_view payload) {
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code{
        QRcode_encodeData(static_cast<int>(payload.size()), reinterpret_cast<const unsigned char*>(payload.data()), 0, QR_ECLEVEL_M),
        &QRcode_free};
    if (!code) return fail(Errc::input_too_large, fmt::format("{} bytes do not fit into a QR code", payload.size()));
    QrSymbol symbol{code->width, {}};
    symbol.dark.resize(static_cast<std::size_t>(code->width * code->width));
    for (std::size_t i = 0; i < symbol.dark.size(); ++i) symbol.dark[i] = (code->data[i] & 1U) != 0;
    return symbol;
}

}  // namespace owed::render
