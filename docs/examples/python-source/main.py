"""A complete source in Python: customers from files of lines `number;name;e-mail` (docs/integrators.md)."""
import json

import flatbuffers
import owed_frames as frames
import records_generated as wire   # flatc --python, of records.fbs


def batch_of(customers):
    """One owed.wire.RecordBatch of (number, name, email, where)."""
    b, records = flatbuffers.Builder(4096), []
    for customer in customers:
        number, name, email, where = (b.CreateString(text) for text in customer)
        wire.CustomerStart(b)
        wire.CustomerAddNumber(b, number)
        wire.CustomerAddName(b, name)
        wire.CustomerAddEmail(b, email)
        body = wire.CustomerEnd(b)
        wire.RecordStart(b)
        wire.RecordAddBodyType(b, wire.Body.Customer)
        wire.RecordAddBody(b, body)
        wire.RecordAddExternalId(b, number)
        wire.RecordAddWhere(b, where)
        records.append(wire.RecordEnd(b))
    wire.RecordBatchStartRecordsVector(b, len(records))
    for record in reversed(records):
        b.PrependUOffsetTRelative(record)
    vector = b.EndVector()
    wire.RecordBatchStart(b)
    wire.RecordBatchAddRecords(b, vector)
    b.Finish(wire.RecordBatchEnd(b))
    return b.Output()


class CustomerFeed(frames.Plugin):
    def __init__(self, host, name, settings_json):
        super().__init__(host, name, settings_json)
        settings = json.loads(settings_json)   # checked against the manifest, defaults filled in
        self.folder, self.pattern = settings["source"], settings["pattern"]

    def check(self):
        self.host.files(self.folder, self.pattern)

    def read(self, cursor):
        """The cursor is the name of the last file; names grow (customers-2026-03-31.txt)."""
        for name, length, _, _, ready in sorted(self.host.files(self.folder, self.pattern)):
            if not ready or name.encode() <= cursor:
                continue
            customers = self.parse(name, self.host.read_file(self.folder, name, 0, length))
            for first in range(0, len(customers), 1000):   # a batch has at most 4096 records
                self.host.records(batch_of(customers[first:first + 1000]))
            self.host.commit(name)

    @staticmethod
    def parse(name, data):
        customers = []
        for at, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            fields = line.split(";")
            if len(fields) != 3:
                raise frames.Failed(frames.DATA, "the line %r is not number;name;e-mail" % line[:80], "%s:%d" % (name, at), "correct the line")
            customers.append((*fields, "%s:%d" % (name, at)))
        return customers


if __name__ == "__main__":
    frames.run(CustomerFeed)
