#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "ctl/inspect.hpp"
#include "ctl/inspect_join.hpp"

namespace owed::ctl {

std::vector<WholeStatement> whole_statements(std::span<const Record> records) {
    std::vector<WholeStatement> statements;
    for (const Record& record : records) {
        const auto* part = std::get_if<BankStatement>(&record.body);
        if (!part) continue;
        if (part->part == 0 || statements.empty()) statements.emplace_back();
        WholeStatement& whole = statements.back();
        whole.last = part;
        for (const BankTransaction& entry : part->entries) whole.entries.push_back(&entry);
    }
    return statements;
}

std::string_view text_of(Check check) {
    switch (check) {
        case Check::absent: return "absent";
        case Check::ok: return "ok";
        case Check::broken: return "broken";
    }
    return "absent";
}

std::string_view text_of(EntryStatus status) {
    switch (status) {
        case EntryStatus::booked: return "booked";
        case EntryStatus::pending: return "pending";
        case EntryStatus::information: return "information";
    }
    return "information";
}

namespace {

namespace json = boost::json;

json::value of(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
json::value of(const std::optional<Date>& date) { return date ? json::value(to_text(*date)) : json::value(nullptr); }
json::value of(const std::optional<Amount>& amount) { return amount ? json::value(to_text(*amount)) : json::value(nullptr); }
json::value of(const std::optional<std::int32_t>& number) { return number ? json::value(*number) : json::value(nullptr); }
json::value currency_of(const std::optional<Amount>& amount) { return amount ? of(amount->currency) : json::value(nullptr); }

json::array of(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

json::value of(const std::optional<Balance>& balance) {
    if (!balance) return nullptr;
    return json::object{{"amount", to_text(balance->amount)}, {"currency", of(balance->amount.currency)}, {"date", of(balance->date)}};
}

json::object of(const RemittanceReference& reference) {
    return {{"type", of(reference.type)},         {"value", of(reference.value)},       {"amount", of(reference.amount)},
            {"gross", of(reference.gross)},       {"discount", of(reference.discount)}, {"adjustment", of(reference.adjustment)},
            {"reason", of(reference.reason)}};
}

json::object remittance_of(const BankTransaction& entry) {
    json::array references;
    for (const RemittanceReference& reference : entry.references) references.emplace_back(of(reference));
    return {{"text", of(entry.text)}, {"references", std::move(references)}};
}

json::array charges_of(const BankTransaction& entry) {
    json::array charges;
    for (const Amount& charge : entry.charges) charges.emplace_back(json::object{{"amount", to_text(charge)}, {"currency", of(charge.currency)}});
    return charges;
}

json::object of(const BankTransaction& entry) {
    json::object out{
        {"booking_date", of(entry.booking_date)},
        {"value_date", of(entry.value_date)},
        {"amount", of(entry.amount)},
        {"currency", currency_of(entry.amount)},
        {"amount_text", of(entry.amount_text)},
        {"status", text_of(entry.status)},
        {"reversal", entry.reversal},
        {"code", of(entry.code)},
        {"entry_ref", of(entry.entry_ref)},
        {"bank_ref", of(entry.bank_ref)},
        {"end_to_end_id", of(entry.end_to_end_id)},
        {"mandate_id", of(entry.mandate_id)},
        {"counterparty", json::object{{"name", of(entry.counterparty.name)}, {"account", of(entry.counterparty.account)}, {"bank", of(entry.counterparty.bank)}}},
        {"remittance", remittance_of(entry)},
        {"return_reason", of(entry.return_reason)},
        {"original", json::object{{"amount", of(entry.original_amount)}, {"currency", currency_of(entry.original_amount)}, {"rate", of(entry.exchange_rate)}}},
        {"charges", charges_of(entry)},
        {"where", of(entry.where)},
    };
    json::array details;
    for (const BankTransaction& detail : entry.details) details.emplace_back(of(detail));
    out["details"] = std::move(details);
    return out;
}

json::object of(const WholeStatement& whole) {
    const BankStatement& s = *whole.last;
    json::array entries;
    for (const BankTransaction* entry : whole.entries) entries.emplace_back(of(*entry));
    const StatementAccount& a = s.account;
    return {
        {"account", json::object{{"iban", of(a.iban)}, {"id", of(a.id)}, {"bank", of(a.bank)}, {"currency", of(a.currency)}, {"name", of(a.name)}}},
        {"id", of(s.id)},
        {"sequence", of(s.sequence)},
        {"from", of(s.from)},
        {"to", of(s.to)},
        {"intraday", s.intraday},
        {"opening", of(s.opening)},
        {"closing", of(s.closing)},
        {"entries", std::move(entries)},
        {"checks", json::object{{"balance", text_of(s.balance_check)}, {"control_totals", text_of(s.control_totals_check)}}},
    };
}

json::object fields_of(const Customer& c) {
    const PostalAddress& a = c.address;
    return {
        {"number", of(c.number)},
        {"entity", of(c.entity)},
        {"name", of(c.name)},
        {"email", of(c.email)},
        {"language", of(c.language)},
        {"currency", of(c.currency)},
        {"contact_name", of(c.contact_name)},
        {"address", json::object{{"lines", of(a.lines)}, {"postcode", of(a.postcode)}, {"city", of(a.city)}, {"region", of(a.region)}, {"country", of(a.country)}}},
        {"tax_id", of(c.tax_id)},
        {"terms_days", of(c.terms_days)},
        {"segment", of(c.segment)},
        {"parent", of(c.parent)},
        {"accounts", of(c.accounts)},
        {"dunning_block", of(c.dunning_block)},
        {"channel", of(c.channel)},
    };
}

json::object fields_of(const ArDocument& d) {
    json::array discounts;
    for (const ArDocument::Discount& offer : d.discounts)
        discounts.emplace_back(json::object{{"until", of(offer.until)}, {"percent", of(offer.percent)}, {"amount", of(offer.amount)}});
    return {
        {"number", of(d.number)},
        {"entity", of(d.entity)},
        {"customer", of(d.customer)},
        {"document_date", of(d.document_date)},
        {"due_date", of(d.due_date)},
        {"posting_date", of(d.posting_date)},
        {"amount", of(d.amount)},
        {"currency", currency_of(d.amount)},
        {"tax", of(d.tax)},
        {"open", of(d.open)},
        {"order", of(d.order)},
        {"payment_reference", of(d.payment_reference)},
        {"original_document", of(d.original_document)},
        {"terms_days", of(d.terms_days)},
        {"dunning_level", of(d.dunning_level)},
        {"last_notice_date", of(d.last_notice_date)},
        {"text", of(d.text)},
        {"terms", of(d.terms)},
        {"discounts", std::move(discounts)},
        {"delivery", of(d.delivery)},
        {"contract", of(d.contract)},
        {"disputed", of(d.disputed)},
        {"retained", of(d.retained)},
        {"release_date", of(d.release_date)},
        {"deposit", d.deposit},
        {"freight", of(d.freight)},
    };
}

json::object fields_of(const ErpPayment& p) {
    json::array applied;
    for (const ErpPayment::Applied& a : p.applied) applied.emplace_back(json::object{{"document", of(a.document)}, {"amount", of(a.amount)}});
    return {{"number", of(p.number)}, {"entity", of(p.entity)},          {"customer", of(p.customer)},   {"date", of(p.date)},
            {"amount", of(p.amount)}, {"currency", currency_of(p.amount)}, {"reference", of(p.reference)}, {"applied", std::move(applied)}};
}

json::object fields_of(const AgencyUpdate& u) {
    const std::optional<Amount>& any = u.gross ? u.gross : u.net;
    return {{"placement", of(u.placement)}, {"agency", of(u.agency)}, {"customer", of(u.customer)},     {"document", of(u.document)}, {"state", of(u.state)}, {"date", of(u.date)},
            {"gross", of(u.gross)},         {"fee", of(u.fee)},       {"tax", of(u.tax)},               {"net", of(u.net)},           {"currency", currency_of(any)},
            {"remittance", of(u.remittance)}, {"text", of(u.text)}, {"remits", u.gross_remittance ? "gross" : "net"}};
}

json::object fields_of(const Contact& c) {
    return {{"number", of(c.number)}, {"entity", of(c.entity)}, {"customer", of(c.customer)}, {"name", of(c.name)}, {"email", of(c.email)},
            {"phone", of(c.phone)},   {"role", of(c.role)},     {"language", of(c.language)}, {"no_email", c.no_email}};
}

json::object fields_of(const SalesOrder& o) {
    return {{"number", of(o.number)}, {"entity", of(o.entity)},   {"customer", of(o.customer)}, {"date", of(o.date)}, {"amount", of(o.amount)}, {"currency", currency_of(o.amount)},
            {"status", of(o.status)}, {"awaiting_authorisation", o.awaiting_authorisation}, {"on_hold", o.on_hold},  {"text", of(o.text)}};
}

json::object fields_of(const AccountStatus& a) {
    return {{"customer", of(a.customer)},   {"entity", of(a.entity)},   {"name", of(a.name)},               {"as_of", of(a.as_of)},
            {"balance", of(a.balance)},     {"overdue", of(a.overdue)}, {"currency", currency_of(a.balance)}, {"oldest_days", of(a.oldest_days)},
            {"dunning_level", of(a.dunning_level)}, {"hold", a.hold},   {"hold_reason", of(a.hold_reason)}};
}

json::object fields_of(const OrderHold& h) {
    return {{"order", of(h.order)}, {"entity", of(h.entity)}, {"customer", of(h.customer)}, {"hold", h.hold}, {"reason", of(h.reason)}, {"as_of", of(h.as_of)}};
}

json::object fields_of(const FxRate& r) {
    return {{"from", of(r.from)}, {"to", of(r.to)}, {"type", of(r.type)}, {"date", of(r.date)}, {"rate", of(r.rate)}, {"source", of(r.source)}};
}

json::object fields_of(const ReferenceRate& r) {
    return {{"name", of(r.name)}, {"from", of(r.from)}, {"percent", of(r.percent)}, {"source", of(r.source)}};
}

json::object fields_of(const RemittanceAdvice& a) {
    json::array lines;
    for (const RemittanceReference& line : a.lines) lines.emplace_back(of(line));
    return {{"number", of(a.number)}, {"entity", of(a.entity)}, {"customer", of(a.customer)}, {"payer", json::object{{"name", of(a.payer.name)}, {"account", of(a.payer.account)}, {"bank", of(a.payer.bank)}}}, {"date", of(a.date)},
            {"amount", of(a.amount)}, {"currency", currency_of(a.amount)}, {"lines", std::move(lines)}, {"text", of(a.text)}};
}

json::object fields_of(const ReceiptApplication& a) {
    json::array documents;
    for (const auto& one : a.documents) {
        json::array parts;
        for (const auto& part : one.parts) parts.push_back(json::object{{"reason", of(part.reason)}, {"amount", of(part.amount)}});
        documents.push_back(json::object{{"kind", of(one.kind)}, {"document", of(one.document)}, {"instalment", of(one.instalment)}, {"amount", of(one.amount)},
                                         {"currency", currency_of(one.amount)}, {"taken", of(one.taken)}, {"discount", of(one.discount)}, {"parts", std::move(parts)}});
    }
    return {{"receipt", of(a.receipt)}, {"entity", of(a.entity)}, {"customer", of(a.customer)}, {"reverses", of(a.reverses)}, {"credit_kind", of(a.credit_kind)},
            {"reference", of(a.reference)}, {"payer", of(a.payer)}, {"value_date", of(a.value_date)}, {"posting_date", of(a.posting_date)}, {"amount", of(a.amount)},
            {"currency", currency_of(a.amount)}, {"bank_account", of(a.bank_account)}, {"bank_gl", of(a.bank_gl)}, {"documents", std::move(documents)}, {"reason", of(a.reason)}};
}

json::object fields_of(const ReceiptAnswer& a) {
    return {{"key", of(a.key)}, {"accepted", a.accepted}, {"reference", of(a.reference)}, {"reason", of(a.reason)}};
}

json::object document_of(const Record& record, json::object fields) {
    json::object out{{"kind", kind_of(record)}};
    for (auto& [key, value] : fields) out[key] = std::move(value);
    out["external_id"] = of(record.external_id);
    out["where"] = of(record.where);
    return out;
}

json::array documents_of(std::span<const Record> records) {
    json::array documents;
    for (const Record& record : records) {
        std::visit(
            [&]<class Body>(const Body& body) {
                if constexpr (!std::is_same_v<Body, BankStatement>) documents.emplace_back(document_of(record, fields_of(body)));
            },
            record.body);
    }
    return documents;
}

}  // namespace

json::object inspect_json(std::span<const Record> records, const DecodeReport& report) {
    json::array statements, warnings, rejected;
    for (const WholeStatement& whole : whole_statements(records)) statements.emplace_back(of(whole));
    for (const Warning& w : report.warnings) warnings.emplace_back(json::object{{"where", of(w.where)}, {"what", w.what}, {"grave", w.grave}});
    for (const RejectedRow& r : report.rejected) rejected.emplace_back(json::object{{"where", of(r.where)}, {"what", r.what}});
    return {
        {"format", report.format},
        {"verdict", name_of(report.verdict)},
        {"statements", std::move(statements)},
        {"batches", json::array{}},
        {"documents", documents_of(records)},
        {"warnings", std::move(warnings)},
        {"rejected", std::move(rejected)},
    };
}

json::object error_json(const Error& error) {
    return {{"error", json::object{{"code", name_of(error.code)}, {"what", error.what}, {"where", of(error.where)}, {"do", of(error.advice)}}}};
}

}  // namespace owed::ctl
