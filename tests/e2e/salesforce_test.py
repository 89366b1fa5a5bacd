#!/usr/bin/env python3
"""The daemon and Salesforce, both ways, against the strict and moody stand-in: what comes in, what goes back, and kill -9 in the
middle of either, after which both sides end as if nobody had disturbed them.

Arguments: [SEED] for the moments of the kills; a failure prints it.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from bad_input_test import demo_text
from company import ROOT, Company

ACCOUNTS, WAITING = 450, 12
SECRET = "c1ient-s3cret-canary"
SEED = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else int(time.time())
CREDIT = "\ncredit: {hold_overdue_days: 30}\n"
CONNECTOR = """
  - name: crm
    plugin: salesforce
    entity: emea
    schedule: "*/15 * * * *"
    settings:
      instance_url: "%(url)s"
      currency: EUR
      page_size: 200
      orders: {awaiting: ["Awaiting Authorisation"]}
    secrets:
      login:
        oauth2:
          grant: client_credentials
          token_url: "%(url)s/services/oauth2/token"
          client_id: owed-consumer-key
          client_secret: "file:%(secret)s"
    transfer: {plain_text_on_loopback: true}
"""
INVOICES = ("number,customer_number,issued,due,amount,open_amount,currency,payment_reference,dunning_level,last_notice\n"
            "SF-1,20000,2026-01-05,2026-01-30,1500.05,1500.05,EUR,,,\n"       # 60 days late: held
            "SF-2,20001,2026-03-20,2026-04-20,99.90,99.90,EUR,,,\n")          # not due yet


def seed():
    accounts = [{"ref": f"a{i}", "Name": f"Mill {i}", "AccountNumber": str(20000 + i), "owed_Customer__c": str(20000 + i), "BillingCity": "Ulm",
                 "CreatedDate": "2026-03-01T08:00:00Z"} for i in range(ACCOUNTS)]
    accounts.append({"Name": "A prospect", "CreatedDate": "2026-03-01T08:00:00Z"})
    contacts = [{"LastName": f"Kern {i}", "AccountId": f"@a{i}", "Email": f"ap{i}@mill.example", "CreatedDate": "2026-03-01T08:00:00Z"} for i in range(0, ACCOUNTS, 10)]
    orders = [{"AccountId": f"@a{i}", "Status": "Awaiting Authorisation" if i < WAITING else "Activated", "EffectiveDate": "2026-03-30", "TotalAmount": 990.1,
               "owed_Order__c": f"O-{i}", "CreatedDate": "2026-03-01T08:00:00Z"} for i in range(3 * WAITING)]
    return {"records": {"Account": accounts, "Contact": contacts, "Order": orders}}


class Org:
    """The stand-in."""

    def __init__(self, folder):
        (folder / "seed.json").write_text(json.dumps(seed()), encoding="utf-8")
        (folder / "fields.json").write_text(json.dumps({"Account": ["owed_Hold_Reason__c string 255 custom"]}), encoding="utf-8")
        self.process = subprocess.Popen([sys.executable, str(ROOT / "tests/standins/salesforce"), "--seed", str(folder / "seed.json"), "--fields", str(folder / "fields.json"),
                                         "--client-secret", SECRET, "--log", str(folder / "salesforce.log")], stdout=subprocess.PIPE, text=True)
        told = json.loads(self.process.stdout.readline())
        self.url, self.control = told["url"], told["control"]

    def do(self, verb, **words):
        request = urllib.request.Request(self.control, json.dumps({"do": verb, **words}).encode(), method="POST")
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def records(self, name):
        return self.do("records", object=name)["records"]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Salesforce(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def org(self, name="org"):
        folder = self.folder / name
        folder.mkdir()
        org = Org(folder)
        self.addCleanup(org.end)
        return org

    def company(self, org, name="company"):
        secret = self.folder / "secret"
        secret.write_text(SECRET, encoding="utf-8")
        secret.chmod(0o600)
        text = demo_text().replace("\nconnectors:\n", "\nconnectors:" + CONNECTOR % {"url": org.url, "secret": secret}, 1) + CREDIT
        config = self.folder / f"{name}.yaml"
        config.write_text(text, encoding="utf-8")
        company = Company(config)
        self.addCleanup(company.__exit__, None)
        company.start()
        company.drop("erp-emea", "invoices-salesforce.csv", INVOICES)
        company.ctl("sync", "erp-emea", who="stefan")
        return company

    def accounts(self, org):
        """As the org shows them now, without what depends on the moment."""
        return {a["owed_Customer__c"]: (a["Name"], a["owed_Balance__c"], a["owed_Overdue__c"], a["owed_Oldest_Days__c"], a["owed_Dunning_Level__c"], a["owed_Credit_Hold__c"],
                                        a["owed_Hold_Reason__c"], a["owed_As_Of__c"]) for a in org.records("Account")}

    def orders(self, org):
        return {o["OrderNumber"]: (o["Status"], o["owed_Hold__c"], o["owed_Hold_Reason__c"]) for o in org.records("Order")}

    def ours(self, company):
        return {
            "customers": {c["customer"]: (c["name"], c["city"] if "city" in c else "") for c in company.list("customers", "--entity", "emea") if c["customer"].startswith("20")},
            "orders": {o["number"]: (o["customer"], o["amount"], o["status"], o["awaiting"], o["on_hold"], o["hold"]) for o in company.list("orders")},
            "writeback": {w["key"]: (w["kind"], w["state"]) for w in company.list("writeback")},
        }

    def test_both_ways(self):
        org = self.org()
        company = self.company(org)
        checked = company.ctl("connectors", "check", "crm", who="stefan")
        self.assertNotIn("error", json.dumps(checked))
        company.ctl("sync", "crm", who="stefan")

        customers = {c["customer"]: c for c in company.list("customers") if c["customer"].startswith("20")}
        self.assertEqual(len(customers), ACCOUNTS)
        self.assertEqual(customers["20007"]["name"], "Mill 7")
        self.assertIn("ap10@mill.example", json.dumps(company.ctl("customer", "show", "20010")))
        orders = {o["number"]: o for o in company.list("orders")}
        self.assertEqual(len(orders), WAITING)
        held = [o for o in orders.values() if o["hold"]]
        self.assertEqual([(o["customer"], o["amount"]) for o in held], [("20000", "990.10")])

        # What went back: how accounts stand, and the one order of the customer who is late.
        shown = self.accounts(org)
        self.assertEqual(shown["20000"][1:6], (1500.05, 1500.05, 60, 0, True))
        self.assertTrue(shown["20000"][6])
        self.assertEqual(shown["20001"][1:6], (99.9, 0, 0, 0, False))
        self.assertEqual(shown["20002"][1:6], (0, 0, 0, 0, False))
        self.assertEqual(shown[None][1:6], (None, None, None, None, False), "the prospect is none of ours")
        on_hold = {number for number, order in self.orders(org).items() if order[1]}
        self.assertEqual(on_hold, {held[0]["number"]})

        # A person stops another one, and lets the first go.
        other = next(o for o in orders.values() if o["customer"] == "20001")
        company.ctl("order", "hold", other["number"], "--why", "credit insurance is gone", who="stefan")
        company.ctl("order", "release", held[0]["number"], "--why", "paid on the phone", who="stefan")
        company.ctl("sync", "crm", who="stefan")
        self.assertEqual({number: order[2] for number, order in self.orders(org).items() if order[1]}, {other["number"]: "credit insurance is gone (stefan)"})

        # Nothing changes: nothing is written.
        before = org.do("state")["effects"]
        company.ctl("sync", "crm", who="stefan")
        self.assertEqual(org.do("state")["effects"], before)

        # An order goes on by itself, and a new one comes.
        orders_there = org.records("Order")
        done = next(o for o in orders_there if o["OrderNumber"] == other["number"])
        org.do("put", object="Order", record={"Id": done["Id"], "Status": "Activated", "owed_Hold__c": False})
        org.do("put", object="Order", record={"AccountId": done["AccountId"], "Status": "Awaiting Authorisation", "EffectiveDate": "2026-03-31", "TotalAmount": 12345678.9})
        company.ctl("sync", "crm", who="stefan")
        orders = {o["number"]: o for o in company.list("orders")}
        self.assertEqual(len(orders), WAITING + 1)
        self.assertFalse(orders[other["number"]]["awaiting"])
        self.assertIn("12345678.90", {o["amount"] for o in orders.values()})

        whole = company.log() + json.dumps(company.ctl("connectors")) + json.dumps(company.ctl("config", "show"))
        self.assertNotIn("canary", whole)
        self.assertNotIn("!AQ", whole)

    def test_a_refusal_reaches_the_person(self):
        org = self.org()
        company = self.company(org)
        company.ctl("sync", "crm", who="stefan")
        org.do("mood", rule={"mood": "row", "object": "Account", "external": ["20001"], "message": "Balance needs a review", "fields": ["owed_Balance__c"], "times": 0})
        company.drop("erp-emea", "invoices-more.csv", INVOICES.replace("SF-", "SG-"))
        company.ctl("sync", "erp-emea", who="stefan")
        company.ctl("sync", "crm", who="stefan")
        refused = company.list("writeback", "--state", "refused")
        self.assertEqual([w["key"] for w in refused if w["key"].startswith("20")], ["20001"])
        self.assertIn("FIELD_CUSTOM_VALIDATION_EXCEPTION: Balance needs a review", next(w for w in refused if w["key"] == "20001")["detail"])
        org.do("clear")
        company.ctl("writeback", "retry", "crm", who="stefan")
        company.ctl("sync", "crm", who="stefan")
        self.assertNotIn("20001", [w["key"] for w in company.list("writeback", "--state", "refused")])
        self.assertEqual(self.accounts(org)["20001"][1], 199.8)

        # A field that goes away is named, with the setting, where the person looks; nothing is written past it.
        org.do("drop_field", object="Account", field="owed_Balance__c")
        company.drop("erp-emea", "invoices-yet-more.csv", INVOICES.replace("SF-", "SH-"))
        company.ctl("sync", "erp-emea", who="stefan")
        before = org.do("state")["effects"]
        gone = company.ask("sync", "crm", who="stefan")
        self.assertNotEqual(gone.returncode, 0)
        crm = next(c for c in company.list("connectors") if c["name"] == "crm")
        self.assertEqual(crm["state"], "failed")
        for told in (gone.stdout + gone.stderr, crm["reason"]):
            self.assertIn("Account.owed_Balance__c (settings.status.balance) is not there", told)
        self.assertEqual(org.do("state")["effects"], before)

        # A server that is gone fails the run too.
        org.end()
        stranger = company.ask("sync", "crm", who="stefan")
        self.assertNotEqual(stranger.returncode, 0)

    def test_killed_in_the_middle(self):
        undisturbed_org = self.org("undisturbed")
        undisturbed = self.company(undisturbed_org, "undisturbed")
        self.settle(undisturbed)
        expected = (self.ours(undisturbed), self.accounts(undisturbed_org), self.orders(undisturbed_org))
        undisturbed.stop()

        print(f"seed {SEED}")
        rolls = random.Random(SEED)
        org = self.org("disturbed")
        org.do("mood", rule={"mood": "slow", "path": "query|composite|describe|sobjects", "seconds": 0.25, "times": 0})
        company = self.company(org, "disturbed")
        kills = 0
        for _ in range(12):
            asked = subprocess.Popen(self.sync_line(company), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            end = time.monotonic() + rolls.uniform(0.02, 0.9)  # a sync is at least six slow requests
            while time.monotonic() < end and asked.poll() is None:
                time.sleep(0.005)
            kills += asked.poll() is None
            company.kill()
            asked.wait()
            company.start()
        self.assertGreater(kills, 3, "the kills came too late to disturb anything")
        org.do("clear")
        self.settle(company)
        self.assertEqual((self.ours(company), self.accounts(org), self.orders(org)), expected, f"seed {SEED}")
        self.assertEqual(len(org.records("Account")), ACCOUNTS + 1, "none was made twice")

    @staticmethod
    def settle(company):
        """Until nothing moves: what was unknown or to be tried again waits some minutes, and what is written comes back in."""
        for clock in ("2026-03-31T08:00", "2026-03-31T09:00", "2026-03-31T13:30"):
            company.ctl("sync", "crm", who="stefan")
            company.ctl("clock", "advance", clock, who="stefan")
        company.ctl("sync", "crm", who="stefan")

    @staticmethod
    def sync_line(company):
        return [str(pathlib.Path(os.environ.get("OWED_BUILD") or ROOT / "build").resolve() / "bin/owectl"), "--config", str(company.config), "--data", str(company.data),
                "--as", "stefan", "sync", "crm", "--wait"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
