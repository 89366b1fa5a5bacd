// Each plugin of tests/plugins/wrong is wrong in one thing; the kit finds that and nothing else.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "conformance/conformance.hpp"
#include "places/places.hpp"

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;

/// What a plugin is checked with: settings, and files beside them.
class Beside {
  public:
    Beside() {
        std::string pattern = (fs::temp_directory_path() / "owed-wrong-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        for (const char* name : {"a", "b", "c"}) put(std::string{"drop/"} + name, "customer " + std::string{name});
        put("samples/one.pairs", "PAIRS\n10001=5\n10002=7\n");
    }
    ~Beside() { fs::remove_all(path_); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    std::string put(const std::string& name, const std::string& text) const {
        const auto path = path_ + "/" + name;
        fs::create_directories(fs::path{path}.parent_path());
        std::ofstream{path, std::ios::binary} << text;
        return path;
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

std::string plugin_file(const std::string& name) { return owed::build_folder() + "/wrong-plugins/" + name + (name == "wrong-program" ? "" : ".so"); }

using Isolation = Options::Isolation;

Report check(const std::string& file, const std::string& settings_file, Isolation isolation, const std::string& only = {}) {
    Options options;
    options.file = file;
    options.settings_file = settings_file;
    options.child_program = owed::build_folder() + "/bin/owed-plugin-host";
    options.isolation = isolation;
    options.only = only;
    auto report = check_plugin(options);
    EXPECT_TRUE(report) << to_text(report.error());
    return report ? *report : Report{};
}

std::set<std::string> failures_of(const Report& report) {
    std::set<std::string> names;
    for (const auto& finding : report.findings)
        if (finding.outcome == Outcome::failed) names.insert(finding.name);
    return names;
}

struct Case {
    const char* name;             ///< value of `do`
    Isolation isolation;          ///< in which it shows
    std::set<std::string> fails;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class Wrong : public testing::TestWithParam<std::pair<const char*, Case>> {};

TEST_P(Wrong, fails_what_it_should_and_nothing_else) {
    const auto& [kind, one] = GetParam();
    const Beside beside;
    const bool reads = std::string_view{kind} == "source" || std::string_view{kind} == "program";
    const auto settings = beside.put("settings.json", std::string{"{"} + (reads ? "\"source\": \"folder:drop\", " : "") + "\"do\": \"" + one.name + "\"}");
    const auto report = check(plugin_file(std::string{"wrong-"} + kind), settings, one.isolation);
    EXPECT_EQ(failures_of(report), one.fails) << to_text(report);
}

std::vector<std::pair<const char*, Case>> cases() {
    constexpr auto process = Isolation::process, none = Isolation::none, both = Isolation::both;
    const std::set<std::string> most_faults{"faults.transient", "faults.auth", "faults.rate-limited", "faults.cancelled", "faults.bug", "faults.unknown-outcome", "faults.permanent", "faults.config"};
    const auto with = [](std::set<std::string> some, std::initializer_list<const char*> more) {
        for (const char* name : more) some.insert(name);
        return some;
    };
    std::vector<std::pair<const char*, Case>> all;
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"create_uses_files", process, {"create.no-effect"}},
             {"create_prints", process, {"create.silent"}},
             {"create_opens", process, {"create.repeatable"}},
             {"create_sets_locale", process, {"create.repeatable"}},
             {"create_crashes", process, {"settings.mutations-survived", "settings.refusals-explained"}},
             {"check_looks_at_nothing", process, {"check.missing-folder"}},
             {"check_keeps_state", process, {"check.no-effect", "services.where-they-work"}},
             {"check_is_fickle", process, {"check.repeatable"}},
             {"crashes_at_strange_cursor", process, {"read.strange-cursor"}},
             {"prints", process, {"process.silent"}},
             {"logs_line_breaks", process, {"log.clean"}},
             {"names_metric_badly", process, {"metrics.names"}},
             {"leaks_descriptor", none, {"leaks.descriptors"}},
             {"leaks_memory", process, {"leaks.memory"}},
             {"keeps_huge_state", process, {"state.small"}},
             {"asks_from_a_thread", process, {"threads.on-call-thread"}},
             {"leaves_a_thread", process, {"threads.none-left"}},
             {"knows_few_years", process, {"clock.epoch", "clock.ten-years-on"}},
             {"writes_a_file", process, {"services.where-they-work"}},
             {"is_late", process, {"read.deadline"}},
             {"loses_the_last", process, {"read.nothing-pending"}},
             {"swallows_the_list", process, most_faults},
             {"swallows_a_file", process, most_faults},
             {"swallows_the_commit", process, with(most_faults, {"read.store-full"})},
             {"depends_on_time", process, with(most_faults, {"read.repeatable", "read.replay", "faults.death"})},
             {"depends_on_process", both, {"modes.same-answers"}},
             {"gives_no_ids", process, {"read.external-ids"}},
             {"commits_nothing", process, {"read.cursor-moves"}},
             {"commits_the_same", process, with(most_faults, {"read.cursor-moves", "read.replay", "faults.death"})},
         })
        all.emplace_back("source", one);
    for (const auto& one : std::vector<Case>{   // of Python
             {"nothing", both, {}},
             {"swallows_the_list", process, with(most_faults, {"read.deadline"})},
             {"loses_the_last", process, {"read.nothing-pending"}},
         })
        all.emplace_back("program", one);
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"check_posts", process, {"check.no-effect", "check.refused-login"}},
             {"sends_nothing", process, {"send.has-effect", "send.key-arrives"}},
             {"dies_of_strange_deliveries", process, {"send.hostile-deliveries"}},
             {"numbers_anew", process, {"send.same-key"}},
             {"tries_again", process, {"send.unknown-outcome", "faults.unknown-outcome"}},
             {"always_says_sent", process, {"send.unknown-outcome", "send.refused", "send.transient", "send.rate-limited", "send.login-refused", "faults.transient",
                                           "faults.auth", "faults.rate-limited", "faults.unknown-outcome", "faults.permanent", "faults.config"}},
             {"never_gives_up", process, {"send.refused"}},
             {"gives_up_at_once", process, {"send.transient", "send.rate-limited"}},
             {"blames_the_delivery", process, {"send.login-refused"}},
             {"knows_every_key", process, {"send.lookup-unknown"}},
             {"looks_up_by_writing", process, {"send.lookup-no-effect"}},
             {"denies_what_it_sent", process, {"send.lookup-after", "send.crash-after-effect"}},
             {"keeps_the_secret", process, {"secrets.not-in-memory"}},
             {"logs_the_secret", process, {"secrets.not-in-memory", "secrets.not-in-log"}},
             {"tells_the_secret", process, {"secrets.not-in-memory", "secrets.not-in-failures"}},
             {"puts_the_secret_into_urls", process, {"secrets.not-in-memory", "secrets.not-in-urls", "secrets.not-in-cassette"}},
             {"dies_without_its_secret", process, {"secrets.missing"}},
         })
        all.emplace_back("sender", one);
    const std::set<std::string> never_heard{"write.unknown-outcome", "write.transient", "write.refused", "write.login-refused", "faults.transient",
                                            "faults.auth", "faults.rate-limited", "faults.unknown-outcome", "faults.permanent", "faults.config"};
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"is_never_sure", process, {"write.works", "write.one", "write.many"}},
             {"forgets_the_last", process, {"write.works", "write.result-each", "write.one", "write.many", "write.unknown-outcome", "write.transient", "write.refused"}},
             {"adds_anew", process, {"write.same-batch"}},
             {"dies_of_one", process, {"write.one", "write.other-kind"}},
             {"dies_of_many", process, {"write.many"}},
             {"dies_of_others", process, {"write.other-kind"}},
             {"always_says_sent", process, never_heard},
             {"gives_up_at_once", process, {"write.transient"}},
             {"takes_a_refused_login_for_success", process, {"write.login-refused", "faults.auth"}},
             {"knows_every_key", process, {"write.lookup-unknown"}},
         })
        all.emplace_back("sink", one);
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"cannot_place", process, {"agency.place"}},
             {"cannot_update", process, {"agency.update"}},
             {"cannot_recall", process, {"agency.recall"}},
             {"numbers_anew", process, {"agency.same-key"}},
             {"knows_every_key", process, {"agency.lookup-unknown"}},
         })
        all.emplace_back("agency", one);
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"claims_everything", process, {"codec.sniffs-modestly"}},
             {"recognises_nothing", process, {"codec.sniffs-samples"}},
             {"sniffs_by_turns", process, {"codec.sniffs-samples"}},
             {"dies_of_nothing", process, {"codec.empty", "codec.truncations"}},
             {"uses_chance", process, {"codec.pure"}},
             {"dies_of_profiles", process, {"codec.broken-profile"}},
             {"dies_of_names", process, {"codec.names"}},
             {"dies_of_cut_files", process, {"codec.truncations", "codec.bit-flips"}},
             {"dies_of_turned_bits", process, {"codec.bit-flips"}},
             {"hides_the_place", process, {"codec.refusals"}},
             {"blames_the_weather", process, {"codec.refusals"}},
             {"reads_any_format", process, {"codec.unknown-format"}},
             {"remembers", process, {"codec.repeatable"}},
         })
        all.emplace_back("codec", one);
    for (const auto& one : std::vector<Case>{
             {"nothing", both, {}},
             {"never_knows", process, {}},
             {"says_nothing", process, {"decide.explained"}},
             {"explains_nothing", process, {"decide.explained"}},
             {"dies_of_no_items", process, {"decide.strange-questions"}},
             {"looks_at_the_clock", process, {"decide.pure"}},
             {"is_slow", process, {"decide.in-time"}},
             {"counts", process, {"decide.repeatable"}},
             {"pays_too_much", process, {"decide.within-receipt"}},
             {"invents_items", process, {"decide.within-receipt"}},
             {"mixes_money", process, {"decide.within-receipt"}},
             {"pays_twice", process, {"decide.within-receipt"}},
         })
        all.emplace_back("decider", one);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Plugins, Wrong, testing::ValuesIn(cases()), [](const auto& one) { return std::string{one.param.first} + "_" + one.param.second.name; });

TEST(WronglyBuilt, each_way_is_found) {
    const std::vector<std::pair<const char*, std::set<std::string>>> cases{{"built-rightly", {}},
                                                                           {"built-with-executable-stack", {"elf.no-executable-stack"}},
                                                                           {"built-lazily", {"elf.bind-now"}},
                                                                           {"built-without-relro", {"elf.relro"}},
                                                                           {"built-with-run-path", {"elf.no-run-path"}},
                                                                           {"built-with-more-exports", {"elf.one-export", "elf.version-node"}},
                                                                           {"built-to-start-programs", {"elf.imports"}},
                                                                           {"built-to-print", {"load.silent"}},
                                                                           {"built-with-thread", {"load.starts-nothing", "threads.none-left"}},
                                                                           {"built-with-network", {"elf.libraries"}}};
    for (const auto& [name, fails] : cases) {
        SCOPED_TRACE(name);
        const auto report = check(plugin_file(name), "", Isolation::process);
        auto found = failures_of(report);
        found.erase("elf.no-unique-symbols");  // what is not hidden may be unique too: a matter of the optimiser
        EXPECT_EQ(found, fails) << to_text(report);
    }
}

/// built-rightly with another manifest in its section.
class WrongManifest : public testing::Test {
  protected:
    std::set<std::string> with_manifest(const std::string& manifest, const std::string& name = "built-rightly") {
        const Beside beside;
        const auto text = beside.put("manifest.json", manifest), file = beside.path() + "/" + name + ".so";
        const std::string command = "objcopy --update-section .owed_manifest=" + text + " " + plugin_file("built-rightly") + " " + file + " 2>&1";
        EXPECT_EQ(std::system(command.c_str()), 0) << command;
        fs::permissions(file, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
        std::set<std::string> names;
        for (const auto& failure : failures_of(check(file, "", Isolation::process, "manifest."))) names.insert(failure.substr(9));
        return names;
    }
    static std::string manifest(const std::string& settings, const std::string& more = "\"version\": \"1.0.0\", \"title\": \"T\", \"kinds\": [\"decider\"]", const std::string& id = "built-rightly") {
        return "{\"id\": \"" + id + "\", " + more + ", \"settings\": " + settings + "}";
    }
    const std::string empty = R"({"type": "object", "additionalProperties": false, "properties": {}})";
    static std::string one(const std::string& property) { return R"({"type": "object", "additionalProperties": false, "properties": {)" + property + "}}"; }
};

TEST_F(WrongManifest, each_fault_is_found) {
    using Names = std::set<std::string>;
    EXPECT_EQ(with_manifest(manifest(empty)), Names{});
    EXPECT_EQ(with_manifest("{"), Names{"valid"});
    EXPECT_EQ(with_manifest(manifest(empty), "another"), Names{"id-matches-file"});
    EXPECT_EQ(with_manifest(manifest(empty, "\"version\": \"1.0.0\", \"title\": \"T\", \"kinds\": [\"decider\"]", "Built_Rightly"), "Built_Rightly"), Names{"id-form"});
    for (const char* version : {"1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-"})
        EXPECT_EQ(with_manifest(manifest(empty, "\"version\": \"" + std::string{version} + "\", \"title\": \"T\", \"kinds\": [\"decider\"]")), Names{"version-form"}) << version;
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "kinds": ["decider"])")), Names{"title"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider", "codec"])")), Names{"kinds-offered"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["codec"])")), (Names{"kinds-offered", "kinds-complete"}));
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "channels": ["email"])")), Names{"channels"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "permissions": ["files"])")), Names{"permission-files"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "permissions": ["transfer", "transfer"])")), Names{"permissions-once"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "permissions": ["transfer"], "urls": ["https://*.com/"])")), Names{"valid"});  // the host refuses it itself
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "permissions": ["transfer"], "urls": ["http://api.example.com/"])")), Names{"urls-narrow"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "permissions": ["transfer"], "urls": ["settings:/server"])")), Names{"urls-settings"});
    EXPECT_EQ(with_manifest(manifest(empty, R"("version": "1.0.0", "title": "T", "kinds": ["decider"], "uses": ["x.owed.trace/1"])")), Names{"uses-known"});
    EXPECT_EQ(with_manifest(manifest(R"({"additionalProperties": false})")), Names{"schema-object"});
    EXPECT_EQ(with_manifest(manifest(R"({"type": "object"})")), Names{"schema-closed"});
    EXPECT_EQ(with_manifest(manifest(one(R"("a": {"description": "A"})"))), Names{"schema-typed"});
    EXPECT_EQ(with_manifest(manifest(one(R"("a": {"type": "string"})"))), Names{"schema-described"});
    EXPECT_EQ(with_manifest(manifest(one(R"("a": {"type": "integer", "default": "x", "description": "A"})"))).contains("schema-defaults"), true);
    EXPECT_EQ(with_manifest(manifest(R"({"type": "object", "additionalProperties": false, "required": ["a"], "properties": {}})")).contains("schema-required"), true);
    EXPECT_EQ(with_manifest(manifest(one(R"("password": {"type": "string", "description": "A"})"))), Names{"schema-secrets"});
}

TEST(WrongFile, what_is_no_plugin_is_a_report_and_not_a_crash) {
    const Beside beside;
    const auto text = beside.put("text.so", "this is no plugin");
    EXPECT_TRUE(failures_of(check(text, "", Isolation::both)).contains("elf.shared-object") || failures_of(check(text, "", Isolation::both)).contains("manifest.valid"));
    const auto whole = plugin_file("built-rightly");
    std::ifstream in{whole, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    for (const std::size_t length : {std::size_t{64}, bytes.size() / 4, bytes.size() / 2, bytes.size() - 100}) {
        const auto cut = beside.put("built-rightly.so", bytes.substr(0, length));
        EXPECT_FALSE(check(cut, "", Isolation::both).passed()) << length;
    }
    fs::create_symlink(whole, beside.path() + "/linked.so");
    EXPECT_TRUE(failures_of(check(beside.path() + "/linked.so", "", Isolation::process, "file.")).contains("file.regular"));
    const auto open = beside.put("open.so", bytes);
    fs::permissions(open, fs::perms::all);
    EXPECT_EQ(failures_of(check(open, "", Isolation::process, "file.")), std::set<std::string>{"file.mode"});
}

TEST(Catalogue, has_at_least_eighty_names_each_once) {
    const auto names = check_names();
    EXPECT_GE(names.size(), 80u);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    std::printf("%zu checks\n", names.size());
}

}  // namespace
}  // namespace owed::conformance
