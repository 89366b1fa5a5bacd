#!/usr/bin/env python3
"""A changed configuration and changed plugin files, taken up while owed runs: by SIGHUP and by `owectl reload`, all or
nothing; and what IT sees of the connectors meanwhile: connectors, top, metrics, status, doctor."""
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from bad_input_test import PLACE, Configured
from company import BUILD, Company


class Reload(Configured):
    def setUp(self):
        super().setUp()
        self.plugins = self.folder / "plugins"
        shutil.copytree(BUILD / "plugins", self.plugins)
        self.company = Company(config=self.write(), plugins=self.plugins)
        self.addCleanup(self.company.__exit__, None, None, None)
        self.company.start()
        self.company.ctl("sync")
        self.settle()

    def settle(self):
        """Until nothing is starting: what no sync calls is asked by the daemon itself, and has its process from then on."""
        end = time.monotonic() + 30
        while any(row["state"] == "starting" for row in self.connectors().values()):
            self.assertLess(time.monotonic(), end, self.connectors())
            time.sleep(0.02)

    def connectors(self):
        return {row["name"]: row for row in self.company.list("connectors")}

    def pids(self):
        return {name: row["pids"] for name, row in self.connectors().items()}

    def reload(self, *words, code=0):
        done = self.company.ask("reload", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def until(self, text):
        end = time.monotonic() + 30
        while text not in self.company.log():
            self.assertLess(time.monotonic(), end, f"the log never says {text}:\n{self.company.log()[-2000:]}")
            time.sleep(0.02)

    def test_only_what_changed_is_switched(self):
        before = self.pids()
        self.assertTrue(before["bank-us"], "a connector that was read has a process")
        self.assertEqual(self.reload()["reload"], {"switched": [], "kept": list(before), "removed": [], "added": [], "upgraded": [], "parts": [], "notes": []})
        self.assertEqual(self.pids(), before)
        # White space, comments and other lines are no change.
        self.write(("connectors:", "# a comment\n\nconnectors:"))
        self.assertEqual(self.reload()["reload"]["switched"], [])
        self.write(('pattern: "*"', 'pattern: "*.txt"'), ("roles: [cash_applier]", "roles: [cash_applier, supervisor]"))
        changed = self.reload()["reload"]
        self.assertEqual(len(changed["switched"]), 1)
        self.assertEqual(changed["parts"], ["people"])
        after = self.pids()
        for name in before:
            (self.assertNotEqual if name in changed["switched"] else self.assertEqual)(after[name], before[name], name)
        self.company.ctl("job", "run", "outbox", who="clara")  # her new role counts at once
        self.assertEqual(self.company.list("audit", "list")[-1]["action"], "config.reload")
        self.write(("connectors:", "terms: {N30: net 30}\ncalendars: {works: {weekend: [friday]}}\nconnectors:"))
        self.assertEqual(self.reload()["reload"]["parts"], ["people", "payment terms", "calendars"])
        self.assertEqual(self.company.list("audit", "list")[-1]["action"], "config.reload")

    def test_a_bad_configuration_changes_nothing_and_names_every_place(self):
        before = self.pids()
        self.write(('pattern: "*"', 'patern: "*"'), ("plugin: letter", "plugin: lettre"), ('schedule: "0 8', 'shedule: "0 8'))
        answer = self.reload(code=78)
        for says in ("did you mean pattern", 'did you mean "schedule"'):
            self.assertTrue(any(says in line and PLACE.match(line) for line in answer["problems"]), answer)
        self.assertEqual(self.pids(), before)
        self.company.daemon.send_signal(signal.SIGHUP)
        self.until("nothing was changed by the reload")
        self.assertEqual(self.pids(), before)
        self.write()
        self.company.daemon.send_signal(signal.SIGHUP)
        self.until("reloaded: nothing has changed")

    def test_what_needs_a_restart_is_refused_by_name(self):
        self.write(("name: Sample Industries Inc", "name: Other Industries Inc"))
        answer = self.reload(code=78)
        self.assertIn('"entities" cannot change while owed runs; restart owed', answer["problems"][0])
        spoken = subprocess.run([str(BUILD / "bin/owectl"), "--config", str(self.company.config), "--data", str(self.company.data), "reload"],
                                capture_output=True, text=True, check=False).stderr
        self.assertEqual(spoken.count("cannot change while owed runs"), 1, spoken)
        # A letterhead is no part of the books.
        self.write(("hours: \"Mo-Fr 9-16\"", "hours: \"Mo-Fr 8-17\""))
        self.assertEqual(self.reload()["reload"]["parts"], ["letterheads"])

    def test_connectors_come_and_go_with_their_schedules(self):
        text = (self.folder / "owed.yaml").read_text(encoding="utf-8")
        begin = re.search(r"^  - name: post\n(    .*\n)+", text, re.M)
        self.write((begin.group(0), ""))
        self.assertEqual(self.reload()["reload"]["removed"], ["post"])
        self.assertNotIn("post", self.connectors())
        self.write()
        self.assertEqual(self.reload()["reload"]["added"], ["post"])
        self.assertEqual(self.connectors()["post"]["state"], "ok")

    def test_a_connector_is_starting_until_something_is_known_to_work(self):
        self.company.stop()
        self.company.start()
        self.assertEqual(self.connectors()["bank-us"]["state"], "starting")
        self.company.ctl("sync", "bank-us")
        self.assertEqual(self.connectors()["bank-us"]["state"], "ok")

    def test_the_plugins_in_use_are_told_by_file_and_who_vouches_for_them(self):
        letter = next(row for row in self.company.list("plugins") if row["plugin"] == "letter")
        listed = next(line.split()[0] for line in (self.plugins / "plugins.lock").read_text(encoding="utf-8").splitlines() if line.endswith("letter.so"))
        self.assertEqual((letter["sha256"], letter["file"]), (listed, str(self.plugins / "letter.so")))
        self.assertEqual((letter["kinds"], letter["language"], letter["isolation"], letter["verified"]), (["sender"], "native", "process", "locked"))
        self.assertEqual((letter["instances"], letter["in_process"], letter["problem"]), (["post"], [], None))
        self.assertRegex(letter["version"], r"^\d+\.\d+\.\d+$")
        self.assertRegex(letter["sdk"], r"^\d+\.\d+$")
        self.write(("plugin: letter\n", "plugin: letter\n    isolation: none\n"))
        self.reload()
        letter = next(row for row in self.company.list("plugins") if row["plugin"] == "letter")
        self.assertEqual((letter["isolation"], letter["in_process"]), ("none", ["post"]))
        shown = subprocess.run([str(BUILD / "bin/owectl"), "--data", str(self.company.data), "plugins"], capture_output=True, text=True, check=True).stdout
        self.assertRegex(shown.splitlines()[0], r"^plugin +version +kinds +sdk +isolation +verified +instances")
        self.assertRegex(shown, r"(?m)^letter +\S+ +sender .*none +locked +post")

    def test_what_only_sends_is_asked_before_there_is_something_to_send(self):
        self.company.stop()
        self.company.start()
        self.company.ctl("sync")
        self.settle()
        row = self.connectors()["post"]
        self.assertEqual(row["state"], "ok")
        self.assertTrue(row["last_good"])

    def test_what_is_seen_from_outside(self):
        row = self.connectors()["bank-us"]
        for key in ("version", "pids", "running", "progress", "last_call", "last_good", "deaths", "trouble", "on_probation", "rolled_back", "counters", "gauges"):
            self.assertIn(key, row)
        self.assertTrue(row["last_good"] and row["version"])
        status = self.company.ctl("status")
        self.assertIn("landlock_level", status["sandbox"])
        top = self.company.ctl("top")["top"]
        self.assertEqual([one["name"] for one in top], list(self.connectors()))
        shown = subprocess.run([str(BUILD / "bin/owectl"), "--data", str(self.company.data), "top", "--once"], capture_output=True, text=True, check=True).stdout
        self.assertIn("bank-us", shown)
        self.assertNotIn("\x1b", shown, "no colours but on a terminal")

        connection = http.client.HTTPConnection("owed")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.company.data / "owed.sock"))
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual((answer.status, answer.getheader("Content-Type").split(";")[0]), (200, "text/plain"))
        self.assertIn('owed_plugin_state{connector="bank-us",plugin="bank-files",state="ok"} 1\n', text)
        self.assertEqual(self.company.ctl("metrics")["metrics"].splitlines()[0], text.splitlines()[0])
        connection.close()

    def test_doctor_with_and_without_the_daemon(self):
        self.company.data.chmod(0o700)
        findings = {one["check"]: one for one in self.company.ctl("doctor", ok=(0, 1))["doctor"]}
        self.assertEqual(findings["connector bank-us"]["state"], "ok")
        self.assertEqual(findings["data folder"]["state"], "ok")
        for one in findings.values():
            self.assertTrue(one["state"] == "ok" or one["do"], one)
        self.company.data.chmod(0o755)
        answer = self.company.ctl("doctor", ok=(1,))
        self.assertTrue(any(one["check"] == "data folder" and one["state"] == "fail" and "chmod" in one["do"] for one in answer["doctor"]))
        self.company.data.chmod(0o700)
        self.company.stop()
        alone = {one["check"]: one for one in self.company.ctl("doctor", ok=(0, 1))["doctor"]}
        self.assertEqual(alone["connectors"]["state"], "warn")

    def test_release_is_for_connectors_that_are_there(self):
        self.assertEqual(self.company.ask("plugin", "release", "nobody").returncode, 1)
        self.assertEqual(self.company.ctl("plugin", "release", "post")["released"], "post")
        self.assertEqual(self.company.list("audit", "list")[-1]["action"], "plugin.release")


if __name__ == "__main__":
    unittest.main()
