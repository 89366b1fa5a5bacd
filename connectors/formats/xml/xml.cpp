#include "formats/xml/xml.hpp"

#include <expat.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "formats/text/charset.hpp"

namespace owed::formats::xml {
namespace {

constexpr char space_end = '|';  // expat writes "namespace|local"; no character of a name
constexpr std::size_t chunk_size = std::size_t{256} << 10;

struct Name {
    std::string_view space, local;
};
Name split(const char* expat_name) {
    const std::string_view whole{expat_name};
    const std::size_t bar = whole.rfind(space_end);
    if (bar == std::string_view::npos) return {{}, whole};
    return {whole.substr(0, bar), whole.substr(bar + 1)};
}

/// The character of one byte of an 8-bit charset, or -1. ISO 8859-15 is latin1 but for eight characters.
int character_of(unsigned char byte, Charset charset) {
    const DecodedText one = decode_text_as(std::string(1, static_cast<char>(byte)), charset);
    if (one.undecodable > 0) return -1;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(one.text[i]); };
    if (one.text.size() == 2) return ((at(0) & 0x1F) << 6) | (at(1) & 0x3F);
    if (one.text.size() == 3) return ((at(0) & 0x0F) << 12) | ((at(1) & 0x3F) << 6) | (at(2) & 0x3F);
    return -1;
}

int XMLCALL on_unknown_encoding(void*, const XML_Char* name, XML_Encoding* info) {
    try {
        const auto charset = find_charset(name);
        if (!charset || (*charset != Charset::windows_1252 && *charset != Charset::cp852)) return XML_STATUS_ERROR;
        for (int byte = 0; byte < 256; ++byte) {
            info->map[byte] = byte < 0x80 ? byte : character_of(static_cast<unsigned char>(byte), *charset);
        }
        info->data = nullptr;
        info->convert = nullptr;
        info->release = nullptr;
        return XML_STATUS_OK;
    } catch (const std::exception&) {
        return XML_STATUS_ERROR;  // out of memory: expat then refuses the file
    }
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string what_of(XML_Error code) {
    switch (code) {
        case XML_ERROR_NO_ELEMENTS:
        case XML_ERROR_UNCLOSED_TOKEN:
        case XML_ERROR_PARTIAL_CHAR:
        case XML_ERROR_UNCLOSED_CDATA_SECTION:
            return "the file ends before its XML is complete";
        case XML_ERROR_UNKNOWN_ENCODING:
        case XML_ERROR_INCORRECT_ENCODING:
            return "the XML declaration names an encoding that is not read here";
        default:
            return std::string{"not well-formed XML: "} + XML_ErrorString(code);
    }
}

std::string advice_of(XML_Error code) {
    switch (code) {
        case XML_ERROR_NO_ELEMENTS:
        case XML_ERROR_UNCLOSED_TOKEN:
        case XML_ERROR_PARTIAL_CHAR:
        case XML_ERROR_UNCLOSED_CDATA_SECTION:
            return "fetch the file again: it was cut off";
        case XML_ERROR_INVALID_TOKEN:
            return "check whether the file's bytes are in the encoding that its first line names";
        case XML_ERROR_UNKNOWN_ENCODING:
        case XML_ERROR_INCORRECT_ENCODING:
            return "have it sent as UTF-8";
        default:
            return "ask the sender for a well-formed file";
    }
}

}  // namespace

std::string_view Attributes::find(std::string_view name) const {
    for (const char** pair = raw_; *pair; pair += 2) {
        if (split(pair[0]).local == name) return pair[1];
    }
    return {};
}

/// The state of one document, and expat's way into it.
struct Reader::Parsing {
    struct Free {
        void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
    };
    Parsing(Reader& of_reader, Handler& to_handler) : reader{of_reader}, handler{to_handler} {}
    Reader& reader;
    Handler& handler;
    std::unique_ptr<XML_ParserStruct, Free> expat{XML_ParserCreateNS(nullptr, space_end)};
    std::optional<Error> fault;
    std::size_t depth = 0;
    std::vector<std::size_t> text_sizes;
    std::uint64_t elements = 0;
    std::optional<std::size_t> end;  // of the document's root, in bytes of the file

    void stop(Error error) {
        if (!fault) fault = std::move(error);
        XML_StopParser(expat.get(), XML_FALSE);
    }
    void stop_too_large(std::string what) {
        stop({Errc::input_too_large, std::move(what), reader.where(), "no bank file needs that; ask the sender what it is"});
    }
    /// The edge where exceptions stop: none may cross expat's C frames.
    template <class Body>
    void guarded(Body&& body) {
        if (fault) return;
        try {
            if (Status status = body(); !status) stop(std::move(status).error());
        } catch (const std::exception& e) {
            stop({Errc::internal, std::string{"reading stopped: "} + e.what(), reader.where(), {}});
        }
    }
    Status start(const char* name, const char** raw) {
        if (++depth > reader.limits_.depth)
            return stop_too_large("elements are nested deeper than " + std::to_string(reader.limits_.depth)), Status{};
        if (++elements > reader.limits_.elements) return stop_too_large("too many elements"), Status{};
        for (const char** pair = raw; *pair; pair += 2) {
            if (std::strlen(pair[1]) > reader.limits_.attribute) return stop_too_large("an attribute is too long"), Status{};
        }
        text_sizes.push_back(0);
        const Name parts = split(name);
        return handler.start(parts.space, parts.local, Attributes{raw});
    }
    Status finish(const char* name) {
        --depth;
        text_sizes.pop_back();
        if (depth == 0)
            end = reader.begin_ + static_cast<std::size_t>(XML_GetCurrentByteIndex(expat.get()) + XML_GetCurrentByteCount(expat.get()));
        return handler.end(split(name).local);
    }
    Status text(std::string_view piece) {
        if (!text_sizes.empty() && (text_sizes.back() += piece.size()) > reader.limits_.text)
            return stop_too_large("the text of an element is too long"), Status{};
        return handler.text(piece);
    }

    static Parsing& of(void* self) { return *static_cast<Parsing*>(self); }
    static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** raw) {
        of(self).guarded([&] { return of(self).start(name, raw); });
    }
    static void XMLCALL on_end(void* self, const XML_Char* name) {
        of(self).guarded([&] { return of(self).finish(name); });
    }
    static void XMLCALL on_text(void* self, const XML_Char* s, int size) {
        of(self).guarded([&] { return of(self).text({s, static_cast<std::size_t>(size)}); });
    }
    static void XMLCALL on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        of(self).guarded([&]() -> Status {
            return fail(Errc::malformed_input, "the file has a document type (<!DOCTYPE), which bank files do not need and attacks do",
                        of(self).reader.where(), "ask the sender for the file without it");
        });
    }
    void attach() {
        XML_SetUserData(expat.get(), this);
        XML_SetElementHandler(expat.get(), on_start, on_end);
        XML_SetCharacterDataHandler(expat.get(), on_text);
        XML_SetStartDoctypeDeclHandler(expat.get(), on_doctype);
        XML_SetUnknownEncodingHandler(expat.get(), on_unknown_encoding, nullptr);
    }
};

Reader::Reader(std::string_view bytes, std::string file_name, Limits limits)
    : bytes_{bytes}, file_name_{std::move(file_name)}, limits_{limits} {}
Reader::~Reader() = default;

std::uint64_t Reader::line() const {
    if (!parsing_) return begin_line_;
    return begin_line_ + XML_GetCurrentLineNumber(parsing_->expat.get()) - 1;
}

std::string Reader::where() const {
    const std::uint64_t at = line();
    std::uint64_t column = parsing_ ? XML_GetCurrentColumnNumber(parsing_->expat.get()) : 0;
    if (at == begin_line_) column += begin_column_;
    return file_name_ + ":" + std::to_string(at) + ":" + std::to_string(column + 1);
}

void Reader::skip_to(std::size_t offset) {
    for (; begin_ < offset; ++begin_) {
        ++begin_column_;
        if (bytes_[begin_] == '\n') {
            ++begin_line_;
            begin_column_ = 0;
        }
    }
}

Status Reader::run(Handler& handler) {
    for (std::uint64_t documents = 0; documents < limits_.documents; ++documents) {
        std::size_t first = begin_;
        // Blank lines before the declaration are against the XML standard and common.
        while (first < bytes_.size() && is_blank(bytes_[first])) ++first;
        skip_to(first);
        OWED_TRY_VOID(run_document(handler));
        if (begin_ == bytes_.size()) return {};
    }
    return fail(Errc::input_too_large, "the file holds more than " + std::to_string(limits_.documents) + " documents", where());
}

Status Reader::run_document(Handler& handler) {
    parsing_ = std::make_unique<Parsing>(*this, handler);
    if (!parsing_->expat) return fail(Errc::internal, "no memory for the XML parser", file_name_);
    parsing_->attach();
    XML_Parser expat = parsing_->expat.get();
    for (std::size_t fed = begin_;;) {
        const std::size_t size = std::min(chunk_size, bytes_.size() - fed);
        const bool final = fed + size == bytes_.size();
        const XML_Status status = XML_Parse(expat, bytes_.data() + fed, static_cast<int>(size), final);
        if (parsing_->fault) return fail(std::move(*parsing_->fault));
        if (status != XML_STATUS_OK) {
            // Something follows the root element: another document, if it begins like one.
            std::size_t next = parsing_->end.value_or(bytes_.size());
            while (next < bytes_.size() && is_blank(bytes_[next])) ++next;
            const XML_Error code = XML_GetErrorCode(expat);
            if (parsing_->end && next < bytes_.size() && bytes_[next] == '<') return skip_to(next), Status{};
            return fail(Errc::malformed_input, what_of(code), where(), advice_of(code));
        }
        fed += size;
        if (final) return skip_to(bytes_.size()), Status{};
        // expat keeps an unfinished token in memory and scans it anew with each piece: bounded here, before it grows.
        const auto at = XML_GetCurrentByteIndex(expat);
        const std::size_t reached = begin_ + static_cast<std::size_t>(std::max<XML_Index>(at, 0));
        if (fed > reached && fed - reached > limits_.token)
            return fail(Errc::input_too_large, "a tag, comment or instruction is longer than " + std::to_string(limits_.token) + " bytes", where(),
                        "no bank file needs that; ask the sender what it is");
    }
}

}  // namespace owed::formats::xml
