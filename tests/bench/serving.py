#!/usr/bin/env python3
"""How fast the daemon answers that serves a large book, and how much memory it holds: started on a store that owed-bench-books
made, asked for an aging, a customer, his items and all customers, and given one bank file.

    tests/bench/serving.py [ITEMS]        # 1,000,000 without; OWED_BUILD names the folder with bin/, default build/

Prints for each step the seconds until owectl had the whole answer, the processor's seconds of daemon and owectl, and the daemon's
memory after it. At full size it ends with 1 when a step took longer than its goal or the daemon held more than MIB_MAX.

The goals: an aging of today within 0.25 s cold and 50 ms warm and of any past date within 1.5 s, in the room (DESIGN's figure for
100,000 customers); over the socket there come as much again for the 20 MB of the answer. What concerns one customer or 500 receipts
has nothing to do with the size of the book.
"""
import getpass
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from company import BUILD, ROOT, Company  # noqa: E402

FULL_SIZE = 1_000_000
MIB_MAX = 300
IBAN = "DE12500105170648489890"
LINES = 500


def configuration():
    return f"""templates: {ROOT}/config/templates
profiles: {ROOT}/config/profiles
policies: {ROOT}/config/policies
people:
  - {{user: {getpass.getuser()}, name: Clara Beispiel, roles: [cash_applier]}}
entities:
  - {{id: emea, name: Muster Industries GmbH, currency: EUR, timezone: UTC, calendar: DE, authority: hub}}
accounts:
  - {{iban: {IBAN}, bank_name: Beispielbank, entity: emea, gl: "1100", currency: EUR}}
connectors:
  - {{name: bank, plugin: bank-files, entity: emea, schedule: "0 6 1 1 *", settings: {{source: "folder:drop/bank", pattern: "*", format: mt940}}}}
"""


def bank_file(items):
    """Payments of invoices all over the book (book.cpp says what is in it), named as most payers do."""
    total, body = 0, ""
    for line in range(LINES):
        invoice = line * 7919 % items
        units = 10_000 + invoice % 90_000
        total += units
        customer = invoice % max(items // 10, 1) + 1
        body += (f":61:2603310331C{units // 100},{units % 100:02}NTRFNONREF//B{line}\r\n"
                 f":86:166?00GUTSCHRIFT?20SVWZ+Rechnung RE-{4_000_000 + invoice}?32BEISPIEL {customer} HANDEL GMBH\r\n")
    return (f":20:S\r\n:25:{IBAN}\r\n:28C:1/1\r\n:60F:C260331EUR0,00\r\n{body}"
            f":62F:C260331EUR{total // 100},{total % 100:02}\r\n-\r\n")


def memory_mib(pid, figure):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(figure + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor_seconds(pid):
    """What the daemon has used so far, and all that was waited for here."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    children = os.times()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + children.children_user + children.children_system


class Steps:
    def __init__(self, company):
        self.company, self.missed = company, []

    def take(self, what, goal, *words):
        """Asks, and answers what was answered; reading it as JSON is not timed."""
        pid = self.company.daemon.pid
        used, began = processor_seconds(pid), time.monotonic()
        with open(self.company.home / "answer.json", "w+", encoding="utf-8") as answer:
            done = subprocess.run([BUILD / "bin/owectl", "--config", self.company.config, "--data", self.company.data, "--json", *words], stdout=answer, check=False)
        took, used = time.monotonic() - began, processor_seconds(pid) - used
        print(f"  {what:<28} {took:6.2f} s  {f'goal {goal:.2f} s' if goal else '':<12} {used:6.2f} s processor {memory_mib(pid, 'VmRSS'):6.0f} MiB", flush=True)
        said = (self.company.home / "answer.json").read_text(encoding="utf-8")
        if done.returncode != 0:
            sys.exit(f"serving: owectl {' '.join(words)} ended with {done.returncode}: {said[:300]}")
        if goal and took > goal:
            self.missed.append(f"{what} took {took:.2f} s and not {goal:.2f} s")
        return json.loads(said)


def held(condition, what):
    if not condition:
        sys.exit(f"serving: {what}: this was not what it should measure")


def main():
    items = int(sys.argv[1]) if len(sys.argv) > 1 else FULL_SIZE
    with Company() as company:
        company.config = company.home / "owed.yaml"
        company.config.write_text(configuration(), encoding="utf-8")
        subprocess.run([str(BUILD / "bin/owed-bench-books"), "--make-book", str(company.data), str(items)], check=True)
        company.start()
        steps = Steps(company)
        print(f"serving, a daemon with a book of {items} items, {memory_mib(company.daemon.pid, 'VmRSS'):.0f} MiB at the start")
        first = steps.take("aging, today, cold", 0.5, "report", "aging", "--entity", "emea")
        held(len(first["rows"]) == max(items // 10, 1) and first["difference"] == {"EUR": "0.00"}, "the aging does not say what the book holds")
        held(steps.take("aging, today, warm", 0.2, "report", "aging", "--entity", "emea") == first, "the second aging says something else")
        past = steps.take("aging, a past date", 1.5, "report", "aging", "--entity", "emea", "--as-of", "2026-02-15")
        held(past["rows"] and past["difference"] == {"EUR": "0.00"}, "the past aging does not agree with the accounts")
        held(steps.take("one customer", 0.1, "customer", "show", "10001")["balance"] != "0.00", "the customer owes nothing")
        held(steps.take("his items", 0.1, "items", "--customer", "10001")["items"], "the customer has no items")
        held(len(steps.take("all customers", None, "customers")["customers"]) == max(items // 10, 1), "customers are missing")
        company.drop("bank", "march.mt940", bank_file(items))
        steps.take(f"a bank file of {LINES} lines", 2.0, "sync", "bank", "--wait")
        applied = len(steps.take("receipts applied, listed", None, "receipts", "--state", "applied")["receipts"])
        held(applied >= LINES * 9 // 10, f"{applied} of {LINES} receipts were applied")
        most = memory_mib(company.daemon.pid, "VmHWM")
        print(f"  at most {most:.0f} MiB (goal {MIB_MAX}); {applied} of {LINES} receipts applied")
        if most > MIB_MAX:
            steps.missed.append(f"the daemon held {most:.0f} MiB and not {MIB_MAX}")
        if items < FULL_SIZE:
            return 0
        for what in steps.missed:
            print(f"serving: {what}", file=sys.stderr)
        return 1 if steps.missed else 0


if __name__ == "__main__":
    sys.exit(main())
