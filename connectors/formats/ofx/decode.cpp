#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include "formats/findings.hpp"
#include "formats/ofx/detail/scan.hpp"
#include "formats/ofx/detail/values.hpp"
#include "formats/ofx/ofx.hpp"
#include "formats/text/charset.hpp"
#include "owed/currency.hpp"

namespace owed::formats::ofx {
namespace {

constexpr std::size_t entries_a_part = 4096;  // format.hpp
constexpr std::size_t memos_a_line = 100;
/// What is read of a line; the rest (SIC, PAYEEID, vendors' own) is not kept.
constexpr std::array<std::string_view, 21> line_fields{
    "TRNTYPE",      "DTPOSTED",          "DTTRAN",               "DTAVAIL",         "TRNAMT",           "FITID",           "CORRECTFITID",
    "CORRECTACTION", "CHECKNUM",         "REFNUM",               "NAME",            "EXTDNAME",         "PAYEE/NAME",      "CURRENCY/CURRATE",
    "CURRENCY/CURSYM", "ORIGCURRENCY/CURRATE", "BANKACCTTO/ACCTID", "BANKACCTTO/BANKID", "BANKACCTFROM/ACCTID", "BANKACCTFROM/BANKID", "CCACCTTO/ACCTID"};

struct Field {
    std::string name, value;
    Position at;
};

/// STMTTRN or STMTTRNP while its fields arrive. Sub-aggregates' fields under "CURRENCY/CURSYM"; of repeated ones the first.
struct Line {
    Position at;
    bool pending = false;
    std::vector<Field> fields;  // a dozen: looked through faster than hashed
    std::vector<std::string> memos;

    /// nullptr when the line has no such field.
    const Field* find(std::string_view name) const {
        for (const Field& field : fields) {
            if (field.name == name) return &field;
        }
        return nullptr;
    }
    const std::string& operator[](std::string_view name) const {
        static const std::string nothing;
        const Field* field = find(name);
        return field ? field->value : nothing;
    }
};

struct Statement {
    Position at;
    std::string kind;  ///< STMTRS, CCSTMTRS, INVSTMTRS
    std::string request_id, currency, account, bank;
    std::optional<Date> from, to;
    bool ledger_seen = false;
    std::string ledger_amount;
    Position ledger_at;
    std::optional<Date> ledger_date;
    bool head_settled = false;
    std::vector<BankTransaction> entries;
    std::uint32_t part = 0;
    struct Use {
        std::size_t print = 0, count = 0;
        bool differs = false;
    };
    std::unordered_map<std::string, Use> uses;  ///< per FITID
    std::uint64_t without_id = 0;
};

struct Answer {
    Position at;
    std::string code, severity, message;
};

bool is_statement(std::string_view name) { return name == "STMTRS" || name == "CCSTMTRS" || name == "INVSTMTRS"; }

class Walk final : public Handler {
  public:
    Walk(const Options& options, RecordSink& sink) : file_name_{options.file_name}, sink_{sink} {}

    Result<DecodeReport> run(std::string_view text, const Header& header);
    Findings& findings() { return findings_; }

    Status open(std::string_view aggregate, Position at) override;
    Status field(std::string_view name, std::string value, Position at) override;
    Status close(std::string_view aggregate, Position at) override;
    void oddity(std::string what, Position at) override { findings_.warn(place(file_name_, at), std::move(what)); }

  private:
    tl::unexpected<Error> refuse(Error error, Position at, std::string_view field) const;
    std::optional<Date> date_or_warn(std::string_view name, const std::string& value, Position at);
    void statement_field(std::string_view parent, std::string_view name, std::string value, Position at);
    Status line_field(std::string_view parent, std::string_view name, std::string value, Position at);
    void end_status();
    void settle_head();
    void note_identity(const BankTransaction& entry);
    Result<WrittenAmount> line_amount(const Line& line, const std::string& where);
    Result<BankTransaction> finish(const Line& line);
    Status end_line();
    BankStatement head() const;
    Result<std::optional<Balance>> closing();
    Status hand_over(bool last);
    Status check_end(const std::vector<std::string>& still_open, std::string_view text);

    std::string file_name_;
    RecordSink& sink_;
    Findings findings_;
    std::vector<std::string> path_;
    std::optional<Line> line_;
    std::optional<Statement> statement_;
    std::optional<Answer> answer_;
    std::vector<Answer> errors_;
    std::string request_id_;
    bool root_seen_ = false;
    std::uint64_t statements_ = 0, records_ = 0;
};

tl::unexpected<Error> Walk::refuse(Error error, Position at, std::string_view field) const {
    error.where = place(file_name_, at);
    error.what = std::string{field} + ": " + error.what;
    error.advice = "ask the bank for a corrected file";
    return fail(std::move(error));
}

Status Walk::open(std::string_view aggregate, Position at) {
    root_seen_ = root_seen_ || aggregate == "OFX";
    if (aggregate.ends_with("TRNRS")) request_id_.clear();
    if (aggregate == "STATUS") answer_ = Answer{at, {}, {}, {}};
    if (is_statement(aggregate)) {
        statement_.emplace();
        statement_->at = at;
        statement_->kind = aggregate;
        statement_->request_id = request_id_;
    } else if (statement_ && (aggregate == "STMTTRN" || aggregate == "STMTTRNP")) {
        settle_head();
        line_.emplace();
        line_->at = at;
        line_->pending = aggregate == "STMTTRNP";
    } else if (statement_ && aggregate == "LEDGERBAL") {
        statement_->ledger_seen = true;
        statement_->ledger_at = at;
    }
    path_.emplace_back(aggregate);
    return {};
}

Status Walk::field(std::string_view name, std::string value, Position at) {
    const std::string_view parent = path_.empty() ? std::string_view{} : path_.back();
    if (line_) {
        return line_field(parent, name, std::move(value), at);
    }
    if (answer_ && parent == "STATUS") {
        if (name == "CODE") answer_->code = std::move(value);
        else if (name == "SEVERITY") answer_->severity = std::move(value);
        else if (name == "MESSAGE") answer_->message = std::move(value);
    } else if (name == "TRNUID") {
        request_id_ = std::move(value);
    } else if (statement_) {
        statement_field(parent, name, std::move(value), at);
    }
    return {};
}

Status Walk::line_field(std::string_view parent, std::string_view name, std::string value, Position at) {
    const bool own = parent == "STMTTRN" || parent == "STMTTRNP";
    if (own && (name == "MEMO" || name == "MEMO2")) {
        if (line_->memos.size() >= memos_a_line) return fail(Errc::input_too_large, "the transaction has too many memos", place(file_name_, at));
        line_->memos.push_back(std::move(value));
        return {};
    }
    std::string key = own ? std::string{name} : std::string{parent} + "/" + std::string{name};
    const bool kept = std::find(line_fields.begin(), line_fields.end(), key) != line_fields.end();
    if (kept && !line_->find(key)) line_->fields.push_back({std::move(key), std::move(value), at});
    return {};
}

std::optional<Date> Walk::date_or_warn(std::string_view name, const std::string& value, Position at) {
    if (value.empty()) return {};
    auto date = read_date(value);
    if (date) return *date;
    findings_.warn(place(file_name_, at), std::string{name} + ": " + date.error().what + "; it is left out");
    return {};
}

void Walk::statement_field(std::string_view parent, std::string_view name, std::string value, Position at) {
    Statement& s = *statement_;
    const bool account = parent == "BANKACCTFROM" || parent == "CCACCTFROM" || parent == "INVACCTFROM";
    if (name == "CURDEF" && parent == s.kind) s.currency = std::move(value);
    else if (account && name == "ACCTID") s.account = std::move(value);
    else if (account && (name == "BANKID" || name == "BROKERID")) s.bank = std::move(value);
    else if (parent.ends_with("TRANLIST") && name == "DTSTART") s.from = date_or_warn(name, value, at);
    else if (parent.ends_with("TRANLIST") && name == "DTEND") s.to = date_or_warn(name, value, at);
    else if (parent == "LEDGERBAL" && name == "BALAMT") s.ledger_amount = std::move(value), s.ledger_at = at;
    else if (parent == "LEDGERBAL" && name == "DTASOF") s.ledger_date = date_or_warn(name, value, at);
}

Status Walk::close(std::string_view aggregate, Position) {
    path_.pop_back();
    if (aggregate == "STATUS") end_status();
    if (line_ && (aggregate == "STMTTRN" || aggregate == "STMTTRNP")) return end_line();
    if (statement_ && aggregate == statement_->kind) {
        settle_head();
        OWED_TRY_VOID(hand_over(true));
        statement_.reset();
        ++statements_;
    }
    return {};
}

void Walk::end_status() {
    if (!answer_) return;
    if (answer_->severity == "ERROR") errors_.push_back(*answer_);
    if (answer_->severity == "WARN")
        findings_.warn(place(file_name_, answer_->at), "the bank's answer has a warning: " + answer_->code + " " + answer_->message.substr(0, 200));
    answer_.reset();
}

/// Before the first line, or at the end of a statement without lines.
void Walk::settle_head() {
    Statement& s = *statement_;
    if (std::exchange(s.head_settled, true)) return;
    const std::string where = place(file_name_, s.at);
    if (s.account.empty()) findings_.grave(where, "the statement names no account (ACCTID)");
    if (s.currency.empty()) {
        findings_.grave(where, "the statement names no currency (CURDEF)");
    } else if (!find_currency(s.currency)) {
        findings_.grave(where, "the statement's currency \"" + s.currency.substr(0, 20) + "\" (CURDEF) is not one of ISO 4217");
        s.currency.clear();
    }
}

/// The amount in the line's own currency: CURRENCY says that TRNAMT is in another one than the statement, ORIGCURRENCY
/// only where it came from (OFX 2.3 section 5.2).
Result<WrittenAmount> Walk::line_amount(const Line& line, const std::string& where) {
    const Field* given = line.find("TRNAMT");
    if (!given || given->value.empty())
        return fail(Errc::malformed_input, "the transaction has no amount (TRNAMT)", where, "ask the bank for a corrected file");
    std::string currency = line["CURRENCY/CURSYM"];
    if (currency.empty()) currency = statement_->currency;
    if (!currency.empty() && !find_currency(currency)) {
        findings_.grave(where, "the transaction's currency \"" + currency.substr(0, 20) + "\" is not one of ISO 4217");
        currency.clear();
    }
    auto amount = read_ofx_amount(given->value, currency);
    if (!amount) return refuse(std::move(amount).error(), given->at, "TRNAMT");
    if (amount->rounded)
        findings_.warn(place(file_name_, given->at), "the amount " + amount->text + " has more decimals than " + (currency.empty() ? "are kept" : currency + " has") +
                                                                "; it was rounded half away from zero to " + to_text(amount->amount));
    return amount;
}

std::vector<std::string> lines_of(const std::vector<std::string>& memos) {
    std::vector<std::string> lines;
    for (const std::string& memo : memos) {
        for (std::size_t begin = 0; begin < memo.size();) {
            const std::size_t end = std::min(memo.find('\n', begin), memo.size());
            std::string line = memo.substr(begin, end - begin);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
            begin = end + 1;
        }
    }
    return lines;
}

std::string without_blanks(std::string text) {
    std::erase(text, ' ');
    return text;
}

Party party_of(const Line& line) {
    Party party;
    for (const char* name : {"NAME", "PAYEE/NAME", "EXTDNAME"}) {
        if (party.name.empty()) party.name = line[name];
    }
    for (const char* of : {"BANKACCTTO", "BANKACCTFROM", "CCACCTTO"}) {
        if (!party.account.empty()) break;
        party.account = without_blanks(line[std::string{of} + "/ACCTID"]);
        party.bank = line[std::string{of} + "/BANKID"];
    }
    return party;
}

Result<BankTransaction> Walk::finish(const Line& line) {
    const std::string where = place(file_name_, line.at);
    BankTransaction entry;
    entry.where = file_name_ + ":" + std::to_string(line.at.line);
    OWED_TRY(WrittenAmount amount, line_amount(line, where));
    const char* posted = line.pending ? "DTTRAN" : "DTPOSTED";
    const std::string& posted_text = line[posted];
    if (posted_text.empty()) return fail(Errc::malformed_input, "the transaction has no date (" + std::string{posted} + ")", where, "ask the bank for a corrected file");
    auto date = read_date(posted_text);
    if (!date) return refuse(std::move(date).error(), line.find(posted)->at, posted);
    if (!line.pending) entry.booking_date = *date;
    if (!line["DTAVAIL"].empty()) entry.value_date = date_or_warn("DTAVAIL", line["DTAVAIL"], line.find("DTAVAIL")->at);
    entry.amount = std::move(amount.amount);
    entry.amount_text = std::move(amount.text);
    entry.status = line.pending ? EntryStatus::pending : EntryStatus::booked;
    entry.code = line["TRNTYPE"];
    entry.bank_ref = line["FITID"];
    entry.entry_ref = line["CHECKNUM"].empty() ? line["REFNUM"] : line["CHECKNUM"];
    entry.exchange_rate = line["CURRENCY/CURRATE"].empty() ? line["ORIGCURRENCY/CURRATE"] : line["CURRENCY/CURRATE"];
    entry.counterparty = party_of(line);
    entry.text = lines_of(line.memos);
    if (const std::string& corrected = line["CORRECTFITID"]; !corrected.empty()) {
        entry.reversal = true;
        findings_.grave(where, "the transaction corrects an earlier one (" + corrected.substr(0, 60) + ", " +
                                   (line["CORRECTACTION"].empty() ? "no action given" : line["CORRECTACTION"].substr(0, 20)) + "); a person must decide what stands");
    }
    return entry;
}

/// FITID should be unique in an account and often is not (FORMATS section 2.5): counted, and told once per value.
void Walk::note_identity(const BankTransaction& entry) {
    if (entry.status == EntryStatus::pending) return;
    if (entry.bank_ref.empty()) {
        if (++statement_->without_id == 1)
            findings_.grave(entry.where, "the transaction has no FITID, so a repeated download of it cannot be told from a second payment");
        return;
    }
    std::string content = entry.booking_date ? to_text(*entry.booking_date) : "";
    content += "|" + entry.amount_text + "|" + entry.counterparty.name;
    Statement::Use& use = statement_->uses[entry.bank_ref];
    const std::size_t print = std::hash<std::string>{}(content);
    if (use.count++ == 0) use.print = print;
    use.differs = use.differs || use.print != print;
    if (use.count == 2)
        findings_.warn(entry.where, "the FITID \"" + entry.bank_ref.substr(0, 60) + "\" stands on more than one transaction of the statement" +
                                        (use.differs ? ", with other contents" : ""));
}

Status Walk::end_line() {
    const Line line = std::move(*line_);
    line_.reset();
    OWED_TRY(BankTransaction entry, finish(line));
    note_identity(entry);
    // A full part waits for one more line: only then is it known not to be the last.
    if (statement_->entries.size() >= entries_a_part) OWED_TRY_VOID(hand_over(false));
    statement_->entries.push_back(std::move(entry));
    return {};
}

BankStatement Walk::head() const {
    const Statement& s = *statement_;
    BankStatement record;
    record.account.id = s.account;
    record.account.bank = s.bank;
    record.account.currency = s.currency;
    record.id = s.request_id;
    record.from = s.from;
    record.to = s.to;
    return record;
}

/// LEDGERBAL. An empty one is unknown, not zero.
Result<std::optional<Balance>> Walk::closing() {
    const Statement& s = *statement_;
    if (!s.ledger_seen) return std::optional<Balance>{};
    if (s.ledger_amount.empty()) {
        findings_.grave(place(file_name_, s.ledger_at), "the ledger balance (LEDGERBAL) is empty, so the statement's balance is not known");
        return std::optional<Balance>{};
    }
    auto amount = read_ofx_amount(s.ledger_amount, s.currency);
    if (!amount) return refuse(std::move(amount).error(), s.ledger_at, "LEDGERBAL BALAMT");
    if (amount->rounded) findings_.warn(place(file_name_, s.ledger_at), "the ledger balance " + amount->text + " was rounded half away from zero to " + to_text(amount->amount));
    return std::optional<Balance>{Balance{amount->amount, s.ledger_date}};
}

Status Walk::hand_over(bool last) {
    BankStatement part = head();
    if (last) {
        OWED_TRY(part.closing, closing());
        if (statement_->without_id > 1) findings_.grave(place(file_name_, statement_->at), std::to_string(statement_->without_id) + " transactions have no FITID");
    }
    part.entries = std::exchange(statement_->entries, {});
    part.part = statement_->part++;
    part.last = last;
    ++records_;
    return sink_.record({std::move(part), {}, file_name_ + ":" + std::to_string(statement_->at.line)});
}

/// A file may lack the last wrappers, but not the end of a statement.
Status Walk::check_end(const std::vector<std::string>& still_open, std::string_view text) {
    if (still_open.empty()) return {};
    Position end{1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')), 1};
    const bool wrappers = std::all_of(still_open.begin(), still_open.end(), [](const std::string& name) { return name == "OFX" || name.ends_with("MSGSRSV1"); });
    if (!wrappers)
        return fail(Errc::malformed_input, "the file ends inside <" + still_open.back() + ">", place(file_name_, end), "fetch the file again: it was cut off");
    findings_.grave(place(file_name_, end), "the file ends before </" + still_open.front() + ">: something may be missing");
    return {};
}

Result<DecodeReport> Walk::run(std::string_view text, const Header& header) {
    OWED_TRY(const std::vector<std::string> still_open, scan(text, file_name_, *this));
    if (!root_seen_) return fail(Errc::unsupported_format, "the file has no <OFX>", place(file_name_, {}), "check what kind of file this is");
    OWED_TRY_VOID(check_end(still_open, text));
    for (const Answer& error : errors_) {
        const std::string what = "the bank answered with an error instead of a statement: " + error.code + " " + error.message.substr(0, 200);
        if (statements_ == 0) return fail(Errc::malformed_input, what, place(file_name_, error.at), "ask the bank, or fetch the file again");
        findings_.warn(place(file_name_, error.at), what);
    }
    if (statements_ == 0) findings_.warn(place(file_name_, {}), "the file holds no statement");
    if (!header.found) findings_.warn(place(file_name_, {}), "the file has no OFX header");
    return std::move(findings_).report(header.xml ? "ofx2" : "ofx1", records_);
}

bool is_plain_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\r' || c == '\t'; });
}

std::string_view before_root(std::string_view text) {
    for (const std::string_view root : {"<OFX>", "<OFX ", "<ofx>"}) {
        if (const std::size_t at = text.find(root); at != std::string_view::npos) return text.substr(0, at);
    }
    return text.substr(0, 4096);
}

/// The header's charset is believed only where the bytes do not show their own: it lies often (FORMATS section 2.5).
DecodedText to_utf8(std::string_view bytes, const Options& options, Findings& findings) {
    DecodedText decoded = decode_text(bytes);
    if (decoded.assumed) {
        const Header header = read_header(before_root(bytes));
        const auto named = find_charset(header.charset == "1252" ? "windows-1252" : header.charset);
        if (named && (*named == Charset::windows_1252 || *named == Charset::cp852)) {
            decoded = decode_text_as(bytes, *named);
            decoded.assumed = false;
        }
    }
    for (Warning& warning : charset_warnings(decoded, options.file_name)) findings.warn(std::move(warning.where), std::move(warning.what));
    return decoded;
}

}  // namespace

int sniff(std::string_view head, std::string_view file_name) {
    std::string narrow;
    if (head.find('\0') != std::string_view::npos) {
        narrow = head;
        std::erase(narrow, '\0');
        head = narrow;
    }
    const std::size_t header = head.find("OFXHEADER");
    if (header != std::string_view::npos && header < 2048) return 100;
    if (head.find("<OFX>") != std::string_view::npos || head.find("<ofx>") != std::string_view::npos || head.find("<OFX ") != std::string_view::npos) return 90;
    return file_name.ends_with(".ofx") || file_name.ends_with(".qfx") || file_name.ends_with(".OFX") || file_name.ends_with(".QFX") ? 50 : 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) {
    Walk walk{options, sink};
    if (is_plain_ascii(bytes)) return walk.run(bytes, read_header(before_root(bytes)));
    const DecodedText decoded = to_utf8(bytes, options, walk.findings());
    return walk.run(decoded.text, read_header(before_root(decoded.text)));
}

}  // namespace owed::formats::ofx
