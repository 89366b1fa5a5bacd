// The inbox: raw artifacts kept, records deduplicated, routed to a command of the domain. A file is read twice: the first
// pass proves it and writes nothing to the books; the second writes records, postings, applications, cursor and audit
// record in one transaction, all or nothing (DESIGN section 1).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cash/cash.hpp"
#include "cash/refunds.hpp"
#include "collect/collect.hpp"
#include "owed/calendar.hpp"
#include "owed/hosts.hpp"
#include "owed/terms.hpp"

namespace owed::intake {

std::vector<store::Migration> migrations();

/// What documents are due by where they do not say it themselves.
struct PaymentTerms {
    std::map<std::string, Terms> by_name;        ///< as configuration calls them
    std::map<std::string, Calendar> calendars;   ///< by entity; none: weekends
};

struct Settings {
    cash::Settings cash;
    PaymentTerms terms;
    std::size_t inline_artifact_max = 1 << 20;   ///< larger ones are files below DATA/artifacts
    std::size_t keep_records_max = 8 << 20;      ///< files up to this size are decoded once and kept between the passes
};

/// What one sync did, for `sync --wait` and `connectors`.
struct SyncSummary {
    int artifacts = 0, duplicates = 0, quarantined = 0, rejected = 0;
    std::int64_t records = 0, rejected_rows = 0;
};

class Intake {
  public:
    Intake(store::Store& store, const ledger::Context& ledger, Settings settings, Rng& rng, Log& log);
    /// Reads one connector until it has no more. Worker thread; commits artifact by artifact.
    Result<SyncSummary> sync(Connector& connector);
    /// A person releases a quarantined artifact: it is decoded again and posted. Errors: not_found, refused (not quarantined).
    Status release(Connector& connector, ArtifactId artifact, const audit::Actor& by, const std::string& why);
    /// Reads an artifact again after a fix (rejected ones, or rows that did not fit). Already applied records add nothing.
    Status replay(Connector& connector, ArtifactId artifact, const audit::Actor& by);

  private:
    class Target;
    store::Store& store_;
    const ledger::Context& ledger_;
    Settings settings_;
    Rng& rng_;
    Log& log_;
};

/// Artifact::format of what a connector handed over as records: no file, whatever it was made of.
inline constexpr std::string_view records_format = "records";

struct Artifact {
    ArtifactId id;
    std::string connector, entity, name, sha256, state, format, reason;  ///< state: taken, quarantined, rejected, released
    std::string verdict;
    Instant received_at;
    std::uint64_t size = 0;
    std::int64_t records = 0, applied = 0, duplicates = 0, rejected = 0;
    int deliveries = 1;                          ///< how often the same bytes came
    std::vector<Warning> warnings;
};
std::vector<Artifact> artifacts(store::Db& db);
std::optional<Artifact> artifact(store::Db& db, ArtifactId id);

struct Reject {
    ArtifactId artifact;
    std::string connector, name, where, what, raw;
};
std::vector<Reject> rejects(store::Db& db);

struct Statement {
    std::string entity, account, id, sequence, currency, artifact, state;
    std::optional<Date> from, to;
    std::optional<Money> opening, closing;
    std::int64_t entries = 0;
    std::string warning;                         ///< "opening differs from the last closing by ..."
};
std::vector<Statement> bank_statements(store::Db& db);
/// The latest day a bank statement of the entity covers: what holds a dunning run when it is too old.
std::optional<Date> last_bank_day(store::Db& db, std::string_view entity);

struct ConnectorCounts {
    std::int64_t records = 0, rejected = 0;
    std::optional<Instant> last_run;
    std::string last_error;
};
ConnectorCounts counts(store::Db& db, std::string_view connector);
Status note_sync(store::Tx& tx, Clock& clock, std::string_view connector, const std::string& error);

}  // namespace owed::intake
