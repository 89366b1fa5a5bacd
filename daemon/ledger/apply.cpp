// Applications: a credit pays a debit, and the way back.
#include <algorithm>

#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

using detail::ApplicationRow;
using detail::Draft;
using detail::ItemRow;

std::string content_of(const Apply& a) {
    store::RowHash hash;
    hash.add("application").add(a.credit.value).add(a.debit.value).add(a.amount.currency().text()).add(a.amount.units());
    hash.add(a.discount ? a.discount->units() : std::int64_t{0}).add(std::int64_t{a.date.days()});
    return hash.bytes();
}

Status check_sides(const Apply& a, const ItemRow& credit, const ItemRow& debit) {
    const auto what = detail::shown(credit) + " to " + detail::shown(debit);
    if (!a.amount.is_positive())
        return fail(Errc::invalid_argument, what + ": amount " + detail::shown(a.amount) + " is not positive");
    if (a.discount && !a.discount->is_positive())
        return fail(Errc::invalid_argument, what + ": discount " + detail::shown(*a.discount) + " is not positive");
    if (a.confidence < 0 || a.confidence > 100)
        return fail(Errc::invalid_argument, what + ": confidence " + std::to_string(a.confidence) + " is not a percentage");
    if (!credit.is_credit()) return fail(Errc::invalid_argument, detail::shown(credit) + " is not a credit");
    if (debit.is_credit()) return fail(Errc::invalid_argument, detail::shown(debit) + " is not a debit");
    if (!credit.customer)
        return fail(Errc::wrong_customer, detail::shown(credit) + " is not identified", {}, "say first which customer paid");
    if (credit.entity != debit.entity)
        return fail(Errc::wrong_customer, what + ": they are of entities \"" + credit.entity + "\" and \"" + debit.entity + "\"");
    if (credit.currency != debit.currency || a.amount.currency() != debit.currency ||
        (a.discount && a.discount->currency() != debit.currency))
        return fail(Errc::currency_mismatch,
                    what + ": credit in " + std::string{credit.currency.text()} + ", debit in " +
                        std::string{debit.currency.text()} + ", amount in " + std::string{a.amount.currency().text()});
    for (const auto* item : {&credit, &debit})
        if (item->residual == 0) return fail(Errc::item_not_open, detail::shown(*item) + " is settled");
    return {};
}

Status check_residuals(const Apply& a, const ItemRow& credit, const ItemRow& debit) {
    if (a.amount.units() > -credit.residual)
        return fail(Errc::application_exceeds_residual, detail::shown(credit) + " has " +
                    detail::shown(-credit.residual, credit.currency) + " left; " + detail::shown(a.amount) + " was to be applied");
    const auto discount = a.discount ? a.discount->units() : 0;
    if (a.amount.units() > debit.residual || discount > debit.residual - a.amount.units())
        return fail(Errc::application_exceeds_residual,
                    detail::shown(debit) + " has " + detail::shown(debit.residual, debit.currency) + " open; " +
                        detail::shown(a.amount) + " with a discount of " + detail::shown(discount, debit.currency) +
                        " was to be applied");
    return {};
}

/// What leaves both sides, in the items' currency and at their carrying amounts; all positive.
struct Release {
    std::int64_t amount, discount, credit_functional, debit_functional, discount_functional;
};

Release release_of(const Apply& a, const ItemRow& credit, const ItemRow& debit) {
    const auto discount = a.discount ? a.discount->units() : 0;
    Release r{a.amount.units(), discount, detail::carrying_part(credit, a.amount.units()),
              detail::carrying_part(debit, a.amount.units() + discount), 0};
    r.discount_functional = detail::pro_rata(r.debit_functional, discount, r.amount + discount);
    return r;
}

/// Credit side, discount, debit side; and where the two sides were booked at different rates, what that made or cost:
/// received at the receipt's rate minus the carrying amount of what it pays (DOMAIN section 10).
std::vector<Line> lines_of_application(const Entity& entity, const ItemRow& credit, const ItemRow& debit, const Release& r) {
    const auto line = [&](const std::string& account, std::int64_t units, std::int64_t functional,
                          std::optional<OpenItemId> item) {
        return Line{account, Money::minor(units, debit.currency), Money::minor(functional, entity.currency), item};
    };
    std::vector<Line> lines;
    lines.reserve(5);
    lines.push_back(line(credit.account, r.amount, r.credit_functional, credit.id));
    // A discount lowers the taxed price, so the tax in it is not owed any more (DOMAIN sections 5 and 12).
    const auto tax = detail::pro_rata(r.discount, debit.tax, debit.original);
    const auto functional_tax = r.discount == 0 ? 0 : detail::pro_rata(r.discount_functional, tax, r.discount);
    if (r.discount != tax || r.discount_functional != functional_tax)
        lines.push_back(line(detail::code_of(entity, Role::sales_discount), r.discount - tax,
                             r.discount_functional - functional_tax, {}));
    if (tax != 0 || functional_tax != 0)
        lines.push_back(line(detail::code_of(entity, Role::tax_payable), tax, functional_tax, {}));
    lines.push_back(line(debit.account, -r.amount - r.discount, -r.debit_functional, debit.id));
    const auto gain = r.credit_functional + r.discount_functional - r.debit_functional;
    if (gain != 0)
        lines.push_back(line(detail::code_of(entity, gain > 0 ? Role::fx_gain : Role::fx_loss), 0, -gain, {}));
    return lines;
}

ApplicationRow new_application(store::Tx& tx, const Apply& a, const Posted& posted, const ItemRow& credit, const ItemRow& debit,
                               const Release& r, Instant recorded_at) {
    return {.id = ApplicationId{detail::next_application_id(tx)},
            .entry = posted.entry,
            .entity = debit.entity,
            .customer = debit.customer ? *debit.customer : *credit.customer,
            .credit = credit.id,
            .debit = debit.id,
            .currency = debit.currency,
            .amount = r.amount,
            .discount = r.discount,
            .credit_functional = r.credit_functional,
            .debit_functional = r.debit_functional,
            .discount_functional = r.discount_functional,
            .posting_date = posted.posting_date,
            .stage = a.stage,
            .confidence = a.confidence,
            .reason = a.reason,
            .by = a.by,
            .recorded_at = recorded_at,
            .undone_on = {},
            .undone_at = {},
            .undone_entry = {},
            .undone_by = {},
            .in_flight = false,
            .hash = {}};
}

ApplicationEvent event_of(const ApplicationRow& row, const ItemRow& debit) {
    return {row.entity, row.customer, row.id, row.credit, row.debit, Money::minor(row.amount, row.currency), debit.residual == 0};
}

Result<Applied> applied_before(store::Db& db, const Posted& posted) {
    if (const auto row = detail::find_application_by_entry(db, posted.entry)) return Applied{row->id, posted};
    return fail(Errc::store_corrupt, "entry " + std::to_string(posted.entry.value) + " has lost its application", {},
                "run owectl ledger verify");
}

/// Counts an application in or out of the items that wait for the ERP.
Status count_in_flight(store::Tx& tx, const ApplicationRow& row, std::int64_t change) {
    for (const auto id : {row.credit, row.debit}) {
        OWED_TRY(auto item, detail::load_item(tx, id));
        item.in_flight += change;
        detail::update_item(tx, item);
    }
    return {};
}

}  // namespace

Result<Applied> apply(store::Tx& tx, const Context& context, const Apply& a) {
    const auto content = content_of(a);
    OWED_TRY(auto before, detail::repeated(tx, a.event_key, content));
    if (before) return applied_before(tx, *before);
    OWED_TRY(auto credit, detail::load_item(tx, a.credit));
    OWED_TRY(auto debit, detail::load_item(tx, a.debit));
    OWED_TRY_VOID(check_sides(a, credit, debit));
    OWED_TRY_VOID(check_residuals(a, credit, debit));
    OWED_TRY(const auto* entity, context.books.entity(debit.entity));

    const auto release = release_of(a, credit, debit);
    Draft draft;
    draft.known_new = true;
    draft.act = "application";
    draft.asked = a.date;
    draft.content = content;
    draft.entry = {debit.entity, std::max(detail::earliest_day_with(tx, credit, release.amount, a.date),
                                          detail::earliest_day_with(tx, debit, release.amount + release.discount, a.date)),
                   a.date, a.cause, a.reason, a.event_key, lines_of_application(*entity, credit, debit, release), {}};
    draft.moved_because = "one side was not open before";
    draft.items = {std::move(credit), std::move(debit)};
    OWED_TRY(auto posted, detail::write(tx, context, draft));
    auto row = new_application(tx, a, posted, draft.items[0], draft.items[1], release, context.clock.now());
    detail::insert_application(tx, row);
    const auto event = event_of(row, draft.items[1]);
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->applied(tx, event));
    return Applied{row.id, posted};
}

Result<Posted> unapply(store::Tx& tx, const Context& context, ApplicationId application, Date date, const Cause& cause,
                       const std::string& reason, const std::string& by) {
    auto row = detail::find_application(tx, application);
    if (!row) return fail(Errc::not_found, "there is no application " + std::to_string(application.value));
    if (row->undone_on)
        return fail(Errc::application_already_undone, "application " + std::to_string(application.value) +
                                                          " was undone on " + to_text(*row->undone_on));
    if (row->in_flight) {
        OWED_TRY_VOID(count_in_flight(tx, *row, -1));
        row->in_flight = false;
    }
    OWED_TRY(auto draft, detail::reversal_of(tx, context, row->entry, date));
    draft.act = "unapply";
    draft.entry.cause = cause;
    draft.entry.reason = reason;
    draft.entry.event_key = "ledger/unapply/" + std::to_string(application.value);
    draft.content = store::sha256(draft.entry.event_key);
    OWED_TRY(auto posted, detail::write(tx, context, draft));
    row->undone_on = posted.posting_date;
    row->undone_at = context.clock.now();
    row->undone_entry = posted.entry;
    row->undone_by = by;
    detail::update_application(tx, *row);
    OWED_TRY(auto debit, detail::load_item(tx, row->debit));
    const auto event = event_of(*row, debit);
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->unapplied(tx, event));
    return posted;
}

Status flag_in_flight(store::Tx& tx, ApplicationId application, bool in_flight) {
    auto row = detail::find_application(tx, application);
    if (!row) return fail(Errc::not_found, "there is no application " + std::to_string(application.value));
    if (row->in_flight == in_flight) return {};
    if (row->undone_on)
        return fail(Errc::application_already_undone, "application " + std::to_string(application.value) +
                                                          " was undone on " + to_text(*row->undone_on));
    row->in_flight = in_flight;
    detail::update_application(tx, *row);
    return count_in_flight(tx, *row, in_flight ? 1 : -1);
}

}  // namespace owed::ledger
