// What a notice says, as plain facts. Rendering is a pure function of these: the same facts and templates give the same
// bytes. Amounts are exact, dates are civil dates, texts are UTF-8 and come from outside: every renderer escapes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/record.hpp"

namespace owed::render {

/// Who asks for the money. `legal_lines` stand in the footer of every page: register, tax ids, managing directors.
struct Creditor {
    std::string name;
    PostalAddress address;
    std::vector<std::string> legal_lines;
    std::string contact_name, phone, email, hours;  ///< whom the debtor can ask; each may be empty
};

/// Where to pay. Either `iban` or `number` (with `bank`, its BIC or routing number). No blanks in either.
struct PayTo {
    std::string holder;
    std::string iban, number, bank, bank_name, currency;
    const std::string& account() const { return iban.empty() ? number : iban; }
    bool operator==(const PayTo&) const = default;
};

struct Debtor {
    std::string number, name, contact_name, email;
    std::string language;        ///< BCP 47; empty: not known
    PostalAddress address;
};

/// One open item as the notice lists it. residual = original - paid, unless credits or fees changed it in between.
struct NoticeItem {
    std::string document;
    Date document_date, due_date;
    Money original, paid, residual;
    int days_overdue = 0;
};

/// The facts of one notice. Invariants, checked by render_notice: at least one item; one currency throughout;
/// total = sum of residuals + fee + interest.
struct NoticeFacts {
    Creditor creditor;
    PayTo pay_to;
    Debtor debtor;
    std::string notice_number;   ///< our reference of this notice, unique
    std::string case_token;      ///< what a reply carries back in its address; may be empty
    Date date;
    std::string place;           ///< may be empty
    int level = 1;
    std::vector<NoticeItem> items;
    Money fee, interest, total;
    std::string fee_ground, interest_ground;  ///< rate, period and legal ground in the notice's language; may be empty
    Date deadline;               ///< "please pay by"
    Date received_until;         ///< payments that arrived later are not taken into account
    std::string payment_reference;            ///< what to quote when paying; a creditor reference RF... goes into the QR code
};

/// A currency-zero NoticeFacts, since Money has no empty value.
inline NoticeFacts empty_facts(Currency currency) {
    const Money zero = Money::zero(currency);
    return NoticeFacts{.creditor = {}, .pay_to = {}, .debtor = {}, .notice_number = {}, .case_token = {}, .date = {},
                       .place = {}, .level = 1, .items = {}, .fee = zero, .interest = zero, .total = zero,
                       .fee_ground = {}, .interest_ground = {}, .deadline = {}, .received_until = {},
                       .payment_reference = {}};
}

}  // namespace owed::render
