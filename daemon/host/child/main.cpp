// owed-plugin-host: the process in which one plugin instance runs with `isolation: process`. The daemon starts it with
// the socket as descriptor 3 and the plugin's file as descriptor 4, an empty environment and nothing else open.
//   owed-plugin-host MEMORY_MIB FILES_MAX DAEMON_PID
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/child/frame_door.hpp"
#include "host/detail/plugin_object.hpp"
#include "owed/boundary.hpp"

namespace owed::host {
namespace {

constexpr int socket_fd = 3, plugin_fd = 4;

void limit(int resource, rlim_t value) {
    const rlimit both{value, value};
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) std::perror("owed-plugin-host: setrlimit");
}

/// What this process may not do, from before the first byte of the plugin is mapped.
void confine(const char* memory_mib, const char* files_max, const char* daemon_pid) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != std::atoi(daemon_pid)) ::_exit(3);  // it died before the line above took hold
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, static_cast<rlim_t>(std::atoll(files_max)));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)memory_mib;  // sanitizers reserve terabytes of addresses
#else
    limit(RLIMIT_AS, static_cast<rlim_t>(std::atoll(memory_mib)) << 20);
#endif
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

}  // namespace
}  // namespace owed::host

int main(int argc, char** argv) {
    using namespace owed;
    if (argc != 4) {
        std::fputs("owed-plugin-host is started by owed; it does nothing by itself\n", stderr);
        return 2;
    }
    host::confine(argv[1], argv[2], argv[3]);
    host::FrameSocket socket{host::Fd{host::socket_fd}, host::call_payload_max, [](short events) -> Status {
                                 pollfd poll{host::socket_fd, events, 0};
                                 ::poll(&poll, 1, -1);
                                 return {};
                             }};
    socket.keep_memfd();
    try {
        // _exit: a plugin's atexit functions and static destructors are nothing to wait for.
        ::_exit(host::serve(socket));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "owed-plugin-host: %s\n", e.what());
        ::_exit(4);
    }
}
