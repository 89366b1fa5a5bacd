// A connector that decodes by a table from bytes to records, and short ways to write records. For tests only.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "intake/intake.hpp"
#include "ledger/test_company.hpp"

namespace owed::intake {

/// Hands over what lies in `inbox` and reads it as `files` says. The bytes "bad" are refused.
class FakeConnector : public Connector {
  public:
    struct File {
        std::vector<Record> records;
        DecodeReport report = {};
    };
    explicit FakeConnector(std::string name = "house-bank", std::string entity = "emea")
        : name_{std::move(name)}, entity_{std::move(entity)} {}

    std::map<std::string, File> files;                 ///< by bytes
    std::vector<ArrivedArtifact> inbox;
    std::vector<ArtifactFate> fates;                   ///< of the last read
    std::vector<std::string> decoded;                  ///< bytes, each time
    Status around = {};                                ///< what decode answers instead, when it is an Error
    InstanceReport shown;                              ///< what report answers

    /// A file whose bytes are its name.
    void arrives(const std::string& file, std::vector<Record> records, DecodeReport report = {}) {
        report.records = records.size();
        files[file] = {std::move(records), std::move(report)};
        inbox.push_back({file, file});
    }

    const std::string& name() const override { return name_; }
    const std::string& entity() const override { return entity_; }
    bool has(std::string_view kind) const override { return kind != "sender"; }
    Status check() override { return {}; }
    Status read(const ReadRequest& request, ReadTarget& target) override {
        fates.clear();
        cursor_seen = request.cursor;
        for (const auto& artifact : std::exchange(inbox, {})) {
            OWED_TRY(auto fate, target.artifact(artifact));
            fates.push_back(fate);
        }
        return target.commit(request.cursor + "+", {{"files", std::to_string(fates.size())}});
    }
    Result<DecodeReport> decode(std::string_view file_name, std::string_view bytes, std::string_view, std::string_view,
                                RecordSink& sink) override {
        decoded.emplace_back(bytes);
        if (!around) return fail(around.error());
        const auto at = files.find(std::string{bytes});
        if (at == files.end()) return fail(Errc::malformed_input, "no statement begins here", std::string{file_name} + ":1:1");
        for (const auto& record : at->second.records) OWED_TRY_VOID(sink.record(record));
        return at->second.report;
    }
    Result<SendReceipt> send(const Delivery&) override { return fail(Errc::unsupported, "sends nothing"); }
    Result<std::optional<SendReceipt>> lookup(std::string_view) override { return std::optional<SendReceipt>{}; }
    InstanceReport report() const override { return shown; }

    std::string cursor_seen;

  private:
    std::string name_, entity_;
};

inline Amount amount(std::string_view text) { return Amount::of(ledger::money(text)); }

inline Record customer_record(const std::string& number, const std::string& name, std::vector<std::string> accounts = {}) {
    Customer customer;
    customer.number = number;
    customer.name = name;
    customer.email = number + "@customer.example";
    customer.language = "de";
    customer.accounts = std::move(accounts);
    return {customer, {}, "customers.csv:2"};
}

inline Record document_record(ArDocument::Kind kind, const std::string& number, const std::string& customer, std::string_view gross,
                              std::string_view date, std::string_view due) {
    ArDocument document;
    document.kind = kind;
    document.number = number;
    document.customer = customer;
    document.document_date = ledger::day(date);
    document.due_date = ledger::day(due);
    document.amount = amount(gross);
    return {document, {}, "invoices.csv:2"};
}
inline Record invoice_record(const std::string& number, const std::string& customer, std::string_view gross,
                             std::string_view date = "2026-02-01", std::string_view due = "2026-03-03") {
    return document_record(ArDocument::Kind::invoice, number, customer, gross, date, due);
}

/// Money in (or out, with a minus) on one day.
inline BankTransaction bank_line(std::string_view date, std::string_view signed_amount, std::string text = {},
                                 std::string payer_account = {}, std::string bank_ref = {}) {
    BankTransaction line;
    line.booking_date = ledger::day(date);
    line.value_date = ledger::day(date);
    line.amount = amount(signed_amount);
    line.counterparty = {"Somebody", std::move(payer_account), {}};
    if (!text.empty()) line.text = {std::move(text)};
    line.bank_ref = std::move(bank_ref);
    line.where = "statement:1";
    return line;
}

/// A statement of the first bank account of emea; the closing balance is what the lines make of the opening one.
inline BankStatement statement_of(const std::string& id, std::string_view from, std::string_view to, std::string_view opening,
                                  std::vector<BankTransaction> lines) {
    BankStatement statement;
    statement.account.iban = "DE89370400440532013000";
    statement.account.currency = "EUR";
    statement.id = id;
    statement.from = ledger::day(from);
    statement.to = ledger::day(to);
    statement.opening = Balance{amount(opening), ledger::day(from)};
    auto closing = *statement.opening;
    for (const auto& line : lines) closing.amount.units += line.amount->units;
    closing.date = ledger::day(to);
    statement.closing = closing;
    statement.entries = std::move(lines);
    return statement;
}
inline Record statement_record(BankStatement statement) { return {std::move(statement), {}, "feb.mt940:1"}; }

}  // namespace owed::intake
