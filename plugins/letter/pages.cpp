#include "letter/pages.hpp"

#define POINTERHOLDER_TRANSITION 4  // qpdf 11: std::shared_ptr only, none of its old pointer
#include <qpdf/QPDF.hh>

#include <string>

namespace owed::plugins::letter {

Result<int> pages_of(std::string_view pdf) {
    if (!pdf.starts_with("%PDF-")) return fail(Errc::data, "the letter is not a PDF");
    try {
        QPDF document;
        document.setSuppressWarnings(true);
        document.setAttemptRecovery(false);  // a letter that needs repair was damaged on its way here
        document.processMemoryFile("letter", pdf.data(), pdf.size());
        const std::size_t pages = document.getAllPages().size();
        if (pages == 0) return fail(Errc::data, "the letter has no page");
        return static_cast<int>(pages);
    } catch (const std::exception& e) {
        return fail(Errc::data, "the letter is not a readable PDF: " + std::string{e.what()});
    }
}

}  // namespace owed::plugins::letter
