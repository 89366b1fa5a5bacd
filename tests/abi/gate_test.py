#!/usr/bin/env python3
"""The gate of the SDK finds what is planted for it: changes of abi.h (.ci/check-abi) and of records.fbs (.ci/check-schema)
that would break a plugin built before, and lets growth pass."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ABI, LOCK, FBS = "sdk/include/owed/abi.h", "sdk/abi.lock", "sdk/schema/records.fbs"

HEADER = """
#ifndef OWED_ABI_H
#define OWED_ABI_H
#include <stdint.h>
#define OWED_ABI_MAJOR 1
#define OWED_ABI_MINOR 0
typedef struct owed_text { const char* ptr; uint64_t len; } owed_text;
typedef int32_t owed_status;
enum { OWED_OK = 0, OWED_BUG = 9 };  /* a comment; with { signs } */
#define OWED_LOG_1 "owed.log/1"
typedef struct owed_log_1 {
    uint32_t size;
    uint32_t level;
    owed_status (*write)(void* host, const owed_text* text, uint64_t count);
    void (*each)(void* host, void (*found)(void* context, const owed_text* text));
    uint32_t tail;
} owed_log_1;
typedef struct owed_trace_draft { uint32_t size; uint32_t reserved; void (*mark)(void* host); } owed_trace_draft;
extern __attribute__((visibility("default"))) const owed_log_1 owed_plugin_entry;
#endif
"""

SCHEMA = """
namespace owed.wire;
enum Kind : ubyte { invoice, credit, debit }
struct Amount { units:long; digits:ubyte; }
table Note { text:string; }
table Item { name:string; kind:Kind = credit; amount:Amount; notes:[Note]; days:int = 30; last:bool = true; text:string; }
table Other { name:string (required); }
union Body { Item, Note }
table Record { body:Body; id:string; }
"""


class Gate(unittest.TestCase):
    """A tree with the gate's files; each check is run on it after its released state was recorded."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.put(ABI, HEADER)
        self.put(FBS, SCHEMA)

    def put(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def get(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8") as file:
            return file.read()

    def run_check(self, check, *arguments):
        done = subprocess.run([os.path.join(ROOT, ".ci", "check-" + check), "--root", self.root, *arguments], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def passes(self, check, *arguments):
        code, out = self.run_check(check, *arguments)
        self.assertEqual(code, 0, out)

    def finds(self, check, says, *arguments):
        code, out = self.run_check(check, *arguments)
        self.assertEqual(code, 1, out)
        self.assertIn(says, out)


class Abi(Gate):
    LOCKS = {}  # by major version: what --write made of HEADER

    def released(self, major):
        text = HEADER.replace("MAJOR 1", f"MAJOR {major}")
        self.put(ABI, text)
        if major not in self.LOCKS:
            self.passes("abi", "--write")
            self.passes("abi")
            self.LOCKS[major] = self.get(LOCK)
        self.put(LOCK, self.LOCKS[major])
        return text

    BREAKS = [  # what is replaced, by what, part of the finding
        ("uint32_t size;\n    uint32_t level;", "uint32_t level;\n    uint32_t size;", "0+4 level uint32_t; the lock has 0+4 size uint32_t"),
        ("    uint32_t level;\n", "", "the lock has 4+4 level uint32_t"),
        ("    uint32_t tail;\n", "", "member 24+4 tail uint32_t is gone"),
        ("uint32_t level;", "uint64_t level;", "8+8 level uint64_t; the lock has 4+4 level uint32_t"),
        ("uint32_t level;", "int32_t level;", "4+4 level int32_t"),
        ("uint32_t level;", "uint32_t severity;", "4+4 severity uint32_t"),
        ("const char* ptr;", "char* ptr;", "struct owed_text: a member is 0+8 ptr char*"),
        ("uint64_t len; }", "uint64_t len; uint64_t room; }", "struct owed_text: member 16+8 room uint64_t is new"),
        ("OWED_BUG = 9", "OWED_BUG = 8", "value OWED_BUG is 8; the lock has 9"),
        (", OWED_BUG = 9", "", "value OWED_BUG is gone"),
        ('OWED_LOG_1 "owed.log/1"', 'OWED_LOG_1 "owed.logs/1"', 'define OWED_LOG_1 is "owed.logs/1"'),
        ("#define OWED_LOG_1", "#define OWED_LOG_2", "define OWED_LOG_1 is gone"),
        ("const owed_text* text, uint64_t count)", "owed_text text, uint64_t count)", "write owed_status(*)(void*, owed_text, uint64_t)"),
        ("uint64_t count)", "uint32_t count)", "write owed_status(*)(void*, const owed_text*, uint32_t)"),
        ("uint64_t count)", "uint64_t count, uint64_t more)", "write owed_status(*)(void*, const owed_text*, uint64_t, uint64_t)"),
        ("owed_status (*write)", "void (*write)", "write void(*)(void*, const owed_text*, uint64_t)"),
        ("(void* context, const owed_text* text)", "(void* context, owed_text* text)", "void(*)(void*, owed_text*)"),
        ("typedef int32_t owed_status;", "typedef int64_t owed_status;", "type owed_status is 8 int64_t"),
        ("const owed_log_1 owed_plugin_entry", "owed_log_1 owed_plugin_entry", "symbol owed_plugin_entry is owed_log_1"),
        ("uint32_t tail;", "uint32_t tail;\n uint32_t inside;", "28+4 inside uint32_t is new and lies within the old size"),
    ]
    GROWS = [
        ("OWED_BUG = 9", "OWED_BUG = 9, OWED_EXISTS = 12", "value OWED_EXISTS is new"),
        ("#define OWED_LOG_1", '#define OWED_FAX_1 "owed.fax/1"\n#define OWED_LOG_1', "define OWED_FAX_1 is new"),
        ("typedef int32_t", "typedef struct owed_fax_1 { uint32_t size; uint32_t reserved; } owed_fax_1;\ntypedef int32_t", "struct owed_fax_1 is new"),
        ("uint32_t tail;", "uint32_t tail;\n    void (*far)(void* host);", "member 32+8 far void(*)(void*) is new"),
        ("void (*mark)(void* host);", "void (*mark)(void* host, owed_text name);", "mark void(*)(void*, owed_text)"),  # a draft may
    ]

    def test_what_breaks_is_found_and_is_not_recorded_from_1_0_on(self):
        for old, new, says in self.BREAKS:
            with self.subTest(new=new):
                text = self.released(1)
                self.assertIn(old, text)
                self.put(ABI, text.replace(old, new, 1))
                code, out = self.run_check("abi", "--write")
                self.assertEqual(code, 1, out)
                self.assertIn(says, out)
                self.assertIn("released layouts never change", out)
                self.assertEqual(self.get(LOCK), self.LOCKS[1])
        self.finds("abi", self.BREAKS[-1][2])  # and without --write

    def test_before_1_0_every_difference_comes_with_a_new_lock(self):
        for old, new, says in self.BREAKS[::7]:
            with self.subTest(new=new):
                text = self.released(0)
                self.put(ABI, text.replace(old, new, 1))
                self.finds("abi", says)
                self.passes("abi", "--write")
                self.passes("abi")

    def test_growth_is_recorded(self):
        for old, new, says in self.GROWS:
            with self.subTest(new=new):
                text = self.released(1)
                self.assertIn(old, text)
                self.put(ABI, text.replace(old, new, 1))
                self.finds("abi", says)
                self.passes("abi", "--write")
                self.passes("abi")

    def test_names_of_parameters_comments_and_spaces_are_free(self):
        text = self.released(1)
        self.put(ABI, text.replace("void* host, const owed_text* text", "void *self,\n  const owed_text *words /* UTF-8 */").replace("void* context, ", "void* mine, "))
        self.passes("abi")

    def test_what_cannot_be_read_does_not_pass(self):
        text = self.released(1)
        for odd in ["union odd { int a; };", "int32_t owed_call(void);", "typedef struct owed_odd { uint32_t bits : 3; } owed_odd;", "typedef struct { int"]:
            with self.subTest(odd=odd):
                self.put(ABI, text.replace("#endif", odd + "\n#endif"))
                code, out = self.run_check("abi")
                self.assertEqual(code, 1, out)
        os.remove(os.path.join(self.root, LOCK))
        self.put(ABI, text)
        self.finds("abi", "is missing")

    def test_a_version_goes_forward_and_is_recorded(self):
        text = self.released(1)
        self.put(ABI, text.replace("MINOR 0", "MINOR 1"))
        self.finds("abi", "the version is (1, 1); the lock has (1, 0)")
        self.passes("abi", "--write")
        self.put(ABI, text)
        self.finds("abi", "is below the lock's", "--write")


class Schema(Gate):
    BREAKS = [
        ("name:string; kind", "title:string; kind", "0 title: string"),                                  # renamed: --conform passes it
        (" text:string; }\ntable Other", " }\ntable Other", "\"6 text: string\" is gone"),                   # the last removed: so too
        ("credit, debit }", "credit }", "\"2 debit\" is gone"),                                            # a cut enum: so too
        ("invoice, credit, debit", "credit, invoice, debit", "0 credit"),
        ("days:int", "days:uint", "4 days: uint"),
        ("days:int", "days:long", "4 days: long"),
        ("days:int = 30", "days:int = 31", "= 31"),
        ("last:bool = true", "last:bool", "5 last: bool\" was released as \"5 last: bool = 1"),
        ("kind:Kind = credit", "kind:Kind", "1 kind: ubyte owed.wire.Kind\" was"),
        ("notes:[Note]; days:int = 30;", "days:int = 30; notes:[Note];", "3 days: int"),                     # reordered
        ("name:string; kind", "code:string; name:string; kind", "0 code: string"),                        # inserted
        ("notes:[Note]", "notes:[Item]", "3 notes: [table owed.wire.Item]"),
        ("notes:[Note]", "notes:Note", "3 notes: table owed.wire.Note"),
        ("amount:Amount", "amount:long", "2 amount: long"),
        ("text:string; }\ntable Other", "text:string (deprecated); }\ntable Other", "deprecated"),
        ("text:string; }\ntable Other", "text:string (required); }\ntable Other", "required"),
        ("name:string (required)", "name:string", "0 name: string\" was released as \"0 name: string required"),
        ("union Body { Item, Note }", "union Body { Item, Other, Note }", "2 Other: table owed.wire.Other"),
        ("union Body { Item, Note }", "union Body { Item }", "\"2 Note: table owed.wire.Note\" is gone"),
        ("union Body { Item, Note }", "union Body { Note, Item }", "1 Note"),
        ("units:long; digits:ubyte;", "units:long; digits:ubyte; scale:ubyte;", "\"2 @9 scale: ubyte\" is new, and a struct never changes"),
        ("units:long; digits:ubyte;", "units:int; digits:ubyte;", "struct owed.wire.Amount: 8 bytes"),
        ("enum Kind : ubyte", "enum Kind : ushort", "enum owed.wire.Kind: ushort"),
        ("table Other { name:string (required); }\n", "", "table owed.wire.Other is gone"),
        ("namespace owed.wire;", "namespace owed.wire2;", "table owed.wire.Item is gone"),
    ]
    GROWS = [
        ("text:string; }\ntable Other", "text:string; more:int; }\ntable Other"),
        ("credit, debit }", "credit, debit, charge }"),
        ("union Body { Item, Note }", "union Body { Item, Note, Other }"),
        ("table Record", "table Fresh { a:int; }\ntable Record"),
        ("name:string; kind", "name:string;  // a comment\n  kind"),
    ]

    TEXTS = {}  # by major version: what --release made of SCHEMA

    def released(self, major):
        self.put(ABI, HEADER.replace("MAJOR 1", f"MAJOR {major}"))
        self.put(FBS, SCHEMA)
        shutil.rmtree(os.path.join(self.root, "sdk/schema/released"), ignore_errors=True)
        name = f"sdk/schema/released/records-{major}.0.txt"
        if major not in self.TEXTS:
            self.passes("schema", "--release")
            self.passes("schema")
            self.TEXTS[major] = self.get(name)
        self.put(name, self.TEXTS[major])

    def test_what_breaks_is_found(self):
        for old, new, says in self.BREAKS:
            with self.subTest(new=new):
                self.released(1)
                self.assertEqual(SCHEMA.count(old), 1, old)
                self.put(FBS, SCHEMA.replace(old, new))
                self.finds("schema", says, "--release")
        self.finds("schema", self.BREAKS[-1][2])  # and without --release

    def test_growth_passes_and_is_then_kept(self):
        for old, new in self.GROWS:
            with self.subTest(new=new):
                self.released(1)
                self.assertEqual(SCHEMA.count(old), 1, old)
                self.put(FBS, SCHEMA.replace(old, new))
                self.passes("schema")
                self.put(ABI, HEADER.replace("MINOR 0", "MINOR 1"))
                self.passes("schema", "--release")
        self.put(FBS, SCHEMA.replace(*self.GROWS[0]))
        self.passes("schema", "--release")
        self.put(FBS, SCHEMA)  # back to 1.0: what 1.1 released is gone
        self.finds("schema", "\"7 more: int\" is gone (records-1.1.txt)")

    def test_before_1_0_the_release_may_be_written_again(self):
        self.released(0)
        self.put(FBS, SCHEMA.replace("days:int", "days:long"))
        self.finds("schema", ".ci/check-schema --release")
        self.passes("schema", "--release")
        self.passes("schema")

    def test_what_is_missing_or_broken_does_not_pass(self):
        self.finds("schema", "has no records-1.0.txt")
        self.put(FBS, "table Broken {")
        code, out = self.run_check("schema")
        self.assertEqual(code, 1, out)


if __name__ == "__main__":
    unittest.main()
