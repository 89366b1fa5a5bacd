#include "render/epc_qr.hpp"

#include "render/sample_test.hpp"

namespace owed::render {
namespace {

EpcPayment sample() {
    return {.name = "Nordwind Maschinenbau GmbH", .iban = "DE89370400440532013000", .bic = "COBADEFFXXX", .amount = eur(123450), .reference = "", .text = "RE-1001"};
}

TEST(EpcQr, payload_line_by_line) {
    EXPECT_EQ(epc_qr_payload(sample()).value(),
              "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordwind Maschinenbau GmbH\nDE89370400440532013000\nEUR1234.50\n\n\nRE-1001");
    auto p = sample();
    p.bic.clear();
    p.text.clear();
    p.reference = "RF2070412A9";
    EXPECT_EQ(epc_qr_payload(p).value(), "BCD\n002\n1\nSCT\n\nNordwind Maschinenbau GmbH\nDE89370400440532013000\nEUR1234.50\n\nRF2070412A9");
    p.reference.clear();
    EXPECT_EQ(epc_qr_payload(p).value(), "BCD\n002\n1\nSCT\n\nNordwind Maschinenbau GmbH\nDE89370400440532013000\nEUR1234.50");
}

TEST(EpcQr, limits_are_met_exactly) {
    auto p = sample();
    p.amount = eur(1);
    EXPECT_TRUE(epc_qr_payload(p).has_value());
    p.amount = eur(99'999'999'999);
    EXPECT_TRUE(epc_qr_payload(p).has_value());
    p.name = std::string(70, 'n');
    p.text = std::string(140, 't');
    EXPECT_TRUE(epc_qr_payload(p).has_value());
}

TEST(EpcQr, refusals) {
    struct Row {
        const char* name;
        std::function<void(EpcPayment&)> change;
        const char* says;
    };
    const Row rows[] = {
        {"no_name", [](auto& p) { p.name.clear(); }, "name is empty"},
        {"long_name", [](auto& p) { p.name = std::string(71, 'x'); }, "71 characters; 70"},
        {"line_break_in_name", [](auto& p) { p.name = "A\nDE00"; }, "control character"},
        {"bad_check_digits", [](auto& p) { p.iban = "DE88370400440532013000"; }, "not a valid IBAN"},
        {"blanks_in_iban", [](auto& p) { p.iban = "DE89 3704 0044 0532 0130 00"; }, "not a valid IBAN"},
        {"no_bic_outside_eea", [](auto& p) { p.iban = "CH9300762011623852957"; p.bic.clear(); }, "needs a BIC"},
        {"bad_bic", [](auto& p) { p.bic = "COBA"; }, "not a BIC"},
        {"dollars", [](auto& p) { p.amount = Money::minor(100, currency("USD")); }, "EUR only"},
        {"zero", [](auto& p) { p.amount = eur(0); }, "not between"},
        {"negative", [](auto& p) { p.amount = eur(-100); }, "not between"},
        {"too_much", [](auto& p) { p.amount = eur(100'000'000'000); }, "not between"},
        {"two_purposes", [](auto& p) { p.reference = "RF2070412A9"; }, "room for one"},
        {"bad_reference", [](auto& p) { p.text.clear(); p.reference = "RF2170412A9"; }, "creditor reference"},
        {"long_text", [](auto& p) { p.text = std::string(141, 't'); }, "140 are allowed"},
        {"too_many_bytes", [](auto& p) { p.text.clear(); for (int i = 0; i < 140; ++i) p.text += "ü"; }, "331"},
    };
    for (const auto& row : rows) {
        auto p = sample();
        row.change(p);
        const auto payload = epc_qr_payload(p);
        ASSERT_FALSE(payload) << row.name;
        EXPECT_EQ(payload.error().code, Errc::invalid_argument) << row.name;
        EXPECT_NE(payload.error().what.find(row.says), std::string::npos) << row.name << ": " << payload.error().what;
    }
}

TEST(EpcQr, symbol_grows_with_the_payload_and_stays_in_version_13) {
    const auto small = qr_symbol(epc_qr_payload(sample()).value()).value();
    EXPECT_EQ(small.dark.size(), static_cast<std::size_t>(small.size * small.size));
    EXPECT_TRUE(small.at(0, 0) && small.at(6, 6) && !small.at(1, 1));  // the finder pattern in the corner
    EXPECT_LE(qr_symbol(std::string(331, 'x')).value().size, 69);
    EXPECT_EQ(qr_symbol(std::string(5000, 'x')).error().code, Errc::input_too_large);
}

}  // namespace
}  // namespace owed::render
