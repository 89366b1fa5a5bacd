// A bank's file of receipts onto the book of book.hpp, made line by line as it is read, so that the file itself takes no memory.
// Receipts as most are: four of five name what they pay.
#pragma once

#include "book.hpp"
#include "cash/decision.hpp"
#include "owed/hosts.hpp"

namespace owed::bench {

/// The i-th line for a book of `items` invoices: of twenty, fourteen name their invoice, two only its digits, one names nothing
/// but pays an open amount, one pays two invoices, one a part of a named one, and one comes from nobody
/// known. Two lines never pay the same invoice; there are at most items / 2 of them.
BankTransaction bank_line(int i, int items);

class BankFile : public Connector {
  public:
    BankFile(int lines, int items) : lines_{lines}, items_{items} {}

    const std::string& name() const override { return name_; }
    const std::string& entity() const override { return entity_; }
    bool has(std::string_view kind) const override { return kind != "sender"; }
    Status check() override { return {}; }
    Status read(const ReadRequest& request, ReadTarget& target) override;
    Result<DecodeReport> decode(std::string_view file_name, std::string_view bytes, std::string_view format, std::string_view profile,
                                RecordSink& sink) override;
    Result<SendReceipt> send(const Delivery&) override { return fail(Errc::unsupported, "sends nothing"); }
    Result<std::optional<SendReceipt>> lookup(std::string_view) override { return std::optional<SendReceipt>{}; }
    InstanceReport report() const override { return {}; }

    /// When the last pass over the file began, which posts.
    std::chrono::steady_clock::time_point last_pass;

  private:
    int lines_, items_;
    std::string name_ = "house-bank", entity_ = "emea";
};

}  // namespace owed::bench
