#include "formats/agency/remittance.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "formats/csv/header.hpp"
#include "formats/csv/profile.hpp"
#include "formats/findings.hpp"
#include "owed/decimal.hpp"

namespace owed::formats::agency {

using csv::Cell;
using csv::Row;
using csv::shown;

namespace {

enum Field : std::size_t { placement, customer, document, payment_date, currency, gross, fee_rate, fee, tax, net, state, text, field_count };
constexpr std::array<std::string_view, field_count> field_names{"placement", "customer", "document", "payment_date", "currency", "gross",
                                                                "fee_rate",  "fee",      "tax",      "net",          "state",    "text"};
bool may_lack(std::size_t field) { return field == customer || field == fee_rate || field == text; }

/// DOMAIN section 15 and FORMATS section 2.9; agencies spell them with blanks, underscores or none.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> states{{
    {"placed", "placed"}, {"acknowledged", "acknowledged"}, {"accepted", "acknowledged"}, {"rejected", "rejected"}, {"working", "working"}, {"promise", "promise"},
    {"plan", "plan"}, {"disputed", "disputed"}, {"legal", "legal"}, {"paid", "paid"}, {"paidinfull", "paid"}, {"partial", "partial"}, {"partiallypaid", "partial"},
    {"settled", "settled"}, {"recalled", "recalled"}, {"closed", "closed"}, {"closeduncollectable", "closed"}, {"bankruptcy", "bankruptcy"},
}};

struct Totals {
    std::uint64_t rows = 0;
    std::array<std::int64_t, 4> units{};  ///< gross, fee, tax, net
    std::string where;
};
constexpr std::array<std::string_view, 4> total_names{"gross", "fee", "tax", "net"};

struct Profile {
    csv::FileNotation notation;
    std::array<std::string, field_count> headings;
    std::string dates = "%Y-%m-%d";
    bool gross_remittance = false;
};

/// DOMAIN section 15: net, the agency keeps its fee; gross, it pays all and bills it. nullopt: neither word.
std::optional<bool> is_gross(std::string_view word) {
    const std::string folded = csv::folded(word);
    if (folded != "net" && folded != "gross") return std::nullopt;
    return folded == "gross";
}

Result<Profile> read_profile(std::string_view text) {
    Profile profile;
    for (std::size_t i = 0; i < field_count; ++i) profile.headings[i] = field_names[i];
    if (text.empty()) return profile;
    OWED_TRY(auto json, csv::parse_profile(text));
    csv::ProfileObject object{json.get_object(), ""};
    OWED_TRY_VOID(object.allow({"name", "description", "columns", "date_format", "delimiter", "quote", "encoding", "skip_lines", "decimal", "thousands", "remits"}));
    OWED_TRY(profile.notation, csv::notation_of(object));
    OWED_TRY(auto columns, object.object("columns"));
    if (columns) {
        for (const auto& member : columns->json()) {
            std::string_view key{member.key().data(), member.key().size()};
            auto field = std::find(field_names.begin(), field_names.end(), key);
            if (field == field_names.end())
                return fail(Errc::invalid_config, "a remittance has no field " + shown(key), columns->path(key),
                            "fields: " + csv::list_of({field_names.begin(), field_names.end()}));
            OWED_TRY(profile.headings[static_cast<std::size_t>(field - field_names.begin())], columns->text(key));
        }
    }
    OWED_TRY(std::string dates, object.text("date_format"));
    if (!dates.empty()) profile.dates = dates;
    OWED_TRY(const std::string remits, object.text("remits"));
    const auto gross = is_gross(remits);
    if (!remits.empty() && !gross) return fail(Errc::invalid_config, shown(remits) + " is neither net nor gross", object.path("remits"));
    profile.gross_remittance = gross.value_or(false);
    return profile;
}

class Decoder {
  public:
    Decoder(const Options& options, RecordSink& sink) : file_{options.file_name}, sink_{sink} {}
    Result<DecodeReport> run(std::string_view bytes, const std::string& profile);

  private:
    Status read_header(csv::RowReader& reader, Row& row);
    Status read_columns(csv::RowReader& reader, Row& row, const Profile& profile);
    Status read_rows(csv::RowReader& reader, Row& row);
    Status read_line(const Row& row);
    Status read_money(const Row& row, AgencyUpdate& update);
    void check_line(const Row& row, const AgencyUpdate& update);
    Status read_state(const Row& row, AgencyUpdate& update);
    Status read_control(const Row& row);
    Status check_controls();
    Result<std::optional<Amount>> amount(const Cell& cell, std::string_view iso) const;
    const Cell& cell(const Row& row, Field field) const { return columns_[field] ? row.cells[*columns_[field]] : none_; }
    std::string at(const Cell& cell) const { return csv::place_of(opened_.text, cell.offset, file_); }
    std::string at(const Row& row) const { return file_ + ':' + std::to_string(row.line); }
    tl::unexpected<Error> refuse(const Cell& cell, std::string what) const { return fail(Errc::malformed_input, std::move(what), at(cell)); }

    std::string file_;
    RecordSink& sink_;
    csv::Opened opened_;
    csv::NumberFormat numbers_;
    std::optional<csv::DateFormat> dates_;
    std::string agency_, remittance_;
    bool gross_remittance_ = false;
    Date date_;
    std::array<std::optional<std::size_t>, field_count> columns_{};
    std::size_t width_ = 0;
    Cell none_;
    std::map<std::string, Totals> summed_, stated_;  ///< by currency
    std::uint64_t lines_ = 0;
    Findings findings_;
};

Result<DecodeReport> Decoder::run(std::string_view bytes, const std::string& json) {
    OWED_TRY(Profile profile, read_profile(json));
    OWED_TRY(opened_, csv::open(bytes, profile.notation.dialect, file_));
    for (Warning& warning : opened_.warnings) findings_.warn(std::move(warning.where), std::move(warning.what));
    numbers_ = {profile.notation.decimal.value_or(csv::Mark::dot), profile.notation.thousands.value_or(csv::Mark::none), csv::Negative::leading};
    auto dates = csv::DateFormat::of(profile.dates);
    if (!dates) return fail(Errc::invalid_config, dates.error().what, "date_format", dates.error().advice);
    dates_ = *dates;
    csv::RowReader reader{opened_.text, opened_.dialect, file_, opened_.offset, opened_.line};
    Row row;
    gross_remittance_ = profile.gross_remittance;
    OWED_TRY_VOID(read_header(reader, row));
    OWED_TRY_VOID(read_columns(reader, row, profile));
    OWED_TRY_VOID(read_rows(reader, row));
    OWED_TRY_VOID(check_controls());
    return std::move(findings_).report("agency-csv", lines_);
}

/// HEADER,<agency>,<remittance number>,<date>[,net|gross]
Status Decoder::read_header(csv::RowReader& reader, Row& row) {
    OWED_TRY(bool more, reader.next(row));
    if (!more || row.cells[0].text != "HEADER" || row.width() < 4 || row.width() > 5)
        return fail(Errc::malformed_input, "expected the row HEADER,<agency>,<remittance number>,<date>[,net|gross]", file_ + ':' + std::to_string(opened_.line));
    agency_ = row.cells[1].text;
    remittance_ = row.cells[2].text;
    if (agency_.empty()) return refuse(row.cells[1], "the agency is empty");
    if (remittance_.empty()) return refuse(row.cells[2], "the remittance number is empty");
    auto date = dates_->parse(row.cells[3].text);
    if (!date) return refuse(row.cells[3], date.error().what);
    date_ = *date;
    if (row.width() == 4) return {};
    const auto gross = is_gross(row.cells[4].text);
    if (!gross) return refuse(row.cells[4], shown(row.cells[4].text) + " is neither net nor gross");
    gross_remittance_ = *gross;
    return {};
}

Status Decoder::read_columns(csv::RowReader& reader, Row& row, const Profile& profile) {
    OWED_TRY(bool more, reader.next(row));
    if (!more) return fail(Errc::malformed_input, "the file ends after its header", file_ + ":1");
    csv::Header header = csv::header_of(row, reader);
    width_ = header.names.size();
    for (std::size_t i = 0; i < field_count; ++i) {
        auto column = header.column(profile.headings[i]);
        if (column) columns_[i] = *column;
        else if (!may_lack(i) || column.error().code != Errc::not_found) return fail(Errc::malformed_input, column.error().what, at(row));
    }
    return {};
}

Status Decoder::read_rows(csv::RowReader& reader, Row& row) {
    for (;;) {
        OWED_TRY(bool more, reader.next(row));
        if (!more) return {};
        if (row.is_blank()) continue;
        if (row.cells[0].text == "CONTROL") {
            OWED_TRY_VOID(read_control(row));
            continue;
        }
        if (!stated_.empty()) return fail(Errc::malformed_input, "a line stands after the control rows", at(row));
        OWED_TRY_VOID(read_line(row));
    }
}

Result<std::optional<Amount>> Decoder::amount(const Cell& cell, std::string_view iso) const {
    if (cell.text.empty()) return std::optional<Amount>{};
    auto number = csv::parse_number(cell.text, numbers_);
    if (!number) return fail(number.error().code, number.error().what, at(cell));
    auto read = csv::to_amount(*number, iso);
    if (!read) return fail(read.error().code, shown(cell.text) + ": " + read.error().what, at(cell));
    return std::optional<Amount>{*read};
}

Status Decoder::read_line(const Row& row) {
    if (row.cells.size() != width_)
        return fail(Errc::malformed_input, "the line has " + std::to_string(row.cells.size()) + " cells, the columns are " + std::to_string(width_), at(row));
    AgencyUpdate update;
    update.agency = agency_;
    update.remittance = remittance_;
    update.gross_remittance = gross_remittance_;
    update.placement = cell(row, placement).text;
    if (update.placement.empty()) return refuse(cell(row, placement), "the placement is empty");
    update.customer = cell(row, customer).text;
    update.document = cell(row, document).text;
    update.text = cell(row, text).text;
    OWED_TRY_VOID(read_state(row, update));
    if (std::string_view date = cell(row, payment_date).text; !date.empty()) {
        auto parsed = dates_->parse(date);
        if (!parsed) return refuse(cell(row, payment_date), parsed.error().what);
        update.date = *parsed;
    }
    OWED_TRY_VOID(read_money(row, update));
    ++lines_;
    Record record;
    record.external_id = remittance_ + ':' + std::to_string(lines_);
    record.where = at(row);
    record.body = std::move(update);
    return sink_.record(std::move(record));
}

Status Decoder::read_state(const Row& row, AgencyUpdate& update) {
    const Cell& found = cell(row, state);
    std::string folded = csv::folded(found.text);
    if (folded.empty()) return refuse(found, "the state is empty");
    auto known = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.first == folded; });
    if (known != states.end()) {
        update.state = known->second;
        return {};
    }
    update.state = found.text;
    findings_.grave(at(found), "the state " + shown(found.text) + " is not known");
    return {};
}

/// A line names all its figures or none; none is a change of state alone.
Status Decoder::read_money(const Row& row, AgencyUpdate& update) {
    std::string iso{cell(row, currency).text};
    if (iso.empty()) return refuse(cell(row, currency), "the currency is empty");
    if (!find_currency(iso)) return fail(Errc::unknown_currency, shown(iso) + " is not a currency of ISO 4217, like EUR", at(cell(row, currency)));
    OWED_TRY(update.gross, amount(cell(row, gross), iso));
    OWED_TRY(update.fee, amount(cell(row, fee), iso));
    OWED_TRY(update.tax, amount(cell(row, tax), iso));
    OWED_TRY(update.net, amount(cell(row, net), iso));
    const std::array figures{&update.gross, &update.fee, &update.tax, &update.net};
    auto given = std::count_if(figures.begin(), figures.end(), [](const auto* f) { return f->has_value(); });
    Totals& totals = summed_[iso];
    ++totals.rows;
    if (given == 0) return {};
    if (given != 4) return refuse(cell(row, gross), "gross, fee, tax and net stand together; one of them is empty");
    if (!update.date) return refuse(cell(row, payment_date), "the payment date is empty");
    for (std::size_t i = 0; i < 4; ++i)
        if (__builtin_add_overflow(totals.units[i], (*figures[i])->units, &totals.units[i]))
            return fail(Errc::amount_overflow, "the lines' total is beyond what can be booked", at(row));
    check_line(row, update);
    return {};
}

void Decoder::check_line(const Row& row, const AgencyUpdate& update) {
    __extension__ typedef __int128 Wide;  // each figure fits, their sum need not
    const Wide rest = Wide{update.gross->units} - update.fee->units - update.tax->units;
    const bool whole_paid = update.net->units == update.gross->units;
    if (rest != update.net->units && !(update.gross_remittance && whole_paid)) {
        const std::string kept = " less fee " + to_text(*update.fee) + " and tax " + to_text(*update.tax), said = "net " + to_text(*update.net);
        findings_.grave(at(cell(row, net)), update.gross_remittance ? said + " is neither the gross " + to_text(*update.gross) + ", which this agency remits, nor that" + kept
                                                                    : said + " is not gross " + to_text(*update.gross) + kept +
                                                                          (whole_paid ? "; an agency that pays all of it says gross in the header, or its profile remits: gross" : ""));
    }
    const Cell& rate = cell(row, fee_rate);
    if (rate.text.empty()) return;
    auto percent = csv::parse_number(rate.text, numbers_);
    auto whole = update.gross->money();
    if (!percent || !whole || percent->scale > 12) {
        findings_.warn(at(rate), "the fee rate " + shown(rate.text) + " is not a percentage");
        return;
    }
    auto expected = Decimal::of(percent->mantissa, static_cast<std::uint8_t>(percent->scale + 2)).of(*whole, Rounding::half_away);
    if (expected && expected->units() != update.fee->units)
        findings_.warn(at(cell(row, fee)), "fee " + to_text(*update.fee) + " is not " + std::string{rate.text} + " % of the gross, " + to_text(*expected));
}

/// CONTROL,<rows>,<gross>,<fee>,<tax>,<net>,<currency>
Status Decoder::read_control(const Row& row) {
    if (row.width() != 7) return fail(Errc::malformed_input, "expected CONTROL,<rows>,<gross>,<fee>,<tax>,<net>,<currency>", at(row));
    std::string iso{row.cells[6].text};
    if (!find_currency(iso)) return fail(Errc::unknown_currency, shown(iso) + " is not a currency of ISO 4217, like EUR", at(row.cells[6]));
    auto rows = csv::parse_number(row.cells[1].text, {});
    if (!rows || rows->scale != 0) return refuse(row.cells[1], shown(row.cells[1].text) + " is not a count of rows");
    Totals totals;
    totals.rows = static_cast<std::uint64_t>(rows->mantissa);
    totals.where = at(row);
    for (std::size_t i = 0; i < 4; ++i) {
        OWED_TRY(auto total, amount(row.cells[i + 2], iso));
        if (!total) return refuse(row.cells[i + 2], "the total is empty");
        totals.units[i] = total->units;
    }
    if (!stated_.emplace(iso, totals).second) return fail(Errc::malformed_input, "a second control row for " + iso, at(row));
    return {};
}

Status Decoder::check_controls() {
    if (stated_.empty()) return fail(Errc::malformed_input, "the control rows are missing: the file is cut off", csv::place_of(opened_.text, opened_.text.size(), file_));
    for (const auto& [iso, totals] : summed_)
        if (!stated_.contains(iso)) return fail(Errc::malformed_input, "the control row for " + iso + " is missing: the file is cut off", csv::place_of(opened_.text, opened_.text.size(), file_));
    for (const auto& [iso, stated] : stated_) {
        const Totals& summed = summed_[iso];
        if (stated.rows != summed.rows)
            findings_.grave(stated.where, "the control row counts " + std::to_string(stated.rows) + " lines in " + iso + ", the file has " + std::to_string(summed.rows));
        for (std::size_t i = 0; i < 4; ++i) {
            if (stated.units[i] == summed.units[i]) continue;
            auto digits = find_currency(iso)->minor_digits;
            findings_.grave(stated.where, "the control row says " + std::string{total_names[i]} + ' ' + minor_to_text(stated.units[i], digits) + ' ' + iso + ", the lines make " +
                                              minor_to_text(summed.units[i], digits));
        }
    }
    return {};
}

}  // namespace

int sniff(std::string_view head, std::string_view) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (head.starts_with(mark)) head.remove_prefix(mark.size());
    if (head.starts_with('"')) head.remove_prefix(1);
    return head.starts_with("HEADER") && head.size() > 6 && std::string_view{",;|\t\""}.find(head[6]) != std::string_view::npos ? 95 : 0;
}

Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink) {
    if (sniff(bytes.substr(0, 64), options.file_name) == 0)
        return fail(Errc::unsupported_format, "no remittance of an agency: expected the row HEADER,<agency>,<remittance number>,<date>[,net|gross] first", options.file_name + ":1:1");
    return Decoder{options, sink}.run(bytes, options.profile);
}

}  // namespace owed::formats::agency
