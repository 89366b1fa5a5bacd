// Payment references with check digits: what a payer writes so that money finds its invoice (DOMAIN section 8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed {

enum class Scheme : std::uint8_t {
    iso11649,     ///< RF creditor reference: RF, 2 check digits, 1 to 21 letters and digits
    qrr,          ///< Swiss QR reference (once ESR): 27 digits, the last one checks
    viite,        ///< Finland: 4 to 20 digits
    viitenumber,  ///< Estonia: 2 to 20 digits
    kid10,        ///< Norway, modulus 10: 2 to 25 digits; the length is agreed, so zeros in front count
    kid11,        ///< Norway, modulus 11: the same, the check digit may be "-"
    ocr,          ///< Sweden: 2 to 25 digits, modulus 10, the digit before the check may be the total length modulo 10
    ogm,          ///< Belgium: 10 digits and 2 that check
    fik71,        ///< Denmark, card type 71: 15 digits
    fik75,        ///< Denmark, card type 75: 16 digits (type 73 carries no reference)
    iban,         ///< ISO 13616, with the BBAN's form per country
};
/// "iso11649", "qrr", "viite", "viitenumber", "kid10", "kid11", "ocr", "ogm", "fik71", "fik75", "iban".
std::string_view name_of(Scheme scheme) noexcept;
/// The reverse; lower case, exactly. nullopt: no such scheme ("auto" is none: see recognise).
std::optional<Scheme> find_scheme(std::string_view name) noexcept;

struct Reference {
    Scheme scheme = Scheme::iso11649;
    std::string normalised;  ///< to compare and store: "RF2070412A9", "000...1234", without blanks and punctuation
    std::string printed;     ///< as it stands on paper: "RF20 7041 2A9", "+++047/0412/08815+++", "7 04128"
    std::string creditor;    ///< FIK lines only: the creditor's number ("+71<id+creditor<"), else empty
    bool operator==(const Reference&) const = default;
};

/// Checks a reference. Blanks and the scheme's own punctuation are stripped, letters upper-cased, zeros in front added
/// (qrr, ogm, fik) or dropped (viite, viitenumber) as the scheme allows; other characters are refused.
/// Errors: malformed_input, saying which character, length or check digit is wrong and what was expected. Any thread.
Result<Reference> parse_reference(Scheme scheme, std::string_view text);

/// Makes a reference from its body, the part without check digits: "70412" -> viite 704128. For iban the body is country
/// code and BBAN ("DE370400440532013000"). Errors: malformed_input as above. Any thread.
Result<Reference> make_reference(Scheme scheme, std::string_view body);
/// Swedish OCR with the length digit before the check digit: "88003" -> 8800377.
Result<Reference> make_ocr_with_length(std::string_view body);

/// Every scheme under which `text` is valid, the most telling first; empty: none. Zeros are not added here, so a short
/// number never becomes a QR reference. Digits alone are often valid under several schemes: a hint, never a proof.
std::vector<Reference> recognise(std::string_view text);

/// True for a valid IBAN of a known country, blanks and lower case allowed.
bool is_valid_iban(std::string_view text);
/// How long an IBAN of this country is; nullopt: the country has none. `country`: two capitals.
std::optional<std::size_t> iban_length(std::string_view country) noexcept;
/// True for a valid QR-IBAN (CH or LI with institution number 30000 to 31999), the only account a QRR may be paid to
/// (Swiss Implementation Guidelines QR-bill, section 4.2.2).
bool is_qr_iban(std::string_view text);

}  // namespace owed
