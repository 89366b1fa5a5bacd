#include "ctl/print.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <utility>
#include <vector>

namespace owed::ctl {
namespace {

namespace json = boost::json;

/// Columns that a person wants to see, per list; everything else is in --json.
const std::map<std::string, std::vector<std::string>, std::less<>>& columns() {
    static const std::map<std::string, std::vector<std::string>, std::less<>> all = {
        {"customers", {"entity", "customer", "name", "balance", "overdue", "currency", "also", "oldest_days", "level", "hold"}},
        {"items", {"item", "entity", "customer", "kind", "document", "due_date", "days_overdue", "original", "residual", "currency", "state", "dunning_level"}},
        {"receipts", {"receipt", "entity", "value_date", "amount", "currency", "unapplied", "payer", "customer", "state", "question"}},
        {"applications", {"application", "receipt", "document", "customer", "amount", "currency", "stage", "confidence", "by", "at", "undone", "reason"}},
        {"bank-statements", {"entity", "account", "statement", "to", "opening", "closing", "currency", "entries", "state"}},
        {"inbox", {"artifact", "connector", "name", "format", "verdict", "state", "records", "applied", "duplicates", "rejected", "reason"}},
        {"rejects", {"artifact", "connector", "where", "what"}},
        {"aliases", {"alias", "entity", "kind", "value", "customer", "by", "at"}},
        {"rules", {"rule", "entity", "kind", "value", "why", "by", "at"}},
        {"pending", {"receipt", "value_date", "amount", "currency", "payer", "text", "why"}},
        {"connectors", {"name", "plugin", "entity", "state", "last_run", "next_try", "records", "rejected", "restarts", "reason"}},
        {"plugins", {"plugin", "version", "kinds", "sdk", "isolation", "verified", "instances", "problem"}},
        {"doctor", {"check", "state", "what", "do"}},
        {"decisions", {"entity", "customer", "decision", "level", "channel", "amount", "fee", "currency", "reason"}},
        {"notices", {"notice", "entity", "customer", "kind", "channel", "level", "language", "total", "currency", "state", "subject"}},
        {"outbox", {"notice", "entity", "customer", "kind", "channel", "state", "attempts", "outcome"}},
        {"runs", {"run", "entity", "as_of", "state", "notices", "waits", "stops", "escalations", "reason"}},
        {"audit", {"seq", "at", "actor", "on_behalf_of", "action", "object", "reason"}},
        {"rows", {"customer", "name", "currency", "current", "1-30", "31-60", "61-90", "over-90", "credits", "total"}},
        {"measures", {"currency", "value", "closing_ar", "not_due_ar", "opening_ar", "sales", "average", "countback", "uncovered", "dso", "best_possible"}},
        {"by_bucket", {"bucket", "balance", "rate_percent", "provision"}},
        {"exposures", {"customer", "name", "currency", "open", "overdue", "credits", "orders", "exposure", "limit", "available", "without_rate", "hold"}},
        {"deposits", {"item", "customer", "name", "document", "document_date", "days", "currency", "original", "residual"}},
        {"deductions", {"item", "entity", "customer", "document", "of", "reason_code", "days", "original", "residual", "currency", "state"}},
        {"follows", {"entry", "act", "posting_date", "document", "amount", "currency", "reason"}},
        {"taken_back", {"entry", "act", "posting_date", "document", "amount", "currency", "reason"}},
        {"rates", {"from", "to", "type", "date", "rate", "source", "recorded_at"}},
        {"approvals", {"approval", "state", "kind", "entity", "subject", "made_by", "made_at", "by", "at", "summary"}},
        {"periods", {"entity", "month", "state", "by", "approved_by", "at", "reason"}},
        {"changes", {"at", "entity", "month", "before", "state", "by", "approved_by", "reason"}},
        {"relations", {"relation", "entity", "kind", "payer", "payer_account", "payer_name", "pays_for", "from", "until", "by"}},
        {"returns", {"return", "entity", "value_date", "amount", "currency", "payer", "reference", "why"}},
        {"outgoing", {"outgoing", "entity", "value_date", "amount", "currency", "payee", "reference", "text"}},
        {"refunds", {"entity", "receipt", "amount", "currency", "account", "ordered"}},
        {"limits", {"entity", "customer", "limit", "currency", "from", "by", "approved_by", "why"}},
        {"promises", {"promise", "entity", "customer", "name", "amount", "paid", "currency", "due", "state", "documents", "by", "why"}},
        {"totals", {"currency", "current", "1-30", "31-60", "61-90", "over-90", "credits", "disputed", "total"}},
    };
    return all;
}

bool is_number_column(std::string_view name) {
    static const std::vector<std::string_view> names = {"amount", "fee", "unapplied", "original", "residual", "balance", "overdue", "debit", "credit", "functional", "total",
                                                        "opening", "closing", "current", "credits", "disputed", "days_overdue", "oldest_days", "records", "applied", "paid",
                                                        "value", "closing_ar", "not_due_ar", "opening_ar", "sales", "average", "countback", "uncovered", "dso",
                                                        "best_possible", "rate_percent", "provision", "open", "orders", "exposure", "limit", "available", "days"};
    return std::find(names.begin(), names.end(), name) != names.end() || (!name.empty() && name.front() >= '0' && name.front() <= '9') || name.rfind("over-", 0) == 0;
}

}  // namespace

std::string tame(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        // U+200E/F, U+202A-E, U+2066-9 turn the direction of what follows.
        const bool turns = c == 0xE2 && i + 2 < text.size() && ((static_cast<unsigned char>(text[i + 1]) == 0x80 && (static_cast<unsigned char>(text[i + 2]) & 0xF0U) >= 0x80 &&
                           (static_cast<unsigned char>(text[i + 2]) >= 0xAA || static_cast<unsigned char>(text[i + 2]) == 0x8E || static_cast<unsigned char>(text[i + 2]) == 0x8F) &&
                           static_cast<unsigned char>(text[i + 2]) <= 0xAE) || (static_cast<unsigned char>(text[i + 1]) == 0x81 && static_cast<unsigned char>(text[i + 2]) >= 0xA6 &&
                           static_cast<unsigned char>(text[i + 2]) <= 0xA9));
        if (turns) {
            out += '?';
            i += 2;
        } else {
            out += c < 0x20 || c == 0x7f ? '?' : text[i];
        }
    }
    return out;
}

std::vector<std::string> list_columns(const std::string& list) {
    const auto at = columns().find(list);
    return at == columns().end() ? std::vector<std::string>{} : at->second;
}

namespace {

std::string cell(const json::value& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return tame({value.as_string().data(), value.as_string().size()});
    if (value.is_array()) {   // of objects: "100.00 0.00 USD, 5.00 5.00 GBP"
        std::string text;
        for (const auto& one : value.as_array()) {
            text += text.empty() ? "" : ", ";
            if (!one.is_object()) {
                text += cell(one);
                continue;
            }
            bool first = true;
            for (const auto& member : one.as_object()) text += (std::exchange(first, false) ? "" : " ") + cell(member.value());
        }
        return text;
    }
    return tame(json::serialize(value));
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t to, bool right) {
    const auto fill = std::string(to > width(text) ? to - width(text) : 0, ' ');
    return right ? fill + text : text + fill;
}

std::string table(const std::string& name, const json::array& rows) {
    if (rows.empty()) return "none\n";
    std::vector<std::string> heads;
    if (const auto at = columns().find(name); at != columns().end()) {
        for (const auto& head : at->second)   // one that no row has is another report's
            if (std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.is_object() && row.as_object().contains(head); })) heads.push_back(head);
    } else if (rows.front().is_object())
        for (const auto& member : rows.front().as_object())
            if (!member.value().is_array() && !member.value().is_object()) heads.emplace_back(member.key());
    std::vector<std::vector<std::string>> lines{heads};
    for (const auto& row : rows) {
        if (!row.is_object()) {
            lines.push_back({cell(row)});
            continue;
        }
        std::vector<std::string> line;
        for (const auto& head : heads) {
            const auto* value = row.as_object().if_contains(head);
            line.push_back(value == nullptr ? "" : cell(*value));
        }
        lines.push_back(std::move(line));
    }
    std::vector<std::size_t> widths(heads.size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < std::min(line.size(), widths.size()); ++i) widths[i] = std::max(widths[i], width(line[i]));
    std::string text;
    for (const auto& line : lines) {
        std::string out;
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (i > 0) out += "  ";
            out += i + 1 == line.size() && i > 0 && !is_number_column(heads[i]) ? line[i] : padded(line[i], i < widths.size() ? widths[i] : 0, i < heads.size() && is_number_column(heads[i]));
        }
        while (!out.empty() && out.back() == ' ') out.pop_back();
        text += out + "\n";
    }
    return text;
}

std::string object_lines(const json::object& object, const std::string& indent);

std::string member_text(std::string_view key, const json::value& value, const std::string& indent) {
    const std::string name{key};
    if (value.is_object()) return value.as_object().empty() ? std::string{} : indent + name + ":\n" + object_lines(value.as_object(), indent + "  ");
    if (value.is_array()) {
        if (value.as_array().empty()) return {};
        if (value.as_array().front().is_object()) return indent + name + ":\n" + table(name, value.as_array());
        std::string text = indent + name + ":\n";
        for (const auto& item : value.as_array()) text += indent + "  " + cell(item) + "\n";
        return text;
    }
    if (key == "message" && value.is_string()) return {};  // a whole mail is for --json or a file
    return indent + name + ": " + cell(value) + "\n";
}

std::string object_lines(const json::object& object, const std::string& indent) {
    std::string text;
    for (const auto& member : object)
        if (!member.value().is_null()) text += member_text({member.key().data(), member.key().size()}, member.value(), indent);
    return text;
}

/// Entries with their lines, as a bookkeeper writes them: debit left, credit right.
std::string journal(const json::array& entries) {
    std::string text;
    for (const auto& entry : entries) {
        text += "entry " + cell(entry.at("entry")) + "  " + cell(entry.at("entity")) + "  " + cell(entry.at("gl_date")) + "  " + cell(entry.at("cause").at("kind")) + " " +
                cell(entry.at("cause").at("id")) + ": " + cell(entry.at("reason")) + "\n";
        for (const auto& line : entry.at("lines").as_array()) {
            const auto side = [&](const char* key) {
                const auto value = cell(line.at(key));
                return padded(value.find_first_not_of("0.") == std::string::npos ? std::string{} : value, 16, true);
            };
            text += "  " + padded(cell(line.at("account")), 12, false) + side("debit") + side("credit") + " " + cell(line.at("currency")) +
                    (line.at("item").is_null() ? "" : "  #" + cell(line.at("item"))) + "\n";
        }
    }
    return text.empty() ? "none\n" : text;
}

/// "INV-1=1988.00 with bank charge 12.00": what accepting it would post.
std::string share(const json::object& item) {
    auto text = cell(item.at("document")) + "=" + cell(item.at("amount"));
    for (const auto& [key, name] : {std::pair{"discount", "discount"}, {"tolerance", "tolerance"}, {"bank_charge", "bank charge"}, {"withholding", "withheld tax"},
                                    {"deduction", "deduction"}}) {
        const auto amount = cell(item.at(key));
        if (amount.find_first_not_of("0.") == std::string::npos) continue;
        text += std::string{" with "} + name + " " + amount;
        if (name == std::string_view{"deduction"}) text += " (" + cell(item.at("reason")) + ")";
    }
    return text;
}

std::string proposals(const json::array& pending) {
    std::string text;
    for (const auto& question : pending)
        for (const auto& proposal : question.at("proposals").as_array()) {
            text += "  " + cell(question.at("receipt")) + " " + cell(proposal.at("proposal")) + ": ";
            for (const auto& item : proposal.at("items").as_array()) text += share(item.as_object()) + " ";
            text += "(" + cell(proposal.at("confidence")) + " %)";
            for (const auto& sentence : proposal.at("evidence").as_array()) text += " " + cell(sentence) + ";";
            for (const auto& sentence : proposal.at("against").as_array()) text += " but " + cell(sentence) + ";";
            if (text.back() == ';') text.pop_back();
            text += "\n";
        }
    return text.empty() ? text : "\nproposals\n" + text;
}

}  // namespace

std::string print(std::string_view verb, const json::value& answer) {
    if (!answer.is_object()) return cell(answer) + "\n";
    const auto& object = answer.as_object();
    if (const auto* text = object.if_contains("metrics"); verb == "metrics" && text != nullptr && text->is_string()) return std::string{text->as_string()};
    if (verb == "journal") return journal(object.at("entries").as_array());
    // A list verb: one list of objects, and what it is as of.
    const json::key_value_pair* list = nullptr;
    for (const auto& member : object)
        if (member.value().is_array() && member.key() != "edges") list = list == nullptr ? &member : list;
    const bool only_list = list != nullptr && object.size() <= 2 && object.contains("as_of");
    if (only_list && list->key() != "reports") {
        auto text = table(std::string{list->key()}, list->value().as_array());
        if (verb == "cash pending") text += proposals(list->value().as_array());
        return text;
    }
    if (only_list) {
        std::string text;
        for (const auto& report : list->value().as_array()) text += object_lines(report.as_object(), "") + "\n";
        return text;
    }
    // Several lists, and nothing in any of them.
    const bool nothing = list != nullptr && std::all_of(object.begin(), object.end(), [](const auto& member) {
        return member.key() == "as_of" || (member.value().is_array() && member.value().as_array().empty());
    });
    if (nothing) return "none\n";
    if (verb == "cash show") {
        auto shown = object;
        shown.erase("proposals");
        return object_lines(shown, "") + proposals({answer});
    }
    return object_lines(object, "");
}

}  // namespace owed::ctl
