#!/usr/bin/env python3
"""owed_plugin.py without a host: what it makes of a plugin's answers before they are frames."""
import os
import shutil
import struct
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
together = tempfile.mkdtemp(prefix="owed-plugin-")   # as packing puts them: the schema beside the modules
for name in ("sdk/python/owed_plugin.py", "sdk/python/owed_records.py", "sdk/python/owed_frames.py", "sdk/schema/records.fbs"):
    shutil.copy(os.path.join(ROOT, name), together)
sys.path.insert(0, together)
sys.dont_write_bytecode = True
import owed_plugin                                                                             # noqa: E402
from owed_frames import Response, Taker, text                                                  # noqa: E402
from owed_plugin import BUG, DATA, SENT, UNKNOWN, Failed                                       # noqa: E402
from owed_records import (AccountStatus, Customer, Receipt, Record, RecordBatch, WriteResult,  # noqa: E402
                          WriteResults, decode, encode)


def tearDownModule():
    shutil.rmtree(together)


class Host:
    """Keeps what the plugin hands over."""

    def __init__(self):
        self.batches, self.answer = [], None

    def records(self, batch):
        self.batches.append(batch)

    def results(self, answer):
        self.answer = decode(WriteResults, answer).results


def written(*results, records=3):
    """(index, state) of what a sink that answers `results` is taken to say."""
    class Sink(owed_plugin.Plugin):
        def write(self, _):
            return list(results)

    host = Host()
    batch = encode(RecordBatch(records=[Record(body=AccountStatus(customer=str(n))) for n in range(records)]))
    owed_plugin._Adapter(Sink, host, "sink", "{}").write(batch)
    return [(one.index, one.state) for one in host.answer]


class Write(unittest.TestCase):
    def test_a_result_for_each_record_needs_no_number(self):
        self.assertEqual(written(WriteResult(state=SENT), WriteResult(), WriteResult(state=SENT)), [(0, SENT), (1, UNKNOWN), (2, SENT)])

    def test_a_number_names_its_record(self):
        self.assertEqual(written(WriteResult(index=2, state=SENT)), [(2, SENT)])
        self.assertEqual(written(*(WriteResult(index=n, state=SENT) for n in (2, 1, 0))), [(2, SENT), (1, SENT), (0, SENT)])

    def test_numbers_that_fit_no_record_are_a_bug(self):
        for results in ([WriteResult(index=3)], [WriteResult(), WriteResult()], [WriteResult()] * 4, ["sent"]):
            with self.assertRaises(Failed, msg=results) as failed:
                written(*results)
            self.assertEqual(failed.exception.status, BUG)


class Outcome(unittest.TestCase):
    def test_what_is_not_said_is_not_sent(self):
        for made in (Receipt, WriteResult):
            self.assertEqual(made(detail="the shop said no").state, UNKNOWN)
            for state in range(4):
                self.assertEqual(decode(made, encode(made(state=state))).state, state)


class Read(unittest.TestCase):
    def test_large_records_come_in_batches_that_a_host_takes(self):
        host = Host()
        out = owed_plugin.Reader(host)
        for n in range(300):
            out.record(Customer(number=str(n), name="x" * 90_000))
        out.record(Customer(number="300", name="x" * 9_000_000))   # one that is larger by itself
        out.flush()
        self.assertEqual([r.body.number for batch in host.batches for r in decode(RecordBatch, batch).records], [str(n) for n in range(301)])
        self.assertLess(max(len(batch) for batch in host.batches[:-1]), 5 << 20)

    def test_half_a_character_is_bad_data(self):
        out = owed_plugin.Reader(Host())
        out.record(Customer(number="1", name="\ud800"), where="customers/1")
        with self.assertRaises(Failed) as failed:
            out.flush()
        self.assertEqual((failed.exception.status, failed.exception.where), (DATA, "customers/1"))


class Transfer(unittest.TestCase):
    def test_a_header_in_latin_1_costs_nothing(self):
        data = struct.pack("<iiBQI", 0, 200, 1, 0, 1) + text("x-name") + text(b"M\xfcller") + text(b"{}") + text("")
        response = Response(Taker(data))
        self.assertEqual((response.headers, response.body), ({"x-name": "M\ufffdller"}, b"{}"))


if __name__ == "__main__":
    unittest.main()
