// A logged-in line to an IMAP server: commands out, whole answers in, with an end to everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "transports/detail/curl_line.hpp"
#include "transports/detail/imap_words.hpp"

namespace owed::transports::detail {

/// What ended a line before its answer was whole.
enum class Broken { no, closed, late, cancelled, too_large, garbled };

/// The answer to one command.
struct Answered {
    Broken broken = Broken::no;
    std::string why;                          ///< with `broken`
    std::string tagged;                       ///< "A3 OK [COPYUID 7 3 9] done"
    std::vector<std::vector<Token>> untagged;
    std::vector<std::string> codes;           ///< of untagged OK lines: "UIDVALIDITY 7"
    bool ok() const;
};

class ImapLine {
  public:
    /// `easy` has connected (CURLOPT_CONNECT_ONLY) and lives as long as this. At most `bytes_max` come back in all.
    ImapLine(CURL* easy, std::size_t bytes_max, std::chrono::steady_clock::time_point deadline, const std::function<bool()>& cancelled)
        : easy_{easy}, left_{bytes_max}, deadline_{deadline}, cancelled_{cancelled} {}

    /// One command, "UID FETCH 3 FLAGS", and its answer.
    Answered ask(const std::string& command);
    /// LOGOUT, without waiting for what is said to that.
    void leave();

  private:
    Broken send(std::string_view bytes);
    Broken fill();
    Broken wait(short events);
    Broken take_line(std::string& line);
    Broken take_bytes(std::size_t length, std::string& bytes);
    /// A whole answer: a line, its literals, and the lines that go on after them.
    Broken take_answer(std::string& line, std::vector<std::string>& literals);

    CURL* easy_;
    std::size_t left_;
    std::chrono::steady_clock::time_point deadline_;
    const std::function<bool()>& cancelled_;
    std::string in_;        ///< arrived and not yet taken
    std::size_t at_ = 0;    ///< of in_
    std::string why_;
    unsigned number_ = 0;
};

}  // namespace owed::transports::detail
