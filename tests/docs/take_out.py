#!/usr/bin/env python3
"""take_out.py PAGE.md FOLDER: writes every fenced block that names a file (```cpp feed/feed.cpp) into FOLDER, only where it differs."""
import os
import re
import sys

page, folder = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    blocks = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", file.read(), re.M | re.S)
if not blocks:
    sys.exit(f"{page}: no block names a file")
for name, text in blocks:
    path = os.path.normpath(os.path.join(folder, name))
    if not path.startswith(os.path.normpath(folder) + os.sep):
        sys.exit(f"{page}: {name} lies outside of {folder}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                continue
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
