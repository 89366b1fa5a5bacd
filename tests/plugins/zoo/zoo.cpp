// A plugin that misbehaves as its settings say: {"do": "segv", "in": "read"}.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

volatile int sink;

[[gnu::noinline]] int overflow(int depth) {
    volatile char big[4096];
    big[0] = static_cast<char>(depth);
    return sink == -1 ? 0 : overflow(depth + 1) + big[0];  // sink never is
}

/// What the daemon's socket gets is no frame.
void write_junk(const void* bytes, std::size_t length) {
    [[maybe_unused]] const auto n = ::send(3, bytes, length, MSG_NOSIGNAL);
    ::pause();
}

class Zoo : public plugin::Source, public plugin::Codec, public plugin::Sender {
  public:
    static Result<std::unique_ptr<Zoo>> create(plugin::Host host, std::string_view settings_json) {
        const auto settings = boost::json::parse(settings_json);
        std::unique_ptr<Zoo> zoo{new Zoo{host, std::string{settings.at("do").as_string()}, std::string{settings.at("in").as_string()}}};
        OWED_TRY_VOID(zoo->act("create"));
        return zoo;
    }
    Status check() override { return act("check"); }
    Status read(std::string_view, plugin::Reader& out) override {
        OWED_TRY_VOID(act("read"));
        if (what_ == "huge_record") {
            Customer customer;
            customer.name.assign(60u << 20, 'x');
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
    Zoo(plugin::Host host, std::string what, std::string where) : host_{host}, what_{std::move(what)}, where_{std::move(where)} {}

    Status act(std::string_view here) {
        if (here != where_) return {};
        if (what_ == "segv") ::raise(SIGSEGV);
        if (what_ == "abort") {
            [[maybe_unused]] const auto n = ::write(2, "last words\n", 11);
            std::abort();
        }
        if (what_ == "exit") std::exit(0);
        if (what_ == "spin")
            for (;;) sink = sink + 1;
        if (what_ == "sleep")
            for (;;) ::pause();
        if (what_ == "ignore_term") {
            ::signal(SIGTERM, SIG_IGN);
            for (;;) ::pause();
        }
        if (what_ == "throw") throw std::runtime_error{"boom at the boundary"};
        if (what_ == "throw_int") throw 42;
        if (what_ == "stack") sink = overflow(0);
        if (what_ == "memory") sink = static_cast<int>(std::string(4ull << 30, 'x').size());
        if (what_ == "close_socket") {
            ::close(3);
            for (;;) ::pause();
        }
        if (what_ == "junk") write_junk("GET / HTTP/1.1\r\n\r\n", 18);
        if (what_ == "huge_frame") {
            const std::uint32_t head[] = {0x7fffffff, 20, 1};
            write_junk(head, sizeof head);
        }
        if (what_ == "other_call") {
            const std::uint32_t head[] = {0, 17, 4711};
            write_junk(head, sizeof head);
        }
        if (what_ == "unknown_op") {
            const std::uint32_t head[] = {0, 999, 2};
            write_junk(head, sizeof head);
        }
        if (what_ == "bad_outcome") {
            const std::uint32_t head[] = {0, 3, 2};
            write_junk(head, sizeof head);
        }
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
    /// What a plugin finds around it: nothing.
    Status environment() {
        if (environ != nullptr && *environ != nullptr) return fail(Errc::data, std::string{"there is "} + *environ);
        struct stat own {}, other {};
        if (::fstat(4, &own) != 0) return fail(Errc::data, "the plugin's own file is not open");
        for (int fd = 5; fd < 64; ++fd)
            if (::fstat(fd, &other) == 0 && other.st_ino != own.st_ino)
                return fail(Errc::data, "descriptor " + std::to_string(fd) + " is open");
        return {};
    }
    plugin::Host host_;
    std::string what_, where_;
};

}  // namespace

OWED_PLUGIN(Zoo);
