#include "places/places.hpp"
#include "render/notice.hpp"

#include <fmt/format.h>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"
#include "render/mail.hpp"
#include "render/sample_test.hpp"

namespace owed::render {
namespace {

void expect_golden(const std::string& name, const std::string& text) {
    const std::string path = owed::source_folder() + "/daemon/render/testdata/" + name;
    if (std::getenv("OWED_UPDATE_GOLDEN") != nullptr) std::ofstream{path, std::ios::binary} << text;
    EXPECT_EQ(read_file(path), text) << name << ": OWED_UPDATE_GOLDEN=1 rewrites it, if the change is meant";
}

/// Levels 3 and 4 carry interest and fee, so that every optional row is in some golden text.
NoticeFacts facts_of_level(const std::string& language, int level) {
    auto facts = sample_facts(language, level == 1 ? 1 : 2);
    facts.level = level;
    if (level >= 3) {
        facts.interest = eur(1234);
        facts.interest_ground = "11,27 %, 12.03.-31.03.2026";
        facts.total = eur(facts.total.units() + 1234);
    }
    if (level == 4) {
        facts.fee = eur(4000);
        facts.total = eur(facts.total.units() + 4000);
        facts.payment_reference = "RF2070412A9";
    }
    return facts;
}

TEST(Notice, golden_texts_of_each_language_and_level) {
    for (const auto& language : shipped().languages())
        for (int level = 1; level <= 4; ++level) {
            const auto facts = facts_of_level(language, level);
            const auto name = fmt::format("reminder-{}", level);
            const auto notice = render_notice(shipped(), facts, sample_request(name));
            ASSERT_TRUE(notice) << to_text(notice.error());
            const auto letter = shipped().render(language, name, Part::letter, facts, locale(language)).value();
            expect_golden(fmt::format("{}-{}.txt", language, level), fmt::format("Subject: {}\n\n{}\n======== letter\n{}", notice->subject, notice->text, letter));
            expect_golden(fmt::format("{}-{}.html", language, level), notice->html);
            keep_sample(fmt::format("{}-{}.html", language, level), notice->html);
            keep_sample(fmt::format("{}-{}.pdf", language, level), notice->letter_pdf);
        }
}

TEST(Notice, text_and_html_state_the_same_facts) {
    for (const auto& language : shipped().languages()) {
        const auto notice = render_notice(shipped(), facts_of_level(language, 4), sample_request("reminder-4")).value();
        const auto html = detail::html_to_text(notice.html);
        for (const char* fact : {"RE-1001", "RE-1002", "RF2070412A9", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "M-2026-0017", "10004"}) {
            EXPECT_NE(notice.text.find(fact), std::string::npos) << language << fact;
            EXPECT_NE(html.find(fact), std::string::npos) << language << fact;
        }
        const auto total = locale(language).amount(facts_of_level(language, 4).total, Space::plain);
        EXPECT_NE(notice.text.find(total), std::string::npos);
        EXPECT_EQ(notice.subject.find(total), std::string::npos);
        EXPECT_EQ(notice.html.find("http"), std::string::npos);
    }
}

TEST(Notice, rows_of_fee_and_interest_only_when_there_are_any) {
    const auto without = render_notice(shipped(), sample_facts("de"), sample_request()).value();
    for (const char* word : {"Mahngebühr", "Verzugszinsen"}) {
        EXPECT_EQ(without.text.find(word), std::string::npos);
        EXPECT_EQ(without.html.find(word), std::string::npos);
    }
    const auto with = render_notice(shipped(), facts_of_level("de", 4), sample_request("reminder-4")).value();
    for (const char* word : {"Mahngebühr", "Verzugszinsen"}) {
        EXPECT_NE(with.text.find(word), std::string::npos);
        EXPECT_NE(with.html.find(word), std::string::npos);
    }
}

TEST(Notice, language_falls_back_and_says_so) {
    struct Row {
        const char *customer, *entity, *used, *why;
    };
    const Row rows[] = {
        {"fr", "de", "fr", "customer's language"}, {"de-AT", "en", "de-AT", "customer's language"}, {"en-US", "de", "en-US", "customer's language"},
        {"", "es", "es", "is not known"}, {"it", "de", "de", "no templates in the customer's (it)"}, {"it", "pt", "en", "English"}, {"", "", "en", "English"},
        {"../../etc", "fr", "fr", "no templates in the customer's"},
    };
    for (const auto& row : rows) {
        auto request = sample_request();
        request.default_language = row.entity;
        const auto notice = render_notice(shipped(), sample_facts(row.customer), request).value();
        EXPECT_EQ(notice.language, row.used) << row.customer;
        EXPECT_NE(notice.language_reason.find(row.why), std::string::npos) << notice.language_reason;
    }
}

TEST(Notice, what_it_was_made_with_is_recorded) {
    const auto notice = render_notice(shipped(), sample_facts(), sample_request("reminder-2")).value();
    EXPECT_EQ(notice.template_name, "reminder-2");
    EXPECT_EQ(notice.template_version, shipped().version("de", "reminder-2"));
    EXPECT_EQ(notice.pay_to_version, "v1");
    EXPECT_TRUE(notice.remarks.empty());
    auto request = sample_request();
    request.channel = Channel::letter;
    EXPECT_EQ(render_notice(shipped(), sample_facts(), request)->html, "");
    EXPECT_EQ(render_notice(shipped(), sample_facts(), sample_request("reminder-9")).error().code, Errc::not_found);
}

// ---------------------------------------------------------------- pay-to (SECURITY T25)

TEST(PayTo, anything_but_the_approved_version_is_refused) {
    const std::pair<const char*, std::function<void(PayTo&)>> changes[] = {
        {"iban", [](auto& p) { p.iban = "GB29NWBK60161331926819"; }}, {"number", [](auto& p) { p.number = "12345678"; }},
        {"holder", [](auto& p) { p.holder = "Thief Ltd"; }}, {"bank", [](auto& p) { p.bank = "NWBKGB2L"; }}, {"bank_name", [](auto& p) { p.bank_name = "Other"; }}};
    for (const auto& [field, change] : changes) {
        auto facts = sample_facts();
        change(facts.pay_to);
        const auto error = render_notice(shipped(), facts, sample_request()).error();
        EXPECT_EQ(error.code, Errc::refused) << field;
        EXPECT_NE(error.what.find(std::string{"differing: "} + field), std::string::npos) << error.what;
        EXPECT_EQ(error.what.find(facts.pay_to.iban), std::string::npos) << "account numbers stay out of logs";
    }
    auto request = sample_request();
    request.approved.version.clear();
    EXPECT_EQ(render_notice(shipped(), sample_facts(), request).error().code, Errc::refused);
    request.approved = {};
    EXPECT_EQ(render_notice(shipped(), sample_facts(), request).error().code, Errc::refused);
}

TEST(PayTo, another_account_in_any_text_is_refused) {
    const std::string other = "GB29 NWBK 6016 1331 9268 19";
    const std::pair<const char*, std::function<void(NoticeFacts&)>> places[] = {
        {"debtor.name", [&](auto& f) { f.debtor.name = "Please pay to " + other; }}, {"debtor.address", [&](auto& f) { f.debtor.address.lines = {other}; }},
        {"document", [&](auto& f) { f.items[0].document = other; }}, {"contact", [&](auto& f) { f.creditor.contact_name = other; }},
        {"hours", [&](auto& f) { f.creditor.hours = other; }}, {"reference", [&](auto& f) { f.payment_reference = other; }},
        {"legal", [&](auto& f) { f.creditor.legal_lines.push_back("Konto " + other); }}, {"full_width", [&](auto& f) { f.debtor.contact_name = "ＧＢ29 NWBK 6016 1331 9268 19"; }},
        {"zero_width", [&](auto& f) { f.creditor.phone = "GB29 NWBK 6016 1331\u200b 9268 19"; }},
        {"holder_of_reminder_ground", [&](auto& f) { f.interest = eur(1); f.total = eur(f.total.units() + 1); f.interest_ground = other; }}};
    for (const auto& [place, change] : places) {
        auto facts = sample_facts();
        change(facts);
        const auto notice = render_notice(shipped(), facts, sample_request());
        ASSERT_FALSE(notice) << place;
        EXPECT_EQ(notice.error().code, Errc::refused) << place << to_text(notice.error());
    }
}

TEST(PayTo, a_template_that_hides_the_account_is_refused) {
    for (const char* path : {"shared/_pay-box.text.mustache", "shared/_pay-box.html.mustache"}) {
        auto files = shipped_files();
        for (auto& file : files)
            if (file.path == path) file.text = "Please pay.\n";
        const auto error = render_notice(Templates::load(files).value(), sample_facts(), sample_request()).error();
        EXPECT_EQ(error.code, Errc::refused) << path;
        EXPECT_NE(error.what.find("does not show the account"), std::string::npos);
    }
}

TEST(PayTo, the_code_carries_the_approved_account_and_the_total) {
    const auto notice = render_notice(shipped(), sample_facts(), sample_request()).value();
    EXPECT_EQ(notice.qr_payload, "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordwind Maschinenbau GmbH\nDE89370400440532013000\nEUR2227.11\n\n\nRE-1001, RE-1002");
    auto facts = sample_facts();
    facts.payment_reference = "RF2070412A9";
    EXPECT_TRUE(render_notice(shipped(), facts, sample_request())->qr_payload.ends_with("\n\nRF2070412A9"));
}

TEST(PayTo, accounts_without_iban_have_no_code_and_a_remark) {
    auto facts = empty_facts(currency("USD"));
    const auto sample = sample_facts("en-US", 1);
    facts.creditor = sample.creditor;
    facts.debtor = sample.debtor;
    facts.pay_to = {.holder = "Northwind Inc.", .iban = "", .number = "000123456789", .bank = "021000021", .bank_name = "Sample Bank", .currency = "USD"};
    const auto usd = [](std::int64_t cents) { return Money::minor(cents, currency("USD")); };
    facts.items = {{"INV-7", day("2026-02-01"), day("2026-03-01"), usd(100000), usd(0), usd(100000), 30}};
    facts.fee = facts.interest = usd(0);
    facts.total = usd(100000);
    facts.deadline = facts.received_until = facts.date = day("2026-03-31");
    facts.notice_number = "M-1";
    auto request = sample_request("reminder-1", Layout::us10);
    request.approved = {facts.pay_to, "v7"};
    const auto notice = render_notice(shipped(), facts, request).value();
    EXPECT_EQ(notice.qr_payload, "");
    ASSERT_EQ(notice.remarks.size(), 1U);
    EXPECT_NE(notice.text.find("Account number: 000123456789\n  Routing number: 021000021"), std::string::npos) << notice.text;
    facts.pay_to.iban = "DE00";
    EXPECT_EQ(render_notice(shipped(), facts, request).error().code, Errc::invalid_argument);
}

// ---------------------------------------------------------------- facts

TEST(Notice, facts_that_contradict_each_other_are_refused) {
    struct Row {
        const char* name;
        std::function<void(NoticeFacts&)> change;
    };
    const Row rows[] = {
        {"no_items", [](auto& f) { f.items.clear(); }},
        {"total_off_by_a_cent", [](auto& f) { f.total = eur(f.total.units() + 1); }},
        {"fee_not_in_total", [](auto& f) { f.fee = eur(500); }},
        {"mixed_currencies", [](auto& f) { f.items[0].paid = Money::zero(currency("USD")); }},
        {"negative_fee", [](auto& f) { f.fee = eur(-1); f.total = eur(f.total.units() - 1); }},
        {"pay_to_in_another_currency", [](auto& f) { f.pay_to.currency = "USD"; }},
        {"no_account", [](auto& f) { f.pay_to.iban.clear(); }},
    };
    for (const auto& row : rows) {
        auto facts = sample_facts();
        row.change(facts);
        EXPECT_EQ(render_notice(shipped(), facts, sample_request()).error().code, Errc::invalid_argument) << row.name;
    }
    auto facts = sample_facts();
    facts.items.assign(3, facts.items[0]);
    for (auto& item : facts.items) item.residual = eur(money_units_max);
    EXPECT_EQ(render_notice(shipped(), facts, sample_request()).error().code, Errc::amount_overflow);
}

TEST(Notice, equal_facts_give_equal_bytes) {
    const auto a = render_notice(shipped(), sample_facts(), sample_request()).value(), b = render_notice(shipped(), sample_facts(), sample_request()).value();
    EXPECT_EQ(a.letter_pdf, b.letter_pdf);
    EXPECT_EQ(a.html, b.html);
    EXPECT_EQ(a.text, b.text);
}

}  // namespace
}  // namespace owed::render
