// JSON whose numbers stay as they are written: an amount of money never passes through binary floating point
// (API-SHAPES section 4). For replies of other systems; our own JSON, which has no decimals, is boost::json's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "owed/result.hpp"

namespace owed::apis {

/// A value. Members keep their order; of two with one name the first is found. Values own what they hold. One thread.
class Json {
  public:
    enum class Kind { null, boolean, number, text, array, object };
    using Member = std::pair<std::string, Json>;

    Json() = default;
    static Json boolean(bool value);
    static Json number(std::string as_written);  ///< "1.0E7"
    static Json text(std::string value);
    static Json array(std::vector<Json> values);
    static Json object(std::vector<Member> members);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool is_array() const { return kind_ == Kind::array; }
    bool is_object() const { return kind_ == Kind::object; }
    /// True for true alone.
    bool is_true() const { return kind_ == Kind::boolean && true_; }
    /// Of a text or a number, as written; empty for anything else.
    const std::string& text() const { return text_; }
    /// Of an array; empty for anything else.
    const std::vector<Json>& values() const { return values_; }
    /// Of an object; empty for anything else.
    const std::vector<Member>& members() const { return members_; }
    /// The member of that name; null for none, and for what is no object. "Account.Owner" walks down.
    const Json& at(std::string_view path) const;

  private:
    friend class JsonBuilder;
    Kind kind_ = Kind::null;
    bool true_ = false;
    std::string text_;
    std::vector<Json> values_;
    std::vector<Member> members_;
};

/// One document, at most 32 levels deep, UTF-8. Errors: malformed_input with the byte at which it stops making sense. Any
/// thread.
Result<Json> parse_json(std::string_view text);

/// A text as JSON has it, in its quotes. `text` is UTF-8.
std::string json_text(std::string_view text);

}  // namespace owed::apis
