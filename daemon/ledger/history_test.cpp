// Random histories: whatever happens in whatever order, the books stay right today and on every past day (SIMULATION 6.5,
// I1 to I8, I11, I12). A small model that knows nothing of postings keeps the residuals beside the ledger.
#include <cstdlib>
#include <map>
#include <random>

#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

constexpr int steps_per_history = 110;
const Date first_day = day("2026-01-01");

struct Effect {
    Date date;
    Instant recorded_at;
    std::int64_t delta;
};
struct ModelItem {
    std::string entity;
    Currency money_currency = currency("EUR");
    bool is_receipt = false, is_credit = false, identified = true;
    std::int64_t original = 0;
    Date opened;
    Instant recorded_at;
    std::vector<Effect> effects;
    bool returned = false;

    std::int64_t residual(std::optional<Date> as_of = {}, std::optional<Instant> known_at = {}) const {
        std::int64_t sum = 0;
        for (const auto& effect : effects)
            if ((!as_of || effect.date <= *as_of) && (!known_at || effect.recorded_at <= *known_at)) sum += effect.delta;
        return sum;
    }
};
struct ModelApplication {
    OpenItemId credit, debit;
    std::int64_t amount, discount;
    Date date;
    bool undone = false;
};

class History {
  public:
    explicit History(std::uint64_t seed) : random_{seed} {}

    void run() {
        for (int step = 0; step < steps_per_history && !::testing::Test::HasFailure(); ++step) {
            company_.test.clock.pass_seconds(3600);
            SCOPED_TRACE("step " + std::to_string(step));
            take_a_step();
            check();
        }
    }

  private:
    std::int64_t below(std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>{0, limit - 1}(random_); }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    Date some_day() { return first_day.plus_days(static_cast<std::int32_t>(below(150))); }
    std::string text(Date date) { return to_text(date); }
    std::string text(std::int64_t units, Currency c) { return to_text(Money::minor(units, c)) + " " + std::string{c.text()}; }

    /// A day of a closed month moves to the first day of the next open one: the rule again, by another hand.
    void expect_open(const Posted& posted, const std::string& entity) {
        const auto month = posted.posting_date.year() * 12 + posted.posting_date.month();
        EXPECT_FALSE((closed_[{entity, month}])) << to_text(posted.posting_date) << " lies in a closed period";
    }

    void take_a_step() {
        const auto roll = below(100);
        if (roll < 22) return post_a_document();
        if (roll < 40) return post_a_receipt();
        if (roll < 48) return identify();
        if (roll < 74) return apply();
        if (roll < 82) return unapply();
        if (roll < 86) return give_back();
        if (roll < 89) return not_receivable();
        if (roll < 92) return collect_by_agency();
        if (roll < 95) return write_off();
        close_a_period();
    }

    struct Place {
        std::string entity;
        Currency money_currency;
    };
    /// Entities with 2, 0 and 3 decimals, and foreign items in two of them.
    Place some_place() {
        static const std::vector<Place> places{{"emea", currency("EUR")}, {"kuwait", currency("KWD")}, {"tokyo", currency("JPY")},
                                               {"sap", currency("EUR")},  {"kuwait", currency("JPY")}, {"boston", currency("EUR")}};
        return places[static_cast<std::size_t>(below(static_cast<std::int64_t>(places.size())))];
    }
    std::optional<Money> functional(const Place& place, std::int64_t units) {
        const auto home = company_.books.find(place.entity)->currency;
        if (home == place.money_currency) return {};
        return Money::minor(units * (900 + below(200)) / 1000 / (one_in(9) ? 1000 : 1), home);
    }

    void remember(OpenItemId id, const Place& place, std::int64_t original, std::int64_t open, Date opened) {
        ModelItem item;
        item.entity = place.entity;
        item.money_currency = place.money_currency;
        item.original = original;
        item.is_credit = original < 0;
        item.opened = opened;
        item.recorded_at = company_.test.clock.now();
        item.effects.push_back({opened, item.recorded_at, open});
        items_[id.value] = item;
    }
    void effect(OpenItemId id, Date date, std::int64_t delta) {
        items_.at(id.value).effects.push_back({date, company_.test.clock.now(), delta});
    }

    void post_a_document() {
        const auto place = some_place();
        const auto units = 1 + below(100'000);
        auto document = company_.invoice("D-" + std::to_string(items_.size() + 1), text(units, place.money_currency), text(some_day()),
                                         place.entity);
        const auto kinds = {ItemKind::invoice, ItemKind::invoice, ItemKind::credit_memo, ItemKind::debit_memo, ItemKind::finance_charge};
        document.kind = *(kinds.begin() + below(5));
        if (one_in(2)) document.tax = Money::minor(below(units + 1), place.money_currency);
        document.opening = one_in(5);
        document.functional = functional(place, units);
        if (document.opening && one_in(2)) document.open = Money::minor(1 + below(units), place.money_currency);
        const auto posted = ok(company_.post(document));
        expect_open(posted.posted, place.entity);
        const auto sign = document.kind == ItemKind::credit_memo ? -1 : 1;
        remember(posted.item, place, sign * units, sign * (document.open ? document.open->units() : units), posted.posted.posting_date);
    }

    void post_a_receipt() {
        const auto place = some_place();
        const auto units = 1 + below(150'000);
        auto receipt = company_.receipt(text(units, place.money_currency), text(some_day()),
                                        one_in(3) ? std::nullopt : std::optional{CustomerId{1 + below(3)}}, place.entity);
        receipt.functional = functional(place, units);
        const auto posted = ok(company_.post(receipt));
        expect_open(posted.posted, place.entity);
        remember(posted.item, place, -units, -units, posted.posted.posting_date);
        items_.at(posted.item.value).is_receipt = true;
        items_.at(posted.item.value).identified = receipt.customer.has_value();
    }

    std::optional<OpenItemId> pick(const std::function<bool(const ModelItem&)>& fits) {
        std::vector<std::int64_t> found;
        for (const auto& [id, item] : items_)
            if (fits(item)) found.push_back(id);
        if (found.empty()) return {};
        return OpenItemId{found[static_cast<std::size_t>(below(static_cast<std::int64_t>(found.size())))]};
    }

    void identify() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt && !item.identified && item.residual() != 0; });
        if (!receipt) return;
        auto& item = items_.at(receipt->value);
        expect_open(ok(company_.identify(*receipt, CustomerId{1 + below(3)}, text(some_day()))), item.entity);
        item.identified = true;
    }

    void apply() {
        const auto credit = pick([](const ModelItem& item) { return item.is_credit && item.identified && item.residual() != 0; });
        if (!credit) return;
        const auto& from = items_.at(credit->value);
        const auto debit = pick([&](const ModelItem& item) {
            return !item.is_credit && item.residual() != 0 && item.entity == from.entity && item.money_currency == from.money_currency;
        });
        if (!debit) return;
        const auto open = items_.at(debit->value).residual();
        const auto most = std::min(open, -from.residual());
        const auto amount = one_in(2) ? most : 1 + below(most);
        std::int64_t discount = one_in(4) && open > amount ? 1 + below(open - amount) : 0;
        const auto asked = some_day();
        const auto applied = ok(company_.apply(company_.application(
            *credit, *debit, text(amount, from.money_currency), text(asked),
            discount == 0 ? std::nullopt : std::optional{Money::minor(discount, from.money_currency)})));
        EXPECT_GE(applied.posted.posting_date, asked);
        expect_open(applied.posted, from.entity);
        remember(applied, *credit, *debit, amount, discount);
    }
    void remember(const Applied& applied, OpenItemId credit, OpenItemId debit, std::int64_t amount, std::int64_t discount) {
        applications_[applied.application.value] = {credit, debit, amount, discount, applied.posted.posting_date};
        effect(credit, applied.posted.posting_date, amount);
        effect(debit, applied.posted.posting_date, -amount - discount);
    }

    void unapply() {
        std::vector<std::int64_t> standing;
        for (const auto& [id, application] : applications_)
            if (!application.undone) standing.push_back(id);
        if (standing.empty()) return;
        const ApplicationId id{standing[static_cast<std::size_t>(below(static_cast<std::int64_t>(standing.size())))]};
        const auto credit = applications_.at(id.value).credit, debit = applications_.at(id.value).debit;
        const auto before = company_.item(credit).residual.units() - applications_.at(id.value).amount;
        const auto posted = ok(company_.unapply(id, text(some_day())));
        expect_open(posted, items_.at(credit.value).entity);
        undone(id, posted.posting_date);
        EXPECT_EQ(company_.item(credit).residual.units(), before);
        EXPECT_EQ(company_.item(debit).residual.units(), items_.at(debit.value).residual());
    }
    void undone(ApplicationId id, Date date) {
        auto& application = applications_.at(id.value);
        application.undone = true;
        EXPECT_GE(date, application.date);
        effect(application.credit, date, -application.amount);
        effect(application.debit, date, application.amount + application.discount);
    }

    void give_back() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt && !item.returned; });
        if (!receipt) return;
        auto& item = items_.at(receipt->value);
        const auto posted = ok(company_.return_payment(*receipt, text(some_day())));
        expect_open(posted, item.entity);
        for (auto& [id, application] : applications_) {
            if (application.undone || application.credit != *receipt) continue;
            const auto row = *company_.in_db<std::optional<Application>>(
                [&](store::Db& db) { return ledger::application(db, ApplicationId{id}); });
            ASSERT_TRUE(row.undone.has_value());
            undone(ApplicationId{id}, *row.undone);
        }
        for (const auto& settlement : settlements_[receipt->value]) effect(*receipt, day_of_reversal(settlement.first), settlement.second);
        settlements_.erase(receipt->value);
        EXPECT_EQ(item.residual(), item.original);
        effect(*receipt, posted.posting_date, -item.original);
        item.returned = true;
    }
    Date day_of_reversal(EntryId entry) {
        const auto rows = company_.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company_.books, {}, 100'000); });
        for (const auto& row : rows)
            if (row.entry.reverses == entry) return row.entry.posting_date;
        ADD_FAILURE() << "entry " << entry.value << " was not reversed";
        return first_day;
    }

    void not_receivable() {
        const auto receipt = pick([](const ModelItem& item) { return item.is_receipt && item.residual() != 0; });
        if (!receipt) return;
        const auto residual = items_.at(receipt->value).residual();
        const auto posted = ok(company_.not_receivable(*receipt, text(some_day())));
        expect_open(posted, items_.at(receipt->value).entity);
        effect(*receipt, posted.posting_date, -residual);
        settlements_[receipt->value].emplace_back(posted.entry, residual);
    }

    void collect_by_agency() {
        const auto debit = pick([](const ModelItem& item) { return !item.is_credit && item.residual() != 0; });
        if (!debit) return;
        const auto target = items_.at(debit->value);
        const auto gross = 1 + below(target.residual());
        const auto document = "REM/" + std::to_string(items_.size());
        const auto applied = ok(company_.in_tx<Applied>([&](store::Tx& tx) {
            return post_agency_collected(tx, company_.context, {.debit = *debit, .gross = Money::minor(gross, target.money_currency),
                .fee_and_tax = Money::minor(below(gross + 1), target.money_currency), .date = some_day(), .document = document,
                .cause = {"test", document}, .reason = "collected", .event_key = company_.next_event()});
        }));
        expect_open(applied.posted, target.entity);
        const OpenItemId receipt{static_cast<std::int64_t>(items_.size()) + 1};
        const auto row = company_.item(receipt);
        remember(receipt, {target.entity, target.money_currency}, -gross, -gross, row.posting_date);
        items_.at(receipt.value).is_receipt = true;
        remember(applied, receipt, *debit, gross, 0);
    }

    /// Another room's posting through `post`: refused when the day would not allow it, never wrong.
    void write_off() {
        const auto debit = pick([](const ModelItem& item) { return !item.is_credit && item.residual() != 0; });
        if (!debit) return;
        const auto& target = items_.at(debit->value);
        if (company_.books.find(target.entity)->currency != target.money_currency) return;
        const auto amount = Money::minor(1 + below(target.residual()), target.money_currency);
        const auto date = some_day();
        const auto posted = company_.post(Entry{target.entity, date, date, {"test", "write_off"}, "too small to chase",
                                                company_.next_event(),
                                                {{"6810", amount, amount, {}}, {"1200", amount.negated(), amount.negated(), *debit}}, {}});
        if (posted) return effect(*debit, posted->posting_date, -amount.units());
        EXPECT_EQ(posted.error().code, Errc::application_exceeds_residual);
    }

    void close_a_period() {
        const auto place = some_place();
        const auto date = some_day();
        const auto open = one_in(3);
        company_.close(text(date), place.entity, open ? PeriodState::open : one_in(2) ? PeriodState::locked : PeriodState::soft_closed);
        closed_[{place.entity, date.year() * 12 + date.month()}] = !open;
    }

    void check() {
        ASSERT_EQ(company_.differences(), std::vector<std::string>{});
        check_items({}, {});
        const auto as_of = first_day.plus_days(static_cast<std::int32_t>(below(240)));
        SCOPED_TRACE("as of " + to_text(as_of));
        check_items(as_of, {});
        check_items(as_of, company_.test.clock.now().plus_seconds(-3600 * below(60)));
        check_balances(as_of);
    }

    void check_items(std::optional<Date> as_of, std::optional<Instant> known_at) {
        std::size_t expected = 0;
        for (const auto& [id, item] : items_)
            if ((!as_of || item.opened <= *as_of) && (!known_at || item.recorded_at <= *known_at)) ++expected;
        const auto found = company_.items({.as_of = as_of, .known_at = known_at});
        ASSERT_EQ(found.size(), expected);
        for (const auto& item : found) {
            const auto& model = items_.at(item.id.value);
            ASSERT_EQ(item.residual.units(), model.residual(as_of, known_at)) << "item " << item.id.value;
            if (known_at) continue;   // knowledge cuts through reversals that were dated earlier: zero may be crossed
            const auto sign = model.original < 0 ? -1 : 1;
            ASSERT_GE(item.residual.units() * sign, 0) << "item " << item.id.value << " has crossed zero";
            ASSERT_LE(item.residual.units() * sign, model.original * sign) << "item " << item.id.value;
        }
    }

    /// The trial balance is zero; open items equal each control account.
    void check_balances(Date as_of) {
        std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> control;   // entity, account, currency
        for (const auto& item : company_.items({.as_of = as_of})) {
            const char* account = item.kind != ItemKind::receipt ? "1200" : item.customer ? "1210" : "1220";
            control[{item.entity, account, std::string{item.original.currency().text()}}] += item.residual.units();
        }
        std::map<std::string, std::int64_t> sums;
        for (const auto& row : company_.balance({}, as_of)) {
            sums[row.entity + " " + row.currency] += row.debit - row.credit;
            sums[row.entity + " functional"] += row.functional;
            if (row.account == "1200" || row.account == "1210" || row.account == "1220")
                control[{row.entity, row.account, row.currency}] -= row.debit - row.credit;
        }
        for (const auto& [name, sum] : sums) ASSERT_EQ(sum, 0) << "trial balance of " << name;
        for (const auto& [key, difference] : control)
            ASSERT_EQ(difference, 0) << "open items and control account " << std::get<0>(key) << " " << std::get<1>(key) << " "
                                     << std::get<2>(key);
    }

    std::mt19937_64 random_;
    Company company_;
    std::map<std::int64_t, ModelItem> items_;
    std::map<std::int64_t, ModelApplication> applications_;
    std::map<std::int64_t, std::vector<std::pair<EntryId, std::int64_t>>> settlements_;
    std::map<std::pair<std::string, int>, bool> closed_;
};

/// OWED_SEED=n replays one history; OWED_SEEDS=n runs that many from the first.
TEST(Histories, random_ones_keep_the_books_right) {
    std::uint64_t first = 1, count = 4;
    if (const char* one = std::getenv("OWED_SEED")) first = std::strtoull(one, nullptr, 10), count = 1;
    else if (const char* many = std::getenv("OWED_SEEDS")) count = std::strtoull(many, nullptr, 10);
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("OWED_SEED=" + std::to_string(seed));
        History{seed}.run();
        if (HasFailure()) break;
    }
    std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(first), static_cast<unsigned long long>(first + count - 1));
}

}  // namespace
}  // namespace owed::ledger
