// Receipts as they come in: posted as whose they are, in the order of the bank's lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/test_receipts.hpp"
#include "ledger/test_company.hpp"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ArrivalsTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    Settings settings;
    audit::Actor bank{.kind = audit::Actor::Kind::connector, .id = "house-bank", .name = "house-bank"};
    int lines = 0;

    CustomerId customer(const std::string& number, const std::string& account) {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = "Kunde " + number + " GmbH";
            who.accounts = {account};
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
            return done.first;
        }));
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount) {
        auto document = company.invoice(number, amount, "2026-02-01", "emea");
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    NewReceipt line(std::string_view amount, const std::string& text, const std::string& account) {
        NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount),
                           .value_date = day("2026-03-27"), .posting_date = day("2026-03-27"), .transaction = {}, .connector = "house-bank",
                           .artifact = "1", .event_key = "bank/" + std::to_string(++lines)};
        receipt.transaction.counterparty = {"Somebody", account, {}};
        receipt.transaction.text = {text};
        receipt.transaction.bank_ref = "REF-" + std::to_string(lines);
        return receipt;
    }
    MatchSummary arrive(const std::vector<NewReceipt>& receipts) {
        return with([&](Arrivals& arrivals, store::Tx&) -> Status {
            for (const auto& one : receipts) {
                OWED_TRY([[maybe_unused]] auto item, arrivals.receive(one));
            }
            return {};
        });
    }
    MatchSummary with(const std::function<Status(Arrivals&, store::Tx&)>& act) {
        return store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) -> Result<MatchSummary> {
            Arrivals arrivals{tx, company.context, settings, bank};
            OWED_TRY_VOID(act(arrivals, tx));
            return arrivals.finish();
        }));
    }
    /// "receipt 1000 100.00, 1220 -100.00" of every entry of receipts and applications, in order.
    std::vector<std::string> journal() {
        std::vector<std::string> all;
        company.test.read([&](store::Db& db) {
            auto rows = db.query("SELECT e.act || ' ' || group_concat(l.account || ' ' || l.amount, ', ') FROM journal_entry e JOIN posting_line l ON l.entry = e.id "
                                 "WHERE e.act <> 'document' GROUP BY e.id ORDER BY e.id");
            while (rows.step()) all.push_back(rows.text(0));
        });
        return all;
    }
    std::string shown(OpenItemId receipt) {
        const auto one = *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return cash::receipt(db, std::to_string(receipt.value)); });
        return one.state_name + " " + to_text(one.unapplied) + (one.question.empty() ? "" : " ?");
    }
    std::int64_t residual(OpenItemId item) {
        return company.in_db<std::int64_t>([&](store::Db& db) { return ledger::item(db, item)->residual.units(); });
    }
    void TearDown() override { EXPECT_THAT(company.differences(), IsEmpty()); }
};

TEST_F(ArrivalsTest, known_money_is_never_nobodys) {
    const auto who = customer("1001", "DE02100100100006820101");
    const auto item = invoice(who, "INV-1", "100.00 EUR");
    const auto done = arrive({line("100.00 EUR", "INV-1", "DE02100100100006820101"), line("7.00 EUR", "hello", "GB33BUKB20201555555555")});
    EXPECT_EQ(done.applied, 1);
    EXPECT_EQ(done.questions, 1);
    EXPECT_EQ(residual(item), 0);
    const auto& chart = company.books.entities().front().chart;
    const auto unapplied = chart.at(ledger::Role::unapplied_cash).code, nobodys = chart.at(ledger::Role::unidentified_receipts).code,
               receivable = chart.at(ledger::Role::receivable).code;
    EXPECT_THAT(journal(), ElementsAre("receipt 1000 10000, " + unapplied + " -10000", "application " + unapplied + " 10000, " + receivable + " -10000",
                                       "receipt 1000 700, " + nobodys + " -700"));
    EXPECT_EQ(shown(OpenItemId{2}), "applied 0.00");
    EXPECT_EQ(shown(OpenItemId{3}), "unidentified 7.00 ?");
}

TEST_F(ArrivalsTest, a_line_is_received_once) {
    const auto first = line("7.00 EUR", "hello", "GB33BUKB20201555555555");
    arrive({first});
    std::optional<OpenItemId> again;
    with([&](Arrivals& arrivals, store::Tx&) -> Status {
        OWED_TRY(again, arrivals.receive(first));
        return {};
    });
    EXPECT_EQ(again, OpenItemId{1});
    EXPECT_THAT(journal(), ::testing::SizeIs(1));
}

TEST_F(ArrivalsTest, nothing_received_is_no_receipt) {
    const auto done = company.test.store().write([&](store::Tx& tx) -> Status {
        Arrivals arrivals{tx, company.context, settings, bank};
        OWED_TRY([[maybe_unused]] auto item, arrivals.receive(line("0.00 EUR", "correction", "")));
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().what, HasSubstr("is positive, not 0.00"));
}

/// Paid, returned, paid again: three lines of one file, and the last finds the invoice open, whatever the books are read from.
TEST_F(ArrivalsTest, what_a_return_reopens_is_found_by_the_next_line) {
    for (const std::size_t from : {std::size_t{1'000}, std::size_t{1}}) {
        settings.snapshot_from = from;
        settings.beside = store::beside();
        const auto account = from == 1 ? "DE02100100100006820101" : "FR1420041010050500013M02606", number = from == 1 ? "INV-8" : "INV-9";
        const auto amount = from == 1 ? "100.00 EUR" : "90.00 EUR";
        const auto item = invoice(customer(number, account), number, amount);
        with([&](Arrivals& arrivals, store::Tx& tx) -> Status {
            OWED_TRY(const auto first, arrivals.receive(line(amount, number, account)));
            OWED_TRY_VOID(arrivals.drain());
            auto back = line(amount, number, account).transaction;
            NewReturn out{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount),
                          .value_date = day("2026-03-28"), .posting_date = day("2026-03-28"), .transaction = back, .event_key = std::string{"return/"} + number};
            OWED_TRY(const auto undone, receive_return(tx, company.context, out, bank));
            EXPECT_EQ(undone.receipt, first);
            arrivals.returned(*undone.receipt);
            OWED_TRY(const auto second, arrivals.receive(line(amount, number, account)));
            OWED_TRY_VOID(arrivals.drain());
            EXPECT_EQ(ledger::item(tx, second)->residual.units(), 0) << number << " from " << from;
            return {};
        });
        EXPECT_EQ(residual(item), 0);
    }
}

/// Ids are given before the receipts are posted: what an application opens between takes the ones after them, and none is left out.
TEST_F(ArrivalsTest, a_deduction_that_opens_between_leaves_no_gap) {
    const auto account = "DE02100100100006820101";
    const auto who = customer("1001", account);
    invoice(who, "INV-1", "100.00 EUR");
    invoice(who, "INV-2", "55.00 EUR");
    company.test.write([&](store::Tx& tx) -> Status {
        Advice advice{.entity = "emea", .payment_number = "ADV-1", .payer_name = "Kunde 1001 GmbH", .customer_number = "1001", .date = day("2026-03-26"),
                      .amount = money("90.00 EUR"), .lines = {{"INV-1", 10'000, 0, 1'000, 9'000, "damage"}}};
        OWED_TRY([[maybe_unused]] auto id, add_advice(tx, company.context, advice, "advice/1"));
        return {};
    });
    const auto done = arrive({line("90.00 EUR", "ADV-1", account), line("55.00 EUR", "INV-2", account)});
    EXPECT_EQ(done.applied, 2);
    const auto opened = company.in_db<std::int64_t>([](store::Db& db) {
        auto rows = db.query("SELECT id FROM open_item WHERE kind = 7");
        return rows.step() ? rows.integer(0) : 0;
    });
    EXPECT_EQ(opened, 5) << "after the receipts 3 and 4, although it was written before the second of them";
}

TEST_F(ArrivalsTest, what_waited_before_is_decided_first_and_anew_when_others_have_posted) {
    const auto account = "DE02100100100006820101";
    const auto who = customer("1001", account);
    store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, line("100.00 EUR", "INV-1", account)); }));
    OpenItemId item{};
    with([&](Arrivals& arrivals, store::Tx& tx) -> Status {
        OWED_TRY([[maybe_unused]] auto one, arrivals.receive(line("7.00 EUR", "hello", "GB33BUKB20201555555555")));
        OWED_TRY_VOID(arrivals.drain());
        auto document = company.invoice("INV-1", "100.00 EUR", "2026-02-01", "emea");
        document.customer = who;
        OWED_TRY(const auto posted, ledger::post_document(tx, company.context, document));
        item = posted.item;
        arrivals.others_posted();
        return {};
    });
    EXPECT_EQ(residual(item), 0);
    EXPECT_EQ(shown(OpenItemId{1}), "applied 0.00");
}

}  // namespace
}  // namespace owed::cash
