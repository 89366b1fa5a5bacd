// Built wrongly, in a way that a macro or the linker's options say (CMakeLists.txt).
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "owed/plugin.hpp"

namespace {

using namespace owed;

#ifdef WRONG_PRINTS_AT_LOAD
struct AtLoad {
    AtLoad() { std::puts("loaded"); }
} at_load;
#endif
#ifdef WRONG_THREAD_AT_LOAD
struct AtLoad {
    AtLoad() { std::thread{[] { std::this_thread::sleep_for(std::chrono::hours{1}); }}.detach(); }
} at_load;
#endif

class Built : public plugin::Decider {
  public:
    static Result<std::unique_ptr<Built>> create(plugin::Host, std::string_view) { return std::make_unique<Built>(); }
    Result<MatchAnswer> propose(const MatchQuestion&) override {
#ifdef WRONG_STARTS_PROGRAMS
        if (std::FILE* pipe = ::popen("true", "r"); pipe != nullptr) ::pclose(pipe);
#endif
        MatchAnswer answer;
        answer.reason = "it never knows";
        return answer;
    }
};

}  // namespace

OWED_PLUGIN(Built);
#ifdef WRONG_SECOND_EXPORT
extern "C" __attribute__((visibility("default"))) int owed_second_entry() { return 1; }
#endif
