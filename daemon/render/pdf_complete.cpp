// The qpdf pass over what Cairo wrote.
#define POINTERHOLDER_TRANSITION 4  // qpdf 11: std::shared_ptr throughout
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFWriter.hh>

#include <fmt/format.h>

#include "render/detail/sheet.hpp"

namespace owed::render::detail {
namespace {

/// Header cells say that they head a column; figures get words for those who cannot see them (PDF/UA).
void complete_structure(QPDFObjectHandle element, const QPDFObjectHandle& alternative, int depth = 0) {
    if (!element.isDictionary() || depth > 16) return;
    auto type = element.getKey("/S");
    if (type.isName() && type.getName() == "/TH")
        element.replaceKey("/A", QPDFObjectHandle::parse("<< /O /Table /Scope /Column >>"));
    if (type.isName() && type.getName() == "/Figure") element.replaceKey("/Alt", alternative);
    auto kids = element.getKey("/K");
    if (kids.isArray())
        for (int i = 0; i < kids.getArrayNItems(); ++i) complete_structure(kids.getArrayItem(i), alternative, depth + 1);
    else
        complete_structure(kids, alternative, depth + 1);
}

}  // namespace

Result<std::string> complete_pdf(const std::string& pdf, std::string_view language, std::string_view figure_alternative) {
    try {
        QPDF document;
        document.setSuppressWarnings(true);
        document.processMemoryFile("letter", pdf.data(), pdf.size());
        auto root = document.getRoot();
        root.replaceKey("/Lang", QPDFObjectHandle::newString(std::string{language}));
        root.replaceKey("/ViewerPreferences", QPDFObjectHandle::parse("<< /DisplayDocTitle true >>"));
        root.replaceKey("/MarkInfo", QPDFObjectHandle::parse("<< /Marked true >>"));
        for (auto page : document.getAllPages()) page.replaceKey("/Tabs", QPDFObjectHandle::newName("/S"));
        complete_structure(root.getKey("/StructTreeRoot"), QPDFObjectHandle::newUnicodeString(std::string{figure_alternative}));
        QPDFWriter writer{document};
        writer.setOutputMemory();
        writer.setDeterministicID(true);
        writer.write();
        const auto buffer = writer.getBufferSharedPointer();
        return std::string{reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize()};
    } catch (const std::exception& error) {
        return fail(Errc::internal, fmt::format("qpdf: {}", error.what()), "letter");
    }
}

}  // namespace owed::render::detail
