// Files on an FTP server, by libcurl: ftps from the first byte, ftp with AUTH TLS, both with the data lines encrypted too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transports/transfer.hpp"

namespace owed::transports::detail {

bool is_ftp(std::string_view url);

/// Errors: as check_file_request and check_url.
Status check_ftp(const Request& request);

/// One exchange on lines of its own (transfer.hpp says what the methods do). Passive only, and data lines go to the server's
/// own address, whatever address it names.
Result<Response> ftp(const Request& request);

struct ListedFile {
    std::string name;
    std::uint64_t bytes = 0;
    std::int64_t modified = 0;  ///< seconds since 1970; 0: the server does not say
};

/// One line of MLSD (RFC 3659 7.2): "type=file;size=1024;modify=20260228120000; feb.mt940". Nothing for what is no plain
/// file, and for names with a slash or a control byte. Pure.
std::optional<ListedFile> listed_file(std::string_view line);

/// "20260228120000" or with ".123": UTC (RFC 3659 2.3). Pure.
std::optional<std::int64_t> time_val(std::string_view text);

/// The names in NLST's answer, without their folder, each once, sorted; no "." and "..", none with a control byte. Pure.
std::vector<std::string> names_of(std::string_view text);

/// `path` as curl takes it behind "ftp://host": absolute, with everything but letters, digits and "-._~/" as %XX.
std::string url_path(std::string_view path);

/// By a reply's code: RFC 959 4.2 and RFC 4217.
Outcome outcome_of_ftp(int code);

}  // namespace owed::transports::detail
