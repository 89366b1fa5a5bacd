// What a plugin can be asked to do, each as one act with an answer that can be compared. Private to this room.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "conformance/detail/bench.hpp"

namespace owed::conformance {

/// Where a read puts what it finds; keeps apart what was committed.
class KeptRead : public ReadTarget {
  public:
    struct Commit {
        std::string cursor;
        std::vector<std::string> records;        ///< each as a batch of its own
        std::map<std::string, std::string> changes;
    };
    Result<ArtifactFate> artifact(const ArrivedArtifact& artifact) override;
    Status records(std::string_view batch) override;
    Status commit(std::string_view cursor, const std::map<std::string, std::string>& changes) override;

    /// In place of taking an artifact, when it is set.
    std::function<Result<ArtifactFate>(const ArrivedArtifact&)> on_artifact;
    std::optional<Error> refuse_commit;
    std::size_t refused_commits = 0;
    std::vector<std::string> artifacts;          ///< name, NUL, bytes
    std::vector<Commit> commits;
    std::vector<std::string> pending;            ///< records that no commit has taken
    std::vector<std::string> external_ids;
    std::map<std::string, std::string> state;    ///< after the last commit

    std::string cursor() const { return commits.empty() ? std::string{} : commits.back().cursor; }
    /// Everything, in order.
    std::string transcript() const;
    /// What the books would hold: artifacts and committed records, each once.
    std::map<std::string, int> content() const;
};

/// Reads from `from`. Its state is `target.state`.
Status read_from(Bench& bench, const std::string& cursor, KeptRead& target);

struct KeptRecords : RecordSink {
    Status record(Record record) override;
    std::vector<std::string> all;
};

/// How an act ended.
struct Told {
    bool ok = false;             ///< all of it was done
    Errc code = Errc::internal;  ///< where it was not
    std::string text;            ///< why it was not, or what came
    std::string transcript;      ///< what came, to be compared
    KeptRead read;               ///< of a read
};

struct Act {
    std::string name;                              ///< "read", "decode a.csv", "send"
    std::function<Told(Bench&)> run;
    bool has_effect = false;                       ///< outside: a send, a write
};
/// One for each thing that this plugin does, with its settings, inputs and server. Empty for a plugin without any sample.
std::vector<Act> acts_of(const Subject& subject);

Told told_of(const Status& status);
Told told_of(const Result<SendReceipt>& receipt);
std::string text_of(const SendReceipt& receipt);
/// Of the kinds that the plugin takes.
std::vector<Record> records_for_sinks(const Subject& subject);
MatchQuestion question_of(std::size_t items);
std::string bytes_of_answer(const MatchAnswer& answer);

/// Empty: there is something that the plugin could be asked to do. Else why not, for a skip.
std::string nothing_to_ask(const Subject& subject);

/// Empty: the instance can be used. Else why not, for a skip.
std::string unusable(Bench& bench);

}  // namespace owed::conformance
