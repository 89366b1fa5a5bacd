// Receipts decided on a second thread while the first one posts: deciding reads memory alone, posting is the database's work.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "cash/detail/rows.hpp"
#include "store/beside.hpp"

namespace owed::cash::detail {

struct Decided {
    ReceiptRow row;
    Decision decision;
    std::string evidence;      ///< of the decision, as JSON
    bool stops = false;        ///< the books must follow this decision before the next one is made
};

/// Decides receipts in the order in which they are handed over, so the outcome is the same as on one thread. `decide` is called on
/// the second thread, one receipt at a time, and not between a decision that stops and `go_on`: what it reads may be changed by
/// the owner then, and only then. All functions are for the owner's thread.
class Ahead {
  public:
    using Decide = std::function<Decided(ReceiptRow)>;
    Ahead(const store::StartBeside& start, Decide decide);
    ~Ahead();                  ///< ends the thread; what is not decided yet is forgotten
    Ahead(const Ahead&) = delete;
    Ahead& operator=(const Ahead&) = delete;

    void hand_over(std::vector<ReceiptRow> rows);
    /// The next ones in order, once they are decided; something must have been handed over. When one of them stops, it is the last
    /// of them. Throws what `decide` threw.
    std::vector<Decided> next();
    /// After one that stops: gives back what was handed over after it (hand it over anew, as it reads now) and goes on.
    std::vector<ReceiptRow> go_on();

  private:
    void work();
    Decide decide_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::vector<ReceiptRow>> in_;
    std::vector<ReceiptRow> left_;           ///< of the batch of one that stops, after it
    std::deque<std::vector<Decided>> out_;
    std::exception_ptr failed_;
    bool stopped_ = false, end_ = false;
    std::shared_ptr<void> running_;
};

}  // namespace owed::cash::detail
