#include "jobs/erp_receipts.hpp"

#include <utility>

namespace owed::jobs {
namespace {

constexpr std::size_t batch_size = 200;

class Run {
  public:
    Run(store::Store& store, const ledger::Context& ledger, Connector& sink)
        : store_{store}, ledger_{ledger}, sink_{sink}, by_{audit::Actor::Kind::connector, sink.name(), sink.name(), {}, {}} {}

    Result<ErpSummary> run() {
        OWED_TRY_VOID(store_.write([&](store::Tx& tx) -> Status {
            cash::confirm_erp_writes(tx);
            return {};
        }));
        OWED_TRY_VOID(ask());
        for (;;) {
            OWED_TRY(const bool more, write_batch());
            if (!more) return summary_;
        }
    }

  private:
    Status ask() {
        std::vector<cash::ErpWrite> unknown;
        OWED_TRY_VOID(store_.read([&](store::Db& db) -> Status {
            unknown = cash::erp_writes_to_ask(db, sink_.name(), ledger_.clock.now(), batch_size);
            return {};
        }));
        for (const auto& write : unknown) {
            OWED_TRY(auto found, sink_.lookup(write.key));
            ++summary_.asked;
            if (!found) found = SendReceipt{SendState::unknown, {}, "the ERP cannot tell whether it has it", 0};
            OWED_TRY_VOID(note(write.id, *found));
        }
        return {};
    }

    /// False: nothing more is due.
    Result<bool> write_batch() {
        std::vector<cash::ReservedWrite> reserved;
        OWED_TRY_VOID(store_.write([&](store::Tx& tx) -> Status {
            OWED_TRY(reserved, cash::reserve_erp_writes(tx, ledger_.clock, sink_.entity(), sink_.name(), batch_size));
            return {};
        }));
        if (reserved.empty()) return false;
        std::vector<Record> records;
        for (const auto& one : reserved) records.push_back(one.record);
        auto results = sink_.write(records);
        if (!results) {
            const auto state = results.error().code == Errc::unknown_outcome ? SendState::unknown : SendState::retry;
            for (const auto& one : reserved) OWED_TRY_VOID(note(one.id, {state, {}, to_text(results.error()), 0}));
            return fail(std::move(results).error());
        }
        for (std::size_t i = 0; i < reserved.size(); ++i) OWED_TRY_VOID(note(reserved[i].id, outcome_of(*results, i)));
        return true;
    }

    static SendReceipt outcome_of(const std::vector<WriteResult>& results, std::size_t at) {
        if (at >= results.size()) return {SendState::unknown, {}, "the connector gave no result for it", 0};
        const auto& result = results[at];
        return {result.state, result.remote_id, result.detail + (result.field.empty() ? "" : " (field " + result.field + ")"), 0};
    }

    Status note(std::int64_t id, const SendReceipt& outcome) {
        switch (outcome.state) {
            case SendState::sent: ++summary_.sent; break;
            case SendState::refused: ++summary_.refused; break;
            case SendState::retry: ++summary_.retry; break;
            case SendState::unknown: ++summary_.unknown; break;
        }
        return store_.write([&](store::Tx& tx) { return cash::note_erp_outcome(tx, ledger_, by_, id, outcome); });
    }

    store::Store& store_;
    const ledger::Context& ledger_;
    Connector& sink_;
    const audit::Actor by_;
    ErpSummary summary_;
};

}  // namespace

Result<ErpSummary> write_receipts(store::Store& store, const ledger::Context& ledger, Connector& sink) { return Run{store, ledger, sink}.run(); }

}  // namespace owed::jobs
