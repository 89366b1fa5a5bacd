// The statement of one account in one currency as it grows, and whether its running balances add up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/findings.hpp"
#include "owed/record.hpp"

namespace owed::formats::bank_csv {

/// What a line of balances said: "Opening balance;;1.000,00".
struct StatedBalances {
    std::optional<Amount> opening, closing;
};

class AccountStatement {
  public:
    AccountStatement(StatementAccount account, std::string where) : account_{std::move(account)}, where_{std::move(where)} {}

    const StatementAccount& account() const { return account_; }
    /// One booked, pending or other line, with the balance the file gives after it.
    Status add(BankTransaction entry, const std::optional<Amount>& balance, RecordSink& sink);
    /// The last part, with balances and checks.
    Status close(const StatedBalances& stated, Findings& findings, RecordSink& sink);
    std::uint64_t records() const { return records_; }

  private:
    __extension__ typedef __int128 Wide;  ///< a count of 1e-12 of the currency's unit: no sum of a file leaves it
    struct Step {
        Wide amount = 0;
        std::optional<Wide> balance;
        Amount balance_amount;
        std::string where;
    };
    struct Chain {
        std::size_t breaks = 0, links = 0;
        std::string first_break;   ///< where and what
        std::string what;
    };
    static Wide wide(const Amount& amount);
    static std::string text_of(Wide value);
    Chain walk(bool reverse) const;
    void check_balances(const StatedBalances& stated, Findings& findings);
    void set_ends(bool reverse);
    Status hand_over(bool last, RecordSink& sink);

    StatementAccount account_;
    std::string where_;
    std::vector<BankTransaction> entries_;  ///< of the part that grows
    std::vector<Step> steps_;
    std::optional<Balance> opening_, closing_;
    Check check_ = Check::absent;
    std::uint32_t part_ = 0;
    std::uint64_t records_ = 0;
};

}  // namespace owed::formats::bank_csv
