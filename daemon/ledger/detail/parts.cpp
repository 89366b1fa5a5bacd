#include "ledger/detail/parts.hpp"

#include <array>

#include "ledger/detail/acts.hpp"

namespace owed::ledger::detail {
namespace {

std::array<const std::optional<Money>*, 3> plain_parts(const Apply& a) { return {&a.bank_charge, &a.withholding, &a.write_off}; }

std::int64_t units_of(const std::optional<Money>& amount) { return amount ? amount->units() : 0; }

}  // namespace

bool has_parts(const Apply& a) {
    return a.tolerance || a.bank_charge || a.withholding || a.write_off || a.deduction || a.credit_amount;
}

PartRow parts_of(const Apply& a, Currency credit_currency) {
    PartRow row;
    row.tolerance = units_of(a.tolerance);
    row.bank_charge = units_of(a.bank_charge);
    row.withholding = units_of(a.withholding);
    row.write_off = units_of(a.write_off);
    row.deduction = a.deduction ? a.deduction->amount.units() : 0;
    row.credit_currency = credit_currency;
    row.credit_amount = a.credit_amount ? a.credit_amount->units() : a.amount.units() + row.gain();
    return row;
}

Status check_parts(const Apply& a, const ItemRow& credit, const ItemRow& debit) {
    const auto refuse = [&](const std::string& why) {
        return fail(Errc::invalid_argument, shown(credit) + " to " + shown(debit) + ": " + why);
    };
    for (const auto* part : plain_parts(a))
        if (*part && !(*part)->is_positive()) return refuse("part " + shown(**part) + " is not positive");
    if (a.tolerance && a.tolerance->is_zero()) return refuse("tolerance is zero");
    if (a.deduction && !a.deduction->amount.is_positive())
        return refuse("deduction " + shown(a.deduction->amount) + " is not positive");
    if (a.deduction && a.deduction->reason_code.empty()) return refuse("a deduction has no reason code");
    if (a.deduction && debit.kind == ItemKind::deduction) return refuse("a deduction is not split off a deduction");
    if (a.credit_amount && !a.credit_amount->is_positive())
        return refuse("amount of the credit " + shown(*a.credit_amount) + " is not positive");
    if (a.credit_amount && credit.currency == debit.currency) return refuse("both sides are in one currency; one amount is enough");
    if (a.credit_amount && a.tolerance && a.tolerance->is_negative()) return refuse("no tolerance gain in another currency");
    if (a.day_value && (!a.credit_amount || a.day_value->is_negative())) return refuse("day_value is for another currency, not negative");
    for (const auto* part : {&a.tolerance, &a.bank_charge, &a.withholding, &a.write_off})
        if (*part && (*part)->currency() != debit.currency)
            return fail(Errc::currency_mismatch, "part " + shown(**part) + " of an application to " + shown(debit) + ", which is in " +
                                                     std::string{debit.currency.text()});
    if (a.deduction && a.deduction->amount.currency() != debit.currency)
        return fail(Errc::currency_mismatch, "deduction " + shown(a.deduction->amount) + " from " + shown(debit) +
                                                 ", which is in " + std::string{debit.currency.text()});
    if (a.credit_amount && a.credit_amount->currency() != credit.currency)
        return fail(Errc::currency_mismatch, "amount " + shown(*a.credit_amount) + " of " + shown(credit) + ", which is in " +
                                                 std::string{credit.currency.text()});
    return {};
}

void add_content(store::RowHash& hash, const Apply& a) {
    hash.add("parts").add(units_of(a.tolerance));
    for (const auto* part : plain_parts(a)) hash.add(units_of(*part));
    hash.add(a.deduction ? a.deduction->amount.units() : std::int64_t{0}).add(a.deduction ? a.deduction->reason_code : std::string{});
    hash.add(units_of(a.credit_amount));
}

std::string part_hash(const PartRow& row) {
    store::RowHash hash;
    hash.add("application_part").add(row.application.value).add(row.tolerance).add(row.bank_charge).add(row.withholding);
    hash.add(row.write_off).add(row.deduction).add(row.deduction_item ? row.deduction_item->value : std::int64_t{0});
    hash.add(row.credit_currency.text()).add(row.credit_amount).add(row.realised).add(row.cross).add(row.write_off_functional);
    return hash.bytes();
}

void insert_part(store::Tx& tx, PartRow& row) {
    row.hash = part_hash(row);
    auto query = tx.query("INSERT INTO application_part (application, tolerance, bank_charge, withholding, write_off, deduction, "
                          "deduction_item, credit_currency, credit_amount, realised, cross_difference, write_off_functional, hash) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(row.application.value, row.tolerance, row.bank_charge, row.withholding, row.write_off, row.deduction,
               row.deduction_item ? std::optional{row.deduction_item->value} : std::nullopt, row.credit_currency.text(),
               row.credit_amount, row.realised, row.cross, row.write_off_functional);
    query.set_blob(12, row.hash);
    query.run();
}

PartRow part_at(const store::Query& query, int first) {
    PartRow row;
    row.application = ApplicationId{query.integer(first)};
    row.tolerance = query.integer(first + 1);
    row.bank_charge = query.integer(first + 2);
    row.withholding = query.integer(first + 3);
    row.write_off = query.integer(first + 4);
    row.deduction = query.integer(first + 5);
    if (!query.is_null(first + 6)) row.deduction_item = OpenItemId{query.integer(first + 6)};
    row.credit_currency = currency_of(query.text_view(first + 7));
    row.credit_amount = query.integer(first + 8);
    row.realised = query.integer(first + 9);
    row.cross = query.integer(first + 10);
    row.write_off_functional = query.integer(first + 11);
    row.hash = query.blob(first + 12);
    return row;
}

std::optional<PartRow> find_part(store::Db& db, ApplicationId application) {
    static const std::string sql = std::string{"SELECT "} + part_columns + " FROM application_part p WHERE p.application = ?";
    auto query = db.query(sql);
    query.bind(application.value);
    if (!query.step()) return std::nullopt;
    return part_at(query);
}

ItemRow deduction_item(store::Tx& tx, const Entity& entity, const Apply& a, const ItemRow& debit, std::int64_t before) {
    auto item = new_item(tx, entity, ItemKind::deduction, debit.currency, a.deduction->amount.units(), 0);
    item.customer = debit.customer;
    item.document = a.deduction->document.empty() ? debit.document + "/D" + std::to_string(item.id.value) : a.deduction->document;
    item.document_key = document_key(item.document);
    item.document_date = a.date;
    item.due_date = debit.due_date;   // what is claimed was owed on that day, and ages from it
    item.account = code_of(entity, Role::deductions);
    item.tax = next_share(debit.tax, debit.original - debit.residual + before, item.original, debit.original);
    return item;
}

}  // namespace owed::ledger::detail
