// XML as a stream of events, over expat. No document type is ever accepted, so nothing external can be named and no
// entity can multiply (SECURITY T01, T02).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed::formats::xml {

/// What one document may hold. Passing one is input_too_large.
struct Limits {
    std::size_t depth = 64;
    std::size_t attribute = std::size_t{64} << 10;   ///< bytes of one value
    std::size_t token = std::size_t{2} << 20;        ///< bytes of one tag, comment or instruction
    std::size_t text = std::size_t{16} << 20;        ///< bytes of text directly inside one element
    std::uint64_t elements = 200'000'000;
    std::uint64_t documents = 10'000;                ///< that follow each other in one file
};

/// The attributes of one start tag; live during the call.
class Attributes {
  public:
    explicit Attributes(const char** raw) : raw_{raw} {}
    /// By local name, whatever its namespace; empty when absent.
    std::string_view find(std::string_view name) const;

  private:
    const char** raw_;
};

/// Names are local names: "ns2:Document" and "Document" are the same; `space` is the namespace, or empty.
/// An Error ends the reading with it. Views live during the call.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual Status start(std::string_view space, std::string_view name, const Attributes& attributes) = 0;
    virtual Status end(std::string_view name) = 0;
    /// Comes in pieces of any size.
    virtual Status text(std::string_view piece) = 0;
};

/// Reads a file that holds one document or several, one after the other (banks concatenate them: FORMATS section 2.3).
/// Encodings: UTF-8, UTF-16, latin1, ASCII and the 8-bit sets of text/charset.hpp. One thread.
class Reader {
  public:
    /// `bytes` must outlive the reader. `file_name` is for places only.
    Reader(std::string_view bytes, std::string file_name, Limits limits = {});
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Errors: malformed_input (not well-formed, truncated, a document type), input_too_large, the handler's own.
    Status run(Handler& handler);

    /// Where the reading stands, inside a handler's call: "feb.xml:17:3", and the line alone.
    std::string where() const;
    std::uint64_t line() const;

  private:
    struct Parsing;
    Status run_document(Handler& handler);
    void skip_to(std::size_t offset);
    std::string_view bytes_;
    std::string file_name_;
    Limits limits_;
    std::unique_ptr<Parsing> parsing_;
    std::size_t begin_ = 0;  ///< of the document being read
    std::uint64_t begin_line_ = 1, begin_column_ = 0;
};

}  // namespace owed::formats::xml
