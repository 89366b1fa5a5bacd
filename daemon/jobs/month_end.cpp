#include "jobs/month_end.hpp"

#include <algorithm>
#include <charconv>

#include "ledger/credits.hpp"
#include "ledger/periods.hpp"
#include "ledger/rates.hpp"
#include "ledger/revaluation.hpp"
#include "ledger/write_offs.hpp"

namespace owed::jobs {
namespace {

/// The upper end of "31-60"; none for other names.
std::optional<int> upper_of(const std::string& bucket) {
    const auto dash = bucket.find('-');
    if (dash == std::string::npos || dash == 0) return {};
    int upper = 0;
    const auto [end, error] = std::from_chars(bucket.data() + dash + 1, bucket.data() + bucket.size(), upper);
    if (error != std::errc{} || end != bucket.data() + bucket.size() || bucket.rfind("over-", 0) == 0) return {};
    return upper;
}

std::string month_text(Date closing) { return to_text(closing).substr(0, 7); }

Status record(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const std::string& entity, std::string_view kind,
              Date closing, const std::string& outcome) {
    audit::Act act;
    act.actor = by;
    act.entity = entity;
    act.action = std::string{kind} + ".post";
    act.object_kind = "period";
    act.object_id = month_text(closing);
    act.reason = outcome;
    return audit::append(tx, context.clock, act);
}

ledger::Cause cause_of(std::string_view kind, const std::string& entity, Date closing) {
    return {"job", std::string{kind} + " " + entity + " " + month_text(closing)};
}

Result<std::string> revalue(store::Tx& tx, const ledger::Context& context, const std::string& entity, Date closing) {
    OWED_TRY(const auto run, ledger::revalue(tx, context, {.entity = entity, .closing = closing, .cause = cause_of("revaluation", entity, closing),
                                                           .reason = "revaluation at " + to_text(closing)}));
    if (run.entries.empty()) return std::string{};
    auto sentence = std::to_string(run.items.size()) + " items revalued at " + to_text(closing) + ", " + std::to_string(run.entries.size()) + " entries";
    for (const auto& rate : run.rates) sentence += "; " + rate;
    return sentence;
}

Result<std::string> reclass(store::Tx& tx, const ledger::Context& context, const std::string& entity, Date closing) {
    OWED_TRY(const auto posted, ledger::reclass_credits(tx, context, {.entity = entity, .closing = closing, .cause = cause_of("reclass", entity, closing),
                                                                      .reason = "customers' credit balances at " + to_text(closing)}));
    if (posted.empty()) return std::string{};
    return "customers' credits shown as a liability at " + to_text(closing) + ", " + std::to_string(posted.size()) + " entries";
}

Result<std::string> provide(store::Tx& tx, const ledger::Context& context, const ProvisionMatrix* matrix, const std::string& entity, Date closing) {
    if (matrix == nullptr)
        return fail(Errc::not_found, "there is no provision matrix for entity " + entity, "provision", "configure provision: {" + entity + ": {rates: {current: ..., ...}}}");
    OWED_TRY_VOID(ledger::check_open(tx, context, entity, closing));
    OWED_TRY(const auto figure, provision_of(tx, context.books, *matrix, entity, closing, nullptr));
    if (figure.provision.adjustment.is_zero()) return std::string{};
    // Between two runs the books may have changed and changed back: the key is of the journal as it stood.
    const auto last = ledger::journal(tx, context.books, {}, 1);
    const auto key = "provision/" + entity + "/" + to_text(closing) + "/" + (last.empty() ? "0" : std::to_string(last.back().id.value));
    const auto reason = "allowance from " + to_text(figure.existing) + " to " + to_text(figure.provision.total) + " by the provision matrix at " + to_text(closing);
    OWED_TRY([[maybe_unused]] const auto posted,
             ledger::post_provision(tx, context, {.entity = entity, .movement = figure.provision.adjustment,
                                                  .instruction = {.date = closing, .cause = cause_of("provision", entity, closing), .reason = reason, .event_key = key}}));
    return reason;
}

}  // namespace

Result<ProvisionMatrix> ProvisionMatrix::make(const std::map<std::string, Decimal>& by_bucket) {
    ProvisionMatrix matrix;
    for (const auto& [bucket, rate] : by_bucket)
        if (const auto upper = upper_of(bucket)) matrix.edges.push_back(*upper);
    std::sort(matrix.edges.begin(), matrix.edges.end());
    if (matrix.edges.empty()) return fail(Errc::invalid_argument, "a matrix has buckets current, 1-30, 31-60 and so on, and one for what is older: over-90");
    OWED_TRY_VOID(report::check_edges(matrix.edges));
    const auto names = report::bucket_names(matrix.edges);
    for (const auto& [bucket, rate] : by_bucket)
        if (std::find(names.begin(), names.end(), bucket) == names.end())
            return fail(Errc::invalid_argument, "there is no bucket \"" + bucket + "\" beside the others", bucket);
    for (const auto& name : names) {
        const auto rate = by_bucket.find(name);
        if (rate == by_bucket.end()) return fail(Errc::invalid_argument, "the bucket \"" + name + "\" has no rate", name);
        if (!report::is_loss_rate(rate->second))
            return fail(Errc::invalid_argument, (rate->second.mantissa() < 0 ? "a rate is at least 0, not " : "a rate is at most 100 percent, not ") + to_text(rate->second), name);
        matrix.rates_percent.push_back(rate->second);
    }
    return matrix;
}

Result<ProvisionFigure> provision_of(store::Db& db, const ledger::Books& books, const ProvisionMatrix& matrix, const std::string& name, Date as_of,
                                     report::Memory* memory) {
    OWED_TRY(const auto* entity, books.entity(name));
    const auto names = report::bucket_names(matrix.edges);
    std::vector<Money> balances(names.size(), Money::zero(entity->currency));
    std::vector<std::string> rates;
    for (const auto& total : report::aging(db, books, {name, as_of, {}, matrix.edges}, memory).totals) {
        OWED_TRY(const auto currency, find_currency(total.currency));
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (total.buckets[i] == 0) continue;
            OWED_TRY(auto converted, ledger::convert(db, Money::minor(total.buckets[i], currency), entity->currency, ledger::RateType::closing, as_of));
            OWED_TRY(balances[i], add(balances[i], converted.amount));
            if (!converted.rate.empty() && std::find(rates.begin(), rates.end(), converted.rate) == rates.end()) rates.push_back(std::move(converted.rate));
        }
    }
    std::vector<report::ProvisionRow> rows;
    for (std::size_t i = 0; i < names.size(); ++i) rows.push_back({.bucket = names[i], .balance = balances[i], .rate_percent = matrix.rates_percent[i]});
    std::int64_t existing = 0;
    const auto& code = entity->chart.at(ledger::Role::allowance).code;
    for (const auto& row : ledger::trial_balance(db, name, as_of))
        if (row.account == code) existing -= row.functional;
    const auto held = Money::minor(existing, entity->currency);
    OWED_TRY(auto provision, report::provision_matrix(rows, held));
    return ProvisionFigure{std::move(rows), std::move(provision), held, std::move(rates)};
}

Date closing_of(Date day) {
    if (day == day.end_of_month()) return day;
    return day.plus_days(-day.day());
}

bool is_month_end(std::string_view kind) { return kind == "revaluation" || kind == "reclass" || kind == "provision"; }

Result<std::string> run_month_end(store::Store& store, const ledger::Context& context, const std::map<std::string, ProvisionMatrix>& matrices,
                                  std::string_view kind, const std::string& entity, Date as_of, const audit::Actor& by) {
    const auto closing = closing_of(as_of);
    const auto matrix = matrices.find(entity);
    std::string outcome;
    auto done = store.write([&](store::Tx& tx) -> Status {
        if (kind == "revaluation") {
            OWED_TRY(outcome, revalue(tx, context, entity, closing));
        } else if (kind == "reclass") {
            OWED_TRY(outcome, reclass(tx, context, entity, closing));
        } else {
            OWED_TRY(outcome, provide(tx, context, matrix == matrices.end() ? nullptr : &matrix->second, entity, closing));
        }
        if (outcome.empty()) return {};
        return record(tx, context, by, entity, kind, closing, outcome);
    });
    if (!done) return fail(std::move(done).error());
    return outcome.empty() ? "nothing to post at " + to_text(closing) : outcome;
}

}  // namespace owed::jobs
