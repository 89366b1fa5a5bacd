#!/usr/bin/env python3
"""What goes wrong in practice: a bad configuration, a second daemon, a damaged plugin, damaged and foreign files, a disk that
is full. Each gives a clear message with its place, the rest goes on, and nothing is half-posted."""
import re
import resource
import shutil
import subprocess
import tempfile
import time
import pathlib
import unittest

from company import BUILD, DEMO, ROOT, Company

DAY = ROOT / "config/demo/days/2026-03-31"
PLACE = re.compile(r"^\S*\.yaml:(\d+):(\d+)[: ]")
CONFIG_EXIT = 78


def demo_text():
    """The demo's configuration with the folders beside it named in full, so that a changed copy may lie anywhere."""
    text = DEMO.read_text(encoding="utf-8")
    for name, folder in (("templates", "config/templates"), ("profiles", "config/profiles"), ("policies", "config/demo/policies")):
        text = re.sub(rf"^{name}: .*$", f"{name}: {ROOT / folder}", text, flags=re.M)
    return text


class Configured(unittest.TestCase):
    """A configuration that is the demo's with some words changed."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="owed-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def write(self, *changes):
        text = demo_text()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        file = self.folder / "owed.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    def check(self, file, *more):
        done = subprocess.run([str(BUILD / "bin/owed"), "--config", str(file), "--data", str(self.folder / "data"), "--check", *more],
                              capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stderr.splitlines()

    def line_of(self, word):
        return next(n for n, line in enumerate((self.folder / "owed.yaml").read_text(encoding="utf-8").splitlines(), 1) if word in line)


class ConfigurationErrors(Configured):
    CASES = {
        "unknown key": (('schedule: "0 8', 'shedule: "0 8'), "shedule", 'did you mean "schedule"'),
        "wrong type": (("pay_to: true", "pay_to: maybe"), "maybe", "neither true nor false"),
        "duplicate key": (("    timezone: Europe/Berlin", "    timezone: Europe/Berlin\n    timezone: Europe/Paris"), "Europe/Paris", "twice"),
        "bad cron": (('"5 8 * * MON-FRI"', '"5 25 * * MON-FRI"'), "5 25", "from 0 to 23"),
        "unknown plugin": (("plugin: letter", "plugin: lettre"), "name: post", 'no plugin "lettre"'),
        "unknown setting": (('pattern: "*"', 'patern: "*"'), "patern:", "did you mean pattern"),
        "wrong IBAN": (("DE12500105170648489890", "DE13500105170648489890"), "DE13500105170648489890", "IBAN"),
    }

    def test_each_alone(self):
        for name, (change, word, says) in self.CASES.items():
            with self.subTest(name):
                code, lines = self.check(self.write(change))
                self.assertEqual(code, CONFIG_EXIT)
                told = [line for line in lines if says in line]
                self.assertTrue(told, lines)
                place = PLACE.match(told[0])
                self.assertTrue(place, told)
                self.assertEqual(int(place.group(1)), self.line_of(word), told)
                self.assertFalse((self.folder / "data").exists(), "a check made the data folder")

    def test_all_in_one_pass(self):
        code, lines = self.check(self.write(*(change for change, _, _ in self.CASES.values())))
        self.assertEqual(code, CONFIG_EXIT)
        for name, (_, _, says) in self.CASES.items():
            self.assertTrue(any(says in line and PLACE.match(line) for line in lines), (name, lines))

    def test_alias_bomb_is_refused_at_once(self):
        bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for one, before in zip("bcdefghijkl", "abcdefghijk"):
            bomb += f"{one}: &{one} [{','.join('*' + before for _ in range(10))}]\n"
        code, lines = self.check(self.write(("people:", bomb + "people:")))
        self.assertEqual(code, CONFIG_EXIT)
        self.assertIn("anchors", lines[0])
        self.assertTrue(PLACE.match(lines[0]))

    def test_missing_files_are_named(self):
        code, lines = self.check(self.folder / "nowhere.yaml")
        self.assertEqual((code, len(lines)), (CONFIG_EXIT, 1))
        self.assertIn("nowhere.yaml", lines[0])
        code, lines = self.check(self.write((f"templates: {ROOT}", "templates: /nowhere")))
        self.assertEqual(code, CONFIG_EXIT)
        self.assertTrue(any("/nowhere" in line for line in lines), lines)

    def test_no_data_folder_is_needed_for_a_check(self):
        done = subprocess.run([str(BUILD / "bin/owed"), "--config", str(self.write()), "--check"], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class SecondDaemon(unittest.TestCase):
    def test_is_refused_and_names_the_first(self):
        with Company() as company:
            company.start()
            done = subprocess.run(company.command(), capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, CONFIG_EXIT, done.stderr)
            self.assertIn(str(company.daemon.pid), done.stderr)
            self.assertTrue(company.ctl("status")["ready"])
            self.assertEqual(company.stop(), 0)


class Plugins(Configured):
    """A missing or damaged .so: named, and the other connectors work."""

    def plugins(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        folder.chmod(0o755)
        for path in [*(BUILD / "plugins").glob("*.so"), BUILD / "plugins/plugins.lock"]:
            shutil.copy2(path, folder)
        return folder

    def damage(self, how):
        folder = self.plugins()
        so = folder / "letter.so"
        if how == "missing":
            so.unlink()
        elif how == "changed":
            so.write_bytes(so.read_bytes()[:-4096] + b"\0" * 4096)
        else:                              # cut short, and listed so: what a broken disk or a hasty hand leaves
            so.write_bytes(so.read_bytes()[:20000])
            lines = [line for line in (folder / "plugins.lock").read_text(encoding="utf-8").splitlines() if "letter.so" not in line]
            digest = subprocess.run(["sha256sum", str(so)], capture_output=True, text=True, check=True).stdout.split()[0]
            (folder / "plugins.lock").write_text("\n".join(lines + [f"{digest}  letter.so"]) + "\n", encoding="utf-8")
        return folder

    def test_named_by_check_and_the_rest_goes_on(self):
        for how, says in (("missing", 'no plugin "letter"'), ("changed", "plugins.lock"), ("cut", "damaged")):
            with self.subTest(how):
                folder = self.damage(how)
                code, lines = self.check(self.write(), "--plugins", str(folder))
                self.assertEqual(code, CONFIG_EXIT)
                self.assertTrue(any("letter.so" in line and says in line for line in lines), lines)
                with Company(plugins=folder) as company:
                    company.start()
                    states = company.ctl("status")["connectors"]
                    self.assertEqual({name for name, state in states.items() if state not in ("starting", "ok")}, {"post"}, states)
                    alarms = company.ctl("status")["alarms"]
                    self.assertTrue(any("post" in alarm and says in alarm for alarm in alarms), alarms)
                    company.drop("bank-emea", "good.xml", next((DAY / "bank-emea").glob("*.xml")).read_bytes())
                    company.ctl("sync", "bank-emea", who="stefan")
                    self.assertEqual([a["state"] for a in company.list("inbox")], ["taken"])


class BadFiles(unittest.TestCase):
    def test_good_ones_are_taken_beside_bad_ones(self):
        with Company() as company:
            company.start()
            camt, sta = (next((DAY / "bank-emea").glob(end)).read_bytes() for end in ("*.xml", "*.sta"))
            company.drop("bank-emea", "a-truncated.xml", camt[:len(camt) // 2])
            company.drop("bank-emea", "b-encoding.xml", camt.replace("Söhne".encode(), "S\xf6hne".encode("latin-1")))
            company.drop("bank-emea", "c-foreign.xml", b"PK\x03\x04" + bytes(range(256)) * 20)
            company.drop("bank-emea", "d-good.xml", camt)
            company.drop("bank-emea", "e-empty.sta", b"")
            company.drop("bank-emea", "f-good.sta", sta)
            company.ask("sync", "bank-emea", who="stefan")
            inbox = {a["name"]: a for a in company.list("inbox")}
            for name in ("d-good.xml", "f-good.sta"):
                self.assertEqual(inbox[name]["state"], "taken", inbox[name])
                self.assertTrue((company.data / "drop/bank-emea/archive" / name).exists(), name)
            receipts = company.list("receipts")
            self.assertTrue(receipts)
            good = {str(inbox[name]["artifact"]) for name in ("d-good.xml", "f-good.sta")}
            self.assertEqual({r["source"]["artifact"] for r in receipts}, good)
            rejects = {row["name"]: row for row in company.list("rejects")}
            for name in ("a-truncated.xml", "b-encoding.xml", "c-foreign.xml", "e-empty.sta"):
                with self.subTest(name):
                    self.assertEqual((inbox[name]["verdict"], inbox[name]["state"]), ("reject", "rejected"))
                    self.assertTrue(inbox[name]["reason"])
                    self.assertIn(name, rejects)
                    reason = company.data / "drop/bank-emea/rejected" / f"{name}.reason"
                    self.assertTrue(reason.read_text(encoding="utf-8").strip())
                    self.assertTrue((company.data / "drop/bank-emea/rejected" / name).exists())
                    self.assertTrue(any(name in alarm for alarm in company.ctl("status")["alarms"]), company.ctl("status")["alarms"])
            self.assertTrue(company.ctl("ledger", "verify")["ok"])

    def test_the_same_file_again_posts_nothing(self):
        with Company() as company:
            company.start()
            camt = next((DAY / "bank-emea").glob("*.xml")).read_bytes()
            company.drop("bank-emea", "one.xml", camt)
            company.ctl("sync", "bank-emea", who="stefan")
            before = company.list("journal"), company.list("receipts")
            company.drop("bank-emea", "again.xml", camt)
            company.drop("bank-emea", "spaced.xml", camt + b"\n")        # other bytes, the same lines of the same statement
            company.ctl("sync", "bank-emea", who="stefan")
            self.assertEqual(before, (company.list("journal"), company.list("receipts")))
            deliveries = {a["name"]: a for a in company.list("inbox")}
            self.assertEqual(deliveries["one.xml"]["deliveries"], 2, deliveries)
            self.assertEqual(deliveries["spaced.xml"]["duplicates"], deliveries["spaced.xml"]["records"], deliveries["spaced.xml"])
            self.assertFalse(any((company.data / "drop/bank-emea").glob("*.xml")))

    def test_a_broken_balance_waits_for_a_person(self):
        with Company() as company:
            company.start()
            camt = next((DAY / "bank-emea").glob("*.xml")).read_text(encoding="utf-8")
            closing = re.findall(r'<Amt Ccy="EUR">([\d.]+)</Amt>', camt)[1]
            company.drop("bank-emea", "wrong.xml", camt.replace(closing, str(round(float(closing) + 100, 2)), 1))
            company.ctl("sync", "bank-emea", who="stefan")
            artifact = company.list("inbox")[0]
            self.assertEqual((artifact["verdict"], artifact["state"]), ("quarantine", "quarantined"))
            self.assertTrue(artifact["warnings"] or artifact["reason"])
            self.assertEqual((company.list("receipts"), company.list("journal")), ([], []))
            self.assertTrue(any("wrong.xml" in alarm for alarm in company.ctl("status")["alarms"]), company.ctl("status")["alarms"])
            refused = company.ask("inbox", "release", artifact["artifact"], who="stefan")
            self.assertNotEqual(refused.returncode, 0, "a release without a reason")
            company.ctl("inbox", "release", artifact["artifact"], "--why", "the bank confirmed by telephone", who="stefan")
            self.assertEqual(company.list("inbox")[0]["state"], "released")
            self.assertGreater(len(company.list("receipts")), 10)
            self.assertTrue(company.ctl("ledger", "verify")["ok"])
            self.assertTrue(any("telephone" in str(row) for row in company.list("audit", "list")))

    def test_a_bad_row_of_an_erp_file_is_named_and_the_rest_taken(self):
        with Company() as company:
            company.start()
            company.drop("erp-emea", "customers.csv", (DAY / "erp-emea/customers.csv").read_bytes())
            lines = (DAY / "erp-emea/invoices-2026-03-31.csv").read_text(encoding="utf-8").splitlines()
            number = lines[3].split(",")[0]
            lines[3] = lines[3].replace(lines[3].split(",")[4], "12..34", 1)
            company.drop("erp-emea", "invoices.csv", "\n".join(lines) + "\n")
            company.ctl("sync", "erp-emea", who="stefan")
            rejects = company.list("rejects")
            self.assertEqual(len(rejects), 1, rejects)
            self.assertIn("invoices.csv:4", rejects[0]["where"])
            documents = {item["document"] for item in company.list("items")}
            self.assertEqual(len(documents), len(lines) - 2)
            self.assertNotIn(number, documents)


class FullDisk(unittest.TestCase):
    """A file that may not grow is what a full disk or a quota looks like to SQLite, and can be lifted while the daemon runs."""

    def wait_for_calm(self, company):
        """A job that failed for want of space says so until its next run, a second later for the schedule's own."""
        end = time.monotonic() + 20
        while (alarms := company.ctl("status")["alarms"]) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(alarms, [])

    def test_a_clear_error_and_on_again(self):
        with Company() as company:
            company.start()
            limit = max(path.stat().st_size for path in company.data.glob("owed.db*")) + 8192
            resource.prlimit(company.daemon.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            day = {folder.name: {file.name: file.read_bytes() for file in folder.iterdir()} for folder in DAY.iterdir()}
            for folder, files in day.items():
                for name, content in files.items():
                    company.drop(folder, name, content)
            refused = company.ask("sync", who="stefan")
            self.assertNotEqual(refused.returncode, 0)
            self.assertRegex(refused.stdout, r"full|space|limit|larger|too big")
            status = company.ctl("status")
            self.assertTrue(status["alarms"], "the disk is full and status says all is well")
            self.assertTrue(company.ctl("ledger", "verify")["ok"])
            taken = company.list("inbox")
            for artifact in taken:
                self.assertEqual(artifact["records"], artifact["applied"] + artifact["duplicates"] + artifact["rejected"], artifact)
            self.assertLess(len(taken), sum(len(files) for files in day.values()))
            resource.prlimit(company.daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            company.ctl("sync", who="stefan")
            self.assertEqual(len(company.list("inbox")), sum(len(files) for files in day.values()))
            self.assertEqual({a["state"] for a in company.list("inbox")}, {"taken"})
            self.assertTrue(company.ctl("ledger", "verify")["ok"])
            company.ctl("job", "run", "outbox", who="stefan")
            self.wait_for_calm(company)
            self.assertEqual(company.stop(), 0)
            company.start()
            self.assertTrue(company.ctl("audit", "verify")["ok"])


if __name__ == "__main__":
    unittest.main()
