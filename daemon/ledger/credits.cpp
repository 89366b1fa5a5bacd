#include "ledger/credits.hpp"

#include <algorithm>
#include <map>

#include "ledger/detail/acts.hpp"
#include "ledger/periods.hpp"

namespace owed::ledger {
namespace {

using detail::ItemRow;

Result<ItemRow> load_credit(store::Db& db, OpenItemId id, const std::optional<Money>& amount, const char* what) {
    OWED_TRY(auto item, detail::load_item(db, id));
    if (!item.is_credit()) return fail(Errc::invalid_argument, detail::shown(item) + " is not a credit of the customer's");
    if (!item.customer)
        return fail(Errc::wrong_customer, detail::shown(item) + " is not identified", {}, "say first which customer paid");
    OWED_TRY_VOID(detail::check_open_part(item, amount, what));
    return item;
}

std::int64_t units_of(const std::optional<Money>& amount, const ItemRow& item) { return amount ? amount->units() : -item.residual; }

Result<Posted> pay_out(store::Tx& tx, const Context& context, const detail::Act& act, OpenItemId credit, const std::optional<Money>& amount,
                       const std::string& bank_gl, Role otherwise) {
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto item, load_credit(tx, credit, amount, act.name));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    const auto units = units_of(amount, item);
    const auto& account = bank_gl.empty() ? detail::code_of(*entity, otherwise) : bank_gl;
    auto draft = detail::settling(tx, *entity, act, std::move(item), units, {{account, units}});
    return detail::carry_out(tx, context, draft);
}

ItemRow deposit_item(store::Tx& tx, const Entity& entity, const ItemRow& from, std::int64_t units, const std::string& document, Date date) {
    auto item = detail::new_item(tx, entity, ItemKind::deposit, from.currency, -units, 0);
    item.customer = from.customer;
    item.document = document;
    item.document_key = document_key(document);
    item.document_date = item.due_date = date;
    item.account = detail::code_of(entity, Role::customer_deposits);
    return item;
}

bool is_deposit_invoice(store::Db& db, const Entity& entity, const ItemRow& item) {
    const auto& account = detail::code_of(entity, Role::contract_liability);
    for (const auto& counter : detail::counters_of(db, item))
        if (counter.account == account) return true;
    return false;
}

/// The deposits' account where it holds nothing else: it is a liability as it stands. Among other items they need the reclass.
std::string account_of_deposits_alone(const Entity& entity) {
    const auto& code = detail::code_of(entity, Role::customer_deposits);
    const auto shared = std::any_of(entity.chart.begin(), entity.chart.end(), [&](const auto& row) {
        return row.first != Role::customer_deposits && row.second.code == code;
    });
    return shared ? std::string{} : code;
}

/// Net credit of customers at a date, by currency: units and functional, both positive.
std::map<std::string, std::pair<std::int64_t, std::int64_t>> credit_balances(store::Db& db, const Entity& entity, Date closing) {
    auto query = db.query("SELECT l.currency, SUM(l.amount), SUM(l.functional) FROM posting_line l JOIN open_item i ON i.id = l.item "
                          "WHERE l.entity = ? AND l.posting_date <= ? AND l.account <> ? AND i.customer IS NOT NULL "
                          "GROUP BY l.currency, i.customer HAVING SUM(l.amount) < 0");
    query.bind(entity.id, closing.days(), account_of_deposits_alone(entity));
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> found;
    while (query.step()) {
        auto& sum = found[query.text(0)];
        sum.first -= query.integer(1);
        sum.second -= query.integer(2);
    }
    return found;
}

}  // namespace

std::int64_t detail::releasable_deposit(store::Db& db, OpenItemId invoice) {
    auto paid = db.query("SELECT COALESCE(SUM(amount), 0) FROM application WHERE debit = ? AND undone_on IS NULL");
    paid.bind(invoice.value);
    paid.step();
    auto left = paid.integer(0);
    for (const auto& item : released_deposits(db, invoice)) left += item.original;
    return left;
}

std::vector<ItemRow> detail::released_deposits(store::Db& db, OpenItemId invoice) {
    static const std::string sql = std::string{"SELECT "} + item_columns +
                                   " FROM item_terms t JOIN open_item i ON i.id = t.item WHERE t.source = ? AND i.kind = 6 "
                                   "AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = i.entry) ORDER BY i.id DESC";
    auto query = db.query(sql);
    query.bind(invoice.value);
    std::vector<ItemRow> found;
    while (query.step()) found.push_back(item_at(query));
    return found;
}

std::vector<ItemRow> detail::unpaid_deposits_without(store::Db& db, const ApplicationRow& undone) {
    auto released = released_deposits(db, undone.debit);
    if (released.empty()) return {};
    auto left = releasable_deposit(db, undone.debit) - undone.amount;
    std::vector<ItemRow> unpaid;
    for (auto& item : released) {
        if (left >= 0) break;
        left -= item.original;
        unpaid.push_back(std::move(item));
    }
    return unpaid;
}

Result<Posted> refund(store::Tx& tx, const Context& context, const Refund& asked) {
    const auto act = detail::act_of("refund", asked.credit, asked.amount, asked.instruction, asked.bank_gl);
    return pay_out(tx, context, act, asked.credit, asked.amount, asked.bank_gl, Role::refunds_clearing);
}

Result<Posted> escheat(store::Tx& tx, const Context& context, const Escheat& asked) {
    const auto act = detail::act_of("escheat", asked.credit, asked.amount, asked.instruction, {});
    return pay_out(tx, context, act, asked.credit, asked.amount, {}, Role::unclaimed_property);
}

Result<Posted> remit_unclaimed(store::Tx& tx, const Context& context, const RemitUnclaimed& asked) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    if (!asked.amount.is_positive())
        return fail(Errc::invalid_argument, "unclaimed property of " + detail::shown(asked.amount) + " is remitted; expected a positive amount");
    return detail::post_lines(tx, context, "escheat_remitted", *entity, asked.instruction,
                                  {{detail::code_of(*entity, Role::unclaimed_property), asked.amount, asked.amount, {}},
                                   {asked.bank_gl, asked.amount.negated(), asked.amount.negated(), {}}});
}

Result<PostedItem> hold_deposit(store::Tx& tx, const Context& context, const HoldDeposit& asked) {
    const auto act = detail::act_of("deposit", asked.receipt, asked.amount, asked.instruction, asked.document);
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return detail::item_opened_by(tx, *before);
    OWED_TRY(auto receipt, load_credit(tx, asked.receipt, asked.amount, "a deposit"));
    OWED_TRY(const auto* entity, context.books.entity(receipt.entity));
    if (receipt.kind != ItemKind::receipt) return fail(Errc::invalid_argument, detail::shown(receipt) + " is not a receipt");
    if (asked.document.empty()) return fail(Errc::invalid_argument, "the deposit from " + detail::shown(receipt) + " has no number");
    const auto units = units_of(asked.amount, receipt);
    auto item = deposit_item(tx, *entity, receipt, units, asked.document, asked.instruction.date);
    OWED_TRY_VOID(detail::check_number_is_new(tx, item));
    auto draft = detail::moving(tx, *entity, act, std::move(receipt), units, std::move(item));
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

Result<PostedItem> release_deposit(store::Tx& tx, const Context& context, const ReleaseDeposit& asked) {
    const auto act = detail::act_of("deposit_release", asked.deposit_invoice, asked.amount, asked.instruction, asked.document);
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return detail::item_opened_by(tx, *before);
    OWED_TRY(const auto invoice, detail::load_item(tx, asked.deposit_invoice));
    OWED_TRY(const auto* entity, context.books.entity(invoice.entity));
    if (!is_deposit_invoice(tx, *entity, invoice))
        return fail(Errc::invalid_argument, detail::shown(invoice) + " did not bill a deposit", {}, "owectl cash deposit holds a prepayment");
    if (asked.document.empty()) return fail(Errc::invalid_argument, "the deposit of " + detail::shown(invoice) + " has no number");
    if (asked.amount && !asked.amount->is_positive())
        return fail(Errc::invalid_argument, "a deposit of " + detail::shown(*asked.amount) + " is not positive");
    if (asked.amount && asked.amount->currency() != invoice.currency)
        return fail(Errc::currency_mismatch, detail::shown(invoice) + " is in " + std::string{invoice.currency.text()});
    std::int64_t released = 0;
    for (const auto& earlier : detail::released_deposits(tx, invoice.id)) released -= earlier.original;
    const auto most = std::max<std::int64_t>(detail::releasable_deposit(tx, invoice.id), 0);
    const auto units = asked.amount ? asked.amount->units() : most;
    if (units > most || most == 0)
        return fail(Errc::application_exceeds_residual, "of " + detail::shown(invoice) + " " + detail::shown(most, invoice.currency) +
                                                            " are paid and not released; " + detail::shown(units, invoice.currency) + " were asked for");
    auto item = deposit_item(tx, *entity, invoice, units, asked.document, asked.instruction.date);
    OWED_TRY_VOID(detail::check_number_is_new(tx, item));
    item.functional_original = -detail::pro_rata(invoice.functional_original, units, invoice.original);
    ItemTerms terms;
    terms.source = invoice.id;
    auto draft = detail::opening(*entity, act, std::move(item), detail::shared_out(detail::counters_of(tx, invoice), released, units));
    draft.terms = std::move(terms);
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

Result<std::vector<Posted>> reclass_credits(store::Tx& tx, const Context& context, const ReclassCredits& asked) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    OWED_TRY_VOID(detail::check_closing(tx, context, asked.entity, asked.closing));
    auto balances = credit_balances(tx, *entity, asked.closing);
    const auto& shown_on = detail::code_of(*entity, Role::credit_presentation);
    auto standing = tx.query("SELECT l.currency, COUNT(*), -SUM(l.amount), -SUM(l.functional) FROM posting_line l JOIN journal_entry e ON e.id = l.entry "
                             "WHERE l.entity = ? AND l.account = ? AND l.posting_date = ? AND e.act = 'reclass' GROUP BY l.currency");
    standing.bind(asked.entity, shown_on, asked.closing.days());
    std::map<std::string, std::int64_t> runs;
    while (standing.step()) {
        runs[standing.text(0)] = standing.integer(1);
        auto& sum = balances[standing.text(0)];
        sum.first -= standing.integer(2);
        sum.second -= standing.integer(3);
    }
    std::vector<Posted> posted;
    for (const auto& [code, sum] : balances) {
        if (sum.first == 0 && sum.second == 0) continue;
        const auto units = Money::minor(sum.first, detail::currency_of(code));
        const auto functional = Money::minor(sum.second, entity->currency);
        const auto key = "ledger/reclass/" + entity->id + "/" + code + "/" + to_text(asked.closing) + "/" + std::to_string(runs[code] + 1);
        OWED_TRY(const auto done, detail::post_for_a_day(tx, context, "reclass", *entity, {asked.closing, asked.cause, asked.reason, key},
                                                         {{detail::code_of(*entity, Role::credit_reclass), units, functional, {}},
                                                          {shown_on, units.negated(), functional.negated(), {}}}));
        posted.push_back(done.entry);
    }
    return posted;
}

}  // namespace owed::ledger
