// What is said to an IMAP server and what it answers (RFC 3501), as text: pure. Nothing of a request gets into a command
// but through `words_of`, which takes no control byte, quote or backslash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transports/transfer.hpp"

namespace owed::transports::detail {

/// A request, read and checked.
struct ImapWords {
    std::string mailbox;          ///< as a quoted string, in modified UTF-7; empty for LIST
    std::string destination;      ///< the same
    std::string destination_shown;
    std::string search;           ///< "SINCE 1-Feb-2026 UNSEEN"; "ALL" when no header asks for less
    std::uint32_t uid = 0;
    std::uint32_t uid_after = 0;  ///< SEARCH: a server answers "17:*" with its last message even if that is 16
    std::uint32_t uid_validity = 0;
    std::string add_flags, remove_flags;  ///< "\Seen $Taken"
};
/// Errors: data (a value that cannot be sent), invalid_argument (a method or header that there is not).
Result<ImapWords> words_of(const Request& request, const std::string& mailbox);

/// One word of an answer.
struct Token {
    enum class Is { atom, text, open, close };  ///< text: quoted, or a literal
    Is is = Is::atom;
    std::string value;
};
/// A whole answer line; its literals, in order, stand where the line has {n}. Errors: malformed_input.
Result<std::vector<Token>> tokens_of(std::string_view line, const std::vector<std::string>& literals);

/// The bytes of the literal that a line announces at its end: "{120}", "{120+}". Nothing: none.
std::optional<std::uint64_t> literal_at_end(std::string_view line);

/// "UIDVALIDITY 17" of "* OK [UIDVALIDITY 17] fine", or of a tagged answer; empty: none.
std::string code_of(std::string_view line);

/// One "* 12 FETCH (...)"; nothing for other answers.
struct Fetched {
    std::uint32_t uid = 0;
    bool has_flags = false, has_body = false;
    std::string flags, body;
};
std::optional<Fetched> fetched(std::vector<Token> tokens);

/// Numbers of a "* SEARCH 1 2 3". Nothing for other answers.
std::optional<std::vector<std::uint32_t>> found(const std::vector<Token>& tokens);

/// The mailbox of a "* LIST (\HasNoChildren) "/" INBOX", in UTF-8. Nothing for other answers, for names that hold no messages
/// (\Noselect, \NonExistent) and for those that no request could name.
std::optional<std::string> listed_mailbox(const std::vector<Token>& tokens);

/// What a server's NO or BAD means, by its response code (RFC 5530).
Outcome outcome_of_no(std::string_view line);

}  // namespace owed::transports::detail
