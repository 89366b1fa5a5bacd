// Random reloads and upgrades while sources are read into a real store and letters go out: nothing is lost, nothing is
// doubled, whoever is not touched keeps its process, and nothing grows. A failure prints its seed.
//   OWED_RELOADS=1000 OWED_UPGRADES=100 OWED_SEED=1 owed_reload_load_test
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "api/migrations.hpp"
#include "host/test_moody.hpp"
#include "intake/intake.hpp"
#include "ledger/test_company.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;

/// A sanitizer keeps what was freed, to see who uses it still.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

int number_from(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

std::size_t open_files() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) ++count;
    return count;
}
std::uint64_t memory_kib() {
    std::ifstream in{"/proc/self/statm"};
    std::uint64_t size = 0, resident = 0;
    in >> size >> resident;
    return resident * 4;
}

/// The company under load: one thread reads every source that is configured, one sends letters.
struct Load : testing::Test, MoodyBench {
    static constexpr int sources_max = 6;
    ledger::Company company{{api::all_migrations()}};
    intake::Intake inbox{company.test.store(), company.context, {}, company.test.rng, log};
    const int seed = number_from("OWED_SEED", 20260401);
    std::mt19937 dice{static_cast<unsigned>(seed)};
    testing::ScopedTrace with_seed{__FILE__, __LINE__, "OWED_SEED=" + std::to_string(seed)};
    std::atomic<bool> over{false};
    std::atomic<int> reads{0}, letters{0};
    std::vector<std::string> sent;         ///< of the sender's thread, until it is joined
    std::vector<std::string> faults;       ///< the same, of both threads
    std::mutex faults_mutex;

    int upto(int most) { return std::uniform_int_distribution<int>{0, most - 1}(dice); }
    static std::string name_of_source(int i) { return "source-" + std::to_string(i); }

    static InstanceConfig source(int i, int batch) {
        auto config = moody(name_of_source(i), R"("prefix": "S)" + std::to_string(i) + R"(", "batch": )" + std::to_string(batch));
        config.settings_json.replace(config.settings_json.find("folder:out-"), 11 + config.name.size(), "folder:unused");
        return config;
    }
    static InstanceConfig post() { return moody("post"); }
    static InstanceConfig untouched() {
        auto config = good();
        config.name = "untouched";
        return config;
    }

    void fault(std::string text) {
        const std::lock_guard lock{faults_mutex};
        faults.push_back(std::move(text));
    }

    void read_on() {
        for (int i = 0; !over; i = (i + 1) % sources_max) {
            auto* connector = host->find(name_of_source(i));
            if (connector == nullptr) continue;
            const auto done = inbox.sync(*connector);
            ++reads;
            // Removed in the same moment, or dead of a bad version: the next read goes on where the last one stood.
            if (!done && done.error().code != Errc::not_found && done.error().code != Errc::plugin_crashed) fault("read: " + to_text(done.error()));
        }
    }
    /// As the outbox does: a letter whose outcome is not known is looked for before it is written again.
    void send_on() {
        while (!over) {
            const auto key = "letter-" + std::to_string(sent.size() + 1);
            const Delivery letter{key, "letter", "", {}, "", {}, {}, ""};
            for (bool there = false; !there && !over;) {
                auto* sender = host->sender_for("letter", "emea");
                if (sender == nullptr) continue;
                const auto receipt = sender->send(letter);
                there = receipt && receipt->state == SendState::sent;
                if (there) break;
                if (const auto found = sender->lookup(key); found && *found) there = true;
            }
            if (over) break;
            sent.push_back(key);
            ++letters;
        }
    }

    void under_load(const std::function<void()>& act) {
        std::thread reader{[this] { read_on(); }}, sender{[this] { send_on(); }};
        act();
        over = true;
        reader.join();
        sender.join();
        host->wait_drained();
    }

    /// What the store has of each source is 1 to N without a gap, each once; each letter lies there once.
    void expect_nothing_lost_or_doubled() {
        EXPECT_THAT(faults, testing::IsEmpty());
        company.test.read([&](store::Db& db) {
            for (int i = 0; i < sources_max; ++i) {
                auto query = db.query("SELECT cursor FROM connector_cursor WHERE connector = ?");
                query.bind(name_of_source(i));
                const std::int64_t cursor = query.step() ? std::stoll(std::string{query.text(0)}) : 0;
                EXPECT_EQ(intake::counts(db, name_of_source(i)).records, cursor) << name_of_source(i) << " was read twice, or less than the cursor says";
                std::set<std::string> found;
                auto numbers = db.query("SELECT number FROM customer WHERE entity = 'emea' AND number GLOB ?");
                numbers.bind("S" + std::to_string(i) + "-*");
                while (numbers.step()) EXPECT_TRUE(found.emplace(numbers.text(0)).second);
                EXPECT_EQ(static_cast<std::int64_t>(found.size()), cursor) << name_of_source(i);
                for (std::int64_t number = 1; number <= cursor; ++number) {
                    const auto name = "S" + std::to_string(i) + "-" + std::to_string(number);
                    ASSERT_TRUE(found.contains(name)) << name << " of " << cursor;
                }
            }
        });
        std::size_t files = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{data.path("out-post")}) ++files;
        EXPECT_GE(files, sent.size());
        EXPECT_LE(files, sent.size() + 1) << "the last one may have been on its way at the end";
        for (const auto& key : sent) ASSERT_TRUE(data.has("out-post/" + key + ".txt")) << key;
    }
};

/// Configurations as an administrator makes them, now and then a wrong one.
struct Model {
    std::map<int, int> batches;   ///< of the sources that are configured
    std::vector<InstanceConfig> configs() const {
        std::vector<InstanceConfig> all{Load::post(), Load::untouched()};
        for (const auto& [i, batch] : batches) all.push_back(Load::source(i, batch));
        return all;
    }
};

TEST_F(Load, random_reloads_lose_and_double_nothing) {
    const int rounds = number_from("OWED_RELOADS", 60);
    std::filesystem::copy_file(zoo_folder() + "/good.so", plugins.path("good.so"));
    Model model{{{0, 1}, {1, 2}, {2, 3}}};
    MoodyBench::start(model.configs());
    ASSERT_TRUE(host->find("untouched")->check() && host->find("post")->check());
    const auto pid = pids("untouched"), post_pid = pids("post");
    std::size_t files_early = 0;
    std::uint64_t memory_early = 0;
    int taken = 0, refused = 0;
    under_load([&] {
        for (int round = 0; round < rounds; ++round) {
            SCOPED_TRACE("round " + std::to_string(round));
            auto wanted = model;
            const int i = upto(sources_max);
            const auto deed = upto(4);
            if (deed == 0) wanted.batches.erase(i);
            else wanted.batches[i] = 1 + upto(20);
            auto configs = wanted.configs();
            const bool wrong = deed == 3;
            if (wrong) {
                auto bad = source(i, 1);
                bad.name = "bad";
                if (const auto how = upto(3); how == 0) bad.plugin = "nowhere";
                else if (how == 1) bad.settings_json = R"({"out": 7})";
                else bad.settings_json = R"({"out": "folder:unused", "check": "auth"})";
                configs.push_back(bad);
            }
            std::map<std::string, std::vector<std::int64_t>> before;
            for (auto* connector : host->connectors()) before[connector->name()] = connector->report().pids;
            const auto done = reload(configs);
            ASSERT_EQ(done.has_value(), !wrong);
            if (wrong) ++refused;
            else model = wanted, ++taken;
            for (const auto& name : done ? done->kept : std::vector<std::string>{}) {
                const auto now = pids(name);
                // Empty: its first call may have come in between.
                if (!before[name].empty()) {
                    EXPECT_EQ(now, before[name]) << name;
                }
            }
            if (round == rounds / 4) {
                host->wait_drained();
                files_early = open_files();
                memory_early = memory_kib();
            }
        }
    });
    EXPECT_EQ(pids("untouched"), pid);
    EXPECT_EQ(pids("post"), post_pid);
    EXPECT_GT(reads, rounds / 2);
    EXPECT_GT(letters, rounds / 2);
    EXPECT_LE(open_files(), files_early + 40) << "six sources have at most some seven each";
    if (!sanitized) {
        EXPECT_LE(memory_kib(), memory_early + 32 * 1024);
    }
    expect_nothing_lost_or_doubled();
    std::printf("%d reloads taken, %d refused, %d reads, %d letters; files %zu -> %zu, memory %llu -> %llu KiB\n", taken, refused, reads.load(), letters.load(), files_early,
                open_files(), static_cast<unsigned long long>(memory_early), static_cast<unsigned long long>(memory_kib()));
}

TEST_F(Load, upgrades_and_ways_back_lose_and_double_nothing) {
    const int rounds = number_from("OWED_UPGRADES", 10);
    std::filesystem::copy_file(zoo_folder() + "/good.so", plugins.path("good.so"));
    const Model model{{{0, 1}, {1, 3}}};
    MoodyBench::start(model.configs());
    ASSERT_TRUE(host->find("untouched")->check());
    const auto pid = pids("untouched");
    int upgrades = 0, ways_back = 0, refused = 0;
    std::string running = "1";
    under_load([&] {
        for (int round = 0; round < rounds; ++round) {
            SCOPED_TRACE("round " + std::to_string(round));
            const auto deed = upto(6);
            if (deed == 0) {
                install("refuses");
                ASSERT_FALSE(reload(model.configs()));
                ++refused;
            } else if (deed == 1) {
                install("crashes");
                ASSERT_TRUE(reload(model.configs()));
                // The reader calls it again and again; after each death its back-off (at most 8 s of five deaths) is over.
                const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
                std::uint32_t deaths = 0;
                for (bool both = false; !both && std::chrono::steady_clock::now() < end; std::this_thread::yield()) {
                    const auto first = report(name_of_source(0)), second = report(name_of_source(1));
                    if (std::exchange(deaths, first.restarts + second.restarts) != first.restarts + second.restarts) clock.advance_s(10);
                    host->tend();
                    both = !first.rolled_back.empty() && !second.rolled_back.empty();
                }
                EXPECT_THAT(report(name_of_source(0)).rolled_back, HasSubstr("rolled back to version " + running + ".0.0"));
                EXPECT_THAT(report(name_of_source(1)).rolled_back, HasSubstr("rolled back to version " + running + ".0.0"));
                ++ways_back;
                install(running);   // as an administrator does next; the sender too is to leave the bad file
                ASSERT_TRUE(reload(model.configs()));
            } else {
                running = running == "1" ? "2" : "1";
                install(running);
                const auto done = reload(model.configs(), {.allow_downgrade = true});
                ASSERT_TRUE(done) << to_text(done.error().at(0));
                EXPECT_EQ(report("post").version, running + ".0.0");
                ++upgrades;
            }
            EXPECT_EQ(pids("untouched"), pid);
        }
    });
    expect_nothing_lost_or_doubled();
    std::printf("%d upgrades, %d ways back, %d refused, %d reads, %d letters\n", upgrades, ways_back, refused, reads.load(), letters.load());
}

}  // namespace
}  // namespace owed::host
