#!/usr/bin/env python3
"""How much memory the daemon holds that serves a large book: started on a store that owed-bench-books made, asked for an aging, a
customer and his items, and given one bank file.

    tests/bench/serving.py [ITEMS]        # 1,000,000 without; OWED_BUILD names the folder with bin/, default build/

Prints the resident memory after each step and the most there ever was; ends with 1 above the goal at full size (300 MiB).
"""
import getpass
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from company import BUILD, ROOT, Company  # noqa: E402

GOAL_MIB = 300
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


def main():
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with Company() as company:
        company.config = company.home / "owed.yaml"
        company.config.write_text(configuration(), encoding="utf-8")
        subprocess.run([str(BUILD / "bin/owed-bench-books"), "--make-book", str(company.data), str(items)], check=True)
        company.start()

        def step(what, *words):
            began = time.monotonic()
            answer = company.ctl(*words) if words else None
            print(f"  {what:<28} {time.monotonic() - began:6.2f} s   {memory_mib(company.daemon.pid, 'VmRSS'):6.0f} MiB", flush=True)
            return answer

        print(f"serving, a daemon with a book of {items} items")
        step("started")
        step("aging, today", "report", "aging", "--entity", "emea")
        step("aging, a past date", "report", "aging", "--entity", "emea", "--as-of", "2026-02-15")
        step("one customer", "customer", "show", "10001")
        step("his items", "items", "--customer", "10001")
        company.drop("bank", "march.mt940", bank_file(items))
        step(f"a bank file of {LINES} lines", "sync", "bank", "--wait")
        applied = len(company.list("receipts", "--state", "applied"))
        step("receipts listed")
        most = memory_mib(company.daemon.pid, "VmHWM")
        print(f"  at most {most:.0f} MiB (goal {GOAL_MIB} at full size); {applied} of {LINES} receipts applied")
        if applied < LINES * 9 // 10:
            print("serving: too few receipts were applied: this was not what it should measure", file=sys.stderr)
            return 1
        return 1 if most > GOAL_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
