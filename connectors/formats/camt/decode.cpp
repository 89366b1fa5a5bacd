#include <algorithm>
#include <array>
#include <utility>

#include "formats/camt/camt.hpp"
#include "formats/camt/detail/checks.hpp"
#include "formats/camt/detail/entry.hpp"
#include "formats/camt/detail/fields.hpp"
#include "formats/findings.hpp"
#include "formats/xml/xml.hpp"
#include "owed/currency.hpp"

namespace owed::formats::camt {
namespace {

constexpr std::size_t entries_a_part = 4096;       // format.hpp
constexpr std::size_t details_a_part = 16'384;     // batch entries weigh: a part is cut before it grows with them
constexpr std::size_t details_an_entry = 250'000;  // the largest batches seen have some thousands
constexpr std::size_t text_kept_max = std::size_t{64} << 10;
constexpr int version_newest = 13;

struct Kind {
    std::string_view name, message, statement;
    bool intraday;
};
constexpr std::array kinds{
    Kind{"camt.052", "BkToCstmrAcctRpt", "Rpt", true},
    Kind{"camt.053", "BkToCstmrStmt", "Stmt", false},
    Kind{"camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", true},
};

/// Version 1 adds "V01" to the name.
const Kind* kind_of(std::string_view element) {
    for (const Kind& kind : kinds) {
        if (element.starts_with(kind.message) && (element.size() == kind.message.size() || element[kind.message.size()] == 'V')) return &kind;
    }
    return nullptr;
}

/// "camt.053.001.08" out of "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", or empty.
std::string_view edition_in(std::string_view space) {
    const std::size_t at = space.rfind("camt.05");
    constexpr std::size_t size = std::string_view{"camt.053.001.08"}.size();
    if (at == std::string_view::npos || space.size() - at < size) return {};
    return space.substr(at, size);
}

std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = s.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{} : s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

/// Walks the file: envelope > message > statement > entry > transaction, and hands each statement on in parts.
class Walk final : public xml::Handler {
  public:
    Walk(std::string_view bytes, const Options& options, RecordSink& sink)
        : sink_{sink}, reader_{bytes, options.file_name} { context_.file_name = options.file_name; }

    Result<DecodeReport> run() {
        OWED_TRY_VOID(reader_.run(*this));
        if (!any_message_)
            return fail(Errc::unsupported_format, "the XML holds no bank statement message (camt.052, camt.053 or camt.054)", context_.file_name + ":1:1",
                        "check what kind of file this is");
        return std::move(findings_).report(format_, records_);
    }

    Status start(std::string_view space, std::string_view name, const xml::Attributes& attributes) override;
    Status end(std::string_view name) override;
    Status text(std::string_view piece) override {
        if (scope_ < Scope::statement) return {};
        if (text_.size() + piece.size() > text_kept_max)
            return fail(Errc::input_too_large, "the text of an element is longer than " + std::to_string(text_kept_max) + " bytes", reader_.where());
        text_ += piece;
        return {};
    }

  private:
    enum class Scope : std::uint8_t { envelope, message, statement, entry, transaction };

    void start_message(const Kind& kind, std::string_view space);
    void start_statement();
    void start_inside(std::string_view name, const xml::Attributes& attributes);
    Status fill_leaf();
    Status end_transaction();
    Status end_entry();
    Status end_statement();
    void settle_head();
    void choose();
    BankStatement head() const;
    Status hand_over(BankStatement part);

    RecordSink& sink_;
    xml::Reader reader_;
    Findings findings_;
    EntryContext context_;
    Scope scope_ = Scope::envelope;
    std::vector<std::pair<Scope, std::size_t>> outer_;  // per open element: the scope and path length to return to
    std::string path_, text_, currency_;
    bool leaf_ = false;

    const Kind* kind_ = nullptr;
    std::string format_;
    bool any_message_ = false;
    std::uint64_t statements_in_message_ = 0, records_ = 0;

    DraftStatement statement_;
    ChosenBalances balances_;
    std::size_t balances_seen_ = 0;
    Draft entry_, transaction_;
    std::vector<BankTransaction> details_, entries_;
    std::size_t details_in_part_ = 0;
    Tally tally_;
    std::uint32_t part_ = 0;
    bool head_settled_ = false;
};

Status Walk::start(std::string_view space, std::string_view name, const xml::Attributes& attributes) {
    outer_.emplace_back(scope_, path_.size());
    if (scope_ == Scope::envelope) {
        if (const Kind* kind = kind_of(name)) start_message(*kind, space);
    } else if (scope_ == Scope::message) {
        if (name == kind_->statement) start_statement();
    } else {
        start_inside(name, attributes);
    }
    return {};
}

void Walk::start_message(const Kind& kind, std::string_view space) {
    kind_ = &kind;
    scope_ = Scope::message;
    statements_in_message_ = 0;
    any_message_ = true;
    const std::string_view edition = edition_in(space);
    const std::string format{edition.empty() ? kind.name : edition};
    if (format_.empty()) format_ = format;
    const std::string where = reader_.where();
    if (space.empty()) {
        findings_.warn(where, "the file has no XML namespace, so it does not say which version it is in");
    } else if (edition.empty()) {
        findings_.warn(where, "the XML namespace \"" + std::string{space.substr(0, 80)} + "\" is none of camt.052, camt.053 or camt.054");
    } else if (!edition.starts_with(kind.name)) {
        findings_.warn(where, "the XML namespace says " + std::string{edition} + ", the message is " + std::string{kind.name});
    } else if (const int version = (edition[13] - '0') * 10 + (edition[14] - '0'); version < 1 || version > version_newest) {
        findings_.warn(where, "the version " + std::string{edition} + " is not known here; it was read like the newest one");
    }
}

void Walk::start_statement() {
    scope_ = Scope::statement;
    path_.clear();
    ++statements_in_message_;
    statement_ = {};
    balances_ = {};
    balances_seen_ = 0;
    statement_.line = reader_.line();
    statement_.where = reader_.where();
    tally_ = {};
    part_ = 0;
    details_in_part_ = 0;
    entries_.clear();
    head_settled_ = false;
    context_.intraday = kind_->intraday;
}

void Walk::start_inside(std::string_view name, const xml::Attributes& attributes) {
    text_.clear();
    leaf_ = true;
    currency_ = attributes.find("Ccy");
    if (scope_ == Scope::statement && path_.empty() && name == "Ntry") {
        settle_head();
        scope_ = Scope::entry;
        entry_ = {};
        entry_.line = reader_.line();
        details_.clear();
        return;
    }
    // Version 1 has TxDtls right in the entry.
    if (scope_ == Scope::entry && name == "TxDtls" && (path_.empty() || path_ == "NtryDtls")) {
        scope_ = Scope::transaction;
        path_.clear();
        transaction_ = {};
        transaction_.line = reader_.line();
        return;
    }
    if (name == "Pty") return;  // from version 8 around every party
    if (name.ends_with("Pgntn")) name = "StmtPgntn";  // RptPgntn, NtfctnPgntn
    if (!path_.empty()) path_ += '/';
    path_ += name;
    if (scope_ == Scope::statement) begin(statement_, path_);
    if (scope_ == Scope::transaction) begin(transaction_, path_);
}

Status Walk::end(std::string_view) {
    const auto [outer_scope, outer_path] = outer_.back();
    if (scope_ >= Scope::statement && leaf_) OWED_TRY_VOID(fill_leaf());
    leaf_ = false;
    const Scope ended = scope_;
    if (outer_scope != ended) {
        if (ended == Scope::transaction) OWED_TRY_VOID(end_transaction());
        if (ended == Scope::entry) OWED_TRY_VOID(end_entry());
        if (ended == Scope::statement) OWED_TRY_VOID(end_statement());
        if (ended == Scope::message && statements_in_message_ == 0)
            return fail(Errc::malformed_input, "the message holds no statement (" + std::string{kind_->statement} + ")", reader_.where(),
                        "ask the bank for the complete file");
        // A transaction begins inside NtryDtls or right in its entry; its path was cleared, the entry's is known.
        if (ended == Scope::transaction) path_.assign(outer_path == 0 ? "" : "NtryDtls");
    }
    scope_ = outer_scope;
    if (scope_ >= Scope::statement) path_.resize(std::min(path_.size(), outer_path));
    outer_.pop_back();
    return {};
}

Status Walk::fill_leaf() {
    const Leaf leaf{path_, trimmed(text_), currency_};
    auto taken = scope_ == Scope::statement ? fill(statement_, leaf) : fill(scope_ == Scope::entry ? entry_ : transaction_, leaf);
    if (taken) return {};
    Error error = std::move(taken).error();
    error.where = reader_.where();
    error.what = path_ + ": " + error.what;
    error.advice = "ask the bank for a corrected file";
    return fail(std::move(error));
}

Status Walk::end_transaction() {
    if (details_.size() >= details_an_entry)
        return fail(Errc::input_too_large, "one entry holds more than " + std::to_string(details_an_entry) + " transactions", reader_.where());
    OWED_TRY(BankTransaction detail, finish_detail(transaction_, entry_, context_, findings_));
    details_.push_back(std::move(detail));
    return {};
}

Status Walk::end_entry() {
    OWED_TRY(FinishedEntry entry, finish_entry(entry_, std::exchange(details_, {}), context_, findings_));
    tally_.add(entry.transaction, entry.amount);
    // A full part waits for one more entry: only then is it known not to be the last.
    if (entries_.size() >= entries_a_part || details_in_part_ >= details_a_part) {
        BankStatement part = head();
        part.last = false;
        OWED_TRY_VOID(hand_over(std::move(part)));
    }
    details_in_part_ += entry.transaction.details.size();
    entries_.push_back(std::move(entry.transaction));
    return {};
}

/// The balances stand before the entries, but a file that has some behind them is read too.
void Walk::choose() {
    if (std::exchange(balances_seen_, statement_.balances.size()) == statement_.balances.size()) return;
    balances_ = choose_balances(statement_, kind_->intraday, findings_);
}

/// Once the head is complete: before the first entry, or at the end of a statement that has none.
void Walk::settle_head() {
    if (std::exchange(head_settled_, true)) return;
    if (!statement_.currency.empty() && !find_currency(statement_.currency)) {
        findings_.grave(statement_.where, "the account's currency \"" + statement_.currency.substr(0, 20) + "\" is not one of ISO 4217");
        statement_.currency.clear();
    }
    choose();
    context_.account_currency = statement_.currency;
    std::string account = statement_.iban.empty() ? statement_.other_account : statement_.iban;
    std::erase_if(account, [](char c) { return c == ' '; });
    if (account.empty()) findings_.grave(statement_.where, "the statement names no account");
    context_.own_account = std::move(account);
    if (statement_.copy_or_duplicate == "DUPL") findings_.warn(statement_.where, "the bank marks the statement as a duplicate (CpyDplctInd DUPL)");
}

BankStatement Walk::head() const {
    BankStatement s;
    s.account.iban = statement_.iban;
    std::erase_if(s.account.iban, [](char c) { return c == ' '; });
    s.account.id = statement_.other_account;
    s.account.currency = statement_.currency;
    s.account.bank = !statement_.bic.empty() ? statement_.bic : !statement_.member_id.empty() ? statement_.member_id : statement_.bank_name;
    s.account.name = statement_.name.empty() ? statement_.owner_name : statement_.name;
    s.id = statement_.id;
    s.sequence = statement_.sequence.empty() ? statement_.legal_sequence : statement_.sequence;
    s.from = statement_.from;
    s.to = statement_.to;
    s.intraday = kind_->intraday;
    if (balances_.opening) s.opening = balances_.opening->balance;
    return s;
}

Status Walk::hand_over(BankStatement part) {
    part.part = part_++;
    part.entries = std::exchange(entries_, {});
    details_in_part_ = 0;
    ++records_;
    return sink_.record({std::move(part), {}, context_.file_name + ":" + std::to_string(statement_.line)});
}

Status Walk::end_statement() {
    settle_head();
    choose();
    BankStatement last = head();
    if (balances_.closing) last.closing = balances_.closing->balance;
    last.balance_check = check_balance(statement_, balances_, tally_, kind_->intraday, findings_);
    last.control_totals_check = check_totals(statement_, tally_, findings_);
    return hand_over(std::move(last));
}

}  // namespace

int sniff(std::string_view head, std::string_view) {
    // UTF-16 looks like text with zeros between: take them out and look again.
    std::string narrow;
    if (head.find('\0') != std::string_view::npos) {
        narrow = head;
        std::erase(narrow, '\0');
        head = narrow;
    }
    const std::size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF\xFE\xFF");
    if (first == std::string_view::npos || head[first] != '<') return 0;
    for (const Kind& kind : kinds) {
        if (head.find(kind.message) != std::string_view::npos) return 100;
    }
    if (head.find("camt.05") != std::string_view::npos) return 95;
    if (head.find("<OFX") != std::string_view::npos || head.find("<?OFX") != std::string_view::npos) return 0;
    // Some other XML, or one that begins with a long comment: let it be read or refused as XML, with its place.
    const std::string_view begin = head.substr(first);
    return begin.starts_with("<?xml") || begin.starts_with("<!") ? 40 : 10;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) { return Walk{bytes, options, sink}.run(); }

}  // namespace owed::formats::camt
