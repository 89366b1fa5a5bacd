#!/usr/bin/env python3
"""owectl's verbs stand in its manual page, in docs/reference/verbs.md and in the shell completion, and nothing else does.
   verbs_test.py OWECTL"""
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWECTL = sys.argv.pop(1)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def verbs():
    """verb -> its options, as --help prints them."""
    found = {}
    for line in subprocess.run([OWECTL, "--help"], capture_output=True, text=True, check=True).stdout.splitlines():
        match = re.match(r"  ([a-z][a-z-]*(?: [a-z][a-z-]*)*)(.*)", line)
        if match:
            usage = re.split(r"\s{2,}", match.group(2))[0]
            found[match.group(1)] = set(re.findall(r"--[a-z-]+", usage))
    return found


class Verbs(unittest.TestCase):
    def setUp(self):
        self.verbs = verbs()
        self.assertGreater(len(self.verbs), 40)

    def test_manual(self):
        text = re.sub(r"\\f.", "", read("packaging", "man", "owectl.1").replace("\\-", "-").replace('"', ""))
        page = " ".join(text.split())
        for verb, options in self.verbs.items():
            self.assertRegex(page, rf"(?<![\w-]){re.escape(verb)}(?![\w-])", f"owectl.1 does not name {verb}")
            for option in options:
                self.assertIn(option, page, f"owectl.1 does not name {option} of {verb}")

    def test_reference(self):
        headings = set(re.findall(r"^### `([a-z -]+)`", read("docs", "reference", "verbs.md"), re.M))
        self.assertEqual(headings, set(self.verbs))

    def test_completion(self):
        def complete(*words):
            script = (f"owectl() {{ {OWECTL} \"$@\"; }}; source {ROOT}/packaging/completion/owectl; "
                      f"COMP_WORDS=({' '.join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; _owectl; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split())
        firsts = {verb.split()[0] for verb in self.verbs}
        self.assertTrue(firsts <= complete("owectl", ""), firsts - complete("owectl", ""))
        self.assertEqual(complete("owectl", "dunn"), {"dunning"})
        self.assertTrue({"apply", "show", "pending"} <= complete("owectl", "cash", ""))
        self.assertTrue({"--open", "--customer", "--as-of"} <= complete("owectl", "items", "--"))
        self.assertNotIn("--open", complete("owectl", "receipts", "--"))


if __name__ == "__main__":
    unittest.main()
