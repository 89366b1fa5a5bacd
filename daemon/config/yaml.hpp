// YAML read strictly: every value knows its place; duplicate keys, anchors and aliases, several documents and tags are
// refused; nothing is converted unless asked (NO stays text, 0123 stays text). yaml-cpp parses, this keeps the marks
// (SECURITY finding 8).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::config {

/// One thing that is wrong in a configuration.
struct Problem {
    std::string file;
    int line = 0, column = 0;    ///< from 1; 0: the whole file
    std::string message;
};
/// "owed.yaml:12:5: message"
std::string to_text(const Problem& problem);

struct Place {
    std::string file;
    int line = 0, column = 0;
};
std::string to_text(const Place& place);  ///< "owed.yaml:12:5"
void report(std::vector<Problem>& problems, const Place& place, std::string message);
/// A number or an account as people write it in groups, without the blanks between them.
std::string without_blanks(std::string text);

struct Node {
    enum class Kind { null, scalar, sequence, map };
    struct Member;
    Kind kind = Kind::null;
    Place place;
    std::string text;            ///< of a scalar
    bool quoted = false;
    std::vector<Node> items;
    std::vector<Member> members;

    const Node* find(std::string_view key) const;
};
struct Node::Member {
    std::string key;
    Place place;
    Node value;
};

struct ReadLimits {
    std::size_t bytes_max = 4 << 20;
    int depth_max = 32;
    std::size_t nodes_max = 200'000;
};

/// Parses one document. Problems found are appended; what could be read is returned (null for nothing).
Node read_yaml(std::string_view text, const std::string& file, std::vector<Problem>& problems, const ReadLimits& limits = {});

/// JSON for plugins and profiles: quoted scalars are strings; plain true/false, null and integers without leading zero are
/// what they look like; everything else is a string, decimals too (money is never a JSON number).
std::string to_json(const Node& node);

/// Reads the members of a map by name and reports every key it was not asked for, with a suggestion.
/// `Fields f{node, "entity", problems}; id = f.text("id"); ... f.done();`
class Fields {
  public:
    Fields(const Node& node, std::string what, std::vector<Problem>& problems);

    bool has(std::string_view key) const;
    std::string text(std::string_view key);                                 ///< required
    std::string text_or(std::string_view key, std::string fallback);
    std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t lowest, std::int64_t highest);
    bool boolean_or(std::string_view key, bool fallback);
    std::optional<Date> date(std::string_view key);
    std::vector<std::string> texts(std::string_view key);                   ///< list of scalars; a single scalar is a list of one
    Currency currency(std::string_view key);                                ///< required; EUR after a problem
    /// {EUR: "25.00", JPY: "3000"}
    std::vector<std::pair<std::string, Money>> money_by_currency(std::string_view key);
    const Node* map(std::string_view key);                                  ///< nullptr when absent
    const Node* sequence(std::string_view key);
    const Node* any(std::string_view key);
    void problem(std::string_view key, std::string message);                ///< at the value of a key
    void done();                                                            ///< unknown keys

  private:
    const Node* take(std::string_view key);
    const Node* scalar(std::string_view key);
    const Node& node_;
    std::string what_;
    std::vector<Problem>& problems_;
    std::vector<std::string> asked_;
};

/// "did you mean timezone?" or empty.
std::string suggestion(std::string_view wrong, const std::vector<std::string>& right);

}  // namespace owed::config
