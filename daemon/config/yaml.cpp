#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <sstream>

namespace owed::config {
namespace {

/// Thrown to leave yaml-cpp's parser once a limit is passed; stops in read_yaml.
struct Enough {};

class Builder : public YAML::EventHandler {
  public:
    Builder(std::string file, std::vector<Problem>& problems, const ReadLimits& limits)
        : file_{std::move(file)}, problems_{problems}, limits_{limits} {}

    Node root;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) report(mark, "one document a file; a second one starts here");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        scalar(mark, {}, false, Node::Kind::null);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        report(mark, "aliases (*name) are not allowed; write the value out");
        scalar(mark, {}, false, Node::Kind::null);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        const bool quoted = tag == "!";
        const bool nothing = !quoted && (value == "null" || value == "~" || value.empty());
        scalar(mark, value, quoted, nothing ? Node::Kind::null : Node::Kind::scalar);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        open(mark, Node::Kind::sequence);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        open(mark, Node::Kind::map);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Level {
        Node node;
        bool key_pending = false;
        std::string key;
        Place key_place;
    };

    Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }
    void report(const YAML::Mark& mark, std::string message) {
        problems_.push_back({file_, mark.line + 1, mark.column + 1, std::move(message)});
    }
    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) report(mark, "anchors (&name) are not allowed; write the value out");
    }
    /// "?" is yaml-cpp's word for plain values, "!" for quoted ones.
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag != "?" && tag != "!" && !tag.empty()) report(mark, "tags such as " + tag + " are not allowed");
    }
    void count(const YAML::Mark& mark) {
        if (++nodes_ <= limits_.nodes_max) return;
        report(mark, "more than " + std::to_string(limits_.nodes_max) + " values in one file");
        throw Enough{};
    }
    void open(const YAML::Mark& mark, Node::Kind kind) {
        count(mark);
        if (static_cast<int>(stack_.size()) >= limits_.depth_max) {
            report(mark, "nested deeper than " + std::to_string(limits_.depth_max) + " levels");
            throw Enough{};
        }
        if (!stack_.empty() && stack_.back().node.kind == Node::Kind::map && !stack_.back().key_pending)
            report(mark, "a key must be plain text");
        Level level;
        level.node.kind = kind;
        level.node.place = place(mark);
        stack_.push_back(std::move(level));
    }
    void close() {
        Node node = std::move(stack_.back().node);
        stack_.pop_back();
        add(std::move(node));
    }
    void scalar(const YAML::Mark& mark, std::string text, bool quoted, Node::Kind kind) {
        count(mark);
        if (!stack_.empty() && stack_.back().node.kind == Node::Kind::map && !stack_.back().key_pending) {
            auto& level = stack_.back();
            for (const auto& member : level.node.members)
                if (member.key == text)
                    report(mark, "key \"" + text + "\" stands twice; the first is in line " + std::to_string(member.place.line));
            level.key_pending = true;
            level.key = std::move(text);
            level.key_place = place(mark);
            return;
        }
        Node node;
        node.kind = kind;
        node.place = place(mark);
        node.text = std::move(text);
        node.quoted = quoted;
        add(std::move(node));
    }
    void add(Node node) {
        if (stack_.empty()) {
            if (documents_ <= 1) root = std::move(node);
            return;
        }
        auto& level = stack_.back();
        if (level.node.kind == Node::Kind::sequence) {
            level.node.items.push_back(std::move(node));
        } else {
            level.node.members.push_back({level.key, level.key_place, std::move(node)});
            level.key_pending = false;
        }
    }

    std::string file_;
    std::vector<Problem>& problems_;
    const ReadLimits& limits_;
    std::vector<Level> stack_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

std::optional<std::int64_t> plain_integer(const std::string& text) {
    std::string_view digits = text;
    if (!digits.empty() && digits.front() == '-') digits.remove_prefix(1);
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return {};
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

boost::json::value json_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null: return nullptr;
        case Node::Kind::scalar:
            if (!node.quoted) {
                if (node.text == "true") return true;
                if (node.text == "false") return false;
                if (auto integer = plain_integer(node.text)) return *integer;
            }
            return boost::json::string{node.text};
        case Node::Kind::sequence: {
            boost::json::array array;
            for (const auto& item : node.items) array.push_back(json_of(item));
            return array;
        }
        case Node::Kind::map: {
            boost::json::object object;
            for (const auto& member : node.members) object[member.key] = json_of(member.value);
            return object;
        }
    }
    return nullptr;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}  // namespace

void report(std::vector<Problem>& problems, const Place& place, std::string message) {
    problems.push_back({place.file, place.line, place.column, std::move(message)});
}

std::string without_blanks(std::string text) {
    std::erase(text, ' ');
    return text;
}

std::string to_text(const Place& place) {
    if (place.line == 0) return place.file;
    return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}
std::string to_text(const Problem& problem) {
    return to_text(Place{problem.file, problem.line, problem.column}) + ": " + problem.message;
}

const Node* Node::find(std::string_view key) const {
    for (const auto& member : members)
        if (member.key == key) return &member.value;
    return nullptr;
}

Node read_yaml(std::string_view text, const std::string& file, std::vector<Problem>& problems, const ReadLimits& limits) {
    if (text.size() > limits.bytes_max) {
        problems.push_back({file, 0, 0, "larger than " + std::to_string(limits.bytes_max) + " bytes"});
        return {};
    }
    Builder builder{file, problems, limits};
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& broken) {
        problems.push_back({file, broken.mark.line + 1, broken.mark.column + 1, "not YAML: " + broken.msg});
    } catch (const Enough&) {
    }
    return std::move(builder.root);
}

std::string to_json(const Node& node) { return boost::json::serialize(json_of(node)); }

std::string suggestion(std::string_view wrong, const std::vector<std::string>& right) {
    std::size_t best = 3;
    std::string answer;
    for (const auto& name : right)
        if (const auto distance = edit_distance(wrong, name); distance < best && distance < name.size()) {
            best = distance;
            answer = name;
        }
    return answer;
}

Fields::Fields(const Node& node, std::string what, std::vector<Problem>& problems)
    : node_{node}, what_{std::move(what)}, problems_{problems} {
    if (node.kind != Node::Kind::map)
        problems_.push_back({node.place.file, node.place.line, node.place.column, what_ + " must be a map of keys and values"});
}

const Node* Fields::take(std::string_view key) {
    asked_.emplace_back(key);
    const auto* node = node_.find(key);
    return node != nullptr && node->kind != Node::Kind::null ? node : nullptr;
}

bool Fields::has(std::string_view key) const {
    const auto* node = node_.find(key);
    return node != nullptr && node->kind != Node::Kind::null;
}

const Node* Fields::scalar(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr) return nullptr;
    if (node->kind == Node::Kind::scalar) return node;
    problem(key, std::string{key} + " must be a single value");
    return nullptr;
}

std::string Fields::text(std::string_view key) {
    const auto* node = scalar(key);
    if (node == nullptr && !has(key))
        problems_.push_back({node_.place.file, node_.place.line, node_.place.column, what_ + " needs \"" + std::string{key} + "\""});
    return node != nullptr ? node->text : std::string{};
}

std::string Fields::text_or(std::string_view key, std::string fallback) {
    const auto* node = scalar(key);
    return node != nullptr ? node->text : std::move(fallback);
}

std::int64_t Fields::integer_or(std::string_view key, std::int64_t fallback, std::int64_t lowest, std::int64_t highest) {
    const auto* node = scalar(key);
    if (node == nullptr) return fallback;
    const auto value = plain_integer(node->text);
    if (!value || *value < lowest || *value > highest) {
        problem(key, "\"" + node->text + "\" is not a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
        return fallback;
    }
    return *value;
}

bool Fields::boolean_or(std::string_view key, bool fallback) {
    const auto* node = scalar(key);
    if (node == nullptr) return fallback;
    if (!node->quoted && (node->text == "true" || node->text == "false")) return node->text == "true";
    problem(key, "\"" + node->text + "\" is neither true nor false");
    return fallback;
}

std::optional<Date> Fields::date(std::string_view key) {
    const auto* node = scalar(key);
    if (node == nullptr) return {};
    auto value = parse_date(node->text);
    if (value) return *value;
    problem(key, value.error().what);
    return {};
}

std::vector<std::string> Fields::texts(std::string_view key) {
    const auto* node = take(key);
    std::vector<std::string> list;
    if (node == nullptr) return list;
    if (node->kind == Node::Kind::scalar) return {node->text};
    if (node->kind != Node::Kind::sequence) {
        problem(key, std::string{key} + " must be a list");
        return list;
    }
    for (const auto& item : node->items) {
        if (item.kind == Node::Kind::scalar)
            list.push_back(item.text);
        else
            problems_.push_back({item.place.file, item.place.line, item.place.column, std::string{key} + " holds single values only"});
    }
    return list;
}

Currency Fields::currency(std::string_view key) {
    const auto code = text(key);
    auto found = find_currency(code);
    if (found) return *found;
    if (!code.empty()) problem(key, found.error().what);
    return find_currency("EUR").value();
}

std::vector<std::pair<std::string, Money>> Fields::money_by_currency(std::string_view key) {
    std::vector<std::pair<std::string, Money>> list;
    const auto* node = map(key);
    if (node == nullptr) return list;
    for (const auto& member : node->members) {
        auto found = find_currency(member.key);
        if (!found) {
            problems_.push_back({member.place.file, member.place.line, member.place.column, found.error().what});
            continue;
        }
        auto amount = parse_money(member.value.text, *found);
        if (amount)
            list.emplace_back(member.key, *amount);
        else
            problems_.push_back({member.value.place.file, member.value.place.line, member.value.place.column, amount.error().what});
    }
    return list;
}

const Node* Fields::map(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr || node->kind == Node::Kind::map) return node;
    problem(key, std::string{key} + " must be a map of keys and values");
    return nullptr;
}

const Node* Fields::sequence(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr || node->kind == Node::Kind::sequence) return node;
    problem(key, std::string{key} + " must be a list");
    return nullptr;
}

const Node* Fields::any(std::string_view key) { return take(key); }

void Fields::problem(std::string_view key, std::string message) {
    const auto* node = node_.find(key);
    const auto& place = node != nullptr ? node->place : node_.place;
    problems_.push_back({place.file, place.line, place.column, std::move(message)});
}

void Fields::done() {
    for (const auto& member : node_.members) {
        if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
        std::string message = what_ + " has no key \"" + member.key + "\"";
        if (auto better = suggestion(member.key, asked_); !better.empty()) {
            message += "; did you mean \"" + better + "\"?";
        } else {
            message += "; there are: ";
            for (std::size_t i = 0; i < asked_.size(); ++i) message += (i > 0 ? ", " : "") + asked_[i];
        }
        problems_.push_back({member.place.file, member.place.line, member.place.column, std::move(message)});
    }
}

}  // namespace owed::config
