#include "render/detail/view.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"

namespace owed::render {
namespace {

using V = TemplateVariable;
using K = TemplateVariable::Kind;
constexpr std::array variables{
    V{"creditor.name", K::text, "", true, "our company's legal name"},
    V{"creditor.address", K::list, "", false, "our address, a line each: {{#creditor.address}}{{.}}{{/creditor.address}}"},
    V{"creditor.legal", K::list, "", false, "register, tax ids, directors, a line each"},
    V{"creditor.contact", K::maybe, "", false, "whom the customer can ask"},
    V{"creditor.phone", K::maybe, "", false, "the contact's telephone"},
    V{"creditor.email", K::maybe, "", false, "the contact's e-mail address"},
    V{"creditor.hours", K::maybe, "", false, "when the contact can be reached"},
    V{"debtor.number", K::text, "", true, "customer number"},
    V{"debtor.name", K::text, "", false, "customer's name"},
    V{"debtor.contact", K::maybe, "", false, "contact person at the customer"},
    V{"debtor.address", K::list, "", false, "customer's address, a line each"},
    V{"pay_to.holder", K::text, "", false, "holder of the account to pay to"},
    V{"pay_to.iban", K::maybe, "", false, "IBAN in groups of four"},
    V{"pay_to.number", K::maybe, "", false, "account number, where there is no IBAN"},
    V{"pay_to.bank", K::maybe, "", false, "BIC or routing number"},
    V{"pay_to.bank_name", K::maybe, "", false, "name of the bank"},
    V{"notice_number", K::text, "", true, "our reference of this notice"},
    V{"case", K::maybe, "", true, "token that a reply carries back"},
    V{"level", K::text, "", false, "level of the notice: 1, 2, 3 ..."},
    V{"language", K::text, "", false, "language of the notice: de, en-US"},
    V{"date", K::text, "", false, "date of the notice"},
    V{"place", K::maybe, "", false, "where it is written"},
    V{"deadline", K::text, "", false, "pay by this date"},
    V{"received_until", K::text, "", false, "payments received after this date are not taken into account"},
    V{"items", K::list, "", false, "the open items; inside: the names below"},
    V{"document", K::text, "items", false, "number of the invoice"},
    V{"document_date", K::text, "items", false, "its date"},
    V{"due_date", K::text, "items", false, "when it was due"},
    V{"days_overdue", K::text, "items", false, "days past due"},
    V{"original", K::text, "items", false, "amount of the invoice"},
    V{"paid", K::maybe, "items", false, "what was paid on it so far; empty when nothing"},
    V{"residual", K::text, "items", false, "what is still open of it"},
    V{"single_item", K::flag, "", true, "true when the notice lists one item only"},
    V{"first_document", K::text, "", true, "number of the first invoice"},
    V{"other_documents", K::maybe, "", true, "how many more there are; empty when none"},
    V{"subtotal", K::text, "", false, "sum of what is open"},
    V{"fee", K::maybe, "", false, "reminder fee; empty when zero"},
    V{"fee_ground", K::maybe, "", false, "on what ground the fee is charged"},
    V{"interest", K::maybe, "", false, "late interest; empty when zero"},
    V{"interest_ground", K::maybe, "", false, "rate, period and legal ground of the interest"},
    V{"charges", K::flag, "", false, "true when there is a fee or interest"},
    V{"total", K::text, "", false, "what is to be paid in all"},
    V{"currency", K::text, "", false, "currency of the notice"},
    V{"payment_reference", K::maybe, "", false, "what to quote when paying; empty: the document numbers"},
    V{"payment_purpose", K::text, "", false, "the payment reference, else the document numbers"},
};

constexpr std::array<std::string_view, 32> labels_needed{
    "our_reference", "customer_number", "date", "contact", "phone", "email", "hours", "document", "document_date",
    "due_date", "days_overdue", "original", "paid", "open", "subtotal", "fee", "interest", "total", "amount_due",
    "pay_by", "pay_to", "holder", "iban", "number", "bank", "routing", "bank_name", "reference", "scan_to_pay", "qr_alternative",
    "page_of", "page_header"};

}  // namespace

std::span<const TemplateVariable> template_variables() { return variables; }

std::string_view name_of(Part part) noexcept {
    switch (part) {
    case Part::subject: return "subject";
    case Part::text: return "text";
    case Part::html: return "html";
    case Part::letter: return "letter";
    }
    return "?";
}

namespace detail {
namespace {

/// Words of an address in the order of its country.
std::string city_line(const PostalAddress& a) {
    const auto join = [](std::string_view left, std::string_view sign, std::string_view right) {
        return left.empty() || right.empty() ? fmt::format("{}{}", left, right) : fmt::format("{}{}{}", left, sign, right);
    };
    if (a.country == "US" || a.country == "CA" || a.country == "AU")
        return join(join(a.city, a.country == "AU" ? " " : ", ", a.region), " ", a.postcode);
    if (a.country == "IT" || a.country == "ES" || a.country == "MX")
        return join(join(a.postcode, " ", a.city), " ", a.region.empty() ? "" : fmt::format("({})", a.region));
    return join(a.postcode, " ", a.city);
}

Value list_of(const std::vector<std::string>& lines) {
    Value out{Value::Kind::list, {}, {}, {}};
    for (const auto& line : lines)
        if (auto value = Value::of(line); value.kind == Value::Kind::text) out.list.push_back(std::move(value));
    return out;
}

/// Forms of amounts for one output.
struct Forms {
    const Locale& locale;
    Space space;
    Value amount(Money money) const { return Value::of(std::string_view{locale.amount(money, space)}); }
    Value date(Date day) const { return Value::of(std::string_view{locale.date(day)}); }
    Value unless_zero(Money money) const { return money.is_zero() ? Value{} : amount(money); }
};

Value item_view(const NoticeItem& item, const Forms& forms) {
    auto out = Value::object();
    out.set("document", Value::of(std::string_view{item.document}));
    out.set("document_date", forms.date(item.document_date));
    out.set("due_date", forms.date(item.due_date));
    out.set("days_overdue", Value::of(std::string_view{std::to_string(item.days_overdue)}));
    out.set("original", forms.amount(item.original));
    out.set("paid", forms.unless_zero(item.paid));
    out.set("residual", forms.amount(item.residual));
    return out;
}

void set_parties(Value& out, const NoticeFacts& facts, const Locale& locale) {
    const auto text = [&](std::string_view name, const std::string& value) { out.set(name, Value::of(std::string_view{value})); };
    const auto& creditor = facts.creditor;
    const auto& debtor = facts.debtor;
    text("creditor.name", creditor.name);
    out.set("creditor.address", list_of(address_lines(creditor.address, creditor.address.country, locale)));
    out.set("creditor.legal", list_of(creditor.legal_lines));
    text("creditor.contact", creditor.contact_name);
    text("creditor.phone", creditor.phone);
    text("creditor.email", creditor.email);
    text("creditor.hours", creditor.hours);
    text("debtor.number", debtor.number);
    text("debtor.name", debtor.name);
    text("debtor.contact", debtor.contact_name);
    out.set("debtor.address", list_of(address_lines(debtor.address, creditor.address.country, locale)));
    text("pay_to.holder", facts.pay_to.holder);
    text("pay_to.iban", in_fours(facts.pay_to.iban));
    text("pay_to.number", facts.pay_to.iban.empty() ? facts.pay_to.number : "");
    text("pay_to.bank", facts.pay_to.bank);
    text("pay_to.bank_name", facts.pay_to.bank_name);
}

void set_items_and_amounts(Value& out, const NoticeFacts& facts, const Forms& forms) {
    Value items{Value::Kind::list, {}, {}, {}};
    for (const auto& item : facts.items) items.list.push_back(item_view(item, forms));
    out.set("items", std::move(items));
    const auto count = facts.items.size();
    out.set("single_item", Value::of(count == 1));
    out.set("first_document", Value::of(std::string_view{count == 0 ? "" : facts.items.front().document}));
    out.set("other_documents", count > 1 ? Value::of(std::string_view{std::to_string(count - 1)}) : Value{});
    const auto charges = facts.fee.units() + facts.interest.units();  // both are below money_units_max
    out.set("subtotal", forms.amount(Money::minor(facts.total.units() - charges, facts.total.currency())));
    out.set("fee", forms.unless_zero(facts.fee));
    out.set("interest", forms.unless_zero(facts.interest));
    out.set("charges", Value::of(!facts.fee.is_zero() || !facts.interest.is_zero()));
    out.set("total", forms.amount(facts.total));
    out.set("currency", Value::of(facts.total.currency().text()));
}

}  // namespace

Value Value::of(std::string_view text) {
    auto clean = clean_value(text);
    return clean.empty() ? Value{} : Value{Kind::text, std::move(clean), {}, {}};
}

void Value::set(std::string_view name, Value value) {
    const auto dot = name.find('.');
    const auto head = name.substr(0, dot);
    auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == head; });
    if (at == fields.end()) at = fields.insert(fields.end(), {std::string{head}, dot == name.npos ? Value{} : object()});
    if (dot == name.npos) at->second = std::move(value);
    else at->second.set(name.substr(dot + 1), std::move(value));
}

Value view_of(const NoticeFacts& facts, const Labels& labels, const Locale& locale, Part part) {
    // Lines of plain text and subjects are not wrapped by us, so an ordinary blank is safe there, and people search for it.
    const Forms forms{locale, part == Part::html || part == Part::letter ? Space::fixed : Space::plain};
    auto out = Value::object();
    const auto text = [&](std::string_view name, const std::string& value) { out.set(name, Value::of(std::string_view{value})); };
    set_parties(out, facts, locale);
    set_items_and_amounts(out, facts, forms);
    text("notice_number", facts.notice_number);
    text("case", facts.case_token);
    text("level", std::to_string(facts.level));
    text("language", locale.tag());
    text("place", facts.place);
    text("fee_ground", facts.fee_ground);
    text("interest_ground", facts.interest_ground);
    text("payment_reference", facts.payment_reference);
    text("payment_purpose", facts.payment_reference.empty() ? purpose_text(facts, 140) : facts.payment_reference);
    out.set("date", forms.date(facts.date));
    out.set("deadline", forms.date(facts.deadline));
    out.set("received_until", forms.date(facts.received_until));
    for (const auto& [key, word] : labels) text("label." + key, word);
    return out;
}

std::vector<std::string> address_lines(const PostalAddress& address, std::string_view from_country, const Locale& locale) {
    std::vector<std::string> lines;
    const auto add = [&](std::string_view line) {
        if (auto clean = clean_value(line); !clean.empty()) lines.push_back(std::move(clean));
    };
    for (const auto& line : address.lines) add(line);
    if (address.country == "GB" || address.country == "IE") {  // Royal Mail and An Post: the postcode on a line of its own
        add(address.city);
        add(address.postcode);
    } else {
        add(city_line(address));
    }
    if (!address.country.empty() && !from_country.empty() && address.country != from_country)
        add(locale.country(address.country));
    return lines;
}

std::string purpose_text(const NoticeFacts& facts, std::size_t characters_max) {
    std::string out;
    for (const auto& item : facts.items) {
        const auto next = out.empty() ? clean_value(item.document) : fmt::format("{}, {}", out, clean_value(item.document));
        // Not all numbers fit: the notice's own number leads to them, half a list would mislead.
        if (length(next) > characters_max) return clean_value(facts.notice_number);
        out = next;
    }
    return out;
}

std::span<const std::string_view> required_labels() { return labels_needed; }

Result<Labels> parse_labels(std::string_view path, std::string_view text) {
    Labels out;
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        const auto where = fmt::format("{}:{}", path, line_number);
        if (line.empty() || line[0] == '#') continue;
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos || colon == 0)
            return fail(Errc::invalid_config, fmt::format("\"{}\" is not \"key: text\"", clean_value(line)), where);
        const auto key = line.substr(0, colon);
        if (!std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
            return fail(Errc::invalid_config, fmt::format("the key \"{}\" has letters other than a-z and _", clean_value(key)), where);
        if (has_control_or_bad_utf8(line)) return fail(Errc::invalid_config, "the line has a control character or is not UTF-8", where);
        if (!out.emplace(std::string{key}, std::string{line.substr(colon + 2)}).second)
            return fail(Errc::invalid_config, fmt::format("the key \"{}\" stands here a second time", key), where);
    }
    return out;
}

std::optional<TemplatePath> parse_path(std::string_view path) {
    const auto slash = path.find('/');
    if (slash == std::string_view::npos || path.find('/', slash + 1) != std::string_view::npos) return std::nullopt;
    TemplatePath out;
    out.folder = path.substr(0, slash);
    auto rest = path.substr(slash + 1);
    for (const auto part : {Part::subject, Part::text, Part::html, Part::letter}) {
        const auto ending = fmt::format(".{}.mustache", name_of(part));
        if (rest.size() <= ending.size() || rest.substr(rest.size() - ending.size()) != ending) continue;
        rest.remove_suffix(ending.size());
        out.part = part;
        out.partial = rest[0] == '_';
        out.name = rest.substr(out.partial ? 1 : 0);
        const bool good = !out.name.empty() && std::all_of(out.name.begin(), out.name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
        return good ? std::optional{out} : std::nullopt;
    }
    return std::nullopt;
}

std::string path_of(std::string_view folder, std::string_view name, Part part, bool partial) {
    return fmt::format("{}/{}{}.{}.mustache", folder, partial ? "_" : "", name, name_of(part));
}

}  // namespace detail
}  // namespace owed::render
