// What leaves the bank beside returns and refunds: charges, payments that nobody ordered here, and what the bank takes back of them.
#include "cash/outgoing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/charges.hpp"
#include "ledger/credits.hpp"
#include "ledger/test_company.hpp"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ledger::Role;
using ::testing::IsEmpty;

struct CodeCase {
    const char* name;
    std::string code;
    bool is_charge;
};
struct ChargeCode : ::testing::TestWithParam<CodeCase> {};

TEST_P(ChargeCode, says_whether_the_bank_charges) { EXPECT_EQ(is_charge_code(GetParam().code), GetParam().is_charge) << GetParam().code; }

const CodeCase code_cases[] = {
    {"camt_charges", "PMNT/MDOP/CHRG", true},
    {"camt_fees_of_the_account", "ACMT/ADOP/FEES", true},
    {"camt_charges_of_a_transfer", "PMNT/RCDT/CHRG", true},
    {"camt_commission", "FORX/FWRD/COMM", true},
    {"camt_commission_with_tax", "PMNT/MDOP/COMI", true},
    {"camt_debit_interest", "ACMT/MDOP/INTR", true},
    {"camt_interest_of_a_loan", "LDAS/FTLN/INTR", false},
    {"camt_tax", "PMNT/MDOP/TAXE", false},
    {"camt_transfer", "PMNT/ICDT/ESCT", false},
    {"camt_no_sub_family", "PMNT/CHRG", false},
    {"mt940_charge", "NCHG", true},
    {"mt940_commission", "FCOM", true},
    {"mt940_interest", "NINT", true},
    {"mt940_before_the_banks_own", "NCHG+808+9310", true},
    {"mt940_transfer", "NTRF", false},
    {"mt940_cheque", "NCHK", false},
    {"bai2_analysis_fee", "661", true},
    {"bai2_miscellaneous_fees", "698", true},
    {"bai2_miscellaneous_debit", "699", false},
    {"bai2_wire", "495", false},
    {"ofx_service_charge", "SRVCHG", true},
    {"ofx_payment", "PAYMENT", false},
    {"none", "", false},
    {"a_word", "CHARGE", false},
};
INSTANTIATE_TEST_SUITE_P(table, ChargeCode, ::testing::ValuesIn(code_cases), [](const auto& row) { return std::string{row.param.name}; });

struct OutgoingTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    Settings settings;
    int lines = 0;

    NewReturn line(std::string_view amount, std::string_view date, std::string code = {}, std::string text = {}, std::string payee = {}) {
        NewReturn out{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount), .value_date = day(date),
                      .posting_date = day(date), .transaction = {}, .original_reference = {}, .event_key = "bank/" + std::to_string(++lines)};
        out.transaction.code = std::move(code);
        if (!text.empty()) out.transaction.text = {std::move(text)};
        out.transaction.counterparty.name = std::move(payee);
        return out;
    }
    std::optional<EntryId> books(const NewReturn& out) {
        const auto book = [&] {
            return store::ok(company.in_tx<std::optional<EntryId>>([&](store::Tx& tx) { return outgoing_booked(tx, company.context, settings, out); }));
        };
        const auto first = book();
        EXPECT_EQ(book(), first) << "the same line again";
        return first;
    }
    /// "bank_charges 7.50 EUR, 1000 -7.50 EUR"; empty: nothing was posted.
    std::string booked(const NewReturn& out) {
        const auto entry = books(out);
        return entry ? company.lines(*entry) : std::string{};
    }
    /// Whether what comes in takes something back.
    bool takes_back(NewReturn in, bool reversal = true) {
        in.transaction.reversal = reversal;
        const auto found = company.in_db<std::optional<std::int64_t>>([&](store::Db& db) { return preview_taken_back(db, in); });
        if (found) company.test.write([&](store::Tx& tx) { return take_back_outgoing(tx, company.context, *found, in); });
        return found.has_value();
    }
    std::vector<Outgoing> asked() {
        return company.in_db<std::vector<Outgoing>>([](store::Db& db) { return outgoing_in_question(db); });
    }
    Result<std::optional<ledger::Posted>> explain(std::int64_t id, bool charge) {
        return company.in_tx<std::optional<ledger::Posted>>([&](store::Tx& tx) {
            return explain_outgoing(tx, company.context, id, charge, company.asked("2026-03-31"));
        });
    }
    void TearDown() override { EXPECT_THAT(company.differences(), IsEmpty()); }
};

TEST_F(OutgoingTest, a_line_is_a_charge_by_its_code_or_by_a_rule_and_else_nobody_ordered_it) {
    EXPECT_EQ(booked(line("7.50 EUR", "2026-03-30", "NCHG")), "bank_charges 7.50 EUR, 1000 -7.50 EUR");
    EXPECT_EQ(booked(line("8.00 EUR", "2026-03-30", "", "Kontofuehrungsentgelt 3/2026")), "suspense 8.00 EUR, 1000 -8.00 EUR");
    settings.bank_charges = {{.name = "account fees", .code = "", .payer_account = "", .text = "kontofuehrungsentgelt", .payer = ""}};
    EXPECT_EQ(booked(line("8.00 EUR", "2026-03-30", "", "Kontofuehrungsentgelt 3/2026")), "bank_charges 8.00 EUR, 1000 -8.00 EUR");
    EXPECT_EQ(booked(line("900.00 EUR", "2026-03-30", "", "rent", "Vermieter AG")), "suspense 900.00 EUR, 1000 -900.00 EUR");
    ASSERT_EQ(asked().size(), 2U);
    EXPECT_EQ(asked()[1].payee_name, "Vermieter AG");
    EXPECT_EQ(asked()[1].amount, money("900.00 EUR"));
}

TEST_F(OutgoingTest, is_posted_by_the_setting_of_its_account_else_where_the_books_are_ours) {
    auto erps = line("7.50 EUR", "2026-03-30", "NCHG");
    erps.entity = "sap";
    erps.account = "DE02120300000000202051";
    EXPECT_EQ(booked(erps), "") << "the ERP keeps these books";
    settings.posts_outgoing["DE02120300000000202051"] = true;
    EXPECT_EQ(booked(erps), "bank_charges 7.50 EUR, 1000 -7.50 EUR");
    settings.posts_outgoing["DE89370400440532013000"] = false;
    EXPECT_EQ(booked(line("7.50 EUR", "2026-03-30", "NCHG")), "");
    EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(OutgoingTest, a_transfer_between_our_own_accounts_is_no_question) {
    company.books = store::ok(ledger::Books::make(company.books.entities(), [&] {
        auto accounts = company.books.bank_accounts();
        accounts.push_back(accounts[0]);
        accounts.back().iban = "DE02100100100006820101";
        accounts.back().gl = "1001";
        return accounts;
    }()));
    auto moved = line("500.00 EUR", "2026-03-30");
    moved.transaction.counterparty.account = "DE02 1001 0010 0006 8201 01";
    EXPECT_EQ(booked(moved), "suspense 500.00 EUR, 1000 -500.00 EUR") << "what arrives on the other account is credited there";
    EXPECT_THAT(asked(), IsEmpty());
    moved.event_key = "another";
    moved.transaction.counterparty.account = "DE02 1203 0000 0000 2020 51";
    booked(moved);
    EXPECT_EQ(asked().size(), 1U) << "of another entity: both books have to know";
}

TEST_F(OutgoingTest, what_a_person_has_posted_is_not_posted_again) {
    const auto remitted = store::ok(company.act(ledger::remit_unclaimed, {.entity = "emea", .amount = money("45.00 EUR"), .bank_gl = "1000",
                                                                          .instruction = company.asked("2026-03-20")}));
    company.test.write([&](store::Tx& tx) -> Status {
        outgoing_expected(tx, "emea", "1000", money("45.00 EUR"), day("2026-03-20"), remitted.entry);
        return {};
    });
    EXPECT_EQ(books(line("45.00 EUR", "2026-03-30")), remitted.entry);
    EXPECT_NE(books(line("45.00 EUR", "2026-03-30")), remitted.entry) << "another line is another payment";
    EXPECT_EQ(asked().size(), 1U);
}

TEST_F(OutgoingTest, the_bank_takes_back_what_it_has_charged) {
    books(line("7.50 EUR", "2026-03-30", "NCHG"));
    books(line("7.50 EUR", "2026-03-30", "NCHG"));
    EXPECT_FALSE(takes_back(line("7.49 EUR", "2026-03-31", "NCHG")));
    EXPECT_FALSE(takes_back(line("7.50 EUR", "2026-03-29", "NCHG"))) << "before it was charged";
    EXPECT_FALSE(takes_back(line("7.50 EUR", "2026-03-31", "NTRF"), false)) << "a payment of a customer";
    for (const char* interest : {"NINT", "ACMT/MCOP/INTR"})
        EXPECT_FALSE(takes_back(line("7.50 EUR", "2026-03-31", interest), false)) << "interest that the bank pays";
    EXPECT_TRUE(takes_back(line("7.50 EUR", "2026-03-31", "NCHG"), false));
    EXPECT_TRUE(takes_back(line("7.50 EUR", "2026-03-31", "NCHG")));
    EXPECT_FALSE(takes_back(line("7.50 EUR", "2026-03-31", "NCHG"))) << "twice charged, twice given back";
    EXPECT_EQ(company.functional_of("emea", Role::bank_charges), 0);
}

TEST_F(OutgoingTest, the_bank_takes_back_a_payment_with_what_a_person_made_of_it) {
    auto paid = line("30.00 EUR", "2026-03-30", "NTRF", "rent", "Vermieter AG");
    paid.transaction.bank_ref = "REF-7";
    books(paid);
    books(line("30.00 EUR", "2026-03-30", "NTRF", "rent", "Vermieter AG"));
    EXPECT_FALSE(takes_back(line("30.00 EUR", "2026-03-31", "NTRF", "", "Vermieter AG"))) << "which of two nobody can say";
    EXPECT_EQ(store::ok(explain(asked()[0].id, true))->posting_date, day("2026-03-31"));
    auto back = line("30.00 EUR", "2026-04-02", "NTRF");
    back.transaction.bank_ref = "REF-7";
    EXPECT_TRUE(takes_back(back));
    EXPECT_EQ(company.functional_of("emea", Role::bank_charges), 0);
    EXPECT_EQ(company.functional_of("emea", Role::suspense), 3'000);
    EXPECT_TRUE(takes_back(line("30.00 EUR", "2026-04-02", "NTRF", "", "VERMIETER AG")));
    EXPECT_EQ(company.functional_of("emea", Role::suspense), 0);
    EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(OutgoingTest, a_person_says_what_it_was) {
    books(line("30.00 EUR", "2026-03-30"));
    books(line("8.00 EUR", "2026-03-30"));
    EXPECT_EQ(refusal(explain(99, false)), "not_found");
    EXPECT_FALSE(store::ok(explain(asked()[0].id, false))) << "the general ledger takes it over from suspense";
    ASSERT_EQ(asked().size(), 1U);
    const auto fee = asked()[0].id;
    EXPECT_EQ(company.lines(store::ok(explain(fee, true))->entry), "bank_charges 8.00 EUR, suspense -8.00 EUR");
    EXPECT_EQ(refusal(explain(fee, true)), "not_found");
    EXPECT_THAT(asked(), IsEmpty());
    EXPECT_EQ(company.functional_of("emea", Role::suspense), 3'000);
}

}  // namespace
}  // namespace owed::cash
