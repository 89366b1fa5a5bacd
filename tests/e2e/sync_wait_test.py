#!/usr/bin/env python3
"""A connector whose server says "later": left alone until then, whoever asks, and tried again by itself, long before its schedule."""
import http.server
import subprocess
import threading
import unittest
from datetime import datetime, timedelta

from bad_input_test import Configured
from company import BUILD, Company

RATES = b"from,to,date,rate\nEUR,USD,2026-03-30,1.0815\n"


class Server(http.server.ThreadingHTTPServer):
    """Answers 429 with Retry-After for as long as `wait_s` is set, and rates otherwise."""

    def __init__(self):
        self.asked, self.wait_s = 0, 300
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        busy = self.server.wait_s is not None
        self.send_response(429 if busy else 200)
        if busy:
            self.send_header("Retry-After", str(self.server.wait_s))
        self.send_header("Content-Length", str(0 if busy else len(RATES)))
        self.end_headers()
        if not busy:
            self.wfile.write(RATES)

    def log_message(self, *_):
        pass


class SyncWait(Configured):
    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        connector = f"""connectors:
  - name: ecb
    plugin: rates
    entity: emea
    schedule: "0 0 1 1 *"
    settings: {{url: "http://127.0.0.1:{self.server.server_port}/rates.csv"}}
    transfer: {{plain_text_on_loopback: true}}
"""
        self.company = Company(config=self.write(("connectors:\n", connector)))
        self.addCleanup(self.company.__exit__, None, None, None)
        self.company.start()

    def row(self, verb, name):
        key = {"connectors": "name", "jobs": "job"}[verb]
        return next(row for row in self.company.list(verb) if row[key] == name)

    def now(self):
        return datetime.fromisoformat(self.company.ctl("status")["clock"].replace("Z", "+00:00"))

    def refused(self, *words):
        done = self.company.ask("sync", "ecb", *words, who="stefan")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout

    def test_it_is_left_alone_as_long_as_it_says_and_then_tried_by_itself(self):
        before = self.now()
        self.assertIn('"rate_limited"', self.refused())
        self.assertEqual(self.server.asked, 1)
        row = self.row("connectors", "ecb")
        self.assertEqual(row["state"], "degraded")
        until = datetime.fromisoformat(row["next_try"].replace("Z", "+00:00"))
        self.assertGreaterEqual(until - before, timedelta(seconds=300))
        self.assertLess(until - before, timedelta(seconds=360))
        self.assertEqual(self.row("jobs", "sync ecb")["next_try"], row["next_try"])
        self.assertIn(f'owed_source_next_try_timestamp_seconds{{connector="ecb"}} {int(until.timestamp())}', self.company.ctl("metrics")["metrics"])
        # By hand it waits as well, alone and among others, and as a job.
        self.assertIn(f"is not asked before {row['next_try']}", self.refused())
        among_others = next(one for one in self.company.ctl("sync", who="stefan")["sync"] if one["connector"] == "ecb")
        self.assertEqual(among_others["next_try"], row["next_try"])
        self.assertIn("rate_limited", among_others["waits_for"])
        self.assertEqual(self.company.ask("job", "run", "sync ecb", who="stefan").returncode, 1)
        self.assertEqual(self.server.asked, 1)
        self.assertIn('"rate_limited"', self.refused("--force"))
        self.assertEqual(self.server.asked, 2)
        # Its schedule is on New Year's Day.
        self.server.wait_s = None
        self.company.ctl("clock", "advance", "2026-03-31T08:30", who="stefan")
        self.assertEqual(self.server.asked, 3)
        row = self.row("connectors", "ecb")
        self.assertEqual((row["state"], row["next_try"]), ("ok", None))
        self.assertIn("1 files", self.row("jobs", "sync ecb")["outcome"])
        self.assertFalse([alarm for alarm in self.company.ctl("status")["alarms"] if "ecb" in alarm])
        self.company.ctl("clock", "advance", "2026-03-31T09:30", who="stefan")
        self.assertEqual(self.server.asked, 3, "one try is enough")

    def test_a_restart_and_a_changed_configuration_forget_the_wait(self):
        self.refused()
        self.company.stop()
        self.company.start()
        self.assertIsNone(self.row("connectors", "ecb")["next_try"])
        self.refused()
        self.assertEqual(self.server.asked, 2)
        file = self.company.config
        file.write_text(file.read_text(encoding="utf-8").replace("/rates.csv", "/other.csv"), encoding="utf-8")
        self.assertEqual(self.company.ctl("reload")["reload"]["switched"], ["ecb"])
        self.assertIsNone(self.row("connectors", "ecb")["next_try"])
        self.refused()
        self.assertEqual(self.server.asked, 3)
        spoken = subprocess.run([str(BUILD / "bin/owectl"), "--config", str(file), "--data", str(self.company.data), "connectors"],
                                capture_output=True, text=True, check=True).stdout
        self.assertIn(" next_try ", spoken)


if __name__ == "__main__":
    unittest.main()
