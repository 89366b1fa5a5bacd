#!/usr/bin/env python3
"""Packs a plugin in Python into one executable file: pack_program.py OUT MAIN.py [MODULE.py ...]

The file is a script for /usr/bin/python3 whose body is a zip archive, which Python runs as it is. So all of the plugin's own
code is in the one file that owed checks and starts. The same input gives the same bytes.
"""
import io
import os
import sys
import zipfile


def main():
    out, main_file, *modules = sys.argv[1:]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, path in [("__main__.py", main_file)] + sorted((os.path.basename(m), m) for m in modules):
            with open(path, "rb") as source:
                archive.writestr(zipfile.ZipInfo(name), source.read())   # dated 1980, as every ZipInfo that is told nothing
    with open(out + ".new", "wb") as file:
        file.write(b"#!/usr/bin/python3\n" + body.getvalue())
    os.chmod(out + ".new", 0o755)
    os.replace(out + ".new", out)


main()
