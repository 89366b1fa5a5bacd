"""A plugin of owed in Python, without bytes packed by hand: derive from Plugin, define what your kinds need, and run(YourPlugin).

    source    read(cursor, out)                    out.record(Customer(number="1"), "1"); out.commit("1")
    codec     sniff(name, head), decode(request, out)
    sender    send(delivery), lookup(key)
    agency    place(delivery), update(delivery), recall(delivery), lookup(key), read(cursor, out)
    sink      write(records), lookup(key)
    decider   propose(question)

and check() for all but a codec and a decider. Records, deliveries, questions and answers are the classes of owed_records.py.
A call that fails raises Failed. What each may do is what docs/integrators.md and owed/plugin.hpp say of C++: one call at a
time, an answer for each, no clock, file, socket or secret but the host's (self.host, owed_frames.Host).
"""
import json

import owed_frames
import owed_records
from owed_frames import (ALREADY_EXISTS, AUTH, BUG, CONFIG, DATA, NOT_FOUND, OK, PERMANENT, RATE_LIMITED, STATUS_CANCELLED, TRANSIENT,  # noqa: F401
                         UNKNOWN_OUTCOME, UNSUPPORTED, Failed, HostError, Response, Secret)
from owed_records import Amount  # noqa: F401

SENT, REFUSED, RETRY, UNKNOWN = range(4)          # Receipt.state and WriteResult.state
ACCEPT, WARN, QUARANTINE = range(3)               # DecodeReport.verdict
BATCH, BATCH_BYTES = 1000, 4 << 20                # records of a batch, and about its size; a host takes 4096 and 48 MiB


class Reader:
    """Where read() and decode() put what they found."""

    def __init__(self, host):
        self._host, self._records, self.count = host, [], 0

    def record(self, body, external_id="", where=""):
        """`body`: a Customer, an ArDocument, ... `external_id`: its key in the other system; the same again replaces it."""
        self._records.append(owed_records.Record(body=body, external_id=external_id, where=where))
        self.count += 1
        if len(self._records) >= BATCH:
            self.flush()

    def commit(self, cursor):
        """Everything since the last commit, the state, and where to go on, in one transaction."""
        self.flush()
        self._host.commit(cursor)

    def artifact(self, name, data, folder="", archive=False):
        """Raw bytes for the instance's codec: see owed_frames.Host.artifact."""
        self.flush()
        return self._host.artifact(name, data, folder, archive)

    def flush(self):
        records, self._records = self._records, []
        if records:
            self._hand_over(records)

    def _hand_over(self, records):
        try:
            batch = owed_records.encode(owed_records.RecordBatch(records=records))
        except UnicodeEncodeError as wrong:   # JSON may hold half a character: "\\ud800"
            raise Failed(DATA, "a text cannot be written as UTF-8: %s" % wrong, records[0].where) from None
        if len(batch) <= BATCH_BYTES or len(records) == 1:
            self._host.records(batch)
            return
        half = len(records) // 2
        self._hand_over(records[:half])
        self._hand_over(records[half:])


class DecodeRequest:
    """A file to be read: its name, bytes, the format that is asked for ("" to find out) and the profile as JSON ("" for none)."""

    def __init__(self, name, data, form, profile):
        self.name, self.data, self.format, self.profile = name, data, form, profile


class Plugin:
    """One instance. `settings` were checked against the manifest, and its defaults are filled in."""

    def __init__(self, host, name, settings):
        self.host, self.name, self.settings = host, name, settings

    def check(self):
        """Are settings, credentials and folders usable? Without effect."""


class _Adapter(owed_frames.Plugin):
    """The calls of the frames, made with objects."""

    def __init__(self, make, host, name, settings_json):
        super().__init__(host, name, settings_json)
        self.plugin = make(host, name, json.loads(settings_json))

    def _its(self, method):
        found = getattr(self.plugin, method, None)
        if found is None:
            raise Failed(UNSUPPORTED, "the plugin has no " + method)
        return found

    def check(self):
        self.plugin.check()

    def read(self, cursor):
        try:
            text = cursor.decode()
        except UnicodeDecodeError:
            raise Failed(DATA, "the cursor is no UTF-8", advice="reset the connector's cursor") from None
        out = Reader(self.host)
        self._its("read")(text, out)
        out.flush()               # what no commit followed is handed over too: the host forgets it, and a check sees it

    def decode(self, name, data, form, profile):
        out = Reader(self.host)
        report = self._its("decode")(DecodeRequest(name, data, form, profile), out)
        out.flush()
        self.host.report(owed_records.encode(self._made(report, owed_records.DecodeReport)))

    def sniff(self, name, head):
        self.host.sniffed(*self._its("sniff")(name, head))

    def send(self, delivery, action):
        receipt = self._its(action or "send")(owed_records.decode(owed_records.Delivery, delivery))
        self.host.receipt(owed_records.encode(self._made(receipt, owed_records.Receipt)))

    def lookup(self, key):
        receipt = self._its("lookup")(key)
        if receipt is not None:
            self.host.receipt(owed_records.encode(self._made(receipt, owed_records.Receipt)))

    def write(self, batch):
        records = owed_records.decode(owed_records.RecordBatch, batch).records
        results = [self._made(one, owed_records.WriteResult) for one in self._its("write")(records)]
        self._number(results, len(records))
        self.host.results(owed_records.encode(owed_records.WriteResults(results=results)))

    @staticmethod
    def _number(results, records):
        """One result for each record, in their order, needs no `index`; else it names the record, as owed/plugin.hpp has it."""
        if len(results) == records and not any(one.index for one in results):
            for index, one in enumerate(results):
                one.index = index
        named = [one.index for one in results]
        if len(set(named)) < len(named) or any(index >= records for index in named):
            raise Failed(BUG, "write answered %d results for %d records, and their `index` names %s" % (len(named), records, named[:20]))

    def propose(self, question):
        answer = self._its("propose")(owed_records.decode(owed_records.MatchQuestion, question))
        self.host.answer(owed_records.encode(self._made(answer, owed_records.MatchAnswer)))

    @staticmethod
    def _made(answer, wanted):
        if not isinstance(answer, wanted):
            raise Failed(BUG, "the answer is no %s, but %r" % (wanted.__name__, answer))
        return answer


def run(make):
    """Serves calls until the host closes. `make`: your class."""
    owed_frames.run(lambda host, name, settings_json: _Adapter(make, host, name, settings_json))
