#include "cash/detail/ahead.hpp"

#include <iterator>
#include <utility>

namespace owed::cash::detail {

Ahead::Ahead(const store::StartBeside& start, Decide decide) : decide_{std::move(decide)}, running_{start([this] { work(); })} {}

Ahead::~Ahead() {
    {
        std::lock_guard guard{mutex_};
        end_ = true;
    }
    changed_.notify_all();
    running_.reset();
}

void Ahead::hand_over(std::vector<ReceiptRow> rows) {
    {
        std::lock_guard guard{mutex_};
        in_.push_back(std::move(rows));
    }
    changed_.notify_all();
}

std::vector<Decided> Ahead::next() {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [&] { return !out_.empty() || failed_; });
    if (out_.empty()) std::rethrow_exception(failed_);
    auto decided = std::move(out_.front());
    out_.pop_front();
    return decided;
}

std::vector<ReceiptRow> Ahead::go_on() {
    std::vector<ReceiptRow> back;
    {
        std::lock_guard guard{mutex_};
        back = std::exchange(left_, {});
        for (auto& rows : in_) std::move(rows.begin(), rows.end(), std::back_inserter(back));
        in_.clear();
        stopped_ = false;
    }
    changed_.notify_all();
    return back;
}

void Ahead::work() {
    std::unique_lock guard{mutex_};
    while (true) {
        changed_.wait(guard, [&] { return end_ || (!stopped_ && !failed_ && !in_.empty()); });
        if (end_) return;
        auto rows = std::move(in_.front());
        in_.pop_front();
        guard.unlock();
        std::vector<Decided> decided;
        std::exception_ptr failed;
        auto next = rows.begin();
        try {
            decided.reserve(rows.size());
            while (next != rows.end()) {
                decided.push_back(decide_(std::move(*next++)));
                if (decided.back().stops) break;
            }
        } catch (...) {
            failed = std::current_exception();
        }
        guard.lock();
        stopped_ = !decided.empty() && decided.back().stops;
        if (stopped_) left_.assign(std::move_iterator{next}, std::move_iterator{rows.end()});
        if (!decided.empty()) out_.push_back(std::move(decided));
        failed_ = failed;
        changed_.notify_all();
    }
}

}  // namespace owed::cash::detail
