"""A complete source in Python: customers from files of lines `number;name;e-mail` (docs/integrators.md)."""
import owed_plugin
from owed_plugin import DATA, Failed
from owed_records import Customer


class CustomerFeed(owed_plugin.Plugin):
    def check(self):
        self.host.files(self.settings["source"], self.settings["pattern"])

    def read(self, cursor, out):
        """The cursor is the name of the last file; names grow (customers-2026-03-31.txt)."""
        folder = self.settings["source"]
        for name, length, _, _, ready in sorted(self.host.files(folder, self.settings["pattern"])):
            if not ready or name <= cursor:
                continue
            self.hand_over(name, self.host.read_file(folder, name, 0, length), out)
            out.commit(name)

    @staticmethod
    def hand_over(name, data, out):
        for at, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            fields, where = line.split(";"), "%s:%d" % (name, at)
            if len(fields) != 3:
                raise Failed(DATA, "the line %r is not number;name;e-mail" % line[:80], where, "correct the line")
            number, customer, email = fields
            out.record(Customer(number=number, name=customer, email=email), number, where)


if __name__ == "__main__":
    owed_plugin.run(CustomerFeed)
