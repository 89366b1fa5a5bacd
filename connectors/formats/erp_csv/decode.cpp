// The file as a whole: dialect and header, a first pass that proves the notation and finds repeated ids, a second one that
// hands out the records.
#include <algorithm>
#include <map>

#include "formats/erp_csv/advices.hpp"
#include "formats/erp_csv/bound.hpp"
#include "formats/erp_csv/erp_csv.hpp"
#include "formats/findings.hpp"

namespace owed::formats::erp_csv {

using csv::Header;
using csv::Opened;
using csv::Row;
using csv::RowReader;
using csv::shown;

namespace {

constexpr std::size_t rejected_max = 10'000;
constexpr std::size_t raw_max = 4096;

template <class T>
std::string id_of(const T& record) {
    return record.number;
}
std::string id_of(const FxRate& rate) { return rate.from + "/" + rate.to + "/" + (rate.type.empty() ? "spot" : rate.type) + "/" + to_text(*rate.date); }
std::string id_of(const ReceiptAnswer& answer) { return answer.key; }
std::string id_of(const ReferenceRate& rate) { return rate.name + "/" + to_text(*rate.from); }

class Decoder {
  public:
    Decoder(const Options& options, RecordSink& sink) : file_{options.file_name}, sink_{sink} {}

    Result<DecodeReport> run(std::string_view bytes, const std::string& profile);

  private:
    /// Where a record's id was first seen, and whether a later row contradicts it.
    struct First {
        std::size_t offset = 0;
        std::uint32_t line = 0;
        std::uint32_t other_line = 0;  ///< of a row with the same id and other content; 0: none
    };
    struct Payment {
        ErpPayment payment;
        std::uint32_t line = 0;
    };

    Status choose_entries(const std::string& profile);
    Status open_file(std::string_view bytes);
    Status find_columns(bool usual);
    Result<Header> header_for(const std::vector<Entry>& entries);
    Status bind_entries();
    Status survey();
    void survey_row(BoundEntry& bound, const Row& row);
    void survey_end(const BoundEntry& bound, const BoundField& field, const Row& row);
    bool ends_the_file(const Row& row) const { return row.raw.data() + row.raw.size() == opened_.text.data() + opened_.text.size(); }
    std::string pair_of(const BoundEntry& bound, const BoundField& field, const Row& row) const;
    bool is_cut_off(const Row& row, std::string& what);
    void survey_id(const BoundEntry& bound, const Row& row);
    bool same_content(const BoundEntry& bound, const First& first, const Row& row) const;
    Status prove();
    Status emit();
    Status emit_row(const BoundEntry& bound, const Row& row);
    Status reject_whole(const Misfit& misfit, const Row& row);
    Status take_advice(Fit<RemittanceAdvice> advice, const std::string& key, const Row& row);
    Status emit_groups(const Row& row);
    Status take_payment(Fit<ErpPayment> payment, const std::string& key, const First& first, const Row& row);
    Fit<ArDocument> checked_document(const RowView& view, Kind kind);
    template <class T>
    Status hand_over(Fit<T> record, const First& first, const Row& row);
    Status reject(const Misfit& misfit, const Row& row);
    Status reject_repeat(const First& first, const Row& row);
    std::string key_of(const RowView& view, Kind kind) const;
    bool fits_width(const Row& row) const { return row.width() <= header_.names.size() && row.cells.size() >= header_.width; }
    RowReader rows(std::size_t offset, std::uint32_t line) const { return {opened_.text, opened_.dialect, file_, offset, line}; }
    std::string at(std::size_t offset) const { return csv::place_of(opened_.text, offset, file_); }

    std::string file_;
    RecordSink& sink_;
    std::vector<Entry> entries_;        ///< those that are for this file
    std::vector<BoundEntry> bound_;
    Opened opened_;
    Header header_;
    csv::NumberProof numbers_;
    csv::NumberFormat format_;
    std::map<std::string, First> ids_;  ///< by kind, entity and id; ordered: the keys come from outside (SECURITY T34)
    std::map<std::string, Payment> payments_;
    std::vector<std::string> payment_order_;
    Advices advices_;
    Findings findings_;
    /// Of the first amount or rate that ends a row, by column and, for rates, pair.
    std::map<std::pair<std::size_t, std::string>, std::size_t> decimals_;
    bool credits_negative_ = false;     ///< how this file writes credit memos, once one was seen
    std::uint32_t credit_line_ = 0;
    std::vector<RejectedRow> rejected_;
    std::uint64_t records_ = 0;
};

Result<DecodeReport> Decoder::run(std::string_view bytes, const std::string& profile) {
    OWED_TRY_VOID(choose_entries(profile));
    Status found = open_file(bytes);
    if (found) found = find_columns(profile.empty());
    // Without a profile, what has no header that is known is not ours to judge: another format may read it.
    if (!found && profile.empty()) found.error().code = Errc::unsupported_format;
    OWED_TRY_VOID(std::move(found));
    OWED_TRY_VOID(bind_entries());
    OWED_TRY_VOID(survey());
    OWED_TRY_VOID(prove());
    OWED_TRY_VOID(emit());
    for (Warning& warning : opened_.warnings) findings_.warn(std::move(warning.where), std::move(warning.what));
    DecodeReport report = std::move(findings_).report("erp-csv", records_);
    report.rejected = std::move(rejected_);
    if (!report.rejected.empty() && report.verdict == Verdict::accept) report.verdict = Verdict::warn;
    return report;
}

Status Decoder::choose_entries(const std::string& profile) {
    if (profile.empty()) return {};
    OWED_TRY(auto json, csv::parse_profile(profile));
    OWED_TRY(std::vector<Entry> all, read_mapping({json.get_object(), ""}));
    std::vector<std::string> patterns;
    for (Entry& entry : all) {
        if (std::find(patterns.begin(), patterns.end(), entry.match) == patterns.end()) patterns.push_back(entry.match);
        if (matches(entry.match, file_)) entries_.push_back(std::move(entry));
    }
    if (entries_.empty())
        return fail(Errc::unsupported_format, "no entry of the mapping is for this file name; there are: " + csv::list_of(patterns), file_,
                    "rename the file, or add an entry under files");
    return {};
}

Status Decoder::open_file(std::string_view bytes) {
    csv::FileNotation notation;
    if (!entries_.empty()) notation = entries_.front().notation;
    for (const Entry& entry : entries_) {
        const csv::FileNotation& n = entry.notation;
        bool same = n.dialect.delimiter == notation.dialect.delimiter && n.dialect.quote == notation.dialect.quote && n.dialect.encoding == notation.dialect.encoding &&
                    n.dialect.skip_lines == notation.dialect.skip_lines && n.decimal == notation.decimal && n.thousands == notation.thousands &&
                    entry.header == entries_.front().header;
        if (!same)
            return fail(Errc::invalid_config, "two entries for " + shown(file_) + " differ in how the file is written (delimiter, quote, encoding, skip_lines, decimal, thousands, header)",
                        entry.path, "say it alike in " + entries_.front().path + " and here");
    }
    numbers_ = csv::NumberProof{notation.decimal, notation.thousands};
    OWED_TRY(opened_, csv::open(bytes, notation.dialect, file_));
    return {};
}

/// Finds the header row; without a profile, also the mapping that its names make.
Status Decoder::find_columns(bool usual) {
    if (!usual) {
        OWED_TRY(header_, header_for(entries_));
        return {};
    }
    auto score = [&](const Row& row) {
        std::vector<std::string> names;
        for (const csv::Cell& cell : row.cells) names.emplace_back(cell.text);
        auto entry = usual_mapping(names, file_);
        return entry ? static_cast<int>(entry->fields.size()) : 0;
    };
    OWED_TRY(auto header, csv::find_header(opened_, file_, score));
    if (!header) {
        RowReader reader = rows(opened_.offset, opened_.line);
        Row first;
        OWED_TRY(bool more, reader.next(first));
        std::vector<std::string> names;
        if (more)
            for (const csv::Cell& cell : first.cells) names.push_back(shown(cell.text));
        return fail(Errc::unsupported_format, "no row names the columns of customers, documents, payments, remittance advices or rates; the first row has: " + csv::list_of(names), file_ + ":1:1",
                    "write a mapping (files: columns:) or name a profile");
    }
    header_ = std::move(*header);
    entries_.push_back(*usual_mapping(header_.names, file_));
    return {};
}

/// The row in which most mapped columns stand; the first row, when none does (the missing column is then named).
Result<Header> Decoder::header_for(const std::vector<Entry>& entries) {
    RowReader reader = rows(opened_.offset, opened_.line);
    Row first;
    do {
        OWED_TRY(bool more, reader.next(first));
        if (!more) break;
    } while (first.is_blank());
    if (!entries.front().header) return csv::numbered_header(opened_, first.cells.size());
    auto score = [&](const Row& row) {
        int found = 0;
        for (const Entry& entry : entries)
            for (const auto& [name, source] : entry.fields)
                for (const ColumnRef& ref : source.columns)
                    found += std::any_of(row.cells.begin(), row.cells.end(), [&](const csv::Cell& c) { return !ref.name.empty() && c.text == ref.name; });
        return found;
    };
    OWED_TRY(auto header, csv::find_header(opened_, file_, score));
    if (header) return std::move(*header);
    return csv::header_of(first, reader);
}

Status Decoder::bind_entries() {
    for (const Entry& entry : entries_) {
        OWED_TRY(BoundEntry bound, bind_columns(entry, header_, file_));
        bound_.push_back(std::move(bound));
    }
    return {};
}

/// First pass: how amounts and dates are written, and which ids come twice. Cells that are no amount or date prove
/// nothing here; their rows are rejected in the second pass.
Status Decoder::survey() {
    RowReader reader = rows(header_.rows_offset, header_.rows_line);
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
        if (row.is_blank() || !fits_width(row)) continue;
        for (BoundEntry& bound : bound_)
            if (keeps(bound, row)) survey_row(bound, row);
    }
}

void Decoder::survey_row(BoundEntry& bound, const Row& row) {
    for (BoundField& field : bound.fields) {
        if (field.columns.empty()) continue;
        const csv::Cell& cell = row.cells[field.columns.front()];
        if (cell.text.empty()) continue;
        if (field.field->type == FieldType::decimal) (void)numbers_.see(without_percent(cell.text), cell.offset);
        if (field.field->type == FieldType::amount) (void)numbers_.see(cell.text, cell.offset);
        survey_end(bound, field, row);
        if (field.field->type == FieldType::date) (void)field.proof->see(cell.text, cell.offset);
    }
    survey_id(bound, row);
}

bool may_end(const BoundField& field) { return field.field->type == FieldType::amount || field.field->name == "rate"; }

/// A rate's decimals are those of its pair: 162.50 yen and 1.0840 dollars stand in one column.
std::string Decoder::pair_of(const BoundEntry& bound, const BoundField& field, const Row& row) const {
    if (field.field->name != "rate") return {};
    const RowView view{bound, header_, format_, row};
    return view.text("from", 64).value_or("") + '/' + view.text("to", 64).value_or("");
}

void Decoder::survey_end(const BoundEntry& bound, const BoundField& field, const Row& row) {
    const std::size_t column = field.columns.front();
    if (!may_end(field) || column + 1 != row.cells.size() || ends_the_file(row)) return;
    decimals_.try_emplace({column, pair_of(bound, field, row)}, csv::decimals_of(row.cells[column].text));
}

/// A file cut off in its last cell is a whole file to look at: 99.9 for 99.90. Where the last row ends with an amount or a
/// rate, has no line break and fewer decimals than those above, it does not fit; `what` is then which of the two.
bool Decoder::is_cut_off(const Row& row, std::string& what) {
    const std::string_view last = row.cells.back().text;
    if (!ends_the_file(row) || last.empty()) return false;
    const std::size_t column = row.cells.size() - 1;
    for (const BoundEntry& bound : bound_) {
        for (const BoundField& field : bound.fields) {
            if (!may_end(field) || field.columns.empty() || field.columns.front() != column || !keeps(bound, row)) continue;
            const bool is_rate = field.field->name == "rate";
            const auto above = decimals_.find({column, pair_of(bound, field, row)});
            what = is_rate ? "a rate" : "an amount";
            if (above != decimals_.end() && csv::decimals_of(last) < above->second) return true;
            if (above == decimals_.end() && is_rate)
                findings_.warn(file_ + ':' + std::to_string(row.line), "the file ends with this rate and without a line break, and no row above is of its pair: nothing shows whether it is whole");
        }
    }
    return false;
}

std::string Decoder::key_of(const RowView& view, Kind kind) const {
    if (kind == Kind::fx_rate || kind == Kind::reference_rate) {  // the same day twice, with two values
        std::string key{name_of(kind)};
        for (std::string_view field : {"from", "to", "date", "name"}) key += '\x1f' + view.text(field, 64).value_or("");
        const std::string type = view.text("type", 64).value_or("");
        return key + '\x1f' + (type.empty() ? "spot" : type);
    }
    auto entity = view.text("entity", 128);
    auto id = view.text("id", 128);
    if (!entity || !id || id->empty()) return {};
    return std::string{name_of(kind)} + '\x1f' + *entity + '\x1f' + *id;
}

void Decoder::survey_id(const BoundEntry& bound, const Row& row) {
    RowView view{bound, header_, format_, row};
    auto kind = kind_of_row(view, *bound.entry);
    if (!kind) return;
    std::string key = key_of(view, *kind);
    if (key.empty()) return;
    auto [at, is_new] = ids_.try_emplace(std::move(key), First{row.cells.front().offset, row.line, 0});
    if (!is_new && at->second.other_line == 0 && !same_content(bound, at->second, row)) at->second.other_line = row.line;
}

/// Compares the mapped cells. The rows of one payment may differ in what it is applied to, and those of an advice in its lines.
bool Decoder::same_content(const BoundEntry& bound, const First& first, const Row& row) const {
    RowReader reader = rows(first.offset, first.line);
    Row other;
    auto more = reader.next(other);
    if (!more || !*more) return false;
    for (const BoundField& field : bound.fields) {
        if (field.field->per_line || field.field->name == "type") continue;  // a rate's type is part of its key, where none is spot
        for (std::size_t column : field.columns)
            if (column >= other.cells.size() || other.cells[column].text != row.cells[column].text) return false;
    }
    return true;
}

Status Decoder::prove() {
    auto numbers = numbers_.result();
    if (!numbers)
        return fail(Errc::malformed_input, numbers.error().what, at(numbers.error().offset), "say decimal: and thousands: in the mapping, or correct the export");
    format_ = *numbers;
    std::vector<BoundField*> columns;
    std::vector<const csv::DateProof*> proofs;
    for (BoundEntry& bound : bound_) {
        for (BoundField& field : bound.fields) {
            if (!field.proof) continue;
            if (field.source->literal) (void)field.proof->see(*field.source->literal, 0);
            columns.push_back(&field);
            proofs.push_back(&*field.proof);
        }
    }
    auto dates = csv::prove_columns(proofs);
    if (!dates) return fail(Errc::malformed_input, dates.error().what, at(dates.error().offset), "say dates: in the mapping, like %d/%m/%Y, or correct the export");
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i]->dates = (*dates)[i];
    return {};
}

/// Second pass.
Status Decoder::emit() {
    RowReader reader = rows(header_.rows_offset, header_.rows_line);
    Row row;
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) break;
        if (row.is_blank()) continue;
        if (!fits_width(row)) {
            OWED_TRY_VOID(reject_whole({"", "the row has " + std::to_string(row.cells.size()) + " cells, the header has " + std::to_string(header_.names.size())}, row));
            continue;
        }
        if (std::string what; is_cut_off(row, what)) {
            OWED_TRY_VOID(reject_whole({header_.names[row.cells.size() - 1], "the file ends in the middle of " + what + ": " + shown(row.cells.back().text)}, row));
            continue;
        }
        for (const BoundEntry& bound : bound_) {
            if (keeps(bound, row)) OWED_TRY_VOID(emit_row(bound, row));
        }
    }
    return emit_groups(row);
}

/// A row that is none. What it can be seen to belong to is not taken without it.
Status Decoder::reject_whole(const Misfit& misfit, const Row& row) {
    for (const BoundEntry& bound : bound_) {
        const RowView view{bound, header_, format_, row};
        const auto kind = kind_of_row(view, *bound.entry);
        if (!keeps(bound, row) || !kind || *kind != Kind::remittance_advice) continue;
        if (const std::string key = key_of(view, *kind); !key.empty()) advices_.spoil(key, row.line, row.raw.substr(0, raw_max));
    }
    return reject(misfit, row);
}

/// What several rows make together.
Status Decoder::emit_groups(const Row& row) {
    for (const std::string& key : payment_order_) {
        Payment& p = payments_.at(key);
        OWED_TRY_VOID(hand_over(Fit<ErpPayment>{std::move(p.payment)}, First{0, p.line, 0}, row));
    }
    for (Advices::Advice& one : advices_.all()) {
        const std::string where = file_ + ':' + std::to_string(one.line);
        if (one.broken_line != 0) {
            if (one.broken_line != one.line || one.advice.lines.size() > 0)
                rejected_.push_back({where, "the row in line " + std::to_string(one.broken_line) + " does not fit, so nothing of this payment is taken: half an advice settles the wrong items", one.raw});
            continue;
        }
        if (std::string why = disagreement(one.advice); !why.empty()) findings_.warn(where, std::move(why));
        OWED_TRY_VOID(hand_over(Fit<RemittanceAdvice>{std::move(one.advice)}, First{0, one.line, 0}, row));
    }
    return {};
}

/// The rows of one payment become one advice.
Status Decoder::take_advice(Fit<RemittanceAdvice> advice, const std::string& key, const Row& row) {
    const std::string_view raw = row.raw.substr(0, raw_max);
    if (advice) {
        advices_.add(key, std::move(*advice), row.line, raw);
        return {};
    }
    if (!key.empty()) advices_.spoil(key, row.line, raw);
    return reject(advice.error(), row);
}

Status Decoder::emit_row(const BoundEntry& bound, const Row& row) {
    RowView view{bound, header_, format_, row};
    auto kind = kind_of_row(view, *bound.entry);
    if (!kind) return reject(kind.error(), row);
    std::string key = key_of(view, *kind);
    First first{row.cells.front().offset, row.line, 0};
    if (auto known = ids_.find(key); known != ids_.end()) first = known->second;
    if (first.other_line != 0) return reject_repeat(first, row);
    if (*kind == Kind::payment) return take_payment(payment_of(view), key, first, row);
    if (*kind == Kind::remittance_advice) return take_advice(advice_of(view), key, row);
    // The same row once more says nothing new: joins repeat a customer with each of its invoices.
    if (first.offset != row.cells.front().offset) return {};
    if (*kind == Kind::customer) return hand_over(customer_of(view), first, row);
    if (*kind == Kind::fx_rate) return hand_over(fx_rate_of(view), first, row);
    if (*kind == Kind::reference_rate) return hand_over(reference_rate_of(view), first, row);
    if (*kind == Kind::receipt_answer) return hand_over(receipt_answer_of(view), first, row);
    return hand_over(checked_document(view, *kind), first, row);
}

/// Credit memos may be written positive or negative, but not both ways in one file: a positive one among negative ones
/// may be the reversal of a credit memo, which is a debit.
Fit<ArDocument> Decoder::checked_document(const RowView& view, Kind kind) {
    auto document = document_of(view, kind);
    if (!document || kind != Kind::credit_memo || document->amount->units == 0) return document;
    auto as_written = view.amount("amount", "");
    if (!as_written || !*as_written) return document;
    bool negative = (*as_written)->units < 0;
    if (credit_line_ == 0) {
        credit_line_ = view.line();
        credits_negative_ = negative;
    } else if (negative != credits_negative_) {
        return view.misfit("amount", std::string{"this credit memo is "} + (negative ? "negative" : "positive") + ", the one in line " + std::to_string(credit_line_) +
                                         (negative ? " positive" : " negative") + "; which side it is on is not clear");
    }
    return document;
}

/// The rows of one payment become one record with several applications.
Status Decoder::take_payment(Fit<ErpPayment> payment, const std::string& key, const First& first, const Row& row) {
    if (!payment) return reject(payment.error(), row);
    auto [at, is_new] = payments_.try_emplace(key);
    if (is_new) {
        payment_order_.push_back(key);
        at->second = {std::move(*payment), first.line};
        return {};
    }
    auto& applied = at->second.payment.applied;
    for (ErpPayment::Applied& a : payment->applied) {
        auto same = std::find_if(applied.begin(), applied.end(), [&](const ErpPayment::Applied& b) { return b.document == a.document; });
        if (same == applied.end()) applied.push_back(std::move(a));
        else if (same->amount != a.amount)
            return reject({"", "payment " + shown(at->second.payment.number) + " is applied to " + shown(a.document) + " twice, with different amounts; the row read first counts"}, row);
    }
    return {};
}

template <class T>
Status Decoder::hand_over(Fit<T> record, const First& first, const Row& row) {
    if (!record) return reject(record.error(), row);
    Record out;
    out.external_id = id_of(*record);
    out.where = file_ + ':' + std::to_string(first.line);
    out.body = std::move(*record);
    OWED_TRY_VOID(sink_.record(std::move(out)));
    ++records_;
    return {};
}

Status Decoder::reject_repeat(const First& first, const Row& row) {
    std::uint32_t other = row.line == first.line ? first.other_line : first.line;
    return reject({"", "the same id stands in line " + std::to_string(other) + " with other content; neither is taken"}, row);
}

Status Decoder::reject(const Misfit& misfit, const Row& row) {
    std::string where = file_ + ':' + std::to_string(row.line) + (misfit.column.empty() ? "" : " column " + misfit.column);
    if (rejected_.size() >= rejected_max)
        return fail(Errc::input_too_large, "more than 10000 rows do not fit, the last one because " + misfit.what, where, "the mapping is likely not for this file");
    std::string_view raw = row.raw.substr(0, raw_max);
    while (raw.size() == raw_max && !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0xC0) == 0x80) raw.remove_suffix(1);
    rejected_.push_back({std::move(where), misfit.what, std::string{raw}});
    return {};
}

}  // namespace

int sniff(std::string_view head, std::string_view file_name) {
    csv::DialectHints hints;
    hints.cut = true;
    auto opened = csv::open(head, hints, file_name);
    if (!opened) return 0;
    auto score = [&](const Row& row) {
        std::vector<std::string> names;
        for (const csv::Cell& cell : row.cells) names.emplace_back(cell.text);
        return usual_mapping(names, file_name) ? 1 : 0;
    };
    auto header = csv::find_header(*opened, file_name, score);
    if (header) return *header ? 85 : 0;
    return 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) { return Decoder{options, sink}.run(bytes, options.profile); }

}  // namespace owed::formats::erp_csv
