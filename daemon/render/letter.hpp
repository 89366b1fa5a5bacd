// The letter as PDF: addressed for a window envelope, paged, tagged, with embedded fonts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/epc_qr.hpp"
#include "render/facts.hpp"
#include "render/locale.hpp"

namespace owed::render {

/// DOMAIN section 17. din5008b: A4, address field 20/45 mm; us10: US Letter for a #10 window envelope.
enum class Layout { din5008b, us10 };
std::string_view name_of(Layout layout) noexcept;
/// Errors: invalid_config for a name that is none of them.
Result<Layout> layout_named(std::string_view name);

/// A run of words in one weight.
struct Span {
    std::string text;
    bool bold = false;
};
struct Block {
    enum class Kind { paragraph, items, pay_to } kind = Kind::paragraph;
    std::vector<Span> spans;
};
/// The letter's text with its places for the table and the box.
struct LetterText {
    std::string heading;
    std::vector<Block> blocks;
};
/// Reads what the letter template gave: "# heading", paragraphs parted by empty lines, [items], [pay-to], **bold**.
/// Values cannot make marks of their own: the template stage guards them. Errors: malformed_input with the line.
Result<LetterText> parse_letter_text(std::string_view rendered);

/// Words that stand in fixed places, in the letter's language.
struct LetterWords {
    std::string our_reference, customer_number, date, contact, phone, email, hours;
    std::string document, document_date, due_date, days_overdue, original, paid, open, subtotal, fee, interest, total;
    std::string pay_by, pay_to, holder, iban, number, bank, routing, bank_name, reference, scan_to_pay, qr_alternative;
    std::string page_of;      ///< "Page {page} of {pages}"
    std::string page_header;  ///< head of the following pages: "{creditor}: {reference}, {date}"
};

struct LetterInput {
    Layout layout = Layout::din5008b;
    Locale locale;
    NoticeFacts facts;
    LetterText text;
    LetterWords words;
    std::string qr_payload;      ///< empty: no code in the pay-to box
};

/// The PDF's bytes; equal inputs give equal bytes (the creation date is the notice's date). One page and more; long names
/// and addresses wrap and shrink, and nothing leaves its field.
/// Errors: not_found when the font (Liberation Sans) is not installed; data when a text has letters that no installed
/// font can show, or an address has no room in the window even in small letters. Any thread; 20 to 60 ms a letter.
Result<std::string> render_letter(const LetterInput& input);

/// Every text that the letter shows, a line each: what the pay-to check reads.
std::string letter_plain_text(const LetterInput& input);

}  // namespace owed::render
