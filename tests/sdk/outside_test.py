#!/usr/bin/env python3
"""An author's day, outside of owed's tree: installs the SDK, begins a plugin of every kind, builds and checks them.
   outside_test.py BUILD"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BUILD = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWECTL = os.path.join(BUILD, "bin", "owectl")
KINDS = ["source", "sender", "sink", "agency", "decider", "codec"]
PLUGINS = KINDS + [f"python-{kind}" for kind in KINDS]

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
include(CTest)
find_package(owed-sdk 0.1 REQUIRED)
foreach(kind %s)
  add_subdirectory(my-${kind})
endforeach()
# The wire form, for who wants it: the schema that the SDK ships, by this project's own flatc.
if(TARGET owed::records)
  add_executable(wire wire.cpp)
  target_link_libraries(wire PRIVATE owed::sdk owed::records)
  add_test(NAME wire COMMAND wire)
endif()
""" % " ".join(PLUGINS)

WIRE = """#include "owed/record_wire.hpp"
#include "owed/records_generated.h"
int main() {
    owed::wire::BatchBuilder builder;
    owed::Customer customer;
    customer.number = "10001";
    if (!builder.add({customer, "10001", ""})) return 1;
    const auto bytes = builder.finish();
    const auto* batch = flatbuffers::GetRoot<owed::wire::RecordBatch>(bytes.data());
    return batch->records() != nullptr && batch->records()->size() == 1 ? 0 : 1;
}
"""


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


class Outside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="owed-outside-")
        cls.prefix = os.path.join(cls.folder, "prefix")
        cls.project = os.path.join(cls.folder, "project")
        os.makedirs(cls.project)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def well(self, *command, **more):
        done = run(*command, **more)
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}\n{done.stdout[-6000:]}{done.stderr[-3000:]}")
        return done.stdout

    def refused(self, code, text, *command):
        done = run(OWECTL, "plugin", "new", *command)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(text, done.stderr)

    def test_1_installs_the_sdk_and_nothing_else(self):
        self.well("cmake", "--install", BUILD, "--component", "sdk", "--prefix", self.prefix)
        there = sorted(os.path.relpath(os.path.join(at, name), self.prefix) for at, _, names in os.walk(self.prefix) for name in names)
        for wanted in ["include/owed/abi.h", "include/owed/plugin.hpp", "share/owed-sdk/records.fbs", "lib/owed-sdk/libowed_sdk.a", "lib/cmake/owed-sdk/OwedPlugin.cmake",
                       "lib/cmake/owed-sdk/manifest.S.in", "lib/cmake/owed-sdk/plugin.map", "lib/cmake/owed-sdk/owed-sdkConfig.cmake",
                       "lib/cmake/owed-sdk/owed-sdkConfigVersion.cmake"]:
            self.assertIn(wanted, there)
        strays = [name for name in there if not name.startswith(("include/owed/", "share/owed-sdk/", "lib/owed-sdk/", "lib/cmake/owed-sdk/", "share/doc/owed-dev/"))]
        self.assertEqual(strays, [])
        with open(os.path.join(self.prefix, "lib/cmake/owed-sdk/owed-sdkConfig.cmake"), encoding="utf-8") as config:
            text = config.read()
        self.assertNotIn(ROOT, text, "an installed file names the tree that it was built in")

    def test_1_the_guide_has_with_it_what_it_points_to(self):
        docs = os.path.join(self.prefix, "share/doc/owed-dev")
        with open(os.path.join(docs, "integrators.md"), encoding="utf-8") as page:
            text = re.sub(r"^```.*?^```", "", page.read(), flags=re.DOTALL | re.MULTILINE)   # a lambda in code reads like a link
        pointed = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link] + re.findall(r"`docs/([a-z/.-]+)`", text)
        self.assertIn("reference/transfer.md", pointed)
        self.assertIn("reference/frames.md", pointed)
        self.assertIn("examples/python-source", pointed)
        for link in pointed:
            self.assertTrue(os.path.exists(os.path.join(docs, link)), link)

    def test_2_begins_a_plugin_of_every_kind(self):
        for kind in PLUGINS:
            how = ["--kind", kind.removeprefix("python-"), *(["--language", "python"] if kind.startswith("python-") else [])]
            answer = json.loads(self.well(OWECTL, "--json", "plugin", "new", f"my-{kind}", *how, "--dir", self.project))
            self.assertEqual(answer["created"], os.path.join(self.project, f"my-{kind}"))
            for name in answer["files"]:
                with open(os.path.join(answer["created"], name), encoding="utf-8") as file:
                    self.assertEqual(re.findall(r"@[A-Z_]+@", file.read()), [], name)
        before = sorted(os.listdir(os.path.join(self.project, "my-source")))
        self.refused(1, "already", "my-source", "--kind", "codec", "--dir", self.project)
        self.assertEqual(sorted(os.listdir(os.path.join(self.project, "my-source"))), before)
        for name in ["Feed", "1feed", "feed_1", "feed-", "-feed", "../feed", "a/b", "f" * 64, "f--d"]:
            self.refused(2, "no name of a plugin", name, "--kind", "source", "--dir", self.project)
        self.refused(2, "there is no kind", "feed", "--kind", "bank", "--dir", self.project)
        self.refused(2, "needs --kind", "feed", "--dir", self.project)
        self.refused(2, "no template in", "feed", "--kind", "source", "--language", "cobol", "--dir", self.project)
        self.refused(2, "there is no kind", "feed", "--kind", "python-source", "--dir", self.project)
        self.assertFalse(os.path.exists(os.path.join(self.project, "feed")))

    def test_3_they_build_and_pass(self):
        for name, text in (("CMakeLists.txt", PROJECT), ("wire.cpp", WIRE)):
            with open(os.path.join(self.project, name), "w", encoding="utf-8") as file:
                file.write(text)
        build = os.path.join(self.project, "build")
        ccache = shutil.which("ccache")
        self.well("cmake", "-S", self.project, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", f"-Dowed-sdk_DIR={self.prefix}/lib/cmake/owed-sdk",
                  f"-DOWED_OWECTL={OWECTL}", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", "-DCMAKE_CXX_FLAGS=-Wall -Wextra",
                  *([f"-DCMAKE_CXX_COMPILER_LAUNCHER={ccache}"] if ccache else []))
        self.well("cmake", "--build", build)
        self.well(os.path.join(ROOT, ".ci", "check-plugins"), build)
        listed = self.well("ctest", "--test-dir", build, "-N")
        for name in [f"plugin.my-{kind}.check" for kind in PLUGINS] + ["wire"]:
            self.assertIn(name, listed)
        self.well("ctest", "--test-dir", build, "--output-on-failure", "-j2")

    def check(self, *options, kind="source"):
        folder = os.path.join(self.project, f"my-{kind}")
        return run(OWECTL, "plugin", "check", os.path.join(self.project, f"build/plugins/my-{kind}.so"), "--settings", f"{folder}/check/settings.json", *options)

    def test_4_reports_are_for_people_and_machines(self):
        cassette = os.path.join(self.project, "my-source/check/server.cassette")
        done = self.check("--cassette", cassette, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stdout)
        report = json.loads(done.stdout)
        names = {one["name"] for one in report["checks"]}
        self.assertGreaterEqual(len(names), 80)
        self.assertEqual(report["failed"], 0)
        self.assertEqual(report["passed"] + report["skipped"], len(report["checks"]))
        for one in report["checks"]:
            self.assertIn(one["outcome"], ("passed", "skipped"))
            self.assertTrue(one["what"])
            self.assertTrue(one["reason"] or one["outcome"] == "passed", one)
        # What must have run, and not been skipped, of a source with a cassette.
        ran = {one["name"] for one in report["checks"] if one["outcome"] == "passed"}
        for name in ["read.works", "read.repeatable", "read.replay", "read.cursor-moves", "read.deadline", "read.from-last-cursor", "faults.transient", "faults.unknown-outcome",
                     "faults.death", "check.works", "check.refused-login", "secrets.not-in-log", "secrets.not-in-cassette", "modes.same-answers", "settings.mutations-refused"]:
            self.assertIn(name, ran)
        done = self.check("--cassette", cassette, "--format", "junit")
        suites = xml.etree.ElementTree.fromstring(done.stdout)
        self.assertEqual(suites.tag, "testsuites")
        cases = list(suites.iter("testcase"))
        self.assertEqual(len(cases), len(report["checks"]))
        self.assertEqual(len(list(suites.iter("skipped"))), report["skipped"])
        self.assertEqual(int(suites.get("tests")), len(cases))

    def test_4_what_a_server_says_is_a_number_or_refused(self):
        for kind, field, said in (("source", "number", "10002"), ("agency", "id", "2")):
            with open(os.path.join(self.project, f"my-{kind}/check/server.cassette"), encoding="utf-8") as tape:
                text = tape.read()
            bad = os.path.join(self.folder, f"{kind}.cassette")
            with open(bad, "w", encoding="utf-8") as tape:
                tape.write(text.replace(f'\\"{field}\\": \\"{said}\\"', f'\\"{field}\\": \\"{said}&limit=9\\"'))
            done = self.check("--cassette", bad, "--only", "read.works", "--isolation", "process", "--format", "json", kind=kind)
            reasons = [one["reason"] for one in json.loads(done.stdout)["checks"] if one["outcome"] == "failed"]
            self.assertEqual(len(reasons), 1, done.stdout)
            self.assertIn("one that is not of digits", reasons[0])

    def test_5_a_wrong_question_is_refused(self):
        for options in (["--isolation", "some"], ["--format", "yaml"], ["--seed", "x"], ["--only", "no-such."]):
            self.assertEqual(self.check(*options).returncode, 2, options)
        self.assertEqual(run(OWECTL, "plugin", "check", os.path.join(self.folder, "none.so")).returncode, 1)

    def test_6_the_guide_shows_what_is_written(self):
        with open(os.path.join(ROOT, "docs/integrators.md"), encoding="utf-8") as page:
            blocks = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page.read(), re.M | re.S))
        for name, kind in (("print-shop", "sender"), ("by-number", "decider")):
            self.well(OWECTL, "plugin", "new", name, "--kind", kind, "--dir", os.path.join(self.folder, "guide"))
            for file in ("manifest.json", name.replace("-", "_") + ".cpp", "check/settings.json"):
                with open(os.path.join(self.folder, "guide", name, file), encoding="utf-8") as written:
                    self.assertEqual(blocks[f"{name}/{file}"], written.read(), f"docs/integrators.md, {name}/{file}: copy what plugin new writes")


if __name__ == "__main__":
    unittest.main()
