#include "apis/salesforce/records.hpp"

#include <gtest/gtest.h>

namespace owed::apis::salesforce {
namespace {

ObjectShape shape(const std::string& name, const std::vector<std::string>& fields) {
    ObjectShape made{name, {}};
    for (const auto& field : fields) {  // "name type"
        const auto blank = field.find(' ');
        made.fields.push_back({field.substr(0, blank), field.substr(blank + 1), 255, true, field.starts_with("owed_Customer") || field.starts_with("owed_Order") || field.starts_with("Id ")});
    }
    return made;
}
const ObjectShape account = shape("Account", {"Id id", "Name string", "AccountNumber string", "owed_Customer__c string", "Entity__c picklist", "BillingStreet textarea", "owed_Balance__c currency",
                                              "owed_Overdue__c currency", "owed_Oldest_Days__c double", "owed_Dunning_Level__c double", "owed_Credit_Hold__c boolean",
                                              "owed_Hold_Reason__c string", "owed_As_Of__c datetime"});

Json row(const std::string& text) {
    auto json = parse_json(text);
    EXPECT_TRUE(json) << text;
    return json ? *json : Json{};
}
constexpr const char* id = "001D000000IqhSLIAZ";
const RowHead head{{"2026-03-31T06:00:00.000Z", id}, false};

TEST(SalesforceRows, heads) {
    const auto good = head_of(row(R"({"Id":"001D000000IqhSL","SystemModstamp":"2026-03-31T06:00:00.000+0000","IsDeleted":true})"));
    ASSERT_TRUE(good) << to_text(good.error());
    EXPECT_EQ(good->place, head.place);
    EXPECT_TRUE(good->deleted);
    for (const char* bad : {"{}", R"({"Id":"x","SystemModstamp":"2026-03-31T06:00:00.000+0000"})", R"({"Id":"001D000000IqhSL","SystemModstamp":null})", "[]", "5"}) EXPECT_FALSE(head_of(row(bad))) << bad;
}

TEST(SalesforceRows, account_becomes_customer) {
    const auto mapped = customer_of(row(R"({"Name":"Müller  KG","AccountNumber":" 10001 ","owed_Customer__c":null,"BillingStreet":"Hof 1\r\nHaus 2\n","BillingCity":"Ulm",
        "BillingPostalCode":"89073","BillingState":null,"BillingCountry":"Germany","BillingCountryCode":"DE","CurrencyIsoCode":"EUR"})"), head, {});
    ASSERT_TRUE(mapped.record);
    const auto& customer = std::get<Customer>(mapped.record->body);
    EXPECT_EQ(customer.number, "10001");
    EXPECT_EQ(customer.name, "Müller KG");
    EXPECT_EQ(customer.currency, "EUR");
    EXPECT_EQ(customer.address.lines, (std::vector<std::string>{"Hof 1", "Haus 2"}));
    EXPECT_EQ(customer.address.city + " " + customer.address.country, "Ulm DE");
    EXPECT_EQ(mapped.record->where, std::string{"Account "} + id);
    EXPECT_EQ(mapped.record->external_id, id);
}

TEST(SalesforceRows, which_accounts_are_customers) {
    Mapping several;
    several.entity_field = "Entity__c";
    struct Case {
        const char* row;
        const Mapping& mapping;
        const char *number, *entity, *why;
    };
    const Mapping plain;
    for (const Case& c : {Case{R"({"AccountNumber":"1","owed_Customer__c":"2"})", plain, "1", "", ""}, Case{R"({"AccountNumber":null,"owed_Customer__c":"C-2"})", plain, "C-2", "", ""},
                          Case{R"({"AccountNumber":"","owed_Customer__c":null})", plain, "", "", "accounts_without_number"}, Case{"{}", plain, "", "", "accounts_without_number"},
                          Case{R"({"owed_Customer__c":"emea/C-2","Entity__c":"emea"})", several, "C-2", "emea", ""},
                          Case{R"({"owed_Customer__c":"emea/C-2"})", several, "emea/C-2", "", ""}}) {
        const auto mapped = customer_of(row(c.row), head, c.mapping);
        EXPECT_EQ(mapped.why, c.why) << c.row;
        if (!mapped.record) continue;
        EXPECT_EQ(std::get<Customer>(mapped.record->body).number, c.number) << c.row;
        EXPECT_EQ(std::get<Customer>(mapped.record->body).entity, c.entity) << c.row;
    }
    const auto gone = customer_of(row(R"({"AccountNumber":"1"})"), {head.place, true}, plain);
    EXPECT_FALSE(gone.record);
    EXPECT_EQ(gone.why, "accounts_deleted");
    EXPECT_EQ(gone.notes.size(), 1u);
}

TEST(SalesforceRows, contacts) {
    const auto mapped = contact_of(row(R"({"Name":"Ada Kern","Email":"ada@mill.test","Phone":null,"Title":"Head of AP","HasOptedOutOfEmail":true,"Account":{"AccountNumber":"10001"}})"), head, {});
    ASSERT_TRUE(mapped.record);
    const auto& contact = std::get<Contact>(mapped.record->body);
    EXPECT_EQ(contact.customer + " " + contact.name + " " + contact.email + " " + contact.role, "10001 Ada Kern ada@mill.test Head of AP");
    EXPECT_TRUE(contact.no_email);
    EXPECT_EQ(contact_of(row(R"({"Name":"Lone","Account":null})"), head, {}).why, "contacts_without_customer");
    EXPECT_TRUE(std::get<Contact>(contact_of(row(R"({"Name":"Gone","Account":{"AccountNumber":"1"}})"), {head.place, true}, {}).record->body).no_email);
}

TEST(SalesforceRows, orders) {
    Mapping m;
    m.currency = "EUR";
    m.orders.awaiting = {"Draft", "Awaiting Authorisation"};
    const std::string text = R"({"OrderNumber":"00000100","Status":"Awaiting Authorisation","EffectiveDate":"2026-03-30","TotalAmount":1.299078055E7,"PoNumber":"4711",
        "owed_Hold__c":true,"owed_Order__c":"O-1","Account":{"AccountNumber":"10001"}})";
    auto mapped = order_of(row(text), head, m);
    auto order = std::get<SalesOrder>(mapped.record->body);
    EXPECT_EQ(order.number + " " + order.customer + " " + order.text, "00000100 10001 PO 4711");
    EXPECT_EQ(*order.amount, (Amount{1'299'078'055, 2, "EUR"}));
    EXPECT_EQ(to_text(*order.date), "2026-03-30");
    EXPECT_TRUE(order.awaiting_authorisation);
    EXPECT_TRUE(order.on_hold);
    EXPECT_EQ(mapped.record->external_id, id);

    m.orders.key_field = "owed_Order__c";
    EXPECT_EQ(order_of(row(text), head, m).record->external_id, "O-1");
    EXPECT_EQ(order_of(row(R"({"OrderNumber":"1","owed_Order__c":null})"), head, m).record->external_id, id);

    // What cannot be taken over is left out and said; no customer is for intake to refuse.
    mapped = order_of(row(R"({"OrderNumber":"2","Status":"Activated","EffectiveDate":"2026-02-30","TotalAmount":1.005,"Account":null})"), head, m);
    order = std::get<SalesOrder>(mapped.record->body);
    EXPECT_TRUE(order.customer.empty());
    EXPECT_FALSE(order.amount || order.date || order.awaiting_authorisation || order.on_hold);
    ASSERT_EQ(mapped.notes.size(), 2u);
    EXPECT_EQ(mapped.notes[0], std::string{"Order "} + id + ", TotalAmount: \"1.005\" is left out: it has more decimals than EUR has");

    order = std::get<SalesOrder>(order_of(row(text), {head.place, true}, m).record->body);
    EXPECT_FALSE(order.awaiting_authorisation || order.on_hold);
    EXPECT_EQ(order.status, "deleted");
}

TEST(SalesforceRows, only_fields_that_are_there_are_asked_for) {
    EXPECT_EQ(account_fields(account, {}), (std::vector<std::string>{"Id", "IsDeleted", "SystemModstamp", "Name", "AccountNumber", "owed_Customer__c", "BillingStreet"}));
    Mapping one;
    one.number_field = one.key_field;
    EXPECT_EQ(contact_fields(shape("Contact", {"Email email"}), account, one), (std::vector<std::string>{"Id", "IsDeleted", "SystemModstamp", "Name", "Account.owed_Customer__c", "Email"}));
    const auto fields = order_fields(shape("Order", {"CurrencyIsoCode picklist"}), account, {});
    EXPECT_EQ(fields.back(), "owed_Hold__c");  // Id stands there already
}

AccountStatus status() {
    AccountStatus s;
    s.customer = "10001";
    s.as_of = *parse_date("2026-03-31");
    s.balance = Amount{12'345'678'901'234'567, 2, "EUR"};
    s.overdue = Amount{-5, 2, "EUR"};
    s.oldest_days = 41;
    s.dunning_level = 2;
    s.hold = true;
    s.hold_reason = "41 days \"late\"";
    return s;
}

TEST(SalesforceWriting, a_status_is_exact) {
    const auto fields = fields_of(status(), account, {}, "EUR");
    EXPECT_EQ(fields.members, R"("owed_Balance__c":123456789012345.67,"owed_Overdue__c":-0.05,"owed_Oldest_Days__c":41,"owed_Dunning_Level__c":2,)"
                              R"("owed_Credit_Hold__c":true,"owed_Hold_Reason__c":"41 days \"late\"","owed_As_Of__c":"2026-03-31T12:00:00.000Z")");
    EXPECT_EQ(fields.note, "");
    const auto blank = fields_of(status(), account, {}, "USD");
    EXPECT_TRUE(blank.members.starts_with(R"("owed_Balance__c":null,"owed_Overdue__c":null,)")) << blank.members;
    EXPECT_EQ(blank.note, "amounts are left blank: the account counts in USD, and the customer owes in EUR");
}

TEST(SalesforceWriting, fields_switched_off_dates_and_long_reasons) {
    Mapping m;
    m.status = {};
    m.status.balance = m.status.overdue = m.status.oldest_days = m.status.dunning_level = m.status.credit_hold = "";
    auto s = status();
    s.hold_reason = std::string(300, 'x');
    const auto fields = fields_of(s, shape("Account", {"owed_Hold_Reason__c string", "owed_As_Of__c date"}), m, {});
    EXPECT_EQ(fields.members, R"("owed_Hold_Reason__c":")" + std::string(255, 'x') + R"(","owed_As_Of__c":"2026-03-31")");
    const auto order = shape("Order", {"owed_Hold__c boolean", "owed_Hold_Reason__c string"});
    EXPECT_EQ(fields_of(OrderHold{"1", "", "C", true, "late", {}}, order, m).members, R"("owed_Hold__c":true,"owed_Hold_Reason__c":"late")");
    EXPECT_EQ(fields_of(OrderHold{"1", "", "C", false, "paid", {}}, order, m).members, R"("owed_Hold__c":false,"owed_Hold_Reason__c":null)");
}

TEST(SalesforceMapping, says_every_field_that_is_missing) {
    EXPECT_TRUE(check_account_for_reading(account, {}));
    EXPECT_TRUE(check_account_for_writing(account, {}));
    auto poor = shape("Account", {"AccountNumber string", "owed_Customer__c string", "owed_Balance__c string", "owed_Overdue__c currency"});
    poor.fields[1].is_key = false;
    poor.fields[3].updateable = false;
    const auto wrong = check_account_for_writing(poor, {});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::invalid_config);
    EXPECT_EQ(wrong.error().where, "settings.account.external_id_field");
    for (const char* part : {"Account.owed_Customer__c (settings.account.external_id_field) is no external id", "Account.owed_Balance__c (settings.status.balance) is of type string and should be a Currency (16, 2)",
                             "Account.owed_Overdue__c (settings.status.overdue) cannot be edited", "Account.owed_Credit_Hold__c (settings.status.credit_hold) is not there"})
        EXPECT_NE(wrong.error().what.find(part), std::string::npos) << wrong.error().what;
    EXPECT_FALSE(check_order_for_writing(shape("Order", {"Id id", "AccountId reference"}), {}));
    Mapping off;
    off.orders.awaiting.clear();
    EXPECT_TRUE(check_order_for_writing(shape("Order", {}), off));
    EXPECT_FALSE(check_currency(account, {}));
    off.currency = "EUR";
    EXPECT_TRUE(check_currency(account, off));
    EXPECT_TRUE(check_currency(shape("Order", {"CurrencyIsoCode picklist"}), {}));
}

TEST(SalesforceMapping, names) {
    EXPECT_TRUE(check_names({}));
    for (const char* bad : {"a b", "Owner.Name", "x'", "1x"}) {
        Mapping m;
        m.status.balance = bad;
        const auto wrong = check_names(m);
        ASSERT_FALSE(wrong) << bad;
        EXPECT_EQ(wrong.error().where, "settings.status.balance");
    }
    Mapping m;
    m.currency = "XQX";
    EXPECT_FALSE(check_names(m));
    m = {};
    m.key_field.clear();
    EXPECT_FALSE(check_names(m));
}

}  // namespace
}  // namespace owed::apis::salesforce
