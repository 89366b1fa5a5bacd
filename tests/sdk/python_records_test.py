#!/usr/bin/env python3
"""owed_records.py against flatc's own code for Python, and what it refuses. python_records_test.py FOLDER, with records_generated.py in it."""
import datetime
import os
import sys
import tempfile
import shutil
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
together = tempfile.mkdtemp(prefix="owed-records-")   # as packing puts them: the schema beside the module
for name in ("sdk/python/owed_records.py", "sdk/schema/records.fbs"):
    shutil.copy(os.path.join(ROOT, name), together)
sys.path[:0] = [together, sys.argv.pop(1)]
sys.dont_write_bytecode = True
import owed_records as records           # noqa: E402
import records_generated as wire         # noqa: E402
from owed_records import Amount          # noqa: E402

DAY = datetime.date(2026, 3, 31)


def tearDownModule():
    shutil.rmtree(together)


def filled(name, depth=0):
    """An object with something in every field."""
    values = {}
    for at, field in enumerate(records._TABLES[name].fields, 1):
        made = {"string": "t\u00e4%d" % at, "Amount": Amount(-7 * at, "JPY"), "OptionalDate": DAY, "OptionalInt": -at, "bool": field.default is False,
                "ubyte": at % 200}.get(field.kind, at if field.kind in records._SCALARS else None)
        if field.kind in records._TABLES and depth < 3:
            made = filled(field.kind, depth + 1)
        if field.is_vector:
            made = bytes(range(at)) if field.kind == "ubyte" else [made, made] if made is not None else []
        values[field.name] = made
    return records._TABLES[name](**values)


class Records(unittest.TestCase):
    def test_every_table_comes_back_as_it_was(self):
        for name, made in records._TABLES.items():
            for table in (filled(name), made()):
                self.assertEqual(records.decode(made, records.encode(table)), table, name)

    def test_flatc_reads_what_is_written(self):
        bodies = [filled(name) for name in records._UNIONS["Body"]]
        data = records.encode(records.RecordBatch(records=[records.Record(body=body, external_id="id", where="w") for body in bodies]))
        batch = wire.RecordBatch.GetRootAs(data, 0)
        self.assertEqual(batch.RecordsLength(), len(bodies))
        for at, body in enumerate(bodies):
            record = batch.Records(at)
            self.assertEqual(record.BodyType(), getattr(wire.Body, type(body).__name__))
            its = getattr(wire, type(body).__name__)()
            its.Init(record.Body().Bytes, record.Body().Pos)
            self.compare(its, body)

    def compare(self, theirs, ours):
        for field in ours.fields:
            name, value = "".join(part.capitalize() for part in field.name.split("_")), getattr(ours, field.name)
            name += "_" if field.name.endswith("_") else ""
            if field.is_vector:
                self.assertEqual(getattr(theirs, name + "Length")(), len(value), field.name)
                if value and field.kind in records._TABLES:
                    self.compare(getattr(theirs, name)(1), value[1])
                elif value and field.kind == "string":
                    self.assertEqual(getattr(theirs, name)(1).decode(), value[1])
                elif value and field.kind == "Amount":
                    self.assertEqual(getattr(theirs, name)(1).Units(), value[1].units)
                continue
            its = getattr(theirs, name)()
            if field.kind == "string":
                self.assertEqual(its.decode(), value, field.name)
            elif field.kind == "Amount":
                self.assertEqual((its.Units(), its.Digits(), chr(its.C0()) + chr(its.C1()) + chr(its.C2())), (value.units, value.digits, value.currency))
            elif field.kind == "OptionalDate":
                self.assertEqual((its.Days(), its.Known()), ((value - datetime.date(1970, 1, 1)).days, True))
            elif field.kind == "OptionalInt":
                self.assertEqual((its.Value(), its.Known()), (value, True))
            elif value is None:
                self.assertIsNone(its, field.name)
            elif field.kind in records._TABLES:
                self.compare(its, value)
            else:
                self.assertEqual(its, value, field.name)

    def test_amounts_are_exact_and_in_the_currencys_own_units(self):
        for text, currency, units in (("80", "EUR", 8000), ("-0.05", "EUR", -5), ("1.000", "JPY", 1), ("1.234", "KWD", 1234), ("90071992547409.93", "USD", 9007199254740993)):
            self.assertEqual(Amount.of(text, currency).units, units, text)
        self.assertEqual([str(Amount(units, "EUR")) for units in (5, -5, 100, -1234)], ["0.05", "-0.05", "1.00", "-12.34"])
        self.assertEqual([str(Amount(5, "JPY")), str(Amount(5, "KWD"))], ["5", "0.005"])
        for text, currency in (("0.001", "EUR"), ("1.5", "JPY"), ("1,50", "EUR"), ("", "EUR"), ("1e3", "EUR"), ("1", "euro"), ("NaN", "EUR")):
            with self.assertRaises(ValueError, msg=text):
                Amount.of(text, currency)
        with self.assertRaises(TypeError):
            Amount(1.5, "EUR")

    def test_a_mistake_is_told(self):
        with self.assertRaisesRegex(TypeError, "Customer has no field adress_lines; it has number, entity"):
            records.Customer(adress_lines=[])
        with self.assertRaisesRegex(TypeError, "body is one of Customer, .* and not 'x'"):
            records.encode(records.Record(body="x"))
        with self.assertRaisesRegex(TypeError, "ArDocument.amount is an? Amount, and not '12.00'"):
            records.encode(records.ArDocument(amount="12.00"))
        with self.assertRaisesRegex(TypeError, "items is a MatchedItem"):
            records.encode(records.MatchProposal(items=["I-1"]))


if __name__ == "__main__":
    unittest.main()
