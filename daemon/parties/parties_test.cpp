#include "parties/directory.hpp"
#include "parties/parties.hpp"

#include "store/test_store.hpp"

namespace owed::parties {
namespace {

using store::ok;
using store::TestStore;

const audit::Actor anna{.kind = audit::Actor::Kind::person, .id = "anna"};
const audit::Actor ben{.kind = audit::Actor::Kind::person, .id = "ben"};

struct PartiesTest : ::testing::Test {
    TestStore test{{audit::migrations(), migrations()}};

    Customer customer(std::string number, std::string name) {
        Customer c;
        c.number = std::move(number);
        c.name = std::move(name);
        c.email = "ar@example.com";
        c.language = "de";
        c.address = {{"Hauptstr. 1", "", "Hinterhaus"}, "10115", "Berlin", "", "DE"};
        c.accounts = {"DE89 3704 0044 0532 0130 00"};
        c.terms_days = 30;
        return c;
    }
    std::pair<CustomerId, Upserted> add(const std::string& entity, const Customer& c) {
        std::pair<CustomerId, Upserted> result;
        test.write([&](store::Tx& tx) -> Status {
            OWED_TRY(result, upsert(tx, test.clock, entity, c));
            return {};
        });
        return result;
    }
    CustomerRow row(CustomerId id) {
        std::optional<CustomerRow> found;
        test.read([&](store::Db& db) { found = find(db, id); });
        return found.value();
    }
    std::vector<CustomerId> by_name(std::string_view name, std::string_view entity = "emea") {
        std::vector<CustomerId> found;
        test.read([&](store::Db& db) { found = customers_of_name(db, entity, name); });
        return found;
    }
    std::vector<CustomerId> by_account(std::string_view account, std::string_view entity = "emea") {
        std::vector<CustomerId> found;
        test.read([&](store::Db& db) { found = customers_of_account(db, entity, account); });
        return found;
    }
    Status change(CustomerId id, std::string_view field, std::string_view value) {
        return test.store().write([&](store::Tx& tx) { return set(tx, test.clock, test.rng, anna, id, field, value); });
    }
    std::vector<std::string> acts() {
        std::vector<std::string> all;
        test.read([&](store::Db& db) {
            for (const auto& listed : audit::list(db, {}, 100))
                all.push_back(listed.act.action + " " + listed.act.object_id);
            EXPECT_EQ(audit::verify(db).what, "");
        });
        return all;
    }
};

TEST_F(PartiesTest, upsert_says_what_changed) {
    auto c = customer("4711", "Acme GmbH");
    const auto [id, first] = add("emea", c);
    EXPECT_EQ(first, Upserted::created);
    EXPECT_EQ(add("emea", c), (std::pair{id, Upserted::unchanged}));
    c.entity = "emea";  // as a connector may say or leave out
    EXPECT_EQ(add("emea", c).second, Upserted::unchanged);
    struct Case {
        const char* name;
        std::function<void(Customer&)> change;
    };
    for (const auto& step : {Case{"name", [](Customer& x) { x.name = "Acme AG"; }}, Case{"line", [](Customer& x) { x.address.lines.pop_back(); }},
                             Case{"no_terms", [](Customer& x) { x.terms_days.reset(); }}, Case{"account", [](Customer& x) { x.accounts.push_back("1"); }},
                             Case{"account_order", [](Customer& x) { std::swap(x.accounts[0], x.accounts[1]); }},
                             Case{"block", [](Customer& x) { x.dunning_block = "legal"; }}, Case{"channel", [](Customer& x) { x.channel = "letter"; }}}) {
        step.change(c);
        EXPECT_EQ(add("emea", c), (std::pair{id, Upserted::changed})) << step.name;
        EXPECT_EQ(add("emea", c).second, Upserted::unchanged) << step.name;
    }
    const auto stored = row(id).customer;
    EXPECT_EQ(stored.address.lines, (std::vector<std::string>{"Hauptstr. 1", ""}));
    EXPECT_EQ(stored.accounts, c.accounts);
    EXPECT_EQ(stored.terms_days, std::nullopt);
}

TEST_F(PartiesTest, a_number_is_unique_within_its_entity_only) {
    const auto here = add("emea", customer("1", "Acme")).first, there = add("us", customer("1", "Apex")).first;
    EXPECT_NE(here, there);
    test.read([&](store::Db& db) {
        EXPECT_EQ(find(db, "emea", "1")->customer.name, "Acme");
        EXPECT_EQ(find(db, "us", "1")->customer.name, "Apex");
        EXPECT_FALSE(find(db, "apac", "1"));
        EXPECT_EQ(list(db, {}).size(), 2U);
        EXPECT_EQ(list(db, "us").size(), 1U);
    });
}

TEST_F(PartiesTest, without_number_or_entity_it_is_refused) {
    test.write([&](store::Tx& tx) -> Status {
        EXPECT_EQ(upsert(tx, test.clock, "emea", customer("", "x")).error().code, Errc::invalid_argument);
        EXPECT_EQ(upsert(tx, test.clock, "", customer("1", "x")).error().code, Errc::invalid_argument);
        EXPECT_EQ(find_or_mention(tx, test.clock, "emea", "").error().code, Errc::invalid_argument);
        return {};
    });
}

TEST_F(PartiesTest, a_mentioned_customer_is_completed_later) {
    CustomerId mentioned;
    test.write([&](store::Tx& tx) -> Status {
        OWED_TRY(mentioned, find_or_mention(tx, test.clock, "emea", "9"));
        OWED_TRY(const auto again, find_or_mention(tx, test.clock, "emea", "9"));
        EXPECT_EQ(mentioned, again);
        return {};
    });
    EXPECT_EQ(row(mentioned).customer.name, "");
    Customer bare;
    bare.number = "9";
    EXPECT_EQ(add("emea", bare), (std::pair{mentioned, Upserted::created})) << "even when the ERP says nothing but the number";
    EXPECT_EQ(add("emea", customer("9", "Nine")), (std::pair{mentioned, Upserted::changed}));
}

TEST_F(PartiesTest, a_persons_word_stays_over_the_erps) {
    auto c = customer("1", "Acme GmbH");
    const auto id = add("emea", c).first;
    ok(change(id, "email", "new@example.com"));
    ok(change(id, "hold", "in talks"));
    ok(change(id, "dunning_block", "legal"));
    c.email = "erp@example.com";
    c.address.city = "Potsdam";
    EXPECT_EQ(add("emea", c).second, Upserted::changed);
    auto now = row(id);
    EXPECT_EQ(now.customer.email, "new@example.com");
    EXPECT_EQ(now.customer.address.city, "Potsdam");
    EXPECT_EQ(now.customer.dunning_block, "legal");
    EXPECT_TRUE(now.hold);
    EXPECT_EQ(now.hold_reason, "in talks");
    ok(change(id, "hold", "no"));
    ok(change(id, "dunning_block", ""));
    now = row(id);
    EXPECT_FALSE(now.hold);
    EXPECT_EQ(now.customer.dunning_block, "");
    EXPECT_EQ(acts().size(), 5U);
}

TEST_F(PartiesTest, personal_values_are_not_in_the_chain) {
    const auto id = add("emea", customer("1", "Acme GmbH")).first;
    for (const auto* field : {"email", "name", "contact", "hold", "dunning_block"})
        ok(change(id, field, field == std::string{"email"} ? "secret@example.com" : "secret person"));
    ok(change(id, "language", "fr"));
    test.read([&](store::Db& db) {
        auto rows = db.query("SELECT bytes FROM audit_record");
        int checked = 0;
        for (; rows.step(); ++checked)
            EXPECT_EQ(rows.blob(0).find("secret"), std::string::npos);
        EXPECT_EQ(checked, 6);
        EXPECT_EQ(audit::list(db, {}, 1).front().act.reason, "language=fr");
    });
}

TEST_F(PartiesTest, what_cannot_be_set) {
    const auto id = add("emea", customer("1", "Acme GmbH")).first;
    struct Case {
        const char *name, *field, *value;
    };
    for (const auto& c : {Case{"no_such_field", "iban", "DE1"}, Case{"two_addresses", "email", "a@x.de,b@x.de"}, Case{"no_at", "email", "a.x.de"},
                          Case{"forged_header", "email", "a@x.de\r\nBcc: b@x.de"}, Case{"line_break", "name", "A\nB"},
                          Case{"channel", "channel", "fax"}, Case{"language", "language", "de_DE; DROP"}}) {
        const auto done = change(id, c.field, c.value);
        ASSERT_FALSE(done.has_value()) << c.name;
        EXPECT_EQ(done.error().code, Errc::invalid_argument) << c.name;
    }
    EXPECT_EQ(change(CustomerId{99}, "name", "x").error().code, Errc::not_found);
    EXPECT_NE(change(id, "iban", "x").error().what.find("dunning_block"), std::string::npos) << "the message names the fields there are";
    EXPECT_TRUE(acts().empty());
}

TEST(NameKey, spellings) {
    struct Case {
        const char *name, *key;
    };
    for (const auto& c : {
             Case{"Acme GmbH", "ACME|GMBH"}, Case{"ACME G.m.b.H.", "ACME|GMBH"}, Case{"acme gmbh", "ACME|GMBH"},
             Case{"Müller & Söhne GmbH & Co. KG", "MULLERSOHNE|GMBHCOKG"}, Case{"Meyer mbH", "MEYER|GMBH"},
             Case{"Acme Limited", "ACME|LTD"}, Case{"Acme Ltd.", "ACME|LTD"}, Case{"Acme, Inc.", "ACME|INC"},
             Case{"Acme Incorporated", "ACME|INC"}, Case{"Société Générale S.A.", "SOCIETEGENERALE|SA"}, Case{"Dupont S. A.", "DUPONT|SA"},
             Case{"Dupont SARL", "DUPONT|SARL"}, Case{"Dupont S.à r.l.", "DUPONT|SARL"}, Case{"Jansen B.V.", "JANSEN|BV"},
             Case{"Kowalski Sp. z o.o.", "KOWALSKI|SPZOO"}, Case{"Kowalski sp. z o. o.", "KOWALSKI|SPZOO"},
             Case{"Smith Pty Ltd", "SMITH|PTYLTD"}, Case{"O'Neill plc", "ONEILL|PLC"}, Case{"Øresund ApS", "ORESUND|APS"},
             Case{"Ελληνικά Τρόφιμα", "ELLENIKATROPHIMA"}, Case{"Straße 7 AG", "STRASSE7|AG"}, Case{"Łódź Trans", "LODZTRANS"},
             Case{"İstanbul Ticaret", "ISTANBULTICARET"}, Case{"AG", "AG"}, Case{"Co. Ltd", "CO|LTD"}, Case{"3M", "3M"},
             Case{"Müller-Bau GmbH", "MULLERBAU|GMBH"}, Case{"A B C Handel", "ABCHANDEL"}, Case{"", ""}, Case{" -./ ", ""},
         })
        EXPECT_EQ(name_key(c.name), c.key) << c.name;
}

TEST_F(PartiesTest, payer_names) {
    const auto mueller = add("emea", customer("1", "Müller GmbH")).first;
    const auto acme_gmbh = add("emea", customer("2", "Acme GmbH")).first;
    const auto acme_ag = add("emea", customer("3", "Acme AG")).first;
    const auto jensen = add("emea", customer("4", "Blåbær Jensen ApS")).first;
    add("us", customer("5", "Müller GmbH"));
    struct Case {
        const char *name, *payer;
        std::vector<CustomerId> found;
    };
    for (const auto& c : {Case{"as_written", "Müller GmbH", {mueller}}, Case{"spelled_out", "MUELLER GMBH", {mueller}},
                          Case{"without_dots", "MULLER GMBH", {mueller}}, Case{"without_form", "Mueller", {mueller}},
                          Case{"other_form", "Müller AG", {}}, Case{"one_of_two", "ACME AG", {acme_ag}},
                          Case{"ambiguous", "Acme", {acme_gmbh, acme_ag}}, Case{"danish", "BLAABAER JENSEN APS", {jensen}},
                          Case{"never_a_part", "Mull", {}}, Case{"never_longer", "Mueller Transport GmbH", {}}, Case{"empty", "", {}}})
        EXPECT_EQ(by_name(c.payer), c.found) << c.name;
    ok(change(mueller, "name", "Maler Meier GmbH"));
    EXPECT_TRUE(by_name("Müller GmbH").empty());
    EXPECT_EQ(by_name("Maler Meier GmbH").size(), 1U);
    EXPECT_EQ(add("emea", customer("1", "Müller KG")).second, Upserted::changed);
    EXPECT_EQ(by_name("Maler Meier GmbH").size(), 1U) << "a person's name stays in force";
}

TEST_F(PartiesTest, payer_accounts) {
    const auto one = add("emea", customer("1", "Acme")).first, two = add("emea", customer("2", "Apex")).first;
    EXPECT_EQ(by_account("de89370400440532013000"), (std::vector{one, two})) << "ambiguous: both are given";
    auto c = customer("2", "Apex");
    c.accounts = {"4711"};
    add("emea", c);
    EXPECT_EQ(by_account("DE89 3704 0044 0532 0130 00"), std::vector{one});
    EXPECT_EQ(by_account("DE89 3704 0044 0532 0130 00", "us"), std::vector<CustomerId>{});
    EXPECT_TRUE(by_account("DE8937040044053201300").empty());
    EXPECT_TRUE(by_account("  ").empty());
}

TEST_F(PartiesTest, aliases_are_learned_and_revoked) {
    const auto id = add("emea", customer("1", "Acme GmbH")).first, other = add("us", customer("1", "Acme Inc")).first;
    const auto learn = [&](std::string_view kind, std::string_view value, CustomerId whom) {
        return test.store().write([&](store::Tx& tx) { return learn_alias(tx, test.clock, anna, "emea", kind, value, whom); });
    };
    ok(learn("account", "GB82 WEST 1234 5698 7654 32", id));
    ok(learn("account", "gb82west12345698765432", id));
    ok(learn("name", "A. Inhaber", id));
    EXPECT_EQ(by_account("GB82WEST12345698765432"), std::vector{id});
    EXPECT_EQ(by_name("a inhaber"), std::vector{id});
    EXPECT_EQ(learn("name", "x", other).error().code, Errc::wrong_customer);
    EXPECT_EQ(learn("name", "...", id).error().code, Errc::invalid_argument);
    EXPECT_EQ(learn("mail", "x", id).error().code, Errc::invalid_argument);
    EXPECT_EQ(learn("name", "x", CustomerId{99}).error().code, Errc::not_found);
    std::vector<Alias> known;
    test.read([&](store::Db& db) { known = aliases(db); });
    ASSERT_EQ(known.size(), 2U) << "the same account twice is one alias";
    EXPECT_EQ(known[0].by, "anna");
    const auto revoke = [&](std::int64_t alias) {
        return test.store().write([&](store::Tx& tx) { return revoke_alias(tx, test.clock, ben, alias); });
    };
    ok(revoke(known[0].id));
    EXPECT_EQ(revoke(known[0].id).error().code, Errc::not_found);
    EXPECT_TRUE(by_account("GB82WEST12345698765432").empty());
    EXPECT_EQ(by_name("A Inhaber"), std::vector{id});
    EXPECT_EQ(acts(), (std::vector<std::string>{"alias.learn 1", "alias.learn 2", "alias.revoke 1"}));
}

TEST_F(PartiesTest, the_directory_has_the_names_that_persons_gave) {
    const auto [acme, first] = add("emea", customer("K-1", "Acme GmbH"));
    const auto [nordic, second] = add("emea", customer("K-2", "Nordic AS"));
    DirectoryMemory memory;
    const auto name = [&](CustomerId id) {
        std::string found;
        test.read([&](store::Db& db) {
            const auto* entry = memory.at(db)->find(id.value);
            found = entry->number + " " + entry->name;
        });
        return found;
    };
    EXPECT_EQ(name(acme), "K-1 Acme GmbH");
    ok(change(acme, "name", "Acme Holding"));
    ok(change(acme, "email", "cash@example.com"));
    EXPECT_EQ(name(acme), "K-1 Acme Holding");
    EXPECT_EQ(name(nordic), "K-2 Nordic AS");
    ok(change(nordic, "name", ""));   // an empty value is a value
    EXPECT_EQ(name(nordic), "K-2 ");
}

struct PayToTest : PartiesTest {
    PayTo ours{.entity = "emea", .iban = "DE89 3704 0044 0532 0130 00", .bank = "COBADEFF", .bank_name = "Bank", .holder = "Owed Demo", .currency = "EUR"};
    PayToState configure(const PayTo& details) {
        PayToState state;
        test.write([&](store::Tx& tx) -> Status {
            OWED_TRY(state, register_pay_to(tx, test.clock, details));
            return {};
        });
        return state;
    }
};

TEST_F(PayToTest, a_change_needs_approval) {
    EXPECT_FALSE(configure(ours).pending);
    auto blanks = ours;
    blanks.iban = "DE89370400440532013000";
    EXPECT_FALSE(configure(blanks).pending) << "blanks are a matter of print";
    auto theirs = ours;
    theirs.iban = "LT12 1000 0111 0100 1000";
    for (int i = 0; i < 2; ++i) {
        const auto state = configure(theirs);
        EXPECT_EQ(pay_to_hash(state.approved), pay_to_hash(ours));
        ASSERT_TRUE(state.pending);
        EXPECT_EQ(pay_to_hash(*state.pending), pay_to_hash(theirs));
    }
    auto other = theirs;
    other.holder = "Somebody";
    test.write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(audit::approve(tx, test.clock, ben, "anna", "pay_to", "emea/EUR", pay_to_hash(theirs)));
        return {};
    });
    EXPECT_TRUE(configure(other).pending) << "the approval is of other details";
    const auto approved = configure(theirs);
    EXPECT_FALSE(approved.pending);
    EXPECT_EQ(pay_to_hash(approved.approved), pay_to_hash(theirs));
    EXPECT_EQ(acts(), (std::vector<std::string>{"pay_to.first emea/EUR", "pay_to.pending emea/EUR", "pay_to.approve emea/EUR",
                                                "pay_to.pending emea/EUR", "pay_to.change emea/EUR"}));
}

TEST_F(PayToTest, going_back_drops_what_was_pending) {
    configure(ours);
    auto theirs = ours;
    theirs.holder = "Somebody";
    EXPECT_TRUE(configure(theirs).pending);
    EXPECT_FALSE(configure(ours).pending);
    test.read([&](store::Db& db) {
        EXPECT_FALSE(pay_to(db, "emea", "EUR")->pending);
        EXPECT_FALSE(pay_to(db, "emea", "USD"));
    });
}

TEST_F(PayToTest, after_the_first_day_a_renamed_entity_is_no_way_around) {
    configure(ours);
    auto second = ours;
    second.entity = "us";
    second.currency = "USD";
    EXPECT_FALSE(configure(second).pending) << "a second entity while the installation is new";
    test.clock.pass_seconds(24 * 3600 + 1);
    auto renamed = ours;
    renamed.entity = "emea2";
    const auto state = configure(renamed);
    ASSERT_TRUE(state.pending);
    EXPECT_TRUE(state.approved.iban.empty());
    EXPECT_NE(pay_to_hash(state.approved), pay_to_hash(renamed));
}

TEST_F(PayToTest, details_edited_in_the_database_are_refused) {
    configure(ours);
    test.close();
    store::tamper(test.folder / "data", "UPDATE pay_to SET iban = 'LT121000011101001000'");
    test.open();
    const auto done = test.store().read([&](store::Db& db) -> Status {
        (void)pay_to(db, "emea", "EUR");
        return {};
    });
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, Errc::store_corrupt);
}

TEST_F(PayToTest, incomplete_details_are_refused) {
    test.write([&](store::Tx& tx) -> Status {
        for (auto field : {&PayTo::entity, &PayTo::currency, &PayTo::iban}) {
            auto details = ours;
            (details.*field).clear();
            EXPECT_EQ(register_pay_to(tx, test.clock, details).error().code, Errc::invalid_argument);
        }
        return {};
    });
}

}  // namespace
}  // namespace owed::parties
