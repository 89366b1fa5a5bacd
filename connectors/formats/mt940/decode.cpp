#include <algorithm>
#include <limits>

#include "formats/mt940/details.hpp"
#include "formats/mt940/fields.hpp"
#include "formats/mt940/mt940.hpp"
#include "formats/mt940/values.hpp"
#include "formats/text/charset.hpp"
#include "owed/reference.hpp"

namespace owed::formats::mt940 {
namespace {

constexpr std::size_t entries_per_part = 4096;

/// Amounts of different digits added exactly: everything in 10^-8.
using Wide = __int128;
Wide widened(const Amount& amount) {
    Wide value = amount.units;
    for (int digits = amount.digits; digits < 8; ++digits) value *= 10;
    return value;
}

/// The closing balance of a page that is to be continued, to hold against the next page's opening balance.
struct OpenPage {
    std::string account, number;
    Amount closing;
};

/// One message to one statement.
class MessageReader {
  public:
    MessageReader(const Message& message, std::string_view file, DecodeReport& report, RecordSink& sink, std::optional<OpenPage>& page)
        : message_{message}, file_{file}, report_{report}, sink_{sink}, page_{page} {}

    Status run() {
        statement_.intraday = is_interim_report();
        OWED_TRY_VOID(read_head());
        for (const Field& field : message_.fields) OWED_TRY_VOID(read(field));
        finish_entry();
        check_mandatory();
        check_balance();
        check_page();
        if (statement_.intraday) check_control_totals();
        return emit_last();
    }
    bool is_interim_report() const {
        if (message_.type == "942") return true;
        if (message_.type == "940" || find("60F") || find("60M") || find("62F") || find("62M")) return false;
        return find("34F") || find("13D") || find("13") || find("90D") || find("90C");
    }

  private:
    const Field* find(std::string_view tag) const {
        for (const Field& field : message_.fields)
            if (field.tag == tag) return &field;
        return nullptr;
    }
    const Field* find(std::string_view first, std::string_view second) const {
        const Field* found = find(first);
        return found ? found : find(second);
    }

    // ---- the head: account, number, currency ----

    Status read_head() {
        if (const Field* field = find("20")) statement_.id = trimmed(field->value);
        if (const Field* field = find("28C", "28")) {
            const std::string_view value = std::string_view{field->value}.substr(0, field->value.find("\n:"));  // no unknown field
            for (const char c : value)  // ING breaks it in two
                if (c != '\n' && c != ' ') statement_.sequence += c;
        }
        if (const Field* field = find("25", "25P")) read_account(*field);
        if (statement_.account.bank.empty()) statement_.account.bank = message_.sender;
        opening_field_ = find("60F", "60M");
        closing_field_ = find("62F", "62M");
        const std::string named = currency_of_balance();
        if (!named.empty()) statement_.account.currency = named;
        check_currency();
        return {};
    }
    void read_account(const Field& field) {
        const std::string value = one_line(lines_of(field.value)[0]);
        StatementAccount& account = statement_.account;
        std::string number = value;
        // A currency may be tacked on: "NL08DEUT0319809633EUR", "UBRTHUHB/1234.../HUF".
        if (number.size() > 6 && std::all_of(number.end() - 3, number.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
            kind_of_currency(number.substr(number.size() - 3)) == CurrencyKind::current) {
            std::string front = number.substr(0, number.size() - 3);
            while (front.ends_with('/') || front.ends_with(' ')) front.pop_back();
            if (looks_like_iban(front) || number[number.size() - 4] == '/' || number[number.size() - 4] == ' ') {
                account.currency = number.substr(number.size() - 3);
                number = front;
            }
        }
        const std::size_t slash = number.find('/');
        const std::string tail = slash == std::string::npos ? number : number.substr(slash + 1);
        if (slash != std::string::npos) account.bank = number.substr(0, slash);
        if (const auto iban = parse_reference(Scheme::iban, tail)) account.iban = iban->normalised;
        else account.id = value;
    }
    std::string currency_of_balance() const {
        auto letters = [](std::string_view s) {
            return s.size() >= 3 && std::all_of(s.begin(), s.begin() + 3, [](char c) { return c >= 'A' && c <= 'Z'; }) ? std::string{s.substr(0, 3)} : std::string{};
        };
        for (const Field* field : {opening_field_, closing_field_}) {
            if (!field) continue;
            const std::string_view value = trimmed(field->value);
            if (value.size() > 7 && !letters(trimmed(value.substr(7))).empty()) return letters(trimmed(value.substr(7)));
        }
        if (const Field* floor = find("34F")) return letters(trimmed(floor->value));
        if (const Field* sum = find("90D", "90C")) {
            std::string_view value = trimmed(sum->value);
            while (!value.empty() && value[0] >= '0' && value[0] <= '9') value.remove_prefix(1);
            return letters(value);
        }
        return {};
    }
    void check_currency() {
        const std::string& currency = statement_.account.currency;
        const Field& where = opening_field_ ? *opening_field_ : message_.fields.front();
        if (currency.empty()) {
            warn(where, "the message does not name its currency");
            return;
        }
        switch (kind_of_currency(currency)) {
            case CurrencyKind::current: return;
            case CurrencyKind::withdrawn: return warn(where, "currency " + currency + " was withdrawn; its amounts are read with the decimals they have");
            case CurrencyKind::unknown: return grave(where, "\"" + currency + "\" is no currency of ISO 4217");
        }
    }

    // ---- fields in their order ----

    Status read(const Field& field) {
        if (field.tag == "61") return read_entry(field);
        if (field.tag == "86" && in_entry_) told_.infos.push_back(field.value);
        if (field.tag == "NS") {
            if (in_entry_) told_.ns += (told_.ns.empty() ? "" : "\n") + field.value;
            else set_if_empty(statement_.account.name, account_name_of_ns(field.value));
        }
        if (field.tag == "60F" || field.tag == "60M") read_balance_field(field, statement_.opening);
        if (field.tag == "62F" || field.tag == "62M") {
            finish_entry();  // an 86 behind the closing balance is about the statement
            read_balance_field(field, statement_.closing);
        }
        if (field.tag == "64" || field.tag == "65" || field.tag.starts_with("90")) finish_entry();
        return {};
    }

    void read_balance_field(const Field& field, std::optional<Balance>& balance) {
        if (balance) return grave(field, "a second field :" + field.tag + ": in one message; the first one counts");
        std::string_view first = lines_of(field.value)[0];
        auto read = read_balance(first, statement_.account.currency);
        if (!read) {
            std::string joined;
            for (const char c : field.value)
                if (c != '\n') joined += c;
            read = read_balance(joined, statement_.account.currency);
        }
        if (!read) {
            grave(field, "field :" + field.tag + ": " + read.error().what);
            return;
        }
        balance = read->balance;
        if (read->impossible_date) grave(field, "there is no date " + std::string{trimmed(first).substr(1, 6)});
        if (read->odd_currency) warn(field, "the balance writes \"" + std::string{first.substr(0, 20)} + "\", read as currency " + balance->amount.currency);
        if (read->excess) grave(field, "the balance has more decimals than " + balance->amount.currency + " has");
        if (balance->amount.currency != statement_.account.currency)
            grave(field, "the balance is in " + balance->amount.currency + ", the statement in " + statement_.account.currency);
    }

    Status read_entry(const Field& field) {
        finish_entry();
        auto read = read_statement_line(field.value);
        if (!read) {
            Error error = std::move(read).error();
            error.where = std::string{file_} + ":" + std::to_string(field.line) + ":" + std::to_string(field.column + std::stoul(error.where) - 1);
            return fail(std::move(error));
        }
        const StatementLine& line = *read;
        auto amount = read_amount(line.amount, statement_.account.currency);
        if (!amount) {
            Error error = std::move(amount).error();
            error.where = field.where(file_);
            error.advice = "ask the bank to send the file again";
            return fail(std::move(error));
        }
        BankTransaction t;
        t.where = std::string{file_} + ":" + std::to_string(field.line);
        const ReadDate value = read_date(line.value_date);
        const ReadDate booked = read_entry_date(line.entry_date, value.date);
        t.value_date = value.date;
        t.booking_date = booked.date;
        if (value.impossible) grave(field, "there is no value date " + line.value_date);
        if (booked.impossible) grave(field, "there is no entry date " + line.entry_date);
        // C and the reversal of a debit bring money in.
        const bool money_in = line.mark == "C" || line.mark == "RD" || line.mark == "EC";
        t.amount = amount->amount;
        if (!money_in) t.amount->units = -t.amount->units;
        t.amount_text = line.amount;
        t.reversal = line.mark[0] == 'R';
        if (line.mark[0] == 'E') t.status = EntryStatus::pending;  // expected credit or debit
        if (amount->excess) grave(field, "amount " + line.amount + " has more decimals than " + statement_.account.currency + " has");
        t.code = line.type;
        t.entry_ref = line.customer_ref;
        t.bank_ref = line.bank_ref;
        if (t.status == EntryStatus::booked) movement_ += widened(*t.amount);
        told_ = {};
        told_.supplementary = line.supplementary;
        told_.bank = statement_.account.bank.empty() ? message_.sender : statement_.account.bank;
        current_ = std::move(t);
        in_entry_ = true;
        return make_room();
    }
    void finish_entry() {
        if (!in_entry_) return;
        in_entry_ = false;
        tell(current_, told_);
        statement_.entries.push_back(std::move(current_));
    }
    Status make_room() {
        if (statement_.entries.size() < entries_per_part) return {};
        BankStatement part = statement_;
        part.closing.reset();
        part.last = false;
        statement_.entries.clear();
        ++statement_.part;
        return emit(std::move(part));
    }

    // ---- checks ----

    void check_mandatory() {
        auto require = [&](const Field* field, const char* tag) {
            if (!field) grave(message_.fields.front(), std::string{"the message has no field :"} + tag + ":; it is cut off or not whole");
        };
        require(find("25", "25P"), "25");
        if (statement_.intraday) return;
        require(opening_field_, "60F");
        require(closing_field_, "62F");
    }
    void check_balance() {
        if (!statement_.opening || !statement_.closing) return;
        const Wide expected = widened(statement_.opening->amount) + movement_, stated = widened(statement_.closing->amount);
        statement_.balance_check = expected == stated ? Check::ok : Check::broken;
        if (expected == stated) return;
        grave(*closing_field_, "the balance does not add up: opening " + to_text(statement_.opening->amount) + " and entries of " + text_of(movement_) + " make " +
                                   text_of(expected) + ", the closing balance says " + to_text(statement_.closing->amount));
    }
    std::string text_of(Wide value) const {
        std::uint8_t digits = 8;
        while (digits > 2 && value % 10 == 0) {
            value /= 10;
            --digits;
        }
        constexpr Wide limit = std::numeric_limits<std::int64_t>::max();
        return value > limit || value < -limit ? "more than can be shown" : minor_to_text(static_cast<std::int64_t>(value), digits);
    }
    /// A page that says it is interim (:62M:) is continued by one that begins with the same balance (:60M:).
    void check_page() {
        const std::string account = statement_.account.iban.empty() ? statement_.account.id : statement_.account.iban;
        const std::string number = statement_.sequence.substr(0, statement_.sequence.find('/'));
        if (page_ && opening_field_ && opening_field_->tag == "60M" && statement_.opening && page_->account == account && page_->number == number &&
            widened(page_->closing) != widened(statement_.opening->amount))
            grave(*opening_field_, "the page begins with " + to_text(statement_.opening->amount) + ", the page before it ended with " + to_text(page_->closing));
        page_.reset();
        if (closing_field_ && closing_field_->tag == "62M" && statement_.closing) page_ = OpenPage{account, number, statement_.closing->amount};
    }
    /// 90D and 90C state number and sum. Banks also count there what lies under the floor limit of 34F or was reported
    /// earlier in the day, so only agreement proves anything.
    void check_control_totals() {
        struct Side {
            Wide total = 0;
            std::size_t count = 0;
        } credits, debits;
        for (const BankTransaction& entry : statement_.entries) {
            Side& side = entry.amount->units >= 0 ? credits : debits;
            ++side.count;
            side.total += entry.amount->units >= 0 ? widened(*entry.amount) : -widened(*entry.amount);
        }
        bool all = true, any = false;
        for (const Field& field : message_.fields) {
            if (!field.tag.starts_with("90")) continue;
            any = true;
            const std::string_view value = trimmed(field.value);
            std::size_t digits = 0;
            while (digits < value.size() && value[digits] >= '0' && value[digits] <= '9') ++digits;
            const auto sum = amount_with_currency(value.substr(digits));
            const Side& side = field.tag == "90C" ? credits : debits;
            all &= sum && value.substr(0, digits) == std::to_string(side.count) && side.total == widened(*sum);
        }
        if (any && all && statement_.part == 0) statement_.control_totals_check = Check::ok;
    }

    Status emit_last() {
        statement_.last = true;
        return emit(std::move(statement_));
    }
    Status emit(BankStatement statement) {
        Record record;
        record.where = std::string{file_} + ":" + std::to_string(message_.line);
        record.body = std::move(statement);
        ++report_.records;
        return sink_.record(std::move(record));
    }
    void warn(const Field& field, std::string what) { report_.warnings.push_back({field.where(file_), std::move(what), false}); }
    void grave(const Field& field, std::string what) { report_.warnings.push_back({field.where(file_), std::move(what), true}); }

    const Message& message_;
    std::string_view file_;
    DecodeReport& report_;
    RecordSink& sink_;
    std::optional<OpenPage>& page_;
    BankStatement statement_;
    const Field* opening_field_ = nullptr;
    const Field* closing_field_ = nullptr;
    BankTransaction current_;
    Told told_;
    bool in_entry_ = false;
    Wide movement_ = 0;
};

void warn_of_charset(const DecodedText& decoded, std::string_view file, DecodeReport& report) {
    report.warnings = charset_warnings(decoded, file);
    if (decoded.charset != Charset::ascii && !decoded.assumed)
        report.warnings.push_back({std::string{file}, "the text is " + std::string{name_of(decoded.charset)} + "; SWIFT allows ASCII only"});
}

}  // namespace

int sniff(std::string_view head, std::string_view) {
    for (const std::string_view type : {"{2:O940", "{2:I940", "{2:O942", "{2:I942"})
        if (head.find(type) != std::string_view::npos) return 95;
    auto has_line = [&](std::string_view start) {
        for (std::size_t at = head.find(start); at != std::string_view::npos; at = head.find(start, at + 1))
            if (at == 0 || head[at - 1] == '\n' || head[at - 1] == '\r' || head.substr(0, at).ends_with("{4:") || head.substr(0, at) == "\xEF\xBB\xBF") return true;
        return false;
    };
    const bool fields = has_line(":25:") || has_line(":25P:") || has_line(":28C:") || has_line(":28:") || has_line(":60F:") || has_line(":60M:") || has_line(":61:");
    if (has_line(":20:")) return fields ? 90 : 40;
    return fields ? 40 : 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) {
    DecodeReport report;
    const DecodedText decoded = decode_text(bytes);
    warn_of_charset(decoded, options.file_name, report);
    OWED_TRY(const auto messages, split_messages(decoded.text, options.file_name, report.warnings));
    bool interim_only = true;
    std::optional<OpenPage> page;
    for (const Message& message : messages) {
        MessageReader reader{message, options.file_name, report, sink, page};
        interim_only &= reader.is_interim_report();
        OWED_TRY_VOID(reader.run());
    }
    report.format = interim_only ? "mt942" : "mt940";
    for (const Warning& warning : report.warnings)
        report.verdict = std::max(report.verdict, warning.grave ? Verdict::quarantine : Verdict::warn);
    return report;
}

}  // namespace owed::formats::mt940
