#include "render/mail.hpp"

#include <gmime/gmime.h>
#include <sodium/crypto_hash_sha256.h>
#include <unicode/idna.h>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <memory>
#include <mutex>

#include "render/detail/text.hpp"

namespace owed::render {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

/// gmime keeps tables for the life of the process; they are made once and never given back.
void start_library() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

tl::unexpected<Error> bad(std::string_view header, std::string what) {
    return fail(Errc::invalid_argument, std::move(what), fmt::format("mail header {}", header));
}

/// The one door into headers (SECURITY T08).
Status check_controls(std::string_view header, std::string_view value) {
    if (detail::has_control_or_bad_utf8(value))
        return bad(header, "the value has a control character or line break, or is not UTF-8; headers take neither");
    return {};
}

Status check_header_text(std::string_view header, std::string_view value) {
    OWED_TRY_VOID(check_controls(header, value));
    if (value.find("=?") != std::string_view::npos)
        return bad(header, "the value holds \"=?\", which mail readers would decode into other letters");
    if (value.size() > 900) return bad(header, fmt::format("the value has {} bytes; 900 are allowed", value.size()));
    return {};
}

bool is_atom_text(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos;
}

/// dot-atom of RFC 5322: quoted local parts exist, but in practice only attackers send them.
bool is_dot_atom(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atom_text(c); });
}

Result<std::string> ascii_domain(std::string_view domain) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::IDNA> idna{icu::IDNA::createUTS46Instance(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, status)};
    OWED_CHECK(U_SUCCESS(status), u_errorName(status));
    icu::IDNAInfo info;
    std::string out;
    icu::StringByteSink<std::string> sink{&out};
    idna->nameToASCII_UTF8(icu::StringPiece{domain.data(), static_cast<std::int32_t>(domain.size())}, sink, info, status);
    if (U_FAILURE(status) || info.hasErrors() || out.empty() || out.front() == '.' || out.back() == '.')
        return fail(Errc::invalid_argument, fmt::format("\"{}\" is not a domain", detail::clean_value(domain)));
    return out;
}

Status check_message_id(std::string_view header, std::string_view id) {
    OWED_TRY_VOID(check_header_text(header, id));
    const auto at = id.find('@');
    if (at == std::string_view::npos || !is_dot_atom(id.substr(0, at)) || !is_dot_atom(id.substr(at + 1)))
        return bad(header, fmt::format("\"{}\" is not a message id (left@right, no blanks or brackets)", id));
    return {};
}

struct CheckedMailbox {
    std::string name, address;
};
Result<CheckedMailbox> check_mailbox(std::string_view header, const Mailbox& mailbox) {
    OWED_TRY_VOID(check_controls(header, mailbox.name));
    // Letters that turn the reading direction, names that look like an address, and ready-made encoded words would hide
    // who really writes: such a name is left out, the address stays.
    auto name = detail::clean_value(mailbox.name);
    for (const auto* sign : {"@", "\uff20", "=?"})
        if (name.find(sign) != std::string::npos) name.clear();
    OWED_TRY_VOID(check_header_text(header, name));
    OWED_TRY_VOID(check_header_text(header, mailbox.address));
    auto address = wire_address(mailbox.address);
    if (!address) return bad(header, address.error().what);
    return CheckedMailbox{std::move(name), std::move(*address)};
}

void add_mailbox(GMimeMessage* message, GMimeAddressType type, const CheckedMailbox& mailbox) {
    g_mime_message_add_mailbox(message, type, mailbox.name.empty() ? nullptr : mailbox.name.c_str(), mailbox.address.c_str());
}

void set_date(GMimeMessage* message, Instant instant, const Zone& zone) {
    const auto local = zone.local_text(instant);  // ends in Z or +hh:mm
    const auto offset = local.ends_with('Z') ? std::string{"+00:00"} : local.substr(local.size() - 6);
    GTimeZone* g_zone = g_time_zone_new_identifier(offset.c_str());
    GDateTime* utc = g_date_time_new_from_unix_utc(instant.micros / 1'000'000);
    GDateTime* there = g_date_time_to_timezone(utc, g_zone);
    g_mime_message_set_date(message, there);
    g_date_time_unref(there);
    g_date_time_unref(utc);
    g_time_zone_unref(g_zone);
}

Object<GMimePart> make_part(std::string_view media_type, std::string_view bytes, GMimeContentEncoding encoding) {
    const auto slash = media_type.find('/');
    Object<GMimePart> part{g_mime_part_new_with_type(std::string{media_type.substr(0, slash)}.c_str(),
                                                     std::string{media_type.substr(slash + 1)}.c_str())};
    const Object<GMimeStream> stream{g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size())};
    const Object<GMimeDataWrapper> content{g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT)};
    g_mime_part_set_content(part.get(), content.get());
    g_mime_part_set_content_encoding(part.get(), encoding);
    return part;
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\r') continue;  // a bare CR smuggles lines past careless servers
        if (c == '\n') out += '\r';
        out += c;
    }
    if (!out.ends_with("\r\n")) out += "\r\n";
    return out;
}

Object<GMimePart> text_part(const char* subtype, std::string_view text) {
    auto part = make_part(fmt::format("text/{}", subtype), with_crlf(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
    return part;
}

Object<GMimeMultipart> multipart(const char* subtype, const std::string& boundary) {
    Object<GMimeMultipart> out{g_mime_multipart_new_with_subtype(subtype)};
    g_mime_multipart_set_boundary(out.get(), boundary.c_str());
    return out;
}

/// 40 hex digits of the message id's hash: unlike any line of the content, and the same each time.
std::string boundary_for(std::string_view message_id, std::string_view purpose) {
    const auto text = fmt::format("{}\n{}", message_id, purpose);
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return fmt::format("=_{:02x}", fmt::join(hash.begin(), hash.begin() + 20, ""));
}

Object<GMimeObject> body(const Mail& mail) {
    auto text = text_part("plain", mail.text);
    Object<GMimeObject> content{GMIME_OBJECT(text.release())};
    if (!mail.html.empty()) {
        auto both = multipart("alternative", boundary_for(mail.message_id, "alternative"));
        const auto html = text_part("html", mail.html);
        g_mime_multipart_add(both.get(), content.get());
        g_mime_multipart_add(both.get(), GMIME_OBJECT(html.get()));
        content.reset(GMIME_OBJECT(both.release()));
    }
    if (mail.attachments.empty()) return content;
    auto mixed = multipart("mixed", boundary_for(mail.message_id, "mixed"));
    g_mime_multipart_add(mixed.get(), content.get());
    for (const auto& attachment : mail.attachments) {
        const auto part = make_part(attachment.media_type, attachment.bytes, GMIME_CONTENT_ENCODING_BASE64);
        g_mime_object_set_disposition(GMIME_OBJECT(part.get()), GMIME_DISPOSITION_ATTACHMENT);
        g_mime_part_set_filename(part.get(), attachment.file_name.c_str());
        g_mime_multipart_add(mixed.get(), GMIME_OBJECT(part.get()));
    }
    return Object<GMimeObject>{GMIME_OBJECT(mixed.release())};
}

Status check_attachments(const Mail& mail) {
    for (const auto& attachment : mail.attachments) {
        OWED_TRY_VOID(check_header_text("Content-Disposition", attachment.file_name));
        if (attachment.file_name.empty() || attachment.file_name.find_first_of("/\\\"") != std::string::npos)
            return bad("Content-Disposition", fmt::format("\"{}\" is not a plain file name", attachment.file_name));
        const auto slash = attachment.media_type.find('/');
        if (slash == std::string::npos || !is_dot_atom(std::string{attachment.media_type}.replace(slash, 1, "")))
            return bad("Content-Type", fmt::format("\"{}\" is not a media type", detail::clean_value(attachment.media_type)));
    }
    return {};
}

struct CheckedHeaders {
    CheckedMailbox from, to;
    std::optional<CheckedMailbox> reply_to;
};
Result<CheckedHeaders> check_headers(const Mail& mail) {
    OWED_TRY(auto from, check_mailbox("From", mail.from));
    OWED_TRY(auto to, check_mailbox("To", mail.to));
    CheckedHeaders out{std::move(from), std::move(to), {}};
    if (mail.reply_to) {
        OWED_TRY(out.reply_to, check_mailbox("Reply-To", *mail.reply_to));
    }
    OWED_TRY_VOID(check_header_text("Subject", mail.subject));
    if (mail.subject.empty()) return bad("Subject", "the subject is empty");
    OWED_TRY_VOID(check_message_id("Message-ID", mail.message_id));
    if (!mail.in_reply_to.empty()) OWED_TRY_VOID(check_message_id("In-Reply-To", mail.in_reply_to));
    for (const auto& id : mail.references) OWED_TRY_VOID(check_message_id("References", id));
    OWED_TRY_VOID(check_attachments(mail));
    return out;
}

std::string written(GMimeMessage* message) {
    GMimeFormatOptions* options = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
    const Object<GMimeStream> stream{g_mime_stream_mem_new()};
    g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream.get());
    g_mime_format_options_free(options);
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

void set_thread_headers(GMimeMessage* message, const Mail& mail) {
    auto* object = GMIME_OBJECT(message);
    if (!mail.in_reply_to.empty())
        g_mime_object_set_header(object, "In-Reply-To", fmt::format("<{}>", mail.in_reply_to).c_str(), nullptr);
    auto references = mail.references;
    if (references.empty() && !mail.in_reply_to.empty()) references.push_back(mail.in_reply_to);
    if (!references.empty())
        g_mime_object_set_header(object, "References", fmt::format("<{}>", fmt::join(references, "> <")).c_str(), nullptr);
}

}  // namespace

Result<std::string> wire_address(std::string_view address) {
    const auto at = address.rfind('@');
    if (detail::has_control_or_bad_utf8(address) || at == std::string_view::npos)
        return fail(Errc::invalid_argument, fmt::format("\"{}\" is not an e-mail address", detail::clean_value(address)));
    const auto local = address.substr(0, at);
    if (!is_dot_atom(local) || local.size() > 64)
        return fail(Errc::invalid_argument, fmt::format("\"{}\" is not an e-mail address that can be written to: the part before the @ takes letters, digits, points and signs of ASCII",
                                                        detail::clean_value(address)));
    OWED_TRY(auto domain, ascii_domain(address.substr(at + 1)));
    if (domain.find('.') == std::string::npos && domain != "localhost")
        return fail(Errc::invalid_argument, fmt::format("\"{}\" has no full domain", detail::clean_value(address)));
    return fmt::format("{}@{}", local, domain);
}

Result<std::string> compose_mail(const Mail& mail) {
    OWED_TRY(const auto headers, check_headers(mail));
    start_library();
    const Object<GMimeMessage> message{g_mime_message_new(FALSE)};
    add_mailbox(message.get(), GMIME_ADDRESS_TYPE_FROM, headers.from);
    add_mailbox(message.get(), GMIME_ADDRESS_TYPE_TO, headers.to);
    if (headers.reply_to) add_mailbox(message.get(), GMIME_ADDRESS_TYPE_REPLY_TO, *headers.reply_to);
    g_mime_message_set_subject(message.get(), mail.subject.c_str(), "utf-8");
    set_date(message.get(), mail.date, mail.zone);
    g_mime_message_set_message_id(message.get(), mail.message_id.c_str());
    set_thread_headers(message.get(), mail);
    g_mime_object_set_header(GMIME_OBJECT(message.get()), "Auto-Submitted", "auto-generated", nullptr);
    const auto content = body(mail);
    g_mime_message_set_mime_part(message.get(), content.get());
    return written(message.get());
}

}  // namespace owed::render
