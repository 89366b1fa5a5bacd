// A run over receipts: those that wait in the books, and those that just come in. Decides them in order and acts on each.
#pragma once

#include <deque>
#include <optional>
#include <set>

#include "cash/detail/acting.hpp"
#include "cash/detail/books_lookup.hpp"
#include "cash/detail/decider.hpp"

namespace owed::cash::detail {

/// The books of one run: the store, or a snapshot that follows what the run does.
class RunBooks {
  public:
    RunBooks(store::Tx& tx, const ledger::Context& context, const Settings& settings);
    /// Before so many receipts are decided: from `snapshot_from` on the books are read into memory, once.
    void expect(std::size_t receipts);
    bool has_snapshot() const { return snapshot_.has_value(); }
    /// Others have posted: the books are read anew when they are asked next.
    void forget() { snapshot_.reset(); }
    /// Deciding needs nothing but memory, so that a second thread may do it.
    bool in_memory() const { return snapshot_.has_value() && !asks_; }

    Decision decide(const ReceiptFacts& facts);
    /// What the ledger has done, or will do before it is asked about it, for the rest of the run.
    void follow(const Decision& decision, const ReceiptRow& row);
    /// Takes an item's residual from the ledger. Answers whether the item is one of those in memory: old ones are not.
    bool reopened(OpenItemId item);
    void tell_deciders() const;

  private:
    const Lookup& lookup() const { return snapshot_ ? static_cast<const Lookup&>(*snapshot_) : stored_; }
    void asked(const Decision& decision);
    void after_earlier_money(Decision& decision) const;

    store::Tx& tx_;
    const ledger::Context& context_;
    const Settings& settings_;
    const bool asks_;                    ///< a decider plugin; said once, since plugins may be loaded meanwhile
    const Date today_;
    BooksLookup stored_;
    std::optional<Snapshot> snapshot_;
    std::set<CustomerId> in_question_;   ///< their earlier money waits for a person's answer: what would be oldest after it, nobody knows
    DeciderRuns deciders_;
};

class Matching {
  public:
    Matching(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by);

    void add(OpenItemId waiting) { queue_.push_back({waiting, {}}); }
    void add(ReceiptRow incoming);
    /// Added and not yet decided.
    std::size_t queued() const { return queue_.size(); }
    bool has_snapshot() const { return books_.has_snapshot(); }
    /// Decides and acts, in the order of adding. Not `to_the_end`: as far as batches are full, since more is to come.
    Status work(bool to_the_end);
    /// Between runs `to_the_end`: another hand has posted. With an item: it alone changed.
    void changed_elsewhere() { books_.forget(); }
    void changed_elsewhere(OpenItemId item);
    /// Once, after the last work: tells the deciders, and audits when anything changed.
    Result<MatchSummary> end();

  private:
    struct Next {
        OpenItemId id;
        std::optional<ReceiptRow> incoming;
    };
    Status one_by_one();
    Status decided_ahead(bool to_the_end);
    void hand_over();
    Status settle_batch();
    ReceiptRow next_row();
    Decided decide(ReceiptRow row);
    Status settle(const Decided& one);
    void count(Outcome outcome);
    Status audit_run();

    const Acting acting_;
    RunBooks books_;
    std::deque<Next> queue_;
    std::deque<OpenItemId> handed_over_;
    std::optional<Ahead> ahead_;
    std::set<OpenItemId> moved_;
    MatchSummary summary_;
    bool changed_ = false;
};

}  // namespace owed::cash::detail
