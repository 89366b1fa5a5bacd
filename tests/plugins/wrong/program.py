"""A source in Python that is right, but for one thing that its setting `do` names: daemon/conformance/wrong_test.cpp."""
import json

import flatbuffers
import owed_frames as frames
import records_generated as wire


def batch_of(number):
    b = flatbuffers.Builder(256)
    words = b.CreateString(number)
    wire.CustomerStart(b)
    wire.CustomerAddNumber(b, words)
    wire.CustomerAddName(b, words)
    body = wire.CustomerEnd(b)
    wire.RecordStart(b)
    wire.RecordAddBodyType(b, wire.Body.Customer)
    wire.RecordAddBody(b, body)
    wire.RecordAddExternalId(b, words)
    record = wire.RecordEnd(b)
    wire.RecordBatchStartRecordsVector(b, 1)
    b.PrependUOffsetTRelative(record)
    records = b.EndVector()
    wire.RecordBatchStart(b)
    wire.RecordBatchAddRecords(b, records)
    b.Finish(wire.RecordBatchEnd(b))
    return b.Output()


class Wrong(frames.Plugin):
    def __init__(self, host, name, settings_json):
        super().__init__(host, name, settings_json)
        settings = json.loads(settings_json)
        self.folder, self.wrong = settings["source"], settings["do"]

    def check(self):
        self.host.files(self.folder)

    def read(self, cursor):
        for name, length, *_ in sorted(self.files()):
            if name.encode() <= cursor:
                continue
            self.host.read_file(self.folder, name, 0, length)
            self.host.records(batch_of(name))
            if self.wrong != "loses_the_last" or name != "c":
                self.host.commit(name)

    def files(self):
        try:
            return self.host.files(self.folder)
        except frames.HostError:
            if self.wrong == "swallows_the_list":
                return []
            raise


frames.run(Wrong)
