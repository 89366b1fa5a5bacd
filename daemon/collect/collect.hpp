// Who is chased, when and how (DESIGN section 7, DOMAIN section 14). Deciding is pure: policy, snapshot and date in,
// decisions with reasons out; so preview and run cannot disagree. Acting is done by `jobs`, which joins the rooms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "ledger/ledger.hpp"
#include "owed/id.hpp"
#include "parties/parties.hpp"

namespace owed::collect {

std::vector<store::Migration> migrations();

// ---------------------------------------------------------------- policy

enum class Channel { email, letter, agency };
std::string_view name_of(Channel channel) noexcept;
std::optional<Channel> channel_named(std::string_view name) noexcept;

struct Level {
    int level = 1;                       ///< 1, 2, 3 ... in order
    int days_past_due = 3;               ///< an item takes this step when it is at least so late
    Channel channel = Channel::email;
    std::string template_name;           ///< "reminder-1"
    std::map<std::string, Money> fee;    ///< by currency; posted as a finance charge with the notice
    int deadline_days = 10;              ///< "please pay by"
};

struct Policy {
    std::string name;                    ///< "standard"
    std::vector<std::string> segments;   ///< customers' segments; "*" is everybody else
    int grace_days = 0;                  ///< not late before due + grace
    std::map<std::string, Money> minimum;///< by currency: a notice below this waits
    int min_gap_days = 7;                ///< between two notices to one customer
    int repeat_last_max = 1;             ///< the last level repeats at most so often, then a person decides
    bool quiet_weekends = true;
    int hold_without_bank_days = 0;      ///< >0: the run is held when no bank data of the last n days is there
    std::vector<Level> levels;
    std::string content_hash;            ///< hex SHA-256 of the policy's canonical text; what an approval binds
};
/// Levels ascending and gapless from 1, thresholds ascending. Errors: invalid_config with the field path in `where`.
Status check(const Policy& policy);

// ---------------------------------------------------------------- deciding (pure)

struct DueItem {
    OpenItemId item;
    ledger::ItemKind kind = ledger::ItemKind::invoice;
    std::string document;
    Date document_date, due_date;
    Money original, residual;            ///< positive
    int level = 0;                       ///< highest level sent for it
    int last_level_count = 0;            ///< how often the last level went out
    std::optional<Date> last_notice;
    bool in_flight = false, in_question = false, disputed = false;
    std::optional<Date> promised = {};   ///< the day by which the customer has promised to pay it (promises.hpp)
};

struct CustomerSnapshot {
    CustomerId id{};
    std::string entity, number, name, language, email, segment;
    bool has_postal_address = false;
    std::string preferred_channel, dunning_block;
    bool hold = false;
    std::string hold_reason;
    std::vector<DueItem> items;          ///< open debit items, by due date
    std::map<std::string, Money> unapplied; ///< by currency, positive: receipts and credit memos not applied
    std::optional<Date> last_notice;     ///< to this customer, any level
    bool notice_under_way = false;       ///< planned, approved, reserved, retry or unknown
    bool placed = false;                 ///< with an agency
};

enum class Verdict { notice, wait, stop, escalate };
std::string_view name_of(Verdict verdict) noexcept;

struct Stop {
    std::string stop;                    ///< "in_question", "unapplied_credit", "hold", "below_minimum", "min_gap", ...
    std::optional<Date> until;
    std::string why;                     ///< a sentence
};
struct DecidedItem {
    OpenItemId item;
    std::string document;
    Date document_date, due_date;
    int days_overdue = 0;
    Money original, residual;
    int level = 0;                       ///< the level this notice gives it
};
struct Decision {
    CustomerId customer{};
    std::string customer_number, entity;
    Verdict verdict = Verdict::wait;
    int level = 0;
    Channel channel = Channel::email;
    std::string language, template_name;
    Currency currency;
    std::vector<DecidedItem> items;
    Money amount;                        ///< sum of residuals
    std::optional<Money> fee;
    int deadline_days = 0;
    std::vector<Stop> stops;
    std::string reason;
    std::string policy, policy_hash;
    /// SHA-256 over everything the decision rests on: equal now and at the reservation, or decided again (I21).
    std::string fingerprint;
};

/// One notice a customer: all its overdue items in one currency. Level = next after the highest sent for its items,
/// reached by days past due, at most one step a run; an item due today is never dunned. Any thread.
Decision decide(const Policy& policy, const CustomerSnapshot& customer, Date as_of);

/// The policy of a segment; "*" otherwise; nullptr when there is none.
const Policy* policy_for(const std::vector<Policy>& policies, std::string_view segment);

// ---------------------------------------------------------------- snapshot and state

/// Customers of an entity that owe anything, ready to decide. `in_question`: from cash::items_in_question.
std::vector<CustomerSnapshot> snapshot(store::Db& db, const ledger::Books& books, const std::string& entity, Date as_of,
                                       const std::vector<OpenItemId>& in_question,
                                       std::optional<CustomerId> only_customer = {});

/// Taken over at cut-over, so that day one chases nobody anew.
Status set_cutover_level(store::Tx& tx, OpenItemId item, int level, std::optional<Date> last_notice);
/// A notice went out: levels of its items and the customer's last notice date. Only when sent (DOMAIN section 14).
Status record_sent(store::Tx& tx, const Decision& decision, Date sent_on);
Status set_notice_under_way(store::Tx& tx, CustomerId customer, bool under_way);
struct ItemDunning {
    int level = 0;
    std::optional<Date> last_notice;
};
std::map<std::int64_t, ItemDunning> item_levels(store::Db& db);

/// Placed with an agency: exclusive, nothing is dunned by us meanwhile (I29).
Status record_placed(store::Tx& tx, Clock& clock, const Decision& decision, const std::string& placement, Date on);
struct Placement {
    std::string placement, entity, document, state;
    CustomerId customer;
    OpenItemId item;
    Date on;
    Money amount;
};
std::vector<Placement> placements(store::Db& db);

// ---------------------------------------------------------------- runs

struct Run {
    DunningRunId id{};
    std::string entity, state, by, approved_by;   ///< "awaiting_approval", "approved", "done", "held"
    Date as_of;
    int notices = 0, waits = 0, stops = 0, escalations = 0;
    std::string policy_hash, reason;
};
/// One run per entity and date: the same date again gives the same run (`repeated`).
struct StartedRun {
    Run run;
    bool repeated = false;
};
Result<StartedRun> start_run(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& entity, Date as_of,
                             const std::vector<Decision>& decisions, std::string state, std::string policy_hash, std::string reason);
Status finish_run(store::Tx& tx, DunningRunId run, std::string state, std::string reason);
Status approve_run(store::Tx& tx, Clock& clock, const audit::Actor& by, DunningRunId run);
std::vector<Run> runs(store::Db& db);
std::optional<Run> run(store::Db& db, DunningRunId id);

}  // namespace owed::collect
