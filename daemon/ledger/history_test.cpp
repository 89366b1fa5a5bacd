// Random histories of every event in random order: whatever happens, the books stay right today and on every past day
// (SIMULATION 6.5, I1 to I8, I11, I12).
#include <cstdlib>

#include "ledger/charges.hpp"
#include "ledger/credits.hpp"
#include "ledger/deductions.hpp"
#include "ledger/history_model.hpp"
#include "ledger/intercompany.hpp"
#include "ledger/retainage.hpp"
#include "ledger/revaluation.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {
namespace {

constexpr int steps_per_history = 150;
const Date first_day = day("2026-01-01");

class History {
  public:
    explicit History(std::uint64_t seed) : random_{seed} {
        // Rates move, and are missing on most days.
        for (int i = -1; i < 150; i += 15)
            for (const auto* pair : {"EURUSD", "EURJPY", "EURKWD", "EURGBP"})
                company_.rate(std::string_view{pair}.substr(0, 3), std::string_view{pair}.substr(3), to_text(first_day.plus_days(i)),
                              "1." + std::to_string(10 + below(90)));
    }

    void run() {
        for (int step = 0; step < steps_per_history && !::testing::Test::HasFailure(); ++step) {
            company_.test.clock.pass_seconds(3600);
            company_.context.roles = one_in(4) ? std::vector<std::string>{"clerk", "approver"} : std::vector<std::string>{};
            again_ = nullptr;
            SCOPED_TRACE("step " + std::to_string(step));
            take_a_step();
            model_.absorb();
            if (again_ && one_in(3)) {
                EXPECT_TRUE(again_()) << "the same event again is not repeated";
                model_.absorb();
            }
            if (!::testing::Test::HasFailure()) model_.check(random_, first_day);
        }
    }

    /// How many entries of each kind it has posted.
    void count(std::map<std::string, std::int64_t>& acts) {
        company_.test.read([&](store::Db& db) {
            auto query = db.query("SELECT act, COUNT(*) FROM journal_entry GROUP BY act");
            while (query.step()) acts[query.text(0)] += query.integer(1);
        });
    }

  private:
    std::int64_t below(std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>{0, limit - 1}(random_); }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    Date some_day() { return first_day.plus_days(static_cast<std::int32_t>(below(150))); }
    std::string some_date() { return to_text(some_day()); }
    std::string text(std::int64_t units, Currency c) { return to_text(Money::minor(units, c)) + " " + std::string{c.text()}; }
    std::string number(const char* prefix) { return prefix + std::to_string(++numbers_); }
    /// All of it, or a part.
    std::int64_t some_of(std::int64_t units) { return one_in(2) ? units : 1 + below(units); }

    void take_a_step() {
        using Step = void (History::*)();
        static const std::pair<int, Step> steps[]{
            {20, &History::post_a_document}, {18, &History::post_a_receipt},  {6, &History::identify},        {24, &History::apply},
            {4, &History::apply_another_currency}, {8, &History::unapply},    {4, &History::give_back},       {3, &History::not_receivable},
            {3, &History::collect_by_agency}, {2, &History::post_by_hand},    {5, &History::write_it_off},    {3, &History::recover_it},
            {3, &History::settle_it},        {8, &History::resolve_deduction}, {3, &History::split_it},       {4, &History::pay_out},
            {4, &History::hold_as_deposit},  {3, &History::release_a_deposit}, {3, &History::waive_it},       {4, &History::retain},
            {3, &History::forward},          {4, &History::reverse_something}, {2, &History::close_the_month}, {3, &History::change_a_period},
            {3, &History::there_and_back},   {2, &History::without_items}};
        int all = 0;
        for (const auto& [weight, step] : steps) all += weight;
        auto roll = below(all);
        for (const auto& [weight, step] : steps) {
            if (roll < weight) return (this->*step)();
            roll -= weight;
        }
    }

    struct Place {
        std::string entity;
        Currency money_currency;
    };
    /// Entities with 2, 0 and 3 decimals, and foreign items in two of them.
    Place some_place() {
        static const std::vector<Place> places{{"emea", currency("EUR")}, {"kuwait", currency("KWD")}, {"tokyo", currency("JPY")},
                                               {"sap", currency("EUR")},  {"kuwait", currency("JPY")}, {"boston", currency("EUR")},
                                               {"boston", currency("GBP")}};
        return places[static_cast<std::size_t>(below(static_cast<std::int64_t>(places.size())))];
    }
    /// Given by the caller, tiny at times, or left to the rates.
    std::optional<Money> functional(const Place& place, std::int64_t units) {
        const auto home = company_.books.find(place.entity)->currency;
        if (home == place.money_currency || one_in(3)) return {};
        return Money::minor(units * (900 + below(200)) / 1000 / (one_in(9) ? 1000 : 1), home);
    }
    std::optional<OpenItemId> pick(const std::function<bool(const ModelItem&)>& fits) {
        std::vector<std::int64_t> found;
        for (const auto& [id, item] : model_.items)
            if (fits(item)) found.push_back(id);
        if (found.empty()) return {};
        return OpenItemId{found[static_cast<std::size_t>(below(static_cast<std::int64_t>(found.size())))]};
    }
    std::optional<OpenItemId> open_debit() {
        return pick([](const ModelItem& item) { return !item.is_credit() && item.residual() != 0; });
    }
    std::optional<OpenItemId> open_credit() {
        return pick([](const ModelItem& item) { return item.is_credit() && item.identified && item.residual() != 0; });
    }
    ModelItem& of(OpenItemId id) { return model_.items.at(id.value); }
    Money part_of(OpenItemId id, std::int64_t units) { return Money::minor(units, of(id).money_currency); }

    /// Does it and keeps the call, to see that it is repeated.
    template <class T, class A>
    Result<T> act(Result<T> (*rule)(store::Tx&, const Context&, const A&), const A& asked) {
        auto result = company_.act(rule, asked);
        if (result)
            again_ = [this, rule, asked] {
                const auto again = company_.act(rule, asked);
                EXPECT_TRUE(again.has_value()) << again.error().what;
                return again && is_repeated(*again);
            };
        return result;
    }
    static bool is_repeated(const Posted& posted) { return posted.repeated; }
    static bool is_repeated(const PostedItem& posted) { return posted.posted.repeated; }
    static bool is_repeated(const Applied& applied) { return applied.posted.repeated; }
    static bool is_repeated(const Forwarded& forwarded) { return forwarded.here.repeated && forwarded.there.posted.repeated; }
    static bool is_repeated(const PostedRetainage& posted) { return posted.billed.posted.repeated && posted.retained.posted.repeated; }

    void remember(const PostedItem& posted, const Place& place, ItemKind kind, const char* account, std::int64_t original, std::int64_t open) {
        model_.open(posted.item, place.entity, place.money_currency, kind, account, original);
        model_.record(posted.posted.entry, {{posted.item, open}});
    }
    /// `units` of one item have moved onto a new one.
    void moved(const PostedItem& posted, OpenItemId from, ItemKind kind, const char* account, std::int64_t units) {
        const std::int64_t sign = of(from).is_credit() ? -1 : 1;
        model_.open(posted.item, of(from).entity, of(from).money_currency, kind, account, sign * units);
        model_.record(posted.posted.entry, {{posted.item, sign * units}, {from, -sign * units}});
    }

    // ------------------------------------------------------------ documents and receipts

    void post_a_document() {
        const auto place = some_place();
        const auto units = 1 + below(100'000);
        auto document = company_.invoice(number("D-"), text(units, place.money_currency), some_date(), place.entity);
        const auto kinds = {ItemKind::invoice, ItemKind::invoice, ItemKind::credit_memo, ItemKind::debit_memo, ItemKind::finance_charge};
        document.kind = *(kinds.begin() + below(5));
        if (one_in(2)) document.tax = Money::minor(below(units + 1), place.money_currency);
        document.opening = one_in(5);
        document.deposit = document.kind == ItemKind::invoice && one_in(3);
        document.interest = document.kind == ItemKind::finance_charge && one_in(2);
        document.functional = functional(place, units);
        if (document.opening && one_in(2)) document.open = Money::minor(1 + below(units), place.money_currency);
        if (one_in(4))
            document.terms = ItemTerms{.terms = "3/14", .discounts = {{document.due_date, *parse_decimal("3"), Money::minor(1, place.money_currency)}}};
        const auto posted = ok(act(post_document, document));
        const std::int64_t sign = document.kind == ItemKind::credit_memo ? -1 : 1;
        remember(posted, place, document.kind, "1200", sign * units, sign * (document.open ? document.open->units() : units));
        if (document.deposit && !document.opening && company_.books.find(place.entity)->authority == Authority::hub)
            deposit_invoices_.push_back(posted.item);
    }

    void post_a_receipt() {
        const auto place = some_place();
        const auto units = 1 + below(150'000);
        auto receipt = company_.receipt(text(units, place.money_currency), some_date(),
                                        one_in(3) ? std::nullopt : std::optional{CustomerId{1 + below(3)}}, place.entity);
        receipt.functional = functional(place, units);
        const auto posted = ok(act(post_receipt, receipt));
        remember(posted, place, ItemKind::receipt, "1210", -units, -units);
        of(posted.item).identified = receipt.customer.has_value();
    }

    void identify() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt() && !item.identified && item.residual() != 0; });
        if (!receipt) return;
        model_.record(ok(company_.identify(*receipt, CustomerId{1 + below(3)}, some_date())).entry, {});
        of(*receipt).identified = true;
    }

    void not_receivable() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt() && item.residual() != 0; });
        if (!receipt) return;
        const auto residual = of(*receipt).residual();
        model_.record(ok(company_.not_receivable(*receipt, some_date())).entry, {{*receipt, -residual}});
    }

    // ------------------------------------------------------------ applications

    /// A random application that fits; what it will do to the debit stands in `closed_`.
    std::optional<Apply> some_application() {
        const auto credit = open_credit();
        if (!credit) return {};
        const auto from = of(*credit);
        const auto debit = pick([&](const ModelItem& item) {
            return !item.is_credit() && item.residual() != 0 && item.entity == from.entity && item.money_currency == from.money_currency;
        });
        if (!debit) return {};
        auto left = of(*debit).residual();
        auto amount = some_of(std::min(left, -from.residual()));
        auto asked = company_.application(*credit, *debit, text(amount, from.money_currency), some_date());
        closed_ = amount;
        left -= amount;
        const auto part = [&]() -> std::optional<Money> {
            if (left == 0 || !one_in(4)) return {};
            const auto units = some_of(left);
            left -= units;
            closed_ += units;
            return Money::minor(units, from.money_currency);
        };
        asked.discount = part();
        asked.bank_charge = part();
        asked.withholding = part();
        asked.write_off = part();
        if (of(*debit).kind != ItemKind::deduction)
            if (const auto units = part()) asked.deduction = DeductionPart{*units, "damage"};
        asked.tolerance = part();
        taken_ = amount;
        if (!asked.tolerance && -from.residual() > amount && one_in(4)) {
            const auto gain = some_of(-from.residual() - amount);
            asked.tolerance = Money::minor(-gain, from.money_currency);
            taken_ += gain;
        }
        return asked;
    }
    void remember(const Applied& applied, const Apply& asked) {
        std::vector<std::pair<OpenItemId, std::int64_t>> changes{{asked.credit, taken_}, {asked.debit, -closed_}};
        if (applied.deduction) {
            const auto units = asked.deduction->amount.units();
            model_.open(*applied.deduction, of(asked.debit).entity, of(asked.debit).money_currency, ItemKind::deduction, "1240", units);
            changes.emplace_back(*applied.deduction, units);
        }
        model_.record(applied.posted.entry, changes);
        model_.applications[applied.application.value] = applied.posted.entry;
    }

    void apply() {
        const auto asked = some_application();
        if (!asked) return;
        const auto applied = ok(act(ledger::apply, *asked));
        EXPECT_GE(applied.posted.posting_date, asked->date);
        remember(applied, *asked);
    }

    void apply_another_currency() {
        const auto credit = open_credit();
        if (!credit) return;
        const auto from = of(*credit);
        const auto debit = pick([&](const ModelItem& item) {
            return !item.is_credit() && item.residual() != 0 && item.entity == from.entity && !(item.money_currency == from.money_currency);
        });
        if (!debit) return;
        closed_ = some_of(of(*debit).residual());
        taken_ = some_of(-from.residual());
        auto asked = company_.application(*credit, *debit, text(closed_, of(*debit).money_currency), some_date());
        asked.credit_amount = part_of(*credit, taken_);
        const auto applied = ok(act(ledger::apply, asked));
        remember(applied, asked);
    }

    std::optional<ApplicationId> some_standing_application() {
        std::vector<std::int64_t> standing;
        for (const auto& [id, entry] : model_.applications)
            if (model_.stands(entry)) standing.push_back(id);
        if (standing.empty()) return {};
        return ApplicationId{standing[static_cast<std::size_t>(below(static_cast<std::int64_t>(standing.size())))]};
    }

    /// Refused only when money of what followed has left.
    void unapply() {
        const auto id = some_standing_application();
        if (!id) return;
        const auto posted = company_.unapply(*id, some_date());
        if (posted) return;
        EXPECT_EQ(posted.error().code, Errc::item_not_open) << posted.error().what;
    }

    void there_and_back() {
        const auto asked = some_application();
        if (!asked) return;
        const auto before = company_.balance({}, day("2999-12-31"));
        const auto applied = ok(company_.apply(*asked));
        remember(applied, *asked);
        ok(company_.unapply(applied.application, some_date()));
        EXPECT_EQ(functionals(company_.balance({}, day("2999-12-31"))), functionals(before));
    }
    static std::map<std::string, std::pair<std::int64_t, std::int64_t>> functionals(const std::vector<BalanceRow>& rows) {
        std::map<std::string, std::pair<std::int64_t, std::int64_t>> found;
        for (const auto& row : rows)
            if (row.debit != row.credit || row.functional != 0)
                found[row.entity + " " + row.account + " " + row.currency] = {row.debit - row.credit, row.functional};
        return found;
    }

    void give_back() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt(); });
        if (!receipt) return;
        const auto posted = company_.return_payment(*receipt, some_date());
        if (!posted) {   // returned before, or money has left by another entity's books or as a deposit that was billed; or forwarded by one
            const auto code = of(*receipt).forwarded ? Errc::invalid_argument : Errc::item_not_open;
            EXPECT_EQ(posted.error().code, code) << posted.error().what;
            return;
        }
        EXPECT_TRUE(returned_.insert(*receipt).second) << "receipt " << receipt->value << " went back twice";
        auto here = -of(*receipt).original - left_of(*receipt);
        std::int64_t gone = left_of(*receipt);
        std::vector<std::pair<OpenItemId, std::int64_t>> changes;
        for (const auto& [deposit, held] : deposits_) {
            const auto left = left_of(deposit);
            if (held.first != *receipt || !model_.stands(held.second) || left == 0) continue;
            here += of(deposit).original;
            gone += left;
            changes.emplace_back(deposit, -of(deposit).original - left);
        }
        changes.emplace_back(*receipt, here);
        if (gone != 0) {
            const OpenItemId owed{static_cast<std::int64_t>(model_.items.size()) + 1};
            model_.open(owed, of(*receipt).entity, of(*receipt).money_currency, ItemKind::chargeback, "1200", gone);
            changes.emplace_back(owed, gone);
        }
        model_.record(posted->entry, changes);
    }
    /// What was refunded or escheated of a credit, and stands.
    std::int64_t left_of(OpenItemId credit) const {
        std::int64_t sum = 0;
        for (const auto& [entry, what] : left_)
            if (what.first == credit && model_.stands(entry)) sum += what.second;
        return sum;
    }

    // ------------------------------------------------------------ giving up and getting back

    void write_it_off() {
        const auto item = open_debit();
        if (!item) return;
        const auto units = some_of(of(*item).residual());
        const auto posted = ok(act(write_off, WriteOff{.item = *item, .amount = part_of(*item, units),
                                                       .method = one_in(2) ? WriteOffMethod::direct : WriteOffMethod::allowance,
                                                       .instruction = company_.asked(some_date())}));
        model_.record(posted.entry, {{*item, -units}});
    }

    void recover_it() {
        const auto item = pick([](const ModelItem& i) { return !i.is_credit() && i.residual() != i.original; });
        if (!item) return;
        const auto lost = company_.in_db<Money>([&](store::Db& db) { return written_off_of(db, company_.item(*item)); });
        if (lost.is_zero()) return;
        const auto units = some_of(lost.units());
        const auto posted = ok(act(recover, Recover{.item = *item, .amount = part_of(*item, units), .instruction = company_.asked(some_date())}));
        model_.record(posted.entry, {{*item, units}});
    }

    void settle_it() {
        const auto item = open_debit();
        if (!item) return;
        const auto rest = of(*item).residual();
        const auto posted = act(settle, Settle{.item = *item, .agreed = part_of(*item, 1 + below(1'000)), .agreed_on = some_day(),
                                               .instruction = company_.asked(some_date())});
        if (posted) return model_.record(posted->entry, {{*item, -rest}});
        EXPECT_EQ(posted.error().code, Errc::refused) << posted.error().what;
    }

    void waive_it() {
        const auto item = pick([](const ModelItem& i) { return i.kind == ItemKind::finance_charge && i.residual() != 0; });
        if (!item) return;
        const auto units = some_of(of(*item).residual());
        const auto posted = ok(act(waive, Waive{.charge = *item, .amount = part_of(*item, units), .instruction = company_.asked(some_date())}));
        model_.record(posted.entry, {{*item, -units}});
    }

    void resolve_deduction() {
        const auto item = pick([](const ModelItem& i) { return i.kind == ItemKind::deduction && i.residual() != 0; });
        if (!item) return;
        const auto units = some_of(of(*item).residual());
        const auto amount = part_of(*item, units);
        const auto instruction = company_.asked(some_date());
        const auto roll = below(3);
        if (roll == 0) {
            const auto posted = ok(act(accept_deduction, AcceptDeduction{.deduction = *item, .amount = amount, .instruction = instruction}));
            return model_.record(posted.entry, {{*item, -units}});
        }
        if (roll == 1) {
            const auto source = company_.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, *item); })->source;
            const auto posted = ok(act(reject_deduction, RejectDeduction{.deduction = *item, .amount = amount, .instruction = instruction}));
            return model_.record(posted.entry, {{*item, -units}, {*source, units}});
        }
        const auto posted = ok(act(charge_back, ChargeBack{.deduction = *item, .amount = amount, .document = number("CB-"), .due_date = some_day(),
                                                           .instruction = instruction}));
        moved(posted, *item, ItemKind::chargeback, "1200", units);
    }

    void split_it() {
        const auto item = pick([](const ModelItem& i) { return !i.is_credit() && i.kind != ItemKind::deduction && i.residual() != 0; });
        if (!item) return;
        const auto units = some_of(of(*item).residual());
        const auto posted = ok(act(split_deduction, SplitDeduction{.debit = *item, .amount = part_of(*item, units), .reason_code = "freight",
                                                                   .instruction = company_.asked(some_date())}));
        moved(posted, *item, ItemKind::deduction, "1240", units);
    }

    // ------------------------------------------------------------ credits, retainage, other entities

    void pay_out() {
        const auto item = open_credit();
        if (!item) return;
        const auto units = some_of(-of(*item).residual());
        const auto instruction = company_.asked(some_date());
        const auto posted = one_in(3) ? ok(act(escheat, Escheat{.credit = *item, .amount = part_of(*item, units), .instruction = instruction}))
                                      : ok(act(refund, Refund{.credit = *item, .amount = part_of(*item, units), .instruction = instruction}));
        model_.record(posted.entry, {{*item, units}});
        left_[posted.entry] = {*item, units};
    }

    void hold_as_deposit() {
        const auto item = pick([](const ModelItem& i) { return i.is_receipt() && i.identified && i.residual() != 0; });
        if (!item) return;
        const auto units = some_of(-of(*item).residual());
        const auto posted = ok(act(hold_deposit, HoldDeposit{.receipt = *item, .amount = part_of(*item, units), .document = number("DEP-"),
                                                             .instruction = company_.asked(some_date())}));
        moved(posted, *item, ItemKind::deposit, "2300", units);
        deposits_[posted.item] = {*item, posted.posted.entry};
    }

    void release_a_deposit() {
        std::vector<OpenItemId> paid;
        for (const auto id : deposit_invoices_)
            if (of(id).residual() != of(id).original) paid.push_back(id);
        if (paid.empty()) return;
        const auto invoice = paid[static_cast<std::size_t>(below(static_cast<std::int64_t>(paid.size())))];
        const auto posted = act(release_deposit, ReleaseDeposit{.deposit_invoice = invoice, .document = number("DC-"),
                                                                .instruction = company_.asked(some_date())});
        if (!posted) {
            EXPECT_EQ(posted.error().code, Errc::application_exceeds_residual) << posted.error().what;   // not paid, or released before
            return;
        }
        const auto original = company_.item(posted->item).original.units();
        EXPECT_GE(original, -of(invoice).original);
        remember(*posted, {of(invoice).entity, of(invoice).money_currency}, ItemKind::deposit, "2300", original, original);
    }

    void retain() {
        const auto item = pick([](const ModelItem& i) { return i.account == "1250" && i.residual() != 0; });
        if (item && one_in(2)) {
            const auto units = some_of(of(*item).residual());
            const auto posted = ok(act(release_retainage, ReleaseRetainage{.retained = *item, .amount = part_of(*item, units), .document = number("REL-"),
                                                                           .due_date = some_day(), .instruction = company_.asked(some_date())}));
            return moved(posted, *item, ItemKind::invoice, "1200", units);
        }
        const auto place = some_place();
        const auto units = 2 + below(100'000);
        const auto share = 1 + below(units - 1);
        RetainageInvoice asked{.document = company_.invoice(number("P-"), text(units, place.money_currency), some_date(), place.entity),
                               .retained = Money::minor(share, place.money_currency)};
        if (one_in(2)) asked.document.tax = Money::minor(below(units + 1), place.money_currency);
        asked.document.functional = functional(place, units);
        const auto posted = ok(act(post_retainage_invoice, asked));
        remember(posted.billed, place, ItemKind::invoice, "1200", units - share, units - share);
        remember(posted.retained, place, ItemKind::invoice, "1250", share, share);
    }

    void forward() {
        const auto item = pick([](const ModelItem& i) { return i.is_receipt() && i.residual() != 0; });
        if (!item) return;
        const auto units = of(*item).identified ? some_of(-of(*item).residual()) : -of(*item).residual();
        const std::string other = of(*item).entity == "emea" ? "boston" : "emea";
        const auto posted = act(forward_receipt, ForwardReceipt{.receipt = *item, .amount = part_of(*item, units), .entity = other, .customer = CustomerId{1},
                                                                .document = number("IC-"), .instruction = company_.asked(some_date())});
        if (!posted) {
            EXPECT_EQ(posted.error().code, Errc::not_found) << posted.error().what;   // a value date before the first rate
            return;
        }
        model_.record(posted->here.entry, {{*item, units}});
        remember(posted->there, {other, of(*item).money_currency}, ItemKind::receipt, "1210", -units, -units);
        of(posted->there.item).forwarded = true;
        forwarded_.push_back(posted->here.entry);
        if (one_in(3)) take_back();
    }
    void take_back() {
        const auto entry = forwarded_[static_cast<std::size_t>(below(static_cast<std::int64_t>(forwarded_.size())))];
        model_.absorb();
        const auto posted = company_.in_tx<Posted>([&](store::Tx& tx) {
            return take_back_forwarded(tx, company_.context, entry, some_day(), {"test", "back"}, "ours after all");
        });
        if (posted) return;
        EXPECT_TRUE(posted.error().code == Errc::already_exists || posted.error().code == Errc::item_not_open) << posted.error().what;
    }

    void collect_by_agency() {
        const auto debit = open_debit();
        if (!debit) return;
        const auto target = of(*debit);
        const auto gross = 1 + below(target.residual());
        const auto fee = below(gross + 1);
        const auto document = number("REM/");
        AgencyCollected collected{.debit = *debit, .gross = part_of(*debit, gross), .fee_and_tax = part_of(*debit, fee), .date = some_day(),
                                  .document = document, .cause = {"test", document}, .reason = "collected", .event_key = company_.next_event()};
        collected.gross_remittance = one_in(2);
        if (one_in(2)) collected.tax = part_of(*debit, below(fee + 1));
        const auto applied = ok(act(post_agency_collected, collected));
        const OpenItemId receipt{static_cast<std::int64_t>(model_.items.size()) + 1};
        auto opened = applied.posted;
        opened.entry = EntryId{applied.posted.entry.value - 1};
        remember(PostedItem{receipt, opened}, {target.entity, target.money_currency}, ItemKind::receipt, "1210", -gross, -gross);
        model_.record(applied.posted.entry, {{receipt, gross}, {*debit, -gross}});
        model_.applications[applied.application.value] = applied.posted.entry;
    }

    // ------------------------------------------------------------ the rest

    /// Another room's posting through `post`: refused when the day would not allow it, never wrong.
    void post_by_hand() {
        const auto debit = open_debit();
        if (!debit || company_.books.find(of(*debit).entity)->currency != of(*debit).money_currency) return;
        const auto amount = part_of(*debit, 1 + below(of(*debit).residual()));
        const auto date = some_day();
        const auto posted = company_.post(Entry{of(*debit).entity, date, date, {"test", "by hand"}, "too small to chase", company_.next_event(),
                                                {{"6810", amount, amount, {}}, {of(*debit).account, amount.negated(), amount.negated(), *debit}}, {}});
        if (posted) return model_.record(posted->entry, {{*debit, -amount.units()}});
        EXPECT_EQ(posted.error().code, Errc::application_exceeds_residual);
    }

    /// A person reverses any entry: done, or refused for one of the documented reasons.
    void reverse_something() {
        const auto standing = model_.standing_entries();
        if (standing.empty()) return;
        const EntryId entry{standing[static_cast<std::size_t>(below(static_cast<std::int64_t>(standing.size())))]};
        const auto posted = company_.reverse(entry, some_date());
        if (posted) return;
        const auto code = posted.error().code;
        EXPECT_TRUE(code == Errc::invalid_argument || code == Errc::application_exceeds_residual) << posted.error().what;
    }

    /// Revaluation and reclass of a month's end; both again post nothing.
    void close_the_month() {
        const auto place = some_place();
        const auto closing = some_day().end_of_month();
        const auto closed = is_closed(place.entity, closing);
        const Revalue asked{.entity = place.entity, .closing = closing, .cause = {"test", "close"}, .reason = "month end"};
        const auto run = company_.act(revalue, asked);
        if (closed) {
            EXPECT_EQ(refusal(run), "period_closed");
            return;
        }
        for (const auto entry : ok(run).entries) model_.record(entry, {});
        EXPECT_TRUE(ok(company_.act(revalue, asked)).entries.empty());
        const ReclassCredits reclass{.entity = place.entity, .closing = closing, .cause = {"test", "close"}, .reason = "month end"};
        for (const auto& posted : ok(company_.act(reclass_credits, reclass))) model_.record(posted.entry, {});
        EXPECT_TRUE(ok(company_.act(reclass_credits, reclass)).empty());
    }

    bool is_closed(const std::string& entity, Date date) {
        const std::pair<std::string, int> month{entity, date.year() * 12 + date.month()};
        const auto state = model_.state_of(month);
        return model_.locked_from(month) || (state == PeriodState::soft_closed && company_.context.roles.empty());
    }

    void without_items() {
        const auto place = some_place();
        const auto home = company_.books.find(place.entity)->currency;
        const auto amount = Money::minor(1 + below(1'000), home);
        const auto instruction = company_.asked(some_date());
        const auto roll = below(4);
        if (roll == 3) {
            const auto outgoing = ok(act(post_outgoing, OutgoingPayment{.entity = place.entity, .amount = amount, .bank_gl = "1000", .instruction = instruction}));
            model_.record(outgoing.entry, {});
            if (one_in(2)) model_.record(ok(act(charge_outgoing, OutgoingCharge{outgoing.entry, company_.asked(some_date())})).entry, {});
            return;
        }
        const auto posted = roll == 0   ? act(post_provision, ProvisionMovement{place.entity, amount, instruction})
                            : roll == 1 ? act(post_bank_charge, BankCharge{.entity = place.entity, .amount = amount, .bank_gl = "1000", .instruction = instruction})
                                        : act(post_agency_fee, AgencyFee{.entity = place.entity, .fee_and_tax = amount, .instruction = instruction});
        if (roll == 0 && is_closed(place.entity, instruction.date)) {
            EXPECT_EQ(refusal(posted), "period_closed");
            return;
        }
        model_.record(ok(posted).entry, {});
    }

    /// Half of the time the last locked month is opened again: what is locked pushes all that comes late to its end.
    void change_a_period() {
        const auto place = some_place();
        const auto last = company_.in_db<std::optional<Date>>([&](store::Db& db) { return locked_through(db, place.entity); });
        const bool reopens = last && one_in(2);
        const auto date = reopens ? *last : some_day();
        const auto state = reopens || one_in(3) ? PeriodState::open : one_in(2) ? PeriodState::locked : PeriodState::soft_closed;
        const std::pair<std::string, int> month{place.entity, date.year() * 12 + date.month()};
        const auto changed = company_.test.store().write([&](store::Tx& tx) {
            return change_period(tx, company_.context, {.entity = place.entity, .month = date, .state = state, .by = "anna", .approved_by = "bert", .reason = "test"});
        });
        if (state < model_.state_of(month) && model_.locked_from({month.first, month.second + 1})) {
            ASSERT_FALSE(changed);
            EXPECT_EQ(changed.error().code, Errc::period_closed);
            return;
        }
        ASSERT_TRUE(changed) << changed.error().what;
        model_.periods[month] = state;
    }

    std::mt19937_64 random_;
    Company company_;
    Model model_{company_};
    std::vector<OpenItemId> deposit_invoices_;
    std::vector<EntryId> forwarded_;
    std::map<EntryId, std::pair<OpenItemId, std::int64_t>> left_;      // refunds and escheats
    std::map<OpenItemId, std::pair<OpenItemId, EntryId>> deposits_;    // held of a receipt, by which entry
    std::set<OpenItemId> returned_;
    std::function<bool()> again_;
    std::int64_t closed_ = 0, taken_ = 0;
    int numbers_ = 0;
};

/// OWED_SEED=n replays one history; OWED_SEEDS=n runs that many from the first.
TEST(Histories, random_ones_keep_the_books_right) {
    std::uint64_t first = 1, count = 4;
    if (const char* one = std::getenv("OWED_SEED")) first = std::strtoull(one, nullptr, 10), count = 1;
    else if (const char* many = std::getenv("OWED_SEEDS")) count = std::strtoull(many, nullptr, 10);
    std::map<std::string, std::int64_t> acts;
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("OWED_SEED=" + std::to_string(seed));
        History history{seed};
        history.run();
        history.count(acts);
        if (HasFailure()) break;
    }
    if (count >= 30 && !HasFailure()) {
        EXPECT_EQ(acts.size(), 32U) << "an event of the ledger is never tried";
    }
    for (const auto& [act, entries] : acts) std::printf("%s %lld, ", act.c_str(), static_cast<long long>(entries));
    std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(first), static_cast<unsigned long long>(first + count - 1));
}

}  // namespace
}  // namespace owed::ledger
