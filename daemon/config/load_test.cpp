#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/secret_file.hpp"
#include "config/settings.hpp"

namespace owed::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// A configuration in memory: path -> text.
struct Memory {
    std::map<std::string, std::string> files;
    Files doors() const {
        return {[this](const std::string& path) -> Result<std::string> {
                    const auto at = files.find(path);
                    if (at == files.end()) return fail(Errc::not_found, "cannot open it: No such file or directory");
                    return at->second;
                },
                [this](const std::string& folder) {
                    std::vector<std::string> names;
                    for (const auto& [path, text] : files)
                        if (path.rfind(folder + "/", 0) == 0 && path.find('/', folder.size() + 1) == path.npos && path.ends_with(".yaml")) names.push_back(path);
                    return names;
                }};
    }
    Loaded loaded() const { return load("/etc/owed/owed.yaml", doors()); }
    std::vector<std::string> problems() const {
        std::vector<std::string> texts;
        for (const auto& problem : loaded().problems) texts.push_back(to_text(problem));
        return texts;
    }
};

constexpr const char* whole = R"(entities:
  - id: emea
    name: Nordwind Maschinenbau GmbH
    currency: EUR
    timezone: Europe/Berlin
    authority: hub
    calendar: DE
    chart:
      receivable: "1400"
      revenue: {code: "8400", name: Erlöse}
    creditor:
      address: Werftstraße 12
      postcode: "20457"
      city: Hamburg
      country: DE
      legal: [HRB 987654]
      contact: Anna Muster
      email: ar@nordwind.example
      language: de
      letter_layout: din5008b
      from: Debitoren <ar@nordwind.example>
  - {id: boston, name: Northwind Inc., currency: USD, timezone: America/New_York, authority: erp}
accounts:
  - {iban: DE89 3704 0044 0532 0130 00, bic: COBADEFFXXX, bank_name: Musterbank, entity: emea, gl: "1200", currency: EUR, pay_to: true}
  - {number: "000123456", bank: "021000021", entity: boston, gl: "1010", currency: USD, holder: Northwind Incorporated, outgoing: post}
people:
  - {user: anna, name: Anna Muster, roles: [supervisor, approver], entities: emea}
connectors:
  - name: house-bank
    plugin: bank-files
    entity: emea
    isolation: none
    schedule: "*/10 6-20 * * MON-FRI"
    settings:
      files: [{match: "*.sta", format: mt940}]
      profile: sample
      number: 0123
    secrets: {password: file:/etc/owed/secret}
    allow_urls: [sftp://bank.example]
    limits: {call_deadline_seconds: 30, memory_mib: 256}
    network: own
    programs: [/opt/taps]
policies: policies
cash:
  not_receivable: [{name: interest, code: PMNT/MCRD*, payer_account: DE02 1203, text: zinsen}]
  bank_charges: [{name: account fee, text: entgelt}]
  agencies: [{agency: nord, account: DE88 1009, name: Inkasso Nord}]
  proposals_max: 5
  erp_alarm_hours: 24
approvals: {write_off: {EUR: "50.00", USD: "60.00"}, waive: {EUR: "10.00"}}
provision: {emea: {rates: {current: 0.4, 1-30: 1.8, 31-60: 4.5, over-60: 9}}}
jobs:
  - {kind: cash, schedule: "0 7 * * *"}
  - {kind: dunning, entity: boston, schedule: "0 8 * * MON-FRI"}
data: /var/lib/owed
templates: /usr/share/owed/templates
plugins: {folder: plugins, allow_unlisted: true}
socket: /run/owed/owed.sock
clock: {demo_start: 2026-03-31T08:00}
)";

constexpr const char* policy = R"(dunning_policy:
  name: standard
  segments: ["*", retail]
  grace_days: 2
  minimum: {EUR: 25.00, JPY: 3000}
  min_gap_days: 9
  repeat_last: 2
  quiet_weekends: false
  hold_without_bank_days: 3
  levels:
    - {level: 1, days: 5, channel: email, template: reminder-1}
    - {level: 2, days: 20, channel: letter, template: reminder-2, fee: {EUR: 5.00}, deadline_days: 7}
    - {level: 3, days: 40, channel: agency}
approvals:
  - {policy: standard, sha256: abc, by: Boris Muster, on: 2026-03-01}
)";

Memory complete() {
    return {{{"/etc/owed/owed.yaml", whole},
             {"/etc/owed/policies/standard.yaml", policy},
             {"/etc/owed/profiles/sample.yaml", "columns: {amount: Betrag}\n"}}};
}

/// The whole configuration with one piece replaced.
std::vector<std::string> problems_after(std::string_view piece, std::string_view by) {
    auto memory = complete();
    bool found = false;
    for (auto& [path, text] : memory.files)
        if (const auto at = text.find(piece); at != std::string::npos) {
            text.replace(at, piece.size(), by);
            found = true;
            break;
        }
    EXPECT_TRUE(found) << piece;
    return memory.problems();
}

TEST(Load, approval_limits_and_provision_matrices) {
    const auto settings = complete().loaded().settings;
    EXPECT_EQ(to_text(settings.limits.at("write_off").at("USD")), "60.00");
    EXPECT_FALSE(settings.limits.contains("refund"));
    const auto& matrix = settings.provision.at("emea");
    EXPECT_THAT(matrix.edges, ElementsAre(30, 60));
    ASSERT_EQ(matrix.rates_percent.size(), 4U);
    EXPECT_EQ(to_text(matrix.rates_percent[1]), "1.8");
    EXPECT_THAT(problems_after("kind: dunning, entity: boston", "kind: provision, entity: emea"), IsEmpty());
}

TEST(Load, payment_terms_and_calendars_have_names) {
    auto setup = complete();
    setup.files["/etc/owed/owed.yaml"].insert(0, R"(calendars:
  works: {weekend: [friday, saturday], holidays: ["12-25", "easter +1"]}
terms:
  N30: net 30
  SPLIT:
    due: "net 30"
    discounts:
      - {days: 10, percent: "2"}
)");
    const auto loaded = setup.loaded();
    for (const auto& problem : loaded.problems) ADD_FAILURE() << to_text(problem);
    ASSERT_TRUE(loaded.settings.terms.contains("SPLIT"));
    EXPECT_EQ(loaded.settings.terms.at("SPLIT").tiers.at(0).days, 10);
    EXPECT_EQ(loaded.settings.terms.at("N30").due.days, 30);
    EXPECT_FALSE(loaded.settings.calendars.at("works").is_working(*parse_date("2026-03-27"))) << "a Friday";
    EXPECT_FALSE(calendar_named(loaded.settings, "US")->is_working(*parse_date("2026-11-26"))) << "Thanksgiving";
    EXPECT_TRUE(calendar_named(loaded.settings, "FR"));
    EXPECT_FALSE(calendar_named(loaded.settings, "nowhere"));
}

TEST(Load, wrong_terms_are_named_with_their_line) {
    auto setup = complete();
    setup.files["/etc/owed/owed.yaml"].insert(0, "terms:\n  BAD:\n    due: net 30\n    discounts:\n      - {days: 10, percent: two}\n");
    const auto problems = setup.problems();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].substr(0, problems[0].find(": ")), "/etc/owed/owed.yaml:5:29") << problems[0];
    setup = complete();
    setup.files["/etc/owed/owed.yaml"].insert(0, "terms:\n  LATE:\n    due: net 30\n    discount_grace_days: 3\n");
    EXPECT_THAT(setup.problems(), ElementsAre("/etc/owed/owed.yaml:4:26: payment terms \"LATE\": named terms have no grace of their own; it is discount_grace_days under cash:"));
}

TEST(Load, every_section) {
    const auto loaded = complete().loaded();
    std::vector<std::string> texts;
    for (const auto& problem : loaded.problems) texts.push_back(to_text(problem));
    ASSERT_THAT(texts, IsEmpty());
    const auto& all = loaded.settings;

    ASSERT_EQ(all.entities.size(), 2U);
    EXPECT_EQ(all.entities[0].currency.text(), "EUR");
    EXPECT_EQ(all.entities[0].zone.name(), "Europe/Berlin");
    EXPECT_EQ(all.entities[0].calendar, "DE");
    EXPECT_EQ(all.entities[0].chart.at(ledger::Role::receivable).code, "1400");
    EXPECT_EQ(all.entities[0].chart.at(ledger::Role::revenue).name, "Erlöse");
    EXPECT_EQ(all.entities[0].chart.size(), ledger::all_roles().size());
    EXPECT_EQ(all.entities[1].authority, ledger::Authority::erp);
    const auto& head = all.letterheads.at("emea");
    EXPECT_EQ(head.creditor.name, "Nordwind Maschinenbau GmbH");
    EXPECT_THAT(head.creditor.address.lines, ElementsAre("Werftstraße 12"));
    EXPECT_EQ(head.place, "Hamburg");
    EXPECT_EQ(head.reply_to, "Debitoren <ar@nordwind.example>");
    EXPECT_FALSE(all.letterheads.contains("boston"));

    ASSERT_EQ(all.accounts.size(), 2U);
    EXPECT_EQ(all.accounts[0].iban, "DE89370400440532013000");
    EXPECT_EQ(all.accounts[0].bank, "COBADEFFXXX");
    EXPECT_EQ(all.accounts[0].holder, "Nordwind Maschinenbau GmbH");
    EXPECT_TRUE(all.accounts[0].pay_to);
    EXPECT_EQ(all.accounts[1].number, "000123456");
    EXPECT_EQ(all.accounts[1].holder, "Northwind Incorporated");

    ASSERT_EQ(all.people.size(), 1U);
    EXPECT_THAT(all.people[0].roles, ElementsAre("supervisor", "approver"));
    EXPECT_THAT(all.people[0].entities, ElementsAre("emea"));

    ASSERT_EQ(all.connectors.size(), 1U);
    const auto& bank = all.connectors[0];
    EXPECT_EQ(bank.plugin, "bank-files");
    EXPECT_EQ(bank.isolation, "none");
    EXPECT_EQ(bank.schedule->text(), "*/10 6-20 * * MON-FRI");
    EXPECT_EQ(bank.settings_json, R"({"files":[{"match":"*.sta","format":"mt940"}],"profile":{"columns":{"amount":"Betrag"}},"number":"0123"})");
    EXPECT_EQ(to_text(bank.settings_places.at("/files/0/format")), "/etc/owed/owed.yaml:35:40");
    EXPECT_EQ(bank.secrets.at("password").reference, "file:/etc/owed/secret");
    EXPECT_THAT(bank.allow_urls, ElementsAre("sftp://bank.example"));
    EXPECT_EQ(bank.call_deadline_seconds, 30);
    EXPECT_EQ(bank.memory_mib, 256);
    EXPECT_TRUE(bank.own_network);
    EXPECT_THAT(bank.programs, ElementsAre("/opt/taps"));

    ASSERT_EQ(all.policies.size(), 1U);
    const auto& standard = all.policies[0];
    EXPECT_THAT(standard.segments, ElementsAre("*", "retail"));
    EXPECT_EQ(to_text(standard.minimum.at("EUR")), "25.00");
    EXPECT_EQ(to_text(standard.minimum.at("JPY")), "3000");
    EXPECT_EQ(standard.grace_days, 2);
    EXPECT_EQ(standard.min_gap_days, 9);
    EXPECT_EQ(standard.repeat_last_max, 2);
    EXPECT_FALSE(standard.quiet_weekends);
    EXPECT_EQ(standard.hold_without_bank_days, 3);
    ASSERT_EQ(standard.levels.size(), 3U);
    EXPECT_EQ(standard.levels[1].channel, collect::Channel::letter);
    EXPECT_EQ(to_text(standard.levels[1].fee.at("EUR")), "5.00");
    EXPECT_EQ(standard.levels[1].deadline_days, 7);
    EXPECT_EQ(standard.levels[2].channel, collect::Channel::agency);
    EXPECT_EQ(standard.content_hash.size(), 64U);
    ASSERT_EQ(all.policy_approvals.size(), 1U);
    EXPECT_EQ(all.policy_approvals[0].by, "Boris Muster");
    EXPECT_EQ(all.policy_approvals[0].on, parse_date("2026-03-01").value());

    ASSERT_EQ(all.cash.not_receivable.size(), 1U);
    EXPECT_EQ(all.cash.not_receivable[0].payer_account, "DE021203");
    ASSERT_EQ(all.cash.bank_charges.size(), 1U);
    EXPECT_EQ(all.cash.bank_charges[0].text, "entgelt");
    EXPECT_EQ(all.cash.posts_outgoing, (std::map<std::string, bool, std::less<>>{{"000123456", true}})) << "the other as its entity's authority says";
    EXPECT_EQ(all.cash.agencies.at(0).account, "DE881009");
    EXPECT_EQ(all.cash.proposals_max, 5);
    EXPECT_EQ(all.cash.erp_alarm_hours, 24);
    ASSERT_EQ(all.jobs.size(), 2U);
    EXPECT_EQ(all.jobs[0].name, "cash");
    EXPECT_EQ(all.jobs[0].zone.name(), "Europe/Berlin");
    EXPECT_EQ(all.jobs[1].name, "dunning boston");
    EXPECT_EQ(all.jobs[1].zone.name(), "America/New_York");
    EXPECT_EQ(all.data, "/var/lib/owed");
    EXPECT_EQ(all.templates_folder, "/usr/share/owed/templates");
    EXPECT_EQ(all.plugins_folder, "/etc/owed/plugins");
    EXPECT_TRUE(all.allow_unlisted_plugins);
    EXPECT_EQ(all.socket, "/run/owed/owed.sock");
    EXPECT_EQ(all.demo_start, "2026-03-31T08:00");
    EXPECT_THAT(loaded.effective, HasSubstr("file:/etc/owed/secret"));
}

TEST(Load, one_thing_wrong) {
    struct Row {
        const char* proves;
        const char* piece;
        const char* by;
        const char* says;
    };
    const Row rows[] = {
        {"unknown_key", "authority: hub", "authorty: hub", "owed.yaml:6:5: an entity has no key \"authorty\"; did you mean \"authority\"?"},
        {"duplicate_key", "calendar: DE", "currency: EUR", "owed.yaml:7:5: key \"currency\" stands twice; the first is in line 4"},
        {"unknown_currency", "currency: EUR\n", "currency: EUX\n", "owed.yaml:4:15: "},
        {"unknown_zone", "Europe/Berlin", "Europe/Berln", "owed.yaml:5:15: "},
        {"authority", "authority: hub", "authority: both", "\"both\" is neither hub nor erp"},
        {"chart_role", "receivable:", "recievable:", "did you mean \"receivable\"?"},
        {"two_entities_of_one_name", "id: boston", "id: emea", "entity \"emea\" is defined twice"},
        {"layout", "din5008b", "a4", "\"a4\" is no letter layout"},
        {"account_of_nobody", "entity: emea, gl", "entity: emia, gl", "there is no entity \"emia\"; did you mean \"emea\"?"},
        {"iban_and_number", "number: \"000123456\"", "number: \"1\", iban: DE89370400440532013000", "an account has either \"iban\" or \"number\""},
        {"iban_with_a_typing_error", "DE89 3704", "DE98 3704", "owed.yaml:24:12: "},
        {"pay_to", "pay_to: true", "pay_to: yes", "\"yes\" is neither true nor false"},
        {"outgoing", "pay_to: true", "outgoing: some", "\"some\" is neither post nor ignore"},
        {"role", "[supervisor, approver]", "[boss]", "there is no role \"boss\""},
        {"soft_close_roles", "authority: hub", "soft_close_roles: [controller]", "there is no role \"controller\""},
        {"isolation", "isolation: none", "isolation: some", "\"some\" is neither process nor none"},
        {"bad_cron", "*/10 6-20", "*/10 6-30", "owed.yaml:33:15: the hour \"30\" is not from 0 to 23"},
        {"unknown_profile", "profile: sample", "profile: smple", "owed.yaml:36:16: there is no profile \"smple\""},
        {"secret_in_clear", "file:/etc/owed/secret", "hunter2", "a secret is named by reference"},
        {"limit", "memory_mib: 256", "memory_mib: 1", "\"1\" is not a whole number from 32 to 16384"},
        {"policies_folder", "policies: policies", "policies: elsewhere", "there is no *.yaml in elsewhere"},
        {"unknown_job", "kind: cash", "kind: cahs", "there is no job \"cahs\""},
        {"job_without_schedule", "kind: cash, schedule: \"0 7 * * *\"", "kind: cash", "a job needs \"schedule\""},
        {"revaluation_job_without_entity", "kind: dunning, entity: boston", "kind: revaluation", "a revaluation job names its entity"},
        {"provision_job_without_matrix", "kind: dunning, entity: boston", "kind: provision, entity: boston", "a provision job needs a matrix"},
        {"limit_of_no_act", "waive:", "wave:", "did you mean \"waive\"?"},
        {"limit_precision", "EUR: \"50.00\"", "EUR: \"50.001\"", "owed.yaml:"},
        {"provision_of_nobody", "provision: {emea", "provision: {emia", "there is no entity \"emia\""},
        {"provision_without_a_bucket", "31-60: 4.5, ", "", "there is no bucket \"over-60\" beside the others"},
        {"provision_rate", "1-30: 1.8", "1-30: 101", "a rate is at most 100 percent, not 101"},
        {"dunning_job_without_entity", "kind: dunning, entity: boston", "kind: dunning", "a dunning job names its entity"},
        {"two_jobs_of_one_name", "kind: dunning, entity: boston", "kind: cash", "job \"cash\" is defined twice"},
        {"anchor", "calendar: DE", "calendar: &de DE", "anchors (&name) are not allowed"},
        {"policy_level_gap", "level: 2", "level: 4", "standard.yaml:2:3: policy \"standard\", levels[1].level"},
        {"policy_days", "days: 20", "days: 5", "levels[1].days"},
        {"policy_channel", "channel: agency", "channel: fax", "there is no channel \"fax\"; there are email, letter and agency"},
        {"policy_amount", "25.00", "25.001", "standard.yaml:5:18: "},
        {"policy_key", "grace_days", "grace_day", "did you mean \"grace_days\"?"},
        {"approval_date", "2026-03-01", "yesterday", "standard.yaml:15:"},
    };
    for (const auto& row : rows) EXPECT_THAT(problems_after(row.piece, row.by), Contains(HasSubstr(row.says))) << row.proves;
}

/// What is wrong with one `cash:` section, without the file's name.
std::vector<std::string> problems_of_cash(const std::string& section) {
    Memory memory{{{"/etc/owed/owed.yaml", "entities: [{id: emea, name: Nordwind, currency: EUR, timezone: Europe/Berlin}]\ncash: {" + section + "}\n"}}};
    auto texts = memory.problems();
    for (auto& text : texts) text = text.substr(std::string{"/etc/owed/owed.yaml:"}.size());
    return texts;
}

TEST(Load, cash_settings_that_could_do_nothing_or_name_what_is_not_there) {
    struct Row {
        const char *section, *says;
    };
    const Row rows[] = {
        {"autocash: [{rules: []}]", "2:19: a list without rules decides nothing"},
        {"autocash: [{customer: C1}]", "2:19: a list without rules decides nothing"},
        {"autocash: [{rules: [combo, combo]}]", "2:27: rule \"combo\" stands twice"},
        {"autocash: [{rules: [combi]}]", "2:27: there is no rule \"combi\""},
        {"autocash: [{entity: nosuch, rules: [combo]}]", "2:28: there is no entity \"nosuch\""},
        {"autocash: [{segment: key, rules: [combo]}, {segment: key, rules: [match_invoice]}]", "2:51: is for the same payers as the list at /etc/owed/owed.yaml:2:19"},
        {"autocash: [{rules: [combo], partial: false}]", "2:45: says nothing where oldest_first is not among the rules"},
        {"autocash: [{rules: [combo], equal_items_by_due_date: true}]", "2:61: says nothing where match_invoice is not among the rules"},
        {"bank_fee_max: {EUR: \"9\"}, bank_fee_countries: [IN, India]", "2:59: \"India\" is no country"},
        {"bank_fee_max: {EUR: \"9\"}, bank_fee_countries: UK", "BR, GB"},
        {"bank_fee_max: {EUR: \"9\"}, bank_fee_countries: []", "names no country"},
        {"bank_fee_countries: [IN]", "says nothing without bank_fee_max"},
        {"bank_fee_max: {EUR: \"-9\"}", "bank_fee_max is not negative"},
        {"withholding_percent: {india: \"10\"}", "2:30: \"india\" is no country"},
        {"withholding_percent: {IN: \"250\"}", "2:34: \"250\" is no percentage above 0 and up to 100"},
        {"withholding_percent: {IN: \"0\"}", "is no percentage"},
        {"withholding_percent: {IN: [1]}", "is no percentage"},
        {"tolerance_percent: \"100.1\"", "2:27: \"100.1\" is no percentage"},
        {"tolerance_percent: \"0\"", "is no percentage"},
        {"tolerance_percent: half", "is no percentage"},
        {"discount_grace_days: 3, accept_late_discount: false", "2:29: grants nothing while accept_late_discount is false"},
        {"learn_account_after: 0, account_alone_after: 2", "says nothing while learn_account_after is 0"},
        {"not_receivable: [{name: interest}]", "2:25: a rule that is only a name fits nothing"},
        {"not_receivable: [{name: interest, text: \" \"}]", "2:48: names no word: all money would fit"},
        {"not_receivable: [{name: interest, payer: \"\"}]", "names no word"},
        {"not_receivable: [{name: interest, code: \"*\"}]", "2:48: all money has a code that fits"},
        {"bank_charges: [{name: fees}]", "2:23: a rule that is only a name fits nothing"},
        {"return_fees: [{amount: {EUR: 7.50}}, {amount: {EUR: 1.00}}]", "is for the same customers as the fee at"},
        {"return_fees: [{segment: key}]", "2:22: a return fee has an amount"},
        {"return_fees: [{entity: nowhere, amount: {EUR: 7.50}}]", "there is no entity \"nowhere\""},
        {"agencies: [{agency: nord, account: DE1}, {agency: sud, account: D E1}]", "is nord's account already"},
    };
    for (const auto& row : rows) EXPECT_THAT(problems_of_cash(row.section), Contains(HasSubstr(row.says))) << row.section;
    for (const char* good : {"tolerance_percent: \"0.5\"", "tolerance_max: {EUR: \"2\"}", "tolerance_percent: 100, tolerance_max: {EUR: 0}", "bank_fee_max: {EUR: 9}, bank_fee_countries: GB",
                             "autocash: [{customer: C1, rules: [match_invoice], equal_items_by_due_date: true}, {segment: key, rules: [oldest_first], partial: false}, {rules: [combo]}]",
                             "withholding_percent: {IN: \"10\", BR: \"1.5\"}", "learn_not_receivable_after: 0", "not_receivable: [{name: tax, code: \"PMNT/*\"}]",
                             "return_fees: [{segment: key, amount: {EUR: \"7.50\"}, reasons: [AM04]}, {customer: C1, amount: {EUR: \"0.00\"}}]"})
        EXPECT_THAT(problems_of_cash(good), IsEmpty()) << good;
}

TEST(Load, the_host_and_not_the_configuration_knows_plugins) {
    EXPECT_THAT(problems_after("plugin: bank-files", "plugin: nobody-has-this"), IsEmpty());
}

TEST(Load, all_problems_in_one_pass) {
    auto memory = complete();
    auto& text = memory.files["/etc/owed/owed.yaml"];
    for (const auto& [piece, by] : {std::pair<std::string, std::string>{"Europe/Berlin", "Mars/Base"}, {"[supervisor, approver]", "[boss]"},
                                    {"*/10 6-20", "sometimes 6-20"}, {"socket:", "sokket:"}})
        text.replace(text.find(piece), piece.size(), by);
    memory.files["/etc/owed/policies/standard.yaml"] = "dunning_policy: {name: standard, levels: []}\nextra: 1\n";
    EXPECT_THAT(memory.problems(), UnorderedElementsAre(HasSubstr("owed.yaml:5:15"), HasSubstr("\"boss\""), HasSubstr("sometimes"), HasSubstr("\"sokket\""),
                                                        AllOf(HasSubstr("standard.yaml:1:17"), HasSubstr("at least one level")), HasSubstr("standard.yaml:2:1")));
}

TEST(Load, folders_of_further_files_are_merged) {
    auto memory = complete();
    memory.files["/etc/owed/conf.d/10-more.yaml"] = "entities:\n  - {id: tokyo, name: Kitakaze K.K., currency: JPY, timezone: Asia/Tokyo}\ncash:\n  agencies: [{agency: sud, account: X1}]\n";
    memory.files["/etc/owed/conf.d/20-again.yaml"] = "data: /srv/owed\ncash:\n  proposals_max: 9\n";
    memory.files["/etc/owed/conf.d/notes.txt"] = "not: [yaml";
    const auto loaded = memory.loaded();
    EXPECT_THAT(memory.problems(), UnorderedElementsAre(AllOf(HasSubstr("conf.d/20-again.yaml:1:7: "), HasSubstr("given already at /etc/owed/owed.yaml:")),
                                                        AllOf(HasSubstr("conf.d/20-again.yaml:3:18: "), HasSubstr("given already"))));
    EXPECT_EQ(loaded.settings.entities.size(), 3U);
    EXPECT_EQ(loaded.settings.cash.agencies.size(), 2U);
    EXPECT_EQ(loaded.settings.data, "/var/lib/owed");
}

TEST(Load, files_that_are_not_there_or_not_a_configuration) {
    EXPECT_THAT(Memory{}.problems(), ElementsAre(HasSubstr("/etc/owed/owed.yaml: cannot open it")));
    EXPECT_THAT((Memory{{{"/etc/owed/owed.yaml", "- a\n- b\n"}}}.problems()), ElementsAre(HasSubstr("the configuration must be a map")));
    EXPECT_THAT((Memory{{{"/etc/owed/owed.yaml", ""}}}.problems()), ElementsAre(HasSubstr("the configuration must be a map")));
    EXPECT_THAT((Memory{{{"/etc/owed/owed.yaml", "data: /x\n"}}}.problems()), Contains(HasSubstr("there is no entity")));
}

TEST(Load, a_policys_hash_is_of_what_it_says) {
    const auto hash = [](const std::string& text) {
        auto memory = complete();
        memory.files["/etc/owed/policies/standard.yaml"] = text;
        return memory.loaded().settings.policies.at(0).content_hash;
    };
    const std::string text = policy;
    const auto changed = [&](std::string_view piece, std::string_view by) {
        auto other = text;
        return other.replace(other.find(piece), piece.size(), by);
    };
    EXPECT_EQ(hash(text), hash("# a comment\n" + text));
    EXPECT_EQ(hash(text), hash(changed("by: Boris Muster", "by: Clara Muster")));  // approvals are not part of it
    EXPECT_NE(hash(text), hash(changed("grace_days: 2", "grace_days: 3")));
    EXPECT_NE(hash(text), hash(changed("5.00", "5.50")));
    EXPECT_NE(hash(text), hash(changed("reminder-2", "reminder-3")));
}

constexpr const char* plain_secret = "secrets: {password: file:/etc/owed/secret}";

TEST(Load, tokens_and_transfer_of_a_connector) {
    auto memory = complete();
    auto& text = memory.files.at("/etc/owed/owed.yaml");
    text.replace(text.find(plain_secret), std::string_view{plain_secret}.size(), R"(secrets:
      password: file:/etc/owed/secret
      bound: {from: env:KEY, urls: ["https://api.example.com/"]}
      login:
        oauth2: {grant: jwt_bearer, token_url: "https://login.example.com/token", client_id: 3MVG9, private_key: "file:/etc/owed/key.pem", audience: "https://login.example.com", subject: owed@example.com, scope: api, key_id: k1}
    transfer: {plain_text_on_loopback: true, ca_file: ca.pem, client_certificate: /etc/tls/owed.pem, client_key: credential:tls-key, proxy: "http://proxy.example:3128", helo: owed.example, requests_per_minute: 120, timeout_seconds: 30, response_mib: 16, record: bank.cassette})");
    const auto loaded = memory.loaded();
    for (const auto& problem : loaded.problems) ADD_FAILURE() << to_text(problem);
    const auto& bank = loaded.settings.connectors.at(0);
    EXPECT_EQ(bank.secrets.at("password").reference, "file:/etc/owed/secret");
    EXPECT_EQ(bank.secrets.at("bound").reference, "env:KEY");
    EXPECT_THAT(bank.secrets.at("bound").urls, ElementsAre("https://api.example.com/"));
    const auto& login = bank.secrets.at("login").oauth2.value();
    EXPECT_EQ(login.grant + " " + login.client_id + " " + login.private_key + " " + login.subject + " " + login.client_auth, "jwt_bearer 3MVG9 file:/etc/owed/key.pem owed@example.com body");
    EXPECT_EQ(bank.transfer.plain_text_on_loopback, true);
    EXPECT_EQ(bank.transfer.ca_file, "/etc/owed/ca.pem");
    EXPECT_EQ(bank.transfer.client_key, "credential:tls-key");
    EXPECT_EQ(bank.transfer.requests_per_minute, 120);
    EXPECT_EQ(bank.transfer.record, "/etc/owed/bank.cassette");
}

TEST(Load, what_is_wrong_with_tokens_and_transfer) {
    const auto oauth2 = [](const char* more) { return std::string{"secrets: {s: {oauth2: {token_url: \"https://l.example/t\", client_id: c, "} + more + "}}}"; };
    const std::pair<std::string, const char*> cases[] = {
        {"secrets: {s: hunter2}", "a secret is named by reference"},
        {"secrets: {s: \"file:\"}", "a secret is named by reference"},
        {"secrets: {s: {from: hunter2}}", "a secret is named by reference"},
        {"secrets: {s: {urls: [x]}}", "has either \"from\" or \"oauth2\""},
        {"secrets: {s: {from: env:A, value: x}}", "\"value\""},
        {oauth2("grant: password"), "there is no grant \"password\"; there are jwt_bearer, client_credentials and refresh_token"},
        {oauth2("grant: jwt_bearer, private_key: env:K"), "grant jwt_bearer needs \"subject\""},
        {oauth2("grant: jwt_bearer, subject: s"), "grant jwt_bearer needs \"private_key\""},
        {oauth2("grant: refresh_token"), "grant refresh_token needs \"refresh_token\""},
        {oauth2("grant: client_credentials"), "needs \"client_secret\" or \"private_key\""},
        {oauth2("grant: client_credentials, client_secret: env:S, refresh_token: env:R"), "has no use for \"refresh_token\""},
        {oauth2("grant: client_credentials, client_secret: hunter2"), "a secret is named by reference"},
        {oauth2("grant: client_credentials, client_secret: env:S, client_auth: header"), "is neither body nor basic"},
        {"secrets: {s: {oauth2: {grant: client_credentials, token_url: \"http://l.example/t\", client_id: c, client_secret: env:S}}}", "does not begin with https://"},
        {"secrets: {s: {oauth2: {grant: client_credentials, token_url: \"https://u:p@l.example/t\", client_id: c, client_secret: env:S}}}", "must not hold a user"},
        {"transfer: {verify: false}", "\"verify\""},
        {"transfer: {plain_text_on_loopback: maybe}", "is neither true nor false"},
        {"transfer: {client_key: env:K}", "go together"},
        {"transfer: {client_certificate: c.pem, client_key: c.key}", "a secret is named by reference"},
        {"transfer: {proxy: proxy.example}", "a proxy is written http://host:port"},
        {"transfer: {proxy: \"http://u:p@proxy.example\"}", "a proxy with a login"},
        {"transfer: {requests_per_minute: 0}", "is not a whole number from 1 to 60000"},
        {"transfer: {timeout_seconds: 601}", "is not a whole number from 1 to 600"},
        {"transfer: {response_mib: 1.5}", "is not a whole number from 1 to 256"},
    };
    for (const auto& [piece, says] : cases) {
        const auto problems = problems_after(plain_secret, piece);
        ASSERT_EQ(problems.size(), 1u) << piece << (problems.empty() ? "" : problems.back());
        EXPECT_THAT(problems[0], HasSubstr(says)) << piece;
        EXPECT_THAT(problems[0], testing::StartsWith("/etc/owed/owed.yaml:")) << piece;
        EXPECT_THAT(problems[0], testing::Not(HasSubstr("hunter2"))) << piece;
    }
}

TEST(Secrets, a_renewed_one_takes_the_olds_place) {
    char name[] = "/tmp/owed-secret-XXXXXX";
    const int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    ::close(fd);
    const std::string reference = std::string{"file:"} + name;
    ASSERT_TRUE(replace_secret(reference, "fresh"));
    EXPECT_EQ(resolve_secret(reference).value(), "fresh");
    struct stat status{};
    ASSERT_EQ(::stat(name, &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    ::unlink(name);
    EXPECT_EQ(replace_secret("env:X", "fresh").error().code, Errc::invalid_config);
    const auto nowhere = replace_secret("file:/nonexistent/secret", "fresh");
    EXPECT_EQ(nowhere.error().code, Errc::io);
    EXPECT_EQ(to_text(nowhere.error()).find("fresh"), std::string::npos);
}

TEST(Secrets, references_and_what_is_wrong_with_them) {
    ::setenv("OWED_TEST_SECRET", "from the environment", 1);
    EXPECT_EQ(resolve_secret("env:OWED_TEST_SECRET").value(), "from the environment");
    EXPECT_FALSE(resolve_secret("env:OWED_TEST_NOT_THERE"));
    for (const char* reference : {"hunter2", "", "file:", "env:", "http://x", "file:/does/not/exist"}) {
        const auto got = resolve_secret(reference);
        ASSERT_FALSE(got) << reference;
        EXPECT_EQ(got.error().code, Errc::invalid_config) << reference;
        EXPECT_EQ(got.error().what.find("hunter2"), std::string::npos);  // a secret in clear is not repeated
    }
}

TEST(Secrets, a_file_is_plain_ours_and_for_nobody_else) {
    char folder[] = "/tmp/owed-secrets-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string base = folder, file = base + "/login", link = base + "/link", pipe = base + "/pipe";
    std::ofstream{file} << "hunter2\r\n";
    const auto says = [](const std::string& path, SecretOwner owner = SecretOwner::root_or_us) {
        const auto got = secret_in_file(path, owner);
        return got ? "=" + *got : got.error().what;
    };
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    EXPECT_THAT(says(file), HasSubstr("can be read by others"));
    EXPECT_THAT(says(file, SecretOwner::anybody), HasSubstr("can be read by others"));
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    EXPECT_EQ(says(file), "=hunter2");
    ASSERT_EQ(::symlink(file.c_str(), link.c_str()), 0);
    EXPECT_THAT(says(link), HasSubstr("cannot open the secret file"));
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(says(pipe), HasSubstr("is not a regular file")) << "and nobody waits for a writer";
    EXPECT_THAT(says(base), HasSubstr("is not a regular file"));
    if (::geteuid() == 0) {   // nobody else may give files away
        ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
        EXPECT_THAT(says(file), HasSubstr("belongs to someone else"));
        EXPECT_EQ(says(file, SecretOwner::anybody), "=hunter2");
    }
    std::filesystem::remove_all(base);
}

}  // namespace
}  // namespace owed::config
