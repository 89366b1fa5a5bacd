#include <algorithm>

#include "formats/bai2/bai2.hpp"
#include "formats/bai2/transaction.hpp"
#include "formats/text/charset.hpp"
#include "owed/reference.hpp"

namespace owed::formats::bai2 {
namespace {

constexpr std::size_t entries_per_part = 4096;

/// What a trailer states about what it closes.
struct Tally {
    std::int64_t total = 0;
    std::int64_t members = 0, records = 0;
};

/// Reads one file (or several behind each other) record by record.
class Reader {
  public:
    Reader(const std::vector<RawRecord>& records, std::string_view file, DecodeReport& report, RecordSink& sink)
        : records_{records}, file_{file}, report_{report}, sink_{sink} {}

    Status run() {
        const RawRecord* const end = records_.data() + records_.size();
        for (const RawRecord* at = records_.data(); at != end;) {
            const RawRecord* next = at + 1;
            while (next != end && next->code == 88) ++next;
            OWED_TRY_VOID(record(at, next));
            at = next;
        }
        if (in_file_) {
            grave(records_.back(), "the file ends without its 99 trailer: it was cut off");
            OWED_TRY_VOID(end_account(records_.back(), nullptr));
            broken_ = true;
        }
        return flush();
    }

  private:
    Status record(const RawRecord* first, const RawRecord* last) {
        const std::int64_t count = last - first;
        FieldList fields{file_, first, last};
        switch (first->code) {
            case 1: return begin_file(*first, fields, count);
            case 2: return begin_group(*first, fields, count);
            case 3: return begin_account(*first, fields, count);
            case 16: return add_detail(*first, fields, count);
            case 49: return end_account_by(*first, fields, count);
            case 98: return end_group(*first, fields, count);
            case 99: return end_file(*first, fields, count);
            default: return refuse(*first, "an 88 record continues nothing");
        }
    }

    Status begin_file(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (in_file_) {
            grave(at, "a new file begins before the 99 trailer of the last one");
            OWED_TRY_VOID(end_account(at, nullptr));
            broken_ = true;
            OWED_TRY_VOID(flush());
        }
        in_file_ = true;
        in_group_ = false;
        file_tally_ = {0, 0, count};
        fields.next();  // sender
        fields.next();  // receiver
        const std::string date{fields.next()};
        const std::string time{fields.next()};
        file_id_ = fields.next();
        fields.next();  // record length
        fields.next();  // block size
        const std::string version{fields.next()};
        if (read_date(date).fault == DateFault::impossible) warn(at, "there is no creation date " + date);
        if (!is_time(time)) warn(at, "there is no creation time " + time);
        if (version != "2" && version != "3") grave(at, "file version \"" + version.substr(0, 10) + "\" is not known; 2 and 3 are");
        return {};
    }

    Status begin_group(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (!in_file_) return refuse(at, "a 02 group header outside of a file; the file begins with a 01 record");
        if (in_group_) {
            grave(at, "a new group begins before the 98 trailer of the last one");
            OWED_TRY_VOID(end_account(at, nullptr));
            close_group(file_tally_.total);
            broken_ = true;
        }
        in_group_ = true;
        group_tally_ = {0, 0, count};
        fields.next();  // ultimate receiver
        originator_ = fields.next();
        const std::string status{fields.next()};
        as_of_text_ = fields.next();
        const std::string time{fields.next()};
        group_currency_ = fields.next();
        const std::string modifier{fields.next()};
        const ReadDate as_of = read_date(as_of_text_);
        as_of_ = as_of.date;
        if (as_of.fault == DateFault::absent) grave(at, "the group has no as-of date, so its transactions have no booking date");
        if (as_of.fault == DateFault::impossible) grave(at, "there is no as-of date " + as_of_text_);
        if (!is_time(time)) warn(at, "there is no as-of time " + time);
        as_of_time_ = time;
        // 1 update, 2 deletion, 3 correction, 4 test only.
        if (status == "2") grave(at, "the group is a deletion: it takes back what was reported before");
        if (status == "4") grave(at, "the group is marked as a test");
        // 1 interim previous-day, 2 final previous-day, 3 interim same-day, 4 final same-day.
        intraday_ = modifier == "1" || modifier == "3";
        return {};
    }

    Status begin_account(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (!in_group_) return refuse(at, "an 03 account record outside of a group; a 02 record comes before it");
        if (in_account_) OWED_TRY_VOID(end_account(at, "a new account begins before the 49 trailer of the last one"));
        in_account_ = true;
        account_tally_ = {0, 0, count};
        statement_ = {};
        movement_ = 0;
        const std::string number{fields.next()};
        if (number.empty()) warn(at, "the account has no number");
        if (auto iban = parse_reference(Scheme::iban, number)) statement_.account.iban = iban->normalised;
        else statement_.account.id = number;
        statement_.account.bank = originator_;
        std::string currency{fields.next()};
        if (currency.empty()) currency = group_currency_.empty() ? "USD" : group_currency_;
        set_currency(at, currency);
        statement_.id = file_id_ + "/" + as_of_text_ + (as_of_time_.empty() ? "" : "/" + as_of_time_);
        statement_.to = as_of_;
        statement_.intraday = intraday_;
        OWED_TRY(const auto summaries, take_summaries(fields));
        for (const Summary& summary : summaries) OWED_TRY_VOID(add_summary(summary));
        return {};
    }
    void set_currency(const RawRecord& at, const std::string& currency) {
        statement_.account.currency = currency;
        digits_ = 2;
        if (const auto known = find_currency(currency)) digits_ = known->minor_digits;
        else grave(at, "\"" + currency.substr(0, 10) + "\" is no currency of ISO 4217, so the decimals of its amounts are not known");
    }
    Status add_summary(const Summary& summary) {
        const std::int64_t units = summary.amount.value_or(0);
        OWED_TRY_VOID(add_to(account_tally_.total, units, *summary.where));
        if (summary.type == "010" && summary.amount) statement_.opening = balance(units);
        if (summary.type == "015" && summary.amount) statement_.closing = balance(units);
        return {};
    }
    Balance balance(std::int64_t units) const { return {Amount{units, digits_, statement_.account.currency}, as_of_}; }

    Status add_detail(const RawRecord& at, const FieldList& fields, std::int64_t count) {
        if (!in_account_) return refuse(at, "a 16 transaction outside of an account; an 03 record comes before it");
        account_tally_.records += count;
        OWED_TRY(Detail detail, read_detail(fields, statement_.account.currency, digits_, as_of_, report_.warnings));
        OWED_TRY_VOID(add_to(account_tally_.total, detail.control_amount, at));
        if (detail.transaction.status == EntryStatus::booked) OWED_TRY_VOID(add_to(movement_, detail.transaction.amount->units, at));
        if (statement_.entries.size() == entries_per_part) {
            OWED_TRY_VOID(flush());
            BankStatement part = statement_;
            part.closing.reset();
            part.last = false;
            OWED_TRY_VOID(emit(std::move(part)));
            statement_.entries.clear();
            ++statement_.part;
        }
        statement_.entries.push_back(std::move(detail.transaction));
        return {};
    }

    Status end_account_by(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (!in_account_) return refuse(at, "a 49 trailer without an account");
        account_tally_.records += count;
        OWED_TRY(const auto total, parse_amount(fields.next(), fields.place()));
        OWED_TRY(const auto records, parse_amount(fields.next(), fields.place()));
        const std::string whose = "account " + account_name() + ": ";
        bool good = compare(at, whose + "control total", total, account_tally_.total);
        good &= compare(at, whose + "record count", records, account_tally_.records);
        statement_.control_totals_check = good ? Check::ok : Check::broken;
        stated_account_total_ = total.value_or(0);
        return end_account(at, "");
    }
    /// Closes the account that is open, if any. `missing`: what to say when its 49 is missing; empty: it is not;
    /// nullptr: said already.
    Status end_account(const RawRecord& at, const char* missing) {
        if (!in_account_) return {};
        const bool had_trailer = missing && *missing == '\0';
        if (!had_trailer) {
            if (missing) grave(at, missing);
            statement_.control_totals_check = Check::broken;
            stated_account_total_ = account_tally_.total;
        }
        in_account_ = false;
        ++group_tally_.members;
        group_tally_.records += account_tally_.records;
        OWED_TRY_VOID(add_to(group_tally_.total, stated_account_total_, at));
        check_balance();
        pending_.push_back(std::move(statement_));
        return {};
    }
    /// BAI2 promises nothing of the kind "010 plus the transactions is 015": banks report a part of the transactions, and
    /// zeros for balances they do not report. So a sum that fits is a proof and one that does not is none; what the
    /// format does promise, totals and counts, is checked by the trailers.
    void check_balance() {
        if (!statement_.opening || !statement_.closing) return;
        std::int64_t expected = 0;
        if (__builtin_add_overflow(statement_.opening->amount.units, movement_, &expected)) return;
        if (expected == statement_.closing->amount.units) statement_.balance_check = Check::ok;
    }

    Status end_group(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (!in_group_) return refuse(at, "a 98 trailer without a group");
        if (in_account_) OWED_TRY_VOID(end_account(at, "the group ends before the 49 trailer of its last account"));
        group_tally_.records += count;
        OWED_TRY(const auto total, parse_amount(fields.next(), fields.place()));
        OWED_TRY(const auto members, parse_amount(fields.next(), fields.place()));
        OWED_TRY(const auto records, parse_amount(fields.next(), fields.place()));
        bool good = compare(at, "group: control total", total, group_tally_.total);
        good &= compare(at, "group: account count", members, group_tally_.members);
        good &= compare(at, "group: record count", records, group_tally_.records);
        broken_ |= !good;
        std::int64_t sum = file_tally_.total;
        OWED_TRY_VOID(add_to(sum, total.value_or(0), at));
        close_group(sum);
        return {};
    }
    void close_group(std::int64_t file_total) {
        in_group_ = false;
        ++file_tally_.members;
        file_tally_.records += group_tally_.records;
        file_tally_.total = file_total;
    }

    Status end_file(const RawRecord& at, FieldList& fields, std::int64_t count) {
        if (!in_file_) return refuse(at, "a 99 trailer without a file");
        if (in_account_) OWED_TRY_VOID(end_account(at, "the file ends before the 49 trailer of its last account"));
        if (in_group_) {
            grave(at, "the file ends before the 98 trailer of its last group");
            broken_ = true;
            close_group(file_tally_.total);
        }
        file_tally_.records += count;
        OWED_TRY(const auto total, parse_amount(fields.next(), fields.place()));
        OWED_TRY(const auto members, parse_amount(fields.next(), fields.place()));
        OWED_TRY(const auto records, parse_amount(fields.next(), fields.place()));
        bool good = compare(at, "file: control total", total, file_tally_.total);
        good &= compare(at, "file: group count", members, file_tally_.members);
        good &= compare(at, "file: record count", records, file_tally_.records);
        broken_ |= !good;
        in_file_ = false;
        return flush();
    }

    /// Final parts wait for the trailers of group and file, so that their check tells of those too.
    Status flush() {
        for (BankStatement& statement : pending_) {
            if (broken_) statement.control_totals_check = Check::broken;
            OWED_TRY_VOID(emit(std::move(statement)));
        }
        pending_.clear();
        if (!in_file_) broken_ = false;
        return {};
    }
    Status emit(BankStatement statement) {
        Record record;
        record.where = statement.entries.empty() ? file_ : statement.entries.front().where;
        record.body = std::move(statement);
        ++report_.records;
        return sink_.record(std::move(record));
    }

    bool compare(const RawRecord& at, const std::string& what, std::optional<std::int64_t> stated, std::int64_t actual) {
        if (stated && *stated == actual) return true;
        grave(at, what + (stated ? " says " + std::to_string(*stated) : std::string{" is missing"}) + ", there is " + std::to_string(actual));
        return false;
    }
    Status add_to(std::int64_t& sum, std::int64_t amount, const RawRecord& at) {
        if (__builtin_add_overflow(sum, amount, &sum)) return fail(Errc::amount_overflow, "the sum of the amounts is beyond what can be counted", Place{file_, &at}.text());
        return {};
    }
    std::string account_name() const { return statement_.account.iban.empty() ? statement_.account.id : statement_.account.iban; }
    void warn(const RawRecord& at, std::string what) { report_.warnings.push_back({Place{file_, &at}.text(), std::move(what), false}); }
    void grave(const RawRecord& at, std::string what) { report_.warnings.push_back({Place{file_, &at}.text(), std::move(what), true}); }
    Status refuse(const RawRecord& at, std::string what) {
        return fail(Errc::malformed_input, std::move(what), Place{file_, &at}.text(), "ask the bank to send the file again");
    }

    const std::vector<RawRecord>& records_;
    std::string file_;
    DecodeReport& report_;
    RecordSink& sink_;

    bool in_file_ = false, in_group_ = false, in_account_ = false, broken_ = false, intraday_ = false;
    Tally file_tally_, group_tally_, account_tally_;
    std::int64_t stated_account_total_ = 0, movement_ = 0;
    std::string file_id_, originator_, group_currency_, as_of_text_, as_of_time_;
    std::optional<Date> as_of_;
    std::uint8_t digits_ = 2;
    BankStatement statement_;
    std::vector<BankStatement> pending_;
};

}  // namespace

int sniff(std::string_view head, std::string_view) {
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    while (!head.empty() && (head.front() == ' ' || head.front() == '\r' || head.front() == '\n')) head.remove_prefix(1);
    if (!head.starts_with("01,")) return 0;
    for (std::size_t at = head.find("02,"); at != std::string_view::npos; at = head.find("02,", at + 1)) {
        std::size_t before = at;
        while (before > 0 && head[before - 1] == ' ') --before;
        if (before > 0 && (head[before - 1] == '\n' || head[before - 1] == '\r' || head[before - 1] == '/')) return 95;
    }
    return 60;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) {
    DecodeReport report;
    report.format = "bai2";
    const DecodedText decoded = decode_text(bytes);
    report.warnings = charset_warnings(decoded, options.file_name);
    OWED_TRY(const auto records, split_records(decoded.text, options.file_name, report.warnings));
    if (records.front().code != 1)
        return fail(Errc::malformed_input, "the file begins with a " + std::to_string(records.front().code) + " record; BAI2 begins with 01",
                    Place{options.file_name, &records.front()}.text(), "ask the bank to send the whole file");
    OWED_TRY_VOID(Reader{records, options.file_name, report, sink}.run());
    for (const Warning& warning : report.warnings)
        report.verdict = std::max(report.verdict, warning.grave ? Verdict::quarantine : Verdict::warn);
    return report;
}

}  // namespace owed::formats::bai2
