#!/usr/bin/env python3
"""What owectl says to who does not know how a verb is meant. usage_test.py BUILD"""
import os
import subprocess
import sys
import unittest

OWECTL = os.path.join(sys.argv.pop(1), "bin", "owectl")


def owectl(*words):
    return subprocess.run([OWECTL, *words], capture_output=True, text=True)


class Usage(unittest.TestCase):
    def refused(self, *words):
        done = owectl(*words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

    def test_help_of_a_verb_is_that_verb_alone(self):
        for words in (["plugin", "new", "--help"], ["--help", "plugin", "new"], ["plugin", "new", "-h", "some-name"]):
            done = owectl(*words)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(done.stdout.splitlines()[0], "owectl plugin new NAME --kind V [--language V] [--dir V]")
            self.assertEqual(len(done.stdout.splitlines()), 2)
        everything = owectl("--help").stdout
        for part in ("plugin check FILE", "Topics of calc:", "Exit: 0 done"):
            self.assertIn(part, everything)
        self.assertEqual(owectl("no-such-verb", "--help").stdout, everything)

    def test_a_misspelt_verb_is_answered_with_what_may_be_meant(self):
        self.assertIn("is it one of these: connectors?", self.refused("conectors"))
        self.assertIn("is it one of these: plugin check?", self.refused("plugin", "chek", "x.so"))
        self.assertIn("customer show", self.refused("customer"))
        self.assertIn("owectl --help lists them", self.refused("zzzzzzzz"))

    def test_csv_is_for_lists_and_asked_before_anything_is_done(self):
        for words in (["cash", "run"], ["cash", "apply", "R-1", "INV-1=1"], ["customer", "show", "1"], ["status"], ["calc", "terms"], ["inspect", "x"], ["config", "check"]):
            self.assertIn("--csv is for lists", self.refused("--csv", "--socket", "/nowhere", *words))
        self.assertIn("not both", self.refused("--csv", "--json", "items"))
        self.assertIn("--format is json, csv or text", self.refused("report", "dso", "--format", "xlsx"))
        done = owectl("--csv", "--socket", "/nowhere/owed.sock", "items")
        self.assertEqual((done.returncode, done.stdout), (3, ""))

    def test_an_option_is_given_once(self):
        self.assertIn("--kind is given twice", self.refused("plugin", "new", "x", "--kind", "sink", "--kind=source"))
        self.assertIn("has no option --kind!", self.refused("plugin", "new", "x", "--kind!", "sink"))
        self.assertIn("needs --kind", self.refused("plugin", "new", "x"))


if __name__ == "__main__":
    unittest.main()
