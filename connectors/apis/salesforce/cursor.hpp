// Where reading stands. Objects are read in passes: everything changed since a time, in the order of (SystemModstamp, Id),
// page by page. A pass can be taken up after any page; what changes meanwhile comes in the next one.
//
// Three rules keep rows from being lost. A pass begins `overlap` before the time to which the last one was complete, since
// clocks and open transactions lag. The end of a pass is complete to the org's own clock at its beginning, not to the last
// stamp seen. And a place within a pass is only a row that has not changed since the pass began: the org makes each page of
// the rows as they are when the page is asked for, so a changed one stands among older ones with its new stamp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/result.hpp"

namespace owed::apis::salesforce {

/// A row's place in the order. `stamp` as stamp_text() writes it.
struct Place {
    std::string stamp, id;
    bool operator==(const Place&) const = default;
};

/// Of one object.
struct Progress {
    std::string since;          ///< complete to here; empty: nothing was read yet
    std::string until;          ///< of the pass under way: what it will be complete to; empty: none is
    std::optional<Place> at;    ///< of the pass under way: up to here, this row too
    bool again = false;         ///< the pass under way repeats what was read before, every row of it
    bool operator==(const Progress&) const = default;
};

/// {"v":1,"mapping":"...","Account":{"since":...},"Order":{"since":...,"until":...,"stamp":...,"id":...}}
struct Cursor {
    std::string mapping;        ///< says by which settings rows were read; other ones read everything again
    std::map<std::string, Progress> objects;
    std::string text() const;
};
/// An empty text is an empty cursor. Errors: malformed_input.
Result<Cursor> parse_cursor(std::string_view text);

/// How a pass begins, or goes on. Changes `progress`; `now` is the org's clock before the query.
struct PassStart {
    std::string where;          ///< condition on SystemModstamp and Id; empty: everything
    bool first = false;         ///< nothing was read before this pass, so what is over needs no telling
    bool clock_went_back = false;  ///< by more than the overlap: everything is read again
};
PassStart begin_pass(Progress& progress, Instant now, std::int64_t overlap_seconds);

/// Everything is read again, from the beginning.
void begin_again(Progress& progress);

/// After a page whose rows stood so. `asked`: the org's clock before the query was made.
void note_page(Progress& progress, const std::vector<Place>& rows, Instant asked);
/// After the last page.
void end_pass(Progress& progress);

}  // namespace owed::apis::salesforce
