// A plugin that misbehaves as its settings say: {"do": "segv", "in": "read"}.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstring>
#include <thread>

#include "harm.hpp"

namespace {

using namespace owed;

volatile int sink;

class Zoo : public plugin::Source, public plugin::Codec, public plugin::Sender {
  public:
    static Result<std::unique_ptr<Zoo>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json);
        std::unique_ptr<Zoo> zoo{new Zoo{host, std::string{settings.at("do").as_string()}, std::string{settings.at("in").as_string()},
                                       std::string{settings.at("target").as_string()}}};
        OWED_TRY_VOID(zoo->act("create"));
        return zoo;
    }
    Status check() override { return act("check"); }
    Status read(std::string_view, plugin::Reader& out) override {
        OWED_TRY_VOID(act("read"));
        if (what_ == "huge_record" || what_ == "record_of_a_gigabyte") {
            Customer customer;
            customer.name.assign(what_ == "huge_record" ? 60u << 20 : 1u << 30, 'x');
            OWED_TRY_VOID(out.record({customer, "", ""}));
        }
        if (what_ == "polite")
            while (!out.cancelled()) std::this_thread::yield();
        if (what_ == "never_listens")
            for (;;) sink = out.cancelled();
        return out.commit("1");
    }
    Result<plugin::Sniffed> sniff(std::string_view, std::string_view) override { return plugin::Sniffed{}; }
    Result<DecodeReport> decode(const plugin::DecodeRequest&, RecordSink&) override {
        OWED_TRY_VOID(act("decode"));
        if (what_ == "fork_bomb_of_logs")
            for (int i = 0; i < 100'000; ++i) host_.log().info("line\n\x1b[2J");
        return DecodeReport{};
    }
    Result<SendReceipt> send(const Delivery&) override {
        OWED_TRY_VOID(act("send"));
        return SendReceipt{SendState::sent, "", "", 0};
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view) override { return std::optional<SendReceipt>{}; }

  private:
    Zoo(plugin::Host host, std::string what, std::string where, std::string target)
        : host_{host}, what_{std::move(what)}, where_{std::move(where)}, target_{std::move(target)} {}

    Status act(std::string_view here) {
        if (here != where_) return {};
        for (const auto& subject : {&zoo::crash, &zoo::hog, &zoo::speak_garbage, &zoo::reach_out})
            if (auto done = subject(what_, target_)) return std::move(*done);
        if (what_ == "thread") return from_a_thread();
        if (what_ == "environment") return environment();
        if (what_ == "fails") {
            host_.add_to_failure({"deep detail", "rec-7", std::chrono::seconds{3}});
            return fail(Errc::auth, "the login\nwas refused", "server", "renew the password");
        }
        if (what_ == "forbidden_files") return status_of(host_.files().list("folder:x", "*"));
        if (what_ == "forbidden_transfer") return status_of(host_.transfer().perform({}));
        if (what_ == "forbidden_state") return host_.state().put("a", "b");
        return {};
    }
    template <class T>
    static Status status_of(const Result<T>& result) {
        return result ? Status{} : fail(result.error());
    }
    /// Host functions belong to the thread of the call.
    Status from_a_thread() {
        Status seen;
        std::thread{[&] { seen = status_of(host_.clock().now()); }}.join();
        return seen ? Status{} : fail(Errc::data, "refused as it should be");
    }
    /// What a plugin finds around it: a folder of its own, and nothing else.
    Status environment() {
        if (environ == nullptr || *environ == nullptr) return fail(Errc::data, "there is no TMPDIR");
        char folder[4096];
        if (::getcwd(folder, sizeof folder) == nullptr || std::string{"TMPDIR="} + folder != *environ)
            return fail(Errc::data, std::string{"TMPDIR is not the working folder: "} + *environ);
        if (environ[1] != nullptr) return fail(Errc::data, std::string{"there is "} + environ[1]);
        struct stat own {}, other {};
        if (::fstat(4, &own) != 0) return fail(Errc::data, "the plugin's own file is not open");
        for (int fd = 5; fd < 64; ++fd)
            if (::fstat(fd, &other) == 0 && other.st_ino != own.st_ino && ::fcntl(fd, F_GET_SEALS) < 0)  // memory: the channel of large payloads
                return fail(Errc::data, "descriptor " + std::to_string(fd) + " is open");
        return {};
    }
    plugin::Host host_;
    std::string what_, where_, target_;
};

}  // namespace

OWED_PLUGIN(Zoo);
