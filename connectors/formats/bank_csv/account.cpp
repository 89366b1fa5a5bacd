#include "formats/bank_csv/account.hpp"

#include <algorithm>

namespace owed::formats::bank_csv {
namespace {
constexpr std::size_t part_entries = 4096;
constexpr int wide_digits = 12;
}  // namespace

AccountStatement::Wide AccountStatement::wide(const Amount& amount) {
    Wide value = amount.units;
    for (int d = amount.digits; d < wide_digits; ++d) value *= 10;
    return value;
}

std::string AccountStatement::text_of(Wide value) {
    bool negative = value < 0;
    if (negative) value = -value;
    std::string digits;
    for (int i = 0; i <= wide_digits || value > 0; ++i) {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    }
    digits.insert(digits.end() - wide_digits, '.');
    while (digits.back() == '0' && digits[digits.size() - 3] != '.') digits.pop_back();
    return (negative ? "-" : "") + digits;
}

Status AccountStatement::add(BankTransaction entry, const std::optional<Amount>& balance, RecordSink& sink) {
    if (entry.status == EntryStatus::booked) {
        Step step{wide(*entry.amount), {}, {}, entry.where};
        if (balance) {
            step.balance = wide(*balance);
            step.balance_amount = *balance;
        }
        steps_.push_back(std::move(step));
    }
    entries_.push_back(std::move(entry));
    if (entries_.size() < part_entries) return {};
    return hand_over(false, sink);
}

/// Files run from old to new or from new to old; a balance stands after its line either way. Lines without a balance (some
/// banks give one a day) are summed up to the next one that has it.
AccountStatement::Chain AccountStatement::walk(bool reverse) const {
    Chain chain;
    std::optional<Wide> running;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& step = steps_[reverse ? steps_.size() - 1 - i : i];
        if (running) *running += step.amount;
        if (!step.balance) continue;
        if (running) {
            ++chain.links;
            if (*running != *step.balance) {
                if (chain.breaks++ == 0) {
                    chain.first_break = step.where;
                    chain.what = "the balance after this line is " + text_of(*step.balance) + ", by the lines before it " + text_of(*running);
                }
            }
        }
        running = step.balance;
    }
    return chain;
}

/// The balance before the oldest line and after the newest.
void AccountStatement::set_ends(bool reverse) {
    const Step& oldest = reverse ? steps_.back() : steps_.front();
    const Step& newest = reverse ? steps_.front() : steps_.back();
    if (newest.balance) closing_ = Balance{newest.balance_amount, {}};
    if (!oldest.balance) return;
    Wide before = *oldest.balance - oldest.amount;
    Amount opening = oldest.balance_amount;
    for (int d = opening.digits; d < wide_digits; ++d) {
        if (before % 10 != 0) return;  // the amount has more decimals than the balance: not to be said in its digits
        before /= 10;
    }
    opening.units = static_cast<std::int64_t>(before);
    opening_ = Balance{opening, {}};
}

void AccountStatement::check_balances(const StatedBalances& stated, Findings& findings) {
    Chain forward = walk(false), backward = walk(true);
    if (forward.links > 0) {
        bool reverse = forward.breaks > 0 && backward.breaks < forward.breaks;
        const Chain& chain = reverse ? backward : forward;
        check_ = chain.breaks == 0 ? Check::ok : Check::broken;
        if (chain.breaks == 0) set_ends(reverse);
        else findings.grave(chain.first_break, chain.what);
    }
    auto agree = [&](const std::optional<Amount>& said, std::optional<Balance>& found, const char* which) {
        if (!said) return;
        if (found && wide(found->amount) != wide(*said)) {
            check_ = Check::broken;
            findings.grave(where_, std::string{"the file says "} + which + " balance " + to_text(*said) + ", its running balances say " + to_text(found->amount));
        }
        found = Balance{*said, {}};
    };
    agree(stated.opening, opening_, "opening");
    agree(stated.closing, closing_, "closing");
    if (!stated.opening || !stated.closing) return;
    Wide sum = wide(*stated.opening);
    for (const Step& step : steps_) sum += step.amount;
    if (sum == wide(*stated.closing)) {
        if (check_ == Check::absent) check_ = Check::ok;
        return;
    }
    check_ = Check::broken;
    findings.grave(where_, "opening balance " + to_text(*stated.opening) + " and the entries make " + text_of(sum) + ", the closing balance says " + to_text(*stated.closing));
}

Status AccountStatement::close(const StatedBalances& stated, Findings& findings, RecordSink& sink) {
    check_balances(stated, findings);
    return hand_over(true, sink);
}

Status AccountStatement::hand_over(bool last, RecordSink& sink) {
    BankStatement statement;
    statement.account = account_;
    statement.entries = std::move(entries_);
    entries_.clear();
    statement.part = part_++;
    statement.last = last;
    if (last) {
        statement.opening = opening_;
        statement.closing = closing_;
        statement.balance_check = check_;
    }
    Record record;
    record.body = std::move(statement);
    record.where = where_;
    ++records_;
    return sink.record(std::move(record));
}

}  // namespace owed::formats::bank_csv
