// Each plugin as it ships, under the real host, in both isolation modes: what leaves, what arrives, and what a repeat,
// a wrong input and a killed child do.
#include <gtest/gtest.h>

#include <thread>

#include "testing/pdf.hpp"
#include "testing/rig.hpp"

namespace owed::plugins::testing {
namespace {

using standins::StandIn;

class Plugins : public ::testing::TestWithParam<Rig::Isolation> {};

INSTANTIATE_TEST_SUITE_P(Isolation, Plugins, ::testing::Values(Rig::Isolation::process, Rig::Isolation::none),
                         [](const auto& mode) { return mode.param == Rig::Isolation::process ? "process" : "none"; });

Delivery mail(const std::string& key = "k1") {
    Delivery d;
    d.key = key;
    d.channel = "email";
    d.sender_address = "billing@example.test";
    d.recipients = {"ap@customer.test"};
    d.message = "From: billing@example.test\r\nSubject: reminder\r\n\r\nplease pay\r\n";
    return d;
}

std::string smtp_settings(const StandIn& server) {
    return R"({"host": "localhost", "security": "none", "port": )" + server.port() + "}";
}

std::string state_of(const Result<SendReceipt>& receipt) {
    return receipt ? std::string{name_of(receipt->state)} + ": " + receipt->detail : "error " + to_text(receipt.error());
}

bool is_unknown(const Result<SendReceipt>& receipt) {
    return receipt ? receipt->state == SendState::unknown : receipt.error().code == Errc::unknown_outcome;
}

// ---- email ----

TEST_P(Plugins, email_reaches_a_real_server_once) {
    const StandIn server{"smtp_real.py", {}};
    ASSERT_TRUE(server.ready());
    Rig rig{"email", smtp_settings(server), GetParam()};
    ASSERT_TRUE(rig.connector().check()) << rig.log();
    const auto receipt = rig.connector().send(mail());
    ASSERT_TRUE(receipt) << to_text(receipt.error()) << rig.log();
    EXPECT_EQ(receipt->state, SendState::sent) << receipt->detail;
    const auto got = server.events("message");
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].at("data").as_string(), mail().message);
    const auto asked = rig.connector().lookup("k1");
    ASSERT_TRUE(asked) << to_text(asked.error());
    EXPECT_FALSE(asked->has_value());  // SMTP cannot be asked
}

TEST_P(Plugins, email_outcomes) {
    struct Case {
        const char* fault;
        SendState state;
        std::size_t messages;
    };
    for (const Case& c : std::vector<Case>{{"refuse-recipient", SendState::refused, 0},
                                           {"refuse-message", SendState::refused, 1},
                                           {"busy-recipient", SendState::retry, 0},
                                           {"greeting-554", SendState::retry, 0},
                                           {"drop-greeting", SendState::retry, 0},
                                           {"drop-after-data", SendState::unknown, 0},
                                           {"drop-after-dot", SendState::unknown, 1}}) {
        const StandIn server{"smtp_lossy.py", {c.fault}};
        ASSERT_TRUE(server.ready());
        Rig rig{"email", smtp_settings(server), GetParam()};
        const auto receipt = rig.connector().send(mail());
        if (c.state == SendState::unknown) {
            EXPECT_TRUE(is_unknown(receipt)) << c.fault << ": " << state_of(receipt);
        } else {
            ASSERT_TRUE(receipt) << c.fault << ": " << to_text(receipt.error());
            EXPECT_EQ(name_of(receipt->state), name_of(c.state)) << c.fault << ": " << receipt->detail;
        }
        EXPECT_EQ(server.events("message").size(), c.messages) << c.fault;
        EXPECT_EQ(server.events("connection").size(), 1u) << c.fault;
    }
}

TEST_P(Plugins, email_that_hangs_after_the_dot_is_unknown) {
    const StandIn server{"smtp_lossy.py", {"hang-final"}};
    ASSERT_TRUE(server.ready());
    Rig rig{"email", smtp_settings(server), GetParam(),
            [](host::InstanceConfig& config) { config.limits.call_deadline = std::chrono::milliseconds{1500}; }};
    const auto receipt = rig.connector().send(mail());
    EXPECT_TRUE(is_unknown(receipt)) << state_of(receipt);
    EXPECT_EQ(server.events("message").size(), 1u);
    EXPECT_EQ(server.events("connection").size(), 1u);
}

TEST_P(Plugins, email_to_a_forged_address_is_refused_and_the_next_goes_out) {
    const StandIn server{"smtp_real.py", {}};
    ASSERT_TRUE(server.ready());
    Rig rig{"email", smtp_settings(server), GetParam()};
    for (const char* address : {"v@x.test>\r\nRCPT TO:<evil@x.test", "v@x.test\nDATA", "v@x.test> NOTIFY=NEVER", "nobody"}) {
        Delivery forged = mail("bad");
        forged.recipients = {address};
        const auto receipt = rig.connector().send(forged);
        ASSERT_TRUE(receipt) << to_text(receipt.error());
        EXPECT_EQ(receipt->state, SendState::refused) << receipt->detail;
    }
    EXPECT_TRUE(server.events("message").empty());
    const auto good = rig.connector().send(mail("good"));
    ASSERT_TRUE(good) << to_text(good.error());
    EXPECT_EQ(good->state, SendState::sent);
    EXPECT_EQ(server.events("message").size(), 1u);
}

TEST_P(Plugins, email_by_starttls_with_a_password_that_only_the_host_knows) {
    const auto& certificates = standins::Certificates::made();
    ASSERT_TRUE(certificates.ready());
    std::vector<std::string> arguments = certificates.serve("good");
    for (const char* more : {"--user", "owed", "--password", "s3cret-canary"}) arguments.push_back(more);
    const StandIn server{"smtp_real.py", arguments};
    ASSERT_TRUE(server.ready());
    const std::string settings = R"({"host": "localhost", "user": "owed", "password_secret": "smtp", "port": )" + server.port() + "}";
    std::string password = "s3cret-canary";
    Rig rig{"email", settings, GetParam(), [&](host::InstanceConfig& config) {
                config.transfer.plain_text_on_loopback = false;
                config.transfer.ca_file = certificates.file("ca.pem");
                config.secret = [&](std::string_view name) -> Result<std::string> {
                    if (name == "smtp") return password;
                    return fail(Errc::invalid_config, "no such secret");
                };
            }};
    const auto sent = rig.connector().send(mail());
    ASSERT_TRUE(sent) << to_text(sent.error()) << rig.log();
    EXPECT_EQ(sent->state, SendState::sent) << sent->detail;
    password = "wrong-canary";
    const auto denied = rig.connector().send(mail("k2"));
    ASSERT_FALSE(denied) << denied->detail;
    EXPECT_EQ(denied.error().code, Errc::auth) << to_text(denied.error());
    EXPECT_EQ(server.events("message").size(), 1u);
    EXPECT_EQ(rig.log().find("canary"), std::string::npos) << rig.log();
    EXPECT_EQ(to_text(denied.error()).find("canary"), std::string::npos);
}

/// The child dies while the host talks to the server: whether the message arrived is not known, and it is not sent again.
TEST(PluginsKilled, email_mid_send_is_unknown) {
    const StandIn server{"smtp_lossy.py", {"hang-final"}};
    ASSERT_TRUE(server.ready());
    Rig rig{"email", smtp_settings(server), Rig::Isolation::process,
            [](host::InstanceConfig& config) { config.limits.call_deadline = std::chrono::seconds{4}; }};
    std::size_t killed = 0;
    std::thread killer{[&server, &killed] {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (server.events("message").empty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
        for (const pid_t child : plugin_children()) killed += kill(child, SIGKILL) == 0 ? 1 : 0;
    }};
    const auto receipt = rig.connector().send(mail());
    killer.join();
    EXPECT_EQ(killed, 1u);
    EXPECT_TRUE(is_unknown(receipt)) << state_of(receipt);
    EXPECT_EQ(server.events("message").size(), 1u);
    EXPECT_EQ(server.events("connection").size(), 1u);
}

/// Killed at a random moment of each send, with files: whatever the answer was, a repeat with the same key ends in one
/// whole file, and nothing else lies in the folder.
TEST(PluginsKilled, maildir_repeats_until_sent_and_is_one_file) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    Rig rig{"email", R"({"maildir": "folder:new"})", Rig::Isolation::process};
    Delivery delivery = mail();
    delivery.message.append(200'000, 'x');
    std::size_t killed = 0;
    for (int round = 0; round < 6; ++round) {
        delivery.key = "k" + std::to_string(round);
        std::atomic<bool> over{false};
        std::thread killer{[&] {
            for (auto spin = random() % 2000; spin > 0 && !over; --spin) std::this_thread::yield();
            for (const pid_t child : plugin_children()) killed += kill(child, SIGKILL) == 0 ? 1 : 0;
        }};
        Result<SendReceipt> receipt = rig.connector().send(delivery);
        over = true;
        killer.join();
        for (int attempt = 0; attempt < 20 && !(receipt && receipt->state == SendState::sent); ++attempt) {
            ASSERT_TRUE(rig.host().release("x"));
            receipt = rig.connector().send(delivery);
        }
        ASSERT_TRUE(receipt && receipt->state == SendState::sent) << state_of(receipt);
        EXPECT_EQ(read_file(rig.folder() / "new" / delivery.key), delivery.message);
        EXPECT_EQ(rig.names("new").size(), static_cast<std::size_t>(round) + 1);
    }
    std::cout << "children killed: " << killed << "\n";
}

TEST_P(Plugins, maildir_is_one_file_however_often) {
    Rig rig{"email", R"({"maildir": "folder:mail/new"})", GetParam()};
    ASSERT_TRUE(rig.connector().check()) << rig.log();
    const auto before = rig.connector().lookup("dun/emea/1");
    ASSERT_TRUE(before) << to_text(before.error());
    ASSERT_TRUE(before->has_value());
    EXPECT_EQ((*before)->state, SendState::retry);
    for (int i = 0; i < 3; ++i) {
        const auto receipt = rig.connector().send(mail("dun/emea/1"));
        ASSERT_TRUE(receipt) << to_text(receipt.error());
        EXPECT_EQ(receipt->state, SendState::sent) << receipt->detail;
    }
    EXPECT_EQ(rig.names("mail/new"), std::vector<std::string>{"dun%2femea%2f1"});
    EXPECT_EQ(read_file(rig.folder() / "mail/new/dun%2femea%2f1"), mail().message);
    const auto after = rig.connector().lookup("dun/emea/1");
    ASSERT_TRUE(after && after->has_value());
    EXPECT_EQ((*after)->state, SendState::sent);

    Delivery other = mail("dun/emea/1");
    other.message += "changed\r\n";
    const auto conflict = rig.connector().send(other);
    ASSERT_TRUE(conflict) << to_text(conflict.error());
    EXPECT_EQ(conflict->state, SendState::refused);
    EXPECT_EQ(read_file(rig.folder() / "mail/new/dun%2femea%2f1"), mail().message);

    Delivery forged = mail("forged");
    forged.recipients = {"v@x.test\r\nX: y"};
    const auto refused = rig.connector().send(forged);
    ASSERT_TRUE(refused) << to_text(refused.error());
    EXPECT_EQ(refused->state, SendState::refused);
    EXPECT_EQ(rig.names("mail/new").size(), 1u);
}

TEST_P(Plugins, email_without_server_or_maildir_says_so) {
    Rig rig{"email", "{}", GetParam()};
    const auto receipt = rig.connector().send(mail());
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, Errc::invalid_config) << to_text(receipt.error());
    EXPECT_NE(to_text(receipt.error()).find("host: or maildir:"), std::string::npos) << to_text(receipt.error());
}

// ---- letter ----

Delivery letter(const std::string& key = "L1") {
    Delivery d;
    d.key = key;
    d.channel = "letter";
    d.addressee = {"Muster KG", "Weg 1", "12345 Musterstadt"};
    d.parts = {{"notice.pdf", "application/pdf", pdf(2)}};
    return d;
}

TEST_P(Plugins, letter_is_a_pdf_and_then_its_manifest) {
    Rig rig{"letter", R"({"spool": "folder:spool/letters"})", GetParam()};
    for (int i = 0; i < 2; ++i) {
        const auto receipt = rig.connector().send(letter());
        ASSERT_TRUE(receipt) << to_text(receipt.error()) << rig.log();
        EXPECT_EQ(receipt->state, SendState::sent) << receipt->detail;
        EXPECT_EQ(receipt->provider_id, "L1.json");
    }
    EXPECT_EQ(rig.names("spool/letters"), (std::vector<std::string>{"L1.json", "L1.pdf"}));
    EXPECT_EQ(read_file(rig.folder() / "spool/letters/L1.pdf"), pdf(2));
    const auto manifest = boost::json::parse(read_file(rig.folder() / "spool/letters/L1.json")).as_object();
    EXPECT_EQ(manifest.at("pages").as_int64(), 2);
    EXPECT_EQ(manifest.at("file").as_string(), "L1.pdf");
    EXPECT_EQ(manifest.at("sha256").as_string().size(), 64u);
    EXPECT_EQ(boost::json::serialize(manifest.at("addressee")), R"(["Muster KG","Weg 1","12345 Musterstadt"])");
    EXPECT_EQ((*rig.connector().lookup("L1"))->state, SendState::sent);
    EXPECT_EQ((*rig.connector().lookup("L2"))->state, SendState::retry);
}

TEST_P(Plugins, letter_half_written_before_a_crash_is_completed_by_the_repeat) {
    Rig rig{"letter", R"({"spool": "folder:spool"})", GetParam()};
    rig.put("spool/L1.pdf", pdf(2));  // the PDF arrived, the manifest did not
    EXPECT_EQ((*rig.connector().lookup("L1"))->state, SendState::retry);
    const auto receipt = rig.connector().send(letter());
    ASSERT_TRUE(receipt) << to_text(receipt.error());
    EXPECT_EQ(receipt->state, SendState::sent) << receipt->detail;
    EXPECT_EQ(rig.names("spool"), (std::vector<std::string>{"L1.json", "L1.pdf"}));
}

TEST_P(Plugins, letter_that_cannot_be_posted_leaves_nothing) {
    Rig rig{"letter", R"({"spool": "folder:spool", "collected": true})", GetParam()};
    Delivery nobody = letter(), two = letter(), none = letter(), broken = letter();
    nobody.addressee.clear();
    two.parts.push_back(two.parts.front());
    none.parts.clear();
    broken.parts.front().bytes = "%PDF-1.4 cut";
    for (const Delivery& wrong : {nobody, two, none, broken}) {
        const auto receipt = rig.connector().send(wrong);
        ASSERT_TRUE(receipt) << to_text(receipt.error());
        EXPECT_EQ(receipt->state, SendState::refused);
        EXPECT_FALSE(receipt->detail.empty());
    }
    EXPECT_TRUE(rig.names("spool").empty());
    const auto asked = rig.connector().lookup("L1");
    ASSERT_TRUE(asked) << to_text(asked.error());
    EXPECT_FALSE(asked->has_value());  // files are collected: it cannot tell
}

// ---- agency ----

constexpr std::string_view placement_facts = R"({
  "placement": "PL-7", "creditor": "Example Industries GmbH", "date": "2026-03-31", "currency": "EUR", "total": "234.50",
  "debtor": {"number": "10004", "name": "Muster KG"},
  "items": [{"document": "INV-2", "document_date": "2026-01-01", "due_date": "2026-01-31", "original": "500.00", "residual": "234.50", "days_overdue": 59}]})";

TEST_P(Plugins, agency_placement_has_control_totals_and_one_name) {
    Rig rig{"agency", R"({"source": "folder:in", "target": "folder:out", "collected": false, "columns": [
        {"field": "placement", "heading": "Reference"}, {"field": "document"}, {"field": "residual"}]})", GetParam()};
    Delivery d;
    d.key = "place/emea/7";
    d.channel = "agency";
    d.facts = placement_facts;
    for (int i = 0; i < 2; ++i) {
        const auto receipt = rig.connector().send(d);
        ASSERT_TRUE(receipt) << to_text(receipt.error()) << rig.log();
        EXPECT_EQ(receipt->state, SendState::sent) << receipt->detail;
    }
    EXPECT_EQ(rig.names("out"), std::vector<std::string>{"place%2femea%2f7.csv"});
    const std::string file = read_file(rig.folder() / "out/place%2femea%2f7.csv");
    EXPECT_TRUE(file.starts_with("\"Reference\",\"document\",\"residual\"\r\n\"PL-7\",\"INV-2\",234.50\r\nCONTROL,1,234.50,EUR,")) << file;
    EXPECT_EQ((*rig.connector().lookup("place/emea/7"))->state, SendState::sent);

    d.key = "place/emea/8";
    d.facts = "{}";
    const auto refused = rig.connector().send(d);
    ASSERT_TRUE(refused) << to_text(refused.error());
    EXPECT_EQ(refused->state, SendState::refused);

    d.parts = {{"placement.csv", "text/csv", "as,it,is\r\n"}};
    EXPECT_EQ(rig.connector().send(d)->state, SendState::sent);
    EXPECT_EQ(read_file(rig.folder() / "out/place%2femea%2f8.csv"), "as,it,is\r\n");
}

// ---- sources ----

TEST_P(Plugins, bank_files_are_offered_in_order_and_moved_after_the_commit) {
    Rig rig{"bank-files", R"({"source": "folder:drop/bank"})", GetParam()};
    rig.put("drop/bank/b.sta", "second");
    rig.put("drop/bank/a.xml", "first");
    rig.put("drop/bank/c.xml", "refuse me");
    ASSERT_TRUE(rig.connector().check()) << rig.log();
    KeptArtifacts target;
    target.rejected = "c.xml";
    const Status read = rig.connector().read({}, target);
    ASSERT_TRUE(read) << to_text(read.error()) << rig.log();
    ASSERT_EQ(target.artifacts.size(), 3u);
    EXPECT_EQ(target.artifacts[0].name, "a.xml");
    EXPECT_EQ(target.artifacts[0].bytes, "first");
    EXPECT_EQ(target.artifacts[1].name, "b.sta");
    EXPECT_TRUE(rig.names("drop/bank").empty());
    EXPECT_EQ(rig.names("drop/bank/archive").size(), 2u);
    EXPECT_EQ(rig.names("drop/bank/rejected"), (std::vector<std::string>{"c.xml", "c.xml.reason"}));
    KeptArtifacts again;
    ASSERT_TRUE(rig.connector().read({}, again));
    EXPECT_TRUE(again.artifacts.empty());
}

TEST_P(Plugins, bank_files_may_lie_and_links_are_left_alone) {
    Rig rig{"bank-files", R"({"source": "folder:drop", "pattern": "*.sta", "after": "leave"})", GetParam()};
    rig.put("drop/a.sta", "first");
    rig.put("drop/a.txt", "not by the pattern");
    rig.put("outside.sta", "secret");
    std::filesystem::create_symlink(rig.folder() / "outside.sta", rig.folder() / "drop/link.sta");
    KeptArtifacts target;
    const Status read = rig.connector().read({}, target);
    ASSERT_TRUE(read) << to_text(read.error());
    ASSERT_EQ(target.artifacts.size(), 1u);
    EXPECT_EQ(target.artifacts[0].name, "a.sta");
    EXPECT_TRUE(std::filesystem::exists(rig.folder() / "drop/a.sta"));
}

TEST_P(Plugins, erp_files_come_in_the_order_of_their_mappings) {
    Rig rig{"erp-csv", R"({"source": "folder:drop", "files": [
        {"match": "customers*.csv", "record": "customer", "columns": {"id": "number", "name": "name"}},
        {"match": "*.csv", "record": "invoice", "columns": {"id": "no", "customer": "cust", "amount": "amount"}}]})", GetParam()};
    rig.put("drop/a-invoices.csv", "no,cust,amount\n");
    rig.put("drop/customers.csv", "number,name\n");
    KeptArtifacts target;
    const Status read = rig.connector().read({}, target);
    ASSERT_TRUE(read) << to_text(read.error());
    ASSERT_EQ(target.artifacts.size(), 2u);
    EXPECT_EQ(target.artifacts[0].name, "customers.csv");
    EXPECT_EQ(target.artifacts[1].name, "a-invoices.csv");
}

// ---- codecs ----

TEST_P(Plugins, codecs_read_their_formats_and_refuse_others) {
    Rig bank{"bank-files", R"({"source": "folder:drop"})", GetParam()};
    KeptRecords records;
    const auto zip = bank.connector().decode("x.zip", "PK\x03\x04 and so on", "", "", records);
    ASSERT_FALSE(zip);
    EXPECT_EQ(zip.error().code, Errc::unsupported_format) << to_text(zip.error());
    EXPECT_NE(zip.error().what.find("ZIP"), std::string::npos) << to_text(zip.error());
    const auto erp = bank.connector().decode("x.csv", "number,name\n1,A\n", "erp-csv", "", records);
    ASSERT_FALSE(erp);
    EXPECT_EQ(erp.error().code, Errc::unsupported_format) << to_text(erp.error());
    EXPECT_TRUE(records.records.empty());
}

TEST_P(Plugins, codecs_hand_over_records_and_a_verdict) {
    constexpr std::string_view statement =
        ":20:STARTUMS\r\n:25:10020030/1234567\r\n:28C:5/1\r\n:60F:C260330EUR100,00\r\n"
        ":61:2603310331C12,50NTRFINV-1\r\n:86:166?20INV-1?32MUSTER KG\r\n:62F:C260331EUR112,50\r\n-\r\n";
    Rig bank{"bank-files", R"({"source": "folder:drop"})", GetParam()};
    KeptRecords records;
    const auto report = bank.connector().decode("a.sta", statement, "", "", records);
    ASSERT_TRUE(report) << to_text(report.error());
    EXPECT_EQ(report->format, "mt940");
    ASSERT_EQ(records.records.size(), 1u);
    const auto& read = std::get<BankStatement>(records.records[0].body);
    ASSERT_EQ(read.entries.size(), 1u);
    EXPECT_EQ(to_text(*read.entries[0].amount), "12.50");
    EXPECT_EQ(read.balance_check, Check::ok);

    Rig erp{"erp-csv", R"({"source": "folder:drop", "files": [
        {"match": "customers*.csv", "record": "customer", "columns": {"id": "number", "name": "name"}}]})", GetParam()};
    KeptRecords customers;
    const auto taken = erp.connector().decode("customers-1.csv", "number,name\n10004,Muster KG\n,Nobody\n", "", "", customers);
    ASSERT_TRUE(taken) << to_text(taken.error());
    ASSERT_EQ(customers.records.size(), 1u);
    EXPECT_EQ(std::get<Customer>(customers.records[0].body).name, "Muster KG");
    EXPECT_EQ(taken->rejected.size(), 1u);
}

TEST_P(Plugins, erp_mapping_with_an_unknown_field_is_a_configuration_error) {
    Rig rig{"erp-csv", R"({"source": "folder:drop", "files": [{"match": "*", "record": "customer", "columns": {"id": "a", "nmae": "b"}}]})",
            GetParam()};
    const Status checked = rig.connector().check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::invalid_config) << to_text(checked.error());
    EXPECT_NE(to_text(checked.error()).find("nmae"), std::string::npos) << to_text(checked.error());
}

}  // namespace
}  // namespace owed::plugins::testing
