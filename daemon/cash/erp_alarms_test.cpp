// What people are told of the queue, and what ledger verify finds in it.
#include "cash/test_erp_queue.hpp"

namespace owed::cash {
namespace {

TEST_F(ErpWrites, what_nobody_tells_the_erp_is_confirmed_by_its_own_record_and_is_no_alarm_after_a_restore) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "70.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("70.00 EUR", "INV-2");
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[0].id, false); })), "");
    EXPECT_EQ(restored(), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed", "+unknown"));
    EXPECT_THAT(alarms(72, ""), IsEmpty());
    EXPECT_THAT(alarms(72), ElementsAre(HasSubstr("1 applications may or may not stand in the ERP of sap")));
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return ledger::flag_in_flight(tx, applications()[1].id, false); })), "");
    EXPECT_EQ(store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return confirm_erp_writes(tx, company.test.clock); })), 1);
    EXPECT_THAT(states(), ElementsAre("+confirmed", "+confirmed"));
}

TEST_F(ErpWrites, what_waits_too_long_is_an_alarm_where_somebody_should_have_taken_it) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    later(71);
    EXPECT_THAT(alarms(), IsEmpty());
    later(2);
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("1 applications have waited more than 72 hours for the ERP of sap")));
    EXPECT_THAT(alarms(72, ""), IsEmpty());
    EXPECT_THAT(alarms(0), IsEmpty());
    became(reserve()[0].id, SendState::sent);
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("no record of its own confirms them")));
}

TEST_F(ErpWrites, what_was_reserved_and_never_noted_is_an_alarm) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    later(100);
    reserve();   // and then the store was full
    EXPECT_THAT(alarms(), IsEmpty()) << "it is on its way";
    later(73);
    const auto says = ElementsAre(::testing::AllOf(HasSubstr("1 applications were given to connector erp for the ERP of sap more than 72 hours ago"), HasSubstr(all()[0].key), HasSubstr("restart owed")));
    EXPECT_THAT(alarms(), says);
    EXPECT_THAT(alarms(72, ""), says) << "whoever takes them now";
    EXPECT_THAT(alarms(0), IsEmpty());
    became(all()[0].id, SendState::sent);
    EXPECT_THAT(alarms(72, ""), IsEmpty());
}

TEST_F(ErpWrites, what_is_for_a_connector_that_is_gone_is_an_alarm_and_a_person_hands_it_over) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "70.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("70.00 EUR", "INV-2");
    const auto due = reserve();
    became(due[0].id, SendState::sent);
    became(due[1].id, SendState::retry, "locked");
    undo(applications()[0].id);
    ASSERT_THAT(states(), ElementsAre("+sent", "+waiting", "-waiting"));
    EXPECT_THAT(alarms(), IsEmpty());
    EXPECT_THAT(alarms(72, "erp-new"), ElementsAre(HasSubstr("2 applications for the ERP of sap belong to connector erp, which does not take them now")));
    EXPECT_THAT(alarms(72, ""), ElementsAre(HasSubstr("belong to connector erp")));
    later(1);
    const auto by_new = [&] {
        return store::ok(company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "sap", "erp-new", 10); }));
    };
    EXPECT_THAT(by_new(), IsEmpty());
    const auto resolve = [&](const std::string& key, bool written) {
        return error_text(company.test.store().write([&](store::Tx& tx) { return resolve_erp_write(tx, company.context, anna, key, written, "looked"); }));
    };
    EXPECT_EQ(resolve(all()[1].key, false), "");
    EXPECT_EQ(by_new().size(), 1u);
    EXPECT_EQ(resolve(all()[2].key, true), "");   // taken back there by hand
    EXPECT_THAT(states(), ElementsAre("+sent", "+reserved", "-sent"));
    EXPECT_THAT(alarms(72, "erp-new"), IsEmpty());
}

TEST_F(ErpWrites, verify_finds_what_queue_and_books_do_not_say_alike) {
    spoilt = true;
    for (const auto* number : {"INV-1", "INV-2"}) {
        invoice(number, "200.00 EUR");
        arrives("200.00 EUR", number);
    }
    became(reserve(1)[0].id, SendState::sent);
    undo(applications()[0].id);
    ASSERT_THAT(states(), ElementsAre("+sent", "+waiting", "-waiting"));
    ASSERT_THAT(erp_faults(), IsEmpty());
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) -> Status {   // the test's clock went back: the queue is older than all this
        tx.query("UPDATE store_migration SET applied_at = 0 WHERE number = 47").run();
        return {};
    })), "");
    struct Case {
        const char *damage, *said;
    };
    for (const auto& one : {Case{"UPDATE erp_write SET entity = 'other' WHERE id = 2", "for the ERP of other: row hash does not fit its fields"},
                            Case{"UPDATE erp_write SET record = x'00' WHERE id = 2", "row hash does not fit its fields"},
                            Case{"UPDATE erp_write SET state = 'withdrawn' WHERE id = 2", "it is withdrawn, and stands here"},
                            Case{"UPDATE erp_write SET state = 'refused' WHERE id = 2", "it is refused, and stands here"},
                            Case{"UPDATE erp_write SET state = 'confirmed' WHERE id = 2", "it is confirmed, and its application waits for the ERP"},
                            Case{"UPDATE erp_write SET state = 'waiting' WHERE id = 1", "it waits to be told, and is undone here"},
                            Case{"DELETE FROM erp_write WHERE id = 3", "it is sent and undone here, and no taking back is queued"},
                            Case{"DELETE FROM erp_write WHERE id = 2", "application 2 waits for the ERP, and nothing is queued to tell it"}}) {
        std::vector<std::string> found;
        ASSERT_FALSE(company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query(one.damage).run();
            found = erp_differences(tx);
            return fail(Errc::cancelled, "it was only tried");
        }));
        EXPECT_THAT(found, ElementsAre(HasSubstr(one.said))) << one.damage;
    }
}

TEST_F(ErpWrites, a_record_that_was_changed_in_the_store_is_not_sent) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    spoilt = true;
    ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) -> Status {
        tx.query("UPDATE erp_write SET key = 'A1-other'").run();
        return {};
    })), "");
    const auto refused = company.in_tx<std::vector<ReservedWrite>>([&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, "", "erp", 10); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::store_corrupt);
}

}  // namespace
}  // namespace owed::cash
