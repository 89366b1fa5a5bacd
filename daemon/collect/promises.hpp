// Promises to pay (DOMAIN section 14): what a customer has said to pay and by when, which of its items are left in peace meanwhile, and
// what came of it. Money that is applied counts towards a promise in the transaction of its application.
//
//   open -> kept, lapsed, cancelled        kept, lapsed -> open (what had kept or settled it was undone)
//   An open promise whose day has gone by is broken, or partly kept where some of the money came.
#pragma once

#include "collect/collect.hpp"

namespace owed::collect {

using PromiseId = Id<struct PromiseTag>;

/// lapsed: what it was for was settled otherwise, by a credit memo or a write-off.
enum class PromiseState { open, kept, partly_kept, broken, cancelled, lapsed };
std::string_view name_of(PromiseState state) noexcept;
std::optional<PromiseState> promise_state_named(std::string_view name) noexcept;

struct NewPromise {
    std::string entity;
    CustomerId customer;
    Money amount;                        ///< positive
    Date by;                             ///< the last day on which the money is there in time
    std::vector<OpenItemId> items = {};  ///< what it pays; empty: the customer's longest due, as many as the amount reaches
    std::string why;                     ///< who said so, and how
};

struct Promise {
    PromiseId id;
    std::string entity;
    CustomerId customer;
    Money amount, paid;                  ///< paid: in time
    Date made_on, by;
    std::vector<OpenItemId> items;       ///< not dunned while it is valid
    bool any_item = false;               ///< none was named: money for any item of the customer counts
    PromiseState state = PromiseState::open;   ///< on the asked day
    std::string made_by, why;
    std::optional<Date> ended_on;        ///< kept, lapsed or cancelled
    std::string ended_by, ended_why;     ///< of a cancelled one
};

/// The day on which somebody looks whether the money came, the weekday after `by`: until it is over nothing is dunned.
Date follow_up_of(Date by);

/// Audited. Errors: invalid_argument (amount, day, reason; an item that is none of the customer's open debits, of another currency, or
/// promised already; more than what is open), not_found (an item). Writer strand.
Result<PromiseId> add_promise(store::Tx& tx, const ledger::Books& books, Clock& clock, const audit::Actor& by, const NewPromise& promise, Date today);

/// Taken back, or heard wrong: its items may be dunned again. Audited. Errors: not_found, invalid_argument (no reason; not open). Writer strand.
Status cancel_promise(store::Tx& tx, Clock& clock, const audit::Actor& by, PromiseId id, const std::string& why, Date today);

/// By the day they are due, then id. `today_of`: the day in an entity. Any thread.
std::vector<Promise> promises(store::Db& db, const std::function<Date(const std::string& entity)>& today_of, std::optional<CustomerId> customer = {});
std::optional<Promise> promise(store::Db& db, PromiseId id, Date today);

/// By item: the day of the latest open promise for it; those whose follow-up is over by `today` no longer. Any thread.
std::map<std::int64_t, Date> promised_items(store::Db& db, Date today, std::optional<CustomerId> customer = {});

/// Counts what is applied towards the customer's open promises, earliest day first, and what is undone no longer. Money is in time by the
/// day on which it came (its value date), whenever it is applied; what came before the promise and is applied after it counts. Writer
/// strand. Lives as long as the ledger's context.
class PromiseListener final : public ledger::Listener {
  public:
    PromiseListener(const ledger::Books& books, Clock& clock) : books_{books}, clock_{clock} {}
    Status applied(store::Tx& tx, const ledger::ApplicationEvent& event) override;
    Status unapplied(store::Tx& tx, const ledger::ApplicationEvent& event) override;
    Status item_changed(store::Tx& tx, const ledger::ItemChange& change) override;

  private:
    Date today(const std::string& entity) const;
    const ledger::Books& books_;
    Clock& clock_;
};

}  // namespace owed::collect
