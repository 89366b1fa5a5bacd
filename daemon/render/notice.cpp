#include "render/notice.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"
#include "render/detail/view.hpp"

namespace owed::render {
namespace {

tl::unexpected<Error> contradiction(const NoticeFacts& facts, std::string what) {
    return fail(Errc::invalid_argument, std::move(what), fmt::format("notice {}", facts.notice_number));
}

/// Sums of amounts below money_units_max cannot leave int64 two at a time; a list is guarded by the same bound.
Result<std::int64_t> sum_of_residuals(const NoticeFacts& facts) {
    std::int64_t sum = 0;
    for (const auto& item : facts.items) {
        sum += item.residual.units();
        if (sum > money_units_max || sum < -money_units_max) return fail(Errc::amount_overflow, "the sum of the items is too large");
    }
    return sum;
}

Status check_facts(const NoticeFacts& facts) {
    if (facts.items.empty()) return contradiction(facts, "the notice lists no item");
    const auto currency = facts.total.currency();
    const auto same = [&](Money money) { return money.currency() == currency; };
    bool good = same(facts.fee) && same(facts.interest);
    for (const auto& item : facts.items) good = good && same(item.original) && same(item.paid) && same(item.residual);
    if (!good) return contradiction(facts, fmt::format("the notice's total is in {}, but not all of its amounts are", currency.text()));
    OWED_TRY(const auto residuals, sum_of_residuals(facts));
    if (facts.fee.is_negative() || facts.interest.is_negative()) return contradiction(facts, "the fee or the interest is negative");
    if (facts.fee.units() > money_units_max - facts.interest.units() || residuals + facts.fee.units() + facts.interest.units() != facts.total.units())
        return contradiction(facts, fmt::format("the items ({}), fee ({}) and interest ({}) do not add up to the total ({})",
                                                minor_to_text(residuals, currency.minor_digits), to_text(facts.fee), to_text(facts.interest), to_text(facts.total)));
    return {};
}

Status check_pay_to(const NoticeFacts& facts, const ApprovedPayTo& approved) {
    const auto& pay_to = facts.pay_to;
    if (pay_to.account().empty()) return contradiction(facts, "there is no account to pay to");
    if (!pay_to.iban.empty() && !detail::is_bare_iban(pay_to.iban))
        return contradiction(facts, fmt::format("the account to pay to, \"{}\", is not a valid IBAN", pay_to.iban));
    if (pay_to.currency != facts.total.currency().text())
        return contradiction(facts, fmt::format("the account to pay to is in {}, the notice in {}", pay_to.currency, facts.total.currency().text()));
    if (pay_to == approved.details && !approved.version.empty()) return {};
    // Which field differs is said, the account numbers are not: the message goes to logs.
    const auto& a = approved.details;
    const std::array<std::pair<const char*, bool>, 6> fields{{{"holder", pay_to.holder != a.holder}, {"iban", pay_to.iban != a.iban},
        {"number", pay_to.number != a.number}, {"bank", pay_to.bank != a.bank}, {"bank_name", pay_to.bank_name != a.bank_name},
        {"currency", pay_to.currency != a.currency}}};
    std::vector<const char*> differing;
    for (const auto& [name, differs] : fields)
        if (differs) differing.push_back(name);
    return fail(Errc::refused,
                differing.empty() ? std::string{"the pay-to details carry no approved version"}
                                  : fmt::format("the pay-to details are not the approved version {} (differing: {})", approved.version, fmt::join(differing, ", ")),
                fmt::format("notice {}", facts.notice_number), "a second person approves the change (owectl approvals), or it is taken back");
}

/// After rendering: no part shows any other IBAN, and each shows the account to pay to.
Status check_shown_accounts(std::string_view part, std::string_view shown, const PayTo& approved) {
    for (const auto& account : detail::accounts_in(shown))
        if (account != approved.iban)
            return fail(Errc::refused, fmt::format("the {} shows the account {}...{}, which is not the approved one", part, account.substr(0, 4), account.substr(account.size() - 4)),
                        {}, "look for it in the customer's name, the document numbers and other texts of this notice");
    if (part != "subject" && !detail::shows_account(shown, approved.account()))
        return fail(Errc::refused, fmt::format("the {} does not show the account to pay to", part), {}, "its template needs {{> pay-box}}, or [pay-to] in letters");
    return {};
}

struct Chosen {
    std::string folder;
    Locale locale;
    std::string reason;
};
/// The folder that is read and the locale that forms amounts: en-US reads en when there is no en-US, and stays en-US.
Result<Chosen> choose_language(const Templates& templates, const NoticeFacts& facts, const NoticeRequest& request) {
    const auto& wanted = facts.debtor.language;
    const auto chain = language_chain(wanted, request.default_language);
    const auto folder = templates.language_for(request.template_name, chain);
    if (folder.empty())
        return fail(Errc::not_found, fmt::format("no language has all parts of the template \"{}\"", request.template_name), {},
                    fmt::format("templates there are: {}", fmt::join(templates.names(), ", ")));
    for (const auto tag : {std::string_view{wanted}, std::string_view{request.default_language}}) {
        auto locale = Locale::find(tag);
        if (!locale || (locale->tag() != folder && locale->language() != folder)) continue;
        const bool customers = tag.data() == wanted.data();
        auto reason = customers ? std::string{"customer's language"}
                      : wanted.empty() ? std::string{"entity's language; the customer's is not known"}
                                       : fmt::format("entity's language; there are no templates in the customer's ({})", detail::clean_value(wanted));
        return Chosen{folder, std::move(*locale), std::move(reason)};
    }
    OWED_TRY(auto locale, Locale::find(folder));
    return Chosen{folder, std::move(locale), fmt::format("English; there are no templates in \"{}\" or \"{}\"", detail::clean_value(wanted), detail::clean_value(request.default_language))};
}

LetterWords words_of(const Templates& t, const std::string& folder) {
    const auto word = [&](std::string_view key) { return t.label(folder, key); };
    return {word("our_reference"), word("customer_number"), word("date"), word("contact"), word("phone"), word("email"), word("hours"),
            word("document"), word("document_date"), word("due_date"), word("days_overdue"), word("original"), word("paid"), word("open"),
            word("subtotal"), word("fee"), word("interest"), word("total"), word("pay_by"), word("pay_to"), word("holder"), word("iban"),
            word("number"), word("bank"), word("routing"), word("bank_name"), word("reference"), word("scan_to_pay"), word("qr_alternative"), word("page_of"), word("page_header")};
}

/// The payment code where there can be one; a remark where not.
std::string qr_payload_of(const NoticeFacts& facts, std::vector<std::string>& remarks) {
    if (facts.pay_to.iban.empty()) {
        remarks.emplace_back("no payment code: the account has no IBAN");
        return {};
    }
    const bool structured = detail::is_creditor_reference(facts.payment_reference);
    const auto text = facts.payment_reference.empty() ? detail::purpose_text(facts, 140) : facts.payment_reference;
    auto payload = epc_qr_payload({.name = facts.pay_to.holder, .iban = facts.pay_to.iban, .bic = facts.pay_to.bank, .amount = facts.total,
                                   .reference = structured ? facts.payment_reference : "", .text = structured ? "" : detail::clean_value(text)});
    if (payload) return std::move(*payload);
    remarks.push_back("no payment code: " + payload.error().what);
    return {};
}

Status check_qr(const std::string& payload, const PayTo& approved) {
    if (payload.empty()) return {};
    const auto accounts = detail::accounts_in(payload);
    if (accounts.size() != 1 || accounts.front() != approved.iban)
        return fail(Errc::refused, "the payment code does not carry the approved account alone");
    return {};
}

}  // namespace

std::string_view name_of(Channel channel) noexcept { return channel == Channel::email ? "email" : "letter"; }

Result<RenderedNotice> render_notice(const Templates& templates, const NoticeFacts& facts, const NoticeRequest& request) {
    OWED_TRY_VOID(check_facts(facts));
    OWED_TRY_VOID(check_pay_to(facts, request.approved));
    OWED_TRY(auto chosen, choose_language(templates, facts, request));
    const auto part = [&](Part which) { return templates.render(chosen.folder, request.template_name, which, facts, chosen.locale); };

    RenderedNotice out;
    out.language = chosen.locale.tag();
    out.language_reason = chosen.reason;
    out.template_name = request.template_name;
    out.template_version = templates.version(chosen.folder, request.template_name);
    out.pay_to_version = request.approved.version;
    OWED_TRY(out.subject, part(Part::subject));
    OWED_TRY(out.text, part(Part::text));
    if (request.channel == Channel::email) {
        OWED_TRY(out.html, part(Part::html));
    }
    OWED_TRY(const auto letter_source, part(Part::letter));
    OWED_TRY(auto letter_text, parse_letter_text(letter_source));
    out.qr_payload = qr_payload_of(facts, out.remarks);
    const LetterInput letter{request.layout, chosen.locale, facts, std::move(letter_text), words_of(templates, chosen.folder), out.qr_payload};

    const auto& approved = request.approved.details;
    OWED_TRY_VOID(check_shown_accounts("subject", out.subject, approved));
    OWED_TRY_VOID(check_shown_accounts("text", out.text, approved));
    if (!out.html.empty()) OWED_TRY_VOID(check_shown_accounts("HTML", detail::html_to_text(out.html), approved));
    OWED_TRY_VOID(check_shown_accounts("letter", letter_plain_text(letter), approved));
    OWED_TRY_VOID(check_qr(out.qr_payload, approved));
    OWED_TRY(out.letter_pdf, render_letter(letter));
    return out;
}

}  // namespace owed::render
