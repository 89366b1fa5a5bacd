// A small company for tests of this room and those above it.
// For tests only.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/periods.hpp"
#include "ledger/rates.hpp"
#include "store/test_store.hpp"

namespace owed::ledger {

inline Date day(std::string_view text) { return *parse_date(text); }
inline Currency currency(std::string_view code) { return *find_currency(code); }
/// "119.00 EUR"
inline Money money(std::string_view text) {
    const auto blank = text.find(' ');
    return *parse_money(text.substr(0, blank), currency(text.substr(blank + 1)));
}

/// emea (EUR), kuwait (KWD, 3 decimals), tokyo (JPY, none), boston (USD): hub. sap (EUR): erp. Each has the default chart and GL account
/// 1000 for its bank.
inline Books test_books() {
    std::vector<Entity> entities;
    std::vector<BankAccount> accounts;
    const auto add = [&](std::string id, std::string_view code, Authority authority, std::string iban) {
        Entity entity;
        entity.id = id;
        entity.name = id + " test company (fictitious)";
        entity.currency = currency(code);
        entity.authority = authority;
        entity.chart = Books::default_chart();
        BankAccount account;
        account.iban = std::move(iban);
        account.bank_name = "Test Bank";
        account.entity = id;
        account.gl = "1000";
        account.currency = entity.currency;
        entities.push_back(std::move(entity));
        accounts.push_back(std::move(account));
    };
    add("emea", "EUR", Authority::hub, "DE89370400440532013000");
    add("kuwait", "KWD", Authority::hub, "KW81CBKU0000000000001234560101");
    add("tokyo", "JPY", Authority::hub, "JP0001");
    add("boston", "USD", Authority::hub, "US0001");
    add("sap", "EUR", Authority::erp, "DE02120300000000202051");
    return *Books::make(std::move(entities), std::move(accounts));
}

/// A ledger on a fresh store, and calls that write one transaction each.
struct Company {
    explicit Company(std::initializer_list<std::vector<store::Migration>> rooms = {migrations()}) : test{rooms} {}

    store::TestStore test;
    Books books = test_books();
    Context context{books, test.clock, {}};
    int events = 0;

    std::string next_event() { return "test/" + std::to_string(++events); }

    template <class T>
    Result<T> in_tx(const std::function<Result<T>(store::Tx&)>& act) {
        std::optional<Result<T>> result;
        const auto status = test.store().write([&](store::Tx& tx) -> Status {
            result.emplace(act(tx));
            if (!*result) return fail(result->error());
            return {};
        });
        if (!status) return fail(status.error());
        return *result;
    }
    template <class T>
    T in_db(const std::function<T(store::Db&)>& look) {
        std::optional<T> value;
        test.read([&](store::Db& db) { value.emplace(look(db)); });
        return std::move(*value);
    }

    Instruction asked(std::string_view date) {
        return {.date = day(date), .cause = {"test", "event"}, .reason = "test event", .event_key = next_event(), .by = "anna"};
    }
    /// Any posting rule of this room: `company.act(write_off, {.item = ...})`.
    template <class T, class A>
    Result<T> act(Result<T> (*rule)(store::Tx&, const Context&, const A&), const std::type_identity_t<A>& asked_for) {
        return in_tx<T>([&](store::Tx& tx) { return rule(tx, context, asked_for); });
    }
    Result<Posted> reverse(EntryId entry, std::string_view date) {
        return in_tx<Posted>([&](store::Tx& tx) {
            return ledger::reverse(tx, context, entry, day(date), {"test", "reverse"}, "test reversal", next_event());
        });
    }
    void rate(std::string_view from, std::string_view to, std::string_view date, std::string_view value, RateType type = RateType::spot) {
        const FxRate given{.from = currency(from), .to = currency(to), .type = type, .date = day(date), .rate = *parse_decimal(value),
                           .source = "test"};
        store::ok(in_tx<bool>([&](store::Tx& tx) { return set_rate(tx, test.clock, given); }));
    }
    /// Signed functional balance of a role's account on a day.
    std::int64_t functional_of(std::string_view entity, Role role, std::string_view on = "2026-12-31") {
        std::int64_t sum = 0;
        for (const auto& row : balance(std::string{entity}, day(on)))
            if (row.account == books.find(entity)->chart.at(role).code) sum += row.functional;
        return sum;
    }

    /// An invoice of customer 1, posted and due as the document is dated.
    PostDocument invoice(const std::string& number, std::string_view amount, std::string_view date, std::string_view entity = "emea") {
        const auto dated = day(date);
        PostDocument document{.entity = std::string{entity},
                              .customer = CustomerId{1},
                              .kind = ItemKind::invoice,
                              .document = number,
                              .document_date = dated,
                              .due_date = dated.plus_days(30),
                              .posting_date = dated,
                              .amount = money(amount),
                              .tax = {},
                              .open = {},
                              .functional = {},
                              .opening = false,
                              .payment_reference = {},
                              .order = {},
                              .cause = {"test", number},
                              .reason = "test document",
                              .event_key = next_event()};
        return document;
    }
    PostReceipt receipt(std::string_view amount, std::string_view date, std::optional<CustomerId> customer = CustomerId{1},
                        std::string_view entity = "emea") {
        const auto number = "R-" + std::to_string(events + 1);
        PostReceipt receipt{.entity = std::string{entity},
                            .bank_gl = "1000",
                            .customer = customer,
                            .document = number,
                            .value_date = day(date),
                            .posting_date = day(date),
                            .amount = money(amount),
                            .cause = {"test", number},
                            .reason = "test receipt",
                            .event_key = next_event()};
        return receipt;
    }
    Apply application(OpenItemId credit, OpenItemId debit, std::string_view amount, std::string_view date,
                      std::optional<Money> discount = {}) {
        return {.credit = credit,
                .debit = debit,
                .amount = money(amount),
                .discount = discount,
                .date = day(date),
                .stage = "manual",
                .confidence = 100,
                .reason = "test application",
                .by = "anna",
                .cause = {"test", "application"},
                .event_key = next_event()};
    }

    Result<PostedItem> post(const PostDocument& document) {
        return in_tx<PostedItem>([&](store::Tx& tx) { return post_document(tx, context, document); });
    }
    Result<PostedItem> post(const PostReceipt& receipt) {
        return in_tx<PostedItem>([&](store::Tx& tx) { return post_receipt(tx, context, receipt); });
    }
    Result<Posted> post(const Entry& entry) {
        return in_tx<Posted>([&](store::Tx& tx) { return ledger::post(tx, context, entry); });
    }
    Result<Applied> apply(const Apply& application) {
        return in_tx<Applied>([&](store::Tx& tx) { return ledger::apply(tx, context, application); });
    }
    Result<Posted> unapply(ApplicationId application, std::string_view date) {
        return in_tx<Posted>([&](store::Tx& tx) {
            return ledger::unapply(tx, context, application, day(date), {"test", "unapply"}, "test reversal", "anna");
        });
    }
    Result<Posted> identify(OpenItemId receipt, CustomerId customer, std::string_view date) {
        return in_tx<Posted>([&](store::Tx& tx) {
            return identify_receipt(tx, context, receipt, customer, day(date), {"test", "identify"}, "test identification");
        });
    }
    Result<Posted> not_receivable(OpenItemId receipt, std::string_view date) {
        return in_tx<Posted>([&](store::Tx& tx) {
            return mark_not_receivable(tx, context, receipt, day(date), {"test", "not_receivable"}, "test interest credit");
        });
    }
    Result<Posted> return_payment(OpenItemId receipt, std::string_view date) {
        return in_tx<Posted>([&](store::Tx& tx) {
            return return_receipt(tx, context, receipt, day(date), "1000", {"test", "return"}, "test return", next_event());
        });
    }
    void close(std::string_view month, std::string_view entity = "emea", PeriodState state = PeriodState::locked) {
        test.write([&](store::Tx& tx) {
            return change_period(tx, context, {.entity = std::string{entity}, .month = day(month), .state = state, .by = "anna",
                                               .approved_by = "bert", .reason = "test"});
        });
    }
    void sql(std::string_view statement) {
        test.write([&](store::Tx& tx) -> Status {
            tx.query(statement).run();
            return {};
        });
    }

    Item item(OpenItemId id) {
        return *in_db<std::optional<Item>>([&](store::Db& db) { return ledger::item(db, id); });
    }
    std::string residual(OpenItemId id) { return to_text(item(id).residual); }
    std::vector<Item> items(const ItemFilter& filter) {
        return in_db<std::vector<Item>>([&](store::Db& db) { return ledger::items(db, books, filter); });
    }
    std::vector<BalanceRow> balance(std::optional<std::string> entity, Date as_of) {
        return in_db<std::vector<BalanceRow>>([&](store::Db& db) { return trial_balance(db, entity, as_of); });
    }
    std::vector<std::string> differences() {
        const auto found = in_db<Verification>([&](store::Db& db) { return verify(db, books); });
        std::vector<std::string> texts;
        for (const auto& difference : found.differences) texts.push_back(difference.what);
        return texts;
    }

    /// "receivable 119.00 EUR #1, revenue -119.00 EUR": role (or code), signed amount, functional in brackets where its
    /// currency differs, the item of a tagged line.
    std::string lines(EntryId entry) {
        const auto rows = in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, books, {}, 1'000'000); });
        std::string text;
        for (const auto& row : rows) {
            if (row.id != entry) continue;
            for (const auto& line : row.entry.lines) text += (text.empty() ? "" : ", ") + line_text(row.entry.entity, line);
        }
        return text;
    }
    std::string line_text(const std::string& entity, const Line& line) {
        auto name = line.account;
        for (const auto& [role, account] : books.find(entity)->chart)
            if (account.code == line.account) name = name_of(role);
        auto text = name + " " + to_text(line.amount) + " " + std::string{line.amount.currency().text()};
        if (line.functional.currency() != line.amount.currency())
            text += " (" + to_text(line.functional) + " " + std::string{line.functional.currency().text()} + ")";
        if (line.item) text += " #" + std::to_string(line.item->value);
        return text;
    }
};

/// The value, or a test that stops with the error's text.
template <class T>
T ok(Result<T> result) {
    return store::ok(std::move(result));
}
/// "currency_mismatch", or "no error".
template <class T>
std::string refusal(const Result<T>& result) {
    return result ? "no error" : std::string{name_of(result.error().code)};
}

}  // namespace owed::ledger
