// An instance's settings, read out of the JSON that the host has already checked against the manifest's schema. Defaults
// stand in the schema; the fallbacks here are for optional keys without one.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed::plugins {

/// One thread at a time.
class Settings {
  public:
    /// Errors: invalid_config when the text is no JSON object.
    static Result<Settings> read(std::string_view json);

    std::string text(std::string_view key, std::string_view fallback = {}) const;
    std::int64_t number(std::string_view key, std::int64_t fallback = 0) const;
    bool flag(std::string_view key, bool fallback = false) const;
    /// nullptr: not there.
    const boost::json::value* find(std::string_view key) const;
    /// The JSON text of a key's value; empty: not there or null.
    std::string json(std::string_view key) const;

  private:
    explicit Settings(boost::json::object object) : object_{std::move(object)} {}
    boost::json::object object_;
};

}  // namespace owed::plugins
