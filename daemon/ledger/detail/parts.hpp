// What an application settles besides its amount: rows of application_part, and the lines they post.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/detail/write.hpp"

namespace owed::ledger::detail {

/// Of applications that have any; all in the debit's currency but credit_amount. Signs as in Apply.
struct PartRow {
    ApplicationId application;
    std::int64_t tolerance = 0, bank_charge = 0, withholding = 0, write_off = 0, deduction = 0;
    std::optional<OpenItemId> deduction_item = {};
    Currency credit_currency = {};
    std::int64_t credit_amount = 0;      ///< what leaves the credit
    std::int64_t realised = 0, cross = 0;///< differences in the entity's currency, gain positive
    std::int64_t write_off_functional = 0;
    std::string hash = {};

    /// How much more of the debit they close.
    std::int64_t closed() const { return std::max<std::int64_t>(tolerance, 0) + bank_charge + withholding + write_off + deduction; }
    std::int64_t gain() const { return tolerance < 0 ? -tolerance : 0; }
};

bool has_parts(const Apply& application);
/// The parts as asked, item and differences not yet known.
PartRow parts_of(const Apply& application, Currency credit_currency);
/// Errors, in this order: invalid_argument, currency_mismatch.
Status check_parts(const Apply& application, const ItemRow& credit, const ItemRow& debit);
void add_content(store::RowHash& hash, const Apply& application);

std::string part_hash(const PartRow& row);
void insert_part(store::Tx& tx, PartRow& row);
inline constexpr const char* part_columns =
    "p.application, p.tolerance, p.bank_charge, p.withholding, p.write_off, p.deduction, p.deduction_item, p.credit_currency, "
    "p.credit_amount, p.realised, p.cross_difference, p.write_off_functional, p.hash";
inline constexpr int part_column_count = 13;
PartRow part_at(const store::Query& query, int first_column = 0);
std::optional<PartRow> find_part(store::Db& db, ApplicationId application);

/// The deduction's item, its carrying amount not yet known. `before`: how much of the debit the application closes besides.
ItemRow deduction_item(store::Tx& tx, const Entity& entity, const Apply& application, const ItemRow& debit, std::int64_t before);

}  // namespace owed::ledger::detail
