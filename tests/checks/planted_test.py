#!/usr/bin/env python3
"""Each check of .ci finds what is planted for it, at its place, and leaves a clean tree alone."""
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

CI = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), ".ci")
CXX = os.environ.get("CXX", "c++")

CLEAN = {
    "sdk/include/owed/money.hpp": "static Money minor(std::floating_point auto, Currency) = delete;  // 1.5 is no double\n",
    "daemon/store/store.hpp": '#include "owed/money.hpp"\n',
    "daemon/store/CMakeLists.txt": "owed_room(store SOURCES store.cpp USES sdk)\n",
    "daemon/store/store.cpp": '#include "store/store.hpp"\n#include <filesystem>\n',
    "daemon/audit/audit.hpp": '#include "store/store.hpp"\n',
    "daemon/audit/detail/secret.hpp": "",
    "daemon/ledger/ledger.hpp": '#include "store/store.hpp"\n',
    "daemon/ledger/post.cpp": '#include "ledger/ledger.hpp"\n#include "ledger/detail/keys.hpp"\n'
                              'constexpr auto columns = "SELECT id ";\n'
                              'void f() { auto q = db.query(std::string{columns} + "FROM x WHERE a = ?"); }  // 2.5 std::regex\n'
                              "const char* words = \"double std::regex\"; int big = 1'000'000;\n",
    "daemon/ledger/detail/keys.hpp": "",
    "daemon/ledger/CMakeLists.txt": "owed_room(ledger  # the books\n  SOURCES post.cpp USES sdk store)\n",
    "daemon/cash/cash.cpp": "", "daemon/collect/collect.hpp": "",
    "connectors/transports/transfer.hpp": "", "connectors/formats/format.hpp": "",
}


class Planted(unittest.TestCase):
    def run_check(self, check, planted, *arguments):
        """Exit code and output of a check on the clean tree with some files replaced."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**CLEAN, **planted}.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([os.path.join(CI, "check-" + check), "--root", root, *arguments], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def clean(self, check, *arguments):
        code, out = self.run_check(check, {}, *arguments)
        self.assertEqual((code, out.count("\n")), (0, 1), out)

    def finds(self, check, planted, place, *arguments):
        code, out = self.run_check(check, planted, *arguments)
        self.assertEqual(code, 1, out)
        self.assertIn(f"{place}: check-{check}: ", out)

    def test_floors(self):
        self.clean("floors")
        for name, planted, line in [
                ("daemon/store/store.hpp", '#include "ledger/ledger.hpp"\n', 1),             # a higher floor
                ("daemon/cash/cash.cpp", '\n#include "collect/collect.hpp"\n', 2),           # a sibling
                ("daemon/cash/cash.cpp", '#include "audit/detail/secret.hpp"\n', 1),         # private
                ("daemon/cash/cash.cpp", '#include "formats/format.hpp"\n', 1),
                ("daemon/ledger/post.cpp", '#include "transports/transfer.hpp"\n', 1),
                ("connectors/formats/format.hpp", '#include "store/store.hpp"\n', 1),
                ("plugins/email/main.cpp", '#include "ledger/ledger.hpp"\n', 1),
                ("sdk/include/owed/money.hpp", '#include "store/store.hpp"\n', 1),
                ("daemon/attic/old.cpp", "", 1)]:                                             # a room without a floor
            with self.subTest(name=name, planted=planted):
                self.finds("floors", {name: planted}, f"{name}:{line}")

    def test_floors_lets_host_reach_transports(self):
        code, out = self.run_check("floors", {"daemon/host/host.cpp": '#include "transports/transfer.hpp"\n'})
        self.assertEqual(code, 0, out)

    def test_uses(self):
        self.finds("floors", {"daemon/ledger/CMakeLists.txt": "owed_room(ledger SOURCES post.cpp USES sdk)\n"}, "daemon/ledger/ledger.hpp:1")
        self.finds("floors", {"daemon/ledger/CMakeLists.txt": "\nowed_room(ledger SOURCES post.cpp USES sdk store audit)\n"}, "daemon/ledger/CMakeLists.txt:2")

    def test_money(self):
        self.clean("money")
        for text in ["double rate;", "int a = 0;\nauto x = 1.5;", "auto v = std::stod(text);", "auto half = 5e-1;",
                     "template <std::floating_point T> T f();", "auto d = value.as_double();"]:
            with self.subTest(text=text):
                self.finds("money", {"daemon/ledger/post.cpp": text + "\n"}, f"daemon/ledger/post.cpp:{text.count(chr(10)) + 1}")

    def test_sql(self):
        self.clean("sql")
        for text in ['auto q = db.query("SELECT a FROM t WHERE b = \'" + name + "\'");', "tx.query(made);",
                     'db.query(fmt::format("SELECT {}", x));', 'tx->exec(std::string{"DELETE FROM "} + table);']:
            with self.subTest(text=text):
                self.finds("sql", {"daemon/ledger/post.cpp": "\n" + text + "\n"}, "daemon/ledger/post.cpp:2")

    def test_plans(self):
        with tempfile.TemporaryDirectory() as folder:
            book = os.path.join(folder, "book")
            with open(book, "w", encoding="utf-8") as file:
                file.write(f"#!{sys.executable}\nimport os, sqlite3, sys\nos.makedirs(sys.argv[1])\n"
                           "sqlite3.connect(sys.argv[1] + '/owed.db').executescript('CREATE TABLE x (id INTEGER PRIMARY KEY, a TEXT);"
                           "CREATE INDEX x_a ON x (a); CREATE TABLE period (month INTEGER);"
                           "CREATE TABLE y (id INTEGER PRIMARY KEY, entity TEXT, x INTEGER, b TEXT, UNIQUE (entity, b))')\n")
            os.chmod(book, 0o700)
            self.clean("plans", book)
            for sql in ["SELECT id FROM x WHERE a = ?", "SELECT month FROM period", "SELECT MAX(id) FROM x",
                        "SELECT q.id FROM x p CROSS JOIN y q WHERE q.id = p.id AND p.a = ? AND q.entity = ?"]:
                with self.subTest(sql=sql):
                    code, out = self.run_check("plans", {"daemon/ledger/post.cpp": f'auto q = db.query("{sql}");\n'}, book)
                    self.assertEqual(code, 0, out)
            for text in ['db.query("SELECT a FROM x");', 'db.query("SELECT b FROM y WHERE entity = ?");', 'db.query("SELECT z FROM x");',
                         'db.query("SELECT id FROM y WHERE entity = ? AND b IS NOT NULL");',
                         'static const std::string sql = std::string{"SELECT a "} + "FROM x"; db.query(sql);',
                         'db.query("SELECT p.id FROM x p JOIN y q ON q.x = p.id WHERE q.entity = ?");',
                         'db.query("SELECT q.b FROM period p JOIN y q ON q.x = p.month");', "db.query(made_elsewhere);"]:
                with self.subTest(text=text):
                    self.finds("plans", {"daemon/ledger/post.cpp": "\n" + text + "\n"}, "daemon/ledger/post.cpp:2", book)

    def test_symbols_in_text(self):
        self.clean("symbols", "-")
        for text in ["std::regex r{x};", "#include <filesystem>", "auto t = std::chrono::system_clock::now();"]:
            with self.subTest(text=text):
                self.finds("symbols", {"daemon/ledger/post.cpp": text + "\n"}, "daemon/ledger/post.cpp:1", "-")
        self.finds("symbols", {"daemon/store/store.cpp": "std::regex r;\n"}, "daemon/store/store.cpp:1", "-")  # banned for all

    def test_symbols_in_archives(self):
        rooms = ["parties", "ledger", "render", "cash", "collect", "notify", "report", "intake", "jobs", "audit"]
        bad = {"time": "#include <ctime>\nlong f() { return time(nullptr); }", "std::chrono::_V2::system_clock::now()":
               "#include <chrono>\nauto f() { return std::chrono::system_clock::now(); }",
               "getenv": "#include <cstdlib>\nchar* f() { return getenv(\"HOME\"); }",
               "open": "#include <fcntl.h>\nint f() { return open(\"x\", 0); }",
               "std::random_device::": "#include <random>\nunsigned f() { return std::random_device{}(); }"}
        with tempfile.TemporaryDirectory() as build:
            def archive(room, source):
                with open(f"{build}/x.cpp", "w", encoding="utf-8") as file:
                    file.write(source)
                subprocess.run([CXX, "-std=c++20", "-c", f"{build}/x.cpp", "-o", f"{build}/x.o"], check=True)
                subprocess.run(["ar", "rcD", f"{build}/libowed_{room}.a", f"{build}/x.o"], check=True)
            for room in rooms:
                archive(room, "int timely(int opened) { return opened; }")
            self.clean("symbols", build)
            for symbol, source in bad.items():
                with self.subTest(symbol=symbol):
                    archive("ledger", source)
                    code, out = self.run_check("symbols", {}, build)
                    self.assertEqual(code, 1, out)
                    self.assertIn(f"libowed_ledger.a(x.o):0: check-symbols: uses {symbol}", out)
                    os.remove(f"{build}/libowed_ledger.a")
            code, out = self.run_check("symbols", {}, build)
            self.assertEqual(code, 1, out)
            self.assertIn("has no libowed_ledger.a", out)

    def test_words(self):
        self.clean("words")
        slash = "/"
        for text in [f"see {slash}work{slash}notes", f"{slash}home{slash}anna{slash}x", "-----BEGIN RSA PRIVATE " + "KEY-----", "// TO" + "DO: later"]:
            with self.subTest(text=text):
                self.finds("words", {"docs/page.md": "\n" + text + "\n"}, "docs/page.md:2")
        code, out = self.run_check("words", {"docs/page.md": "// TO" + "DO(issue 12): later\n"})
        self.assertEqual(code, 0, out)

    def test_plugins(self):
        manifest = '{"id": "good", "version": "1", "kinds": ["source"], "settings": {}}'
        with tempfile.TemporaryDirectory() as build:
            def plugin(source, said, listed=True):
                if said is not None:
                    with open(f"{build}/m.json", "w", encoding="utf-8") as file:
                        file.write(said)
                    source += f'\nasm(".pushsection .owed_manifest,\\"\\",@progbits\\n.incbin \\"{build}/m.json\\"\\n.popsection");'
                with open(f"{build}/p.cpp", "w", encoding="utf-8") as file:
                    file.write(source)
                subprocess.run([CXX, "-shared", "-fPIC", "-nostdlib", f"{build}/p.cpp", "-o", f"{build}/good.so"], check=True)
                with open(f"{build}/good.so", "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
                with open(f"{build}/plugins.lock", "w", encoding="utf-8") as file:
                    file.write(f"{digest if listed else '0' * 64}  good.so\n")
                return self.run_check("plugins", {}, build)
            entry = 'extern "C" { extern const int owed_plugin_entry; const int owed_plugin_entry = 1; }'
            code, out = plugin(entry, manifest)
            self.assertEqual(code, 0, out)
            for what, source, said, listed in [("two symbols", entry + " int second = 2;", manifest, True), ("no manifest", entry, None, True),
                                               ("another id", entry, manifest.replace("good", "bad"), True), ("no JSON", entry, "{", True),
                                               ("not listed", entry, manifest, False)]:
                with self.subTest(what=what):
                    code, out = plugin(source, said, listed)
                    self.assertEqual(code, 1, out)
                    self.assertIn("good.so:0: check-plugins: ", out)

    def test_nothing_to_look_at_is_no_success(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run([os.path.join(CI, "check-plugins"), empty], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
