#!/usr/bin/env python3
"""Authority erp, there and back by files: what is applied here is written for the ERP, the ERP answers by key, and what it refuses
is taken back and asked of a person. The test is the ERP: strict (a key is booked once, no document is paid beyond its amount, only
what stands there is taken back) and moody (it refuses some, and answers twice). The daemon is killed with -9 the moment a file is
there, before its outcome can have been noted: nothing is lost and nothing is doubled.
"""
import csv
import io
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from decimal import Decimal

from bad_input_test import demo_text
from company import BUILD, Company

DOCUMENTS = 120
ATTEMPTS = 5         # to kill it in between, on a machine that is busy with something else
CONNECTORS = """
  - name: erp-receipts
    plugin: erp-receipts
    entity: emea
    settings: {target: "folder:spool/erp", collected: false}
  - name: erp-answers
    plugin: erp-csv
    entity: emea
    settings:
      source: "folder:drop/erp-answers"
      files:
        - match: "answers*.csv"
          record: receipt_answer
          columns: {key: key, state: state, reference: reference, reason: reason}
"""
CUSTOMERS = "customer_number,name,email,language,currency,street,postcode,city,region,country,payment_terms,bank_account,channel,dunning_block\n" \
            "70001,Werk Nord GmbH,ap@werk.example,de,EUR,Hof 1,24103,Kiel,,DE,30,,,\n"


def invoices():
    rows = "".join(f"ER-{7000 + i},70001,2026-03-01,2026-03-31,{100 + i}.00,{100 + i}.00,EUR,,,\n" for i in range(DOCUMENTS))
    return "number,customer_number,issued,due,amount,open_amount,currency,payment_reference,dunning_level,last_notice\n" + rows


def statement():
    """MT940: one credit for each document."""
    total = sum(100 + i for i in range(DOCUMENTS))
    lines = [":20:STARTUMS", ":25:DE12500105170648489890", ":28C:00001/001", ":60F:C260330EUR1000,00"]
    for i in range(DOCUMENTS):
        lines += [f":61:2603310331C{100 + i},00NTRFNONREF//ERB{i:04d}", f":86:166?00SEPA GUTSCHRIFT?20EREF+NOTPROVIDED SVWZ+ER-?21{7000 + i}?32Werk Nord GmbH"]
    return "\r\n".join(lines + [f":62F:C260331EUR{1000 + total},00", "-", ""])


class Erp:
    """The other side's books."""

    def __init__(self, test, folder):
        self.test, self.folder = test, folder
        self.open = {f"ER-{7000 + i}": Decimal(100 + i) for i in range(DOCUMENTS)}
        self.booked, self.seen = {}, set()

    def rows(self):
        for file in sorted(self.folder.glob("receipts-*.csv")):
            yield from csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))

    def take(self, refuses=lambda row: ""):
        """Books what is new; the answers."""
        answers, keys = [], [row["key"] for row in self.rows()]
        self.test.assertEqual(len(keys), len(set(keys)), "a key lies there twice")
        for row in self.rows():
            if row["key"] in self.seen:
                continue
            self.seen.add(row["key"])
            amount = Decimal(row["amount"])
            why = refuses(row)
            if not why and row["action"] == "reverse":
                self.test.assertIn(row["reverses"], self.booked, "what never stood there is to be taken back")
                self.open[row["document"]] += self.booked.pop(row["reverses"])
            elif not why:
                self.test.assertEqual((row["entity"], row["customer"], row["bank_gl"]), ("emea", "70001", "1820"))
                self.test.assertGreaterEqual(self.open[row["document"]], amount, "paid beyond what is open")
                self.open[row["document"]] -= amount
                self.booked[row["key"]] = amount
            answers.append((row["key"], "refused" if why else "accepted", "" if why else f"GL-{len(self.seen)}", why))
        return answers


class ErpReceipts(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.config = self.folder / "owed.yaml"
        self.config.write_text(demo_text().replace("\nconnectors:\n", "\nconnectors:" + CONNECTORS, 1), encoding="utf-8")

    def found_company(self):
        self.company = Company(self.config)
        self.addCleanup(self.company.__exit__, None)
        self.company.start()
        self.spool = self.company.data / "spool/erp"
        self.erp = Erp(self, self.spool)

    def pay_everything(self):
        self.found_company()
        self.company.drop("erp-emea", "customers-er.csv", CUSTOMERS)
        self.company.drop("erp-emea", "invoices-er.csv", invoices())
        self.company.ctl("sync", "erp-emea", who="stefan")
        self.company.drop("bank-emea", "er.sta", statement())
        self.company.ctl("sync", "bank-emea", who="stefan")
        self.company.ctl("cash", "run", who="clara")
        applied = [a for a in self.company.list("applications") if a["document"].startswith("ER-")]
        self.assertEqual(len(applied), DOCUMENTS)
        self.assertTrue(all(a["in_flight"] for a in applied))

    def answer(self, answers, name):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("key", "state", "reference", "reason"), *answers])
        self.company.drop("erp-answers", name, text.getvalue())
        self.company.ctl("sync", "erp-answers", who="stefan")

    def states(self):
        found = {}
        for row in self.company.list("writeback"):
            if row["kind"] == "receipt_application":
                found.setdefault((row["reversal"], row["state"]), set()).add(row["key"])
        return found

    def sound(self):
        self.assertEqual(self.company.ctl("ledger", "verify")["differences"], [])
        self.assertEqual(self.company.ask("audit", "verify").returncode, 0)

    def test_there_and_back(self):
        self.pay_everything()
        self.company.ctl("sync", "erp-receipts", who="stefan")
        self.assertEqual({state: len(keys) for state, keys in self.states().items()}, {(False, "sent"): DOCUMENTS})
        answers = self.erp.take(lambda row: "period 03/2026, closed" if row["document"] in ("ER-7001", "ER-7002") else "")
        self.answer(answers, "answers-1.csv")
        self.answer(answers[:5] + [("A0-unknown", "accepted", "", "")], "answers-2.csv")   # it says some of it again
        self.assertEqual({state: len(keys) for state, keys in self.states().items()}, {(False, "confirmed"): DOCUMENTS - 2, (False, "refused"): 2})
        self.assertEqual(len(self.company.list("rejects")), 1)
        items = {i["document"]: i for i in self.company.list("items", "--customer", "70001") if i["kind"] == "invoice"}
        for i in range(DOCUMENTS):
            item = items[f"ER-{7000 + i}"]
            refused = i in (1, 2)
            self.assertEqual((item["state"], item["residual"]), ("open", f"{100 + i}.00") if refused else ("settled", "0.00"))
        asked = [q["why"] for q in self.company.list("cash", "pending") if "refused by ERP" in q["why"]]
        self.assertEqual(sorted(asked), ["refused by ERP: ER-7001 (101.00 EUR): period 03/2026, closed", "refused by ERP: ER-7002 (102.00 EUR): period 03/2026, closed"])
        # A person takes one back that the ERP has booked: it is told.
        one = next(a for a in self.company.list("applications") if a["document"] == "ER-7010")
        self.company.ctl("cash", "unapply", one["application"], "--why", "wrong customer", who="clara")
        self.company.ctl("sync", "erp-receipts", who="stefan")
        self.answer(self.erp.take(), "answers-3.csv")
        self.assertEqual(self.erp.open["ER-7010"], Decimal(110))
        self.assertEqual(len(self.states()[(True, "confirmed")]), 1)
        self.sound()

    def test_one_connector_an_entity(self):
        two = self.config.read_text(encoding="utf-8")
        for entity, said in (("emea", "for entity emea"), ("", "one of them for every entity")):
            second = f'\nconnectors:\n  - name: second\n    plugin: erp-receipts\n' + (f"    entity: {entity}\n" if entity else "") + '    settings: {target: "folder:spool/two"}\n'
            self.config.write_text(two.replace("\nconnectors:\n", second, 1), encoding="utf-8")
            answer = subprocess.run([str(BUILD / "bin/owectl"), "--config", str(self.config), "--data", str(self.folder / "data"), "--json", "config", "check"],
                                    capture_output=True, text=True, check=False)
            self.assertEqual(answer.returncode, 78, answer.stdout)
            self.assertIn("connector erp-receipts takes receipt_application, and so does connector second", answer.stdout)
            self.assertIn(said, answer.stdout)

    def test_killed_when_the_file_is_there(self):
        for _ in range(ATTEMPTS):
            self.pay_everything()
            sync = self.in_background("sync", "erp-receipts")
            while not list(self.spool.glob("receipts-*.csv")):
                self.assertIsNone(sync.poll(), "the sync ended without a file")
            self.company.kill()
            sync.wait()
            self.company.start()
            if self.states().get((False, "unknown")):
                break
            self.company.kill()
        else:
            self.fail(f"in {ATTEMPTS} attempts the kill never came before the last outcome was noted")
        for _ in range(3):
            self.company.ctl("sync", "erp-receipts", who="stefan")
        self.assertEqual({state: len(keys) for state, keys in self.states().items()}, {(False, "sent"): DOCUMENTS})
        self.erp.take()
        self.assertEqual(set(self.erp.booked), self.states()[(False, "sent")])
        self.assertEqual(sum(self.erp.open.values()), 0)
        self.sound()

    def in_background(self, *words):
        return subprocess.Popen([str(BUILD / "bin/owectl"), "--config", str(self.company.config), "--data", str(self.company.data), "--json", "--as", "stefan", *words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
