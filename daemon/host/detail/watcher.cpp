#include "host/detail/watcher.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace owed::host {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds repeat_ended{20};  ///< how soon a death that nobody took care of is told again

}  // namespace

struct Watcher::Work {
    struct Watched {
        std::shared_ptr<ChildProcess> child;
        std::function<void()> ended;
        Steady::time_point next_look;
        bool is_over = false;
    };
    std::mutex mutex;          ///< of `watched`
    std::mutex telling_mutex;  ///< held while an `ended` runs, so that remove() can wait for it
    std::map<Token, Watched> watched;
    Token last = 0;
    bool ending = false;
    Fd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::thread thread;

    void wake_up() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto n = ::write(wake.get(), &one, sizeof one);
    }

    /// What the next poll waits for, and for how long.
    milliseconds collect(std::vector<pollfd>& polls, std::vector<Token>& tokens) {
        polls.assign(1, {wake.get(), POLLIN, 0});
        tokens.assign(1, 0);
        auto until = Steady::now() + std::chrono::minutes{1};
        for (const auto& [token, one] : watched) {
            until = std::min(until, one.next_look);
            if (one.is_over) continue;  // its pidfd would be ready for ever
            polls.push_back({one.child->pidfd(), POLLIN, 0});
            tokens.push_back(token);
        }
        return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(until - Steady::now()));
    }

    /// Looks at those whose time has come; answers who is over.
    std::vector<Token> look(const std::vector<pollfd>& polls, const std::vector<Token>& tokens) {
        for (std::size_t i = 1; i < polls.size(); ++i)
            if (polls[i].revents != 0)
                if (const auto found = watched.find(tokens[i]); found != watched.end()) {
                    found->second.is_over = true;
                    found->second.next_look = Steady::now();
                }
        std::vector<Token> over;
        const auto now = Steady::now();
        for (auto& [token, one] : watched) {
            if (one.next_look > now) continue;
            if (one.is_over) over.push_back(token);
            else one.child->oversee();
            one.next_look = now + (one.is_over ? repeat_ended : one.child->supervise_every());
        }
        return over;
    }

    void tell(Token token) {
        const std::lock_guard telling{telling_mutex};
        std::function<void()> ended;
        {
            const std::lock_guard lock{mutex};
            const auto found = watched.find(token);
            if (found == watched.end()) return;
            ended = found->second.ended;
        }
        ended();
    }

    void run() {
        std::vector<pollfd> polls;
        std::vector<Token> tokens;
        for (;;) {
            milliseconds patience;
            {
                const std::lock_guard lock{mutex};
                if (ending) return;
                patience = collect(polls, tokens);
            }
            if (::poll(polls.data(), polls.size(), static_cast<int>(patience.count())) < 0)
                for (auto& one : polls) one.revents = 0;
            std::uint64_t count = 0;
            [[maybe_unused]] const auto n = ::read(wake.get(), &count, sizeof count);
            std::vector<Token> over;
            {
                const std::lock_guard lock{mutex};
                over = look(polls, tokens);
            }
            for (const Token token : over) tell(token);
        }
    }
};

Watcher::Watcher() : work_{std::make_unique<Work>()} {
    work_->thread = std::thread{[w = work_.get()] { w->run(); }};
}
Watcher::~Watcher() {
    {
        const std::lock_guard lock{work_->mutex};
        work_->ending = true;
    }
    work_->wake_up();
    work_->thread.join();
}

Watcher::Token Watcher::add(std::shared_ptr<ChildProcess> child, std::function<void()> ended) {
    const std::lock_guard lock{work_->mutex};
    const auto first_look = Steady::now() + child->supervise_every();
    work_->watched.emplace(++work_->last, Work::Watched{std::move(child), std::move(ended), first_look});
    work_->wake_up();
    return work_->last;
}

void Watcher::remove(Token token) {
    if (token == 0) return;
    remove_here(token);
    const std::lock_guard nothing_of_it_runs{work_->telling_mutex};
}

void Watcher::remove_here(Token token) {
    std::map<Token, Work::Watched>::node_type removed;  // it may hold the last reference, and ending a child takes its time
    const std::lock_guard lock{work_->mutex};
    removed = work_->watched.extract(token);
}

}  // namespace owed::host
