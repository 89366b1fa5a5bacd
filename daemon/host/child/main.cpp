// owed-plugin-host: the process in which one plugin instance runs with `isolation: process`. The daemon starts it with
// the socket as descriptor 3 and the plugin's file as descriptor 4, nothing but TMPDIR in its environment and nothing else open.
//   owed-plugin-host DAEMON_PID MEMORY_MIB FILES_MAX TASKS_MAX FILE_BYTES
// in the plugin's own, empty work folder. For a plugin that is a program there follows
//   run PATH network|no-network [PROGRAMS...]
// and this process becomes that program (child/program.hpp).
#include <dlfcn.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/child/confine.hpp"
#include "host/child/frame_door.hpp"
#include "host/child/program.hpp"
#include "host/detail/plugin_object.hpp"
#include "owed/boundary.hpp"

namespace owed::host {
namespace {

constexpr int socket_fd = 3, plugin_fd = 4;

/// Maps the plugin, which runs its constructors, and then gives up what only that needed. A plugin that does not load is
/// left to PluginObject::create, which says why.
Status load_and_confine() {
    const auto path = "/proc/self/fd/" + std::to_string(plugin_fd);
    if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) return {};
    return confine_after_load();
}

/// The bytes of a call frame: in the frame, or mapped from its memfd. The daemon sealed the memfd, so it stays whole.
class CallBytes {
  public:
    explicit CallBytes(const Frame& frame) : view_{frame.payload} {
        if (frame.fd < 0) return;
        const Fd fd{frame.fd};
        struct stat status {};
        if (::fstat(fd.get(), &status) != 0) ::_exit(3);
        length_ = static_cast<std::size_t>(status.st_size);
        mapped_ = ::mmap(nullptr, length_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
        if (mapped_ == MAP_FAILED) {
            std::perror("owed-plugin-host: the call's bytes do not fit into the memory limit");
            ::_exit(4);
        }
        view_ = {static_cast<const char*>(mapped_), length_};
    }
    ~CallBytes() {
        if (mapped_ != nullptr) ::munmap(mapped_, length_);
    }
    CallBytes(const CallBytes&) = delete;
    CallBytes& operator=(const CallBytes&) = delete;
    std::string_view view() const { return view_; }

  private:
    std::string_view view_;
    void* mapped_ = nullptr;
    std::size_t length_ = 0;
};

Outcome outcome_of(const Error& error) {
    Outcome outcome;
    outcome.status = outcome.failure.status = status_of(error.code);
    outcome.failure.message = error.what;
    outcome.failure.where = error.where;
    outcome.failure.advice = error.advice;
    outcome.failure.code = owed::name_of(error.code);
    return outcome;
}

/// A plugin never runs with less confinement than it should have.
int not_confined(const Error& error) {
    std::fprintf(stderr, "owed-plugin-host: the plugin cannot be confined: %s\n", error.what.c_str());
    return 5;
}

/// The daemon opens our /proc files right after the start, and sends the first call after that: once we are not dumpable,
/// a daemon that is not root can no longer open them where /proc hides other processes.
void wait_for_first_call() {
    pollfd poll{socket_fd, POLLIN, 0};
    while (::poll(&poll, 1, -1) < 0) {}
}

/// Serves calls until the daemon closes the socket.
int serve(FrameSocket& socket) {
    std::unique_ptr<PluginObject> plugin;
    FrameDoor door{socket, [&] {
                       if (plugin) plugin->cancel();
                   }};
    for (;;) {
        const auto frame = socket.receive();
        if (!frame) return 0;
        if (frame->op == Op::cancel) continue;  // for a call that is over by now
        if (frame->op != Op::call) return 3;
        const CallBytes bytes{*frame};
        Reader in{bytes.view()};
        Call call;
        call.kind = in.number<CallKind>();
        const auto file = in.text();
        call.name = in.text();
        call.format = in.text();
        call.profile = in.text();
        call.bytes = in.text();
        if (!in.ended()) return 3;
        door.begin(frame->call);

        Outcome outcome;
        if (call.kind == CallKind::create) {
            if (const auto confined = load_and_confine(); !confined) return not_confined(confined.error());
            auto made = PluginObject::create(plugin_fd, std::string{file}, call, door);
            if (made) {
                plugin = std::move(*made);
            } else {
                outcome = outcome_of(made.error());
            }
        } else if (plugin) {
            outcome = plugin->run(call, door);
            if (const auto settled = door.settle(); !settled && outcome.status == OWED_OK) outcome = outcome_of(settled.error());
        } else {
            return 3;
        }
        if (!socket.send(Op::finished, 0, frame->call, pack(outcome))) return 3;
    }
}

/// argv[6] onwards. Returns only when it failed.
int run_program(const Confinement& limits, int argc, char** argv) {
    ProgramRights rights;
    rights.own_network = std::strcmp(argv[8], "network") == 0;
    rights.programs.assign(argv + 9, argv + argc);
    const auto error = become_program(plugin_fd, argv[7], limits, rights);
    std::fprintf(stderr, "owed-plugin-host: %s\n", error.what.c_str());
    ::_exit(5);
}

}  // namespace
}  // namespace owed::host

#if defined(__SANITIZE_ADDRESS__)
/// LeakSanitizer forks and traces at the exit, which no child may; a plugin that calls exit() would end in its complaint.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
    using namespace owed;
    const bool is_program = argc >= 9 && std::strcmp(argv[6], "run") == 0;
    if (argc != 6 && !is_program) {
        std::fputs("owed-plugin-host is started by owed; it does nothing by itself\n", stderr);
        return 2;
    }
    const auto number = [argv](int index) { return std::strtoull(argv[index], nullptr, 10); };
    host::end_with(static_cast<pid_t>(number(1)));
    host::wait_for_first_call();
    const host::Confinement limits{number(2), number(3), number(4), number(5), host::socket_fd};
    if (is_program) return host::run_program(limits, argc, argv);
    host::Fd large_payloads{::memfd_create("owed-payload", MFD_CLOEXEC)};
    const auto confined = host::confine_before_load(limits);
    if (!confined) return host::not_confined(confined.error());
    host::FrameSocket socket{host::Fd{host::socket_fd}, host::call_payload_max, [](short events) -> Status {
                                 pollfd poll{host::socket_fd, events, 0};
                                 ::poll(&poll, 1, -1);
                                 return {};
                             }};
    socket.keep_memfd();
    socket.send_through(std::move(large_payloads));
    try {
        // _exit: a plugin's atexit functions and static destructors are nothing to wait for.
        ::_exit(host::serve(socket));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "owed-plugin-host: %s\n", e.what());
        ::_exit(4);
    }
}
