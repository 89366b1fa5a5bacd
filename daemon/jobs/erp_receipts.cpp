#include "jobs/erp_receipts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace owed::jobs {
namespace {

constexpr std::size_t receipts_max = 200;
constexpr int unanswered_max = 3;

class Run {
  public:
    Run(store::Store& store, const ledger::Context& ledger, Connector& sink)
        : store_{store}, ledger_{ledger}, sink_{sink}, by_{audit::Actor::Kind::connector, sink.name(), sink.name(), {}, {}} {}

    Result<ErpSummary> run() {
        OWED_TRY_VOID(store_.write([&](store::Tx& tx) -> Status {
            cash::confirm_erp_writes(tx, ledger_.clock);
            return {};
        }));
        while (ask_some()) {}
        while (!broken_ && write_batch()) {}
        if (first_) return fail(std::move(*first_));
        return summary_;
    }

  private:
    /// The first one is the run's; what comes after it is done all the same.
    void went_wrong(Error error) {
        if (!first_) first_ = std::move(error);
    }

    /// False: nobody else is to be asked now.
    bool ask_some() {
        std::vector<cash::ErpWrite> unknown;
        if (auto read = store_.read([&](store::Db& db) -> Status {
                unknown = cash::erp_writes_to_ask(db, sink_.name(), sink_.entity(), ledger_.clock.now(), receipts_max);
                return {};
            }); !read) {
            went_wrong(std::move(read).error());
            broken_ = true;
            return false;
        }
        for (const auto& write : unknown) {
            auto found = sink_.lookup(write.key);
            ++summary_.asked;
            if (!found) {
                // One key that it chokes on stops nothing; one that answers nothing is not asked for hours.
                note(write.id, {SendState::unknown, {}, "it could not be asked about: " + to_text(found.error()), 0});
                went_wrong(std::move(found).error());
                if (broken_ || ++unanswered_ == unanswered_max) return false;
                continue;
            }
            unanswered_ = 0;
            if (!*found) *found = SendReceipt{SendState::unknown, {}, "the ERP cannot tell whether it has it", 0};
            note(write.id, **found);
            if (broken_) return false;
        }
        return unknown.size() == receipts_max;
    }

    /// False: nothing more is due, or the sink took none of it.
    bool write_batch() {
        std::vector<cash::ReservedWrite> reserved;
        if (auto done = store_.write([&](store::Tx& tx) -> Status {
                OWED_TRY(reserved, cash::reserve_erp_writes(tx, ledger_.clock, sink_.entity(), sink_.name(), receipts_max));
                return {};
            }); !done) {
            went_wrong(std::move(done).error());
            return false;
        }
        if (reserved.empty()) return false;
        std::vector<Record> records;
        for (const auto& one : reserved) records.push_back(one.record);
        const auto results = sink_.write(records);
        const auto not_tried = results || results.error().code == Errc::unknown_outcome ? SendState::unknown : SendState::retry;
        for (std::size_t i = 0; i < reserved.size() && !broken_; ++i)
            note(reserved[i].id, results ? outcome_of(*results, i) : SendReceipt{not_tried, {}, to_text(results.error()), 0});
        if (!results) went_wrong(results.error());
        return results.has_value();
    }

    static SendReceipt outcome_of(const std::vector<WriteResult>& results, std::size_t at) {
        if (at >= results.size()) return {SendState::unknown, {}, "the connector gave no result for it", 0};
        const auto& result = results[at];
        return {result.state, result.remote_id, result.detail + (result.field.empty() ? "" : " (field " + result.field + ")"), 0};
    }

    /// A refusal may be impossible to follow here, since something rests on what the ERP refuses: then nobody knows what is to be,
    /// until a person has looked, or it has been tried again. What comes after it is noted all the same.
    void note(std::int64_t id, const SendReceipt& outcome) {
        auto noted = commit(id, outcome);
        if (!noted && outcome.state == SendState::refused) {
            const auto words = "refused (" + outcome.detail + "), and cannot be taken back here: " + to_text(noted.error());
            went_wrong(std::move(noted).error());
            noted = commit(id, {SendState::unknown, {}, words, outcome.retry_after_ms});
        }
        if (noted) return;
        went_wrong(std::move(noted).error());
        broken_ = true;
    }

    Status commit(std::int64_t id, const SendReceipt& outcome) {
        OWED_TRY_VOID(store_.write([&](store::Tx& tx) { return cash::note_erp_outcome(tx, ledger_, by_, id, outcome); }));
        switch (outcome.state) {
            case SendState::sent: ++summary_.sent; break;
            case SendState::refused: ++summary_.refused; break;
            case SendState::retry: ++summary_.retry; break;
            case SendState::unknown: ++summary_.unknown; break;
        }
        return {};
    }

    store::Store& store_;
    const ledger::Context& ledger_;
    Connector& sink_;
    const audit::Actor by_;
    ErpSummary summary_;
    std::optional<Error> first_;
    int unanswered_ = 0;                 ///< questions in a row
    bool broken_ = false;                ///< the store takes no outcome: what was reserved is unknown at the next start
};

}  // namespace

bool says_what_it_is(const Connector& connector) {
    constexpr std::array kinds{"source", "codec", "sender", "sink", "agency", "decider"};
    return std::any_of(kinds.begin(), kinds.end(), [&](const char* kind) { return connector.has(kind); });
}

std::string erp_sink_of(Hosts& hosts, const std::string& entity) {
    std::string silent;
    for (const auto* connector : hosts.connectors()) {
        if (!connector->entity().empty() && connector->entity() != entity) continue;
        if (connector->takes("receipt_application")) return connector->name();
        if (silent.empty() && !says_what_it_is(*connector)) silent = connector->name();
    }
    return silent;
}

cash::ErpTakers erp_takers(Hosts& hosts) {
    const auto may_take = [&hosts](const std::string& entity, const std::string& name) {
        const auto all = hosts.connectors();
        return std::any_of(all.begin(), all.end(), [&](const Connector* connector) {
            return connector->name() == name && (connector->entity().empty() || connector->entity() == entity) &&
                   (connector->takes("receipt_application") || !says_what_it_is(*connector));
        });
    };
    return {.one = [&hosts](const std::string& entity) { return erp_sink_of(hosts, entity); }, .may_take = may_take};
}

Result<ErpSummary> write_receipts(store::Store& store, const ledger::Context& ledger, Connector& sink) { return Run{store, ledger, sink}.run(); }

}  // namespace owed::jobs
