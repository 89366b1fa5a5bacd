#include "audit/audit.hpp"
#include "audit/request.hpp"

#include <cstdlib>
#include <fstream>

#include "audit/detail/record.hpp"
#include "places/places.hpp"
#include "store/test_store.hpp"

namespace owed::audit {
namespace {

using store::ok;
using store::TestStore;

Act act(std::string action, std::string object_id) {
    return {.actor = {.kind = Actor::Kind::person, .id = "anna", .name = "", .session = "uid:1000", .address = ""},
            .on_behalf_of = "", .entity = "emea", .action = std::move(action), .object_kind = "dunning_run",
            .object_id = std::move(object_id), .version_before = 1, .version_after = 2, .before_hash = "",
            .after_hash = store::sha256("after"), .reason = "reason.preview_checked", .approval = "3", .request = "req-9",
            .policy_version = "p4"};
}

void fill(TestStore& test, int records) {
    test.write([&](store::Tx& tx) -> Status {
        for (int i = 1; i <= records; ++i) {
            test.clock.pass_seconds(1);
            OWED_TRY_VOID(append(tx, test.clock, act("cash.apply", std::to_string(i))));
        }
        return {};
    });
}

Verified verified(TestStore& test) {
    Verified result;
    test.read([&](store::Db& db) { result = verify(db); });
    return result;
}

TEST(AuditRecord, golden_bytes) {
    // Made by a Python script that writes the format of SECURITY 7.6 by hand; docs/reference/audit-format.md explains each byte.
    const Record record{7, Instant{1'774'944'000'000'000}, act("dunning.approve", "12"), "0.1.0"};
    EXPECT_EQ(store::hex(canonical_bytes(record)),
              "6f7765642d61756469742f31000800000007000000000000000800000000c09d5a4d4e060004000000656d656106000000706572736f6e"
              "04000000616e6e61080000007569643a3130303000000000000000000f00000064756e6e696e672e617070726f76650b00000064756e6e"
              "696e675f72756e0200000031320800000001000000000000000800000002000000000000000000000020000000f39592393ef0859cb196a5"
              "2693d2cea00fb2df784b3c04ae54aa7cadb8e562f816000000726561736f6e2e707265766965775f636865636b65640100000033050000"
              "007265712d3905000000302e312e30020000007034");
    EXPECT_EQ(store::hex(chain_hash(store::sha256("prev"), canonical_bytes(record))),
              "c3f1a9c764b1b6eec94dfbbb3b8096eeb491a1d017caf0dc2adda881c301b5b8");
    EXPECT_EQ(store::hex(genesis_hash({1, "00112233445566778899aabbccddeeff", Instant{1'774'944'000'000'000}, {}})),
              "1f9725f89c09fdf6f6b7f7e51271efea2fa2b728e677709ac489d212ab251a6a");
}

TEST(AuditRecord, every_cut_and_every_added_byte_is_refused) {
    const auto bytes = canonical_bytes({1, Instant{5}, act("a", "b"), "1"});
    ASSERT_TRUE(parse_record(bytes).has_value());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(parse_record(bytes.substr(0, size)).has_value()) << size;
    EXPECT_FALSE(parse_record(bytes + '\0').has_value());
    EXPECT_EQ(canonical_bytes(*parse_record(bytes)), bytes);
}

TEST(Audit, the_chain_of_honest_records_holds) {
    TestStore test{{migrations()}};
    EXPECT_EQ(verified(test).head, "1f9725f89c09fdf6f6b7f7e51271efea2fa2b728e677709ac489d212ab251a6a");
    fill(test, 25);
    const auto result = verified(test);
    EXPECT_EQ(result.records, 25);
    EXPECT_EQ(result.bad_seq, 0);
    EXPECT_EQ(result.what, "");
    test.read([&](store::Db& db) {
        const auto last = list(db, Instant{test.clock.now().plus_seconds(-2)}, 100);
        ASSERT_EQ(last.size(), 3U);
        EXPECT_EQ(last.back().seq, 25);
        EXPECT_EQ(last.back().act.object_id, "25");
        EXPECT_EQ(last.back().hash, result.head);
        EXPECT_EQ(list(db, {}, 4).front().seq, 22) << "the newest are kept when there are too many";
    });
}

TEST(Audit, an_act_that_fails_leaves_no_record) {
    TestStore test{{migrations()}};
    (void)test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(append(tx, test.clock, act("a", "1")));
        return fail(Errc::refused, "no");
    });
    EXPECT_EQ(verified(test).records, 0);
    fill(test, 1);
    EXPECT_EQ(verified(test).records, 1);
}

TEST(Audit, the_store_itself_refuses_to_change_a_record) {
    TestStore test{{migrations()}};
    fill(test, 2);
    for (const char* sql : {"UPDATE audit_record SET at = 0 WHERE seq = 1", "DELETE FROM audit_record WHERE seq = 2",
                            "INSERT OR REPLACE INTO audit_record SELECT 1, at, bytes, prev, hash FROM audit_record WHERE seq = 2"}) {
        const auto done = test.store().write([&](store::Tx& tx) -> Status { tx.query(sql).run(); return {}; });
        EXPECT_FALSE(done.has_value()) << sql;
    }
    EXPECT_EQ(verified(test).bad_seq, 0);
}

std::string sql_hex(std::string_view bytes) { return "x'" + store::hex(bytes) + "'"; }

/// What a person with root writes into the file, and the first record that must be named.
struct Mutation {
    std::string name, sql;
    std::int64_t bad_seq;
};

std::vector<Mutation> mutations(TestStore& test) {
    std::vector<Mutation> all;
    const std::string table = "audit_record";
    for (const int seq : {1, 5, 9, 10}) {
        const std::string n = std::to_string(seq), where = " WHERE seq = " + n + ";";
        all.push_back({"edit_time_" + n, "UPDATE audit_record SET at = at + 1" + where, seq});
        all.push_back({"edit_hash_" + n, "UPDATE audit_record SET hash = zeroblob(32)" + where, seq});
        all.push_back({"edit_prev_" + n, "UPDATE audit_record SET prev = zeroblob(32)" + where, seq});
        all.push_back({"cut_bytes_" + n, "UPDATE audit_record SET bytes = substr(bytes, 1, length(bytes) - 1)" + where, seq});
        all.push_back({"empty_bytes_" + n, "UPDATE audit_record SET bytes = x''" + where, seq});
        all.push_back({"delete_" + n, "DELETE FROM audit_record" + where, seq});
        all.push_back({"delete_from_" + n + "_on", "DELETE FROM audit_record WHERE seq >= " + n + ";", seq});
    }
    all.push_back({"swap_3_and_4", "UPDATE audit_record SET seq = 100 WHERE seq = 3; UPDATE audit_record SET seq = 3 WHERE seq = 4; "
                                   "UPDATE audit_record SET seq = 4 WHERE seq = 100;", 3});
    all.push_back({"renumber_after_deletion", "DELETE FROM audit_record WHERE seq = 4; UPDATE audit_record SET seq = seq + 1000 WHERE seq > 4;"
                                              "UPDATE audit_record SET seq = seq - 1001 WHERE seq > 1000;", 4});
    all.push_back({"truncate_in_the_middle", "DELETE FROM audit_record WHERE seq BETWEEN 4 AND 7;", 4});
    all.push_back({"copy_of_another", "UPDATE audit_record SET (bytes, prev, hash, at) = (SELECT bytes, prev, hash, at FROM audit_record WHERE seq = 2) WHERE seq = 6;", 6});
    all.push_back({"head_is_gone", "DELETE FROM audit_head;", 11});
    all.push_back({"head_is_older", "UPDATE audit_head SET seq = 9;", 11});
    all.push_back({"all_gone", "DELETE FROM audit_record;", 1});
    all.push_back({"other_installation", "UPDATE store_epoch SET installation_id = 'x';", 1});
    all.push_back({"other_birthday", "UPDATE store_epoch SET created_at = created_at + 1;", 1});

    // A recomputed tail: record 6 rewritten with its own right hash, what follows left as it was; and the whole tail
    // computed again, but from a prev that is not record 5's.
    std::vector<Record> records;
    std::vector<std::string> hashes;
    test.read([&](store::Db& db) {
        auto rows = db.query("SELECT bytes, hash FROM audit_record ORDER BY seq");
        while (rows.step()) {
            records.push_back(*parse_record(rows.blob(0)));
            hashes.push_back(rows.blob(1));
        }
    });
    for (const std::size_t seq : {1U, 5U, 9U, 10U}) {  // the actor alone, in place: same length, still a record
        Record edited = records[seq - 1];
        edited.act.actor.id = "paul";
        all.push_back({"edit_actor_" + std::to_string(seq), "UPDATE audit_record SET bytes = " + sql_hex(canonical_bytes(edited)) +
                       " WHERE seq = " + std::to_string(seq) + ";", static_cast<std::int64_t>(seq)});
    }
    Record forged = records[5];
    forged.act.actor.id = "paul";
    const auto bytes = canonical_bytes(forged);
    all.push_back({"rewritten_with_its_hash", "UPDATE audit_record SET bytes = " + sql_hex(bytes) + ", hash = " +
                   sql_hex(chain_hash(hashes[4], bytes)) + " WHERE seq = 6;", 7});
    std::string prev = store::sha256("not the fifth"), sql;
    for (std::size_t i = 5; i < records.size(); ++i) {
        const auto own = canonical_bytes(i == 5 ? forged : records[i]);
        const auto hash = chain_hash(prev, own);
        sql += "UPDATE audit_record SET bytes = " + sql_hex(own) + ", prev = " + sql_hex(prev) + ", hash = " + sql_hex(hash) +
               " WHERE seq = " + std::to_string(i + 1) + ";";
        prev = hash;
    }
    all.push_back({"recomputed_tail_without_the_right_prev", sql + "UPDATE audit_head SET hash = " + sql_hex(prev) + ";", 6});
    return all;
}

TEST(Audit, mutations_are_found) {
    TestStore test{{migrations()}};
    fill(test, 10);
    const auto all = mutations(test);
    EXPECT_GE(all.size(), 40U);
    test.close();
    const std::string database = test.folder / "data/owed.db", clean = test.folder / "clean.db";
    std::filesystem::copy_file(database, clean);
    for (const auto& mutation : all) {
        std::filesystem::copy_file(clean, database, std::filesystem::copy_options::overwrite_existing);
        store::tamper(test.folder / "data", "DROP TRIGGER audit_record_no_update; DROP TRIGGER audit_record_no_delete;" + mutation.sql);
        test.open();
        const auto result = verified(test);
        EXPECT_EQ(result.bad_seq, mutation.bad_seq) << mutation.name << ": " << result.what;
        EXPECT_FALSE(result.what.empty()) << mutation.name;
        test.close();
    }
}

TEST(Audit, python_verifies_an_export_without_our_code) {
    if (std::system("python3 -c '' 2>/dev/null") != 0)
        GTEST_SKIP() << "python3 is not installed";
    TestStore test{{migrations()}};
    fill(test, 10);
    const auto exported = [&](const std::string& name) {
        const std::string path = test.folder / name;
        std::ofstream out{path};
        test.read([&](store::Db& db) {
            ok(export_jsonl(db, [&](std::string_view line) -> Status { out << line << '\n'; return {}; }));
        });
        return path;
    };
    const auto python = [&](const std::string& arguments) {
        return std::system(("python3 '" + owed::source_folder() + "/docs/reference/audit_verify.py' " + arguments + " >/dev/null").c_str());
    };
    const std::string good = exported("good.jsonl");
    EXPECT_EQ(python(good), 0);
    EXPECT_EQ(python(good + " " + verified(test).head), 0);
    EXPECT_NE(python(good + " " + std::string(64, '0')), 0) << "an anchor that is not the head";

    test.close();
    store::tamper(test.folder / "data", "DROP TRIGGER audit_record_no_update; UPDATE audit_record SET hash = zeroblob(32) WHERE seq = 4;");
    test.open();
    EXPECT_NE(python(exported("bad.jsonl")), 0);

    std::ifstream in{good};
    std::ofstream cut{test.folder / "cut.jsonl"};
    int number = 0;
    for (std::string line; std::getline(in, line); ++number)
        if (number != 5)
            cut << line << '\n';
    cut.close();
    EXPECT_NE(python(test.folder / "cut.jsonl"), 0);
}

TEST(Audit, an_export_stops_with_the_visitors_error) {
    TestStore test{{migrations()}};
    fill(test, 3);
    test.read([&](store::Db& db) {
        int lines = 0;
        const auto done = export_jsonl(db, [&](std::string_view) -> Status {
            return ++lines == 2 ? Status{fail(Errc::io, "pipe closed")} : Status{};
        });
        ASSERT_FALSE(done.has_value());
        EXPECT_EQ(done.error().code, Errc::io);
        EXPECT_EQ(lines, 2);
    });
}

TEST(Audit, a_personal_value_can_be_proven_until_its_key_is_gone) {
    TestStore test{{migrations()}};
    std::string first, again, other, after;
    test.write([&](store::Tx& tx) -> Status {
        first = commit_personal(tx, test.rng, "customer:emea:1", "anna@example.com");
        again = commit_personal(tx, test.rng, "customer:emea:1", "anna@example.com");
        other = commit_personal(tx, test.rng, "customer:emea:2", "anna@example.com");
        OWED_TRY_VOID(append(tx, test.clock, act("customer.set", first)));
        OWED_TRY_VOID(erase_subject(tx, test.clock, {.kind = Actor::Kind::person, .id = "dpo"}, "customer:emea:1", "request"));
        after = commit_personal(tx, test.rng, "customer:emea:1", "anna@example.com");
        const auto unknown = erase_subject(tx, test.clock, {}, "customer:emea:9", "");
        EXPECT_EQ(unknown.error().code, Errc::not_found);
        return {};
    });
    EXPECT_EQ(first.size(), 64U);
    EXPECT_EQ(first, again);
    EXPECT_NE(first, other) << "the same value of two subjects cannot be linked";
    EXPECT_NE(first, after);
    EXPECT_EQ(verified(test).records, 2);
    EXPECT_EQ(verified(test).what, "");
}

TEST(Approval, maker_is_not_checker) {
    TestStore test{{migrations()}};
    const std::string hash = store::hex(store::sha256("policy text"));
    const Actor anna{.kind = Actor::Kind::person, .id = "anna"}, ben{.kind = Actor::Kind::person, .id = "ben"}, job{.kind = Actor::Kind::job, .id = "dunning"};
    test.write([&](store::Tx& tx) -> Status {
        EXPECT_EQ(approve(tx, test.clock, anna, "anna", "policy", "standard", hash).error().code, Errc::refused);
        EXPECT_EQ(approve(tx, test.clock, job, "anna", "policy", "standard", hash).error().code, Errc::refused);
        EXPECT_EQ(approve(tx, test.clock, ben, "anna", "policy", "standard", "abc").error().code, Errc::invalid_argument);
        EXPECT_FALSE(is_approved(tx, "policy", "standard", hash));
        const auto id = ok(approve(tx, test.clock, ben, "anna", "policy", "standard", hash));
        EXPECT_EQ(ok(approve(tx, test.clock, ben, "anna", "policy", "standard", hash)), id);
        EXPECT_TRUE(is_approved(tx, "policy", "standard", hash));
        EXPECT_FALSE(is_approved(tx, "policy", "standard", store::hex(store::sha256("other text"))));
        EXPECT_FALSE(is_approved(tx, "policy", "strict", hash));
        return {};
    });
    test.read([&](store::Db& db) {
        ASSERT_EQ(approvals(db).size(), 1U);
        EXPECT_EQ(approvals(db)[0].by, "ben");
        const auto records = list(db, {}, 10);
        ASSERT_EQ(records.size(), 1U);
        EXPECT_EQ(records[0].act.action, "policy.approve");
        EXPECT_EQ(store::hex(records[0].act.after_hash), hash);
    });
    test.close();
    store::tamper(test.folder / "data", "UPDATE approval SET subject = 'strict'");
    test.open();
    EXPECT_EQ(verified(test).what, "approval 1 was changed: its row hash does not fit");
}

Actor person(std::string id) { return {.kind = Actor::Kind::person, .id = std::move(id)}; }

Request write_off() {
    Request r;
    r.kind = "write_off";
    r.entity = "emea";
    r.subject = "item 17";
    r.summary = "write off 120.00 EUR of INV-17: bankrupt";
    r.payload = R"({"item": 17, "amount": "120.00"})";
    return r;
}

TEST(Request, waits_for_a_second_person_and_is_decided_once) {
    TestStore test{{migrations()}};
    test.write([&](store::Tx& tx) -> Status {
        const auto id = ok(ask(tx, test.clock, person("anna"), write_off()));
        EXPECT_EQ(ok(ask(tx, test.clock, person("clara"), write_off())), id) << "the same act asked for twice is one question";
        const auto refused = [&](const char* who, std::int64_t number, bool approve, const std::string& why) {
            const auto done = decide(tx, test.clock, person(who), number, approve, why);
            return done ? std::string{"no error"} : std::string{name_of(done.error().code)};
        };
        EXPECT_EQ(refused("ben", id + 1, true, ""), "not_found");
        EXPECT_EQ(refused("anna", id, true, ""), "refused") << "maker is not checker";
        EXPECT_EQ(refused("ben", id, false, ""), "invalid_argument") << "a rejection says why";
        EXPECT_FALSE(decide(tx, test.clock, {.kind = Actor::Kind::job, .id = "nightly"}, id, true, ""));
        const auto done = ok(decide(tx, test.clock, person("ben"), id, true, ""));
        EXPECT_EQ(done.payload, write_off().payload);
        EXPECT_EQ(refused("ben", id, true, ""), "refused") << "decided already";
        const auto again = ok(ask(tx, test.clock, person("anna"), write_off()));
        EXPECT_NE(again, id);
        // Approvals of other things never get a number that a request has.
        const auto other = ok(approve(tx, test.clock, person("ben"), "anna", "policy", "strict", std::string(64, 'a')));
        EXPECT_GT(other, again);
        EXPECT_GT(ok(ask(tx, test.clock, person("anna"), [] { auto r = write_off(); r.subject = "item 18"; return r; }())), other);
        return {};
    });
    test.read([&](store::Db& db) {
        const auto all = requests(db);
        ASSERT_EQ(all.size(), 3U);
        EXPECT_EQ(all[0].state, "approved");
        EXPECT_EQ(all[0].decided_by, "ben");
        EXPECT_EQ(all[1].state, "open");
    });
    test.close();
    store::tamper(test.folder / "data", "UPDATE approval_request SET payload = '{}' WHERE id = 2");
    test.open();
    EXPECT_EQ(verified(test).what, "request 2 was changed: its row hash does not fit");
}

TEST(Audit, a_restore_is_recorded_once_and_names_the_old_head) {
    TestStore test{{migrations()}};
    fill(test, 3);
    const auto head = verified(test).head;
    ok(test.store().backup(test.folder / "monday.db"));
    test.close();
    std::filesystem::remove_all(test.folder / "data");
    ok(store::restore(test.folder / "monday.db", test.folder / "data", test.migrations, test.clock));
    test.open();
    for (int i = 0; i < 2; ++i)
        test.write([&](store::Tx& tx) { return note_restores(tx, test.clock); });
    EXPECT_EQ(verified(test).records, 4);
    EXPECT_EQ(verified(test).what, "");
    test.read([&](store::Db& db) {
        const auto last = list(db, {}, 1).front();
        EXPECT_EQ(last.act.action, "store.restored");
        EXPECT_EQ(store::hex(last.act.before_hash), head);
        EXPECT_NE(last.act.reason.find("monday.db"), std::string::npos) << last.act.reason;
    });
}

}  // namespace
}  // namespace owed::audit
