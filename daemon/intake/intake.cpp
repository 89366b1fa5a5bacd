// Taking artifacts: prove, then post, in one transaction.
#include "intake/intake.hpp"

#include <algorithm>
#include <utility>

#include "intake/detail/routing.hpp"
#include "intake/detail/rows.hpp"
#include "owed/card.hpp"
#include "owed/record_wire.hpp"

namespace owed::intake {
namespace {

/// The first pass: keeps the records of small files, and what speaks against posting the statements.
class Prover : public RecordSink {
  public:
    Prover(bool keep, detail::Objections& objections) : keep_{keep}, objections_{objections} {}

    Status record(Record record) override {
        if (const auto* statement = std::get_if<BankStatement>(&record.body)) objections_.see(*statement);
        if (keep_) records.push_back(std::move(record));
        return {};
    }

    std::vector<Record> records;

  private:
    bool keep_;
    detail::Objections& objections_;
};

class RouterSink : public RecordSink {
  public:
    explicit RouterSink(detail::Router& router) : router_{router} {}
    Status record(Record record) override { return router_.route(record); }

  private:
    detail::Router& router_;
};

/// Whether an error says "this file is not good" rather than "something around it failed".
bool is_refusal(Errc code) {
    return code == Errc::malformed_input || code == Errc::unsupported_format || code == Errc::input_too_large || code == Errc::data;
}

std::string first_grave(const DecodeReport& report, const std::vector<Warning>& objections) {
    for (const auto& warning : objections) return warning.where + ": " + warning.what;
    for (const auto& warning : report.warnings)
        if (warning.grave) return warning.where + ": " + warning.what;
    return {};
}

/// Of one commit: what does not fit is the plugin's mistake, which should commit more often.
constexpr std::size_t records_bytes_max = 256u << 20;

/// How records that a connector hands over are kept (records_format): each batch as it came, behind its length in eight bytes.
void add_batch(std::string& bytes, std::string_view batch) {
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(batch.size() >> shift & 0xff);
    bytes += batch;
}

Status each_record(std::string_view bytes, RecordSink& sink) {
    while (bytes.size() >= 8) {
        std::uint64_t length = 0;
        for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
        bytes.remove_prefix(8);
        if (length > bytes.size()) return fail(Errc::store_corrupt, "a kept batch of records is cut off");
        OWED_TRY_VOID(wire::decode_batch(bytes.substr(0, length), {}, sink));
        bytes.remove_prefix(length);
    }
    return {};
}

/// Everything known of one artifact while it is being taken.
struct Taking {
    detail::Source source;
    std::string sha256, bytes, format, profile;
    DecodeReport report;
    std::vector<Record> records;
    bool kept = true;
    std::vector<Warning> objections;
    std::string verdict = "accept", state = "taken", reason;
    std::function<Status(store::Tx&)> with_it;   ///< written in the same transaction: cursor and state of a commit of records
};

}  // namespace

/// ReadTarget of one sync: takes artifacts as they come.
class Intake::Target : public ReadTarget {
  public:
    /// `resets`: how often a person had set the connector's cursor when the sync began.
    Target(Intake& intake, Connector& connector, std::int64_t resets = 0) : intake_{intake}, connector_{connector}, resets_{resets} {}

    Result<ArtifactFate> artifact(const ArrivedArtifact& arrived) override {
        Taking taking;
        taking.source = {connector_.name(), connector_.entity(), arrived.name, {}, &intake_.settings_.terms};
        taking.sha256 = store::hex(store::sha256(arrived.bytes));
        OWED_TRY(auto known, delivered_before(taking));
        if (known) {
            ++summary.duplicates;
            return ArtifactFate::duplicate;
        }
        OWED_TRY(taking.bytes, redacted(arrived.bytes, taking.source.entity));
        OWED_TRY_VOID(prove(taking));
        OWED_TRY_VOID(take(taking));
        ++summary.artifacts;
        if (taking.state == "rejected") {
            ++summary.rejected;
            return ArtifactFate::rejected;
        }
        if (taking.state == "quarantined") ++summary.quarantined;
        return ArtifactFate::taken;
    }

    Status records(std::string_view batch) override {
        if (pending_.size() + batch.size() > records_bytes_max)
            return fail(Errc::input_too_large, "more than 256 MiB of records without a commit", {}, "the plugin should commit after each page");
        OWED_TRY(const auto kept, redacted(std::string{batch}, connector_.entity()));
        add_batch(pending_, kept);
        return {};
    }

    /// Records, their postings, cursor and state: one transaction.
    Status commit(std::string_view cursor, const std::map<std::string, std::string>& changes) override {
        const auto keep_place = [&](store::Tx& tx) { return place(tx, cursor, changes); };
        if (pending_.empty()) return intake_.store_.write(keep_place);
        Taking taking;
        taking.source = {connector_.name(), connector_.entity(), "records of " + to_text(intake_.ledger_.clock.now()), {}, &intake_.settings_.terms};
        taking.bytes = std::exchange(pending_, {});
        taking.sha256 = store::hex(store::sha256(std::string{cursor} + '\0' + taking.bytes));
        taking.report.format = records_format;
        taking.with_it = keep_place;
        OWED_TRY(const auto known, delivered_before(taking));
        if (known) {  // the same page for the same cursor: the plugin went back
            ++summary.duplicates;
            return intake_.store_.write(keep_place);
        }
        OWED_TRY_VOID(prove(taking));
        OWED_TRY_VOID(take(taking));
        ++summary.artifacts;
        if (taking.state == "rejected") ++summary.rejected;
        if (taking.state == "quarantined") ++summary.quarantined;
        return {};
    }

    /// A person's cursor stands: what a sync that began before would put over it is not taken, with the records it goes with.
    Status place(store::Tx& tx, std::string_view cursor, const std::map<std::string, std::string>& changes) {
        {
            auto query = tx.query("SELECT resets FROM connector_cursor WHERE connector = ?");
            query.bind(connector_.name());
            if (query.step() && query.integer(0) != resets_)
                return fail(Errc::transient, "the cursor of connector " + connector_.name() + " was set by a person meanwhile, so nothing of this batch is taken", {},
                            "the next sync reads from the new one");
        }
        tx.query("INSERT INTO connector_cursor (connector, cursor) VALUES (?, ?) ON CONFLICT (connector) DO UPDATE SET cursor = excluded.cursor")
            .bind(connector_.name(), cursor)
            .run();
        auto put = tx.query("INSERT INTO connector_state (connector, key, value) VALUES (?, ?, ?) "
                            "ON CONFLICT (connector, key) DO UPDATE SET value = excluded.value");
        auto remove = tx.query("DELETE FROM connector_state WHERE connector = ? AND key = ?");
        for (const auto& [key, value] : changes) {
            if (value.empty())
                remove.bind(connector_.name(), key).run();
            else
                put.bind(connector_.name(), key, value).run();
        }
        return {};
    }

    /// First pass: reads the file, writes nothing.
    Status prove(Taking& taking) {
        return intake_.store_.read([&](store::Db& db) -> Status {
            detail::Objections objections{db, intake_.ledger_.books, taking.source};
            taking.kept = taking.bytes.size() <= intake_.settings_.keep_records_max;
            Prover prover{taking.kept, objections};
            auto report = decode(taking, prover);
            if (!report) {
                if (!is_refusal(report.error().code)) return fail(report.error());
                taking.verdict = "reject";
                taking.state = "rejected";
                taking.reason = to_text(report.error());
                return {};
            }
            taking.report = std::move(*report);
            taking.records = std::move(prover.records);
            taking.objections = std::move(objections.found);
            judge(taking);
            return {};
        });
    }

    /// Second pass: artifact, records, postings, applications and audit record in one transaction.
    Status take(Taking& taking) {
        auto done = intake_.store_.write([&](store::Tx& tx) { return write(tx, taking); });
        if (done || !may_be_the_files_fault(done.error().code)) return done;
        // The file contradicts the books (an unknown account in its second statement, a currency that is not the account's):
        // nothing of it was posted; keep it as rejected with the reason.
        taking.verdict = "reject";
        taking.state = "rejected";
        taking.reason = to_text(done.error());
        taking.records.clear();
        return intake_.store_.write([&](store::Tx& tx) { return write(tx, taking); });
    }

    Status write(store::Tx& tx, Taking& taking) {
        OWED_TRY_VOID(insert(tx, taking));
        if (taking.state == "taken") OWED_TRY_VOID(post(tx, taking));
        if (taking.with_it) OWED_TRY_VOID(taking.with_it(tx));
        return audit_taken(tx, taking, {audit::Actor::Kind::connector, connector_.name(), connector_.name(), {}, {}}, "artifact." + taking.state);
    }

    /// Posts the records of an artifact whose row is there, matches what waits, and writes the counts.
    Status post(store::Tx& tx, Taking& taking) {
        const audit::Actor by{audit::Actor::Kind::connector, connector_.name(), connector_.name(), {}, {}};
        detail::Router router{tx, intake_.ledger_, taking.source, intake_.settings_.cash, by};
        if (taking.kept) {
            for (const auto& record : taking.records) OWED_TRY_VOID(router.route(record));
        } else {
            RouterSink sink{router};
            OWED_TRY([[maybe_unused]] auto again, decode(taking, sink));
        }
        for (const auto& row : taking.report.rejected) {
            router.rejected.push_back(row);
            router.counts.count(detail::Fate::rejected);
        }
        OWED_TRY_VOID(router.finish());
        summary.records += router.counts.records;
        summary.rejected_rows += router.counts.rejected;
        return write_counts(tx, taking, router);
    }

    SyncSummary summary;

  private:
    /// The connector's codec reads a file; records are in our own form already.
    Result<DecodeReport> decode(const Taking& taking, RecordSink& sink) {
        if (taking.report.format != records_format)
            return connector_.decode(taking.source.artifact_name, taking.bytes, taking.format, taking.profile, sink);
        OWED_TRY_VOID(each_record(taking.bytes, sink));
        DecodeReport report;
        report.format = records_format;
        return report;
    }

    static bool may_be_the_files_fault(Errc code) {
        return is_refusal(code) || code == Errc::not_found || code == Errc::currency_mismatch || code == Errc::amount_precision ||
               code == Errc::unknown_currency || code == Errc::amount_overflow || code == Errc::conflicting_repeat ||
               code == Errc::invalid_argument;
    }

    static void judge(Taking& taking) {
        taking.verdict = std::string{name_of(taking.report.verdict)};
        if (!taking.objections.empty()) taking.verdict = "quarantine";
        if (taking.verdict == "quarantine") {
            taking.state = "quarantined";
            taking.reason = first_grave(taking.report, taking.objections);
        }
    }

    Result<bool> delivered_before(const Taking& taking) {
        bool known = false;
        OWED_TRY_VOID(intake_.store_.read([&](store::Db& db) -> Status {
            auto query = db.query("SELECT 1 FROM artifact WHERE connector = ? AND sha256 = ?");
            query.bind(taking.source.connector, taking.sha256);
            known = query.step();
            return {};
        }));
        if (known)
            OWED_TRY_VOID(intake_.store_.write([&](store::Tx& tx) -> Status {
                tx.query("UPDATE artifact SET deliveries = deliveries + 1 WHERE connector = ? AND sha256 = ?")
                    .bind(taking.source.connector, taking.sha256)
                    .run();
                return {};
            }));
        return known;
    }

    /// Card numbers are truncated before anything is kept; references that we issued stay (SECURITY 7.8).
    Result<std::string> redacted(const std::string& bytes, const std::string& entity) {
        std::string kept;
        int count = 0;
        OWED_TRY_VOID(intake_.store_.read([&](store::Db& db) -> Status {
            kept = truncate_card_numbers(bytes, [&](std::string_view digits) {
                return !ledger::find_by_payment_reference(db, entity, digits).empty() ||
                       !ledger::find_by_document(db, entity, ledger::document_key(digits)).empty() ||
                       intake_.ledger_.books.bank_account(digits) != nullptr;
            }, &count);
            return {};
        }));
        if (count > 0)
            intake_.log_.warn("intake", std::to_string(count) + " card numbers were truncated in a file of connector " + connector_.name() +
                                            "; ask its owner not to send them");
        return kept;
    }

    Status insert(store::Tx& tx, Taking& taking) {
        auto warnings = taking.objections;
        warnings.insert(warnings.end(), taking.report.warnings.begin(), taking.report.warnings.end());
        std::optional<std::string> file;
        if (taking.bytes.size() > intake_.settings_.inline_artifact_max) {
            file = "artifacts/" + taking.sha256.substr(0, 2) + "/" + taking.sha256;
            OWED_TRY_VOID(intake_.store_.disk().write_new(*file, taking.bytes));
        }
        auto query = tx.query("INSERT INTO artifact (connector, entity, name, sha256, size, received_at, bytes, file, format, verdict, state, "
                              "reason, warnings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        query.bind(taking.source.connector, taking.source.entity, taking.source.artifact_name, taking.sha256, taking.bytes.size(),
                   intake_.ledger_.clock.now().micros);
        if (file)
            query.set_null(6);
        else
            query.set_blob(6, taking.bytes);
        query.set(7, file).set(8, taking.report.format).set(9, taking.verdict).set(10, taking.state).set(11, taking.reason);
        query.set(12, detail::warnings_to_json(warnings)).run();
        taking.source.artifact = ArtifactId{tx.last_id()};
        return {};
    }

    static Status write_counts(store::Tx& tx, const Taking& taking, const detail::Router& router) {
        const auto& counts = router.counts;
        auto warnings = taking.objections;
        warnings.insert(warnings.end(), taking.report.warnings.begin(), taking.report.warnings.end());
        warnings.insert(warnings.end(), router.notes.begin(), router.notes.end());
        auto verdict = taking.verdict;
        if (verdict == "accept" && (!router.notes.empty() || !router.rejected.empty())) verdict = "warn";
        // What it is warned about, in a line of the list; why a file is held or refused stands there already.
        std::string reason;
        if (verdict == "warn" && counts.rejected > 0) reason = std::to_string(counts.rejected) + " rejected";
        if (verdict == "warn" && !warnings.empty())
            reason += (reason.empty() ? "" : "; ") + warnings.front().what + (warnings.size() > 1 ? " (and " + std::to_string(warnings.size() - 1) + " more)" : "");
        tx.query("UPDATE artifact SET records = ?, applied = ?, duplicates = ?, rejected = ?, ignored = ?, warnings = ?, verdict = ?, "
                 "reason = CASE WHEN ? <> '' THEN ? ELSE reason END WHERE id = ?")
            .bind(counts.records, counts.applied, counts.duplicates, counts.rejected, counts.ignored,
                  detail::warnings_to_json(warnings), verdict, reason, reason, taking.source.artifact.value)
            .run();
        auto reject = tx.query("INSERT INTO reject (artifact, place, what, raw) VALUES (?, ?, ?, ?)");
        for (const auto& row : router.rejected) reject.bind(taking.source.artifact.value, row.where, row.what, row.raw).run();
        return {};
    }

  public:
    Status audit_taken(store::Tx& tx, const Taking& taking, const audit::Actor& by, std::string action) {
        audit::Act act;
        act.actor = by;
        act.entity = taking.source.entity;
        act.action = std::move(action);
        act.object_kind = "artifact";
        act.object_id = std::to_string(taking.source.artifact.value);
        act.after_hash = store::sha256(taking.bytes);
        act.reason = taking.reason;
        return audit::append(tx, intake_.ledger_.clock, act);
    }

  private:
    Intake& intake_;
    Connector& connector_;
    std::int64_t resets_;
    std::string pending_;   ///< batches since the last commit
};

Intake::Intake(store::Store& store, const ledger::Context& ledger, Settings settings, Rng& rng, Log& log)
    : store_{store}, ledger_{ledger}, settings_{std::move(settings)}, rng_{rng}, log_{log} {}

Result<SyncSummary> Intake::sync(Connector& connector) {
    ReadRequest request;
    std::int64_t resets = 0;
    OWED_TRY_VOID(store_.read([&](store::Db& db) -> Status {
        auto cursor = db.query("SELECT cursor, resets FROM connector_cursor WHERE connector = ?");
        cursor.bind(connector.name());
        if (cursor.step()) request.cursor = cursor.text(0), resets = cursor.integer(1);
        auto state = db.query("SELECT key, value FROM connector_state WHERE connector = ?");
        state.bind(connector.name());
        while (state.step()) request.state[state.text(0)] = state.text(1);
        return {};
    }));
    Target target{*this, connector, resets};
    const auto read = connector.read(request, target);
    const auto error = read ? std::string{} : to_text(read.error());
    OWED_TRY_VOID(store_.write([&](store::Tx& tx) { return note_sync(tx, ledger_.clock, connector.name(), error); }));
    if (!read) return fail(read.error());
    return target.summary;
}

namespace {

/// An artifact as it was kept, ready to be decoded again.
Result<Taking> kept(store::Store& store, const PaymentTerms& terms, ArtifactId id) {
    Taking taking;
    std::string file;
    OWED_TRY_VOID(store.read([&](store::Db& db) -> Status {
        auto query = db.query("SELECT connector, entity, name, sha256, bytes, file, state, format FROM artifact WHERE id = ?");
        query.bind(id.value);
        if (!query.step()) return fail(Errc::not_found, "there is no artifact " + std::to_string(id.value), {}, "see owectl inbox");
        taking.source = {query.text(0), query.text(1), query.text(2), id, &terms};
        taking.sha256 = query.text(3);
        if (!query.is_null(4)) taking.bytes = query.blob(4);
        file = query.text(5);
        taking.state = query.text(6);
        taking.report.format = query.text(7);
        return {};
    }));
    if (!file.empty()) {
        OWED_TRY(taking.bytes, store.disk().read(file, std::size_t{4} << 30));
    }
    return taking;
}

}  // namespace

Status Intake::release(Connector& connector, ArtifactId id, const audit::Actor& by, const std::string& why) {
    if (why.empty()) return fail(Errc::invalid_argument, "say why it may be posted: --why W");
    OWED_TRY(auto taking, kept(store_, settings_.terms, id));
    if (taking.state != "quarantined")
        return fail(Errc::refused, "artifact " + std::to_string(id.value) + " is " + taking.state + ", not quarantined");
    Target target{*this, connector};
    OWED_TRY_VOID(target.prove(taking));
    if (taking.state == "rejected") return fail(Errc::malformed_input, taking.reason);
    for (const auto& objection : taking.objections)
        if (objection.what.find("is not one of ours") != std::string::npos) return fail(Errc::refused, objection.what, objection.where);
    taking.reason = "released: " + why;
    return store_.write([&](store::Tx& tx) -> Status {
        tx.query("UPDATE artifact SET state = 'released', reason = ? WHERE id = ? AND state = 'quarantined'").bind(taking.reason, id.value).run();
        if (tx.changed_rows() != 1) return fail(Errc::refused, "artifact " + std::to_string(id.value) + " was released meanwhile");
        OWED_TRY_VOID(target.post(tx, taking));
        return target.audit_taken(tx, taking, by, "artifact.release");
    });
}

Status Intake::replay(Connector& connector, ArtifactId id, const audit::Actor& by) {
    OWED_TRY(auto taking, kept(store_, settings_.terms, id));
    if (taking.state == "quarantined")
        return fail(Errc::refused, "artifact " + std::to_string(id.value) + " is quarantined", {}, "owectl inbox release " + std::to_string(id.value) + " --why W");
    Target target{*this, connector};
    const auto before = std::exchange(taking.state, "taken");
    OWED_TRY_VOID(target.prove(taking));
    // What was posted stays posted: a doubt that comes up now does not take it back.
    if (before != "rejected") taking.state = before;
    return store_.write([&](store::Tx& tx) -> Status {
        tx.query("DELETE FROM reject WHERE artifact = ?").bind(id.value).run();
        tx.query("UPDATE artifact SET state = ?, verdict = ?, reason = ? WHERE id = ?").bind(taking.state, taking.verdict, taking.reason, id.value).run();
        if (taking.state == "taken" || taking.state == "released") OWED_TRY_VOID(target.post(tx, taking));
        return target.audit_taken(tx, taking, by, "artifact.replay");
    });
}

}  // namespace owed::intake
