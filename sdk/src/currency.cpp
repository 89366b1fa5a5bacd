#include "owed/currency.hpp"

#include <algorithm>
#include <string>

namespace owed {
namespace {

constexpr Currency make(const char (&code)[4], std::uint8_t digits) { return {{code[0], code[1], code[2]}, digits}; }

// Sorted by code, for the binary search below; the test checks the order.
constexpr Currency table[] = {
    make("AED", 2), make("AFN", 2), make("ALL", 2), make("AMD", 2), make("AOA", 2), make("ARS", 2), make("AUD", 2),
    make("AWG", 2), make("AZN", 2), make("BAM", 2), make("BBD", 2), make("BDT", 2), make("BGN", 2), make("BHD", 3),
    make("BIF", 0), make("BMD", 2), make("BND", 2), make("BOB", 2), make("BOV", 2), make("BRL", 2), make("BSD", 2),
    make("BTN", 2), make("BWP", 2), make("BYN", 2), make("BZD", 2), make("CAD", 2), make("CDF", 2), make("CHE", 2),
    make("CHF", 2), make("CHW", 2), make("CLF", 4), make("CLP", 0), make("CNY", 2), make("COP", 2), make("COU", 2),
    make("CRC", 2), make("CUP", 2), make("CVE", 2), make("CZK", 2), make("DJF", 0), make("DKK", 2), make("DOP", 2),
    make("DZD", 2), make("EGP", 2), make("ERN", 2), make("ETB", 2), make("EUR", 2), make("FJD", 2), make("FKP", 2),
    make("GBP", 2), make("GEL", 2), make("GHS", 2), make("GIP", 2), make("GMD", 2), make("GNF", 0), make("GTQ", 2),
    make("GYD", 2), make("HKD", 2), make("HNL", 2), make("HTG", 2), make("HUF", 2), make("IDR", 2), make("ILS", 2),
    make("INR", 2), make("IQD", 3), make("IRR", 2), make("ISK", 0), make("JMD", 2), make("JOD", 3), make("JPY", 0),
    make("KES", 2), make("KGS", 2), make("KHR", 2), make("KMF", 0), make("KPW", 2), make("KRW", 0), make("KWD", 3),
    make("KYD", 2), make("KZT", 2), make("LAK", 2), make("LBP", 2), make("LKR", 2), make("LRD", 2), make("LSL", 2),
    make("LYD", 3), make("MAD", 2), make("MDL", 2), make("MGA", 2), make("MKD", 2), make("MMK", 2), make("MNT", 2),
    make("MOP", 2), make("MRU", 2), make("MUR", 2), make("MVR", 2), make("MWK", 2), make("MXN", 2), make("MXV", 2),
    make("MYR", 2), make("MZN", 2), make("NAD", 2), make("NGN", 2), make("NIO", 2), make("NOK", 2), make("NPR", 2),
    make("NZD", 2), make("OMR", 3), make("PAB", 2), make("PEN", 2), make("PGK", 2), make("PHP", 2), make("PKR", 2),
    make("PLN", 2), make("PYG", 0), make("QAR", 2), make("RON", 2), make("RSD", 2), make("RUB", 2), make("RWF", 0),
    make("SAR", 2), make("SBD", 2), make("SCR", 2), make("SDG", 2), make("SEK", 2), make("SGD", 2), make("SHP", 2),
    make("SLE", 2), make("SOS", 2), make("SRD", 2), make("SSP", 2), make("STN", 2), make("SVC", 2), make("SYP", 2),
    make("SZL", 2), make("THB", 2), make("TJS", 2), make("TMT", 2), make("TND", 3), make("TOP", 2), make("TRY", 2),
    make("TTD", 2), make("TWD", 2), make("TZS", 2), make("UAH", 2), make("UGX", 0), make("USD", 2), make("USN", 2),
    make("UYI", 0), make("UYU", 2), make("UYW", 4), make("UZS", 2), make("VED", 2), make("VES", 2), make("VND", 0),
    make("VUV", 0), make("WST", 2), make("XAF", 0), make("XCD", 2), make("XCG", 2), make("XOF", 0), make("XPF", 0),
    make("YER", 2), make("ZAR", 2), make("ZMW", 2), make("ZWG", 2),
};

}  // namespace

std::span<const Currency> all_currencies() { return table; }

Result<Currency> find_currency(std::string_view code) {
    const auto* at = std::lower_bound(std::begin(table), std::end(table), code,
                                      [](const Currency& row, std::string_view wanted) { return row.text() < wanted; });
    if (at != std::end(table) && at->text() == code) return *at;
    return fail(Errc::unknown_currency, "\"" + std::string{code.substr(0, 16)} + "\" is not a currency of ISO 4217");
}

}  // namespace owed
