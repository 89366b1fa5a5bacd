// One pass over an artifact's records: each goes to a command of the domain and ends as applied, duplicate, rejected,
// ignored or waiting. Used inside the transaction that takes the artifact.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "intake/intake.hpp"

namespace owed::intake::detail {

enum class Fate { applied, duplicate, rejected, ignored };

struct Counts {
    std::int64_t records = 0, applied = 0, duplicates = 0, rejected = 0, ignored = 0;
    void count(Fate fate);
};

/// Something about a record that a person should see although it was taken.
using Notes = std::vector<Warning>;

struct Source {
    std::string connector, entity, artifact_name;
    ArtifactId artifact{};
};

/// Routes records; one per artifact. An Error is fatal for the whole artifact; what is wrong with one ERP row becomes a
/// RejectedRow instead.
class Router {
  public:
    Router(store::Tx& tx, const ledger::Context& ledger, const Source& source);

    Status route(const Record& record);

    Counts counts;
    Notes notes;
    std::vector<RejectedRow> rejected;
    bool money_moved = false;        ///< something that may let a waiting receipt find its item

  private:
    Result<Fate> customer(const Customer& customer);
    Result<Fate> document(const ArDocument& document, const std::string& where);
    Result<Fate> known_document(const ledger::Item& item, const ArDocument& document, Money amount, const std::string& where);
    Result<Fate> payment(const ErpPayment& payment, const std::string& where);
    Result<Fate> statement(const BankStatement& statement);
    Result<Fate> agency(const AgencyUpdate& update);
    Status line(const ledger::BankAccount& account, const BankTransaction& entry);
    Result<std::string> entity_for(const std::string& named) const;
    Result<Money> money(const std::optional<Amount>& amount, const ledger::Entity& entity, std::string_view field) const;
    void note(const std::string& where, std::string what);

    store::Tx& tx_;
    const ledger::Context& ledger_;
    const Source& source_;
    std::map<std::string, int> twins_;   ///< how often the same line stood in this artifact so far
    std::optional<std::int64_t> statement_;   ///< row of the statement whose parts are coming in
};

/// What speaks against posting a statement without a person, although the file itself is sound: not our account, another
/// currency, an opening that is not the last closing, the same statement in another form. Empty: nothing.
std::vector<Warning> objections(store::Db& db, const ledger::Books& books, const Source& source, const BankStatement& statement);

/// The identity of a bank line: account, booking date, amount and the bank's reference, or the content when it gives none
/// (FORMATS section 1); without the ordinal among identical ones.
std::string line_key(const std::string& account, const BankTransaction& line);

}  // namespace owed::intake::detail
