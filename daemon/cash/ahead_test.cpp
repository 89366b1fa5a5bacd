// Decisions on a second thread: the same order, the same books.
#include "cash/detail/ahead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "audit/test_people.hpp"
#include "cash/test_receipts.hpp"
#include "ledger/test_company.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<detail::ReceiptRow> rows(std::initializer_list<std::int64_t> ids) {
    std::vector<detail::ReceiptRow> list;
    for (const auto id : ids) {
        detail::ReceiptRow row{.receipt = Receipt{.id = OpenItemId{id}, .amount = money("1.00 EUR"), .unapplied = money("1.00 EUR")}};
        list.push_back(std::move(row));
    }
    return list;
}

std::vector<std::int64_t> ids_of(const std::vector<detail::Decided>& decided) {
    std::vector<std::int64_t> ids;
    for (const auto& one : decided) ids.push_back(one.row.receipt.id.value);
    return ids;
}

TEST(Ahead, keeps_the_order_and_stops_where_it_is_told) {
    detail::Ahead ahead{store::beside(), [](detail::ReceiptRow row) {
        const bool stops = row.receipt.id.value == 4;
        return detail::Decided{std::move(row), {}, {}, stops};
    }};
    ahead.hand_over(rows({1, 2, 3}));
    ahead.hand_over(rows({4, 5}));
    ahead.hand_over(rows({6}));
    EXPECT_THAT(ids_of(ahead.next()), ElementsAre(1, 2, 3));
    EXPECT_THAT(ids_of(ahead.next()), ElementsAre(4)) << "5 and 6 may read otherwise after it";
    ahead.go_on();
    ahead.hand_over(rows({7, 5}));
    EXPECT_THAT(ids_of(ahead.next()), ElementsAre(7, 5));
}

TEST(Ahead, what_deciding_throws_is_thrown_where_the_answer_is_waited_for) {
    detail::Ahead ahead{store::beside(), [](detail::ReceiptRow row) -> detail::Decided {
        if (row.receipt.id.value == 2) throw std::runtime_error{"a bug of ours"};
        return {std::move(row), {}, {}, false};
    }};
    ahead.hand_over(rows({1, 2, 3}));
    EXPECT_THAT(ids_of(ahead.next()), ElementsAre(1));
    EXPECT_THROW(ahead.next(), std::runtime_error);
}

/// 300 receipts onto 200 invoices: paid once, paid twice, in part, by nobody known, and one that a later reference moves.
struct Town {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    MatchSummary summary;

    enum class How { waiting, arriving };
    explicit Town(const Settings& settings, How how = How::waiting) {
        company.test.write([&](store::Tx& tx) -> Status {
            for (int i = 0; i < 200; ++i) OWED_TRY_VOID(customer_with_invoice(tx, i));
            for (int i = 0; how == How::waiting && i < 300; ++i) {
                OWED_TRY([[maybe_unused]] auto item, receive(tx, company.context, receipt(i)));
            }
            return {};
        });
        summary = store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) -> Result<MatchSummary> {
            Arrivals arrivals{tx, company.context, settings, cash_job};
            for (int i = 0; how == How::arriving && i < 300; ++i) {
                OWED_TRY([[maybe_unused]] auto item, arrivals.receive(receipt(i)));
            }
            return arrivals.finish();
        }));
    }
    static std::string account(int i) { return "DE0210010010" + std::to_string(1'000'000'000 + i); }
    static Money amount(int i) { return Money::minor(10'000 + 37 * i, *find_currency("EUR")); }

    Status customer_with_invoice(store::Tx& tx, int i) {
        Customer who;
        who.number = "C" + std::to_string(i);
        who.name = "Beispiel " + std::to_string(i) + " GmbH";
        who.accounts = {account(i)};
        OWED_TRY(auto made, parties::upsert(tx, company.test.clock, "emea", who));
        auto document = company.invoice("INV-" + std::to_string(5000 + i), "1.00 EUR", "2026-02-01", "emea");
        document.customer = made.first;
        document.amount = amount(i);
        if (i == 70) document.payment_reference = "RF18539007547034";
        OWED_TRY([[maybe_unused]] auto posted, ledger::post_document(tx, company.context, document));
        return {};
    }
    static NewReceipt receipt(int i) {
        const auto payer = i < 200 ? i : i - 200;
        NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = amount(payer),
                           .value_date = day("2026-03-30"), .posting_date = day("2026-03-30"), .transaction = {}, .connector = "house-bank",
                           .artifact = "1", .event_key = "bank/" + std::to_string(i)};
        receipt.transaction.counterparty = {"Beispiel " + std::to_string(payer) + " GmbH", account(payer), {}};
        if (i % 3 == 0) receipt.transaction.text = {"Rechnung INV-" + std::to_string(5000 + payer)};
        if (i % 7 == 1) receipt.amount = Money::minor(amount(payer).units() / 2, amount(payer).currency());
        if (i % 11 == 2) receipt.transaction.counterparty = {"Irgendwer " + std::to_string(i), "", {}};
        if (i == 120) {   // names what receipt 70 was applied to by its amount
            receipt.amount = amount(70);
            receipt.transaction.counterparty = {"Irgendwer", "", {}};
            receipt.transaction.text = {"RF18 5390 0754 7034"};
        }
        return receipt;
    }
    /// All that a run leaves: receipts with question, proposals and evidence, and applications in order.
    std::vector<std::string> books() {
        std::vector<std::string> all;
        company.test.read([&](store::Db& db) {
            for (const auto& one : receipts(db, {}))
                all.push_back(one.number + " " + one.state_name + " " + to_text(one.unapplied) + " " + one.question + " " +
                              detail::proposals_to_json(one.proposals) + one.evidence);
            for (const auto& one : ledger::applications(db, {}, {}))
                all.push_back(std::to_string(one.id.value) + ": " + std::to_string(one.credit.value) + " to " + std::to_string(one.debit.value) + " " +
                              to_text(one.amount) + " " + one.stage + (one.undone ? " undone" : ""));
        });
        return all;
    }
};

TEST(Ahead, a_run_leaves_the_same_books_as_one_receipt_after_the_other) {
    Settings ahead, in_turn;
    ahead.snapshot_from = 1;
    ahead.beside = store::beside();
    in_turn.snapshot_from = 1;
    in_turn.decider = [](const MatchQuestion&) -> DeciderWord { return {"matcher", MatchAnswer{}}; };   // without an opinion; asked in turn
    Town one{ahead}, two{in_turn};
    EXPECT_EQ(one.summary.looked_at, 301) << "the moved one twice";
    EXPECT_EQ(one.summary.moved, 1);
    EXPECT_GT(one.summary.applied, 150);
    EXPECT_GT(one.summary.questions, 10);
    EXPECT_EQ(one.books(), two.books());
    EXPECT_THAT(one.company.differences(), IsEmpty());
}

/// Decided before they are posted, in the store, from memory, and on the second thread: the same decisions as of those that wait.
TEST(Arrivals, are_decided_as_those_that_wait) {
    Settings in_store, in_memory, ahead;
    in_store.snapshot_from = 1'000;
    in_memory.snapshot_from = ahead.snapshot_from = 20;
    ahead.beside = store::beside();
    Town waiting{in_store};
    for (const auto& settings : {in_store, in_memory, ahead}) {
        Town arriving{settings, Town::How::arriving};
        EXPECT_EQ(arriving.summary.looked_at, waiting.summary.looked_at);
        EXPECT_EQ(arriving.summary.moved, 1);
        const auto as_arrived = arriving.books(), as_waited = waiting.books();
        ASSERT_EQ(as_arrived.size(), as_waited.size());
        for (std::size_t i = 0; i < as_arrived.size(); ++i) EXPECT_EQ(as_arrived[i], as_waited[i]);
        EXPECT_THAT(arriving.company.differences(), IsEmpty());
    }
}

}  // namespace
}  // namespace owed::cash
