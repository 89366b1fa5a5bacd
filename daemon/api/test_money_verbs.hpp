// Verbs that move money, on the books of the verbs' company: every test ends with sound books. For tests only.
#pragma once

#include <algorithm>

#include "api/test_verbs.hpp"
#include "ledger/deductions.hpp"

namespace owed::api {

using ledger::money;

struct MoneyVerbs : VerbsTest {
    void TearDown() override {
        EXPECT_EQ(get("ledger verify").at("ok"), true) << json::serialize(get("ledger verify"));
        EXPECT_EQ(get("audit verify").at("ok"), true);
    }
    void limit(const char* kind, const char* eur) { app.limits[kind].emplace("EUR", money(std::string{eur} + " EUR")); }
    /// Asks for it, lets boris approve, answers what was done.
    json::object by_two(std::string_view verb, const json::object& arguments) {
        const auto asked = get(verb, arguments);
        EXPECT_EQ(asked.at("state"), "open") << verb;
        return get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    }
    json::object item(const char* document) {
        const auto items = get("items");
        for (const auto& one : items.at("items").as_array())
            if (one.at("document") == document) return one.as_object();
        throw std::runtime_error{std::string{"no item "} + document};
    }
    std::string residual(const char* document) { return std::string{item(document).at("residual").as_string()}; }
    std::size_t open_requests() { return get("approvals", {{"state", "open"}}).at("approvals").as_array().size(); }
    std::string question() { return std::string{first("cash pending", "pending").at("receipt").as_string()}; }
    std::int64_t pay(const char* document, const char* amount) {
        const auto done = get("cash apply", {{"receipt", question()}, {"items", std::string{document} + "=" + amount}});
        return done.at("applications").as_array().at(0).at("application").as_int64();
    }
    std::vector<std::string> actions() {
        std::vector<std::string> all;
        const auto list = get("audit list");
        for (const auto& one : list.at("audit").as_array()) all.emplace_back(one.at("action").as_string());
        return all;
    }
    ledger::Item find(const char* document) {
        return company.in_db<std::vector<ledger::Item>>([&](store::Db& db) { return ledger::find_by_document(db, "emea", ledger::document_key(document)); }).front();
    }
    /// A deduction of INV-2026/0002.
    std::string deducted(const char* amount) {
        const auto posted = ledger::ok(company.act(ledger::split_deduction, {.debit = find("INV-2026/0002").id, .amount = money(amount), .reason_code = "pricing",
                                                                             .document = "D-1", .instruction = company.asked("2026-03-30")}));
        return std::to_string(posted.item.value);
    }
};

}  // namespace owed::api
