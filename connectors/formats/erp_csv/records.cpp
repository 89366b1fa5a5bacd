// Rows to records: the rules that a customer, a document and a payment must meet.
#include <algorithm>

#include "formats/erp_csv/bound.hpp"

namespace owed::formats::erp_csv {

using csv::shown;

namespace {

bool all_of(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || more.find(c) != std::string_view::npos;
    });
}

/// One address that a mail server can be given: a single @ with text on both sides, no blanks, no list.
bool is_email(std::string_view text) {
    auto at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.find('@', at + 1) != std::string_view::npos) return false;
    std::string_view domain = text.substr(at + 1);
    return text.find_first_of(" ,;<>\"()[]\\") == std::string_view::npos && domain.find("..") == std::string_view::npos && domain.front() != '.' &&
           domain.back() != '.' && text.size() <= 254;
}

/// Account numbers of one cell, separated by ; , or |, blanks inside dropped ("DE89 3704 ...").
std::vector<std::string> accounts_in(std::string_view text) {
    std::vector<std::string> out(1);
    for (char c : text) {
        if (c == ';' || c == ',' || c == '|') out.emplace_back();
        else if (c != ' ') out.back() += c;
    }
    std::erase(out, std::string{});
    return out;
}

Fit<PostalAddress> address_of(const RowView& row) {
    PostalAddress address;
    OWED_FIT(address.lines, row.lines("street", name_max));
    OWED_FIT(auto second, row.lines("street2", name_max));
    address.lines.insert(address.lines.end(), second.begin(), second.end());
    OWED_FIT(address.postcode, row.text("postcode", 32));
    OWED_FIT(address.city, row.text("city", name_max));
    OWED_FIT(address.region, row.text("region", name_max));
    OWED_FIT(address.country, row.text("country", 64));
    std::string& country = address.country;
    if (country.empty()) return address;
    if (country.size() != 2 || !all_of(country, "") || country.find_first_of("0123456789") != std::string::npos)
        return row.misfit("country", shown(country) + " is not a country code of two letters (ISO 3166), like DE; translate it with {column, map}");
    for (char& c : country) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    return address;
}

bool is_negative(const std::optional<Amount>& amount) { return amount && amount->units < 0; }
void negate(std::optional<Amount>& amount) {
    if (amount) amount->units = -amount->units;
}

/// Compares at the finer of both scales. -1, 0, 1.
int compare(const Amount& a, const Amount& b) {
    __extension__ typedef __int128 Wide;
    Wide x = a.units, y = b.units;
    for (int d = a.digits; d < b.digits; ++d) x *= 10;
    for (int d = b.digits; d < a.digits; ++d) y *= 10;
    return x < y ? -1 : x > y ? 1 : 0;
}

/// Of a percentage.
bool is_below_hundred(Decimal value) {
    std::int64_t hundred = 100;
    for (int i = 0; i < value.scale(); ++i)
        if (__builtin_mul_overflow(hundred, std::int64_t{10}, &hundred)) return true;
    return value.mantissa() < hundred;
}

/// Both of one currency; scales may differ when the file names none.
std::optional<Amount> sum_of(Amount a, Amount b) {
    while (a.digits < b.digits) {
        if (__builtin_mul_overflow(a.units, std::int64_t{10}, &a.units)) return {};
        ++a.digits;
    }
    while (b.digits < a.digits) {
        if (__builtin_mul_overflow(b.units, std::int64_t{10}, &b.units)) return {};
        ++b.digits;
    }
    if (__builtin_add_overflow(a.units, b.units, &a.units)) return {};
    return a;
}

bool is_zero(const std::optional<Amount>& amount) { return !amount || amount->units == 0; }

/// Exports write freight within the net or beside it: only a gross amount tells which.
Fit<bool> agree_with_freight(const RowView& row, Amount net, Amount together, const ArDocument& document) {
    if (!document.amount)
        return row.misfit("amount", "amount is empty, and whether freight " + to_text(*document.freight) + " is in net " + to_text(net) + " only the gross amount tells");
    const auto beside = sum_of(together, *document.freight);
    if (compare(together, *document.amount) == 0 || (beside && compare(*beside, *document.amount) == 0)) return true;
    return row.misfit("amount", "amount " + to_text(*document.amount) + " is not net " + to_text(net) + " plus tax " + to_text(*document.tax) + ", with freight " +
                                    to_text(*document.freight) + " or without");
}

/// Gross, tax, freight, net and open: what is there, what follows, and whether it agrees.
Fit<bool> read_amounts(const RowView& row, std::string_view currency, ArDocument& document) {
    OWED_FIT(document.amount, row.amount("amount", currency));
    OWED_FIT(document.tax, row.amount("tax", currency));
    OWED_FIT(document.open, row.amount("open", currency));
    OWED_FIT(document.freight, row.amount("freight", currency));
    if (is_zero(document.freight)) document.freight.reset();
    OWED_FIT(auto net, row.amount("net", currency));
    std::optional<Amount> together;
    if (net && document.tax) {
        together = sum_of(*net, *document.tax);
        if (!together) return row.misfit("net", "net and tax are beyond what can be booked");
    }
    if (together && document.freight) return agree_with_freight(row, *net, *together, document);
    if (!document.amount) {
        if (!together) return row.misfit("amount", "amount is empty");
        document.amount = together;
    } else if (together && compare(*together, *document.amount) != 0) {
        return row.misfit("amount", "amount " + to_text(*document.amount) + " is not net " + to_text(*net) + " plus tax " + to_text(*document.tax));
    }
    return true;
}

std::string_view article(Kind kind) {
    return kind == Kind::invoice ? "an invoice" : kind == Kind::deposit_invoice ? "a deposit invoice" : kind == Kind::credit_memo ? "a credit memo" : "a debit memo";
}

/// Amounts are positive, the kind says the side. Oracle and SAP write credit memos negative: all of their figures turn.
Fit<bool> turn_signs(const RowView& row, Kind kind, ArDocument& document) {
    if (kind == Kind::credit_memo && is_negative(document.amount)) {
        negate(document.amount);
        negate(document.tax);
        negate(document.open);
        negate(document.freight);
    }
    if (is_negative(document.amount))
        return row.misfit("amount", std::string{article(kind)} + " of " + to_text(*document.amount) + "; if it is a credit memo, the mapping must say so");
    if (is_negative(document.tax)) return row.misfit("tax", "tax has another sign than the amount");
    if (is_negative(document.open)) return row.misfit("open", "the open amount has another sign than the amount");
    if (document.open && compare(*document.open, *document.amount) > 0)
        return row.misfit("open", "open amount " + to_text(*document.open) + " is more than the amount " + to_text(*document.amount));
    if (document.tax && compare(*document.tax, *document.amount) > 0) return row.misfit("tax", "tax " + to_text(*document.tax) + " is more than the amount");
    return true;
}

/// Freight is a share of the gross, beside the tax.
Fit<bool> check_freight(const RowView& row, const ArDocument& document) {
    if (!document.freight) return true;
    if (document.deposit) return row.misfit("freight", "a deposit invoice bills no freight; bill it with the final invoice");
    if (is_negative(document.freight)) return row.misfit("freight", "freight has another sign than the amount");
    const auto beside = document.tax ? sum_of(*document.tax, *document.freight) : document.freight;
    if (!beside || compare(*beside, *document.amount) > 0)
        return row.misfit("freight", "freight " + to_text(*document.freight) + (document.tax ? " and tax " + to_text(*document.tax) + " are" : " is") + " more than the amount " +
                                         to_text(*document.amount));
    return true;
}

/// One discount for paying in time, by a day and a percentage or an amount. Exports give the day for every document, also
/// where nothing may be taken off: a discount of nothing is none.
Fit<bool> read_discount(const RowView& row, std::string_view currency, ArDocument& document) {
    if (document.kind == ArDocument::Kind::credit_memo) return true;  // nobody pays those in time
    ArDocument::Discount discount;
    OWED_FIT(discount.until, row.date("discount_until"));
    OWED_FIT(auto percent, row.decimal("discount_percent"));
    OWED_FIT(discount.amount, row.amount("discount_amount", currency));
    if ((!percent || percent->is_zero()) && is_zero(discount.amount)) return true;
    if (percent && (percent->mantissa() < 0 || !is_below_hundred(*percent)))
        return row.misfit("discount_percent", to_text(*percent) + " is no discount in percent; expected more than 0 and less than 100");
    if (!is_zero(discount.amount) && (discount.amount->units < 0 || compare(*discount.amount, *document.amount) >= 0))
        return row.misfit("discount_amount", "discount " + to_text(*discount.amount) + " of an amount of " + to_text(*document.amount));
    if (!discount.until) return row.misfit("discount_until", "there is a discount, and no day until which it holds");
    if (is_zero(discount.amount)) discount.amount.reset();
    if (percent && !percent->is_zero()) discount.percent = to_text(*percent);
    document.discounts.push_back(std::move(discount));
    return true;
}

/// Payment terms; a bare number is days ("30" under "Payment terms").
Fit<bool> read_terms(const RowView& row, ArDocument& document) {
    OWED_FIT(document.terms_days, row.whole("terms_days", 3650));
    OWED_FIT(document.terms, row.text("terms", name_max));
    const bool days = !document.terms.empty() && document.terms.size() <= 4 && std::all_of(document.terms.begin(), document.terms.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!days) return true;
    if (!document.terms_days) {
        OWED_FIT(document.terms_days, row.whole("terms", 3650));
    }
    document.terms.clear();
    return true;
}

/// What the customer withholds by contract, and until when.
Fit<bool> read_retained(const RowView& row, std::string_view currency, ArDocument& document) {
    OWED_FIT(document.retained, row.amount("retained", currency));
    OWED_FIT(document.release_date, row.date("release_date"));
    if (is_zero(document.retained)) document.retained.reset();
    if (!document.retained) return true;
    if (document.kind != ArDocument::Kind::invoice) return row.misfit("retained", "a share is retained of invoices alone");
    if (is_negative(document.retained) || compare(*document.retained, *document.amount) >= 0)
        return row.misfit("retained", "the retained share " + to_text(*document.retained) + " of " + to_text(*document.amount));
    return true;
}

/// What the customer contests of it.
Fit<bool> read_disputed(const RowView& row, std::string_view currency, ArDocument& document) {
    OWED_FIT(document.disputed, row.amount("disputed", currency));
    if (is_zero(document.disputed)) document.disputed.reset();
    if (!document.disputed) return true;
    if (is_negative(document.disputed) || compare(*document.disputed, document.open ? *document.open : *document.amount) > 0)
        return row.misfit("disputed", "the disputed share " + to_text(*document.disputed) + " of " + to_text(document.open ? *document.open : *document.amount) + " that is open");
    return true;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

}  // namespace

Fit<Customer> customer_of(const RowView& row) {
    Customer customer;
    OWED_FIT(customer.number, row.required("id", id_max));
    OWED_FIT(customer.entity, row.text("entity", id_max));
    OWED_FIT(customer.name, row.text("name", name_max));
    OWED_FIT(customer.email, row.text("email", name_max));
    if (!customer.email.empty() && !is_email(customer.email))
        return row.misfit("email", shown(customer.email) + " is not one e-mail address, like billing@example.com");
    OWED_FIT(customer.language, row.text("language", 35));
    if (!all_of(customer.language, "-") || customer.language.size() == 1)
        return row.misfit("language", shown(customer.language) + " is not a language tag, like de or en-US");
    OWED_FIT(customer.currency, row.currency());
    OWED_FIT(customer.contact_name, row.text("contact", name_max));
    OWED_FIT(customer.address, address_of(row));
    OWED_FIT(customer.tax_id, row.text("tax_id", id_max));
    OWED_FIT(customer.terms_days, row.whole("terms_days", 3650));
    OWED_FIT(customer.segment, row.text("segment", id_max));
    OWED_FIT(customer.parent, row.text("parent", id_max));
    if (customer.parent == customer.number) customer.parent.clear();
    OWED_FIT(auto accounts, row.lines("accounts", text_max));
    for (const std::string& cell : accounts)
        for (std::string& account : accounts_in(cell)) customer.accounts.push_back(std::move(account));
    OWED_FIT(customer.dunning_block, row.text("dunning_block", name_max));
    OWED_FIT(customer.channel, row.text("channel", 32));
    if (!customer.channel.empty() && customer.channel != "email" && customer.channel != "letter")
        return row.misfit("channel", shown(customer.channel) + " is no channel; one of email, letter");
    return customer;
}

Fit<ArDocument> document_of(const RowView& row, Kind kind) {
    ArDocument document;
    document.kind = kind == Kind::credit_memo ? ArDocument::Kind::credit_memo : kind == Kind::debit_memo ? ArDocument::Kind::debit_memo : ArDocument::Kind::invoice;
    document.deposit = kind == Kind::deposit_invoice;
    OWED_FIT(document.number, row.required("id", id_max));
    OWED_FIT(document.entity, row.text("entity", id_max));
    OWED_FIT(document.customer, row.required("customer", id_max));
    OWED_FIT(document.document_date, row.date("document_date"));
    OWED_FIT(document.due_date, row.date("due_date"));
    OWED_FIT(document.posting_date, row.date("posting_date"));
    OWED_FIT(auto currency, row.currency());
    OWED_FIT(bool read, read_amounts(row, currency, document));
    OWED_FIT(bool turned, turn_signs(row, kind, document));
    OWED_FIT(bool shipped, check_freight(row, document));
    OWED_FIT(bool offered, read_discount(row, currency, document));
    OWED_FIT(bool agreed, read_terms(row, document));
    OWED_FIT(bool contested, read_disputed(row, currency, document));
    OWED_FIT(bool withheld, read_retained(row, currency, document));
    (void)read, (void)turned, (void)shipped, (void)offered, (void)agreed, (void)contested, (void)withheld;
    OWED_FIT(document.order, row.text("order", id_max));
    OWED_FIT(document.payment_reference, row.text("payment_reference", id_max));
    OWED_FIT(document.original_document, row.text("original_document", id_max));
    OWED_FIT(document.delivery, row.text("delivery", id_max));
    OWED_FIT(document.contract, row.text("contract", id_max));
    OWED_FIT(document.dunning_level, row.whole("dunning_level", 99));
    OWED_FIT(document.last_notice_date, row.date("last_notice_date"));
    OWED_FIT(auto lines, row.lines("text", text_max));
    document.text = joined(lines);
    return document;
}

Fit<ReceiptAnswer> receipt_answer_of(const RowView& row) {
    ReceiptAnswer answer;
    OWED_FIT(answer.key, row.required("id", id_max));
    OWED_FIT(auto state, row.required("state", 32));
    if (state != "accepted" && state != "refused")
        return row.misfit("state", csv::shown(state) + " is neither accepted nor refused; translate it with {column, map}");
    answer.accepted = state == "accepted";
    OWED_FIT(answer.reference, row.text("reference", id_max));
    OWED_FIT(answer.reason, row.text("reason", text_max));
    return answer;
}

Fit<ErpPayment> payment_of(const RowView& row) {
    ErpPayment payment;
    OWED_FIT(payment.number, row.required("id", id_max));
    OWED_FIT(payment.entity, row.text("entity", id_max));
    OWED_FIT(payment.customer, row.text("customer", id_max));
    OWED_FIT(payment.date, row.date("date"));
    OWED_FIT(auto currency, row.currency());
    OWED_FIT(payment.amount, row.amount("amount", currency));
    if (!payment.amount) return row.misfit("amount", "amount is empty");
    OWED_FIT(payment.reference, row.text("reference", id_max));
    ErpPayment::Applied applied;
    OWED_FIT(applied.document, row.text("document", id_max));
    OWED_FIT(applied.amount, row.amount("applied_amount", currency));
    if (applied.document.empty() && applied.amount) return row.misfit("document", "an amount is applied, but to no document");
    if (!applied.document.empty()) payment.applied.push_back(std::move(applied));
    return payment;
}

Fit<Kind> kind_of_row(const RowView& row, const Entry& entry) {
    if (!is_document(entry.record)) return entry.record;
    OWED_FIT(auto name, row.text("kind", id_max));
    if (name.empty()) return entry.record;
    auto kind = find_kind(name);
    if (!kind || !is_document(*kind))
        return row.misfit("kind", shown(name) + " is no kind of document (invoice, credit_memo, debit_memo, deposit_invoice); translate it with {column, map}");
    return *kind;
}

}  // namespace owed::formats::erp_csv
