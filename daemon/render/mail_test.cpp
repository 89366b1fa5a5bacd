#include "render/mail.hpp"

#include <gmime/gmime.h>

#include "render/sample_test.hpp"

namespace owed::render {
namespace {

Mail sample_mail() {
    return {.from = {"Nordwind Maschinenbau GmbH", "debitoren@nordwind.example"}, .to = {"Petra Krümel", "buchhaltung@kruemel.example"},
            .reply_to = Mailbox{"", "debitoren+k7q2@nordwind.example"}, .subject = "Nordwind Maschinenbau GmbH: Beleg RE-1001 – Büro",
            .text = "Guten Tag Petra Krümel,\n\n.\nFrom hier\nBetrag: 1.190,00 EUR =3D\n" + std::string(300, 'x') + "\n",
            .html = "<html><body><p>Guten Tag Petra Krümel</p></body></html>\n",
            .attachments = {{"Mahnung M-2026-0017.pdf", "application/pdf", std::string{"%PDF-1.5\r\n\0\x01\x02\xff binary", 21}}},
            .date = parse_instant("2026-03-31T06:30:00Z").value(), .zone = Zone::find("Europe/Berlin").value(),
            .message_id = "n-17.emea@owed.nordwind.example", .in_reply_to = "n-3.emea@owed.nordwind.example",
            .references = {"n-1.emea@owed.nordwind.example", "n-3.emea@owed.nordwind.example"}};
}

TEST(Mail, whole_message_read_back_by_gmime) {
    const auto bytes = compose_mail(sample_mail()).value();
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(std::string{g_mime_message_get_subject(message)}, sample_mail().subject);
    EXPECT_EQ(std::string{g_mime_message_get_message_id(message)}, "n-17.emea@owed.nordwind.example");
    const auto* to = INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(g_mime_message_get_to(message), 0));
    EXPECT_EQ(internet_address_list_length(g_mime_message_get_to(message)), 1);
    EXPECT_EQ(std::string{to->addr}, "buchhaltung@kruemel.example");
    g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
}

TEST(Mail, whole_message_read_back_by_python) {
    if (!has_command("python3")) GTEST_SKIP() << "python3 is not installed";
    const auto mail = sample_mail();
    const auto path = keep_sample("mail.eml", compose_mail(mail).value());
    const auto script = keep_sample("read_mail.py", R"(import email, email.policy, sys
m = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.default)
print(m.defects, [p.defects for p in m.walk() if p.defects])
for h in ('From', 'To', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'References', 'Auto-Submitted', 'MIME-Version'):
    print(h, m.get_all(h))
print(sorted(m.keys()))
print([p.get_content_type() for p in m.walk()])
t = m.get_body(('plain',)); print(t.get_content().splitlines()[:4], t['Content-Transfer-Encoding'])
print(m.get_body(('html',)).get_content().strip())
a = list(m.iter_attachments())[0]; print(a.get_filename(), a.get_content())
)");
    const auto seen = run_command("python3 " + script + " " + path);
    EXPECT_EQ(seen.output, R"([] []
From ['Nordwind Maschinenbau GmbH <debitoren@nordwind.example>']
To ['Petra Krümel <buchhaltung@kruemel.example>']
Reply-To ['debitoren+k7q2@nordwind.example']
Subject ['Nordwind Maschinenbau GmbH: Beleg RE-1001 – Büro']
Date ['Tue, 31 Mar 2026 08:30:00 +0200']
Message-ID ['<n-17.emea@owed.nordwind.example>']
In-Reply-To ['<n-3.emea@owed.nordwind.example>']
References ['<n-1.emea@owed.nordwind.example> <n-3.emea@owed.nordwind.example>']
Auto-Submitted ['auto-generated']
MIME-Version ['1.0']
['Auto-Submitted', 'Content-Type', 'Date', 'From', 'In-Reply-To', 'MIME-Version', 'Message-Id', 'References', 'Reply-To', 'Subject', 'To']
['multipart/mixed', 'multipart/alternative', 'text/plain', 'text/html', 'application/pdf']
['Guten Tag Petra Krümel,', '', '.', 'From hier'] quoted-printable
<html><body><p>Guten Tag Petra Krümel</p></body></html>
Mahnung M-2026-0017.pdf b'%PDF-1.5\r\n\x00\x01\x02\xff binary'
)");
}

TEST(Mail, lines_are_short_ascii_and_end_in_crlf) {
    const auto bytes = compose_mail(sample_mail()).value();
    std::size_t length = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_LT(static_cast<unsigned char>(bytes[i]), 0x80);
        if (bytes[i] == '\n') {
            ASSERT_TRUE(i > 0 && bytes[i - 1] == '\r') << i;
            EXPECT_LE(length, 998U);
            length = 0;
        } else {
            ASSERT_TRUE(bytes[i] != '\r' || bytes[i + 1] == '\n') << i;
            ++length;
        }
    }
}

TEST(Mail, equal_mails_give_equal_bytes_and_others_other_boundaries) {
    auto mail = sample_mail();
    EXPECT_EQ(compose_mail(mail).value(), compose_mail(mail).value());
    const auto boundary = [](const std::string& bytes) { return bytes.substr(bytes.find("boundary="), 60); };
    const auto before = boundary(compose_mail(mail).value());
    mail.message_id = "n-18.emea@owed.nordwind.example";
    EXPECT_NE(boundary(compose_mail(mail).value()), before);
}

TEST(Mail, without_html_or_attachments) {
    auto mail = sample_mail();
    mail.html.clear();
    mail.attachments.clear();
    mail.in_reply_to.clear();
    mail.references.clear();
    mail.reply_to.reset();
    const auto bytes = compose_mail(mail).value();
    EXPECT_NE(bytes.find("Content-Type: text/plain; charset=utf-8"), std::string::npos);
    for (const char* absent : {"multipart", "In-Reply-To", "References", "Reply-To"}) EXPECT_EQ(bytes.find(absent), std::string::npos) << absent;
}

TEST(Mail, header_injection_is_refused_at_every_header) {
    const std::string payloads[] = {"a\r\nBcc: thief@evil.example", "a\nBcc: thief@evil.example", "a\rBcc: thief@evil.example", "a\r\n\r\n<html>", std::string{"a\0b", 3},
                                    "a\x0b", "a\x7f", "a\u0085Bcc: x", "a\u2028Bcc: x", "a\xff\xfe", "a\x1b[31m", "a\tb", "\r\n.\r\nMAIL FROM:<x@y.example>"};
    const std::pair<const char*, std::function<void(Mail&, const std::string&)>> headers[] = {
        {"from.name", [](auto& m, auto& p) { m.from.name = p; }}, {"from.address", [](auto& m, auto& p) { m.from.address = p + "@nordwind.example"; }},
        {"to.name", [](auto& m, auto& p) { m.to.name = p; }}, {"to.address", [](auto& m, auto& p) { m.to.address = "x@" + p + ".example"; }},
        {"reply_to", [](auto& m, auto& p) { m.reply_to = Mailbox{p, "a@b.example"}; }}, {"subject", [](auto& m, auto& p) { m.subject = p; }},
        {"message_id", [](auto& m, auto& p) { m.message_id = p + "@x.example"; }}, {"in_reply_to", [](auto& m, auto& p) { m.in_reply_to = p + "@x.example"; }},
        {"references", [](auto& m, auto& p) { m.references = {p + "@x.example"}; }}, {"file_name", [](auto& m, auto& p) { m.attachments[0].file_name = p; }},
        {"media_type", [](auto& m, auto& p) { m.attachments[0].media_type = "application/" + p; }}};
    for (const auto& [header, change] : headers)
        for (const auto& payload : payloads) {
            auto mail = sample_mail();
            change(mail, payload);
            const auto bytes = compose_mail(mail);
            ASSERT_FALSE(bytes) << header << ": " << payload;
            EXPECT_EQ(bytes.error().code, Errc::invalid_argument);
            EXPECT_NE(bytes.error().where.find("mail header"), std::string::npos);
        }
}

TEST(Mail, hostile_display_names_add_no_recipient) {
    if (!has_command("python3")) GTEST_SKIP() << "python3 is not installed";
    const auto script = keep_sample("read_to.py", "import email, email.policy, sys\nm = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.default)\n"
                                                  "print(len(m['To'].addresses), m['To'].addresses[0].addr_spec, m.get('Cc'), m.get('Bcc'))\n");
    int number = 0;
    for (const char* name : {"a, b", "x <y>", "\"quoted\"", "back\\slash", "semi; colon:", "(comment)", "=?utf-8?q?=0D=0ABcc:_x?=", "ceo@bank.example", "ＣＥＯ＠bank", "Ünïcödé, \"<>", "\u202ereversed"}) {
        auto mail = sample_mail();
        mail.to.name = name;
        const auto path = keep_sample("name-" + std::to_string(number++) + ".eml", compose_mail(mail).value());
        EXPECT_EQ(run_command("python3 " + script + " " + path).output, "1 buchhaltung@kruemel.example None None\n") << name;
    }
}

TEST(Mail, addresses_in_wire_form) {
    EXPECT_EQ(wire_address("info@münchen.example").value(), "info@xn--mnchen-3ya.example");
    EXPECT_EQ(wire_address("a.b+c@Sub.Example").value(), "a.b+c@sub.example");
    EXPECT_EQ(wire_address("info@раураl.example").value().substr(0, 9), "info@xn--");
    for (const char* bad : {"", "@", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b", "a..b@c.example", ".a@c.example", "\"a b\"@c.example", "a@-c.example", "a@c..example",
                            "müller@c.example", "a@b.example,c@d.example", "<a@b.example>", "a@[127.0.0.1]", "a@c.example.", "a;b@", "a@c_d.example"})
        EXPECT_EQ(wire_address(bad).error().code, Errc::invalid_argument) << bad;
}

}  // namespace
}  // namespace owed::render
