#include "host/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/loader.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;
namespace json = boost::json;

TEST(Manifest, is_read_without_loading) {
    // at-load aborts as soon as it is loaded, and its manifest is read in this very process.
    for (const char* name : {"good", "at-load"}) {
        const auto file = open_plugin(zoo_folder(), name, false);
        ASSERT_TRUE(file) << to_text(file.error());
        const auto manifest = read_manifest(file->fd(), file->path());
        ASSERT_TRUE(manifest) << to_text(manifest.error());
        EXPECT_EQ(manifest->id, name);
        EXPECT_TRUE(manifest->has_kind("source"));
    }
}

TEST(Manifest, a_plugin_shows_one_symbol) {
    for (const char* name : {"good", "zoo", "wrong-abi"}) {
        const std::string command = "nm -D --defined-only " + zoo_folder() + "/" + name + ".so";
        const std::unique_ptr<FILE, int (*)(FILE*)> nm{::popen(command.c_str(), "r"), &::pclose};
        ASSERT_TRUE(nm);
        std::vector<std::string> symbols;
        char line[256];
        while (std::fgets(line, sizeof line, nm.get()) != nullptr) symbols.emplace_back(line);
        ASSERT_EQ(symbols.size(), 1u) << name;
        EXPECT_THAT(symbols[0], HasSubstr(" D owed_plugin_entry@@OWED_1.0"));
    }
}

TEST(Manifest, every_truncation_of_a_plugin_is_a_clear_error) {
    TempFolder folder;
    std::ifstream in{zoo_folder() + "/at-load.so", std::ios::binary};
    const std::string whole{std::istreambuf_iterator<char>{in}, {}};
    const auto step = sanitized_build ? std::max<std::size_t>(997, whole.size() / 24) : 997;  // such a build's plugins have megabytes
    for (std::size_t length = 0; length < whole.size(); length += step) {
        folder.put("x.so", whole.substr(0, length));
        const auto file = open_plugin(folder.path(), "x", true);
        ASSERT_TRUE(file);
        const auto manifest = read_manifest(file->fd(), file->path());
        ASSERT_FALSE(manifest) << length;
        EXPECT_EQ(manifest.error().code, Errc::unsupported);
        EXPECT_EQ(manifest.error().where, file->path());
        EXPECT_FALSE(manifest.error().advice.empty());
    }
}

TEST(Manifest, wrong_ones_say_what_is_wrong) {
    const std::pair<const char*, const char*> cases[] = {
        {"[]", "no JSON object"},
        {"{", "no JSON object"},
        {R"({"version": "1", "kinds": ["source"]})", "/id is missing"},
        {R"({"id": "x", "version": "1", "kinds": []})", "/kinds names no kind"},
        {R"({"id": "x", "version": "1", "kinds": ["sauce"]})", "/kinds has \"sauce\"; this host knows source, codec, sender"},
        {R"({"id": "x", "version": "1", "kinds": ["sender"]})", "/channels is empty"},
        {R"({"id": "x", "version": "1", "kinds": ["sink"], "takes": ["invoice"]})", "/takes has \"invoice\"; this host knows account_status, order_hold"},
        {R"({"id": "x", "version": "1", "kinds": ["sink"], "takes": []})", "/takes names no kind of record"},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "takes": ["order_hold"]})", "/takes is for a sink"},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "extra": 1})", "/extra is an unknown key"},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "permissions": ["root"]})", "/permissions has \"root\""},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "settings": {"type": "number"}})", "/settings/type"},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "settings": {"properties": {"a": {"pattern": "("}}}})", "/settings/properties/a/pattern"},
        {R"({"id": "x", "version": "1", "kinds": ["source"], "settings": {"oneOf": []}})", "/settings/oneOf is no word"}};
    for (const auto& [text, says] : cases) {
        const auto manifest = parse_manifest(text, "x.so");
        ASSERT_FALSE(manifest) << text;
        EXPECT_EQ(manifest.error().code, Errc::invalid_config);
        EXPECT_THAT(manifest.error().what, HasSubstr(says));
        EXPECT_EQ(manifest.error().where, "x.so");
    }
}

const json::object schema = json::parse(R"({
    "type": "object", "additionalProperties": false, "required": ["source"],
    "properties": {
      "source": {"type": "string", "format": "folder"},
      "mode": {"type": "string", "enum": ["auto", "csv"], "default": "auto"},
      "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
      "limit": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
      "flag": {"type": "boolean"},
      "profile": {"type": ["object", "string"]},
      "files": {"type": "array", "minItems": 1, "maxItems": 2, "items": {
        "type": "object", "additionalProperties": false, "required": ["match"],
        "properties": {"match": {"type": "string"}, "quiet": {"type": "boolean", "default": false}}}},
      "columns": {"type": "object", "additionalProperties": {"type": "string"}}
    }})").as_object();

/// A sink of before says nothing, and is not told of money.
TEST(Manifest, a_sink_takes_what_it_says) {
    const auto silent = parse_manifest(R"({"id": "x", "version": "1", "kinds": ["sink"]})", "x.so");
    ASSERT_TRUE(silent);
    EXPECT_TRUE(silent->takes_kind("account_status"));
    EXPECT_TRUE(silent->takes_kind("order_hold"));
    EXPECT_FALSE(silent->takes_kind("receipt_application"));
    const auto erp = parse_manifest(R"({"id": "x", "version": "1", "kinds": ["sink"], "takes": ["receipt_application"]})", "x.so");
    ASSERT_TRUE(erp);
    EXPECT_TRUE(erp->takes_kind("receipt_application"));
    EXPECT_FALSE(erp->takes_kind("account_status"));
    const auto source = parse_manifest(R"({"id": "x", "version": "1", "kinds": ["source"]})", "x.so");
    EXPECT_FALSE(source->takes_kind("account_status"));
}

TEST(Settings, each_problem_has_its_pointer_and_says_what_is_allowed) {
    struct Case {
        const char* settings;
        const char* pointer;
        const char* says;
    };
    const Case cases[] = {
        {R"([])", "", "is a list ([]); it must be a group of keys"},
        {R"({})", "/source", "is missing; it is required"},
        {R"({"source": "drop"})", "/source", "it must name a folder, as in folder:drop/bank"},
        {R"({"source": "folder:../etc"})", "/source", "has no \"..\" in it"},
        {R"({"source": "folder:d", "mode": "xml"})", "/mode", "is \"xml\"; allowed are auto, csv"},
        {R"({"source": "folder:d", "name": "ABC"})", "/name", "does not fit the pattern ^[a-z]+$"},
        {R"({"source": "folder:d", "name": "a"})", "/name", "is 1 bytes; at least 2 bytes are needed"},
        {R"({"source": "folder:d", "limit": 11})", "/limit", "is 11; at most 10 are allowed"},
        {R"({"source": "folder:d", "limit": 0})", "/limit", "is 0; at least 1 are needed"},
        {R"({"source": "folder:d", "limit": "5"})", "/limit", "is a text (\"5\"); it must be a whole number"},
        {R"({"source": "folder:d", "limit": 1.5})", "/limit", "is 1.5, which is not a whole number; it must be one"},
        {R"({"source": "folder:d", "limit": "10.5"})", "/limit", "is 10.5, which is not a whole number; it must be one"},
        {R"({"source": "folder:d", "limit": "10.5 kg"})", "/limit", "is a text (\"10.5 kg\"); it must be a whole number"},
        {R"({"source": "folder:d", "flag": 1.5})", "/flag", "is a number with a fraction (1.5E0); it must be true or false"},
        {R"({"source": "folder:d", "limit": 18446744073709551615})", "/limit", "too large"},
        {R"({"source": "folder:d", "flag": 1})", "/flag", "it must be true or false"},
        {R"({"source": "folder:d", "profile": 3})", "/profile", "it must be a group of keys or a text"},
        {R"({"source": "folder:d", "files": []})", "/files", "is 0 entries; at least 1 entries are needed"},
        {R"({"source": "folder:d", "files": [{"match": "a"}, {"mach": "b", "match": "b"}]})", "/files/1/mach", "unknown key; allowed are match, quiet"},
        {R"({"source": "folder:d", "files": [{}]})", "/files/0/match", "is missing"},
        {R"({"source": "folder:d", "columns": {"a/b~c": 1}})", "/columns/a~1b~0c", "it must be a text"},
        {R"({"source": "folder:d", "moed": "csv"})", "/moed", "is an unknown key"}};
    for (const auto& c : cases) {
        const auto checked = check_settings(schema, json::parse(c.settings));
        ASSERT_EQ(checked.problems.size(), 1u) << c.settings;
        EXPECT_EQ(checked.problems[0].pointer, c.pointer) << c.settings;
        EXPECT_THAT(checked.problems[0].what, HasSubstr(c.says)) << c.settings;
    }
    EXPECT_EQ(check_settings(schema, json::parse(R"({"source": "folder:d", "moed": "csv"})")).problems[0].advice, "did you mean mode?");
}

TEST(Settings, defaults_are_filled_in_at_every_depth) {
    const auto checked = check_settings(schema, json::parse(R"({"source": "folder:d", "files": [{"match": "a"}]})"));
    EXPECT_TRUE(checked.problems.empty());
    EXPECT_EQ(checked.settings, json::parse(R"({"source": "folder:d", "files": [{"match": "a", "quiet": false}], "mode": "auto", "limit": 5})"));
    const auto folders = folder_settings(schema, checked.settings);
    ASSERT_EQ(folders.size(), 1u);
    EXPECT_EQ(folders[0].pointer, "/source");
    EXPECT_EQ(folders[0].value, "folder:d");
}

}  // namespace
}  // namespace owed::host
