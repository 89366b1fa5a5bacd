#!/usr/bin/env python3
"""The demo's mails to real and lossy SMTP servers: refused, asked to wait, hung up on, dropped after the dot. No outcome is
guessed, nothing is sent twice, and what nobody can know waits for a person."""
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from bad_input_test import demo_text
from company import ROOT, Company

STANDINS = ROOT / "tests/standins"
DAY = ROOT / "config/demo/days/2026-03-31"


class MailServers(unittest.TestCase):
    def serve(self, program, *words):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.journal = self.folder / "journal"
        # The system's Python: aiosmtpd is Debian's.
        python = "/usr/bin/python3" if program == "smtp_real.py" else sys.executable
        server = subprocess.Popen([python, str(STANDINS / program), str(self.journal), *words], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        ready = server.stdout.readline().split()
        self.assertEqual(ready[:1], ["ready"], "the stand-in did not start")
        return int(ready[1])

    def company(self, port):
        text = demo_text()
        changed = re.sub(r"settings: \{maildir: [^}]*\}", f"settings: {{host: 127.0.0.1, port: {port}, security: none}}\n    limits: {{call_deadline_seconds: 3}}", text)
        self.assertNotEqual(text, changed)
        config = self.folder / "owed.yaml"
        config.write_text(changed, encoding="utf-8")
        company = Company(config)
        self.addCleanup(company.__exit__, None)
        company.start()
        for folder in DAY.iterdir():
            for file in folder.iterdir():
                company.drop(folder.name, file.name, file.read_bytes())
        company.ctl("sync", who="stefan")
        company.ctl("clock", "advance", "2026-03-31T15:35", who="stefan")
        return company

    def received(self):
        """Message-ID -> how often its final dot arrived at the server."""
        found = collections.Counter()
        if self.journal.exists():
            for line in self.journal.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)
                if event["event"] == "message":
                    found[re.search(r"^Message-Id: <(.*?)>", event["data"], re.M | re.I).group(1)] += 1
        return found

    def mails(self, company):
        mails = [n for n in company.list("notices") if n["channel"] == "email"]
        self.assertGreater(len(mails), 5)
        return mails

    def again(self, company, *clocks):
        for clock in clocks:
            company.ctl("clock", "advance", clock, who="stefan")
        company.ctl("job", "run", "outbox", who="stefan")

    def test_a_real_server_gets_each_once(self):
        company = self.company(self.serve("smtp_real.py"))
        mails = self.mails(company)
        self.assertEqual({n["state"] for n in mails}, {"sent"})
        self.again(company, "2026-03-31T18:00")
        self.assertEqual(self.received(), collections.Counter(n["message_id"] for n in mails))

    def test_refused_is_final(self):
        for fault in ("refuse-recipient", "refuse-message"):
            with self.subTest(fault):
                company = self.company(self.serve("smtp_lossy.py", fault))
                mails = self.mails(company)
                self.assertEqual({n["state"] for n in mails}, {"refused"})
                self.assertTrue(all(re.search(r"55[04]", n["outcome"]) for n in mails), mails[0])
                received = self.received()
                self.again(company, "2026-03-31T18:00")
                self.assertEqual(self.received(), received, "a refused mail was tried again")
                company.kill()

    def test_busy_is_tried_again_later(self):
        company = self.company(self.serve("smtp_lossy.py", "busy-recipient"))
        mails = self.mails(company)
        self.assertEqual({n["state"] for n in mails}, {"retry"})
        self.assertTrue(all("451" in n["outcome"] for n in mails), mails[0])
        self.assertEqual(len(company.list("outbox")), len(mails))
        self.again(company, "2026-03-31T18:00")
        later = self.mails(company)
        self.assertTrue(all(n["attempts"] >= 2 for n in later), later[0])
        self.assertEqual(self.received(), collections.Counter())

    def unknown(self, fault):
        company = self.company(self.serve("smtp_lossy.py", fault))
        mails = self.mails(company)
        unknown = [n for n in mails if n["state"] == "unknown"]
        self.assertTrue(unknown, mails)
        status = company.ctl("status")
        self.assertEqual(status["outbox"]["unknown"], len(unknown))
        self.assertTrue(any("unknown" in alarm for alarm in status["alarms"]), status)
        self.assertLessEqual({n["notice"] for n in unknown}, {n["notice"] for n in company.list("outbox")})
        self.again(company, "2026-03-31T18:00")
        company.kill()
        company.start()
        self.again(company, "2026-04-14T15:35")
        received = self.received()
        self.assertEqual(set(received.values()), {1}, received)
        still = {n["notice"]: n for n in self.mails(company)}
        for notice in unknown:
            self.assertEqual(still[notice["notice"]]["state"], "unknown")
        return company, unknown

    def test_a_connection_dropped_after_the_dot_is_decided_by_a_person(self):
        company, unknown = self.unknown("drop-after-dot")
        first, second = unknown[0]["notice"], unknown[1]["notice"]
        company.ctl("outbox", "resolve", first, "sent", "--why", "the customer has it", who="stefan")
        self.assertEqual(company.ctl("notices", "show", first)["state"], "sent")
        company.ctl("outbox", "resolve", second, "not-sent", "--why", "the customer has none", who="stefan")
        self.assertNotIn(company.ctl("notices", "show", second)["state"], ("unknown", "sent"))
        self.assertNotIn(first, {n["notice"] for n in company.list("outbox")})
        self.assertTrue(company.ctl("audit", "verify")["ok"])

    def test_a_hang_after_the_dot_ends_at_the_deadline(self):
        self.unknown("hang-final")

    def test_a_server_that_drops_before_the_message_is_tried_again(self):
        company = self.company(self.serve("smtp_lossy.py", "drop-greeting"))
        self.assertEqual({n["state"] for n in self.mails(company)}, {"retry"})
        self.assertEqual(self.received(), collections.Counter())


if __name__ == "__main__":
    unittest.main()
