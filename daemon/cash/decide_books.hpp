// The books that tests of deciding share: four customers, and the documents of one case.
#pragma once

#include <gtest/gtest.h>

#include "cash/decision.hpp"
#include "cash/snapshot.hpp"

// A case names what it is about; the rest has its usual value.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {

inline const Currency eur = find_currency("EUR").value();
inline Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
inline Date on(std::string_view text) { return *parse_date(text); }

struct Doc {
    std::int64_t customer;
    const char* number;
    std::int64_t original, residual;
    const char* reference = "";
    const char* order = "";
    std::vector<DiscountOffer> discounts = {};
    const char* due = "2026-03-20";
};

/// Customers 1 "Beispiel GmbH", 2 "Muster AG", 3 "Beispiel Handel KG", 4 "Holding SE" that pays for 1 and 2; accounts ACC1 to
/// ACC4, and SHARED of 1 and 3. Numbers C1 to C4.
inline Snapshot books(const std::vector<Doc>& documents) {
    Snapshot snapshot;
    const char* names[] = {"Beispiel GmbH", "Muster AG", "Beispiel Handel KG", "Holding SE"};
    for (int i = 0; i < 4; ++i) {
        const CustomerId id{i + 1};
        const auto number = "C" + std::to_string(i + 1);
        snapshot.add_customer({id, number, names[i], "DE", "standard", "emea"}, i < 2 ? "C4" : "");
        snapshot.add_name(id, names[i]);
        snapshot.add_account("emea", "ACC" + std::to_string(i + 1), id);
    }
    snapshot.add_account("emea", "SHARED", CustomerId{1});
    snapshot.add_account("emea", "SHARED", CustomerId{3});
    snapshot.add_own_account("DE89370400440532013000");
    std::int64_t id = 100;
    for (const auto& one : documents)
        snapshot.add_item("emea", {.item = OpenItemId{++id}, .customer = CustomerId{one.customer}, .document = one.number, .payment_reference = one.reference,
                                   .order = one.order, .document_date = on("2026-02-18"), .due_date = on(one.due), .original = one.original,
                                   .residual = one.residual, .tax = 0, .currency = eur, .discounts = one.discounts,
                                   .term = days_between(on("2026-02-18"), on(one.due))});
    return snapshot;
}

struct Case {
    const char* proves;
    std::vector<Doc> documents;
    std::int64_t paid;
    const char *account, *name;
    std::vector<std::string> text;
    Outcome outcome;
    const char* stage;
    std::vector<std::pair<const char*, std::int64_t>> applied;
    std::vector<RemittanceReference> references = {};
};

inline ReceiptFacts receipt_of(const Case& one) {
    return {.item = OpenItemId{900}, .entity = "emea", .amount = euros(one.paid), .value_date = on("2026-03-30"), .customer = {},
            .payer_name = one.name, .payer_account = one.account, .code = "PMNT/RCDT/ESCT", .text = one.text, .references = one.references};
}

inline Settings usual() {
    Settings settings;
    settings.tolerance_percent = Decimal::of(5, 1);
    settings.tolerance_max["EUR"] = 200;
    settings.discount_grace_days = 3;
    settings.bank_fee_max["EUR"] = 2'500;
    settings.withholding_percent["DE"] = Decimal::of(10, 0);
    return settings;
}

inline std::string shown(const std::vector<ProposedItem>& items) {
    std::string text;
    for (const auto& one : items) {
        text += (text.empty() ? "" : ", ") + one.document + " " + std::to_string(one.amount.units());
        if (one.discount != 0) text += " discount " + std::to_string(one.discount);
        if (one.tolerance != 0) text += " tolerance " + std::to_string(one.tolerance);
        if (one.bank_charge != 0) text += " charge " + std::to_string(one.bank_charge);
        if (one.withholding != 0) text += " withheld " + std::to_string(one.withholding);
    }
    return text;
}

inline std::string expected(const Case& one) {
    std::string text;
    for (const auto& [document, cents] : one.applied) text += (text.empty() ? "" : ", ") + std::string{document} + " " + std::to_string(cents);
    return text;
}

inline void check(const std::vector<Case>& cases) {
    for (const auto& one : cases) {
        const auto snapshot = books(one.documents);
        const auto decision = decide(receipt_of(one), snapshot, usual());
        EXPECT_EQ(static_cast<int>(decision.outcome), static_cast<int>(one.outcome)) << one.proves << ": " << decision.reason;
        EXPECT_EQ(decision.stage, one.stage) << one.proves << ": " << decision.reason;
        EXPECT_FALSE(decision.reason.empty()) << one.proves;
        if (one.outcome == Outcome::question)
            EXPECT_EQ(decision.proposals.empty() ? "" : shown(decision.proposals.front().items), expected(one)) << one.proves << ": " << decision.reason;
        else
            EXPECT_EQ(shown(decision.applications), expected(one)) << one.proves << ": " << decision.reason;
        EXPECT_NE(evidence_json(decision).find("\"reason\""), std::string::npos);
    }
}

inline const RemittanceReference rf{.type = "scor", .value = "RF20 7041 2A9"};

/// What is decided of a receipt with these words, on the usual books with these documents.
inline Decision decided(const std::vector<Doc>& documents, std::int64_t paid, const char* account, const char* name, std::vector<std::string> text) {
    return decide(receipt_of({"", {}, paid, account, name, std::move(text)}), books(documents), usual());
}

}  // namespace owed::cash
