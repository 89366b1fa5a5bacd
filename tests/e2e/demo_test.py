#!/usr/bin/env python3
"""The demo's three business dates, played on a fresh folder, and everything that must be true of them afterwards."""
import collections
import datetime
import decimal
import email
import email.policy
import re
import shutil
import subprocess
import unittest

import demo_files
from company import Company

Decimal = decimal.Decimal
DEMO_DATES = ["2026-03-31", "2026-04-14", "2026-04-30"]
ENTITIES = {"emea": "EUR", "us": "USD"}
MIN_GAP_DAYS = 7          # of config/demo/policies/standard.yaml
company = None


def day(text):
    return datetime.date.fromisoformat(text[:10])


def every_date():
    at = day(DEMO_DATES[0])
    while at <= day(DEMO_DATES[-1]):
        yield at.isoformat()
        at += datetime.timedelta(days=1)


def amounts_in(text):
    """The amounts that a text shows, as counts of minor units, whatever the language puts between the digits."""
    separators = "[.,'\u00a0\u202f ]"
    return [int(re.sub(r"\D", "", found)) for found in re.findall(rf"(?<![\d.,])\d{{1,3}}(?:{separators}?\d{{3}})*[.,]\d\d(?![\d])", text)]


def minor(text):
    return int(text.replace(".", ""))


def setUpModule():
    global company
    company = Company()
    company.start()
    company.play()


def tearDownModule():
    company.__exit__(None)


class Books(unittest.TestCase):
    def test_ledger_and_audit_verify(self):
        verified = company.ctl("ledger", "verify")
        self.assertEqual((verified["ok"], verified["differences"]), (True, []))
        self.assertGreater(verified["entries"], 300)
        self.assertTrue(company.ctl("audit", "verify")["ok"])

    def test_aging_is_the_ledger_at_every_date(self):
        for date in every_date():
            for entity, currency in ENTITIES.items():
                with self.subTest(date=date, entity=entity):
                    self.one_aging(date, entity, currency)

    def one_aging(self, date, entity, currency):
        report = company.ctl("report", "aging", "--entity", entity, "--as-of", date)
        self.assertEqual(Decimal(report["difference"][currency]), 0)
        buckets = collections.Counter()
        for item in company.list("items", "--entity", entity, "--as-of", date):
            self.assertEqual(item["currency"], currency)
            residual, late = minor(item["residual"]), (day(date) - day(item["due_date"])).days
            if residual < 0:
                name = "credits"
            else:
                name = next((f"{low}-{high}" for low, high in ((1, 30), (31, 60), (61, 90)) if low <= late <= high), "current" if late <= 0 else "over-90")
            buckets[name] += residual
            buckets["total"] += residual
        totals = report["totals"][0]
        for name in ("current", "1-30", "31-60", "61-90", "over-90", "credits", "total"):
            self.assertEqual(minor(totals[name]), buckets[name], name)
            self.assertEqual(minor(totals[name]), sum(minor(row[name]) for row in report["rows"]), name)
        control = report["control_account"]
        control = control[currency] if isinstance(control, dict) else control
        self.assertEqual(minor(control), buckets["total"])

    def test_trial_balance_sums_to_zero(self):
        for date in DEMO_DATES:
            sums = collections.Counter()
            for account in company.list("ledger", "trial-balance", "--as-of", date):
                self.assertEqual(minor(account["balance"]), minor(account["debit"]) - minor(account["credit"]), account)
                sums[account["entity"], account["currency"]] += minor(account["balance"])
            self.assertEqual(set(sums), {("emea", "EUR"), ("us", "USD")})
            self.assertEqual(set(sums.values()), {0}, date)

    def test_every_entry_balances(self):
        entries = company.list("journal")
        self.assertEqual(len(entries), company.ctl("ledger", "verify")["entries"])
        for entry in entries:
            self.assertGreaterEqual(len(entry["lines"]), 2)
            for debit, credit in (("debit", "credit"), ("functional_debit", "functional_credit")):
                self.assertEqual(sum(minor(line[debit]) - minor(line[credit]) for line in entry["lines"]), 0, entry)

    def test_receipts_are_applied_plus_unapplied(self):
        applied = collections.Counter()
        for one in company.list("applications"):
            if one["undone"] is None:
                applied[one["receipt"]] += minor(one["amount"])
        receipts = company.list("receipts")
        self.assertGreater(len(receipts), 100)
        for transfer, net in demo_files.remittances().items():      # an agency's transfer settles what the agency owes
            mine = [receipt for receipt in receipts if receipt["text"] == transfer]
            self.assertEqual([(minor(r["amount"]), minor(r["unapplied"]), applied[r["receipt"]]) for r in mine], [(minor(net), 0, 0)])
            receipts.remove(mine[0])
        for receipt in receipts:
            if receipt["state"] in ("not_receivable", "returned"):
                self.assertEqual((applied[receipt["receipt"]], minor(receipt["unapplied"])), (0, 0), receipt)
                continue
            self.assertEqual(minor(receipt["amount"]), applied[receipt["receipt"]] + minor(receipt["unapplied"]), receipt)

    def test_residuals_follow_from_originals_and_applications(self):
        items = {item["item"]: item for item in company.list("items")}
        taken = collections.Counter()
        for one in company.list("applications"):
            if one["undone"] is None:
                taken[one["item"]] += minor(one["amount"]) + minor(one["discount"])
        seen = 0
        for number, item in items.items():
            if item["kind"] in ("invoice", "finance_charge"):
                seen += 1
                self.assertEqual(minor(item["residual"]), minor(item["original"]) - taken[number], item)
        self.assertGreater(seen, 200)


class AgainstTheFiles(unittest.TestCase):
    def test_bank_credits_are_the_receipts(self):
        wanted, found = collections.Counter(), collections.Counter()
        for account, amount, reference in demo_files.bank_entries():
            if amount > 0:
                wanted[account, reference, amount] += 1
        for receipt in company.list("receipts"):
            if receipt["source"]["connector"] != "agency":
                found[receipt["account"], receipt["bank_reference"], Decimal(receipt["amount"])] += 1
        self.assertEqual(wanted - found, collections.Counter(), "in the files, not in the books")
        self.assertEqual(found - wanted, collections.Counter(), "in the books, not in the files")

    def test_bank_accounts_of_the_ledger_hold_what_moved(self):
        """All of it where these are the books (us); what leaves an account of emea, as the banks' charges, its ERP books."""
        moved = collections.Counter()
        for account, amount, _ in demo_files.bank_entries():
            moved[account] += max(amount, 0) if account.startswith("DE") else amount
        self.assertTrue(any(amount < 0 and not account.startswith("DE") for account, amount, _ in demo_files.bank_entries()), "nothing leaves an account of us")
        gl = {"DE89370400440532013000": "1810", "DE12500105170648489890": "1820", "4000123456": "1010", "700044556": "1020"}
        balances = {account["account"]: Decimal(account["balance"]) for account in company.list("ledger", "trial-balance")}
        for account, amount in moved.items():
            self.assertEqual(balances[gl[account]], amount, account)

    def test_documents_are_the_erp_s(self):
        items = company.list("items")
        for entity in ENTITIES:
            invoices, credits = demo_files.documents(entity)
            mine = {item["document"]: item for item in items if item["entity"] == entity and item["kind"] in ("invoice", "credit_memo")}
            self.assertEqual(set(mine), set(invoices) | set(credits))
            for number, row in invoices.items():
                self.assertEqual(minor(mine[number]["original"]), minor(row["amount"]), number)
                self.assertEqual((mine[number]["customer"], mine[number]["due_date"]), (row["customer_number"], row["due"]))
            for number, row in credits.items():
                self.assertEqual(minor(mine[number]["original"]), -minor(row["amount"]), number)

    def test_every_record_has_one_outcome(self):
        inbox = company.list("inbox")
        self.assertEqual({(a["verdict"], a["state"]) for a in inbox}, {("accept", "taken")})
        for artifact in inbox:
            self.assertEqual(artifact["records"], artifact["applied"] + artifact["duplicates"] + artifact["rejected"], artifact)
        files = [path for path in demo_files.DAYS.glob("*/*/*") if path.is_file()]
        self.assertEqual(sorted(a["name"] for a in inbox), sorted(path.name for path in files))


class Notices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.notices = sorted((n for n in company.list("notices")), key=lambda n: (n["sent_at"], n["notice"]))
        cls.dunning = [n for n in cls.notices if n["kind"] == "dunning"]

    def test_all_kinds_were_sent(self):
        self.assertEqual({n["state"] for n in self.notices}, {"sent"})
        self.assertEqual({n["level"] for n in self.dunning}, {1, 2, 3})
        self.assertLessEqual({"email", "letter"}, {n["channel"] for n in self.dunning})

    def test_no_customer_twice_in_a_week(self):
        last = {}
        for entity in ENTITIES:
            for row in demo_files.documents(entity)[0].values():
                if row["last_notice"]:
                    at = (entity, row["customer_number"])
                    last[at] = max(last.get(at, datetime.date.min), day(row["last_notice"]))
        for notice in self.dunning:
            at = (notice["entity"], notice["customer"])
            if at in last:
                self.assertGreaterEqual((day(notice["sent_at"]) - last[at]).days, MIN_GAP_DAYS, notice["notice"])
            last[at] = day(notice["sent_at"])

    def test_levels_rise_by_one(self):
        level = {}
        for entity in ENTITIES:
            for number, row in demo_files.documents(entity)[0].items():
                level[entity, number] = int(row["dunning_level"] or 0)
        for notice in self.dunning:
            for item in notice["items"]:
                before = level.get((notice["entity"], item["document"]), 0)
                self.assertLessEqual(item["level"], before + 1, (notice["notice"], item))
                # An item further on that is listed beside a younger one in a gentler notice keeps its own level.
                level[notice["entity"], item["document"]] = max(before, item["level"])
            self.assertEqual(notice["level"], max(item["level"] for item in notice["items"]))
        placed = {(p["entity"], p["document"]) for p in company.list("placements")}
        for item in company.list("items"):
            at = (item["entity"], item["document"])
            if item["kind"] == "invoice" and at not in placed:
                self.assertEqual(item["dunning_level"], level.get(at, 0), item)

    def test_nothing_early_placed_or_in_question(self):
        due = {(i["entity"], i["document"]): i["due_date"] for i in company.list("items")}
        placed = {(p["entity"], p["document"]): p["placed_on"] for p in company.list("placements")}
        asked = [(q["entity"], q["value_date"], {item["document"] for proposal in q["proposals"] for item in proposal["items"]}) for q in company.list("cash", "pending")]
        customers = {(q["entity"], q["customer"]): q["value_date"] for q in company.list("cash", "pending") if q["customer"]}
        for notice in self.dunning:
            sent = day(notice["sent_at"])
            for item in notice["items"]:
                late = (sent - day(due[notice["entity"], item["document"]])).days
                self.assertEqual(late, item["days_overdue"], (notice["notice"], item))
                self.assertGreaterEqual(late, 3, (notice["notice"], item))
                at = (notice["entity"], item["document"])
                self.assertFalse(at in placed and day(placed[at]) <= sent, (notice["notice"], item, "is with the agency"))
                for entity, since, documents in asked:
                    self.assertFalse(entity == notice["entity"] and day(since) <= sent and item["document"] in documents,
                                     (notice["notice"], item, "waits for a person's decision"))
        self.assertTrue(asked and customers)

    def test_totals_are_residuals_and_fees(self):
        fees = collections.Counter()
        for item in company.list("items"):
            if item["kind"] == "finance_charge":
                fees[item["entity"], item["customer"], item["document_date"]] += minor(item["original"])
        for notice in self.dunning:
            shown = sum(minor(item["residual"]) for item in notice["items"])
            at = (notice["entity"], notice["customer"], notice["sent_at"][:10])
            self.assertEqual(minor(notice["total"]), shown + fees[at], notice["notice"])
            fees[at] = 0                                  # a fee belongs to one notice
        self.assertEqual(sum(fees.values()), 0, "fees without a notice")


class Outputs(unittest.TestCase):
    def test_each_mail_once_and_its_figures(self):
        mails = collections.defaultdict(list)
        for path in (company.data / "mail/new").iterdir():
            with open(path, "rb") as file:
                message = email.message_from_binary_file(file, policy=email.policy.default)
            mails[message["Message-ID"].strip("<>")].append(message)
        notices = {n["message_id"]: n for n in company.list("notices") if n["channel"] == "email"}
        self.assertEqual(set(mails), set(notices))
        addresses = {row["customer_number"]: row["email"] for entity in ENTITIES for row in demo_files.rows(f"*/erp-{entity}/customers*.csv")}
        for identity, found in mails.items():
            self.assertEqual(len(found), 1, identity)
            self.one_mail(found[0], notices[identity], addresses)

    def one_mail(self, message, notice, addresses):
        self.assertIn(addresses[notice["customer"]], message["To"])
        self.assertEqual(message["Subject"], notice["subject"])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(amounts_in(message["Subject"]), [])
        plain = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        html = re.sub(r"<[^>]*>", " ", re.sub(r"<style.*?</style>", "", html, flags=re.S)).replace("&nbsp;", "\u00a0")
        for text in (plain, html):
            shown = amounts_in(text)
            self.assertIn(minor(notice["total"]), shown, (notice["notice"], text))
            for item in notice["items"]:
                self.assertIn(minor(item["residual"]), shown, (notice["notice"], item))
                self.assertIn(item["document"], text)

    def test_each_letter_once_with_its_manifest(self):
        import hashlib
        import json
        spool = company.data / "spool/letters"
        letters = [n for n in company.list("notices") if n["channel"] == "letter"]
        shown = {company.ctl("notices", "show", n["notice"])["send_key"]: n for n in letters}
        self.assertEqual(len(shown), len(letters))
        self.assertEqual(sorted(p.name for p in spool.iterdir()), sorted(f"{key}{end}" for key in shown for end in (".json", ".pdf")))
        reader = shutil.which("pdftotext")
        for key, notice in shown.items():
            manifest, pdf = json.loads((spool / f"{key}.json").read_text(encoding="utf-8")), (spool / f"{key}.pdf").read_bytes()
            self.assertEqual((manifest["sha256"], manifest["bytes"]), (hashlib.sha256(pdf).hexdigest(), len(pdf)))
            self.assertTrue(manifest["addressee"])
            if reader:
                text = subprocess.run([reader, "-layout", str(spool / f"{key}.pdf"), "-"], capture_output=True, text=True, check=True).stdout
                self.assertIn(minor(notice["total"]), amounts_in(text), notice["notice"])
                for item in notice["items"]:
                    self.assertIn(item["document"], text)

    def test_each_placement_once_with_its_control_line(self):
        placed = collections.Counter((p["placement"], p["document"], minor(p["amount"])) for p in company.list("placements"))
        found = collections.Counter()
        for path in (company.data / "spool").glob("agency*/*.csv"):
            import csv
            with open(path, encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            head, body, control = rows[0], rows[1:-1], rows[-1]
            for row in body:
                one = dict(zip(head, row))
                found[one["placement"], one["document"], minor(one["residual"])] += 1
            self.assertEqual((control[0], int(control[1])), ("CONTROL", len(body)))
            self.assertEqual(minor(control[2]), sum(minor(dict(zip(head, row))["residual"]) for row in body))
        self.assertEqual(found, placed)
        self.assertTrue(placed)


class PlayedAgain(unittest.TestCase):
    def state(self):
        return {"entries": company.list("journal"), "notices": company.list("notices"), "applications": company.list("applications"),
                "inbox": company.list("inbox"), "files": company.files("mail", "spool")}

    def test_adds_nothing(self):
        before = self.state()
        company.play()
        after = self.state()
        for name in before:
            self.assertEqual(before[name], after[name], name)
        self.assertEqual(company.stop(), 0)
        company.start()
        company.play()
        again = self.state()
        for name in before:
            self.assertEqual(before[name], again[name], name)
        status = company.ctl("status")
        self.assertEqual((status["alarms"], status["outbox"]["unknown"]), ([], 0))


if __name__ == "__main__":
    unittest.main()
