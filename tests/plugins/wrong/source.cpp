// A source that is right, but for one thing that its setting `do` names. The conformance kit must find each, and nothing else.
#include <fcntl.h>
#include <locale.h>
#include <time.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

class WrongSource : public plugin::Source {
  public:
    static Result<std::unique_ptr<WrongSource>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json).as_object();
        const std::string what{settings.at("do").as_string()};
        if (what == "create_uses_files") (void)host.files().list("folder:drop", "*").has_value();
        if (what == "create_prints") std::puts("an instance is made");
        if (what == "create_opens") (void)::open("/dev/null", O_RDONLY);
        if (what == "create_crashes" && !settings.at("after").is_string()) std::abort();
        if (what == "create_sets_locale") ::setlocale(LC_ALL, "C.UTF-8");
        return std::unique_ptr<WrongSource>{new WrongSource{host, what, std::string{settings.at("source").as_string()}}};
    }

    Status check() override {
        if (is("check_looks_at_nothing")) return {};
        OWED_TRY_VOID(host_.files().list(folder_, "*"));
        if (is("check_keeps_state")) (void)host_.state().put("checked", "1").has_value();
        if (is("check_is_fickle") && ++checks_ > 1) return fail(Errc::transient, "not today");
        return {};
    }

    Status read(std::string_view cursor, plugin::Reader& out) override {
        if (is("crashes_at_strange_cursor") && cursor.size() > 100) std::abort();
        if (is("prints")) std::fputs("reading\n", stderr);
        if (is("logs_line_breaks")) host_.log().info("first\nsecond");
        if (is("names_metric_badly")) host_.metrics().count("Rows Read");
        if (is("leaks_descriptor")) (void)::open("/dev/null", O_RDONLY);
        if (is("leaks_memory")) leak();
        if (is("keeps_huge_state"))
            for (int i = 0; i < 5; ++i) OWED_TRY_VOID(host_.state().put("key-" + std::to_string(i), std::string(1'000'000, 'x')));
        if (is("asks_from_a_thread")) std::thread{[this] { (void)host_.clock().now().has_value(); }}.join();
        if (is("leaves_a_thread")) leave_a_thread();
        const auto asked = host_.clock().now();
        if (!asked && is("is_late") && host_.clock().cancelled()) std::this_thread::sleep_for(std::chrono::seconds{4});
        if (!asked) return fail(asked.error());
        const auto now = *asked;
        if (is("knows_few_years") && (now.micros < 1'000'000'000'000'000 || now.micros > 1'900'000'000'000'000)) return fail(Errc::internal, "this year is not known");
        if (is("writes_a_file")) (void)host_.files().write_new(folder_, "mine", "x").has_value();
        const auto files = host_.files().list(folder_, "*");
        if (!files && is("swallows_the_list")) return {};
        if (!files) return fail(files.error());
        for (const auto& file : *files) {
            if (file.name <= cursor) continue;
            OWED_TRY_VOID(hand_over(file.name, out));
        }
        if (is("loses_the_last")) return out.record(customer("lost"));
        return {};
    }

  private:
    WrongSource(plugin::Host host, std::string what, std::string folder) : host_{host}, what_{std::move(what)}, folder_{std::move(folder)} {}
    bool is(std::string_view what) const { return what_ == what; }

    Record customer(std::string number) const {
        Customer made;
        made.number = number;
        made.name = "Muster";
        if (is("depends_on_time")) {
            timespec now{};
            ::clock_gettime(CLOCK_REALTIME, &now);
            made.name += std::to_string(now.tv_nsec);
        }
        if (is("depends_on_process")) made.name += std::to_string(::getppid());
        return {made, is("gives_no_ids") ? "" : number, ""};
    }
    Status hand_over(const std::string& name, plugin::Reader& out) {
        const auto text = host_.files().read_all(folder_, name, 1 << 20);
        if (!text && is("swallows_a_file")) return {};
        if (!text) return fail(text.error());
        OWED_TRY_VOID(out.record(customer(name)));
        const auto committed = out.commit(is("commits_nothing") ? "" : is("commits_the_same") ? "zzz" : name);
        if (!committed && is("swallows_the_commit")) return {};
        return committed;
    }
    void leak() {
        auto& bytes = kept_for_ever().emplace_back(512 * 1024, 'x');
        host_.log().debug("kept " + std::to_string(bytes.size()));
    }
    static std::vector<std::string>& kept_for_ever() {
        static auto* all = new std::vector<std::string>;
        return *all;
    }
    static void leave_a_thread() {
        static std::once_flag once;
        std::call_once(once, [] { std::thread{[] { std::this_thread::sleep_for(std::chrono::hours{1}); }}.detach(); });
    }

    plugin::Host host_;
    std::string what_, folder_;
    int checks_ = 0;
};

}  // namespace

OWED_PLUGIN(WrongSource);
