#include "jobs/detail/compose.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "render/mail.hpp"

namespace owed::jobs::detail {
namespace {

namespace json = boost::json;

std::string compact(Date date) {
    auto text = to_text(date);
    std::erase(text, '-');
    return text;
}

Result<render::PayTo> configured_pay_to(const DunningSetup& setup, const std::string& entity, Currency currency) {
    for (const auto& account : setup.ledger.books.bank_accounts())
        if (account.entity == entity && account.currency == currency && account.pay_to)
            return render::PayTo{account.holder, account.iban, account.number, account.bank, account.bank_name, std::string{currency.text()}};
    return fail(Errc::not_found, "entity " + entity + " has no account with pay_to: true in " + std::string{currency.text()}, {},
                "mark the account to be printed on notices under accounts:");
}

/// The version that two people approved. What configuration says now is compared with it by the renderer (SECURITY T25).
Result<render::ApprovedPayTo> approved_pay_to(store::Db& db, const std::string& entity, Currency currency) {
    const auto state = parties::pay_to(db, entity, currency.text());
    if (!state) return fail(Errc::refused, "no pay-to details of entity " + entity + " in " + std::string{currency.text()} + " are approved");
    const auto& own = state->approved;
    return render::ApprovedPayTo{{own.holder, own.iban, own.number, own.bank, own.bank_name, own.currency}, parties::pay_to_hash(own)};
}

Result<render::NoticeFacts> facts_of(store::Db& db, const DunningSetup& setup, const collect::Decision& decision, Date as_of) {
    const auto at = setup.letterheads.find(decision.entity);
    if (at == setup.letterheads.end())
        return fail(Errc::not_found, "entity " + decision.entity + " has no creditor: block, so nothing can be written in its name");
    const auto customer = parties::find(db, decision.customer);
    OWED_CHECK(customer.has_value(), "a decided customer is there");
    auto facts = render::empty_facts(decision.currency);
    facts.creditor = at->second.creditor;
    OWED_TRY(facts.pay_to, configured_pay_to(setup, decision.entity, decision.currency));
    const auto& who = customer->customer;
    facts.debtor = {who.number, who.name.empty() ? who.number : who.name, who.contact_name, who.email, who.language, who.address};
    facts.notice_number = notice_number(decision, as_of);
    facts.date = as_of;
    facts.place = at->second.place;
    facts.level = decision.level;
    for (const auto& item : decision.items)
        facts.items.push_back({item.document, item.document_date, item.due_date, item.original,
                               Money::minor(item.original.units() - item.residual.units(), decision.currency), item.residual, item.days_overdue});
    if (decision.fee) facts.fee = *decision.fee;
    OWED_TRY(facts.total, add(decision.amount, facts.fee));
    facts.deadline = as_of.plus_days(decision.deadline_days);
    facts.received_until = as_of.plus_days(-1);
    facts.payment_reference = decision.items.size() == 1 ? decision.items.front().document : facts.notice_number;
    return facts;
}

std::vector<std::string> addressee_lines(const render::Debtor& debtor) {
    std::vector<std::string> lines{debtor.name};
    if (!debtor.contact_name.empty()) lines.push_back(debtor.contact_name);
    lines.insert(lines.end(), debtor.address.lines.begin(), debtor.address.lines.end());
    const auto& address = debtor.address;
    if (address.country == "US" || address.country == "GB" || address.country == "CA")
        lines.push_back(address.city + (address.region.empty() ? "" : ", " + address.region) + " " + address.postcode);
    else
        lines.push_back(address.postcode + " " + address.city);
    if (!address.country.empty()) lines.push_back(address.country);
    return lines;
}

std::string domain_of(const std::string& address) {
    const auto at = address.rfind('@');
    auto domain = at == std::string::npos ? std::string{"localhost"} : address.substr(at + 1);
    while (!domain.empty() && domain.back() == '>') domain.pop_back();
    return domain;
}

/// "Accounts Receivable <ar@example.com>" or a bare address.
render::Mailbox mailbox(const std::string& text, const std::string& name) {
    const auto open = text.find('<');
    if (open == std::string::npos) return {name, text};
    auto shown = text.substr(0, open);
    while (!shown.empty() && shown.back() == ' ') shown.pop_back();
    auto address = text.substr(open + 1);
    while (!address.empty() && (address.back() == '>' || address.back() == ' ')) address.pop_back();
    return {shown, address};
}

Status add_mail(notify::NewNotice& notice, const DunningSetup& setup, const render::NoticeFacts& facts,
                const render::RenderedNotice& rendered) {
    const auto& head = setup.letterheads.at(notice.entity);
    const auto from = mailbox(head.from, facts.creditor.name);
    render::Mail mail;
    mail.from = from;
    mail.to = {facts.debtor.name, facts.debtor.email};
    if (!head.reply_to.empty()) mail.reply_to = mailbox(head.reply_to, facts.creditor.name);
    mail.subject = rendered.subject;
    mail.text = rendered.text;
    mail.html = rendered.html;
    if (!rendered.letter_pdf.empty())
        mail.attachments.push_back({facts.notice_number + ".pdf", "application/pdf", rendered.letter_pdf});
    mail.date = setup.ledger.clock.now();
    if (const auto* entity = setup.ledger.books.find(notice.entity)) mail.zone = entity->zone;
    mail.message_id = store::hex(store::sha256(notice.key)).substr(0, 24) + "@" + domain_of(from.address);
    OWED_TRY(notice.delivery.message, render::compose_mail(mail));
    notice.delivery.sender_address = from.address;
    notice.delivery.recipients = {facts.debtor.email};
    notice.message_id = mail.message_id;
    return {};
}

void add_letter(notify::NewNotice& notice, const render::NoticeFacts& facts, const render::RenderedNotice& rendered) {
    notice.delivery.parts = {{facts.notice_number + ".pdf", "application/pdf", rendered.letter_pdf}};
    notice.delivery.addressee = addressee_lines(facts.debtor);
}

notify::NewNotice head_of(const collect::Decision& decision, Date as_of, Money total) {
    notify::NewNotice notice{.key = notice_key(decision, as_of), .run = {}, .entity = decision.entity, .customer = decision.customer,
                             .kind = decision.channel == collect::Channel::agency ? "placement" : "dunning",
                             .channel = std::string{name_of(decision.channel)}, .language = decision.language,
                             .template_name = decision.template_name, .template_version = {}, .level = decision.level, .total = total,
                             .items = {}, .fee_item = {}, .decision = decision_json(decision), .delivery = {}, .message_id = {}, .subject = {}};
    for (const auto& item : decision.items)
        notice.items.push_back({item.item, item.document, item.residual, item.days_overdue, item.level});
    return notice;
}

/// The facts of a placement, as the agency plugin reads them (connectors/formats/placement).
std::string placement_facts(const render::NoticeFacts& facts, const std::string& tax_id) {
    json::array lines, items;
    for (const auto& line : facts.debtor.address.lines) lines.emplace_back(line);
    for (const auto& item : facts.items)
        items.push_back({{"document", item.document}, {"document_date", to_text(item.document_date)}, {"due_date", to_text(item.due_date)},
                         {"original", to_text(item.original)}, {"residual", to_text(item.residual)}, {"days_overdue", item.days_overdue}});
    const auto& who = facts.debtor;
    const json::object address{{"lines", lines}, {"postcode", who.address.postcode}, {"city", who.address.city},
                               {"region", who.address.region}, {"country", who.address.country}};
    const json::object debtor{{"number", who.number}, {"name", who.name}, {"contact_name", who.contact_name}, {"email", who.email},
                              {"language", who.language}, {"tax_id", tax_id}, {"address", address}};
    return json::serialize(json::object{{"placement", facts.notice_number}, {"creditor", facts.creditor.name}, {"date", to_text(facts.date)},
                                        {"currency", std::string{facts.total.currency().text()}}, {"total", to_text(facts.total)},
                                        {"debtor", debtor}, {"items", items}});
}

}  // namespace

std::string notice_key(const collect::Decision& decision, Date as_of) {
    return "dun/" + decision.entity + "/" + decision.customer_number + "/" + to_text(as_of);
}

std::string notice_number(const collect::Decision& decision, Date as_of) { return decision.customer_number + "-" + compact(as_of); }

std::string decision_json(const collect::Decision& decision) {
    json::array items, stops;
    for (const auto& item : decision.items)
        items.push_back({{"item", item.item.value}, {"document", item.document}, {"days_overdue", item.days_overdue},
                         {"residual", to_text(item.residual)}, {"level", item.level}});
    for (const auto& stop : decision.stops) stops.push_back({{"stop", stop.stop}, {"why", stop.why}});
    return json::serialize(json::object{{"decision", json::string_view{name_of(decision.verdict).data(), name_of(decision.verdict).size()}},
                                        {"policy", decision.policy}, {"policy_hash", decision.policy_hash},
                                        {"fingerprint", decision.fingerprint}, {"items", items}, {"stops", stops}, {"reason", decision.reason}});
}

Result<notify::NewNotice> compose(store::Db& db, const DunningSetup& setup, const collect::Decision& decision, Date as_of) {
    OWED_TRY(auto facts, facts_of(db, setup, decision, as_of));
    auto notice = head_of(decision, as_of, facts.total);
    if (decision.channel == collect::Channel::agency) {
        const auto customer = parties::find(db, decision.customer);
        notice.delivery.facts = placement_facts(facts, customer ? customer->customer.tax_id : std::string{});
        notice.subject = "placement " + facts.notice_number;
        return notice;
    }
    const auto& head = setup.letterheads.at(decision.entity);
    render::NoticeRequest request;
    request.channel = decision.channel == collect::Channel::letter ? render::Channel::letter : render::Channel::email;
    request.template_name = decision.template_name;
    request.default_language = head.language;
    OWED_TRY(request.layout, render::layout_named(head.layout));
    OWED_TRY(request.approved, approved_pay_to(db, decision.entity, decision.currency));
    OWED_TRY(auto rendered, render::render_notice(setup.templates, facts, request));
    notice.language = rendered.language;
    notice.template_version = rendered.template_version;
    notice.subject = rendered.subject;
    if (request.channel == render::Channel::email)
        OWED_TRY_VOID(add_mail(notice, setup, facts, rendered));
    else
        add_letter(notice, facts, rendered);
    return notice;
}

}  // namespace owed::jobs::detail
