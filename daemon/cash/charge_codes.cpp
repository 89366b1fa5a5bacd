// What banks' codes call a charge of their own.
#include <algorithm>
#include <array>

#include "cash/outgoing.hpp"

namespace owed::cash {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// ISO 20022, domain/family/sub-family. The sub-families of charges mean the same in every family; interest is a charge of the account
/// only among the miscellaneous operations: elsewhere it is that of a loan or a security. Taxes (TAXE) are the state's.
bool is_iso_charge(std::string_view code) {
    static constexpr std::array<std::string_view, 6> charges{"CHRG", "FEES", "COMM", "COME", "COMI", "COMT"};
    static constexpr std::array<std::string_view, 4> account_families{"MDOP", "MCOP", "ADOP", "ACOP"};
    const auto first = code.find('/'), last = code.rfind('/');
    if (first == std::string_view::npos || first == last) return false;
    const auto domain = code.substr(0, first), family = code.substr(first + 1, last - first - 1), sub_family = code.substr(last + 1);
    if (is_one_of(charges, sub_family)) return true;
    return sub_family == "INTR" && (domain == "PMNT" || domain == "ACMT") && is_one_of(account_families, family);
}

/// MT940 field 61: how it was entered (N, F, S) and three letters.
bool is_swift_charge(std::string_view code) {
    static constexpr std::array<std::string_view, 3> charges{"CHG", "COM", "INT"};
    const auto type = code.substr(0, code.find('+'));
    return type.size() == 4 && (type[0] == 'N' || type[0] == 'F' || type[0] == 'S') && is_one_of(charges, type.substr(1));
}

}  // namespace

bool is_charge_code(std::string_view code) {
    // BAI2: commission, overdraft fee, return item fee, interest debit, account analysis fee, miscellaneous fees. OFX: the words themselves.
    static constexpr std::array<std::string_view, 6> bai2{"524", "564", "567", "654", "661", "698"};
    static constexpr std::array<std::string_view, 2> ofx{"FEE", "SRVCHG"};
    return is_iso_charge(code) || is_swift_charge(code) || is_one_of(bai2, code) || is_one_of(ofx, code);
}

}  // namespace owed::cash
