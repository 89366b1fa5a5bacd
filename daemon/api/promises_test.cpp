// The verbs of promises to pay, from the telephone call to the money.
#include "api/test_verbs.hpp"
#include "collect/promises.hpp"

namespace owed::api {
namespace {

struct PromiseVerbs : VerbsTest {
    collect::PromiseListener listener{company.books, company.test.clock};
    PromiseVerbs() {
        company.context.listeners.push_back(&listener);
        hosts.bank.arrives("more", {intake::statement_record(intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR",
            {intake::bank_line("2026-03-31", "1000.00 EUR", "thanks", "FR1420041010050500013M02606")}))});
        store::ok(inbox.sync(hosts.bank));
    }
    json::object promised(const json::object& beside = {}) {
        json::object asked{{"customer", "C2"}, {"amount", "1000.00"}, {"by", "2026-04-03"}, {"items", "INV-2026/0003"}, {"why", "agreed on the phone"}};
        for (const auto& member : beside) asked[member.key()] = member.value();
        return get("promise add", asked);
    }
    std::string receipt(const char* amount) {
        const auto receipts = get("receipts");
        for (const auto& one : receipts.at("receipts").as_array())
            if (one.at("amount") == amount) return std::string{one.at("receipt").as_string()};
        throw std::runtime_error{"no such receipt"};
    }
    json::object item(const std::string& document) {
        const auto items = get("items");
        for (const auto& one : items.at("items").as_array())
            if (one.at("document") == json::string{document}) return one.as_object();
        throw std::runtime_error{"no such item"};
    }
    std::string state() { return std::string{first("promises", "promises").at("state").as_string()} + " " + std::string{first("promises", "promises").at("paid").as_string()}; }
    Error error_of(std::string_view verb, const json::object& arguments, const Caller& caller = anna) {
        const auto answer = ask(verb, arguments, caller);
        EXPECT_FALSE(answer) << verb;
        return answer ? Error{} : answer.error();
    }
};

TEST_F(PromiseVerbs, from_the_call_to_the_money) {
    const auto made = promised();
    expect_keys(made, "promise, entity, customer, name, currency, amount, paid, made_on, due, follow_up, state, documents, items, any_item, by, why, ended_on", "promise add");
    EXPECT_EQ(json::serialize(made.at("documents")), R"(["INV-2026/0003"])");
    EXPECT_EQ(made.at("follow_up"), "2026-04-06");
    EXPECT_EQ(item("INV-2026/0003").at("promise"), "2026-04-03");
    EXPECT_TRUE(item("INV-2026/0002").at("promise").is_null());
    const auto preview = get("dunning preview", {{"as_of", "2026-03-31"}});
    EXPECT_THAT(json::serialize(preview), HasSubstr("INV-2026/0003 is promised by 2026-04-03"));

    const auto paid = receipt("1000.00");
    get("cash identify", {{"receipt", paid}, {"customer", "C2"}});
    get("cash apply", {{"receipt", paid}, {"items", json::array{"INV-2026/0003=400.00"}}});
    EXPECT_EQ(state(), "open 400.00");
    get("cash apply", {{"receipt", paid}, {"items", json::array{"INV-2026/0003=600.00"}}});
    EXPECT_EQ(state(), "kept 1000.00");
    EXPECT_TRUE(item("INV-2026/0003").at("promise").is_null()) << "what is still open of it is promised no longer";
    const auto applications = get("applications", {{"item", "INV-2026/0003"}});
    get("cash unapply", {{"application", applications.at("applications").as_array().back().at("application")}, {"why", "wrong"}});
    EXPECT_EQ(state(), "open 400.00");
    EXPECT_EQ(get("ledger verify").at("ok"), true);
    EXPECT_EQ(get("audit verify").at("ok"), true);
}

TEST_F(PromiseVerbs, listed_by_customer_and_state_and_cancelled) {
    const auto id = promised().at("promise");
    for (const auto& [arguments, count] : {std::pair{json::object{}, 1U}, {json::object{{"customer", "C2"}}, 1U}, {json::object{{"customer", "C1"}}, 0U},
                                           {json::object{{"state", "open"}}, 1U}, {json::object{{"state", "broken"}}, 0U}, {json::object{{"entity", "boston"}}, 0U}})
        EXPECT_EQ(get("promises", arguments, guest).at("promises").as_array().size(), count) << json::serialize(arguments);
    EXPECT_EQ(error_of("promises", {{"state", "kpt"}}).where, "state");
    const auto cancelled = get("promise cancel", {{"promise", id}, {"why", "they will not pay"}});
    EXPECT_EQ(cancelled.at("state"), "cancelled");
    EXPECT_EQ(cancelled.at("ended_by"), "anna");
    EXPECT_TRUE(item("INV-2026/0003").at("promise").is_null());
    EXPECT_EQ(error_of("promise cancel", {{"promise", id}, {"why", "again"}}).where, "promise");
    EXPECT_EQ(error_of("promise cancel", {{"promise", 99}, {"why", "x"}}).code, Errc::not_found);
}

TEST_F(PromiseVerbs, refusals_name_what_was_wrong) {
    const json::object asked{{"customer", "C2"}, {"amount", "10.00"}, {"by", "2026-04-03"}, {"why", "w"}};
    const auto with = [&](std::string_view key, const json::value& value) {
        auto changed = asked;
        changed[json::string_view{key.data(), key.size()}] = value;
        return error_of("promise add", changed);
    };
    EXPECT_EQ(with("amount", "0.00").where, "amount");
    EXPECT_EQ(with("amount", "10.001").where, "amount");
    EXPECT_EQ(with("amount", "99999.00").where, "amount");
    EXPECT_EQ(with("by", "2026-03-30").where, "by");
    EXPECT_EQ(with("by", "tomorrow").where, "by");
    EXPECT_EQ(with("by", nullptr).where, "by");
    EXPECT_EQ(with("items", "INV-2026/0001,INV-2026/0003").where, "items");
    EXPECT_EQ(with("items", "INV-9").code, Errc::not_found);
    EXPECT_EQ(with("items", " , ").code, Errc::invalid_argument) << "named none, and did not leave it to us";
    EXPECT_EQ(with("currency", "EUX").code, Errc::unknown_currency);
    EXPECT_EQ(with("customer", "C9").code, Errc::not_found);
    EXPECT_EQ(error_of("promise add", asked, guest).code, Errc::refused);
    EXPECT_EQ(error_of("promise add", asked, boris).code, Errc::refused) << "SECURITY 7.5";
    const auto both = get("promise add", {{"customer", "C2"}, {"amount", "1244.50"}, {"by", "2026-04-03"}, {"items", "INV-2026/0002, INV-2026/0003, "}, {"why", "w"}});
    EXPECT_EQ(both.at("items").as_array().size(), 2U);
}

}  // namespace
}  // namespace owed::api
