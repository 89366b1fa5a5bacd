// The small markup of letters: heading, paragraphs, places, bold.
#include <fmt/format.h>

#include "render/detail/account.hpp"
#include "render/detail/text.hpp"
#include "render/detail/view.hpp"
#include "render/letter.hpp"

namespace owed::render {
namespace {

/// Marks inside of values become themselves again, after the template's own have been read.
std::string unguarded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto c = detail::next_code_point(text, at);
        if (c == detail::reserved_first + 1) out += '[';
        else if (c == detail::reserved_first + 2) out += '#';
        else if (c == detail::reserved_first + 3) out += '*';
        else detail::append_utf8(out, c);
    }
    return out;
}

std::vector<Span> spans_of(std::string_view paragraph) {
    std::vector<Span> out;
    bool bold = false;
    for (;;) {
        const auto mark = paragraph.find("**");
        if (const auto text = paragraph.substr(0, mark); !text.empty()) out.push_back({unguarded(text), bold});
        if (mark == std::string_view::npos) return out;
        bold = !bold;
        paragraph.remove_prefix(mark + 2);
    }
}

std::string plain(const std::vector<Span>& spans) {
    std::string out;
    for (const auto& span : spans) out += span.text;
    return out;
}

}  // namespace

Result<LetterText> parse_letter_text(std::string_view rendered) {
    LetterText out;
    std::string paragraph;
    const auto end_paragraph = [&] {
        if (!paragraph.empty()) out.blocks.push_back({Block::Kind::paragraph, spans_of(paragraph)});
        paragraph.clear();
    };
    for (int line_number = 1; !rendered.empty(); ++line_number) {
        auto line = rendered.substr(0, rendered.find('\n'));
        rendered.remove_prefix(std::min(line.size() + 1, rendered.size()));
        while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
        if (line_number == 1) {
            if (!line.starts_with("# ") || line.size() < 3)
                return fail(Errc::malformed_input, "a letter starts with \"# \" and its heading", "letter:1");
            out.heading = plain(spans_of(line.substr(2)));
        } else if (line == "[items]" || line == "[pay-to]") {
            end_paragraph();
            out.blocks.push_back({line == "[items]" ? Block::Kind::items : Block::Kind::pay_to, {}});
        } else if (line.empty()) {
            end_paragraph();
        } else {
            // A line break in the template is a line break in the letter: addresses and closings need it.
            paragraph += (paragraph.empty() ? "" : "\n") + std::string{line};
        }
    }
    end_paragraph();
    return out;
}

std::string letter_plain_text(const LetterInput& input) {
    std::string out = input.text.heading + "\n";
    const auto add = [&](std::string_view line) { out += fmt::format("{}\n", detail::clean_value(line)); };
    const auto& facts = input.facts;
    for (const auto& block : input.text.blocks) {
        if (block.kind == Block::Kind::paragraph) out += plain(block.spans) + "\n";
        if (block.kind == Block::Kind::items)
            for (const auto& item : facts.items) add(item.document);
        if (block.kind == Block::Kind::pay_to)
            for (const auto* line : {&facts.pay_to.holder, &facts.pay_to.iban, &facts.pay_to.number, &facts.pay_to.bank, &facts.pay_to.bank_name})
                add(*line);
    }
    for (const auto* party : {&facts.debtor.address, &facts.creditor.address}) {
        for (const auto& line : detail::address_lines(*party, facts.creditor.address.country, input.locale)) add(line);
    }
    for (const auto* line : {&facts.debtor.name, &facts.debtor.contact_name, &facts.debtor.number, &facts.creditor.name,
                             &facts.creditor.contact_name, &facts.creditor.phone, &facts.creditor.email, &facts.creditor.hours,
                             &facts.notice_number, &facts.payment_reference})
        add(*line);
    for (const auto& line : facts.creditor.legal_lines) add(line);
    return out;
}

}  // namespace owed::render
