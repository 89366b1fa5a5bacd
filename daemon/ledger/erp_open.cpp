#include "ledger/erp_open.hpp"

#include <algorithm>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/write.hpp"
#include "ledger/retainage.hpp"
#include "ledger/standing.hpp"

namespace owed::ledger {
namespace {

using detail::ItemRow;

struct Waiting {
    std::optional<ApplicationId> application;   ///< empty: something else done here (a write-off, a deduction), which the ERP may not know yet
    std::int64_t units;                  ///< what its side of the document has lost by it, signed; a recovery has given it back
};
struct Adjustment {
    ItemRow item;
    std::string key;                     ///< of the event that posted it
    std::vector<ApplicationId> ours;     ///< its applications to the document, made here
    bool paid = false;                   ///< somebody paid it, or gave it up: it stays
};

/// A document of one or several items with its standing adjustments. Figures are signed as the document's items.
struct Family {
    std::vector<ItemRow> parts;
    std::vector<Adjustment> adjustments;
    std::vector<Waiting> waiting;
    std::int64_t adjusted = 0;           ///< by adjustments that can be taken back
    std::int64_t here = 0;               ///< open without those
    int adjustments_ever = 0;

    std::int64_t in_flight() const {   ///< and what was given up
        std::int64_t sum = 0;
        for (const auto& one : waiting) sum += one.units;
        return sum;
    }
};

std::string key_of(const ErpOpen& said, int number) {
    return "erp_open/" + said.entity + "/" + std::string{name_of(said.kind)} + "/" + said.document + "/" + std::to_string(number);
}

bool is_reversed(store::Db& db, EntryId entry) {
    auto query = db.query("SELECT 1 FROM journal_entry WHERE reverses = ?");
    query.bind(entry.value);
    return query.step();
}

/// The document's items, and after them its retained share: the ERP's figure is of the whole.
std::vector<ItemRow> parts_of(store::Db& db, const ErpOpen& said) {
    auto parts = detail::rows_of_document(db, said.entity, said.kind, said.document);
    if (said.kind != ItemKind::invoice || parts.empty()) return parts;
    for (auto& row : detail::rows_of_document(db, said.entity, said.kind, retained_number(said.document)))
        if (row.due_date == retained_until()) parts.push_back(std::move(row));
    return parts;
}

/// A change of the item by an act of its own, as something the ERP may not know; what else changes items, its documents say. What
/// is released of a retained share is billed anew, by a document that the ERP may lack.
std::optional<std::int64_t> lost_by(const FollowUp& change, const ItemRow& item) {
    const auto units = item.is_credit() ? -change.amount.units() : change.amount.units();
    if (change.act == "write_off" || change.act == "settlement" || change.act == "waiver" || change.act == "deduction" || change.act == "retainage_release")
        return units;
    if (change.act == "recovery") return -units;
    return std::nullopt;
}

void look_at_applications(store::Db& db, Family& family, const ItemRow& item, Adjustment* adjustment) {
    auto untouched = std::abs(item.residual);
    for (const auto& one : applications(db, {}, item.id)) {
        if (one.undone) continue;
        if (adjustment != nullptr && one.stage == "erp_open") {
            adjustment->ours.push_back(one.id);
            untouched += one.amount.units();
        }
        // What was deducted is still owed, by an item of its own: the ERP may have the payment and go on claiming the rest.
        const auto deducted = one.debit == item.id && one.deduction ? one.deduction->units() : 0;
        if (one.in_flight)
            family.waiting.push_back({one.id, one.debit == item.id ? closed_of_debit(one).units() - deducted : -one.credit_amount.value_or(one.amount).units()});
        if (deducted != 0) family.waiting.push_back({std::nullopt, deducted});
    }
    if (adjustment != nullptr) adjustment->paid = untouched != std::abs(item.original);
    for (const auto& change : changes_of(db, item.id))
        if (const auto lost = lost_by(change, item)) family.waiting.push_back({std::nullopt, *lost});
}

Result<Family> family_of(store::Db& db, const ErpOpen& said) {
    Family family;
    family.parts = parts_of(db, said);
    if (family.parts.empty())
        return fail(Errc::not_found, "there is no " + std::string{name_of(said.kind)} + " " + said.document + " in entity \"" + said.entity + "\"");
    for (const auto& part : family.parts) {
        family.here += part.residual;
        look_at_applications(db, family, part, nullptr);
    }
    for (;; ++family.adjustments_ever) {
        auto key = key_of(said, family.adjustments_ever + 1);
        const auto entry = detail::find_entry_by_event(db, key);
        if (!entry) break;
        if (is_reversed(db, entry->id)) continue;
        OWED_TRY(const auto opened, detail::item_opened_by(db, {.entry = entry->id, .posting_date = entry->posting_date}));
        OWED_TRY(auto item, detail::load_item(db, opened.item));
        Adjustment adjustment{std::move(item), std::move(key), {}, false};
        look_at_applications(db, family, adjustment.item, &adjustment);
        family.here += adjustment.item.residual;
        if (!adjustment.paid) {
            family.adjusted += adjustment.item.original;
            family.here -= adjustment.item.original;
        }
        family.adjustments.push_back(std::move(adjustment));
    }
    return family;
}

constexpr std::size_t tried_max = 12;

std::uint32_t everything(const std::vector<Waiting>& waiting) { return waiting.size() >= 32 ? ~0U : (1U << waiting.size()) - 1; }

std::int64_t sum_of(const std::vector<Waiting>& waiting, std::uint32_t mask) {
    std::int64_t all = 0;
    for (std::size_t i = 0; i < waiting.size(); ++i)
        if (i >= 32 ? mask == ~0U : (mask >> i & 1U) != 0) all += waiting[i].units;
    return all;
}

/// Which waiting applications the ERP does not know yet, when that makes its figure out of `base`.
std::optional<std::uint32_t> unknown_to_erp(const std::vector<Waiting>& waiting, std::int64_t base, std::int64_t theirs) {
    if (base == theirs) return 0U;
    const auto all = everything(waiting);
    if (base + sum_of(waiting, all) == theirs) return all;
    if (waiting.size() > tried_max) return std::nullopt;
    std::optional<std::uint32_t> found;
    for (std::uint32_t mask = 1; mask < all; ++mask) {
        if (base + sum_of(waiting, mask) != theirs) continue;
        if (found) return std::nullopt;
        found = mask;
    }
    return found;
}

/// When no choice alone adds up: the one that leaves the smallest difference. Two that leave the same are not told apart: then the
/// ERP is taken to know nothing of what waits. It does not know `untold`.
std::uint32_t nearest(const std::vector<Waiting>& waiting, std::int64_t base, std::int64_t theirs, std::uint32_t untold) {
    const auto all = everything(waiting);
    if (waiting.size() > tried_max) return all;
    const auto distance = [&](std::uint32_t mask) { return std::abs(theirs - base - sum_of(waiting, mask)); };
    auto best = all;
    bool twice = false;
    for (std::uint32_t mask = 0; mask < all; ++mask) {
        if ((mask & untold) != untold || distance(mask) > distance(best)) continue;
        twice = distance(mask) == distance(best);
        best = mask;
    }
    return twice ? all : best;
}

/// Carries out one figure of the ERP.
class Agreeing {
  public:
    /// `by`: on whose word it posts.
    Agreeing(store::Tx& tx, const Context& context, const ErpOpen& said, Family family, std::string by)
        : tx_{tx}, context_{context}, said_{said}, family_{std::move(family)}, by_{std::move(by)} {}

    Result<ErpAgreement> run() {
        const auto sign = family_.parts.front().is_credit() ? -1 : 1;
        const auto theirs = sign * said_.open.units();
        const auto flying = family_.in_flight();
        ErpAgreement done{.here = money(sign * family_.here), .in_flight = money(sign * flying), .adjustment = money(0)};
        auto unknown = unknown_to_erp(family_.waiting, family_.here, theirs);
        if (unknown) {
            OWED_TRY_VOID(take_back());
        } else if (unknown = unknown_to_erp(family_.waiting, family_.here + family_.adjusted, theirs); unknown) {
            done.adjustment = money(sign * family_.adjusted);
            OWED_TRY_VOID(apply_what_is_left(why()));
        } else {
            const auto kept = nearest(family_.waiting, family_.here, theirs, untold());
            const auto needed = theirs - family_.here - sum_of(family_.waiting, kept);
            done.adjustment = money(sign * needed);
            if (needed != family_.adjusted) {
                OWED_TRY_VOID(take_back());
                if (needed != 0) OWED_TRY_VOID(adjust(needed));
            } else {
                OWED_TRY_VOID(apply_what_is_left(why()));
            }
            OWED_TRY_VOID(confirm(kept));
        }
        if (unknown) OWED_TRY_VOID(confirm(*unknown));
        done.state = !done.adjustment.is_zero() ? ErpAgreement::State::adjusted
                     : unknown && *unknown != 0 ? ErpAgreement::State::waits
                                                : ErpAgreement::State::agrees;
        done.confirmed = std::move(confirmed_);
        done.changed = changed_;
        return done;
    }

    /// An adjustment that lowers the document and had no room, while what has been undone since had closed it.
    Status apply_what_is_left(const std::string& reason) {
        for (const auto& adjustment : family_.adjustments)
            if (!adjustment.paid) OWED_TRY_VOID(apply_to_parts(adjustment.item.id, adjustment.item.residual, adjustment.key, reason));
        return {};
    }

  private:
    Money money(std::int64_t units) const { return Money::minor(units, said_.open.currency()); }
    std::string why() const { return "the ERP has " + detail::shown(said_.open) + " open of " + said_.document; }

    /// Of the first ones; with more than are tried nothing is confirmed by a figure that does not fit.
    std::uint32_t untold() const {
        std::uint32_t mask = 0;
        for (std::size_t i = 0; i < std::min(family_.waiting.size(), tried_max); ++i)
            if (said_.never_told && family_.waiting[i].application && said_.never_told(*family_.waiting[i].application)) mask |= 1U << i;
        return mask;
    }

    Status confirm(std::uint32_t unknown) {
        for (std::size_t i = 0; i < family_.waiting.size(); ++i) {
            if (i < 32 ? (unknown >> i & 1U) != 0 : unknown == ~0U) continue;
            if (!family_.waiting[i].application) continue;
            OWED_TRY_VOID(flag_in_flight(tx_, *family_.waiting[i].application, false));
            confirmed_.push_back(*family_.waiting[i].application);
            changed_ = true;
        }
        return {};
    }

    Status take_back() {
        const std::string why = "the books of the ERP explain themselves now";
        for (const auto& adjustment : family_.adjustments) {
            if (adjustment.paid) continue;
            for (const auto id : adjustment.ours) {
                OWED_TRY([[maybe_unused]] auto undone, unapply(tx_, context_, id, said_.date, said_.cause, why, by_));
            }
            OWED_TRY([[maybe_unused]] auto reversed, reverse(tx_, context_, adjustment.item.entry, said_.date, said_.cause, why, adjustment.key + "/taken_back"));
            changed_ = true;
        }
        return {};
    }

    /// An item for the difference; what lowers the document's open amount is applied to it at once.
    Status adjust(std::int64_t units) {
        family_.parts = parts_of(tx_, said_);            // as they are after `take_back`
        const auto& first = family_.parts.front();
        const auto key = key_of(said_, family_.adjustments_ever + 1);
        auto count = tx_.query("SELECT COUNT(*) FROM open_item WHERE entity = ? AND kind = ? AND document = ? AND kind <> 5");
        count.bind(said_.entity, ItemKind::erp_adjustment, said_.document);
        const int instalment = count.step() ? static_cast<int>(count.integer(0)) + 1 : 1;
        OWED_TRY(const auto* entity, context_.books.entity(said_.entity));
        PostDocument wanted{.entity = said_.entity, .customer = first.customer, .kind = ItemKind::erp_adjustment, .document = said_.document,
                            .document_date = said_.date, .due_date = std::max(said_.date, first.due_date), .posting_date = said_.date, .amount = money(units),
                            .cause = said_.cause, .reason = why(), .event_key = key, .instalment = instalment};
        // At the document's own rate: what the adjustment closes makes no exchange difference.
        if (said_.open.currency() != entity->currency)
            wanted.functional = Money::minor(detail::pro_rata(std::abs(first.functional_original), std::abs(units), std::abs(first.original)), entity->currency);
        OWED_TRY(const auto posted, post_document(tx_, context_, wanted));
        changed_ = true;
        return apply_to_parts(posted.item, units, key, wanted.reason);
    }

    /// As much of `units`, which the adjustment has left, as the document has open on its other side.
    Status apply_to_parts(OpenItemId adjustment, std::int64_t units, const std::string& key, const std::string& reason) {
        auto left = std::abs(units);
        auto ever = applications(tx_, {}, adjustment).size();
        for (auto& part : family_.parts) {
            const auto applied = std::min(left, std::abs(part.residual));
            if (applied == 0 || (part.residual < 0) == (units < 0)) continue;
            const auto [credit, debit] = units < 0 ? std::pair{adjustment, part.id} : std::pair{part.id, adjustment};
            OWED_TRY([[maybe_unused]] auto done, apply(tx_, context_, {.credit = credit, .debit = debit, .amount = money(applied), .date = said_.date, .stage = "erp_open",
                                                                       .reason = reason, .by = by_, .cause = said_.cause,
                                                                       .event_key = key + "/" + std::to_string(part.id.value) + "/" + std::to_string(++ever)}));
            left -= applied;
            part.residual += part.residual < 0 ? applied : -applied;
            changed_ = true;
        }
        return {};
    }

    store::Tx& tx_;
    const Context& context_;
    const ErpOpen& said_;
    Family family_;
    const std::string by_;
    std::vector<ApplicationId> confirmed_;
    bool changed_ = false;
};

}  // namespace

Money closed_of_debit(const Application& application) {
    auto units = application.amount.units();
    for (const auto* part : {&application.discount, &application.tolerance, &application.bank_charge, &application.withholding,
                             &application.write_off, &application.deduction})
        if (*part && (*part)->is_positive()) units += (*part)->units();
    return Money::minor(units, application.amount.currency());
}

Result<ErpAgreement> agree_with_erp(store::Tx& tx, const Context& context, const ErpOpen& said) {
    OWED_TRY(const auto* entity, context.books.entity(said.entity));
    if (entity->authority != Authority::erp)
        return fail(Errc::invalid_argument, "entity \"" + said.entity + "\" is its own book of record; what an ERP has open changes nothing there");
    if (said.open.is_negative()) return fail(Errc::invalid_argument, "the open amount of " + said.document + " is negative: " + detail::shown(said.open));
    OWED_TRY(auto family, family_of(tx, said));
    if (family.parts.front().currency != said.open.currency())
        return fail(Errc::currency_mismatch, said.document + " is in " + std::string{family.parts.front().currency.text()} + ", the ERP has " +
                                                 detail::shown(said.open) + " open of it");
    return Agreeing{tx, context, said, std::move(family), "intake"}.run();
}

Status reapply_adjustments(store::Tx& tx, const Context& context, OpenItemId item, Date date, const Cause& cause, const std::string& reason,
                           const std::string& by) {
    OWED_TRY(const auto row, detail::load_item(tx, item));
    OWED_TRY(const auto* entity, context.books.entity(row.entity));
    const bool is_document = row.kind == ItemKind::invoice || row.kind == ItemKind::debit_memo || row.kind == ItemKind::credit_memo;
    if (entity->authority != Authority::erp || !is_document) return {};
    ErpOpen of{.entity = row.entity, .kind = row.kind, .document = row.document, .open = Money::zero(row.currency), .date = date, .cause = cause};
    const auto suffix = retained_number({});
    if (row.due_date == retained_until() && of.document.ends_with(suffix)) of.document.resize(of.document.size() - suffix.size());
    OWED_TRY(auto family, family_of(tx, of));
    return Agreeing{tx, context, of, std::move(family), by}.apply_what_is_left(reason);
}

}  // namespace owed::ledger
