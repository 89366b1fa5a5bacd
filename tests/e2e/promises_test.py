#!/usr/bin/env python3
"""A promise to pay in the running daemon: left in peace, kept by the bank's file, opened again by undoing that, and over a restart."""
import csv
import io
import subprocess
import unittest

from company import BUILD, Company

CUSTOMERS = "customer_number,name,email,language,currency,street,postcode,city,region,country,payment_terms,bank_account,channel,dunning_block\n" \
            "71001,=Werk Nord GmbH,ap@werk.example,de,EUR,Hof 1,24103,Kiel,,DE,30,,,\n"
INVOICES = "number,customer_number,issued,due,amount,open_amount,currency,payment_reference,dunning_level,last_notice\n" \
           "PR-7101,71001,2026-01-31,2026-03-02,100.00,100.00,EUR,,,\nPR-7102,71001,2026-01-31,2026-03-02,50.00,50.00,EUR,,,\n"
STATEMENT = "\r\n".join([":20:STARTUMS", ":25:DE12500105170648489890", ":28C:00001/001", ":60F:C260330EUR1000,00",
                         ":61:2603310331C100,00NTRFNONREF//PRB0001", ":86:166?00SEPA GUTSCHRIFT?20EREF+NOTPROVIDED SVWZ+PR-?217101?32Werk Nord GmbH",
                         ":62F:C260331EUR1100,00", "-", ""])


class Promises(unittest.TestCase):
    def setUp(self):
        self.company = Company()
        self.addCleanup(self.company.__exit__, None, None, None)
        self.company.start()
        self.company.drop("erp-emea", "customers-promise.csv", CUSTOMERS)
        self.company.drop("erp-emea", "invoices-promise.csv", INVOICES)
        self.company.ctl("sync", who="stefan")

    def promise(self):
        return self.company.list("promises", "--customer", "emea/71001")[0]

    def item(self, document):
        return next(one for one in self.company.list("items", "--customer", "emea/71001") if one["document"] == document)

    def decision(self):
        return next(one for one in self.company.list("dunning", "preview", "--entity", "emea") if one["customer"] == "71001")

    def csv_rows(self, *words):
        line = [str(BUILD / "bin/owectl"), "--config", str(self.company.config), "--data", str(self.company.data), "--csv", *words]
        done = subprocess.run(line, capture_output=True, check=True)
        return list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8"), newline=""), strict=True))

    def test_from_the_call_to_the_money_and_back(self):
        made = self.company.ctl("promise", "add", "emea/71001", "--amount", "100.00", "--by", "2026-04-10", "--items", "PR-7101", "--why", "Ms Kern called", who="stefan")
        self.assertEqual((made["state"], made["documents"], self.item("PR-7101")["promise"], self.item("PR-7102")["promise"]),
                         ("open", ["PR-7101"], "2026-04-10", None))
        self.assertIn("promised", [stop["stop"] for stop in self.decision()["stops"]])
        self.assertNotIn("PR-7101", [item["document"] for item in self.decision()["items"]])

        self.company.drop("bank-emea", "promise.sta", STATEMENT)
        self.company.ctl("sync", who="stefan")
        self.assertEqual(self.item("PR-7101")["residual"], "0.00")
        self.assertEqual((self.promise()["state"], self.promise()["paid"]), ("kept", "100.00"))
        self.assertEqual([(row["name"], row["paid"], row["documents"]) for row in self.csv_rows("promises", "--customer", "emea/71001")],
                         [("'=Werk Nord GmbH", "100.00", "PR-7101")])

        application = self.company.list("applications", "--item", "PR-7101")[-1]["application"]
        self.company.ctl("cash", "unapply", application, "--why", "another customer's", who="clara")
        self.assertEqual((self.promise()["state"], self.promise()["paid"]), ("open", "0.00"))
        self.assertEqual(self.company.stop(), 0)
        self.company.start()
        self.assertEqual(self.promise()["state"], "open")
        acts = [one["action"] for one in self.company.list("audit", "list") if one["action"].startswith("promise.")]
        self.assertEqual(acts, ["promise.add", "promise.kept", "promise.reopened"])
        self.assertTrue(self.company.ctl("ledger", "verify")["ok"] and self.company.ctl("audit", "verify")["ok"])


if __name__ == "__main__":
    unittest.main()
