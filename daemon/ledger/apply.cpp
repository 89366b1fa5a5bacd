// Applications: a credit pays a debit, and the way back.
#include <algorithm>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/parts.hpp"
#include "ledger/detail/terms.hpp"
#include "ledger/fx_rules.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

using detail::ApplicationRow;
using detail::Draft;
using detail::ItemRow;
using detail::PartRow;

std::string content_of(const Apply& a) {
    store::RowHash hash;
    hash.add("application").add(a.credit.value).add(a.debit.value).add(a.amount.currency().text()).add(a.amount.units());
    hash.add(a.discount ? a.discount->units() : std::int64_t{0}).add(std::int64_t{a.date.days()});
    if (detail::has_parts(a)) detail::add_content(hash, a);
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
    if ((credit.currency != debit.currency && !a.credit_amount) || a.amount.currency() != debit.currency ||
        (a.discount && a.discount->currency() != debit.currency))
        return fail(Errc::currency_mismatch,
                    what + ": credit in " + std::string{credit.currency.text()} + ", debit in " +
                        std::string{debit.currency.text()} + ", amount in " + std::string{a.amount.currency().text()},
                    {}, credit.currency != debit.currency ? "say also what leaves the credit" : "");
    if (detail::has_parts(a)) OWED_TRY_VOID(detail::check_parts(a, credit, debit));
    for (const auto* item : {&credit, &debit})
        if (item->residual == 0) return fail(Errc::item_not_open, detail::shown(*item) + " is settled");
    return {};
}

Status check_residuals(const Apply& a, const PartRow& parts, const ItemRow& credit, const ItemRow& debit) {
    if (parts.credit_amount > -credit.residual)
        return fail(Errc::application_exceeds_residual,
                    detail::shown(credit) + " has " + detail::shown(-credit.residual, credit.currency) + " left; " +
                        detail::shown(parts.credit_amount, credit.currency) + " was to be applied");
    const auto discount = a.discount ? a.discount->units() : 0;
    if (a.amount.units() > debit.residual || discount > debit.residual - a.amount.units() ||
        parts.closed() > debit.residual - a.amount.units() - discount)
        return fail(Errc::application_exceeds_residual,
                    detail::shown(debit) + " has " + detail::shown(debit.residual, debit.currency) + " open; " +
                        detail::shown(a.amount) + " with a discount of " + detail::shown(discount, debit.currency) +
                        (parts.closed() > 0 ? " and parts of " + detail::shown(parts.closed(), debit.currency) : std::string{}) +
                        " was to be applied");
    return {};
}

/// What leaves both sides, in the items' currencies and at their carrying amounts; all positive.
struct Release {
    std::int64_t amount, discount, credit_functional, debit_functional, discount_functional;
    PartRow parts;

    std::int64_t closed() const { return amount + discount + parts.closed(); }
    /// A part's share of the carrying amount that leaves the debit.
    std::int64_t share(std::int64_t part) const { return part == 0 ? 0 : detail::pro_rata(debit_functional, part, closed()); }
};

Release release_of(const Apply& a, PartRow parts, const ItemRow& credit, const ItemRow& debit) {
    const auto discount = a.discount ? a.discount->units() : 0;
    Release r{a.amount.units(), discount, detail::carrying_part(credit, parts.credit_amount), 0, 0, std::move(parts)};
    r.debit_functional = detail::carrying_part(debit, r.closed());
    r.discount_functional = r.share(discount);
    r.parts.write_off_functional = r.share(r.parts.write_off);
    return r;
}

/// The lines of one application, in their order.
class Lines {
  public:
    Lines(const Entity& entity, const ItemRow& credit, const ItemRow& debit, Release& release)
        : entity_{entity}, credit_{credit}, debit_{debit}, r_{release} {
        lines_.reserve(5);
    }

    /// `day_value`: of the amount, when the credit is in another currency.
    std::vector<Line> take(std::optional<std::int64_t> day_value, const ItemRow* deduction) {
        add(credit_.account, r_.parts.credit_amount, r_.credit_functional, credit_.id, credit_.currency);
        if (day_value) add_exchange();
        add_discount();
        add_parts();
        add(debit_.account, -r_.closed(), -r_.debit_functional, debit_.id, debit_.currency);
        if (deduction != nullptr)
            add(deduction->account, deduction->original, deduction->functional_original, deduction->id, debit_.currency);
        add_differences(day_value);
        return std::move(lines_);
    }

  private:
    void add(const std::string& account, std::int64_t units, std::int64_t functional, std::optional<OpenItemId> item, Currency currency) {
        if (units == 0 && functional == 0) return;
        lines_.push_back({account, Money::minor(units, currency), Money::minor(functional, entity_.currency), item});
    }
    void add(Role role, std::int64_t units, std::int64_t functional) {
        add(detail::code_of(entity_, role), units, functional, {}, debit_.currency);
        settled_functional_ += functional;
    }

    /// The credit's money becomes the debit's at what the payment was worth: each currency balances by itself. An amount in the
    /// entity's own currency is worth itself.
    void add_exchange() {
        const auto& account = detail::code_of(entity_, Role::currency_exchange);
        const auto worth = debit_.currency == entity_.currency ? r_.amount : r_.credit_functional;
        add(account, -r_.parts.credit_amount, -worth, {}, credit_.currency);
        add(account, r_.amount, worth, {}, debit_.currency);
    }

    /// A discount lowers the taxed price, so the tax in it is not owed any more (DOMAIN sections 5 and 12).
    void add_discount() {
        if (r_.discount == 0) return;
        const auto tax = detail::pro_rata(r_.discount, debit_.tax, debit_.original);
        const auto functional_tax = detail::pro_rata(r_.discount_functional, tax, r_.discount);
        add(Role::sales_discount, r_.discount - tax, r_.discount_functional - functional_tax);
        add(Role::tax_payable, tax, functional_tax);
    }

    void add_parts() {
        const auto& parts = r_.parts;
        if (parts.tolerance > 0) add(Role::tolerance, parts.tolerance, r_.share(parts.tolerance));
        if (parts.gain() > 0)
            add(Role::tolerance_gain, -parts.gain(), -detail::pro_rata(r_.credit_functional, parts.gain(), parts.credit_amount));
        add(Role::bank_charges, parts.bank_charge, r_.share(parts.bank_charge));
        add(Role::withholding_tax, parts.withholding, r_.share(parts.withholding));
        add(Role::write_off, parts.write_off, parts.write_off_functional);
        settled_functional_ += r_.share(parts.deduction);   // leaves to its own item
    }

    /// Where the two sides were booked at different rates, what that made or cost: received at the receipt's rate minus the
    /// carrying amount of what it pays; from a third currency in two figures (DOMAIN section 10).
    void add_differences(std::optional<std::int64_t> day_value) {
        const auto differences = realised_differences(r_.credit_functional, r_.debit_functional - settled_functional_, day_value);
        r_.parts.cross = differences.cross;
        r_.parts.realised = differences.realised;
        const auto& foreign = debit_.currency == entity_.currency ? credit_.currency : debit_.currency;
        for (const auto gain : {r_.parts.cross, r_.parts.realised})
            if (gain != 0)
                add(detail::code_of(entity_, gain > 0 ? Role::fx_gain : Role::fx_loss), 0, -gain, {}, foreign);
    }

    const Entity& entity_;
    const ItemRow& credit_;
    const ItemRow& debit_;
    Release& r_;
    std::vector<Line> lines_;
    std::int64_t settled_functional_ = 0;   // of what the parts and the discount leave to
};

/// What the amount is worth on the day, when the credit is in another currency.
Result<std::optional<std::int64_t>> day_value_of(store::Db& db, const Entity& entity, const Apply& a) {
    if (!a.credit_amount) return std::optional<std::int64_t>{};
    if (a.amount.currency() == entity.currency) return std::optional{a.amount.units()};
    if (a.day_value && a.day_value->currency() != entity.currency)
        return fail(Errc::currency_mismatch, "day_value is in " + std::string{a.day_value->currency().text()} +
                                                 ", the entity's currency is " + std::string{entity.currency.text()});
    if (a.day_value) return std::optional{a.day_value->units()};
    OWED_TRY(auto converted, convert(db, a.amount, entity.currency, RateType::spot, a.date));
    return std::optional{converted.amount.units()};
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
    if (const auto row = detail::find_application_by_entry(db, posted.entry)) {
        const auto parts = detail::find_part(db, row->id);
        return Applied{row->id, posted, parts ? parts->deduction_item : std::nullopt};
    }
    return fail(Errc::store_corrupt, "entry " + std::to_string(posted.entry.value) + " has lost its application", {},
                "run owectl ledger verify");
}

Status keep_parts(store::Tx& tx, const Context& context, const Apply& a, const ApplicationRow& row, PartRow& parts, const Draft& draft) {
    parts.application = row.id;
    detail::insert_part(tx, parts);
    if (!draft.opens) return {};
    ItemTerms terms;
    terms.reason_code = a.deduction->reason_code;
    terms.source = row.debit;
    detail::insert_terms(tx, draft.opens->id, terms);
    return detail::tell_opened(tx, context, *draft.opens);
}

/// What rested on an application and is taken back before it: its deduction's resolution, the deposit that a paid deposit
/// invoice became, and a settlement's write-off, since the rest is given up only for money that has arrived (DOMAIN section 11);
/// other credits than receipts are no such money. Part of that rest may have been recovered since: the settlement stands all the same.
Status undo_what_followed(store::Tx& tx, const Context& context, const ApplicationRow& row, Date date, const Cause& cause,
                          const std::string& reason) {
    if (const auto parts = detail::find_part(tx, row.id); parts && parts->deduction_item)
        OWED_TRY_VOID(detail::reopen(tx, context, *parts->deduction_item, date, cause, reason));
    for (const auto& deposit : detail::unpaid_deposits_without(tx, row)) {
        OWED_TRY(const auto opening, detail::load_entry(tx, deposit.entry));
        OWED_TRY(auto posted, detail::undo(tx, context, opening, date, cause, reason));
        static_cast<void>(posted);
    }
    OWED_TRY(const auto credit, detail::load_item(tx, row.credit));
    while (credit.kind == ItemKind::receipt) {   // taking one back may take back others with it
        OWED_TRY(const auto debit, detail::load_item(tx, row.debit));
        const auto standing = detail::followers(tx, debit);
        const auto settlement = std::find_if(standing.begin(), standing.end(), [](const auto& entry) { return entry.act == "settlement"; });
        if (settlement == standing.end()) break;
        OWED_TRY(auto posted, detail::undo(tx, context, *settlement, date, cause, reason));
        static_cast<void>(posted);
    }
    return {};
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
    auto parts = detail::parts_of(a, credit.currency);
    OWED_TRY_VOID(check_residuals(a, parts, credit, debit));
    OWED_TRY(const auto* entity, context.books.entity(debit.entity));
    OWED_TRY(const auto day_value, day_value_of(tx, *entity, a));

    auto release = release_of(a, std::move(parts), credit, debit);
    Draft draft;
    draft.known_new = true;
    if (a.deduction) {
        draft.opens = detail::deduction_item(tx, *entity, a, debit, release.closed() - release.parts.deduction);
        draft.opens->functional_original = release.share(release.parts.deduction);
        release.parts.deduction_item = draft.opens->id;
        OWED_TRY_VOID(detail::check_number_is_new(tx, *draft.opens));
    }
    draft.act = "application";
    draft.asked = a.date;
    draft.content = content;
    draft.entry = {debit.entity, std::max(detail::earliest_day_with(tx, credit, release.parts.credit_amount, a.date),
                                          detail::earliest_day_with(tx, debit, release.closed(), a.date)),
                   a.date, a.cause, a.reason, a.event_key,
                   Lines{*entity, credit, debit, release}.take(day_value, draft.opens ? &*draft.opens : nullptr), {}};
    draft.moved_because = "one side was not open before";
    draft.items = {std::move(credit), std::move(debit)};
    OWED_TRY(auto posted, detail::write(tx, context, draft));
    auto row = new_application(tx, a, posted, draft.items[0], draft.items[1], release, context.clock.now());
    detail::insert_application(tx, row);
    if (detail::has_parts(a)) OWED_TRY_VOID(keep_parts(tx, context, a, row, release.parts, draft));
    const auto event = event_of(row, draft.items[1]);
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->applied(tx, event));
    return Applied{row.id, posted, release.parts.deduction_item};
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
    OWED_TRY_VOID(undo_what_followed(tx, context, *row, date, cause, reason));
    OWED_TRY_VOID(detail::make_room(tx, context, row->entry, date, cause, reason));
    OWED_TRY(auto draft, detail::fitting_reversal(tx, context, row->entry, date));
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
    OWED_TRY_VOID(detail::take_back_recoveries(tx, context, row->debit, date, cause, reason));
    OWED_TRY(auto debit, detail::load_item(tx, row->debit));
    const auto event = event_of(*row, debit);
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->unapplied(tx, event));
    for (const auto& item : draft.items)   // the deduction that was split off is withdrawn
        if (item.id != row->credit && item.id != row->debit) OWED_TRY_VOID(detail::tell_changed(tx, context, item, draft.act));
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
