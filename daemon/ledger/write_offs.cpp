#include "ledger/write_offs.hpp"

#include "ledger/detail/acts.hpp"

namespace owed::ledger {
namespace {

using detail::ItemRow;

struct Written {
    std::int64_t units = 0, functional = 0;
};

/// By entries of its own and as parts of applications; less what was reinstated or recovered.
Written written(store::Db& db, OpenItemId item) {
    auto entries = db.query(
        "SELECT COALESCE(SUM(l.amount), 0), COALESCE(SUM(l.functional), 0) FROM posting_line l JOIN journal_entry e ON e.id = l.entry "
        "LEFT JOIN journal_entry o ON o.id = e.reverses "
        "WHERE l.item = ? AND COALESCE(o.act, e.act) IN ('write_off', 'settlement', 'recovery')");
    entries.bind(item.value);
    auto parts = db.query("SELECT COALESCE(SUM(p.write_off), 0), COALESCE(SUM(p.write_off_functional), 0) FROM application a "
                          "JOIN application_part p ON p.application = a.id WHERE a.debit = ? AND a.undone_on IS NULL");
    parts.bind(item.value);
    entries.step();
    parts.step();
    return {parts.integer(0) - entries.integer(0), parts.integer(1) - entries.integer(1)};
}

/// Tax relief taken with write-offs of the item and not owed again by recoveries, in its currency.
std::int64_t relief_of(store::Db& db, const Entity& entity, OpenItemId item) {
    auto query = db.query(
        "SELECT COALESCE(SUM(t.amount), 0) FROM posting_line t JOIN journal_entry e ON e.id = t.entry LEFT JOIN journal_entry o ON o.id = e.reverses "
        "WHERE t.account = ? AND t.item IS NULL AND t.entry IN (SELECT l.entry FROM posting_line l WHERE l.item = ?) "
        "AND COALESCE(o.act, e.act) IN ('write_off', 'recovery')");
    query.bind(detail::code_of(entity, Role::tax_payable), item.value);
    query.step();
    return query.integer(0);
}

Status check_relief(store::Db& db, const Entity& entity, const ItemRow& item, const std::optional<Money>& tax) {
    if (!tax) return {};
    const auto relief = relief_of(db, entity, item.id);
    if (tax->units() <= relief) return {};
    return fail(Errc::invalid_argument, "tax of " + detail::shown(*tax) + " is more than the relief of " + detail::shown(relief, item.currency) +
                                            " taken for " + detail::shown(item));
}

Status check_debit(const ItemRow& item, const char* what) {
    if (!item.is_credit()) return {};
    return fail(Errc::invalid_argument, detail::shown(item) + " is a credit; " + what + " is for debits", {},
                "an old credit is refunded, or reported as unclaimed property");
}

Status check_tax(const ItemRow& item, const std::optional<Money>& tax, std::int64_t units) {
    if (!tax) return {};
    if (tax->currency() != item.currency)
        return fail(Errc::currency_mismatch, "tax of " + detail::shown(item) + " is in " + std::string{tax->currency().text()});
    const auto most = detail::pro_rata(units, item.tax, item.original);
    if (!tax->is_negative() && tax->units() <= most) return {};
    return fail(Errc::invalid_argument, "tax of " + detail::shown(*tax) + " is not a part of the " + detail::shown(most, item.currency) +
                                            " that " + detail::shown(units, item.currency) + " of " + detail::shown(item) + " carry");
}

std::vector<detail::Counter> counters(const Entity& entity, Role role, std::int64_t units, const std::optional<Money>& tax) {
    const auto relief = tax ? tax->units() : 0;
    std::vector<detail::Counter> made{{detail::code_of(entity, role), units - relief}};
    if (relief != 0) made.push_back({detail::code_of(entity, Role::tax_payable), relief});
    return made;
}

/// Receipts applied to the item since a day, in its currency.
std::int64_t arrived_since(store::Db& db, OpenItemId item, Date day) {
    auto query = db.query("SELECT COALESCE(SUM(a.amount), 0) FROM application a JOIN open_item c ON c.id = a.credit "
                          "WHERE a.debit = ? AND a.undone_on IS NULL AND a.posting_date >= ? AND c.kind = 5");
    query.bind(item.value, day.days());
    query.step();
    return query.integer(0);
}

}  // namespace

Result<Posted> write_off(store::Tx& tx, const Context& context, const WriteOff& asked) {
    store::RowHash hash;
    hash.add("write_off").add(asked.item.value).add(asked.amount ? asked.amount->units() : std::int64_t{0});
    hash.add(static_cast<std::int64_t>(asked.method)).add(asked.tax_relief ? asked.tax_relief->units() : std::int64_t{0});
    const detail::Act act{"write_off", asked.instruction, hash.add(std::int64_t{asked.instruction.date.days()}).bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto item, detail::load_item(tx, asked.item));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    OWED_TRY_VOID(check_debit(item, "a write-off"));
    OWED_TRY_VOID(detail::check_open_part(item, asked.amount, "a write-off"));
    const auto units = asked.amount ? asked.amount->units() : item.residual;
    OWED_TRY_VOID(check_tax(item, asked.tax_relief, units));
    item.written_off = item.written_off || units == item.residual;
    const auto role = asked.method == WriteOffMethod::allowance ? Role::allowance : Role::write_off;
    auto draft = detail::settling(tx, *entity, act, std::move(item), units, counters(*entity, role, units, asked.tax_relief));
    return detail::carry_out(tx, context, draft);
}

Result<Posted> recover(store::Tx& tx, const Context& context, const Recover& asked) {
    store::RowHash hash;
    hash.add("recovery").add(asked.item.value).add(asked.amount.units()).add(static_cast<std::int64_t>(asked.method));
    hash.add(asked.tax ? asked.tax->units() : std::int64_t{0});
    const detail::Act act{"recovery", asked.instruction, hash.add(std::int64_t{asked.instruction.date.days()}).bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto item, detail::load_item(tx, asked.item));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    OWED_TRY_VOID(check_debit(item, "a recovery"));
    if (!asked.amount.is_positive())
        return fail(Errc::invalid_argument, "recovery of " + detail::shown(item) + ": amount " + detail::shown(asked.amount) + " is not positive");
    if (asked.amount.currency() != item.currency)
        return fail(Errc::currency_mismatch, "recovery of " + detail::shown(item) + " is in " + std::string{asked.amount.currency().text()});
    OWED_TRY_VOID(check_tax(item, asked.tax, asked.amount.units()));
    OWED_TRY_VOID(check_relief(tx, *entity, item, asked.tax));
    const auto lost = written(tx, asked.item);
    if (asked.amount.units() > lost.units)
        return fail(Errc::application_exceeds_residual, "of " + detail::shown(item) + " " + detail::shown(lost.units, item.currency) +
                                                            " are written off; " + detail::shown(asked.amount) + " were to be recovered");
    const auto functional = detail::pro_rata(lost.functional, asked.amount.units(), lost.units);
    const auto role = asked.method == WriteOffMethod::allowance ? Role::allowance : Role::recovery_income;
    const auto units = asked.amount.units();
    auto draft = detail::raising(tx, *entity, act, std::move(item), units, functional, counters(*entity, role, units, asked.tax));
    return detail::carry_out(tx, context, draft);
}

std::vector<detail::EntryRow> detail::recoveries_beyond(store::Db& db, const ItemRow& item, std::int64_t units) {
    auto left = written(db, item.id).units - units;
    std::vector<EntryRow> found;
    if (left >= 0) return found;
    for (auto& entry : followers(db, item)) {
        if (left >= 0) break;
        if (entry.act != "recovery") continue;
        for (const auto& line : lines_of(db, entry.id))
            if (line.item == item.id) left += line.amount;
        found.push_back(std::move(entry));
    }
    return found;
}

Status detail::take_back_recoveries(store::Tx& tx, const Context& context, OpenItemId id, Date date, const Cause& cause, const std::string& reason) {
    for (;;) {   // taking one back may take back others with it
        OWED_TRY(const auto item, load_item(tx, id));
        const auto beyond = recoveries_beyond(tx, item, 0);
        if (beyond.empty()) return {};
        OWED_TRY(auto posted, undo(tx, context, beyond.front(), date, cause, reason));
        static_cast<void>(posted);
    }
}

Status detail::take_back_recoveries(store::Tx& tx, const Context& context, const EntryRow& reversed, Date date, const Cause& cause,
                                    const std::string& reason) {
    if (reversed.act != "write_off" && reversed.act != "settlement") return {};
    for (const auto& line : lines_of(tx, reversed.id))
        if (line.item) OWED_TRY_VOID(take_back_recoveries(tx, context, *line.item, date, cause, reason));
    return {};
}

Money written_off_of(store::Db& db, const Item& item) {
    return Money::minor(written(db, item.id).units, item.original.currency());
}

Result<Posted> settle(store::Tx& tx, const Context& context, const Settle& asked) {
    store::RowHash hash;
    hash.add("settlement").add(asked.item.value).add(asked.agreed.units()).add(std::int64_t{asked.agreed_on.days()});
    hash.add(static_cast<std::int64_t>(asked.method)).add(std::int64_t{asked.instruction.date.days()});
    const detail::Act act{"settlement", asked.instruction, hash.bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto item, detail::load_item(tx, asked.item));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    OWED_TRY_VOID(check_debit(item, "a settlement"));
    if (!asked.agreed.is_positive())
        return fail(Errc::invalid_argument, "settlement of " + detail::shown(item) + ": amount " + detail::shown(asked.agreed) + " is not positive");
    if (asked.agreed.currency() != item.currency)
        return fail(Errc::currency_mismatch, "settlement of " + detail::shown(item) + " is in " + std::string{asked.agreed.currency().text()});
    if (item.residual == 0) return fail(Errc::item_not_open, detail::shown(item) + " is settled");
    const auto arrived = arrived_since(tx, asked.item, asked.agreed_on);
    if (arrived < asked.agreed.units())
        return fail(Errc::refused, detail::shown(item) + ": of the agreed " + detail::shown(asked.agreed) + " only " +
                                       detail::shown(arrived, item.currency) + " have arrived since " + to_text(asked.agreed_on), {},
                    "the rest is written off when the money has arrived");
    const auto units = item.residual;
    item.written_off = true;
    const auto role = asked.method == WriteOffMethod::allowance ? Role::allowance : Role::write_off;
    auto draft = detail::settling(tx, *entity, act, std::move(item), units, counters(*entity, role, units, {}));
    return detail::carry_out(tx, context, draft);
}

Result<Posted> post_provision(store::Tx& tx, const Context& context, const ProvisionMovement& asked) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    if (asked.movement.is_zero()) return fail(Errc::invalid_argument, "provision of entity \"" + asked.entity + "\": the movement is zero");
    return detail::post_lines(tx, context, "provision", *entity, asked.instruction,
                                  {{detail::code_of(*entity, Role::credit_loss), asked.movement, asked.movement, {}},
                                   {detail::code_of(*entity, Role::allowance), asked.movement.negated(), asked.movement.negated(), {}}},
                              detail::WhenClosed::refused);
}

}  // namespace owed::ledger
