#include "formats/camt/detail/checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace owed::formats::camt {
namespace {

/// The statement in a message: several share a file.
std::string name_of(const DraftStatement& statement) {
    return "statement " + (statement.id.empty() ? std::string{"without an id"} : "\"" + statement.id + "\"");
}

bool is_page_of_several(const DraftStatement& statement) {
    const bool first = statement.page.empty() || statement.page == "1" || statement.page == "01";
    return !first || statement.last_page == "false" || statement.last_page == "0";
}

std::optional<ChosenBalances::Chosen> signed_balance(const DraftStatement& statement, const DraftBalance& balance, Findings& findings) {
    if (!balance.amount) {
        findings.grave(statement.where, name_of(statement) + ": the balance " + balance.type + " has no amount");
        return {};
    }
    const bool debit = balance.indicator == "DBIT";
    if (!debit && balance.indicator != "CRDT" && balance.amount->exact != 0) {
        findings.grave(statement.where, name_of(statement) + ": the balance " + balance.type + " does not say credit or debit (CdtDbtInd)");
        return {};
    }
    if (balance.amount->amount.currency.empty())
        findings.grave(statement.where, name_of(statement) + ": the balance " + balance.type + " names no currency of ISO 4217");
    const WrittenAmount amount = debit ? balance.amount->negated() : *balance.amount;
    return ChosenBalances::Chosen{{amount.amount, balance.date}, amount.exact};
}

/// Of several (a statement over days, an account in several currencies) the one of the account's currency and of the
/// first or last day.
const DraftBalance* pick(const DraftStatement& statement, std::string_view type, bool last, bool interim) {
    const DraftBalance* best = nullptr;
    const auto in_account_currency = [&](const DraftBalance& b) {
        return b.amount && !statement.currency.empty() && b.amount->amount.currency == statement.currency;
    };
    for (const DraftBalance& balance : statement.balances) {
        if (balance.type != type || (balance.sub_type == "INTM" && !interim)) continue;
        if (!best || (in_account_currency(balance) && !in_account_currency(*best))) {
            best = &balance;
        } else if (in_account_currency(balance) == in_account_currency(*best) && (last ? !(balance.date < best->date) : balance.date < best->date)) {
            best = &balance;
        }
    }
    return best;
}

const DraftBalance* opening_of(const DraftStatement& statement, bool page) {
    for (const std::string_view type : {"OPBD", "PRCD"}) {
        if (const DraftBalance* found = pick(statement, type, false, page)) return found;
    }
    return page ? pick(statement, "ITBD", false, true) : nullptr;
}

const DraftBalance* closing_of(const DraftStatement& statement, bool page, const DraftBalance* opening) {
    if (const DraftBalance* found = pick(statement, "CLBD", true, page)) return found;
    const DraftBalance* interim = page ? pick(statement, "ITBD", true, true) : nullptr;
    return interim == opening ? nullptr : interim;
}

/// "12" of NbOfNtries; nothing for what is no number.
std::optional<std::uint64_t> number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

/// One stated figure against what was found; the first wrong one is told, with both figures.
class Comparison {
  public:
    void counts(std::string_view what, const std::string& stated, std::uint64_t found) {
        if (stated.empty()) return;
        stated_ = true;
        if (number(stated) != found) differ(what, stated, std::to_string(found));
    }
    void sums(std::string_view what, const std::optional<WrittenAmount>& stated, Nano found) {
        if (!stated) return;
        stated_ = true;
        if (stated->exact != found) differ(what, stated->text, to_text(found));
    }
    bool stated() const { return stated_; }
    const std::string& difference() const { return difference_; }

  private:
    void differ(std::string_view what, const std::string& stated, const std::string& found) {
        if (difference_.empty()) difference_ = std::string{what} + " is stated as " + stated.substr(0, 40) + ", but the entries give " + found;
    }
    bool stated_ = false;
    std::string difference_;
};

Comparison compare(const DraftTotals& totals, const Tally::Sums& sums) {
    Comparison c;
    c.counts("the number of entries", totals.count, sums.count());
    c.sums("the sum of entries", totals.sum, sums.credits.sum + sums.debits.sum);
    c.counts("the number of credits", totals.credit_count, sums.credits.count);
    c.sums("the sum of credits", totals.credit_sum, sums.credits.sum);
    c.counts("the number of debits", totals.debit_count, sums.debits.count);
    c.sums("the sum of debits", totals.debit_sum, sums.debits.sum);
    const Nano net = totals.net_indicator == "DBIT" ? -sums.net() : sums.net();
    if (!totals.net_indicator.empty()) c.sums("the net of entries", totals.net, net);
    return c;
}

}  // namespace

void Tally::add(const BankTransaction& entry, const WrittenAmount& amount) {
    const auto count = [&](Sums& sums) {
        Side& side = amount.exact < 0 ? sums.debits : sums.credits;
        ++side.count;
        side.sum += amount.exact < 0 ? -amount.exact : amount.exact;
    };
    count(all);
    if (entry.status != EntryStatus::booked) return;
    count(booked);
    if (entry.reversal) booked_reversals += amount.exact;
    if (booked.count() > 1 && amount.amount.currency != currency) mixed_currencies = true;
    currency = amount.amount.currency;
}

ChosenBalances choose_balances(const DraftStatement& statement, bool intraday, Findings& findings) {
    const bool page = !intraday && is_page_of_several(statement);
    const DraftBalance* opening = opening_of(statement, page);
    const DraftBalance* closing = closing_of(statement, page, opening);
    ChosenBalances chosen;
    if (opening) chosen.opening = signed_balance(statement, *opening, findings);
    if (closing) chosen.closing = signed_balance(statement, *closing, findings);
    return chosen;
}

Check check_balance(const DraftStatement& statement, const ChosenBalances& balances, const Tally& tally, bool intraday, Findings& findings) {
    if (intraday || !balances.opening || !balances.closing) return Check::absent;
    const std::string& currency = balances.opening->balance.amount.currency;
    const Nano expected = balances.opening->exact + tally.booked.net();
    const Nano closing = balances.closing->exact;
    const bool one_currency = balances.closing->balance.amount.currency == currency && !tally.mixed_currencies &&
                              (tally.booked.count() == 0 || tally.currency == currency);
    if (expected == closing && one_currency) return Check::ok;
    std::string what = name_of(statement) + ": opening " + to_text(balances.opening->exact) + " " + currency + " + booked " + to_text(tally.booked.net()) +
                       (tally.mixed_currencies ? " in several currencies" : " " + tally.currency) + " is not closing " + to_text(closing) + " " +
                       balances.closing->balance.amount.currency;
    // Some German banks fill RvslInd the other way round (OCA bank-statement-import issue 375): said, never flipped.
    if (one_currency && tally.booked_reversals != 0 && expected - 2 * tally.booked_reversals == closing)
        what += "; it would be if the entries marked as reversals had the other sign";
    findings.grave(statement.where, what);
    return Check::broken;
}

Check check_totals(const DraftStatement& statement, const Tally& tally, Findings& findings) {
    const Comparison all = compare(statement.totals, tally.all);
    if (!all.stated() || is_page_of_several(statement)) return Check::absent;  // a page's totals are the whole statement's
    if (all.difference().empty() || compare(statement.totals, tally.booked).difference().empty()) return Check::ok;
    findings.grave(statement.where, name_of(statement) + ": " + all.difference());
    return Check::broken;
}

}  // namespace owed::formats::camt
