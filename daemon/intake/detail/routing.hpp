// One pass over an artifact's records: each goes to a command of the domain and ends as applied, duplicate, rejected,
// ignored or waiting. Used inside the transaction that takes the artifact.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "intake/intake.hpp"
#include "ledger/instalments.hpp"

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
    const PaymentTerms* terms = nullptr;
};

/// Routes records; one per artifact. An Error is fatal for the whole artifact; what is wrong with one ERP row becomes a
/// RejectedRow instead.
class Router {
  public:
    /// `by`: who brings the artifact; kept.
    Router(store::Tx& tx, const ledger::Context& ledger, const Source& source, const cash::Settings& cash, const audit::Actor& by);

    Status route(const Record& record);
    /// After the last record: receipts find their items.
    Status finish();

    Counts counts;
    Notes notes;
    std::vector<RejectedRow> rejected;
    bool money_moved = false;        ///< something that may let a waiting receipt find its item

  private:
    Result<Fate> customer(const Customer& customer);
    Result<Fate> document(const ArDocument& document, const std::string& where);
    /// Due dates, discounts and what else payers may take, into the posting; and its parts when it falls due in several.
    Result<std::vector<ledger::Instalment>> fall_due(const ArDocument& document, const ledger::Entity& entity, CustomerId customer,
                                                     ledger::PostDocument& posting, const std::string& where);
    Result<std::vector<ledger::PostedItem>> post(const ArDocument& document, const ledger::Entity& entity, const ledger::PostDocument& posting,
                                                 const std::vector<ledger::Instalment>& parts, const std::string& where);
    Result<Fate> known_document(const std::vector<ledger::Item>& items, const ArDocument& document, Money amount, const std::string& where);
    Result<Fate> payment(const ErpPayment& payment, const std::string& where);
    Result<Fate> statement(const BankStatement& statement);
    Result<Fate> agency(const AgencyUpdate& update);
    Result<ledger::AgencyCollected> collected_by(const AgencyUpdate& update, const ledger::Entity& entity) const;
    Result<Fate> contact(const Contact& contact);
    Result<Fate> order(const SalesOrder& order, const std::string& external_id);
    Result<Fate> advice(const RemittanceAdvice& said);
    Result<Fate> answer(const ReceiptAnswer& answer);
    Result<Fate> rate(const FxRate& rate);
    Result<Fate> rate(const ReferenceRate& rate);
    Status line(const ledger::BankAccount& account, const BankTransaction& entry);
    Status left(const cash::NewReturn& payment);
    Status returned(const cash::NewReturn& payment, const std::string& where);
    Result<std::string> entity_for(const std::string& named) const;
    Result<Money> money(const std::optional<Amount>& amount, const ledger::Entity& entity, std::string_view field) const;
    void note(const std::string& where, std::string what);
    Result<Fate> fate_of(const Record& record);
    std::int64_t statement_row(const ledger::BankAccount& account, const BankStatement& statement);

    store::Tx& tx_;
    const ledger::Context& ledger_;
    const Source& source_;
    const cash::Settings& cash_;
    cash::Arrivals arrivals_;            ///< its receipts, some of them not posted yet
    bool receipts_came_ = false;
    std::map<std::string, int> twins_;   ///< how often the same line stood in this statement so far
    std::vector<std::int64_t> statements_;    ///< rows that this pass wrote or wrote again
    std::optional<std::int64_t> statement_;   ///< row of the statement whose parts are coming in
};

/// A statement's place in its account: the days it covers and its balances in minor units.
struct Extent {
    std::string account, statement;          ///< the account as the books name it; the statement's own id
    std::optional<Date> first, last;
    bool first_is_the_openings = false;      ///< nothing tells the first day but the opening balance, which MT940 dates by the day before
    std::optional<std::int64_t> opening, closing;
    bool has_entries = false;
};

/// What speaks against posting the statements of one file without a person, although the file itself is sound: not our
/// account, another currency, an opening that is not the closing before it, the same statement in another form.
class Objections {
  public:
    Objections(store::Db& db, const ledger::Books& books, const Source& source) : db_{db}, books_{books}, source_{source} {}
    /// Each statement of the file, in order; large ones part by part.
    void see(const BankStatement& part);
    std::vector<Warning> found;

  private:
    void begin(const BankStatement& statement);
    void taken_in_another_form(const Extent& extent);
    void not_the_closing_before(const Extent& extent);
    std::vector<Extent> known(const std::string& account) const;
    void object(std::string what);

    store::Db& db_;
    const ledger::Books& books_;
    const Source& source_;
    std::optional<Extent> current_;          ///< the statement whose parts come in, when its account is ours
    std::string where_;
    std::vector<Extent> in_file_;            ///< statements seen before it
};

/// The identity of a bank line: account, booking date, amount and the bank's reference, or the content when it gives none
/// (FORMATS section 1); without the ordinal among identical ones.
std::string line_key(const std::string& account, const BankTransaction& line);

}  // namespace owed::intake::detail
