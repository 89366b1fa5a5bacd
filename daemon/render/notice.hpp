// A finished notice: every byte that a recipient will see, from templates and facts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/facts.hpp"
#include "render/letter.hpp"
#include "render/template.hpp"

namespace owed::render {

enum class Channel { email, letter };
std::string_view name_of(Channel channel) noexcept;

/// The pay-to details as two people approved them, with the hash that names this version (parties::pay_to_hash).
struct ApprovedPayTo {
    PayTo details;
    std::string version;
};

struct NoticeRequest {
    Channel channel = Channel::email;
    std::string template_name;        ///< "reminder-1"
    std::string default_language;     ///< the entity's; may be empty
    Layout layout = Layout::din5008b;
    ApprovedPayTo approved;
};

struct RenderedNotice {
    std::string subject, text, html;  ///< html is empty for Channel::letter
    std::string letter_pdf;           ///< by post, or attached to the mail
    std::string language;             ///< "de", "en-US": what it is written in
    std::string language_reason;      ///< "customer's language", or why it is another
    std::string template_name, template_version, pay_to_version;
    std::string qr_payload;           ///< empty when there is no code
    std::vector<std::string> remarks; ///< what people should know: "no payment code: the currency is USD"
};

/// Renders all parts of one notice. Language: the customer's, its base language, the entity's default, its base, English.
///
/// Errors, in the order of the checks: invalid_argument (facts that contradict each other: no items, mixed currencies, a
/// total that does not add up; an invalid IBAN); refused (pay-to details that are not the approved ones, or, after
/// rendering, a part that shows any other IBAN or not the approved account: SECURITY T25); not_found (no such template);
/// then what Templates::render and render_letter say. Any thread.
Result<RenderedNotice> render_notice(const Templates& templates, const NoticeFacts& facts, const NoticeRequest& request);

}  // namespace owed::render
