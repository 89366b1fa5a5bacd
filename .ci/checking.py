"""What the check-* scripts share: which files there are, their text without comments, and how a finding is printed.

Each check takes --root DIR (default: this checkout), prints `file:line: rule: what, and what to do`, and exits 1 on findings.
"""
import argparse
import os
import re
import subprocess
import sys

CPP = (".hpp", ".cpp", ".h", ".c")


def arguments(description, **extra):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for name, help_text in extra.items():
        parser.add_argument(name, help=help_text)
    return parser.parse_args()


def files(root, suffixes=None, folders=("",)):
    """Paths below root, in order: what git tracks or would track; every file where there is no git."""
    listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-co", "--exclude-standard"],
                             capture_output=True, text=True)
    if listing.returncode == 0 and os.path.exists(os.path.join(root, ".git")):
        names = listing.stdout.splitlines()
    else:
        names = []
        for at, inner, found in os.walk(root):
            inner[:] = [name for name in inner if name not in (".git", "build", "demo-data")]
            names += [os.path.relpath(os.path.join(at, name), root) for name in found]
    return sorted(name for name in set(names)
                  if (suffixes is None or name.endswith(suffixes)) and name.startswith(tuple(folders))
                  and os.path.isfile(os.path.join(root, name)))


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def is_test(name):
    """Tests and what only they include."""
    base = os.path.basename(name)
    stem = base.rsplit(".", 1)[0]
    return (name.startswith(("tests/", "sdk/test/")) or "/testing/" in name or base.startswith("test_")
            or stem.endswith(("_test", "_fuzz", "_testing")))


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def code(text, keep_strings=False):
    """C++ with comments blanked out, and literals too unless they are kept; lines and columns stay where they are."""
    def blank(match):
        piece = match.group(0)
        if not piece.startswith("/"):
            before = match.string[match.start() - 1:match.start()]
            if piece.startswith("'") and before.isalnum():   # 1'000'000
                return piece
            if keep_strings:
                return piece
            return piece[0] + re.sub(r"[^\n]", " ", piece[1:-1]) + piece[-1]
        return re.sub(r"[^\n]", " ", piece)
    # Digit separators first: they would open a character literal.
    return TOKEN.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text))


def first_argument(text, start):
    """The first argument of the call whose parenthesis opens before `start`."""
    depth, at, quote = 1, start, None
    while at < len(text) and depth:
        c = text[at]
        if quote:
            if c == "\\":
                at += 1
            elif c == quote:
                quote = None
        elif c in "\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 1:
            at += 1
            break
        at += 1
    return text[start:at - 1]


class Findings:
    def __init__(self, rule):
        self.rule, self.count = rule, 0

    def add(self, name, line, what):
        self.count += 1
        print(f"{name}:{line}: {self.rule}: {what}")

    def end(self, looked_at):
        if looked_at == 0:
            print(f"{self.rule}: found nothing to look at")
            sys.exit(1)
        if self.count:
            print(f"{self.rule}: {self.count} findings")
            sys.exit(1)
        print(f"{self.rule}: {looked_at} looked at, nothing found")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
