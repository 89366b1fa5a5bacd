// The wrapper in a host that is older than itself: what the host lacks is refused by name, with both sides, when it is
// needed and not before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>

#include "owed/boundary.hpp"
#include "owed/plugin.hpp"
#include "owed/record_wire.hpp"

namespace owed {
namespace {

using testing::HasSubstr;

class Writer : public plugin::Sink, public plugin::Source {
  public:
    static Result<std::unique_ptr<Writer>> create(plugin::Host host, std::string_view) { return std::unique_ptr<Writer>{new Writer{host}}; }
    Status check() override {
        host_.metrics().count("checks");                // never fails: nobody counts
        host_.progress(1, 2, "checking");
        host_.log().info("checking");
        return host_.secrets().has("x") ? fail(Errc::internal, "there is no such service") : Status{};
    }
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override { return std::vector<WriteResult>(records.size()); }
    Status read(std::string_view what, plugin::Reader& out) override {
        if (what == "wait") return host_.clock().wait(std::chrono::milliseconds{1});
        if (what == "state") return host_.state().put("a", "b");
        return out.commit("1");
    }

  private:
    explicit Writer(plugin::Host host) : host_{host} {}
    plugin::Host host_;
};

/// A host of boundary 0.8: its emit ends before results, its clock before wait, and newer services are not there.
struct OldHost {
    OldHost() {
        emit.size = offsetof(owed_emit_1, results);
        emit.commit = [](void*, owed_bytes) -> owed_status { return OWED_OK; };
        clock.size = offsetof(owed_clock_1, wait);
        fail.raise = [](void* self, const owed_failure* failure) {
            auto& old = *static_cast<OldHost*>(self);
            old.message = view_of(failure->message);
            old.advice = view_of(failure->advice);
        };
        fail.last = [](void*) -> const owed_failure* { return nullptr; };
        instance.size = sizeof instance;
    }
    static const void* service(void* self, owed_text id) {
        auto& old = *static_cast<OldHost*>(self);
        const auto name = view_of(id);
        if (name == OWED_EMIT_1) return &old.emit;
        if (name == OWED_CLOCK_1) return &old.clock;
        return name == OWED_FAIL_1 ? &old.fail : nullptr;
    }
    template <class Table>
    const Table& table(const char* id) { return *static_cast<const Table*>(instance.extension(instance.self, text_of(id))); }

    owed_emit_1 emit{};
    owed_clock_1 clock{};
    owed_fail_1 fail{sizeof(owed_fail_1), 0, nullptr, nullptr};
    owed_host host{sizeof(owed_host), 8, this, &service};
    owed_instance instance{};
    std::string message, advice;
};

TEST(OldHost, is_told_what_it_lacks_when_that_is_needed) {
    OldHost old;
    ASSERT_EQ(plugin::detail::create_instance(&old.host, text_of("old"), text_of("{}"), &old.instance, &plugin::detail::make<Writer>), OWED_OK);
    EXPECT_EQ(old.table<owed_sink_1>(OWED_SINK_1).check(old.instance.self), OWED_OK) << old.message;

    wire::BatchBuilder batch;
    ASSERT_TRUE(batch.add({Customer{}, "a", ""}));
    const auto bytes = batch.finish();
    const auto& source = old.table<owed_source_1>(OWED_SOURCE_1);
    const auto write = [&] { return old.table<owed_sink_1>(OWED_SINK_1).write(old.instance.self, bytes_of(bytes)); };
    const auto read = [&](const char* what) { return source.read(old.instance.self, bytes_of(what)); };
    const std::pair<std::function<owed_status()>, const char*> cases[] = {
        {write, OWED_EMIT_1}, {[&] { return read("wait"); }, OWED_CLOCK_1}, {[&] { return read("state"); }, OWED_STATE_1}};
    for (const auto& [call, id] : cases) {
        old.message.clear();
        EXPECT_EQ(call(), OWED_UNSUPPORTED);
        EXPECT_EQ(old.message, std::string{"this host (boundary 0.8) has no "} + id + " as this plugin (built for boundary 0.9) needs it");
        EXPECT_THAT(old.advice, HasSubstr("upgrade owed"));
    }
    EXPECT_EQ(read("commit"), OWED_OK);  // what it has is used
    old.instance.destroy(old.instance.self);
}

}  // namespace
}  // namespace owed
