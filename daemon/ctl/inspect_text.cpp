#include <algorithm>
#include <array>

#include "ctl/inspect.hpp"
#include "ctl/inspect_join.hpp"

namespace owed::ctl {
namespace {

/// A file's text on a terminal: control characters would steer it, line breaks would break the table.
std::string shown(std::string_view text) {
    std::string out{text};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        if (c < 0x20 || c == 0x7F) out[i] = '?';
        // U+0080 to U+009F, which some terminals take as escapes.
        if (c == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0) out.replace(i, 2, "?");
    }
    return out;
}

/// Characters, not bytes; good enough for columns of Latin text.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Rows under headings, each column as wide as its widest cell; amounts to the right.
class Table {
  public:
    struct Column {
        std::string heading;
        bool right = false;
    };
    explicit Table(std::vector<Column> columns) : columns_{std::move(columns)} {}
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    std::string text(std::string_view indent) const {
        std::vector<std::size_t> widths;
        std::vector<std::string> headings;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            headings.push_back(columns_[i].heading);
            std::size_t w = width(columns_[i].heading);
            for (const auto& row : rows_) w = std::max(w, width(row[i]));
            widths.push_back(w);
        }
        std::string out = line(headings, widths, indent);
        for (const auto& row : rows_) out += line(row, widths, indent);
        return out;
    }

  private:
    std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, std::string_view indent) const {
        std::string out{indent};
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string padding(widths[i] - width(cells[i]), ' ');
            if (i > 0) out += "  ";
            out += columns_[i].right ? padding + cells[i] : cells[i] + padding;
        }
        out.erase(out.find_last_not_of(' ') + 1);
        return out + "\n";
    }
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

std::string date_text(const std::optional<Date>& date) { return date ? to_text(*date) : "-"; }
std::string amount_text(const std::optional<Amount>& amount) {
    if (!amount) return "-";
    return to_text(*amount) + (amount->currency.empty() ? "" : " " + shown(amount->currency));
}

std::string remittance_text(const BankTransaction& entry) {
    std::string out;
    const auto add = [&](const std::string& text) {
        if (!text.empty()) out += (out.empty() ? "" : " | ") + shown(text);
    };
    for (const RemittanceReference& reference : entry.references) add(reference.type + " " + reference.value);
    for (const std::string& line : entry.text) add(line);
    if (out.empty()) add(entry.end_to_end_id);
    return out;
}

void add_entry(Table& table, const BankTransaction& entry, bool detail) {
    std::string state{detail ? "" : text_of(entry.status)};
    if (entry.reversal && !detail) state += ", reversal";
    table.row({detail ? "" : date_text(entry.booking_date), detail ? "" : date_text(entry.value_date), (detail ? "  " : "") + amount_text(entry.amount), state,
               shown(entry.counterparty.name), remittance_text(entry)});
}

std::string balance_text(std::string_view name, const std::optional<Balance>& balance) {
    std::string out{name};
    if (!balance) return out + " not stated";
    out += " " + amount_text(balance->amount);
    if (balance->date) out += " on " + to_text(*balance->date);
    return out;
}

std::string statement_text(const WholeStatement& whole) {
    const BankStatement& s = *whole.last;
    const std::string& account = s.account.iban.empty() ? s.account.id : s.account.iban;
    std::string out = "\nStatement " + (s.id.empty() ? "without an id" : shown(s.id));
    if (!s.sequence.empty()) out += ", number " + shown(s.sequence);
    out += ", account " + (account.empty() ? "not stated" : shown(account)) + (s.intraday ? ", intraday" : "") + "\n";
    out += "  " + balance_text("opening", s.opening) + ", " + balance_text("closing", s.closing) + "\n";
    out += "  checks: balance " + std::string{text_of(s.balance_check)} + ", control totals " + std::string{text_of(s.control_totals_check)} + "\n";
    if (whole.entries.empty()) return out + "  no entries\n";
    Table table{{{"booked"}, {"value"}, {"amount", true}, {"status"}, {"counterparty"}, {"remittance"}}};
    for (const BankTransaction* entry : whole.entries) {
        add_entry(table, *entry, false);
        if (entry->details.size() < 2) continue;  // the entry says what its only transaction says
        for (const BankTransaction& detail : entry->details) add_entry(table, detail, true);
    }
    return out + table.text("  ");
}

std::vector<std::string> row_of(const Customer& c) { return {shown(c.number), shown(c.name), "", "", shown(c.email)}; }
std::vector<std::string> row_of(const ArDocument& d) {
    return {shown(d.number), shown(d.customer), date_text(d.due_date), amount_text(d.amount), d.open ? "open " + amount_text(d.open) : ""};
}
std::vector<std::string> row_of(const ErpPayment& p) { return {shown(p.number), shown(p.customer), date_text(p.date), amount_text(p.amount), shown(p.reference)}; }
std::vector<std::string> row_of(const AgencyUpdate& u) {
    return {shown(u.placement), shown(u.customer), date_text(u.date), amount_text(u.gross), shown(u.state)};
}
std::vector<std::string> row_of(const Contact& c) { return {shown(c.name), shown(c.customer), "", "", shown(c.email)}; }
std::vector<std::string> row_of(const SalesOrder& o) {
    return {shown(o.number), shown(o.customer), date_text(o.date), amount_text(o.amount), shown(o.status)};
}
std::vector<std::string> row_of(const AccountStatus& a) {
    return {"", shown(a.customer), date_text(a.as_of), amount_text(a.balance), a.hold ? "on hold" : ""};
}
std::vector<std::string> row_of(const OrderHold& h) {
    return {shown(h.order), shown(h.customer), date_text(h.as_of), "", h.hold ? "hold: " + shown(h.reason) : "release"};
}
std::vector<std::string> row_of(const FxRate& r) {
    return {shown(r.from + "/" + r.to), "", date_text(r.date), shown(r.rate), shown(r.type)};
}
std::vector<std::string> row_of(const ReferenceRate& r) { return {shown(r.name), "", date_text(r.from), shown(r.percent) + " %", ""}; }
std::vector<std::string> row_of(const RemittanceAdvice& a) {
    return {shown(a.number), shown(a.customer.empty() ? a.payer.name : a.customer), date_text(a.date), amount_text(a.amount),
            std::to_string(a.lines.size()) + " lines"};
}
std::vector<std::string> row_of(const ReceiptApplication& a) {
    return {shown(a.receipt), shown(a.customer), date_text(a.posting_date), amount_text(a.amount), a.reverses.empty() ? "applied" : "takes back " + shown(a.reverses)};
}
std::vector<std::string> row_of(const ReceiptAnswer& a) {
    return {shown(a.key), "", "", "", a.accepted ? "accepted" : "refused: " + shown(a.reason)};
}
std::vector<std::string> row_of(const BankStatement&) { return {}; }

std::string documents_text(std::span<const Record> records) {
    Table table{{{"kind"}, {"number"}, {"customer"}, {"date"}, {"amount", true}, {"more"}}};
    std::size_t rows = 0;
    for (const Record& record : records) {
        if (std::holds_alternative<BankStatement>(record.body)) continue;
        std::vector<std::string> cells = std::visit([](const auto& body) { return row_of(body); }, record.body);
        cells.insert(cells.begin(), std::string{kind_of(record)});
        table.row(std::move(cells));
        ++rows;
    }
    return rows == 0 ? "" : "\n" + table.text("");
}

std::string_view meaning_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::accept: return "accepted";
        case Verdict::warn: return "read, with warnings";
        case Verdict::quarantine: return "quarantined: nothing of it is posted until a person releases it";
    }
    return "";
}

}  // namespace

std::string inspect_text(std::span<const Record> records, const DecodeReport& report) {
    std::string out = shown(report.format) + ": " + std::string{meaning_of(report.verdict)} + "\n";
    for (const Warning& w : report.warnings) out += std::string{w.grave ? "  wrong: " : "  warning: "} + shown(w.where) + (w.where.empty() ? "" : ": ") + shown(w.what) + "\n";
    for (const RejectedRow& r : report.rejected) out += "  rejected: " + shown(r.where) + ": " + shown(r.what) + "\n";
    for (const WholeStatement& whole : whole_statements(records)) out += statement_text(whole);
    return out + documents_text(records);
}

}  // namespace owed::ctl
