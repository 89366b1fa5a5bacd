// The payment QR code of the European Payments Council (EPC069-12, "Girocode").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "owed/money.hpp"

namespace owed::render {

/// What the payer's banking app is told. Give `reference` (a creditor reference RF...) or `text`, or neither.
struct EpcPayment {
    std::string name;       ///< who receives the money, 1 to 70 characters
    std::string iban;       ///< without blanks
    std::string bic;        ///< 8 or 11; may be empty for accounts in the European Economic Area
    Money amount;           ///< EUR 0.01 to 999,999,999.99
    std::string reference;  ///< ISO 11649, at most 25 characters
    std::string text;       ///< at most 140 characters
};

/// The bytes of the code, version 002, UTF-8, one element a line, at most 331 bytes.
/// Checks, in this order: invalid_argument for the name, the IBAN, the BIC (form; missing outside the EEA), the currency,
/// the amount, reference and text together, the reference (check digits), the text, the whole length; control characters
/// in any of them. Any thread.
Result<std::string> epc_qr_payload(const EpcPayment& payment);

/// A QR symbol: size * size modules by rows, true is dark.
struct QrSymbol {
    int size = 0;
    std::vector<bool> dark;
    bool at(int row, int column) const { return dark[static_cast<std::size_t>(row * size + column)]; }
};
/// Error correction M, byte mode, smallest version. Errors: input_too_large. Any thread.
Result<QrSymbol> qr_symbol(std::string_view payload);

}  // namespace owed::render
