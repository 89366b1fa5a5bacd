#include "apis/json/json.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace owed::apis {

Json Json::boolean(bool value) {
    Json json;
    json.kind_ = Kind::boolean;
    json.true_ = value;
    return json;
}
Json Json::number(std::string as_written) {
    Json json;
    json.kind_ = Kind::number;
    json.text_ = std::move(as_written);
    return json;
}
Json Json::text(std::string value) {
    Json json;
    json.kind_ = Kind::text;
    json.text_ = std::move(value);
    return json;
}
Json Json::array(std::vector<Json> values) {
    Json json;
    json.kind_ = Kind::array;
    json.values_ = std::move(values);
    return json;
}
Json Json::object(std::vector<Member> members) {
    Json json;
    json.kind_ = Kind::object;
    json.members_ = std::move(members);
    return json;
}

const Json& Json::at(std::string_view path) const {
    static const Json none;
    const Json* here = this;
    while (!path.empty()) {
        const auto name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        const Json* next = nullptr;
        for (const auto& [key, value] : here->members_)
            if (next == nullptr && key == name) next = &value;
        if (next == nullptr) return none;
        here = next;
    }
    return *here;
}

/// What boost's parser calls. It also computes a binary number, which nobody looks at.
class JsonBuilder {
  public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using Code = boost::json::error_code;
    using View = boost::json::string_view;

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) { return open(Json::object({})); }
    bool on_object_end(std::size_t, Code&) { return close(); }
    bool on_array_begin(Code&) { return open(Json::array({})); }
    bool on_array_end(std::size_t, Code&) { return close(); }
    bool on_key_part(View part, std::size_t, Code&) { return add(part); }
    bool on_key(View part, std::size_t, Code&) {
        add(part);
        levels_.back().members_.emplace_back(std::exchange(text_, {}), Json{});
        return true;
    }
    bool on_string_part(View part, std::size_t, Code&) { return add(part); }
    bool on_string(View part, std::size_t, Code&) {
        add(part);
        return put(Json::text(std::exchange(text_, {})));
    }
    bool on_number_part(View part, Code&) { return add(part); }
    bool on_int64(std::int64_t, View part, Code&) { return number(part); }
    bool on_uint64(std::uint64_t, View part, Code&) { return number(part); }
    bool on_double(auto, View part, Code&) { return number(part); }
    bool on_bool(bool value, Code&) { return put(Json::boolean(value)); }
    bool on_null(Code&) { return put(Json{}); }
    bool on_comment_part(View, Code&) { return true; }
    bool on_comment(View, Code&) { return true; }

    Json whole;

  private:
    bool add(View part) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool number(View part) {
        add(part);
        return put(Json::number(std::exchange(text_, {})));
    }
    bool open(Json value) {
        levels_.push_back(std::move(value));
        return true;
    }
    bool close() {
        Json done = std::move(levels_.back());
        levels_.pop_back();
        return put(std::move(done));
    }
    bool put(Json value) {
        if (levels_.empty()) whole = std::move(value);
        else if (levels_.back().is_array()) levels_.back().values_.push_back(std::move(value));
        else levels_.back().members_.back().second = std::move(value);
        return true;
    }

    std::vector<Json> levels_;  ///< arrays and objects that are still open, outermost first
    std::string text_;          ///< what came so far of a text, key or number
};

Result<Json> parse_json(std::string_view text) {
    boost::json::basic_parser<JsonBuilder> parser{boost::json::parse_options{}};
    boost::json::error_code error;
    const auto read = parser.write_some(false, text.data(), text.size(), error);
    if (!error && read < text.size()) error = boost::json::error::extra_data;
    if (error) return fail(Errc::malformed_input, "this is no JSON: " + error.message(), "byte " + std::to_string(read + 1));
    return std::move(parser.handler().whole);
}

std::string json_text(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace owed::apis
