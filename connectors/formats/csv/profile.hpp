// Reading a profile's JSON strictly: an unknown key or a wrong type is an error that says what there could be. Profiles are
// written by people who map columns; a key that is passed over in silence costs them a day.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/csv.hpp"
#include "formats/csv/dates.hpp"
#include "formats/csv/number.hpp"
#include "owed/result.hpp"

namespace owed::formats::csv {

/// An object of a profile with its path ("files[1].columns"). Refers to the JSON value, which must outlive it.
/// All errors: invalid_config, with the path in `where`.
class ProfileObject {
  public:
    ProfileObject(const boost::json::object& object, std::string path) : object_{&object}, path_{std::move(path)} {}

    /// Every key must be among these.
    Status allow(std::initializer_list<std::string_view> keys) const;
    bool has(std::string_view key) const { return object_->contains(key); }
    const boost::json::object& json() const { return *object_; }
    std::string path(std::string_view key) const;

    /// Absent: empty, false, nullopt.
    Result<std::string> text(std::string_view key) const;
    Result<bool> flag(std::string_view key, bool otherwise) const;
    Result<std::optional<std::int64_t>> number(std::string_view key, std::int64_t least, std::int64_t most) const;
    /// A string, or an array of strings.
    Result<std::vector<std::string>> texts(std::string_view key) const;
    Result<std::optional<ProfileObject>> object(std::string_view key) const;

  private:
    const boost::json::object* object_;
    std::string path_;
};

tl::unexpected<Error> wrong_type(const boost::json::value& value, std::string_view expected, std::string path);

/// A JSON text that is an object. Errors: invalid_config with line and column.
Result<boost::json::value> parse_profile(std::string_view json);

/// Keys delimiter, quote, encoding, skip_lines, decimal, thousands: shared by all CSV kinds.
struct FileNotation {
    DialectHints dialect;
    std::optional<Mark> decimal, thousands;
};
Result<FileNotation> notation_of(const ProfileObject& object);

}  // namespace owed::formats::csv
