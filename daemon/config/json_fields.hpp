// Reading a JSON object strictly: every key has a kind, and one that nobody asks for is refused by name. Questions of
// `owectl calc`, and those parts of the configuration that can be asked there in the same words.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::config {

/// One object. A null is the same as a missing key. Each reader's error is malformed_input or invalid_argument
/// with the key's path ("terms.discounts[0].percent") in `where`. Lives within the object's lifetime.
class JsonFields {
  public:
    JsonFields(const boost::json::object& object, std::string path) : object_{object}, path_{std::move(path)} {}

    /// The value, asked for; nullptr: missing or null.
    const boost::json::value* find(std::string_view key);
    bool has(std::string_view key);
    /// "terms.due": for errors of the caller's own.
    std::string path(std::string_view key) const;

    Result<std::optional<std::string>> text(std::string_view key);
    Result<std::string> text_required(std::string_view key);
    /// A string; JSON numbers are refused, since they are no exact decimals.
    Result<std::optional<Decimal>> decimal(std::string_view key);
    Result<Decimal> decimal_required(std::string_view key);
    Result<std::optional<Money>> money(std::string_view key, Currency currency);
    Result<Money> money_required(std::string_view key, Currency currency);
    Result<std::optional<Date>> date(std::string_view key);
    Result<Date> date_required(std::string_view key);
    Result<Currency> currency_required(std::string_view key);
    /// A JSON number without fraction, or its digits as a string.
    Result<std::optional<int>> integer(std::string_view key);
    Result<bool> flag(std::string_view key, bool otherwise);
    /// One of `names`; the index of it.
    Result<std::optional<std::size_t>> choice(std::string_view key, const std::vector<std::string_view>& names);
    /// The objects of a list; a missing list is empty, a single object is a list of one. At most 100,000.
    Result<std::vector<JsonFields>> objects(std::string_view key);
    Result<std::optional<JsonFields>> object(std::string_view key);

    /// Fails with the first key that nobody has asked for.
    Status done() const;

  private:
    tl::unexpected<Error> wrong(std::string_view key, std::string what) const;
    tl::unexpected<Error> missing(std::string_view key, std::string_view example) const;

    const boost::json::object& object_;
    std::string path_;
    std::set<std::string, std::less<>> asked_;
};

boost::json::string json_text(std::string_view value);
boost::json::string json_text(Money value);
boost::json::string json_text(Date value);
boost::json::string json_text(Decimal value);
template <class T>
boost::json::value json_or_null(const std::optional<T>& value) {
    return value ? boost::json::value(json_text(*value)) : boost::json::value(nullptr);
}

}  // namespace owed::config
