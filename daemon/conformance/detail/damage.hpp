// Made-up input: dice, damaged files, and settings that fit a schema or miss it by one thing. Private to this room.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace owed::conformance {

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers on every machine, unlike std's distributions.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_{seed} {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(next() % end); }

  private:
    std::uint64_t state_;
};

struct Damaged {
    std::string how, bytes;   ///< "cut after byte 17"
};
/// Beginnings of a file: all of a short one's, else some, spread over it and at its end.
std::vector<Damaged> truncations(std::string_view bytes, std::size_t count, Dice& dice);
std::vector<Damaged> bit_flips(std::string_view bytes, std::size_t count, Dice& dice);
/// What no format is: zeros, noise, one endless line, wrong text encodings, other formats' beginnings.
std::vector<Damaged> foreign_files(Dice& dice);

struct Mutation {
    std::string pointer;              ///< RFC 6901, of what is wrong
    std::string what;                 ///< "a list instead of a text"
    boost::json::value settings;
};
/// Settings that are wrong in one thing, each word of the schema in turn.
std::vector<Mutation> wrong_settings(const boost::json::object& schema, const boost::json::value& settings);
/// Other settings that fit the schema: an optional key left out, another value of an enumeration, the ends of a range.
std::vector<Mutation> other_settings(const boost::json::object& schema, const boost::json::value& settings);

}  // namespace owed::conformance
